/* drivers/sql/user/intent.c - rows of the table of intents.  Times are the store's own, in
 * milliseconds since 1970; a token is compared and swapped in one statement.
 * Threads: the session's.
 */
#include "sql/user/intent.h"
#include "sql/codec/codec_part.h"
#include "sql/user/key.h"
#include "sql/user/lookup.h"
#include "sql/user/request.h"

#include <string.h>

int intents_on(const struct session *s)
{
	return s->plan->intents != NULL;
}

int intent_flag(const struct idbc_delete_req *req, uint32_t flag)
{
	return IDBC_HAS(req, flags) && (req->flags & flag) != 0;
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

static void put_lease(struct request *r, int64_t lease_ms)
{
	text_put(&r->text, "%s + ", r->text.dialect->clock_ms);
	request_count(r, lease_ms);
}

static void put_where(struct request *r, const struct idbc_value *id)
{
	text_put(&r->text, " WHERE %I = ", "scope");
	request_name(r, r->session->plan->scope);
	text_put(&r->text, " AND %I = ", "native_id");
	request_text(r, &id->u.str);
}

/* The intent of that token, and no other row. */
static void put_intent(struct request *r, const struct idbc_value *id,
		       const struct idbc_str *token)
{
	put_where(r, id);
	text_put(&r->text, " AND %I = %d AND %I = ", "state", PLAN_DELETING, "token");
	request_text(r, token);
}

/* --- looking --------------------------------------------------------------------------- */

static int take_row(struct session *s, const struct idbc_value *row, uint32_t *state,
		    struct idbc_str *token)
{
	struct idbc_value copy;

	*state = (uint32_t)request_number(&row[0]);
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
	struct cursor c;
	int rc = intent_id(s, id, &key, err), more = 0;

	*state = 0;
	if (rc != IDBC_OK)
		return rc;
	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "SELECT %I, %I FROM %T", "state", "token", s->plan->intents);
	put_where(&r, &key);
	text_put(&r.text, "%s", s->in_transaction ? r.text.dialect->unaged : "");
	rc = request_open(&r, 2, &c, err);
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

	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "INSERT INTO %T (%I, %I, %I, %I, %I, %I, %I, %I) VALUES (",
		 s->plan->intents, "scope", "native_id", "state", "connection", "token",
		 "lease_end", "profile_store", "written_at");
	request_name(&r, row->scope);
	text_put(&r.text, ", ");
	request_text(&r, &row->id->u.str);
	text_put(&r.text, ", %d, ", (int)row->state);
	request_name(&r, s->instance->connection);
	text_put(&r.text, ", ");
	request_text(&r, &row->token);
	text_put(&r.text, ", ");
	put_lease(&r, row->lease_ms);
	text_put(&r.text, ", %d, %s)%s", (int)row->with_profile, r.text.dialect->clock_ms,
		 r.text.dialect->or_nothing);
	return request_insert(&r, rows, err);
}

/* A tombstone of his id becomes the row, or what an earlier delete left that kept his. */
static int dig_up(struct session *s, const struct row *row, int64_t *rows,
		  struct idbc_error *err)
{
	struct request r;

	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "UPDATE %T SET %I = %d, %I = ", s->plan->intents, "state",
		 (int)row->state, "connection");
	request_name(&r, s->instance->connection);
	text_put(&r.text, ", %I = ", "token");
	request_text(&r, &row->token);
	text_put(&r.text, ", %I = ", "lease_end");
	put_lease(&r, row->lease_ms);
	text_put(&r.text, ", %I = %d, %I = %s", "profile_store", (int)row->with_profile,
		 "written_at", r.text.dialect->clock_ms);
	put_where(&r, row->id);
	text_put(&r.text, " AND %I IN (%d, %d)", "state", PLAN_DELETED, PLAN_KEPT);
	return request_write(&r, rows, err);
}

static int touch(struct session *s, const struct idbc_value *id, struct idbc_error *err)
{
	struct request r;
	int64_t rows;

	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "UPDATE %T SET %I = %I", s->plan->intents, "written_at", "written_at");
	put_where(&r, id);
	return request_write(&r, &rows, err);
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
			   .with_profile = intent_flag(req, IDBC_DELETE_PROFILE_STORE),
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
	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "DELETE FROM %T", s->plan->intents);
	put_intent(&r, &id, &req->token);
	rc = request_write(&r, &rows, err);
	return rc == IDBC_OK ? taken(s, rows, err) : rc;
}

/* No row of his any more. */
static int forget(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	struct idbc_value key;
	struct request r;
	int64_t rows;
	int rc = intent_id(s, id, &key, err);

	if (rc != IDBC_OK)
		return rc;
	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "DELETE FROM %T", s->plan->intents);
	put_where(&r, &key);
	return request_write(&r, &rows, err);
}

