/* connector/password/scheme/scrypt.c - scrypt as several families store it, each in words of
 * its own: they read salt, r, p and key, the rest is here.  Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

int scrypt_log2(uint64_t n, uint64_t *log2)
{
	if (n < 2 || n & (n - 1))
		return 0;
	for (*log2 = 0; n > 1; n >>= 1)
		++*log2;
	return 1;
}

/* RFC 7914: N is less than 2^(128 r / 8). */
int scrypt_exists(const struct cost *cost)
{
	return cost->rounds < 16 * cost->memory;
}

int scrypt_parsed(struct stored *st, int64_t key_bytes)
{
	const struct cost *cost = &st->cost;

	if (key_bytes < (int64_t)LIMIT_DIGEST_MIN || key_bytes > DIGEST_MAX_BYTES)
		return PASSWORD_MALFORMED;
	st->cost.kind = COST_SCRYPT;
	st->digest_len = (size_t)key_bytes;
	return cost->rounds && cost->rounds < 64 && cost->memory && cost->lanes
		? PARSED : PASSWORD_MALFORMED;
}

static int compute(const struct secret *password, const struct idbc_str *salt,
	const struct cost *cost, unsigned char *out, size_t len)
{
	struct idbc_str p = { password->ptr, password->len };
	struct scrypt_cost work = { UINT64_C(1) << cost->rounds, cost->memory, cost->lanes };

	return digest_scrypt(&p, salt, &work, out, len);
}

int scrypt_verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char key[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!scrypt_exists(&st->cost))
		return PASSWORD_UNSUPPORTED;
	if (!compute(in->password, &st->salt, &st->cost, key, st->digest_len))
		rc = stored_compare(st, key);
	secret_wipe(key, sizeof(key));
	return rc;
}

int scrypt_make(const int64_t *costs, const struct secret *password, const struct idbc_str *salt,
	unsigned char *out, size_t len)
{
	struct cost cost = { COST_SCRYPT, (uint64_t)costs[0], (uint64_t)costs[1],
			     (uint64_t)costs[2] };

	return password ? compute(password, salt, &cost, out, len) : random_bytes(out, len);
}
