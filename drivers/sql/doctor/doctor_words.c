/* drivers/sql/doctor/doctor_words.c - what each engine is asked about itself.  Threads: constant.
 *
 * A table is found as the statements of the operations find it: by its schema where the
 * mapping names one, else in the database or search path of the session.
 */
#include "sql/doctor/doctor.h"

#define MYSQL_TABLE " WHERE TABLE_NAME = ? AND TABLE_SCHEMA = COALESCE(?, DATABASE())"

/* All indexes but those that find words or places on a map. */
#define MYSQL_INDEXES(expression, visible) \
	", INDEX_NAME, NON_UNIQUE = 0, SEQ_IN_INDEX, COLUMN_NAME, " expression ", 0, NULL" \
	" FROM information_schema.STATISTICS" MYSQL_TABLE \
	" AND INDEX_TYPE IN ('BTREE', 'HASH')" visible

/* 'user'@'host', as the tables of privileges spell it. */
#define MYSQL_WHO \
	"CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - 1" \
	" - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))," \
	" '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"

#define MYSQL_RIGHTS(scope, name, table) \
	"SELECT " scope ", " name ", CASE WHEN PRIVILEGE_TYPE = 'USAGE' THEN '' ELSE" \
	" PRIVILEGE_TYPE END, IS_GRANTABLE = 'YES' FROM information_schema." table \
	" WHERE GRANTEE = " MYSQL_WHO
#define MYSQL_EXCESS \
	MYSQL_RIGHTS("1", "''", "USER_PRIVILEGES") " UNION ALL " \
	MYSQL_RIGHTS("2", "TABLE_SCHEMA", "SCHEMA_PRIVILEGES") " UNION ALL " \
	MYSQL_RIGHTS("3", "CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)", "TABLE_PRIVILEGES")

#define MYSQL_LOCAL "SUBSTRING_INDEX(USER(), '@', -1) IN ('localhost', '127.0.0.1', '::1')"

#define MYSQL_VERSION(part) \
	"CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(VERSION(), '.', " #part "), '.', -1) AS UNSIGNED)"

#define MYSQL_WORDS \
	.privileges = ", COLUMN_NAME, PRIVILEGES FROM information_schema.COLUMNS" MYSQL_TABLE, \
	.engines = ", t.ENGINE, COALESCE((SELECT e.TRANSACTIONS = 'YES'" \
		" FROM information_schema.ENGINES AS e WHERE e.ENGINE = t.ENGINE), 1)" \
		" FROM information_schema.TABLES AS t" MYSQL_TABLE \
		" AND TABLE_TYPE = 'BASE TABLE'", \
	.schemas = ", TABLE_SCHEMA, TABLE_NAME, 1 FROM (SELECT ? AS TABLE_NAME," \
		" COALESCE(?, DATABASE()) AS TABLE_SCHEMA) AS t", \
	.who = "SELECT " MYSQL_WHO, \
	.zones = "SELECT @@session.time_zone, CASE @@global.time_zone WHEN 'SYSTEM'" \
		" THEN @@system_time_zone ELSE @@global.time_zone END," \
		" 'SET GLOBAL time_zone = ''+00:00'''", \
	.local_zone = "datetime", \
	.excess = MYSQL_EXCESS, \
	.explains_delete = 1

#define MYSQL_DEFAULT(value) \
	.column_default = "SELECT " value " FROM information_schema.COLUMNS" MYSQL_TABLE \
		" AND COLUMN_NAME = ?"

#define PG_TABLE \
	"(SELECT to_regclass(COALESCE(quote_ident(v.s) || '.', '') || quote_ident(v.t))" \
	" FROM (SELECT CAST(? AS text) AS t, CAST(? AS text) AS s) AS v)"
/* Of a superuser it is said that he is one, and no more. */
#define PG_TABLES \
	"n.nspname || '.' || c.relname, 'TABLE', 0 FROM pg_class AS c" \
	" JOIN pg_namespace AS n ON n.oid = c.relnamespace" \
	" JOIN pg_roles AS r ON r.rolname = current_user AND NOT r.rolsuper" \
	" WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema'" \
	" AND n.nspname NOT LIKE 'pg\\_%'"
#define PG_RIGHT(right) \
	"CASE WHEN has_column_privilege(a.attrelid, a.attnum, '" right "')" \
	" THEN '" right ",' ELSE '' END"

