/* drivers/sql/plan/plan_list.c - a list of rows as one column: a JSON array of objects, made by
 * the database in a subquery of its own.  Each family of dialects has its way; NULL, or
 * an empty array, where there is no row.  Threads: one.
 */
#include "sql/plan/plan_build.h"

#include <stdio.h>
#include <string.h>

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

static struct build_side side_of(const struct build *b, const struct map_link *link,
				 const struct map_join_side *side, char alias[16])
{
	if (side->at == MAP_JOIN_USER)
		return (struct build_side){ "u", b->plan->mapping->table, side->col };
	if (side->at == MAP_JOIN_LINK)
		return (struct build_side){ "t", link->table, side->col };
	snprintf(alias, 16, "j%d", (int)side->at);
	return (struct build_side){ alias, link->joins[side->at].table, side->col };
}

static void put_test(struct build *b, const struct map_link *link,
		     const struct map_join_test *test)
{
	char one[16], two[16];
	struct build_side left = side_of(b, link, &test->left, one), right;

	if (test->sides) {
		right = side_of(b, link, &test->right, two);
		build_compare(b, &left, test->op, &right);
		return;
	}
	text_put(&b->text, "%s.%I%s", left.alias, left.col,
		 test->value.source == MAP_NULL ? test->op : "");
	if (test->value.source == MAP_NULL)
		return;
	text_put(&b->text, " %s ", test->op);
	build_arg(b, left.table, left.col);
	build_constant(b, &test->value, plan_kind(b->plan, left.table, left.col));
}

void build_list_from(struct build *b, const struct map_link *link)
{
	text_put(&b->text, " FROM %T AS t", link->table);
	for (size_t i = 0; i < link->njoins; i++) {
		const char *before = " ON ";

		text_put(&b->text, " JOIN %T AS j%d", link->joins[i].table, (int)i);
		for (size_t j = 0; j < link->ntests; j++) {
			if (link->tests[j].last != (int32_t)i)
				continue;
			text_put(&b->text, "%s", before);
			put_test(b, link, &link->tests[j]);
			before = " AND ";
		}
		if (!strcmp(before, " ON "))
			text_put(&b->text, " ON 1 = 1");
	}
	text_put(&b->text, " WHERE ");
	build_on(b, link, "t");
}

static uint32_t member_kind(const struct build *b, const struct map_link *link,
			    const struct map_list_col *col)
{
	return plan_kind(b->plan, col->table ? col->table : link->table, col->place.col);
}

/* JSON has no order of its own. */
static void put_order(struct build *b, const struct map_link *link, const struct map_field *f)
{
	const struct dialect *d = b->plan->dialect;
	char alias[16];

	for (size_t i = 0; i < f->ncols; i++) {
		int as_text = d->types_differ &&
			      member_kind(b, link, &f->cols[i]) == SQL_COL_JSON;

		text_put(&b->text, "%s%s%s.%I%s", i ? ", " : " ORDER BY ",
			 as_text ? d->utf8_open : "", list_alias(link, f->cols[i].table, alias),
			 f->cols[i].place.col, as_text ? d->utf8_close : "");
	}
}

static void put_name(struct build *b, const struct map_list_col *col, const char *before)
{
	const struct dialect *d = b->plan->dialect;

	text_put(&b->text, "%s%s?%s, ", before, d->text_open, d->text_close);
	build_text(b, col->name, SQL_COL_TEXT);
}

/* What would be no JSON as it is: uuids and other bytes, and bits where they are none. */
static void put_member(struct build *b, const struct map_link *link,
		       const struct map_list_col *col)
{
	const struct dialect *d = b->plan->dialect;
	uint32_t kind = member_kind(b, link, col);
	char alias[16];

	if (kind == SQL_COL_UUID_BYTES)
		text_put(&b->text, "%s%s.%I%s", d->hex_open, list_alias(link, col->table, alias),
			 col->place.col, d->hex_close);
	else if (codec_is_bytes(kind))
		text_put(&b->text, "%s%s.%I%s", d->binary_open,
			 list_alias(link, col->table, alias), col->place.col, d->binary_close);
	else if (kind == SQL_COL_BIT && d->lists == LIST_CONCAT)
		text_put(&b->text, "%s.%I + 0", list_alias(link, col->table, alias),
			 col->place.col);
	else
		build_read(b, list_alias(link, col->table, alias),
			   col->table ? col->table : link->table, col->place.col);
}

