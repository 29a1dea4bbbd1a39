/* Operations in SQL of the author's own over a scripted store: what is bound to which name,
 * what an answer means, what is rolled back.  drivers/sql/override*.c, trial.c.
 */
#include <string.h>

#include "sql/call/call.h"
#include "sql_lines.h"
#include "unit.h"

#define READ "SELECT * FROM find_login WHERE x = :login"
#define GET "SELECT * FROM find_user WHERE i = :id OR e = :email OR n = :login"

/* Every operation; no table, no profile. */
static const char whole[] =
	"{\"lookup\":{\"username\":{\"fold\":\"lower\"}},\"login\":{\"by\":[\"username\",\"email\"]},"
	"\"create\":{\"defaults\":{\"nickname\":\"nick\"}},"
	"\"sql\":{\"login\":\"" READ "\",\"getUser\":\"" GET "\","
	"\"create\":[{\"sql\":\"SELECT tenant FROM tenants WHERE n = :username\",\"let\":\"tenant\"},"
	"{\"sql\":\"INSERT INTO a (t, n, h, s, k) VALUES (:tenant, :username, :password_hash, "
	":salt, :nickname)\",\"let\":\"id\"},"
	"{\"sql\":\"INSERT INTO b (i, e, p) VALUES (:id, :email, "
	":app_metadata.plan)\",\"expect\":\"1\"}],"
	"\"verify\":[{\"sql\":\"UPDATE v SET ok = :verified WHERE i = :id AND e = "
	":email\",\"expect\":\"1\"}],"
	"\"changePassword\":\"UPDATE p SET h = :password_hash WHERE i = :id\","
	"\"changeEmail\":\"UPDATE e SET e = :new_email, ok = :email_verified WHERE e = :email\","
	"\"deleteUser\":[\"DELETE FROM x WHERE i = :user_id\",{\"sql\":\"DELETE FROM y WHERE i = "
	":id\",\"expect\":\"0..1\"}]}}";

static const struct fake_shape shapes[] = {
	{ "find_login", { "user_id", "USERNAME", "email", "pw_hash", "blocked",
			"app_metadata.Roles", "deleted",
			  "shoe_size", "created_at" } },
	{ "find_user", { "user_id", "username", "email", "deleted" } },
	{ "tenants", { "tenant" } },
};
#define NO_ROWS { { NULL } }

static void *instance;
static struct session *session;
static struct idbc_error err;

static int open_with(const char *users, const char *operations)
{
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	void *out = NULL;
	int rc;

	memset(&fake, 0, sizeof(fake));
	fake.users = users;
	fake.operations = operations;
	fake.dialect = SQL_MARIADB;
	fake.now_ns = 1000;
	fake.shapes = shapes;
	fake.nshapes = 3;
	err = (struct idbc_error)IDBC_ERROR_INIT;
	instance = NULL;
	rc = sql_open(&fake_backend, &fake_host, NULL, &findings, &instance, &err);
	if (rc != IDBC_OK)
		return rc;
	CU_ASSERT_EQUAL_FATAL(sql_connect(instance, 1000000000, &out, &err), IDBC_OK);
	session = out;
	return IDBC_OK;
}

static void open_store(void)
{
	CU_ASSERT_EQUAL_FATAL(open_with(whole, NULL), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(fake.nsent, 1);   /* prepared, and its tables' engines looked at */
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.sent[0], "ENGINE"));
}

static void close_store(void)
{
	sql_disconnect(session);
	sql_close(instance);
}

static struct idbc_sink sink = LINE_SINK;

static int login(const char *who)
{
	struct idbc_login_req req = { .size = sizeof(req), .by = IDBC_BY_LOGIN,
		.deadline_ns = 1000000000, .identifier = { who, strlen(who) } };

	line[0] = '\0';
	nrows = 0;
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.login(session, &req, &sink, &err);
}

static int get(uint32_t by, const char *who)
{
	struct idbc_user_req req = { sizeof(req), by, 1000000000, { who, strlen(who) } };

	line[0] = '\0';
	nrows = 0;
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.get_user(session, &req, &sink, &err);
}

