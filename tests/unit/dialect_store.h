/* tests/unit/dialect_store.h - one mapping over a scripted store in each dialect: what the
 * catalogue says of its tables, opened and closed.  Seen by the programs that look at statements
 * and at keys; each has its own.
 */
#ifndef TESTS_UNIT_DIALECT_STORE_H
#define TESTS_UNIT_DIALECT_STORE_H

#include <string.h>

#include "sql_lines.h"
#include "sql_session.h"

#define PEOPLE(login) \
	"{\"user\":{\"table\":\"app.people\",\"key\":\"id\",\"id\":\"auto\",\"where\":{\"kind\":\"O'User\"}}," \
	"\"links\":{\"m\":{\"table\":\"meta\",\"as\":\"eav\",\"on\":{\"uid\":\"@id\"},\"name\":\"k\"," \
	"\"value\":\"v\",\"order\":\"n\"}," \
	"\"roles\":{\"table\":\"roles\",\"as\":\"many\",\"on\":{\"uid\":\"@id\"}}}," \
	"\"profile\":{\"username\":\"login\",\"email\":\"mail\",\"given_name\":\"m[first'name]\"," \
	"\"email_verified\":{\"col\":\"ok\",\"bool\":true}," \
	"\"blocked\":{\"exists\":\"roles\",\"where\":{\"name\":\"ban'ned\"}}," \
	"\"app_metadata.roles\":{\"list\":\"roles\",\"cols\":{\"name\":\"t.name\"}}}," \
	"\"login\":{\"by\":[\"username\",\"email\"]," login "}," \
	"\"password\":{\"col\":\"pw\"}}"

