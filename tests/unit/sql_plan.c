/* Statement text made of a mapping, per dialect: drivers/sql/plan*.c, dialect.c, text.c. */
#include <stdlib.h>
#include <string.h>

#include "sql/plan/plan.h"
#include "sql/call/schema.h"
#include "sql/plan/text.h"
#include "sql_fake.h"
#include "unit.h"

struct made {
	struct mapping *mapping;
	struct plan *plan;
};

static struct made make_narrow(uint32_t dialect, const char *users, int trusted,
			       uint32_t operations)
{
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_str text = { users, strlen(users) };
	struct made m = { NULL, calloc(1, sizeof(struct plan)) };

	fake.log[0] = '\0';
	if (mapping_parse(&text, &findings, &m.mapping, &err) != IDBC_OK) {
		fprintf(stderr, "%s\n", fake.log);
		CU_FAIL_FATAL("the mapping is wrong");
	}
	m.plan->mapping = m.mapping;
	m.plan->dialect = dialect_find(dialect);
	m.plan->host = &fake_host;
	m.plan->operations = operations;
	m.plan->catalogue.trusted = trusted;
	CU_ASSERT_EQUAL_FATAL(plan_tables(m.plan), 0);
	return m;
}

static struct made make(uint32_t dialect, const char *users, int trusted)
{
	return make_narrow(dialect, users, trusted, OP_ALL);
}

static void column_kept(struct made *m, const char *table, const char *name, const char *type,
			const char *width, const char *collation, const char *key,
			const char *unique)
{
	const char *cells[10] = { table, name, type, type, width, collation, "1", "0", key, unique };
	struct idbc_value row[10];

	for (int i = 0; i < 10; i++)
		row[i] = (struct idbc_value){ .kind = cells[i] ? IDBC_KIND_STR : IDBC_KIND_NULL,
			.u.str = { cells[i], cells[i] ? strlen(cells[i]) : 0 } };
	CU_ASSERT_EQUAL(catalogue_add_row(&m->plan->catalogue, m->plan->dialect, &m->plan->arena,
					  row), 0);
}

static void column(struct made *m, const char *table, const char *name, const char *type,
		   const char *width, const char *collation)
{
	column_kept(m, table, name, type, width, collation, "0", "0");
}

static void drop(struct made *m)
{
	plan_free(m->plan);
	mapping_free(m->mapping);
}

static const char simple[] =
	"{\"user\":{\"table\":\"people\",\"key\":\"id\",\"id\":\"auto\",\"where\":{\"kind\":\"O'User\"}},"
	"\"profile\":{\"username\":\"login\",\"email\":\"mail\"},"
	"\"login\":{\"by\":[\"username\"]},\"password\":{\"col\":\"pw\"}}";

static const char two_names[] =
	"{\"user\":{\"table\":\"people\",\"key\":\"id\",\"id\":\"auto\",\"where\":{\"kind\":\"O'User\"}},"
	"\"profile\":{\"username\":\"login\",\"email\":\"mail\"},"
	"\"login\":{\"by\":[\"username\",\"email\"]},\"password\":{\"col\":\"pw\"}}";

static void test_direct(void)
{
	struct made m = make(SQL_SQLITE, simple, 1);

	CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
	UNIT_STR(m.plan->read[IDBC_BY_LOGIN].sql,
		 "SELECT u.\"id\", u.\"login\", u.\"mail\", u.\"pw\""
		 " FROM \"people\" AS u WHERE u.\"login\" = ?"
		 " AND CAST(u.\"login\" AS BLOB) = CAST(? AS BLOB) AND u.\"kind\" = ?");
	CU_ASSERT_EQUAL(m.plan->read[IDBC_BY_LOGIN].nargs, 3);
	UNIT_STR(m.plan->read[IDBC_BY_EMAIL].sql,
		 "SELECT u.\"id\", u.\"login\", u.\"mail\", u.\"pw\""
		 " FROM \"people\" AS u WHERE LOWER(u.\"mail\") IN (LOWER(?), ?) AND u.\"kind\" = ?");
	CU_ASSERT_PTR_NULL(m.plan->read[IDBC_BY_PHONE].sql);
	drop(&m);
}

/* Who holds a name is asked of every row, also of those that are no users; whoever logs in
 * with two fields is looked for in both, in one statement. */
