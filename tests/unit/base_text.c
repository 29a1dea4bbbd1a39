/* tests/unit/base_text.c - UTF-8, folding and nearest names.  One thread, no lock. */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "unit.h"

static int same(uint32_t fold, const char *a, const char *b)
{
	return text_same(fold, a, strlen(a), b, strlen(b));
}

static void folds_to(uint32_t fold, const char *in, const char *want)
{
	char out[64] = "";
	int64_t n = text_fold(fold, in, strlen(in), out, sizeof(out) - 1);

	CU_ASSERT_FATAL(n >= 0);
	out[n] = '\0';
	UNIT_STR(out, want);
}

static void test_utf8(void)
{
	CU_ASSERT(text_is_utf8("", 0));
	CU_ASSERT(text_is_utf8(NULL, 0));
	CU_ASSERT(text_is_utf8("zo\xc3\xa9 \xf0\x9f\x98\x80", 9));
	CU_ASSERT(text_is_utf8("a\0b", 3));
	CU_ASSERT(!text_is_utf8("\xc3", 1));
	CU_ASSERT(!text_is_utf8("\xc0\x80", 2));
	CU_ASSERT(!text_is_utf8("\xed\xa0\x80", 3));
	CU_ASSERT(!text_is_utf8("\xf4\x90\x80\x80", 4));
}

static void test_control(void)
{
	CU_ASSERT(!text_has_control("zo\xc3\xa9 \xc2\xa0", 7));
	CU_ASSERT(text_has_control("a\0b", 3));
	CU_ASSERT(text_has_control("a\nb", 3));
	CU_ASSERT(text_has_control("\x7f", 1));
	CU_ASSERT(text_has_control("a\xc2\x85", 3));
	CU_ASSERT(!text_has_control("", 0));
}

static void test_repair(void)
{
	static const struct { const char *in, *want; } table[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "a\xff" "b", "a\xef\xbf\xbd" "b" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "caf\xe9 cr\xe8me", "caf\xef\xbf\xbd cr\xef\xbf\xbdme" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t len = 99;
		char *out = text_repair(table[i].in, strlen(table[i].in), &len);

		UNIT_STR(out, table[i].want);
		CU_ASSERT(len == strlen(table[i].want));
		CU_ASSERT(text_is_utf8(out, len));
		free(out);
	}
}

static void line_is(const char *in, size_t len, size_t cap, const char *want)
{
	char out[64];
	size_t n = text_line(in, len, out, cap);

	CU_ASSERT(n == strlen(want));
	UNIT_STR(out, want);
}

static void test_line(void)
{
	line_is("two\nlines", 9, 64, "two\\x0alines");
	line_is("a\0b", 3, 64, "a\\x00b");
	line_is("\x1b[31m", 5, 64, "\\x1b[31m");
	line_is("a\xe2\x80\xa8" "b", 5, 64, "a\\xe2\\x80\\xa8b");
	line_is("a\xff", 2, 64, "a\xef\xbf\xbd");
	line_is("zo\xc3\xa9", 4, 4, "zo");
	line_is("zo\xc3\xa9", 4, 5, "zo\xc3\xa9");
	line_is(NULL, 0, 4, "");
	CU_ASSERT(text_cut("zo\xc3\xa9", 4, 3) == 2);
	CU_ASSERT(text_cut("zo\xc3\xa9", 4, 4) == 4);
	CU_ASSERT(text_cut("\x80\x80\x80\x80\x80\x80", 6, 5) == 5);
}

