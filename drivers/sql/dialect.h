/* drivers/sql/dialect.h - how one database spells what statements need.  Immutable
 * tables.  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_DIALECT_H
#define DRIVERS_SQL_DIALECT_H

#include <stdint.h>

#include "sql/sql.h"

struct dialect {
	uint32_t id;                    /* enum sql_dialect_id */
	char quote;                     /* around identifiers */
	const char *name;               /* for people */
	const char *for_update;         /* " FOR UPDATE", or "" */
	const char *no_columns;         /* INSERT INTO t ... without a column */
	const char *utf8_open, *utf8_close;     /* around a column: its text in UTF-8 */
	const char *bytes_open, *bytes_close;   /* around a text: its bytes */
	const char *folded;             /* added to a text that several columns give */
	const char *columns;            /* the catalogue's rows of one table, after "SELECT N";
	                                 * binds the table, then its schema or NULL */
	const char *tables;             /* the names of all tables, one a row */
	const char *children;           /* tables and columns with a foreign key to table ?, */
	                                /* where the server's error does not say; or NULL */
	int advisory_locks;        /* GET_LOCK and RELEASE_LOCK */
	int update_limit;          /* UPDATE ... ORDER BY ... LIMIT 1 */
	int lists_nested;          /* ordered JSON lists by a nested SELECT */
	int widths_bind;           /* VARCHAR(60) really holds 60 */
	int types_bind;            /* a DATETIME column really holds a date */
	int unsigned_keys;         /* integers up to 2^64 - 1, compared exactly with text */
	int ascii_lower;           /* LOWER() knows A to Z only */
};

/* NULL: not spoken (yet). */
const struct dialect *dialect_find(uint32_t id);
const char *dialect_name(uint32_t id);          /* also of those not spoken */

#endif
