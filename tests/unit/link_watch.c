/* tests/unit/link_watch.c - calls that end in time whatever the driver does: deadlines, stops,
 * connects that do not end; and who waits: in order, never forgotten, few at the store at once.
 */
#include <pthread.h>
#include <sched.h>
#include "tamed.h"

static void sleep_ms(int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * MS };

	nanosleep(&time, NULL);
}

static int ask(struct session *session)
{
	struct idbc_user_req req = { .size = sizeof(req) };
	struct idbc_error mine = IDBC_ERROR_INIT;

	return session->ops->get_user(session->driver_session, &req, NULL, &mine);
}

/* --- deadlines ---------------------------------------------------------------------------- */
struct control {
	int64_t until_ns, late_ns;
};

/* How late a thread is that does nothing but sleep: the machine's part. */
static void *sleep_until(void *arg)
{
	struct control *control = arg;
	struct timespec until = { control->until_ns / (1000 * MS), control->until_ns % (1000 * MS) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	control->late_ns = clock_now_ns() - control->until_ns;
	return NULL;
}

/* How late something is that shall end in `ms`, beside a sleeper; where all is slow, later for both. */
static int64_t lateness(int (*fn)(int64_t deadline_ns, int *as_wanted), int ms)
{
	int64_t allowed_ns = 50 * MS * unit_slower();
	struct control control = { 0, 0 };
	int64_t late_ns, best = INT64_MAX;
	pthread_t sleeper;

	for (int i = 0; i < 2 && best > allowed_ns; i++) {
		int as_wanted = 0;

		control.until_ns = clock_deadline_ns((uint32_t)(ms * unit_slower()));
		pthread_create(&sleeper, NULL, sleep_until, &control);
		fn(control.until_ns, &as_wanted);
		late_ns = clock_now_ns() - control.until_ns;
		pthread_join(sleeper, NULL);
		CU_ASSERT(as_wanted);
		late_ns -= control.late_ns;
		best = late_ns < best ? late_ns : best;
	}
	return best;
}

static int run_blocked(int64_t deadline_ns, int *as_wanted)
{
	struct session a;
	int rc = link_checkout(link_, NULL, deadline_ns, &a, &err);

	if (rc != IDBC_OK)
		return rc;
	rc = ask(&a);
	*as_wanted = rc == IDBC_TIMEOUT && clock_now_ns() >= deadline_ns;
	link_give_back(&a);             /* and is not kept all the same */
	return rc;
}

static void test_deadline(void)
{
	begin("\"startup\":\"trust\"");
	tame->blocks = 1;
	CU_ASSERT(lateness(run_blocked, 150) <= 50 * MS * unit_slower());
	CU_ASSERT(comes_to(&tame->live, 0));
	CU_ASSERT(stats().interrupted >= 1);
	CU_ASSERT_EQUAL(tame->too_late, 0);
	tame->blocks = 0;
	finish();
}

static void *ask_deaf(void *out)
{
	struct session a;

	*(int *)out = link_checkout(link_, NULL, clock_deadline_ns(300), &a, &err);
	if (*(int *)out == IDBC_OK) {
		ask(&a);
		link_give_back(&a);
	}
	return NULL;
}

/* One that does not hear is told again and again, and nobody else is held up. */
static void test_deaf(void)
{
	struct session b;
	pthread_t thread;
	int rc = -1;

	begin("\"startup\":\"trust\"");
	tame->blocks = tame->deaf = 1;
	pthread_create(&thread, NULL, ask_deaf, &rc);
	for (int i = 0; i < 3000 && tame->interrupts < 3; i++)
		sleep_ms(1);
	CU_ASSERT(tame->interrupts >= 3);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	link_give_back(&b);
	tame->blocks = tame->deaf = 0;
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(rc, IDBC_OK);
	CU_ASSERT_EQUAL(stats().interrupted, 1);
	CU_ASSERT(comes_to(&tame->live, 1));
	finish();
}

/* --- a connect that does not end ------------------------------------------------------------- */
static int knock_at_hole(int64_t deadline_ns, int *as_wanted)
{
	struct session a;
	int rc = link_checkout(link_, NULL, deadline_ns, &a, &err);

	*as_wanted = rc == IDBC_TIMEOUT;
	return rc;
}

static void test_hole(void)
{
	struct session a;

	begin("\"startup\":\"trust\"");
	tame->hole = 1;
	CU_ASSERT(lateness(knock_at_hole, 100) <= 50 * MS * unit_slower());
	UNIT_STR(err.origin, "pool");
	CU_ASSERT(stats().timeouts >= 1);
	tame->hole = 0;                         /* late, and welcome */
	CU_ASSERT(comes_to(&tame->connecting, 0));
	for (int i = 0; i < 3000 && !stats().idle; i++)
		sleep_ms(1);
	CU_ASSERT_EQUAL_FATAL(take(&a, 2000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 1);
	link_give_back(&a);
	finish();
}

/* It is the store's trouble then, and everybody hears of it at once. */
static void test_overdue(void)
{
	struct session a;
	int64_t began;
	int rc = IDBC_TIMEOUT;

	begin("\"startup\":\"trust\",\"timeout_ms\":100,\"pool\":{\"max\":1}");
	tame->hole = 1;
	for (int i = 0; i < 100 && rc == IDBC_TIMEOUT; i++) {
		began = clock_now_ns();
		rc = take(&a, 100);
	}
	CU_ASSERT_EQUAL(rc, IDBC_UNAVAILABLE);
	CU_ASSERT(strstr(err.text, "does not end") != NULL);
	CU_ASSERT(clock_now_ns() - began < 1000 * MS * unit_slower());
	CU_ASSERT_EQUAL(tame->connects, 1);
	tame->hole = 0;
	CU_ASSERT(comes_to(&tame->connecting, 0));
	for (int i = 0; i < 3000 && stats().backoff_ms; i++)
		sleep_ms(1);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	link_give_back(&a);
	finish();
}

static _Atomic int is_gone;

static void note_gone(void *ctx)
{
	config_close(ctx);
	is_gone++;
}

/* Closing waits a moment; then the last one out shuts the door. */
static void test_close_in_hole(void)
{
	struct session a;
	int64_t began;

	begin("\"startup\":\"trust\"");
	tame->hole = 1;
	is_gone = 0;
	CU_ASSERT_EQUAL(take(&a, 20), IDBC_TIMEOUT);
	began = clock_now_ns();
	link_close(link_, note_gone, config);
	CU_ASSERT(clock_now_ns() - began < 4000 * MS * unit_slower());
	CU_ASSERT_EQUAL(is_gone, 0);
	CU_ASSERT_EQUAL(tame->closed, 0);
	tame->hole = 0;
	CU_ASSERT(comes_to(&is_gone, 1));
	CU_ASSERT_EQUAL(tame->closed, 1);
	CU_ASSERT_EQUAL(tame->live, 0);
	CU_ASSERT_EQUAL(tame->begun, tame->ended);
	findings_free(&found);
}

/* Whoever else holds the link keeps driver and configuration. */
static void test_hold(void)
{
	struct session a;

	begin("");
	is_gone = 0;
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	link_hold(link_);
	link_close(link_, note_gone, config);
	CU_ASSERT_EQUAL(is_gone, 0);
	ask(&a);
	link_give_back(&a);
	CU_ASSERT_EQUAL(link_checkout(link_, NULL, clock_deadline_ns(1000), &a, &err), IDBC_OK);
	link_drop(&a);
	CU_ASSERT_EQUAL(tame->live, 0);
	CU_ASSERT_EQUAL(link_checkout(link_, NULL, clock_deadline_ns(1000), &a, &err),
			IDBC_UNAVAILABLE);
	link_release(link_);
	CU_ASSERT_EQUAL(is_gone, 1);
	CU_ASSERT_EQUAL(tame->closed, 1);
	CU_ASSERT_EQUAL(tame->begun, tame->ended);
	findings_free(&found);
}

/* --- stopping ---------------------------------------------------------------------------------- */
struct stopped {
	struct stop stop;
	_Atomic int state;              /* 1: in the driver; 2: over */
	int rc;
};

static void *ask_stopped(void *arg)
{
	struct stopped *call = arg;
	struct idbc_error mine = IDBC_ERROR_INIT;
	struct session a;

	call->rc = link_checkout(link_, &call->stop, clock_deadline_ns(20000), &a, &mine);
	if (call->rc == IDBC_OK) {
		call->state = 1;
		call->rc = ask(&a);
		link_give_back(&a);
	}
	call->state = 2;
	return NULL;
}

static void test_stop_running(void)
{
	struct stopped call = { .state = 0 };
	pthread_t thread;

	begin("\"startup\":\"trust\"");
	stop_init(&call.stop);
	tame->blocks = 1;
	pthread_create(&thread, NULL, ask_stopped, &call);
	CU_ASSERT(comes_to(&call.state, 1));
	CU_ASSERT_EQUAL(link_stop(&call.stop, IDBC_CANCELLED), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(call.rc, IDBC_TIMEOUT);         /* the driver's word for it */
	CU_ASSERT_EQUAL(stop_why(&call.stop), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(link_stop(&call.stop, IDBC_TIMEOUT), 0);
	CU_ASSERT_EQUAL(stop_why(&call.stop), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(stop_begin_write(&call.stop), -1);
	CU_ASSERT(comes_to(&tame->live, 0));            /* not used again */
	CU_ASSERT_EQUAL(tame->too_late, 0);
	tame->blocks = 0;
	finish();
}

static void test_stop_waiting(void)
{
	struct stopped call = { .state = 0 };
	struct session a;
	pthread_t thread;
	int64_t began;

	begin("\"pool\":{\"max\":1}");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	stop_init(&call.stop);
	CU_ASSERT_EQUAL(stop_begin_write(&call.stop), 0);
	pthread_create(&thread, NULL, ask_stopped, &call);
	for (int i = 0; i < 5000 && !stats().waiting; i++)
		sleep_ms(1);
	began = clock_now_ns();
	CU_ASSERT_EQUAL(link_stop(&call.stop, IDBC_CANCELLED), 1);
	pthread_join(thread, NULL);
	CU_ASSERT(clock_now_ns() - began < 2000 * MS * unit_slower());
	CU_ASSERT_EQUAL(call.rc, IDBC_CANCELLED);
	CU_ASSERT_EQUAL(stats().waiting, 0);
	link_give_back(&a);
	CU_ASSERT_EQUAL(link_checkout(link_, &call.stop, clock_deadline_ns(1000), &a, &err),
			IDBC_CANCELLED);        /* nor does another one begin */
	CU_ASSERT_EQUAL(stats().idle, 1);
	finish();
}

/* --- who waits ------------------------------------------------------------------------------------ */
static _Atomic int served[6], nserved;

static void *wait_in_line(void *arg)
{
	struct idbc_error mine = IDBC_ERROR_INIT;
	struct session a;

	if (link_checkout(link_, NULL, clock_deadline_ns(20000), &a, &mine) == IDBC_OK) {
		served[nserved++] = (int)(size_t)arg;
		sleep_ms(2);
		link_give_back(&a);
	}
	return NULL;
}

static void test_in_order(void)
{
	pthread_t threads[6];
	struct session a;

	begin("\"pool\":{\"max\":1}");
	nserved = 0;
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	for (uint32_t i = 0; i < 6; i++) {
		pthread_create(&threads[i], NULL, wait_in_line, (void *)(size_t)i);
		for (int n = 0; n < 5000 && stats().waiting != i + 1; n++)
			sleep_ms(1);
	}
	link_give_back(&a);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(nserved, 6);
	for (int i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(served[i], i);
	CU_ASSERT_EQUAL(tame->connects, 1);
	finish();
}

/* To the first or the last of the processors that `all` names.  1: those are two lanes. */
static int stay_on(const cpu_set_t *all, int last)
{
	int first = -1, end = -1;
	cpu_set_t one;

	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, all)) {
			first = first < 0 ? i : first;
			end = i;
		}
	CPU_ZERO(&one);
	CPU_SET(last ? end : first, &one);
	CU_ASSERT_EQUAL_FATAL(sched_setaffinity(0, sizeof(one), &one), 0);
	return first % (int)LANES != end % (int)LANES;
}

static void test_last_in_first_out(void)
{
	struct session a, b, c;
	void *second, *third;
	cpu_set_t all;

	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(all), &all), 0);
	stay_on(&all, 0);
	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&c, 1000), IDBC_OK);
	second = b.driver_session;
	third = c.driver_session;
	link_give_back(&a);
	link_give_back(&b);
	link_give_back(&c);
	pool_look(link_, clock_now_ns());       /* a sweep changes nothing of it */
	link_->pool.sweep_ns = 0;
	pool_look(link_, clock_now_ns());
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_PTR_EQUAL(a.driver_session, third);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	CU_ASSERT_PTR_EQUAL(b.driver_session, second);
	link_give_back(&a);
	link_give_back(&b);
	finish();
	sched_setaffinity(0, sizeof(all), &all);
}

