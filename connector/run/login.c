/* connector/run/login.c - job: fetch the row, give the session back, judge the password.
 * Whatever refuses before the hash costs a dummy, and all refusals look alike.
 * A login that is explained (call->walk) takes the same way, tells each step, needs no
 * password and writes nothing.
 * Threads: the caller's.
 */
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/conn.h"
#include "run/walk.h"

static int denied(struct call *call, uint32_t detail, struct idbc_error *err)
{
	static const char *const why[] = {
		"", "unknown user", "wrong password", "no usable password",
		"stored credential not accepted", "more than one user matches", "locked out",
	};

	if (!call->walk)
		call_log(call, IDBC_LOG_INFO, "refused: %s", why[detail]);
	err_clear(err);
	err_set(err, IDBC_DENIED, "run", "%s", status_text(IDBC_DENIED));
	err->detail = detail;
	return IDBC_DENIED;
}

static int denied_by_dummy(struct call *call, uint32_t detail, struct idbc_error *err)
{
	struct password_call hashing = call_hashing(call, PASSWORD_FOR_CALLER);
	enum password_result rc = PASSWORD_MISMATCH;

	if (!call->walk)
		rc = password_dummy(call->conn->policy, &call->identifier, &call->password,
				    &hashing);
	/* What keeps a user's hash from being computed keeps his absence from being told. */
	return rc == PASSWORD_MISMATCH ? denied(call, detail, err) : password_not_done(rc, err);
}

void call_subject(const struct row *row, struct password_subject *out)
{
	out->username = profile_str(row->profile, "username");
	out->email = profile_str(row->profile, "email");
}

static int judge(struct call *call, const struct row *row, struct password_verdict *verdict,
		 struct idbc_error *err)
{
	struct password_call hashing = call_hashing(call, PASSWORD_FOR_CALLER);
	struct password_subject subject;

	call_subject(row, &subject);
	password_check(call->conn->policy, row->parts, row->nparts, &subject, &call->password,
		       &hashing, verdict);
	walk_verdict(call, verdict);
	switch (verdict->result) {
	case PASSWORD_MATCH:
		return IDBC_OK;
	case PASSWORD_MISMATCH:
		if (call->walk && !call->password.ptr)
			return IDBC_OK;         /* whatever it is: on to what comes after it */
		return denied(call, IDBC_DETAIL_WRONG_PASSWORD, err);
	case PASSWORD_LOCKED:
		return denied_by_dummy(call, IDBC_DETAIL_NO_PASSWORD, err);
	case PASSWORD_FAILED:
	case PASSWORD_BUSY:
	case PASSWORD_LATE:
		return password_not_done(verdict->result, err);
	default:
		call_log(call, IDBC_LOG_WARNING, "stored credential of %s: %s", row->native_id,
			 password_result_name(verdict->result));
		return denied_by_dummy(call, IDBC_DETAIL_BAD_CREDENTIAL, err);
	}
}

static int blocked(struct idbc_error *err, const char *code, const char *text)
{
	return err_code(err, IDBC_BLOCKED, "run", code, "%s", text);
}

/* Told only to somebody who knows the password. */
static int may_log_in(const struct call *call, const struct row *row, struct idbc_error *err)
{
	walk_flags(call, row);
	if (profile_true(row->profile, "blocked"))
		return blocked(err, "blocked", "account is blocked");
	if (call->conn->config->require_verified && !profile_true(row->profile, "email_verified"))
		return blocked(err, "email_not_verified", "e-mail address is not verified");
	if (row->password_expired)
		return err_code(err, IDBC_PASSWORD_EXPIRED, "run", "password_change_required",
				"%s", status_text(IDBC_PASSWORD_EXPIRED));
	return IDBC_OK;
}

static int proven_on(struct session *session, void *ctx, struct idbc_error *err)
{
	return session->ops->proven(session->driver_session, ctx, err);
}

/* Has the last word where the mapping asks for a second look (login.recheck). */
static int tell_store(struct call *call, struct idbc_proven_req *req, struct idbc_error *err)
{
	int rc = call_on_session(call, proven_on, req, err);

	if (rc == IDBC_OK)
		return rc;
	if ((req->flags & IDBC_PROVEN_RECHECK) &&
	    (rc == IDBC_NO_USER || !strcmp(err->code, "credential_changed")))
		return denied(call, IDBC_DETAIL_WRONG_PASSWORD, err);
	call_log(call, IDBC_LOG_WARNING, "after the login: %s %s", status_name((uint32_t)rc),
		 err->text);
	err_clear(err);
	return IDBC_OK;
}

