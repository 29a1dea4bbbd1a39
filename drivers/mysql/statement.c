/* drivers/mysql/statement.c - prepared statements: bind, run, fetch whole columns.
 *
 * Results are read to their end at once, so that other statements may run between two
 * fetches.  Each column has a small buffer; what does not fit is fetched a second time
 * into one that does.  Threads: the connection's; no lock.
 */
#include "column.h"

#include <stdlib.h>
#include <errmsg.h>
#include <mysqld_error.h>

#define FIRST_BUFFER 256u
#define KEPT_BYTES 256u         /* of an argument that stays bound */

struct my_argument {
	char bytes[KEPT_BYTES];         /* a short text of a read: identifiers, not passwords */
	unsigned long len;
	int kept;                       /* these bytes are bound */
	signed char flag;               /* of a BOOL */
};
struct my_statement {
	struct my_connection *conn;
	struct my_statement *next;
	MYSQL_STMT *handle;
	uint32_t nparams, ncols;
	MYSQL_BIND *params, *results;
	struct my_argument *args;
	struct my_column *cols;
	struct sql_column *shown;       /* the columns as others see them */
	int rebind;                     /* buffers are new, or one has grown */
	int late;                       /* a procedure: its columns come with its rows */
	int nameless;                   /* the client library knows no names of columns any more */
	int reads;                      /* a SELECT: whether it was sent does not matter */
	uint64_t left;                  /* rows that were not fetched yet; not of a procedure */
};

static int diag_statement(const struct my_statement *s, enum my_phase phase,
			  struct sql_diag *diag)
{
	return my_diag(s->conn, mysql_stmt_errno(s->handle), mysql_stmt_sqlstate(s->handle),
		       mysql_stmt_error(s->handle), phase, diag);
}

static int diag_memory(const struct my_statement *s, struct sql_diag *diag)
{
	return my_diag(s->conn, CR_OUT_OF_MEMORY, "HY001", "out of memory", MY_HARMLESS, diag);
}

/* The client library keeps what is bound from one run to the next. */
static int bind_columns(struct my_statement *s)
{
	for (uint32_t i = 0; i < s->ncols; i++)
		my_column_bind(&s->cols[i], &s->results[i]);
	s->rebind = 0;
	return mysql_stmt_bind_result(s->handle, s->results) != 0;
}

static void columns_free(struct my_statement *s)
{
	for (uint32_t i = 0; s->cols && i < s->ncols; i++) {
		if (s->cols[i].bytes)
			explicit_bzero(s->cols[i].bytes, s->cols[i].cap);
		free(s->cols[i].bytes);
	}
	for (uint32_t i = 0; s->shown && i < s->ncols; i++)
		free((char *)s->shown[i].name);
	free(s->cols);
	free(s->shown);
	free(s->results);
	s->cols = NULL;
	s->shown = NULL;
	s->results = NULL;
	s->ncols = 0;
}

static int columns_new(struct my_statement *s, MYSQL_RES *meta)
{
	s->ncols = mysql_num_fields(meta);
	s->rebind = 1;
	s->cols = calloc(s->ncols, sizeof(*s->cols));
	s->shown = calloc(s->ncols, sizeof(*s->shown));
	s->results = calloc(s->ncols, sizeof(*s->results));
	if (!s->cols || !s->shown || !s->results)
		return -1;
	for (uint32_t i = 0; i < s->ncols; i++) {
		const MYSQL_FIELD *field = mysql_fetch_field_direct(meta, i);

		s->shown[i].name = strdup(field->name ? field->name : "");
		s->shown[i].kind = my_answer_kind(field);
		if (!s->shown[i].name)
			return -1;
		my_column_describe(&s->cols[i], field);
		s->cols[i].bytes = malloc(FIRST_BUFFER);
		if (!s->cols[i].bytes)
			return -1;
		s->cols[i].cap = FIRST_BUFFER;
	}
	return 0;
}

static int describe_answer(struct my_statement *s)
{
	MYSQL_RES *meta = mysql_stmt_result_metadata(s->handle);
	int failed;

	if (!meta)
		return 0;
	failed = columns_new(s, meta);
	mysql_free_result(meta);
	return failed;
}

static int describe(struct my_statement *s)
{
	s->nparams = (uint32_t)mysql_stmt_param_count(s->handle);
	s->params = calloc(s->nparams + 1, sizeof(*s->params));
	s->args = calloc(s->nparams + 1, sizeof(*s->args));
	if (!s->params || !s->args)
		return -1;
	return describe_answer(s);
}

