/* users.c - job: users in memory.  Threads: the caller holds the lock. */
#include "users.h"

#include <stdlib.h>
#include <string.h>

int str_equal(const struct idbc_str *a, const struct idbc_str *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->ptr, b->ptr, a->len));
}

/* --- values -------------------------------------------------------------------------------- */

static int has_bytes(const struct idbc_value *value)
{
	return value->kind == IDBC_KIND_STR || value->kind == IDBC_KIND_BYTES ||
	       value->kind == IDBC_KIND_JSON;
}

/* What the connector passes is borrowed for the call: whoever keeps it copies it. */
static int copy_bytes(const struct idbc_str *from, struct idbc_str *to)
{
	char *bytes = malloc(from->len + 1);

	if (!bytes)
		return -1;
	if (from->len)
		memcpy(bytes, from->ptr, from->len);
	bytes[from->len] = '\0';
	to->ptr = bytes;
	to->len = from->len;
	return 0;
}

static void free_bytes(struct idbc_str *str)
{
	if (str->ptr)
		explicit_bzero((char *)str->ptr, str->len);     /* it may have been a hash */
	free((char *)str->ptr);
}

static void free_value(struct idbc_value *value)
{
	if (has_bytes(value))
		free_bytes(&value->u.str);
}

static int equal(const struct idbc_value *a, const struct idbc_value *b)
{
	if (has_bytes(a) && has_bytes(b))
		return str_equal(&a->u.str, &b->u.str);
	return a->kind == b->kind && (a->kind == IDBC_KIND_NULL || a->u.i64 == b->u.i64);
}

/* --- fields -------------------------------------------------------------------------------- */

const struct idbc_value *fields_get(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->n; i++)
		if (!strcmp(fields->items[i].name, name))
			return &fields->items[i].value;
	return NULL;
}

struct idbc_str fields_text(const struct fields *fields, const char *name)
{
	const struct idbc_value *value = fields_get(fields, name);

	return value && value->kind == IDBC_KIND_STR ? value->u.str : (struct idbc_str){ "", 0 };
}

static int append(struct fields *fields, const char *name, const struct idbc_value *value)
{
	struct field *items = realloc(fields->items, (fields->n + 1) * sizeof(*items));
	char *copy = strdup(name);

	if (items)
		fields->items = items;
	if (!items || !copy) {
		free(copy);
		return -1;
	}
	items[fields->n].name = copy;
	items[fields->n++].value = *value;
	return 0;
}

int fields_set(struct fields *fields, const char *name, const struct idbc_value *value)
{
	struct idbc_value *old = (struct idbc_value *)fields_get(fields, name), copy = *value;

	if (has_bytes(value) && copy_bytes(&value->u.str, &copy.u.str))
		return -1;
	if (old) {
		free_value(old);
		*old = copy;
		return 0;
	}
	if (!append(fields, name, &copy))
		return 0;
	free_value(&copy);
	return -1;
}

int fields_put_all(struct fields *fields, const struct idbc_field *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (from[i].value.kind != IDBC_KIND_NULL &&
		    fields_set(fields, from[i].name, &from[i].value))
			return -1;
	return 0;
}

int fields_hold(const struct fields *fields, const struct idbc_field *wanted, size_t n)
{
	static const struct idbc_value none = { .kind = IDBC_KIND_NULL };

	for (size_t i = 0; i < n; i++) {
		const struct idbc_value *value = fields_get(fields, wanted[i].name);

		if (!equal(value ? value : &none, &wanted[i].value))
			return 0;
	}
	return 1;
}

void fields_clear(struct fields *fields)
{
	for (size_t i = 0; i < fields->n; i++) {
		free_value(&fields->items[i].value);
		free(fields->items[i].name);
	}
	free(fields->items);
	*fields = (struct fields){ NULL, 0 };
}

static int copy_fields(const struct fields *from, struct fields *to)
{
	for (size_t i = 0; i < from->n; i++)
		if (fields_set(to, from->items[i].name, &from->items[i].value))
			return -1;
	return 0;
}

/* --- one user ------------------------------------------------------------------------------ */

struct user *user_new(const struct idbc_str *id)
{
	struct user *user = calloc(1, sizeof(*user));

	if (user && copy_bytes(id, &user->id)) {
		free(user);
		return NULL;
	}
	return user;
}

void user_free(struct user *user)
{
	if (!user)
		return;
	free_bytes(&user->id);
	fields_clear(&user->profile);
	fields_clear(&user->credential);
	free(user);
}

struct user *user_copy(const struct user *user)
{
	struct user *copy = user_new(&user->id);

	if (copy && !copy_fields(&user->profile, &copy->profile) &&
	    !copy_fields(&user->credential, &copy->credential))
		return copy;
	user_free(copy);
	return NULL;
}

/* --- all of them --------------------------------------------------------------------------- */

static int compare(const struct idbc_str *a, const struct idbc_str *b)
{
	size_t least = a->len < b->len ? a->len : b->len;
	int order = least ? memcmp(a->ptr, b->ptr, least) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

size_t users_place(const struct users *users, const struct idbc_str *id)
{
	size_t low = 0, high = users->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&users->items[middle]->id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct user *users_by_id(const struct users *users, const struct idbc_str *id)
{
	size_t at = users_place(users, id);

	return at < users->n && str_equal(&users->items[at]->id, id) ? users->items[at] : NULL;
}

int users_make_room(struct users *users)
{
	size_t room = users->room ? users->room * 2 : 16;
	struct user **items;

	if (users->n < users->room)
		return 0;
	items = realloc(users->items, room * sizeof(struct user *));
	if (!items)
		return -1;
	users->items = items;
	users->room = room;
	return 0;
}

void users_insert(struct users *users, struct user *user)
{
	size_t at = users_place(users, &user->id);

	memmove(users->items + at + 1, users->items + at, (users->n - at) * sizeof(struct user *));
	users->items[at] = user;
	users->n++;
}

struct user *users_remove(struct users *users, const struct idbc_str *id)
{
	size_t at = users_place(users, id);
	struct user *user = users_by_id(users, id);

	if (!user)
		return NULL;
	users->n--;
	memmove(users->items + at, users->items + at + 1, (users->n - at) * sizeof(struct user *));
	return user;
}

void users_free(struct users *users)
{
	for (size_t i = 0; i < users->n; i++)
		user_free(users->items[i]);
	free(users->items);
	*users = (struct users){ NULL, 0, 0 };
}
