/* drivers/sql/user/change_rows.c - changed places gathered into rows: the user's own, one of
 * each 1:0..1 link, one per EAV value.  Threads: the session's.
 */
#include "sql/user/change.h"
#include "sql/user/counter.h"
#include "sql/user/tie.h"

#include <string.h>

int changes_of_user(struct write *w, const struct changes *c, struct sets *set)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].place.link < 0 &&
		    sets_put(w, set, c->items[i].place.col, &c->items[i].value))
			return -1;
	return 0;
}

static int add_changed(struct write *w, const struct changes *c, int32_t link, struct sets *set)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].place.link == link && c->items[i].place.col &&
		    !c->items[i].place.eav &&
		    sets_put(w, set, c->items[i].place.col, &c->items[i].value))
			return -1;
	return 0;
}

static int has_change(const struct changes *c, int32_t link)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].place.link == link)
			return 1;
	return 0;
}

/* Which rows of a link are his. */
static int where_his(struct write *w, const struct map_link *link, struct sets *where,
		     struct idbc_error *err)
{
	int rc = tie_values(w, link, where, err);

	return rc == IDBC_OK ? sets_generate(w, where, link->table, &link->where, err) : rc;
}

static int new_row_id(struct write *w, const struct map_link *link, struct sets *set,
		      struct idbc_error *err)
{
	struct map_set id = { link->id_col, link->id };
	struct map_sets ids = { &id, link->has_id && link->id_col ? 1 : 0 };
	struct idbc_value number;
	int rc;

	if (!ids.n || link->id.source != MAP_COUNTER)
		return sets_generate(w, set, link->table, &ids, err);
	rc = counter_next(w, link->id.counter, link->table, link->id_col, &number, err);
	if (rc == IDBC_OK && sets_put(w, set, link->id_col, &number))
		rc = call_nomem(w->session, err);
	return rc;
}

/* What every new row of a link has, whatever it is made for. */
static int new_row(struct write *w, const struct map_link *link, struct sets *set,
		   struct idbc_error *err)
{
	int rc = sets_generate(w, set, link->table, &link->insert, err);

	if (rc == IDBC_OK)
		rc = new_row_id(w, link, set, err);
	return rc == IDBC_OK ? where_his(w, link, set, err) : rc;
}

/* --- EAV ------------------------------------------------------------------------------ */

static int put_name(struct write *w, const struct map_link *link, const char *name,
		    struct sets *set)
{
	const struct plan *plan = w->session->plan;
	struct map_value text = { .source = MAP_STR, .str = name };
	struct idbc_value value;

	if (plan_constant(plan, &text, plan_kind(plan, link->table, link->eav_name),
			  &w->session->arena, &value))
		return -1;
	return sets_put(w, set, link->eav_name, &value);
}

/* A value that is NULL is no row: a column that takes no NULL could not say it. */
static int is_no_row(const struct map_link *link, const struct change *change)
{
	return !link->append && change->value.kind == IDBC_KIND_NULL;
}

static int takes_null(const struct write *w, const struct map_link *link)
{
	const struct catalogue_column *c =
		catalogue_column(&w->session->plan->catalogue, link->table, link->eav_value);

	return !c || c->nullable;
}

static int insert_value(struct write *w, const struct map_link *link,
			const struct change *change, struct idbc_error *err)
{
	struct sets set = { NULL, 0, 0 };
	int rc;

	if (is_no_row(link, change))
		return IDBC_OK;
	rc = new_row(w, link, &set, err);
	if (rc != IDBC_OK)
		return rc;
	if (put_name(w, link, change->place.eav, &set) ||
	    sets_put(w, &set, link->eav_value, &change->value))
		return call_nomem(w->session, err);
	return write_insert(w, link->table, &set, NULL, NULL, err);
}

static int update_value(struct write *w, const struct map_link *link,
			const struct change *change, struct idbc_error *err)
{
	struct sets set = { NULL, 0, 0 }, where = { NULL, 0, 0 };
	int64_t rows = 0;
	int rc = link->append ? IDBC_OK : where_his(w, link, &where, err);

	if (rc == IDBC_OK && !link->append)
		rc = sets_generate(w, &set, link->table, &link->update, err);
	if (rc != IDBC_OK || link->append)
		return rc == IDBC_OK ? insert_value(w, link, change, err) : rc;
	if (put_name(w, link, change->place.eav, &where) ||
	    sets_put(w, &set, link->eav_value, &change->value))
		return call_nomem(w->session, err);
	if (is_no_row(link, change) && !takes_null(w, link))
		return write_delete(w, link->table, &where, NULL, err);
	rc = write_update(w, link->table, &set, &where, link->order, &rows, err);
	return rc == IDBC_OK && !rows ? insert_value(w, link, change, err) : rc;
}

