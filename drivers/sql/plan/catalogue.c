/* drivers/sql/plan/catalogue.c - tables and columns as the database describes them.  No session
 * here: instance.c runs the statement.
 * Threads: one, while a plan is made; read only afterwards.
 */
#include "sql/plan/catalogue.h"
#include "sql/base/ascii.h"
#include "sql/base/names.h"

#include <stdlib.h>
#include <string.h>

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

void catalogue_statement(struct catalogue *c, struct sql_text *t)
{
	c->names_differ = t->dialect->names_differ;
	for (size_t i = 0; i < c->n; i++)
		text_put(t, "%sSELECT %d%s", i ? " UNION ALL " : "", (int)i, t->dialect->columns);
}

const char *catalogue_text(struct arena *arena, const struct idbc_value *v)
{
	if (v->kind != IDBC_KIND_STR && v->kind != IDBC_KIND_BYTES)
		return NULL;
	return arena_dup(arena, v->u.str.ptr, v->u.str.len);
}

int64_t catalogue_number(const struct idbc_value *v)
{
	char digits[24] = "";

	if (v->kind == IDBC_KIND_I64 || v->kind == IDBC_KIND_BOOL)
		return v->u.i64;
	if (v->kind != IDBC_KIND_STR || v->u.str.len >= sizeof(digits))
		return 0;
	memcpy(digits, v->u.str.ptr, v->u.str.len);
	return *digits == 't' ? 1 : strtoll(digits, NULL, 10);
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

/* "utf8mb4_general_ci", "Latin1_General_CI_AS". */
static int folds_case(const char *collation)
{
	const char *end = collation ? collation + strlen(collation) : NULL;

	return end && (ascii_has(collation, "_ci_") ||
		       (end - collation >= 3 && ascii_same(end - 3, "_ci")));
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
	int64_t table = catalogue_number(&cols[0]);
	const char *type = catalogue_text(arena, &cols[2]);
	const char *collation = catalogue_text(arena, &cols[5]);
	struct catalogue_column *col;

	if (table < 0 || (size_t)table >= c->n)
		return -1;
	col = new_column(&c->tables[table], arena);
	if (!col)
		return -1;
	col->name = catalogue_text(arena, &cols[1]);
	col->type = catalogue_text(arena, &cols[3]);
	if (!col->name || !col->type || !type)
		return -1;
	col->width = cols[4].kind == IDBC_KIND_NULL ? 0 : catalogue_number(&cols[4]);
	col->folds_case = folds_case(collation);
	col->collation = collation;
	col->charset = d->id == SQL_MARIADB || d->id == SQL_MYSQL ? charset_of(arena, collation)
								  : NULL;
	col->nullable = catalogue_number(&cols[6]) != 0;
	col->has_default = catalogue_number(&cols[7]) != 0;
	col->primary = catalogue_number(&cols[8]) != 0;
	col->unique = catalogue_number(&cols[9]) & 1;
	col->text_first = (catalogue_number(&cols[9]) & 4) != 0;
	c->tables[table].view = (catalogue_number(&cols[9]) & 2) != 0;
	return catalogue_type(d, c->tables[table].name, type, arena, col);
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
	col->name = catalogue_text(arena, name);
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
		if (c->names_differ ? !strcmp(t->columns[i].name, col)
				    : ascii_same(t->columns[i].name, col))
			return &t->columns[i];
	return NULL;
}

int catalogue_tells_apart(const struct catalogue *c, const char *table, const char *col)
{
	const struct catalogue_table *t = catalogue_table(c, table);
	const struct catalogue_column *column = catalogue_column(c, table, col);
	size_t primaries = 0;

	for (size_t i = 0; t && i < t->n; i++)
		primaries += t->columns[i].primary != 0;
	return column && (column->unique || (column->primary && primaries == 1));
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
