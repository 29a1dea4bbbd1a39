/* idbc/driver.h - the contract between the connector and a driver.
 *
 * A driver exports idbc_driver_entry() and nothing else, links no symbol of the
 * connector, and keeps no writable global state.
 *
 * The life of a driver.  The file is loaded once in a process and never unloaded; the entry
 * hands over the table.  For each connection that a host opens: open(), then sessions as they
 * are needed, at most `pool.max` of the configuration at once, close() after the last.  For
 * each session: connect(); check() on a connection's first one; operations, one at a time, any
 * number of them in any order; ping() before one if the session was idle for some seconds;
 * disconnect() at the end, or abandon() in a forked child, where close() is never called and
 * the instance is left alone.  What a session did before is of no meaning to the next call.
 *
 * A login: login() on a session, which is then free for others while the password is judged;
 * after a right one proven(), after a wrong one failed(), where the configuration has use for
 * it, perhaps on another session and another thread.  get_user, create and the rest are one
 * call each.  The connector repeats a call once, on a new session, if a session that was idle
 * returned UNAVAILABLE with effect NONE, and a code other than "store_full" and
 * "store_damaged"; nothing else is repeated.  After a write whose effect is UNKNOWN it asks
 * settle(), on a session that was connected since.
 *
 * Ownership: whatever is passed to a function, either way, is borrowed for that call,
 * unless it says otherwise.  Rows leave through the sink, mistakes through the findings,
 * and an error is a value: nothing allocated on one side is freed on the other.
 * Threads: one call on a session at a time, each perhaps from another thread; calls on
 * different sessions of one instance at the same time.  A driver does not start a thread that
 * outlives close(), does not print, abort, exit, fork, install signal handlers, set alarms, close
 * what it did not open, leave work for exit(), or change locale, environment, working directory,
 * umask, limits, user, or what belongs to a host's thread.  That thread may have 128 KiB of stack.
 * Time: a call returns by its deadline, TIMEOUT if need be.  A deadline that is past already:
 * TIMEOUT, and nothing is sent.  What a client library would wait for longer is ended by
 * interrupt(), which the connector calls at the deadline: with IDBC_CAP_INTERRUPT a driver need
 * keep no clock of its own.  A call that never returns can be ended by nobody.
 *
 * Errors: `err` is never NULL, cleared but for its size.  A function that returns an int
 * returns an enum idbc_status that its comment allows.  Unless that is IDBC_OK it calls
 * host->fail(), which fills status, code, text and origin, and returns what fail() returned;
 * itself it sets effect (of writes), native and sqlstate, before or after fail().  The
 * connector sets op and detail; with IDBC_CAP_DECIDES a login sets, after fail(), what detail
 * of a DENIED it knows.  Passwords, hashes and the store's own error text never go into an
 * error; the store's text may be logged at IDBC_LOG_DEBUG with quoted values removed.
 *
 * Sizes: structs that begin with `size` may be shorter or longer than the header says, since
 * each side may have been built before the other: IDBC_HAS() tells whether a member is there.
 * What is not there counts as absent: a slot as NULL, a number as 0, a string as not given.
 * `pad`, and whatever this header does not name, is 0.
 *
 * The connector believes nothing: a status that the slot may not return, an error that is no
 * valid UTF-8, a row without an id, a login without a credential, OK without a row, a value of
 * a kind that there is none of end as IDBC_DRIVER at the host, and nobody is logged in.
 */
#ifndef IDBC_DRIVER_H
#define IDBC_DRIVER_H

#include <idbc/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IDBC_DRIVER_ABI_MAJOR 0u   /* changed: never loads (1 at the first release) */
#define IDBC_DRIVER_ABI_MINOR 16u   /* raised: something was appended */
#define IDBC_DRIVER_ABI ((IDBC_DRIVER_ABI_MAJOR << 16) | IDBC_DRIVER_ABI_MINOR)

/* Is `member` within what the other side built?  For any struct here that begins with `size`:
 *     if (IDBC_HAS(sink, passed_over) && sink->passed_over) ...                            */
#define IDBC_HAS(ptr, member) \
	((size_t)((const char *)(&(ptr)->member + 1) - (const char *)(ptr)) <= (ptr)->size)

#define IDBC_ID_MAX 1024u       /* bytes of a native id, and of an identifier */

/* What a driver can do; wrong promises are found by the connector's tests, not by luck. */
enum idbc_cap {
	IDBC_CAP_TRANSACTIONS = 1u << 0, /* every write is all or nothing       */
	IDBC_CAP_INTERRUPT    = 1u << 1, /* interrupt() stops a running call    */
	IDBC_CAP_DECIDES      = 1u << 2, /* login() itself judges the password  */
	IDBC_CAP_SESSIONLESS  = 1u << 3, /* stacked: connect() is never called, and
					  * `self` of the operations is the instance */
	IDBC_CAP_PLAINTEXT    = 1u << 4, /* create/change want the clear text   */
	IDBC_CAP_INTENTS      = 1u << 5, /* delete_user knows HIDE, SHOW, TAKE, FINISH */
	IDBC_CAP_EQUAL_TIME   = 1u << 6, /* with DECIDES: refusals take equal time,
					  * and the connector adds no hash to them */
	IDBC_CAP_TAKES_IDS    = 1u << 7, /* of a lower, never a driver's own: its mapping may
					  * keep an id that a create is given */
};                                       /* a bit that is not named here is 0    */

