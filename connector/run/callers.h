/* connector/run/callers.h - calls on threads of the host's, so that a close can stop them.
 * Private to connector/run.
 */
#ifndef CONNECTOR_RUN_CALLERS_H
#define CONNECTOR_RUN_CALLERS_H

#include <pthread.h>
#include "base/lane.h"
#include "link/link.h"

struct caller {                         /* on the stack of its call */
	struct stop stop;
	struct caller *next, *prev;
	uint32_t lane;
};
struct callers_lane {
	pthread_mutex_t lock;
	struct caller *first;
	int stopped;                    /* whoever comes now is stopped as well */
	char apart[LANE_LINE];
};
struct callers {
	struct callers_lane lane[LANES];
};
int  callers_init(struct callers *);    /* 0 or -1 */
void callers_destroy(struct callers *);
void callers_enter(struct callers *, struct caller *);
void callers_leave(struct callers *, struct caller *);
void callers_stop(struct callers *);    /* CANCELLED, all of them */

#endif
