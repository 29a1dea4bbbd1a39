/* connector/config/read.c - job: typed reads that report their own mistakes, and the
 * memory that what was read lives in.
 * Threads: one, while a configuration is being opened; no lock.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "config/file.h"
#include "config/read.h"

#define WORDS_MAX 16

/* --- mistakes ------------------------------------------------------------------------- */
static void add(struct reader *reader, const char *code, const char *path, const char *text)
{
	if (findings_add(reader->findings, IDBC_ERROR, code, path, "", "%s", text))
		reader->store->nomem = 1;
}

void read_mistake(struct reader *reader, const char *code, const char *path, const char *fmt,
		  ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(reader, code, path, text);
}

void read_wrong_type(struct reader *reader, const char *path, const char *wanted,
		     const struct json_t *got)
{
	read_mistake(reader, "wrong-type", path, "expected %s, got %s", wanted,
		     node_kind_name(node_kind(got)));
}

void read_unknown(struct reader *reader, const char *code, const char *path, const char *word,
		  const char *const *names, size_t n)
{
	const char *near = text_nearest(word, names, n);

	if (near)
		read_mistake(
			reader, code, path, "no such name here, did you mean \"%s\"", near);
	else
		read_mistake(reader, code, path, "no such name here");
}

void path_join(char out[PATH_ROOM], const char *path, const char *key)
{
	int n = snprintf(out, PATH_ROOM, "%s%s%s", path, path[0] ? "." : "", key);

	(void)n;        /* a path too long is cut: it is only shown */
}

void path_item(char out[PATH_ROOM], const char *path, size_t i)
{
	int n = snprintf(out, PATH_ROOM, "%s[%zu]", path, i);

	(void)n;
}

/* --- kept memory ---------------------------------------------------------------------- */
static struct kept *keep(struct config_json *store, size_t bytes)
{
	struct kept *kept = calloc(1, sizeof(*kept) + bytes);

	if (!kept) {
		store->nomem = 1;
		return NULL;
	}
	kept->next = store->kept;
	store->kept = kept;
	return kept;
}

void *keep_room(struct config_json *store, size_t bytes)
{
	struct kept *kept = keep(store, bytes);

	return kept ? kept->room : NULL;
}

const char *keep_bytes(struct config_json *store, const char *bytes, size_t len)
{
	char *copy = keep_room(store, len + 1);

	if (copy && len)
		memcpy(copy, bytes, len);
	return copy;
}

const char *keep_secret(struct config_json *store, struct secret *secret)
{
	struct kept *kept = keep(store, 0);

	if (!kept) {
		secret_free(secret);
		return NULL;
	}
	kept->secret = *secret;
	secret->ptr = NULL;
	secret->len = 0;
	return kept->secret.ptr;
}

/* --- strings -------------------------------------------------------------------------- */
int read_is_reference(const struct json_t *node)
{
	return node_count(node) == 1 && (node_str(node_get(node, "env"), NULL) ||
					 node_str(node_get(node, "file"), NULL));
}

static int resolve_env(const char *name, struct secret *out, const char **code, char *why,
		       size_t why_cap)
{
	const char *value = getenv(name);

	if (!value) {
		*code = "unset-variable";
		snprintf(why, why_cap, "the environment variable %s is not set", name);
		return 0;
	}
	*code = NULL;
	return secret_copy(out, value, strlen(value)) == 0;
}

static void drop_newline(struct secret *text)
{
	if (text->len && text->ptr[text->len - 1] == '\n')
		text->ptr[--text->len] = '\0';
}

static int resolve_file(const char *dir, const char *name, struct secret *out,
			const char **code, char *why, size_t why_cap)
{
	char *path = file_beside(dir, name);
	const char *reason = "";
	enum file_result rc = path ? file_read(path, FILE_SECRET, out, &reason) : FILE_NOMEM;

	free(path);
	*code = NULL;
	if (rc == FILE_OK)
		drop_newline(out);
	if (rc == FILE_OK || rc == FILE_NOMEM)
		return rc == FILE_OK;
	*code = rc == FILE_UNSAFE ? "bad-permissions" : "unreadable";
	snprintf(why, why_cap, "the file %.200s: %s", name, reason);
	return 0;
}

int read_resolve(const struct config_json *store, const struct json_t *node,
		 struct secret *out, const char **code, char *why, size_t why_cap)
{
	const char *env = node_str(node_get(node, "env"), NULL);
	const char *file = node_str(node_get(node, "file"), NULL);
	size_t len;
	const char *text = node_str(node, &len);
	int ok;

	*code = NULL;
	if (text)
		ok = secret_copy(out, text, len) == 0;
	else if (env)
		ok = resolve_env(env, out, code, why, why_cap);
	else
		ok = resolve_file(store->dir, file, out, code, why, why_cap);
	if (ok && !text_is_utf8(out->ptr, out->len)) {
		secret_free(out);
		*code = "bad-value";
		snprintf(why, why_cap, "what it stands for is not UTF-8");
		return 0;
	}
	return ok;
}

static int read_reference(struct reader *reader, const char *path, const struct json_t *node,
			  struct idbc_str *out)
{
	struct secret text = SECRET_INIT;
	const char *code;
	char why[400];

