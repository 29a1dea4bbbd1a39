/* tests/host/chaos/chaos.h - what the files of this host share: its users, what is counted, and who
 * does what.
 */
#ifndef TESTS_HOST_CHAOS_H
#define TESTS_HOST_CHAOS_H

#include <stdatomic.h>
#include <stdint.h>

#include "../host.h"

#define THREADS 6
#define PEOPLE  6                       /* of each thread */
#define MAYBE   32
#define LINES   24
#define RIPE_NS INT64_C(8000000000)     /* by then a write in doubt has happened, or never will */

/* What one thing of a user may be, as numbers; `ripe_ns`: from when on it is now or never. */
struct maybe {
	int value[MAYBE];
	int64_t ripe_ns[MAYBE];
	int n;
};
struct person {
	char name[32], user_id[96];
	struct maybe exists, password, email;
	int serial;
	char lines[LINES][280];
	unsigned nlines;
};
struct answer {
	int rc;
	uint32_t effect;
	char email[96], user_id[96], text[120];
	int64_t began_ns;
};
struct op {
	pthread_mutex_t lock;
	pthread_cond_t told;
	int completions;
	struct answer answer;
	struct op *next;
};
struct worker {
	pthread_t thread;
	unsigned seed;
	struct person people[PEOPLE];
	struct op *ops;                 /* all of them, until the end */
};
struct chaos {
	struct idbc *store;
	struct worker workers[THREADS];
	int64_t origin_ns;
	_Atomic int64_t end_ns;
	_Atomic int64_t calls, accepted, refused, late, very_late, lost, twice, wrong, unknown, passed;
	_Atomic int64_t forks, bad_forks, closes, slow_closes, bad_closes;
	_Atomic size_t most_descriptors, most_threads;
};
extern struct chaos chaos;

int  maybe_has(const struct maybe *, int value);
void maybe_add(struct maybe *, int value, int64_t ripe_ns);
int  maybe_seen(struct maybe *, int value, int64_t when_ns);
void maybe_wrote(struct maybe *, int value, int64_t when_ns);
int  maybe_unseen(struct maybe *, int value, int64_t when_ns);
void maybe_only(struct maybe *, int value);

int64_t chaos_now_ns(void);
void chaos_sleep_ms(int ms);
void chaos_copy(char *out, size_t cap, const char *from);
/* Fills in the time that the store has, and writes down in the user's lines what came of it. */
void call_make(struct worker *, struct person *, struct idbc_request *, const char *what,
	       struct answer *);
void call_done(int status, struct idbc_profile *, const struct idbc_error *, void *op);
/* How late the machine itself was; call_sleeper() finds out, on a thread of its own. */
int64_t call_stalled_ms(int64_t from_ns, int64_t to_ns);
void *call_sleeper(void *unused);

void user_step(struct worker *, struct person *);
void user_settle(struct worker *, struct person *, int *there);
void users_come(unsigned seed);

void *beside_fork(void *unused);
void *beside_visits(void *config);
void beside_visit(struct idbc *other, unsigned *seed);

void recovery_good(int64_t at_ns);
void recovery_hear(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
		   const char *text);
void recovery_tell(char *line);

#endif
