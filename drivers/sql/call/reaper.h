/* drivers/sql/call/reaper.h - ends at the server what was interrupted here.
 *
 * Locks and threads: see reaper.c.
 */
#ifndef DRIVERS_SQL_REAPER_H
#define DRIVERS_SQL_REAPER_H

#include <pthread.h>
#include "sql/sql.h"

struct reaper_case;
struct reaper {
	const struct sql_backend *backend;
	const struct idbc_host *host;
	void *handle;                   /* the backend's instance */
	int64_t patience_ns;            /* so long a server that does not answer is asked again */

	pthread_mutex_t lock;           /* all below */
	pthread_cond_t changed;
	pthread_t watch, work;
	int started;                    /* threads */
	int closing, worker_done;
	int64_t closing_ns;             /* the end of waiting, while closing */
	struct reaper_case *cases;
	void *conn;                     /* the worker's own, while it asks something of it */
	int64_t conn_limit_ns;
};

int  reaper_init(struct reaper *, const struct sql_backend *, const struct idbc_host *);
/* Waits for what was just begun, a second or little more. */
void reaper_end(struct reaper *);
/* Never blocks.  `socket`, or -1, is the reaper's from then on.  0, or -1: it takes no more. */
int  reaper_add(struct reaper *, const struct sql_work *, int socket);

#endif
