/* drivers/odbc/find.c - which ODBC driver a name means.
 *
 * A name that the driver manager knows is left to it.  Well-known names work without
 * odbcinst.ini too: their library is looked for where distributions put it.
 * Threads: any; no lock.
 */
#include "handles.h"
#include "sql/base/ascii.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *name, *file;
} known[] = {
	{ "SQLite3", "libsqlite3odbc.so" },
	{ "PostgreSQL Unicode", "psqlodbcw.so" },
	{ "PostgreSQL", "psqlodbcw.so" },
	{ "PostgreSQL ANSI", "psqlodbca.so" },
	{ "MariaDB Unicode", "libmaodbc.so" },
	{ "MariaDB", "libmaodbc.so" },
	{ "FreeTDS", "libtdsodbc.so" },
};

/* This machine's own kind first: another one's libraries may lie beside it. */
static const char *const places[] = {
#if defined(__x86_64__)
	"/usr/lib/x86_64-linux-gnu/odbc/",
#elif defined(__aarch64__)
	"/usr/lib/aarch64-linux-gnu/odbc/",
#endif
	"/usr/lib/*/odbc/", "/usr/lib64/", "/usr/lib/", "/usr/local/lib/",
};

static int installed(SQLHENV env, const char *name)
{
	SQLCHAR found[256], rest[4096];
	SQLSMALLINT len, rest_len;
	SQLUSMALLINT direction = SQL_FETCH_FIRST;

	while (SQL_SUCCEEDED(SQLDrivers(env, direction, found, sizeof(found), &len, rest,
					sizeof(rest), &rest_len))) {
		if (ascii_same((char *)found, name))
			return 1;
		direction = SQL_FETCH_NEXT;
	}
	return 0;
}

static char *look_for(const char *file)
{
	char *path = NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !path; i++) {
		char pattern[256];
		glob_t found;

		snprintf(pattern, sizeof(pattern), "%s%s", places[i], file);
		if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc)
			path = strdup(found.gl_pathv[0]);
		globfree(&found);
	}
	return path;
}

char *od_driver_find(SQLHENV env, const char *name)
{
	if (strchr(name, '/') || installed(env, name))
		return NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (ascii_same(known[i].name, name))
			return look_for(known[i].file);
	return NULL;
}

int od_driver_there(SQLHENV env, const char *name)
{
	return strchr(name, '/') ? access(name, R_OK) == 0 : installed(env, name);
}

uint32_t od_driver_flavour(const char *name)
{
	static const struct { const char *part; uint32_t flavour; } parts[] = {
		{ "sqlite", OD_SQLITE }, { "maodbc", OD_MARIADB }, { "mariadb", OD_MARIADB },
		{ "myodbc", OD_MARIADB }, { "mysql", OD_MARIADB },
		{ "psqlodbc", OD_POSTGRESQL }, { "postgres", OD_POSTGRESQL },
		{ "freetds", OD_MSSQL }, { "tdsodbc", OD_MSSQL },
	};
	const char *base = strrchr(name, '/');

	base = base ? base + 1 : name;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (ascii_has(base, parts[i].part))
			return parts[i].flavour;
	return OD_OTHER;
}
