/* connector/base/clock.c - the monotonic clock in nanoseconds, deadlines by it, and work done.
 * Threads: any, no lock.
 */
#include <time.h>
#include "base/clock.h"

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

static int64_t read_clock(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_work_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_deadline_ns(uint32_t timeout_ms)
{
	return clock_now_ns() + (int64_t)timeout_ms * NS_PER_MS;
}