/* MariaDB, MySQL: an array put together by hand, which keeps its order. */
static void put_concat(struct build *b, const struct map_link *link, const struct map_field *f)
{
	text_put(&b->text, "(SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT(");
	for (size_t i = 0; i < f->ncols; i++) {
		put_name(b, &f->cols[i], i ? ", " : "");
		put_member(b, link, &f->cols[i]);
	}
	text_put(&b->text, ")");
	put_order(b, link, f);
	text_put(&b->text, " SEPARATOR ','), ']')");
	build_list_from(b, link);
	text_put(&b->text, ")");
}

/* PostgreSQL: an aggregate that orders. */
static void put_aggregate(struct build *b, const struct map_link *link,
			  const struct map_field *f)
{
	text_put(&b->text, "(SELECT CAST(json_agg(json_build_object(");
	for (size_t i = 0; i < f->ncols; i++) {
		put_name(b, &f->cols[i], i ? ", " : "");
		put_member(b, link, &f->cols[i]);
	}
	text_put(&b->text, ")");
	put_order(b, link, f);
	text_put(&b->text, ") AS text)");
	build_list_from(b, link);
	text_put(&b->text, ")");
}

/* SQL Server: rows as they come; the members are called as their columns are. */
static void put_for_json(struct build *b, const struct map_link *link,
			 const struct map_field *f)
{
	text_put(&b->text, "(SELECT ");
	for (size_t i = 0; i < f->ncols; i++) {
		text_put(&b->text, "%s", i ? ", " : "");
		put_member(b, link, &f->cols[i]);
		text_put(&b->text, " AS %I", f->cols[i].name);
	}
	build_list_from(b, link);
	put_order(b, link, f);
	text_put(&b->text, " FOR JSON PATH, INCLUDE_NULL_VALUES)");
}

/* SQLite's JSON knows no blobs, and any column may hold some. */
static void put_nested_member(struct build *b, const struct map_link *link,
			      const struct map_list_col *col, int index)
{
	const struct dialect *d = b->plan->dialect;
	int hex = member_kind(b, link, col) == SQL_COL_UUID_BYTES;
	char alias[16];
	const char *of = list_alias(link, col->table, alias);

	text_put(&b->text, "CASE typeof(%s.%I) WHEN 'blob' THEN %s%s.%I%s", of, col->place.col,
		 hex ? d->hex_open : "CAST(", of, col->place.col, hex ? d->hex_close : " AS TEXT)");
	text_put(&b->text, " ELSE %s.%I END AS c%d", of, col->place.col, index);
}

/* SQLite aggregates in the order of a nested SELECT. */
static void put_nested(struct build *b, const struct map_link *link, const struct map_field *f)
{
	text_put(&b->text, "(SELECT json_group_array(json_object(");
	for (size_t i = 0; i < f->ncols; i++) {
		put_name(b, &f->cols[i], i ? ", " : "");
		text_put(&b->text, "x.c%d", (int)i);
	}
	text_put(&b->text, ")) FROM (SELECT ");
	for (size_t i = 0; i < f->ncols; i++) {
		text_put(&b->text, "%s", i ? ", " : "");
		put_nested_member(b, link, &f->cols[i], (int)i);
	}
	build_list_from(b, link);
	put_order(b, link, f);
	text_put(&b->text, ") AS x)");
}

void build_list(struct build *b, const struct map_field *f)
{
	const struct map_link *link = plan_link(b->plan, f->place.link);

	switch (b->plan->dialect->lists) {
	case LIST_NESTED:
		put_nested(b, link, f);
		break;
	case LIST_AGGREGATE:
		put_aggregate(b, link, f);
		break;
	case LIST_FOR_JSON:
		put_for_json(b, link, f);
		break;
	default:
		put_concat(b, link, f);
	}
}
