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
#define AFTER_MS   100          /* beside something else no more are begun after this, */
#define SPARE_MS   100          /* nor with less than this of the other call's time */
#define STEP_MS    1000u        /* and the store's part in each takes no longer */

struct recovery {
	struct idbc *conn;
	int begun, hosted;              /* the thread is ready for the driver; is a host's */
	uint32_t step_ms;               /* for each intent, remove() included */
	int64_t until_ns;               /* none is begun after it */
	int64_t latest_ns;              /* and no store is waited for; INT64_MAX: for each its step */
	int has_store;
	int tells;                      /* the caller hears what fails */
	uint32_t left;                  /* not ours to end: no profile store is registered */
	uint32_t moved;                 /* what has ended */
	uint32_t skip, stuck;           /* the oldest, passed over; that could not be taken now */
	struct interrupted *failed;     /* those that did not end are not tried again */
	uint32_t nfailed;
	int rc;                         /* of the first that failed, with its error */
	struct idbc_error err;
};
struct page {
	struct recovery *recovery;
	struct interrupted item[RECOVER_AT_ONCE];
	uint32_t n, left, seen;
	uint32_t passed;                /* of those to be skipped */
};

/* --- a call of its own for each step ---------------------------------------------------------- */
static const struct idbc_request delete_request = { .size = sizeof(struct idbc_request),
	.kind = IDBC_DELETE_USER, .by = IDBC_BY_USER_ID };

