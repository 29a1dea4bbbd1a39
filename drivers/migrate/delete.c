/* drivers/migrate/delete.c - job: a user leaves both stores under one intent, which is kept in
 * `to`: also for who is in `from` alone.  First his id is entered as deleted, then he goes from
 * `from`, then from `to`: wherever it stops the intent hides him.  Without intents he goes from
 * `from` first, and is whole in the store that answers for him until `to` commits.
 * Threads: any; no lock.
 */
#include <string.h>
#include "migrate.h"

static int delete_in(const struct idbc_lower *lower, const struct idbc_delete_req *req,
		     struct idbc_error *err)
{
	ask_clear(err);
	return lower->ops->delete_user(lower->self, req, err);
}

/* `from` may be a store that nobody may write: his id is then all that goes. */
static int takes_deletes(const struct idbc_lower *lower)
{
	return LOWER_HAS(lower, delete_user) != 0;
}

/* --- out of `from` ----------------------------------------------------------------------------- */
/* *was: somebody had this id there, or may have had. */
static int out_of_from(struct migrate *m, const struct idbc_delete_req *asked, int (*agree)(void *),
		       void *ctx, int *was, struct idbc_error *err)
{
	struct idbc_delete_req req = { .size = sizeof(req), .phase = IDBC_DELETE_NOW,
		.deadline_ns = asked->deadline_ns, .user_id = asked->user_id, .agree = agree,
		.agree_ctx = ctx };
	int rc = takes_deletes(m->from) ? delete_in(m->from, &req, err) : IDBC_UNSUPPORTED;

	*was = rc != IDBC_NO_USER && rc != IDBC_INVALID;
	if (rc != IDBC_NO_USER && rc != IDBC_UNSUPPORTED && rc != IDBC_INVALID)
		return rc;
	ask_clear(err);
	if (!agree || !agree(ctx))
		return IDBC_OK;
	m->host->fail(m->host, err, IDBC_CANCELLED, "", "the profile store refused");
	return IDBC_CANCELLED;
}

static int enter_deleted(struct migrate *m, const struct idbc_delete_req *req, int was,
			 struct idbc_error *err)
{
	struct known known;
	int rc;

	if (!was) {
		rc = ask_known(m, &req->user_id, req->deadline_ns, &known, err);
		if (rc != IDBC_OK || known.state == IDBC_MOVED_NOT)
			return rc;
	}
	return ask_enter(m, &req->user_id, IDBC_MOVED_DELETED, req->deadline_ns, err);
}

/* --- without an intent ------------------------------------------------------------------------- */
/* Called by `to` last before its commit: what `from` says then decides for both. */
struct both {
	struct migrate *m;
	const struct idbc_delete_req *req;
	struct idbc_error *err;
	int asked, agreed, was, rc;
};

static int host_agrees(void *ctx)
{
	struct both *both = ctx;
	int answer;

	if (both->agreed)
		return 0;
	answer = both->req->agree ? both->req->agree(both->req->agree_ctx) : 0;
	if (answer)
		both->err->native = answer;
	both->agreed = !answer;
	return answer;
}

static int from_agrees(void *ctx)
{
	struct both *both = ctx;

	if (both->asked)
		return both->rc != IDBC_OK;
	both->asked = 1;
	both->rc = out_of_from(both->m, both->req, host_agrees, both, &both->was, both->err);
	return both->rc != IDBC_OK;
}

/* Nothing is entered while `to` has its transaction open, which may lock all of it.  That he is
 * `to`'s is known beforehand, so that no crash brings him back out of a `from` that keeps him. */
static int enter_owned(struct migrate *m, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct known known;
	struct found found;
	int rc = ask_known(m, &req->user_id, req->deadline_ns, &known, err);

	if (rc != IDBC_OK || !known.there || known.state != IDBC_MOVED_NOT)
		return rc;
	found_init(&found);
	rc = ask_user(m, m->from, IDBC_BY_USER_ID, &req->user_id, req->deadline_ns, &found, err);
	found_free(&found);
	if (rc == IDBC_OK)
		return ask_enter(m, &req->user_id, IDBC_MOVED_MOVED, req->deadline_ns, err);
	return rc == IDBC_NO_USER || rc == IDBC_INVALID ? IDBC_OK : rc;
}

/* Not in `to`, and `from` may still answer for him. */
static int now_in_from(struct migrate *m, struct both *both, struct idbc_error *err)
{
	const struct idbc_delete_req *req = both->req;
	struct found found;
	int rc;

	found_init(&found);
	rc = move_find(m, IDBC_BY_USER_ID, &req->user_id, req->deadline_ns, &found, err);
	found_free(&found);
	if (rc != IDBC_OK)
		return rc;
	*err = *both->err;
	both->err = err;
	if (from_agrees(both))
		return both->rc;
	return enter_deleted(m, req, both->was, err);
}

static int delete_now(struct migrate *m, const struct idbc_delete_req *asked,
		      struct idbc_error *err)
{
	struct idbc_error inner = *err;
	struct both both = { .m = m, .req = asked, .err = &inner };
	struct idbc_delete_req req = *asked;
	int rc = enter_owned(m, asked, err);

