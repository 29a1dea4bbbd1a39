/* connector/password/scheme/salted.c - one digest over password and salt, with the salt
 * behind it: what directories and mail servers keep in base64 or hexadecimal.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

int salted_parsed(struct stored *st, enum digest md, int salted, const unsigned char *bytes,
	int64_t len)
{
	size_t n = digest_bytes(md), salt = len < (int64_t)n ? 0 : (size_t)len - n;

	if (len < (int64_t)n || salt > sizeof(st->salt_bytes) || (salt && !salted))
		return PASSWORD_MALFORMED;
	memcpy(st->digest, bytes, n);
	memcpy(st->salt_bytes, bytes + n, salt);
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, salt };
	st->digest_len = n;
	st->md = md;
	return PARSED;
}

int salted_verify(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str parts[2] = { { in->password->ptr, in->password->len }, st->salt };

	return digest_known(st->md) ? stored_digest(st, parts, 2) : PASSWORD_UNSUPPORTED;
}

int salted_make(enum digest md, const struct secret *password, size_t salt_len,
	unsigned char *out)
{
	unsigned char *salt = out + digest_bytes(md);
	struct idbc_str parts[2] = { { "", 0 }, { (const char *)salt, salt_len } };

	if (random_bytes(salt, salt_len))
		return -1;
	if (!password)
		return random_bytes(out, digest_bytes(md));
	parts[0] = (struct idbc_str){ password->ptr, password->len };
	return digest_of(md, parts, 2, out);
}
