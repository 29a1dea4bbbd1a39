/* drivers/sql/call/schema.c - our own tables: that of users, for connections without a mapping,
 * that of intents and that of moved ids.  The statements of examples/schema/, made C strings by
 * the build.
 * Threads: the session's.
 */
#include "sql/call/schema.h"

#include "sql/plan/text.h"

#include <string.h>
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

static const char *const *of_intents(uint32_t dialect)
{
	switch (dialect) {
	case SQL_SQLITE:     return intents_sqlite;
	case SQL_POSTGRESQL: return intents_postgresql;
	case SQL_MSSQL:      return intents_mssql;
	default:             return intents_mysql;
	}
}

static const char *const *of_moved(uint32_t dialect)
{
	switch (dialect) {
	case SQL_SQLITE:     return moved_sqlite;
	case SQL_POSTGRESQL: return moved_postgresql;
	case SQL_MSSQL:      return moved_mssql;
	default:             return moved_mysql;
	}
}

/* --- under another name ------------------------------------------------------------------ */

static int is_name(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* "idbc_intents_lease" after the name of the table alone. */
static void put_index(struct sql_text *t, const char *table, const char *suffix, size_t len)
{
	const char *dot = strchr(table, '.');
	char *name = arena_printf(t->arena, "%s%.*s", dot ? dot + 1 : table, (int)len, suffix);

	if (name)
		text_put(t, "%I", name);
	t->failed |= !name;
}

/* Each name in it that begins with `from` becomes one that begins with `to`. */
static void put_renamed(struct sql_text *t, const char *sql, const char *from, const char *to)
{
	size_t len = strlen(from);

	for (const char *at; (at = strstr(sql, from)); sql = at) {
		char *before = arena_dup(t->arena, sql, (size_t)(at - sql));
		size_t suffix = 0;

		t->failed |= !before;
		text_put(t, "%s", before ? before : "");
		at += len;
		while (is_name(at[suffix]))
			suffix++;
		if (suffix)
			put_index(t, to, at, suffix);
		else
			text_put(t, "%T", to);
		at += suffix;
	}
	text_put(t, "%s", sql);
}

static int create(struct session *s, const char *const *sql, const char *from, const char *to,
		  struct idbc_error *err)
{
	for (; *sql; sql++) {
		struct sql_text t = SQL_TEXT_INIT(&s->arena, s->plan->dialect);

		put_renamed(&t, *sql, from, to);
		if (t.failed)
			return call_nomem(s, err);
		if (call_late(s, err))
			return IDBC_TIMEOUT;
		if (s->backend->exec(s->conn, t.s, s->deadline_ns, &s->diag))
			return call_failed(s, STATE_ALONE, to, err);
	}
	return IDBC_OK;
}

int schema_create(struct session *s, struct idbc_error *err)
{
	return create(s, schema_statements(s->plan->dialect->id), SCHEMA_TABLE, SCHEMA_TABLE, err);
}

int schema_create_intents(struct session *s, const char *name, struct idbc_error *err)
{
	return create(s, of_intents(s->plan->dialect->id), "idbc_intents", name, err);
}

int schema_create_moved(struct session *s, const char *name, struct idbc_error *err)
{
	return create(s, of_moved(s->plan->dialect->id), "idbc_moved", name, err);
}
