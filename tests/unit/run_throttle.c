/* tests/unit/run_throttle.c - which calls count as guesses, for whom, and what they get when
 * there were too many: through the public functions and a driver that is told how to behave.
 */
#include <stdio.h>
#include <string.h>
#include <idbc/idbc.h>
#include "opened.h"

static struct idbc *opened(const char *mode, const char *fold, const char *throttle)
{
	char json[1024];

	snprintf(json, sizeof(json),
		 "{\"idbc\":1,\"connection\":\"unit\",\"driver\":\"%s/tests/drivers/scripted.so\","
		 "\"options\":{\"mode\":\"%s\"},\"throttle\":%s,"
		 "\"users\":{\"login\":{\"by\":[\"username\"]},"
		 "\"lookup\":{\"username\":{\"fold\":\"%s\"}},"
		 "\"password\":{\"accept\":[\"raw/sha256-hex\"],\"upgrade\":false}}}",
		 TEST_BUILD, mode, throttle, fold);
	return unit_open(json);
}

static int login_from(struct idbc *conn, const char *who, const char *password,
		      const char *client, struct idbc_error *err)
{
	struct idbc_request req = IDBC_REQUEST_INIT;

	req.kind = IDBC_LOGIN;
	req.value = who;
	req.password = password;
	req.client_ip = client;
	return idbc_call(conn, &req, NULL, err);
}

static int login(struct idbc *conn, const char *who, const char *password)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = login_from(conn, who, password, NULL, &err);

	if (rc == IDBC_BUSY) {
		UNIT_STR(err.code, "too_many_attempts");
		CU_ASSERT_EQUAL(err.detail, 0);
	}
	return rc;
}

/* How long is left depends on how long the attempts took. */
static void without_seconds(struct idbc_error *err)
{
	for (size_t i = 0; i < sizeof(err->text); i++)
		if (err->text[i] >= '0' && err->text[i] <= '9') {
			memset(err->text + i, 0, sizeof(err->text) - i);
			return;
		}
	CU_FAIL("no number of seconds");
}

/* Known, unknown, ambiguous, without a password: the same number, the same words. */
static void alike(void)
{
	static const struct { const char *mode, *who; } cases[] = {
		{ "", "alice" }, { "", "nobody" }, { "deleted", "alice" }, { "two", "alice" },
		{ "null-credential", "alice" }, { "neighbour", "alice" },
	};
	struct idbc_error first = IDBC_ERROR_INIT, err = IDBC_ERROR_INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc *conn = opened(cases[i].mode, "none", "{\"per_identifier\":3}");

		for (int n = 0; n < 3; n++)
			CU_ASSERT_EQUAL(login(conn, cases[i].who, "wrong"), IDBC_DENIED);
		CU_ASSERT_EQUAL(login_from(conn, cases[i].who, "secret", NULL, &err), IDBC_BUSY);
		without_seconds(&err);
		if (i == 0)
			first = err;
		CU_ASSERT(!memcmp(&first, &err, sizeof(err)));
		CU_ASSERT_EQUAL(login(conn, "somebody", "wrong"), IDBC_DENIED);
		idbc_close(conn, 0);
	}
}

static void empty_passwords(void)
{
	struct idbc *conn = opened("", "none", "{\"per_identifier\":2}");

	CU_ASSERT_EQUAL(login(conn, "alice", ""), IDBC_DENIED);
	CU_ASSERT_EQUAL(login(conn, "alice", ""), IDBC_DENIED);
	CU_ASSERT_EQUAL(login(conn, "alice", "secret"), IDBC_BUSY);
	idbc_close(conn, 0);
}

