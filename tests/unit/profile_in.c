/* tests/unit/profile_in.c - a profile from a host, and what of it a create may carry. */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "profile/profile.h"
#include "unit.h"

static const char *const required[] = { "email" };
static const char *const self_service[] = { "company", "app_metadata.plan" };
static const struct profile_rules rules = { .connection = "shop", .prefix = "shop",
	.provider = "odbc", .metadata_key = "app_metadata", .identifier_bytes = 1024,
	.username_max = 20, .required = required, .nrequired = 1, .self_service = self_service,
	.nself_service = 2 };

static struct idbc_profile *parse(const char *json)
{
	struct idbc_profile *profile = NULL;
	struct idbc_error err;

	CU_ASSERT_FATAL(profile_parse(json, &profile, &err) == IDBC_OK);
	return profile;
}

static void refuses(const char *json)
{
	struct idbc_profile *profile = NULL;
	struct idbc_error err;

	CU_ASSERT(profile_parse(json, &profile, &err) == IDBC_INVALID);
	CU_ASSERT(!profile);
	UNIT_STR(err.code, "invalid_profile");
	CU_ASSERT(!strstr(err.text, "sesame"));
}

static void test_parse(void)
{
	struct idbc_profile *profile = parse("{\"email\":\"a@example.com\",\"name\":null,"
		"\"metadata\":{\"x\":null},\"app_metadata.plan\":\"gold\"}");
	char *lng = malloc(1100000);

	UNIT_STR(profile_get(profile, "app_metadata"), "{\"plan\":\"gold\",\"x\":null}");
	CU_ASSERT(!profile_get(profile, "name"));
	CU_ASSERT(!profile_get(profile, "app_metadata.x"));
	profile_free(profile);
	refuses(NULL);
	refuses("");
	refuses("[]");
	refuses("\"sesame\"");
	refuses("{\"a\":sesame}");
	refuses("{\"a\":\"sesame\",\"a\":2}");
	refuses("{\"a\":1} sesame");
	refuses("{\"a\":\"\xff\"}");
	refuses("{\"a\":\"\\u0000\"}");
	refuses("{\"metadata\":{},\"app_metadata\":{}}");
	memset(lng, ' ', 1100000);
	memcpy(lng, "{}", 2);
	lng[1024 * 1024] = '\0';
	profile_free(parse(lng));
	lng[1024 * 1024] = ' ';
	lng[1024 * 1024 + 1] = '\0';
	refuses(lng);
	for (size_t i = 0; i < 1000000; i++)
		lng[i] = '[';
	lng[1000000] = '\0';
	refuses(lng);
	free(lng);
}

static void test_set(void)
{
	struct idbc_profile *profile = NULL;
	struct idbc_error err;
	const char *before, *all;

	CU_ASSERT_FATAL(profile_new(&profile, &err) == IDBC_OK);
	CU_ASSERT(profile_set(profile, "email", "\"a@example.com\"", &err) == IDBC_OK);
	before = profile_get(profile, "email");
	all = profile_json(profile, 0);
	CU_ASSERT(profile_set(profile, "email", "\"b@example.com\"", &err) == IDBC_OK);
	CU_ASSERT(profile_set(profile, "app_metadata.plan.tier", "2", &err) == IDBC_OK);
	UNIT_STR(before, "a@example.com");
	UNIT_STR(all, "{\"email\":\"a@example.com\"}");
	UNIT_STR(profile_get(profile, "email"), "b@example.com");
	UNIT_STR(profile_json(profile, 0),
		 "{\"email\":\"b@example.com\",\"app_metadata\":{\"plan\":{\"tier\":2}}}");
	CU_ASSERT(profile_set(profile, "metadata", "{\"x\":1}", &err) == IDBC_OK);
	UNIT_STR(profile_get(profile, "app_metadata"), "{\"x\":1}");
	CU_ASSERT(profile_set(profile, "email", "null", &err) == IDBC_OK);
	CU_ASSERT(!profile_get(profile, "email"));
	UNIT_STR(profile_json(profile, 0), "{\"app_metadata\":{\"x\":1}}");
	CU_ASSERT(profile_set(profile, "", "1", &err) == IDBC_INVALID);
	CU_ASSERT(profile_set(profile, NULL, "1", &err) == IDBC_INVALID);
	CU_ASSERT(profile_set(profile, "\xff", "1", &err) == IDBC_INVALID);
	CU_ASSERT(profile_set(profile, "x", "sesame", &err) == IDBC_INVALID);
	CU_ASSERT(!strstr(err.text, "sesame"));
	CU_ASSERT(profile_set(profile, "x", NULL, &err) == IDBC_INVALID);
	profile_free(profile);
}

