/* drivers/odbc/backend.c - struct sql_backend on unixODBC.
 *
 * Threads: any; nothing here can be written.
 */
#include "handles.h"

const struct sql_backend od_backend = {
	.name = "odbc",
	.open = od_open,
	.close = od_close,
	.connect = od_connect,
	.disconnect = od_disconnect,
	.abandon = od_abandon,
	.interrupt = od_interrupt,
	.work = od_work,
	.give_up = od_give_up,
	.reach = od_reach,
	.end_work = od_end_work,
	.ping = od_ping,
	.prepare = od_prepare,
	.execute = od_execute,
	.fetch = od_fetch,
	.columns = od_columns,
	.reset = od_reset,
	.finish = od_finish,
	.exec = od_exec,
	.begin = od_begin,
	.commit = od_commit,
	.rollback = od_rollback,
	.last_id = od_last_id,
	.facts = od_facts,
	.quiet = od_quiet,
	.replays = od_replays,
	.unpacks = od_unpacks,
};
