/* connector/password/scheme/crypt.c - the family of crypt(3): one parser per form, libxcrypt
 * for the work, but for two forms it has not or has wrong ($apr1$, $3$).
 *
 * A computed hash is compared whole, over its full length.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

enum form {
	FORM_YESCRYPT, FORM_GOST, FORM_SCRYPT7, FORM_SHA512, FORM_SHA256, FORM_SHA1, FORM_SUNMD5,
	FORM_MD5, FORM_APR1, FORM_BSDI, FORM_NT3, FORM_DES, FORM_COUNT
};

#define MD5_ROUNDS    1000u
#define SUNMD5_ROUNDS 4096u     /* come before those that are written */

/* How each form begins, and how many characters of digest it ends with. */
static const struct form_facts {
	const char *prefix;
	size_t digest, salt_min, salt_max;
} facts[FORM_COUNT] = {
	[FORM_YESCRYPT] = { "$y$", 43, 1, 86 }, [FORM_GOST] = { "$gy$", 43, 1, 86 },
	[FORM_SCRYPT7] = { "$7$", 43, 0, 43 }, [FORM_SHA512] = { "$6$", 86, 0, 16 },
	[FORM_SHA256] = { "$5$", 43, 0, 16 }, [FORM_SHA1] = { "$sha1$", 28, 1, 64 },
	[FORM_SUNMD5] = { "$md5", 22, 0, 64 }, [FORM_MD5] = { "$1$", 22, 0, 8 },
	[FORM_APR1] = { "$apr1$", 22, 1, 8 }, [FORM_BSDI] = { "_", 11, 4, 4 },
	[FORM_NT3] = { "$3$$", 32, 0, 0 }, [FORM_DES] = { "", 11, 2, 2 },
};

static int is_salt(const struct idbc_str *s, const struct form_facts *f)
{
	if (s->len < f->salt_min || s->len > f->salt_max)
		return 0;
	for (size_t i = 0; i < s->len; i++)
		if (s->ptr[i] <= ' ' || s->ptr[i] > '~' || strchr("$:*!\\", s->ptr[i]))
			return 0;
	return 1;
}

/* The rest: salt, '$', digest. */
static int read_tail(struct cursor *c, enum form form, struct stored *st)
{
	struct idbc_str digest;

	if (!cursor_until(c, '$', &st->salt) || !is_salt(&st->salt, &facts[form]))
		return PASSWORD_MALFORMED;
	digest = cursor_rest(c);
	if (digest.len != facts[form].digest || !str_only(&digest, ENCODE_H64))
		return PASSWORD_MALFORMED;
	return PARSED;
}

static int parse_sha(struct cursor *c, enum form form, struct stored *st)
{
	st->cost.kind = COST_SHACRYPT;
	st->cost.rounds = 5000;
	if (cursor_literal(c, "rounds=") &&
	    (!cursor_number(c, 999999999, &st->cost.rounds) || !cursor_literal(c, "$") ||
	     st->cost.rounds < 1000))
		return PASSWORD_MALFORMED;
	return read_tail(c, form, st);
}

static int parse_sha1(struct cursor *c, enum form form, struct stored *st)
{
	st->cost.kind = COST_MIXED;
	if (!cursor_number(c, UINT32_MAX, &st->cost.rounds) || !st->cost.rounds ||
	    !cursor_literal(c, "$"))
		return PASSWORD_MALFORMED;
	return read_tail(c, form, st);
}

/* $md5$salt$digest, $md5$salt$$digest, $md5,rounds=N$... */
static int parse_sunmd5(struct cursor *c, enum form form, struct stored *st)
{
	struct idbc_str digest;

	st->cost.kind = COST_ROUNDS;
	st->cost.rounds = 0;
	if (cursor_literal(c, ",rounds=") &&
	    (!cursor_number(c, 4294963199u, &st->cost.rounds) || !st->cost.rounds))
		return PASSWORD_MALFORMED;
	if (st->cost.rounds < SUNMD5_ROUNDS)
		st->cost.rounds = SUNMD5_ROUNDS;
	if (!cursor_literal(c, "$") || !cursor_until(c, '$', &st->salt) ||
	    !is_salt(&st->salt, &facts[form]))
		return PASSWORD_MALFORMED;
	cursor_literal(c, "$");
	digest = cursor_rest(c);
	return digest.len == facts[form].digest && str_only(&digest, ENCODE_H64)
		? PARSED : PASSWORD_MALFORMED;
}

