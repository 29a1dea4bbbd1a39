/* tests/unit/run_recover.c - deletes that were interrupted: who ends them, how often, and what
 * is left alone.
 */
#include <pthread.h>
#include <stdlib.h>
#include "hiding.h"

#define MANY 40

/* Deletes of users 1 to `n` that end with their intent standing and a lease that has ended. */
static void interrupt(const char *store, int n)
{
	static const char fails[] = "finish:conflict*9,finish:conflict*9,finish:conflict*9,"
				    "finish:conflict*9,finish:conflict*9";
	struct profiles profiles = { .answer = 0 };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = hiding_open(store, fails, FAST);

	profiles_set(conn, &profiles);
	for (int i = 1; i <= n; i++) {
		char id[32];

		snprintf(id, sizeof(id), "unit|%d", i);
		CU_ASSERT_EQUAL(idbc_delete_user(conn, id, &err), IDBC_UNAVAILABLE);
		UNIT_STR(err.code, "delete_pending");
	}
	CU_ASSERT_EQUAL(hiding_count(conn, "pending"), n);
	idbc_close(conn, 0);
	hiding_pause_ms(120);
}

static int count_interrupted(struct idbc *conn)
{
	char *text = NULL;
	json_t *list;
	int n;

	CU_ASSERT_EQUAL_FATAL(idbc_interrupted(conn, &text, NULL), IDBC_OK);
	list = json_loads(text, 0, NULL);
	n = (int)json_array_size(list);
	for (int i = 0; i < n; i++)
		CU_ASSERT(json_is_true(json_object_get(json_array_get(list, (size_t)i),
						       "profile_store")));
	json_decref(list);
	idbc_free(text);
	return n;
}

static void finished_once(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn;
	uint32_t finished = 99;

	interrupt("once", 1);
	conn = hiding_open("once", "", FAST);
	CU_ASSERT_EQUAL(count_interrupted(conn), 1);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_HIDDEN);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, NULL), IDBC_STATE);
	CU_ASSERT_EQUAL(finished, 0);
	CU_ASSERT_EQUAL(hiding_count(conn, "left"), 1);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_HIDDEN);
	profiles_set(conn, &profiles);          /* which looks as well */
	CU_ASSERT_EQUAL(profiles.asked, 1);
	UNIT_STR(profiles.last, "unit|1");
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_GONE);
	CU_ASSERT_EQUAL(hiding_count(conn, "recovered"), 1);
	CU_ASSERT_EQUAL(hiding_count(conn, "left"), 0);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(finished, 1);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(finished, 0);
	CU_ASSERT_EQUAL(idbc_recover(conn, NULL, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	idbc_close(conn, 0);
}

/* Not before the lease has ended. */
static void not_before(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_open("before", "finish:conflict", "");
	uint32_t finished = 99;

	profiles_set(conn, &profiles);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|1", NULL), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(count_interrupted(conn), 0);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(finished, 0);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_HIDDEN);
	idbc_close(conn, 0);
}

static void refused(void)
{
	struct profiles profiles = { .answer = 4 };
	struct idbc *conn = hiding_open("refuses", "", FAST);
	uint32_t finished = 99;

	interrupt("refuses", 2);
	CU_ASSERT_EQUAL(profiles_try(conn, &profiles, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(profiles.asked, 2);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(finished, 0);
	CU_ASSERT_EQUAL(profiles.asked, 2);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_THERE);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|2"), HIDING_THERE);
	CU_ASSERT_EQUAL(hiding_count(conn, "withdrawn"), 2);
	idbc_close(conn, 0);
}

/* A delete ends others that were interrupted, and its own answer is its own. */
static void after_a_delete(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_open("after", "", FAST);

	profiles_set(conn, &profiles);
	interrupt("after", 3);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|2", NULL), IDBC_NO_USER);
	for (int i = 1; i <= 3; i++) {
		char id[32];

		snprintf(id, sizeof(id), "unit|%d", i);
		CU_ASSERT_EQUAL(hiding_state(conn, id), HIDING_GONE);
	}
	CU_ASSERT_EQUAL(profiles.asked, 3);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|9", NULL), IDBC_OK);
	idbc_close(conn, 0);
}

struct racer {
	struct idbc *conn;
	struct profiles profiles;
	uint32_t finished;
	int rc;
};

static void *race(void *ctx)
{
	struct racer *racer = ctx;

	racer->rc = idbc_recover(racer->conn, &racer->finished, NULL);
	return NULL;
}

static void many_at_once(void)
{
	struct racer racers[4];
	pthread_t thread[4];
	uint32_t finished = 0;
	int asked = 0;

	memset(racers, 0, sizeof(racers));
	for (int i = 0; i < 4; i++) {
		racers[i].conn = hiding_open("race", "", FAST);
		racers[i].profiles.wait_ms = 1;
		profiles_set(racers[i].conn, &racers[i].profiles);
	}
	interrupt("race", MANY);
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, race, &racers[i]);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		CU_ASSERT_EQUAL(racers[i].rc, IDBC_OK);
		finished += racers[i].finished;
		asked += racers[i].profiles.asked;
	}
	CU_ASSERT_EQUAL(asked, MANY);
	CU_ASSERT_EQUAL(finished, MANY);
	CU_ASSERT_EQUAL(count_interrupted(racers[0].conn), 0);
	for (int i = 1; i <= MANY; i++) {
		char id[32];

		snprintf(id, sizeof(id), "unit|%d", i);
		CU_ASSERT_EQUAL(hiding_state(racers[0].conn, id), HIDING_GONE);
	}
	for (int i = 0; i < 4; i++)
		idbc_close(racers[i].conn, 0);
}

