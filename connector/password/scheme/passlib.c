/* connector/password/scheme/passlib.c - the hashes of passlib's own: PBKDF2, scrypt, bcrypt
 * over a digest; and old forms of others that it reads (passlib_old.c).
 *
 * A stored key is as long as its digest, no more and no less; a salt may be empty.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/passlib.h"

#define PASSLIB_SALT       16u
#define PASSLIB_SCRYPT_KEY 32

enum form {
	FORM_SHA1, FORM_SHA256, FORM_SHA512, FORM_BCRYPT, FORM_SCRYPT, FORM_GRUB, FORM_DLITZ,
	FORM_CTA, FORM_FSHP, FORM_COUNT
};

static const char *const prefixes[FORM_COUNT] = {
	"$pbkdf2$", "$pbkdf2-sha256$", "$pbkdf2-sha512$", "$bcrypt-sha256$", "$scrypt$",
	"grub.pbkdf2.", "$p5k2$", "$p5k2$", "{FSHP",
};

static enum digest form_digest(uint32_t form)
{
	static const enum digest digests[3] = { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512 };

	return digests[form];
}

/* salt$key at the end, both of one alphabet */
static int read_tail(struct cursor *c, enum encode_b64 kind, size_t bytes, struct stored *st)
{
	struct idbc_str salt, key;
	int64_t salt_len;

	if (!cursor_until(c, '$', &salt))
		return 0;
	key = cursor_rest(c);
	salt_len = b64_decode(kind, &salt, st->salt_bytes, sizeof(st->salt_bytes));
	if (salt_len < 0 ||
	    b64_decode(kind, &key, st->digest, sizeof(st->digest)) != (int64_t)bytes)
		return 0;
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)salt_len };
	return 1;
}

/* $pbkdf2-sha512$N$salt$key */
static int parse_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	enum digest md = form_digest(scheme->variant);
	struct cursor c = cursor_of(&in->hash);

	if (!cursor_literal(&c, prefixes[scheme->variant]) ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !cursor_literal(&c, "$") ||
	    !read_tail(&c, B64_ADAPTED, digest_bytes(md), st))
		return PASSWORD_MALFORMED;
	return pbkdf2_parsed(st, md, (int64_t)digest_bytes(md));
}

static int make_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	enum digest md = form_digest(scheme->variant);
	unsigned char key[DIGEST_MAX_BYTES], salt[PASSLIB_SALT];
	struct idbc_str salt_str = { (const char *)salt, sizeof(salt) };
	int rc = random_bytes(salt, sizeof(salt)) ||
		pbkdf2_make(md, in->password, &salt_str, costs[0], key, digest_bytes(md));

	if (!rc)
		rc = buf_addf(out, "%s%lld$", prefixes[scheme->variant], (long long)costs[0]) ||
			b64_add(out, B64_ADAPTED, salt, sizeof(salt)) || buf_add(out, "$", 1) ||
			b64_add(out, B64_ADAPTED, key, digest_bytes(md));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

/* $scrypt$ln=8,r=8,p=1$salt$key */
static int parse_scrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);

	if (!cursor_literal(&c, prefixes[scheme->variant]) || !cursor_literal(&c, "ln=") ||
	    !cursor_number(&c, 63, &st->cost.rounds) || !cursor_literal(&c, ",r=") ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.memory) || !cursor_literal(&c, ",p=") ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.lanes) || !cursor_literal(&c, "$") ||
	    !read_tail(&c, B64_PLAIN, PASSLIB_SCRYPT_KEY, st))
		return PASSWORD_MALFORMED;
	return scrypt_parsed(st, PASSLIB_SCRYPT_KEY);
}

static int make_scrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char key[PASSLIB_SCRYPT_KEY], salt[PASSLIB_SALT];
	struct idbc_str salt_str = { (const char *)salt, sizeof(salt) };
	int rc = random_bytes(salt, sizeof(salt)) ||
		scrypt_make(costs, in->password, &salt_str, key, sizeof(key));

	if (!rc)
		rc = buf_addf(out, "%sln=%lld,r=%lld,p=%lld$", prefixes[scheme->variant],
			(long long)costs[0], (long long)costs[1], (long long)costs[2]) ||
			b64_add(out, B64_PLAIN, salt, sizeof(salt)) || buf_add(out, "$", 1) ||
			b64_add(out, B64_PLAIN, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

/* v=2,t=2b,r=5 or, the first version, 2b,5 */
static int read_bcrypt_costs(struct cursor *c, struct stored *st, char *minor, uint64_t *cost)
{
	struct idbc_str type;

	st->version = cursor_literal(c, "v=2,t=") ? 2 : 1;
	if (!cursor_take(c, 2, &type) || (!str_is(&type, "2b") && !str_is(&type, "2a")) ||
	    !cursor_literal(c, st->version == 2 ? ",r=" : ",") || !cursor_number(c, 99, cost))
		return 0;
	*minor = type.ptr[1];
	return cursor_literal(c, "$");
}

static int parse_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str digest;
	uint64_t cost;
	char minor;

	if (!cursor_literal(&c, prefixes[scheme->variant]) ||
	    !read_bcrypt_costs(&c, st, &minor, &cost) || !cursor_until(&c, '$', &st->salt))
		return PASSWORD_MALFORMED;
	digest = cursor_rest(&c);
	return bcrypt_parse_parts(minor, cost, &st->salt, &digest, st);
}