static int create(const char *json, uint32_t self, struct profile_fields *out,
		  struct idbc_error *err)
{
	struct idbc_profile *profile = parse(json);
	int rc = profile_for_create(profile, &rules, self, out, err);

	profile_free(profile);
	return rc;
}

static void create_fails(const char *json, uint32_t self, const char *code, const char *names)
{
	struct profile_fields fields = { NULL, 0, NULL };
	struct idbc_error err;

	CU_ASSERT(create(json, self, &fields, &err) == IDBC_INVALID);
	UNIT_STR(err.code, code);
	CU_ASSERT(strstr(err.text, names) != NULL);
	CU_ASSERT(!fields.fields && !fields.owner);
}

static void create_works(const char *json, uint32_t self, size_t n)
{
	struct profile_fields fields = { NULL, 0, NULL };
	struct idbc_error err = IDBC_ERROR_INIT;

	CU_ASSERT(create(json, self, &fields, &err) == IDBC_OK);
	UNIT_STR(err.text, "");
	CU_ASSERT(fields.n == n);
	profile_fields_free(&fields);
}

static int is_text(const struct idbc_value *value, uint32_t kind, const char *want)
{
	return value && value->kind == kind && value->u.str.len == strlen(want) &&
	       !memcmp(value->u.str.ptr, want, value->u.str.len);
}

static void test_flatten(void)
{
	static const char json[] =
		"{\"zip\":\"1\",\"app_metadata\":{\"plan\":{\"tier\":2,\"name\":\"gold\"},"
		"\"roles\":[\"b\",\"a\"],\"rate\":1.5,\"on\":true,\"none\":null,\"empty\":{}},"
		"\"user_id\":\"shop|u|7\",\"email\":\"A@example.com\",\"blocked\":false,"
		"\"given_name\":\"\",\"big\":9007199254740993}";
	struct profile_fields fields = { NULL, 0, NULL };
	struct idbc_error err;
	const struct idbc_value *value;

	CU_ASSERT_FATAL(create(json, 0, &fields, &err) == IDBC_OK);
	CU_ASSERT(fields.n == 11);
	UNIT_STR(fields.fields[0].name, "user_id");
	UNIT_STR(fields.fields[1].name, "email");
	CU_ASSERT(is_text(profile_field(&fields, "user_id"), IDBC_KIND_STR, "u|7"));
	CU_ASSERT(is_text(profile_field(&fields, "email"), IDBC_KIND_STR, "A@example.com"));
	CU_ASSERT(is_text(profile_field(&fields, "given_name"), IDBC_KIND_STR, ""));
	CU_ASSERT(is_text(profile_field(&fields, "app_metadata.roles"), IDBC_KIND_JSON,
			  "[\"b\",\"a\"]"));
	CU_ASSERT(is_text(profile_field(&fields, "app_metadata.rate"), IDBC_KIND_JSON, "1.5"));
	CU_ASSERT(is_text(profile_field(&fields, "app_metadata.plan.name"), IDBC_KIND_STR,
		"gold"));
	value = profile_field(&fields, "app_metadata.plan.tier");
	CU_ASSERT(value && value->kind == IDBC_KIND_I64 && value->u.i64 == 2);
	value = profile_field(&fields, "app_metadata.on");
	CU_ASSERT(value && value->kind == IDBC_KIND_BOOL && value->u.i64 == 1);
	value = profile_field(&fields, "big");
	CU_ASSERT(value && value->kind == IDBC_KIND_I64 &&
		  value->u.i64 == INT64_C(9007199254740993));
	CU_ASSERT(!profile_field(&fields, "app_metadata.none"));
	CU_ASSERT(!profile_field(&fields, "app_metadata"));
	profile_fields_free(&fields);
	profile_fields_free(&fields);
}

