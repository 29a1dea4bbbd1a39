/* drivers/sql/user/intent.h - the table of intents: which users a delete has hidden, which ids are
 * retired, and who makes a user of an identifier.  Everything is by plan->scope and id;
 * plan_intent.c has the same look for reads.
 *
 * A row is written after the user's row is locked, so whoever holds that lock and then looks
 * with intent_state() sees what holds.  All of it runs in the caller's transaction.
 */
#ifndef DRIVERS_SQL_INTENT_H
#define DRIVERS_SQL_INTENT_H

#include "sql/call/call.h"

#define INTENT_ID_MAX 1024      /* bytes of an id, as the table keeps it */
#define INTENT_TOKEN_MAX 64

/* Has the connection such a table?  Nothing else here may be called without. */
int  intents_on(const struct session *);

/* Of enum idbc_delete_flag, which older hosts do not have. */
int  intent_flag(const struct idbc_delete_req *, uint32_t flag);

/* How the table knows a user: what native_id holds.  CONFLICT id_too_long. */
int  intent_id(struct session *, const struct idbc_str *id, struct idbc_value *out,
	       struct idbc_error *err);
/* The other way: the native id of what native_id holds, in the call's arena.  -1: no memory. */
int  intent_native(struct session *, const struct idbc_value *stored, struct idbc_str *out);

/* What stands there for a native id: 0, or of enum plan_intent; of a delete under way its token,
 * where `token` is not NULL. */
int  intent_state(struct session *, const struct idbc_str *id, uint32_t *state,
		  struct idbc_str *token, struct idbc_error *err);
/* The same once every other transaction that writes there is over. */
int  intent_settled(struct session *, const struct idbc_str *id, uint32_t *state,
		    struct idbc_str *token, struct idbc_error *err);
/* NO_USER where a delete of his is under way, unless session.finds_hidden; his row is locked.
 * OK without a table. */
int  intent_seen(struct session *, const struct idbc_str *id, struct idbc_error *err);

/* --- phases -------------------------------------------------------------------------- */
/* NO_USER where another intent stands; a tombstone gives way. */
int  intent_write(struct session *, const struct idbc_delete_req *, struct idbc_error *err);
/* By token, as all below: CONFLICT intent_taken where no such intent stands. */
int  intent_withdraw(struct session *, const struct idbc_delete_req *, struct idbc_error *err);
/* It stands, and stays as it is until this transaction is over. */
int  intent_hold(struct session *, const struct idbc_str *id, const struct idbc_str *token,
		 struct idbc_error *err);
int  intent_take(struct session *, const struct idbc_delete_req *, struct idbc_error *err);
/* The intent becomes a tombstone. */
int  intent_bury(struct session *, const struct idbc_delete_req *, struct idbc_error *err);
/* The tombstone becomes a mark that his row stays: what was done can be told from nothing. */
int  intent_keep(struct session *, const struct idbc_str *id, struct idbc_error *err);
/* A tombstone where there was no intent, and whatever stood there of an earlier delete. */
int  intent_retire(struct session *, const struct idbc_str *id, struct idbc_error *err);

/* --- what is left over ------------------------------------------------------------------ */
/* Each intent whose lease has ended, oldest first; a value other than IDBC_OK of `tell` ends
 * it, and is passed on. */
struct intent_row {
	struct idbc_str id, token;      /* id: native */
	int with_profile;
};
typedef int intent_tell(struct session *, void *ctx, const struct intent_row *,
			struct idbc_error *err);
int  intent_expired(struct session *, intent_tell *tell, void *ctx, struct idbc_error *err);

#endif