/* The base64 of a digest, which has no NUL and no more than 72 bytes: since version 2 an
 * HMAC under the text of the salt. */
static int bcrypt_input(uint32_t version, const struct idbc_str *salt,
	const struct secret *password, struct secret *out)
{
	struct idbc_str text = { password->ptr, password->len };

	return version == 2 ? derived_hmac_b64(DIGEST_SHA256, salt, &text, out)
			    : derived_b64(DIGEST_SHA256, &text, 1, out);
}

static int verify_bcrypt(const struct stored *st, const struct scheme_in *in)
{
	struct secret input = SECRET_INIT;
	int rc = PASSWORD_FAILED;

	if (!bcrypt_input(st->version, &st->salt, in->password, &input))
		rc = bcrypt_verify(st, &input);
	secret_free(&input);
	return rc;
}

/* The key is the salt, so the salt comes first: from a hash without a password. */
static int make_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct buf hash = BUF_INIT(64);
	struct secret input = SECRET_INIT;
	struct idbc_str salt;
	int rc = bcrypt_make('b', NULL, costs[0], &hash);

	if (!rc && in->password) {
		salt = (struct idbc_str){ hash.ptr + 7, 22 };
		rc = bcrypt_input(2, &salt, in->password, &input) || bcrypt_again(&input, &hash);
	}
	if (!rc)
		rc = buf_addf(out, "%sv=2,t=2b,r=%lld$%.22s$%s", prefixes[scheme->variant],
			(long long)costs[0], hash.ptr + 7, hash.ptr + 29);
	secret_free(&input);
	buf_wipe(&hash);
	return rc ? PASSWORD_FAILED : 0;
}

static const struct cost_key pbkdf2_costs[3][2] = {
	{ { "iterations", 1300000, 1, 10000000 }, { 0 } },
	{ { "iterations", 600000, 1, 10000000 }, { 0 } },
	{ { "iterations", 210000, 1, 10000000 }, { 0 } },
};
static const struct cost_key bcrypt_costs[] = { { "cost", 12, 4, 15 }, { 0 } };
static const struct cost_key scrypt_costs[] = {
	{ "log2", 16, 1, 18 }, { "block_size", 8, 1, 64 }, { "parallelism", 1, 1, 16 }, { 0 }
};

#define SELF SCHEME_SELF

static const struct scheme schemes[FORM_COUNT] = {
	{ "passlib/pbkdf2_sha1", SELF, FORM_SHA1, 0, 0, pbkdf2_costs[0], parse_pbkdf2,
	  pbkdf2_verify, make_pbkdf2 },
	{ "passlib/pbkdf2_sha256", SELF, FORM_SHA256, 0, 0, pbkdf2_costs[1], parse_pbkdf2,
	  pbkdf2_verify, make_pbkdf2 },
	{ "passlib/pbkdf2_sha512", SELF, FORM_SHA512, 0, 0, pbkdf2_costs[2], parse_pbkdf2,
	  pbkdf2_verify, make_pbkdf2 },
	{ "passlib/bcrypt_sha256", SELF, FORM_BCRYPT, 0, 0, bcrypt_costs, parse_bcrypt,
	  verify_bcrypt, make_bcrypt },
	{ "passlib/scrypt", SELF, FORM_SCRYPT, 0, 0, scrypt_costs, parse_scrypt, scrypt_verify,
	  make_scrypt },
	{ "passlib/grub_pbkdf2", SELF, FORM_GRUB, 0, 0, NULL, passlib_grub_parse, pbkdf2_verify,
	  NULL },
	{ "passlib/dlitz_p5k2", SELF, FORM_DLITZ, 0, 0, NULL, passlib_dlitz_parse, pbkdf2_verify,
	  NULL },
	{ "passlib/cta_p5k2", SELF, FORM_CTA, 0, 0, NULL, passlib_cta_parse, pbkdf2_verify,
	  NULL },
	{ "passlib/fshp", SELF, FORM_FSHP, 0, 0, NULL, passlib_fshp_parse, passlib_fshp_verify,
	  NULL },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct idbc_str head = in->hash;

	(void)named;
	if (head.len > strlen(prefixes[FORM_FSHP]))
		head.len = strlen(prefixes[FORM_FSHP]);
	for (uint32_t i = 0; i < FORM_FSHP; i++)
		if (str_begins(&in->hash, prefixes[i])) {
			*out = &schemes[i];
			if (i == FORM_DLITZ && in->hash.ptr[in->hash.len - 1] == '=')
				*out = &schemes[FORM_CTA];
			return PARSED;
		}
	if (!str_like(&head, prefixes[FORM_FSHP]))
		return NOT_MINE;
	*out = &schemes[FORM_FSHP];
	return PARSED;
}

const struct family family_passlib = {
	"passlib", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
