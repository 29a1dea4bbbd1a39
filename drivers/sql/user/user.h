/* drivers/sql/user/user.h - one user inside a transaction: his row locked, his stored values at
 * hand for what a write compares and computes.  Lives in the call's arena.
 */
#ifndef DRIVERS_SQL_USER_H
#define DRIVERS_SQL_USER_H

#include "sql/user/lookup.h"

struct user {
	struct idbc_str id;             /* native, as text */
	struct idbc_value key;          /* as its column wants it bound */
	struct idbc_value *values;      /* by column of plan->state; NULL: not read */
};

/* Locks and reads; NO_USER if gone or deleted.  Unless `asked` is NULL, the row must still
 * answer to that identifier. */
int  user_lock(struct session *, const struct idbc_str *id, uint32_t by,
	       const struct idbc_str *asked, struct user *out, struct idbc_error *err);
/* The stored value of a place, or NULL if it was not read.  Of a place in a document: the
 * member, or the whole column. */
const struct idbc_value *user_value(struct session *, const struct user *,
				    const struct map_place *);
const struct idbc_value *user_column(const struct session *, const struct user *,
				     const struct map_place *);
/* All of them under the names of their fields, in the call's arena.  0, or -1: no memory. */
int  user_fields(struct session *, const struct user *, struct idbc_field **out, size_t *n);
/* Is this credential (parts "hash", "salt") the stored one? */
int  user_has_credential(struct session *, const struct user *,
			 const struct idbc_field *parts, size_t nparts);
/* The same of one that was written: columns of a fixed width fill it up. */
int  user_has_padded(struct session *, const struct user *,
		     const struct idbc_field *parts, size_t nparts);

#endif
