/* connector/run/lower_driver.c - job: what a stacked driver asks of a connection below it and no
 * host does: flags after a proved password, pages of users, intents, moved ids, what became of a
 * write.
 * Threads: any, several at once; each on that of a call of the outer connection.  No lock.
 */
#include <string.h>
#include "base/err.h"
#include "base/failpoint.h"
#include "run/asked.h"

static int proven_on(struct session *session, void *ctx, struct idbc_error *err)
{
	int rc = session->ops->proven(session->driver_session, ctx, err);

	return link_believe(session->link, LINK_CALL_PROVEN, rc, err);
}

/* What this mapping knows nothing of is done; a password is its login's business, but of a
 * stack below. */
static void narrow(const struct idbc *conn, struct idbc_proven_req *req)
{
	if (!conn->config->touch)
		req->flags &= ~(uint32_t)IDBC_PROVEN_TOUCH;
	if (!conn->config->failed)
		req->flags &= ~(uint32_t)IDBC_PROVEN_FORGIVE;
	if (link_caps(conn->link) & IDBC_CAP_SESSIONLESS)
		return;
	req->ncredential = req->nexpect = 0;
	req->credential = req->expect = NULL;
}

static int tell_proven(struct asked *asked, struct idbc_proven_req *req)
{
	struct profile_fields fields = { NULL, 0, NULL };
	int rc;

	if (!req->flags && !req->nfields && !req->ncredential)
		return IDBC_OK;
	if (!link_has(asked->call.conn->link, LINK_PROVEN))
		return err_code(&asked->err, IDBC_UNSUPPORTED, "run", "not_mapped",
				"the driver of this connection does not do this");
	rc = profile_for_carry(req->fields, req->nfields, &asked->call.conn->config->profile,
			       &fields, &asked->err);
	if (rc == IDBC_OK) {
		req->fields = fields.fields;
		req->nfields = fields.n;
		FAILPOINT("move.marking");
		rc = call_writing(&asked->call, proven_on, req, &asked->err);
		FAILPOINT("move.marked");
	}
	profile_fields_free(&fields);
	return rc;
}

int lower_proven(void *self, const struct idbc_proven_req *theirs, struct idbc_error *err)
{
	struct idbc_proven_req req = { .size = sizeof(req) };
	struct asked asked;
	int rc = asked_begin(&asked, self, 0, theirs->deadline_ns);

	memcpy(&req, theirs, theirs->size < sizeof(req) ? theirs->size : sizeof(req));
	req.size = sizeof(req);
	narrow(asked.call.conn, &req);
	if (rc == IDBC_OK)
		rc = tell_proven(&asked, &req);
	return asked_end(&asked, rc, err);
}

int lower_list_users(void *self, const struct idbc_list_req *req, struct idbc_sink *sink,
		     struct idbc_error *err)
{
	struct asked asked;
	int rc = asked_begin(&asked, self, 0, req->deadline_ns);

	if (rc == IDBC_OK && !link_has(asked.call.conn->link, LINK_LIST))
		rc = err_code(&asked.err, IDBC_UNSUPPORTED, "run", "not_mapped",
			      "this connection lists no users");
	if (rc == IDBC_OK)
		rc = lower_list(&asked.call, req, sink, &asked.err);
	return asked_end(&asked, rc, err);
}

struct intents_ask {
	int64_t deadline_ns;
	struct idbc_sink *sink;
};

static int intents_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct intents_ask *ask = ctx;
	int rc = session->ops->intents(session->driver_session, ask->deadline_ns, ask->sink, err);

	return link_believe(session->link, LINK_CALL_INTENTS, rc, err);
}

int lower_intents(void *self, int64_t deadline_ns, struct idbc_sink *sink, struct idbc_error *err)
{
	struct intents_ask ask = { deadline_ns, sink };
	struct asked asked;
	int rc = asked_begin(&asked, self, 0, deadline_ns);

	if (rc == IDBC_OK)
		rc = call_on_session(&asked.call, intents_on, &ask, &asked.err);
	return asked_end(&asked, rc, err);
}

struct settle_ask {
	const struct idbc_settle_req *req;
	uint32_t effect;
};

static int settle_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct settle_ask *ask = ctx;
	int rc = session->ops->settle(session->driver_session, ask->req, &ask->effect, err);

	return link_believe(session->link, LINK_CALL_SETTLE, rc, err);
}

/* Of a password in clear nothing stored can be compared with it: this connection's own change
 * looked for it already, while it had the stored form in its hands. */
static int can_settle(const struct asked *asked, const struct idbc_settle_req *req)
{
	return link_has(asked->call.conn->link, LINK_SETTLE) &&
	       (req->kind != IDBC_SETTLE_CHANGE_PASSWORD ||
		link_caps(asked->call.conn->link) & IDBC_CAP_PLAINTEXT);
}

int lower_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
		 struct idbc_error *err)
{
	struct settle_ask ask = { req, IDBC_EFFECT_UNKNOWN };
	struct asked asked;
	int rc = asked_begin(&asked, self, 0, req->deadline_ns);

	if (rc == IDBC_OK && can_settle(&asked, req))
		rc = call_on_fresh_session(&asked.call, settle_on, &ask, &asked.err);
	if (rc == IDBC_OK)
		*effect = ask.effect;
	return asked_end(&asked, rc, err);
}

struct moved_ask {
	const struct idbc_moved_req *req;
	uint32_t state;
};

static int moved_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct moved_ask *ask = ctx;
	int rc = session->ops->moved(session->driver_session, ask->req, &ask->state, err);

	return link_believe(session->link, LINK_CALL_MOVED, rc, err);
}

int lower_moved(void *self, const struct idbc_moved_req *req, uint32_t *state,
		struct idbc_error *err)
{
	struct moved_ask ask = { req, IDBC_MOVED_NOT };
	struct asked asked;
	int rc = asked_begin(&asked, self, 0, req->deadline_ns);

	if (rc == IDBC_OK && (req->flags & IDBC_MOVED_SET)) {
		FAILPOINT("move.entering");
		rc = call_writing(&asked.call, moved_on, &ask, &asked.err);
		FAILPOINT("move.entered");
	} else if (rc == IDBC_OK)
		rc = call_on_session(&asked.call, moved_on, &ask, &asked.err);
	if (rc == IDBC_OK)
		*state = ask.state;
	return asked_end(&asked, rc, err);
}
