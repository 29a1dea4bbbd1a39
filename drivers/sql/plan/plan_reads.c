/* drivers/sql/plan/plan_reads.c - which columns the reads of a user have: his profile and credential,
 * what is kept of failed attempts, and all that a write may ask of the row as it is.
 * Threads: one.
 */
#include "sql/plan/plan_build.h"

#include <string.h>

#define FAILED_COLS 6          /* of login.failed, and the clock */

static struct plan_col *new_cols(struct plan *plan, size_t n)
{
	return arena_alloc(&plan->arena, (n + 1) * sizeof(struct plan_col));
}

static void add_place(struct plan_select *s, uint32_t kind, const struct map_place *place)
{
	struct plan_col *col = &s->cols[s->ncols];

	if (!mapping_has(place))
		return;
	*col = (struct plan_col){ .kind = kind, .place = *place };
	s->ncols++;
}

static void add_credential(const struct mapping *m, struct plan_select *s, int as_places)
{
	add_place(s, as_places ? PLAN_PLACE : PLAN_HASH, &m->pw_hash);
	add_place(s, as_places ? PLAN_PLACE : PLAN_SALT, &m->pw_salt);
	add_place(s, as_places ? PLAN_PLACE : PLAN_WHEN, &m->pw_when);
}

static int is_only(const struct map_literals *list, int64_t yes)
{
	return list->n == 1 && list->items[0].source == MAP_BOOL && list->items[0].i64 == yes;
}

/* What most columns hold is shown without a look at the mapping. */
static void shorten(const struct map_field *f, struct plan_col *col)
{
	if (f->kind != MAP_COL)
		return;
	col->as_stored = f->type == MAP_TEXT && col->type == SQL_COL_TEXT && !f->place.json;
	col->as_bit = f->type == MAP_FLAG && is_only(&f->yes, 1) && is_only(&f->no, 0) &&
		      !f->from.n && !f->place.json;
	col->null_is_absent = f->type != MAP_FLAG || col->as_bit;
}

int build_profile_columns(struct plan *plan, struct plan_select *s)
{
	const struct mapping *m = plan->mapping;

	s->cols = new_cols(plan, m->nfields + 3 + FAILED_COLS + 1);
	if (!s->cols)
		return -1;
	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];
		struct plan_col *col = &s->cols[s->ncols];

		if (f->kind == MAP_CONST || f->kind == MAP_TEMPLATE)
			continue;
		*col = (struct plan_col){ .kind = PLAN_FIELD, .field = (uint32_t)i,
					  .place = f->place };
		if (f->kind == MAP_COL)
			col->type = plan_place_kind(plan, &f->place);
		shorten(f, col);
		s->ncols++;
	}
	s->credential = s->ncols;
	add_credential(m, s, 0);
	if (plan->intents)
		s->cols[s->ncols++] = (struct plan_col){ .kind = PLAN_HIDDEN, .place.link = -1 };
	return 0;
}

/* What the application keeps of failed attempts; the store's clock says what still counts. */
void build_failed_columns(const struct plan *plan, struct plan_select *s)
{
	const struct map_failed *f = &plan->mapping->failed;
	struct map_place count = { .link = -1, .col = f->count };

	if (!f->mapped || !(plan->operations & OP_LOGIN))
		return;
	add_place(s, PLAN_TRIES, &count);
	add_place(s, PLAN_TRIED_FIRST, &f->first.place);
	add_place(s, PLAN_TRIED_LAST, &f->last.place);
	add_place(s, PLAN_LOCK, &f->until.place);
	add_place(s, PLAN_LOCK, &f->at.place);
	s->cols[s->ncols++] = (struct plan_col){ .kind = PLAN_CLOCK, .place.link = -1 };
}

static int has_place(const struct plan_select *s, const struct map_place *place)
{
	for (uint32_t i = 0; i < s->ncols; i++) {
		const struct map_place *have = &s->cols[i].place;

		if (have->link == place->link &&
		    !strcmp(have->col ? have->col : "", place->col ? place->col : "") &&
		    !strcmp(have->eav ? have->eav : "", place->eav ? place->eav : ""))
			return 1;
	}
	return 0;
}

static void add_sources(struct plan_select *s, const struct map_sets *sets)
{
	for (size_t i = 0; i < sets->n; i++) {
		const struct map_value *v = &sets->items[i].value;
		struct map_place place = { .link = v->source == MAP_LINK_COL ? v->link : -1,
					   .col = v->str };

		if ((v->source == MAP_USER_COL || v->source == MAP_LINK_COL) &&
		    !has_place(s, &place))
			add_place(s, PLAN_PLACE, &place);
	}
}

static void add_step_sources(struct plan_select *s, const struct map_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++) {
		add_sources(s, &steps->items[i].set);
		add_sources(s, &steps->items[i].where);
	}
}

/* Counts generously: every set of the mapping might name a column of the user's row. */
static size_t count_sources(const struct mapping *m)
{
	size_t n = m->nfields + 3 + m->insert.n + m->update.n + m->pw_set.n + m->touch.n +
		   m->delete_set.n;

	for (size_t i = 0; i < m->nlinks; i++)
		n += m->links[i].on.n + m->links[i].insert.n + m->links[i].update.n;
	for (size_t i = 0; i < m->delete_steps.n; i++)
		n += m->delete_steps.items[i].set.n + m->delete_steps.items[i].where.n;
	for (size_t i = 0; i < m->nfields; i++)
		n += m->fields[i].nalso;
	return n;
}

int build_state_columns(struct plan *plan, struct plan_select *s)
{
	const struct mapping *m = plan->mapping;

	s->cols = new_cols(plan, count_sources(m));
	if (!s->cols)
		return -1;
	for (size_t i = 0; i < m->nfields; i++)
		if (m->fields[i].kind == MAP_COL && !has_place(s, &m->fields[i].place))
			add_place(s, PLAN_PLACE, &m->fields[i].place);
	add_credential(m, s, 1);
	add_sources(s, &m->update);
	add_sources(s, &m->pw_set);
	add_sources(s, &m->delete_set);
	for (size_t i = 0; i < m->nlinks; i++) {
		add_sources(s, &m->links[i].on);
		add_sources(s, &m->links[i].insert);
		add_sources(s, &m->links[i].update);
	}
	for (size_t i = 0; i < m->nfields; i++) {
		struct map_sets also = { m->fields[i].also, m->fields[i].nalso };

		add_sources(s, &also);
	}
	add_step_sources(s, &m->delete_steps);
	return 0;
}
