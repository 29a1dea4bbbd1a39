/* connector/password/scheme/django.c - the hashers of Django, "algorithm$...": three that wrap
 * bcrypt and argon2, PBKDF2, scrypt, and the old ones.  Salts are text.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

enum form {
	FORM_PBKDF2_SHA256, FORM_PBKDF2_SHA1, FORM_ARGON2, FORM_BCRYPT_SHA256, FORM_BCRYPT,
	FORM_SCRYPT, FORM_SHA1, FORM_MD5, FORM_UNSALTED_SHA1, FORM_UNSALTED_MD5, FORM_CRYPT,
	FORM_COUNT
};
#define DJANGO_SALT     22u
#define DJANGO_SALT_MAX 256u
#define DJANGO_SCRYPT_KEY 64

static const char *const prefixes[FORM_COUNT] = {
	"pbkdf2_sha256$", "pbkdf2_sha1$", "argon2$", "bcrypt_sha256$", "bcrypt$", "scrypt$",
	"sha1$", "md5$", "sha1$$", "", "crypt$$",
};

static enum digest form_digest(uint32_t form)
{
	if (form == FORM_PBKDF2_SHA256)
		return DIGEST_SHA256;
	return form == FORM_MD5 || form == FORM_UNSALTED_MD5 ? DIGEST_MD5 : DIGEST_SHA1;
}

static int read_salt(struct cursor *c, struct stored *st)
{
	return cursor_until(c, '$', &st->salt) && st->salt.len &&
		st->salt.len <= DJANGO_SALT_MAX;
}

static int read_b64_digest(struct cursor *c, struct stored *st, size_t len)
{
	struct idbc_str rest = cursor_rest(c);

	st->digest_len = len;
	return b64_decode(B64_PADDED, &rest, st->digest, sizeof(st->digest)) == (int64_t)len
		? PARSED : PASSWORD_MALFORMED;
}

static int parse_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	enum digest md = form_digest(scheme->variant);
	struct cursor c = cursor_of(&in->hash);

	if (!cursor_literal(&c, prefixes[scheme->variant]) ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !cursor_literal(&c, "$") ||
	    !read_salt(&c, st) || read_b64_digest(&c, st, digest_bytes(md)))
		return PASSWORD_MALFORMED;
	return pbkdf2_parsed(st, md, (int64_t)st->digest_len);
}

static int make_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	enum digest md = form_digest(scheme->variant);
	unsigned char key[DIGEST_MAX_BYTES];
	char salt[DJANGO_SALT + 1];
	struct idbc_str salt_str = { salt, DJANGO_SALT };
	int rc = random_text(ENCODE_TEXT, salt, DJANGO_SALT) ||
		pbkdf2_make(md, in->password, &salt_str, costs[0], key, digest_bytes(md));

	if (!rc)
		rc = buf_addf(out, "%s%lld$%s$", prefixes[scheme->variant], (long long)costs[0],
			     salt) || b64_add(out, B64_PADDED, key, digest_bytes(md));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

/* scrypt$N$salt$r$p$digest */
static int parse_scrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str key;
	uint64_t n;

	if (!cursor_literal(&c, prefixes[scheme->variant]) || !cursor_number(&c, UINT64_MAX, &n) ||
	    !scrypt_log2(n, &st->cost.rounds) || !cursor_literal(&c, "$") || !read_salt(&c, st) ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.memory) || !cursor_literal(&c, "$") ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.lanes) || !cursor_literal(&c, "$"))
		return PASSWORD_MALFORMED;
	key = cursor_rest(&c);
	if (b64_decode(B64_PADDED, &key, st->digest, sizeof(st->digest)) != DJANGO_SCRYPT_KEY)
		return PASSWORD_MALFORMED;
	return scrypt_parsed(st, DJANGO_SCRYPT_KEY);
}

