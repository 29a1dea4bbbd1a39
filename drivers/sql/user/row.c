/* drivers/sql/user/row.c - a user found, as the connector's sink wants him: fields in the order
 * of the mapping, templates from the others, the credential's parts.  What a column holds
 * against the mapping's word is left out and logged, without the value.
 * Threads: the session's.
 */
#include "sql/user/failed.h"
#include "sql/user/lookup.h"
#include "sql/codec/codec_part.h"
#include "sql/user/key.h"

#include <string.h>

struct shown {
	struct session *session;
	const struct mapping *mapping;
	struct idbc_value *values;      /* by field; NULL kind: absent */
};

static struct idbc_value str_value(uint32_t kind, const char *ptr, size_t len)
{
	return (struct idbc_value){ .kind = kind, .u.str = { ptr, len } };
}

/* Backends deliver text: a number in a column of integers is one, "007" is none. */
static void as_integer(const struct map_field *f, uint32_t type, struct idbc_value *value)
{
	struct idbc_str text = value_str(value);
	size_t sign = text.len && text.ptr[0] == '-';
	int64_t n;

	if (f->kind != MAP_COL || f->type != MAP_TEXT || value->kind != IDBC_KIND_STR ||
	    type != SQL_COL_INTEGER ||
	    (text.len > 1 && text.ptr[sign] == '0') || codec_i64(text.ptr, text.len, &n))
		return;
	value->kind = IDBC_KIND_I64;
	value->u.i64 = n;
}

/* Sixteen bytes that are no text, where a column keeps uuids. */
static int as_uuid(struct session *s, const struct map_field *f, uint32_t type,
		   struct idbc_value *value)
{
	struct idbc_str bytes = value->u.str;

	if (value->kind != IDBC_KIND_BYTES || bytes.len != 16 || f->type != MAP_TEXT ||
	    type != SQL_COL_UUID_BYTES)
		return CODEC_OK;
	while (bytes.len && !bytes.ptr[bytes.len - 1])
		bytes.len--;
	if (key_is_plain(s, &bytes))
		return CODEC_OK;
	value->kind = IDBC_KIND_STR;
	return codec_uuid_text(&value->u.str, &s->arena, &value->u.str);
}

static int read_column(struct session *s, const struct map_field *f, const struct plan_col *col,
		       const struct idbc_value *stored, struct idbc_value *out)
{
	struct idbc_value value = { .kind = IDBC_KIND_NULL }, member = *stored;
	int rc = CODEC_OK;

	if (f->place.json)
		rc = codec_member(&f->place, stored, &s->arena, &member);
	if (rc == CODEC_OK)
		rc = as_uuid(s, f, col->type, &member);
	if (rc == CODEC_OK)
		rc = codec_read(f, &member, &s->arena, &value);
	if (rc == CODEC_NOMEM)
		return -1;
	if (rc == CODEC_MALFORMED || rc == CODEC_NEVER)
		s->host->log(s->host, IDBC_LOG_WARNING,
			     "a stored value is not what the mapping says of %s, left out", f->name);
	if (rc != CODEC_OK)
		return 0;
	as_integer(f, col->type, &value);
	*out = value;
	return 0;
}

/* *value: what a field that is absent says, before and after. */
static int read_field(struct session *s, const struct plan_col *col,
		      const struct idbc_value *stored, struct idbc_value *value)
{
	const struct map_field *f = &s->plan->mapping->fields[col->field];
	struct idbc_str text;

	if (f->kind == MAP_COL)
		return read_column(s, f, col, stored, value);
	text = value_str(stored);
	if (f->kind == MAP_EXISTS) {
		value->kind = IDBC_KIND_BOOL;
		value->u.i64 = text.len == 1 && text.ptr[0] == '1';
	} else if (f->kind == MAP_LIST) {
		*value = text.len ? str_value(IDBC_KIND_JSON, text.ptr, text.len)
				  : str_value(IDBC_KIND_JSON, "[]", 2);
	} else {
		return read_column(s, f, col, stored, value);
	}
	return 0;
}

