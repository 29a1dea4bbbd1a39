/* The operations over a scripted store: what is sent, in which order, and what callers
 * learn when it goes wrong.  drivers/sql/op_*.c, lookup.c, transaction.c, steps.c.
 */
#include <string.h>

#include "sql/user/unique.h"
#include "sql_lines.h"
#include "sql_session.h"

static const char people[] =
	"{\"user\":{\"table\":\"people\",\"key\":\"id\",\"id\":\"auto\",\"update\":{\"upd\":\"$now:unix\"}},"
	"\"links\":{\"m\":{\"table\":\"meta\",\"as\":\"eav\",\"on\":{\"uid\":\"@id\"},\"name\":\"k\",\"value\":\"v\"}},"
	"\"profile\":{\"username\":\"login\",\"email\":\"mail\",\"given_name\":\"m[first]\","
	"\"email_verified\":{\"col\":\"st\",\"true\":1,\"false\":2,\"from\":[1,2]},"
	"\"deleted\":{\"col\":\"gone\",\"bool\":true}},"
	"\"login\":{\"by\":[\"username\",\"email\"],\"touch\":{\"seen\":\"$now\"}},"
	"\"password\":{\"col\":\"pw\",\"set\":{\"tok\":\"\"}},"
	"\"create\":{\"after\":[\"INSERT INTO log (who) VALUES (:id)\"]},"
	"\"after\":{\"changeEmail\":[\"UPDATE log SET who = :new_email WHERE who = :email\"]},"
	"\"delete\":{\"steps\":[{\"delete\":\"meta\",\"where\":{\"uid\":\"@id\"}},"
	"{\"delete\":\"resets\",\"where\":{\"mail\":\"$email\"}}]}}";

/* Columns of a profile read: key, which, matched, login, mail, m[first], st, gone, pw. */
#define READ "SELECT c.k"
#define STATE "WHERE u.`id` = ?"
#define NO_ROWS { { NULL } }

#define COL(name, type) { "0", name, type, type, "NULL", "NULL", "1", "0", "0", "0" }
static const struct fake_answer catalogue = {
	"information_schema", 0, 0, NULL, 0, {
		COL("id", "int"), COL("login", "varchar"), COL("mail", "varchar"), COL("st", "int"),
		COL("gone", "int"), { "0", "pw", "varchar", "varchar(60)", "60", "NULL", "1", "0", "0", "0" },
		COL("upd", "int"), COL("seen", "datetime"), COL("tok", "varchar"),
		{ "1", "uid", "int", "int", "NULL", "NULL", "1", "0", "0", "0" },
		{ "1", "k", "text", "text", "NULL", "NULL", "1", "0", "0", "0" },
		{ "1", "v", "text", "text", "NULL", "NULL", "1", "0", "0", "0" } }
};
/* The table of the last step lies outside of what twelve rows can tell. */
static const struct fake_answer resets = {
	"information_schema", 0, 0, NULL, 0, {
		{ "2", "mail", "varchar", "varchar", "NULL", "NULL", "1", "0", "0", "0" } }
};

static void open_store(const char *operations)
{

	memset(&fake, 0, sizeof(fake));
	fake.users = people;
	fake.operations = operations;
	fake.dialect = SQL_MARIADB;
	open_session(&fake_host, &catalogue);
	/* "resets" has no columns here: not what these tests are about. */
	((struct plan *)session->plan)->error = NULL;
}

/* --- a sink that writes a line ----------------------------------------------------------- */

static void on_passed_over(struct idbc_sink *sink, uint32_t why)
{
	(void)sink;
	line_add("%s(%s)", "", &(struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = why });
}

static struct idbc_sink sink = { .size = sizeof(sink), .row = line_row, .field = line_field,
				 .credential = line_credential, .passed_over = on_passed_over };

static int get(uint32_t by, const char *who)
{
	struct idbc_user_req req = { sizeof(req), by, 1000000000, { who, strlen(who) } };

	line[0] = '\0';
	nrows = 0;
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.get_user(session, &req, &sink, &err);
}

/* --- reading ---------------------------------------------------------------------------- */

