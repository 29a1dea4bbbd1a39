/* tests/unit/profile_check.c - e-mail addresses, user names, user ids. */
#include <string.h>
#include "profile/profile.h"
#include "unit.h"

static const char *email(const char *text, size_t len)
{
	static struct idbc_error err;
	struct idbc_str str = { text, len };

	err.code[0] = '\0';
	return profile_check_email(&str, &err) == IDBC_OK ? "ok" : err.code;
}

static void test_email(void)
{
	static const char *const good[] = {
		"a@example.com", "A.b+tag@EXAMPLE.com", "o'brien@example.com", "a@b",
		"zo\xc3\xa9@ex\xc3\xa4mple.com", "!#$%&'*+-/=?^_`{|}~@example.com",
		"1@1.example.com", "a@x-y.example.com",
	};
	static const char *const bad[] = {
		"", "a", "@", "a@", "@b", "a@@b", "a b@example.com", " a@example.com",
		"a@example.com ", "a@exa mple.com", ".a@example.com", "a.@example.com",
		"a..b@example.com", "a@.example.com", "a@example..com", "a@example.com.",
		"a@-x.com", "a@x-.com", "a@b@c", "\"a\"@example.com", "a@[127.0.0.1]",
		"a\n@example.com", "a\xff@example.com", "a\xc2\xa0@example.com",
		"a\xe3\x80\x80@example.com", "a<b>@example.com", "a@ex_ample.com", "a@b,c",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		UNIT_STR(email(good[i], strlen(good[i])), "ok");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (strcmp(email(bad[i], strlen(bad[i])), "invalid_email"))
			fprintf(stderr, "accepted: %s\n", bad[i]);
		UNIT_STR(email(bad[i], strlen(bad[i])), "invalid_email");
	}
	UNIT_STR(email("a\0@example.com", 14), "invalid_email");
	UNIT_STR(email(NULL, 0), "invalid_email");
}

static void test_email_length(void)
{
	char text[300];

	memset(text, 'a', sizeof(text));
	text[64] = '@';
	for (size_t i = 70; i < sizeof(text); i += 50)
		text[i] = '.';
	UNIT_STR(email(text, 100), "ok");
	UNIT_STR(email(text, 254), "ok");
	UNIT_STR(email(text, 255), "email_too_long");
	text[64] = 'a';
	text[65] = '@';
	UNIT_STR(email(text, 100), "email_too_long");
	memset(text, 'a', sizeof(text));
	text[1] = '@';
	UNIT_STR(email(text, 2 + 63), "ok");
	UNIT_STR(email(text, 2 + 64), "invalid_email");
}

static const char *username(const struct profile_rules *rules, const char *text)
{
	static struct idbc_error err;
	struct idbc_str str = { text, strlen(text) };

	return profile_check_username(rules, &str, &err) == IDBC_OK ? "ok" : err.code;
}

static void test_username(void)
{
	struct profile_rules rules = { .username_max = 4, .identifier_bytes = 8 };

	UNIT_STR(username(&rules, "zo\xc3\xa9!"), "ok");
	UNIT_STR(username(&rules, "a b"), "ok");
	UNIT_STR(username(&rules, "a@b"), "ok");
	UNIT_STR(username(&rules, ""), "invalid_username");
	UNIT_STR(username(&rules, " a"), "invalid_username");
	UNIT_STR(username(&rules, "a "), "invalid_username");
	UNIT_STR(username(&rules, "a\xc2\xa0"), "invalid_username");
	UNIT_STR(username(&rules, "a\tb"), "invalid_username");
	UNIT_STR(username(&rules, "a\xff"), "invalid_username");
	UNIT_STR(username(&rules, "abcde"), "username_too_long");
	UNIT_STR(username(&rules, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80" "a"), "username_too_long");
	rules.username_max = 0;
	UNIT_STR(username(&rules, "abcdefgh"), "ok");
	UNIT_STR(username(&rules, "abcdefghi"), "username_too_long");
	rules.username_pattern = "^[a-z0-9._-]+$";
	UNIT_STR(username(&rules, "a.b-1"), "ok");
	UNIT_STR(username(&rules, "A"), "invalid_username");
	UNIT_STR(username(&rules, "a b"), "invalid_username");
	rules.username_pattern = "[";
	UNIT_STR(username(&rules, "a"), "invalid_username");
}

static const char *native(const char *prefix, const char *id)
{
	static struct idbc_error err;
	struct profile_rules rules = { .prefix = prefix };
	struct idbc_str str = { id, strlen(id) }, out = { "untouched", 9 };

	if (profile_native_id(&rules, &str, &out, &err) == IDBC_OK)
		return out.ptr;
	CU_ASSERT(err.status == IDBC_INVALID && out.len == 9);
	return err.code;
}

static void test_native_id(void)
{
	UNIT_STR(native("shop", "shop|7"), "7");
	UNIT_STR(native("shop", "shop|shop|7"), "shop|7");
	UNIT_STR(native("shop", "shop||"), "|");
	UNIT_STR(native("shop", "7"), "wrong_connection");
	UNIT_STR(native("shop", ""), "wrong_connection");
	UNIT_STR(native("shop", "shop"), "wrong_connection");
	UNIT_STR(native("shop", "Shop|7"), "wrong_connection");
	UNIT_STR(native("shop", "shops|7"), "wrong_connection");
	UNIT_STR(native("shop", "shop|"), "invalid_user_id");
	UNIT_STR(native("", "7"), "7");
	UNIT_STR(native("", "|7"), "|7");
	UNIT_STR(native("", "other|7"), "other|7");
	UNIT_STR(native("", ""), "invalid_user_id");
}

static const struct unit_test tests[] = {
	{ "e-mail", test_email },
	{ "e-mail length", test_email_length },
	{ "user name", test_username },
	{ "native id", test_native_id },
};
UNIT_MAIN("profile_check", tests)
