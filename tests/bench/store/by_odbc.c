/* tests/bench/store/by_odbc.c - rows read and written by hand over unixODBC.
 * Threads: a caller's session is its own; the environment is common, made before any thread.
 */
#include <sql.h>
#include <sqlext.h>
#include "store.h"

struct by_odbc {
	SQLHDBC dbc;
	SQLHSTMT prepared;
};

static void must(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE handle)
{
	SQLCHAR state[6] = "", text[256] = "nothing to be read";
	SQLINTEGER native;
	SQLSMALLINT len;

	if (SQL_SUCCEEDED(rc))
		return;
	SQLGetDiagRec(type, handle, 1, state, &native, text, sizeof(text), &len);
	bench_die((char *)text);
}

static void read_row(void *ctx)
{
	struct caller *c = ctx;
	SQLHSTMT prepared = ((struct by_odbc *)c->session)->prepared;

	caller_next(c);
	must(SQLExecute(prepared), SQL_HANDLE_STMT, prepared);
	must(SQLFetch(prepared), SQL_HANDLE_STMT, prepared);
	if (SQLFetch(prepared) != SQL_NO_DATA)
		bench_die("more than one row");
	SQLFreeStmt(prepared, SQL_CLOSE);
}

static void insert_batch(void *ctx)
{
	struct caller *c = ctx;
	struct by_odbc *by = c->session;

	for (int i = 0; i < NEW_BATCH; i++) {
		caller_new_user(c);
		must(SQLExecute(by->prepared), SQL_HANDLE_STMT, by->prepared);
	}
	must(SQLEndTran(SQL_HANDLE_DBC, by->dbc, SQL_COMMIT), SQL_HANDLE_DBC, by->dbc);
}

static void bind_new(struct caller *c, struct by_odbc *by)
{
	for (SQLUSMALLINT i = 0; i < NEW_COLUMNS; i++)
		must(SQLBindParameter(by->prepared, (SQLUSMALLINT)(i + 1), SQL_PARAM_INPUT,
				      SQL_C_CHAR, SQL_VARCHAR, WIDTH, 0, c->fresh.bytes[i], WIDTH,
				      (SQLLEN *)&c->fresh.left[i]), SQL_HANDLE_STMT, by->prepared);
	must(SQLSetConnectAttr(by->dbc, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_OFF, 0),
	     SQL_HANDLE_DBC, by->dbc);
	c->bare = insert_batch;
}

static void bind(struct caller *c, SQLHSTMT prepared)
{
	must(SQLBindParameter(prepared, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR,
			      sizeof(c->email), 0, c->email, sizeof(c->email), (SQLLEN *)&c->left),
	     SQL_HANDLE_STMT, prepared);
	for (SQLUSMALLINT i = 0; i < COLUMNS; i++)
		must(SQLBindCol(prepared, (SQLUSMALLINT)(i + 1), SQL_C_CHAR, c->answer.bytes[i],
				WIDTH, (SQLLEN *)&c->answer.left[i]), SQL_HANDLE_STMT, prepared);
}

void by_odbc_begin(struct caller *c)
{
	static SQLHENV env;
	struct by_odbc *by = calloc(1, sizeof(*by));
	char sql[1024];

	if (!by)
		bench_die("no memory");
	c->session = by;
	c->bare = read_row;
	if (!env) {
		SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
		SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	}
	SQLAllocHandle(SQL_HANDLE_DBC, env, &by->dbc);
	must(SQLDriverConnect(by->dbc, NULL, (SQLCHAR *)c->plan->odbc, SQL_NTS, NULL, 0, NULL,
			      SQL_DRIVER_NOPROMPT), SQL_HANDLE_DBC, by->dbc);
	SQLAllocHandle(SQL_HANDLE_STMT, by->dbc, &by->prepared);
	if (c->plan->import)
		snprintf(sql, sizeof(sql), "INSERT INTO %s " INSERT_LIST, c->plan->table);
	else
		snprintf(sql, sizeof(sql), COLUMN_LIST "%s WHERE %s", c->plan->table, c->plan->where);
	must(SQLPrepare(by->prepared, (SQLCHAR *)sql, SQL_NTS), SQL_HANDLE_STMT, by->prepared);
	if (c->plan->import)
		bind_new(c, by);
	else
		bind(c, by->prepared);
}

void by_odbc_end(struct caller *c)
{
	struct by_odbc *by = c->session;

	SQLFreeHandle(SQL_HANDLE_STMT, by->prepared);
	SQLDisconnect(by->dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, by->dbc);
	free(by);
}
