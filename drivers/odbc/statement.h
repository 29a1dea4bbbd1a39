/* drivers/odbc/statement.h - a prepared statement: what is bound to it, and where.
 *
 * What a call touches is kept together: lengths in one row, texts in another, each as wide as
 * they have been so far.  Threads: the connection's; no lock.
 */
#ifndef DRIVERS_ODBC_STATEMENT_H
#define DRIVERS_ODBC_STATEMENT_H

#include "handles.h"

#define OD_KEPT_BYTES 256u      /* of an argument that stays bound, with its NUL */

/* What an argument's own memory is bound as, from one run to the next. */
enum od_held { OD_HELD_NOT, OD_HELD_NULL, OD_HELD_INTEGER, OD_HELD_TEXT };
struct od_argument {
	SQLLEN len;
	SQLBIGINT integer;
	uint32_t held;                  /* enum od_held */
	char bytes[OD_KEPT_BYTES];      /* a short text of a read: identifiers, not passwords */
};

struct od_column {
	char *bytes;
	uint32_t cap;
	unsigned char binary, guid;
	unsigned char own;              /* its bytes were allocated for it alone */
};

/* How wide the columns are: a guess, seen with a first row, that wide, too narrow for a row. */
enum od_fit { OD_FIT_GUESSED, OD_FIT_SEEN, OD_FIT_PACKED, OD_FIT_OUTGROWN };

struct od_statement {
	struct od_connection *conn;
	SQLHSTMT handle;
	struct od_argument *args;
	struct od_column *cols;
	SQLLEN *told;                   /* by column, of bound ones: its length, or that it is NULL */
	uint32_t nargs, ncols;
	unsigned char reads;            /* a SELECT: no password is among its arguments */
	unsigned char packed_rows;      /* SQL_ROW_TEXT: its one column is a row */
	unsigned char late;             /* a procedure: its columns come with its rows */
	unsigned char settled;          /* SQLite: the types of expressions are known */
	unsigned char bound;            /* its columns are */
	unsigned char fit;              /* enum od_fit */
	unsigned char packs;            /* how often they were packed */
	char *packed;                   /* the bytes of columns that have none of their own */
	size_t npacked;
	struct od_statement *next;
	struct sql_column *shown;       /* as od_columns() told them; nshown of them */
	uint32_t nshown;
};

int od_statement_memory(struct od_statement *, struct sql_diag *) SQL_COLD;
int od_statement_diag(struct od_statement *, enum od_phase, struct sql_diag *) SQL_COLD;

/* column.c */
int  od_columns_new(struct od_statement *, SQLSMALLINT n, struct sql_diag *);
void od_columns_free(struct od_statement *);
void od_columns_forget(struct od_statement *);
/* Asks for their types, and binds them. */
int  od_columns_describe(struct od_statement *, struct sql_diag *);
/* As wide as they have been, side by side; between two runs. */
int  od_columns_pack(struct od_statement *, struct sql_diag *) SQL_COLD;
/* Makes columns of a row in one text, which they stay in: 0, or -1 if there are not so many. */
int  od_row_unpack(char *text, size_t len, struct idbc_value *cols, uint32_t n);
/* What was not fetched whole with its row.  1; 0: NULL; -1. */
int  od_column_read(struct od_statement *, uint32_t i, size_t *len, struct sql_diag *) SQL_COLD;

#endif
