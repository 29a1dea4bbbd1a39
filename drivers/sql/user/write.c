/* drivers/sql/user/write.c - INSERT, UPDATE and DELETE from columns and values.
 *
 * A condition on NULL is IS NULL.  Views that triggers write are asked what became of it.
 * Threads: the session's.
 */
#include "sql/user/statement.h"
#include "sql/user/key.h"

#include <string.h>

/* --- statements ---------------------------------------------------------------------------- */

#define WAYS 3                  /* in which put_any() asks for one value */

int statement_init(struct statement *st, struct write *w, const char *table, size_t nargs)
{
	struct session *s = w->session;

	st->w = w;
	st->text = (struct sql_text)SQL_TEXT_INIT(&s->arena, s->plan->dialect);
	st->args = arena_alloc(&s->arena, (WAYS * nargs + 1) * sizeof(*st->args));
	st->nargs = 0;
	st->table = table;
	return st->args ? 0 : -1;
}

const struct catalogue_column *statement_column(const struct statement *st, const char *col)
{
	return catalogue_column(&st->w->session->plan->catalogue, st->table, col);
}

/* Bytes that are a text; those of a uuid may look like one. */
static int is_text(struct session *s, const struct idbc_value *v)
{
	return v->kind == IDBC_KIND_BYTES && key_is_plain(s, &v->u.str) &&
	       !(s->plan->key_kind == SQL_COL_UUID_BYTES && v->u.str.len == 16);
}

/* A ? that goes into a column, or is compared with it. */
void statement_arg(struct statement *st, const struct set *set)
{
	const struct catalogue_column *c = statement_column(st, set->col);

	text_put(&st->text, "%s?%s", c ? c->arg_open : "", c ? c->arg_close : "");
	st->args[st->nargs] = set->value;
	if (c && c->text_first && c->mixed && is_text(st->w->session, &set->value))
		st->args[st->nargs].kind = IDBC_KIND_STR;
	st->nargs++;
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
	statement_arg(st, set);
}

void statement_assignments(struct statement *st, const struct sets *set)
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

