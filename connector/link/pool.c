/* connector/link/pool.c - job: sessions kept for the next caller, and a store that is down
 * remembered for a while instead of being asked by everybody.
 *
 * Threads: any.  Lock: pool.lock, never held while a driver runs.  A place (nopen) is
 * taken before a session is connected and given up after it has ended, so there are
 * never more than pool.max at the store.  No thread of its own: what has been idle for
 * too long goes at the next checkout or give back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/thread.h"
#include "link/inside.h"

#define NS_PER_MS       INT64_C(1000000)
#define PING_AFTER_NS   (5000 * NS_PER_MS)      /* idle for less: believed alive */
#define BACKOFF_MIN_MS  1000u
#define BACKOFF_MAX_MS  30000u
#define SLOW_CONNECT_NS (1000 * NS_PER_MS)      /* shorter time-outs are the caller's own */

/* --- places and idle sessions --------------------------------------------------------- */
static void place_free(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->nopen--;
	pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

static void end_session(struct link *link, void *driver_session)
{
	link->driver->table.disconnect(driver_session);
	place_free(&link->pool);
}

static int is_stale(const struct link *link, const struct idle *idle, int64_t now)
{
	return now - idle->used_ns > link->config->pool_idle_ms * NS_PER_MS ||
	       now - idle->born_ns > link->config->pool_max_age_ms * NS_PER_MS;
}

/* Takes one idle session out that is to be ended: stale, or any if `all`. */
static int take_unwanted(struct link *link, int all, struct idle *out)
{
	struct pool *pool = &link->pool;
	int64_t now = clock_now_ns();
	uint32_t i = 0;

	pthread_mutex_lock(&pool->lock);
	while (i < pool->nidle && !all && !is_stale(link, &pool->idle[i], now))
		i++;
	if (i == pool->nidle) {
		pthread_mutex_unlock(&pool->lock);
		return 0;
	}
	*out = pool->idle[i];
	pool->nidle--;
	memmove(&pool->idle[i], &pool->idle[i + 1], (pool->nidle - i) * sizeof(*out));
	pthread_mutex_unlock(&pool->lock);
	return 1;
}

/* Is there anything for end_unwanted()?  Called with the lock held. */
static int any_stale(const struct link *link, int64_t now)
{
	for (uint32_t i = 0; i < link->pool.nidle; i++)
		if (is_stale(link, &link->pool.idle[i], now))
			return 1;
	return 0;
}

static void end_unwanted(struct link *link, int all)
{
	struct idle idle;

	while (take_unwanted(link, all, &idle))
		end_session(link, idle.driver_session);
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

/* --- choosing ------------------------------------------------------------------------- */
enum choice { CHOICE_IDLE, CHOICE_CONNECT, CHOICE_SWEEP, CHOICE_FAILED };

struct attempt {
	struct stop *stop;
	int64_t started_ns, deadline_ns;
	int64_t now_ns;                 /* when last looked at the clock */
	uint64_t failures;              /* of the pool, when this one began */
	int probe;                      /* asks for all whether the store is back */
	struct idle idle;
};

static int refuse(const struct pool *pool, int64_t now, struct idbc_error *err)
{
	int64_t wait_ms = (pool->next_try_ns - now + NS_PER_MS - 1) / NS_PER_MS;

	err_set(err, IDBC_UNAVAILABLE, "pool", "store is down, next try in %lld ms: %s",
		(long long)(wait_ms > 0 ? wait_ms : 0), pool->down.text);
	err->native = pool->down.native;
	memcpy(err->sqlstate, pool->down.sqlstate, sizeof(err->sqlstate));
	return CHOICE_FAILED;
}

/* There is a place: may this caller ask the store?  Called with the lock held. */
static enum choice try_connect(struct pool *pool, struct attempt *attempt,
			       struct idbc_error *err)
{
	int64_t now = clock_now_ns();

	if (pool->backoff_ms && (pool->probing || now < pool->next_try_ns))
		return refuse(pool, now, err);
	attempt->probe = pool->backoff_ms != 0;
	attempt->failures = pool->failures;
	pool->probing |= attempt->probe;
	pool->nopen++;
	return CHOICE_CONNECT;
}

static enum choice too_late(const struct attempt *attempt, struct idbc_error *err)
{
	if (stop_why(attempt->stop) == IDBC_CANCELLED) {
		err_set(err, IDBC_CANCELLED, "pool", "cancelled before there was a session");
		return CHOICE_FAILED;
	}
	err_set(err, IDBC_TIMEOUT, "pool", "no session within %lld ms",
		(long long)((clock_now_ns() - attempt->started_ns) / NS_PER_MS));
	return CHOICE_FAILED;
}

static enum choice choose(struct link *link, struct attempt *attempt, struct idbc_error *err)
{
	struct pool *pool = &link->pool;
	enum choice choice;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		if (attempt->now_ns >= attempt->deadline_ns || stop_why(attempt->stop)) {
			choice = too_late(attempt, err);
			break;
		}
		if (any_stale(link, attempt->now_ns)) {
			choice = CHOICE_SWEEP;
			break;
		}
		if (pool->nidle) {
			attempt->idle = pool->idle[--pool->nidle];
			choice = CHOICE_IDLE;
			break;
		}
		if (pool->nopen < link->config->pool_max) {
			choice = try_connect(pool, attempt, err);
			break;
		}
		pool_wait(link, attempt->stop, &pool->changed, attempt->deadline_ns);
		attempt->now_ns = clock_now_ns();
	}
	/* A signal that came as this caller gave up belongs to the next one. */
	if (choice == CHOICE_FAILED)
		pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	return choice;
}

/* --- connecting ----------------------------------------------------------------------- */
static int means_down(const struct attempt *attempt, int rc)
{
	if (rc == IDBC_TIMEOUT)
		return clock_now_ns() - attempt->started_ns >= SLOW_CONNECT_NS;
	return rc == IDBC_UNAVAILABLE;
}

/* Of many connects that fail together only the first doubles the pause. */
static void note_down(struct pool *pool, const struct attempt *attempt,
		      const struct idbc_error *err)
{
	if (attempt->failures != pool->failures)
		return;
	pool->failures++;
	pool->backoff_ms = pool->backoff_ms ? pool->backoff_ms * 2 : BACKOFF_MIN_MS;
	if (pool->backoff_ms > BACKOFF_MAX_MS)
		pool->backoff_ms = BACKOFF_MAX_MS;
	pool->next_try_ns = clock_now_ns() + pool->backoff_ms * NS_PER_MS;
	pool->down = *err;
}

static void connect_ended(struct pool *pool, const struct attempt *attempt, int rc,
			  const struct idbc_error *err)
{
	pthread_mutex_lock(&pool->lock);
	if (attempt->probe)
		pool->probing = 0;
	if (rc == IDBC_OK)
		pool->backoff_ms = 0;
	else if (means_down(attempt, rc))
		note_down(pool, attempt, err);
	if (rc != IDBC_OK) {
		pool->nopen--;
		pthread_cond_broadcast(&pool->changed);
	}
	pthread_mutex_unlock(&pool->lock);
}

/* A host may have closed its standard descriptors, and its other libraries print into
 * whatever has their numbers: no store's socket may. */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return;
}

