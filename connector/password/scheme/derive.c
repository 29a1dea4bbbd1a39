/* connector/password/scheme/derive.c - what some schemes make of a password before the slow
 * hash: the text of a digest.  The result is as secret as the password.
 * Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"

int derived_hex(enum digest d, const struct idbc_str *parts, size_t nparts, struct secret *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct buf hex = BUF_INIT(2 * DIGEST_MAX_BYTES);
	int rc = digest_of(d, parts, nparts, digest) ||
		hex_add(&hex, digest, digest_bytes(d)) || secret_copy(out, hex.ptr, hex.len);

	secret_wipe(digest, sizeof(digest));
	buf_wipe(&hex);
	return rc ? -1 : 0;
}

static int b64_secret(const unsigned char *bytes, size_t len, struct secret *out)
{
	struct buf text = BUF_INIT(2 * DIGEST_MAX_BYTES);
	int rc = b64_add(&text, B64_PADDED, bytes, len) || secret_copy(out, text.ptr, text.len);

	buf_wipe(&text);
	return rc ? -1 : 0;
}

int derived_b64(enum digest d, const struct idbc_str *parts, size_t nparts, struct secret *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = digest_of(d, parts, nparts, digest) ||
		b64_secret(digest, digest_bytes(d), out);

	secret_wipe(digest, sizeof(digest));
	return rc ? -1 : 0;
}

int derived_hmac_b64(enum digest d, const struct idbc_str *key, const struct idbc_str *data,
	struct secret *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = digest_hmac(d, key, data, digest) || b64_secret(digest, digest_bytes(d), out);

	secret_wipe(digest, sizeof(digest));
	return rc ? -1 : 0;
}
