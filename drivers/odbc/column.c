/* drivers/odbc/column.c - the columns of an answer: what they are, and where they are read to.
 *
 * Each is bound to a small buffer; what does not fit is read in pieces until the driver says that
 * this was the last: what a driver claims about widths is not believed.  Once a row was seen the
 * buffers lie side by side and are about as wide as that row: drivers fill them up with zeroes,
 * and every line of cache they lie in is fetched for every call.
 * Threads: the connection's; no lock.
 */
#include "statement.h"

#include <stdlib.h>

#define WIDEST 256u             /* of those that lie side by side */
#define NARROWEST 16u
#define PACKS_MAX 16

/* --- types ----------------------------------------------------------------------------- */

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
						  col->bytes, (SQLLEN)col->cap, &s->told[i])))
		return 0;
	od_statement_diag(s, OD_STATEMENT, diag);
	SQLFreeStmt(s->handle, SQL_UNBIND);
	s->bound = 0;
	return -1;
}

/* Untested with SQL Server's drivers, which let nothing be read out of its order; the columns
 * of a procedure come too late. */
int od_columns_describe(struct od_statement *s, struct sql_diag *diag)
{
	s->bound = !s->late && s->conn->dialect != SQL_MSSQL;
	for (uint32_t i = 0; i < s->ncols; i++) {
		SQLCHAR name[8];
		SQLSMALLINT len, type = SQL_VARCHAR, digits, nullable;
		SQLULEN size;

		if (!SQL_SUCCEEDED(SQLDescribeCol(s->handle, (SQLUSMALLINT)(i + 1), name,
						  sizeof(name), &len, &type, &size, &digits,
						  &nullable)))
			return od_statement_diag(s, OD_HARMLESS, diag);
		s->cols[i].binary = (unsigned char)is_binary(s, type);
		s->cols[i].guid = type == SQL_GUID;
		if (bind_column(s, i, diag))
			return -1;
	}
	return 0;
}

int od_columns_new(struct od_statement *s, SQLSMALLINT n, struct sql_diag *diag)
{
	size_t most = (size_t)n + 1;

	s->told = calloc(most, sizeof(*s->told) + sizeof(*s->cols));
	s->packed = malloc(most * WIDEST);
	if (!s->told || !s->packed)
		return od_statement_memory(s, diag);
	s->npacked = most * WIDEST;
	s->cols = (void *)(s->told + most);
	s->ncols = (uint32_t)n;
	s->fit = OD_FIT_GUESSED;
	for (uint32_t i = 0; i < s->ncols; i++) {
		s->cols[i].bytes = s->packed + (size_t)i * WIDEST;
		s->cols[i].cap = WIDEST;
	}
	return od_columns_describe(s, diag);
}

static void wipe(char *bytes, size_t n)
{
	if (bytes)
		explicit_bzero(bytes, n);
	free(bytes);
}

void od_columns_free(struct od_statement *s)
{
	for (uint32_t i = 0; i < s->ncols; i++)
		if (s->cols[i].own)
			wipe(s->cols[i].bytes, s->cols[i].cap);
	wipe(s->packed, s->npacked);
	free(s->told);
	s->told = NULL;
	s->cols = NULL;
	s->packed = NULL;
	s->ncols = 0;
	od_columns_forget(s);
}

/* --- side by side ------------------------------------------------------------------------ */

/* Is it too wide to lie among others? */
static int stays_alone(const struct od_column *col)
{
	return col->own && col->cap > WIDEST;
}

/* Half as much again as was needed. */
static uint32_t width(const struct od_statement *s, uint32_t i)
{
	SQLLEN told = s->told[i];
	uint32_t need = s->cols[i].cap;

	if (s->fit == OD_FIT_SEEN && !s->cols[i].own)
		need = told < 0 || told >= (SQLLEN)WIDEST ? 0 : (uint32_t)told + 1;
	else if (!s->cols[i].own)
		return need;
	need = (need + need / 2 + 7) / 8 * 8;
	if (s->packs > PACKS_MAX || need > WIDEST)
		return WIDEST;
	return need < NARROWEST ? NARROWEST : need;
}

static void place(struct od_statement *s, uint32_t i, char *at, uint32_t cap)
{
	struct od_column *col = &s->cols[i];

	if (col->own)
		wipe(col->bytes, col->cap);
	col->own = 0;
	col->bytes = at;
	col->cap = cap;
}

