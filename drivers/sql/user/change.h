/* drivers/sql/user/change.h - fields of a profile on their way into columns: which place gets
 * which value, with mirrors, computed columns and flags that share a column.
 */
#ifndef DRIVERS_SQL_CHANGE_H
#define DRIVERS_SQL_CHANGE_H

#include "sql/user/write.h"

struct change {
	struct map_place place;
	struct idbc_value value;
	const struct map_field *field;          /* NULL: a computed column, a credential */
};
struct changes {
	struct change *items;
	size_t n, cap;
};

int  changes_put(struct write *, struct changes *, const struct map_place *,
		 const struct idbc_value *, const struct map_field *);

/* A field's value in all its places.  `weak`: a default, which gives way to what stands in
 * the column already.  INVALID if the column cannot hold it. */
int  changes_field(struct write *, struct changes *, const struct map_field *,
		   const struct idbc_value *, int weak, struct idbc_error *err);
/* Is what is stored another text than what was given? */
int  folds_stored(const struct map_field *);
/* The value as the field's fold writes it. */
int  changes_fold(struct write *, const struct map_field *, const struct idbc_value *,
		  struct idbc_value *out);
int  changes_credential(struct write *, struct changes *, const struct idbc_field *parts,
			size_t nparts);

/* --- documents: change_document.c ------------------------------------------------------ */
/* What a create begins the documents of JSON columns with. */
int  changes_create_documents(struct write *w, struct changes *, struct idbc_error *err);
/* Members become changes of their columns: one new document for each.  `stored`: from what
 * the user's rows hold, read under their lock.  CONFLICT malformed_document or path_blocked:
 * nothing is to be written. */
int  changes_documents(struct write *w, struct changes *, int stored, struct idbc_error *err);

/* --- into the store: change_rows.c --------------------------------------------------- */
/* All links' rows of a new user: those that have a value, and those in create.links. */
int  changes_insert_links(struct write *, const struct changes *, struct idbc_error *err);
/* An existing user: his row with user.update and `more`, his links' rows; missing ones are
 * made. */
int  changes_update(struct write *, struct changes *, const struct sets *more,
		    struct idbc_error *err);
/* Rows that are there, each changed where it stands: a link's newest, no `update` of its. */
int  changes_in_place(struct write *, const struct changes *, struct idbc_error *err);
int  changes_of_user(struct write *, const struct changes *, struct sets *);

/* A literal of the mapping and what a column holds or is about to hold. */
int  literal_is(const struct map_field *, const struct map_literals *,
		const struct idbc_value *stored);

#endif
