/* drivers/sql/doctor/grants.c - the statements that give a database user what the operations of a
 * connection need.  UPDATE is given by the column; reading by the table, which is what the
 * catalogue wants too.  Threads: the session's.
 */
#include "sql/doctor/doctor.h"

#include <string.h>

/* --- where a table is -------------------------------------------------------------- */

struct place_of {
	const char *table;              /* of the mapping */
	char *schema, *name;
	int open;                       /* everybody may use the schema */
};
struct places {
	struct place_of *items;
	size_t n;
};

static int keep_place(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	struct places *p = ctx;
	int64_t at = catalogue_number(&cols[0]);

	if (at < 0 || (size_t)at >= p->n)
		return 0;
	p->items[at].schema = doctor_word(d, &cols[1]);
	p->items[at].name = doctor_word(d, &cols[2]);
	p->items[at].open = catalogue_number(&cols[3]) != 0;
	return p->items[at].schema && p->items[at].name ? 0 : doctor_nomem(d);
}

/* Every table of the needs, also those that no catalogue was asked about. */
static int find_places(struct doctor *d, struct places *p)
{
	struct arena *arena = &d->session->arena;
	const char **tables = arena_alloc(arena, (d->needs.n + 1) * sizeof(*tables));

	p->n = d->needs.n;
	p->items = arena_alloc(arena, (p->n + 1) * sizeof(*p->items));
	if (!tables || !p->items)
		return doctor_nomem(d);
	for (size_t i = 0; i < p->n; i++)
		tables[i] = p->items[i].table = d->needs.items[i].table;
	return doctor_ask_these(d, d->words->schemas, tables, p->n, 4, keep_place, p);
}

/* --- the statement ----------------------------------------------------------------- */

static int all(const struct need *need, const struct need_col *col, const void *ctx)
{
	(void)need;
	(void)col;
	(void)ctx;
	return 1;
}

static size_t count(const struct need *need, uint32_t verb, need_fn *only, const void *ctx)
{
	size_t n = 0;

	for (size_t i = 0; i < need->n; i++)
		n += need->cols[i].verb == verb && only(need, &need->cols[i], ctx);
	return n;
}

static int as_a_whole(const struct need *need, uint32_t verb)
{
	for (size_t i = 0; i < need->n; i++)
		if (need->cols[i].verb == verb && !need->cols[i].col)
			return 1;
	return 0;
}

static void put_update(struct sql_text *t, const struct need *need, need_fn *only,
		       const void *ctx)
{
	const char *before = " (";

	if (as_a_whole(need, NEED_UPDATE))
		return;
	for (size_t i = 0; i < need->n; i++) {
		if (need->cols[i].verb != NEED_UPDATE || !only(need, &need->cols[i], ctx))
			continue;
		text_put(t, "%s%I", before, need->cols[i].col);
		before = ", ";
	}
	text_put(t, ")");
}

static void put_verbs(struct sql_text *t, const struct need *need, need_fn *only,
		      const void *ctx)
{
	static const struct { uint32_t verb; const char *word; } verbs[] = {
		{ NEED_SELECT, "SELECT" }, { NEED_INSERT, "INSERT" },
		{ NEED_UPDATE, "UPDATE" }, { NEED_DELETE, "DELETE" },
	};
	const char *before = "";

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!count(need, verbs[i].verb, only, ctx))
			continue;
		text_put(t, "%s%s", before, verbs[i].word);
		if (verbs[i].verb == NEED_UPDATE)
			put_update(t, need, only, ctx);
		before = ", ";
	}
}

static void put_table(struct sql_text *t, const struct place_of *place)
{
	if (place->name && *place->schema)
		text_put(t, "%I.%I", place->schema, place->name);
	else
		text_put(t, "%T", place->table);
}

static char *finish(struct doctor *d, struct sql_text *t)
{
	text_put(t, " TO %s", d->who);
	return t->failed ? NULL : t->s;
}

static char *statement(struct doctor *d, const struct need *need, const struct place_of *place,
		       need_fn *only, const void *ctx)
{
	struct sql_text t = doctor_text(d);

	text_put(&t, "GRANT ");
	put_verbs(&t, need, only, ctx);
	text_put(&t, " ON ");
	put_table(&t, place);
	return finish(d, &t);
}

char *grant_statement(struct doctor *d, const struct need *need, need_fn *only, const void *ctx)
{
	struct places places;

	if (find_places(d, &places))
		return NULL;
	return statement(d, need, &places.items[need - d->needs.items], only ? only : all, ctx);
}

/* --- schemas and sequences --------------------------------------------------------- */

