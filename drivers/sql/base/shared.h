/* drivers/sql/base/shared.h - the names of this room that a driver's own file uses.
 *
 * The room is one private shared library for all SQL drivers.  The linker sees these names
 * with a prefix: a host's own option_list() never takes the place of ours.  The version node
 * (drivers/sql.map.in) keeps those of another version away.
 */
#ifndef DRIVERS_SQL_SHARED_H
#define DRIVERS_SQL_SHARED_H

#define SQL_SHARED(name) __asm__("idbcsql_" #name) __attribute__((visibility("default")))

#endif