static void what_fails_is_told(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = hiding_open("fails", "take:down*2,finish:conflict", FAST);
	uint32_t finished = 99;
	int exists = 7;

	profiles_set(conn, &profiles);
	interrupt("fails", 1);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, &err), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(profiles.asked, 0);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, &err), IDBC_UNAVAILABLE);
	UNIT_STR(err.code, "delete_pending");
	CU_ASSERT_EQUAL(finished, 0);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	CU_ASSERT_EQUAL(idbc_user_exists(conn, "other|1", &exists, &err), IDBC_INVALID);
	UNIT_STR(err.code, "wrong_connection");
	CU_ASSERT_EQUAL(exists, 7);
	idbc_close(conn, 0);
}

/* Whoever began it may have had the profile removed: too late to ask is no reason to show him. */
static void too_late_to_ask(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn;

	interrupt("late", 1);
	conn = hiding_open("late", "take:late", FAST);
	profiles_set(conn, &profiles);
	CU_ASSERT_EQUAL(profiles.asked, 0);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_HIDDEN);
	hiding_pause_ms(120);
	CU_ASSERT_EQUAL(idbc_recover(conn, NULL, &err), IDBC_OK);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_GONE);
	idbc_close(conn, 0);
}

/* What failed beside another call is told by the next recovery. */
static void what_failed_before_is_told(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = hiding_open("earlier", "finish:conflict", FAST);
	uint32_t finished = 99;

	interrupt("earlier", 1);
	profiles_set(conn, &profiles);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, &err), IDBC_UNAVAILABLE);
	UNIT_STR(err.code, "delete_pending");
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_UNKNOWN);
	hiding_pause_ms(120);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, &err), IDBC_OK);
	CU_ASSERT_EQUAL(finished, 1);
	idbc_close(conn, 0);
}

/* --- those that cannot be ended now --------------------------------------------------------- */
/* Whom of users 1 to `n` it found gone. */
static int count_gone(struct idbc *conn, int n)
{
	int gone = 0;

	for (int i = 1; i <= n; i++) {
		char id[32];

		snprintf(id, sizeof(id), "unit|%d", i);
		gone += hiding_state(conn, id) == HIDING_GONE;
	}
	return gone;
}

/* Sixteen that fail are passed over, and the four behind them have their turn. */
static void a_page_that_fails(const char *store, const char *fails, int status)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_open(store, fails, FAST);
	struct idbc_error err = IDBC_ERROR_INIT;
	uint32_t finished = 99;

	profiles_set(conn, &profiles);
	interrupt(store, 20);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, &err), status);
	CU_ASSERT_EQUAL(finished, 4);
	CU_ASSERT_EQUAL(count_gone(conn, 16), 0);
	CU_ASSERT_EQUAL(count_gone(conn, 20), 4);
	hiding_pause_ms(120);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, &err), IDBC_OK);
	CU_ASSERT_EQUAL(finished, 16);
	CU_ASSERT_EQUAL(count_gone(conn, 20), 20);
	idbc_close(conn, 0);
}

