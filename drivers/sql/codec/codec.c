/* drivers/sql/codec/codec.c - what a column holds, as a profile shows it, and back.
 *
 * Backends deliver text (also for numbers), bytes or NULL; flags and enums are found by
 * comparing with the mapping's literals.  Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"
#include "sql/base/ascii.h"

#include <string.h>

int codec_i64(const char *text, size_t len, int64_t *out)
{
	size_t i = len && text[0] == '-';
	uint64_t n = 0, limit = (uint64_t)INT64_MAX + i;

	if (i == len || len > 20)
		return -1;
	for (size_t at = i; at < len; at++) {
		unsigned digit = (unsigned)(unsigned char)text[at] - '0';

		if (digit > 9 || n > (limit - digit) / 10)
			return -1;
		n = n * 10 + digit;
	}
	*out = i ? (int64_t)(0 - n) : (int64_t)n;
	return 0;
}

static struct idbc_value value_null(void)
{
	return (struct idbc_value){ .kind = IDBC_KIND_NULL };
}

static struct idbc_value value_i64(uint32_t kind, int64_t n)
{
	return (struct idbc_value){ .kind = kind, .u.i64 = n };
}

static struct idbc_value value_of_str(uint32_t kind, struct idbc_str text)
{
	return (struct idbc_value){ .kind = kind, .u.str = text };
}

/* --- binding --- */

int codec_bind_text(const struct idbc_str *text, uint32_t column_type, struct idbc_value *out)
{
	int64_t n;

	if (codec_is_bytes(column_type))
		*out = value_of_str(IDBC_KIND_BYTES, *text);
	else if ((column_type == SQL_COL_INTEGER || column_type == SQL_COL_BIT) &&
		 !codec_i64(text->ptr, text->len, &n))
		*out = value_i64(IDBC_KIND_I64, n);
	else
		*out = value_of_str(IDBC_KIND_STR, *text);
	return CODEC_OK;
}

static int is_text_type(uint32_t column_type)
{
	return column_type == SQL_COL_TEXT || column_type == SQL_COL_JSON ||
	       codec_is_bytes(column_type);
}

int codec_bind_i64(int64_t n, uint32_t column_type, struct arena *arena, struct idbc_value *out)
{
	struct idbc_str text;

	if (column_type == SQL_COL_BOOL && (n == 0 || n == 1)) {
		*out = value_i64(IDBC_KIND_BOOL, n);
		return CODEC_OK;
	}
	if (!is_text_type(column_type)) {
		*out = value_i64(IDBC_KIND_I64, n);
		return CODEC_OK;
	}
	text.ptr = arena_printf(arena, "%lld", (long long)n);
	if (!text.ptr)
		return CODEC_NOMEM;
	text.len = strlen(text.ptr);
	return codec_bind_text(&text, column_type, out);
}

int codec_literal(const struct map_value *value, uint32_t column_type, int64_t now_us,
	struct arena *arena, struct idbc_value *out)
{
	struct idbc_str text = { value->str, value->str ? strlen(value->str) : 0 };

	switch (value->source) {
	case MAP_NULL:
		*out = value_null();
		return CODEC_OK;
	case MAP_STR:
	case MAP_REAL:
		return codec_bind_text(&text, column_type, out);
	case MAP_I64:
	case MAP_BOOL:
		return codec_bind_i64(value->i64, column_type, arena, out);
	case MAP_NOW:
		return codec_now(now_us, value->time, column_type, arena, out);
	default:
		return CODEC_MALFORMED;
	}
}

/* --- comparing a stored value with a literal --- */

static int word_in(const struct idbc_str *text, const char *const *words)
{
	for (; *words; words++) {
		if (strlen(*words) == text->len && ascii_same_n(*words, text->ptr, text->len))
			return 1;
	}
	return 0;
}

static const char *const truthy[] = { "1", "t", "true", "y", "yes", "on", "-1", NULL };
static const char *const falsy[] = { "", "0", "f", "false", "n", "no", "off", NULL };

/* BIT(n) and packed integers arrive as up to eight bytes, the highest first. */
static int number_of(const struct idbc_value *stored, int64_t *n)
{
	uint64_t bits = 0;

	if (stored->kind == IDBC_KIND_I64 || stored->kind == IDBC_KIND_BOOL) {
		*n = stored->u.i64;
		return 1;
	}
	if (!codec_i64(stored->u.str.ptr, stored->u.str.len, n))
		return 1;
	if (stored->kind != IDBC_KIND_BYTES || !stored->u.str.len || stored->u.str.len > 8)
		return 0;
	for (size_t i = 0; i < stored->u.str.len; i++)
		bits = bits << 8 | (unsigned char)stored->u.str.ptr[i];
	*n = (int64_t)bits;
	return bits <= INT64_MAX;
}

