/* drivers/sql/plan/plan_check.c - does the mapping fit the store?  Every table and column that
 * it names is looked up in the catalogue; all findings at once, with the nearest name.
 * Threads: one, while the plan is made.
 */
#include "sql/plan/plan.h"

#include <string.h>

int plan_report(struct plan *plan, uint32_t severity, const char *code, const char *key,
		const char *text, const char *remedy)
{
	if (plan->nfindings == plan->capfindings) {
		size_t cap = plan->capfindings ? plan->capfindings * 2 : 8;
		struct plan_finding *grown = arena_alloc(&plan->arena, cap * sizeof(*grown));

		if (!grown)
			return -1;
		if (plan->nfindings)
			memcpy(grown, plan->findings, plan->nfindings * sizeof(*grown));
		plan->findings = grown;
		plan->capfindings = cap;
	}
	plan->findings[plan->nfindings++] =
		(struct plan_finding){ severity, code, key, text, remedy };
	return text ? 0 : -1;
}

static int missing_table(struct plan *plan, const char *table, const char *key)
{
	const char *near = catalogue_nearest(&plan->catalogue.others, table);

	return plan_report(plan, IDBC_ERROR, "missing-table", key,
		   arena_printf(&plan->arena, "no table \"%s\"%s%s%s", table,
				near ? ", did you mean \"" : "", near ? near : "",
				near ? "\"" : ""),
		   "create the table, or correct its name in the mapping");
}

static int missing_column(struct plan *plan, const struct catalogue_table *table,
			  const char *col, const char *key)
{
	const char *near = catalogue_nearest(table, col);
	char *text = arena_printf(&plan->arena, "no column \"%s\" in table \"%s\"%s%s%s", col,
				  table->name, near ? ", did you mean \"" : "", near ? near : "",
				  near ? "\"" : "");

	return plan_report(plan, IDBC_ERROR, "missing-column", key, text,
		   "correct the name in the mapping, or let the database user see the column");
}

/* 1: there; 0: reported as missing, its table perhaps elsewhere; -1: no memory. */
static int check_col(struct plan *plan, const char *table, const char *col, const char *key)
{
	const struct catalogue_table *t = catalogue_table(&plan->catalogue, table);

	if (!col || !t || !t->n)
		return 0;
	if (catalogue_column(&plan->catalogue, table, col))
		return 1;
	return missing_column(plan, t, col, key) ? -1 : 0;
}

/* Columns that only `operations` write or compare. */
static int check_sets(struct plan *plan, uint32_t operations, const char *table,
		      const struct map_sets *sets, const char *base, const char *what)
{
	if (!(plan->operations & operations))
		return 0;
	for (size_t i = 0; i < sets->n; i++) {
		const struct map_value *v = &sets->items[i].value;
		char *key = arena_printf(&plan->arena, "%s.%s", base, what);
		int from = v->source == MAP_LINK_COL ? v->link : -1;

		if (!key || check_col(plan, table, sets->items[i].col, key) < 0)
			return -1;
		if ((v->source == MAP_USER_COL || v->source == MAP_LINK_COL) &&
		    check_col(plan, plan_table(plan, from), v->str, key) < 0)
			return -1;
	}
	return 0;
}

/* --- types ------------------------------------------------------------------------ */

static int wrong_type(struct plan *plan, const struct catalogue_column *c, const char *key,
		      const char *want)
{
	return plan_report(plan, IDBC_ERROR, "wrong-type", key,
		   arena_printf(&plan->arena, "column \"%s\" is %s, which cannot hold %s", c->name,
				c->type, want),
		   "name the form in which the column is stored with \"time\"");
}

static int check_time(struct plan *plan, const struct map_field *f,
		      const struct catalogue_column *c)
{
	int unix_time = f->time == MAP_UNIX || f->time == MAP_UNIX_MS || f->time == MAP_UNIX_US;
	int date_col = c->kind == SQL_COL_DATETIME || c->kind == SQL_COL_DATE;
	int number = c->kind == SQL_COL_INTEGER || c->kind == SQL_COL_BOOL ||
		     c->kind == SQL_COL_BIT;

	if (!plan->dialect->types_bind || f->time == MAP_TIME_NONE)
		return 0;
	if (unix_time && date_col)
		return wrong_type(plan, c, f->key, "a count of seconds");
	if (!unix_time && f->time != MAP_MW14 && number)
		return wrong_type(plan, c, f->key, "a date");
	return 0;
}

/* A document is text, or of a type of its own. */
static int check_document(struct plan *plan, const struct catalogue_column *c, const char *key)
{
	int holds = c->kind == SQL_COL_TEXT || c->kind == SQL_COL_JSON ||
		    c->kind == SQL_COL_BINARY || c->kind == SQL_COL_UNKNOWN;

	if (holds || !plan->dialect->types_bind)
		return 0;
	return plan_report(plan, IDBC_ERROR, "wrong-type", key,
			   arena_printf(&plan->arena, "column \"%s\" is %s, which cannot hold a JSON "
					"document", c->name, c->type),
			   "map a column that holds documents, or leave \"json\" out");
}

