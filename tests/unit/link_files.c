/* tests/unit/link_files.c - which files are loaded as drivers, and which are not, whatever is
 * in them: none.so would end this program if any of it ran.
 */
#include <elf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "link/inside.h"
#include "unit.h"

#define DRIVERS TEST_BUILD "/tests/drivers"

static struct driver_fault fault;
static char folder[64] = "/tmp/idbc-files.XXXXXX";
static char path[200];          /* of what was copied last */
static char *image;             /* tame.so */
static size_t size;

static void read_image(void)
{
	FILE *file = fopen(DRIVERS "/tame.so", "r");
	struct stat st;

	if (!file || fstat(fileno(file), &st) || !(image = malloc((size_t)st.st_size)))
		exit(1);
	size = fread(image, 1, (size_t)st.st_size, file);
	fclose(file);
}

/* The first `len` bytes of the image as a file in the folder. */
static void copy(const char *name, size_t len)
{
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(image, 1, len, file), len);
	fclose(file);
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
}

static void loaded(const char *name)
{
	memset(&fault, 0, sizeof(fault));
	CU_ASSERT_PTR_NOT_NULL(driver_find(name, &fault));
	UNIT_STR(fault.text, "");
}

static void not_loaded(const char *name, const char *code, const char *part)
{
	memset(&fault, 0, sizeof(fault));
	CU_ASSERT_PTR_NULL(driver_find(name, &fault));
	UNIT_STR(fault.code, code);
	CU_ASSERT(strstr(fault.text, part) != NULL);
	if (!strstr(fault.text, part))
		fprintf(stderr, "\"%s\" is not in \"%s\"\n", part, fault.text);
}

static void test_files(void)
{
	not_loaded("absent", "driver-not-found", DRIVERS);
	not_loaded("/nowhere/absent.so", "driver-not-found", "no such file");
	not_loaded("/tmp", "driver-unsafe", "regular file");
	not_loaded("./tame", "bad-value", "absolute path");
	not_loaded("../drivers/tame", "bad-value", "absolute path");
	not_loaded("", "bad-value", "bare name");
	not_loaded("a b", "bad-value", "bare name");
	not_loaded("none", "driver-no-entry", "idbc_driver_entry");
	not_loaded("refuses", "driver-refused", "refuses");
	not_loaded("future", "driver-abi", "77.3");
	not_loaded("restless", "driver-not-loadable", "was replaced while it was loaded");
	not_loaded("/etc/passwd", "driver-not-loadable", "passwd");
	not_loaded("/proc/self/exe", "driver-no-entry", "link_files");
	not_loaded("/dev/null", "driver-unsafe", "regular file");
	not_loaded("tame.so/x", "bad-value", "absolute path");
	not_loaded("/etc/passwd/tame.so", "driver-not-found", "cannot be looked at");
}

/* --- who could have put it there -------------------------------------------------------- */
static void test_modes(void)
{
	copy("tame.so", size);
	CU_ASSERT_EQUAL(chmod(path, 0664), 0);
	not_loaded(path, "driver-unsafe", "can be written");
	CU_ASSERT_EQUAL(chmod(path, 0646), 0);
	not_loaded(path, "driver-unsafe", "can be written");
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	CU_ASSERT_EQUAL(chmod(folder, 0777), 0);
	not_loaded(path, "driver-unsafe", "folder");
	CU_ASSERT_EQUAL(chmod(folder, 01777), 0);
	loaded(path);
	CU_ASSERT_EQUAL(chmod(folder, 0700), 0);
}

/* Higher up as well, and where a link leads. */
static void test_folders(void)
{
	char deep[200], link[200];

	snprintf(deep, sizeof(deep), "%s/deep", folder);
	CU_ASSERT_EQUAL(mkdir(deep, 0700), 0);
	copy("deep/tame.so", size);
	snprintf(link, sizeof(link), "%s/link.so", folder);
	CU_ASSERT_EQUAL(symlink("deep/tame.so", link), 0);
	CU_ASSERT_EQUAL(chmod(folder, 0707), 0);
	not_loaded(path, "driver-unsafe", "folder");
	CU_ASSERT_EQUAL(chmod(folder, 0700), 0);
	CU_ASSERT_EQUAL(chmod(deep, 0707), 0);
	not_loaded(link, "driver-unsafe", "deep is a folder");
	CU_ASSERT_EQUAL(chmod(deep, 0700), 0);
	loaded(link);
	CU_ASSERT_EQUAL(unlink(link), 0);
}

static void test_strangers(void)
{
	if (geteuid() != 0) {
		printf("skip - link_files/a stranger's file: only root can make one\n");
		return;
	}
	copy("stranger.so", size);
	CU_ASSERT_EQUAL(chown(path, 12345, 12345), 0);
	not_loaded(path, "driver-unsafe", "belongs neither");
	CU_ASSERT_EQUAL(chown(path, 0, 12345), 0);
	loaded(path);
}

/* Nothing of these is opened: a FIFO would wait for a writer. */
static void test_other_things(void)
{
	char link[200];

	snprintf(path, sizeof(path), "%s/fifo.so", folder);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	not_loaded(path, "driver-unsafe", "regular file");
	snprintf(link, sizeof(link), "%s/to-fifo.so", folder);
	CU_ASSERT_EQUAL(symlink(path, link), 0);
	not_loaded(link, "driver-unsafe", "regular file");
	CU_ASSERT_EQUAL(unlink(link), 0);
	CU_ASSERT_EQUAL(symlink("/dev/zero", link), 0);
	not_loaded(link, "driver-unsafe", "regular file");
	CU_ASSERT_EQUAL(unlink(link), 0);
	CU_ASSERT_EQUAL(symlink(link, link), 0);
	not_loaded(link, "driver-not-found", "cannot be looked at");
	CU_ASSERT_EQUAL(unlink(link), 0);
	CU_ASSERT_EQUAL(symlink("nowhere", link), 0);
	not_loaded(link, "driver-not-found", "no such file");
	unlink(path);
	snprintf(path, sizeof(path), "%s/folder.so", folder);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	not_loaded(path, "driver-unsafe", "regular file");
}

