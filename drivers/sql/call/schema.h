/* drivers/sql/call/schema.h - the statements that create our own user table.
 */
#ifndef DRIVERS_SQL_SCHEMA_H
#define DRIVERS_SQL_SCHEMA_H

#include <stdint.h>

#include "sql/sql.h"

#define SCHEMA_TABLE "idbc_users"

/* In order, the last NULL; each does nothing where its object is there already. */
const char *const *schema_statements(uint32_t dialect);

#endif
