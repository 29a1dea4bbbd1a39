/* tests/unit/odbc_postgres.c - the odbc backend on PostgreSQL, where IDBC_TEST_PG_SOCKET
 * names a server (scripts/with-postgres sets it).
 */
#include <signal.h>

#include "odbc.h"

static char database[64];

static struct pair pairs[12];

/* By the socket, or with `host` by TCP; `more` is a list of further attributes. */
static const struct pair *reached(const char *host, const struct pair *more)
{
	static char names[256];
	struct pair *p = pairs;

	snprintf(names, sizeof(names), "{\"Driver\": \"\", \"Servername\": \"\", \"Port\": \"\","
		 " \"Database\": \"\"");
	*p++ = (struct pair){ "attributes", names };
	*p++ = (struct pair){ "attributes.Driver", "PostgreSQL Unicode" };
	*p++ = (struct pair){ "attributes.Servername", host ? host : env("IDBC_TEST_PG_SOCKET") };
	*p++ = (struct pair){ "attributes.Port", env("IDBC_TEST_PG_PORT") };
	*p++ = (struct pair){ "attributes.Database", database };
	*p++ = (struct pair){ "user", env("IDBC_TEST_PG_USER") };
	*p++ = (struct pair){ "password", env("IDBC_TEST_PG_PASSWORD") };
	for (; more && more->key; more++) {
		size_t used = strlen(names);

		if (!strncmp(more->key, "attributes.", 11))
			snprintf(names + used, sizeof(names) - used, ", \"%s\": \"\"", more->key + 11);
		*p++ = *more;
	}
	*p = (struct pair){ NULL, NULL };
	snprintf(names + strlen(names), 2, "}");
	return pairs;
}

static void connected(struct rig *r)
{
	if (open_rig(r, reached(NULL, NULL)))
		CU_FAIL_FATAL("no connection");
}

static void ready(struct rig *r)
{
	connected(r);
	rig_exec(r, "SET client_min_messages = error");
	rig_exec(r, "DROP TABLE IF EXISTS c, t");
	rig_exec(r, "CREATE TABLE t (id BIGINT PRIMARY KEY, s TEXT, b BYTEA, n BIGINT)");
}

static void test_shared(void)
{
	struct rig r;

	ready(&r);
	CU_ASSERT_EQUAL(r.dialect, SQL_POSTGRESQL);
	shared_all(&r);
	rig_close(&r);
}

static void test_sizes(void)
{
	struct rig r;

	ready(&r);
	shared_every_size(&r);
	rig_close(&r);
}

static void test_reused(void)
{
	struct rig r;

	ready(&r);
	reused_all(&r);
	rig_close(&r);
}

/* However long: a text with something to be unescaped every seven bytes. */
static void long_row(struct rig *r, void *stmt, size_t len)
{
	struct idbc_value args[2], cols[6];
	char *text = malloc(len + 1);
	int64_t rows;

	for (size_t i = 0; i < len; i++)
		text[i] = "abc\"d\\e"[i % 7];
	text[len] = '\0';
	args[0] = args[1] = v_str(text);
	CU_ASSERT_EQUAL(r->b->execute(stmt, args, 2, in_ms(20000), &rows, &r->diag), 0);
	CU_ASSERT_EQUAL_FATAL(r->b->fetch(stmt, cols, 6, &r->diag), 1);
	CU_ASSERT_EQUAL(cols[0].u.str.len, len);
	CU_ASSERT_EQUAL(strcmp(cols[0].u.str.ptr, text), 0);
	CU_ASSERT_EQUAL(strcmp(cols[5].u.str.ptr, text), 0);
	r->b->reset(stmt);
	free(text);
}

