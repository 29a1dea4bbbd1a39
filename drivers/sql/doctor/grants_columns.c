/* drivers/sql/doctor/grants_columns.c - what one field, one link or one place of the mapping needs,
 * read or written.  Threads: one.
 */
#include "sql/doctor/grants_walk.h"

/* --- columns ----------------------------------------------------------------------- */

const char *walk_key(const struct walk *w, int32_t link)
{
	return link < 0 ? "users.user.table" : w->m->links[link].key;
}

void walk_put(struct walk *w, uint32_t verb, int32_t link, const char *col)
{
	const char *table = plan_table(w->session->plan, link);

	if (col && w->ops)
		needs_put(w->needs, table, walk_key(w, link),
			  (struct need_col){ col, verb, w->ops });
}

void walk_put_sources(struct walk *w, const struct map_value *v)
{
	if (v->source == MAP_USER_COL)
		walk_put(w, NEED_SELECT, -1, v->str);
	else if (v->source == MAP_LINK_COL)
		walk_put(w, NEED_SELECT, v->link, v->str);
}

void walk_put_sets(struct walk *w, uint32_t verb, int32_t link, const struct map_sets *sets)
{
	for (size_t i = 0; i < sets->n; i++) {
		walk_put(w, verb, link, sets->items[i].col);
		walk_put_sources(w, &sets->items[i].value);
		if (sets->items[i].value.source == MAP_COUNT)
			walk_put(w, NEED_SELECT, link, sets->items[i].col);
	}
}

void walk_put_counter(struct walk *w, const struct map_value *id, int32_t link, const char *col)
{
	const struct map_counter *c = id->source == MAP_COUNTER ? id->counter : NULL;

	if (!c || !w->ops)
		return;
	walk_put(w, NEED_SELECT, link, col);
	needs_put(w->needs, c->table, c->key, (struct need_col){ c->col, NEED_SELECT, w->ops });
	needs_put(w->needs, c->table, c->key, (struct need_col){ c->col, NEED_UPDATE, w->ops });
	for (size_t i = 0; i < c->where.n; i++)
		needs_put(w->needs, c->table, c->key,
			  (struct need_col){ c->where.items[i].col, NEED_SELECT, w->ops });
}

/* --- links ------------------------------------------------------------------------- */

static void put_join_side(struct walk *w, int32_t index, const struct map_join_side *side)
{
	const struct map_link *link = &w->m->links[index];

	if (side->at < 0)
		walk_put(w, NEED_SELECT, side->at == MAP_JOIN_USER ? -1 : index, side->col);
	else if (w->ops)
		needs_put(w->needs, link->joins[side->at].table, link->key,
			  (struct need_col){ side->col, NEED_SELECT, w->ops });
}

static void read_link(struct walk *w, int32_t index)
{
	const struct map_link *link = &w->m->links[index];

	walk_put_sets(w, NEED_SELECT, index, &link->on);
	walk_put_sets(w, NEED_SELECT, index, &link->where);
	walk_put(w, NEED_SELECT, index, link->eav_name);
	walk_put(w, NEED_SELECT, index, link->order);
	for (size_t i = 0; i < link->ntests; i++) {
		put_join_side(w, index, &link->tests[i].left);
		if (link->tests[i].sides)
			put_join_side(w, index, &link->tests[i].right);
	}
	if (link->of >= 0)
		read_link(w, link->of);
}

static void insert_place(struct walk *w, int32_t link, const struct map_place *place)
{
	if (place->link == link && (place->col || place->eav))
		walk_put(w, NEED_INSERT, link, plan_place_col(w->session->plan, place));
}

/* What may stand in a new row of a table. */
void walk_insert_row(struct walk *w, int32_t link)
{
	const struct mapping *m = w->m;

	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];
		struct map_sets also = { f->also, f->nalso };

		if (f->kind != MAP_COL)
			continue;
		insert_place(w, link, &f->place);
		for (size_t j = 0; j < f->nmirror; j++)
			insert_place(w, link, &f->mirror[j]);
		if (f->place.link == link)
			walk_put_sets(w, NEED_INSERT, link, &also);
	}
	for (size_t i = 0; i < m->ndocuments; i++)
		insert_place(w, link, &m->documents[i].place);
	insert_place(w, link, &m->pw_hash);
	insert_place(w, link, &m->pw_salt);
}

