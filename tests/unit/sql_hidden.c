/* Users who are being deleted, users who moved, and what a stacked driver has stored of them:
 * which statements are sent.  drivers/sql/plan/plan_intent.c, user/lookup.c, user/user.c,
 * op/op_proven.c, op/proven_profile.c, user/asked.c.
 */
#include <string.h>

#include "sql_lines.h"
#include "sql_session.h"

static const char people[] =
	"{\"user\":{\"table\":\"people\",\"key\":\"id\",\"id\":\"auto\",\"update\":{\"upd\":\"$now:unix\"}},"
	"\"profile\":{\"username\":\"login\",\"email\":\"mail\",\"given_name\":\"first\","
	"\"app_metadata.plan\":{\"col\":\"doc\",\"json\":\"plan\"},"
	"\"migrated\":{\"col\":\"moved\",\"true\":3,\"false\":0}},"
	"\"login\":{\"by\":[\"username\",\"email\"],\"touch\":{\"seen\":\"$now\"}},"
	"\"password\":{\"col\":\"pw\"}}";

#define COL(name, type) { "0", name, type, type, "NULL", "NULL", "1", "0", "0", "0" }
static const struct fake_answer catalogue = {
	"information_schema", 0, 0, NULL, 0, {
		COL("id", "int"), COL("login", "varchar"), COL("mail", "varchar"), COL("first", "varchar"),
		COL("doc", "varchar"), COL("moved", "int"), COL("pw", "varchar"), COL("upd", "int"),
		COL("seen", "datetime") }
};
/* Login, mail, first, doc, moved, pw. */
#define STORED "ann", "a@x", "Ann", "{\"plan\":\"free\"}", "0", "$h"
#define READ(hidden) { "FROM `people` AS u", 0, 0, NULL, 0, { { "7", "0", "ann", STORED, hidden } } }
#define STATE(moved) { "FOR UPDATE", 0, 0, NULL, 0, \
	{ { "7", "0", "7", "ann", "a@x", "Ann", "{\"plan\":\"free\"}", moved, "$h" } } }
#define INTENT(state) { "FROM `idbc_intents`", 0, 0, NULL, 0, { { state, "token" } } }

static int setting_str(const struct idbc_settings *s, const char *key, const char *fallback,
		       struct idbc_str *out)
{
	const char *text = !strcmp(key, "idbc.delete.intents") ? "idbc_intents" : fallback;

	(void)s;
	*out = (struct idbc_str){ text, text ? strlen(text) : 0 };
	return text != fallback;
}

static void open_store(int intents)
{
	static struct idbc_host host;

	host = fake_host;
	if (intents)
		host.setting_str = setting_str;
	memset(&fake, 0, sizeof(fake));
	fake.users = people;
	fake.dialect = SQL_MARIADB;
	open_session(&host, &catalogue);
	((struct plan *)session->plan)->error = NULL;   /* its own table has no columns here */
}

static void on_passed_over(struct idbc_sink *sink, uint32_t why)
{
	(void)sink;
	line_add("%s(%s)", "", &(struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = why });
}

static struct idbc_sink sink = { .size = sizeof(sink), .row = line_row, .field = line_field,
				 .credential = line_credential, .passed_over = on_passed_over };

static int get(void)
{
	struct idbc_user_req req = { sizeof(req), IDBC_BY_LOGIN, 1000000000, { "ann", 3 } };

	line[0] = '\0';
	nrows = 0;
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.get_user(session, &req, &sink, &err);
}

/* One statement, with a column more where there are intents and as ever where there are none. */
static void test_read(void)
{
	struct fake_answer shown[] = { READ("0") }, hidden[] = { READ("1") };

	open_store(1);
	fake_script(shown, 1);
	CU_ASSERT_EQUAL(get(), IDBC_OK);
	UNIT_STR(line, "[7]ann: username=ann email=a@x given_name=Ann app_metadata.plan=free migrated=0 {hash $h}");
	fake_script(hidden, 1);
	CU_ASSERT_EQUAL(get(), IDBC_NO_USER);
	UNIT_STR(line, "(3)");
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.sent[0], "EXISTS (SELECT 1 FROM `idbc_intents` AS i"));
	close_store();
	open_store(0);
	fake_script(shown, 1);
	CU_ASSERT_EQUAL(get(), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 1);
	CU_ASSERT_PTR_NULL(strstr(fake.sent[0], "intents"));
	close_store();
}

/* The look comes after the row's lock, and nothing is written. */
static void test_write(void)
{
	struct idbc_password_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
		.deadline_ns = 1000000000, .identifier = { "7", 1 } };
	struct fake_answer hidden[] = { STATE("0"), INTENT("1") }, buried[] = { STATE("0"), INTENT("2") },
			   moved[] = { STATE("3") };

	open_store(1);
	fake_script(hidden, 2);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_NO_USER);
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`") + fake_count("COMMIT"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.sent[1], "FOR UPDATE"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.sent[2], "idbc_intents"));
	fake_script(buried, 2);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_OK);
	fake_script(moved, 1);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_NO_USER);
	session->instance->lower = 1;
	fake_script(moved, 1);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_OK);
	close_store();
}

/* --- what follows another store ----------------------------------------------------------- */

static int proven(uint32_t flags, const struct idbc_field *fields, size_t n)
{
	struct idbc_proven_req req = { .size = sizeof(req), .flags = flags, .deadline_ns = 1000000000,
		.user_id = { "7", 1 }, .fields = fields, .nfields = n };
	struct fake_answer user[] = { STATE("0") };

	fake_script(user, 1);
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.proven(session, &req, &err);
}

#define FIELD(name, text) { name, { .kind = IDBC_KIND_STR, .u.str = { text, sizeof(text) - 1 } } }

static void test_follow(void)
{
	const struct idbc_field same[] = { FIELD("given_name", "Ann"), FIELD("app_metadata.plan", "free") },
		other[] = { FIELD("given_name", "Anna"), FIELD("app_metadata.plan", "pro") },
		unmapped[] = { FIELD("given_name", "Anna"), FIELD("picture", "p") };

	open_store(0);
	CU_ASSERT_EQUAL(proven(IDBC_PROVEN_TOUCH, same, 2), IDBC_OK);
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 1);
	CU_ASSERT_EQUAL(fake_count("UPDATE `people` SET `seen` = ?"), 1);
	CU_ASSERT_EQUAL(proven(IDBC_PROVEN_TOUCH, other, 2), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_args("UPDATE `people` SET `upd`"), "|Anna|{\"plan\":\"pro\"}|7"));
	CU_ASSERT_EQUAL(fake_count("BEGIN"), 1);
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 2);
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 1);
	CU_ASSERT_EQUAL(proven(0, unmapped, 2), IDBC_INVALID);
	UNIT_STR(err.code, "unmapped_field");
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "picture"));
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`") + fake_count("COMMIT"), 0);
	close_store();
}

static void test_moved(void)
{
	open_store(0);
	CU_ASSERT_EQUAL(proven(IDBC_PROVEN_MOVED, NULL, 0), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_args("UPDATE `people` SET `upd` = ?, `moved` = ?"), "|3|7"));
	close_store();
}

static const struct unit_test tests[] = {
	{ "read", test_read }, { "write", test_write }, { "follow", test_follow }, { "moved", test_moved },
};
UNIT_MAIN("sql_hidden", tests)
