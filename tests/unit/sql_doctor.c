/* tests/unit/sql_doctor.c - what an index is good for, and which tables raw SQL names.
 */
#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sql/doctor/grants.h"
#include "sql/doctor/indexes.h"

/* --- indexes ----------------------------------------------------------------------- */

static struct arena arena;

static struct idbc_value word(const char *s)
{
	if (!s)
		return (struct idbc_value){ .kind = IDBC_KIND_NULL };
	return (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = { s, strlen(s) } };
}

/* name, unique, place, column, expression, partial, collation */
static void add(struct indexes *ix, const char *const *row)
{
	struct idbc_value cols[INDEX_COLS];

	cols[0] = word("0");
	for (int i = 1; i < INDEX_COLS; i++)
		cols[i] = word(row[i - 1]);
	CU_ASSERT_EQUAL(indexes_add(ix, &arena, "t", cols), 0);
}
#define ADD(...) add(&ix, (const char *const[]){ __VA_ARGS__ })

static void test_expressions(void)
{
	static const struct { const char *text; int is; } cases[] = {
		{ "lower(email)", 1 }, { "lower((email)::text)", 1 }, { "LOWER(\"email\")", 1 },
		{ "lower(email::character varying)", 1 },
		{ "CREATE UNIQUE INDEX x ON t (lower(email))", 1 },
		{ "CREATE INDEX x ON t (a, LOWER(`email`), b)", 1 },
		{ "CREATE INDEX x ON t (lower(email)) WHERE a", 1 },
		{ "lower(email_old)", 0 }, { "upper(email)", 0 }, { "lower(trim(email))", 0 },
	};
	struct index_wish wish = { .table = "t", .col = "email", .lower = 1 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct indexes ix = { NULL, 0, 0, 0 };

		ADD("x", "1", "1", NULL, cases[i].text, "0", NULL);
		CU_ASSERT_EQUAL(indexes_find(&ix, &wish), cases[i].is);
		CU_ASSERT_EQUAL(indexes_unique(&ix, &wish), cases[i].is);
	}
	arena_free(&arena);
}

/* Parts may come in any order; what stands before the column must be given. */
static void test_places(void)
{
	struct map_set type = { .col = "Type" };
	struct map_sets given = { &type, 1 };
	struct index_wish bare = { .table = "t", .col = "name" };
	struct index_wish with = { .table = "t", .col = "name", .given = &given };
	struct indexes ix = { NULL, 0, 0, 0 };

	ADD("x", "1", "2", "name", NULL, "0", NULL);
	ADD("x", "1", "1", "type", NULL, "0", NULL);
	CU_ASSERT_FALSE(indexes_find(&ix, &bare));
	CU_ASSERT_FALSE(indexes_unique(&ix, &bare));
	CU_ASSERT_TRUE(indexes_find(&ix, &with));
	CU_ASSERT_TRUE(indexes_unique(&ix, &with));
	arena_free(&arena);
}

static void test_collations(void)
{
	struct index_wish any_case = { .table = "t", .col = "name", .lower = 1 };
	struct indexes ix = { NULL, 0, 0, 0 };

	ADD("x", "1", "1", "name", NULL, "0", "BINARY");
	CU_ASSERT_FALSE(indexes_unique(&ix, &any_case));
	ADD("y", "1", "1", "name", NULL, "0", "NOCASE");
	CU_ASSERT_TRUE(indexes_unique(&ix, &any_case));
	CU_ASSERT_FALSE(indexes_find(&ix, &any_case));
	ADD("z", "0", "1", "name", "", "1", NULL);
	CU_ASSERT_STRING_EQUAL(indexes_collation(&ix, "t", "NAME"), "BINARY");
	arena_free(&arena);
}

/* --- raw SQL ----------------------------------------------------------------------- */

static void tell(const struct needs *needs, char *out, size_t cap)
{
	static const char verbs[] = { [NEED_SELECT] = 'r', [NEED_INSERT] = 'i', [NEED_UPDATE] = 'u',
				      [NEED_DELETE] = 'd' };

	*out = '\0';
	for (size_t i = 0; i < needs->n; i++)
		for (size_t j = 0; j < needs->items[i].n; j++) {
			size_t len = strlen(out);

			snprintf(out + len, cap - len, "%s%c:%s", len ? " " : "",
				 verbs[needs->items[i].cols[j].verb], needs->items[i].table);
		}
}

static void test_raw(void)
{
	static const struct { const char *sql, *tables; int unread; } cases[] = {
		{ "DELETE FROM quota WHERE id = ?", "d:quota r:quota", 0 },
		{ "INSERT INTO a.quota (id) VALUES (?)", "i:a.quota", 0 },
		{ "update `my t` set a = 1", "u:my t r:my t", 0 },
		{ "INSERT INTO log SELECT id FROM users AS u JOIN groups g ON g.id = u.g",
		  "i:log r:users r:groups", 0 },
		{ "DELETE FROM a WHERE id IN (SELECT id FROM b, c WHERE 1 = 1)",
		  "d:a r:a r:b r:c", 0 },
		{ "SELECT EXTRACT(YEAR FROM born) FROM people", "r:people", 0 },
		{ "SELECT a IS DISTINCT FROM b FROM people", "r:people", 0 },
		{ "SELECT 'FROM x' AS f -- FROM y\n FROM z /* FROM w */", "r:z", 0 },
		{ "SELECT * FROM (SELECT a FROM b) AS s, c", "r:b r:c", 0 },
		{ "SELECT * FROM make_rows(?)", "", 1 },
		{ "CALL end_sessions(?)", "", 1 },
		{ "WITH x AS (SELECT 1) DELETE FROM a", "r:a", 1 },
		{ "INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE n = 1", "i:a", 1 },
		{ "SELECT id FROM a FOR UPDATE", "r:a", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct needs needs = { .arena = &arena };
		char seen[200];

		needs_of_text(&needs, cases[i].sql, "users.sql", OP_CREATE);
		tell(&needs, seen, sizeof(seen));
		if (strcmp(seen, cases[i].tables) || !needs.unread != !cases[i].unread)
			fprintf(stderr, "%s: \"%s\", unread %d\n", cases[i].sql, seen,
				needs.unread != NULL);
		CU_ASSERT_STRING_EQUAL(seen, cases[i].tables);
		CU_ASSERT_EQUAL(needs.unread != NULL, cases[i].unread);
		CU_ASSERT_FALSE(needs.failed);
		arena_free(&arena);
	}
}

static const struct unit_test tests[] = {
	{ "an index on lower()", test_expressions },
	{ "columns of an index in their places", test_places },
	{ "a collation that folds", test_collations },
	{ "tables of raw SQL", test_raw },
};
UNIT_MAIN("sql/doctor", tests)
