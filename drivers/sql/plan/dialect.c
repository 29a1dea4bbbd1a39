/* drivers/sql/plan/dialect.c - the table of dialects.  MySQL and MariaDB differ in words
 * that no statement here uses; SQL Server's are untested against a server.  The catalogue's
 * columns: name, type, full type, width in characters, collation, nullable, has a default,
 * primary, unique.  Threads: any.
 */
#include "sql/plan/dialect.h"

#include <stddef.h>

/* --- MariaDB and MySQL ---------------------------------------------------------------- */

#define MYSQL_COLUMNS \
	", COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, COLLATION_NAME," \
	" IS_NULLABLE = 'YES', COLUMN_DEFAULT IS NOT NULL OR EXTRA LIKE '%auto_increment%'" \
	" OR EXTRA LIKE '%GENERATED%'," \
	" COLUMN_KEY = 'PRI', COLUMN_KEY = 'UNI' FROM information_schema.COLUMNS" \
	" WHERE TABLE_NAME = ? AND TABLE_SCHEMA = COALESCE(?, DATABASE())"
#define MYSQL_TABLES \
	"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
#define MYSQL_LOCK_NAME "CONCAT('idbc.', SHA1(CONCAT(DATABASE(), '.', ?)))"

#define MARIADB_ALONE \
	"SELECT CONCAT(@@wsrep_on) IN ('0', 'OFF')" \
	" AND CONCAT(@@read_only) IN ('0', 'OFF')"
#define MYSQL_ALONE \
	"SELECT CONCAT(@@read_only) IN ('0', 'OFF') AND NOT EXISTS (SELECT 1 FROM" \
	" information_schema.PLUGINS WHERE PLUGIN_NAME IN ('group_replication', 'wsrep')" \
	" AND PLUGIN_STATUS = 'ACTIVE')"

#define MYSQL_WORDS \
	.quote = '`', .for_update = " FOR UPDATE", .lock_hint = "", .top = "", \
	.now_hint = "", .now_end = " FOR UPDATE NOWAIT", \
	.limit = " LIMIT 1", .rows_open = " LIMIT ", .rows_close = "", .newest_first = " DESC", \
	.few = "", .exists_open = "", .exists_close = "", \
	.no_columns = " () VALUES ()", \
	.utf8_open = "CONVERT(", .utf8_close = " USING utf8mb4)", \
	.binary_open = "CONVERT(", .binary_close = " USING utf8mb4)", \
	.hex_open = "LOWER(HEX(", .hex_close = "))", \
	.bytes_open = "CAST(", .bytes_close = " AS BINARY)", \
	.text_open = "", .text_close = "", \
	.folded = " COLLATE utf8mb4_bin", .columns = MYSQL_COLUMNS, \
	.tables = MYSQL_TABLES, \
	.clock = "UNIX_TIMESTAMP(NOW(6))", .sets_in_order = 1, \
	.clock_ms = "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000 AS SIGNED)", \
	.id_open = "CAST(CONVERT(", .id_close = " USING utf8mb4) AS BINARY)", \
	.by_primary = " FORCE INDEX (PRIMARY)", \
	.count_open = "", .count_close = "", .or_nothing = "", .unaged = " LOCK IN SHARE MODE", \
	.savepoint = "SAVEPOINT idbc_trial", .undo = "ROLLBACK TO idbc_trial", \
	.unlock = "SELECT RELEASE_LOCK(" MYSQL_LOCK_NAME ")", .serial = SERIAL_BEFORE, \
	.newest = NEWEST_LIMIT, .lists = LIST_CONCAT, \
	.widths_bind = 1, .types_bind = 1, .unsigned_keys = 1

/* --- SQLite --------------------------------------------------------------------------- */

#define SQLITE_COLUMNS \
	", name, type, type, NULL, NULL, \"notnull\" = 0," \
	" dflt_value IS NOT NULL OR pk > 0 OR hidden > 1, pk > 0," \
	" 2 * EXISTS (SELECT 1 FROM sqlite_master AS v WHERE v.type = 'view'" \
	" AND LOWER(v.name) = LOWER(x.arg) AND x.schema = 'main')" \
	" + 4 * EXISTS (SELECT 1 FROM sqlite_master AS v WHERE x.schema = 'main'" \
	" AND LOWER(v.name) = LOWER(x.arg) AND UPPER(v.sql) NOT LIKE '%)%STRICT%')" \
	" FROM pragma_table_xinfo(?, COALESCE(?, 'main')) AS x WHERE hidden <> 1"
