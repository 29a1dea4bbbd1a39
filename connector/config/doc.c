/* connector/config/doc.c - job: load JSON documents and say where they are no JSON.
 * Threads: one, while a configuration is being opened; no lock.
 */
#include <string.h>
#include "base/text.h"
#include "config/doc.h"
#include "config/file.h"

static void syntax_mistake(struct reader *reader, const char *key, const char *name,
			   const struct node_error *error)
{
	const char *code = error->duplicate ? "duplicate-key" : "syntax";

	if (error->nomem)
		reader->store->nomem = 1;
	else
		read_mistake(reader, code, key, "%s%sline %d, column %d: %s", name,
			     name[0] ? ": " : "", error->line, error->column, error->what);
}

struct json_t *doc_parse(struct reader *reader, const char *key, const char *name,
			 const char *text, size_t len)
{
	struct node_error error;
	struct json_t *doc = node_parse(text, len, 0, &error);

	if (!doc)
		syntax_mistake(reader, key, name, &error);
	if (!doc && error.duplicate) {
		doc = node_parse(text, len, 1, &error);
		if (!doc)
			syntax_mistake(reader, key, name, &error);
	}
	if (doc && node_kind(doc) != NODE_OBJECT) {
		read_wrong_type(reader, key, "an object", doc);
		node_free(doc);
		doc = NULL;
	}
	if (!doc)
		reader->store->unusable = 1;
	return doc;
}

static void file_mistake(struct reader *reader, const char *key, const char *path,
			 enum file_result rc, const char *why)
{
	reader->store->unusable = 1;
	if (rc == FILE_NOMEM)
		reader->store->nomem = 1;
	else
		read_mistake(reader, rc == FILE_UNSAFE ? "bad-permissions" : "unreadable", key,
			     "the file %.200s: %s", path, why);
}

struct json_t *doc_load(struct reader *reader, const char *key, const char *path)
{
	struct secret text = SECRET_INIT;
	struct json_t *doc = NULL;
	const char *why = "";
	enum file_result rc = file_read(path, FILE_CONFIG, &text, &why);

	if (rc == FILE_OK)
		doc = doc_parse(reader, key, path, text.ptr, text.len);
	else
		file_mistake(reader, key, path, rc, why);
	secret_free(&text);
	return doc;
}
