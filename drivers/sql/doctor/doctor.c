/* drivers/sql/doctor/doctor.c - the round: what is looked at and in which order, the quick things
 * first, rows that are counted last; and how the store is asked.  Threads: the session's.
 */
#include "sql/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- asking ------------------------------------------------------------------------ */

int doctor_nomem(struct doctor *d)
{
	call_nomem(d->session, d->err);
	return -1;
}

/* A store that will not tell is one thing, a store that is gone another. */
static int failed(struct doctor *d)
{
	uint32_t status = d->err->status;

	if (IDBC_STATUS_CLASS(status) == 3 || status == IDBC_NOMEM)
		return -1;
	d->declined = 1;
	*d->err = (struct idbc_error)IDBC_ERROR_INIT;
	return 0;
}

int doctor_ask(struct doctor *d, const struct query *q, uint32_t ncols, doctor_row_fn *fn,
	       void *ctx)
{
	struct cursor c;
	int more = 0, rc = cursor_open(d->session, q, ncols, &c, d->err);

	d->declined = 0;
	if (rc != IDBC_OK)
		return failed(d);
	rc = 0;
	while (!rc && (more = cursor_next(&c, d->err)) > 0)
		rc = fn(d, ctx, c.cols);
	cursor_close(&c);
	return more < 0 ? failed(d) : rc;
}

static struct idbc_value text_value(const char *s, size_t len)
{
	return (struct idbc_value){ .kind = len ? IDBC_KIND_STR : IDBC_KIND_NULL,
				    .u.str = { s, len } };
}

int doctor_ask_these(struct doctor *d, const char *words, const char **tables, size_t n,
		     uint32_t ncols, doctor_row_fn *fn, void *ctx)
{
	struct idbc_value *args = arena_alloc(&d->session->arena, (2 * n + 1) * sizeof(*args));
	struct sql_text text = doctor_text(d);
	struct query q = { .args = args, .nargs = (uint32_t)(2 * n) };

	if (!words || !n)
		return 0;
	for (size_t i = 0; args && i < n; i++) {
		const char *dot = strchr(tables[i], '.');
		const char *table = dot ? dot + 1 : tables[i];

		args[2 * i] = text_value(table, strlen(table));
		args[2 * i + 1] = text_value(tables[i], dot ? (size_t)(dot - tables[i]) : 0);
		text_put(&text, "%sSELECT %d%s", i ? " UNION ALL " : "", (int)i, words);
	}
	if (!args || text.failed)
		return doctor_nomem(d);
	q.sql = text.s;
	return doctor_ask(d, &q, ncols, fn, ctx);
}

int doctor_ask_tables(struct doctor *d, const char *words, uint32_t ncols, doctor_row_fn *fn,
		      void *ctx)
{
	const struct catalogue *c = &d->plan->catalogue;
	const char **tables = arena_alloc(&d->session->arena, (c->n + 1) * sizeof(*tables));

	for (size_t i = 0; tables && i < c->n; i++)
		tables[i] = c->tables[i].name;
	return tables ? doctor_ask_these(d, words, tables, c->n, ncols, fn, ctx) : doctor_nomem(d);
}

static int keep_count(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	(void)d;
	*(int64_t *)ctx = catalogue_number(cols);
	return 0;
}

int doctor_count(struct doctor *d, const struct query *q, int64_t *out)
{
	*out = 0;
	return doctor_ask(d, q, 1, keep_count, out);
}

char *doctor_word(struct doctor *d, const struct idbc_value *v)
{
	int has = v->kind == IDBC_KIND_STR || v->kind == IDBC_KIND_BYTES;

	return arena_dup(&d->session->arena, has ? v->u.str.ptr : "", has ? v->u.str.len : 0);
}

/* --- telling ----------------------------------------------------------------------- */

struct sql_text doctor_text(struct doctor *d)
{
	return (struct sql_text)SQL_TEXT_INIT(&d->session->arena, d->plan->dialect);
}

int doctor_add(struct doctor *d, uint32_t severity, const char *code, const char *key,
	       const char *remedy, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!remedy || d->findings->add(d->findings, severity, code, key, text, remedy))
		return doctor_nomem(d);
	return 0;
}

/* --- the round --------------------------------------------------------------------- */

/* Where mapping and store do not fit, which has been told, there is no more to look at; where no
 * table is mapped, at those of the author's SQL. */
static int survey(struct doctor *d)
{
	static int (*const rounds[])(struct doctor *) = {
		doctor_connection, doctor_privileges, doctor_engines, doctor_read_indexes,
		doctor_columns, doctor_tables, doctor_indexes, doctor_rows,
	};
	size_t n = d->plan->error ? 2 : d->mapping->table ? sizeof(rounds) / sizeof(rounds[0]) : 3;

	for (size_t i = 0; i < n; i++)
		if (rounds[i](d))
			return -1;
	return 0;
}

int doctor_survey(struct session *s, uint32_t want, struct idbc_findings *findings,
		  struct idbc_error *err)
{
	struct doctor d = {
		.session = s, .plan = s->plan, .mapping = s->plan->mapping,
		.words = doctor_words(s->plan->dialect->id), .findings = findings, .err = err,
		.hash_width = s->instance->hash_width, .salt_width = s->instance->salt_width,
	};

	struct needs_options options = { .upgrades = s->instance->upgrades };

	if (!d.words)
		return want & IDBC_WANT_GRANTS && grants_unknown(&d) ? (int)err->status : IDBC_OK;
	d.needs.arena = &s->arena;
	options.locks_need_update = d.words->locks_need_update;
	if (needs_of(s, &options, &d.needs))
		return call_nomem(s, err);
	if (grants_who(&d) || (want & IDBC_WANT_SURVEY && survey(&d)))
		return (int)err->status;
	if (want & IDBC_WANT_GRANTS && grants_tell(&d))
		return (int)err->status;
	return IDBC_OK;
}
