/* drivers/sql/plan/plan_build.h - one read statement in the making, shared by the files that
 * write its parts.  Rows of the main table are `u`, of link N `lN`, of a subquery `t`, of
 * its joined tables `jN`.  Arguments are pushed in the order of their ? in the text.
 * Threads: one.
 */
#ifndef DRIVERS_SQL_PLAN_BUILD_H
#define DRIVERS_SQL_PLAN_BUILD_H

#include "sql/plan/plan.h"
#include "sql/plan/text.h"

struct build {
	struct plan *plan;
	struct sql_text text;
	struct plan_arg *args;
	size_t nargs, cap;
	const char *joined;             /* by link: 1 where it is joined as lN */
	const struct map_field *of;     /* whose value the next arguments ask for */
	int judged;                     /* the rows found are compared again, in code */
	int is_short;                   /* what is known of each row need not be asked for */
	int packed;                     /* a row is one text */
	int bare;                       /* of the field under way the text in a row will do */
	int plain;                      /* for plan_is_plain() identifiers alone */
	int hides;                      /* the table of intents is to be joined as i */
	int folds;                      /* a condition differs for those */
	int failed;
};

void build_init(struct build *, struct plan *);
void build_constant(struct build *, const struct map_value *, uint32_t kind);
void build_text(struct build *, const char *text, uint32_t kind);      /* a bound constant */
/* The identifier asked for, as a column of type `type` can be compared with it. */
void build_asked(struct build *, uint32_t kind, uint32_t fold, uint32_t type);
/* Text and arguments into `out`: 0, or -1 if memory ran out on the way. */
int  build_finish(struct build *, struct plan_select *out);
void build_read(struct build *, const char *alias, const char *table, const char *col);
void build_arg(struct build *, const char *table, const char *col);

/* plan_link.c: conditions and joins of links */
struct build_side { const char *alias, *table, *col; };
void build_compare(struct build *, const struct build_side *, const char *op,
		   const struct build_side *);
void build_mark(const struct plan *, char *joined, int32_t link);
void build_constants(struct build *, const char *alias, const char *table,
		     const struct map_sets *where);
void build_on(struct build *, const struct map_link *, const char *alias);
void build_join(struct build *, int32_t link, const char *how);
void build_left_joins(struct build *);
int  build_is_unique(const struct plan *, const struct map_link *);
const char *build_order_col(const struct plan *, const struct map_link *);
int  build_link_order(struct build *, const struct map_link *, const char *alias,
		      const char *before);

/* plan_reads.c: those of failed attempts come behind those of the profile, which has room for them */
int  build_profile_columns(struct plan *, struct plan_select *);
void build_failed_columns(const struct plan *, struct plan_select *);
int  build_state_columns(struct plan *, struct plan_select *);

/* plan_select.c: what plan_page.c shares */
const char *build_mark_all(const struct plan *, struct arena *, const struct plan_col *,
			   uint32_t n);
void build_cols(struct build *, const struct plan_select *);
/* ORDER BY of what joins may multiply, after `before`. */
void build_rows_order(struct build *, const struct plan_select *, const char *before);

/* plan_columns.c, plan_list.c: parts of the select list */
void build_col(struct build *, const struct plan_col *);
void build_list(struct build *, const struct map_field *);
void build_expr(struct build *, const char *expr);              /* plan_expr.c */
void build_list_from(struct build *, const struct map_link *);

/* plan_intent.c: 1 where a delete of the user's is under way (rows of `u`), else 0; nothing
 * may be asked of plan->intents where it is NULL */
void build_hidden(struct build *);
void build_join_intents(struct build *);        /* where build_hidden() asks for it */
int  plan_joins_intents(const struct plan *);

/* plan_search.c: from an identifier to rows */
void build_candidate(struct build *, const struct plan_key *, int which, int mixed);
/* A candidate by itself, its key as it is read. */
void build_holders(struct build *, const struct plan_key *, int which, int mixed);
/* The stored value that was matched, in one collation if several columns are mixed. */
void build_matched(struct build *, const struct plan_key *, int mixed);
int  build_is_direct(const struct plan_key *);   /* a column of `u` */
void build_condition(struct build *, const struct plan_key *);

#endif
