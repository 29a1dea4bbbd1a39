/* drivers/sql/own_schema.c - our own tables, made at the first connect of a connection that
 * has no mapping and was told to create its store.  The statements are examples/schema's.
 * Threads: one session's.
 */
#include "sql/call.h"
#include "own_schema.h"

static const char *const *statements(uint32_t dialect)
{
	switch (dialect) {
	case SQL_SQLITE:     return sqlite;
	case SQL_POSTGRESQL: return postgresql;
	case SQL_MARIADB:
	case SQL_MYSQL:      return mysql;
	default:             return NULL;
	}
}

int own_schema_create(struct session *s, uint32_t dialect, struct idbc_error *err)
{
	const char *const *sql = statements(dialect);

	if (!sql)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "dialect",
				     "there is no schema of ours for %s", dialect_name(dialect));
	for (; *sql; sql++) {
		if (s->backend->exec(s->conn, *sql, s->deadline_ns, &s->diag))
			return call_failed(s, STATE_ALONE, "idbc_users", err);
	}
	return IDBC_OK;
}
