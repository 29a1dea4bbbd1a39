/* connector/link/inside.h - what the files of this room share: a driver as adopted, the
 * pool, and the link that holds both.  Private to connector/link.
 *
 * Locks: the loader's list has one (loader.c), each pool has one (pool.c), neither is held
 * while a driver or dlopen runs; each seat has one, held around interrupt() alone (seat.c).
 */
#ifndef CONNECTOR_LINK_INSIDE_H
#define CONNECTOR_LINK_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include "base/alarm.h"
#include "base/lane.h"
#include "link/link.h"

/* --- drivers -------------------------------------------------------------------------- */
/* Loaded once per process, never unloaded, constant once it is in the list. */
struct driver {
	struct driver *next;
	char *path;
	struct idbc_driver table;       /* full size; what is absent is a stub */
	struct idbc_ops ops;
	uint32_t slots;                 /* those of `ops` that are no stubs */
};

/* What is wrong with a driver: a code for findings and a text. */
struct driver_fault {
	char code[32];
	char text[400];
};
int driver_fault(struct driver_fault *, const char *code, const char *fmt, ...)
	IDBC_PRINTF(3, 4);              /* -1 */

/* The driver that a configuration names; NULL with *fault filled. */
const struct driver *driver_find(const char *name, struct driver_fault *fault);
/* The one in this file. */
const struct driver *driver_load(const char *path, struct driver_fault *fault);
/* One that is part of the library. */
struct builtin;
const struct driver *driver_builtin(const struct builtin *, struct driver_fault *fault);
/* Each folder that bare names are looked for in; stops when fn returns not 0. */
int driver_each_folder(int (*fn)(void *ctx, const char *folder), void *ctx);

/* --- file.c, elf.c: a file judged before anything of it runs ---------------------------- */
struct driver_file {
	int fd;
	char *path;                     /* absolute, without links */
	struct stat st;
};
/* 0 and *out open, for driver_file_close(); or -1 with *fault filled. */
int  driver_file_open(const char *path, struct driver_file *out, struct driver_fault *fault);
void driver_file_close(struct driver_file *);
int  driver_same_file(const struct driver_file *);      /* what its path names now */
int  driver_check_object(int fd, uint64_t file_size, const char *path,
			 struct driver_fault *fault);

/* Copies a driver's own table into full-size ones.  0, or -1 with *fault filled. */
int driver_adopt(const struct idbc_driver *theirs, struct driver *out,
		 struct driver_fault *fault);
/* Puts a stub where there is nothing; what there was, as enum link_slot. */
uint32_t stubs_ops(struct idbc_ops *ops);
void stubs_driver(struct idbc_driver *table);

/* --- services ------------------------------------------------------------------------- */
struct link_host {
	struct idbc_host table;         /* first: what the driver sees */
	struct link *link;              /* NULL: not a driver's own */
	const struct link_lender *lender;       /* NULL: not in a stacked driver's open() */
	const struct log *log;          /* NULL: none */
	const char *origin;             /* the driver's name */
};
void link_host_init(struct link_host *, const struct log *, const char *origin);
const struct idbc_settings *link_settings(const struct config *);

/* --- seats ---------------------------------------------------------------------------- */
struct pool;

enum seat_job { JOB_NONE, JOB_CONNECT, JOB_DISCONNECT };

/* A place for one session: there are pool.max.  It is free, being connected, idle, in hands or
 * being disconnected; who brought it there owns all that no lock guards. */
struct seat {
	_Alignas(64) pthread_mutex_t lock;      /* of the next four; around interrupt() alone */
	struct stop *stop;              /* of the call that has it, or NULL */
	uint32_t why, nudges;           /* interrupted: the status, and how often since */
	_Atomic int busy;               /* in somebody's hands */
	_Atomic int64_t deadline_ns;    /* when the alarm acts; INT64_MAX: never */

	_Atomic uint32_t next;          /* idle: the one below, as number + 1 */
	uint32_t lane;                  /* idle: in whose stack; of who gave it back */
	void *driver_session;
	int64_t born_ns;
	_Atomic int64_t used_ns;        /* when it was last given back */
	int quiet;                      /* does nothing to a thread that calls; see base/guest.h */

