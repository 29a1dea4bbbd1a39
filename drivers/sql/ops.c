/* drivers/sql/ops.c - the table of operations that every SQL driver hands to the connector.
 * Threads: constant.
 */
#include "sql/ops.h"

/* --- what interrupt() may stop --------------------------------------------------------- */
#define READS(name, type) \
static int name(void *self, const struct type *req, struct idbc_sink *sink, \
		struct idbc_error *err) \
{ \
	int rc; \
\
	call_enter(self); \
	rc = op_##name(self, req, sink, err); \
	call_leave(self); \
	return rc; \
}
READS(login, idbc_login_req)
READS(get_user, idbc_user_req)
READS(create, idbc_create_req)
READS(list, idbc_list_req)
READS(create_many, idbc_create_many_req)

#define WRITES(name, type) \
static int name(void *self, const struct type *req, struct idbc_error *err) \
{ \
	int rc; \
\
	call_enter(self); \
	rc = op_##name(self, req, err); \
	call_leave(self); \
	return rc; \
}
WRITES(verify, idbc_verify_req)
WRITES(change_password, idbc_password_req)
WRITES(delete_user, idbc_delete_req)
WRITES(change_email, idbc_email_req)
WRITES(proven, idbc_proven_req)
WRITES(failed, idbc_failed_req)

static int check(void *self, int64_t deadline_ns, uint32_t flags, struct idbc_findings *findings,
		 struct idbc_error *err)
{
	int rc;

	call_enter(self);
	rc = op_check(self, deadline_ns, flags, findings, err);
	call_leave(self);
	return rc;
}

static int settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
		  struct idbc_error *err)
{
	int rc;

	call_enter(self);
	rc = op_settle(self, req, effect, err);
	call_leave(self);
	return rc;
}

static int intents(void *self, int64_t deadline_ns, struct idbc_sink *sink, struct idbc_error *err)
{
	int rc;

	call_enter(self);
	rc = op_intents(self, deadline_ns, sink, err);
	call_leave(self);
	return rc;
}

static int moved(void *self, const struct idbc_moved_req *req, uint32_t *state,
		 struct idbc_error *err)
{
	int rc;

	call_enter(self);
	rc = op_moved(self, req, state, err);
	call_leave(self);
	return rc;
}

const struct idbc_ops sql_ops = {
	.size = sizeof(struct idbc_ops),
	.login = login,
	.get_user = get_user,
	.create = create,
	.verify = verify,
	.change_password = change_password,
	.delete_user = delete_user,
	.change_email = change_email,
	.proven = proven,
	.list = list,
	.intents = intents,
	.check = check,
	.failed = failed,
	.settle = settle,
	.create_many = create_many,
	.moved = moved,
};
