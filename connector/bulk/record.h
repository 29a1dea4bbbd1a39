/* connector/bulk/record.h - one line of an import file: a user's fields as a store reports
 * them, and his password in one of its forms.
 *
 * Threads: any; no lock.
 */
#ifndef CONNECTOR_BULK_RECORD_H
#define CONNECTOR_BULK_RECORD_H

#include "bulk/hashes.h"
#include "run/carry.h"

#define RECORD_MAX_BYTES (1024u * 1024u)

struct record {
	struct json_t *root;            /* most values point into it */
	struct idbc_field *fields;
	size_t n, cap;
	char **texts;                   /* documents; as many as `fields` at most */
	size_t ntexts;
	struct idbc_field parts[3];
	size_t nparts;
	struct hash_forms *forms;       /* what `parts` point into */
	struct idbc_str user_id, email, username, phone;        /* empty: not given */
	int verified;                   /* -1: not said */
};
/* `new_ids`: the user_id given is passed over.  INVALID with a code; NOMEM. */
int  record_read(const struct idbc *, const char *json, size_t len, int new_ids,
		 struct record *out, struct idbc_error *err);
void record_free(struct record *);      /* wipes passwords; accepts a zeroed one */

#endif
