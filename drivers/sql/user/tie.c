/* drivers/sql/user/tie.c - ties between a link's rows and their user.
 *
 * Rows tied by what tells a user from all others are his: they go with him and follow a
 * new address.  Rows tied by what others may share, such as his group's, are not.
 * Threads: the session's.
 */
#include "sql/user/tie.h"

#include <string.h>

#include "sql/base/ascii.h"

/* --- whose they are ------------------------------------------------------------------- */

/* Is a column of the user's row one that tells him from everybody else? */
static int names_him(const struct session *s, const char *col)
{
	const struct mapping *m = s->plan->mapping;

	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];

		if (f->kind == MAP_COL && f->place.link < 0 && f->place.col &&
		    ascii_same(f->place.col, col) && mapping_keeps_apart(m, f))
			return 1;
	}
	return ascii_same(m->key, col);
}

int tie_is_his(const struct session *s, const struct map_link *link)
{
	const struct mapping *m = s->plan->mapping;

	for (size_t i = 0; i < link->on.n; i++) {
		const struct map_value *v = &link->on.items[i].value;

		if (v->source == MAP_USER_COL && names_him(s, v->str))
			return 1;
		if (v->source == MAP_LINK_COL && tie_is_his(s, &m->links[v->link]) &&
		    catalogue_tells_apart(&s->plan->catalogue, m->links[v->link].table, v->str))
			return 1;
	}
	return 0;
}

/* --- his values ----------------------------------------------------------------------- */

static int all_there(const struct map_link *link, const struct sets *ties)
{
	for (size_t i = 0; i < ties->n; i++)
		if (ties->items[i].value.kind == IDBC_KIND_NULL)
			return 0;
	return ties->n == link->on.n;
}

int tie_values(struct write *w, const struct map_link *link, struct sets *out,
	       struct idbc_error *err)
{
	struct session *s = w->session;
	struct sets ties = { NULL, 0, 0 };
	int rc = sets_generate(w, &ties, link->table, &link->on, err);

	if (rc != IDBC_OK)
		return rc;
	if (!all_there(link, &ties))
		return s->host->fail(s->host, err, IDBC_CONFLICT, "tie_missing",
				     "the user lacks what a row of table \"%s\" is tied to him by",
				     link->table);
	for (size_t i = 0; i < ties.n; i++)
		if (sets_put(w, out, ties.items[i].col, &ties.items[i].value))
			return call_nomem(s, err);
	return IDBC_OK;
}

int tie_is_known(struct write *w, const struct map_link *link)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	struct sets ties = { NULL, 0, 0 };

	return sets_generate(w, &ties, link->table, &link->on, &ignored) == IDBC_OK &&
	       all_there(link, &ties);
}

/* --- new ties ------------------------------------------------------------------------- */

static int same_value(const struct idbc_value *a, const struct idbc_value *b)
{
	struct idbc_str one = value_str(a), two = value_str(b);

	if (a->kind == IDBC_KIND_I64 || a->kind == IDBC_KIND_BOOL)
		return a->kind == b->kind && a->u.i64 == b->u.i64;
	return (a->kind == IDBC_KIND_NULL) == (b->kind == IDBC_KIND_NULL) && str_equal(&one, &two);
}

/* A condition of the link's own constants, with the ties as they were. */
static int old_rows(struct write *w, const struct map_link *link, struct sets *where,
		    struct idbc_error *err)
{
	int rc = sets_generate(w, where, link->table, &link->on, err);

	if (rc == IDBC_OK && !all_there(link, where))
		where->n = 0;
	return rc == IDBC_OK && where->n ? sets_generate(w, where, link->table, &link->where, err)
					 : rc;
}

/* Nobody can say whose the rows are that hang on a shared address. */
static int refuse_shared(struct write *w, const struct map_link *link, struct idbc_error *err)
{
	struct session *s = w->session;
	const struct map_field *f = mapping_field(s->plan->mapping, "email");

	for (size_t i = 0; i < link->on.n; i++) {
		const struct map_value *v = &link->on.items[i].value;

		if (f && f->kind == MAP_COL && f->place.link < 0 && f->place.col &&
		    v->source == MAP_USER_COL && ascii_same(v->str, f->place.col))
			return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "email_is_tie",
					     "rows of table \"%s\" hang on the address, which "
					     "others may share", link->table);
	}
	return IDBC_OK;
}

/* `where`: his rows until now, none if empty. */
static int move_rows(struct write *w, const struct map_link *link, const struct sets *where,
		     struct idbc_error *err)
{
	struct sets ties = { NULL, 0, 0 };
	int64_t rows = 0;
	int rc, moved = 0;

	rc = sets_generate(w, &ties, link->table, &link->on, err);
	if (rc != IDBC_OK || !where->n || !all_there(link, &ties))
		return rc;
	for (size_t i = 0; i < ties.n; i++)
		moved |= !same_value(&ties.items[i].value, sets_get(where, ties.items[i].col));
	if (!moved)
		return IDBC_OK;
	if (!tie_is_his(w->session, link))
		return refuse_shared(w, link, err);
	rc = write_update(w, link->table, &ties, where, NULL, &rows, err);
	if (rc != IDBC_EXISTS)
		return rc;
	err->status = IDBC_CONFLICT;
	strcpy(err->code, "duplicate");
	return IDBC_CONFLICT;
}

/* His values with those just written. */
static int take_values(struct write *w, const struct sets *set)
{
	const struct plan_select *state = &w->session->plan->state;
	struct idbc_value *values = arena_alloc(&w->session->arena,
						(state->ncols + 1) * sizeof(*values));

	for (uint32_t i = 0; values && i < state->ncols; i++) {
		const struct map_place *place = &state->cols[i].place;
		const struct idbc_value *now = NULL;

		if (place->link < 0 && place->col && !place->json)
			now = sets_get(set, place->col);
		values[i] = now ? *now : w->user->values[i];
	}
	if (values)
		w->user->values = values;
	return values ? 0 : -1;
}

static int changes_tie(const struct map_link *link, const struct sets *set)
{
	for (size_t i = 0; i < link->on.n; i++)
		if (link->on.items[i].value.source == MAP_USER_COL &&
		    sets_get(set, link->on.items[i].value.str))
			return 1;
	return 0;
}

int tie_move_all(struct write *w, const struct sets *set, struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	struct sets *where = arena_alloc(&w->session->arena, (m->nlinks + 1) * sizeof(*where));
	int rc = where ? IDBC_OK : call_nomem(w->session, err), any = 0;

	for (size_t i = 0; rc == IDBC_OK && i < m->nlinks; i++) {
		if (!changes_tie(&m->links[i], set))
			continue;
		any = 1;
		rc = old_rows(w, &m->links[i], &where[i], err);
	}
	if (rc != IDBC_OK || !any)
		return rc;
	if (take_values(w, set))
		return call_nomem(w->session, err);
	for (size_t i = 0; rc == IDBC_OK && i < m->nlinks; i++)
		if (changes_tie(&m->links[i], set))
			rc = move_rows(w, &m->links[i], &where[i], err);
	return rc;
}