static void test_required(void)
{
	create_fails("{}", 0, "email_required", "email");
	create_fails("{\"email\":\"\"}", 0, "email_required", "email");
	create_fails("{\"email\":null,\"name\":\"x\"}", 0, "email_required", "email");
	create_works("{\"email\":\"a@example.com\"}", 0, 1);
}

#define WITH(more) "{\"email\":\"a@example.com\"," more "}"

static void test_store_only(void)
{
	static const char *const names[] = { "identities", "created_at", "updated_at",
		"last_login", "last_ip", "last_password_reset", "logins_count" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		static const char *const values[] = { "\"x\"", "1", "[1]", "{}", "{\"x\":1}" };

		for (size_t v = 0; v < 5; v++) {
			char json[100];

			snprintf(json, sizeof(json), WITH("\"%s\":%s"), names[i], values[v]);
			create_fails(json, 0, "field_not_allowed", names[i]);
			create_fails(json, 1, "field_not_allowed", names[i]);
		}
	}
	create_works(WITH("\"last_name\":\"x\",\"created_by\":\"y\""), 0, 3);
}

static void test_self_service(void)
{
	create_works(WITH("\"username\":\"u\",\"phone_number\":\"+1 555 0100\",\"name\":\"n\","
			  "\"given_name\":\"g\",\"family_name\":\"f\",\"nickname\":\"n\","
			  "\"picture\":\"p\",\"user_metadata\":{\"a\":{\"b\":1}},"
			  "\"company\":\"c\","
			  "\"app_metadata\":{\"plan\":{\"x\":1}}"), 1, 11);
	create_works(WITH("\"metadata\":{\"plan\":1}"), 1, 2);
	create_fails(WITH("\"app_metadata\":{\"plan\":1,\"role\":\"admin\"}"), 1,
		     "field_not_allowed", "app_metadata.role");
	create_fails(WITH("\"metadata\":{\"role\":\"admin\"}"), 1, "field_not_allowed",
		     "app_metadata.role");
	create_fails(WITH("\"app_metadata\":{\"planner\":1}"), 1, "field_not_allowed",
		"planner");
	create_fails(WITH("\"app_metadata\":{}"), 1, "field_not_allowed", "app_metadata");
	create_fails(WITH("\"email_verified\":true"), 1, "field_not_allowed", "email_verified");
	create_fails(WITH("\"blocked\":false"), 1, "field_not_allowed", "blocked");
	create_fails(WITH("\"user_id\":\"shop|1\""), 1, "field_not_allowed", "user_id");
	create_fails(WITH("\"mfa_factors\":[]"), 1, "field_not_allowed", "mfa_factors");
	create_fails(WITH("\"emails\":\"x\""), 1, "field_not_allowed", "emails");
	create_works(WITH("\"email_verified\":true,\"blocked\":true,\"mfa_factors\":[]"), 0, 4);
	create_works(WITH("\"mfa_factors\":[{\"totp\":{\"secret\":\"JBSWY3DPEHPK3PXP\"}},"
			  "{\"phone\":{\"value\":\"+15550100\"}},{\"other\":1}]"), 0, 2);
	create_fails(WITH("\"mfa_factors\":{\"a\":1}"), 0, "invalid_mfa_factors", "array");
	create_fails(WITH("\"mfa_factors\":[\"JBSWY3DPEHPK3PXP\"]"), 0, "invalid_mfa_factors",
		     "no object");
	create_fails(WITH("\"mfa_factors\":[{\"totp\":{\"secret\":\"not base 32\"}}]"), 0,
		     "invalid_mfa_factors", "totp");
	create_fails(WITH("\"mfa_factors\":[{\"phone\":{\"value\":\"x\"}}]"), 0,
		     "invalid_mfa_factors", "phone");
	create_fails(WITH("\"mfa_factors\":[{\"email\":{}}]"), 0, "invalid_mfa_factors", "email");
}

