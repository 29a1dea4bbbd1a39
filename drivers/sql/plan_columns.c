/* drivers/sql/plan_columns.c - the parts of a read: joins of 1:0..1 links, and columns,
 * EAV values, flags and lists as scalar subqueries, which never multiply rows.
 * Threads: one.
 */
#include "sql/plan_build.h"

#include <stdio.h>
#include <string.h>

void build_init(struct build *b, struct plan *plan)
{
	memset(b, 0, sizeof(*b));
	b->plan = plan;
	b->text = (struct sql_text)SQL_TEXT_INIT(&plan->arena, plan->dialect);
}

static void push(struct build *b, struct plan_arg arg)
{
	if (b->nargs == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 16;
		struct plan_arg *grown = arena_alloc(&b->plan->arena, cap * sizeof(*grown));

		if (!grown) {
			b->failed = 1;
			return;
		}
		if (b->nargs)
			memcpy(grown, b->args, b->nargs * sizeof(*grown));
		b->args = grown;
		b->cap = cap;
	}
	b->args[b->nargs++] = arg;
}

static void build_constant(struct build *b, const struct map_value *value, uint32_t kind)
{
	struct plan_arg arg = { .kind = PLAN_VALUE };

	if (plan_constant(b->plan, value, kind, &b->plan->arena, &arg.value))
		b->failed = 1;
	push(b, arg);
}

void build_text(struct build *b, const char *text, uint32_t kind)
{
	struct map_value value = { .source = MAP_STR, .str = text };

	build_constant(b, &value, kind);
}

void build_asked(struct build *b, uint32_t kind, uint32_t fold)
{
	push(b, (struct plan_arg){ .kind = kind, .fold = fold });
}

int build_finish(struct build *b, struct plan_select *out)
{
	if (b->failed || b->text.failed)
		return -1;
	out->sql = b->text.s;
	out->args = b->args;
	out->nargs = (uint32_t)b->nargs;
	return 0;
}

/* --- links ----------------------------------------------------------------------- */

/* " AND alias.col = ?" for each constant. */
void build_constants(struct build *b, const char *alias, const char *table,
			  const struct map_sets *where)
{
	for (size_t i = 0; i < where->n; i++) {
		const struct map_set *set = &where->items[i];

		text_put(&b->text, " AND %s.%I", alias, set->col);
		if (set->value.source == MAP_NULL) {
			text_put(&b->text, " IS NULL");
			continue;
		}
		text_put(&b->text, " = ?");
		build_constant(b, &set->value, plan_kind(b->plan, table, set->col));
	}
}

/* "alias.col = u.key": how a link's rows hang on the user's, then its own constants. */
void build_on(struct build *b, const struct map_link *link, const char *alias)
{
	for (size_t i = 0; i < link->on.n; i++) {
		const struct map_set *on = &link->on.items[i];

		text_put(&b->text, "%s%s.%I = ", i ? " AND " : "", alias, on->col);
		if (on->value.source == MAP_LINK_COL)
			text_put(&b->text, "l%d.%I", (int)on->value.link, on->value.str);
		else
			text_put(&b->text, "u.%I", on->value.str);
	}
	build_constants(b, alias, link->table, &link->where);
}

void build_join(struct build *b, int32_t index, const char *how)
{
	const struct map_link *link = plan_link(b->plan, index);
	char alias[16];

	snprintf(alias, sizeof(alias), "l%d", (int)index);
	text_put(&b->text, " %s %T AS %s ON ", how, link->table, alias);
	build_on(b, link, alias);
}

/* Marks the 1:0..1 links that a place needs, with those they hang on. */
void build_mark(const struct plan *plan, char *joined, int32_t index)
{
	while (index >= 0 && !joined[index]) {
		const struct map_link *link = plan_link(plan, index);
		int32_t of = -1;

		if (link->kind == MAP_ONE)
			joined[index] = 1;
		for (size_t i = 0; i < link->on.n; i++)
			if (link->on.items[i].value.source == MAP_LINK_COL)
				of = link->on.items[i].value.link;
		index = of >= 0 ? of : link->of;
	}
}

