/* drivers/sql/codec/codec_plain.c - most documents, judged without a parser: printable ASCII, no
 * escapes, whole numbers.  It knows what is JSON for certain; what it does not know, jansson
 * judges, which makes a tree of it for that.  Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"

#include <string.h>

#define PLAIN_DEPTH 16
#define PLAIN_DIGITS 15         /* whatever they are, an integer holds them */

/* Each function: behind what begins at p, or NULL where that is not plain. */
static const char *value(const char *p, const char *end, unsigned depth);

static const char *blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

static const char *string(const char *p, const char *end)
{
	if (p == end || *p++ != '"')
		return NULL;
	while (p < end && *p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\')
		p++;
	return p < end && *p == '"' ? p + 1 : NULL;
}

static const char *number(const char *p, const char *end)
{
	const char *first = p += *p == '-';

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (p == first || p - first > PLAIN_DIGITS || (*first == '0' && p - first > 1) ||
	    (p < end && (*p == '.' || *p == 'e' || *p == 'E')))
		return NULL;
	return p;
}

static const char *word(const char *p, const char *end, const char *want)
{
	size_t n = strlen(want);

	return (size_t)(end - p) >= n && !memcmp(p, want, n) ? p + n : NULL;
}

static const char *member(const char *p, const char *end, unsigned depth)
{
	p = string(p, end);
	if (!p)
		return NULL;
	p = blanks(p, end);
	return p < end && *p == ':' ? value(blanks(p + 1, end), end, depth) : NULL;
}

/* From behind the opening bracket. */
static const char *items(const char *p, const char *end, char close, unsigned depth)
{
	p = blanks(p, end);
	if (p < end && *p == close)
		return p + 1;
	for (; depth < PLAIN_DEPTH && p < end; p = blanks(p + 1, end)) {
		p = close == '}' ? member(p, end, depth + 1) : value(p, end, depth + 1);
		if (!p)
			return NULL;
		p = blanks(p, end);
		if (p < end && *p == close)
			return p + 1;
		if (p == end || *p != ',')
			return NULL;
	}
	return NULL;
}

static const char *value(const char *p, const char *end, unsigned depth)
{
	if (p == end)
		return NULL;
	switch (*p) {
	case '{':
		return items(p + 1, end, '}', depth);
	case '[':
		return items(p + 1, end, ']', depth);
	case '"':
		return string(p, end);
	case 't':
		return word(p, end, "true");
	case 'f':
		return word(p, end, "false");
	case 'n':
		return word(p, end, "null");
	default:
		return number(p, end);
	}
}

int codec_doc_is_plain(const struct idbc_str *text)
{
	const char *end = text->ptr + text->len;
	const char *p = value(blanks(text->ptr, end), end, 0);

	return p && blanks(p, end) == end;
}