/* Rows in one text come as the columns that they are of. */
static void test_rows(void)
{
	static const char *const texts[] = {
		"", "a", "a,b", "(", ")", "(a,\"b\")", "\"", "\"\"", "\\", "\\\"", " x ", "a\nb\t",
		"\xc3\xa9\xf0\x9f\x98\x80", "NULL", "null", "true", "[1, 2]", ", ", "\\u0041", "/",
		"\b\f\r\x01\x1f\x7f", "{\"a\": [1, \"b\\n\"]}",
	};
	struct idbc_value args[2], cols[7];
	int64_t rows;
	struct rig r;
	void *stmt;

	connected(&r);
	CU_ASSERT_EQUAL(r.b->unpacks(r.conn), 1);
	stmt = reused_prepare(&r, SQL_ROW_TEXT "CAST(? AS text), CAST(NULL AS text), 7,"
			      " CAST('' AS text), true, CAST(? AS text))");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		args[0] = args[1] = v_str(texts[i]);
		CU_ASSERT_EQUAL(r.b->execute(stmt, args, 2, in_ms(20000), &rows, &r.diag), 0);
		CU_ASSERT_EQUAL_FATAL(r.b->fetch(stmt, cols, 6, &r.diag), 1);
		UNIT_STR(cols[0].u.str.ptr, texts[i]);
		UNIT_STR(cols[5].u.str.ptr, texts[i]);
		CU_ASSERT_EQUAL(cols[5].u.str.len, strlen(texts[i]));
		CU_ASSERT_EQUAL(cols[1].kind, IDBC_KIND_NULL);
		UNIT_STR(cols[2].u.str.ptr, "7");
		CU_ASSERT_EQUAL(cols[3].kind, IDBC_KIND_STR);
		CU_ASSERT_EQUAL(cols[3].u.str.len, 0);
		UNIT_STR(cols[4].u.str.ptr, "t");
		CU_ASSERT_EQUAL(r.b->fetch(stmt, cols, 6, &r.diag), 0);
		r.b->reset(stmt);
	}
	for (size_t len = 50; len < 200000; len *= 3)
		long_row(&r, stmt, len);
	args[0] = args[1] = v_str("");
	CU_ASSERT_EQUAL(r.b->execute(stmt, args, 2, in_ms(20000), &rows, &r.diag), 0);
	CU_ASSERT_EQUAL(r.b->fetch(stmt, cols, 7, &r.diag), -1);
	r.b->finish(stmt);
	rig_close(&r);
}

static void test_session(void)
{
	struct rig r;

	connected(&r);
	expect_text(&r, "SHOW client_encoding", "UTF8");
	expect_text(&r, "SHOW TimeZone", "UTC");
	expect_text(&r, "SHOW bytea_output", "hex");
	expect_text(&r, "SHOW statement_timeout", "20s");
	expect_text(&r, "SHOW lock_timeout", "20s");
	expect_text(&r, "SHOW idle_in_transaction_session_timeout", "20s");
	expect_text(&r, "SHOW application_name", "idbc");
	rig_close(&r);
}

/* What the role has been limited to by its administrator stays. */
static void test_limits_of_role(void)
{
	static const struct pair more[] = {
		{ "idbc.timeout_ms", "3000" },
		{ "attributes.pqopt", "application_name=other options=-clock_timeout=1500" },
		{ "init", "[\"SET search_path = idbc_other\"]" }, { NULL, NULL } };
	struct rig r;

	CU_ASSERT_EQUAL_FATAL(open_rig(&r, reached(NULL, more)), 0);
	expect_text(&r, "SHOW lock_timeout", "1500ms");
	expect_text(&r, "SHOW statement_timeout", "3s");
	expect_text(&r, "SHOW application_name", "other");
	expect_text(&r, "SHOW search_path", "idbc_other");
	rig_close(&r);
}