static void test_unique_sees_all(void)
{
	struct made m = make(SQL_SQLITE, two_names, 1);
	const struct map_field *username = mapping_field(m.mapping, "username");

	CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
	CU_ASSERT_EQUAL(m.plan->taken.npairs, 4);
	CU_ASSERT_EQUAL(m.plan->taken_email.npairs, 2);
	CU_ASSERT_PTR_EQUAL(m.plan->taken.pairs[0].value, username);
	CU_ASSERT_PTR_EQUAL(m.plan->taken.pairs[0].in, username);
	CU_ASSERT_PTR_EQUAL(m.plan->taken.args[0].of, username);
	CU_ASSERT_PTR_NULL(strstr(m.plan->taken.sql, "kind"));
	UNIT_STR(m.plan->taken_email.sql,
		 "SELECT u.\"id\" AS k, 0 AS f, u.\"mail\" AS m FROM \"people\" AS u"
		 " WHERE LOWER(u.\"mail\") IN (LOWER(?), ?)"
		 " UNION ALL SELECT u.\"id\" AS k, 1 AS f, u.\"login\" AS m FROM \"people\" AS u"
		 " WHERE u.\"login\" = ? AND CAST(u.\"login\" AS BLOB) = CAST(? AS BLOB)");
	drop(&m);
}

static void test_collations(void)
{
	struct made m = make(SQL_MARIADB, simple, 0);
	const char *sql;

	column(&m, "0", "id", "int", NULL, NULL);
	column(&m, "0", "kind", "varchar", "10", "utf8mb4_general_ci");
	column(&m, "0", "login", "varchar", "60", "latin1_german1_ci");
	column(&m, "0", "mail", "varchar", "60", "utf8mb4_bin");
	column(&m, "0", "pw", "varchar", "60", "utf8mb4_bin");
	CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
	CU_ASSERT_PTR_NULL(m.plan->error);
	sql = m.plan->read[IDBC_BY_USERNAME].sql;
	CU_ASSERT_PTR_NOT_NULL(strstr(sql, "u.`login` = CONVERT(? USING latin1) COLLATE latin1_german1_ci"
				 " AND CAST(CONVERT(u.`login` USING utf8mb4) AS BINARY) = CAST(? AS BINARY)"));
	/* A collation that tells a from A apart cannot find both by its index. */
	sql = m.plan->read[IDBC_BY_EMAIL].sql;
	CU_ASSERT_PTR_NULL(strstr(sql, "u.`mail` = ?"));
	CU_ASSERT_PTR_NOT_NULL(strstr(sql, "LOWER(CONVERT(u.`mail` USING utf8mb4))"));
	CU_ASSERT_PTR_NOT_NULL(strstr(m.plan->state.sql, " FOR UPDATE"));
	drop(&m);
}

static struct made make_unique(const char *key, const char *unique, const char *pw)
{
	struct made m = make(SQL_MARIADB, two_names, 0);

	column_kept(&m, "0", "id", key, NULL, NULL, "1", "0");
	column(&m, "0", "kind", "varchar", "10", "utf8mb4_general_ci");
	column_kept(&m, "0", "login", "varchar", "60", "utf8mb4_general_ci", "0", unique);
	column_kept(&m, "0", "mail", "varchar", "60", "utf8mb4_general_ci", "0", unique);
	column(&m, "0", "pw", pw, "60", NULL);
	CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
	return m;
}

/* Two login fields: the row at once, where all that is read lies in it and comes out of a
 * UNION as it went in.  Bytes are compared where several rows may be equal by the collation,
 * and always before something is written. */