/* yescrypt's numbers: the first character says how many follow. */
static int read_yescrypt_number(struct cursor *c, uint32_t min, uint32_t *out)
{
	uint32_t start = 0, end = 47, chars = 1, bits = 0, n = min;
	int value = c->at < c->end ? h64_value(*c->at++) : -1;

	while (value >= 0 && (uint32_t)value > end) {
		n += (end + 1 - start) << bits;
		start = end + 1;
		end = start + (62 - end) / 2;
		chars++;
		bits += 6;
	}
	if (value < 0)
		return 0;
	n += ((uint32_t)value - start) << bits;
	for (; chars > 1; chars--) {
		value = c->at < c->end ? h64_value(*c->at++) : -1;
		if (value < 0)
			return 0;
		bits -= 6;
		n += (uint32_t)value << bits;
	}
	*out = n;
	return 1;
}

/* Lanes, passes; what libxcrypt has not (upgrades, a ROM) is refused. */
static int read_yescrypt_more(struct cursor *c, uint32_t *p, uint32_t *t)
{
	uint32_t have;

	if (!read_yescrypt_number(c, 1, &have) || have & ~3u)
		return 0;
	if (have & 1 && !read_yescrypt_number(c, 2, p))
		return 0;
	return !(have & 2) || read_yescrypt_number(c, 1, t);
}

/* Whole bytes, least significant bits first: what is left over of the last is no bit. */
static int is_yescrypt_salt(const struct idbc_str *salt)
{
	size_t over = salt->len % 4;

	if (!over)
		return 1;
	return over > 1 && h64_value(salt->ptr[salt->len - 1]) < (over == 2 ? 4 : 16);
}

static int parse_yescrypt(struct cursor *c, enum form form, struct stored *st)
{
	uint32_t flavor, n_log2, r, p = 1, t = 0;

	if (!read_yescrypt_number(c, 0, &flavor) || !read_yescrypt_number(c, 1, &n_log2) ||
	    !read_yescrypt_number(c, 1, &r) || n_log2 > 63)
		return PASSWORD_MALFORMED;
	if (c->at < c->end && *c->at != '$' && !read_yescrypt_more(c, &p, &t))
		return PASSWORD_MALFORMED;
	st->cost.kind = COST_SCRYPT;
	st->cost.rounds = n_log2;
	st->cost.memory = r;
	st->cost.lanes = (uint64_t)p * (1 + (uint64_t)t);
	if (!cursor_literal(c, "$") || read_tail(c, form, st) || !is_yescrypt_salt(&st->salt))
		return PASSWORD_MALFORMED;
	return PARSED;
}

/* Five characters, thirty bits, least significant first. */
static int read_30_bits(struct cursor *c, uint64_t *out)
{
	struct idbc_str text;

	*out = 0;
	if (!cursor_take(c, 5, &text) || !str_only(&text, ENCODE_H64))
		return 0;
	for (size_t i = 0; i < 5; i++)
		*out |= (uint64_t)h64_value(text.ptr[i]) << (6 * i);
	return 1;
}

static int parse_scrypt7(struct cursor *c, enum form form, struct stored *st)
{
	struct idbc_str log2;

	st->cost.kind = COST_SCRYPT;
	if (!cursor_take(c, 1, &log2) || h64_value(*log2.ptr) < 1 ||
	    !read_30_bits(c, &st->cost.memory) || !read_30_bits(c, &st->cost.lanes) ||
	    !st->cost.memory || !st->cost.lanes)
		return PASSWORD_MALFORMED;
	st->cost.rounds = (uint64_t)h64_value(*log2.ptr);
	return read_tail(c, form, st);
}

/* Fixed length, one alphabet; bsdi's first four characters count its rounds. */
static int parse_fixed(struct cursor *c, enum form form, struct stored *st)
{
	struct idbc_str rest;
	size_t len = facts[form].salt_min + facts[form].digest + (form == FORM_BSDI ? 4 : 0);

	rest = cursor_rest(c);
	if (rest.len != len || !str_only(&rest, ENCODE_H64))
		return PASSWORD_MALFORMED;
	if (form != FORM_BSDI)
		return PARSED;
	st->cost.kind = COST_ROUNDS;
	st->cost.rounds = 0;
	for (size_t i = 0; i < 4; i++)
		st->cost.rounds |= (uint64_t)h64_value(rest.ptr[i]) << (6 * i);
	return st->cost.rounds ? PARSED : PASSWORD_MALFORMED;
}

