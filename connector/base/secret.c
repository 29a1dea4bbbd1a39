/* connector/base/secret.c - memory for passwords: pages of their own, locked where the
 * limit allows, left out of core files, zero in a forked child, cut into slots.
 *
 * Threads: any.  Lock: one for each lane of the process's store; a thread takes from its own
 * lane, or from the next that nobody is in, so two that run at once wait for each other only
 * where one frees what the other took.  A forked child starts with a store of its own, since
 * the parent's may have been locked or half changed; what it frees of the parent's is already
 * zero and is left alone.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/fork.h"
#include "base/lane.h"
#include "base/secret.h"

#define SLOT_CLASSES 3
#define SLAB_BYTES   4096u
static const size_t slot_bytes[SLOT_CLASSES] = { 64, 256, 1024 };

struct slab {                   /* kept outside the pages it describes */
	struct slab *next;
	char    *base;
	size_t   bytes;         /* of the mapping */
	size_t   slot;          /* bytes of one slot; all of it for a large one */
	uint64_t used;          /* one bit per slot */
};
struct lane {
	pthread_mutex_t lock;
	struct slab *slabs[SLOT_CLASSES];
	struct slab *large;
	char apart[LANE_LINE];
};
struct store {
	uint32_t generation;
	struct store *parents;  /* keeps the parent's reachable for leak checkers */
	struct lane lane[LANES];
};

static _Atomic(struct store *) current;

static struct store *store_new(struct store *parents)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->generation = fork_generation();
	store->parents = parents;
	for (unsigned i = 0; i < LANES; i++)
		pthread_mutex_init(&store->lane[i].lock, NULL);
	return store;
}

static void store_free(struct store *store)
{
	for (unsigned i = 0; i < LANES; i++)
		pthread_mutex_destroy(&store->lane[i].lock);
	free(store);
}

static struct store *store_get(void)
{
	struct store *store = atomic_load(&current), *mine;

	while (!store || store->generation != fork_generation()) {
		mine = store_new(store);
		if (!mine)
			return NULL;
		if (atomic_compare_exchange_strong(&current, &store, mine))
			return mine;
		store_free(mine);
	}
	return store;
}

static size_t round_to_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

/* A new mapping; the advice may be refused by an old kernel, the lock by a limit. */
static struct slab *slab_new(size_t bytes, size_t slot)
{
	struct slab *slab = calloc(1, sizeof(*slab));

	if (!slab)
		return NULL;
	slab->bytes = round_to_pages(bytes);
	slab->slot = slot ? slot : slab->bytes;
	slab->base = mmap(NULL, slab->bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (slab->base == MAP_FAILED) {
		free(slab);
		return NULL;
	}
	(void)mlock(slab->base, slab->bytes);
	(void)madvise(slab->base, slab->bytes, MADV_DONTDUMP);
	(void)madvise(slab->base, slab->bytes, MADV_WIPEONFORK);
	return slab;
}

static void slab_free(struct slab *slab)
{
	munmap(slab->base, slab->bytes);
	free(slab);
}

static char *slab_take(struct slab *slab)
{
	for (size_t i = 0; i < SLAB_BYTES / slab->slot; i++) {
		if (slab->used & (UINT64_C(1) << i))
			continue;
		slab->used |= UINT64_C(1) << i;
		return slab->base + i * slab->slot;
	}
	return NULL;
}

static char *take_slot(struct lane *lane, int class)
{
	struct slab *slab;
	char *ptr;

	for (slab = lane->slabs[class]; slab; slab = slab->next) {
		ptr = slab_take(slab);
		if (ptr)
			return ptr;
	}
	slab = slab_new(SLAB_BYTES, slot_bytes[class]);
	if (!slab)
		return NULL;
	slab->next = lane->slabs[class];
	lane->slabs[class] = slab;
	return slab_take(slab);
}

static char *take_large(struct lane *lane, size_t bytes)
{
	struct slab *slab = slab_new(bytes, 0);

	if (!slab)
		return NULL;
	slab->used = 1;
	slab->next = lane->large;
	lane->large = slab;
	return slab->base;
}

static char *take(struct lane *lane, size_t bytes)
{
	for (int class = 0; class < SLOT_CLASSES; class++)
		if (bytes <= slot_bytes[class])
			return take_slot(lane, class);
	return take_large(lane, bytes);
}

/* Gives the slot at `ptr` back; 1 if it lay in this list.  The last slab of a class
 * stays mapped for the next password. */
static int give_back(struct slab **list, const char *ptr, int keep_last)
{
	for (struct slab **at = list; *at; at = &(*at)->next) {
		struct slab *slab = *at;
		size_t index;

		if (ptr < slab->base || ptr >= slab->base + slab->bytes)
			continue;
		index = (size_t)(ptr - slab->base) / slab->slot;
		explicit_bzero(slab->base + index * slab->slot, slab->slot);
		slab->used &= ~(UINT64_C(1) << index);
		if (!slab->used && !(keep_last && !slab->next)) {
			*at = slab->next;
			slab_free(slab);
		}
		return 1;
	}
	return 0;
}

/* A lane, locked: the thread's own, or the next that is free. */
static struct lane *enter(struct store *store)
{
	unsigned own = lane_of_thread();

	for (unsigned i = 0; i < LANES; i++) {
		struct lane *lane = &store->lane[(own + i) % LANES];

		if (!pthread_mutex_trylock(&lane->lock))
			return lane;
	}
	pthread_mutex_lock(&store->lane[own].lock);
	return &store->lane[own];
}

int secret_alloc(struct secret *out, size_t len)
{
	struct store *store = store_get();
	struct lane *lane;
	char *ptr;

	if (!store || len > SIZE_MAX / 4)
		return -1;
	lane = enter(store);
	ptr = take(lane, len + 1);
	pthread_mutex_unlock(&lane->lock);
	if (!ptr)
		return -1;
	out->ptr = ptr;
	out->len = len;
	return 0;
}

int secret_copy(struct secret *out, const char *bytes, size_t len)
{
	if (secret_alloc(out, len))
		return -1;
	if (len)
		memcpy(out->ptr, bytes, len);
	return 0;
}

static int free_in(struct lane *lane, const char *ptr)
{
	int found = 0;

	pthread_mutex_lock(&lane->lock);
	for (int class = 0; class < SLOT_CLASSES && !found; class++)
		found = give_back(&lane->slabs[class], ptr, 1);
	if (!found)
		found = give_back(&lane->large, ptr, 0);
	pthread_mutex_unlock(&lane->lock);
	return found;
}

/* Most go back to where the thread took them. */
void secret_free(struct secret *secret)
{
	struct store *store = secret->ptr ? store_get() : NULL;
	unsigned own = lane_of_thread();

	for (unsigned i = 0; store && i < LANES; i++)
		if (free_in(&store->lane[(own + i) % LANES], secret->ptr))
			break;
	secret->ptr = NULL;
	secret->len = 0;
}

void secret_wipe(void *bytes, size_t len)
{
	if (bytes && len)
		explicit_bzero(bytes, len);
}

int secret_equal(const void *a, const void *b, size_t len)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(x[i] ^ y[i]);
	return differ == 0;
}
