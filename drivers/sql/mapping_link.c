/* drivers/sql/mapping_link.c - users.links: satellites of the user's table.
 *
 * Two passes: first every link's kind and table, so that references may point forward.
 * Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping_parse.h"
#include "sql/names.h"

#include <string.h>

static void link_kind(struct parse *p, const json_t *json, struct map_link *link)
{
	static const char *const kinds[] = { "one", "eav", "many", NULL };
	const char *as = parse_string(p, json, link->key, "as");
	int i = as ? parse_in(as, kinds) : 0;

	if (i < 0)
		parse_bad(p, "bad-value", parse_key(p, link->key, "as"),
			"expected \"one\", \"eav\" or \"many\"");
	link->kind = (uint32_t)(i < 0 ? MAP_ONE : i);
	link->of = -1;
}

static void link_first_pass(struct parse *p)
{
	const char *name;
	json_t *json;
	size_t i = 0;

	json_object_foreach(p->links, name, json) {
		struct map_link *link = &p->m->links[i++];

		link->key = parse_key(p, "users.links", name);
		link->name = arena_dup(p->arena, name, strlen(name));
		if (!name_is_word(name))
			parse_bad(p, "bad-identifier", link->key,
				"expected a name of letters, digits and _");
		if (!json_is_object(json))
			parse_bad(p, "wrong-type", link->key, "expected an object");
		link_kind(p, json, link);
	}
}

/* --- on and of --- */

static void link_of(struct parse *p, const json_t *json, struct map_link *link)
{
	const char *name = parse_string(p, json, link->key, "of");
	const char *key = parse_key(p, link->key, "of");

	if (!name)
		return;
	link->of = parse_link(p, name, key);
	if (link->of >= 0 && p->m->links[link->of].kind != MAP_ONE)
		parse_bad(p, "bad-reference", key, "link \"%.64s\" has many rows: only a link "
			"with one may carry others", name);
}

static void link_on(struct parse *p, const json_t *json, struct map_link *link)
{
	const char *key = parse_key(p, link->key, "on");

	parse_sets_of(p, json, link->key, "on", &value_on, &link->on);
	if (!json_object_size(json_object_get(json, "on")))
		parse_bad(p, "missing-key", key,
			"expected how the rows belong to the user: {\"column\": \"@key\"}");
	for (size_t i = 0; i < link->on.n; i++) {
		const struct map_value *value = &link->on.items[i].value;

		if (value->source == MAP_LINK_COL && value->link != link->of)
			parse_bad(p, "bad-reference", parse_key(p, key, link->on.items[i].col),
				"a column of another link needs \"of\": that link's name");
	}
}

/* --- eav --- */

static void link_names(struct parse *p, const json_t *json, const struct map_link *link)
{
	const char *key = parse_key(p, link->key, "names"), *name;
	json_t *names = parse_object(p, json, link->key, "names"), *stored;

	json_object_foreach(names, name, stored) {
		if (!json_is_string(stored) && !json_is_integer(stored))
			parse_bad(p, "wrong-type", parse_key(p, key, name),
				"expected the stored key: a string or an integer");
	}
}

static void link_eav(struct parse *p, const json_t *json, struct map_link *link)
{
	link->eav_name = parse_column_of(p, json, link->key, "name");
	link->eav_value = parse_column_of(p, json, link->key, "value");
	link_names(p, json, link);
	if (!json_object_get(json, "name"))
		parse_bad(p, "missing-key", parse_key(p, link->key, "name"),
			"expected the column of the names");
	if (!json_object_get(json, "value"))
		parse_bad(p, "missing-key", parse_key(p, link->key, "value"),
			"expected the column of the values");
}

/* --- many --- */

static char *trimmed(struct parse *p, const char *from, const char *to)
{
	while (from < to && *from == ' ')
		from++;
	while (from < to && to[-1] == ' ')
		to--;
	return arena_dup(p->arena, from, (size_t)(to - from));
}

/* "t.col" of the joined table: with its schema, or without. */
static int join_left(struct parse *p, char *left, const char *key, struct map_join *join)
{
	char *dot = strrchr(left, '.');
	const char *bare = strchr(join->table, '.');

	if (dot)
		*dot = '\0';
	if (!dot || (strcmp(left, join->table) && (!bare || strcmp(left, bare + 1)))) {
		parse_bad(p, "bad-reference", key, "expected a column of \"%.80s\" on the left",
			join->table);
		return 0;
	}
	join->left_table = join->table;
	join->left_col = parse_column(p, dot + 1, key);
	return join->left_col != NULL;
}

