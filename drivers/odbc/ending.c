/* drivers/odbc/ending.c - ending at the server what a connection left there: PostgreSQL's and
 * MariaDB's.  SQLCancel of their drivers would do it too, but waits for the server, and for
 * as long as it likes.
 *
 * What is ended is compared first: a backend by when it began, a connection of MariaDB's as
 * sql/call/ending.h says.
 * Threads: od_give_up() any, the rest the connection's.  Lock: od_connection.guard.
 */
#include "handles.h"

#include <stdio.h>
#include <stdlib.h>

#include "sql/call/ending.h"

/* --- MariaDB, MySQL --------------------------------------------------------------------- */

/* What the server calls itself, and when it was started by our clock. */
static int mariadb_server(struct od_connection *c, struct sql_work *out, struct sql_diag *diag)
{
	char uptime[32];

	if (od_read_text(c, ENDING_NAME, 1, out->server, sizeof(out->server), diag) ||
	    od_read_text(c, "SHOW GLOBAL STATUS LIKE 'Uptime'", 2, uptime, sizeof(uptime), diag))
		return -1;
	out->began = ending_began(uptime, c->instance->host->now_ns());
	return 0;
}

static int note_mariadb(struct od_connection *c, unsigned *port, struct sql_diag *diag)
{
	char id[32], host[300];
	const char *colon;

	if (od_read_text(c, "SELECT CONNECTION_ID()", 1, id, sizeof(id), diag) ||
	    mariadb_server(c, &c->work, diag))
		return -1;
	c->work.id = strtoll(id, NULL, 10);
	if (c->fd >= 0)
		return 0;
	if (od_read_text(c, "SELECT HOST FROM information_schema.PROCESSLIST"
			 " WHERE ID = CONNECTION_ID()", 1, host, sizeof(host), diag))
		return -1;
	colon = strrchr(host, ':');
	*port = colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
	return 0;
}

static int end_mariadb(struct od_connection *c, const struct sql_work *work, int whole,
		       struct sql_diag *diag)
{
	struct sql_work now = { .id = 0 };
	char sql[48];

	if (mariadb_server(c, &now, diag))
		return -1;
	if (!ending_words(&now, work, whole, sql, sizeof(sql)))
		return 0;
	return od_run_text(c, sql, OD_HARMLESS, diag);
}

/* --- PostgreSQL --------------------------------------------------------------------------- */

#define BEGAN "(extract(epoch FROM backend_start) * 1000000)::bigint"

static int note_postgres(struct od_connection *c, unsigned *port, struct sql_diag *diag)
{
	char text[96], *at = text;

	if (od_read_text(c, "SELECT pid || ' ' || COALESCE(client_port, 0) || ' ' || " BEGAN
			 " FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())", 1,
			 text, sizeof(text), diag))
		return -1;
	c->work.id = strtoll(at, &at, 10);
	*port = (unsigned)strtol(at, &at, 10);
	c->work.began = strtoll(at, NULL, 10);
	return 0;
}

/* What it does now it may do for somebody else, whom a pooler has given the backend: only what
 * was begun before is ended. */
static int end_postgres(struct od_connection *c, const struct sql_work *work, int whole,
			int64_t asked_ns, struct sql_diag *diag)
{
	int64_t ago_us = (c->instance->host->now_ns() - asked_ns) / 1000;
	char sql[400], done[16];

	snprintf(sql, sizeof(sql), "SELECT pg_catalog.%s(pid) FROM pg_catalog.pg_stat_activity"
		 " WHERE pid = %lld AND " BEGAN " = %lld AND state <> 'idle' AND"
		 " query_start < pg_catalog.now() -"
		 " pg_catalog.make_interval(0, 0, 0, 0, 0, 0, %lld / 1000000.0)",
		 whole ? "pg_terminate_backend" : "pg_cancel_backend", (long long)work->id,
		 (long long)work->began, (long long)ago_us);
	return od_read_text(c, sql, 1, done, sizeof(done), diag);
}

/* --- both ----------------------------------------------------------------------------------- */

/* Who cannot tell is not asked again: his statements end at their own limit.  0, or -1: the
 * connection is gone. */
int od_note_work(struct od_connection *c, unsigned *port, struct sql_diag *diag)
{
	int failed = 0;

	*port = 0;
	if (c->dialect == SQL_POSTGRESQL)
		failed = note_postgres(c, port, diag);
	else if (c->dialect == SQL_MARIADB || c->dialect == SQL_MYSQL)
		failed = note_mariadb(c, port, diag);
	if (failed)
		c->work.id = 0;
	return failed && diag->lost != SQL_LOST_NOT ? -1 : 0;
}

const struct sql_work *od_work(void *conn)
{
	const struct od_connection *c = conn;

	return &c->work;
}

int od_give_up(void *conn)
{
	struct od_connection *c = conn;

	return ending_give_up(&c->guard, &c->interrupted, &c->fd);
}

/* Where the server refuses there is nothing of that number any more, or we may not. */
int od_end_work(void *conn, const struct sql_work *work, int whole, int64_t asked_ns,
		struct sql_diag *diag)
{
	struct od_connection *c = conn;
	int failed = c->dialect == SQL_POSTGRESQL ? end_postgres(c, work, whole, asked_ns, diag)
						  : end_mariadb(c, work, whole, diag);

	return failed && diag->lost != SQL_LOST_NOT ? -1 : 0;
}
