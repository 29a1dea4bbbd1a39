/* drivers/sql/call/call.c - a connection with its prepared statements, and one call on it.
 *
 * Statements are kept by their text; a text never holds a value, so there are few.  The
 * arena is emptied, with zeroes, when the next call begins.  Threads: one at a time; no
 * lock.
 */
#include "sql/base/failpoint.h"
#include "sql/call/call.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct state_context where(const struct session *s, uint32_t phase, const char *table)
{
	return (struct state_context){
		.dialect = s->plan ? s->plan->dialect->id : 0, .phase = phase, .table = table,
		.late = s->host->now_ns() >= s->deadline_ns,
	};
}

int call_failed(struct session *s, uint32_t phase, const char *table,
		struct idbc_error *err)
{
	struct state_context at = where(s, phase, table);

	s->may_retry = state_may_retry(state_class(at.dialect, &s->diag));
	s->gave_way |= s->in_transaction && s->may_retry;
	s->unclean = 1;
	return state_fail(s->host, &at, &s->diag, err);
}

static uint32_t phase_of(const struct session *s, const struct query *q)
{
	if (!q->table && !(s->own_sql && s->in_transaction))
		return STATE_READING;
	return s->in_transaction ? STATE_INSIDE : STATE_ALONE;
}

/* --- one call ------------------------------------------------------------------------- */

int call_late(struct session *s, struct idbc_error *err)
{
	if (s->host->now_ns() < s->deadline_ns && !atomic_load(&s->interrupted))
		return 0;
	s->may_retry = 0;
	s->host->fail(s->host, err, IDBC_TIMEOUT, "", "deadline passed");
	return 1;
}

int64_t call_now_us(struct session *s)
{
	struct timespec ts;

	if (!s->now_us) {
		clock_gettime(CLOCK_REALTIME, &ts);
		s->now_us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	}
	return s->now_us;
}

/* --- running and interrupted ------------------------------------------------------------ */

void call_enter(struct session *s)
{
	atomic_store_explicit(&s->running, 1, memory_order_release);
}

void call_leave(struct session *s)
{
	atomic_store_explicit(&s->running, 0, memory_order_release);
}

/* Where the server can be asked to stop it is given a moment, so that its answer tells what
 * became of a write. */
void call_interrupt(struct session *s)
{
	const struct sql_backend *backend = s->backend;
	const struct sql_work *work;
	int socket;

	if (!atomic_load(&s->running) || atomic_exchange(&s->interrupted, 1))
		return;
	work = backend->work ? backend->work(s->conn) : NULL;
	if (!work || !work->id) {
		backend->interrupt(s->conn);
		return;
	}
	socket = backend->give_up(s->conn);
	if (!reaper_add(&s->instance->reaper, work, socket))
		return;
	if (socket >= 0)
		close(socket);
	backend->interrupt(s->conn);
}

int call_begin(struct session *s, int64_t deadline_ns, uint32_t operation,
	       struct idbc_error *err)
{
	const struct plan_finding *wrong = s->plan->error;

	arena_reset(&s->arena);
	s->deadline_ns = deadline_ns;
	s->now_us = 0;
	s->may_retry = s->finds_hidden = 0;
	if (operation && !(s->instance->operations & operation))
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "",
				     "not among the \"operations\" of this connection");
	if (wrong && operation)
		return s->host->fail(s->host, err, IDBC_CONFIG, wrong->code, "%s: %s", wrong->key,
				     wrong->text);
	if (atomic_load(&s->interrupted))
		return s->host->fail(s->host, err, IDBC_UNAVAILABLE, "",
				     "the session was interrupted");
	s->on_time = !call_late(s, err);
	return s->on_time ? IDBC_OK : IDBC_TIMEOUT;
}

int call_nomem(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_NOMEM, "", "out of memory");
}

int call_refused(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_DRIVER, "", "the row was refused");
}

void call_clear(struct idbc_error *err)
{
	*err = (struct idbc_error){ .size = err->size };
}

int call_no_user(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_NO_USER, "", "no such user");
}

int call_ambiguous(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_AMBIGUOUS, "", "more than one user matches");
}

/* --- statements ----------------------------------------------------------------------- */

static void forget(struct session *s, struct prepared *p)
{
	for (size_t i = 0; i < PLAN_SLOTS; i++)
		if (s->slots[i] == p->stmt)
			s->slots[i] = NULL;
	s->backend->finish(p->stmt);
	free(p->sql);
	p->sql = NULL;
	p->stmt = NULL;
}

static struct prepared *free_place(struct session *s)
{
	struct prepared *p;

	if (s->nprepared < CALL_STATEMENTS)
		return &s->prepared[s->nprepared++];
	p = &s->prepared[s->oldest];
	s->oldest = (s->oldest + 1) % CALL_STATEMENTS;
	forget(s, p);
	return p;
}

static void *find_prepared(struct session *s, const char *sql)
{
	for (size_t i = 0; i < s->nprepared; i++)
		if (s->prepared[i].sql && !strcmp(s->prepared[i].sql, sql))
			return s->prepared[i].stmt;
	return NULL;
}

/* 0; -1: see s->diag; -2: no memory. */
static int prepare(struct session *s, const char *sql, void **out)
{
	struct prepared *p;
	char *copy;
	void *stmt;

	*out = find_prepared(s, sql);
	if (*out)
		return 0;
	copy = strdup(sql);
	if (!copy)
		return -2;
	s->host->log(s->host, IDBC_LOG_DEBUG, "prepare: %s", sql);
	if (s->backend->prepare(s->conn, sql, &stmt, &s->diag)) {
		free(copy);
		return -1;
	}
	p = free_place(s);
	p->sql = copy;
	p->stmt = stmt;
	*out = stmt;
	return 0;
}

