/* drivers/sql/plan/plan_columns.c - the columns of a read: places, EAV values and flags, the
 * latter as scalar subqueries, which never multiply rows.  Threads: one.
 */
#include "sql/plan/plan_build.h"

#include <stdio.h>

/* Without a key the values themselves say which counts; JSON has no order of its own. */
static void put_value_order(struct build *b, const struct map_link *link)
{
	const struct dialect *d = b->plan->dialect;
	int as_text = d->types_differ &&
		      plan_kind(b->plan, link->table, link->eav_value) == SQL_COL_JSON;

	text_put(&b->text, " ORDER BY %st.%I%s", as_text ? d->utf8_open : "", link->eav_value,
		 as_text ? d->utf8_close : "");
}

static void put_eav(struct build *b, const struct map_link *link, const char *name)
{
	const struct dialect *d = b->plan->dialect;

	text_put(&b->text, "(SELECT %s", d->top);
	build_read(b, "t", link->table, link->eav_value);
	text_put(&b->text, " FROM %T AS t WHERE ", link->table);
	build_on(b, link, "t");
	text_put(&b->text, " AND t.%I = ", link->eav_name);
	build_arg(b, link->table, link->eav_name);
	build_text(b, name, plan_kind(b->plan, link->table, link->eav_name));
	if (!build_link_order(b, link, "t", " ORDER BY "))
		put_value_order(b, link);
	text_put(&b->text, "%s)", d->limit);
}

static void put_place(struct build *b, const struct map_place *place)
{
	const struct map_link *link = plan_link(b->plan, place->link);
	char alias[16];

	if (!link) {
		build_read(b, "u", b->plan->mapping->table, place->col);
	} else if (link->kind == MAP_EAV) {
		put_eav(b, link, place->eav);
	} else {
		snprintf(alias, sizeof(alias), "l%d", (int)place->link);
		build_read(b, alias, link->table, place->col);
	}
}

static void put_exists(struct build *b, const struct map_field *f)
{
	const struct map_link *link = plan_link(b->plan, f->place.link);

	const struct dialect *d = b->plan->dialect;

	text_put(&b->text, "%sEXISTS (SELECT 1", d->exists_open);
	build_list_from(b, link);
	build_constants(b, "t", link->table, &f->where);
	text_put(&b->text, ")%s", d->exists_close);
}

/* A document of its own, whatever it lies in. */
static void put_list(struct build *b, const struct map_field *f)
{
	int packed = b->packed;

	b->packed = 0;
	build_list(b, f);
	b->packed = packed;
}

static void put_field(struct build *b, const struct map_field *f)
{
	if (f->kind == MAP_EXISTS)
		put_exists(b, f);
	else if (f->kind == MAP_LIST)
		put_list(b, f);
	else if (f->kind == MAP_EXPR)
		build_expr(b, f->expr);
	else
		put_place(b, &f->place);
}

/* In a row a boolean is a letter, and a time in UTC says so: codec.c takes both, and a cast costs
 * the server a quarter of a microsecond. */
static int is_bare(const struct build *b, const struct plan_col *col)
{
	const struct map_field *f = &b->plan->mapping->fields[col->field];

	return b->packed && f->kind == MAP_COL &&
	       ((col->type == SQL_COL_DATETIME && f->type == MAP_TIME) ||
		(col->type == SQL_COL_BOOL && col->as_bit));
}

void build_col(struct build *b, const struct plan_col *col)
{
	text_put(&b->text, ", ");
	b->bare = col->kind == PLAN_FIELD && is_bare(b, col);
	if (col->kind == PLAN_FIELD)
		put_field(b, &b->plan->mapping->fields[col->field]);
	else if (col->kind == PLAN_CLOCK)
		text_put(&b->text, "%s", b->plan->dialect->clock);
	else if (col->kind == PLAN_HIDDEN)
		build_hidden(b);
	else
		put_place(b, &col->place);
	b->bare = 0;
}
