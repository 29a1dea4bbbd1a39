/* drivers/sql/override/override_read.c - sql.login and sql.getUser: which of the rows that they
 * answer with are the user asked for.
 *
 * As with the mapping's own reads every row is compared again in code: the identifier
 * must equal one of the fields it can be, or "matched", under the field's fold; within
 * one field an exact match beats folded ones.  Threads: the session's.
 */
#include "sql/override/override.h"
#include "sql/base/ascii.h"
#include "sql/user/intent.h"
#include "sql/user/key.h"

#include <string.h>

/* --- one row ------------------------------------------------------------------------ */

struct reading {
	struct session *session;
	uint32_t by;
	const struct idbc_str *asked;
	struct answer_column *columns;
	const struct sql_column *from;
	uint32_t n;
	uint32_t deleted, unequal, hidden;      /* rows left out, and why */
	int twice;                      /* more rows than the step expects */
	int more;                       /* further users match */
	int gone;                       /* one has a tombstone: he may have gone since he was read */
	struct match { struct answered users[LOOKUP_MAX]; size_t n; } exact[PLAN_MAX_FIELDS + 1],
		folded[PLAN_MAX_FIELDS + 1];
};

static int take_column(struct reading *r, uint32_t i, const struct idbc_value *stored,
		       struct answered *out)
{
	struct session *s = r->session;
	const struct answer_column *column = &r->columns[i];
	struct idbc_field *part = &out->parts[out->nparts];
	int rc;

	if (column->role == ROLE_HASH || column->role == ROLE_SALT) {
		part->name = column->role == ROLE_HASH ? "hash" : "salt";
		out->nparts++;
		return value_copy(s, stored, &part->value);
	}
	if (column->role != ROLE_FIELD)
		return 0;
	rc = answer_value(s, column, &r->from[i], stored, &out->fields[out->nfields].value);
	if (rc)
		return rc < 0 ? -1 : 0;
	out->fields[out->nfields++].name = column->name;
	return 0;
}

/* The text of a column that has this role, empty where there is none. */
static struct idbc_str text_of(const struct reading *r, const struct idbc_value *row,
			       uint32_t role, const char *name)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->columns[i].role == role && (!name || !strcmp(r->columns[i].name, name)))
			return value_str(&row[i]);
	return (struct idbc_str){ "", 0 };
}

static int take_row(struct reading *r, const struct idbc_value *row,
		    const struct idbc_str *matched, struct answered *out)
{
	struct session *s = r->session;
	struct idbc_str id = text_of(r, row, ROLE_ID, NULL);

	memset(out, 0, sizeof(*out));
	out->fields = arena_alloc(&s->arena, (r->n + 1) * sizeof(*out->fields));
	out->id = (struct idbc_str){ arena_dup(&s->arena, id.ptr, id.len), id.len };
	out->matched = (struct idbc_str){ arena_dup(&s->arena, matched->ptr, matched->len),
					  matched->len };
	if (!out->fields || !out->id.ptr || !out->matched.ptr)
		return -1;
	for (uint32_t i = 0; i < r->n; i++)
		if (take_column(r, i, &row[i], out))
			return -1;
	return 0;
}

static int is_deleted(struct reading *r, const struct idbc_value *row)
{
	struct idbc_value flag;

	for (uint32_t i = 0; i < r->n; i++)
		if (r->columns[i].role == ROLE_FIELD && !strcmp(r->columns[i].name, "deleted"))
			return !answer_value(r->session, &r->columns[i], &r->from[i], &row[i], &flag) &&
			       flag.u.i64;
	return 0;
}

/* --- which rows are the user asked for ---------------------------------------------- */

static int keep(struct reading *r, uint32_t place, int exact, const struct idbc_value *row,
		const struct idbc_str *matched)
{
	size_t *n = exact ? &r->exact[place].n : &r->folded[place].n;
	struct answered *users = exact ? r->exact[place].users : r->folded[place].users;
	struct idbc_str id = text_of(r, row, ROLE_ID, NULL);

	for (size_t i = 0; i < *n; i++)
		if (str_equal(&users[i].id, &id))
			return 0;
	r->more |= *n == LOOKUP_MAX;
	if (*n == LOOKUP_MAX)
		return 0;
	return take_row(r, row, matched, &users[(*n)++]);
}

