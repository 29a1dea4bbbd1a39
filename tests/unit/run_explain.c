/* tests/unit/run_explain.c - one login explained, through the public functions and a driver
 * that is told how to behave.
 */
#include <stdlib.h>
#include <string.h>
#include <idbc/idbc.h>
#include "opened.h"

#define USERS "\"login\":{\"by\":[\"username\"],\"touch\":{\"a\":\"$now\"}}," \
	"\"password\":{\"accept\":[\"raw/sha256-hex\"],\"upgrade\":false}"

static struct idbc *opened_as(const char *mode, const char *users, const char *more)
{
	char json[1024];

	snprintf(json, sizeof(json),
		 "{\"idbc\":1,\"connection\":\"unit\",\"driver\":\"%s/tests/drivers/scripted.so\","
		 "\"options\":{\"mode\":\"%s\"},\"users\":{%s}%s}",
		 TEST_BUILD, mode, users, more);
	return unit_open(json);
}

static struct idbc *opened(const char *mode, const char *more)
{
	return opened_as(mode, USERS, more);
}

static struct idbc_request asking(const char *who, const char *password)
{
	struct idbc_request req = IDBC_REQUEST_INIT;

	req.kind = IDBC_LOGIN;
	req.value = who;
	req.password = password;
	return req;
}

/* The explanation has each of `parts` (ended by NULL), and nothing secret. */
static void has(const char *explained, const char *mode, const char *const *parts)
{
	for (; *parts; parts++) {
		if (!strstr(explained, *parts))
			fprintf(stderr, "%s: no %s in %s\n", mode, *parts, explained);
		CU_ASSERT(strstr(explained, *parts) != NULL);
	}
	CU_ASSERT(!strstr(explained, "2bb80d53"));
	CU_ASSERT(!strstr(explained, "secret"));
	CU_ASSERT(!strstr(explained, "alice@example.com"));
}

