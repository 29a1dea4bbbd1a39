/* connector/link/fit.c - job: do store and mapping fit?  Asked of the driver once, on the first
 * session, and whenever somebody wants all findings.
 *
 * Threads: any.  Lock: pool.lock round `fit`; while one thread looks at the store's catalogue
 * the others wait, so it is looked at once.
 */
#include <stdatomic.h>
#include "base/err.h"
#include "base/guest.h"
#include "link/inside.h"

static void set_fit(struct pool *pool, enum pool_fit fit, const struct idbc_error *misfit)
{
	pthread_mutex_lock(&pool->lock);
	pool->fit = fit;
	if (misfit)
		pool->misfit = *misfit;
	pthread_cond_broadcast(&pool->judged);
	pthread_mutex_unlock(&pool->lock);
}

/* Runs the driver's check on a session; its findings go to `findings`. */
static int look(struct link *link, struct session *session, int64_t deadline_ns, uint32_t flags,
		struct finding_list *findings, struct idbc_error *err)
{
	size_t before = findings_errors(findings);
	struct guest guest;
	int rc;

	guest_enter(&guest);
	rc = session->ops->check(session->driver_session, deadline_ns, flags, &findings->sink, err);
	guest_leave(&guest);
	rc = link_believe(link, LINK_CALL_CHECK, rc, err);
	if (findings->failed)
		return err_nomem(err, "link");
	if (rc == IDBC_CONFIG && findings_errors(findings) > before)
		return IDBC_OK;
	return rc;
}

static void log_findings(const struct link *link, const struct finding_list *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->items[i];
		uint32_t level = f->severity == IDBC_ERROR     ? IDBC_LOG_ERROR
				 : f->severity == IDBC_WARNING ? IDBC_LOG_WARNING
							       : IDBC_LOG_INFO;

		log_line(link->log, level, 0, 0, link->driver->table.name, "%s %s: %s", f->code,
			 f->key, f->text);
	}
}

/* On the first session: what is wrong is logged, and remembered for those who follow. */
static int look_first(struct link *link, struct session *session, int64_t deadline_ns,
		      struct idbc_error *err)
{
	struct finding_list findings;
	int rc;

	findings_init(&findings);
	rc = look(link, session, deadline_ns, 0, &findings, err);
	log_findings(link, &findings);
	if (rc == IDBC_OK && findings_errors(&findings))
		rc = findings_fail(&findings, link->driver->table.name, err);
	findings_free(&findings);
	if (rc == IDBC_OK)
		set_fit(&link->pool, FIT_YES, NULL);
	else if (rc == IDBC_CONFIG)
		set_fit(&link->pool, FIT_NO, err);
	else
		set_fit(&link->pool, FIT_UNKNOWN, NULL);
	return rc;
}

/* Waits for whoever is looking, and makes this caller the one if nobody is. */
static enum pool_fit fit_or_mine(struct link *link, struct stop *stop, int64_t deadline_ns,
				 struct idbc_error *err)
{
	struct pool *pool = &link->pool;
	enum pool_fit fit;

	pthread_mutex_lock(&pool->lock);
	while (pool->fit == FIT_LOOKING && pool_wait(link, stop, &pool->judged, deadline_ns))
		;
	fit = pool->fit;
	if (fit == FIT_UNKNOWN)
		pool->fit = FIT_LOOKING;
	if (fit == FIT_NO)
		*err = pool->misfit;
	pthread_mutex_unlock(&pool->lock);
	return fit;
}

int fit_must(struct link *link, struct stop *stop, struct session *session,
	     int64_t deadline_ns, struct idbc_error *err)
{
	if (fit_is_known(link))
		return IDBC_OK;
	switch (fit_or_mine(link, stop, deadline_ns, err)) {
	case FIT_YES:
		return IDBC_OK;
	case FIT_NO:
		return IDBC_CONFIG;
	case FIT_LOOKING:
		return err_set(err, IDBC_TIMEOUT, "pool",
			       "the store's catalogue was not read in time");
	default:
		return look_first(link, session, deadline_ns, err);
	}
}

int fit_refused(struct link *link, struct idbc_error *err)
{
	struct pool *pool = &link->pool;
	int misfit;

	if (fit_is_known(link))
		return 0;
	pthread_mutex_lock(&pool->lock);
	misfit = pool->fit == FIT_NO;
	if (misfit)
		*err = pool->misfit;
	pthread_mutex_unlock(&pool->lock);
	return misfit;
}

int fit_check(struct link *link, struct session *session, int64_t deadline_ns,
	      uint32_t flags, struct finding_list *findings, struct idbc_error *err)
{
	size_t before = findings_errors(findings);
	struct idbc_error misfit = IDBC_ERROR_INIT;
	int rc;

	if (!link_has(link, LINK_CHECK))
		return IDBC_OK;
	rc = look(link, session, deadline_ns, flags, findings, err);
	if (rc == IDBC_OK && findings_errors(findings) > before) {
		findings_fail(findings, link->driver->table.name, &misfit);
		set_fit(&link->pool, FIT_NO, &misfit);
	} else if (rc == IDBC_OK) {
		set_fit(&link->pool, FIT_YES, NULL);
	}
	return rc;
}
