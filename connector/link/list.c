/* connector/link/list.c - job: every driver that a bare name could mean, for `idbc drivers`.
 * Threads: any, no lock.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "link/builtin.h"
#include "link/inside.h"

struct listing {
	void (*cb)(void *ctx, const struct link_driver_info *);
	void *ctx;
	int nomem;
};

static void tell(struct listing *listing, const char *path, const struct driver *driver,
		 const struct driver_fault *fault)
{
	struct link_driver_info info = { path, "", "", NULL, 0, 0, 0 };

	if (driver) {
		info.name = driver->table.name;
		info.version = driver->table.version;
		info.abi = driver->table.abi;
		info.caps = driver->table.caps;
		info.ops = driver->slots & LINK_OPERATIONS;
	} else {
		info.why = fault->text;
	}
	listing->cb(listing->ctx, &info);
}

static void tell_file(struct listing *listing, const char *path)
{
	struct driver_fault fault = { "", "" };

	tell(listing, path, driver_load(path, &fault), &fault);
}

static void tell_builtin(struct listing *listing, const struct builtin *builtin)
{
	struct driver_fault fault = { "", "" };

	tell(listing, "built in", driver_builtin(builtin, &fault), &fault);
}

static int is_library(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 3 && !strcmp(entry->d_name + len - 3, ".so");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void tell_entry(struct listing *listing, const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = malloc(size);

	if (!path) {
		listing->nomem = 1;
		return;
	}
	snprintf(path, size, "%s/%s", folder, name);
	tell_file(listing, path);
	free(path);
}

/* A folder that is not there holds no drivers. */
static int list_folder(void *ctx, const char *folder)
{
	struct listing *listing = ctx;
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_library, by_bytes);

	for (int i = 0; i < n; i++) {
		tell_entry(listing, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

int link_list_drivers(void (*cb)(void *ctx, const struct link_driver_info *), void *ctx)
{
	struct listing listing = { cb, ctx, 0 };
	const struct builtin *builtin;

	for (size_t i = 0; (builtin = builtin_at(i)); i++)
		if (builtin->entry)
			tell_builtin(&listing, builtin);
	driver_each_folder(list_folder, &listing);
	return listing.nomem ? IDBC_NOMEM : IDBC_OK;
}