static int parse_nt3(struct cursor *c, struct stored *st)
{
	struct idbc_str hex = cursor_rest(c);

	st->digest_len = 16;
	return hex_decode(&hex, st->digest, 16) == 16 ? PARSED : PASSWORD_MALFORMED;
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	enum form form = (enum form)scheme->variant;
	struct cursor c = cursor_of(&in->hash);

	if (!cursor_literal(&c, facts[form].prefix))
		return PASSWORD_MALFORMED;
	st->text = in->hash;
	st->variant = scheme->variant;
	switch (form) {
	case FORM_YESCRYPT: case FORM_GOST:
		return parse_yescrypt(&c, form, st);
	case FORM_SCRYPT7:
		return parse_scrypt7(&c, form, st);
	case FORM_SHA512: case FORM_SHA256:
		return parse_sha(&c, form, st);
	case FORM_SHA1:
		return parse_sha1(&c, form, st);
	case FORM_SUNMD5:
		return parse_sunmd5(&c, form, st);
	case FORM_MD5: case FORM_APR1:
		st->cost = (struct cost){ COST_MIXED, MD5_ROUNDS, 0, 0 };
		return read_tail(&c, form, st);
	case FORM_NT3:
		return parse_nt3(&c, st);
	default:
		return parse_fixed(&c, form, st);
	}
}

int crypt_verify(const struct stored *st, const struct scheme_in *in)
{
	uint32_t cut = (st->inner ? st->inner : st->scheme)->sees_bytes;
	size_t sees = cut ? cut : UNIXCRYPT_SEES;
	size_t seen = in->password->len < sees ? in->password->len : sees;
	char hash[UNIXCRYPT_BYTES];
	int same, rc = unixcrypt(in->password, sees, &st->text, hash);

	if (rc)
		return rc;
	same = strlen(hash) == st->text.len && secret_equal(hash, st->text.ptr, st->text.len);
	same &= !memchr(in->password->ptr, '\0', seen);
	same &= cut || in->password->len <= UNIXCRYPT_SEES;
	secret_wipe(hash, sizeof(hash));
	return same ? PASSWORD_MATCH : PASSWORD_MISMATCH;
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	char setting[UNIXCRYPT_BYTES], hash[UNIXCRYPT_BYTES] = "";
	const struct form_facts *f = &facts[scheme->variant];
	struct idbc_str text;
	int rc;

	if (unixcrypt_setting(f->prefix, scheme->costs ? costs[0] : 0, setting))
		return PASSWORD_FAILED;
	text = str_of(setting);
	if (in->password)
		rc = unixcrypt(in->password, UNIXCRYPT_SEES, &text, hash);
	else
		rc = random_text(ENCODE_H64, hash, f->digest);
	if (!in->password) {
		int open = *f->prefix == '$' && text.len && text.ptr[text.len - 1] != '$';
		rc |= buf_add(out, text.ptr, text.len) || buf_add(out, "$", (size_t)open);
	}
	rc |= buf_add_str(out, hash);
	secret_wipe(hash, sizeof(hash));
	return rc ? PASSWORD_FAILED : 0;
}

/* md5crypt writes its sixteen bytes in this order. */
static void apr1_text(const unsigned char d[16], char out[24])
{
	static const unsigned char order[15] = { 12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4 };
	unsigned char bytes[16];

	for (size_t i = 0; i < 15; i++)
		bytes[i] = d[order[i]];
	bytes[15] = d[11];
	h64_encode(bytes, sizeof(bytes), out);
	secret_wipe(bytes, sizeof(bytes));
}

static int verify_apr1(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str password = { in->password->ptr, in->password->len };
	unsigned char digest[16];
	char text[24];
	int same;

	if (md5crypt("$apr1$", &password, &st->salt, digest))
		return PASSWORD_FAILED;
	apr1_text(digest, text);
	same = secret_equal(text, st->text.ptr + st->text.len - 22, 22);
	secret_wipe(digest, sizeof(digest));
	secret_wipe(text, sizeof(text));
	return same ? PASSWORD_MATCH : PASSWORD_MISMATCH;
}