void statement_where(struct statement *st, const struct sets *where)
{
	for (size_t i = 0; i < where->n; i++) {
		const struct set *set = &where->items[i];
		const struct catalogue_column *c = statement_column(st, set->col);

		text_put(&st->text, "%s%I", i ? " AND " : " WHERE ", set->col);
		if (set->value.kind == IDBC_KIND_NULL) {
			text_put(&st->text, " IS NULL");
		} else if (c && c->mixed) {
			put_any(st, set);
		} else {
			text_put(&st->text, " = ");
			statement_arg(st, set);
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

static int is_view(const struct statement *st)
{
	const struct catalogue_table *t =
		catalogue_table(&st->w->session->plan->catalogue, st->table);

	return t && t->view;
}

/* What is behind a view is written by triggers, which count no rows: it is asked. */
int statement_counted(struct statement *st, const struct sets *where, int64_t *rows,
		      struct idbc_error *err)
{
	struct statement count;
	struct query q = { .table = st->table };
	struct cursor c;
	int rc = run(st, rows, NULL, err);

	if (rc != IDBC_OK || !rows || !is_view(st))
		return rc;
	if (statement_init(&count, st->w, st->table, where->n))
		return call_nomem(st->w->session, err);
	text_put(&count.text, "SELECT 1 FROM %T", count.table);
	statement_where(&count, where);
	q.sql = count.text.s;
	q.args = count.args;
	q.nargs = count.nargs;
	if (count.text.failed)
		return call_nomem(st->w->session, err);
	rc = cursor_open(st->w->session, &q, 1, &c, err);
	for (*rows = 0; rc == IDBC_OK;) {
		int more = cursor_next(&c, err);

		if (more <= 0) {
			rc = more < 0 ? (int)err->status : IDBC_OK;
			break;
		}
		++*rows;
	}
	cursor_close(&c);
	return rc;
}

static void put_values(struct statement *st, const struct sets *set)
{
	text_put(&st->text, " VALUES (");
	for (size_t i = 0; i < set->n; i++) {
		text_put(&st->text, "%s", i ? ", " : "");
		statement_arg(st, &set->items[i]);
	}
	text_put(&st->text, ")");
}

/* The key as a read would show it. */
static void put_made(struct statement *st, const char *prefix, const char *key)
{
	const struct catalogue_column *c = statement_column(st, key);
	const char *of = st->text.dialect->made_of;

	text_put(&st->text, "%s%s%s%I%s", prefix, c ? c->read_open : "", of ? of : "", key,
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

/* The key that triggers gave to what was put into a view: that of the row which now has
 * the fields that tell users apart. */
static int find_key(struct statement *st, const struct sets *set, const char *key,
		    struct idbc_value *made, struct idbc_error *err)
{
	struct write *w = st->w;
	const struct mapping *m = w->session->plan->mapping;
	struct sets where = { NULL, 0, 0 };
	struct statement find;

	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];
		const struct idbc_value *v = NULL;

		if (f->kind == MAP_COL && f->place.link < 0 && mapping_keeps_apart(m, f))
			v = sets_get(set, f->place.col);
		if (v && sets_put(w, &where, f->place.col, v))
			return call_nomem(w->session, err);
	}
	if (!where.n)
		return w->session->host->fail(w->session->host, err, IDBC_CONFLICT, "no_key",
					      "the store made no key for the new row");
	if (statement_init(&find, w, st->table, where.n))
		return call_nomem(w->session, err);
	put_made(&find, "SELECT ", key);
	text_put(&find.text, " FROM %T", find.table);
	statement_where(&find, &where);
	if (find.text.failed)
		return call_nomem(w->session, err);
	return read_key(&find, made, err);
}

int write_insert(struct write *w, const char *table, const struct sets *set, const char *key,
		 struct idbc_value *made, struct idbc_error *err)
{
	const struct dialect *d = w->session->plan->dialect;
	struct statement st;
	int rc, hidden;

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
	hidden = key && is_view(&st);
	rc = run_insert(&st, hidden ? NULL : key, made, err);
	return rc == IDBC_OK && hidden ? find_key(&st, set, key, made, err) : rc;
}

/* One row of several: where UPDATE knows no LIMIT, by what tells its rows apart. */
static void put_newest(struct statement *st, const struct sets *where, const char *newest)
{
	const struct dialect *d = st->text.dialect;

	if (d->newest == NEWEST_ROW) {
		text_put(&st->text, " AND %s = (SELECT %s FROM %T", d->row_id, d->row_id,
			 st->table);
		statement_where(st, where);
	}
	text_put(&st->text, " ORDER BY %I%s LIMIT 1%s", newest, d->newest_first,
		 d->newest == NEWEST_ROW ? ")" : "");
}

/* SQL Server updates one row of several through a name given to it. */
static void put_with(struct statement *st, const struct sets *set, const struct sets *where,
		     const char *newest)
{
	text_put(&st->text, "WITH n AS (SELECT TOP (1) * FROM %T", st->table);
	statement_where(st, where);
	text_put(&st->text, " ORDER BY %I DESC) UPDATE n SET ", newest);
	statement_assignments(st, set);
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
	statement_assignments(&st, set);
	statement_where(&st, where);
	if (newest)
		put_newest(&st, where, newest);
	return statement_counted(&st, where, rows, err);
}

int write_delete(struct write *w, const char *table, const struct sets *where, int64_t *rows,
		 struct idbc_error *err)
{
	struct statement st;
	int rc;

	if (statement_init(&st, w, table, where->n))
		return call_nomem(w->session, err);
	text_put(&st.text, "DELETE FROM %T", table);
	statement_where(&st, where);
	rc = statement_counted(&st, where, rows, err);
	if (rc == IDBC_OK && rows && is_view(&st))
		*rows = !*rows;                 /* those that are left were not deleted */
	return rc;
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
