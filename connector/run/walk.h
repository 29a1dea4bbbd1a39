/* connector/run/walk.h - the steps of one login, told as they are taken, for people who
 * ask why somebody cannot log in.  Every function does nothing unless call->walk is set;
 * none of them decides anything.  No password, hash or salt is told, and of what is stored
 * no value.  Threads: one call's; no lock.
 */
#ifndef CONNECTOR_RUN_WALK_H
#define CONNECTOR_RUN_WALK_H

#include "run/conn.h"

/* STOP: the login ends here; NOTE: it goes on, but somebody may want to know. */
enum walk_result { WALK_OK, WALK_STOP, WALK_NOTE };

void walk_step(const struct call *, enum walk_result, const char *step, const char *fmt, ...)
	IDBC_PRINTF(4, 5);

void walk_asked(const struct call *);                           /* for whom, in which fields */
void walk_throttle(const struct call *, uint32_t failures);   /* counted here so far */
void walk_rows(const struct call *, const struct rows *);
void walk_verdict(const struct call *, const struct password_verdict *);
void walk_locked_out(const struct call *);
void walk_flags(const struct call *, const struct row *);
/* What would be told to the store. */
void walk_proven(const struct call *, const struct password_verdict *,
		 const struct idbc_proven_req *);

#endif
