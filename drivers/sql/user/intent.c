/* drivers/sql/user/intent.c - rows of the table of intents.  Times are the store's own, in
 * milliseconds since 1970; a token is compared and swapped in one statement.
 * Threads: the session's.
 */
#include "sql/user/intent.h"
#include "sql/codec/codec_part.h"
#include "sql/plan/text.h"
#include "sql/user/key.h"
#include "sql/user/lookup.h"

#include <string.h>

int intents_on(const struct session *s)
{
	return s->plan->intents != NULL;
}

/* --- ids ------------------------------------------------------------------------------- */

static int id_is_hex(const struct session *s)
{
	return s->plan->key_kind == SQL_COL_BINARY || s->plan->key_kind == SQL_COL_UUID_BYTES;
}

int intent_id(struct session *s, const struct idbc_str *id, struct idbc_value *out,
	      struct idbc_error *err)
{
	struct idbc_str text = *id;
	struct idbc_value key;

	if (id_is_hex(s)) {
		key = key_bind(s, id);
		if (key.kind == IDBC_KIND_BYTES &&
		    codec_hex(&key.u.str, "", &s->arena, &text) != CODEC_OK)
			return call_nomem(s, err);
	}
	if (!text.len || text.len > INTENT_ID_MAX)
		return s->host->fail(s->host, err, IDBC_CONFLICT, "id_too_long",
				     "the user's id has more bytes than the table of intents keeps");
	*out = (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = text };
	return IDBC_OK;
}

int intent_native(struct session *s, const struct idbc_value *stored, struct idbc_str *out)
{
	struct idbc_value key = { .kind = IDBC_KIND_BYTES }, text;
	struct idbc_str id = value_str(stored);

	if (id_is_hex(s) && codec_unhex(&id, &s->arena, &key.u.str) == CODEC_OK) {
		if (key_text(s, &key, &text))
			return -1;
		*out = text.u.str;
		return 0;
	}
	out->ptr = arena_dup(&s->arena, id.ptr ? id.ptr : "", id.len);
	out->len = id.len;
	return out->ptr ? 0 : -1;
}

/* --- statements ------------------------------------------------------------------------ */

#define MAX_ARGS 10
struct request {
	struct session *session;
	struct sql_text text;
	struct idbc_value args[MAX_ARGS];
	uint32_t nargs;
};

static void begin(struct request *r, struct session *s)
{
	r->session = s;
	r->text = (struct sql_text)SQL_TEXT_INIT(&s->arena, s->plan->dialect);
	r->nargs = 0;
}

static void put_text(struct request *r, const struct idbc_str *value)
{
	const struct dialect *d = r->text.dialect;

	text_put(&r->text, "%s?%s", d->text_open, d->text_close);
	r->args[r->nargs++] = (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = *value };
}

static void put_name(struct request *r, const char *name)
{
	put_text(r, &(struct idbc_str){ name, strlen(name) });
}

static void put_count(struct request *r, int64_t n)
{
	const struct dialect *d = r->text.dialect;

	text_put(&r->text, "%s?%s", d->count_open, d->count_close);
	r->args[r->nargs++] = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = n };
}

static void put_lease(struct request *r, int64_t lease_ms)
{
	text_put(&r->text, "%s + ", r->text.dialect->clock_ms);
	put_count(r, lease_ms);
}

static void put_where(struct request *r, const struct idbc_value *id)
{
	text_put(&r->text, " WHERE %I = ", "scope");
	put_name(r, r->session->plan->scope);
	text_put(&r->text, " AND %I = ", "native_id");
	put_text(r, &id->u.str);
}

/* The intent of that token, and no other row. */
static void put_intent(struct request *r, const struct idbc_value *id,
		       const struct idbc_str *token)
{
	put_where(r, id);
	text_put(&r->text, " AND %I = %d AND %I = ", "state", PLAN_DELETING, "token");
	put_text(r, token);
}

static int run(struct request *r, int64_t *rows, struct idbc_error *err)
{
	struct query q = { r->text.s, r->args, r->nargs, r->session->plan->intents };

	*rows = 0;
	if (r->text.failed)
		return call_nomem(r->session, err);
	return call_write(r->session, &q, rows, NULL, err);
}

