/* drivers/sql/op/op_proven.c - after a right password: the second look, the upgrade of the
 * stored credential, the touch.  Single statements, each committed by itself; upgrade and
 * touch are one where both lie in the user's row.  Threads: the session's.
 */
#include "sql/user/change.h"
#include "sql/user/key.h"
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
	for (uint32_t i = 0; req->nexpect && i < found.select->ncols; i++) {
		const char *name = found.select->cols[i].kind == PLAN_HASH ? "hash"
				   : found.select->cols[i].kind == PLAN_SALT ? "salt" : NULL;

		if (name && !same_part(&found.users[0].cols[i],
				       fields_get(req->expect, req->nexpect, name)))
			return changed(s, err);
	}
	return IDBC_OK;
}

/* --- compare and swap ------------------------------------------------------------------- */

static int put_part(struct write *w, struct sets *sets, const char *col,
		    const struct idbc_value *v)
{
	const struct plan *plan = w->session->plan;
	struct idbc_value value = { .kind = IDBC_KIND_NULL };

	if (v)
		value = *v;
	if (value.kind == IDBC_KIND_STR &&
	    codec_is_bytes(plan_kind(plan, plan->mapping->table, col)))
		value.kind = IDBC_KIND_BYTES;
	return sets_put(w, sets, col, &value);
}

/* hash and salt, with `touch` beside them, only where both still stand as they were. */
static int swap_in_row(struct write *w, const struct idbc_proven_req *req,
		       const struct sets *touch, int64_t *rows, struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	const struct idbc_value *salt = fields_get(req->credential, req->ncredential, "salt");
	struct sets set = { NULL, 0, 0 }, still = { NULL, 0, 0 };
	int salted = mapping_has(&m->pw_salt);
	int bad = put_part(w, &set, m->pw_hash.col,
			   fields_get(req->credential, req->ncredential, "hash"));

	if (!bad && salted && salt)
		bad = put_part(w, &set, m->pw_salt.col, salt);
	for (size_t i = 0; !bad && i < touch->n; i++)
		bad = sets_add(w, &set, &touch->items[i]);
	if (!bad)
		bad = put_part(w, &still, m->pw_hash.col,
			       fields_get(req->expect, req->nexpect, "hash"));
	if (!bad && salted)
		bad = put_part(w, &still, m->pw_salt.col,
			       fields_get(req->expect, req->nexpect, "salt"));
	return bad ? call_nomem(w->session, err) : write_swap(w, &set, &still, rows, err);
}

/* A credential in a link: the row is locked, compared, written. */
static int swap_locked(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct idbc_proven_req *req = *(const struct idbc_proven_req **)ctx;
	struct changes changes = { NULL, 0, 0 };
	struct user user;
	struct write w;
	int rc = user_lock(s, &req->user_id, IDBC_BY_USER_ID, NULL, &user, err);

	if (rc != IDBC_OK)
		return rc;
	if (!user_has_credential(s, &user, req->expect, req->nexpect))
		return changed(s, err);
	write_init(&w, s, &user, NULL, 0);
	if (changes_credential(&w, &changes, req->credential, req->ncredential))
		return call_nomem(s, err);
	return changes_write_only(&w, &changes, err);
}

/* --- all of it --------------------------------------------------------------------------- */

static int touch_row(struct write *w, const struct sets *touch, struct idbc_error *err)
{
	return touch->n ? write_user(w, touch, err) : IDBC_OK;
}

static int upgrade_in_row(struct write *w, const struct idbc_proven_req *req,
			  const struct sets *touch, struct idbc_error *err)
{
	int64_t rows = 0;
	int rc = swap_in_row(w, req, touch, &rows, err);

	if (rc != IDBC_OK || rows == 1)
		return rc;
	rc = touch_row(w, touch, err);
	return rc == IDBC_OK ? changed(w->session, err) : rc;
}

static int upgrade(struct write *w, const struct idbc_proven_req *req, const struct sets *touch,
		   struct idbc_error *err)
{
	struct session *s = w->session;
	const struct mapping *m = s->plan->mapping;
	struct idbc_error second = IDBC_ERROR_INIT;
	int in_row = m->pw_hash.link < 0 && (!mapping_has(&m->pw_salt) || m->pw_salt.link < 0);
	int rc = write_check_width(w, req->credential, req->ncredential, err);

	if (rc == IDBC_OK && !fields_get(req->credential, req->ncredential, "hash"))
		rc = s->host->fail(s->host, err, IDBC_INVALID, "", "a credential without a hash");
	if (rc == IDBC_OK && in_row)
		return upgrade_in_row(w, req, touch, err);
	if (rc == IDBC_OK)
		rc = call_transaction(s, 0, swap_locked, &req, err);
	/* The touch is due whatever became of the upgrade. */
	if (touch_row(w, touch, rc == IDBC_OK ? err : &second) != IDBC_OK && rc == IDBC_OK)
		rc = (int)err->status;
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
	if (req->flags & IDBC_PROVEN_RECHECK)
		rc = look_again(s, req, err);
	write_init(&w, s, &user, NULL, 0);
	w.ctx.client_ip = req->client_ip;
	if (rc == IDBC_OK && (req->flags & IDBC_PROVEN_TOUCH))
		rc = sets_generate(&w, &touch, s->plan->mapping->table, &s->plan->mapping->touch, err);
	if (rc != IDBC_OK)
		return rc;
	/* Where only sql.login knows the password, only sql.changePassword can store one. */
	if (req->ncredential && mapping_has(&s->plan->mapping->pw_hash))
		return upgrade(&w, req, &touch, err);
	return touch_row(&w, &touch, err);
}
