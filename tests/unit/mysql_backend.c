/* tests/unit/mysql_backend.c - the mysql backend against a server; skipped without one.
 *
 * Wants IDBC_TEST_MYSQL_SOCKET, _PORT, _USER, _PASSWORD, and for TLS _CA and _WRONG_CA
 * (scripts/with-mariadb sets them).
 * lane: alone
 */
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include "backend.h"
#include "../../drivers/mysql/client.h"

#define MAX_PAIRS 12
#ifdef LIBMARIADB
# define LIMIT_KEPT 1           /* Oracle's library knows whole seconds */
#else
# define LIMIT_KEPT 0
#endif
static char database[64];

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* Settings for a connection through the socket, or by TCP with the further pairs. */
static const struct pair *pairs_of(struct pair *p, int tcp, const char *db, ...)
{
	va_list ap;
	const char *key;

	*p++ = (struct pair){ "user", env("IDBC_TEST_MYSQL_USER") };
	*p++ = (struct pair){ "password", env("IDBC_TEST_MYSQL_PASSWORD") };
	*p++ = (struct pair){ "database", db };
	if (tcp == 1) {
		*p++ = (struct pair){ "host", "127.0.0.1" };
		*p++ = (struct pair){ "port", env("IDBC_TEST_MYSQL_PORT") };
	} else if (tcp == 0) {
		*p++ = (struct pair){ "socket", env("IDBC_TEST_MYSQL_SOCKET") };
	}
	va_start(ap, db);
	while ((key = va_arg(ap, const char *)) != NULL) {
		p->key = key;
		p++->value = va_arg(ap, const char *);
	}
	va_end(ap);
	*p = (struct pair){ NULL, NULL };
	return NULL;
}

static int open_rig(struct rig *r, struct pair *pairs)
{
	if (rig_open(r, &my_backend, pairs)) {
		fprintf(stderr, "# open: %s\n", r->found);
		return -1;
	}
	return rig_connect(r, 5000);
}