static const struct doctor_words words[] = {
	{
		.id = SQL_MARIADB, MYSQL_WORDS, MYSQL_DEFAULT("COLUMN_DEFAULT"),
		.indexes = MYSQL_INDEXES("NULL", ""),
		.link = "SELECT " MYSQL_LOCAL ", (SELECT VARIABLE_VALUE <> '' FROM"
			" information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER')",
		.reuses_ids = "SELECT " MYSQL_VERSION(1) " * 100 + " MYSQL_VERSION(2)
			" < 1002 AND ? IS NOT NULL",
	},
	{
		.id = SQL_MYSQL, MYSQL_WORDS, MYSQL_DEFAULT("QUOTE(COLUMN_DEFAULT)"),
		.lower_index = 1, .locks_need_update = 1,
		.indexes = MYSQL_INDEXES("EXPRESSION", " AND IS_VISIBLE = 'YES'"),
		.indexes_before = MYSQL_INDEXES("NULL", ""),    /* 8.0 */
		.link = "SELECT " MYSQL_LOCAL ", (SELECT VARIABLE_VALUE <> '' FROM"
			" performance_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher')",
		.reuses_ids = "SELECT " MYSQL_VERSION(1) " < 8 AND ? IS NOT NULL",
	},
	{
		.id = SQL_SQLITE, .lower_index = 1,
		.indexes = ", l.name, l.\"unique\", x.seqno + 1, x.name,"
			" CASE WHEN x.cid = -2 THEN (SELECT m.sql FROM sqlite_master AS m"
			" WHERE m.type = 'index' AND m.name = l.name) END, l.partial, x.coll"
			" FROM pragma_index_list(?, COALESCE(?, 'main')) AS l,"
			" pragma_index_xinfo(l.name) AS x WHERE x.key = 1",
		.reuses_ids = "SELECT COUNT(*) FROM sqlite_master AS m WHERE m.type = 'table'"
			" AND LOWER(m.name) = LOWER(?) AND m.sql NOT LIKE '%AUTOINCREMENT%'"
			" AND m.sql NOT LIKE '%WITHOUT ROWID%' AND EXISTS (SELECT 1 FROM"
			" pragma_table_info(m.name) AS c WHERE c.pk = 1 AND"
			" LOWER(c.type) = 'integer')",
	},
	{
		.id = SQL_POSTGRESQL, .lower_index = 1, .locks_need_update = 1,
		.indexes = ", n.relname, CAST(i.indisunique AS int), k.n, a.attname,"
			" CASE WHEN i.indkey[k.n - 1] = 0"
			" THEN pg_get_indexdef(i.indexrelid, k.n, true) END,"
			" CAST(i.indpred IS NOT NULL AS int), CAST(NULL AS text)"
			" FROM pg_index AS i JOIN pg_class AS n ON n.oid = i.indexrelid"
			" CROSS JOIN LATERAL generate_series(1, CAST(i.indnkeyatts AS int)) AS k(n)"
			" LEFT JOIN pg_attribute AS a"
			" ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n - 1]"
			" WHERE i.indisvalid AND i.indrelid = " PG_TABLE,
		.privileges = ", a.attname, " PG_RIGHT("select") " || " PG_RIGHT("insert") " || "
			PG_RIGHT("update") " || CASE WHEN has_table_privilege(a.attrelid, 'delete')"
			" THEN 'delete,' ELSE '' END FROM pg_attribute AS a"
			" WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = " PG_TABLE,
		.sequences = ", a.attname, n.nspname, s.relname,"
			" CAST(has_sequence_privilege(s.oid, 'usage') AS int)"
			" FROM pg_attrdef AS f JOIN pg_depend AS p"
			" ON p.classid = CAST('pg_attrdef' AS regclass) AND p.objid = f.oid"
			" AND p.refclassid = CAST('pg_class' AS regclass)"
			" JOIN pg_class AS s ON s.oid = p.refobjid AND s.relkind = 'S'"
			" JOIN pg_namespace AS n ON n.oid = s.relnamespace"
			" JOIN pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum"
			" WHERE f.adrelid = " PG_TABLE,
		.schemas = ", n.nspname, c.relname,"
			" CAST(has_schema_privilege('public', n.oid, 'usage') AS int)"
			" FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
			" WHERE c.oid = " PG_TABLE,
		.who = "SELECT quote_ident(current_user)",
		.zones = "SELECT setting, reset_val, 'ALTER DATABASE ' ||"
			" quote_ident(current_database()) || ' SET timezone TO ''UTC'''"
			" FROM pg_settings WHERE name = 'TimeZone'",
		.local_zone = "timestamp without",
		.link = "SELECT CAST(inet_client_addr() IS NULL"
			" OR inet_client_addr() = inet_server_addr()"
			" OR host(inet_client_addr()) LIKE '127.%' AS int), CAST(COALESCE((SELECT ssl"
			" FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS int)",
		.excess = "SELECT 4, '', w.word, 0 FROM pg_roles AS r CROSS JOIN LATERAL (VALUES"
			" ('SUPERUSER', r.rolsuper), ('CREATEROLE', r.rolcreaterole),"
			" ('CREATEDB', r.rolcreatedb), ('REPLICATION', r.rolreplication),"
			" ('BYPASSRLS', r.rolbypassrls)) AS w(word, has)"
			" WHERE r.rolname = current_user AND w.has"
			" UNION ALL SELECT 5, " PG_TABLES
			" AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')"
			" UNION ALL SELECT 6, " PG_TABLES " AND c.relowner = r.oid",
	},
};

const struct doctor_words *doctor_words(uint32_t dialect)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].id == dialect)
			return &words[i];
	return NULL;
}
