/* connector/password/scheme/passlib.c - PBKDF2 in passlib's form, "$pbkdf2-sha512$N$salt$key".
 *
 * The stored key is one block long, no more and no less; a salt may be empty.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define PASSLIB_SALT 16u

static const struct pbkdf2_form {
	const char *prefix;
	enum digest digest;
} forms[3] = {
	{ "$pbkdf2$", DIGEST_SHA1 }, { "$pbkdf2-sha256$", DIGEST_SHA256 },
	{ "$pbkdf2-sha512$", DIGEST_SHA512 },
};

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str salt, key;
	int64_t salt_len, key_len;

	st->variant = scheme->variant;
	st->cost.kind = COST_PBKDF2;
	if (!cursor_literal(&c, forms[scheme->variant].prefix) ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !st->cost.rounds ||
	    !cursor_literal(&c, "$") || !cursor_until(&c, '$', &salt))
		return PASSWORD_MALFORMED;
	key = cursor_rest(&c);
	salt_len = b64_decode(B64_ADAPTED, &salt, st->salt_bytes, sizeof(st->salt_bytes));
	key_len = b64_decode(B64_ADAPTED, &key, st->digest, sizeof(st->digest));
	if (salt_len < 0 || key_len != (int64_t)digest_bytes(forms[scheme->variant].digest))
		return PASSWORD_MALFORMED;
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)salt_len };
	st->digest_len = (size_t)key_len;
	return PARSED;
}

static int compute(uint32_t form, const struct secret *password, const struct idbc_str *salt,
	uint64_t rounds, unsigned char *out)
{
	struct idbc_str p = { password->ptr, password->len };
	enum digest d = forms[form].digest;

	return digest_pbkdf2(d, &p, salt, rounds, out, digest_bytes(d));
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!compute(st->variant, in->password, &st->salt, st->cost.rounds, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	const struct pbkdf2_form *form = &forms[scheme->variant];
	unsigned char digest[DIGEST_MAX_BYTES], salt[PASSLIB_SALT];
	struct idbc_str salt_str = { (const char *)salt, sizeof(salt) };
	int rc = random_bytes(salt, sizeof(salt));

	if (!rc)
		rc = in->password ? compute(scheme->variant, in->password, &salt_str,
					    (uint64_t)costs[0], digest)
				  : random_bytes(digest, sizeof(digest));
	if (!rc)
		rc = buf_addf(out, "%s%lld$", form->prefix, (long long)costs[0]) ||
			b64_add(out, B64_ADAPTED, salt, sizeof(salt)) || buf_add(out, "$", 1) ||
			b64_add(out, B64_ADAPTED, digest, digest_bytes(form->digest));
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct cost_key costs[3][2] = {
	{ { "iterations", 1300000, 1, 10000000 }, { 0 } },
	{ { "iterations", 600000, 1, 10000000 }, { 0 } },
	{ { "iterations", 210000, 1, 10000000 }, { 0 } },
};

static const struct scheme schemes[] = {
	{ "passlib/pbkdf2_sha1", SCHEME_SELF, 0, 0, 0, costs[0], parse, verify, make },
	{ "passlib/pbkdf2_sha256", SCHEME_SELF, 1, 0, 0, costs[1], parse, verify, make },
	{ "passlib/pbkdf2_sha512", SCHEME_SELF, 2, 0, 0, costs[2], parse, verify, make },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	(void)named;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (str_begins(&in->hash, forms[i].prefix)) {
			*out = &schemes[i];
			return PARSED;
		}
	return NOT_MINE;
}

const struct family family_passlib = {
	"passlib", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
