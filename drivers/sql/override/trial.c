/* drivers/sql/override/trial.c - statements of the author's own are prepared once, never run, when
 * the first session makes the plan: what the database does not take is a finding then, and
 * no surprise at the first login.  Threads: the session's.
 */
#include "sql/override/override.h"
#include "sql/base/ascii.h"
#include "sql/plan/plan_build.h"

#include <string.h>

/* What went wrong is not the statement's fault. */
static int is_trouble(uint32_t state)
{
	switch (state) {
	case STATE_LOST:
	case STATE_INTERRUPTED:
	case STATE_NOMEM:
	case STATE_LOCKED:
	case STATE_DEADLOCK:
	case STATE_FULL:
	case STATE_BROKEN:
		return 1;
	default:
		return 0;
	}
}

static const char *reason(uint32_t state)
{
	switch (state) {
	case STATE_SCHEMA:
		return "it names a table, a column or a function that is not there";
	case STATE_PRIVILEGE:
		return "the database user may not do that";
	default:
		return "the database does not understand it";
	}
}

static int report(struct session *s, struct plan *plan, const char *key, const char *text,
		  struct idbc_error *err)
{
	if (plan_report(plan, IDBC_ERROR, "bad-sql", key, text, "correct the statement"))
		return call_nomem(s, err);
	if (!plan->error)
		plan->error = &plan->findings[plan->nfindings - 1];
	return IDBC_OK;
}

static int refused(struct session *s, struct plan *plan, const char *key, struct idbc_error *err)
{
	struct idbc_error details = IDBC_ERROR_INIT;    /* its words go to the log */
	uint32_t state = state_class(plan->dialect->id, &s->diag);
	const char *text;

	if (is_trouble(state))
		return call_failed(s, STATE_READING, NULL, err);
	call_failed(s, STATE_READING, NULL, &details);
	text = arena_printf(&plan->arena, "%s (SQLSTATE %s, native %d)", reason(state),
			    s->diag.sqlstate[0] ? s->diag.sqlstate : "-", (int)s->diag.native);
	return report(s, plan, key, text, err);
}

/* Prepared: `operation` of MAP_OPERATIONS is none, `answers` the step of a read that does. */
static int look_at(struct session *s, struct plan *plan, const struct sql_column *cols,
		   uint32_t n, uint32_t operation, const struct map_sql_step *step, int answers,
		   struct idbc_error *err)
{
	uint32_t dialect = plan->dialect->id;
	const char *text = NULL;

	if (step->let && !n && (dialect == SQL_POSTGRESQL || dialect == SQL_MSSQL))
		return report(s, plan, step->raw.key,
			      "it gives no value to keep: let the database return the key "
			      "(RETURNING)", err);
	/* A procedure's columns are not known before it has run. */
	if (!answers || !n)
		return IDBC_OK;
	if (!override_check_columns(plan->mapping, operation, cols, n, &plan->arena, &text))
		return IDBC_OK;
	return text ? report(s, plan, step->raw.key, text, err) : call_nomem(s, err);
}

/* Some drivers compile what answers nothing, or has no parameters, only when it is to run:
 * EXPLAIN compiles it and runs nothing. */
static int is_to_be_explained(const struct plan *plan, const struct map_raw *raw)
{
	static const char *const verbs[] = { "INSERT", "UPDATE", "DELETE", "REPLACE" };
	const char *sql = raw->sql + strspn(raw->sql, " \t\r\n\f\v");

	if (plan->dialect->id == SQL_SQLITE)
		return 1;
	if (raw->nargs || (plan->dialect->id != SQL_MARIADB && plan->dialect->id != SQL_MYSQL))
		return 0;
	for (int i = 0; i < 4; i++)
		if (ascii_begins(sql, verbs[i]))
			return 1;
	return 0;
}

static int explain(struct session *s, struct plan *plan, const struct map_raw *raw,
		   struct idbc_error *err)
{
	char *sql = arena_printf(&s->arena, "EXPLAIN %s", raw->sql);
	struct idbc_value *nulls = arena_alloc(&s->arena, (raw->nargs + 1) * sizeof(*nulls));
	int64_t rows;
	void *stmt;
	int failed;

	if (!sql || !nulls)
		return call_nomem(s, err);
	if (s->backend->prepare(s->conn, sql, &stmt, &s->diag))
		return refused(s, plan, raw->key, err);
	failed = s->backend->execute(stmt, nulls, (uint32_t)raw->nargs, s->deadline_ns, &rows,
				     &s->diag);
	s->backend->reset(stmt);
	s->backend->finish(stmt);
	/* It wants to see what is behind a view, which the statement itself does not. */
	if (!failed || state_class(plan->dialect->id, &s->diag) == STATE_PRIVILEGE)
		return IDBC_OK;
	return refused(s, plan, raw->key, err);
}

