/* drivers/sql/base/arena.c - memory that is freed all at once.
 *
 * A chain of blocks, each twice the last up to a ceiling; a reset overwrites what was
 * used and keeps the blocks.  Threads: one at a time; no lock.
 */
#include "sql/base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t cap, used;
	alignas(max_align_t) unsigned char bytes[];
};

#define ARENA_FIRST ((size_t)4096)
#define ARENA_LARGEST ((size_t)1 << 20)

static struct arena_block *block_new(struct arena *arena, size_t want)
{
	size_t cap = arena->current ? arena->current->cap * 2 : ARENA_FIRST;
	struct arena_block *block;

	if (cap > ARENA_LARGEST)
		cap = ARENA_LARGEST;
	if (cap < want)
		cap = want;
	if (cap > SIZE_MAX - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + cap);
	if (block)
		block->cap = cap;
	return block;
}

/* The first block from `current` on with room for `want`; a new one after `current`. */
static struct arena_block *block_with(struct arena *arena, size_t want)
{
	struct arena_block *block = arena->current;

	for (; block; block = block->next) {
		if (block->cap - block->used >= want)
			return block;
	}
	block = block_new(arena, want);
	if (!block)
		return NULL;
	if (arena->current) {
		block->next = arena->current->next;
		arena->current->next = block;
	} else {
		arena->blocks = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	size_t align = alignof(max_align_t);
	struct arena_block *block = NULL;
	void *out;

	if (bytes <= SIZE_MAX - align) {
		bytes = bytes ? (bytes + align - 1) / align * align : align;
		block = block_with(arena, bytes);
	}
	if (!block) {
		arena->failed = 1;
		return NULL;
	}
	arena->current = block;
	out = block->bytes + block->used;
	block->used += bytes;
	return out;
}

char *arena_dup(struct arena *arena, const char *bytes, size_t len)
{
	char *out = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;

	if (!out) {
		arena->failed = 1;
		return NULL;
	}
	if (len)
		memcpy(out, bytes, len);
	return out;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *out = NULL;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len >= 0)
		out = arena_alloc(arena, (size_t)len + 1);
	if (!out) {
		arena->failed = 1;
		return NULL;
	}
	va_start(args, fmt);
	vsnprintf(out, (size_t)len + 1, fmt, args);
	va_end(args);
	return out;
}

void arena_reset(struct arena *arena)
{
	for (struct arena_block *block = arena->blocks; block; block = block->next) {
		explicit_bzero(block->bytes, block->used);
		block->used = 0;
	}
	arena->current = arena->blocks;
	arena->failed = 0;
}

void arena_free(struct arena *arena)
{
	struct arena_block *block, *next;

	arena_reset(arena);
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	arena->blocks = arena->current = NULL;
}
