/* tests/unit/run_stack.c - a stacked driver over real connections: what a lower answers, what is
 * found wrong and where it is said, how a call is stopped through it; and prefixes in use.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <idbc/idbc.h>
#include "base/clock.h"
#include "drivers/patient.h"
#include "opened.h"

#define FIRST  "Quaint-heron-55"
#define SECOND "Brisk-otter-81"

static char folder[] = "/tmp/run_stack.XXXXXX";

static void write_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

static const char *at(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *out = path[next++ % 4];

	snprintf(out, sizeof(path[0]), "%s/%s", folder, name);
	return out;
}

/* A stack over the store of own schema in `file`. */
static const char *stack(const char *name, const char *mode, const char *below)
{
	static char json[2600];

	snprintf(json, sizeof(json), "{\"idbc\":1,\"connection\":\"%s\",\"driver\":"
		 "\"%s/tests/drivers/stacked.so\"%s,\"options\":{\"mode\":\"%s\",\"below\":%.2000s}}",
		 name, TEST_BUILD, unit_timeout(), mode, below);
	return json;
}

static const char *sqlite_store(const char *more)
{
	return unit_sqlite(folder, "users", more);
}

static void says(const char *json, const char *code, const char *key)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;

	CU_ASSERT_EQUAL(idbc_open_json(json, &conn, &err), IDBC_CONFIG);
	UNIT_STR(err.code, code);
	if (!strstr(err.text, key))
		fprintf(stderr, "%s: not in: %s\n", key, err.text);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, key));
	if (conn)
		idbc_close(conn, 0);
}

static int create(struct idbc *conn, const char *json, const char *password, char *id,
		  struct idbc_error *err)
{
	struct idbc_profile *user = NULL, *made = NULL;
	int rc = idbc_profile_parse(json, &user, err);

	CU_ASSERT_EQUAL_FATAL(rc, IDBC_OK);
	rc = idbc_create(conn, user, password, &made, err);
	if (rc == IDBC_OK)
		snprintf(id, 64, "%s", idbc_profile_get(made, "user_id"));
	idbc_profile_free(made);
	idbc_profile_free(user);
	return rc;
}

static int login(struct idbc *conn, const char *who, const char *password, struct idbc_error *err)
{
	struct idbc_profile *profile = NULL;
	int rc = idbc_login(conn, who, password, &profile, err);

	idbc_profile_free(profile);
	return rc;
}

/* --- a whole life through a stack ----------------------------------------------------------- */
static void make_store(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char *findings = NULL, text[1200];

	snprintf(text, sizeof(text), "{\"idbc\":1,\"connection\":\"own\",%s",
		 sqlite_store("") + 1);
	write_file("own.json", text, 0600);
	CU_ASSERT_EQUAL(idbc_check(at("own.json"), IDBC_CHECK_CREATE, &findings, &err), IDBC_OK);
	idbc_free(findings);
}

static void a_life(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	struct idbc *conn = unit_open(stack("life", "", sqlite_store("")));
	char id[64] = "", *stats;

	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"anna@example.com\",\"app_metadata\":"
			       "{\"plan\":\"gold\",\"n\":{\"a\":[1,2]}}}", FIRST, id, &err), IDBC_OK);
	CU_ASSERT_EQUAL(strncmp(id, "life|", 5), 0);
	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"ANNA@example.com\"}", FIRST, id, &err),
			IDBC_EXISTS);
	CU_ASSERT_EQUAL(idbc_login(conn, "Anna@Example.com", FIRST, &profile, &err), IDBC_OK);
	UNIT_STR(idbc_profile_get(profile, "user_id"), id);
	CU_ASSERT_PTR_NOT_NULL(strstr(idbc_profile_json(profile, 0),
				      "\"app_metadata\":{\"n\":{\"a\":[1,2]},\"plan\":\"gold\"}"));
	idbc_profile_free(profile);
	CU_ASSERT_EQUAL(login(conn, "anna@example.com", SECOND, &err), IDBC_DENIED);
	CU_ASSERT_EQUAL(err.detail, IDBC_DETAIL_WRONG_PASSWORD);
	CU_ASSERT_EQUAL(login(conn, "nobody@example.com", SECOND, &err), IDBC_DENIED);
	CU_ASSERT_EQUAL(err.detail, IDBC_DETAIL_UNKNOWN_USER);
	UNIT_STR(err.code, "");
	CU_ASSERT_EQUAL(idbc_change_password(conn, IDBC_BY_USER_ID, id, SECOND, &err), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, "anna@example.com", FIRST, &err), IDBC_DENIED);
	CU_ASSERT_EQUAL(login(conn, "anna@example.com", SECOND, &err), IDBC_OK);
	stats = idbc_stats_json(conn);
	CU_ASSERT_PTR_NOT_NULL(strstr(stats, "\"lower\":{\"below\":{\"connection\":\"life.below\""));
	idbc_free(stats);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, id, &err), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_USER_ID, id, &profile, &err), IDBC_NO_USER);
	idbc_close(conn, 0);
}

