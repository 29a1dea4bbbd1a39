/* drivers/sql/base/json_text.c - a JSON value as text, and back.  Threads: any; no lock. */
#include "sql/base/json_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

char *json_as_text(const json_t *json, size_t flags)
{
	size_t len = json_dumpb(json, NULL, 0, flags);
	char *text = len ? malloc(len + 1) : NULL;

	if (!text)
		return NULL;
	if (json_dumpb(json, text, len, flags) != len) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

json_t *json_read(const char *text, size_t len, size_t flags, json_error_t *why, int *nomem)
{
	enum json_error_code code;
	json_t *json;

	memset(why, 0, sizeof(*why));
	json = json_loadb(text, len, flags, why);
	/* A text that is at fault is so a second time. */
	if (!json && json_error_code(why) == json_error_invalid_syntax)
		json = json_loadb(text, len, flags, why);
	code = json_error_code(why);
	*nomem = !json && (code == json_error_unknown || code == json_error_out_of_memory);
	return json;
}
