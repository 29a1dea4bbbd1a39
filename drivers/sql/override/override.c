/* drivers/sql/override/override.c - steps of users.sql: parameters bound by name, rows counted,
 * values kept for later steps.  Threads: the session's.
 */
#include "sql/override/override.h"
#include "sql/base/ascii.h"

#include <string.h>

/* --- parameters --------------------------------------------------------------------- */

int params_put(struct session *s, struct params *p, const char *name,
	       const struct idbc_value *value)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 32;
		struct idbc_field *grown = arena_alloc(&s->arena, cap * sizeof(*grown));

		if (!grown)
			return -1;
		if (p->n)
			memcpy(grown, p->items, p->n * sizeof(*grown));
		p->items = grown;
		p->cap = cap;
	}
	p->items[p->n++] = (struct idbc_field){ name, *value };
	return 0;
}

int params_text(struct session *s, struct params *p, const char *name,
		const struct idbc_str *text)
{
	struct idbc_value value = { .kind = IDBC_KIND_NULL };

	if (text->ptr) {
		value.kind = IDBC_KIND_STR;
		value.u.str = *text;
	}
	return params_put(s, p, name, &value);
}

int params_flag(struct session *s, struct params *p, const char *name, int64_t yes)
{
	struct idbc_value value = { .kind = IDBC_KIND_BOOL, .u.i64 = yes != 0 };

	return params_put(s, p, name, &value);
}

int params_credential(struct session *s, struct params *p, const struct idbc_field *parts,
		      size_t nparts)
{
	for (size_t i = 0; i < nparts; i++) {
		const char *name = !strcmp(parts[i].name, "hash") ? "password_hash"
				   : !strcmp(parts[i].name, "salt") ? "salt" : NULL;

		if (name && params_put(s, p, name, &parts[i].value))
			return -1;
	}
	return 0;
}

int params_now(struct session *s, struct params *p)
{
	struct idbc_value now = { .kind = IDBC_KIND_NULL };
	struct idbc_value seconds = { .kind = IDBC_KIND_I64, .u.i64 = call_now_us(s) / 1000000 };

	if (codec_time(call_now_us(s), MAP_DATETIME, SQL_COL_DATETIME, &s->arena, &now) != CODEC_OK)
		return -1;
	return params_put(s, p, "now", &now) || params_put(s, p, "now_unix", &seconds) ? -1 : 0;
}

int params_id(struct session *s, struct params *p, const struct idbc_value *key)
{
	return params_put(s, p, "id", key) || params_put(s, p, "user_id", key) ? -1 : 0;
}

const struct idbc_value *params_value(const struct params *p, const char *name)
{
	for (size_t i = p->n; i-- > 0;)
		if (!strcmp(p->items[i].name, name))
			return &p->items[i].value;
	return NULL;
}

int override_fold(struct session *s, uint32_t fold, const struct idbc_str *in,
		  struct idbc_str *out)
{
	size_t cap = in->len * 3 + 16;
	char *folded;
	int64_t len;

	*out = *in;
	if (fold != IDBC_FOLD_LOWER && fold != IDBC_FOLD_UPPER && fold != IDBC_FOLD_UCFIRST)
		return 0;
	folded = arena_alloc(&s->arena, cap);
	if (!folded)
		return -1;
	len = s->host->fold(s->host, fold, in, folded, cap);
	if (len >= 0)
		*out = (struct idbc_str){ folded, (size_t)len };
	return 0;
}

/* --- one statement ------------------------------------------------------------------ */

/* Documents and points in time as the text that a database takes for them. */
static int bind(struct session *s, const struct idbc_value *v, struct idbc_value *out)
{
	*out = v ? *v : (struct idbc_value){ .kind = IDBC_KIND_NULL };
	if (out->kind == IDBC_KIND_JSON)
		out->kind = IDBC_KIND_STR;
	if (out->kind != IDBC_KIND_TIME_US)
		return 0;
	return codec_time(v->u.i64, MAP_DATETIME, SQL_COL_DATETIME, &s->arena, out) == CODEC_NOMEM
		       ? -1 : 0;
}

int override_open(struct session *s, const struct map_sql_step *step,
		  const struct params *params, struct cursor *c, const struct sql_column **cols,
		  struct idbc_error *err)
{
	const struct map_raw *raw = &step->raw;
	struct idbc_value *args = arena_alloc(&s->arena, (raw->nargs + 1) * sizeof(*args));
	struct query q = { raw->sql, args, (uint32_t)raw->nargs, NULL };
	int rc = IDBC_OK;

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; args && i < raw->nargs; i++)
		if (bind(s, params_value(params, raw->names[i]), &args[i]))
			args = NULL;
	if (!args)
		return call_nomem(s, err);
	s->own_sql = 1;
	rc = cursor_open(s, &q, 0, c, err);
	s->own_sql = 0;
	if (rc == IDBC_OK)
		rc = cursor_columns(c, cols, err);
	if (rc != IDBC_OK)
		s->host->log(s->host, IDBC_LOG_WARNING, "%s failed", raw->key);
	return rc;
}

