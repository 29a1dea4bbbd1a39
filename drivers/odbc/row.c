/* drivers/odbc/row.c - a row that came as one text: "(7,,"a ""b"" \\ c",t)", as PostgreSQL writes
 * them.  NULL is nothing at all; what is empty, or has a character in it that means something
 * here, is quoted.  Threads: any; no lock.
 */
#include "statement.h"

/* Behind the closing quote; NULL: there is none.  What is quoted closes up to where it began. */
static char *unquote(char *at, const char *end, char **to)
{
	char *out = *to;

	while (at < end) {
		if (*at == '"' && (at + 1 == end || at[1] != '"')) {
			*to = out;
			return at + 1;
		}
		if (*at == '"' || *at == '\\')
			at++;
		if (at < end)
			*out++ = *at++;
	}
	return NULL;
}

/* One value from `at` on, with a NUL behind it, where something was that counts no more.
 * Where the next one begins; NULL: it is no row. */
static char *unpack(char *at, char *end, int last, struct idbc_value *out)
{
	char *from = at, *to = at;

	memset(out, 0, sizeof(*out));
	if (at < end && *at == '"') {
		at = unquote(at + 1, end, &to);
	} else {
		char *comma = last ? end : memchr(at, ',', (size_t)(end - at));

		at = to = comma;
	}
	if (!at || (last ? at != end : at == end || *at != ','))
		return NULL;
	if (at > from) {
		out->kind = IDBC_KIND_STR;
		out->u.str = (struct idbc_str){ from, (size_t)(to - from) };
		*to = '\0';
	}
	return at + 1;
}

int od_row_unpack(char *text, size_t len, struct idbc_value *cols, uint32_t n)
{
	char *at = text + 1, *end = text + len - 1;

	if (len < 2 || !n || *text != '(' || *end != ')')
		return -1;
	for (uint32_t i = 0; at && i < n; i++)
		at = unpack(at, end, i + 1 == n, &cols[i]);
	return at ? 0 : -1;
}
