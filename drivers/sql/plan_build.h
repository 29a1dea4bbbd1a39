/* drivers/sql/plan_build.h - one read statement in the making, shared by the files that
 * write its parts.  Rows of the main table are `u`, of link N `lN`, of a subquery `t`, of
 * its joined tables `jN`.  Arguments are pushed in the order of their ? in the text.
 * Threads: one.
 */
#ifndef DRIVERS_SQL_PLAN_BUILD_H
#define DRIVERS_SQL_PLAN_BUILD_H

#include "sql/plan.h"
#include "sql/text.h"

struct build {
	struct plan *plan;
	struct sql_text text;
	struct plan_arg *args;
	size_t nargs, cap;
	const char *joined;             /* by link: 1 where it is joined as lN */
	int failed;
};

void build_init(struct build *, struct plan *);
void build_text(struct build *, const char *text, uint32_t kind);      /* a bound constant */
void build_asked(struct build *, uint32_t kind, uint32_t fold);
/* Text and arguments into `out`: 0, or -1 if memory ran out on the way. */
int  build_finish(struct build *, struct plan_select *out);

/* plan_columns.c: parts of the select list and of FROM */
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
void build_col(struct build *, const struct plan_col *);

/* plan_search.c: from an identifier to rows */
void build_candidate(struct build *, const struct plan_key *, int which, int mixed);
int  build_is_direct(const struct plan_key *);   /* a column of `u` */
void build_condition(struct build *, const struct plan_key *);
const char *build_key_col(const struct plan *, const struct plan_key *);

#endif
