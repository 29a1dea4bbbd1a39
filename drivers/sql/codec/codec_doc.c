/* drivers/sql/codec/codec_doc.c - JSON documents of a column, as text: a value found by its path,
 * or put there, with every other byte left as it is.
 *
 * jansson judges the text and reads and writes strings.  It does not write documents: its
 * trees know no number beyond a double, and what nothing maps must come out as it went in.
 * So the places of values are found in text that is known to be JSON.
 * Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"
#include "sql/base/json_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DOC_BYTES ((size_t)16 << 20)
#define DOC_DEPTH 256           /* small stacks must hold the recursion */

/* --- is it JSON? --- */

static size_t depth_of(const struct idbc_str *text)
{
	size_t depth = 0, deepest = 0;
	int in_string = 0;

	for (size_t i = 0; i < text->len; i++) {
		char c = text->ptr[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++depth > deepest)
			deepest = depth;
		else if (!in_string && (c == ']' || c == '}') && depth)
			depth--;
	}
	return deepest;
}

/* Each level takes a character: most documents are not long enough. */
int codec_doc_is_deeper(const struct idbc_str *text, size_t levels)
{
	return text->len > levels && depth_of(text) > levels;
}

static int load_once(const struct idbc_str *text, json_t **out)
{
	json_error_t error;
	int nomem = 0;

	*out = json_read(text->ptr, text->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error, &nomem);
	if (*out)
		return CODEC_OK;
	return nomem ? CODEC_NOMEM : CODEC_MALFORMED;
}

/* JSON beyond what jansson takes is JSON all the same. */
static int load(const struct idbc_str *text, json_t **out)
{
	struct idbc_str lenient = { NULL, text->len };
	int rc = load_once(text, out);
	char *copy;

	if (rc != CODEC_MALFORMED)
		return rc;
	lenient.ptr = copy = malloc(text->len + 1);
	if (!copy)
		return CODEC_NOMEM;
	memcpy(copy, text->ptr, text->len);
	codec_doc_soften(copy, text->len);
	rc = load_once(&lenient, out);
	free(copy);
	return rc;
}

int codec_doc_check(const struct idbc_str *text)
{
	json_t *json = NULL;
	int rc = CODEC_MALFORMED;

	if (text->len <= DOC_BYTES && codec_doc_is_plain(text))
		return CODEC_OK;
	if (text->len <= DOC_BYTES && !codec_doc_is_deeper(text, DOC_DEPTH))
		rc = load(text, &json);
	json_decref(json);
	return rc;
}

/* --- strings --- */

int codec_is_text(const struct idbc_str *bytes)
{
	json_t *json;

	for (size_t i = 0; i < bytes->len; i++) {
		unsigned char c = (unsigned char)bytes->ptr[i];

		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
			return 0;
	}
	json = json_stringn(bytes->len ? bytes->ptr : "", bytes->len);
	json_decref(json);
	return json != NULL;
}

int codec_doc_unquote(const struct idbc_str *quoted, struct arena *arena, struct idbc_str *out)
{
	json_t *json;
	int rc = load(quoted, &json);

	if (rc != CODEC_OK)
		return rc;
	out->len = json_string_length(json);
	out->ptr = arena_dup(arena, json_string_value(json), out->len);
	json_decref(json);
	return out->ptr ? CODEC_OK : CODEC_NOMEM;
}

int codec_doc_quote(const struct idbc_str *text, struct arena *arena, struct idbc_str *out)
{
	json_t *json = json_stringn_nocheck(text->len ? text->ptr : "", text->len);
	char *quoted = json ? json_as_text(json, JSON_ENCODE_ANY) : NULL;
	int rc = json ? CODEC_MALFORMED : CODEC_NOMEM;  /* not UTF-8 */

	if (quoted) {
		out->len = strlen(quoted);
		out->ptr = arena_dup(arena, quoted, out->len);
		rc = out->ptr ? CODEC_OK : CODEC_NOMEM;
	}
	free(quoted);
	json_decref(json);
	return rc;
}

/* --- through the text --- */