#define SQLITE_TABLES "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
#define SQLITE_CHILDREN \
	"SELECT m.name, f.\"from\" FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f" \
	" WHERE m.type = 'table' AND LOWER(f.\"table\") = LOWER(?)"

/* --- PostgreSQL ----------------------------------------------------------------------- */

/* Of LOWER(column) the planner knows nothing and expects one row in a hundred: it would read
 * the whole table a second time, into a hash, for every user who exists and for nobody else.
 * Of a limit that it cannot see it expects a tenth. */
#define PG_FEW " LIMIT (SELECT 1000000)"

/* The table of a name as the search path finds it.  A domain is shown as what it is made
 * of; what compares without regard to letter case is called a collation "_ci". */
#define PG_REGCLASS "to_regclass(COALESCE(quote_ident(n.s) || '.', '') || quote_ident(n.t))"
#define PG_NAME "(SELECT CAST(? AS text) AS t, CAST(? AS text) AS s) AS n"
#define PG_COLUMNS \
	", a.attname," \
	" CASE b.typtype WHEN 'e' THEN 'enum' ELSE b.typname END," \
	" format_type(b.oid, m.mod)," \
	" CASE WHEN b.typname IN ('varchar', 'bpchar') AND m.mod > 4 THEN m.mod - 4 END," \
	" CASE WHEN b.typname = 'citext' OR NOT c.collisdeterministic THEN 'unicode_ci'" \
	" ELSE c.collname END," \
	" CASE WHEN a.attnotnull OR t.typnotnull THEN 0 ELSE 1 END," \
	" CASE WHEN a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL" \
	" THEN 1 ELSE 0 END," \
	" CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_index AS i WHERE i.indrelid = a.attrelid" \
	" AND i.indisprimary AND a.attnum = ANY (i.indkey)) THEN 1 ELSE 0 END," \
	" CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_index AS i WHERE i.indrelid = a.attrelid" \
	" AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum" \
	" AND i.indpred IS NULL) THEN 1 ELSE 0 END" \
	" FROM " PG_NAME \
	" JOIN pg_catalog.pg_attribute AS a ON a.attrelid = " PG_REGCLASS \
	" JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid" \
	" LEFT JOIN pg_catalog.pg_type AS d ON t.typtype = 'd' AND d.oid = t.typbasetype" \
	" JOIN pg_catalog.pg_type AS b ON b.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype" \
	" ELSE COALESCE(d.oid, t.oid) END" \
	" LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation" \
	" CROSS JOIN LATERAL (SELECT CASE WHEN d.typtype = 'd' THEN d.typtypmod" \
	" WHEN d.oid IS NOT NULL THEN t.typtypmod ELSE a.atttypmod END AS mod) AS m" \
	" WHERE a.attnum > 0 AND NOT a.attisdropped"
#define PG_TABLES \
	"SELECT CASE WHEN pg_table_is_visible(c.oid) THEN '' ELSE n.nspname || '.' END || c.relname" \
	" FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace" \
	" WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'" \
	" AND n.nspname NOT LIKE 'pg\\_%'"
/* Of the table itself, by whatever name it is found, 0 where none is mapped; gone when the
 * transaction ends. */
#define PG_LOCK \
	"SELECT CASE WHEN pg_advisory_xact_lock(1768186467," \
	" CAST(COALESCE(CAST(" PG_REGCLASS " AS oid), 0) AS integer)) IS NULL THEN 0 ELSE 1 END FROM " PG_NAME
/* A plan that is kept was made for the rows that were there: for an empty table, one that reads all
 * of it.  Servers without the setting have no row of it. */
#define PG_GROWING \
	"SELECT CASE WHEN set_config(name, 'force_custom_plan', true) IS NULL THEN 0 ELSE 1 END" \
	" FROM pg_catalog.pg_settings WHERE name = 'plan_cache_mode'"

/* --- SQL Server ----------------------------------------------------------------------- */