	if (rc != IDBC_OK)
		return rc;
	ask_clear(err);
	req.agree = from_agrees;
	req.agree_ctx = &both;
	rc = delete_in(m->to, &req, err);
	if (rc == IDBC_NO_USER && !both.asked)
		return now_in_from(m, &both, err);
	if (rc == IDBC_OK)              /* gone from both: whatever becomes of this */
		enter_deleted(m, asked, both.was, &inner);
	if (both.asked && both.rc != IDBC_OK && rc == IDBC_CANCELLED) {
		*err = inner;           /* why `from` kept him; `to` has rolled back */
		return both.rc;
	}
	return rc;
}

/* --- by an intent ------------------------------------------------------------------------------ */
static int hide(struct migrate *m, const struct idbc_delete_req *asked, struct idbc_error *err)
{
	struct idbc_delete_req req = *asked;
	struct found found;
	int rc = delete_in(m->to, &req, err);

	if (rc != IDBC_NO_USER)
		return rc;
	found_init(&found);
	rc = move_find(m, IDBC_BY_USER_ID, &req.user_id, req.deadline_ns, &found, err);
	found_free(&found);
	if (rc != IDBC_OK)
		return rc;
	req.flags |= IDBC_DELETE_ABSENT;
	return delete_in(m->to, &req, err);
}

/* Entered as deleted is the point of no return: by whoever holds the intent at that moment,
 * before `from` is touched.  He was agreed to. */
static int decide(struct migrate *m, const struct idbc_delete_req *asked, struct idbc_error *err)
{
	const struct idbc_moved_req req = { .size = sizeof(req), .flags = IDBC_MOVED_SET,
		.deadline_ns = asked->deadline_ns, .user_id = asked->user_id,
		.state = IDBC_MOVED_DELETED, .token = asked->token };
	uint32_t now;

	ask_clear(err);
	return m->to->ops->moved(m->to->self, &req, &now, err);
}

static int finish(struct migrate *m, const struct idbc_delete_req *asked, struct idbc_error *err)
{
	struct idbc_delete_req req = *asked;
	int was, rc = decide(m, &req, err);

	req.phase = IDBC_DELETE_FINISH;
	if (rc == IDBC_OK)
		rc = out_of_from(m, &req, NULL, NULL, &was, err);
	return rc == IDBC_OK ? delete_in(m->to, &req, err) : rc;
}

/* His profile is gone, by whoever decided; what that one did not end is ended here. */
static int show(struct migrate *m, const struct idbc_delete_req *req, struct idbc_error *err)
{
	int rc = delete_in(m->to, req, err);

	if (rc != IDBC_CONFLICT || strcmp(err->code, "delete_decided") != 0)
		return rc;
	rc = finish(m, req, err);
	if (rc != IDBC_OK)
		return rc;
	return m->host->fail(m->host, err, IDBC_CONFLICT, "intent_taken",
			     "the delete was decided before, and is over");
}

int migrate_delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct migrate *m = self;

	if (!takes_deletes(m->to))
		return m->host->fail(m->host, err, IDBC_UNSUPPORTED, "", "not supported by the store");
	switch (req->phase) {
	case IDBC_DELETE_NOW:
		return delete_now(m, req, err);
	case IDBC_DELETE_HIDE:
		return hide(m, req, err);
	case IDBC_DELETE_FINISH:
		return finish(m, req, err);
	case IDBC_DELETE_SHOW:
		return show(m, req, err);
	default:
		return delete_in(m->to, req, err);
	}
}

int migrate_intents(void *self, int64_t deadline_ns, struct idbc_sink *sink,
		    struct idbc_error *err)
{
	struct migrate *m = self;

	if (!LOWER_HAS(m->to, intents))
		return IDBC_OK;
	return m->to->ops->intents(m->to->self, deadline_ns, sink, err);
}

/* --- what became of a write ---------------------------------------------------------------------- */
static int is_delete_now(const struct idbc_settle_req *req)
{
	const struct idbc_delete_req *write = req->write;

	return req->kind == IDBC_SETTLE_DELETE_USER && write->phase == IDBC_DELETE_NOW;
}

/* Gone is who is gone from both, or whose id is entered as deleted. */
static int settle_from(struct migrate *m, const struct idbc_settle_req *req, uint32_t *effect,
		       struct idbc_error *err)
{
	struct found found;
	int rc;

	found_init(&found);
	rc = move_find(m, IDBC_BY_USER_ID, &req->user_id, req->deadline_ns, &found, err);
	found_free(&found);
	if (rc == IDBC_OK)
		*effect = IDBC_EFFECT_NONE;
	if (rc != IDBC_OK && rc != IDBC_NO_USER)
		return rc;
	ask_clear(err);
	return IDBC_OK;
}

/* A write of a user who is in `from` still says nothing in `to`. */
int migrate_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
		   struct idbc_error *err)
{
	struct migrate *m = self;
	int rc;

	*effect = IDBC_EFFECT_UNKNOWN;
	if (!LOWER_HAS(m->to, settle))
		return IDBC_OK;
	rc = m->to->ops->settle(m->to->self, req, effect, err);
	if (rc == IDBC_OK && *effect == IDBC_EFFECT_APPLIED && is_delete_now(req))
		rc = settle_from(m, req, effect, err);
	return rc;
}
