/* connector/async/worker.c - job: the threads that run what is submitted, and tell.
 * Threads: these, and whoever starts or ends them.  Lock: the engine's.
 *
 * A worker that has run a call tells the answer itself and looks for the next one: between two
 * calls of a busy engine nobody is woken.
 */
#include <stdlib.h>
#include "async/inside.h"
#include "base/clock.h"
#include "base/locale.h"
#include "base/registers.h"
#include "base/thread.h"

/* --- one call --------------------------------------------------------------------------------- */
static void tell_here(struct worker *worker, struct idbc_op *op)
{
	locale_t before = locale_host();

	atomic_store_explicit(&worker->in_callback, 1, memory_order_relaxed);
	op_call_back(op);
	atomic_store_explicit(&worker->in_callback, 0, memory_order_relaxed);
	locale_back(before);
}

/* 1: this worker's answer is the answer. */
static int run_call_of(struct worker *worker, struct idbc_op *op)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	int rc;

	if (clock_now_ns() >= op->deadline_ns) {
		if (!op_end_early(op, OP_RUNNING, IDBC_TIMEOUT, IDBC_EFFECT_NONE))
			return 0;
		op->unrun = 1;
		return 1;
	}
	if (!worker->begun)     /* here, where its time is the call's: it is the driver's code */
		worker->begun = link_thread_begin(worker->async->conn->link) == 0;
	op->stop.begun = worker->begun;
	rc = run_accepted(worker->async->conn, &op->req, op->started_ns, &op->stop, &profile,
			  &err);
	return op_finish(op, OP_RUNNING, rc, profile, &err);
}

/* Called with the lock held: the worker is free again, if it was not left behind with it. */
static void settle(struct async *async, struct worker *worker, struct idbc_op *op)
{
	worker->op = NULL;
	engine_redeem(async, worker);
	if (op->left) {
		async->nleft--;
		return;
	}
	list_remove(&async->running, op);
	async->active--;
}

/* Called with the lock held. */
static void take(struct async *async, struct worker *worker, struct idbc_op *op)
{
	struct worker *late = op->promise;

	atomic_store(&op->state, OP_RUNNING);
	list_remove(&async->queue, op);
	list_append(&async->running, op);
	async->active++;
	worker->op = op;
	if (late) {             /* is in his callback, and the next call should not wait for him */
		engine_redeem(async, late);
		engine_kick(async);
	}
}

static void run_one(struct async *async, struct worker *worker, struct idbc_op *op)
{
	int mine, waits;

	take(async, worker, op);
	pthread_mutex_unlock(&async->lock);
	mine = run_call_of(worker, op);
	op_forget(op);
	waits = async->event_fd >= 0;
	if (mine && !waits)
		tell_here(worker, op);
	pthread_mutex_lock(&async->lock);
	settle(async, worker, op);
	if (mine && waits) {
		engine_hand_over(async, op);
		return;
	}
	if (mine)
		engine_count(async, op);
	async->delivered += (uint64_t)mine;
	op_unref(op);
}

static void tell_one(struct async *async, struct worker *worker)
{
	struct idbc_op *op = engine_next_answered(async);

	async->delivering++;
	pthread_mutex_unlock(&async->lock);
	tell_here(worker, op);
	pthread_mutex_lock(&async->lock);
	engine_redeem(async, worker);
	async->delivering--;
	async->delivered++;
	op_unref(op);
}

/* --- the thread --------------------------------------------------------------------------------- */
static void sleep_until_woken(struct async *async, struct worker *worker)
{
	registers_clear();      /* perhaps for long */
	worker->awake = 0;
	worker->next_idle = async->idle;
	async->idle = worker;
	while (!worker->awake)
		pthread_cond_wait(&worker->cond, &async->lock);
	async->waking--;
}

/* With the lock held; whoever closes is told of each step. */
static void poke(struct async *async)
{
	pthread_mutex_unlock(&async->lock);
	run_poke(async->conn);
	pthread_mutex_lock(&async->lock);
}

/* This one takes one; is there more that nobody was woken for? */
static void wake_others(struct async *async)
{
	async->waking++;
	engine_kick(async);
	async->waking--;
}

static void work(struct async *async, struct worker *worker)
{
	async->waking--;
	while (!async->quit) {
		if (async->queue.n + async->answered.n > 1)
			wake_others(async);
		if (async->answered.n && async->event_fd < 0)
			tell_one(async, worker);
		else if (async->queue.n && async->active < async->max_workers)
			run_one(async, worker, async->queue.first);
		else
			sleep_until_woken(async, worker);
		if (async->closing)
			poke(async);
	}
}

static void worker_main(void *arg)
{
	struct worker *worker = arg;
	struct async *async = worker->async;
	struct idbc *conn = async->conn;

	pthread_mutex_lock(&async->lock);
	work(async, worker);
	async->nworkers--;
	pthread_mutex_unlock(&async->lock);
	if (worker->begun)
		link_thread_end(conn->link);
	run_leave(conn);
	engine_unref(async);
}

int worker_start(struct async *async)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return -1;
	worker->async = async;
	if (pthread_cond_init(&worker->cond, NULL)) {
		free(worker);
		return -1;
	}
	run_hold(async->conn);
	engine_ref(async);
	if (thread_start(&worker->thread, worker_main, worker, THREAD_ROOMY)) {
		run_unhold(async->conn);
		engine_unref(async);
		pthread_cond_destroy(&worker->cond);
		free(worker);
		return -1;
	}
	worker->awake = 1;
	worker->next = atomic_load(&async->workers);
	atomic_store(&async->workers, worker);
	async->nworkers++;
	async->waking++;
	return 0;
}

void worker_wake(struct async *async, struct worker *worker)
{
	worker->awake = 1;
	async->waking++;
	pthread_cond_signal(&worker->cond);
}

struct worker *worker_in_callback(struct async *async)
{
	pthread_t self = pthread_self();

	for (struct worker *worker = atomic_load(&async->workers); worker; worker = worker->next)
		if (atomic_load_explicit(&worker->in_callback, memory_order_relaxed) &&
		    pthread_equal(worker->thread, self))
			return worker;
	return NULL;
}

/* --- the end --------------------------------------------------------------------------------------- */
static void tell_to_quit(struct async *async)
{
	struct worker *worker;

	async->quit = 1;
	while ((worker = async->idle)) {
		async->idle = worker->next_idle;
		worker_wake(async, worker);
	}
}

/* One that is still with a call that somebody else has answered ends when its driver lets go. */
void workers_quit(struct async *async)
{
	struct worker *worker;

	pthread_mutex_lock(&async->lock);
	tell_to_quit(async);
	worker = atomic_load(&async->workers);
	for (; worker; worker = worker->next) {
		if (worker->op) {
			pthread_detach(worker->thread);
			continue;
		}
		pthread_mutex_unlock(&async->lock);
		pthread_join(worker->thread, NULL);
		pthread_mutex_lock(&async->lock);
	}
	pthread_mutex_unlock(&async->lock);
}
