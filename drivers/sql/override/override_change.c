/* drivers/sql/override/override_change.c - verify, changePassword, changeEmail and deleteUser in SQL
 * of the author's own: the user is read, compared with what the caller says of him, and
 * the steps run, all in one transaction.  Threads: the session's.
 */
#include "sql/override/override.h"
#include "sql/base/ascii.h"
#include "sql/user/fresh.h"
#include "sql/user/intent.h"
#include "sql/user/unique.h"

#include <string.h>

struct alter {
	uint32_t operation, by;
	struct idbc_str identifier, email;      /* verify: the one proved; changeEmail: new */
	int64_t verified;
	const struct idbc_password_req *password;
};

static int conflict(struct session *s, struct idbc_error *err, const char *code,
		    const char *text)
{
	return s->host->fail(s->host, err, IDBC_CONFLICT, code, "%s", text);
}

/* Whatever they wrote is locked now: a delete that began meanwhile is seen. */
static int all_steps(struct session *s, const struct alter *a, struct subject *u,
		     struct idbc_error *err)
{
	int rc = override_steps(s, a->operation, s->plan->mapping->sql[a->operation].n, &u->params,
				err);

	return rc == IDBC_OK ? intent_seen(s, &u->id, err) : rc;
}

static int put_flag(struct session *s, struct subject *u, int64_t verified)
{
	return params_flag(s, &u->params, "verified", verified) ||
	       params_flag(s, &u->params, "email_verified", verified) ? -1 : 0;
}

/* --- verify ------------------------------------------------------------------------- */

/* The address proved must be the one that is stored. */
static int check_email(struct session *s, const struct alter *a, const struct subject *u,
		       struct idbc_error *err)
{
	const struct idbc_value *v = subject_field(u, "email");
	struct idbc_str stored;

	if (!a->email.len || (!v && a->by == IDBC_BY_EMAIL && str_equal(&a->email, &a->identifier)))
		return IDBC_OK;
	if (!v)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "no read of one user shows his address");
	stored = value_str(v);
	if (s->host->same(s->host, s->plan->mapping->fold[IDBC_BY_EMAIL], &stored, &a->email))
		return IDBC_OK;
	return conflict(s, err, "email_changed", "the address is another one by now");
}

static int verify_user(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct alter *a = ctx;
	struct subject u;
	int rc = subject_read(s, a->by, &a->identifier, &u, err);

	if (rc == IDBC_OK)
		rc = check_email(s, a, &u, err);
	if (rc == IDBC_OK && put_flag(s, &u, 1))
		rc = call_nomem(s, err);
	return rc == IDBC_OK ? unique_elsewhere(all_steps(s, a, &u, err), err) : rc;
}

int override_verify(struct session *s, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct alter a = { .operation = MAP_VERIFY, .by = req->by, .identifier = req->identifier,
			   .email = req->email };

	return call_transaction(s, 0, verify_user, &a, err);
}

/* --- the password ------------------------------------------------------------------- */

static int change_password(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct alter *a = ctx;
	const struct idbc_password_req *req = a->password;
	struct subject u;
	int rc = subject_read(s, a->by, &a->identifier, &u, err);

	if (rc == IDBC_OK && req->nexpect)
		rc = subject_has_credential(s, &u, req->expect, req->nexpect, err);
	if (rc == IDBC_OK && params_credential(s, &u.params, req->credential, req->ncredential))
		rc = call_nomem(s, err);
	return rc == IDBC_OK ? unique_elsewhere(all_steps(s, a, &u, err), err) : rc;
}

int override_change_password(struct session *s, const struct idbc_password_req *req,
			     struct idbc_error *err)
{
	struct alter a = { .operation = MAP_CHANGE_PASSWORD, .by = req->by,
			   .identifier = req->identifier, .password = req };

	return call_transaction(s, 0, change_password, &a, err);
}

/* --- the address -------------------------------------------------------------------- */

