/* tests/host/stress.c - eight threads that submit, cancel, release, dispatch, close and open
 * again at random: each call that was accepted is completed once, and none after its close.
 *
 * usage: stress LABEL CONFIG; STRESS_S: for how many seconds
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include "host.h"

#define THREADS 8
#define SLOTS   4
#define HELD    16                      /* handles that a thread keeps */

struct opened {                         /* kept to the end: a late completion would show */
	struct opened *next;
	struct idbc *store;
	_Atomic int closed;
};
struct slot {
	pthread_rwlock_t lock;          /* who uses it reads, who closes writes */
	struct opened *opened;
};
struct record {
	_Atomic int refs, completed;
	struct opened *opened;
	struct idbc_op *op;
	uint64_t chain;                 /* calls that its completion submits */
};

static const char *config;
static struct slot slots[SLOTS];
static struct opened *_Atomic all;
static _Atomic unsigned long accepted, completed, twice, after, closes, opens, refused, cancelled;
static _Atomic unsigned long wrong, cancels;
static _Atomic int stopping;

static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

static void drop(struct record *record)
{
	if (atomic_fetch_sub(&record->refs, 1) == 1)
		free(record);
}

static int submit(struct opened *opened, uint32_t choice, uint64_t chain, struct record **out);

static int is_possible(int status)
{
	return status == IDBC_OK || status == IDBC_DENIED || status == IDBC_CANCELLED ||
	       status == IDBC_TIMEOUT || status == IDBC_UNAVAILABLE || status == IDBC_NO_USER;
}

static void done(int status, struct idbc_profile *user, const struct idbc_error *err, void *ctx)
{
	struct record *record = ctx;

	twice += atomic_fetch_add(&record->completed, 1) != 0;
	after += record->opened->closed != 0;
	cancelled += status == IDBC_CANCELLED;
	if (!is_possible(status) && wrong++ < 5)
		fprintf(stderr, "%s %s\n", idbc_status_name((uint32_t)status), err->text);
	idbc_profile_free(user);
	if (record->chain)
		submit(record->opened, (uint32_t)record->chain, record->chain - 1, NULL);
	drop(record);
	completed++;
}

static int submit(struct opened *opened, uint32_t choice, uint64_t chain, struct record **out)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct record *record = calloc(1, sizeof(*record));
	int rc;

	if (!record)
		abort();
	req.kind = choice % 3 == 0 ? IDBC_LOGIN : choice % 3 == 1 ? IDBC_GET_USER : IDBC_VERIFY;
	req.by = req.kind == IDBC_LOGIN ? IDBC_BY_LOGIN : IDBC_BY_USERNAME;
	req.value = HOST_USER;
	req.password = HOST_PASSWORD;
	req.timeout_ms = choice % 16 == 0 ? 1 + choice % 7 : 0;
	record->opened = opened;
	record->chain = chain;
	record->refs = out ? 2 : 1;
	accepted++;
	rc = idbc_submit(opened->store, &req, done, record, out ? &record->op : NULL, NULL);
	if (rc != IDBC_OK) {
		accepted--;
		refused++;
		free(record);
		return rc;
	}
	if (out)
		*out = record;
	return rc;
}

static struct opened *open_one(void)
{
	struct opened *opened = calloc(1, sizeof(*opened));

	if (!opened)
		abort();
	opened->store = host_open(config);
	opened->next = atomic_load(&all);
	while (!atomic_compare_exchange_weak(&all, &opened->next, opened))
		;
	if (opens++ % 2)
		idbc_event_fd(opened->store);
	return opened;
}

static void close_one(struct opened *opened, uint32_t grace_ms)
{
	wrong += idbc_close(opened->store, grace_ms) != IDBC_OK;
	opened->closed = 1;
	closes++;
}

static void reopen(struct slot *slot, uint32_t grace_ms)
{
	struct opened *fresh = open_one(), *old;

	pthread_rwlock_wrlock(&slot->lock);
	old = slot->opened;
	slot->opened = fresh;
	pthread_rwlock_unlock(&slot->lock);
	close_one(old, grace_ms);
}

static void let_go(struct record **held, int cancel)
{
	if (!*held)
		return;
	if (cancel)
		idbc_op_cancel((*held)->op);
	cancels += (unsigned long)cancel;
	idbc_op_release((*held)->op);
	drop(*held);
	*held = NULL;
}

static void one_step(uint64_t *state, struct record **held)
{
	uint32_t choice = next_random(state), at = next_random(state) % HELD;
	struct slot *slot = &slots[next_random(state) % SLOTS];

	if (choice % 1024 == 0) {
		reopen(slot, next_random(state) % 3 ? next_random(state) % 20 : 0);
		return;
	}
	let_go(&held[at], choice % 3 == 0);
	pthread_rwlock_rdlock(&slot->lock);
	if (choice % 8 == 1)
		idbc_dispatch(slot->opened->store);
	else if (submit(slot->opened, choice, choice % 5, &held[at]) == IDBC_BUSY)
		choice = 0;
	pthread_rwlock_unlock(&slot->lock);
	if (choice % 8 == 0)
		nanosleep(&(struct timespec){ 0, 200000 }, NULL);
}

static void *works(void *arg)
{
	uint64_t state = (uint64_t)(uintptr_t)arg * 7919 + 17;
	struct record *held[HELD] = { NULL };

	while (!stopping)
		one_step(&state, held);
	for (int i = 0; i < HELD; i++)
		let_go(&held[i], i % 2);
	return NULL;
}

static void work_for(long seconds)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, works, (void *)i))
			abort();
	for (long i = 0; i < seconds * 10; i++)
		nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	stopping = 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void report(void)
{
	host_says(completed == accepted, "each-once", "%lu accepted, %lu completed", accepted,
		  completed);
	host_says(!twice, "none-twice", "%lu", twice);
	host_says(!after, "none-after-close", "%lu", after);
	host_says(!wrong, "sound", "%lu answers that cannot be", wrong);
	host_says(accepted > 1000 && closes > 10 && cancels > 100 && cancelled,
		  "enough", "%lu accepted, %lu closed, %lu cancels, %lu cancelled", accepted,
		  closes, cancels, cancelled);
	fprintf(stderr, "%s: %lu accepted, %lu refused, %lu cancelled, %lu connections\n",
		host_label, accepted, refused, cancelled, closes);
}

int main(int argc, char **argv)
{
	const char *seconds = getenv("STRESS_S");
	struct opened *opened;

	if (argc != 3)
		return 2;
	host_label = argv[1];
	config = argv[2];
	for (int i = 0; i < SLOTS; i++) {
		pthread_rwlock_init(&slots[i].lock, NULL);
		slots[i].opened = open_one();
	}
	work_for(seconds ? atol(seconds) : 20);
	for (int i = 0; i < SLOTS; i++) {
		close_one(slots[i].opened, 1000);
		pthread_rwlock_destroy(&slots[i].lock);
	}
	report();
	while ((opened = atomic_load(&all))) {
		all = opened->next;
		free(opened);
	}
	return host_failed;
}
