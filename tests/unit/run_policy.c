/* tests/unit/run_policy.c - what the connector makes of what a driver says, through the
 * public functions and a driver that is told how to behave.
 */
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <idbc/idbc.h>
#include "opened.h"

static struct idbc *opened(const char *mode, const char *more)
{
	char json[1024];

	snprintf(json, sizeof(json),
		 "{\"idbc\":1,\"connection\":\"unit\",\"driver\":\"%s/tests/drivers/scripted.so\","
		 "\"options\":{\"mode\":\"%s\"},"
		 "\"users\":{\"login\":{\"by\":[\"username\"],\"touch\":{\"a\":\"$now\"}},"
		 "\"password\":{\"accept\":[\"raw/sha256-hex\"],\"upgrade\":false}}%s}",
		 TEST_BUILD, mode, more);
	return unit_open(json);
}

/* One login as alice; the status, and what else was said. */
static int login(const char *mode, const char *password, struct idbc_error *err)
{
	struct idbc *conn = opened(mode, "");
	struct idbc_profile *profile = NULL;
	int rc = idbc_login(conn, "alice", password, &profile, err);

	CU_ASSERT((rc == IDBC_OK) == (profile != NULL));
	if (profile)
		UNIT_STR(idbc_profile_get(profile, "user_id"), "unit|1");
	idbc_profile_free(profile);
	idbc_close(conn, 0);
	return rc;
}

static void verdicts(void)
{
	static const struct {
		const char *mode, *password;
		int status;
		uint32_t detail;
		const char *code;
	} cases[] = {
		{ "", "secret", IDBC_OK, 0, "" },
		{ "", "wrong", IDBC_DENIED, IDBC_DETAIL_WRONG_PASSWORD, "" },
		{ "", "", IDBC_DENIED, IDBC_DETAIL_WRONG_PASSWORD, "" },
		{ "blocked", "secret", IDBC_BLOCKED, 0, "blocked" },
		{ "blocked", "wrong", IDBC_DENIED, IDBC_DETAIL_WRONG_PASSWORD, "" },
		{ "expired", "secret", IDBC_PASSWORD_EXPIRED, 0, "password_change_required" },
		{ "deleted", "secret", IDBC_DENIED, IDBC_DETAIL_UNKNOWN_USER, "" },
		{ "migrated", "secret", IDBC_DENIED, IDBC_DETAIL_UNKNOWN_USER, "" },
		{ "neighbour", "secret", IDBC_DENIED, IDBC_DETAIL_UNKNOWN_USER, "" },
		{ "two", "secret", IDBC_DENIED, IDBC_DETAIL_AMBIGUOUS, "" },
		{ "many", "secret", IDBC_DRIVER, 0, "" },
		{ "null-credential", "secret", IDBC_DENIED, IDBC_DETAIL_NO_PASSWORD, "" },
		{ "no-credential", "secret", IDBC_DRIVER, 0, "" },
		{ "no-id", "secret", IDBC_DRIVER, 0, "" },
		{ "field-first", "secret", IDBC_DRIVER, 0, "" },
		{ "status", "secret", IDBC_DRIVER, 0, "" },
		{ "not-utf8", "secret", IDBC_DRIVER, 0, "" },
		{ "down", "secret", IDBC_UNAVAILABLE, 0, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_error err = IDBC_ERROR_INIT;
		int rc = login(cases[i].mode, cases[i].password, &err);

		if (rc != cases[i].status || err.detail != cases[i].detail)
			fprintf(stderr, "%s/%s: %d, detail %u, %s\n", cases[i].mode,
				cases[i].password, rc, err.detail, err.text);
		CU_ASSERT_EQUAL(rc, cases[i].status);
		CU_ASSERT_EQUAL(err.detail, cases[i].detail);
		UNIT_STR(err.code, cases[i].code);
		CU_ASSERT_EQUAL(err.op, IDBC_LOGIN);
	}
}

/* All refusals look alike but for `detail`. */
static void refusals_look_alike(void)
{
	static const char *const modes[] = { "", "deleted", "migrated", "neighbour", "two", "null-credential" };
	struct idbc_error first = IDBC_ERROR_INIT;

	login("", "wrong", &first);
	first.detail = 0;
	for (size_t i = 1; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct idbc_error err = IDBC_ERROR_INIT;

		login(modes[i], "secret", &err);
		err.detail = 0;
		CU_ASSERT(!memcmp(&first, &err, sizeof(err)));
	}
}

static void get_user(void)
{
	static const struct { const char *mode, *who; int status; } cases[] = {
		{ "", "alice", IDBC_OK },           { "", "bob", IDBC_NO_USER },
		{ "neighbour", "alice", IDBC_NO_USER },
		{ "two", "alice", IDBC_AMBIGUOUS },  { "down", "alice", IDBC_UNAVAILABLE },
		{ "deleted", "alice", IDBC_NO_USER }, { "migrated", "alice", IDBC_NO_USER },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc *conn = opened(cases[i].mode, "");
		struct idbc_error err = IDBC_ERROR_INIT;
		struct idbc_profile *profile = NULL;

		CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, cases[i].who, &profile, &err),
				cases[i].status);
		idbc_profile_free(profile);
		idbc_close(conn, 0);
	}
}

