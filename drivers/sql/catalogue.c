/* drivers/sql/catalogue.c - tables and columns as the database describes them, and what
 * its type names mean to a bound value.  No session here: instance.c runs the statement.
 * Threads: one, while a plan is made; read only afterwards.
 */
#include "sql/catalogue.h"
#include "sql/ascii.h"
#include "sql/names.h"

#include <stdlib.h>
#include <string.h>

struct type_word { const char *word; uint32_t kind; };

/* The first that begins the type's name. */
static const struct type_word mysql_types[] = {
	{ "tinyint", SQL_COL_INTEGER }, { "smallint", SQL_COL_INTEGER },
	{ "mediumint", SQL_COL_INTEGER }, { "int", SQL_COL_INTEGER },
	{ "bigint", SQL_COL_INTEGER }, { "year", SQL_COL_INTEGER },
	{ "decimal", SQL_COL_REAL }, { "float", SQL_COL_REAL }, { "double", SQL_COL_REAL },
	{ "bit", SQL_COL_BIT }, { "datetime", SQL_COL_DATETIME },
	{ "timestamp", SQL_COL_DATETIME }, { "date", SQL_COL_DATE },
	{ "binary", SQL_COL_BINARY }, { "varbinary", SQL_COL_BINARY },
	{ "blob", SQL_COL_BINARY }, { "tinyblob", SQL_COL_BINARY },
	{ "mediumblob", SQL_COL_BINARY }, { "longblob", SQL_COL_BINARY },
	{ "json", SQL_COL_JSON }, { "uuid", SQL_COL_UUID },
};
/* The first found anywhere in the declared type, near SQLite's own rules of affinity. */
static const struct type_word sqlite_types[] = {
	{ "datetime", SQL_COL_DATETIME }, { "timestamp", SQL_COL_DATETIME },
	{ "date", SQL_COL_DATE }, { "bool", SQL_COL_BOOL }, { "int", SQL_COL_INTEGER },
	{ "char", SQL_COL_TEXT }, { "clob", SQL_COL_TEXT }, { "text", SQL_COL_TEXT },
	{ "blob", SQL_COL_BINARY }, { "json", SQL_COL_JSON }, { "uuid", SQL_COL_UUID },
	{ "real", SQL_COL_REAL }, { "floa", SQL_COL_REAL }, { "doub", SQL_COL_REAL },
	{ "num", SQL_COL_REAL }, { "dec", SQL_COL_REAL },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint32_t kind_of(const struct dialect *d, const char *type)
{
	if (d->id == SQL_SQLITE) {
		for (size_t i = 0; i < COUNT(sqlite_types); i++)
			if (ascii_has(type, sqlite_types[i].word))
				return sqlite_types[i].kind;
		return SQL_COL_UNKNOWN;
	}
	for (size_t i = 0; i < COUNT(mysql_types); i++)
		if (ascii_same(type, mysql_types[i].word))
			return mysql_types[i].kind;
	return SQL_COL_TEXT;
}

int catalogue_add_table(struct catalogue *c, struct arena *arena, const char *name)
{
	struct catalogue_table *grown;

	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->tables[i].name, name))
			return 0;
	grown = arena_alloc(arena, (c->n + 1) * sizeof(*grown));
	if (!grown)
		return -1;
	if (c->n)
		memcpy(grown, c->tables, c->n * sizeof(*grown));
	grown[c->n].name = name;
	c->tables = grown;
	c->n++;
	return 0;
}

void catalogue_statement(const struct catalogue *c, struct sql_text *t)
{
	for (size_t i = 0; i < c->n; i++)
		text_put(t, "%sSELECT %d%s", i ? " UNION ALL " : "", (int)i, t->dialect->columns);
}

static const char *text_of(struct arena *arena, const struct idbc_value *v)
{
	if (v->kind != IDBC_KIND_STR && v->kind != IDBC_KIND_BYTES)
		return NULL;
	return arena_dup(arena, v->u.str.ptr, v->u.str.len);
}