static void test_read(void)
{
	struct idbc_login_req req = { sizeof(req), IDBC_BY_LOGIN, 1000000000, { "ann", 3 }, { NULL, 0 }, 0, 0 };
	struct fake_answer script[] = {
		{ READ, 0, 0, NULL, 0, { { "7", "0", "ann", "ann", "a@x", "Ann", "1", "0", "$h" } } },
		{ READ, 0, 0, NULL, 0, { { "7", "0", "ann", "ann", "a@x", "Ann", "1", "0", "$h" } } },
		{ READ, 0, 0, NULL, 0, NO_ROWS },
	};

	open_store(NULL);
	fake_script(script, 3);
	line[0] = '\0';
	CU_ASSERT_EQUAL(sql_ops.login(session, &req, &sink, &err), IDBC_OK);
	UNIT_STR(line, "[7]ann: username=ann email=a@x given_name=Ann email_verified=1 deleted=0 {hash $h}");
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "ann"), IDBC_OK);
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "nobody"), IDBC_NO_USER);
	/* One statement each, and the same one, whether he is there or not. */
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 3);
	UNIT_STR(fake.sent[1], fake.sent[0]);
	UNIT_STR(fake.sent[2], fake.sent[0]);
	close_store();
}

/* --- pages of users --------------------------------------------------------------------- */

static int list(uint32_t limit, const char *after, uint32_t flags)
{
	struct idbc_list_req req = { .size = sizeof(req), .limit = limit,
		.deadline_ns = 1000000000, .after = { after, strlen(after) }, .flags = flags };

	line[0] = '\0';
	nrows = 0;
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.list(session, &req, &sink, &err);
}

#define LISTED "SELECT u.`id`, 0"

static void test_list(void)
{
	struct fake_answer script[] = {
		{ LISTED, 0, 0, NULL, 0, {
			{ "7", "0", "NULL", "ann", "a@x", "Ann", "1", "0", "$h" },
			{ "7", "0", "NULL", "ann", "a@x", "Anne", "1", "0", "$h" },
			{ "9", "0", "NULL", "bob", "b@x", "NULL", "1", "0", "NULL" } } },
	};

	open_store(NULL);
	fake_script(script, 1);
	CU_ASSERT_EQUAL(list(10, "", 0), IDBC_OK);
	UNIT_STR(line, "[7]: username=ann email=a@x given_name=Ann email_verified=1 deleted=0 {hash $h}"
		       "[9]: username=bob email=b@x email_verified=1 deleted=0 {hash NULL}");
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 1);
	CU_ASSERT(strstr(fake.sent[0], "u.`id` IS NOT NULL ORDER BY u.`id` LIMIT ?") != NULL);
	CU_ASSERT_EQUAL(list(0, "", 0), IDBC_OK);
	CU_ASSERT_EQUAL(fake.nsent, 1);
	CU_ASSERT_EQUAL(list(1, "no number", 0), IDBC_INVALID);
	CU_ASSERT_EQUAL(fake.nsent, 1);
	close_store();
}

/* A page that deleted users leave short is filled by the next; an empty one ends it. */
static void test_list_credentials(void)
{
	struct fake_answer script[] = {
		{ LISTED, 0, 0, NULL, 0, { { "7", "0", "NULL", "1", "$a" }, { "8", "0", "NULL", "0", "$b" } } },
		{ LISTED, 0, 0, NULL, 0, { { "9", "0", "NULL", "0", "$c" } } },
		{ LISTED, 0, 0, NULL, 0, { { "9", "0", "NULL", "0", "$c" }, { "8", "0", "NULL", "1", "$b" } } },
	};

	open_store(NULL);
	fake_script(script, 3);
	CU_ASSERT_EQUAL(list(2, "5", IDBC_LIST_CREDENTIALS), IDBC_OK);
	UNIT_STR(line, "[8]: {hash $b}[9]: {hash $c}");
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 2);
	UNIT_STR(fake.args[0], "5|2");
	UNIT_STR(fake.args[1], "8|1");
	CU_ASSERT(strstr(fake.sent[0], "`login`") == NULL);
	CU_ASSERT_EQUAL(list(2, "5", IDBC_LIST_CREDENTIALS | IDBC_LIST_LAST), IDBC_OK);
	UNIT_STR(line, "[9]: {hash $c}");
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 3);
	UNIT_STR(fake.args[2], "2");
	CU_ASSERT(strstr(fake.sent[2], "ORDER BY u.`id` DESC LIMIT ?") != NULL);
	close_store();
}

