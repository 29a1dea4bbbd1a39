/* drivers/sql/doctor/grants_walk.h - the walk of grants_needs.c under way, and what it finds in the
 * mapping step by step.  Threads: one.  Private to these two files.
 */
#ifndef DRIVERS_SQL_GRANTS_WALK_H
#define DRIVERS_SQL_GRANTS_WALK_H

#include "sql/doctor/grants.h"

struct walk {
	const struct session *session;
	const struct mapping *m;
	struct needs *needs;
	uint32_t ops;                   /* of the part that is walked */
	uint32_t mapped;                /* enabled, and not in SQL of the author's own */
};

const char *walk_key(const struct walk *, int32_t link);        /* where the mapping names it */
/* A column; link -1: of the user's table. */
void walk_put(struct walk *, uint32_t verb, int32_t link, const char *col);
void walk_put_sources(struct walk *, const struct map_value *);
void walk_put_sets(struct walk *, uint32_t verb, int32_t link, const struct map_sets *);
void walk_put_counter(struct walk *, const struct map_value *id, int32_t link, const char *col);

/* What is read for one place, list or expression. */
void walk_read_place(struct walk *, const struct map_place *);
void walk_read_list(struct walk *, const struct map_field *);
void walk_read_expression(struct walk *, const struct map_field *);

/* What may stand in a new row of a table, or of a link with its keys. */
void walk_insert_row(struct walk *, int32_t link);
void walk_insert_link(struct walk *, int32_t index);
/* What a change writes; a row that is not there yet is made. */
void walk_update_place(struct walk *, const struct map_place *);
void walk_update_field(struct walk *, const char *name);

#endif
