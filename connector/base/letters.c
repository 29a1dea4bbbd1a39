/* connector/base/letters.c - text as plain letters: taken apart by Unicode's compatibility
 * forms, marks left out, in lower case.  Letters that have no such form, as o with a
 * stroke, stay what they are.  And, for counting only, one text for all spellings that some
 * collation calls equal.  Threads: any; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/text.h"

#define ALIKE_ROOM 6            /* bytes that one character may take */

/* The bytes written, or -1: there is no room. */
static int64_t plain(const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
	size_t n = 0;
	ucs4_t c;

	for (size_t i = 0; i < len;) {
		int wrote;

		i += (size_t)u8_mbtouc(&c, in + i, len - i);
		if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M))
			continue;
		if (n == cap)
			return -1;
		wrote = u8_uctomb(out + n, uc_tolower(c), (ptrdiff_t)(cap - n));
		if (wrote < 0)
			return -1;
		n += (size_t)wrote;
	}
	return (int64_t)n;
}

int64_t text_letters(const char *in, size_t len, char *out, size_t cap)
{
	size_t n = 0;
	uint8_t *apart;
	int64_t rc;

	if (!text_is_utf8(in, len))
		return -1;
	if (!len)
		return 0;
	apart = u8_normalize(UNINORM_NFKD, (const uint8_t *)in, len, NULL, &n);
	if (!apart)
		return -1;
	rc = plain(apart, n, (uint8_t *)out, cap);
	free(apart);
	return rc;
}

/* --- alike -------------------------------------------------------------------------------- */

static const struct alike {
	ucs4_t c;
	const char *ascii;
} alikes[] = {
	{ 0xe6, "ae" }, { 0x153, "oe" }, { 0xf8, "o" }, { 0x111, "d" }, { 0xf0, "d" },
	{ 0xfe, "th" }, { 0x142, "l" }, { 0x127, "h" }, { 0x131, "i" }, { 0x14b, "n" },
	{ 0x167, "t" }, { 0x138, "q" },
};

/* Collations leave out what has no width, and some of them marks and blanks. */
static int is_ignored(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_Z |
							   UC_CATEGORY_MASK_C) ||
	       uc_is_property_default_ignorable_code_point(c);
}

static size_t put_alike(ucs4_t c, char *out)
{
	for (size_t i = 0; i < sizeof(alikes) / sizeof(alikes[0]); i++)
		if (alikes[i].c == c)
			return (size_t)(stpcpy(out, alikes[i].ascii) - out);
	return (size_t)u8_uctomb((uint8_t *)out, c, ALIKE_ROOM);
}

int64_t text_alike(const char *in, size_t len, char *out, size_t cap)
{
	size_t n = 0, wrote = 0;
	uint8_t *apart = NULL;
	ucs4_t c;

	if (len && text_is_utf8(in, len))
		apart = u8_casefold((const uint8_t *)in, len, NULL, UNINORM_NFKD, NULL, &n);
	for (size_t i = 0; apart && i < n;) {
		i += (size_t)u8_mbtouc(&c, apart + i, n - i);
		if (is_ignored(c))
			continue;
		if (cap - wrote < ALIKE_ROOM) {
			wrote = 0;
			break;
		}
		wrote += put_alike(c, out + wrote);
	}
	free(apart);
	return wrote ? (int64_t)wrote : -1;
}
