/* drivers/sql/call/transaction.c - all or nothing, and again when the store gave way to others.
 * Threads: the session's.
 */
#include "sql/call/call.h"
#include "sql/call/serial.h"

#include <string.h>
#include <time.h>

#define ATTEMPTS 5

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

static int attempt(struct session *s, int serial, call_fn *fn, void *ctx,
		   struct idbc_error *err)
{
	const struct dialect *d = s->plan->dialect;
	struct sql_diag ignored;
	int rc;

	s->may_retry = 0;
	if (s->backend->begin(s->conn, &s->diag))
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

int call_transaction(struct session *s, int serial, call_fn *fn, void *ctx,
			struct idbc_error *err)
{
	int locks = serial && s->plan->dialect->serial == SERIAL_BEFORE;
	int rc = locks ? serial_lock(s, err) : IDBC_OK;

	if (rc != IDBC_OK)
		return rc;
	rc = attempt(s, serial, fn, ctx, err);
	for (int i = 1; rc != IDBC_OK && s->may_retry && i < ATTEMPTS; i++) {
		pause_a_little(i);
		if (s->host->now_ns() >= s->deadline_ns)
			break;
		call_clear(err);
		rc = attempt(s, serial, fn, ctx, err);
	}
	if (locks)
		serial_unlock(s);
	return rc;
}
