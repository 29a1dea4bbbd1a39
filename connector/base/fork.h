/* connector/base/fork.h - which process we are in.  A child handler bumps a counter
 * and does nothing else.  Threads: any.
 */
#ifndef CONNECTOR_BASE_FORK_H
#define CONNECTOR_BASE_FORK_H

#include <stdint.h>

uint32_t fork_generation(void);         /* remember it at open, compare at each call */

#endif
