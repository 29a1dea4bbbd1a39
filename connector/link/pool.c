/* connector/link/pool.c - job: sessions kept for the next caller.
 *
 * Threads: any.  Taking an idle session and giving it back takes no lock that two sessions
 * share: the idle ones lie in stacks without one (seat.c).  Lock: pool.lock on the slow way, of
 * those who wait and those who connect; never held while a driver runs.  A seat is taken
 * before a session is connected and freed after it has ended, so there are never more than
 * pool.max at the store.
 *
 * No wake-up is lost: who gives back pushes and then reads `nwaiting`; who waits counts himself
 * and then pops, under the lock.  One of the two sees the other.
 */
#include <stdlib.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/guest.h"
#include "base/thread.h"
#include "link/inside.h"

#define PING_AFTER_NS   (5000 * POOL_NS_PER_MS) /* idle for less: believed alive */
#define PING_NS         (5000 * POOL_NS_PER_MS) /* silent for so long: dead */
#define SLOW_NS         (1000 * POOL_NS_PER_MS) /* a connect that takes longer is not relied on */
#define CONNECTS_AT_ONCE 4u
#define WORKS_NS        (500 * POOL_NS_PER_MS)  /* used since: the store is there */

struct want {
	struct link *link;
	struct stop *stop;
	int64_t started_ns, deadline_ns;
	int64_t now_ns;                 /* when last looked at the clock */
	struct idbc_error *err;
};

/* --- how old ---------------------------------------------------------------------------- */
int64_t pool_expiry(const struct link *link, const struct seat *seat)
{
	int64_t used = atomic_load_explicit(&seat->used_ns, memory_order_relaxed);
	int64_t idle = used + link->config->pool_idle_ms * POOL_NS_PER_MS;
	int64_t age = seat->born_ns + link->config->pool_max_age_ms * POOL_NS_PER_MS;

	return idle < age ? idle : age;
}

int pool_is_stale(const struct link *link, const struct seat *seat, int64_t now)
{
	return now > pool_expiry(link, seat) ||
	       seat->born_ns < atomic_load_explicit(&link->pool.suspect_ns,
						    memory_order_relaxed);
}

void pool_count_expired(struct link *link, const struct seat *seat, int64_t now)
{
	if (now > pool_expiry(link, seat))
		atomic_fetch_add_explicit(&link->pool.expired, 1, memory_order_relaxed);
}

/* Where one is dead, those as old as it are. */
static void suspect(struct pool *pool, const struct seat *seat)
{
	int64_t known = atomic_load(&pool->suspect_ns);

	atomic_fetch_add_explicit(&pool->reconnects, 1, memory_order_relaxed);
	if (seat->born_ns >= known)
		atomic_compare_exchange_strong(&pool->suspect_ns, &known, clock_now_ns());
}

/* --- seats to and from --------------------------------------------------------------------- */
void pool_dispose(struct link *link, struct seat *seat)
{
	struct pool *pool = &link->pool;
	int closing;

	pthread_mutex_lock(&pool->lock);
	closing = pool->closing;
	if (!closing) {
		work_add(link, seat, JOB_DISCONNECT);
		pool_serve(link, clock_now_ns());
	}
	pthread_mutex_unlock(&pool->lock);
	if (closing)
		work_disconnect(link, seat);
	else
		work_help(link);
}

static void dispose_stale(struct link *link, struct seat *seat, int64_t now)
{
	pool_count_expired(link, seat, now);
	pool_dispose(link, seat);
}

void pool_put(struct link *link, struct seat *seat)
{
	struct pool *pool = &link->pool;
	int64_t expiry = pool_expiry(link, seat);
	int64_t sweep = atomic_load_explicit(&pool->sweep_ns, memory_order_relaxed);

	seats_push(pool, seat);
	while (expiry < sweep)
		if (atomic_compare_exchange_weak(&pool->sweep_ns, &sweep, expiry))
			sweep = expiry;
	pool_look_by(link, expiry);
}

static void put_for_all(struct link *link, struct seat *seat)
{
	struct pool *pool = &link->pool;

	pool_put(link, seat);
	if (!atomic_load(&pool->nwaiting))
		return;
	pthread_mutex_lock(&pool->lock);
	pool_serve(link, clock_now_ns());
	pthread_mutex_unlock(&pool->lock);
	work_help(link);
}

static struct seat *take_idle(struct link *link, int64_t now)
{
	struct seat *seat;

	if (atomic_load(&link->pool.nwaiting))
		return NULL;            /* they came first */
	while ((seat = seats_pop(&link->pool)) != NULL && pool_is_stale(link, seat, now))
		dispose_stale(link, seat, now);
	return seat;
}

/* --- who waits; all with the lock held ------------------------------------------------------- */
static void enqueue(struct pool *pool, struct waiter *waiter)
{
	waiter->next = NULL;
	*pool->last = waiter;
	pool->last = &waiter->next;
	atomic_fetch_add(&pool->nwaiting, 1);
}

