/* tests/host/moves.c - eight threads over two stores as one: they submit logins that move people,
 * deletes that a profile store agrees to or refuses, and reads; cancel, close and open again at
 * random.  Nobody comes back, nobody vanishes who was not deleted, and the profile store is never
 * asked by a connection that is closed.
 *
 * usage: moves LABEL CONFIG USERS    people u1 to uUSERS with the ids 1 to USERS in the old store,
 *   HOST_PASSWORD theirs; every fifth has a profile that refuses.  MOVES_S: for how many seconds
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include "host.h"

#define THREADS 8
#define SLOTS   2
#define HELD    8                       /* handles that a thread keeps */
#define MOST    5000

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
	_Atomic int refs;
	int kind, who, right, was_gone;
	struct opened *opened;
	struct idbc_op *op;
};
struct person {
	_Atomic int asked;              /* somebody began to delete him */
	_Atomic int removed, gone;      /* his profile, and he */
};

static const char *config;
static char prefix[64];
static int people;
static struct person person[MOST + 1];
static struct slot slots[SLOTS];
static struct opened *_Atomic all;
static _Atomic unsigned long accepted, completed, moved, deleted, refused, cancels, closes, wrong, odd;
static _Atomic int stopping;

static int refuses(int who)
{
	return who % 5 == 0;
}

static int removes(void *ctx, const char *user_id)
{
	const struct opened *opened = ctx;
	const char *bar = strrchr(user_id, '|');
	int who = bar ? atoi(bar + 1) : 0;

	if (opened->closed || who < 1 || who > people || !person[who].asked) {
		if (wrong++ < 5)
			fprintf(stderr, "asked for %s%s\n", user_id, opened->closed ? ", closed" : "");
		return 1;
	}
	if (refuses(who))
		return 1;
	person[who].removed = 1;
	return 0;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

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

/* --- calls ---------------------------------------------------------------------------------- */
static int is_no_answer(int status)
{
	return status == IDBC_CANCELLED || status == IDBC_TIMEOUT || status == IDBC_UNAVAILABLE ||
	       status == IDBC_BUSY;
}

static int is_possible(const struct record *record, int status)
{
	const struct person *him = &person[record->who];

	if (is_no_answer(status))
		return 1;
	if (record->kind == IDBC_DELETE_USER)
		return (status == IDBC_OK && him->removed) || status == IDBC_NO_USER;
	if (status == IDBC_OK)
		return record->right && !record->was_gone;
	if (record->kind == IDBC_GET_USER)
		return status == IDBC_NO_USER && him->asked;
	return status == IDBC_DENIED && (!record->right || him->asked);
}

static void done(int status, struct idbc_profile *user, const struct idbc_error *err, void *ctx)
{
	struct record *record = ctx;

	if (!is_possible(record, status) && wrong++ < 5)
		fprintf(stderr, "kind %d, u%d: %s %s %s\n", record->kind, record->who,
			idbc_status_name((uint32_t)status), err->code, err->text);
	if (record->kind == IDBC_DELETE_USER && status == IDBC_OK)
		person[record->who].gone = 1;
	moved += record->kind == IDBC_LOGIN && status == IDBC_OK;
	deleted += record->kind == IDBC_DELETE_USER && status == IDBC_OK;
	refused += record->kind == IDBC_DELETE_USER && status == IDBC_CANCELLED;
	odd += is_no_answer(status);
	idbc_profile_free(user);
	drop(record);
	completed++;
}

static void ask(struct idbc_request *req, struct record *record, uint32_t choice, char *text,
		size_t size)
{
	static const int kinds[] = { IDBC_LOGIN, IDBC_LOGIN, IDBC_GET_USER, IDBC_LOGIN };

	record->right = choice % 7 != 0;
	record->kind = choice % 16 == 1 ? IDBC_DELETE_USER : kinds[choice % 4];
	record->right |= record->kind != IDBC_LOGIN;
	req->kind = (uint32_t)record->kind;
	req->by = record->kind == IDBC_LOGIN ? IDBC_BY_LOGIN : IDBC_BY_USERNAME;
	snprintf(text, size, "u%d", record->who);
	if (record->kind == IDBC_DELETE_USER) {
		req->by = IDBC_BY_USER_ID;
		snprintf(text, size, "%s%d", prefix, record->who);
		person[record->who].asked = 1;
	}
	req->value = text;
	if (record->kind == IDBC_LOGIN)
		req->password = record->right ? HOST_PASSWORD : "Zq-another-2";
	req->timeout_ms = choice % 32 == 5 ? 1 + choice % 61 : 0;
}

static struct record *submit(struct opened *opened, uint32_t choice, int who)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct record *record = calloc(1, sizeof(*record));
	char text[96];

	if (!record)
		abort();
	record->who = who;
	record->was_gone = person[who].gone;
	record->opened = opened;
	record->refs = 2;
	ask(&req, record, choice, text, sizeof(text));
	accepted++;
	if (idbc_submit(opened->store, &req, done, record, &record->op, NULL) == IDBC_OK)
		return record;
	accepted--;
	free(record);
	return NULL;
}