/* --- what is in it ---------------------------------------------------------------------- */
static void changed(const char *name, size_t at, int byte, const char *part)
{
	char kept = image[at];

	image[at] = (char)byte;
	copy(name, size);
	image[at] = kept;
	not_loaded(path, "driver-not-loadable", part);
}

static void test_other_machines(void)
{
	Elf64_Ehdr head;

	memcpy(&head, image, sizeof(head));
	changed("magic.so", 0, 'x', "no ELF file");
	changed("class.so", EI_CLASS, head.e_ident[EI_CLASS] ^ 3, "");
	changed("order.so", EI_DATA, head.e_ident[EI_DATA] ^ 3, "");
	changed("machine.so", offsetof(Elf64_Ehdr, e_machine), EM_SPARC, "another machine");
	changed("program.so", offsetof(Elf64_Ehdr, e_type), ET_EXEC, "no shared object");
	changed("object.so", offsetof(Elf64_Ehdr, e_type), ET_REL, "no shared object");
}

/* A whole file, a part of which would be mapped from beyond its end. */
static void test_parts(void)
{
	Elf64_Ehdr head;
	Elf64_Phdr part;

	memcpy(&head, image, sizeof(head));
	for (size_t i = 0; i < head.e_phnum; i++) {
		size_t at = head.e_phoff + i * head.e_phentsize;

		memcpy(&part, image + at, sizeof(part));
		if (part.p_type != PT_LOAD)
			continue;
		changed("far.so", at + offsetof(Elf64_Phdr, p_offset) + 5, 1, "cut short");
		changed("long.so", at + offsetof(Elf64_Phdr, p_filesz) + 5, 1, "cut short");
	}
}

static void test_cut(void)
{
	for (size_t len = 0; len < size; len += len < 512 || len > size - 64 ? 1 : 509) {
		copy("cut.so", len);
		memset(&fault, 0, sizeof(fault));
		CU_ASSERT_PTR_NULL(driver_load(path, &fault));
		UNIT_STR(fault.code, "driver-not-loadable");
	}
	copy("whole.so", size);
	loaded(path);
}

/* Any byte of the tables wrong: an answer, whichever. */
static void test_damaged(void)
{
	int fd = memfd_create("damaged", MFD_CLOEXEC);
	Elf64_Ehdr head;
	unsigned seed = 1;

	memcpy(&head, image, sizeof(head));
	CU_ASSERT_FATAL(fd >= 0);
	for (int i = 0; i < 3000; i++) {
		size_t at = (seed = seed * 1103515245u + 12345u) >> 8;
		char kept;

		at = i & 1 ? at % 4096 : head.e_shoff + at % (size - head.e_shoff);
		kept = image[at];
		image[at] = (char)(seed >> 24);
		CU_ASSERT(pwrite(fd, image, size, 0) == (ssize_t)size);
		driver_check_object(fd, size, "damaged", &fault);
		image[at] = kept;
	}
	close(fd);
}

/* --- once, and all of them --------------------------------------------------------------- */
static void *load(void *out)
{
	struct driver_fault mine;

	*(const struct driver **)out = driver_find("tame", &mine);
	return NULL;
}

static void test_once(void)
{
	const struct driver *got[8];
	pthread_t threads[8];

	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, load, &got[i]);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_PTR_NOT_NULL(got[0]);
	for (int i = 1; i < 8; i++)
		CU_ASSERT_PTR_EQUAL(got[i], got[0]);
}

static void count(void *ctx, const struct link_driver_info *info)
{
	int *seen = ctx;

	if (!strcmp(info->path, DRIVERS "/tame.so")) {
		UNIT_STR(info->name, "tame");
		UNIT_STR(info->version, "1.2");
		CU_ASSERT_PTR_NULL(info->why);
		CU_ASSERT_EQUAL(info->ops, 6);
		*seen |= 1;
	}
	if (!strcmp(info->path, DRIVERS "/future.so")) {
		CU_ASSERT(info->why && strstr(info->why, "77.3"));
		UNIT_STR(info->name, "");
		*seen |= 2;
	}
}

static void test_list(void)
{
	int seen = 0;

	CU_ASSERT_EQUAL(link_list_drivers(count, &seen), IDBC_OK);
	CU_ASSERT_EQUAL(seen, 3);
}

static const struct unit_test tests[] = {
	{ "files that are no driver for us", test_files },
	{ "files that others may write", test_modes },
	{ "folders that others may write", test_folders },
	{ "a stranger's file", test_strangers },
	{ "what is no file is not opened", test_other_things },
	{ "for another machine, or no shared object", test_other_machines },
	{ "parts beyond the file's end", test_parts },
	{ "cut short at any length", test_cut },
	{ "damaged tables are read without harm", test_damaged },
	{ "eight threads load a driver once", test_once },
	{ "the list of drivers", test_list },
};

int main(void)
{
	char command[128];
	int bad;

	setenv("IDBC_DRIVER_PATH", "/nowhere:" DRIVERS, 1);
	read_image();
	if (!mkdtemp(folder))
		return 1;
	bad = unit_run("link_files", tests, sizeof(tests) / sizeof(tests[0]));
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	free(image);
	return system(command) || bad;
}
