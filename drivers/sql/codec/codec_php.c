/* drivers/sql/codec/codec_php.c - PHP-serialised text as JSON text, read only.
 *
 * The text is untrusted: every length is checked against what is left, nesting and size
 * have ceilings, and what JSON cannot say (references, closures, bytes that are not
 * UTF-8, NAN) makes the whole value malformed.  Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"
#include "sql/base/json_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define PHP_DEPTH 64
#define PHP_BYTES ((size_t)1 << 20)

struct php { const char *p, *end; };

static json_t *php_value(struct php *, int depth);

static int php_char(struct php *in, char want)
{
	if (in->p == in->end || *in->p != want)
		return 0;
	in->p++;
	return 1;
}

/* The text up to `stop`, which is passed. */
static int php_until(struct php *in, char stop, struct idbc_str *out)
{
	const char *at = memchr(in->p, stop, (size_t)(in->end - in->p));

	if (!at)
		return 0;
	out->ptr = in->p;
	out->len = (size_t)(at - in->p);
	in->p = at + 1;
	return 1;
}

static int php_i64(struct php *in, char stop, int64_t *n)
{
	struct idbc_str text;

	return php_until(in, stop, &text) && !codec_i64(text.ptr, text.len, n);
}

/* LEN:"..." */
static int php_bytes(struct php *in, struct idbc_str *out)
{
	int64_t len;

	if (!php_i64(in, ':', &len) || !php_char(in, '"'))
		return 0;
	if (len < 0 || len > in->end - in->p)
		return 0;
	out->ptr = in->p;
	out->len = (size_t)len;
	in->p += len;
	return php_char(in, '"');
}

/* NUL bytes are legal JSON but no reader of profiles wants them. */
static json_t *php_text(const struct idbc_str *text)
{
	return memchr(text->ptr, 0, text->len) ? NULL : json_stringn(text->ptr, text->len);
}

static json_t *php_string(struct php *in)
{
	struct idbc_str text;

	return php_bytes(in, &text) && php_char(in, ';') ? php_text(&text) : NULL;
}

static json_t *php_bool(struct php *in)
{
	int64_t n;

	return php_i64(in, ';', &n) && (n == 0 || n == 1) ? json_boolean(n) : NULL;
}

static json_t *php_int(struct php *in)
{
	int64_t n;

	return php_i64(in, ';', &n) ? json_integer(n) : NULL;
}

/* jansson reads numbers alike in every locale; INF and NAN are no JSON. */
static json_t *php_real(struct php *in)
{
	struct idbc_str text;
	json_t *out;

	if (!php_until(in, ';', &text) || !text.len)
		return NULL;
	out = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, NULL);
	if (out && !json_is_number(out)) {
		json_decref(out);
		out = NULL;
	}
	return out;
}

/* A key as text; `*index` is its number, or -1. */
static int php_key(struct php *in, struct idbc_str *key, int64_t *index)
{
	*index = -1;
	if (php_char(in, 'i'))
		return php_char(in, ':') && php_until(in, ';', key) &&
		       !codec_i64(key->ptr, key->len, index);
	return php_char(in, 's') && php_char(in, ':') && php_bytes(in, key) &&
	       php_char(in, ';');
}

/* Members of an object that are not public carry NUL bytes in their names. */
static int php_member(json_t *object, const struct idbc_str *key, json_t *value, int is_class)
{
	if (memchr(key->ptr, 0, key->len)) {
		json_decref(value);
		return is_class ? 0 : -1;
	}
	return json_object_setn_new(object, key->ptr, key->len, value);
}

/* N:{key value ...}: `object` has all members, `list` (if kept) only 0, 1, 2 ... */
static int php_members(struct php *in, int depth, int is_class, json_t *object, json_t *list,
	int *is_list)
{
	struct idbc_str key;
	int64_t count, index;
	json_t *value;

	*is_list = !is_class;
	if (!php_i64(in, ':', &count) || count < 0 || !php_char(in, '{'))
		return -1;
	for (int64_t i = 0; i < count; i++) {
		if (!php_key(in, &key, &index) || !(value = php_value(in, depth + 1)))
			return -1;
		*is_list = *is_list && index == i;
		if (*is_list && json_array_append(list, value)) {
			json_decref(value);
			return -1;
		}
		if (php_member(object, &key, value, is_class))
			return -1;
	}
	return php_char(in, '}') ? 0 : -1;
}

static json_t *php_container(struct php *in, int depth, int is_class)
{
	json_t *object = json_object(), *list = json_array(), *out = NULL;
	int is_list = 0;

	if (object && list && !php_members(in, depth, is_class, object, list, &is_list))
		out = json_incref(is_list ? list : object);
	json_decref(object);
	json_decref(list);
	return out;
}

/* 5:"Class":N:{...} */
static json_t *php_object(struct php *in, int depth)
{
	struct idbc_str name;

	if (!php_bytes(in, &name) || !php_char(in, ':'))
		return NULL;
	return php_container(in, depth, 1);
}

static json_t *php_value(struct php *in, int depth)
{
	char type;

	if (depth >= PHP_DEPTH || in->end - in->p < 2)
		return NULL;
	type = *in->p++;
	if (type == 'N')
		return php_char(in, ';') ? json_null() : NULL;
	if (!php_char(in, ':'))
		return NULL;
	switch (type) {
	case 'b':
		return php_bool(in);
	case 'i':
		return php_int(in);
	case 'd':
		return php_real(in);
	case 's':
		return php_string(in);
	case 'a':
		return php_container(in, depth, 0);
	case 'O':
		return php_object(in, depth);
	default:
		return NULL;
	}
}

int codec_php(const struct idbc_str *php, struct arena *arena, struct idbc_str *json)
{
	struct php in = { php->ptr, php->ptr + php->len };
	json_t *value = php->len <= PHP_BYTES ? php_value(&in, 0) : NULL;
	int rc = CODEC_MALFORMED;
	char *text = NULL;

	if (!value || in.p != in.end)
		goto out;
	rc = CODEC_NOMEM;
	text = json_as_text(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(16));
	if (!text)
		goto out;
	json->len = strlen(text);
	json->ptr = arena_dup(arena, text, json->len);
	if (json->ptr)
		rc = CODEC_OK;
out:
	free(text);
	json_decref(value);
	return rc;
}
