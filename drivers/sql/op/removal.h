/* drivers/sql/op/removal.h - one identity removed inside a transaction: what the phases of a delete
 * share, however many of them there are.
 */
#ifndef DRIVERS_SQL_REMOVAL_H
#define DRIVERS_SQL_REMOVAL_H

#include "sql/ops.h"
#include "sql/user/user.h"

/* Locks his row and reads it; in SQL of the author's own he is read as that reads him. */
int  removal_lock(struct session *, const struct idbc_str *id, struct user *,
		  struct idbc_error *err);
/* All that the mapping says is his.  CONFLICT names the table that holds on to him. */
int  removal_run(struct session *, const struct idbc_str *id, struct user *,
		 struct idbc_error *err);
/* May it be run in order to be undone?  Not in tables without transactions, nor where it calls
 * a procedure: that may commit. */
int  removal_can_be_tried(const struct session *);
/* Is a row with that key there still, as the mode of the delete may want it? */
int  removal_stands(struct session *, const struct idbc_str *id, int *stands,
		    struct idbc_error *err);

#endif
