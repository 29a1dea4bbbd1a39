/* connector/run/delete_user.c - job: the identity and, where the host registered one, its
 * profile: by an intent where the store keeps them, else the driver asks the profile store last
 * before its commit.  Threads: the caller's; no lock of ours is held while the host's code runs.
 */
#include "base/err.h"
#include "run/deletion.h"
#include "run/recover.h"
#include "run/settle.h"

struct delete_ctx {
	struct idbc_delete_req req;
	const struct agreement *agreement;
};

/* --- in one transaction ----------------------------------------------------------------- */
/* Did the driver do what the host's profile store was told, or said? */
static const char *not_kept(const struct delete_ctx *deletion, int rc)
{
	const struct agreement *agreement = deletion->agreement;

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
		err->native = deletion->agreement->answer;
	if (!broken)
		return rc;
	err_set(err, IDBC_DRIVER, "link", "driver %s %s", link_driver_name(session->link), broken);
	err->effect = rc == IDBC_OK ? IDBC_EFFECT_APPLIED : IDBC_EFFECT_UNKNOWN;
	return IDBC_DRIVER;
}

static int delete_at_once(struct call *call, struct agreement *agreement, struct idbc_error *err)
{
	struct delete_ctx deletion = { .req = { .size = sizeof(deletion.req),
		.phase = IDBC_DELETE_NOW, .deadline_ns = call->deadline_ns,
		.user_id = call->identifier }, .agreement = agreement };
	const struct doubt doubt = { .kind = IDBC_SETTLE_DELETE_USER, .write = &deletion.req,
		.user_id = call->identifier };
	int rc;

	if (agreement->user_id) {
		deletion.req.agree = agreement_ask;
		deletion.req.agree_ctx = agreement;
	}
	rc = call_writing(call, delete_on, &deletion, err);
	return call_settle(call, &doubt, rc, err);
}

/* --- by an intent -------------------------------------------------------------------------- */
static int delete_by_intent(struct deletion *deletion, struct idbc_error *err)
{
	int rc;

	deletion->flags = deletion->agreement.user_id ? IDBC_DELETE_PROFILE_STORE : 0;
	rc = deletion_hide(deletion, err);
	return rc == IDBC_OK ? deletion_conclude(deletion, err) : rc;
}

/* --- the whole -------------------------------------------------------------------------------- */
/* Without a profile there is nothing to ask; a stack has two stores all the same. */
static int by_intent(const struct idbc *conn, int has_store)
{
	return deletion_has_intents(conn) &&
	       (has_store || link_caps(conn->link) & IDBC_CAP_SESSIONLESS);
}

int run_deletes_by_intent(struct idbc *conn)
{
	return by_intent(conn, has_profile_store(conn));
}

static int delete_either_way(struct call *call, struct deletion *deletion, struct idbc_error *err)
{
	int rc;

	if (!by_intent(call->conn, deletion->agreement.user_id != NULL))
		return delete_at_once(call, &deletion->agreement, err);
	rc = delete_by_intent(deletion, err);
	/* A stack whose stores keep no intents says so. */
	if (rc != IDBC_UNSUPPORTED || !(link_caps(call->conn->link) & IDBC_CAP_SESSIONLESS))
		return rc;
	err_clear(err);
	return delete_at_once(call, &deletion->agreement, err);
}

int call_delete_user(struct call *call, struct idbc_error *err)
{
	struct deletion deletion = { .call = call };
	int rc;

	if (call->by != IDBC_BY_USER_ID)
		return err_set(err, IDBC_INVALID, "run", "a user is deleted by user_id only");
	rc = agreement_init(&deletion.agreement, call->conn, &call->identifier, err);
	if (rc != IDBC_OK)
		return rc;
	if (!deletion.agreement.user_id && call->conn->config->profile_store_required)
		return err_set(err, IDBC_STATE, "run", "no profile store is registered");
	rc = delete_either_way(call, &deletion, err);
	agreement_free(&deletion.agreement);
	if (IDBC_STATUS_CLASS(rc) < 3)
		recover_after(call);
	return rc;
}
