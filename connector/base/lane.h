/* connector/base/lane.h - counters that many threads add to, kept apart: a thread adds in the
 * lane of its own, so that no two processors pass one cache line to and fro.  No thread-local
 * is needed: where a thread's own memory lies tells threads apart.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_BASE_LANE_H
#define CONNECTOR_BASE_LANE_H

#include <pthread.h>
#include <stdint.h>

#define LANES     8u
#define LANE_LINE 64            /* bytes that a processor owns at once */

static inline unsigned lane_of_thread(void)
{
	return (unsigned)((uint64_t)(uintptr_t)pthread_self() * UINT64_C(0x9e3779b97f4a7c15) >> 61);
}

#endif
