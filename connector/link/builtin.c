/* connector/link/builtin.c - job: the table of drivers that are part of the library.  Each is
 * written as any other, against public headers alone, but that its entry has a name of its own.
 * Threads: any; constant.
 */
#include <string.h>
#include "link/builtin.h"

/* Absent where the library was built without it. */
const struct idbc_driver *migrate_driver_entry(uint32_t host_abi, const struct idbc_host *host)
	__attribute__((weak));

static const struct builtin table[] = {
	{ "migrate", migrate_driver_entry },
};

const struct builtin *builtin_at(size_t i)
{
	return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const struct builtin *builtin_find(const char *name)
{
	const struct builtin *builtin;

	for (size_t i = 0; (builtin = builtin_at(i)); i++)
		if (builtin->entry && !strcmp(builtin->name, name))
			return builtin;
	return NULL;
}
