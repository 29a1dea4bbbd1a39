/* drivers/sql/user/counter.h - keys from an id table: the row is raised, and so locked, in the
 * transaction that uses the number; a transaction that fails gives it back.
 */
#ifndef DRIVERS_SQL_COUNTER_H
#define DRIVERS_SQL_COUNTER_H

#include "sql/user/write.h"

/* A number for column `col` of `table`, bound as the column wants it.  CONFLICT with code
 * counter_missing (no row to count in) or counter_ambiguous (several); nothing written. */
int counter_next(struct write *, const struct map_counter *, const char *table,
		 const char *col, struct idbc_value *out, struct idbc_error *err);

#endif
