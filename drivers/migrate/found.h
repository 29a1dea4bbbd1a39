/* drivers/migrate/found.h - what one store said of users, kept until the other was asked: a
 * sink that copies rows, fields and stored passwords, and tells them to another sink.
 *
 * Threads: one call's; no lock.  All of it is wiped when it is freed.
 */
#ifndef DRIVERS_MIGRATE_FOUND_H
#define DRIVERS_MIGRATE_FOUND_H

#include <idbc/driver.h>

#define FOUND_PARTS 4u

struct found_row {
	struct idbc_str id, matched;
	struct idbc_field *fields;
	size_t n, room;
	struct idbc_field parts[FOUND_PARTS];   /* the stored password */
	size_t nparts;
	int marked;                             /* the flag "migrated" */
	int deleted;
};
struct found_block;
struct found {
	struct idbc_sink sink;                  /* first: what a store writes to */
	struct found_row *rows;
	size_t n, room;
	struct found_block *blocks;
	uint32_t passed;                        /* bits 1 << enum idbc_passed: rows left out */
	int nomem;
};

void found_init(struct found *);
void found_free(struct found *);                /* accepts an empty one; ready for the next */
/* The only row, or NULL. */
const struct found_row *found_one(const struct found *);
/* Rows and their fields, without the mark; 0, or what the sink returned. */
int  found_tell(const struct found *, struct idbc_sink *);
const struct idbc_field *found_field(const struct found_row *, const char *name);
/* The same where it is not absent. */
const struct idbc_value *found_value(const struct found_row *, const char *name);
/* Is it part of the profile, and no flag of the store's? */
int  found_is_profile(const char *name);

#endif
