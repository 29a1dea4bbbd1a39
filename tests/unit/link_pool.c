/* tests/unit/link_pool.c - opening a driver, and its pool: limits, waiting, sessions that
 * died, a store that is down, a store that does not fit, eight threads, a forked child.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include <idbc/idbc.h>
#include "tamed.h"

static void begin_with_two_idle(void)
{
	struct session a, b;

	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	link_give_back(&a);
	link_give_back(&b);
}

static int has(const char *code, const char *key)
{
	for (size_t i = 0; i < found.n; i++)
		if (!strcmp(found.items[i].code, code) && !strcmp(found.items[i].key, key))
			return 1;
	fprintf(stderr, "no finding %s at %s\n", code, key);
	return 0;
}

static void test_open(void)
{
	begin("\"options\":{\"known\":\"x\"}");
	UNIT_STR(link_driver_name(link_), "tame");
	CU_ASSERT_EQUAL(link_caps(link_), IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT);
	CU_ASSERT(!link_has(link_, 1u << IDBC_CREATE));
	CU_ASSERT_EQUAL(tame->connects, 0);
	finish();
}

/* The driver's mistakes, the options it does not know and ours, all at once. */
static void test_open_wrong(void)
{
	reset();
	tame->bad_open = 1;
	CU_ASSERT_EQUAL(open_with("\"options\":{\"knwon\":1},\"timeout_ms\":0"), IDBC_CONFIG);
	CU_ASSERT_PTR_NULL(link_);
	CU_ASSERT_EQUAL(found.n, 3);
	CU_ASSERT(has("out-of-range", "timeout_ms"));
	CU_ASSERT(has("bad-value", "users.user.table"));
	CU_ASSERT(has("unknown-key", "options.knwon"));
	finish();
	tame->bad_open = 0;
	CU_ASSERT_EQUAL(open_with("\"timeout_ms\":0"), IDBC_CONFIG);
	CU_ASSERT_EQUAL(tame->opened, 1);
	finish();
}

static void test_reuse(void)
{
	struct session a, b;

	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 0);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	CU_ASSERT(a.driver_session != b.driver_session);
	link_give_back(&a);
	link_give_back(&b);
	CU_ASSERT_EQUAL(stats().idle, 2);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 1);
	link_drop(&a);
	CU_ASSERT_EQUAL(tame->connects, 2);
	CU_ASSERT(comes_to(&tame->disconnects, 1));
	CU_ASSERT_EQUAL(tame->pings, 0);
	CU_ASSERT_EQUAL(tame->checks, 1);
	CU_ASSERT_EQUAL(stats().idle, 1);
	finish();
}

static void test_limit(void)
{
	struct session a, b;
	int64_t before;

	begin("\"pool\":{\"max\":1}");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	before = clock_now_ns();
	CU_ASSERT_EQUAL(take(&b, 60), IDBC_TIMEOUT);
	CU_ASSERT(clock_now_ns() - before >= 60 * MS);
	CU_ASSERT(clock_now_ns() - before < 400 * MS * unit_slower());
	UNIT_STR(err.origin, "pool");
	CU_ASSERT_EQUAL(take(&b, 0), IDBC_TIMEOUT);
	link_give_back(&a);
	CU_ASSERT_EQUAL(tame->connects, 1);
	finish();
}

static void *give_back_soon(void *session)
{
	struct timespec time = { 0, 50 * MS };

	nanosleep(&time, NULL);
	link_give_back(session);
	return NULL;
}

static void test_waiting(void)
{
	struct session a, b;
	pthread_t thread;

	begin("\"pool\":{\"max\":1}");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	pthread_create(&thread, NULL, give_back_soon, &a);
	CU_ASSERT_EQUAL_FATAL(take(&b, 5000), IDBC_OK);
	CU_ASSERT_EQUAL(b.reused, 1);
	pthread_join(thread, NULL);
	link_give_back(&b);
	finish();
}