static void test_reserved(void)
{
	create_fails(WITH("\"app_metadata\":{\"user_id\":\"x\"}"), 0, "reserved_key",
		"user_id");
	create_fails(WITH("\"app_metadata\":{\"blocked\":{\"x\":1}}"), 0, "reserved_key",
		"blocked");
	create_fails(WITH("\"metadata\":{\"clientID\":1}"), 0, "reserved_key", "clientID");
	create_fails(WITH("\"app_metadata.identities\":[]"), 0, "reserved_key", "identities");
	create_works(WITH("\"app_metadata\":{\"name\":\"x\",\"deep\":{\"email\":1}},"
			  "\"user_metadata\":{\"email\":\"x\"}"), 0, 4);
}

static void test_types(void)
{
	create_fails("{\"email\":5}", 0, "invalid_profile", "email");
	create_fails(WITH("\"name\":{\"x\":1}"), 0, "invalid_profile", "name");
	create_fails(WITH("\"name\":{}"), 0, "invalid_profile", "name");
	create_fails(WITH("\"blocked\":\"true\""), 0, "invalid_profile", "blocked");
	create_fails(WITH("\"user_metadata\":[]"), 0, "invalid_profile", "user_metadata");
	create_fails(WITH("\"app_metadata\":\"x\""), 0, "invalid_profile", "app_metadata");
	create_fails(WITH("\"user_metadata\":{\"a.b\":1}"), 0, "invalid_profile",
		"user_metadata");
	create_fails(WITH("\"x\":{\"\":1}"), 0, "invalid_profile", "x");
	create_fails(WITH("\"\":1"), 0, "invalid_profile", "");
}

static void test_syntax(void)
{
	create_fails("{\"email\":\"nobody\"}", 0, "invalid_email", "e-mail");
	create_fails(WITH("\"username\":\"a\\nb\""), 0, "invalid_username", "user name");
	create_fails(WITH("\"username\":\"123456789012345678901\""), 0, "username_too_long",
		"20");
	create_fails(WITH("\"phone_number\":\"call me\""), 0, "invalid_phone", "phone");
	create_fails(WITH("\"user_id\":\"other|1\""), 0, "wrong_connection", "shop|");
	create_fails(WITH("\"user_id\":\"shop|\""), 0, "invalid_user_id", "user_id");
	create_fails(WITH("\"user_id\":\"shop|a\\nb\""), 0, "invalid_user_id", "user_id");
	create_fails(WITH("\"user_id\":1"), 0, "invalid_profile", "user_id");
}

/* Objects that the store keeps as one document are passed as they were given. */
static void test_whole(void)
{
	static const char *const whole[] = { "app_metadata", "user_metadata.prefs" };
	struct profile_rules bags = rules;
	struct profile_fields f = { NULL, 0, NULL };
	struct idbc_profile *profile = parse(WITH(
		"\"metadata\":{\"z.a\":0.1,\"b\":{\"\":null,\"e\":{}},\"big\":9007199254740993},"
		"\"user_metadata\":{\"lang\":\"de\",\"prefs\":{\"x.y\":[1e300,-0.5]}}"));
	struct idbc_error err = IDBC_ERROR_INIT;

	bags.whole = whole;
	bags.nwhole = 2;
	CU_ASSERT(profile_for_create(profile, &bags, 0, &f, &err) == IDBC_OK);
	CU_ASSERT_EQUAL(f.n, 4);
	CU_ASSERT(is_text(profile_field(&f, "app_metadata"), IDBC_KIND_JSON,
		"{\"z.a\":0.1,\"b\":{\"\":null,\"e\":{}},\"big\":9007199254740993}"));
	CU_ASSERT(is_text(profile_field(&f, "user_metadata.lang"), IDBC_KIND_STR, "de"));
	CU_ASSERT(is_text(profile_field(&f, "user_metadata.prefs"), IDBC_KIND_JSON,
		"{\"x.y\":[1e300,-0.5]}"));
	profile_fields_free(&f);
	profile_free(profile);
}

