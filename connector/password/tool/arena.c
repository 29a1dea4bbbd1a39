/* connector/password/tool/arena.c - mappings of their own, one for each hash under way, and
 * idle ones of the sizes last asked for.
 *
 * Threads: any.  Lock: one per process generation, never held while memory is mapped,
 * unmapped or wiped.  A forked child begins with a set of its own: the parent's lock may
 * have been held, and what it kept reads as zero.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fork.h"
#include "base/secret.h"
#include "password/tool/arena.h"

#define HUGE_BYTES  ((size_t)2 << 20)
#define SMALL_BYTES ((size_t)1 << 20)   /* below it: locked, and no huge pages */
#define SPARE_BYTES ((int64_t)1 << 20)  /* kept in any case, for the small ones */

struct arena {
	struct arena *next;
	char  *base;
	size_t bytes;
};
struct set {
	uint32_t generation;
	struct set *parents;            /* keeps the parent's reachable for leak checkers */
	pthread_mutex_t lock;
	struct arena *used, *idle;      /* idle: the last one given back first */
	int64_t mapped, budget;         /* bytes */
};

static _Atomic(struct set *) current;

static struct set *set_new(struct set *parents)
{
	struct set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->generation = fork_generation();
	set->parents = parents;
	set->budget = SPARE_BYTES;
	pthread_mutex_init(&set->lock, NULL);
	return set;
}

static struct set *set_get(void)
{
	struct set *set = atomic_load(&current), *mine;

	while (!set || set->generation != fork_generation()) {
		mine = set_new(set);
		if (!mine)
			return NULL;
		if (atomic_compare_exchange_strong(&current, &set, mine))
			return mine;
		pthread_mutex_destroy(&mine->lock);
		free(mine);
	}
	return set;
}

/* --- one arena ------------------------------------------------------------------------ */
size_t arena_bytes(size_t bytes)
{
	size_t unit = bytes < SMALL_BYTES ? (size_t)sysconf(_SC_PAGESIZE) : HUGE_BYTES;

	return bytes > SIZE_MAX / 2 ? bytes : (bytes + unit - 1) / unit * unit;
}

/* Begins where a huge page does; what stands over goes back. */
static char *map_aligned(size_t bytes)
{
	size_t head;
	char *base = mmap(NULL, bytes + HUGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	head = (HUGE_BYTES - (uintptr_t)base % HUGE_BYTES) % HUGE_BYTES;
	if (head)
		munmap(base, head);
	munmap(base + head + bytes, HUGE_BYTES - head);
	return base + head;
}

/* An old kernel may refuse the advice, a limit the lock. */
static char *map(size_t bytes)
{
	char *base;

	if (bytes < SMALL_BYTES) {
		base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		if (base == MAP_FAILED)
			return NULL;
		(void)mlock(base, bytes);
	} else {
		base = map_aligned(bytes);
		if (!base)
			return NULL;
		(void)madvise(base, bytes, MADV_HUGEPAGE);
	}
	(void)madvise(base, bytes, MADV_DONTDUMP);
	(void)madvise(base, bytes, MADV_WIPEONFORK);
	return base;
}

static struct arena *arena_new(size_t bytes)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return NULL;
	arena->bytes = bytes;
	arena->base = map(bytes);
	if (arena->base)
		return arena;
	free(arena);
	return NULL;
}

static void arenas_free(struct arena *list)
{
	while (list) {
		struct arena *next = list->next;

		munmap(list->base, list->bytes);
		free(list);
		list = next;
	}
}

/* --- the set; with the lock held ------------------------------------------------------ */
static void push(struct arena **list, struct arena *arena)
{
	arena->next = *list;
	*list = arena;
}

/* Takes out the one of this size, or the one that begins here. */
static struct arena *take_out(struct arena **list, size_t bytes, const void *base)
{
	for (struct arena **at = list; *at; at = &(*at)->next) {
		struct arena *arena = *at;

		if (base ? arena->base != base : arena->bytes != bytes)
			continue;
		*at = arena->next;
		return arena;
	}
	return NULL;
}

/* Idle arenas, the longest idle first, until `more` bytes fit the budget; the caller
 * unmaps them. */
static struct arena *make_room(struct set *set, int64_t more)
{
	struct arena *out = NULL;

	while (set->idle && set->mapped + more > set->budget) {
		struct arena **last = &set->idle;

		while ((*last)->next)
			last = &(*last)->next;
		set->mapped -= (int64_t)(*last)->bytes;
		push(&out, *last);
		*last = NULL;
	}
	return out;
}

/* --- what others see ------------------------------------------------------------------ */
static void *arena_lend(struct set *set, struct arena *arena)
{
	pthread_mutex_lock(&set->lock);
	push(&set->used, arena);
	pthread_mutex_unlock(&set->lock);
	return arena->base;
}

void *arena_take(size_t bytes)
{
	struct set *set = set_get();
	struct arena *arena, *unwanted = NULL;
	size_t whole = arena_bytes(bytes ? bytes : 1);

	if (!set || whole > SIZE_MAX / 4)
		return NULL;
	pthread_mutex_lock(&set->lock);
	arena = take_out(&set->idle, whole, NULL);
	if (!arena) {
		unwanted = make_room(set, (int64_t)whole);
		set->mapped += (int64_t)whole;
	}
	pthread_mutex_unlock(&set->lock);
	arenas_free(unwanted);
	if (!arena)
		arena = arena_new(whole);
	if (arena)
		return arena_lend(set, arena);
	pthread_mutex_lock(&set->lock);
	set->mapped -= (int64_t)whole;
	pthread_mutex_unlock(&set->lock);
	return NULL;
}

static struct arena *arena_of(struct set *set, const void *base)
{
	struct arena *arena;

	pthread_mutex_lock(&set->lock);
	arena = take_out(&set->used, 0, base);
	pthread_mutex_unlock(&set->lock);
	return arena;
}

static void keep(struct set *set, struct arena *arena)
{
	struct arena *unwanted;

	pthread_mutex_lock(&set->lock);
	push(&set->idle, arena);
	unwanted = make_room(set, 0);
	pthread_mutex_unlock(&set->lock);
	arenas_free(unwanted);
}

/* What a parent lent before the fork is in no set of the child's, and is left alone. */
static void give(void *base, int is_zero)
{
	struct set *set = base ? set_get() : NULL;
	struct arena *arena = set ? arena_of(set, base) : NULL;

	if (!arena)
		return;
	if (!is_zero)
		secret_wipe(arena->base, arena->bytes);
	keep(set, arena);
}

void arena_give(void *base)
{
	give(base, 0);
}

void arena_give_zero(void *base)
{
	give(base, 1);
}

void arena_budget_add(int64_t bytes)
{
	struct set *set = set_get();
	struct arena *unwanted;

	if (!set)
		return;
	pthread_mutex_lock(&set->lock);
	set->budget += bytes;
	unwanted = make_room(set, 0);
	pthread_mutex_unlock(&set->lock);
	arenas_free(unwanted);
}

static size_t bytes_in(const struct arena *list)
{
	size_t bytes = 0;

	for (; list; list = list->next)
		bytes += list->bytes;
	return bytes;
}

void arena_stats(struct arena_stats *out)
{
	struct set *set = set_get();

	*out = (struct arena_stats){ 0, 0 };
	if (!set)
		return;
	pthread_mutex_lock(&set->lock);
	out->used = bytes_in(set->used);
	out->idle = bytes_in(set->idle);
	pthread_mutex_unlock(&set->lock);
}
