/* tests/unit/odbc_backend.c - the odbc backend on SQLite always, on MariaDB where
 * IDBC_TEST_MYSQL_SOCKET names a server (scripts/with-mariadb sets it).
 */
#include <signal.h>
#include <sys/stat.h>

#include "odbc.h"
#include "../../drivers/odbc/statement.h"

static char folder[64], file[96], database[64];

/* --- SQLite ---------------------------------------------------------------------------- */

static const struct pair *sqlite_pairs(void)
{
	static struct pair pairs[] = {
		{ "attributes", "{\"Driver\": \"SQLite3\", \"Database\": \"x\"}" },
		{ "attributes.Driver", "SQLite3" }, { "attributes.Database", file },
		{ NULL, NULL },
	};

	return pairs;
}

static void sqlite_ready(struct rig *r)
{
	if (open_rig(r, sqlite_pairs()))
		CU_FAIL_FATAL("no connection");
	rig_exec(r, "DROP TABLE IF EXISTS c");
	rig_exec(r, "DROP TABLE IF EXISTS t");
	rig_exec(r, "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT, b BLOB, n BIGINT)");
}

static void test_sqlite_shared(void)
{
	struct rig r;

	sqlite_ready(&r);
	CU_ASSERT_EQUAL(r.dialect, SQL_SQLITE);
	shared_all(&r);
	rig_close(&r);
}

static void test_sqlite_sizes(void)
{
	struct rig r;

	sqlite_ready(&r);
	shared_every_size(&r);
	rig_close(&r);
}

static void test_sqlite_reused(void)
{
	struct rig r;

	sqlite_ready(&r);
	reused_all(&r);
	rig_close(&r);
}