static void test_fold(void)
{
	folds_to(IDBC_FOLD_NONE, "Alice", "Alice");
	folds_to(IDBC_FOLD_LOWER, "ALICE@Example.com", "alice@example.com");
	folds_to(IDBC_FOLD_LOWER_BOTH, "ZO\xc3\x89", "zo\xc3\xa9");
	folds_to(IDBC_FOLD_UPPER, "zo\xc3\xa9", "ZO\xc3\x89");
	folds_to(IDBC_FOLD_UCFIRST, "aLiCe", "ALiCe");
	folds_to(IDBC_FOLD_UCFIRST, "\xc3\xa9milie", "\xc3\x89milie");
	folds_to(IDBC_FOLD_DATABASE, "Alice ", "Alice ");
	folds_to(IDBC_FOLD_LOWER, "", "");
	folds_to(IDBC_FOLD_LETTERS, "", "");
	folds_to(IDBC_FOLD_LETTERS, "Jos\xc3\xa9 M\xc3\xbcller", "jose muller");
	folds_to(IDBC_FOLD_LETTERS, "e\xcc\x81\xcc\xa3 \xef\xac\x81 \xef\xbc\xa1", "e fi a");
	folds_to(IDBC_FOLD_LETTERS, "\xc3\x98 \xc3\x9f", "\xc3\xb8 \xc3\x9f");
	/* A mapping may lengthen: U+023A to U+2C65. */
	folds_to(IDBC_FOLD_LOWER, "\xc8\xba", "\xe2\xb1\xa5");
}

static void test_fold_stays_outside_ascii(void)
{
	folds_to(IDBC_FOLD_LOWER, "\xe2\x84\xaa", "\xe2\x84\xaa");      /* Kelvin */
	folds_to(IDBC_FOLD_LOWER, "\xc4\xb0", "\xc4\xb0");              /* dotted I */
	folds_to(IDBC_FOLD_UPPER, "\xc4\xb1", "\xc4\xb1");              /* dotless i */
	folds_to(IDBC_FOLD_UPPER, "\xc5\xbf", "\xc5\xbf");              /* long s */
	folds_to(IDBC_FOLD_UPPER, "\xc3\x9f", "\xc3\x9f");              /* sharp s */
	folds_to(IDBC_FOLD_UPPER, "\xef\xac\x81", "\xef\xac\x81");      /* fi ligature */
	folds_to(IDBC_FOLD_UCFIRST, "\xc5\xbfo", "\xc5\xbfo");
}

static void test_fold_refuses(void)
{
	char out[8];

	CU_ASSERT(text_fold(IDBC_FOLD_LOWER, "ABCDEFGHI", 9, out, sizeof(out)) == -1);
	CU_ASSERT(text_fold(IDBC_FOLD_LOWER, "ABCDEFGH", 8, out, sizeof(out)) == 8);
	CU_ASSERT(text_fold(IDBC_FOLD_LOWER, "\xc8\xba", 2, out, 2) == -1);
	CU_ASSERT(text_fold(IDBC_FOLD_LOWER, "a\xff", 2, out, sizeof(out)) == -1);
	CU_ASSERT(text_fold(IDBC_FOLD_LETTERS, "a\xff", 2, out, sizeof(out)) == -1);
	CU_ASSERT(text_fold(IDBC_FOLD_LETTERS, "ABCDEFGHI", 9, out, sizeof(out)) == -1);
	CU_ASSERT(text_fold(IDBC_FOLD_LETTERS, "\xef\xac\x83", 3, out, 2) == -1);
	CU_ASSERT(text_fold(IDBC_FOLD_NONE, "a\xff", 2, out, sizeof(out)) == -1);
	CU_ASSERT(text_fold(IDBC_FOLD_BINARY, "a\xff", 2, out, sizeof(out)) == 2);
	CU_ASSERT(text_fold(IDBC_FOLD_BINARY, "abcdefghi", 9, out, sizeof(out)) == -1);
}

static void test_same(void)
{
	CU_ASSERT(same(IDBC_FOLD_NONE, "admin", "admin"));
	CU_ASSERT(!same(IDBC_FOLD_NONE, "admin", "Admin"));
	CU_ASSERT(!same(IDBC_FOLD_BINARY, "admin", "Admin"));
	CU_ASSERT(same(IDBC_FOLD_LOWER_BOTH, "admin", "ADMIN"));
	CU_ASSERT(same(IDBC_FOLD_LOWER, "Alice", "alice"));
	CU_ASSERT(same(IDBC_FOLD_UPPER, "zo\xc3\xa9", "ZO\xc3\x89"));
	CU_ASSERT(same(IDBC_FOLD_UCFIRST, "alice", "Alice"));
	CU_ASSERT(!same(IDBC_FOLD_UCFIRST, "alice", "ALICE"));
	CU_ASSERT(same(IDBC_FOLD_DATABASE, "a", "b"));
	CU_ASSERT(same(IDBC_FOLD_LOWER, "", ""));
	CU_ASSERT(!same(IDBC_FOLD_LOWER, "a", ""));
}