static const char *skip_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* From the opening quote to behind the closing one. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\';
	return p < end ? p + 1 : end;
}

static const char *skip_container(const char *p, const char *end)
{
	size_t depth = 0;

	do {
		if (*p == '"') {
			p = skip_string(p, end);
			continue;
		}
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		p++;
	} while (depth && p < end);
	return p;
}

static const char *skip_value(const char *p, const char *end)
{
	if (p < end && *p == '"')
		return skip_string(p, end);
	if (p < end && (*p == '{' || *p == '['))
		return skip_container(p, end);
	while (p < end && !strchr(",]} \t\r\n", *p))
		p++;
	return p;
}

struct walk {
	const char *p, *end;            /* p: at the bracket, or at what follows a value */
	struct idbc_str key, value;     /* key: quoted, of an object */
	size_t index;                   /* of the next one */
};

static struct idbc_str between(const char *from, const char *to)
{
	return (struct idbc_str){ from, (size_t)(to - from) };
}

/* The next member or element: 1; 0 at the closing bracket. */
static int walk_next(struct walk *w, int is_object)
{
	const char *p = w->p;

	if (p >= w->end || *p == '}' || *p == ']')
		return 0;
	p = skip_blank(p + 1, w->end);
	if (p >= w->end || *p == '}' || *p == ']')
		return 0;
	if (is_object) {
		w->key = between(p, skip_string(p, w->end));
		p = skip_blank(w->key.ptr + w->key.len, w->end);
		p = skip_blank(p + 1, w->end);          /* the colon */
	}
	w->value = between(p, skip_value(p, w->end));
	w->p = skip_blank(w->value.ptr + w->value.len, w->end);
	w->index++;
	return 1;
}

/* 1, 0, or CODEC_NOMEM. */
static int key_is(const struct idbc_str *quoted, const char *name, struct arena *arena)
{
	struct idbc_str key = { quoted->ptr + 1, quoted->len - 2 };

	if (memchr(key.ptr, '\\', key.len) && codec_doc_unquote(quoted, arena, &key))
		return CODEC_NOMEM;     /* it was checked with the document */
	return key.len == strlen(name) && !memcmp(key.ptr, name, key.len);
}

static int index_is(size_t index, const char *name)
{
	int64_t n;

	return !codec_i64(name, strlen(name), &n) && n >= 0 && (uint64_t)n == index &&
	       (name[0] != '0' || !name[1]);
}

/* Where one step of a path leads: OK or ABSENT.  Of two members of one name the last wins,
 * as it does for readers.  `last` is where a further member would follow. */
static int child(const struct idbc_str *at, const struct map_path_item *item,
	struct arena *arena, struct idbc_str *out, const char **last)
{
	int is_object = *at->ptr == '{', rc = CODEC_ABSENT;
	struct walk w = { .p = at->ptr, .end = at->ptr + at->len };

	*last = at->ptr + 1;
	if ((!is_object && *at->ptr != '[') || (is_object && item->is_index))
		return CODEC_ABSENT;
	while (walk_next(&w, is_object)) {
		int is = is_object ? key_is(&w.key, item->name, arena) :
			index_is(w.index - 1, item->name);

		if (is < 0)
			return CODEC_NOMEM;
		*last = w.value.ptr + w.value.len;
		if (is) {
			*out = w.value;
			rc = CODEC_OK;
		}
	}
	return rc;
}

struct idbc_str codec_doc_trim(const struct idbc_str *text)
{
	const char *end = text->ptr + text->len, *from;

	if (!text->len)
		return *text;
	from = skip_blank(text->ptr, end);
	while (end > from && strchr(" \t\r\n", end[-1]))
		end--;
	return between(from, end);
}

int codec_doc_find(const struct idbc_str *text, const struct map_path *path, struct arena *arena,
	struct idbc_str *out)
{
	struct idbc_str at = codec_doc_trim(text);
	const char *last;

	for (size_t i = 0; i < path->n; i++) {
		int rc = child(&at, &path->items[i], arena, &at, &last);

		if (rc != CODEC_OK)
			return rc;
	}
	*out = at;
	return CODEC_OK;
}

