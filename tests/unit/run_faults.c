/* tests/unit/run_faults.c - a driver that lies: whatever it says, the host gets an answer that
 * is sound, a broken contract is DRIVER, and nobody is logged in by it.
 */
#include <stdio.h>
#include <string.h>
#include <idbc/idbc.h>
#include "unit.h"

static int try_open(const char *fault, const char *startup, struct idbc **conn,
		    struct idbc_error *err)
{
	char json[1024];

	snprintf(json, sizeof(json),
		 "{\"idbc\":1,\"connection\":\"unit\",\"driver\":\"%s/tests/drivers/faulty.so\","
		 "\"options\":{\"fault\":\"%s\"},"
		 "\"users\":{\"login\":{\"by\":[\"username\"]},"
		 "\"password\":{\"accept\":[\"raw/sha256-hex\"],\"upgrade\":false}},"
		 "\"delete\":{\"intents\":\"off\"},\"startup\":\"%s\"}",
		 TEST_BUILD, fault, startup);
	*conn = NULL;
	return idbc_open_json(json, conn, err);
}

static struct idbc *opened(const char *fault)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn;

	if (try_open(fault, "trust", &conn, &err) != IDBC_OK)
		fprintf(stderr, "open %s: %s %s\n", fault, err.code, err.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conn);
	return conn;
}

/* Every array ends, nothing but one line, and it says what happened. */
static void is_sound(const char *fault, int rc, const struct idbc_error *err)
{
	CU_ASSERT_EQUAL(err->size, sizeof(*err));
	CU_ASSERT_EQUAL((int)err->status, rc);
	CU_ASSERT(memchr(err->text, '\0', sizeof(err->text)) != NULL);
	CU_ASSERT(memchr(err->code, '\0', sizeof(err->code)) != NULL);
	CU_ASSERT(memchr(err->sqlstate, '\0', sizeof(err->sqlstate)) != NULL);
	CU_ASSERT(memchr(err->origin, '\0', sizeof(err->origin)) != NULL);
	CU_ASSERT(rc == IDBC_OK || (err->text[0] != '\0' && !strpbrk(err->text, "\n\xff\xe9")));
	CU_ASSERT(err->effect <= IDBC_EFFECT_UNKNOWN);
	if (rc == IDBC_DRIVER && !strstr(err->text, "driver"))
		fprintf(stderr, "%s: \"%s\"\n", fault, err->text);
}

static int call(const char *fault, uint32_t kind, struct idbc_error *err)
{
	static const struct idbc_error fresh = IDBC_ERROR_INIT;
	struct idbc *conn = opened(fault);
	struct idbc_profile *user = NULL, *profile = NULL;
	struct idbc_request req = { .size = sizeof(req), .kind = kind, .by = IDBC_BY_USERNAME,
		.value = "alice", .password = "secret", .email = "new@example.com" };
	int rc;

	if (kind == IDBC_LOGIN)
		req.by = IDBC_BY_LOGIN;
	if (kind == IDBC_DELETE_USER) {
		req.by = IDBC_BY_USER_ID;
		req.value = "unit|1";
	}
	CU_ASSERT_EQUAL(idbc_profile_parse("{\"username\":\"alice\"}", &user, NULL), IDBC_OK);
	if (kind == IDBC_CREATE)
		req.user = user;
	*err = fresh;
	rc = idbc_call(conn, &req, &profile, err);
	CU_ASSERT((profile != NULL) == (rc == IDBC_OK && (kind == IDBC_LOGIN ||
		  kind == IDBC_GET_USER || kind == IDBC_CREATE)));
	is_sound(fault, rc, err);
	idbc_profile_free(profile);
	idbc_profile_free(user);
	idbc_close(conn, 0);
	return rc;
}

static void gives(const char *fault, uint32_t kind, int status)
{
	struct idbc_error err;
	int rc = call(fault, kind, &err);

	if (rc != status)
		fprintf(stderr, "%s: %d instead of %d: %s\n", fault, rc, status, err.text);
	CU_ASSERT_EQUAL(rc, status);
}

/* --- reads ------------------------------------------------------------------------------ */
static void test_sound(void)
{
	gives("", IDBC_LOGIN, IDBC_OK);
	gives("", IDBC_GET_USER, IDBC_OK);
	gives("", IDBC_CREATE, IDBC_OK);
	gives("", IDBC_VERIFY, IDBC_OK);
	gives("", IDBC_CHANGE_PASSWORD, IDBC_OK);
	gives("", IDBC_CHANGE_EMAIL, IDBC_OK);
	gives("", IDBC_DELETE_USER, IDBC_OK);
}

