/* connector/base/hush.c - job: no call of the host's functions after its connection is closed.
 * Threads: any.  No lock: who enters is counted before he asks, and who silences asks after he
 * has said so, so that one of them sees the other.
 */
#include <time.h>
#include "base/hush.h"

int hush_enter(struct hush *hush)
{
	atomic_fetch_add(&hush->inside, 1);
	if (!atomic_load(&hush->silent))
		return 1;
	atomic_fetch_sub(&hush->inside, 1);
	return 0;
}

void hush_leave(struct hush *hush)
{
	atomic_fetch_sub(&hush->inside, 1);
}

/* The host's own code is waited for, however long it takes: rarely, and at a close alone. */
void hush_all(struct hush *hush)
{
	static const struct timespec moment = { 0, 1000000 };

	atomic_store(&hush->silent, 1);
	while (atomic_load(&hush->inside))
		nanosleep(&moment, NULL);
}