static int make_scrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char key[DJANGO_SCRYPT_KEY];
	char salt[DJANGO_SALT + 1];
	struct idbc_str salt_str = { salt, DJANGO_SALT };
	int rc = random_text(ENCODE_TEXT, salt, DJANGO_SALT) ||
		scrypt_make(costs, in->password, &salt_str, key, sizeof(key));

	(void)scheme;
	if (!rc)
		rc = buf_addf(out, "scrypt$%llu$%s$%lld$%lld$", 1ull << costs[0], salt,
			     (long long)costs[1], (long long)costs[2]) ||
			b64_add(out, B64_PADDED, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

static int parse_argon2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str phc;

	if (!str_begins(&in->hash, "argon2$argon2"))
		return PASSWORD_MALFORMED;
	phc = str_from(&in->hash, strlen(prefixes[scheme->variant]) - 1);
	return phc_parse(&phc, in->params, st);
}

static int make_argon2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	(void)scheme;
	if (buf_add_str(out, "argon2"))
		return PASSWORD_FAILED;
	return phc_make(2, in->password, costs, out);
}

static int parse_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text;

	if (!str_begins(&in->hash, prefixes[scheme->variant]))
		return PASSWORD_MALFORMED;
	text = str_from(&in->hash, strlen(prefixes[scheme->variant]));
	st->variant = scheme->variant;
	return bcrypt_parse(&text, st);
}

/* bcrypt_sha256 hashes the hexadecimal digest, so that all of the password counts. */
static int bcrypt_input(uint32_t form, const struct secret *password, struct secret *out)
{
	struct idbc_str part = { password->ptr, password->len };

	if (form == FORM_BCRYPT)
		return secret_copy(out, password->ptr, password->len);
	return derived_hex(DIGEST_SHA256, &part, 1, out);
}

static int verify_bcrypt(const struct stored *st, const struct scheme_in *in)
{
	struct secret input = SECRET_INIT;
	int rc = PASSWORD_FAILED;

	if (!bcrypt_input(st->variant, in->password, &input))
		rc = bcrypt_verify(st, &input);
	secret_free(&input);
	return rc;
}

static int make_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct secret input = SECRET_INIT;
	int rc = buf_add_str(out, prefixes[scheme->variant]);

	if (!rc && in->password)
		rc = bcrypt_input(scheme->variant, in->password, &input);
	if (!rc)
		rc = bcrypt_make('b', in->password ? &input : NULL, costs[0], out);
	secret_free(&input);
	return rc ? PASSWORD_FAILED : 0;
}

/* sha1$salt$hex, md5$salt$hex, sha1$$hex, md5$$hex, bare hex */
static int parse_digest(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str hex;
	uint32_t form = scheme->variant;

	st->variant = form;
	st->digest_len = digest_bytes(form_digest(form));
	if (!cursor_literal(&c, prefixes[form]))
		return PASSWORD_MALFORMED;
	if (form == FORM_UNSALTED_MD5)
		cursor_literal(&c, "md5$$");
	else if (form != FORM_UNSALTED_SHA1 && !read_salt(&c, st))
		return PASSWORD_MALFORMED;
	hex = cursor_rest(&c);
	return hex_decode(&hex, st->digest, sizeof(st->digest)) == (int64_t)st->digest_len
		? PARSED : PASSWORD_MALFORMED;
}

