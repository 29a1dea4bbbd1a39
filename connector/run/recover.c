/* connector/run/recover.c - job: the deletes that a crash interrupted, taken over and ended, by
 * as many processes at once as like to: who takes an intent over by compare-and-swap ends it.
 * Threads: the caller's; no lock and no session is held while the host's remove() runs.
 */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "run/deletion.h"
#include "run/recover.h"

#define MS_NS      INT64_C(1000000)
#define LOOKED_AT  1024u        /* rows of one look; those behind them come with the next */
#define AFTER_MS   100          /* beside something else no more are begun after this */
#define STEP_MS    1000u        /* and the store's part in each takes no longer */

struct recovery {
	struct idbc *conn;
	int begun, hosted;              /* the thread is ready for the driver; is a host's */
	uint32_t step_ms;               /* for each intent, remove() included */
	int64_t until_ns;               /* none is begun after it */
	int has_store;
	int tells;                      /* the caller hears what fails */
	uint32_t left;                  /* not ours to end: no profile store is registered */
	uint32_t moved;                 /* what the next look does not find */
	int rc;                         /* of the first that failed, with its error */
	struct idbc_error err;
};
struct page {
	struct recovery *recovery;
	struct interrupted item[RECOVER_AT_ONCE];
	uint32_t n, left, seen;
};

/* --- a call of its own for each step ---------------------------------------------------------- */
static const struct idbc_request delete_request = { .size = sizeof(struct idbc_request),
	.kind = IDBC_DELETE_USER, .by = IDBC_BY_USER_ID };

static void step_enter(const struct recovery *recovery, struct call *call)
{
	*call = (struct call){ .conn = recovery->conn, .req = &delete_request,
		.by = IDBC_BY_USER_ID, .hosted = recovery->hosted };
	call->id = call_next_id(call->conn);
	call->started_ns = clock_now_ns();
	call->deadline_ns = call->started_ns + recovery->step_ms * MS_NS;
	callers_enter(&call->conn->callers, &call->caller);
	call->caller.stop.begun = recovery->begun;
	call->stop = &call->caller.stop;
}

static void step_leave(struct call *call)
{
	callers_leave(&call->conn->callers, &call->caller);
}

/* --- what there is ------------------------------------------------------------------------------ */
static void page_free(struct page *page)
{
	for (uint32_t i = 0; i < page->n; i++)
		free(page->item[i].id);
	page->n = page->left = page->seen = 0;
}

static int take_in(void *ctx, const struct interrupted *found)
{
	struct page *page = ctx;
	struct interrupted *item = &page->item[page->n];

	if (!found) {
		page_free(page);
		return 0;
	}
	if (found->profile_store && !page->recovery->has_store) {
		page->left++;
	} else if (page->n < RECOVER_AT_ONCE) {
		*item = *found;
		item->id = text_dup(found->id, found->id_len);
		page->n += item->id != NULL;
	}
	return ++page->seen == LOOKED_AT;
}

static int look(struct recovery *recovery, struct page *page, struct idbc_error *err)
{
	struct call call;
	int rc;

	page->recovery = recovery;
	step_enter(recovery, &call);
	rc = interrupted_each(&call, take_in, page, err);
	step_leave(&call);
	recovery->left = page->left;
	if (rc == IDBC_OK)
		atomic_store_explicit(&recovery->conn->intents.left, page->left,
				      memory_order_relaxed);
	return rc;
}

/* --- one of them ---------------------------------------------------------------------------------- */
static void note(struct recovery *recovery, const struct deletion *deletion, int rc,
		 const struct idbc_error *err)
{
	if (rc == IDBC_OK && deletion->mine) {
		atomic_fetch_add_explicit(&recovery->conn->intents.recovered, 1,
					  memory_order_relaxed);
		atomic_fetch_add(&recovery->conn->intents.untold, 1);
	}
	recovery->moved += rc == IDBC_OK || rc == IDBC_CANCELLED;
	if (rc == IDBC_OK || rc == IDBC_CANCELLED)
		call_log(deletion->call, IDBC_LOG_INFO, "a delete that was interrupted has ended: %s",
			 rc == IDBC_OK ? "gone" : "the profile store refused, the user is back");
	else
		call_log(deletion->call, IDBC_LOG_WARNING, "a delete that was interrupted has not "
			 "ended: %s %s", status_name((uint32_t)rc), err->text);
	if (rc == IDBC_OK || rc == IDBC_CANCELLED || recovery->rc != IDBC_OK)
		return;
	recovery->rc = rc;
	recovery->err = *err;
	atomic_fetch_add(&recovery->conn->intents.failed, !recovery->tells);
}

/* Whoever came first has it, or it is ended by now: nothing of ours. */
static int is_anothers(int rc)
{
	return rc == IDBC_CONFLICT || rc == IDBC_NO_USER;
}

static void end(struct recovery *recovery, struct deletion *deletion)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = deletion_take(deletion, &err);

	if (is_anothers(rc)) {
		recovery->moved += !strcmp(err.code, "intent_taken");
		return;
	}
	if (rc == IDBC_OK)
		rc = deletion_conclude(deletion, &err);
	note(recovery, deletion, rc, &err);
}