static void dequeue(struct pool *pool, struct waiter *waiter)
{
	struct waiter **at = &pool->first;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	if (pool->last == &waiter->next)
		pool->last = at;
	atomic_fetch_sub(&pool->nwaiting, 1);
}

static void finish(struct pool *pool, struct waiter *waiter, int rc)
{
	dequeue(pool, waiter);
	waiter->rc = rc;
	waiter->done = 1;
	pthread_cond_signal(&waiter->changed);
}

void pool_hand(struct link *link, struct seat *seat, int reused)
{
	struct waiter *waiter = link->pool.first;

	if (!waiter) {
		pool_put(link, seat);
		return;
	}
	waiter->seat = seat;
	waiter->reused = reused;
	finish(&link->pool, waiter, IDBC_OK);
}

void pool_fail_first(struct pool *pool, int rc, const struct idbc_error *err)
{
	struct waiter *waiter = pool->first;

	if (!waiter)
		return;
	*waiter->err = *err;
	finish(pool, waiter, rc);
}

/* How many of those who wait may count on a connect that is under way: on one that has not
 * come for a while nobody does. */
static uint32_t expected(const struct pool *pool, int64_t now)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < pool->max && pool->nconnecting; i++) {
		const struct seat *seat = &pool->seats[i];

		n += seat->taken && seat->job == JOB_CONNECT && !seat->overdue &&
		     (seat->probe || now - seat->begun_ns < SLOW_NS);
	}
	return n;
}

/* A store may refuse further sessions and serve those that it has: they are waited for. */
int pool_works(const struct pool *pool, int64_t now)
{
	for (uint32_t i = 0; i < pool->max; i++) {
		const struct seat *seat = &pool->seats[i];

		if (seat->taken && seat->job == JOB_NONE &&
		    now - atomic_load_explicit(&seat->used_ns, memory_order_relaxed) < WORKS_NS)
			return 1;
	}
	return 0;
}

/* All but the first `keep` are told what the store last said. */
static void refuse(struct pool *pool, uint32_t keep, int64_t now)
{
	struct waiter *waiter = pool->first, *next;

	for (uint32_t i = 0; waiter; waiter = next, i++) {
		next = waiter->next;
		if (i < keep)
			continue;
		down_refuse(pool, now, waiter->err);
		finish(pool, waiter, IDBC_UNAVAILABLE);
	}
}

static void begin_connect(struct link *link)
{
	struct pool *pool = &link->pool;
	struct seat *seat = pool->free;

	pool->free = seat->after;
	pool->nopen++;
	seat->taken = 1;
	work_add(link, seat, JOB_CONNECT);
}

/* Connects for those who wait: few at once, since the first session that comes back serves
 * many. */
static void staff(struct link *link, int64_t now)
{
	struct pool *pool = &link->pool;
	uint32_t coming = expected(pool, now);

	if (!pool->free && (!pool->backoff_ms || pool->noverdue < pool->max))
		return;
	while (atomic_load(&pool->nwaiting) > coming) {
		if (!down_may_connect(pool, now) || !pool->free) {
			if (pool->backoff_ms && !pool_works(pool, now))
				refuse(pool, coming, now);
			return;
		}
		if (pool->nconnecting >= CONNECTS_AT_ONCE)
			return;
		begin_connect(link);
		coming++;
	}
}

void pool_serve(struct link *link, int64_t now)
{
	struct pool *pool = &link->pool;
	struct seat *seat;

	while (pool->first && (seat = seats_pop(pool)) != NULL) {
		if (!pool_is_stale(link, seat, now)) {
			pool_hand(link, seat, 1);
			continue;
		}
		pool_count_expired(link, seat, now);
		work_add(link, seat, JOB_DISCONNECT);
	}
	if (pool->first && !pool->closing)
		staff(link, now);
}

int pool_wait(struct link *link, struct stop *stop, pthread_cond_t *cond, int64_t deadline_ns)
{
	int rc;

	if (stop) {
		atomic_store(&stop->link, link);
		if (stop_why(stop))
			return 0;
		stop->cond = cond;
	}
	rc = thread_cond_wait(cond, &link->pool.lock, deadline_ns);
	if (stop)
		stop->cond = NULL;
	return rc == 0;
}

/* --- waiting ----------------------------------------------------------------------------------- */
static int too_late(const struct want *want)
{
	if (stop_why(want->stop) == IDBC_CANCELLED)
		return err_set(want->err, IDBC_CANCELLED, "pool",
			       "cancelled before there was a session");
	atomic_fetch_add_explicit(&want->link->pool.timeouts, 1, memory_order_relaxed);
	return err_set(want->err, IDBC_TIMEOUT, "pool", "no session within %lld ms",
		       (long long)((clock_now_ns() - want->started_ns) / POOL_NS_PER_MS));
}

