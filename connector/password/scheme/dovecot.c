/* connector/password/scheme/dovecot.c - what Dovecot keeps: "{SCHEME}", "{SCHEME.hex}" or
 * "{SCHEME.b64}" in any letter case; digests, forms of crypt(3), clear text, and the
 * secrets of challenges (CRAM-MD5, DIGEST-MD5; SCRAM is in scram.c).
 *
 * Its {PBKDF2} is not OpenLDAP's.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"
#include "password/tool/md5state.h"

#define DOVECOT_SALT 4u         /* what Dovecot itself takes; any length is read */
#define PBKDF2_SALT  16u
#define SALTED 32u
#define AS_HEX 64u

enum carries {
	CARRIES_SHA512, CARRIES_SHA256, CARRIES_MD5, CARRIES_DES, CARRIES_BCRYPT, CARRIES_ANY
};

/* "{name}" or "{name.encoding}", and the rest. */
struct word {
	struct idbc_str name, encoding, rest;
};

static const struct scheme *scheme_of(const struct word *);

static int read_word(const struct idbc_str *text, struct word *w)
{
	const char *dot;

	if (!str_braced(text, &w->name, &w->rest))
		return 0;
	w->encoding = (struct idbc_str){ "", 0 };
	dot = memchr(w->name.ptr, '.', w->name.len);
	if (!dot)
		return 1;
	w->encoding = str_from(&w->name, (size_t)(dot + 1 - w->name.ptr));
	w->name.len = (size_t)(dot - w->name.ptr);
	return str_like(&w->encoding, "hex") || str_like(&w->encoding, "b64") ||
		str_like(&w->encoding, "base64");
}

/* The word must be one of this scheme's. */
static int read_own(const struct scheme *scheme, const struct scheme_in *in, struct word *w)
{
	return read_word(&in->hash, w) && scheme_of(w) == scheme;
}

/* The same where there are no encodings. */
static int read_body(const struct scheme *scheme, const struct scheme_in *in,
	struct idbc_str *body)
{
	struct word w;

	if (!read_own(scheme, in, &w) || w.encoding.len)
		return 0;
	*body = w.rest;
	return 1;
}

static int add_word(const struct scheme *scheme, struct buf *out)
{
	return buf_addf(out, "{%s}", strchr(scheme->id, '/') + 1);
}

/* Where the word names no encoding, the length of what is not salted tells it. */
static int64_t decode(const struct word *w, size_t known_bytes, int hex, unsigned char *out,
	size_t cap)
{
	if (w->encoding.len)
		hex = str_like(&w->encoding, "hex");
	else if (known_bytes)
		hex = w->rest.len == 2 * known_bytes;
	return hex ? hex_decode(&w->rest, out, cap) : b64_decode(B64_PADDED, &w->rest, out, cap);
}

static int parse_digest(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	enum digest md = (enum digest)(scheme->variant % SALTED);
	int salted = !!(scheme->variant & SALTED);
	unsigned char bytes[SALTED_MAX];
	struct word w;
	int64_t len;

	if (!read_own(scheme, in, &w))
		return PASSWORD_MALFORMED;
	len = decode(&w, salted ? 0 : digest_bytes(md), !!(scheme->variant & AS_HEX), bytes,
		     sizeof(bytes));
	return salted_parsed(st, md, salted, bytes, len);
}

static int make_digest(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	enum digest md = (enum digest)(scheme->variant % SALTED);
	size_t len = digest_bytes(md), salt = scheme->variant & SALTED ? DOVECOT_SALT : 0;
	unsigned char bytes[SALTED_MAX];
	int rc = salted_make(md, in->password, salt, bytes) || add_word(scheme, out);

	(void)costs;
	if (!rc)
		rc = scheme->variant & AS_HEX ? hex_add(out, bytes, len + salt)
					      : b64_add(out, B64_PADDED, bytes, len + salt);
	secret_wipe(bytes, sizeof(bytes));
	return rc ? PASSWORD_FAILED : 0;
}

