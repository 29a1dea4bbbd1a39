/* tools/import_read.c - job: cuts an import file into records without reading it whole: the
 * elements of one array, or one to a line.  What a record says is judged elsewhere; here only
 * strings and braces are followed, so that a broken record ends where the next one begins.
 */
#include <stdlib.h>
#include <string.h>
#include "bulk.h"

#define DIGEST_BEGIN UINT64_C(0xcbf29ce484222325)
#define DIGEST_PRIME UINT64_C(0x100000001b3)

int reader_init(struct reader *r, FILE *file)
{
	memset(r, 0, sizeof(*r));
	r->file = file;
	r->now = 1;
	r->digest = DIGEST_BEGIN;
	r->room = RECORD_ROOM;
	r->text = malloc(r->room);
	return r->text ? 0 : -1;
}

void reader_free(struct reader *r)
{
	if (r->text)
		explicit_bzero(r->text, r->room);
	free(r->text);
	r->text = NULL;
}

static int next_char(struct reader *r)
{
	int c = getc_unlocked(r->file);

	if (c == EOF)
		return c;
	r->bytes++;
	r->now += c == '\n';
	return c;
}

/* What is beyond the room is counted and not kept: the record is too long anyway. */
static void keep(struct reader *r, int c)
{
	if (r->len < r->room)
		r->text[r->len++] = (char)c;
}

static int is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void begin(struct reader *r)
{
	static const int mark[] = { 0xef, 0xbb, 0xbf };
	int c = next_char(r);

	for (size_t i = 0; i < 3 && c == mark[i]; i++)
		c = next_char(r);
	while (is_blank(c))
		c = next_char(r);
	r->begun = 1;
	r->is_array = c == '[';
	if (c != '[' && c != EOF) {
		ungetc(c, r->file);
		r->bytes--;
	}
}

static int read_line(struct reader *r)
{
	int c;

	do {
		r->len = 0;
		r->line = r->now;
		while ((c = next_char(r)) != EOF && c != '\n')
			if (r->len || !is_blank(c))
				keep(r, c);
		while (r->len && is_blank((unsigned char)r->text[r->len - 1]))
			r->len--;
	} while (!r->len && c != EOF);
	return r->len > 0;
}

/* Up to the comma or bracket that ends it, outside of strings and of deeper ones. */
static int read_element(struct reader *r)
{
	int c, depth = 0, in_string = 0, escaped = 0;

	r->len = 0;
	do
		c = next_char(r);
	while (is_blank(c) || (c == ',' && !r->len));
	r->line = r->now;
	for (; c != EOF; c = next_char(r)) {
		if (!in_string && !depth && (c == ',' || c == ']'))
			break;
		if (!in_string)
			depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
		if (c == '"' && !escaped)
			in_string = !in_string;
		escaped = in_string && c == '\\' && !escaped;
		keep(r, c);
	}
	/* A file that breaks off has one record too many, which is none: so it is reported. */
	if (c == EOF && !r->len) {
		keep(r, '[');
		c = ']';
	}
	r->ended = c == ']';
	while (r->len && is_blank((unsigned char)r->text[r->len - 1]))
		r->len--;
	return r->len > 0;
}

int reader_next(struct reader *r)
{
	int got;

	if (!r->begun)
		begin(r);
	if (r->ended)
		return 0;
	got = r->is_array ? read_element(r) : read_line(r);
	if (ferror(r->file))
		return -1;
	for (size_t i = 0; got && i < r->len; i++)
		r->digest = (r->digest ^ (unsigned char)r->text[i]) * DIGEST_PRIME;
	return got;
}
