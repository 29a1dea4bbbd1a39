/* drivers/sql/op/settle_phase.c - what became of a phase of a delete whose answer was lost.  Its
 * locks are taken again, on the user's row and on that of the intent, so that it is over; then
 * the intent that stands tells.  Threads: the session's.
 */
#include "sql/op/found.h"
#include "sql/op/removal.h"
#include "sql/user/intent.h"

static int is_token(const struct idbc_str *one, const struct idbc_str *other)
{
	return one->len && str_equal(one, other);
}

/* Hidden by it, by another, or not at all. */
static enum left hidden(const struct idbc_delete_req *req, uint32_t state,
			const struct idbc_str *token)
{
	if (state == PLAN_DELETING && is_token(token, &req->token))
		return FOUND_DONE;
	/* Nobody takes it over, and so nobody ends it, before its lease is over. */
	return state && state != PLAN_KEPT ? FOUND_UNCLEAR : FOUND_NOTHING;
}

static enum left shown(const struct idbc_delete_req *req, uint32_t state,
		       const struct idbc_str *token)
{
	if (state == PLAN_DELETING)
		return is_token(token, &req->token) ? FOUND_NOTHING : FOUND_UNCLEAR;
	return state ? FOUND_UNCLEAR : FOUND_DONE;
}

/* A row that stands and is not to be seen is that of a soft delete: it was finished since. */
static int is_over(struct session *s, const struct idbc_delete_req *req, int there, enum left *out,
		   struct idbc_error *err)
{
	int stands = 0, rc = IDBC_OK;

	if (*out == FOUND_DONE && !there)
		rc = removal_stands(s, &req->user_id, &stands, err);
	if (stands)
		*out = FOUND_UNCLEAR;
	return rc;
}

static enum left finished(const struct idbc_delete_req *req, uint32_t state,
			  const struct idbc_str *token, int there)
{
	if (state == PLAN_DELETING)
		return is_token(token, &req->token) ? FOUND_NOTHING : FOUND_UNCLEAR;
	return there && state != PLAN_KEPT ? FOUND_UNCLEAR : FOUND_DONE;
}

static enum left taken(const struct idbc_delete_req *req, uint32_t state,
		       const struct idbc_str *token)
{
	if (state == PLAN_DELETING && is_token(token, &req->new_token))
		return FOUND_DONE;
	return state == PLAN_DELETING && is_token(token, &req->token) ? FOUND_NOTHING
								      : FOUND_UNCLEAR;
}

int found_phase(struct session *s, const struct idbc_delete_req *req, enum left *out,
		struct idbc_error *err)
{
	struct idbc_str token = { "", 0 };
	struct user user;
	uint32_t state = 0;
	int there, rc = removal_lock(s, &req->user_id, &user, err);

	there = rc == IDBC_OK;
	if (rc != IDBC_OK && rc != IDBC_NO_USER)
		return rc;
	call_clear(err);
	rc = intent_settled(s, &req->user_id, &state, &token, err);
	if (rc != IDBC_OK)
		return rc;
	switch (req->phase) {
	case IDBC_DELETE_HIDE:
		*out = hidden(req, state, &token);
		break;
	case IDBC_DELETE_SHOW:
		*out = shown(req, state, &token);
		rc = is_over(s, req, there, out, err);
		break;
	case IDBC_DELETE_FINISH:
		*out = finished(req, state, &token, there);
		break;
	default:
		*out = taken(req, state, &token);
		break;
	}
	return rc;
}
