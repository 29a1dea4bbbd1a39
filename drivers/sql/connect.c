/* drivers/sql/connect.c - a session from connect to its end.  Threads: one at a time, but
 * for sql_interrupt(), which only passes on to the backend.
 */
#include "sql/call/call.h"

#include <stdlib.h>
#include <string.h>

static int connect_failed(struct session *s, struct idbc_error *err)
{
	struct state_context at = {
		.phase = STATE_CONNECTING, .late = s->host->now_ns() >= s->deadline_ns,
	};

	return state_fail(s->host, &at, &s->diag, err);
}

static int begin_once(struct session *s, uint32_t *out, struct idbc_error *err)
{
	struct instance *in = s->instance;
	uint32_t dialect = 0;

	if (in->backend->connect(in->handle, in->create_store, s->deadline_ns, &s->conn, &dialect,
				 &s->diag)) {
		s->conn = NULL;
		return connect_failed(s, err);
	}
	if (!dialect_find(dialect))
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "dialect",
				     "stores of kind %s are not supported in this version",
				     dialect_name(dialect));
	*out = dialect;
	s->plan = instance_plan(s, dialect, err);
	return s->plan ? IDBC_OK : (int)err->status;
}

static void close_connection(struct session *s)
{
	for (size_t i = 0; i < s->nprepared; i++)
		free(s->prepared[i].sql);
	s->nprepared = s->oldest = 0;
	memset(s->slots, 0, sizeof(s->slots));
	if (s->conn)
		s->backend->disconnect(s->conn);
	s->conn = NULL;
}

/* A server of MariaDB's that starts deletes the temporary files of every other in its
 * tmpdir, and the catalogue is read by way of one: small native codes are those of the
 * server's file layer.  What it was about to say then is lost with the connection. */
static int lost_a_file(const struct session *s, uint32_t dialect)
{
	return s->conn && (dialect == SQL_MARIADB || dialect == SQL_MYSQL) &&
	       s->diag.lost == SQL_LOST_NOT && s->diag.native > 0 && s->diag.native < 200;
}

static int begin_session(struct session *s, struct idbc_error *err)
{
	uint32_t dialect = 0;
	int rc = begin_once(s, &dialect, err);

	if (rc != IDBC_UNAVAILABLE || !lost_a_file(s, dialect))
		return rc;
	close_connection(s);
	call_clear(err);
	return begin_once(s, &dialect, err);
}

static void session_free(struct session *s)
{
	for (size_t i = 0; i < s->nprepared; i++)
		free(s->prepared[i].sql);
	arena_reset(&s->arena);         /* overwrites what the last call left */
	arena_free(&s->arena);
	free(s);
}

int sql_connect(void *instance, int64_t deadline_ns, void **out, struct idbc_error *err)
{
	struct instance *in = instance;
	struct session *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return in->host->fail(in->host, err, IDBC_NOMEM, "", "out of memory");
	s->instance = in;
	s->backend = in->backend;
	s->host = in->host;
	s->deadline_ns = deadline_ns;
	rc = call_late(s, err) ? IDBC_TIMEOUT : begin_session(s, err);
	if (rc == IDBC_OK)
		*out = s;
	else
		sql_disconnect(s);
	return rc;
}

void sql_disconnect(void *session)
{
	struct session *s = session;

	close_connection(s);
	session_free(s);
}

/* The backend frees its statements with the connection: closing them would be heard. */
void sql_abandon(void *session)
{
	struct session *s = session;

	if (s->conn)
		s->backend->abandon(s->conn);
	session_free(s);
}

int sql_ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	struct session *s = session;
	int rc = call_begin(s, deadline_ns, 0, err);

	if (rc != IDBC_OK)
		return rc;
	call_enter(s);
	if (s->backend->ping(s->conn, deadline_ns, &s->diag))
		rc = call_failed(s, STATE_READING, NULL, err);
	call_leave(s);
	return rc;
}

int sql_quiet(void *session)
{
	struct session *s = session;

	return s->backend->quiet && s->backend->quiet(s->conn);
}

void sql_interrupt(void *session)
{
	call_interrupt(session);
}
