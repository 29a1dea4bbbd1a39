/* connector/profile/numbers.c - JSON texts of a store with numbers that no 64 bits and no
 * double hold: they are read as strings of the same digits, everything else as it stands.
 * Threads: any; no lock.
 */
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
	json_t *read = json_loadb(p, (size_t)(end - p), JSON_DECODE_ANY, &error);

	json_decref(read);
	return !read && json_error_code(&error) == json_error_numeric_overflow;
}

static int add_quoted(struct buf *out, const char *p, const char *end)
{
	return buf_add(out, "\"", 1) || buf_add(out, p, (size_t)(end - p)) ||
	       buf_add(out, "\"", 1);
}

int numbers_quote(struct buf *out, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	int rc = 0;

	while (p < end && !rc) {
		const char *next = *p == '"' ? string_end(p, end) : number_end(p, end);

		if (next == p)
			next++;
		else if (*p != '"' && !is_name(next, end) && is_beyond(p, next)) {
			rc = add_quoted(out, p, next);
			p = next;
		}
		rc = rc || buf_add(out, p, (size_t)(next - p));
		p = next;
	}
	return rc ? -1 : 0;
}
