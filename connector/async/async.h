/* connector/async/async.h - calls that are submitted, and answered once.
 *
 * Each connection that a host opened has one engine: a bounded queue, workers started as the
 * queue needs them, and an alarm for deadlines.  It starts nothing before the first submit.
 * Threads: any.  Lock: the engine's, never held while a driver, a hash or the host's code runs.
 */
#ifndef CONNECTOR_ASYNC_ASYNC_H
#define CONNECTOR_ASYNC_ASYNC_H

#include <idbc/idbc.h>

/* Right after the connection was opened, before anybody has it.  NOMEM. */
int  async_attach(struct idbc *, struct idbc_error *err);

/* `req` is full size.  OK: `done` follows, once.  What idbc.h says besides. */
int  async_submit(struct idbc *, const struct idbc_request *req, idbc_done_fn *done, void *user,
		  struct idbc_op **op, struct idbc_error *err);
void async_cancel(struct idbc_op *);
void async_release(struct idbc_op *);

int  async_event_fd(struct idbc *);     /* -1: forked, closing, or there is none to have */
int  async_dispatch(struct idbc *);

/* 1: this thread is in a completion of this connection, and whoever waits there waits for
 * itself. */
int  async_inside(struct idbc *);

/* Ends the connection, engine or not.  STATE: from a completion, or while another thread
 * closes it: nothing happened. */
int  async_close(struct idbc *, uint32_t grace_ms);

#endif
