/* drivers/sql/user/statement.h - one INSERT, UPDATE or DELETE while it is made: text and values
 * together.  Private to the files that write rows.
 */
#ifndef DRIVERS_SQL_STATEMENT_H
#define DRIVERS_SQL_STATEMENT_H

#include "sql/user/write.h"

struct statement {
	struct write *w;
	struct sql_text text;
	struct idbc_value *args;
	uint32_t nargs;
	const char *table;
};

/* Room for `nargs` values; -1: no memory. */
int  statement_init(struct statement *, struct write *, const char *table, size_t nargs);
const struct catalogue_column *statement_column(const struct statement *, const char *col);
/* A ? that goes into a column, or is compared with it. */
void statement_arg(struct statement *, const struct set *);
void statement_assignments(struct statement *, const struct sets *);
void statement_where(struct statement *, const struct sets *);
/* Runs it; *rows: those that it matched. */
int  statement_counted(struct statement *, const struct sets *where, int64_t *rows,
		       struct idbc_error *err);

#endif