static void right_password(void)
{
	static const struct { const char *mode; int status; } cases[] = {
		{ "", IDBC_OK }, { "blocked", IDBC_BLOCKED }, { "expired", IDBC_PASSWORD_EXPIRED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc *conn = opened(cases[i].mode, "none", "{\"per_identifier\":2}");

		for (int n = 0; n < 5; n++) {
			CU_ASSERT_EQUAL(login(conn, "alice", "wrong"), IDBC_DENIED);
			CU_ASSERT_EQUAL(login(conn, "alice", "secret"), cases[i].status);
		}
		idbc_close(conn, 0);
	}
}

/* A store that is down has judged nobody. */
static void store_down(void)
{
	struct idbc *conn = opened("down", "none", "{\"per_identifier\":2,\"per_client\":2}");

	for (int n = 0; n < 9; n++)
		CU_ASSERT_EQUAL(login_from(conn, "alice", "wrong", "192.0.2.1", NULL),
				IDBC_UNAVAILABLE);
	idbc_close(conn, 0);
}

static void spellings(void)
{
	static const struct { const char *fold, *other; int status; } cases[] = {
		{ "none", "ALICE", IDBC_OK }, { "lower-both", "ALICE", IDBC_BUSY },
		{ "lower", "Alice", IDBC_BUSY }, { "database", "\xc3\xa1lice ", IDBC_BUSY },
		{ "database", "al\xe2\x80\x8bice", IDBC_BUSY },
		{ "lower-both", "\xc3\xa1lice", IDBC_OK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc *conn = opened("", cases[i].fold, "{\"per_identifier\":2}");

		CU_ASSERT_EQUAL(login(conn, cases[i].other, "wrong"), IDBC_DENIED);
		CU_ASSERT_EQUAL(login(conn, cases[i].other, "wrong"), IDBC_DENIED);
		CU_ASSERT_EQUAL(login(conn, "alice", "secret"), cases[i].status);
		idbc_close(conn, 0);
	}
}

static void clients(void)
{
	struct idbc *conn = opened("", "none", "{\"per_identifier\":0,\"per_client\":3}");
	char who[16];

	for (int n = 0; n < 3; n++) {
		snprintf(who, sizeof(who), "user%d", n);
		CU_ASSERT_EQUAL(login_from(conn, who, "wrong", "2001:db8::1", NULL), IDBC_DENIED);
	}
	CU_ASSERT_EQUAL(login_from(conn, "alice", "secret", "2001:db8::2", NULL), IDBC_BUSY);
	CU_ASSERT_EQUAL(login_from(conn, "alice", "secret", "2001:db8:0:1::2", NULL), IDBC_OK);
	CU_ASSERT_EQUAL(login_from(conn, "alice", "secret", NULL, NULL), IDBC_OK);
	idbc_close(conn, 0);
}

static int change(struct idbc *conn, const char *who, const char *current)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	req.kind = IDBC_CHANGE_PASSWORD;
	req.value = who;
	req.password = "a new one";
	req.current_password = current;
	rc = idbc_call(conn, &req, NULL, &err);
	CU_ASSERT_EQUAL(err.effect, rc == IDBC_OK ? IDBC_EFFECT_APPLIED : IDBC_EFFECT_NONE);
	return rc;
}

static void password_changes(void)
{
	struct idbc *conn = opened("", "none", "{\"per_identifier\":3}");

	for (int n = 0; n < 3; n++) {
		CU_ASSERT_EQUAL(change(conn, "alice", "wrong"), IDBC_DENIED);
		CU_ASSERT_EQUAL(change(conn, "nobody", "wrong"), IDBC_NO_USER);
	}
	CU_ASSERT_EQUAL(change(conn, "alice", "secret"), IDBC_BUSY);
	CU_ASSERT_EQUAL(change(conn, "nobody", "secret"), IDBC_BUSY);
	CU_ASSERT_EQUAL(login(conn, "alice", "secret"), IDBC_BUSY);
	/* An administrator proves nothing and is not counted. */
	CU_ASSERT_NOT_EQUAL(change(conn, "alice", NULL), IDBC_BUSY);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, "alice", NULL, NULL), IDBC_OK);
	idbc_close(conn, 0);
}

static void explained(void)
{
	struct idbc *conn = opened("", "none", "{\"per_identifier\":1}");
	struct idbc_request req = IDBC_REQUEST_INIT;
	char *json = NULL;

	req.kind = IDBC_LOGIN;
	req.value = "alice";
	for (int n = 0; n < 3; n++) {
		CU_ASSERT_EQUAL(idbc_explain_login(conn, &req, &json, NULL), IDBC_OK);
		CU_ASSERT(json && strstr(json, "counts 0 failures") != NULL);
		idbc_free(json);
	}
	login(conn, "alice", "wrong");
	CU_ASSERT_EQUAL(idbc_explain_login(conn, &req, &json, NULL), IDBC_OK);
	CU_ASSERT(json && strstr(json, "counts 1 failures") != NULL);
	idbc_free(json);
	idbc_close(conn, 0);
}

static const struct unit_test tests[] = {
	{ "known and unknown users are counted alike", alike },
	{ "empty passwords count", empty_passwords },
	{ "a right password makes the identifier's failures forgotten", right_password },
	{ "a store that is down counts for nothing", store_down },
	{ "spellings that find one user are one", spellings },
	{ "clients", clients },
	{ "a password change that proves the old one is a guess", password_changes },
	{ "an explanation counts nothing", explained },
};
UNIT_MAIN("run_throttle", tests)
