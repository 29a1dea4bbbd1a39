/* drivers/sql/plan/plan_filled.c - can a create fill the rows that it makes?  A column that takes
 * no NULL and has no default needs a word in the mapping; else every create fails, and
 * that is better said before the first one.  Threads: one, while the plan is made.
 */
#include "sql/plan/plan.h"
#include "sql/base/ascii.h"

#include <string.h>

/* How surely a create writes a column, from the weakest. */
enum filled { FILLED_NEVER, FILLED_NULL, FILLED_SOMETIMES, FILLED_ALWAYS };

struct row {                    /* the user's own, or one of a link */
	struct plan *plan;
	const char *table, *key;
	int32_t index;
	const struct map_link *link;    /* NULL: the user's own */
	int always;                     /* every create makes it */
};

static enum filled better(enum filled a, enum filled b)
{
	return a > b ? a : b;
}

/* --- fields ----------------------------------------------------------------------------- */

/* Also a member of a bag that is mapped whole. */
static int is_part_of(const char *name, const char *field)
{
	size_t len = strlen(field);

	return !strncmp(name, field, len) && (!name[len] || name[len] == '.');
}

static int is_required(const struct mapping *m, const char *field)
{
	for (size_t i = 0; i < m->nrequired; i++)
		if (is_part_of(m->required[i], field))
			return 1;
	return 0;
}

static int has_default(const struct mapping *m, const char *field)
{
	for (size_t i = 0; i < m->ndefaults; i++)
		if (!strcmp(m->defaults[i].field, field))
			return m->defaults[i].value.source != MAP_NULL;
	return 0;
}

static enum filled by_field(const struct mapping *m, const struct map_field *f)
{
	if (f->kind != MAP_COL || (f->type == MAP_PHP && !has_default(m, f->name)))
		return FILLED_NEVER;
	return is_required(m, f->name) || has_default(m, f->name) ? FILLED_ALWAYS
								  : FILLED_SOMETIMES;
}

static enum filled by_value(const struct mapping *m, const struct map_value *v)
{
	switch (v->source) {
	case MAP_NULL:
		return FILLED_NULL;
	case MAP_FIELD:
		return v->or_empty || is_required(m, v->str) ? FILLED_ALWAYS : FILLED_SOMETIMES;
	case MAP_GIVEN:
		return m->id.source == MAP_GIVEN ? FILLED_ALWAYS : FILLED_SOMETIMES;
	case MAP_AUTO:
		return FILLED_NEVER;
	default:
		return FILLED_ALWAYS;
	}
}

static enum filled by_sets(const struct mapping *m, const struct map_sets *sets, const char *col)
{
	enum filled best = FILLED_NEVER;

	for (size_t i = 0; i < sets->n; i++)
		if (ascii_same(sets->items[i].col, col))
			best = better(best, by_value(m, &sets->items[i].value));
	return best;
}

/* --- one column ------------------------------------------------------------------------- */

static int is_at(const struct row *row, const struct map_place *place, const char *col)
{
	return place->link == row->index && place->col && ascii_same(place->col, col);
}

static enum filled by_fields(const struct row *row, const char *col)
{
	const struct mapping *m = row->plan->mapping;
	enum filled best = FILLED_NEVER;

	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];
		struct map_sets also = { f->also, f->nalso };
		int here = is_at(row, &f->place, col);

		for (size_t j = 0; j < f->nmirror; j++)
			here |= is_at(row, &f->mirror[j], col);
		if (here || (f->place.link == row->index && by_sets(m, &also, col)))
			best = better(best, by_field(m, f));
	}
	return best;
}

/* Elsewhere a key that the database makes may come from a trigger. */
static int needs_auto_increment(const struct plan *plan)
{
	return plan->mapping->id.source == MAP_AUTO &&
	       (plan->dialect->id == SQL_MARIADB || plan->dialect->id == SQL_MYSQL);
}

static enum filled by_user(const struct row *row, const char *col)
{
	const struct mapping *m = row->plan->mapping;
	enum filled best = better(by_sets(m, &m->where, col), by_sets(m, &m->insert, col));

	if (ascii_same(m->key, col) && !needs_auto_increment(row->plan))
		return FILLED_ALWAYS;
	return better(best, by_sets(m, &m->pw_set, col));
}

static int is_column(const char *name, const char *col)
{
	return name && ascii_same(name, col);
}

static enum filled by_link(const struct row *row, const char *col)
{
	const struct mapping *m = row->plan->mapping;
	const struct map_link *link = row->link;
	enum filled best = better(by_sets(m, &link->where, col), by_sets(m, &link->insert, col));

	if (link->has_id && is_column(link->id_col, col))
		best = better(best, by_value(m, &link->id));
	if (by_sets(m, &link->on, col) || is_column(link->eav_name, col) ||
	    is_column(link->eav_value, col))
		return FILLED_ALWAYS;
	return best;
}

static enum filled how_filled(const struct row *row, const char *col)
{
	const struct mapping *m = row->plan->mapping;
	enum filled best = row->link ? by_link(row, col) : by_user(row, col);