static void test_expiry(void)
{
	struct session a, b;

	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	link_give_back(&a);
	link_give_back(&b);
	age(300001, 300001);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 0);           /* both had been idle for too long */
	CU_ASSERT(comes_to(&tame->disconnects, 2));
	age(1200001, 0);
	link_give_back(&a);                     /* too old by now */
	CU_ASSERT(comes_to(&tame->disconnects, 3));
	CU_ASSERT_EQUAL(stats().expired, 3);
	CU_ASSERT_EQUAL(tame->pings, 0);
	finish();
}

/* Nobody calls, and they go all the same; the one that is used stays. */
static void test_expiry_alone(void)
{
	struct session a, b;

	begin("\"pool\":{\"idle_ms\":150}");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	link_give_back(&a);
	CU_ASSERT(comes_to(&tame->disconnects, 1));
	CU_ASSERT_EQUAL(stats().expired, 1);
	link_give_back(&b);
	CU_ASSERT(comes_to(&tame->disconnects, 2));
	CU_ASSERT_EQUAL(tame->live, 0);
	finish();
}

static void test_ping(void)
{
	struct session a;

	begin_with_two_idle();
	age(5100, 5100);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(tame->pings, 1);
	CU_ASSERT_EQUAL(a.reused, 1);
	link_give_back(&a);
	age(5100, 5100);
	tame->ping_fails = 1;
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 0);
	CU_ASSERT_EQUAL(tame->pings, 2);        /* where one is dead nobody asks the others */
	CU_ASSERT(comes_to(&tame->disconnects, 2));
	CU_ASSERT_EQUAL(stats().reconnects, 1);
	link_give_back(&a);
	finish();
}

/* Where one was dead the idle ones are not asked, and one connected since is good enough. */
static void test_lost(void)
{
	struct session a, b;

	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&b, 1000), IDBC_OK);
	link_lost(&a);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 0);
	link_give_back(&a);
	link_lost(&b);                          /* of the same death */
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(a.reused, 1);
	CU_ASSERT_EQUAL(tame->connects, 3);
	CU_ASSERT(comes_to(&tame->disconnects, 2));
	link_give_back(&a);
	finish();
}

/* Once down, everybody is told at once; one at a time asks again, later and later. */
static void test_down(void)
{
	struct session a;

	begin("");
	tame->down = IDBC_UNAVAILABLE;
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_UNAVAILABLE);
	UNIT_STR(err.origin, "tame");
	CU_ASSERT_EQUAL(err.native, 2002);
	CU_ASSERT(strstr(err.text, "listens") != NULL);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(take(&a, 1000), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(tame->connects, 1);
	UNIT_STR(err.origin, "pool");
	UNIT_STR(err.sqlstate, "08001");
	CU_ASSERT_EQUAL(err.native, 2002);
	CU_ASSERT(strstr(err.text, "next try in") && strstr(err.text, "listens"));
	CU_ASSERT_EQUAL(link_->pool.backoff_ms, 1000);
	for (uint32_t want = 2000; want < 100000; want *= 2) {
		link_->pool.next_try_ns = clock_now_ns();
		CU_ASSERT_EQUAL(take(&a, 1000), IDBC_UNAVAILABLE);
		UNIT_STR(err.origin, "tame");
		CU_ASSERT_EQUAL(link_->pool.backoff_ms, want < 30000 ? want : 30000);
	}
	tame->down = 0;
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_UNAVAILABLE);
	link_->pool.next_try_ns = clock_now_ns();
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(link_->pool.backoff_ms, 0);
	CU_ASSERT_EQUAL(stats().open, 1);
	link_give_back(&a);
	finish();
}