static int64_t number_of(const struct idbc_value *v)
{
	char digits[24] = "";

	if (v->kind == IDBC_KIND_I64 || v->kind == IDBC_KIND_BOOL)
		return v->u.i64;
	if (v->kind != IDBC_KIND_STR || v->u.str.len >= sizeof(digits))
		return 0;
	memcpy(digits, v->u.str.ptr, v->u.str.len);
	return strtoll(digits, NULL, 10);
}

/* VARCHAR(60), where the catalogue does not give the width apart. */
static int64_t declared_width(const char *type)
{
	const char *open = strchr(type, '(');

	return open ? strtoll(open + 1, NULL, 10) : 0;
}

static struct catalogue_column *new_column(struct catalogue_table *t, struct arena *arena)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 16;
		struct catalogue_column *grown = arena_alloc(arena, cap * sizeof(*grown));

		if (!grown)
			return NULL;
		if (t->n)
			memcpy(grown, t->columns, t->n * sizeof(*grown));
		t->columns = grown;
		t->cap = cap;
	}
	return &t->columns[t->n++];
}

static int ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && ascii_same(s + n - m, end);
}

/* "latin1_swedish_ci" is of "latin1"; a name that is not plain is not used. */
static const char *charset_of(struct arena *arena, const char *collation)
{
	size_t len = collation ? strcspn(collation, "_") : 0;

	if (!len || strspn(collation, "abcdefghijklmnopqrstuvwxyz0123456789_") < strlen(collation))
		return NULL;
	return arena_dup(arena, collation, len);
}

int catalogue_add_row(struct catalogue *c, const struct dialect *d, struct arena *arena,
		      const struct idbc_value *cols)
{
	int64_t table = number_of(&cols[0]);
	const char *type = text_of(arena, &cols[2]), *collation = text_of(arena, &cols[5]);
	struct catalogue_column *col;

	if (table < 0 || (size_t)table >= c->n)
		return -1;
	col = new_column(&c->tables[table], arena);
	if (!col)
		return -1;
	col->name = text_of(arena, &cols[1]);
	col->type = text_of(arena, &cols[3]);
	if (!col->name || !col->type || !type)
		return -1;
	col->kind = kind_of(d, type);
	col->width = cols[4].kind == IDBC_KIND_NULL ? 0 : number_of(&cols[4]);
	if (!col->width && col->kind == SQL_COL_TEXT && d->id == SQL_SQLITE)
		col->width = declared_width(col->type);
	col->folds_case = collation && ends_with(collation, "_ci");
	col->charset = charset_of(arena, collation);
	col->collation = col->charset ? collation : NULL;
	col->nullable = number_of(&cols[6]) != 0;
	col->has_default = number_of(&cols[7]) != 0;
	col->primary = number_of(&cols[8]) != 0;
	col->unique = number_of(&cols[9]) != 0;
	return 0;
}

int catalogue_is_short(const struct catalogue *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->tables[i].n)
			return 1;
	return 0;
}

int catalogue_add_other(struct catalogue *c, struct arena *arena, const struct idbc_value *name)
{
	struct catalogue_column *col = new_column(&c->others, arena);

	if (!col)
		return -1;
	col->name = text_of(arena, name);
	return col->name ? 0 : -1;
}

const struct catalogue_table *catalogue_table(const struct catalogue *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->tables[i].name, name))
			return &c->tables[i];
	return NULL;
}

const struct catalogue_column *catalogue_column(const struct catalogue *c, const char *table,
						const char *col)
{
	const struct catalogue_table *t = catalogue_table(c, table);

	for (size_t i = 0; t && i < t->n; i++)
		if (ascii_same(t->columns[i].name, col))
			return &t->columns[i];
	return NULL;
}

uint32_t catalogue_kind(const struct catalogue *c, const char *table, const char *col)
{
	const struct catalogue_column *column = catalogue_column(c, table, col);

	return column ? column->kind : SQL_COL_UNKNOWN;
}

const char *catalogue_nearest(const struct catalogue_table *t, const char *col)
{
	struct name_guess guess = NAME_GUESS(col);

	for (size_t i = 0; i < t->n; i++)
		name_guess_offer(&guess, t->columns[i].name);
	return name_guess_best(&guess);
}