static void test_exact_wins(void)
{
	struct fake_answer script[] = {
		{ READ, 0, 0, NULL, 0, { { "1", "1", "A@x", "a", "A@x" }, { "2", "1", "a@x", "b", "a@x" },
					 { "3", "1", "a@X", "c", "a@X" } } },
		{ READ, 0, 0, NULL, 0, { { "1", "1", "A@x", "a", "A@x" }, { "2", "1", "a@x", "b", "a@x" },
					 { "3", "1", "a@X", "c", "a@X" } } },
		{ READ, 0, 0, NULL, 0, { { "1", "0", "zo\xc3\xa9" }, { "2", "0", "zoe " },
					 { "3", "0", "ZOE" }, { "4", "0", "zoe" } } },
		{ READ, 0, 0, NULL, 0, { { "1", "0", "a@x" }, { "2", "1", "a@x" } } },
		{ READ, 0, 0, NULL, 0, { { "5", "0", "a@x" }, { "5", "1", "A@x" }, { "5", "1", "a@x" } } },
	};

	open_store(NULL);
	fake_script(script, 5);
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "a@x"), IDBC_OK);
	CU_ASSERT_EQUAL(nrows, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "[2]"));
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "A@X"), IDBC_OK);
	CU_ASSERT_EQUAL(nrows, 2);
	/* Neighbours by collation, however many, do not hide the right one. */
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "zoe"), IDBC_OK);
	CU_ASSERT_EQUAL(nrows, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "(2)(2)(2)[4]"));
	/* One man's name, another's address. */
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "a@x"), IDBC_OK);
	CU_ASSERT_EQUAL(nrows, 2);
	/* One man in both fields, and twice in one, is one man. */
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "a@x"), IDBC_OK);
	CU_ASSERT_EQUAL(nrows, 1);
	close_store();
}

static void test_hidden(void)
{
	struct fake_answer script[] = {
		{ READ, 0, 0, NULL, 0, { { "1", "0", "ann", "ann", "a@x", "Ann", "1", "1", "$h" } } },
	};

	open_store(NULL);
	fake_script(script, 1);
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "ann"), IDBC_NO_USER);
	UNIT_STR(line, "(1)");
	close_store();
}

static void test_malformed_is_left_out(void)
{
	struct fake_answer script[] = {
		{ READ, 0, 0, NULL, 0, { { "1", "0", "ann", "ann", "a@x", "Ann", "1", "maybe-s3cret", "$h" } } },
	};

	open_store(NULL);
	fake_script(script, 1);
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "ann"), IDBC_OK);
	CU_ASSERT_PTR_NULL(strstr(line, "deleted="));
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "deleted"));
	CU_ASSERT_PTR_NULL(strstr(fake.log, "s3cret"));
	close_store();
}

static void test_keys(void)
{
	open_store(NULL);
	CU_ASSERT_EQUAL(get(IDBC_BY_USER_ID, "7abc"), IDBC_NO_USER);
	CU_ASSERT_EQUAL(get(IDBC_BY_USER_ID, "07"), IDBC_NO_USER);
	CU_ASSERT_EQUAL(get(IDBC_BY_USER_ID, "99999999999999999999"), IDBC_NO_USER);
	CU_ASSERT_EQUAL(fake.nsent, 0);
	CU_ASSERT_EQUAL(get(IDBC_BY_PHONE, "1"), IDBC_UNSUPPORTED);
	close_store();
}

static void test_down(void)
{
	struct fake_answer script[] = { { READ, 2013, SQL_LOST_DURING, "gone", 0, NO_ROWS } };

	open_store(NULL);
	fake_script(script, 1);
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "ann"), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.native, 2013);
	fake.now_ns = 2000000000;
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "ann"), IDBC_TIMEOUT);
	CU_ASSERT_EQUAL(fake.nsent, 0);
	close_store();
}

static void test_narrowed(void)
{
	open_store("[\"login\"]");
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "ann"), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(fake.nsent, 0);
	close_store();
}

/* --- create ------------------------------------------------------------------------------ */

static struct idbc_field text_field(const char *name, const char *value)
{
	return (struct idbc_field){ name, { .kind = IDBC_KIND_STR, .u.str = { value, strlen(value) } } };
}

static int create(void)
{
	struct idbc_field fields[] = { text_field("username", "ann"), text_field("email", "A@x"),
				       text_field("given_name", "Ann") };
	struct idbc_field hash = text_field("hash", "$argon$s3cret");
	struct idbc_create_req req = { sizeof(req), 0, 1000000000, fields, 3, &hash, 1, 0, 0 };

	line[0] = '\0';
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.create(session, &req, &sink, &err);
}

