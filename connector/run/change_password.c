/* connector/run/change_password.c - job: a new credential, made before a session is
 * taken.  With the current password given, that is verified first and the change is a
 * compare-and-swap on what was read.  Threads: the caller's.
 */
#include <string.h>
#include "base/err.h"
#include "run/attempt.h"
#include "run/settle.h"

#define LOOKS 3

static int change_on(struct session *session, void *ctx, struct idbc_error *err)
{
	int rc = session->ops->change_password(session->driver_session, ctx, err);

	return link_believe(session->link, LINK_CALL_CHANGE_PASSWORD, rc, err);
}

static int driver_decides(const struct call *call)
{
	return (link_caps(call->conn->link) & IDBC_CAP_DECIDES) != 0;
}

/* A wrong current password and a row without a usable one cost the same and say the same. */
static int check_current(struct call *call, const struct row *row, struct idbc_error *err)
{
	struct password_call hashing = call_hashing(call, PASSWORD_FOR_CALLER);
	struct password_verdict verdict;
	struct password_subject subject;
	enum password_result rc;

	call_subject(row, &subject);
	password_check(call->conn->policy, row->parts, row->nparts, &subject, &call->current,
		       &hashing, &verdict);
	rc = verdict.result;
	if (rc == PASSWORD_MATCH && row->locked_out)
		rc = PASSWORD_MISMATCH;
	if (rc == PASSWORD_MATCH)
		return IDBC_OK;
	unusable_tell(call, row, &verdict);
	if (rc == PASSWORD_LOCKED || rc == PASSWORD_MALFORMED || rc == PASSWORD_LIMIT ||
	    rc == PASSWORD_UNSUPPORTED)
		rc = password_dummy(call->conn->policy, &call->identifier, &call->current,
				    &hashing);
	if (rc != PASSWORD_MISMATCH)
		return password_not_done(rc, err);
	err_set(err, IDBC_DENIED, "run", "%s", status_text(IDBC_DENIED));
	err->detail = row->locked_out ? IDBC_DETAIL_LOCKED_OUT : IDBC_DETAIL_WRONG_PASSWORD;
	return IDBC_DENIED;
}

static int change(struct call *call, const struct password_subject *subject,
		  struct idbc_password_req *req, struct idbc_error *err)
{
	const struct doubt doubt = { .kind = IDBC_SETTLE_CHANGE_PASSWORD, .write = req };
	struct password_made made = { .nparts = 0 };
	int rc = call_make_credential(call, subject, &made, err);

	if (rc == IDBC_OK) {
		req->credential = made.parts;
		req->ncredential = made.nparts;
		rc = call_writing(call, change_on, req, err);
		rc = call_settle(call, &doubt, rc, err);
	}
	password_made_free(&made);
	return rc;
}

/* Once read, the user is named by his id: a renamed one is still the one who was proved. */
static int change_read_row(struct call *call, const struct row *row,
			   struct idbc_password_req *req, struct idbc_error *err)
{
	struct password_subject subject;
	int rc = IDBC_OK;

	if (call->current.ptr && !driver_decides(call)) {
		rc = check_current(call, row, err);
		req->expect = row->parts;
		req->nexpect = row->nparts;
	}
	if (rc != IDBC_OK)
		return rc;
	req->by = IDBC_BY_USER_ID;
	req->identifier = (struct idbc_str){ row->native_id, row->native_len };
	call_subject(row, &subject);
	return change(call, &subject, req, err);
}

static int read_and_change(struct call *call, struct idbc_password_req *req,
			   struct idbc_error *err)
{
	struct rows rows;
	int rc;

	rows_init(&rows);
	rc = call_read(call, IDBC_LOGIN, &rows, err);
	if (rc == IDBC_OK)
		rc = rows_one(&rows, err);
	if (rc == IDBC_OK)
		rc = change_read_row(call, &rows.row[0], req, err);
	if (call->current.ptr && (rc == IDBC_DENIED || rc == IDBC_NO_USER))
		attempt_failed(call, &rows);
	rows_free(&rows);
	return rc;
}