/* A store that lets no more in serves those it has: they are waited for while they work. */
static void test_full(void)
{
	struct session a, b;
	pthread_t thread;

	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	tame->down = IDBC_UNAVAILABLE;
	for (int i = 0; i < 2; i++) {
		pthread_create(&thread, NULL, give_back_soon, &a);
		CU_ASSERT_EQUAL_FATAL(take(&b, 5000), IDBC_OK);
		CU_ASSERT_EQUAL(b.reused, 1);
		pthread_join(thread, NULL);
		a = b;
	}
	CU_ASSERT_EQUAL(tame->connects, 2);     /* the second caller knows */
	CU_ASSERT_EQUAL(link_->pool.backoff_ms, 1000);
	age(0, 600);                            /* this one may hang as well */
	CU_ASSERT_EQUAL(take(&b, 1000), IDBC_UNAVAILABLE);
	link_drop(&a);
	finish();
}

/* What another connect would be told as well is told at once, whoever else is served. */
static void test_full_then_refused(void)
{
	struct session a, b;
	pthread_t thread;

	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	tame->down = IDBC_UNAVAILABLE;
	pthread_create(&thread, NULL, give_back_soon, &a);
	CU_ASSERT_EQUAL_FATAL(take(&b, 5000), IDBC_OK);
	pthread_join(thread, NULL);
	tame->down = IDBC_CONFIG;
	pthread_mutex_lock(&link_->pool.lock);
	link_->pool.next_try_ns = clock_now_ns();
	pthread_mutex_unlock(&link_->pool.lock);
	CU_ASSERT_EQUAL(take(&a, 5000), IDBC_CONFIG);
	CU_ASSERT_EQUAL(tame->connects, 3);
	link_drop(&b);
	finish();
}

static void *lose_soon(void *session)
{
	struct timespec time = { 0, 50 * MS };

	nanosleep(&time, NULL);
	link_lost(session);
	return NULL;
}

/* With the last that worked goes the hope. */
static void test_full_then_down(void)
{
	struct session a, b;
	pthread_t thread;
	int64_t before;

	begin("");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	tame->down = IDBC_UNAVAILABLE;
	before = clock_now_ns();
	pthread_create(&thread, NULL, lose_soon, &a);
	CU_ASSERT_EQUAL(take(&b, 5000), IDBC_UNAVAILABLE);
	CU_ASSERT(clock_now_ns() - before < 2000 * MS * unit_slower());
	pthread_join(thread, NULL);
	finish();
}

static void *knock(void *out)
{
	struct idbc_error mine = IDBC_ERROR_INIT;
	struct session session;

	*(int *)out = link_checkout(link_, NULL, clock_deadline_ns(2000), &session, &mine);
	if (*(int *)out == IDBC_OK)
		link_give_back(&session);
	return NULL;
}

static void test_one_probe(void)
{
	pthread_t threads[6];
	struct session a;
	int rc[6], connects;

	begin("");
	tame->down = IDBC_UNAVAILABLE;
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_UNAVAILABLE);
	link_->pool.next_try_ns = clock_now_ns();
	tame->connect_ms = 200;
	connects = tame->connects;
	for (int i = 0; i < 6; i++)
		pthread_create(&threads[i], NULL, knock, &rc[i]);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(rc[i], IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(tame->connects, connects + 1);
	finish();
}

/* Many who find the store down together make one pause of it, not six doublings. */
static void test_fail_together(void)
{
	pthread_t threads[6];
	int rc[6];

	begin("");
	tame->down = IDBC_UNAVAILABLE;
	tame->connect_ms = 100;
	for (int i = 0; i < 6; i++)
		pthread_create(&threads[i], NULL, knock, &rc[i]);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(link_->pool.backoff_ms, 1000);
	CU_ASSERT_EQUAL(stats().open, 0);
	finish();
}

/* A database that is down is never "wrong password". */
static void test_odd_status(void)
{
	static const int odd[] = { IDBC_DENIED, IDBC_NO_USER, IDBC_BLOCKED, 9999, -1 };
	struct session a;

	begin("");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		tame->down = odd[i];
		CU_ASSERT_EQUAL(take(&a, 1000), IDBC_DRIVER);
		CU_ASSERT_EQUAL(err.status, IDBC_DRIVER);
	}
	tame->down = IDBC_TIMEOUT; /* in no time: the caller's own short deadline */
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_TIMEOUT);
	CU_ASSERT_EQUAL(link_->pool.backoff_ms, 0);
	finish();
}

