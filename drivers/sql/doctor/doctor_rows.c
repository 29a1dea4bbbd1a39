/* drivers/sql/doctor/doctor_rows.c - rows counted: users who share what should tell them apart,
 * users without an address.  Each count reads a table once and sorts; only the number
 * comes back.  Threads: the session's.
 */
#include "sql/doctor/doctor.h"

#include <string.h>

/* --- a statement that counts ------------------------------------------------------- */

struct counting {
	struct doctor *d;
	struct sql_text t;
	struct idbc_value args[64];
	uint32_t nargs;
	int failed;
};

static void counting_init(struct counting *c, struct doctor *d)
{
	c->d = d;
	c->t = doctor_text(d);
	c->nargs = 0;
	c->failed = 0;
}

static void push(struct counting *c, const struct map_value *value, uint32_t kind)
{
	if (c->nargs == sizeof(c->args) / sizeof(c->args[0]) ||
	    plan_constant(c->d->plan, value, kind, &c->d->session->arena, &c->args[c->nargs]))
		c->failed = 1;
	else
		c->nargs++;
}

/* "alias.col = ?", or IS NULL. */
static void put_is(struct counting *c, const char *alias, const char *table, const char *col,
		   const struct map_value *value)
{
	const struct catalogue_column *column =
		catalogue_column(&c->d->plan->catalogue, table, col);

	text_put(&c->t, "%s.%I", alias, col);
	if (value->source == MAP_NULL) {
		text_put(&c->t, " IS NULL");
		return;
	}
	text_put(&c->t, " = %s?%s", column ? column->arg_open : "",
		 column ? column->arg_close : "");
	push(c, value, plan_kind(c->d->plan, table, col));
}

static void put_constants(struct counting *c, const char *alias, const char *table,
			  const struct map_sets *where)
{
	for (size_t i = 0; i < where->n; i++) {
		text_put(&c->t, " AND ");
		put_is(c, alias, table, where->items[i].col, &where->items[i].value);
	}
}

static int has_source(const struct map_literals *list, uint32_t source)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].source == source)
			return 1;
	return 0;
}

static void put_one_of(struct counting *c, const struct map_field *f,
		       const struct map_literals *list)
{
	text_put(&c->t, "(");
	for (size_t i = 0; i < list->n; i++) {
		text_put(&c->t, "%s", i ? " OR " : "");
		put_is(c, "u", c->d->mapping->table, f->place.col, &list->items[i]);
	}
	text_put(&c->t, ")");
}

/* Deleted users are nobody: the usual forms of the flag are understood. */
static void put_not_deleted(struct counting *c)
{
	const struct map_field *f = mapping_field(c->d->mapping, "deleted");

	if (!f || f->kind != MAP_COL || f->type != MAP_FLAG || f->place.link >= 0)
		return;
	if (has_source(&f->yes, MAP_NOW) || has_source(&f->no, MAP_NOW)) {
		text_put(&c->t, " AND u.%I IS%s NULL", f->place.col,
			 has_source(&f->no, MAP_NOW) ? " NOT" : "");
	} else if (f->no.n) {
		text_put(&c->t, " AND ");
		put_one_of(c, f, &f->no);
	} else if (f->yes.n) {
		text_put(&c->t, " AND (u.%I IS NULL OR NOT ", f->place.col);
		put_one_of(c, f, &f->yes);
		text_put(&c->t, ")");
	}
}

static void put_on(struct counting *c, const struct map_link *link, const struct map_place *place)
{
	const struct dialect *dialect = c->d->plan->dialect;

	/* As text: what hangs on a number may be kept as one. */
	for (size_t i = 0; i < link->on.n; i++)
		text_put(&c->t, "%s%st.%I%s = %su.%I%s", i ? " AND " : "", dialect->text_open,
			 link->on.items[i].col, dialect->text_close, dialect->text_open,
			 link->on.items[i].value.str, dialect->text_close);
	put_constants(c, "t", link->table, &link->where);
	if (link->kind == MAP_EAV) {
		struct map_value name = { .source = MAP_STR, .str = place->eav };

		text_put(&c->t, " AND ");
		put_is(c, "t", link->table, link->eav_name, &name);
	}
}

/* A link of a link is left alone. */
static int can_count(const struct identifier *id)
{
	if (id->column->kind != SQL_COL_TEXT && id->column->kind != SQL_COL_UNKNOWN)
		return 0;
	if (id->field->place.json)
		return 0;
	for (size_t i = 0; id->link && i < id->link->on.n; i++)
		if (id->link->on.items[i].value.source != MAP_USER_COL)
			return 0;
	return !id->link || id->link->of < 0;
}

