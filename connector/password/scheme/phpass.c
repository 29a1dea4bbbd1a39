/* connector/password/scheme/phpass.c - the portable hashes of phpass: $P$ and, in forums, $H$:
 * MD5 over salt and password, then 2^n times over digest and password.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define PHPASS_SALT   8u
#define PHPASS_DIGEST 22u

static const struct cost_key phpass_costs[] = { { "log2", 13, 7, 22 }, { NULL, 0, 0, 0 } };

/* "$P$", one character of cost, salt, digest. */
static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	char prefix[4] = { '$', (char)scheme->variant, '$', '\0' };
	struct idbc_str log2, digest;
	int value;

	if (!cursor_literal(&c, prefix) || !cursor_take(&c, 1, &log2) ||
	    !cursor_take(&c, PHPASS_SALT, &st->salt))
		return PASSWORD_MALFORMED;
	digest = cursor_rest(&c);
	value = h64_value(*log2.ptr);
	if (value < 7 || value > 30 || digest.len != PHPASS_DIGEST ||
	    !str_only(&digest, ENCODE_H64) || !str_only(&st->salt, ENCODE_H64))
		return PASSWORD_MALFORMED;
	st->cost.kind = COST_PHPASS;
	st->cost.rounds = (uint64_t)value;
	st->text = digest;
	return PARSED;
}

static int compute(const struct secret *password, const struct idbc_str *salt, uint64_t log2,
	char out[PHPASS_DIGEST + 1])
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct idbc_str first[2] = { *salt, { password->ptr, password->len } };
	struct idbc_str next[2] = { { (const char *)digest, 16 }, first[1] };
	struct digest_run *run = digest_begin(DIGEST_MD5);
	int rc = run ? digest_next(run, first, 2, digest) : -1;

	for (uint64_t i = 0; !rc && i < UINT64_C(1) << log2; i++)
		rc = digest_next(run, next, 2, digest);
	if (!rc)
		h64_encode(digest, 16, out);
	digest_end(run);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	char text[PHPASS_DIGEST + 1];
	int same;

	if (compute(in->password, &st->salt, st->cost.rounds, text))
		return PASSWORD_FAILED;
	same = secret_equal(text, st->text.ptr, PHPASS_DIGEST);
	secret_wipe(text, sizeof(text));
	return same ? PASSWORD_MATCH : PASSWORD_MISMATCH;
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	char salt[PHPASS_SALT + 1], text[PHPASS_DIGEST + 1];
	struct idbc_str salt_str = { salt, PHPASS_SALT };
	int rc = random_text(ENCODE_H64, salt, PHPASS_SALT);

	if (!rc)
		rc = in->password ? compute(in->password, &salt_str, (uint64_t)costs[0], text)
				  : random_text(ENCODE_H64, text, PHPASS_DIGEST);
	if (!rc)
		rc = buf_addf(out, "$%c$%c%s%s", (char)scheme->variant, ENCODE_H64[costs[0]], salt,
			text);
	secret_wipe(text, sizeof(text));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct scheme schemes[] = {
	{ "phpass/P", SCHEME_SELF, 'P', 0, 0, phpass_costs, parse, verify, make },
	{ "phpass/H", SCHEME_SELF, 'H', 0, 0, phpass_costs, parse, verify, make },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	(void)named;
	if (!str_begins(&in->hash, "$P$") && !str_begins(&in->hash, "$H$"))
		return NOT_MINE;
	*out = &schemes[in->hash.ptr[1] == 'H'];
	return PARSED;
}

const struct family family_phpass = {
	"phpass", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