/* --- reads ------------------------------------------------------------------------------- */

static void test_answer(void)
{
	struct fake_answer script[] = {
		{ "find_login", 0, 0, NULL, 0, { { "7", "ann", "A@x", "$h", "t", "[\"a\"]", "0",
				"44", "1970-01-01 00:00:01" } } },
		{ "find_login", 0, 0, NULL, 0, NO_ROWS },
		{ "find_login", 0, 0, NULL, 0, { { "7", "ann", "A@x", "$h", "f", "NULL", "1" } } },
		{ "find_login", 0, 0, NULL, 0, { { "NULL", "ann", "A@x", "$h" } } },
		{ "find_login", 0, 0, NULL, 0, { { "7", "ann", "A@x", "$h", "perhaps", "x", "0",
				"1", "yesterday" } } },
	};

	open_store();
	fake_script(script, 5);
	CU_ASSERT_EQUAL(login("ANN"), IDBC_OK);
	UNIT_STR(line,
			"[7]ann: username=ann email=A@x blocked=1 app_metadata.Roles=json[\"a\"] "
			"deleted=0"
		 " shoe_size=44 created_at=1000000 {hash $h}");
	CU_ASSERT_EQUAL(login("nobody"), IDBC_NO_USER);
	UNIT_STR(fake.sent[1], fake.sent[0]);
	CU_ASSERT_EQUAL(fake.nsent, 2);
	CU_ASSERT_EQUAL(login("ann"), IDBC_NO_USER);            /* deleted */
	CU_ASSERT_EQUAL(login("ann"), IDBC_NO_USER);            /* an aggregate's empty row */
	CU_ASSERT_EQUAL(login("ann"), IDBC_OK);                 /* what is no flag, no time */
	UNIT_STR(line,
			"[7]ann: username=ann email=A@x app_metadata.Roles=x deleted=0 "
			"shoe_size=1 {hash $h}");
	CU_ASSERT_PTR_NULL(strstr(fake.log, "perhaps"));
	close_store();
}

static void test_compared_again(void)
{
	struct fake_answer script[] = {
		{ "find_login", 0, 0, NULL, 0, { { "1", "zo\xc3\xa9" }, { "2", "zoe " }, { "3",
				"zoe" } } },
		{ "find_login", 0, 0, NULL, 0, { { "1", "a", "A@x" }, { "2", "b", "a@x" } } },
		{ "find_login", 0, 0, NULL, 0, { { "1", "a", "A@x" }, { "2", "b", "a@X" } } },
		{ "find_login", 0, 0, NULL, 0, { { "1", "a@x", "c@x" }, { "2", "b", "a@x" } } },
		{ "find_login", 0, 0, NULL, 0, { { "1", "ann", "c@x" }, { "1", "ann", "d@x" } } },
	};

	open_store();
	fake_script(script, 5);
	CU_ASSERT_EQUAL(login("zoe"), IDBC_OK);
	CU_ASSERT_EQUAL(nrows, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "[3]"));
	CU_ASSERT_EQUAL(login("a@x"), IDBC_OK);                 /* the exact one wins */
	CU_ASSERT_EQUAL(nrows, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "[2]"));
	CU_ASSERT_EQUAL(login("A@X"), IDBC_OK);
	CU_ASSERT_EQUAL(nrows, 2);
	CU_ASSERT_EQUAL(login("a@x"), IDBC_OK);                 /* his name, her address */
	CU_ASSERT_EQUAL(nrows, 2);
	CU_ASSERT_EQUAL(login("ann"), IDBC_OK);                 /* two rows of one */
	CU_ASSERT_EQUAL(nrows, 1);
	close_store();
}

