/* connector/password/scheme/firebase.c - Firebase Authentication as it exports its users: the
 * project's signer key, encrypted under a key that scrypt makes of the password.
 *
 * The parameters of the project are not in the row: memCost, rounds, saltSeparator and
 * signerKey are needed beside it.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define KEY_BYTES 32u

/* Exports come in base64 of either alphabet, with padding and without. */
static int64_t decode(const struct idbc_str *s, unsigned char *out, size_t cap)
{
	int url = 0, plain = s->len % 4 != 0;

	for (size_t i = 0; i < s->len; i++)
		url |= s->ptr[i] == '-' || s->ptr[i] == '_';
	if (url)
		return b64_decode(plain ? B64_URL_PLAIN : B64_URL, s, out, cap);
	return b64_decode(plain ? B64_PLAIN : B64_PADDED, s, out, cap);
}

/* The row's salt and then the project's. */
static int read_salt(const struct scheme_in *in, const struct idbc_str *separator,
	struct stored *st)
{
	size_t cap = sizeof(st->salt_bytes);
	int64_t salt = decode(&in->salt, st->salt_bytes, cap), more;

	if (salt < 1)
		return 0;
	more = decode(separator, st->salt_bytes + salt, cap - (size_t)salt);
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)(salt + more) };
	return more >= 0;
}

/* 1; 0: a parameter is missing or is none. */
static int read_params(const struct params *params, struct idbc_str *separator,
	struct stored *st)
{
	struct idbc_str signer;
	int64_t len;

	if (params_number(params, "memCost", 62, &st->cost.rounds) != 1 ||
	    params_number(params, "rounds", UINT32_MAX, &st->cost.memory) != 1 ||
	    !st->cost.rounds || !st->cost.memory ||
	    !params_string(params, "saltSeparator", separator) ||
	    !params_string(params, "signerKey", &signer))
		return 0;
	len = decode(&signer, st->secret, sizeof(st->secret));
	st->secret_len = len < 0 ? 0 : (size_t)len;
	st->cost.kind = COST_SCRYPT;
	st->cost.lanes = 1;
	return st->secret_len >= LIMIT_DIGEST_MIN;
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct idbc_str separator;
	int64_t len;

	(void)scheme;
	len = decode(&in->hash, st->digest, sizeof(st->digest));
	if (len < LIMIT_DIGEST_MIN)
		return PASSWORD_MALFORMED;
	if (!read_params(in->params, &separator, st))
		return PASSWORD_UNSUPPORTED;
	st->digest_len = (size_t)len;
	return st->digest_len == st->secret_len && read_salt(in, &separator, st)
		? PARSED : PASSWORD_MALFORMED;
}

static int compute(const struct stored *st, const struct secret *password, unsigned char *out)
{
	struct scrypt_cost work = { UINT64_C(1) << st->cost.rounds, st->cost.memory, 1 };
	struct idbc_str p = { password->ptr, password->len };
	struct idbc_str signer = { (const char *)st->secret, st->secret_len };
	unsigned char key[KEY_BYTES];
	int rc = digest_scrypt(&p, &st->salt, &work, key, sizeof(key)) ||
		digest_aes_ctr(key, &signer, out);

	secret_wipe(key, sizeof(key));
	return rc;
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[sizeof(st->secret)];
	int rc = PASSWORD_FAILED;

	if (!scrypt_exists(&st->cost))
		return PASSWORD_UNSUPPORTED;
	if (!compute(st, in->password, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static const struct scheme schemes[] = {
	{ "firebase/scrypt", SCHEME_SALT | SCHEME_SIGNER, 0, 0, 0, NULL, parse, verify, NULL },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	unsigned char bytes[64];

	if (!named || decode(&in->hash, bytes, sizeof(bytes)) < LIMIT_DIGEST_MIN)
		return NOT_MINE;
	*out = &schemes[0];
	return PARSED;
}

const struct family family_firebase = { "firebase", schemes, 1, identify };
