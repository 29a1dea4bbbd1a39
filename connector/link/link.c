/* connector/link/link.c - job: a configured driver: open and close it, hand out sessions
 * that fit the mapping.
 *
 * Threads: open and close by one, the rest by any; the last one out ends the link, see
 * link_close().  Lock: none of its own; fit.c and pool.c have theirs.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "link/inside.h"

static int begin(struct link *link, struct idbc_error *err)
{
	const struct idbc_driver *driver = &link->driver->table;

	if (driver->thread_begin(link->instance) == 0)
		return IDBC_OK;
	return err_set(err, IDBC_NOMEM, "link", "driver %s cannot work on this thread",
		       driver->name);
}

static void end(struct link *link)
{
	link->driver->table.thread_end(link->instance);
}

/* --- sessions ------------------------------------------------------------------------- */
static int is_stacked(const struct link *link)
{
	return (link->driver->table.caps & IDBC_CAP_SESSIONLESS) != 0;
}

/* Whether its stores fit is asked at open, and of each lower on its own first session: one that
 * is down is no reason to refuse what the other answers. */
static int checkout_stacked(struct link *link, struct stop *stop, int64_t deadline_ns,
			    struct session *out, struct idbc_error *err)
{
	int begun = !stop || !stop->begun;
	int rc = begun ? begin(link, err) : IDBC_OK;

	if (rc != IDBC_OK)
		return rc;
	if (ride_begin(link, stop, out))
		err_set(err, rc = IDBC_TIMEOUT, "link", "stopped before it began");
	else if (clock_now_ns() >= deadline_ns)
		err_set(err, rc = IDBC_TIMEOUT, "link", "%s", status_text(IDBC_TIMEOUT));
	out->begun = begun;
	if (rc != IDBC_OK)
		link_give_back(out);
	return rc;
}

int link_checkout(struct link *link, struct stop *stop, int64_t deadline_ns, struct session *out,
		  struct idbc_error *err)
{
	struct session got;
	int rc, begun;

	if (!fit_is_known(link) && fit_refused(link, err))
		return IDBC_CONFIG;
	if (is_stacked(link))
		return checkout_stacked(link, stop, deadline_ns, out, err);
	begun = !stop || !stop->begun;
	rc = begun ? begin(link, err) : IDBC_OK;
	if (rc != IDBC_OK)
		return rc;
	rc = pool_checkout(link, stop, deadline_ns, &got, err);
	if (rc == IDBC_OK && !fit_is_known(link)) {
		rc = fit_must(link, stop, &got, deadline_ns, err);
		if (rc != IDBC_OK)
			pool_drop(&got);
	}
	if (rc != IDBC_OK) {
		if (begun)
			end(link);
		return rc;
	}
	*out = got;
	out->begun = begun;
	return IDBC_OK;
}

/* A stacked driver's instance is never thrown away. */
static void leave(struct session *session, void (*pooled)(struct session *))
{
	if (session->seat)
		pooled(session);
	else
		ride_end(session);
	if (session->begun)
		end(session->link);
}

void link_give_back(struct session *session)
{
	leave(session, pool_give_back);
}

void link_drop(struct session *session)
{
	leave(session, pool_drop);
}

void link_lost(struct session *session)
{
	leave(session, pool_lost);
}

int link_thread_begin(struct link *link)
{
	return link->driver->table.thread_begin(link->instance) ? -1 : 0;
}

void link_thread_end(struct link *link)
{
	end(link);
}

int link_check(struct link *link, int64_t deadline_ns, uint32_t flags,
	       struct finding_list *findings, struct idbc_error *err)
{
	struct session session;
	int rc = begin(link, err);

	if (rc != IDBC_OK)
		return rc;
	if (is_stacked(link))
		rc = ride_begin(link, NULL, &session) ? IDBC_TIMEOUT : IDBC_OK;
	else
		rc = pool_checkout(link, NULL, deadline_ns, &session, err);
	if (rc == IDBC_OK) {
		rc = fit_check(link, &session, deadline_ns, flags, findings, err);
		session.begun = 0;
		leave(&session, rc == IDBC_OK ? pool_give_back : pool_drop);
	}
	end(link);
	return rc;
}

/* --- open and close ------------------------------------------------------------------- */
static struct link *link_new(const struct config *config, const struct log *log,
			     const struct driver *driver)
{
	struct link *link = aligned_alloc(_Alignof(struct link), sizeof(*link));

	if (!link)
		return NULL;
	memset(link, 0, sizeof(*link));
	link->config = config;
	atomic_init(&link->holders, 1);
	link->log = log;
	link->driver = driver;
	link_host_init(&link->host, log, driver->table.name);
	link->host.link = link;
	if (config->startup == STARTUP_TRUST || !(driver->slots & LINK_CHECK))
		link->pool.fit = FIT_YES;
	if (rides_init(&link->rides)) {
		free(link);
		return NULL;
	}
	if (pool_init(link)) {
		rides_fini(&link->rides);
		free(link);
		return NULL;
	}
	return link;
}

/* A driver that reads `users` as a whole finds again what config has found in it. */
struct once {
	struct idbc_findings sink;      /* first: what the driver writes to */
	struct finding_list *list;
	size_t before;                  /* of the list: not the driver's */
	int said;
};

static int add_once(struct idbc_findings *sink, uint32_t severity, const char *code,
		    const char *key, const char *text, const char *remedy)
{
	struct once *once = (struct once *)sink;
	struct idbc_findings *list = &once->list->sink;

	once->said |= severity == IDBC_ERROR;
	for (size_t i = 0; key && i < once->before; i++)
		if (!strcmp(once->list->items[i].key, key))
			return 0;
	return list->add(list, severity, code, key, text, remedy);
}

