/* idbc/idbc.h - Identity Database Connectivity, for hosts.
 *
 * A host opens one struct idbc for each user store and calls the seven operations on it.
 *
 * Strings are UTF-8 and end in NUL.  What a function takes it borrows for the call; what it
 * gives out belongs to the host, which frees it with the function named beside it.
 * Every function returning int returns an enum idbc_status unless it says otherwise, and every
 * function may be called from any thread unless it says otherwise.
 * Outputs are written on IDBC_OK only.  `err` may be NULL; else the host sets it to
 * IDBC_ERROR_INIT before its first use and reads it after any status but IDBC_OK.
 * Nothing here prints, aborts, installs a signal handler, changes locale, environment or
 * working directory, or keeps a password longer than the call.
 */
#ifndef IDBC_IDBC_H
#define IDBC_IDBC_H

#include <idbc/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct idbc;            /* one configured user store; use it from any thread  */
struct idbc_profile;    /* a normalised user profile; immutable               */
struct idbc_op;         /* one submitted operation                            */

/* The version of the library that runs, "0.1.0"; static. */
IDBC_API const char *idbc_version(void);
/* "DENIED" for IDBC_DENIED; static, never NULL ("UNKNOWN" for a number we do not know). */
IDBC_API const char *idbc_status_name(uint32_t status);
/* "identifier or password refused"; static, never NULL. */
IDBC_API const char *idbc_status_text(uint32_t status);

/* "APPLIED" for IDBC_EFFECT_APPLIED; "UNKNOWN" also for a number we do not know.  Static. */
IDBC_API const char *idbc_effect_name(uint32_t effect);
/* "WRONG_PASSWORD" for IDBC_DETAIL_WRONG_PASSWORD: for logs, never for users.  Static. */
IDBC_API const char *idbc_detail_name(uint32_t detail);

/* ---- errors, for hosts that do not compile this header ------------------
 *
 * A language binding may declare struct idbc_error by itself, or treat it as idbc_error_size()
 * bytes aligned for a uint32_t: make them empty, hand them to a call, ask for JSON.  Any thread.
 */

/* sizeof(struct idbc_error) of the library that runs; a later one may say more. */
IDBC_API uint32_t idbc_error_size(void);
/* IDBC_ERROR_INIT for `size` bytes at `err`: a fresh error of that size.  Accepts NULL. */
IDBC_API void idbc_error_init(struct idbc_error *err, uint32_t size);
/* What the error says, as one JSON object:
 *
 *     {"status":"DENIED","number":100,"effect":"NONE","detail":"WRONG_PASSWORD",
 *      "operation":"login","native":0,"sqlstate":"","origin":"run","code":"","text":"..."}
 *
 * All members are always there and more may come.  "detail" is for logs and never for users.
 * IDBC_OK; IDBC_INVALID (an argument is NULL, or `err` was never initialised); IDBC_NOMEM.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_error_json(const struct idbc_error *err, char **json_text);  /* free with idbc_free() */

/* ---- open and close --------------------------------------------------- */

/* Reads a configuration, loads its driver, checks the one against the other.
 *
 * `config_path` names a JSON file; relative paths in it start at its folder.  Neither it
 * nor the mapping may be writable by group or others.  If the store can be reached now its
 * tables are checked too; if not, open succeeds (unless "startup" is "require") and the
 * check runs on the first session.  *out is closed with idbc_close(), once.
 *
 * Any thread.  May block for the connection's timeout.
 * IDBC_OK; IDBC_CONFIG (`err` names the first mistake, idbc_check() gives them all);
 * IDBC_INVALID (an argument is NULL); IDBC_UNSUPPORTED (a kind of database that the driver
 * does not know); IDBC_UNAVAILABLE, IDBC_TIMEOUT (only with "startup": "require");
 * IDBC_DRIVER (the driver broke its contract); IDBC_NOMEM.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_open(const char *config_path, struct idbc **out, struct idbc_error *err);

/* The same in a hurry: `timeout_ms`, 1 to 3600000, stands for "timeout_ms" of the
 * configuration, here and as long as the connection is open; 0 leaves what that says.  The
 * stored passwords are sampled at the first login and not here, and the work for unknown users
 * is read there and not computed: for processes of one call.
 * IDBC_INVALID also for a time-out above an hour. */
IDBC_API IDBC_MUST_CHECK
int  idbc_open_within(const char *config_path, uint32_t timeout_ms, struct idbc **out,
		      struct idbc_error *err);