/* The driver's own part of the configuration; lives from open() until close() returns. */
struct idbc_settings;

/* Where a driver puts what it read: row(), then its field()s and at most one credential() in
 * any order, then the next row().  Each copies what it is given.  Each returns 0, or not 0:
 * stop, call the sink no more, and return IDBC_DRIVER from the operation (the connector knows
 * why).  No row at all: the operation returns IDBC_NO_USER, else IDBC_OK.
 *
 * row() starts a row.  `user_id` is the native id: 1 to IDBC_ID_MAX bytes of UTF-8 without a
 * NUL, the same for this user in every operation and for ever.  `matched` is the stored value
 * that equalled the identifier, as it is stored; the connector compares it again.  By user id
 * it is the id; of create and list it may be empty.  A driver drops the rows that its fold
 * refuses, reports the exact one alone if there is one, else at most two: collation
 * neighbours, however many, never hide the right row.  More than two rows are refused, but
 * not of list and intents.
 *
 * field() gives a value of the row its name: one of the profile's fields ("email",
 * "email_verified", "created_at" ...) or one of the store's own, 1 to 512 bytes of UTF-8.
 * Objects travel as dotted leaves ("app_metadata.plan"), arrays, and objects that a store keeps
 * as one document, as IDBC_KIND_JSON.  A value that is absent is left out or IDBC_KIND_NULL;
 * text that is not UTF-8 is repaired and a document that is no JSON is left out, as both may
 * stand in a store.  Flags are IDBC_KIND_BOOL.  Three of them are no part of the profile:
 * "deleted", "password_expired" and "locked_out", for failed attempts: refused even with the
 * right password.  A fourth, "login.failed", says that there is something for
 * IDBC_PROVEN_FORGIVE to forget.  A fifth, "migrated", says that he was moved to another store:
 * nobody finds him here but the stacked driver that reads both.
 *
 * credential() is what is stored to judge a password by, in parts "hash", "salt", "scheme" and
 * "external", each at most once, of kind NULL, STR, BYTES or I64; an unknown part is passed
 * over.  login without IDBC_CAP_DECIDES calls it exactly once for each row: a user who has no
 * password is one whose "hash" is IDBC_KIND_NULL, or who has no parts (`nparts` 0).  list does
 * the same.  With DECIDES, and in get_user and create, it is not needed and not looked at. */
struct idbc_sink {
	uint32_t size;
	uint32_t pad;
	int (*row)(struct idbc_sink *, const struct idbc_str *user_id,
		   const struct idbc_str *matched);
	int (*field)(struct idbc_sink *, const char *name, const struct idbc_value *);
	int (*credential)(struct idbc_sink *, const struct idbc_field *parts, size_t nparts);
	/* Optional both ways, for people who look for a user: a row that the store found was
	 * left out; `why` is enum idbc_passed.  Before any row(). */
	void (*passed_over)(struct idbc_sink *, uint32_t why);
};
enum idbc_passed {
	IDBC_PASSED_DELETED = 1,        /* the flag "deleted" hides it */
	IDBC_PASSED_UNEQUAL = 2,        /* a neighbour by collation alone */
	IDBC_PASSED_HIDDEN  = 3,        /* a delete of his is under way   */
};

/* Where a driver reports what is wrong with a configuration or a store, every mistake it
 * can see in one go.  `code` is stable ("missing-column"); `key` is the path of the key at
 * fault ("users.profile.email"); `text` says what is there and what was expected; `remedy`
 * is the statement or key that mends it, or "".  All are copied.  add() returns 0, or not 0
 * when memory ran out: go on without. */
enum idbc_severity { IDBC_NOTE = 0, IDBC_WARNING = 1, IDBC_ERROR = 2 };
struct idbc_findings {
	uint32_t size;
	uint32_t pad;
	int (*add)(struct idbc_findings *, uint32_t severity, const char *code,
		   const char *key, const char *text, const char *remedy);
};

/* Requests.  `deadline_ns` is absolute CLOCK_MONOTONIC time: nothing is sent after it, and
 * what runs then is stopped at the store where the store can.  `by` is enum idbc_by; an
 * `identifier` is 1 to IDBC_ID_MAX bytes of valid UTF-8 without control characters, as the
 * caller typed it: the driver folds it as the mapping says.  User ids are native, without the
 * prefix.  A kind of identifier that the store does not know: UNSUPPORTED, code "not_mapped".
 * Strings that are not given have `len` 0. */
