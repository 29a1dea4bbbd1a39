/* connector/password/tool/arena.h - memory that hashes compute in: left out of core files,
 * zero in a forked child, wiped after each use, and kept warm for the next hash of the
 * same size, as faulting it in anew costs as much as the hash.
 *
 * One set for the process: libargon2's callbacks carry no pointer of ours.
 * Threads: any; one lock.
 */
#ifndef CONNECTOR_PASSWORD_TOOL_ARENA_H
#define CONNECTOR_PASSWORD_TOOL_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed; NULL: no memory. */
void *arena_take(size_t bytes);
void  arena_give(void *);               /* wipes; accepts NULL */
void  arena_give_zero(void *);          /* of bytes that are zero already */
/* What a request comes to: whole pages, or whole huge ones. */
size_t arena_bytes(size_t bytes);

/* What may stay mapped, in use and idle together: the budgets of all gates, less what
 * hashes hold elsewhere.  Idle arenas beyond it go at once. */
void  arena_budget_add(int64_t bytes);

struct arena_stats { size_t used, idle; };      /* bytes */
void  arena_stats(struct arena_stats *);

#endif