/* The same as idbc_open() from a JSON text in memory; relative paths start at the current folder. */
IDBC_API IDBC_MUST_CHECK
int  idbc_open_json(const char *config_json, struct idbc **out, struct idbc_error *err);

/* Refuse new work, cancel what is queued, give running calls `grace_ms` milliseconds (0: none),
 * then complete them and return.  After it no callback runs.
 *
 * What is queued ends with IDBC_CANCELLED at once.  After the grace what runs is told to stop,
 * submitted or on a caller's thread: IDBC_CANCELLED, or what it came to.  A second later the
 * rest is completed, a write under way with effect UNKNOWN, and this returns; it waits longer
 * only for callbacks.  A driver that does not let go of a call keeps its thread and the
 * connection's memory until it does, and nobody is told what it says then: neither the log
 * function nor the profile store is called any more.  With idbc_event_fd() the completions that
 * wait run here.
 *
 * The struct is gone when this returns: no other thread may still be about to use it.  In a
 * child after fork() the parent's connection is freed here without a byte on the parent's
 * sockets.  Accepts NULL.
 * IDBC_OK; IDBC_STATE, and nothing happened: from a completion of the same connection, whose
 * end it would wait for, or while another thread closes it and has not returned.
 */
IDBC_API int  idbc_close(struct idbc *, uint32_t grace_ms);

/* ---- the seven operations, on the caller's thread ----------------------
 *
 * Any thread; blocks until the answer is there or the connection's timeout has passed, and
 * returns some milliseconds later at most.  Where a client library takes longer is told in
 * docs/configuration.md, "At the deadline".
 * The profile in *out is freed with idbc_profile_free(); `out` may be NULL where the
 * profile is not wanted.
 *
 * Statuses common to all seven, besides those named at each:
 *   IDBC_INVALID      an argument is missing, too long, not UTF-8 or has control characters
 *                     (nothing was asked of the store); or a user_id of another connection
 *                     (code "wrong_connection")
 *   IDBC_UNSUPPORTED  the driver or the configuration does not offer this operation
 *   IDBC_STATE        the connection is closing; or from a completion of the same
 *                     connection, which must not wait
 *   IDBC_FORKED       the connection was opened by the parent process
 *   IDBC_UNAVAILABLE  the store could not be reached; never said of a user
 *   IDBC_TIMEOUT      the deadline passed first
 *   IDBC_BUSY         refused early: too much work in progress, or too many attempts
 *                     (code "too_many_attempts")
 *   IDBC_CANCELLED    the connection was closed meanwhile
 *   IDBC_NOMEM        out of memory
 *   IDBC_CONFIG       mapping and store do not fit, or the store refused a privilege
 *   IDBC_DRIVER       the driver broke its contract
 *   IDBC_DATA         what is stored cannot be read as what the mapping says it is
 *
 * After a failed write err->effect says whether the store was changed.  Where the answer was
 * lost the store is asked again before the deadline, so that UNKNOWN is left only where nobody
 * could tell.  Writes return IDBC_OK when done twice: an update of nothing new is done, not
 * missing.
 */

