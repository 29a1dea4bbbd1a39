/* connector/base/clock.h - time.  Deadlines are absolute CLOCK_MONOTONIC nanoseconds.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_BASE_CLOCK_H
#define CONNECTOR_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ns(void);                     /* monotonic */
int64_t clock_work_ns(void);                    /* what this thread has computed */
int64_t clock_deadline_ns(uint32_t timeout_ms); /* now + timeout */

#endif
