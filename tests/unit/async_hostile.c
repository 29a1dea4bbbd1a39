/* tests/unit/async_hostile.c - submitted calls of a host, and on a machine, that mean no good:
 * long callbacks, no threads to be had, completions faster than callbacks.
 */
#include <errno.h>
#include "async.h"

/* --- no threads ---------------------------------------------------------------------------- */
static _Atomic int no_threads, refused_threads;
static int (*real_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(pthread_t *out, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	if (!real_create)
		*(void **)&real_create = dlsym(RTLD_NEXT, "pthread_create");
	if (!no_threads)
		return real_create(out, attr, fn, arg);
	refused_threads++;
	return EAGAIN;
}

static void test_no_thread_at_all(void)
{
	struct idbc *conn = open_with("");
	struct seen seen = { 0 };

	no_threads = 1;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen), IDBC_NOMEM);
	CU_ASSERT_PTR_NULL(seen.op);
	no_threads = 0;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_OK);
	release(&seen);
	close_clean(conn, 0);
}

/* What a driver does to make a thread ready is part of the first call there. */
static void test_no_thread_begins(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":2}");
	struct seen seen[3] = { 0 };

	patient->hold_begin = 1;
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 100, &seen[i]), IDBC_OK);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(status_of(&seen[i]), IDBC_TIMEOUT);
		release(&seen[i]);
	}
	patient->hold_begin = 0;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen[0]), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen[0]), IDBC_OK);
	release(&seen[0]);
	close_clean(conn, 1000);
}

/* The only worker is stuck, and nobody can be had to tell: as soon as somebody can, he does. */
static void test_no_thread_to_tell(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct seen stuck = { 0 }, queued = { 0 };

	patient->deaf = 1;
	hold_one(conn, IDBC_GET_USER, 0, &stuck);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &queued), IDBC_OK);
	no_threads = 1;
	refused_threads = 0;
	idbc_op_cancel(queued.op);
	idbc_op_cancel(stuck.op);
	CU_ASSERT(refused_threads > 0);
	pause_ms(200);
	CU_ASSERT_EQUAL(completions, 0);
	no_threads = 0;
	CU_ASSERT_EQUAL(status_of(&queued), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(status_of(&stuck), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(patient->inside, 1);
	patient->hold = 0;
	release(&stuck);
	release(&queued);
	close_clean(conn, 1000);
}

/* --- callbacks that take long ---------------------------------------------------------------- */
static _Atomic int in_callback, go_on;
static struct seen inner;

static void submit_and_stay(struct seen *seen)
{
	CU_ASSERT_EQUAL(submit(seen->conn, IDBC_GET_USER, 0, &inner), IDBC_OK);
	in_callback = 1;
	CU_ASSERT(becomes(&go_on, 1));
}

static void submit_short_and_stay(struct seen *seen)
{
	CU_ASSERT_EQUAL(submit(seen->conn, IDBC_GET_USER, 50, &inner), IDBC_OK);
	in_callback = 1;
	CU_ASSERT(becomes(&go_on, 1));
}

/* What a callback submits is promised to its own thread: nobody else's call waits for that. */
static void test_promise(void)
{
	struct idbc *conn = open_with("");
	struct seen first = { .also = submit_and_stay }, next = { 0 };

	in_callback = go_on = 0;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &first), IDBC_OK);
	CU_ASSERT(becomes(&in_callback, 1));
	patient->hold = 1;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &next), IDBC_OK);
	CU_ASSERT(becomes(&patient->inside, 2));        /* the inner one, and this */
	CU_ASSERT_EQUAL(first.n, 0);
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&inner), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&next), IDBC_OK);
	go_on = 1;
	CU_ASSERT_EQUAL(status_of(&first), IDBC_OK);
	release(&first);
	release(&inner);
	release(&next);
	close_clean(conn, 1000);
}

/* It ends in time, though the thread that it waits for does not come. */
static void test_promise_late(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct seen first = { .also = submit_short_and_stay };

	in_callback = go_on = 0;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &first), IDBC_OK);
	CU_ASSERT(becomes(&in_callback, 1));
	CU_ASSERT_EQUAL(status_of(&inner), IDBC_TIMEOUT);
	CU_ASSERT_EQUAL(first.n, 0);
	go_on = 1;
	CU_ASSERT_EQUAL(status_of(&first), IDBC_OK);
	release(&first);
	release(&inner);
	close_clean(conn, 1000);
}

static void stay(struct seen *seen)
{
	(void)seen;
	in_callback++;
	CU_ASSERT(becomes(&go_on, 1));
}

/* Calls that end before they begin make completions faster than callbacks take them: they are
 * refused as well before memory is gone. */
static void test_cancelled_in_heaps(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1,\"queue\":8}");
	struct seen seen[100] = { { 0 } };
	int n = 0;

	in_callback = go_on = 0;
	for (int i = 0; i < 2; i++) {   /* one runs, one is told for it */
		seen[n].also = stay;
		CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, i ? 30 : 0, &seen[n++]), IDBC_OK);
	}
	CU_ASSERT(becomes(&in_callback, 2));
	while (n < 100 && submit(conn, IDBC_GET_USER, 0, &seen[n]) == IDBC_OK)
		idbc_op_cancel(seen[n++].op);
	CU_ASSERT_EQUAL(n, 10);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen[n]), IDBC_BUSY);
	go_on = 1;
	for (int i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(status_of(&seen[i]), i == 0 ? IDBC_OK : i == 1 ? IDBC_TIMEOUT :
				IDBC_CANCELLED);
		release(&seen[i]);
	}
	close_clean(conn, 1000);
	CU_ASSERT_EQUAL(completions, n);
}

/* What the host was told is what is counted, whatever the driver says later. */
static void test_counted_as_told(void)
{
	struct idbc *conn = open_with("");
	struct seen seen = { 0 };
	char *json;

	patient->deaf = 1;
	hold_one(conn, IDBC_GET_USER, 0, &seen);
	idbc_op_cancel(seen.op);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_CANCELLED);
	patient->hold = 0;
	CU_ASSERT(becomes(&patient->inside, 0));
	pause_ms(20);
	json = idbc_stats_json(conn);
	CU_ASSERT(json && strstr(json, "\"getUser\":{\"CANCELLED\":1}"));
	CU_ASSERT(json && strstr(json, "\"submitted\":1,\"delivered\":1,"));
	idbc_free(json);
	release(&seen);
	close_clean(conn, 1000);
}

static const struct unit_test tests[] = {
	{ "no thread at all", test_no_thread_at_all },
	{ "no thread that the driver begins", test_no_thread_begins },
	{ "no thread to tell", test_no_thread_to_tell },
	{ "a promise, and another call", test_promise },
	{ "a promise, and its deadline", test_promise_late },
	{ "cancelled in heaps", test_cancelled_in_heaps },
	{ "counted as told", test_counted_as_told },
};

UNIT_MAIN("async_hostile", tests)
