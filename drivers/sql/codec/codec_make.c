/* drivers/sql/codec/codec_make.c - values that the mapping computes: $now, $uuid, $token, $id,
 * the request's fields with their folds, columns of the user's row, slugs.
 *
 * Random bytes come from the kernel.  Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define SLUG_BYTES 50

static int random_bytes(unsigned char *out, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = getrandom(out + have, n - have, 0);

		if (got > 0)
			have += (size_t)got;
		else if (got < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

static void hex(const unsigned char *bytes, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[bytes[i] >> 4];
		out[2 * i + 1] = digit[bytes[i] & 15];
	}
}

/* Random, version 4: 36 characters, or 16 bytes where a column keeps those. */
static int make_uuid(uint32_t column_type, struct arena *arena, struct idbc_value *out)
{
	unsigned char *raw = arena_alloc(arena, 16);
	struct idbc_str bytes = { (const char *)raw, 16 }, text;

	if (!raw || random_bytes(raw, 16))
		return CODEC_NOMEM;
	raw[6] = (raw[6] & 0x0f) | 0x40;
	raw[8] = (raw[8] & 0x3f) | 0x80;
	if (column_type == SQL_COL_UUID_BYTES) {
		*out = (struct idbc_value){ .kind = IDBC_KIND_BYTES, .u.str = bytes };
		return CODEC_OK;
	}
	if (codec_uuid_text(&bytes, arena, &text))
		return CODEC_NOMEM;
	return codec_bind_text(&text, column_type, out);
}

static int make_token(uint32_t n, uint32_t column_type, struct arena *arena,
	struct idbc_value *out)
{
	size_t nbytes = ((size_t)n + 1) / 2;
	unsigned char *raw = arena_alloc(arena, nbytes);
	char *text = arena_alloc(arena, 2 * nbytes + 1);
	struct idbc_str str = { text, n };

	if (!raw || !text || random_bytes(raw, nbytes))
		return CODEC_NOMEM;
	hex(raw, nbytes, text);
	text[n] = '\0';
	/* A token of digits alone stays the text it is. */
	*out = (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = str };
	if (codec_is_bytes(column_type))
		out->kind = IDBC_KIND_BYTES;
	return CODEC_OK;
}

/* --- slugs --- */

static char slug_char(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + ('a' - 'A'));
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return (char)c;
	return '\0';
}

static size_t slug_words(const struct idbc_str *text, char out[SLUG_BYTES])
{
	size_t n = 0;
	int gap = 0;

	for (size_t i = 0; i < text->len && n < SLUG_BYTES; i++) {
		char c = slug_char((unsigned char)text->ptr[i]);

		if (!c) {
			/* Letters beyond ASCII vanish, all else parts words. */
			gap |= (unsigned char)text->ptr[i] < 0x80;
			continue;
		}
		if (gap && n && n + 1 < SLUG_BYTES)
			out[n++] = '-';
		else if (gap && n)
			break;
		gap = 0;
		out[n++] = c;
	}
	return n;
}

int codec_slug(const struct idbc_str *text, struct arena *arena, struct idbc_str *out)
{
	char slug[SLUG_BYTES];
	size_t n = slug_words(text, slug);

	/* Names without one ASCII letter must not all share the empty slug. */
	if (!n && text->len) {
		n = text->len < SLUG_BYTES / 2 ? text->len : SLUG_BYTES / 2;
		hex((const unsigned char *)text->ptr, n, slug);
		n *= 2;
	}
	out->ptr = arena_dup(arena, slug, n);
	out->len = n;
	return out->ptr ? CODEC_OK : CODEC_NOMEM;
}

/* --- fields of the request --- */

struct idbc_value text_or_null(const char *s, size_t len)
{
	if (!len)
		return (struct idbc_value){ .kind = IDBC_KIND_NULL };
	return (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = { s, len } };
}

int str_equal(const struct idbc_str *a, const struct idbc_str *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->ptr, b->ptr, a->len));
}

const struct idbc_value *fields_get(const struct idbc_field *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(fields[i].name, name))
			return &fields[i].value;
	}
	return NULL;
}

static int value_text(const struct idbc_value *value, struct arena *arena, struct idbc_str *out)
{
	struct idbc_value text;
	int rc = CODEC_OK;

	switch (value->kind) {
	case IDBC_KIND_STR:
	case IDBC_KIND_BYTES:
	case IDBC_KIND_JSON:
		*out = value->u.str;
		return CODEC_OK;
	case IDBC_KIND_TIME_US:
		rc = codec_time(value->u.i64, MAP_DATETIME, SQL_COL_TEXT, arena, &text);
		break;
	default:
		rc = codec_bind_i64(value->u.i64, SQL_COL_TEXT, arena, &text);
		break;
	}
	if (rc == CODEC_OK)
		*out = text.u.str;
	return rc;
}