/* What proven() says is the login's answer; carried fields need not be a host's. */
static void proven_decides(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	struct idbc *conn = unit_open(stack("s", "carry", sqlite_store("")));
	char id[64] = "";

	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"bert@example.com\"}", FIRST, id, &err), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, "bert@example.com", FIRST, &err), IDBC_OK);
	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"carl@example.com\",\"shoe_size\":44}", FIRST, id,
			       &err), IDBC_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "shoe_size"));
	idbc_close(conn, 0);
	conn = unit_open(stack("s", "refuse", sqlite_store("")));
	CU_ASSERT_EQUAL(login(conn, "bert@example.com", FIRST, &err), IDBC_CONFLICT);
	UNIT_STR(err.code, "no_room");
	CU_ASSERT_EQUAL(login(conn, "bert@example.com", SECOND, &err), IDBC_DENIED);
	idbc_close(conn, 0);
	conn = unit_open(stack("s", "read", sqlite_store("")));
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_EMAIL, "bert@example.com", &profile, &err),
			IDBC_OK);
	CU_ASSERT_PTR_NULL(strstr(idbc_profile_json(profile, 3), "argon2"));
	idbc_profile_free(profile);
	idbc_close(conn, 0);
}

/* --- mistakes ------------------------------------------------------------------------------- */
static void mistakes(void)
{
	char text[4096];

	says(stack("m", "", "7"), "wrong-type", "options.below");
	says(stack("m", "", sqlite_store(",\"pool\":{\"max\":\"x\"}")), "wrong-type",
	     "options.below.pool.max");
	says(stack("m", "", "\"/nowhere/at/all.json\""), "unreadable", "options.below");
	says(stack("m", "", "{\"driver\":\"no-such\"}"), "driver-not-found", "options.below.driver");
	write_file("open.json", sqlite_store(""), 0666);
	snprintf(text, sizeof(text), "\"%s\"", at("open.json"));
	says(stack("m", "", text), "bad-permissions", "options.below");
	snprintf(text, sizeof(text), "%s", stack("m", "", "\"round.json\""));
	write_file("round.json", text, 0600);
	snprintf(text, sizeof(text), "\"%s\"", at("round.json"));
	says(stack("m", "", text), "stack-cycle", "options.below.options.below");
}

/* Deeper stacks work; a file's relative paths begin at its own folder. */
static void stack_of_stacks(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn;
	char text[4096];

	snprintf(text, sizeof(text), "%s", stack("inner", "", "\"own.json\""));
	write_file("inner.json", text, 0600);
	snprintf(text, sizeof(text), "\"%s\"", at("inner.json"));
	conn = unit_open(stack("outer", "", text));
	CU_ASSERT_EQUAL(login(conn, "bert@example.com", FIRST, &err), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, "bert@example.com", SECOND, &err), IDBC_DENIED);
	CU_ASSERT_EQUAL(login(conn, "nobody@example.com", FIRST, &err), IDBC_DENIED);
	idbc_close(conn, 0);
}

