/* connector/password/gate/gate.h - how many hashes of a connection run at once, and how much
 * memory they hold together.
 *
 * Who comes waits in a line, first come first served: nobody passes the head of it, so a
 * hash of much memory is not kept out by many of little.  Upgrades stand in a second
 * line, which moves only while the first is empty.  A hash that costs next to nothing
 * passes by.  Threads: any; one lock, held for a few instructions.
 */
#ifndef CONNECTOR_PASSWORD_GATE_GATE_H
#define CONNECTOR_PASSWORD_GATE_GATE_H

#include "password/gate/limits.h"
#include "password/password.h"

#define GATE_QUEUE_MAX 1024u    /* hashes waiting; one more is BUSY at once */

struct gate;
struct gate_rules {
	uint32_t slots;                 /* hashes at once; 0: as many as cores, or twice as
					 * many of a few milliseconds */
	uint32_t memory_kib;            /* of all together; no hash may need more */
	uint32_t queue_max;
};
int  gate_open(const struct gate_rules *, struct gate **out);   /* 0, or -1: no memory */
void gate_close(struct gate *); /* nobody is inside or waits; accepts NULL */

/* Where a hash asks to be let in, and until when that is of use. */
struct gate_ask {
	struct gate *gate;              /* NULL: it begins at once */
	struct password_call call;
};
struct gate_pass {
	struct gate *gate;              /* NULL: passed by, nothing held */
	uint32_t memory_kib, elsewhere_kib, halves;
};
/* 0: in, and to leave again.  PASSWORD_LATE: by our estimate it would not end
 * before the deadline.  PASSWORD_BUSY: too many wait.  `ask` NULL: in.  `typed`: as for
 * cost_us(). */
int  gate_enter(const struct gate_ask *, const struct cost *, size_t typed,
		struct gate_pass *out);
void gate_leave(struct gate_pass *);

/* 1 if two hashes of this cost, made for an upgrade, may still be waited for: at most half
 * of the queue is taken and they would end before the deadline.  Else counted as skipped. */
int  gate_has_room(struct gate *, const struct cost *, int64_t deadline_ns);

void gate_stats(struct gate *, struct password_stats *out);

#endif
