/* One mapping in every dialect: all seven operations over a scripted store, and every
 * statement that they send compared with sql_dialects.txt beside this file.
 * drivers/sql/plan/dialect.c, plan*.c, write.c, serial.c.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/user/write.h"
#include "dialect_store.h"

static const char counted[] = PEOPLE("\"failed\":{\"count\":\"n\","
	"\"first\":{\"col\":\"began\",\"time\":\"unix\"},\"last\":{\"col\":\"tried\",\"time\":\"iso\"},"
	"\"locked_until\":\"made\",\"max\":5,\"window_s\":60,\"lock_s\":900}");

/* --- what they send ---------------------------------------------------------------------- */

static char sent[65536];
static size_t nsent;

static void note(const char *what)
{
	nsent += (size_t)snprintf(sent + nsent, sizeof(sent) - nsent, "-- %s\n", what);
	for (size_t i = 0; i < fake.nsent; i++)
		nsent += (size_t)snprintf(sent + nsent, sizeof(sent) - nsent, "%s\n", fake.sent[i]);
}

static struct idbc_sink sink = LINE_SINK;

static struct idbc_field field(const char *name, const char *text)
{
	return (struct idbc_field){ name, { .kind = IDBC_KIND_STR, .u.str = { text, strlen(text) } } };
}

#define LATER 1000000000
#define LOCKS { "GET_LOCK", 0, 0, NULL, 0, { { "1" } } }, \
	{ "pg_advisory_xact_lock", 0, 0, NULL, 0, { { "1" } } }, \
	{ "sp_getapplock", 0, 0, NULL, 0, { { "1" } } }

/* Key, which, matched; login, mail, first name, verified, blocked, roles, pw. */
#define PROFILE(id, matched) { id, "0", matched, "ann", "a@x", "Ann", "1", "0", "[]", "$h" }
/* Key, which, matched; login, mail, first name, verified, pw, id. */
#define STATE(id) { id, "0", id, "ann", "a@x", "Ann", "0", "$h", id }

static void login(const struct store *store)
{
	struct idbc_login_req req = { sizeof(req), IDBC_BY_LOGIN, LATER, str("ann"), str("pw"), 0, 0 };
	struct fake_answer script[] = {
		{ "app", 0, 0, NULL, 0, { PROFILE(store->id, "ann") } },
	};

	fake_script(script, 1);
	CU_ASSERT_EQUAL(sql_ops.login(session, &req, &sink, &err), IDBC_OK);
	note("login");
	/* Of a capital I some stores' LOWER() make what ours does not. */
	req.identifier = str("ANNI");
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.login(session, &req, &sink, &err), IDBC_NO_USER);
	note("login, a capital I");
}

static void list(const struct store *store)
{
	struct idbc_list_req req = { .size = sizeof(req), .limit = 2, .deadline_ns = LATER };

	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.list(session, &req, &sink, &err), IDBC_OK);
	note("list");
	req.after = str(store->id);
	req.flags = IDBC_LIST_CREDENTIALS;
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.list(session, &req, &sink, &err), IDBC_OK);
	note("list, credentials after a key");
	req.flags |= IDBC_LIST_LAST;
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.list(session, &req, &sink, &err), IDBC_OK);
	note("list, the last ones");
}

static void proven(const struct store *store)
{
	struct idbc_field old = field("hash", "$h"), new = field("hash", "$n");
	struct idbc_proven_req req = { sizeof(req), IDBC_PROVEN_TOUCH, LATER, str(store->id),
				       { NULL, 0 }, &new, 1, &old, 1, NULL, 0 };
	struct fake_answer script[] = {
		{ dialect_find(store->dialect)->now_hint[0] ? "NOWAIT" : "FOR UPDATE", 0, 0, NULL,
		  0, { { store->id } } },
		{ "SELECT", 0, 0, NULL, 0, { { "$n" } } },
	};

	fake_script(script, 2);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_OK);
	note("proven");
}

static void create(const struct store *store)
{
	struct idbc_field fields[] = { field("username", "ann"), field("email", "a@x"),
				       field("given_name", "Ann") };
	struct idbc_field hash = field("hash", "$h");
	struct idbc_create_req req = { sizeof(req), 0, LATER, fields, 3, &hash, 1, 0, 0 };
	struct fake_answer script[] = {
		LOCKS,
		{ "UNION ALL", 0, 0, NULL, 0, { { NULL } } },
		{ "INSERT INTO", 0, 0, NULL, 0, { { store->id } } },
		{ "SELECT", 0, 0, NULL, 0, { PROFILE(store->id, store->id) } },
	};

	fake_script(script, 6);
	CU_ASSERT_EQUAL(sql_ops.create(session, &req, &sink, &err), IDBC_OK);
	note("create");
}

