/* tests/unit/profile_out.c - a driver's fields as a profile, and what of it is shown. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "profile/profile.h"
#include "unit.h"

static const struct profile_rules rules = { .connection = "shop", .prefix = "shop",
	.provider = "odbc", .metadata_key = "app_metadata" };

#define IDENTITIES "\"identities\":[{\"connection\":\"shop\",\"provider\":\"odbc\"," \
	"\"user_id\":\"7\",\"isSocial\":false}]"

static struct idbc_profile *begin(void)
{
	struct idbc_profile *profile = NULL;
	struct idbc_error err;

	CU_ASSERT_FATAL(profile_new(&profile, &err) == IDBC_OK);
	return profile;
}

static void put_bytes(struct idbc_profile *profile, const char *name, uint32_t kind,
		      const char *bytes, size_t len)
{
	struct idbc_value value = { kind, 0, { .str = { bytes, len } } };

	CU_ASSERT(!profile_add(profile, name, &value));
}

static void put(struct idbc_profile *profile, const char *name, const char *text)
{
	put_bytes(profile, name, IDBC_KIND_STR, text, strlen(text));
}

static void put_json(struct idbc_profile *profile, const char *name, const char *text)
{
	put_bytes(profile, name, IDBC_KIND_JSON, text, strlen(text));
}

static void put_number(struct idbc_profile *profile, const char *name, uint32_t kind, int64_t n)
{
	struct idbc_value value = { kind, 0, { .i64 = n } };

	CU_ASSERT(!profile_add(profile, name, &value));
}

static void finish(struct idbc_profile *profile, const char *native)
{
	struct idbc_str id = { native, strlen(native) };
	struct idbc_error err;

	CU_ASSERT(profile_finish(profile, &rules, &id, &err) == IDBC_OK);
}

static void test_least(void)
{
	struct idbc_profile *profile = begin();

	finish(profile, "7");
	UNIT_STR(profile_json(profile, 0),
		 "{\"user_id\":\"shop|7\",\"email_verified\":false,\"blocked\":false,"
		 IDENTITIES "}");
	CU_ASSERT(profile_json(profile, 0) == profile_json(profile, 0));
	profile_free(profile);
	profile_free(NULL);
}

static void test_order(void)
{
	struct idbc_profile *profile = begin();

	put(profile, "zebra", "z");
	put(profile, "company", "c");
	put(profile, "app_metadata.roles.b", "1");
	put_json(profile, "app_metadata.roles.a", "[1,2]");
	put(profile, "user_metadata.lang", "de");
	put_number(profile, "blocked", IDBC_KIND_BOOL, 1);
	put_number(profile, "logins_count", IDBC_KIND_I64, 3);
	put_number(profile, "created_at", IDBC_KIND_TIME_US, INT64_C(1795316645000999));
	put(profile, "name", "Zo\xc3\xa9 \"Z\"/\n");
	put(profile, "username", "zoe");
	put_number(profile, "email_verified", IDBC_KIND_BOOL, 1);
	put(profile, "email", "zoe@example.com");
	finish(profile, "7");
	UNIT_STR(profile_json(profile, 0),
		 "{\"user_id\":\"shop|7\",\"email\":\"zoe@example.com\","
		 "\"email_verified\":true,"
		 "\"username\":\"zoe\",\"name\":\"Zo\xc3\xa9 \\\"Z\\\"/\\n\","
		 "\"nickname\":\"zoe\","
		 "\"created_at\":\"2026-11-22T03:04:05.000Z\",\"logins_count\":3,"
		 "\"blocked\":true,"
		 "\"user_metadata\":{\"lang\":\"de\"},"
		 "\"app_metadata\":{\"roles\":{\"a\":[1,2],\"b\":\"1\"}}," IDENTITIES ","
		 "\"company\":\"c\",\"zebra\":\"z\"}");
	profile_free(profile);
}

static void shows(const char *name, const struct idbc_value *value, const char *want)
{
	struct idbc_profile *profile = begin();
	const char *got;

	CU_ASSERT(!profile_add(profile, name, value));
	finish(profile, "7");
	got = profile_get(profile, name);
	if (want)
		UNIT_STR(got, want);
	else
		CU_ASSERT(!got);
	profile_free(profile);
}

static void shows_bytes(const char *name, uint32_t kind, const char *bytes, size_t len,
			const char *want)
{
	struct idbc_value value = { kind, 0, { .str = { bytes, len } } };

	shows(name, &value, want);
}

static void shows_json(const char *text, const char *want)
{
	shows_bytes("x", IDBC_KIND_JSON, text, strlen(text), want);
}

static void shows_number(const char *name, uint32_t kind, int64_t n, const char *want)
{
	struct idbc_value value = { kind, 0, { .i64 = n } };

	shows(name, &value, want);
}

static void test_values(void)
{
	shows_bytes("x", IDBC_KIND_STR, "", 0, "");
	shows_bytes("x", IDBC_KIND_STR, NULL, 0, "");
	shows_bytes("x", IDBC_KIND_STR, "caf\xe9", 4, "caf\xef\xbf\xbd");
	shows_bytes("x", IDBC_KIND_BYTES, "text\n", 5, "text\n");
	shows_bytes("x", IDBC_KIND_BYTES, "\x01\xfe", 2, "01fe");
	shows_bytes("x", IDBC_KIND_BYTES, "\x00\x61", 2, "0061");
	shows_bytes("x", IDBC_KIND_JSON, "{\"b\":1,\"a\":[null,1.5]}", 22,
		"{\"a\":[null,1.5],\"b\":1}");
	shows_bytes("x", IDBC_KIND_JSON, "\"caf\xe9\"", 6, "caf\xef\xbf\xbd");
	shows_bytes("x", IDBC_KIND_JSON, "{broken", 7, NULL);
	shows_bytes("x", IDBC_KIND_JSON, "", 0, NULL);
	shows_bytes("x", IDBC_KIND_JSON, "null", 4, NULL);
	shows_bytes("x", IDBC_KIND_JSON, "{\"id\":9007199254740993,\"a\":[9007199254740993]}",
		46,
		    "{\"a\":[\"9007199254740993\"],\"id\":\"9007199254740993\"}");
	shows_json("{\"b\":18446744073709551616,\"a\":[-9223372036854775809,1e999,0.5,\"1e999\"]}",
		   "{\"a\":[\"-9223372036854775809\",\"1e999\",0.5,\"1e999\"],"
		   "\"b\":\"18446744073709551616\"}");
	shows_json("9223372036854775808", "9223372036854775808");
	shows_json("{\"a\":18446744073709551616x}", NULL);
	shows_json("{18446744073709551616 :1}", NULL);
	shows_json("{\"a\\u0000\":\"\\u0000\\udc00\\ud83c\\udf3b\\ud83c\",\"b\":\"\\\\ud83c\"}",
		   "{\"a\xef\xbf\xbd\":\"\\u0000\xef\xbf\xbd\xf0\x9f\x8c\xbb\xef\xbf\xbd\",\"b\":\"\\\\ud83c\"}");
	shows_json("{\"a\":\"\\ud83c\\\"", NULL);
	shows_json("{\"a\":\"\\ud8", NULL);
	shows_json("[018446744073709551616]", NULL);
	shows_json("[18446744073709551616-1,1e999.]", NULL);
	shows_number("x", IDBC_KIND_NULL, 0, NULL);
	shows_number("x", IDBC_KIND_BOOL, 2, "true");
	shows_number("x", IDBC_KIND_I64, 0, "0");
	shows_number("x", IDBC_KIND_I64, INT64_C(9007199254740992), "9007199254740992");
	shows_number("x", 99, 0, NULL);
}

static void big_integer(int64_t n, const char *want)
{
	struct idbc_profile *profile = begin();

	put_number(profile, "x", IDBC_KIND_I64, n);
	CU_ASSERT(strstr(profile_json(profile, 0), want) != NULL);
	profile_free(profile);
}

static void test_big_integers(void)
{
	big_integer(INT64_C(9007199254740992), "{\"x\":9007199254740992}");
	big_integer(INT64_C(9007199254740993), "{\"x\":\"9007199254740993\"}");
	big_integer(-INT64_C(9007199254740992), "{\"x\":-9007199254740992}");
	big_integer(INT64_MIN, "{\"x\":\"-9223372036854775808\"}");
}

static void test_times(void)
{
	shows_number("created_at", IDBC_KIND_TIME_US, 0, "1970-01-01T00:00:00.000Z");
	shows_number("created_at", IDBC_KIND_TIME_US, -1, "1969-12-31T23:59:59.999Z");
	shows_number("created_at", IDBC_KIND_TIME_US, -1000, "1969-12-31T23:59:59.999Z");
	shows_number("created_at", IDBC_KIND_TIME_US, -1001, "1969-12-31T23:59:59.998Z");
	shows_number("created_at", IDBC_KIND_TIME_US, INT64_C(1709210096789012),
		     "2024-02-29T12:34:56.789Z");
	shows_number("created_at", IDBC_KIND_TIME_US, INT64_C(253402300799999999),
		     "9999-12-31T23:59:59.999Z");
	shows_number("created_at", IDBC_KIND_TIME_US, INT64_C(253402300800000000), NULL);
	shows_number("created_at", IDBC_KIND_TIME_US, -INT64_C(62135596800000000),
		     "0001-01-01T00:00:00.000Z");
	shows_number("created_at", IDBC_KIND_TIME_US, -INT64_C(62135596800000001), NULL);
	shows_number("created_at", IDBC_KIND_TIME_US, INT64_MAX, NULL);
	shows_number("created_at", IDBC_KIND_TIME_US, INT64_MIN, NULL);
}

static void test_types_of_fields(void)
{
	shows_number("email_verified", IDBC_KIND_I64, -1, "true");
	shows_number("email_verified", IDBC_KIND_I64, 0, "false");
	shows_bytes("email_verified", IDBC_KIND_STR, "t", 1, "true");
	shows_bytes("email_verified", IDBC_KIND_STR, "N", 1, "false");
	shows_bytes("email_verified", IDBC_KIND_BYTES, "\x01", 1, "true");
	shows_bytes("email_verified", IDBC_KIND_STR, "\x01", 1, "true");
	shows_bytes("email_verified", IDBC_KIND_BYTES, "\0", 1, "false");
	shows_bytes("email_verified", IDBC_KIND_STR, "maybe", 5, "false");
	shows_bytes("blocked", IDBC_KIND_STR, "", 0, "false");
	shows_bytes("blocked", IDBC_KIND_STR, "maybe", 5, "true");
	shows_number("username", IDBC_KIND_I64, 4711, "4711");
	shows_bytes("logins_count", IDBC_KIND_STR, "12", 2, "12");
	shows_bytes("user_metadata", IDBC_KIND_STR, "{\"a\":1}", 7, "{\"a\":1}");
	shows_bytes("user_metadata", IDBC_KIND_JSON, "[]", 2, "{}");
	shows_bytes("user_metadata", IDBC_KIND_JSON, "[1]", 3, NULL);
	shows_bytes("app_metadata", IDBC_KIND_STR, "no document", 11, NULL);
	shows_bytes("mfa_factors", IDBC_KIND_STR, "JBSWY3DPEHPK3PXP", 16, NULL);
}

static void test_merge(void)
{
	struct idbc_profile *profile = begin();

	put(profile, "app_metadata.plan", "leaf");
	put_json(profile, "app_metadata", "{\"plan\":\"document\",\"tier\":{\"x\":1}}");
	put(profile, "app_metadata.tier.y", "2");
	put(profile, "metadata.older", "spelling");
	UNIT_STR(profile_get(profile, "app_metadata"),
		 "{\"older\":\"spelling\",\"plan\":\"leaf\",\"tier\":{\"x\":1,\"y\":\"2\"}}");
	UNIT_STR(profile_get(profile, "app_metadata.tier.x"), "1");
	UNIT_STR(profile_get(profile, "metadata.plan"), "leaf");
	CU_ASSERT(!profile_get(profile, "app_metadata.metadata"));
	CU_ASSERT(!profile_get(profile, "app_metadata.tier.x.z"));
	CU_ASSERT(!profile_get(profile, ""));
	CU_ASSERT(!profile_get(profile, "."));
	profile_free(profile);
}

static void test_bad_names(void)
{
	struct idbc_profile *profile = begin();

	put(profile, "caf\xe9.\xff", "x");
	put(profile, "", "y");
	put(profile, "a..b", "z");
	UNIT_STR(profile_json(profile, 0),
		 "{\"\":\"y\",\"a\":{\"\":{\"b\":\"z\"}},"
		 "\"caf\xef\xbf\xbd\":{\"\xef\xbf\xbd\":\"x\"}}");
	profile_free(profile);
}

static void generates(const char *email, const char *username, const char *name,
		      const char *nickname)
{
	struct idbc_profile *profile = begin();
	const char *got;

	if (email)
		put(profile, "email", email);
	if (username)
		put(profile, "username", username);
	finish(profile, "7");
	got = profile_get(profile, "name");
	CU_ASSERT(name ? got && !strcmp(got, name) : !got);
	got = profile_get(profile, "nickname");
	CU_ASSERT(nickname ? got && !strcmp(got, nickname) : !got);
	profile_free(profile);
}

static void test_generated(void)
{
	struct idbc_profile *profile = begin();

	generates("zoe@example.com", "z", "zoe@example.com", "zoe");
	generates(NULL, "z", "z", "z");
	generates("", "z", "z", "z");
	generates("@example.com", "z", "@example.com", "z");
	generates("broken", NULL, "broken", "broken");
	generates(NULL, NULL, NULL, NULL);
	put(profile, "email", "zoe@example.com");
	put(profile, "name", "");
	put(profile, "nickname", "");
	finish(profile, "7");
	UNIT_STR(profile_get(profile, "name"), "");
	UNIT_STR(profile_get(profile, "nickname"), "");
	profile_free(profile);
}

static void test_identities(void)
{
	struct idbc_profile *profile = begin();

	put_json(profile, "identities",
		 "[{\"provider\":\"google\",\"user_id\":12,\"access_token\":\"AT1\","
		 "\"data\":{\"refresh_token\":\"RT1\",\"x\":1}},5,null]");
	put(profile, "access_token", "AT2");
	CU_ASSERT(!profile_get(profile, "access_token"));
	finish(profile, "a|b");
	UNIT_STR(profile_get(profile, "user_id"), "shop|a|b");
	UNIT_STR(profile_get(profile, "identities"),
		 "[{\"connection\":\"shop\",\"provider\":\"odbc\",\"user_id\":\"a|b\","
		 "\"isSocial\":false},"
		 "{\"provider\":\"google\",\"user_id\":\"12\",\"data\":{\"x\":1},"
		 "\"isSocial\":true}]");
	CU_ASSERT(!profile_get(profile, "access_token"));
	CU_ASSERT(!profile_get(profile, "identities.0.access_token"));
	CU_ASSERT(!profile_get(profile, "identities.1.data.refresh_token"));
	UNIT_STR(profile_get(profile, "identities.1.provider"), "google");
	CU_ASSERT(!profile_get(profile, "identities.2"));
	CU_ASSERT(!profile_get(profile, "identities.-1"));
	CU_ASSERT(!strstr(profile_json(profile, 0), "AT"));
	CU_ASSERT(!strstr(profile_json(profile, PROFILE_MFA), "AT"));
	CU_ASSERT(strstr(profile_json(profile, PROFILE_IDP_TOKENS),
			 "\"isSocial\":false,\"access_token\":\"AT2\"}") != NULL);
	CU_ASSERT(strstr(profile_json(profile, PROFILE_IDP_TOKENS), "AT1") != NULL);
	CU_ASSERT(strstr(profile_json(profile, PROFILE_IDP_TOKENS), "RT1") != NULL);
	CU_ASSERT(!strstr(profile_json(profile, 0), "RT1"));
	profile_free(profile);
}

static void test_factors(void)
{
	struct idbc_profile *profile = begin();

	put_json(profile, "mfa_factors",
		 "[{\"type\":\"totp\",\"confirmed\":true,\"secret\":\"S1\","
		 "\"Recovery_Codes\":[\"S2\"],"
		 "\"link\":\"otpauth://totp/S3\",\"nested\":{\"totp_secret\":\"S4\","
		 "\"otp\":\"S5\"}},"
		 "\"S6\",{\"type\":\"phone\",\"value\":\"+1\"}]");
	finish(profile, "7");
	UNIT_STR(profile_get(profile, "mfa_factors"),
		 "[{\"confirmed\":true,\"nested\":{},\"type\":\"totp\"},"
		 "{\"type\":\"phone\",\"value\":\"+1\"}]");
	CU_ASSERT(!strstr(profile_json(profile, PROFILE_IDP_TOKENS), "\"S"));
	for (const char *secret = "123456"; *secret; secret++) {
		char text[3] = { 'S', *secret, '\0' };

		CU_ASSERT(strstr(profile_json(profile, PROFILE_MFA), text) != NULL);
	}
	CU_ASSERT(!strstr(profile_json(profile, 0), "Recovery"));
	profile_free(profile);
}

static void test_metadata_key(void)
{
	struct profile_rules older = rules;
	struct idbc_profile *profile = begin();
	struct idbc_str id = { "7", 1 };
	struct idbc_error err;

	older.metadata_key = "metadata";
	older.prefix = "";
	put(profile, "app_metadata.plan", "gold");
	CU_ASSERT(profile_finish(profile, &older, &id, &err) == IDBC_OK);
	UNIT_STR(profile_json(profile, 0),
		 "{\"user_id\":\"7\",\"email_verified\":false,\"blocked\":false,"
		 "\"metadata\":{\"plan\":\"gold\"}," IDENTITIES "}");
	UNIT_STR(profile_get(profile, "metadata.plan"), "gold");
	UNIT_STR(profile_get(profile, "app_metadata.plan"), "gold");
	profile_free(profile);
}

static void test_str_and_true(void)
{
	struct idbc_profile *profile = begin();
	struct idbc_str str;

	put_bytes(profile, "username", IDBC_KIND_STR, "a\0b", 3);
	put_number(profile, "blocked", IDBC_KIND_BOOL, 1);
	str = profile_str(profile, "username");
	CU_ASSERT(str.len == 3 && !memcmp(str.ptr, "a\0b", 3));
	CU_ASSERT(!profile_str(profile, "email").len);
	CU_ASSERT(!profile_str(profile, "blocked").len);
	CU_ASSERT(profile_true(profile, "blocked"));
	CU_ASSERT(!profile_true(profile, "email_verified"));
	CU_ASSERT(!profile_true(profile, "username"));
	CU_ASSERT(strstr(profile_json(profile, 0), "a\\u0000b") != NULL);
	profile_free(profile);
}

static void *reader(void *arg)
{
	static const char *const fields[] = { "email", "app_metadata.x", "identities", "none" };
	struct idbc_profile *profile = arg;
	size_t seen = 0;

	for (uint32_t i = 0; i < 200; i++) {
		seen += strlen(profile_json(profile, i & 3));
		for (size_t f = 0; f < 3; f++)
			seen += strlen(profile_get(profile, fields[f]));
		seen += profile_get(profile, fields[3]) != NULL;
	}
	return (void *)seen;
}

static void test_threads(void)
{
	struct idbc_profile *profile = begin();
	pthread_t threads[4];
	void *first = NULL, *seen;

	put(profile, "email", "zoe@example.com");
	put(profile, "app_metadata.x", "y");
	finish(profile, "7");
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_FATAL(!pthread_create(&threads[i], NULL, reader, profile));
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &seen);
		first = first ? first : seen;
		CU_ASSERT(seen == first && seen);
	}
	profile_free(profile);
}

static const struct unit_test tests[] = {
	{ "the least profile", test_least },
	{ "order of keys", test_order },
	{ "values", test_values },
	{ "big integers", test_big_integers },
	{ "times", test_times },
	{ "types of fields", test_types_of_fields },
	{ "documents and leaves merge", test_merge },
	{ "bad names", test_bad_names },
	{ "generated names", test_generated },
	{ "identities and tokens", test_identities },
	{ "second factors", test_factors },
	{ "metadata key", test_metadata_key },
	{ "str and true", test_str_and_true },
	{ "threads", test_threads },
};
UNIT_MAIN("profile_out", tests)
