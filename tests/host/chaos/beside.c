/* tests/host/chaos/beside.c - what else a host does meanwhile: it forks, and opens and closes another
 * connection to the same server.
 * Threads: one for each.
 */
#include "chaos.h"

#include <sys/wait.h>
#include <unistd.h>

#define GUESTS   8                      /* calls submitted to what is about to be closed */
#define CLOSE_MS 3000                   /* a close may take its grace and so long */

static void more(_Atomic size_t *most, size_t now)
{
	if (now > atomic_load(most))
		atomic_store(most, now);
}

static int child(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_profile *user = NULL;

	host_patience(20);
	req.kind = IDBC_GET_USER;
	req.by = IDBC_BY_USERNAME;
	req.value = "c0p0";
	if (idbc_call(chaos.store, &req, &user, &err) != IDBC_FORKED)
		return 1;
	if (idbc_submit(chaos.store, &req, call_done, NULL, NULL, &err) != IDBC_FORKED)
		return 2;
	return idbc_close(chaos.store, 0) == IDBC_OK ? 0 : 3;
}

void *beside_fork(void *unused)
{
	while (chaos_now_ns() < chaos.end_ns) {
		pid_t pid = fork();
		int status = -1;

		if (pid == 0)
			_exit(child());
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
			fprintf(stderr, "a child ended with %d\n", status);
			atomic_fetch_add(&chaos.bad_forks, 1);
		}
		atomic_fetch_add(&chaos.forks, 1);
		more(&chaos.most_descriptors, host_descriptors());
		more(&chaos.most_threads, host_threads());
		chaos_sleep_ms(400);
	}
	return unused;
}

static void count_done(int status, struct idbc_profile *user, const struct idbc_error *err, void *arg)
{
	(void)status;
	(void)err;
	atomic_fetch_add((_Atomic int *)arg, 1);
	idbc_profile_free(user);
}

/* Nobody is told after the close, everybody before. */
void beside_visit(struct idbc *other, unsigned *seed)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	static _Atomic int told[GUESTS];
	uint32_t grace_ms = (uint32_t)rand_r(seed) % 300;
	int taken[GUESTS], fits = 1;
	int64_t began_ns, took_ms;

	req.kind = IDBC_LOGIN;
	req.value = "nobody-here";
	req.password = "Qv-nobody";
	req.timeout_ms = 1000;
	for (int i = 0; i < GUESTS; i++) {
		atomic_store(&told[i], 0);
		taken[i] = idbc_submit(other, &req, count_done, &told[i], NULL, &err) == IDBC_OK;
	}
	chaos_sleep_ms(rand_r(seed) % 400);
	began_ns = chaos_now_ns();
	fits = idbc_close(other, grace_ms) == IDBC_OK;
	took_ms = (chaos_now_ns() - began_ns) / 1000000 - call_stalled_ms(began_ns, chaos_now_ns());
	for (int i = 0; i < GUESTS; i++)
		fits &= atomic_load(&told[i]) == taken[i];
	atomic_fetch_add(&chaos.closes, 1);
	atomic_fetch_add(&chaos.bad_closes, !fits);
	atomic_fetch_add(&chaos.slow_closes, took_ms > grace_ms + CLOSE_MS);
	if (took_ms > grace_ms + CLOSE_MS)
		fprintf(stderr, "a close took %lld ms with %u of grace\n", (long long)took_ms, grace_ms);
}

void *beside_visits(void *config)
{
	unsigned seed = 4711;

	while (chaos_now_ns() < chaos.end_ns) {
		beside_visit(host_open(config), &seed);
		chaos_sleep_ms(rand_r(&seed) % 700);
	}
	return NULL;
}