/* --- 1:0..1 --------------------------------------------------------------------------- */

/* A member of a document, as a column stores it. */
static int mirrored(struct write *w, const struct map_field *f, const struct map_place *mirror,
		    const struct idbc_value **v)
{
	struct session *s = w->session;
	struct idbc_value shown, *made = arena_alloc(&s->arena, sizeof(*made));

	if (!made)
		return -1;
	if (codec_read(f, *v, &s->arena, &shown) != CODEC_OK ||
	    codec_write(f, &shown, plan_place_kind(s->plan, mirror), call_now_us(s), &s->arena,
			made) != CODEC_OK)
		made->kind = IDBC_KIND_NULL;
	*v = made;
	return 0;
}

/* A row made late also gets what other fields mirror into it, as they are stored. */
static int add_mirrored(struct write *w, int32_t link, struct sets *set)
{
	const struct mapping *m = w->session->plan->mapping;

	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];
		const struct idbc_value *v;

		if (f->kind != MAP_COL)
			continue;
		v = user_value(w->session, w->user, &f->place);
		for (size_t j = 0; v && j < f->nmirror; j++) {
			const struct idbc_value *made = v;

			if (f->mirror[j].link != link || !f->mirror[j].col)
				continue;
			if ((f->place.json && mirrored(w, f, &f->mirror[j], &made)) ||
			    sets_put(w, set, f->mirror[j].col, made))
				return -1;
		}
	}
	return 0;
}

static int add_if_free(struct write *w, const struct map_place *place, int32_t link,
		       struct sets *set)
{
	const struct idbc_value *v = NULL;

	if (place->link == link && place->col && !sets_get(set, place->col))
		v = user_column(w->session, w->user, place);
	return v && v->kind != IDBC_KIND_NULL ? sets_put(w, set, place->col, v) : 0;
}

/* A row that follows an older one says again what that said, but for what orders them. */
static int add_stored(struct write *w, int32_t index, struct sets *set)
{
	const struct mapping *m = w->session->plan->mapping;
	const char *order = m->links[index].order;

	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];

		if (f->kind == MAP_COL && !(order && f->place.col && !strcmp(order, f->place.col)) &&
		    add_if_free(w, &f->place, index, set))
			return -1;
	}
	return add_if_free(w, &m->pw_hash, index, set) || add_if_free(w, &m->pw_salt, index, set) ||
	       add_if_free(w, &m->pw_when, index, set) ? -1 : 0;
}

static int insert_row(struct write *w, const struct changes *c, int32_t index,
		      struct idbc_error *err)
{
	const struct map_link *link = plan_link(w->session->plan, index);
	struct sets set = { NULL, 0, 0 };
	int rc = new_row(w, link, &set, err);

	if (rc != IDBC_OK)
		return rc;
	if ((link->append && add_stored(w, index, &set)) || add_mirrored(w, index, &set) ||
	    add_changed(w, c, index, &set))
		return call_nomem(w->session, err);
	return write_insert(w, link->table, &set, NULL, NULL, err);
}

static int update_row(struct write *w, const struct changes *c, int32_t index,
		      struct idbc_error *err)
{
	const struct map_link *link = plan_link(w->session->plan, index);
	struct sets set = { NULL, 0, 0 }, where = { NULL, 0, 0 };
	int64_t rows = 0;
	int rc;

	if (link->append)
		return insert_row(w, c, index, err);
	rc = where_his(w, link, &where, err);
	if (rc == IDBC_OK)
		rc = sets_generate(w, &set, link->table, &link->update, err);
	if (rc != IDBC_OK)
		return rc;
	if (add_changed(w, c, index, &set))
		return call_nomem(w->session, err);
	rc = write_update(w, link->table, &set, &where, link->order, &rows, err);
	return rc == IDBC_OK && !rows ? insert_row(w, c, index, err) : rc;
}

/* --- all of them ------------------------------------------------------------------------ */

static int is_asked_for(const struct mapping *m, const struct map_link *link)
{
	for (size_t i = 0; i < m->ncreate_links; i++)
		if (!strcmp(m->create_links[i], link->name))
			return 1;
	return 0;
}

static int insert_values(struct write *w, const struct changes *c, int32_t index,
			 struct idbc_error *err)
{
	const struct map_link *link = plan_link(w->session->plan, index);
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < c->n; i++)
		if (c->items[i].place.link == index)
			rc = insert_value(w, link, &c->items[i], err);
	return rc;
}

/* Does a row that is to be written hang on one of this link? */
static int is_hung_on(const struct mapping *m, const struct changes *c, int32_t index)
{
	for (size_t i = 0; i < m->nlinks; i++)
		if (m->links[i].of == index &&
		    (has_change(c, (int32_t)i) || is_hung_on(m, c, (int32_t)i)))
			return 1;
	return 0;
}