/* What is no row of as many columns is told, not guessed at. */
static void test_row_malformed(void)
{
	static const struct { const char *text; uint32_t n; int rc; } rows[] = {
		{ "", 1, -1 }, { "[", 1, -1 }, { "]", 1, -1 }, { "[1", 1, -1 }, { "1]", 1, -1 },
		{ "[]", 1, -1 }, { "[1]", 0, -1 }, { "[\"a]", 1, -1 }, { "[\"a\"b]", 1, -1 },
		{ "[\"a\\]", 1, -1 }, { "[\"a\\\"]", 1, -1 }, { "[\"\\x\"]", 1, -1 },
		{ "[\"\\u00\"]", 1, -1 }, { "[\"\\u0000\"]", 1, -1 }, { "[\"\\u20ac\"]", 1, -1 },
		{ "[1,2]", 2, -1 }, { "[1, ]", 2, -1 }, { "[, 1]", 2, -1 }, { "[1, 2]", 3, -1 },
		{ "[1, \"2\", 3]", 2, -1 }, { "[\"1\", ]", 1, -1 },
		{ "[null]", 1, 0 }, { "[1]", 1, 0 }, { "[\"\", null]", 2, 0 },
		{ "[1, true, \"a\\\"\\\\b\\u001f\"]", 3, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct idbc_value cols[4];
		char *text = strdup(rows[i].text);

		CU_ASSERT_EQUAL(od_row_unpack(text, strlen(rows[i].text), cols, rows[i].n),
				rows[i].rc);
		free(text);
	}
}

static void test_sqlite_defaults(void)
{
	struct rig r;

	sqlite_ready(&r);
	expect_text(&r, "PRAGMA foreign_keys", "1");
	expect_text(&r, "PRAGMA journal_mode", "wal");
	expect_text(&r, "PRAGMA synchronous", "2");
	expect_text(&r, "PRAGMA busy_timeout", "0");    /* od_run() waits, nobody else */
	rig_close(&r);
}

/* Bound values keep their kind, whatever the column is called. */
static void test_sqlite_types(void)
{
	struct idbc_value args[4] = { v_int(IDBC_KIND_I64, 7), v_str("7"),
				      v_len(IDBC_KIND_BYTES, "\0\1", 2), v_null() };
	struct rig r;

	sqlite_ready(&r);
	rig_exec(&r, "CREATE TABLE c (a, b, c, d)");
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO c VALUES (?, ?, ?, ?)", args, 4), 1);
	expect_text(&r, "SELECT typeof(a) FROM c", "integer");
	expect_text(&r, "SELECT typeof(b) FROM c", "text");
	expect_text(&r, "SELECT typeof(c) FROM c", "blob");
	expect_text(&r, "SELECT typeof(d) FROM c", "null");
	rig_exec(&r, "DROP TABLE c");
	rig_exec(&r, "CREATE TABLE c (bo BOOLEAN, dt DATETIME, v VARCHAR(3), x TEXT, r REAL)");
	rig_exec(&r, "INSERT INTO c VALUES ('t', '2024-01-02 03:04:05.678901',"
		     " 'longer than three', 'X''41''', 1.5)");
	expect_text(&r, "SELECT bo FROM c", "t");
	expect_text(&r, "SELECT dt FROM c", "2024-01-02 03:04:05.678901");
	expect_text(&r, "SELECT v FROM c", "longer than three");
	expect_text(&r, "SELECT x FROM c", "X'41'");
	expect_text(&r, "SELECT r FROM c", "1.5");
	expect_text(&r, "SELECT COUNT(*) FROM c", "1");
	expect_bytes(&r, "SELECT CAST(v AS BLOB) FROM c", "longer than three", 17);
	rig_exec(&r, "UPDATE c SET bo = 1, dt = 1700000000");
	expect_text(&r, "SELECT bo FROM c", "1");
	expect_text(&r, "SELECT dt FROM c", "1700000000");
	rig_close(&r);
}

static void test_sqlite_errors(void)
{
	struct rig r;

	sqlite_ready(&r);
	rig_exec(&r, "CREATE TABLE c (id INTEGER PRIMARY KEY, u TEXT NOT NULL UNIQUE,"
		     " t INTEGER REFERENCES t (id), k TEXT CHECK (k <> 'no'))");
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO c (id, u) VALUES (1, 'a')", NULL, 0), 1);
	write_fails(&r, "INSERT INTO c (id, u) VALUES (2, 'a')", 19, "UNIQUE constraint failed: c.u");
	write_fails(&r, "INSERT INTO c (id, u, t) VALUES (2, 'b', 7)", 19, "FOREIGN KEY");
	write_fails(&r, "INSERT INTO c (id, u) VALUES (2, NULL)", 19, "NOT NULL");
	write_fails(&r, "INSERT INTO c (id, u, k) VALUES (2, 'b', 'no')", 19, "CHECK");
	write_fails(&r, "SELEC 1", 1, "syntax");
	write_fails(&r, "SELECT * FROM nowhere", 1, "no such table");
	expect_text(&r, "SELECT COUNT(*) FROM c", "1");
	rig_close(&r);
}

static void test_sqlite_last_id(void)
{
	struct rig r;
	int64_t id = 0;

	sqlite_ready(&r);
	rig_exec(&r, "CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, u TEXT)");
	rig_exec(&r, "INSERT INTO c (id, u) VALUES (4999999999, 'a')");
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO c (u) VALUES ('b')", NULL, 0), 1);
	CU_ASSERT_EQUAL(r.b->last_id(r.conn, NULL, &id, &r.diag), 0);
	CU_ASSERT_EQUAL(id, 5000000000);
	rig_close(&r);
}

/* Two writers: the second waits for the first, and for its deadline at most. */
static void test_sqlite_busy(void)
{
	struct rig a, b;
	int64_t start;

	sqlite_ready(&a);
	CU_ASSERT_EQUAL_FATAL(open_rig(&b, sqlite_pairs()), 0);
	CU_ASSERT_EQUAL(a.b->begin(a.conn, in_ms(20000), &a.diag), 0);
	start = fake_now();
	CU_ASSERT_EQUAL(b.b->exec(b.conn, "INSERT INTO t (id) VALUES (1)", in_ms(300), &b.diag), -1);
	CU_ASSERT(fake_now() - start > 250000000 && fake_now() - start < INT64_C(500000000) * unit_slower());
	CU_ASSERT_EQUAL(b.diag.native, 5);
	CU_ASSERT_EQUAL(a.b->commit(a.conn, &a.diag), 0);
	CU_ASSERT_EQUAL(b.b->begin(b.conn, in_ms(20000), &b.diag), 0);
	CU_ASSERT_EQUAL(b.b->rollback(b.conn, &b.diag), 0);
	rig_close(&a);
	rig_close(&b);
}

static void test_sqlite_interrupt(void)
{
	struct rig a, b;
	struct delayed d = { &b, 0 };
	pthread_t thread;
	int64_t start;

	sqlite_ready(&a);
	CU_ASSERT_EQUAL_FATAL(open_rig(&b, sqlite_pairs()), 0);
	interrupt_of(&a, "INSERT INTO t (n) WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT"
			 " x + 1 FROM c WHERE x < 1000000000) SELECT COUNT(*) FROM c");
	rig_close(&a);

	CU_ASSERT_EQUAL_FATAL(open_rig(&a, sqlite_pairs()), 0); /* while it waits for a lock */
	CU_ASSERT_EQUAL(a.b->begin(a.conn, in_ms(20000), &a.diag), 0);
	pthread_create(&thread, NULL, interrupt_soon, &d);
	start = fake_now();
	CU_ASSERT_EQUAL(b.b->begin(b.conn, in_ms(20000), &b.diag), -1);
	CU_ASSERT(fake_now() - start < INT64_C(400000000) * unit_slower());
	UNIT_STR(b.diag.sqlstate, "HY008");
	pthread_join(thread, NULL);
	rig_close(&a);
	rig_close(&b);
}

/* A commit that an interrupt came before was never sent. */
static void test_sqlite_interrupted_before(void)
{
	struct rig r;

	sqlite_ready(&r);
	CU_ASSERT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	r.b->interrupt(r.conn);
	CU_ASSERT_EQUAL(r.b->commit(r.conn, &r.diag), -1);
	UNIT_STR(r.diag.sqlstate, "HY008");
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);
}

