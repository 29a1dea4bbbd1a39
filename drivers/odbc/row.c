/* drivers/odbc/row.c - a row that came as one text: [7, null, "a \"b\" \\ c", true], an array of
 * JSON as PostgreSQL writes it, with numbers, texts, booleans and NULL in it.  The library that
 * reads documents would take a tenth of a call for it; tests/unit/odbc_row.c asks it whether the
 * values are the same.  Threads: any; no lock.
 */
#include "statement.h"

/* What \u00XX means; -1: PostgreSQL writes no other characters so. */
static int control(const char *at, const char *end)
{
	int code = 0;

	if (end - at < 4 || at[0] != '0' || at[1] != '0')
		return -1;
	for (int i = 2; i < 4; i++) {
		const char *digit = memchr("0123456789abcdef", at[i], 16);

		if (!digit)
			return -1;
		code = code * 16 + (int)(digit - "0123456789abcdef");
	}
	return code ? code : -1;
}

/* What follows a backslash; behind it, or NULL. */
static char *unescape(char *at, const char *end, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found = at < end ? memchr(from, *at, sizeof(from) - 1) : NULL;
	int code;

	if (found) {
		*out = to[found - from];
		return at + 1;
	}
	code = at < end && *at == 'u' ? control(at + 1, end) : -1;
	*out = (char)code;
	return code < 0 ? NULL : at + 5;
}

/* Behind the closing quote; NULL: there is none.  What is quoted closes up to where it began. */
static char *unquote(char *at, const char *end, char **to)
{
	char *quote = memchr(at, '"', (size_t)(end - at)), *out;

	*to = quote;
	if (!quote)
		return NULL;
	out = memchr(at, '\\', (size_t)(quote - at));
	if (!out)
		return quote + 1;
	for (at = out; at && at < end && *at != '"';)
		if (*at == '\\')
			at = unescape(at + 1, end, out++);
		else
			*out++ = *at++;
	*to = out;
	return at && at < end ? at + 1 : NULL;
}

/* One value from `at` on.  Behind it; NULL: it is none. */
static char *unpack(char *at, char *end, int last, struct idbc_value *out)
{
	char *from = at, *to;

	memset(out, 0, sizeof(*out));
	if (*at == '"') {
		at = unquote(++from, end, &to);
	} else {
		at = last ? end : memchr(at, ',', (size_t)(end - at));
		to = at && (*from == 't' || *from == 'f') ? from + 1 : at;
		if (at && *from == 'n')
			return at;
	}
	if (!at || (to == from && from[-1] != '"'))
		return NULL;
	out->kind = IDBC_KIND_STR;
	out->u.str = (struct idbc_str){ from, (size_t)(to - from) };
	return at;
}

int od_row_unpack(char *text, size_t len, struct idbc_value *cols, uint32_t n)
{
	char *at = text + 1, *end = text + len - 1;

	if (len < 3 || !n || *text != '[' || *end != ']')
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		int last = i + 1 == n;

		at = at < end ? unpack(at, end, last, &cols[i]) : NULL;
		if (!at || (last ? at != end : end - at < 2 || at[0] != ',' || at[1] != ' '))
			return -1;
		if (cols[i].kind == IDBC_KIND_STR)      /* what stood there counts no more */
			((char *)cols[i].u.str.ptr)[cols[i].u.str.len] = '\0';
		at += 2;
	}
	return 0;
}
