/* Keys over a scripted store: an id that cannot be one is nobody's, and the store is not
 * asked; numbers of an id table are raised before they are read.
 */
#include <string.h>

#include "sql_lines.h"
#include "sql_session.h"

static const char people[] =
	"{\"user\":{\"table\":\"people\",\"key\":\"id\",\"id\":\"auto\"},"
	"\"profile\":{\"username\":\"login\",\"email\":\"mail\","
	"\"email_verified\":{\"col\":\"ok\",\"bool\":true}},"
	"\"login\":{\"by\":[\"username\"]},\"password\":{\"col\":\"pw\"}}";
static const char counted[] =
	"{\"user\":{\"table\":\"people\",\"key\":\"id\","
	"\"id\":{\"counter\":\"seq\",\"next\":\"n\",\"where\":{\"name\":\"p\"}}},"
	"\"profile\":{\"username\":\"login\"},"
	"\"login\":{\"by\":[\"username\"]},\"password\":{\"col\":\"pw\"}}";

/* `catalogue`: a word of the dialect's statement; `type`: of the key's column. */
static void open_store(uint32_t dialect, const char *users, const char *catalogue,
		       const char *type)
{
	struct fake_answer script = { .word = catalogue };
	const char *columns[][2] = { { "id", type }, { "login", "varchar" }, { "mail", "varchar" },
		{ "ok", "int" }, { "pw", "varchar" } };

	for (size_t i = 0; i < 5; i++) {
		const char *row[10] = { "0", columns[i][0], columns[i][1], columns[i][1], "NULL",
			"NULL", "1", "0", "0", "0" };

		memcpy(script.cells[i], row, sizeof(row));
	}
	if (!strcmp(type, "binary")) {
		script.cells[0][3] = "binary(16)";
		script.cells[0][4] = "16";
	}
	script.cells[5][0] = users == counted ? "1" : NULL;
	for (int i = 1; users == counted && i < 10; i++)
		script.cells[5][i] = i == 1 ? "n" : i < 4 ? "int" : i < 6 ? "NULL" : "0";
	memset(&fake, 0, sizeof(fake));
	fake.users = users;
	fake.dialect = dialect;
	open_session(&fake_host, &script);
	((struct plan *)session->plan)->error = NULL;
}

/* --- a sink that counts ------------------------------------------------------------------ */

static struct idbc_sink sink = LINE_SINK;

/* --- ids that are none --------------------------------------------------------------------- */

static size_t questions(void)
{
	size_t n = 0;

	for (size_t i = 0; i < fake.nsent; i++)
		n += strcmp(fake.sent[i], "BEGIN") && strcmp(fake.sent[i], "ROLLBACK");
	return n;
}

static int get(const char *id)
{
	struct idbc_user_req req = { sizeof(req), IDBC_BY_USER_ID, 1000000000, { id, strlen(id) } };
	int rc;

	nrows = 0;
	rc = sql_ops.get_user(session, &req, &sink, &err);
	return rc == IDBC_OK && !nrows ? IDBC_NO_USER : rc;
}

static int login(const char *id)
{
	struct idbc_login_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
		.deadline_ns = 1000000000, .identifier = { id, strlen(id) } };
	int rc;

	nrows = 0;
	rc = sql_ops.login(session, &req, &sink, &err);
	return rc == IDBC_OK && !nrows ? IDBC_NO_USER : rc;
}

static int verify(const char *id)
{
	struct idbc_verify_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
		.deadline_ns = 1000000000, .identifier = { id, strlen(id) } };

	return sql_ops.verify(session, &req, &err);
}

static int change_email(const char *id)
{
	struct idbc_email_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
		.deadline_ns = 1000000000, .identifier = { id, strlen(id) },
		.email = { "a@example.com", 13 } };

	return sql_ops.change_email(session, &req, &err);
}

static int change_password(const char *id)
{
	struct idbc_field hash = { "hash", { .kind = IDBC_KIND_STR, .u.str = { "h", 1 } } };
	struct idbc_password_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
		.deadline_ns = 1000000000, .identifier = { id, strlen(id) },
		.credential = &hash, .ncredential = 1 };

	return sql_ops.change_password(session, &req, &err);
}

static int delete_user(const char *id)
{
	struct idbc_delete_req req = { .size = sizeof(req), .deadline_ns = 1000000000,
		.user_id = { id, strlen(id) }, .phase = IDBC_DELETE_NOW };

	return sql_ops.delete_user(session, &req, &err);
}

typedef int operation(const char *);
static const struct { const char *name; operation *run; } operations[] = {
	{ "get_user", get }, { "login", login }, { "verify", verify },
	{ "change_email", change_email }, { "change_password", change_password },
	{ "delete_user", delete_user },
};
#define NOPERATIONS (sizeof(operations) / sizeof(operations[0]))

static const struct {
	uint32_t dialect;
	const char *catalogue, *type;
	const char *bad[16], *good;
} keys[] = {
	{ SQL_MARIADB, "information_schema", "int",
		{ "x", "1x", " 1", "1 ", "01", "+1", "1.0", "1e0", "0x10", "-", "",
		  "99999999999999999999", "\xd9\xa3", "1;", "NULL" }, "42" },
	{ SQL_SQLITE, "pragma_table_xinfo", "INTEGER",
		{ "x", "1x", "01", "1.0", "99999999999999999999", "1' OR '1" }, "42" },
	{ SQL_POSTGRESQL, "pg_attribute", "int4",
		{ "x", "1x", "01", "99999999999", "-99999999999", "1.0" }, "42" },
	{ SQL_POSTGRESQL, "pg_attribute", "int2", { "40000", "-40000", "x" }, "42" },
	{ SQL_POSTGRESQL, "pg_attribute", "int8", { "9223372036854775808", "x" }, "9223372036854775807" },
	{ SQL_POSTGRESQL, "pg_attribute", "uuid",
		{ "x", "1", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000",
		  "g0000000-0000-4000-8000-000000000000", "{00000000-0000-4000-8000-000000000000}" },
		"00000000-0000-4000-8000-000000000042" },
	{ SQL_MARIADB, "information_schema", "uuid", { "x", "00000000-0000-4000-8000" },
		"00000000-0000-4000-8000-000000000042" },
	{ SQL_MARIADB, "information_schema", "binary",
		{ "", "0x", "0xzz", "0x123" }, "00000000-0000-4000-8000-000000000042" },
};