struct idbc_login_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier, password;   /* password only with IDBC_CAP_DECIDES, never
						 * empty then */
	uint32_t flags, pad;                    /* enum idbc_login_flag: for a lower alone */
};
/* What a stacked driver asks of a lower connection's login. */
enum idbc_login_flag {
	IDBC_LOGIN_READ  = 1u << 0,     /* no password is given or judged: the row, and his
					 * stored password as idbc_lower says */
	IDBC_LOGIN_JUDGE = 1u << 1,     /* a right password leaves nothing behind: no touch,
					 * nothing stored anew                         */
	IDBC_LOGIN_DUMMY = 1u << 2,     /* who is not found costs a dummy, before NO_USER */
	IDBC_LOGIN_ADMIT = 1u << 3,     /* with READ: his password was proved elsewhere; after his
					 * row the word that follows a right one: OK, BLOCKED,
					 * PASSWORD_EXPIRED, or DENIED where he is locked out */
};
struct idbc_user_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier;
};
struct idbc_create_req {
	uint32_t size, pad;
	int64_t  deadline_ns;
	const struct idbc_field *fields;        /* a field that `users.profile` keeps in a */
	size_t   nfields;               /* JSON document takes an object whole, as JSON */
	const struct idbc_field *credential;    /* hash, salt, scheme ... or "clear" */
	size_t   ncredential;           /* a field "user_id" is the native id wanted;   */
					/* UNSUPPORTED where keys are generated         */
	uint32_t flags, pad2;           /* enum idbc_create_flag                        */
};
enum idbc_create_flag {
	/* The fields are those of another store, with what no host may set (created_at,
	 * last_login, identities ...), and a part "hash" is kept as it is: idbc_lower. */
	IDBC_CREATE_CARRIED = 1u << 0,
	/* The same transaction enters the "user_id" as moved, and COMPLETE, since all of him came
	 * along, see idbc_moved_req; CONFLICT, code "moved_before", nothing written, where it is
	 * entered already. */
	IDBC_CREATE_MOVED   = 1u << 1,
	/* With MOVED: entered as changed, since the password is a new one. */
	IDBC_CREATE_CHANGED = 1u << 2,
	/* Of a lower: what would come of it.  Nobody is made and nobody is told. */
	IDBC_CREATE_TRIAL   = 1u << 3,
};
/* Users in bulk.  `outcomes`: one error for each user, each cleared but for its size. */
struct idbc_create_many_req {
	uint32_t size, n;               /* users: 1 to IDBC_MANY_MAX */
	int64_t  deadline_ns;           /* of all; their own are not looked at */
	const struct idbc_create_req *const *users;
	struct idbc_error *const *outcomes;
};
#define IDBC_MANY_MAX 256u

struct idbc_password_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier;
	const struct idbc_field *credential;
	size_t   ncredential;
	const struct idbc_field *expect;        /* if set: change only where these are stored, */
	size_t   nexpect;                       /* else CONFLICT, effect NONE; "clear", the    */
};                                              /* current one, with DECIDES and PLAINTEXT      */

/* After a right password: one call, one statement where the store allows it.
 * credential/expect: upgrade, compare-and-swap, credential columns only.
 * Never runs what a password change runs; its failure never fails the login, but that of a
 * driver with SESSIONLESS does.  Such a driver is called after every right password, with the
 * password as a part "clear" of `credential`. */
enum idbc_proven_flag {
	IDBC_PROVEN_TOUCH   = 1u << 0,
	IDBC_PROVEN_RECHECK = 1u << 1,  /* gone, hidden, changed or locked out: NO_USER, CONFLICT */
	IDBC_PROVEN_FORGIVE = 1u << 2,  /* failed attempts counted are forgotten */
	IDBC_PROVEN_MOVED   = 1u << 3,  /* he lives in another store now: the flag "migrated" is
					 * set; UNSUPPORTED not_mapped where there is none */
};
struct idbc_proven_req {
	uint32_t size, flags;
	int64_t  deadline_ns;
	struct idbc_str user_id, client_ip;
	const struct idbc_field *credential;
	size_t   ncredential;
	const struct idbc_field *expect;
	size_t   nexpect;
	const struct idbc_field *fields;        /* of a stacked driver: the profile's fields   */
	size_t   nfields;                       /* that are to be these from now on, or NULL   */
};
/* After a refused password: the application's own count of failed attempts.  The same
 * statement for a user who is not there: `user_id` is empty then, and no row matches. */