static void invalid_before_the_driver(void)
{
	struct idbc *conn = opened("status", "");       /* asked at all, it answers nonsense */
	char longest[2048];
	const char *bad[] = { "", "a\x01", "\xff", "a\nb", longest };

	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, bad[i], &(struct idbc_profile *){ NULL },
					      NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, NULL, NULL, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_get_user(conn, 77, "alice", NULL, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_USER_ID, "other|1", NULL, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_login(conn, "alice", NULL, NULL, NULL), IDBC_INVALID);
	idbc_close(conn, 0);
}

/* A flag of a later header asks for what this library does not do: not ignored. */
static void unknown_flags(void)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc *conn = opened("", "");

	req.kind = IDBC_VERIFY;
	req.value = "alice";
	CU_ASSERT_EQUAL(idbc_call(conn, &req, NULL, NULL), IDBC_OK);
	req.flags = 1u << 9;
	CU_ASSERT_EQUAL(idbc_call(conn, &req, NULL, NULL), IDBC_INVALID);
	idbc_close(conn, 0);
}

static void absent_slots(void)
{
	struct idbc *conn = opened("", "");
	struct idbc *narrow = opened("", ",\"operations\":[\"login\",\"getUser\"]");

	CU_ASSERT_EQUAL(idbc_change_email(conn, IDBC_BY_LOGIN, "alice", "a@example.com", 0, NULL),
			IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(idbc_verify(conn, IDBC_BY_LOGIN, "alice", NULL), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_verify(narrow, IDBC_BY_LOGIN, "alice", NULL), IDBC_UNSUPPORTED);
	idbc_close(conn, 0);
	idbc_close(narrow, 0);
}

/* A session that died in the pool is replaced once; a write in doubt is not tried again. */
static void stale_sessions(void)
{
	struct idbc *conn = opened("stale", "");
	struct idbc_error err = IDBC_ERROR_INIT;

	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, "alice", NULL, &err), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_verify(conn, IDBC_BY_LOGIN, "alice", &err), IDBC_OK);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_APPLIED);
	idbc_close(conn, 0);

	conn = opened("doubt", "");
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, "alice", NULL, &err), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_verify(conn, IDBC_BY_LOGIN, "alice", &err), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_UNKNOWN);
	idbc_close(conn, 0);
}

/* A store that is full is there: nobody asks twice, and no session is connected anew for it. */
static void full_store(void)
{
	struct idbc *conn = opened("full", "");
	struct idbc_error err = IDBC_ERROR_INIT;
	char *stats;

	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, "alice", NULL, &err), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_verify(conn, IDBC_BY_LOGIN, "alice", &err), IDBC_UNAVAILABLE);
	UNIT_STR(err.text, "no room");
	UNIT_STR(err.code, "store_full");
	stats = idbc_stats_json(conn);
	CU_ASSERT(stats && strstr(stats, "\"reconnects\":0") != NULL);
	idbc_free(stats);
	idbc_close(conn, 0);
}

static char removed[64];

static int remove_profile(void *ctx, const char *user_id)
{
	snprintf(removed, sizeof(removed), "%s", user_id);
	return *(int *)ctx;
}

/* The general form needs no kind for the one kind there is, and takes no other. */
static void delete_by(void)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc *conn = opened("", "");

	req.kind = IDBC_DELETE_USER;
	req.value = "unit|7";
	CU_ASSERT_EQUAL(idbc_call(conn, &req, NULL, NULL), IDBC_OK);
	req.by = IDBC_BY_USER_ID;
	CU_ASSERT_EQUAL(idbc_call(conn, &req, NULL, NULL), IDBC_OK);
	req.by = IDBC_BY_EMAIL;
	CU_ASSERT_EQUAL(idbc_call(conn, &req, NULL, NULL), IDBC_INVALID);
	idbc_close(conn, 0);
}

