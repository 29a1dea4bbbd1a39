/* connector/config/node.c - job: the JSON library behind node.h.
 * Threads: as jansson: a document that nobody changes may be read by any.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/secret.h"
#include "config/node.h"

/* jansson's words end in "near 'TEXT'", and TEXT can be a password.  Of a key that stands
 * twice it is the key, in quotes of its own. */
static void fill_error(struct node_error *err, const json_error_t *from)
{
	enum json_error_code code = json_error_code(from);
	const char *near = strstr(from->text, " near ");
	int keep = near ? (int)(near - from->text) : (int)strlen(from->text);
	int key = near ? (int)strcspn(near + 7, "'") : 0;

	memset(err, 0, sizeof(*err));
	err->line = from->line;
	err->column = from->column;
	/* Where jansson had no memory it often says nothing. */
	err->nomem = code == json_error_out_of_memory || code == json_error_unknown;
	err->duplicate = code == json_error_duplicate_key;
	if (err->duplicate && near)
		snprintf(err->what, sizeof(err->what), "the key %.*s stands twice",
			 key > 80 ? 80 : key, near + 7);
	else
		snprintf(err->what, sizeof(err->what), "%.*s", keep > 100 ? 100 : keep,
			 from->text);
}

json_t *node_parse(const char *text, size_t len, int lax, struct node_error *err)
{
	size_t flags = (lax ? 0 : JSON_REJECT_DUPLICATES) | JSON_DECODE_ANY;
	json_error_t why;
	json_t *doc;

	memset(&why, 0, sizeof(why));
	doc = json_loadb(text, len, flags, &why);
	/* Where there was no memory for a string jansson finds fault with the text. */
	if (!doc && json_error_code(&why) == json_error_invalid_syntax)
		doc = json_loadb(text, len, flags, &why);
	if (!doc)
		fill_error(err, &why);
	return doc;
}

json_t *node_share(json_t *node)
{
	return json_incref(node);
}

json_t *node_copy(const json_t *node)
{
	return json_deep_copy(node);
}

static int add_piece(const char *bytes, size_t len, void *buf)
{
	return buf_add(buf, bytes, len);
}

/* Not json_dumps(): a host may have changed jansson's allocator. */
char *node_text(const json_t *node)
{
	struct buf buf = BUF_INIT(SIZE_MAX / 4);

	if (json_dump_callback(node, add_piece, &buf, JSON_COMPACT | JSON_ENCODE_ANY)) {
		buf_wipe(&buf);
		return NULL;
	}
	return buf_take(&buf);
}

json_t *node_new_list(void)
{
	return json_array();
}

void node_free(json_t *node)
{
	json_decref(node);
}

enum node_kind node_kind(const json_t *node)
{
	if (!node)
		return NODE_ABSENT;
	switch (json_typeof(node)) {
	case JSON_OBJECT:  return NODE_OBJECT;
	case JSON_ARRAY:   return NODE_LIST;
	case JSON_STRING:  return NODE_STR;
	case JSON_INTEGER: return NODE_INT;
	case JSON_REAL:    return NODE_REAL;
	case JSON_NULL:    return NODE_NULL;
	default:           return NODE_BOOL;
	}
}

const char *node_kind_name(enum node_kind kind)
{
	static const char *const names[] = {
		[NODE_ABSENT] = "nothing", [NODE_NULL] = "null", [NODE_BOOL] = "true or false",
		[NODE_INT] = "an integer", [NODE_REAL] = "a number with a fraction",
		[NODE_STR] = "a string", [NODE_LIST] = "a list", [NODE_OBJECT] = "an object",
	};

	return names[kind];
}

size_t node_count(const json_t *node)
{
	return json_is_array(node) ? json_array_size(node) : json_object_size(node);
}

json_t *node_get(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

json_t *node_at(const json_t *list, size_t i)
{
	return json_array_get(list, i);
}

const char *node_str(const json_t *node, size_t *len)
{
	if (len)
		*len = json_string_length(node);
	return json_string_value(node);
}

/* jansson frees strings as they are. */
void node_wipe(json_t *node)
{
	if (json_is_string(node))
		secret_wipe((char *)(uintptr_t)json_string_value(node), json_string_length(node));
}

int64_t node_int(const json_t *node)
{
	return json_integer_value(node);
}

int node_true(const json_t *node)
{
	return json_is_true(node);
}

/* jansson's iterators take objects that may be changed; reading them changes nothing. */
int node_next(const json_t *object, struct node_member *member)
{
	json_t *mutable = (json_t *)(uintptr_t)object;

	member->at = member->at ? json_object_iter_next(mutable, member->at)
				: json_object_iter(mutable);
	if (!member->at)
		return 0;
	member->key = json_object_iter_key(member->at);
	member->value = json_object_iter_value(member->at);
	return 1;
}

int node_put_str(json_t *object, const char *key, const char *bytes, size_t len)
{
	return json_object_set_new(object, key, json_stringn(bytes, len));
}

int node_put_at(json_t *list, size_t i, const char *bytes, size_t len)
{
	return json_array_set_new(list, i, json_stringn(bytes, len));
}

int node_add_str(json_t *list, const char *text)
{
	return json_array_append_new(list, json_string(text));
}

void node_remove(json_t *object, const char *key)
{
	json_object_del(object, key);
}

void node_drop_at(json_t *list, size_t i)
{
	json_array_remove(list, i);
}
