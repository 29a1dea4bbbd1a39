/* connector/run/migrate.c - job: the users of an old store moved page by page, each told to
 * the host; the driver moves, this counts time.
 * Threads: the caller's; a close of the connection ends it between two users.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "run/conn.h"

#define PAGE       100u
#define PAGE_RATED 10u
#define NAP_NS     (INT64_C(50) * 1000000)

struct bulk {
	struct idbc_sink sink;                  /* first: what the driver writes to */
	struct call *call;
	const struct idbc_migration *asked;
	idbc_migrated_fn *told;
	void *ctx;
	uint32_t n;                             /* of this page */
	struct buf last, outcome, problem;      /* the user being told; ended by a NUL */
	int open;                               /* he is not told yet */
	int stopped, broken;
};

/* --- one user ------------------------------------------------------------------------------- */
static void set(struct buf *buf, const struct idbc_str *text)
{
	buf_free(buf);
	*buf = (struct buf)BUF_INIT(4096);
	buf_add(buf, text->ptr, text->len);
}

static int tell(struct bulk *bulk)
{
	struct idbc_str native = { bulk->last.ptr, bulk->last.len };
	struct buf id = BUF_INIT(4096);
	char *user_id, *outcome, *problem;

	if (!bulk->open)
		return 0;
	bulk->open = 0;
	profile_public_id(&bulk->call->conn->config->profile, &native, &id);
	user_id = buf_take(&id);
	outcome = buf_take(&bulk->outcome);
	problem = buf_take(&bulk->problem);
	if (!user_id || !outcome || !problem)
		bulk->broken = 1;
	else
		bulk->stopped = bulk->told(bulk->ctx, user_id, outcome, problem) != 0;
	free(user_id);
	free(outcome);
	free(problem);
	return bulk->stopped || bulk->broken ? -1 : 0;
}

static int on_row(struct idbc_sink *sink, const struct idbc_str *id, const struct idbc_str *matched)
{
	struct bulk *bulk = (struct bulk *)sink;
	const struct idbc_str none = { "", 0 };

	(void)matched;
	if (tell(bulk))
		return -1;
	if (!sink_is_id(id)) {
		bulk->broken = 1;
		return -1;
	}
	set(&bulk->last, id);
	set(&bulk->outcome, &none);
	set(&bulk->problem, &none);
	bulk->open = 1;
	bulk->n++;
	return stop_why(bulk->call->stop) ? -1 : 0;
}

static int on_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct bulk *bulk = (struct bulk *)sink;
	int is_outcome = !strcmp(name, "outcome");

	if (value->kind != IDBC_KIND_STR || value->u.str.len > 400 || !bulk->open ||
	    !text_is_utf8(value->u.str.ptr, value->u.str.len))
		return 0;
	if (is_outcome || !strcmp(name, "problem"))
		set(is_outcome ? &bulk->outcome : &bulk->problem, &value->u.str);
	return 0;
}

static int on_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t nparts)
{
	(void)sink;
	(void)parts;
	(void)nparts;
	return 0;
}

/* --- a page ----------------------------------------------------------------------------------- */
static uint32_t driver_flags(const struct idbc_migration *asked)
{
	if (asked->flags & IDBC_MIGRATION_LOOK)
		return IDBC_MIGRATE_LOOK;
	return asked->flags & IDBC_MIGRATION_DRY_RUN ? 0 : IDBC_MIGRATE_MOVE;
}

static uint32_t page_size(const struct idbc_migration *asked)
{
	return asked->rate && asked->rate < PAGE ? PAGE_RATED : PAGE;
}

static int page_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct bulk *bulk = ctx;
	const struct idbc_migrate_req req = { .size = sizeof(req),
		.flags = driver_flags(bulk->asked), .deadline_ns = bulk->call->deadline_ns,
		.after = { bulk->last.ptr, bulk->last.len }, .limit = page_size(bulk->asked) };
	/* The driver's own: the buffer that `after` lies in is the sink's. */
	char after[IDBC_ID_MAX];
	struct idbc_migrate_req mine = req;
	int rc;

	if (req.after.len)
		memcpy(after, req.after.ptr, req.after.len);
	mine.after.ptr = after;
	bulk->n = 0;
	rc = session->ops->migrate(session->driver_session, &mine, &bulk->sink, err);
	return link_believe(session->link, LINK_CALL_MIGRATE, rc, err);
}