	struct seat *after;             /* pool.lock: in the line of jobs, or of free seats */
	enum seat_job job;
	int taken;                      /* no free one */
	int64_t begun_ns, overdue_ns;   /* of a connect */
	int probe, overdue;
};
void seats_push(struct pool *, struct seat *);          /* now idle, in this processor's lane */
void seats_put_back(struct pool *, struct seat *);      /* where it was */
struct seat *seats_pop(struct pool *);                  /* this lane's last one in, or
							 * another's; NULL: none */
struct seat *seats_take_all(struct pool *, uint32_t lane);      /* the first; seat_below() */
struct seat *seat_below(struct pool *, const struct seat *);
/* Watched from now on.  0, or -1: the call was stopped. */
int  seat_begin(struct link *, struct seat *, struct stop *, int64_t deadline_ns);
uint32_t seat_end(struct seat *);       /* no longer; the status it was interrupted with, or 0 */
/* Ends what runs there; for `stop` only what runs under it. */
void seat_interrupt(struct link *, struct seat *, const struct stop *, uint32_t why);
int64_t seats_watch(struct link *, int64_t now_ns);     /* the earliest deadline left */

/* --- the pool ------------------------------------------------------------------------- */
enum pool_fit { FIT_UNKNOWN, FIT_LOOKING, FIT_YES, FIT_NO };

/* Who found no idle session: they are served in the order in which they came. */
struct waiter {
	struct waiter *next;
	pthread_cond_t changed;         /* one each: whoever serves wakes this one alone */
	struct seat *seat;
	int reused, rc, done;
	int64_t deadline_ns;
	struct idbc_error *err;
};

struct worker {
	struct link *link;
	pthread_t thread;
	enum { WORKER_NONE, WORKER_RUNS, WORKER_ENDED } state;
};

/* Without the lock: `idle`, `nwaiting` and what the seats say of themselves. */
struct pool {
	struct {                        /* idle seats: number + 1, and a tag above it */
		_Alignas(LANE_LINE) _Atomic uint64_t head;
	} idle[LANES];
	_Alignas(64) _Atomic uint32_t nwaiting;
	_Atomic int64_t suspect_ns;     /* a session born before this is taken for dead */
	_Atomic int64_t sweep_ns;       /* when the next idle one is to go */
	struct seat *seats;
	uint32_t max;
	struct alarm alarm;
	struct seat **kept;             /* lock; scratch of a sweep */
	_Atomic int no_alarm;           /* 1: no thread for it; 2: and said so */

	pthread_mutex_t lock;
	pthread_cond_t judged;          /* `fit` changed: wakes all */
	pthread_cond_t work;            /* a job, or the end: for workers */
	pthread_cond_t left;            /* a worker has gone */
	struct waiter *first, **last;
	struct seat *free;
	struct seat *jobs, **last_job;
	struct worker *workers;         /* as many as seats */
	uint32_t nworkers, nidlers;     /* of them waiting for a job */
	uint32_t njobs, undone;         /* in line; those for which no thread was to be had */
	uint32_t nopen;                 /* seats that are not free */
	uint32_t nconnecting, noverdue; /* overdue ones are not counted among the first */
	int closing;

	uint32_t backoff_ms;            /* 0: the store answered when last asked */
	int64_t next_try_ns;
	int probing;                    /* a connect tries whether it is back */
	int64_t down_ns;                /* when it was last found down */
	struct idbc_error down;         /* what that connect said */

	_Atomic(enum pool_fit) fit;     /* do store and mapping go together; FIT_YES
					 * is read without the lock */
	struct idbc_error misfit;       /* FIT_NO: for every later checkout */

	_Atomic uint64_t connects, reconnects, failures, interrupted, timeouts, expired;
};

/* --- stacked drivers: ride.c --------------------------------------------------------------- */
struct rides {
	pthread_mutex_t lock;
	struct ride *first;
};
int  rides_init(struct rides *);        /* 0 or -1 */
void rides_fini(struct rides *);
/* As seat_begin(): 0, or -1 with the session taken: the call was stopped. */
int  ride_begin(struct link *, struct stop *, struct session *out);
void ride_end(struct session *);
void rides_stop(struct link *, const struct stop *, uint32_t why);

