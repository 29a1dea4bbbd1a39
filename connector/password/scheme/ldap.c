/* connector/password/scheme/ldap.c - what directories keep in userPassword: "{SCHEME}" in any
 * letter case, then base64 of a digest and its salt, a PBKDF2, or a form of another family.
 *
 * The same words mean other things to Dovecot and to Spring; a text that is plainly theirs
 * is left to them unless this family was named.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define DS389_SALT  64u
#define DS389_KEY   256u
#define LDAP_SALT   16u         /* of a new digest, and of a new key */
#define SALTED(md)  ((uint32_t)(md) * 2 + 1)
#define PLAIN(md)   ((uint32_t)(md) * 2)

/* The word of a scheme: the end of its id, but for one. */
static const char *word_of(const struct scheme *scheme)
{
	const char *format = strchr(scheme->id, '/') + 1;

	return strncmp(format, "389ds-", 6) ? format : format + 6;
}

/* What stands behind the word, which must be this scheme's. */
static int read_body(const struct scheme *scheme, const struct scheme_in *in,
	struct idbc_str *body)
{
	struct idbc_str name;

	return str_braced(&in->hash, &name, body) && str_like(&name, word_of(scheme));
}

static int parse_digest(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	unsigned char bytes[SALTED_MAX];
	struct idbc_str text;
	int64_t len;

	if (!read_body(scheme, in, &text))
		return PASSWORD_MALFORMED;
	len = b64_decode(B64_PADDED, &text, bytes, sizeof(bytes));
	return salted_parsed(st, (enum digest)(scheme->variant / 2), scheme->variant & 1, bytes,
			     len);
}

static int add_word(const struct scheme *scheme, struct buf *out)
{
	return buf_addf(out, "{%s}", word_of(scheme));
}

static int make_digest(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	enum digest md = (enum digest)(scheme->variant / 2);
	size_t salt = scheme->variant & 1 ? LDAP_SALT : 0;
	unsigned char bytes[SALTED_MAX];
	int rc = salted_make(md, in->password, salt, bytes) || add_word(scheme, out) ||
		b64_add(out, B64_PADDED, bytes, digest_bytes(md) + salt);

	(void)costs;
	secret_wipe(bytes, sizeof(bytes));
	return rc ? PASSWORD_FAILED : 0;
}

/* N$salt$key, both in base64 with '.' for '+' and without padding. */
static int parse_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	enum digest md = (enum digest)scheme->variant;
	struct idbc_str text, salt, key;
	int64_t salt_len, key_len;
	struct cursor c;

	if (!read_body(scheme, in, &text))
		return PASSWORD_MALFORMED;
	c = cursor_of(&text);
	if (!cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !cursor_literal(&c, "$") ||
	    !cursor_until(&c, '$', &salt))
		return PASSWORD_MALFORMED;
	key = cursor_rest(&c);
	salt_len = b64_decode(B64_ADAPTED, &salt, st->salt_bytes, sizeof(st->salt_bytes));
	key_len = b64_decode(B64_ADAPTED, &key, st->digest, sizeof(st->digest));
	if (salt_len < 0 || key_len != (int64_t)digest_bytes(md))
		return PASSWORD_MALFORMED;
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)salt_len };
	return pbkdf2_parsed(st, md, key_len);
}

static int make_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	enum digest md = (enum digest)scheme->variant;
	unsigned char salt[LDAP_SALT], key[DIGEST_MAX_BYTES];
	struct idbc_str salt_str = { (const char *)salt, sizeof(salt) };
	int rc = random_bytes(salt, sizeof(salt)) ||
		pbkdf2_make(md, in->password, &salt_str, costs[0], key, digest_bytes(md));

	if (!rc)
		rc = add_word(scheme, out) || buf_addf(out, "%lld$", (long long)costs[0]) ||
			b64_add(out, B64_ADAPTED, salt, sizeof(salt)) || buf_add(out, "$", 1) ||
			b64_add(out, B64_ADAPTED, key, digest_bytes(md));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

/* 389 Directory Server before 1.4.4: rounds, salt and key are one string of bytes. */
static int parse_389ds(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	unsigned char bytes[4 + DS389_SALT + DS389_KEY];
	struct idbc_str text;

	if (!read_body(scheme, in, &text) || b64_decode(B64_PADDED, &text, bytes, sizeof(bytes)) !=
	    (int64_t)sizeof(bytes))
		return PASSWORD_MALFORMED;
	for (size_t i = 0; i < 4; i++)
		st->cost.rounds = st->cost.rounds << 8 | bytes[i];
	memcpy(st->salt_bytes, bytes + 4, DS389_SALT);
	memcpy(st->digest, bytes + 4 + DS389_SALT, DS389_KEY);
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, DS389_SALT };
	return pbkdf2_parsed(st, DIGEST_SHA256, DS389_KEY);
}

