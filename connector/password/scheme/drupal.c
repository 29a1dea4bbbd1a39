/* connector/password/scheme/drupal.c - Drupal 7 to 10: phpass with SHA-512, cut to 55
 * characters in all.  "U" before a hash: it was made of an older row's MD5, so the password
 * is digested first.  Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

enum form { FORM_S, FORM_US, FORM_UP, FORM_MD5 };
#define DRUPAL_CHARS 43u
#define DRUPAL_MAX   512u       /* of a password; Drupal refuses a longer one */

static const struct phpass_form forms[3] = {
	[FORM_S] = { "$S$", DIGEST_SHA512, DRUPAL_CHARS },
	[FORM_US] = { "U$S$", DIGEST_SHA512, DRUPAL_CHARS },
	[FORM_UP] = { "U$P$", DIGEST_MD5, PHPASS_MD5_CHARS },
};
static const struct cost_key costs_s[] = { { "log2", 16, 7, 20 }, { NULL, 0, 0, 0 } };

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);

	st->variant = scheme->variant;
	if (scheme->variant != FORM_MD5)
		return phpass_parse(&c, &forms[scheme->variant], st);
	return stored_hex(st, DIGEST_MD5, &in->hash);
}

static int verify_s(const struct stored *st, const struct scheme_in *in)
{
	int rc = phpass_verify(st, in->password);

	return rc == PASSWORD_MATCH && in->password->len > DRUPAL_MAX ? PASSWORD_MISMATCH : rc;
}

static int verify_u(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str part = { in->password->ptr, in->password->len };
	struct secret input = SECRET_INIT;
	int rc = PASSWORD_FAILED;

	if (!derived_hex(DIGEST_MD5, &part, 1, &input))
		rc = phpass_verify(st, &input);
	secret_free(&input);
	return rc;
}

static int verify_md5(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str part = { in->password->ptr, in->password->len };

	return stored_digest(st, &part, 1);
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	return phpass_make(&forms[scheme->variant], in->password, costs[0], out);
}

static const struct scheme schemes[] = {
	{ "drupal/S", SCHEME_SELF, FORM_S, 0, DRUPAL_MAX, costs_s, parse, verify_s, make },
	{ "drupal/US", SCHEME_SELF, FORM_US, 0, 0, NULL, parse, verify_u, NULL },
	{ "drupal/UP", SCHEME_SELF, FORM_UP, 0, 0, NULL, parse, verify_u, NULL },
	{ "drupal/md5-d6", SCHEME_WEAK, FORM_MD5, 0, 0, NULL, parse, verify_md5, NULL },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	for (uint32_t i = 0; i < FORM_MD5; i++)
		if (str_begins(&in->hash, forms[i].prefix)) {
			*out = &schemes[i];
			return PARSED;
		}
	if (!named || in->hash.len != 32 || !str_is_hex(&in->hash))
		return NOT_MINE;
	*out = &schemes[FORM_MD5];
	return PARSED;
}

const struct family family_drupal = {
	"drupal", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
