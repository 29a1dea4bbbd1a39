/* drivers/sql/doctor/grants_needs.c - a walk through the mapping, operation by operation, in the
 * steps of the files that do them (op_*.c, change_rows.c); grants_columns.c has the columns of
 * each step.  Threads: one.
 */
#include "sql/doctor/grants_walk.h"
#include "sql/base/ascii.h"
#include "sql/ops.h"
#include "sql/user/tie.h"

#include <string.h>

/* --- reading ----------------------------------------------------------------------- */

static void put_failed(struct walk *w, uint32_t need)
{
	const struct map_failed *f = &w->m->failed;
	const char *const cols[] = { f->count, f->first.place.col, f->last.place.col,
		f->until.place.col, f->at.place.col };
	uint32_t login = w->session->plan->operations & OP_LOGIN;

	/* Without a count of ours a lock is only obeyed. */
	if (need == NEED_UPDATE && !f->count && !f->last.place.col)
		return;
	for (size_t i = 0; login && i < sizeof(cols) / sizeof(cols[0]); i++)
		if (cols[i])
			walk_put(w, need, -1, cols[i]);
}

/* Every operation finds its user as getUser does. */
static void walk_reads(struct walk *w)
{
	const struct mapping *m = w->m;

	walk_put(w, NEED_SELECT, -1, m->key);
	walk_put_sets(w, NEED_SELECT, -1, &m->where);
	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];

		if (f->kind == MAP_COL)
			walk_read_place(w, &f->place);
		else if (f->kind == MAP_LIST || f->kind == MAP_EXISTS)
			walk_read_list(w, f);
		else if (f->kind == MAP_EXPR)
			walk_read_expression(w, f);
	}
	walk_read_place(w, &m->pw_hash);
	walk_read_place(w, &m->pw_salt);
	walk_read_place(w, &m->pw_when);
	put_failed(w, NEED_SELECT);
}

/* --- writing ----------------------------------------------------------------------- */

/* The user's row is locked by what looks it up. */
static void lock_user(struct walk *w, const struct needs_options *options)
{
	if (options->locks_need_update)
		walk_put(w, NEED_UPDATE, -1, w->m->key);
}

static void walk_steps(struct walk *w, const struct map_steps *steps)
{
	for (size_t i = 0; i < steps->n && w->ops; i++) {
		const struct map_step *step = &steps->items[i];
		struct need_col col = { NULL, NEED_DELETE, w->ops };

		if (step->kind == MAP_STEP_RAW) {
			needs_of_text(w->needs, step->raw.sql, step->raw.key, w->ops);
			continue;
		}
		if (step->kind == MAP_STEP_DELETE)
			needs_put(w->needs, step->table, step->key, col);
		for (size_t j = 0; j < step->set.n; j++) {
			walk_put_sources(w, &step->set.items[j].value);
			needs_put(w->needs, step->table, step->key,
				  (struct need_col){ step->set.items[j].col, NEED_UPDATE, w->ops });
		}
		for (size_t j = 0; j < step->where.n; j++) {
			walk_put_sources(w, &step->where.items[j].value);
			needs_put(w->needs, step->table, step->key,
				  (struct need_col){ step->where.items[j].col, NEED_SELECT, w->ops });
		}
	}
}

static int is_asked_for(const struct mapping *m, const struct map_link *link)
{
	for (size_t i = 0; i < m->ncreate_links; i++)
		if (!strcmp(m->create_links[i], link->name))
			return 1;
	return 0;
}

/* Can a create have something to say in this link's row? */
static int is_written(const struct mapping *m, int32_t index)
{
	int found = m->pw_hash.link == index || m->pw_salt.link == index;

	for (size_t i = 0; !found && i < m->ndocuments; i++)
		found = m->documents[i].place.link == index;
	for (size_t i = 0; !found && i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];

		found = f->kind == MAP_COL && f->type != MAP_PHP && f->place.link == index;
		for (size_t j = 0; !found && f->kind == MAP_COL && j < f->nmirror; j++)
			found = f->mirror[j].link == index;
	}
	for (size_t i = 0; !found && i < m->nlinks; i++)
		found = m->links[i].of == index && is_written(m, (int32_t)i);
	return found || is_asked_for(m, &m->links[index]);
}

