/* tests/unit/drivers/refuses.c - a driver that does not want this library. */
#include <idbc/driver.h>

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return NULL;
}
