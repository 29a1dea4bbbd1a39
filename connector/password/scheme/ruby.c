/* connector/password/scheme/ruby.c - what Rails applications store: bcrypt with Devise's
 * pepper, digests with a salt column, and with a key of the site behind them.
 *
 * How often a digest is repeated ("stretches") is not in the row but in the application's
 * settings.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define STRETCHES_MAX 10000000u

enum form { FORM_RESTFUL1, FORM_RESTFUL2, FORM_AUTHLOGIC, FORM_DEVISE };

static enum digest form_digest(uint32_t form)
{
	return form == FORM_AUTHLOGIC ? DIGEST_SHA512 : DIGEST_SHA1;
}

/* 0, or -1: not a number that it can be. */
static int stretches(uint32_t form, const struct params *params, uint64_t *out)
{
	*out = form == FORM_AUTHLOGIC ? 20 : 10;
	if (form == FORM_RESTFUL1)
		*out = 1;
	else if (params_number(params, "stretches", STRETCHES_MAX, out) < 0)
		return -1;
	return *out ? 0 : -1;
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	st->variant = scheme->variant;
	st->salt = in->salt;
	st->md = form_digest(scheme->variant);
	st->digest_len = digest_bytes(st->md);
	st->cost.kind = scheme->variant == FORM_RESTFUL1 ? COST_NONE :
		scheme->variant == FORM_RESTFUL2 ? COST_MIXED : COST_ROUNDS;
	if (!in->salt.len ||
	    hex_decode(&in->hash, st->digest, sizeof(st->digest)) != (int64_t)st->digest_len)
		return PASSWORD_MALFORMED;
	return stretches(scheme->variant, in->params, &st->cost.rounds) ? PASSWORD_UNSUPPORTED
									 : PARSED;
}

#define PARTS_MAX 9

/* What is hashed first, and then, with the text of the digest before it. */
static size_t message(uint32_t form, const struct scheme_in *in, const struct idbc_str *key,
	const struct idbc_str *last, struct idbc_str part[PARTS_MAX])
{
	const struct idbc_str dashes = { "--", 2 };
	struct idbc_str password = { in->password->ptr, in->password->len };
	size_t n = 0;

	if (form == FORM_AUTHLOGIC) {
		part[n++] = last ? *last : password;
		if (!last)
			part[n++] = in->salt;
		return n;
	}
	if (form == FORM_RESTFUL2)
		part[n++] = last ? *last : *key;
	part[n++] = dashes;
	part[n++] = in->salt;
	part[n++] = dashes;
	part[n++] = password;
	part[n++] = dashes;
	if (form == FORM_RESTFUL2)
		part[n++] = *key;
	return n;
}

/* The text of one digest after the other; the last one as it is. */
static int stretch(struct digest_run *run, uint32_t form, const struct scheme_in *in,
	uint64_t rounds, unsigned char *out)
{
	size_t len = digest_bytes(form_digest(form)), n;
	struct buf hex = BUF_INIT(2 * DIGEST_MAX_BYTES);
	struct idbc_str part[PARTS_MAX], key = { "", 0 }, last;
	int rc = 0;

	params_string(in->params, "sitekey", &key);
	for (uint64_t i = 0; !rc && i < rounds; i++) {
		last = (struct idbc_str){ hex.ptr, hex.len };
		n = message(form, in, &key, i ? &last : NULL, part);
		rc = digest_next(run, part, n, out);
		hex.len = 0;
		if (!rc)
			rc = hex_add(&hex, out, len);
	}
	buf_wipe(&hex);
	return rc;
}

