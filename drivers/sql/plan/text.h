/* drivers/sql/plan/text.h - statement text in the making.  The only values that can reach it
 * are names: identifiers are quoted here, everything else a store compares or writes is
 * a `?`.  The text lives in the arena.  Threads: one at a time.
 */
#ifndef DRIVERS_SQL_TEXT_H
#define DRIVERS_SQL_TEXT_H

#include "sql/base/arena.h"
#include "sql/plan/dialect.h"

struct sql_text {
	struct arena *arena;
	const struct dialect *dialect;
	char *s;                /* NUL-terminated */
	size_t len, cap;
	int failed;             /* out of memory: s is cut */
};
#define SQL_TEXT_INIT(arena_, dialect_) { (arena_), (dialect_), NULL, 0, 0, 0 }

/* %I an identifier, quoted; %T a table, each part of "schema.table" quoted; %s text of
 * ours as it is; %d an int; %% a percent sign. */
void text_put(struct sql_text *, const char *fmt, ...);

#endif