static void pages_that_fail(void)
{
	a_page_that_fails("stuck", "take:busy*9,take:busy*7", IDBC_BUSY);
	a_page_that_fails("bound", "finish:conflict*9,finish:conflict*7", IDBC_UNAVAILABLE);
}

/* The same beside other deletes, which end a page each. */
static void each_has_his_turn(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_open("turns", "take:busy*9,take:busy*7", FAST);

	interrupt("turns", 20);
	profiles_set(conn, &profiles);
	CU_ASSERT_EQUAL(count_gone(conn, 20), 0);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|40", NULL), IDBC_OK);
	CU_ASSERT_EQUAL(count_gone(conn, 16), 0);
	CU_ASSERT_EQUAL(count_gone(conn, 20), 4);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|41", NULL), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|42", NULL), IDBC_OK);
	CU_ASSERT_EQUAL(count_gone(conn, 20), 20);
	idbc_close(conn, 0);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

/* Another's delete takes no more of the caller's time than he gave; the step alone would have
 * taken a second. */
static void within_the_deadline(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_open("hurry", "take:slow,finish:down*9,finish:down*9,finish:down*9",
					FAST);
	struct idbc_request req = IDBC_REQUEST_INIT;
	int64_t began;

	profiles_set(conn, &profiles);
	interrupt("hurry", 1);
	req.kind = IDBC_DELETE_USER;
	req.value = "unit|40";
	req.timeout_ms = 400;
	began = now_ms();
	CU_ASSERT_EQUAL(idbc_call(conn, &req, NULL, NULL), IDBC_OK);
	CU_ASSERT(now_ms() - began < 900);
	CU_ASSERT_EQUAL(profiles.asked, 2);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_HIDDEN);
	idbc_close(conn, 0);
}

static void no_time_for_others(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_open("brief", "", FAST);
	struct idbc_request req = IDBC_REQUEST_INIT;

	profiles_set(conn, &profiles);
	interrupt("brief", 1);
	req.kind = IDBC_DELETE_USER;
	req.value = "unit|41";
	req.timeout_ms = 90;
	CU_ASSERT_EQUAL(idbc_call(conn, &req, NULL, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_HIDDEN);
	idbc_close(conn, 0);
}

static void without_a_table(void)
{
	struct idbc *conn = hiding_open("none", "", ",\"delete\":{\"intents\":\"off\"}");
	char *text = NULL;
	uint32_t finished = 99;

	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, NULL), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(idbc_interrupted(conn, &text, NULL), IDBC_UNSUPPORTED);
	CU_ASSERT_PTR_NULL(text);
	CU_ASSERT_EQUAL(idbc_recover(NULL, NULL, NULL), IDBC_INVALID);
	idbc_close(conn, 0);
	conn = NULL;
	CU_ASSERT_EQUAL(idbc_open_json("{\"idbc\":1,\"connection\":\"none\",\"driver\":\"" TEST_BUILD
				       "/tests/drivers/scripted.so\",\"options\":{\"mode\":\"\"},"
				       "\"delete\":{\"intents\":\"t\"},\"users\":{\"login\":{\"by\":"
				       "[\"username\"]},\"password\":{\"accept\":[\"raw/sha256-hex\"]}}}",
				       &conn, NULL), IDBC_CONFIG);
	conn = hiding_open("none", "", ",\"delete\":{\"intents\":\"off\"}");
	CU_ASSERT_EQUAL(idbc_user_exists(conn, "unit|1", NULL, NULL), IDBC_INVALID);
	idbc_close(conn, 0);
}

static const struct unit_test tests[] = {
	{ "finished once, by who has a profile store", finished_once },
	{ "not before the lease has ended", not_before },
	{ "refused: back, and not counted", refused },
	{ "after a delete", after_a_delete },
	{ "many at once, each once", many_at_once },
	{ "what fails is told", what_fails_is_told },
	{ "too late to ask", too_late_to_ask },
	{ "what failed before is told", what_failed_before_is_told },
	{ "a page that fails", pages_that_fail },
	{ "each has his turn", each_has_his_turn },
	{ "within the deadline of the call beside it", within_the_deadline },
	{ "no time for others", no_time_for_others },
	{ "without a table", without_a_table },
};
UNIT_MAIN("run_recover", tests)