/* --- looking --------------------------------------------------------------------------- */

static int64_t number_of(const struct idbc_value *v)
{
	struct idbc_str text = value_str(v);
	int64_t n = 0;

	if (v->kind == IDBC_KIND_I64 || v->kind == IDBC_KIND_BOOL)
		return v->u.i64;
	return codec_i64(text.ptr, text.len, &n) ? 0 : n;
}

static int take_row(struct session *s, const struct idbc_value *row, uint32_t *state,
		    struct idbc_str *token)
{
	struct idbc_value copy;

	*state = (uint32_t)number_of(&row[0]);
	if (!token)
		return 0;
	if (value_copy(s, &row[1], &copy))
		return -1;
	*token = value_str(&copy);
	return 0;
}

int intent_state(struct session *s, const struct idbc_str *id, uint32_t *state,
		 struct idbc_str *token, struct idbc_error *err)
{
	struct idbc_value key;
	struct request r;
	struct query q;
	struct cursor c;
	int rc = intent_id(s, id, &key, err), more = 0;

	*state = 0;
	if (rc != IDBC_OK)
		return rc;
	begin(&r, s);
	text_put(&r.text, "SELECT %I, %I FROM %T", "state", "token", s->plan->intents);
	put_where(&r, &key);
	text_put(&r.text, "%s", s->in_transaction ? r.text.dialect->unaged : "");
	if (r.text.failed)
		return call_nomem(s, err);
	q = (struct query){ r.text.s, r.args, r.nargs, NULL };
	rc = cursor_open(s, &q, 2, &c, err);
	if (rc == IDBC_OK)
		more = cursor_next(&c, err);
	if (more < 0)
		rc = (int)err->status;
	if (more > 0 && take_row(s, c.cols, state, token))
		rc = call_nomem(s, err);
	cursor_close(&c);
	return rc;
}

int intent_seen(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	uint32_t state = 0;
	int rc;

	if (!intents_on(s) || s->finds_hidden)
		return IDBC_OK;
	rc = intent_state(s, id, &state, NULL, err);
	return rc == IDBC_OK && state == PLAN_DELETING ? call_no_user(s, err) : rc;
}

/* --- writing --------------------------------------------------------------------------- */

struct row {
	const char *scope;
	const struct idbc_value *id;
	uint32_t state, with_profile;
	struct idbc_str token;
	int64_t lease_ms;
};

/* rows 1: it was made; 0: there is one already. */
static int insert(struct session *s, const struct row *row, int64_t *rows,
		  struct idbc_error *err)
{
	struct request r;
	int rc;

	begin(&r, s);
	text_put(&r.text, "INSERT INTO %T (%I, %I, %I, %I, %I, %I, %I, %I) VALUES (",
		 s->plan->intents, "scope", "native_id", "state", "connection", "token",
		 "lease_end", "profile_store", "written_at");
	put_name(&r, row->scope);
	text_put(&r.text, ", ");
	put_text(&r, &row->id->u.str);
	text_put(&r.text, ", %d, ", (int)row->state);
	put_name(&r, s->instance->connection);
	text_put(&r.text, ", ");
	put_text(&r, &row->token);
	text_put(&r.text, ", ");
	put_lease(&r, row->lease_ms);
	text_put(&r.text, ", %d, %s)%s", (int)row->with_profile, r.text.dialect->clock_ms,
		 r.text.dialect->or_nothing);
	rc = run(&r, rows, err);
	if (rc != IDBC_EXISTS)
		return rc;
	call_clear(err);
	*rows = 0;
	return IDBC_OK;
}

/* A tombstone of his id becomes the row. */
static int dig_up(struct session *s, const struct row *row, int64_t *rows,
		  struct idbc_error *err)
{
	struct request r;

