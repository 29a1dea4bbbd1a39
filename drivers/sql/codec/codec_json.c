/* drivers/sql/codec/codec_json.c - members of JSON columns: as stored values, which flags, times
 * and enums are made of, and back into their document.
 *
 * A stored member is STR, I64, BOOL, NULL, or JSON for what is none of them: fractions,
 * lists and objects.  Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"

#include <string.h>

#define SHOWN_DEPTH 64

/* The text of a document; empty for NULL and for blanks. */
static struct idbc_str document_of(const struct idbc_value *stored)
{
	struct idbc_str text = { "", 0 };

	if (stored->kind == IDBC_KIND_STR || stored->kind == IDBC_KIND_BYTES ||
	    stored->kind == IDBC_KIND_JSON)
		text = stored->u.str;
	if (!codec_doc_trim(&text).len)
		text.len = 0;
	return text;
}

/* --- reading --- */

/* A number, a list, an object. */
static int read_other(const struct idbc_str *text, struct arena *arena, struct idbc_value *out)
{
	int64_t n;

	if (!codec_i64(text->ptr, text->len, &n)) {
		*out = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = n };
		return CODEC_OK;
	}
	if (codec_doc_is_deeper(text, SHOWN_DEPTH))
		return CODEC_MALFORMED;
	out->kind = IDBC_KIND_JSON;
	out->u.str.len = text->len;
	out->u.str.ptr = arena_dup(arena, text->ptr, text->len);
	return out->u.str.ptr ? CODEC_OK : CODEC_NOMEM;
}

/* `text` is one JSON value. */
static int read_value(const struct idbc_str *text, struct arena *arena, struct idbc_value *out)
{
	*out = (struct idbc_value){ .kind = IDBC_KIND_NULL };
	switch (*text->ptr) {
	case '"':
		out->kind = IDBC_KIND_STR;
		return codec_doc_unquote(text, arena, &out->u.str);
	case 't':
	case 'f':
		out->kind = IDBC_KIND_BOOL;
		out->u.i64 = *text->ptr == 't';
		return CODEC_OK;
	case 'n':
		return CODEC_OK;
	default:
		return read_other(text, arena, out);
	}
}

int codec_member(const struct map_place *place, const struct idbc_value *stored,
	struct arena *arena, struct idbc_value *out)
{
	struct idbc_str document = document_of(stored), text;
	int rc;

	if (!place->json) {
		*out = *stored;
		return CODEC_OK;
	}
	*out = (struct idbc_value){ .kind = IDBC_KIND_NULL };
	if (!document.len)
		return CODEC_OK;
	rc = codec_doc_check(&document);
	if (rc == CODEC_OK)
		rc = codec_doc_find(&document, place->json, arena, &text);
	if (rc == CODEC_ABSENT)
		return CODEC_OK;
	return rc == CODEC_OK ? read_value(&text, arena, out) : rc;
}

/* --- writing --- */

/* Keys of "map" are strings in every configuration; digits mean a number here. */
static void enum_number(struct idbc_value *value)
{
	struct idbc_str text = value->u.str;
	size_t sign = text.len && text.ptr[0] == '-';
	int64_t n;

	if (value->kind == IDBC_KIND_STR && (text.len == 1 || text.ptr[sign] != '0') &&
	    !codec_i64(text.ptr, text.len, &n))
		*value = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = n };
}

static int write_literal(const struct map_value *literal, int64_t now_us, struct arena *arena,
	struct idbc_value *out)
{
	int rc = codec_literal(literal, SQL_COL_UNKNOWN, now_us, arena, out);

	if (rc == CODEC_OK && literal->source == MAP_BOOL)
		out->kind = IDBC_KIND_BOOL;
	else if (rc == CODEC_OK && literal->source == MAP_REAL)
		out->kind = IDBC_KIND_JSON;
	return rc;
}

static int write_flag(const struct map_field *field, const struct idbc_value *value,
	int64_t now_us, struct arena *arena, struct idbc_value *out)
{
	const struct map_literals *side = value->u.i64 ? &field->yes : &field->no;

	if (value->kind != IDBC_KIND_BOOL || !side->n)
		return CODEC_MALFORMED;
	return write_literal(&side->items[0], now_us, arena, out);
}

/* What a host gave, as JSON has it. */
static int write_plain(const struct idbc_value *value, struct arena *arena,
	struct idbc_value *out)
{
	struct idbc_str quoted;
	int rc = CODEC_OK;

	if (value->kind == IDBC_KIND_TIME_US)
		return codec_time(value->u.i64, MAP_ISO, SQL_COL_UNKNOWN, arena, out);
	if (value->kind == IDBC_KIND_JSON)
		rc = codec_doc_is_deeper(&value->u.str, SHOWN_DEPTH) ? CODEC_MALFORMED :
			codec_doc_check(&value->u.str);
	else if (value->kind == IDBC_KIND_STR || value->kind == IDBC_KIND_BYTES)
		rc = codec_doc_quote(&value->u.str, arena, &quoted);
	if (rc == CODEC_OK)
		*out = *value;
	return rc;
}

int codec_write_member(const struct map_field *field, const struct idbc_value *value,
	int64_t now_us, struct arena *arena, struct idbc_value *out)
{
	int rc;

	if (field->type == MAP_FLAG)
		return write_flag(field, value, now_us, arena, out);
	if (field->type == MAP_TEXT)
		return write_plain(value, arena, out);
	rc = codec_write(field, value, SQL_COL_UNKNOWN, now_us, arena, out);
	if (rc == CODEC_OK && field->type == MAP_ENUM)
		enum_number(out);
	return rc;
}

/* --- one value as JSON text --- */

static int value_text(const struct idbc_value *value, struct arena *arena, struct idbc_str *out)
{
	switch (value->kind) {
	case IDBC_KIND_STR:
	case IDBC_KIND_BYTES:
		return codec_doc_quote(&value->u.str, arena, out);
	case IDBC_KIND_JSON:
		*out = value->u.str;
		return CODEC_OK;
	case IDBC_KIND_NULL:
		out->ptr = "null";
		break;
	case IDBC_KIND_BOOL:
		out->ptr = value->u.i64 ? "true" : "false";
		break;
	default:
		out->ptr = arena_printf(arena, "%lld", (long long)value->u.i64);
		break;
	}
	if (!out->ptr)
		return CODEC_NOMEM;
	out->len = strlen(out->ptr);
	return CODEC_OK;
}

int codec_document(const struct idbc_value *stored, const struct map_path *path,
	const struct idbc_value *value, struct arena *arena, struct idbc_str *out)
{
	struct idbc_str document = document_of(stored), text;
	int rc = value_text(value, arena, &text);

	if (rc != CODEC_OK)
		return CODEC_NOMEM;     /* codec_write_member() gives what can be written */
	if (!path->n || !document.len)
		document = (struct idbc_str){ "{}", 2 };
	else
		rc = codec_doc_check(&document);
	return rc == CODEC_OK ? codec_doc_put(&document, path, &text, arena, out) : rc;
}
