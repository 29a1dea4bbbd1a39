/* connector/password/scheme/pbkdf2.c - the key derivation that many families store, each in
 * words of its own: they read salt and rounds, the rest is here.
 *
 * Of a stored key longer than the digest only the first block is derived and compared: it
 * depends on the whole password, and costs what an attacker pays.  That the key has its
 * length is for the families to see.  Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

int pbkdf2_parsed(struct stored *st, enum digest md, int64_t key_bytes)
{
	size_t block = digest_bytes(md), key = key_bytes < 0 ? 0 : (size_t)key_bytes;

	if (!st->cost.rounds || key < LIMIT_DIGEST_MIN)
		return PASSWORD_MALFORMED;
	st->cost.kind = COST_PBKDF2;
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
