/* connector/run/login.c - job: fetch the row, give the session back, judge the password.
 * Whatever refuses before the hash costs a dummy, and all refusals look alike.
 * A login that is explained (call->walk) takes the same way, tells each step, needs no
 * password and writes nothing.
 * Threads: the caller's.
 */
#include "base/clock.h"
#include "base/err.h"
#include "run/attempt.h"
#include "run/conn.h"
#include "run/lower.h"
#include "run/walk.h"

int call_denied(struct call *call, uint32_t detail, struct idbc_error *err)
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
	return rc == PASSWORD_MISMATCH ? call_denied(call, detail, err) : password_not_done(rc, err);
}

/* A driver above must know whom it has to look for elsewhere; it masks, or the outermost does. */
static int told_above(struct call *call, uint32_t detail, struct idbc_error *err)
{
	uint32_t status = detail == IDBC_DETAIL_AMBIGUOUS ? IDBC_AMBIGUOUS : IDBC_NO_USER;
	int rc = IDBC_DENIED;

	if (call->below->flags & IDBC_LOGIN_DUMMY)
		rc = denied_by_dummy(call, detail, err);
	if (rc != IDBC_DENIED)
		return rc;
	err_clear(err);
	return err_set(err, status, "run", "%s", status_text(status));
}

/* Nobody to judge.  A driver that judges itself may have done for nobody what it does for
 * somebody: more work would tell them apart. */
static int denied_unjudged(struct call *call, uint32_t detail, struct idbc_error *err)
{
	uint32_t both = IDBC_CAP_DECIDES | IDBC_CAP_EQUAL_TIME;

	if (call->below)
		return told_above(call, detail, err);
	if ((link_caps(call->conn->link) & both) == both)
		return call_denied(call, detail, err);
	return denied_by_dummy(call, detail, err);
}

/* Who has no user name is known to hashes of names by the address, as mailboxes are. */
void subject_name(struct password_subject *who)
{
	if (!who->username.len)
		who->username = who->email;
}

void call_subject(const struct row *row, struct password_subject *out)
{
	out->username = profile_str(row->profile, "username");
	out->email = profile_str(row->profile, "email");
	subject_name(out);
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
		return call_denied(call, IDBC_DETAIL_WRONG_PASSWORD, err);
	case PASSWORD_LOCKED:
		return denied_by_dummy(call, IDBC_DETAIL_NO_PASSWORD, err);
	case PASSWORD_FAILED:
	case PASSWORD_BUSY:
	case PASSWORD_LATE:
		return password_not_done(verdict->result, err);
	default:
		unusable_tell(call, row, verdict);
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

int call_admits(struct call *call, const struct row *row, struct idbc_error *err)
{
	return row->locked_out ? call_denied(call, IDBC_DETAIL_LOCKED_OUT, err)
			       : may_log_in(call, row, err);
}

/* Who knows the password is told whose it is, also where he may not log in. */
static int hand_above(struct call *call, struct row *row, int rc, struct idbc_error *err)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	int told;

	if (rc != IDBC_OK && rc != IDBC_BLOCKED && rc != IDBC_PASSWORD_EXPIRED)
		return rc;
	told = lower_tell(call, row, 0, call->below->sink, rc == IDBC_OK ? err : &ignored);
	return rc == IDBC_OK ? told : rc;
}

static int hand_out(struct call *call, struct row *row, struct idbc_profile **out,
		    struct idbc_error *err)
{
	int rc = row_finish(row, call, err);

	if (rc == IDBC_OK)
		*out = row_take_profile(row);
	return rc;
}

static int admit(struct call *call, struct row *row, const struct password_verdict *verdict,
		 struct idbc_profile **out, struct idbc_error *err)
{
	int rc = may_log_in(call, row, err);

	if (rc == IDBC_OK && !(call->below && call->below->flags & IDBC_LOGIN_JUDGE))
		rc = call_proven(call, row, verdict, err);
	if (call->below)
		rc = hand_above(call, row, rc, err);
	else if (rc == IDBC_OK)
		rc = hand_out(call, row, out, err);
	if (rc != IDBC_OK)
		return rc;
	if (!call->walk && !(link_caps(call->conn->link) & IDBC_CAP_DECIDES))
		password_learn(call->conn->policy, &(struct idbc_str){ row->native_id,
			       row->native_len }, verdict->kind, row->parts, row->nparts);
	return rc;
}

/* After the hash, which costs what a wrong password costs: a lock is seen by nobody. */
static int unless_locked_out(struct call *call, const struct row *row, int rc,
			     struct idbc_error *err)
{
	if (!row->locked_out || (rc != IDBC_OK && rc != IDBC_DENIED))
		return rc;
	walk_locked_out(call);
	if (rc == IDBC_DENIED) {
		err->detail = IDBC_DETAIL_LOCKED_OUT;
		return rc;
	}
	return call_denied(call, IDBC_DETAIL_LOCKED_OUT, err);
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
	if (stop_why(call->stop))
		return err_set(err, stop_why(call->stop), "run", "ended before the password was judged");
	walk_rows(call, rows);
	/* One of two rows may be left: nobody knows whose password was judged. */
	if (rows->n > 1 || (decides && rows->seen > 1))
		return denied_unjudged(call, IDBC_DETAIL_AMBIGUOUS, err);
	if (rows->n == 0)
		return denied_unjudged(call, IDBC_DETAIL_UNKNOWN_USER, err);
	if (!decides)
		rc = judge(call, &rows->row[0], &verdict, err);
	rc = unless_locked_out(call, &rows->row[0], rc, err);
	return rc == IDBC_OK ? admit(call, &rows->row[0], &verdict, out, err) : rc;
}

/* Of a store that judges the password itself: its no is ours, with nothing added.  Why, for
 * logs, it may know better. */
static int decided_no(struct call *call, int rc, struct idbc_error *err)
{
	uint32_t detail = err->detail;

	if (rc != IDBC_DENIED)
		return rc;
	if (call->below && (detail == IDBC_DETAIL_UNKNOWN_USER || detail == IDBC_DETAIL_AMBIGUOUS))
		return told_above(call, detail, err);
	if (detail == IDBC_DETAIL_NONE || detail > IDBC_DETAIL_LOCKED_OUT)
		detail = IDBC_DETAIL_WRONG_PASSWORD;
	return call_denied(call, detail, err);
}

/* Whose dummy stands for somebody's hash is also counted like him. */
static int is_dummy(const struct call *call, int rc)
{
	return (rc == IDBC_NO_USER || rc == IDBC_AMBIGUOUS) &&
	       call->below->flags & IDBC_LOGIN_DUMMY;
}

static int read_and_judge(struct call *call, struct idbc_profile **out, struct idbc_error *err)
{
	struct rows rows;
	int rc;

	rows_init(&rows);
	rc = call_read(call, IDBC_LOGIN, &rows, err);
	if (rc == IDBC_OK)
		rc = judge_rows(call, &rows, out, err);
	else if (rc == IDBC_AMBIGUOUS)
		rc = denied_unjudged(call, IDBC_DETAIL_AMBIGUOUS, err);
	else
		rc = decided_no(call, rc, err);
	if (rc == IDBC_DENIED || (call->below && is_dummy(call, rc)))
		attempt_failed(call, &rows);
	rows_free(&rows);
	return rc;
}

int call_login(struct call *call, struct idbc_profile **out, struct idbc_error *err)
{
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
	if (!call->walk)
		sample_at_login(call);
	rc = read_and_judge(call, out, err);
	if (!call->again)
		return rc;
	err_clear(err);
	return read_and_judge(call, out, err);
}
