/* connector/base/lane.h - what many threads write to, kept apart: a thread writes in the lane of
 * the processor that it runs on, so that no two processors pass one cache line to and fro.  It
 * may be on another one the next moment: a lane has a lock or atomics all the same.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_BASE_LANE_H
#define CONNECTOR_BASE_LANE_H

#include <sched.h>

#define LANES     8u            /* processors with the same remainder share one */
#define LANE_LINE 64            /* bytes that a processor owns at once */

static inline unsigned lane_here(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (unsigned)cpu % LANES;
}

#endif