void walk_insert_link(struct walk *w, int32_t index)
{
	const struct map_link *link = &w->m->links[index];

	walk_put_sets(w, NEED_INSERT, index, &link->on);
	walk_put_sets(w, NEED_INSERT, index, &link->where);
	walk_put_sets(w, NEED_INSERT, index, &link->insert);
	walk_put(w, NEED_INSERT, index, link->eav_name);
	if (link->has_id)
		walk_put(w, NEED_INSERT, index, link->id_col);
	walk_put_counter(w, &link->id, index, link->id_col);
	walk_insert_row(w, index);
}

/* A row that is not there yet is made. */
void walk_update_place(struct walk *w, const struct map_place *place)
{
	const struct map_link *link = plan_link(w->session->plan, place->link);
	const char *col = plan_place_col(w->session->plan, place);

	if (!mapping_has(place))
		return;
	walk_put(w, NEED_SELECT, place->link, col);
	if (!link || !link->append)
		walk_put(w, NEED_UPDATE, place->link, col);
	if (!link)
		return;
	read_link(w, place->link);
	if (!link->append)
		walk_put_sets(w, NEED_UPDATE, place->link, &link->update);
	walk_insert_link(w, place->link);
}

static int says_null(const struct map_literals *list)
{
	return list->n && list->items[0].source == MAP_NULL;
}

/* A value that is NULL is no row, where its column takes none. */
static void remove_value(struct walk *w, const struct map_field *f)
{
	const struct map_link *link = plan_link(w->session->plan, f->place.link);
	const struct catalogue_column *c;

	if (!link || link->kind != MAP_EAV || link->append || f->type != MAP_FLAG ||
	    (!says_null(&f->yes) && !says_null(&f->no)))
		return;
	c = catalogue_column(&w->session->plan->catalogue, link->table, link->eav_value);
	if (c && !c->nullable)
		needs_put(w->needs, link->table, link->key,
			  (struct need_col){ NULL, NEED_DELETE, w->ops });
}

void walk_update_field(struct walk *w, const char *name)
{
	const struct map_field *f = mapping_field(w->m, name);
	struct map_sets also = { f ? f->also : NULL, f ? f->nalso : 0 };

	if (!f || f->kind != MAP_COL)
		return;
	walk_update_place(w, &f->place);
	remove_value(w, f);
	for (size_t i = 0; i < f->nmirror; i++)
		walk_update_place(w, &f->mirror[i]);
	walk_put_sets(w, NEED_UPDATE, f->place.link, &also);
}

/* --- reading ----------------------------------------------------------------------- */

void walk_read_place(struct walk *w, const struct map_place *place)
{
	if (!mapping_has(place))
		return;
	walk_put(w, NEED_SELECT, place->link, plan_place_col(w->session->plan, place));
	if (place->link >= 0)
		read_link(w, place->link);
}

void walk_read_list(struct walk *w, const struct map_field *f)
{
	read_link(w, f->place.link);
	for (size_t i = 0; i < f->ncols; i++) {
		const struct map_list_col *c = &f->cols[i];

		if (!c->table)
			walk_put(w, NEED_SELECT, f->place.link, c->place.col);
		else if (w->ops)
			needs_put(w->needs, c->table, f->key,
				  (struct need_col){ c->place.col, NEED_SELECT, w->ops });
	}
	walk_put_sets(w, NEED_SELECT, f->place.link, &f->where);
}

/* Which columns it names, nobody has read. */
void walk_read_expression(struct walk *w, const struct map_field *f)
{
	struct need_col all = { NULL, NEED_SELECT, w->ops };

	if (!w->ops)
		return;
	for (size_t i = 0; i < f->nlinks; i++) {
		read_link(w, f->links[i]);
		needs_put(w->needs, w->m->links[f->links[i]].table, f->key, all);
	}
	needs_put(w->needs, w->m->table, "users.user.table", all);
	needs_of_text(w->needs, f->expr, f->key, w->ops);
}
