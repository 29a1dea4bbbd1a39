/* drivers/sql/base/json_text.h - a JSON value as text.  Threads: any; no lock. */
#ifndef SQL_BASE_JSON_TEXT_H
#define SQL_BASE_JSON_TEXT_H

#include <stddef.h>

struct json_t;

/* What json_dumps() gives, in memory for free(); NULL: no memory, or it cannot be written.
 * json_dumps() itself takes its memory from wherever the host told jansson to. */
char *json_as_text(const struct json_t *, size_t flags);

#endif
