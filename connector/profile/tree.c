/* connector/profile/tree.c - dotted names in a JSON tree.  Threads: one at a time while
 * a tree grows, any afterwards; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "profile/internal.h"

int tree_is_alias(const char *name)
{
	return !strncmp(name, "metadata", 8) && (name[8] == '\0' || name[8] == '.');
}

/* The name as this room keeps it: valid UTF-8, and "metadata" spelt out. */
static char *stored_name(const char *name)
{
	struct buf buf = BUF_INIT(PROFILE_MAX_JSON);
	char *repaired = NULL;

	if (tree_is_alias(name))
		buf_add_str(&buf, "app_");
	if (!buf_add_str(&buf, name))
		repaired = text_repair(buf.ptr, buf.len, NULL);
	buf_free(&buf);
	return repaired;
}

size_t tree_depth(const char *text, size_t len)
{
	size_t depth = 0, deepest = 0;
	int in_string = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++depth > deepest)
			deepest = depth;
		else if (!in_string && (c == ']' || c == '}') && depth)
			depth--;
	}
	return deepest;
}

size_t profile_text_depth(const char *text, size_t len)
{
	return tree_depth(text, len);
}

/* The older members win over those that arrive. */
static int put_leaf(json_t *node, const char *key, json_t *value, int replace)
{
	json_t *old = json_object_get(node, key);

	if (!replace && json_is_object(old) && json_is_object(value) &&
	    json_object_update_recursive(value, old)) {
		json_decref(value);
		return -1;
	}
	return json_object_set_new_nocheck(node, key, value);
}

static json_t *child_object(json_t *node, const char *key)
{
	json_t *child = json_object_get(node, key);

	if (json_is_object(child))
		return child;
	child = json_object();
	return json_object_set_new_nocheck(node, key, child) ? NULL : child;
}

int tree_put(json_t *root, const char *name, json_t *value, int replace)
{
	char *stored = value ? stored_name(name) : NULL, *key = stored, *dot;
	json_t *node = root;
	int depth = 0, rc;

	while (key && node && (dot = strchr(key, '.')) && depth++ < PROFILE_MAX_DEPTH) {
		*dot = '\0';
		node = child_object(node, key);
		key = dot + 1;
	}
	if (key && node) {
		rc = put_leaf(node, key, value, replace);
	} else {
		json_decref(value);
		rc = -1;
	}
	free(stored);
	return rc;
}

static json_t *step(const json_t *node, const char *key)
{
	char *end;
	unsigned long index;

	if (!json_is_array(node))
		return json_object_get(node, key);
	index = strtoul(key, &end, 10);
	return key[0] >= '0' && key[0] <= '9' && !*end ? json_array_get(node, index) : NULL;
}

json_t *tree_walk(const json_t *node, const char *path)
{
	char *copy = text_dup(path, strlen(path)), *key = copy, *dot;

	while (key && node) {
		dot = strchr(key, '.');
		if (dot)
			*dot = '\0';
		node = step(node, key);
		key = dot ? dot + 1 : NULL;
	}
	if (!copy || json_is_null(node))
		node = NULL;
	free(copy);
	return (json_t *)node;
}

json_t *tree_get(const json_t *root, const char *name)
{
	json_t *node;

	if (tree_is_alias(name)) {
		node = json_object_get(root, "app_metadata");
		return name[8] ? tree_walk(node, name + 9) : node;
	}
	if (strchr(name, '.'))
		return tree_walk(root, name);
	node = json_object_get(root, name);
	return json_is_null(node) ? NULL : node;
}
