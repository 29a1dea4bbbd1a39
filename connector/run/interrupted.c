/* connector/run/interrupted.c - job: the sink for a driver's intents(), as wary as that for a
 * user.  Threads: one call's; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "run/recover.h"

struct reading {
	struct idbc_sink sink;          /* first: what the driver writes to */
	interrupted_fn *fn;
	void *ctx;
	int64_t deadline_ns;
	struct interrupted item;        /* the last row, told when the next one begins */
	const char *broken;
	int nomem, enough;
};

static int refuse(struct reading *reading, const char *why)
{
	if (!reading->broken)
		reading->broken = why;
	return -1;
}

static int is_over(struct reading *reading)
{
	if (reading->broken || reading->nomem || reading->enough)
		refuse(reading, "wrote on after it was told to stop");
	return reading->broken != NULL;
}

static void forget(struct interrupted *item)
{
	free(item->id);
	memset(item, 0, sizeof(*item));
}

static int tell(struct reading *reading)
{
	if (reading->item.id && !reading->enough)
		reading->enough = reading->fn(reading->ctx, &reading->item) != 0;
	forget(&reading->item);
	return reading->enough ? -1 : 0;
}

static int is_token(const struct idbc_str *token)
{
	return token && token->ptr && token->len && token->len < sizeof(((struct interrupted *)0)->token) &&
	       !memchr(token->ptr, '\0', token->len);
}

static int on_row(struct idbc_sink *sink, const struct idbc_str *user_id,
		  const struct idbc_str *matched)
{
	struct reading *reading = (struct reading *)sink;
	struct interrupted *item = &reading->item;

	if (is_over(reading))
		return -1;
	if (!sink_is_id(user_id))
		return refuse(reading, "reported an intent without an id");
	if (!is_token(matched))
		return refuse(reading, "reported an intent without its token");
	if (tell(reading))
		return -1;
	item->id = text_dup(user_id->ptr, user_id->len);
	reading->nomem = item->id == NULL;
	item->id_len = user_id->len;
	memcpy(item->token, matched->ptr, matched->len);
	return reading->nomem ? -1 : 0;
}

static int on_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct reading *reading = (struct reading *)sink;

	if (is_over(reading))
		return -1;
	if (!reading->item.id || !name || !value)
		return refuse(reading, "reported a field of no intent");
	if (strcmp(name, "profile_store"))
		return 0;
	if (value->kind != IDBC_KIND_BOOL)
		return refuse(reading, "reported a flag that says neither yes nor no");
	reading->item.profile_store = value->u.i64 != 0;
	return 0;
}

static int on_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t nparts)
{
	(void)parts;
	(void)nparts;
	return refuse((struct reading *)sink, "reported a credential of an intent");
}

static int checked(struct reading *reading, const struct link *link, int rc,
		   struct idbc_error *err)
{
	if (reading->nomem)
		return err_nomem(err, "run");
	if (reading->broken)
		return err_set(err, IDBC_DRIVER, "link", "driver %s %s", link_driver_name(link),
			       reading->broken);
	if (rc == IDBC_OK)
		tell(reading);
	return rc;
}

static int read_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct reading *reading = ctx;
	int rc;

	forget(&reading->item);
	reading->fn(reading->ctx, NULL);
	rc = session->ops->intents(session->driver_session, reading->deadline_ns, &reading->sink,
				   err);
	rc = link_believe(session->link, LINK_CALL_INTENTS, rc, err);
	return checked(reading, session->link, rc, err);
}

int interrupted_each(struct call *call, interrupted_fn *fn, void *ctx, struct idbc_error *err)
{
	struct reading reading = { .sink = { .size = sizeof(reading.sink), .row = on_row,
		.field = on_field, .credential = on_credential }, .fn = fn, .ctx = ctx,
		.deadline_ns = call->deadline_ns };
	int rc = call_on_session(call, read_on, &reading, err);

	forget(&reading.item);
	if (rc != IDBC_DRIVER || !reading.enough || reading.broken)
		return rc;
	err_clear(err);
	return IDBC_OK;
}
