/* connector/run/waiting.c - job: the deletes that were interrupted, listed for people; nothing is
 * touched.  Threads: the caller's; no lock.
 */
#include <jansson.h>
#include <stdlib.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "config/node.h"
#include "run/deletion.h"
#include "run/recover.h"

#define LISTED_MAX 10000u

struct listing {
	const struct idbc *conn;
	json_t *array;
	int nomem;
};

static json_t *item_json(const struct idbc *conn, const struct interrupted *item)
{
	struct idbc_str native = { item->id, item->id_len };
	struct buf id = BUF_INIT(4096);
	json_t *json = NULL;

	profile_public_id(&conn->config->profile, &native, &id);
	if (!id.failed)
		json = json_pack("{s:s%, s:b}", "user_id", id.ptr, id.len, "profile_store",
				 item->profile_store);
	buf_free(&id);
	return json;
}

static int add(void *ctx, const struct interrupted *item)
{
	struct listing *listing = ctx;

	if (!item) {
		json_array_clear(listing->array);
		return 0;
	}
	listing->nomem |= json_array_append_new(listing->array, item_json(listing->conn, item)) != 0;
	return listing->nomem || json_array_size(listing->array) == LISTED_MAX;
}

static int list(struct call *call, char **out, struct idbc_error *err)
{
	struct listing listing = { call->conn, json_array(), 0 };
	int rc = interrupted_each(call, add, &listing, err);

	if (rc == IDBC_OK)
		*out = listing.array && !listing.nomem ? node_text(listing.array) : NULL;
	json_decref(listing.array);
	return rc == IDBC_OK && !*out ? err_nomem(err, "run") : rc;
}

static int list_as_caller(struct idbc *conn, char **out, struct idbc_error *err)
{
	struct idbc_request req = { .size = sizeof(req), .kind = IDBC_DELETE_USER };
	struct call call = { .conn = conn, .req = &req, .by = IDBC_BY_USER_ID, .hosted = 1,
		.id = call_next_id(conn), .deadline_ns = clock_deadline_ns(conn->config->timeout_ms) };
	int rc;

	if (!deletion_has_intents(conn) || !link_has(conn->link, LINK_INTENTS))
		return err_set(err, IDBC_UNSUPPORTED, "run",
			       "this connection keeps no intents: see \"delete.intents\"");
	callers_enter(&conn->callers, &call.caller);
	call.stop = &call.caller.stop;
	rc = list(&call, out, err);
	callers_leave(&conn->callers, &call.caller);
	return rc;
}

int run_interrupted(struct idbc *conn, char **out, struct idbc_error *err)
{
	int rc = run_enter(conn, err);

	if (rc != IDBC_OK)
		return rc;
	rc = list_as_caller(conn, out, err);
	run_leave(conn);
	return rc;
}
