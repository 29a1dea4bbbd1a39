/* connector/password/scheme/raw.c - bare digests, with or without a salt column, in hexadecimal
 * of any case or in base64; htdigest; clear text.
 *
 * None of them says what it is: each is used only where it is named.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

enum form { FORM_HEX, FORM_B64, FORM_SALT_PASS, FORM_PASS_SALT, FORM_HMAC };
#define VARIANT(digest, form) ((uint32_t)(digest) * 8 + (form))

static enum digest variant_digest(uint32_t variant)
{
	return (enum digest)(variant / 8);
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	int64_t len;

	st->variant = scheme->variant;
	st->digest_len = digest_bytes(variant_digest(scheme->variant));
	st->salt = in->salt;
	if (scheme->flags & SCHEME_SALT && !in->salt.len)
		return PASSWORD_MALFORMED;
	if (scheme->variant % 8 == FORM_B64)
		len = b64_decode(B64_PADDED, &in->hash, st->digest, sizeof(st->digest));
	else
		len = hex_decode(&in->hash, st->digest, sizeof(st->digest));
	return len == (int64_t)st->digest_len ? PARSED : PASSWORD_MALFORMED;
}

static int compute(uint32_t variant, const struct idbc_str *salt,
	const struct secret *password, unsigned char *out)
{
	struct idbc_str p = { password->ptr, password->len };
	struct idbc_str salt_first[2] = { *salt, p }, pass_first[2] = { p, *salt };
	enum digest d = variant_digest(variant);

	switch (variant % 8) {
	case FORM_SALT_PASS:
		return digest_of(d, salt_first, 2, out);
	case FORM_PASS_SALT:
		return digest_of(d, pass_first, 2, out);
	case FORM_HMAC:
		return digest_hmac(d, salt, &p, out);
	default:
		return digest_of(d, &p, 1, out);
	}
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!compute(st->variant, &st->salt, in->password, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	size_t len = digest_bytes(variant_digest(scheme->variant));
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc;

	(void)costs;
	rc = in->password ? compute(scheme->variant, &in->salt, in->password, digest)
			  : random_bytes(digest, len);
	if (!rc)
		rc = scheme->variant % 8 == FORM_B64 ? b64_add(out, B64_PADDED, digest, len)
						     : hex_add(out, digest, len);
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

/* md5(user:realm:password); the realm is a parameter. */
static int parse_htdigest(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str name = str_of("realm");

	(void)scheme;
	st->digest_len = 16;
	if (hex_decode(&in->hash, st->digest, sizeof(st->digest)) != 16)
		return PASSWORD_MALFORMED;
	return params_get(in->params, NULL, &name, &st->salt) ? PARSED : PASSWORD_UNSUPPORTED;
}

static int htdigest(const struct scheme_in *in, const struct idbc_str *realm,
	unsigned char *out)
{
	struct idbc_str colon = { ":", 1 };
	struct idbc_str parts[5] = { in->username, colon, *realm, colon,
		{ in->password->ptr, in->password->len } };

	return digest_of(DIGEST_MD5, parts, 5, out);
}

static int verify_htdigest(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!htdigest(in, &st->salt, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_htdigest(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct idbc_str realm = { "", 0 };
	int rc;

	(void)scheme;
	(void)costs;
	params_string(in->params, "realm", &realm);
	rc = in->password ? htdigest(in, &realm, digest) : random_bytes(digest, 16);
	if (!rc)
		rc = hex_add(out, digest, 16);
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

/* Clear text that looks like a hash may be a hash: sent as the password it would let in
 * whoever stole the table. */
int clear_parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	const struct scheme *other;

	(void)scheme;
	if (form_is_digest(&in->hash) || !in->hash.len)
		return PASSWORD_MALFORMED;
	if (scheme_identify_self(in, &other) != NOT_MINE)
		return PASSWORD_MALFORMED;
	st->text = in->hash;
	return PARSED;
}

/* The work is that of one walk over the password typed, whatever is stored. */
int clear_verify(const struct stored *st, const struct scheme_in *in)
{
	const volatile char *stored = st->text.ptr, *typed = in->password->ptr;
	size_t differ = st->text.len ^ in->password->len;

	for (size_t i = 0; i < in->password->len; i++)
		differ |= (unsigned char)(stored[i < st->text.len ? i : 0] ^ typed[i]);
	return differ ? PASSWORD_MISMATCH : PASSWORD_MATCH;
}

#define RAW(name, digest, form, flags) \
	{ "raw/" name, SCHEME_WEAK | (flags), VARIANT(digest, form), 0, 0, NULL, parse, verify, make }
#define RAW_ALL(name, digest) \
	RAW(name "-hex", digest, FORM_HEX, 0), RAW(name "-b64", digest, FORM_B64, 0), \
	RAW(name "-salt-pass", digest, FORM_SALT_PASS, SCHEME_SALT), \
	RAW(name "-pass-salt", digest, FORM_PASS_SALT, SCHEME_SALT), \
	RAW(name "-hmac-keysalt", digest, FORM_HMAC, SCHEME_SALT)

static const struct scheme schemes[] = {
	RAW_ALL("md5", DIGEST_MD5),
	RAW_ALL("sha1", DIGEST_SHA1),
	RAW_ALL("sha256", DIGEST_SHA256),
	RAW_ALL("sha512", DIGEST_SHA512),
	{ "raw/htdigest", SCHEME_WEAK | SCHEME_REALM | SCHEME_USER, 0, 0, 0, NULL,
	  parse_htdigest, verify_htdigest, make_htdigest },
	{ "raw/plaintext", SCHEME_WEAK | SCHEME_CLEAR, 0, 0, 0, NULL, clear_parse, clear_verify,
	  NULL },
};

/* By its length alone, and only where there is no salt that could go to either side. */
static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct stored st = { 0 };

	if (!named)
		return NOT_MINE;
	if (in->salt.len)
		return PASSWORD_UNSUPPORTED;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (schemes[i].parse != parse || schemes[i].flags & SCHEME_SALT)
			continue;
		if (parse(&schemes[i], in, &st))
			continue;
		*out = &schemes[i];
		return PARSED;
	}
	return NOT_MINE;
}

const struct family family_raw = {
	"raw", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
