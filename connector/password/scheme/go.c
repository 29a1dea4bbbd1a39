/* connector/password/scheme/go.c - Gitea and Grafana: a PBKDF2 key of 50 bytes in hexadecimal.
 *
 * A salt of ten characters is text; newer Giteas write longer ones, hexadecimal, and hash
 * their bytes.  Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

#define TEXT_SALT 10u
#define HEX_SALT  32u

static const struct pbkdf2_site form = { DIGEST_SHA256, 10000, 50 };

static int is_hex_salt(const struct idbc_str *salt)
{
	return salt->len >= HEX_SALT && salt->len % 2 == 0 && str_is_hex(salt);
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	int64_t len = (int64_t)in->salt.len;

	(void)scheme;
	st->salt = in->salt;
	if (is_hex_salt(&in->salt)) {
		len = hex_decode(&in->salt, st->salt_bytes, sizeof(st->salt_bytes));
		st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)len };
	}
	return len > 0 ? pbkdf2_hex_parse(&form, in, st) : PASSWORD_MALFORMED;
}

/* A new salt is of the old form, which every version reads. */
static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	(void)scheme;
	(void)costs;
	return pbkdf2_hex_make(&form, in, &in->salt, out);
}

static const struct scheme schemes[] = {
	{ "go/gitea-pbkdf2", SCHEME_SALT | SCHEME_SALT_LEN(TEXT_SALT), 0, 0, 0, NULL, parse,
	  pbkdf2_verify, make },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	if (!named || !str_is_hex(&in->hash))
		return NOT_MINE;
	*out = &schemes[0];
	return PARSED;
}

const struct family family_go = {
	"go", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