int my_prepare(void *conn, const char *sql, void **out, struct sql_diag *diag)
{
	struct my_connection *c = conn;
	struct my_statement *s = calloc(1, sizeof(*s));

	if (!s)
		return my_diag(c, CR_OUT_OF_MEMORY, "HY001", "out of memory", MY_HARMLESS, diag);
	s->conn = c;
	s->reads = !strncmp(sql, "SELECT ", 7);
	s->next = c->statements;
	c->statements = s;
	s->handle = mysql_stmt_init(c->mysql);
	if (!s->handle)
		diag_memory(s, diag);
	else if (my_still_there(c, diag))
		;
	else if (mysql_stmt_prepare(s->handle, sql, (unsigned long)strlen(sql)))
		diag_statement(s, MY_HARMLESS, diag);
	else if (describe(s))
		diag_memory(s, diag);
	else {
		*out = s;
		return 0;
	}
	my_finish(s);
	return -1;
}

static void bind_kept(MYSQL_BIND *b, struct my_argument *arg)
{
	memset(b, 0, sizeof(*b));
	b->buffer_type = MYSQL_TYPE_STRING;
	b->buffer = arg->bytes;
	b->buffer_length = sizeof(arg->bytes);
	b->length = &arg->len;
}

/* 1: bound as before, and its bytes are there. */
static int is_kept(struct my_statement *s, uint32_t i, const struct idbc_value *value)
{
	struct my_argument *arg = &s->args[i];
	int before = arg->kept;

	arg->kept = 0;
	if (!s->reads || value->kind != IDBC_KIND_STR || value->u.str.len > sizeof(arg->bytes))
		return 0;
	arg->len = (unsigned long)value->u.str.len;
	if (arg->len)
		memcpy(arg->bytes, value->u.str.ptr, arg->len);
	arg->kept = 1;
	return before;
}

static void bind_value(struct my_statement *s, uint32_t i, const struct idbc_value *value)
{
	MYSQL_BIND *b = &s->params[i];

	if (s->args[i].kept) {
		bind_kept(b, &s->args[i]);
		return;
	}
	memset(b, 0, sizeof(*b));
	switch (value->kind) {
	case IDBC_KIND_NULL:
		b->buffer_type = MYSQL_TYPE_NULL;
		break;
	case IDBC_KIND_BOOL:
		s->args[i].flag = value->u.i64 != 0;
		b->buffer_type = MYSQL_TYPE_TINY;
		b->buffer = &s->args[i].flag;
		break;
	case IDBC_KIND_I64:
	case IDBC_KIND_TIME_US:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = (void *)&value->u.i64;
		break;
	default:
		b->buffer_type = value->kind == IDBC_KIND_BYTES ? MYSQL_TYPE_BLOB
								: MYSQL_TYPE_STRING;
		b->buffer = (void *)(value->u.str.ptr ? value->u.str.ptr : "");
		b->buffer_length = (unsigned long)value->u.str.len;
		b->length = &b->buffer_length;
	}
}

static int bind_arguments(struct my_statement *s, const struct idbc_value *args,
			  uint32_t nargs, struct sql_diag *diag)
{
	uint32_t kept = 0;

	if (nargs != s->nparams)
		return my_diag(s->conn, CR_PARAMS_NOT_BOUND, "07001",
			       "number of arguments differs from the statement's",
			       MY_HARMLESS, diag);
	for (uint32_t i = 0; i < nargs; i++)
		kept += is_kept(s, i, &args[i]) != 0;
	if (kept == nargs)
		return 0;
	for (uint32_t i = 0; i < nargs; i++)
		bind_value(s, i, &args[i]);
	if (!mysql_stmt_bind_param(s->handle, s->params))
		return 0;
	for (uint32_t i = 0; i < nargs; i++)
		s->args[i].kept = 0;
	return diag_statement(s, MY_HARMLESS, diag);
}

/* A statement that a time limit or KILL QUERY ended may say so only here. */
static int store_rows(struct my_statement *s, struct sql_diag *diag)
{
	if ((s->rebind && bind_columns(s)) ||
	    mysql_stmt_store_result(s->handle) || mysql_stmt_errno(s->handle))
		return diag_statement(s, MY_STATEMENT, diag);
	s->left = mysql_stmt_num_rows(s->handle);
	return 0;
}

/* Of a procedure nothing is known before it has run. */
static int came_late(struct my_statement *s)
{
	if (!s->late && (s->ncols || !mysql_stmt_field_count(s->handle)))
		return 0;
	s->late = 1;
	columns_free(s);
	return describe_answer(s);
}

static int run(struct my_statement *s, struct sql_diag *diag)
{
	struct my_connection *c = s->conn;
	int rc = compat_execute(c->mysql, s->handle, c->instance->host->now_ns, my_patience(c));

	if (rc == -2)
		return my_diag(c, CR_SERVER_LOST, "08S01", "the node does not answer",
			       MY_STATEMENT, diag);
	if (!rc)
		return 0;
	/* A read that waited for no lock, but for the node to be in step. */
	if (mysql_stmt_errno(s->handle) == ER_LOCK_WAIT_TIMEOUT && s->ncols && !c->in_transaction)
		return diag_statement(s, MY_HARMLESS, diag);
	return diag_statement(s, MY_STATEMENT, diag);
}

