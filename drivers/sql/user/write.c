/* drivers/sql/user/write.c - INSERT, UPDATE and DELETE from columns and values.
 *
 * A condition on NULL is IS NULL; a column named twice keeps the later value.
 * Threads: the session's.
 */
#include "sql/user/write.h"
#include "sql/user/key.h"

#include <string.h>

#include "sql/base/ascii.h"
#include "sql/plan/text.h"

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
	w->ctx.key = user->key;
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

int sets_add(struct write *w, struct sets *sets, const struct set *set)
{
	if (sets_put(w, sets, set->col, &set->value))
		return -1;
	for (size_t i = 0; i < sets->n; i++)
		if (ascii_same(sets->items[i].col, set->col))
			sets->items[i].added = set->added;
	return 0;
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

#define WAYS 3                  /* in which put_any() asks for one value */

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
	st->args = arena_alloc(&s->arena, (WAYS * nargs + 1) * sizeof(*st->args));
	st->nargs = 0;
	st->table = table;
	return st->args ? 0 : -1;
}

static const struct catalogue_column *column(const struct statement *st, const char *col)
{
	return catalogue_column(&st->w->session->plan->catalogue, st->table, col);
}

/* A ? that goes into a column, or is compared with it. */
static void put_arg(struct statement *st, const struct set *set)
{
	const struct catalogue_column *c = column(st, set->col);

	text_put(&st->text, "%s?%s", c ? c->arg_open : "", c ? c->arg_close : "");
	st->args[st->nargs++] = set->value;
}

static void put_columns(struct statement *st, const struct sets *set)
{
	for (size_t i = 0; i < set->n; i++)
		text_put(&st->text, "%s%I", i ? ", " : "", set->items[i].col);
}

static void put_assignment(struct statement *st, const struct set *set)
{
	text_put(&st->text, "%I = ", set->col);
	if (set->added)
		text_put(&st->text, "COALESCE(%I, 0) + ", set->col);
	put_arg(st, set);
}

static void put_assignments(struct statement *st, const struct sets *set)
{
	for (size_t i = 0; i < set->n; i++) {
		text_put(&st->text, "%s", i ? ", " : "");
		put_assignment(st, &set->items[i]);
	}
}

/* Text, the same as bytes, and the same as a number: which of them is stored is not known. */
static void put_any(struct statement *st, const struct set *set)
{
	struct idbc_value *args = &st->args[st->nargs];
	struct idbc_str text = value_str(&set->value);

	text_put(&st->text, " IN (?, ?, ?)");
	args[0] = args[1] = args[2] = set->value;
	st->nargs += 3;
	if (set->value.kind != IDBC_KIND_STR && set->value.kind != IDBC_KIND_BYTES)
		return;
	args[0].kind = IDBC_KIND_STR;
	args[1].kind = IDBC_KIND_BYTES;
	if (key_is_number(&text, &args[2].u.i64))
		args[2].kind = IDBC_KIND_I64;
}

static void put_where(struct statement *st, const struct sets *where)
{
	for (size_t i = 0; i < where->n; i++) {
		const struct set *set = &where->items[i];
		const struct catalogue_column *c = column(st, set->col);

		text_put(&st->text, "%s%I", i ? " AND " : " WHERE ", set->col);
		if (set->value.kind == IDBC_KIND_NULL) {
			text_put(&st->text, " IS NULL");
		} else if (c && c->mixed) {
			put_any(st, set);
		} else {
			text_put(&st->text, " = ");
			put_arg(st, set);
		}
	}
}

static int run(struct statement *st, int64_t *rows, int64_t *id, struct idbc_error *err)
{
	struct query q = { st->text.s, st->args, st->nargs, st->table };

	if (st->text.failed)
		return call_nomem(st->w->session, err);
	return call_write(st->w->session, &q, rows, id, err);
}

static void put_values(struct statement *st, const struct sets *set)
{
	text_put(&st->text, " VALUES (");
	for (size_t i = 0; i < set->n; i++) {
		text_put(&st->text, "%s", i ? ", " : "");
		put_arg(st, &set->items[i]);
	}
	text_put(&st->text, ")");
}

/* The key as a read would show it. */
static void put_made(struct statement *st, const char *prefix, const char *key)
{
	const struct catalogue_column *c = column(st, key);
	const char *of = st->text.dialect->made_of;

	text_put(&st->text, "%s%s%s%I%s", prefix, c ? c->read_open : "", of, key,
		 c ? c->read_close : "");
}

/* The row that an INSERT answers with: a key of any type. */
static int read_key(struct statement *st, struct idbc_value *made, struct idbc_error *err)
{
	struct session *s = st->w->session;
	struct query q = { st->text.s, st->args, st->nargs, st->table };
	struct cursor c;
	int rc = cursor_open(s, &q, 1, &c, err), more = 0;

	if (rc == IDBC_OK)
		more = cursor_next(&c, err);
	if (more < 0)
		rc = (int)err->status;
	else if (rc == IDBC_OK && (!more || c.cols[0].kind == IDBC_KIND_NULL))
		rc = s->host->fail(s->host, err, IDBC_CONFLICT, "no_key",
				   "the store made no key for the new row");
	else if (rc == IDBC_OK && value_copy(s, &c.cols[0], made))
		rc = call_nomem(s, err);
	cursor_close(&c);
	return rc;
}

