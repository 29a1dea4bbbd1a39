/* tests/unit/api_tools.c - the public functions that need no connection. */
#include <idbc/idbc.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "unit.h"

static char *verify(const char *line)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char *answer = NULL;

	return idbc_password_verify(line, &answer, &err) == IDBC_OK ? answer : NULL;
}

/* The member "result" of the answer for `hash` and one more member, as JSON. */
static void expect(const char *hash, const char *more, const char *result)
{
	char line[512], wanted[64];
	char *answer;

	snprintf(line, sizeof(line), "{\"hash\":\"%s\",%s}", hash, more);
	snprintf(wanted, sizeof(wanted), "{\"result\":\"%s\"", result);
	answer = verify(line);
	CU_ASSERT_FATAL(answer != NULL);
	if (strncmp(answer, wanted, strlen(wanted)))
		fprintf(stderr, "%s: got %s, wanted %s\n", line, answer, wanted);
	CU_ASSERT(!strncmp(answer, wanted, strlen(wanted)));
	idbc_free(answer);
}

static char *make(const char *scheme, const char *line)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char *answer = NULL, *hash = NULL;
	json_t *json;

	if (idbc_password_hash(scheme, line, &answer, &err) != IDBC_OK)
		return NULL;
	json = json_loads(answer, 0, NULL);
	hash = strdup(json_string_value(json_object_get(json, "hash")));
	json_decref(json);
	idbc_free(answer);
	return hash;
}

static void made_is_verified(void)
{
	char *hash = make("bcrypt/2b", "{\"password\":\"hunter2\"}");

	CU_ASSERT_FATAL(hash != NULL);
	expect(hash, "\"password\":\"hunter2\"", "match");
	expect(hash, "\"password_hex\":\"68756E74657232\"", "match");
	expect(hash, "\"password\":\"hunter3\"", "mismatch");
	expect(hash, "\"password\":\"\"", "mismatch");
	expect(hash, "\"password\":\"hunter2\\u0000x\"", "mismatch");
	expect(hash, "\"password_hex\":\"ff00fe\"", "mismatch");
	expect(hash, "\"password\":\"hunter2\",\"scheme\":\"bcrypt\",\"id\":7", "match");
	free(hash);
}

static void the_preferred_scheme(void)
{
	char *hash = make(NULL, "{\"password\":\"hunter2\"}");

	CU_ASSERT_FATAL(hash != NULL);
	CU_ASSERT(!strncmp(hash, "$argon2id$v=19$", 15));
	expect(hash, "\"password\":\"hunter2\"", "match");
	free(hash);
	CU_ASSERT(make("no/such", "{\"password\":\"hunter2\"}") == NULL);
	CU_ASSERT(make(NULL, "{}") == NULL);
}

static void unreadable_lines(void)
{
	static const char *const lines[] = {
		"", "x", "[]", "7", "{}", "{\"hash\":\"x\"}", "{\"password\":\"x\"}",
		"{\"hash\":null,\"password\":\"x\"}", "{\"hash\":\"x\",\"password\":7}",
		"{\"hash\":\"x\",\"password_hex\":\"7\"}", "{\"hash\":\"x\",\"password_hex\":\"7g\"}",
		"{\"hash\":\"x\",\"password\":\"a\",\"password_hex\":\"61\"}",
		"{\"hash\":\"x\",\"password\":\"a\",\"salt\":7}",
		"{\"hash\":\"x\",\"password\":\"a\",\"scheme\":[]}",
		"{\"hash\":\"x\",\"password\":\"a\",\"params\":\"n\"}",
		"{\"hash\":\"x\",\"hash\":\"y\",\"password\":\"a\"}",
		"{\"hash\":\"x\",\"password\":\"\xff\"}",
	};
	char *answer = (char *)lines;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct idbc_error err = IDBC_ERROR_INIT;

		CU_ASSERT_EQUAL(idbc_password_verify(lines[i], &answer, &err), IDBC_INVALID);
		CU_ASSERT_EQUAL(err.status, IDBC_INVALID);
		CU_ASSERT(err.text[0] != '\0');
	}
	CU_ASSERT(answer == (char *)lines);
	CU_ASSERT_EQUAL(idbc_password_verify(NULL, &answer, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_password_hash(NULL, "{", &answer, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_password_verify("{}", NULL, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_password_hash(NULL, "{}", NULL, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_drivers(NULL, NULL), IDBC_INVALID);
}

static void a_file_that_is_no_driver(void)
{
	char dir[] = "/tmp/idbc-unit-XXXXXX", path[64], *answer = NULL;
	struct idbc_error err = IDBC_ERROR_INIT;
	FILE *out;

	CU_ASSERT_FATAL(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/nonsense.so", dir);
	out = fopen(path, "w");
	CU_ASSERT_FATAL(out != NULL);
	fputs("nonsense\n", out);
	fclose(out);
	chmod(path, 0644);
	setenv("IDBC_DRIVER_PATH", dir, 1);
	CU_ASSERT_EQUAL_FATAL(idbc_drivers(&answer, &err), IDBC_OK);
	CU_ASSERT(strstr(answer, path) != NULL);
	CU_ASSERT(strstr(answer, "\"error\":\"") != NULL);
	idbc_free(answer);
	unsetenv("IDBC_DRIVER_PATH");
	unlink(path);
	rmdir(dir);
}

static const struct unit_test tests[] = {
	{ "what was made is verified", made_is_verified },
	{ "the preferred scheme", the_preferred_scheme },
	{ "unreadable lines", unreadable_lines },
	{ "a file that is no driver", a_file_that_is_no_driver },
};
UNIT_MAIN("api_tools", tests)
