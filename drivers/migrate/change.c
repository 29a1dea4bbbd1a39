/* drivers/migrate/change.c - job: verify, changeEmail, changePassword.  A user still in `from`
 * is moved first, with the password stored there; a new password is itself what he is moved
 * with.  Where a stored one cannot be moved the change is made in `from`, which is still the
 * authority for him, and moves with him at his next login.
 * Threads: any; no lock.
 */
#include <string.h>
#include "migrate.h"

#define TRIES 3

/* --- verify and changeEmail ----------------------------------------------------------------- */
/* One change, by whatever name he is called. */
struct change {
	uint32_t by;
	struct idbc_str identifier;
	int64_t deadline_ns;
	struct migrate *m;
	int (*apply)(const struct idbc_lower *, const struct change *, struct idbc_error *);
	const void *req;
};

static int apply(const struct change *change, const struct idbc_lower *lower, struct idbc_error *err)
{
	ask_clear(err);
	return change->apply(lower, change, err);
}

/* The move comes first, and the id is what he is called by then: an address that proved
 * somebody's is that of `from` at the time of the move. */
static int apply_moved(struct migrate *m, struct change *change, const struct found_row *row,
		       struct idbc_error *err)
{
	const struct move move = { .row = row, .parts = row->parts, .nparts = row->nparts,
		.deadline_ns = change->deadline_ns };
	int rc = move_has_password(row) ? move_user(m, &move, NULL, err)
					: m->host->fail(m->host, err, IDBC_INVALID,
							"hash_not_accepted", "no password to move");

	if (rc == IDBC_OK)
		return apply(change, m->to, err);
	if (rc != IDBC_INVALID || strcmp(err->code, "hash_not_accepted") != 0)
		return rc;
	rc = apply(change, m->from, err);
	if (rc != IDBC_UNSUPPORTED)
		return rc;
	ask_clear(err);
	return m->host->fail(m->host, err, IDBC_CONFLICT, "login_first", "the user is in the old store, "
			     "which cannot be written; he moves when he next logs in");
}

static int change_user(struct migrate *m, struct change *change, struct idbc_error *err)
{
	struct found found;
	int rc = IDBC_NO_USER;

	found_init(&found);
	for (int i = 0; i < TRIES && rc == IDBC_NO_USER; i++) {
		rc = apply(change, m->to, err);
		if (rc != IDBC_NO_USER)
			break;
		rc = move_find(m, change->by, &change->identifier, change->deadline_ns, &found, err);
		if (rc == IDBC_OK)
			rc = apply_moved(m, change, found_one(&found), err);
		else if (rc == IDBC_NO_USER && !found.n)
			break;          /* neither store has him; else: moved meanwhile? */
	}
	found_free(&found);
	return rc;
}

static int apply_verify(const struct idbc_lower *lower, const struct change *change,
			struct idbc_error *err)
{
	if (!LOWER_HAS(lower, verify))
		return IDBC_UNSUPPORTED;
	return lower->ops->verify(lower->self, change->req, err);
}

/* A slot that is not there has set no error. */
static int said(const struct migrate *m, int rc, struct idbc_error *err)
{
	if (rc == IDBC_UNSUPPORTED && !err->status)
		return m->host->fail(m->host, err, IDBC_UNSUPPORTED, "", "not supported by the store");
	return rc;
}

int migrate_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct change change = { .m = self, .by = req->by, .identifier = req->identifier,
		.deadline_ns = req->deadline_ns, .apply = apply_verify, .req = req };

	return said(self, change_user(self, &change, err), err);
}

static int address_taken(const struct migrate *m, struct idbc_error *err)
{
	ask_clear(err);
	return m->host->fail(m->host, err, IDBC_EXISTS, "user_exists",
			     "another user has the address");
}

/* Who stays in `from` for now is not in `to`: whoever has the address there is another. */
static int is_free_in_to(struct migrate *m, const struct idbc_email_req *req,
			 struct idbc_error *err)
{
	struct found found;
	int rc = IDBC_NO_USER;