/* Two pairs of hands on one database: every test has its own. */
static int ready(struct rig *r, struct pair *pairs)
{
	pairs_of(pairs, 0, database, NULL);
	if (open_rig(r, pairs)) {
		fprintf(stderr, "# connect: %s\n", r->diag.text);
		CU_FAIL_FATAL("no connection");
	}
	rig_exec(r, "DROP TABLE IF EXISTS c, t");
	rig_exec(r, "CREATE TABLE t (id BIGINT PRIMARY KEY, s LONGTEXT, b LONGBLOB, n BIGINT)"
		    " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
	return 0;
}

static void test_shared(void)
{
	struct pair pairs[MAX_PAIRS];
	struct rig r;

	ready(&r, pairs);
	CU_ASSERT(r.dialect == SQL_MARIADB || r.dialect == SQL_MYSQL);
	shared_all(&r);
	rig_close(&r);
}

static void test_sizes(void)
{
	struct pair pairs[MAX_PAIRS];
	struct rig r;

	ready(&r, pairs);
	shared_every_size(&r);
	rig_close(&r);
}

static void test_types(void)
{
	struct pair pairs[MAX_PAIRS];
	struct rig r;

	ready(&r, pairs);
	rig_exec(&r, "CREATE TABLE c (bit1 BIT(1), bit9 BIT(9), bin BINARY(4), vbin VARBINARY(9),"
		     " ch CHAR(5), dec1 DECIMAL(20,3), dbl DOUBLE, ti TINYINT(1), ub BIGINT UNSIGNED,"
		     " zf INT(6) ZEROFILL, dt DATETIME(6), d0 DATETIME, da DATE, tm TIME, y YEAR,"
		     " js JSON, en ENUM('a','b'), se SET('x','y'), vb VARCHAR(20) COLLATE utf8mb4_bin)");
	rig_exec(&r, "INSERT INTO c VALUES (1, 257, 'ab', 'a\\0b', 'xy', 12345678901234567.125, 1.5,"
		     " -1, 18446744073709551615, 42, '2024-02-29 23:59:58.123456',"
		     " '0000-00-00 00:00:00', '0000-00-00', '-12:34:56', 1999,"
		     " '{\"a\": 1}', 'b', 'x,y', '\xc3\xa9')");
	expect_bytes(&r, "SELECT bit1 FROM c", "\1", 1);
	expect_bytes(&r, "SELECT bit9 FROM c", "\1\1", 2);
	expect_bytes(&r, "SELECT bin FROM c", "ab\0\0", 4);
	expect_bytes(&r, "SELECT vbin FROM c", "a\0b", 3);
	expect_text(&r, "SELECT ch FROM c", "xy");
	expect_text(&r, "SELECT dec1 FROM c", "12345678901234567.125");
	expect_text(&r, "SELECT dbl FROM c", "1.5");
	expect_text(&r, "SELECT ti FROM c", "-1");
	expect_text(&r, "SELECT ub FROM c", "18446744073709551615");
	expect_text(&r, "SELECT dt FROM c", "2024-02-29 23:59:58.123456");
	expect_text(&r, "SELECT CAST(dt AS DATETIME(3)) FROM c", "2024-02-29 23:59:58.123");
	expect_text(&r, "SELECT d0 FROM c", "0000-00-00 00:00:00");
	expect_text(&r, "SELECT zf FROM c", "000042");
	expect_text(&r, "SELECT CAST('-9223372036854775808' AS SIGNED)", "-9223372036854775808");
	expect_text(&r, "SELECT da FROM c", "0000-00-00");
	expect_text(&r, "SELECT tm FROM c", "-12:34:56");
	expect_text(&r, "SELECT y FROM c", "1999");
	expect_text(&r, "SELECT js FROM c", "{\"a\": 1}");
	expect_text(&r, "SELECT en FROM c", "b");
	expect_text(&r, "SELECT se FROM c", "x,y");
	expect_text(&r, "SELECT vb FROM c", "\xc3\xa9");
	expect_text(&r, "SELECT COUNT(*) FROM c", "1");
	expect_text(&r, "SELECT @@time_zone", "+00:00");
	rig_close(&r);
}

static void expect_columns(struct rig *r, const char *sql, uint32_t late, uint32_t want,
			   const char *first)
{
	const struct sql_column *cols = NULL;
	struct idbc_value cells[4];
	int64_t rows = 0, n = 0;
	uint32_t count = 9;
	void *stmt = NULL;

	CU_ASSERT_EQUAL_FATAL(my_backend.prepare(r->conn, sql, &stmt, &r->diag), 0);
	CU_ASSERT_EQUAL(my_backend.columns(stmt, &cols, &count, &r->diag), 0);
	CU_ASSERT_EQUAL(count, late ? 0 : want);
	for (int time = 0; time < 2; time++) {
		CU_ASSERT_EQUAL_FATAL(my_backend.execute(stmt, NULL, 0, in_ms(20000), &rows, &r->diag), 0);
		CU_ASSERT_EQUAL(my_backend.columns(stmt, &cols, &count, &r->diag), 0);
		CU_ASSERT_EQUAL_FATAL(count, want);
		if (want)
			UNIT_STR(cols[0].name, first);
		while (my_backend.fetch(stmt, cells, want, &r->diag) > 0)
			n++;
		my_backend.reset(stmt);
	}
	CU_ASSERT_EQUAL(n, want ? 2 : 0);
	my_backend.finish(stmt);
}

/* Names whole, also long ones; a procedure's come with its rows, and so do its mistakes. */
static void test_columns(void)
{
	static const char name[] = "a_name_of_many_letters_that_no_column_of_a_table_could_have_but_an_alias_can";
	const struct sql_column *cols = NULL;
	struct pair pairs[MAX_PAIRS];
	struct idbc_value cell;
	char sql[256];
	int64_t rows;
	uint32_t n;
	struct rig r;
	void *stmt;

	ready(&r, pairs);
	snprintf(sql, sizeof(sql), "SELECT 1 AS `%s`, 'x' AS `app_metadata.x`, b'1' AS `B`", name);
	expect_columns(&r, sql, 0, 3, name);
	expect_columns(&r, "DELETE FROM t", 0, 0, NULL);
	rig_exec(&r, "DROP PROCEDURE IF EXISTS p");
	rig_exec(&r, "DROP PROCEDURE IF EXISTS q");
	rig_exec(&r, "CREATE PROCEDURE p() BEGIN SELECT 'v' AS `one.x`, 2 AS two; SELECT 3; END");
	expect_columns(&r, "CALL p()", 1, 2, "one.x");
	rig_exec(&r, "CREATE PROCEDURE q() BEGIN SELECT 1 AS one; INSERT INTO t (id) VALUES (NULL); END");
	CU_ASSERT_EQUAL_FATAL(my_backend.prepare(r.conn, "CALL q()", &stmt, &r.diag), 0);
	CU_ASSERT_EQUAL_FATAL(my_backend.execute(stmt, NULL, 0, in_ms(20000), &rows, &r.diag), 0);
	CU_ASSERT_EQUAL(my_backend.columns(stmt, &cols, &n, &r.diag), 0);
	CU_ASSERT_EQUAL(cols[0].kind, SQL_ANSWER_INTEGER);
	CU_ASSERT_EQUAL(my_backend.fetch(stmt, &cell, 1, &r.diag), 1);
	CU_ASSERT_EQUAL(my_backend.fetch(stmt, &cell, 1, &r.diag), -1);
	CU_ASSERT_EQUAL(r.diag.native, 1048);
	my_backend.reset(stmt);
	my_backend.finish(stmt);
	expect_text(&r, "SELECT 'still there'", "still there");
	rig_close(&r);
}

static int64_t write_fails(struct rig *r, const char *sql, const char *state, int native)
{
	int64_t rows = rig_write(r, sql, NULL, 0);

	CU_ASSERT_EQUAL(rows, -1);
	UNIT_STR(r->diag.sqlstate, state);
	CU_ASSERT_EQUAL(r->diag.native, native);
	CU_ASSERT_EQUAL(r->diag.lost, SQL_LOST_NOT);
	CU_ASSERT(r->diag.text[0] != '\0');
	return rows;
}

static void test_errors(void)
{
	struct pair pairs[MAX_PAIRS];
	struct rig r;

	ready(&r, pairs);
	rig_exec(&r, "CREATE TABLE c (id BIGINT PRIMARY KEY, t BIGINT, u VARCHAR(8) NOT NULL,"
		     " d DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00',"
		     " UNIQUE KEY c_u (u), CONSTRAINT c_t FOREIGN KEY (t) REFERENCES t (id))");
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO c (id, u) VALUES (1, 'a')", NULL, 0), 1);
	write_fails(&r, "INSERT INTO c (id, u) VALUES (2, 'a')", "23000", 1062);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.diag.text, "c_u"));
	write_fails(&r, "INSERT INTO c (id, u, t) VALUES (2, 'b', 7)", "23000", 1452);
	write_fails(&r, "INSERT INTO c (id, u) VALUES (2, 'too long by far')", "22001", 1406);
	write_fails(&r, "INSERT INTO c (id, u) VALUES (2, NULL)", "23000", 1048);
	write_fails(&r, "SELEC 1", "42000", 1064);
	write_fails(&r, "SELECT * FROM nowhere", "42S02", 1146);
	CU_ASSERT_EQUAL(rig_write(&r, "UPDATE c SET d = '0000-00-00 00:00:00'", NULL, 0), 1);
	CU_ASSERT_NOT_EQUAL(r.b->exec(r.conn, "INSERT INTO c (id, u) VALUES (1, 'z')",
				      in_ms(5000), &r.diag), 0);
	CU_ASSERT_EQUAL(r.diag.native, 1062);
	expect_text(&r, "SELECT COUNT(*) FROM c", "1");
	rig_close(&r);
}

