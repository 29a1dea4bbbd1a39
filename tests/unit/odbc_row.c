/* tests/unit/odbc_row.c - rows that come as one text: what is made of them is what jansson makes
 * of the same arrays; and texts that are broken somewhere.
 */
#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "unit.h"
#include "../../drivers/odbc/statement.h"

#define ROWS     20000
#define COLUMNS  12u

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static json_t *any_text(void)
{
	static const char *const pieces[] = { "a", "\"", "\\", "\n", "\x01", "\x1f", "\x7f", "/", ", ",
		"null", "]", "u0041", "\xc3\xa4", "\xf0\x9f\x99\x82", "", "\t" };
	char text[64] = "";

	for (uint32_t n = any(8); n; n--)
		strcat(text, pieces[any(sizeof(pieces) / sizeof(pieces[0]))]);
	return json_string(text);
}

static json_t *any_value(void)
{
	switch (any(5)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(any(2));
	case 2:
		return json_integer((json_int_t)any(1u << 24) * (any(2) ? 1 : -1000000007LL));
	default:
		return any_text();
	}
}

/* PostgreSQL writes the digits of \u00XX in small letters. */
static void as_postgres(char *text)
{
	for (char *at = strchr(text, '\\'); at; at = strchr(at + 2, '\\'))
		if (at[1] == 'u')
			at[5] = (char)tolower((unsigned char)at[5]);
}

static int is_same(const json_t *want, const struct idbc_value *got)
{
	char digits[32];

	if (json_is_null(want))
		return got->kind == IDBC_KIND_NULL;
	if (got->kind != IDBC_KIND_STR || got->u.str.ptr[got->u.str.len])
		return 0;
	if (json_is_boolean(want))
		return !strcmp(got->u.str.ptr, json_is_true(want) ? "t" : "f");
	if (json_is_string(want))
		return got->u.str.len == json_string_length(want) &&
		       !memcmp(got->u.str.ptr, json_string_value(want), got->u.str.len);
	snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(want));
	return !strcmp(got->u.str.ptr, digits);
}

static char *any_row(json_t **out)
{
	json_t *array = json_array();
	char *text;

	for (uint32_t n = 1 + any(COLUMNS - 1); n; n--)
		json_array_append_new(array, any_value());
	text = json_dumps(array, 0);
	as_postgres(text);
	*out = array;
	return text;
}

static void test_same(void)
{
	for (int i = 0; i < ROWS; i++) {
		struct idbc_value cols[COLUMNS];
		json_t *array;
		char *text = any_row(&array), *whole = strdup(text);
		uint32_t n = (uint32_t)json_array_size(array);
		int same = !od_row_unpack(text, strlen(text), cols, n);

		for (uint32_t k = 0; same && k < n; k++)
			same = is_same(json_array_get(array, k), &cols[k]);
		if (!same)
			fprintf(stderr, "# otherwise: %s\n", whole);
		CU_ASSERT_FATAL(same);
		strcpy(text, whole);
		CU_ASSERT_EQUAL(od_row_unpack(text, strlen(text), cols, n + 1), -1);
		free(text);
		free(whole);
		json_decref(array);
	}
}

/* One byte is another, or the end is missing: refused, or values of what is there. */
static void test_broken(void)
{
	for (int i = 0; i < ROWS; i++) {
		struct idbc_value cols[COLUMNS];
		json_t *array;
		char *text = any_row(&array), *exact;
		size_t len = strlen(text);
		uint32_t n = (uint32_t)json_array_size(array);

		text[any((uint32_t)len)] = (char)any(256);
		len -= any(3) ? 0 : any((uint32_t)len);
		exact = malloc(len + 1);        /* so that a sanitizer sees its end */
		memcpy(exact, text, len);
		if (!od_row_unpack(exact, len, cols, n))
			for (uint32_t k = 0; k < n; k++)
				CU_ASSERT(cols[k].kind == IDBC_KIND_NULL ||
					  (cols[k].u.str.ptr > exact &&
					   cols[k].u.str.ptr + cols[k].u.str.len < exact + len));
		free(exact);
		free(text);
		json_decref(array);
	}
}

static const struct unit_test tests[] = {
	{ "what the library makes of it", test_same },
	{ "broken", test_broken },
};
UNIT_MAIN("odbc_row", tests)
