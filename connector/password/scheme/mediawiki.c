/* connector/password/scheme/mediawiki.c - MediaWiki's ":type:..." hashes: two old ones of MD5,
 * PBKDF2, bcrypt, argon2, and the old ones wrapped into PBKDF2 by a maintenance script.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

enum form {
	FORM_A, FORM_B, FORM_PBKDF2, FORM_BCRYPT, FORM_ARGON2, FORM_LEGACY_A, FORM_LEGACY_B,
	FORM_COUNT
};
#define MEDIAWIKI_SALT 16u

static const char *const prefixes[FORM_COUNT] = {
	":A:", ":B:", ":pbkdf2:", ":bcrypt:", ":argon2:", ":pbkdf2-legacyA:!",
	":pbkdf2-legacyB:!",
};

/* The text that :A: and :B: keep: md5(P), md5(S "-" md5(P)). */
static int old_hash(const struct idbc_str *salt, const struct secret *password,
	struct secret *out)
{
	struct idbc_str part = { password->ptr, password->len };
	struct secret inner = SECRET_INIT;
	int rc;

	if (!salt->len)
		return derived_hex(DIGEST_MD5, &part, 1, out);
	rc = derived_hex(DIGEST_MD5, &part, 1, &inner);
	if (!rc) {
		struct idbc_str parts[3] = { *salt, { "-", 1 }, { inner.ptr, inner.len } };
		rc = derived_hex(DIGEST_MD5, parts, 3, out);
	}
	secret_free(&inner);
	return rc;
}

/* :A:hex  :B:salt:hex */
static int parse_old(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str hex;

	if (!cursor_literal(&c, prefixes[scheme->variant]))
		return PASSWORD_MALFORMED;
	if (scheme->variant == FORM_B && (!cursor_until(&c, ':', &st->salt) || !st->salt.len))
		return PASSWORD_MALFORMED;
	hex = cursor_rest(&c);
	return stored_hex(st, DIGEST_MD5, &hex);
}

static int verify_old(const struct stored *st, const struct scheme_in *in)
{
	struct secret hex = SECRET_INIT;
	unsigned char digest[DIGEST_MAX_BYTES];
	struct idbc_str text;
	int rc = PASSWORD_FAILED;

	if (!old_hash(&st->salt, in->password, &hex)) {
		text = (struct idbc_str){ hex.ptr, hex.len };
		if (hex_decode(&text, digest, sizeof(digest)) == (int64_t)st->digest_len)
			rc = stored_compare(st, digest);
	}
	secret_free(&hex);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

/* alg:rounds:length, up to `stop` */
static int read_pbkdf2(struct cursor *c, const char *stop, struct stored *st, uint64_t *len)
{
	struct idbc_str name;

	if (!cursor_until(c, ':', &name) || !name.len)
		return PASSWORD_MALFORMED;
	if (!cursor_number(c, UINT32_MAX, &st->cost.rounds) || !cursor_literal(c, ":") ||
	    !cursor_number(c, UINT32_MAX, len) || !cursor_literal(c, stop))
		return PASSWORD_MALFORMED;
	return digest_named(&name, &st->md) || !digest_known(st->md) ? PASSWORD_UNSUPPORTED
								     : PARSED;
}

static int read_salt_and_key(struct cursor *c, char stop, uint64_t len, struct stored *st)
{
	struct idbc_str salt, key;
	int64_t salt_len, key_len;

	if (!cursor_until(c, stop, &salt))
		return PASSWORD_MALFORMED;
	key = cursor_rest(c);
	salt_len = b64_decode(B64_PADDED, &salt, st->salt_bytes, sizeof(st->salt_bytes));
	key_len = b64_decode(B64_PADDED, &key, st->digest, sizeof(st->digest));
	if (salt_len < 0 || key_len < 0 || (uint64_t)key_len != len)
		return PASSWORD_MALFORMED;
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)salt_len };
	return PARSED;
}

/* :pbkdf2:alg:rounds:length:salt:key
 * :pbkdf2-legacyA:!alg:rounds:length!!salt!key, the salt of :B: between the "!!" of legacyB */
static int parse_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	int layered = scheme->variant != FORM_PBKDF2, known, rc;
	uint64_t len;

	if (!cursor_literal(&c, prefixes[scheme->variant]))
		return PASSWORD_MALFORMED;
	known = read_pbkdf2(&c, layered ? "!" : ":", st, &len);
	if (known == PASSWORD_MALFORMED)
		return known;
	if (layered && !cursor_until(&c, '!', &st->text))
		return PASSWORD_MALFORMED;
	if (layered && (scheme->variant == FORM_LEGACY_B) != (st->text.len > 0))
		return PASSWORD_MALFORMED;
	rc = read_salt_and_key(&c, layered ? '!' : ':', len, st);
	if (rc != PARSED || known != PARSED)
		return rc != PARSED ? rc : known;
	return pbkdf2_parsed(st, st->md, (int64_t)len);
}

