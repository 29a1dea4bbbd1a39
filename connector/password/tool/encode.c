/* connector/password/tool/encode.c - canonical numbers and encodings of stored credentials.
 * Threads: any.  Lock: none.
 */
#include "password/tool/encode.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static const char b64_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char hex_digits[] = "0123456789abcdef";

struct cursor cursor_of(const struct idbc_str *s)
{
	struct cursor c = { s->ptr, s->ptr + s->len };

	if (!s->ptr)
		c.at = c.end = "";
	return c;
}

int cursor_done(const struct cursor *c)
{
	return c->at == c->end;
}

int cursor_number(struct cursor *c, uint64_t max, uint64_t *out)
{
	const char *p = c->at;
	uint64_t n = 0;

	if (p == c->end || *p < '0' || *p > '9')
		return 0;
	if (*p == '0' && p + 1 < c->end && p[1] >= '0' && p[1] <= '9')
		return 0;
	for (; p < c->end && *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (n > (max - digit) / 10 || digit > max)
			return 0;
		n = n * 10 + digit;
	}
	c->at = p;
	*out = n;
	return 1;
}

int cursor_until(struct cursor *c, char stop, struct idbc_str *out)
{
	const char *found = memchr(c->at, stop, (size_t)(c->end - c->at));

	if (!found)
		return 0;
	out->ptr = c->at;
	out->len = (size_t)(found - c->at);
	c->at = found + 1;
	return 1;
}

struct idbc_str cursor_rest(struct cursor *c)
{
	struct idbc_str rest = { c->at, (size_t)(c->end - c->at) };

	c->at = c->end;
	return rest;
}

