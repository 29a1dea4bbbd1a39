/* drivers/sql/plan/plan_link.c - how a link's rows hang on the user's: conditions, joins, and
 * which of several rows counts.  Threads: one.
 */
#include "sql/plan/plan_build.h"

#include <stdio.h>

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
		text_put(&b->text, " = ");
		build_arg(b, table, set->col);
		build_constant(b, &set->value, plan_kind(b->plan, table, set->col));
	}
}

static int is_word_kind(uint32_t kind)
{
	return kind == SQL_COL_TEXT || kind == SQL_COL_UNKNOWN;
}

/* Where a store does not compare text with anything else, the other side becomes text. */
static void put_side(struct build *b, const struct build_side *at, int as_text)
{
	const struct dialect *d = b->plan->dialect;
	const struct catalogue_column *c =
		catalogue_column(&b->plan->catalogue, at->table, at->col);

	/* A uuid is compared in the letters in which it is shown. */
	if (as_text && c && c->kind == SQL_COL_UUID && *c->read_open)
		build_read(b, at->alias, at->table, at->col);
	else
		text_put(&b->text, "%s%s.%I%s", as_text ? d->utf8_open : "", at->alias, at->col,
			 as_text ? d->utf8_close : "");
}

void build_compare(struct build *b, const struct build_side *left, const char *op,
		   const struct build_side *right)
{
	uint32_t one = plan_kind(b->plan, left->table, left->col);
	uint32_t two = plan_kind(b->plan, right->table, right->col);
	int differ = b->plan->dialect->types_differ && one != two && one && two;

	put_side(b, left, differ && is_word_kind(two) && !is_word_kind(one));
	text_put(&b->text, " %s ", op);
	put_side(b, right, differ && is_word_kind(one) && !is_word_kind(two));
}

/* "alias.col = u.key": how a link's rows hang on the user's, then its own constants. */
void build_on(struct build *b, const struct map_link *link, const char *alias)
{
	for (size_t i = 0; i < link->on.n; i++) {
		const struct map_set *on = &link->on.items[i];
		int of_link = on->value.source == MAP_LINK_COL;
		char other[16] = "u";

		if (of_link)
			snprintf(other, sizeof(other), "l%d", (int)on->value.link);
		text_put(&b->text, "%s", i ? " AND " : "");
		build_compare(b, &(struct build_side){ alias, link->table, on->col }, "=",
			      &(struct build_side){ other,
						  plan_table(b->plan, of_link ? on->value.link : -1),
						  on->value.str });
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
	build_join_intents(b);
}

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
		text_put(&b->text, "%s%s.%I%s", before, alias, col,
			 link->order ? b->plan->dialect->newest_first : "");
	return col != NULL;
}
