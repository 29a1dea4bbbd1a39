/* drivers/migrate/read.c - job: getUser, of the store that has him.
 * Threads: any; no lock.
 */
#include "migrate.h"

/* `to` knows the id though it did not know the name: his once, or moved this very moment. */
static int once_his(struct migrate *m, const struct idbc_user_req *req, struct found *found,
		    struct idbc_sink *sink, struct idbc_error *err)
{
	int rc = ask_user(m, m->to, req->by, &req->identifier, req->deadline_ns, found, err);

	return rc == IDBC_OK ? tell(m, found, sink, err) : rc;
}

static int in_from(struct migrate *m, const struct idbc_user_req *req, struct found *found,
		   int *hidden, struct idbc_sink *sink, struct idbc_error *err)
{
	struct known known;
	int rc = ask_user(m, m->from, req->by, &req->identifier, req->deadline_ns, found, err);

	if (rc != IDBC_OK)
		return rc;
	rc = ask_known(m, &found->rows[0].id, req->deadline_ns, &known, err);
	if (rc != IDBC_OK)
		return rc;
	*hidden |= known.hidden;
	if (is_known(&known))
		return once_his(m, req, found, sink, err);
	return found->rows[0].marked ? no_user(m, err) : tell(m, found, sink, err);
}

/* Nobody is found, and yet the delete may be withdrawn. */
static void tell_hidden(struct idbc_sink *sink)
{
	if (IDBC_HAS(sink, passed_over) && sink->passed_over)
		sink->passed_over(sink, IDBC_PASSED_HIDDEN);
}

int migrate_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		     struct idbc_error *err)
{
	struct migrate *m = self;
	struct found found;
	int rc, hidden;

	found_init(&found);
	rc = ask_user(m, m->to, req->by, &req->identifier, req->deadline_ns, &found, err);
	hidden = (found.passed & 1u << IDBC_PASSED_HIDDEN) != 0;
	if (rc == IDBC_OK)
		rc = tell(m, &found, sink, err);
	else if (rc == IDBC_NO_USER)
		rc = in_from(m, req, &found, &hidden, sink, err);
	if (rc == IDBC_NO_USER && hidden)
		tell_hidden(sink);
	found_free(&found);
	return rc;
}
