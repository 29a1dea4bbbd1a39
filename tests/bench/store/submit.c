/* tests/bench/store/submit.c - calls submitted by one thread, as many under way as a busy server
 * has, instead of one after the other.
 * Threads: the caller's submits; completions come on the library's and count under `lock`.
 */
#include <pthread.h>
#include "store.h"

#define UNDER_WAY 32

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static unsigned under_way;

static void done(int status, struct idbc_profile *profile, const struct idbc_error *err, void *user)
{
	(void)user;
	if (status != IDBC_OK)
		bench_die(err->text);
	idbc_profile_free(profile);
	pthread_mutex_lock(&lock);
	if (under_way-- == UNDER_WAY || !under_way)
		pthread_cond_signal(&ended);
	pthread_mutex_unlock(&lock);
}

/* Waits until fewer than `most` are under way. */
static void wait_for(unsigned most)
{
	pthread_mutex_lock(&lock);
	while (under_way >= most)
		pthread_cond_wait(&ended, &lock);
	under_way += most > 1;
	pthread_mutex_unlock(&lock);
}

unsigned long submit_some(struct caller *c, int64_t until_ns)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	unsigned long calls = 0;

	req.kind = IDBC_GET_USER;
	req.by = IDBC_BY_EMAIL;
	do {
		req.value = caller_next(c);
		wait_for(UNDER_WAY);
		if (idbc_submit(c->conn, &req, done, NULL, NULL, &err))
			bench_die(err.text);
		calls++;
	} while (bench_ns(CLOCK_MONOTONIC) < until_ns);
	wait_for(1);
	return calls;
}
