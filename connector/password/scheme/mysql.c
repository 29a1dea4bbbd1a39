/* connector/password/scheme/mysql.c - what MySQL and MariaDB keep for their own users, and
 * applications that borrowed PASSWORD(): "*" and sha1(sha1(P)), the sixteen digits of
 * OLD_PASSWORD(), and "$A$005$", which is sha256crypt with 20 bytes of salt.
 * Threads: any.  Lock: none.
 */
#include <stdio.h>
#include <string.h>

#include "password/scheme/scheme.h"

#define SHA2_SALT   20u
#define SHA2_DIGEST 43u

static int parse_41(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct idbc_str hex;

	(void)scheme;
	if (!str_begins(&in->hash, "*"))
		return PASSWORD_MALFORMED;
	hex = str_from(&in->hash, 1);
	return stored_hex(st, DIGEST_SHA1, &hex);
}

static int compute_41(const struct secret *password, unsigned char *out)
{
	struct idbc_str part = { password->ptr, password->len };
	struct idbc_str again = { (const char *)out, digest_bytes(DIGEST_SHA1) };

	return digest_of(DIGEST_SHA1, &part, 1, out) || digest_of(DIGEST_SHA1, &again, 1, out);
}

static int verify_41(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!compute_41(in->password, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_41(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = random_bytes(digest, sizeof(digest));

	(void)scheme;
	(void)costs;
	if (!rc && in->password)
		rc = compute_41(in->password, digest);
	rc = rc || buf_add(out, "*", 1);
	for (size_t i = 0; !rc && i < digest_bytes(DIGEST_SHA1); i++)
		rc = buf_addf(out, "%02X", digest[i]);
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

static int parse_323(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	(void)scheme;
	st->digest_len = 8;
	return hex_decode(&in->hash, st->digest, sizeof(st->digest)) == 8 ? PARSED
									  : PASSWORD_MALFORMED;
}

static void put_word(uint32_t word, unsigned char *out)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (unsigned char)(word >> (24 - 8 * i));
}

/* No library has OLD_PASSWORD(): two sums of 31 bits, blanks and tabs left out. */
static int verify_323(const struct stored *st, const struct scheme_in *in)
{
	uint32_t a = 1345345333, b = 0x12345671, add = 7;
	unsigned char digest[8];
	int rc;

	for (size_t i = 0; i < in->password->len; i++) {
		uint32_t c = (unsigned char)in->password->ptr[i];

		if (c == ' ' || c == '\t')
			continue;
		a ^= ((a & 63) + add) * c + (a << 8);
		b += (b << 8) ^ a;
		add += c;
	}
	put_word(a & 0x7fffffff, digest);
	put_word(b & 0x7fffffff, digest + 4);
	rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

/* "$A$", three digits that count thousands of rounds, "$", salt, digest. */
static int parse_sha2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str count;

	(void)scheme;
	if (!cursor_literal(&c, "$A$") || !cursor_take(&c, 3, &count) ||
	    !str_only(&count, "0123456789ABCDEF") || !cursor_literal(&c, "$") ||
	    !cursor_take(&c, SHA2_SALT, &st->salt))
		return PASSWORD_MALFORMED;
	st->cost.kind = COST_SHACRYPT;
	for (size_t i = 0; i < 3; i++)
		st->cost.rounds = st->cost.rounds * 16 +
			(uint64_t)(strchr("0123456789ABCDEF", count.ptr[i]) -
				   "0123456789ABCDEF");
	st->cost.rounds *= 1000;
	st->text = cursor_rest(&c);
	return st->cost.rounds && st->text.len == SHA2_DIGEST && str_only(&st->text, ENCODE_H64)
		? PARSED : PASSWORD_MALFORMED;
}

static int verify_sha2(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str password = { in->password->ptr, in->password->len };
	char text[SHA2_DIGEST + 1];
	int same;

	if (password.len > SHA256CRYPT_MAX)     /* MySQL takes none that is longer */
		return PASSWORD_MISMATCH;
	if (sha256crypt(&password, &st->salt, st->cost.rounds, text))
		return PASSWORD_FAILED;
	same = secret_equal(text, st->text.ptr, SHA2_DIGEST);
	secret_wipe(text, sizeof(text));
	return same ? PASSWORD_MATCH : PASSWORD_MISMATCH;
}

static int make_sha2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	char salt[SHA2_SALT + 1], text[SHA2_DIGEST + 1];
	struct idbc_str p = { "", 0 }, salt_str = { salt, SHA2_SALT };
	int rc = random_text(ENCODE_H64, salt, SHA2_SALT) ||
		random_text(ENCODE_H64, text, SHA2_DIGEST);

	(void)scheme;
	if (!rc && in->password) {
		p = (struct idbc_str){ in->password->ptr, in->password->len };
		rc = sha256crypt(&p, &salt_str, (uint64_t)costs[0] * 1000, text);
	}
	if (!rc)
		rc = buf_addf(out, "$A$%03X$%s%s", (unsigned)costs[0], salt, text);
	secret_wipe(text, sizeof(text));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct cost_key sha2_costs[] = { { "thousand_rounds", 535, 5, 4095 }, { 0 } };

static const struct scheme schemes[] = {
	{ "mysql/caching_sha2", SCHEME_SELF | SCHEME_BYTES, 0, 0, SHA256CRYPT_MAX, sha2_costs,
	  parse_sha2, verify_sha2, make_sha2 },
	{ "mysql/mysql41", SCHEME_SELF | SCHEME_WEAK, 0, 0, 0, NULL, parse_41, verify_41, make_41 },
	{ "mysql/mysql323", SCHEME_WEAK | SCHEME_FOLDS, 0, 0, 0, NULL, parse_323, verify_323, NULL },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct stored st = { 0 };

	if (str_begins(&in->hash, "$A$"))
		*out = &schemes[0];
	else if (!parse_41(&schemes[1], in, &st))
		*out = &schemes[1];
	else if (named && !parse_323(&schemes[2], in, &st))
		*out = &schemes[2];
	else
		return NOT_MINE;
	return PARSED;
}

const struct family family_mysql = {
	"mysql", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