/* --- connections ------------------------------------------------------------------------------ */
static struct opened *open_one(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct opened *opened = calloc(1, sizeof(*opened));
	struct idbc_profile_store store = { sizeof(store), 0, removes, opened };

	if (!opened)
		abort();
	opened->store = host_open(config);
	opened->next = atomic_load(&all);
	while (!atomic_compare_exchange_weak(&all, &opened->next, opened))
		;
	if (idbc_set_profile_store(opened->store, &store, &err) != IDBC_OK && wrong++ < 5)
		fprintf(stderr, "profile store: %s\n", err.text);
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
	int who = 1 + (int)(next_random(state) % (uint32_t)people), waits;

	if (choice % 512 == 0) {
		reopen(slot, next_random(state) % 3 ? next_random(state) % 200 : 0);
		return;
	}
	let_go(&held[at], next_random(state) % 8 == 0);
	pthread_rwlock_rdlock(&slot->lock);
	held[at] = submit(slot->opened, choice, who);
	waits = !held[at];
	pthread_rwlock_unlock(&slot->lock);
	if (waits)
		sleep_ms(5);
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
	sleep_ms(seconds * 1000);
	stopping = 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* --- afterwards --------------------------------------------------------------------------------- */
/* Is he hidden still? What a close broke off is ended once its lease has. */
static int stands(struct idbc *store, int who)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int exists = 1;
	char id[96];

	snprintf(id, sizeof(id), "%s%d", prefix, who);
	if (idbc_get_user(store, IDBC_BY_USER_ID, id, NULL, &err) == IDBC_OK)
		return 0;
	return idbc_user_exists(store, id, &exists, &err) != IDBC_OK || exists;
}

static int recovers(struct idbc *store)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int tries = 0, most = 600 * host_slower(), rc;          /* leases last as much longer */

	for (int who = 1; who <= people; who++)
		while (stands(store, who) && tries++ < most) {
			rc = idbc_recover(store, NULL, &err);
			if (rc != IDBC_OK)
				fprintf(stderr, "recover: %s %s\n", idbc_status_name((uint32_t)rc), err.text);
			sleep_ms(100);
		}
	return tries < most;
}

/* Identity and profile, or neither; and who is there may log in. */
static int is_whole(struct idbc *store, int who)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char name[32];
	int rc;

	snprintf(name, sizeof(name), "u%d", who);
	rc = idbc_get_user(store, IDBC_BY_USERNAME, name, NULL, &err);
	if (rc == IDBC_OK && !person[who].removed)
		rc = idbc_login(store, name, HOST_PASSWORD, NULL, &err);
	if (rc == (person[who].removed ? IDBC_NO_USER : IDBC_OK) && person[who].removed >= person[who].gone)
		return 1;
	fprintf(stderr, "u%d: %s %s, profile %s%s\n", who, idbc_status_name((uint32_t)rc), err.text,
		person[who].removed ? "removed" : "there", person[who].gone ? ", deleted" : "");
	return 0;
}

static void look_at_all(void)
{
	struct opened *last = open_one();
	int halves = 0;

	host_says(recovers(last->store), "recovered", "deletes stand");
	for (int who = 1; who <= people; who++)
		halves += !is_whole(last->store, who);
	host_says(!halves, "whole-or-gone", "%d are neither", halves);
	close_one(last, 1000);
}

static void report(void)
{
	host_says(completed == accepted, "each-once", "%lu accepted, %lu completed", accepted,
		  completed);
	host_says(!wrong, "sound", "%lu answers that cannot be", wrong);
	host_says(moved > 50 && deleted > 5 && refused && cancels > 10 && closes > 4, "enough",
		  "%lu logins, %lu deleted, %lu refused, %lu cancels, %lu closed", moved, deleted,
		  refused, cancels, closes);
	fprintf(stderr, "%s: %lu accepted, %lu without an answer, %lu logins, %lu deleted, %lu refused, "
		"%lu closes\n", host_label, accepted, odd, moved, deleted, refused, closes);
}

static void find_prefix(void)
{
	struct idbc *store = host_open(config);
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	const char *id;

	if (idbc_get_user(store, IDBC_BY_USERNAME, "u1", &user, &err) != IDBC_OK)
		exit(host_says(0, "u1", "%s", err.text));
	id = idbc_profile_get(user, "user_id");
	snprintf(prefix, sizeof(prefix), "%.*s", (int)(strrchr(id, '|') + 1 - id), id);
	idbc_profile_free(user);
	idbc_close(store, 0);
}

int main(int argc, char **argv)
{
	const char *seconds = getenv("MOVES_S");
	struct opened *opened;

	if (argc != 4)
		return 2;
	host_label = argv[1];
	config = argv[2];
	people = atoi(argv[3]);
	find_prefix();
	for (int i = 0; i < SLOTS; i++) {
		pthread_rwlock_init(&slots[i].lock, NULL);
		slots[i].opened = open_one();
	}
	work_for(seconds ? atol(seconds) : 20);
	for (int i = 0; i < SLOTS; i++) {
		close_one(slots[i].opened, 1000);
		pthread_rwlock_destroy(&slots[i].lock);
	}
	look_at_all();
	report();
	while ((opened = atomic_load(&all))) {
		all = opened->next;
		free(opened);
	}
	return host_failed;
}
