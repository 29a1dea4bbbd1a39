/* drivers/sql/codec/codec_bytes.c - bytes and their texts: hex, and uuids that a column keeps as
 * 16 bytes.  Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"

#include <string.h>

int codec_is_bytes(uint32_t column_type)
{
	return column_type == SQL_COL_BINARY || column_type == SQL_COL_UUID_BYTES;
}

int codec_hex(const struct idbc_str *bytes, const char *prefix, struct arena *arena,
	struct idbc_str *out)
{
	static const char digit[] = "0123456789abcdef";
	size_t n = strlen(prefix);
	char *text = arena_alloc(arena, n + 2 * bytes->len + 1);

	if (!text)
		return CODEC_NOMEM;
	memcpy(text, prefix, n);
	for (size_t i = 0; i < bytes->len; i++) {
		text[n++] = digit[(unsigned char)bytes->ptr[i] >> 4];
		text[n++] = digit[(unsigned char)bytes->ptr[i] & 15];
	}
	*out = (struct idbc_str){ text, n };
	return CODEC_OK;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int codec_unhex(const struct idbc_str *hex, struct arena *arena, struct idbc_str *out)
{
	char *bytes = arena_alloc(arena, hex->len / 2 + 1);

	if (!bytes)
		return CODEC_NOMEM;
	if (hex->len % 2)
		return CODEC_MALFORMED;
	for (size_t i = 0; i < hex->len; i += 2) {
		int high = nibble(hex->ptr[i]), low = nibble(hex->ptr[i + 1]);

		if (high < 0 || low < 0)
			return CODEC_MALFORMED;
		bytes[i / 2] = (char)(high << 4 | low);
	}
	*out = (struct idbc_str){ bytes, hex->len / 2 };
	return CODEC_OK;
}

static int is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

int codec_uuid_text(const struct idbc_str *bytes, struct arena *arena, struct idbc_str *out)
{
	struct idbc_str hex;
	char *text = arena_alloc(arena, 37);

	if (!text || codec_hex(bytes, "", arena, &hex))
		return CODEC_NOMEM;
	for (size_t i = 0, from = 0; i < 36; i++)
		text[i] = is_dash(i) ? '-' : hex.ptr[from++];
	*out = (struct idbc_str){ text, 36 };
	return CODEC_OK;
}

int codec_uuid_bytes(const struct idbc_str *text, struct arena *arena, struct idbc_str *out)
{
	char hex[32];
	struct idbc_str digits = { hex, sizeof(hex) };
	size_t n = 0;

	if (text->len != 36)
		return CODEC_MALFORMED;
	for (size_t i = 0; i < 36; i++) {
		char c = text->ptr[i];

		if (is_dash(i) != (c == '-'))
			return CODEC_MALFORMED;
		if (!is_dash(i))
			hex[n++] = c >= 'A' && c <= 'F' ? (char)(c + ('a' - 'A')) : c;
	}
	return codec_unhex(&digits, arena, out);
}

int codec_bind(const struct idbc_str *text, uint32_t column_type, struct arena *arena,
	struct idbc_value *out)
{
	struct idbc_str bytes;
	int rc = CODEC_MALFORMED;

	if (column_type == SQL_COL_UUID_BYTES)
		rc = codec_uuid_bytes(text, arena, &bytes);
	if (rc == CODEC_MALFORMED)
		return codec_bind_text(text, column_type, out);
	if (rc == CODEC_OK)
		*out = (struct idbc_value){ .kind = IDBC_KIND_BYTES, .u.str = bytes };
	return rc;
}
