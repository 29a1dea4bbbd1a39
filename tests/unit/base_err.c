/* tests/unit/base_err.c - error values and status words.  One thread, no lock. */
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "unit.h"

static void test_fill(void)
{
	struct idbc_error err;

	memset(&err, 0xff, sizeof(err));
	CU_ASSERT(err_set(&err, IDBC_TIMEOUT, "pool", "no session within %u ms",
		7u) == IDBC_TIMEOUT);
	CU_ASSERT(err.size == sizeof(err) && err.status == IDBC_TIMEOUT);
	CU_ASSERT(!err.effect && !err.detail && !err.op && !err.native && !err.sqlstate[0]);
	UNIT_STR(err.origin, "pool");
	UNIT_STR(err.code, "");
	UNIT_STR(err.text, "no session within 7 ms");
	err_code(&err, IDBC_EXISTS, "sql", "user_exists", "again: %s", err.text);
	UNIT_STR(err.code, "user_exists");
	UNIT_STR(err.text, "again: no session within 7 ms");
	err_nomem(&err, "run");
	CU_ASSERT(err.status == IDBC_NOMEM && !err.code[0]);
	err_clear(&err);
	CU_ASSERT(err.status == IDBC_OK && err.size == sizeof(err) && !err.text[0]);
}

static void test_text_is_safe(void)
{
	struct idbc_error err;
	char lng[3000];

	err_set(&err, IDBC_DATA, "an origin that is too long", "a\nb%c", 0xff);
	UNIT_STR(err.text, "a\\x0ab\xef\xbf\xbd");
	UNIT_STR(err.origin, "an origin that ");
	memset(lng, 'x', sizeof(lng));
	for (size_t i = 1; i + 1 < sizeof(lng); i += 2)
		memcpy(lng + i, "\xc3\xa9", 2);
	lng[sizeof(lng) - 1] = '\0';
	err_set(&err, IDBC_DATA, "x", "%s", lng);
	CU_ASSERT(strlen(err.text) > sizeof(err.text) - 4);
	CU_ASSERT(text_is_utf8(err.text, strlen(err.text)));
	CU_ASSERT(!strstr(err.text, "\xef\xbf\xbd"));
}

static void test_copy_out(void)
{
	struct idbc_error from, to = IDBC_ERROR_INIT;
	struct { struct idbc_error err; char guard[8]; } small;

	err_code(&from, IDBC_CONFLICT, "sql", "email_changed", "caf\xc3\xa9 refused");
	err_copy_out(NULL, &from);
	err_copy_out(&to, &from);
	CU_ASSERT(!memcmp(&to, &from, sizeof(to)));

	memset(&small, 0x55, sizeof(small));
	small.err.size = offsetof(struct idbc_error, code);
	err_copy_out(&small.err, &from);
	CU_ASSERT(small.err.size == offsetof(struct idbc_error, code));
	CU_ASSERT(small.err.status == IDBC_CONFLICT);
	CU_ASSERT(small.err.code[0] == 0x55);

	memset(&small, 0x55, sizeof(small));
	small.err.size = offsetof(struct idbc_error, text) + 5;
	err_copy_out(&small.err, &from);
	UNIT_STR(small.err.text, "caf");
	CU_ASSERT(small.err.text[5] == 0x55);

	memset(&small, 0x55, sizeof(small));
	small.err.size = 0;
	err_copy_out(&small.err, &from);
	CU_ASSERT(small.err.status == 0x55555555);

	memset(&small, 0x55, sizeof(small));
	small.err.size = sizeof(small);
	err_copy_out(&small.err, &from);
	CU_ASSERT(small.err.size == sizeof(small) && small.guard[0] == 0x55);
	UNIT_STR(small.err.code, "email_changed");
}

static void test_names(void)
{
	UNIT_STR(status_name(IDBC_OK), "OK");
	UNIT_STR(status_name(IDBC_PASSWORD_EXPIRED), "PASSWORD_EXPIRED");
	UNIT_STR(status_text(IDBC_NO_USER), "no such user");
	UNIT_STR(status_name(99), "UNKNOWN");
	UNIT_STR(status_text(99), "unknown status");
}

static const struct unit_test tests[] = {
	{ "fill", test_fill },
	{ "text is safe", test_text_is_safe },
	{ "copy out", test_copy_out },
	{ "names", test_names },
};
UNIT_MAIN("base_err", tests)
