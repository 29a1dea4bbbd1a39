/* drivers/sql/base/ascii.c - letter case of ASCII.  Threads: any; no lock, no locale.
 */
#include "sql/base/ascii.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

int ascii_same_n(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return 0;
	return 1;
}

int ascii_same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return strlen(b) == n && ascii_same_n(a, b, n);
}

int ascii_begins(const char *text, const char *word)
{
	size_t n = strlen(word);

	return strnlen(text, n) == n && ascii_same_n(text, word, n);
}

int ascii_has(const char *text, const char *word)
{
	for (; *text; text++)
		if (ascii_begins(text, word))
			return 1;
	return !*word;
}

int ascii_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

int ascii_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