#define LOCK { "GET_LOCK", 0, 0, NULL, 0, { { "1" } } }
#define MADE { "SELECT u.`id`, u.", 0, 0, NULL, 0, \
	{ { "42", "0", "42", "ann", "A@x", "Ann", "2", "0", "$argon$s3cret" } } }

static void test_create(void)
{
	struct fake_answer script[] = { LOCK, MADE };

	open_store(NULL);
	fake_script(script, 2);
	CU_ASSERT_EQUAL(create(), IDBC_OK);
	UNIT_STR(line, "[42]42: username=ann email=A@x given_name=Ann email_verified=0 deleted=0"
		 " {hash $argon$s3cret}");
	UNIT_STR(fake_args("INSERT INTO `people`"), "|ann|A@x|$argon$s3cret");
	UNIT_STR(fake_args("INSERT INTO `meta`"), "42|first|Ann");
	UNIT_STR(fake_args("INSERT INTO log"), "42");
	/* The lock outlives the transaction. */
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.sent[0], "GET_LOCK"));
	UNIT_STR(fake.sent[1], "BEGIN");
	UNIT_STR(fake.sent[fake.nsent - 2], "COMMIT");
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.sent[fake.nsent - 1], "RELEASE_LOCK"));
	for (size_t i = 0; i < fake.nsent; i++) {
		CU_ASSERT_PTR_NULL(strstr(fake.sent[i], "s3cret"));
		CU_ASSERT_PTR_NULL(strstr(fake.sent[i], "Ann"));
	}
	close_store();
}

/* MySQL waits for whole seconds: below one it is asked again, until hardly anything is left. */
static void test_create_waits_for_others(void)
{
	static const struct fake_answer held = { "GET_LOCK", 0, 0, NULL, 0, { { "0" } } };
	struct fake_answer script[] = { held, held, LOCK, MADE };

	open_store(NULL);
	fake_script(script, 4);
	CU_ASSERT_EQUAL(create(), IDBC_OK);
	CU_ASSERT_EQUAL(fake_count("GET_LOCK"), 3);
	UNIT_STR(fake_args("GET_LOCK"), "people|989");
	fake_script(script, 4);
	fake.now_ns = 1000000000 - 19000000;
	CU_ASSERT_EQUAL(create(), IDBC_TIMEOUT);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(fake_count("GET_LOCK"), 1);
	fake.now_ns = 0;
	close_store();
}

static void test_create_exists(void)
{
	struct fake_answer held[] = { LOCK, { "SELECT u.`id` AS k", 0, 0, NULL, 0, { { "9", "0", "ann" } } } };
	struct fake_answer mail[] = { LOCK, { "SELECT u.`id` AS k", 0, 0, NULL, 0, { { "9", "1", "ANN" } } } };
	struct fake_answer raced[] = { LOCK, { "INSERT INTO `people`", 1062, 0,
		"Duplicate entry 'A@x' for key 'people_mail'", 0, NO_ROWS } };

	open_store(NULL);
	fake_script(held, 2);
	CU_ASSERT_EQUAL(create(), IDBC_EXISTS);
	UNIT_STR(err.code, "username_exists");
	CU_ASSERT_EQUAL(fake_count("INSERT"), 0);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	/* His name would be somebody's address. */
	fake_script(mail, 2);
	CU_ASSERT_EQUAL(create(), IDBC_INVALID);
	UNIT_STR(err.code, "invalid_username");
	fake_script(raced, 2);
	CU_ASSERT_EQUAL(create(), IDBC_EXISTS);
	UNIT_STR(err.code, "user_exists");
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_PTR_NULL(strstr(err.text, "A@x"));
	CU_ASSERT_PTR_NULL(strstr(fake.log, "A@x"));
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 0);
	close_store();
}

static void test_create_again_after_deadlock(void)
{
	struct fake_answer script[] = { LOCK, { "INSERT INTO `meta`", 1213, 0, "Deadlock", 0, NO_ROWS }, MADE };

	open_store(NULL);
	fake_script(script, 3);
	CU_ASSERT_EQUAL(create(), IDBC_OK);
	CU_ASSERT_EQUAL(fake_count("BEGIN"), 2);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 1);
	CU_ASSERT_EQUAL(fake_count("GET_LOCK"), 1);
	close_store();
}

