/* tests/fuzz/split.c - templates of a column that holds hash and salt: read, applied, and
 * what was taken apart put together again.
 * Input: a line with the template, then the column.
 */
#include "fuzz.h"
#include "password/split.h"

static void use(const struct split *split, const struct idbc_str *column)
{
	struct buf joined = BUF_INIT(1u << 20);
	struct idbc_str hash = { "", 0 }, salt = { "", 0 };

	if (split_apply(split, column, &hash, &salt)) {
		FUZZ_MUST(!split_join(split, &hash, &salt, &joined));
		FUZZ_MUST(joined.len == column->len);
		FUZZ_MUST(!joined.len || !memcmp(joined.ptr, column->ptr, joined.len));
	}
	buf_wipe(&joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size;
	struct idbc_str template = fuzz_line(&at, end);
	struct idbc_str column = fuzz_copy(at, (size_t)(end - at));
	char *text = fuzz_text(template.ptr, template.len);
	struct split split;

	if (!split_parse(text, &split))
		use(&split, &column);
	free(text);
	fuzz_free(&template);
	fuzz_free(&column);
	return 0;
}