static void test_asked(void)
{
	struct fake_answer script[] = {
		{ "find_user", 0, 0, NULL, 0, { { "7", "ann", "A@x", "0" } } },
		{ "find_user", 0, 0, NULL, 0, { { "7", "ann", "A@x", "0" } } },
		{ "find_user", 0, 0, NULL, 0, { { "7", "ann", "A@x", "0" } } },
		{ "find_user", 0, 0, NULL, 0, { { "8", "ann", "A@x", "0" } } },
	};

	open_store();
	fake_script(script, 4);
	CU_ASSERT_EQUAL(get(IDBC_BY_EMAIL, "a@X"), IDBC_OK);
	UNIT_STR(fake.args[0], "NULL|a@X|NULL");
	CU_ASSERT_EQUAL(get(IDBC_BY_USERNAME, "ANN"), IDBC_OK); /* in :login, since no step names it */
	UNIT_STR(fake.args[1], "NULL|NULL|ann");
	CU_ASSERT_EQUAL(get(IDBC_BY_USER_ID, "7"), IDBC_OK);
	UNIT_STR(fake.args[2], "7|NULL|NULL");
	UNIT_STR(line, "[7]7: username=ann email=A@x deleted=0");
	CU_ASSERT_EQUAL(get(IDBC_BY_USER_ID, "7"), IDBC_NO_USER);       /* somebody else's row */
	CU_ASSERT_EQUAL(get(IDBC_BY_PHONE, "7"), IDBC_UNSUPPORTED);     /* no column shows it */
	close_store();
}

static void test_read_fails(void)
{
	struct fake_answer gone[] = { { "find_login", 2013, SQL_LOST_DURING, "gone", 0, NO_ROWS } };

	open_store();
	fake_script(gone, 1);
	CU_ASSERT_EQUAL(login("ann"), IDBC_UNAVAILABLE);
	UNIT_STR(line, "");
	close_store();
}

/* --- create ------------------------------------------------------------------------------ */

static struct idbc_field text_field(const char *name, const char *value)
{
	return (struct idbc_field){ name, { .kind = IDBC_KIND_STR, .u.str = { value,
			strlen(value) } } };
}

static int create(const char *extra)
{
	struct idbc_field fields[] = { text_field("username", "Ann"), text_field("email", "A@x"),
				       text_field("app_metadata.plan", "pro"),
						text_field(extra ? extra : "", "x") };
	struct idbc_field parts[] = { text_field("hash", "$argon$s3cret"), text_field("salt", "s4lt") };
	struct idbc_create_req req = { .size = sizeof(req), .deadline_ns = 1000000000,
		.fields = fields, .nfields = extra ? 4 : 3, .credential = parts, .ncredential = 2 };

	line[0] = '\0';
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.create(session, &req, &sink, &err);
}

#define LOCK { "GET_LOCK", 0, 0, NULL, 0, { { "1" } } }
#define NOBODY { "find_user", 0, 0, NULL, 0, NO_ROWS }
#define TENANT { "tenants", 0, 0, NULL, 0, { { "9" } } }
#define MADE { "find_user", 0, 0, NULL, 0, { { "42", "ann", "A@x", "0" } } }

static void test_create(void)
{
	/* Name and address are asked for among names and addresses, then the new user. */
	struct fake_answer script[] = { LOCK, TENANT, NOBODY, NOBODY, NOBODY, NOBODY, MADE };

	open_store();
	fake_script(script, 7);
	CU_ASSERT_EQUAL(create(NULL), IDBC_OK);
	UNIT_STR(line, "[42]42: username=ann email=A@x deleted=0");
	UNIT_STR(fake_args("tenants"), "ann");
	UNIT_STR(fake_args("INSERT INTO a"), "9|ann|$argon$s3cret|s4lt|nick");
	UNIT_STR(fake_args("INSERT INTO b"), "42|A@x|pro");
	UNIT_STR(fake.sent[1], "BEGIN");
	UNIT_STR(fake.sent[fake.nsent - 2], "COMMIT");
	for (size_t i = 0; i < fake.nsent; i++)
		CU_ASSERT_PTR_NULL(strstr(fake.sent[i], "s3cret"));
	CU_ASSERT_EQUAL(create("family_name"), IDBC_INVALID);
	UNIT_STR(err.code, "unmapped_field");
	CU_ASSERT_EQUAL(create("user_id"), IDBC_UNSUPPORTED);
	close_store();
}

