/* drivers/sql/plan/catalogue.h - what the database says of the columns that a mapping names:
 * read once by one statement, then only looked at.  An empty catalogue (startup "trust")
 * knows nothing and objects to nothing.  Threads: any once loaded; no lock.
 */
#ifndef DRIVERS_SQL_CATALOGUE_H
#define DRIVERS_SQL_CATALOGUE_H

#include "sql/codec/codec.h"
#include "sql/plan/dialect.h"
#include "sql/plan/text.h"

struct catalogue_column {
	const char *name;
	const char *type;               /* as the database writes it: "varchar(60)" */
	uint32_t kind;                  /* enum sql_column_type */
	int64_t  width;                 /* characters (bytes of a binary column); 0: no limit */
	const char *charset, *collation;        /* of a text, or NULL */
	int nullable, has_default;
	int folds_case;                 /* its collation calls `a` and `A` equal */
	int primary, unique;            /* one of the primary key's; unique by itself */
	int bits, is_unsigned;          /* of an integer; 0: not known */
	const char *read_open, *read_close;     /* around the column, to be read: never NULL */
	const char *arg_open, *arg_close;       /* around a ? compared with it or put there */
	int mixed;                      /* holds text, bytes and numbers side by side: a
	                                 * comparison asks for each */
	int text_first;                 /* mixed, and the first text put there is text */
};
struct catalogue_table {
	const char *name;
	struct catalogue_column *columns;
	size_t n, cap;
	int view;                       /* written by triggers: no rows counted, no key told */
};
struct catalogue {
	struct catalogue_table *tables;
	size_t n;
	int trusted;                    /* nothing was read */
	int names_differ;               /* letter case of a column's name counts */
	struct catalogue_table others;  /* where a table is missing: as columns, all names */
};

/* Tables by name, without doubles; columns are filled in from rows of the statement. */
int  catalogue_add_table(struct catalogue *, struct arena *, const char *name);
void catalogue_statement(struct catalogue *, struct sql_text *);
int  catalogue_add_row(struct catalogue *, const struct dialect *, struct arena *,
		       const struct idbc_value *cols);
#define CATALOGUE_COLS 10

/* 1: a table that the mapping names is not there. */
int  catalogue_is_short(const struct catalogue *);
int  catalogue_add_other(struct catalogue *, struct arena *, const struct idbc_value *name);

const struct catalogue_table *catalogue_table(const struct catalogue *, const char *name);
/* NULL: not there, or not known. */
const struct catalogue_column *catalogue_column(const struct catalogue *, const char *table,
						const char *col);
/* Does the column alone tell the table's rows apart?  0 also where that is not known. */
int  catalogue_tells_apart(const struct catalogue *, const char *table, const char *col);
uint32_t catalogue_kind(const struct catalogue *, const char *table, const char *col);
/* The column whose name is nearest, or NULL. */
const char *catalogue_nearest(const struct catalogue_table *, const char *col);

/* What a statement about the catalogue answers.  NULL also without memory; 0 for no number,
 * 1 for PostgreSQL's `t`. */
const char *catalogue_text(struct arena *, const struct idbc_value *);
int64_t catalogue_number(const struct idbc_value *);

/* catalogue_types.c: what the type's name means, into `col` of `table`; `type` is the name
 * alone.  0, or -1: no memory. */
int  catalogue_type(const struct dialect *, const char *table, const char *type, struct arena *,
		    struct catalogue_column *col);

#endif
