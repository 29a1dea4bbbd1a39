/* drivers/sql/op/op_moved.c - where an id of another store stands in this one, for a stacked driver
 * that moves users here.  Threads: the session's.
 */
#include "sql/ops.h"
#include "sql/call/schema.h"
#include "sql/user/intent.h"
#include "sql/user/moved.h"

struct entry {
	const struct idbc_moved_req *req;
	uint32_t state;                 /* as it is entered now */
};

static int hold(struct session *s, const struct idbc_moved_req *req, struct idbc_error *err)
{
	if (intents_on(s))
		return intent_hold(s, &req->user_id, &req->token, err);
	return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "intents",
			     "the connection names no table of intents");
}

static int set(struct session *s, void *ctx, struct idbc_error *err)
{
	struct entry *e = ctx;
	const struct idbc_moved_req *req = e->req;
	int rc = IDBC_OK;

	e->state = req->state;
	if (IDBC_HAS(req, token) && req->token.len)
		rc = hold(s, req, err);
	if (rc != IDBC_OK)
		return rc;
	return moved_set(s, &e->req->user_id, &e->state, err);
}

/* What an intent of his says beside it. */
static int add_hidden(struct session *s, const struct idbc_moved_req *req, uint32_t *state,
		      struct idbc_error *err)
{
	uint32_t intent = 0;
	int rc = intents_on(s) ? intent_state(s, &req->user_id, &intent, NULL, err) : IDBC_OK;

	if (rc == IDBC_OK && intent == PLAN_DELETING)
		*state |= IDBC_MOVED_HIDDEN;
	/* Ended by a process that knows this store alone, it left no other trace. */
	if (rc == IDBC_OK && intent == PLAN_DELETED)
		*state = (*state & ~(uint32_t)IDBC_MOVED_STATES) | IDBC_MOVED_DELETED;
	return rc;
}

static int create(struct session *s, struct idbc_error *err)
{
	return schema_create_moved(s, s->instance->moved, err);
}

static int look(struct session *s, void *ctx, struct idbc_error *err)
{
	(void)ctx;
	return moved_look(s, err);
}

static int run(struct session *s, const struct idbc_moved_req *req, uint32_t *state,
	       struct idbc_error *err)
{
	struct entry e = { req, IDBC_MOVED_NOT };
	int rc = IDBC_OK;

	*state = IDBC_MOVED_NOT;
	if (req->flags & IDBC_MOVED_CREATE)
		rc = create(s, err);
	if (rc == IDBC_OK && (req->flags & IDBC_MOVED_LOOK))
		rc = call_transaction(s, 0, look, NULL, err);
	if (rc != IDBC_OK || req->flags & (IDBC_MOVED_CREATE | IDBC_MOVED_LOOK))
		return rc;
	if (req->flags & IDBC_MOVED_SET)
		rc = call_transaction(s, 0, set, &e, err);
	else
		rc = moved_state(s, &req->user_id, &e.state, err);
	*state = e.state;
	return rc == IDBC_OK ? add_hidden(s, req, state, err) : rc;
}

int op_moved(void *self, const struct idbc_moved_req *req, uint32_t *state,
	     struct idbc_error *err)
{
	struct session *s = self;
	uint32_t found;
	int rc = call_begin(s, req->deadline_ns, OP_LOGIN | OP_GET_USER, err);

	if (rc != IDBC_OK)
		return rc;
	if (!*s->instance->moved)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "moved",
				     "the connection names no table of moved ids");
	rc = run(s, req, &found, err);
	if (rc == IDBC_OK)
		*state = found;
	return rc;
}
