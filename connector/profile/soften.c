/* connector/profile/soften.c - JSON texts of a store that jansson refuses though they are JSON.
 * Numbers that no 64 bits and no double hold are read as strings of the same digits; half
 * pairs of surrogates (text that was cut) and NUL in a name as U+FFFD; all else as it stands.
 * Threads: any; no lock.
 */
#include <stdint.h>
#include <string.h>
#include "profile/internal.h"

static const char *digits_end(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Behind the number at `from` as JSON spells one, or `from`. */
static const char *number_end(const char *from, const char *end)
{
	const char *p = from + (*from == '-'), *first = p, *more;

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

/* From the opening quote to behind the closing one. */
static const char *string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\';
	return p < end ? p + 1 : end;
}

/* A name takes no number, so it must not become one by being quoted. */
static int is_name(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p))
		p++;
	return p < end && *p == ':';
}

static int is_beyond(const char *p, const char *end)
{
	json_error_t error;
	json_t *read = json_begun(p, (size_t)(end - p), JSON_DECODE_ANY, &error);

	json_decref(read);
	return !read && json_error_code(&error) == json_error_numeric_overflow;
}

static int add_number(struct buf *out, const char *p, const char *end, int is_value)
{
	if (!is_value || !is_beyond(p, end))
		return buf_add(out, p, (size_t)(end - p));
	return buf_add(out, "\"", 1) || buf_add(out, p, (size_t)(end - p)) ||
	       buf_add(out, "\"", 1);
}

/* The unit of \uXXXX at p, or -1. */
static int32_t unit_at(const char *p, const char *end)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";
	int32_t unit = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char *at = p[i] ? strchr(hex, p[i]) : NULL;

		if (!at)
			return -1;
		unit = unit * 16 + (int32_t)((at - hex) % 16);
	}
	return unit;
}

/* How many bytes the escape at p has; *bad: nobody can read it. */
static size_t escape_len(const char *p, const char *end, int in_name, int *bad)
{
	int32_t unit = unit_at(p, end), next = -1;

	*bad = 0;
	if (unit < 0)
		return end - p > 1 ? 2 : 1;
	if (unit >= 0xd800 && unit < 0xdc00)
		next = unit_at(p + 6, end);
	if (next >= 0xdc00 && next < 0xe000)
		return 12;
	*bad = (unit >= 0xd800 && unit < 0xe000) || (in_name && !unit);
	return 6;
}

static int add_string(struct buf *out, const char *p, const char *end, int in_name)
{
	int rc = 0, bad = 0;

	while (p < end && !rc) {
		size_t len = *p == '\\' ? escape_len(p, end, in_name, &bad) : 1;

		rc = bad ? buf_add_str(out, "\\ufffd") : buf_add(out, p, len);
		bad = 0;
		p += len;
	}
	return rc;
}

int json_soften(struct buf *out, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	int rc = 0;

	while (p < end && !rc) {
		const char *next = *p == '"' ? string_end(p, end) : number_end(p, end);

		if (next == p)
			rc = buf_add(out, p, (size_t)(++next - p));
		else if (*p == '"')
			rc = add_string(out, p, next, is_name(next, end));
		else
			rc = add_number(out, p, next, !is_name(next, end));
		p = next;
	}
	return rc ? -1 : 0;
}
