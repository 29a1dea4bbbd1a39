/* connector/password/carry.h - stored passwords that move from one store to another as they
 * are: what one store's row is in words that mean the same elsewhere, and what another store
 * would keep of it.  Nothing is computed; nothing is guessed.
 *
 * Threads: any.  Lock: none.
 */
#ifndef CONNECTOR_PASSWORD_CARRY_H
#define CONNECTOR_PASSWORD_CARRY_H

#include "password/password.h"

#define PASSWORD_SCHEME_MAX 64u

struct password_carried {
	char scheme[PASSWORD_SCHEME_MAX];       /* "phpass/P"; empty: the hash says what it is */
	struct idbc_str hash, salt;             /* borrowed; salt empty where there is none  */
};

/* 0; -1: it means nothing elsewhere (no password, a pepper, a recipe, a preparation of the
 * typed password, a form that is not accepted here or may be more than one).  What is in *out
 * points into the parts. */
int  password_describe(const struct password_policy *, const struct idbc_field *parts, size_t n,
		       const struct password_subject *, struct password_carried *out);

/* The parts to store here, so that whoever logged in there logs in here.  INVALID, code
 * hash_not_accepted: the policy does not take the scheme, there is no place for the salt, or
 * the form is malformed, above its ceiling or not told by its looks; NOMEM. */
int  password_carry(const struct password_policy *, const struct password_carried *,
		    struct password_made *out, struct idbc_error *err);

/* 1 if the hash alone says what it is, so that its scheme need not stand beside it. */
int  password_says_itself(const struct password_carried *);

/* What a user without a password has stored here: a mark that no password matches.  Without
 * parts where a mark would be a password: then the column stays NULL.  0, or -1: no memory. */
int  password_none(const struct password_policy *, struct password_made *out);

#endif
