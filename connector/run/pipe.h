/* connector/run/pipe.h - SIGPIPE can never reach a host from a driver's socket: blocked
 * on the caller's thread while a driver may write, and one that arose meanwhile taken away.
 * TLS libraries write with write(2), so no flag of a socket does it.  Threads: the caller's.
 */
#ifndef CONNECTOR_RUN_PIPE_H
#define CONNECTOR_RUN_PIPE_H

#include <signal.h>

struct pipe_guard {
	sigset_t before;
	int was_pending;
};
void pipe_block(struct pipe_guard *);
void pipe_restore(const struct pipe_guard *);

#endif