static void test_types(void)
{
	struct rig r;

	ready(&r);
	rig_exec(&r, "CREATE TABLE c (bo BOOLEAN, bi BIT(1), b9 VARBIT(9), by BYTEA, ch CHAR(5),"
		     " nu NUMERIC(20,3), i2 SMALLINT, i8 BIGINT, f8 FLOAT8, ts TIMESTAMP,"
		     " tz TIMESTAMPTZ, da DATE, js JSON, jb JSONB, u UUID, vc VARCHAR(20))");
	rig_exec(&r, "INSERT INTO c VALUES (true, B'1', B'101', '\\x6100ff', 'xy',"
		     " 12345678901234567.125, -1, 9223372036854775807, 0.1,"
		     " '2024-02-29 23:59:58.123456', '2024-01-02 03:04:05.5+02', '2024-02-29',"
		     " '{\"a\":  1}', '{\"a\":  1}', 'abcdef11-1111-4111-8111-11111111111a',"
		     " '\xc3\xa9\xf0\x9f\x98\x80')");
	expect_text(&r, "SELECT bo FROM c", "1");
	expect_text(&r, "SELECT NOT bo FROM c", "0");
	expect_text(&r, "SELECT bi FROM c", "1");
	expect_text(&r, "SELECT b9 FROM c", "101");
	expect_bytes(&r, "SELECT by FROM c", "a\0\xff", 3);
	expect_text(&r, "SELECT ch FROM c", "xy   ");
	expect_text(&r, "SELECT nu FROM c", "12345678901234567.125");
	expect_text(&r, "SELECT i2 FROM c", "-1");
	expect_text(&r, "SELECT i8 FROM c", "9223372036854775807");
	expect_text(&r, "SELECT f8 FROM c", "0.1");
	expect_text(&r, "SELECT ts FROM c", "2024-02-29 23:59:58.123456");
	expect_text(&r, "SELECT tz FROM c", "2024-01-02 01:04:05.5");
	expect_text(&r, "SELECT da FROM c", "2024-02-29");
	expect_text(&r, "SELECT js FROM c", "{\"a\":  1}");
	expect_text(&r, "SELECT jb FROM c", "{\"a\": 1}");
	expect_text(&r, "SELECT u FROM c", "abcdef11-1111-4111-8111-11111111111a");
	expect_text(&r, "SELECT vc FROM c", "\xc3\xa9\xf0\x9f\x98\x80");
	rig_close(&r);
}

static void found(struct rig *r, const char *sql, struct idbc_value arg, int64_t rows)
{
	char back[8];

	if (rig_read(r, sql, &arg, 1, NULL, back, sizeof(back)) != (rows ? 1 : -2))
		fprintf(stderr, "# %s: %s %s\n", sql, r->diag.sqlstate, r->diag.text);
	CU_ASSERT_STRING_EQUAL(back, rows ? "1" : "");
}

/* The server infers the type of every argument; text is read as that type. */
static void test_inferred(void)
{
	struct idbc_value one = v_int(IDBC_KIND_I64, 1), yes = v_int(IDBC_KIND_BOOL, 1);
	struct rig r;

	ready(&r);
	rig_exec(&r, "CREATE TYPE mood AS ENUM ('new', 'old')");
	rig_exec(&r, "CREATE TABLE c (id INT, u UUID, m mood, bo BOOLEAN, n NUMERIC, v VARCHAR(9),"
		     " tz TIMESTAMPTZ, b BYTEA)");
	rig_exec(&r, "INSERT INTO c VALUES (1, 'AAAAAAAA-1111-4111-8111-111111111111', 'old', true, 1,"
		     " '1', '2024-01-02 03:04:05Z', '\\x00ff')");
	found(&r, "SELECT id FROM c WHERE u = ?", v_str("aaaaaaaa-1111-4111-8111-111111111111"), 1);
	found(&r, "SELECT id FROM c WHERE m = ?", v_str("old"), 1);
	found(&r, "SELECT id FROM c WHERE id = ?", v_str("1"), 1);
	found(&r, "SELECT id FROM c WHERE id = ?", one, 1);
	found(&r, "SELECT id FROM c WHERE n = ?", one, 1);
	found(&r, "SELECT id FROM c WHERE v = ?", one, 1);
	found(&r, "SELECT id FROM c WHERE v = ?", v_str("1 "), 0);
	found(&r, "SELECT id FROM c WHERE bo = ?", yes, 1);
	found(&r, "SELECT id FROM c WHERE bo = ?", one, 1);
	found(&r, "SELECT id FROM c WHERE id = ?", yes, 1);
	found(&r, "SELECT id FROM c WHERE tz = ?", v_str("2024-01-02 03:04:05"), 1);
	found(&r, "SELECT id FROM c WHERE b = ?", v_len(IDBC_KIND_BYTES, "\0\xff", 2), 1);
	found(&r, "SELECT id FROM c WHERE b = ?", v_len(IDBC_KIND_BYTES, "", 0), 0);
	rig_exec(&r, "DROP TABLE c; DROP TYPE mood");
	rig_close(&r);
}