struct idbc_failed_req {
	uint32_t size, pad;
	int64_t  deadline_ns;
	struct idbc_str user_id, client_ip;
};
struct idbc_verify_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier;
	struct idbc_str email;          /* if set: only while this is the address */
};
/* Flags that a driver does not know it passes over. */
enum idbc_list_flag {
	IDBC_LIST_CREDENTIALS = 1u << 0,        /* no profile: no field() of any row        */
	IDBC_LIST_LAST        = 1u << 1,        /* the last users, backwards; without `after` */
};
struct idbc_list_req {
	uint32_t size, limit;
	int64_t  deadline_ns;
	struct idbc_str after;          /* native id, exclusive; empty: from the start */
	uint32_t flags, pad;            /* enum idbc_list_flag */
};
struct idbc_email_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier, email;
	uint32_t verified, pad;
};
/* For the two slots kept free at the end of idbc_ops. */
struct idbc_username_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier, username;
};
struct idbc_phone_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier, phone;
	uint32_t verified, pad;
};
enum idbc_delete_phase {
	IDBC_DELETE_NOW    = 0,         /* everything, in one transaction           */
	IDBC_DELETE_HIDE   = 1,         /* write the intent, lock the user out      */
	IDBC_DELETE_SHOW   = 2,         /* withdraw the intent; CONFLICT, code      */
					/* "delete_decided", NONE where the id is   */
					/* entered as deleted, see idbc_moved_req   */
	IDBC_DELETE_FINISH = 3,         /* everything and the intent                */
	IDBC_DELETE_TAKE   = 4,         /* an expired intent: new token, new lease  */
};
struct idbc_delete_req {
	uint32_t size, phase;
	int64_t  deadline_ns;
	struct idbc_str user_id;        /* native: without the connection's prefix  */
	struct idbc_str token;          /* of the intent; changed meanwhile: CONFLICT, NONE */
	struct idbc_str new_token;      /* TAKE                                     */
	int64_t  lease_ms;              /* by the store's own clock                 */
	int    (*agree)(void *ctx);     /* NOW only, may be NULL: called once, last  */
	void    *agree_ctx;             /* before commit; not 0: roll back, CANCELLED */
					/* not called where there is no such user     */
	uint32_t flags, pad;            /* enum idbc_delete_flag                      */
};
enum idbc_delete_flag {
	IDBC_DELETE_PROFILE_STORE = 1u << 0,    /* HIDE: the intent says that one was asked */
	IDBC_DELETE_ABSENT        = 1u << 1,    /* HIDE: also where no such user is stored:
						 * he is in the other store of a stack; FINISH
						 * then ends the intent alone, and is OK */
};

/* Where an id of another store stands in this one: a table of three columns, "idbc_moved"
 * unless the setting "idbc.moved" names another, that a stacked driver keeps in the store to
 * which users are moved.  States go upwards only. */
enum idbc_moved_state {
	IDBC_MOVED_NOT = 0, IDBC_MOVED_MOVED = 1, IDBC_MOVED_CHANGED = 2, IDBC_MOVED_DELETED = 3,
	IDBC_MOVED_STATES   = 0xff,
	IDBC_MOVED_COMPLETE = 0x100,    /* what his profile lacked was looked for in the old store */
	IDBC_MOVED_HIDDEN   = 0x200,    /* answers only: an intent stands for this id */
};
enum idbc_moved_flag {
	IDBC_MOVED_SET    = 1u << 0,    /* enters `state`, where it is above what is there    */
	IDBC_MOVED_CREATE = 1u << 1,    /* makes the table where it is missing; no user_id    */
	IDBC_MOVED_LOOK   = 1u << 2,    /* is there such a table, and may we use it? no user_id */
};
struct idbc_moved_req {
	uint32_t size, flags;           /* 0: what is entered is asked for */
	int64_t  deadline_ns;
	struct idbc_str user_id;        /* native, of both stores */
	uint32_t state, pad;            /* SET: one state, and COMPLETE perhaps */
	struct idbc_str token;          /* SET, if set: only while the intent of this id has
					 * it, else CONFLICT intent_taken, NONE         */
};

/* One page of a migration in bulk: the users of the old store after `after`, each a row with
 * its user_id and a field "outcome", text: "moved", "before" (he was moved already), "changed"
 * (and his password was changed since), "gone" (deleted here), "later" (his stored password
 * cannot be kept: his next login moves him), "conflict" with a field "problem" that names what
 * does not fit, "waiting" (not moved, and nothing was tried).  No other field. */
enum idbc_migrate_flag {
	IDBC_MIGRATE_MOVE = 1u << 0,    /* without it nothing is written: what would be */
	IDBC_MIGRATE_LOOK = 1u << 1,    /* nor tried: who moved and who has not         */
};
struct idbc_migrate_req {
	uint32_t size, flags;
	int64_t  deadline_ns;           /* of the page; what was told by then is done */
	struct idbc_str after;          /* native id, exclusive; empty: from the start */
	uint32_t limit, pad;
};