/* Is this the user's password?  `identifier`: whatever the configuration lets people log
 * in with.  `password`: any bytes but NUL; the empty one is never right.
 *
 * Unknown user, wrong password, no usable password, two users matching and a lock-out are
 * one answer, IDBC_DENIED, in text and in time; err->detail tells them apart, for logs.
 * The profile is the one idbc_get_user() gives, as it was before this login was recorded.
 * Never says that a user exists before the password was right.
 *
 * IDBC_OK; IDBC_DENIED; after a right password only: IDBC_BLOCKED (code "blocked",
 * "disabled", "email_not_verified", "account_expired"), IDBC_PASSWORD_EXPIRED (code
 * "password_change_required"); common statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_login(struct idbc *, const char *identifier, const char *password,
	       struct idbc_profile **out, struct idbc_error *err);

/* The profile of one user.  `by`: enum idbc_by, the kind of `value`.
 *
 * IDBC_NO_USER is given only after a completed read; a store that is down is
 * IDBC_UNAVAILABLE.  A blocked user is found and has "blocked": true.
 * IDBC_OK; IDBC_NO_USER; IDBC_AMBIGUOUS; common statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_get_user(struct idbc *, uint32_t by, const char *value,
		  struct idbc_profile **out, struct idbc_error *err);

/* A new user: all rows in all tables, or none.  `user` stays the host's; `password` is
 * valid UTF-8 without control characters and is hashed before the store is asked.
 *
 * *out is what idbc_get_user() would say, read in the same transaction.
 * IDBC_OK; IDBC_EXISTS (code "user_exists", "username_exists", "phone_exists"); IDBC_INVALID
 * also for fields: "<field>_required", "invalid_email", "email_too_long",
 * "invalid_username", "password_too_long", "unmapped_field" and their like; IDBC_CONFLICT
 * (the store's own rules); common statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_create(struct idbc *, const struct idbc_profile *user, const char *password,
		struct idbc_profile **out, struct idbc_error *err);

/* Marks the user's e-mail address as verified.  By any other kind than IDBC_BY_EMAIL the
 * address proved is named through idbc_call() (`email`), so that an address changed in
 * between is not declared verified.
 *
 * IDBC_OK, also if it was verified; IDBC_NO_USER; IDBC_AMBIGUOUS; IDBC_CONFLICT (code
 * "email_changed", or a flag that the mapping forbids to write); IDBC_UNSUPPORTED (code
 * "not_mapped"); common statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_verify(struct idbc *, uint32_t by, const char *value, struct idbc_error *err);

/* Stores a new password.  It is hashed before the store is asked.  Does not ask for the old
 * one: idbc_call() with `current_password` does.
 *
 * IDBC_OK; IDBC_NO_USER; IDBC_AMBIGUOUS; IDBC_DENIED (the current password is wrong);
 * IDBC_CONFLICT (it was changed by somebody else meanwhile); IDBC_INVALID also with code
 * "password_empty", "password_too_long", "password_invalid"; common statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_change_password(struct idbc *, uint32_t by, const char *value,
			 const char *new_password, struct idbc_error *err);

/* Sets address and verified flag together; `verified` 0 or 1.  With the address the user
 * has, only the flag changes.
 *
 * IDBC_OK; IDBC_NO_USER; IDBC_AMBIGUOUS; IDBC_EXISTS (another user has the address);
 * IDBC_INVALID also with code "invalid_email", "email_too_long"; IDBC_CONFLICT;
 * IDBC_UNSUPPORTED (code "not_mapped": nothing that can be written holds the address, or
 * `verified` is 1 and nothing holds the flag; "email_is_key"); common statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_change_email(struct idbc *, uint32_t by, const char *value,
		      const char *new_email, int verified, struct idbc_error *err);

/* Removes the user and every dependent row configured, in one transaction, or nothing.
 * By user_id only.  With a profile store registered the host's profile goes with it: where
 * "delete.intents" names a table, nobody finds the user any more from the moment that its
 * `remove` may be called, and afterwards at most 16 deletes that were interrupted are ended, as
 * by idbc_recover().
 *
 * IDBC_OK; IDBC_NO_USER (the profile store was not called); IDBC_CONFLICT (a foreign key
 * refused; the text names the table; nothing is gone); IDBC_CANCELLED (the profile store
 * refused: the user is untouched, err->native is what it returned); IDBC_STATE (a profile
 * store is required and none is registered); common statuses.  TIMEOUT or UNAVAILABLE with
 * code "delete_pending" and effect UNKNOWN: the user stays hidden, and idbc_recover() of any
 * process will end it.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_delete_user(struct idbc *, const char *user_id, struct idbc_error *err);

/* ---- profiles -----------------------------------------------------------
 *
 * A profile that an operation gave out is immutable and may be read by any threads at
 * once.  One being built belongs to one thread until it is handed to an operation.
 */
#define IDBC_PROFILE_IDP_TOKENS 0x1u   /* the scope read:user_idp_tokens */
#define IDBC_PROFILE_MFA        0x2u   /* secrets of mfa_factors          */

/* A profile from one JSON object of at most 1 MiB; to be freed with idbc_profile_free().
 * Field names are not judged here but by idbc_create().
 * IDBC_OK; IDBC_INVALID (code "invalid_profile"); IDBC_NOMEM.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_profile_parse(const char *json, struct idbc_profile **out, struct idbc_error *err);
/* An empty one, to be filled field by field before it is first handed to an operation.
 * IDBC_OK; IDBC_INVALID; IDBC_NOMEM.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_profile_new(struct idbc_profile **out, struct idbc_error *err);
/* Sets one field; `field` may be dotted ("app_metadata.plan"), `json_value` is any JSON
 * value, so a string has its quotes.  Replaces what was there; null takes it away.
 * IDBC_OK; IDBC_INVALID (code "invalid_profile"); IDBC_NOMEM.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_profile_set(struct idbc_profile *, const char *field, const char *json_value,
		      struct idbc_error *err);
/* The value of one field, dotted names allowed: a string as it is, anything else as its
 * JSON text; NULL if absent, or if memory ran out.  Lives as long as the profile.  Never a
 * token or a secret.
 */
