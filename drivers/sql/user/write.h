/* drivers/sql/user/write.h - rows being written: columns with their values, and the INSERT,
 * UPDATE and DELETE that carry them.  Texts are made of the mapping's names only.
 */
#ifndef DRIVERS_SQL_WRITE_H
#define DRIVERS_SQL_WRITE_H

#include "sql/plan/text.h"
#include "sql/user/user.h"

/* What one operation writes with: its session, its user, what generators may look at. */
struct write {
	struct session *session;
	struct user *user;
	struct codec_context ctx;
	struct idbc_str hash, salt, new_email;  /* for raw steps */
};
void write_init(struct write *, struct session *, struct user *,
		const struct idbc_field *fields, size_t nfields);
void write_credential(struct write *, const struct idbc_field *parts, size_t nparts);

struct set {
	const char *col;
	struct idbc_value value;
	int added;              /* to what the column holds, NULL being 0 */
};
struct sets {
	struct set *items;
	size_t n, cap;
};

/* Adds a column, or replaces its value.  -1: no memory. */
int  sets_put(struct write *, struct sets *, const char *col, const struct idbc_value *);
int  sets_add(struct write *, struct sets *, const struct set *);
/* The mapping's constants and generators, for the columns of `table`; one whose field is
 * absent is left out. */
int  sets_generate(struct write *, struct sets *, const char *table, const struct map_sets *,
		   struct idbc_error *err);
const struct idbc_value *sets_get(const struct sets *, const char *col);

/* `key`, unless NULL: a column that the database fills; its value into *made. */
int  write_insert(struct write *, const char *table, const struct sets *, const char *key,
		  struct idbc_value *made, struct idbc_error *err);
/* `newest`: only the row with the highest value of that column, unless NULL. */
int  write_update(struct write *, const char *table, const struct sets *set,
		  const struct sets *where, const char *newest, int64_t *rows,
		  struct idbc_error *err);
int  write_delete(struct write *, const char *table, const struct sets *where, int64_t *rows,
		  struct idbc_error *err);
/* The user's own row: exactly one, else NO_USER or AMBIGUOUS. */
int  write_user(struct write *, const struct sets *, struct idbc_error *err);
int  write_his(struct write *, struct sets *where, struct idbc_error *err);

/* SQL of a caller's own making, with the values of its ?s. */
struct words {
	struct sql_text text;
	struct idbc_value *args;
	size_t nargs, cap;
};
void words_init(struct write *, struct words *);
#define words_put(words, ...) text_put(&(words)->text, __VA_ARGS__)
/* A ? that goes into a column of the user's row, or is compared with it.  -1: no memory. */
int  words_arg(struct write *, struct words *, const char *col, const struct idbc_value *);
int  words_failed(const struct words *);
/* "UPDATE his table SET words WHERE the row is his words"; that of nobody where he has no
 * key.  Any number of rows is fine. */
int  write_words(struct write *, const struct words *set, const struct words *still,
		 struct idbc_error *err);

/* The mapping's steps, in order; the :names of raw SQL are bound. */
int  write_steps(struct write *, const struct map_steps *, struct idbc_error *err);

/* A new credential does not fit its column: CONFLICT column_too_narrow, else IDBC_OK. */
int  write_check_width(struct write *, const struct idbc_field *parts, size_t nparts,
		       struct idbc_error *err);

#endif
