/* drivers/odbc/statement.c - prepared statements: bind, run, read whole columns.
 *
 * Arguments stay bound where they can; a warm read is SQLExecute, SQLFetch and SQLFreeStmt.
 * Threads: the connection's; no lock.
 */
#include "statement.h"

#include <stdlib.h>

#define MSSQL_LONG 8000u        /* bytes */

int od_statement_memory(struct od_statement *s, struct sql_diag *diag)
{
	return od_diag_own(s->conn, "HY001", "out of memory", diag);
}

int od_statement_diag(struct od_statement *s, enum od_phase phase, struct sql_diag *diag)
{
	return od_diag(s->conn, SQL_HANDLE_STMT, s->handle, phase, diag);
}

/* --- preparing --------------------------------------------------------------------------- */

static int describe(struct od_statement *s, struct sql_diag *diag)
{
	SQLSMALLINT nargs = 0, ncols = 0;

	if (!SQL_SUCCEEDED(SQLNumParams(s->handle, &nargs)) ||
	    !SQL_SUCCEEDED(SQLNumResultCols(s->handle, &ncols)))
		return od_statement_diag(s, OD_HARMLESS, diag);
	s->nargs = (uint32_t)nargs;
	s->args = calloc((size_t)nargs + 1, sizeof(*s->args));
	if (!s->args)
		return od_statement_memory(s, diag);
	return od_columns_new(s, ncols, diag);
}

static int prepare(struct od_statement *s, const char *sql, struct sql_diag *diag)
{
	if (!SQL_SUCCEEDED(SQLPrepare(s->handle, (SQLCHAR *)sql, SQL_NTS)))
		return od_statement_diag(s, OD_HARMLESS, diag);
	return 0;
}

int od_prepare(void *conn, const char *sql, void **out, struct sql_diag *diag)
{
	struct od_connection *c = conn;
	struct od_statement *s = calloc(1, sizeof(*s));
	int failed;

	od_wait_from_now(c);
	if (!s)
		return od_diag_own(c, "HY001", "out of memory", diag);
	s->conn = c;
	s->reads = c->dialect != SQL_MSSQL && !strncmp(sql, "SELECT ", 7);
	s->packed_rows = !strncmp(sql, SQL_ROW_TEXT, sizeof(SQL_ROW_TEXT) - 1);
	s->next = c->statements;
	c->statements = s;
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, c->dbc, &s->handle)))
		failed = od_diag(c, SQL_HANDLE_DBC, c->dbc, OD_HARMLESS, diag);
	else
		while ((failed = prepare(s, sql, diag)) && od_busy(c, diag))
			;
	if (!failed)
		failed = describe(s, diag);
	if (failed)
		od_finish(s);
	else
		*out = s;
	return failed;
}

/* --- arguments ------------------------------------------------------------------------- */

/* What the driver is told a value is.  PostgreSQL knows better: its server has inferred the
 * type from the statement, and reads text as that.  psqlodbc takes long bytes for a large
 * object; SQL Server compares no long type. */
static SQLSMALLINT type_of(const struct od_statement *s, const struct idbc_value *v)
{
	int binary = v->kind == IDBC_KIND_BYTES;
	uint32_t dialect = s->conn->dialect;

	if (dialect == SQL_POSTGRESQL)
		return binary ? SQL_VARBINARY : SQL_LONGVARCHAR;
	if (dialect != SQL_MSSQL)
		return binary ? SQL_LONGVARBINARY : SQL_LONGVARCHAR;
	if (binary)
		return v->u.str.len > MSSQL_LONG ? SQL_LONGVARBINARY : SQL_VARBINARY;
	return v->u.str.len > MSSQL_LONG / 2 ? SQL_WLONGVARCHAR : SQL_WVARCHAR;
}

static SQLRETURN bind_bytes(struct od_statement *s, uint32_t i, const struct idbc_value *v)
{
	struct od_argument *arg = &s->args[i];
	int binary = v->kind == IDBC_KIND_BYTES;
	SQLULEN size = v->u.str.len ? v->u.str.len : 1;

	arg->len = (SQLLEN)v->u.str.len;
	return SQLBindParameter(s->handle, (SQLUSMALLINT)(i + 1), SQL_PARAM_INPUT,
				binary ? SQL_C_BINARY : SQL_C_CHAR,
				type_of(s, v), size, 0,
				(SQLPOINTER)(v->u.str.ptr ? v->u.str.ptr : ""), arg->len,
				&arg->len);
}

/* As what it can stay bound.  SQLite's driver keeps the length of bytes from the first run on. */
static enum od_held holds(const struct od_statement *s, const struct idbc_value *v)
{
	switch (v->kind) {
	case IDBC_KIND_NULL:
		return OD_HELD_NULL;
	case IDBC_KIND_BOOL:
	case IDBC_KIND_I64:
	case IDBC_KIND_TIME_US:
		return OD_HELD_INTEGER;
	case IDBC_KIND_BYTES:
		return OD_HELD_NOT;
	default:
		return s->reads && v->u.str.len < OD_KEPT_BYTES ? OD_HELD_TEXT : OD_HELD_NOT;
	}
}