static int compare(struct reading *r, uint32_t place, uint32_t fold, const struct idbc_str *stored,
		   const struct idbc_value *row, uint32_t *found)
{
	const struct idbc_host *host = r->session->host;
	int exact = str_equal(stored, r->asked);

	if (!stored->len || (!exact && !host->same(host, fold, stored, r->asked)))
		return 0;
	(*found)++;
	return keep(r, place, exact, row, stored);
}

/* Each field that the identifier can be; then what the statement says that it found. */
static int judge(struct reading *r, const struct idbc_value *row)
{
	const struct mapping *m = r->session->plan->mapping;
	struct idbc_str id = text_of(r, row, ROLE_ID, NULL);
	struct idbc_str matched = text_of(r, row, ROLE_MATCHED, NULL);
	int login = r->by == IDBC_BY_LOGIN;
	uint32_t n = login ? m->nlogin : 1, found = 0;

	if (!id.len)
		return 0;
	if (is_deleted(r, row)) {
		r->deleted++;
		return 0;
	}
	if (r->by == IDBC_BY_USER_ID)
		return str_equal(&id, r->asked) ? keep(r, 0, 1, row, &id) : 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t by = login ? m->login_by[i] : r->by;
		struct idbc_str stored = text_of(r, row, ROLE_FIELD, mapping_by_field(by));

		if (compare(r, i, m->fold[by], &stored, row, &found) ||
		    compare(r, PLAN_MAX_FIELDS, m->fold[by], &matched, row, &found))
			return -1;
	}
	r->unequal += !found;
	return 0;
}

/* Users of whom a delete is under way, each asked for by key. */
static int drop_hidden(struct reading *r, struct match *match, struct idbc_error *err)
{
	uint32_t state = 0;
	size_t kept = 0;

	for (size_t i = 0; i < match->n; i++) {
		int rc = intent_state(r->session, &match->users[i].id, &state, NULL, err);

		if (rc != IDBC_OK)
			return rc;
		r->gone |= state == PLAN_DELETED;
		if (state == PLAN_DELETING)
			r->hidden++;
		else
			match->users[kept++] = match->users[i];
	}
	match->n = kept;
	return IDBC_OK;
}

static size_t count(const struct reading *r)
{
	size_t n = 0;

	for (uint32_t f = 0; f <= PLAN_MAX_FIELDS; f++)
		n += r->exact[f].n + r->folded[f].n;
	return n;
}

/* Nobody costs as many statements as somebody. */
static int look_for_hidden(struct reading *r, struct idbc_error *err)
{
	struct session *s = r->session;
	uint32_t state;
	int rc = IDBC_OK;

	if (!intents_on(s) || s->finds_hidden)
		return rc;
	if (!count(r))
		return intent_state(s, r->asked, &state, NULL, err);
	for (uint32_t f = 0; rc == IDBC_OK && f <= PLAN_MAX_FIELDS; f++) {
		rc = drop_hidden(r, &r->exact[f], err);
		if (rc == IDBC_OK)
			rc = drop_hidden(r, &r->folded[f], err);
	}
	return rc;
}

static void choose(const struct reading *r, struct answer *out)
{
	for (uint32_t f = 0; f <= PLAN_MAX_FIELDS; f++) {
		int exact = r->exact[f].n > 0;
		size_t n = exact ? r->exact[f].n : r->folded[f].n;
		const struct answered *users = exact ? r->exact[f].users : r->folded[f].users;

		for (size_t i = 0; i < n && out->n < LOOKUP_MAX; i++)
			if (!out->n || !str_equal(&out->users[0].id, &users[i].id))
				out->users[out->n++] = users[i];
	}
	out->deleted = r->deleted;
	out->unequal = r->unequal;
	out->hidden = r->hidden;
	if (out->n == 1 && (r->hidden ? r->more : r->twice))
		out->users[out->n++] = out->users[0];
}

/* --- the statement ------------------------------------------------------------------ */

static int bad_answer(struct session *s, const struct map_raw *raw, const char *wrong,
		      struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_CONFIG, "bad-sql", "%s: %s", raw->key, wrong);
}

/* A key of bytes as its text. */
static int show_id(const struct reading *r, struct idbc_value *row)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->columns[i].role == ROLE_ID && row[i].kind == IDBC_KIND_BYTES)
			return key_text(r->session, &row[i], &row[i]);
	return 0;
}

static int read_rows(struct reading *r, struct cursor *c, const struct map_sql_step *step,
		     struct idbc_error *err)
{
	struct session *s = r->session;
	int64_t rows = 0;
	int more;