IDBC_API const char *idbc_profile_get(const struct idbc_profile *, const char *field);
/* The whole profile as one line of JSON, keys in a fixed order; lives as long as the
 * profile.  `flags`: IDBC_PROFILE_IDP_TOKENS, IDBC_PROFILE_MFA; without them tokens and
 * secrets are left out.  NULL only if memory ran out.  Never a password or a hash.
 */
IDBC_API const char *idbc_profile_json(const struct idbc_profile *, uint32_t flags);
/* Accepts NULL. */
IDBC_API void idbc_profile_free(struct idbc_profile *);

/* ---- atomic delete across the host's own profile store ------------------ */
struct idbc_profile_store {
	uint32_t size;          /* sizeof(struct idbc_profile_store) */
	uint32_t pad;
	/* Remove the host's profile.  0: it is gone, or never was.  Anything
	 * else: refused, the identity stays.  May be called again for the same
	 * user_id after a crash, also from another process.
	 * Runs on the thread of the delete, or of idbc_recover(); must not call
	 * back into the connection.  `user_id` is borrowed for the call. */
	int  (*remove)(void *ctx, const char *user_id);
	void  *ctx;             /* the host's; must outlive the connection */
};

/* From now on idbc_delete_user() asks this store.  The struct is copied; a second one
 * replaces the first, for deletes that have not begun.  Then at most 16 deletes that were
 * interrupted are ended, as by idbc_recover(): `remove` may be called before this returns.
 *
 * Where "delete.intents" names a table no crash leaves a user without profile to be found,
 * or a profile without user.  Where it is "off", `remove` is the last thing before the commit
 * of the delete, and a crash in that one commit is not covered.
 * IDBC_OK; IDBC_INVALID (no connection, no store, or one without `remove`); IDBC_STATE (the
 * configuration says nothing of "delete.intents"; a stacked connection takes one all the same,
 * and goes by that key of the store below); IDBC_FORKED.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_set_profile_store(struct idbc *, const struct idbc_profile_store *,
			   struct idbc_error *err);

/* Ends the deletes that a crash interrupted, those whose lease has ended: `remove` is asked
 * again, and the user is gone, or shown again where it refuses.  As many processes at once as
 * like to; each delete is ended by one.  *finished (may be NULL) is written whatever comes out
 * of it: how many users are gone by recovery on this connection, here or beside another call,
 * since this function last said so.  Each delete has the connection's time-out.
 *
 * IDBC_OK; IDBC_STATE (some wait for a profile store and none is registered: those were left
 * alone, see idbc_interrupted()); IDBC_UNSUPPORTED (this connection keeps no intents);
 * IDBC_CANCELLED (the connection was closed meanwhile); TIMEOUT or UNAVAILABLE with code
 * "delete_pending" (one could not be ended: the text says why); common statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_recover(struct idbc *, uint32_t *finished, struct idbc_error *err);

/* The deletes that idbc_recover() would end, at most 10,000, oldest first, as a JSON array of
 * {"user_id": "...", "profile_store": true}: was a profile store to be asked?  Touches
 * nothing.  *deletes_json is to be freed with idbc_free().
 * IDBC_OK, also with none; IDBC_UNSUPPORTED (this connection keeps no intents); common
 * statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_interrupted(struct idbc *, char **deletes_json, struct idbc_error *err);

/* Is there such an identity?  For hosts that look for profiles without one.  *exists: 1, also
 * while a delete of his is under way, which may be withdrawn, and of a user who was moved to
 * another store; 0 only after a completed read.  Written after IDBC_OK alone.
 * IDBC_OK; IDBC_INVALID (code "wrong_connection": the id is another's); common statuses.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_user_exists(struct idbc *, const char *user_id, int *exists, struct idbc_error *err);

/* ---- users in bulk ----------------------------------------------------------
 *
 * Both walk on the caller's thread and call back there, with no session held and no lock.  The
 * callbacks may call the connection, but not close it.  Each page, and each batch, has the
 * connection's deadline, so that the whole may take as long as it likes.
 */
