/* drivers/sql/base/json_text.h - a JSON value as text, and back.  Threads: any; no lock. */
#ifndef SQL_BASE_JSON_TEXT_H
#define SQL_BASE_JSON_TEXT_H

#include <stddef.h>

struct json_t;
struct json_error_t;

/* What json_dumps() gives, in memory for free(); NULL: no memory, or it cannot be written.
 * json_dumps() itself takes its memory from wherever the host told jansson to. */
char *json_as_text(const struct json_t *, size_t flags);
/* json_loadb(), which where it has no memory says nothing or finds fault with the text.
 * NULL: *nomem, or *why. */
struct json_t *json_read(const char *text, size_t len, size_t flags, struct json_error_t *why,
			 int *nomem);

#endif
