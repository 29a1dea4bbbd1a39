/* drivers/sql/user/moved.c - rows of the table of moved ids: an id as text, when, and a state that
 * only goes upwards.  Threads: the session's.
 */
#include "sql/user/moved.h"
#include "sql/user/request.h"

#include <string.h>

#define ID_MAX 1024

static int check_id(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	if (id->len && id->len <= ID_MAX)
		return IDBC_OK;
	return s->host->fail(s->host, err, IDBC_INVALID, "", "an id that is moved has 1 to %d bytes",
			     ID_MAX);
}

static void put_id(struct request *r, const struct idbc_str *id)
{
	text_put(&r->text, " WHERE %I = ", "legacy_id");
	request_text(r, id);
}

int moved_state(struct session *s, const struct idbc_str *id, uint32_t *state,
		struct idbc_error *err)
{
	struct request r;
	struct cursor c;
	int rc = check_id(s, id, err), more = 0;

	if (rc != IDBC_OK)
		return rc;
	request_begin(&r, s, s->instance->moved);
	text_put(&r.text, "SELECT %I FROM %T", "state", r.table);
	put_id(&r, id);
	text_put(&r.text, "%s", s->in_transaction ? r.text.dialect->unaged : "");
	rc = request_open(&r, 1, &c, err);
	if (rc == IDBC_OK)
		more = cursor_next(&c, err);
	if (rc == IDBC_OK && more >= 0)
		*state = more ? (uint32_t)request_number(&c.cols[0]) : IDBC_MOVED_NOT;
	cursor_close(&c);
	return more < 0 ? (int)err->status : rc;
}

/* rows 1: he was not entered before. */
static int insert(struct session *s, const struct idbc_str *id, uint32_t state, int64_t *rows,
		  struct idbc_error *err)
{
	struct request r;

	request_begin(&r, s, s->instance->moved);
	text_put(&r.text, "INSERT INTO %T (%I, %I, %I) VALUES (", r.table, "legacy_id", "moved_at",
		 "state");
	request_text(&r, id);
	text_put(&r.text, ", %s, ", r.text.dialect->clock_ms);
	request_count(&r, state);
	text_put(&r.text, ")%s", r.text.dialect->or_nothing);
	return request_insert(&r, rows, err);
}

static int update(struct session *s, const struct idbc_str *id, uint32_t from, uint32_t to,
		  int64_t *rows, struct idbc_error *err)
{
	struct request r;

	request_begin(&r, s, s->instance->moved);
	text_put(&r.text, "UPDATE %T SET %I = ", r.table, "state");
	request_count(&r, to);
	put_id(&r, id);
	text_put(&r.text, " AND %I = ", "state");
	request_count(&r, from);
	return request_write(&r, rows, err);
}

static uint32_t above(uint32_t one, uint32_t other)
{
	uint32_t state = one & IDBC_MOVED_STATES, more = other & IDBC_MOVED_STATES;

	return (state > more ? state : more) | ((one | other) & IDBC_MOVED_COMPLETE);
}

/* Somebody else's step in between is seen by the comparison, and taken as it is then. */
int moved_set(struct session *s, const struct idbc_str *id, uint32_t *state,
	      struct idbc_error *err)
{
	uint32_t now = 0, then;
	int64_t rows = 0;
	int rc = check_id(s, id, err);

	if (rc == IDBC_OK)
		rc = insert(s, id, above(*state, 0), &rows, err);
	while (rc == IDBC_OK && !rows) {
		rc = call_late(s, err) ? IDBC_TIMEOUT : moved_state(s, id, &now, err);
		then = above(*state, now);
		if (rc == IDBC_OK && then == now)
			break;
		if (rc == IDBC_OK)
			rc = update(s, id, now, then, &rows, err);
	}
	if (rc == IDBC_OK)
		*state = above(*state, now);
	return rc;
}

int moved_new_life(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	uint32_t state = IDBC_MOVED_NOT;
	int64_t rows;
	int rc;

	if (!*s->instance->moved)
		return IDBC_OK;
	rc = moved_state(s, id, &state, err);
	if (rc != IDBC_OK || (state & IDBC_MOVED_STATES) != IDBC_MOVED_DELETED)
		return rc;
	return update(s, id, state, (state & ~(uint32_t)IDBC_MOVED_STATES) | IDBC_MOVED_CHANGED,
		      &rows, err);
}

static int moved_enter(struct session *s, const struct idbc_str *id, uint32_t state,
		       struct idbc_error *err)
{
	int64_t rows = 0;
	int rc;

	if (!*s->instance->moved)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "moved",
				     "the connection names no table of moved ids");
	rc = check_id(s, id, err);
	if (rc == IDBC_OK)
		rc = insert(s, id, state, &rows, err);
	if (rc != IDBC_OK || rows)
		return rc;
	return s->host->fail(s->host, err, IDBC_CONFLICT, "moved_before",
			     "the user of that id was moved here before");
}

int moved_create(struct session *s, const struct idbc_create_req *req, struct idbc_error *err)
{
	const struct idbc_value *id;

	if (!IDBC_HAS(req, flags) || !(req->flags & IDBC_CREATE_MOVED))
		return IDBC_OK;
	id = fields_get(req->fields, req->nfields, "user_id");
	if (!id)
		return s->host->fail(s->host, err, IDBC_INVALID, "user_id_required",
				     "who is moved has an id already");
	return moved_enter(s, &(struct idbc_str){ value_str(id).ptr, value_str(id).len },
			   (req->flags & IDBC_CREATE_CHANGED ? IDBC_MOVED_CHANGED : IDBC_MOVED_MOVED) |
			   IDBC_MOVED_COMPLETE, err);
}

static int try_insert(struct session *s, struct idbc_error *err)
{
	struct request r;
	int64_t rows;

	request_begin(&r, s, s->instance->moved);
	text_put(&r.text, "INSERT INTO %T (%I, %I, %I) SELECT %I, %I, %I FROM %T WHERE %I = 0 AND"
		 " %I = 1", r.table, "legacy_id", "moved_at", "state", "legacy_id", "moved_at",
		 "state", r.table, "state", "state");
	return request_write(&r, &rows, err);
}

/* Statements that write no row are refused like those that do. */
int moved_look(struct session *s, struct idbc_error *err)
{
	static const struct idbc_str nobody = { "-", 1 };
	uint32_t state;
	int64_t rows;
	int rc = moved_state(s, &nobody, &state, err);

	if (rc == IDBC_OK)
		rc = try_insert(s, err);
	if (rc == IDBC_OK)
		rc = update(s, &nobody, IDBC_MOVED_STATES, IDBC_MOVED_STATES, &rows, err);
	return rc;
}