/* The last user of a page is told when nothing more is said of him. */
static int page(struct bulk *bulk, struct idbc_error *err)
{
	struct call *call = bulk->call;
	uint32_t ms = bulk->asked->timeout_ms ? bulk->asked->timeout_ms :
		      call->conn->config->timeout_ms;
	int rc;

	call->deadline_ns = clock_now_ns() + ms * INT64_C(1000000);
	err_clear(err);
	rc = call_on_session(call, page_on, bulk, err);
	tell(bulk);
	if (bulk->broken)
		return err_set(err, IDBC_DRIVER, "run", "a user of the page was told wrongly");
	if (bulk->stopped || stop_why(call->stop))
		return err_set(err, IDBC_CANCELLED, "run", "the migration was ended");
	return rc;
}

/* Where to begin, as the driver knows it. */
static int begin_after(struct bulk *bulk, struct idbc_error *err)
{
	const char *after = bulk->asked->after;
	struct idbc_str native, given = { after, after ? strlen(after) : 0 };
	int rc;

	if (!given.len)
		return IDBC_OK;
	rc = profile_native_id(&bulk->call->conn->config->profile, &given, &native, err);
	if (rc == IDBC_OK && !sink_is_id(&native))
		rc = err_set(err, IDBC_INVALID, "run", "no user_id to begin after");
	if (rc == IDBC_OK)
		set(&bulk->last, &native);
	return rc;
}

/* --- the whole --------------------------------------------------------------------------------- */
/* Until `users` of them are due by the rate. */
static void throttle(const struct bulk *bulk, int64_t began_ns, uint64_t users)
{
	uint32_t rate = bulk->asked->rate;
	int64_t due = rate ? began_ns + (int64_t)(users * UINT64_C(1000000000) / rate) : 0, left;

	while (rate && (left = due - clock_now_ns()) > 0 && !stop_why(bulk->call->stop)) {
		struct timespec nap = { 0, (long)(left < NAP_NS ? left : NAP_NS) };

		nanosleep(&nap, NULL);
	}
}

static int run_pages(struct call *call, void *ctx, struct idbc_profile **out,
		     struct idbc_error *err)
{
	struct bulk *bulk = ctx;
	int64_t began_ns = clock_now_ns();
	uint64_t users = 0;
	int rc;

	(void)out;
	bulk->call = call;
	if (!link_has(call->conn->link, LINK_MIGRATE))
		return err_set(err, IDBC_UNSUPPORTED, "run", "driver %s moves nobody",
			       link_driver_name(call->conn->link));
	rc = begin_after(bulk, err);
	if (rc != IDBC_OK)
		return rc;
	do {
		rc = page(bulk, err);
		users += bulk->n;
		if (rc == IDBC_OK)
			throttle(bulk, began_ns, users);
	} while (rc == IDBC_OK && bulk->n == page_size(bulk->asked));
	return rc;
}

int run_migrate(struct idbc *conn, const struct idbc_migration *asked, idbc_migrated_fn *told,
		void *ctx, struct idbc_error *err)
{
	const struct idbc_request req = { .size = sizeof(req), .kind = IDBC_GET_USER,
		.timeout_ms = asked->timeout_ms };
	struct call call = { .conn = conn, .req = &req, .uncounted = 1 };
	struct bulk bulk = { .sink = { .size = sizeof(bulk.sink), .row = on_row,
		.field = on_field, .credential = on_credential }, .asked = asked, .told = told,
		.ctx = ctx, .last = BUF_INIT(4096), .outcome = BUF_INIT(4096),
		.problem = BUF_INIT(4096) };
	int rc;

	if (asked->flags & ~(uint32_t)(IDBC_MIGRATION_DRY_RUN | IDBC_MIGRATION_LOOK))
		return err_set(err, IDBC_INVALID, "run", "flags 0x%x are not known", asked->flags);
	rc = call_as(&call, run_pages, &bulk, NULL, err);
	buf_free(&bulk.last);
	buf_free(&bulk.outcome);
	buf_free(&bulk.problem);
	err->op = 0;
	return rc;
}