static void read_constant(struct shown *shown, size_t i)
{
	const struct map_value *v = &shown->mapping->fields[i].constant;

	if (v->source == MAP_STR || v->source == MAP_REAL) {
		shown->values[i] = str_value(IDBC_KIND_STR, v->str, strlen(v->str));
	} else if (v->source == MAP_I64 || v->source == MAP_BOOL) {
		shown->values[i].kind = v->source == MAP_BOOL ? IDBC_KIND_BOOL : IDBC_KIND_I64;
		shown->values[i].u.i64 = v->i64;
	}
}

/* --- templates ------------------------------------------------------------------------ */

static const struct idbc_value *value_of(const struct shown *shown, const char *field)
{
	for (size_t i = 0; i < shown->mapping->nfields; i++)
		if (!strcmp(shown->mapping->fields[i].name, field))
			return &shown->values[i];
	return NULL;
}

static struct idbc_str piece_text(const struct shown *shown, const struct map_piece *piece)
{
	const struct idbc_value *v;
	struct idbc_str text = { "", 0 };

	if (piece->text)
		return (struct idbc_str){ piece->text, strlen(piece->text) };
	v = value_of(shown, piece->field);
	if (v && v->kind == IDBC_KIND_I64) {
		text.ptr = arena_printf(&shown->session->arena, "%lld", (long long)v->u.i64);
		text.len = text.ptr ? strlen(text.ptr) : 0;
		return text;
	}
	return v ? value_str(v) : text;
}

static int has_a_part(const struct shown *shown, const struct map_field *f)
{
	for (size_t i = 0; i < f->npieces; i++)
		if (f->pieces[i].field && piece_text(shown, &f->pieces[i]).len)
			return 1;
	return 0;
}

static int read_template(struct shown *shown, size_t index)
{
	const struct map_field *f = &shown->mapping->fields[index];
	size_t cap = 1, len = 0;
	char *text;

	if (!has_a_part(shown, f))
		return 0;
	for (size_t i = 0; i < f->npieces; i++)
		cap += piece_text(shown, &f->pieces[i]).len;
	text = arena_alloc(&shown->session->arena, cap);
	if (!text)
		return -1;
	for (size_t i = 0; i < f->npieces; i++) {
		struct idbc_str piece = piece_text(shown, &f->pieces[i]);

		memcpy(text + len, piece.ptr, piece.len);
		len += piece.len;
	}
	while (len && text[len - 1] == ' ')
		len--;
	for (; len && *text == ' '; len--)
		text++;
	shown->values[index] = str_value(IDBC_KIND_STR, text, len);
	return 0;
}

/* --- the whole user -------------------------------------------------------------------- */

static int is_bit(const struct plan_col *col, const struct idbc_value *stored)
{
	const struct idbc_str *text = &stored->u.str;

	return col->as_bit && stored->kind == IDBC_KIND_STR && text->len == 1 &&
	       (*text->ptr == '0' || *text->ptr == '1' || *text->ptr == 'f' || *text->ptr == 't');
}

/* *value as for read_field(); most columns need no look at the mapping. */
static int read_shown(struct session *s, const struct plan_col *col,
		      const struct idbc_value *stored, struct idbc_value *value)
{
	if (stored->kind == IDBC_KIND_NULL && col->null_is_absent)
		return 0;
	if (col->as_stored && stored->kind == IDBC_KIND_STR) {
		*value = *stored;
	} else if (is_bit(col, stored)) {
		value->kind = IDBC_KIND_BOOL;
		value->u.i64 = *stored->u.str.ptr == '1' || *stored->u.str.ptr == 't';
	} else {
		return read_field(s, col, stored, value);
	}
	return 0;
}

static int read_values(struct shown *shown, const struct plan_select *select,
		       const struct found *user)
{
	for (uint32_t i = 0; i < select->ncols; i++) {
		const struct plan_col *col = &select->cols[i];

		if (col->kind == PLAN_FIELD &&
		    read_shown(shown->session, col, &user->cols[i], &shown->values[col->field]))
			return -1;
	}
	for (size_t i = 0; i < shown->mapping->nfields; i++)
		if (shown->mapping->fields[i].kind == MAP_CONST)
			read_constant(shown, i);
	for (size_t i = 0; i < shown->mapping->nfields; i++)
		if (shown->mapping->fields[i].kind == MAP_TEMPLATE && read_template(shown, i))
			return -1;
	return 0;
}

/* A column that says "the password is elsewhere": neither NULL, nor empty, nor 0. */
static int is_set(const struct idbc_value *v)
{
	struct idbc_str text = value_str(v);

	return text.len && !(text.len == 1 && text.ptr[0] == '0');
}

