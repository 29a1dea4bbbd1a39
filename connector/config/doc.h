/* connector/config/doc.h - JSON documents by text or by file, with what is wrong with
 * them as findings.  Threads: one, while a configuration is being opened.
 */
#ifndef CONNECTOR_CONFIG_DOC_H
#define CONNECTOR_CONFIG_DOC_H

#include "config/read.h"

/* The mapping of our own schema: what a connection without `users` uses. */
extern const char own_schema_users[];

/* NULL with findings under `key`, and then store->unusable, unless the document was read.
 * A key that stands twice is a finding, and the document is still read. */
struct json_t *doc_parse(struct reader *, const char *key, const char *name,
			 const char *text, size_t len);
struct json_t *doc_load(struct reader *, const char *key, const char *path);

#endif
