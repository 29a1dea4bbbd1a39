/* connector/bulk/words.h - the members of a custom_password_hash, read and decoded; and the
 * encodings that stored forms are written in.
 *
 * Threads: any; no lock.
 */
#ifndef CONNECTOR_BULK_WORDS_H
#define CONNECTOR_BULK_WORDS_H

#include "base/buf.h"

struct json_t;

#define WORDS_BYTES 2048u       /* of a hash or a salt */

struct words {
	char algorithm[24], digest[16], scheme[64];
	struct idbc_str raw;            /* the hash as it stands there */
	struct idbc_str hash, salt;     /* decoded; the salt of an HMAC is its key */
	int salt_first, keyed, wide;    /* wide: of passwords in UTF-16 */
	int log2_cost;
	int64_t block_size, parallel, iterations;
	unsigned char hash_bytes[WORDS_BYTES], salt_bytes[WORDS_BYTES];
};
/* INVALID invalid_hash or unsupported_hash, naming the member. */
int  words_read(const struct json_t *object, struct words *out, struct idbc_error *err);

int  words_is_text(const struct idbc_str *);    /* visible ASCII and blanks */
/* Each 0, or -1. */
int  words_hex(struct buf *, const struct idbc_str *);
int  words_b64(struct buf *, const void *bytes, size_t len);
int  words_b64_plain(struct buf *, const struct idbc_str *);
int  words_b64_adapted(struct buf *, const struct idbc_str *);

#endif