static int verify_layered(const struct stored *st, const struct scheme_in *in)
{
	struct secret hex = SECRET_INIT;
	struct scheme_in inner = *in;
	int rc = PASSWORD_FAILED;

	if (!old_hash(&st->text, in->password, &hex)) {
		inner.password = &hex;
		rc = pbkdf2_verify(st, &inner);
	}
	secret_free(&hex);
	return rc;
}

static int make_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char salt[MEDIAWIKI_SALT], key[DIGEST_MAX_BYTES];
	struct idbc_str salt_str = { (const char *)salt, sizeof(salt) };
	int rc = random_bytes(salt, sizeof(salt)) ||
		pbkdf2_make(DIGEST_SHA512, in->password, &salt_str, costs[0], key, sizeof(key));

	(void)scheme;
	if (!rc)
		rc = buf_addf(out, ":pbkdf2:sha512:%lld:64:", (long long)costs[0]) ||
			b64_add(out, B64_PADDED, salt, sizeof(salt)) || buf_add_str(out, ":") ||
			b64_add(out, B64_PADDED, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

/* :bcrypt:cost$salt$digest */
static int parse_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str salt, digest;
	uint64_t cost;

	if (!cursor_literal(&c, prefixes[scheme->variant]) || !cursor_number(&c, 99, &cost) ||
	    !cursor_literal(&c, "$") || !cursor_until(&c, '$', &salt))
		return PASSWORD_MALFORMED;
	digest = cursor_rest(&c);
	return bcrypt_parse_parts('y', cost, &salt, &digest, st);
}

static int verify_bcrypt(const struct stored *st, const struct scheme_in *in)
{
	return bcrypt_verify(st, in->password);
}

/* "$2y$10$", salt and digest, as MediaWiki cuts them apart. */
static int make_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct buf hash = BUF_INIT(64);
	int rc = bcrypt_make('y', in->password, costs[0], &hash);

	if (!rc)
		rc = buf_addf(out, "%s%lld$%.22s$%s", prefixes[scheme->variant],
			(long long)costs[0], hash.ptr + 7, hash.ptr + 29);
	buf_wipe(&hash);
	return rc ? PASSWORD_FAILED : 0;
}

static int parse_argon2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str phc;

	if (!str_begins(&in->hash, prefixes[scheme->variant]))
		return PASSWORD_MALFORMED;
	phc = str_from(&in->hash, strlen(prefixes[scheme->variant]));
	return phc_parse(&phc, in->params, st);
}

static int make_argon2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	if (buf_add_str(out, prefixes[scheme->variant]))
		return PASSWORD_FAILED;
	return phc_make(2, in->password, costs, out);
}

static const struct cost_key pbkdf2_costs[] = { { "iterations", 210000, 1, 10000000 }, { 0 } };
static const struct cost_key bcrypt_costs[] = { { "cost", 10, 4, 15 }, { 0 } };
static const struct cost_key argon2_costs[] = {
	{ "memory_kib", 65536, 8, 262144 }, { "iterations", 4, 1, 64 },
	{ "parallelism", 1, 1, 64 }, { 0 }
};

#define SELF SCHEME_SELF

static const struct scheme schemes[FORM_COUNT] = {
	{ "mediawiki/A", SELF | SCHEME_WEAK, FORM_A, 0, 0, NULL, parse_old, verify_old, NULL },
	{ "mediawiki/B", SELF | SCHEME_WEAK, FORM_B, 0, 0, NULL, parse_old, verify_old, NULL },
	{ "mediawiki/pbkdf2", SELF, FORM_PBKDF2, 0, 0, pbkdf2_costs, parse_pbkdf2, pbkdf2_verify,
	  make_pbkdf2 },
	{ "mediawiki/bcrypt", SELF, FORM_BCRYPT, 72, 0, bcrypt_costs, parse_bcrypt,
	  verify_bcrypt, make_bcrypt },
	{ "mediawiki/argon2", SELF, FORM_ARGON2, 0, 0, argon2_costs, parse_argon2, phc_verify,
	  make_argon2 },
	{ "mediawiki/pbkdf2-legacyA", SELF, FORM_LEGACY_A, 0, 0, NULL, parse_pbkdf2,
	  verify_layered, NULL },
	{ "mediawiki/pbkdf2-legacyB", SELF, FORM_LEGACY_B, 0, 0, NULL, parse_pbkdf2,
	  verify_layered, NULL },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	(void)named;
	for (uint32_t i = 0; i < FORM_COUNT; i++)
		if (str_begins(&in->hash, prefixes[i])) {
			*out = &schemes[i];
			return PARSED;
		}
	return NOT_MINE;
}

const struct family family_mediawiki = {
	"mediawiki", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
