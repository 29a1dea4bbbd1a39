/* One mapping in every dialect: all seven operations over a scripted store, and every
 * statement that they send compared with sql_dialects.txt beside this file.
 * drivers/sql/plan/dialect.c, plan*.c, write.c, serial.c, key.c.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/call/call.h"
#include "sql/user/key.h"
#include "sql/user/write.h"
#include "sql_lines.h"
#include "unit.h"

#define PEOPLE(login) \
	"{\"user\":{\"table\":\"app.people\",\"key\":\"id\",\"id\":\"auto\",\"where\":{\"kind\":\"O'User\"}}," \
	"\"links\":{\"m\":{\"table\":\"meta\",\"as\":\"eav\",\"on\":{\"uid\":\"@id\"},\"name\":\"k\"," \
	"\"value\":\"v\",\"order\":\"n\"}," \
	"\"roles\":{\"table\":\"roles\",\"as\":\"many\",\"on\":{\"uid\":\"@id\"}}}," \
	"\"profile\":{\"username\":\"login\",\"email\":\"mail\",\"given_name\":\"m[first'name]\"," \
	"\"email_verified\":{\"col\":\"ok\",\"bool\":true}," \
	"\"blocked\":{\"exists\":\"roles\",\"where\":{\"name\":\"ban'ned\"}}," \
	"\"app_metadata.roles\":{\"list\":\"roles\",\"cols\":{\"name\":\"t.name\"}}}," \
	"\"login\":{\"by\":[\"username\",\"email\"]," login "}," \
	"\"password\":{\"col\":\"pw\"}}"

static const char people[] = PEOPLE("\"touch\":{\"made\":\"$now\",\"n\":\"$count\"}");
static const char counted[] = PEOPLE("\"failed\":{\"count\":\"n\","
	"\"first\":{\"col\":\"began\",\"time\":\"unix\"},\"last\":{\"col\":\"tried\",\"time\":\"iso\"},"
	"\"locked_until\":\"made\",\"max\":5,\"window_s\":60,\"lock_s\":900}");

/* What the catalogue says of them, by dialect: name, type, collation; the tables in order. */
struct column { const char *table, *name, *type, *full, *collation, *width; };
struct store {
	uint32_t dialect;
	const char *catalogue;          /* a word of its statement */
	const char *id;
	struct column columns[12];
};
static const struct store stores[] = {
	{ SQL_MARIADB, "information_schema", "42", {
		{ "0", "id", "int", "int(11)", NULL, NULL },
		{ "0", "kind", "varchar", "varchar(9)", NULL, NULL },
		{ "0", "login", "char", "char(20)", "latin1_swedish_ci", NULL },
		{ "0", "mail", "varchar", "varchar(90)", "utf8mb4_general_ci", NULL },
		{ "0", "ok", "tinyint", "tinyint(1)", NULL, NULL },
		{ "0", "n", "int", "int(11)", NULL, NULL },
		{ "0", "pw", "varchar", "varchar(255)", NULL, NULL },
		{ "1", "uid", "int", "int(11)", NULL, NULL },
		{ "1", "n", "int", "int(11)", NULL, NULL },
		{ "2", "uid", "int", "int(11)", NULL, NULL },
		{ "2", "name", "binary", "binary(16)", NULL, "16" },
		{ "0", "made", "datetime", "datetime", NULL, NULL } } },
	{ SQL_SQLITE, "pragma_table_xinfo", "42", {
		{ "0", "id", "INTEGER", "INTEGER", NULL, NULL },
		{ "0", "kind", "TEXT", "TEXT", NULL, NULL },
		{ "0", "login", "TEXT", "TEXT", NULL, NULL },
		{ "0", "mail", "TEXT", "TEXT", NULL, NULL },
		{ "0", "ok", "BOOLEAN", "BOOLEAN", NULL, NULL },
		{ "0", "n", "INTEGER", "INTEGER", NULL, NULL },
		{ "0", "pw", "TEXT", "TEXT", NULL, NULL },
		{ "1", "uid", "INTEGER", "INTEGER", NULL, NULL },
		{ "1", "n", "INTEGER", "INTEGER", NULL, NULL },
		{ "2", "uid", "INTEGER", "INTEGER", NULL, NULL },
		{ "2", "name", "BINARY(16)", "BINARY(16)", NULL, NULL },
		{ "0", "made", "DATETIME", "DATETIME", NULL, NULL } } },
	{ SQL_POSTGRESQL, "pg_attribute", "0c0ffee0-0000-4000-8000-000000000042", {
		{ "0", "id", "uuid", "uuid", NULL, NULL },
		{ "0", "kind", "enum", "app.\"Kind\"", NULL, NULL },
		{ "0", "login", "bpchar", "character(20)", "default", NULL },
		{ "0", "mail", "citext", "public.citext", "unicode_ci", NULL },
		{ "0", "ok", "bool", "boolean", NULL, NULL },
		{ "0", "n", "int4", "integer", NULL, NULL },
		{ "0", "pw", "bytea", "bytea", NULL, NULL },
		{ "1", "uid", "varchar", "character varying(36)", NULL, NULL },
		{ "1", "n", "int8", "bigint", NULL, NULL },
		{ "2", "uid", "uuid", "uuid", NULL, NULL },
		{ "2", "name", "jsonb", "jsonb", NULL, NULL },
		{ "0", "made", "timestamptz", "timestamp with time zone", NULL, NULL } } },
	{ SQL_MSSQL, "INFORMATION_SCHEMA", "0c0ffee0-0000-4000-8000-000000000042", {
		{ "0", "id", "uniqueidentifier", "uniqueidentifier", NULL, NULL },
		{ "0", "kind", "varchar", "varchar", NULL, NULL },
		{ "0", "login", "nchar", "nchar", "Latin1_General_BIN2", NULL },
		{ "0", "mail", "nvarchar", "nvarchar", "SQL_Latin1_General_CP1_CI_AS", NULL },
		{ "0", "ok", "bit", "bit", NULL, NULL }, { "0", "n", "int", "int", NULL, NULL },
		{ "0", "pw", "nvarchar", "nvarchar", NULL, NULL },
		{ "1", "uid", "varchar", "varchar", NULL, NULL },
		{ "1", "n", "bigint", "bigint", NULL, NULL },
		{ "2", "uid", "uniqueidentifier", "uniqueidentifier", NULL, NULL },
		{ "2", "name", "varbinary", "varbinary", NULL, NULL },
		{ "0", "made", "datetimeoffset", "datetimeoffset", NULL, NULL } } },
};
#define STORES (sizeof(stores) / sizeof(stores[0]))

