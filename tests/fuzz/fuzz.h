/* tests/fuzz/fuzz.h - what every fuzz target has: the entry that libFuzzer calls and that
 * driver/replay.c calls for files, and the input cut into lines.
 *
 * Each piece is a copy of its own, as long as it says: a read beyond it is seen.
 * Threads: one.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <idbc/types.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must never be: ends the process, so that both drivers see it. */
#define FUZZ_MUST(condition) \
	((condition) ? (void)0 : fuzz_wrong(__FILE__, __LINE__, #condition))

static inline void fuzz_wrong(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s does not hold\n", file, line, what);
	abort();
}

static inline struct idbc_str fuzz_copy(const void *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);

	FUZZ_MUST(copy);
	memcpy(copy, len ? bytes : "", len);
	return (struct idbc_str){ copy, len };
}

/* The same with a NUL behind it, for what takes C strings. */
static inline char *fuzz_text(const void *bytes, size_t len)
{
	char *copy = calloc(1, len + 1);

	FUZZ_MUST(copy);
	memcpy(copy, len ? bytes : "", len);
	return copy;
}

static inline void fuzz_free(struct idbc_str *s)
{
	free((char *)s->ptr);
}

/* Up to the next newline, which is skipped; where there is none, nothing. */
static inline struct idbc_str fuzz_line(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *from = *at, *newline = from < end ? memchr(from, '\n', (size_t)(end - from))
							 : NULL;

	if (!newline)
		return fuzz_copy("", 0);
	*at = newline + 1;
	return fuzz_copy(from, (size_t)(newline - from));
}

#endif
