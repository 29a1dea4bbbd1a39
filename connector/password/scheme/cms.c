/* connector/password/scheme/cms.c - shops and content management: digests of a password and
 * a salt in one column or a key of the site, and a few forms of their own.
 *
 * "x:y" of Joomla, Magento 1 and osCommerce look the same and are of opposite order, and
 * bare digests tell nothing at all: those are used only where they are named.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/cms.h"

/* --- one digest over password and salt, or the key of the site ----------------------- */
enum order { SALT_LAST, SALT_FIRST };
#define DIGEST_OF(md, order) ((uint32_t)(md) * 2 + (order))

static const char hex_digits[] = "0123456789abcdef";

/* "hex:salt"; Joomla's oldest rows have no salt. */
static int parse_pair(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str hex;
	int salted = cursor_until(&c, ':', &hex);

	st->variant = scheme->variant;
	st->salt = cursor_rest(&c);
	if (!salted) {
		hex = st->salt;
		st->salt.len = 0;
	}
	if (salted ? !st->salt.len || memchr(st->salt.ptr, ':', st->salt.len) != NULL
		   : scheme->variant % 2 == SALT_FIRST)
		return PASSWORD_MALFORMED;
	return stored_hex(st, (enum digest)(scheme->variant / 2), &hex);
}

static int parse_keyed(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	st->variant = scheme->variant;
	params_string(in->params, "sitekey", &st->salt);
	return stored_hex(st, (enum digest)(scheme->variant / 2), &in->hash);
}

static void set_parts(uint32_t variant, const struct idbc_str *salt,
	const struct secret *password, struct idbc_str parts[2])
{
	parts[variant % 2 == SALT_FIRST] = (struct idbc_str){ password->ptr, password->len };
	parts[variant % 2 != SALT_FIRST] = *salt;
}

static int verify_digest(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str parts[2];

	set_parts(st->variant, &st->salt, in->password, parts);
	return stored_digest(st, parts, 2);
}

