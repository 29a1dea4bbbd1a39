/* tests/bench/store/verify.c - a password judged by the bare library, as a careful program would.
 * Threads: any.
 */
#include <argon2.h>
#include <crypt.h>
#include "store.h"

static int same(const char *a, const char *b, size_t len)
{
	unsigned char differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return !differ;
}

static int plain(const char *stored, const char *password)
{
	size_t len = strlen(password);

	return strlen(stored) == len && same(stored, password, len);
}

static int by_crypt(const char *stored, const char *password)
{
	struct crypt_data data;
	const char *made;
	int matches;

	data.initialized = 0;
	made = crypt_r(password, stored, &data);
	matches = made && plain(stored, made);
	explicit_bzero(&data, sizeof(data));
	return matches;
}

static int argon2(const char *stored, const char *password)
{
	return argon2id_verify(stored, password, strlen(password)) == ARGON2_OK;
}

int (*verify_of(const char *scheme))(const char *, const char *)
{
	if (!strcmp(scheme, "plain"))
		return plain;
	if (!strcmp(scheme, "bcrypt4"))
		return by_crypt;
	return strcmp(scheme, "argon2") ? NULL : argon2;
}
