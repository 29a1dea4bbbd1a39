/* drivers/sql/call/reaper.c - ends at the server what was interrupted here.
 *
 * A statement that nobody waits for any more still runs there, and holds its locks.  So the
 * server is asked, on a connection of ours, to end it: first the statement alone, which then
 * says so to whoever waits; a moment later its session, and the waiting socket is shut down,
 * whatever the server does.
 * Threads: two of the instance, started by the first interrupt.  The worker talks to the
 * server and may be held by it; the watch never waits for anybody and cuts the others off.
 * Lock: reaper.lock, never held while a backend waits.
 */
#include "sql/call/reaper.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CASES 256
#define GRACE_NS   INT64_C(20000000)    /* for the server's own word that it has stopped */
#define REACH_NS   INT64_C(1000000000)  /* to connect, and to be answered */
#define AGAIN_NS   INT64_C(1000000000)
#define STACK_BYTES (512u << 10)

enum progress { FREE, RUNNING, CANCELLED };
struct reaper_case {
	struct sql_work work;
	enum progress progress;
	int socket;             /* to be shut down; -1: none, or it was */
	int64_t asked_ns;       /* the interrupt */
	int64_t due_ns;         /* the next attempt */
};

/* --- waiting, under the lock ------------------------------------------------------------ */

