/* connector/password/classes.c - what kinds of stored forms the rows of a store have, each
 * kind a scheme with its cost, and in which shares; and which of them a name falls into.
 *
 * Shares come from a sample and from the rows that people log in with.  Each user counts
 * once: else who tries one name again and again would move the others.  The names lie evenly
 * on a line that the shares cut into pieces, in an order that all processes have alike, so
 * that shares which move by one in a hundred move few names.
 * Threads: any.  Lock: one for those who count; who chooses takes none.
 */
#include "password/class.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/siphash.h"
#include "base/text.h"

#define CLASSES_MAX 32u
#define SEEN        4096u
#define LEARNED_MAX 256u        /* logins of a second that are looked at; more tell no more */
#define MEMORY_MIN  8.0         /* users after whom the shares are as good as new ones: as */
#define MEMORY_MAX  1000.0      /* many as were sampled, within these */
#define LINE        4294967295.0
#define FOLDED_MAX  4096

struct classes {
	struct secret key;
	pthread_mutex_t lock;
	struct class *list[CLASSES_MAX];        /* in the order of the line */
	uint32_t n;
	double sampled;
	_Atomic uint32_t seen[SEEN];    /* users already counted, and as what */
	_Atomic uint64_t lately[SEEN];  /* of those who logged in; a look instead of a digest */
	_Atomic uint64_t only;          /* the kind of the one class there is; 0: not known */
	_Atomic uint64_t learned;       /* second << 16 | how many in it */

	/* The line, read while it changes: `version` is odd meanwhile. */
	_Atomic uint32_t version, pieces;
	_Atomic uint32_t upto[CLASSES_MAX];
	struct class *_Atomic piece[CLASSES_MAX];
};

struct classes *classes_new(const struct password_rules *rules)
{
	static const struct idbc_str what = { "idbc: work for nobody", 21 };
	const struct idbc_str given = { rules->dummy_key ? rules->dummy_key : "",
		rules->dummy_key ? rules->dummy_key_len : 0 };
	struct classes *c = calloc(1, sizeof(*c));

	if (!c || secret_alloc(&c->key, DIGEST_MAX_BYTES)) {
		free(c);
		return NULL;
	}
	c->key.len = digest_bytes(DIGEST_SHA256);
	if (digest_hmac(DIGEST_SHA256, &given, &what, (unsigned char *)c->key.ptr) ||
	    pthread_mutex_init(&c->lock, NULL)) {
		secret_free(&c->key);
		free(c);
		return NULL;
	}
	return c;
}

void classes_free(struct classes *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n; i++)
		class_free(c->list[i]);
	secret_free(&c->key);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* --- the line --------------------------------------------------------------------------- */

static void publish(struct classes *c)
{
	uint32_t version = atomic_load_explicit(&c->version, memory_order_relaxed);
	double total = 0, sum = 0;

	for (uint32_t i = 0; i < c->n; i++)
		total += c->list[i]->weight;
	atomic_store_explicit(&c->version, version + 1, memory_order_seq_cst);
	for (uint32_t i = 0; i < c->n; i++) {
		sum += c->list[i]->weight;
		atomic_store_explicit(&c->piece[i], c->list[i], memory_order_release);
		atomic_store_explicit(&c->upto[i], i + 1 == c->n ? UINT32_MAX
				      : (uint32_t)(sum / total * LINE), memory_order_release);
	}
	atomic_store_explicit(&c->pieces, c->n, memory_order_release);
	atomic_store_explicit(&c->version, version + 2, memory_order_release);
}

static const struct class *piece_at(const struct classes *c, uint32_t x)
{
	uint32_t n = atomic_load_explicit(&c->pieces, memory_order_acquire);

	for (uint32_t i = 0; i < n; i++)
		if (x <= atomic_load_explicit(&c->upto[i], memory_order_acquire))
			return atomic_load_explicit(&c->piece[i], memory_order_acquire);
	return NULL;
}

/* Whatever is found while the line changes is a class: nobody waits for long. */
static const struct class *find_piece(const struct classes *c, uint32_t x)
{
	const struct class *found = NULL;

	for (int tries = 0; tries < 100; tries++) {
		uint32_t before = atomic_load_explicit(&c->version, memory_order_acquire);

		found = piece_at(c, x);
		if (!(before & 1) &&
		    atomic_load_explicit(&c->version, memory_order_acquire) == before)
			break;
	}
	return found;
}

static uint32_t number_of(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		bytes[3];
}