static int change_email(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct alter *a = ctx;
	const struct mapping *m = s->plan->mapping;
	const struct idbc_field claimed = {
		"email", { .kind = IDBC_KIND_STR, .u.str = a->email } };
	struct idbc_str email;
	struct subject u;
	int rc = fresh_claim(s, &claimed, 1, err);

	if (rc == IDBC_OK)
		rc = subject_read(s, a->by, &a->identifier, &u, err);

	if (rc != IDBC_OK)
		return rc;
	if (override_fold(s, m->fold[IDBC_BY_EMAIL], &a->email, &email) ||
	    params_text(s, &u.params, "new_email", &email) || put_flag(s, &u, a->verified))
		return call_nomem(s, err);
	rc = override_unique(s, IDBC_BY_EMAIL, &email, &u.id, err);
	if (rc != IDBC_OK)
		return rc;
	rc = all_steps(s, a, &u, err);
	if (rc == IDBC_EXISTS)
		override_name(s, err);
	return rc;
}

int override_change_email(struct session *s, const struct idbc_email_req *req,
			  struct idbc_error *err)
{
	struct alter a = { .operation = MAP_CHANGE_EMAIL, .by = req->by,
			   .identifier = req->identifier, .email = req->email,
			   .verified = req->verified != 0 };

	return call_transaction(s, 1, change_email, &a, err);
}

/* --- the whole user ----------------------------------------------------------------- */

int override_delete(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	const struct alter a = { .operation = MAP_DELETE_USER };
	struct subject u;
	int rc = subject_read(s, IDBC_BY_USER_ID, id, &u, err);

	return rc == IDBC_OK ? unique_elsewhere(all_steps(s, &a, &u, err), err) : rc;
}

/* --- who has a value ---------------------------------------------------------------- */

/* By sql.getUser, among the users whom it shows. */
static int check_shown(struct session *s, uint32_t by, uint32_t where,
		       const struct idbc_str *value, const struct idbc_str *own,
		       struct idbc_error *err)
{
	struct answer found;
	int rc;

	if (!override_reads(s->plan->mapping, MAP_GET_USER, where))
		return IDBC_OK;
	rc = override_find(s, MAP_GET_USER, where, value, &found, err);
	if (rc == IDBC_UNSUPPORTED) {
		call_clear(err);
		return IDBC_OK;         /* it shows no such field: the database's index decides */
	}
	if (rc != IDBC_OK)
		return rc;
	for (size_t i = 0; i < found.n; i++)
		if (!own || !str_equal(&found.users[i].id, own))
			return unique_taken(s, mapping_by_field(by), mapping_by_field(where), err);
	return IDBC_OK;
}

int override_unique(struct session *s, uint32_t by, const struct idbc_str *value,
		    const struct idbc_str *own, struct idbc_error *err)
{
	const struct mapping *m = s->plan->mapping;
	const char *field = mapping_by_field(by);
	const struct map_field *f = mapping_field(m, field);
	int rc = IDBC_OK;

	if (!value->len || !mapping_is_unique(m, field))
		return IDBC_OK;
	if (f && f->kind == MAP_COL)
		rc = unique_check_one(s, f, value, own, err);
	if (rc == IDBC_OK)
		rc = check_shown(s, by, by, value, own, err);
	for (uint32_t where = IDBC_BY_EMAIL; rc == IDBC_OK && where <= IDBC_BY_PHONE; where++)
		if (where != by && mapping_logs_in(m, field) &&
		    mapping_logs_in(m, mapping_by_field(where)))
			rc = check_shown(s, by, where, value, own, err);
	return rc;
}

void override_name(struct session *s, struct idbc_error *err)
{
	char constraint[72];

	if (s->plan->mapping->table)
		unique_name(s, err);
	if (strcmp(err->code, "user_exists"))
		return;
	state_constraint(s->plan->dialect->id, &s->diag, constraint, sizeof(constraint));
	if (ascii_has(constraint, "user_name") || ascii_has(constraint, "username"))
		strcpy(err->code, "username_exists");
	else if (ascii_has(constraint, "phone"))
		strcpy(err->code, "phone_exists");
}