static int parse_argon2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text;

	return read_body(scheme, in, &text) ? phc_parse(&text, in->params, st)
					    : PASSWORD_MALFORMED;
}

static int make_argon2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	return add_word(scheme, out) ? PASSWORD_FAILED : phc_make(2, in->password, costs, out);
}

/* Whatever crypt(3) reads: bcrypt is one of its forms too. */
static int parse_crypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text;
	int rc;

	if (!read_body(scheme, in, &text))
		return PASSWORD_MALFORMED;
	rc = wrapped_parse(&family_crypt, &text, in, st);
	if (rc == NOT_MINE)
		rc = wrapped_parse(&family_bcrypt, &text, in, st);
	return rc == NOT_MINE ? PASSWORD_MALFORMED : rc;
}

static int make_crypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	const struct scheme *inner = scheme_find("crypt/sha512crypt");

	return add_word(scheme, out) ? PASSWORD_FAILED : inner->make(inner, in, costs, out);
}

static const struct cost_key sha1_costs[] = { { "iterations", 1300000, 1, 10000000 }, { 0 } };
static const struct cost_key sha256_costs[] = { { "iterations", 600000, 1, 10000000 }, { 0 } };
static const struct cost_key sha512_costs[] = { { "iterations", 210000, 1, 10000000 }, { 0 } };
static const struct cost_key crypt_costs[] = { { "rounds", 656000, 1000, 5000000 }, { 0 } };
static const struct cost_key argon2_costs[] = {
	{ "memory_kib", 19456, 8, 262144 }, { "iterations", 2, 1, 64 },
	{ "parallelism", 1, 1, 64 }, { 0 }
};

#define SELF SCHEME_SELF
#define DIGEST(name, variant) \
	{ "ldap/" name, SELF | SCHEME_WEAK, variant, 0, 0, NULL, parse_digest, salted_verify, \
	  make_digest }
#define PBKDF2(name, md, costs) \
	{ "ldap/" name, SELF, md, 0, 0, costs, parse_pbkdf2, pbkdf2_verify, make_pbkdf2 }

static const struct scheme schemes[] = {
	DIGEST("SSHA", SALTED(DIGEST_SHA1)), DIGEST("SMD5", SALTED(DIGEST_MD5)),
	DIGEST("SHA", PLAIN(DIGEST_SHA1)), DIGEST("MD5", PLAIN(DIGEST_MD5)),
	DIGEST("SSHA256", SALTED(DIGEST_SHA256)), DIGEST("SSHA384", SALTED(DIGEST_SHA384)),
	DIGEST("SSHA512", SALTED(DIGEST_SHA512)), DIGEST("SHA256", PLAIN(DIGEST_SHA256)),
	DIGEST("SHA384", PLAIN(DIGEST_SHA384)), DIGEST("SHA512", PLAIN(DIGEST_SHA512)),
	PBKDF2("PBKDF2", DIGEST_SHA1, sha1_costs),
	PBKDF2("PBKDF2-SHA1", DIGEST_SHA1, sha1_costs),
	PBKDF2("PBKDF2-SHA256", DIGEST_SHA256, sha256_costs),
	PBKDF2("PBKDF2-SHA512", DIGEST_SHA512, sha512_costs),
	{ "ldap/389ds-PBKDF2_SHA256", SELF, 0, 0, 0, NULL, parse_389ds, pbkdf2_verify, NULL },
	{ "ldap/ARGON2", SELF, 0, 0, 0, argon2_costs, parse_argon2, phc_verify, make_argon2 },
	{ "ldap/CRYPT", SELF, 0, 0, UNIXCRYPT_SEES, crypt_costs, parse_crypt, wrapped_verify,
	  make_crypt },
};

/* Dovecot's {PBKDF2}$1$.., Spring's {pbkdf2} and {sha256}: hexadecimal of other lengths. */
static int is_of_others(const struct scheme *scheme, const struct idbc_str *rest)
{
	if (scheme->parse == parse_pbkdf2)
		return str_begins(rest, "$") || (rest->len == 80 && str_is_hex(rest)) ||
			(rest->len == 96 && str_is_hex(rest));
	return scheme->variant == PLAIN(DIGEST_SHA256) && scheme->parse == parse_digest &&
		rest->len == 80 && str_is_hex(rest);
}

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct idbc_str name, rest;

	if (!str_braced(&in->hash, &name, &rest))
		return NOT_MINE;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!str_like(&name, word_of(&schemes[i])))
			continue;
		if (!named && is_of_others(&schemes[i], &rest))
			return NOT_MINE;
		*out = &schemes[i];
		return PARSED;
	}
	return named ? family_sap.identify(in, named, out) : NOT_MINE;
}

const struct family family_ldap = {
	"ldap", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
