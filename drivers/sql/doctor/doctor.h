/* drivers/sql/doctor/doctor.h - what people should know of a store before users come: found by
 * asking the database about itself and by counting rows, told as findings.  No value of a
 * row ever stands in one.
 *
 * Whatever is looked at returns 0, or -1 with the error of the call filled: the store is
 * gone, the deadline has passed, memory ran out.  A question that the store refuses to
 * answer is no error: the finding that hangs on it is left out.
 * Threads: the session's.
 */
#ifndef DRIVERS_SQL_DOCTOR_H
#define DRIVERS_SQL_DOCTOR_H

#include "sql/call/call.h"
#include "sql/doctor/grants.h"
#include "sql/doctor/indexes.h"
#include "sql/user/lookup.h"
#include "sql/plan/text.h"

/* One engine's own words.  Statements about tables begin after "SELECT N", N being the
 * table, and bind table and schema, or NULL; one for each table is made into one by UNION
 * ALL.  NULL: this engine has nothing to say. */
struct doctor_words {
	uint32_t id;                    /* enum sql_dialect_id */
	const char *indexes;            /* index, unique, position, column, expression,
	                                 * partial, collation */
	const char *indexes_before;     /* the same for older servers, or NULL */
	const char *privileges;         /* column, its privileges joined by commas */
	const char *engines;            /* engine, does it know transactions */
	const char *sequences;          /* column, schema and name of its sequence, may use it */
	const char *schemas;            /* schema, name: where the table is; everybody may use
	                                 * the schema */
	const char *who;                /* the grantee as GRANT takes it */
	const char *zones;              /* session's, what others begin with, remedy */
	const char *local_zone;         /* begins the type of a time that no zone shifts */
	const char *column_default;     /* of a table, its schema, a column: where a column is
	                                 * altered by saying all of it again */
	const char *link;               /* local, encrypted */
	const char *excess;             /* scope (doctor_privilege.c), name, privilege,
	                                 * with grant option */
	const char *reuses_ids;         /* one row if a key can be given twice; binds the table */
	int explains_delete;            /* `privileges` do not say who may DELETE: EXPLAIN does */
	int locks_need_update;          /* FOR UPDATE needs UPDATE on a column */
	int lower_index;                /* an index on LOWER(column) can be made */
};
const struct doctor_words *doctor_words(uint32_t dialect);

struct doctor {
	struct session *session;
	const struct plan *plan;
	const struct mapping *mapping;
	const struct doctor_words *words;
	struct idbc_findings *findings;
	struct idbc_error *err;
	struct indexes indexes;
	struct needs needs;
	int64_t hash_width, salt_width;
	char *who;                      /* as GRANT names the database user; NULL: not known */
	int declined;                   /* the store refused the last question */
};

/* --- asking ------------------------------------------------------------------------ */
typedef int doctor_row_fn(struct doctor *, void *ctx, const struct idbc_value *cols);
/* Rows are counted by `fn`; it asks nothing itself.  See `declined`. */
int doctor_ask(struct doctor *, const struct query *, uint32_t ncols, doctor_row_fn *fn,
	       void *ctx);
/* `words` for every table of the plan, the number of the table first. */
int doctor_ask_tables(struct doctor *, const char *words, uint32_t ncols, doctor_row_fn *fn,
		      void *ctx);
/* Which table that a delete or create writes has no transactions?  plan->no_way_back, no_undo. */
int doctor_way_back(struct session *, struct plan *, struct idbc_error *err);
int doctor_ask_these(struct doctor *, const char *words, const char **tables, size_t n,
		     uint32_t ncols, doctor_row_fn *fn, void *ctx);
int doctor_count(struct doctor *, const struct query *, int64_t *out);
char *doctor_word(struct doctor *, const struct idbc_value *);  /* "": none; NULL: no memory */

/* --- telling ----------------------------------------------------------------------- */
int doctor_nomem(struct doctor *);
struct sql_text doctor_text(struct doctor *);
/* The remedy may be NULL: memory ran out while it was made. */
int doctor_add(struct doctor *, uint32_t severity, const char *code, const char *key,
	       const char *remedy, const char *fmt, ...) IDBC_PRINTF(6, 7);

/* --- of a mapping ------------------------------------------------------------------ */
struct identifier {
	const struct map_field *field;
	const struct map_link *link;            /* NULL: the user's own row */
	const char *table, *col;
	const struct catalogue_column *column;  /* NULL: not known */
	int logs_in, unique;                    /* of login.by; no two users may share it */
};
/* Fields by which users are found, at most 8. */
#define DOCTOR_IDENTIFIERS 8
size_t doctor_identifiers(const struct doctor *, struct identifier *out);
/* Letters in any case are the same: to the mapping; to the column by itself. */
int doctor_folds(const struct identifier *);
int doctor_folds_itself(const struct doctor *, const struct identifier *);
/* How many values several users share. */
int doctor_shared(struct doctor *, const struct identifier *, int64_t *out);

/* --- looking ----------------------------------------------------------------------- */
int doctor_read_indexes(struct doctor *);       /* doctor_index.c */
int doctor_indexes(struct doctor *);
int doctor_columns(struct doctor *);            /* doctor_column.c: the catalogue's */
int doctor_engines(struct doctor *);            /* doctor_table.c: transactions */
int doctor_tables(struct doctor *);             /* keys */
int doctor_connection(struct doctor *);         /* doctor_link.c: TLS, threads, time zone */
int doctor_privileges(struct doctor *);         /* doctor_privilege.c */
int doctor_rows(struct doctor *);               /* doctor_rows.c: counts */

/* doctor.c: all of it; enum idbc_check_want. */
int doctor_survey(struct session *, uint32_t want, struct idbc_findings *, struct idbc_error *);

#endif
