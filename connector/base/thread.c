/* connector/base/thread.c - starting threads, and waiting by the clock that deadlines go by.
 * Threads: any; no lock.  Signals are blocked around the creation, so that the new thread
 * never runs a moment with the host's mask.
 */
#include <signal.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/locale.h"
#include "base/registers.h"
#include "base/thread.h"

struct start {
	void (*fn)(void *ctx);
	void *ctx;
};

static void *begin(void *arg)
{
	struct start start = *(struct start *)arg;
	locale_t before;

	free(arg);
	registers_clear();              /* a password that its parent had just copied */
	before = locale_plain();
	start.fn(start.ctx);
	locale_back(before);
	return NULL;
}

static int create(pthread_t *out, struct start *start, size_t stack_bytes)
{
	sigset_t all, before;
	pthread_attr_t attr;
	int rc;

	if (pthread_attr_init(&attr))
		return -1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_attr_setstacksize(&attr, stack_bytes) ||
	     pthread_create(out, &attr, begin, start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return rc ? -1 : 0;
}

int thread_start(pthread_t *out, void (*fn)(void *ctx), void *ctx, size_t stack_bytes)
{
	struct start *start = malloc(sizeof(*start));

	if (!start)
		return -1;
	*start = (struct start){ fn, ctx };
	if (create(out, start, stack_bytes) == 0)
		return 0;
	free(start);
	return -1;
}

int thread_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int rc;

	if (pthread_condattr_init(&attr))
		return -1;
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) || pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
	return rc ? -1 : 0;
}

int thread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline_ns)
{
	struct timespec until = { .tv_sec = deadline_ns / INT64_C(1000000000),
		.tv_nsec = deadline_ns % INT64_C(1000000000) };

	if (deadline_ns == INT64_MAX) {
		pthread_cond_wait(cond, lock);
		return 0;
	}
	if (clock_now_ns() >= deadline_ns)
		return -1;
	pthread_cond_timedwait(cond, lock, &until);
	return 0;
}