static int is_number(const struct idbc_value *stored)
{
	return stored->kind == IDBC_KIND_I64 || stored->kind == IDBC_KIND_BOOL;
}

static int equals_bool(const struct idbc_value *stored, int64_t want)
{
	const char *text = stored->u.str.ptr;
	int64_t n;

	if (!is_number(stored) && stored->u.str.len == 1 && (*text == '0' || *text == '1'))
		return (*text == '1') == (want != 0);
	if (!is_number(stored) && word_in(&stored->u.str, want ? truthy : falsy))
		return 1;
	if (is_number(stored) || stored->kind == IDBC_KIND_BYTES)
		return number_of(stored, &n) && (want ? n == 1 || n == -1 : n == 0);
	return 0;
}

/* 0 and 1 also in the spelling of a boolean column. */
static int equals_i64(const struct idbc_value *stored, int64_t want)
{
	static const char *const yes[] = { "t", "true", NULL };
	static const char *const no[] = { "f", "false", NULL };
	int64_t n;

	if (number_of(stored, &n) && n == want)
		return 1;
	if (is_number(stored))
		return 0;
	return (want == 1 && word_in(&stored->u.str, yes)) ||
	       (want == 0 && word_in(&stored->u.str, no));
}

static int equals_text(const struct idbc_value *stored, const char *want)
{
	int64_t n, m;

	if (is_number(stored))
		return !codec_i64(want, strlen(want), &n) && n == stored->u.i64;
	if (stored->u.str.len == strlen(want) &&
	    !memcmp(stored->u.str.ptr, want, stored->u.str.len))
		return 1;
	return stored->kind == IDBC_KIND_BYTES && !codec_i64(want, strlen(want), &n) &&
	       number_of(stored, &m) && m == n;
}

/* NULL, "", 0 and zero dates: "not set" for a flag that is a time or nothing. */
static int is_unset(const struct idbc_value *stored)
{
	const struct idbc_str *text = &stored->u.str;

	if (stored->kind == IDBC_KIND_NULL)
		return 1;
	if (is_number(stored))
		return stored->u.i64 == 0;
	for (size_t i = 0; i < text->len; i++) {
		if (!strchr("0-: T.", text->ptr[i]))
			return 0;
	}
	return 1;
}

static int equals(const struct idbc_value *stored, const struct map_value *literal)
{
	if (literal->source == MAP_NULL)
		return stored->kind == IDBC_KIND_NULL;
	if (literal->source == MAP_NOW)
		return !is_unset(stored);
	if (stored->kind == IDBC_KIND_NULL)
		return 0;
	switch (literal->source) {
	case MAP_BOOL:
		return equals_bool(stored, literal->i64);
	case MAP_I64:
		return equals_i64(stored, literal->i64);
	default:
		return equals_text(stored, literal->str);
	}
}

static int is_among(const struct idbc_value *stored, const struct map_literals *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (equals(stored, &list->items[i]))
			return 1;
	}
	return 0;
}

static int has_source(const struct map_literals *list, uint32_t source)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].source == source)
			return 1;
	}
	return 0;
}

/* An expression's number is true unless it is 0: "flags & 4". */
static int is_counted(const struct map_field *field, const struct idbc_value *stored)
{
	const struct idbc_str *text = &stored->u.str;
	size_t nonzero = 0;
	int64_t n;

	if (field->kind != MAP_EXPR || !has_source(&field->yes, MAP_BOOL))
		return 0;
	if (stored->kind == IDBC_KIND_NULL || number_of(stored, &n))
		return stored->kind != IDBC_KIND_NULL && n != 0;
	if (stored->kind != IDBC_KIND_STR || !text->len)
		return 0;
	for (size_t i = 0; i < text->len; i++) {
		if (!strchr("0123456789.-", text->ptr[i]) || !text->ptr[i])
			return 0;
		nonzero += text->ptr[i] >= '1' && text->ptr[i] <= '9';
	}
	return nonzero != 0;
}

/* "0.00" is 0. */
static int is_nought(const struct map_field *field, const struct idbc_value *stored)
{
	return field->kind == MAP_EXPR && stored->kind == IDBC_KIND_STR && stored->u.str.len &&
	       has_source(&field->no, MAP_BOOL) && stored->u.str.ptr[0] == '0' &&
	       is_unset(stored);
}