/* --- time ----------------------------------------------------------------------------------- */
static struct patient *patient;
static int result;

static void *ask(void *conn)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;

	result = idbc_get_user(conn, IDBC_BY_USERNAME, "alice", &profile, &err);
	idbc_profile_free(profile);
	return NULL;
}

static struct idbc *patient_stack(const char *more)
{
	char below[512];
	struct idbc *conn;
	void *lib;

	snprintf(below, sizeof(below), "{\"driver\":\"%s/tests/drivers/patient.so\",\"users\":"
		 "{\"login\":{\"by\":[\"username\"]},\"password\":{\"accept\":[\"raw/sha256-hex\"]}}%s}",
		 TEST_BUILD, more);
	conn = unit_open(stack("slow", "", below));
	lib = dlopen(TEST_BUILD "/tests/drivers/patient.so", RTLD_NOW | RTLD_NOLOAD);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lib);
	patient = dlsym(lib, "patient");
	return conn;
}

static void deadlines(void)
{
	struct idbc *conn = patient_stack("");
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	int64_t began;

	req.kind = IDBC_GET_USER;
	req.by = IDBC_BY_USERNAME;
	req.value = "alice";
	req.timeout_ms = 200 * (uint32_t)unit_slower();
	CU_ASSERT_EQUAL(idbc_call(conn, &req, &profile, &err), IDBC_OK);
	idbc_profile_free(profile);
	patient->hold = 1;
	began = clock_now_ns();
	CU_ASSERT_EQUAL(idbc_call(conn, &req, &profile, &err), IDBC_TIMEOUT);
	CU_ASSERT(clock_now_ns() - began < INT64_C(2000000000) * unit_slower());
	patient->hold = 0;
	CU_ASSERT_EQUAL(idbc_call(conn, &req, &profile, &err), IDBC_OK);
	idbc_profile_free(profile);
	idbc_close(conn, 0);
}

/* A call that is stopped is stopped where it is: in the connection below. */
static void closing_stops(void)
{
	struct idbc *conn = patient_stack("");
	pthread_t thread;
	int64_t began;

	patient->hold = 1;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, ask, conn), 0);
	while (!patient->inside)
		usleep(1000);
	began = clock_now_ns();
	idbc_close(conn, 0);
	pthread_join(thread, NULL);
	CU_ASSERT(clock_now_ns() - began < INT64_C(5000000000) * unit_slower());
	CU_ASSERT_EQUAL(result, IDBC_CANCELLED);
	patient->hold = 0;
}

/* --- prefixes ------------------------------------------------------------------------------- */
static void prefixes(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *first, *again, *other;
	char json[4096], wanted[4096];

	snprintf(json, sizeof(json), "%s", stack("p", "", sqlite_store("")));
	snprintf(wanted, sizeof(wanted), "%s", stack("p", "read", sqlite_store("")));
	first = unit_open(json);
	again = unit_open(json);
	says(wanted, "prefix-in-use", "profile.user_id_prefix");
	idbc_close(first, 0);
	says(wanted, "prefix-in-use", "profile.user_id_prefix");
	other = unit_open(stack("p2", "read", sqlite_store("")));
	idbc_close(again, 0);
	CU_ASSERT_EQUAL(idbc_open_json(wanted, &first, &err), IDBC_OK);
	idbc_close(first, 0);
	idbc_close(other, 0);
}

static void clean(void)
{
	static const char *const names[] = { "users.db", "own.json", "open.json", "round.json",
		"inner.json" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(at(names[i]));
	rmdir(folder);
}

static void whole(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	make_store();
	a_life();
	proven_decides();
	mistakes();
	stack_of_stacks();
	prefixes();
	clean();
}

static const struct unit_test tests[] = {
	{ "stack", whole },
	{ "deadlines", deadlines },
	{ "closing_stops", closing_stops },
};
UNIT_MAIN("run_stack", tests)
