/* drivers/sql/call/schema.h - the statements that create our own tables.
 */
#ifndef DRIVERS_SQL_SCHEMA_H
#define DRIVERS_SQL_SCHEMA_H

#include "sql/call/call.h"

#define SCHEMA_TABLE "idbc_users"

/* Of the user table, in order, the last NULL; each does nothing where its object is there
 * already. */
const char *const *schema_statements(uint32_t dialect);

/* They run here; the other two tables under the name that the configuration gives them. */
int  schema_create(struct session *, struct idbc_error *err);
int  schema_create_intents(struct session *, const char *name, struct idbc_error *err);
int  schema_create_moved(struct session *, const char *name, struct idbc_error *err);

#endif
