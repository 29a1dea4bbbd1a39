/* drivers/mysql/backend.c - struct sql_backend on the MySQL client library.
 *
 * Threads: any; nothing here can be written.
 */
#include "client.h"

static int backend_open(const struct idbc_host *host, const struct idbc_settings *settings,
			struct idbc_findings *findings, void **instance,
			struct idbc_error *err)
{
	struct my_instance *in = NULL;
	int status = my_options_read(host, settings, findings, &in, err);

	if (status == IDBC_OK)
		*instance = in;
	return status;
}

static void backend_close(void *instance)
{
	my_options_free(instance);
}

static int thread_begin(void *instance)
{
	(void)instance;
	return mysql_thread_init() ? IDBC_NOMEM : IDBC_OK;
}

static void thread_end(void *instance)
{
	(void)instance;
	mysql_thread_end();
}

const struct sql_backend my_backend = {
	.name = "mysql",
	.open = backend_open,
	.close = backend_close,
	.thread_begin = thread_begin,
	.thread_end = thread_end,
	.connect = my_connect,
	.disconnect = my_disconnect,
	.abandon = my_abandon,
	.interrupt = my_interrupt,
	.work = my_work,
	.give_up = my_give_up,
	.reach = my_reach,
	.end_work = my_end_work,
	.ping = my_ping,
	.prepare = my_prepare,
	.execute = my_execute,
	.fetch = my_fetch,
	.columns = my_columns,
	.reset = my_reset,
	.finish = my_finish,
	.exec = my_exec,
	.begin = my_begin,
	.commit = my_commit,
	.rollback = my_rollback,
	.last_id = my_last_id,
	.facts = my_facts,
	.quiet = my_quiet,
};
