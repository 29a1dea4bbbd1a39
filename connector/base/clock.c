/* connector/base/clock.c - the monotonic clock in nanoseconds, and deadlines by it.
 * Threads: any, no lock.
 */
#include <time.h>
#include "base/clock.h"

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

int64_t clock_now_ns(void)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_deadline_ns(uint32_t timeout_ms)
{
	return clock_now_ns() + (int64_t)timeout_ms * NS_PER_MS;
}
