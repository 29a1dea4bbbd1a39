/* connector/password/scheme/stored.c - what every caller does with a stored form: look for a
 * marker, parse it whole, compare its cost with the ceiling, verify.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

static const char *const markers[] = {
	"", "*", "!", "!!", "x", "*0", "*1", "NP", "*NP*", "*LK*", "LK", "NULL",
};

/* A marker alone, or one put before a hash to lock the account. */
int stored_is_locked(const struct idbc_str *text, int clear)
{
	struct scheme_in rest = { .hash = *text };
	const struct scheme *scheme;

	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++)
		if (str_is(text, markers[i]))
			return 1;
	if (str_begins(text, "*LK*"))
		return 1;
	if (*text->ptr != '!' && *text->ptr != '*')
		return 0;
	if (*text->ptr == '!' && !clear)
		return 1;
	while (rest.hash.len && (*rest.hash.ptr == '!' || *rest.hash.ptr == '*'))
		rest.hash = str_from(&rest.hash, 1);
	if (!rest.hash.len)
		return 1;
	return scheme_identify_self(&rest, &scheme) != NOT_MINE;
}

static int is_text(const struct idbc_str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->ptr[i] <= ' ' || s->ptr[i] > '~')
			return 0;
	return 1;
}

int stored_parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	int rc;

	memset(st, 0, sizeof(*st));
	st->scheme = scheme;
	if (in->hash.len > LIMIT_STORED_BYTES || in->salt.len > LIMIT_STORED_BYTES)
		return PASSWORD_MALFORMED;
	if (!in->hash.len || (!(scheme->flags & SCHEME_CLEAR) && !is_text(&in->hash)))
		return in->hash.len ? PASSWORD_MALFORMED : PASSWORD_LOCKED;
	rc = scheme->parse(scheme, in, st);
	if (rc)
		return rc;
	return cost_within(&st->cost) ? PARSED : PASSWORD_LIMIT;
}

int stored_verify(const struct stored *st, const struct scheme_in *in)
{
	return st->scheme->verify(st, in);
}

int stored_compare(const struct stored *st, const unsigned char *digest)
{
	return secret_equal(st->digest, digest, st->digest_len) ? PASSWORD_MATCH
								: PASSWORD_MISMATCH;
}
