/* connector/password/tool/md5crypt.c - the recipe of md5crypt over OpenSSL's MD5, for the
 * variant of Apache ("$apr1$"), which libxcrypt has not.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/tool/unixcrypt.h"

#define ROUNDS 1000u

/* What goes into the digest, in pieces. */
struct mix {
	struct idbc_str part[32];
	size_t n;
};

static void mix_add(struct mix *mix, const void *bytes, size_t len)
{
	mix->part[mix->n].ptr = bytes;
	mix->part[mix->n++].len = len;
}

/* The bits of the length choose between a NUL and the password's first byte. */
static int mix_bits(const struct idbc_str *password, struct mix *mix)
{
	for (size_t bits = password->len; bits; bits >>= 1) {
		if (mix->n == sizeof(mix->part) / sizeof(mix->part[0]))
			return -1;
		mix_add(mix, bits & 1 ? "" : password->ptr, 1);
	}
	return 0;
}

static int first_digest(struct digest_run *run, const char *magic,
	const struct idbc_str *password, const struct idbc_str *salt, unsigned char out[16])
{
	struct idbc_str inner[3] = { *password, *salt, *password };
	struct secret fill = SECRET_INIT;
	struct mix mix = { .n = 0 };
	int rc;

	if (digest_next(run, inner, 3, out) || secret_alloc(&fill, password->len + 16))
		return -1;
	for (size_t i = 0; i < password->len; i += 16)
		memcpy(fill.ptr + i, out, 16);
	mix_add(&mix, password->ptr, password->len);
	mix_add(&mix, magic, strlen(magic));
	mix_add(&mix, salt->ptr, salt->len);
	mix_add(&mix, fill.ptr, password->len);
	rc = mix_bits(password, &mix) || digest_next(run, mix.part, mix.n, out);
	secret_free(&fill);
	return rc;
}

static int stretch(struct digest_run *run, const struct idbc_str *password,
	const struct idbc_str *salt, unsigned char digest[16])
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct mix mix = { .n = 0 };

		if (i & 1)
			mix_add(&mix, password->ptr, password->len);
		else
			mix_add(&mix, digest, 16);
		if (i % 3)
			mix_add(&mix, salt->ptr, salt->len);
		if (i % 7)
			mix_add(&mix, password->ptr, password->len);
		if (i & 1)
			mix_add(&mix, digest, 16);
		else
			mix_add(&mix, password->ptr, password->len);
		if (digest_next(run, mix.part, mix.n, digest))
			return -1;
	}
	return 0;
}

int md5crypt(const char *magic, const struct idbc_str *password, const struct idbc_str *salt,
	unsigned char digest[16])
{
	struct digest_run *run = digest_begin(DIGEST_MD5);
	int rc = -1;

	if (run && !first_digest(run, magic, password, salt, digest))
		rc = stretch(run, password, salt, digest);
	digest_end(run);
	return rc;
}