static int keyed(const struct classes *c, const struct idbc_str *text,
	unsigned char out[DIGEST_MAX_BYTES])
{
	const struct idbc_str key = { c->key.ptr, c->key.len };

	return digest_hmac(DIGEST_SHA256, &key, text, out);
}

int password_secret(const struct password_policy *policy, const struct idbc_str *others, size_t n,
	unsigned char out[PASSWORD_SECRET_BYTES])
{
	static const struct idbc_str what = { "idbc: for what lies above", 25 };
	unsigned char mixed[DIGEST_MAX_BYTES];
	int rc = keyed(policy->classes, &what, mixed);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct idbc_str key = { (const char *)mixed, PASSWORD_SECRET_BYTES };

		rc = digest_hmac(DIGEST_SHA256, &key, &others[i], mixed);
	}
	if (rc == 0)
		memcpy(out, mixed, PASSWORD_SECRET_BYTES);
	secret_wipe(mixed, sizeof(mixed));
	return rc;
}

size_t classes_choose(const struct classes *c, const struct idbc_str *identifier,
	const struct idbc_field **parts)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	char folded[FOLDED_MAX];
	struct idbc_str name = *identifier;
	const struct class *class;
	int64_t len = text_fold(IDBC_FOLD_LOWER, name.ptr, name.len, folded, sizeof(folded));

	if (len >= 0)
		name = (struct idbc_str){ folded, (size_t)len };
	if (keyed(c, &name, digest))
		return 0;
	class = find_piece(c, number_of(digest));
	if (class)
		*parts = class->parts;
	return class ? class->nparts : 0;
}

/* --- counting --------------------------------------------------------------------------- */

static struct class *find_class(const struct classes *c, const struct works *works)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!class_by_works(&c->list[i]->works, works))
			return c->list[i];
	return NULL;
}

/* Where there are too many: one of the same scheme, or none. */
static struct class *find_like(const struct classes *c, const struct works *works)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->list[i]->works.item[0].by == works->item[0].by)
			return c->list[i];
	return NULL;
}

/* The first of its scheme: what others of it do differs in numbers alone. */
static int is_first(struct classes *c, const struct works *works)
{
	int first;

	pthread_mutex_lock(&c->lock);
	first = !find_like(c, works);
	pthread_mutex_unlock(&c->lock);
	return first;
}

/* A second try, should a random character have been one too many for a library. */
static struct class *class_tested(const struct password_policy *policy,
	const struct idbc_field *parts, size_t nparts, const struct works *works, int prove,
	int *idle)
{
	int compute = prove && is_first(policy->classes, works);

	for (int tries = 0; tries < 3; tries++) {
		struct class *made = class_new(policy, parts, nparts, works);

		if (!made || (class_reads_as_told(policy, made) &&
			      (!compute || class_works_as_told(policy, made))))
			return made;
		class_free(made);
	}
	*idle = 1;
	return NULL;
}

static struct class *insert(struct classes *c, struct class *class)
{
	uint32_t i = c->n++;

	for (; i && class_by_works(&c->list[i - 1]->works, &class->works) > 0; i--)
		c->list[i] = c->list[i - 1];
	c->list[i] = class;
	return class;
}

/* The class of a row; one that is new begins without weight.  NULL: no memory, no room, or
 * `idle`: it cannot be made to do its work. */
static struct class *class_of(const struct password_policy *policy,
	const struct idbc_field *parts, size_t nparts, const struct works *works, int weak,
	int prove, int *idle)
{
	struct classes *c = policy->classes;
	struct class *made, *found;
	int full;

	pthread_mutex_lock(&c->lock);
	full = c->n == CLASSES_MAX;
	found = find_class(c, works);
	if (!found && full)
		found = find_like(c, works);
	pthread_mutex_unlock(&c->lock);
	if (found || full)
		return found;
	made = class_tested(policy, parts, nparts, works, prove, idle);
	if (!made)
		return NULL;
	made->weak = weak;
	pthread_mutex_lock(&c->lock);
	found = find_class(c, works);
	if (!found && c->n < CLASSES_MAX) {
		found = insert(c, made);
		made = NULL;
	}
	pthread_mutex_unlock(&c->lock);
	class_free(made);
	return found;
}

/* 1 the first time; a user whose row became another class is new. */
static int is_new(struct classes *c, const struct idbc_str *id, const struct class *class)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	const struct work *work = &class->works.item[0];
	_Atomic uint32_t *place;
	uint32_t tag;

	if (keyed(c, id, digest))
		return 0;
	place = &c->seen[number_of(digest) % SEEN];
	tag = number_of(digest + 4) ^ (uint32_t)(work->cost.rounds * 2654435761u);
	for (const char *p = work->name; *p; p++)
		tag = tag * 31 + (unsigned char)*p;
	tag |= 1;
	return atomic_exchange_explicit(place, tag, memory_order_relaxed) != tag;
}

