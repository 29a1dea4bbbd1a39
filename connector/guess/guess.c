/* connector/guess/guess.c - job: the table of counters, and who must stop guessing.
 *
 * Threads: any.  Lock: shard->lock round its entries; a thread that waits for attempts under
 * way waits on shard->ended.  Always the identifier's entry before the client's, one lock at
 * a time; who waits for a client holds a place of his identifier and no lock.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/fork.h"
#include "base/secret.h"
#include "base/siphash.h"
#include "guess/guess.h"
#include "password/tool/encode.h"

#define WAYS      8u                            /* entries that one key may lie in */
#define SETS      (GUESS_ENTRIES / WAYS)
#define KEY_BYTES (2 * SIPHASH_KEY_BYTES)
#define NS_PER_S  INT64_C(1000000000)

struct guess_entry {
	uint64_t tag;                           /* the rest of the key's hash */
	int64_t since_ns;                       /* of the first failure */
	uint32_t failures, running;
};
struct shard {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	uint32_t waiting;
};
struct guess {
	struct guess_rules rules;
	int64_t (*now_ns)(void);
	unsigned char key[KEY_BYTES];
	uint32_t shards;                        /* that were made */
	struct shard shard[GUESS_SHARDS];
	struct guess_entry *entries;
	uint32_t generation;                    /* of the process that made it */
};

/* --- opening ------------------------------------------------------------------------------ */
static int shard_init(struct shard *shard)
{
	pthread_condattr_t attr;
	int bad;

	if (pthread_condattr_init(&attr))
		return -1;
	bad = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) ||
	      pthread_cond_init(&shard->ended, &attr);
	pthread_condattr_destroy(&attr);
	if (!bad && pthread_mutex_init(&shard->lock, NULL)) {
		pthread_cond_destroy(&shard->ended);
		bad = 1;
	}
	return bad ? -1 : 0;
}

/* In a forked child somebody who is not there may wait, and his condition's end would wait for him. */
void guess_close(struct guess *guess)
{
	if (!guess)
		return;
	for (uint32_t i = 0; i < guess->shards && guess->generation == fork_generation(); i++) {
		pthread_cond_destroy(&guess->shard[i].ended);
		pthread_mutex_destroy(&guess->shard[i].lock);
	}
	secret_wipe(guess->key, sizeof(guess->key));
	free(guess->entries);
	free(guess);
}

static int fill(struct guess *guess, struct idbc_error *err)
{
	if (random_bytes(guess->key, sizeof(guess->key)))
		return err_set(err, IDBC_CONFIG, "guess", "no key for counting guesses can be had");
	guess->generation = fork_generation();
	guess->entries = calloc(GUESS_ENTRIES, sizeof(*guess->entries));
	if (!guess->entries)
		return err_nomem(err, "guess");
	for (; guess->shards < GUESS_SHARDS; guess->shards++)
		if (shard_init(&guess->shard[guess->shards]))
			return err_nomem(err, "guess");
	return IDBC_OK;
}

int guess_open(const struct guess_rules *rules, int64_t (*now_ns)(void), struct guess **out,
	       struct idbc_error *err)
{
	struct guess *guess;
	int rc;

	*out = NULL;
	if (!rules->throttled)
		return IDBC_OK;
	guess = calloc(1, sizeof(*guess));
	if (!guess)
		return err_nomem(err, "guess");
	guess->rules = *rules;
	guess->now_ns = now_ns ? now_ns : clock_now_ns;
	rc = fill(guess, err);
	if (rc != IDBC_OK) {
		guess_close(guess);
		return rc;
	}
	*out = guess;
	return IDBC_OK;
}

/* --- entries ------------------------------------------------------------------------------ */
struct slot {
	struct guess_entry *set;                /* WAYS of them */
	uint64_t tag;
	uint32_t shard;
};

/* Under two halves of the key, for the place and for what tells it from others there. */
static void find_slot(const struct guess *guess, enum guess_kind kind,
		      const struct idbc_str *value, struct slot *out)
{
	uint64_t set = siphash(guess->key, value->ptr, value->len);

	out->tag = siphash(guess->key + SIPHASH_KEY_BYTES, value->ptr, value->len);
	/* What keeps the two kinds apart. */
	out->tag = out->tag << 2 | (kind == GUESS_CLIENT ? 2u : 1u);    /* 0: an empty entry */
	set = (set ^ kind) % SETS;
	out->set = guess->entries + (size_t)set * WAYS;
	out->shard = (uint32_t)(set % GUESS_SHARDS);
}

static void age(const struct guess *guess, struct guess_entry *entry, int64_t now_ns)
{
	if (entry->failures && now_ns - entry->since_ns >= guess->rules.window_s * NS_PER_S)
		entry->failures = 0;
}

static struct guess_entry *find(const struct guess *guess, const struct slot *slot,
				int64_t now_ns)
{
	for (uint32_t i = 0; i < WAYS; i++) {
		if (slot->set[i].tag != slot->tag)
			continue;
		age(guess, &slot->set[i], now_ns);
		return &slot->set[i];
	}
	return NULL;
}

/* The entry that can best be done without: fewest failures, then the oldest.  One that an
 * attempt holds stays; NULL if all do. */
static struct guess_entry *least(const struct guess *guess, const struct slot *slot,
				 int64_t now_ns)
{
	struct guess_entry *best = NULL;

	for (uint32_t i = 0; i < WAYS; i++) {
		struct guess_entry *entry = &slot->set[i];

		age(guess, entry, now_ns);
		if (entry->running)
			continue;
		if (!best || entry->failures < best->failures ||
		    (entry->failures == best->failures && entry->since_ns < best->since_ns))
			best = entry;
	}
	return best;
}

