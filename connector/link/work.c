/* connector/link/work.c - job: what takes as long as a client library pleases, connecting and
 * disconnecting, off the callers' threads: a caller waits until its deadline and no longer, and
 * a session that comes late is somebody else's.
 *
 * Threads: started when there is work, at most one for each seat, gone after a while without.
 * Lock: the pool's, never held while the driver runs.  A connect that never returns keeps its
 * seat, its thread and the link, and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/guest.h"
#include "base/thread.h"
#include "link/inside.h"

#define ENOUGH_BYTES    ((size_t)1 << 20)
#define LINGER_NS       (2000 * POOL_NS_PER_MS)
#define PATIENCE_NS     (1000 * POOL_NS_PER_MS) /* of who closes */
#define CONNECT_NS      (5000 * POOL_NS_PER_MS) /* a connect gets so long, whoever waits */
#define OVERDUE_NS      (1000 * POOL_NS_PER_MS) /* after its deadline it is not counted on */
#define SLOW_CONNECT_NS (1000 * POOL_NS_PER_MS) /* shorter time-outs are the caller's own */

/* --- connecting ------------------------------------------------------------------------ */
/* A host may have closed its standard descriptors, and its other libraries print into
 * whatever has their numbers: no store's socket may. */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return;
}

/* Client libraries do not all survive a malloc() that fails: none is begun without a little. */
static int has_memory(void)
{
	void *volatile some = malloc(ENOUGH_BYTES);
	int has = some != NULL;

	free(some);
	return has;
}

static int means_down(const struct seat *seat, int rc)
{
	if (rc == IDBC_TIMEOUT)
		return clock_now_ns() - seat->begun_ns >= SLOW_CONNECT_NS;
	return rc == IDBC_UNAVAILABLE;
}

static void seat_free(struct pool *pool, struct seat *seat)
{
	seat->driver_session = NULL;
	seat->job = JOB_NONE;
	seat->taken = 0;
	seat->after = pool->free;
	pool->free = seat;
	pool->nopen--;
}

static void connected(struct link *link, struct seat *seat)
{
	seat->born_ns = clock_now_ns();
	atomic_store_explicit(&seat->used_ns, seat->born_ns, memory_order_relaxed);
	seat->job = JOB_NONE;
	link->pool.backoff_ms = 0;
	pool_hand(link, seat, 0);
}

static void failed(struct link *link, struct seat *seat, int rc, const struct idbc_error *err)
{
	struct pool *pool = &link->pool;
	int down = means_down(seat, rc);

	atomic_fetch_add_explicit(&pool->failures, 1, memory_order_relaxed);
	if (down)
		down_note(pool, seat->begun_ns, err);
	if (!seat->overdue && !(down && pool->backoff_ms && pool_works(pool, clock_now_ns())))
		pool_fail_first(pool, rc, err);
	seat_free(pool, seat);
}

/* What changed is told after the lock: the host's log is the host's code. */
static void tell(const struct link *link, uint32_t before_ms, uint32_t after_ms,
		 const struct idbc_error *err)
{
	const char *name = link->driver->table.name;

	if (after_ms > before_ms)
		log_line(link->log, IDBC_LOG_WARNING, 0, 0, name,
			 "store is down, next try in %u ms: %s", after_ms, err->text);
	else if (before_ms && !after_ms)
		log_line(link->log, IDBC_LOG_INFO, 0, 0, name, "store is back");
}

static void connect_ended(struct link *link, struct seat *seat, int rc,
			  const struct idbc_error *err)
{
	struct pool *pool = &link->pool;
	uint32_t before_ms, after_ms;

	pthread_mutex_lock(&pool->lock);
	before_ms = pool->backoff_ms;
	if (seat->overdue)
		pool->noverdue--;
	else
		pool->nconnecting--;
	if (seat->probe && !seat->overdue)
		pool->probing = 0;
	if (rc == IDBC_OK)
		connected(link, seat);
	else
		failed(link, seat, rc, err);
	pool_serve(link, clock_now_ns());
	after_ms = pool->backoff_ms;
	pthread_mutex_unlock(&pool->lock);
	tell(link, before_ms, after_ms, err);
}

