/* connector/password/tool/digest.c - OpenSSL behind digest.h.
 *
 * MD4 lives in OpenSSL's legacy provider; it is loaded into the private context only,
 * never into the host's.  The thread's queue of errors is left as it was.
 * Threads: any.  Lock: pthread_once around the fetching.
 */
#include "base/errors.h"
#include "base/text.h"
#include "password/tool/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	size_t bytes;
} digests[DIGEST_COUNT] = {
	{ "MD4", 16 }, { "MD5", 16 }, { "SHA1", 20 }, { "SHA256", 32 },
	{ "SHA384", 48 }, { "SHA512", 64 }, { "SHA224", 28 },
};

static struct {
	OSSL_LIB_CTX *ctx;
	EVP_MD *md[DIGEST_COUNT];
	EVP_MAC *hmac;
	EVP_KDF *pbkdf2, *scrypt;
	EVP_CIPHER *des, *aes;
	int ready;
} lib;
static pthread_once_t lib_once = PTHREAD_ONCE_INIT;

static void lib_fetch(void)
{
	lib.ctx = OSSL_LIB_CTX_new();
	if (!lib.ctx || !OSSL_PROVIDER_load(lib.ctx, "default"))
		return;
	OSSL_PROVIDER_load(lib.ctx, "legacy");
	for (int i = 0; i < DIGEST_COUNT; i++)
		lib.md[i] = EVP_MD_fetch(lib.ctx, digests[i].name, NULL);
	lib.hmac = EVP_MAC_fetch(lib.ctx, "HMAC", NULL);
	lib.pbkdf2 = EVP_KDF_fetch(lib.ctx, "PBKDF2", NULL);
	lib.scrypt = EVP_KDF_fetch(lib.ctx, "SCRYPT", NULL);
	lib.des = EVP_CIPHER_fetch(lib.ctx, "DES-EDE3-CBC", NULL);
	lib.aes = EVP_CIPHER_fetch(lib.ctx, "AES-256-CTR", NULL);
	lib.ready = lib.md[DIGEST_MD5] && lib.md[DIGEST_SHA1] && lib.md[DIGEST_SHA256] &&
		lib.md[DIGEST_SHA384] && lib.md[DIGEST_SHA512] && lib.hmac && lib.pbkdf2 && lib.scrypt;
}

static void lib_make(void)
{
	struct errors before;

	errors_keep(&before);
	lib_fetch();
	errors_put_back(&before);
}

int digest_ready(void)
{
	return pthread_once(&lib_once, lib_make) || !lib.ready ? -1 : 0;
}

int digest_known(enum digest d)
{
	return !digest_ready() && lib.md[d];
}

size_t digest_bytes(enum digest d)
{
	return digests[d].bytes;
}

int digest_named(const struct idbc_str *name, enum digest *out)
{
	for (int i = 0; i < DIGEST_COUNT; i++)
		if (text_same(IDBC_FOLD_LOWER, digests[i].name, strlen(digests[i].name), name->ptr,
			      name->len)) {
			*out = (enum digest)i;
			return 0;
		}
	return -1;
}

struct digest_run {
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
};

struct digest_run *digest_begin(enum digest d)
{
	struct digest_run *run;

	if (!digest_known(d))
		return NULL;
	run = calloc(1, sizeof(*run));
	if (!run)
		return NULL;
	errors_mark();
	run->md = lib.md[d];
	run->ctx = EVP_MD_CTX_new();
	if (run->ctx)
		return run;
	errors_unmark();
	free(run);
	return NULL;
}

int digest_next(struct digest_run *run, const struct idbc_str *parts, size_t nparts,
	unsigned char *out)
{
	if (!EVP_DigestInit_ex2(run->ctx, run->md, NULL))
		return -1;
	for (size_t i = 0; i < nparts; i++)
		if (parts[i].len && !EVP_DigestUpdate(run->ctx, parts[i].ptr, parts[i].len))
			return -1;
	return EVP_DigestFinal_ex(run->ctx, out, NULL) ? 0 : -1;
}

void digest_end(struct digest_run *run)
{
	if (!run)
		return;
	EVP_MD_CTX_free(run->ctx);      /* wipes the state */
	errors_unmark();
	free(run);
}

int digest_of(enum digest d, const struct idbc_str *parts, size_t nparts, unsigned char *out)
{
	struct digest_run run;
	int rc;

	if (!digest_known(d))
		return -1;
	errors_mark();
	run.md = lib.md[d];
	run.ctx = EVP_MD_CTX_new();
	rc = run.ctx ? digest_next(&run, parts, nparts, out) : -1;
	EVP_MD_CTX_free(run.ctx);       /* wipes the state */
	errors_unmark();
	return rc;
}

static OSSL_PARAM param_digest(enum digest d)
{
	return OSSL_PARAM_construct_utf8_string("digest", (char *)digests[d].name, 0);
}

