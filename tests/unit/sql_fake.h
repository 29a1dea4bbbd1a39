/* tests/unit/sql_fake.h - a host and a backend for drivers/sql without a database: what a
 * statement answers is scripted, what was sent is kept.  One test program, one thread.
 */
#ifndef TESTS_UNIT_SQL_FAKE_H
#define TESTS_UNIT_SQL_FAKE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "sql/sql.h"

/* The answer to the next statement that holds `word`; used once. */
struct fake_answer {
	const char *word;
	int32_t native;                 /* not 0: it fails */
	uint32_t lost;
	const char *words;              /* of the server */
	int64_t rows;                   /* matched by a write; -1: none */
	const char *cells[12][16];       /* rows read; NULL ends one */
};
/* The names of the answer's columns, of statements that hold `word`. */
struct fake_shape {
	const char *word;
	const char *names[16];          /* NULL ends them */
};
struct fake {
	const struct fake_shape *shapes;
	size_t nshapes;
	const char *refused;            /* a statement with this word is not prepared */
	struct fake_answer *script;
	size_t nscript;
	int used[64];
	char sent[200][4096];           /* statements, BEGIN, COMMIT, ROLLBACK */
	size_t nsent;
	char args[200][256];            /* of each, joined by '|' */
	char log[16384];
	const char *users, *operations;
	uint32_t dialect;
	int64_t now_ns;
};
static struct fake fake;

/* --- the host ------------------------------------------------------------------------ */

static inline void fake_log(const struct idbc_host *host, uint32_t level, const char *fmt, ...)
{
	size_t len = strlen(fake.log);
	va_list args;

	(void)host;
	(void)level;
	va_start(args, fmt);
	vsnprintf(fake.log + len, sizeof(fake.log) - len, fmt, args);
	va_end(args);
}

static inline int fake_fail(const struct idbc_host *host, struct idbc_error *err, uint32_t status,
		     const char *code, const char *fmt, ...)
{
	va_list args;

	(void)host;
	err->status = status;
	snprintf(err->code, sizeof(err->code), "%s", code ? code : "");
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return (int)status;
}

static inline int64_t fake_now(void)
{
	return fake.now_ns;
}

static inline int fake_str(const struct idbc_settings *s, const char *key, const char *fallback,
		    struct idbc_str *out)
{
	(void)s;
	(void)key;
	*out = (struct idbc_str){ fallback, fallback ? strlen(fallback) : 0 };
	return 0;
}

static inline int fake_i64(const struct idbc_settings *s, const char *key, int64_t fallback,
			   int64_t *out)
{
	(void)s;
	(void)key;
	*out = fallback;
	return 0;
}

static inline int fake_bool(const struct idbc_settings *s, const char *key, int fallback, int *out)
{
	(void)s;
	(void)key;
	*out = fallback;
	return 0;
}

static inline int fake_json(const struct idbc_settings *s, const char *key, struct idbc_str *out)
{
	const char *text = !strcmp(key, "users") ? fake.users
			   : !strcmp(key, "idbc.operations") ? fake.operations : NULL;

	(void)s;
	if (!text)
		return 0;
	*out = (struct idbc_str){ text, strlen(text) };
	return 1;
}

static inline int64_t fake_fold(const struct idbc_host *host, uint32_t fold, const struct idbc_str *in,
			 char *out, size_t cap)
{
	(void)host;
	return text_fold(fold, in->ptr, in->len, out, cap);
}

static inline int fake_same(const struct idbc_host *host, uint32_t fold, const struct idbc_str *a,
		     const struct idbc_str *b)
{
	(void)host;
	return text_same(fold, a->ptr, a->len, b->ptr, b->len);
}

static const struct idbc_host fake_host = {
	.size = sizeof(struct idbc_host), .abi = IDBC_DRIVER_ABI, .log = fake_log,
	.fail = fake_fail, .now_ns = fake_now, .setting_str = fake_str,
	.setting_i64 = fake_i64, .setting_bool = fake_bool, .setting_json = fake_json, .fold = fake_fold,
	.same = fake_same,
};

static inline int fake_finding(struct idbc_findings *f, uint32_t severity, const char *code,
			const char *key, const char *text, const char *remedy)
{
	(void)f;
	(void)remedy;
	fake_log(NULL, severity, "[%s %s %s]", code, key, text);
	return 0;
}