static void *instance;
static struct session *session;
static struct idbc_error err;

static int names_intents;

static int setting_str(const struct idbc_settings *s, const char *key, const char *fallback,
		       struct idbc_str *out)
{
	const char *text = names_intents && !strcmp(key, "idbc.delete.intents") ? "app.intents"
										: fallback;

	(void)s;
	*out = (struct idbc_str){ text, text ? strlen(text) : 0 };
	return text != fallback;
}

static void open_store(const struct store *store, const char *users)
{
	static const char *const tables[] = { "0", "1", "2", "3" };
	static struct idbc_host host;
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	struct fake_answer script[1] = { { .word = store->catalogue } };
	void *out = NULL;

	host = fake_host;
	host.setting_str = setting_str;
	memset(&fake, 0, sizeof(fake));
	for (size_t i = 0; i < 12; i++) {
		const struct column *c = &store->columns[i];
		/* The table of intents comes first. */
		const char *cells[] = { tables[c->table[0] - '0' + names_intents], c->name, c->type, c->full,
					c->width ? c->width : "NULL",
					c->collation ? c->collation : "NULL", "1", "0",
					!strcmp(c->name, "id") ? "1" : "0", "0" };

		memcpy(script[0].cells[i], cells, sizeof(cells));
	}
	fake.users = users;
	fake.dialect = store->dialect;
	fake.now_ns = 1000;
	fake_script(script, 1);
	err = (struct idbc_error)IDBC_ERROR_INIT;
	CU_ASSERT_EQUAL_FATAL(sql_open(&fake_backend, &host, NULL, &findings, &instance, &err),
			      IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(sql_connect(instance, 1000000000, &out, &err), IDBC_OK);
	session = out;
	/* Twelve columns are all that a scripted catalogue tells. */
	((struct plan *)session->plan)->error = NULL;
	fake_script(NULL, 0);
}

static void close_store(void)
{
	sql_disconnect(session);
	sql_close(instance);
}

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

static struct idbc_str str(const char *s)
{
	return (struct idbc_str){ s, strlen(s) };
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

/* --- keys ------------------------------------------------------------------------------ */

struct key_case { const char *type, *full, *width, *id; uint32_t kind; const char *bytes; };

static void test_keys(void)
{
	static const struct key_case cases[] = {
		{ "int2", "smallint", NULL, "32767", IDBC_KIND_I64, NULL },
		{ "int2", "smallint", NULL, "32768", IDBC_KIND_NULL, NULL },
		{ "int4", "integer", NULL, "-2147483648", IDBC_KIND_I64, NULL },
		{ "int4", "integer", NULL, "99999999999", IDBC_KIND_NULL, NULL },
		{ "int8", "bigint", NULL, "99999999999", IDBC_KIND_I64, NULL },
		{ "int8", "bigint", NULL, "9223372036854775808", IDBC_KIND_NULL, NULL },
		{ "int8", "bigint", NULL, "007", IDBC_KIND_NULL, NULL },
		{ "int8", "bigint", NULL, "-0", IDBC_KIND_NULL, NULL },
		{ "int8", "bigint", NULL, "7 ", IDBC_KIND_NULL, NULL },
		{ "uuid", "uuid", NULL, "7", IDBC_KIND_NULL, NULL },
		{ "uuid", "uuid", NULL, "0c0ffee0-0000-4000-8000-00000000004g", IDBC_KIND_NULL, NULL },
		{ "uuid", "uuid", NULL, "0c0ffee0-0000-4000-8000-000000000042", IDBC_KIND_STR, NULL },
		{ "varchar", "character varying(9)", "9", "7|8", IDBC_KIND_STR, NULL },
		{ "bytea", "bytea", NULL, "zo\xc3\xab", IDBC_KIND_BYTES, "zo\xc3\xab" },
		{ "bytea", "bytea", NULL, "0xff01", IDBC_KIND_BYTES, "\xff\x01" },
		{ "bytea", "bytea", NULL, "0x3078", IDBC_KIND_BYTES, "0x" },
		{ "bytea", "bytea", NULL, "0xFF01", IDBC_KIND_NULL, NULL },
		{ "bytea", "bytea", NULL, "0xf", IDBC_KIND_NULL, NULL },
		{ "bytea", "bytea", NULL, "0x", IDBC_KIND_NULL, NULL },
		{ "bytea", "bytea", "16", "41424344-4546-4748-494a-4b4c4d4e4f50", IDBC_KIND_BYTES,
		  "ABCDEFGHIJKLMNOP" },
	};

	open_store(&stores[2], people);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct key_case *c = &cases[i];
		struct plan *plan = (struct plan *)session->plan;
		struct catalogue_column col = { .name = "id", .type = c->full,
						.width = c->width ? atoi(c->width) : 0 };
		struct idbc_value key, shown;
		struct idbc_str id = str(c->id);

		CU_ASSERT_EQUAL(catalogue_type(plan->dialect, "t", c->type, &session->arena,
					       &col), 0);
		plan->key = &col;
		plan->key_kind = col.kind;
		key = key_bind(session, &id);
		if (key.kind != c->kind) {
			fprintf(stderr, "%s %s: kind %u\n", c->type, c->id, (unsigned)key.kind);
			CU_FAIL("bound in another kind");
		}
		if (!c->bytes || key.kind != IDBC_KIND_BYTES)
			continue;
		CU_ASSERT_EQUAL_FATAL(key.u.str.len, strlen(c->bytes));
		CU_ASSERT_EQUAL(memcmp(key.u.str.ptr, c->bytes, key.u.str.len), 0);
		CU_ASSERT_EQUAL(key_text(session, &key, &shown), 0);
		CU_ASSERT_EQUAL(shown.kind, IDBC_KIND_STR);
		CU_ASSERT_EQUAL_FATAL(shown.u.str.len, id.len);
		CU_ASSERT_EQUAL(memcmp(shown.u.str.ptr, id.ptr, id.len), 0);
	}
	close_store();
}

/* A cast to a type with a length would cut in silence. */
static void test_casts(void)
{
	static const struct { const char *type, *full, *open, *close; } casts[] = {
		{ "varchar", "character varying(60)", "", "" },
		{ "bpchar", "character(8)", "", "" },
		{ "int2", "smallint", "CAST(", " AS bigint)" },
		{ "bool", "boolean", "CAST(", " AS boolean)" },
		{ "timestamptz", "timestamp(0) with time zone", "CAST(", " AS timestamptz)" },
		{ "timestamp", "timestamp(0) without time zone", "CAST(", " AS timestamp)" },
		{ "bit", "bit(1)", "CAST(CAST(", " AS bigint) AS bit(1))" },
		{ "bit", "bit(8)", "CAST(", " AS varbit)" },
		{ "enum", "app.\"Mood\"", "CAST(", " AS app.\"Mood\")" },
		{ "citext", "ext.citext", "CAST(", " AS ext.citext)" },
		{ "jsonb", "jsonb", "CAST(", " AS jsonb)" },
		{ "inet", "inet", "", "" },
	};
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < sizeof(casts) / sizeof(casts[0]); i++) {
		struct catalogue_column col = { .name = "c", .type = casts[i].full };

		CU_ASSERT_EQUAL(catalogue_type(dialect_find(SQL_POSTGRESQL), "t", casts[i].type, &arena,
					       &col), 0);
		UNIT_STR(col.arg_open, casts[i].open);
		UNIT_STR(col.arg_close, casts[i].close);
	}
	arena_free(&arena);
}

static const struct unit_test tests[] = {
	{ "mariadb", test_mariadb },
	{ "sqlite", test_sqlite },
	{ "postgresql", test_postgresql },
	{ "sql-server", test_mssql },
	{ "sql-server-words", test_mssql_words },
	{ "no-value-in-text", test_no_value_in_text },
	{ "keys", test_keys },
	{ "casts", test_casts },
};
UNIT_MAIN("sql_dialects", tests)
