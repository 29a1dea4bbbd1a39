/* connector/base/lane.h - what many threads write to, kept apart: a thread writes in the lane of
 * the processor that it runs on, so that no two processors pass one cache line to and fro.  It
 * may be on another one the next moment: a lane has a lock or atomics all the same.  What has
 * memory of its own in each lane goes by the thread instead, which a move costs none.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_BASE_LANE_H
#define CONNECTOR_BASE_LANE_H

#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#define LANES     8u            /* processors with the same remainder share one */
#define LANE_LINE 64            /* bytes that a processor owns at once */

static inline unsigned lane_here(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (unsigned)cpu % LANES;
}

_Static_assert(LANES == 8, "lane_of_thread() takes three bits");

/* Where a thread's own memory lies tells threads apart. */
static inline unsigned lane_of_thread(void)
{
	return (unsigned)((uint64_t)(uintptr_t)pthread_self() * UINT64_C(0x9e3779b97f4a7c15) >> 61);
}

#endif