	found_init(&found);
	if (m->email_is_login)
		rc = ask_user(m, m->to, IDBC_BY_EMAIL, &req->email, req->deadline_ns, &found, err);
	found_free(&found);
	if (rc == IDBC_OK || rc == IDBC_AMBIGUOUS)
		return address_taken(m, err);
	return rc == IDBC_NO_USER || rc == IDBC_UNSUPPORTED ? IDBC_OK : rc;
}

static int apply_email(const struct idbc_lower *lower, const struct change *change,
		       struct idbc_error *err)
{
	int rc = IDBC_OK;

	if (!LOWER_HAS(lower, change_email))
		return IDBC_UNSUPPORTED;
	if (lower == change->m->from)
		rc = is_free_in_to(change->m, change->req, err);
	if (rc != IDBC_OK)
		return rc;
	ask_clear(err);
	return lower->ops->change_email(lower->self, change->req, err);
}

/* Somebody else, in `from` and not moved yet, may have the address. */
static int owner_in_from(struct migrate *m, const struct idbc_email_req *req, struct found *found,
			 struct idbc_error *err)
{
	struct known known;
	int rc = ask_user(m, m->from, IDBC_BY_EMAIL, &req->email, req->deadline_ns, found, err);

	if (rc == IDBC_AMBIGUOUS)
		return IDBC_EXISTS;
	if (rc == IDBC_NO_USER || rc == IDBC_UNSUPPORTED || rc == IDBC_INVALID)
		return IDBC_OK;
	if (rc == IDBC_OK)
		rc = ask_known(m, &found->rows[0].id, req->deadline_ns, &known, err);
	if (rc != IDBC_OK)
		return rc;
	return known.hidden || !is_known(&known) ? IDBC_EXISTS : IDBC_OK;
}

static int same_id(const struct found *a, const struct found *b)
{
	const struct found_row *x = found_one(a), *y = found_one(b);

	return x && y && x->id.len == y->id.len && !memcmp(x->id.ptr, y->id.ptr, x->id.len);
}

/* With `from` down nobody can tell, and users of `to` are not to suffer by that: if somebody
 * there has the address, his own move ends as CONFLICT. */
static int address_is_free(struct migrate *m, const struct idbc_email_req *req,
			   struct idbc_error *err)
{
	struct found owner, asker;
	int rc;

	if (!m->email_is_login)
		return IDBC_OK;
	found_init(&owner);
	found_init(&asker);
	rc = owner_in_from(m, req, &owner, err);
	if (rc == IDBC_EXISTS && ask_user(m, m->from, req->by, &req->identifier, req->deadline_ns,
					  &asker, err) == IDBC_OK && same_id(&owner, &asker))
		rc = IDBC_OK;
	found_free(&owner);
	found_free(&asker);
	if (rc == IDBC_EXISTS)
		return address_taken(m, err);
	if (rc != IDBC_OK)
		m->host->log(m->host, IDBC_LOG_WARNING, "an address is changed while the old store "
			     "cannot tell who has it there: %s", err->text);
	return IDBC_OK;
}

int migrate_change_email(void *self, const struct idbc_email_req *req, struct idbc_error *err)
{
	struct change change = { .m = self, .by = req->by, .identifier = req->identifier,
		.deadline_ns = req->deadline_ns, .apply = apply_email, .req = req };
	int rc = address_is_free(self, req, err);

	return rc == IDBC_OK ? said(self, change_user(self, &change, err), err) : rc;
}

/* --- changePassword ---------------------------------------------------------------------------- */
static int credential_changed(struct migrate *m, struct idbc_error *err)
{
	ask_clear(err);
	return m->host->fail(m->host, err, IDBC_CONFLICT, "credential_changed",
			     "the password was changed meanwhile");
}

/* The current password, by the store that is asked: OK, or CONFLICT where it is not right. */
static int expected(struct migrate *m, const struct idbc_lower *lower,
		    const struct idbc_password_req *req, const struct found_row *row,
		    struct idbc_error *err)
{
	struct idbc_login_req login = { .size = sizeof(login), .by = IDBC_BY_USER_ID,
		.deadline_ns = req->deadline_ns, .identifier = row->id };
	struct found found;
	int rc;

