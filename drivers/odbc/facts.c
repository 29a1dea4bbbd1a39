/* drivers/odbc/facts.c - what the connection string and the driver manager's own files say
 * of a connection.  Threads: the connection's.
 */
#include "handles.h"
#include "sql/base/ascii.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define ALL_THREADS 3           /* unixODBC: one call at a time, whatever the connection */

/* --- certificates ------------------------------------------------------------------ */

static void given_value(const struct od_instance *in, const char *key, char *out, size_t cap)
{
	struct idbc_str value = { NULL, 0 };
	char setting[160];

	out[0] = '\0';
	if (in->string) {
		od_string_has(in->string, key, out, cap);
		return;
	}
	for (size_t i = 0; i < in->attributes.n; i++) {
		if (!ascii_same(in->attributes.items[i], key))
			continue;
		snprintf(setting, sizeof(setting), "attributes.%s", in->attributes.items[i]);
		if (in->host->setting_str(in->settings, setting, "", &value) == 1 && value.ptr)
			snprintf(out, cap, "%.*s", (int)value.len, value.ptr);
	}
}

static int is_verified(const struct od_instance *in)
{
	char mode[32], verify[32];

	if (in->dsn)            /* odbc.ini's affair */
		return 1;
	given_value(in, "SSLMODE", mode, sizeof(mode));
	given_value(in, "SSLVERIFY", verify, sizeof(verify));
	return ascii_begins(mode, "verify") || verify[0] == '1';
}

/* --- threads ----------------------------------------------------------------------- */

static void dsn_driver(const struct od_instance *in, char *out, size_t cap)
{
	SQLCHAR name[256], driver[256];
	SQLSMALLINT name_len, driver_len;
	SQLUSMALLINT direction = SQL_FETCH_FIRST;

	while (SQL_SUCCEEDED(SQLDataSources(in->env, direction, name, sizeof(name), &name_len,
					    driver, sizeof(driver), &driver_len))) {
		if (ascii_same((char *)name, in->dsn))
			snprintf(out, cap, "%s", (char *)driver);
		direction = SQL_FETCH_NEXT;
	}
}

static void driver_name(const struct od_instance *in, char *out, size_t cap)
{
	out[0] = '\0';
	if (in->driver)
		snprintf(out, cap, "%s", in->driver);
	else if (in->string)
		od_string_has(in->string, "Driver", out, cap);
	else if (in->dsn)
		dsn_driver(in, out, cap);
}

/* "key=value" strings, one after another, the last empty. */
static int threading_of(const char *pairs)
{
	for (; *pairs; pairs += strlen(pairs) + 1)
		if (ascii_begins(pairs, "Threading="))
			return atoi(pairs + strlen("Threading="));
	return 0;
}

static int serialises(const struct od_instance *in, const char *wanted)
{
	SQLCHAR name[256], pairs[4096];
	SQLSMALLINT len, pairs_len;
	SQLUSMALLINT direction = SQL_FETCH_FIRST;

	while (SQL_SUCCEEDED(SQLDrivers(in->env, direction, name, sizeof(name), &len, pairs,
					sizeof(pairs), &pairs_len))) {
		if (ascii_same((char *)name, wanted))
			return threading_of((char *)pairs) >= ALL_THREADS;
		direction = SQL_FETCH_NEXT;
	}
	return 0;
}

void od_facts(void *conn, struct sql_facts *out)
{
	const struct od_connection *c = conn;

	out->verified = is_verified(c->instance);
	driver_name(c->instance, out->name, sizeof(out->name));
	if (out->name[0] && serialises(c->instance, out->name))
		out->serialised = out->name;
}

/* --- signals ----------------------------------------------------------------------- */

static int is_unix_socket(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return fd >= 0 && !getpeername(fd, (struct sockaddr *)&peer, &len) &&
	       peer.ss_family == AF_UNIX;
}

/* SQLite's driver has no socket.  libpq sends with MSG_NOSIGNAL; over TLS, which it never
 * speaks on a unix socket, it empties OpenSSL's queue of errors.  Of others nothing is known. */
int od_quiet(void *conn)
{
	const struct od_connection *c = conn;
	char driver[64] = "";
	SQLSMALLINT len;

	SQLGetInfo(c->dbc, SQL_DRIVER_NAME, driver, sizeof(driver), &len);
	if (c->dialect == SQL_SQLITE)
		return ascii_begins(driver, "sqlite3odbc");
	return c->dialect == SQL_POSTGRESQL && ascii_begins(driver, "psqlodbc") &&
	       is_unix_socket(c->fd);
}

/* --- rows as text ------------------------------------------------------------------- */

/* psqlodbc takes half a microsecond for each column, whatever is in it.  Kin of PostgreSQL may
 * write arrays otherwise. */
int od_unpacks(void *conn)
{
	struct od_connection *c = conn;
	struct sql_diag ignored;
	char said[128];

	return c->dialect == SQL_POSTGRESQL &&
	       !od_read_text(c, "SELECT pg_catalog.json_build_array(1, CAST('a' AS text),"
			     " CAST(NULL AS text), CAST('' AS text), pg_catalog.chr(34) ||"
			     " pg_catalog.chr(92) || pg_catalog.chr(10) || pg_catalog.chr(1), true,"
			     " CAST('2026-01-02 03:04:05.67' AS timestamptz), CAST(NULL AS int))", 1,
			     said, sizeof(said), &ignored) &&
	       !strcmp(said, "[1, \"a\", null, \"\", \"\\\"\\\\\\n\\u0001\", true,"
		       " \"2026-01-02T03:04:05.67+00:00\", null]");
}
