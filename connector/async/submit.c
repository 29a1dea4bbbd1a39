/* connector/async/submit.c - job: the host's way in: submit, cancel, release; and the engine
 * that each connection has.
 * Threads: any.  Lock: the engine's.
 */
#include <stdlib.h>
#include "async/inside.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fork.h"

/* --- submit ---------------------------------------------------------------------------------- */
/* Completions wait for a host that does not dispatch, or whose callbacks take long. */
static int is_full(const struct async *async)
{
	return async->queue.n >= async->max_queue || async->answered.n >= async->max_queue;
}

/* Where nobody can run it, or look at its deadline, it is not accepted. */
static int can_run(struct async *async, const struct idbc_op *op)
{
	return (async->nworkers || worker_start(async) == 0) &&
	       alarm_by(&async->alarm, op->deadline_ns) == 0;
}

/* A callback's own thread looks into the queue when it returns: nobody need be woken for the
 * first that it submits.  If another takes that one meanwhile the next needs another. */
static void enqueue(struct async *async, struct idbc_op *op)
{
	struct worker *worker = worker_in_callback(async);

	list_append(&async->queue, op);
	if (async->queue.n > async->queue_high)
		async->queue_high = async->queue.n;
	async->submitted++;
	if (worker && !worker->promised) {
		worker->promised = op;
		op->promise = worker;
		async->waking++;
	}
	engine_kick(async);
}

static int accept(struct async *async, struct idbc_op *op, struct idbc_op **out,
		  struct idbc_error *err)
{
	int rc = IDBC_OK;

	pthread_mutex_lock(&async->lock);
	if (async->closing) {
		rc = err_set(err, IDBC_STATE, "async", "%s", status_text(IDBC_STATE));
	} else if (is_full(async)) {
		async->busy++;
		rc = err_set(err, IDBC_BUSY, "async", "%u calls are waiting",
			     async->queue.n + async->answered.n);
	} else if (!can_run(async, op)) {
		rc = err_set(err, IDBC_NOMEM, "async", "no thread can be started");
	} else {
		if (out) {
			op_ref(op);
			*out = op;      /* before anything can happen to it */
		}
		enqueue(async, op);
	}
	pthread_mutex_unlock(&async->lock);
	return rc;
}

static int submit_held(struct idbc *conn, const struct idbc_request *req, idbc_done_fn *done,
		       void *user, struct idbc_op **out, struct idbc_error *err)
{
	int64_t started_ns = clock_now_ns(), deadline_ns;
	struct idbc_op *op;
	int rc = run_judge(conn, req, started_ns, &deadline_ns, err);

	if (rc != IDBC_OK)
		return rc;
	op = op_new(conn->async, req, err);
	if (!op)
		return (int)err->status;
	op->started_ns = started_ns;
	op->deadline_ns = deadline_ns;
	op->done = done;
	op->ctx = user;
	rc = accept(conn->async, op, out, err);
	if (rc != IDBC_OK)
		op_unref(op);
	return rc;
}

int async_submit(struct idbc *conn, const struct idbc_request *req, idbc_done_fn *done,
		 void *user, struct idbc_op **out, struct idbc_error *err)
{
	int rc = run_enter(conn, err);

	if (rc != IDBC_OK)
		return rc;
	rc = submit_held(conn, req, done, user, out, err);
	run_leave(conn);
	return rc;
}

/* --- the handle ---------------------------------------------------------------------------------- */
/* The connection is there as long as the operation runs, and while this looks: a worker that
 * comes back has to wait for the lock, or for what is held here. */
static void cancel_running(struct async *async, struct idbc_op *op)
{
	struct idbc *conn = async->conn;

	if (op->stopped) {
		pthread_mutex_unlock(&async->lock);
		return;
	}
	op->stopped = 1;
	run_hold(conn);
	engine_stop_running(async, op, IDBC_CANCELLED, 0);
	pthread_mutex_unlock(&async->lock);
	run_leave(conn);
}

void async_cancel(struct idbc_op *op)
{
	struct async *async = op->async;
	uint32_t state;

	if (engine_has_forked(async) || atomic_load(&op->state) == OP_ANSWERED)
		return;
	pthread_mutex_lock(&async->lock);
	state = atomic_load(&op->state);
	if (state == OP_RUNNING) {
		cancel_running(async, op);
		return;
	}
	if (state == OP_QUEUED)
		engine_end_queued(async, op, IDBC_CANCELLED);
	pthread_mutex_unlock(&async->lock);
}

void async_release(struct idbc_op *op)
{
	op_unref(op);
}

/* --- the engine --------------------------------------------------------------------------------------- */
static void stats(struct async *async, struct run_async_stats *out)
{
	pthread_mutex_lock(&async->lock);
	out->workers = async->nworkers;
	out->running = async->active;
	out->left_behind = async->nleft;
	out->queued = async->queue.n;
	out->queue_high = async->queue_high;
	out->waiting = async->answered.n;
	out->submitted = async->submitted;
	out->delivered = async->delivered;
	out->cancelled = async->cancelled;
	out->timeouts = async->timeouts;
	out->busy = async->busy;
	pthread_mutex_unlock(&async->lock);
}

int async_attach(struct idbc *conn, struct idbc_error *err)
{
	struct async *async = calloc(1, sizeof(*async));

	if (!async)
		return err_nomem(err, "async");
	if (pthread_mutex_init(&async->lock, NULL)) {
		free(async);
		return err_nomem(err, "async");
	}
	if (alarm_init(&async->alarm, engine_look, async)) {
		pthread_mutex_destroy(&async->lock);
		free(async);
		return err_nomem(err, "async");
	}
	async->conn = conn;
	async->fork_generation = fork_generation();
	async->event_fd = -1;
	async->max_workers = conn->config->async_workers;
	async->max_queue = conn->config->async_queue;
	async->max_left = conn->config->pool_max;
	atomic_init(&async->refs, 1);
	conn->async = async;
	conn->async_stats = stats;
	return IDBC_OK;
}
