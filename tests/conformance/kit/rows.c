/* tests/conformance/kit/rows.c - job: a sink that keeps everything, refuses on demand and sees
 * whether a driver keeps to the order of calls.
 * Threads: one call's.
 */
#include <stdio.h>
#include "base/text.h"
#include "inside.h"

static struct idbc_str kept(struct kit *kit, const struct idbc_str *in)
{
	return (struct idbc_str){ kit_keep(kit, in->ptr, in->len), in->len };
}

/* 1 if this call is to be refused. */
static int refuses(struct kit_rows *rows, uint32_t what)
{
	if (rows->refused)
		rows->after_refusal++;
	if (rows->refuse != what)
		return rows->refused != 0;
	rows->refused++;
	return 1;
}

static struct kit_row *next_row(struct kit_rows *rows)
{
	struct kit_row *bigger;

	if (rows->n == rows->cap) {
		rows->cap = rows->cap ? 4 * rows->cap : 4;
		bigger = kit_keep(rows->kit, NULL, rows->cap * sizeof(*bigger));
		if (rows->n)
			memcpy(bigger, rows->row, rows->n * sizeof(*bigger));
		rows->row = bigger;
	}
	return &rows->row[rows->n++];
}

static int sink_row(struct idbc_sink *sink, const struct idbc_str *id,
		    const struct idbc_str *matched)
{
	struct kit_rows *rows = (struct kit_rows *)sink;
	struct kit_row *row;

	if (refuses(rows, KIT_REFUSE_ROW))
		return -1;
	if (!id || !matched || !id->ptr || !id->len || (matched->len && !matched->ptr)) {
		kit_note(rows->kit, "sink.row", "a row without an id, or without what it matched");
		return -1;
	}
	if (memchr(id->ptr, 0, id->len) || !text_is_utf8(id->ptr, id->len))
		kit_note(rows->kit, "sink.row", "an id that is not UTF-8 or has a NUL");
	if (rows->n == KIT_ROWS)
		return -1;
	row = next_row(rows);
	row->id = kept(rows->kit, id);
	row->matched = kept(rows->kit, matched);
	return 0;
}

static int has_text(uint32_t kind)
{
	return kind == IDBC_KIND_STR || kind == IDBC_KIND_BYTES || kind == IDBC_KIND_JSON;
}

#define VALUE_MAX (64u << 20)           /* as the connector's */
#define MAX_PARTS 16u

static int has_bytes(const struct idbc_value *value)
{
	return !has_text(value->kind) ||
	       (value->u.str.len <= VALUE_MAX && (value->u.str.ptr || !value->u.str.len));
}

static struct idbc_field copy(struct kit *kit, const char *name, const struct idbc_value *value)
{
	struct idbc_field out = { kit_keep(kit, name, strlen(name)), *value };

	if (value->kind > IDBC_KIND_JSON)
		kit_note(kit, "sink.field", "\"%s\" is of kind %u", name, value->kind);
	if (has_text(value->kind))
		out.value.u.str = kept(kit, &value->u.str);
	if (value->kind == IDBC_KIND_BOOL && value->u.i64 != 0 && value->u.i64 != 1)
		kit_note(kit, "sink.field", "\"%s\" is a boolean of %lld", name,
			 (long long)value->u.i64);
	return out;
}

static void add_field(struct kit_rows *rows, struct kit_row *row, struct idbc_field field)
{
	struct idbc_field *bigger;

	if (row->nfields == row->cap) {
		row->cap = row->cap ? 2 * row->cap : 32;
		bigger = kit_keep(rows->kit, NULL, row->cap * sizeof(*bigger));
		if (row->nfields)
			memcpy(bigger, row->fields, row->nfields * sizeof(*bigger));
		row->fields = bigger;
	}
	row->fields[row->nfields++] = field;
}

static int sink_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct kit_rows *rows = (struct kit_rows *)sink;
	struct kit_row *row;

	if (refuses(rows, KIT_REFUSE_FIELD))
		return -1;
	if (!rows->n || !name || !value) {
		kit_note(rows->kit, "sink.order", "a field before any row, or without name or value");
		return -1;
	}
	if (!has_bytes(value)) {
		kit_note(rows->kit, "sink.field", "\"%s\" is %zu bytes at %p", name,
			 value->u.str.len, (const void *)value->u.str.ptr);
		return -1;
	}
	if (value->kind == IDBC_KIND_STR && !rows->loose &&
	    !text_is_utf8(value->u.str.ptr, value->u.str.len))
		kit_note(rows->kit, "sink.field", "\"%s\" is a string that is not UTF-8", name);
	row = &rows->row[rows->n - 1];
	if (kit_field(row, name))
		kit_note(rows->kit, "sink.field", "\"%s\" twice in one row", name);
	add_field(rows, row, copy(rows->kit, name, value));
	return 0;
}

