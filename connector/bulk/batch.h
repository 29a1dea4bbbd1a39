/* connector/bulk/batch.h - some records of an import, from text to committed users.  Private to
 * connector/bulk.
 *
 * Threads: a batch is in one thread's hands at a time.
 */
#ifndef CONNECTOR_BULK_BATCH_H
#define CONNECTOR_BULK_BATCH_H

#include "base/failpoint.h"
#include "bulk/bulk.h"
#include "bulk/record.h"

#define BATCH_USERS 64u

struct bulk_user {
	uint64_t line;
	struct secret text;             /* the record; wiped with it */
	struct record record;
	struct carry_made made;
	uint32_t outcome;               /* enum idbc_imported; 0: not known yet */
	int again;                      /* may have been imported before */
	char id[IDBC_ID_MAX + 1];       /* native, where it is known */
	size_t id_len;
	struct idbc_error err;
};
struct batch {
	struct bulk_user users[BATCH_USERS];
	uint32_t n;
	int status;                     /* why it could not be finished; OK */
	uint32_t failed;                /* then, who was the first without an outcome */
	struct idbc_error err;
};
void batch_clear(struct batch *);
/* Each writes OK or the status of a store that cannot go on into the batch. */
void batch_prepare(struct batch *, struct idbc *, const struct idbc_import *);
void batch_write(struct batch *, struct idbc *, const struct idbc_import *);

/* upsert.c: somebody who exists already; fills his outcome.  Not OK: the store cannot go on. */
int  upsert_user(struct call *, const struct idbc_import *, struct bulk_user *,
		 struct idbc_error *err);
/* The users that have what this record says he logs in with: 0 nobody, 1 him, with his row;
 * 2 several, or somebody else.  OK, or why it is not known. */
int  upsert_find(struct call *, const struct bulk_user *, struct rows *, int *found,
		 struct idbc_error *err);
/* 1: what is wrong with this one record, not with the store. */
int  batch_is_his(int rc, const struct idbc_error *err);

#endif