/* Called with the lock held; it is let go where this thread must connect by itself. */
static void await(const struct want *want, struct waiter *waiter)
{
	struct pool *pool = &want->link->pool;
	int waits = 1;

	while (!waiter->done && waits) {
		if (pool->undone) {
			pthread_mutex_unlock(&pool->lock);
			work_help(want->link);
			pthread_mutex_lock(&pool->lock);
			continue;
		}
		waits = pool_wait(want->link, want->stop, &waiter->changed, want->deadline_ns);
	}
	if (!waiter->done)
		dequeue(pool, waiter);
}

static int queue(const struct want *want, struct waiter *waiter)
{
	struct pool *pool = &want->link->pool;
	int closing;

	pthread_mutex_lock(&pool->lock);
	closing = pool->closing;
	if (!closing) {
		enqueue(pool, waiter);
		pool_serve(want->link, want->now_ns);
		await(want, waiter);
	}
	pthread_mutex_unlock(&pool->lock);
	if (closing)
		return err_set(want->err, IDBC_UNAVAILABLE, "pool", "the connection is being closed");
	return waiter->done ? waiter->rc : too_late(want);
}

static int wait_for_seat(const struct want *want, struct seat **out, int *reused)
{
	struct waiter waiter = { .deadline_ns = want->deadline_ns, .err = want->err };
	int rc;

	if (thread_cond_init(&waiter.changed))
		return err_nomem(want->err, "pool");
	rc = queue(want, &waiter);
	pthread_cond_destroy(&waiter.changed);
	if (rc != IDBC_OK)
		return rc;
	*out = waiter.seat;
	*reused = waiter.reused;
	return IDBC_OK;
}

/* --- taking ------------------------------------------------------------------------------------- */
/* A session idle for long may be dead without anybody having noticed.  It gets half of the
 * time at most to say so: the rest is for another one. */
static int is_alive(const struct want *want, struct seat *seat)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	struct guest guest;
	int64_t half_ns = (want->deadline_ns - want->now_ns) / 2;
	int64_t until = want->now_ns + (half_ns < PING_NS ? half_ns : PING_NS);
	int rc;

	if (want->now_ns - seat->used_ns <= PING_AFTER_NS)
		return 1;
	if (seat_begin(want->link, seat, want->stop, until))
		return 0;
	guest_enter(&guest);
	rc = want->link->driver->table.ping(seat->driver_session, until, &ignored);
	guest_leave(&guest);
	return seat_end(seat) == 0 && rc == IDBC_OK;
}

/* 1: it is the caller's.  0: it is gone, perhaps because the call was stopped. */
static int take(const struct want *want, struct seat *seat, int reused)
{
	int alive = !reused || is_alive(want, seat);

	if (alive && seat_begin(want->link, seat, want->stop, want->deadline_ns) == 0)
		return 1;
	if (seat_end(seat) == 0 && alive) {
		put_for_all(want->link, seat);
		return 0;
	}
	if (!alive && !stop_why(want->stop))
		suspect(&want->link->pool, seat);
	pool_dispose(want->link, seat);
	return 0;
}

int pool_checkout(struct link *link, struct stop *stop, int64_t deadline_ns, struct session *out,
		  struct idbc_error *err)
{
	int64_t now = clock_now_ns();
	struct want want = { link, stop, now, deadline_ns, now, err };

	for (;; want.now_ns = clock_now_ns()) {
		int reused = 1, rc = IDBC_OK;
		struct seat *seat;

		if (want.now_ns >= deadline_ns || stop_why(stop))
			return too_late(&want);
		seat = take_idle(link, want.now_ns);
		if (!seat)
			rc = wait_for_seat(&want, &seat, &reused);
		if (rc != IDBC_OK)
			return rc;
		if (!take(&want, seat, reused))
			continue;
		*out = (struct session){ .driver_session = seat->driver_session,
			.ops = &link->driver->ops, .link = link, .seat = seat,
			.reused = reused, .quiet = seat->quiet };
		return IDBC_OK;
	}
}

/* --- giving back ---------------------------------------------------------------------------------- */
void pool_drop(struct session *session)
{
	seat_end(session->seat);
	pool_dispose(session->link, session->seat);
	session->driver_session = NULL;
}

void pool_lost(struct session *session)
{
	suspect(&session->link->pool, session->seat);
	pool_drop(session);
}

void pool_give_back(struct session *session)
{
	struct link *link = session->link;
	struct seat *seat = session->seat;
	int64_t now = clock_now_ns();

	session->driver_session = NULL;
	atomic_store_explicit(&seat->used_ns, now, memory_order_relaxed);
	if (seat_end(seat))
		pool_dispose(link, seat);
	else if (pool_is_stale(link, seat, now))
		dispose_stale(link, seat, now);
	else
		put_for_all(link, seat);
}