/* For settle(): a write that was called and ended with the effect UNKNOWN. */
enum idbc_settle_kind {
	IDBC_SETTLE_CREATE          = 1,        /* `write` is its struct idbc_create_req */
	IDBC_SETTLE_VERIFY          = 2,
	IDBC_SETTLE_CHANGE_PASSWORD = 3,
	IDBC_SETTLE_DELETE_USER     = 4,
	IDBC_SETTLE_CHANGE_EMAIL    = 5,
};
struct idbc_settle_req {
	uint32_t size, kind;            /* enum idbc_settle_kind                    */
	int64_t  deadline_ns;
	const void *write;              /* its request as it was, of the kind's own */
	struct idbc_str user_id;        /* native; of create: as the sink was told; */
};                                      /* empty where nobody knows it              */

/* What check() does beside comparing the mapping with the catalogue.  Flags that a driver
 * does not know it passes over. */
enum idbc_check_want {
	IDBC_WANT_CREATE = 1u << 0,     /* make our own schema first                  */
	IDBC_WANT_GRANTS = 1u << 1,     /* one note, code "grant", for each statement of
	                                 * the privileges needed: `key` the table, `text`
	                                 * the statement                              */
	IDBC_WANT_SURVEY = 1u << 2,     /* also what people should know before users come:
	                                 * indexes, privileges, rows counted          */
};

/* The seven operations, and what helps them.  `self` is a session for a driver, and a link
 * for a driver stacked on others: both sides of a stack look the same.
 *
 * Beside what its comment says, any of them may return: UNAVAILABLE (the store is gone),
 * TIMEOUT (deadline or interrupt()), BUSY (a lock that others hold), NOMEM, CONFIG (mapping and
 * store do not fit, or a privilege is missing), DATA (a stored value is not what the mapping
 * says), UNSUPPORTED, INVALID (a value that the store cannot hold), CONFLICT (the store's own
 * rules), DRIVER (the sink refused).  CANCELLED is delete_user's alone; STATE and FORKED are
 * the connector's.
 *
 * Writes set err->effect truthfully: NONE where nothing was sent or all was rolled back,
 * UNKNOWN where the connection was lost during the statement that decides.  A write that finds
 * its state already there is OK; one that would touch two users rolls back and returns
 * AMBIGUOUS; no such user is NO_USER.
 *
 * After OK, a status of class 1 or 2, CANCELLED or DATA the session is used again: no
 * transaction open, no rows pending, no lock held.  After any other it is disconnected, and
 * disconnect() is the next and last call on it.
 *
 * Required are login and get_user.  Any other slot may be NULL: the connector then answers
 * UNSUPPORTED for an operation of the host's, for export (list) and a migration (migrate), and
 * does without proven, check, failed, settle and create_many.  intents is required where
 * deletes shall be recovered (IDBC_CAP_INTENTS); moved, of a store that users move to. */