enum idbc_export_flag {
	IDBC_EXPORT_HASHES     = 1u << 0,       /* stored passwords, as an import reads them */
	IDBC_EXPORT_IDP_TOKENS = 1u << 1,       /* tokens of identity providers      */
	IDBC_EXPORT_MFA        = 1u << 2,       /* secrets of mfa_factors            */
};
enum idbc_exported {
	IDBC_EXPORTED_HASH = 1u << 0,           /* the line has his password         */
};
/* One user; borrowed for the call. */
struct idbc_export_row {
	uint32_t size, flags;                   /* enum idbc_exported                */
	const char *user_id;
	const char *json;                       /* one line, without a newline       */
};
typedef int idbc_export_fn(void *ctx, const struct idbc_export_row *);
struct idbc_export {
	uint32_t size, flags;                   /* enum idbc_export_flag             */
	uint64_t limit;                         /* users; 0: all                     */
	const char *after;                      /* a user_id, exclusive; or NULL     */
	idbc_export_fn *row;                    /* not 0: stop                       */
	void *ctx;
};
#define IDBC_EXPORT_INIT { sizeof(struct idbc_export), 0, 0, NULL, NULL, NULL }

/* Every user in the order of the store's keys, as idbc_get_user() shows him; who is deleted, or
 * whose delete is under way, is left out.  Memory is bounded: a page of users at a time.  Users
 * that come and go meanwhile may be in it or not.  With IDBC_EXPORT_HASHES a line ends in
 * "password_hash" or "custom_password_hash", unless he has no password or one that means nothing
 * elsewhere (a pepper, a recipe, a prepared password, a form that this store does not accept).
 *
 * Any thread.  IDBC_OK: all, or `limit`; IDBC_CANCELLED: `row` said so; IDBC_UNSUPPORTED (the
 * driver lists no users, or the mapping names no columns to list them by); common statuses.
 * After a failure go on with the last user_id that was told as `after`.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_export(struct idbc *, const struct idbc_export *, struct idbc_error *err);

enum idbc_import_flag {
	IDBC_IMPORT_UPSERT  = 1u << 0,          /* who exists is changed, not skipped */
	IDBC_IMPORT_DRY_RUN = 1u << 1,          /* nothing is written                 */
	IDBC_IMPORT_NEW_IDS = 1u << 2,          /* the user_id of a record is left out */
};
enum idbc_imported {
	IDBC_IMPORTED_CREATED = 1, IDBC_IMPORTED_UPDATED, IDBC_IMPORTED_EXISTS,
	IDBC_IMPORTED_REFUSED,
};
/* One JSON object; `json` is the host's and stays as it is until the next one is asked for. */
struct idbc_import_record {
	uint32_t size, pad;
	uint64_t line;                          /* the host's; comes back in the result */
	const char *json;
	size_t len;
};
/* What became of one; borrowed for the call.  In the order of the records. */
struct idbc_import_result {
	uint32_t size, outcome;                 /* enum idbc_imported                 */
	uint64_t line;
	const char *user_id;                    /* "" where it is not known           */
	const struct idbc_error *err;           /* of who was refused, or exists      */
};
struct idbc_import {
	uint32_t size, flags;                   /* enum idbc_import_flag              */
	uint32_t threads;                       /* that read and hash; 0: as many as cores, 8 at most */
	uint32_t again;                         /* the first records, so many, may have been
						 * imported before: who is there as he is in
						 * them counts as created             */
	/* 1 and the next record; 0: no more; anything else: stop. */
	int  (*next)(void *ctx, struct idbc_import_record *out);
	int  (*done)(void *ctx, const struct idbc_import_result *);     /* not 0: stop */
	void *ctx;
};
#define IDBC_IMPORT_INIT { sizeof(struct idbc_import), 0, 0, 0, NULL, NULL, NULL }
#define IDBC_IMPORT_AHEAD 2048u         /* records that may be done and not told, at most */

/* Users of a file or of another store, made here as they are there: with created_at, identities
 * and their stored passwords, which are kept as they are where this store accepts the form.  No
 * rule of sign-ups or of new passwords is asked.  docs/bulk.md has the members of a record.
 *
 * Whoever is told as created is committed.  Users are made many in one transaction where the
 * driver can; who is refused stands in nobody's way.  After a crash, or a failure, go on behind
 * the last record that was told, with `again` IDBC_IMPORT_AHEAD: nobody is made twice.  A host
 * that remembers the last one told after every N only says IDBC_IMPORT_AHEAD + N.
 *
 * Any thread.  IDBC_OK: every record was told; IDBC_CANCELLED: `next` or `done` stopped it;
 * common statuses: the store could not go on, and err->effect is that of the record behind the
 * last one told.
 */
IDBC_API IDBC_MUST_CHECK
int idbc_import(struct idbc *, const struct idbc_import *, struct idbc_error *err);

