/* What databases say and what callers learn: drivers/sql/call/state.c. */
#include <string.h>

#include "sql/call/state.h"
#include "unit.h"

static struct sql_diag diag(int32_t native, const char *sqlstate, const char *text)
{
	struct sql_diag d = { .native = native };

	snprintf(d.sqlstate, sizeof(d.sqlstate), "%s", sqlstate);
	snprintf(d.text, sizeof(d.text), "%s", text);
	return d;
}

struct known { uint32_t dialect; int32_t native; const char *sqlstate, *text; uint32_t state; };

static void test_classes(void)
{
	static const struct known known[] = {
		{ SQL_MARIADB, 1062, "23000", "Duplicate entry", STATE_DUPLICATE },
		{ SQL_MYSQL, 1451, "23000", "Cannot delete", STATE_FOREIGN_KEY },
		{ SQL_MARIADB, 1213, "40001", "Deadlock found", STATE_DEADLOCK },
		{ SQL_MARIADB, 1205, "HY000", "Lock wait timeout", STATE_LOCKED },
		{ SQL_MARIADB, 1412, "HY000", "Table definition has changed", STATE_DEADLOCK },
		{ SQL_MARIADB, 1836, "HY000", "Running in read-only mode", STATE_READ_ONLY },
		{ SQL_MARIADB, 1874, "HY000", "InnoDB is in read only mode", STATE_READ_ONLY },
		{ SQL_MARIADB, 1226, "42000", "has exceeded the resource", STATE_LOST },
		{ SQL_MARIADB, 1243, "HY000", "Unknown prepared statement handler", STATE_LOST },
		{ SQL_MARIADB, 1461, "42000", "more than max_prepared_stmt_count", STATE_LOST },
		{ SQL_MARIADB, 3, "HY000", "Error writing file (Errcode: 28 \"No space left on device\")",
		  STATE_FULL },
		{ SQL_MARIADB, 1406, "22001", "Data too long", STATE_TOO_LONG },
		{ SQL_MARIADB, 1142, "42000", "SELECT command denied", STATE_PRIVILEGE },
		{ SQL_MARIADB, 1146, "42S02", "Table doesn't exist", STATE_SCHEMA },
		{ SQL_MARIADB, 1969, "70100", "Query execution was interrupted", STATE_INTERRUPTED },
		{ SQL_MARIADB, 1644, "45000", "a trigger's own words", STATE_OTHER },
		{ SQL_SQLITE, 19, "HY000", "UNIQUE constraint failed: u.mail", STATE_DUPLICATE },
		{ SQL_SQLITE, 19, "HY000", "FOREIGN KEY constraint failed", STATE_FOREIGN_KEY },
		{ SQL_SQLITE, 19, "HY000", "NOT NULL constraint failed: u.pw", STATE_NOT_NULL },
		{ SQL_SQLITE, 5, "HY000", "database is locked", STATE_LOCKED },
		{ SQL_SQLITE, 9, "HY000", "interrupted", STATE_INTERRUPTED },
		{ SQL_SQLITE, 11, "HY000", "database disk image is malformed", STATE_BROKEN },
		{ SQL_MARIADB, 1194, "HY000", "Table 'u' is marked as crashed", STATE_BROKEN },
		{ SQL_POSTGRESQL, 1, "23505", "duplicate key value", STATE_DUPLICATE },
		{ SQL_POSTGRESQL, 1, "40P01", "deadlock detected", STATE_DEADLOCK },
		{ SQL_POSTGRESQL, 1, "40001", "could not serialize access", STATE_DEADLOCK },
		{ SQL_POSTGRESQL, 1, "23503", "update or delete", STATE_FOREIGN_KEY },
		{ SQL_POSTGRESQL, 1, "23502", "null value in column", STATE_NOT_NULL },
		{ SQL_POSTGRESQL, 1, "23514", "violates check constraint", STATE_CHECK },
		{ SQL_POSTGRESQL, 1, "22001", "value too long", STATE_TOO_LONG },
		{ SQL_POSTGRESQL, 1, "22P02", "invalid input syntax", STATE_BAD_VALUE },
		{ SQL_POSTGRESQL, 1, "22P05", "no equivalent in encoding", STATE_BAD_VALUE },
		{ SQL_POSTGRESQL, 1, "22021", "invalid byte sequence", STATE_BAD_VALUE },
		{ SQL_POSTGRESQL, 1, "55P03", "lock timeout", STATE_LOCKED },
		{ SQL_POSTGRESQL, 1, "57014", "canceling statement", STATE_INTERRUPTED },
		{ SQL_POSTGRESQL, 1, "25P02", "current transaction is aborted", STATE_INTERRUPTED },
		{ SQL_POSTGRESQL, 1, "57P01", "terminating connection", STATE_LOST },
		{ SQL_POSTGRESQL, 1, "57P03", "starting up", STATE_LOST },
		{ SQL_POSTGRESQL, 1, "08006", "connection failure", STATE_LOST },
		{ SQL_POSTGRESQL, 1, "42501", "permission denied", STATE_PRIVILEGE },
		{ SQL_POSTGRESQL, 1, "42P01", "relation does not exist", STATE_SCHEMA },
		{ SQL_POSTGRESQL, 1, "25006", "read-only transaction", STATE_READ_ONLY },
		{ SQL_POSTGRESQL, 1, "53100", "could not extend file", STATE_FULL },
		{ SQL_POSTGRESQL, 1, "53300", "too many clients", STATE_LOST },
		{ SQL_POSTGRESQL, 1, "0A000", "cached plan must not change", STATE_LOST },
		{ SQL_POSTGRESQL, 1, "0A000", "cannot update view", STATE_OTHER },
		{ SQL_POSTGRESQL, 1, "P0001", "a trigger's own words", STATE_OTHER },
		{ SQL_MSSQL, 2627, "23000", "Violation of UNIQUE KEY", STATE_DUPLICATE },
		{ SQL_MSSQL, 547, "23000", "conflicted with the REFERENCE", STATE_FOREIGN_KEY },
		{ SQL_MSSQL, 547, "23000", "with the CHECK constraint", STATE_CHECK },
		{ SQL_MSSQL, 515, "23000", "Cannot insert the value NULL", STATE_NOT_NULL },
		{ SQL_MSSQL, 2628, "22001", "would be truncated", STATE_TOO_LONG },
		{ SQL_MSSQL, 8114, "42000", "Error converting data type", STATE_BAD_VALUE },
		{ SQL_MSSQL, 1205, "40001", "was deadlocked", STATE_DEADLOCK },
		{ SQL_MSSQL, 1222, "42000", "Lock request time out", STATE_LOCKED },
		{ SQL_MSSQL, 229, "42000", "permission was denied", STATE_PRIVILEGE },
		{ SQL_MSSQL, 208, "42S02", "Invalid object name", STATE_SCHEMA },
		{ SQL_MSSQL, 3906, "25000", "database is read-only", STATE_READ_ONLY },
		{ SQL_MSSQL, 18456, "28000", "Login failed", STATE_LOST },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct sql_diag d = diag(known[i].native, known[i].sqlstate, known[i].text);

		CU_ASSERT_EQUAL(state_class(known[i].dialect, &d), known[i].state);
	}
}