/* --- of a driver that judges passwords itself ------------------------------------------- */
/* Whoever must change his password has just proved that he knows it. */
static int proved(struct call *call, struct rows *rows, struct idbc_error *err)
{
	int rc = call_read(call, IDBC_LOGIN, rows, err);

	if (rc == IDBC_PASSWORD_EXPIRED) {
		err_clear(err);
		rows_keep_matching(rows, call);
		rc = IDBC_OK;
	}
	if (rc == IDBC_OK && rows->n == 1 && rows->row[0].locked_out)
		rc = call_denied(call, IDBC_DETAIL_LOCKED_OUT, err);
	if (rc == IDBC_DENIED && err->detail == IDBC_DETAIL_UNKNOWN_USER)
		rc = err_set(err, IDBC_NO_USER, "run", "%s", status_text(IDBC_NO_USER));
	if ((rc == IDBC_DENIED && err->detail == IDBC_DETAIL_AMBIGUOUS) ||
	    (rc == IDBC_OK && rows->seen > 1))
		rc = err_set(err, IDBC_AMBIGUOUS, "run", "%s", status_text(IDBC_AMBIGUOUS));
	if (rc == IDBC_DENIED)
		rc = call_denied(call, IDBC_DETAIL_WRONG_PASSWORD, err);
	return rc;
}

/* The clear text is the one thing such a store can compare; where it takes none, what was
 * proved a moment ago is all there is. */
static void expect_current(const struct call *call, struct idbc_field *part,
			   struct idbc_password_req *req)
{
	if (!(link_caps(call->conn->link) & IDBC_CAP_PLAINTEXT))
		return;
	*part = (struct idbc_field){ "clear", { IDBC_KIND_STR, 0, { .str = call->current } } };
	req->expect = part;
	req->nexpect = 1;
}

static int prove_and_change(struct call *call, struct idbc_password_req *req,
			    struct idbc_error *err)
{
	struct idbc_field part;
	struct rows rows;
	int rc;

	if (!call->current.len)         /* never reaches such a driver */
		return call_denied(call, IDBC_DETAIL_WRONG_PASSWORD, err);
	rows_init(&rows);
	rc = proved(call, &rows, err);
	if (rc == IDBC_OK)
		rc = rows_one(&rows, err);
	if (rc == IDBC_OK) {
		expect_current(call, &part, req);
		rc = change_read_row(call, &rows.row[0], req, err);
	}
	if (rc == IDBC_DENIED || rc == IDBC_NO_USER)
		attempt_failed(call, &rows);
	rows_free(&rows);
	return rc;
}

/* A login at the same time may have stored the same password anew: a change of what was
 * proved looks again, and wins. */
static int read_then_change(struct call *call, struct idbc_password_req *req,
			    struct idbc_error *err)
{
	int rc = IDBC_CONFLICT;

	for (int i = 0; i < LOOKS && rc == IDBC_CONFLICT; i++) {
		if (i && strcmp(err->code, "credential_changed") != 0)
			break;
		err_clear(err);
		rc = read_and_change(call, req, err);
	}
	return rc;
}

int call_change_password(struct call *call, struct idbc_error *err)
{
	struct password_subject nobody;
	struct idbc_password_req req = { .size = sizeof(req), .by = call->by,
		.deadline_ns = call->deadline_ns, .identifier = call->identifier };

	memset(&nobody, 0, sizeof(nobody));
	if (!call->password.ptr)
		return err_code(err, IDBC_INVALID, "run", "password_required", "no password given");
	if (call->current.ptr && driver_decides(call))
		return prove_and_change(call, &req, err);
	if (call->current.ptr || (password_needs_subject(call->conn->policy) &&
				  !(link_caps(call->conn->link) & IDBC_CAP_PLAINTEXT)))
		return read_then_change(call, &req, err);
	return change(call, &nobody, &req, err);
}