/* --- putting a value --- */

static int is_word(const struct idbc_str *text, const char *word)
{
	return text->len == strlen(word) && !memcmp(text->ptr, word, text->len);
}

/* null, {} and, as PHP writes an object without members, []. */
static int is_nothing(const struct idbc_str *at)
{
	struct walk w = { .p = at->ptr, .end = at->ptr + at->len };

	if (is_word(at, "null"))
		return 1;
	return (*at->ptr == '{' || *at->ptr == '[') && !walk_next(&w, *at->ptr == '{');
}

static int join(struct arena *arena, const struct idbc_str *parts, size_t n, struct idbc_str *out)
{
	size_t len = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		len += parts[i].len;
	out->ptr = at = arena_alloc(arena, len + 1);
	out->len = len;
	for (size_t i = 0; at && i < n; i++) {
		memcpy(at, parts[i].ptr, parts[i].len);
		at += parts[i].len;
	}
	return at ? CODEC_OK : CODEC_NOMEM;
}

#define WORD(text) { (text), sizeof(text) - 1 }

/* {"b":{"c":value}} for the rest of a path. */
static int nest(const struct map_path *path, size_t from, const struct idbc_str *value,
	struct arena *arena, struct idbc_str *out)
{
	int rc = CODEC_OK;

	*out = *value;
	for (size_t i = path->n; rc == CODEC_OK && i > from; i--) {
		const struct map_path_item *item = &path->items[i - 1];
		struct idbc_str name = { item->name, strlen(item->name) };
		struct idbc_str parts[] = { WORD("{"), { NULL, 0 }, WORD(":"), *out, WORD("}") };

		if (item->is_index)
			return CODEC_BLOCKED;
		rc = codec_doc_quote(&name, arena, &parts[1]);
		if (rc == CODEC_OK)
			rc = join(arena, parts, 5, out);
	}
	return rc;
}

/* The document with `text` in place of the bytes `at`. */
static int splice(const struct idbc_str *doc, const struct idbc_str *at,
	const struct idbc_str *text, struct arena *arena, struct idbc_str *out)
{
	struct idbc_str parts[] = { between(doc->ptr, at->ptr), *text,
		between(at->ptr + at->len, doc->ptr + doc->len) };

	return join(arena, parts, 3, out);
}

/* Members of the object `at`: one more at their end, its name the path's item `i`. */
static int append(const struct idbc_str *doc, const struct idbc_str *at, const char *last,
	const struct map_path *path, size_t i, const struct idbc_str *value,
	struct arena *arena, struct idbc_str *out)
{
	struct idbc_str none = { last, 0 }, member;
	int rc = nest(path, i, value, arena, &member), first = last == at->ptr + 1;
	struct idbc_str parts[] = { WORD(","), { NULL, 0 } };

	if (rc != CODEC_OK)
		return rc;
	parts[1] = (struct idbc_str){ member.ptr + 1, member.len - 2 }; /* without its braces */
	rc = join(arena, parts + first, (size_t)(2 - first), &member);
	return rc == CODEC_OK ? splice(doc, &none, &member, arena, out) : rc;
}

int codec_doc_put(const struct idbc_str *doc, const struct map_path *path,
	const struct idbc_str *value, struct arena *arena, struct idbc_str *out)
{
	struct idbc_str at = codec_doc_trim(doc), made;
	const char *last;

	for (size_t i = 0; i < path->n; i++) {
		int rc = CODEC_ABSENT;

		if (is_nothing(&at)) {
			rc = nest(path, i, value, arena, &made);
			return rc == CODEC_OK ? splice(doc, &at, &made, arena, out) : rc;
		}
		rc = child(&at, &path->items[i], arena, &made, &last);
		if (rc == CODEC_ABSENT && *at.ptr == '{')
			return append(doc, &at, last, path, i, value, arena, out);
		if (rc != CODEC_OK)
			return rc == CODEC_ABSENT ? CODEC_BLOCKED : rc;
		at = made;
	}
	return splice(doc, &at, value, arena, out);
}