/* The driver's own mistakes, and the options that it does not know. */
static int open_instance(struct link *link, const struct link_lender *lender,
			 struct finding_list *findings, struct idbc_error *err)
{
	struct once once = { { sizeof(once.sink), 0, add_once }, findings, findings->n, 0 };
	size_t errors = findings_errors(findings);
	int rc;

	link->host.lender = lender;
	rc = link->driver->table.open(&link->host.table, link_settings(link->config), &once.sink,
				      &link->instance, err);
	link->host.lender = NULL;
	rc = link_believe(link, LINK_CALL_OPEN, rc, err);
	link->opened = rc == IDBC_OK;
	if (rc != IDBC_OK && rc != IDBC_CONFIG)
		return rc;
	if (rc == IDBC_CONFIG && !once.said && findings_errors(findings) == errors)
		findings_add(&findings->sink, IDBC_ERROR, err->code, "options", "", "%s",
			     err->text);
	config_unknown_options(link->config, &findings->sink);
	if (findings->failed || config_lacked_memory(link->config))
		return err_nomem(err, "link");
	return findings_errors(findings) ? findings_fail(findings, "config", err) : IDBC_OK;
}

int link_open(const struct config *config, const struct log *log, struct finding_list *findings,
	      struct link **out, struct idbc_error *err)
{
	return link_open_stack(config, log, NULL, findings, out, err);
}

int link_open_stack(const struct config *config, const struct log *log,
		    const struct link_lender *lender, struct finding_list *findings,
		    struct link **out, struct idbc_error *err)
{
	struct driver_fault fault = { "", "" };
	const struct driver *driver = driver_find(config->driver, &fault);
	struct link *link;
	int rc;

	if (!driver && !strcmp(fault.code, "no-memory"))
		return err_nomem(err, "link");
	if (!driver) {
		findings_add(&findings->sink, IDBC_ERROR, fault.code, "driver", "", "%s",
			     fault.text);
		return findings_fail(findings, "config", err);
	}
	link = link_new(config, log, driver);
	if (!link)
		return err_nomem(err, "link");
	rc = open_instance(link, lender, findings, err);
	if (rc != IDBC_OK) {
		link_close(link, NULL, NULL);
		return rc;
	}
	*out = link;
	return IDBC_OK;
}

/* Where a thread cannot be made ready for the driver its sessions are left to the
 * process's end rather than ended by a client library that is not. */
static void close_instance(struct link *link)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;

	if (begin(link, &ignored) != IDBC_OK)
		return;
	pool_empty(link);
	end(link);
	link->driver->table.close(link->instance);
}

void link_end(struct link *link)
{
	void (*gone)(void *ctx) = link->gone;
	void *ctx = link->gone_ctx;

	if (link->opened)
		close_instance(link);
	pool_fini(link);
	rides_fini(&link->rides);
	free(link);
	if (gone)
		gone(ctx);
}

void link_hold(struct link *link)
{
	atomic_fetch_add(&link->holders, 1);
}

int link_let_go(struct link *link)
{
	return atomic_fetch_sub(&link->holders, 1) == 1;
}

void link_release(struct link *link)
{
	if (link_let_go(link))
		link_end(link);
}

void link_close(struct link *link, void (*gone)(void *ctx), void *ctx)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;

	if (!link) {
		if (gone)
			gone(ctx);
		return;
	}
	link->gone = gone;
	link->gone_ctx = ctx;
	pool_close(link);
	if (link->opened && begin(link, &ignored) == IDBC_OK) {
		pool_empty(link);
		end(link);
	}
	link_release(link);
}

/* The driver's instance stays: closing it might speak to the store.  It stays reachable,
 * so that leak checkers see what is meant. */
void link_abandon(struct link *link)
{
	static struct link *_Atomic abandoned;

	if (!link)
		return;
	pool_abandon(link);
	link->next = atomic_load(&abandoned);
	while (!atomic_compare_exchange_weak(&abandoned, &link->next, link))
		;
}

void link_stats(struct link *link, struct link_stats *out)
{
	struct pool *pool = &link->pool;
	uint32_t i;

	*out = (struct link_stats){ .max = pool->max };
	out->connects = atomic_load(&pool->connects);
	out->reconnects = atomic_load(&pool->reconnects);
	out->failures = atomic_load(&pool->failures);
	out->interrupted = atomic_load(&pool->interrupted);
	out->timeouts = atomic_load(&pool->timeouts);
	out->expired = atomic_load(&pool->expired);
	out->waiting = atomic_load(&pool->nwaiting);
	pthread_mutex_lock(&pool->lock);
	out->open = pool->nopen - pool->nconnecting - pool->noverdue;
	out->backoff_ms = pool->backoff_ms;
	for (i = 0; i < pool->max; i++)
		out->idle += pool->seats[i].taken && pool->seats[i].job == JOB_NONE &&
			     !atomic_load(&pool->seats[i].busy);
	pthread_mutex_unlock(&pool->lock);
}

/* --- looking -------------------------------------------------------------------------- */
const char *link_driver_name(const struct link *link)
{
	return link->driver->table.name;
}

uint32_t link_caps(const struct link *link)
{
	return link->driver->table.caps;
}

int link_has(const struct link *link, uint32_t slot)
{
	return (link->driver->slots & slot) != 0;
}
