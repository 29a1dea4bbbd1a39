/* tests/unit/tamed.h - one link to the driver tame.c, for the tests of the pool: opened with what
 * a test wants configured, closed with the books balanced.
 */
#ifndef TESTS_UNIT_TAMED_H
#define TESTS_UNIT_TAMED_H

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/err.h"
#include "drivers/tame.h"
#include "link/inside.h"
#include "unit.h"

#define DRIVERS TEST_BUILD "/tests/drivers"
#define MS INT64_C(1000000)

static struct tame *tame;
static struct finding_list found;
static struct idbc_error err;
static struct config *config;
static struct link *link_;
static char logged[4096];

static void keep_log(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
		     const char *text)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	size_t at;

	pthread_mutex_lock(&lock);
	at = strlen(logged);
	(void)ctx;
	(void)op;
	(void)op_id;
	snprintf(logged + at, sizeof(logged) - at, "%u %s %s\n", level, origin, text);
	pthread_mutex_unlock(&lock);
}
static const struct log log_ = { .fn = keep_log, .connection = "shop" };

static int open_with(const char *rest)
{
	char json[500];
	int rc;

	logged[0] = '\0';
	err_clear(&err);
	findings_init(&found);
	config = NULL;
	link_ = NULL;
	snprintf(json, sizeof(json),
		"{\"idbc\":1,\"connection\":\"shop\",\"driver\":\"tame\"%s%s}",
		rest[0] ? "," : "", rest);
	rc = config_open(NULL, json, &found, &config, &err);
	CU_ASSERT_EQUAL(rc, IDBC_OK);
	return link_open(config, &log_, &found, &link_, &err);
}

static void reset(void)
{
	memset(tame, 0, sizeof(*tame));
}

static void begin(const char *rest)
{
	reset();
	CU_ASSERT_EQUAL_FATAL(open_with(rest), IDBC_OK);
}

static void finish(void)
{
	link_close(link_, NULL, NULL);
	config_close(config);
	findings_free(&found);
	CU_ASSERT_EQUAL(tame->live, 0);
	CU_ASSERT_EQUAL(tame->begun, tame->ended);
	CU_ASSERT_EQUAL(tame->opened, tame->closed);
}

static int take(struct session *session, uint32_t timeout_ms)
{
	err_clear(&err);
	return link_checkout(link_, NULL, clock_deadline_ns(timeout_ms), session, &err);
}

static inline struct link_stats stats(void)
{
	struct link_stats now;

	link_stats(link_, &now);
	return now;
}

/* What ends on a thread of the pool's ends soon. */
static inline int comes_to(const _Atomic int *count, int want)
{
	struct timespec moment = { 0, MS };

	for (int i = 0; i < 5000 && *count != want; i++)
		nanosleep(&moment, NULL);
	if (*count != want)
		fprintf(stderr, "%d, not %d\n", *count, want);
	return *count == want;
}

/* The sessions idle for so long as if by magic: the pool's own record is set back. */
static inline void age(int64_t born_ms, int64_t used_ms)
{
	for (uint32_t i = 0; i < link_->pool.max; i++) {
		link_->pool.seats[i].born_ns -= born_ms * MS;
		link_->pool.seats[i].used_ns -= used_ms * MS;
	}
}

static int tamed_run(const char *suite, const struct unit_test *tests, size_t n)
{
	void *handle = dlopen(DRIVERS "/tame.so", RTLD_NOW | RTLD_LOCAL);
	int bad;

	tame = handle ? dlsym(handle, "tame") : NULL;
	if (!tame) {
		printf("not ok - %s/the test's driver is there\n", suite);
		return 1;
	}
	setenv("IDBC_DRIVER_PATH", DRIVERS, 1);
	bad = unit_run(suite, tests, n);
	dlclose(handle);
	return bad;
}

#define TAMED_MAIN(suite, tests) \
	int main(void) { return tamed_run(suite, tests, sizeof(tests) / sizeof(tests[0])); }

#endif