static int sink_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	struct kit_rows *rows = (struct kit_rows *)sink;
	struct kit_row *row;

	if (refuses(rows, KIT_REFUSE_CREDENTIAL))
		return -1;
	if (!rows->n || (n && !parts) || n > MAX_PARTS) {
		kit_note(rows->kit, "sink.order", "a credential before any row, or of %zu parts at %p",
			 n, (const void *)parts);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (!parts[i].name || !has_bytes(&parts[i].value)) {
			kit_note(rows->kit, "sink.field", "a part without a name or without bytes");
			return -1;
		}
	row = &rows->row[rows->n - 1];
	if (row->credentials++)
		kit_note(rows->kit, "sink.order", "a second credential in one row");
	row->parts = kit_keep(rows->kit, NULL, (n + 1) * sizeof(*row->parts));
	for (row->nparts = 0; row->nparts < n; row->nparts++) {
		row->parts[row->nparts] =
			copy(rows->kit, parts[row->nparts].name, &parts[row->nparts].value);
		if (has_text(parts[row->nparts].value.kind))
			kit_secret(rows->kit, row->parts[row->nparts].value.u.str.ptr,
				   row->parts[row->nparts].value.u.str.len);
	}
	return 0;
}

static void sink_passed_over(struct idbc_sink *sink, uint32_t why)
{
	struct kit_rows *rows = (struct kit_rows *)sink;

	rows->passed_over++;
	if (rows->n)
		kit_note(rows->kit, "sink.order", "passed_over() after a row");
	if (why < IDBC_PASSED_DELETED || why > IDBC_PASSED_HIDDEN)
		kit_note(rows->kit, "sink.order", "passed_over() for reason %u", why);
}

void kit_rows_init(struct kit *kit, struct kit_rows *rows)
{
	memset(rows, 0, sizeof(*rows));
	rows->sink = (struct idbc_sink){ sizeof(rows->sink), 0, sink_row, sink_field,
					 sink_credential, sink_passed_over };
	rows->kit = kit;
	rows->loose = kit->loose;
}

void kit_loose(struct kit *kit)
{
	kit->loose = 1;
}

/* --- looking ------------------------------------------------------------------------------ */
const struct idbc_value *kit_field(const struct kit_row *row, const char *name)
{
	for (size_t i = 0; i < row->nfields; i++)
		if (!strcmp(row->fields[i].name, name))
			return &row->fields[i].value;
	return NULL;
}

struct idbc_str kit_field_text(const struct kit_row *row, const char *name)
{
	const struct idbc_value *value = kit_field(row, name);

	return value && has_text(value->kind) ? value->u.str : (struct idbc_str){ "", 0 };
}

int kit_value_same(const struct idbc_value *a, const struct idbc_value *b)
{
	if (a->kind != b->kind)
		return 0;
	if (has_text(a->kind))
		return kit_same(a->u.str, b->u.str);
	return a->kind == IDBC_KIND_NULL || a->u.i64 == b->u.i64;
}

static void want_fields_in(struct kit *kit, const struct kit_row *of, const struct kit_row *in,
			   const char *wanted)
{
	const struct idbc_value *other;

	for (size_t i = 0; i < of->nfields; i++) {
		other = kit_field(in, of->fields[i].name);
		if (!other)
			kit_fail(kit, wanted, "\"%s\" is in one of the two alone",
				 of->fields[i].name);
		if (!kit_value_same(&of->fields[i].value, other))
			kit_fail(kit, wanted, "\"%s\" differs", of->fields[i].name);
	}
}

void kit_want_same_row(struct kit *kit, const struct kit_row *got, const struct kit_row *wanted)
{
	kit_want_str(kit, "the same user id", got->id, wanted->id);
	want_fields_in(kit, got, wanted, "the same fields");
	want_fields_in(kit, wanted, got, "the same fields");
}
