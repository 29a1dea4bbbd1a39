/* drivers/sql/op_read.c - login and get_user: one statement, and the same one for both.
 * Threads: the session's.
 */
#include "sql/ops.h"

static int read_user(struct session *s, uint32_t by, const struct idbc_str *asked,
		     struct idbc_sink *sink, struct idbc_error *err)
{
	struct lookup found;
	int rc = lookup_users(s, by, asked, &found, err);

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

	return rc == IDBC_OK ? read_user(s, req->by, &req->identifier, sink, err) : rc;
}

int op_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		struct idbc_error *err)
{
	struct session *s = self;
	int rc = call_begin(s, req->deadline_ns, OP_GET_USER, err);

	return rc == IDBC_OK ? read_user(s, req->by, &req->identifier, sink, err) : rc;
}