static void test_sqlite_unreachable(void)
{
	static const struct pair missing[] = {
		{ "attributes", "{\"Driver\": \"SQLite3\", \"Database\": \"x\"}" },
		{ "attributes.Driver", "SQLite3" },
		{ "attributes.Database", "/nonexistent/x.db" }, { NULL, NULL },
	};
	char path[128];
	struct pair absent[4];
	struct rig r;

	CU_ASSERT_NOT_EQUAL(open_rig(&r, missing), 0);
	CU_ASSERT_EQUAL(r.diag.native, 14);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);

	snprintf(path, sizeof(path), "%s/absent.db", folder);
	memcpy(absent, sqlite_pairs(), sizeof(absent));
	absent[2].value = path;
	CU_ASSERT_EQUAL_FATAL(rig_open(&r, &od_backend, absent), IDBC_OK);
	CU_ASSERT_EQUAL(r.b->connect(r.instance, 0, in_ms(1000), &r.conn, &r.dialect, &r.diag), -1);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_EQUAL(r.b->connect(r.instance, 1, in_ms(1000), &r.conn, &r.dialect, &r.diag), 0);
	rig_exec(&r, "CREATE TABLE x (a)");
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	rig_close(&r);
}

static void test_sqlite_forms(void)
{
	char string[256];
	struct pair by_string[3] = { { "connection_string", string },
				     { "init", "[\"PRAGMA cache_size = -1234\"]" }, { NULL, NULL } };
	struct pair bad_init[5];
	struct rig r;

	snprintf(string, sizeof(string), "Driver={SQLite3};Database=%s", file);
	CU_ASSERT_EQUAL(open_rig(&r, by_string), 0);
	expect_text(&r, "PRAGMA cache_size", "-1234");
	expect_text(&r, "PRAGMA foreign_keys", "1");
	rig_close(&r);
	memcpy(bad_init, sqlite_pairs(), 4 * sizeof(*bad_init));
	bad_init[3] = (struct pair){ "init", "[\"NONSENSE\"]" };
	bad_init[4] = (struct pair){ NULL, NULL };
	CU_ASSERT_NOT_EQUAL(open_rig(&r, bad_init), 0);
	rig_close(&r);
}

