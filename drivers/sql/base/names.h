/* drivers/sql/base/names.h - the grammar of identifiers that may reach SQL, and the nearest
 * of several names, for hints.  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_NAMES_H
#define DRIVERS_SQL_NAMES_H

#include <stddef.h>

#define NAME_MAX_BYTES 64u

/* Letters (also beyond ASCII), digits, '_', '$', dashes and blanks inside; one schema may
 * stand before a dot. */
int name_is_table(const char *);
/* As a table's; no dot. */
int name_is_column(const char *);
/* "email", "app_metadata.plan": words of ASCII letters, digits, '_' and '-'. */
int name_is_field(const char *);
/* A link's: one word without dashes. */
int name_is_word(const char *);

/* Offer every candidate, then ask: the nearest, or NULL if none is near. */
struct name_guess {
	const char *wanted, *best;
	size_t distance;
};
#define NAME_GUESS(name) { (name), NULL, 0 }
void name_guess_offer(struct name_guess *, const char *candidate);
const char *name_guess_best(const struct name_guess *);

#endif