struct idbc_ops {
	uint32_t size;
	uint32_t pad;
	/* Required.  Finds the row as get_user does and reports its credential as well, with
	 * one statement, the same for hit and miss.  Does not judge the password and does not
	 * see it, unless the driver declares IDBC_CAP_DECIDES: then a row and OK mean that the
	 * password was right.  OK with one or two rows; NO_USER; AMBIGUOUS where more than one
	 * user matches and no rows are given; with DECIDES DENIED, BLOCKED, PASSWORD_EXPIRED. */
	int (*login)(void *self, const struct idbc_login_req *,
		     struct idbc_sink *, struct idbc_error *err);
	/* Required.  The same fields as login for the same state of the row.  OK with one or two
	 * rows, NO_USER, AMBIGUOUS without one. */
	int (*get_user)(void *self, const struct idbc_user_req *,
			struct idbc_sink *, struct idbc_error *err);
	/* Every row in one transaction, then the new profile to the sink as get_user gives it,
	 * read in the same transaction and told before its commit: where the sink refuses, nobody
	 * was made.  `credential` is stored as it is.  OK with one row;
	 * EXISTS with code user_exists, username_exists or phone_exists, under the folds of all
	 * login fields; INVALID naming a field that nothing maps; AMBIGUOUS where it would find
	 * more than the one user it made. */
	int (*create)(void *self, const struct idbc_create_req *,
		      struct idbc_sink *, struct idbc_error *err);
	/* Sets the flag "email_verified".  OK, NO_USER, AMBIGUOUS; CONFLICT email_changed;
	 * UNSUPPORTED not_mapped. */
	int (*verify)(void *self, const struct idbc_verify_req *, struct idbc_error *err);
	/* Stores the credential and the companion columns of the mapping.  OK, NO_USER,
	 * AMBIGUOUS; CONFLICT credential_changed where `expect` is no longer what is stored. */
	int (*change_password)(void *self, const struct idbc_password_req *,
			       struct idbc_error *err);
	/* By native id.  Phase NOW alone without IDBC_CAP_INTENTS, others are UNSUPPORTED, as
	 * they are without the setting "idbc.delete.intents".  HIDE: from its commit on nobody
	 * finds the user, and no write does; NO_USER where another intent stands.  SHOW, FINISH
	 * and TAKE name the intent by `token`: CONFLICT, code "intent_taken", where it is
	 * another's now or gone; TAKE also where the lease has not ended.
	 * OK, NO_USER, AMBIGUOUS; CONFLICT naming the table that refused, nothing gone;
	 * CANCELLED where agree() refused, with err->native what it returned.  OK without
	 * having asked agree(), or against its word, is a broken contract. */
	int (*delete_user)(void *self, const struct idbc_delete_req *, struct idbc_error *err);
	/* Address and flag in one go.  OK, NO_USER, AMBIGUOUS; EXISTS user_exists where another
	 * user has the address under the fold; UNSUPPORTED not_mapped. */
	int (*change_email)(void *self, const struct idbc_email_req *, struct idbc_error *err);
	/* After a right password: see idbc_proven_req.  OK; NO_USER where the user is gone or
	 * hidden, or AMBIGUOUS; CONFLICT credential_changed, or locked_out with RECHECK. */
	int (*proven)(void *self, const struct idbc_proven_req *, struct idbc_error *err);
	/* At most `limit` users after a key, for samples and export, in the store's order of its
	 * keys, with credentials, each as login reports him; what he `matched` is empty.  Who is
	 * deleted is left out.  Fewer than `limit`, or none: there are no more.  OK, also with
	 * no row; UNSUPPORTED not_mapped where the mapping alone does not find them. */
	int (*list)(void *self, const struct idbc_list_req *,
		    struct idbc_sink *, struct idbc_error *err);
	/* Intents of this connection whose lease has ended by the store's clock, oldest first,
	 * each a row: `user_id` the user's, `matched` the token, and a field "profile_store", a
	 * flag: it was written with one.  OK, also with no row; DRIVER where the sink had enough. */
	int (*intents)(void *self, int64_t deadline_ns, struct idbc_sink *,
		       struct idbc_error *err);
	/* Compares the mapping with the store, into findings; `flags` is enum idbc_check_want.
	 * OK: it was looked at, whatever was found.  The connector calls it on the first session
	 * of a connection with no flag: errors found then make every operation CONFIG. */
	int (*check)(void *self, int64_t deadline_ns, uint32_t flags,
		     struct idbc_findings *, struct idbc_error *err);
	/* Counts a failed attempt where the application does, and locks the user out at the
	 * maximum; a user locked out already is left alone.  OK, also where nobody matched.
	 * Its failure is logged and changes no answer. */
	int (*failed)(void *self, const struct idbc_failed_req *, struct idbc_error *err);
	/* Kept free for a later minor, with the meaning of change_email: not called in this
	 * version, and NULL until then.  Who fills them today is not broken by it. */
	int (*change_username)(void *self, const struct idbc_username_req *,
			       struct idbc_error *err);
	int (*change_phone)(void *self, const struct idbc_phone_req *, struct idbc_error *err);
	/* What became of a write that ended as UNKNOWN?  On another session: waits for what may
	 * still be going on about that user, as the write would, and looks.  It changes nothing
	 * and calls no agree().  OK with *effect: APPLIED where what was asked for is what is
	 * stored; NONE where it is not, and what was sent then can no longer do it: the write's
	 * own locks were free on the very store that had it; UNKNOWN where that cannot be told.
	 * Any other status: not known yet, and it may be asked again. */
	int (*settle)(void *self, const struct idbc_settle_req *, uint32_t *effect, struct idbc_error *err);
	/* For stacks, see idbc_moved_req: *state is what is entered now, after a SET too.  OK;
	 * CONFIG where there is no such table; UNSUPPORTED without the setting "idbc.moved". */
	int (*moved)(void *self, const struct idbc_moved_req *, uint32_t *state, struct idbc_error *err);
	/* A stacked driver's, see idbc_migrate_req.  OK, also with no row: there are no more. */
	int (*migrate)(void *self, const struct idbc_migrate_req *, struct idbc_sink *,
		       struct idbc_error *err);
	/* Optional: creates in one transaction.  Who cannot be made, as create() would say it, has
	 * that in his outcome and the others are made all the same; who was made has his outcome
	 * as it was, and is a row to the sink, in order, all of them last before the commit.  OK:
	 * so it is.  Any other status: nobody was made, or with effect UNKNOWN all or nobody, and
	 * the outcomes say nothing; the connector then goes on with create(), one by one.  So a
	 * driver gives up at the first failure that leaves the transaction no longer as it was.
	 * UNSUPPORTED where it cannot be done at all. */
	int (*create_many)(void *self, const struct idbc_create_many_req *, struct idbc_sink *,
			   struct idbc_error *err);
};

