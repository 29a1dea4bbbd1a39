/* connector/password/tool/digest.h - digests, HMAC, key derivation and what old forms take
 * of ciphers, from OpenSSL.
 *
 * Everything is fetched once per process into a library context of our own, so that the
 * host's providers and configuration neither help nor hinder.  Threads: any; the first
 * call makes the context under pthread_once.
 */
#ifndef CONNECTOR_PASSWORD_DIGEST_H
#define CONNECTOR_PASSWORD_DIGEST_H

#include <idbc/types.h>

enum digest {
	DIGEST_MD4, DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512,
	DIGEST_SHA224,
	DIGEST_COUNT
};
#define DIGEST_MAX_BYTES 64

int    digest_ready(void);                      /* 0, or -1: no OpenSSL to work with */
int    digest_known(enum digest);               /* MD4 may be missing */
size_t digest_bytes(enum digest);
int    digest_named(const struct idbc_str *name, enum digest *out);    /* "sha256"; 0 or -1 */

/* All return 0, or -1: the library failed.  `out` takes DIGEST_MAX_BYTES. */
int digest_of(enum digest, const struct idbc_str *parts, size_t nparts, unsigned char *out);
int digest_hmac(enum digest, const struct idbc_str *key, const struct idbc_str *data,
		unsigned char *out);
int digest_pbkdf2(enum digest, const struct idbc_str *password, const struct idbc_str *salt,
		  uint64_t iterations, unsigned char *out, size_t len);

struct scrypt_cost { uint64_t n, r, p; };
int digest_scrypt(const struct idbc_str *password, const struct idbc_str *salt,
		  const struct scrypt_cost *, unsigned char *out, size_t len);

/* Single DES, chained from zero; `len` is a multiple of 8; the last block of the text. */
int digest_des(const unsigned char key[8], const unsigned char *bytes, size_t len,
	       unsigned char out[8]);
/* AES-256 as a stream, counted from zero; `out` takes as many bytes as `text` has. */
int digest_aes_ctr(const unsigned char key[32], const struct idbc_str *text,
		   unsigned char *out);

/* Many digests in a row, without an allocation for each. */
struct digest_run;
struct digest_run *digest_begin(enum digest);   /* NULL: no memory */
int  digest_next(struct digest_run *, const struct idbc_str *parts, size_t nparts,
		 unsigned char *out);
void digest_end(struct digest_run *);           /* accepts NULL */

#endif
