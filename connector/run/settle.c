/* connector/run/settle.c - job: a write was sent and its answer never came.  Before the caller
 * hears UNKNOWN the driver is asked, on a new session, what became of it; a store that is
 * being started again is given a moment.  The write itself is never sent twice.
 * Threads: the caller's; no lock held while the driver runs.
 */
#include <time.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/settle.h"

#define PATIENCE_NS INT64_C(3000000000) /* with a store that cannot be reached */
#define PAUSE_NS    INT64_C(100000000)

struct asking {
	struct idbc_settle_req req;
	uint32_t effect;
};

static int ask_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct asking *asking = ctx;
	uint32_t effect = IDBC_EFFECT_UNKNOWN;
	int rc = session->ops->settle(session->driver_session, &asking->req, &effect, err);

	rc = link_believe(session->link, LINK_CALL_SETTLE, rc, err);
	if (rc == IDBC_OK && effect <= IDBC_EFFECT_UNKNOWN)
		asking->effect = effect;
	return rc;
}

/* May another try say more than this one? */
static int is_passing(int rc)
{
	return rc == IDBC_UNAVAILABLE || rc == IDBC_BUSY;
}

static void wait_a_little(void)
{
	struct timespec ts = { 0, PAUSE_NS };

	nanosleep(&ts, NULL);
}

uint32_t call_ask_settled(struct call *call, const struct doubt *doubt)
{
	struct asking asking = { .req = { .size = sizeof(asking.req), .kind = doubt->kind,
		.deadline_ns = call->deadline_ns, .write = doubt->write,
		.user_id = doubt->user_id }, .effect = IDBC_EFFECT_UNKNOWN };
	int64_t until_ns = clock_now_ns() + PATIENCE_NS;
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	if (!link_has(call->conn->link, LINK_SETTLE))
		return IDBC_EFFECT_UNKNOWN;
	if (until_ns > call->deadline_ns)
		until_ns = call->deadline_ns;
	for (;;) {
		rc = call_on_fresh_session(call, ask_on, &asking, &err);
		if (!is_passing(rc) || clock_now_ns() + PAUSE_NS >= until_ns)
			break;
		wait_a_little();
	}
	if (rc != IDBC_OK)
		call_log(call, IDBC_LOG_WARNING, "the write in doubt stays in doubt: %s",
			 err.text);
	return asking.effect;
}

/* Of a driver that broke its contract nothing is believed; who cancelled waits no longer. */
static int is_in_doubt(const struct call *call, int rc, const struct idbc_error *err)
{
	return rc != IDBC_OK && rc != IDBC_DRIVER && rc != IDBC_CANCELLED &&
	       err->effect == IDBC_EFFECT_UNKNOWN && !stop_why(call->stop) &&
	       clock_now_ns() < call->deadline_ns;
}

int call_settle(struct call *call, const struct doubt *doubt, int rc, struct idbc_error *err)
{
	uint32_t effect;

	if (!is_in_doubt(call, rc, err) || !link_has(call->conn->link, LINK_SETTLE))
		return rc;
	effect = call_ask_settled(call, doubt);
	call_log(call, IDBC_LOG_INFO, "after %s, the write was looked for: %s", err->text,
		 effect_name(effect));
	err->effect = effect;
	/* A server that gave up waiting, for a standby it may be, said more than that it is done. */
	if (effect != IDBC_EFFECT_APPLIED || rc == IDBC_TIMEOUT)
		return rc;
	err_clear(err);
	return IDBC_OK;
}
