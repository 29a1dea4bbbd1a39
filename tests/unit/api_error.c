/* tests/unit/api_error.c - errors as hosts in other languages see them. */
#include <idbc/idbc.h>
#include <stdlib.h>
#include <string.h>
#include "unit.h"

static void names(void)
{
	CU_ASSERT_STRING_EQUAL(idbc_effect_name(IDBC_EFFECT_NONE), "NONE");
	CU_ASSERT_STRING_EQUAL(idbc_effect_name(IDBC_EFFECT_APPLIED), "APPLIED");
	CU_ASSERT_STRING_EQUAL(idbc_effect_name(IDBC_EFFECT_UNKNOWN), "UNKNOWN");
	CU_ASSERT_STRING_EQUAL(idbc_effect_name(77), "UNKNOWN");
	CU_ASSERT_STRING_EQUAL(idbc_detail_name(IDBC_DETAIL_NONE), "NONE");
	CU_ASSERT_STRING_EQUAL(idbc_detail_name(IDBC_DETAIL_UNKNOWN_USER), "UNKNOWN_USER");
	CU_ASSERT_STRING_EQUAL(idbc_detail_name(IDBC_DETAIL_WRONG_PASSWORD), "WRONG_PASSWORD");
	CU_ASSERT_STRING_EQUAL(idbc_detail_name(IDBC_DETAIL_NO_PASSWORD), "NO_PASSWORD");
	CU_ASSERT_STRING_EQUAL(idbc_detail_name(IDBC_DETAIL_BAD_CREDENTIAL), "BAD_CREDENTIAL");
	CU_ASSERT_STRING_EQUAL(idbc_detail_name(IDBC_DETAIL_AMBIGUOUS), "AMBIGUOUS");
	CU_ASSERT_STRING_EQUAL(idbc_detail_name(IDBC_DETAIL_LOCKED_OUT), "LOCKED_OUT");
	CU_ASSERT_STRING_EQUAL(idbc_detail_name(77), "UNKNOWN");
}

/* What a host does that knows no more than that there is such a thing. */
static void as_bytes(void)
{
	uint32_t size = idbc_error_size();
	struct idbc_error *err = malloc(size);
	struct idbc *store = NULL;
	char *json = NULL;

	CU_ASSERT_EQUAL(size, sizeof(struct idbc_error));
	memset(err, 0x5a, size);
	idbc_error_init(err, size);
	CU_ASSERT_EQUAL(idbc_open_json("{\"idbc\":2}", &store, err), IDBC_CONFIG);
	CU_ASSERT_EQUAL_FATAL(idbc_error_json(err, &json), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "{\"status\":\"CONFIG\",\"number\":401,\"effect\":\"NONE\","));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"origin\":\"config\""));
	idbc_free(json);
	free(err);
}

static void init(void)
{
	struct idbc_error err, fresh = IDBC_ERROR_INIT;
	unsigned char few[12];

	memset(&err, 0x5a, sizeof(err));
	idbc_error_init(&err, sizeof(err));
	CU_ASSERT_EQUAL(memcmp(&err, &fresh, sizeof(err)), 0);
	memset(&err, 0x5a, sizeof(err));
	idbc_error_init(&err, 8);       /* no byte beyond them */
	CU_ASSERT_EQUAL(err.size, 8);
	CU_ASSERT_EQUAL(err.status, 0);
	CU_ASSERT_EQUAL(err.effect, 0x5a5a5a5a);
	memset(few, 0x5a, sizeof(few));
	idbc_error_init((struct idbc_error *)(void *)memcpy(&err, few, sizeof(few)), 3);
	CU_ASSERT_EQUAL(err.size, 0x5a5a5a5a);
	idbc_error_init(NULL, 8);
}

static void json_of(const struct idbc_error *err, const char *wanted)
{
	char *json = NULL;

	CU_ASSERT_EQUAL_FATAL(idbc_error_json(err, &json), IDBC_OK);
	if (!strstr(json, wanted))
		fprintf(stderr, "got %s, wanted %s\n", json, wanted);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, wanted));
	idbc_free(json);
}

static void full(void)
{
	struct idbc_error err = { sizeof(err), IDBC_EXISTS, IDBC_EFFECT_UNKNOWN,
		IDBC_DETAIL_LOCKED_OUT, IDBC_CHANGE_EMAIL, -5, "23505", "sql", "user_exists",
		"a \"quoted\" text" };

	json_of(&err, "{\"status\":\"EXISTS\",\"number\":102,\"effect\":\"UNKNOWN\","
		"\"detail\":\"LOCKED_OUT\",\"operation\":\"changeEmail\",\"native\":-5,"
		"\"sqlstate\":\"23505\",\"origin\":\"sql\",\"code\":\"user_exists\","
		"\"text\":\"a \\\"quoted\\\" text\"}");
}

static void odd(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char *json = NULL;

	err.status = 999;
	err.op = 99;
	json_of(&err, "\"status\":\"UNKNOWN\",\"number\":999,");
	json_of(&err, "\"operation\":\"\"");
	memset(err.text, 0xff, sizeof(err.text));       /* no NUL, no UTF-8 */
	memset(err.code, 'c', sizeof(err.code));
	json_of(&err, "\"code\":\"ccccccccccccccccccccccccccccccc\",");
	err.size = offsetof(struct idbc_error, detail); /* an older host's */
	err.detail = IDBC_DETAIL_AMBIGUOUS;
	json_of(&err, "\"effect\":\"NONE\",\"detail\":\"NONE\"");
	err.size = UINT32_MAX;                          /* a newer one's: what we know of it */
	memset(err.text, 0, sizeof(err.text));
	json_of(&err, "\"detail\":\"AMBIGUOUS\"");
	err.size = 4;
	CU_ASSERT_EQUAL(idbc_error_json(&err, &json), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_error_json(NULL, &json), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_error_json(&err, NULL), IDBC_INVALID);
	CU_ASSERT_PTR_NULL(json);
}

static const struct unit_test tests[] = {
	{ "names of effects and details", names },
	{ "an error as bytes of a size asked for", as_bytes },
	{ "init writes the bytes given and no more", init },
	{ "every member of an error", full },
	{ "short, long and damaged errors", odd },
};
UNIT_MAIN("api_error", tests)