static void test_last_id(void)
{
	struct pair pairs[MAX_PAIRS];
	struct rig r;
	void *stmt = NULL;
	int64_t rows, id = 0;

	ready(&r, pairs);
	rig_exec(&r, "CREATE TABLE c (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, u INT)"
		     " AUTO_INCREMENT = 5000000000");
	CU_ASSERT_EQUAL_FATAL(r.b->prepare(r.conn, "INSERT INTO c (u) VALUES (1)", &stmt,
					   &r.diag), 0);
	CU_ASSERT_EQUAL(r.b->execute(stmt, NULL, 0, in_ms(5000), &rows, &r.diag), 0);
	CU_ASSERT_EQUAL(r.b->last_id(r.conn, stmt, &id, &r.diag), 0);
	CU_ASSERT_EQUAL(id, 5000000000);
	CU_ASSERT_EQUAL(r.b->last_id(r.conn, NULL, &id, &r.diag), 0);
	CU_ASSERT_EQUAL(id, 5000000000);
	r.b->finish(stmt);
	rig_close(&r);
}

/* --- losing the connection ------------------------------------------------------------- */

static void kill_connection(struct rig *killer, struct rig *victim)
{
	char id[64], sql[96];

	rig_read(victim, "SELECT CONNECTION_ID()", NULL, 0, NULL, id, sizeof(id));
	snprintf(sql, sizeof(sql), "KILL %s", id);
	rig_exec(killer, sql);
}