/* Case mapping makes text longer, at worst threefold in UTF-8. */
static int fold_text(const struct codec_context *ctx, uint32_t fold, const struct idbc_str *in,
	struct arena *arena, struct idbc_str *out)
{
	size_t cap = in->len * 3 + 16;
	char *text = arena_alloc(arena, cap + 1);
	int64_t len;

	if (!text)
		return CODEC_NOMEM;
	len = ctx->host->fold(ctx->host, fold, in, text, cap);
	if (len < 0)
		return CODEC_MALFORMED;
	out->ptr = text;
	out->len = (size_t)len;
	return CODEC_OK;
}

/* What the fold cannot take is cut to a slug as it is. */
static int make_slug(const struct codec_context *ctx, const struct idbc_str *in,
	struct arena *arena, struct idbc_str *out)
{
	struct idbc_str letters;
	int rc = fold_text(ctx, IDBC_FOLD_LETTERS, in, arena, &letters);

	if (rc == CODEC_NOMEM)
		return rc;
	return codec_slug(rc == CODEC_OK && letters.len ? &letters : in, arena, out);
}

static int make_field(const struct map_value *value, const struct codec_context *ctx,
	uint32_t column_type, struct arena *arena, struct idbc_value *out)
{
	const struct idbc_value *field = fields_get(ctx->fields, ctx->nfields, value->str);
	struct idbc_str text = { "", 0 };
	int rc = CODEC_OK;

	if (!field || field->kind == IDBC_KIND_NULL) {
		if (!value->or_empty)
			return CODEC_ABSENT;
	} else {
		rc = value_text(field, arena, &text);
	}
	if (rc == CODEC_OK && value->fold == MAP_SLUG)
		rc = make_slug(ctx, &text, arena, &text);
	else if (rc == CODEC_OK && value->fold != IDBC_FOLD_NONE)
		rc = fold_text(ctx, value->fold, &text, arena, &text);
	return rc == CODEC_OK ? codec_bind(&text, column_type, arena, out) : rc;
}

static int make_column(const struct map_value *value, const struct codec_context *ctx,
	uint32_t column_type, struct arena *arena, struct idbc_value *out)
{
	int32_t link = value->source == MAP_LINK_COL ? value->link : -1;
	struct idbc_value read = { .kind = IDBC_KIND_NULL };

	if (ctx->user_col && ctx->user_col(ctx->user_col_ctx, link, value->str, &read))
		return CODEC_NOMEM;
	*out = read;
	return read.kind == IDBC_KIND_STR ? codec_bind(&read.u.str, column_type, arena, out) :
		CODEC_OK;
}

static int bind_given(const struct idbc_str *text, uint32_t column_type, struct arena *arena,
	struct idbc_value *out)
{
	return text->len ? codec_bind(text, column_type, arena, out) : CODEC_ABSENT;
}

/* Bytes stay bytes; elsewhere the key is written as the native id is. */
static int bind_key(const struct codec_context *ctx, uint32_t column_type, struct arena *arena,
	struct idbc_value *out)
{
	if (ctx->key.kind != IDBC_KIND_BYTES || !codec_is_bytes(column_type))
		return bind_given(&ctx->id, column_type, arena, out);
	*out = ctx->key;
	return CODEC_OK;
}

int codec_generate(const struct map_value *value, const struct codec_context *ctx,
	uint32_t column_type, struct arena *arena, struct idbc_value *out)
{
	switch (value->source) {
	case MAP_UUID:
		return make_uuid(column_type, arena, out);
	case MAP_TOKEN:
		return make_token(value->n, column_type, arena, out);
	case MAP_ID:
		return bind_key(ctx, column_type, arena, out);
	case MAP_FIELD:
		return make_field(value, ctx, column_type, arena, out);
	case MAP_USER_COL:
	case MAP_LINK_COL:
		return make_column(value, ctx, column_type, arena, out);
	case MAP_GIVEN:
		return bind_given(&ctx->given, column_type, arena, out);
	case MAP_GIVEN_OR_UUID:
		if (ctx->given.len)
			return bind_given(&ctx->given, column_type, arena, out);
		return make_uuid(column_type, arena, out);
	case MAP_CLIENT_IP:
		return bind_given(&ctx->client_ip, column_type, arena, out);
	case MAP_COUNT:         /* what is added to the column */
		*out = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = 1 };
		return CODEC_OK;
	case MAP_AUTO:
		return CODEC_ABSENT;
	default:
		return codec_literal(value, column_type, ctx->now_us, arena, out);
	}
}
