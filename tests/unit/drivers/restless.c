/* tests/unit/drivers/restless.c - a library whose file changes while it is loaded. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <idbc/driver.h>
#include <sys/stat.h>

static const char here;         /* in this library */

__attribute__((constructor)) static void loaded(void)
{
	Dl_info own;

	if (dladdr(&here, &own))
		utimensat(AT_FDCWD, own.dli_fname, NULL, 0);
}

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return NULL;
}