/* Nobody is told of twice: who was in the way is found, or the caller may try again. */
static void test_create_again_after_commit(void)
{
	struct fake_answer taken[] = { LOCK, { "SELECT u.`id` AS k", 0, 0, NULL, 0, NO_ROWS }, MADE,
				       { "COMMIT", 1213, 0, "Deadlock", 0, NO_ROWS },
				       { "SELECT u.`id` AS k", 0, 0, NULL, 0, { { "9", "0", "ann" } } } };
	struct fake_answer other[] = { LOCK, MADE, { "COMMIT", 1213, 0, "Deadlock", 0, NO_ROWS }, MADE };

	open_store(NULL);
	nrows = 0;
	fake_script(taken, 5);
	CU_ASSERT_EQUAL(create(), IDBC_EXISTS);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(nrows, 1);
	nrows = 0;
	fake_script(other, 4);
	CU_ASSERT_EQUAL(create(), IDBC_BUSY);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(nrows, 1);
	CU_ASSERT_EQUAL(fake_count("BEGIN"), 2);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 2);
	close_store();
}

static int refuse_row(struct idbc_sink *self, const struct idbc_str *id,
		      const struct idbc_str *matched)
{
	(void)self;
	(void)id;
	(void)matched;
	return 1;
}

static void test_create_refused(void)
{
	struct fake_answer script[] = { LOCK, MADE };

	open_store(NULL);
	sink.row = refuse_row;
	fake_script(script, 2);
	CU_ASSERT_EQUAL(create(), IDBC_DRIVER);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 0);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	sink.row = line_row;
	close_store();
}

static void test_create_lost(void)
{
	struct fake_answer inside[] = { LOCK, { "INSERT INTO `meta`", 2013, SQL_LOST_DURING, "", 0, NO_ROWS } };
	struct fake_answer commit[] = { LOCK, MADE, { "COMMIT", 2013, SQL_LOST_DURING, "", 0, NO_ROWS } };
	struct fake_answer unsent[] = { LOCK, MADE, { "COMMIT", 2006, SQL_LOST_BEFORE, "", 0, NO_ROWS } };

	open_store(NULL);
	fake_script(inside, 2);
	CU_ASSERT_EQUAL(create(), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	fake_script(commit, 3);
	CU_ASSERT_EQUAL(create(), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_UNKNOWN);
	fake_script(unsent, 3);
	CU_ASSERT_EQUAL(create(), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	close_store();
}

static void test_create_unmapped(void)
{
	struct idbc_field field = text_field("nickname", "x");
	struct idbc_create_req req = { sizeof(req), 0, 1000000000, &field, 1, NULL, 0, 0, 0 };

	open_store(NULL);
	CU_ASSERT_EQUAL(sql_ops.create(session, &req, &sink, &err), IDBC_INVALID);
	UNIT_STR(err.code, "unmapped_field");
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "nickname"));
	field.name = "user_id";
	CU_ASSERT_EQUAL(sql_ops.create(session, &req, &sink, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(fake.nsent, 0);
	close_store();
}

/* "email_unique": false, at either of its two places, is the mapping's word. */
static void test_shared_addresses(void)
{
	const struct map_field *email;

	open_store(NULL);
	email = mapping_field(session->plan->mapping, "email");
	CU_ASSERT(mapping_keeps_apart(session->plan->mapping, email));
	((struct mapping *)session->plan->mapping)->email_shared = 1;
	CU_ASSERT(!mapping_keeps_apart(session->plan->mapping, email));
	close_store();
}

/* --- changes ----------------------------------------------------------------------------- */

/* Columns of the state: key, 0, key, login, mail, m[first], st, gone, pw, id. */
#define USER(st) { STATE, 0, 0, NULL, 0, \
	{ { "7", "0", "7", "ann", "a@x", "Ann", st, "0", "$old" } } }

static int verify(const char *email)
{
	struct idbc_verify_req req = { sizeof(req), IDBC_BY_USER_ID, 1000000000, { "7", 1 },
				       { email, strlen(email) } };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.verify(session, &req, &err);
}

static void test_verify(void)
{
	struct fake_answer unverified[] = { USER("2") }, verified[] = { USER("1") },
			   blocked[] = { USER("3") }, moved[] = { USER("2") };

	open_store(NULL);
	fake_script(unverified, 1);
	CU_ASSERT_EQUAL(verify("A@X"), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_args("UPDATE `people` SET `upd` = ?, `st` = ?"), "|1|7"));
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 1);
	fake_script(verified, 1);
	CU_ASSERT_EQUAL(verify("a@x"), IDBC_OK);
	CU_ASSERT_EQUAL(fake_count("UPDATE `"), 0);
	fake_script(blocked, 1);
	CU_ASSERT_EQUAL(verify("a@x"), IDBC_CONFLICT);
	CU_ASSERT_EQUAL(fake_count("UPDATE `"), 0);
	fake_script(moved, 1);
	CU_ASSERT_EQUAL(verify("b@x"), IDBC_CONFLICT);
	UNIT_STR(err.code, "email_changed");
	CU_ASSERT_EQUAL(fake_count("UPDATE `") + fake_count("COMMIT"), 0);
	close_store();
}