static struct guess_entry *claim(const struct guess *guess, const struct slot *slot,
				 int64_t now_ns)
{
	struct guess_entry *entry = find(guess, slot, now_ns);

	if (entry)
		return entry;
	entry = least(guess, slot, now_ns);
	if (entry)
		*entry = (struct guess_entry){ .tag = slot->tag };
	return entry;
}

/* --- one attempt -------------------------------------------------------------------------- */
static int too_many(const struct guess *guess, const struct guess_entry *entry, int64_t now_ns,
		    struct idbc_error *err)
{
	int64_t left_ns = entry->since_ns + guess->rules.window_s * NS_PER_S - now_ns;

	return err_code(err, IDBC_BUSY, "guess", "too_many_attempts",
			"too many failed attempts, none is heard for %lld s",
			(long long)(left_ns / NS_PER_S + 1));
}

static int wait_for_others(struct shard *shard, int64_t deadline_ns, struct idbc_error *err)
{
	struct timespec until = { (time_t)(deadline_ns / NS_PER_S), (long)(deadline_ns % NS_PER_S) };
	int late;

	shard->waiting++;
	late = pthread_cond_timedwait(&shard->ended, &shard->lock, &until);
	shard->waiting--;
	if (late)
		return err_set(err, IDBC_TIMEOUT, "guess", "waited for other attempts of the same");
	return IDBC_OK;
}

/* A place among those who may guess; waits while the others could still use up the rest. */
static int hold(struct guess *guess, const struct slot *slot, uint32_t limit,
		int64_t deadline_ns, struct guess_entry **out, struct idbc_error *err)
{
	struct shard *shard = &guess->shard[slot->shard];
	int rc = IDBC_OK;

	pthread_mutex_lock(&shard->lock);
	while (rc == IDBC_OK) {
		int64_t now_ns = guess->now_ns();
		struct guess_entry *entry = claim(guess, slot, now_ns);

		if (entry && entry->failures >= limit) {
			rc = too_many(guess, entry, now_ns, err);
		} else if (entry && entry->failures + entry->running < limit) {
			entry->running++;
			*out = entry;
			break;
		} else {
			rc = wait_for_others(shard, deadline_ns, err);
		}
	}
	pthread_mutex_unlock(&shard->lock);
	return rc;
}

static int hold_kind(struct guess_attempt *attempt, enum guess_kind kind,
		     const struct idbc_str *value, uint32_t limit, int64_t deadline_ns,
		     struct idbc_error *err)
{
	struct slot slot;

	if (!limit || !value->ptr)
		return IDBC_OK;
	find_slot(attempt->guess, kind, value, &slot);
	attempt->shard[kind] = slot.shard;
	return hold(attempt->guess, &slot, limit, deadline_ns, &attempt->held[kind], err);
}

int guess_begin(struct guess *guess, const struct guess_who *who, int64_t deadline_ns,
		struct guess_attempt *out, struct idbc_error *err)
{
	char client[GUESS_CLIENT_MAX];
	struct idbc_str from = { NULL, 0 };
	int rc;

	memset(out, 0, sizeof(*out));
	if (!guess)
		return IDBC_OK;
	out->guess = guess;
	if (who->client.ptr)
		from = (struct idbc_str){ client, guess_client(&who->client, client) };
	rc = hold_kind(out, GUESS_IDENTIFIER, &who->identifier, guess->rules.per_identifier,
		       deadline_ns, err);
	if (rc == IDBC_OK)
		rc = hold_kind(out, GUESS_CLIENT, &from, guess->rules.per_client, deadline_ns, err);
	if (rc != IDBC_OK)
		guess_end(out, GUESS_OPEN);
	return rc;
}

/* 1: no further attempt from here. */
static int let_go(struct guess *guess, struct guess_entry *entry, enum guess_kind kind,
		  enum guess_end how)
{
	uint32_t limit = kind == GUESS_CLIENT ? guess->rules.per_client
					      : guess->rules.per_identifier;
	int64_t now_ns = guess->now_ns();

	age(guess, entry, now_ns);
	entry->running--;
	if (how == GUESS_RIGHT && kind == GUESS_IDENTIFIER)
		entry->failures = 0;
	if (how != GUESS_WRONG)
		return 0;
	if (!entry->failures)
		entry->since_ns = now_ns;
	return ++entry->failures == limit;
}

uint32_t guess_end(struct guess_attempt *attempt, enum guess_end how)
{
	struct guess *guess = attempt->guess;
	uint32_t full = 0;

	for (uint32_t kind = 0; kind < 2; kind++) {
		struct shard *shard = guess ? &guess->shard[attempt->shard[kind]] : NULL;

		if (!attempt->held[kind])
			continue;
		pthread_mutex_lock(&shard->lock);
		if (let_go(guess, attempt->held[kind], (enum guess_kind)kind, how))
			full |= 1u << kind;
		if (shard->waiting)
			pthread_cond_broadcast(&shard->ended);
		pthread_mutex_unlock(&shard->lock);
		attempt->held[kind] = NULL;
	}
	return full;
}

uint32_t guess_count(struct guess *guess, const struct idbc_str *identifier)
{
	struct guess_entry *entry;
	struct slot slot;
	uint32_t failures = 0;

	if (!guess)
		return 0;
	find_slot(guess, GUESS_IDENTIFIER, identifier, &slot);
	pthread_mutex_lock(&guess->shard[slot.shard].lock);
	entry = find(guess, &slot, guess->now_ns());
	if (entry)
		failures = entry->failures;
	pthread_mutex_unlock(&guess->shard[slot.shard].lock);
	return failures;
}
