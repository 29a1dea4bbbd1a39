/* connector/run/run.h - the seven operations as policy, one file each.
 *
 * Both ways in meet in run_call().  It runs on the caller's thread, holds no lock while
 * a driver or a hash runs, and gives the session back before it hashes.
 */
#ifndef CONNECTOR_RUN_RUN_H
#define CONNECTOR_RUN_RUN_H

#include <idbc/idbc.h>
#include "base/findings.h"

#define RUN_TIMEOUT_MAX_MS 3600000u

struct stop;

/* One open connection: config, driver, password policy.  CONFIG: see findings.
 * `hurry_ms`: NULL, or a time-out instead of the configuration's unless 0, and nothing is
 * hashed before the first login. */
int  run_open(const char *path, const char *json, const uint32_t *hurry_ms,
	      struct finding_list *, struct idbc **out, struct idbc_error *err);
/* Refuses new calls, waits for the running ones, frees everything. */
int  run_close(struct idbc *);

/* One operation, from request to answer.  `err` is full size and cleared. */
int  run_call(struct idbc *, const struct idbc_request *, struct idbc_profile **out,
	      struct idbc_error *err);

/* --- for who keeps the connection open himself ---------------------------------------- */
/* OK: it is ours, open, and stays so until run_leave().  FORKED, STATE. */
int  run_enter(struct idbc *, struct idbc_error *err);
void run_hold(struct idbc *);           /* once more, by or for somebody who has entered */
void run_unhold(struct idbc *);         /* that one, who stays inside: wakes nobody */
void run_leave(struct idbc *);          /* may be the last, which frees it */
/* What a request is refused for before anything of it is looked at; and its deadline. */
int  run_judge(struct idbc *, const struct idbc_request *, int64_t started_ns,
	       int64_t *deadline_ns, struct idbc_error *err);
/* run_call() on a thread of our own that holds the connection; the engine counts it. */
int  run_accepted(struct idbc *, const struct idbc_request *, int64_t started_ns, struct stop *,
		  struct idbc_profile **out, struct idbc_error *err);
/* A call that came to this, as its caller is told: for the statistics. */
void run_count(struct idbc *, uint32_t kind, int status, int64_t started_ns);
/* Logs a call that came to this without run_accepted(). */
void run_tell(struct idbc *, uint32_t kind, const struct idbc_error *err);

/* The end, in steps.  Nobody enters any more; -1: that was said before. */
int  run_refuse(struct idbc *);
void run_stop_callers(struct idbc *);   /* those that run_call() has, and any that comes */
uint32_t run_held(const struct idbc *); /* how often */
/* Waits until quiet(ctx), which runs with the gate held; -1: it is too late.  Looks whenever
 * somebody leaves or pokes. */
int  run_wait(struct idbc *, int (*quiet)(void *ctx), void *ctx, int64_t until_ns);
void run_poke(struct idbc *);
/* Frees it, at once or when the last one leaves; the host hears nothing of those. */
void run_end(struct idbc *);

/* One login, walked and explained, nothing written.  *json, malloc'ed, is written whatever
 * comes out, but for NOMEM.  OK: it came to a verdict, which is in *json. */
int  run_explain(struct idbc *, const struct idbc_request *, char **json,
		 struct idbc_error *err);

/* Users of the old store, moved page by page; see idbc_migrate(). */
int  run_migrate(struct idbc *, const struct idbc_migration *, idbc_migrated_fn *told, void *ctx,
		 struct idbc_error *err);
/* *exists: 1 also while a delete is under way; 0 after a completed read alone. */
int  run_user_exists(struct idbc *, const char *user_id, int *exists, struct idbc_error *err);

int  run_set_profile_store(struct idbc *, const struct idbc_profile_store *,
			   struct idbc_error *err);
int  run_deletes_by_intent(struct idbc *);      /* as it is now */
/* Interrupted deletes: *finished is written whatever comes out of it. */
int  run_recover(struct idbc *, uint32_t *finished, struct idbc_error *err);
void run_recover_some(struct idbc *);   /* a few of them, and what fails is not told */
/* A JSON array of {"user_id","profile_store"}, malloc'ed. */
int  run_interrupted(struct idbc *, char **json, struct idbc_error *err);
void run_set_log(struct idbc *, idbc_log_fn *, void *ctx);
void run_set_log_level(struct idbc *, uint32_t level);

/* Everything wrong with a configuration and its store, into `findings`. */
int  run_check(const char *path, uint32_t flags, struct finding_list *findings,
	       struct idbc_error *err);

/* A JSON array of {"code","severity","key","text","remedy"}, worst first. */
char *run_findings_json(struct finding_list *); /* malloc'ed, or NULL */
char *run_stats_json(struct idbc *);            /* malloc'ed, or NULL */
struct run_async_stats {
	uint32_t workers, running, left_behind, queued, queue_high, waiting;
	uint64_t submitted, delivered, cancelled, timeouts, busy;
};

#endif
