/* drivers/odbc/connection.c - reaching a store and keeping the conversation sane.
 *
 * Transactions are begun and ended by statements with the driver in autocommit: what
 * SQLEndTran does differs too much between drivers.  Threads: one at a time,
 * od_interrupt() any.  Lock: od_connection.guard, around what is running.
 */
#include "handles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SQLITE_BUSY 5
#define CONNECT_TRIES 3

/* --- running ------------------------------------------------------------------------- */

/* 0, or -1: interrupted meanwhile. */
static int set_running(struct od_connection *c, SQLHSTMT stmt)
{
	int interrupted;

	pthread_mutex_lock(&c->guard);
	interrupted = c->interrupted;
	c->running = interrupted ? SQL_NULL_HSTMT : stmt;
	pthread_mutex_unlock(&c->guard);
	return interrupted ? -1 : 0;
}

int od_busy(const struct od_connection *c, const struct sql_diag *diag)
{
	static const struct timespec pause = { 0, 2000000 };

	if (c->dialect != SQL_SQLITE || diag->native != SQLITE_BUSY ||
	    !strcmp(diag->sqlstate, "HY008") ||
	    c->instance->host->now_ns() >= c->deadline_ns)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

/* PostgreSQL warns of a commit whose wait for a standby was cancelled: it is kept here, and will
 * be gone if another server is promoted. */
static int unsure(struct od_connection *c, SQLHSTMT stmt, struct sql_diag *diag)
{
	od_diag(c, SQL_HANDLE_STMT, stmt, OD_COMMIT, diag);
	memcpy(diag->sqlstate, "HYT00", 6);
	diag->lost = SQL_LOST_DURING;
	return -1;
}

/* Nor is it by now, where a SQLite was busy before: a COMMIT that was refused has done nothing. */
static int unsent(struct od_connection *c, struct sql_diag *diag)
{
	od_diag_own(c, "HY008", "interrupted", diag);
	diag->lost = SQL_LOST_BEFORE;
	return -1;
}

static int run_once(struct od_connection *c, SQLHSTMT stmt, const char *sql,
		    enum od_phase phase, struct sql_diag *diag)
{
	SQLRETURN rc;

	if (set_running(c, stmt))
		return unsent(c, diag);
	rc = sql ? SQLExecDirect(stmt, (SQLCHAR *)sql, SQL_NTS) : SQLExecute(stmt);
	set_running(c, SQL_NULL_HSTMT);
	if (rc == SQL_SUCCESS_WITH_INFO && phase == OD_COMMIT && c->dialect == SQL_POSTGRESQL)
		return unsure(c, stmt, diag);
	if (SQL_SUCCEEDED(rc) || rc == SQL_NO_DATA)
		return 0;
	return od_diag(c, SQL_HANDLE_STMT, stmt, phase, diag);
}

int od_run(struct od_connection *c, SQLHSTMT stmt, const char *sql, enum od_phase phase,
	   struct sql_diag *diag)
{
	int failed;

	while ((failed = run_once(c, stmt, sql, phase, diag)) && od_busy(c, diag))
		SQLFreeStmt(stmt, SQL_CLOSE);
	return failed;
}

int od_run_text(struct od_connection *c, const char *sql, enum od_phase phase,
		struct sql_diag *diag)
{
	SQLHSTMT stmt = SQL_NULL_HSTMT;
	int failed;

	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, c->dbc, &stmt)))
		return od_diag(c, SQL_HANDLE_DBC, c->dbc, OD_HARMLESS, diag);
	failed = od_run(c, stmt, sql, phase, diag);
	while (!failed && SQL_SUCCEEDED(SQLMoreResults(stmt)))
		;
	SQLFreeHandle(SQL_HANDLE_STMT, stmt);
	return failed;
}

/* MariaDB's driver sends what it executes directly before it knows the columns of the answer;
 * where these do not come it falls over them. */
static int run_read(struct od_connection *c, SQLHSTMT stmt, const char *sql,
		    struct sql_diag *diag)
{
	if (c->dialect != SQL_MARIADB && c->dialect != SQL_MYSQL)
		return od_run(c, stmt, sql, OD_HARMLESS, diag);
	if (SQL_SUCCEEDED(SQLPrepare(stmt, (SQLCHAR *)sql, SQL_NTS)) &&
	    SQL_SUCCEEDED(SQLExecute(stmt)))
		return 0;
	return od_diag(c, SQL_HANDLE_STMT, stmt, OD_HARMLESS, diag);
}