static void profile_store(void)
{
	int answer = 0;
	struct idbc_profile_store store = { sizeof(store), 0, remove_profile, &answer };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = opened("", "");

	CU_ASSERT_EQUAL(idbc_set_profile_store(conn, &store, &err), IDBC_STATE);
	idbc_close(conn, 0);
	conn = opened("", ",\"delete\":{\"intents\":\"off\"}");
	CU_ASSERT_EQUAL(idbc_set_profile_store(conn, &store, &err), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|7", &err), IDBC_OK);
	UNIT_STR(removed, "unit|7");
	answer = 42;
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|7", &err), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(err.native, 42);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	idbc_close(conn, 0);
	conn = opened("", ",\"delete\":{\"intents\":\"off\",\"profile_store\":\"required\"}");
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|7", &err), IDBC_STATE);
	idbc_close(conn, 0);
}

/* A child answers FORKED and closes without touching the parent's sessions. */
static void forked(void)
{
	struct idbc *conn = opened("", "");
	int status = -1;
	pid_t child;

	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, "alice", NULL, NULL), IDBC_OK);
	child = fork();
	if (!child) {
		int rc = idbc_get_user(conn, IDBC_BY_LOGIN, "alice", NULL, NULL);

		idbc_close(conn, 0);
		_exit(rc == IDBC_FORKED ? 0 : 1);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, "alice", NULL, NULL), IDBC_OK);
	idbc_close(conn, 0);
}

/* An older host's error struct is smaller: nothing is written behind it. */
static void older_error(void)
{
	struct { struct idbc_error err; char after[8]; } old;
	struct idbc *conn = opened("", "");

	memset(&old, 0x5a, sizeof(old));
	old.err.size = offsetof(struct idbc_error, code);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, "bob", NULL, &old.err), IDBC_NO_USER);
	CU_ASSERT_EQUAL(old.err.status, IDBC_NO_USER);
	CU_ASSERT_EQUAL((unsigned char)old.err.code[0], 0x5a);
	CU_ASSERT_EQUAL(old.after[0], 0x5a);
	idbc_close(conn, 0);
}

static void *many_logins(void *conn)
{
	long good = 0;

	for (int i = 0; i < 200; i++) {
		struct idbc_profile *profile = NULL;

		good += idbc_login(conn, "alice", i % 2 ? "secret" : "wrong", &profile, NULL) ==
			(i % 2 ? IDBC_OK : IDBC_DENIED);
		idbc_profile_free(profile);
	}
	return (void *)good;
}

