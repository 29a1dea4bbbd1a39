/* drivers/sql/user/lookup.h - from an identifier to users: the read statement's rows judged in
 * code, and what a driver reports of them.  Results live in the call's arena.
 */
#ifndef DRIVERS_SQL_LOOKUP_H
#define DRIVERS_SQL_LOOKUP_H

#include "sql/call/call.h"

#define LOOKUP_MAX 2            /* more than one is ambiguous; how many does not matter */

struct found {
	struct idbc_str id, matched;
	struct idbc_value *cols;        /* of the select, after its PLAN_FIXED */
};
struct lookup {
	const struct plan_select *select;
	struct found users[LOOKUP_MAX];
	size_t n;
	uint32_t deleted, unequal, hidden;      /* rows left out, and why */
};

/* 0 to 2 users who are neither deleted nor being deleted; finding none is OK here. */
int  lookup_users(struct session *, uint32_t by, const struct idbc_str *asked,
		  struct lookup *out, struct idbc_error *err);
/* The same for who shows them at once: their values may end when a statement is run. */
int  lookup_shown(struct session *, uint32_t by, const struct idbc_str *asked,
		  struct lookup *out, struct idbc_error *err);
/* The native id of exactly one user, else NO_USER or AMBIGUOUS. */
int  lookup_id(struct session *, uint32_t by, const struct idbc_str *asked,
	       struct idbc_str *id, struct idbc_error *err);

/* An identifier that the store's encoding cannot spell: then nobody has that id. */
int  lookup_spelled(struct session *, int rc, struct idbc_error *err);
/* Locks his row, where that must be done ahead of reading it. */
int  lookup_lock(struct session *, const struct idbc_str *id, struct idbc_error *err);
/* Values for the ? of a select.  0; 1: the identifier cannot be a key of this store, and
 * nothing else is asked; -1: no memory. */
int  lookup_bind(struct session *, const struct plan_select *, const struct idbc_str *asked,
		 struct idbc_value **args);
/* One of them, for PLAN_ASKED and PLAN_ASKED_BYTES.  0; -1: no memory. */
int  lookup_bind_asked(struct session *, const struct plan_arg *, const struct idbc_str *asked,
		       struct idbc_value *out);
/* Gives what expressions answered the types that the answer says.  0; -1: s->diag. */
int  lookup_types(struct session *, const struct plan_select *, struct cursor *);
/* The stored flag that hides a user, of a row's columns after its PLAN_FIXED; or NULL. */
const struct idbc_value *lookup_deleted_col(const struct plan_select *,
					    const struct idbc_value *cols);
/* The same where a delete of his is under way, and this call does not look behind it. */
int lookup_is_hidden(const struct session *, const struct plan_select *,
		     const struct idbc_value *cols);
/* As cursor_next(), of rows that begin with the PLAN_FIXED: the key as the text that a
 * native id is.  `by_key`: it is also what was matched. */
int  lookup_next(struct cursor *, int by_key, struct idbc_error *err);
int  lookup_is_deleted(const struct session *, const struct idbc_value *stored);
/* A copy in the call's arena; -1: no memory. */
int  value_copy(struct session *, const struct idbc_value *, struct idbc_value *out);

/* row.c: the rows left out, and one user, into the sink. */
void row_passed_over(const struct lookup *, struct idbc_sink *);
int  row_emit(struct session *, const struct plan_select *, const struct found *,
	      struct idbc_sink *, struct idbc_error *err);
/* The same without his profile. */
int  row_emit_credential(struct session *, const struct plan_select *, const struct found *,
			 struct idbc_sink *, struct idbc_error *err);

#endif
