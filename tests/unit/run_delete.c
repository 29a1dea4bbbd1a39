/* tests/unit/run_delete.c - deletes by intent through the public functions, on a driver whose
 * phases fail as they are told: who is hidden when, who is asked, what is told, what is left.
 */
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <idbc/idbc.h>
#include "hiding.h"
#include "unit.h"

/* --- whole ------------------------------------------------------------------------------- */
static void look_while_asked(struct profiles *profiles, const char *user_id)
{
	struct idbc *other = profiles->other;
	int exists = 0;

	CU_ASSERT_EQUAL(idbc_get_user(other, IDBC_BY_USER_ID, user_id, NULL, NULL), IDBC_NO_USER);
	CU_ASSERT_EQUAL(idbc_user_exists(other, user_id, &exists, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(exists, 1);
	CU_ASSERT_EQUAL(idbc_delete_user(other, user_id, NULL), IDBC_NO_USER);
}

static void hidden_asked_gone(void)
{
	struct profiles profiles = { .other = hiding_open("whole", "", "") };
	struct idbc *conn = hiding_open("whole", "", "");
	struct idbc_error err = IDBC_ERROR_INIT;

	profiles.hook = look_while_asked;
	profiles_set(conn, &profiles);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|1", &err), IDBC_OK);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_APPLIED);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	UNIT_STR(profiles.last, "unit|1");
	CU_ASSERT_EQUAL(hiding_state(profiles.other, "unit|1"), HIDING_GONE);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|1", &err), IDBC_NO_USER);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|nobody", &err), IDBC_NO_USER);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "other|2", &err), IDBC_INVALID);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	CU_ASSERT_EQUAL(hiding_count(conn, "begun"), 1);
	CU_ASSERT_EQUAL(hiding_count(conn, "finished"), 1);
	idbc_close(conn, 0);
	idbc_close(profiles.other, 0);
}

static void refused(void)
{
	struct profiles profiles = { .answer = 7 };
	struct idbc *conn = hiding_open("refused", "", "");
	struct idbc_error err = IDBC_ERROR_INIT;

	profiles_set(conn, &profiles);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|1", &err), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(err.native, 7);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	UNIT_STR(err.code, "");
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_THERE);
	CU_ASSERT_EQUAL(hiding_count(conn, "withdrawn"), 1);
	idbc_close(conn, 0);
}

/* Without a profile store there is nothing to ask; without "delete.intents" none is taken. */
static void without_a_store(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_open("without", "now:done", "");
	struct idbc_error err = IDBC_ERROR_INIT;

	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|1", &err), IDBC_OK);
	CU_ASSERT_EQUAL(hiding_count(conn, "begun"), 0);
	idbc_close(conn, 0);
	conn = hiding_open("without", "", ",\"delete\":{\"intents\":\"t\",\"profile_store\":\"required\"}");
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|2", &err), IDBC_STATE);
	idbc_close(conn, 0);
	conn = hiding_open("without", "", ",\"delete\":{}");
	CU_ASSERT_EQUAL(profiles_try(conn, &profiles, &err), IDBC_STATE);
	idbc_close(conn, 0);
	conn = hiding_open("without", "hide:down", ",\"delete\":{\"intents\":\"off\"}");
	profiles_set(conn, &profiles);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|2", &err), IDBC_OK);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	idbc_close(conn, 0);
}

/* --- phases that fail ---------------------------------------------------------------------- */
struct failing {
	const char *fails;
	int answer, status;
	uint32_t effect;
	const char *code;
	int asked;
	enum hiding_state state;
};

/* What is tried until the deadline may come to it while it is tried. */
static int is_status(int rc, const struct failing *f)
{
	return rc == f->status ||
	       (rc == IDBC_TIMEOUT && f->status == IDBC_UNAVAILABLE && strstr(f->fails, "down*9"));
}

