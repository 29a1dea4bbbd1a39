/* drivers/sql/user/fresh.h - a new user's id, which nobody may have had, and his identifiers,
 * which nobody else may be given at the same time.
 */
#ifndef DRIVERS_SQL_FRESH_H
#define DRIVERS_SQL_FRESH_H

#include "sql/call/call.h"

/* Was it a user's who was deleted?  EXISTS where a delete of such a user is under way; OK, and
 * never so, without a table of intents. */
int fresh_id(struct session *, const struct idbc_str *id, int *retired, struct idbc_error *err);
int fresh_refuse(struct session *, struct idbc_error *err);     /* CONFLICT id_retired */
/* Both: refused where it was. */
int fresh_check(struct session *, const struct idbc_str *id, struct idbc_error *err);

/* Of a cluster, where the lock around creates is local to a node: a row of the table of intents
 * for each identifier that no two users may share, made and taken away again by this
 * transaction, so that one of two at the same time fails.  First thing in it. */
int fresh_claim(struct session *, const struct idbc_field *fields, size_t nfields,
		struct idbc_error *err);

#endif
