/* tests/unit/guess_throttle.c - the table that counts guesses: windows, who gives way to
 * whom, attempts at one time, addresses of clients.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "guess/guess.h"
#include "unit.h"

#define S INT64_C(1000000000)

static _Atomic int64_t now = 1000 * S;

static int64_t told_time(void)
{
	return now;
}

static struct guess *opened(uint32_t per_identifier, uint32_t per_client, uint32_t window_s)
{
	struct guess_rules rules = { 1, per_identifier, per_client, window_s };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct guess *guess = NULL;

	CU_ASSERT_EQUAL(guess_open(&rules, told_time, &guess, &err), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(guess);
	return guess;
}

static struct idbc_str str(const char *text)
{
	return (struct idbc_str){ text, text ? strlen(text) : 0 };
}

static int begin(struct guess *guess, const char *who, const char *client,
		 struct guess_attempt *attempt)
{
	struct guess_who asked = { str(who), str(client) };
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = guess_begin(guess, &asked, clock_deadline_ns(100), attempt, &err);

	if (rc == IDBC_BUSY)
		UNIT_STR(err.code, "too_many_attempts");
	return rc;
}

static int guessed(struct guess *guess, const char *who, const char *client, enum guess_end how)
{
	struct guess_attempt attempt;
	int rc = begin(guess, who, client, &attempt);

	if (rc == IDBC_OK)
		guess_end(&attempt, how);
	return rc;
}

static void *wait_in_vain(void *guess)
{
	struct guess_attempt attempt;

	return begin(guess, "ann", NULL, &attempt) == IDBC_TIMEOUT ? guess : NULL;
}

/* Who waited in the parent never leaves the child's. */
static void closed_in_a_child(void)
{
	struct guess *guess = opened(1, 0, 60);
	struct guess_attempt attempt;
	struct timespec pause = { 0, 30000000 };
	void *waited = NULL;
	pthread_t thread;
	int status = -1;
	pid_t pid;

	CU_ASSERT_EQUAL(begin(guess, "ann", NULL, &attempt), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, wait_in_vain, guess), 0);
	nanosleep(&pause, NULL);
	pid = fork();
	if (pid == 0) {
		alarm(5);
		guess_close(guess);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	pthread_join(thread, &waited);
	CU_ASSERT_PTR_EQUAL(waited, guess);
	guess_end(&attempt, GUESS_OPEN);
	guess_close(guess);
}

static void window(void)
{
	struct guess *guess = opened(3, 0, 60);
	struct idbc_str ida = str("ida");

	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(guessed(guess, "ida", NULL, GUESS_WRONG), IDBC_OK);
		now += 10 * S;
	}
	CU_ASSERT_EQUAL(guess_count(guess, &ida), 3);
	CU_ASSERT_EQUAL(guessed(guess, "ida", NULL, GUESS_RIGHT), IDBC_BUSY);
	CU_ASSERT_EQUAL(guessed(guess, "eve", NULL, GUESS_WRONG), IDBC_OK);
	now += 29 * S;                          /* 59 s after the first */
	CU_ASSERT_EQUAL(guessed(guess, "ida", NULL, GUESS_RIGHT), IDBC_BUSY);
	now += S;
	CU_ASSERT_EQUAL(guess_count(guess, &ida), 0);
	CU_ASSERT_EQUAL(guessed(guess, "ida", NULL, GUESS_WRONG), IDBC_OK);
	CU_ASSERT_EQUAL(guess_count(guess, &ida), 1);
	guess_close(guess);
}