static void fail_one(const struct failing *f, int i)
{
	struct profiles profiles = { .answer = f->answer };
	struct idbc *conn;
	struct idbc_error err = IDBC_ERROR_INIT;
	char store[32];
	int rc;

	snprintf(store, sizeof(store), "failing%d", i);
	conn = hiding_open(store, f->fails, ",\"timeout_ms\":700,\"delete\":{\"intents\":\"t\"}");
	profiles_set(conn, &profiles);
	rc = idbc_delete_user(conn, "unit|1", &err);
	if (!is_status(rc, f) || err.effect != f->effect || strcmp(err.code, f->code) ||
	    profiles.asked != f->asked)
		fprintf(stderr, "%s: %d, effect %u, code %s, asked %d: %s\n", f->fails, rc, err.effect,
			err.code, profiles.asked, err.text);
	CU_ASSERT_TRUE(is_status(rc, f));
	CU_ASSERT_EQUAL(err.effect, f->effect);
	UNIT_STR(err.code, f->code);
	CU_ASSERT_EQUAL(profiles.asked, f->asked);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), f->state);
	idbc_close(conn, 0);
}

static void failing_phases(void)
{
	static const struct failing cases[] = {
		/* Before anything stands, and what the store's own rules forbid. */
		{ "hide:conflict", 0, IDBC_CONFLICT, IDBC_EFFECT_NONE, "foreign_key", 0, HIDING_THERE },
		{ "hide:down*2", 0, IDBC_UNAVAILABLE, IDBC_EFFECT_NONE, "", 0, HIDING_THERE },
		{ "hide:lost", 0, IDBC_UNAVAILABLE, IDBC_EFFECT_NONE, "", 0, HIDING_THERE },
		{ "hide:no", 0, IDBC_UNSUPPORTED, IDBC_EFFECT_NONE, "", 0, HIDING_THERE },
		{ "hide:done", 0, IDBC_OK, IDBC_EFFECT_APPLIED, "", 1, HIDING_GONE },
		{ "hide:done,settle:data", 0, IDBC_UNAVAILABLE, IDBC_EFFECT_UNKNOWN, "delete_pending", 0,
		  HIDING_HIDDEN },
		/* It came too late to ask anybody. */
		{ "hide:slow,show:slow", 0, IDBC_OK, IDBC_EFFECT_APPLIED, "", 1, HIDING_GONE },
		/* The profile is gone. */
		{ "finish:lost", 0, IDBC_OK, IDBC_EFFECT_APPLIED, "", 1, HIDING_GONE },
		{ "finish:done", 0, IDBC_OK, IDBC_EFFECT_APPLIED, "", 1, HIDING_GONE },
		{ "finish:done,settle:data", 0, IDBC_OK, IDBC_EFFECT_APPLIED, "", 1, HIDING_GONE },
		{ "finish:down,finish:busy,finish:lost", 0, IDBC_OK, IDBC_EFFECT_APPLIED, "", 1,
		  HIDING_GONE },
		{ "finish:down*9,finish:down*9", 0, IDBC_UNAVAILABLE, IDBC_EFFECT_UNKNOWN,
		  "delete_pending", 1, HIDING_HIDDEN },
		{ "finish:conflict", 0, IDBC_UNAVAILABLE, IDBC_EFFECT_UNKNOWN, "delete_pending", 1,
		  HIDING_HIDDEN },
		/* It is not. */
		{ "show:lost", 3, IDBC_CANCELLED, IDBC_EFFECT_NONE, "", 1, HIDING_THERE },
		{ "show:done", 3, IDBC_CANCELLED, IDBC_EFFECT_NONE, "", 1, HIDING_THERE },
		{ "show:done,settle:data", 3, IDBC_CANCELLED, IDBC_EFFECT_NONE, "", 1, HIDING_THERE },
		{ "show:down*9,show:down*9", 3, IDBC_UNAVAILABLE, IDBC_EFFECT_UNKNOWN, "delete_pending",
		  1, HIDING_HIDDEN },
	};

	for (int i = 0; i < (int)(sizeof(cases) / sizeof(cases[0])); i++)
		fail_one(&cases[i], i);
}

/* Two deletes at once: one does it. */
static void *delete_third(void *conn)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	return (void *)(intptr_t)idbc_delete_user(conn, "unit|3", &err);
}

static void two_at_once(void)
{
	struct profiles profiles = { .wait_ms = 20 };
	struct idbc *conn = hiding_open("two", "", "");
	pthread_t thread[8];
	int ok = 0, none = 0;

	profiles_set(conn, &profiles);
	for (int i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, delete_third, conn);
	for (int i = 0; i < 8; i++) {
		void *rc;

		pthread_join(thread[i], &rc);
		ok += (intptr_t)rc == IDBC_OK;
		none += (intptr_t)rc == IDBC_NO_USER;
	}
	CU_ASSERT_EQUAL(ok, 1);
	CU_ASSERT_EQUAL(none, 7);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	idbc_close(conn, 0);
}

