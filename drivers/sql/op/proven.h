/* drivers/sql/op/proven.h - what a stacked driver wants stored with a proved password: fields of
 * the profile, and that the user lives in another store now.
 */
#ifndef DRIVERS_SQL_PROVEN_H
#define DRIVERS_SQL_PROVEN_H

#include "sql/user/write.h"

int proven_has_profile(const struct idbc_proven_req *);
/* In one transaction with the touch; what is stored already is not written. */
int proven_profile(struct session *, const struct idbc_proven_req *, const struct sets *touch,
		   struct idbc_error *err);

#endif
