/* drivers/sql/transaction.c - all or nothing, and again when the store gave way to others.
 * Creates are serialised by the server's named lock, taken before the transaction begins
 * so that its first read sees what the last one committed.  Threads: the session's.
 */
#include "sql/call.h"

#include <string.h>
#include <time.h>

#define ATTEMPTS 5

/* A lock of the server's own, by name: database and table. */
static int lock_statement(struct session *s, const char *sql, int64_t wait_s, int *got,
			  struct idbc_error *err)
{
	const char *table = s->plan->mapping->table;
	struct idbc_value args[2] = {
		{ .kind = IDBC_KIND_STR, .u.str = { table, strlen(table) } },
		{ .kind = IDBC_KIND_I64, .u.i64 = wait_s },
	};
	struct query q = { sql, args, wait_s < 0 ? 1 : 2, NULL };
	struct cursor c;
	int rc = cursor_open(s, &q, 1, &c, err);

	if (rc == IDBC_OK && cursor_next(&c, err) < 0)
		rc = (int)err->status;
	*got = rc == IDBC_OK && c.cols[0].kind == IDBC_KIND_STR && c.cols[0].u.str.len == 1 &&
	       c.cols[0].u.str.ptr[0] == '1';
	cursor_close(&c);
	return rc;
}

#define LOCK_NAME "CONCAT('idbc.', SHA1(CONCAT(DATABASE(), '.', ?)))"

static int lock_table(struct session *s, struct idbc_error *err)
{
	int64_t wait_s = (s->deadline_ns - s->host->now_ns()) / 1000000000;
	int got = 0;
	int rc = lock_statement(s, "SELECT GET_LOCK(" LOCK_NAME ", ?)", wait_s < 0 ? 0 : wait_s,
				&got, err);

	if (rc != IDBC_OK || got)
		return rc;
	return s->host->fail(s->host, err, IDBC_TIMEOUT, "",
			     "deadline passed while other creates were going on");
}

static void unlock_table(struct session *s)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	int64_t deadline = s->deadline_ns;
	int got;

	/* The work is done; only the lock is left to give back, late or not. */
	s->deadline_ns = s->host->now_ns() + 2000000000;
	lock_statement(s, "SELECT RELEASE_LOCK(" LOCK_NAME ")", -1, &got, &ignored);
	s->deadline_ns = deadline;
}

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

static int attempt(struct session *s, call_fn *fn, void *ctx, struct idbc_error *err)
{
	struct sql_diag ignored;
	int rc;

	s->may_retry = 0;
	if (s->backend->begin(s->conn, &s->diag))
		return call_failed(s, STATE_INSIDE, NULL, err);
	s->in_transaction = 1;
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

static void clear(struct idbc_error *err)
{
	uint32_t size = err->size;

	memset(err, 0, sizeof(*err));
	err->size = size;
}

int call_transaction(struct session *s, int serial, call_fn *fn, void *ctx,
			struct idbc_error *err)
{
	int locks = serial && s->plan->dialect->advisory_locks;
	int rc = locks ? lock_table(s, err) : IDBC_OK;

	if (rc != IDBC_OK)
		return rc;
	rc = attempt(s, fn, ctx, err);
	for (int i = 1; rc != IDBC_OK && s->may_retry && i < ATTEMPTS; i++) {
		pause_a_little(i);
		if (s->host->now_ns() >= s->deadline_ns)
			break;
		clear(err);
		rc = attempt(s, fn, ctx, err);
	}
	if (locks)
		unlock_table(s);
	return rc;
}
