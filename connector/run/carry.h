/* connector/run/carry.h - a user of another store, or of a file, made here as he is there.
 *
 * Threads: the caller's; a password is hashed with no session held.
 */
#ifndef CONNECTOR_RUN_CARRY_H
#define CONNECTOR_RUN_CARRY_H

#include "run/conn.h"

struct carry {
	/* As a store reports them: dotted leaves and documents, also what no host may set.  A
	 * field "user_id" is the native id wanted.  What the store keeps by itself elsewhere
	 * (created_at, last_login, identities ...) is left out where this mapping has no place
	 * for it; anything else without a place is CONFLICT. */
	const struct idbc_field *fields;
	size_t nfields;
	/* "clear", a password just proved; or "hash", "salt" and "scheme" (an id such as
	 * "bcrypt/2b"); none: he has no password here. */
	const struct idbc_field *parts;
	size_t nparts;
	uint32_t flags;                 /* of enum idbc_create_flag: MOVED, CHANGED, TRIAL */
};

/* What a driver is asked for, ready before a session is taken; wiped by carry_made_free(). */
struct carry_made {
	struct profile_fields fields;
	struct password_made password;
	struct idbc_create_req req;
};
int  call_carry_make(struct call *, const struct carry *, struct carry_made *out,
		     struct idbc_error *err);
void carry_made_free(struct carry_made *);      /* accepts a zeroed one */

/* OK with the one row that he is now.  No rule of sign-ups or of new passwords is asked:
 * CONFLICT naming the field that does not fit; INVALID hash_not_accepted; EXISTS, and CONFLICT
 * moved_before, as create says. */
int  call_carry(struct call *, const struct carry *, struct rows *, struct idbc_error *err);
/* The same for who has a connection and no call: his profile, or NULL where nobody asks.
 * `timeout_ms`: 0 for the connection's own. */
int  run_carry(struct idbc *, const struct carry *, uint32_t timeout_ms,
	       struct idbc_profile **out, struct idbc_error *err);

#endif
