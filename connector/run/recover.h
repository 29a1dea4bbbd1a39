/* connector/run/recover.h - deletes that were interrupted, found and ended.  Private to
 * connector/run.
 */
#ifndef CONNECTOR_RUN_RECOVER_H
#define CONNECTOR_RUN_RECOVER_H

#include "run/conn.h"

#define RECOVER_AT_ONCE 16      /* intents that are ended beside something else */

/* Whose lease has ended: at most RECOVER_AT_ONCE, none begun after a moment; fails nothing. */
void recover_after(struct call *);

/* --- interrupted.c: what the driver lists, as wary as of any other sink -------------------- */
struct interrupted {
	char  *id;              /* native */
	size_t id_len;
	char   token[65];
	int    profile_store;   /* it was written with one */
};
/* Borrowed for the call; NULL: what follows is the list from its beginning.  0: go on, or not 0:
 * enough. */
typedef int interrupted_fn(void *ctx, const struct interrupted *);
/* Each intent whose lease has ended, oldest first. */
int interrupted_each(struct call *, interrupted_fn *fn, void *ctx, struct idbc_error *err);

#endif
