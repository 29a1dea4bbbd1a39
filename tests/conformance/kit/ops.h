/* tests/conformance/kit/ops.h - what the cases of the operations share beside the kit itself:
 * one user as he is now, what a write must leave alone, and texts that are trouble to a store
 * that puts its questions together from pieces.  Threads: as kit.h.
 */
#ifndef TESTS_CONFORMANCE_OPS_H
#define TESTS_CONFORMANCE_OPS_H

#include "kit.h"

extern const struct kit_case kit_login_cases[], kit_get_user_cases[], kit_found_cases[],
	kit_create_cases[], kit_create_value_cases[], kit_create_exists_cases[],
	kit_create_many_cases[], kit_verify_cases[], kit_change_email_cases[], kit_change_password_cases[],
	kit_delete_user_cases[], kit_proven_cases[], kit_list_cases[], kit_check_cases[],
	kit_absent_cases[], kit_parallel_cases[], kit_settle_cases[];

/* Both end with NULL. */
extern const char *const ops_hostile[];         /* syntax of SQL, filters, shells, formats */
extern const char *const ops_letters[];         /* quotes, backslash, 4-byte UTF-8 ... */

/* login around the connector, as it would ask: the password only where the store judges. */
int ops_login(struct kit *, void *session, uint32_t by, struct idbc_str identifier,
	      struct idbc_str password, struct kit_rows *, struct idbc_error *err);
/* A draft with the password and credential of another: nothing is hashed for it.  NULL: a
 * first one, for others to be like. */
struct kit_user *ops_draft(struct kit *, const struct kit_user *like);
/* His one row, by user id. */
struct kit_row *ops_row(struct kit *, void *session, const struct kit_user *);
/* What login reports of his credential. */
struct kit_parts ops_stored(struct kit *, void *session, const struct kit_user *);
/* The row is `before`'s still, but for the fields named (NULL at the end) and the time of the
 * last change. */
void ops_want_kept(struct kit *, void *session, const struct kit_user *,
		   const struct kit_row *before, const char *const *but);
/* Fails unless the row reported, the only one, is his. */
void ops_want_him(struct kit *, const struct kit_rows *, const struct kit_user *);
/* Found by all he has; found by nothing. */
void ops_want_there(struct kit *, void *session, const struct kit_user *);
void ops_want_gone(struct kit *, void *session, const struct kit_user *);
/* Nobody: NO_USER, or DENIED where the store judges; no row. */
void ops_want_no_login(struct kit *, void *session, uint32_t by, struct idbc_str identifier,
		       struct idbc_str password);

/* Through the connector.  The password of `user` logs him in; it does not. */
void ops_want_in(struct kit *, const struct kit_user *, struct idbc_str password);
void ops_want_out(struct kit *, const struct kit_user *, struct idbc_str password);
int  ops_try_in(struct kit *, const struct kit_user *, struct idbc_str password,
		struct idbc_error *err);

uint32_t ops_fold(struct kit *, uint32_t by);           /* enum idbc_fold */
int ops_equal(struct kit *, uint32_t by, struct idbc_str a, struct idbc_str b);
/* No two users may share it: people log in by it. */
int ops_keeps_apart(struct kit *, uint32_t by);
const char *ops_field(uint32_t by);                     /* "email" */
struct idbc_str ops_upper(struct kit *, struct idbc_str);       /* ASCII letters alone */
/* Refused for what the caller or the store's rules say, and nothing written. */
void ops_want_refused(struct kit *, int rc, const struct idbc_error *err);
/* A write that the store says it does not do at all ends the case. */
void ops_skip_unmapped(struct kit *, int rc, const struct idbc_error *err);
/* The store can tell who is verified from who is not. */
int  ops_tells_verified(struct kit *, void *session);
/* After this status the session is used no more: another one in its place. */
void ops_renew(struct kit *, void **session, int rc);
int  ops_flag(const struct kit_row *, const char *name);        /* 1, 0; -1: not reported */

#endif