static const char people[] = PEOPLE("\"touch\":{\"made\":\"$now\",\"n\":\"$count\"}");
/* What the catalogue says of them, by dialect: name, type, collation; the tables in order. */
struct column { const char *table, *name, *type, *full, *collation, *width; };
struct store {
	uint32_t dialect;
	const char *catalogue;          /* a word of its statement */
	const char *id;
	struct column columns[12];
};
static const struct store stores[] = {
	{ SQL_MARIADB, "information_schema", "42", {
		{ "0", "id", "int", "int(11)", NULL, NULL },
		{ "0", "kind", "varchar", "varchar(9)", NULL, NULL },
		{ "0", "login", "char", "char(20)", "latin1_swedish_ci", NULL },
		{ "0", "mail", "varchar", "varchar(90)", "utf8mb4_general_ci", NULL },
		{ "0", "ok", "tinyint", "tinyint(1)", NULL, NULL },
		{ "0", "n", "int", "int(11)", NULL, NULL },
		{ "0", "pw", "varchar", "varchar(255)", NULL, NULL },
		{ "1", "uid", "int", "int(11)", NULL, NULL },
		{ "1", "n", "int", "int(11)", NULL, NULL },
		{ "2", "uid", "int", "int(11)", NULL, NULL },
		{ "2", "name", "binary", "binary(16)", NULL, "16" },
		{ "0", "made", "datetime", "datetime", NULL, NULL } } },
	{ SQL_SQLITE, "pragma_table_xinfo", "42", {
		{ "0", "id", "INTEGER", "INTEGER", NULL, NULL },
		{ "0", "kind", "TEXT", "TEXT", NULL, NULL },
		{ "0", "login", "TEXT", "TEXT", NULL, NULL },
		{ "0", "mail", "TEXT", "TEXT", NULL, NULL },
		{ "0", "ok", "BOOLEAN", "BOOLEAN", NULL, NULL },
		{ "0", "n", "INTEGER", "INTEGER", NULL, NULL },
		{ "0", "pw", "TEXT", "TEXT", NULL, NULL },
		{ "1", "uid", "INTEGER", "INTEGER", NULL, NULL },
		{ "1", "n", "INTEGER", "INTEGER", NULL, NULL },
		{ "2", "uid", "INTEGER", "INTEGER", NULL, NULL },
		{ "2", "name", "BINARY(16)", "BINARY(16)", NULL, NULL },
		{ "0", "made", "DATETIME", "DATETIME", NULL, NULL } } },
	{ SQL_POSTGRESQL, "pg_attribute", "0c0ffee0-0000-4000-8000-000000000042", {
		{ "0", "id", "uuid", "uuid", NULL, NULL },
		{ "0", "kind", "enum", "app.\"Kind\"", NULL, NULL },
		{ "0", "login", "bpchar", "character(20)", "default", NULL },
		{ "0", "mail", "citext", "public.citext", "unicode_ci", NULL },
		{ "0", "ok", "bool", "boolean", NULL, NULL },
		{ "0", "n", "int4", "integer", NULL, NULL },
		{ "0", "pw", "bytea", "bytea", NULL, NULL },
		{ "1", "uid", "varchar", "character varying(36)", NULL, NULL },
		{ "1", "n", "int8", "bigint", NULL, NULL },
		{ "2", "uid", "uuid", "uuid", NULL, NULL },
		{ "2", "name", "jsonb", "jsonb", NULL, NULL },
		{ "0", "made", "timestamptz", "timestamp with time zone", NULL, NULL } } },
	{ SQL_MSSQL, "INFORMATION_SCHEMA", "0c0ffee0-0000-4000-8000-000000000042", {
		{ "0", "id", "uniqueidentifier", "uniqueidentifier", NULL, NULL },
		{ "0", "kind", "varchar", "varchar", NULL, NULL },
		{ "0", "login", "nchar", "nchar", "Latin1_General_BIN2", NULL },
		{ "0", "mail", "nvarchar", "nvarchar", "SQL_Latin1_General_CP1_CI_AS", NULL },
		{ "0", "ok", "bit", "bit", NULL, NULL }, { "0", "n", "int", "int", NULL, NULL },
		{ "0", "pw", "nvarchar", "nvarchar", NULL, NULL },
		{ "1", "uid", "varchar", "varchar", NULL, NULL },
		{ "1", "n", "bigint", "bigint", NULL, NULL },
		{ "2", "uid", "uniqueidentifier", "uniqueidentifier", NULL, NULL },
		{ "2", "name", "varbinary", "varbinary", NULL, NULL },
		{ "0", "made", "datetimeoffset", "datetimeoffset", NULL, NULL } } },
};
#define STORES (sizeof(stores) / sizeof(stores[0]))

static int names_intents;

static int setting_str(const struct idbc_settings *s, const char *key, const char *fallback,
		       struct idbc_str *out)
{
	const char *text = names_intents && !strcmp(key, "idbc.delete.intents") ? "app.intents"
										: fallback;

	(void)s;
	*out = (struct idbc_str){ text, text ? strlen(text) : 0 };
	return text != fallback;
}

static void open_store(const struct store *store, const char *users)
{
	static const char *const tables[] = { "0", "1", "2", "3" };
	static struct idbc_host host;
	struct fake_answer script = { .word = store->catalogue };

	host = fake_host;
	host.setting_str = setting_str;
	memset(&fake, 0, sizeof(fake));
	for (size_t i = 0; i < 12; i++) {
		const struct column *c = &store->columns[i];
		/* The table of intents comes first. */
		const char *cells[] = { tables[c->table[0] - '0' + names_intents], c->name, c->type, c->full,
					c->width ? c->width : "NULL",
					c->collation ? c->collation : "NULL", "1", "0",
					!strcmp(c->name, "id") ? "1" : "0", "0" };

		memcpy(script.cells[i], cells, sizeof(cells));
	}
	fake.users = users;
	fake.dialect = store->dialect;
	open_session(&host, &script);
	/* Twelve columns are all that a scripted catalogue tells. */
	((struct plan *)session->plan)->error = NULL;
}

static struct idbc_str str(const char *s)
{
	return (struct idbc_str){ s, strlen(s) };
}

#endif
