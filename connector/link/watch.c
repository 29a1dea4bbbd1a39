/* connector/link/watch.c - job: what becomes due without anybody calling: deadlines of calls
 * under way, connects that do not end, sessions idle for too long; and the pool's beginning
 * and end.
 *
 * Threads: pool_look() on the alarm's, which waits for nobody: it interrupts, and hands what
 * is to be disconnected to the workers.  Lock: pool.lock for the second and third, seconds
 * apart; a sweep empties each stack of idle seats for a moment, under the lock, at which those
 * wait who find them empty.
 */
#include <stdlib.h>
#include "base/clock.h"
#include "base/thread.h"
#include "link/inside.h"

/* Where no thread can be had deadlines are the driver's alone to keep. */
void pool_look_by(struct link *link, int64_t when_ns)
{
	int unsaid = 0;

	if (alarm_by(&link->pool.alarm, when_ns))
		atomic_compare_exchange_strong(&link->pool.no_alarm, &unsaid, 1);
}

void pool_say_no_alarm(struct link *link)
{
	int unsaid = 1;

	if (atomic_load_explicit(&link->pool.no_alarm, memory_order_relaxed) == 1 &&
	    atomic_compare_exchange_strong(&link->pool.no_alarm, &unsaid, 2))
		log_line(link->log, IDBC_LOG_WARNING, 0, 0, link->driver->table.name,
			 "no thread for the pool's clock: a call ends when the driver ends it");
}

static void sweep_by(struct pool *pool, int64_t when_ns)
{
	int64_t sweep = atomic_load(&pool->sweep_ns);

	while (when_ns < sweep &&
	       !atomic_compare_exchange_weak(&pool->sweep_ns, &sweep, when_ns))
		;
}

/* The last one in is the last one put back, so that it lies on top again.  Called with the
 * lock held. */
static void put_back(struct link *link, struct seat **kept, uint32_t n)
{
	while (n) {
		struct seat *seat = kept[--n];

		seats_put_back(&link->pool, seat);
		sweep_by(&link->pool, pool_expiry(link, seat));
	}
}

static void sweep_lane(struct link *link, uint32_t lane, int64_t now)
{
	struct pool *pool = &link->pool;
	struct seat *seat, *below;
	uint32_t n = 0;

	for (seat = seats_take_all(pool, lane); seat; seat = below) {
		below = seat_below(pool, seat);
		if (pool_is_stale(link, seat, now)) {
			pool_count_expired(link, seat, now);
			work_add(link, seat, JOB_DISCONNECT);
		} else {
			pool->kept[n++] = seat;
		}
	}
	put_back(link, pool->kept, n);
}

/* Called with the lock held. */
static void sweep(struct link *link, int64_t now)
{
	atomic_store(&link->pool.sweep_ns, INT64_MAX);
	for (uint32_t lane = 0; lane < LANES; lane++)
		sweep_lane(link, lane, now);
}

int64_t pool_look(void *ctx, int64_t now)
{
	struct link *link = ctx;
	struct pool *pool = &link->pool;
	int64_t next = seats_watch(link, now), due;

	pthread_mutex_lock(&pool->lock);
	if (pool->nconnecting)
		work_overdue(link, now);
	if (atomic_load(&pool->sweep_ns) < now)
		sweep(link, now);
	if (pool->first)
		pool_serve(link, now);
	due = atomic_load(&pool->sweep_ns);
	pthread_mutex_unlock(&pool->lock);
	if (due != INT64_MAX)
		due++;                  /* stale is who is past it */
	return due < next ? due : next;
}

/* --- beginning and end --------------------------------------------------------------------- */
static int init_conds(struct pool *pool)
{
	pthread_cond_t *conds[] = { &pool->judged, &pool->work, &pool->left };

	for (size_t i = 0; i < sizeof(conds) / sizeof(conds[0]); i++)
		if (thread_cond_init(conds[i]))
			return -1;
	return 0;
}

static int init_seats(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->max; i++) {
		struct seat *seat = &pool->seats[i];

		*seat = (struct seat){ .after = pool->free };
		atomic_init(&seat->deadline_ns, INT64_MAX);
		if (pthread_mutex_init(&seat->lock, NULL))
			return -1;
		pool->free = seat;
	}
	return 0;
}

int pool_init(struct link *link)
{
	struct pool *pool = &link->pool;

	pool->max = link->config->pool_max;
	pool->last = &pool->first;
	pool->last_job = &pool->jobs;
	atomic_init(&pool->sweep_ns, INT64_MAX);
	atomic_init(&pool->suspect_ns, INT64_MIN);
	pool->down_ns = INT64_MIN;
	pool->seats = aligned_alloc(_Alignof(struct seat), pool->max * sizeof(*pool->seats));
	pool->workers = calloc(pool->max, sizeof(*pool->workers));
	pool->kept = calloc(pool->max, sizeof(*pool->kept));
	if (pool->seats && pool->workers && pool->kept && !init_seats(pool) &&
	    !init_conds(pool) && !pthread_mutex_init(&pool->lock, NULL) &&
	    !alarm_init(&pool->alarm, pool_look, link))
		return 0;
	free(pool->seats);
	free(pool->workers);
	free(pool->kept);
	return -1;
}

void pool_empty(struct link *link)
{
	struct seat *seat;

	while ((seat = seats_pop(&link->pool)) != NULL)
		work_disconnect(link, seat);
}

/* A thread that the child does not have may have held a lock, and a session: none is taken,
 * and only idle ones are touched. */
void pool_abandon(struct link *link)
{
	struct seat *seat;

	while ((seat = seats_pop(&link->pool)) != NULL)
		link->driver->table.abandon(seat->driver_session);
}

void pool_fini(struct link *link)
{
	struct pool *pool = &link->pool;

	for (uint32_t i = 0; i < pool->max; i++)
		pthread_mutex_destroy(&pool->seats[i].lock);
	pthread_cond_destroy(&pool->left);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->judged);
	pthread_mutex_destroy(&pool->lock);
	free(pool->kept);
	free(pool->workers);
	free(pool->seats);
}
