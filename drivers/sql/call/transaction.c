/* drivers/sql/call/transaction.c - all or nothing, and again when the store gave way to others.
 * Threads: the session's.
 */
#include "sql/base/failpoint.h"
#include "sql/call/call.h"
#include "sql/call/serial.h"

#include <string.h>
#include <time.h>

#define ATTEMPTS 20
#define PAUSE_NS INT64_C(6000000)
#define NOW_NS INT64_C(250000000)
#define NOW_ATTEMPTS 8

/* A server that has undone the transaction says yes to a COMMIT that commits nothing. */
static int commit(struct session *s, struct idbc_error *err)
{
	int rc;

	if (s->gave_way) {
		s->may_retry = 1;
		return s->host->fail(s->host, err, IDBC_BUSY, "deadlock",
				     "other transactions came first");
	}
	FAILPOINT("sql.commit");
	if (!s->backend->commit(s->conn, &s->diag)) {
		FAILPOINT("sql.committed");
		return IDBC_OK;
	}
	rc = call_failed(s, STATE_COMMITTING, NULL, err);
	if (err->effect != IDBC_EFFECT_NONE)
		s->may_retry = 0;
	return rc;
}

/* `until_ns`: nobody waits longer for the right to write. */
static int attempt(struct session *s, int serial, int64_t until_ns, call_fn *fn, void *ctx,
		   struct idbc_error *err)
{
	const struct dialect *d = s->plan->dialect;
	struct sql_diag ignored;
	int rc;

	s->may_retry = s->gave_way = 0;
	if (s->backend->begin(s->conn, until_ns, &s->diag))
		return call_failed(s, STATE_INSIDE, NULL, err);
	s->in_transaction = 1;
	rc = serial && d->serial == SERIAL_INSIDE ? serial_lock(s, err) : IDBC_OK;
	if (rc == IDBC_OK)
		rc = fn(s, ctx, err);
	if (rc == IDBC_OK)
		rc = call_late(s, err) ? IDBC_TIMEOUT : commit(s, err);
	s->in_transaction = 0;
	/* After a failed commit too: some stores keep the transaction open. */
	if (rc != IDBC_OK)
		s->backend->rollback(s->conn, &ignored);
	return rc;
}

/* Of a random length, so that who met once does not meet again; never beyond `until_ns`. */
static void pause_a_little(struct session *s, int attempts, int64_t until_ns)
{
	int64_t now_ns = s->host->now_ns(), left_ns = until_ns - now_ns;
	uint64_t dice = ((uint64_t)now_ns ^ (uintptr_t)s >> 4) * UINT64_C(0x9e3779b97f4a7c15);
	int64_t pause_ns = (int64_t)(dice >> 33) % (PAUSE_NS * (attempts < 8 ? attempts : 8));
	struct timespec ts = { 0, 0 };

	ts.tv_nsec = pause_ns < left_ns ? pause_ns : left_ns;
	if (ts.tv_nsec > 0)
		nanosleep(&ts, NULL);
}

int call_transaction_now(struct session *s, call_fn *fn, void *ctx, struct idbc_error *err)
{
	int64_t until_ns = s->host->now_ns() + NOW_NS;
	int rc, attempts = 0;

	if (until_ns > s->deadline_ns)
		until_ns = s->deadline_ns;
	do {
		if (attempts++)
			pause_a_little(s, attempts, until_ns);
		call_clear(err);
		rc = attempt(s, 0, until_ns, fn, ctx, err);
	} while (rc != IDBC_OK && s->may_retry && attempts < NOW_ATTEMPTS &&
		 s->host->now_ns() < until_ns);
	return rc;
}

int call_transaction(struct session *s, int serial, call_fn *fn, void *ctx,
			struct idbc_error *err)
{
	int locks = serial && s->plan->dialect->serial == SERIAL_BEFORE;
	int rc = locks ? serial_lock(s, err) : IDBC_OK;

	if (rc != IDBC_OK)
		return rc;
	rc = attempt(s, serial, s->deadline_ns, fn, ctx, err);
	for (int i = 1; rc != IDBC_OK && s->may_retry && i < ATTEMPTS; i++) {
		pause_a_little(s, i, s->deadline_ns);
		if (s->host->now_ns() >= s->deadline_ns)
			break;
		call_clear(err);
		rc = attempt(s, serial, s->deadline_ns, fn, ctx, err);
	}
	if (locks)
		serial_unlock(s);
	return rc;
}
