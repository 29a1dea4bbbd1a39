/* drivers/mysql/hosts.c - which of several servers a new connection goes to first.
 *
 * Hosts are taken in the order of the configuration.  One that failed, or that was found
 * unfit for now, goes behind the others for a second, doubling to thirty; then one attempt
 * alone finds out whether it is back.  One that somebody waits for already goes behind, too.
 * Threads: any.  Lock: my_memory.lock, for a few instructions; nothing else is done under it.
 */
#include "client.h"

#include <stdlib.h>

#define NS_PER_MS      INT64_C(1000000)
#define BACKOFF_MIN_MS 1000u
#define BACKOFF_MAX_MS 30000u
#define STALLED_NS     (300 * NS_PER_MS)

struct known {
	int64_t retry_ns;               /* failed: not to be asked first before then */
	int64_t since_ns;               /* attempts are under way since; an answer sets it anew */
	uint32_t backoff_ms;            /* 0: it answered last time */
	uint32_t pending;               /* attempts under way */
};
struct my_memory {
	pthread_mutex_t lock;
	size_t n;
	struct known known[];
};

struct my_memory *hosts_memory(size_t n)
{
	struct my_memory *m = calloc(1, sizeof(*m) + n * sizeof(m->known[0]));

	if (!m)
		return NULL;
	m->n = n;
	if (!pthread_mutex_init(&m->lock, NULL))
		return m;
	free(m);
	return NULL;
}

void hosts_forget(struct my_memory *m)
{
	if (!m)
		return;
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static int is_fit(const struct known *k, int64_t now)
{
	if (k->backoff_ms)
		return now >= k->retry_ns && !k->pending;
	return !k->pending || now - k->since_ns < STALLED_NS;
}

/* Of hosts that are all unfit, the one that failed least, then the one whose turn is next. */
static int is_better(const struct known *a, const struct known *b)
{
	return a->backoff_ms != b->backoff_ms ? a->backoff_ms < b->backoff_ms
					      : a->retry_ns < b->retry_ns;
}

static int choose(const struct my_memory *m, uint64_t tried, int64_t now)
{
	int best = -1;

	for (size_t i = 0; i < m->n; i++) {
		if (tried & UINT64_C(1) << i)
			continue;
		if (is_fit(&m->known[i], now))
			return (int)i;
		if (best < 0 || is_better(&m->known[i], &m->known[best]))
			best = (int)i;
	}
	return best;
}

int hosts_next(struct my_memory *m, uint64_t tried, int64_t now)
{
	int i;

	pthread_mutex_lock(&m->lock);
	i = choose(m, tried, now);
	if (i >= 0 && !m->known[i].pending++)
		m->known[i].since_ns = now;
	pthread_mutex_unlock(&m->lock);
	return i;
}

/* Of many that fail together only the first doubles the pause. */
static void note_failed(struct known *k, int64_t now)
{
	if (k->backoff_ms && now < k->retry_ns)
		return;
	k->backoff_ms = k->backoff_ms ? k->backoff_ms * 2 : BACKOFF_MIN_MS;
	if (k->backoff_ms > BACKOFF_MAX_MS)
		k->backoff_ms = BACKOFF_MAX_MS;
	k->retry_ns = now + k->backoff_ms * NS_PER_MS;
}

int hosts_ended(struct my_memory *m, size_t host, enum hosts_outcome outcome, int64_t now)
{
	struct known *k = &m->known[host];
	int was_good, is_good;

	pthread_mutex_lock(&m->lock);
	was_good = !k->backoff_ms;
	k->pending--;
	k->since_ns = now;
	if (outcome == HOSTS_GOOD)
		k->backoff_ms = 0;
	else if (outcome == HOSTS_FAILED)
		note_failed(k, now);
	is_good = !k->backoff_ms;
	pthread_mutex_unlock(&m->lock);
	return was_good != is_good;
}

int hosts_suspect(struct my_memory *m, size_t host, int64_t now)
{
	struct known *k = &m->known[host];
	int was_good;

	pthread_mutex_lock(&m->lock);
	was_good = !k->backoff_ms;
	if (was_good)
		note_failed(k, now);
	pthread_mutex_unlock(&m->lock);
	return was_good;
}