static void change(const struct store *store)
{
	struct idbc_field hash = field("hash", "$n");
	struct idbc_email_req req = { sizeof(req), IDBC_BY_USER_ID, LATER, str(store->id),
				      str("b@x"), 1, 0 };
	struct idbc_password_req password = { sizeof(password), IDBC_BY_USER_ID, LATER,
					      str(store->id), &hash, 1, NULL, 0 };
	int locks = dialect_find(store->dialect)->lock_first;
	struct fake_answer script[] = {
		LOCKS,
		{ locks ? "SELECT" : "nothing", 0, 0, NULL, 0, { { store->id, "0", store->id } } },
		{ "SELECT", 0, 0, NULL, 0, { STATE(store->id) } },
	};

	fake_script(script, 5);
	CU_ASSERT_EQUAL(sql_ops.change_email(session, &req, &err), IDBC_OK);
	note("change_email");
	fake_script(script, 5);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &password, &err), IDBC_OK);
	note("change_password");
}

static void delete(const struct store *store)
{
	struct idbc_delete_req req = { .size = sizeof(req), .deadline_ns = LATER,
				       .user_id = str(store->id) };
	int locks = dialect_find(store->dialect)->lock_first;
	struct fake_answer script[] = {
		{ locks ? "SELECT" : "nothing", 0, 0, NULL, 0, { { store->id, "0", store->id } } },
		{ "SELECT", 0, 0, NULL, 0, { STATE(store->id) } },
	};

	fake_script(script, 2);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_OK);
	note("delete_user");
}

/* The newest of several rows is the one that is updated. */
static void newest(const struct store *store)
{
	struct user user = { .id = str(store->id) };
	struct sets set = { NULL, 0, 0 }, where = { NULL, 0, 0 };
	struct idbc_value value = { .kind = IDBC_KIND_STR, .u.str = { "x", 1 } };
	struct write w;
	int64_t rows;

	(void)user;
	fake_script(NULL, 0);
	write_init(&w, session, &user, NULL, 0);
	CU_ASSERT_EQUAL(sets_put(&w, &set, "v", &value) | sets_put(&w, &where, "uid", &value), 0);
	CU_ASSERT_EQUAL(write_update(&w, "meta", &set, &where, "n", &rows, &err), IDBC_OK);
	UNIT_STR(fake.args[0], store->dialect == SQL_POSTGRESQL || store->dialect == SQL_SQLITE
			       ? "x|x|x" : "x|x");
	note("newest");
}

/* Counted for him, the same for nobody, and forgotten. */
static void failed(const struct store *store)
{
	struct idbc_login_req login = { sizeof(login), IDBC_BY_LOGIN, LATER, str("ann"), str("pw"), 0, 0 };
	struct idbc_failed_req req = { sizeof(req), 0, LATER, str(store->id), { NULL, 0 } };
	struct idbc_proven_req proven = { .size = sizeof(proven), .flags = IDBC_PROVEN_FORGIVE,
					  .deadline_ns = LATER, .user_id = str(store->id) };

	fake_script(NULL, 0);
	sql_ops.login(session, &login, &sink, &err);
	note("login, failed attempts");
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.failed(session, &req, &err), IDBC_OK);
	note("failed");
	req.user_id.len = 0;
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.failed(session, &req, &err), IDBC_OK);
	note("failed, nobody");
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &proven, &err), IDBC_OK);
	note("proven, forgiven");
}

/* A delete in phases, as a table of intents wants it; who reads, sees who is hidden. */
static void phase(const struct store *store, uint32_t phase, int rc, const char *name)
{
	struct idbc_delete_req req = { .size = sizeof(req), .phase = phase, .deadline_ns = LATER,
				       .user_id = str(store->id), .token = str("token"),
				       .new_token = str("other"), .lease_ms = 30000 };
	int locks = dialect_find(store->dialect)->lock_first;
	struct fake_answer script[] = {
		{ locks ? "SELECT" : "nothing", 0, 0, NULL, 0, { { store->id, "0", store->id } } },
		{ "SELECT", 0, 0, NULL, 0, { STATE(store->id) } },
	};

	fake_script(script, 2);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), rc);
	note(name);
}

static void intents(const struct store *store)
{
	struct idbc_login_req req = { sizeof(req), IDBC_BY_LOGIN, LATER, str("ann"), str("pw"), 0, 0 };

	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.login(session, &req, &sink, &err), IDBC_NO_USER);
	note("login, perhaps hidden");
	phase(store, IDBC_DELETE_NOW, IDBC_OK, "delete_user, and its tombstone");
	phase(store, IDBC_DELETE_HIDE, IDBC_OK, "hide");
	phase(store, IDBC_DELETE_SHOW, IDBC_OK, "show");
	phase(store, IDBC_DELETE_TAKE, IDBC_OK, "take");
	phase(store, IDBC_DELETE_FINISH, IDBC_OK, "finish");
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.intents(session, LATER, &sink, &err), IDBC_OK);
	note("intents");
}

