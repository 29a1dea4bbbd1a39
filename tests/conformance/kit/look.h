/* tests/conformance/kit/look.h - a driver's file, looked at without running anything of it.
 * Threads: one.
 */
#ifndef TESTS_CONFORMANCE_KIT_LOOK_H
#define TESTS_CONFORMANCE_KIT_LOOK_H

#include <stddef.h>
#include <stdint.h>

struct elf_look {
	unsigned exports;               /* symbols defined for others */
	unsigned entries;               /* of these, idbc_driver_entry */
	char other[64];                 /* one that is not */
	char connector[64];             /* one of ours that it wants from outside */
	unsigned writable;              /* objects in .data, .bss, .tdata, .tbss */
	uint64_t writable_bytes;        /* of the sections, where there are no names left */
	char object[64];                /* the first one */
	int has_symbols;                /* not stripped */
	int unwinds;                    /* of a language with exceptions or panics */
	int sanitized;                  /* built with a sanitizer or for coverage */
	int text_relocations, executable_stack, static_tls;
};
/* 0, or -1 with *why filled: not an ELF file that can be read. */
int elf_look(const char *path, struct elf_look *out, const char **why);

#endif