/* As it is: half a statement grants nothing. */
static int tell(struct doctor *d, const char *key, const char *text)
{
	if (!text || d->findings->add(d->findings, IDBC_NOTE, "grant", key, text, ""))
		return doctor_nomem(d);
	return 0;
}

static int told_before(const struct places *p, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (p->items[i].schema && !strcmp(p->items[i].schema, p->items[at].schema))
			return 1;
	return 0;
}

static int tell_schemas(struct doctor *d, const struct places *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct place_of *place = &p->items[i];
		struct sql_text t = doctor_text(d);

		if (!place->name || place->open || told_before(p, i))
			continue;
		text_put(&t, "GRANT USAGE ON SCHEMA %I", place->schema);
		if (tell(d, place->schema, finish(d, &t)))
			return -1;
	}
	return 0;
}

struct sequence { const char *table; char *schema, *name; };
struct sequences { struct sequence items[32]; size_t n; };

/* A number that the create gives itself needs no sequence. */
static int is_generated(const struct doctor *d, const struct need *need, const char *col)
{
	const struct mapping *m = d->mapping;

	if (!(need_ops(need, NEED_INSERT)))
		return 0;
	for (size_t i = 0; i < need->n; i++)
		if (need->cols[i].verb == NEED_INSERT && need->cols[i].col &&
		    !strcmp(need->cols[i].col, col))
			return 0;
	return strcmp(need->table, m->table) || strcmp(col, m->key) || m->id.source == MAP_AUTO;
}

static int keep_sequence(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	struct sequences *q = ctx;
	int64_t at = catalogue_number(&cols[0]);
	char *col = doctor_word(d, &cols[1]);

	if (!col)
		return doctor_nomem(d);
	if (at < 0 || (size_t)at >= d->needs.n || q->n == sizeof(q->items) / sizeof(q->items[0]) ||
	    !is_generated(d, &d->needs.items[at], col))
		return 0;
	q->items[q->n] = (struct sequence){ d->needs.items[at].table, doctor_word(d, &cols[2]),
					    doctor_word(d, &cols[3]) };
	q->n++;
	return 0;
}

static int tell_sequences(struct doctor *d)
{
	const char **tables = arena_alloc(&d->session->arena, (d->needs.n + 1) * sizeof(*tables));
	struct sequences q = { .n = 0 };

	for (size_t i = 0; tables && i < d->needs.n; i++)
		tables[i] = d->needs.items[i].table;
	if (!tables)
		return doctor_nomem(d);
	if (doctor_ask_these(d, d->words->sequences, tables, d->needs.n, 5, keep_sequence, &q))
		return -1;
	for (size_t i = 0; i < q.n; i++) {
		struct sql_text t = doctor_text(d);

		if (!q.items[i].schema || !q.items[i].name)
			return doctor_nomem(d);
		text_put(&t, "GRANT USAGE ON SEQUENCE %I.%I", q.items[i].schema, q.items[i].name);
		if (tell(d, q.items[i].table, finish(d, &t)))
			return -1;
	}
	return 0;
}

/* --- all of them ------------------------------------------------------------------- */

static int keep_who(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	(void)ctx;
	d->who = doctor_word(d, cols);
	return d->who ? 0 : doctor_nomem(d);
}

int grants_who(struct doctor *d)
{
	struct query q = { d->words->who, NULL, 0, NULL };

	return q.sql ? doctor_ask(d, &q, 1, keep_who, NULL) : 0;
}

int grants_unknown(struct doctor *d)
{
	return doctor_add(d, IDBC_NOTE, "no-grants", "options", "",
			  "which statements %s needs is not known to this version",
			  d->plan->dialect->name);
}

int grants_tell(struct doctor *d)
{
	struct places places = { NULL, 0 };

	if (!d->words->who)
		return doctor_add(d, IDBC_NOTE, "no-grants", "options", "",
				  "%s has no users and no privileges: who may write the file may do "
				  "everything", d->plan->dialect->name);
	if (!d->who)
		return 0;
	if (find_places(d, &places) || tell_schemas(d, &places))
		return -1;
	for (size_t i = 0; i < d->needs.n; i++)
		if (tell(d, d->needs.items[i].table,
			 statement(d, &d->needs.items[i], &places.items[i], all, NULL)))
			return -1;
	if (tell_sequences(d))
		return -1;
	if (!d->needs.unread)
		return 0;
	return doctor_add(d, IDBC_NOTE, "raw-sql", d->needs.unread, "",
			  "what this SQL calls or reads cannot be told from its text alone: "
			  "its privileges are given by hand");
}