/* The second column of the one row that SHOW gives, or the first of any other. */
int od_read_text(struct od_connection *c, const char *sql, SQLUSMALLINT column, char *out,
		 size_t cap, struct sql_diag *diag)
{
	SQLHSTMT stmt = SQL_NULL_HSTMT;
	SQLLEN len = 0;
	int failed;

	out[0] = '\0';
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, c->dbc, &stmt)))
		return od_diag(c, SQL_HANDLE_DBC, c->dbc, OD_HARMLESS, diag);
	failed = run_read(c, stmt, sql, diag);
	if (!failed && SQL_SUCCEEDED(SQLFetch(stmt)) &&
	    !SQL_SUCCEEDED(SQLGetData(stmt, column, SQL_C_CHAR, out, (SQLLEN)cap, &len)))
		failed = od_diag(c, SQL_HANDLE_STMT, stmt, OD_HARMLESS, diag);
	SQLFreeHandle(SQL_HANDLE_STMT, stmt);
	return failed;
}

void od_wait_from_now(struct od_connection *c)
{
	c->deadline_ns = c->instance->host->now_ns() + c->instance->timeout_ms * 1000000;
}

int od_store_same(struct od_connection *c, int now, struct sql_diag *diag)
{
	if (c->dialect == SQL_POSTGRESQL)
		return od_hosts_left_behind(c, diag);
	return od_file_same(c, now, diag);
}

int od_exec(void *conn, const char *sql, int64_t deadline_ns, struct sql_diag *diag)
{
	struct od_connection *c = conn;

	c->deadline_ns = deadline_ns;
	return od_run_text(c, sql, OD_STATEMENT, diag);
}

/* SQLite's plain BEGIN would find out too late that somebody else writes; a snapshot of
 * PostgreSQL's, taken while waiting for the lock of creates, what the last one wrote. */
int od_begin(void *conn, int64_t deadline_ns, struct sql_diag *diag)
{
	struct od_connection *c = conn;
	const char *sql = "START TRANSACTION";

	c->deadline_ns = deadline_ns;
	if (od_store_same(c, 1, diag))
		return -1;
	if (c->dialect == SQL_SQLITE)
		sql = "BEGIN IMMEDIATE";
	else if (c->dialect == SQL_POSTGRESQL)
		sql = "START TRANSACTION ISOLATION LEVEL READ COMMITTED";
	else if (c->dialect == SQL_MSSQL)
		sql = "BEGIN TRANSACTION";
	c->in_transaction = 1;
	if (od_run_text(c, sql, OD_HARMLESS, diag))
		return -1;
	c->failed = 0;
	return 0;
}

/* PostgreSQL answers the COMMIT of a transaction in which something failed with ROLLBACK,
 * and calls that success.  A SQLite that is busy is asked until the deadline of the call:
 * whatever was refused till then was not done. */
int od_commit(void *conn, struct sql_diag *diag)
{
	struct od_connection *c = conn;

	if (c->failed && c->dialect == SQL_POSTGRESQL)
		return od_diag_own(c, "25P02", "the transaction has failed", diag);
	if (od_store_same(c, 0, diag) || od_run_text(c, "COMMIT", OD_COMMIT, diag))
		return -1;
	c->in_transaction = 0;
	return 0;
}

int od_rollback(void *conn, struct sql_diag *diag)
{
	struct od_connection *c = conn;
	const char *sql = "ROLLBACK";
	int failed;

	/* An error has ended the transaction already, or not. */
	if (c->dialect == SQL_MSSQL)
		sql = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION";
	failed = od_run_text(c, sql, OD_HARMLESS, diag);
	c->in_transaction = failed;
	return failed;
}

int od_ping(void *conn, int64_t deadline_ns, struct sql_diag *diag)
{
	struct od_connection *c = conn;
	char one[8];

	c->deadline_ns = deadline_ns;
	if (od_store_same(c, 1, diag))
		return -1;
	return od_read_text(c, "SELECT 1", 1, one, sizeof(one), diag);
}

