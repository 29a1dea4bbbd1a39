/* connector/link/loader.c - job: find a driver's file and load it, once per process and for
 * ever; file.c has judged it before.
 *
 * Threads: any.  Lock: none, so that no forked child finds it held: the list only grows,
 * at its head.  dlopen may run twice for one file, which gives the same library both times.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "link/builtin.h"
#include "link/inside.h"

static struct driver *_Atomic drivers;

/* --- the list ------------------------------------------------------------------------- */
static const struct driver *find(const struct driver *from, const char *path)
{
	while (from && strcmp(from->path, path))
		from = from->next;
	return from;
}

static const struct driver *listed(const char *path)
{
	return find(atomic_load(&drivers), path);
}

static void driver_free(struct driver *driver)
{
	if (driver)
		free(driver->path);
	free(driver);
}

/* The one in the list: `mine`, unless another thread was quicker. */
static const struct driver *list(struct driver *mine)
{
	struct driver *head = atomic_load(&drivers);
	const struct driver *other;

	do {
		other = find(head, mine->path);
		if (other) {
			driver_free(mine);
			return other;
		}
		mine->next = head;
	} while (!atomic_compare_exchange_weak(&drivers, &head, mine));
	return mine;
}

/* --- one file ------------------------------------------------------------------------- */
static const struct idbc_driver *ask_entry(idbc_driver_entry_fn *entry, const char *path,
					   struct driver_fault *fault)
{
	const struct idbc_driver *table;
	struct link_host host;

	link_host_init(&host, NULL, "driver");
	table = entry(IDBC_DRIVER_ABI, &host.table);
	if (!table)
		driver_fault(fault, "driver-refused", "%.300s refuses this library (ABI %u.%u)",
			     path, IDBC_DRIVER_ABI_MAJOR, IDBC_DRIVER_ABI_MINOR);
	return table;
}

static const struct idbc_driver *call_entry(void *handle, const char *path,
					    struct driver_fault *fault)
{
	idbc_driver_entry_fn *entry;
	void *symbol = dlsym(handle, IDBC_DRIVER_ENTRY_SYMBOL);

	if (!symbol) {
		driver_fault(fault, "driver-no-entry", "%.300s is no driver: it has no %s",
			path, IDBC_DRIVER_ENTRY_SYMBOL);
		return NULL;
	}
	memcpy(&entry, &symbol, sizeof(entry));
	return ask_entry(entry, path, fault);
}

static const struct idbc_driver *load_file(const struct driver_file *file,
					   struct driver_fault *fault)
{
	void *handle = dlopen(file->path, RTLD_NOW | RTLD_LOCAL);
	const char *why;

	if (handle && driver_same_file(file))
		return call_entry(handle, file->path, fault);
	why = handle ? NULL : dlerror();
	driver_fault(fault, "driver-not-loadable", "%.280s%s", why ? why : file->path,
		     why ? "" : " was replaced while it was loaded: try again");
	return NULL;
}

static const struct idbc_driver *open_file(const char *path, struct driver_fault *fault)
{
	const struct idbc_driver *table;
	struct driver_file file;

	if (driver_file_open(path, &file, fault))
		return NULL;
	table = load_file(&file, fault);
	driver_file_close(&file);
	return table;
}

/* What is in the list, new or found there by then. */
static const struct driver *adopt(const char *path, const struct idbc_driver *theirs,
				  struct driver_fault *fault)
{
	struct driver *mine = calloc(1, sizeof(*mine));

	if (mine)
		mine->path = strdup(path);
	if (!mine || !mine->path) {
		driver_free(mine);
		driver_fault(fault, "no-memory", "out of memory");
		return NULL;
	}
	if (driver_adopt(theirs, mine, fault)) {
		driver_free(mine);
		return NULL;
	}
	return list(mine);
}

const struct driver *driver_load(const char *path, struct driver_fault *fault)
{
	const struct driver *found = listed(path);
	const struct idbc_driver *theirs;

	if (found)
		return found;
	theirs = open_file(path, fault);
	return theirs ? adopt(path, theirs, fault) : NULL;
}

/* Its name stands for its path, which no file can have: it has no slash. */
const struct driver *driver_builtin(const struct builtin *builtin, struct driver_fault *fault)
{
	const struct driver *found = listed(builtin->name);
	const struct idbc_driver *theirs;

	if (found)
		return found;
	theirs = ask_entry(builtin->entry, builtin->name, fault);
	return theirs ? adopt(builtin->name, theirs, fault) : NULL;
}

/* --- looking for it ------------------------------------------------------------------- */
/* IDBC_DRIVER_PATH, unless the process has more rights than its user; then the built-in.  A
 * relative folder is passed over: which one it is would depend on where the host stands. */
int driver_each_folder(int (*fn)(void *ctx, const char *folder), void *ctx)
{
	const char *path = secure_getenv("IDBC_DRIVER_PATH");
	char *copy = path ? strdup(path) : NULL, *rest = NULL;
	int stop = 0;

	if (copy)
		for (char *folder = strtok_r(copy, ":", &rest); folder && !stop;
		     folder = strtok_r(NULL, ":", &rest))
			stop = folder[0] == '/' ? fn(ctx, folder) : 0;
	free(copy);
	return stop ? stop : fn(ctx, IDBC_DRIVERDIR);
}

struct search {
	const char *name;
	char *found;
	char tried[300];
	int nomem;
};

static int look_in(void *ctx, const char *folder)
{
	struct search *search = ctx;
	size_t size = strlen(folder) + strlen(search->name) + 5;
	size_t at = strlen(search->tried);
	char *path = malloc(size);

	if (!path)
		return search->nomem = 1;
	snprintf(path, size, "%s/%s.so", folder, search->name);
	if (access(path, F_OK) == 0) {
		search->found = path;
		return 1;
	}
	free(path);
	snprintf(
		search->tried + at, sizeof(search->tried) - at, "%s%s", at ? ", " : "", folder);
	return 0;
}

static int is_bare(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isascii((unsigned char)*c) || (!isalnum((unsigned char)*c) && *c != '_' &&
						    *c != '-'))
			return 0;
	return name[0] != '\0';
}

const struct driver *driver_find(const char *name, struct driver_fault *fault)
{
	struct search search = { name, NULL, "", 0 };
	const struct builtin *builtin = builtin_find(name);
	const struct driver *driver = NULL;

	if (name[0] == '/')
		return driver_load(name, fault);
	if (builtin)
		return driver_builtin(builtin, fault);
	if (!is_bare(name)) {
		driver_fault(fault, "bad-value",
			"expected a bare name (letters, digits, _ and -) or an absolute path");
		return NULL;
	}
	driver_each_folder(look_in, &search);
	if (search.found)
		driver = driver_load(search.found, fault);
	else if (search.nomem)
		driver_fault(fault, "no-memory", "out of memory");
	else
		driver_fault(fault, "driver-not-found", "no file %.60s.so in %s", name,
			     search.tried);
	free(search.found);
	return driver;
}