	if (is_at(row, &m->pw_hash, col) || is_at(row, &m->pw_salt, col))
		return FILLED_ALWAYS;
	for (size_t i = 0; i < m->ndocuments; i++)
		if (is_at(row, &m->documents[i].place, col))
			return FILLED_ALWAYS;
	return better(best, by_fields(row, col));
}

/* --- findings --------------------------------------------------------------------------- */

static int tell_never(const struct row *row, const char *col, enum filled how)
{
	struct plan *plan = row->plan;
	char *text = arena_printf(&plan->arena, "column \"%s\" of table \"%s\" takes no NULL and "
				  "has no default, and the mapping %s: %s would fail", col, row->table,
				  how == FILLED_NULL ? "sets it to NULL" : "never fills it",
				  row->always ? "every create" : "a create that makes such a row");
	char *remedy = arena_printf(&plan->arena, "add \"%s\" and its value to %s.insert, or give "
				    "the column a default", col,
				    row->link ? row->link->key : "users.user");

	return remedy ? plan_report(plan, row->always ? IDBC_ERROR : IDBC_WARNING,
				    "column-not-filled", row->key, text, remedy) : -1;
}

static int tell_sometimes(const struct row *row, const char *col)
{
	struct plan *plan = row->plan;
	char *text = arena_printf(&plan->arena, "column \"%s\" of table \"%s\" takes no NULL and "
				  "has no default: a create without the field that is mapped to it "
				  "is refused (value_required)", col, row->table);
	char *remedy = arena_printf(&plan->arena, "name the field in users.create.required or "
				    "users.create.defaults, or add \"%s\" to %s.insert", col,
				    row->link ? row->link->key : "users.user");

	return remedy ? plan_report(plan, IDBC_WARNING, "column-not-filled", row->key, text,
				    remedy) : -1;
}

/* A store fills what is left out: NULL, a default, of an ENUM the first of its words. */
static int fills_itself(const struct catalogue_column *c)
{
	return c->nullable || c->has_default || !strncmp(c->type, "enum(", 5);
}

static int check_row(const struct row *row)
{
	const struct catalogue_table *t = catalogue_table(&row->plan->catalogue, row->table);

	for (size_t i = 0; t && i < t->n; i++) {
		const struct catalogue_column *c = &t->columns[i];
		enum filled how;
		int rc = 0;

		if (fills_itself(c))
			continue;
		how = how_filled(row, c->name);
		if (how < FILLED_SOMETIMES)
			rc = tell_never(row, c->name, how);
		else if (how == FILLED_SOMETIMES)
			rc = tell_sometimes(row, c->name);
		if (rc)
			return rc;
	}
	return 0;
}

/* --- the rows of a create ----------------------------------------------------------------- */

/* FILLED_ALWAYS: every create makes a row of this link; NEVER: none does. */
static enum filled is_made(const struct mapping *m, int32_t index)
{
	enum filled best = FILLED_NEVER;

	if (m->pw_hash.link == index || m->pw_salt.link == index)
		return FILLED_ALWAYS;
	for (size_t i = 0; i < m->ncreate_links; i++)
		if (!strcmp(m->create_links[i], m->links[index].name))
			return FILLED_ALWAYS;
	for (size_t i = 0; i < m->ndocuments; i++)
		if (m->documents[i].place.link == index)
			return FILLED_ALWAYS;
	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];
		int here = f->place.link == index;

		for (size_t j = 0; j < f->nmirror; j++)
			here |= f->mirror[j].link == index;
		if (here)
			best = better(best, by_field(m, f));
	}
	return best;
}

/* A row that many users point to, which the application keeps: a country, a language. */
static int is_looked_up(const struct plan *plan, const struct map_link *link)
{
	const struct mapping *m = plan->mapping;

	for (size_t i = 0; i < link->on.n; i++) {
		const struct map_set *on = &link->on.items[i];

		if (on->value.source == MAP_USER_COL && !ascii_same(on->value.str, m->key) &&
		    catalogue_tells_apart(&plan->catalogue, link->table, on->col))
			return 1;
	}
	return 0;
}

static int check_link_row(struct plan *plan, int32_t index)
{
	const struct map_link *link = &plan->mapping->links[index];
	enum filled made = is_made(plan->mapping, index);
	struct row row = { plan, link->table, link->key, index, link, made == FILLED_ALWAYS };

	if (made == FILLED_NEVER || (!row.always && is_looked_up(plan, link)))
		return 0;
	return check_row(&row);
}

int plan_check_filled(struct plan *plan)
{
	const struct mapping *m = plan->mapping;
	struct row row = { plan, m->table, "users.user.table", -1, NULL, 1 };

	if (!(plan->operations & OP_CREATE) || mapping_has_sql(m, MAP_CREATE))
		return 0;
	if (check_row(&row))
		return -1;
	for (size_t i = 0; i < m->nlinks; i++)
		if (check_link_row(plan, (int32_t)i))
			return -1;
	return 0;
}
