/* drivers/sql/ops.h - the operations, one file each; ops.c holds the table of them.
 * Threads: each runs in its session's thread.
 */
#ifndef DRIVERS_SQL_OPS_H
#define DRIVERS_SQL_OPS_H

#include "sql/user/lookup.h"

int op_login(void *, const struct idbc_login_req *, struct idbc_sink *, struct idbc_error *);
int op_get_user(void *, const struct idbc_user_req *, struct idbc_sink *, struct idbc_error *);
int op_create(void *, const struct idbc_create_req *, struct idbc_sink *, struct idbc_error *);
int op_create_many(void *, const struct idbc_create_many_req *, struct idbc_sink *,
		   struct idbc_error *);
int op_verify(void *, const struct idbc_verify_req *, struct idbc_error *);
int op_change_password(void *, const struct idbc_password_req *, struct idbc_error *);
int op_delete_user(void *, const struct idbc_delete_req *, struct idbc_error *);
int op_change_email(void *, const struct idbc_email_req *, struct idbc_error *);
int op_proven(void *, const struct idbc_proven_req *, struct idbc_error *);
int op_failed(void *, const struct idbc_failed_req *, struct idbc_error *);
int op_settle(void *, const struct idbc_settle_req *, uint32_t *effect, struct idbc_error *);
int op_list(void *, const struct idbc_list_req *, struct idbc_sink *, struct idbc_error *);
int op_intents(void *, int64_t deadline_ns, struct idbc_sink *, struct idbc_error *);
int op_moved(void *, const struct idbc_moved_req *, uint32_t *state, struct idbc_error *);
/* For the list of privileges: does the create read its row back under a lock? */
int create_needs_state(const struct mapping *);
int op_check(void *, int64_t deadline_ns, uint32_t flags, struct idbc_findings *,
	     struct idbc_error *);

#endif