static int add_digest(const struct scheme *scheme, const struct idbc_str *salt,
	const struct secret *password, struct buf *out)
{
	enum digest md = (enum digest)(scheme->variant / 2);
	unsigned char digest[DIGEST_MAX_BYTES];
	struct idbc_str parts[2];
	int rc;

	if (password)
		set_parts(scheme->variant, salt, password, parts);
	rc = password ? digest_of(md, parts, 2, digest)
		      : random_bytes(digest, digest_bytes(md));
	if (!rc)
		rc = hex_add(out, digest, digest_bytes(md));
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_pair(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	size_t len = scheme->flags >> 16;
	char salt[64];
	struct idbc_str salt_str = { salt, len };
	int rc = random_text(scheme->flags & SCHEME_SALT_HEX ? hex_digits : ENCODE_TEXT, salt,
		len) || add_digest(scheme, &salt_str, in->password, out);

	(void)costs;
	return rc || buf_addf(out, ":%s", salt) ? PASSWORD_FAILED : 0;
}

static int make_keyed(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct idbc_str key = { "", 0 };

	(void)costs;
	if (!params_string(in->params, "sitekey", &key) && in->password)
		return PASSWORD_FAILED;
	return add_digest(scheme, &key, in->password, out) ? PASSWORD_FAILED : 0;
}

/* --- Moodle 4.3: sha512crypt of the password and a pepper ---------------------------- */
static int with_param(const struct scheme_in *in, const char *name, struct secret *out)
{
	struct idbc_str tail = { "", 0 };

	params_string(in->params, name, &tail);
	if (secret_alloc(out, in->password->len + tail.len))
		return -1;
	memcpy(out->ptr, in->password->ptr, in->password->len);
	memcpy(out->ptr + in->password->len, tail.ptr, tail.len);
	return 0;
}

static int parse_moodle(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	const struct scheme *crypt = scheme_find("crypt/sha512crypt");

	(void)scheme;
	return crypt->parse(crypt, in, st);
}

static int verify_moodle(const struct stored *st, const struct scheme_in *in)
{
	struct secret input = SECRET_INIT;
	struct scheme_in inner = *in;
	int rc = PASSWORD_FAILED;

	inner.password = &input;
	if (!with_param(in, "pepper", &input))
		rc = crypt_verify(st, &inner);
	secret_free(&input);
	return rc;
}

static int make_moodle(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	const struct scheme *crypt = scheme_find("crypt/sha512crypt");
	struct secret input = SECRET_INIT;
	struct scheme_in inner = *in;
	int rc = in->password ? with_param(in, "pepper", &input) : 0;

	(void)scheme;
	if (in->password)
		inner.password = &input;
	rc = rc ? PASSWORD_FAILED : crypt->make(crypt, &inner, costs, out);
	secret_free(&input);
	return rc;
}

/* --- Symfony: SHA-512 of "password{salt}", then of digest and that, many times -------- */
#define SYMFONY_ROUNDS 5000u

static int symfony_rounds(const struct params *params, uint64_t *rounds)
{
	*rounds = SYMFONY_ROUNDS;
	return params_number(params, "iterations", UINT32_MAX, rounds) < 0 || !*rounds ? -1 : 0;
}

static int parse_symfony(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	(void)scheme;
	st->md = DIGEST_SHA512;
	st->digest_len = digest_bytes(st->md);
	st->salt = in->salt;
	st->cost.kind = COST_MIXED;
	for (size_t i = 0; i < in->salt.len; i++)
		if (in->salt.ptr[i] == '{' || in->salt.ptr[i] == '}')
			return PASSWORD_MALFORMED;
	if (b64_decode(B64_PADDED, &in->hash, st->digest, sizeof(st->digest)) !=
	    (int64_t)st->digest_len)
		return PASSWORD_MALFORMED;
	return symfony_rounds(in->params, &st->cost.rounds) ? PASSWORD_UNSUPPORTED : PARSED;
}

static int symfony(const struct secret *password, const struct idbc_str *salt, uint64_t rounds,
	unsigned char *digest)
{
	size_t brace = salt->len ? 1 : 0;
	struct idbc_str parts[5] = { { (const char *)digest, 0 },
		{ password->ptr, password->len }, { "{", brace }, *salt, { "}", brace } };
	struct digest_run *run = digest_begin(DIGEST_SHA512);
	int rc = run ? digest_next(run, parts, 5, digest) : -1;

	parts[0].len = digest_bytes(DIGEST_SHA512);
	for (uint64_t i = 1; !rc && i < rounds; i++)
		rc = digest_next(run, parts, 5, digest);
	digest_end(run);
	return rc;
}

static int verify_symfony(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!symfony(in->password, &st->salt, st->cost.rounds, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_symfony(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	uint64_t rounds;
	int rc = symfony_rounds(in->params, &rounds);

	(void)scheme;
	(void)costs;
	if (!rc)
		rc = in->password ? symfony(in->password, &in->salt, rounds, digest)
				  : random_bytes(digest, sizeof(digest));
	if (!rc)
		rc = b64_add(out, B64_PADDED, digest, digest_bytes(DIGEST_SHA512));
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

/* --- TYPO3: phpass over the MD5 that a row had before --------------------------------- */
static const struct phpass_form typo3 = { "M$P$", DIGEST_MD5, PHPASS_MD5_CHARS };

static int parse_typo3(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);

	(void)scheme;
	return phpass_parse(&c, &typo3, st);
}

static int verify_typo3(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str part = { in->password->ptr, in->password->len };
	struct secret input = SECRET_INIT;
	int rc = PASSWORD_FAILED;

	if (!derived_hex(DIGEST_MD5, &part, 1, &input))
		rc = phpass_verify(st, &input);
	secret_free(&input);
	return rc;
}

/* --- Nextcloud: a version before PHP's hash; bcrypt alone is of password and site key -- */
enum nextcloud { NEXTCLOUD_LEGACY, NEXTCLOUD_BCRYPT, NEXTCLOUD_ARGON2I, NEXTCLOUD_ARGON2ID };

static const char *const nextcloud_prefix[4] = {
	"$2", "1|$2", "2|$argon2i$", "3|$argon2id$",
};

static int nextcloud_version(const struct idbc_str *text)
{
	for (int i = NEXTCLOUD_ARGON2ID; i >= NEXTCLOUD_LEGACY; i--)
		if (str_begins(text, nextcloud_prefix[i]))
			return i;
	return -1;
}

static int parse_nextcloud(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	int rc, version = nextcloud_version(&in->hash);
	struct idbc_str text;

	(void)scheme;
	if (version < 0)
		return PASSWORD_MALFORMED;
	text = str_from(&in->hash, version == NEXTCLOUD_LEGACY ? 0 : 2);
	if (version > NEXTCLOUD_BCRYPT)
		return phc_parse(&text, in->params, st);
	rc = wrapped_parse(&family_bcrypt, &text, in, st);      /* sees 72 bytes, argon2 all */
	st->version = (uint32_t)version;
	return rc == NOT_MINE ? PASSWORD_MALFORMED : rc;
}

static int verify_nextcloud(const struct stored *st, const struct scheme_in *in)
{
	struct secret input = SECRET_INIT;
	int rc = PASSWORD_FAILED;

	if (st->cost.kind == COST_ARGON2)
		return phc_verify(st, in);
	if (st->version == NEXTCLOUD_BCRYPT)
		return bcrypt_verify(st, in->password);
	if (!with_param(in, "sitekey", &input))
		rc = bcrypt_verify(st, &input);
	secret_free(&input);
	return rc;
}

static int make_nextcloud(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	(void)scheme;
	return buf_add_str(out, "3|") ? PASSWORD_FAILED : phc_make(2, in->password, costs, out);
}

static const struct cost_key crypt_costs[] = { { "rounds", 10000, 1000, 5000000 }, { 0 } };
static const struct cost_key argon2_costs[] = {
	{ "memory_kib", 65536, 8, 262144 }, { "iterations", 4, 1, 64 },
	{ "parallelism", 1, 1, 64 }, { 0 }
};

#define WEAK SCHEME_WEAK
#define PAIR(name, md, order, flags) \
	{ "cms/" name, WEAK | (flags), DIGEST_OF(md, order), 0, 0, NULL, parse_pair, \
	  verify_digest, make_pair }
#define KEYED(name, md, order) \
	{ "cms/" name, WEAK | SCHEME_SITEKEY, DIGEST_OF(md, order), 0, 0, NULL, parse_keyed, \
	  verify_digest, make_keyed }
#define MAGENTO2(name, variant, flags, costs, make) \
	{ "cms/magento2-" name, flags, variant, 0, 0, costs, magento_parse, magento_verify, make }

enum index {
	JOOMLA, MAGENTO1, MAGENTO1_SHA256, MAGENTO2_FIRST,
	PRESTASHOP = MAGENTO2_FIRST + MAGENTO_COUNT, OSCOMMERCE, OPENCART, MOODLE_MD5,
	MOODLE_CRYPT, CAKEPHP, SYMFONY, TYPO3, NEXTCLOUD, COUNT
};

static const struct scheme schemes[COUNT] = {
	PAIR("joomla-md5", DIGEST_MD5, SALT_LAST, SCHEME_SALT_LEN(32)),
	PAIR("magento1", DIGEST_MD5, SALT_FIRST, SCHEME_SALT_LEN(32)),
	PAIR("magento1-sha256", DIGEST_SHA256, SALT_FIRST, SCHEME_SALT_LEN(32)),
	MAGENTO2("v0", MAGENTO_V0, WEAK, NULL, NULL),
	MAGENTO2("v1", MAGENTO_V1, WEAK, NULL, magento_make),
	MAGENTO2("v2", MAGENTO_V2, 0, magento_v2_costs, magento_make),
	MAGENTO2("v3", MAGENTO_V3, 0, magento_costs, magento_make),
	MAGENTO2("chain", MAGENTO_CHAIN, WEAK, NULL, NULL),
	KEYED("prestashop16", DIGEST_MD5, SALT_FIRST),
	PAIR("oscommerce", DIGEST_MD5, SALT_FIRST, SCHEME_SALT_LEN(2) | SCHEME_SALT_HEX),
	{ "cms/opencart", WEAK | SCHEME_SALT | SCHEME_SALT_LEN(9),
	  NESTED(DIGEST_SHA1, NESTED_SALT_TWICE), 0, 0, NULL, nested_parse, nested_verify,
	  nested_make },
	KEYED("moodle-md5", DIGEST_MD5, SALT_LAST),
	{ "cms/moodle-sha512crypt", 0, 0, 0, 384, crypt_costs, parse_moodle, verify_moodle,
	  make_moodle },
	KEYED("cakephp", DIGEST_SHA1, SALT_FIRST),
	{ "cms/symfony-sha512", SCHEME_SALT | SCHEME_SALT_LEN(31), 0, 0, 0, NULL, parse_symfony,
	  verify_symfony, make_symfony },
	{ "cms/typo3-M", SCHEME_SELF, 0, 0, 0, NULL, parse_typo3, verify_typo3, NULL },
	{ "cms/nextcloud", SCHEME_SELF, 0, 0, 0, argon2_costs, parse_nextcloud,
	  verify_nextcloud, make_nextcloud },
};

/* Where the family is named, what can be told by looks and by what stands beside the hash;
 * forms of several of them stay unsupported. */
static int identify_named(const struct scheme_in *in, enum index *out)
{
	struct idbc_str digest = in->hash, rest;
	const char *colon = memchr(in->hash.ptr, ':', in->hash.len);
	enum magento form = magento_form(&in->hash);

	if (colon)
		digest.len = (size_t)(colon - digest.ptr);
	rest = str_from(&in->hash, digest.len);
	if (form != MAGENTO_COUNT)
		*out = (enum index)(MAGENTO2_FIRST + (int)form);
	else if (nextcloud_version(&in->hash) == NEXTCLOUD_LEGACY)
		*out = NEXTCLOUD;
	else if (str_begins(&in->hash, "$6$"))
		*out = MOODLE_CRYPT;
	else if (digest.len == 88 && !colon && in->salt.len)
		*out = SYMFONY;
	else if (!form_is_digest_hex(&digest) || (colon && memchr(colon + 1, ':', rest.len - 1)))
		return PASSWORD_MALFORMED;
	else if (digest.len == 64 && colon)
		*out = MAGENTO1_SHA256;
	else if (digest.len == 40 && !colon && in->salt.len)
		*out = OPENCART;
	else if (digest.len == 40 && !colon && in->params)
		*out = CAKEPHP;
	else
		return PASSWORD_UNSUPPORTED;
	return PARSED;
}

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	enum index index = COUNT;
	int rc = PARSED;

	if (str_begins(&in->hash, typo3.prefix))
		index = TYPO3;
	else if (nextcloud_version(&in->hash) > NEXTCLOUD_LEGACY)
		index = NEXTCLOUD;
	else if (!named)
		return NOT_MINE;
	else
		rc = identify_named(in, &index);
	if (rc == PARSED)
		*out = &schemes[index];
	return rc == PASSWORD_MALFORMED ? NOT_MINE : rc;
}

const struct family family_cms = {
	"cms", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
