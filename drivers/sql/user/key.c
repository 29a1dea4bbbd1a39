/* drivers/sql/user/key.c - keys and their texts.
 *
 * Numbers and uuids are checked here: text that no column of the key's type can hold is
 * nobody's id, and is not asked for.  Bytes: 16 in a column of uuids are shown as a uuid;
 * else what is UTF-8 without control characters is its own text, unless it begins with
 * "0x", and all other bytes are "0x" and lower-case hex.  Threads: the session's.
 */
#include "sql/user/key.h"
#include "sql/codec/codec_part.h"

#include <string.h>

#define TEXT_MAX 512            /* bytes of a key that is its own text */

int key_is_number(const struct idbc_str *s, int64_t *out)
{
	size_t i = s->len && s->ptr[0] == '-';

	/* "007" and "-0" are no keys: the column would say "7". */
	if (i == s->len || (s->ptr[i] == '0' && s->len > 1))
		return 0;
	return !codec_i64(s->ptr, s->len, out);
}

int key_is_uuid(const struct idbc_str *s)
{
	if (s->len != 36)
		return 0;
	for (size_t i = 0; i < 36; i++) {
		int dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s->ptr[i] != '-'
			 : !s->ptr[i] || !strchr("0123456789abcdefABCDEF", s->ptr[i]))
			return 0;
	}
	return 1;
}

/* From 2^63 to 2^64 - 1: more than is bound as a number, but what BIGINT UNSIGNED holds. */
static int is_beyond(const struct plan *plan, const struct idbc_str *s)
{
	static const char least[] = "9223372036854775808", most[] = "18446744073709551615";

	if (!plan->dialect->unsigned_keys || s->len < 19 || s->len > 20)
		return 0;
	for (size_t i = 0; i < s->len; i++)
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return 0;
	return s->len == 19 ? memcmp(s->ptr, least, 19) >= 0
			    : s->ptr[0] == '1' && memcmp(s->ptr, most, 20) <= 0;
}

/* A number that the key's column cannot hold is no key, and some stores would complain. */
static int in_range(const struct catalogue_column *c, int64_t n)
{
	int64_t limit;

	if (!c || !c->bits || c->bits > 63)
		return 1;
	limit = INT64_C(1) << (c->bits - !c->is_unsigned);
	return n < limit && n >= (c->is_unsigned ? 0 : -limit);
}

static struct idbc_value number(const struct plan *plan, const struct idbc_str *id)
{
	struct idbc_value out = { .kind = IDBC_KIND_NULL };
	int64_t n;

	if (key_is_number(id, &n) && in_range(plan->key, n))
		out = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = n };
	else if (is_beyond(plan, id))
		out = (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = *id };
	return out;
}

/* --- bytes ------------------------------------------------------------------------------ */

static int is_hex_text(const struct idbc_str *s)
{
	return s->len >= 2 && s->ptr[0] == '0' && s->ptr[1] == 'x';
}

static struct idbc_value from_hex(struct session *s, const struct idbc_str *id)
{
	struct idbc_value out = { .kind = IDBC_KIND_NULL };
	struct idbc_str digits = { id->ptr + 2, id->len - 2 }, bytes;

	if (digits.len && codec_unhex(&digits, &s->arena, &bytes) == CODEC_OK)
		out = (struct idbc_value){ .kind = IDBC_KIND_BYTES, .u.str = bytes };
	return out;
}

static struct idbc_value bytes_of(struct session *s, const struct idbc_str *id)
{
	struct idbc_value out = { .kind = IDBC_KIND_BYTES, .u.str = *id };

	if (s->plan->key_kind == SQL_COL_UUID_BYTES && key_is_uuid(id)) {
		if (codec_uuid_bytes(id, &s->arena, &out.u.str) != CODEC_OK)
			out.kind = IDBC_KIND_NULL;
		return out;
	}
	return is_hex_text(id) ? from_hex(s, id) : out;
}

int key_is_plain(struct session *s, const struct idbc_str *bytes)
{
	char copy[TEXT_MAX];

	if (!bytes->len || bytes->len > TEXT_MAX || is_hex_text(bytes))
		return 0;
	for (size_t i = 0; i < bytes->len; i++) {
		unsigned char c = (unsigned char)bytes->ptr[i];
		unsigned char next = i + 1 < bytes->len ? (unsigned char)bytes->ptr[i + 1] : 0;

		if (c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next <= 0x9f))
			return 0;
	}
	return s->host->fold(s->host, IDBC_FOLD_NONE, bytes, copy, sizeof(copy)) >= 0;
}

int key_text(struct session *s, const struct idbc_value *stored, struct idbc_value *out)
{
	const struct idbc_str *bytes = &stored->u.str;
	struct idbc_str text = *bytes;
	int rc = CODEC_OK;

	*out = *stored;
	if (stored->kind != IDBC_KIND_BYTES)
		return 0;
	out->kind = IDBC_KIND_STR;
	if (s->plan->key_kind == SQL_COL_UUID_BYTES && bytes->len == 16)
		rc = codec_uuid_text(bytes, &s->arena, &text);
	else if (!key_is_plain(s, bytes))
		rc = codec_hex(bytes, "0x", &s->arena, &text);
	out->u.str = text;
	return rc == CODEC_OK ? 0 : -1;
}

/* --- any key ---------------------------------------------------------------------------- */

struct idbc_value key_bind(struct session *s, const struct idbc_str *id)
{
	const struct plan *plan = s->plan;
	struct idbc_value none = { .kind = IDBC_KIND_NULL };

	if (!id->len || memchr(id->ptr, '\0', id->len))
		return none;
	switch (plan->key_kind) {
	case SQL_COL_INTEGER:
	case SQL_COL_BIT:
		return number(plan, id);
	case SQL_COL_UUID:
		if (plan->dialect->types_bind && !key_is_uuid(id))
			return none;
		break;
	case SQL_COL_BINARY:
	case SQL_COL_UUID_BYTES:
		return bytes_of(s, id);
	default:
		break;
	}
	return (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = *id };
}

struct idbc_value key_given(struct session *s, const struct idbc_str *id)
{
	struct idbc_value key = key_bind(s, id);
	char *lower;

	if (s->plan->key_kind != SQL_COL_UUID || key.kind != IDBC_KIND_STR || !key_is_uuid(id))
		return key;
	lower = arena_dup(&s->arena, id->ptr, id->len);
	for (size_t i = 0; lower && i < id->len; i++)
		lower[i] = (char)(lower[i] >= 'A' && lower[i] <= 'F' ? lower[i] + ('a' - 'A') : lower[i]);
	key.u.str.ptr = lower;
	key.kind = lower ? IDBC_KIND_STR : IDBC_KIND_NULL;
	return key;
}
