/* drivers/sql/mapping/mapping_link.c - users.links: satellites of the user's table.
 *
 * Two passes: first every link's kind and table, so that references may point forward.
 * Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/names.h"

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
		parse_joins(p, json, link);
}

static int depth(const struct mapping *m, int32_t index)
{
	int n = 0;

	for (; index >= 0 && n <= (int)m->nlinks; n++)
		index = m->links[index].of;
	return n;
}

/* Links in a circle have no order; they are told as a mistake. */
static void order_links(struct parse *p)
{
	struct mapping *m = p->m;
	size_t n = 0;

	m->parents_first = parse_items(p, m->nlinks, sizeof(*m->parents_first));
	for (int level = 1; m->parents_first && n < m->nlinks; level++)
		for (size_t i = 0; i < m->nlinks; i++)
			if (depth(m, (int32_t)i) == level)
				m->parents_first[n++] = (int32_t)i;
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
	order_links(p);
}