static void right_ones(void)
{
	struct guess *guess = opened(3, 5, 60);
	struct idbc_str ida = str("ida");

	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(guessed(guess, "ida", "192.0.2.1", GUESS_RIGHT), IDBC_OK);
	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(guessed(guess, "ida", "192.0.2.1", GUESS_OPEN), IDBC_OK);
	guessed(guess, "ida", "192.0.2.1", GUESS_WRONG);
	guessed(guess, "ida", "192.0.2.1", GUESS_WRONG);
	guessed(guess, "ida", "192.0.2.1", GUESS_OPEN);
	CU_ASSERT_EQUAL(guess_count(guess, &ida), 2);
	guessed(guess, "ida", "192.0.2.1", GUESS_RIGHT);
	CU_ASSERT_EQUAL(guess_count(guess, &ida), 0);
	guessed(guess, "ida", "192.0.2.1", GUESS_WRONG);
	guessed(guess, "ida", "192.0.2.1", GUESS_WRONG);
	guessed(guess, "ida", "192.0.2.1", GUESS_RIGHT);
	guessed(guess, "eve", "192.0.2.1", GUESS_WRONG);
	/* five of the client's, whoever was asked for and whatever was right between */
	CU_ASSERT_EQUAL(guessed(guess, "bob", "192.0.2.1", GUESS_RIGHT), IDBC_BUSY);
	CU_ASSERT_EQUAL(guessed(guess, "bob", "192.0.2.2", GUESS_RIGHT), IDBC_OK);
	CU_ASSERT_EQUAL(guessed(guess, "bob", NULL, GUESS_RIGHT), IDBC_OK);
	guess_close(guess);
}

static void told_once(void)
{
	struct guess *guess = opened(2, 3, 60);
	struct guess_attempt attempt;

	begin(guess, "ida", "192.0.2.1", &attempt);
	CU_ASSERT_EQUAL(guess_end(&attempt, GUESS_WRONG), 0);
	begin(guess, "ida", "192.0.2.1", &attempt);
	CU_ASSERT_EQUAL(guess_end(&attempt, GUESS_WRONG), 1u << GUESS_IDENTIFIER);
	CU_ASSERT_EQUAL(guess_end(&attempt, GUESS_WRONG), 0);
	begin(guess, "eve", "192.0.2.1", &attempt);
	CU_ASSERT_EQUAL(guess_end(&attempt, GUESS_WRONG), 1u << GUESS_CLIENT);
	guess_close(guess);
}

/* A refusal by one of the two counters leaves no trace in the other. */
static void nothing_held(void)
{
	struct guess *guess = opened(2, 1, 60);

	guessed(guess, "eve", "192.0.2.1", GUESS_WRONG);
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(guessed(guess, "ida", "192.0.2.1", GUESS_WRONG), IDBC_BUSY);
	CU_ASSERT_EQUAL(guessed(guess, "ida", "192.0.2.2", GUESS_WRONG), IDBC_OK);
	CU_ASSERT_EQUAL(guessed(guess, "ida", "192.0.2.3", GUESS_WRONG), IDBC_OK);
	guess_close(guess);
}

static void none(void)
{
	struct guess_rules rules = { 0, 0, 0, 60 };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct guess *guess = (struct guess *)&rules;
	struct guess_attempt attempt;

	CU_ASSERT_EQUAL(guess_open(&rules, NULL, &guess, &err), IDBC_OK);
	CU_ASSERT_PTR_NULL(guess);
	CU_ASSERT_EQUAL(begin(guess, "ida", "192.0.2.1", &attempt), IDBC_OK);
	CU_ASSERT_EQUAL(guess_end(&attempt, GUESS_WRONG), 0);
	guess_close(guess);
}

/* A million names, each guessed once, do not make one that was guessed often forgotten. */
static void flood(void)
{
	struct guess *guess = opened(20, 0, 3600);
	struct idbc_str ida = str("ida");
	char name[32];

	for (int i = 0; i < 19; i++)
		guessed(guess, "ida", NULL, GUESS_WRONG);
	for (int i = 0; i < 300000; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		CU_ASSERT_EQUAL_FATAL(guessed(guess, name, NULL, GUESS_WRONG), IDBC_OK);
	}
	CU_ASSERT_EQUAL(guess_count(guess, &ida), 19);
	CU_ASSERT_EQUAL(guessed(guess, "ida", NULL, GUESS_WRONG), IDBC_OK);
	CU_ASSERT_EQUAL(guessed(guess, "ida", NULL, GUESS_RIGHT), IDBC_BUSY);
	guess_close(guess);
}

