/* connector/password/tool/utf16.c - UTF-8 to UTF-16, letter by letter.  Case is changed the
 * simple way, one character for one, as those systems do.  Threads: any.  Lock: none.
 */
#include "password/tool/utf16.h"

#include <unicase.h>
#include <unistr.h>

static ucs4_t cased(ucs4_t c, unsigned how)
{
	if (how & UTF16_LOWER)
		return uc_tolower(c);
	return how & UTF16_UPPER ? uc_toupper(c) : c;
}

static size_t put(ucs4_t c, unsigned how, char *out)
{
	unsigned high = how & UTF16_BIG ? 0 : 1;
	uint16_t unit[2];
	int n = u16_uctomb(unit, c, 2);

	for (int i = 0; i < n; i++) {
		out[2 * i + (int)high] = (char)(unit[i] >> 8);
		out[2 * i + 1 - (int)high] = (char)(unit[i] & 0xff);
	}
	return n < 0 ? 0 : 2 * (size_t)n;
}

int utf16_of(const struct idbc_str *text, unsigned how, struct secret *out)
{
	const uint8_t *at = (const uint8_t *)text->ptr;
	struct secret room = SECRET_INIT;
	size_t left = text->len, len = 0;
	int n, rc;

	if (secret_alloc(&room, 2 * text->len))
		return -1;
	for (rc = 0; left && !rc; at += n, left -= (size_t)n) {
		ucs4_t c;

		n = u8_mbtoucr(&c, at, left);
		rc = n <= 0;
		n = rc ? 0 : n;
		len += rc ? 0 : put(cased(c, how), how, room.ptr + len);
	}
	if (!rc)
		rc = secret_copy(out, room.ptr, len);
	secret_free(&room);
	return rc;
}
