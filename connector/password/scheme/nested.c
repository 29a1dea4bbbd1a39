/* connector/password/scheme/nested.c - digests of the text of digests, with a salt of its own
 * column: what forums and old applications store.
 *
 * Inner digests are hashed as lower case hexadecimal; the stored one may be of any case.
 * Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

static enum digest variant_digest(uint32_t variant)
{
	return (enum digest)(variant / 8);
}

int nested_parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	st->variant = scheme->variant;
	st->salt = in->salt;
	st->digest_len = digest_bytes(variant_digest(scheme->variant));
	if (!in->salt.len)
		return PASSWORD_MALFORMED;
	return hex_decode(&in->hash, st->digest, sizeof(st->digest)) == (int64_t)st->digest_len
		? PARSED : PASSWORD_MALFORMED;
}

/* The last of the digests is of `parts`, which are of what came before. */
static int outermost(uint32_t variant, const struct idbc_str *salt, const struct secret *inner,
	unsigned char *out)
{
	enum digest d = variant_digest(variant);
	struct idbc_str text = { inner->ptr, inner->len };
	struct idbc_str salt_first[2] = { *salt, text }, text_first[2] = { text, *salt };
	struct secret other = SECRET_INIT;
	int rc = 0;

	switch (variant % 8) {
	case NESTED_TEXT_SALT:
		return digest_of(d, text_first, 2, out);
	case NESTED_SALT_TWICE:
		rc = derived_hex(d, salt_first, 2, &other);
		salt_first[1] = (struct idbc_str){ other.ptr, other.len };
		break;
	case NESTED_BOTH:
		rc = derived_hex(d, salt, 1, &other);
		salt_first[0] = (struct idbc_str){ other.ptr, other.len };
		break;
	default:
		break;
	}
	if (!rc)
		rc = digest_of(d, salt_first, 2, out);
	secret_free(&other);
	return rc;
}

static int compute(uint32_t variant, const struct idbc_str *salt,
	const struct secret *password, unsigned char *out)
{
	struct idbc_str p = { password->ptr, password->len };
	struct secret inner = SECRET_INIT;
	int rc = derived_hex(variant_digest(variant), &p, 1, &inner);

	if (!rc)
		rc = outermost(variant, salt, &inner, out);
	secret_free(&inner);
	return rc;
}

int nested_verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!compute(st->variant, &st->salt, in->password, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

int nested_make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	size_t len = digest_bytes(variant_digest(scheme->variant));
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc;

	(void)costs;
	rc = in->password ? compute(scheme->variant, &in->salt, in->password, digest)
			  : random_bytes(digest, len);
	if (!rc)
		rc = hex_add(out, digest, len);
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}