static int check_place(struct plan *plan, const struct map_field *f,
		       const struct map_place *place, const char *key)
{
	const char *table = plan_table(plan, place->link);
	const char *col = plan_place_col(plan, place);
	int there = check_col(plan, table, col, key);

	if (there <= 0)
		return there;
	if (place->json)
		return check_document(plan, catalogue_column(&plan->catalogue, table, col), key);
	if (f && f->type == MAP_TIME)
		return check_time(plan, f, catalogue_column(&plan->catalogue, table, col));
	return 0;
}

/* --- the parts of a mapping ------------------------------------------------------- */

static int check_list(struct plan *plan, const struct map_field *f)
{
	const char *own = plan_table(plan, f->place.link);

	for (size_t i = 0; i < f->ncols; i++) {
		const char *table = f->cols[i].table ? f->cols[i].table : own;

		if (check_col(plan, table, f->cols[i].place.col, f->key) < 0)
			return -1;
	}
	return 0;
}

static int check_field(struct plan *plan, const struct map_field *f)
{
	struct map_sets also = { f->also, f->nalso };

	if (f->kind == MAP_EXISTS)
		return check_sets(plan, OP_ALL, plan_table(plan, f->place.link), &f->where, f->key,
				  "where");
	if (f->kind == MAP_LIST)
		return check_list(plan, f);
	if (f->kind != MAP_COL)
		return 0;
	if (check_place(plan, f, &f->place, f->key))
		return -1;
	for (size_t i = 0; plan->operations & OP_WRITES && i < f->nmirror; i++)
		if (check_place(plan, NULL, &f->mirror[i], f->key))
			return -1;
	return check_sets(plan, OP_WRITES, plan_table(plan, f->place.link), &also, f->key, "also");
}

static int check_side(struct plan *plan, const struct map_link *link,
		      const struct map_join_side *side, const char *key)
{
	const char *table = side->at == MAP_JOIN_USER ? plan->mapping->table
			    : side->at < 0 ? link->table : link->joins[side->at].table;

	return check_col(plan, table, side->col, key) < 0 ? -1 : 0;
}

static int check_joins(struct plan *plan, const struct map_link *link)
{
	for (size_t i = 0; i < link->ntests; i++) {
		const struct map_join_test *test = &link->tests[i];

		const char *key = link->joins[test->last].key;

		if (check_side(plan, link, &test->left, key) ||
		    (test->sides && check_side(plan, link, &test->right, key)))
			return -1;
	}
	return 0;
}

static int check_counter(struct plan *plan, const struct map_value *id, uint32_t operations)
{
	const struct map_counter *counter = id->source == MAP_COUNTER ? id->counter : NULL;

	if (!counter || !(plan->operations & operations))
		return 0;
	if (check_col(plan, counter->table, counter->col, counter->key) < 0)
		return -1;
	return check_sets(plan, operations, counter->table, &counter->where, counter->key, "where");
}

static int check_link(struct plan *plan, const struct map_link *link)
{
	if (check_sets(plan, OP_ALL, link->table, &link->on, link->key, "on") ||
	    check_sets(plan, OP_ALL, link->table, &link->where, link->key, "where") ||
	    check_sets(plan, OP_CREATE | OP_UPDATES, link->table, &link->insert, link->key,
		       "insert") ||
	    check_sets(plan, OP_UPDATES, link->table, &link->update, link->key, "update"))
		return -1;
	if (check_counter(plan, &link->id, OP_CREATE | OP_UPDATES) ||
	    check_col(plan, link->table, link->eav_name, link->key) < 0 ||
	    check_col(plan, link->table, link->eav_value, link->key) < 0 ||
	    check_col(plan, link->table, link->order, link->key) < 0 ||
	    check_col(plan, link->table, link->id_col, link->key) < 0)
		return -1;
	return check_joins(plan, link);
}

static int check_failures(struct plan *plan, const char *col)
{
	const struct catalogue_column *c =
		catalogue_column(&plan->catalogue, plan->mapping->table, col);

	if (!c || c->kind == SQL_COL_INTEGER || c->kind == SQL_COL_REAL ||
	    (!plan->dialect->types_bind && c->kind != SQL_COL_TEXT))
		return 0;
	return plan_report(plan, IDBC_ERROR, "wrong-type", "users.login.failed.count",
			   arena_printf(&plan->arena, "column \"%s\" is %s, which cannot count",
					c->name, c->type),
			   "map the column that holds the number of failed attempts");
}

/* A lock or a window of seconds, in a column that knows days, would never hold. */
static int check_hours(struct plan *plan, const struct map_field *f)
{
	const struct catalogue_column *c =
		catalogue_column(&plan->catalogue, plan->mapping->table, f->place.col);

	if (!c || c->kind != SQL_COL_DATE || !plan->mapping->failed.count)
		return 0;
	return plan_report(plan, IDBC_ERROR, "wrong-type", f->key,
			   arena_printf(&plan->arena, "column \"%s\" is %s, which keeps no hours",
					c->name, c->type),
			   "map a column that holds a point in time");
}