static void refused(struct rig *r, const char *sql, struct idbc_value arg, const char *state)
{
	CU_ASSERT_EQUAL(rig_write(r, sql, &arg, 1), -1);
	UNIT_STR(r->diag.sqlstate, state);
	CU_ASSERT_EQUAL(r->diag.lost, SQL_LOST_NOT);
}

static void test_bad_text(void)
{
	struct rig r;

	ready(&r);
	refused(&r, "INSERT INTO t (id, s) VALUES (1, ?)", v_len(IDBC_KIND_STR, "a\0b", 3), "22021");
	refused(&r, "INSERT INTO t (id, s) VALUES (1, ?)", v_str("\xff\xfe"), "22021");
	refused(&r, "INSERT INTO t (id, s) VALUES (1, ?)", v_str("\xed\xa0\x80"), "22021");
	refused(&r, "INSERT INTO t (id) VALUES (?)", v_str("abc"), "22P02");
	refused(&r, "INSERT INTO t (id) VALUES (?)", v_str("99999999999999999999"), "22003");
	expect_text(&r, "SELECT COUNT(*) FROM t", "0");
	rig_close(&r);
}

static void fails_with(struct rig *r, const char *sql, const char *state, const char *words)
{
	write_fails(r, sql, 1, words);
	UNIT_STR(r->diag.sqlstate, state);
}

static void test_errors(void)
{
	struct rig r;

	ready(&r);
	rig_exec(&r, "CREATE TABLE c (id INT PRIMARY KEY, t BIGINT REFERENCES t (id),"
		     " u VARCHAR(8) NOT NULL CONSTRAINT c_u UNIQUE, k INT CHECK (k > 0))");
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO c (id, u) VALUES (1, 'a')", NULL, 0), 1);
	fails_with(&r, "INSERT INTO c (id, u) VALUES (2, 'a')", "23505", "\"c_u\"");
	fails_with(&r, "INSERT INTO c (id, u, t) VALUES (2, 'b', 7)", "23503", "c_t_fkey");
	fails_with(&r, "INSERT INTO c (id) VALUES (2)", "23502", "\"u\"");
	fails_with(&r, "INSERT INTO c (id, u, k) VALUES (2, 'b', 0)", "23514", "c_k_check");
	fails_with(&r, "INSERT INTO c (id, u) VALUES (2, 'too long by far')", "22001", "too long");
	fails_with(&r, "SELEC 1", "42601", "syntax");
	fails_with(&r, "SELECT * FROM nowhere", "42P01", "nowhere");
	fails_with(&r, "SELECT nothing FROM c", "42703", "nothing");
	rig_close(&r);
}

static void test_returning(void)
{
	struct rig r;

	ready(&r);
	rig_exec(&r, "CREATE TABLE c (id UUID DEFAULT '11111111-1111-4111-8111-111111111111', n"
		     " BIGINT GENERATED ALWAYS AS IDENTITY (START 5000000000), u TEXT)");
	expect_text(&r, "INSERT INTO c (u) VALUES ('a') RETURNING id",
		    "11111111-1111-4111-8111-111111111111");
	expect_text(&r, "INSERT INTO c (u) VALUES ('b') RETURNING n", "5000000001");
	expect_text(&r, "SELECT COUNT(*) FROM c", "2");
	rig_close(&r);
}