/* --- the backend ------------------------------------------------------------------------ */

struct fake_stmt {
	struct fake_stmt *next;         /* of those prepared; they end with the connection */
	char *sql;
	const struct fake_answer *answer;
	size_t at;
	struct sql_column cols[16];
};

static struct fake_stmt *fake_stmts;

static inline const struct fake_answer *fake_next(const char *sql)
{
	for (size_t i = 0; i < fake.nscript; i++)
		if (!fake.used[i] && strstr(sql, fake.script[i].word)) {
			fake.used[i] = 1;
			return &fake.script[i];
		}
	return NULL;
}

static inline size_t fake_note(const char *sql)
{
	size_t at = fake.nsent++;

	snprintf(fake.sent[at], sizeof(fake.sent[at]), "%s", sql);
	fake.args[at][0] = '\0';
	return at;
}

static inline int fake_diag(const struct fake_answer *a, struct sql_diag *diag)
{
	memset(diag, 0, sizeof(*diag));
	diag->native = a->native;
	diag->lost = a->lost;
	snprintf(diag->sqlstate, sizeof(diag->sqlstate), "HY000");
	snprintf(diag->text, sizeof(diag->text), "%s", a->words ? a->words : "");
	return -1;
}

static inline int fake_open(const struct idbc_host *h, const struct idbc_settings *s,
		     struct idbc_findings *f, void **instance, struct idbc_error *err)
{
	(void)h;
	(void)s;
	(void)f;
	(void)err;
	*instance = &fake;
	return IDBC_OK;
}

static inline void fake_nothing(void *x)
{
	(void)x;
}

static inline int fake_connect(void *instance, int create, int64_t deadline, void **conn,
			uint32_t *dialect, struct sql_diag *diag)
{
	(void)create;
	(void)deadline;
	(void)diag;
	*conn = instance;
	*dialect = fake.dialect;
	return 0;
}

static inline int fake_prepare(void *conn, const char *sql, void **stmt, struct sql_diag *diag)
{
	static const struct fake_answer unknown = { .native = 1054 };
	struct fake_stmt *s;

	(void)conn;
	if (fake.refused && strstr(sql, fake.refused))
		return fake_diag(&unknown, diag);
	s = calloc(1, sizeof(*s));
	s->sql = strdup(sql);
	s->next = fake_stmts;
	*stmt = fake_stmts = s;
	return 0;
}

static inline void fake_arg(char *out, size_t cap, uint32_t index, const struct idbc_value *v)
{
	size_t len = strlen(out);

	if (index && len + 1 < cap) {
		out[len++] = '|';
		out[len] = '\0';
	}
	if (v->kind == IDBC_KIND_NULL)
		snprintf(out + len, cap - len, "NULL");
	else if (v->kind == IDBC_KIND_STR || v->kind == IDBC_KIND_BYTES)
		snprintf(out + len, cap - len, "%.*s", (int)v->u.str.len, v->u.str.ptr);
	else
		snprintf(out + len, cap - len, "%lld", (long long)v->u.i64);
}

static inline int fake_execute(void *stmt, const struct idbc_value *args, uint32_t nargs,
			int64_t deadline, int64_t *rows, struct sql_diag *diag)
{
	struct fake_stmt *s = stmt;
	size_t at = fake_note(s->sql);

	(void)deadline;
	for (uint32_t i = 0; i < nargs; i++)
		fake_arg(fake.args[at], sizeof(fake.args[at]), i, &args[i]);
	s->answer = fake_next(s->sql);
	s->at = 0;
	if (s->answer && s->answer->native)
		return fake_diag(s->answer, diag);
	*rows = s->answer && s->answer->rows ? (s->answer->rows < 0 ? 0 : s->answer->rows) : 1;
	return 0;
}

/* A row is scripted whole; this statement leaves out which field matched, and what. */
static inline int fake_is_short(const char *sql, const char *const *row)
{
	return !strncmp(sql, "SELECT ", 7) && strstr(sql, " AS u") && !strstr(sql, ", 0, ") &&
	       !strstr(sql, "c.f") && !strstr(sql, "AS f") && row[1] && !strcmp(row[1], "0") && row[2];
}

