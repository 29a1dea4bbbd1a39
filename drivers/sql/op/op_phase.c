/* drivers/sql/op/op_phase.c - a delete, whole or in phases: each is one transaction.  The user's
 * row is locked first, then the row of the intent is written: who looks under that lock knows.
 * Threads: the session's; of NOW the host's code runs on it.
 */
#include "sql/base/failpoint.h"
#include "sql/op/removal.h"
#include "sql/user/intent.h"
#include "sql/user/moved.h"

#include <string.h>

struct phase {
	const struct idbc_delete_req *req;
	int asked;                      /* agree() is called once, also if all is tried again */
	int answer;
};

/* --- now ------------------------------------------------------------------------------- */

static int ask(struct session *s, struct phase *p, struct idbc_error *err)
{
	if (!p->req->agree)
		return IDBC_OK;
	if (!p->asked)
		p->answer = p->req->agree(p->req->agree_ctx);
	p->asked = 1;
	if (!p->answer)
		return IDBC_OK;
	s->host->fail(s->host, err, IDBC_CANCELLED, "", "the profile store refused");
	err->native = p->answer;
	return IDBC_CANCELLED;
}

/* A tombstone, where his key can come again. */
static int retire(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	int stands, rc = removal_stands(s, id, &stands, err);

	return rc == IDBC_OK && !stands ? intent_retire(s, id, err) : rc;
}

static int delete_now(struct session *s, void *ctx, struct idbc_error *err)
{
	struct phase *p = ctx;
	const struct idbc_str *id = &p->req->user_id;
	struct user user;
	int rc = IDBC_OK;

	/* SQL of the author's own reads him itself. */
	if (!mapping_has_sql(s->plan->mapping, MAP_DELETE_USER))
		rc = removal_lock(s, id, &user, err);
	if (rc == IDBC_OK)
		rc = removal_run(s, id, &user, err);
	if (rc == IDBC_OK && intents_on(s))
		rc = retire(s, id, err);
	return rc == IDBC_OK ? ask(s, p, err) : rc;
}

/* --- in phases ------------------------------------------------------------------------- */

static int exec(struct session *s, const char *sql, struct idbc_error *err)
{
	if (!sql || !s->backend->exec(s->conn, sql, s->deadline_ns, &s->diag))
		return IDBC_OK;
	return call_failed(s, STATE_INSIDE, NULL, err);
}

/* All of him is removed and put back: what the database would refuse it refuses now, while the
 * other store has not been asked. */
static int rehearse(struct session *s, const struct idbc_str *id, struct user *user,
		    struct idbc_error *err)
{
	const struct dialect *d = s->plan->dialect;
	int rc;

	if (!removal_can_be_tried(s))
		return IDBC_OK;
	rc = exec(s, d->savepoint, err);
	if (rc == IDBC_OK)
		rc = removal_run(s, id, user, err);
	if (rc == IDBC_OK)
		rc = exec(s, d->check_now, err);
	return rc == IDBC_OK ? exec(s, d->undo, err) : rc;
}

/* In the other store of a stack he may be all the same. */
static int may_be_absent(const struct phase *p, int rc, struct idbc_error *err)
{
	if (rc != IDBC_NO_USER || !intent_flag(p->req, IDBC_DELETE_ABSENT))
		return rc;
	call_clear(err);
	return IDBC_OK;
}

static int hide(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct phase *p = ctx;
	const struct idbc_str *id = &p->req->user_id;
	struct user user;
	int gone, rc = removal_lock(s, id, &user, err);

	gone = rc == IDBC_NO_USER;
	if (rc == IDBC_OK)
		rc = rehearse(s, id, &user, err);
	else
		rc = may_be_absent(p, rc, err);
	if (rc == IDBC_OK)
		rc = intent_write(s, p->req, err);
	return rc == IDBC_OK && !gone ? moved_new_life(s, id, err) : rc;
}

/* The intent's row is locked by then, and who enters an id as deleted holds that too. */
static int show(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct idbc_delete_req *req = ((const struct phase *)ctx)->req;
	uint32_t state = IDBC_MOVED_NOT;
	int rc = intent_withdraw(s, req, err);

	if (rc == IDBC_OK && *s->instance->moved)
		rc = moved_state(s, &req->user_id, &state, err);
	if (rc != IDBC_OK || (state & IDBC_MOVED_STATES) != IDBC_MOVED_DELETED)
		return rc;
	return s->host->fail(s->host, err, IDBC_CONFLICT, "delete_decided",
			     "the other store was told to delete him");
}

static int take(struct session *s, void *ctx, struct idbc_error *err)
{
	return intent_take(s, ((const struct phase *)ctx)->req, err);
}

/* Who went meanwhile, by another hand, needs no removing. */
static int finish(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct idbc_delete_req *req = ((const struct phase *)ctx)->req;
	struct user user;
	int gone, stands = 0, rc = removal_lock(s, &req->user_id, &user, err);

	gone = rc == IDBC_NO_USER;
	if (gone)
		call_clear(err);
	if (rc == IDBC_OK || gone)
		rc = intent_bury(s, req, err);
	FAILPOINT("sql.buried");
	if (rc == IDBC_OK && !gone)
		rc = removal_run(s, &req->user_id, &user, err);
	if (rc == IDBC_OK)
		rc = removal_stands(s, &req->user_id, &stands, err);
	return rc == IDBC_OK && stands ? intent_keep(s, &req->user_id, err) : rc;
}

/* --- the whole --------------------------------------------------------------------------- */

static call_fn *phase_fn(uint32_t phase)
{
	switch (phase) {
	case IDBC_DELETE_NOW:    return delete_now;
	case IDBC_DELETE_HIDE:   return hide;
	case IDBC_DELETE_SHOW:   return show;
	case IDBC_DELETE_FINISH: return finish;
	case IDBC_DELETE_TAKE:   return take;
	default:                 return NULL;
	}
}

int op_delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct phase p = { .req = req };
	call_fn *fn = phase_fn(req->phase);
	int rc = call_begin(s, req->deadline_ns, OP_DELETE_USER, err);

	if (rc != IDBC_OK)
		return rc;
	if (!fn || (req->phase != IDBC_DELETE_NOW && !intents_on(s)))
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "intents",
				     "the connection names no table of intents");
	if (s->plan->no_way_back && !s->instance->allow_nontransactional)
		return s->host->fail(s->host, err, IDBC_CONFIG, "table-not-transactional",
				     "table \"%s\" knows no transactions: a delete could leave half a "
				     "user", s->plan->no_way_back);
	s->finds_hidden = req->phase != IDBC_DELETE_NOW;
	return call_transaction(s, 0, fn, &p, err);
}
