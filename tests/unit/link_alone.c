/* tests/unit/link_alone.c - a process that may have no more threads: the pool does on the
 * caller's what it would do on its own, and says so once.
 */
#include <errno.h>
#include <pthread.h>
#include "tamed.h"

/* In place of the C library's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	(void)thread;
	(void)attr;
	(void)fn;
	(void)arg;
	return EAGAIN;
}

static void test_alone(void)
{
	struct session a, b, c;

	begin("\"pool\":{\"max\":2}");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(tame->connects, 2);
	link_give_back(&a);
	link_drop(&b);
	CU_ASSERT_EQUAL(tame->disconnects, 1);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 1);
	link_lost(&a);
	CU_ASSERT_EQUAL(tame->disconnects, 2);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 0);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(take(&c, 50), IDBC_TIMEOUT);
	CU_ASSERT(strstr(logged, "no thread for the pool's clock") != NULL);
	CU_ASSERT_PTR_NULL(strstr(strstr(logged, "no thread") + 1, "no thread"));
	link_give_back(&a);
	CU_ASSERT_EQUAL(stats().open, 2);
	link_give_back(&b);
	tame->down = IDBC_UNAVAILABLE;
	age(400000, 400000);
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_UNAVAILABLE);
	UNIT_STR(err.origin, "tame");
	tame->down = 0;
	pthread_mutex_lock(&link_->pool.lock);
	link_->pool.next_try_ns = clock_now_ns();
	pthread_mutex_unlock(&link_->pool.lock);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	link_give_back(&a);
	finish();
}

static const struct unit_test tests[] = {
	{ "without a thread of its own", test_alone },
};

TAMED_MAIN("link_alone", tests)
