/* tests/conformance/kit/look.c - job: read a driver's file with libelf.
 * Threads: one.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "look.h"

static void keep(char *room, size_t cap, const char *name)
{
	if (!room[0])
		snprintf(room, cap, "%s", name ? name : "?");
}

/* --- symbols ------------------------------------------------------------------------------ */
/* Templates and inline functions of C++'s library, which a compiler exports whatever it is
 * told: of no harm, since a driver is loaded RTLD_LOCAL. */
static int is_vague(int bind, const char *name)
{
	return (bind == STB_WEAK || bind == STB_GNU_UNIQUE) && !strncmp(name, "_Z", 2);
}

static void dynamic_symbol(const GElf_Sym *symbol, const char *name, struct elf_look *out)
{
	int bind = GELF_ST_BIND(symbol->st_info);

	if (bind != STB_GLOBAL && bind != STB_WEAK && bind != STB_GNU_UNIQUE)
		return;
	if (symbol->st_shndx == SHN_UNDEF) {
		if (!strncmp(name, "idbc_", 5))
			keep(out->connector, sizeof(out->connector), name);
		out->sanitized |= !strncmp(name, "__asan_", 7) || !strncmp(name, "__tsan_", 7) ||
				  !strncmp(name, "__ubsan_", 8) || !strncmp(name, "__gcov", 6);
		return;
	}
	if (GELF_ST_TYPE(symbol->st_info) == STT_SECTION || symbol->st_shndx == SHN_ABS ||
	    is_vague(bind, name))
		return;
	out->exports++;
	if (!strcmp(name, "idbc_driver_entry"))
		out->entries++;
	else
		keep(out->other, sizeof(out->other), name);
}

static int is_writable_section(const char *name)
{
	return name && (!strcmp(name, ".data") || !strcmp(name, ".bss") ||
			!strcmp(name, ".tdata") || !strcmp(name, ".tbss"));
}

/* What the compiler and the runtimes of C, C++ and Rust put into a library. */
static int is_common(const char *name)
{
	static const char *const starts[] = { "completed.", "__dso_handle", "__TMC_", "DW.ref.",
		"_ZSt", "_ZNSt", "_ZGVNSt", "_ZN3std", "_ZN4core", "_ZN5alloc",
		"_rust_extern_with_linkage_" };
	static const char *const crates[] = { "_3std", "_4core", "_5alloc", "_6memchr" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return 1;
	for (size_t i = 0; i < sizeof(crates) / sizeof(crates[0]); i++)
		if (!strncmp(name, "_R", 2) && strstr(name, crates[i]))
			return 1;
	return 0;
}

static void own_symbol(Elf *elf, size_t strings, const GElf_Sym *symbol, const char *name,
		       struct elf_look *out)
{
	int type = GELF_ST_TYPE(symbol->st_info);
	GElf_Shdr header;
	Elf_Scn *section;

	if ((type != STT_OBJECT && type != STT_TLS) || !symbol->st_size || is_common(name))
		return;
	section = elf_getscn(elf, symbol->st_shndx);
	if (!section || !gelf_getshdr(section, &header) ||
	    !is_writable_section(elf_strptr(elf, strings, header.sh_name)))
		return;
	out->writable++;
	keep(out->object, sizeof(out->object), name);
}

static void symbols(Elf *elf, size_t strings, Elf_Scn *section, const GElf_Shdr *header,
		    struct elf_look *out)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t n = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

	for (size_t i = 1; data && i < n; i++) {
		GElf_Sym symbol;
		const char *name;

		if (!gelf_getsym(data, (int)i, &symbol))
			return;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name)
			continue;
		if (header->sh_type == SHT_DYNSYM)
			dynamic_symbol(&symbol, name, out);
		else
			own_symbol(elf, strings, &symbol, name, out);
	}
}

/* --- sections and segments ------------------------------------------------------------------ */
static void dynamic(Elf_Scn *section, const GElf_Shdr *header, struct elf_look *out)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t n = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	GElf_Dyn entry;

	for (size_t i = 0; data && i < n && gelf_getdyn(data, (int)i, &entry); i++) {
		out->text_relocations |= entry.d_tag == DT_TEXTREL ||
			(entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL));
		out->static_tls |= entry.d_tag == DT_FLAGS &&
				   (entry.d_un.d_val & DF_STATIC_TLS) != 0;
	}
}

static void sections(Elf *elf, size_t strings, struct elf_look *out)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	const char *name;

	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		if (is_writable_section(elf_strptr(elf, strings, header.sh_name)))
			out->writable_bytes += header.sh_size;
		out->has_symbols |= header.sh_type == SHT_SYMTAB;
		name = elf_strptr(elf, strings, header.sh_name);
		out->unwinds |= name && !strcmp(name, ".gcc_except_table");
		if (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB)
			symbols(elf, strings, section, &header, out);
		if (header.sh_type == SHT_DYNAMIC)
			dynamic(section, &header, out);
	}
}

/* Without a word about it the stack is executable. */
static void segments(Elf *elf, struct elf_look *out)
{
	size_t n = 0;
	GElf_Phdr header;

	out->executable_stack = 1;
	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n && gelf_getphdr(elf, (int)i, &header); i++)
		if (header.p_type == PT_GNU_STACK)
			out->executable_stack = (header.p_flags & PF_X) != 0;
}

int elf_look(const char *path, struct elf_look *out, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
	Elf *elf = NULL;
	size_t strings;

	memset(out, 0, sizeof(*out));
	*why = "it cannot be read";
	if (fd < 0 || elf_version(EV_CURRENT) == EV_NONE)
		goto out;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	*why = "it is no ELF file";
	if (!elf || elf_kind(elf) != ELF_K_ELF || elf_getshdrstrndx(elf, &strings))
		goto out;
	sections(elf, strings, out);
	segments(elf, out);
	rc = 0;
out:
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return rc;
}
