/* drivers/sql/user/credential.h - a stored password put in the place of an older form of it.
 */
#ifndef DRIVERS_SQL_CREDENTIAL_H
#define DRIVERS_SQL_CREDENTIAL_H

#include "sql/user/write.h"

/* Has the catalogue room for a stored password and a salt of that many characters? */
int  credential_has_room(const struct plan *, int64_t hash_width, int64_t salt_width);

/* What req proves and carries, with `touch`, in one transaction that waits for no lock.
 * CONFLICT credential_changed: another password by now; column_too_narrow;
 * credential_altered: the store gave something else back, and nothing was left there.
 * credential_locked: others have the row. */
int  credential_upgrade(struct write *, const struct idbc_proven_req *, const struct sets *touch,
			struct idbc_error *err);

#endif
