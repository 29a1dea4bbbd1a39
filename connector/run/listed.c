/* connector/run/listed.c - job: the sink for a driver's list(), as wary as that for a user.
 * Threads: one call's; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "run/conn.h"
#include "run/listed.h"

static int refuse(struct listed *listed, const char *why)
{
	if (!listed->broken)
		listed->broken = why;
	return -1;
}

static int is_over(struct listed *listed)
{
	if (listed->broken || listed->nomem)
		refuse(listed, "wrote on after it was told to stop");
	return listed->broken != NULL;
}

static int on_row(struct idbc_sink *sink, const struct idbc_str *user_id,
		  const struct idbc_str *matched)
{
	struct listed *listed = (struct listed *)sink;
	char *id;

	(void)matched;
	if (is_over(listed))
		return -1;
	if (!sink_is_id(user_id))
		return refuse(listed, "listed a row without an id");
	if (listed->rows++ == listed->limit)
		return refuse(listed, "listed more rows than were asked for");
	if (listed->rows > 1 && !listed->has_credential)
		return refuse(listed, "listed a row without a credential");
	id = text_dup(user_id->ptr, user_id->len);
	listed->nomem = id == NULL;
	if (!id)
		return -1;
	free((char *)listed->id.ptr);
	listed->id = (struct idbc_str){ id, user_id->len };
	listed->has_credential = 0;
	return 0;
}

static int on_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct listed *listed = (struct listed *)sink;

	(void)name;
	(void)value;
	return is_over(listed) ? -1 : 0;
}

static int on_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t nparts)
{
	struct listed *listed = (struct listed *)sink;
	struct idbc_field known[PARTS_MAX];
	size_t n = 0;

	if (is_over(listed))
		return -1;
	if (!listed->rows || listed->has_credential || !sink_are_parts(parts, nparts))
		return refuse(listed, "listed a credential that is none");
	listed->has_credential = 1;
	for (size_t i = 0; i < nparts && n < PARTS_MAX; i++)
		if (sink_part_name(parts[i].name))
			known[n++] = parts[i];
	listed->credential(listed->ctx, &listed->id, known, n);
	return 0;
}

void listed_init(struct listed *listed, listed_fn *credential, void *ctx)
{
	memset(listed, 0, sizeof(*listed));
	listed->sink.size = sizeof(listed->sink);
	listed->sink.row = on_row;
	listed->sink.field = on_field;
	listed->sink.credential = on_credential;
	listed->credential = credential;
	listed->ctx = ctx;
}

void listed_free(struct listed *listed)
{
	free((char *)listed->id.ptr);
	listed->id = (struct idbc_str){ NULL, 0 };
}

static int check(const struct listed *listed, const struct link *link, int rc,
		 struct idbc_error *err)
{
	const char *broken = listed->broken;

	if (listed->nomem)
		return err_nomem(err, "run");
	if (!broken && rc == IDBC_OK && listed->rows && !listed->has_credential)
		broken = "listed a row without a credential";
	return broken ? err_set(err, IDBC_DRIVER, "link", "driver %s %s",
				link_driver_name(link), broken) : rc;
}

int listed_page(struct listed *listed, struct session *session, uint32_t limit, uint32_t flags,
		const struct idbc_str *after, int64_t deadline_ns, struct idbc_error *err)
{
	struct idbc_list_req req = { .size = sizeof(req), .limit = limit,
		.deadline_ns = deadline_ns, .flags = IDBC_LIST_CREDENTIALS | flags };
	char *copy = NULL;      /* rows replace listed->id while the driver looks at this one */
	int rc;

	listed->rows = 0;
	listed->limit = limit;
	if (after && after->len) {
		copy = text_dup(after->ptr, after->len);
		if (!copy)
			return err_nomem(err, "run");
		req.after = (struct idbc_str){ copy, after->len };
	}
	rc = session->ops->list(session->driver_session, &req, &listed->sink, err);
	rc = link_believe(session->link, LINK_CALL_LIST, rc, err);
	free(copy);
	return check(listed, session->link, rc, err);
}