/* What a row, a field, a status or an error must not be, in a login and in a read. */
static void test_reads(void)
{
	static const char *const faults[] = {
		"deaf", "row-null", "row-null-id", "row-empty-id", "row-long-id", "row-huge-id",
		"row-nul-id", "row-latin1-id", "row-no-matched", "row-null-matched",
		"row-empty-matched", "row-huge-matched", "three-rows", "write-on", "field-first",
		"credential-first", "ok-nobody", "row-no-user", "field-null-name",
		"field-empty-name", "field-long-name", "field-latin1-name", "field-null-value",
		"field-kind", "field-null-ptr", "field-huge", "field-bool-7", "flag-text",
		"flag-json", "two-credentials", "parts-null", "parts-many", "part-null-name",
		"part-kind", "part-json", "part-null-ptr", "part-huge", "part-twice",
		"status-negative", "status-999", "status-max", "status-min", "status-99",
		"status-denied", "status-blocked", "status-expired", "status-state",
		"status-forked", "status-cancelled", "status-exists", "status-driver",
		"error-latin1-text", "error-open-text", "error-open-code", "error-latin1-code",
		"error-open-sqlstate", "error-latin1-sqlstate", "error-open-origin",
		"error-two-lines", "error-effect", "error-detail", "connect-null",
		"connect-denied", "connect-status", "connect-latin1",
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		gives(faults[i], IDBC_LOGIN, IDBC_DRIVER);
		gives(faults[i], IDBC_GET_USER, IDBC_DRIVER);
	}
	gives("no-credential", IDBC_LOGIN, IDBC_DRIVER);
	gives("no-credential", IDBC_GET_USER, IDBC_OK);
}

/* What driver.h says will be made of it. */
static void test_documented(void)
{
	gives("parts-none", IDBC_LOGIN, IDBC_DENIED);
	gives("part-unknown", IDBC_LOGIN, IDBC_OK);
	gives("field-json", IDBC_LOGIN, IDBC_OK);
	gives("field-nan", IDBC_LOGIN, IDBC_OK);
	gives("field-latin1", IDBC_LOGIN, IDBC_OK);
	gives("field-unknown", IDBC_LOGIN, IDBC_OK);
	gives("blocked-json", IDBC_LOGIN, IDBC_BLOCKED);
	gives("blocked-object", IDBC_LOGIN, IDBC_BLOCKED);
	gives("blocked-time", IDBC_LOGIN, IDBC_BLOCKED);
	gives("status-ambiguous", IDBC_LOGIN, IDBC_DENIED);
	gives("status-ambiguous", IDBC_GET_USER, IDBC_AMBIGUOUS);
	gives("status-no-user", IDBC_LOGIN, IDBC_DENIED);
	gives("status-no-user", IDBC_GET_USER, IDBC_NO_USER);
	gives("error-size", IDBC_GET_USER, IDBC_UNAVAILABLE);
	gives("error-empty", IDBC_GET_USER, IDBC_UNAVAILABLE);
}

/* --- writes ----------------------------------------------------------------------------- */
/* After a broken contract nobody knows whether it was written. */
static void test_writes(void)
{
	static const char *const faults[] = {
		"status-negative", "status-999", "status-denied", "status-state",
		"status-expired", "error-latin1-text", "error-open-text", "error-effect",
	};

	for (uint32_t kind = IDBC_CREATE; kind <= IDBC_CHANGE_EMAIL; kind++)
		for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
			struct idbc_error err;

			CU_ASSERT_EQUAL(call(faults[i], kind, &err), IDBC_DRIVER);
			CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_UNKNOWN);
		}
	gives("status-cancelled", IDBC_VERIFY, IDBC_DRIVER);
	gives("status-exists", IDBC_VERIFY, IDBC_DRIVER);
	gives("status-exists", IDBC_CHANGE_EMAIL, IDBC_EXISTS);
	gives("status-exists", IDBC_CREATE, IDBC_EXISTS);
	gives("status-no-user", IDBC_CREATE, IDBC_DRIVER);
}