static void test_direct_each(void)
{
	struct made m = make_unique("int", "1", "varchar");

	UNIT_STR(m.plan->read[IDBC_BY_LOGIN].sql,
		 "SELECT u.`id`, 0, CONVERT(u.`login` USING utf8mb4) COLLATE utf8mb4_bin, u.`login`,"
		 " u.`mail`, u.`pw` FROM `people` AS u WHERE u.`login` = ? AND u.`kind` = ?"
		 " UNION ALL SELECT u.`id`, 1, CONVERT(u.`mail` USING utf8mb4) COLLATE utf8mb4_bin,"
		 " u.`login`, u.`mail`, u.`pw` FROM `people` AS u WHERE u.`mail` = ? AND u.`kind` = ?");
	CU_ASSERT_EQUAL(m.plan->read[IDBC_BY_LOGIN].nargs, 4);
	UNIT_STR(m.plan->read[IDBC_BY_EMAIL].sql,
		 "SELECT u.`id`, u.`login`, u.`mail`, u.`pw` FROM `people` AS u"
		 " WHERE u.`mail` = ? AND u.`kind` = ?");
	CU_ASSERT_PTR_NOT_NULL(strstr(m.plan->taken.sql, "AS BINARY"));
	drop(&m);
	m = make_unique("int", "0", "varchar");
	CU_ASSERT_PTR_NOT_NULL(strstr(m.plan->read[IDBC_BY_EMAIL].sql, "AS BINARY"));
	CU_ASSERT_PTR_NULL(strstr(m.plan->read[IDBC_BY_LOGIN].sql, "JOIN"));
	drop(&m);
	m = make_unique("int", "1", "varbinary");
	CU_ASSERT_PTR_NOT_NULL(strstr(m.plan->read[IDBC_BY_LOGIN].sql, "JOIN"));
	drop(&m);
}

static const char rich[] =
	"{\"user\":{\"table\":\"u\",\"key\":\"id\",\"id\":\"auto\"},"
	"\"links\":{\"addr\":{\"table\":\"addr\",\"on\":{\"uid\":\"@id\"},\"where\":{\"main\":1}},"
	"\"meta\":{\"table\":\"meta\",\"as\":\"eav\",\"on\":{\"uid\":\"@id\"},\"name\":\"k\",\"value\":\"v\"},"
	"\"roles\":{\"table\":\"ur\",\"as\":\"many\",\"on\":{\"uid\":\"@id\"},"
	"\"join\":{\"r\":\"r.id = @rid\"}}},"
	"\"profile\":{\"username\":\"login\",\"email\":\"addr.mail\",\"given_name\":\"meta[first]\","
	"\"blocked\":{\"exists\":\"meta\",\"where\":{\"k\":\"ban\"}},"
	"\"app_metadata.roles\":{\"list\":\"roles\",\"cols\":{\"name\":\"r.name\"}}},"
	"\"login\":{\"by\":[\"username\",\"email\"]},\"password\":{\"col\":\"pw\"}}";

static void test_links_maria(void)
{
	struct made m = make(SQL_MARIADB, rich, 1);

	CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
	UNIT_STR(m.plan->read[IDBC_BY_LOGIN].sql,
		 "SELECT c.k, c.f, c.m, u.`login`, l0.`mail`, "
		 "(SELECT t.`v` FROM `meta` AS t WHERE t.`uid` = u.`id` AND t.`k` = ?"
		 " ORDER BY t.`v` LIMIT 1), "
		 "EXISTS (SELECT 1 FROM `meta` AS t WHERE t.`uid` = u.`id` AND t.`k` = ?), "
		 "(SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT(?, j0.`name`) ORDER BY j0.`name`"
		 " SEPARATOR ','), ']') FROM `ur` AS t JOIN `r` AS j0 ON j0.`id` = t.`rid`"
		 " WHERE t.`uid` = u.`id`), u.`pw` FROM ("
		 "SELECT u.`id` AS k, 0 AS f, CONVERT(u.`login` USING utf8mb4) COLLATE utf8mb4_bin AS m"
		 " FROM `u` AS u WHERE u.`login` = ? AND CAST(CONVERT(u.`login` USING utf8mb4) AS BINARY)"
		 " = CAST(? AS BINARY) UNION ALL "
		 "SELECT u.`id` AS k, 1 AS f, CONVERT(t.`mail` USING utf8mb4) COLLATE utf8mb4_bin AS m"
		 " FROM `u` AS u JOIN `addr` AS t ON t.`uid` = u.`id` AND t.`main` = ? WHERE "
		 "CAST(LOWER(CONVERT(t.`mail` USING utf8mb4)) AS BINARY) = CAST(LOWER(?) AS BINARY)"
		 ") AS c JOIN `u` AS u ON u.`id` = c.k"
		 " LEFT JOIN `addr` AS l0 ON l0.`uid` = u.`id` AND l0.`main` = ?"
		 " WHERE u.`id` IS NOT NULL ORDER BY l0.`mail`");
	CU_ASSERT_EQUAL(m.plan->read[IDBC_BY_LOGIN].nargs, 8);
	drop(&m);
}

