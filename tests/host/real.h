/* tests/host/real.h - the allocator behind one of a host's own: libc's, or the sanitizer's where
 * one watches.
 */
#ifndef TESTS_HOST_REAL_H
#define TESTS_HOST_REAL_H

#include <stddef.h>

#if defined __has_feature
#define WATCHED_BY(sanitizer) __has_feature(sanitizer)
#else
#define WATCHED_BY(sanitizer) 0
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || WATCHED_BY(address_sanitizer) || \
	WATCHED_BY(thread_sanitizer)
#define real_malloc __interceptor_malloc
#define real_calloc __interceptor_calloc
#define real_realloc __interceptor_realloc
#define real_memalign __interceptor_memalign
#else
#define real_malloc __libc_malloc
#define real_calloc __libc_calloc
#define real_realloc __libc_realloc
#define real_memalign __libc_memalign
#endif

/* Runs before ThreadSanitizer has begun. */
#define REAL_EARLY __attribute__((no_sanitize("thread")))

void *real_malloc(size_t size);
void *real_calloc(size_t n, size_t size);
void *real_realloc(void *at, size_t size);
void *real_memalign(size_t align, size_t size);

/* Is anything lost? */
#if defined __SANITIZE_ADDRESS__ || WATCHED_BY(address_sanitizer)
int __lsan_do_recoverable_leak_check(void);
#define real_leaks() __lsan_do_recoverable_leak_check()
#else
#define real_leaks() 0
#endif

#endif