/* What hangs on the old address is found by it. */
static void test_change_email(void)
{
	struct idbc_email_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
		.deadline_ns = 1000000000, .identifier = { "7", 1 }, .email = { "b@x", 3 } };
	struct fake_answer user[] = { LOCK, USER("2") };

	open_store(NULL);
	fake_script(user, 2);
	CU_ASSERT_EQUAL(sql_ops.change_email(session, &req, &err), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_args("UPDATE `people`"), "|b@x|"));
	UNIT_STR(fake_args("UPDATE log"), "b@x|a@x");
	close_store();
}

static void test_touches_one(void)
{
	struct fake_answer two[] = { USER("2"), { "UPDATE `people`", 0, 0, NULL, 2, NO_ROWS } };
	struct fake_answer none[] = { USER("2"), { "UPDATE `people`", 0, 0, NULL, -1, NO_ROWS } };

	open_store(NULL);
	fake_script(two, 2);
	CU_ASSERT_EQUAL(verify("a@x"), IDBC_AMBIGUOUS);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	fake_script(none, 2);
	CU_ASSERT_EQUAL(verify("a@x"), IDBC_NO_USER);
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 0);
	close_store();
}

static void test_change_password(void)
{
	struct idbc_field hash = text_field("hash", "$new"), old = text_field("hash", "$other");
	struct idbc_field wide = text_field("hash",
		"0123456789012345678901234567890123456789012345678901234567890");
	struct idbc_password_req req = { sizeof(req), IDBC_BY_USER_ID, 1000000000, { "7", 1 },
					 &hash, 1, NULL, 0 };
	struct fake_answer a[] = { USER("1") }, b[] = { USER("1") }, c[] = { USER("1") };

	open_store(NULL);
	fake_script(a, 1);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_args("UPDATE `people`"), "||$new|7"));
	req.expect = &old;
	req.nexpect = 1;
	fake_script(b, 1);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_CONFLICT);
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 0);
	req.nexpect = 0;
	req.credential = &wide;
	fake_script(c, 1);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_CONFLICT);
	UNIT_STR(err.code, "column_too_narrow");
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 0);
	close_store();
}

#define ROW_LOCK { "NOWAIT", 0, 0, NULL, 0, { { "7" } } }
#define PW_BACK(pw) { "SELECT `pw`", 0, 0, NULL, 0, { { pw } } }
#define USER_WITH(pw) { STATE, 0, 0, NULL, 0, \
	{ { "7", "0", "7", "ann", "a@x", "Ann", "2", "0", pw } } }

static void test_proven(void)
{
	struct idbc_field hash = text_field("hash", "$new"), old = text_field("hash", "$old");
	struct idbc_proven_req req = { sizeof(req), IDBC_PROVEN_TOUCH, 1000000000, { "7", 1 },
				       { NULL, 0 }, NULL, 0, &old, 1, NULL, 0 };
	struct fake_answer good[] = { ROW_LOCK, PW_BACK("$new") };
	struct fake_answer moved[] = { ROW_LOCK, { "UPDATE `", 0, 0, NULL, -1, NO_ROWS } };
	struct fake_answer lost[] = { ROW_LOCK, { "UPDATE `", 2013, SQL_LOST_DURING, "", 0, NO_ROWS } };

	open_store(NULL);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 1);
	UNIT_STR(fake.sent[0], "UPDATE `people` SET `seen` = ? WHERE `id` = ?");
	req.credential = &hash;
	req.ncredential = 1;
	fake_script(good, 2);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 5);
	UNIT_STR(fake.sent[1], "SELECT `id` FROM `people` AS u WHERE `id` = ? FOR UPDATE NOWAIT");
	UNIT_STR(fake.sent[2], "UPDATE `people` SET `pw` = ?, `seen` = ? WHERE `id` = ?"
		 " AND CAST(`pw` AS BINARY) = CAST(? AS BINARY)");
	UNIT_STR(fake.sent[3], "SELECT `pw` FROM `people` WHERE `id` = ?");
	UNIT_STR(fake.sent[4], "COMMIT");
	/* Somebody changed it meanwhile: he wins, the touch is still due. */
	fake_script(moved, 2);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_CONFLICT);
	UNIT_STR(err.code, "credential_changed");
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 0);
	UNIT_STR(fake.sent[fake.nsent - 1], "UPDATE `people` SET `seen` = ? WHERE `id` = ?");
	fake_script(lost, 2);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	close_store();
}

