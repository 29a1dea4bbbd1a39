/* drivers/sql/call/ending.c - ending a connection's work from without.
 *
 * Threads: any.  Lock: the connection's own, for a few instructions.
 */
#include "sql/call/ending.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S      INT64_C(1000000000)
#define SAME_START_NS (3 * NS_PER_S)    /* it counts seconds, and may be slow to say so */

int ending_give_up(pthread_mutex_t *guard, _Atomic int *interrupted, const int *fd)
{
	int copy;

	pthread_mutex_lock(guard);
	atomic_store(interrupted, 1);
	copy = *fd < 0 ? -1 : fcntl(*fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(guard);
	return copy;
}

int64_t ending_began(const char *line, int64_t now_ns)
{
	line += strcspn(line, "0123456789");
	return now_ns - strtoll(line, NULL, 10) * NS_PER_S;
}

static int is_same(const struct sql_work *now, const struct sql_work *then)
{
	int64_t apart_ns = now->began - then->began;

	return apart_ns < SAME_START_NS && apart_ns > -SAME_START_NS &&
	       !strcmp(now->server, then->server);
}

int ending_words(const struct sql_work *now, const struct sql_work *then, int whole, char *sql,
		 size_t cap)
{
	if (!is_same(now, then))
		return 0;
	snprintf(sql, cap, whole ? "KILL CONNECTION %lld" : "KILL QUERY %lld",
		 (long long)then->id);
	return 1;
}
