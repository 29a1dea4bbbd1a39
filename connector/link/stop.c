/* connector/link/stop.c - job: end one call early, whatever it is doing.
 * Threads: link_stop() from any, the rest the call's own.  Lock: the seat's around
 * interrupt(), the pool's to wake who waits, never both; a stacked link's rides before these.
 *
 * Nothing slips through: link_stop() first writes the state and then looks for a seat and a
 * waiter; the call first says where it is and then reads the state.
 */
#include "base/err.h"
#include "link/inside.h"

#define WRITING 1u              /* the status lies above it */

void stop_init(struct stop *stop)
{
	atomic_init(&stop->state, 0);
	atomic_init(&stop->seat, NULL);
	atomic_init(&stop->link, NULL);
	stop->cond = NULL;
	stop->begun = 0;
}

uint32_t stop_why(const struct stop *stop)
{
	return stop ? atomic_load(&stop->state) >> 1 : 0;
}

int stop_begin_write(struct stop *stop)
{
	uint32_t state = 0;

	if (!stop || atomic_compare_exchange_strong(&stop->state, &state, WRITING))
		return 0;
	return state >> 1 ? -1 : 0;
}

/* What the state was before, and is now: the first reason stays. */
static uint32_t mark(struct stop *stop, uint32_t why)
{
	uint32_t state = atomic_load(&stop->state);

	while (!(state >> 1) &&
	       !atomic_compare_exchange_weak(&stop->state, &state, state | why << 1))
		;
	return state;
}

static void wake(struct stop *stop, struct link *link)
{
	pthread_mutex_lock(&link->pool.lock);
	if (stop->cond)
		pthread_cond_broadcast(stop->cond);
	pthread_mutex_unlock(&link->pool.lock);
}

int link_stop(struct stop *stop, uint32_t why)
{
	uint32_t before = mark(stop, why);
	struct seat *seat = atomic_load(&stop->seat);
	struct link *link = atomic_load(&stop->link);

	if (link && seat)
		seat_interrupt(link, seat, stop, why);
	else if (link)
		rides_stop(link, stop, why);
	if (link)
		wake(stop, link);
	return before & WRITING ? 1 : 0;
}
