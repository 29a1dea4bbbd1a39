/* tests/bench/store.c - idbc_get_user() against a loop written by hand: one prepared statement
 * with the same columns on a connection of the same kind, bound once.
 *
 * usage: store ROW CONFIG THREADS TARGET, with TARGET a connection string of ODBC, or the
 * socket, user, password and database of a MariaDB.  tests/bench/lib/store.py fills the
 * tables and pins what is to be pinned.  Threads: each has a connection of its own by hand;
 * ours is shared by all.
 */
#include <mysql.h>
#include <sql.h>
#include <sqlext.h>
#include <pthread.h>
#include <stdatomic.h>

#include <idbc/idbc.h>
#include "bench.h"

#define USERS 1000              /* of the table's, asked for in turn */
#define COLUMNS 20
#define WIDTH 512
#define THREADS_MAX 16
#define LIST \
	"SELECT id, email, email_verified, username, phone_number, phone_verified, name," \
	" given_name, family_name, nickname, picture, password_hash, blocked, created_at," \
	" updated_at, last_login, last_ip, logins_count, user_metadata, app_metadata" \
	" FROM idbc_users WHERE "

struct answer {
	char bytes[COLUMNS][WIDTH];
	unsigned long len[COLUMNS];
	SQLLEN left[COLUMNS];
	char null[COLUMNS];
};
struct user {
	struct idbc *conn;
	MYSQL *mysql;
	MYSQL_STMT *prepared;
	SQLHDBC dbc;
	SQLHSTMT handle;
	bench_fn *bare;
	unsigned asked;
	char email[64];
	unsigned long len;
	SQLLEN left;
	struct answer answer;
};

static const char *next(struct user *u)
{
	u->asked = (u->asked + 1) % USERS;
	u->len = (unsigned long)snprintf(u->email, sizeof(u->email), "user%u@example.com",
					 u->asked / 2 + 1);
	u->left = (SQLLEN)u->len;
	return u->email;
}

/* --- ours -------------------------------------------------------------------------------- */

static void ours(void *ctx)
{
	struct user *u = ctx;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;

	if (idbc_get_user(u->conn, IDBC_BY_EMAIL, next(u), &profile, &err))
		bench_die(err.text);
	idbc_profile_free(profile);
}

/* --- by hand: libmysqlclient ---------------------------------------------------------------- */

static void mysql_bare(void *ctx)
{
	struct user *u = ctx;

	next(u);
	if (mysql_stmt_execute(u->prepared) || mysql_stmt_store_result(u->prepared) ||
	    mysql_stmt_fetch(u->prepared) || mysql_stmt_fetch(u->prepared) != MYSQL_NO_DATA)
		bench_die(mysql_stmt_error(u->prepared));
	mysql_stmt_free_result(u->prepared);
}

static void mysql_bind(struct user *u)
{
	MYSQL_BIND asked, columns[COLUMNS];

	memset(&asked, 0, sizeof(asked));
	memset(columns, 0, sizeof(columns));
	asked.buffer_type = MYSQL_TYPE_STRING;
	asked.buffer = u->email;
	asked.buffer_length = sizeof(u->email);
	asked.length = &u->len;
	for (size_t i = 0; i < COLUMNS; i++) {
		columns[i].buffer_type = MYSQL_TYPE_STRING;
		columns[i].buffer = u->answer.bytes[i];
		columns[i].buffer_length = WIDTH;
		columns[i].length = &u->answer.len[i];
		columns[i].is_null = (void *)&u->answer.null[i];
	}
	if (mysql_stmt_bind_param(u->prepared, &asked) ||
	    mysql_stmt_bind_result(u->prepared, columns))
		bench_die(mysql_stmt_error(u->prepared));
}

static void mysql_begin(struct user *u, char **target)
{
	static const char sql[] = LIST "email = ?";

	u->bare = mysql_bare;
	u->mysql = mysql_init(NULL);
	mysql_options(u->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(u->mysql, NULL, target[1], target[2], target[3], 0, target[0], 0))
		bench_die(mysql_error(u->mysql));
	u->prepared = mysql_stmt_init(u->mysql);
	if (mysql_stmt_prepare(u->prepared, sql, sizeof(sql) - 1))
		bench_die(mysql_stmt_error(u->prepared));
	mysql_bind(u);
}

/* --- by hand: ODBC -------------------------------------------------------------------------- */

static void odbc_ok(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE handle)
{
	SQLCHAR state[6] = "", text[256] = "nothing to be read";
	SQLINTEGER native;
	SQLSMALLINT len;

	if (SQL_SUCCEEDED(rc))
		return;
	SQLGetDiagRec(type, handle, 1, state, &native, text, sizeof(text), &len);
	bench_die((char *)text);
}

static void odbc_bare(void *ctx)
{
	struct user *u = ctx;

	next(u);
	odbc_ok(SQLExecute(u->handle), SQL_HANDLE_STMT, u->handle);
	odbc_ok(SQLFetch(u->handle), SQL_HANDLE_STMT, u->handle);
	if (SQLFetch(u->handle) != SQL_NO_DATA)
		bench_die("more than one row");
	SQLFreeStmt(u->handle, SQL_CLOSE);
}