static void test_misfit(void)
{
	struct session a;

	begin("");
	tame->misfit = 2;
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_CONFIG);
	UNIT_STR(err.code, "missing-column");
	CU_ASSERT(strstr(err.text, "users.profile.name") && strstr(err.text, "1 more"));
	CU_ASSERT(comes_to(&tame->live, 0));
	CU_ASSERT(strstr(logged, "0 tame shop: missing-column users.profile.name") != NULL);
	CU_ASSERT(strstr(logged, "1 tame shop: no-email") != NULL);
	tame->misfit = 0;
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_CONFIG);
	CU_ASSERT(strstr(err.text, "users.profile.name") != NULL);
	CU_ASSERT_EQUAL(tame->checks, 1);
	CU_ASSERT_EQUAL(tame->connects, 1);
	finish();
}

/* A check that could not be made says nothing about the store. */
static void test_check_fails(void)
{
	struct session a;

	begin("");
	tame->check_status = IDBC_TIMEOUT;
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_TIMEOUT);
	CU_ASSERT(comes_to(&tame->live, 0));
	tame->check_status = 0;
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(tame->checks, 2);
	link_give_back(&a);
	finish();
}

static void test_trust(void)
{
	struct session a;

	begin("\"startup\":\"trust\"");
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	CU_ASSERT_EQUAL(tame->checks, 0);
	link_give_back(&a);
	finish();
}

