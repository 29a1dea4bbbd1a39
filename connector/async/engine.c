/* connector/async/engine.c - job: what becomes of operations: who is woken for them, and how
 * they end when nobody gets to them in time.
 * Threads: any.  Lock: the engine's, let go around link_stop(), which may wait for the lock of a
 * session.
 */
#include <stdlib.h>
#include <unistd.h>
#include "async/inside.h"
#include "base/clock.h"
#include "base/fork.h"

void engine_ref(struct async *async)
{
	atomic_fetch_add_explicit(&async->refs, 1, memory_order_relaxed);
}

void engine_unref(struct async *async)
{
	struct worker *worker;

	if (atomic_fetch_sub_explicit(&async->refs, 1, memory_order_acq_rel) != 1)
		return;
	while ((worker = atomic_load(&async->workers))) {
		atomic_store(&async->workers, worker->next);
		pthread_cond_destroy(&worker->cond);
		free(worker);
	}
	pthread_mutex_destroy(&async->lock);
	free(async);
}

int engine_has_forked(const struct async *async)
{
	return async->fork_generation != fork_generation();
}

/* --- who does it ----------------------------------------------------------------------------- */
static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Threads that there may be: the workers, one in place of each that is stuck, and one more
 * where an answer has to be told while all of them are busy. */
static int may_start(const struct async *async)
{
	uint32_t telling = async->event_fd < 0 && async->answered.n ? 1 : 0;

	return !async->quit && async->nworkers < async->max_workers + telling +
						 least(async->nleft, async->max_left);
}

static int wake_one(struct async *async)
{
	struct worker *worker = async->idle;

	if (worker) {
		async->idle = worker->next_idle;
		worker_wake(async, worker);
		return 1;
	}
	if (!may_start(async))
		return 0;
	if (worker_start(async) == 0)
		return 1;
	alarm_by(&async->alarm, clock_now_ns() + AGAIN_NS);
	return 0;
}

void engine_kick(struct async *async)
{
	uint32_t room = async->max_workers - least(async->max_workers, async->active);
	uint32_t work = least(async->queue.n, room);

	if (async->event_fd < 0)
		work += async->answered.n;
	while (async->waking < work && wake_one(async))
		;
}

void engine_redeem(struct async *async, struct worker *worker)
{
	if (!worker || !worker->promised)
		return;
	worker->promised->promise = NULL;
	worker->promised = NULL;
	async->waking--;
}

/* --- answers on their way ---------------------------------------------------------------------- */
void engine_count(struct async *async, const struct idbc_op *op)
{
	async->cancelled += op->err.status == IDBC_CANCELLED;
	async->timeouts += op->err.status == IDBC_TIMEOUT;
}

/* The descriptor is readable as long as something waits. */
void engine_tell_host(struct async *async)
{
	uint64_t one = 1;
	ssize_t n = write(async->event_fd, &one, sizeof(one));

	(void)n;                /* full: it is readable */
}

void engine_hand_over(struct async *async, struct idbc_op *op)
{
	engine_count(async, op);
	list_append(&async->answered, op);
	if (async->event_fd >= 0 && async->answered.n == 1)
		engine_tell_host(async);
	else if (async->event_fd < 0)
		engine_kick(async);
}

struct idbc_op *engine_next_answered(struct async *async)
{
	struct idbc_op *op = async->answered.first;
	uint64_t count;
	ssize_t n;

	if (!op)
		return NULL;
	list_remove(&async->answered, op);
	if (async->event_fd >= 0 && !async->answered.n) {
		n = read(async->event_fd, &count, sizeof(count));
		(void)n;
	}
	return op;
}

/* --- ends without an answer of the store's ------------------------------------------------------ */
void engine_end_queued(struct async *async, struct idbc_op *op, uint32_t status)
{
	list_remove(&async->queue, op);
	engine_redeem(async, op->promise);
	op_end_early(op, OP_QUEUED, status, IDBC_EFFECT_NONE);
	op_forget(op);
	engine_hand_over(async, op);
}

static int is_read(const struct idbc_op *op)
{
	return op->req.kind == IDBC_LOGIN || op->req.kind == IDBC_GET_USER;
}

/* Its worker stays with it until the driver lets go. */
static void leave_behind(struct async *async, struct idbc_op *op)
{
	list_remove(&async->running, op);
	op->left = 1;
	async->active--;
	async->nleft++;
	op_ref(op);             /* the worker's own from now on */
	engine_hand_over(async, op);
	engine_kick(async);     /* another worker may take from the queue */
}

void engine_stop_running(struct async *async, struct idbc_op *op, uint32_t why, int now)
{
	uint32_t effect;
	int writing;

	op_ref(op);
	pthread_mutex_unlock(&async->lock);
	writing = link_stop(&op->stop, why);
	pthread_mutex_lock(&async->lock);
	effect = writing && !is_read(op) ? IDBC_EFFECT_UNKNOWN : IDBC_EFFECT_NONE;
	if ((now || effect == IDBC_EFFECT_NONE) && op_end_early(op, OP_RUNNING, why, effect))
		leave_behind(async, op);
	op_unref(op);           /* not the engine's last: whoever asked holds that too */
}

/* --- deadlines ------------------------------------------------------------------------------------ */
static int64_t look_at_queue(struct async *async, int64_t now_ns)
{
	int64_t next = INT64_MAX;
	struct idbc_op *op = async->queue.first, *after;

	for (; op; op = after) {
		after = op->next;
		if (op->deadline_ns <= now_ns)
			engine_end_queued(async, op, IDBC_TIMEOUT);
		else if (op->deadline_ns < next)
			next = op->deadline_ns;
	}
	return next;
}

/* The first that is late, and the time when the next one is. */
static struct idbc_op *find_late(struct async *async, int64_t now_ns, int64_t *next)
{
	for (struct idbc_op *op = async->running.first; op; op = op->next) {
		if (atomic_load(&op->state) != OP_RUNNING)
			continue;
		if (op->deadline_ns + LATE_NS <= now_ns)
			return op;
		if (op->deadline_ns + LATE_NS < *next)
			*next = op->deadline_ns + LATE_NS;
	}
	return NULL;
}

/* A worker should be back by now, since the link interrupted its driver at the deadline. */
int64_t engine_look(void *ctx, int64_t now_ns)
{
	struct async *async = ctx;
	struct idbc_op *op;
	int64_t next;
	int closing;

	pthread_mutex_lock(&async->lock);
	next = look_at_queue(async, now_ns);
	while ((op = find_late(async, now_ns, &next)))
		engine_stop_running(async, op, IDBC_TIMEOUT, 1);
	engine_kick(async);
	closing = async->closing;
	pthread_mutex_unlock(&async->lock);
	if (closing)
		run_poke(async->conn);
	return next;
}
