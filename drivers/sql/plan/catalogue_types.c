/* drivers/sql/plan/catalogue_types.c - what the names of a database's types mean to a bound
 * value and to a column that is read.  A cast never carries a length: it would cut what
 * is too long.  Threads: one, while a plan is made.
 */
#include "sql/base/ascii.h"
#include "sql/plan/catalogue.h"

#include <stdlib.h>
#include <string.h>

struct type_word {
	const char *word;
	uint32_t kind;
	int bits;
	const char *read_open, *read_close;
	const char *cast;               /* "": as the type is called; NULL: no cast */
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define PLAIN(word_, kind_) { .word = word_, .kind = SQL_COL_##kind_ }
#define TYPE(word_, kind_, ...) { .word = word_, .kind = SQL_COL_##kind_, __VA_ARGS__ }

static const struct type_word mysql_types[] = {
	TYPE("tinyint", INTEGER, .bits = 8), TYPE("smallint", INTEGER, .bits = 16),
	TYPE("mediumint", INTEGER, .bits = 24), TYPE("int", INTEGER, .bits = 32),
	TYPE("bigint", INTEGER, .bits = 64), TYPE("year", INTEGER, .bits = 64),
	PLAIN("decimal", REAL), PLAIN("float", REAL), PLAIN("double", REAL),
	PLAIN("bit", BIT), PLAIN("datetime", DATETIME),
	PLAIN("timestamp", DATETIME), PLAIN("date", DATE),
	PLAIN("binary", BINARY), PLAIN("varbinary", BINARY),
	PLAIN("blob", BINARY), PLAIN("tinyblob", BINARY),
	PLAIN("mediumblob", BINARY), PLAIN("longblob", BINARY),
	PLAIN("json", JSON), PLAIN("uuid", UUID),
};
/* Found anywhere in the declared type, near SQLite's own rules of affinity.  The ODBC driver
 * spells out the bytes of what is not declared a blob. */
static const struct type_word sqlite_types[] = {
	PLAIN("datetime", DATETIME), PLAIN("timestamp", DATETIME),
	PLAIN("date", DATE), PLAIN("bool", BOOL), TYPE("int", INTEGER, .bits = 64),
	PLAIN("char", TEXT), PLAIN("clob", TEXT), PLAIN("text", TEXT),
	PLAIN("blob", BINARY), PLAIN("json", JSON),
	TYPE("binary", BINARY, .read_open = "CAST(", .read_close = " AS BLOB)"),
	PLAIN("uuid", UUID), PLAIN("real", REAL), PLAIN("floa", REAL),
	PLAIN("doub", REAL), PLAIN("num", REAL), PLAIN("dec", REAL),
};
/* Times are read as text, in the session's UTC: psqlodbc would take them apart and put them
 * together again, at the price of ten columns. */
static const struct type_word pg_types[] = {
	TYPE("int2", INTEGER, .bits = 16, .cast = "bigint"),
	TYPE("int4", INTEGER, .bits = 32, .cast = "bigint"),
	TYPE("int8", INTEGER, .bits = 64, .cast = "bigint"),
	PLAIN("numeric", REAL), PLAIN("float4", REAL), PLAIN("float8", REAL),
	TYPE("bool", BOOL, .cast = "boolean"),
	TYPE("timestamp", DATETIME, .cast = "timestamp",
	  .read_open = "CAST(", .read_close = " AS text)"),
	TYPE("timestamptz", DATETIME, .cast = "timestamptz",
	  .read_open = "CAST(CAST(", .read_close = " AS timestamp) AS text)"),
	TYPE("date", DATE, .cast = "date"),
	PLAIN("text", TEXT), PLAIN("varchar", TEXT), PLAIN("name", TEXT),
	TYPE("bpchar", TEXT, .read_open = "CAST(", .read_close = " AS text)"),
	TYPE("citext", TEXT, .cast = ""),
	TYPE("bytea", BINARY, .cast = "bytea"),
	TYPE("bit", BIT, .read_open = "CAST(", .read_close = " AS bigint)"),
	TYPE("uuid", UUID, .cast = "uuid"),
	TYPE("json", JSON, .cast = "json"), TYPE("jsonb", JSON, .cast = "jsonb"),
	TYPE("enum", OTHER, .cast = ""),
};
static const struct type_word mssql_types[] = {
	TYPE("tinyint", INTEGER, .bits = 8), TYPE("smallint", INTEGER, .bits = 16),
	TYPE("int", INTEGER, .bits = 32), TYPE("bigint", INTEGER, .bits = 64),
	PLAIN("bit", BOOL), PLAIN("decimal", REAL), PLAIN("numeric", REAL),
	PLAIN("money", REAL), PLAIN("smallmoney", REAL), PLAIN("float", REAL),
	PLAIN("real", REAL), PLAIN("date", DATE), PLAIN("datetime", DATETIME),
	PLAIN("datetime2", DATETIME), PLAIN("smalldatetime", DATETIME),
	TYPE("datetimeoffset", DATETIME, .read_open = "CONVERT(datetime2, SWITCHOFFSET(",
	  .read_close = ", '+00:00'))"),
	TYPE("char", TEXT, .read_open = "RTRIM(", .read_close = ")"),
	TYPE("nchar", TEXT, .read_open = "RTRIM(", .read_close = ")"),
	PLAIN("varchar", TEXT), PLAIN("nvarchar", TEXT), PLAIN("text", TEXT),
	PLAIN("ntext", TEXT), PLAIN("sysname", TEXT),
	PLAIN("binary", BINARY), PLAIN("varbinary", BINARY), PLAIN("image", BINARY),
	TYPE("uniqueidentifier", UUID, .read_open = "LOWER(CONVERT(char(36), ",
	  .read_close = "))"),
};

static const struct type_word *exact(const struct type_word *words, size_t n, const char *type)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_same(type, words[i].word))
			return &words[i];
	return NULL;
}