static void wait_until(struct reaper *r, int64_t until_ns)
{
	struct timespec ts = { until_ns / 1000000000, until_ns % 1000000000 };

	if (until_ns == INT64_MAX)
		pthread_cond_wait(&r->changed, &r->lock);
	else
		pthread_cond_timedwait(&r->changed, &r->lock, &ts);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* --- the watch ---------------------------------------------------------------------------- */

/* The next socket's time. */
static int64_t shut_sockets(struct reaper *r, int64_t now_ns)
{
	int64_t next_ns = INT64_MAX;

	for (int i = 0; i < CASES; i++) {
		struct reaper_case *c = &r->cases[i];

		if (c->socket < 0)
			continue;
		if (now_ns < c->asked_ns + GRACE_NS) {
			next_ns = sooner(next_ns, c->asked_ns + GRACE_NS);
			continue;
		}
		shutdown(c->socket, SHUT_RDWR);
		close(c->socket);
		c->socket = -1;
	}
	return next_ns;
}

static int64_t free_worker(struct reaper *r, int64_t now_ns)
{
	int64_t limit_ns = r->closing ? sooner(r->conn_limit_ns, r->closing_ns) : r->conn_limit_ns;

	if (!r->conn)
		return INT64_MAX;
	if (now_ns < limit_ns)
		return limit_ns;
	r->backend->interrupt(r->conn);
	r->conn = NULL;         /* once is enough */
	return INT64_MAX;
}

static void *watch(void *arg)
{
	struct reaper *r = arg;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		int64_t now_ns = r->host->now_ns();
		int64_t next_ns = shut_sockets(r, now_ns);

		if (r->worker_done && next_ns == INT64_MAX)
			break;
		wait_until(r, sooner(next_ns, free_worker(r, now_ns)));
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* --- the worker --------------------------------------------------------------------------- */

/* The case that is due first, of this endpoint, or of any: -1. */
static struct reaper_case *first_due(struct reaper *r, int64_t endpoint)
{
	struct reaper_case *first = NULL;

	for (int i = 0; i < CASES; i++) {
		struct reaper_case *c = &r->cases[i];

		if (c->progress != FREE && (endpoint < 0 || c->work.endpoint == (uint32_t)endpoint) &&
		    (!first || c->due_ns < first->due_ns))
			first = c;
	}
	return first;
}

/* The server does not answer: again in a moment, but not for ever. */
static void put_off(struct reaper *r, uint32_t endpoint)
{
	int64_t now_ns = r->host->now_ns();

	for (int i = 0; i < CASES; i++) {
		struct reaper_case *c = &r->cases[i];

		if (c->progress == FREE || c->work.endpoint != endpoint)
			continue;
		c->due_ns = now_ns + AGAIN_NS;
		if (r->closing || now_ns - c->asked_ns > r->patience_ns)
			c->progress = FREE;
	}
}

/* 0, or -1: the connection is of no use any more. */
static int end_one(struct reaper *r, void *conn, struct reaper_case *c)
{
	struct sql_work work = c->work;
	int whole = c->progress == CANCELLED, failed;
	int64_t asked_ns = c->asked_ns;
	struct sql_diag diag;

	pthread_mutex_unlock(&r->lock);
	failed = r->backend->end_work(conn, &work, whole, asked_ns, &diag);
	pthread_mutex_lock(&r->lock);
	if (failed)
		return -1;
	c->progress = whole ? FREE : CANCELLED;
	c->due_ns = asked_ns + GRACE_NS;
	return 0;
}

/* All that is due at one server; who was told to stop is waited for, others may come. */
static int end_all(struct reaper *r, void *conn, uint32_t endpoint)
{
	struct reaper_case *c;
	int failed = 0;

	while (!failed && (c = first_due(r, endpoint)) != NULL) {
		int64_t now_ns = r->host->now_ns();

		if (c->due_ns > now_ns + GRACE_NS)
			break;
		if (c->due_ns > now_ns) {
			r->conn = NULL;
			wait_until(r, c->due_ns);
			continue;
		}
		r->conn = conn;
		r->conn_limit_ns = now_ns + REACH_NS;
		pthread_cond_broadcast(&r->changed);
		failed = end_one(r, conn, c);
	}
	r->conn = NULL;
	return failed;
}

static void visit(struct reaper *r, uint32_t endpoint)
{
	struct sql_work where = { .endpoint = endpoint };
	struct sql_diag diag;
	void *conn = NULL;
	int failed;

	pthread_mutex_unlock(&r->lock);
	failed = r->backend->reach(r->handle, &where, r->host->now_ns() + REACH_NS, &conn, &diag);
	pthread_mutex_lock(&r->lock);
	if (!failed)
		failed = end_all(r, conn, endpoint);
	if (failed)
		put_off(r, endpoint);
	pthread_mutex_unlock(&r->lock);
	if (conn)
		r->backend->disconnect(conn);
	pthread_mutex_lock(&r->lock);
}

static void work_until_closed(struct reaper *r)
{
	for (;;) {
		struct reaper_case *c = first_due(r, -1);
		int64_t now_ns = r->host->now_ns();

		if (r->closing && (!c || c->due_ns > r->closing_ns || now_ns >= r->closing_ns))
			return;
		if (c && c->due_ns <= now_ns)
			visit(r, c->work.endpoint);
		else
			wait_until(r, c ? c->due_ns : INT64_MAX);
	}
}

static void *work(void *arg)
{
	struct reaper *r = arg;
	const struct sql_backend *backend = r->backend;
	int ready = !backend->thread_begin || !backend->thread_begin(r->handle);

	pthread_mutex_lock(&r->lock);
	if (ready)
		work_until_closed(r);
	r->worker_done = 1;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (ready && backend->thread_end)
		backend->thread_end(r->handle);
	return NULL;
}

/* --- both ----------------------------------------------------------------------------------- */

int reaper_init(struct reaper *r, const struct sql_backend *backend, const struct idbc_host *host)
{
	pthread_condattr_t attr;
	int failed;

	r->backend = backend;
	r->host = host;
	if (pthread_condattr_init(&attr))
		return -1;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	failed = pthread_cond_init(&r->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (failed)
		return -1;
	if (pthread_mutex_init(&r->lock, NULL)) {
		pthread_cond_destroy(&r->changed);
		return -1;
	}
	return 0;
}

static int start_threads(struct reaper *r)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int failed = 1;

	if (pthread_attr_init(&attr))
		return -1;
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!pthread_create(&r->watch, &attr, watch, r)) {
		failed = pthread_create(&r->work, &attr, work, r) != 0;
		r->started = failed ? 1 : 2;
		r->worker_done = failed;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return failed ? -1 : 0;
}

/* 0, or -1.  A thread that could not be had once is not asked for again. */
static int start(struct reaper *r)
{
	if (r->started)
		return r->worker_done ? -1 : 0;
	r->cases = calloc(CASES, sizeof(*r->cases));
	for (int i = 0; r->cases && i < CASES; i++)
		r->cases[i].socket = -1;
	if (r->cases && !start_threads(r))
		return 0;
	if (!r->started) {
		free(r->cases);
		r->cases = NULL;
	}
	return -1;
}

static int take(struct reaper *r, const struct sql_work *work, int socket)
{
	int64_t now_ns = r->host->now_ns();

	if (r->closing || start(r))
		return -1;
	for (int i = 0; i < CASES; i++) {
		struct reaper_case *c = &r->cases[i];

		if (c->progress != FREE || c->socket >= 0)
			continue;
		*c = (struct reaper_case){ *work, RUNNING, socket, now_ns, now_ns };
		pthread_cond_broadcast(&r->changed);
		return 0;
	}
	return -1;
}

int reaper_add(struct reaper *r, const struct sql_work *work, int socket)
{
	int failed;

	pthread_mutex_lock(&r->lock);
	failed = take(r, work, socket);
	pthread_mutex_unlock(&r->lock);
	return failed;
}

void reaper_end(struct reaper *r)
{
	int started;

	pthread_mutex_lock(&r->lock);
	r->closing = 1;
	r->closing_ns = r->host->now_ns() + REACH_NS;
	started = r->started;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (started > 1)
		pthread_join(r->work, NULL);
	if (started)
		pthread_join(r->watch, NULL);
	free(r->cases);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
}
