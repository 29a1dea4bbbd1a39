/* connector/run/lower_tell.c - job: users of a lower connection, as its driver reported them and
 * the rules of this room passed them, told to the driver above: the profile's fields as they
 * came, flags, and the stored password in words that mean the same elsewhere.
 * Threads: one call's; no lock.
 */
#include <string.h>
#include "base/err.h"
#include "password/carry.h"
#include "run/lower.h"

/* --- one row ---------------------------------------------------------------------------- */
static int tell_field(void *ctx, const char *name, const struct idbc_value *value)
{
	struct idbc_sink *sink = ctx;

	return sink->field(sink, name, value);
}

static int tell_flag(struct idbc_sink *sink, const char *name, int on)
{
	struct idbc_value value = { IDBC_KIND_BOOL, 0, { .i64 = 1 } };

	return on ? sink->field(sink, name, &value) : 0;
}

/* A driver above may keep these alike in two stores: it is told which of them are empty here, and
 * by their silence which have no place. */
static int tell_absent(struct call *call, const struct row *row, struct idbc_sink *sink)
{
	static const char *const names[] = {
		"name", "nickname", "given_name", "family_name", "picture",
	};
	const struct idbc_value nothing = { IDBC_KIND_NULL, 0, { .i64 = 0 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!profile_str(row->profile, names[i]).ptr &&
		    config_maps_field(call->conn->config, names[i]) == 1 &&
		    sink->field(sink, names[i], &nothing))
			return -1;
	return 0;
}

static void add_part(struct idbc_field *parts, size_t *n, const char *name,
		     const struct idbc_str *value)
{
	if (value->len)
		parts[(*n)++] = (struct idbc_field){ name, { IDBC_KIND_STR, 0, { .str = *value } } };
}

static int tell_password(struct call *call, const struct row *row, struct idbc_sink *sink)
{
	struct password_carried carried;
	struct password_subject subject;
	struct idbc_field parts[3];
	struct idbc_str scheme;
	size_t n = 0;

	call_subject(row, &subject);
	if (!password_describe(call->conn->policy, row->parts, row->nparts, &subject, &carried)) {
		scheme = (struct idbc_str){ carried.scheme, strlen(carried.scheme) };
		add_part(parts, &n, "hash", &carried.hash);
		add_part(parts, &n, "salt", &carried.salt);
		add_part(parts, &n, "scheme", &scheme);
	}
	return sink->credential(sink, parts, n);
}

static int enough(struct idbc_error *err)
{
	return err_set(err, IDBC_DRIVER, "run", "the driver above had enough");
}

int lower_tell(struct call *call, struct row *row, int with_password, struct idbc_sink *sink,
	       struct idbc_error *err)
{
	const struct idbc_str id = { row->native_id, row->native_len };
	const struct idbc_str matched = { row->matched, row->matched_len };

	if (sink->row(sink, &id, &matched) ||
	    profile_each(row->profile, tell_field, sink) || tell_absent(call, row, sink) ||
	    tell_flag(sink, "deleted", row->deleted) ||
	    tell_flag(sink, "password_expired", row->password_expired) ||
	    tell_flag(sink, "migrated", row->migrated) ||
	    tell_flag(sink, "locked_out", row->locked_out) ||
	    tell_flag(sink, "login.failed", row->failed) ||
	    (with_password && tell_password(call, row, sink)))
		return enough(err);
	return IDBC_OK;
}

/* --- pages ------------------------------------------------------------------------------ */
/* Each row is whole before it is told: whose it is and what is stored may come in any order. */
struct page {
	struct idbc_sink sink;          /* first: what the driver below writes to */
	struct rows rows;               /* the one row that is being reported */
	struct call *call;
	const struct idbc_list_req *req;
	struct idbc_sink *above;
	int full;                       /* the driver above had enough */
};

static int flush(struct page *page)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;

	if (page->full || page->rows.broken || page->rows.nomem)
		return -1;
	if (page->rows.n && lower_tell(page->call, &page->rows.row[0], 1, page->above, &ignored))
		page->full = 1;
	rows_free(&page->rows);
	return page->full ? -1 : 0;
}

static int on_row(struct idbc_sink *sink, const struct idbc_str *id, const struct idbc_str *matched)
{
	struct page *page = (struct page *)sink;

	return flush(page) ? -1 : page->rows.sink.row(&page->rows.sink, id, matched);
}

static int on_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct page *page = (struct page *)sink;

	return page->full ? -1 : page->rows.sink.field(&page->rows.sink, name, value);
}

static int on_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	struct page *page = (struct page *)sink;

	return page->full ? -1 : page->rows.sink.credential(&page->rows.sink, parts, n);
}

static int list_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct page *page = ctx;
	int rc = session->ops->list(session->driver_session, page->req, &page->sink, err);

	rc = link_believe(session->link, LINK_CALL_LIST, rc, err);
	if (rc == IDBC_OK)
		flush(page);
	if (page->rows.nomem)
		return err_nomem(err, "run");
	if (page->rows.broken)
		return err_set(err, IDBC_DRIVER, "link", "driver %s %s",
			       link_driver_name(session->link), page->rows.broken);
	return page->full ? enough(err) : rc;
}

int lower_list(struct call *call, const struct idbc_list_req *req, struct idbc_sink *sink,
	       struct idbc_error *err)
{
	struct page page = { .sink = { .size = sizeof(page.sink), .row = on_row,
		.field = on_field, .credential = on_credential }, .call = call, .req = req,
		.above = sink };
	int rc;

	rows_init(&page.rows);
	rc = call_on_session(call, list_on, &page, err);
	rows_free(&page.rows);
	return rc;
}
