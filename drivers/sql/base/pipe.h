/* drivers/sql/base/pipe.h - libmariadb has SIGPIPE ignored for the whole process as it is made
 * ready: that is for the host to decide.  Around whatever may do so.
 *
 * Threads: any; another thread's sigaction() in that moment is taken back only where it ignores
 * the signal as well.
 */
#ifndef DRIVERS_SQL_PIPE_H
#define DRIVERS_SQL_PIPE_H

#include <signal.h>

struct pipe_before {
	struct sigaction action;
	int known;
};

static inline void pipe_keep(struct pipe_before *out)
{
	out->known = sigaction(SIGPIPE, NULL, &out->action) == 0;
}

static inline void pipe_put_back(const struct pipe_before *before)
{
	struct sigaction now;

	if (before->known && before->action.sa_handler != SIG_IGN &&
	    sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
		sigaction(SIGPIPE, &before->action, NULL);
}

#endif
