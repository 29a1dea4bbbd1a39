/* connector/password/scheme/forum.c - bulletin boards: digests of digests, SHA-1 or bcrypt of
 * name and password, phpBB's form of phpass.
 *
 * What a form typed was, boards changed before they hashed it (entities for quotes, another
 * character set); that is a connection's "input".  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

/* The name in lower case, as PHP's strtolower() does it: ASCII alone; then the password. */
static int with_name(const struct scheme_in *in, struct secret *out)
{
	size_t n = in->username.len;

	if (secret_alloc(out, n + in->password->len))
		return -1;
	for (size_t i = 0; i < n; i++) {
		char c = in->username.ptr[i];
		out->ptr[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	memcpy(out->ptr + n, in->password->ptr, in->password->len);
	return 0;
}

/* Simple Machines 1 and 2.0 */
static int parse_smf1(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	(void)scheme;
	st->digest_len = digest_bytes(DIGEST_SHA1);
	return hex_decode(&in->hash, st->digest, sizeof(st->digest)) == (int64_t)st->digest_len
		? PARSED : PASSWORD_MALFORMED;
}

static int smf1(const struct scheme_in *in, unsigned char *out)
{
	struct secret text = SECRET_INIT;
	struct idbc_str part;
	int rc = with_name(in, &text);

	part = (struct idbc_str){ text.ptr, text.len };
	if (!rc)
		rc = digest_of(DIGEST_SHA1, &part, 1, out);
	secret_free(&text);
	return rc;
}

static int verify_smf1(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!smf1(in, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make_smf1(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = in->password ? smf1(in, digest) : random_bytes(digest, sizeof(digest));

	(void)scheme;
	(void)costs;
	if (!rc)
		rc = hex_add(out, digest, digest_bytes(DIGEST_SHA1));
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

/* --- bcrypt: of the name and the password, or of the text of an MD5 ------------------- */
enum bcrypt_form { FORM_SMF2, FORM_VBULLETIN5 };

static int bcrypt_text(uint32_t form, const struct scheme_in *in, struct secret *out)
{
	struct idbc_str password = { in->password->ptr, in->password->len };

	return form == FORM_SMF2 ? with_name(in, out)
				 : derived_hex(DIGEST_MD5, &password, 1, out);
}

static int parse_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	st->variant = scheme->variant;
	return bcrypt_parse(&in->hash, st);
}

static int verify_bcrypt(const struct stored *st, const struct scheme_in *in)
{
	struct secret text = SECRET_INIT;
	int rc = PASSWORD_FAILED;

	if (!bcrypt_text(st->variant, in, &text))
		rc = bcrypt_verify(st, &text);
	secret_free(&text);
	return rc;
}

static int make_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct secret text = SECRET_INIT;
	int rc = in->password ? bcrypt_text(scheme->variant, in, &text) : 0;

	if (!rc)
		rc = bcrypt_make('y', in->password ? &text : NULL, costs[0], out);
	secret_free(&text);
	return rc ? PASSWORD_FAILED : 0;
}

/* --- phpBB 3.0: phpass under a prefix of its own --------------------------------------- */
static const struct phpass_form phpbb3 = { "$H$", DIGEST_MD5, PHPASS_MD5_CHARS };

static int parse_phpbb3(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);

	(void)scheme;
	return phpass_parse(&c, &phpbb3, st);
}

static int verify_phpbb3(const struct stored *st, const struct scheme_in *in)
{
	return phpass_verify(st, in->password);
}

static int make_phpbb3(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	(void)scheme;
	return phpass_make(&phpbb3, in->password, costs[0], out);
}

static const struct cost_key phpbb3_costs[] = { { "log2", 11, 7, 22 }, { 0 } };
static const struct cost_key bcrypt_costs[] = { { "cost", 10, 4, 15 }, { 0 } };

#define NEST(name, digest, form, flags) \
	{ "forum/" name, SCHEME_WEAK | SCHEME_SALT | (flags), NESTED(digest, form), 0, 0, NULL, \
	  nested_parse, nested_verify, nested_make }

static const struct scheme schemes[] = {
	NEST("vbulletin3", DIGEST_MD5, NESTED_TEXT_SALT, SCHEME_SALT_LEN(3)),
	NEST("vbulletin4", DIGEST_MD5, NESTED_TEXT_SALT, SCHEME_SALT_LEN(30)),
	{ "forum/vbulletin5", 0, FORM_VBULLETIN5, 0, 0, bcrypt_costs, parse_bcrypt,
	  verify_bcrypt, make_bcrypt },
	NEST("mybb", DIGEST_MD5, NESTED_BOTH, SCHEME_SALT_LEN(8)),
	NEST("ipb3", DIGEST_MD5, NESTED_BOTH, SCHEME_SALT_LEN(5)),
	{ "forum/smf1", SCHEME_WEAK | SCHEME_USER, 0, 0, 0, NULL, parse_smf1, verify_smf1,
	  make_smf1 },
	{ "forum/smf2-bcrypt", SCHEME_USER, FORM_SMF2, 72, 0, bcrypt_costs, parse_bcrypt,
	  verify_bcrypt, make_bcrypt },
	{ "forum/phpbb3", 0, 0, 0, 0, phpbb3_costs, parse_phpbb3, verify_phpbb3, make_phpbb3 },
	NEST("punbb", DIGEST_SHA1, NESTED_SALT_TEXT, SCHEME_SALT_LEN(12)),
	NEST("wbb3", DIGEST_SHA1, NESTED_SALT_TWICE, SCHEME_SALT_LEN(40) | SCHEME_SALT_HEX),
	NEST("xenforo1-sha256", DIGEST_SHA256, NESTED_TEXT_SALT,
	     SCHEME_SALT_LEN(64) | SCHEME_SALT_HEX),
	NEST("xenforo1-sha1", DIGEST_SHA1, NESTED_TEXT_SALT,
	     SCHEME_SALT_LEN(40) | SCHEME_SALT_HEX),
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

static const struct scheme *find(const char *id)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (!strcmp(schemes[i].id, id))
			return &schemes[i];
	return NULL;
}

/* Most look like another of them; what cannot be told apart is not guessed. */
static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	const struct idbc_str *s = &in->hash;
	struct stored st = { 0 };

	if (!named)
		return NOT_MINE;
	if (str_begins(s, "$2"))
		return bcrypt_parse(s, &st) ? PASSWORD_MALFORMED : PASSWORD_UNSUPPORTED;
	if (str_begins(s, "$H$"))
		*out = find("forum/phpbb3");
	else if (s->len == 64 && str_is_hex(s))
		*out = find("forum/xenforo1-sha256");
	else
		return form_is_digest_hex(s) ? PASSWORD_UNSUPPORTED : NOT_MINE;
	return PARSED;
}

const struct family family_forum = { "forum", schemes, SCHEMES, identify };
