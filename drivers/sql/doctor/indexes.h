/* drivers/sql/doctor/indexes.h - the indexes of the tables that a mapping names, read once by one
 * statement when somebody asks for a check.  Threads: any once read; no lock.
 */
#ifndef DRIVERS_SQL_INDEXES_H
#define DRIVERS_SQL_INDEXES_H

#include "sql/base/arena.h"
#include "sql/mapping/mapping.h"

struct index_part {
	const char *col;                /* NULL: `expression` */
	const char *expression;         /* as the database writes it */
	const char *collation;          /* or NULL */
	int64_t place;
};
struct index {
	const char *table, *name;
	int unique, partial;
	struct index_part *parts;
	size_t n, cap;
};
struct indexes {
	struct index *items;
	size_t n, cap;
	int known;                      /* the store told */
};

#define INDEX_COLS 8                    /* number of the table, then as doctor_words say */
int indexes_add(struct indexes *, struct arena *, const char *table,
		const struct idbc_value *cols);

/* What is looked for: a column, in lower case where `lower`; `given` are compared with
 * constants beside it. */
struct index_wish {
	const char *table, *col;
	const struct map_sets *given;
	const char *given_col;          /* one more of them, or NULL */
	int lower;
};
/* 1: an index finds it. */
int indexes_find(const struct indexes *, const struct index_wish *);
/* 1: an index lets it stand once among the rows with these constants. */
int indexes_unique(const struct indexes *, const struct index_wish *);
/* The collation of an index that begins with the column, or NULL. */
const char *indexes_collation(const struct indexes *, const char *table, const char *col);

#endif
