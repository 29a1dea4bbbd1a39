/* drivers/sql/base/arena.h - memory that is freed all at once: a mapping's, a plan's, one
 * call's.  arena_reset() keeps the blocks, so a session allocates nothing in steady
 * state.  Threads: one at a time.
 */
#ifndef DRIVERS_SQL_ARENA_H
#define DRIVERS_SQL_ARENA_H

#include <stddef.h>
#include <idbc/types.h>

struct arena_block;
struct arena {
	struct arena_block *blocks, *current;
	int failed;             /* an allocation failed since the last reset */
};
#define ARENA_INIT { NULL, NULL, 0 }

void *arena_alloc(struct arena *, size_t bytes);        /* zeroed, aligned; NULL: no memory */
char *arena_dup(struct arena *, const char *bytes, size_t len);         /* NUL-terminated */
char *arena_printf(struct arena *, const char *fmt, ...) IDBC_PRINTF(2, 3);
void  arena_reset(struct arena *);      /* empty, overwritten with zeroes, blocks kept */
void  arena_free(struct arena *);

#endif
