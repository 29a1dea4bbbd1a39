/* connector/run/session.c - job: one driver operation on a session, and what becomes of
 * the session afterwards.  Threads: the caller's; no lock held while the driver runs.
 */
#include <string.h>
#include "base/err.h"
#include "base/guest.h"
#include "run/conn.h"
#include "run/lower.h"

static int worth_keeping(int rc)
{
	return IDBC_STATUS_CLASS(rc) < 3 || rc == IDBC_CANCELLED || rc == IDBC_DATA;
}

/* What ends early ends as whoever stopped it says; what became of a write the driver knows. */
static int ended(const struct call *call, int rc, struct idbc_error *err)
{
	uint32_t why = stop_why(call->stop), effect = err->effect;

	if (!why || (rc != IDBC_TIMEOUT && rc != IDBC_UNAVAILABLE))
		return rc;
	err_set(err, why, "run", "%s", why == IDBC_CANCELLED ? "cancelled while the store worked"
							     : "not done in time");
	err->effect = effect;
	return (int)why;
}

struct work {
	struct call *call;
	call_fn *fn;
	void *ctx;
	int writes;                     /* what the caller asked for */
};

static int stopped(const struct work *work)
{
	return work->writes ? stop_begin_write(work->call->stop) != 0
			    : stop_why(work->call->stop) != 0;
}

/* Who says that it is full is there: another session would hear the same. */
static int is_gone(int rc, const struct idbc_error *err)
{
	return rc == IDBC_UNAVAILABLE && strcmp(err->code, "store_full") != 0 &&
	       strcmp(err->code, "store_damaged") != 0;
}

/* The store went away, or is silent: the sessions as old as this one are not to be trusted. */
static int is_lost(int rc, const struct idbc_error *err)
{
	return is_gone(rc, err) ||
	       (rc == IDBC_TIMEOUT && err->effect == IDBC_EFFECT_UNKNOWN);
}

/* What a client library may do to a host's thread is undone; most sessions do nothing to it. */
static int run_on(const struct work *work, struct session *session, struct idbc_error *err)
{
	struct guest guest;
	int rc;

	if (session->quiet || !work->call->hosted)
		return work->fn(session, work->ctx, err);
	guest_enter(&guest);
	rc = work->fn(session, work->ctx, err);
	guest_leave(&guest);
	return rc;
}

static int attempt(const struct work *work, int *stale, struct idbc_error *err)
{
	struct call *call = work->call;
	struct session session;
	int rc = link_checkout(call->conn->link, call->stop, call->deadline_ns, &session, err);

	*stale = 0;
	if (rc != IDBC_OK)
		return ended(call, rc, err);
	if (stopped(work)) {
		link_give_back(&session);
		return ended(call, IDBC_TIMEOUT, err);
	}
	rc = run_on(work, &session, err);
	*stale = session.reused && is_gone(rc, err) && err->effect == IDBC_EFFECT_NONE;
	if (is_lost(rc, err))
		link_lost(&session);
	else if (worth_keeping(rc))
		link_give_back(&session);
	else
		link_drop(&session);
	return ended(call, rc, err);
}

static int work_on(const struct work *work, struct idbc_error *err)
{
	int stale;
	int rc = attempt(work, &stale, err);

	if (!stale || stop_why(work->call->stop))
		return rc;
	err_clear(err);
	return attempt(work, &stale, err);
}

int call_on_session(struct call *call, call_fn *fn, void *ctx, struct idbc_error *err)
{
	struct work work = { call, fn, ctx, 0 };

	return work_on(&work, err);
}

int call_writing(struct call *call, call_fn *fn, void *ctx, struct idbc_error *err)
{
	struct work work = { call, fn, ctx, 1 };

	return work_on(&work, err);
}

int call_on_fresh_session(struct call *call, call_fn *fn, void *ctx, struct idbc_error *err)
{
	struct work work = { call, fn, ctx, 0 };
	int stale;

	return attempt(&work, &stale, err);
}

struct read_ctx {
	struct call *call;
	uint32_t kind;
	struct rows *rows;
};

static int read_login(struct call *call, struct session *session, struct rows *rows,
		      struct idbc_error *err)
{
	struct idbc_login_req req = { .size = sizeof(req), .by = call->by,
		.deadline_ns = call->deadline_ns, .identifier = call->identifier };

	if (call->below && (link_caps(call->conn->link) & IDBC_CAP_SESSIONLESS))
		req.flags = call->below->flags;
	/* A change proves the current password; the new one is nothing to log in with. */
	if (link_caps(call->conn->link) & IDBC_CAP_DECIDES)
		req.password = call->req->kind == IDBC_CHANGE_PASSWORD ? call->current
								       : call->password;
	return session->ops->login(session->driver_session, &req, &rows->sink, err);
}

static int read_user(struct call *call, struct session *session, struct rows *rows,
		     struct idbc_error *err)
{
	struct idbc_user_req req = { .size = sizeof(req), .by = call->by,
		.deadline_ns = call->deadline_ns, .identifier = call->identifier };

	return session->ops->get_user(session->driver_session, &req, &rows->sink, err);
}

static int read_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct read_ctx *read = ctx;
	enum link_call slot = read->kind == IDBC_LOGIN ? LINK_CALL_LOGIN : LINK_CALL_GET_USER;
	int rc;

	rows_free(read->rows);
	read->rows->deleted = read->rows->unequal = 0;
	read->rows->hidden = read->rows->migrated = 0;
	read->rows->no_credentials = read->kind != IDBC_LOGIN;
	if (read->kind == IDBC_LOGIN)
		rc = read_login(read->call, session, read->rows, err);
	else
		rc = read_user(read->call, session, read->rows, err);
	rc = link_believe(session->link, slot, rc, err);
	return rows_check(read->rows, session->link, slot, rc, err);
}

int call_read(struct call *call, uint32_t kind, struct rows *rows, struct idbc_error *err)
{
	struct read_ctx read = { call, kind, rows };
	int rc = call_on_session(call, read_on, &read, err);

	if (rc == IDBC_NO_USER) {
		err_clear(err);
		rows_free(rows);
		return IDBC_OK;
	}
	if (rc == IDBC_OK)
		rows_keep_matching(rows, call);
	return rc;
}
