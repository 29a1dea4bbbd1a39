/* drivers/sql/op/op_failed.c - after a refused password: one statement, committed by itself,
 * the same for a user who is not there.  Threads: the session's.
 */
#include "sql/ops.h"
#include "sql/user/failed.h"
#include "sql/user/key.h"

int op_failed(void *self, const struct idbc_failed_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct user nobody = { .key.kind = IDBC_KIND_NULL };
	struct write w;
	int rc = call_begin(s, req->deadline_ns, OP_LOGIN, err);

	if (rc != IDBC_OK || !s->plan->mapping->failed.mapped)
		return rc;
	if (req->user_id.len) {
		nobody.id = req->user_id;
		nobody.key = key_bind(s, &req->user_id);
	}
	write_init(&w, s, &nobody, NULL, 0);
	return failed_raise(&w, err);
}