/* --- an owner that is late, and a recovery -------------------------------------------------- */
static void recover_meanwhile(struct profiles *profiles, const char *user_id)
{
	uint32_t finished = 0;

	(void)user_id;
	hiding_pause_ms(profiles->wait_ms);
	profiles->recovered = idbc_recover(profiles->other, &finished, NULL);
	profiles->finished += (int)finished;
}

/* `mine` and `other`: what the two profile stores say.  The lease of 100 ms and of what else the
 * deadline asks for has ended by a clock that runs 50 times as fast. */
static void late_owner(const char *store, const char *options, int mine, int other, int status,
		       enum hiding_state state)
{
	struct profiles theirs = { .answer = other };
	struct profiles ours = { .answer = mine, .wait_ms = 150, .hook = recover_meanwhile };
	struct idbc *conn = hiding_open(store, "", options);
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	ours.other = hiding_open(store, "", options);
	profiles_set(ours.other, &theirs);
	profiles_set(conn, &ours);
	rc = idbc_delete_user(conn, "unit|1", &err);
	if (rc != status)
		fprintf(stderr, "%s: %d %s %s\n", store, rc, err.code, err.text);
	CU_ASSERT_EQUAL(rc, status);
	CU_ASSERT_EQUAL(theirs.asked, 1);
	CU_ASSERT_EQUAL(ours.asked, 1);
	CU_ASSERT_EQUAL(ours.recovered, IDBC_OK);
	CU_ASSERT_EQUAL(ours.finished, other == 0);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), state);
	/* Whoever was deleted already is not hidden and deleted once more. */
	CU_ASSERT_EQUAL(hiding_count(conn, "begun"), 1 + (!mine && other));
	if (rc == IDBC_CANCELLED)
		CU_ASSERT_EQUAL(err.native, mine);
	idbc_close(conn, 0);
	idbc_close(ours.other, 0);
}

static void late_owners(void)
{
	/* The recovery agreed: its word stands, whatever the owner hears afterwards. */
	late_owner("late00", FAST, 0, 0, IDBC_OK, HIDING_GONE);
	late_owner("late10", FAST, 5, 0, IDBC_OK, HIDING_GONE);
	/* It was refused, and showed him: never a user without a profile. */
	late_owner("late01", FAST, 0, 5, IDBC_OK, HIDING_GONE);
	late_owner("late11", FAST, 5, 6, IDBC_CANCELLED, HIDING_THERE);
	/* The same where the row of a deleted user stays. */
	late_owner("kept00", FAST ",\"keep\":1", 0, 0, IDBC_OK, HIDING_THERE);
	late_owner("kept10", FAST ",\"keep\":1", 5, 0, IDBC_OK, HIDING_THERE);
	late_owner("kept01", FAST ",\"keep\":1", 0, 5, IDBC_OK, HIDING_THERE);
	late_owner("kept11", FAST ",\"keep\":1", 5, 6, IDBC_CANCELLED, HIDING_THERE);
}

/* --- asynchronous ------------------------------------------------------------------------------ */
struct answer {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	int done, status;
	struct idbc_error err;
};

static void on_done(int status, struct idbc_profile *profile, const struct idbc_error *err,
		    void *ctx)
{
	struct answer *answer = ctx;

	(void)profile;
	pthread_mutex_lock(&answer->lock);
	answer->done++;
	answer->status = status;
	answer->err = *err;
	pthread_cond_signal(&answer->cond);
	pthread_mutex_unlock(&answer->lock);
}

static void wait_for(struct answer *answer)
{
	pthread_mutex_lock(&answer->lock);
	while (!answer->done)
		pthread_cond_wait(&answer->cond, &answer->lock);
	pthread_mutex_unlock(&answer->lock);
}

static struct idbc_op *submit(struct idbc *conn, const char *user_id, uint32_t timeout_ms,
			      struct answer *answer)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_op *op = NULL;

	req.kind = IDBC_DELETE_USER;
	req.value = user_id;
	req.timeout_ms = timeout_ms;
	pthread_mutex_init(&answer->lock, NULL);
	pthread_cond_init(&answer->cond, NULL);
	answer->done = 0;
	CU_ASSERT_EQUAL_FATAL(idbc_submit(conn, &req, on_done, answer, &op, NULL), IDBC_OK);
	return op;
}

