/* drivers/sql/doctor/grants.h - which tables and columns the operations of a connection read and
 * write: what a database user must be allowed, and nothing more.  Threads: one.
 */
#ifndef DRIVERS_SQL_GRANTS_H
#define DRIVERS_SQL_GRANTS_H

#include "sql/call/call.h"

enum need_verb { NEED_SELECT = 1, NEED_INSERT = 2, NEED_UPDATE = 4, NEED_DELETE = 8 };

struct need_col {
	const char *col;                /* NULL: the table as a whole */
	uint32_t verb;                  /* enum need_verb */
	uint32_t ops;                   /* enum sql_operation: who needs it */
};
struct need {
	const char *table;
	const char *key;                /* where the mapping first names it */
	struct need_col *cols;
	size_t n, cap;
};
struct needs {
	struct arena *arena;
	struct need *items;
	size_t n, cap;
	const char *unread;             /* key of raw SQL whose tables are not certain, or NULL */
	const char *unsure;             /* the same of SQL that writes */
	int failed;                     /* no memory */
};

struct needs_options {
	int upgrades;                   /* a login may write a new hash */
	int locks_need_update;          /* SELECT ... FOR UPDATE wants UPDATE on a column */
};

/* 0, or -1 without memory. */
int needs_of(const struct session *, const struct needs_options *, struct needs *out);
uint32_t need_ops(const struct need *, uint32_t verb);          /* 0: not needed */
void needs_put(struct needs *, const char *table, const char *key, struct need_col);

/* grants_raw.c: the tables that raw SQL names after FROM, JOIN, INTO and UPDATE. */
void needs_of_text(struct needs *, const char *sql, const char *key, uint32_t ops);

/* "GRANT ... ON table TO who" for those of its columns that `only` says, NULL: all.
 * NULL: no memory. */
struct doctor;
typedef int need_fn(const struct need *, const struct need_col *, const void *ctx);
char *grant_statement(struct doctor *, const struct need *, need_fn *only, const void *ctx);
int grants_who(struct doctor *);        /* fills doctor.who */
int grants_unknown(struct doctor *);    /* of an engine that we cannot say it of */
int grants_tell(struct doctor *);       /* one finding for each statement */

#endif
