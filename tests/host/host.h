/* tests/host/host.h - what the hosts of these tests share: answers as "ok - name" lines, a
 * login as one line, and what a process holds (memory, descriptors, threads).
 *
 * A host is called with a label and a configuration whose store has one user, ada.
 */
#ifndef TESTS_HOST_HOST_H
#define TESTS_HOST_HOST_H

#include <dirent.h>
#include <idbc/idbc.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST_USER     "ada"
#define HOST_PASSWORD "Zq-secret-1"

static const char *host_label = "";
static int host_failed;

/* One line of the report, told once the case is over. */
__attribute__((format(printf, 3, 4)))
static inline int host_says(int good, const char *name, const char *fmt, ...)
{
	char why[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	host_failed |= !good;
	if (!good)
		fprintf(stderr, "%s/%s: %s\n", host_label, name, why);
	printf("%s - %s/%s\n", good ? "ok" : "not ok", host_label, name);
	fflush(stdout);
	return good;
}

/* How many times as long everything may take under a sanitizer or valgrind. */
static inline int host_slower(void)
{
	const char *slower = getenv("TEST_SLOWER");

	return slower && atoi(slower) > 0 ? atoi(slower) : 1;
}

/* Ends a process that hangs. */
static inline void host_patience(unsigned seconds)
{
	alarm(seconds * (unsigned)host_slower());
}

static inline struct idbc *host_open(const char *config)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = NULL;

	if (idbc_open(config, &store, &err) == IDBC_OK)
		return store;
	host_says(0, "open", "%s %s", idbc_status_name(err.status), err.text);
	exit(1);
}

static inline int host_login(struct idbc *store, const char *password, struct idbc_error *err)
{
	struct idbc_profile *user = NULL;
	int rc = idbc_login(store, HOST_USER, password, &user, err);
	const char *name;

	if (rc == IDBC_OK && !(name = idbc_profile_get(user, "username")))
		rc = IDBC_NOMEM;
	else if (rc == IDBC_OK && strcmp(name, HOST_USER))
		rc = IDBC_DRIVER;
	idbc_profile_free(user);
	return rc;
}

/* The right password, a wrong one and the profile: 0 where all three are as they must be. */
static inline int host_round(struct idbc *store, struct idbc_error *err)
{
	struct idbc_profile *user = NULL;
	int rc = host_login(store, HOST_PASSWORD, err);

	if (rc != IDBC_OK)
		return rc;
	rc = host_login(store, "wrong", err);
	if (rc != IDBC_DENIED)
		return rc ? rc : -1;
	rc = idbc_get_user(store, IDBC_BY_USERNAME, HOST_USER, &user, err);
	idbc_profile_free(user);
	return rc;
}

static inline size_t host_entries(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static inline size_t host_descriptors(void)
{
	return host_entries("/proc/self/fd");
}

static inline size_t host_threads(void)
{
	return host_entries("/proc/self/task");
}

/* Thread keys that a host could still have. */
static inline int host_free_keys(void)
{
	static pthread_key_t keys[PTHREAD_KEYS_MAX];
	int n = 0;

	while (n < PTHREAD_KEYS_MAX && pthread_key_create(&keys[n], NULL) == 0)
		n++;
	for (int i = 0; i < n; i++)
		pthread_key_delete(keys[i]);
	return n;
}

/* Bytes that somebody holds and has not freed, in all arenas. */
static inline size_t host_memory(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

#endif