/* --- reading --- */

static int read_flag(const struct map_field *field, const struct idbc_value *stored,
	struct idbc_value *out)
{
	int no = is_among(stored, &field->no) || is_nought(field, stored);
	int yes = is_among(stored, &field->yes) || (!no && is_counted(field, stored));

	/* A NULL-or-timestamp flag whose column holds a zero date is one that is not set. */
	if (!yes && !no && is_unset(stored)) {
		no = has_source(&field->yes, MAP_NOW) && has_source(&field->no, MAP_NULL);
		yes = has_source(&field->no, MAP_NOW) && has_source(&field->yes, MAP_NULL);
	}
	if (!yes && !no) {
		if (stored->kind == IDBC_KIND_NULL && field->yes.n && field->no.n)
			return CODEC_ABSENT;
		/* Another flag's value in a status column that several share. */
		if (field->from.n && !is_among(stored, &field->from))
			return CODEC_ABSENT;
		if (field->yes.n && field->no.n)
			return CODEC_MALFORMED;
		yes = !field->yes.n;
	}
	*out = value_i64(IDBC_KIND_BOOL, yes);
	return CODEC_OK;
}

static int read_time(const struct map_field *field, const struct idbc_value *stored,
	struct arena *arena, struct idbc_value *out)
{
	struct idbc_value text = *stored;
	int64_t us;
	int rc;

	if (is_number(stored) && codec_bind_i64(stored->u.i64, SQL_COL_TEXT, arena, &text))
		return CODEC_NOMEM;
	rc = codec_time_parse(&text.u.str, field->time, &us);
	if (rc == CODEC_OK)
		*out = value_i64(IDBC_KIND_TIME_US, us);
	return rc;
}

static int read_enum(const struct map_field *field, const struct idbc_value *stored,
	struct idbc_value *out)
{
	for (size_t i = 0; i < field->nenums; i++) {
		const char *text = field->enums[i].text;

		if (!equals(stored, &field->enums[i].stored))
			continue;
		*out = value_of_str(IDBC_KIND_STR, (struct idbc_str){ text, strlen(text) });
		return CODEC_OK;
	}
	return CODEC_MALFORMED;
}

static int read_php(const struct idbc_value *stored, struct arena *arena,
	struct idbc_value *out)
{
	struct idbc_str json;
	int rc;

	if (is_number(stored))
		return CODEC_MALFORMED;
	if (!stored->u.str.len)
		return CODEC_ABSENT;
	rc = codec_php(&stored->u.str, arena, &json);
	if (rc == CODEC_OK)
		*out = value_of_str(IDBC_KIND_JSON, json);
	return rc;
}

static int read_integer(const struct idbc_value *stored, struct idbc_value *out)
{
	int64_t n;

	if (!number_of(stored, &n))
		return CODEC_MALFORMED;
	*out = value_i64(IDBC_KIND_I64, n);
	return CODEC_OK;
}

/* A number, a boolean, JSON: of a document.  Bytes that are no text stay bytes. */
static int read_text(const struct idbc_value *stored, struct idbc_value *out)
{
	*out = *stored;
	if (stored->kind == IDBC_KIND_BYTES && codec_is_text(&out->u.str))
		out->kind = IDBC_KIND_STR;
	return CODEC_OK;
}

int codec_read(const struct map_field *field, const struct idbc_value *stored,
	struct arena *arena, struct idbc_value *out)
{
	if (field->type == MAP_FLAG)
		return read_flag(field, stored, out);
	if (stored->kind == IDBC_KIND_NULL)
		return CODEC_ABSENT;
	switch (field->type) {
	case MAP_TIME:
		return read_time(field, stored, arena, out);
	case MAP_ENUM:
		return read_enum(field, stored, out);
	case MAP_PHP:
		return read_php(stored, arena, out);
	case MAP_INTEGER:
		return read_integer(stored, out);
	default:
		return read_text(stored, out);
	}
}

/* --- writing --- */

static int write_flag(const struct map_field *field, const struct idbc_value *value,
	uint32_t column_type, int64_t now_us, struct arena *arena, struct idbc_value *out)
{
	const struct map_literals *side;

	if (value->kind != IDBC_KIND_BOOL)
		return CODEC_MALFORMED;
	side = value->u.i64 ? &field->yes : &field->no;
	if (!side->n)
		return CODEC_MALFORMED;
	return codec_literal(&side->items[0], column_type, now_us, arena, out);
}

