/* connector/link/down.c - job: a store that is down, remembered for a while instead of being
 * asked by everybody: a pause that doubles, one connect at a time to see whether it is over.
 * Threads: any, with the pool's lock held.
 */
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "link/inside.h"

#define BACKOFF_MIN_MS 1000u
#define BACKOFF_MAX_MS 30000u

int down_may_connect(const struct pool *pool, int64_t now)
{
	return !pool->backoff_ms || (!pool->probing && now >= pool->next_try_ns);
}

void down_refuse(const struct pool *pool, int64_t now, struct idbc_error *err)
{
	int64_t wait_ms = (pool->next_try_ns - now + POOL_NS_PER_MS - 1) / POOL_NS_PER_MS;

	err_set(err, IDBC_UNAVAILABLE, "pool", "store is down, next try in %lld ms: %s",
		(long long)(wait_ms > 0 ? wait_ms : 0), pool->down.text);
	err->native = pool->down.native;
	memcpy(err->sqlstate, pool->down.sqlstate, sizeof(err->sqlstate));
	memcpy(err->code, pool->down.code, sizeof(err->code));
}

/* Up to an eighth less, so that many processes do not all knock at once. */
static int64_t jitter_ns(const struct pool *pool, int64_t now)
{
	uint64_t x = (uint64_t)now ^ (uint64_t)(uintptr_t)pool;

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (int64_t)((x >> 33) % (pool->backoff_ms / 8)) * POOL_NS_PER_MS;
}

/* Of many connects that fail together only the first doubles the pause. */
void down_note(struct pool *pool, int64_t begun_ns, const struct idbc_error *err)
{
	int64_t now = clock_now_ns();

	if (begun_ns <= pool->down_ns)
		return;
	pool->down_ns = now;
	pool->backoff_ms = pool->backoff_ms ? pool->backoff_ms * 2 : BACKOFF_MIN_MS;
	if (pool->backoff_ms > BACKOFF_MAX_MS)
		pool->backoff_ms = BACKOFF_MAX_MS;
	pool->next_try_ns = now + pool->backoff_ms * POOL_NS_PER_MS - jitter_ns(pool, now);
	pool->down = *err;
}
