/* connector/password/recipe.h - recipes for old digests, such as
 * "hex(sha1(salt . hex(sha1(password))))".
 *
 * Functions md5 sha1 sha256 sha512 hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512(key, data)
 * hex b64 lower upper trim; `.` joins bytes; names password salt username email pepper; "text"
 * in quotes is itself.
 * Threads: a recipe is immutable once parsed; no lock.
 */
#ifndef CONNECTOR_PASSWORD_RECIPE_H
#define CONNECTOR_PASSWORD_RECIPE_H

#include "password/scheme/scheme.h"

enum recipe_name {
	RECIPE_PASSWORD, RECIPE_SALT, RECIPE_USERNAME, RECIPE_EMAIL, RECIPE_PEPPER, RECIPE_NAMES
};
struct recipe_values { struct idbc_str value[RECIPE_NAMES]; };

struct recipe;

/* 0, or -1: `why` (of `cap` bytes) says what is wrong; empty: no memory. */
int  recipe_parse(const char *text, struct recipe **out, char *why, size_t cap);
void recipe_free(struct recipe *);              /* accepts NULL */
int  recipe_uses(const struct recipe *, enum recipe_name);
/* 1 if a stored value can be of it: hexadecimal or base64 of the right length. */
int  recipe_fits(const struct recipe *, const struct idbc_str *stored);
/* PASSWORD_MATCH, MISMATCH or FAILED. */
int  recipe_verify(const struct recipe *, const struct recipe_values *,
		   const struct idbc_str *stored);
/* 0, or -1: no memory. */
int  recipe_make(const struct recipe *, const struct recipe_values *, struct buf *out);

#endif
