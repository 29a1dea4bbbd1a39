/* tests/unit/bulk_import.c - users in bulk through drivers whose create_many does it right, lies or
 * gives up.  The drivers are those of tests/conformance/wrong, which keep users in memory.
 */
#include <stdlib.h>
#include <string.h>
#include <idbc/idbc.h>
#include "unit.h"

#define USERS 10
#define BCRYPT "$2b$04$abcdefghijklmnopqrstuuWJL8n3p0DzyHCKoAIxrGZ1FLYQHXJYe"

/* The fourth is one of the store, the eighth has the address of the sixth. */
static const char *const address[USERS] = { "a", "b", "c", "there", "e", "f", "g", "f", "i", "j" };

struct run {
	unsigned given, told;
	uint32_t outcome[USERS];
	char json[200];
};

static int next(void *ctx, struct idbc_import_record *out)
{
	struct run *run = ctx;

	if (run->given == USERS)
		return 0;
	out->len = (size_t)snprintf(run->json, sizeof(run->json),
		"{\"email\":\"%s@example.com\",\"password_hash\":\"" BCRYPT "\"}",
		address[run->given]);
	out->json = run->json;
	out->line = ++run->given;
	return 1;
}

static int done(void *ctx, const struct idbc_import_result *result)
{
	struct run *run = ctx;

	CU_ASSERT_EQUAL(result->line, ++run->told);
	if (result->line <= USERS)
		run->outcome[result->line - 1] = result->outcome;
	CU_ASSERT_EQUAL(result->outcome == IDBC_IMPORTED_CREATED, result->user_id[0] != '\0');
	return 0;
}

static struct idbc *open_with(const char *driver)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;
	char json[800];

	snprintf(json, sizeof(json), "{\"idbc\":1,\"connection\":\"t\",\"driver\":\"%s/tests/wrong/%s.so\","
		 "\"options\":{\"people\":{\"1\":{\"email\":\"there@example.com\",\"hash\":\"" BCRYPT "\"}}}}",
		 TEST_BUILD, driver);
	CU_ASSERT_EQUAL_FATAL(idbc_open_json(json, &conn, &err), IDBC_OK);
	return conn;
}

static int import(struct idbc *conn, struct run *run, struct idbc_error *err)
{
	struct idbc_import import = IDBC_IMPORT_INIT;

	memset(run, 0, sizeof(*run));
	*err = (struct idbc_error)IDBC_ERROR_INIT;
	import.next = next;
	import.done = done;
	import.ctx = run;
	return idbc_import(conn, &import, err);
}

static int is_there(struct idbc *conn, const char *name)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	char email[64];
	int rc;

	snprintf(email, sizeof(email), "%s@example.com", name);
	rc = idbc_get_user(conn, IDBC_BY_EMAIL, email, &profile, &err);
	idbc_profile_free(profile);
	CU_ASSERT(rc == IDBC_OK || rc == IDBC_NO_USER);         /* never two */
	return rc == IDBC_OK;
}

static void want_all_but_two(struct idbc *conn, const struct run *run)
{
	CU_ASSERT_EQUAL(run->told, USERS);
	for (unsigned i = 0; i < USERS; i++) {
		CU_ASSERT_EQUAL(run->outcome[i], i == 3 || i == 7 ? IDBC_IMPORTED_EXISTS
								  : IDBC_IMPORTED_CREATED);
		CU_ASSERT(is_there(conn, address[i]));
	}
}

/* In one call, and by a driver that makes them one by one. */
static void right(void)
{
	static const char *const drivers[] = { "many-right", "none" };
	struct idbc_error err;
	struct run run;

	for (size_t i = 0; i < 2; i++) {
		struct idbc *conn = open_with(drivers[i]);

		CU_ASSERT_EQUAL(import(conn, &run, &err), IDBC_OK);
		want_all_but_two(conn, &run);
		CU_ASSERT_EQUAL(import(conn, &run, &err), IDBC_OK);
		for (unsigned j = 0; j < USERS; j++)
			CU_ASSERT_EQUAL(run.outcome[j], IDBC_IMPORTED_EXISTS);
		CU_ASSERT_EQUAL(idbc_close(conn, 0), IDBC_OK);
	}
}

/* Fewer rows than users whom it did not refuse: nobody is told to be made. */
static void untold(void)
{
	struct idbc *conn = open_with("many-untold");
	struct idbc_error err;
	struct run run;

	CU_ASSERT_EQUAL(import(conn, &run, &err), IDBC_DRIVER);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_UNKNOWN);
	CU_ASSERT_EQUAL(run.told, 0);
	CU_ASSERT_EQUAL(idbc_close(conn, 0), IDBC_OK);
}

/* It said that nobody was made, and made three: each is asked for by himself then, nobody is
 * made twice. */
static void half(void)
{
	struct idbc *conn = open_with("many-half");
	struct idbc_error err;
	struct run run;

	CU_ASSERT_EQUAL(import(conn, &run, &err), IDBC_OK);
	for (unsigned i = 0; i < USERS; i++) {
		CU_ASSERT_EQUAL(run.outcome[i], i <= 3 || i == 7 ? IDBC_IMPORTED_EXISTS
								 : IDBC_IMPORTED_CREATED);
		CU_ASSERT(is_there(conn, address[i]));
	}
	CU_ASSERT_EQUAL(idbc_close(conn, 0), IDBC_OK);
}

static const struct unit_test tests[] = {
	{ "right", right }, { "untold", untold }, { "half", half },
};
UNIT_MAIN("bulk_import", tests)