static void alike_to(const char *in, const char *want)
{
	char out[64];
	int64_t n = text_alike(in, strlen(in), out, sizeof(out));

	CU_ASSERT_EQUAL(n, (int64_t)strlen(want));
	CU_ASSERT(n > 0 && !memcmp(out, want, strlen(want)));
}

/* All that any collation was seen to call "strasse", and more. */
static void test_alike(void)
{
	static const char *const spellings[] = {
		"strasse", "STRASSE", "stra\xc3\x9f""e", "STRA\xe1\xba\x9e""E", "\xc5\xbftrasse",
		"str\xc2\xad""asse", "str\xe2\x80\x8b""asse", "s\xe2\x81\xa0trasse",
		"str\xe2\x80\xad""asse", "str\xf3\xa0\x81\x81""asse", "strasse\xcc\x81", "strasse  ",
		"\xef\xbd\x93trasse", "strasse\xc2\xa0", "str\xef\xb8\x8f""asse",
	};
	char out[8];

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		alike_to(spellings[i], "strasse");
	alike_to("J\xc3\xb8se_\xc3\x86", "jose_ae");
	alike_to("\xc4\xb1\xc4\xb0", "ii");
	alike_to("\xe5\xbf\x83", "\xe5\xbf\x83");
	CU_ASSERT(text_alike("", 0, out, sizeof(out)) == -1);
	CU_ASSERT(text_alike(" \xe2\x80\x8b", 4, out, sizeof(out)) == -1);
	CU_ASSERT(text_alike("a\xff", 2, out, sizeof(out)) == -1);
	CU_ASSERT(text_alike("abcdefgh", 8, out, sizeof(out)) == -1);
}

/* What collations call equal and we do not. */
static void test_neighbours(void)
{
	static const char *const others[] = {
		"adm\xc3\xadn", "admin ", " admin",
		"\xef\xbd\x81\xef\xbd\x84\xef\xbd\x8d\xef\xbd\x89\xef\xbd\x8e",
		"adm\xc4\xb1n", "adm\xc4\xb0n", "admi\xcc\x87n",
		"admin\xc2\xa0",
	};
	static const uint32_t folds[] = { IDBC_FOLD_NONE, IDBC_FOLD_LOWER, IDBC_FOLD_UPPER,
					  IDBC_FOLD_UCFIRST, IDBC_FOLD_LOWER_BOTH,
					  IDBC_FOLD_BINARY };

	for (size_t f = 0; f < sizeof(folds) / sizeof(folds[0]); f++) {
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			CU_ASSERT(!same(folds[f], "admin", others[i]));
		CU_ASSERT(!same(folds[f], "mark", "mar\xe2\x84\xaa"));
		CU_ASSERT(!same(folds[f], "ss", "\xc3\x9f"));
		CU_ASSERT(!text_same(folds[f], "a", 1, "a\0", 2));
	}
	CU_ASSERT(!text_same(IDBC_FOLD_LOWER, "A\xff", 2, "a\xff", 2));
}

static void test_nearest(void)
{
	static const char *const names[] = { "email", "username", "user_id", "phone_number" };

	UNIT_STR(text_nearest("emial", names, 4), "email");
	UNIT_STR(text_nearest("Email", names, 4), "email");
	UNIT_STR(text_nearest("user_name", names, 4), "username");
	CU_ASSERT(!text_nearest("password", names, 4));
	CU_ASSERT(!text_nearest("x", names, 4));
	CU_ASSERT(!text_nearest("", names, 4));
	CU_ASSERT(!text_nearest("email", names, 0));
}

static const struct unit_test tests[] = {
	{ "utf8", test_utf8 },
	{ "control", test_control },
	{ "repair", test_repair },
	{ "line", test_line },
	{ "fold", test_fold },
	{ "fold stays outside ASCII", test_fold_stays_outside_ascii },
	{ "fold refuses", test_fold_refuses },
	{ "same", test_same },
	{ "alike", test_alike },
	{ "collation neighbours", test_neighbours },
	{ "nearest", test_nearest },
};
UNIT_MAIN("base_text", tests)