static int emit_credential(const struct plan_select *select, const struct found *user,
			   struct idbc_sink *sink)
{
	static const char *const names[] = {
		[PLAN_HASH] = "hash", [PLAN_SALT] = "salt", [PLAN_WHEN] = "external",
	};
	struct idbc_field parts[3];
	size_t n = 0;

	for (uint32_t i = select->credential; i < select->ncols && n < 3; i++) {
		uint32_t kind = select->cols[i].kind;

		if (kind == PLAN_FIELD || kind >= PLAN_PLACE)
			continue;
		if (kind == PLAN_WHEN && !is_set(&user->cols[i]))
			continue;
		parts[n++] = (struct idbc_field){ names[kind], user->cols[i] };
	}
	return sink->credential(sink, parts, n);
}

/* Fields that come from several columns, or from none. */
static int emit_computed(struct session *s, const struct plan_select *select,
			 const struct found *user, struct idbc_sink *sink, struct idbc_error *err)
{
	struct shown shown = { s, s->plan->mapping, NULL };

	shown.values = arena_alloc(&s->arena, (shown.mapping->nfields + 1) *
					      sizeof(*shown.values));
	if (!shown.values || read_values(&shown, select, user))
		return call_nomem(s, err);
	for (size_t i = 0; i < shown.mapping->nfields; i++) {
		const struct idbc_value *v = &shown.values[i];

		if (v->kind != IDBC_KIND_NULL && sink->field(sink, s->plan->names[i], v))
			return call_refused(s, err);
	}
	return IDBC_OK;
}

/* Each field is a column, in this order: nothing is kept for later. */
static int emit_columns(struct session *s, const struct plan_select *select,
			const struct found *user, struct idbc_sink *sink, struct idbc_error *err)
{
	for (uint32_t i = 0; i < select->ncols; i++) {
		const struct plan_col *col = &select->cols[i];
		struct idbc_value value = { .kind = IDBC_KIND_NULL };

		if (col->kind != PLAN_FIELD)
			continue;
		if (read_shown(s, col, &user->cols[i], &value))
			return call_nomem(s, err);
		if (value.kind != IDBC_KIND_NULL &&
		    sink->field(sink, s->plan->names[col->field], &value))
			return call_refused(s, err);
	}
	return IDBC_OK;
}

static int emit_failed(struct session *s, const struct plan_select *select,
		       const struct found *user, struct idbc_sink *sink)
{
	const struct idbc_value yes = { .kind = IDBC_KIND_BOOL, .u.i64 = 1 };
	struct failed_state state = failed_state(s, select, user);

	if (state.locked && sink->field(sink, "locked_out", &yes))
		return -1;
	return state.noted ? sink->field(sink, "login.failed", &yes) : 0;
}

void row_passed_over(const struct lookup *found, struct idbc_sink *sink)
{
	if (!IDBC_HAS(sink, passed_over) || !sink->passed_over)
		return;
	for (uint32_t i = 0; i < found->deleted; i++)
		sink->passed_over(sink, IDBC_PASSED_DELETED);
	for (uint32_t i = 0; i < found->unequal; i++)
		sink->passed_over(sink, IDBC_PASSED_UNEQUAL);
	for (uint32_t i = 0; i < found->hidden; i++)
		sink->passed_over(sink, IDBC_PASSED_HIDDEN);
}

int row_emit(struct session *s, const struct plan_select *select, const struct found *user,
	     struct idbc_sink *sink, struct idbc_error *err)
{
	int rc;

	if (sink->row(sink, &user->id, &user->matched))
		return call_refused(s, err);
	if (s->plan->ncomputed)
		rc = emit_computed(s, select, user, sink, err);
	else
		rc = emit_columns(s, select, user, sink, err);
	if (rc == IDBC_OK &&
	    (emit_failed(s, select, user, sink) || emit_credential(select, user, sink)))
		rc = call_refused(s, err);
	return rc;
}

int row_emit_credential(struct session *s, const struct plan_select *select,
			const struct found *user, struct idbc_sink *sink, struct idbc_error *err)
{
	if (sink->row(sink, &user->id, &user->matched) || emit_credential(select, user, sink))
		return call_refused(s, err);
	return IDBC_OK;
}
