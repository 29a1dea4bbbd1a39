/* drivers/sql/base/json_text.c - a JSON value as text.  Threads: any; no lock. */
#include "sql/base/json_text.h"

#include <jansson.h>
#include <stdlib.h>

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