static void odbc_bind(struct user *u)
{
	odbc_ok(SQLBindParameter(u->handle, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR,
				 sizeof(u->email), 0, u->email, sizeof(u->email), &u->left),
		SQL_HANDLE_STMT, u->handle);
	for (SQLUSMALLINT i = 0; i < COLUMNS; i++)
		odbc_ok(SQLBindCol(u->handle, (SQLUSMALLINT)(i + 1), SQL_C_CHAR,
				   u->answer.bytes[i], WIDTH, &u->answer.left[i]),
			SQL_HANDLE_STMT, u->handle);
}

static void odbc_begin(struct user *u, char **target)
{
	static SQLCHAR sql[] = LIST "lower(email) = ?";
	static SQLHENV env;

	u->bare = odbc_bare;
	if (!env) {
		SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
		SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	}
	SQLAllocHandle(SQL_HANDLE_DBC, env, &u->dbc);
	odbc_ok(SQLDriverConnect(u->dbc, NULL, (SQLCHAR *)target[0], SQL_NTS, NULL, 0, NULL,
				 SQL_DRIVER_NOPROMPT), SQL_HANDLE_DBC, u->dbc);
	SQLAllocHandle(SQL_HANDLE_STMT, u->dbc, &u->handle);
	odbc_ok(SQLPrepare(u->handle, sql, SQL_NTS), SQL_HANDLE_STMT, u->handle);
	odbc_bind(u);
}

static void user_begin(struct user *u, struct idbc *conn, char **target)
{
	memset(u, 0, sizeof(*u));
	u->conn = conn;
	if (target[1])
		mysql_begin(u, target);
	else
		odbc_begin(u, target);
}

static void user_end(struct user *u)
{
	if (u->prepared) {
		mysql_stmt_close(u->prepared);
		mysql_close(u->mysql);
		return;
	}
	SQLFreeHandle(SQL_HANDLE_STMT, u->handle);
	SQLDisconnect(u->dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, u->dbc);
}

/* --- several threads: a slice of ours, a slice by hand, in turns ------------------------------ */

struct slice {
	struct user *user;
	bench_fn *fn;
	int64_t until_ns;
	uint64_t calls;
};

static void *run_slice(void *arg)
{
	struct slice *s = arg;

	do {
		s->fn(s->user);
		s->calls++;
	} while (bench_ns(CLOCK_MONOTONIC) < s->until_ns);
	return NULL;
}

static double per_second(struct user *users, size_t n, int by_hand)
{
	pthread_t threads[THREADS_MAX];
	struct slice slices[THREADS_MAX];
	int64_t start = bench_ns(CLOCK_MONOTONIC);
	uint64_t calls = 0;

	for (size_t i = 0; i < n; i++) {
		slices[i] = (struct slice){ &users[i], by_hand ? users[i].bare : ours,
					    start + (bench_is_short() ? 20 : 150) * 1000000, 0 };
		if (pthread_create(&threads[i], NULL, run_slice, &slices[i]))
			bench_die("no thread");
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		calls += slices[i].calls;
	}
	return (double)calls * 1e9 / (double)(bench_ns(CLOCK_MONOTONIC) - start);
}

static void threads_row(const char *name, const char *baseline, struct user *users, size_t n)
{
	size_t rounds = bench_is_short() ? 3 : 25;
	double ratio[BENCH_ROUNDS_MAX], mine[BENCH_ROUNDS_MAX], theirs[BENCH_ROUNDS_MAX];

	per_second(users, n, 0);
	for (size_t i = 0; i < rounds; i++) {
		if (i % 2)
			theirs[i] = per_second(users, n, 1);
		mine[i] = per_second(users, n, 0);
		if (i % 2 == 0)
			theirs[i] = per_second(users, n, 1);
		ratio[i] = mine[i] / theirs[i];
	}
	bench_tell(name, baseline, bench_median(ratio, rounds), bench_median(mine, rounds),
		   bench_median(theirs, rounds));
}

int main(int argc, char **argv)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;
	size_t n = argc > 4 ? strtoul(argv[3], NULL, 10) : 0;
	struct user *users = calloc(THREADS_MAX, sizeof(*users));
	char name[64];

	if (!users || !n || n > THREADS_MAX)
		bench_die("usage: store ROW CONFIG THREADS TARGET");
	if (idbc_open(argv[2], &conn, &err))
		bench_die(err.text);
	for (size_t i = 0; i < n; i++)
		user_begin(&users[i], conn, argv + 4);
	snprintf(name, sizeof(name), n > 1 ? "get_user/%s@%zu" : "get_user/%s", argv[1], n);
	if (n > 1)
		threads_row(name, "a statement, by hand", users, n);
	else
		bench_row(name, "a statement, by hand",
			  &(struct bench_pair){ ours, users->bare, users, CLOCK_MONOTONIC });
	for (size_t i = 0; i < n; i++)
		user_end(&users[i]);
	free(users);
	return idbc_close(conn, 0) ? 1 : 0;
}
