/* connector/link/elf.c - job: is this open file a driver, as far as that can be told without
 * running any of it: a whole shared object for this machine that exports the entry.  dlopen
 * runs a file's constructors, so it is asked before.
 *
 * A file cut short would be mapped all the same and end the process where it is missing.
 * Threads: any, no lock.
 */
#include <gelf.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include "link/inside.h"

/* This library's own head, which the link editor names: what a driver must be built for. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static int not_loadable(struct driver_fault *fault, const char *path, const char *why)
{
	return driver_fault(fault, "driver-not-loadable", "%.300s %s", path, why);
}

static int is_ours(const GElf_Ehdr *theirs)
{
	const ElfW(Ehdr) *ours = &__ehdr_start;

	return theirs->e_ident[EI_CLASS] == ours->e_ident[EI_CLASS] &&
	       theirs->e_ident[EI_DATA] == ours->e_ident[EI_DATA] &&
	       theirs->e_machine == ours->e_machine;
}

static int is_within(uint64_t at, uint64_t n, uint64_t file_size)
{
	return at <= file_size && n <= file_size - at;
}

/* The tables, and every part that would be mapped, lie within the file. */
static int is_whole(Elf *elf, const GElf_Ehdr *head, uint64_t file_size)
{
	size_t n = 0, loads = 0;
	GElf_Phdr part;

	if (elf_getphdrnum(elf, &n) ||
	    !is_within(head->e_phoff, (uint64_t)head->e_phnum * head->e_phentsize, file_size) ||
	    !is_within(head->e_shoff, (uint64_t)head->e_shnum * head->e_shentsize, file_size))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &part))
			return 0;
		if (part.p_type != PT_LOAD && part.p_type != PT_DYNAMIC)
			continue;
		if (!is_within(part.p_offset, part.p_filesz, file_size))
			return 0;
		loads += part.p_type == PT_LOAD;
	}
	return loads > 0;
}

static int is_entry(Elf *elf, size_t names, const GElf_Sym *symbol)
{
	int type = GELF_ST_TYPE(symbol->st_info), binding = GELF_ST_BIND(symbol->st_info);
	const char *name = elf_strptr(elf, names, symbol->st_name);

	return name && !strcmp(name, IDBC_DRIVER_ENTRY_SYMBOL) &&
	       symbol->st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_GNU_IFUNC) &&
	       (binding == STB_GLOBAL || binding == STB_WEAK) &&
	       GELF_ST_VISIBILITY(symbol->st_other) != STV_HIDDEN;
}

static int has_entry_in(Elf *elf, Elf_Scn *section, const GElf_Shdr *head)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (int i = 0; data && gelf_getsym(data, i, &symbol); i++)
		if (is_entry(elf, head->sh_link, &symbol))
			return 1;
	return 0;
}

static int has_entry(Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr head;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &head) && head.sh_type == SHT_DYNSYM &&
		    has_entry_in(elf, section, &head))
			return 1;
	return 0;
}

static int check_object(Elf *elf, uint64_t file_size, const char *path,
			struct driver_fault *fault)
{
	GElf_Ehdr head;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &head))
		return not_loadable(fault, path, "is no shared object (no ELF file)");
	if (!is_ours(&head))
		return not_loadable(fault, path, "is built for another machine");
	if (head.e_type != ET_DYN)
		return not_loadable(fault, path, "is no shared object");
	if (!is_whole(elf, &head, file_size))
		return not_loadable(fault, path, "is cut short or damaged");
	if (!has_entry(elf))
		return driver_fault(fault, "driver-no-entry",
				    "%.300s is no driver: it has no %s", path,
				    IDBC_DRIVER_ENTRY_SYMBOL);
	return 0;
}

int driver_check_object(int fd, uint64_t file_size, const char *path,
			struct driver_fault *fault)
{
	Elf *elf;
	int rc;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return not_loadable(fault, path, "cannot be read: libelf is of another version");
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return not_loadable(fault, path, "cannot be read");
	rc = check_object(elf, file_size, path, fault);
	elf_end(elf);
	return rc;
}
