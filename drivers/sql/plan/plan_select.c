/* drivers/sql/plan/plan_select.c - the statements that find a user: the profile by each kind
 * of identifier, the stored values by key, and who else has a value.
 *
 * Several login fields: each with its own condition and so its own index, the users' rows
 * at once where nothing else is read; else candidates first, then the user's row.
 * Threads: one.
 */
#include "sql/plan/plan_build.h"
#include "sql/base/ascii.h"

#include <stdio.h>
#include <string.h>

/* --- whole statements ------------------------------------------------------------------ */

/* JSON has no order of its own. */
static void put_order_value(struct build *b, const struct map_place *place, const char *before)
{
	const struct dialect *d = b->plan->dialect;
	int as_text = d->types_differ && plan_place_kind(b->plan, place) == SQL_COL_JSON;

	text_put(&b->text, "%s%sl%d.%I%s", before, as_text ? d->utf8_open : "", (int)place->link,
		 place->col, as_text ? d->utf8_close : "");
}

/* Without an order or a key of its own, a link's rows are told apart by what is read. */
static const char *put_values_order(struct build *b, const struct plan_select *s, int32_t link,
				    const char *before)
{
	for (uint32_t i = 0; i < s->ncols; i++) {
		if (s->cols[i].place.link != link || !s->cols[i].place.col)
			continue;
		put_order_value(b, &s->cols[i].place, before);
		before = ", ";
	}
	return before;
}

/* Several rows of a 1:0..1 link: always the same one first. */
void build_rows_order(struct build *b, const struct plan_select *s, const char *before)
{
	char alias[16];

	for (size_t i = 0; i < b->plan->mapping->nlinks; i++) {
		const struct map_link *link = &b->plan->mapping->links[i];

		if (!b->joined[i] || build_is_unique(b->plan, link))
			continue;
		snprintf(alias, sizeof(alias), "l%d", (int)i);
		if (build_link_order(b, link, alias, before))
			before = ", ";
		else
			before = put_values_order(b, s, (int32_t)i, before);
	}
}

const char *build_mark_all(const struct plan *plan, struct arena *arena,
			   const struct plan_col *cols, uint32_t n)
{
	char *joined = arena_alloc(arena, plan->mapping->nlinks + 1);

	for (uint32_t i = 0; joined && i < n; i++) {
		int32_t link = cols[i].place.link;
		const struct map_field *f = &plan->mapping->fields[cols[i].field];

		if (link >= 0)
			build_mark(plan, joined, link);
		for (size_t j = 0; cols[i].kind == PLAN_FIELD && j < f->nlinks; j++)
			build_mark(plan, joined, f->links[j]);
	}
	return joined;
}

void build_cols(struct build *b, const struct plan_select *s)
{
	for (uint32_t i = 0; i < s->ncols; i++)
		build_col(b, &s->cols[i]);
}

static void put_users(struct build *b, const struct plan_select *s)
{
	const struct mapping *m = b->plan->mapping;

	build_constants(b, "u", m->table, &m->where);
	build_rows_order(b, s, " ORDER BY ");
}

/* The one field that is searched is among those that are read: 1, and where. */
static int is_read(const struct plan_select *s, const struct mapping *m, uint32_t *at)
{
	const struct map_field *key = s->keys[0].field;

	*at = 0;
	for (uint32_t i = 0; key && !*at && i < s->ncols; i++)
		if (s->cols[i].kind == PLAN_FIELD && &m->fields[s->cols[i].field] == key)
			*at = i + 1;
	return !key || *at;
}

/* A key that lies in the user's row needs no candidates. */
static void put_direct(struct build *b, const struct plan_select *s, uint32_t which, int lock)
{
	const struct mapping *m = b->plan->mapping;

	text_put(&b->text, b->packed ? SQL_ROW_TEXT : "SELECT ");
	build_read(b, "u", m->table, m->key);
	if (!b->is_short) {
		text_put(&b->text, ", %d, ", (int)which);
		build_matched(b, &s->keys[which], s->nkeys > 1);
	}
	build_cols(b, s);
	text_put(&b->text, "%s FROM %T AS u%s", b->packed ? ")" : "", m->table,
		 lock ? b->plan->dialect->lock_hint : "");
	build_left_joins(b);
	text_put(&b->text, " WHERE ");
	build_condition(b, &s->keys[which]);
	put_users(b, s);
}