/* Others hold the row: it is tried for a moment and left, and so is the touch. */
static void test_proven_locked(void)
{
	struct idbc_field hash = text_field("hash", "$new"), old = text_field("hash", "$old");
	struct idbc_proven_req req = { sizeof(req), IDBC_PROVEN_TOUCH, 1000000000, { "7", 1 },
				       { NULL, 0 }, &hash, 1, &old, 1, NULL, 0 };
	struct fake_answer locked[40];

	for (size_t i = 0; i < 40; i++)
		locked[i] = (struct fake_answer){ "NOWAIT", 1205, 0, "", 0, NO_ROWS };
	open_store(NULL);
	fake_script(locked, 40);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_CONFLICT);
	UNIT_STR(err.code, "credential_locked");
	CU_ASSERT_EQUAL(fake_count("UPDATE `"), 0);
	CU_ASSERT(fake_count("ROLLBACK") > 1);
	close_store();
}

/* What the store cut or changed is rolled back; where that did nothing, put back. */
static void test_proven_altered(void)
{
	struct idbc_field hash = text_field("hash", "$new"), old = text_field("hash", "$old");
	struct idbc_proven_req req = { sizeof(req), 0, 1000000000, { "7", 1 },
				       { NULL, 0 }, &hash, 1, &old, 1, NULL, 0 };
	struct fake_answer rolled[] = { ROW_LOCK, PW_BACK("$ne"), USER_WITH("$old") };
	struct fake_answer kept[] = { ROW_LOCK, PW_BACK("$ne"), USER_WITH("$ne") };

	open_store(NULL);
	fake_script(rolled, 3);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_CONFLICT);
	UNIT_STR(err.code, "credential_altered");
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 1);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	fake_script(kept, 3);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_CONFLICT);
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 2);
	UNIT_STR(fake.args[fake.nsent - 2], "$old|7");
	close_store();
}

/* --- delete -------------------------------------------------------------------------------- */

static int agreed;

static int agree(void *ctx)
{
	agreed++;
	return *(int *)ctx;
}

static void test_delete(void)
{
	int answer = 0;
	struct idbc_delete_req req = { .size = sizeof(req), .deadline_ns = 1000000000,
				       .user_id = { "7", 1 }, .agree = agree, .agree_ctx = &answer };
	struct fake_answer a[] = { USER("1") }, b[] = { USER("1") }, nomail[] = {
		{ STATE, 0, 0, NULL, 0, { { "7", "0", "7", "ann", "NULL", "Ann", "1", "0", "$h" } } } };
	struct fake_answer held[] = { USER("1"), { "DELETE FROM `people`", 1451, 0,
		"a foreign key constraint fails (`d`.`orders`, CONSTRAINT", 0, NO_ROWS } };

	open_store(NULL);
	agreed = 0;
	fake_script(a, 1);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_OK);
	UNIT_STR(fake_args("DELETE FROM `meta`"), "7");
	UNIT_STR(fake_args("DELETE FROM `resets`"), "a@x");
	UNIT_STR(fake.sent[fake.nsent - 2], "DELETE FROM `people` WHERE `id` = ?");
	UNIT_STR(fake.sent[fake.nsent - 1], "COMMIT");
	CU_ASSERT_EQUAL(agreed, 1);
	answer = 5;
	fake_script(b, 1);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(err.native, 5);
	UNIT_STR(fake.sent[fake.nsent - 1], "ROLLBACK");
	/* Who has no address must not take along everybody without one. */
	answer = 0;
	fake_script(nomail, 1);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_OK);
	CU_ASSERT_EQUAL(fake_count("DELETE FROM `resets`"), 0);
	agreed = 0;
	fake_script(held, 2);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "orders"));
	CU_ASSERT_EQUAL(agreed, 0);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	close_store();
}