/* A store that is down is never "no such user", whatever number says so. */
static void test_lost_is_unavailable(void)
{
	struct state_context at = { .dialect = SQL_MARIADB, .phase = STATE_READING };
	struct sql_diag d = diag(2013, "HY000", "Lost connection");

	d.lost = SQL_LOST_DURING;
	CU_ASSERT_EQUAL(state_status(state_class(SQL_MARIADB, &d), &at), IDBC_UNAVAILABLE);
	at.late = 1;
	CU_ASSERT_EQUAL(state_status(state_class(SQL_MARIADB, &d), &at), IDBC_TIMEOUT);
	at.late = 0;
	at.phase = STATE_CONNECTING;
	d = diag(1045, "28000", "Access denied for user 'x'@'y'");
	CU_ASSERT_EQUAL(state_status(state_class(SQL_MARIADB, &d), &at), IDBC_UNAVAILABLE);
}

static void test_effect(void)
{
	struct state_context at = { .dialect = SQL_MARIADB, .phase = STATE_COMMITTING };
	struct sql_diag d = diag(2013, "HY000", "Lost connection");

	d.lost = SQL_LOST_DURING;
	CU_ASSERT_EQUAL(state_effect(&at, &d), IDBC_EFFECT_UNKNOWN);
	at.phase = STATE_ALONE;
	CU_ASSERT_EQUAL(state_effect(&at, &d), IDBC_EFFECT_UNKNOWN);
	at.phase = STATE_INSIDE;
	CU_ASSERT_EQUAL(state_effect(&at, &d), IDBC_EFFECT_NONE);
	at.phase = STATE_ALONE;
	d.lost = SQL_LOST_BEFORE;
	CU_ASSERT_EQUAL(state_effect(&at, &d), IDBC_EFFECT_NONE);
	at.phase = STATE_COMMITTING;
	d = diag(1180, "HY000", "Got error during COMMIT");
	CU_ASSERT_EQUAL(state_effect(&at, &d), IDBC_EFFECT_UNKNOWN);
}

