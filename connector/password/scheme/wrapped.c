/* connector/password/scheme/wrapped.c - a stored form that another one carries, such as
 * "{CRYPT}$6$...": what is inside decides its cost, its weakness and what it can see.
 * Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

int wrapped_parse(const struct family *family, const struct idbc_str *text,
	const struct scheme_in *in, struct stored *st)
{
	struct scheme_in inside = *in;
	int rc;

	inside.hash = *text;
	rc = family->identify(&inside, 1, &st->inner);
	if (!rc)
		rc = st->inner->parse(st->inner, &inside, st);
	return rc;
}

int wrapped_verify(const struct stored *st, const struct scheme_in *in)
{
	return st->inner->verify(st, in);
}

int stored_weak(const struct stored *st)
{
	return st->scheme->flags & SCHEME_WEAK || (st->inner && st->inner->flags & SCHEME_WEAK);
}

int stored_cuts(const struct stored *st, size_t password_len)
{
	const struct scheme *scheme = st->inner ? st->inner : st->scheme;

	return scheme->flags & SCHEME_FOLDS ||
		(scheme->sees_bytes && password_len > scheme->sees_bytes);
}
