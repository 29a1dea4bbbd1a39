/* drivers/odbc/session.c - what a new connection is asked and told before it is used: the
 * kind of database, UTF-8, UTC, strictness, limits, the configuration's own statements.
 *
 * Threads: the connection's; no lock.
 */
#include "handles.h"

#include <limits.h>
#include <stdio.h>

#include "sql/base/ascii.h"
#include "sql/mariadb_session.h"
#include "sql/mssql_session.h"
#include "sql/postgres_session.h"

uint32_t od_dialect(SQLHDBC dbc)
{
	static const struct { const char *name; uint32_t dialect; } names[] = {
		{ "sqlite", SQL_SQLITE }, { "mariadb", SQL_MARIADB }, { "mysql", SQL_MYSQL },
		{ "postgresql", SQL_POSTGRESQL }, { "microsoft sql server", SQL_MSSQL },
	};
	char name[128] = "";
	SQLSMALLINT len;

	SQLGetInfo(dbc, SQL_DBMS_NAME, name, sizeof(name), &len);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ascii_begins(name, names[i].name))
			return names[i].dialect;
	return 0;
}

/* MariaDB's driver goes on in clear text with a server that offers no TLS. */
static int check_tls(struct od_connection *c, struct sql_diag *diag)
{
	static const char *const keys[] = {
		"FORCETLS", "SSLVERIFY", "SSLCA", "SSLCAPATH", "SSLCERT", "SSLKEY", "TLSPEERFP",
		"SSLFP", "TLSVERSION", "SSLCIPHER", "SSLMODE",
	};
	char cipher[128];
	size_t i = 0, n = sizeof(keys) / sizeof(keys[0]);

	while (i < n && !od_given(c->instance, keys[i]))
		i++;
	if (i == n)
		return 0;
	if (od_read_text(c, "SHOW SESSION STATUS LIKE 'Ssl_cipher'", 2, cipher, sizeof(cipher), diag))
		return -1;
	return cipher[0] ? 0 : od_diag_own(c, "08001", "the server offers no TLS", diag);
}

static int session_mariadb(struct od_connection *c, struct sql_diag *diag)
{
	char sql[sizeof(SESSION_MARIADB) + 32];
	long long ms = c->instance->timeout_ms;
	struct sql_diag ignored;

	snprintf(sql, sizeof(sql), SESSION_MARIADB, od_seconds(ms), od_seconds(ms));
	if (check_tls(c, diag) || od_run_text(c, sql, OD_HARMLESS, diag))
		return -1;
	if (c->dialect == SQL_MARIADB)
		snprintf(sql, sizeof(sql), SESSION_MARIADB_LIMIT, ms / 1000, ms % 1000);
	else
		snprintf(sql, sizeof(sql), SESSION_MYSQL_LIMIT, ms);
	(void)od_run_text(c, sql, OD_HARMLESS, &ignored);
	return 0;
}

/* SQLCancel frees the result of its statement too, in the middle of the thread that is
 * making it.  SQLite's driver stops whatever the connection runs: there it is called on a
 * statement that nobody uses. */
static int make_canceller(struct od_connection *c, struct sql_diag *diag)
{
	if (c->dialect != SQL_SQLITE)
		return 0;
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, c->dbc, &c->canceller)))
		return od_diag(c, SQL_HANDLE_DBC, c->dbc, OD_HARMLESS, diag);
	return 0;
}

static int session_sqlite(struct od_connection *c, struct sql_diag *diag)
{
	char name[PATH_MAX];

	if (od_read_text(c, "PRAGMA database_list", 3, name, sizeof(name), diag))
		return -1;
	od_file_note(c, name);
	return 0;
}

/* Its driver's own waiting for a lock inside SQLite, three steps of 10 ms that one interrupt
 * does not end, is put out; one step outside remains. */
static int wait_outside(struct od_connection *c, struct sql_diag *diag)
{
	return od_run_text(c, "PRAGMA busy_timeout=0", OD_HARMLESS, diag);
}

static int session_postgres(struct od_connection *c, struct sql_diag *diag)
{
	char sql[sizeof(SESSION_POSTGRES) + 24];

	snprintf(sql, sizeof(sql), SESSION_POSTGRES, (long long)c->instance->timeout_ms);
	return od_run_text(c, sql, OD_HARMLESS, diag);
}

static int session_mssql(struct od_connection *c, struct sql_diag *diag)
{
	char sql[sizeof(SESSION_MSSQL) + 24];

	snprintf(sql, sizeof(sql), SESSION_MSSQL, (long long)c->instance->timeout_ms);
	return od_run_text(c, sql, OD_HARMLESS, diag);
}

static int session_of_kind(struct od_connection *c, struct sql_diag *diag)
{
	switch (c->dialect) {
	case SQL_MARIADB:
	case SQL_MYSQL:
		return session_mariadb(c, diag);
	case SQL_SQLITE:
		return session_sqlite(c, diag);
	case SQL_POSTGRESQL:
		return session_postgres(c, diag);
	case SQL_MSSQL:
		return session_mssql(c, diag);
	default:
		return od_diag_own(c, "0A000", "a database of unknown kind", diag);
	}
}

/* A store is judged, and its waiting set, as the host's own statements leave the session: they
 * may make it read-only, or patient. */
int od_session_begin(struct od_connection *c, struct sql_diag *diag)
{
	const struct option_list *init = &c->instance->init;

	c->dialect = od_dialect(c->dbc);
	if (make_canceller(c, diag) || session_of_kind(c, diag))
		return -1;
	for (size_t i = 0; i < init->n; i++)
		if (od_run_text(c, init->items[i], OD_HARMLESS, diag))
			return -1;
	if (c->dialect == SQL_SQLITE)
		return wait_outside(c, diag);
	return c->dialect == SQL_POSTGRESQL ? od_hosts_judge(c, diag) : 0;
}
