/* tests/conformance/kit/case_list.c - users page by page: each once, none left out, in an order
 * that pages can follow.  Threads: the case's.
 */
#include "ops.h"

#define MADE      7
#define PAGES_MAX 400

static int list(struct kit *k, void *s, struct idbc_str after, uint32_t limit, uint32_t flags,
		struct kit_rows *rows)
{
	struct idbc_error err;
	int rc;

	kit_rows_init(k, rows);
	rc = kit_list(k, s, after, limit, flags, rows, &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	KIT_WANT(k, rows->n <= limit, "%zu rows, the limit is %u", rows->n, limit);
	for (size_t i = 0; i < rows->n; i++)
		KIT_WANT(k, rows->row[i].matched.len == 0,
			 "a row of a list that matched something");
	return (int)rows->n;
}

static const struct idbc_str start = { NULL, 0 };

static struct kit_user *make(struct kit *k, void *s, const struct kit_user *like)
{
	struct kit_user *user = ops_draft(k, like);
	struct kit_rows rows;
	struct idbc_error err;

	kit_rows_init(k, &rows);
	kit_want(k, kit_make_user(k, s, user, &rows, &err), &err, IDBC_OK);
	return user;
}

static void make_some(struct kit *k, void *s, struct kit_user **user)
{
	for (size_t i = 0; i < MADE; i++)
		user[i] = make(k, s, i ? user[0] : NULL);
}

/* How often each of them was seen on all pages of this size. */
static void walk(struct kit *k, void *s, uint32_t limit, uint32_t flags, struct kit_user **user,
		 unsigned *seen)
{
	struct idbc_str after = start;
	struct kit_rows rows;

	memset(seen, 0, MADE * sizeof(*seen));
	for (int page = 0;; page++) {
		if (page == PAGES_MAX)
			kit_skip(k, "the store has too many users to page through");
		if (!list(k, s, after, limit, flags, &rows))
			return;
		for (size_t i = 0; i < rows.n; i++) {
			KIT_WANT(k, !kit_same(rows.row[i].id, after),
				 "the user before the page again");
			for (size_t j = 0; j < MADE; j++)
				seen[j] += kit_same(rows.row[i].id, user[j]->id);
		}
		after = rows.row[rows.n - 1].id;
		if (rows.n < limit)
			return;
	}
}

static void paging(struct kit *k)
{
	static const uint32_t limits[] = { 1000, 100, 3, 2, 1 };
	struct kit_user *user[MADE];
	unsigned seen[MADE];
	void *s = kit_connect(k);

	make_some(k, s, user);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		kit_ask(k, "list to the end, %u a page: %d users of ours", limits[i], MADE);
		walk(k, s, limits[i], 0, user, seen);
		for (size_t j = 0; j < MADE; j++)
			KIT_WANT(k, seen[j] == 1, "one of them %u times", seen[j]);
	}
}

/* As login reports him. */
static void as_login(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = make(k, s, NULL);
	struct idbc_str after = start;
	struct kit_rows rows, login;
	struct idbc_error err;

	kit_want(k, ops_login(k, s, IDBC_BY_LOGIN, user->login, user->password, &login, &err),
		 &err, IDBC_OK);
	kit_ask(k, "list: the row of a user, and login's");
	for (int page = 0; page < PAGES_MAX && list(k, s, after, 100, 0, &rows); page++) {
		for (size_t i = 0; i < rows.n; i++) {
			if (!kit_same(rows.row[i].id, user->id))
				continue;
			kit_want_same_row(k, &rows.row[i], &login.row[0]);
			KIT_WANT(k, !kit_has(k, KIT_STORED) || rows.row[i].credentials == 1,
				 "%u credentials", rows.row[i].credentials);
			return;
		}
		after = rows.row[rows.n - 1].id;
	}
	kit_fail(k, "the user", "he is on no page");
}

static void last(struct kit *k)
{
	struct kit_rows rows, one;
	struct idbc_str id;
	void *s = kit_connect(k);
	const struct kit_user *user = make(k, s, NULL);

	make(k, s, user);
	kit_ask(k, "list with LAST: the last two, backwards");
	KIT_WANT(k, list(k, s, start, 2, IDBC_LIST_LAST, &rows) == 2, "%zu rows", rows.n);
	id = rows.row[0].id;
	KIT_WANT(k, !list(k, s, id, 1, 0, &one), "a user after the last one");
	kit_ask(k, "list after the one before the last");
	KIT_WANT(k, list(k, s, rows.row[1].id, 5, 0, &one) == 1, "%zu rows", one.n);
	kit_want_str(k, "user id", one.row[0].id, id);
}

static void credentials(struct kit *k)
{
	struct kit_user *user[MADE];
	unsigned seen[MADE];
	struct kit_rows rows;
	void *s = kit_connect(k);

	make_some(k, s, user);
	kit_ask(k, "list with CREDENTIALS: no field of any row");
	list(k, s, start, 50, IDBC_LIST_CREDENTIALS, &rows);
	for (size_t i = 0; i < rows.n; i++) {
		KIT_WANT(k, rows.row[i].nfields == 0, "\"%s\"", rows.row[i].fields[0].name);
		KIT_WANT(k, rows.row[i].credentials <= 1, "%u credentials",
			 rows.row[i].credentials);
	}
	walk(k, s, 3, IDBC_LIST_CREDENTIALS, user, seen);
	for (size_t j = 0; j < MADE; j++)
		KIT_WANT(k, seen[j] == 1, "one of them %u times", seen[j]);
}

static void deleted(struct kit *k)
{
	struct kit_user *user[MADE];
	unsigned seen[MADE];
	struct idbc_error err;
	void *s = kit_connect(k);

	make_some(k, s, user);
	for (size_t i = 0; i < MADE; i += 2)
		kit_want(k, kit_delete(k, s, user[i]->id, &err), &err, IDBC_OK);
	kit_ask(k, "list after every other one was deleted");
	walk(k, s, 2, 0, user, seen);
	for (size_t i = 0; i < MADE; i++)
		KIT_WANT(k, seen[i] == i % 2, "%s %u times",
			 i % 2 ? "one who is there" : "one who is gone", seen[i]);
}

static void unknown_flags(struct kit *k)
{
	struct kit_rows rows, plain;
	void *s = kit_connect(k);

	make(k, s, NULL);
	kit_ask(k, "list with a flag that this version does not know");
	list(k, s, start, 20, 0, &plain);
	list(k, s, start, 20, 1u << 30, &rows);
	KIT_WANT(k, rows.n == plain.n, "%zu rows, %zu without it", rows.n, plain.n);
}

#define NEEDS (KIT_CREATE | KIT_LIST)
const struct kit_case kit_list_cases[] = {
	{ "list.paging", "every user once, whatever the page holds", NEEDS, paging },
	{ "list.as_login", "each user as login reports him, matched empty", NEEDS, as_login },
	{ "list.last", "the last ones, backwards", NEEDS, last },
	{ "list.credentials", "credentials alone, no field of the profile", NEEDS | KIT_STORED,
	  credentials },
	{ "list.deleted", "who is deleted is left out", NEEDS | KIT_DELETE, deleted },
	{ "list.unknown_flags", "flags that a driver does not know it passes over", NEEDS,
	  unknown_flags },
	{ NULL, NULL, 0, NULL },
};
