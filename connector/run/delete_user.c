/* connector/run/delete_user.c - job: the identity and, where the host registered one, its
 * profile: the driver asks the store last before its commit.  Threads: the caller's; the
 * host's remove() runs on it with no lock of ours held.
 */
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/locale.h"
#include "run/settle.h"

#define NOT_ASKED (-1)          /* the host's answer where it is not there to give one */

struct agreement {
	struct idbc_profile_store store;
	struct hush *hush;
	char *user_id;          /* with its prefix, as the host knows it */
	int asked, answer;
};
struct delete_ctx {
	struct idbc_delete_req req;
	struct agreement agreement;
};

/* A driver that asks twice gets the same answer, and the host is not asked again. */
static int agree(void *ctx)
{
	struct agreement *agreement = ctx;
	locale_t before;

	if (agreement->asked)
		return agreement->answer;
	agreement->answer = NOT_ASKED;
	agreement->asked = 1;
	if (!hush_enter(agreement->hush))
		return agreement->answer;
	before = locale_host();
	agreement->answer = agreement->store.remove(agreement->store.ctx, agreement->user_id);
	locale_back(before);
	hush_leave(agreement->hush);
	return agreement->answer;
}

/* Did the driver do what the host's profile store was told, or said? */
static const char *not_kept(const struct delete_ctx *deletion, int rc)
{
	const struct agreement *agreement = &deletion->agreement;

	if (rc == IDBC_CANCELLED && !agreement->answer)
		return "says that a delete was refused which nobody refused";
	if (rc != IDBC_OK || !deletion->req.agree)
		return NULL;
	if (!agreement->asked)
		return "deleted without asking the profile store";
	return agreement->answer ? "deleted though the profile store refused" : NULL;
}

static int delete_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct delete_ctx *deletion = ctx;
	const char *broken;
	int rc = session->ops->delete_user(session->driver_session, &deletion->req, err);

	rc = link_believe(session->link, LINK_CALL_DELETE_USER, rc, err);
	broken = not_kept(deletion, rc);
	if (rc == IDBC_CANCELLED)
		err->native = deletion->agreement.answer;
	if (!broken)
		return rc;
	err_set(err, IDBC_DRIVER, "link", "driver %s %s", link_driver_name(session->link), broken);
	err->effect = rc == IDBC_OK ? IDBC_EFFECT_APPLIED : IDBC_EFFECT_UNKNOWN;
	return IDBC_DRIVER;
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
	struct delete_ctx deletion = { .req = { .size = sizeof(deletion.req),
		.phase = IDBC_DELETE_NOW, .deadline_ns = call->deadline_ns,
		.user_id = call->identifier } };
	const struct doubt doubt = { .kind = IDBC_SETTLE_DELETE_USER, .write = &deletion.req,
		.user_id = call->identifier };
	struct agreement *agreement = &deletion.agreement;
	int rc;

	agreement->hush = &call->conn->hush;
	if (call->by != IDBC_BY_USER_ID)
		return err_set(err, IDBC_INVALID, "run", "a user is deleted by user_id only");
	if (has_store(call->conn, &agreement->store)) {
		agreement->user_id = public_id(call);
		if (!agreement->user_id)
			return err_nomem(err, "run");
		deletion.req.agree = agree;
		deletion.req.agree_ctx = agreement;
	} else if (call->conn->config->profile_store_required) {
		return err_set(err, IDBC_STATE, "run", "no profile store is registered");
	}
	rc = call_writing(call, delete_on, &deletion, err);
	rc = call_settle(call, &doubt, rc, err);
	free(agreement->user_id);
	return rc;
}