/* The host hears TIMEOUT in time, and whoever asked ends the delete when the answer is there. */
static void hangs(const char *store, int answers, enum hiding_state state)
{
	struct profiles profiles = { .answer = answers, .wait_ms = 500 };
	struct idbc *conn = hiding_open(store, "", ",\"delete\":{\"intents\":\"t\"}");
	struct answer answer;

	profiles_set(conn, &profiles);
	idbc_op_release(submit(conn, "unit|1", 100, &answer));
	wait_for(&answer);
	CU_ASSERT_EQUAL(answer.status, IDBC_TIMEOUT);
	CU_ASSERT_EQUAL(answer.err.effect, IDBC_EFFECT_UNKNOWN);
	UNIT_STR(answer.err.code, "delete_pending");
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_HIDDEN);
	for (int i = 0; i < 200 && hiding_state(conn, "unit|1") != state; i++)
		hiding_pause_ms(20);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), state);
	CU_ASSERT_EQUAL(answer.done, 1);
	idbc_close(conn, 5000);
}

static void a_store_that_hangs(void)
{
	hangs("hangs0", 0, HIDING_GONE);
	hangs("hangs1", 1, HIDING_THERE);
}

/* A cancel that comes while the profile store is asked changes nothing. */
static void cancelled_while_asked(void)
{
	struct profiles profiles = { .wait_ms = 200 };
	struct idbc *conn = hiding_open("cancelled", "", "");
	struct answer answer;
	struct idbc_op *op;

	profiles_set(conn, &profiles);
	op = submit(conn, "unit|1", 0, &answer);
	while (!atomic_load(&profiles.inside))
		hiding_pause_ms(2);
	idbc_op_cancel(op);
	wait_for(&answer);
	CU_ASSERT_EQUAL(answer.status, IDBC_OK);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_GONE);
	idbc_op_release(op);
	idbc_close(conn, 0);
}

/* The connection is closed while the profile store is asked: the delete ends with its intent,
 * or is done; never is anybody asked afterwards. */
static void closed_while_asked(void)
{
	struct profiles profiles = { .wait_ms = 300 };
	struct idbc *conn = hiding_open("closed", "", ""), *other = hiding_open("closed", "", "");
	struct answer answer;

	profiles_set(conn, &profiles);
	idbc_op_release(submit(conn, "unit|1", 0, &answer));
	while (!atomic_load(&profiles.inside))
		hiding_pause_ms(2);
	idbc_close(conn, 10);
	CU_ASSERT_EQUAL(answer.done, 1);
	CU_ASSERT_EQUAL(profiles.asked, 1);
	CU_ASSERT_EQUAL(atomic_load(&profiles.inside), 0);
	CU_ASSERT_NOT_EQUAL(hiding_state(other, "unit|1"), HIDING_THERE);
	if (answer.status == IDBC_OK)
		CU_ASSERT_EQUAL(hiding_state(other, "unit|1"), HIDING_GONE);
	idbc_close(other, 0);
}

/* A deadline that passes before anybody was asked: in time, and he is back or it is told. */
static void too_late_to_ask(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_open("tardy", "hide:slow", "");
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;

	profiles_set(conn, &profiles);
	req.kind = IDBC_DELETE_USER;
	req.value = "unit|1";
	req.timeout_ms = 200;
	CU_ASSERT_EQUAL(idbc_call(conn, &req, NULL, &err), IDBC_TIMEOUT);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(profiles.asked, 0);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), HIDING_THERE);
	idbc_close(conn, 0);
}

static const struct unit_test tests[] = {
	{ "hidden, asked, gone", hidden_asked_gone },
	{ "refused", refused },
	{ "without a store, or a table", without_a_store },
	{ "phases that fail", failing_phases },
	{ "two at once", two_at_once },
	{ "a late owner and a recovery", late_owners },
	{ "a profile store that hangs", a_store_that_hangs },
	{ "cancelled while asked", cancelled_while_asked },
	{ "closed while asked", closed_while_asked },
	{ "too late to ask", too_late_to_ask },
};
UNIT_MAIN("run_delete", tests)