static void walk_create(struct walk *w, const struct needs_options *options)
{
	const struct mapping *m = w->m;

	w->ops = w->mapped & OP_CREATE;
	if (m->id.source != MAP_AUTO)
		walk_put(w, NEED_INSERT, -1, m->key);
	walk_put_counter(w, &m->id, -1, m->key);
	walk_put_sets(w, NEED_INSERT, -1, &m->pw_set);
	walk_put_sets(w, NEED_INSERT, -1, &m->insert);
	walk_put_sets(w, NEED_INSERT, -1, &m->where);
	walk_insert_row(w, -1);
	for (size_t i = 0; i < m->nlinks; i++) {
		if (!is_written(m, (int32_t)i))
			continue;
		walk_insert_link(w, (int32_t)i);
		if (m->links[i].of >= 0)
			lock_user(w, options);
	}
	if (create_needs_state(m))
		lock_user(w, options);
	walk_steps(w, &m->create_after);
}

/* Rows that are tied by the address follow a new one. */
static void walk_ties(struct walk *w)
{
	const struct mapping *m = w->m;
	const struct map_field *f = mapping_field(m, "email");
	const char *email = f && f->kind == MAP_COL && f->place.link < 0 ? f->place.col : NULL;

	for (size_t i = 0; email && i < m->nlinks; i++) {
		const struct map_sets *on = &m->links[i].on;

		for (size_t j = 0; j < on->n; j++) {
			if (on->items[j].value.source != MAP_USER_COL ||
			    !ascii_same(on->items[j].value.str, email) ||
			    !tie_is_his(w->session, &m->links[i]))
				continue;
			walk_put_sets(w, NEED_SELECT, (int32_t)i, on);
			walk_put_sets(w, NEED_SELECT, (int32_t)i, &m->links[i].where);
			walk_put_sets(w, NEED_UPDATE, (int32_t)i, on);
		}
	}
}

static void walk_updates(struct walk *w, const struct needs_options *options)
{
	const struct mapping *m = w->m;
	uint32_t enabled = w->mapped;

	w->ops = enabled & OP_UPDATES;
	lock_user(w, options);
	walk_put_sets(w, NEED_UPDATE, -1, &m->update);
	w->ops = enabled & (OP_VERIFY | OP_CHANGE_EMAIL);
	walk_update_field(w, "email_verified");
	w->ops = enabled & OP_CHANGE_EMAIL;
	walk_update_field(w, "email");
	walk_ties(w);
	walk_steps(w, &m->after_email);
	w->ops = enabled & OP_CHANGE_PASSWORD;
	walk_update_place(w, &m->pw_hash);
	walk_update_place(w, &m->pw_salt);
	walk_put_sets(w, NEED_UPDATE, -1, &m->pw_set);
	walk_steps(w, &m->after_password);
}

static void walk_login(struct walk *w, const struct needs_options *options)
{
	const struct mapping *m = w->m;

	w->ops = w->session->plan->operations & OP_LOGIN;
	walk_put_sets(w, NEED_UPDATE, -1, &m->touch);
	put_failed(w, NEED_UPDATE);
	if (!options->upgrades)
		return;
	walk_update_place(w, &m->pw_hash);
	walk_update_place(w, &m->pw_salt);
	if (m->pw_hash.link >= 0 || m->pw_salt.link >= 0)
		lock_user(w, options);
}

static void put_delete(struct walk *w, int32_t link)
{
	if (w->ops)
		needs_put(w->needs, plan_table(w->session->plan, link), walk_key(w, link),
			  (struct need_col){ NULL, NEED_DELETE, w->ops });
}