/* Opens in a child, whose environment is its own. */
static int opens_with(const char *variable, const char *value, const struct pair *pairs)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0) {
		struct rig r;
		char on[8] = "";

		setenv(variable, value, 1);
		if (open_rig(&r, pairs) == 0)
			rig_read(&r, "PRAGMA foreign_keys", NULL, 0, NULL, on, sizeof(on));
		_exit(strcmp(on, "1") != 0);
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

static void test_dsn(void)
{
	static const struct pair pairs[] = { { "dsn", "unit" }, { NULL, NULL } };
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/odbc.ini", folder);
	out = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fprintf(out, "[unit]\nDriver=SQLite3\nDatabase=%s\n", file);
	fclose(out);
	CU_ASSERT(opens_with("ODBCINI", path, pairs));
}

/* Known drivers are found where nothing is registered. */
static void test_unregistered(void)
{
	CU_ASSERT(opens_with("ODBCSYSINI", folder, sqlite_pairs()));
}

static void test_sqlite_abandon(void)
{
	struct rig r;

	sqlite_ready(&r);
	abandoned(&r);
	rig_close(&r);
}

/* Neither a deleted file nor another one of its name is what the connection has open. */
static void test_sqlite_moved(void)
{
	char aside[160], back[8];
	struct rig r;

	sqlite_ready(&r);
	snprintf(aside, sizeof(aside), "%s.aside", file);
	CU_ASSERT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	CU_ASSERT_EQUAL(r.b->rollback(r.conn, &r.diag), 0);
	CU_ASSERT_EQUAL_FATAL(rename(file, aside), 0);
	CU_ASSERT_NOT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	CU_ASSERT_NOT_EQUAL(r.b->ping(r.conn, in_ms(1000), &r.diag), 0);
	usleep(1100000);
	CU_ASSERT_EQUAL(rig_read(&r, "SELECT 1", NULL, 0, NULL, back, sizeof(back)), -3);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	CU_ASSERT_EQUAL(rename(aside, file), 0);
	CU_ASSERT_EQUAL(r.b->ping(r.conn, in_ms(1000), &r.diag), 0);
	rig_close(&r);
}

/* --- options ------------------------------------------------------------------------------ */

static void expect_wrong(const struct pair *pairs, const char *want)
{
	struct rig r;

	CU_ASSERT_EQUAL(rig_open(&r, &od_backend, pairs), IDBC_CONFIG);
	UNIT_STR(r.found, want);
	CU_ASSERT_PTR_NULL(r.instance);
}

static void test_options(void)
{
	static const struct pair none[] = { { "user", "x" }, { NULL, NULL } };
	static const struct pair two[] = { { "dsn", "a" }, { "connection_string", "b" },
					   { NULL, NULL } };
	static const struct pair no_driver[] = { { "attributes", "{}" }, { NULL, NULL } };
	static const struct pair list[] = { { "attributes", "[]" }, { "init", "1" }, { NULL, NULL } };
	static const struct pair no_file[] = { { "attributes", "{\"Driver\": \"SQLite3\"}" },
					       { "attributes.Driver", "SQLite3" }, { NULL, NULL } };
	static const struct pair semicolon[] = {
		{ "attributes", "{\"Driver\": \"\", \"Database\": \"\"}" },
		{ "attributes.Driver", "SQLite3" },
		{ "attributes.Database", "a;NoCreat=0" }, { NULL, NULL } };
	static const struct pair no_library[] = {
		{ "attributes", "{\"Driver\": \"x\", \"Database\": \"x\"}" },
		{ "attributes.Driver", "/nonexistent/libsqlite.so" },
		{ "attributes.Database", "x" }, { NULL, NULL } };
	static const struct pair no_name[] = {
		{ "attributes", "{\"Driver\": \"x\"}" },
		{ "attributes.Driver", "No Such Driver" }, { NULL, NULL } };
	static const struct pair log[] = {
		{ "attributes", "{\"Driver\": \"\", \"Debug\": \"\", \"COMMLOG\": \"\"}" },
		{ "attributes.Driver", "/nonexistent/psqlodbcw.so" }, { "attributes.Debug", "0" },
		{ "attributes.COMMLOG", "1" }, { NULL, NULL } };
	static const struct pair log_in_string[] = {
		{ "connection_string", "Driver=psqlodbcw.so;CommLog=0;debug=1" }, { "init", "1" },
		{ NULL, NULL } };

	expect_wrong(no_library, "odbc-driver-not-found@options.attributes.Driver ");
	expect_wrong(no_name, "odbc-driver-not-found@options.attributes.Driver ");
	expect_wrong(log, "odbc-driver-not-found@options.attributes.Driver "
			  "driver-log@options.attributes.COMMLOG ");
	expect_wrong(log_in_string, "driver-log@options.connection_string wrong-type@options.init ");
	expect_wrong(none, "missing-key@options ");
	expect_wrong(two, "bad-combination@options ");
	expect_wrong(no_driver, "missing-key@options.attributes.Driver ");
	expect_wrong(list, "wrong-type@options.attributes wrong-type@options.init ");
	expect_wrong(no_file, "missing-key@options.attributes.Database ");
	expect_wrong(semicolon, "bad-value@options.attributes.Database ");
}

static void test_string(void)
{
	char library[128], want[320];
	const struct pair pairs[] = {
		{ "attributes", "{\"Driver\": \"\", \"OPTION\": \"\", \"Name\": \"\"}" },
		{ "attributes.Driver", library }, { "attributes.OPTION", "4" },
		{ "attributes.Name", "a;b={c}" },
		{ "password", "p;{}@%w" }, { NULL, NULL } };
	struct od_text text = { NULL, 0, 0, 0 };
	char value[64];
	struct rig r;

	/* It has to be a file; it is never loaded here. */
	snprintf(library, sizeof(library), "%s/libmaodbc.so", folder);
	fclose(fopen(library, "w"));
	CU_ASSERT_EQUAL_FATAL(rig_open(&r, &od_backend, pairs), IDBC_OK);
	CU_ASSERT_EQUAL(od_string_build(r.instance, 0, 0, 7, 20000, &text), 0);
	snprintf(want, sizeof(want), "Driver=%s;OPTION=6;Name={a;b={c}}};PWD={p;{}}@%%w};"
		 "CHARSET=utf8mb4;CONN_TIMEOUT=7;READ_TIMEOUT=20;WRITE_TIMEOUT=20;", library);
	UNIT_STR(text.ptr, want);
	unlink(library);
	CU_ASSERT_EQUAL(od_string_has(text.ptr, "read_timeout", value, sizeof(value)), 1);
	UNIT_STR(value, "20");
	CU_ASSERT_EQUAL(od_string_has(text.ptr, "b", NULL, 0), 0);
	od_string_free(&text);
	rig_close(&r);
}

/* psqlodbc's own way of quoting, and libpq's options with ours before them. */
static void test_string_postgres(void)
{
	char library[128], want[640];
	const struct pair pairs[] = {
		{ "attributes", "{\"Driver\": \"\", \"pqopt\": \"\", \"Protocol\": \"\"}" },
		{ "attributes.Driver", library }, { "attributes.pqopt", "sslrootcert=/x" },
		{ "attributes.Protocol", "7.4-2" }, { "password", "p%40+}" }, { NULL, NULL } };
	struct od_text text = { NULL, 0, 0, 0 };
	struct rig r;

	snprintf(library, sizeof(library), "%s/psqlodbcw.so", folder);
	fclose(fopen(library, "w"));
	CU_ASSERT_EQUAL_FATAL(rig_open(&r, &od_backend, pairs), IDBC_OK);
	CU_ASSERT_EQUAL(od_string_build(r.instance, 0, 0, 7, 20000, &text), 0);
	snprintf(want, sizeof(want), "Driver=%s;pqopt={application_name=idbc keepalives_idle=60 "
		 "keepalives_interval=10 keepalives_count=3 tcp_user_timeout=20000 sslrootcert=/x};"
		 "Protocol=7.4-2;PWD={p%%40+}}};UseServerSidePrepare=1;UseDeclareFetch=0;BoolsAsChar=0;"
		 "TrueIsMinus1=0;ByteaAsLongVarBinary=1;LFConversion=0;Parse=0;Debug=0;CommLog=0;",
		 library);
	UNIT_STR(text.ptr, want);
	unlink(library);
	od_string_free(&text);
	rig_close(&r);
}

/* --- MariaDB through ODBC -------------------------------------------------------------------- */

static struct pair maria[10];

static const struct pair *maria_pairs(const char *extra, const char *value)
{
	static char names[128];
	struct pair *p = maria;

	snprintf(names, sizeof(names), "{\"Driver\": \"\", \"SOCKET\": \"\", \"DATABASE\": \"\"%s%s%s}",
		 extra ? ", \"" : "", extra ? extra + strlen("attributes.") : "",
		 extra ? "\": \"\"" : "");
	*p++ = (struct pair){ "attributes", names };
	*p++ = (struct pair){ "attributes.Driver", "MariaDB" };
	*p++ = (struct pair){ "attributes.SOCKET", env("IDBC_TEST_MYSQL_SOCKET") };
	*p++ = (struct pair){ "attributes.DATABASE", database };
	*p++ = (struct pair){ "user", env("IDBC_TEST_MYSQL_USER") };
	*p++ = (struct pair){ "password", env("IDBC_TEST_MYSQL_PASSWORD") };
	if (extra)
		*p++ = (struct pair){ extra, value };
	*p = (struct pair){ NULL, NULL };
	return maria;
}

static void maria_ready(struct rig *r)
{
	if (open_rig(r, maria_pairs(NULL, NULL)))
		CU_FAIL_FATAL("no connection");
	rig_exec(r, "DROP TABLE IF EXISTS c, t");
	rig_exec(r, "CREATE TABLE t (id BIGINT PRIMARY KEY, s LONGTEXT, b LONGBLOB, n BIGINT)"
		    " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
}

static void test_maria_shared(void)
{
	struct rig r;

	maria_ready(&r);
	CU_ASSERT_EQUAL(r.dialect, SQL_MARIADB);
	shared_all(&r);
	rig_close(&r);
}

static void test_maria_reused(void)
{
	struct rig r;

	maria_ready(&r);
	reused_all(&r);
	rig_close(&r);
}

static void test_maria_sizes(void)
{
	struct rig r;

	maria_ready(&r);
	shared_every_size(&r);
	rig_close(&r);
}

static void test_maria_types(void)
{
	struct rig r;

	maria_ready(&r);
	rig_exec(&r, "CREATE TABLE c (bit1 BIT(1), bit9 BIT(9), bin BINARY(4), vbin VARBINARY(9),"
		     " ch CHAR(5), dec1 DECIMAL(20,3), ti TINYINT(1), ub BIGINT UNSIGNED,"
		     " dt DATETIME(6), d0 DATETIME, da DATE, js JSON, en ENUM('a','b'),"
		     " vb VARCHAR(20) COLLATE utf8mb4_bin)");
	rig_exec(&r, "INSERT INTO c VALUES (1, 257, 'ab', 'a\\0b', 'xy', 12345678901234567.125,"
		     " -1, 18446744073709551615, '2024-02-29 23:59:58.123456',"
		     " '0000-00-00 00:00:00', '0000-00-00', '{\"a\": 1}', 'b', '\xc3\xa9')");
	expect_bytes(&r, "SELECT bit1 FROM c", "\1", 1);
	expect_bytes(&r, "SELECT bit9 FROM c", "\1\1", 2);
	expect_bytes(&r, "SELECT bin FROM c", "ab\0\0", 4);
	expect_bytes(&r, "SELECT vbin FROM c", "a\0b", 3);
	expect_text(&r, "SELECT ch FROM c", "xy");
	expect_text(&r, "SELECT dec1 FROM c", "12345678901234567.125");
	expect_text(&r, "SELECT ti FROM c", "-1");
	expect_text(&r, "SELECT ub FROM c", "18446744073709551615");
	expect_text(&r, "SELECT dt FROM c", "2024-02-29 23:59:58.123456");
	expect_text(&r, "SELECT d0 FROM c", "0000-00-00 00:00:00");
	expect_text(&r, "SELECT da FROM c", "0000-00-00");
	expect_text(&r, "SELECT js FROM c", "{\"a\": 1}");
	expect_text(&r, "SELECT en FROM c", "b");
	expect_text(&r, "SELECT vb FROM c", "\xc3\xa9");
	expect_text(&r, "SELECT @@time_zone", "+00:00");
	rig_exec(&r, "UPDATE c SET bit1 = 0");
	expect_bytes(&r, "SELECT bit1 FROM c", "\0", 1);
	rig_close(&r);
}

static void test_maria_errors(void)
{
	struct rig r;
	int64_t id = 0;

	maria_ready(&r);
	rig_exec(&r, "CREATE TABLE c (id BIGINT AUTO_INCREMENT PRIMARY KEY, t BIGINT,"
		     " u VARCHAR(8) NOT NULL, UNIQUE KEY c_u (u),"
		     " CONSTRAINT c_t FOREIGN KEY (t) REFERENCES t (id)) AUTO_INCREMENT = 5000000000");
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO c (u) VALUES ('a')", NULL, 0), 1);
	CU_ASSERT_EQUAL(r.b->last_id(r.conn, NULL, &id, &r.diag), 0);
	CU_ASSERT_EQUAL(id, 5000000000);
	write_fails(&r, "INSERT INTO c (u) VALUES ('a')", 1062, "c_u");
	UNIT_STR(r.diag.sqlstate, "23000");
	write_fails(&r, "INSERT INTO c (u, t) VALUES ('b', 7)", 1452, "c_t");
	write_fails(&r, "INSERT INTO c (u) VALUES ('too long by far')", 1406, "u");
	write_fails(&r, "SELEC 1", 1064, "syntax");
	rig_close(&r);
}

static void test_maria_lost(void)
{
	struct rig r, killer;
	char id[32], sql[64];

	maria_ready(&killer);
	CU_ASSERT_EQUAL_FATAL(open_rig(&r, maria_pairs(NULL, NULL)), 0);
	rig_read(&r, "SELECT CONNECTION_ID()", NULL, 0, NULL, id, sizeof(id));
	snprintf(sql, sizeof(sql), "KILL %s", id);
	rig_exec(&killer, sql);
	usleep(50000);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (1)", NULL, 0), -1);
	CU_ASSERT_NOT_EQUAL(r.diag.lost, SQL_LOST_NOT);
	CU_ASSERT_EQUAL(r.b->ping(r.conn, in_ms(1000), &r.diag), -1);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);
	rig_close(&killer);
}

#ifndef __SANITIZE_THREAD__
static void test_maria_interrupt(void)
{
	struct rig r;

	maria_ready(&r);
	interrupt_of(&r, "INSERT INTO t (id, n) SELECT 5, COUNT(*) FROM information_schema.COLUMNS a,"
			 " information_schema.COLUMNS b, information_schema.COLUMNS c");
	rig_close(&r);
}
#endif

static void test_maria_abandon(void)
{
	struct rig r;

	maria_ready(&r);
	abandoned(&r);
	rig_close(&r);
}

static void test_maria_tls(void)
{
	char cipher[64];
	struct rig r;

	CU_ASSERT_EQUAL_FATAL(open_rig(&r, maria_pairs("attributes.FORCETLS", "1")), 0);
	CU_ASSERT(rig_read(&r, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS"
			       " WHERE VARIABLE_NAME = 'SSL_CIPHER'", NULL, 0, NULL, cipher,
			   sizeof(cipher)) > 0);
	rig_close(&r);
}

static void test_maria_unreachable(void)
{
	struct rig r;

	maria_pairs(NULL, NULL);
	maria[5].value = "wrong";
	CU_ASSERT_NOT_EQUAL(open_rig(&r, maria), 0);
	CU_ASSERT_EQUAL(r.diag.native, 1045);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);
	maria_pairs(NULL, NULL);
	maria[2].value = "/nonexistent.sock";
	CU_ASSERT_NOT_EQUAL(open_rig(&r, maria), 0);
	CU_ASSERT_EQUAL(r.diag.native, 2002);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);
}