/* md5(user:realm:password); the realm is what stands behind the user's '@'. */
static int verify_digest_md5(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str user = in->username, realm = { "", 0 }, colon = { ":", 1 };
	const char *at = user.len ? memchr(user.ptr, '@', user.len) : NULL;

	if (at) {
		realm = str_from(&user, (size_t)(at + 1 - user.ptr));
		user.len = (size_t)(at - user.ptr);
	}
	struct idbc_str parts[5] = { user, colon, realm, colon,
		{ in->password->ptr, in->password->len } };
	return stored_digest(st, parts, 5);
}

/* Two states of MD5: outer, inner. */
static int parse_cram(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct word w;

	st->digest_len = 32;
	return read_own(scheme, in, &w) && decode(&w, 32, 1, st->digest, 32) == 32
		? PARSED : PASSWORD_MALFORMED;
}

static int cram_state(const unsigned char key[MD5_BLOCK], unsigned char pad,
	unsigned char out[16])
{
	unsigned char block[MD5_BLOCK];
	int rc;

	for (size_t i = 0; i < MD5_BLOCK; i++)
		block[i] = key[i] ^ pad;
	rc = md5_state(block, out);
	secret_wipe(block, sizeof(block));
	return rc;
}

static int verify_cram(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str password = { in->password->ptr, in->password->len };
	unsigned char key[DIGEST_MAX_BYTES] = { 0 }, digest[32];
	int rc = PASSWORD_UNSUPPORTED;

	if (password.len <= MD5_BLOCK)
		memcpy(key, password.ptr, password.len);
	else if (digest_of(DIGEST_MD5, &password, 1, key))
		return PASSWORD_FAILED;
	if (!cram_state(key, 0x5c, digest) && !cram_state(key, 0x36, digest + 16))
		rc = stored_compare(st, digest);
	secret_wipe(key, sizeof(key));
	secret_wipe(digest, sizeof(digest));
	return rc;
}

/* $1$salt$N$hex: salt is text. */
static int parse_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text, key;
	struct cursor c;

	if (!read_body(scheme, in, &text))
		return PASSWORD_MALFORMED;
	c = cursor_of(&text);
	if (!cursor_literal(&c, "$1$") || !cursor_until(&c, '$', &st->salt) ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !cursor_literal(&c, "$"))
		return PASSWORD_MALFORMED;
	key = cursor_rest(&c);
	if (hex_decode(&key, st->digest, sizeof(st->digest)) != 20)
		return PASSWORD_MALFORMED;
	return pbkdf2_parsed(st, DIGEST_SHA1, 20);
}

static int make_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char key[DIGEST_MAX_BYTES];
	char salt[PBKDF2_SALT + 1];
	struct idbc_str salt_str = { salt, PBKDF2_SALT };
	int rc = random_text(ENCODE_H64, salt, PBKDF2_SALT) ||
		pbkdf2_make(DIGEST_SHA1, in->password, &salt_str, costs[0], key, 20);

	if (!rc)
		rc = add_word(scheme, out) ||
			buf_addf(out, "$1$%s$%lld$", salt, (long long)costs[0]) ||
			hex_add(out, key, 20);
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

/* Which forms of crypt(3) a word carries. */
static const char *const carried[] = {
	[CARRIES_SHA512] = "crypt/sha512crypt", [CARRIES_SHA256] = "crypt/sha256crypt",
	[CARRIES_MD5] = "crypt/md5crypt", [CARRIES_DES] = "crypt/des",
};

static int parse_crypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text;
	int rc = NOT_MINE;

	if (!read_body(scheme, in, &text))
		return PASSWORD_MALFORMED;
	if (scheme->variant != CARRIES_BCRYPT)
		rc = wrapped_parse(&family_crypt, &text, in, st);
	if (scheme->variant == CARRIES_BCRYPT || (scheme->variant == CARRIES_ANY && rc == NOT_MINE))
		rc = wrapped_parse(&family_bcrypt, &text, in, st);
	if (rc == NOT_MINE)
		return PASSWORD_MALFORMED;
	if (scheme->variant < CARRIES_BCRYPT && st->inner &&
	    strcmp(st->inner->id, carried[scheme->variant]))
		return PASSWORD_MALFORMED;
	return rc;
}