static void put_each(struct build *b, const struct plan_select *s)
{
	for (uint32_t i = 0; i < s->nkeys; i++) {
		text_put(&b->text, "%s", i ? " UNION ALL " : "");
		put_direct(b, s, i, 0);
	}
}

static void put_by_candidates(struct build *b, const struct plan_select *s)
{
	const struct mapping *m = b->plan->mapping;
	const struct catalogue_column *key = b->plan->key;

	text_put(&b->text, "SELECT %sc.k%s, c.f, c.m", key ? key->read_open : "",
		 key ? key->read_close : "");
	build_cols(b, s);
	text_put(&b->text, " FROM (");
	for (uint32_t i = 0; i < s->nkeys; i++) {
		text_put(&b->text, "%s", i ? " UNION ALL " : "");
		build_candidate(b, &s->keys[i], (int)i, s->nkeys > 1);
	}
	text_put(&b->text, "%s) AS c JOIN %T AS u ON u.%I = c.k", b->plan->dialect->few, m->table,
		 m->key);
	build_left_joins(b);
	text_put(&b->text, " WHERE u.%I IS NOT NULL", m->key);
	put_users(b, s);
}

/* Without candidates the rows of links might be read for many. */
static int is_direct(const struct build *b, const struct plan_select *s)
{
	const struct mapping *m = b->plan->mapping;

	if (s->nkeys != 1 || !build_is_direct(&s->keys[0]))
		return 0;
	return !*b->plan->dialect->few || !s->keys[0].field || !memchr(b->joined, 1, m->nlinks);
}

/* Columns that come out of a UNION as they went in, in every database; the zeroes that a
 * MariaDB puts before a number may not. */
static int is_steady(const struct plan *plan, const char *col)
{
	const struct catalogue_column *c = catalogue_column(&plan->catalogue,
							    plan->mapping->table, col);

	switch (c ? c->kind : SQL_COL_UNKNOWN) {
	case SQL_COL_INTEGER:
		return !ascii_has(c->type, "zerofill");
	case SQL_COL_TEXT:
	case SQL_COL_BOOL:
	case SQL_COL_DATETIME:
	case SQL_COL_DATE:
	case SQL_COL_JSON:
		return 1;
	default:
		return 0;
	}
}

static int is_own_column(const struct plan_col *col)
{
	return col->kind != PLAN_CLOCK && col->place.col && col->place.link < 0;
}

/* Whether he is being deleted comes out of a UNION as it went in. */
static int is_steady_column(const struct plan *plan, const struct plan_col *col)
{
	return col->kind == PLAN_HIDDEN ||
	       (is_own_column(col) && is_steady(plan, col->place.col));
}

/* Several keys in the user's row, and nothing read from elsewhere: each finds him there,
 * which costs half of what candidates and their rows do. */
static int is_direct_each(const struct plan *plan, const struct plan_select *s)
{
	const struct mapping *m = plan->mapping;

	if (s->nkeys < 2 || !catalogue_tells_apart(&plan->catalogue, m->table, m->key) ||
	    !is_steady(plan, m->key))
		return 0;
	for (uint32_t i = 0; i < s->nkeys; i++)
		if (!s->keys[i].field || !build_is_direct(&s->keys[i]))
			return 0;
	for (uint32_t i = 0; i < s->ncols; i++)
		if (!is_steady_column(plan, &s->cols[i]))
			return 0;
	return 1;
}

/* Kinds whose text among others is what the column itself would come as; see build_read(). */
static int is_text_in_row(uint32_t kind)
{
	return kind == SQL_COL_TEXT || kind == SQL_COL_INTEGER || kind == SQL_COL_BOOL ||
	       kind == SQL_COL_DATETIME || kind == SQL_COL_JSON || kind == SQL_COL_UUID;
}

#define PACKED_MAX 100u         /* arguments of a function; beside the columns the key is one */

/* A row in one text: a client that makes something of each column has one to make. */
static int is_packed(const struct plan *plan, const struct plan_select *s)
{
	const struct mapping *m = plan->mapping;

	if (!plan->packs || !s->is_short || s->ncols >= PACKED_MAX ||
	    !is_text_in_row(plan_kind(plan, m->table, m->key)))
		return 0;
	for (uint32_t i = 0; i < s->ncols; i++) {
		const struct plan_col *col = &s->cols[i];
		uint32_t kind = col->kind == PLAN_FIELD ? m->fields[col->field].kind : MAP_COL;

		if (col->kind == PLAN_CLOCK || col->kind == PLAN_HIDDEN || kind == MAP_EXISTS ||
		    kind == MAP_LIST)
			continue;
		if (kind != MAP_COL || !is_text_in_row(plan_place_kind(plan, &col->place)))
			return 0;
	}
	return 1;
}

