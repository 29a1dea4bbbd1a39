/* tests/unit/run_lowers.c - what only a stacked driver asks of the connection below: pages of users,
 * intents, what became of a phase, ids that moved; and a stack below a stack that moves users.
 */
#include <sys/stat.h>
#include <unistd.h>
#include "hiding.h"
#include "migrate/migrate.h"

#define FIRST  "Quaint-heron-55"
#define SECOND "Brisk-otter-81"

static char folder[] = "/tmp/run_lowers.XXXXXX";

/* --- deletes ---------------------------------------------------------------------------------- */
/* A stack over a store whose phases fail as `fails` has it, and whose leases end soon. */
static struct idbc *hiding_below(const char *store, const char *fails)
{
	char json[1200];

	snprintf(json, sizeof(json), "{\"idbc\":1,\"connection\":\"unit\",\"driver\":"
		 "\"%s/tests/drivers/stacked.so\",\"timeout_ms\":1000,\"delete\":{\"lease_ms\":100},"
		 "\"options\":{\"below\":{\"driver\":\"%s/tests/drivers/hiding.so\",\"startup\":\"trust\","
		 "\"options\":{\"store\":\"%s\"" FAST "},\"delete\":{\"intents\":\"t\"},\"users\":{\"login\":"
		 "{\"by\":[\"username\"]},\"password\":{\"accept\":[\"raw/sha256-hex\"],\"upgrade\":false}}}}}",
		 TEST_BUILD, TEST_BUILD, store);
	setenv("HIDING_FAILS", fails, 1);
	return unit_open(json);
}

struct lost { const char *fails; int answer, status; enum hiding_state state; };

static void answers_lost(void)
{
	static const struct lost cases[] = {
		{ "hide:done", 0, IDBC_OK, HIDING_GONE },
		{ "hide:lost", 0, IDBC_UNAVAILABLE, HIDING_THERE },
		{ "finish:done", 0, IDBC_OK, HIDING_GONE },
		{ "finish:lost", 0, IDBC_OK, HIDING_GONE },
		{ "show:done", 3, IDBC_CANCELLED, HIDING_THERE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct profiles profiles = { .answer = cases[i].answer };
		char store[16];
		struct idbc *conn;

		snprintf(store, sizeof(store), "lost%d", (int)i);
		conn = hiding_below(store, cases[i].fails);
		profiles_set(conn, &profiles);
		CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|1", NULL), cases[i].status);
		CU_ASSERT_EQUAL(hiding_state(conn, "unit|1"), cases[i].state);
		idbc_close(conn, 0);
	}
}

static void interrupted(void)
{
	struct profiles profiles = { .answer = 0 };
	struct idbc *conn = hiding_below("int", "finish:conflict");
	struct idbc_error err = IDBC_ERROR_INIT;
	uint32_t finished = 99;
	char *text = NULL;

	profiles_set(conn, &profiles);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, "unit|7", &err), IDBC_UNAVAILABLE);
	UNIT_STR(err.code, "delete_pending");
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|7"), HIDING_HIDDEN);
	hiding_pause_ms(120);
	CU_ASSERT_EQUAL(idbc_interrupted(conn, &text, NULL), IDBC_OK);
	UNIT_STR(text, "[{\"user_id\":\"unit|7\",\"profile_store\":true}]");
	idbc_free(text);
	CU_ASSERT_EQUAL(idbc_recover(conn, &finished, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(finished, 1);
	CU_ASSERT_EQUAL(profiles.asked, 2);
	CU_ASSERT_EQUAL(hiding_state(conn, "unit|7"), HIDING_GONE);
	idbc_close(conn, 0);
}

/* --- on a store of its own schema --------------------------------------------------------------- */
static const char *store(const char *name, const char *more)
{
	return unit_sqlite(folder, name, more);
}

static const char *over(const char *mode, const char *below)
{
	static char json[1200];

	snprintf(json, sizeof(json), "{\"idbc\":1,\"connection\":\"unit\",\"driver\":"
		 "\"%s/tests/drivers/stacked.so\",\"options\":{\"mode\":\"%s\",\"below\":%s}}", TEST_BUILD,
		 mode, below);
	return json;
}

/* The findings of a check that makes what is missing; to be freed. */
static char *made(const char *json)
{
	char path[64], *findings = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "%s/c.json", folder);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(json, file);
	fclose(file);
	chmod(path, 0600);
	CU_ASSERT_EQUAL(idbc_check(path, IDBC_CHECK_CREATE, &findings, NULL), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(findings);
	unlink(path);
	return findings;
}

static int add(struct idbc *conn, const char *json)
{
	struct idbc_profile *user = NULL;
	int rc = idbc_profile_parse(json, &user, NULL);

	if (rc == IDBC_OK)
		rc = idbc_create(conn, user, FIRST, NULL, NULL);
	idbc_profile_free(user);
	return rc;
}

static int count(void *ctx, const struct idbc_export_row *row)
{
	int *n = ctx;

	CU_ASSERT_PTR_NOT_NULL(strstr(row->json, "@example.com"));
	CU_ASSERT_PTR_NULL(strstr(row->json, "argon2"));
	++*n;
	return 0;
}

static void listed_and_moved(void)
{
	struct idbc_export all = IDBC_EXPORT_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn;
	int n = 0;

	idbc_free(made(over("", store("one", ""))));
	conn = unit_open(over("", store("one", "")));
	for (int i = 0; i < 3; i++) {
		char json[64];

		snprintf(json, sizeof(json), "{\"email\":\"u%d@example.com\"}", i);
		CU_ASSERT_EQUAL(add(conn, json), IDBC_OK);
	}
	all.row = count;
	all.ctx = &n;
	CU_ASSERT_EQUAL(idbc_export(conn, &all, &err), IDBC_OK);
	CU_ASSERT_EQUAL(n, 3);
	idbc_close(conn, 0);
	/* Not there, CHANGED, which MOVED does not lower, and so it stays. */
	conn = unit_open(over("moved", store("one", "")));
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_USER_ID, "unit|old-1", NULL, &err), IDBC_CONFLICT);
	CU_ASSERT_EQUAL(err.native, 222);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_USER_ID, "unit|old-1", NULL, &err), IDBC_CONFLICT);
	CU_ASSERT_EQUAL(err.native, 2222);
	idbc_close(conn, 0);
}

