/* tests/fuzz/text.c - identifiers: UTF-8, folds, lines for people.  Input: two identifiers,
 * a newline between them.
 */
#include "base/text.h"
#include "fuzz.h"

static void fold(uint32_t kind, const struct idbc_str *s)
{
	char once[4096], twice[4096];
	int64_t n = text_fold(kind, s->ptr, s->len, once, sizeof(once)), m;

	FUZZ_MUST(n <= (int64_t)sizeof(once));
	if (n < 0)
		return;
	m = text_fold(kind, once, (size_t)n, twice, sizeof(twice));
	FUZZ_MUST(m == n && !memcmp(once, twice, (size_t)n));
}

static void show(const struct idbc_str *s)
{
	char line[100];
	size_t len = 0;
	char *whole = text_repair(s->ptr, s->len, &len);

	FUZZ_MUST(whole && text_is_utf8(whole, len));
	free(whole);
	len = text_line(s->ptr, s->len, line, sizeof(line));
	FUZZ_MUST(len < sizeof(line) && strlen(line) == len && text_is_utf8(line, len));
	FUZZ_MUST(!text_has_control(line, len));
	FUZZ_MUST(text_cut(s->ptr, s->len, s->len / 2) <= s->len / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size;
	struct idbc_str a = fuzz_line(&at, end), b = fuzz_copy(at, (size_t)(end - at));

	for (uint32_t kind = 0; kind <= IDBC_FOLD_LETTERS; kind++) {
		fold(kind, &b);
		FUZZ_MUST(text_same(kind, a.ptr, a.len, b.ptr, b.len) ==
			  text_same(kind, b.ptr, b.len, a.ptr, a.len));
	}
	show(&b);
	fuzz_free(&a);
	fuzz_free(&b);
	return 0;
}