	while ((more = cursor_next(c, err)) > 0) {
		rows++;
		if (show_id(r, c->cols) || judge(r, c->cols))
			return call_nomem(s, err);
	}
	if (more < 0)
		return (int)err->status;
	r->twice = rows > 1 && step->expect != MAP_EXPECT_ANY;
	return IDBC_OK;
}

/* Can the answer show what it was asked by? */
static int shows_asked(const struct reading *r)
{
	const struct mapping *m = r->session->plan->mapping;
	uint32_t n = r->by == IDBC_BY_LOGIN ? m->nlogin : 1;

	for (uint32_t i = 0; i < r->n; i++) {
		if (r->columns[i].role == ROLE_MATCHED || r->by == IDBC_BY_USER_ID)
			return 1;
		for (uint32_t j = 0; j < n; j++) {
			uint32_t by = r->by == IDBC_BY_LOGIN ? m->login_by[j] : r->by;

			if (!strcmp(r->columns[i].name, mapping_by_field(by)))
				return 1;
		}
	}
	return 0;
}

/* Without a "user_id", "id" is it. */
static void find_id(struct reading *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->columns[i].role == ROLE_ID)
			return;
	for (uint32_t i = 0; i < r->n; i++)
		if (ascii_same(r->columns[i].name, "id"))
			r->columns[i].role = ROLE_ID;
}

/* The answer's own names end with it; a user's fields live as long as the call. */
static int name_columns(struct reading *r)
{
	struct session *s = r->session;

	r->columns = arena_alloc(&s->arena, (r->n + 1) * sizeof(*r->columns));
	for (uint32_t i = 0; r->columns && i < r->n; i++) {
		const char *name = r->from[i].name;
		struct answer_column *column = &r->columns[i];

		answer_column(s->plan->mapping, name, column);
		if (column->name == name)
			column->name = arena_dup(&s->arena, name, strlen(name));
		if (!column->name)
			return -1;
	}
	if (r->columns)
		find_id(r);
	return r->columns ? 0 : -1;
}

static int read_answer(struct reading *r, uint32_t operation, const struct params *params,
		       struct idbc_error *err)
{
	struct session *s = r->session;
	const struct mapping *m = s->plan->mapping;
	const struct map_sql_step *step = &m->sql[operation].steps[m->sql[operation].n - 1];
	const char *wrong;
	struct cursor c;
	int rc = override_open(s, step, params, &c, &r->from, err);

	r->n = c.ncols;
	if (rc == IDBC_OK && override_check_columns(m, operation, r->from, r->n, &s->arena, &wrong))
		rc = wrong ? bad_answer(s, &step->raw, wrong, err) : call_nomem(s, err);
	if (rc == IDBC_OK && name_columns(r))
		rc = call_nomem(s, err);
	if (rc == IDBC_OK && !shows_asked(r))
		rc = s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				   "%s shows no such identifier", step->raw.key);
	if (rc == IDBC_OK)
		rc = read_rows(r, &c, step, err);
	cursor_close(&c);
	return rc;
}

/* --- from an identifier to parameters ----------------------------------------------- */

static int names_id(const struct map_sql *sql)
{
	return mapping_sql_names(sql, "id") || mapping_sql_names(sql, "user_id");
}

static int names_login_field(const struct mapping *m, const struct map_sql *sql)
{
	for (uint32_t i = 0; i < m->nlogin; i++)
		if (mapping_sql_names(sql, mapping_by_field(m->login_by[i])))
			return 1;
	return 0;
}

int override_reads(const struct mapping *m, uint32_t operation, uint32_t by)
{
	const struct map_sql *sql = &m->sql[operation];

	if (!sql->n || by > IDBC_BY_PHONE)
		return 0;
	if (by == IDBC_BY_USER_ID)
		return names_id(sql);
	if (mapping_sql_names(sql, "login"))
		return 1;
	return by == IDBC_BY_LOGIN ? names_login_field(m, sql)
				   : mapping_sql_names(sql, mapping_by_field(by));
}

/* The fold that all login fields have in common; else as typed. */
static uint32_t login_fold(const struct mapping *m)
{
	uint32_t fold = m->nlogin ? m->fold[m->login_by[0]] : IDBC_FOLD_NONE;

	for (uint32_t i = 1; i < m->nlogin; i++)
		if (m->fold[m->login_by[i]] != fold)
			return IDBC_FOLD_NONE;
	return fold;
}

static int put_asked(struct session *s, struct params *p, const char *name, uint32_t fold,
		     const struct idbc_str *asked)
{
	struct idbc_str folded;

	return override_fold(s, fold, asked, &folded) || params_text(s, p, name, &folded) ? -1 : 0;
}

