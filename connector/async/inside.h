/* connector/async/inside.h - what the files of this room share: engine, operation, worker.
 * Private to connector/async.
 *
 * An operation is in one list: queue, running or answered.  Its state says who may answer it:
 * op_finish() alone does, by one compare-and-swap, and whoever comes second throws its result
 * away.  All else is guarded by engine.lock, but for what says otherwise.
 *
 * Lives: the engine is held by the connection, its operations and its workers; an operation by
 * the engine until it is delivered, and by the host until it is released; the connection by
 * each worker as long as the thread lives.
 */
#ifndef CONNECTOR_ASYNC_INSIDE_H
#define CONNECTOR_ASYNC_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include "async/async.h"
#include "base/alarm.h"
#include "base/secret.h"
#include "link/link.h"
#include "run/conn.h"

#define NS_PER_MS INT64_C(1000000)
/* So long after the deadline, at which the link interrupts, the engine answers for a worker. */
#define LATE_NS   (25 * NS_PER_MS)
/* Where no thread can be had one is tried for again, so long after. */
#define AGAIN_NS  (50 * NS_PER_MS)

enum op_state { OP_QUEUED, OP_RUNNING, OP_ANSWERED };

struct idbc_op {
	struct async *async;
	struct idbc_op *next, *prev;
	struct worker *promise;         /* in the queue: who will look for it after his callback */
	_Atomic uint32_t state;         /* enum op_state */
	_Atomic uint32_t refs;
	int64_t started_ns, deadline_ns;
	int stopped;                    /* somebody has called link_stop() for good */
	int left;                       /* answered while its worker is still busy with it */
	int unrun;                      /* never got as far as run, which would have told */
	struct stop stop;
	struct idbc_request req;        /* what it points to is the operation's own */
	struct secret password, current;
	struct idbc_profile *user;
	idbc_done_fn *done;
	void *ctx;
	struct idbc_profile *profile;   /* the answer, by whoever made it ANSWERED */
	struct idbc_error err;
	char bytes[];
};

struct op_list {
	struct idbc_op *first, *last;
	uint32_t n;
};

struct worker {
	struct worker *next;            /* in engine.workers */
	struct worker *next_idle;
	struct async *async;
	pthread_t thread;
	pthread_cond_t cond;
	int awake;                      /* somebody woke it, or it has just begun */
	struct idbc_op *promised;       /* in the queue: it will look after its callback */
	int begun;                      /* thread_begin() of the driver said yes */
	struct idbc_op *op;             /* runs it */
	_Atomic int in_callback;        /* written by itself, read without the lock */
};

/* A thread of the host that runs completions. */
struct frame {
	struct frame *next;
	pthread_t thread;
};

struct async {
	struct idbc *conn;
	uint32_t fork_generation;
	_Atomic uint32_t refs;
	pthread_mutex_t lock;
	struct alarm alarm;
	uint32_t max_workers, max_queue, max_left;

	struct op_list queue, running, answered;
	struct worker *_Atomic workers; /* newest first; grows only */
	struct worker *idle;            /* last in, first out: its memory is warm */
	uint32_t nworkers;
	uint32_t active;                /* running and not left, callback included */
	uint32_t nleft;                 /* workers busy with what is answered already */
	uint32_t waking;                /* workers that will look without being told again */
	uint32_t delivering;            /* callbacks of the list `answered` */
	struct frame *frames;
	_Atomic uint32_t nframes;
	_Atomic int event_fd;           /* -1: workers deliver */
	int closing, quit;

	uint64_t submitted, delivered, cancelled, timeouts, busy;
	uint32_t queue_high;
	struct async *next_abandoned;
};

/* --- op.c ------------------------------------------------------------------------------- */
struct idbc_op *op_new(struct async *, const struct idbc_request *, struct idbc_error *err);
void op_ref(struct idbc_op *);
void op_unref(struct idbc_op *);
void op_forget(struct idbc_op *);       /* wipes what only the call needed */
/* The one way to an answer: 1, the operation is answered with this; 0: it was before, and
 * nothing happened.  `profile` is the operation's or freed. */
int  op_finish(struct idbc_op *, enum op_state from, int status, struct idbc_profile *profile,
	       const struct idbc_error *err);
/* The same for one that ends without its call. */
int  op_end_early(struct idbc_op *, enum op_state from, uint32_t status, uint32_t effect);
void op_call_back(struct idbc_op *);    /* with no lock held */

void list_append(struct op_list *, struct idbc_op *);
void list_remove(struct op_list *, struct idbc_op *);

/* --- engine.c: called with the lock held --------------------------------------------------- */
void engine_ref(struct async *);
void engine_unref(struct async *);      /* without the lock */
/* An answered operation, in no list, for whoever delivers. */
void engine_hand_over(struct async *, struct idbc_op *);
void engine_count(struct async *, const struct idbc_op *);
void engine_tell_host(struct async *);  /* the descriptor becomes readable */
struct idbc_op *engine_next_answered(struct async *);
/* Wakes or starts as many workers as there is work for. */
void engine_kick(struct async *);
/* Nobody need count on that promise any more: it was kept, or the call has left the queue. */
void engine_redeem(struct async *, struct worker *);
/* Ends what is in the queue. */
void engine_end_queued(struct async *, struct idbc_op *, uint32_t status);
/* Ends what runs: link_stop(), for which the lock is let go.  Where nothing is being written,
 * or `now`, it is answered at once. */
void engine_stop_running(struct async *, struct idbc_op *, uint32_t why, int now);
int64_t engine_look(void *async, int64_t now_ns);       /* the alarm's */
int  engine_has_forked(const struct async *);

/* --- worker.c -------------------------------------------------------------------------------- */
int  worker_start(struct async *);      /* with the lock held; 0 or -1 */
void worker_wake(struct async *, struct worker *);      /* one that is idle */
/* The worker that this thread is, if it is in a callback; no lock needed. */
struct worker *worker_in_callback(struct async *);
void workers_quit(struct async *);      /* and waits for those who can */

/* --- dispatch.c ------------------------------------------------------------------------------ */
/* Runs at most `max` completions on this thread; how many. */
uint32_t deliver(struct async *, uint32_t max);

#endif
