/* connector/password/tool/encode.h - reading and writing the small languages of stored
 * credentials: canonical numbers, hexadecimal, base64 of every kind, crypt's alphabet.
 * Strict: what is not the one way to write a value is refused.  Threads: any, no lock.
 */
#ifndef CONNECTOR_PASSWORD_ENCODE_H
#define CONNECTOR_PASSWORD_ENCODE_H

#include <string.h>
#include <idbc/types.h>
#include "base/buf.h"

#define ENCODE_H64  "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define ENCODE_TEXT "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum encode_b64 {
	B64_PADDED,             /* A-Za-z0-9+/ with = */
	B64_PLAIN,              /* without = */
	B64_ADAPTED,            /* without =, '.' for '+' */
	B64_URL,                /* '-' and '_' for '+' and '/', with = */
	B64_URL_PLAIN,          /* the same without = */
};

/* A place in a text; the readers return 1 and move on, or return 0. */
struct cursor { const char *at, *end; };

struct cursor cursor_of(const struct idbc_str *);
int cursor_done(const struct cursor *);
static inline int cursor_literal(struct cursor *c, const char *literal)
{
	size_t len = strlen(literal);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, literal, len))
		return 0;
	c->at += len;
	return 1;
}
int cursor_number(struct cursor *, uint64_t max, uint64_t *out);        /* no sign, no zeros */
int cursor_until(struct cursor *, char stop, struct idbc_str *out);     /* stop is skipped */
struct idbc_str cursor_rest(struct cursor *);
int cursor_take(struct cursor *, size_t n, struct idbc_str *out);

/* Here, for the compiler to know how long each literal is: a form is held against a hundred. */
static inline int str_is(const struct idbc_str *s, const char *literal)
{
	return s->len == strlen(literal) && !memcmp(s->ptr ? s->ptr : "", literal, s->len);
}
static inline int str_begins(const struct idbc_str *s, const char *literal)
{
	size_t len = strlen(literal);

	return s->len >= len && !memcmp(s->ptr ? s->ptr : "", literal, len);
}
/* The same letters of any case; ASCII only. */
int str_same(const struct idbc_str *, const struct idbc_str *);
int str_like(const struct idbc_str *, const char *literal);
/* "{name}rest", the name not empty. */
int str_braced(const struct idbc_str *, struct idbc_str *name, struct idbc_str *rest);
struct idbc_str str_from(const struct idbc_str *, size_t skip);
struct idbc_str str_of(const char *text);
int str_only(const struct idbc_str *, const char *alphabet);
int str_is_hex(const struct idbc_str *);

/* Bytes written, or -1: not of this form, not canonical, more than `cap`. */
int64_t hex_decode(const struct idbc_str *, unsigned char *out, size_t cap);
int64_t b64_decode(enum encode_b64, const struct idbc_str *, unsigned char *out, size_t cap);

int hex_add(struct buf *, const unsigned char *bytes, size_t len);
int b64_add(struct buf *, enum encode_b64, const unsigned char *bytes, size_t len);
/* crypt's way: three bytes, least significant first, to four characters. */
void h64_encode(const unsigned char *bytes, size_t len, char *out);
int  h64_value(char c);                                 /* 0 to 63, or -1 */

/* Random bytes, and random characters of an alphabet of at most 256; 0 or -1. */
int random_bytes(unsigned char *out, size_t len);
int random_text(const char *alphabet, char *out, size_t len);

#endif