/* login.failed: all in the user's row. */
static int check_failed(struct plan *plan)
{
	const struct map_failed *f = &plan->mapping->failed;
	const struct map_field *times[] = { &f->first, &f->last, &f->until, &f->at };

	if (!f->mapped || !(plan->operations & OP_LOGIN))
		return 0;
	if (f->count && (check_col(plan, plan->mapping->table, f->count,
				   "users.login.failed.count") < 0 ||
			 check_failures(plan, f->count)))
		return -1;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i]->place.col &&
		    (check_place(plan, times[i], &times[i]->place, times[i]->key) ||
		     check_hours(plan, times[i])))
			return -1;
	return 0;
}

static int check_user(struct plan *plan)
{
	const struct mapping *m = plan->mapping;

	if (check_col(plan, m->table, m->key, "users.user.key") < 0 ||
	    check_counter(plan, &m->id, OP_CREATE) || check_failed(plan))
		return -1;
	return check_sets(plan, OP_ALL, m->table, &m->where, "users.user", "where") ||
	       check_sets(plan, OP_CREATE, m->table, &m->insert, "users.user", "insert") ||
	       check_sets(plan, OP_UPDATES, m->table, &m->update, "users.user", "update") ||
	       check_sets(plan, OP_LOGIN, m->table, &m->touch, "users.login", "touch") ||
	       check_sets(plan, OP_CREATE | OP_CHANGE_PASSWORD, m->table, &m->pw_set,
			  "users.password", "set") ||
	       check_sets(plan, OP_DELETE_USER, m->table, &m->delete_set, "users.delete", "set") ||
	       check_place(plan, NULL, &m->pw_hash, "users.password.col") ||
	       check_place(plan, NULL, &m->pw_salt, "users.password.salt") ||
	       check_place(plan, NULL, &m->pw_when, "users.password.when") ? -1 : 0;
}

/* What a create begins documents with. */
static int check_documents(struct plan *plan)
{
	const struct map_path whole = { NULL, 0 };

	for (size_t i = 0; plan->operations & OP_CREATE && i < plan->mapping->ndocuments; i++) {
		const struct map_document *d = &plan->mapping->documents[i];
		struct map_place place = d->place;

		place.json = &whole;
		if (check_place(plan, NULL, &place, d->key))
			return -1;
	}
	return 0;
}

static int check_steps(struct plan *plan, const struct map_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++) {
		const struct map_step *step = &steps->items[i];

		if (step->kind == MAP_STEP_RAW)
			continue;
		if (check_sets(plan, OP_DELETE_USER, step->table, &step->set, step->key, "set") ||
		    check_sets(plan, OP_DELETE_USER, step->table, &step->where, step->key, "where"))
			return -1;
	}
	return 0;
}

static const char *counter_key(const struct mapping *m, const char *table)
{
	if (m->id.counter && !strcmp(m->id.counter->table, table))
		return m->id.counter->key;
	for (size_t i = 0; i < m->nlinks; i++)
		if (m->links[i].id.counter && !strcmp(m->links[i].id.counter->table, table))
			return m->links[i].id.counter->key;
	return "users";
}

/* Where the mapping first names a table. */
static const char *table_key(const struct plan *plan, const char *table)
{
	const struct mapping *m = plan->mapping;

	if (!strcmp(m->table, table))
		return "users.user.table";
	for (size_t i = 0; i < m->nlinks; i++) {
		if (!strcmp(m->links[i].table, table))
			return m->links[i].key;
		for (size_t j = 0; j < m->links[i].njoins; j++)
			if (!strcmp(m->links[i].joins[j].table, table))
				return m->links[i].key;
	}
	for (size_t i = 0; i < m->delete_steps.n; i++) {
		const struct map_step *step = &m->delete_steps.items[i];

		if (step->kind != MAP_STEP_RAW && !strcmp(step->table, table))
			return step->key;
	}
	return counter_key(m, table);
}

static int check_tables(struct plan *plan)
{
	for (size_t i = 0; i < plan->catalogue.n; i++) {
		const struct catalogue_table *t = &plan->catalogue.tables[i];

		if (plan->intents && !strcmp(t->name, plan->intents))
			continue;
		if (!t->n && missing_table(plan, t->name, table_key(plan, t->name)))
			return -1;
	}
	return 0;
}

void plan_find_error(struct plan *plan)
{
	plan->error = NULL;
	for (size_t i = 0; !plan->error && i < plan->nfindings; i++)
		if (plan->findings[i].severity == IDBC_ERROR)
			plan->error = &plan->findings[i];
}

int plan_check(struct plan *plan)
{
	const struct mapping *m = plan->mapping;

	if (plan->catalogue.trusted)
		return 0;
	if (check_tables(plan) || check_user(plan))
		return -1;
	for (size_t i = 0; i < m->nlinks; i++)
		if (check_link(plan, &m->links[i]))
			return -1;
	for (size_t i = 0; i < m->nfields; i++)
		if (check_field(plan, &m->fields[i]))
			return -1;
	if (check_documents(plan) || check_steps(plan, &m->delete_steps) ||
	    plan_check_filled(plan))
		return -1;
	plan_find_error(plan);
	return 0;
}