static int make_apr1(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char digest[16];
	char salt[9], text[24];
	struct idbc_str password, salt_str = { salt, 8 };
	int rc = random_text(ENCODE_H64, salt, 8) || random_bytes(digest, sizeof(digest));

	(void)scheme;
	(void)costs;
	if (!rc && in->password) {
		password = (struct idbc_str){ in->password->ptr, in->password->len };
		rc = md5crypt("$apr1$", &password, &salt_str, digest);
	}
	apr1_text(digest, text);
	return rc || buf_addf(out, "$apr1$%s$%s", salt, text) ? PASSWORD_FAILED : 0;
}

/* Each byte, not each character, becomes sixteen bits. */
static int verify_nt3(const struct stored *st, const struct scheme_in *in)
{
	struct secret wide = SECRET_INIT;
	unsigned char digest[DIGEST_MAX_BYTES];
	struct idbc_str part;
	int rc = PASSWORD_FAILED;

	if (!digest_known(DIGEST_MD4))
		return PASSWORD_UNSUPPORTED;
	if (secret_alloc(&wide, in->password->len * 2))
		return PASSWORD_FAILED;
	for (size_t i = 0; i < in->password->len; i++)
		wide.ptr[2 * i] = in->password->ptr[i];
	part = (struct idbc_str){ wide.ptr, wide.len };
	if (!digest_of(DIGEST_MD4, &part, 1, digest))
		rc = stored_compare(st, digest);
	secret_free(&wide);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static const struct cost_key sha512_costs[] = { { "rounds", 656000, 1000, 5000000 }, { 0 } };
static const struct cost_key sha256_costs[] = { { "rounds", 535000, 1000, 5000000 }, { 0 } };
static const struct cost_key yescrypt_costs[] = { { "cost", 5, 1, 8 }, { 0 } };
static const struct cost_key scrypt7_costs[] = { { "cost", 7, 6, 9 }, { 0 } };
static const struct cost_key sha1_costs[] = { { "rounds", 480000, 4, 900000 }, { 0 } };

#define CRYPT(name, flags, form, sees, costs, verify, make) \
	{ "crypt/" name, flags, form, sees, sees ? 0 : UNIXCRYPT_SEES, costs, parse, verify, make }

static const struct scheme schemes[] = {
	CRYPT("yescrypt", SCHEME_SELF, FORM_YESCRYPT, 0, yescrypt_costs, crypt_verify, make),
	CRYPT("gost-yescrypt", SCHEME_SELF, FORM_GOST, 0, yescrypt_costs, crypt_verify, make),
	CRYPT("scrypt7", SCHEME_SELF, FORM_SCRYPT7, 0, scrypt7_costs, crypt_verify, make),
	CRYPT("sha512crypt", SCHEME_SELF, FORM_SHA512, 0, sha512_costs, crypt_verify, make),
	CRYPT("sha256crypt", SCHEME_SELF, FORM_SHA256, 0, sha256_costs, crypt_verify, make),
	CRYPT("sha1crypt", SCHEME_SELF, FORM_SHA1, 0, sha1_costs, crypt_verify, make),
	CRYPT("sunmd5", SCHEME_SELF, FORM_SUNMD5, 0, NULL, crypt_verify, NULL),
	CRYPT("md5crypt", SCHEME_SELF | SCHEME_WEAK, FORM_MD5, 0, NULL, crypt_verify, make),
	CRYPT("apr1", SCHEME_SELF | SCHEME_WEAK, FORM_APR1, 0, NULL, verify_apr1, make_apr1),
	CRYPT("bsdi", SCHEME_SELF | SCHEME_WEAK, FORM_BSDI, 0, NULL, crypt_verify, NULL),
	CRYPT("nt3", SCHEME_SELF | SCHEME_WEAK, FORM_NT3, 0, NULL, verify_nt3, NULL),
	CRYPT("des", SCHEME_WEAK, FORM_DES, 8, NULL, crypt_verify, make),
};

static int looks_like_des(const struct idbc_str *s)
{
	return s->len == 13 && str_only(s, ENCODE_H64);
}

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	size_t last = sizeof(schemes) / sizeof(schemes[0]) - 1;

	for (size_t i = 0; i < last; i++) {
		const char *prefix = facts[schemes[i].variant].prefix;
		if (!str_begins(&in->hash, prefix))
			continue;
		if (*prefix == '_' && !named && in->hash.len != 20)
			continue;
		*out = &schemes[i];
		return PARSED;
	}
	if (!named || !looks_like_des(&in->hash))
		return str_begins(&in->hash, "$3$") ? PASSWORD_MALFORMED : NOT_MINE;
	*out = &schemes[last];
	return PARSED;
}

const struct family family_crypt = {
	"crypt", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
