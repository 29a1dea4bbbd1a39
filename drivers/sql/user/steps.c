/* drivers/sql/user/steps.c - the mapping's own steps inside a transaction: deletes and updates
 * by columns, and raw SQL with its :names bound.  A step whose condition hangs on a value
 * that the user does not have touches nothing: "no address" must never mean everybody
 * else without one.  Threads: the session's.
 */
#include "sql/user/change.h"

#include <string.h>

/* --- raw SQL ------------------------------------------------------------------------- */

static struct idbc_value str_or_null(const struct idbc_str *s)
{
	if (!s->ptr)
		return (struct idbc_value){ .kind = IDBC_KIND_NULL };
	return (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = *s };
}

/* A field by its name, in the form it is stored in: as the request has it, else from the
 * row.  A new address is :new_email, so that :email still finds what hangs on the old. */
static int field_value(struct write *w, const char *name, struct idbc_value *out)
{
	const struct map_field *f = mapping_field(w->session->plan->mapping, name);
	const struct idbc_value *v = fields_get(w->ctx.fields, w->ctx.nfields, name);
	int is_old = w->new_email.ptr && !strcmp(name, "email");

	if (v && f && !is_old)
		return changes_fold(w, f, v, out);
	if (f && f->kind == MAP_COL)
		v = user_value(w->session, w->user, &f->place);
	*out = v ? *v : (struct idbc_value){ .kind = IDBC_KIND_NULL };
	return CODEC_OK;
}

static int parameter(struct write *w, const char *name, struct idbc_value *out)
{
	struct session *s = w->session;
	int rc = CODEC_OK;

	if (!strcmp(name, "id") || !strcmp(name, "user_id"))
		*out = w->user->key;
	else if (!strcmp(name, "password_hash"))
		*out = str_or_null(&w->hash);
	else if (!strcmp(name, "salt"))
		*out = str_or_null(&w->salt);
	else if (!strcmp(name, "new_email"))
		*out = str_or_null(&w->new_email);
	else if (!strcmp(name, "now"))
		return codec_time(call_now_us(s), MAP_DATETIME, SQL_COL_DATETIME, &s->arena, out);
	else if (!strcmp(name, "now_unix"))
		*out = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = call_now_us(s) / 1000000 };
	else
		rc = field_value(w, name, out);
	if (rc == CODEC_OK && out->kind == IDBC_KIND_JSON)
		out->kind = IDBC_KIND_STR;
	if (rc != CODEC_OK || out->kind != IDBC_KIND_TIME_US)
		return rc;
	return codec_time(out->u.i64, MAP_DATETIME, SQL_COL_DATETIME, &s->arena, out);
}

static int write_raw(struct write *w, const struct map_raw *raw, struct idbc_error *err)
{
	struct session *s = w->session;
	struct idbc_value *args = arena_alloc(&s->arena, (raw->nargs + 1) * sizeof(*args));
	struct query q = { raw->sql, args, (uint32_t)raw->nargs, s->plan->mapping->table };
	int rc;

	for (size_t i = 0; args && i < raw->nargs; i++)
		if (parameter(w, raw->names[i], &args[i]) == CODEC_NOMEM)
			args = NULL;
	if (!args)
		return call_nomem(s, err);
	rc = call_write(s, &q, NULL, NULL, err);
	if (rc != IDBC_OK)
		s->host->log(s->host, IDBC_LOG_WARNING, "%s failed", raw->key);
	return rc;
}

/* --- steps by columns ------------------------------------------------------------------ */

static int is_of_the_user(const struct map_value *v)
{
	return v->source == MAP_USER_COL || v->source == MAP_LINK_COL || v->source == MAP_FIELD ||
	       v->source == MAP_ID;
}

/* 1: every value of his in the condition is there. */
static int has_values(const struct map_sets *where, const struct sets *made)
{
	for (size_t i = 0; i < where->n; i++) {
		const struct idbc_value *v = sets_get(made, where->items[i].col);

		if (!v)
			return 0;
		if (!is_of_the_user(&where->items[i].value))
			continue;
		if (v->kind == IDBC_KIND_NULL ||
		    ((v->kind == IDBC_KIND_STR || v->kind == IDBC_KIND_BYTES) && !v->u.str.len))
			return 0;
	}
	return where->n > 0;
}

static int run_step(struct write *w, const struct map_step *step, struct idbc_error *err)
{
	struct sets set = { NULL, 0, 0 }, where = { NULL, 0, 0 };
	int rc;

	if (step->kind == MAP_STEP_RAW)
		return write_raw(w, &step->raw, err);
	rc = sets_generate(w, &where, step->table, &step->where, err);
	if (rc != IDBC_OK || !has_values(&step->where, &where))
		return rc;
	if (step->kind == MAP_STEP_DELETE)
		return write_delete(w, step->table, &where, NULL, err);
	rc = sets_generate(w, &set, step->table, &step->set, err);
	if (rc != IDBC_OK || !set.n)
		return rc;
	return write_update(w, step->table, &set, &where, NULL, NULL, err);
}

int write_steps(struct write *w, const struct map_steps *steps, struct idbc_error *err)
{
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < steps->n; i++)
		rc = run_step(w, &steps->items[i], err);
	return rc;
}