static void test_create_taken(void)
{
	struct fake_answer name[] = { LOCK, { "find_user", 0, 0, NULL, 0, { { "1", "ANN", "c@x",
			"0" } } } };
	struct fake_answer address[] = { LOCK, NOBODY, { "find_user", 0, 0, NULL, 0, { { "1", "x",
			"ann", "0" } } } };

	open_store();
	fake_script(address, 3);
	CU_ASSERT_EQUAL(create(NULL), IDBC_INVALID);
	UNIT_STR(err.code, "invalid_username");
	fake_script(name, 2);
	CU_ASSERT_EQUAL(create(NULL), IDBC_EXISTS);
	UNIT_STR(err.code, "username_exists");
	CU_ASSERT_EQUAL(fake_count("INSERT"), 0);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	close_store();
}

static void test_create_fails(void)
{
	struct fake_answer third[] = { LOCK, TENANT, { "INSERT INTO b", 1062, 0,
			"Duplicate entry 'A@x' for key 'b.username'", 0, NO_ROWS } };
	struct fake_answer none[] = { LOCK, TENANT, { "INSERT INTO b", 0, 0, NULL, -1, NO_ROWS } };
	struct fake_answer lost[] = { LOCK, TENANT, { "INSERT INTO b", 2013, SQL_LOST_DURING, "", 0,
			NO_ROWS } };
	struct fake_answer commit[] = { LOCK, TENANT, NOBODY, NOBODY, NOBODY, NOBODY, MADE,
			{ "COMMIT", 2013, SQL_LOST_DURING, "", 0, NO_ROWS } };
	struct fake_answer two[] = { LOCK, { "tenants", 0, 0, NULL, 0, { { "8" }, { "9" } } } };
	struct fake_answer again[] = { LOCK, TENANT, { "INSERT INTO b", 1213, 0, "Deadlock", 0,
			NO_ROWS }, TENANT, NOBODY, NOBODY, NOBODY, NOBODY,
				       NOBODY, NOBODY, NOBODY, NOBODY, MADE };

	open_store();
	fake_script(third, 3);
	CU_ASSERT_EQUAL(create(NULL), IDBC_EXISTS);
	UNIT_STR(err.code, "username_exists");
	CU_ASSERT_PTR_NULL(strstr(err.text, "A@x"));
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 0);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	fake_script(none, 3);
	CU_ASSERT_EQUAL(create(NULL), IDBC_EXISTS);
	fake_script(lost, 3);
	CU_ASSERT_EQUAL(create(NULL), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
	fake_script(commit, 8);
	CU_ASSERT_EQUAL(create(NULL), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_UNKNOWN);
	fake_script(two, 2);
	CU_ASSERT_EQUAL(create(NULL), IDBC_AMBIGUOUS);
	CU_ASSERT_EQUAL(fake_count("INSERT"), 0);
	fake_script(again, 13);
	CU_ASSERT_EQUAL(create(NULL), IDBC_OK);
	CU_ASSERT_EQUAL(fake_count("BEGIN"), 2);
	CU_ASSERT_EQUAL(fake_count("COMMIT"), 1);
	close_store();
}

/* --- changes ------------------------------------------------------------------------------- */

#define ANN { "find_user", 0, 0, NULL, 0, { { "7", "ann", "A@x", "0" } } }

