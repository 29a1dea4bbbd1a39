/* connector/password/password.h - the seam between `run` and the schemes.
 *
 * Threads: a policy is immutable after password_open() and shared by all threads; no
 * lock.  Nothing here logs, and nothing here holds a session.
 */
#ifndef CONNECTOR_PASSWORD_PASSWORD_H
#define CONNECTOR_PASSWORD_PASSWORD_H

#include <idbc/driver.h>
#include "base/secret.h"
#include "password/gate/limits.h"
#include "password/rules.h"

struct password_policy;

enum password_result {
	PASSWORD_MATCH, PASSWORD_MISMATCH,
	PASSWORD_MALFORMED,     /* not whole, not canonical, or of no scheme known       */
	PASSWORD_LIMIT,         /* well formed, costs more than the ceiling: not computed */
	PASSWORD_LOCKED,        /* a marker that means "no password", or none stored      */
	PASSWORD_UNSUPPORTED,   /* a scheme we know of and do not do, or not accepted     */
	PASSWORD_FAILED,        /* the hash function itself failed (memory): try again     */
	PASSWORD_BUSY,          /* too many hashes wait already: not computed              */
	PASSWORD_LATE,          /* would not end before the deadline: not computed         */
};
const char *password_result_name(enum password_result);         /* "match" ... */

/* Why a stored form is LOCKED; why a row that matched is left as it is. */
enum password_why {
	PASSWORD_WHY_NONE,
	PASSWORD_WHY_EXTERNAL,          /* the password is kept elsewhere            */
	PASSWORD_WHY_ABSENT,            /* NULL or empty                             */
	PASSWORD_WHY_MARKER,            /* "*", "!", "x", one of `none` ...          */
	PASSWORD_WHY_OFF,               /* the configuration upgrades nothing        */
	PASSWORD_WHY_NOT_READ,          /* accept has not what would be written      */
	PASSWORD_WHY_INPUT,             /* matched as another input than new ones    */
	PASSWORD_WHY_CURRENT,           /* as good as what would be written          */
	PASSWORD_WHY_CUT,               /* longer than the old scheme could see      */
	PASSWORD_WHY_NEW,               /* could not be a new password               */
};

struct password_verdict {
	enum password_result result;
	const char *scheme;     /* "phpass/P", static or the policy's; NULL if unknown */
	int weak;               /* the scheme is one that should not be used any more   */
	int upgrade;            /* matched, and the row should be re-hashed: rules allow */
	/* For those who look into it: */
	size_t fits;            /* entries of the accept list that have the stored form */
	enum password_why why;
	struct cost cost;       /* of the stored form                                   */
	size_t inputs;          /* forms of the typed password that could be tried      */
	const char *input;      /* the one that matched; NULL: as typed                 */
	uint64_t kind;          /* matched: of what is computed, for password_learn()   */
};
/* What new credentials are made of: a scheme, or the text of a recipe. */
const char *password_target_name(const struct password_policy *);
/* Whether `accept` takes what is written: else who gets a new password is locked out. */
int  password_reads_target(const struct password_policy *);

/* For whom a hash is computed. */
enum password_priority {
	PASSWORD_FOR_CALLER,            /* somebody waits for the answer            */
	PASSWORD_FOR_UPGRADE,           /* a courtesy: after all others, or not now */
};
struct password_call {
	int64_t deadline_ns;            /* monotonic; a hash that ends later is not begun */
	enum password_priority priority;
};

/* Whose password it is; any part may be empty. */
struct password_subject {
	struct idbc_str username, email;
};

/* Reports mistakes (unknown scheme, bad recipe, bad cost) into `findings`, all of them.
 * Returns IDBC_OK, IDBC_CONFIG (see findings) or IDBC_NOMEM.  `rules` must outlive it. */
int  password_open(const struct password_rules *, struct idbc_findings *findings,
		   struct password_policy **out, struct idbc_error *err);
void password_close(struct password_policy *);

/* Judges `password` against the stored parts ("hash", "salt", "scheme", "external").
 * Never reads beyond the lengths given.  An empty password never matches, and costs what
 * another one costs; one whose ptr is NULL costs nothing: the row alone is looked at. */
void password_check(const struct password_policy *, const struct idbc_field *parts,
		    size_t nparts, const struct password_subject *,
		    const struct idbc_str *password, const struct password_call *,
		    struct password_verdict *out);

/* Does the work of one check whose answer is no: for users who are not there, and for rows
 * that nothing can be compared with.  It is that of a row of this store, chosen by the
 * identifier over the shares of their classes: the same for the same name.  MISMATCH, or why
 * it was not done: BUSY, LATE or FAILED, as a check of a user who is there would say. */
enum password_result password_dummy(const struct password_policy *,
				    const struct idbc_str *identifier,
				    const struct idbc_str *password,
				    const struct password_call *);