/* An address of which the link keeps older ones: only the newest finds the user. */
static void test_newest_answers(void)
{
	static const char users[] =
		"{\"user\":{\"table\":\"u\",\"key\":\"id\",\"id\":\"auto\"},\"links\":{"
		"\"addr\":{\"table\":\"addr\",\"on\":{\"uid\":\"@id\"},\"order\":\"n\"}},"
		"\"profile\":{\"email\":\"addr.mail\"},"
		"\"login\":{\"by\":[\"email\"]},\"password\":{\"col\":\"pw\"}}";
	struct made m = make(SQL_MARIADB, users, 1);

	CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(m.plan->read[IDBC_BY_EMAIL].sql,
		" AND t.`mail` = (SELECT x.`mail` FROM `addr` AS x WHERE x.`uid` = u.`id`"
		" ORDER BY x.`n` DESC LIMIT 1)) AS c"));
	drop(&m);
}

static void test_lists_sqlite(void)
{
	struct made m = make(SQL_SQLITE, rich, 1);

	CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(m.plan->read[IDBC_BY_LOGIN].sql,
		"(SELECT json_group_array(json_object(?, x.c0)) FROM (SELECT"
		" CASE typeof(j0.\"name\") WHEN 'blob' THEN CAST(j0.\"name\" AS TEXT)"
		" ELSE j0.\"name\" END AS c0"
		" FROM \"ur\" AS t JOIN \"r\" AS j0 ON j0.\"id\" = t.\"rid\" WHERE t.\"uid\" = u.\"id\""
		" ORDER BY j0.\"name\") AS x)"));
	drop(&m);
}

/* Constants of the mapping are bound, whatever they hold. */
static void test_no_value_in_text(void)
{
	struct made m = make(SQL_MARIADB, rich, 1), s = make(SQL_SQLITE, simple, 1);

	CU_ASSERT_EQUAL(plan_compile(m.plan) | plan_compile(s.plan), 0);
	for (int by = 0; by < 4; by++) {
		CU_ASSERT_PTR_NULL(strstr(m.plan->read[by].sql, "first"));
		CU_ASSERT_PTR_NULL(strstr(m.plan->read[by].sql, "ban"));
		CU_ASSERT_PTR_NULL(strstr(s.plan->read[by].sql, "User"));
	}
	drop(&m);
	drop(&s);
}

static void test_findings(void)
{
	struct made m = make(SQL_MARIADB, simple, 0);
	static const struct idbc_value other = { .kind = IDBC_KIND_STR, .u.str = { "poeple", 6 } };

	catalogue_add_other(&m.plan->catalogue, &m.plan->arena, &other);
	CU_ASSERT_EQUAL(plan_check(m.plan), 0);
	CU_ASSERT_EQUAL_FATAL(m.plan->nfindings, 1);
	UNIT_STR(m.plan->findings[0].code, "missing-table");
	UNIT_STR(m.plan->findings[0].text, "no table \"people\", did you mean \"poeple\"");
	drop(&m);

	m = make(SQL_MARIADB, simple, 0);
	column(&m, "0", "id", "int", NULL, NULL);
	column(&m, "0", "kind", "varchar", "10", NULL);
	column(&m, "0", "logon", "varchar", "60", NULL);
	column(&m, "0", "pw", "varchar", "60", NULL);
	CU_ASSERT_EQUAL(plan_check(m.plan), 0);
	CU_ASSERT_EQUAL_FATAL(m.plan->nfindings, 2);
	UNIT_STR(m.plan->findings[0].key, "users.profile.username");
	UNIT_STR(m.plan->findings[0].text,
		 "no column \"login\" in table \"people\", did you mean \"logon\"");
	UNIT_STR(m.plan->findings[1].text, "no column \"mail\" in table \"people\"");
	CU_ASSERT_PTR_EQUAL(m.plan->error, &m.plan->findings[0]);
	drop(&m);
}

