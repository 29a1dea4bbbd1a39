/* tests/conformance/kit/world.h - what a process is to those around it: what a driver must
 * leave as it was.  Threads: looking is for one.
 */
#ifndef TESTS_CONFORMANCE_KIT_WORLD_H
#define TESTS_CONFORMANCE_KIT_WORLD_H

#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define WORLD_SIGNALS 65
#define WORLD_LIMITS  16

struct world {
	char locale[512], folder[4096];
	mode_t umask;
	uint64_t environment;                   /* a digest */
	void *handlers[WORLD_SIGNALS];
	int handler_flags[WORLD_SIGNALS];
	sigset_t mask;
	struct rlimit limits[WORLD_LIMITS];
	uint64_t standard[3];           /* which files 0, 1 and 2 are; 0: closed */
	unsigned threads, descriptors, children;
	uint64_t reaped;                /* what ended processes cost: more, and one was run */
	uint64_t who;                   /* a digest: ids, groups, rights, priority */
	uint64_t timers;                /* armed or made */
	struct world_thread {
		char name[16];
		void *locale, *signal_stack;
		int cancel_state, cancel_type;
	} thread;
};
void world_look(struct world *);

unsigned world_sockets(void);
/* Descriptors of sockets that are not in `known`; at most `cap` of them. */
unsigned world_new_sockets(const int *known, unsigned nknown, int *out, unsigned cap);
unsigned world_free_keys(void);         /* thread-specific keys that are left */
uint64_t world_mapped(void);            /* bytes of address space */
int world_sanitized(void);
uint64_t world_heap(void);              /* bytes allocated and not freed */

#endif
