/* drivers/sql/dialect.c - the table of dialects.  MySQL and MariaDB differ in words
 * that no statement here uses.  The catalogue's columns: name, type, full type, width in
 * characters, collation, nullable, has a default, primary, unique.  Threads: any.
 */
#include "sql/dialect.h"

#include <stddef.h>

#define MYSQL_COLUMNS \
	", COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, COLLATION_NAME," \
	" IS_NULLABLE = 'YES', COLUMN_DEFAULT IS NOT NULL OR EXTRA LIKE '%auto_increment%'," \
	" COLUMN_KEY = 'PRI', COLUMN_KEY = 'UNI' FROM information_schema.COLUMNS" \
	" WHERE TABLE_NAME = ? AND TABLE_SCHEMA = COALESCE(?, DATABASE())"
#define SQLITE_COLUMNS \
	", name, type, type, NULL, NULL, \"notnull\" = 0, dflt_value IS NOT NULL OR pk > 0," \
	" pk > 0, 0 FROM pragma_table_info(?, COALESCE(?, 'main'))"

#define MYSQL_TABLES \
	"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
#define SQLITE_TABLES "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
#define SQLITE_CHILDREN \
	"SELECT m.name, f.\"from\" FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f" \
	" WHERE m.type = 'table' AND LOWER(f.\"table\") = LOWER(?)"

#define MYSQL_WORDS \
	.quote = '`', .for_update = " FOR UPDATE", .no_columns = " () VALUES ()", \
	.utf8_open = "CONVERT(", .utf8_close = " USING utf8mb4)", \
	.bytes_open = "CAST(", .bytes_close = " AS BINARY)", \
	.folded = " COLLATE utf8mb4_bin", .columns = MYSQL_COLUMNS, \
	.tables = MYSQL_TABLES, \
	.advisory_locks = 1, .update_limit = 1, .widths_bind = 1, .types_bind = 1, \
	.unsigned_keys = 1

static const struct dialect dialects[] = {
	{ .id = SQL_MARIADB, .name = "MariaDB", MYSQL_WORDS },
	{ .id = SQL_MYSQL, .name = "MySQL", MYSQL_WORDS },
	{
		.id = SQL_SQLITE, .name = "SQLite", .quote = '"', .for_update = "",
		.no_columns = " DEFAULT VALUES", .utf8_open = "", .utf8_close = "",
		.bytes_open = "CAST(", .bytes_close = " AS BLOB)", .folded = "",
		.columns = SQLITE_COLUMNS, .tables = SQLITE_TABLES,
		.children = SQLITE_CHILDREN, .lists_nested = 1, .ascii_lower = 1,
	},
};

const struct dialect *dialect_find(uint32_t id)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (dialects[i].id == id)
			return &dialects[i];
	return NULL;
}

const char *dialect_name(uint32_t id)
{
	const struct dialect *d = dialect_find(id);

	if (d)
		return d->name;
	return id == SQL_POSTGRESQL ? "PostgreSQL" : id == SQL_MSSQL ? "SQL Server" : "unknown";
}
