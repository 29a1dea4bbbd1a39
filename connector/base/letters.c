/* connector/base/letters.c - text as plain letters: taken apart by Unicode's compatibility
 * forms, marks left out, in lower case.  Letters that have no such form, as o with a
 * stroke, stay what they are.  Threads: any; no lock.
 */
#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/text.h"

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