static void lost_while_idle(int tcp)
{
	struct pair pairs[MAX_PAIRS], pairs2[MAX_PAIRS];
	struct rig r, killer;

	ready(&killer, pairs2);
	pairs_of(pairs, tcp, database, NULL);
	CU_ASSERT_EQUAL_FATAL(open_rig(&r, pairs), 0);
	kill_connection(&killer, &r);
	usleep(50000);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (1)", NULL, 0), -1);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	CU_ASSERT_NOT_EQUAL(r.b->exec(r.conn, "DELETE FROM t", in_ms(5000), &r.diag), 0);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	CU_ASSERT_NOT_EQUAL(r.b->ping(r.conn, in_ms(5000), &r.diag), 0);
	CU_ASSERT_NOT_EQUAL(r.b->begin(r.conn, in_ms(20000), &r.diag), 0);
	CU_ASSERT_NOT_EQUAL(r.b->commit(r.conn, &r.diag), 0);
	rig_close(&r);
	rig_close(&killer);
}

static void test_lost_idle(void)
{
	lost_while_idle(0);
	lost_while_idle(1);
}

struct delayed { struct rig *rig; struct rig *killer; char sql[96]; int64_t took_ns; };

static void *kill_soon(void *arg)
{
	struct delayed *d = arg;

	usleep(150000);
	rig_exec(d->killer, d->sql);
	return NULL;
}

static void test_lost_running(void)
{
	struct pair pairs[MAX_PAIRS], pairs2[MAX_PAIRS];
	struct rig r, killer;
	struct delayed d = { &r, &killer, "", 0 };
	pthread_t thread;
	char id[64];

	ready(&killer, pairs2);
	pairs_of(pairs, 0, database, NULL);
	CU_ASSERT_EQUAL_FATAL(open_rig(&r, pairs), 0);
	rig_read(&r, "SELECT CONNECTION_ID()", NULL, 0, NULL, id, sizeof(id));
	snprintf(d.sql, sizeof(d.sql), "KILL %s", id);
	pthread_create(&thread, NULL, kill_soon, &d);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) SELECT SLEEP(3)", NULL, 0), -1);
	CU_ASSERT_NOT_EQUAL(r.diag.lost, SQL_LOST_NOT);
	pthread_join(thread, NULL);
	rig_close(&r);

	CU_ASSERT_EQUAL_FATAL(open_rig(&r, pairs), 0);
	rig_read(&r, "SELECT CONNECTION_ID()", NULL, 0, NULL, id, sizeof(id));
	snprintf(d.sql, sizeof(d.sql), "KILL QUERY %s", id);
	pthread_create(&thread, NULL, kill_soon, &d);
	CU_ASSERT_EQUAL(rig_read(&r, "SELECT COUNT(*) FROM information_schema.COLUMNS a,"
			     " information_schema.COLUMNS b, information_schema.COLUMNS c", NULL, 0, NULL, id,
				 sizeof(id)), -3);
	CU_ASSERT_EQUAL(r.diag.native, 1317);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_NOT);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(r.b->ping(r.conn, in_ms(5000), &r.diag), 0);
	rig_close(&r);
	rig_close(&killer);
}

static void *interrupt_soon(void *arg)
{
	struct delayed *d = arg;
	int64_t start;

	usleep(150000);
	start = fake_now();
	d->rig->b->interrupt(d->rig->conn);
	d->took_ns = fake_now() - start;
	return NULL;
}

static void interrupted(const struct pair *pairs)
{
	struct rig r;
	struct delayed d = { &r, NULL, "", 0 };
	pthread_t thread;
	int64_t start;

	CU_ASSERT_EQUAL_FATAL(open_rig(&r, (struct pair *)pairs), 0);
	pthread_create(&thread, NULL, interrupt_soon, &d);
	start = fake_now();
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) SELECT SLEEP(3)", NULL, 0), -1);
	CU_ASSERT(fake_now() - start < INT64_C(400000000) * unit_slower());
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_DURING);
	UNIT_STR(r.diag.sqlstate, "HY008");
	pthread_join(thread, NULL);
	CU_ASSERT(d.took_ns < 20000000 * unit_slower());
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) VALUES (1)", NULL, 0), -1);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);
}