/* An answer to COMMIT, or to a statement that commits itself, and what is known then. */
static void test_effect_of_answers(void)
{
	enum { NONE = IDBC_EFFECT_NONE, UNKNOWN = IDBC_EFFECT_UNKNOWN };
	static const struct { uint32_t dialect; int32_t native; const char *sqlstate;
			      uint32_t commit, alone; } known[] = {
		{ SQL_MARIADB, 1213, "40001", NONE, NONE },
		{ SQL_MARIADB, 1205, "HY000", NONE, NONE },
		{ SQL_MARIADB, 1290, "HY000", NONE, NONE },
		{ SQL_MARIADB, 1062, "23000", NONE, NONE },
		{ SQL_MARIADB, 1180, "HY000", UNKNOWN, UNKNOWN },
		{ SQL_MARIADB, 1317, "70100", UNKNOWN, UNKNOWN },
		{ SQL_MARIADB, 1317, "HY008", UNKNOWN, UNKNOWN },
		{ SQL_MARIADB, 1969, "70100", UNKNOWN, UNKNOWN },
		{ SQL_MARIADB, 1053, "08S01", UNKNOWN, UNKNOWN },
		{ SQL_MARIADB, 1927, "70100", UNKNOWN, UNKNOWN },
		{ SQL_MARIADB, 1105, "HY000", UNKNOWN, NONE },
		{ SQL_MARIADB, 1026, "HY000", UNKNOWN, NONE },
		{ SQL_MYSQL, 3024, "HY000", UNKNOWN, UNKNOWN },
		{ SQL_POSTGRESQL, 1, "40001", NONE, NONE },
		{ SQL_POSTGRESQL, 1, "25006", NONE, NONE },
		{ SQL_POSTGRESQL, 1, "25P02", NONE, NONE },
		{ SQL_POSTGRESQL, 1, "57014", NONE, NONE },
		{ SQL_POSTGRESQL, 1, "53100", NONE, NONE },
		{ SQL_POSTGRESQL, 1, "40003", UNKNOWN, UNKNOWN },
		{ SQL_POSTGRESQL, 1, "57P01", UNKNOWN, NONE },
		{ SQL_POSTGRESQL, 1, "57P02", UNKNOWN, NONE },
		{ SQL_POSTGRESQL, 1, "57P03", UNKNOWN, NONE },
		{ SQL_POSTGRESQL, 1, "08006", UNKNOWN, NONE },
		{ SQL_POSTGRESQL, 0, "HY000", UNKNOWN, NONE },
		{ SQL_SQLITE, 5, "HY000", NONE, NONE },
		{ SQL_SQLITE, 8, "HY000", NONE, NONE },
		{ SQL_SQLITE, 13, "HY000", NONE, NONE },
		{ SQL_SQLITE, 10, "HY000", UNKNOWN, UNKNOWN },
		{ SQL_SQLITE, 9, "HY000", UNKNOWN, NONE },
		{ SQL_SQLITE, 11, "HY000", UNKNOWN, NONE },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct sql_diag d = diag(known[i].native, known[i].sqlstate, "words");
		struct state_context at = { .dialect = known[i].dialect,
					    .phase = STATE_COMMITTING };

		CU_ASSERT_EQUAL(state_effect(&at, &d), known[i].commit);
		at.phase = STATE_ALONE;
		CU_ASSERT_EQUAL(state_effect(&at, &d), known[i].alone);
		at.phase = STATE_INSIDE;
		CU_ASSERT_EQUAL(state_effect(&at, &d), NONE);
	}
}