/* Of two sessions the one that was used on this processor, and where there is none the other. */
static void test_near(void)
{
	struct session a, b, c;
	cpu_set_t all;
	void *here;
	int apart;

	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(all), &all), 0);
	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	here = a.driver_session;
	stay_on(&all, 0);
	link_give_back(&a);
	apart = stay_on(&all, 1);
	link_give_back(&b);
	stay_on(&all, 0);
	link_->pool.sweep_ns = 0;
	pool_look(link_, clock_now_ns());       /* a sweep changes nothing of it */
	CU_ASSERT_EQUAL_FATAL(take(&c, 1000), IDBC_OK);
	CU_ASSERT(!apart || c.driver_session == here);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(b.reused, 1);
	CU_ASSERT_EQUAL(tame->connects, 2);
	link_give_back(&b);
	link_give_back(&c);
	finish();
	sched_setaffinity(0, sizeof(all), &all);
}

#define CROWD 16

static void *visit(void *arg)
{
	struct idbc_error mine = IDBC_ERROR_INIT;
	struct session a;

	*(int *)arg = link_checkout(link_, NULL, clock_deadline_ns(20000), &a, &mine);
	if (*(int *)arg == IDBC_OK) {
		sleep_ms(5);
		link_give_back(&a);
	}
	return NULL;
}