static void test_interrupt(void)
{
	struct pair pairs[MAX_PAIRS];
	struct rig r;

	ready(&r, pairs);
	interrupted(pairs);
	pairs_of(pairs, 1, database, "tls.mode", "verify_identity", "tls.ca",
		 env("IDBC_TEST_MYSQL_CA"), NULL);
	interrupted(pairs);
	rig_close(&r);
}

/* The server's own limit follows the connection's; over a unix socket it has none. */
static void test_time_limit(void)
{
	struct pair pairs[MAX_PAIRS];
	struct rig r;
	int64_t start;

	pairs_of(pairs, 0, database, "idbc.timeout_ms", "300", NULL);
	CU_ASSERT_EQUAL_FATAL(open_rig(&r, pairs), 0);
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) SELECT SLEEP(0.6)", NULL, 0), 1);
	rig_close(&r);
	pairs_of(pairs, 1, database, "idbc.timeout_ms", "300", NULL);
	CU_ASSERT_EQUAL_FATAL(open_rig(&r, pairs), 0);
	start = fake_now();
	CU_ASSERT_EQUAL(rig_write(&r, "INSERT INTO t (id) SELECT SLEEP(5)", NULL, 0), -1);
	CU_ASSERT(fake_now() - start < INT64_C(1300000000) * unit_slower());
	if (r.dialect == SQL_MARIADB)
		CU_ASSERT_EQUAL(r.diag.native, 1969);
	rig_close(&r);
}

/* --- reaching the server ---------------------------------------------------------------- */

static void connect_fails(const struct pair *pairs, int native)
{
	struct rig r;
	int rc = open_rig(&r, (struct pair *)pairs);

	CU_ASSERT_EQUAL(rc, -1);
	if (r.diag.native != native)
		fprintf(stderr, "# got %d %s\n", r.diag.native, r.diag.text);
	CU_ASSERT_EQUAL(r.diag.native, native);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);
}

static void test_unreachable(void)
{
	struct pair p[MAX_PAIRS];

	pairs_of(p, 0, database, NULL);
	p[1].value = "wrong";
	connect_fails(p, 1045);
	pairs_of(p, 0, "no_such_database", NULL);
	connect_fails(p, 1049);
	pairs_of(p, 2, database, "host", "127.0.0.1", "port", "1", NULL);
	connect_fails(p, 2002);
	pairs_of(p, 2, database, "socket", "/nonexistent.sock", NULL);
	connect_fails(p, 2002);
}

/* A server that accepts and says nothing: the deadline holds. */
/* Takes connections and says nothing. */
static int listen_silently(char *port, size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	snprintf(port, size, "%d", ntohs(address.sin_port));
	return fd;
}

static void test_silent_server(void)
{
	struct pair p[MAX_PAIRS];
	struct rig r;
	int fd;
	char port[16];
	int64_t start;

	fd = listen_silently(port, sizeof(port));
	pairs_of(p, 2, database, "host", "127.0.0.1", "port", port, NULL);
	CU_ASSERT_EQUAL_FATAL(rig_open(&r, &my_backend, p), 0);
	start = fake_now();
	CU_ASSERT_EQUAL(rig_connect(&r, 700), -1);
	CU_ASSERT(fake_now() - start < INT64_C(1000000) * (LIMIT_KEPT ? 750 : 1200) * unit_slower());
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	UNIT_STR(r.diag.sqlstate, "HYT00");
	rig_close(&r);
	close(fd);
}

static void test_hosts(void)
{
	struct pair p[MAX_PAIRS];
	struct rig r;
	char hosts[128];

	snprintf(hosts, sizeof(hosts), "[\"127.0.0.1:1\", \"127.0.0.1:%s\"]",
		 env("IDBC_TEST_MYSQL_PORT"));
	pairs_of(p, 2, database, "hosts", hosts, NULL);
	CU_ASSERT_EQUAL_FATAL(open_rig(&r, p), 0);
	expect_text(&r, "SELECT 1", "1");
	rig_close(&r);
	p[3].value = "[\"127.0.0.1:1\", \"[::1]:2\"]";
	connect_fails(p, 2002);
}

