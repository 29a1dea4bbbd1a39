/* connector/password/tool/md5state.c - CRAM-MD5 stores no digest but two states in the middle
 * of one.  OpenSSL's EVP neither shows such a state nor starts from one, and nothing but the
 * state can be compared with what is stored; so this one file uses the old interface of
 * libcrypto, which is deprecated but there, and in a file of its own so that nothing else
 * loses the warning.  Threads: any.  Lock: none.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>

#include "base/secret.h"
#include "password/tool/md5state.h"

#if defined(OPENSSL_NO_MD5) || defined(OPENSSL_NO_DEPRECATED_3_0)
int md5_state(const unsigned char block[MD5_BLOCK], unsigned char out[16])
{
	(void)block;
	(void)out;
	return -1;
}
#else
static void put_word(MD5_LONG word, unsigned char *out)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (unsigned char)(word >> (8 * i));
}

int md5_state(const unsigned char block[MD5_BLOCK], unsigned char out[16])
{
	MD5_CTX ctx;
	int ok = MD5_Init(&ctx);

	if (ok) {
		MD5_Transform(&ctx, block);
		put_word(ctx.A, out);
		put_word(ctx.B, out + 4);
		put_word(ctx.C, out + 8);
		put_word(ctx.D, out + 12);
	}
	secret_wipe(&ctx, sizeof(ctx));
	return ok ? 0 : -1;
}
#endif
