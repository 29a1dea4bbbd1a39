/* drivers/odbc/statement.c - prepared statements: bind, run, read whole columns.
 *
 * Each column is bound to a small buffer; what does not fit is read in pieces until the driver
 * says that this was the last: what a driver claims about widths is not believed.
 * Threads: the connection's; no lock.
 */
#include "handles.h"

#include <stdlib.h>

#define FIRST_BUFFER 256
#define MSSQL_LONG 8000u        /* bytes */

struct od_column {
	char *bytes;
	size_t cap, len;
	SQLLEN told;                    /* of a bound column: its length, or that it is NULL */
	int binary, guid, null;
};
struct od_argument {
	SQLLEN len;
	SQLBIGINT integer;
};
struct od_statement {
	struct od_connection *conn;
	struct od_statement *next;
	SQLHSTMT handle;
	uint32_t nargs, ncols;
	struct od_argument *args;
	struct od_column *cols;
	struct sql_column *shown;       /* as od_columns() told them; nshown of them */
	uint32_t nshown;
	int late;                       /* a procedure: its columns come with its rows */
	int settled;                    /* SQLite: the types of expressions are known */
	int bound;                      /* its columns are */
};

static int diag_memory(struct od_statement *s, struct sql_diag *diag)
{
	return od_diag_own(s->conn, "HY001", "out of memory", diag);
}

static int diag_statement(struct od_statement *s, enum od_phase phase, struct sql_diag *diag)
{
	return od_diag(s->conn, SQL_HANDLE_STMT, s->handle, phase, diag);
}

/* --- columns --------------------------------------------------------------------------- */

/* BIT is a byte with MariaDB; elsewhere it is how a driver calls a boolean. */
static int is_binary(const struct od_statement *s, SQLSMALLINT type)
{
	uint32_t dialect = s->conn->dialect;

	switch (type) {
	case SQL_BINARY:
	case SQL_VARBINARY:
	case SQL_LONGVARBINARY:
		return 1;
	case SQL_BIT:
		return dialect == SQL_MARIADB || dialect == SQL_MYSQL;
	default:
		return 0;
	}
}

/* Where that fails nothing stays bound, least of all a buffer that is gone. */
static int bind_column(struct od_statement *s, uint32_t i, struct sql_diag *diag)
{
	struct od_column *col = &s->cols[i];

	if (!s->bound || SQL_SUCCEEDED(SQLBindCol(s->handle, (SQLUSMALLINT)(i + 1),
						  col->binary ? SQL_C_BINARY : SQL_C_CHAR,
						  col->bytes, (SQLLEN)col->cap, &col->told)))
		return 0;
	diag_statement(s, OD_STATEMENT, diag);
	SQLFreeStmt(s->handle, SQL_UNBIND);
	s->bound = 0;
	return -1;
}

/* Untested with SQL Server's drivers, which let nothing be read out of its order; the columns
 * of a procedure come too late. */
static int describe_columns(struct od_statement *s, struct sql_diag *diag)
{
	s->bound = !s->late && s->conn->dialect != SQL_MSSQL;
	for (uint32_t i = 0; i < s->ncols; i++) {
		SQLCHAR name[8];
		SQLSMALLINT len, type = SQL_VARCHAR, digits, nullable;
		SQLULEN size;

		if (!SQL_SUCCEEDED(SQLDescribeCol(s->handle, (SQLUSMALLINT)(i + 1), name,
						  sizeof(name), &len, &type, &size, &digits,
						  &nullable)))
			return diag_statement(s, OD_HARMLESS, diag);
		s->cols[i].binary = is_binary(s, type);
		s->cols[i].guid = type == SQL_GUID;
		if (bind_column(s, i, diag))
			return -1;
	}
	return 0;
}

static int columns_new(struct od_statement *s, SQLSMALLINT n, struct sql_diag *diag)
{
	s->cols = calloc((size_t)n + 1, sizeof(*s->cols));
	if (!s->cols)
		return diag_memory(s, diag);
	s->ncols = (uint32_t)n;
	for (uint32_t i = 0; i < s->ncols; i++) {
		s->cols[i].bytes = malloc(FIRST_BUFFER);
		if (!s->cols[i].bytes)
			return diag_memory(s, diag);
		s->cols[i].cap = FIRST_BUFFER;
	}
	return describe_columns(s, diag);
}