struct link {
	struct link *next;              /* of those abandoned in a forked child */
	_Atomic uint32_t holders;       /* the last one out closes the driver */
	void (*gone)(void *ctx);        /* and then calls this; NULL: nothing */
	void *gone_ctx;
	const struct config *config;
	const struct log *log;
	const struct driver *driver;
	struct link_host host;
	void *instance;
	int opened;                     /* the driver's open() said yes */
	struct rides rides;
	struct pool pool;               /* unused by a stacked driver, but for `fit` */
};

int  link_let_go(struct link *);        /* 1: that was the last one: link_end() */
void link_end(struct link *);

/* --- fit.c: do store and mapping go together? ----------------------------------------------- */
static inline int fit_is_known(const struct link *link)
{
	return atomic_load_explicit(&link->pool.fit, memory_order_acquire) == FIT_YES;
}
/* On the first session looks; the others wait.  OK, or CONFIG with what was found, or TIMEOUT. */
int  fit_must(struct link *, struct stop *, struct session *, int64_t deadline_ns,
	      struct idbc_error *err);
/* 1 and `err`: it is known that they do not. */
int  fit_refused(struct link *, struct idbc_error *err);
/* Looks again, and remembers what came of it. */
int  fit_check(struct link *, struct session *, int64_t deadline_ns, uint32_t flags,
	       struct finding_list *, struct idbc_error *err);

#define POOL_NS_PER_MS INT64_C(1000000)

int  pool_init(struct link *);          /* 0, or -1: no memory */
void pool_empty(struct link *);         /* disconnects what is idle, here and now */
void pool_abandon(struct link *);
void pool_fini(struct link *);
/* No new work for our threads; waits a while for them.  They keep the link if they stay. */
void pool_close(struct link *);
/* As link_checkout, but without asking whether store and mapping fit. */
int  pool_checkout(struct link *, struct stop *, int64_t deadline_ns, struct session *out,
		   struct idbc_error *err);
void pool_give_back(struct session *);
void pool_drop(struct session *);
void pool_lost(struct session *);
int  pool_is_stale(const struct link *, const struct seat *, int64_t now_ns);
void pool_count_expired(struct link *, const struct seat *, int64_t now_ns);
int64_t pool_expiry(const struct link *, const struct seat *);
void pool_put(struct link *, struct seat *);            /* idle, and watched as such */
/* Waits for `cond`; 0 once the deadline is past or the call stopped.  Called with the lock
 * held. */
int  pool_wait(struct link *, struct stop *, pthread_cond_t *cond, int64_t deadline_ns);
/* Idle sessions to those who wait, connects begun for the rest.  Called with the lock held. */
void pool_serve(struct link *, int64_t now_ns);
/* Hands this one to the first who waits, or to the idle.  Called with the lock held. */
void pool_hand(struct link *, struct seat *, int reused);
/* Does a session in hands work, whatever connects come to?  Called with the lock held. */
int  pool_works(const struct pool *, int64_t now_ns);
void pool_fail_first(struct pool *, int rc, const struct idbc_error *);
/* Ended on another thread, or here while closing. */
void pool_dispose(struct link *, struct seat *);

/* --- connects and disconnects, on threads of our own -------------------------------------- */
/* Both are called with the lock held. */
void work_add(struct link *, struct seat *, enum seat_job);
void work_overdue(struct link *, int64_t now_ns);
/* Does what no thread could be had for.  No lock held. */
void work_help(struct link *);
void work_disconnect(struct link *, struct seat *);
/* --- a store that is down; all with the lock held ------------------------------------------- */
int  down_may_connect(const struct pool *, int64_t now_ns);
void down_refuse(const struct pool *, int64_t now_ns, struct idbc_error *err);
void down_note(struct pool *, int64_t begun_ns, const struct idbc_error *);

/* The alarm's look: deadlines, connects that do not end, sessions idle for too long. */
int64_t pool_look(void *link, int64_t now_ns);
void pool_look_by(struct link *, int64_t when_ns);
void pool_say_no_alarm(struct link *);  /* once, if there was no thread for it; no lock held */

#endif