/* --- expect and let ----------------------------------------------------------------- */

static int is_insert(const struct map_sql_step *step)
{
	const char *sql = step->raw.sql + strspn(step->raw.sql, " \t\r\n\f\v");

	return ascii_begins(sql, "INSERT") || ascii_begins(sql, "REPLACE");
}

/* An INSERT that found the row there already (IGNORE, ON CONFLICT, WHERE NOT EXISTS). */
static int too_few(struct session *s, uint32_t operation, const struct map_sql_step *step,
		   struct idbc_error *err)
{
	if (operation != MAP_CREATE)
		return call_no_user(s, err);
	if (is_insert(step))
		return s->host->fail(s->host, err, IDBC_EXISTS, "user_exists",
				     "user already exists: %s inserted no row", step->raw.key);
	return s->host->fail(s->host, err, IDBC_CONFLICT, "row_expected", "%s found no row",
			     step->raw.key);
}

static int keep_promise(struct session *s, uint32_t operation, const struct map_sql_step *step,
			int64_t rows, struct idbc_error *err)
{
	if (step->expect == MAP_EXPECT_ONE && rows < 1)
		return too_few(s, operation, step, err);
	if (rows > 1 && step->expect != MAP_EXPECT_ANY)
		return call_ambiguous(s, err);
	return IDBC_OK;
}

static int keeps_nothing(struct session *s, const struct map_sql_step *step,
			 struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_CONFIG, "bad-sql",
			     "%s: the statement gives no value for :%s to keep", step->raw.key,
			     step->let);
}

/* The key that a write generated: only an INSERT has one, but MySQL lets others make it. */
static int generated(struct session *s, const struct map_sql_step *step, const struct cursor *c,
		     struct idbc_value *out, struct idbc_error *err)
{
	uint32_t dialect = s->plan->dialect->id;
	int mysql = dialect == SQL_MARIADB || dialect == SQL_MYSQL;
	int64_t id;

	if (!c->matched)
		return IDBC_OK;
	if ((!is_insert(step) && !mysql) || dialect == SQL_POSTGRESQL || dialect == SQL_MSSQL ||
	    s->backend->last_id(s->conn, c->stmt, &id, &s->diag))
		return keeps_nothing(s, step, err);
	*out = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = id };
	return IDBC_OK;
}

/* Rows are read to the end: what a procedure does after them can fail, too. */
static int count_rows(struct session *s, struct cursor *c, const struct sql_column *cols,
		      struct idbc_value *first, int64_t *rows, struct idbc_error *err)
{
	int more;

	*rows = 0;
	while ((more = cursor_next(c, err)) > 0) {
		struct idbc_value value = typed_value(&cols[0], &c->cols[0]);

		if (!(*rows)++ && value_copy(s, &value, first))
			return call_nomem(s, err);
	}
	return more < 0 ? (int)err->status : IDBC_OK;
}

static int run_step(struct session *s, uint32_t operation, const struct map_sql_step *step,
		    struct params *params, struct idbc_error *err)
{
	struct idbc_value value = { .kind = IDBC_KIND_NULL };
	const struct sql_column *cols = NULL;
	struct cursor c;
	int64_t rows;
	int rc = override_open(s, step, params, &c, &cols, err);

	rows = c.matched;
	if (rc == IDBC_OK && c.ncols)
		rc = count_rows(s, &c, cols, &value, &rows, err);
	if (rc == IDBC_OK)
		rc = keep_promise(s, operation, step, rows, err);
	if (rc == IDBC_OK && step->let && c.ncols && rows > 1)
		rc = call_ambiguous(s, err);
	if (rc == IDBC_OK && step->let && !c.ncols)
		rc = generated(s, step, &c, &value, err);
	cursor_close(&c);
	if (rc == IDBC_OK && step->let && params_put(s, params, step->let, &value))
		rc = call_nomem(s, err);
	return rc;
}

int override_steps(struct session *s, uint32_t operation, size_t n, struct params *params,
		   struct idbc_error *err)
{
	const struct map_sql *sql = &s->plan->mapping->sql[operation];
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < n && i < sql->n; i++)
		rc = run_step(s, operation, &sql->steps[i], params, err);
	return rc;
}