/* What has failed inside cannot be committed, whatever the server answers to COMMIT. */
static void test_failed_transaction(void)
{
	struct rig r;

	ready(&r);
	CU_ASSERT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (1)", NULL, 0), 1);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (1)", NULL, 0), -1);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (2)", NULL, 0), -1);
	UNIT_STR(r.diag.sqlstate, "25P02");
	CU_ASSERT_EQUAL(r.b->commit(r.conn, &r.diag), -1);
	UNIT_STR(r.diag.sqlstate, "25P02");
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_NOT);
	CU_ASSERT_EQUAL(r.b->rollback(r.conn, &r.diag), 0);
	expect_text(&r, "SELECT COUNT(*) FROM t", "0");
	CU_ASSERT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	CU_ASSERT_EQUAL(rig_write(&r, "SELECT nothing", NULL, 0), -1);  /* not even prepared */
	CU_ASSERT_EQUAL(r.b->commit(r.conn, &r.diag), -1);
	CU_ASSERT_EQUAL(r.b->rollback(r.conn, &r.diag), 0);
	CU_ASSERT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (3)", NULL, 0), 1);
	CU_ASSERT_EQUAL(r.b->commit(r.conn, &r.diag), 0);
	expect_text(&r, "SELECT COUNT(*) FROM t", "1");
	rig_exec(&r, "CREATE TABLE c (id BIGINT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)");
	CU_ASSERT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO c (id) VALUES (7)", NULL, 0), 1);
	CU_ASSERT_EQUAL(r.b->commit(r.conn, &r.diag), -1);
	UNIT_STR(r.diag.sqlstate, "23503");
	expect_text(&r, "SELECT COUNT(*) FROM c", "0");
	rig_close(&r);
}

/* A table that changed under a prepared statement: as if the connection were gone. */
static void test_stale_plan(void)
{
	struct idbc_value col;
	void *stmt = NULL;
	int64_t rows;
	struct rig r;

	ready(&r);
	rig_exec(&r, "INSERT INTO t (id, s) VALUES (1, 'a')");
	CU_ASSERT_EQUAL_FATAL(r.b->prepare(r.conn, "SELECT n FROM t", &stmt, &r.diag), 0);
	CU_ASSERT_EQUAL(r.b->execute(stmt, NULL, 0, in_ms(5000), &rows, &r.diag), 0);
	CU_ASSERT_EQUAL(r.b->fetch(stmt, &col, 1, &r.diag), 1);
	r.b->reset(stmt);
	rig_exec(&r, "ALTER TABLE t ALTER n TYPE TEXT");
	CU_ASSERT_EQUAL(r.b->execute(stmt, NULL, 0, in_ms(5000), &rows, &r.diag), -1);
	UNIT_STR(r.diag.sqlstate, "0A000");
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	r.b->finish(stmt);
	rig_close(&r);
}

static int64_t backend_of(struct rig *r)
{
	char pid[16];

	rig_read(r, "SELECT pg_backend_pid()", NULL, 0, NULL, pid, sizeof(pid));
	return atoll(pid);
}

static void terminate(struct rig *killer, int64_t pid)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%lld, 2000)", (long long)pid);
	rig_exec(killer, sql);
}

struct killing { struct rig *killer; int64_t pid; };

static void *terminate_soon(void *arg)
{
	struct killing *k = arg;

	usleep(150000);
	terminate(k->killer, k->pid);
	return NULL;
}

static void test_terminated_idle(void)
{
	struct rig r, killer;

	ready(&killer);
	connected(&r);
	terminate(&killer, backend_of(&r));
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (1)", NULL, 0), -1);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	CU_ASSERT_EQUAL(r.b->ping(r.conn, in_ms(1000), &r.diag), -1);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);

	connected(&r);
	terminate(&killer, backend_of(&r));
	CU_ASSERT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), -1);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);

	connected(&r);          /* before the commit: may be read as anything but success */
	CU_ASSERT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (1)", NULL, 0), 1);
	terminate(&killer, backend_of(&r));
	CU_ASSERT_EQUAL(r.b->commit(r.conn, &r.diag), -1);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_DURING);
	rig_close(&r);
	expect_text(&killer, "SELECT COUNT(*) FROM t", "0");
	rig_close(&killer);
}