/* A connection that only reads may be blind to what the others write. */
static void test_narrow(void)
{
	static const char users[] =
		"{\"user\":{\"table\":\"u\",\"key\":\"id\",\"insert\":{\"made\":\"$now\"}},"
		"\"links\":{\"q\":{\"table\":\"quota\",\"on\":{\"uid\":\"@id\"}}},"
		"\"profile\":{\"email\":\"mail\"},\"create\":{\"links\":[\"q\"]},"
		"\"login\":{\"by\":[\"email\"]},\"password\":{\"col\":\"pw\",\"set\":{\"at\":1}},"
		"\"delete\":{\"steps\":[{\"delete\":\"s\",\"where\":{\"uid\":\"@id\"}}]}}";
	static const uint32_t operations[] = { OP_ALL, OP_LOGIN | OP_GET_USER };
	static const size_t wanted[] = { 4, 0 };

	for (size_t i = 0; i < 2; i++) {
		struct made m = make_narrow(SQL_MARIADB, users, 0, operations[i]);

		column(&m, "0", "id", "int", NULL, NULL);
		column(&m, "0", "mail", "varchar", "60", NULL);
		column(&m, "0", "pw", "varchar", "60", NULL);
		CU_ASSERT_EQUAL(plan_check(m.plan), 0);
		CU_ASSERT_EQUAL(m.plan->nfindings, wanted[i]);
		drop(&m);
	}
}

static void test_wrong_type(void)
{
	struct made m = make(SQL_MARIADB,
		"{\"user\":{\"table\":\"u\",\"key\":\"id\",\"id\":\"auto\"},\"profile\":{\"email\":\"mail\","
		"\"created_at\":{\"col\":\"at\",\"time\":\"unix\"}},\"login\":{\"by\":[\"email\"]},"
		"\"password\":{\"col\":\"pw\"}}", 0);

	column(&m, "0", "id", "int", NULL, NULL);
	column(&m, "0", "mail", "varchar", "60", NULL);
	column(&m, "0", "at", "datetime", NULL, NULL);
	column(&m, "0", "pw", "varchar", "60", NULL);
	CU_ASSERT_EQUAL(plan_check(m.plan), 0);
	CU_ASSERT_EQUAL_FATAL(m.plan->nfindings, 1);
	UNIT_STR(m.plan->findings[0].code, "wrong-type");
	UNIT_STR(m.plan->findings[0].key, "users.profile.created_at");
	drop(&m);
}

static void test_quoting(void)
{
	struct arena arena = ARENA_INIT;
	struct sql_text t = SQL_TEXT_INIT(&arena, dialect_find(SQL_MYSQL));

	text_put(&t, "%T %I %d%%", "shop.users", "a`b", -3);
	UNIT_STR(t.s, "`shop`.`users` `a``b` -3%");
	t = (struct sql_text)SQL_TEXT_INIT(&arena, dialect_find(SQL_SQLITE));
	text_put(&t, "%T.%I", "users", "a\"b");
	UNIT_STR(t.s, "\"users\".\"a\"\"b\"");
	t = (struct sql_text)SQL_TEXT_INIT(&arena, dialect_find(SQL_MSSQL));
	text_put(&t, "%T.%I", "dbo.users", "a]b[");
	UNIT_STR(t.s, "[dbo].[users].[a]]b[]");
	CU_ASSERT_PTR_NULL(dialect_find(99));
	UNIT_STR(dialect_name(SQL_MSSQL), "SQL Server");
	arena_free(&arena);
}

/* --- our own schema: the files in examples/schema are what the driver runs -------------- */

static void squeeze(const char *in, char *out, size_t cap)
{
	size_t n = 0;

	for (; *in && n + 2 < cap; in++) {
		if (in[0] == '-' && in[1] == '-') {
			in += strcspn(in, "\n");
			if (!*in)
				break;
		}
		if (!strchr(" \t\n;", *in))
			out[n++] = *in;
	}
	out[n] = '\0';
}

static void compare_schema(uint32_t dialect, const char *path)
{
	char file[8192] = "", text[8192] = "", made[8192], want[8192];
	FILE *f = fopen(path, "r");

	if (!f) {
		CU_FAIL("examples/schema is not where the tests run");
		return;
	}
	file[fread(file, 1, sizeof(file) - 1, f)] = '\0';
	fclose(f);
	for (const char *const *sql = schema_statements(dialect); *sql; sql++)
		strncat(text, *sql, sizeof(text) - strlen(text) - 1);
	squeeze(file, want, sizeof(want));
	squeeze(text, made, sizeof(made));
	UNIT_STR(made, want);
}

