/* connector/run/attempt.h - a call that verifies a password, seen as a guess.
 * Private to connector/run.
 */
#ifndef CONNECTOR_RUN_ATTEMPT_H
#define CONNECTOR_RUN_ATTEMPT_H

#include "guess/guess.h"
#include "run/conn.h"

/* OK: go on, and attempt_end() must follow.  BUSY too_many_attempts, TIMEOUT, NOMEM. */
int  attempt_begin(struct call *, struct guess_attempt *out, struct idbc_error *err);
/* Was it attempt_begin() that said so?  That is one caller's trouble and no fault. */
int  attempt_refused(int rc, const struct idbc_error *);
/* A refused password: the store counts it where the application does (users.login.failed).
 * The same statement whoever it was for; its failure is logged. */
void attempt_failed(struct call *, const struct rows *);
/* `rc`: what the call came to. */
void attempt_end(struct call *, struct guess_attempt *, int rc);

#endif
