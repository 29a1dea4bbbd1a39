/* drivers/sql/call/transaction.c - all or nothing, and again when the store gave way to others.
 * Threads: the session's.
 */
#include "sql/call/call.h"
#include "sql/call/serial.h"

#include <string.h>
#include <time.h>

#define ATTEMPTS 5
#define NOW_NS INT64_C(250000000)
#define NOW_ATTEMPTS 8

static int commit(struct session *s, struct idbc_error *err)
{
	int rc;

	if (!s->backend->commit(s->conn, &s->diag))
		return IDBC_OK;
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

	s->may_retry = 0;
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

static void pause_a_little(int attempts)
{
	struct timespec ts = { 0, attempts * 3000000L };

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
			pause_a_little(attempts);
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
		pause_a_little(i);
		if (s->host->now_ns() >= s->deadline_ns)
			break;
		call_clear(err);
		rc = attempt(s, serial, s->deadline_ns, fn, ctx, err);
	}
	if (locks)
		serial_unlock(s);
	return rc;
}
