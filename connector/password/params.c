/* connector/password/params.c - a JSON object of strings, and of objects of strings.
 * A struct params is a json_t seen from outside.  Threads: any after params_open().
 * Lock: none.
 */
#include "password/params.h"

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

int params_get(const struct params *params, const char *group, const struct idbc_str *name,
	struct idbc_str *out)
{
	const json_t *object = (const json_t *)params;
	const char *key;
	json_t *value;

	if (object && group)
		object = json_object_get(object, group);
	json_object_foreach((json_t *)object, key, value) {
		struct idbc_str found = { key, strlen(key) };
		if (found.len != name->len || memcmp(key, name->ptr, name->len))
			continue;
		if (!json_is_string(value))
			return 0;
		out->ptr = json_string_value(value);
		out->len = json_string_length(value);
		return 1;
	}
	return 0;
}