/* --- what was expected -------------------------------------------------------------------- */

/* The part of sql_dialects.txt that follows "== NAME". */
static void expected(const char *name, char *out, size_t cap)
{
	FILE *f = fopen(TEST_SOURCE "/tests/unit/sql_dialects.txt", "r");
	char row[8192];
	size_t len = 0;
	int ours = 0;

	out[0] = '\0';
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(row, sizeof(row), f)) {
		if (!strncmp(row, "== ", 3))
			ours = !strncmp(row + 3, name, strlen(name)) && row[3 + strlen(name)] == '\n';
		else if (ours && row[0] != '#' && row[0] != '\n')
			len += (size_t)snprintf(out + len, cap - len, "%s", row);
	}
	fclose(f);
}

static void run_all(const struct store *store)
{
	nsent = 0;
	open_store(store, people);
	login(store);
	list(store);
	proven(store);
	create(store);
	change(store);
	delete(store);
	newest(store);
	close_store();
	open_store(store, counted);
	failed(store);
	close_store();
	names_intents = 1;
	open_store(store, people);
	intents(store);
	close_store();
	names_intents = 0;
}

static void compare(size_t i)
{
	static char want[65536];
	const char *name = dialect_name(stores[i].dialect), *a = sent, *b = want;

	run_all(&stores[i]);
	expected(name, want, sizeof(want));
	if (getenv("SQL_DIALECTS_SHOW"))
		fprintf(stderr, "== %s\n%s\n", name, sent);
	while (*a && *b) {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

		if (n != m || memcmp(a, b, n)) {
			fprintf(stderr, "%s: got  %.*s\n%s: want %.*s\n", name, (int)n, a, name, (int)m, b);
			CU_FAIL("another statement");
		}
		a += n + 1;
		b += m + 1;
	}
	CU_ASSERT(!*a && !*b);
}

static void test_mariadb(void)
{
	compare(0);
}

static void test_sqlite(void)
{
	compare(1);
}

static void test_postgresql(void)
{
	compare(2);
}

static void test_mssql(void)
{
	compare(3);
}

/* --- what holds of every statement ---------------------------------------------------------- */

/* Outside of quotes, and in quotes of either kind: brackets are names. */
static void check_brackets(const char *sql)
{
	int depth = 0;

	for (const char *p = sql; *p && depth >= 0; p++) {
		if (*p == '[' || *p == '\'') {
			p = strchr(p + 1, *p == '[' ? ']' : '\'');
			CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		}
		depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
	}
	CU_ASSERT_EQUAL(depth, 0);
}

static void check_mssql(const char *sql)
{
	static const char *const words[] = {
		"LIMIT", "`", "\"", "FOR UPDATE", "RETURNING", "json_", "CAST(? AS text", "NULLS LAST",
		"GETUTCDATE", "pg_", "rowid", "ctid",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(sql, words[i])) {
			fprintf(stderr, "%s in %s\n", words[i], sql);
			CU_FAIL("a word that SQL Server does not know");
		}
	check_brackets(sql);
}

static void test_mssql_words(void)
{
	const struct store *store = &stores[3];
	char *copy, *line, *rest = NULL;

	run_all(store);
	copy = strdup(sent);
	for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		check_mssql(line);
	free(copy);
	check_mssql(dialect_find(SQL_MSSQL)->columns);
	check_mssql(dialect_find(SQL_MSSQL)->tables);
}

/* Neither what a caller says nor a constant of the mapping. */
static void test_no_value_in_text(void)
{
	static const char *const values[] = {
		"ann", "a@x", "b@x", "$h", "$n", "Ann", "O'User", "first'name", "ban'ned", "first",
		"User", "ned",
	};

	for (size_t i = 0; i < STORES; i++) {
		run_all(&stores[i]);
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++)
			CU_ASSERT_PTR_NULL(strstr(sent, values[j]));
		CU_ASSERT_PTR_NULL(strstr(sent, stores[i].id));
	}
}

static const struct unit_test tests[] = {
	{ "mariadb", test_mariadb },
	{ "sqlite", test_sqlite },
	{ "postgresql", test_postgresql },
	{ "sql-server", test_mssql },
	{ "sql-server-words", test_mssql_words },
	{ "no-value-in-text", test_no_value_in_text },
};
UNIT_MAIN("sql_dialects", tests)
