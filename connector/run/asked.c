/* connector/run/asked.c - job: a call that a stacked driver makes of a connection below it: may it
 * ask, until when, under whose stop; counted and logged as any other.
 * Threads: that of a call of the outer connection.  No lock.
 */
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/asked.h"

static int may_ask(const struct asked *asked, uint32_t kind, struct idbc_error *err)
{
	const struct idbc *conn = asked->call.conn;

	if (!kind)
		return IDBC_OK;
	if (!(conn->config->operations & (1u << kind)) || !link_has(conn->link, 1u << kind))
		return err_set(err, IDBC_UNSUPPORTED, "run", "%s does not do this",
			       conn->config->connection);
	return IDBC_OK;
}

int asked_begin(struct asked *asked, void *self, uint32_t kind, int64_t deadline_ns)
{
	struct lower *lower = self;
	struct call *call = &asked->call;

	memset(asked, 0, sizeof(*asked));
	asked->err = (struct idbc_error)IDBC_ERROR_INIT;
	asked->req = (struct idbc_request){ .size = sizeof(asked->req), .kind = kind };
	call->conn = lower->conn;
	call->req = &asked->req;
	call->below = &asked->below;
	call->stop = &asked->stop;
	call->started_ns = clock_now_ns();
	call->deadline_ns = deadline_ns;
	call->id = call_next_id(lower->conn);
	stop_init(&asked->stop);
	link_enter_below(lower->conn->link_above, &asked->stop);
	return may_ask(asked, kind, &asked->err);
}

void asked_name(struct asked *asked, uint32_t by, const struct idbc_str *identifier)
{
	asked->call.by = by;
	asked->call.identifier = *identifier;
}

/* Stopped is late to a driver: who stopped it tells the host. */
static int as_late(const struct asked *asked, int rc, struct idbc_error *err)
{
	uint32_t effect = err->effect;

	if (rc != IDBC_CANCELLED || stop_why(&asked->stop) != IDBC_CANCELLED)
		return rc;
	err_set(err, IDBC_TIMEOUT, "run", "stopped while the store worked");
	err->effect = effect;
	return IDBC_TIMEOUT;
}

int asked_end(struct asked *asked, int rc, struct idbc_error *err)
{
	struct call *call = &asked->call;
	uint32_t size = err->size;

	link_leave_below(call->conn->link_above);
	rc = as_late(asked, rc, &asked->err);
	if (asked->req.kind) {
		run_count(call->conn, asked->req.kind, rc, call->started_ns);
		call_tell(call, rc, &asked->err);
	}
	memcpy(err, &asked->err, size < sizeof(*err) ? size : sizeof(*err));
	err->size = size;
	return rc;
}
