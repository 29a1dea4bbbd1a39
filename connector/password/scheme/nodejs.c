/* connector/password/scheme/nodejs.c - passport-local-mongoose: a PBKDF2 key in hexadecimal,
 * its salt, hexadecimal too, hashed as the text it is.
 *
 * Iterations, length and digest are options of the plug-in, not in the row.
 * Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

static const struct pbkdf2_site form = { DIGEST_SHA256, 25000, 512 };

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	(void)scheme;
	st->salt = in->salt;
	return in->salt.len ? pbkdf2_hex_parse(&form, in, st) : PASSWORD_MALFORMED;
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	(void)scheme;
	(void)costs;
	return pbkdf2_hex_make(&form, in, &in->salt, out);
}

static const struct scheme schemes[] = {
	{ "nodejs/passport-local-mongoose", SCHEME_SALT | SCHEME_SALT_HEX | SCHEME_SALT_LEN(64),
	  0, 0, 0, NULL, parse, pbkdf2_verify, make },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	if (!named || !str_is_hex(&in->hash))
		return NOT_MINE;
	*out = &schemes[0];
	return PARSED;
}

const struct family family_nodejs = {
	"nodejs", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