static void connect_seat(struct link *link, struct seat *seat, int thread_rc)
{
	const struct idbc_driver *driver = &link->driver->table;
	struct idbc_error err = IDBC_ERROR_INIT;
	int64_t deadline_ns = seat->overdue_ns - OVERDUE_NS;
	int rc;

	seat->driver_session = NULL;
	if (thread_rc) {
		rc = err_set(&err, IDBC_NOMEM, "link", "driver %s cannot work on a new thread",
			     driver->name);
	} else if (!has_memory()) {
		rc = err_nomem(&err, "link");
	} else {
		keep_standard_descriptors();
		atomic_fetch_add_explicit(&link->pool.connects, 1, memory_order_relaxed);
		rc = driver->connect(link->instance, deadline_ns, &seat->driver_session, &err);
		rc = link_believe(link, LINK_CALL_CONNECT, rc, &err);
	}
	if (rc == IDBC_OK && !seat->driver_session)
		rc = err_set(&err, IDBC_DRIVER, "link", "driver %s connected to nothing",
			     driver->name);
	seat->quiet = rc == IDBC_OK && driver->quiet(seat->driver_session) != 0;
	connect_ended(link, seat, rc, &err);
}

void work_overdue(struct link *link, int64_t now)
{
	struct pool *pool = &link->pool;
	struct idbc_error err = IDBC_ERROR_INIT;

	for (uint32_t i = 0; i < pool->max; i++) {
		struct seat *seat = &pool->seats[i];

		if (seat->job != JOB_CONNECT || seat->overdue)
			continue;
		if (seat->overdue_ns > now) {
			pool_look_by(link, seat->overdue_ns);
			continue;
		}
		seat->overdue = 1;
		pool->nconnecting--;
		pool->noverdue++;
		if (seat->probe)
			pool->probing = 0;
		err_set(&err, IDBC_TIMEOUT, "pool", "connecting does not end");
		down_note(pool, seat->begun_ns, &err);
	}
}

/* --- disconnecting ---------------------------------------------------------------------- */
void work_disconnect(struct link *link, struct seat *seat)
{
	struct pool *pool = &link->pool;
	struct guest guest;

	guest_enter(&guest);
	link->driver->table.disconnect(seat->driver_session);
	guest_leave(&guest);
	pthread_mutex_lock(&pool->lock);
	seat_free(pool, seat);
	pool_serve(link, clock_now_ns());
	pthread_mutex_unlock(&pool->lock);
}

static void run_job(struct link *link, struct seat *seat, int thread_rc)
{
	if (seat->job == JOB_CONNECT)
		connect_seat(link, seat, thread_rc);
	else
		work_disconnect(link, seat);
}

/* --- workers ---------------------------------------------------------------------------- */
/* All of these with the lock held. */
static struct seat *next_job(struct pool *pool)
{
	struct seat *seat = pool->jobs;

	if (!seat)
		return NULL;
	pool->jobs = seat->after;
	if (!pool->jobs)
		pool->last_job = &pool->jobs;
	pool->njobs--;
	if (pool->undone > pool->njobs)
		pool->undone = pool->njobs;
	return seat;
}

static struct seat *await_job(struct pool *pool)
{
	int64_t until = clock_now_ns() + LINGER_NS;
	int late = 0;

	pool->nidlers++;
	while (!pool->jobs && !pool->closing && !late)
		late = thread_cond_wait(&pool->work, &pool->lock, until);
	pool->nidlers--;
	return next_job(pool);
}

