/* tests/unit/sql_ascii.c - letter case of ASCII, in whatever locale there is.  One thread. */
#include <locale.h>
#include "sql/base/ascii.h"
#include "unit.h"

static void same(void)
{
	CU_ASSERT(ascii_same("", "") && ascii_same("ID", "id") && ascii_same("Int_2", "iNT_2"));
	CU_ASSERT(!ascii_same("id", "id2") && !ascii_same("id2", "id") && !ascii_same("a", "b"));
	/* '@' and '`', '[' and '{' differ by the bit of letter case alone. */
	CU_ASSERT(!ascii_same("@", "`") && !ascii_same("[", "{"));
	CU_ASSERT(!ascii_same("\xc3\x89", "\xc3\xa9"));
	CU_ASSERT(ascii_same_n("IDx", "idy", 2) && !ascii_same_n("IDx", "idy", 3));
}

static void parts(void)
{
	CU_ASSERT(ascii_begins("INTEGER", "int") && ascii_begins("x", "") && ascii_begins("a", "A"));
	CU_ASSERT(!ascii_begins("in", "int") && !ascii_begins("", "int"));
	CU_ASSERT(ascii_has("UNSIGNED BIG INT", "int") && ascii_has("x", "") && ascii_has("", ""));
	CU_ASSERT(!ascii_has("in t", "int") && !ascii_has("", "int") && !ascii_has("in", "int"));
}

/* Where there is such a locale; in it "I" is no "i" to the C library. */
static void turkish(void)
{
	const char *was = setlocale(LC_ALL, "tr_TR.UTF-8");

	same();
	parts();
	if (was)
		setlocale(LC_ALL, "C");
}

static const struct unit_test tests[] = {
	{ "same", same },
	{ "parts", parts },
	{ "turkish", turkish },
};
UNIT_MAIN("sql_ascii", tests)
