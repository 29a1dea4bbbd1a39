/* tests/unit/password_recipe.c - recipes, encodings and numbers: known answers, and what
 * is refused.
 */
#include <string.h>
#include "password/recipe.h"
#include "unit.h"

/* What `text` gives for the password "hunter2", the salt "salty" and so on. */
static const char *value_of(const char *text, char *out, size_t cap)
{
	struct recipe_values v = { .value = {
		[RECIPE_PASSWORD] = str_of("hunter2"), [RECIPE_SALT] = str_of("salty"),
		[RECIPE_USERNAME] = str_of("Alice"), [RECIPE_EMAIL] = str_of("A@example.com"),
		[RECIPE_PEPPER] = str_of("pep") } };
	struct buf b = BUF_INIT(4096);
	struct recipe *r = NULL;
	char why[96];

	snprintf(out, cap, "refused");
	if (recipe_parse(text, &r, why, sizeof(why))) {
		CU_ASSERT(*why);
		return out;
	}
	CU_ASSERT(!recipe_make(r, &v, &b));
	snprintf(out, cap, "%s", b.ptr);
	CU_ASSERT(recipe_fits(r, &(struct idbc_str){ b.ptr, b.len }));
	CU_ASSERT(recipe_verify(r, &v, &(struct idbc_str){ b.ptr, b.len }) == PASSWORD_MATCH);
	b.ptr[b.len - 1] = b.ptr[b.len - 1] == '0' ? '1' : '0';
	CU_ASSERT(recipe_verify(r, &v, &(struct idbc_str){ b.ptr, b.len }) == PASSWORD_MISMATCH);
	buf_free(&b);
	recipe_free(r);
	return out;
}

static void test_known(void)
{
	static const char *const known[][2] = {
		{ "hex(sha1(salt . hex(sha1(password))))",
		  "6ab3bcab0469a1b5655a4d2dbeb18b5c4aa0e353" },
		{ "hex(md5(hex(md5(salt)) . hex(md5(password))))",
		  "16ac2521e8e12ea44e35b84e7f65705d" },
		{ "hex(md5(hex(md5(password)).salt))",
		  "dc748556c98e5cf0f8a3a56e07a0cb08" },
		{ "hex(sha1(lower(username) . password))",
		  "9223f12c61c325faa858b8e25e38ba954ba55daf" },
		{ "hex(sha1(upper(email) . password))",
		  "c04b7f0e78f933a1d450b3093ea9e8a3e21dece5" },
		{ "hex(md5(pepper . password))",
		  "f9e60cb3eb209bede7dc9b503147e2d0" },
		{ "upper(hex(md5(password)))",
		  "2AB96390C7DBE3439DE74D0C9B0B1767" },
		{ "b64(sha256(password . salt))",
		  "o5zNTGoLMYynoEpT1R6dtqkiK0oPW28qp0LJ7Y5Vua4=" },
		{ "hex(hmac_sha256(pepper, password))",
		  "ec36fde83cd7b031a546a2f8b3b9c4f67d8e6c019c1a94d6cc94a18eb9c08ee7" },
		{ "hex(sha1(\"--\" . salt . \"--\" . password . \"--\"))",
		  "1e0ccfac91df1a81d92f6dfc8c235ebf2ef313c8" },
		{ "\"SHA:\" . hex(md5(password))", "SHA:2ab96390c7dbe3439de74d0c9b0b1767" },
		{ "hex(hmac_md5(salt, password))",
		  "e5e62367047dd7978088cf3c0bdc8f1e" },
		{ "hex(hmac_sha1(salt, trim(password)))",
		  "61a0acb419edfd73a1994086dd33e6332596a5d8" },
		{ "hex( hmac_sha512( password , username . email ) )",
		  "cdebbbaef80c55a5cbf2b105361a69f43f1f8b265f68d9f0f2daf36726276c9d"
		  "4315f51f78a0e8358a388572d7f5f99f178641dbf48624a646a52a2aed438a29" },
		{ "hex(sha512(username . email . password))",
		  "c3e9b5d499447c3fa83f86745c2fe42eec65785775764797d425ca474fda5bdf"
		  "f6d6297c3306824a8dbfec9af39bdad318b623ba37b6d1459cbbf9bafd6b1ead" },
		{ "hex(sha256(salt . password . pepper))",
		  "13388d4d585ea3b9c7b329788dc23d3e38ba73c541d6d497f9a0a485c870fa06" },
		{ "hex(md5(md5(password)))",
		  "ae1c9ad5526572a9a4a7ecd715dd6393" },
		{ "salt . hex(md5(password))",
		  "salty2ab96390c7dbe3439de74d0c9b0b1767" },
	};
	char out[512];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		UNIT_STR(value_of(known[i][0], out, sizeof(out)), known[i][1]);
}