static void test_check(void)
{
	struct session a;

	begin("");
	tame->misfit = 3;
	CU_ASSERT_EQUAL(link_check(link_, clock_deadline_ns(1000), 0, &found, &err), IDBC_OK);
	CU_ASSERT_EQUAL(findings_errors(&found), 3);
	CU_ASSERT_EQUAL(found.n, 4);
	CU_ASSERT_EQUAL(take(&a, 1000), IDBC_CONFIG);
	tame->check_status = IDBC_CONFIG;
	CU_ASSERT_EQUAL(link_check(link_, clock_deadline_ns(1000), 0, &found, &err), IDBC_OK);
	tame->misfit = tame->check_status = 0;
	CU_ASSERT_EQUAL(link_check(link_, clock_deadline_ns(1000), 0, &found, &err), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(take(&a, 1000), IDBC_OK);
	link_give_back(&a);
	CU_ASSERT_EQUAL(tame->checks, 3);
	CU_ASSERT_EQUAL(tame->connects, 1);
	finish();
	begin("");
	tame->down = IDBC_UNAVAILABLE;
	CU_ASSERT_EQUAL(link_check(link_, clock_deadline_ns(1000), 0, &found, &err),
			IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(found.n, 0);
	finish();
}

/* Eight who come at once: the catalogue is looked at by one, the others wait for it. */
static void test_check_once(void)
{
	pthread_t threads[8];
	int rc[8];

	begin("");
	tame->check_ms = 100;
	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, knock, &rc[i]);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(rc[i], IDBC_OK);
	CU_ASSERT_EQUAL(tame->checks, 1);
	finish();
}

static void *work(void *ctx)
{
	struct idbc_error mine = IDBC_ERROR_INIT;
	struct idbc_user_req req = { .size = sizeof(req) };
	struct session session;
	int *bad = ctx;

	for (int i = 0; i < 60; i++) {
		if (link_checkout(link_, NULL, clock_deadline_ns(20000), &session, &mine)) {
			++*bad;
			continue;
		}
		*bad += session.ops->get_user(session.driver_session, &req, NULL, &mine) !=
			IDBC_NO_USER;
		if (i % 17 == 3)
			link_lost(&session);
		else if (i % 13 == 5)
			link_drop(&session);
		else
			link_give_back(&session);
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[8];
	int bad[8] = { 0 };

	begin("\"pool\":{\"max\":3}");
	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, work, &bad[i]);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(bad[i], 0);
	CU_ASSERT_EQUAL(tame->clashes, 0);
	CU_ASSERT(tame->most <= 3);
	CU_ASSERT(comes_to(&tame->live, (int)stats().idle));
	finish();
}

static int in_child(void)
{
	link_abandon(link_);
	return tame->abandoned == 2 && tame->disconnects == 0 && tame->closed == 0 ? 0 : 1;
}

static void test_fork(void)
{
	int status = -1;
	pid_t child;

	begin_with_two_idle();
	fflush(stdout);         /* the child must not print it again */
	child = fork();
	if (child == 0)
		_exit(in_child());
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(tame->abandoned, 0);
	finish();
}

static void test_services(void)
{
	const struct idbc_host *host;
	struct idbc_error mine = IDBC_ERROR_INIT;
	struct idbc_str in = { "ABC", 3 }, same = { "abc", 3 };
	const struct idbc_lower *lower = NULL;
	char out[8];

	begin("");
	host = &link_->host.table;
	CU_ASSERT_EQUAL(host->size, sizeof(*host));
	mine.effect = IDBC_EFFECT_UNKNOWN;
	mine.native = 7;
	CU_ASSERT_EQUAL(
		host->fail(host, &mine, IDBC_CONFLICT, "c", "a\xff%s\n", "b"), IDBC_CONFLICT);
	UNIT_STR(mine.text, "a\xef\xbf\xbd" "b\\x0a");
	UNIT_STR(mine.origin, "tame");
	UNIT_STR(mine.code, "c");
	CU_ASSERT_EQUAL(mine.effect, IDBC_EFFECT_UNKNOWN);
	CU_ASSERT_EQUAL(mine.native, 7);
	host->log(host, 99, "hello %d", 5);
	UNIT_STR(logged, "3 tame shop: hello 5\n");
	CU_ASSERT_EQUAL(host->fold(host, IDBC_FOLD_LOWER, &in, out, sizeof(out)), 3);
	CU_ASSERT_EQUAL(memcmp(out, "abc", 3), 0);
	CU_ASSERT_EQUAL(host->same(host, IDBC_FOLD_LOWER_BOTH, &in, &same), 1);
	CU_ASSERT_EQUAL(host->same(host, IDBC_FOLD_NONE, &in, &same), 0);
	CU_ASSERT_EQUAL(host->lower(host, NULL, "from", &lower, &mine), IDBC_UNSUPPORTED);
	CU_ASSERT(host->now_ns() > 0);
	finish();
}

static const struct unit_test tests[] = {
	{ "open loads and does not connect", test_open },
	{ "all mistakes in one go, the driver's among them", test_open_wrong },
	{ "sessions are used again", test_reuse },
	{ "never more than max, and the deadline holds", test_limit },
	{ "who waits gets the session given back", test_waiting },
	{ "idle and old sessions go", test_expiry },
	{ "they go without traffic too", test_expiry_alone },
	{ "idle for long: asked whether alive", test_ping },
	{ "where one is dead, so are those as old", test_lost },
	{ "a store that is down is remembered", test_down },
	{ "one that takes no more serves those it has", test_full },
	{ "and when these are lost, is down", test_full_then_down },
	{ "and refuses for another reason", test_full_then_refused },
	{ "one probe at a time", test_one_probe },
	{ "failing together is one failure", test_fail_together },
	{ "connect cannot say what only login may", test_odd_status },
	{ "a store that does not fit is remembered", test_misfit },
	{ "a check that failed is made again", test_check_fails },
	{ "trust does not check", test_trust },
	{ "link_check gives all findings", test_check },
	{ "eight first callers, one check", test_check_once },
	{ "eight threads on three sessions", test_threads },
	{ "a forked child sends nothing", test_fork },
	{ "services lent to drivers", test_services },
};

TAMED_MAIN("link_pool", tests)
