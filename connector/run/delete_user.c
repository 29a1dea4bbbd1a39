/* connector/run/delete_user.c - job: the identity and, where the host registered one, its
 * profile: the driver asks the store last before its commit.  Threads: the caller's; the
 * host's remove() runs on it with no lock of ours held.
 */
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/err.h"
#include "run/conn.h"

struct agreement {
	struct idbc_profile_store store;
	char *user_id;          /* with its prefix, as the host knows it */
};

static int agree(void *ctx)
{
	struct agreement *agreement = ctx;

	return agreement->store.remove(agreement->store.ctx, agreement->user_id);
}

static int delete_on(struct session *session, void *ctx, struct idbc_error *err)
{
	return session->ops->delete_user(session->driver_session, ctx, err);
}

static int has_store(struct idbc *conn, struct idbc_profile_store *out)
{
	int has;

	pthread_mutex_lock(&conn->gate);
	has = conn->has_store;
	*out = conn->store;
	pthread_mutex_unlock(&conn->gate);
	return has;
}

static char *public_id(const struct call *call)
{
	struct buf id = BUF_INIT(4096);
	char *text;

	profile_public_id(&call->conn->config->profile, &call->identifier, &id);
	text = buf_take(&id);
	buf_free(&id);
	return text;
}

int call_delete_user(struct call *call, struct idbc_error *err)
{
	struct agreement agreement = { .user_id = NULL };
	struct idbc_delete_req req = { .size = sizeof(req), .phase = IDBC_DELETE_NOW,
		.deadline_ns = call->deadline_ns, .user_id = call->identifier };
	int rc;

	if (call->by != IDBC_BY_USER_ID)
		return err_set(err, IDBC_INVALID, "run", "a user is deleted by user_id only");
	if (has_store(call->conn, &agreement.store)) {
		agreement.user_id = public_id(call);
		if (!agreement.user_id)
			return err_nomem(err, "run");
		req.agree = agree;
		req.agree_ctx = &agreement;
	} else if (call->conn->config->profile_store_required) {
		return err_set(err, IDBC_STATE, "run", "no profile store is registered");
	}
	rc = call_on_session(call, delete_on, &req, err);
	free(agreement.user_id);
	return rc;
}