static int64_t earlier(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static void step_enter(const struct recovery *recovery, struct call *call)
{
	*call = (struct call){ .conn = recovery->conn, .req = &delete_request,
		.by = IDBC_BY_USER_ID, .hosted = recovery->hosted };
	call->id = call_next_id(call->conn);
	call->started_ns = clock_now_ns();
	call->deadline_ns = earlier(call->started_ns + recovery->step_ms * MS_NS,
				    recovery->latest_ns);
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
	page->n = page->left = page->seen = page->passed = 0;
}

static int has_failed(const struct recovery *recovery, const struct interrupted *found)
{
	for (uint32_t i = 0; i < recovery->nfailed; i++)
		if (recovery->failed[i].id_len == found->id_len &&
		    !memcmp(recovery->failed[i].id, found->id, found->id_len))
			return 1;
	return 0;
}

static int item_copy(struct interrupted *item, const struct interrupted *from)
{
	*item = *from;
	item->id = text_dup(from->id, from->id_len);
	return item->id ? 0 : -1;
}

static int take_in(void *ctx, const struct interrupted *found)
{
	struct page *page = ctx;

	if (!found) {
		page_free(page);
		return 0;
	}
	page->seen++;
	if (found->profile_store && !page->recovery->has_store)
		page->left++;
	else if (page->passed < page->recovery->skip)
		page->passed++;
	else if (page->n < RECOVER_AT_ONCE && !has_failed(page->recovery, found))
		page->n += !item_copy(&page->item[page->n], found);
	return page->n == RECOVER_AT_ONCE && page->seen >= LOOKED_AT;
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

/* Without the memory to know him again nobody more is tried. */
static void remember(struct recovery *recovery, const struct interrupted *item)
{
	struct interrupted *more = realloc(recovery->failed,
					   (recovery->nfailed + 1) * sizeof(*more));

	if (more)
		recovery->failed = more;
	if (more && !item_copy(&more[recovery->nfailed], item))
		recovery->nfailed++;
	else
		recovery->until_ns = 0;
}

static void forget_failed(struct recovery *recovery)
{
	for (uint32_t i = 0; i < recovery->nfailed; i++)
		free(recovery->failed[i].id);
	free(recovery->failed);
}

/* Whoever came first has it, or it is ended by now: nothing of ours. */
static int is_anothers(int rc)
{
	return rc == IDBC_CONFLICT || rc == IDBC_NO_USER;
}

/* 1: it has ended. */
static int end(struct recovery *recovery, struct deletion *deletion)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = deletion_take(deletion, &err);

	if (is_anothers(rc)) {
		recovery->stuck += strcmp(err.code, "intent_taken") != 0;
		return 0;
	}
	if (rc == IDBC_OK)
		rc = deletion_conclude(deletion, &err);
	else
		recovery->stuck++;
	note(recovery, deletion, rc, &err);
	return rc == IDBC_OK || rc == IDBC_CANCELLED;
}

static void recover_one(struct recovery *recovery, const struct interrupted *item)
{
	struct deletion deletion = { .flags = item->profile_store ? IDBC_DELETE_PROFILE_STORE : 0,
		.hurried = recovery->latest_ns != INT64_MAX };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct call call;
	int ended = 0;

	step_enter(recovery, &call);
	call.identifier = (struct idbc_str){ item->id, item->id_len };
	deletion.call = &call;
	memcpy(deletion.token, item->token, sizeof(item->token));
	if (agreement_init(&deletion.agreement, call.conn, &call.identifier, &err) == IDBC_OK)
		ended = end(recovery, &deletion);
	else
		note(recovery, &deletion, IDBC_NOMEM, &err);
	if (!ended)
		remember(recovery, item);
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
	uint32_t n;

	*rc = look(recovery, &page, err);
	n = page.n;
	for (uint32_t i = 0; *rc == IDBC_OK && i < n; i++) {
		if (is_closing(recovery->conn) || clock_now_ns() >= recovery->until_ns)
			break;
		recover_one(recovery, &page.item[i]);
	}
	page_free(&page);
	return *rc == IDBC_OK && n == RECOVER_AT_ONCE && !is_closing(recovery->conn);
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
		.latest_ns = INT64_MAX, .has_store = has_profile_store(conn), .err = IDBC_ERROR_INIT };
	int rc;

	if (!can_recover(conn))
		return err_set(err, IDBC_UNSUPPORTED, "run", "%s", deletion_has_intents(conn) ?
			       "the driver does not list its intents" :
			       "this connection keeps no intents: see \"delete.intents\"");
	while (recover_page(&recovery, err, &rc))
		;
	forget_failed(&recovery);
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
/* Those that are stuck now are passed over by the next one too, until none is found behind them:
 * so everybody has his turn. */
static void recover_some(struct recovery *recovery)
{
	struct idbc *conn = recovery->conn;
	struct idbc_error ignored = IDBC_ERROR_INIT;
	int more, rc;

	recovery->has_store = has_profile_store(conn);
	recovery->step_ms = conn->config->timeout_ms < STEP_MS ? conn->config->timeout_ms : STEP_MS;
	recovery->skip = atomic_load_explicit(&conn->intents.stuck, memory_order_relaxed);
	if (!can_recover(conn))
		return;
	more = recover_page(recovery, &ignored, &rc);
	atomic_store_explicit(&conn->intents.stuck, more || recovery->stuck ?
			      recovery->skip + recovery->stuck : 0, memory_order_relaxed);
	forget_failed(recovery);
}

void recover_after(struct call *call)
{
	int64_t soon_ns = clock_deadline_ns(AFTER_MS);
	struct recovery recovery = { .conn = call->conn, .begun = call->stop->begun,
		.hosted = call->hosted, .latest_ns = call->deadline_ns,
		.until_ns = earlier(soon_ns, call->deadline_ns - SPARE_MS * MS_NS),
		.err = IDBC_ERROR_INIT };

	if (!stop_why(call->stop) && clock_now_ns() < recovery.until_ns)
		recover_some(&recovery);
}

void run_recover_some(struct idbc *conn)
{
	struct recovery recovery = { .conn = conn, .hosted = 1, .latest_ns = INT64_MAX,
		.until_ns = clock_deadline_ns(AFTER_MS), .err = IDBC_ERROR_INIT };
	struct idbc_error ignored = IDBC_ERROR_INIT;

	if (run_enter(conn, &ignored) != IDBC_OK)
		return;
	recover_some(&recovery);
	run_leave(conn);
}
