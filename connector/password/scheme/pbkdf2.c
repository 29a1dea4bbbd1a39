/* connector/password/scheme/pbkdf2.c - the key derivation that many families store, each in
 * words of its own: they read salt and rounds, the rest is here.
 *
 * Of a stored key longer than the digest only the first block is derived and compared: it
 * depends on the whole password, and costs what an attacker pays.  That the key has its
 * length is for the families to see.  Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

#define HEX_KEY_MAX 512u

enum cost_kind pbkdf2_cost(enum digest md)
{
	return md == DIGEST_SHA1 || md == DIGEST_SHA256 ? COST_PBKDF2 : COST_PBKDF2_WIDE;
}

int pbkdf2_parsed(struct stored *st, enum digest md, int64_t key_bytes)
{
	size_t block = digest_bytes(md), key = key_bytes < 0 ? 0 : (size_t)key_bytes;

	if (!st->cost.rounds || key < LIMIT_DIGEST_MIN)
		return PASSWORD_MALFORMED;
	st->cost.kind = pbkdf2_cost(md);
	st->md = md;
	st->digest_len = key < block ? key : block;
	return PARSED;
}

int pbkdf2_verify(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str password = { in->password->ptr, in->password->len };
	unsigned char key[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!digest_pbkdf2(st->md, &password, &st->salt, st->cost.rounds, key, st->digest_len))
		rc = stored_compare(st, key);
	secret_wipe(key, sizeof(key));
	return rc;
}

int pbkdf2_make(enum digest md, const struct secret *password, const struct idbc_str *salt,
	int64_t rounds, unsigned char *out, size_t len)
{
	struct idbc_str p = { "", 0 };

	if (!password)
		return random_bytes(out, len);
	p = (struct idbc_str){ password->ptr, password->len };
	return digest_pbkdf2(md, &p, salt, (uint64_t)rounds, out, len);
}

/* The form with what the site changed of it; 0, or -1: a parameter that cannot be. */
static int settle(const struct pbkdf2_site *form, const struct params *params,
	struct pbkdf2_site *out, uint64_t *iterations)
{
	struct idbc_str name;
	uint64_t key_bytes = form->key_bytes;

	*out = *form;
	*iterations = form->iterations;
	if (params_number(params, "iterations", UINT32_MAX, iterations) < 0 ||
	    params_number(params, "keylen", HEX_KEY_MAX, &key_bytes) < 0)
		return -1;
	out->key_bytes = (uint32_t)key_bytes;
	return params_string(params, "digest", &name) ? digest_named(&name, &out->md) : 0;
}

int pbkdf2_hex_parse(const struct pbkdf2_site *form, const struct scheme_in *in,
	struct stored *st)
{
	struct pbkdf2_site wanted;
	int64_t len = hex_decode(&in->hash, st->digest, sizeof(st->digest));

	if (len < (int64_t)LIMIT_DIGEST_MIN)
		return PASSWORD_MALFORMED;
	if (settle(form, in->params, &wanted, &st->cost.rounds))
		return PASSWORD_UNSUPPORTED;
	return len == wanted.key_bytes ? pbkdf2_parsed(st, wanted.md, len) : PASSWORD_MALFORMED;
}

int pbkdf2_hex_make(const struct pbkdf2_site *form, const struct scheme_in *in,
	const struct idbc_str *salt, struct buf *out)
{
	unsigned char key[HEX_KEY_MAX];
	struct pbkdf2_site wanted;
	uint64_t iterations;
	int rc = settle(form, in->params, &wanted, &iterations);

	if (!rc)
		rc = pbkdf2_make(wanted.md, in->password, salt, (int64_t)iterations, key,
				 wanted.key_bytes);
	if (!rc)
		rc = hex_add(out, key, wanted.key_bytes);
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}