/* --- the store's rows, by class: scheme and cost (classes.c) ---------------------------- */
struct password_looked {
	enum password_result result;    /* MISMATCH: one may log in with it               */
	const char *scheme;             /* NULL if unknown                                */
	const char *looks;              /* what a form that is not accepted looks like    */
	int weak;
	enum password_why why;          /* LOCKED: why; MISMATCH: why it stays, or NONE   */
	struct cost cost;
};
/* What a row is, without a password and without computing anything.  Any part of the
 * subject may be empty. */
void password_look(const struct password_policy *, const struct idbc_field *parts,
		   size_t nparts, const struct password_subject *, struct password_looked *out);
/* Counts a row of a sample.  `id`: the user's; `prove`: the first of a scheme is computed
 * once, else it is read only.  0; 1: its kind of work is not done as it should be, and users
 * who are not there would be told by the time. */
int  password_sample(const struct password_policy *, const struct idbc_str *id,
		     const struct idbc_field *parts, size_t nparts, int prove);
/* After a login: the row counts where it was not counted before.  `kind`: the verdict's. */
void password_learn(const struct password_policy *, const struct idbc_str *id, uint64_t kind,
		    const struct idbc_field *parts, size_t nparts);
/* The shares as they are known now, scheme by scheme, of 1. */
struct password_share {
	const char *scheme;
	int weak;
	double share;
};
void password_each_share(const struct password_policy *,
			 void (*fn)(void *ctx, const struct password_share *), void *ctx);
/* What all processes of this configuration have alike and nobody else has, mixed with as much of
 * others'; 0, or -1. */
#define PASSWORD_SECRET_BYTES 32u
int  password_secret(const struct password_policy *, const struct idbc_str *others, size_t n,
		     unsigned char out[PASSWORD_SECRET_BYTES]);
/* 1 if the dummy of the write target does its work. */
int  password_dummy_works(const struct password_policy *);

/* 1 if a login of this deadline may still spend a hash on an upgrade; else it is for the
 * next one, and counted. */
int  password_has_room(const struct password_policy *, int64_t deadline_ns);

/* What the gate has seen since open. */
struct password_stats {
	uint32_t slots, running, waiting;
	uint32_t memory_kib, memory_high_kib;   /* held by hashes: now, at most */
	uint64_t passed_by;                     /* cost next to nothing */
	uint64_t admitted, waited;              /* let in; of all, had to wait */
	uint64_t busy, late;                    /* turned away: queue full, deadline */
	uint64_t upgrades_skipped;
};
void password_stats(const struct password_policy *, struct password_stats *out);

/* 1 if a new credential depends on whose it is: then the subject must be filled in. */
int  password_needs_subject(const struct password_policy *);

/* Bytes of a new stored form, and of the salt stored beside it (0: none). */
void password_width(const struct password_policy *, uint32_t *hash, uint32_t *salt);

/* 1 if a login may put a new stored form in the place of an old one. */
int  password_may_upgrade(const struct password_policy *);

/* A new credential in the write scheme, verified before it is returned. */
struct password_made {
	struct idbc_field parts[3];     /* "hash", and "salt" where the rules have one */
	size_t nparts;
	struct secret bytes;            /* what the parts point into */
};
/* INVALID password_too_long / password_invalid (not UTF-8, control characters, empty);
 * UNSUPPORTED if the write scheme cannot be written; BUSY; TIMEOUT; NOMEM. */
int  password_make(const struct password_policy *, const struct password_subject *,
		   const struct idbc_str *password, const struct password_call *,
		   struct password_made *out, struct idbc_error *err);
/* The same of a password that its owner has had elsewhere and just proved: what is asked of new
 * ones alone is not asked of it. */
int  password_make_proved(const struct password_policy *, const struct password_subject *,
			  const struct idbc_str *password, const struct password_call *,
			  struct password_made *out, struct idbc_error *err);
/* The same refusals of a new password that the store itself will hash. */
int  password_plain(const struct password_policy *, const struct idbc_str *password,
		    struct idbc_error *err);
/* What BUSY, LATE and FAILED are to a host. */
int  password_not_done(enum password_result, struct idbc_error *err);
void password_made_free(struct password_made *);

/* One line of `idbc password verify`: the scheme alone, no connection's rules.
 * `scheme` is "family/format", "family", "any", or NULL (detect); `params_json` may be
 * NULL.  `out->scheme` is set as the command's contract says. */
struct password_probe {
	struct idbc_str hash, salt, username, password;
	const char *scheme, *params_json;
};
void password_probe(const struct password_probe *, struct password_verdict *out);
/* One line of `idbc password hash --scheme S`, at the scheme's default cost: its scheme,
 * password and, where the scheme hashes them too, salt, username and parameters. */
int  password_hash(const struct password_probe *, struct password_made *out,
		   struct idbc_error *err);

#endif