static int make_crypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	const struct scheme *inner = scheme->variant < CARRIES_BCRYPT
		? scheme_find(carried[scheme->variant]) : scheme_find("crypt/sha512crypt");

	if (add_word(scheme, out))
		return PASSWORD_FAILED;
	if (scheme->variant == CARRIES_BCRYPT)
		return bcrypt_make('y', in->password, costs[0], out);
	return inner->make(inner, in, costs, out);
}

static int parse_argon2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	static const char *const prefix[] = { "$argon2d$", "$argon2i$", "$argon2id$" };
	struct idbc_str text;

	if (!read_body(scheme, in, &text) || !str_begins(&text, prefix[scheme->variant]))
		return PASSWORD_MALFORMED;
	return phc_parse(&text, in->params, st);
}

static int make_argon2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	if (add_word(scheme, out))
		return PASSWORD_FAILED;
	return phc_make(scheme->variant, in->password, costs, out);
}

static int parse_scram(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text;

	if (!read_body(scheme, in, &text))
		return PASSWORD_MALFORMED;
	return scram_parse(&text, (enum digest)scheme->variant, ",,,", st);
}

static int make_scram(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	return add_word(scheme, out) ? PASSWORD_FAILED :
		scram_make((enum digest)scheme->variant, in->password, costs[0], ",,,", out);
}

static int parse_clear(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct scheme_in inside = *in;

	if (!read_body(scheme, in, &inside.hash))
		return PASSWORD_MALFORMED;
	return clear_parse(scheme, &inside, st);
}

static const struct cost_key sha1_costs[] = { { "iterations", 1300000, 1, 10000000 }, { 0 } };
static const struct cost_key scram_costs[] = {  /* Dovecot refuses fewer */
	{ "iterations", 600000, 4096, 10000000 }, { 0 }
};
static const struct cost_key crypt512_costs[] = { { "rounds", 656000, 1000, 5000000 }, { 0 } };
static const struct cost_key crypt256_costs[] = { { "rounds", 535000, 1000, 5000000 }, { 0 } };
static const struct cost_key bcrypt_costs[] = { { "cost", 10, 4, 15 }, { 0 } };
static const struct cost_key argon2_costs[] = {
	{ "memory_kib", 19456, 8, 262144 }, { "iterations", 2, 1, 64 },
	{ "parallelism", 1, 1, 64 }, { 0 }
};

#define SELF SCHEME_SELF
#define WEAK SCHEME_WEAK
#define DIGEST(name, variant) \
	{ "dovecot/" name, SELF | WEAK, variant, 0, 0, NULL, parse_digest, salted_verify, \
	  make_digest }
#define CRYPT(name, flags, carries, sees, costs) \
	{ "dovecot/" name, SELF | (flags), carries, sees, sees ? 0 : UNIXCRYPT_SEES, costs, \
	  parse_crypt, wrapped_verify, make_crypt }

