/* connector/password/tool/unixcrypt.h - crypt(3), by libxcrypt; and md5crypt with any magic.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_PASSWORD_TOOL_UNIXCRYPT_H
#define CONNECTOR_PASSWORD_TOOL_UNIXCRYPT_H

#include <idbc/types.h>
#include "base/secret.h"
#include "password/password.h"
#include "password/tool/digest.h"

#define UNIXCRYPT_SEES 511u     /* the longest password that libxcrypt takes */
#define UNIXCRYPT_BYTES 384u
/* The whole hash of `password`, cut to `sees` bytes and, libxcrypt taking C strings, at a
 * NUL: callers must see to it that such a password does not match.  0, UNSUPPORTED:
 * libxcrypt refused the setting, or FAILED. */
int  unixcrypt(const struct secret *password, size_t sees, const struct idbc_str *setting,
	       char out[UNIXCRYPT_BYTES]);
int  unixcrypt_setting(const char *prefix, int64_t count, char out[UNIXCRYPT_BYTES]);

/* 0, or -1: the library failed. */
int  md5crypt(const char *magic, const struct idbc_str *password, const struct idbc_str *salt,
	      unsigned char digest[16]);
/* The digest of sha256crypt as text, for salts that libxcrypt cuts or refuses.  A password
 * has at most this many bytes.  0, or -1: the library failed, or too much given. */
#define SHA256CRYPT_MAX 256u
int  sha256crypt(const struct idbc_str *password, const struct idbc_str *salt, uint64_t rounds,
		 char out[44]);

#endif
