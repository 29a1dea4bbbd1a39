/* connector/run/gate.c - job: who is in the connection, and when it may go.
 * Threads: any.  Lock: the connection's gate, taken by those who leave while it is closed and by
 * whoever closes; other calls count themselves and take none.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/fork.h"
#include "base/thread.h"
#include "run/conn.h"
#include "base/guest.h"

int gate_init(struct idbc *conn)
{
	if (pthread_mutex_init(&conn->gate, NULL))
		return -1;
	if (thread_cond_init(&conn->idle)) {
		pthread_mutex_destroy(&conn->gate);
		return -1;
	}
	if (callers_init(&conn->callers) == 0)
		return 0;
	pthread_cond_destroy(&conn->idle);
	pthread_mutex_destroy(&conn->gate);
	return -1;
}

void gate_destroy(struct idbc *conn)
{
	callers_destroy(&conn->callers);
	pthread_cond_destroy(&conn->idle);
	pthread_mutex_destroy(&conn->gate);
}

/* --- in and out ------------------------------------------------------------------------ */
int run_enter(struct idbc *conn, struct idbc_error *err)
{
	uint32_t now;

	if (conn->fork_generation != fork_generation())
		return err_set(err, IDBC_FORKED, "run", "%s", status_text(IDBC_FORKED));
	now = atomic_load(&conn->running);
	do {
		if (now & CONN_CLOSING)
			return err_set(err, IDBC_STATE, "run", "%s", status_text(IDBC_STATE));
	} while (!atomic_compare_exchange_weak(&conn->running, &now, now + CONN_CALL));
	return IDBC_OK;
}

void run_hold(struct idbc *conn)
{
	atomic_fetch_add(&conn->running, CONN_CALL);
}

void run_unhold(struct idbc *conn)
{
	atomic_fetch_sub(&conn->running, CONN_CALL);
}

static void free_as_guest(struct idbc *conn)
{
	struct guest guest;

	guest_enter(&guest);
	conn_free(conn);
	guest_leave(&guest);
}

/* Who waits to close frees the connection after the last call: that one is counted down under
 * the lock, and nothing of the connection is touched after any. */
void run_leave(struct idbc *conn)
{
	uint32_t now = atomic_load(&conn->running);
	int last;

	while (!(now & CONN_CLOSING))
		if (atomic_compare_exchange_weak(&conn->running, &now, now - CONN_CALL))
			return;
	pthread_mutex_lock(&conn->gate);
	last = atomic_fetch_sub(&conn->running, CONN_CALL) ==
	       (CONN_CALL | CONN_LEFT | CONN_CLOSING);
	pthread_cond_broadcast(&conn->idle);
	pthread_mutex_unlock(&conn->gate);
	if (last)
		free_as_guest(conn);
}

/* --- the end ------------------------------------------------------------------------------- */
int run_refuse(struct idbc *conn)
{
	return atomic_fetch_or(&conn->running, CONN_CLOSING) & CONN_CLOSING ? -1 : 0;
}

void run_stop_callers(struct idbc *conn)
{
	callers_stop(&conn->callers);
}

uint32_t run_held(const struct idbc *conn)
{
	return atomic_load(&conn->running) / CONN_CALL;
}

int run_wait(struct idbc *conn, int (*quiet)(void *ctx), void *ctx, int64_t until_ns)
{
	int rc = 0;

	pthread_mutex_lock(&conn->gate);
	while (rc == 0 && !quiet(ctx))
		rc = thread_cond_wait(&conn->idle, &conn->gate, until_ns);
	pthread_mutex_unlock(&conn->gate);
	return rc;
}

void run_poke(struct idbc *conn)
{
	pthread_mutex_lock(&conn->gate);
	pthread_cond_broadcast(&conn->idle);
	pthread_mutex_unlock(&conn->gate);
}

void run_end(struct idbc *conn)
{
	int last;

	pthread_mutex_lock(&conn->gate);
	last = atomic_load(&conn->running) == CONN_CLOSING;
	pthread_mutex_unlock(&conn->gate);
	if (!last) {
		conn_hush(conn);
		pthread_mutex_lock(&conn->gate);
		last = atomic_fetch_or(&conn->running, CONN_LEFT) == CONN_CLOSING;
		pthread_mutex_unlock(&conn->gate);
	}
	if (last)
		free_as_guest(conn);
}

static int nobody_inside(void *ctx)
{
	return run_held(ctx) == 0;
}

int run_close(struct idbc *conn)
{
	/* In a forked child the parent's calls never end here: wait for nothing. */
	if (conn->fork_generation == fork_generation()) {
		run_refuse(conn);
		run_wait(conn, nobody_inside, conn, INT64_MAX);
	}
	free_as_guest(conn);
	return IDBC_OK;
}
