/* connector/run/prefix.h - which prefixes of user_ids the open connections of this process have:
 * two different connections with one prefix would give two users one user_id.
 *
 * The same connection, by its name, driver, options and mapping, may be open more than once.
 * Threads: any, no lock: nothing here is held when a process forks, and a child knows nothing
 * of its parent's connections.
 */
#ifndef CONNECTOR_RUN_PREFIX_H
#define CONNECTOR_RUN_PREFIX_H

#include <stdint.h>

struct prefix;

/* 0 and *out, for prefix_release(); 1: another connection has it; -1: no memory. */
int  prefix_claim(const char *prefix, uint32_t connection, struct prefix **out);
void prefix_release(struct prefix *);           /* NULL: nothing */

#endif
