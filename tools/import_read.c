/* tools/import_read.c - job: cuts an import file into records without reading it whole: the
 * elements of one array, or one to a line.  What a record says is judged elsewhere; here only
 * strings and braces are followed, so that a broken record ends where the next one begins.
 * Threads: one.
 */
#include <stdlib.h>
#include <string.h>
#include "bulk.h"

#define DIGEST_BEGIN UINT64_C(0xcbf29ce484222325)
#define DIGEST_PRIME UINT64_C(0x100000001b3)
#define DEPTH_KNOWN  128        /* a record may be 100 deep */

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

static void put_back(struct reader *r, int c)
{
	if (c == EOF)
		return;
	ungetc(c, r->file);
	r->bytes--;
	r->now -= c == '\n';
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
	if (c != '[')
		put_back(r, c);
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

/* --- elements of an array ---------------------------------------------------------------- *
 * Where a record is broken the next one is looked for: no string goes on behind the end of a
 * line, and inside of an object another one stands behind a colon alone. */
struct nest {
	char open[DEPTH_KNOWN];
	uint64_t depth;
	int in_string, escaped, last;   /* the last character that is no blank, outside strings */
};

static char innermost(const struct nest *n)
{
	return n->depth && n->depth <= DEPTH_KNOWN ? n->open[n->depth - 1] : 0;
}

static void deeper(struct nest *n, int c)
{
	if (n->depth < DEPTH_KNOWN)
		n->open[n->depth] = (char)c;
	n->depth++;
}

/* Closes with it what was forgotten to be closed; 0: nothing of its kind is open. */
static int out_of(struct nest *n, int open)
{
	uint64_t depth = n->depth;

	if (depth > DEPTH_KNOWN) {
		n->depth--;
		return 1;
	}
	while (depth && n->open[depth - 1] != open)
		depth--;
	if (depth)
		n->depth = depth - 1;
	return depth != 0;
}

static void step_in_string(struct nest *n, int c)
{
	if ((c == '"' && !n->escaped) || c == '\n')
		n->in_string = 0;
	n->escaped = c == '\\' && !n->escaped;
}

static int begins_another(const struct nest *n, int c)
{
	if (!n->depth)
		return (c == '{' || c == '[') && n->last;
	return c == '{' && innermost(n) == '{' && n->last != ':';
}

/* 1: the element ends before this one. */
static int step(struct nest *n, int c)
{
	if (n->in_string) {
		step_in_string(n, c);
		return 0;
	}
	if ((c == ',' && !n->depth) || begins_another(n, c) || (c == ']' && !out_of(n, '[')))
		return 1;
	if (c == '{' || c == '[')
		deeper(n, c);
	else if (c == '}')
		out_of(n, '{');
	n->in_string = c == '"';
	n->escaped = 0;
	if (!is_blank(c))
		n->last = c;
	return 0;
}

static int skip_to_element(struct reader *r)
{
	int c;

	do
		c = next_char(r);
	while (is_blank(c) || c == ',' || (c == '[' && r->again));
	return c;
}

/* Of a file that breaks off: behind a whole record one more, which is none, so that it is told. */
static void end_of_file(struct reader *r, const struct nest *n)
{
	r->ended = !r->len || n->depth || n->in_string;
	if (!r->len && !r->again)
		keep(r, '[');
}

static int read_element(struct reader *r)
{
	struct nest nest = { .depth = 0 };
	int c = skip_to_element(r);

	r->len = 0;
	r->line = r->now;
	for (; c != EOF && !step(&nest, c); c = next_char(r))
		keep(r, c);
	if (c == '{' || c == '[')
		put_back(r, c);
	r->ended = c == ']';
	if (c == EOF)
		end_of_file(r, &nest);
	while (r->len && is_blank((unsigned char)r->text[r->len - 1]))
		r->len--;
	return r->len > 0;
}

/* What stands behind the array is not passed over: a record that is none, then what there is. */
static int read_behind(struct reader *r)
{
	int c;

	do
		c = next_char(r);
	while (is_blank(c));
	if (c == EOF)
		return 0;
	r->line = r->now;
	put_back(r, c);
	r->len = 0;
	keep(r, ']');
	r->again = 1;
	r->ended = 0;
	return 1;
}

/* `]` right behind a comma, or twice, ends the array and is no record. */
static int read_array(struct reader *r)
{
	int got = 0;

	while (!got && !r->ended)
		got = read_element(r);
	return got ? 1 : r->ended ? read_behind(r) : 0;
}

int reader_next(struct reader *r)
{
	int got;

	if (!r->begun)
		begin(r);
	got = r->is_array ? read_array(r) : read_line(r);
	if (ferror(r->file))
		return -1;
	for (size_t i = 0; got && i < r->len; i++)
		r->digest = (r->digest ^ (unsigned char)r->text[i]) * DIGEST_PRIME;
	return got;
}
