/* connector/password/scheme/scram.c - the two keys that a server keeps for SCRAM (RFC 5802),
 * as PostgreSQL and Dovecot write them.  Both keys are compared.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define SCRAM_SALT 16u

int scram_parse(const struct idbc_str *text, enum digest md, const char between[3],
	struct stored *st)
{
	char first[2] = { between[0], '\0' };
	struct idbc_str salt, stored, server;
	struct cursor c = cursor_of(text);
	int64_t n = (int64_t)digest_bytes(md), salt_len;

	st->md = md;
	st->cost.kind = pbkdf2_cost(md);
	if (!cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !st->cost.rounds ||
	    !cursor_literal(&c, first) || !cursor_until(&c, between[1], &salt) ||
	    !cursor_until(&c, between[2], &stored))
		return PASSWORD_MALFORMED;
	server = cursor_rest(&c);
	salt_len = b64_decode(B64_PADDED, &salt, st->salt_bytes, sizeof(st->salt_bytes));
	if (salt_len < 1 || b64_decode(B64_PADDED, &stored, st->digest, (size_t)n) != n ||
	    b64_decode(B64_PADDED, &server, st->digest + n, (size_t)n) != n)
		return PASSWORD_MALFORMED;
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)salt_len };
	st->digest_len = 2 * (size_t)n;
	return PARSED;
}

/* StoredKey, then ServerKey. */
static int keys(enum digest md, const struct idbc_str *password, const struct idbc_str *salt,
	uint64_t rounds, unsigned char *out)
{
	unsigned char salted[DIGEST_MAX_BYTES], client[DIGEST_MAX_BYTES];
	size_t n = digest_bytes(md);
	struct idbc_str key = { (const char *)salted, n }, client_key = { (const char *)client, n };
	struct idbc_str client_word = str_of("Client Key"), server_word = str_of("Server Key");
	int rc = digest_pbkdf2(md, password, salt, rounds, salted, n) ||
		digest_hmac(md, &key, &client_word, client) ||
		digest_of(md, &client_key, 1, out) ||
		digest_hmac(md, &key, &server_word, out + n);

	secret_wipe(salted, sizeof(salted));
	secret_wipe(client, sizeof(client));
	return rc ? -1 : 0;
}

int scram_check(const struct stored *st, const struct idbc_str *password)
{
	unsigned char digest[2 * DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!keys(st->md, password, &st->salt, st->cost.rounds, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

int scram_verify(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str password = { in->password->ptr, in->password->len };

	return scram_check(st, &password);
}

int scram_make(enum digest md, const struct secret *password, int64_t rounds,
	const char between[3], struct buf *out)
{
	unsigned char salt[SCRAM_SALT], digest[2 * DIGEST_MAX_BYTES];
	struct idbc_str p = { "", 0 }, salt_str = { (const char *)salt, sizeof(salt) };
	size_t n = digest_bytes(md);
	int rc = random_bytes(salt, sizeof(salt)) || random_bytes(digest, 2 * n);

	if (password)
		p = (struct idbc_str){ password->ptr, password->len };
	if (!rc && password)
		rc = keys(md, &p, &salt_str, (uint64_t)rounds, digest);
	if (!rc)
		rc = buf_addf(out, "%lld%c", (long long)rounds, between[0]) ||
			b64_add(out, B64_PADDED, salt, sizeof(salt)) ||
			buf_add(out, &between[1], 1) || b64_add(out, B64_PADDED, digest, n) ||
			buf_add(out, &between[2], 1) || b64_add(out, B64_PADDED, digest + n, n);
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}