static void test_terminated_meanwhile(void)
{
	struct rig r, killer;
	struct killing k = { &killer, 0 };
	pthread_t thread;

	ready(&killer);
	connected(&r);
	k.pid = backend_of(&r);
	pthread_create(&thread, NULL, terminate_soon, &k);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id, s) SELECT 1, pg_sleep(5)::text", NULL, 0), -1);
	CU_ASSERT_NOT_EQUAL(r.diag.lost, SQL_LOST_NOT);
	pthread_join(thread, NULL);
	expect_text(&killer, "SELECT COUNT(*) FROM t", "0");
	rig_close(&r);
	rig_close(&killer);
}

static void test_interrupt(void)
{
	struct rig a, b;
	struct delayed d = { &b, 0 };
	pthread_t thread;
	int64_t start;

	ready(&a);
	interrupt_of(&a, "INSERT INTO t (id, s) SELECT 5, pg_sleep(5)::text");
	rig_close(&a);

	connected(&a);          /* while it waits for a lock */
	connected(&b);
	rig_exec(&a, "INSERT INTO t (id) VALUES (1)");
	CU_ASSERT_EQUAL(a.b->begin(a.conn, in_ms(20000), &a.diag), 0);
	rig_exec(&a, "UPDATE t SET n = 1");
	pthread_create(&thread, NULL, interrupt_soon, &d);
	start = fake_now();
	CU_ASSERT_EQUAL(rig_write(&b, "UPDATE t SET n = 2", NULL, 0), -1);
	CU_ASSERT(fake_now() - start < INT64_C(400000000) * unit_slower());
	UNIT_STR(b.diag.sqlstate, "HY008");
	pthread_join(thread, NULL);
	rig_close(&b);
	rig_close(&a);
}

/* The connection's own limit holds where nobody interrupts. */
static void test_limit(void)
{
	static const struct pair more[] = { { "idbc.timeout_ms", "300" }, { NULL, NULL } };
	struct rig a, b;
	int64_t start;

	ready(&a);
	CU_ASSERT_EQUAL_FATAL(open_rig(&b, reached(NULL, more)), 0);
	start = fake_now();
	CU_ASSERT_EQUAL(rig_write(&b, "SELECT pg_sleep(5)", NULL, 0), -1);
	UNIT_STR(b.diag.sqlstate, "57014");
	CU_ASSERT(fake_now() - start < INT64_C(600000000) * unit_slower());
	CU_ASSERT_EQUAL(a.b->begin(a.conn, in_ms(20000), &a.diag), 0);
	rig_exec(&a, "LOCK TABLE t");
	CU_ASSERT_EQUAL(rig_write(&b, "SELECT id FROM t", NULL, 0), -1);
	CU_ASSERT(!strcmp(b.diag.sqlstate, "57014") || !strcmp(b.diag.sqlstate, "55P03"));
	CU_ASSERT_EQUAL(b.diag.lost, SQL_LOST_NOT);
	rig_close(&a);
	CU_ASSERT_EQUAL(b.b->begin(b.conn, in_ms(20000), &b.diag), 0);
	usleep(500000);
	CU_ASSERT_EQUAL(rig_write(&b, "INSERT INTO t (id) VALUES (1)", NULL, 0), -1);
	CU_ASSERT_EQUAL(b.diag.lost, SQL_LOST_BEFORE);
	rig_close(&b);
}

static void test_abandon(void)
{
	struct rig r;

	ready(&r);
	abandoned(&r);
	rig_close(&r);
}

/* 1: connected by TLS; 0: connected without; -1: not. */
static int tls_to(const char *host, const char *mode, const char *ca_of)
{
	char pqopt[192], on[8] = "";
	const struct pair more[] = { { "attributes.SSLmode", mode }, { "attributes.pqopt", pqopt },
				     { NULL, NULL } };
	struct rig r;
	int known = -1;

	snprintf(pqopt, sizeof(pqopt), "%ssslrootcert=%s", host ? "hostaddr=127.0.0.1 " : "",
		 env(ca_of));
	CU_ASSERT_EQUAL_FATAL(rig_open(&r, &od_backend, reached(host, more)), IDBC_OK);
	if (rig_connect(&r, 5000) == 0) {
		rig_read(&r, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", NULL, 0, NULL,
			 on, sizeof(on));
		known = on[0] == '1';
	} else {
		CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
		CU_ASSERT_PTR_NULL(strstr(r.diag.text, env("IDBC_TEST_PG_PASSWORD")));
	}
	rig_close(&r);
	return known;
}