static void weigh(struct classes *c, struct class *class, int sampled)
{
	double memory, total = 0;

	pthread_mutex_lock(&c->lock);
	memory = c->sampled < MEMORY_MIN   ? MEMORY_MIN
		 : c->sampled > MEMORY_MAX ? MEMORY_MAX
					   : c->sampled;
	if (sampled || !c->sampled) {
		class->weight += 1;
		c->sampled += sampled;
	} else {
		for (uint32_t i = 0; i < c->n; i++) {
			total += c->list[i]->weight;
			c->list[i]->weight *= 1 - 1 / memory;
		}
		class->weight += total / memory;
	}
	publish(c);
	pthread_mutex_unlock(&c->lock);
}

/* The class counted under, or NULL. */
static struct class *count(const struct password_policy *policy, const struct idbc_str *id,
	const struct idbc_field *parts, size_t nparts, int sampled, int prove, int *idle)
{
	struct password_looked looked;
	struct works works;
	struct class *class;

	check_look(policy, parts, nparts, &class_nobody, &looked, &works);
	if (looked.result != PASSWORD_MISMATCH || !works.n)
		return NULL;
	class = class_of(policy, parts, nparts, &works, looked.weak, prove, idle);
	if (class && is_new(policy->classes, id, class))
		weigh(policy->classes, class, sampled);
	return class;
}

int password_sample(const struct password_policy *policy, const struct idbc_str *id,
	const struct idbc_field *parts, size_t nparts, int prove)
{
	int idle = 0;

	count(policy, id, parts, nparts, 1, prove, &idle);
	return idle;
}

/* Where all rows are alike another one moves nothing. */
static int is_only(struct classes *c, uint64_t kind)
{
	return atomic_load_explicit(&c->pieces, memory_order_acquire) == 1 &&
	       atomic_load_explicit(&c->only, memory_order_relaxed) == kind;
}

/* More logins in a second than say anything about shares. */
static int is_enough(struct classes *c)
{
	uint64_t second = (uint64_t)clock_now_ns() / 1000000000 << 16;
	uint64_t before = atomic_load_explicit(&c->learned, memory_order_relaxed);
	uint64_t now = before >= second ? before + 1 : second + 1;

	if (now - second > LEARNED_MAX)
		return 1;
	atomic_store_explicit(&c->learned, now, memory_order_relaxed);
	return 0;
}

void password_learn(const struct password_policy *policy, const struct idbc_str *id, uint64_t kind,
	const struct idbc_field *parts, size_t nparts)
{
	struct classes *c = policy->classes;
	struct class *class;
	_Atomic uint64_t *place;
	uint64_t hash;
	int idle = 0;

	if (is_only(c, kind))
		return;
	hash = siphash(c->key.ptr, id->ptr, id->len);
	place = &c->lately[hash % SEEN];
	if (atomic_load_explicit(place, memory_order_relaxed) == (hash ^ kind) || is_enough(c))
		return;
	atomic_store_explicit(place, hash ^ kind, memory_order_relaxed);
	class = count(policy, id, parts, nparts, 0, 0, &idle);
	if (class && atomic_load_explicit(&c->pieces, memory_order_acquire) == 1)
		atomic_store_explicit(&c->only, kind, memory_order_relaxed);
}

/* --- for people ------------------------------------------------------------------------- */

static size_t gather(struct classes *c, struct password_share out[CLASSES_MAX])
{
	double total = 0;
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	for (uint32_t i = 0; i < c->n; i++)
		total += c->list[i]->weight;
	for (uint32_t i = 0; i < c->n && total > 0; i++) {
		const struct class *class = c->list[i];
		const char *name = class->works.item[0].name;

		if (!n || strcmp(out[n - 1].scheme, name))
			out[n++] = (struct password_share){ name, class->weak, 0 };
		out[n - 1].share += class->weight / total;
	}
	pthread_mutex_unlock(&c->lock);
	return n;
}

void password_each_share(const struct password_policy *policy,
	void (*fn)(void *ctx, const struct password_share *), void *ctx)
{
	struct password_share shares[CLASSES_MAX];
	size_t n = gather(policy->classes, shares);

	for (size_t i = 0; i < n; i++)
		fn(ctx, &shares[i]);
}