static void walk_delete(struct walk *w, const struct needs_options *options)
{
	const struct mapping *m = w->m;

	w->ops = w->mapped & OP_DELETE_USER;
	lock_user(w, options);
	walk_steps(w, &m->delete_steps);
	for (size_t i = 0; i < m->nlinks; i++) {
		if (m->has_delete_steps || m->delete_mode != MAP_DELETE_HARD ||
		    !tie_is_his(w->session, &m->links[i]))
			continue;
		walk_put_sets(w, NEED_SELECT, (int32_t)i, &m->links[i].on);
		walk_put_sets(w, NEED_SELECT, (int32_t)i, &m->links[i].where);
		put_delete(w, (int32_t)i);
	}
	if (m->delete_mode == MAP_DELETE_HARD)
		put_delete(w, -1);
	if (m->delete_mode != MAP_DELETE_SOFT)
		return;
	walk_put_sets(w, NEED_UPDATE, -1, &m->update);
	walk_put_sets(w, NEED_UPDATE, -1, &m->delete_set);
	if (!m->delete_set.n)
		walk_update_field(w, "deleted");
}

/* --- operations in SQL of the author's own ------------------------------------------- */

static uint32_t walk_own(struct walk *w)
{
	uint32_t own = 0;

	for (uint32_t op = 0; op < MAP_OPERATIONS; op++) {
		const struct map_sql *sql = &w->m->sql[op];

		if (!sql->n || !(w->session->plan->operations & 1u << op))
			continue;
		own |= 1u << op;
		for (size_t i = 0; i < sql->n; i++)
			needs_of_text(w->needs, sql->steps[i].raw.sql, sql->steps[i].raw.key,
				      1u << op);
	}
	return own;
}

/* A write looks its user up by sql.getUser where there is one, else by the mapping. */
static uint32_t reads_by_mapping(const struct walk *w)
{
	if (mapping_has_sql(w->m, MAP_GET_USER))
		return w->mapped & OP_LOGIN;
	return w->session->plan->operations & ~(w->session->plan->operations & OP_LOGIN &
						~w->mapped);
}

/* Whoever reads or writes a user looks there; a delete writes. */
static void walk_intents(struct walk *w)
{
	static const char *const cols[] = { "scope", "native_id", "state", "connection", "token",
					    "lease_end", "profile_store", "written_at" };
	const struct plan *plan = w->session->plan;
	uint32_t deletes = plan->operations & OP_DELETE_USER;

	for (size_t i = 0; plan->intents && i < sizeof(cols) / sizeof(cols[0]); i++) {
		const struct need_col read = { cols[i], NEED_SELECT, plan->operations };
		const struct need_col made = { cols[i], NEED_INSERT, deletes };
		const struct need_col changed = { cols[i], NEED_UPDATE, deletes };

		needs_put(w->needs, plan->intents, "delete.intents", read);
		if (!deletes)
			continue;
		needs_put(w->needs, plan->intents, "delete.intents", made);
		needs_put(w->needs, plan->intents, "delete.intents", changed);
	}
	if (plan->intents && deletes)
		needs_put(w->needs, plan->intents, "delete.intents",
			  (struct need_col){ NULL, NEED_DELETE, deletes });
}

int needs_of(const struct session *s, const struct needs_options *options, struct needs *out)
{
	struct walk w = { .session = s, .m = s->plan->mapping, .needs = out };

	w.mapped = s->plan->operations & ~walk_own(&w);
	walk_intents(&w);
	if (!w.m->table)
		return out->failed ? -1 : 0;
	w.ops = reads_by_mapping(&w);
	walk_reads(&w);
	walk_create(&w, options);
	walk_updates(&w, options);
	walk_login(&w, options);
	walk_delete(&w, options);
	return out->failed ? -1 : 0;
}
