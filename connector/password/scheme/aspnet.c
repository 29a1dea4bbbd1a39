/* connector/password/scheme/aspnet.c - ASP.NET: Identity 2 and 3, whose base64 says what it
 * is, and the Membership provider before them, with a salt column.
 *
 * Membership hashes UTF-16, least significant byte first; a password that is not UTF-8 has
 * no such form and matches nothing.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"
#include "password/tool/utf16.h"

#define BLOB_MAX   1024u
#define V2_BYTES   49u          /* a zero, 16 of salt, 32 of key */
#define V2_SALT    16u
#define V2_ROUNDS  1000u
#define V3_HEAD    13u          /* a one; digest, rounds, length of the salt: big-endian */
#define V3_SALT    16u
#define V3_KEY     32u

static const enum digest v3_digests[3] = { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512 };

static uint32_t number_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_number(unsigned char *p, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(n >> (24 - 8 * i));
}

static int take(struct stored *st, enum digest md, const unsigned char *salt, size_t salt_len,
	const unsigned char *key, size_t key_len)
{
	if (salt_len > sizeof(st->salt_bytes) || key_len > sizeof(st->digest))
		return PASSWORD_MALFORMED;
	memcpy(st->salt_bytes, salt, salt_len);
	memcpy(st->digest, key, key_len);
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, salt_len };
	return pbkdf2_parsed(st, md, (int64_t)key_len);
}

static int parse_v2(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	unsigned char blob[V2_BYTES];

	(void)scheme;
	if (b64_decode(B64_PADDED, &in->hash, blob, sizeof(blob)) != V2_BYTES || blob[0])
		return PASSWORD_MALFORMED;
	st->cost.rounds = V2_ROUNDS;
	return take(st, DIGEST_SHA1, blob + 1, V2_SALT, blob + 1 + V2_SALT,
		    V2_BYTES - 1 - V2_SALT);
}

static int make_v2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char blob[V2_BYTES] = { 0 };
	struct idbc_str salt = { (const char *)blob + 1, V2_SALT };
	int rc = random_bytes(blob + 1, V2_SALT);

	(void)scheme;
	(void)costs;
	if (!rc)
		rc = pbkdf2_make(DIGEST_SHA1, in->password, &salt, V2_ROUNDS,
				 blob + 1 + V2_SALT, V2_BYTES - 1 - V2_SALT);
	if (!rc)
		rc = b64_add(out, B64_PADDED, blob, sizeof(blob));
	secret_wipe(blob, sizeof(blob));
	return rc ? PASSWORD_FAILED : 0;
}

/* As ASP.NET reads it: no salt and no key under 16 bytes. */
static int parse_v3(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	unsigned char blob[BLOB_MAX];
	int64_t len = b64_decode(B64_PADDED, &in->hash, blob, sizeof(blob));
	uint32_t md, salt_len;
	size_t rest;

	(void)scheme;
	if (len < (int64_t)(V3_HEAD + V3_SALT + 16) || blob[0] != 1)
		return PASSWORD_MALFORMED;
	rest = (size_t)len - V3_HEAD;
	md = number_at(blob + 1);
	salt_len = number_at(blob + 9);
	if (md > 2 || salt_len < 16 || salt_len > rest || rest - salt_len < 16 ||
	    !key_is_whole((int64_t)(rest - salt_len)))
		return PASSWORD_MALFORMED;
	st->cost.rounds = number_at(blob + 5);
	return take(st, v3_digests[md], blob + V3_HEAD, salt_len, blob + V3_HEAD + salt_len,
		    rest - salt_len);
}

static int make_v3(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char blob[V3_HEAD + V3_SALT + V3_KEY] = { 1 };
	struct idbc_str salt = { (const char *)blob + V3_HEAD, V3_SALT };
	int rc = random_bytes(blob + V3_HEAD, V3_SALT);

	(void)scheme;
	put_number(blob + 1, 2);
	put_number(blob + 5, (uint32_t)costs[0]);
	put_number(blob + 9, V3_SALT);
	if (!rc)
		rc = pbkdf2_make(DIGEST_SHA512, in->password, &salt, costs[0],
				 blob + V3_HEAD + V3_SALT, V3_KEY);
	if (!rc)
		rc = b64_add(out, B64_PADDED, blob, sizeof(blob));
	secret_wipe(blob, sizeof(blob));
	return rc ? PASSWORD_FAILED : 0;
}

