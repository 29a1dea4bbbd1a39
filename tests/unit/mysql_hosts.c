/* tests/unit/mysql_hosts.c - which of several servers is asked first, told by a clock of the
 * test's own.
 */
#include "unit.h"
#include "../../drivers/mysql/client.h"

#define MS(n) ((n) * INT64_C(1000000))

static int64_t now = MS(1000);

static int next(struct my_memory *m, uint64_t tried)
{
	return hosts_next(m, tried, now);
}

static int ended(struct my_memory *m, size_t host, enum hosts_outcome outcome)
{
	return hosts_ended(m, host, outcome, now);
}

/* One search that meets each host until one is good; the one it ends with, or -1. */
static int search(struct my_memory *m, uint64_t down)
{
	uint64_t tried = 0;
	int host;

	while ((host = next(m, tried)) >= 0) {
		tried |= UINT64_C(1) << host;
		ended(m, (size_t)host, down & UINT64_C(1) << host ? HOSTS_FAILED : HOSTS_GOOD);
		if (!(down & UINT64_C(1) << host))
			return host;
	}
	return -1;
}

static void test_order(void)
{
	struct my_memory *m = hosts_memory(3);

	CU_ASSERT_EQUAL(search(m, 0), 0);
	CU_ASSERT_EQUAL(search(m, 1), 1);
	CU_ASSERT_EQUAL(next(m, 0), 1);         /* the first failed a moment ago */
	ended(m, 1, HOSTS_GOOD);
	CU_ASSERT_EQUAL(search(m, 2), 2);
	CU_ASSERT_EQUAL(next(m, 4), 0);         /* of two that failed, whose turn is next */
	ended(m, 0, HOSTS_UNKNOWN);
	CU_ASSERT_EQUAL(next(m, 7), -1);
	hosts_forget(m);
}

static void test_return(void)
{
	struct my_memory *m = hosts_memory(2);

	CU_ASSERT_EQUAL(search(m, 1), 1);
	now += MS(999);
	CU_ASSERT_EQUAL(search(m, 0), 1);
	now += MS(2);
	CU_ASSERT_EQUAL(next(m, 0), 0);         /* one finds out */
	CU_ASSERT_EQUAL(next(m, 0), 1);         /* the others do not wait for it */
	CU_ASSERT_EQUAL(ended(m, 0, HOSTS_GOOD), 1);
	CU_ASSERT_EQUAL(ended(m, 1, HOSTS_GOOD), 0);
	CU_ASSERT_EQUAL(search(m, 0), 0);
	hosts_forget(m);
}

/* How long a host that stays away is left alone. */
static int64_t pause_ms(struct my_memory *m)
{
	int64_t ms = 0;
	int host;

	for (;;) {
		host = next(m, 0);
		ended(m, (size_t)host, host ? HOSTS_GOOD : HOSTS_FAILED);
		if (!host)
			return ms;
		now += MS(500);
		ms += 500;
	}
}

static void test_pauses(void)
{
	static const int64_t want[] = { 0, 1000, 2000, 4000, 8000, 16000, 30000, 30000 };
	struct my_memory *m = hosts_memory(2);

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		CU_ASSERT_EQUAL(pause_ms(m), want[i]);
	ended(m, (size_t)next(m, 2), HOSTS_GOOD);
	CU_ASSERT_EQUAL(pause_ms(m), 0);
	CU_ASSERT_EQUAL(pause_ms(m), 1000);     /* it had answered meanwhile */
	hosts_forget(m);
}

static void test_together(void)
{
	struct my_memory *m = hosts_memory(2);

	for (int i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(next(m, 0), 0);
	for (int i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(ended(m, 0, HOSTS_FAILED), i == 0);
	now += MS(1001);                        /* not 128 seconds */
	CU_ASSERT_EQUAL(next(m, 0), 0);
	hosts_forget(m);
}

static void test_stalled(void)
{
	struct my_memory *m = hosts_memory(2);

	CU_ASSERT_EQUAL(next(m, 0), 0);
	CU_ASSERT_EQUAL(next(m, 0), 0);
	now += MS(301);
	CU_ASSERT_EQUAL(next(m, 0), 1);         /* two wait for the first already */
	ended(m, 0, HOSTS_GOOD);
	CU_ASSERT_EQUAL(next(m, 0), 0);
	hosts_forget(m);
}

static void test_suspect(void)
{
	struct my_memory *m = hosts_memory(2);

	CU_ASSERT_EQUAL(hosts_suspect(m, 0, now), 1);
	CU_ASSERT_EQUAL(hosts_suspect(m, 0, now), 0);
	CU_ASSERT_EQUAL(search(m, 0), 1);
	now += MS(1001);
	CU_ASSERT_EQUAL(search(m, 0), 0);
	hosts_forget(m);
}

static const struct unit_test tests[] = {
	{ "order", test_order }, { "return", test_return }, { "pauses", test_pauses },
	{ "together", test_together }, { "stalled", test_stalled }, { "suspect", test_suspect },
};
UNIT_MAIN("mysql_hosts", tests)