static int make_upgrade(struct call *call, const struct row *row, struct password_made *made)
{
	struct password_subject subject;
	struct password_call hashing = call_hashing(call, PASSWORD_FOR_UPGRADE);
	struct idbc_error err = IDBC_ERROR_INIT;

	if (!password_has_room(call->conn->policy, call->deadline_ns))
		return 0;
	call_subject(row, &subject);
	if (password_make(call->conn->policy, &subject, &call->password, &hashing, made,
			  &err) == IDBC_OK)
		return 1;
	call_log(call, IDBC_LOG_WARNING, "upgrade of the stored password: %s", err.text);
	walk_step(call, WALK_NOTE, "upgrade", "cannot be made: %s", err.text);
	return 0;
}

static int proven(struct call *call, const struct row *row,
		  const struct password_verdict *verdict, struct idbc_error *err)
{
	const struct config *config = call->conn->config;
	struct password_made made = { .nparts = 0 };
	struct idbc_proven_req req = { .size = sizeof(req), .deadline_ns = call->deadline_ns,
		.user_id = { row->native_id, row->native_len }, .client_ip = call->client_ip };
	int rc = IDBC_OK;

	if (!link_ops(call->conn->link)->proven)
		return rc;
	if (config->touch)
		req.flags |= IDBC_PROVEN_TOUCH;
	if (config->recheck || call->conn->has_store)
		req.flags |= IDBC_PROVEN_RECHECK;
	if (verdict->upgrade && config->password.upgrade == 1 && make_upgrade(call, row, &made)) {
		req.credential = made.parts;
		req.ncredential = made.nparts;
	}
	req.expect = row->parts;
	req.nexpect = row->nparts;
	walk_proven(call, verdict, &req);
	if (!call->walk && (req.flags || req.ncredential))
		rc = tell_store(call, &req, err);
	password_made_free(&made);
	return rc;
}

static int admit(struct call *call, struct row *row, const struct password_verdict *verdict,
		 struct idbc_profile **out, struct idbc_error *err)
{
	int rc = may_log_in(call, row, err);

	if (rc == IDBC_OK)
		rc = proven(call, row, verdict, err);
	if (rc == IDBC_OK)
		rc = row_finish(row, call, err);
	if (rc == IDBC_OK)
		*out = row_take_profile(row);
	return rc;
}

static int judge_rows(struct call *call, struct rows *rows, struct idbc_profile **out,
		      struct idbc_error *err)
{
	struct password_verdict verdict = { .result = PASSWORD_MISMATCH };
	int decides = (link_caps(call->conn->link) & IDBC_CAP_DECIDES) != 0;
	int rc = IDBC_OK;

	/* No hash, real or dummy, is begun for a caller who has his answer already. */
	if (clock_now_ns() >= call->deadline_ns)
		return err_set(err, IDBC_TIMEOUT, "run", "%s", status_text(IDBC_TIMEOUT));
	walk_rows(call, rows);
	if (rows->n == 0)
		return denied_by_dummy(call, IDBC_DETAIL_UNKNOWN_USER, err);
	if (rows->n > 1)
		return denied_by_dummy(call, IDBC_DETAIL_AMBIGUOUS, err);
	if (!decides && !rows->row[0].has_credential)
		return err_set(err, IDBC_DRIVER, "link", "driver %s reported no credential",
			       link_driver_name(call->conn->link));
	if (!decides)
		rc = judge(call, &rows->row[0], &verdict, err);
	return rc == IDBC_OK ? admit(call, &rows->row[0], &verdict, out, err) : rc;
}

/* Of a store that judges the password itself: its no is ours, with nothing added. */
static int decided_no(struct call *call, int rc, struct idbc_error *err)
{
	if (rc != IDBC_DENIED)
		return rc;
	return denied(call, IDBC_DETAIL_WRONG_PASSWORD, err);
}

int call_login(struct call *call, struct idbc_profile **out, struct idbc_error *err)
{
	struct rows rows;
	int rc;

	if (!call->password.ptr && !call->walk)
		return err_code(err, IDBC_INVALID, "run", "password_required", "no password given");
	if (call->walk && (link_caps(call->conn->link) & IDBC_CAP_DECIDES))
		return err_set(err, IDBC_UNSUPPORTED, "run",
			       "driver %s judges passwords itself: nothing to explain here",
			       link_driver_name(call->conn->link));
	if (!call->password.len && (link_caps(call->conn->link) & IDBC_CAP_DECIDES))
		return denied_by_dummy(call, IDBC_DETAIL_WRONG_PASSWORD, err);
	walk_asked(call);
	rows_init(&rows);
	rc = call_read(call, IDBC_LOGIN, &rows, err);
	if (rc == IDBC_OK)
		rc = judge_rows(call, &rows, out, err);
	else
		rc = decided_no(call, rc, err);
	rows_free(&rows);
	return rc;
}
