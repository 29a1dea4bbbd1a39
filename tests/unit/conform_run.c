/* tests/unit/conform_run.c - the conformance kit's frame: whatever a driver does, the case fails
 * and the program goes on.  The drivers are those of tests/conformance/wrong.
 * reports: meant
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <idbc/conform.h>
#include "unit.h"

#define CONFIG TEST_BUILD "/tests/conform-run.json"
#define QUIRKS TEST_BUILD "/tests/conform-run.quirks"

struct seen {
	uint32_t failed, passed, skipped;
	char got[400];                  /* of the last one that failed */
	char skip[400];
};

static void told(void *ctx, const struct idbc_conform_verdict *verdict)
{
	struct seen *seen = ctx;

	seen->failed += verdict->result == IDBC_CONFORM_NOT_OK;
	seen->passed += verdict->result == IDBC_CONFORM_OK;
	seen->skipped += verdict->result == IDBC_CONFORM_SKIP;
	if (verdict->result == IDBC_CONFORM_NOT_OK)
		snprintf(seen->got, sizeof(seen->got), "%s", verdict->got);
	if (verdict->result == IDBC_CONFORM_SKIP)
		snprintf(seen->skip, sizeof(seen->skip), "%s", verdict->got);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	CU_ASSERT_FATAL(file != NULL);
	fputs(text, file);
	fclose(file);
	chmod(path, 0600);
}

static int run_with(const char *driver, const char *only, const char *quirks, struct seen *seen,
		    struct idbc_error *err)
{
	struct idbc_conform_plan plan = IDBC_CONFORM_PLAN_INIT;
	struct idbc_conform_totals totals = { .size = sizeof(totals) };
	char path[400];
	int rc;

	snprintf(path, sizeof(path), "%s/%s.so", TEST_BUILD, driver);
	memset(seen, 0, sizeof(*seen));
	put(CONFIG, "{\"idbc\":1,\"connection\":\"t\",\"driver\":\"none\",\"password\":{\"preferred\":"
		    "{\"scheme\":\"argon2/argon2id-v19\",\"memory_kib\":64,\"iterations\":1}}}");
	if (quirks)
		put(QUIRKS, quirks);
	plan.driver = path;
	plan.config = CONFIG;
	plan.quirks = quirks ? QUIRKS : NULL;
	plan.only = only;
	plan.limit_ms = 2000 * (uint32_t)unit_slower();
	plan.told = told;
	plan.ctx = seen;
	rc = idbc_conform_run(&plan, &totals, err);
	unlink(CONFIG);
	unlink(QUIRKS);
	if (rc == IDBC_OK)
		CU_ASSERT(totals.failed == seen->failed && totals.passed == seen->passed);
	return rc;
}

static int run(const char *driver, const char *only, struct seen *seen)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = run_with(driver, only, NULL, seen, &err);

	if (rc != IDBC_OK)
		fprintf(stderr, "%s: %s\n", driver, err.text);
	return rc;
}

static void test_right(void)
{
	struct seen seen;

	CU_ASSERT(run("examples/skeleton", "session.connects,quiet.*", &seen) == IDBC_OK);
	CU_ASSERT(seen.passed == 3 && seen.failed == 0);
}

static void fails_with(const char *driver, const char *only, const char *words)
{
	struct seen seen;

	CU_ASSERT(run(driver, only, &seen) == IDBC_OK);
	CU_ASSERT(seen.failed > 0);
	if (!strstr(seen.got, words))
		fprintf(stderr, "%s: %s\n", driver, seen.got);
	CU_ASSERT(strstr(seen.got, words) != NULL);
}

/* A sanitizer ends the process before the signal does. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define CRASHED "ended with status "
#else
#define CRASHED "killed by signal"
#endif
static void test_crash(void)
{
	fails_with("tests/wrong/crashes", "get_user.*,login.*", CRASHED);
}

static void test_hang(void)
{
	fails_with("tests/wrong/never-returns", "login.*", "nothing within");
}

static void test_print(void)
{
	fails_with("tests/wrong/prints-stdout", "quiet.stdout", "bytes in");
	fails_with("tests/wrong/prints-stderr", "quiet.stderr", "bytes in");
}

static void test_exit(void)
{
	fails_with("tests/wrong/exits", "*.*", "");
}

static void test_not_taken(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct seen seen;

	CU_ASSERT(run_with("tests/wrong/bad-major", NULL, NULL, &seen, &err) == IDBC_DRIVER);
	CU_ASSERT(seen.failed > 0 && err.text[0]);
}

static void test_quirks(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct seen seen;

	CU_ASSERT(run_with("examples/skeleton", "session.*",
			   "{\"skip\": {\"session.6*\": \"too many\"}}", &seen, &err) == IDBC_OK);
	CU_ASSERT(seen.skipped >= 1 && seen.failed == 0);
	CU_ASSERT(run_with("examples/skeleton", NULL, "{\"skpi\": {}}", &seen, &err) == IDBC_CONFIG);
	CU_ASSERT(strstr(err.text, "skpi") != NULL);
	CU_ASSERT(run_with("examples/skeleton", NULL, "{\"skip\": {\"lgoin.*\": \"slow\"}}", &seen,
			   &err) == IDBC_CONFIG);
	CU_ASSERT(strstr(err.text, "skip.lgoin.*") != NULL);
	CU_ASSERT(run_with("examples/skeleton", NULL, "{\"skip\": {\"login.*\": \"\"}}", &seen,
			   &err) == IDBC_CONFIG);
	CU_ASSERT(run_with("examples/skeleton", NULL, "{\"capabilities\": [\"interupt\"]}", &seen,
			   &err) == IDBC_CONFIG);
	CU_ASSERT(strstr(err.text, "interupt") != NULL);
	CU_ASSERT(run_with("examples/skeleton", NULL, "{\"users\": 3}", &seen, &err) == IDBC_CONFIG);
	CU_ASSERT(run_with("examples/skeleton", "load.adopted", "{\"seed\": \"exit 3\"}", &seen,
			   &err) == IDBC_CONFIG);
	CU_ASSERT(run_with("examples/skeleton", "load.capabilities", "{\"capabilities\": []}", &seen,
			   &err) == IDBC_OK);
	CU_ASSERT(seen.failed == 1);
}

static void test_plan(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct seen seen;

	CU_ASSERT(run_with("examples/skeleton", "no.such", NULL, &seen, &err) == IDBC_INVALID);
	CU_ASSERT(run_with("examples/nobody", NULL, NULL, &seen, &err) == IDBC_CONFIG);
	CU_ASSERT(seen.failed + seen.passed == 0);
}

static int count(void *ctx, const struct idbc_conform_case *one)
{
	CU_ASSERT(strchr(one->name, '.') && one->promise[0]);
	++*(unsigned *)ctx;
	return 0;
}

static void test_list(void)
{
	unsigned n = 0;

	CU_ASSERT(idbc_conform_each(count, &n) == 0);
	CU_ASSERT(n >= 100);
}

static const struct unit_test tests[] = {
	{ "a right driver", test_right },
	{ "one that crashes", test_crash },
	{ "one that never returns", test_hang },
	{ "one that prints", test_print },
	{ "one that exits", test_exit },
	{ "one that is not taken", test_not_taken },
	{ "quirks", test_quirks },
	{ "plans that cannot be used", test_plan },
	{ "the list", test_list },
};
UNIT_MAIN("conform_run", tests)
