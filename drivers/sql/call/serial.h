/* drivers/sql/call/serial.h - creates and changes of identifiers one at a time, per table, where
 * the store's transactions alone do not see to it.
 */
#ifndef DRIVERS_SQL_SERIAL_H
#define DRIVERS_SQL_SERIAL_H

#include "sql/call/call.h"

/* TIMEOUT if others held it until the deadline. */
int  serial_lock(struct session *, struct idbc_error *err);
/* SERIAL_BEFORE alone: a transaction's own lock goes with it. */
void serial_unlock(struct session *);

#endif
