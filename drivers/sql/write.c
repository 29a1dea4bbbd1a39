/* drivers/sql/write.c - INSERT, UPDATE and DELETE from columns and values.
 *
 * A condition on NULL is IS NULL; a column named twice keeps the later value.
 * Threads: the session's.
 */
#include "sql/write.h"

#include <string.h>

#include "sql/ascii.h"
#include "sql/text.h"

/* --- what generators may look at -------------------------------------------------------- */

static int user_col(void *ctx, int32_t link, const char *col, struct idbc_value *out)
{
	struct write *w = ctx;
	struct map_place place = { .link = link, .col = col };
	const struct idbc_value *v;

	if (link < 0 && ascii_same(col, w->session->plan->mapping->key)) {
		*out = w->user->key;
		return 0;
	}
	v = user_value(w->session, w->user, &place);
	if (v)
		*out = *v;
	return 0;
}

void write_init(struct write *w, struct session *s, struct user *user,
		const struct idbc_field *fields, size_t nfields)
{
	memset(w, 0, sizeof(*w));
	w->session = s;
	w->user = user;
	w->ctx.now_us = s->now_us;
	w->ctx.fields = fields;
	w->ctx.nfields = nfields;
	w->ctx.id = user->id;
	w->ctx.user_col = user_col;
	w->ctx.user_col_ctx = w;
	w->ctx.host = s->host;
}

void write_credential(struct write *w, const struct idbc_field *parts, size_t nparts)
{
	for (size_t i = 0; i < nparts; i++) {
		if (!strcmp(parts[i].name, "hash"))
			w->hash = value_str(&parts[i].value);
		else if (!strcmp(parts[i].name, "salt"))
			w->salt = value_str(&parts[i].value);
	}
}

/* --- columns and values ------------------------------------------------------------------ */

int sets_put(struct write *w, struct sets *sets, const char *col, const struct idbc_value *value)
{
	for (size_t i = 0; i < sets->n; i++) {
		if (!ascii_same(sets->items[i].col, col))
			continue;
		sets->items[i].value = *value;
		return 0;
	}
	if (sets->n == sets->cap) {
		size_t cap = sets->cap ? sets->cap * 2 : 16;
		struct set *grown = arena_alloc(&w->session->arena, cap * sizeof(*grown));

		if (!grown)
			return -1;
		if (sets->n)
			memcpy(grown, sets->items, sets->n * sizeof(*grown));
		sets->items = grown;
		sets->cap = cap;
	}
	sets->items[sets->n++] = (struct set){ col, *value, 0 };
	return 0;
}

void sets_assign(struct sql_text *text, const struct set *set)
{
	if (set->added)
		text_put(text, "%I = COALESCE(%I, 0) + ?", set->col, set->col);
	else
		text_put(text, "%I = ?", set->col);
}

int sets_generate(struct write *w, struct sets *sets, const char *table,
		  const struct map_sets *from, struct idbc_error *err)
{
	struct session *s = w->session;

	for (size_t i = 0; i < from->n; i++) {
		const struct map_set *set = &from->items[i];
		struct idbc_value value = { .kind = IDBC_KIND_NULL };
		int rc = codec_generate(&set->value, &w->ctx, plan_kind(s->plan, table, set->col),
					&s->arena, &value);

		if (rc == CODEC_MALFORMED)
			return s->host->fail(s->host, err, IDBC_INVALID, "invalid_value",
					     "no value can be made for column \"%s\"", set->col);
		if (rc == CODEC_NOMEM || (rc == CODEC_OK && sets_put(w, sets, set->col, &value)))
			return call_nomem(s, err);
		if (set->value.source == MAP_COUNT)
			sets->items[sets->n - 1].added = 1;
	}
	return IDBC_OK;
}

const struct idbc_value *sets_get(const struct sets *sets, const char *col)
{
	for (size_t i = 0; i < sets->n; i++)
		if (ascii_same(sets->items[i].col, col))
			return &sets->items[i].value;
	return NULL;
}

/* --- statements ---------------------------------------------------------------------------- */

struct statement {
	struct write *w;
	struct sql_text text;
	struct idbc_value *args;
	uint32_t nargs;
	const char *table;
};

static int statement_init(struct statement *st, struct write *w, const char *table, size_t nargs)
{
	struct session *s = w->session;

	st->w = w;
	st->text = (struct sql_text)SQL_TEXT_INIT(&s->arena, s->plan->dialect);
	st->args = arena_alloc(&s->arena, (nargs + 1) * sizeof(*st->args));
	st->nargs = 0;
	st->table = table;
	return st->args ? 0 : -1;
}

static void put_columns(struct statement *st, const struct sets *set)
{
	for (size_t i = 0; i < set->n; i++)
		text_put(&st->text, "%s%I", i ? ", " : "", set->items[i].col);
}

static void put_assignments(struct statement *st, const struct sets *set)
{
	for (size_t i = 0; i < set->n; i++) {
		text_put(&st->text, "%s", i ? ", " : "");
		sets_assign(&st->text, &set->items[i]);
		st->args[st->nargs++] = set->items[i].value;
	}
}

