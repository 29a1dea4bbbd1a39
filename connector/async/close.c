/* connector/async/close.c - job: the end of a connection: nothing new, nothing queued, a while
 * for what runs, then an answer to each, and no callback afterwards.
 * Threads: one, which may be any but one in a callback.  Locks: the connection's gate, and the
 * engine's under it.
 */
#include <unistd.h>
#include "async/inside.h"
#include "base/clock.h"

/* So long a driver has, once it was told to stop, before it is left to itself. */
#define LET_GO_MS 1000u

/* --- is it quiet ------------------------------------------------------------------------------- */
/* What is waited for: whatever the host is to be told was told; or, beside that, every call is
 * off the connection. */
struct quiet {
	struct async *async;
	int whole;
	int reached;
};

/* Called with the gate held.  1: it is quiet, or there is something to deliver. */
static int is_quiet(void *ctx)
{
	struct quiet *quiet = ctx;
	struct async *async = quiet->async;
	int waits;

	pthread_mutex_lock(&async->lock);
	waits = async->answered.n != 0;
	quiet->reached = !waits && !async->active && !async->delivering;
	if (quiet->whole)
		quiet->reached &= !async->nleft && run_held(async->conn) == async->nworkers;
	pthread_mutex_unlock(&async->lock);
	return waits || quiet->reached;
}

/* Completions that wait run here, with workers or without.  1, or 0: it is not so by then. */
static int wait_until(struct async *async, int whole, int64_t until_ns)
{
	struct quiet quiet = { async, whole, 0 };

	do {
		deliver(async, UINT32_MAX);
		if (run_wait(async->conn, is_quiet, &quiet, until_ns))
			return 0;
	} while (!quiet.reached);
	return 1;
}

/* --- ends ------------------------------------------------------------------------------------------ */
static void refuse_and_cancel_queued(struct async *async)
{
	pthread_mutex_lock(&async->lock);
	async->closing = 1;
	while (async->queue.first)
		engine_end_queued(async, async->queue.first, IDBC_CANCELLED);
	pthread_mutex_unlock(&async->lock);
}

/* The first that still runs and was not told so; `now`: whatever it is doing. */
static struct idbc_op *next_running(struct async *async, int now)
{
	struct idbc_op *op = async->running.first;

	while (op && (atomic_load(&op->state) != OP_RUNNING || (op->stopped && !now)))
		op = op->next;
	return op;
}

static void stop_running(struct async *async, int now)
{
	struct idbc_op *op;

	pthread_mutex_lock(&async->lock);
	while ((op = next_running(async, now))) {
		op->stopped = 1;
		engine_stop_running(async, op, IDBC_CANCELLED, now);
	}
	pthread_mutex_unlock(&async->lock);
}

static void let_finish(struct async *async, uint32_t grace_ms)
{
	if (wait_until(async, 1, clock_deadline_ns(grace_ms)))
		return;
	stop_running(async, 0);
	run_stop_callers(async->conn);
	wait_until(async, 1, clock_deadline_ns(LET_GO_MS));
	stop_running(async, 1);
	wait_until(async, 0, INT64_MAX);
}

/* In a child: the parent's threads are not here, and their locks may be held.  What they were
 * doing stays reachable, so that leak checkers see what is meant. */
static void abandon(struct async *async)
{
	static struct async *_Atomic abandoned;

	if (async->event_fd >= 0)
		close(async->event_fd);
	async->next_abandoned = atomic_load(&abandoned);
	while (!atomic_compare_exchange_weak(&abandoned, &async->next_abandoned, async))
		;
}

static int close_forked(struct idbc *conn)
{
	struct async *async = conn->async;
	int rc = run_close(conn);

	abandon(async);
	return rc;
}

int async_close(struct idbc *conn, uint32_t grace_ms)
{
	struct async *async = conn->async;

	if (!async)
		return run_close(conn);
	if (engine_has_forked(async))
		return close_forked(conn);
	if (async_inside(conn) || run_refuse(conn))
		return IDBC_STATE;
	refuse_and_cancel_queued(async);
	let_finish(async, grace_ms);
	alarm_stop(&async->alarm);
	workers_quit(async);
	if (async->event_fd >= 0)
		close(async->event_fd);
	run_end(conn);
	engine_unref(async);
	return IDBC_OK;
}