/* "SELECT key, field, value": the bytes, so that no collation has a say. */
static void put_values(struct counting *c, const struct identifier *id, int which, int lower)
{
	const struct dialect *dialect = c->d->plan->dialect;
	const struct mapping *m = c->d->mapping;
	const char *alias = id->link ? "t" : "u";

	text_put(&c->t, "SELECT u.%I AS k, %d AS f, %s%s%s", m->key, which, dialect->bytes_open,
		 lower ? "LOWER(" : "", dialect->utf8_open);
	text_put(&c->t, "%s.%I%s%s%s AS v FROM %T AS u", alias, id->col, dialect->utf8_close,
		 lower ? ")" : "", dialect->bytes_close, m->table);
	if (id->link) {
		text_put(&c->t, " JOIN %T AS t ON ", id->table);
		put_on(c, id->link, &id->field->place);
	}
	text_put(&c->t, " WHERE %s.%I <> ''", alias, id->col);
	put_constants(c, "u", m->table, &m->where);
	put_not_deleted(c);
}

static int run(struct counting *c, int64_t *out)
{
	struct query q = { c->t.s, c->args, c->nargs, NULL };

	*out = 0;
	if (c->t.failed)
		return doctor_nomem(c->d);
	return c->failed ? 0 : doctor_count(c->d, &q, out);
}

#define COUNT_OPEN  "SELECT COUNT(*) FROM (SELECT 1 AS n FROM ("
#define COUNT_CLOSE ") AS x GROUP BY x.v HAVING COUNT(DISTINCT x.k) > 1"

int doctor_shared(struct doctor *d, const struct identifier *id, int64_t *out)
{
	struct counting c;

	*out = 0;
	if (!can_count(id))
		return 0;
	counting_init(&c, d);
	text_put(&c.t, COUNT_OPEN);
	put_values(&c, id, 0, doctor_folds(id));
	text_put(&c.t, COUNT_CLOSE ") AS y");
	return run(&c, out);
}

/* --- what is counted --------------------------------------------------------------- */

static int tell_shared(struct doctor *d, const struct identifier *id)
{
	int64_t shared;

	if (strcmp(id->field->name, "email"))
		return 0;
	if (doctor_shared(d, id, &shared))
		return -1;
	if (!shared)
		return 0;
	return doctor_add(d, id->logs_in ? IDBC_WARNING : IDBC_NOTE, "email-case-duplicates",
			  id->field->key, "",
			  "%lld e-mail addresses%s belong to more than one user each: nobody can "
			  "log in or be found by them; change the address of all but one",
			  (long long)shared,
			  doctor_folds(id) ? ", in whatever case they are typed," : "");
}

/* One name in two fields of two users. */
static int tell_crossed(struct doctor *d, const struct identifier *a, const struct identifier *b)
{
	int lower = doctor_folds(a) || doctor_folds(b);
	struct counting c;
	int64_t crossed;

	if (!can_count(a) || !can_count(b))
		return 0;
	counting_init(&c, d);
	text_put(&c.t, COUNT_OPEN);
	put_values(&c, a, 0, lower);
	text_put(&c.t, " UNION ALL ");
	put_values(&c, b, 1, lower);
	text_put(&c.t, COUNT_CLOSE " AND COUNT(DISTINCT x.f) > 1) AS y");
	if (run(&c, &crossed))
		return -1;
	if (!crossed)
		return 0;
	return doctor_add(d, IDBC_WARNING, "identifier-in-two-fields", "users.login.by",
			  "take one of the two out of users.login.by, or change these names",
			  "%lld values are the %s of one user and the %s of another: neither can "
			  "log in with them", (long long)crossed, a->field->name, b->field->name);
}

static int tell_all_crossed(struct doctor *d, const struct identifier *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (ids[i].logs_in && ids[j].logs_in && tell_crossed(d, &ids[i], &ids[j]))
				return -1;
	return 0;
}

static void put_without(struct counting *c, const struct identifier *id)
{
	const struct mapping *m = c->d->mapping;

	text_put(&c->t, "SELECT COUNT(*) FROM %T AS u WHERE ", m->table);
	if (id->link) {
		text_put(&c->t, "NOT EXISTS (SELECT 1 FROM %T AS t WHERE ", id->table);
		put_on(c, id->link, &id->field->place);
		text_put(&c->t, " AND t.%I <> '')", id->col);
	} else {
		text_put(&c->t, "(u.%I IS NULL OR u.%I = '')", id->col, id->col);
	}
	put_constants(c, "u", m->table, &m->where);
	put_not_deleted(c);
}

static int tell_without(struct doctor *d, const struct identifier *id)
{
	struct counting c;
	int64_t without;

	if (strcmp(id->field->name, "email") || !can_count(id))
		return 0;
	counting_init(&c, d);
	put_without(&c, id);
	if (run(&c, &without))
		return -1;
	if (!without)
		return 0;
	return doctor_add(d, IDBC_NOTE, "users-without-email", id->field->key, "",
			  "%lld users have no e-mail address: they cannot be sent a new password, "
			  "nor prove who they are by one", (long long)without);
}

int doctor_rows(struct doctor *d)
{
	struct identifier ids[DOCTOR_IDENTIFIERS];
	size_t n = doctor_identifiers(d, ids);

	for (size_t i = 0; i < n; i++)
		if (tell_without(d, &ids[i]) || tell_shared(d, &ids[i]))
			return -1;
	return tell_all_crossed(d, ids, n);
}
