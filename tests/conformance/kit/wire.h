/* tests/conformance/kit/wire.h - what a session says to its store, heard without a proxy: the
 * sockets that a connect() opened are exchanged, under their numbers, for ends of pairs that
 * nobody answers.  Whatever the driver writes from then on arrives here, TLS or not.
 * Threads: one.
 */
#ifndef TESTS_CONFORMANCE_KIT_WIRE_H
#define TESTS_CONFORMANCE_KIT_WIRE_H

#include <stddef.h>
#include "kit.h"

#define WIRE_SOCKETS 64
struct wire {
	int known[256], fd[WIRE_SOCKETS], ear[WIRE_SOCKETS];
	unsigned nknown, n;
};
/* Before the connect(), and after it: the number of sockets that it opened. */
void wire_before(struct kit *, struct wire *);
unsigned wire_after(struct kit *, struct wire *);
/* From now on nobody answers. */
void wire_cut(struct kit *, struct wire *);
size_t wire_heard(struct wire *);       /* bytes written since then */

#endif