static int depth(const struct plan *plan, int32_t index)
{
	int n = 0;

	for (; index >= 0 && n <= (int)plan->mapping->nlinks; n++)
		index = plan_link(plan, index)->of;
	return n;
}

/* Parents before the links that hang on them. */
void build_left_joins(struct build *b)
{
	size_t nlinks = b->plan->mapping->nlinks;

	for (int level = 1; level <= (int)nlinks; level++)
		for (size_t i = 0; i < nlinks; i++)
			if (b->joined[i] && depth(b->plan, (int32_t)i) == level)
				build_join(b, (int32_t)i, "LEFT JOIN");
}

/* --- columns ---------------------------------------------------------------------- */

/* One row at most, whatever the mapping says. */
int build_is_unique(const struct plan *plan, const struct map_link *link)
{
	for (size_t i = 0; i < link->on.n; i++) {
		const struct catalogue_column *c =
			catalogue_column(&plan->catalogue, link->table, link->on.items[i].col);

		if (c && c->unique)
			return 1;
	}
	return 0;
}

/* What tells a link's rows apart; NULL if nothing is known to. */
const char *build_order_col(const struct plan *plan, const struct map_link *link)
{
	const struct catalogue_table *table = catalogue_table(&plan->catalogue, link->table);

	for (size_t i = 0; !link->order && table && i < table->n; i++)
		if (table->columns[i].primary)
			return table->columns[i].name;
	return link->order;
}

/* The row of a link that counts: its newest, else its first. */
int build_link_order(struct build *b, const struct map_link *link, const char *alias,
			  const char *before)
{
	const char *col = build_order_col(b->plan, link);

	if (col)
		text_put(&b->text, "%s%s.%I%s", before, alias, col, link->order ? " DESC" : "");
	return col != NULL;
}

static void put_eav(struct build *b, const struct map_link *link, const char *name)
{
	text_put(&b->text, "(SELECT t.%I FROM %T AS t WHERE ", link->eav_value, link->table);
	build_on(b, link, "t");
	text_put(&b->text, " AND t.%I = ?", link->eav_name);
	build_text(b, name, plan_kind(b->plan, link->table, link->eav_name));
	if (!build_link_order(b, link, "t", " ORDER BY "))
		text_put(&b->text, " ORDER BY t.%I", link->eav_value);
	text_put(&b->text, " LIMIT 1)");
}

static void put_place(struct build *b, const struct map_place *place)
{
	const struct map_link *link = plan_link(b->plan, place->link);

	if (!link)
		text_put(&b->text, "u.%I", place->col);
	else if (link->kind == MAP_EAV)
		put_eav(b, link, place->eav);
	else
		text_put(&b->text, "l%d.%I", (int)place->link, place->col);
}

/* Alias of a table of a list: `t`, or one of its joined ones. */
static const char *list_alias(const struct map_link *link, const char *table, char alias[16])
{
	for (size_t i = 0; table && i < link->njoins; i++) {
		if (strcmp(link->joins[i].table, table))
			continue;
		snprintf(alias, 16, "j%d", (int)i);
		return alias;
	}
	return "t";
}

static void put_list_from(struct build *b, const struct map_link *link)
{
	char alias[16];

	text_put(&b->text, " FROM %T AS t", link->table);
	for (size_t i = 0; i < link->njoins; i++) {
		const struct map_join *join = &link->joins[i];

		text_put(&b->text, " JOIN %T AS j%d ON %s.%I = t.%I", join->table, (int)i,
			 list_alias(link, join->left_table, alias), join->left_col,
			 join->link_col);
	}
	text_put(&b->text, " WHERE ");
	build_on(b, link, "t");
}

