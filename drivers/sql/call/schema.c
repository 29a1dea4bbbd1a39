/* drivers/sql/call/schema.c - our own tables: that of users, for connections without a mapping,
 * and that of intents.  The statements of examples/schema/, made C strings by the build.
 * Threads: constant.
 */
#include "sql/call/schema.h"

#include <stddef.h>
#include "own_schema.h"

const char *const *schema_statements(uint32_t dialect)
{
	static const char *const none[] = { NULL };

	switch (dialect) {
	case SQL_SQLITE:     return sqlite;
	case SQL_POSTGRESQL: return postgresql;
	case SQL_MSSQL:      return none;
	default:             return mysql;
	}
}

const char *const *schema_intents(uint32_t dialect)
{
	switch (dialect) {
	case SQL_SQLITE:     return intents_sqlite;
	case SQL_POSTGRESQL: return intents_postgresql;
	case SQL_MSSQL:      return intents_mssql;
	default:             return intents_mysql;
	}
}
