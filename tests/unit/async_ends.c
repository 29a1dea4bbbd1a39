/* tests/unit/async_ends.c - submitted calls that are cancelled, completions on the host's own
 * thread, and the end of a connection with calls under way.
 * lane: alone
 */
#include <poll.h>
#include <unistd.h>
#include "async.h"

/* --- cancel -------------------------------------------------------------------------------- */
static void test_cancel_running(void)
{
	struct idbc *conn = open_with("");
	struct seen seen = { 0 };

	hold_one(conn, IDBC_LOGIN, 0, &seen);
	idbc_op_cancel(seen.op);
	idbc_op_cancel(seen.op);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(seen.err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT(becomes(&patient->inside, 0));        /* the driver was interrupted */
	idbc_op_cancel(seen.op);
	release(&seen);
	patient->hold = 0;
	close_clean(conn, 1000);
	CU_ASSERT_EQUAL(completions, 1);
}

/* Also where the driver hears nothing: what it says afterwards is thrown away. */
static void test_cancel_deaf(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct seen seen = { 0 }, next = { 0 };

	patient->deaf = 1;
	hold_one(conn, IDBC_LOGIN, 0, &seen);
	idbc_op_cancel(seen.op);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(patient->inside, 1);
	CU_ASSERT_EQUAL(submit(conn, IDBC_LOGIN, 0, &next), IDBC_OK);
	CU_ASSERT(becomes(&patient->inside, 2));        /* another worker took its place */
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&next), IDBC_OK);
	release(&seen);
	release(&next);
	close_clean(conn, 1000);
	CU_ASSERT_EQUAL(completions, 2);
}

/* A write under way ends as it turns out. */
static void test_cancel_write(void)
{
	struct idbc *conn = open_with("");
	struct seen done = { 0 }, undone = { 0 }, doubt = { 0 };

	patient->late = 1;
	hold_one(conn, IDBC_VERIFY, 0, &done);
	idbc_op_cancel(done.op);
	CU_ASSERT_EQUAL(status_of(&done), IDBC_OK);
	CU_ASSERT_EQUAL(done.err.effect, IDBC_EFFECT_APPLIED);
	patient->late = 0;
	hold_one(conn, IDBC_VERIFY, 0, &undone);
	idbc_op_cancel(undone.op);
	CU_ASSERT_EQUAL(status_of(&undone), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(undone.err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(patient->applied, 1);
	patient->deaf = 1;
	hold_one(conn, IDBC_VERIFY, 200, &doubt);
	idbc_op_cancel(doubt.op);
	CU_ASSERT(IDBC_STATUS_CLASS(status_of(&doubt)) == 3);
	CU_ASSERT_EQUAL(doubt.err.effect, IDBC_EFFECT_UNKNOWN);
	patient->hold = 0;
	release(&done);
	release(&undone);
	release(&doubt);
	close_clean(conn, 1000);
	CU_ASSERT_EQUAL(completions, 3);
}

/* One that waits for a session, with every session taken. */
static void test_cancel_waiting(void)
{
	struct idbc *conn = open_with("\"pool\":{\"max\":1},\"async\":{\"workers\":2}");
	struct seen first = { 0 }, second = { 0 };

	hold_one(conn, IDBC_LOGIN, 0, &first);
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 0, &second), IDBC_OK);
	pause_ms(20);
	idbc_op_cancel(second.op);
	CU_ASSERT_EQUAL(status_of(&second), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(second.err.effect, IDBC_EFFECT_NONE);
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&first), IDBC_OK);
	CU_ASSERT_EQUAL(patient->writes, 0);
	release(&first);
	release(&second);
	close_clean(conn, 1000);
}

/* A deadline that the driver keeps when it is interrupted. */
static void test_deadline(void)
{
	struct idbc *conn = open_with("");
	struct seen seen = { 0 };
	int64_t due = clock_now_ns() + 100 * MS;

	patient->hold = 1;
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 100, &seen), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_TIMEOUT);
	/* A worker that is not back by then, as on a busy machine, is answered for: in doubt. */
	CU_ASSERT(seen.err.effect == IDBC_EFFECT_NONE ||
		  (seen.err.effect == IDBC_EFFECT_UNKNOWN && seen.at_ns >= due + 20 * MS));
	CU_ASSERT(seen.at_ns >= due && seen.at_ns < due + SLACK);
	CU_ASSERT(becomes(&patient->inside, 0));
	patient->hold = 0;
	release(&seen);
	close_clean(conn, 1000);
}

