/* drivers/sql/user/asked.h - fields of a profile that somebody wants stored: which of them this
 * mapping can store.
 */
#ifndef DRIVERS_SQL_ASKED_H
#define DRIVERS_SQL_ASKED_H

#include "sql/call/call.h"

/* The column's field of `one`, which is among `fields`; NULL where nothing is to be written: it
 * says what the store says anyway, or unmapped fields are let be.  Else INVALID, naming it. */
int asked_field(struct session *, const struct idbc_field *fields, size_t nfields,
		const struct idbc_field *one, const struct map_field **out, struct idbc_error *err);

#endif
