/* connector/link/link.h - one configured driver and its sessions.
 *
 * A driver is loaded once per process and never unloaded; its table is adopted by
 * copying the smaller size; a missing optional slot becomes a stub that says UNSUPPORTED,
 * a missing required one refuses it.  Threads: link_open/link_close by one; the pool by any;
 * it has threads of its own, an alarm and workers that connect and disconnect.  No lock is
 * held while a driver runs but a seat's around interrupt().
 */
#ifndef CONNECTOR_LINK_LINK_H
#define CONNECTOR_LINK_LINK_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/log.h"
#include "config/config.h"

struct link;

/* What can end one call early, from another thread.  One for each call, which it outlives;
 * where a function takes one NULL is a call that nobody can stop. */
struct stop {
	_Atomic uint32_t state;         /* why, and whether a write has begun */
	struct seat *_Atomic seat;      /* whose session the call has */
	struct link *_Atomic link;      /* where it may be waiting */
	pthread_cond_t *cond;           /* for what, under that one's lock */
	int begun;                      /* its thread is ours, and ready for the driver */
};
void     stop_init(struct stop *);
/* Ends the driver call that runs under it, wakes it where it waits for a session, and lets no
 * further one begin.  `why`: IDBC_TIMEOUT or IDBC_CANCELLED; the first stays.  Any thread while
 * the call has not ended, no lock that a driver runs under, does not block.
 * 0: nothing of the request is being written, and nothing will be; 1: a write may be under way
 * or done, whoever runs the call will tell. */
int      link_stop(struct stop *, uint32_t why);
/* Before a driver call that writes what the caller asked for.  0, or -1: stopped. */
int      stop_begin_write(struct stop *);
uint32_t stop_why(const struct stop *);         /* 0: not stopped */

/* A call that is inside a stacked driver: on the stack of its thread. */
struct ride {
	struct ride *next;
	pthread_t thread;
	struct stop *stop;              /* the call's */
	struct stop *below;             /* of the lower call that it makes now, or NULL */
};

/* A session in the hands of one thread; of a stacked driver, which has none, its instance. */
struct session {
	void *driver_session;
	const struct idbc_ops *ops;     /* full size; what is absent says UNSUPPORTED */
	struct link *link;
	struct seat *seat;              /* NULL: of a stacked driver */
	struct ride ride;
	int     reused;                 /* came from the pool, so it may be stale */
	int     begun;                  /* the thread was made ready for this session alone */
	int     quiet;                  /* a host's thread need not be kept from it: base/guest.h */
};

/* Loads, adopts, opens an instance.  Mistakes go to findings. */
int  link_open(const struct config *, const struct log *, struct finding_list *,
	       struct link **out, struct idbc_error *err);
/* The same where the driver may have connections below its own: lower() opens the one under
 * `key`, which lives until gone() of link_close().  Called inside the driver's open() alone. */
struct link_lender {
	int (*lower)(void *ctx, struct link *, const char *key, const struct idbc_lower **out,
		     struct idbc_error *err);
	void *ctx;
};
int  link_open_stack(const struct config *, const struct log *, const struct link_lender *,
		     struct finding_list *, struct link **out, struct idbc_error *err);
/* A lower call that a driver of `outer` makes begins and ends on this thread: meanwhile who
 * stops the call that the thread is in stops this one as well. */
void link_enter_below(struct link *outer, struct stop *lower);
void link_leave_below(struct link *outer);
/* Ends idle sessions and lets go of the link.  Where a client library keeps a thread of ours,
 * or of whoever else holds the link, it is waited for a second at most: then the last one out
 * closes the driver.  gone(ctx) runs after the driver's close(), on whichever thread that is:
 * until then configuration and log are needed.  NULL: nothing to run. */
void link_close(struct link *, void (*gone)(void *ctx), void *ctx);
/* For whoever may outlast link_close() with a session, a call or a use of the configuration. */
void link_hold(struct link *);
void link_release(struct link *);
void link_abandon(struct link *);       /* in a forked child: not a byte on the wire */

const char *link_driver_name(const struct link *);
uint32_t    link_caps(const struct link *);

/* Which operations the driver has: 1u << enum idbc_op_kind, and these. */
enum link_slot {
	LINK_PROVEN = 1u << 8, LINK_LIST = 1u << 9, LINK_INTENTS = 1u << 10,
	LINK_CHECK = 1u << 11, LINK_FAILED = 1u << 12,
	LINK_CHANGE_USERNAME = 1u << 13, LINK_CHANGE_PHONE = 1u << 14,
	LINK_SETTLE = 1u << 15, LINK_MOVED = 1u << 16, LINK_MIGRATE = 1u << 17,
	LINK_CREATE_MANY = 1u << 18,
	LINK_OPERATIONS = 0xfe,         /* the seven */
};
int         link_has(const struct link *, uint32_t slot);

/* What a driver's call returned and left in *err, if it may be believed; IDBC_DRIVER if not.
 * Afterwards *err is sound whatever the driver did to it; after OK it is clear. */
enum link_call {
	LINK_CALL_OPEN, LINK_CALL_CONNECT, LINK_CALL_LOGIN, LINK_CALL_GET_USER,
	LINK_CALL_CREATE, LINK_CALL_VERIFY, LINK_CALL_CHANGE_PASSWORD, LINK_CALL_DELETE_USER,
	LINK_CALL_CHANGE_EMAIL, LINK_CALL_PROVEN, LINK_CALL_LIST, LINK_CALL_CHECK,
	LINK_CALL_FAILED, LINK_CALL_SETTLE, LINK_CALL_INTENTS, LINK_CALL_MOVED, LINK_CALL_MIGRATE,
	LINK_CALL_CREATE_MANY,
};
int link_believe(const struct link *, enum link_call, int rc, struct idbc_error *err);

/* A session that is connected and, if it was idle for long, alive.  Waits until the deadline,
 * TIMEOUT, or until it is stopped: as link_stop() was told; UNAVAILABLE if the store cannot be
 * reached; CONFIG if the store and the mapping do not fit (found on the first session).  From
 * now on what runs on it is interrupted at the deadline. */
int  link_checkout(struct link *, struct stop *, int64_t deadline_ns, struct session *out,
		   struct idbc_error *err);
/* First and last on a thread of our own, whose calls say so in stop.begun.  0 or -1. */
int  link_thread_begin(struct link *);
void link_thread_end(struct link *);
void link_give_back(struct session *);  /* healthy; not kept if it was interrupted */
void link_drop(struct session *);       /* broken: disconnected, not reused */
void link_lost(struct session *);       /* dead, and so are those connected before it was */

/* The pool, counted. */
struct link_stats {
	uint32_t max, open, idle, waiting, backoff_ms;
	uint64_t connects, reconnects, failures, interrupted, timeouts, expired;
};
void link_stats(struct link *, struct link_stats *out);

/* Runs the driver's check on one session (the catalogue), into findings. */
int  link_check(struct link *, int64_t deadline_ns, uint32_t flags, struct finding_list *,
		struct idbc_error *err);

/* For `idbc drivers`: every *.so of the driver directories; cb gets one each.  A file
 * that is no driver is reported with `why` set and the rest empty. */
struct link_driver_info {
	const char *path, *name, *version, *why;
	uint32_t abi, caps, ops;        /* ops: bit 1u << enum idbc_op_kind */
};
int  link_list_drivers(void (*cb)(void *ctx, const struct link_driver_info *), void *ctx);

#endif
