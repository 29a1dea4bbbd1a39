/* drivers/sql/call/call.h - what the files of the operations share: the instance, a session
 * with its prepared statements, and one call's arena, deadline and transaction.
 *
 * Lock: instance.lock guards `plan` alone and is never held while a backend works.
 * Threads: a session is in one thread at a time.
 */
#ifndef DRIVERS_SQL_CALL_H
#define DRIVERS_SQL_CALL_H

#include <pthread.h>
#include <stdatomic.h>

#include "sql/call/reaper.h"
#include "sql/plan/plan.h"
#include "sql/call/state.h"

struct instance {
	const struct sql_backend *backend;
	const struct idbc_host *host;
	void *handle;                   /* the backend's own */
	struct mapping *mapping;
	uint32_t operations;            /* enum sql_operation */
	int trusted, ignore_unmapped, create_store;
	int allow_nontransactional;     /* a delete may leave half a user */
	int upgrades;                   /* a login may write a new hash */
	int lower;                      /* lent to a stacked driver: it knows who has moved */
	int reuse_ids;                  /* of deleted users */
	int64_t hash_width, salt_width; /* bytes of a new credential; 0: not known, none */
	char intents[132], moved[132];  /* names of tables; "": there is none */
	char connection[256];
	_Atomic int64_t clock_ahead_us; /* the store's clock less ours, as last read */
	pthread_mutex_t lock;
	struct plan *plan;              /* NULL before the first session */
	struct reaper reaper;
};

struct prepared {
	char *sql;
	void *stmt;
};
#define CALL_STATEMENTS 40

struct session {
	struct instance *instance;
	const struct sql_backend *backend;
	const struct idbc_host *host;
	const struct plan *plan;
	void *conn;
	struct prepared prepared[CALL_STATEMENTS];
	size_t nprepared, oldest;
	void *slots[PLAN_SLOTS];        /* of them, the statements that most calls send */

	struct arena arena;             /* the call's */
	int64_t deadline_ns;
	int64_t now_us;                 /* see call_now_us(); 0: nobody asked yet */
	int on_time;                    /* looked at the clock a moment ago */
	int in_transaction;
	int gave_way;                   /* the transaction under way is not what it was: an
					 * error ended it, or part of it, whoever looked */
	int alone, alone_known;         /* call_is_alone(), where a create asked */
	int finds_hidden;               /* a phase of a delete, or what became of it: a user whose
					 * delete is under way is found too */
	int unclean;                    /* a statement wrote or failed since somebody cleared it */
	int own_sql;                    /* a statement of the author's own: it may write */
	int may_retry;                  /* what failed last can be tried again */
	struct sql_diag diag;           /* of what failed last */

	_Atomic int running;            /* a slot that may be interrupted */
	_Atomic int interrupted;        /* one was: the connection is not to be used again */
};

/* instance.c */
struct plan *instance_plan(struct session *, uint32_t dialect, struct idbc_error *err);
int  instance_replan(struct session *, struct idbc_error *err);

/* --- one call ---------------------------------------------------------------------- */
/* Around each slot that interrupt() may stop. */
void call_enter(struct session *);
void call_leave(struct session *);
void call_interrupt(struct session *);  /* from any thread */
/* UNSUPPORTED, CONFIG (mapping and store do not fit), TIMEOUT, or UNAVAILABLE where an
 * interrupt() came too late for the call before; before anything is sent. */
int  call_begin(struct session *, int64_t deadline_ns, uint32_t operation,
		struct idbc_error *err);
int  call_late(struct session *, struct idbc_error *err);       /* 1: TIMEOUT in *err */
/* Wall clock: one point in time for the whole call. */
int64_t call_now_us(struct session *);
int  call_failed(struct session *, uint32_t phase, const char *table, struct idbc_error *err)
	SQL_COLD;
int  call_nomem(struct session *, struct idbc_error *err) SQL_COLD;
int  call_refused(struct session *, struct idbc_error *err) SQL_COLD;   /* the sink: it knows why */
/* An error that is not passed on: its fields, but for the size, as if nothing had failed. */
void call_clear(struct idbc_error *err);
int  call_no_user(struct session *, struct idbc_error *err) SQL_COLD;
int  call_ambiguous(struct session *, struct idbc_error *err) SQL_COLD;

/* --- one statement ----------------------------------------------------------------- */
struct query {
	const char *sql;
	const struct idbc_value *args;
	uint32_t nargs;
	const char *table;              /* written by it; NULL for a read */
};
struct cursor {
	struct session *session;
	void *stmt;
	struct idbc_value *cols;
	uint32_t ncols;
	uint32_t left_out;              /* the first of `cols`, as others know the rest */
	uint32_t phase;                 /* enum state_phase, of its failures */
	int typed;                      /* the types of its columns are asked for */
	int answered;                   /* a row came */
	int last;                       /* and no other will: its values outlive the cursor, until
					 * the statement is run again */
	int64_t matched;                /* rows, by a write */
};

/* Rows come by cursor_next(): 1, 0 at the end, -1 with *err filled.  Always close. */
int  cursor_open(struct session *, const struct query *, uint32_t ncols, struct cursor *,
		 struct idbc_error *err);
/* The same of a statement that the plan has given a slot: it is not looked for. */
int  cursor_open_slot(struct session *, const struct query *, uint32_t slot, uint32_t ncols,
		      struct cursor *, struct idbc_error *err);
/* Of an answer whose columns nobody knows beforehand: opened with 0 of them. */
int  cursor_columns(struct cursor *, const struct sql_column **cols, struct idbc_error *err);
int  cursor_next(struct cursor *, struct idbc_error *err);
void cursor_close(struct cursor *);
/* A column of an answer as the database says it is. */
struct idbc_value typed_value(const struct sql_column *, const struct idbc_value *);

/* Does the one value of the first row say 1? */
int  call_says_one(struct session *, const struct query *, int *one, struct idbc_error *err);
/* Of a dialect that has such a question: is this server the only one that writes?  One that
 * does not understand it is not known to be. */
int  call_is_alone(struct session *, int *alone, struct idbc_error *err);
/* A write; rows matched.  `id`, unless NULL: the key it generated. */
int  call_write(struct session *, const struct query *, int64_t *rows, int64_t *id,
		struct idbc_error *err);

/* Runs `fn` in a transaction: committed if it returns IDBC_OK, else rolled back.  Tried
 * again when the store gave way to other transactions.  `serial`: creates and changes of
 * identifiers, one at a time per table where the store has no transactions that do it. */
typedef int call_fn(struct session *, void *ctx, struct idbc_error *err);
int  call_transaction(struct session *, int serial, call_fn *fn, void *ctx,
		      struct idbc_error *err);
/* The same for what can be left undone: it gives up soon when others hold locks. */
int  call_transaction_now(struct session *, call_fn *fn, void *ctx, struct idbc_error *err);

#endif
