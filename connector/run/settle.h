/* connector/run/settle.h - what became of a write whose answer was lost.
 */
#ifndef CONNECTOR_RUN_SETTLE_H
#define CONNECTOR_RUN_SETTLE_H

#include "run/conn.h"

/* A write as it was called: its kind, its request, and whom it wrote where that is known. */
struct doubt {
	uint32_t kind;                  /* enum idbc_settle_kind */
	const void *write;              /* the kind's own request of idbc/driver.h */
	struct idbc_str user_id;        /* native; or empty */
};
/* `rc` and *err as the write left them.  Unless its effect is UNKNOWN and the deadline is still
 * to come, both stay.  Else the driver is asked, on sessions connected since: OK if it was
 * done (TIMEOUT stays, with the effect APPLIED); if not, `rc` with the effect NONE; UNKNOWN
 * stays where nobody can tell in time. */
int call_settle(struct call *, const struct doubt *, int rc, struct idbc_error *err);
/* What became of it, as far as the driver can tell: enum idbc_effect. */
uint32_t call_ask_settled(struct call *, const struct doubt *);

#endif