static SQL_COLD SQLRETURN bind_value(struct od_statement *s, uint32_t i, const struct idbc_value *v,
				     enum od_held held)
{
	struct od_argument *arg = &s->args[i];
	SQLUSMALLINT at = (SQLUSMALLINT)(i + 1);

	switch (held) {
	case OD_HELD_NULL:
		return SQLBindParameter(s->handle, at, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 1,
					0, NULL, 0, &arg->len);
	case OD_HELD_INTEGER:
		return SQLBindParameter(s->handle, at, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT,
					20, 0, &arg->integer, sizeof(arg->integer), &arg->len);
	case OD_HELD_TEXT:
		return SQLBindParameter(s->handle, at, SQL_PARAM_INPUT, SQL_C_CHAR, type_of(s, v),
					OD_KEPT_BYTES, 0, arg->bytes, OD_KEPT_BYTES, &arg->len);
	default:
		return bind_bytes(s, i, v);
	}
}

/* psqlodbc would cut a text there, and PostgreSQL holds none; SQLite's driver cuts what it
 * reads. */
static int ends_at_nul(const struct od_connection *c)
{
	return c->dialect == SQL_POSTGRESQL || c->dialect == SQL_SQLITE;
}

static int has_nul(const struct od_statement *s, const struct idbc_value *v)
{
	return v->kind == IDBC_KIND_STR && v->u.str.len && ends_at_nul(s->conn) &&
	       memchr(v->u.str.ptr, 0, v->u.str.len);
}

/* Copies it to where it stays bound.  What ends with a NUL SQLite's driver need not copy. */
static void hold(const struct od_statement *s, struct od_argument *arg, const struct idbc_value *v,
		 enum od_held held)
{
	arg->len = 0;
	if (held == OD_HELD_INTEGER) {
		arg->integer = v->kind == IDBC_KIND_BOOL ? v->u.i64 != 0 : v->u.i64;
	} else if (held == OD_HELD_NULL) {
		arg->len = SQL_NULL_DATA;
	} else {
		if (v->u.str.len)
			memcpy(arg->bytes, v->u.str.ptr, v->u.str.len);
		arg->bytes[v->u.str.len] = '\0';
		arg->len = s->conn->dialect == SQL_SQLITE ? SQL_NTS : (SQLLEN)v->u.str.len;
	}
}

static int bind_argument(struct od_statement *s, uint32_t i, const struct idbc_value *v,
			 struct sql_diag *diag)
{
	struct od_argument *arg = &s->args[i];
	enum od_held held = holds(s, v);

	if (held != OD_HELD_NOT)
		hold(s, arg, v, held);
	if (held != OD_HELD_NOT && held == arg->held)
		return 0;
	arg->held = OD_HELD_NOT;
	if (!SQL_SUCCEEDED(bind_value(s, i, v, held)))
		return od_statement_diag(s, OD_HARMLESS, diag);
	arg->held = held;
	return 0;
}

static int bind_arguments(struct od_statement *s, const struct idbc_value *args,
			  uint32_t nargs, struct sql_diag *diag)
{
	if (nargs != s->nargs)
		return od_diag_own(s->conn, "07001",
				   "number of arguments differs from the statement's", diag);
	for (uint32_t i = 0; i < nargs; i++)
		if (has_nul(s, &args[i]))
			return od_diag_own(s->conn, "22021", "a NUL in a text", diag);
	for (uint32_t i = 0; i < nargs; i++)
		if (bind_argument(s, i, &args[i], diag))
			return -1;
	return 0;
}

/* --- running ----------------------------------------------------------------------------- */

/* Of a procedure nothing is known before it has run. */
static int came_late(struct od_statement *s, struct sql_diag *diag)
{
	SQLSMALLINT n = 0;

	if (s->ncols && !s->late)
		return 0;
	if (!SQL_SUCCEEDED(SQLNumResultCols(s->handle, &n)))
		return od_statement_diag(s, OD_STATEMENT, diag);
	if (!n && !s->late)
		return 0;
	s->late = 1;
	od_columns_free(s);
	return od_columns_new(s, n, diag);
}

/* What it does after its rows can fail, too. */
static int end_procedure(struct od_statement *s, struct sql_diag *diag)
{
	SQLRETURN rc;

	while (SQL_SUCCEEDED(rc = SQLMoreResults(s->handle)))
		;
	return rc == SQL_NO_DATA ? 0 : od_statement_diag(s, OD_STATEMENT, diag);
}

/* A driver that cannot count rows is of no use for writing: the caller rolls back. */
static int count_rows(struct od_statement *s, int64_t *rows, struct sql_diag *diag)
{
	SQLLEN n = -1;

	if (!SQL_SUCCEEDED(SQLRowCount(s->handle, &n)) || n < 0)
		return od_diag_own(s->conn, "HYC00", "the driver does not count rows", diag);
	*rows = n;
	return 0;
}