static int insert_link(struct write *w, const struct changes *c, int32_t index,
		       struct idbc_error *err)
{
	const struct map_link *link = plan_link(w->session->plan, index);

	if (link->kind == MAP_EAV && has_change(c, index))
		return insert_values(w, c, index, err);
	return insert_row(w, c, index, err);
}

/* A link that hangs on another's row needs what that row has by now. */
static int look_again(struct write *w, struct idbc_error *err)
{
	return user_lock(w->session, &w->user->id, IDBC_BY_USER_ID, NULL, w->user, err);
}

int changes_insert_links(struct write *w, const struct changes *c, struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < m->nlinks; i++) {
		int32_t index = m->parents_first[i];
		const struct map_link *link = &m->links[index];

		if (!has_change(c, index) && !is_asked_for(m, link) && !is_hung_on(m, c, index))
			continue;
		if (link->of >= 0)
			rc = look_again(w, err);
		if (rc == IDBC_OK)
			rc = insert_link(w, c, index, err);
	}
	return rc;
}

/* Before a row of a link is written, that which it hangs on is made if it is not there. */
static int update_parent(struct write *w, const struct changes *c, int32_t index,
			 struct idbc_error *err)
{
	const struct map_link *link = plan_link(w->session->plan, index);
	int rc;

	if (link->of < 0 || tie_is_known(w, link))
		return IDBC_OK;
	rc = look_again(w, err);        /* made by a change of its own? */
	if (rc != IDBC_OK || tie_is_known(w, link))
		return rc;
	rc = update_parent(w, c, link->of, err);
	if (rc == IDBC_OK)
		rc = insert_row(w, c, link->of, err);
	return rc == IDBC_OK ? look_again(w, err) : rc;
}

static int update_link(struct write *w, const struct changes *c, int32_t index,
		       struct idbc_error *err)
{
	const struct map_link *link = plan_link(w->session->plan, index);
	int rc;

	if (!has_change(c, index))
		return IDBC_OK;
	rc = update_parent(w, c, index, err);
	if (rc != IDBC_OK)
		return rc;
	if (link->kind != MAP_EAV)
		return update_row(w, c, index, err);
	for (size_t i = 0; rc == IDBC_OK && i < c->n; i++)
		if (c->items[i].place.link == index)
			rc = update_value(w, link, &c->items[i], err);
	return rc;
}

static int write_all(struct write *w, struct changes *c, struct sets *set,
		     struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	int rc = changes_documents(w, c, 1, err);

	if (rc != IDBC_OK)
		return rc;
	if (changes_of_user(w, c, set))
		return call_nomem(w->session, err);
	rc = write_user(w, set, err);
	if (rc == IDBC_OK)
		rc = tie_move_all(w, set, err);
	for (size_t i = 0; rc == IDBC_OK && i < m->nlinks; i++)
		rc = update_link(w, c, m->parents_first[i], err);
	return rc;
}

static int put_in_place(struct write *w, const struct change *change, struct idbc_error *err)
{
	const struct map_link *link = plan_link(w->session->plan, change->place.link);
	struct sets set = { NULL, 0, 0 }, where = { NULL, 0, 0 };
	int64_t rows = 0;
	int rc = where_his(w, link, &where, err);

	if (rc != IDBC_OK)
		return rc;
	if ((change->place.eav && put_name(w, link, change->place.eav, &where)) ||
	    sets_put(w, &set, plan_place_col(w->session->plan, &change->place), &change->value))
		return call_nomem(w->session, err);
	rc = write_update(w, link->table, &set, &where, link->order, &rows, err);
	if (rc != IDBC_OK || rows == 1)
		return rc;
	return rows ? call_ambiguous(w->session, err) : call_no_user(w->session, err);
}

int changes_in_place(struct write *w, const struct changes *c, struct idbc_error *err)
{
	struct sets set = { NULL, 0, 0 };
	int rc = changes_of_user(w, c, &set) ? call_nomem(w->session, err)
					     : write_user(w, &set, err);

	for (size_t i = 0; rc == IDBC_OK && i < c->n; i++)
		if (c->items[i].place.link >= 0)
			rc = put_in_place(w, &c->items[i], err);
	return rc;
}

int changes_update(struct write *w, struct changes *c, const struct sets *more,
		   struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	struct sets set = { NULL, 0, 0 };
	int rc = sets_generate(w, &set, m->table, &m->update, err);

	if (rc != IDBC_OK)
		return rc;
	for (size_t i = 0; more && i < more->n; i++)
		if (sets_put(w, &set, more->items[i].col, &more->items[i].value))
			return call_nomem(w->session, err);
	return write_all(w, c, &set, err);
}
