/* connector/password/scheme/windows.c - what Windows and Samba keep: the NT hash, the LAN
 * Manager hash before it, and the domain's cached credential.  All of them are 32 digits,
 * as many others are: each is used only where it is named.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"
#include "password/tool/utf16.h"

#define LM_SEES 14u
#define LM_WORD "KGS!@#$%"

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	(void)scheme;
	return stored_hex(st, DIGEST_MD4, &in->hash);
}

/* MD4 of UTF-16.  0, 1: not UTF-8, or -1. */
static int nt_hash(const struct secret *password, unsigned char *out)
{
	struct idbc_str text = { password->ptr, password->len }, part;
	struct secret wide = SECRET_INIT;
	int rc = utf16_of(&text, UTF16_LITTLE, &wide);

	part = (struct idbc_str){ wide.ptr, wide.len };
	if (!rc)
		rc = digest_of(DIGEST_MD4, &part, 1, out);
	secret_free(&wide);
	return rc;
}

static int verify_nt(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc;

	if (!digest_known(DIGEST_MD4))
		return PASSWORD_UNSUPPORTED;
	rc = stored_judge(st, nt_hash(in->password, digest), digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_nt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = random_bytes(digest, sizeof(digest));

	(void)scheme;
	(void)costs;
	if (!rc && in->password)
		rc = digest_known(DIGEST_MD4) ? nt_hash(in->password, digest) : -1;
	rc = rc || hex_add(out, digest, 16);
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

/* The NT hash again, with the user's name in lower case behind it. */
static int verify_dcc(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct secret name = SECRET_INIT;
	struct idbc_str parts[2] = { { (const char *)digest, 16 }, { "", 0 } };
	int rc;

	if (!digest_known(DIGEST_MD4))
		return PASSWORD_UNSUPPORTED;
	rc = nt_hash(in->password, digest);
	if (!rc)
		rc = utf16_of(&in->username, UTF16_LITTLE | UTF16_LOWER, &name);
	parts[1] = (struct idbc_str){ name.ptr, name.len };
	if (!rc)
		rc = digest_of(DIGEST_MD4, parts, 2, digest);
	rc = stored_judge(st, rc, digest);
	secret_free(&name);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

/* In the code pages of DOS the upper-case letters that 437 and 850 agree upon; any other
 * character beyond ASCII depends on where the hash was made. */
static int lm_byte(unsigned c)
{
	static const struct { unsigned c; unsigned char byte; } letters[] = {
		{ 0xc7, 0x80 }, { 0xc4, 0x8e }, { 0xc5, 0x8f }, { 0xc9, 0x90 }, { 0xc6, 0x92 },
		{ 0xd6, 0x99 }, { 0xdc, 0x9a }, { 0xd1, 0xa5 }, { 0xdf, 0xe1 }, { 0xa3, 0x9c },
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].c == c)
			return letters[i].byte;
	return c < 0x80 ? (int)c : -1;
}

/* Fourteen bytes, filled up with zeros.  0, 1: it has no such form, or -1. */
static int lm_text(const struct secret *password, unsigned char out[LM_SEES])
{
	struct idbc_str text = { password->ptr, password->len };
	struct secret wide = SECRET_INIT;
	int byte = 0, rc = utf16_of(&text, UTF16_BIG | UTF16_UPPER, &wide);

	memset(out, 0, LM_SEES);
	for (size_t i = 0; !rc && byte >= 0 && i < wide.len / 2 && i < LM_SEES; i++) {
		byte = lm_byte((unsigned)(unsigned char)wide.ptr[2 * i] << 8 |
			       (unsigned char)wide.ptr[2 * i + 1]);
		out[i] = (unsigned char)byte;
	}
	secret_free(&wide);
	return rc ? rc : byte < 0;
}

/* Seven bytes are the 56 bits of a key; the lowest bit of each of its eight is unused. */
static int lm_half(const unsigned char seven[7], unsigned char out[8])
{
	unsigned char key[8];
	uint64_t bits = 0;
	int rc;

	for (size_t i = 0; i < 7; i++)
		bits = bits << 8 | seven[i];
	for (size_t i = 0; i < 8; i++)
		key[i] = (unsigned char)(bits >> (49 - 7 * i) << 1);
	rc = digest_des(key, (const unsigned char *)LM_WORD, 8, out);
	secret_wipe(key, sizeof(key));
	return rc;
}

static int verify_lm(const struct stored *st, const struct scheme_in *in)
{
	unsigned char text[LM_SEES], digest[16];
	int rc = lm_text(in->password, text);

	if (!rc)
		rc = lm_half(text, digest) || lm_half(text + 7, digest + 8) ? -1 : 0;
	rc = stored_judge(st, rc, digest);
	secret_wipe(text, sizeof(text));
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static const struct scheme schemes[] = {
	{ "windows/nthash-hex", SCHEME_WEAK, 0, 0, 0, NULL, parse, verify_nt, make_nt },
	{ "windows/lmhash-hex", SCHEME_WEAK | SCHEME_FOLDS, 0, LM_SEES, 0, NULL, parse, verify_lm,
	  NULL },
	{ "windows/dcc", SCHEME_WEAK | SCHEME_USER, 0, 0, 0, NULL, parse, verify_dcc, NULL },
};

/* All look alike: of the family alone it is what Windows keeps today. */
static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct stored st = { 0 };

	if (!named || parse(&schemes[0], in, &st))
		return NOT_MINE;
	*out = &schemes[0];
	return PARSED;
}

const struct family family_windows = {
	"windows", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