	if (read_resolve(reader->store, node, &text, &code, why, sizeof(why))) {
		out->len = text.len;
		out->ptr = keep_secret(reader->store, &text);
		return out->ptr != NULL;
	}
	if (code)
		add(reader, code, path, why);
	else
		reader->store->nomem = 1;
	return 0;
}

int read_string(struct reader *reader, const char *path, const struct json_t *node,
		struct idbc_str *out)
{
	if (!node)
		return 0;
	if (read_is_reference(node))
		return read_reference(reader, path, node, out);
	if (!node_str(node, NULL)) {
		read_wrong_type(reader, path, "a string", node);
		return 0;
	}
	out->ptr = node_str(node, &out->len);
	return 1;
}

int read_secret(struct reader *reader, const char *path, struct json_t *node,
		struct idbc_str *out)
{
	struct secret copy = SECRET_INIT;

	if (!read_string(reader, path, node, out))
		return 0;
	if (read_is_reference(node))
		return 1;               /* kept so already */
	if (secret_copy(&copy, out->ptr, out->len)) {
		reader->store->nomem = 1;
		return 0;
	}
	node_wipe(node);
	out->ptr = keep_secret(reader->store, &copy);
	return out->ptr != NULL;
}

int read_key(struct reader *reader, const char *path, struct json_t *node, struct idbc_str *out)
{
	int elsewhere = node && read_is_reference(node);

	if (!read_secret(reader, path, node, out))
		return 0;
	if (out->len || !elsewhere)
		return 1;
	read_mistake(reader, "bad-value", path, "what it names is empty");
	return 0;
}

int read_cstr(struct reader *reader, const char *path, const struct json_t *node,
	      const char **out)
{
	struct idbc_str text;

	if (!read_string(reader, path, node, &text))
		return 0;
	if (memchr(text.ptr, '\0', text.len)) {
		read_mistake(reader, "bad-value", path, "has a zero byte in it");
		return 0;
	}
	*out = text.ptr;
	return 1;
}

/* --- numbers and words ---------------------------------------------------------------- */
int read_int(struct reader *reader, const char *path, const struct json_t *node, int64_t min,
	     int64_t max, int64_t *out)
{
	if (!node)
		return 0;
	if (node_kind(node) != NODE_INT) {
		read_wrong_type(reader, path, "an integer", node);
		return 0;
	}
	if (node_int(node) < min || node_int(node) > max) {
		read_mistake(reader, "out-of-range", path, "expected %lld to %lld, got %lld",
			     (long long)min, (long long)max, (long long)node_int(node));
		return 0;
	}
	*out = node_int(node);
	return 1;
}

int read_bool(struct reader *reader, const char *path, const struct json_t *node, uint32_t *out)
{
	if (!node)
		return 0;
	if (node_kind(node) != NODE_BOOL) {
		read_wrong_type(reader, path, "true or false", node);
		return 0;
	}
	*out = (uint32_t)node_true(node);
	return 1;
}

/* Cuts "a|b|c" in `text` into its words. */
static size_t cut_words(char *text, const char *words[WORDS_MAX])
{
	size_t n = 0;

	for (char *at = text, *bar; at && n < WORDS_MAX; at = bar ? bar + 1 : NULL) {
		bar = strchr(at, '|');
		if (bar)
			*bar = '\0';
		words[n++] = at;
	}
	return n;
}

int read_word(struct reader *reader, const char *path, const struct json_t *node,
	      const char *words, uint32_t *out)
{
	const char *word, *near, *list[WORDS_MAX];
	char text[200];
	size_t n;

	if (!read_cstr(reader, path, node, &word))
		return 0;
	snprintf(text, sizeof(text), "%s", words);
	n = cut_words(text, list);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], word))
			continue;
		*out = (uint32_t)i;
		return 1;
	}
	near = text_nearest(word, list, n);
	read_mistake(reader, "bad-value", path, "expected one of %s%s%s%s", words,
		     near ? ", did you mean \"" : "", near ? near : "", near ? "\"" : "");
	return 0;
}

/* --- lists and objects ---------------------------------------------------------------- */
int read_strings(struct reader *reader, const char *path, const struct json_t *node, int nulls,
		 const char *const **out, size_t *n)
{
	const char **list;
	char item[PATH_ROOM];
	size_t have = 0;

	if (!node)
		return 0;
	if (node_kind(node) != NODE_LIST) {
		read_wrong_type(reader, path, "a list of strings", node);
		return 0;
	}
	list = keep_room(reader->store, (node_count(node) + 1) * sizeof(*list));
	if (!list)
		return 0;
	for (size_t i = 0; i < node_count(node); i++) {
		path_item(item, path, i);
		if (nulls && node_kind(node_at(node, i)) == NODE_NULL)
			continue;
		have += (size_t)read_cstr(reader, item, node_at(node, i), &list[have]);
	}
	*out = list;
	*n = have;
	return 1;
}

int read_object(struct reader *reader, const char *path, const struct json_t *node)
{
	if (!node)
		return 0;
	if (node_kind(node) == NODE_OBJECT)
		return 1;
	read_wrong_type(reader, path, "an object", node);
	return 0;
}