/* A row that another transaction writes is waited for by whoever wants to write it too, also
 * where nobody can see it yet.  One that was made here for that goes again. */
int intent_settled(struct session *s, const struct idbc_str *id, uint32_t *state,
		   struct idbc_str *token, struct idbc_error *err)
{
	struct idbc_value key;
	struct row row = { .scope = s->plan->scope, .id = &key, .state = PLAN_DELETED };
	int64_t rows = 0;
	int rc = intent_id(s, id, &key, err);

	*state = 0;
	if (rc == IDBC_OK)
		rc = insert(s, &row, &rows, err);
	if (rc == IDBC_OK && rows)
		return forget(s, id, err);
	if (rc == IDBC_OK)
		rc = touch(s, &key, err);
	return rc == IDBC_OK ? intent_state(s, id, state, token, err) : rc;
}

int intent_hold(struct session *s, const struct idbc_str *id, const struct idbc_str *token,
		struct idbc_error *err)
{
	struct idbc_str stands = { "", 0 };
	struct idbc_value key;
	uint32_t state = 0;
	int rc = intent_id(s, id, &key, err);

	if (rc == IDBC_OK)
		rc = touch(s, &key, err);
	if (rc == IDBC_OK)
		rc = intent_state(s, id, &state, &stands, err);
	if (rc != IDBC_OK)
		return rc;
	return taken(s, state == PLAN_DELETING && str_equal(&stands, token), err);
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
	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "UPDATE %T SET %I = ", s->plan->intents, "token");
	request_text(&r, &req->new_token);
	text_put(&r.text, ", %I = ", "lease_end");
	put_lease(&r, req->lease_ms);
	put_intent(&r, &id, &req->token);
	text_put(&r.text, " AND %I <= %s", "lease_end", r.text.dialect->clock_ms);
	rc = request_write(&r, &rows, err);
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
	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "UPDATE %T SET %I = %d, %I = %s", s->plan->intents, "state", PLAN_DELETED,
		 "written_at", r.text.dialect->clock_ms);
	put_intent(&r, &id, &req->token);
	rc = request_write(&r, &rows, err);
	return rc == IDBC_OK ? taken(s, rows, err) : rc;
}

static int swap_state(struct session *s, const struct idbc_value *id, int from, int to,
		      struct idbc_error *err)
{
	struct request r;
	int64_t rows;

	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "UPDATE %T SET %I = %d", s->plan->intents, "state", to);
	put_where(&r, id);
	text_put(&r.text, " AND %I = %d", "state", from);
	return request_write(&r, &rows, err);
}

int intent_keep(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	struct idbc_value key;
	int rc = intent_id(s, id, &key, err);

	return rc == IDBC_OK ? swap_state(s, &key, PLAN_DELETED, PLAN_KEPT, err) : rc;
}

int intent_retire(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	struct idbc_value key;
	struct row row = { .scope = s->plan->scope, .id = &key, .state = PLAN_DELETED };
	int64_t rows = 0;
	int rc = intent_id(s, id, &key, err);

	if (rc == IDBC_OK)
		rc = insert(s, &row, &rows, err);
	return rc == IDBC_OK && !rows ? swap_state(s, &key, PLAN_KEPT, PLAN_DELETED, err) : rc;
}

/* --- what is left over ------------------------------------------------------------------ */

static int tell_row(struct session *s, const struct idbc_value *row, intent_tell *tell, void *ctx,
		    struct idbc_error *err)
{
	struct intent_row out = { .token = value_str(&row[1]), .with_profile = request_number(&row[2]) != 0 };

	if (intent_native(s, &row[0], &out.id))
		return call_nomem(s, err);
	return tell(s, ctx, &out, err);
}

int intent_expired(struct session *s, intent_tell *tell, void *ctx, struct idbc_error *err)
{
	struct request r;
	struct cursor c;
	int rc, more = 0;

	request_begin(&r, s, s->plan->intents);
	text_put(&r.text, "SELECT %I, %I, %I FROM %T WHERE %I = ", "native_id", "token",
		 "profile_store", s->plan->intents, "scope");
	request_name(&r, s->plan->scope);
	text_put(&r.text, " AND %I = %d AND %I <= %s ORDER BY %I, %I", "state", PLAN_DELETING,
		 "lease_end", r.text.dialect->clock_ms, "lease_end", "native_id");
	rc = request_open(&r, 3, &c, err);
	while (rc == IDBC_OK && (more = cursor_next(&c, err)) > 0)
		rc = tell_row(s, c.cols, tell, ctx, err);
	if (more < 0)
		rc = (int)err->status;
	cursor_close(&c);
	return rc;
}