/* A lower connection, lent to a stacked driver for the driver's lifetime: the connector's
 * whole run for it, minus the public masking.  Its login takes the clear password and answers
 * OK, DENIED, NO_USER, BLOCKED, PASSWORD_EXPIRED or AMBIGUOUS; one that finds nobody costs no
 * dummy unless asked to, since only the outermost run masks.  Its create takes the clear
 * password as a part "clear", or with IDBC_CREATE_CARRIED "hash", "salt" and "scheme" (an id
 * such as "bcrypt/2b") to be kept as they are: INVALID, code "hash_not_accepted", where this
 * store may not hold them, and CONFLICT naming the field where one does not fit.  Its login
 * with IDBC_LOGIN_READ and its list report the stored password in these parts, or no part
 * where it means nothing elsewhere (a pepper, a recipe).  Of name, nickname, given_name,
 * family_name and picture those that its mapping has are told in any case, as NULL where the user
 * has none; proven with one of them as NULL empties it.  Its changes take "clear".  User ids are
 * native, deadlines are kept, and a user marked "migrated" is found, with that flag.  `self`
 * goes to every operation; any thread, several at once.
 * A stacked driver declares SESSIONLESS, DECIDES and PLAINTEXT.
 *
 * `secret` is 32 bytes, alike in all processes of this configuration, and unknown to whoever does
 * not know what the store is reached with: for choices that nobody shall foretell.  `store`: where
 * two lowers have the same, and not 0, both are one table of one store; others may be, too. */
struct idbc_lower {
	uint32_t size;
	uint32_t caps;
	void    *self;
	const struct idbc_ops *ops;
	struct idbc_str secret;
	uint64_t store;
};

/* What the connector lends a driver: one table for each connection, valid from open()
 * until close() returns.  A driver keeps the pointer in its instance, never in a static.
 * Every function may be called from any thread. */
struct idbc_host {
	uint32_t size;
	uint32_t abi;                /* IDBC_DRIVER_ABI of the connector */
	/* One line to the host's log; `level` is enum idbc_log_level. */
	void (*log)(const struct idbc_host *, uint32_t level,
		    const char *fmt, ...) IDBC_PRINTF(3, 4);
	/* Fills *err: status, code (may be "" or NULL) and text, origin the driver's name.
	 * Leaves effect, native and sqlstate as they are.  Returns `status`.  The text becomes
	 * one line of UTF-8, cut where it is too long. */
	int  (*fail)(const struct idbc_host *, struct idbc_error *err, uint32_t status,
		     const char *code, const char *fmt, ...) IDBC_PRINTF(5, 6);
	int64_t (*now_ns)(void);     /* CLOCK_MONOTONIC, as deadlines are */
	/* Settings: 1 there, *out set; 0 absent, or -1 there but of another type, which the
	 * connector reports as a mistake: *out is the fallback then.  Keys are the driver's
	 * options, "users", and "idbc.connection", "idbc.startup", "idbc.timeout_ms",
	 * "idbc.operations", "idbc.profile.unmapped" of the connection; "idbc.create" is true
	 * where a missing store and our own table shall be made; "idbc.password.width" and
	 * "idbc.password.salt_width" are the bytes of a new stored password and of the salt
	 * beside it, absent where there is none; "idbc.password.upgrade" is true where a login
	 * may write a new stored password.  Of email, username, phone_number and user_id
	 * "idbc.login.FIELD" is true where people log in with it, and "idbc.fold.FIELD" is the
	 * enum idbc_fold under which it compares: for drivers that read no JSON.
	 * "idbc.delete.intents" names the table of intents, absent where there is none;
	 * "idbc.delete.reuse_ids" and "idbc.delete.allow_nontransactional" are true where the
	 * configuration allows that; "idbc.moved" names the table of moved ids, for a lower;
	 * "idbc.lower" is true for one: its writes find users whose flag "migrated" is set. */
	int  (*setting_str)(const struct idbc_settings *, const char *key,
			    const char *fallback, struct idbc_str *out);
	int  (*setting_i64)(const struct idbc_settings *, const char *key,
			    int64_t fallback, int64_t *out);
	int  (*setting_bool)(const struct idbc_settings *, const char *key,
			     int fallback, int *out);
	/* A path made absolute against the configuration file's folder. */
	int  (*setting_path)(const struct idbc_settings *, const char *key,
			     struct idbc_str *out);
	/* "users" is the whole mapping; keys are dotted ("tls.mode"); settings live
	 * until close() returns; an option that open() never asked for is an error. */
	int  (*setting_json)(const struct idbc_settings *, const char *key,
			     struct idbc_str *out);
	/* For stacked drivers: opens the connection configured under `key`; it is closed by the
	 * connector after the driver.  In open() alone.  CONFIG: its mistakes are among the
	 * findings of the open() that asked; UNSUPPORTED for a driver without SESSIONLESS. */
	int  (*lower)(const struct idbc_host *, const struct idbc_settings *, const char *key,
		      const struct idbc_lower **out, struct idbc_error *err);
	/* `in` as enum idbc_fold `fold` writes it, into out[cap]; its length, or -1
	 * if it does not fit or is not UTF-8. */
	int64_t (*fold)(const struct idbc_host *, uint32_t fold,
			const struct idbc_str *in, char *out, size_t cap);
	/* 1 if the two are one identifier under `fold`, else 0. */
	int  (*same)(const struct idbc_host *, uint32_t fold,
		     const struct idbc_str *a, const struct idbc_str *b);
};

