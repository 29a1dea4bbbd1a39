/* tests/unit/base_alarm.c - the alarm: it looks in time, is cheap where it looks anyhow, and
 * misses nothing that many set at once.
 */
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include "base/alarm.h"
#include "base/clock.h"
#include "unit.h"

#define MS INT64_C(1000000)
#define SETTERS 8

static _Atomic int looks, masked, missed;
static _Atomic int64_t due[SETTERS];

static void sleep_ms(int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * MS };

	nanosleep(&time, NULL);
}

static int64_t look(void *ctx, int64_t now)
{
	int64_t next = INT64_MAX;
	sigset_t set;

	(void)ctx;
	looks++;
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	masked = sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGPIPE) == 1;
	for (int i = 0; i < SETTERS; i++) {
		int64_t when = due[i];

		if (when <= now)
			due[i] = INT64_MAX;
		else if (when < next)
			next = when;
	}
	return next;
}

static void begin(struct alarm *alarm)
{
	looks = missed = 0;
	for (int i = 0; i < SETTERS; i++)
		due[i] = INT64_MAX;
	CU_ASSERT_EQUAL_FATAL(alarm_init(alarm, look, NULL), 0);
}

static int waits_until(int i)
{
	for (int n = 0; n < 5000 && due[i] != INT64_MAX; n++)
		sleep_ms(1);
	return due[i] == INT64_MAX;
}

static void test_in_time(void)
{
	struct alarm alarm;
	int64_t began = clock_now_ns();

	begin(&alarm);
	due[0] = began + 2000 * MS;
	CU_ASSERT_EQUAL(alarm_by(&alarm, due[0]), 0);
	due[1] = began + 30 * MS;               /* earlier than what it sleeps for */
	CU_ASSERT_EQUAL(alarm_by(&alarm, due[1]), 0);
	CU_ASSERT(waits_until(1));
	CU_ASSERT(clock_now_ns() >= began + 30 * MS);
	CU_ASSERT(clock_now_ns() < began + 1500 * MS);
	CU_ASSERT(masked);
	CU_ASSERT(due[0] != INT64_MAX);
	alarm_stop(&alarm);
	CU_ASSERT_EQUAL(alarm_by(&alarm, began), -1);
}

/* What lies after the next look wakes nobody. */
static void test_cheap(void)
{
	struct alarm alarm;
	int64_t began = clock_now_ns();

	begin(&alarm);
	due[0] = began + 200 * MS;
	alarm_by(&alarm, due[0]);
	for (int i = 0; i < 10000; i++)
		alarm_by(&alarm, began + (300 + i % 50) * MS);
	CU_ASSERT(waits_until(0));
	sleep_ms(20);
	CU_ASSERT(looks <= 2);
	alarm_stop(&alarm);
}

static void test_never_started(void)
{
	struct alarm alarm;

	begin(&alarm);
	alarm_stop(&alarm);
	CU_ASSERT_EQUAL(looks, 0);
}

static struct alarm shared;

static void *set_again(void *arg)
{
	int i = (int)(size_t)arg;

	for (int n = 0; n < 300; n++) {
		int64_t when = clock_now_ns() + (n * 7 + i) % 5 * 100000;

		atomic_store(&due[i], when);
		alarm_by(&shared, when);
		if (!waits_until(i))
			missed++;
	}
	return NULL;
}

static void test_none_missed(void)
{
	pthread_t threads[SETTERS];

	begin(&shared);
	for (size_t i = 0; i < SETTERS; i++)
		pthread_create(&threads[i], NULL, set_again, (void *)i);
	for (size_t i = 0; i < SETTERS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(missed, 0);
	alarm_stop(&shared);
}

static const struct unit_test tests[] = {
	{ "looks at the earliest time, signals blocked", test_in_time },
	{ "later times cost no wake-up", test_cheap },
	{ "no thread where nothing was set", test_never_started },
	{ "eight set at once, none missed", test_none_missed },
};

UNIT_MAIN("base_alarm", tests)
