/* connector/base/text.c - UTF-8 by libunistring, one character at a time.  Folding uses
 * the simple case mappings: one character to one, the same wherever it stands, as
 * databases fold.  Threads: any, no lock, no locale.
 */
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unistr.h>
#include "base/buf.h"
#include "base/text.h"

#define NOT_A_CHARACTER 0xfffdu
#define NEAREST_MAX     64

/* The next character, 0 at an ill-formed sequence. */
static size_t next_char(const char *bytes, size_t len, ucs4_t *out)
{
	int used;

	if ((unsigned char)bytes[0] < 0x80) {
		*out = (unsigned char)bytes[0];
		return 1;
	}
	used = u8_mbtoucr(out, (const uint8_t *)bytes, len);
	return used > 0 ? (size_t)used : 0;
}

/* How many bytes at the start are ASCII, in steps of eight. */
static size_t ascii_words(const char *bytes, size_t len)
{
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	return i;
}

int text_is_utf8(const char *bytes, size_t len)
{
	size_t plain = ascii_words(bytes, len);

	while (plain < len && (unsigned char)bytes[plain] < 0x80)
		plain++;
	return plain == len || !u8_check((const uint8_t *)bytes + plain, len - plain);
}

static int is_control(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

int text_has_control(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c < 0x20 || c == 0x7f)
			return 1;
		if (c == 0xc2 && i + 1 < len && ((unsigned char)bytes[i + 1] & 0xe0) == 0x80)
			return 1;
	}
	return 0;
}

/* The next character for reading: U+FFFD where ill-formed; always advances. */
static size_t next_repaired(const char *bytes, size_t len, ucs4_t *out)
{
	return (size_t)u8_mbtouc(out, (const uint8_t *)bytes, len);
}

char *text_repair(const char *bytes, size_t len, size_t *out_len)
{
	struct buf buf = BUF_INIT(SIZE_MAX / 8);
	ucs4_t c;

	if (text_is_utf8(bytes, len)) {
		if (out_len)
			*out_len = len;
		return text_dup(bytes, len);
	}
	for (size_t i = 0, used; i < len && !buf.failed; i += used) {
		used = next_repaired(bytes + i, len - i, &c);
		if (c == NOT_A_CHARACTER)
			buf_add_str(&buf, "\xef\xbf\xbd");
		else
			buf_add(&buf, bytes + i, used);
	}
	if (out_len)
		*out_len = buf.len;
	if (!buf.failed)
		return buf_take(&buf);
	buf_free(&buf);
	return NULL;
}

size_t text_cut(const char *bytes, size_t len, size_t max)
{
	size_t end = max;

	if (len <= max)
		return len;
	while (end && ((unsigned char)bytes[end] & 0xc0) == 0x80)
		end--;
	/* Nothing but continuation bytes is not text: cut anywhere. */
	return max - end < 4 ? end : max;
}

static size_t escape(const char *bytes, size_t len, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		*out++ = '\\';
		*out++ = 'x';
		*out++ = hex[c >> 4];
		*out++ = hex[c & 15];
	}
	return len * 4;
}

size_t text_line(const char *in, size_t len, char *out, size_t cap)
{
	size_t n = 0, used, piece_len;
	char piece[16];
	ucs4_t c;

	for (size_t i = 0; i < len; i += used) {
		used = next_repaired(in + i, len - i, &c);
		if (is_control(c) || c == 0x2028 || c == 0x2029)
			piece_len = escape(in + i, used, piece);
		else
			piece_len = (size_t)u8_uctomb((uint8_t *)piece, c, sizeof(piece));
		if (n + piece_len >= cap)
			break;
		memcpy(out + n, piece, piece_len);
		n += piece_len;
	}
	if (cap)
		out[n] = '\0';
	return n;
}

/* One character folded.  What is outside ASCII stays outside: the Kelvin sign is no
 * "k", and a dotless i is no "I". */
static ucs4_t fold_char(uint32_t fold, ucs4_t c, int first)
{
	int upper = fold == IDBC_FOLD_UPPER || (fold == IDBC_FOLD_UCFIRST && first);
	ucs4_t folded;

	if (!upper && fold != IDBC_FOLD_LOWER && fold != IDBC_FOLD_LOWER_BOTH)
		return c;
	if (c < 0x80 && upper)
		return c >= 'a' && c <= 'z' ? c - 32 : c;
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	folded = upper ? uc_toupper(c) : uc_tolower(c);
	return folded < 0x80 ? c : folded;
}

static int64_t copy_fold(const char *in, size_t len, char *out, size_t cap)
{
	if (len > cap)
		return -1;
	if (len)
		memcpy(out, in, len);
	return (int64_t)len;
}

int64_t text_fold(uint32_t fold, const char *in, size_t len, char *out, size_t cap)
{
	size_t n = 0, used;
	ucs4_t c;

	if (fold == IDBC_FOLD_BINARY)
		return copy_fold(in, len, out, cap);
	if (fold == IDBC_FOLD_LETTERS)
		return text_letters(in, len, out, cap);
	for (size_t i = 0; i < len; i += used) {
		int wrote;

		used = next_char(in + i, len - i, &c);
		if (!used || n == cap)
			return -1;
		wrote = u8_uctomb((uint8_t *)out + n, fold_char(fold, c, i == 0),
				  (ptrdiff_t)(cap - n));
		if (wrote < 0)
			return -1;
		n += (size_t)wrote;
	}
	return (int64_t)n;
}

static int same_folded(uint32_t fold, const char *a, size_t alen, const char *b, size_t blen)
{
	size_t i = 0, j = 0, used_a, used_b;
	ucs4_t ca, cb;

	while (i < alen && j < blen) {
		used_a = next_char(a + i, alen - i, &ca);
		used_b = next_char(b + j, blen - j, &cb);
		if (!used_a || !used_b)
			return 0;
		if (fold_char(fold, ca, i == 0) != fold_char(fold, cb, j == 0))
			return 0;
		i += used_a;
		j += used_b;
	}
	return i == alen && j == blen;
}

int text_same(uint32_t fold, const char *a, size_t alen, const char *b, size_t blen)
{
	if (fold == IDBC_FOLD_DATABASE)
		return 1;
	if (alen == blen && (!alen || !memcmp(a, b, alen)))
		return 1;
	if (fold == IDBC_FOLD_NONE || fold == IDBC_FOLD_BINARY)
		return 0;
	return same_folded(fold, a, alen, b, blen);
}

char *text_dup(const char *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

static int letter(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance, letter case ignored; two letters exchanged count as one edit. */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t row[3][NEAREST_MAX + 1];
	size_t *before = row[0], *above = row[1], *here = row[2], *spare;

	for (size_t j = 0; j <= blen; j++)
		above[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		here[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t differ = letter(a[i - 1]) != letter(b[j - 1]);
			size_t best = least(above[j], here[j - 1]) + 1;

			best = least(best, above[j - 1] + differ);
			if (i > 1 && j > 1 && letter(a[i - 1]) == letter(b[j - 2]) &&
			    letter(a[i - 2]) == letter(b[j - 1]))
				best = least(best, before[j - 2] + 1);
			here[j] = best;
		}
		spare = before;
		before = above;
		above = here;
		here = spare;
	}
	return above[blen];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), best = (len + 2) / 3 + 1, d;
	const char *nearest = NULL;

	if (len > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(candidates[i]);

		if (other > NEAREST_MAX)
			continue;
		d = distance(word, len, candidates[i], other);
		if (d < best && d < len) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
