/* connector/password/tool/unixcrypt.c - crypt_r() and crypt_gensalt_rn() of libxcrypt.
 *
 * Settings come here only after they were parsed and their cost compared with the
 * ceiling; libxcrypt itself has none.  The 32 KiB of a struct crypt_data are an arena, so
 * zero before and wiped after.  Threads: any.  Lock: none.
 */
#include <crypt.h>
#include <errno.h>
#include <string.h>

#include "password/tool/arena.h"
#include "password/tool/encode.h"
#include "password/tool/unixcrypt.h"

/* A failure is told by NULL or by a token such as "*0", which is never a hash. */
static int run_crypt(const char *password, const char *setting, char *out)
{
	struct crypt_data *data = arena_take(sizeof(*data));
	const char *hash;
	int rc = 0;

	if (!data)
		return PASSWORD_FAILED;
	errno = 0;
	hash = crypt_r(password, setting, data);
	if (!hash || *hash == '*' || strlen(hash) >= UNIXCRYPT_BYTES)
		rc = errno == ENOMEM ? PASSWORD_FAILED : PASSWORD_UNSUPPORTED;
	else
		memcpy(out, hash, strlen(hash) + 1);
	arena_give(data);
	return rc;
}

int unixcrypt(const struct secret *password, size_t sees, const struct idbc_str *setting,
	char out[UNIXCRYPT_BYTES])
{
	char text[UNIXCRYPT_BYTES];
	struct secret cut = SECRET_INIT;
	size_t len = password->len < sees ? password->len : sees;
	int rc;

	if (setting->len >= sizeof(text) || secret_copy(&cut, password->ptr, len))
		return PASSWORD_FAILED;
	memcpy(text, setting->ptr, setting->len);
	text[setting->len] = '\0';
	rc = run_crypt(cut.ptr, text, out);
	secret_free(&cut);
	return rc;
}

int unixcrypt_setting(const char *prefix, int64_t count, char out[UNIXCRYPT_BYTES])
{
	unsigned char random[32];

	if (random_bytes(random, sizeof(random)))
		return -1;
	return crypt_gensalt_rn(prefix, (unsigned long)count, (const char *)random,
		sizeof(random), out, UNIXCRYPT_BYTES) ? 0 : -1;
}