int od_columns_pack(struct od_statement *s, struct sql_diag *diag)
{
	size_t total = 1, at = 0;
	char *packed;

	s->packs += s->packs <= PACKS_MAX;
	for (uint32_t i = 0; i < s->ncols; i++)
		total += stays_alone(&s->cols[i]) ? 0 : width(s, i);
	packed = malloc(total);
	if (!packed)
		return od_statement_memory(s, diag);
	for (uint32_t i = 0; i < s->ncols; i++) {
		uint32_t cap = width(s, i);

		if (stays_alone(&s->cols[i]))
			continue;
		place(s, i, packed + at, cap);
		at += cap;
	}
	wipe(s->packed, s->npacked);
	s->packed = packed;
	s->npacked = total;
	s->fit = OD_FIT_PACKED;
	for (uint32_t i = 0; i < s->ncols; i++)
		if (bind_column(s, i, diag))
			return -1;
	return 0;
}

/* --- what did not fit ---------------------------------------------------------------------- */

static int grow(struct od_statement *s, struct od_column *col, size_t len, size_t need,
		struct sql_diag *diag)
{
	char *bytes = need <= UINT32_MAX ? malloc(need) : NULL;

	if (!bytes)
		return od_statement_memory(s, diag);
	memcpy(bytes, col->bytes, len);
	if (col->own)
		wipe(col->bytes, col->cap);
	col->own = 1;
	col->bytes = bytes;
	col->cap = (uint32_t)need;
	return 0;
}

enum piece { LAST, MORE, ABSENT };

/* One piece, behind what has come.  -1, or what it was. */
static int read_piece(struct od_statement *s, uint32_t i, size_t *len, struct sql_diag *diag)
{
	struct od_column *col = &s->cols[i];
	size_t end = col->binary ? 0 : 1, room = col->cap - *len - end, more;
	SQLLEN left = 0;
	SQLRETURN rc = SQLGetData(s->handle, (SQLUSMALLINT)(i + 1),
				  col->binary ? SQL_C_BINARY : SQL_C_CHAR, col->bytes + *len,
				  (SQLLEN)(col->cap - *len), &left);

	if (rc == SQL_NO_DATA)
		return LAST;
	if (!SQL_SUCCEEDED(rc))
		return od_statement_diag(s, OD_STATEMENT, diag);
	if (left == SQL_NULL_DATA)
		return ABSENT;
	if (left >= 0 && (size_t)left <= room) {
		*len += (size_t)left;
		return LAST;
	}
	if (left == SQL_NO_TOTAL && rc == SQL_SUCCESS && end) {
		*len += strlen(col->bytes + *len);
		return LAST;
	}
	more = left == SQL_NO_TOTAL ? col->cap : (size_t)left - room;
	*len += room;
	more += col->cap + 1;
	return grow(s, col, *len, more + more / 4, diag) ? -1 : MORE;
}

int od_column_read(struct od_statement *s, uint32_t i, size_t *len, struct sql_diag *diag)
{
	const char *bytes = s->cols[i].bytes;
	int piece;

	*len = 0;
	do
		piece = read_piece(s, i, len, diag);
	while (piece == MORE);
	if (s->cols[i].bytes != bytes) {
		s->fit = OD_FIT_OUTGROWN;
		if (bind_column(s, i, diag))
			return -1;
	}
	return piece < 0 ? -1 : piece != ABSENT;
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
		return od_statement_diag(s, OD_HARMLESS, diag);
	if (s->conn->dialect == SQL_SQLITE &&
	    !SQL_SUCCEEDED(SQLColAttribute(s->handle, at, SQL_DESC_LABEL, label, sizeof(label),
					   &len, &number)))
		label[0] = '\0';
	s->shown[i].kind = answer_kind(s, type);
	s->shown[i].name = strndup((char *)(*label ? label : name), sizeof(name));
	return s->shown[i].name ? 0 : od_statement_memory(s, diag);
}

void od_columns_forget(struct od_statement *s)
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
		od_columns_forget(s);
		s->shown = calloc(s->ncols, sizeof(*s->shown));
		if (!s->shown)
			return od_statement_memory(s, diag);
		for (; s->nshown < s->ncols; s->nshown++)
			if (show_column(s, s->nshown, diag))
				return -1;
	}
	*cols = s->shown;
	*n = s->ncols;
	return 0;
}