static void test_scrub(void)
{
	char out[300];

	state_scrub("Duplicate entry 'o'hara $2y$10$secret' for key 'mail'", out, sizeof(out));
	UNIT_STR(out, "Duplicate entry ...");
	state_scrub("near \"hunter2\": syntax error", out, sizeof(out));
	UNIT_STR(out, "near ...: syntax error");
	state_scrub("stored hash $argon2id$v=19$m=19456,t=2,p=1$c2FsdA refused", out, sizeof(out));
	UNIT_STR(out, "stored hash ... refused");
	state_scrub("0123456789012345678901234", out, sizeof(out));
	UNIT_STR(out, "...");
	state_scrub("database is locked", out, sizeof(out));
	UNIT_STR(out, "database is locked");
	state_scrub("ERROR: duplicate key \"mail_key\"\nDETAIL: Key (mail)=(x@example.com).", out,
		    sizeof(out));
	UNIT_STR(out, "ERROR: duplicate key ...");
	state_scrub("in object 'dbo.u'. The duplicate key value is (x@example.com).", out,
		    sizeof(out));
	UNIT_STR(out, "in object ....");
	state_scrub("Eingabe \xe2\x80\x9egeheim\xe2\x80\x9c falsch", out, sizeof(out));
	UNIT_STR(out, "Eingabe ... falsch");
	state_scrub("an open 'quote", out, sizeof(out));
	CU_ASSERT_PTR_NULL(strstr(out, "'"));
}

static void test_constraint(void)
{
	static const struct { uint32_t dialect; int32_t native; const char *text, *name; } known[] = {
		{ SQL_MARIADB, 1062, "Duplicate entry 'a' for key 'b' for key 'mail_uq'", "mail_uq" },
		{ SQL_MYSQL, 1062, "Duplicate entry 'x' for key 'users.login'", "login" },
		{ SQL_MARIADB, 1062, "Duplicate entry", "" },
		{ SQL_SQLITE, 19, "[SQLite]UNIQUE constraint failed: u.mail (19)", "mail" },
		{ SQL_SQLITE, 19, "UNIQUE constraint failed: index 'u_mail'", "u_mail" },
		{ SQL_MARIADB, 1451, "a foreign key constraint fails (`db`.`kid`, CONSTRAINT `k`", "kid" },
		{ SQL_SQLITE, 19, "FOREIGN KEY constraint failed", "" },
		{ SQL_POSTGRESQL, 23505, "ERROR: duplicate key \"uq7\"\nDETAIL: Key "
		  "(lower(mail::text))=(a@b) already exists.", "lower(mail::text)" },
		{ SQL_POSTGRESQL, 23505, "ERROR: duplicate key \"mail_key\"", "mail_key" },
		{ SQL_POSTGRESQL, 23505, "Schl\xc3\xbcsselwert \xc2\xbbmail_key\xc2\xab", "mail_key" },
		{ SQL_POSTGRESQL, 23503, "delete on table \"us\" violates foreign key constraint "
		  "\"k_fk\" on table \"kid\"\nDETAIL: Key (id)=(1)", "kid" },
		{ SQL_POSTGRESQL, 23503, "insert on table \"kid\" violates \"k_fk\"", "" },
		{ SQL_MSSQL, 2627, "Violation of UNIQUE KEY constraint 'UQ_mail'. Cannot insert "
		  "duplicate key in object 'dbo.u'. The duplicate key value is (x'y).", "UQ_mail" },
		{ SQL_MSSQL, 2601, "Cannot insert duplicate key row in object 'dbo.u' with unique "
		  "index 'IX_mail'.", "IX_mail" },
		{ SQL_MSSQL, 547, "REFERENCE constraint \"FK_1\". The conflict occurred in database "
		  "\"d\", table \"dbo.orders\", column 'uid'.", "orders" },
	};
	char out[40];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char sqlstate[12] = "";
		struct sql_diag d;

		if (known[i].dialect == SQL_POSTGRESQL)
			snprintf(sqlstate, sizeof(sqlstate), "%d", (int)known[i].native);
		d = diag(known[i].native, sqlstate, known[i].text);
		state_constraint(known[i].dialect, &d, out, sizeof(out));
		UNIT_STR(out, known[i].name);
	}
}

static const struct unit_test tests[] = {
	{ "classes", test_classes },
	{ "lost-is-unavailable", test_lost_is_unavailable },
	{ "effect", test_effect },
	{ "effect-of-answers", test_effect_of_answers },
	{ "scrub", test_scrub },
	{ "constraint", test_constraint },
};
UNIT_MAIN("sql_state", tests)
