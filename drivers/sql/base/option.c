/* drivers/sql/base/option.c - lists and objects among a driver's options.
 *
 * Threads: any; no lock.
 */
#include "sql/base/option.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int append(struct option_list *list, const char *text, size_t len)
{
	list->items[list->n] = strndup(text, len);
	if (!list->items[list->n])
		return -1;
	list->n++;
	return 0;
}

static int strings_of(const json_t *array, struct option_list *out)
{
	size_t i;
	json_t *item;

	if (!json_is_array(array))
		return -1;
	out->items = calloc(json_array_size(array) + 1, sizeof(*out->items));
	if (!out->items)
		return OPTION_NOMEM;
	json_array_foreach(array, i, item) {
		if (!json_is_string(item))
			return -1;
		if (append(out, json_string_value(item), json_string_length(item)))
			return OPTION_NOMEM;
	}
	return 1;
}

static int members_of(json_t *object, struct option_list *out)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return -1;
	out->items = calloc(json_object_size(object) + 1, sizeof(*out->items));
	if (!out->items)
		return OPTION_NOMEM;
	json_object_foreach(object, name, value) {
		if (append(out, name, strlen(name)))
			return OPTION_NOMEM;
	}
	return 1;
}

static int option_json(const struct idbc_host *host, const struct idbc_settings *settings,
		       const char *key, json_t **out)
{
	struct idbc_str text = { NULL, 0 };
	int found = host->setting_json(settings, key, &text);

	*out = NULL;
	if (found <= 0 || !text.ptr)
		return found < 0 ? -1 : 0;
	*out = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, NULL);
	return *out ? 1 : OPTION_NOMEM;         /* what has been parsed before is JSON */
}

int option_list(const struct idbc_host *host, const struct idbc_settings *settings,
		const char *key, struct option_list *out)
{
	struct option_list list = { NULL, 0 };
	json_t *json = NULL;
	int found = option_json(host, settings, key, &json);

	if (found == 1)
		found = strings_of(json, &list);
	json_decref(json);
	if (found < 0)
		option_list_free(&list);
	*out = list;
	return found;
}

int option_members(const struct idbc_host *host, const struct idbc_settings *settings,
		   const char *key, struct option_list *out)
{
	struct option_list list = { NULL, 0 };
	json_t *json = NULL;
	int found = option_json(host, settings, key, &json);

	if (found == 1)
		found = members_of(json, &list);
	json_decref(json);
	if (found < 0)
		option_list_free(&list);
	*out = list;
	return found;
}

void option_list_free(struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	list->items = NULL;
	list->n = 0;
}

void option_wrong(struct option_reader *r, const char *code, const char *key, const char *text,
		  const char *remedy)
{
	r->findings->add(r->findings, IDBC_ERROR, code, key, text, remedy);
	r->wrong = 1;
}

char *option_text(struct option_reader *r, const char *key)
{
	struct idbc_str text = { NULL, 0 };
	char *copy;

	if (r->host->setting_str(r->settings, key, NULL, &text) != 1 || !text.ptr)
		return NULL;
	copy = strndup(text.ptr, text.len);
	if (!copy)
		r->nomem = 1;
	return copy;
}