static inline int fake_fetch(void *stmt, struct idbc_value *cols, uint32_t ncols, struct sql_diag *diag)
{
	struct fake_stmt *s = stmt;
	const char *const *row;
	int ended = 0;

	(void)diag;
	if (!s->answer || s->at == 12 || !s->answer->cells[s->at][0])
		return 0;
	row = s->answer->cells[s->at++];
	for (uint32_t i = 0; i < ncols; i++) {
		if (i == 1 && fake_is_short(s->sql, row - (i - 1)))
			row += 2;
		ended = ended || !row[i];
		cols[i] = (struct idbc_value){ .kind = IDBC_KIND_NULL };
		if (ended || !strcmp(row[i], "NULL"))
			continue;
		cols[i].kind = IDBC_KIND_STR;
		cols[i].u.str = (struct idbc_str){ row[i], strlen(row[i]) };
	}
	return 1;
}

static inline int fake_columns(void *stmt, const struct sql_column **cols, uint32_t *n,
			struct sql_diag *diag)
{
	struct fake_stmt *s = stmt;

	(void)diag;
	*cols = s->cols;
	*n = 0;
	for (size_t i = 0; !*n && i < fake.nshapes; i++)
		while (strstr(s->sql, fake.shapes[i].word) && fake.shapes[i].names[*n]) {
			s->cols[*n].name = fake.shapes[i].names[*n];
			++*n;
		}
	return 0;
}

static inline void fake_finish(void *stmt)
{
	struct fake_stmt *s = stmt, **at = &fake_stmts;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s->sql);
	free(s);
}

static inline void fake_disconnect(void *conn)
{
	(void)conn;
	while (fake_stmts)
		fake_finish(fake_stmts);
}

static inline int fake_word(const char *word, struct sql_diag *diag)
{
	const struct fake_answer *a = fake_next(word);

	fake_note(word);
	return a && a->native ? fake_diag(a, diag) : 0;
}

static inline int fake_begin(void *conn, int64_t deadline_ns, struct sql_diag *diag)
{
	(void)conn;
	(void)deadline_ns;
	return fake_word("BEGIN", diag);
}

static inline int fake_commit(void *conn, struct sql_diag *diag)
{
	(void)conn;
	return fake_word("COMMIT", diag);
}

static inline int fake_rollback(void *conn, struct sql_diag *diag)
{
	(void)conn;
	return fake_word("ROLLBACK", diag);
}

static inline int fake_exec(void *conn, const char *sql, int64_t deadline, struct sql_diag *diag)
{
	(void)conn;
	(void)deadline;
	return fake_word(sql, diag);
}

static inline int fake_ping(void *conn, int64_t deadline, struct sql_diag *diag)
{
	(void)conn;
	(void)deadline;
	return fake_word("PING", diag);
}

static inline int fake_last_id(void *conn, void *stmt, int64_t *id, struct sql_diag *diag)
{
	(void)conn;
	(void)stmt;
	(void)diag;
	*id = 42;
	return 0;
}

static const struct sql_backend fake_backend = {
	.name = "fake", .open = fake_open, .close = fake_nothing, .connect = fake_connect,
	.disconnect = fake_disconnect, .abandon = fake_disconnect, .interrupt = fake_nothing,
	.ping = fake_ping, .prepare = fake_prepare, .execute = fake_execute,
	.fetch = fake_fetch, .columns = fake_columns, .reset = fake_nothing, .finish = fake_finish, .exec = fake_exec,
	.begin = fake_begin, .commit = fake_commit, .rollback = fake_rollback,
	.last_id = fake_last_id,
};

/* --- a session ----------------------------------------------------------------------------- */

static inline size_t fake_count(const char *word)
{
	size_t n = 0;

	for (size_t i = 0; i < fake.nsent; i++)
		n += strstr(fake.sent[i], word) != NULL;
	return n;
}

/* The arguments of the first statement with that word; "" if none was sent. */
static inline const char *fake_args(const char *word)
{
	for (size_t i = 0; i < fake.nsent; i++)
		if (strstr(fake.sent[i], word))
			return fake.args[i];
	return "";
}

static inline void fake_script(struct fake_answer *script, size_t n)
{
	fake.script = script;
	fake.nscript = n;
	memset(fake.used, 0, sizeof(fake.used));
	fake.nsent = 0;
	fake.log[0] = '\0';
}

#endif