static void test_few_connect(void)
{
	pthread_t threads[CROWD];
	int rc[CROWD];

	begin("\"startup\":\"trust\",\"pool\":{\"max\":16}");
	tame->connect_ms = 40;
	for (int i = 0; i < CROWD; i++)
		pthread_create(&threads[i], NULL, visit, &rc[i]);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < CROWD; i++)
		CU_ASSERT_EQUAL(rc[i], IDBC_OK);
	CU_ASSERT(tame->most_connecting >= 2 && tame->most_connecting <= 4);
	CU_ASSERT(tame->connects < CROWD);      /* the first ones back served the rest */
	finish();
}

/* --- a storm ------------------------------------------------------------------------------------------ */
static _Atomic int lost, storming;

static void *storm(void *arg)
{
	struct stopped *call = arg;
	struct idbc_error mine = IDBC_ERROR_INIT;
	unsigned dice = (unsigned)(size_t)arg;

	for (int i = 0; i < 250; i++) {
		uint32_t patience = i % 23 == 7 ? 1 : 20000;
		struct session a;
		int rc;

		stop_init(&call->stop);
		atomic_store(&call->state, 1);
		rc = link_checkout(link_, &call->stop, clock_deadline_ns(patience), &a, &mine);
		if (rc == IDBC_OK) {
			if (i % 3 == 0)
				ask(&a);
			dice = dice * 1103515245u + 12345u;
			if (dice >> 16 & 15)
				link_give_back(&a);
			else if (dice >> 20 & 1)
				link_drop(&a);
			else
				link_lost(&a);
		} else if (patience != 1 && rc != (int)stop_why(&call->stop)) {
			lost++;
		}
		/* Whoever is stopping this one has done so when the state is ours again. */
		for (int mine_again = 1; !atomic_compare_exchange_strong(&call->state, &mine_again, 0);
		     mine_again = 1)
			sleep_ms(1);
	}
	storming--;
	return NULL;
}

