/* tests/unit/drivers/future.c - a driver of another major ABI. */
#include <idbc/driver.h>

static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = (77u << 16) | 3u, .name = "future", .version = "9",
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return &driver;
}
