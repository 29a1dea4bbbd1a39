/* connector/link/ride.c - job: calls of a stacked driver.  It has no sessions, so nothing of it
 * can be interrupted: whoever stops one of its calls stops the lower call that it makes then,
 * found by the thread.
 *
 * Threads: any.  Lock: the link's rides.lock, taken before the seats and pools of lower links.
 */
#include "base/err.h"
#include "link/inside.h"

int rides_init(struct rides *rides)
{
	rides->first = NULL;
	return pthread_mutex_init(&rides->lock, NULL) ? -1 : 0;
}

void rides_fini(struct rides *rides)
{
	pthread_mutex_destroy(&rides->lock);
}

int ride_begin(struct link *link, struct stop *stop, struct session *session)
{
	struct rides *rides = &link->rides;
	struct ride *ride = &session->ride;

	*session = (struct session){ .driver_session = link->instance,
		.ops = &link->driver->ops, .link = link };
	ride->thread = pthread_self();
	ride->stop = stop;
	pthread_mutex_lock(&rides->lock);
	ride->next = rides->first;
	rides->first = ride;
	pthread_mutex_unlock(&rides->lock);
	if (stop) {
		atomic_store(&stop->seat, NULL);
		atomic_store(&stop->link, link);
	}
	return stop_why(stop) ? -1 : 0;
}

void ride_end(struct session *session)
{
	struct rides *rides = &session->link->rides;
	struct ride **at = &rides->first;

	pthread_mutex_lock(&rides->lock);
	while (*at != &session->ride)
		at = &(*at)->next;
	*at = session->ride.next;
	pthread_mutex_unlock(&rides->lock);
}

void rides_stop(struct link *link, const struct stop *stop, uint32_t why)
{
	struct rides *rides = &link->rides;

	pthread_mutex_lock(&rides->lock);
	for (struct ride *ride = rides->first; ride; ride = ride->next)
		if (ride->stop == stop && ride->below)
			link_stop(ride->below, why);
	pthread_mutex_unlock(&rides->lock);
}

/* Of the call that this thread has here; called with the lock held. */
static struct ride *of_this_thread(struct rides *rides)
{
	struct ride *ride = rides->first;

	while (ride && !pthread_equal(ride->thread, pthread_self()))
		ride = ride->next;
	return ride;
}

void link_enter_below(struct link *outer, struct stop *lower)
{
	struct rides *rides = &outer->rides;
	struct ride *ride;
	uint32_t why = 0;

	pthread_mutex_lock(&rides->lock);
	ride = of_this_thread(rides);
	if (ride) {
		ride->below = lower;
		why = stop_why(ride->stop);
	}
	pthread_mutex_unlock(&rides->lock);
	if (why)
		link_stop(lower, why);
}

void link_leave_below(struct link *outer)
{
	struct rides *rides = &outer->rides;
	struct ride *ride;

	pthread_mutex_lock(&rides->lock);
	ride = of_this_thread(rides);
	if (ride)
		ride->below = NULL;
	pthread_mutex_unlock(&rides->lock);
}