static void *stop_some(void *arg)
{
	struct stopped *calls = arg;

	for (int i = 0; storming; i++) {
		struct stopped *call = &calls[i * 7 % CROWD];
		int in_call = 1;

		if (atomic_compare_exchange_strong(&call->state, &in_call, 2)) {
			link_stop(&call->stop, i % 2 ? IDBC_CANCELLED : IDBC_TIMEOUT);
			atomic_store(&call->state, 1);
		}
		sleep_ms(1);
	}
	return NULL;
}

static void test_storm(void)
{
	static struct stopped calls[CROWD];
	pthread_t threads[CROWD], stopper;

	begin("\"pool\":{\"max\":4,\"idle_ms\":3}");
	lost = 0;
	storming = CROWD;
	for (int i = 0; i < CROWD; i++) {
		calls[i].state = 0;
		pthread_create(&threads[i], NULL, storm, &calls[i]);
	}
	pthread_create(&stopper, NULL, stop_some, calls);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	pthread_join(stopper, NULL);
	CU_ASSERT_EQUAL(lost, 0);
	CU_ASSERT_EQUAL(tame->clashes, 0);
	CU_ASSERT_EQUAL(tame->too_late, 0);
	CU_ASSERT(tame->most <= 4);
	CU_ASSERT_EQUAL(stats().waiting, 0);
	finish();
}

static const struct unit_test tests[] = {
	{ "a call is interrupted at its deadline", test_deadline },
	{ "a driver that does not hear is told again", test_deaf },
	{ "a connect into a hole keeps its caller no longer than he wants", test_hole },
	{ "a connect that does not end makes the store down", test_overdue },
	{ "closing does not wait for a connect that does not end", test_close_in_hole },
	{ "who holds the link has it to the last", test_hold },
	{ "a running call is stopped", test_stop_running },
	{ "a waiting call is stopped", test_stop_waiting },
	{ "who waits is served in order", test_in_order },
	{ "the last session in is the first out", test_last_in_first_out },
	{ "a session used on this processor comes first", test_near },
	{ "few connect at once", test_few_connect },
	{ "sixteen threads on four seats, stopped at random", test_storm },
};

TAMED_MAIN("link_watch", tests)
