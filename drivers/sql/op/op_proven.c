/* drivers/sql/op/op_proven.c - after a right password: the second look, the upgrade of the
 * stored credential, the touch, failed attempts forgotten.  A touch alone is a single
 * statement; with an upgrade, or fields of the profile, it is part of that transaction.
 * Threads: the session's.
 */
#include "sql/user/credential.h"
#include "sql/user/failed.h"
#include "sql/user/intent.h"
#include "sql/user/key.h"
#include "sql/op/proven.h"
#include "sql/override/override.h"

#include <string.h>

static int changed(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_CONFLICT, "credential_changed",
			     "the password is another one by now");
}

static int same_part(const struct idbc_value *stored, const struct idbc_value *expected)
{
	struct idbc_str a = value_str(stored), b = { "", 0 };

	if (expected)
		b = value_str(expected);
	return str_equal(&a, &b);
}

/* Is he still there, still to be seen, and is the credential still the one proved? */
static int look_again(struct session *s, const struct idbc_proven_req *req,
		      struct idbc_error *err)
{
	struct lookup found;
	struct subject u;
	int rc;

	if (mapping_has_sql(s->plan->mapping, MAP_LOGIN)) {
		rc = subject_read(s, IDBC_BY_USER_ID, &req->user_id, &u, err);
		return rc == IDBC_OK && req->nexpect
			       ? subject_has_credential(s, &u, req->expect, req->nexpect, err) : rc;
	}
	rc = lookup_users(s, IDBC_BY_USER_ID, &req->user_id, &found, err);
	if (rc != IDBC_OK)
		return rc;
	if (found.n != 1)
		return call_no_user(s, err);
	if (failed_state(s, found.select, &found.users[0]).locked)
		return s->host->fail(s->host, err, IDBC_CONFLICT, "locked_out",
				     "locked out by now");
	for (uint32_t i = 0; req->nexpect && i < found.select->ncols; i++) {
		const char *name = found.select->cols[i].kind == PLAN_HASH ? "hash"
				   : found.select->cols[i].kind == PLAN_SALT ? "salt" : NULL;

		if (name && !same_part(&found.users[0].cols[i],
				       fields_get(req->expect, req->nexpect, name)))
			return changed(s, err);
	}
	return IDBC_OK;
}

/* --- all of it --------------------------------------------------------------------------- */

static int touch_row(struct write *w, const struct sets *touch, struct idbc_error *err)
{
	return touch->n ? write_user(w, touch, err) : IDBC_OK;
}

/* Where only sql.login knows the password, only sql.changePassword can store one. */
static int upgrade(struct write *w, const struct idbc_proven_req *req, const struct sets *touch,
		   struct idbc_error *err)
{
	struct session *s = w->session;
	struct idbc_error second = IDBC_ERROR_INIT;
	int rc;

	if (!mapping_has(&s->plan->mapping->pw_hash))
		rc = s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				   "no column is mapped that a login could store a password in");
	else
		rc = credential_upgrade(w, req, touch, err);
	/* The touch is due whatever became of the upgrade, unless others hold the row. */
	if (rc != IDBC_OK && IDBC_STATUS_CLASS(rc) != 3 && strcmp(err->code, "credential_locked") != 0)
		touch_row(w, touch, &second);
	return rc;
}

int op_proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct user user = { .id = req->user_id };
	struct sets touch = { NULL, 0, 0 };
	struct write w;
	int rc = call_begin(s, req->deadline_ns, OP_LOGIN, err);

	if (rc != IDBC_OK)
		return rc;
	user.key = key_bind(s, &req->user_id);
	if (user.key.kind == IDBC_KIND_NULL)
		return call_no_user(s, err);
	rc = req->flags & IDBC_PROVEN_RECHECK ? look_again(s, req, err)
					       : intent_seen(s, &req->user_id, err);
	write_init(&w, s, &user, NULL, 0);
	w.ctx.client_ip = req->client_ip;
	if (rc == IDBC_OK && (req->flags & IDBC_PROVEN_TOUCH))
		rc = sets_generate(&w, &touch, s->plan->mapping->table, &s->plan->mapping->touch, err);
	if (rc == IDBC_OK && (req->flags & IDBC_PROVEN_FORGIVE) && failed_forgive(&w, &touch))
		rc = call_nomem(s, err);
	if (rc != IDBC_OK)
		return rc;
	if (proven_has_profile(req)) {
		rc = proven_profile(s, req, &touch, err);
		touch.n = 0;
	}
	if (rc == IDBC_OK && req->ncredential)
		return upgrade(&w, req, &touch, err);
	return rc == IDBC_OK ? touch_row(&w, &touch, err) : rc;
}