static int connect_new(struct link *link, struct attempt *attempt, struct session *out,
		       struct idbc_error *err)
{
	void *driver_session = NULL;
	int rc;

	keep_standard_descriptors();
	rc = link->driver->table.connect(link->instance, attempt->deadline_ns, &driver_session,
					 err);
	rc = link_believe(link, LINK_CALL_CONNECT, rc, err);
	if (rc == IDBC_OK && !driver_session)
		rc = err_set(err, IDBC_DRIVER, "link", "driver %s connected to nothing",
			     link->driver->table.name);
	connect_ended(&link->pool, attempt, rc, err);
	if (rc != IDBC_OK)
		return rc;
	out->driver_session = driver_session;
	out->born_ns = clock_now_ns();
	out->reused = 0;
	return IDBC_OK;
}

/* A session idle for long may be dead without anybody having noticed. */
static int revive(struct link *link, struct attempt *attempt, struct session *out)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	const struct idle *idle = &attempt->idle;

	if (attempt->now_ns - idle->used_ns > PING_AFTER_NS &&
	    link->driver->table.ping(idle->driver_session, attempt->deadline_ns, &ignored)) {
		end_session(link, idle->driver_session);
		return 0;
	}
	out->driver_session = idle->driver_session;
	out->born_ns = idle->born_ns;
	out->reused = 1;
	return 1;
}

