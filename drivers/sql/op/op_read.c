/* drivers/sql/op/op_read.c - login and get_user: one statement, and the same one for both,
 * but for those that are in SQL of the author's own.  Threads: the session's.
 */
#include "sql/override/override.h"

static int read_answer(struct session *s, uint32_t operation, uint32_t by,
		       const struct idbc_str *asked, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	struct answer found;
	int rc = override_find(s, operation, by, asked, &found, err);
	const struct lookup left_out = { .deleted = found.deleted, .unequal = found.unequal,
					 .hidden = found.hidden };

	row_passed_over(&left_out, sink);
	/* A step before the last found too much: whom a login means is not known. */
	if (rc == IDBC_AMBIGUOUS && operation == MAP_LOGIN) {
		s->host->log(s->host, IDBC_LOG_WARNING, "%s", err->text);
		return call_no_user(s, err);
	}
	if (rc == IDBC_OK && !found.n)
		return call_no_user(s, err);
	for (size_t i = 0; rc == IDBC_OK && i < found.n; i++)
		rc = override_emit(s, &found.users[i], sink, err);
	return rc;
}

static int read_user(struct session *s, uint32_t operation, uint32_t by,
		     const struct idbc_str *asked, struct idbc_sink *sink,
		     struct idbc_error *err)
{
	struct lookup found;
	int rc;

	if (override_reads(s->plan->mapping, operation, by))
		return read_answer(s, operation, by, asked, sink, err);
	rc = lookup_shown(s, by, asked, &found, err);
	row_passed_over(&found, sink);
	if (rc == IDBC_OK && !found.n)
		return call_no_user(s, err);
	for (size_t i = 0; rc == IDBC_OK && i < found.n; i++)
		rc = row_emit(s, found.select, &found.users[i], sink, err);
	return rc;
}

int op_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
	     struct idbc_error *err)
{
	struct session *s = self;
	int rc = call_begin(s, req->deadline_ns, OP_LOGIN, err);

	return rc == IDBC_OK ? read_user(s, MAP_LOGIN, req->by, &req->identifier, sink, err) : rc;
}

/* Who is not on a standby may be on the server that it follows.  A login says nothing of it. */
static int missing(struct session *s, struct idbc_error *err)
{
	if (!s->backend->replays || !s->backend->replays(s->conn))
		return IDBC_NO_USER;
	call_clear(err);
	return s->host->fail(s->host, err, IDBC_UNAVAILABLE, "standby",
			     "a standby does not know the user, which proves nothing");
}

int op_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		struct idbc_error *err)
{
	struct session *s = self;
	int rc = call_begin(s, req->deadline_ns, OP_GET_USER, err);

	if (rc == IDBC_OK)
		rc = read_user(s, MAP_GET_USER, req->by, &req->identifier, sink, err);
	return rc == IDBC_NO_USER ? missing(s, err) : rc;
}
