/* connector/password/scheme/database.c - what SQL Server and Oracle keep for their own users:
 * "0x0100" and "0x0200" (or the bytes themselves), "S:", "T:", and sixteen digits made by
 * DES.  None is recognised unless the family is named.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"
#include "password/tool/utf16.h"

#define MSSQL_SALT    4u
#define ORACLE11_SALT 10u
#define ORACLE12_SALT 16u
#define ORACLE12_ROUNDS 4096u
#define SPEEDY "AUTH_PBKDF2_SPEEDY_KEY"

/* Version, salt, digest; before 2005 the digest of the password in upper case as well. */
static const struct mssql {
	const char *version;
	enum digest md;
	size_t bytes;
} mssql[] = {
	{ "\x01\x00", DIGEST_SHA1, 46 }, { "\x01\x00", DIGEST_SHA1, 26 },
	{ "\x02\x00", DIGEST_SHA512, 70 },
};

static int parse_mssql(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	const struct mssql *form = &mssql[scheme->variant];
	unsigned char bytes[70];
	struct idbc_str hex;

	if (in->hash.len == form->bytes) {
		memcpy(bytes, in->hash.ptr, form->bytes);
	} else {
		if (!str_begins(&in->hash, "0x"))
			return PASSWORD_MALFORMED;
		hex = str_from(&in->hash, 2);
		if (hex_decode(&hex, bytes, sizeof(bytes)) != (int64_t)form->bytes)
			return PASSWORD_MALFORMED;
	}
	if (memcmp(bytes, form->version, 2))
		return PASSWORD_MALFORMED;
	memcpy(st->salt_bytes, bytes + 2, MSSQL_SALT);
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, MSSQL_SALT };
	st->md = form->md;
	st->digest_len = digest_bytes(form->md);
	memcpy(st->digest, bytes + 2 + MSSQL_SALT, st->digest_len);
	return PARSED;
}

/* 0, 1: not UTF-8, or -1. */
static int compute_mssql(enum digest md, const struct secret *password,
	const struct idbc_str *salt, unsigned char *out)
{
	struct idbc_str text = { password->ptr, password->len }, parts[2];
	struct secret wide = SECRET_INIT;
	int rc = utf16_of(&text, UTF16_LITTLE, &wide);

	parts[0] = (struct idbc_str){ wide.ptr, wide.len };
	parts[1] = *salt;
	if (!rc)
		rc = digest_of(md, parts, 2, out);
	secret_free(&wide);
	return rc;
}