static void under_way(void)
{
	struct guess *guess = opened(2, 0, 60);
	struct guess_attempt one, two, three;

	CU_ASSERT_EQUAL(begin(guess, "ida", NULL, &one), IDBC_OK);
	CU_ASSERT_EQUAL(begin(guess, "ida", NULL, &two), IDBC_OK);
	/* waits for the two, until its deadline */
	CU_ASSERT_EQUAL(begin(guess, "ida", NULL, &three), IDBC_TIMEOUT);
	guess_end(&one, GUESS_RIGHT);
	CU_ASSERT_EQUAL(begin(guess, "ida", NULL, &three), IDBC_OK);
	guess_end(&two, GUESS_WRONG);
	guess_end(&three, GUESS_WRONG);
	CU_ASSERT_EQUAL(begin(guess, "ida", NULL, &one), IDBC_BUSY);
	guess_close(guess);
}

#define THREADS 16
#define TRIES   250
static struct guess *shared;
static _Atomic uint32_t heard, refused;

static void *guess_away(void *how)
{
	for (int i = 0; i < TRIES; i++) {
		struct guess_who who = { str("ida"), str(i % 2 ? "192.0.2.1" : "2001:db8::1") };
		struct idbc_error err = IDBC_ERROR_INIT;
		struct guess_attempt attempt;
		int rc = guess_begin(shared, &who, clock_deadline_ns(20000), &attempt, &err);

		heard += rc == IDBC_OK;
		refused += rc == IDBC_BUSY;
		if (rc == IDBC_OK)
			guess_end(&attempt, *(enum guess_end *)how);
	}
	return NULL;
}

static void at_once(enum guess_end how)
{
	pthread_t thread[THREADS];

	heard = refused = 0;
	shared = opened(20, 1000, 60);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, guess_away, &how), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	guess_close(shared);
	CU_ASSERT_EQUAL(heard + refused, THREADS * TRIES);
}

/* Of thousands at once exactly the limit gets through, and nobody who is right is refused. */
static void many_threads(void)
{
	at_once(GUESS_WRONG);
	CU_ASSERT_EQUAL(heard, 20);
	at_once(GUESS_RIGHT);
	CU_ASSERT_EQUAL(refused, 0);
}

static void clients(void)
{
	static const struct { const char *a, *b; int same; } cases[] = {
		{ "192.0.2.1", "192.0.2.1", 1 }, { "192.0.2.1", "192.0.2.2", 0 },
		{ "2001:db8::1", "2001:db8::ffff:1", 1 },
		{ "2001:db8::1", "2001:DB8:0:0:1::1", 1 },
		{ "2001:db8::1", "2001:db8:0:1::1", 0 },
		{ "::ffff:192.0.2.1", "192.0.2.1", 1 },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", 0 },
		{ "fe80::1%eth0", "fe80::2%eth1", 1 },
		{ "unix:/run/a", "unix:/run/b", 0 }, { "unix:/run/a", "unix:/run/a", 1 },
		{ "192.0.2.1", "192.0.2.1 ", 0 }, { "", "192.0.2.1", 0 },
		{ "0123456789012345678901234567890123456789012345678901234567890123",
		  "0123456789012345678901234567890123456789012345678901234567890123", 1 },
	};
	char a[GUESS_CLIENT_MAX], b[GUESS_CLIENT_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_str one = str(cases[i].a), two = str(cases[i].b);
		size_t n = guess_client(&one, a), m = guess_client(&two, b);
		int same = n == m && !memcmp(a, b, n);

		if (same != cases[i].same)
			fprintf(stderr, "%s %s\n", cases[i].a, cases[i].b);
		CU_ASSERT_EQUAL(same, cases[i].same);
	}
}

static const struct unit_test tests[] = {
	{ "a window begins with the first failure and ends at once", window },
	{ "what was right is no failure", right_ones },
	{ "who reaches a limit is told once", told_once },
	{ "a refused attempt holds nothing", nothing_held },
	{ "without throttle nothing is counted", none },
	{ "a flood of names pushes out its own", flood },
	{ "attempts under way count", under_way },
	{ "at one time no more than the limit", many_threads },
	{ "a child does not wait for who waited", closed_in_a_child },
	{ "addresses of one client", clients },
};
UNIT_MAIN("guess_throttle", tests)