int od_last_id(void *conn, void *stmt, int64_t *id, struct sql_diag *diag)
{
	struct od_connection *c = conn;
	const char *sql = c->dialect == SQL_SQLITE ? "SELECT last_insert_rowid()"
						   : "SELECT LAST_INSERT_ID()";
	char text[32], *end;
	long long made;

	(void)stmt;
	/* Elsewhere the INSERT itself gives the key, as a row. */
	if (c->dialect == SQL_POSTGRESQL || c->dialect == SQL_MSSQL)
		return od_diag_own(c, "0A000", "keys come by RETURNING here", diag);
	if (od_read_text(c, sql, 1, text, sizeof(text), diag))
		return -1;
	errno = 0;
	made = strtoll(text, &end, 10);
	if (errno || end == text || *end || !made)
		return od_diag_own(c, "HY000", "no key was generated", diag);
	*id = made;
	return 0;
}

/* --- connecting ------------------------------------------------------------------------ */

unsigned od_seconds(int64_t ms)
{
	return ms <= 0 ? 1 : (unsigned)((ms + 999) / 1000);
}

static int open_dbc(struct od_connection *c, int create, unsigned connect_s, int64_t wait_ms,
		    struct sql_diag *diag)
{
	struct od_text string = { NULL, 0, 0, 0 };
	SQLRETURN rc;
	int failed = 0;

	/* Some drivers know no time-out here; theirs is in the string. */
	SQLSetConnectAttr(c->dbc, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)(uintptr_t)connect_s, 0);
	if (od_string_build(c->instance, create, c->work.endpoint, connect_s, wait_ms, &string)) {
		failed = od_diag_own(c, "HY001", "out of memory", diag);
	} else {
		od_restore_before(&c->instance->restore);
		rc = SQLDriverConnect(c->dbc, NULL, (SQLCHAR *)string.ptr, SQL_NTS, NULL, 0, NULL,
				      SQL_DRIVER_NOPROMPT);
		od_restore_after(&c->instance->restore);
		if (!SQL_SUCCEEDED(rc))
			failed = od_diag(c, SQL_HANDLE_DBC, c->dbc, OD_HARMLESS, diag);
	}
	od_string_free(&string);
	return failed;
}

static void connection_free(struct od_connection *c)
{
	od_file_forget(c);
	if (c->fd >= 0)
		close(c->fd);
	pthread_mutex_destroy(&c->guard);
	free(c);
}

/* Who says goodbye is answered, and a server that does not answer is waited for: so what is
 * no longer of use is cut off, and MariaDB's driver hears nothing more.  PostgreSQL's frees
 * its statements with the connection, or would ask the server for each. */
static void cut_off(struct od_connection *c)
{
	if (c->fd < 0)
		return;
	if (c->interrupted || c->in_transaction)
		shutdown(c->fd, SHUT_RDWR);
	else if (c->dialect != SQL_POSTGRESQL)
		shutdown(c->fd, SHUT_RD);
}

static void close_dbc(struct od_connection *c)
{
	cut_off(c);
	if (c->canceller != SQL_NULL_HSTMT)
		SQLFreeHandle(SQL_HANDLE_STMT, c->canceller);
	SQLDisconnect(c->dbc);
}

static struct od_connection *connection_new(struct od_instance *in, uint32_t server)
{
	struct od_connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->instance = in;
	c->fd = -1;
	c->work.endpoint = server;
	if (pthread_mutex_init(&c->guard, NULL)) {
		free(c);
		return NULL;
	}
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, in->env, &c->dbc))) {
		connection_free(c);
		return NULL;
	}
	return c;
}

/* Its socket is known then, or not to be told from others.  Those that came at the same time
 * come again, one after the other. */
static int open_known(struct od_connection *c, int create, int64_t wait_ms,
		      struct od_sockets *seen, struct sql_diag *diag)
{
	int failed, tries = 0;

	do {
		int64_t left_ms = (c->deadline_ns - c->instance->host->now_ns()) / 1000000;

		if (tries)
			SQLDisconnect(c->dbc);
		od_sockets_before(c, seen);
		failed = open_dbc(c, create, od_seconds(left_ms), wait_ms, diag);
		od_sockets_after(c, seen, !failed);
	} while (!failed && seen->doubt && tries++ < CONNECT_TRIES);
	return failed;
}

static int no_memory(struct sql_diag *diag)
{
	memcpy(diag->sqlstate, "HY001", 6);
	snprintf(diag->text, sizeof(diag->text), "out of memory");
	return -1;
}

/* The session, and what it takes to end it from without. */
static int begin(struct od_connection *c, struct od_sockets *seen,
		 const struct od_inherit *before, struct sql_diag *diag)
{
	unsigned port;

	if (od_session_begin(c, diag) || od_note_work(c, &port, diag))
		return -1;
	od_sockets_by_port(c, seen, port);
	if (c->instance->flavour == OD_MARIADB)
		od_inherit_after(c, before);
	return 0;
}

