/* What databases say and what callers learn: drivers/sql/state.c. */
#include <string.h>

#include "sql/state.h"
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
	};
	char out[40];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct sql_diag d = diag(known[i].native, "", known[i].text);

		state_constraint(known[i].dialect, &d, out, sizeof(out));
		UNIT_STR(out, known[i].name);
	}
}

static const struct unit_test tests[] = {
	{ "classes", test_classes },
	{ "lost-is-unavailable", test_lost_is_unavailable },
	{ "effect", test_effect },
	{ "scrub", test_scrub },
	{ "constraint", test_constraint },
};
UNIT_MAIN("sql_state", tests)