static int begin_read(struct build *b, struct plan *plan, const struct plan_select *s)
{
	build_init(b, plan);
	b->joined = build_mark_all(plan, &plan->arena, s->cols, s->ncols);
	return b->joined ? 0 : -1;
}

/* `lock`: the rows stay locked until the transaction ends. */
static void put_read(struct build *b, const struct plan_select *s, int lock)
{
	b->judged = !lock;
	b->is_short = s->is_short != 0;
	b->packed = !lock && is_packed(b->plan, s);
	if (is_direct(b, s))
		put_direct(b, s, 0, lock);
	else if (is_direct_each(b->plan, s))
		put_each(b, s);
	else
		put_by_candidates(b, s);
	text_put(&b->text, "%s", lock ? b->plan->dialect->for_update : "");
}

static int compile_read(struct plan *plan, struct plan_select *s, int lock)
{
	struct build b;

	if (begin_read(&b, plan, s))
		return -1;
	put_read(&b, s, lock);
	return build_finish(&b, s);
}

/* One comparison for most identifiers, where the others take two: less than half the work
 * for some stores. */
static int compile_search(struct plan *plan, struct plan_select *s, struct plan_select *plain)
{
	struct build b;

	if (begin_read(&b, plan, s))
		return -1;
	s->is_short = is_direct(&b, s) && is_read(s, plan->mapping, &s->matched);
	put_read(&b, s, 0);
	*plain = *s;
	if (build_finish(&b, s) || !b.folds)
		return b.folds ? -1 : 0;
	if (begin_read(&b, plan, s))
		return -1;
	b.plain = 1;
	put_read(&b, plain, 0);
	return build_finish(&b, plain);
}

/* --- which identifiers ------------------------------------------------------------------ */

static void add_key(const struct plan *plan, struct plan_select *s, uint32_t by)
{
	const char *name = mapping_by_field(by);
	const struct map_field *f = name ? mapping_field(plan->mapping, name) : NULL;

	if (s->nkeys == PLAN_MAX_FIELDS)
		return;
	if (by == IDBC_BY_USER_ID)
		s->keys[s->nkeys++] = (struct plan_key){ IDBC_FOLD_NONE, NULL };
	else if (f && f->kind == MAP_COL && !f->place.json)
		s->keys[s->nkeys++] = (struct plan_key){ f->fold, f };
}

static int compile_by(struct plan *plan, uint32_t by, const struct plan_select *columns)
{
	struct plan_select *s = &plan->read[by];

	s->slot = 1 + 2 * by;
	s->cols = columns->cols;
	s->ncols = columns->ncols;
	s->credential = columns->credential;
	if (by != IDBC_BY_LOGIN)
		add_key(plan, s, by);
	for (uint32_t i = 0; by == IDBC_BY_LOGIN && i < plan->mapping->nlogin; i++)
		add_key(plan, s, plan->mapping->login_by[i]);
	if (s->nkeys && compile_search(plan, s, &plan->plain[by]))
		return -1;
	plan->plain[by].slot = s->slot + 1;
	return 0;
}

/* The row is locked by a statement of its own where joined rows would else be read as they
 * were before the wait for it. */
static int compile_state(struct plan *plan)
{
	const struct plan_select *state = &plan->state;
	int joins = 0;

	for (uint32_t i = 0; i < state->ncols; i++)
		joins |= state->cols[i].place.link >= 0;
	if (!joins || !plan->dialect->lock_first)
		return compile_read(plan, &plan->state, 1);
	add_key(plan, &plan->lock, IDBC_BY_USER_ID);
	if (compile_read(plan, &plan->lock, 1))
		return -1;
	return compile_read(plan, &plan->state, 0);
}

int plan_compile_reads(struct plan *plan)
{
	struct plan_select columns = { .sql = NULL };

	if (build_profile_columns(plan, &columns) || build_state_columns(plan, &plan->state))
		return -1;
	build_failed_columns(plan, &columns);
	for (uint32_t by = IDBC_BY_LOGIN; by <= IDBC_BY_PHONE; by++)
		if (compile_by(plan, by, &columns))
			return -1;
	add_key(plan, &plan->state, IDBC_BY_USER_ID);
	if (compile_state(plan))
		return -1;
	return plan_compile_pages(plan) || plan_compile_taken(plan) ? -1 : 0;
}
