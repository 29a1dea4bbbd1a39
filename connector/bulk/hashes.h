/* connector/bulk/hashes.h - stored passwords in the words of bulk-import files: a bare stored
 * form, or an object that says algorithm, hash, salt and costs, and ours for what those words
 * cannot say.
 *
 * Threads: any; no lock.
 */
#ifndef CONNECTOR_BULK_HASHES_H
#define CONNECTOR_BULK_HASHES_H

#include "base/buf.h"
#include "password/carry.h"

struct json_t;

/* The ways in which a store may keep one and the same stored password, best first. */
#define HASHES_MAX 5u
struct hash_forms {
	struct hash_form {
		char scheme[PASSWORD_SCHEME_MAX];
		struct buf hash, salt;
	} form[HASHES_MAX];
	size_t n;
};
void hash_forms_init(struct hash_forms *);
void hash_forms_free(struct hash_forms *);

/* "password_hash" and "custom_password_hash".  INVALID, code invalid_hash: it is no such
 * object; unsupported_hash: what it says is nothing that we can verify; NOMEM. */
int  hashes_bare(const struct json_t *text, struct hash_forms *, struct idbc_error *err);
int  hashes_custom(const struct json_t *object, struct hash_forms *, struct idbc_error *err);

/* The first of them that this store accepts.  INVALID hash_not_accepted; NOMEM. */
int  hashes_choose(const struct hash_forms *, const struct password_policy *,
		   struct password_carried *out, struct idbc_error *err);

/* Appends a member for a line of an export, as the two above read it: 0, or -1. */
int  hashes_write(const struct password_carried *, struct buf *);

#endif
