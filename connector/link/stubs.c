/* connector/link/stubs.c - job: what stands in a driver's table where the driver has nothing,
 * so that no caller meets a NULL: operations say UNSUPPORTED, courtesies do nothing.
 * Threads: any, no lock.
 */
#include <idbc/idbc.h>
#include "base/err.h"
#include "link/inside.h"

static int absent(struct idbc_error *err)
{
	return err_set(err, IDBC_UNSUPPORTED, "link", "the driver does not do this");
}

static int no_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
		     struct idbc_error *err)
{
	(void)self;
	(void)req;
	(void)sink;
	return absent(err);
}

static int no_list(void *self, const struct idbc_list_req *req, struct idbc_sink *sink,
		   struct idbc_error *err)
{
	(void)self;
	(void)req;
	(void)sink;
	return absent(err);
}

static int no_intents(void *self, int64_t deadline_ns, struct idbc_sink *sink,
		      struct idbc_error *err)
{
	(void)self;
	(void)deadline_ns;
	(void)sink;
	return absent(err);
}

static int no_check(void *self, int64_t deadline_ns, uint32_t flags,
		    struct idbc_findings *findings, struct idbc_error *err)
{
	(void)self;
	(void)deadline_ns;
	(void)flags;
	(void)findings;
	return absent(err);
}

static int no_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
		     struct idbc_error *err)
{
	(void)self;
	(void)req;
	(void)effect;
	return absent(err);
}

static int no_moved(void *self, const struct idbc_moved_req *req, uint32_t *state,
		    struct idbc_error *err)
{
	(void)self;
	(void)req;
	(void)state;
	return absent(err);
}

static int no_migrate(void *self, const struct idbc_migrate_req *req, struct idbc_sink *sink,
		      struct idbc_error *err)
{
	(void)self;
	(void)req;
	(void)sink;
	return absent(err);
}

static int no_create_many(void *self, const struct idbc_create_many_req *req,
			  struct idbc_sink *sink, struct idbc_error *err)
{
	(void)self;
	(void)req;
	(void)sink;
	return absent(err);
}

/* All that take a request and answer with a status alone. */
#define NO(slot, request)                                                                  \
	static int no_##slot(void *self, const struct request *req, struct idbc_error *err) \
	{                                                                                   \
		(void)self;                                                                 \
		(void)req;                                                                  \
		return absent(err);                                                         \
	}
NO(verify, idbc_verify_req)
NO(change_password, idbc_password_req)
NO(delete_user, idbc_delete_req)
NO(change_email, idbc_email_req)
NO(proven, idbc_proven_req)
NO(failed, idbc_failed_req)
NO(change_username, idbc_username_req)
NO(change_phone, idbc_phone_req)

static int no_begin(void *instance)
{
	(void)instance;
	return 0;
}

static int not_quiet(void *session)
{
	(void)session;
	return 0;
}

static void nothing(void *instance_or_session)
{
	(void)instance_or_session;
}

#define FILL(slot, bit, stub) do {              \
	if (ops->slot)                          \
		slots |= (bit);                 \
	else                                    \
		ops->slot = (stub);             \
} while (0)

uint32_t stubs_ops(struct idbc_ops *ops)
{
	uint32_t slots = 1u << IDBC_LOGIN | 1u << IDBC_GET_USER;        /* required */

	FILL(create, 1u << IDBC_CREATE, no_create);
	FILL(verify, 1u << IDBC_VERIFY, no_verify);
	FILL(change_password, 1u << IDBC_CHANGE_PASSWORD, no_change_password);
	FILL(delete_user, 1u << IDBC_DELETE_USER, no_delete_user);
	FILL(change_email, 1u << IDBC_CHANGE_EMAIL, no_change_email);
	FILL(proven, LINK_PROVEN, no_proven);
	FILL(list, LINK_LIST, no_list);
	FILL(intents, LINK_INTENTS, no_intents);
	FILL(check, LINK_CHECK, no_check);
	FILL(failed, LINK_FAILED, no_failed);
	FILL(change_username, LINK_CHANGE_USERNAME, no_change_username);
	FILL(change_phone, LINK_CHANGE_PHONE, no_change_phone);
	FILL(settle, LINK_SETTLE, no_settle);
	FILL(moved, LINK_MOVED, no_moved);
	FILL(migrate, LINK_MIGRATE, no_migrate);
	FILL(create_many, LINK_CREATE_MANY, no_create_many);
	return slots;
}

/* One half of thread_begin() and thread_end() is as good as none. */
void stubs_driver(struct idbc_driver *table)
{
	if (!table->thread_begin || !table->thread_end) {
		table->thread_begin = no_begin;
		table->thread_end = nothing;
	}
	if (!table->interrupt)
		table->interrupt = nothing;
	if (!table->quiet)
		table->quiet = not_quiet;
	if (!table->version)
		table->version = "";
}
