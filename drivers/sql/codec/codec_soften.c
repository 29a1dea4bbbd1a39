/* drivers/sql/codec/codec_soften.c - JSON that jansson refuses though it is JSON: numbers too
 * large for it, half pairs of surrogates (text that was cut), NUL in a name.  They are
 * replaced in a copy of the same length; what is no JSON stays none.  Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"

#include <string.h>

static char *digits_end(char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Behind the number at `from` as JSON spells one, or `from`. */
static char *number_end(char *from, const char *end)
{
	char *p = from + (*from == '-'), *first = p, *more;

	p = p < end && *p == '0' ? p + 1 : digits_end(p, end);
	if (p == first)
		return from;
	if (p < end && *p == '.' && (more = digits_end(p + 1, end)) > p + 1)
		p = more;
	if (p < end && (*p == 'e' || *p == 'E')) {
		first = p + 1 < end && (p[1] == '+' || p[1] == '-') ? p + 2 : p + 1;
		more = digits_end(first, end);
		p = more > first ? more : p;
	}
	return p;
}

/* Every number becomes 0 and blanks. */
static char *soften_number(char *p, const char *end)
{
	char *behind = number_end(p, end);

	if (behind == p)
		return p + 1;
	memset(p, ' ', (size_t)(behind - p));
	*p = '0';
	return behind;
}

/* The unit of \uXXXX at p, or -1. */
static int32_t unit_at(const char *p, const char *end)
{
	int32_t unit = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char *hex = "0123456789abcdef0123456789ABCDEF";
		const char *at = p[i] ? strchr(hex, p[i]) : NULL;

		if (!at)
			return -1;
		unit = unit * 16 + (int32_t)((at - hex) % 16);
	}
	return unit;
}

/* Behind the escape at p. */
static char *soften_escape(char *p, const char *end, int in_name)
{
	int32_t unit = unit_at(p, end), next;

	if (unit < 0)
		return p + 2;
	next = unit >= 0xd800 && unit < 0xdc00 ? unit_at(p + 6, end) : -1;
	if (next >= 0xdc00 && next < 0xe000)
		return p + 12;
	if ((unit >= 0xd800 && unit < 0xe000) || (in_name && !unit))
		memcpy(p, "\\ufffd", 6);
	return p + 6;
}

static int is_name(const char *p, const char *end)
{
	while (p < end && memchr(" \t\r\n", *p, 4))
		p++;
	return p < end && *p == ':';
}

/* From the opening quote to behind the closing one. */
static char *soften_string(char *p, char *end)
{
	char *behind = p + 1;
	int in_name;

	while (behind < end && *behind != '"')
		behind += *behind == '\\' && end - behind > 1 ? 2 : 1;
	in_name = behind < end && is_name(behind + 1, end);
	for (p++; p < behind;)
		p = *p == '\\' ? soften_escape(p, behind, in_name) : p + 1;
	return behind < end ? behind + 1 : end;
}

void codec_doc_soften(char *text, size_t len)
{
	char *p = text, *end = text + len;

	while (p < end)
		p = *p == '"' ? soften_string(p, end) : soften_number(p, end);
}