static void test_schema(void)
{
	compare_schema(SQL_SQLITE, "examples/schema/sqlite.sql");
	compare_schema(SQL_MARIADB, "examples/schema/mysql.sql");
}

/* A row in one text, where the kind of each column is known and its text there is its own. */
static void test_packed(void)
{
	static const char *const kinds[] = { "bool", "bytea", "date", "float8" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct made m = make(SQL_POSTGRESQL, simple, 0);
		const char *sql;

		column(&m, "0", "id", "int8", NULL, NULL);
		column(&m, "0", "kind", "text", NULL, NULL);
		column(&m, "0", "login", "text", NULL, NULL);
		column(&m, "0", "mail", "text", NULL, NULL);
		column(&m, "0", "pw", kinds[i], NULL, NULL);
		m.plan->packs = 1;
		CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
		sql = m.plan->plain[IDBC_BY_EMAIL].sql;
		if (i) {
			CU_ASSERT_EQUAL(strncmp(sql, "SELECT u.", 9), 0);
		} else {
			UNIT_STR(sql, SQL_ROW_TEXT "u.\"id\", u.\"login\", u.\"mail\","
				 " CAST(u.\"pw\" AS int)) FROM \"people\" AS u"
				 " WHERE LOWER(u.\"mail\") = CAST(? AS text)"
				 " AND u.\"kind\" = ?");
		}
		CU_ASSERT_EQUAL(strncmp(m.plan->state.sql, "SELECT u.", 9), 0);
		drop(&m);
	}
}

/* As many columns as a function takes arguments, the key among them; and one more. */
static void test_packed_wide(void)
{
	for (int extra = 96; extra <= 97; extra++) {
		char users[8192] = "{\"user\":{\"table\":\"people\",\"key\":\"id\",\"id\":\"auto\"},"
			"\"login\":{\"by\":[\"username\"]},\"password\":{\"col\":\"pw\"},"
			"\"profile\":{\"username\":\"login\",\"email\":\"mail\"";
		struct made m;
		char name[16];

		for (int i = 0; i < extra; i++)
			snprintf(users + strlen(users), 64, ",\"user_metadata.m%d\":\"m%d\"", i, i);
		strcat(users, "}}");
		m = make(SQL_POSTGRESQL, users, 0);
		column(&m, "0", "id", "int8", NULL, NULL);
		column(&m, "0", "login", "text", NULL, NULL);
		column(&m, "0", "mail", "text", NULL, NULL);
		column(&m, "0", "pw", "text", NULL, NULL);
		for (int i = 0; i < extra; i++) {
			snprintf(name, sizeof(name), "m%d", i);
			column(&m, "0", name, "text", NULL, NULL);
		}
		m.plan->packs = 1;
		CU_ASSERT_EQUAL(plan_compile(m.plan), 0);
		CU_ASSERT_EQUAL(m.plan->plain[IDBC_BY_EMAIL].ncols, (uint32_t)extra + 3);
		CU_ASSERT_EQUAL(strncmp(m.plan->plain[IDBC_BY_EMAIL].sql, SQL_ROW_TEXT,
					strlen(SQL_ROW_TEXT)) == 0, extra == 96);
		drop(&m);
	}
}

static const struct unit_test tests[] = {
	{ "direct", test_direct },
	{ "packed", test_packed },
	{ "packed-wide", test_packed_wide },
	{ "unique-sees-all", test_unique_sees_all },
	{ "collations", test_collations },
	{ "direct-each", test_direct_each },
	{ "links-mariadb", test_links_maria },
	{ "newest-answers", test_newest_answers },
	{ "lists-sqlite", test_lists_sqlite },
	{ "no-value-in-text", test_no_value_in_text },
	{ "findings", test_findings },
	{ "narrow", test_narrow },
	{ "wrong-type", test_wrong_type },
	{ "quoting", test_quoting },
	{ "schema", test_schema },
};
UNIT_MAIN("sql_plan", tests)
