/* connector/password/scramble.c - a row's stored form made nobody's: what may be a digest or a
 * salt gets random characters, each of the kind that stood there, as long as the form is
 * still read as the same work.  So it fits every format, and what is kept of a row is its
 * shape.  Names and numbers of a form are shorter than any digest: they are left alone.
 * Threads: any.  Lock: none.
 */
#include "password/policy.h"

#include <string.h>

/* Digits, hexadecimal letters and other letters, of either case, each among themselves. */
static const char *const kinds[] = {
	"0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ",
};

static const char *kind_of(char c)
{
	for (size_t i = 0; c && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strchr(kinds[i], c))
			return kinds[i];
	return NULL;
}

#define RUN_MIN 12              /* characters of the shortest digest, but for short clear text */

/* How many characters of digits and letters, as base64 and crypt write them, stand there. */
static size_t run_at(const struct secret *text, size_t i)
{
	size_t n = 0;

	while (i + n < text->len && (kind_of(text->ptr[i + n]) ||
				     (text->ptr[i + n] && strchr("+/.=-_", text->ptr[i + n]))))
		n++;
	return n;
}

static int same_cost(const struct cost *a, const struct cost *b)
{
	return a->kind == b->kind && a->rounds == b->rounds && a->memory == b->memory &&
	       a->lanes == b->lanes;
}

static int same_works(const struct works *a, const struct works *b)
{
	if (a->n != b->n)
		return 0;
	for (size_t i = 0; i < a->n; i++) {
		const struct work *x = &a->item[i], *y = &b->item[i];

		if (x->by != y->by || !same_cost(&x->cost, &y->cost) ||
		    x->variant != y->variant || x->version != y->version || x->md != y->md ||
		    x->salt_len != y->salt_len || x->digest_len != y->digest_len)
			return 0;
	}
	return 1;
}

static int still_reads(const struct password_policy *policy, const struct idbc_field *parts,
	size_t nparts, const struct works *want)
{
	static const struct password_subject nobody = { { "x", 1 }, { "x", 1 } };
	struct password_looked looked;
	struct works works;

	check_look(policy, parts, nparts, &nobody, &looked, &works);
	return looked.result == PASSWORD_MISMATCH && same_works(&works, want);
}

struct scrambling {
	const struct password_policy *policy;
	struct idbc_field *parts;
	size_t nparts;
	const struct works *works;
};

static void scramble_run(const struct scrambling *s, char *text, const char *random, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *kind = kind_of(text[i]);
		char before = text[i];

		if (!kind)
			continue;
		text[i] = kind[(unsigned char)random[i] % strlen(kind)];
		if (!still_reads(s->policy, s->parts, s->nparts, s->works))
			text[i] = before;
	}
}

/* Runs of so many characters; how many there were. */
static size_t scramble_runs(const struct scrambling *s, struct secret *text,
	const struct secret *random, size_t least)
{
	size_t found = 0;

	for (size_t i = 0, n; i < text->len; i += n ? n : 1) {
		n = run_at(text, i);
		if (n < least || !n)
			continue;
		scramble_run(s, text->ptr + i, random->ptr + i, n);
		found++;
	}
	return found;
}

static void scramble_part(const struct scrambling *s, struct secret *text)
{
	struct secret random = SECRET_INIT;

	if (!secret_alloc(&random, text->len) &&
	    !random_bytes((unsigned char *)random.ptr, text->len) &&
	    !scramble_runs(s, text, &random, RUN_MIN))
		scramble_runs(s, text, &random, 1);
	secret_free(&random);
}

void scramble(const struct password_policy *policy, struct idbc_field *parts,
	struct secret *bytes, size_t nparts, const struct works *works)
{
	const struct scrambling s = { policy, parts, nparts, works };

	for (size_t i = 0; i < nparts; i++)
		if (strcmp(parts[i].name, "scheme"))
			scramble_part(&s, &bytes[i]);
}
