/* connector/api.h - what the files of public functions share: a host's structs in, of whatever
 * age, and answers out.  Threads: the caller's.
 */
#ifndef CONNECTOR_API_H
#define CONNECTOR_API_H

#include <string.h>
#include <idbc/idbc.h>
#include "async/async.h"
#include "base/err.h"

static inline struct idbc_error fresh_error(void)
{
	return (struct idbc_error)IDBC_ERROR_INIT;
}

static inline int done(int rc, const struct idbc_error *from, struct idbc_error *to)
{
	err_copy_out(to, from);
	return rc;
}

static inline int refuse(struct idbc_error *to, uint32_t status, const char *text)
{
	struct idbc_error err = fresh_error();

	return done(err_set(&err, status, "api", "%s", text), &err, to);
}

static inline int invalid(struct idbc_error *to, const char *text)
{
	return refuse(to, IDBC_INVALID, text);
}

/* In a completion a call would wait for the thread that it is on. */
static inline int would_wait(struct idbc *conn, struct idbc_error *to)
{
	return async_inside(conn) &&
	       refuse(to, IDBC_STATE, "not from a completion of the same connection");
}

/* A host's request in full size; 0: there is none. */
static inline int take_request(const struct idbc_request *req, struct idbc_request *mine)
{
	if (!req || req->size < offsetof(struct idbc_request, value))
		return 0;
	memcpy(mine, req, req->size < sizeof(*mine) ? req->size : sizeof(*mine));
	mine->size = sizeof(*mine);
	return 1;
}

#endif
