/* connector/base/guest.h - what client libraries do to a host's thread, undone.
 *
 * SIGPIPE can never reach a host from a driver's socket: it is blocked on the caller's thread
 * while a driver may write, and one that arose meanwhile is taken away; TLS libraries write
 * with write(2), so no flag of a socket does it.  OpenSSL's error queue of the thread is
 * afterwards what it was.  Meanwhile the thread's locale is the plain one.  May be nested.
 * Threads: the caller's.
 */
#ifndef CONNECTOR_BASE_GUEST_H
#define CONNECTOR_BASE_GUEST_H

#include <signal.h>
#include "base/locale.h"
#include "base/errors.h"

struct guest {
	sigset_t before;
	int was_pending;
	struct errors errors;
	locale_t locale;
};
void guest_enter(struct guest *);
void guest_leave(struct guest *);

#endif