/* SQLite's driver knows the type of an expression from the first run on. */
static SQL_COLD int settle(struct od_statement *s, struct sql_diag *diag)
{
	od_columns_forget(s);
	s->settled = !od_columns_describe(s, diag);
	return s->settled ? 0 : -1;
}

/* Are the columns to be packed before the next run? */
static int is_ill_fitting(const struct od_statement *s)
{
	return s->bound && (s->fit == OD_FIT_SEEN || s->fit == OD_FIT_OUTGROWN);
}

int od_execute(void *stmt, const struct idbc_value *args, uint32_t nargs,
	       int64_t deadline_ns, int64_t *rows, struct sql_diag *diag)
{
	struct od_statement *s = stmt;

	s->conn->deadline_ns = deadline_ns;
	if (od_store_same(s->conn, 0, diag) || (is_ill_fitting(s) && od_columns_pack(s, diag)) ||
	    bind_arguments(s, args, nargs, diag) ||
	    od_run(s->conn, s->handle, NULL, OD_STATEMENT, diag) || came_late(s, diag))
		return -1;
	if (!s->ncols)
		return count_rows(s, rows, diag);
	*rows = 0;
	return s->conn->dialect != SQL_SQLITE || s->settled ? 0 : settle(s, diag);
}

/* A uuid, which drivers write in capitals and PostgreSQL in small letters. */
static void lower_hex(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] >= 'A' && bytes[i] <= 'F')
			bytes[i] += 'a' - 'A';
}

static int read_column(struct od_statement *s, uint32_t i, struct idbc_value *out,
		       struct sql_diag *diag)
{
	const struct od_column *col = &s->cols[i];
	SQLLEN told = s->told[i];
	size_t len = (size_t)told;
	int there = 1;

	memset(out, 0, sizeof(*out));
	if (s->bound && told == SQL_NULL_DATA)
		return 0;
	if (!s->bound || told < 0 || len + !col->binary > col->cap)
		there = od_column_read(s, i, &len, diag);
	if (there <= 0)
		return there;
	if (col->guid)
		lower_hex(col->bytes, len);
	out->kind = col->binary ? IDBC_KIND_BYTES : IDBC_KIND_STR;
	out->u.str.ptr = col->bytes;
	out->u.str.len = len;
	return 0;
}

static int read_columns(struct od_statement *s, struct idbc_value *cols, uint32_t ncols,
			struct sql_diag *diag)
{
	uint32_t n = ncols < s->ncols ? ncols : s->ncols;

	for (uint32_t i = 0; i < n; i++)
		if (read_column(s, i, &cols[i], diag))
			return -1;
	if (ncols > n)
		memset(&cols[n], 0, (ncols - n) * sizeof(cols[0]));
	return 0;
}

static int read_row(struct od_statement *s, struct idbc_value *cols, uint32_t ncols,
		    struct sql_diag *diag)
{
	struct idbc_value row;

	if (read_column(s, 0, &row, diag))
		return -1;
	if (row.kind != IDBC_KIND_STR ||
	    od_row_unpack(s->cols[0].bytes, row.u.str.len, cols, ncols))
		return od_diag_own(s->conn, "22000", "a row that is none", diag);
	return 0;
}

int od_fetch(void *stmt, struct idbc_value *cols, uint32_t ncols, struct sql_diag *diag)
{
	struct od_statement *s = stmt;
	SQLRETURN rc = s->ncols ? SQLFetch(s->handle) : SQL_NO_DATA;

	if (rc == SQL_NO_DATA)
		return s->late && s->ncols ? end_procedure(s, diag) : 0;
	if (!SQL_SUCCEEDED(rc))
		return od_statement_diag(s, OD_STATEMENT, diag);
	if (s->packed_rows ? read_row(s, cols, ncols, diag) : read_columns(s, cols, ncols, diag))
		return -1;
	if (s->fit == OD_FIT_GUESSED)
		s->fit = OD_FIT_SEEN;
	return 1;
}

void od_reset(void *stmt)
{
	struct od_statement *s = stmt;

	SQLFreeStmt(s->handle, SQL_CLOSE);
}

/* --- ending ------------------------------------------------------------------------------ */

static void unlink_statement(struct od_statement *s)
{
	struct od_statement **at = &s->conn->statements;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
}

static void finish(struct od_statement *s, int leave_handle)
{
	unlink_statement(s);
	if (s->handle && !leave_handle)
		SQLFreeHandle(SQL_HANDLE_STMT, s->handle);
	od_columns_free(s);
	if (s->args)
		explicit_bzero(s->args, s->nargs * sizeof(*s->args));
	free(s->args);
	free(s);
}

void od_finish(void *stmt)
{
	if (stmt)
		finish(stmt, 0);
}

void od_finish_all(struct od_connection *c, int leave_handles)
{
	while (c->statements)
		finish(c->statements, leave_handles);
}
