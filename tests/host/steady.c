/* tests/host/steady.c - a host that counts what is allocated once a connection has done
 * everything before: by a call there is the profile and no more, whatever the client library
 * beneath takes for itself.
 *
 * usage: steady LABEL CONFIG OURS-OF-GET-USER OURS-OF-LOGIN     how many allocations at most
 */
#include <stdatomic.h>
#include "host.h"
#include "ranges.h"
#include "real.h"

#define CALLS 100

static const char *const ours_are[] = { "/libidbc", "/drivers/", NULL };
static _Atomic long ours, others;

REAL_EARLY static void count(const void *from)
{
	if (ranges_hold(from))
		ours++;
	else
		others++;
}
#define COUNT count(__builtin_return_address(0))

REAL_EARLY void *malloc(size_t size)
{
	COUNT;
	return real_malloc(size);
}

REAL_EARLY void *calloc(size_t n, size_t size)
{
	COUNT;
	return real_calloc(n, size);
}

REAL_EARLY void *realloc(void *at, size_t size)
{
	COUNT;
	return real_realloc(at, size);
}

REAL_EARLY int posix_memalign(void **out, size_t align, size_t size)
{
	COUNT;
	*out = real_memalign(align, size);
	return *out ? 0 : 12;
}

REAL_EARLY void *aligned_alloc(size_t align, size_t size)
{
	COUNT;
	return real_memalign(align, size);
}

REAL_EARLY char *strdup(const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy;

	COUNT;
	copy = real_malloc(len);
	return copy ? memcpy(copy, text, len) : NULL;
}

REAL_EARLY char *strndup(const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	char *copy;

	COUNT;
	copy = real_malloc(len + 1);
	if (!copy)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, text, len);
}

static void get_user(struct idbc *store)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;

	if (idbc_get_user(store, IDBC_BY_USERNAME, HOST_USER, &user, &err) != IDBC_OK)
		host_says(0, "get_user", "%s", err.text);
	idbc_profile_free(user);
}

static void login(struct idbc *store)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;

	if (idbc_login(store, HOST_USER, HOST_PASSWORD, &user, &err) != IDBC_OK)
		host_says(0, "login", "%s", err.text);
	idbc_profile_free(user);
}

static void steady(const char *name, void (*call)(struct idbc *), struct idbc *store, long most)
{
	long mine, theirs;

	for (int i = 0; i < CALLS; i++)
		call(store);
	mine = ours;
	theirs = others;
	for (int i = 0; i < CALLS; i++)
		call(store);
	mine = ours - mine;
	theirs = others - theirs;
	fprintf(stderr, "%s/%s: %.2f allocations a call, and %.2f of client libraries\n", host_label,
		name, (double)mine / CALLS, (double)theirs / CALLS);
	host_says(mine > 0 && mine <= most * CALLS, name, "%ld allocations in %d calls, not %ld each",
		  mine, CALLS, most);
}

int main(int argc, char **argv)
{
	struct idbc *store;

	if (argc != 5)
		return 2;
	host_label = argv[1];
	store = host_open(argv[2]);
	get_user(store);                        /* the driver is there now */
	ranges_look_for(ours_are);
	steady("get_user", get_user, store, atol(argv[3]));
	steady("login", login, store, atol(argv[4]));
	idbc_close(store, 0);
	return host_failed;
}