static void whole_fails(const char *json, uint32_t self, const char *code, const char *names)
{
	static const char *const whole[] = { "app_metadata", "user_metadata" };
	struct profile_rules bags = rules;
	struct profile_fields f = { NULL, 0, NULL };
	struct idbc_profile *profile = parse(json);
	struct idbc_error err = IDBC_ERROR_INIT;

	bags.whole = whole;
	bags.nwhole = 2;
	CU_ASSERT(profile_for_create(profile, &bags, self, &f, &err) ==
		  (code ? IDBC_INVALID : IDBC_OK));
	UNIT_STR(err.code, code ? code : "");
	CU_ASSERT(strstr(err.text, names) != NULL);
	profile_fields_free(&f);
	profile_free(profile);
}

static void test_whole_rules(void)
{
	whole_fails(WITH("\"app_metadata\":{\"blocked\":1}"), 0, "reserved_key", "blocked");
	whole_fails(WITH("\"app_metadata\":{\"x\":{\"blocked\":1}}"), 0, NULL, "");
	whole_fails(WITH("\"app_metadata\":{}"), 0, NULL, "");
	whole_fails(WITH("\"user_metadata\":[]"), 0, "invalid_profile", "object");
	/* A sign-up form: app_metadata.plan alone is allowed. */
	whole_fails(WITH("\"user_metadata\":{\"a.b\":1}"), 1, NULL, "");
	whole_fails(WITH("\"app_metadata\":{\"plan\":{\"q.r\":1}}"), 1, NULL, "");
	whole_fails(WITH("\"app_metadata\":{\"plan\":1,\"role\":2}"), 1, "field_not_allowed",
		    "app_metadata.role");
	whole_fails(WITH("\"app_metadata\":{\"role\":{}}"), 1, "field_not_allowed", "role");
	whole_fails(WITH("\"app_metadata\":{\"role\":null}"), 1, "field_not_allowed", "role");
	whole_fails(WITH("\"app_metadata\":{}"), 1, "field_not_allowed", "app_metadata");
	whole_fails(WITH("\"app_metadata\":{\"plan.x\":1}"), 1, "invalid_profile", "dot");
}

static char *repeated(const char *head, const char *piece, size_t n, const char *tail)
{
	size_t at = strlen(head), step = strlen(piece);
	char *text = malloc(at + n * step + strlen(tail) + 1);

	memcpy(text, head, at);
	for (size_t i = 0; i < n; i++, at += step)
		memcpy(text + at, piece, step);
	strcpy(text + at, tail);
	return text;
}

static void test_hostile_shapes(void)
{
	char *deep = repeated("{\"x\":", "[", 200, "");
	char *dotted = repeated("{\"email\":\"a@example.com\",\"a", ".a", 400000, "\":1}");
	char *lng = repeated("{\"email\":\"a@example.com\",\"user_metadata\":{\"", "k", 500000,
			     "\":{\"a\":1,\"b\":2}}}");
	char *quoted = repeated("{\"email\":\"a@example.com\",\"x\":\"\\\"", "[", 200, "\"}");

	refuses(deep);
	create_fails(dotted, 0, "invalid_profile", "key");
	create_fails(lng, 1, "invalid_profile", "too long");
	create_works(quoted, 0, 2);
	free(deep);
	free(dotted);
	free(lng);
	free(quoted);
}

static const struct unit_test tests[] = {
	{ "parse", test_parse },
	{ "set", test_set },
	{ "flatten", test_flatten },
	{ "required", test_required },
	{ "the store's own fields", test_store_only },
	{ "self-service", test_self_service },
	{ "reserved keys", test_reserved },
	{ "types", test_types },
	{ "syntax", test_syntax },
	{ "whole documents", test_whole },
	{ "whole documents keep the rules", test_whole_rules },
	{ "hostile shapes", test_hostile_shapes },
};
UNIT_MAIN("profile_in", tests)