static void test_delete_unknown(void)
{
	struct idbc_delete_req req = { .size = sizeof(req), .deadline_ns = 1000000000,
				       .user_id = { "7", 1 }, .agree = agree };

	open_store(NULL);
	agreed = 0;
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_NO_USER);
	CU_ASSERT_EQUAL(agreed, 0);
	CU_ASSERT_EQUAL(fake_count("DELETE"), 0);
	req.phase = IDBC_DELETE_HIDE;
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_UNSUPPORTED);
	close_store();
}

/* --- a store that does not fit -------------------------------------------------------------- */

static void test_check(void)
{
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	struct fake_answer script[] = { resets };
	void *out = NULL;

	open_store(NULL);
	sql_disconnect(session);
	sql_close(instance);
	fake_script(script, 1);
	CU_ASSERT_EQUAL_FATAL(sql_open(&fake_backend, &fake_host, NULL, &findings, &instance, &err),
			      IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(sql_connect(instance, 1000000000, &out, &err), IDBC_OK);
	session = out;
	CU_ASSERT_EQUAL(sql_ops.check(session, 1000000000, 0, &findings, &err), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "[missing-table users.user.table no table \"people\"]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "no table \"meta\""));
	CU_ASSERT_EQUAL(get(IDBC_BY_LOGIN, "ann"), IDBC_CONFIG);
	UNIT_STR(err.code, "missing-table");
	close_store();
}

/* The temporary file of the catalogue's statement went: a new connection asks again, once. */
static void test_lost_file(void)
{
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	struct fake_answer gone = { "information_schema.COLUMNS", 6, 0, "Error on delete", 0, NO_ROWS };
	struct fake_answer once[] = { gone, catalogue }, twice[] = { gone, gone };
	void *out = NULL;

	open_store(NULL);
	sql_disconnect(session);
	sql_close(instance);
	CU_ASSERT_EQUAL_FATAL(sql_open(&fake_backend, &fake_host, NULL, &findings, &instance, &err),
			      IDBC_OK);
	fake_script(twice, 2);
	CU_ASSERT_EQUAL(sql_connect(instance, 1000000000, &out, &err), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.native, 6);
	CU_ASSERT_EQUAL(fake_count("information_schema.COLUMNS"), 2);
	fake_script(once, 2);
	CU_ASSERT_EQUAL_FATAL(sql_connect(instance, 1000000000, &out, &err), IDBC_OK);
	session = out;
	close_store();
}

static void test_unknown_dialect(void)
{
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	void *out = NULL;

	memset(&fake, 0, sizeof(fake));
	fake.users = people;
	fake.dialect = SQL_MSSQL + 1;
	CU_ASSERT_EQUAL_FATAL(sql_open(&fake_backend, &fake_host, NULL, &findings, &instance, &err),
			      IDBC_OK);
	CU_ASSERT_EQUAL(sql_connect(instance, 1000000000, &out, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "unknown"));
	sql_close(instance);
}

static const struct unit_test tests[] = {
	{ "read", test_read }, { "list", test_list },
	{ "list of credentials", test_list_credentials },
	{ "lost-file", test_lost_file },
	{ "exact-wins", test_exact_wins },
	{ "hidden", test_hidden },
	{ "malformed-is-left-out", test_malformed_is_left_out },
	{ "keys", test_keys },
	{ "down", test_down },
	{ "narrowed", test_narrowed },
	{ "create", test_create },
	{ "create-waits-for-others", test_create_waits_for_others },
	{ "create-exists", test_create_exists },
	{ "create-again-after-deadlock", test_create_again_after_deadlock },
	{ "create-again-after-commit", test_create_again_after_commit },
	{ "create-refused", test_create_refused },
	{ "create-lost", test_create_lost },
	{ "create-unmapped", test_create_unmapped },
	{ "shared-addresses", test_shared_addresses },
	{ "verify", test_verify },
	{ "change-email", test_change_email },
	{ "touches-one", test_touches_one },
	{ "change-password", test_change_password },
	{ "proven", test_proven },
	{ "proven-locked", test_proven_locked }, { "proven-altered", test_proven_altered },
	{ "delete", test_delete },
	{ "delete-unknown", test_delete_unknown },
	{ "check", test_check },
	{ "unknown-dialect", test_unknown_dialect },
};
UNIT_MAIN("sql_ops", tests)