/* A write whose answer was lost is what settle() says, if that may be believed. */
static void test_lost(void)
{
	static const struct { const char *fault; int status; uint32_t effect; } cases[] = {
		{ "lost-applied", IDBC_OK, IDBC_EFFECT_APPLIED },
		{ "lost-none", IDBC_UNAVAILABLE, IDBC_EFFECT_NONE },
		{ "lost-unknown", IDBC_UNAVAILABLE, IDBC_EFFECT_UNKNOWN },
		{ "lost-garbage", IDBC_UNAVAILABLE, IDBC_EFFECT_UNKNOWN },
		{ "lost-status", IDBC_UNAVAILABLE, IDBC_EFFECT_UNKNOWN },
	};
	struct idbc_error err;

	for (uint32_t kind = IDBC_CREATE; kind <= IDBC_CHANGE_EMAIL; kind++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			CU_ASSERT_EQUAL(call(cases[i].fault, kind, &err), cases[i].status);
			CU_ASSERT_EQUAL(err.effect, cases[i].effect);
		}
	/* A store that does not come back: a few seconds of asking, then the truth. */
	CU_ASSERT_EQUAL(call("lost-away", IDBC_VERIFY, &err), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_UNKNOWN);
}

static void test_create(void)
{
	static const char *const faults[] = { "create-nobody", "create-two", "row-null-id",
					      "field-kind", "deaf", "ok-nobody", "three-rows" };
	struct idbc_error err;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		gives(faults[i], IDBC_CREATE, IDBC_DRIVER);
	CU_ASSERT_EQUAL(call("create-nobody", IDBC_CREATE, &err), IDBC_DRIVER);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_APPLIED);
}

static int removed, answer;

static int remove_profile(void *ctx, const char *user_id)
{
	(void)ctx;
	(void)user_id;
	removed++;
	return answer;
}

static void deletes(const char *fault, int says, int status, int asked)
{
	const struct idbc_profile_store store = { .size = sizeof(store),
						  .remove = remove_profile };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = opened(fault);

	removed = 0;
	answer = says;
	CU_ASSERT_EQUAL(idbc_set_profile_store(conn, &store, &err), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|1", &err), status);
	CU_ASSERT_EQUAL(removed, asked);
	CU_ASSERT(status != IDBC_DRIVER || err.effect != IDBC_EFFECT_NONE);
	CU_ASSERT(status != IDBC_CANCELLED || err.native == says);
	is_sound(fault, status, &err);
	idbc_close(conn, 0);
}

static void test_deletes(void)
{
	deletes("", 0, IDBC_OK, 1);
	deletes("", 42, IDBC_CANCELLED, 1);
	deletes("delete-unasked", 0, IDBC_DRIVER, 0);
	deletes("delete-against", 42, IDBC_DRIVER, 1);
	deletes("delete-cancels", 0, IDBC_DRIVER, 0);
	deletes("delete-twice", 0, IDBC_OK, 1);
	deletes("delete-twice", 42, IDBC_CANCELLED, 1);
}

/* --- opening ---------------------------------------------------------------------------- */
static void test_open(void)
{
	static const struct { const char *fault; int status; } cases[] = {
		{ "open-status", IDBC_DRIVER }, { "open-latin1", IDBC_DRIVER },
		{ "open-finding", IDBC_CONFIG }, { "open-config", IDBC_CONFIG },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_error err = IDBC_ERROR_INIT;
		struct idbc *conn;
		int rc = try_open(cases[i].fault, "check", &conn, &err);

		if (rc != cases[i].status)
			fprintf(stderr, "%s: %d: %s\n", cases[i].fault, rc, err.text);
		CU_ASSERT_EQUAL(rc, cases[i].status);
		CU_ASSERT_PTR_NULL(conn);
		is_sound(cases[i].fault, rc, &err);
	}
}

/* The sample taken at open survives a driver that floods it or lies there; logins go on. */
static void test_list(void)
{
	static const char *const faults[] = { "list-floods", "row-null-id", "no-credential",
					      "part-kind", "two-credentials", "part-unknown" };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		CU_ASSERT_EQUAL(try_open(faults[i], "check", &conn, &err), IDBC_OK);
		if (!conn)
			fprintf(stderr, "%s: %s\n", faults[i], err.text);
		idbc_close(conn, 0);
	}
}

static const struct unit_test tests[] = {
	{ "the driver is sound but for its fault", test_sound },
	{ "what a read must not say", test_reads },
	{ "what is made of what is no fault", test_documented },
	{ "writes in doubt", test_writes },
	{ "writes whose answer was lost", test_lost },
	{ "a user made that nobody shows", test_create },
	{ "deletes without the host's word", test_deletes },
	{ "an open that goes wrong", test_open },
	{ "a list without end", test_list },
};

UNIT_MAIN("run_faults", tests)
