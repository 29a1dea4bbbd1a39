/* drivers/sql/call/schema.h - the statements that create our own tables.
 */
#ifndef DRIVERS_SQL_SCHEMA_H
#define DRIVERS_SQL_SCHEMA_H

#include <stdint.h>

#include "sql/sql.h"

#define SCHEMA_TABLE "idbc_users"
#define SCHEMA_INTENTS "idbc_intents"

/* In order, the last NULL; each does nothing where its object is there already. */
const char *const *schema_statements(uint32_t dialect);
/* The same of the table of intents, under the name SCHEMA_INTENTS. */
const char *const *schema_intents(uint32_t dialect);

#endif