/* Under the name of its kind; under :login, too, where no step names that kind. */
static int put_identifier(struct session *s, uint32_t operation, uint32_t by,
			  const struct idbc_str *asked, struct params *p)
{
	const struct mapping *m = s->plan->mapping;
	const struct map_sql *sql = &m->sql[operation];
	const char *name = mapping_by_field(by);

	if (by != IDBC_BY_LOGIN && mapping_sql_names(sql, name))
		return put_asked(s, p, name, m->fold[by], asked);
	if (mapping_sql_names(sql, "login"))
		return put_asked(s, p, "login", by == IDBC_BY_LOGIN ? login_fold(m) : m->fold[by],
				 asked);
	for (uint32_t i = 0; i < m->nlogin; i++)
		if (put_asked(s, p, mapping_by_field(m->login_by[i]), m->fold[m->login_by[i]],
			      asked))
			return -1;
	return 0;
}

/* 0; 1: the identifier cannot be a key of this store; -1: no memory. */
static int put_all(struct session *s, uint32_t operation, uint32_t by,
		   const struct idbc_str *asked, struct params *p)
{
	struct idbc_value key;

	if (params_now(s, p))
		return -1;
	if (by != IDBC_BY_USER_ID)
		return put_identifier(s, operation, by, asked, p);
	key = key_bind(s, asked);
	if (key.kind == IDBC_KIND_NULL)
		return 1;
	return params_id(s, p, &key);
}

/* An identifier that the store's encoding cannot spell, an id that is no value of the
 * key's type where no catalogue tells it: nobody has it. */
static int is_nobody(struct session *s, uint32_t by, int rc)
{
	uint32_t state = state_class(s->plan->dialect->id, &s->diag);

	if (rc != IDBC_INVALID)
		return 0;
	return state_is_unspellable(&s->diag) ||
	       (by == IDBC_BY_USER_ID && (state == STATE_BAD_VALUE || state == STATE_TOO_LONG));
}

static int find(struct session *s, uint32_t operation, uint32_t by, const struct idbc_str *asked,
		struct answer *out, int *gone, struct idbc_error *err)
{
	struct reading *r = arena_alloc(&s->arena, sizeof(*r));
	struct params params = { NULL, 0, 0 };
	int rc = r ? put_all(s, operation, by, asked, &params) : -1;

	memset(out, 0, sizeof(*out));
	*gone = 0;
	if (rc)
		return rc < 0 ? call_nomem(s, err) : IDBC_OK;
	r->session = s;
	r->by = by;
	r->asked = asked;
	rc = override_steps(s, operation, s->plan->mapping->sql[operation].n - 1, &params, err);
	if (rc == IDBC_OK)
		rc = read_answer(r, operation, &params, err);
	if (rc == IDBC_OK)
		rc = look_for_hidden(r, err);
	if (rc == IDBC_OK)
		choose(r, out);
	*gone = r->gone;
	/* A step that must find a row and did not: there is nobody. */
	if (rc != IDBC_NO_USER && !is_nobody(s, by, rc))
		return rc;
	call_clear(err);
	return IDBC_OK;
}

/* He was read, then his delete ended: a second look, which he outlives where the id is another's
 * by now.  A transaction sees what it saw. */
int override_find(struct session *s, uint32_t operation, uint32_t by,
		  const struct idbc_str *asked, struct answer *out, struct idbc_error *err)
{
	int gone, rc = find(s, operation, by, asked, out, &gone, err);

	if (rc == IDBC_OK && gone && out->n && !s->in_transaction)
		rc = find(s, operation, by, asked, out, &gone, err);
	return rc;
}

int override_emit(struct session *s, const struct answered *user, struct idbc_sink *sink,
		  struct idbc_error *err)
{
	const struct idbc_value yes = { .kind = IDBC_KIND_BOOL, .u.i64 = 1 };
	int rc = sink->row(sink, &user->id, &user->matched);

	/* What is counted of his failures the statement need not say: some may be. */
	if (!rc && s->plan->mapping->failed.count)
		rc = sink->field(sink, "login.failed", &yes);
	for (size_t i = 0; !rc && i < user->nfields; i++)
		rc = sink->field(sink, user->fields[i].name, &user->fields[i].value);
	if (!rc)
		rc = sink->credential(sink, user->parts, user->nparts);
	return rc ? call_refused(s, err) : IDBC_OK;
}