#define MSSQL_COLUMNS \
	", c.COLUMN_NAME, c.DATA_TYPE, c.DATA_TYPE, c.CHARACTER_MAXIMUM_LENGTH, c.COLLATION_NAME," \
	" CASE c.IS_NULLABLE WHEN 'YES' THEN 1 ELSE 0 END," \
	" CASE WHEN c.COLUMN_DEFAULT IS NOT NULL OR s.is_identity = 1 OR s.is_computed = 1" \
	" THEN 1 ELSE 0 END," \
	" CASE WHEN EXISTS (SELECT 1 FROM sys.index_columns AS x JOIN sys.indexes AS i" \
	" ON i.object_id = x.object_id AND i.index_id = x.index_id WHERE x.object_id = s.object_id" \
	" AND x.column_id = s.column_id AND i.is_primary_key = 1) THEN 1 ELSE 0 END," \
	" CASE WHEN EXISTS (SELECT 1 FROM sys.index_columns AS x JOIN sys.indexes AS i" \
	" ON i.object_id = x.object_id AND i.index_id = x.index_id WHERE x.object_id = s.object_id" \
	" AND x.column_id = s.column_id AND i.is_unique = 1 AND i.has_filter = 0" \
	" AND NOT EXISTS (SELECT 1 FROM sys.index_columns AS y WHERE y.object_id = x.object_id" \
	" AND y.index_id = x.index_id AND y.key_ordinal > 1)) THEN 1 ELSE 0 END" \
	" FROM INFORMATION_SCHEMA.COLUMNS AS c JOIN sys.columns AS s" \
	" ON s.object_id = OBJECT_ID(QUOTENAME(c.TABLE_SCHEMA) + '.' + QUOTENAME(c.TABLE_NAME))" \
	" AND s.name = c.COLUMN_NAME" \
	" WHERE c.TABLE_NAME = ? AND c.TABLE_SCHEMA = COALESCE(?, SCHEMA_NAME())"
#define MSSQL_TABLES \
	"SELECT CASE TABLE_SCHEMA WHEN SCHEMA_NAME() THEN '' ELSE TABLE_SCHEMA + '.' END + TABLE_NAME" \
	" FROM INFORMATION_SCHEMA.TABLES"
#define MSSQL_LOCK \
	"DECLARE @got int; EXEC @got = sp_getapplock @Resource = ?, @LockMode = 'Exclusive'," \
	" @LockOwner = 'Transaction', @LockTimeout = ?;" \
	" SELECT CASE WHEN @got >= 0 THEN 1 ELSE 0 END"