static int compute(uint32_t form, const struct scheme_in *in, uint64_t rounds,
	unsigned char *out)
{
	struct digest_run *run = digest_begin(form_digest(form));
	int rc = run ? stretch(run, form, in, rounds, out) : -1;

	digest_end(run);
	return rc;
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!compute(st->variant, in, st->cost.rounds, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	size_t len = digest_bytes(form_digest(scheme->variant));
	uint64_t rounds;
	int rc = stretches(scheme->variant, in->params, &rounds);

	(void)costs;
	if (!rc)
		rc = in->password ? compute(scheme->variant, in, rounds, digest)
				  : random_bytes(digest, len);
	if (!rc)
		rc = hex_add(out, digest, len);
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

/* --- Devise: bcrypt of the password with the pepper behind it ------------------------- */
static int peppered(const struct scheme_in *in, struct secret *out)
{
	struct idbc_str pepper = { "", 0 };

	params_string(in->params, "pepper", &pepper);
	if (secret_alloc(out, in->password->len + pepper.len))
		return -1;
	memcpy(out->ptr, in->password->ptr, in->password->len);
	memcpy(out->ptr + in->password->len, pepper.ptr, pepper.len);
	return 0;
}

static int parse_devise(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	st->variant = scheme->variant;
	return bcrypt_parse(&in->hash, st);
}

static int verify_devise(const struct stored *st, const struct scheme_in *in)
{
	struct secret text = SECRET_INIT;
	int rc = PASSWORD_FAILED;

	if (!peppered(in, &text))
		rc = bcrypt_verify(st, &text);
	secret_free(&text);
	return rc;
}

static int make_devise(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct secret text = SECRET_INIT;
	int rc = in->password ? peppered(in, &text) : 0;

	(void)scheme;
	if (!rc)
		rc = bcrypt_make('a', in->password ? &text : NULL, costs[0], out);
	secret_free(&text);
	return rc ? PASSWORD_FAILED : 0;
}

/* --- Discourse: PBKDF2; the salt is its text ------------------------------------------ */
static const struct pbkdf2_site discourse = { DIGEST_SHA256, 64000, 32 };

static int parse_discourse(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	(void)scheme;
	st->salt = in->salt;
	return in->salt.len ? pbkdf2_hex_parse(&discourse, in, st) : PASSWORD_MALFORMED;
}

static int make_discourse(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	(void)scheme;
	(void)costs;
	return pbkdf2_hex_make(&discourse, in, &in->salt, out);
}

static const struct cost_key devise_costs[] = { { "cost", 12, 4, 15 }, { 0 } };

#define HEX_SALT(n) (SCHEME_SALT | SCHEME_SALT_HEX | SCHEME_SALT_LEN(n))

static const struct scheme schemes[] = {
	{ "ruby/redmine", SCHEME_WEAK | HEX_SALT(32), NESTED(DIGEST_SHA1, NESTED_SALT_TEXT), 0, 0,
	  NULL, nested_parse, nested_verify, nested_make },
	{ "ruby/devise", 0, FORM_DEVISE, 72, 0, devise_costs, parse_devise, verify_devise,
	  make_devise },
	{ "ruby/restful-auth-v1", SCHEME_WEAK | HEX_SALT(40), FORM_RESTFUL1, 0, 0, NULL, parse,
	  verify, make },
	{ "ruby/restful-auth-v2", SCHEME_WEAK | SCHEME_SITEKEY | HEX_SALT(40), FORM_RESTFUL2, 0,
	  0, NULL, parse, verify, make },
	{ "ruby/authlogic-sha512", SCHEME_WEAK | SCHEME_SALT | SCHEME_SALT_LEN(20),
	  FORM_AUTHLOGIC, 0, 0, NULL, parse, verify, make },
	{ "ruby/discourse", HEX_SALT(32), 0, 0, 0, NULL, parse_discourse, pbkdf2_verify,
	  make_discourse },
};

/* Forty digits with a salt are of three formats: not guessed. */
static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	const struct idbc_str *s = &in->hash;

	if (!named)
		return NOT_MINE;
	if (str_begins(s, "$2")) {
		*out = &schemes[1];
		return PARSED;
	}
	if (!str_is_hex(s) || (s->len != 40 && s->len != 64 && s->len != 128))
		return NOT_MINE;
	if (s->len == 40)
		return PASSWORD_UNSUPPORTED;
	*out = &schemes[s->len == 128 ? 4 : 5];
	return PARSED;
}

const struct family family_ruby = {
	"ruby", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