static void test_tls(void)
{
	CU_ASSERT_EQUAL(tls_to("localhost", "verify-full", "IDBC_TEST_PG_CA"), 1);
	CU_ASSERT_EQUAL(tls_to("127.0.0.1", "verify-full", "IDBC_TEST_PG_CA"), 1);
	CU_ASSERT_EQUAL(tls_to("localhost", "verify-full", "IDBC_TEST_PG_WRONG_CA"), -1);
	CU_ASSERT_EQUAL(tls_to("other.example.com", "verify-ca", "IDBC_TEST_PG_CA"), 1);
	CU_ASSERT_EQUAL(tls_to("other.example.com", "verify-full", "IDBC_TEST_PG_CA"), -1);
	CU_ASSERT_EQUAL(tls_to(NULL, "verify-full", "IDBC_TEST_PG_CA"), 0);     /* a socket needs none */
}

static void test_hosts(void)
{
	struct rig r;

	CU_ASSERT_EQUAL(open_rig(&r, reached("127.0.0.3,127.0.0.1", NULL)), 0);
	rig_close(&r);
}

static void password_of(struct rig *r, const char *password)
{
	char quoted[160];
	struct rig other;

	snprintf(quoted, sizeof(quoted), "ALTER ROLE idbc_unit PASSWORD '%s'", password);
	rig_exec(r, quoted);
	reached("127.0.0.1", NULL);
	pairs[5].value = "idbc_unit";
	pairs[6].value = password;
	CU_ASSERT_EQUAL(open_rig(&other, pairs), 0);
	rig_close(&other);
}

static void test_passwords(void)
{
	struct rig r, other;

	connected(&r);
	rig_exec(&r, "DROP ROLE IF EXISTS idbc_unit");
	rig_exec(&r, "CREATE ROLE idbc_unit LOGIN");
	password_of(&r, "a;b={c}}d;UID=postgres");
	password_of(&r, "{braced}");
	password_of(&r, " blanks on both sides ");
	password_of(&r, "p%40@:/?#[]!&=+$,\"\\\\");
	password_of(&r, "p\xc3\xa4ss\xf0\x9f\x98\x80");
	reached("127.0.0.1", NULL);
	pairs[5].value = "idbc_unit";
	pairs[6].value = "wrong-secret";
	CU_ASSERT_NOT_EQUAL(open_rig(&other, pairs), 0);
	CU_ASSERT_EQUAL(other.diag.lost, SQL_LOST_BEFORE);
	CU_ASSERT_PTR_NULL(strstr(other.diag.text, "wrong-secret"));
	rig_close(&other);
	rig_exec(&r, "DROP ROLE idbc_unit");
	rig_close(&r);
}

static void test_unreachable(void)
{
	struct rig r;
	int64_t start = fake_now();

	CU_ASSERT_NOT_EQUAL(open_rig(&r, reached("/nonexistent", NULL)), 0);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);
	CU_ASSERT_EQUAL_FATAL(rig_open(&r, &od_backend, reached("192.0.2.1", NULL)), IDBC_OK);
	CU_ASSERT_NOT_EQUAL(rig_connect(&r, 1500), 0);
	CU_ASSERT(fake_now() - start < INT64_C(3000000000) * unit_slower());
	rig_close(&r);
}