static int open_and_begin(struct od_connection *c, int create, struct sql_diag *diag)
{
	struct od_inherit before = { { 0 }, 0 };
	struct od_sockets seen;
	int failed;

	if (c->instance->flavour == OD_MARIADB)
		od_inherit_before(&before);
	failed = open_known(c, create, c->instance->timeout_ms, &seen, diag);
	if (failed || !begin(c, &seen, &before, diag))
		return failed;
	close_dbc(c);
	return -1;
}

static int connect_one(struct od_instance *in, int create, uint32_t server, int64_t deadline_ns,
		       struct od_connection **out, struct sql_diag *diag)
{
	struct od_connection *c = connection_new(in, server);

	memset(diag, 0, sizeof(*diag));
	diag->lost = SQL_LOST_BEFORE;
	if (!c)
		return no_memory(diag);
	c->deadline_ns = deadline_ns;
	if (open_and_begin(c, create, diag)) {
		SQLFreeHandle(SQL_HANDLE_DBC, c->dbc);
		connection_free(c);
		diag->lost = SQL_LOST_BEFORE;
		return -1;
	}
	*out = c;
	return 0;
}

int od_reach(void *instance, const struct sql_work *work, int64_t deadline_ns, void **out,
	     struct sql_diag *diag)
{
	struct od_connection *c = connection_new(instance, work->endpoint);
	struct od_sockets seen;

	memset(diag, 0, sizeof(*diag));
	if (!c)
		return no_memory(diag);
	c->deadline_ns = deadline_ns;
	if (open_known(c, 0, (deadline_ns - c->instance->host->now_ns()) / 1000000, &seen, diag)) {
		SQLFreeHandle(SQL_HANDLE_DBC, c->dbc);
		connection_free(c);
		return -1;
	}
	c->dialect = od_dialect(c->dbc);
	*out = c;
	return 0;
}

/* Each gets an equal share of the time that is left.  That a standby is there and may not be
 * used says more than that others are not there. */
int od_connect(void *instance, int create, int64_t deadline_ns, void **out,
	       uint32_t *dialect, struct sql_diag *diag)
{
	struct od_instance *in = instance;
	uint32_t n = od_hosts_count(in), first = od_hosts_first(in->hosts) % n;
	struct od_connection *c = NULL;
	struct sql_diag last;

	memset(diag, 0, sizeof(*diag));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t server = (first + i) % n;
		int64_t now = in->host->now_ns(), share = (deadline_ns - now) / (n - i);
		int failed = connect_one(in, create, server, now + share, &c, &last);

		od_hosts_tried(in->hosts, n, server, failed);
		if (!failed) {
			*dialect = c->dialect;
			*out = c;
			return 0;
		}
		if (strcmp(diag->sqlstate, "25006"))
			*diag = last;
		if (in->host->now_ns() >= deadline_ns)
			break;
	}
	return -1;
}

/* --- ending ------------------------------------------------------------------------------ */

void od_disconnect(void *conn)
{
	struct od_connection *c = conn;

	cut_off(c);
	od_finish_all(c, c->dialect == SQL_POSTGRESQL);
	close_dbc(c);
	SQLFreeHandle(SQL_HANDLE_DBC, c->dbc);
	connection_free(c);
}

/* In a forked child every ODBC call on the parent's handle may write to its socket or
 * touch its database file (SQLite in a child may delete the log of a parent who still
 * writes it).  So the handles stay allocated, on purpose; only our own memory goes. */
void od_abandon(void *conn)
{
	struct od_connection *c = conn;

	od_finish_all(c, 1);
	connection_free(c);
}

/* SQLCancel of MariaDB's and PostgreSQL's drivers opens a second connection, which takes as
 * long as the server takes to answer; SQLite's stops at once, what runs or will. */
void od_interrupt(void *conn)
{
	struct od_connection *c = conn;

	pthread_mutex_lock(&c->guard);
	c->interrupted = 1;
	if (c->canceller != SQL_NULL_HSTMT)
		SQLCancel(c->canceller);
	else if (c->fd >= 0)
		shutdown(c->fd, SHUT_RDWR);
	else if (c->running != SQL_NULL_HSTMT && c->instance->flavour != OD_MARIADB &&
		 c->instance->flavour != OD_POSTGRESQL)
		SQLCancel(c->running);
	pthread_mutex_unlock(&c->guard);
}
