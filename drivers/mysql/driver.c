/* drivers/mysql/driver.c - the driver "mysql": drivers/sql over Oracle's or MariaDB's
 * client library.
 *
 * The library is set up in idbc_driver_entry(), which a host calls once, under its
 * loader's lock.  It is never torn down: the host may use it too.  Threads: see driver.h.
 */
#include "client.h"

#include "sql/base/pipe.h"

static int driver_open(const struct idbc_host *host, const struct idbc_settings *settings,
		       struct idbc_findings *findings, void **instance,
		       struct idbc_error *err)
{
	return sql_open(&my_backend, host, settings, findings, instance, err);
}

static const struct idbc_driver driver = {
	.size = sizeof(struct idbc_driver),
	.abi = IDBC_DRIVER_ABI,
	.name = "mysql",
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

static int library_init(void)
{
	struct pipe_before before;
	int failed;

	pipe_keep(&before);
	failed = mysql_library_init(0, NULL, NULL);
	pipe_put_back(&before);
	return failed;
}

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	if (!sql_host_suits(host_abi, host) || library_init())
		return NULL;
	return &driver;
}