/* --- the host's own thread -------------------------------------------------------------------- */
static int readable(int fd, int timeout_ms)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };

	return poll(&poll_fd, 1, timeout_ms) == 1 && (poll_fd.revents & POLLIN);
}

static int dispatched_inside;

static void dispatch_and_submit(struct seen *seen)
{
	static struct seen again;

	dispatched_inside = idbc_dispatch(seen->conn);
	CU_ASSERT_EQUAL(idbc_close(seen->conn, 0), IDBC_STATE);
	CU_ASSERT_EQUAL(idbc_login(seen->conn, "alice", "secret", NULL, NULL), IDBC_STATE);
	CU_ASSERT_EQUAL(submit(seen->conn, IDBC_GET_USER, 0, &again), IDBC_OK);
	release(&again);
}

static void test_events(void)
{
	struct idbc *conn = open_with("");
	struct seen seen[3] = { { 0 }, { .also = dispatch_and_submit }, { 0 } };
	int fd = idbc_event_fd(conn), n = 0;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(idbc_event_fd(conn), fd);
	CU_ASSERT(!readable(fd, 0));
	CU_ASSERT_EQUAL(idbc_dispatch(conn), 0);
	dispatched_inside = -1;
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen[i]), IDBC_OK);
	pause_ms(50);
	CU_ASSERT_EQUAL(completions, 0);        /* nobody but dispatch tells */
	while (n < 4) {
		CU_ASSERT_FATAL(readable(fd, 10000));
		n += idbc_dispatch(conn);
	}
	CU_ASSERT_EQUAL(n, 4);
	CU_ASSERT_EQUAL(completions, 4);
	CU_ASSERT(!readable(fd, 0));
	CU_ASSERT(pthread_equal(seen[0].thread, pthread_self()));
	CU_ASSERT_EQUAL(dispatched_inside, 0);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(status_of(&seen[i]), IDBC_OK);
		release(&seen[i]);
	}
	close_clean(conn, 0);
}

/* A host that does not dispatch is refused before memory is gone. */
static void test_events_full(void)
{
	struct idbc *conn = open_with("\"async\":{\"queue\":4}");
	struct seen seen[5] = { 0 };
	int fd = idbc_event_fd(conn), rc = IDBC_OK;

	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen[i]), IDBC_OK);
		release(&seen[i]);
		pause_ms(20);
	}
	for (int i = 0; i < 1000 && rc == IDBC_OK; i++) {
		pause_ms(1);
		rc = submit(conn, IDBC_GET_USER, 0, &seen[4]);
		release(&seen[4]);
	}
	CU_ASSERT_EQUAL(rc, IDBC_BUSY);
	CU_ASSERT(readable(fd, 0));
	CU_ASSERT(idbc_dispatch(conn) >= 4);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen[4]), IDBC_OK);
	release(&seen[4]);
	close_clean(conn, 1000);
}

/* --- the end ------------------------------------------------------------------------------------ */
/* What is queued is cancelled, what runs has its grace. */
static void test_close_grace(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct seen runs = { 0 }, queued = { 0 };

	hold_one(conn, IDBC_VERIFY, 0, &runs);
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 0, &queued), IDBC_OK);
	patient->hold = 0;
	close_clean(conn, 10000);
	CU_ASSERT_EQUAL(runs.n, 1);
	CU_ASSERT_EQUAL(runs.status, IDBC_OK);
	CU_ASSERT_EQUAL(queued.n, 1);
	CU_ASSERT(queued.status == IDBC_CANCELLED || queued.status == IDBC_OK);
	idbc_op_cancel(runs.op);        /* a handle outlives its connection */
	release(&runs);
	release(&queued);
}

static void test_close_stops(void)
{
	struct idbc *conn = open_with("");
	struct seen read = { 0 }, write = { 0 };
	int64_t start;

	patient->hold = 1;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &read), IDBC_OK);
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 0, &write), IDBC_OK);
	CU_ASSERT(becomes(&patient->inside, 2));
	start = clock_now_ns();
	close_clean(conn, 50);
	CU_ASSERT(clock_now_ns() - start < 50 * MS + SLACK);
	CU_ASSERT_EQUAL(read.n, 1);
	CU_ASSERT_EQUAL(read.status, IDBC_CANCELLED);
	CU_ASSERT_EQUAL(write.n, 1);
	CU_ASSERT_EQUAL(write.status, IDBC_CANCELLED);
	CU_ASSERT_EQUAL(write.err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(patient->applied, 0);
	release(&read);
	release(&write);
}

