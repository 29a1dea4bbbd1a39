/* connector/run/change_email.c - job: a new address, with the verified flag the caller
 * passed.  Threads: the caller's.
 */
#include "base/err.h"
#include "run/settle.h"

static int change_on(struct session *session, void *ctx, struct idbc_error *err)
{
	int rc = session->ops->change_email(session->driver_session, ctx, err);

	return link_believe(session->link, LINK_CALL_CHANGE_EMAIL, rc, err);
}

int call_change_email(struct call *call, struct idbc_error *err)
{
	struct idbc_email_req req = { .size = sizeof(req), .by = call->by,
		.deadline_ns = call->deadline_ns, .identifier = call->identifier,
		.email = call->email, .verified = (call->req->flags & IDBC_VERIFIED) != 0 };
	const struct doubt doubt = { .kind = IDBC_SETTLE_CHANGE_EMAIL, .write = &req };
	int rc;

	if (!call->email.ptr)
		return err_code(err, IDBC_INVALID, "run", "email_required", "no new address given");
	rc = profile_check_email(&call->email, err);
	if (rc != IDBC_OK)
		return rc;
	return call_settle(call, &doubt, call_writing(call, change_on, &req, err), err);
}