static int describe(struct od_statement *s, struct sql_diag *diag)
{
	SQLSMALLINT nargs = 0, ncols = 0;

	if (!SQL_SUCCEEDED(SQLNumParams(s->handle, &nargs)) ||
	    !SQL_SUCCEEDED(SQLNumResultCols(s->handle, &ncols)))
		return diag_statement(s, OD_HARMLESS, diag);
	s->nargs = (uint32_t)nargs;
	s->args = calloc((size_t)nargs + 1, sizeof(*s->args));
	if (!s->args)
		return diag_memory(s, diag);
	return columns_new(s, ncols, diag);
}

static int prepare(struct od_statement *s, const char *sql, struct sql_diag *diag)
{
	if (!SQL_SUCCEEDED(SQLPrepare(s->handle, (SQLCHAR *)sql, SQL_NTS)))
		return diag_statement(s, OD_HARMLESS, diag);
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

static SQLRETURN bind_value(struct od_statement *s, uint32_t i, const struct idbc_value *v)
{
	struct od_argument *arg = &s->args[i];
	SQLUSMALLINT at = (SQLUSMALLINT)(i + 1);

	switch (v->kind) {
	case IDBC_KIND_NULL:
		arg->len = SQL_NULL_DATA;
		return SQLBindParameter(s->handle, at, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 1,
					0, NULL, 0, &arg->len);
	case IDBC_KIND_BOOL:
	case IDBC_KIND_I64:
	case IDBC_KIND_TIME_US:
		arg->len = 0;
		arg->integer = v->kind == IDBC_KIND_BOOL ? v->u.i64 != 0 : v->u.i64;
		return SQLBindParameter(s->handle, at, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT,
					20, 0, &arg->integer, sizeof(arg->integer), &arg->len);
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

static int bind_arguments(struct od_statement *s, const struct idbc_value *args,
			  uint32_t nargs, struct sql_diag *diag)
{
	if (nargs != s->nargs)
		return od_diag_own(s->conn, "07001",
				   "number of arguments differs from the statement's", diag);
	for (uint32_t i = 0; i < nargs; i++)
		if (ends_at_nul(s->conn) && args[i].kind == IDBC_KIND_STR &&
		    args[i].u.str.len && memchr(args[i].u.str.ptr, 0, args[i].u.str.len))
			return od_diag_own(s->conn, "22021", "a NUL in a text", diag);
	for (uint32_t i = 0; i < nargs; i++)
		if (!SQL_SUCCEEDED(bind_value(s, i, &args[i])))
			return diag_statement(s, OD_HARMLESS, diag);
	return 0;
}

/* --- the columns of an answer, for those who do not know them -------------------------- */

static uint32_t answer_kind(const struct od_statement *s, SQLSMALLINT type)
{
	switch (type) {
	case SQL_TINYINT:
	case SQL_SMALLINT:
	case SQL_INTEGER:
	case SQL_BIGINT:
		return SQL_ANSWER_INTEGER;
	case SQL_BIT:
		return is_binary(s, type) ? SQL_ANSWER_OTHER : SQL_ANSWER_BOOL;
	default:
		return SQL_ANSWER_OTHER;
	}
}

/* As a name SQLite's driver gives what follows a dot, as a label the whole. */
static int show_column(struct od_statement *s, uint32_t i, struct sql_diag *diag)
{
	SQLCHAR name[1024] = "", label[1024] = "";
	SQLSMALLINT len, type = SQL_VARCHAR, digits, nullable;
	SQLUSMALLINT at = (SQLUSMALLINT)(i + 1);
	SQLULEN size;
	SQLLEN number;

	if (!SQL_SUCCEEDED(SQLDescribeCol(s->handle, at, name, sizeof(name), &len, &type, &size,
					  &digits, &nullable)))
		return diag_statement(s, OD_HARMLESS, diag);
	if (s->conn->dialect == SQL_SQLITE &&
	    !SQL_SUCCEEDED(SQLColAttribute(s->handle, at, SQL_DESC_LABEL, label, sizeof(label),
					   &len, &number)))
		label[0] = '\0';
	s->shown[i].kind = answer_kind(s, type);
	s->shown[i].name = strndup((char *)(*label ? label : name), sizeof(name));
	return s->shown[i].name ? 0 : diag_memory(s, diag);
}

static void columns_forget(struct od_statement *s)
{
	for (uint32_t i = 0; s->shown && i < s->nshown; i++)
		free((char *)s->shown[i].name);
	free(s->shown);
	s->shown = NULL;
	s->nshown = 0;
}

int od_columns(void *stmt, const struct sql_column **cols, uint32_t *n, struct sql_diag *diag)
{
	struct od_statement *s = stmt;

	if (s->nshown != s->ncols) {
		columns_forget(s);
		s->shown = calloc(s->ncols, sizeof(*s->shown));
		if (!s->shown)
			return diag_memory(s, diag);
		for (; s->nshown < s->ncols; s->nshown++)
			if (show_column(s, s->nshown, diag))
				return -1;
	}
	*cols = s->shown;
	*n = s->ncols;
	return 0;
}

static void columns_free(struct od_statement *s)
{
	for (uint32_t i = 0; s->cols && i < s->ncols; i++) {
		if (s->cols[i].bytes)
			explicit_bzero(s->cols[i].bytes, s->cols[i].cap);
		free(s->cols[i].bytes);
	}
	free(s->cols);
	s->cols = NULL;
	s->ncols = 0;
	columns_forget(s);
}

/* Of a procedure nothing is known before it has run. */
static int came_late(struct od_statement *s, struct sql_diag *diag)
{
	SQLSMALLINT n = 0;

	if (s->ncols && !s->late)
		return 0;
	if (!SQL_SUCCEEDED(SQLNumResultCols(s->handle, &n)))
		return diag_statement(s, OD_STATEMENT, diag);
	if (!n && !s->late)
		return 0;
	s->late = 1;
	columns_free(s);
	return columns_new(s, n, diag);
}

/* What it does after its rows can fail, too. */
static int end_procedure(struct od_statement *s, struct sql_diag *diag)
{
	SQLRETURN rc;

	while (SQL_SUCCEEDED(rc = SQLMoreResults(s->handle)))
		;
	return rc == SQL_NO_DATA ? 0 : diag_statement(s, OD_STATEMENT, diag);
}

/* --- running ----------------------------------------------------------------------------- */

/* A driver that cannot count rows is of no use for writing: the caller rolls back. */
static int count_rows(struct od_statement *s, int64_t *rows, struct sql_diag *diag)
{
	SQLLEN n = -1;

	if (!SQL_SUCCEEDED(SQLRowCount(s->handle, &n)) || n < 0)
		return od_diag_own(s->conn, "HYC00", "the driver does not count rows", diag);
	*rows = n;
	return 0;
}

int od_execute(void *stmt, const struct idbc_value *args, uint32_t nargs,
	       int64_t deadline_ns, int64_t *rows, struct sql_diag *diag)
{
	struct od_statement *s = stmt;

	s->conn->deadline_ns = deadline_ns;
	if (od_store_same(s->conn, 0, diag) || bind_arguments(s, args, nargs, diag) ||
	    od_run(s->conn, s->handle, NULL, OD_STATEMENT, diag) || came_late(s, diag))
		return -1;
	if (!s->ncols)
		return count_rows(s, rows, diag);
	*rows = 0;
	/* SQLite's driver knows the type of an expression from the first run on. */
	if (s->conn->dialect != SQL_SQLITE || s->settled)
		return 0;
	columns_forget(s);
	s->settled = !describe_columns(s, diag);
	return s->settled ? 0 : -1;
}

static int grow(struct od_statement *s, struct od_column *col, size_t need,
		struct sql_diag *diag)
{
	char *bytes = malloc(need);

	if (!bytes)
		return diag_memory(s, diag);
	memcpy(bytes, col->bytes, col->len);
	explicit_bzero(col->bytes, col->cap);
	free(col->bytes);
	col->bytes = bytes;
	col->cap = need;
	return 0;
}

/* One piece.  1: there is more; 0: that was the last; -1. */
static int read_piece(struct od_statement *s, uint32_t i, struct sql_diag *diag)
{
	struct od_column *col = &s->cols[i];
	size_t end = col->binary ? 0 : 1, room = col->cap - col->len - end, more;
	SQLLEN left = 0;
	SQLRETURN rc = SQLGetData(s->handle, (SQLUSMALLINT)(i + 1),
				  col->binary ? SQL_C_BINARY : SQL_C_CHAR, col->bytes + col->len,
				  (SQLLEN)(col->cap - col->len), &left);

	if (rc == SQL_NO_DATA)
		return 0;
	if (!SQL_SUCCEEDED(rc))
		return diag_statement(s, OD_STATEMENT, diag);
	if (left == SQL_NULL_DATA) {
		col->null = 1;
		return 0;
	}
	if (left >= 0 && (size_t)left <= room) {
		col->len += (size_t)left;
		return 0;
	}
	if (left == SQL_NO_TOTAL && rc == SQL_SUCCESS && end) {
		col->len += strlen(col->bytes + col->len);
		return 0;
	}
	more = left == SQL_NO_TOTAL ? col->cap : (size_t)left - room;
	col->len += room;
	return grow(s, col, col->cap + more + 1, diag) ? -1 : 1;
}

/* A uuid, which drivers write in capitals and PostgreSQL in small letters. */
static void lower_hex(struct od_column *col)
{
	for (size_t i = 0; i < col->len; i++)
		if (col->bytes[i] >= 'A' && col->bytes[i] <= 'F')
			col->bytes[i] += 'a' - 'A';
}

static int read_pieces(struct od_statement *s, uint32_t i, struct sql_diag *diag)
{
	const char *bytes = s->cols[i].bytes;
	int more;

	do
		more = read_piece(s, i, diag);
	while (more > 0);
	if (s->cols[i].bytes != bytes && bind_column(s, i, diag))
		return -1;
	return more;
}

/* 1: the whole of it was fetched with its row. */
static int is_fetched(const struct od_statement *s, struct od_column *col)
{
	col->null = s->bound && col->told == SQL_NULL_DATA;
	col->len = 0;
	if (!s->bound || col->null)
		return col->null;
	if (col->told < 0 || (size_t)col->told + !col->binary > col->cap)
		return 0;
	col->len = (size_t)col->told;
	return 1;
}

static int read_column(struct od_statement *s, uint32_t i, struct idbc_value *out,
		       struct sql_diag *diag)
{
	struct od_column *col = &s->cols[i];

	memset(out, 0, sizeof(*out));
	if (!is_fetched(s, col) && read_pieces(s, i, diag))
		return -1;
	if (col->null)
		return 0;
	if (col->guid)
		lower_hex(col);
	out->kind = col->binary ? IDBC_KIND_BYTES : IDBC_KIND_STR;
	out->u.str.ptr = col->bytes;
	out->u.str.len = col->len;
	return 0;
}

int od_fetch(void *stmt, struct idbc_value *cols, uint32_t ncols, struct sql_diag *diag)
{
	struct od_statement *s = stmt;
	SQLRETURN rc = s->ncols ? SQLFetch(s->handle) : SQL_NO_DATA;

	if (rc == SQL_NO_DATA)
		return s->late && s->ncols ? end_procedure(s, diag) : 0;
	if (!SQL_SUCCEEDED(rc))
		return diag_statement(s, OD_STATEMENT, diag);
	for (uint32_t i = 0; i < ncols; i++) {
		if (i >= s->ncols)
			memset(&cols[i], 0, sizeof(cols[i]));
		else if (read_column(s, i, &cols[i], diag))
			return -1;
	}
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
	columns_free(s);
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