	if (!req->nexpect)
		return IDBC_OK;
	login.password = req->expect[0].value.u.str;
	found_init(&found);
	rc = ask_login(m, lower, &login, IDBC_LOGIN_JUDGE, &found, err);
	found_free(&found);
	if (rc == IDBC_OK || rc == IDBC_PASSWORD_EXPIRED || rc == IDBC_BLOCKED)
		return IDBC_OK;
	return rc == IDBC_DENIED ? credential_changed(m, err) : rc;
}

/* Judged before anything is entered.  Where the one that `from` has is as good, it is no
 * condition of the change here: that is told to nobody. */
static int expected_in_to(struct migrate *m, struct idbc_password_req *req,
			  const struct found_row *row, struct idbc_error *err)
{
	int rc = expected(m, m->to, req, row, err);

	if (rc != IDBC_CONFLICT || !m->fallback)
		return rc;
	rc = expected(m, m->from, req, row, err);
	if (rc == IDBC_OK)
		req->nexpect = 0;
	return rc == IDBC_NO_USER ? credential_changed(m, err) : rc;
}

/* What was right in `from` is no password here any more: entered before the change, since a
 * crash after the change must not leave the old one right. */
static int change_in_to(struct migrate *m, const struct idbc_password_req *asked,
			const struct found_row *row, struct idbc_error *err)
{
	struct idbc_password_req req = *asked;
	struct known known;
	int rc = ask_known(m, &row->id, req.deadline_ns, &known, err);

	if (rc == IDBC_OK && !LOWER_HAS(m->to, change_password))
		return m->host->fail(m->host, err, IDBC_UNSUPPORTED, "", "not supported by the store");
	if (rc == IDBC_OK && known.state == IDBC_MOVED_MOVED) {
		rc = expected_in_to(m, &req, row, err);
		if (rc == IDBC_OK)
			rc = ask_enter(m, &row->id, IDBC_MOVED_CHANGED, req.deadline_ns, err);
	}
	if (rc != IDBC_OK)
		return rc;
	req.by = IDBC_BY_USER_ID;
	req.identifier = row->id;
	ask_clear(err);
	rc = m->to->ops->change_password(m->to->self, &req, err);
	return rc == IDBC_DENIED ? credential_changed(m, err) : rc;
}

/* One create with the new password: there is never one with another. */
static int move_with(struct migrate *m, const struct idbc_password_req *req,
		     const struct found_row *row, int *by_us, struct idbc_error *err)
{
	const struct move move = { .row = row, .parts = req->credential,
		.nparts = req->ncredential, .changed = 1, .deadline_ns = req->deadline_ns };
	int rc = expected(m, m->from, req, row, err);

	return rc == IDBC_OK ? move_user(m, &move, by_us, err) : rc;
}

/* Moved by somebody else meanwhile: his password is still to change, there. */
static int change_once(struct migrate *m, const struct idbc_password_req *req, struct found *found,
		       int *done, struct idbc_error *err)
{
	int rc = ask_user(m, m->to, req->by, &req->identifier, req->deadline_ns, found, err);

	if (rc == IDBC_OK) {
		*done = 1;
		return change_in_to(m, req, found_one(found), err);
	}
	if (rc != IDBC_NO_USER)
		return rc;
	rc = move_find(m, req->by, &req->identifier, req->deadline_ns, found, err);
	if (rc == IDBC_OK)
		return move_with(m, req, found_one(found), done, err);
	*done = rc != IDBC_NO_USER || !found->n;        /* else: moved between the two questions? */
	return rc;
}

int migrate_change_password(void *self, const struct idbc_password_req *req,
			    struct idbc_error *err)
{
	struct migrate *m = self;
	struct found found;
	int rc = IDBC_NO_USER, done = 0;

	found_init(&found);
	for (int i = 0; i < TRIES && !done && (rc == IDBC_OK || rc == IDBC_NO_USER); i++)
		rc = change_once(m, req, &found, &done, err);
	found_free(&found);
	if (rc != IDBC_OK || done)
		return rc;
	return m->host->fail(m->host, err, IDBC_CONFLICT, "credential_changed",
			     "the user was moved meanwhile");
}