static int verify_mssql(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = compute_mssql(st->md, in->password, &st->salt, digest);

	rc = stored_judge(st, rc, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_mssql(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	const struct mssql *form = &mssql[scheme->variant];
	unsigned char bytes[6 + DIGEST_MAX_BYTES];
	struct idbc_str salt = { (const char *)bytes + 2, MSSQL_SALT };
	int rc = random_bytes(bytes, sizeof(bytes));

	(void)costs;
	memcpy(bytes, form->version, 2);
	if (!rc && in->password)
		rc = compute_mssql(form->md, in->password, &salt, bytes + 6);
	rc = rc || buf_add_str(out, "0x");
	for (size_t i = 0; !rc && i < form->bytes; i++)
		rc = buf_addf(out, "%02X", bytes[i]);
	secret_wipe(bytes, sizeof(bytes));
	return rc ? PASSWORD_FAILED : 0;
}

/* A letter, ':', digest and salt in hexadecimal. */
static int parse_oracle(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	int twelve = scheme->variant == 12;
	enum digest md = twelve ? DIGEST_SHA512 : DIGEST_SHA1;
	size_t salt = twelve ? ORACLE12_SALT : ORACLE11_SALT;
	unsigned char bytes[DIGEST_MAX_BYTES + ORACLE12_SALT];
	struct idbc_str hex;

	if (!str_begins(&in->hash, twelve ? "T:" : "S:"))
		return PASSWORD_MALFORMED;
	hex = str_from(&in->hash, 2);
	if (hex_decode(&hex, bytes, sizeof(bytes)) != (int64_t)(digest_bytes(md) + salt))
		return PASSWORD_MALFORMED;
	if (twelve)
		st->cost = (struct cost){ pbkdf2_cost(md), ORACLE12_ROUNDS, 0, 0 };
	return salted_parsed(st, md, 1, bytes, (int64_t)(digest_bytes(md) + salt));
}

/* sha512(PBKDF2(P, S.word) . S) */
static int verify_oracle12(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str password = { in->password->ptr, in->password->len };
	unsigned char salt[ORACLE12_SALT + sizeof(SPEEDY) - 1], key[DIGEST_MAX_BYTES];
	struct idbc_str salt_str = { (const char *)salt, sizeof(salt) };
	struct idbc_str parts[2] = { { (const char *)key, sizeof(key) }, st->salt };
	int rc = PASSWORD_FAILED;

	memcpy(salt, st->salt.ptr, ORACLE12_SALT);
	memcpy(salt + ORACLE12_SALT, SPEEDY, sizeof(SPEEDY) - 1);
	if (!digest_pbkdf2(DIGEST_SHA512, &password, &salt_str, st->cost.rounds, key, sizeof(key)))
		rc = stored_digest(st, parts, 2);
	secret_wipe(key, sizeof(key));
	return rc;
}

static int parse_oracle10(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	(void)scheme;
	st->digest_len = 8;
	return hex_decode(&in->hash, st->digest, sizeof(st->digest)) == 8 ? PARSED
									  : PASSWORD_MALFORMED;
}

/* Of the text padded with zeros: what it encrypts to last is the key for a second time. */
static int des_twice(const struct secret *text, unsigned char out[8])
{
	static const unsigned char first[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	size_t len = (text->len + 7) / 8 * 8;
	struct secret padded = SECRET_INIT;
	unsigned char key[8];
	int rc = -1;

	if (!len || secret_alloc(&padded, len))
		return -1;
	memcpy(padded.ptr, text->ptr, text->len);
	if (!digest_des(first, (unsigned char *)padded.ptr, len, key))
		rc = digest_des(key, (unsigned char *)padded.ptr, len, out);
	secret_free(&padded);
	secret_wipe(key, sizeof(key));
	return rc;
}

/* User and password, in upper case, without anything between. */
static int verify_oracle10(const struct stored *st, const struct scheme_in *in)
{
	struct secret both = SECRET_INIT, wide = SECRET_INIT;
	struct idbc_str text;
	unsigned char digest[8];
	int rc = secret_alloc(&both, in->username.len + in->password->len);

	if (!rc && in->username.len)
		memcpy(both.ptr, in->username.ptr, in->username.len);
	if (!rc && in->password->len)
		memcpy(both.ptr + in->username.len, in->password->ptr, in->password->len);
	text = (struct idbc_str){ both.ptr, both.len };
	if (!rc)
		rc = both.len ? utf16_of(&text, UTF16_BIG | UTF16_UPPER, &wide) : 1;
	if (!rc)
		rc = des_twice(&wide, digest);
	rc = stored_judge(st, rc, digest);
	secret_free(&both);
	secret_free(&wide);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

#define WEAK SCHEME_WEAK
#define BYTES SCHEME_BYTES

static const struct scheme schemes[] = {
	{ "database/mssql2000", WEAK | BYTES, 0, 0, 0, NULL, parse_mssql, verify_mssql, NULL },
	{ "database/mssql2005", WEAK | BYTES, 1, 0, 0, NULL, parse_mssql, verify_mssql, make_mssql },
	{ "database/mssql2012", WEAK | BYTES, 2, 0, 0, NULL, parse_mssql, verify_mssql, make_mssql },
	{ "database/oracle10", WEAK | SCHEME_USER | SCHEME_FOLDS, 10, 0, 0, NULL, parse_oracle10,
	  verify_oracle10, NULL },
	{ "database/oracle11", WEAK, 11, 0, 0, NULL, parse_oracle, salted_verify, NULL },
	{ "database/oracle12", 0, 12, 0, 0, NULL, parse_oracle, verify_oracle12, NULL },
};

/* Each of them looks like itself alone. */
static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct stored st = { 0 };

	for (size_t i = 0; named && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (!schemes[i].parse(&schemes[i], in, &st)) {
			*out = &schemes[i];
			return PARSED;
		}
	return NOT_MINE;
}

const struct family family_database = {
	"database", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