/* ---- the general form, and asynchronous ---------------------------------- */
enum idbc_op_kind {
	IDBC_LOGIN = 1, IDBC_GET_USER, IDBC_CREATE, IDBC_VERIFY,
	IDBC_CHANGE_PASSWORD, IDBC_DELETE_USER, IDBC_CHANGE_EMAIL,
};
enum idbc_request_flag {
	IDBC_SELF_SERVICE = 1u << 0,    /* create: a sign-up form passed on */
	IDBC_VERIFIED     = 1u << 1,    /* change_email: the new address is verified */
};
/* Start from IDBC_REQUEST_INIT; what an operation does not use stays 0 or NULL. */
struct idbc_request {                   /* strings are copied by idbc_submit */
	uint32_t size;
	uint32_t kind;                  /* enum idbc_op_kind */
	uint32_t by;                    /* enum idbc_by      */
	uint32_t flags;                 /* enum idbc_request_flag; others: INVALID */
	uint32_t timeout_ms;            /* 0: the connection's; at most an hour */
	uint32_t pad;
	const char *value;              /* identifier, or user_id */
	const char *password;           /* login, create; change_password: the new one */
	const char *current_password;   /* change_password, optional: verified first */
	const char *email;              /* change_email: the new one; verify: the one proved */
	const char *client_ip;          /* for last_ip and throttling, optional */
	const struct idbc_profile *user;
};
#define IDBC_REQUEST_INIT \
	{ sizeof(struct idbc_request), 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL }

/* The synchronous form; the seven functions above are its short forms.  Everything in the
 * request is borrowed for the call.  `out` may be NULL; it is written by login, get_user
 * and create only.  Statuses: those of the operation asked for.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_call(struct idbc *, const struct idbc_request *, struct idbc_profile **out,
	       struct idbc_error *err);

/* Called exactly once per accepted request, never from inside idbc_submit() or
 * idbc_op_cancel(), with no lock held.  `profile` belongs to the callback; may be NULL.
 * `err` lives for the callback; its status is `status`.  It may submit, cancel and release; it
 * must not close or wait: idbc_close() and the calls that block return IDBC_STATE there.
 * Runs on a thread of the library, with every signal blocked and 1 MiB of stack, or on the one
 * that calls idbc_dispatch() or idbc_close().  What it submits may begin only when it returns. */
typedef void idbc_done_fn(int status, struct idbc_profile *profile,
			  const struct idbc_error *err, void *user);

/* Queues the request and returns at once: IDBC_OK means that `done` follows exactly once,
 * anything else that it never does.  Everything in the request is copied.  Its deadline counts
 * from here: who waits too long for a worker ends with IDBC_TIMEOUT, effect NONE, without
 * having begun.  *op, if `op` is not NULL, is there before `done` can run and is released with
 * idbc_op_release().  `user` is handed to `done` and never looked at.  Never waits for the store.
 *
 * Any thread.  The other statuses of the operation come through `done`.
 * IDBC_OK; IDBC_BUSY ("async.queue" calls, or completions, wait already); IDBC_INVALID (no
 * connection, request or `done`; no such operation or flag; a time-out above an hour);
 * IDBC_UNSUPPORTED; IDBC_STATE (the connection is closing); IDBC_FORKED; IDBC_NOMEM (also where
 * no thread can be started).
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_submit(struct idbc *, const struct idbc_request *, idbc_done_fn *done,
		 void *user, struct idbc_op **op, struct idbc_error *err);
/* Ends the operation early with IDBC_CANCELLED if it has not ended; `done` still runs, once.
 * Queued: at once.  Running and nothing of it being written: at once, effect NONE.  A write under
 * way ends as it turns out, done is IDBC_OK; if that is not known by its deadline, UNKNOWN.
 * Any time before idbc_op_release(), also after the connection is closed.  Accepts NULL. */
IDBC_API void idbc_op_cancel(struct idbc_op *);     /* any thread, any time, idempotent */
/* Gives the handle back, also after the connection is closed.  Accepts NULL. */
IDBC_API void idbc_op_release(struct idbc_op *);    /* does not cancel */
/* For hosts with an event loop: from the first call on, completions wait until
 * the host, seeing the descriptor readable, calls idbc_dispatch() on its thread.  Call it right
 * after open, before the first submit.  Any thread; never waits for the store.  The same
 * descriptor each time; it is the connection's, only to be polled for reading and gone after
 * idbc_close().  Completions that had begun elsewhere before the first call end there.
 * -1: the connection is closing or the parent's, or there is no descriptor to have. */