static struct type_word word_of(const struct dialect *d, const char *type)
{
	static const struct type_word text = { .word = "", .kind = SQL_COL_TEXT };
	static const struct type_word other = { .word = "", .kind = SQL_COL_OTHER };
	static const struct type_word unknown = { .word = "", .kind = SQL_COL_UNKNOWN };
	const struct type_word *found;

	switch (d->id) {
	case SQL_SQLITE:
		for (size_t i = 0; i < COUNT(sqlite_types); i++)
			if (ascii_has(type, sqlite_types[i].word))
				return sqlite_types[i];
		return unknown;
	case SQL_POSTGRESQL:
		found = exact(pg_types, COUNT(pg_types), type);
		return found ? *found : other;
	case SQL_MSSQL:
		found = exact(mssql_types, COUNT(mssql_types), type);
		return found ? *found : other;
	default:
		found = exact(mysql_types, COUNT(mysql_types), type);
		return found ? *found : text;
	}
}

/* VARCHAR(60), where the catalogue does not give the width apart. */
static int64_t declared_width(const char *type)
{
	const char *open = strchr(type, '(');

	return open ? strtoll(open + 1, NULL, 10) : 0;
}

/* One bit is a number, and goes into its column by way of one.  A longer string is its own
 * text: "00000011" is no eleven, and the database refuses another length. */
static void bit_string(struct catalogue_column *col)
{
	if (declared_width(col->type) <= 1) {
		col->arg_open = "CAST(CAST(";
		col->arg_close = " AS bigint) AS bit(1))";
		return;
	}
	col->kind = SQL_COL_TEXT;
	col->read_close = " AS text)";
	col->arg_open = "CAST(";
	col->arg_close = " AS varbit)";
}

static int put_cast(const struct type_word *word, struct arena *arena,
		    struct catalogue_column *col)
{
	if (!word->cast)
		return 0;
	col->arg_open = "CAST(";
	col->arg_close = arena_printf(arena, " AS %s)", *word->cast ? word->cast : col->type);
	return col->arg_close ? 0 : -1;
}

/* A column of SQLite without a type, or of BLOB, keeps what it is given: text in one store,
 * bytes or integers in the next.  A new value is of the type of those that are there. */
static int as_stored(const struct dialect *d, const char *table, struct arena *arena,
		     struct catalogue_column *col)
{
	struct sql_text t = SQL_TEXT_INIT(arena, d);

	col->mixed = 1;
	text_put(&t, " AS v) SELECT CASE (SELECT typeof(x.%I) FROM (SELECT %I FROM %T LIMIT 64) AS x"
		 " WHERE x.%I IS NOT NULL LIMIT 1) WHEN 'text' THEN CAST(v AS TEXT)"
		 " WHEN 'blob' THEN CAST(v AS BLOB)"
		 " WHEN 'integer' THEN CASE CAST(CAST(v AS INTEGER) AS TEXT) WHEN v"
		 " THEN CAST(v AS INTEGER) ELSE v END ELSE v END FROM n WHERE v IS NOT NULL)",
		 col->name, col->name, table, col->name);
	col->arg_open = "(WITH n AS (SELECT ";
	col->arg_close = t.s;
	return t.failed ? -1 : 0;
}

int catalogue_type(const struct dialect *d, const char *table, const char *type,
		   struct arena *arena, struct catalogue_column *col)
{
	struct type_word word = word_of(d, type);

	col->kind = word.kind;
	col->bits = word.bits;
	col->is_unsigned = ascii_has(col->type, "unsigned") ||
			   (d->id == SQL_MSSQL && ascii_same(type, "tinyint"));
	if (!col->width && d->id == SQL_SQLITE && col->kind != SQL_COL_INTEGER)
		col->width = declared_width(col->type);
	if (col->width < 0)
		col->width = 0;
	if (col->kind == SQL_COL_BINARY && col->width == 16)
		col->kind = SQL_COL_UUID_BYTES;
	col->read_open = word.read_open ? word.read_open : "";
	col->read_close = word.read_close ? word.read_close : "";
	col->arg_open = "";
	col->arg_close = "";
	if (d->id == SQL_SQLITE && (col->kind == SQL_COL_BINARY || col->kind == SQL_COL_UNKNOWN))
		return as_stored(d, table, arena, col);
	if (d->id != SQL_POSTGRESQL || col->kind != SQL_COL_BIT)
		return put_cast(&word, arena, col);
	bit_string(col);
	return 0;
}
