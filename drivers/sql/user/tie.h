/* drivers/sql/user/tie.h - what ties a link's rows to their user: whose they are, which ones
 * they are, and how they come along when the value that ties them changes.
 */
#ifndef DRIVERS_SQL_TIE_H
#define DRIVERS_SQL_TIE_H

#include "sql/user/write.h"

/* Are the rows of a link one user's, not such as many users point to? */
int tie_is_his(const struct session *, const struct map_link *);

/* The columns of "on" with his values.  CONFLICT tie_missing where he lacks one: without
 * it the rows would be nobody's, and a condition about everybody. */
int tie_values(struct write *, const struct map_link *, struct sets *, struct idbc_error *err);
/* Has he all that the rows of the link are tied by? */
int tie_is_known(struct write *, const struct map_link *);

/* The user's row was written with `set`: rows tied by what it changed are tied anew, and
 * his values are the new ones from now on. */
int tie_move_all(struct write *, const struct sets *set, struct idbc_error *err);

#endif