int my_execute(void *stmt, const struct idbc_value *args, uint32_t nargs,
	       int64_t deadline_ns, int64_t *rows, struct sql_diag *diag)
{
	struct my_statement *s = stmt;

	s->conn->deadline_ns = deadline_ns;
	if (bind_arguments(s, args, nargs, diag) || (!s->reads && my_still_there(s->conn, diag)))
		return -1;
	if (run(s, diag))
		return -1;
	if (came_late(s))
		return diag_memory(s, diag);
	if (s->ncols && store_rows(s, diag))
		return -1;
	if (s->ncols && !s->late && !s->nameless) {
		compat_forget_names(s->handle);
		s->nameless = 1;
	}
	if (my_gave_way(s->conn, diag))
		return -1;
	*rows = s->ncols ? 0 : (int64_t)mysql_stmt_affected_rows(s->handle);
	return 0;
}

/* The whole of a column that was longer than its buffer. */
static int fetch_rest(struct my_statement *s, uint32_t i, struct sql_diag *diag)
{
	struct my_column *col = &s->cols[i];
	unsigned long len = col->len, ignored = 0;
	MYSQL_BIND b = s->results[i];
	char *bytes = malloc(len);

	if (!bytes)
		return diag_memory(s, diag);
	explicit_bzero(col->bytes, col->cap);
	free(col->bytes);
	col->bytes = bytes;
	col->cap = len;
	s->rebind = 1;
	b.buffer = bytes;
	b.buffer_length = len;
	b.length = &ignored;
	if (mysql_stmt_fetch_column(s->handle, &b, i, 0))
		return diag_statement(s, MY_STATEMENT, diag);
	col->len = len;
	return 0;
}

static int column(struct my_statement *s, uint32_t i, struct idbc_value *out,
		  struct sql_diag *diag)
{
	struct my_column *col = &s->cols[i];

	memset(out, 0, sizeof(*out));
	if (col->null)
		return 0;
	my_column_spell(col);
	if (col->len > col->cap && fetch_rest(s, i, diag))
		return -1;
	out->kind = col->binary ? IDBC_KIND_BYTES : IDBC_KIND_STR;
	out->u.str.ptr = col->bytes;
	out->u.str.len = col->len;
	return 0;
}

/* What a procedure does after its rows can fail, too. */
static int end_procedure(struct my_statement *s, struct sql_diag *diag)
{
	int more;

	do {
		mysql_stmt_free_result(s->handle);
		more = mysql_stmt_next_result(s->handle);
	} while (more == 0);
	return more > 0 ? diag_statement(s, MY_STATEMENT, diag) : 0;
}

int my_columns(void *stmt, const struct sql_column **cols, uint32_t *n, struct sql_diag *diag)
{
	const struct my_statement *s = stmt;

	(void)diag;
	*cols = s->shown;
	*n = s->ncols;
	return 0;
}

int my_fetch(void *stmt, struct idbc_value *cols, uint32_t ncols, struct sql_diag *diag)
{
	struct my_statement *s = stmt;
	int got;

	if (s->rebind && bind_columns(s))
		return diag_statement(s, MY_STATEMENT, diag);
	got = s->ncols ? mysql_stmt_fetch(s->handle) : MYSQL_NO_DATA;
	if (got == MYSQL_NO_DATA)
		return s->late ? end_procedure(s, diag) : 0;
	if (got != 0 && got != MYSQL_DATA_TRUNCATED)
		return diag_statement(s, MY_STATEMENT, diag);
	for (uint32_t i = 0; i < ncols; i++) {
		if (i >= s->ncols)
			memset(&cols[i], 0, sizeof(cols[i]));
		else if (column(s, i, &cols[i], diag))
			return -1;
	}
	return !s->late && --s->left == 0 ? 2 : 1;
}

/* A procedure may have more results than the one that was asked for. */
void my_reset(void *stmt)
{
	struct my_statement *s = stmt;

	do {
		mysql_stmt_free_result(s->handle);
	} while (mysql_stmt_next_result(s->handle) == 0);
}

static void unlink_statement(struct my_statement *s)
{
	struct my_statement **at = &s->conn->statements;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
}

void my_finish(void *stmt)
{
	struct my_statement *s = stmt;

	if (!s)
		return;
	unlink_statement(s);
	if (s->handle)
		mysql_stmt_close(s->handle);
	columns_free(s);
	if (s->args)
		explicit_bzero(s->args, s->nparams * sizeof(*s->args));
	free(s->params);
	free(s->args);
	free(s);
}

void my_finish_all(struct my_connection *c)
{
	while (c->statements)
		my_finish(c->statements);
}

int my_last_id(void *conn, void *stmt, int64_t *id, struct sql_diag *diag)
{
	struct my_connection *c = conn;
	struct my_statement *s = stmt;
	int64_t made = (int64_t)(s ? mysql_stmt_insert_id(s->handle) : mysql_insert_id(c->mysql));

	if (!made)
		return my_diag(c, 0, "HY000", "no key was generated", MY_HARMLESS, diag);
	*id = made;
	return 0;
}