int cursor_take(struct cursor *c, size_t n, struct idbc_str *out)
{
	if ((size_t)(c->end - c->at) < n)
		return 0;
	out->ptr = c->at;
	out->len = n;
	c->at += n;
	return 1;
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

int str_same(const struct idbc_str *a, const struct idbc_str *b)
{
	if (a->len != b->len)
		return 0;
	for (size_t i = 0; i < a->len; i++)
		if (ascii_lower(a->ptr[i]) != ascii_lower(b->ptr[i]))
			return 0;
	return 1;
}

int str_like(const struct idbc_str *s, const char *literal)
{
	struct idbc_str other = str_of(literal);

	return str_same(s, &other);
}

int str_braced(const struct idbc_str *s, struct idbc_str *name, struct idbc_str *rest)
{
	struct cursor c = cursor_of(s);

	if (!cursor_literal(&c, "{") || !cursor_until(&c, '}', name) || !name->len)
		return 0;
	*rest = cursor_rest(&c);
	return 1;
}

struct idbc_str str_from(const struct idbc_str *s, size_t skip)
{
	struct idbc_str rest = { s->ptr + skip, s->len - skip };

	return rest;
}

struct idbc_str str_of(const char *text)
{
	struct idbc_str s = { text, text ? strlen(text) : 0 };

	return s;
}

int str_only(const struct idbc_str *s, const char *alphabet)
{
	for (size_t i = 0; i < s->len; i++)
		if (!s->ptr[i] || !strchr(alphabet, s->ptr[i]))
			return 0;
	return 1;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int str_is_hex(const struct idbc_str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (hex_value(s->ptr[i]) < 0)
			return 0;
	return s->len > 0;
}

int64_t hex_decode(const struct idbc_str *s, unsigned char *out, size_t cap)
{
	if (s->len % 2 || s->len / 2 > cap)
		return -1;
	for (size_t i = 0; i < s->len; i += 2) {
		int high = hex_value(s->ptr[i]), low = hex_value(s->ptr[i + 1]);
		if (high < 0 || low < 0)
			return -1;
		out[i / 2] = (unsigned char)(high << 4 | low);
	}
	return (int64_t)(s->len / 2);
}

static int is_padded(enum encode_b64 kind)
{
	return kind == B64_PADDED || kind == B64_URL;
}

/* How the last two of the alphabet are written. */
static char b64_char(enum encode_b64 kind, uint32_t value)
{
	static const char last[][2] = {
		[B64_PADDED] = { '+', '/' }, [B64_PLAIN] = { '+', '/' }, [B64_ADAPTED] = { '.', '/' },
		[B64_URL] = { '-', '_' }, [B64_URL_PLAIN] = { '-', '_' },
	};

	return value < 62 ? b64_alphabet[value] : last[kind][value - 62];
}

static int b64_value(enum encode_b64 kind, char c)
{
	const char *found = c ? strchr(b64_alphabet, c) : NULL;

	if (c == b64_char(kind, 62) || c == b64_char(kind, 63))
		return c == b64_char(kind, 62) ? 62 : 63;
	return found ? (int)(found - b64_alphabet) : -1;
}

/* How many characters carry data, or -1 if the padding is not as it must be. */
static int64_t b64_body(enum encode_b64 kind, const struct idbc_str *s)
{
	size_t len = s->len;

	if (!is_padded(kind))
		return len % 4 == 1 ? -1 : (int64_t)len;
	if (len % 4)
		return -1;
	if (len && s->ptr[len - 1] == '=')
		len -= s->ptr[len - 2] == '=' ? 2 : 1;
	return (int64_t)len;
}

int64_t b64_decode(enum encode_b64 kind, const struct idbc_str *s, unsigned char *out,
	size_t cap)
{
	int64_t body = b64_body(kind, s);
	uint32_t bits = 0, nbits = 0;
	size_t n = 0;

	if (body < 0 || (size_t)body * 3 / 4 > cap)
		return -1;
	for (int64_t i = 0; i < body; i++) {
		int value = b64_value(kind, s->ptr[i]);
		if (value < 0)
			return -1;
		bits = (bits << 6 | (uint32_t)value) & 0xffff;
		nbits += 6;
		if (nbits >= 8) {
			nbits -= 8;
			out[n++] = (unsigned char)(bits >> nbits);
		}
	}
	if (bits & ((1u << nbits) - 1))         /* spare bits must be zero */
		return -1;
	return (int64_t)n;
}

int hex_add(struct buf *b, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char pair[2] = { hex_digits[bytes[i] >> 4], hex_digits[bytes[i] & 15] };
		if (buf_add(b, pair, 2))
			return -1;
	}
	return 0;
}

int b64_add(struct buf *b, enum encode_b64 kind, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t)bytes[i] << 16;
		char out[4];

		v |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		v |= have > 2 ? bytes[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			out[k] = k <= have ? b64_char(kind, v >> (18 - 6 * k) & 63) : '=';
		if (buf_add(b, out, is_padded(kind) ? 4 : have + 1))
			return -1;
	}
	return 0;
}

void h64_encode(const unsigned char *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t v = bytes[i];

		v |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		v |= have > 2 ? (uint32_t)bytes[i + 2] << 16 : 0;
		for (size_t k = 0; k <= have; k++)
			*out++ = ENCODE_H64[v >> (6 * k) & 63];
	}
	*out = '\0';
}

int h64_value(char c)
{
	const char *found = c ? strchr(ENCODE_H64, c) : NULL;

	return found ? (int)(found - ENCODE_H64) : -1;
}

int random_bytes(unsigned char *out, size_t len)
{
	while (len) {
		ssize_t got = getrandom(out, len, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		out += got;
		len -= (size_t)got;
	}
	return 0;
}

int random_text(const char *alphabet, char *out, size_t len)
{
	size_t n = strlen(alphabet), limit = 256 - 256 % n;
	unsigned char byte;

	for (size_t i = 0; i < len; ) {
		if (random_bytes(&byte, 1))
			return -1;
		if (byte < limit)               /* no character likelier than another */
			out[i++] = alphabet[byte % n];
	}
	out[len] = '\0';
	return 0;
}
