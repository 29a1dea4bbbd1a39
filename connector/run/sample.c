/* connector/run/sample.c - job: a look at some rows of the store, so that the work done for
 * users who are not there is that of users who are.  Bounded: so many rows by their key,
 * never all of them.  At open; where the store was down then, or the host in a hurry, at the
 * first login; of a connection that trusts its store at the second, so that short-lived
 * processes have none.
 * Threads: the caller's; one of them samples, the others do not wait for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/conn.h"
#include "run/listed.h"

#define ROWS        1000u
#define PAGES       10u                 /* where keys are numbers: spread over them */
#define PATIENCE_MS 2000u

enum sample_state { SAMPLE_WANTED, SAMPLE_SECOND, SAMPLE_RUNNING, SAMPLE_DONE };

struct sampler {
	struct listed listed;
	const struct password_policy *policy;
	int64_t deadline_ns;
	int prove;                      /* compute a dummy of each kind: nobody waits */
	int idle;                       /* a class whose dummy does no work */
};

static void on_credential(void *ctx, const struct idbc_str *id, const struct idbc_field *parts,
			  size_t nparts)
{
	struct sampler *s = ctx;

	s->idle |= password_sample(s->policy, id, parts, nparts, s->prove);
}

static int page(struct session *session, struct sampler *s, uint32_t limit,
		const struct idbc_str *after, uint32_t flags, struct idbc_error *err)
{
	return listed_page(&s->listed, session, limit, flags, after, s->deadline_ns, err);
}

static int as_number(const struct idbc_str *id, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < id->len; i++) {
		if (id->ptr[i] < '0' || id->ptr[i] > '9' || i == 18)
			return 0;
		*out = *out * 10 + (uint64_t)(id->ptr[i] - '0');
	}
	return id->len > 0;
}

/* From `low` to `high`; what two pages both have counts once. */
static int spread(struct session *session, struct sampler *s, uint64_t low, uint64_t high,
		  struct idbc_error *err)
{
	int rc = IDBC_OK;

	for (uint32_t i = 1; rc == IDBC_OK && i + 1 < PAGES; i++) {
		uint64_t last, from = low + (high - low) / PAGES * i;
		char text[24];
		struct idbc_str after = { text, 0 };

		if (as_number(&s->listed.id, &last) && last > from && last < high)
			from = last;
		after.len = (size_t)snprintf(text, sizeof(text), "%llu",
					     (unsigned long long)from);
		rc = page(session, s, ROWS / PAGES, &after, 0, err);
	}
	return rc;
}

/* The first and the last, and where the keys are numbers some of those between. */
static int sample(struct session *session, struct sampler *s, struct idbc_error *err)
{
	uint32_t part = ROWS / PAGES;
	uint64_t low, high;
	int rc = page(session, s, part, NULL, 0, err), numbers;

	if (rc != IDBC_OK || s->listed.rows < part)
		return rc;
	numbers = as_number(&s->listed.id, &low);
	if (!numbers)
		rc = page(session, s, ROWS / 2 - part, &s->listed.id, 0, err);
	if (rc != IDBC_OK || !s->listed.rows)
		return rc;
	rc = page(session, s, numbers ? 1 : ROWS / 2, NULL, IDBC_LIST_LAST, err);
	if (rc != IDBC_OK || !numbers || !as_number(&s->listed.id, &high) || high <= low)
		return rc;
	rc = page(session, s, part, NULL, IDBC_LIST_LAST, err);
	listed_free(&s->listed);
	return rc == IDBC_OK ? spread(session, s, low, high, err) : rc;
}

static int sample_on(struct session *session, void *ctx, struct idbc_error *err)
{
	return sample(session, ctx, err);
}

static int take(struct idbc *conn, struct stop *stop, int64_t deadline_ns, int prove,
		struct idbc_error *err)
{
	int64_t patience_ns = clock_deadline_ns(PATIENCE_MS);
	struct call call = { .conn = conn, .stop = stop, .deadline_ns = deadline_ns };
	struct sampler s = { .policy = conn->policy, .prove = prove };
	int rc;

	listed_init(&s.listed, on_credential, &s);
	call.deadline_ns = patience_ns < deadline_ns ? patience_ns : deadline_ns;
	s.deadline_ns = call.deadline_ns;
	rc = call_on_session(&call, sample_on, &s, err);
	listed_free(&s.listed);
	if (s.idle)
		return err_set(err, IDBC_CONFIG, "password",
			       "the work for users who are not there is not that of users who are");
	return rc;
}

static void settle(struct idbc *conn, int rc, const struct idbc_error *err)
{
	int again = rc == IDBC_UNAVAILABLE || rc == IDBC_BUSY;

	if (rc == IDBC_CONFIG || rc == IDBC_TIMEOUT || rc == IDBC_DRIVER)
		log_line(&conn->log, IDBC_LOG_WARNING, 0, 0, "run",
			 "no sample of the stored passwords: %s", err->text);
	atomic_store(&conn->sample, again ? SAMPLE_WANTED : SAMPLE_DONE);
}

int sample_is_of_use(const struct idbc *conn)
{
	return link_has(conn->link, LINK_LIST) && !(link_caps(conn->link) & IDBC_CAP_DECIDES) &&
	       conn->config->operations & (1u << IDBC_LOGIN);
}

int sample_open(struct idbc *conn, struct idbc_error *err)
{
	struct idbc_error why = IDBC_ERROR_INIT;
	int rc;

	if (!password_dummy_works(conn->policy))
		return err_set(err, IDBC_CONFIG, "password",
			       "the work for users who are not there is not done");
	if (!sample_is_of_use(conn)) {
		atomic_store(&conn->sample, SAMPLE_DONE);
		return IDBC_OK;
	}
	rc = take(conn, NULL, clock_deadline_ns(conn->config->timeout_ms), 1, &why);
	settle(conn, rc, &why);
	if (rc == IDBC_CONFIG)
		*err = why;
	return rc == IDBC_CONFIG ? rc : IDBC_OK;
}

void sample_later(struct idbc *conn)
{
	uint32_t state = conn->config->startup == STARTUP_TRUST ? SAMPLE_SECOND : SAMPLE_WANTED;

	atomic_store(&conn->sample, sample_is_of_use(conn) ? state : SAMPLE_DONE);
}

void sample_at_login(struct call *call)
{
	struct idbc *conn = call->conn;
	struct idbc_error why = IDBC_ERROR_INIT;
	uint32_t state = atomic_load_explicit(&conn->sample, memory_order_relaxed);

	if (state == SAMPLE_DONE || state == SAMPLE_RUNNING)
		return;
	if (!atomic_compare_exchange_strong(&conn->sample, &state,
			state == SAMPLE_SECOND ? SAMPLE_WANTED : SAMPLE_RUNNING))
		return;
	if (state == SAMPLE_WANTED)
		settle(conn, take(conn, call->stop, call->deadline_ns, 0, &why), &why);
}
