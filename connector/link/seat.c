/* connector/link/seat.c - job: places for sessions: which are idle, and what runs on those that
 * are not, so that it can be ended in time.
 *
 * Threads: any.  Lock: each seat its own, around interrupt() and the moments in which a call
 * begins and ends, so that interrupt() comes only between them and never meets disconnect().
 * The idle ones lie in stacks without a lock, one for the processors of each lane: the server's
 * end of a session stays where its caller was, so who calls from there next has it near.  The tag
 * in a stack's head changes with every change, so that nobody mistakes a head that came back for
 * one that stayed.
 */
#include "base/clock.h"
#include "link/inside.h"

#define NUDGE_NS        (20 * POOL_NS_PER_MS)   /* until interrupt() comes again */
#define NUDGES_DOUBLE   6u

/* --- the stacks ----------------------------------------------------------------------- */
static uint64_t head_of(uint64_t before, uint32_t number)
{
	return ((before >> 32) + 1) << 32 | number;
}

static struct seat *numbered(struct pool *pool, uint32_t number)
{
	return number ? &pool->seats[number - 1] : NULL;
}

void seats_put_back(struct pool *pool, struct seat *seat)
{
	uint32_t number = (uint32_t)(seat - pool->seats) + 1;
	_Atomic uint64_t *at = &pool->idle[seat->lane].head;
	uint64_t head = atomic_load(at);

	do
		atomic_store_explicit(&seat->next, (uint32_t)head, memory_order_relaxed);
	while (!atomic_compare_exchange_weak(at, &head, head_of(head, number)));
}

void seats_push(struct pool *pool, struct seat *seat)
{
	seat->lane = lane_here();
	seats_put_back(pool, seat);
}

static struct seat *pop(struct pool *pool, _Atomic uint64_t *at)
{
	uint64_t head = atomic_load(at);
	struct seat *seat;

	do {
		seat = numbered(pool, (uint32_t)head);
		if (!seat)
			return NULL;
	} while (!atomic_compare_exchange_weak(at, &head,
			head_of(head, atomic_load_explicit(&seat->next, memory_order_relaxed))));
	return seat;
}

struct seat *seats_pop(struct pool *pool)
{
	uint32_t here = lane_here();
	struct seat *seat = NULL;

	for (uint32_t i = 0; !seat && i < LANES; i++)
		seat = pop(pool, &pool->idle[(here + i) % LANES].head);
	return seat;
}

struct seat *seats_take_all(struct pool *pool, uint32_t lane)
{
	_Atomic uint64_t *at = &pool->idle[lane].head;
	uint64_t head = atomic_load(at);

	while ((uint32_t)head && !atomic_compare_exchange_weak(at, &head, head_of(head, 0)))
		;
	return numbered(pool, (uint32_t)head);
}

struct seat *seat_below(struct pool *pool, const struct seat *seat)
{
	return numbered(pool, atomic_load_explicit(&seat->next, memory_order_relaxed));
}

/* --- calls ----------------------------------------------------------------------------- */
int seat_begin(struct link *link, struct seat *seat, struct stop *stop, int64_t deadline_ns)
{
	pthread_mutex_lock(&seat->lock);
	seat->stop = stop;
	seat->why = seat->nudges = 0;
	atomic_store_explicit(&seat->busy, 1, memory_order_relaxed);
	atomic_store(&seat->deadline_ns, deadline_ns);
	pthread_mutex_unlock(&seat->lock);
	pool_look_by(link, deadline_ns);
	pool_say_no_alarm(link);
	if (!stop)
		return 0;
	atomic_store_explicit(&stop->link, link, memory_order_relaxed);
	atomic_store(&stop->seat, seat);
	return stop_why(stop) ? -1 : 0;
}

uint32_t seat_end(struct seat *seat)
{
	uint32_t why;

	pthread_mutex_lock(&seat->lock);
	why = seat->why;
	seat->stop = NULL;
	atomic_store_explicit(&seat->busy, 0, memory_order_relaxed);
	atomic_store_explicit(&seat->deadline_ns, INT64_MAX, memory_order_relaxed);
	pthread_mutex_unlock(&seat->lock);
	return why;
}

/* One that came just before the driver could be interrupted is lost: it comes again, less and
 * less often, until the call has ended.  Called with the seat's lock held. */
static void nudge(struct link *link, struct seat *seat, int64_t now)
{
	uint32_t doubled = seat->nudges < NUDGES_DOUBLE ? seat->nudges : NUDGES_DOUBLE;

	if (!seat->nudges++)
		atomic_fetch_add_explicit(&link->pool.interrupted, 1, memory_order_relaxed);
	atomic_store(&seat->deadline_ns, now + (NUDGE_NS << doubled));
	link->driver->table.interrupt(seat->driver_session);
}

void seat_interrupt(struct link *link, struct seat *seat, const struct stop *stop, uint32_t why)
{
	int64_t now = clock_now_ns();

	pthread_mutex_lock(&seat->lock);
	if (atomic_load_explicit(&seat->busy, memory_order_relaxed) && seat->stop == stop) {
		seat->why = seat->why ? seat->why : why;
		nudge(link, seat, now);
	}
	pthread_mutex_unlock(&seat->lock);
	pool_look_by(link, now + NUDGE_NS);
}

/* --- deadlines ------------------------------------------------------------------------- */
static void late(struct link *link, struct seat *seat, int64_t now)
{
	pthread_mutex_lock(&seat->lock);
	if (atomic_load(&seat->deadline_ns) <= now) {
		seat->why = seat->why ? seat->why : IDBC_TIMEOUT;
		nudge(link, seat, now);
	}
	pthread_mutex_unlock(&seat->lock);
}

int64_t seats_watch(struct link *link, int64_t now)
{
	int64_t next = INT64_MAX;

	for (uint32_t i = 0; i < link->pool.max; i++) {
		struct seat *seat = &link->pool.seats[i];
		int64_t deadline = atomic_load(&seat->deadline_ns);

		if (deadline <= now) {
			late(link, seat, now);
			deadline = atomic_load(&seat->deadline_ns);
		}
		next = deadline < next ? deadline : next;
	}
	return next;
}