static void recover_one(struct recovery *recovery, const struct interrupted *item)
{
	struct deletion deletion = { .flags = item->profile_store ? IDBC_DELETE_PROFILE_STORE : 0 };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct call call;

	step_enter(recovery, &call);
	call.identifier = (struct idbc_str){ item->id, item->id_len };
	deletion.call = &call;
	memcpy(deletion.token, item->token, sizeof(item->token));
	if (agreement_init(&deletion.agreement, call.conn, &call.identifier, &err) == IDBC_OK)
		end(recovery, &deletion);
	else
		note(recovery, &deletion, IDBC_NOMEM, &err);
	agreement_free(&deletion.agreement);
	step_leave(&call);
}

static int is_closing(const struct idbc *conn)
{
	return (atomic_load(&conn->running) & CONN_CLOSING) != 0;
}

/* 1: somebody may still be left. */
static int recover_page(struct recovery *recovery, struct idbc_error *err, int *rc)
{
	struct page page = { .n = 0 };
	uint32_t before = recovery->moved, n;

	*rc = look(recovery, &page, err);
	n = page.n;
	for (uint32_t i = 0; *rc == IDBC_OK && i < n; i++) {
		if (is_closing(recovery->conn) || clock_now_ns() >= recovery->until_ns)
			break;
		recover_one(recovery, &page.item[i]);
	}
	page_free(&page);
	return *rc == IDBC_OK && n == RECOVER_AT_ONCE && recovery->moved > before;
}

static int can_recover(const struct idbc *conn)
{
	return deletion_has_intents(conn) && link_has(conn->link, LINK_INTENTS);
}

/* --- all of them ------------------------------------------------------------------------------------ */
static int failed_before(struct idbc_error *err)
{
	err_code(err, IDBC_UNAVAILABLE, "run", "delete_pending",
		 "an interrupted delete could not be ended a moment ago: the log says why");
	err->effect = IDBC_EFFECT_UNKNOWN;
	return IDBC_UNAVAILABLE;
}

static int result(const struct recovery *recovery, int rc, struct idbc_error *err)
{
	uint32_t failed = atomic_exchange(&recovery->conn->intents.failed, 0);

	if (rc != IDBC_OK)
		return rc;
	if (recovery->rc != IDBC_OK) {
		*err = recovery->err;
		return recovery->rc;
	}
	if (recovery->left)
		return err_set(err, IDBC_STATE, "run", "%u interrupted delete%s waits for a profile "
			       "store, and none is registered", recovery->left,
			       recovery->left == 1 ? "" : "s");
	if (failed > recovery->moved)   /* those that have ended now are among them */
		return failed_before(err);
	return is_closing(recovery->conn) ? err_set(err, IDBC_CANCELLED, "run",
						    "the connection is being closed") : IDBC_OK;
}

static int recover_all(struct idbc *conn, uint32_t *finished, struct idbc_error *err)
{
	struct recovery recovery = { .conn = conn, .hosted = 1, .tells = 1,
		.step_ms = conn->config->timeout_ms, .until_ns = INT64_MAX,
		.has_store = has_profile_store(conn), .err = IDBC_ERROR_INIT };
	int rc;

	if (!can_recover(conn))
		return err_set(err, IDBC_UNSUPPORTED, "run", "%s", deletion_has_intents(conn) ?
			       "the driver does not list its intents" :
			       "this connection keeps no intents: see \"delete.intents\"");
	while (recover_page(&recovery, err, &rc))
		;
	*finished = atomic_exchange(&conn->intents.untold, 0);
	return result(&recovery, rc, err);
}

int run_recover(struct idbc *conn, uint32_t *finished, struct idbc_error *err)
{
	int rc = run_enter(conn, err);

	if (rc != IDBC_OK)
		return rc;
	rc = recover_all(conn, finished, err);
	run_leave(conn);
	return rc;
}

/* --- beside something else ------------------------------------------------------------------------- */
static void recover_some(struct idbc *conn, int begun, int hosted)
{
	struct recovery recovery = { .conn = conn, .begun = begun, .hosted = hosted,
		.step_ms = STEP_MS, .until_ns = clock_deadline_ns(AFTER_MS),
		.has_store = has_profile_store(conn),
		.err = IDBC_ERROR_INIT };
	struct idbc_error ignored = IDBC_ERROR_INIT;
	int rc;

	if (conn->config->timeout_ms < recovery.step_ms)
		recovery.step_ms = conn->config->timeout_ms;
	if (can_recover(conn))
		recover_page(&recovery, &ignored, &rc);
}

void recover_after(struct call *call)
{
	if (!stop_why(call->stop))
		recover_some(call->conn, call->stop->begun, call->hosted);
}

void run_recover_some(struct idbc *conn)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;

	if (run_enter(conn, &ignored) != IDBC_OK)
		return;
	recover_some(conn, 0, 1);
	run_leave(conn);
}
