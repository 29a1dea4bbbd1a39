/* connector/run/upgrade.h - stored passwords put anew at logins: how many, which were left
 * and why, and what the store refused, remembered so that not every login asks again.
 *
 * Threads: any; atomic counters, no lock.
 */
#ifndef CONNECTOR_RUN_UPGRADE_H
#define CONNECTOR_RUN_UPGRADE_H

#include <stdatomic.h>
#include <stdint.h>

struct json_t;
struct call;
struct idbc_error;
struct password_verdict;

enum upgrade_skip {
	UPGRADE_NOT_ACCEPTED, UPGRADE_INPUT, UPGRADE_CUT, UPGRADE_NOT_NEW,      /* the rules */
	UPGRADE_OVERLOAD, UPGRADE_DEADLINE,                                     /* not now */
	UPGRADE_CHANGED, UPGRADE_LOCKED,                                        /* others */
	UPGRADE_NARROW, UPGRADE_ALTERED, UPGRADE_NOT_MAPPED,                    /* never here */
	UPGRADE_READ_ONLY, UPGRADE_PRIVILEGE, UPGRADE_REFUSED,          /* not for a while */
	UPGRADE_SKIPS
};

struct upgrades {
	_Atomic uint64_t done, dry_run, failed, skipped[UPGRADE_SKIPS];
	_Atomic uint32_t resting;               /* enum upgrade_skip + 1; 0: nothing refused */
	_Atomic int64_t until_ns;
	_Atomic uint32_t told;                  /* 1u << enum upgrade_skip: logged once */
};

/* 1 if this login should store the password anew; else it is counted why not. */
int  upgrade_wanted(struct call *, const struct password_verdict *);
/* The new form could not be made. */
void upgrade_not_made(struct call *, int rc, const struct idbc_error *);
/* What the driver said of it, or of a touch alone. */
void upgrade_ended(struct call *, int rc, const struct idbc_error *);
void upgrade_touch_failed(struct call *, int rc, const struct idbc_error *);
/* The catalogue says that it would be cut: no login need try. */
void upgrade_is_narrow(struct upgrades *);
/* {"done", "dry_run", "failed", "skipped": {reason: n}}, or NULL. */
struct json_t *upgrade_json(struct upgrades *);

#endif