static void test_verify(void)
{
	struct idbc_verify_req req = { sizeof(req), IDBC_BY_USERNAME, 1000000000, { "ann", 3 },
			{ "a@X", 3 } };
	struct fake_answer ann[] = { ANN }, changed[] = { ANN }, none[] = { ANN, { "UPDATE v", 0, 0,
			NULL, -1, NO_ROWS } },
			   two[] = { ANN, { "UPDATE v", 0, 0, NULL, 2, NO_ROWS } };

	open_store();
	fake_script(ann, 1);
	CU_ASSERT_EQUAL(sql_ops.verify(session, &req, &err), IDBC_OK);
	UNIT_STR(fake_args("UPDATE v"), "1|7|A@x");             /* the address as it is stored */
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.verify(session, &req, &err), IDBC_NO_USER);
	CU_ASSERT_EQUAL(fake_count("UPDATE"), 0);
	fake_script(none, 2);
	CU_ASSERT_EQUAL(sql_ops.verify(session, &req, &err), IDBC_NO_USER);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	fake_script(two, 2);
	CU_ASSERT_EQUAL(sql_ops.verify(session, &req, &err), IDBC_AMBIGUOUS);
	CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	req.email = (struct idbc_str){ "b@x", 3 };
	fake_script(changed, 1);
	CU_ASSERT_EQUAL(sql_ops.verify(session, &req, &err), IDBC_CONFLICT);
	UNIT_STR(err.code, "email_changed");
	CU_ASSERT_EQUAL(fake_count("UPDATE") + fake_count("COMMIT"), 0);
	close_store();
}

/* sql.getUser does not show the password: sql.login is asked, by his address. */
static void test_change_password(void)
{
	struct idbc_field hash = text_field("hash", "$new"), old = text_field("hash", "$h");
	struct idbc_password_req req = { sizeof(req), IDBC_BY_USER_ID, 1000000000, { "7", 1 },
			&hash, 1, NULL, 0 };
	struct fake_answer plain[] = { ANN };
	struct fake_answer same[] = { ANN, { "find_login", 0, 0, NULL, 0, { { "7", "ann", "A@x",
			"$h" } } } };
	struct fake_answer other[] = { ANN, { "find_login", 0, 0, NULL, 0, { { "7", "ann", "A@x",
			"$newer" } } } };

	open_store();
	fake_script(plain, 1);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_OK);
	UNIT_STR(fake_args("UPDATE p"), "$new|7");
	req.expect = &old;
	req.nexpect = 1;
	fake_script(same, 2);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_OK);
	fake_script(other, 2);
	CU_ASSERT_EQUAL(sql_ops.change_password(session, &req, &err), IDBC_CONFLICT);
	UNIT_STR(err.code, "credential_changed");
	CU_ASSERT_EQUAL(fake_count("UPDATE"), 0);
	close_store();
}

static void test_change_email(void)
{
	struct idbc_email_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
			.deadline_ns = 1000000000,
		.identifier = { "7", 1 }, .email = { "b@x", 3 }, .verified = 1 };
	struct fake_answer freely[] = { LOCK, ANN }, held[] = { LOCK, ANN, { "find_user", 0, 0,
			NULL, 0, { { "8", "bob", "B@x", "0" } } } },
			   own[] = { LOCK, ANN, ANN };

	open_store();
	fake_script(freely, 2);
	CU_ASSERT_EQUAL(sql_ops.change_email(session, &req, &err), IDBC_OK);
	UNIT_STR(fake_args("UPDATE e"), "b@x|1|A@x");
	fake_script(held, 3);
	CU_ASSERT_EQUAL(sql_ops.change_email(session, &req, &err), IDBC_EXISTS);
	CU_ASSERT_EQUAL(fake_count("UPDATE"), 0);
	req.email = (struct idbc_str){ "a@x", 3 };
	fake_script(own, 3);
	CU_ASSERT_EQUAL(sql_ops.change_email(session, &req, &err), IDBC_OK);
	close_store();
}

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
			.user_id = { "7", 1 },
				       .agree = agree, .agree_ctx = &answer };
	struct fake_answer a[] = { ANN }, b[] = { ANN }, two[] = { ANN, { "DELETE FROM y", 0, 0,
			NULL, 2, NO_ROWS } };

	open_store();
	agreed = 0;
	fake_script(a, 1);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_OK);
	UNIT_STR(fake_args("DELETE FROM x"), "7");
	UNIT_STR(fake.sent[fake.nsent - 2], "DELETE FROM y WHERE i = ?");
	UNIT_STR(fake.sent[fake.nsent - 1], "COMMIT");
	fake_script(two, 2);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_AMBIGUOUS);
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_NO_USER);
	CU_ASSERT_EQUAL(agreed, 1);
	answer = 5;
	fake_script(b, 1);
	CU_ASSERT_EQUAL(sql_ops.delete_user(session, &req, &err), IDBC_CANCELLED);
	CU_ASSERT_EQUAL(err.native, 5);
	UNIT_STR(fake.sent[fake.nsent - 1], "ROLLBACK");
	close_store();
}