/* --- the pool's own face -------------------------------------------------------------- */
int pool_checkout(struct link *link, struct stop *stop, int64_t deadline_ns, int fresh,
		  struct session *out, struct idbc_error *err)
{
	int64_t now = clock_now_ns();
	struct attempt attempt = { .stop = stop, .started_ns = now, .now_ns = now, .deadline_ns = deadline_ns };
	struct session got = { .link = link, .ops = &link->driver->ops };
	int rc = IDBC_OK;

	for (;; attempt.now_ns = clock_now_ns()) {
		if (fresh)
			end_unwanted(link, 1);
		switch (choose(link, &attempt, err)) {
		case CHOICE_FAILED:
			return (int)err->status;
		case CHOICE_SWEEP:
			end_unwanted(link, 0);
			continue;
		case CHOICE_CONNECT:
			rc = connect_new(link, &attempt, &got, err);
			break;
		case CHOICE_IDLE:
			if (fresh) {
				end_session(link, attempt.idle.driver_session);
				continue;
			}
			fresh = !revive(link, &attempt, &got);
			if (fresh)      /* where one is dead the others are */
				continue;
			break;
		}
		break;
	}
	if (rc != IDBC_OK)
		return rc;
	*out = got;
	return IDBC_OK;
}

void pool_drop(struct session *session)
{
	end_session(session->link, session->driver_session);
	session->driver_session = NULL;
}

void pool_give_back(struct session *session)
{
	struct pool *pool = &session->link->pool;
	struct idle idle = { session->driver_session, session->born_ns, clock_now_ns() };
	int sweep = 1;

	if (is_stale(session->link, &idle, idle.used_ns)) {
		pool_drop(session);
	} else {
		pthread_mutex_lock(&pool->lock);
		sweep = any_stale(session->link, idle.used_ns);
		pool->idle[pool->nidle++] = idle;
		pthread_cond_signal(&pool->changed);
		pthread_mutex_unlock(&pool->lock);
	}
	session->driver_session = NULL;
	if (sweep)
		end_unwanted(session->link, 0);
}

static int init_conds(struct pool *pool)
{
	if (thread_cond_init(&pool->changed))
		return -1;
	if (thread_cond_init(&pool->judged) == 0)
		return 0;
	pthread_cond_destroy(&pool->changed);
	return -1;
}

static int init_locks(struct pool *pool)
{
	if (pthread_mutex_init(&pool->lock, NULL))
		return -1;
	if (init_conds(pool) == 0)
		return 0;
	pthread_mutex_destroy(&pool->lock);
	return -1;
}

int pool_init(struct link *link)
{
	struct pool *pool = &link->pool;

	pool->idle = calloc(link->config->pool_max, sizeof(*pool->idle));
	if (!pool->idle)
		return -1;
	if (!init_locks(pool))
		return 0;
	free(pool->idle);
	pool->idle = NULL;
	return -1;
}

void pool_empty(struct link *link)
{
	end_unwanted(link, 1);
}

/* A thread that the child does not have may have held the lock, and have been in the midst
 * of the list: then its sessions are left as they are. */
void pool_abandon(struct link *link)
{
	struct pool *pool = &link->pool;

	if (pthread_mutex_trylock(&pool->lock))
		return;
	while (pool->nidle)
		link->driver->table.abandon(pool->idle[--pool->nidle].driver_session);
	free(pool->idle);
	pool->idle = NULL;
	pthread_mutex_unlock(&pool->lock);
}

void pool_fini(struct link *link)
{
	pthread_cond_destroy(&link->pool.judged);
	pthread_cond_destroy(&link->pool.changed);
	pthread_mutex_destroy(&link->pool.lock);
	free(link->pool.idle);
	link->pool.idle = NULL;
}
