/* drivers/sql/base/names.c - which names may reach SQL, and which was perhaps meant.
 *
 * Identifiers come from the configuration alone and are always quoted; this grammar
 * keeps out whatever could end a quotation.  Threads: any; no lock.
 */
#include "sql/base/names.h"

#include <string.h>

#define GUESS_MAX 64u

static int is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* U+0080 to U+009F are controls, in UTF-8 C2 80 to C2 9F. */
static int is_control(const unsigned char *p)
{
	return p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;
}

static int is_plain(const unsigned char *p)
{
	if (is_letter(*p) || is_digit(*p) || *p == '$' || *p == ' ' || *p == '-')
		return 1;
	return *p >= 0x80 && !is_control(p);
}

static int is_part(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	if (!len || len > NAME_MAX_BYTES || p[0] == ' ' || p[len - 1] == ' ')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (!is_plain(p + i))
			return 0;
	}
	return 1;
}

int name_is_table(const char *name)
{
	const char *dot = strchr(name, '.');

	if (!dot)
		return is_part(name, strlen(name));
	return is_part(name, (size_t)(dot - name)) && is_part(dot + 1, strlen(dot + 1));
}

int name_is_column(const char *name)
{
	return is_part(name, strlen(name));
}

static int is_word(const char *p, size_t len, int dashes)
{
	if (!len || !is_letter((unsigned char)*p))
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if (!is_letter(c) && !is_digit(c) && !(dashes && c == '-'))
			return 0;
	}
	return 1;
}

int name_is_word(const char *name)
{
	size_t len = strlen(name);

	return len <= NAME_MAX_BYTES && is_word(name, len, 0);
}

int name_is_field(const char *name)
{
	if (strlen(name) > 2 * NAME_MAX_BYTES)
		return 0;
	for (;;) {
		size_t len = strcspn(name, ".");

		if (!is_word(name, len, 1))
			return 0;
		if (!name[len])
			return 1;
		name += len + 1;
	}
}

static size_t least(size_t a, size_t b, size_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

static int same_letter(char a, char b)
{
	return a == b || (is_letter((unsigned char)a) && is_letter((unsigned char)b) &&
			  (a | 0x20) == (b | 0x20));
}

/* Insertions, deletions and changes of one letter; letter case is free. */
static size_t distance(const char *a, const char *b)
{
	size_t row[GUESS_MAX + 1], na = strlen(a), nb = strlen(b);

	if (na > GUESS_MAX || nb > GUESS_MAX)
		return GUESS_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				corner + !same_letter(a[i - 1], b[j - 1]));
			corner = above;
		}
	}
	return row[nb];
}

void name_guess_offer(struct name_guess *guess, const char *candidate)
{
	size_t d = distance(guess->wanted, candidate);

	if (guess->best && d >= guess->distance)
		return;
	guess->best = candidate;
	guess->distance = d;
}

const char *name_guess_best(const struct name_guess *guess)
{
	size_t len = strlen(guess->wanted);

	return guess->best && guess->distance <= (len < 4 ? 1 : len < 8 ? 2 : 3) ? guess->best :
		NULL;
}