static int try_step(struct session *s, struct plan *plan, uint32_t operation,
		    const struct map_sql_step *step, int answers, struct idbc_error *err)
{
	const struct sql_column *cols;
	uint32_t n = 0;
	void *stmt;
	int rc;

	if (call_late(s, err))
		return IDBC_TIMEOUT;
	if (s->backend->prepare(s->conn, step->raw.sql, &stmt, &s->diag))
		return refused(s, plan, step->raw.key, err);
	if (s->backend->columns(stmt, &cols, &n, &s->diag))
		rc = refused(s, plan, step->raw.key, err);
	else if (!n && is_to_be_explained(plan, &step->raw))
		rc = explain(s, plan, &step->raw, err);
	else
		rc = look_at(s, plan, cols, n, operation, step, answers, err);
	/* Without this PostgreSQL's driver keeps what it has described. */
	s->backend->reset(stmt);
	s->backend->finish(stmt);
	return rc;
}

static int try_sql(struct session *s, struct plan *plan, uint32_t operation,
		   struct idbc_error *err)
{
	const struct map_sql *sql = &plan->mapping->sql[operation];
	int reads = operation == MAP_LOGIN || operation == MAP_GET_USER;
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < sql->n; i++)
		rc = try_step(s, plan, operation, &sql->steps[i], reads && i + 1 == sql->n, err);
	return rc;
}

static int try_steps(struct session *s, struct plan *plan, const struct map_steps *steps,
		     struct idbc_error *err)
{
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < steps->n; i++) {
		struct map_sql_step step = { .raw = steps->items[i].raw };

		if (steps->items[i].kind == MAP_STEP_RAW)
			rc = try_step(s, plan, MAP_OPERATIONS, &step, 0, err);
	}
	return rc;
}

/* Steps of the mapping's own operations, where the operation is not in SQL as a whole. */
static int try_operation(struct session *s, struct plan *plan, uint32_t operation,
			 struct idbc_error *err)
{
	const struct mapping *m = plan->mapping;

	if (mapping_has_sql(m, operation))
		return try_sql(s, plan, operation, err);
	switch (operation) {
	case MAP_CREATE:
		return try_steps(s, plan, &m->create_after, err);
	case MAP_CHANGE_PASSWORD:
		return try_steps(s, plan, &m->after_password, err);
	case MAP_CHANGE_EMAIL:
		return try_steps(s, plan, &m->after_email, err);
	case MAP_DELETE_USER:
		return try_steps(s, plan, &m->delete_steps, err);
	default:
		return IDBC_OK;
	}
}

/* --- expressions -------------------------------------------------------------------- */

/* Alone, so that the one at fault is known. */
static char *expr_statement(struct plan *plan, const struct map_field *f)
{
	char *joined = arena_alloc(&plan->arena, plan->mapping->nlinks + 1);
	struct build b;

	if (!joined)
		return NULL;
	for (size_t i = 0; i < f->nlinks; i++)
		build_mark(plan, joined, f->links[i]);
	build_init(&b, plan);
	b.joined = joined;
	text_put(&b.text, "SELECT ");
	build_expr(&b, f->expr);
	text_put(&b.text, " FROM %T AS u", plan->mapping->table);
	build_left_joins(&b);
	text_put(&b.text, " WHERE 1 = 0");
	return b.failed || b.text.failed ? NULL : b.text.s;
}

static int try_exprs(struct session *s, struct plan *plan, struct idbc_error *err)
{
	const struct mapping *m = plan->mapping;
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];
		struct map_sql_step step = { .raw = { .key = f->key } };

		if (f->kind != MAP_EXPR)
			continue;
		step.raw.sql = expr_statement(plan, f);
		rc = step.raw.sql ? try_step(s, plan, MAP_OPERATIONS, &step, 0, err)
				  : call_nomem(s, err);
	}
	return rc;
}

int trial_prepare(struct session *s, struct plan *plan, struct idbc_error *err)
{
	int fits = !plan->error;
	int rc = IDBC_OK;

	for (uint32_t i = 0; rc == IDBC_OK && i < MAP_OPERATIONS; i++)
		if (plan->operations & 1u << i)
			rc = try_operation(s, plan, i, err);
	/* Without the tables nothing would be learnt. */
	return rc == IDBC_OK && fits ? try_exprs(s, plan, err) : rc;
}
