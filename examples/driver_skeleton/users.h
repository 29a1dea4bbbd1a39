/* users.h - the store behind the skeleton: users in memory, each with fields by name.
 *
 * Replace this with what keeps your users.  Nothing here knows what a driver is; nothing here
 * locks: skeleton.c does.  Values carry their length: a NUL byte is a byte like any other, and
 * NULL (no field at all) is not the empty string.
 */
#ifndef SKELETON_USERS_H
#define SKELETON_USERS_H

#include <idbc/types.h>

struct field {
	char *name;
	struct idbc_value value;        /* its bytes are ours */
};
struct fields {
	struct field *items;
	size_t n;
};
struct user {
	struct idbc_str id;             /* its bytes are ours; never changes */
	struct fields profile, credential;
};
struct users {
	struct user **items;            /* in the order of their ids, for list() */
	size_t n, room;
};

/* What returns int returns 0, or -1 when memory ran out and nothing has changed. */
int  fields_set(struct fields *, const char *name, const struct idbc_value *);
int  fields_put_all(struct fields *, const struct idbc_field *from, size_t n);
int  fields_hold(const struct fields *, const struct idbc_field *wanted, size_t n);
void fields_clear(struct fields *);
const struct idbc_value *fields_get(const struct fields *, const char *name);
/* Text, or an empty string that equals nothing where there is none. */
struct idbc_str fields_text(const struct fields *, const char *name);

struct user *user_new(const struct idbc_str *id);
struct user *user_copy(const struct user *);
void user_free(struct user *);  /* accepts NULL */

/* Where this id is, or where it belongs. */
size_t users_place(const struct users *, const struct idbc_str *id);
struct user *users_by_id(const struct users *, const struct idbc_str *id);
int  users_make_room(struct users *);
void users_insert(struct users *, struct user *);       /* after users_make_room() */
struct user *users_remove(struct users *, const struct idbc_str *id);
void users_free(struct users *);

int  str_equal(const struct idbc_str *, const struct idbc_str *);

#endif
