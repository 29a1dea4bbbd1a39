/* drivers/sql/mapping/mapping_counter.c - {"counter": table, "next": column, "where": {..}}: keys
 * that an application takes from a table of its own.  Threads: one per mapping_parse();
 * no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"

static int in_sets(const struct map_sets *sets, const char *col)
{
	for (size_t i = 0; i < sets->n; i++)
		if (sets->items[i].col && ascii_same(sets->items[i].col, col))
			return 1;
	return 0;
}

/* "next" or "last": one of them. */
static void counter_number(struct parse *p, const json_t *json, struct map_counter *counter)
{
	int next = json_object_get(json, "next") != NULL;
	int last = json_object_get(json, "last") != NULL;

	if (next == last)
		parse_bad(p, "missing-key", parse_key(p, counter->key, "next"),
			"expected the column of the next number, or \"last\": that of the last "
			"one given");
	counter->last = last;
	counter->col = parse_column_of(p, json, counter->key, next ? "next" : "last");
	if (counter->col && in_sets(&counter->where, counter->col))
		parse_bad(p, "bad-combination", parse_key(p, counter->key, "where"),
			"\"%.64s\" is the column that counts", counter->col);
}

/* "col": the column that gets the number; or the one that tells counters of one table
 * apart, which "where" has named already. */
static const char *counter_col(struct parse *p, const json_t *json,
	const struct map_counter *counter, const char *own)
{
	const char *col = parse_column_of(p, json, counter->key, "col");

	if (!col || in_sets(&counter->where, col))
		return NULL;
	if (own && !ascii_same(own, col))
		parse_bad(p, "bad-value", parse_key(p, counter->key, "col"),
			"expected the key (\"%.64s\"), or a column of \"where\"", own);
	return col;
}

const char *parse_counter(struct parse *p, const json_t *json, const char *key,
	const char *own, struct map_value *out)
{
	static const char *const known[] = { "counter", "next", "last", "col", "where", NULL };
	struct map_counter *counter = arena_alloc(p->arena, sizeof(*counter));

	if (!counter)
		return NULL;
	counter->key = key;
	parse_known(p, json, key, known);
	if (!json_object_get(json, "counter"))
		parse_bad(p, "missing-key", parse_key(p, key, "counter"),
			"expected the table that keeps the numbers");
	counter->table = parse_table_of(p, json, key, "counter");
	parse_sets_of(p, json, key, "where", &value_constant, &counter->where);
	counter_number(p, json, counter);
	*out = (struct map_value){ .source = MAP_COUNTER, .link = -1, .counter = counter };
	return counter_col(p, json, counter, own);
}
