/* connector/password/tool/utf16.c - UTF-8 to UTF-16, strictly.  Threads: any.  Lock: none. */
#include "password/tool/utf16.h"

#include <unistr.h>

/* Units needed, or -1. */
static int64_t count(const struct idbc_str *text)
{
	int64_t units = 0;
	ucs4_t c;

	for (size_t i = 0; i < text->len; ) {
		int n = u8_mbtoucr(&c, (const uint8_t *)text->ptr + i, text->len - i);
		if (n < 0)
			return -1;
		units += c > 0xffff ? 2 : 1;
		i += (size_t)n;
	}
	return units;
}

static char *put(char *at, unsigned unit, enum utf16_order order)
{
	at[order == UTF16_BIG] = (char)(unit & 0xff);
	at[order == UTF16_LITTLE] = (char)(unit >> 8);
	return at + 2;
}

int utf16_of(const struct idbc_str *text, enum utf16_order order, struct secret *out)
{
	int64_t units = count(text);
	char *at;
	ucs4_t c;

	if (units < 0)
		return 1;
	if (secret_alloc(out, (size_t)units * 2))
		return -1;
	at = out->ptr;
	for (size_t i = 0; i < text->len; ) {
		i += (size_t)u8_mbtoucr(&c, (const uint8_t *)text->ptr + i, text->len - i);
		if (c > 0xffff) {
			at = put(at, (unsigned)(0xd7c0 + (c >> 10)), order);
			c = 0xdc00 | (c & 0x3ff);
		}
		at = put(at, (unsigned)c, order);
	}
	return 0;
}
