/* drivers/sql/mapping/mapping_document.c - JSON columns: paths to members of their documents, and
 * the documents that a create begins with.  Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/json_text.h"

#include <stdlib.h>
#include <string.h>

#define PATH_MAX_ITEMS 32       /* well below what a document may nest */

/* --- paths --- */

static int too_deep(struct parse *p, size_t n, const char *key)
{
	if (n <= PATH_MAX_ITEMS)
		return 0;
	parse_bad(p, "bad-value", key, "expected at most %d names", PATH_MAX_ITEMS);
	return 1;
}

/* "$.a", "a[0]": other languages' paths would silently mean members of that name. */
static int is_foreign(const char *text)
{
	return !strncmp(text, "$.", 2) || !strcmp(text, "$") || strchr(text, '[') ||
	       text[0] == '/';
}

/* "a.b" */
static int path_dotted(struct parse *p, const char *text, const char *key, struct map_path *out)
{
	struct map_path_item *items;
	size_t n = 1;

	for (const char *at = text; *at; at++)
		n += *at == '.';
	if (is_foreign(text)) {
		parse_bad(p, "bad-value", key, "expected names with dots between; other names "
			"and places in lists are said as a list: [\"a.b\", 0]");
		return 0;
	}
	items = too_deep(p, n, key) ? NULL : parse_items(p, n, sizeof(*items));
	for (size_t i = 0; items && i < n; i++) {
		size_t len = strcspn(text, ".");

		if (!len) {
			parse_bad(p, "bad-value", key, "a name between two dots is missing");
			return 0;
		}
		items[i].name = arena_dup(p->arena, text, len);
		text += len + (text[len] == '.');
	}
	*out = (struct map_path){ items, n };
	return items != NULL;
}

static int path_item(struct parse *p, const json_t *json, const char *key,
	struct map_path_item *out)
{
	if (json_is_string(json)) {
		out->name = arena_dup(p->arena, json_string_value(json),
			strlen(json_string_value(json)));
		return out->name != NULL;
	}
	if (json_is_integer(json) && json_integer_value(json) >= 0) {
		out->is_index = 1;
		out->name = arena_printf(p->arena, "%lld", (long long)json_integer_value(json));
		return out->name != NULL;
	}
	parse_bad(p, "wrong-type", key, "expected a name, or a place in a list counted from 0");
	return 0;
}

/* ["a.b", 0] */
static int path_list(struct parse *p, const json_t *list, const char *key, struct map_path *out)
{
	size_t n = json_array_size(list);
	struct map_path_item *items = too_deep(p, n, key) ? NULL :
		parse_items(p, n, sizeof(*items));

	for (size_t i = 0; items && i < n; i++) {
		if (!path_item(p, json_array_get(list, i), parse_at(p, key, i), &items[i]))
			return 0;
	}
	*out = (struct map_path){ items, n };
	return items || !n;
}

void parse_path(struct parse *p, const json_t *field_json, struct map_field *field)
{
	const json_t *json = json_object_get(field_json, "json");
	const char *key = parse_key(p, field->key, "json");
	struct map_path *path = json ? arena_alloc(p->arena, sizeof(*path)) : NULL;
	int ok = 1;

	if (!path)
		return;
	if (json_is_array(json)) {
		ok = path_list(p, json, key, path);
	} else if (!json_is_string(json)) {
		parse_bad(p, "wrong-type", key, "expected a path such as \"profile.lang\"");
		ok = 0;
	} else if (json_string_length(json)) {
		ok = path_dotted(p, json_string_value(json), key, path);
	}
	if (ok)
		field->place.json = path;
	else
		field->place.col = field->place.eav = NULL;     /* said already: no further */
}

/* --- create.json --- */

/* As jansson writes it: compact, members in their order. */
static const char *document_text(struct parse *p, const json_t *json)
{
	char *text = json_as_text(json, JSON_COMPACT | JSON_REAL_PRECISION(15));
	const char *kept = text ? arena_dup(p->arena, text, strlen(text)) : NULL;

	p->lost |= !text;
	free(text);
	return kept;
}

static void document(struct parse *p, const char *place, const json_t *json)
{
	struct mapping *m = p->m;
	struct map_document *out = &m->documents[m->ndocuments];

	out->key = parse_key(p, "users.create.json", place);
	if (!json_is_object(json) && !json_is_array(json)) {
		parse_bad(p, "wrong-type", out->key, "expected the document: an object or a list");
		return;
	}
	if (!parse_place(p, place, out->key, &out->place))
		return;
	out->text = document_text(p, json);
	m->ndocuments += out->text != NULL;
}

void parse_documents(struct parse *p, const json_t *create)
{
	json_t *documents = parse_object(p, create, "users.create", "json"), *json;
	const char *place;

	p->m->documents = parse_items(p, json_object_size(documents),
		sizeof(*p->m->documents));
	if (!p->m->documents)
		return;
	json_object_foreach(documents, place, json)
		document(p, place, json);
}
