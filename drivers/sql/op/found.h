/* drivers/sql/op/found.h - after a write whose answer was lost: is what it would have left what
 * is stored?  Asked of a user whose row is locked.
 */
#ifndef DRIVERS_SQL_FOUND_H
#define DRIVERS_SQL_FOUND_H

#include "sql/user/user.h"

enum left {
	FOUND_DONE,             /* nothing is left to do                           */
	FOUND_NOTHING,          /* it is not what is stored                        */
	FOUND_UNCLEAR,          /* somebody else wrote since, or nobody can tell   */
};

/* op_change.c; *out on OK. */
int found_verified(struct session *, struct user *, const struct idbc_verify_req *,
		   enum left *out, struct idbc_error *err);
int found_email(struct session *, struct user *, const struct idbc_email_req *,
		enum left *out, struct idbc_error *err);

/* settle_phase.c: of a delete in phases, by id and token. */
int found_phase(struct session *, const struct idbc_delete_req *, enum left *out,
		struct idbc_error *err);

#endif