static void verdicts(void)
{
	static const struct {
		const char *mode, *who, *password;
		int status, returned;
		const char *parts[3];
	} cases[] = {
		{ "", "alice", "secret", IDBC_OK, IDBC_OK, { "right, taken as typed", "upgrade" } },
		{ "", "alice", NULL, IDBC_OK, IDBC_OK, { "not tried", "if the password is right" } },
		{ "", "alice", "wrong", IDBC_DENIED, IDBC_OK, { "\"detail\":\"WRONG_PASSWORD\"" } },
		{ "", "alice", "", IDBC_DENIED, IDBC_OK, { "an empty password" } },
		{ "", "bob", "secret", IDBC_DENIED, IDBC_OK, { "no user to be seen" } },
		{ "", "bob", NULL, IDBC_DENIED, IDBC_OK, { "UNKNOWN_USER" } },
		{ "blocked", "alice", "secret", IDBC_BLOCKED, IDBC_OK, { "\"code\":\"blocked\"" } },
		{ "blocked", "alice", NULL, IDBC_BLOCKED, IDBC_OK, { "the account is blocked" } },
		{ "blocked", "alice", "wrong", IDBC_DENIED, IDBC_OK, { "\"step\":\"password\"" } },
		{ "expired", "alice", "secret", IDBC_PASSWORD_EXPIRED, IDBC_OK, { "changed first" } },
		{ "deleted", "alice", "secret", IDBC_DENIED, IDBC_OK, { "hides 1 row that matches" } },
		{ "migrated", "alice", "secret", IDBC_DENIED, IDBC_OK, { "profile.migrated hides 1 row" } },
		{ "neighbour", "alice", "secret", IDBC_DENIED, IDBC_OK, { "by the collation alone" } },
		{ "two", "alice", "secret", IDBC_DENIED, IDBC_OK,
		  { "one by username, another by username", "AMBIGUOUS" } },
		{ "null-credential", "alice", "secret", IDBC_DENIED, IDBC_OK, { "no password is stored" } },
		{ "down", "alice", "secret", IDBC_UNAVAILABLE, IDBC_UNAVAILABLE, { "\"step\":\"store\"" } },
		{ "no-credential", "alice", "secret", IDBC_DRIVER, IDBC_DRIVER, { "no credential" } },
		{ "", "a\x01", "secret", IDBC_INVALID, IDBC_INVALID, { "control characters" } },
		{ "", "", "secret", IDBC_INVALID, IDBC_INVALID, { "\"step\":\"request\"" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc *conn = opened(cases[i].mode, "");
		struct idbc_request req = asking(cases[i].who, cases[i].password);
		struct idbc_error err = IDBC_ERROR_INIT, login = IDBC_ERROR_INIT;
		char *text = NULL, status[64];

		snprintf(status, sizeof(status), "{\"status\":\"%s\"",
			 idbc_status_name((uint32_t)cases[i].status));
		CU_ASSERT_EQUAL(idbc_explain_login(conn, &req, &text, &err), cases[i].returned);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		CU_ASSERT(!strncmp(text, status, strlen(status)));
		has(text, cases[i].mode, cases[i].parts);
		if (req.password) {     /* the login itself says the same */
			int rc = idbc_call(conn, &req, NULL, &login);

			CU_ASSERT_EQUAL(rc, cases[i].status);
			CU_ASSERT_EQUAL(err.detail, login.detail);
			UNIT_STR(err.code, login.code);
		}
		idbc_free(text);
		idbc_close(conn, 0);
	}
}

/* Nothing is told to the store and nothing counted; the driver would refuse proven(). */
static void writes_nothing(void)
{
	struct idbc *conn = opened("", "");
	struct idbc_request req = asking("alice", "secret");
	char *text = NULL, *stats;

	CU_ASSERT_EQUAL(idbc_explain_login(conn, &req, &text, NULL), IDBC_OK);
	CU_ASSERT(strstr(text, "recorded in a\"") != NULL);
	idbc_free(text);
	stats = idbc_stats_json(conn);
	CU_ASSERT(stats && strstr(stats, "\"login\":{}") != NULL);
	idbc_free(stats);
	idbc_close(conn, 0);
}

static void arguments(void)
{
	struct idbc *conn = opened("", ""), *narrow = opened("", ",\"operations\":[\"getUser\"]");
	struct idbc_request req = asking("alice", NULL), other = req, old = req;
	char *text = NULL;

	CU_ASSERT_EQUAL(idbc_explain_login(NULL, &req, &text, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_explain_login(conn, NULL, &text, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_explain_login(conn, &req, NULL, NULL), IDBC_INVALID);
	old.size = 8;
	CU_ASSERT_EQUAL(idbc_explain_login(conn, &old, &text, NULL), IDBC_INVALID);
	CU_ASSERT_PTR_NULL(text);
	other.kind = IDBC_GET_USER;
	CU_ASSERT_EQUAL(idbc_explain_login(conn, &other, &text, NULL), IDBC_INVALID);
	CU_ASSERT_PTR_NOT_NULL(text);
	idbc_free(text);
	CU_ASSERT_EQUAL(idbc_explain_login(narrow, &req, &text, NULL), IDBC_UNSUPPORTED);
	idbc_free(text);
	idbc_close(conn, 0);
	idbc_close(narrow, 0);
}

/* A login without a password stays INVALID: only the explanation goes on without one. */
static void never_a_login(void)
{
	struct idbc *conn = opened("", "");
	struct idbc_request req = asking("alice", NULL);
	struct idbc_profile *profile = NULL;

	CU_ASSERT_EQUAL(idbc_call(conn, &req, &profile, NULL), IDBC_INVALID);
	CU_ASSERT_PTR_NULL(profile);
	idbc_close(conn, 0);
}

/* The driver reports these settings as a user's nickname. */
static void widths(void)
{
	static const struct { const char *password, *widths; } cases[] = {
		{ "\"accept\":[\"raw/sha256-hex\"]", "97 0" },
		{ "\"write\":{\"scheme\":\"bcrypt/2b\"}", "60 0" },
		{ "\"write\":{\"recipe\":\"hex(sha1(salt . password))\",\"salt_len\":10},"
		  "\"salt\":\"s\"", "40 10" },
		{ "\"write\":{\"recipe\":\"hex(sha1(salt . password))\",\"salt_len\":10},"
		  "\"parse\":\"{hash}:{salt}\"", "51 0" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_profile *profile = NULL;
		struct idbc *conn;
		char users[400];

		snprintf(users, sizeof(users), "\"login\":{\"by\":[\"username\"]},\"password\":{%s}",
			 cases[i].password);
		conn = opened_as("widths", users, "");
		CU_ASSERT_EQUAL_FATAL(
			idbc_get_user(conn, IDBC_BY_LOGIN, "alice", &profile, NULL), IDBC_OK);
		UNIT_STR(idbc_profile_get(profile, "nickname"), cases[i].widths);
		idbc_profile_free(profile);
		idbc_close(conn, 0);
	}
}

static const struct unit_test tests[] = {
	{ "verdicts", verdicts }, { "writes nothing", writes_nothing },
	{ "arguments", arguments }, { "never a login", never_a_login },
	{ "widths of a new password", widths },
};
UNIT_MAIN("run_explain", tests)
