/* tests/unit/opened.h - a connection that a test cannot go on without, and the JSON of a store of
 * SQLite's for those that have several.
 */
#ifndef TESTS_UNIT_OPENED_H
#define TESTS_UNIT_OPENED_H

#include <idbc/idbc.h>
#include "unit.h"

static inline struct idbc *unit_open(const char *json)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;

	if (idbc_open_json(json, &conn, &err) != IDBC_OK)
		fprintf(stderr, "open: %s %s\n", err.code, err.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conn);
	return conn;
}

/* A member that gives a connection more time than it has by itself, where all is slow. */
static inline const char *unit_timeout(void)
{
	static char member[40];

	if (unit_slower() == 1)
		return "";
	snprintf(member, sizeof(member), ",\"timeout_ms\":%d", 20000 * unit_slower());
	return member;
}

/* FOLDER/NAME.db, with `more` members; the last four stay. */
static inline const char *unit_sqlite(const char *folder, const char *name, const char *more)
{
	static char json[4][1024];
	static unsigned next;
	char *out = json[next++ % 4];

	snprintf(out, sizeof(json[0]), "{\"driver\":\"%s/drivers/odbc.so\",\"options\":{"
		 "\"connection_string\":\"Driver=SQLite3;Database=%s/%s.db;\"}%s%s}", TEST_BUILD, folder,
		 name, unit_timeout(), more);
	return out;
}

#endif
