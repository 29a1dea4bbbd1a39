/* connector/run/callers.c - job: who calls on a thread of his own, so that a close finds him.
 * Threads: any.  Lock: one for each lane, which threads seldom share; held around link_stop(),
 * which does not block.
 */
#include "run/callers.h"

int callers_init(struct callers *callers)
{
	for (uint32_t i = 0; i < LANES; i++) {
		callers->lane[i].first = NULL;
		callers->lane[i].stopped = 0;
		if (pthread_mutex_init(&callers->lane[i].lock, NULL) == 0)
			continue;
		while (i--)
			pthread_mutex_destroy(&callers->lane[i].lock);
		return -1;
	}
	return 0;
}

void callers_destroy(struct callers *callers)
{
	for (uint32_t i = 0; i < LANES; i++)
		pthread_mutex_destroy(&callers->lane[i].lock);
}

void callers_enter(struct callers *callers, struct caller *caller)
{
	struct callers_lane *lane;

	stop_init(&caller->stop);
	caller->lane = lane_here();
	lane = &callers->lane[caller->lane];
	pthread_mutex_lock(&lane->lock);
	caller->prev = NULL;
	caller->next = lane->first;
	if (lane->first)
		lane->first->prev = caller;
	lane->first = caller;
	if (lane->stopped)
		link_stop(&caller->stop, IDBC_CANCELLED);
	pthread_mutex_unlock(&lane->lock);
}

void callers_leave(struct callers *callers, struct caller *caller)
{
	struct callers_lane *lane = &callers->lane[caller->lane];

	pthread_mutex_lock(&lane->lock);
	if (caller->prev)
		caller->prev->next = caller->next;
	else
		lane->first = caller->next;
	if (caller->next)
		caller->next->prev = caller->prev;
	pthread_mutex_unlock(&lane->lock);
}

void callers_stop(struct callers *callers)
{
	for (uint32_t i = 0; i < LANES; i++) {
		struct callers_lane *lane = &callers->lane[i];

		pthread_mutex_lock(&lane->lock);
		lane->stopped = 1;
		for (struct caller *caller = lane->first; caller; caller = caller->next)
			link_stop(&caller->stop, IDBC_CANCELLED);
		pthread_mutex_unlock(&lane->lock);
	}
}
