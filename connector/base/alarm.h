/* connector/base/alarm.h - one thread, started when first needed, that calls one function at
 * the right time.
 *
 * Threads: alarm_by() from any; init and stop by one.  Lock: its own, held for moments and
 * never while look() runs.  Who has no deadline earlier than the next look costs one load.
 */
#ifndef CONNECTOR_BASE_ALARM_H
#define CONNECTOR_BASE_ALARM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* Does what is due at `now_ns` and tells when the next thing is: INT64_MAX, nothing.  Runs on
 * the alarm's thread, with all signals blocked.  Called for no reason it does no harm. */
typedef int64_t alarm_fn(void *ctx, int64_t now_ns);

struct alarm {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	_Atomic int64_t next_ns;        /* look() comes no later than this */
	pthread_t thread;
	int started, stopping;
	uint32_t fork_generation;
	alarm_fn *look;
	void *ctx;
};

int  alarm_init(struct alarm *, alarm_fn *look, void *ctx);     /* 0 or -1 */
/* look() at when_ns or before.  What it is to find there is stored before this is called.
 * 0, or -1: the thread cannot be started; another try may. */
int  alarm_by(struct alarm *, int64_t when_ns);
/* Afterwards look() neither runs nor will, and alarm_by() says -1; there is nothing to free.
 * Not from look(); in a forked child it only forgets a thread that is not there. */
void alarm_stop(struct alarm *);

#endif
