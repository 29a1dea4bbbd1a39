/* drivers/sql/plan/dialect.h - how one database spells what statements need.  Immutable
 * tables of words; what takes more than a word is a function beside the statement it
 * belongs to.  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_DIALECT_H
#define DRIVERS_SQL_DIALECT_H

#include <stdint.h>

#include "sql/sql.h"

/* How creates are kept from overtaking each other: see serial.c. */
enum dialect_serial { SERIAL_BEGIN, SERIAL_BEFORE, SERIAL_INSIDE };
/* How one row of several is updated: the newest. */
enum dialect_newest { NEWEST_LIMIT, NEWEST_ROW, NEWEST_WITH };
enum dialect_list { LIST_CONCAT, LIST_NESTED, LIST_AGGREGATE, LIST_FOR_JSON };

struct dialect {
	uint32_t id;                    /* enum sql_dialect_id */
	char quote;                     /* before identifiers; '[' ends with ']' */
	const char *name;               /* for people */
	const char *for_update;         /* at the end: " FOR UPDATE OF u", or "" */
	const char *lock_hint;          /* after "AS u" of a row to be locked, or "" */
	const char *now_hint, *now_end; /* the same two for a lock that is had at once or
					 * not at all; "": a transaction has it anyway */
	const char *top, *limit;        /* one row: after SELECT, or at the end */
	const char *rows_open, *rows_close;     /* around a ?: so many rows, after ORDER BY */
	const char *few;                /* after a search: plan for few rows, however many it
					 * might find; or "" */
	const char *newest_first;       /* after a column of ORDER BY; NULL comes last */
	const char *exists_open, *exists_close; /* around EXISTS (...): 1 or 0 */
	const char *no_columns;         /* INSERT INTO t ... without a column */
	const char *returning;          /* before the key, at the end of an INSERT, or NULL */
	const char *output;             /* before the key, ahead of VALUES, or NULL */
	const char *made_of;            /* the new row's name there */
	const char *row_id;             /* tells rows apart that have no key */
	const char *utf8_open, *utf8_close;     /* around a column: its text in UTF-8 */
	const char *binary_open, *binary_close; /* the same of a column of bytes */
	const char *hex_open, *hex_close;       /* around bytes: their hex */
	const char *bytes_open, *bytes_close;   /* around a text: its bytes */
	const char *text_open, *text_close;     /* around a ? that nothing else gives a type */
	const char *clock;              /* its own, now: seconds since 1970, in decimals */
	const char *clock_ms;           /* the same in whole milliseconds */
	const char *id_open, *id_close; /* around a key as it is read, or its hex: the text that
					 * the table of intents knows a user by */
	const char *by_primary;         /* after that table's name, where a row of it costs less when
					 * it is joined than as a subquery; or NULL */
	const char *count_open, *count_close;   /* around a ? that is an integer */
	const char *or_nothing;         /* after INSERT ... VALUES (...): no row where its key
					 * is there already; "": it is EXISTS then */
	const char *savepoint, *undo;   /* all since then is undone, the transaction goes on */
	const char *check_now;          /* constraints that wait for the commit; or NULL */
	const char *unaged;             /* at the end of a SELECT in a transaction: what is
					 * committed now, not when the transaction began */
	const char *folded;             /* added to a text that several columns give */
	const char *columns;            /* the catalogue's rows of one table, after "SELECT N";
	                                 * binds the table, then its schema or NULL; the last
	                                 * is 1: unique, +2: of a view that is written by
	                                 * triggers and counts no rows, +4: any type fits */
	const char *tables;             /* the names of all tables, one a row */
	const char *children;           /* tables and columns with a foreign key to table ?, */
	                                /* where the server's error does not say; or NULL */
	const char *alone;              /* 1: what is locked here is locked for all who write;
	                                 * NULL: always */
	const char *lock, *unlock;      /* named lock for creates; see serial.c */
	const char *growing;            /* until the commit statements are planned for the rows
					 * that are there by then; or NULL */
	uint32_t serial;                /* enum dialect_serial */
	uint32_t newest;                /* enum dialect_newest */
	uint32_t lists;                 /* enum dialect_list */
	int sets_in_order;         /* SET a = 1, b = a: b gets the new a */
	int widths_bind;           /* VARCHAR(60) really holds 60 */
	int types_bind;            /* a DATETIME column really holds a date */
	int types_differ;          /* text is not compared with numbers, keys, enums */
	int names_differ;          /* a quoted name in another letter case is another name */
	int unsigned_keys;         /* integers up to 2^64 - 1, compared exactly with text */
	int ascii_lower;           /* LOWER() may know A to Z only */
	int lock_first;            /* joined rows are read as they were before the wait */
};

/* NULL: not spoken (yet). */
const struct dialect *dialect_find(uint32_t id);
const char *dialect_name(uint32_t id);          /* also of those not spoken */

#endif
