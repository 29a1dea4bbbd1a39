/* connector/run/conn.h - what the files of this room share: the connection, one call,
 * and the rows a driver reported.  Private to connector/run.
 *
 * Locks: `gate` guards the profile store and the wait for the last call; never held while a
 * driver, a hash or the host's code runs.
 */
#ifndef CONNECTOR_RUN_CONN_H
#define CONNECTOR_RUN_CONN_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/hush.h"
#include "base/log.h"
#include "config/config.h"
#include "guess/guess.h"
#include "link/link.h"
#include "password/password.h"
#include "profile/profile.h"
#include "run/callers.h"
#include "run/run.h"
#include "run/tally.h"
#include "run/unusable.h"
#include "run/upgrade.h"

#define CONN_CLOSING 1u
#define CONN_LEFT    2u         /* closed; the last call frees it */
#define CONN_CALL    4u

struct async;
struct below;
struct prefix;

struct lower;

/* Deletes by intent, counted; `left`: seen last, and not ours to end; `untold`: of those
 * recovered, the ones that no idbc_recover() has told yet, and `failed` those that did not end;
 * `stuck`: how many a recovery beside another call passes over. */
struct intents_tally {
	_Atomic uint32_t untold, failed, stuck;
	_Atomic uint64_t begun, finished, withdrawn, pending, recovered, left;
};

/* Of a stacked driver that moves users, counted by what the new store said. */
struct moves_tally {
	_Atomic uint64_t moved, refused, failed;
};

struct idbc {
	struct config *config;
	struct link *link;
	struct password_policy *policy;
	struct guess *guess;            /* NULL: no throttle */
	struct unusable unusable;
	struct log log;
	uint32_t fork_generation;
	struct upgrades upgrades;

	_Atomic uint32_t sample;                /* sample.c: was the store looked at */

	pthread_mutex_t gate;
	pthread_cond_t idle;
	struct hush hush;
	struct callers callers;
	struct async *async;                    /* the room above; NULL: none */
	void (*async_stats)(struct async *, struct run_async_stats *);
	struct idbc_profile_store store;
	_Atomic int has_store;                  /* written under the gate */
	struct prefix *prefix;                  /* claimed while it is open; NULL: none */
	struct lower *lowers;                   /* of a stacked driver; constant once open */
	struct link *link_above;                /* of a lower: that of the driver it is lent to */
	struct intents_tally intents;
	struct moves_tally moves;

	/* Every call writes these: apart from what it reads alone. */
	char apart[LANE_LINE];
	_Atomic uint64_t calls;                 /* number of the next call */
	_Atomic uint32_t running;               /* calls, by CONN_CALL, and how far closed */
	char apart_too[LANE_LINE];

	struct tally tally;
};

/* gate.c: its lock; open.c: all of it, once nobody is inside. */
int  gate_init(struct idbc *);          /* 0 or -1 */
void gate_destroy(struct idbc *);
void conn_free(struct idbc *);
void conn_hush(struct idbc *);          /* and what lies below it */

/* One call on its way down. */
struct call {
	struct idbc *conn;
	const struct idbc_request *req;         /* full size */
	struct stop *stop;                      /* its own, or a submitted operation's */
	struct caller caller;                   /* where it is its own */
	uint64_t id;
	int64_t started_ns, deadline_ns;
	uint32_t by;
	struct idbc_str identifier;             /* native where by is USER_ID */
	struct idbc_str password, current, email, client_ip;    /* ptr NULL: not given */
	struct walk *walk;                      /* a login that is only explained; or NULL */
	const struct below *below;              /* a stacked driver asks; or NULL */
	int again;                              /* a login that is to be judged once more */
	int hosted;                             /* the thread is a host's */
	int uncounted;                          /* many users' work, and no operation of a host's */
	int *exists;                            /* a getUser that asks for no more; or NULL */
};
static inline struct password_call call_hashing(const struct call *call,
						enum password_priority priority)
{
	return (struct password_call){ call->deadline_ns, priority };
}
int64_t call_deadline_anew(const struct call *);        /* of what begins now, in a long call */
/* From "is this connection ours" to what is told afterwards. */
int call_run(struct call *, struct idbc_profile **out, struct idbc_error *err);
/* The same with a body of its own in the operation's place. */
typedef int call_body(struct call *, void *ctx, struct idbc_profile **out, struct idbc_error *err);
int call_as(struct call *, call_body *body, void *ctx, struct idbc_profile **out,
	    struct idbc_error *err);

uint64_t call_next_id(struct idbc *);
/* Logs what it came to. */
void call_tell(struct call *, int rc, struct idbc_error *err);

int call_login(struct call *, struct idbc_profile **out, struct idbc_error *err);
int call_get_user(struct call *, struct idbc_profile **out, struct idbc_error *err);
int call_exists(struct call *, struct idbc_error *err);
int call_create(struct call *, struct idbc_profile **out, struct idbc_error *err);
int call_verify(struct call *, struct idbc_error *err);
int call_change_password(struct call *, struct idbc_error *err);
int call_delete_user(struct call *, struct idbc_error *err);
int call_change_email(struct call *, struct idbc_error *err);