/* A host that swallows what it is sent costs the first session a second, the next nothing. */
static void test_silent_host(void)
{
	struct pair p[MAX_PAIRS];
	struct rig r;
	char hosts[128], port[16];
	int fd = listen_silently(port, sizeof(port));
	int64_t start;

	snprintf(hosts, sizeof(hosts), "[\"127.0.0.1:%s\", \"127.0.0.1:%s\"]", port,
		 env("IDBC_TEST_MYSQL_PORT"));
	pairs_of(p, 2, database, "hosts", hosts, NULL);
	CU_ASSERT_EQUAL_FATAL(rig_open(&r, &my_backend, p), 0);
	start = fake_now();
	CU_ASSERT_EQUAL_FATAL(rig_connect(&r, 10000), 0);
	CU_ASSERT(fake_now() - start > 900000000);
	CU_ASSERT(fake_now() - start < INT64_C(4000000000) * unit_slower());
	my_backend.disconnect(r.conn);
	r.conn = NULL;
	start = fake_now();
	CU_ASSERT_EQUAL_FATAL(rig_connect(&r, 10000), 0);
	CU_ASSERT(fake_now() - start < INT64_C(900000000) * unit_slower());
	rig_close(&r);
	close(fd);
}

/* Neither answers: both are waited for again, until the deadline. */
static void test_silent_hosts(void)
{
	struct pair p[MAX_PAIRS];
	struct rig r;
	char hosts[128], port[16];
	int fd = listen_silently(port, sizeof(port));
	int64_t start;

	snprintf(hosts, sizeof(hosts), "[\"127.0.0.1:%s\", \"localhost:%s\", \"127.0.0.1:1\"]", port, port);
	pairs_of(p, 2, database, "hosts", hosts, NULL);
	CU_ASSERT_EQUAL_FATAL(rig_open(&r, &my_backend, p), 0);
	start = fake_now();
	CU_ASSERT_EQUAL(rig_connect(&r, 3000), -1);
	CU_ASSERT(fake_now() - start > 2500000000);
	CU_ASSERT(fake_now() - start < INT64_C(1000000) * (LIMIT_KEPT ? 3500 : 5000) * unit_slower());
	UNIT_STR(r.diag.sqlstate, "HYT00");
	rig_close(&r);
	close(fd);
}

static int encrypted(const struct pair *pairs)
{
	struct rig r;
	char cipher[64] = "";

	if (open_rig(&r, (struct pair *)pairs) == 0)
		rig_read(&r, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS"
			     " WHERE VARIABLE_NAME = 'SSL_CIPHER'", NULL, 0, NULL, cipher,
			 sizeof(cipher));
	else
		fprintf(stderr, "# %d %s\n", r.diag.native, r.diag.text);
	rig_close(&r);
	return cipher[0] != '\0';
}

static void test_tls(void)
{
	const char *ca = env("IDBC_TEST_MYSQL_CA"), *wrong = env("IDBC_TEST_MYSQL_WRONG_CA");
	const char *port = env("IDBC_TEST_MYSQL_PORT");
	struct pair p[MAX_PAIRS];

	pairs_of(p, 1, database, NULL);
	CU_ASSERT(!encrypted(p));
	pairs_of(p, 1, database, "tls.mode", "off", NULL);
	CU_ASSERT(!encrypted(p));
	pairs_of(p, 1, database, "tls.mode", "required", NULL);
	CU_ASSERT(encrypted(p));
	pairs_of(p, 1, database, "tls.mode", "verify_ca", "tls.ca", ca, NULL);
	CU_ASSERT(encrypted(p));
	pairs_of(p, 1, database, "tls.ca", ca, NULL);
	CU_ASSERT(encrypted(p));
	pairs_of(p, 1, database, "tls.mode", "verify_identity", "tls.ca", wrong, NULL);
	connect_fails(p, 2026);
	pairs_of(p, 1, database, "tls.mode", "verify_ca", "tls.ca", wrong, NULL);
	connect_fails(p, 2026);
	pairs_of(p, 1, database, "tls.mode", "verify_identity", NULL);
	connect_fails(p, 2026);
	/* the right server under a name that its certificate does not have */
	pairs_of(p, 2, database, "host", "127.1", "port", port, "tls.ca", ca, NULL);
	connect_fails(p, 2026);
	pairs_of(p, 2, database, "host", "127.1", "port", port, "tls.mode", "verify_ca",
		 "tls.ca", ca, NULL);
	CU_ASSERT(encrypted(p));
}