static json_int_t member(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* 1,600 logins, each in one place of the histogram; what nobody asked for is in none. */
static void latency_of(const char *stats)
{
	json_t *root = stats ? json_loads(stats, 0, NULL) : NULL;
	json_t *latency = json_object_get(root, "latency"), *login = json_object_get(latency, "login");
	json_t *counts = json_object_get(login, "counts"), *n;
	json_int_t calls = 0;
	size_t i;

	json_array_foreach(counts, i, n)
		calls += json_integer_value(n);
	CU_ASSERT_EQUAL(calls, 1600);
	CU_ASSERT_EQUAL(json_array_size(counts),
			json_array_size(json_object_get(latency, "bounds_us")) + 1);
	CU_ASSERT(member(login, "total_us") > 0);
	CU_ASSERT_EQUAL(member(json_object_get(latency, "create"), "total_us"), 0);
	json_decref(root);
}

/* Every key of docs/watching.md; nobody's name and no password. */
/* docs/watching.md names each key in backquotes. */
static void told_in_the_page(json_t *object, const char *page)
{
	const char *key;
	json_t *value;
	char quoted[80];

	json_object_foreach(object, key, value) {
		snprintf(quoted, sizeof(quoted), "`%s`", key);
		if (!strstr(page, quoted))
			printf("\n    docs/watching.md does not tell %s\n", quoted);
		CU_ASSERT_PTR_NOT_NULL(strstr(page, quoted));
	}
}

static void page_tells(json_t *root)
{
	static char page[16384];
	FILE *in = fopen(TEST_SOURCE "/docs/watching.md", "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	page[fread(page, 1, sizeof(page) - 1, in)] = '\0';
	fclose(in);
	told_in_the_page(root, page);
	told_in_the_page(json_object_get(root, "pool"), page);
	told_in_the_page(json_object_get(root, "hashing"), page);
	told_in_the_page(json_object_get(root, "async"), page);
}

static void stats_tell(const char *stats)
{
	static const char *const keys[] = {
		"connection", "driver", "operations", "latency", "stored_passwords",
		"unusable_credentials", "pool", "hashing", "async", "upgrades",
	};
	json_t *root = stats ? json_loads(stats, 0, NULL) : NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(json_object_get(root, keys[i]));
	page_tells(root);
	CU_ASSERT_EQUAL(json_object_size(json_object_get(root, "operations")), 7);
	CU_ASSERT_EQUAL(json_object_size(json_object_get(root, "latency")), 8);
	CU_ASSERT(stats && !strstr(stats, "alice") && !strstr(stats, "secret") &&
		  !strstr(stats, "2bb80d53"));
	json_decref(root);
}

static void threads(void)
{
	struct idbc *conn = opened("", ",\"pool\":{\"max\":3}");
	pthread_t thread[8];
	char *stats;

	for (int i = 0; i < 8; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, many_logins, conn), 0);
	for (int i = 0; i < 8; i++) {
		void *good;

		pthread_join(thread[i], &good);
		CU_ASSERT_EQUAL((long)good, 200);
	}
	stats = idbc_stats_json(conn);
	CU_ASSERT(stats && strstr(stats, "\"OK\":800") && strstr(stats, "\"DENIED\":800"));
	CU_ASSERT(stats && strstr(stats, "\"hashing\":{\"slots\":") &&
		  strstr(stats, "\"passed_by\":160"));         /* and what proves a dummy */
	latency_of(stats);
	stats_tell(stats);
	idbc_free(stats);
	idbc_close(conn, 0);
}

struct seen { int lines; int secret; };

static void look(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
		 const char *text)
{
	struct seen *seen = ctx;

	seen->lines++;
	seen->secret |= strstr(text, "secret") != NULL || strstr(text, "2bb80d53") != NULL;
	CU_ASSERT(level <= IDBC_LOG_DEBUG && op <= IDBC_CHANGE_EMAIL && op_id > 0 && origin);
	CU_ASSERT(!strncmp(text, "unit: ", 6));
}

/* proven() fails on this driver: the login goes on, and the log says so without secrets. */
static void logs(void)
{
	struct idbc *conn = opened("", "");
	struct seen seen = { 0, 0 };
	struct idbc_profile *profile = NULL;

	idbc_set_log(conn, look, &seen);
	CU_ASSERT_EQUAL(idbc_login(conn, "alice", "secret", &profile, NULL), IDBC_OK);
	CU_ASSERT(seen.lines > 0);
	idbc_profile_free(profile);
	CU_ASSERT_EQUAL(idbc_login(conn, "alice", "not-the-secret", &profile, NULL), IDBC_DENIED);
	CU_ASSERT_EQUAL(seen.secret, 0);
	idbc_close(conn, 0);
}

/* Who wants errors alone is told of no refusal, and of all again later. */
static void levels(void)
{
	struct idbc *conn = opened("", "");
	struct seen seen = { 0, 0 };

	idbc_set_log(conn, look, &seen);
	idbc_set_log_level(conn, IDBC_LOG_ERROR);
	CU_ASSERT_EQUAL(idbc_login(conn, "alice", "not-the-secret", NULL, NULL), IDBC_DENIED);
	CU_ASSERT_EQUAL(seen.lines, 0);
	idbc_set_log_level(conn, IDBC_LOG_INFO);
	CU_ASSERT_EQUAL(idbc_login(conn, "alice", "not-the-secret", NULL, NULL), IDBC_DENIED);
	CU_ASSERT_EQUAL(seen.lines, 1);         /* refused, and why */
	idbc_set_log_level(conn, IDBC_LOG_DEBUG);
	CU_ASSERT_EQUAL(idbc_login(conn, "alice", "not-the-secret", NULL, NULL), IDBC_DENIED);
	CU_ASSERT(seen.lines >= 3);
	idbc_close(conn, 0);
}

/* A session that says nothing of it may raise a SIGPIPE, which would end us here; one that says
 * that it is quiet finds the thread as it is. */
static void sigpipe(void)
{
	static const struct { const char *mode, *says; } cases[] = {
		{ "pipe", "kept from pipes" }, { "quiet", "as it is" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc *conn = opened(cases[i].mode, "");
		struct idbc_profile *profile = NULL;
		sigset_t before, after, pending;

		pthread_sigmask(SIG_SETMASK, NULL, &before);
		CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_LOGIN, "alice", &profile, NULL), IDBC_OK);
		pthread_sigmask(SIG_SETMASK, NULL, &after);
		sigpending(&pending);
		CU_ASSERT_EQUAL(sigismember(&before, SIGPIPE), sigismember(&after, SIGPIPE));
		CU_ASSERT(!sigismember(&pending, SIGPIPE));
		if (profile)
			UNIT_STR(idbc_profile_get(profile, "nickname"), cases[i].says);
		idbc_profile_free(profile);
		idbc_close(conn, 0);
	}
}

static const struct unit_test tests[] = {
	{ "verdicts", verdicts }, { "refusals look alike", refusals_look_alike },
	{ "get_user", get_user }, { "invalid before the driver", invalid_before_the_driver },
	{ "unknown flags", unknown_flags }, { "absent slots", absent_slots }, { "stale sessions", stale_sessions },
	{ "a full store", full_store },
	{ "a delete by call", delete_by }, { "profile store", profile_store },
	{ "forked", forked }, { "older error", older_error },
	{ "threads", threads }, { "logs", logs }, { "levels", levels }, { "sigpipe", sigpipe },
};
UNIT_MAIN("run_policy", tests)
