/* drivers/sql/user/failed.h - login.failed: failed attempts as the application keeps them in
 * the user's row, read with it, raised by a wrong password, forgotten after a right one.
 * Times are the store's: every host agrees on them, whatever its own clock says.
 */
#ifndef DRIVERS_SQL_FAILED_H
#define DRIVERS_SQL_FAILED_H

#include "sql/user/write.h"

struct failed_state {
	int locked;             /* out, now */
	int noted;              /* something is there to be forgotten */
};
/* Of a row of plan->read; both 0 where nothing is mapped. */
struct failed_state failed_state(struct session *, const struct plan_select *,
				 const struct found *);
/* One statement: the count raised, the lock set at the maximum, nothing where he is locked
 * out already.  A user without a key is nobody: the same statement, no row. */
int  failed_raise(struct write *, struct idbc_error *err);
/* What a right password sets back, into `sets`.  -1: no memory. */
int  failed_forgive(struct write *, struct sets *);

#endif
