/* drivers/sql/unique.c - uniqueness across all login fields, under their folds, also where
 * the store has no index for it.  Threads: the session's.
 */
#include "sql/unique.h"
#include "sql/ascii.h"

#include <string.h>

static int logs_in(const struct mapping *m, const struct map_field *f)
{
	for (uint32_t i = 0; i < m->nlogin; i++) {
		const char *name = mapping_by_field(m->login_by[i]);

		if (name && !strcmp(name, f->name))
			return 1;
	}
	return 0;
}

static int is_email(const struct map_field *f)
{
	return !strcmp(f->name, "email");
}

int unique_field(const struct session *s, const struct map_field *f)
{
	const struct mapping *m = s->plan->mapping;

	if (f->kind != MAP_COL || (is_email(f) && m->email_shared))
		return 0;
	if (logs_in(m, f))
		return 1;
	for (size_t i = 0; i < m->nunique; i++)
		if (!strcmp(m->unique[i], f->name))
			return 1;
	return 0;
}

static const char *exists_code(const char *field)
{
	if (!strcmp(field, "username"))
		return "username_exists";
	if (!strcmp(field, "phone_number"))
		return "phone_exists";
	return "user_exists";
}

static int taken(struct session *s, const struct map_field *f, const struct map_field *other,
		 struct idbc_error *err)
{
	const char *code = exists_code(f == other ? f->name : "email");

	if (!strcmp(f->name, "username") && is_email(other))
		return s->host->fail(s->host, err, IDBC_INVALID, "invalid_username",
				     "the username is another user's e-mail address");
	return s->host->fail(s->host, err, IDBC_EXISTS, code,
			     "user already exists: another one has this %s", other->name);
}

static int read_holders(struct session *s, const struct plan_select *select,
			struct cursor *c, const struct idbc_str *value,
			const struct idbc_str *own, int *held, struct idbc_error *err)
{
	int more;

	while ((more = cursor_next(c, err)) > 0) {
		struct idbc_str id = value_str(&c->cols[PLAN_KEY]);
		struct idbc_str stored = value_str(&c->cols[PLAN_MATCHED]);

		if (own && str_equal(&id, own))
			continue;
		if (s->host->same(s->host, select->keys[0].fold, &stored, value))
			*held = 1;
	}
	return more < 0 ? (int)err->status : IDBC_OK;
}

static int check_against(struct session *s, const struct map_field *f,
			 const struct map_field *other, const struct idbc_str *value,
			 const struct idbc_str *own, struct idbc_error *err)
{
	size_t index = (size_t)(other - s->plan->mapping->fields);
	const struct plan_select *select = &s->plan->unique[index];
	struct query q = { select->sql, NULL, select->nargs, NULL };
	struct idbc_value *args;
	struct cursor c;
	int rc, held = 0;

	if (lookup_bind(s, select, value, &args) < 0)
		return call_nomem(s, err);
	q.args = args;
	rc = cursor_open(s, &q, PLAN_FIXED, &c, err);
	if (rc == IDBC_OK)
		rc = read_holders(s, select, &c, value, own, &held, err);
	cursor_close(&c);
	return rc == IDBC_OK && held ? taken(s, f, other, err) : rc;
}

int unique_check(struct session *s, const struct map_field *f, const struct idbc_str *value,
		 const struct idbc_str *own, struct idbc_error *err)
{
	const struct mapping *m = s->plan->mapping;
	int rc = IDBC_OK;

	if (!value->len || !unique_field(s, f))
		return IDBC_OK;
	rc = check_against(s, f, f, value, own, err);
	for (size_t i = 0; rc == IDBC_OK && logs_in(m, f) && i < m->nfields; i++) {
		const struct map_field *other = &m->fields[i];

		if (other != f && other->kind == MAP_COL && logs_in(m, other))
			rc = check_against(s, f, other, value, own, err);
	}
	return rc;
}

/* --- what an index was about -------------------------------------------------------------- */

static int names(const char *constraint, const char *col)
{
	return col && *col && ascii_has(constraint, col);
}

static int is_named(const struct session *s, const char *constraint, const struct map_field *f)
{
	if (f->kind != MAP_COL || !unique_field(s, f))
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
