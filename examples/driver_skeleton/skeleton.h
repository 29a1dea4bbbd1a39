/* skeleton.h - what the two halves of the driver share: an instance, a session, the table of
 * operations.
 */
#ifndef SKELETON_H
#define SKELETON_H

#include <idbc/driver.h>

#include <pthread.h>
#include <stdatomic.h>
#include "users.h"

/* The kinds of identifier that are a field of the profile, by enum idbc_by. */
static const char *const field_of[] = { "", "", "email", "username", "phone_number" };
#define NFIELDS 5

/* One for each configured connection; used by many threads at once. */
struct instance {
	const struct idbc_host *host;   /* lent until close() returns */
	int64_t max_users;
	int64_t fold[NFIELDS];          /* how two spellings compare: enum idbc_fold */
	int logs_in[NFIELDS], unique[NFIELDS];
	pthread_mutex_t lock;           /* guards what follows */
	pthread_cond_t turn;            /* a write has ended */
	int writing;                    /* somebody is between begin() and end() */
	struct users users;
};
/* One of the pool's; in one thread at a time. */
struct session {
	struct instance *instance;
	atomic_int stop;                /* interrupt() asked for it: it alone is any thread's */
};

/* OK, or TIMEOUT: nothing is begun after the deadline, nothing goes on after interrupt(). */
int in_time(struct session *, int64_t deadline_ns, struct idbc_error *err);

extern const struct idbc_ops skeleton_ops;

#endif