static int run_insert(struct statement *st, const char *key, struct idbc_value *made,
		      struct idbc_error *err)
{
	const struct dialect *d = st->text.dialect;
	int64_t id = 0;
	int rc;

	if (st->text.failed)
		return call_nomem(st->w->session, err);
	if (key && (d->returning || d->output))
		return read_key(st, made, err);
	rc = run(st, NULL, key ? &id : NULL, err);
	if (rc == IDBC_OK && key)
		*made = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = id };
	return rc;
}

int write_insert(struct write *w, const char *table, const struct sets *set, const char *key,
		 struct idbc_value *made, struct idbc_error *err)
{
	const struct dialect *d = w->session->plan->dialect;
	struct statement st;

	if (statement_init(&st, w, table, set->n))
		return call_nomem(w->session, err);
	text_put(&st.text, "INSERT INTO %T", table);
	if (set->n) {
		text_put(&st.text, " (");
		put_columns(&st, set);
		text_put(&st.text, ")");
	}
	if (key && d->output)
		put_made(&st, d->output, key);
	if (set->n)
		put_values(&st, set);
	else
		text_put(&st.text, "%s", d->no_columns);
	if (key && d->returning)
		put_made(&st, d->returning, key);
	return run_insert(&st, key, made, err);
}

/* One row of several: where UPDATE knows no LIMIT, by what tells its rows apart. */
static void put_newest(struct statement *st, const struct sets *where, const char *newest)
{
	const struct dialect *d = st->text.dialect;

	if (d->newest == NEWEST_ROW) {
		text_put(&st->text, " AND %s = (SELECT %s FROM %T", d->row_id, d->row_id,
			 st->table);
		put_where(st, where);
	}
	text_put(&st->text, " ORDER BY %I%s LIMIT 1%s", newest, d->newest_first,
		 d->newest == NEWEST_ROW ? ")" : "");
}

/* SQL Server updates one row of several through a name given to it. */
static void put_with(struct statement *st, const struct sets *set, const struct sets *where,
		     const char *newest)
{
	text_put(&st->text, "WITH n AS (SELECT TOP (1) * FROM %T", st->table);
	put_where(st, where);
	text_put(&st->text, " ORDER BY %I DESC) UPDATE n SET ", newest);
	put_assignments(st, set);
}

int write_update(struct write *w, const char *table, const struct sets *set,
		 const struct sets *where, const char *newest, int64_t *rows,
		 struct idbc_error *err)
{
	struct statement st;

	if (statement_init(&st, w, table, set->n + 2 * where->n))
		return call_nomem(w->session, err);
	if (newest && st.text.dialect->newest == NEWEST_WITH) {
		put_with(&st, set, where, newest);
		return run(&st, rows, NULL, err);
	}
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

/* A key that others may share, beside rows that are no users or by parts of it that the
 * mapping says, is his only together with those. */
int write_his(struct write *w, struct sets *where, struct idbc_error *err)
{
	const struct plan *plan = w->session->plan;
	const struct mapping *m = plan->mapping;

	if (sets_put(w, where, m->key, &w->user->key))
		return call_nomem(w->session, err);
	if (catalogue_tells_apart(&plan->catalogue, m->table, m->key))
		return IDBC_OK;
	return sets_generate(w, where, m->table, &m->where, err);
}

/* No collation has a say about a credential. */
static void put_still(struct statement *st, const struct set *set)
{
	const struct dialect *d = st->text.dialect;
	const struct catalogue_column *c = column(st, set->col);
	int bytes = c && codec_is_bytes(c->kind), text = d->types_differ && !bytes;

	if (set->value.kind == IDBC_KIND_NULL) {
		text_put(&st->text, " AND %I IS NULL", set->col);
		return;
	}
	if (bytes && d->types_differ) {
		text_put(&st->text, " AND %I = ", set->col);
		put_arg(st, set);
		return;
	}
	text_put(&st->text, " AND %s%s%I%s%s = %s%s?%s%s", d->bytes_open, text ? d->utf8_open : "",
		 set->col, text ? d->utf8_close : "", d->bytes_close, d->bytes_open, d->text_open,
		 d->text_close, d->bytes_close);
	st->args[st->nargs++] = set->value;
}

int write_swap(struct write *w, const struct sets *set, const struct sets *still,
	       int64_t *rows, struct idbc_error *err)
{
	struct sets where = { NULL, 0, 0 };
	struct statement st;
	int rc = write_his(w, &where, err);

	if (rc != IDBC_OK)
		return rc;
	if (statement_init(&st, w, w->session->plan->mapping->table,
			   set->n + still->n + where.n))
		return call_nomem(w->session, err);
	text_put(&st.text, "UPDATE %T SET ", st.table);
	put_assignments(&st, set);
	put_where(&st, &where);
	for (size_t i = 0; i < still->n; i++)
		put_still(&st, &still->items[i]);
	return run(&st, rows, NULL, err);
}

int write_user(struct write *w, const struct sets *set, struct idbc_error *err)
{
	struct session *s = w->session;
	struct sets where = { NULL, 0, 0 };
	int64_t rows = 0;
	int rc;

	if (!set->n)
		return IDBC_OK;
	rc = write_his(w, &where, err);
	if (rc != IDBC_OK)
		return rc;
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
