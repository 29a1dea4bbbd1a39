/* drivers/odbc/driver.c - the driver "odbc": drivers/sql over unixODBC and the drivers
 * behind it.
 *
 * Threads: see driver.h.
 */
#include "handles.h"

static int driver_open(const struct idbc_host *host, const struct idbc_settings *settings,
		       struct idbc_findings *findings, void **instance,
		       struct idbc_error *err)
{
	return sql_open(&od_backend, host, settings, findings, instance, err);
}

static const struct idbc_driver driver = {
	.size = sizeof(struct idbc_driver),
	.abi = IDBC_DRIVER_ABI,
	.name = "odbc",
	.version = IDBC_VERSION,
	.caps = IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT | IDBC_CAP_INTENTS,
	.open = driver_open,
	.close = sql_close,
	.thread_begin = sql_thread_begin,
	.thread_end = sql_thread_end,
	.connect = sql_connect,
	.disconnect = sql_disconnect,
	.abandon = sql_abandon,
	.ping = sql_ping,
	.interrupt = sql_interrupt,
	.ops = &sql_ops,
	.quiet = sql_quiet,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	return sql_host_suits(host_abi, host) ? &driver : NULL;
}