/* A driver's table: constant, in the driver's own memory, never freed.  The connector copies
 * what both sides know of it, once, after the entry returned it.  Required: name, open, close,
 * connect, disconnect, abandon, ping (these four not with IDBC_CAP_SESSIONLESS), ops with login
 * and get_user; interrupt with IDBC_CAP_INTERRUPT.  A table without one of these, or of another
 * major, is refused. */
struct idbc_driver {
	uint32_t size;               /* sizeof(struct idbc_driver) when built */
	uint32_t abi;                /* IDBC_DRIVER_ABI when built            */
	const char *name;            /* "mysql": 1 to 64 bytes, an error shows 15 */
	const char *version;         /* the driver's own, to 64 bytes; or NULL    */
	uint32_t caps;               /* enum idbc_cap                         */
	uint32_t pad;

	/* Instance: one for each connection configured; several of them at once, from any
	 * threads, know nothing of each other. */
	/* Once for each connection.  Reads its settings and reports all mistakes of the
	 * configuration; it does not connect.  `host` and the settings may be kept until
	 * close().  OK, *instance set (NULL is what a driver without one passes on); CONFIG
	 * with findings; NOMEM; UNSUPPORTED.  Nothing is left behind unless OK. */
	int  (*open)(const struct idbc_host *, const struct idbc_settings *,
		     struct idbc_findings *, void **instance, struct idbc_error *err);
	/* Once, after open() was OK and every session has ended.  A host waits for it in
	 * idbc_close(): two seconds at most. */
	void (*close)(void *instance);

	/* Optional, both or neither, for client libraries that keep per-thread state: first and
	 * last on the connector's own threads, where connect() and disconnect() are called, around
	 * each checkout on a host's, and around the disconnect()s before close().  Not around
	 * interrupt().  Neither waits for anybody.  thread_begin() returns 0, or not 0: the checkout
	 * fails. */
	int  (*thread_begin)(void *instance);
	void (*thread_end)(void *instance);

	/* Session: one thread at a time; the pool hands it from one to another with a lock
	 * between.  Several connect() of one instance may run at once. */
	/* OK, *session set and not NULL; UNAVAILABLE (refused, wrong password, wrong
	 * certificate: whatever keeps us out); TIMEOUT, BUSY, NOMEM, CONFIG, UNSUPPORTED, DATA.
	 * No session is left behind unless OK. */
	int  (*connect)(void *instance, int64_t deadline_ns,
			void **session, struct idbc_error *err);
	/* The last call on a session, also on one whose store is gone: it frees everything and
	 * waits for nobody. */
	void (*disconnect)(void *session);
	/* The same in a child after fork(): the parent still uses the connection.  Frees what
	 * can be freed and sends nothing on the wire; sockets are closed, not shut down. */
	void (*abandon)(void *session);
	/* Is the session still there?  OK; any other status: the connector disconnects it and
	 * connects anew. */
	int  (*ping)(void *session, int64_t deadline_ns, struct idbc_error *err);
	/* The only call on a session that may come from another thread while one runs on it:
	 * makes that one return TIMEOUT soon, does not block, and is harmless when none runs.  It
	 * may come again while the same call runs, which it may have missed by a moment.
	 * Never after disconnect() or abandon() began.  Required with IDBC_CAP_INTERRUPT. */
	void (*interrupt)(void *session);

	const struct idbc_ops *ops;

	/* Optional; asked once, after connect().  Not 0: whatever becomes of the store, no call on
	 * this session raises SIGPIPE on the thread that calls, and none touches that thread's
	 * queue of OpenSSL's errors.  Else the connector keeps a host's thread from both, at the
	 * price of three system calls for each operation. */
	int  (*quiet)(void *session);
};

/* The one symbol a driver exports.  It may refuse the host by returning NULL, for example
 * one whose ABI is too old: `host_abi` is the host's IDBC_DRIVER_ABI, and where the minor is
 * lower than the one a driver was built with `host` and every sink and request may be shorter
 * than it knows them.  May be called more than once, from any thread, and always returns the
 * same table; `host` is borrowed for the call, open() gets the one to keep. */
typedef const struct idbc_driver *idbc_driver_entry_fn(uint32_t host_abi,
						       const struct idbc_host *);
#define IDBC_DRIVER_ENTRY_SYMBOL "idbc_driver_entry"
IDBC_API const struct idbc_driver *
idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host);

#ifdef __cplusplus
}
#endif
#endif