static _Atomic int logged;

static void count_log(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
		      const char *text)
{
	(void)ctx;
	(void)level;
	(void)op;
	(void)op_id;
	(void)origin;
	(void)text;
	logged++;
}

/* A driver that hears nothing: close returns all the same, nobody is told what comes later, and
 * the last one out frees the rest. */
static void test_close_leaves(void)
{
	struct idbc *conn = open_with("");
	struct seen read = { 0 }, write = { 0 };
	int64_t start;

	idbc_set_log(conn, count_log, NULL);
	patient->hold = patient->deaf = 1;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &read), IDBC_OK);
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 0, &write), IDBC_OK);
	CU_ASSERT(becomes(&patient->inside, 2));
	start = clock_now_ns();
	CU_ASSERT_EQUAL(idbc_close(conn, 50), IDBC_OK);
	CU_ASSERT(clock_now_ns() - start < 2050 * MS + 2 * SLACK);
	CU_ASSERT_EQUAL(read.n, 1);
	CU_ASSERT_EQUAL(read.status, IDBC_CANCELLED);
	CU_ASSERT_EQUAL(write.n, 1);
	CU_ASSERT_EQUAL(write.status, IDBC_CANCELLED);
	CU_ASSERT_EQUAL(write.err.effect, IDBC_EFFECT_UNKNOWN);
	CU_ASSERT_EQUAL(patient->closed, 0);
	logged = 0;
	release(&read);
	patient->hold = 0;
	CU_ASSERT(becomes(&patient->closed, 1));
	CU_ASSERT(becomes(&patient->live, 0));
	CU_ASSERT_EQUAL(patient->begun, patient->ended);
	CU_ASSERT_EQUAL(logged, 0);
	CU_ASSERT_EQUAL(completions, 2);
	release(&write);
	pause_ms(20);           /* the threads that were left behind go */
}

/* With a descriptor the completions that wait run on the thread that closes. */
static void test_close_events(void)
{
	struct idbc *conn = open_with("");
	struct seen seen[3] = { 0 };

	CU_ASSERT(idbc_event_fd(conn) >= 0);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen[i]), IDBC_OK);
	pause_ms(20);
	close_clean(conn, 1000);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(seen[i].n, 1);
		CU_ASSERT(pthread_equal(seen[i].thread, pthread_self()));
		release(&seen[i]);
	}
}

static void slow_callback(struct seen *seen)
{
	(void)seen;
	pause_ms(300);
}

/* However long a completion takes, it has returned before close does. */
static void test_close_waits_for_callback(void)
{
	struct idbc *conn = open_with("");
	struct seen seen = { .also = slow_callback };

	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen), IDBC_OK);
	CU_ASSERT(becomes(&patient->reads, 1));
	close_clean(conn, 0);
	CU_ASSERT_EQUAL(seen.n, 1);
	release(&seen);
}

/* --- calls on a thread of the host's ------------------------------------------------------------ */
struct caller {
	struct idbc *conn;
	uint32_t kind;
	int status;
	struct idbc_error err;
	_Atomic int back;
	pthread_t thread;
};

static void *calls(void *arg)
{
	struct caller *caller = arg;
	struct idbc_request req = request_of(caller->kind);

	caller->status = idbc_call(caller->conn, &req, NULL, &caller->err);
	caller->back = 1;
	return NULL;
}

static void start(struct caller *caller, struct idbc *conn, uint32_t kind)
{
	memset(caller, 0, sizeof(*caller));
	caller->conn = conn;
	caller->kind = kind;
	caller->err = (struct idbc_error)IDBC_ERROR_INIT;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&caller->thread, NULL, calls, caller), 0);
}

static int came_to(struct caller *caller)
{
	pthread_join(caller->thread, NULL);
	return caller->status;
}