static int verify_digest(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str parts[2] = { st->salt, { in->password->ptr, in->password->len } };
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!digest_of(form_digest(st->variant), parts, 2, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_digest(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	enum digest d = form_digest(scheme->variant);
	unsigned char digest[DIGEST_MAX_BYTES];
	char salt[DJANGO_SALT + 1];
	int rc = random_text(ENCODE_TEXT, salt, DJANGO_SALT) ||
		random_bytes(digest, sizeof(digest));

	(void)costs;
	if (!rc && in->password) {
		struct idbc_str parts[2] = { { salt, DJANGO_SALT },
			{ in->password->ptr, in->password->len } };
		rc = digest_of(d, parts, 2, digest);
	}
	if (!rc)
		rc = buf_addf(out, "%s%s$", prefixes[scheme->variant], salt) ||
			hex_add(out, digest, digest_bytes(d));
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

static int parse_crypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	(void)scheme;
	if (!str_begins(&in->hash, "crypt$$"))
		return PASSWORD_MALFORMED;
	st->text = str_from(&in->hash, strlen("crypt$$"));
	return st->text.len == 13 && str_only(&st->text, ENCODE_H64) ? PARSED
								      : PASSWORD_MALFORMED;
}

static const struct cost_key sha256_costs[] = { { "iterations", 600000, 1, 10000000 }, { 0 } };
static const struct cost_key sha1_costs[] = { { "iterations", 1300000, 1, 10000000 }, { 0 } };
static const struct cost_key argon2_costs[] = {
	{ "memory_kib", 102400, 8, 262144 }, { "iterations", 2, 1, 64 },
	{ "parallelism", 8, 1, 64 }, { 0 }
};
static const struct cost_key bcrypt_costs[] = { { "cost", 12, 4, 15 }, { 0 } };
static const struct cost_key scrypt_costs[] = {
	{ "log2", 14, 1, 18 }, { "block_size", 8, 1, 64 }, { "parallelism", 1, 1, 16 }, { 0 }
};

#define WEAK SCHEME_WEAK
#define SELF SCHEME_SELF

static const struct scheme schemes[FORM_COUNT] = {
	{ "django/pbkdf2_sha256", SELF, FORM_PBKDF2_SHA256, 0, 0, sha256_costs, parse_pbkdf2,
	  pbkdf2_verify, make_pbkdf2 },
	{ "django/pbkdf2_sha1", SELF, FORM_PBKDF2_SHA1, 0, 0, sha1_costs, parse_pbkdf2,
	  pbkdf2_verify, make_pbkdf2 },
	{ "django/argon2", SELF, FORM_ARGON2, 0, 0, argon2_costs, parse_argon2, phc_verify,
	  make_argon2 },
	{ "django/bcrypt_sha256", SELF, FORM_BCRYPT_SHA256, 0, 0, bcrypt_costs, parse_bcrypt,
	  verify_bcrypt, make_bcrypt },
	{ "django/bcrypt", SELF, FORM_BCRYPT, 72, 0, bcrypt_costs, parse_bcrypt, verify_bcrypt,
	  make_bcrypt },
	{ "django/scrypt", SELF, FORM_SCRYPT, 0, 0, scrypt_costs, parse_scrypt, scrypt_verify,
	  make_scrypt },
	{ "django/sha1", SELF | WEAK, FORM_SHA1, 0, 0, NULL, parse_digest, verify_digest,
	  make_digest },
	{ "django/md5", SELF | WEAK, FORM_MD5, 0, 0, NULL, parse_digest, verify_digest,
	  make_digest },
	{ "django/unsalted_sha1", SELF | WEAK, FORM_UNSALTED_SHA1, 0, 0, NULL, parse_digest,
	  verify_digest, NULL },
	{ "django/unsalted_md5", WEAK, FORM_UNSALTED_MD5, 0, 0, NULL, parse_digest, verify_digest,
	  NULL },
	{ "django/crypt", SELF | WEAK, FORM_CRYPT, 8, 0, NULL, parse_crypt, crypt_verify, NULL },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	uint32_t form = FORM_COUNT;

	for (uint32_t i = 0; i < FORM_COUNT; i++)
		if (*prefixes[i] && str_begins(&in->hash, prefixes[i]))
			form = i;               /* "sha1$$" comes after "sha1$" */
	if (str_begins(&in->hash, "md5$$") ||
	    (named && in->hash.len == 32 && str_is_hex(&in->hash)))
		form = FORM_UNSALTED_MD5;
	if (form == FORM_COUNT)
		return NOT_MINE;
	*out = &schemes[form];
	return PARSED;
}

const struct family family_django = {
	"django", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
