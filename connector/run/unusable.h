/* connector/run/unusable.h - stored credentials that no password can be compared with: told
 * to the operator once for each user, and counted.
 *
 * The memory of who was told is small and fixed: where it is full the oldest makes
 * room, and is told again one day.
 * Threads: any.  Lock: its own, held for a few compares; never while a line is written.
 */
#ifndef CONNECTOR_RUN_UNUSABLE_H
#define CONNECTOR_RUN_UNUSABLE_H

#include <pthread.h>
#include "password/password.h"

#define UNUSABLE_SETS 256u
#define UNUSABLE_WAYS 16u
#define UNUSABLE_KINDS 3u               /* malformed, limit, unsupported */

struct unusable {
	pthread_mutex_t lock;
	uint64_t told[UNUSABLE_SETS][UNUSABLE_WAYS];    /* 0: free; the newest first */
	uint64_t users[UNUSABLE_KINDS];
};

int  unusable_init(struct unusable *);          /* 0, or -1 */
void unusable_destroy(struct unusable *);

struct call;
struct row;
/* `verdict` is MALFORMED, LIMIT or UNSUPPORTED; others are left alone. */
void unusable_tell(const struct call *, const struct row *, const struct password_verdict *);
extern const char *const unusable_names[UNUSABLE_KINDS];        /* "malformed" ... */
/* Users told of. */
uint64_t unusable_count(struct unusable *, size_t kind);

#endif
