/* connector/run/proven.c - job: what follows a right password, in at most one further call to
 * the driver: the stored password anew, the columns a login touches, the second look.
 * Only that second look can still refuse.  Threads: the caller's; the new form is made
 * with no session held.
 */
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/conn.h"
#include "run/walk.h"

/* A login that is over does not wait longer for what it leaves behind. */
#define STORE_NS (INT64_C(2) * 1000000000)

static int proven_on(struct session *session, void *ctx, struct idbc_error *err)
{
	int rc = session->ops->proven(session->driver_session, ctx, err);

	return link_believe(session->link, LINK_CALL_PROVEN, rc, err);
}

static int is_changed(int rc, const struct idbc_error *err)
{
	return rc == IDBC_NO_USER || !strcmp(err->code, "credential_changed");
}

/* Has the last word where the mapping asks for a second look (login.recheck).  Guesses at the
 * same time may have locked the user out; somebody who logged in at the same time may have
 * stored the same password anew: judged once more. */
static int tell_store(struct call *call, struct idbc_proven_req *req, struct idbc_error *err)
{
	int rc = call_on_session(call, proven_on, req, err);

	if (rc != IDBC_OK && (req->flags & IDBC_PROVEN_RECHECK) && !strcmp(err->code, "locked_out"))
		return call_denied(call, IDBC_DETAIL_LOCKED_OUT, err);
	if (req->ncredential)
		upgrade_ended(call, rc, err);
	else if (rc != IDBC_OK && !is_changed(rc, err))
		upgrade_touch_failed(call, rc, err);
	if (rc != IDBC_OK && (req->flags & IDBC_PROVEN_RECHECK) && is_changed(rc, err)) {
		if (rc == IDBC_NO_USER || call->again)
			return call_denied(call, IDBC_DETAIL_WRONG_PASSWORD, err);
		call->again = 1;
		return rc;
	}
	err_clear(err);
	return IDBC_OK;
}

/* Half of the time that is left is the most a courtesy may take. */
static struct password_call hashing_of(const struct call *call)
{
	struct password_call hashing = call_hashing(call, PASSWORD_FOR_UPGRADE);

	hashing.deadline_ns -= (hashing.deadline_ns - clock_now_ns()) / 2;
	return hashing;
}

static int make_upgrade(struct call *call, const struct row *row, struct password_made *made)
{
	struct password_subject subject;
	struct password_call hashing = hashing_of(call);
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	call_subject(row, &subject);
	rc = password_make(call->conn->policy, &subject, &call->password, &hashing, made, &err);
	if (rc == IDBC_OK)
		return 1;
	upgrade_not_made(call, rc, &err);
	walk_step(call, WALK_NOTE, "upgrade", "cannot be made: %s", err.text);
	return 0;
}

/* Who must be looked at again has all the time that the caller gave. */
static void take_deadline(const struct call *call, struct idbc_proven_req *req)
{
	int64_t soon = clock_now_ns() + STORE_NS;

	req->deadline_ns = call->deadline_ns;
	if (!(req->flags & IDBC_PROVEN_RECHECK) && soon < req->deadline_ns)
		req->deadline_ns = soon;
}

/* A stacked driver may move the user now, and what comes of that decides: gone or changed is as
 * if the password had been wrong. */
static int prove_above(struct call *call, struct idbc_proven_req *req, struct idbc_error *err)
{
	const struct idbc_field clear = { "clear", { IDBC_KIND_STR, 0,
						     { .str = call->password } } };
	int rc;

	req->credential = &clear;
	req->ncredential = 1;
	req->expect = NULL;
	req->nexpect = 0;
	req->deadline_ns = call->deadline_ns;
	rc = call_on_session(call, proven_on, req, err);
	req->credential = NULL;
	req->ncredential = 0;
	if (rc == IDBC_CONFLICT && !strcmp(err->code, "locked_out"))
		return call_denied(call, IDBC_DETAIL_LOCKED_OUT, err);
	if (rc != IDBC_OK && is_changed(rc, err))
		return call_denied(call, IDBC_DETAIL_WRONG_PASSWORD, err);
	return rc;
}

int call_proven(struct call *call, const struct row *row, const struct password_verdict *verdict,
		struct idbc_error *err)
{
	const struct config *config = call->conn->config;
	struct password_made made = { .nparts = 0 };
	struct idbc_proven_req req = { .size = sizeof(req), .client_ip = call->client_ip,
		.user_id = { row->native_id, row->native_len }, .expect = row->parts,
		.nexpect = row->nparts };
	int rc = IDBC_OK;

	if (!link_has(call->conn->link, LINK_PROVEN))
		return rc;
	if (config->touch)
		req.flags |= IDBC_PROVEN_TOUCH;
	if (config->failed && row->failed)
		req.flags |= IDBC_PROVEN_FORGIVE;
	if (config->recheck || call->conn->has_store)
		req.flags |= IDBC_PROVEN_RECHECK;
	if (link_caps(call->conn->link) & IDBC_CAP_SESSIONLESS)
		return prove_above(call, &req, err);
	if (upgrade_wanted(call, verdict) && make_upgrade(call, row, &made)) {
		req.credential = made.parts;
		req.ncredential = made.nparts;
	}
	take_deadline(call, &req);
	walk_proven(call, verdict, &req);
	if (!call->walk && (req.flags || req.ncredential))
		rc = tell_store(call, &req, err);
	password_made_free(&made);
	return rc;
}