static void test_refused(void)
{
	static const char *const bad[] = {
		"", "password", "hex(password)", "salt", "hex(sha1(salt))", "hex(sha1(password)",
		"hex(sha1(password)))", "sha1(password) sha1(password)", "hex(sha3(password))",
		"hex(md5(\"--\"))", "hex(md5(\"\" . password))", "hex(md5(\"-- . password))",
		"\"a\" . password",
		"hex(hmac_md5(password))", "hex(md5(password, salt))", "md5()", ".md5(password)",
		"md5(password).", "md5(password) . password", "lower(upper(password))",
	};
	char out[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		UNIT_STR(value_of(bad[i], out, sizeof(out)), "refused");
}

/* Nesting has an end, well before the stack has. */
static void test_deep(void)
{
	char text[400] = "", out[512];

	for (int depth = 1; depth < 40; depth++) {
		*text = '\0';
		for (int i = 0; i < depth; i++)
			strcat(text, "md5(");
		strcat(text, "password");
		for (int i = 0; i < depth; i++)
			strcat(text, ")");
		CU_ASSERT((depth < 16) == (strcmp(value_of(text, out, sizeof(out)), "refused") != 0));
	}
}

static void test_fits(void)
{
	struct recipe *r = NULL;
	struct idbc_str s;
	char why[96];

	CU_ASSERT_FATAL(!recipe_parse("hex(md5(password))", &r, why, sizeof(why)));
	s = str_of("2ab96390c7dbe3439de74d0c9b0b1767");
	CU_ASSERT(recipe_fits(r, &s));
	s = str_of("2ab96390c7dbe3439de74d0c9b0b176");
	CU_ASSERT(!recipe_fits(r, &s));
	s = str_of("2ab96390c7dbe3439de74d0c9b0b176g");
	CU_ASSERT(!recipe_fits(r, &s));
	s = str_of("");
	CU_ASSERT(!recipe_fits(r, &s));
	recipe_free(r);
}

static int number(const char *text, uint64_t max, uint64_t *out)
{
	struct idbc_str s = str_of(text);
	struct cursor c = cursor_of(&s);

	return cursor_number(&c, max, out) && cursor_done(&c);
}

static void test_numbers(void)
{
	static const char *const bad[] = { "", "01", "-1", "+1", " 1", "1 ", "256", "0x1", "00" };
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT(!number(bad[i], 255, &n));
	CU_ASSERT(number("0", 255, &n) && n == 0);
	CU_ASSERT(number("255", 255, &n) && n == 255);
	CU_ASSERT(number("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX);
	CU_ASSERT(!number("18446744073709551616", UINT64_MAX, &n));
	CU_ASSERT(!number("99999999999999999999", UINT64_MAX, &n));
}

static int64_t decode(enum encode_b64 kind, const char *text)
{
	struct idbc_str s = str_of(text);
	unsigned char out[8];

	return b64_decode(kind, &s, out, sizeof(out));
}

static void test_base64(void)
{
	CU_ASSERT(decode(B64_PADDED, "") == 0);
	CU_ASSERT(decode(B64_PADDED, "TQ==") == 1);
	CU_ASSERT(decode(B64_PADDED, "TR==") == -1);
	CU_ASSERT(decode(B64_PADDED, "TQ=") == -1);
	CU_ASSERT(decode(B64_PADDED, "TQ") == -1);
	CU_ASSERT(decode(B64_PADDED, "====") == -1);
	CU_ASSERT(decode(B64_PADDED, "T===") == -1);
	CU_ASSERT(decode(B64_PADDED, "TQ==TQ==") == -1);
	CU_ASSERT(decode(B64_PLAIN, "TQ") == 1);
	CU_ASSERT(decode(B64_PLAIN, "TR") == -1);
	CU_ASSERT(decode(B64_PLAIN, "T") == -1);
	CU_ASSERT(decode(B64_PLAIN, "TQ==") == -1);
	CU_ASSERT(decode(B64_PLAIN, "++++") == 3);
	CU_ASSERT(decode(B64_ADAPTED, "....") == 3);
	CU_ASSERT(decode(B64_ADAPTED, "++++") == -1);
	CU_ASSERT(decode(B64_PLAIN, "AAAAAAAAAAAAAAAAAAAA") == -1);
}

static const struct unit_test tests[] = {
	{ "known", test_known }, { "refused", test_refused }, { "deep", test_deep },
	{ "fits", test_fits },
	{ "numbers", test_numbers }, { "base64", test_base64 },
};
UNIT_MAIN("password_recipe", tests)