static const struct dialect dialects[] = {
	{ .id = SQL_MARIADB, .name = "MariaDB", .alone = MARIADB_ALONE, MYSQL_WORDS,
	  .lock = "SELECT GET_LOCK(" MYSQL_LOCK_NAME ", ? / 1000)" },
	{ .id = SQL_MYSQL, .name = "MySQL", .alone = MYSQL_ALONE, MYSQL_WORDS,
	  .lock = "SELECT GET_LOCK(" MYSQL_LOCK_NAME ", FLOOR(? / 1000))" },
	{
		.id = SQL_SQLITE, .name = "SQLite", .quote = '"', .for_update = "", .lock_hint = "",
		.now_hint = "", .now_end = "",
		.top = "", .limit = " LIMIT 1", .rows_open = " LIMIT ", .rows_close = "",
		.newest_first = " DESC", .few = "",
		.exists_open = "", .exists_close = "", .no_columns = " DEFAULT VALUES",
		.row_id = "rowid",
		.utf8_open = "", .utf8_close = "", .binary_open = "", .binary_close = "",
		.hex_open = "LOWER(HEX(", .hex_close = "))",
		.bytes_open = "CAST(", .bytes_close = " AS BLOB)",
		.text_open = "", .text_close = "", .folded = "",
		.clock = "strftime('%s', 'now') || substr(strftime('%f', 'now'), 3)",
		.clock_ms = "(CAST(strftime('%s', 'now') AS integer) * 1000"
			    " + CAST(substr(strftime('%f', 'now'), 4) AS integer))",
		.id_open = "CAST(", .id_close = " AS TEXT)",
		.count_open = "CAST(", .count_close = " AS integer)",
		.or_nothing = " ON CONFLICT DO NOTHING", .unaged = "",
		.savepoint = "SAVEPOINT idbc_trial", .undo = "ROLLBACK TO idbc_trial",
		.columns = SQLITE_COLUMNS, .tables = SQLITE_TABLES, .children = SQLITE_CHILDREN,
		.serial = SERIAL_BEGIN, .newest = NEWEST_ROW, .lists = LIST_NESTED,
		.ascii_lower = 1,
	},
	{
		.id = SQL_POSTGRESQL, .name = "PostgreSQL", .quote = '"',
		.for_update = " FOR UPDATE OF u", .lock_hint = "",
		.now_hint = "", .now_end = " FOR UPDATE OF u NOWAIT",
		.top = "", .limit = " LIMIT 1", .rows_open = " LIMIT CAST(",
		.rows_close = " AS bigint)", .newest_first = " DESC NULLS LAST", .few = PG_FEW,
		.exists_open = "CASE WHEN ", .exists_close = " THEN 1 ELSE 0 END",
		.no_columns = " DEFAULT VALUES", .returning = " RETURNING ", .made_of = "",
		.row_id = "ctid",
		.utf8_open = "CAST(", .utf8_close = " AS text)",
		.binary_open = "encode(", .binary_close = ", 'escape')",
		.hex_open = "encode(", .hex_close = ", 'hex')",
		.bytes_open = "", .bytes_close = " COLLATE \"C\"",
		.text_open = "CAST(", .text_close = " AS text)", .folded = "",
		.clock = "CAST(CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS numeric(20, 6)) AS text)",
		.clock_ms = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)",
		.id_open = "CAST(", .id_close = " AS text) COLLATE \"C\"",
		.count_open = "CAST(", .count_close = " AS bigint)",
		.or_nothing = " ON CONFLICT DO NOTHING", .unaged = "",
		.savepoint = "SAVEPOINT idbc_trial", .undo = "ROLLBACK TO idbc_trial",
		.check_now = "SET CONSTRAINTS ALL IMMEDIATE",
		.columns = PG_COLUMNS, .tables = PG_TABLES,
		.alone = "SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE 1 END",
		.lock = PG_LOCK, .serial = SERIAL_INSIDE, .growing = PG_GROWING,
		.newest = NEWEST_ROW, .lists = LIST_AGGREGATE,
		.widths_bind = 1, .types_bind = 1, .types_differ = 1, .names_differ = 1,
		.ascii_lower = 1, .lock_first = 1,
	},
	{
		.id = SQL_MSSQL, .name = "SQL Server", .quote = '[', .for_update = "",
		.lock_hint = " WITH (UPDLOCK, ROWLOCK, HOLDLOCK)",
		.now_hint = " WITH (UPDLOCK, ROWLOCK, NOWAIT)", .now_end = "",
		.top = "TOP (1) ", .limit = "", .rows_open = " OFFSET 0 ROWS FETCH NEXT ",
		.rows_close = " ROWS ONLY", .newest_first = " DESC", .few = "",
		.exists_open = "CASE WHEN ", .exists_close = " THEN 1 ELSE 0 END",
		.no_columns = " DEFAULT VALUES", .output = " OUTPUT ", .made_of = "INSERTED.",
		.utf8_open = "CONVERT(nvarchar(4000), ", .utf8_close = ")",
		.binary_open = "CONVERT(nvarchar(4000), CONVERT(varchar(8000), ",
		.binary_close = "))",
		.hex_open = "LOWER(CONVERT(varchar(8000), ", .hex_close = ", 2))",
		.bytes_open = "", .bytes_close = " COLLATE Latin1_General_100_BIN2",
		.text_open = "CONVERT(nvarchar(4000), ", .text_close = ")",
		.folded = " COLLATE Latin1_General_100_BIN2",
		.clock = "DATEDIFF_BIG(second, '1970-01-01', SYSUTCDATETIME())",
		.clock_ms = "DATEDIFF_BIG(millisecond, '1970-01-01', SYSUTCDATETIME())",
		.id_open = "CONVERT(nvarchar(4000), ",
		.id_close = ") COLLATE Latin1_General_100_BIN2",
		.count_open = "CAST(", .count_close = " AS bigint)", .or_nothing = "", .unaged = "",
		.savepoint = "SAVE TRANSACTION idbc_trial",
		.undo = "ROLLBACK TRANSACTION idbc_trial",
		.columns = MSSQL_COLUMNS, .tables = MSSQL_TABLES,
		.alone = "SELECT CASE WHEN DATABASEPROPERTYEX(DB_NAME(), 'Updateability')"
			 " = 'READ_WRITE' THEN 1 ELSE 0 END",
		.lock = MSSQL_LOCK, .serial = SERIAL_INSIDE,
		.newest = NEWEST_WITH, .lists = LIST_FOR_JSON,
		.widths_bind = 1, .types_bind = 1, .types_differ = 1, .lock_first = 1,
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

	return d ? d->name : "unknown";
}