static int write_time(const struct map_field *field, const struct idbc_value *value,
	uint32_t column_type, struct arena *arena, struct idbc_value *out)
{
	int64_t us;

	if (value->kind == IDBC_KIND_TIME_US)
		us = value->u.i64;
	else if (value->kind != IDBC_KIND_STR ||
		 codec_time_parse(&value->u.str, MAP_ISO, &us) != CODEC_OK)
		return CODEC_MALFORMED;
	return codec_time(us, field->time, column_type, arena, out);
}

static int write_enum(const struct map_field *field, const struct idbc_value *value,
	uint32_t column_type, int64_t now_us, struct arena *arena, struct idbc_value *out)
{
	if (value->kind != IDBC_KIND_STR)
		return CODEC_MALFORMED;
	for (size_t i = 0; i < field->nenums; i++) {
		const char *text = field->enums[i].text;

		if (strlen(text) == value->u.str.len &&
		    !memcmp(text, value->u.str.ptr, value->u.str.len))
			return codec_literal(&field->enums[i].stored, column_type, now_us,
				arena, out);
	}
	return CODEC_MALFORMED;
}

static int write_integer(const struct idbc_value *value, uint32_t column_type,
	struct arena *arena, struct idbc_value *out)
{
	int64_t n;

	if (value->kind == IDBC_KIND_I64)
		n = value->u.i64;
	else if (value->kind != IDBC_KIND_STR ||
		 codec_i64(value->u.str.ptr, value->u.str.len, &n))
		return CODEC_MALFORMED;
	return codec_bind_i64(n, column_type, arena, out);
}

static int write_bool_as_text(int64_t yes, uint32_t column_type, struct arena *arena,
	struct idbc_value *out)
{
	struct idbc_str word = { yes ? "true" : "false", yes ? 4 : 5 };

	if (is_text_type(column_type))
		return codec_bind_text(&word, column_type, out);
	return codec_bind_i64(yes, column_type, arena, out);
}

/* "007" and "+15550100" would come back as other texts out of a column of numbers. */
static int is_respelled(const struct idbc_str *text)
{
	size_t sign = text->len && text->ptr[0] == '-';

	return (text->len && text->ptr[0] == '+') ||
	       (text->len > sign + 1 && text->ptr[sign] == '0' && text->ptr[sign + 1] != '.');
}

static int write_text(const struct idbc_value *value, uint32_t column_type,
	struct arena *arena, struct idbc_value *out)
{
	switch (value->kind) {
	case IDBC_KIND_BOOL:
		return write_bool_as_text(value->u.i64, column_type, arena, out);
	case IDBC_KIND_I64:
		return codec_bind_i64(value->u.i64, column_type, arena, out);
	case IDBC_KIND_TIME_US:
		return codec_time(value->u.i64, MAP_TIME_NONE, column_type, arena, out);
	}
	/* Some stores keep them in a column of text all the same, where they are no text. */
	if (value->kind == IDBC_KIND_BYTES && !codec_is_bytes(column_type) &&
	    !codec_is_text(&value->u.str))
		return CODEC_MALFORMED;
	if (codec_bind(&value->u.str, column_type, arena, out))
		return CODEC_NOMEM;
	/* Some stores would write 0 for a word in a column of numbers. */
	if (column_type == SQL_COL_INTEGER && out->kind != IDBC_KIND_I64)
		return CODEC_MALFORMED;
	if ((column_type == SQL_COL_INTEGER || column_type == SQL_COL_REAL) &&
	    is_respelled(&value->u.str))
		return CODEC_MALFORMED;
	return CODEC_OK;
}

int codec_write(const struct map_field *field, const struct idbc_value *value,
	uint32_t column_type, int64_t now_us, struct arena *arena, struct idbc_value *out)
{
	if (field->type == MAP_PHP)
		return CODEC_MALFORMED;
	if (field->type == MAP_FLAG)
		return write_flag(field, value, column_type, now_us, arena, out);
	if (value->kind == IDBC_KIND_NULL) {
		*out = value_null();
		return CODEC_OK;
	}
	switch (field->type) {
	case MAP_TIME:
		return write_time(field, value, column_type, arena, out);
	case MAP_ENUM:
		return write_enum(field, value, column_type, now_us, arena, out);
	case MAP_INTEGER:
		return write_integer(value, column_type, arena, out);
	default:
		return write_text(value, column_type, arena, out);
	}
}