static void shift(struct link *link)
{
	struct pool *pool = &link->pool;
	int thread_rc = link->driver->table.thread_begin(link->instance);
	struct seat *seat;

	pthread_mutex_lock(&pool->lock);
	while ((seat = await_job(pool)) != NULL) {
		pthread_mutex_unlock(&pool->lock);
		run_job(link, seat, thread_rc);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	if (!thread_rc)
		link->driver->table.thread_end(link->instance);
}

static void worker_run(void *ctx)
{
	struct worker *worker = ctx;
	struct link *link = worker->link;
	struct pool *pool = &link->pool;
	int last;

	shift(link);
	pthread_mutex_lock(&pool->lock);
	while (pool->jobs) {            /* one that counted on this thread as it was leaving */
		pthread_mutex_unlock(&pool->lock);
		shift(link);
		pthread_mutex_lock(&pool->lock);
	}
	worker->state = WORKER_ENDED;
	pool->nworkers--;
	last = link_let_go(link);
	pthread_cond_broadcast(&pool->left);
	pthread_mutex_unlock(&pool->lock);
	if (last)
		link_end(link);
}

static int hire(struct link *link)
{
	struct pool *pool = &link->pool;
	struct worker *worker = pool->workers;

	if (pool->nworkers == pool->max)
		return 0;
	while (worker->state == WORKER_RUNS)
		worker++;
	if (worker->state == WORKER_ENDED)
		pthread_join(worker->thread, NULL);
	worker->state = WORKER_NONE;
	worker->link = link;
	link_hold(link);
	if (thread_start(&worker->thread, worker_run, worker, THREAD_ROOMY)) {
		link_let_go(link);
		return -1;
	}
	worker->state = WORKER_RUNS;
	pool->nworkers++;
	return 0;
}

/* A connect serves who waits longest, but is no shorter for his sake than it needs to be. */
static void prepare(struct link *link, struct seat *seat)
{
	struct pool *pool = &link->pool;
	int64_t timeout_ns = link->config->timeout_ms * POOL_NS_PER_MS, deadline;

	seat->begun_ns = clock_now_ns();
	deadline = seat->begun_ns + (timeout_ns < CONNECT_NS ? timeout_ns : CONNECT_NS);
	if (pool->first && pool->first->deadline_ns > deadline)
		deadline = pool->first->deadline_ns;
	seat->overdue_ns = deadline + OVERDUE_NS;
	seat->overdue = 0;
	seat->probe = pool->backoff_ms != 0;
	pool->probing |= seat->probe;
	pool->nconnecting++;
	pool_look_by(link, seat->overdue_ns);
}

void work_add(struct link *link, struct seat *seat, enum seat_job job)
{
	struct pool *pool = &link->pool;

	if (job == JOB_CONNECT)
		prepare(link, seat);
	seat->job = job;
	seat->after = NULL;
	*pool->last_job = seat;
	pool->last_job = &seat->after;
	pool->njobs++;
	if (pool->nidlers >= pool->njobs)
		pthread_cond_signal(&pool->work);
	else if (hire(link))
		pool->undone++;
}

void work_help(struct link *link)
{
	struct pool *pool = &link->pool;
	struct seat *seat = NULL;
	struct guest guest;

	pthread_mutex_lock(&pool->lock);
	if (pool->undone) {
		pool->undone--;
		seat = next_job(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	if (!seat)
		return;
	guest_enter(&guest);
	run_job(link, seat, 0);
	guest_leave(&guest);
}

/* --- the end ----------------------------------------------------------------------------- */
/* With the lock held: who has gone is waited for, who has not is left to himself. */
static void part(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->max; i++) {
		struct worker *worker = &pool->workers[i];

		if (worker->state == WORKER_ENDED)
			pthread_join(worker->thread, NULL);
		else if (worker->state == WORKER_RUNS)
			pthread_detach(worker->thread);
		worker->state = WORKER_NONE;
	}
}

/* What nobody has taken: who is connected is disconnected, and nobody connects any more. */
static void finish_jobs(struct link *link)
{
	struct pool *pool = &link->pool;
	struct seat *seat;

	do {
		pthread_mutex_lock(&pool->lock);
		seat = next_job(pool);
		pthread_mutex_unlock(&pool->lock);
		if (seat && seat->job == JOB_DISCONNECT)
			work_disconnect(link, seat);
	} while (seat);
}

void pool_close(struct link *link)
{
	struct pool *pool = &link->pool;
	int64_t until = clock_now_ns() + PATIENCE_NS;
	int late = 0;

	alarm_stop(&pool->alarm);
	pthread_mutex_lock(&pool->lock);
	pool->closing = 1;
	pthread_cond_broadcast(&pool->work);
	while (pool->nworkers && !late)
		late = thread_cond_wait(&pool->left, &pool->lock, until);
	part(pool);
	pthread_mutex_unlock(&pool->lock);
	finish_jobs(link);
}
