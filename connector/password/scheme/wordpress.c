/* connector/password/scheme/wordpress.c - WordPress: since 6.8 bcrypt over an HMAC, before it
 * phpass, in its first years MD5.
 *
 * WordPress cuts white space off both ends of a password, when it is set and when it is
 * typed; so does this.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

enum form { FORM_BCRYPT, FORM_PHPASS, FORM_MD5 };
#define BCRYPT_PREFIX "$wp"
#define WORDPRESS_MAX 4096u

static const struct phpass_form phpass = { "$P$", DIGEST_MD5, PHPASS_MD5_CHARS };
static const struct cost_key bcrypt_costs[] = { { "cost", 10, 4, 15 }, { NULL, 0, 0, 0 } };
static const struct cost_key phpass_costs[] = { { "log2", 13, 7, 22 }, { NULL, 0, 0, 0 } };

static int is_white(char c)
{
	return c == '\0' || strchr(" \t\n\r\v", c) != NULL;
}

static struct idbc_str trimmed(const struct secret *password)
{
	struct idbc_str s = { password->ptr, password->len };

	while (s.len && is_white(*s.ptr))
		s = str_from(&s, 1);
	while (s.len && is_white(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* What the form hashes: the trimmed password, or its HMAC. */
static int hash_input(uint32_t form, const struct secret *password, struct secret *out)
{
	struct idbc_str key = str_of("wp-sha384"), text = trimmed(password);

	if (form == FORM_BCRYPT)
		return derived_hmac_b64(DIGEST_SHA384, &key, &text, out);
	return secret_copy(out, text.ptr, text.len);
}

/* "$wp" and a whole bcrypt hash, its own '$' included. */
static int parse_bcrypt(const struct idbc_str *text, struct stored *st)
{
	struct idbc_str hash;

	if (!str_begins(text, BCRYPT_PREFIX "$2"))
		return PASSWORD_MALFORMED;
	hash = str_from(text, strlen(BCRYPT_PREFIX));
	return bcrypt_parse(&hash, st);
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);

	st->variant = scheme->variant;
	if (scheme->variant == FORM_BCRYPT)
		return parse_bcrypt(&in->hash, st);
	if (scheme->variant == FORM_PHPASS)
		return phpass_parse(&c, &phpass, st);
	return stored_hex(st, DIGEST_MD5, &in->hash);
}

static int verify_md5(const struct stored *st, const struct secret *input)
{
	struct idbc_str part = { input->ptr, input->len };

	return stored_digest(st, &part, 1);
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	struct secret input = SECRET_INIT;
	int rc = PASSWORD_FAILED;

	if (hash_input(st->variant, in->password, &input))
		return rc;
	if (st->variant == FORM_BCRYPT)
		rc = bcrypt_verify(st, &input);
	else if (st->variant == FORM_PHPASS)
		rc = phpass_verify(st, &input);
	else
		rc = verify_md5(st, &input);
	secret_free(&input);
	return rc;
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	struct secret input = SECRET_INIT;
	const struct secret *given = in->password ? &input : NULL;
	int rc = PASSWORD_FAILED;

	if (in->password && hash_input(scheme->variant, in->password, &input))
		return rc;
	if (scheme->variant == FORM_PHPASS)
		rc = phpass_make(&phpass, given, costs[0], out);
	else if (!buf_add_str(out, BCRYPT_PREFIX))
		rc = bcrypt_make('y', given, costs[0], out);
	secret_free(&input);
	return rc;
}

static const struct scheme schemes[] = {
	{ "wordpress/wp-bcrypt", SCHEME_SELF, FORM_BCRYPT, 0, WORDPRESS_MAX, bcrypt_costs, parse,
	  verify, make },
	{ "wordpress/P", SCHEME_SELF, FORM_PHPASS, 0, WORDPRESS_MAX, phpass_costs, parse, verify,
	  make },
	{ "wordpress/wp-md5", SCHEME_WEAK, FORM_MD5, 0, 0, NULL, parse, verify, NULL },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	if (str_begins(&in->hash, BCRYPT_PREFIX))
		*out = &schemes[FORM_BCRYPT];
	else if (str_begins(&in->hash, phpass.prefix))
		*out = &schemes[FORM_PHPASS];
	else if (named && in->hash.len == 32 && str_is_hex(&in->hash))
		*out = &schemes[FORM_MD5];
	else
		return NOT_MINE;
	return PARSED;
}

const struct family family_wordpress = {
	"wordpress", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
