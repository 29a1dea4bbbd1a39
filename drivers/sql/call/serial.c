/* drivers/sql/call/serial.c - the server's named lock around creates.
 *
 * MariaDB and MySQL: taken before the transaction begins, so that its first read sees what
 * the last one committed.  PostgreSQL, SQL Server: the first statement of the transaction,
 * whose later statements each see what was committed by then; it ends with it.
 * Threads: the session's.
 */
#include "sql/call/serial.h"

#include <string.h>
#include <time.h>

#define PREFIX "idbc."
#define PAUSE_MS 20     /* before one asks again, and left of a deadline to say that it has passed */

static int64_t left_ms(const struct session *s)
{
	return (s->deadline_ns - s->host->now_ns()) / 1000000;
}

/* The lock's name, then how long to wait or what else the dialect binds. */
static uint32_t arguments(struct session *s, struct idbc_value args[2])
{
	const char *own = s->plan->mapping->table, *table = own ? own : "users.sql";
	const char *dot = strchr(table, '.');
	int64_t wait_ms = left_ms(s) - PAUSE_MS / 2;

	args[0] = text_or_null(table, strlen(table));
	args[1] = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = wait_ms > 0 ? wait_ms : 0 };
	switch (s->plan->dialect->id) {
	case SQL_POSTGRESQL:
		if (dot)
			args[0] = text_or_null(dot + 1, strlen(dot + 1));
		args[1] = text_or_null(table, dot ? (size_t)(dot - table) : 0);
		break;
	case SQL_MSSQL:
		args[0] = text_or_null(arena_printf(&s->arena, PREFIX "%s", table),
				       strlen(PREFIX) + strlen(table));
		break;
	default:
		break;
	}
	return 2;
}

/* MySQL waits for whole seconds only: what is left of a deadline is spent asking. */
int serial_lock(struct session *s, struct idbc_error *err)
{
	static const struct timespec pause = { 0, PAUSE_MS * 1000000L };
	struct idbc_value args[2];
	int rc, got = 0;

	for (;;) {
		uint32_t nargs = arguments(s, args);

		rc = call_says_one(s, &(struct query){ s->plan->dialect->lock, args, nargs, NULL },
				   &got, err);
		if (rc != IDBC_OK || got)
			return rc;
		if (left_ms(s) <= PAUSE_MS)
			break;
		nanosleep(&pause, NULL);
	}
	return s->host->fail(s->host, err, IDBC_TIMEOUT, "",
			     "deadline passed while other creates were going on");
}

void serial_unlock(struct session *s)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	struct idbc_value args[2];
	int64_t deadline = s->deadline_ns;
	int got = 0;

	/* The work is done; only the lock is left to give back, late or not. */
	s->deadline_ns = s->host->now_ns() + 2000000000;
	arguments(s, args);
	call_says_one(s, &(struct query){ s->plan->dialect->unlock, args, 1, NULL }, &got, &ignored);
	s->deadline_ns = deadline;
}