/* The process' locale is the host's affair: text is UTF-8 all the same. */
static void test_locale(void)
{
	static const char *const encodings[] = { "LATIN1", "EUC_JP", "SQL_ASCII" };
	struct idbc_value arg = v_str("\xc3\xa9\xe2\x98\x83\xf0\x9f\x98\x80");
	char back[16];

	for (size_t i = 0; i < 3; i++) {
		struct rig r;

		setenv("PGCLIENTENCODING", encodings[i], 1);
		CU_ASSERT_EQUAL_FATAL(open_rig(&r, reached(NULL, NULL)), 0);
		CU_ASSERT_EQUAL(rig_read(&r, "SELECT octet_length(CAST(? AS TEXT))", &arg, 1, NULL, back,
					 sizeof(back)), 1);
		UNIT_STR(back, "9");
		CU_ASSERT_EQUAL(rig_read(&r, "SELECT CAST(? AS TEXT)", &arg, 1, NULL, back,
					 sizeof(back)), 9);
		UNIT_STR(back, arg.u.str.ptr);
		rig_close(&r);
	}
	unsetenv("PGCLIENTENCODING");
}

/* A database in another encoding: what it has letters for is kept, the rest refused. */
static void test_latin1(void)
{
	char mine[64], sql[160];
	struct idbc_value arg = v_str("\xc3\xa9");
	struct rig r, latin;

	connected(&r);
	snprintf(mine, sizeof(mine), "%s", database);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s_l1 ENCODING LATIN1 LOCALE 'C' TEMPLATE template0",
		 mine);
	rig_exec(&r, sql);
	snprintf(database, sizeof(database), "%.50s_l1", mine);
	ready(&latin);
	CU_ASSERT_EQUAL(rig_write(&latin, "INSERT INTO t (id, s) VALUES (1, ?)", &arg, 1), 1);
	expect_text(&latin, "SELECT s FROM t", "\xc3\xa9");
	expect_text(&latin, "SELECT octet_length(s) FROM t", "1");
	refused(&latin, "INSERT INTO t (id, s) VALUES (2, ?)", v_str("\xe2\x98\x83"), "22P05");
	rig_close(&latin);
	snprintf(database, sizeof(database), "%s", mine);
	snprintf(sql, sizeof(sql), "DROP DATABASE %s_l1", mine);
	rig_exec(&r, sql);
	rig_close(&r);
}

static const struct unit_test tests[] = {
	{ "shared", test_shared }, { "sizes", test_sizes }, { "reused", test_reused },
	{ "rows", test_rows }, { "session", test_session },
	{ "limits_of_role", test_limits_of_role }, { "types", test_types },
	{ "inferred", test_inferred }, { "bad_text", test_bad_text }, { "errors", test_errors },
	{ "returning", test_returning }, { "failed_transaction", test_failed_transaction },
	{ "stale_plan", test_stale_plan }, { "terminated_idle", test_terminated_idle },
	{ "terminated_meanwhile", test_terminated_meanwhile }, { "interrupt", test_interrupt },
	{ "limit", test_limit }, { "abandon", test_abandon }, { "tls", test_tls },
	{ "hosts", test_hosts }, { "passwords", test_passwords },
	{ "unreachable", test_unreachable }, { "locale", test_locale }, { "latin1", test_latin1 },
};

static void database_do(const char *verb)
{
	char sql[128], mine[64];
	struct rig r;

	snprintf(mine, sizeof(mine), "%s", database);
	snprintf(sql, sizeof(sql), "%s DATABASE %s", verb, mine);
	snprintf(database, sizeof(database), "postgres");
	if (open_rig(&r, reached(NULL, NULL)) == 0)
		rig_exec(&r, sql);
	rig_close(&r);
	snprintf(database, sizeof(database), "%s", mine);
}

int main(void)
{
	int bad;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);       /* as the connector does around a call */
	if (!getenv("IDBC_TEST_PG_SOCKET")) {
		printf("skip - odbc_postgres (no IDBC_TEST_PG_SOCKET)\n");
		return 0;
	}
	snprintf(database, sizeof(database), "idbc_odbc_%d", (int)getpid());
	database_do("CREATE");
	bad = unit_run("odbc_postgres", tests, sizeof(tests) / sizeof(tests[0]));
	database_do("DROP");
	return bad;
}
