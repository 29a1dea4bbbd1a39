/* connector/password/tool/params.c - a JSON object of strings, numbers, and objects of
 * strings.
 * A struct params is a json_t seen from outside.  Threads: any after params_open().
 * Lock: none.
 */
#include "password/tool/params.h"

#include <jansson.h>
#include <string.h>

int params_open(const char *json, struct params **out)
{
	json_t *value;

	*out = NULL;
	if (!json)
		return 0;
	value = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(value)) {
		json_decref(value);
		return -1;
	}
	*out = (struct params *)value;
	return 0;
}

void params_close(struct params *params)
{
	json_decref((json_t *)params);
}

static const json_t *find(const struct params *params, const char *group,
	const struct idbc_str *name)
{
	const json_t *object = (const json_t *)params;
	const char *key;
	json_t *value;

	if (object && group)
		object = json_object_get(object, group);
	json_object_foreach((json_t *)object, key, value)
		if (strlen(key) == name->len && !memcmp(key, name->ptr, name->len))
			return value;
	return NULL;
}

int params_get(const struct params *params, const char *group, const struct idbc_str *name,
	struct idbc_str *out)
{
	const json_t *value = find(params, group, name);

	if (!json_is_string(value))
		return 0;
	out->ptr = json_string_value(value);
	out->len = json_string_length(value);
	return 1;
}

int params_text(const struct params *params, const char *name, struct idbc_str *out)
{
	struct idbc_str key = { name, strlen(name) };

	return params_get(params, NULL, &key, out);
}

int params_number(const struct params *params, const char *name, uint64_t max, uint64_t *out)
{
	struct idbc_str key = { name, strlen(name) };
	const json_t *value = find(params, NULL, &key);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > max)
		return -1;
	*out = (uint64_t)json_integer_value(value);
	return 1;
}
