/* tests/host/ranges.h - whose code a call comes from: the executable parts of the objects whose
 * names hold one of some words.  For hosts with an allocator of their own: allocates nothing.
 */
#ifndef TESTS_HOST_RANGES_H
#define TESTS_HOST_RANGES_H

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include "real.h"

static struct { uintptr_t from, to; } ranges[64];
static size_t nranges;

static inline int ranges_note(struct dl_phdr_info *info, size_t size, void *names)
{
	const char *const *name = names;

	(void)size;
	while (*name && !strstr(info->dlpi_name, *name))
		name++;
	for (int k = 0; *name && k < info->dlpi_phnum && nranges < 64; k++) {
		const ElfW(Phdr) *at = &info->dlpi_phdr[k];

		if (at->p_type != PT_LOAD || !(at->p_flags & PF_X))
			continue;
		ranges[nranges].from = info->dlpi_addr + at->p_vaddr;
		ranges[nranges].to = ranges[nranges].from + at->p_memsz;
		nranges++;
	}
	return 0;
}

/* `names` ends with NULL. */
static inline void ranges_look_for(const char *const *names)
{
	nranges = 0;
	dl_iterate_phdr(ranges_note, (void *)names);
}

REAL_EARLY static inline int ranges_hold(const void *code)
{
	uintptr_t at = (uintptr_t)code;
	size_t i = 0;

	while (i < nranges && (at < ranges[i].from || at >= ranges[i].to))
		i++;
	return i < nranges;
}

#endif