/* --- a stack that moves users, below another one -------------------------------------------------- */
/* The library's own driver, out of the archive of objects. */
static const struct idbc_driver *(*const entry)(uint32_t, const struct idbc_host *) =
	migrate_driver_entry;

static void both(char *out, size_t size, const char *from, const char *to)
{
	snprintf(out, size, "{\"idbc\":1,\"connection\":\"two\",\"driver\":\"migrate\","
		 "\"options\":{\"from\":%s,\"to\":%s}}", from, to);
}

static int login(struct idbc *conn, const char *password)
{
	return idbc_login(conn, "ida@example.com", password, NULL, NULL);
}

static void a_move_of_two_steps(void)
{
	char inner[1400], whole[3000];
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *ida = NULL;
	struct idbc *conn;
	char id[128];

	CU_ASSERT_PTR_NOT_NULL_FATAL(entry(IDBC_DRIVER_ABI, NULL));
	idbc_free(made(over("", store("first", ""))));
	both(inner, sizeof(inner), store("first", ""), store("second", ""));
	idbc_free(made(inner));
	conn = unit_open(over("", store("first", "")));
	CU_ASSERT_EQUAL(add(conn, "{\"email\":\"ida@example.com\",\"app_metadata\":{\"plan\":\"gold\"}}"),
			IDBC_OK);
	idbc_close(conn, 0);
	both(whole, sizeof(whole), inner, store("third", ""));
	idbc_free(made(whole));
	conn = unit_open(whole);
	CU_ASSERT_EQUAL(login(conn, SECOND), IDBC_DENIED);
	CU_ASSERT_EQUAL(login(conn, FIRST), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, FIRST), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(idbc_get_user(conn, IDBC_BY_EMAIL, "ida@example.com", &ida, &err), IDBC_OK);
	snprintf(id, sizeof(id), "%s", idbc_profile_get(ida, "user_id"));
	CU_ASSERT_PTR_NOT_NULL(strstr(idbc_profile_json(ida, 0), "\"app_metadata\":{\"plan\":\"gold\"}"));
	idbc_profile_free(ida);
	CU_ASSERT_EQUAL(idbc_change_password(conn, IDBC_BY_USER_ID, id, SECOND, &err), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, FIRST), IDBC_DENIED);
	CU_ASSERT_EQUAL(login(conn, SECOND), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_delete_user(conn, id, &err), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, SECOND), IDBC_DENIED);
	CU_ASSERT_EQUAL(login(conn, FIRST), IDBC_DENIED);
	idbc_close(conn, 0);
}

/* Users cannot be moved into a stack, and that is said at once. */
static void no_move_into_a_stack(void)
{
	char inner[1400], whole[3000];
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;

	both(inner, sizeof(inner), store("first", ""), store("second", ""));
	both(whole, sizeof(whole), store("third", ""), inner);
	CU_ASSERT_EQUAL(idbc_open_json(whole, &conn, &err), IDBC_CONFIG);
	CU_ASSERT_PTR_NULL(conn);
}

/* What a lower's configuration says in vain is told. */
static void in_vain(void)
{
	char *findings = made(over("", store("one", ",\"throttle\":{}")));

	CU_ASSERT_PTR_NOT_NULL(strstr(findings, "\"code\":\"throttle-below\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(findings, "\"key\":\"options.below.throttle\""));
	idbc_free(findings);
	findings = made(over("", store("one", "")));
	CU_ASSERT_PTR_NULL(strstr(findings, "throttle-below"));
	idbc_free(findings);
}

static void begin(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static void clean(void)
{
	static const char *const names[] = { "one", "first", "second", "third" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s.db", folder, names[i]);
		unlink(path);
	}
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static const struct unit_test tests[] = {
	{ "answers of phases that are lost", answers_lost },
	{ "interrupted deletes", interrupted },
	{ "a folder", begin },
	{ "users listed, ids moved", listed_and_moved },
	{ "a move of two steps", a_move_of_two_steps },
	{ "no move into a stack", no_move_into_a_stack },
	{ "in vain", in_vain },
	{ "cleaned", clean },
};
UNIT_MAIN("run_lowers", tests)