static const struct unit_test sqlite_tests[] = {
	{ "unregistered", test_unregistered }, { "options", test_options },
	{ "dsn", test_dsn }, { "string", test_string },
	{ "string_postgres", test_string_postgres },
	{ "sqlite_shared", test_sqlite_shared }, { "sqlite_sizes", test_sqlite_sizes },
	{ "sqlite_reused", test_sqlite_reused }, { "row_malformed", test_row_malformed },
	{ "sqlite_defaults", test_sqlite_defaults }, { "sqlite_types", test_sqlite_types },
	{ "sqlite_errors", test_sqlite_errors }, { "sqlite_last_id", test_sqlite_last_id },
	{ "sqlite_busy", test_sqlite_busy }, { "sqlite_interrupt", test_sqlite_interrupt },
	{ "sqlite_interrupted_before", test_sqlite_interrupted_before },
	{ "sqlite_unreachable", test_sqlite_unreachable }, { "sqlite_forms", test_sqlite_forms },
	{ "sqlite_abandon", test_sqlite_abandon }, { "sqlite_moved", test_sqlite_moved },
};
static const struct unit_test maria_tests[] = {
	{ "reused", test_maria_reused }, { "shared", test_maria_shared }, { "sizes", test_maria_sizes },
	{ "types", test_maria_types }, { "errors", test_maria_errors },
	{ "lost", test_maria_lost }, { "abandon", test_maria_abandon },
#ifndef __SANITIZE_THREAD__
	{ "interrupt", test_maria_interrupt },
#endif
	{ "tls", test_maria_tls }, { "unreachable", test_maria_unreachable },
};

