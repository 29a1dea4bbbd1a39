/* drivers/sql/user/moved.h - the table of ids that came here from another store, or were deleted
 * since: what a stacked driver keeps, so that nobody is moved a second time.
 */
#ifndef DRIVERS_SQL_MOVED_H
#define DRIVERS_SQL_MOVED_H

#include "sql/call/call.h"

/* What is entered: enum idbc_moved_state, with COMPLETE perhaps. */
int  moved_state(struct session *, const struct idbc_str *id, uint32_t *state,
		 struct idbc_error *err);
/* Enters it where it is above what is there; inside a transaction. */
int  moved_set(struct session *, const struct idbc_str *id, uint32_t *state,
	       struct idbc_error *err);
/* A user of this id stands here, and no delete of his is under way: where it is entered as deleted
 * that was somebody before him (delete.reuse_ids), and says nothing of his own delete. */
int  moved_new_life(struct session *, const struct idbc_str *id, struct idbc_error *err);
/* For a create that asks for it, before it writes anything else: enters him who is not entered,
 * else CONFLICT moved_before.  UNSUPPORTED without a table. */
int  moved_create(struct session *, const struct idbc_create_req *, struct idbc_error *err);
/* Is there such a table, and may rows be read, made and changed?  CONFIG. */
int  moved_look(struct session *, struct idbc_error *err);

#endif
