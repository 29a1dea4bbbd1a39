/* connector/api_async.c - job: the public functions for submitted calls, and the close that
 * waits for them.  Threads: the caller's; no lock.
 */
#include "api.h"
#include "async/async.h"

int idbc_submit(struct idbc *conn, const struct idbc_request *req, idbc_done_fn *done_fn,
		void *user, struct idbc_op **op, struct idbc_error *to)
{
	struct idbc_request mine = IDBC_REQUEST_INIT;
	struct idbc_error err = fresh_error();

	if (!conn || !done_fn || !take_request(req, &mine))
		return refuse(to, IDBC_INVALID, "no connection, no request, or nobody to tell");
	return done(async_submit(conn, &mine, done_fn, user, op, &err), &err, to);
}

void idbc_op_cancel(struct idbc_op *op)
{
	if (op)
		async_cancel(op);
}

void idbc_op_release(struct idbc_op *op)
{
	if (op)
		async_release(op);
}

int idbc_event_fd(struct idbc *conn)
{
	return conn ? async_event_fd(conn) : -1;
}

int idbc_dispatch(struct idbc *conn)
{
	return conn ? async_dispatch(conn) : 0;
}

int idbc_close(struct idbc *conn, uint32_t grace_ms)
{
	return conn ? async_close(conn, grace_ms) : IDBC_OK;
}