/* In a driver, waiting for a session, waiting for a connect: all end. */
static void test_close_stops_callers(void)
{
	struct idbc *conn = open_with("\"pool\":{\"max\":2}");
	struct caller read, write, waits;
	int64_t began;

	patient->hold = 1;
	start(&read, conn, IDBC_LOGIN);
	start(&write, conn, IDBC_VERIFY);
	CU_ASSERT(becomes(&patient->inside, 2));
	start(&waits, conn, IDBC_LOGIN);
	pause_ms(30);
	began = clock_now_ns();
	close_clean(conn, 50);
	CU_ASSERT(clock_now_ns() - began < 50 * MS + SLACK);
	CU_ASSERT_EQUAL(came_to(&read), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(came_to(&write), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(write.err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(came_to(&waits), IDBC_CANCELLED);
}

static void test_close_leaves_caller(void)
{
	struct idbc *conn = open_with("");
	struct caller read;

	patient->hold = patient->deaf = 1;
	start(&read, conn, IDBC_LOGIN);
	CU_ASSERT(becomes(&patient->inside, 1));
	CU_ASSERT_EQUAL(idbc_close(conn, 20), IDBC_OK);
	CU_ASSERT_EQUAL(read.back, 0);
	CU_ASSERT_EQUAL(patient->closed, 0);
	patient->hold = 0;
	came_to(&read);
	CU_ASSERT(becomes(&patient->closed, 1));
	CU_ASSERT_EQUAL(patient->live, 0);
	CU_ASSERT_EQUAL(patient->begun, patient->ended);
}

static _Atomic int removed;

static int remove_profile(void *ctx, const char *user_id)
{
	(void)ctx;
	(void)user_id;
	removed++;
	return 0;
}

/* The host's profile store is not asked by a delete that comes back after the close. */
static void test_close_before_remove(void)
{
	struct idbc_profile_store store = { sizeof(store), 0, remove_profile, NULL };
	struct idbc *conn = open_with("");
	struct caller call;

	CU_ASSERT_EQUAL(idbc_set_profile_store(conn, &store, NULL), IDBC_OK);
	removed = 0;
	patient->hold = patient->deaf = 1;
	start(&call, conn, IDBC_DELETE_USER);
	CU_ASSERT(becomes(&patient->inside, 1));
	CU_ASSERT_EQUAL(idbc_close(conn, 0), IDBC_OK);
	patient->hold = 0;
	CU_ASSERT(came_to(&call) != IDBC_OK);
	CU_ASSERT_EQUAL(removed, 0);
	CU_ASSERT(becomes(&patient->closed, 1));
}

static void *closes(void *arg)
{
	struct caller *caller = arg;

	caller->status = idbc_close(caller->conn, 10000);
	caller->back = 1;
	return NULL;
}

/* Of two that close one does, and what comes in between is refused. */
static void test_close_twice(void)
{
	struct idbc *conn = open_with("");
	struct caller closer = { .conn = conn };
	struct seen seen = { 0 }, more = { 0 };

	hold_one(conn, IDBC_GET_USER, 0, &seen);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&closer.thread, NULL, closes, &closer), 0);
	while (submit(conn, 99, 0, &more) == IDBC_INVALID)      /* until the other one has begun */
		pause_ms(1);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &more), IDBC_STATE);
	CU_ASSERT_EQUAL(idbc_close(conn, 0), IDBC_STATE);
	CU_ASSERT_EQUAL(idbc_event_fd(conn), -1);
	CU_ASSERT_EQUAL(idbc_dispatch(conn), 0);
	CU_ASSERT_EQUAL(idbc_login(conn, "alice", "secret", NULL, NULL), IDBC_STATE);
	patient->hold = 0;
	CU_ASSERT_EQUAL(came_to(&closer), IDBC_OK);
	CU_ASSERT_EQUAL(seen.status, IDBC_OK);
	release(&seen);
}

static const struct unit_test tests[] = {
	{ "cancelled while it runs", test_cancel_running },
	{ "cancelled on a driver that hears nothing", test_cancel_deaf },
	{ "cancelled while it writes", test_cancel_write },
	{ "cancelled while it waits for a session", test_cancel_waiting },
	{ "interrupted at its deadline", test_deadline },
	{ "completions on the host's thread", test_events },
	{ "completions that nobody fetches", test_events_full },
	{ "a close with grace", test_close_grace },
	{ "a close that stops what runs", test_close_stops },
	{ "a close that leaves what does not stop", test_close_leaves },
	{ "a close with completions waiting", test_close_events },
	{ "a close during a completion", test_close_waits_for_callback },
	{ "a close that stops callers", test_close_stops_callers },
	{ "a close that leaves a caller", test_close_leaves_caller },
	{ "a delete after the close", test_close_before_remove },
	{ "two who close", test_close_twice },
};

UNIT_MAIN("async_ends", tests)
