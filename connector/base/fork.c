/* connector/base/fork.c - counts the forks between the first ancestor that asked and
 * this process.  Threads: any; the counter is atomic, registration happens once.
 */
#include <pthread.h>
#include <stdatomic.h>
#include "base/fork.h"

static atomic_uint generation;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void in_child(void)
{
	atomic_fetch_add(&generation, 1);
}

static void watch(void)
{
	pthread_atfork(NULL, NULL, in_child);
}

uint32_t fork_generation(void)
{
	pthread_once(&once, watch);
	return atomic_load(&generation);
}
