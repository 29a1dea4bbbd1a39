/* connector/run/pipe.c - job: hold SIGPIPE back on a host's thread; see pipe.h.
 * Threads: the caller's mask alone; no lock.
 */
#include <pthread.h>
#include <time.h>
#include "run/pipe.h"

static void pipe_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGPIPE);
}

void pipe_block(struct pipe_guard *guard)
{
	sigset_t pending, set;

	pipe_set(&set);
	sigpending(&pending);
	guard->was_pending = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &set, &guard->before);
}

void pipe_restore(const struct pipe_guard *guard)
{
	static const struct timespec now = { 0, 0 };
	sigset_t set;

	pipe_set(&set);
	if (!guard->was_pending)
		sigtimedwait(&set, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}
