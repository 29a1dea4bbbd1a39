/* drivers/sql/op/op_intents.c - deletes that were begun and not ended in time, for those who end
 * them.  Threads: the session's.
 */
#include "sql/ops.h"
#include "sql/user/intent.h"

static int tell(struct session *s, void *ctx, const struct intent_row *row, struct idbc_error *err)
{
	struct idbc_sink *sink = ctx;
	const struct idbc_value with_profile = { .kind = IDBC_KIND_BOOL,
						 .u.i64 = row->with_profile };

	if (sink->row(sink, &row->id, &row->token) ||
	    sink->field(sink, "profile_store", &with_profile))
		return call_refused(s, err);
	return IDBC_OK;
}

int op_intents(void *self, int64_t deadline_ns, struct idbc_sink *sink, struct idbc_error *err)
{
	struct session *s = self;
	int rc = call_begin(s, deadline_ns, OP_DELETE_USER, err);

	if (rc != IDBC_OK)
		return rc;
	if (!intents_on(s))
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "intents",
				     "the connection names no table of intents");
	return intent_expired(s, tell, sink, err);
}