static void put_where(struct statement *st, const struct sets *where)
{
	for (size_t i = 0; i < where->n; i++) {
		const struct set *set = &where->items[i];

		text_put(&st->text, "%s%I", i ? " AND " : " WHERE ", set->col);
		text_put(&st->text, "%s", set->value.kind == IDBC_KIND_NULL ? " IS NULL" : " = ?");
		if (set->value.kind != IDBC_KIND_NULL)
			st->args[st->nargs++] = set->value;
	}
}

static int run(struct statement *st, int64_t *rows, int64_t *id, struct idbc_error *err)
{
	struct query q = { st->text.s, st->args, st->nargs, st->table };

	if (st->text.failed)
		return call_nomem(st->w->session, err);
	return call_write(st->w->session, &q, rows, id, err);
}

int write_insert(struct write *w, const char *table, const struct sets *set, int64_t *id,
		 struct idbc_error *err)
{
	struct statement st;

	if (statement_init(&st, w, table, set->n))
		return call_nomem(w->session, err);
	text_put(&st.text, "INSERT INTO %T", table);
	if (!set->n) {
		text_put(&st.text, "%s", w->session->plan->dialect->no_columns);
		return run(&st, NULL, id, err);
	}
	text_put(&st.text, " (");
	put_columns(&st, set);
	text_put(&st.text, ") VALUES (");
	for (size_t i = 0; i < set->n; i++) {
		text_put(&st.text, "%s?", i ? ", " : "");
		st.args[st.nargs++] = set->items[i].value;
	}
	text_put(&st.text, ")");
	return run(&st, NULL, id, err);
}

/* One row of several: where UPDATE knows no LIMIT, by its rowid. */
static void put_newest(struct statement *st, const struct sets *where, const char *newest)
{
	if (st->text.dialect->update_limit) {
		text_put(&st->text, " ORDER BY %I DESC LIMIT 1", newest);
		return;
	}
	text_put(&st->text, " AND rowid = (SELECT rowid FROM %T", st->table);
	put_where(st, where);
	text_put(&st->text, " ORDER BY %I DESC LIMIT 1)", newest);
}

int write_update(struct write *w, const char *table, const struct sets *set,
		 const struct sets *where, const char *newest, int64_t *rows,
		 struct idbc_error *err)
{
	struct statement st;

	if (statement_init(&st, w, table, set->n + 2 * where->n))
		return call_nomem(w->session, err);
	text_put(&st.text, "UPDATE %T SET ", table);
	put_assignments(&st, set);
	put_where(&st, where);
	if (newest)
		put_newest(&st, where, newest);
	return run(&st, rows, NULL, err);
}

int write_delete(struct write *w, const char *table, const struct sets *where, int64_t *rows,
		 struct idbc_error *err)
{
	struct statement st;

	if (statement_init(&st, w, table, where->n))
		return call_nomem(w->session, err);
	text_put(&st.text, "DELETE FROM %T", table);
	put_where(&st, where);
	return run(&st, rows, NULL, err);
}

int write_key(struct write *w, struct sets *where)
{
	return sets_put(w, where, w->session->plan->mapping->key, &w->user->key);
}

int write_user(struct write *w, const struct sets *set, struct idbc_error *err)
{
	struct session *s = w->session;
	struct sets where = { NULL, 0, 0 };
	int64_t rows = 0;
	int rc;

	if (!set->n)
		return IDBC_OK;
	if (write_key(w, &where))
		return call_nomem(s, err);
	rc = write_update(w, s->plan->mapping->table, set, &where, NULL, &rows, err);
	if (rc != IDBC_OK || rows == 1)
		return rc;
	return rows ? call_ambiguous(s, err) : call_no_user(s, err);
}

/* --- credentials that do not fit ------------------------------------------------------------ */

static size_t characters(const struct idbc_str *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		n += ((unsigned char)s->ptr[i] & 0xc0) != 0x80;
	return n;
}

static int fits(const struct plan *plan, const struct map_place *place,
		const struct idbc_str *value)
{
	const struct catalogue_column *c = NULL;

	if (mapping_has(place))
		c = catalogue_column(&plan->catalogue, plan_table(plan, place->link),
				     plan_place_col(plan, place));
	return !c || !plan->dialect->widths_bind || c->width <= 0 ||
	       characters(value) <= (uint64_t)c->width;
}

int write_check_width(struct write *w, const struct idbc_field *parts, size_t nparts,
		      struct idbc_error *err)
{
	struct session *s = w->session;
	const struct mapping *m = s->plan->mapping;

	for (size_t i = 0; i < nparts; i++) {
		const struct map_place *place = !strcmp(parts[i].name, "hash") ? &m->pw_hash
						: !strcmp(parts[i].name, "salt") ? &m->pw_salt : NULL;
		struct idbc_str value = value_str(&parts[i].value);

		if (place && !fits(s->plan, place, &value))
			return s->host->fail(s->host, err, IDBC_CONFLICT, "column_too_narrow",
					     "column \"%s\" is too narrow for the new credential",
					     plan_place_col(s->plan, place));
	}
	return IDBC_OK;
}