static void database_do(const char *verb)
{
	char sql[128], mine[64];
	struct rig r;

	snprintf(mine, sizeof(mine), "%s", database);
	snprintf(sql, sizeof(sql), "%s DATABASE %s", verb, mine);
	snprintf(database, sizeof(database), "information_schema");
	if (open_rig(&r, maria_pairs(NULL, NULL)) == 0)
		rig_exec(&r, sql);
	rig_close(&r);
	snprintf(database, sizeof(database), "%s", mine);
}

static int maria_run(void)
{
	int bad;

	if (!getenv("IDBC_TEST_MYSQL_SOCKET")) {
		printf("skip - odbc_backend_mariadb (no IDBC_TEST_MYSQL_SOCKET)\n");
		return 0;
	}
#ifdef __SANITIZE_THREAD__
	printf("skip - odbc_backend_mariadb/interrupt (its driver's SQLCancel unlocks another thread's mutex)\n");
#endif
	snprintf(database, sizeof(database), "idbc_odbc_%d", (int)getpid());
	database_do("CREATE");
	bad = unit_run("odbc_backend_mariadb", maria_tests,
		       sizeof(maria_tests) / sizeof(maria_tests[0]));
	database_do("DROP");
	return bad;
}

int main(void)
{
	char remove_all[128];
	int bad;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);       /* as the connector does around a call */
	snprintf(folder, sizeof(folder), "/tmp/idbc-odbc-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	snprintf(file, sizeof(file), "%s/unit.db", folder);
	bad = unit_run("odbc_backend", sqlite_tests, sizeof(sqlite_tests) / sizeof(sqlite_tests[0]));
	bad |= maria_run();
	snprintf(remove_all, sizeof(remove_all), "rm -rf '%s'", folder);
	return system(remove_all) || bad;
}