IDBC_API int  idbc_event_fd(struct idbc *);
/* Runs the completions that wait, those that were there when it began; returns how many.  Any
 * thread, several at once; 0 inside a completion, and without idbc_event_fd(). */
IDBC_API int  idbc_dispatch(struct idbc *);         /* completions delivered */

/* ---- moving users from store to store --------------------------------------- */
enum idbc_migration_flag {
	IDBC_MIGRATION_DRY_RUN = 1u << 0,       /* everything is tried and rolled back */
	IDBC_MIGRATION_LOOK    = 1u << 1,       /* who moved and who has not; nothing is tried */
};
/* Start from IDBC_MIGRATION_INIT. */
struct idbc_migration {
	uint32_t size;
	uint32_t flags;                 /* enum idbc_migration_flag; others: INVALID */
	uint32_t rate;                  /* users a second at most; 0: as fast as it goes */
	uint32_t timeout_ms;            /* of each page of users; 0: the connection's */
	const char *after;              /* user_id: begin after it; NULL: from the start */
};
#define IDBC_MIGRATION_INIT { sizeof(struct idbc_migration), 0, 0, 0, NULL }

/* One user of the old store, in the order of its keys.  `outcome`: "moved"; "before" (he was
 * moved already), "changed" (and his password was changed since); "gone" (deleted since);
 * "later" (the new store does not keep his stored password: his next login moves him);
 * "conflict", and `problem` says what does not fit, else it is ""; "waiting" (not moved; with
 * LOOK alone).  What is told is done.  All are borrowed for the call, which must not call back
 * into the connection.  0: go on; anything else ends the migration with IDBC_CANCELLED. */
typedef int idbc_migrated_fn(void *ctx, const char *user_id, const char *outcome,
			     const char *problem);

/* Moves the users of a connection of the driver "migrate" who have not logged in yet, each in
 * a transaction of his own, with the stored passwords that the new store may hold.  Begun
 * again, from the start or after the last user told, it ends the same; several at once, and
 * logins meanwhile, do no harm.  Runs until all are told, the connection is closed or a page
 * of users fails.  docs/migration.md.
 *
 * Any thread.  IDBC_OK: all users were told; IDBC_CANCELLED (`told` or a close ended it);
 * IDBC_UNSUPPORTED (a connection of another driver, or an old store that cannot list its
 * users); IDBC_INVALID; the common statuses, with what was told until then done.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_migrate(struct idbc *, const struct idbc_migration *, idbc_migrated_fn *told, void *ctx,
		  struct idbc_error *err);

/* ---- checking and watching ------------------------------------------------ */
#define IDBC_CHECK_CREATE 0x1u          /* create our schema, tables of intents and moved ids */
#define IDBC_CHECK_GRANTS 0x2u          /* list the privileges needed */
/* Everything wrong with a configuration and its store, as a JSON array.
 *
 * Each element is {"code", "severity" ("error", "warning", "note"), "key", "text",
 * "remedy"}, worst first; "[]" when all is well.  Counts rows and shows none; writes nothing
 * unless IDBC_CHECK_CREATE asks for it.  With IDBC_CHECK_GRANTS there is one note more for
 * each GRANT statement that the mapping and its operations need: code "grant", the
 * statement as its text.
 * IDBC_OK: it was looked at, whatever was found.  IDBC_CONFIG: the configuration cannot be
 * used; IDBC_UNAVAILABLE, IDBC_TIMEOUT: the store could not be asked.  With any of these
 * *findings_json is written: the one exception to the rule for outputs.  IDBC_INVALID
 * (also for a flag that is not known); IDBC_NOMEM.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_check(const char *config_path, uint32_t flags, char **findings_json,
		struct idbc_error *err);        /* free with idbc_free() */

/* Why somebody can log in, or not: one login with every step told, for the people who run
 * the store and never for users.  Nothing is written: no touch, no upgrade, no count.
 *
 * The request is a login's; without `password` that one step is not tried and the walk goes
 * on as if it were right.  *explained_json is one object:
 *
 *     {"status":"DENIED","detail":"UNKNOWN_USER","message":"...",
 *      "steps":[{"step":"rows","result":"stop","text":"..."}]}
 *
 * "status", "code", "message" are what the login would return; "detail" is err->detail.
 * "result" is ok, stop (the login ends there) or note.  No password, no hash, and of what is
 * stored no value: schemes and costs are named.
 * IDBC_OK: it came to a verdict, yes or no, which is "status".  Anything else: the login
 * would end with it as well, and *explained_json is written all the same, unless an argument
 * is NULL (IDBC_INVALID) or memory ran out (IDBC_NOMEM).  IDBC_UNSUPPORTED also where the
 * store judges passwords itself.
 */
