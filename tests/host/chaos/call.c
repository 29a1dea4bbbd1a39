/* tests/host/chaos/call.c - one call, by either way in: whether it was told once and in time, beside
 * how late this machine wakes somebody who only sleeps.
 * Threads: any; a worker's own operations.
 */
#include "chaos.h"

#include <errno.h>
#include <time.h>

static _Atomic int64_t stall_ns[4096];  /* by 100 ms: how late a sleeper woke */

#define LATE_MS (50 * host_slower())
#define LOST_MS 5000u                   /* after the deadline: no completion will come */

int64_t chaos_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void chaos_sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

void chaos_copy(char *out, size_t cap, const char *from)
{
	snprintf(out, cap, "%.*s", (int)cap - 1, from ? from : "");
}

static void take(struct answer *out, int rc, struct idbc_profile *user, const struct idbc_error *err)
{
	out->rc = rc;
	out->effect = rc == IDBC_OK ? IDBC_EFFECT_APPLIED : err->effect;
	chaos_copy(out->text, sizeof(out->text), rc == IDBC_OK ? NULL : err->text);
	chaos_copy(out->email, sizeof(out->email), user ? idbc_profile_get(user, "email") : NULL);
	chaos_copy(out->user_id, sizeof(out->user_id), user ? idbc_profile_get(user, "user_id") : NULL);
}

void call_done(int status, struct idbc_profile *user, const struct idbc_error *err, void *arg)
{
	struct op *op = arg;

	pthread_mutex_lock(&op->lock);
	if (op->completions++ == 0)
		take(&op->answer, status, user, err);
	pthread_cond_signal(&op->told);
	pthread_mutex_unlock(&op->lock);
	idbc_profile_free(user);
}

static struct op *op_new(struct worker *w)
{
	struct op *op = calloc(1, sizeof(*op));
	pthread_condattr_t attr;

	if (!op)
		exit(1);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&op->lock, NULL);
	pthread_cond_init(&op->told, &attr);
	pthread_condattr_destroy(&attr);
	op->next = w->ops;
	w->ops = op;
	return op;
}

static int wait_for(struct op *op, int64_t until_ns)
{
	struct timespec until = { until_ns / 1000000000, until_ns % 1000000000 };
	int told;

	pthread_mutex_lock(&op->lock);
	while (!op->completions && chaos_now_ns() < until_ns)
		pthread_cond_timedwait(&op->told, &op->lock, &until);
	told = op->completions;
	pthread_mutex_unlock(&op->lock);
	return told;
}

/* One of twenty is called off somewhere on the way. */
static void submit(struct worker *w, const struct idbc_request *req, struct answer *out)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct op *op = op_new(w);
	struct idbc_op *handle = NULL;
	int64_t began_ns = chaos_now_ns();
	int rc = idbc_submit(chaos.store, req, call_done, op, &handle, &err);

	if (rc != IDBC_OK) {
		atomic_fetch_add(&chaos.refused, 1);
		take(out, rc, NULL, &err);
		w->ops = op->next;
		free(op);
		return;
	}
	atomic_fetch_add(&chaos.accepted, 1);
	if (rand_r(&w->seed) % 20 == 0 && !wait_for(op, began_ns + rand_r(&w->seed) % 4000000))
		idbc_op_cancel(handle);
	if (wait_for(op, began_ns + (req->timeout_ms + LOST_MS) * INT64_C(1000000))) {
		int64_t kept_ns = out->began_ns;

		*out = op->answer;
		out->began_ns = kept_ns;
	} else {
		atomic_fetch_add(&chaos.lost, 1);
		out->rc = IDBC_TIMEOUT;
		out->effect = IDBC_EFFECT_UNKNOWN;
	}
	idbc_op_release(handle);
}

static void ask(const struct idbc_request *req, struct answer *out)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	int rc = idbc_call(chaos.store, req, &user, &err);

	take(out, rc, user, &err);
	idbc_profile_free(user);
}

/* How late the machine itself was meanwhile. */
int64_t call_stalled_ms(int64_t from_ns, int64_t to_ns)
{
	int64_t worst = 0;

	for (int64_t slot = from_ns / 100000000; slot <= to_ns / 100000000; slot++)
		if (atomic_load(&stall_ns[slot % 4096]) > worst)
			worst = atomic_load(&stall_ns[slot % 4096]);
	return worst / 1000000;
}

void call_make(struct worker *w, struct person *p, struct idbc_request *req, const char *what,
	       struct answer *out)
{
	static const uint32_t timeouts[] = { 300, 700, 1500, 3000 };
	int async = rand_r(&w->seed) % 2;
	int64_t began_ns = chaos_now_ns(), took_ms, over_ms;

	req->timeout_ms = timeouts[rand_r(&w->seed) % 4];
	*out = (struct answer){ .began_ns = began_ns };
	if (async)
		submit(w, req, out);
	else
		ask(req, out);
	took_ms = (chaos_now_ns() - began_ns) / 1000000;
	over_ms = took_ms - req->timeout_ms - call_stalled_ms(began_ns, chaos_now_ns());
	atomic_fetch_add(&chaos.calls, 1);
	atomic_fetch_add(&chaos.passed, out->rc == IDBC_OK || IDBC_STATUS_CLASS(out->rc) == 1);
	if (out->rc == IDBC_OK)
		recovery_good(chaos_now_ns());
	atomic_fetch_add(&chaos.unknown, out->rc != IDBC_OK && out->effect == IDBC_EFFECT_UNKNOWN);
	atomic_fetch_add(&chaos.late, over_ms > LATE_MS);
	atomic_fetch_add(&chaos.very_late, over_ms > 20 * LATE_MS);
	snprintf(p->lines[p->nlines++ % LINES], sizeof(p->lines[0]), "%s%s: %s %s, %lld of %u ms %s",
		 what, async ? ", submitted" : "", idbc_status_name((uint32_t)out->rc),
		 idbc_effect_name(out->effect), (long long)took_ms, req->timeout_ms, out->text);
	if (out->rc == IDBC_UNAVAILABLE)
		chaos_sleep_ms(20);     /* as any host would */
	if (over_ms > LATE_MS)
		fprintf(stderr, "%s late: %s\n", p->name, p->lines[(p->nlines - 1) % LINES]);
}

/* How late this machine wakes somebody who sleeps: no fault of ours. */
void *call_sleeper(void *unused)
{
	while (chaos_now_ns() < chaos.end_ns + INT64_C(5000000000)) {
		int64_t began_ns = chaos_now_ns(), over_ns;
		_Atomic int64_t *slot;

		chaos_sleep_ms(5);
		over_ns = chaos_now_ns() - began_ns - 5000000;
		slot = &stall_ns[chaos_now_ns() / 100000000 % 4096];
		if (over_ns > atomic_load(slot))
			atomic_store(slot, over_ns);
	}
	return unused;
}
