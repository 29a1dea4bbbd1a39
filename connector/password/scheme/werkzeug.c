/* connector/password/scheme/werkzeug.c - Werkzeug, and so Flask: "method$salt$hex", the salt a
 * text.
 *
 * The old form, "sha1$salt$hex", is an HMAC under the salt; Django's looks the same and is
 * a digest of salt and password.  So it is used only where it is named.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

enum form { FORM_PBKDF2, FORM_SCRYPT, FORM_HMAC };
#define WERKZEUG_SALT       16u
#define WERKZEUG_SCRYPT_KEY 64

/* salt$hex, exactly `bytes` of digest */
static int read_tail(struct cursor *c, size_t bytes, struct stored *st)
{
	struct idbc_str hex;

	if (!cursor_until(c, '$', &st->salt) || !st->salt.len)
		return 0;
	hex = cursor_rest(c);
	st->digest_len = bytes;
	return hex_decode(&hex, st->digest, sizeof(st->digest)) == (int64_t)bytes;
}

/* pbkdf2:sha256:1000$salt$hex */
static int parse_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str name;

	(void)scheme;
	if (!cursor_literal(&c, "pbkdf2:") || !cursor_until(&c, ':', &name) || !name.len ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !cursor_literal(&c, "$"))
		return PASSWORD_MALFORMED;
	if (digest_named(&name, &st->md) || !digest_known(st->md))
		return PASSWORD_UNSUPPORTED;
	if (!read_tail(&c, digest_bytes(st->md), st))
		return PASSWORD_MALFORMED;
	return pbkdf2_parsed(st, st->md, (int64_t)st->digest_len);
}

/* scrypt:32768:8:1$salt$hex */
static int parse_scrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	uint64_t n;

	(void)scheme;
	if (!cursor_literal(&c, "scrypt:") || !cursor_number(&c, UINT64_MAX, &n) ||
	    !scrypt_log2(n, &st->cost.rounds) || !cursor_literal(&c, ":") ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.memory) || !cursor_literal(&c, ":") ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.lanes) || !cursor_literal(&c, "$") ||
	    !read_tail(&c, WERKZEUG_SCRYPT_KEY, st))
		return PASSWORD_MALFORMED;
	return scrypt_parsed(st, WERKZEUG_SCRYPT_KEY);
}

/* sha1$salt$hex */
static int parse_hmac(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str name;

	(void)scheme;
	if (!cursor_until(&c, '$', &name) || digest_named(&name, &st->md) ||
	    !digest_known(st->md) || !read_tail(&c, digest_bytes(st->md), st))
		return PASSWORD_MALFORMED;
	return PARSED;
}

static int verify_hmac(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str password = { in->password->ptr, in->password->len };
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!digest_hmac(st->md, &st->salt, &password, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	char salt[WERKZEUG_SALT + 1];
	struct idbc_str salt_str = { salt, WERKZEUG_SALT };
	unsigned char key[32];
	int rc = random_text(ENCODE_TEXT, salt, WERKZEUG_SALT) ||
		pbkdf2_make(DIGEST_SHA256, in->password, &salt_str, costs[0], key, sizeof(key));

	(void)scheme;
	if (!rc)
		rc = buf_addf(out, "pbkdf2:sha256:%lld$%s$", (long long)costs[0], salt) ||
			hex_add(out, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

static int make_scrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	char salt[WERKZEUG_SALT + 1];
	struct idbc_str salt_str = { salt, WERKZEUG_SALT };
	unsigned char key[WERKZEUG_SCRYPT_KEY];
	int rc = random_text(ENCODE_TEXT, salt, WERKZEUG_SALT) ||
		scrypt_make(costs, in->password, &salt_str, key, sizeof(key));

	(void)scheme;
	if (!rc)
		rc = buf_addf(out, "scrypt:%llu:%lld:%lld$%s$", 1ull << costs[0],
			(long long)costs[1], (long long)costs[2], salt) ||
			hex_add(out, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct cost_key pbkdf2_costs[] = { { "iterations", 1000000, 1, 10000000 }, { 0 } };
static const struct cost_key scrypt_costs[] = {
	{ "log2", 15, 1, 18 }, { "block_size", 8, 1, 64 }, { "parallelism", 1, 1, 16 }, { 0 }
};

static const struct scheme schemes[] = {
	{ "werkzeug/pbkdf2", SCHEME_SELF, 0, 0, 0, pbkdf2_costs, parse_pbkdf2, pbkdf2_verify,
	  make_pbkdf2 },
	{ "werkzeug/scrypt", SCHEME_SELF, 0, 0, 0, scrypt_costs, parse_scrypt, scrypt_verify,
	  make_scrypt },
	{ "werkzeug/hmac-legacy", SCHEME_WEAK, 0, 0, 0, NULL, parse_hmac, verify_hmac, NULL },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct stored st = { 0 };

	if (str_begins(&in->hash, "pbkdf2:"))
		*out = &schemes[FORM_PBKDF2];
	else if (str_begins(&in->hash, "scrypt:"))
		*out = &schemes[FORM_SCRYPT];
	else if (parse_hmac(&schemes[FORM_HMAC], in, &st) == PARSED)
		*out = &schemes[FORM_HMAC];
	else
		return NOT_MINE;
	return *out == &schemes[FORM_HMAC] && !named ? PASSWORD_UNSUPPORTED : PARSED;
}

const struct family family_werkzeug = {
	"werkzeug", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