IDBC_API IDBC_MUST_CHECK
int  idbc_explain_login(struct idbc *, const struct idbc_request *, char **explained_json,
			struct idbc_error *err);        /* free with idbc_free() */

/* One line for a log.  `level`: enum idbc_log_level; `op`: enum idbc_op_kind or 0; `op_id`
 * is common to all lines of one call, 0 for a line of none.  `origin` and `text` live for the
 * call, are UTF-8 of one line and hold no password and no hash.  Runs on the thread of the call, or
 * on one of the connection's own that runs submitted calls or looks after sessions, several at
 * once, with no lock held; must not call back into the connection. */
typedef void idbc_log_fn(void *ctx, uint32_t level, uint32_t op, uint64_t op_id,
			 const char *origin, const char *text);
/* Sends the lines there; NULL stops them.  `ctx` must outlive the connection.  Set it right
 * after open, while nothing else runs on the connection. */
IDBC_API void idbc_set_log(struct idbc *, idbc_log_fn *, void *ctx);
/* Lines of a level above this one, enum idbc_log_level, are not made, which spares what they
 * cost; IDBC_LOG_DEBUG, as after open, makes all.  Any thread, at any time. */
IDBC_API void idbc_set_log_level(struct idbc *, uint32_t level);
/* Counts since open as one JSON object, whose keys may grow:
 *
 *     {"connection":"shop","driver":"mysql",
 *      "operations":{"login":{"OK":812,"DENIED":3},"getUser":{}},
 *      "latency":{"bounds_us":[16,32],"login":{"total_us":90210,"counts":[0,700,115]}},
 *      "stored_passwords":{"bcrypt/2b":{"share":1.0,"weak":false}},
 *      "unusable_credentials":{}, "pool":{"open":3,"idle":2}, "hashing":{"slots":4},
 *      "async":{"queued":0}, "upgrades":{"done":2}, "intents":{"begun":4,"finished":4}}
 *
 * "latency": of calls, from the first check, or the submit, to the answer;
 * counts[i] took at most bounds_us[i] and more than the bound before, and the last, which
 * has no bound, longer than all.  The rest: docs/watching.md.  NULL if memory ran out, and in a
 * forked child.  Any thread.  No secrets, no identifiers. */
IDBC_API char *idbc_stats_json(struct idbc *);      /* free with idbc_free() */
/* Frees a string that one of these functions gave out.  Accepts NULL. */
IDBC_API void  idbc_free(void *);

/* ---- for tools: no connection, no store -------------------------------------- */
/* Every function here may be called from any thread, writes its output only on
 * IDBC_OK, and the text is the caller's, to be freed with idbc_free(). */

/* Judges one password against one stored form; the rules of a connection do not
 * apply.  `line_json` is one object: "hash", "password" (or "password_hex" for any
 * bytes) and, as the form needs them, "salt", "username", "params" (an object) and
 * "scheme": "family/format", "family" or "any"; without it the form is detected.
 * The answer is one line without a newline:
 *
 *     {"result":"match","scheme":"phpass/P","weak":false,"upgrade":false}
 *
 * "result" is match, mismatch, malformed, limit, locked or unsupported; "scheme" is
 * absent where none was recognised.  All of these are IDBC_OK: the line was answered.
 * INVALID: the line is not such an object, or an argument is NULL.  NOMEM. */
IDBC_API IDBC_MUST_CHECK
int  idbc_password_verify(const char *line_json, char **answer_json,
			  struct idbc_error *err);
/* Makes one stored form: `line_json` is {"password":"..."}, with "salt", "username" and
 * "params" as above where the scheme hashes them too; the answer is {"hash":"..."}, with
 * "salt" where the scheme keeps it apart.  `scheme` is "family/format"; NULL: the
 * preferred one.  INVALID: the line, or a password that the scheme cannot hold whole.
 * UNSUPPORTED: a scheme that is not written.  NOMEM. */
IDBC_API IDBC_MUST_CHECK
int  idbc_password_hash(const char *scheme, const char *line_json, char **answer_json,
			struct idbc_error *err);
/* The drivers found in the driver directories, as a JSON array of
 * {"name","version","abi","caps","operations","path"}; a file there that is refused is
 * {"path","error"}.  Loads them, as opening a connection would.  INVALID (NULL); NOMEM. */
IDBC_API IDBC_MUST_CHECK
int  idbc_drivers(char **drivers_json, struct idbc_error *err);

#ifdef __cplusplus
}
#endif
#endif
