/* connector/run/verify.c - job: the e-mail address was proved.  By EMAIL the value is the
 * address; by another kind the caller may name it.  Threads: the caller's.
 */
#include "run/settle.h"

static int verify_on(struct session *session, void *ctx, struct idbc_error *err)
{
	int rc = session->ops->verify(session->driver_session, ctx, err);

	return link_believe(session->link, LINK_CALL_VERIFY, rc, err);
}

int call_verify(struct call *call, struct idbc_error *err)
{
	struct idbc_verify_req req = { .size = sizeof(req), .by = call->by,
		.deadline_ns = call->deadline_ns, .identifier = call->identifier,
		.email = call->email };
	const struct doubt doubt = { .kind = IDBC_SETTLE_VERIFY, .write = &req };

	if (call->by == IDBC_BY_EMAIL && !call->email.ptr)
		req.email = call->identifier;
	return call_settle(call, &doubt, call_writing(call, verify_on, &req, err), err);
}