	begin(&r, s);
	text_put(&r.text, "UPDATE %T SET %I = %d, %I = ", s->plan->intents, "state",
		 (int)row->state, "connection");
	put_name(&r, s->instance->connection);
	text_put(&r.text, ", %I = ", "token");
	put_text(&r, &row->token);
	text_put(&r.text, ", %I = ", "lease_end");
	put_lease(&r, row->lease_ms);
	text_put(&r.text, ", %I = %d, %I = %s", "profile_store", (int)row->with_profile,
		 "written_at", r.text.dialect->clock_ms);
	put_where(&r, row->id);
	text_put(&r.text, " AND %I = %d", "state", PLAN_DELETED);
	return run(&r, rows, err);
}

static int check_token(struct session *s, const struct idbc_str *token, struct idbc_error *err)
{
	if (token->len && token->len <= INTENT_TOKEN_MAX)
		return IDBC_OK;
	return s->host->fail(s->host, err, IDBC_INVALID, "token",
			     "the token of an intent has 1 to %d bytes", INTENT_TOKEN_MAX);
}

int intent_write(struct session *s, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct idbc_value id;
	struct row row = { .scope = s->plan->scope, .id = &id, .state = PLAN_DELETING,
			   .with_profile = (req->flags & IDBC_DELETE_PROFILE_STORE) != 0,
			   .token = req->token, .lease_ms = req->lease_ms };
	int64_t rows = 0;
	int rc = check_token(s, &req->token, err);

	if (rc == IDBC_OK)
		rc = intent_id(s, &req->user_id, &id, err);
	if (rc == IDBC_OK)
		rc = insert(s, &row, &rows, err);
	if (rc == IDBC_OK && !rows)
		rc = dig_up(s, &row, &rows, err);
	return rc == IDBC_OK && !rows ? call_no_user(s, err) : rc;
}

static int taken(struct session *s, int64_t rows, struct idbc_error *err)
{
	if (rows)
		return IDBC_OK;
	return s->host->fail(s->host, err, IDBC_CONFLICT, "intent_taken",
			     "the intent is another's now, or gone");
}

int intent_withdraw(struct session *s, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct idbc_value id;
	struct request r;
	int64_t rows;
	int rc = intent_id(s, &req->user_id, &id, err);

	if (rc != IDBC_OK)
		return rc;
	begin(&r, s);
	text_put(&r.text, "DELETE FROM %T", s->plan->intents);
	put_intent(&r, &id, &req->token);
	rc = run(&r, &rows, err);
	return rc == IDBC_OK ? taken(s, rows, err) : rc;
}

int intent_take(struct session *s, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct idbc_value id;
	struct request r;
	int64_t rows;
	int rc = check_token(s, &req->new_token, err);

	if (rc == IDBC_OK)
		rc = intent_id(s, &req->user_id, &id, err);
	if (rc != IDBC_OK)
		return rc;
	begin(&r, s);
	text_put(&r.text, "UPDATE %T SET %I = ", s->plan->intents, "token");
	put_text(&r, &req->new_token);
	text_put(&r.text, ", %I = ", "lease_end");
	put_lease(&r, req->lease_ms);
	put_intent(&r, &id, &req->token);
	text_put(&r.text, " AND %I <= %s", "lease_end", r.text.dialect->clock_ms);
	rc = run(&r, &rows, err);
	return rc == IDBC_OK ? taken(s, rows, err) : rc;
}

int intent_bury(struct session *s, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct idbc_value id;
	struct request r;
	int64_t rows;
	int rc = intent_id(s, &req->user_id, &id, err);

	if (rc != IDBC_OK)
		return rc;
	begin(&r, s);
	text_put(&r.text, "UPDATE %T SET %I = %d, %I = %s", s->plan->intents, "state", PLAN_DELETED,
		 "written_at", r.text.dialect->clock_ms);
	put_intent(&r, &id, &req->token);
	rc = run(&r, &rows, err);
	return rc == IDBC_OK ? taken(s, rows, err) : rc;
}

int intent_retire(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	struct idbc_value key;
	struct row row = { .scope = s->plan->scope, .id = &key, .state = PLAN_DELETED };
	int64_t rows;
	int rc = intent_id(s, id, &key, err);

	return rc == IDBC_OK ? insert(s, &row, &rows, err) : rc;
}
