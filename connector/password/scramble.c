/* connector/password/scramble.c - a row's stored form made nobody's: every character that may
 * be another one becomes a random one of its kind, as long as the form is still read as the
 * same work.  So it fits every format, and what is kept of a row is its shape.
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

static void scramble_part(const struct password_policy *policy, struct idbc_field *parts,
	struct secret *bytes, size_t part, size_t nparts, const struct works *works)
{
	struct secret *text = &bytes[part], random = SECRET_INIT;

	if (secret_alloc(&random, text->len) ||
	    random_bytes((unsigned char *)random.ptr, text->len)) {
		secret_free(&random);
		return;
	}
	for (size_t i = text->len; i-- > 0;) {
		const char *kind = kind_of(text->ptr[i]);
		char before = text->ptr[i];

		if (!kind)
			continue;
		text->ptr[i] = kind[(unsigned char)random.ptr[i] % strlen(kind)];
		if (!still_reads(policy, parts, nparts, works))
			text->ptr[i] = before;
	}
	secret_free(&random);
}

void scramble(const struct password_policy *policy, struct idbc_field *parts,
	struct secret *bytes, size_t nparts, const struct works *works)
{
	for (size_t i = 0; i < nparts; i++)
		if (strcmp(parts[i].name, "scheme"))
			scramble_part(policy, parts, bytes, i, nparts, works);
}
