/* connector/password/tool/sha256crypt.c - the recipe of sha256crypt over OpenSSL's SHA-256.
 * MySQL salts it with 20 bytes of any value, where libxcrypt takes 16 of its own alphabet.
 *
 * What a round hashes is one of eight texts with the last digest at its head or its end:
 * they are laid out once, so that a round is one call.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/tool/encode.h"
#include "password/tool/unixcrypt.h"

#define SALT_MAX 32u
#define DIGEST   32u

/* What went in, and what it becomes before the rounds. */
struct mill {
	struct digest_run *run;
	struct idbc_str password, salt;
	unsigned char p[SHA256CRYPT_MAX], s[SALT_MAX];
	unsigned char digest[DIGEST];
};

struct text {
	size_t len;
	unsigned char bytes[2 * SHA256CRYPT_MAX + SALT_MAX + DIGEST];
};

/* `out` is filled with the digest of `word`, so many times over. */
static int spread(struct mill *m, const struct idbc_str *word, size_t times, unsigned char *out,
	size_t len)
{
	struct idbc_str parts[SHA256CRYPT_MAX + 16];
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc;

	for (size_t i = 0; i < times; i++)
		parts[i] = *word;
	rc = digest_next(m->run, parts, times, digest);
	for (size_t i = 0; !rc && i < len; i++)
		out[i] = digest[i % DIGEST];
	secret_wipe(digest, sizeof(digest));
	return rc;
}

/* The bits of the length choose between the inner digest and the password. */
static int first_digest(struct mill *m)
{
	struct idbc_str inner[3] = { m->password, m->salt, m->password }, parts[24];
	unsigned char b[DIGEST_MAX_BYTES], fill[SHA256CRYPT_MAX];
	size_t n = 0, len = m->password.len;
	int rc = digest_next(m->run, inner, 3, b);

	for (size_t i = 0; i < len; i++)
		fill[i] = b[i % DIGEST];
	parts[n++] = m->password;
	parts[n++] = m->salt;
	parts[n++] = (struct idbc_str){ (const char *)fill, len };
	for (size_t bits = len; bits; bits >>= 1)
		parts[n++] = bits & 1 ? (struct idbc_str){ (const char *)b, DIGEST } : m->password;
	if (!rc)
		rc = digest_next(m->run, parts, n, m->digest);
	secret_wipe(b, sizeof(b));
	secret_wipe(fill, sizeof(fill));
	return rc;
}

static int prepare(struct mill *m)
{
	if (first_digest(m))
		return -1;
	return spread(m, &m->password, m->password.len, m->p, m->password.len) ||
		spread(m, &m->salt, 16u + m->digest[0], m->s, m->salt.len);
}

static void text_add(struct text *t, const void *bytes, size_t len)
{
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
}

/* Round i is laid out by its being odd, and divisible by 3 and by 7. */
static void lay_out(const struct mill *m, unsigned kind, struct text *t)
{
	t->len = 0;
	text_add(t, kind & 1 ? m->p : m->digest, kind & 1 ? m->password.len : DIGEST);
	if (kind & 2)
		text_add(t, m->s, m->salt.len);
	if (kind & 4)
		text_add(t, m->p, m->password.len);
	text_add(t, kind & 1 ? m->digest : m->p, kind & 1 ? DIGEST : m->password.len);
}

static int stretch(struct mill *m, uint64_t rounds)
{
	struct text texts[8];
	int rc = 0;

	for (unsigned kind = 0; kind < 8; kind++)
		lay_out(m, kind, &texts[kind]);
	for (uint64_t i = 0; !rc && i < rounds; i++) {
		struct text *t = &texts[(i & 1) | (i % 3 ? 2u : 0) | (i % 7 ? 4u : 0)];
		struct idbc_str part = { (const char *)t->bytes, t->len };

		memcpy(i & 1 ? t->bytes + t->len - DIGEST : t->bytes, m->digest, DIGEST);
		rc = digest_next(m->run, &part, 1, m->digest);
	}
	secret_wipe(texts, sizeof(texts));
	return rc;
}

static void write_digest(const unsigned char digest[DIGEST], char out[44])
{
	static const unsigned char order[DIGEST] = {
		20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17,
		7, 27, 8, 28, 18, 29, 19, 9, 30, 31,
	};
	unsigned char bytes[DIGEST];

	for (size_t i = 0; i < DIGEST; i++)
		bytes[i] = digest[order[i]];
	h64_encode(bytes, DIGEST, out);
	secret_wipe(bytes, sizeof(bytes));
}

int sha256crypt(const struct idbc_str *password, const struct idbc_str *salt, uint64_t rounds,
	char out[44])
{
	struct mill m = { .password = *password, .salt = *salt };
	int rc = -1;

	if (password->len > SHA256CRYPT_MAX || salt->len > SALT_MAX)
		return -1;
	m.run = digest_begin(DIGEST_SHA256);
	if (m.run && !prepare(&m) && !stretch(&m, rounds)) {
		write_digest(m.digest, out);
		rc = 0;
	}
	digest_end(m.run);
	secret_wipe(&m, sizeof(m));
	return rc;
}