static void test_not_asked(void)
{
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		open_store(keys[k].dialect, people, keys[k].catalogue, keys[k].type);
		for (size_t i = 0; i < 16 && keys[k].bad[i]; i++)
			for (size_t o = 0; o < NOPERATIONS; o++) {
				int rc;

				fake_script(NULL, 0);
				err = (struct idbc_error)IDBC_ERROR_INIT;
				rc = operations[o].run(keys[k].bad[i]);
				CU_ASSERT_EQUAL(rc, IDBC_NO_USER);
				CU_ASSERT_EQUAL(questions(), 0);
				if (rc != IDBC_NO_USER || questions())
					fprintf(stderr, "%s %s \"%s\": status %d, asked \"%s\"\n",
						keys[k].type, operations[o].name, keys[k].bad[i], rc,
						fake.nsent ? fake.sent[fake.nsent - 1] : "");
			}
		close_store();
	}
}

/* So that the test above can fail: what can be a key is asked for, once. */
static void test_asked(void)
{
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		open_store(keys[k].dialect, people, keys[k].catalogue, keys[k].type);
		for (size_t o = 0; o < NOPERATIONS; o++) {
			fake_script(NULL, 0);
			err = (struct idbc_error)IDBC_ERROR_INIT;
			CU_ASSERT_EQUAL(operations[o].run(keys[k].good), IDBC_NO_USER);
			CU_ASSERT_EQUAL(questions(), 1);
			if (questions() != 1)
				fprintf(stderr, "%s %s: %zu\n", keys[k].type, operations[o].name,
					questions());
		}
		close_store();
	}
}

/* --- an id table --------------------------------------------------------------------------- */

static int create(void)
{
	struct idbc_field hash = { "hash", { .kind = IDBC_KIND_STR, .u.str = { "h", 1 } } };
	struct idbc_field login_field = { "username", { .kind = IDBC_KIND_STR, .u.str = { "ada", 3 } } };
	struct idbc_create_req req = { .size = sizeof(req), .deadline_ns = 1000000000,
		.fields = &login_field, .nfields = 1, .credential = &hash, .ncredential = 1 };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.create(session, &req, &sink, &err);
}

static size_t place_of(const char *word)
{
	for (size_t i = 0; i < fake.nsent; i++)
		if (strstr(fake.sent[i], word))
			return i;
	return 1000;
}

#define LOCKED { .word = "GET_LOCK", .cells = { { "1", NULL } } }

static void test_counter(void)
{
	struct fake_answer script[] = {
		LOCKED, { .word = "SELECT c.`n`", .cells = { { "8", "0", NULL } } },
	};

	open_store(SQL_MARIADB, counted, "information_schema", "int");
	fake_script(script, 2);
	create();
	UNIT_STR(fake.sent[place_of("UPDATE")],
		 "UPDATE `seq` SET `n` = COALESCE(`n`, 0) + ? WHERE `name` = ?");
	UNIT_STR(fake.sent[place_of("SELECT c.`n`")],
		 "SELECT c.`n`, (SELECT COUNT(*) FROM `people` AS t WHERE t.`id` = c.`n` - 1)"
		 " FROM `seq` AS c WHERE c.`name` = ?");
	UNIT_STR(fake_args("UPDATE `seq`"), "1|p");
	UNIT_STR(fake_args("INSERT"), "7|ada|h");
	CU_ASSERT(place_of("BEGIN") < place_of("UPDATE `seq`"));
	CU_ASSERT(place_of("UPDATE `seq`") < place_of("SELECT c.`n`"));
	CU_ASSERT(place_of("SELECT c.`n`") < place_of("INSERT"));
	close_store();
}

static void fails_with(struct fake_answer *script, size_t n, uint32_t status, const char *code)
{
	open_store(SQL_MARIADB, counted, "information_schema", "int");
	fake_script(script, n);
	CU_ASSERT_EQUAL((uint32_t)create(), status);
	UNIT_STR(err.code, code);
	CU_ASSERT_EQUAL(fake_count("INSERT"), 0);
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 0);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	close_store();
}

static void test_counter_fails(void)
{
	struct fake_answer none[] = { LOCKED, { .word = "UPDATE `seq`", .rows = -1 } };
	struct fake_answer two[] = { LOCKED, { .word = "UPDATE `seq`", .rows = 2 } };
	struct fake_answer word[] = {
		LOCKED, { .word = "SELECT c.`n`", .cells = { { "many", "0", NULL } } },
	};
	struct fake_answer gone[] = { LOCKED };

	fails_with(none, 2, IDBC_CONFLICT, "counter_missing");
	fails_with(two, 2, IDBC_CONFLICT, "counter_ambiguous");
	fails_with(word, 2, IDBC_CONFLICT, "counter_missing");
	fails_with(gone, 1, IDBC_CONFLICT, "counter_missing");
}

static const struct unit_test tests[] = {
	{ "not-asked", test_not_asked }, { "asked", test_asked }, { "counter", test_counter },
	{ "counter-fails", test_counter_fails },
};
UNIT_MAIN("sql_keys", tests)