static void put_exists(struct build *b, const struct map_field *f)
{
	const struct map_link *link = plan_link(b->plan, f->place.link);

	text_put(&b->text, "EXISTS (SELECT 1");
	put_list_from(b, link);
	build_constants(b, "t", link->table, &f->where);
	text_put(&b->text, ")");
}

static void put_list_order(struct build *b, const struct map_link *link,
			   const struct map_field *f)
{
	char alias[16];

	for (size_t i = 0; i < f->ncols; i++)
		text_put(&b->text, "%s%s.%I", i ? ", " : " ORDER BY ",
			 list_alias(link, f->cols[i].table, alias), f->cols[i].place.col);
}

/* What would be no JSON as it is: bits and bytes. */
static void put_member(struct build *b, const struct map_link *link,
		       const struct map_list_col *col)
{
	uint32_t kind = plan_kind(b->plan, col->table ? col->table : link->table, col->place.col);
	char alias[16];

	text_put(&b->text, kind == SQL_COL_BINARY ? "CONVERT(%s.%I USING utf8mb4)"
			   : kind == SQL_COL_BIT  ? "%s.%I + 0" : "%s.%I",
		 list_alias(link, col->table, alias), col->place.col);
}

/* A JSON array of objects; NULL where there is no row. */
static void put_list(struct build *b, const struct map_field *f)
{
	const struct map_link *link = plan_link(b->plan, f->place.link);

	text_put(&b->text, "(SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT(");
	for (size_t i = 0; i < f->ncols; i++) {
		text_put(&b->text, "%s?, ", i ? ", " : "");
		build_text(b, f->cols[i].name, SQL_COL_TEXT);
		put_member(b, link, &f->cols[i]);
	}
	text_put(&b->text, ")");
	put_list_order(b, link, f);
	text_put(&b->text, " SEPARATOR ','), ']')");
	put_list_from(b, link);
	text_put(&b->text, ")");
}

/* SQLite's JSON knows no blobs, and any column may hold some. */
static void put_no_blob(struct build *b, const char *before, const char *alias,
			const char *col, int index)
{
	text_put(&b->text, "%sCASE typeof(%s.%I) WHEN 'blob' THEN CAST(%s.%I AS TEXT)", before,
		 alias, col, alias, col);
	text_put(&b->text, " ELSE %s.%I END AS c%d", alias, col, index);
}

/* SQLite aggregates in the order of a nested SELECT. */
static void put_list_nested(struct build *b, const struct map_field *f)
{
	const struct map_link *link = plan_link(b->plan, f->place.link);
	char alias[16];

	text_put(&b->text, "(SELECT json_group_array(json_object(");
	for (size_t i = 0; i < f->ncols; i++) {
		text_put(&b->text, "%s?, x.c%d", i ? ", " : "", (int)i);
		build_text(b, f->cols[i].name, SQL_COL_TEXT);
	}
	text_put(&b->text, ")) FROM (SELECT ");
	for (size_t i = 0; i < f->ncols; i++)
		put_no_blob(b, i ? ", " : "", list_alias(link, f->cols[i].table, alias),
			    f->cols[i].place.col, (int)i);
	put_list_from(b, link);
	put_list_order(b, link, f);
	text_put(&b->text, ") AS x)");
}

static void put_field(struct build *b, const struct map_field *f)
{
	if (f->kind == MAP_EXISTS)
		put_exists(b, f);
	else if (f->kind == MAP_LIST && b->plan->dialect->lists_nested)
		put_list_nested(b, f);
	else if (f->kind == MAP_LIST)
		put_list(b, f);
	else
		put_place(b, &f->place);
}

void build_col(struct build *b, const struct plan_col *col)
{
	text_put(&b->text, ", ");
	if (col->kind == PLAN_FIELD)
		put_field(b, &b->plan->mapping->fields[col->field]);
	else
		put_place(b, &col->place);
}