/* --- Membership ----------------------------------------------------------------------- */
enum form { FORM_SHA1, FORM_SHA256, FORM_HMAC };
#define HMAC_KEY 64u

static int parse_membership(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	int64_t salt, len;

	st->variant = scheme->variant;
	st->md = scheme->variant == FORM_SHA1 ? DIGEST_SHA1 : DIGEST_SHA256;
	st->digest_len = digest_bytes(st->md);
	salt = b64_decode(B64_PADDED, &in->salt, st->salt_bytes, sizeof(st->salt_bytes));
	len = b64_decode(B64_PADDED, &in->hash, st->digest, sizeof(st->digest));
	if (salt <= 0 || len != (int64_t)st->digest_len)
		return PASSWORD_MALFORMED;
	st->salt_len = (size_t)salt;
	return PARSED;
}

/* .NET 4 fills the key of its HMAC with the salt, over and over. */
static int keyed(const struct stored *st, const struct idbc_str *text, unsigned char *out)
{
	unsigned char key[HMAC_KEY];
	struct idbc_str k = { (const char *)key, sizeof(key) };

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = st->salt_bytes[i % st->salt_len];
	return digest_hmac(st->md, &k, text, out);
}

/* 0; MISMATCH: the password is not UTF-8; FAILED. */
static int membership(const struct stored *st, const struct secret *password,
	unsigned char *out)
{
	struct idbc_str parts[2] = { { (const char *)st->salt_bytes, st->salt_len }, { "", 0 } };
	struct secret text = SECRET_INIT;
	const struct idbc_str typed = { password->ptr, password->len };
	int rc = utf16_of(&typed, UTF16_LITTLE, &text);

	if (rc)
		return rc < 0 ? PASSWORD_FAILED : PASSWORD_MISMATCH;
	parts[1] = (struct idbc_str){ text.ptr, text.len };
	rc = st->variant == FORM_HMAC ? keyed(st, &parts[1], out)
				      : digest_of(st->md, parts, 2, out);
	secret_free(&text);
	return rc ? PASSWORD_FAILED : 0;
}

static int verify_membership(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = membership(st, in->password, digest);

	if (!rc)
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_membership(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct stored st = { .variant = scheme->variant,
		.md = scheme->variant == FORM_SHA1 ? DIGEST_SHA1 : DIGEST_SHA256 };
	unsigned char digest[DIGEST_MAX_BYTES];
	int64_t salt = b64_decode(B64_PADDED, &in->salt, st.salt_bytes, sizeof(st.salt_bytes));
	int rc = salt <= 0;

	(void)costs;
	st.salt_len = (size_t)salt;
	if (!rc)
		rc = in->password ? membership(&st, in->password, digest)
				  : random_bytes(digest, sizeof(digest));
	if (!rc)
		rc = b64_add(out, B64_PADDED, digest, digest_bytes(st.md));
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct cost_key v3_costs[] = { { "iterations", 210000, 1, 10000000 }, { 0 } };

#define MEMBERSHIP(name, form) \
	{ "aspnet/membership-" name, SCHEME_WEAK | SCHEME_SALT | SCHEME_SALT_B64 | \
	  SCHEME_SALT_LEN(24), form, 0, 0, NULL, parse_membership, verify_membership, \
	  make_membership }

static const struct scheme schemes[] = {
	{ "aspnet/identity-v2", SCHEME_SELF | SCHEME_WEAK, 0, 0, 0, NULL, parse_v2, pbkdf2_verify,
	  make_v2 },
	{ "aspnet/identity-v3", SCHEME_SELF, 0, 0, 0, v3_costs, parse_v3, pbkdf2_verify,
	  make_v3 },
	MEMBERSHIP("sha1", FORM_SHA1),
	MEMBERSHIP("sha256", FORM_SHA256),
	MEMBERSHIP("hmacsha256", FORM_HMAC),
};

/* Base64 that begins with a zero or a one.  Not named, it must be all that it should. */
static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	const struct scheme *scheme = &schemes[str_begins(&in->hash, "AQAAAA")];
	struct stored st = { 0 };

	/* One of Membership's digests; Identity keeps its salt inside, whatever else a row has. */
	if (named && in->salt.len && (in->hash.len == 28 || in->hash.len == 44))
		return PASSWORD_UNSUPPORTED;
	if (!str_begins(&in->hash, "A") || (!named && scheme->parse(scheme, in, &st)))
		return NOT_MINE;
	*out = scheme;
	return PARSED;
}

const struct family family_aspnet = {
	"aspnet", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
