/* connector/base/alarm.c - job: sleep until the next deadline, then look; see alarm.h.
 * Threads: one of its own; see alarm.h for the rest.
 *
 * No deadline is missed: who stores one and then finds next_ns too late takes the lock and
 * sets it; the alarm sets next_ns to "never" before it looks.  Both orders are sequentially
 * consistent, so either the caller sees "never" or the look sees the deadline.
 */
#include "base/alarm.h"
#include "base/clock.h"
#include "base/fork.h"
#include "base/thread.h"

/* Called with the lock held. */
static void look_by(struct alarm *alarm, int64_t when_ns)
{
	if (when_ns < atomic_load(&alarm->next_ns))
		atomic_store(&alarm->next_ns, when_ns);
}

static void look(struct alarm *alarm, int64_t now_ns)
{
	int64_t next;

	atomic_store(&alarm->next_ns, INT64_MAX);
	pthread_mutex_unlock(&alarm->lock);
	next = alarm->look(alarm->ctx, now_ns);
	pthread_mutex_lock(&alarm->lock);
	look_by(alarm, next);
}

static void run(void *ctx)
{
	struct alarm *alarm = ctx;

	pthread_mutex_lock(&alarm->lock);
	while (!alarm->stopping) {
		int64_t now = clock_now_ns(), next = atomic_load(&alarm->next_ns);

		if (next <= now)
			look(alarm, now);
		else
			thread_cond_wait(&alarm->changed, &alarm->lock, next);
	}
	pthread_mutex_unlock(&alarm->lock);
}

/* A thread that cannot be had leaves next_ns as late as it was: the next caller tries again. */
static int set(struct alarm *alarm, int64_t when_ns)
{
	if (alarm->stopping)
		return -1;
	if (!alarm->started) {
		if (thread_start(&alarm->thread, run, alarm, THREAD_SMALL))
			return -1;
		alarm->started = 1;
	}
	look_by(alarm, when_ns);
	pthread_cond_signal(&alarm->changed);
	return 0;
}

int alarm_by(struct alarm *alarm, int64_t when_ns)
{
	int rc;

	if (atomic_load(&alarm->next_ns) <= when_ns)
		return 0;
	pthread_mutex_lock(&alarm->lock);
	rc = set(alarm, when_ns);
	pthread_mutex_unlock(&alarm->lock);
	return rc;
}

void alarm_stop(struct alarm *alarm)
{
	int started;

	if (alarm->fork_generation != fork_generation())
		return;
	pthread_mutex_lock(&alarm->lock);
	alarm->stopping = 1;
	started = alarm->started;
	pthread_cond_signal(&alarm->changed);
	pthread_mutex_unlock(&alarm->lock);
	if (started)
		pthread_join(alarm->thread, NULL);
}

int alarm_init(struct alarm *alarm, alarm_fn *fn, void *ctx)
{
	*alarm = (struct alarm){ .look = fn, .ctx = ctx, .fork_generation = fork_generation() };
	atomic_init(&alarm->next_ns, INT64_MAX);
	if (pthread_mutex_init(&alarm->lock, NULL))
		return -1;
	if (thread_cond_init(&alarm->changed) == 0)
		return 0;
	pthread_mutex_destroy(&alarm->lock);
	return -1;
}
