/* tests/host/threads.c - more threads than there are thread keys, one after the other and all
 * alive at once, each with a few calls: nothing of a thread stays behind, and the sessions it
 * used serve the next one.
 *
 * usage: threads LABEL CONFIG
 */
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include "host.h"

#define THREADS (PTHREAD_KEYS_MAX + 2)
#define SLACK   (64u << 10)             /* 64 bytes a thread */

static struct idbc *store;
static _Atomic int wrong;
static pthread_barrier_t all_done;

static void one_round(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = host_round(store, &err);

	if (rc != IDBC_OK && atomic_fetch_add(&wrong, 1) < 3)
		fprintf(stderr, "thread: %s %s\n", idbc_status_name((uint32_t)rc), err.text);
}

static void *comes_and_goes(void *unused)
{
	(void)unused;
	one_round();
	return NULL;
}

static void *stays(void *unused)
{
	one_round();
	pthread_barrier_wait(&all_done);
	return unused;
}

static void in_sequence(int n)
{
	pthread_t thread;

	for (int i = 0; i < n; i++) {
		if (pthread_create(&thread, NULL, comes_and_goes, NULL)) {
			atomic_fetch_add(&wrong, 1);
			return;
		}
		pthread_join(thread, NULL);
	}
}

static void all_at_once(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;
	int n = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 10);
	pthread_barrier_init(&all_done, NULL, THREADS);
	while (n < THREADS && pthread_create(&threads[n], &attr, stays, NULL) == 0)
		n++;
	if (n < THREADS) {              /* the barrier never opens: nothing to wait for */
		host_says(0, "all-at-once", "no more than %d threads", n);
		exit(1);
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&all_done);
	pthread_attr_destroy(&attr);
}

static void test_sequence(void)
{
	size_t before, after, fds = 0;
	int keys;

	in_sequence(32);
	keys = host_free_keys();
	fds = host_descriptors();
	before = host_memory();
	in_sequence(THREADS);
	after = host_memory();
	host_says(!wrong, "in-sequence", "%d of %d threads failed", wrong, THREADS);
	host_says(host_free_keys() == keys, "in-sequence-keys", "%d keys, then %d", keys, host_free_keys());
	host_says(host_descriptors() == fds, "in-sequence-descriptors", "%zu, then %zu", fds,
		  host_descriptors());
	host_says(after < before + SLACK, "in-sequence-memory", "%zu bytes, then %zu", before, after);
}

static void test_at_once(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	size_t before;

	all_at_once();
	host_says(!wrong, "all-at-once", "%d of %d threads failed", wrong, THREADS);
	before = host_memory();
	all_at_once();
	host_says(!wrong && host_memory() < before + SLACK, "all-at-once-again",
		  "%d failed; %zu bytes, then %zu", wrong, before, host_memory());
	host_says(host_round(store, &err) == IDBC_OK, "afterwards", "%s", err.text);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	host_label = argv[1];
	store = host_open(argv[2]);
	test_sequence();
	test_at_once();
	idbc_close(store, 0);
	return host_failed;
}
