/* drivers/sql/user/unique.c - uniqueness across all login fields, under their folds, also where
 * the store has no index for it.  Threads: the session's.
 */
#include "sql/user/unique.h"
#include "sql/base/ascii.h"

#include <string.h>

static int is_email(const struct map_field *f)
{
	return !strcmp(f->name, "email");
}

static const char *exists_code(const char *field)
{
	if (!strcmp(field, "username"))
		return "username_exists";
	if (!strcmp(field, "phone_number"))
		return "phone_exists";
	return "user_exists";
}

int unique_taken(struct session *s, const char *field, const char *other,
		 struct idbc_error *err)
{
	const char *code = exists_code(strcmp(field, other) ? "email" : field);

	if (!strcmp(field, "username") && !strcmp(other, "email"))
		return s->host->fail(s->host, err, IDBC_INVALID, "invalid_username",
				     "the username is another user's e-mail address");
	return s->host->fail(s->host, err, IDBC_EXISTS, code,
			     "user already exists: another one has this %s", other);
}

/* By index of the mapping's field: what is about to be written, NULL where nothing is. */
static const struct idbc_str *value_of(const struct session *s, const struct map_field *f,
				       const struct idbc_str *values)
{
	const struct idbc_str *value = &values[f - s->plan->mapping->fields];

	return value->len ? value : NULL;
}

static struct idbc_value *bind(struct session *s, const struct plan_taken *taken,
			       const struct idbc_str *values)
{
	struct idbc_value *args = arena_alloc(&s->arena, (taken->nargs + 1) * sizeof(*args));

	for (uint32_t i = 0; args && i < taken->nargs; i++) {
		const struct plan_arg *arg = &taken->args[i];
		const struct idbc_str *value = arg->of ? value_of(s, arg->of, values) : NULL;

		if (arg->kind == PLAN_VALUE)
			args[i] = arg->value;
		else if (value && lookup_bind_asked(s, arg, value, &args[i]))
			return NULL;
	}
	return args;
}

/* The first of the pairs that a row of somebody else confirms wins. */
static void hold(struct session *s, const struct plan_taken *taken, const struct idbc_str *values,
		 const struct idbc_value *row, uint32_t *first)
{
	struct idbc_str which = value_str(&row[PLAN_WHICH]), stored = value_str(&row[PLAN_MATCHED]);
	const struct plan_pair *pair;
	const struct idbc_str *value;
	int64_t at;

	if (codec_i64(which.ptr, which.len, &at) || at < 0 || at >= *first)
		return;
	pair = &taken->pairs[at];
	value = value_of(s, pair->value, values);
	if (value && s->host->same(s->host, pair->in->fold, &stored, value))
		*first = (uint32_t)at;
}

static int read_holders(struct session *s, const struct plan_taken *taken,
			const struct idbc_str *values, const struct idbc_str *own,
			uint32_t *first, struct idbc_error *err)
{
	struct query q = { taken->sql, bind(s, taken, values), taken->nargs, NULL };
	struct cursor c;
	int more = 0;
	int rc = q.args ? cursor_open(s, &q, PLAN_FIXED, &c, err) : call_nomem(s, err);

	if (!q.args)
		return rc;
	while (rc == IDBC_OK && (more = lookup_next(&c, 0, err)) > 0) {
		struct idbc_str id = value_str(&c.cols[PLAN_KEY]);

		if (!own || !str_equal(&id, own))
			hold(s, taken, values, c.cols, first);
	}
	if (more < 0)
		rc = (int)err->status;
	cursor_close(&c);
	return rc;
}

int unique_check(struct session *s, const struct plan_taken *taken,
		 const struct idbc_str *values, const struct idbc_str *own,
		 struct idbc_error *err)
{
	uint32_t first = taken->npairs;
	int asked = 0, rc;

	for (uint32_t i = 0; i < taken->npairs; i++)
		asked |= value_of(s, taken->pairs[i].value, values) != NULL;
	if (!asked)
		return IDBC_OK;
	rc = read_holders(s, taken, values, own, &first, err);
	if (rc != IDBC_OK || first == taken->npairs)
		return rc;
	return unique_taken(s, taken->pairs[first].value->name, taken->pairs[first].in->name, err);
}

int unique_check_one(struct session *s, const struct map_field *f, const struct idbc_str *value,
		     const struct idbc_str *own, struct idbc_error *err)
{
	const struct mapping *m = s->plan->mapping;
	const struct plan_taken *taken = is_email(f) ? &s->plan->taken_email : &s->plan->taken;
	struct idbc_str *values = arena_alloc(&s->arena, (m->nfields + 1) * sizeof(*values));

	if (!values)
		return call_nomem(s, err);
	values[f - m->fields] = *value;
	return unique_check(s, taken, values, own, err);
}

/* --- what an index was about -------------------------------------------------------------- */

static int names(const char *constraint, const char *col)
{
	return col && *col && ascii_has(constraint, col);
}

static int is_named(const struct session *s, const char *constraint, const struct map_field *f)
{
	if (f->kind != MAP_COL || !mapping_keeps_apart(s->plan->mapping, f))
		return 0;
	if (names(constraint, f->place.col) || names(constraint, f->name))
		return 1;
	for (size_t i = 0; i < f->nmirror; i++)
		if (names(constraint, f->mirror[i].col))
			return 1;
	return 0;
}

void unique_name(struct session *s, struct idbc_error *err)
{
	const struct mapping *m = s->plan->mapping;
	char constraint[72];
	const char *code = NULL;

	state_constraint(s->plan->dialect->id, &s->diag, constraint, sizeof(constraint));
	for (size_t i = 0; *constraint && !code && i < m->nfields; i++)
		if (is_named(s, constraint, &m->fields[i]))
			code = exists_code(m->fields[i].name);
	if (!code && m->id.source == MAP_FIELD && m->id.str && ascii_same(constraint, "PRIMARY"))
		code = exists_code(m->id.str);
	if (code)
		strcpy(err->code, code);
}

int unique_elsewhere(int rc, struct idbc_error *err)
{
	if (rc != IDBC_EXISTS)
		return rc;
	err->status = IDBC_CONFLICT;
	strcpy(err->code, "duplicate");
	return IDBC_CONFLICT;
}