/* Nothing to touch, no column for an upgrade: nothing is sent. */
static void test_proven(void)
{
	struct idbc_field hash = text_field("hash", "$new"), old = text_field("hash", "$h");
	struct idbc_proven_req req = { .size = sizeof(req), .flags = IDBC_PROVEN_TOUCH,
		.deadline_ns = 1000000000, .user_id = { "7", 1 }, .credential = &hash,
		.ncredential = 1, .expect = &old, .nexpect = 1 };
	struct fake_answer changed[] = { ANN, { "find_login", 0, 0, NULL, 0, { { "7", "ann", "A@x",
			"$newer" } } } };

	open_store();
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_UNSUPPORTED);
	UNIT_STR(err.code, "not_mapped");
	CU_ASSERT_EQUAL(fake.nsent, 0);
	req.flags = IDBC_PROVEN_RECHECK;
	fake_script(changed, 2);
	CU_ASSERT_EQUAL(sql_ops.proven(session, &req, &err), IDBC_CONFLICT);
	close_store();
}

/* --- before the first call ------------------------------------------------------------------ */

static void test_trial(void)
{
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	void *out = NULL;

	CU_ASSERT_EQUAL_FATAL(open_with(whole, NULL), IDBC_OK);
	sql_disconnect(session);
	sql_close(instance);
	fake.refused = "DELETE FROM y";
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL_FATAL(sql_open(&fake_backend, &fake_host, NULL, &findings, &instance, &err),
			IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(sql_connect(instance, 1000000000, &out, &err), IDBC_OK);
	session = out;
	CU_ASSERT_EQUAL(fake.nsent, 0);
	CU_ASSERT_EQUAL(sql_ops.check(session, 1000000000, 0, &findings, &err), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "[bad-sql users.sql.deleteUser[1] "));
	CU_ASSERT_EQUAL(login("ann"), IDBC_CONFIG);
	UNIT_STR(err.code, "bad-sql");
	close_store();
	/* Where deleteUser is not among the operations it is not even prepared. */
	fake.operations = "[\"login\",\"getUser\"]";
	fake_script(NULL, 0);
	CU_ASSERT_EQUAL_FATAL(sql_open(&fake_backend, &fake_host, NULL, &findings, &instance, &err),
			IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(sql_connect(instance, 1000000000, &out, &err), IDBC_OK);
	session = out;
	CU_ASSERT_EQUAL(login("ann"), IDBC_NO_USER);
	close_store();
}

static void test_needs(void)
{
	static const char reads[] = "{\"login\":{\"by\":[\"username\"]},\"sql\":{"
		"\"login\":\"" READ "\",\"getUser\":\"" GET "\"}}";

	CU_ASSERT_EQUAL(open_with(reads, "[\"login\",\"getUser\"]"), IDBC_OK);
	close_store();
	CU_ASSERT_EQUAL(open_with(reads, NULL), IDBC_CONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "[missing-key users.user.table "));
	UNIT_STR(err.code, "missing-key");
}

static const struct unit_test tests[] = {
	{ "answer", test_answer },
	{ "compared-again", test_compared_again },
	{ "asked", test_asked },
	{ "read-fails", test_read_fails },
	{ "create", test_create },
	{ "create-taken", test_create_taken },
	{ "create-fails", test_create_fails },
	{ "verify", test_verify },
	{ "change-password", test_change_password },
	{ "change-email", test_change_email },
	{ "delete", test_delete },
	{ "proven", test_proven },
	{ "trial", test_trial },
	{ "needs", test_needs },
};
UNIT_MAIN("sql_override", tests)