/* "table.col = @col", either way round. */
static int join_condition(struct parse *p, const char *text, const char *key,
	struct map_join *join)
{
	const char *full = parse_expand(p, text, key), *equal = full ? strchr(full, '=') : NULL;
	char *left, *right, *swap;

	if (!full)
		return 0;
	left = equal ? trimmed(p, full, equal) : NULL;
	right = equal ? trimmed(p, equal + 1, full + strlen(full)) : NULL;
	if (left && left[0] == '@') {
		swap = left;
		left = right;
		right = swap;
	}
	if (!left || !right || right[0] != '@') {
		parse_bad(p, "bad-value", key, "expected \"table.column = @column\"");
		return 0;
	}
	join->link_col = parse_column(p, right + 1, key);
	return join->link_col && join_left(p, left, key, join);
}

static void link_joins(struct parse *p, const json_t *json, struct map_link *link)
{
	json_t *joins = parse_object(p, json, link->key, "join"), *condition;
	const char *base = parse_key(p, link->key, "join"), *table, *text;

	link->joins = parse_items(p, json_object_size(joins), sizeof(*link->joins));
	if (!link->joins)
		return;
	json_object_foreach(joins, table, condition) {
		const char *key = parse_key(p, base, table);
		struct map_join *join = &link->joins[link->njoins];

		join->table = parse_table(p, table, key);
		text = parse_text(p, condition, key);
		if (join->table && text && join_condition(p, text, key, join))
			link->njoins++;
	}
}

/* --- all of it --- */

/* "id": a generator for the column "id", or {"column": generator}; a counter says in
 * "col" which column its numbers are for. */
static void link_id(struct parse *p, const json_t *json, struct map_link *link)
{
	const char *key = parse_key(p, link->key, "id"), *col = "id";
	const json_t *id = json_object_get(json, "id");

	if (!id)
		return;
	if (json_object_get(id, "counter")) {
		col = parse_counter(p, id, key, NULL, &link->id);
		link->id_col = col ? col : "id";
		link->has_id = 1;
		return;
	}
	if (json_object_size(id) == 1) {
		col = json_object_iter_key(json_object_iter((json_t *)id));
		id = json_object_get(id, col);
	}
	link->id_col = parse_column(p, col, key);
	link->has_id = link->id_col && parse_value(p, id, &value_id, key, &link->id);
}

/* A key that means something for other kinds of link only. */
static void link_misplaced(struct parse *p, const json_t *json, const struct map_link *link)
{
	static const struct { const char *key; uint32_t kind; const char *as; } rules[] = {
		{ "name", MAP_EAV, "eav" }, { "value", MAP_EAV, "eav" },
		{ "names", MAP_EAV, "eav" }, { "join", MAP_MANY, "many" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (link->kind != rules[i].kind && json_object_get(json, rules[i].key))
			parse_bad(p, "bad-combination", parse_key(p, link->key, rules[i].key),
				"only a link \"as\": \"%s\" has \"%s\"", rules[i].as,
				rules[i].key);
	}
}

static void link_whole(struct parse *p, const json_t *json, struct map_link *link)
{
	static const char *const known[] = { "table", "as", "of", "on", "where", "insert",
		"update", "id", "name", "value", "names", "join", "order", "append", NULL };

	parse_known(p, json, link->key, known);
	link_misplaced(p, json, link);
	link->table = parse_table_of(p, json, link->key, "table");
	if (!json_object_get(json, "table"))
		parse_bad(p, "missing-key", parse_key(p, link->key, "table"),
			"expected a table");
	link_of(p, json, link);
	link_on(p, json, link);
	parse_sets_of(p, json, link->key, "where", &value_constant, &link->where);
	parse_sets_of(p, json, link->key, "insert", &value_insert, &link->insert);
	parse_sets_of(p, json, link->key, "update", &value_update, &link->update);
	link_id(p, json, link);
	link->order = parse_column_of(p, json, link->key, "order");
	link->append = parse_bool(p, json, link->key, "append");
	if (link->kind == MAP_EAV)
		link_eav(p, json, link);
	if (link->kind == MAP_MANY)
		link_joins(p, json, link);
}

void parse_links(struct parse *p)
{
	struct mapping *m = p->m;
	const char *name;
	json_t *json;
	size_t i = 0;

	p->links = parse_object(p, p->root, "users", "links");
	m->links = parse_items(p, json_object_size(p->links), sizeof(*m->links));
	if (!m->links) {
		p->links = NULL;
		return;
	}
	m->nlinks = json_object_size(p->links);
	link_first_pass(p);
	json_object_foreach(p->links, name, json) {
		if (json_is_object(json))
			link_whole(p, json, &m->links[i]);
		i++;
	}
}