static const struct scheme schemes[] = {
	CRYPT("SHA512-CRYPT", 0, CARRIES_SHA512, 0, crypt512_costs),
	CRYPT("SHA256-CRYPT", 0, CARRIES_SHA256, 0, crypt256_costs),
	CRYPT("MD5-CRYPT", WEAK, CARRIES_MD5, 0, NULL),
	CRYPT("DES-CRYPT", WEAK, CARRIES_DES, 8, NULL),
	CRYPT("BLF-CRYPT", 0, CARRIES_BCRYPT, 72, bcrypt_costs),
	CRYPT("CRYPT", 0, CARRIES_ANY, 0, crypt512_costs),
	{ "dovecot/PBKDF2", SELF, 0, 0, 0, sha1_costs, parse_pbkdf2, pbkdf2_verify, make_pbkdf2 },
	{ "dovecot/ARGON2I", SELF, 1, 0, 0, argon2_costs, parse_argon2, phc_verify, make_argon2 },
	{ "dovecot/ARGON2ID", SELF, 2, 0, 0, argon2_costs, parse_argon2, phc_verify, make_argon2 },
	DIGEST("PLAIN-MD4", DIGEST_MD4 | AS_HEX),
	DIGEST("PLAIN-MD5", DIGEST_MD5 | AS_HEX), DIGEST("LDAP-MD5", DIGEST_MD5),
	DIGEST("SMD5", DIGEST_MD5 | SALTED),
	DIGEST("SHA1", DIGEST_SHA1), DIGEST("SSHA", DIGEST_SHA1 | SALTED),
	DIGEST("SHA256.hex", DIGEST_SHA256 | AS_HEX), DIGEST("SHA256", DIGEST_SHA256),
	DIGEST("SSHA256", DIGEST_SHA256 | SALTED),
	DIGEST("SHA512.hex", DIGEST_SHA512 | AS_HEX), DIGEST("SHA512", DIGEST_SHA512),
	DIGEST("SSHA512.hex", DIGEST_SHA512 | SALTED | AS_HEX),
	DIGEST("SSHA512", DIGEST_SHA512 | SALTED),
	{ "dovecot/SCRAM-SHA-1", SELF, DIGEST_SHA1, 0, 0, scram_costs, parse_scram,
	  scram_verify, make_scram },
	{ "dovecot/SCRAM-SHA-256", SELF, DIGEST_SHA256, 0, 0, scram_costs, parse_scram,
	  scram_verify, make_scram },
	{ "dovecot/CRAM-MD5", SELF | WEAK, 0, 0, 0, NULL, parse_cram, verify_cram, NULL },
	{ "dovecot/DIGEST-MD5", SELF | WEAK | SCHEME_USER, DIGEST_MD5 | AS_HEX, 0, 0, NULL,
	  parse_digest, verify_digest_md5, NULL },
	{ "dovecot/CLEARTEXT", SELF | WEAK | SCHEME_CLEAR, 0, 0, 0, NULL, parse_clear,
	  clear_verify, NULL },
};

/* Other words for the same; {MD5} is whatever stands behind it. */
static const char *known_as(const struct word *w)
{
	static const char *const same[][2] = {
		{ "SHA", "SHA1" }, { "PLAIN", "CLEARTEXT" }, { "CLEAR", "CLEARTEXT" },
		{ "HMAC-MD5", "CRAM-MD5" },
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (str_like(&w->name, same[i][0]))
			return same[i][1];
	if (!str_like(&w->name, "MD5"))
		return NULL;
	if (str_begins(&w->rest, "$1$"))
		return "MD5-CRYPT";
	return w->rest.len == 32 ? "PLAIN-MD5" : "LDAP-MD5";
}

/* A format with an encoding in its name stands before the one without. */
static int is_format(const char *format, const struct word *w, const char *alias)
{
	size_t len = strcspn(format, ".");
	struct idbc_str base = { format, len };

	if (format[len] && !str_like(&w->encoding, format + len + 1))
		return 0;
	return alias ? str_is(&base, alias) : str_same(&base, &w->name);
}

static const struct scheme *scheme_of(const struct word *w)
{
	const char *alias = known_as(w);

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (is_format(strchr(schemes[i].id, '/') + 1, w, alias))
			return &schemes[i];
	return NULL;
}

/* Eighty hex digits: Spring's {sha256} and {pbkdf2}.  Nothing of ours is as long. */
static int is_of_spring(const struct idbc_str *text)
{
	struct idbc_str name, rest;

	return str_braced(text, &name, &rest) && rest.len == 80 && str_is_hex(&rest);
}

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	const struct scheme *scheme;
	struct word w = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };

	scheme = read_word(&in->hash, &w) ? scheme_of(&w) : NULL;
	if (!scheme && named && w.encoding.len)
		return PASSWORD_MALFORMED;      /* an encoding that there is not */
	if (!scheme || (!named && is_of_spring(&in->hash)))
		return NOT_MINE;
	*out = scheme;
	return PARSED;
}

const struct family family_dovecot = {
	"dovecot", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
