/* connector/base/thread.h - threads of our own: no signal of the host's is ever handled on one,
 * and numbers are written there as everywhere in the library.  Threads: any; no lock.
 */
#ifndef CONNECTOR_BASE_THREAD_H
#define CONNECTOR_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define THREAD_SMALL ((size_t)256 * 1024)       /* bytes of stack: our own code alone */
#define THREAD_ROOMY ((size_t)512 * 1024)       /* client libraries, resolvers, TLS */

/* Runs fn(ctx) on a new thread, for pthread_join() or pthread_detach().  0, or -1: there are
 * no more threads, or no memory. */
int thread_start(pthread_t *out, void (*fn)(void *ctx), void *ctx, size_t stack_bytes);

/* A condition that waits by the monotonic clock.  0 or -1. */
int thread_cond_init(pthread_cond_t *);
/* Waits until deadline_ns (INT64_MAX: for ever), with `lock` held.  0, or -1: it is past. */
int thread_cond_wait(pthread_cond_t *, pthread_mutex_t *lock, int64_t deadline_ns);

#endif