/* DENIED, alike for all who are refused; `detail` is for logs. */
int call_denied(struct call *, uint32_t detail, struct idbc_error *err);
/* What follows a right password that was proved elsewhere: OK, BLOCKED, PASSWORD_EXPIRED, DENIED. */
int call_admits(struct call *, const struct row *, struct idbc_error *err);

void call_log(const struct call *, uint32_t level, const char *fmt, ...) IDBC_PRINTF(3, 4);

/* --- a driver call on a session ------------------------------------------------------
 * `fn` runs one driver operation.  A session from the pool that turns out to be dead
 * before anything was sent is replaced once; nothing else is tried again. */
typedef int call_fn(struct session *, void *ctx, struct idbc_error *err);
int call_on_session(struct call *, call_fn *fn, void *ctx, struct idbc_error *err);
/* The same for what the caller asked to be written: from then on nobody who stops the call
 * may say that nothing was. */
int call_writing(struct call *, call_fn *fn, void *ctx, struct idbc_error *err);
/* After UNAVAILABLE, or a write in doubt: no session as old as the one that was lost is left,
 * so this one was connected since.  Tried once. */
int call_on_fresh_session(struct call *, call_fn *fn, void *ctx, struct idbc_error *err);

/* --- sample.c: the shares of the store's forms of passwords ------------------------------ */
/* CONFIG: the dummy does not do its work.  What else goes wrong is no reason not to open. */
int  sample_open(struct idbc *, struct idbc_error *err);
void sample_later(struct idbc *);       /* at a login, where none was taken at open */
void sample_at_login(struct call *);
int  sample_is_of_use(const struct idbc *);     /* rows can be listed, and are judged here */
/* survey.c: what is stored, counted, for `idbc check`. */
void survey_passwords(struct idbc *, struct idbc_findings *);

/* --- rows ---------------------------------------------------------------------------- */
#define ROWS_MAX  2
#define PARTS_MAX 6

struct row {
	const char *native_id, *matched;        /* both lie in the profile */
	size_t native_len, matched_len;
	struct idbc_profile *profile;
	struct idbc_field parts[PARTS_MAX];     /* credential; values point into `secrets` */
	struct secret secrets[PARTS_MAX];
	size_t nparts;
	int has_credential, deleted, password_expired;
	int migrated;                           /* moved to another store */
	int locked_out, failed;                 /* by failed attempts; some are counted */
};
struct rows {
	struct idbc_sink sink;                  /* first: what the driver writes to */
	size_t n, seen;                         /* kept, reported */
	uint32_t deleted, unequal, hidden, migrated;    /* left out, and why */
	const char *broken;                     /* how the driver broke the sink's contract */
	int nomem;
	int no_credentials;                     /* nobody will look at them: none is kept */
	int trial;                              /* the first row is refused: nobody is to be made */
	struct row row[ROWS_MAX];               /* last: empty until it is begun */
};
/* sink.c: what a driver writes, and whether that is an answer. */
void rows_init(struct rows *);
void rows_free(struct rows *);                  /* what was left out stays counted */
/* OK with exactly one; else NO_USER or AMBIGUOUS. */
int  rows_one(const struct rows *, struct idbc_error *err);
void row_free(struct row *);
int  sink_is_id(const struct idbc_str *);       /* a native id, or not */
const char *sink_part_name(const char *name);   /* ours, or NULL: not known */
int  sink_are_parts(const struct idbc_field *parts, size_t nparts);
/* `rc` as link_believe() left it; IDBC_DRIVER where rows and status do not go together. */
int  rows_check(const struct rows *, const struct link *, enum link_call, int rc,
		struct idbc_error *err);
/* Drops hidden rows and those that match only by the store's collation. */
void rows_keep_matching(struct rows *, const struct call *);
/* Fills ids, generated names and the rest; afterwards the profile may leave. */
int  row_finish(struct row *, const struct call *, struct idbc_error *err);
struct idbc_profile *row_take_profile(struct row *);
/* 1 if the value that matched is what this field of the row holds; `by`: enum idbc_by. */
int  row_matched_in(const struct row *, uint32_t by);

/* One read of the user asked for: rows that match, 0 to 2 of them. */
int  call_read(struct call *, uint32_t kind, struct rows *, struct idbc_error *err);

/* What follows a right password: upgrade, touch, second look. */
struct password_verdict;
int call_proven(struct call *, const struct row *, const struct password_verdict *,
		struct idbc_error *err);

/* --- credentials ----------------------------------------------------------------------- */
void subject_name(struct password_subject *);
void call_subject(const struct row *, struct password_subject *out);
/* A new credential for `password`, made before a session is taken. */
int  call_make_credential(struct call *, const struct password_subject *,
			  struct password_made *out, struct idbc_error *err);
/* As it is, a part "clear". */
int  call_clear_credential(const struct idbc_str *password, struct password_made *out,
			   struct idbc_error *err);

/* --- new users ------------------------------------------------------------------------- */
void fields_subject(const struct profile_fields *, struct password_subject *out);
/* The driver's create, and what became of it where that was lost. */
int  call_create_rows(struct call *, const struct idbc_create_req *, struct rows *,
		      struct idbc_error *err);
/* With the call's password. */
int  call_create_fields(struct call *, const struct profile_fields *, uint32_t flags, struct rows *,
			struct idbc_error *err);
int  call_profile_of_new(struct call *, struct rows *, struct idbc_profile **out,
			 struct idbc_error *err);

#endif
