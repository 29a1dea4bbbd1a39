/* drivers/sql/user/unique.h - does somebody else have this value?  Asked in the transaction that
 * is going to write it; the store's own unique index has the last word.
 */
#ifndef DRIVERS_SQL_UNIQUE_H
#define DRIVERS_SQL_UNIQUE_H

#include "sql/user/lookup.h"

/* New values by index of the mapping's field, empty where there is none, against every field
 * that they could be confused with, rows outside user.where and deleted ones included; one
 * statement.  `own`: the user who may have them, or NULL.
 * IDBC_OK, EXISTS with the field's code, or INVALID invalid_username. */
int  unique_check(struct session *, const struct plan_taken *, const struct idbc_str *values,
		  const struct idbc_str *own, struct idbc_error *err);
/* The same for one field's value. */
int  unique_check_one(struct session *, const struct map_field *, const struct idbc_str *value,
		      const struct idbc_str *own, struct idbc_error *err);
/* What is said where another user has the value of `field` as his `other`: EXISTS with the
 * code, or INVALID invalid_username. */
int  unique_taken(struct session *, const char *field, const char *other,
		  struct idbc_error *err);
/* An EXISTS that came from an index: names the field in err->code. */
void unique_name(struct session *, struct idbc_error *err);
/* One that is not about somebody's identifiers: CONFLICT duplicate.  Any other status as it is. */
int  unique_elsewhere(int rc, struct idbc_error *err);

#endif