/* A small server that offers no TLS and lets everybody in. */
struct plain_server { int fd; char sent[512]; };

static void *plain_greeting(void *arg)
{
	static const unsigned char hello[] = "\x4a\0\0\0\x0a" "5.5.5-10.11.2-MariaDB\0" "\1\0\0\0"
		"abcdefgh\0" "\xfe\xf7" "\x2d" "\2\0" "\xbf\x81" "\x15" "\0\0\0\0\0\0" "\7\0\0\0"
		"ijklmnopqrst\0" "mysql_native_password";
	static const unsigned char welcome[] = "\7\0\0\2\0\0\0\2\0\0";
	struct plain_server *s = arg;
	int client = accept(s->fd, NULL, NULL);
	unsigned char out[sizeof(hello)];

	memcpy(out, hello, sizeof(hello));
	out[0] = (unsigned char)(sizeof(hello) - 4);
	if (write(client, out, sizeof(out)) < 0 || read(client, s->sent, sizeof(s->sent)) <= 0 ||
	    write(client, welcome, sizeof(welcome)) < 0 || read(client, out, sizeof(out)) < 0)
		s->sent[0] = 0;
	close(client);
	return NULL;
}

static void no_tls_offered(const char *mode)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	struct plain_server server = { socket(AF_INET, SOCK_STREAM, 0), "" };
	struct pair p[MAX_PAIRS];
	pthread_t thread;
	char port[16];
	struct rig r;

	CU_ASSERT_EQUAL_FATAL(bind(server.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	listen(server.fd, 4);
	getsockname(server.fd, (struct sockaddr *)&address, &len);
	snprintf(port, sizeof(port), "%d", ntohs(address.sin_port));
	pthread_create(&thread, NULL, plain_greeting, &server);
	pairs_of(p, 2, database, "host", "127.0.0.1", "port", port, "tls.mode", mode,
		 "tls.ca", env("IDBC_TEST_MYSQL_CA"), NULL);
	p[1].value = "clear-text-secret";
	CU_ASSERT_NOT_EQUAL(open_rig(&r, p), 0);
	CU_ASSERT_EQUAL(r.diag.native, 2026);
	CU_ASSERT_EQUAL(r.diag.lost, SQL_LOST_BEFORE);
	rig_close(&r);
	pthread_join(thread, NULL);
	CU_ASSERT_PTR_NULL(memmem(server.sent, sizeof(server.sent), "clear-text-secret", 17));
	close(server.fd);
}

static void test_no_tls_offered(void)
{
	no_tls_offered("required");
	no_tls_offered("verify_ca");
	no_tls_offered("verify_identity");
}

/* --- a forked child ---------------------------------------------------------------------- */

static void abandoned(const struct pair *pairs)
{
	struct idbc_value arg = v_int(IDBC_KIND_I64, 1), col;
	void *stmt = NULL;
	int64_t rows;
	struct rig r;
	pid_t pid;
	int status;

	CU_ASSERT_EQUAL_FATAL(open_rig(&r, (struct pair *)pairs), 0);
	CU_ASSERT_EQUAL_FATAL(r.b->prepare(r.conn, "SELECT ?", &stmt, &r.diag), 0);
	pid = fork();
	if (pid == 0) {
		r.b->abandon(r.conn);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	usleep(50000);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(r.b->ping(r.conn, in_ms(5000), &r.diag), 0);
	CU_ASSERT_EQUAL(r.b->execute(stmt, &arg, 1, in_ms(5000), &rows, &r.diag), 0);
	CU_ASSERT_TRUE(r.b->fetch(stmt, &col, 1, &r.diag) > 0);
	r.b->finish(stmt);
	rig_close(&r);
}

static void test_abandon(void)
{
	struct pair p[MAX_PAIRS];

	pairs_of(p, 0, database, NULL);
	abandoned(p);
	pairs_of(p, 1, database, "tls.ca", env("IDBC_TEST_MYSQL_CA"), NULL);
	abandoned(p);
}

/* --- options, which need no server ---------------------------------------------------------- */

static void expect_wrong(const char *key, const char *value, const char *want)
{
	struct pair p[] = { { "database", "d" }, { key, value }, { NULL, NULL } };
	struct rig r;

	CU_ASSERT_EQUAL(rig_open(&r, &my_backend, p), IDBC_CONFIG);
	UNIT_STR(r.found, want);
	CU_ASSERT_PTR_NULL(r.instance);
}

static void test_options(void)
{
	struct pair both[] = { { "host", "a" }, { "socket", "/s" }, { "tls.mode", "maybe" },
			       { "tls.cert", "x" }, { NULL, NULL } };
	struct pair hosts[] = { { "database", "d" }, { "hosts", "[\"a:1\"]" }, { "host", "a" },
				{ NULL, NULL } };
	struct pair port[] = { { "database", "d" }, { "hosts", "[\"a:1\"]" }, { "port", "1" },
			       { NULL, NULL } };
	struct rig r;

	expect_wrong("port", "70000", "bad-value@options.port ");
	expect_wrong("host", "a,b", "bad-value@options.host ");
	expect_wrong("hosts", "[\"a:0\"]", "bad-value@options.hosts ");
	expect_wrong("hosts", "[\"a:x\"]", "bad-value@options.hosts ");
	expect_wrong("hosts", "[\"[::1\"]", "bad-value@options.hosts ");
	expect_wrong("hosts", "[]", "wrong-type@options.hosts ");
	expect_wrong("cluster_reads", "sometimes", "bad-value@options.cluster_reads ");
	expect_wrong("hosts", "[1]", "wrong-type@options.hosts ");
	expect_wrong("tls.mode", "verify_ca", "missing-key@options.tls.ca ");
	CU_ASSERT_EQUAL(rig_open(&r, &my_backend, both), IDBC_CONFIG);
	UNIT_STR(r.found, "bad-combination@options.socket bad-value@options.tls.mode "
			  "missing-key@options.tls.key missing-key@options.database ");
	CU_ASSERT_EQUAL(rig_open(&r, &my_backend, hosts), IDBC_CONFIG);
	UNIT_STR(r.found, "bad-combination@options.hosts ");
	CU_ASSERT_EQUAL(rig_open(&r, &my_backend, port), IDBC_CONFIG);
	UNIT_STR(r.found, "bad-combination@options.hosts ");
}

static const struct unit_test with_server[] = {
	{ "shared", test_shared }, { "sizes", test_sizes }, { "types", test_types },
	{ "columns", test_columns },
	{ "errors", test_errors }, { "last_id", test_last_id },
	{ "lost_idle", test_lost_idle }, { "lost_running", test_lost_running },
	{ "interrupt", test_interrupt }, { "time_limit", test_time_limit },
	{ "unreachable", test_unreachable }, { "hosts", test_hosts },
	{ "silent_host", test_silent_host }, { "silent_hosts", test_silent_hosts }, { "tls", test_tls },
	{ "abandon", test_abandon }, { "options", test_options },
	{ "silent_server", test_silent_server }, { "no_tls_offered", test_no_tls_offered },
};
static const struct unit_test without_server[] = {
	{ "options", test_options }, { "silent_server", test_silent_server },
	{ "no_tls_offered", test_no_tls_offered },
};

static void database_do(const char *verb)
{
	struct pair pairs[MAX_PAIRS];
	struct rig r;
	char sql[128];

	pairs_of(pairs, 0, "information_schema", NULL);
	if (open_rig(&r, pairs) == 0) {
		snprintf(sql, sizeof(sql), "%s DATABASE %s", verb, database);
		rig_exec(&r, sql);
	} else {
		fprintf(stderr, "# %s\n", r.diag.text);
	}
	rig_close(&r);
}

int main(void)
{
	int bad;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);       /* as the connector does around a call */
	snprintf(database, sizeof(database), "idbc_backend_%d", (int)getpid());
	if (!getenv("IDBC_TEST_MYSQL_SOCKET")) {
		printf("skip - mysql_backend/server (no IDBC_TEST_MYSQL_SOCKET)\n");
		return unit_run("mysql_backend", without_server,
				sizeof(without_server) / sizeof(without_server[0]));
	}
	database_do("CREATE");
	bad = unit_run("mysql_backend", with_server, sizeof(with_server) / sizeof(with_server[0]));
	database_do("DROP");
	return bad;
}