static OSSL_PARAM param_bytes(const char *key, const struct idbc_str *s)
{
	return OSSL_PARAM_construct_octet_string(key, (void *)(s->len ? s->ptr : ""), s->len);
}

int digest_hmac(enum digest d, const struct idbc_str *key, const struct idbc_str *data,
	unsigned char *out)
{
	OSSL_PARAM params[] = { param_digest(d), OSSL_PARAM_construct_end() };
	const unsigned char *bytes = (const unsigned char *)(key->len ? key->ptr : "");
	EVP_MAC_CTX *ctx;
	size_t len;
	int ok;

	if (digest_ready())
		return -1;
	errors_mark();
	ctx = EVP_MAC_CTX_new(lib.hmac);
	ok = ctx && EVP_MAC_init(ctx, bytes, key->len, params) &&
		EVP_MAC_update(ctx, (const unsigned char *)(data->len ? data->ptr : ""),
			data->len) &&
		EVP_MAC_final(ctx, out, &len, DIGEST_MAX_BYTES);
	EVP_MAC_CTX_free(ctx);
	errors_unmark();
	return ok ? 0 : -1;
}

static int kdf_derive(EVP_KDF *kdf, const OSSL_PARAM *params, unsigned char *out, size_t len)
{
	EVP_KDF_CTX *ctx;
	int ok;

	errors_mark();
	ctx = EVP_KDF_CTX_new(kdf);
	ok = ctx && EVP_KDF_derive(ctx, out, len, params) > 0;
	EVP_KDF_CTX_free(ctx);
	errors_unmark();
	return ok ? 0 : -1;
}

int digest_pbkdf2(enum digest d, const struct idbc_str *password, const struct idbc_str *salt,
	uint64_t iterations, unsigned char *out, size_t len)
{
	int pkcs5 = 1;          /* no minimum for salt and count: they are what they are */
	OSSL_PARAM params[] = {
		param_digest(d), param_bytes(OSSL_KDF_PARAM_PASSWORD, password),
		param_bytes(OSSL_KDF_PARAM_SALT, salt),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &pkcs5),
		OSSL_PARAM_construct_end()
	};

	return digest_ready() ? -1 : kdf_derive(lib.pbkdf2, params, out, len);
}

int digest_scrypt(const struct idbc_str *password, const struct idbc_str *salt,
	const struct scrypt_cost *cost, unsigned char *out, size_t len)
{
	uint64_t n = cost->n, room = 128 * cost->r * (cost->n + cost->p + 2) + 65536;
	uint32_t r = (uint32_t)cost->r, p = (uint32_t)cost->p;
	OSSL_PARAM params[] = {
		param_bytes(OSSL_KDF_PARAM_PASSWORD, password),
		param_bytes(OSSL_KDF_PARAM_SALT, salt),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &room),
		OSSL_PARAM_construct_end()
	};

	return digest_ready() ? -1 : kdf_derive(lib.scrypt, params, out, len);
}

/* With one key three times triple DES is single DES, and in the default provider. */
int digest_des(const unsigned char key[8], const unsigned char *bytes, size_t len,
	unsigned char out[8])
{
	unsigned char keys[24], vector[8] = { 0 };
	EVP_CIPHER_CTX *ctx;
	int n, ok;

	if (digest_ready() || !lib.des)
		return -1;
	for (size_t i = 0; i < sizeof(keys); i++)
		keys[i] = key[i % 8];
	errors_mark();
	ctx = EVP_CIPHER_CTX_new();
	ok = ctx && EVP_EncryptInit_ex2(ctx, lib.des, keys, vector, NULL) &&
		EVP_CIPHER_CTX_set_padding(ctx, 0);
	for (size_t i = 0; ok && i < len; i += 8)
		ok = EVP_EncryptUpdate(ctx, out, &n, bytes + i, 8) && n == 8;
	EVP_CIPHER_CTX_free(ctx);
	errors_unmark();
	OPENSSL_cleanse(keys, sizeof(keys));
	return ok ? 0 : -1;
}

int digest_aes_ctr(const unsigned char key[32], const struct idbc_str *text,
	unsigned char *out)
{
	unsigned char vector[16] = { 0 };
	EVP_CIPHER_CTX *ctx;
	int n = 0, ok;

	if (digest_ready() || !lib.aes || text->len > 65536)
		return -1;
	errors_mark();
	ctx = EVP_CIPHER_CTX_new();
	ok = ctx && EVP_EncryptInit_ex2(ctx, lib.aes, key, vector, NULL) &&
		EVP_EncryptUpdate(ctx, out, &n, (const unsigned char *)text->ptr, (int)text->len);
	EVP_CIPHER_CTX_free(ctx);
	errors_unmark();
	return ok && n == (int)text->len ? 0 : -1;
}