static int prepare_at(struct session *s, const char *sql, uint32_t slot, void **out)
{
	int rc;

	*out = s->slots[slot];
	if (*out)
		return 0;
	rc = prepare(s, sql, out);
	if (!rc && slot)
		s->slots[slot] = *out;
	return rc;
}

static int run(struct session *s, const struct query *q, uint32_t slot, void **stmt,
	       int64_t *rows, struct idbc_error *err)
{
	int rc;

	if (!s->on_time && call_late(s, err))
		return IDBC_TIMEOUT;
	s->on_time = 0;
	rc = prepare_at(s, q->sql, slot, stmt);
	if (rc == -2)
		return call_nomem(s, err);
	/* Preparing writes nothing, whatever happened to the connection meanwhile. */
	if (rc)
		return call_failed(s, s->in_transaction ? STATE_INSIDE : STATE_READING, q->table, err);
	s->unclean |= phase_of(s, q) != STATE_READING;
	FAILPOINT("sql.execute");
	if (!s->backend->execute(*stmt, q->args, q->nargs, s->deadline_ns, rows, &s->diag))
		return IDBC_OK;
	rc = call_failed(s, phase_of(s, q), q->table, err);
	s->backend->reset(*stmt);
	return rc;
}

int cursor_open_slot(struct session *s, const struct query *q, uint32_t slot, uint32_t ncols,
		     struct cursor *out, struct idbc_error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->session = s;
	out->ncols = ncols;
	out->phase = phase_of(s, q);
	out->cols = arena_alloc(&s->arena, (ncols + 1) * sizeof(*out->cols));
	if (!out->cols)
		return call_nomem(s, err);
	rc = run(s, q, slot, &out->stmt, &out->matched, err);
	if (rc != IDBC_OK)
		out->stmt = NULL;
	return rc;
}

int cursor_open(struct session *s, const struct query *q, uint32_t ncols, struct cursor *out,
		struct idbc_error *err)
{
	return cursor_open_slot(s, q, 0, ncols, out, err);
}

int cursor_columns(struct cursor *c, const struct sql_column **cols, struct idbc_error *err)
{
	struct session *s = c->session;

	c->typed = 1;
	if (s->backend->columns(c->stmt, cols, &c->ncols, &s->diag))
		return call_failed(s, STATE_READING, NULL, err);
	c->cols = arena_alloc(&s->arena, (c->ncols + 1) * sizeof(*c->cols));
	return c->cols ? IDBC_OK : call_nomem(s, err);
}

int cursor_next(struct cursor *c, struct idbc_error *err)
{
	struct session *s = c->session;
	int rc;

	if (c->last)
		return 0;
	rc = s->backend->fetch(c->stmt, c->cols + c->left_out, c->ncols - c->left_out, &s->diag);
	if (rc < 0)
		call_failed(s, c->phase, NULL, err);
	c->answered |= rc > 0;
	c->last = rc == 2;
	return rc < 0 ? rc : rc > 0;
}

static void forget_statement(struct session *s, const void *stmt)
{
	for (size_t i = 0; i < s->nprepared; i++)
		if (s->prepared[i].stmt == stmt) {
			forget(s, &s->prepared[i]);
			s->prepared[i] = s->prepared[--s->nprepared];
			return;
		}
}

/* SQLite's driver takes the type of an expression from the first row of the first run, and
 * keeps what it took where there was none. */
void cursor_close(struct cursor *c)
{
	struct session *s = c->session;

	if (c->stmt)
		s->backend->reset(c->stmt);
	if (c->stmt && c->ncols && c->typed && !c->answered && s->plan->dialect->id == SQL_SQLITE)
		forget_statement(s, c->stmt);
	c->stmt = NULL;
}

struct idbc_value typed_value(const struct sql_column *col, const struct idbc_value *stored)
{
	struct idbc_value out = *stored;
	int64_t n;

	if (stored->kind != IDBC_KIND_STR || col->kind == SQL_ANSWER_OTHER)
		return out;
	if (col->kind == SQL_ANSWER_BOOL)
		out = (struct idbc_value){ .kind = IDBC_KIND_BOOL,
			.u.i64 = stored->u.str.len && strchr("1tTyY", *stored->u.str.ptr) != NULL };
	else if (!codec_i64(stored->u.str.ptr, stored->u.str.len, &n))
		out = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = n };
	return out;
}

int call_says_one(struct session *s, const struct query *q, int *one, struct idbc_error *err)
{
	struct cursor c;
	int rc = cursor_open(s, q, 1, &c, err);

	if (rc == IDBC_OK && cursor_next(&c, err) < 0)
		rc = (int)err->status;
	*one = rc == IDBC_OK && value_str(&c.cols[0]).len == 1 && value_str(&c.cols[0]).ptr[0] == '1';
	cursor_close(&c);
	return rc;
}

int call_is_alone(struct session *s, int *alone, struct idbc_error *err)
{
	const struct query q = { .sql = s->plan->dialect->alone };
	int rc = call_says_one(s, &q, alone, err);

	if (rc != IDBC_CONFIG && rc != IDBC_CONFLICT && rc != IDBC_INVALID)
		return rc;
	call_clear(err);
	return IDBC_OK;
}

int call_write(struct session *s, const struct query *q, int64_t *rows, int64_t *id,
		  struct idbc_error *err)
{
	int64_t matched = 0;
	void *stmt;
	int rc = run(s, q, 0, &stmt, &matched, err);

	if (rc != IDBC_OK)
		return rc;
	if (id && s->backend->last_id(s->conn, stmt, id, &s->diag))
		rc = call_failed(s, phase_of(s, q), q->table, err);
	s->backend->reset(stmt);
	if (rows)
		*rows = matched;
	return rc;
}
