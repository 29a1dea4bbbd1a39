/* connector/password/tool/params.c - parameters by their names: texts, numbers, and texts in
 * one group such as "secrets".
 * Threads: any after params_open().  Lock: none.
 */
#include "password/tool/params.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "password/tool/encode.h"

enum kind { KIND_TEXT, KIND_NUMBER, KIND_OTHER };

struct entry {
	char *group;            /* "" for none */
	char *name;             /* of any bytes */
	size_t name_len;
	enum kind kind;
	struct secret text;
	uint64_t number;
};
struct params { struct entry *entry; size_t n, room; };

static struct entry *add(struct params *params, const char *group, const char *name, size_t len)
{
	size_t room = params->room ? 2 * params->room : 8;
	struct entry *more, *e;

	if (params->n == params->room) {
		more = realloc(params->entry, room * sizeof(*more));
		if (!more)
			return NULL;
		params->entry = more;
		params->room = room;
	}
	e = &params->entry[params->n];
	memset(e, 0, sizeof(*e));
	e->kind = KIND_OTHER;
	e->group = strdup(group ? group : "");
	e->name = malloc(len + 1);
	e->name_len = len;
	params->n++;            /* params_close() frees what there is of it */
	if (!e->group || !e->name)
		return NULL;
	memcpy(e->name, name, len);
	return e;
}

static int add_text(struct params *params, const char *group, const char *name, size_t name_len,
	const char *text, size_t len)
{
	struct entry *e = add(params, group, name, name_len);

	if (!e || secret_copy(&e->text, text, len))
		return -1;
	e->kind = KIND_TEXT;
	return 0;
}

static int add_number(struct params *params, const char *name, uint64_t number)
{
	struct entry *e = add(params, NULL, name, strlen(name));

	if (!e)
		return -1;
	e->kind = KIND_NUMBER;
	e->number = number;
	return 0;
}

/* Takes the text over and leaves none of it in the document. */
static int take_text(struct params *params, const char *group, const char *name, json_t *value)
{
	char *text = (char *)json_string_value(value);
	size_t len = json_string_length(value);
	int rc = add_text(params, group, name, strlen(name), text, len);

	secret_wipe(text, len);
	return rc;
}

static int take_group(struct params *params, const char *group, json_t *object)
{
	const char *name;
	json_t *value;
	int rc = 0;

	json_object_foreach(object, name, value)
		if (!rc && json_is_string(value))
			rc = take_text(params, group, name, value);
	return rc;
}

static int take_value(struct params *params, const char *name, json_t *value)
{
	if (json_is_string(value))
		return take_text(params, NULL, name, value);
	if (json_is_object(value))
		return take_group(params, name, value);
	if (json_is_integer(value) && json_integer_value(value) >= 0)
		return add_number(params, name, (uint64_t)json_integer_value(value));
	return add(params, NULL, name, strlen(name)) ? 0 : -1;
}

int params_open(const char *json, struct params **out)
{
	json_t *root = json ? json_loads(json, JSON_REJECT_DUPLICATES, NULL) : NULL, *value;
	struct params *params;
	const char *name;
	int rc = json_is_object(root) || !json ? 0 : -1;

	*out = NULL;
	params = rc || !json ? NULL : calloc(1, sizeof(*params));
	if (params)
		json_object_foreach(root, name, value)
			rc |= take_value(params, name, value);
	else if (json)
		rc = -1;
	json_decref(root);
	if (rc) {
		params_close(params);
		return -1;
	}
	*out = params;
	return 0;
}

static int add_param(struct params *params, const struct password_param *p)
{
	if (!p->text)
		return add_number(params, p->name, p->number);
	return add_text(params, p->group, p->name, strlen(p->name), p->text, p->text_len);
}

int params_of(const struct password_param *list, size_t n, struct params **out)
{
	struct params *params = calloc(1, sizeof(*params));
	int rc = params ? 0 : -1;

	for (size_t i = 0; !rc && i < n; i++)
		rc = add_param(params, &list[i]);
	if (rc)
		params_close(params);
	else
		*out = params;
	return rc;
}

void params_close(struct params *params)
{
	if (!params)
		return;
	for (size_t i = 0; i < params->n; i++) {
		free(params->entry[i].group);
		free(params->entry[i].name);
		secret_free(&params->entry[i].text);
	}
	free(params->entry);
	free(params);
}

static const struct entry *find(const struct params *params, const char *group,
	const struct idbc_str *name)
{
	for (size_t i = 0; params && i < params->n; i++) {
		const struct entry *e = &params->entry[i];

		if (!strcmp(e->group, group ? group : "") && e->name_len == name->len &&
		    (!name->len || !memcmp(e->name, name->ptr, name->len)))
			return e;
	}
	return NULL;
}

int params_default(struct params **params, const char *name, const struct idbc_str *value)
{
	struct idbc_str key = str_of(name);

	if (find(*params, NULL, &key))
		return 0;
	if (!*params && params_of(NULL, 0, params))
		return -1;
	return add_text(*params, NULL, name, key.len, value->ptr, value->len);
}

int params_get(const struct params *params, const char *group, const struct idbc_str *name,
	struct idbc_str *out)
{
	const struct entry *e = find(params, group, name);

	if (!e || e->kind != KIND_TEXT)
		return 0;
	*out = (struct idbc_str){ e->text.ptr, e->text.len };
	return 1;
}

int params_string(const struct params *params, const char *name, struct idbc_str *out)
{
	struct idbc_str key = str_of(name);

	return params_get(params, NULL, &key, out);
}

int params_number(const struct params *params, const char *name, uint64_t max, uint64_t *out)
{
	struct idbc_str key = str_of(name), text;
	const struct entry *e = find(params, NULL, &key);
	uint64_t number;
	struct cursor c;

	if (!e)
		return 0;
	number = e->number;
	if (e->kind == KIND_TEXT) {
		text = (struct idbc_str){ e->text.ptr, e->text.len };
		c = cursor_of(&text);
		if (!cursor_number(&c, max, &number) || !cursor_done(&c))
			return -1;
	} else if (e->kind != KIND_NUMBER || number > max) {
		return -1;
	}
	*out = number;
	return 1;
}
