/* tests/host/failing.h - an allocator that fails once: at `fail_at` of the allocations that the
 * objects which ranges_look_for() was told ask for.  For a host of one file; threads: any.
 */
#ifndef TESTS_HOST_FAILING_H
#define TESTS_HOST_FAILING_H

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include "ranges.h"
#include "real.h"

static _Atomic long asked, fail_at;     /* fail_at 0: never */

/* Only what these ask for fails: unixODBC and its drivers do not look at what malloc says, and
 * jansson 2.14 frees what it never had where there is none for a string: both end the process. */
static const char *const tested[] = {
	"/libidbc", "/drivers/", "/libargon2", "/libcrypto", "/libcrypt.",
	"/libunistring", "/libidn.", NULL
};

/* `from`: who asks. */
REAL_EARLY static int fails(const void *from)
{
	long n;

	if (!ranges_hold(from))
		return 0;
	n = ++asked;
	if (!fail_at || n != fail_at)
		return 0;
	errno = ENOMEM;
	return 1;
}
#define FAILS fails(__builtin_return_address(0))

REAL_EARLY void *malloc(size_t size)
{
	return FAILS ? NULL : real_malloc(size);
}

REAL_EARLY void *calloc(size_t n, size_t size)
{
	return FAILS ? NULL : real_calloc(n, size);
}

REAL_EARLY void *realloc(void *at, size_t size)
{
	return FAILS ? NULL : real_realloc(at, size);
}

REAL_EARLY int posix_memalign(void **out, size_t align, size_t size)
{
	void *at = FAILS ? NULL : real_memalign(align, size);

	if (!at)
		return ENOMEM;
	*out = at;
	return 0;
}

REAL_EARLY void *aligned_alloc(size_t align, size_t size)
{
	return FAILS ? NULL : real_memalign(align, size);
}

REAL_EARLY static char *duplicate(const char *text, size_t len)
{
	char *copy = real_malloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

REAL_EARLY char *strdup(const char *text)
{
	return FAILS ? NULL : duplicate(text, strlen(text));
}

REAL_EARLY char *strndup(const char *text, size_t max)
{
	return FAILS ? NULL : duplicate(text, strnlen(text, max));
}

#endif
