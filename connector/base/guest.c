/* connector/base/guest.c - job: leave a host's thread as it was; see guest.h.
 * Threads: the caller's mask, error queue and locale alone; no lock.
 */
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#include "base/guest.h"

static void pipe_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGPIPE);
}

void guest_enter(struct guest *guest)
{
	sigset_t pending, set;

	pipe_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, &guest->before);
	guest->was_pending = 0;
	/* One can wait for this thread only where it was kept from it. */
	if (sigismember(&guest->before, SIGPIPE) == 1) {
		sigpending(&pending);
		guest->was_pending = sigismember(&pending, SIGPIPE) == 1;
	}
	errors_keep(&guest->errors);
	guest->locale = locale_plain();
}

/* The kernel sends one for a broken pipe in this process's own name; what another process
 * sent meanwhile goes to the host. */
static void drain(void)
{
	static const struct timespec now = { 0, 0 };
	siginfo_t info;
	sigset_t set;

	pipe_set(&set);
	if (sigtimedwait(&set, &info, &now) == SIGPIPE && info.si_pid != getpid())
		kill(getpid(), SIGPIPE);
}

void guest_leave(struct guest *guest)
{
	locale_back(guest->locale);
	if (!guest->was_pending)
		drain();
	errors_put_back(&guest->errors);
	pthread_sigmask(SIG_SETMASK, &guest->before, NULL);
}
