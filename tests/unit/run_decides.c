/* tests/unit/run_decides.c - the connector over a driver whose store judges passwords itself
 * and takes new ones in clear text.
 */
#include <string.h>
#include <time.h>
#include <idbc/idbc.h>
#include "opened.h"

static struct idbc *opened(const char *mode)
{
	char json[1024];

	snprintf(json, sizeof(json),
		 "{\"idbc\":1,\"connection\":\"unit\",\"driver\":\"%s/tests/drivers/decides.so\","
		 "\"options\":{\"mode\":\"%s\"},\"users\":{\"login\":{\"by\":[\"username\"]},"
		 "\"password\":{\"input\":[\"lower(username)+\"]}}}", TEST_BUILD, mode);
	return unit_open(json);
}

static int login(struct idbc *conn, const char *who, const char *password, struct idbc_error *err)
{
	struct idbc_profile *profile = NULL;
	int rc = idbc_login(conn, who, password, &profile, err);

	CU_ASSERT((rc == IDBC_OK) == (profile != NULL));
	idbc_profile_free(profile);
	return rc;
}

static void verdicts(void)
{
	static const struct {
		const char *mode, *who, *password;
		int status;
		uint32_t detail;
	} cases[] = {
		{ "", "alice", "secret", IDBC_OK, 0 },
		{ "", "alice", "wrong", IDBC_DENIED, IDBC_DETAIL_WRONG_PASSWORD },
		{ "", "alice", "", IDBC_DENIED, IDBC_DETAIL_WRONG_PASSWORD },
		{ "", "bob", "secret", IDBC_DENIED, IDBC_DETAIL_UNKNOWN_USER },
		{ "locked", "alice", "wrong", IDBC_DENIED, IDBC_DETAIL_LOCKED_OUT },
		{ "expired", "alice", "secret", IDBC_PASSWORD_EXPIRED, 0 },
		{ "blocked", "alice", "secret", IDBC_BLOCKED, 0 },
		{ "neighbour", "alice", "secret", IDBC_DENIED, IDBC_DETAIL_AMBIGUOUS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_error err = IDBC_ERROR_INIT;
		struct idbc *conn = opened(cases[i].mode);
		int rc = login(conn, cases[i].who, cases[i].password, &err);

		if (rc != cases[i].status || err.detail != cases[i].detail)
			fprintf(stderr, "%s/%s: %d, detail %u\n", cases[i].mode,
				cases[i].password, rc, err.detail);
		CU_ASSERT_EQUAL(rc, cases[i].status);
		CU_ASSERT_EQUAL(err.detail, cases[i].detail);
		UNIT_STR(err.code, "");
		idbc_close(conn, 0);
	}
}

static int change(struct idbc *conn, const char *who, const char *current, const char *password,
		  struct idbc_error *err)
{
	struct idbc_request req = IDBC_REQUEST_INIT;

	req.kind = IDBC_CHANGE_PASSWORD;
	req.by = IDBC_BY_LOGIN;
	req.value = who;
	req.current_password = current;
	req.password = password;
	return idbc_call(conn, &req, NULL, err);
}

static void changes(void)
{
	static const struct {
		const char *mode, *who, *current, *password;
		int status;
		const char *code;
	} cases[] = {
		{ "", "alice", "secret", "other", IDBC_OK, "" },
		{ "", "alice", NULL, "other", IDBC_OK, "" },
		{ "expired", "alice", "secret", "other", IDBC_OK, "" },
		{ "", "alice", "wrong", "other", IDBC_DENIED, "" },
		{ "", "alice", "other", "other", IDBC_DENIED, "" },
		{ "", "alice", "", "other", IDBC_DENIED, "" },
		{ "", "bob", "secret", "other", IDBC_NO_USER, "" },
		{ "blocked", "alice", "secret", "other", IDBC_BLOCKED, "" },
		{ "neighbour", "alice", "secret", "other", IDBC_AMBIGUOUS, "" },
		{ "", "alice", "secret", "", IDBC_INVALID, "password_empty" },
		{ "", "alice", "secret", "a\nb", IDBC_INVALID, "password_invalid" },
		{ "", "alice", NULL, "\xff\xfe", IDBC_INVALID, "password_invalid" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_error err = IDBC_ERROR_INIT;
		struct idbc *conn = opened(cases[i].mode);
		int rc = change(conn, cases[i].who, cases[i].current, cases[i].password, &err);

		if (rc != cases[i].status)
			fprintf(stderr, "case %zu: %d %s\n", i, rc, err.text);
		CU_ASSERT_EQUAL(rc, cases[i].status);
		UNIT_STR(err.code, cases[i].code);
		if (!cases[i].mode[0]) {
			const char *now = rc == IDBC_OK ? "other" : "secret";

			CU_ASSERT_EQUAL(login(conn, "alice", now, &err), IDBC_OK);
		}
		idbc_close(conn, 0);
	}
}

static void creates(void)
{
	struct idbc *conn = opened("");
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL, *made = NULL;

	CU_ASSERT_EQUAL_FATAL(idbc_profile_parse("{\"username\":\"carol\"}", &user, &err),
			      IDBC_OK);
	CU_ASSERT_EQUAL(idbc_create(conn, user, "", &made, &err), IDBC_INVALID);
	UNIT_STR(err.code, "password_empty");
	CU_ASSERT_EQUAL(idbc_create(conn, user, "pass", &made, &err), IDBC_OK);
	idbc_profile_free(made);
	idbc_profile_free(user);
	idbc_close(conn, 0);
}

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The driver took equal time: a hash of ours would tell who is there. */
static void no_work_of_ours(void)
{
	struct idbc *conn = opened("");
	struct idbc_error err = IDBC_ERROR_INIT;
	int64_t begun = cpu_ns();

	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(login(conn, "bob", "secret", &err), IDBC_DENIED);
	CU_ASSERT(cpu_ns() - begun < INT64_C(5) * 5000000);
	idbc_close(conn, 0);
}

static const struct unit_test tests[] = {
	{ "verdicts", verdicts }, { "changes", changes }, { "creates", creates },
	{ "no work of ours", no_work_of_ours },
};
UNIT_MAIN("run_decides", tests)
