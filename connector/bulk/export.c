/* connector/bulk/export.c - job: users page by page, each page read whole before anybody is
 * told.  Where users are read by SQL of the author's own the driver lists keys and stored
 * passwords alone, and each user is asked for by his key.
 * Threads: the caller's; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "bulk/bulk.h"
#include "bulk/hashes.h"
#include "run/conn.h"

#define PAGE 200u

/* Forwards row by row to the sink that every driver's answer goes through. */
struct page {
	struct idbc_sink sink;          /* first: what the driver writes to */
	struct row *rows;               /* PAGE of them */
	uint32_t n, limit;
	struct rows one;                /* the row that is being told */
	const char *broken;
	int nomem;
};
struct walk_out {
	struct call *call;              /* of the page that is read */
	const struct idbc_export *export;
	struct page page;
	char *after;                    /* native */
	size_t after_len;
	uint32_t flags;                 /* of the list: credentials alone */
	uint64_t told;
	int ended;
};

/* --- the sink -------------------------------------------------------------------------------- */

static void keep_row(struct page *page)
{
	if (!page->one.n)
		return;
	page->rows[page->n++] = page->one.row[0];
	memset(&page->one.row[0], 0, sizeof(page->one.row[0]));
	page->one.n = page->one.seen = 0;
}

static int over(struct page *page, int rc)
{
	if (page->one.broken && !page->broken)
		page->broken = page->one.broken;
	page->nomem |= page->one.nomem;
	return rc;
}

static int on_row(struct idbc_sink *sink, const struct idbc_str *user_id,
		  const struct idbc_str *matched)
{
	struct page *page = (struct page *)sink;

	if (page->one.n && !page->one.row[0].has_credential)
		page->broken = "listed a row without a credential";
	keep_row(page);
	if (page->n == page->limit)
		page->broken = "listed more rows than were asked for";
	if (page->broken)
		return -1;
	return over(page, page->one.sink.row(&page->one.sink, user_id, matched));
}

static int on_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct page *page = (struct page *)sink;

	return over(page, page->one.sink.field(&page->one.sink, name, value));
}

static int on_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t nparts)
{
	struct page *page = (struct page *)sink;

	return over(page, page->one.sink.credential(&page->one.sink, parts, nparts));
}

static void page_clear(struct page *page)
{
	for (uint32_t i = 0; i < page->n; i++)
		row_free(&page->rows[i]);
	rows_free(&page->one);
	page->n = 0;
	page->broken = NULL;
	page->nomem = 0;
}

static int page_init(struct page *page)
{
	memset(page, 0, sizeof(*page));
	page->sink = (struct idbc_sink){ .size = sizeof(page->sink), .row = on_row,
		.field = on_field, .credential = on_credential };
	rows_init(&page->one);
	page->rows = calloc(PAGE, sizeof(*page->rows));
	return page->rows ? 0 : -1;
}

/* --- one page -------------------------------------------------------------------------------- */

static int judge_page(struct page *page, const struct link *link, int rc, struct idbc_error *err)
{
	keep_row(page);
	if (page->nomem)
		return err_nomem(err, "bulk");
	return page->broken ? err_set(err, IDBC_DRIVER, "link", "driver %s %s",
				      link_driver_name(link), page->broken) : rc;
}

static int list_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct walk_out *w = ctx;
	struct idbc_list_req req = { .size = sizeof(req), .limit = w->page.limit,
		.after = { w->after, w->after_len }, .flags = w->flags };
	int rc;

	page_clear(&w->page);
	w->page.one.no_credentials = !(w->export->flags & IDBC_EXPORT_HASHES);
	req.deadline_ns = w->call->deadline_ns;
	rc = session->ops->list(session->driver_session, &req, &w->page.sink, err);
	rc = link_believe(session->link, LINK_CALL_LIST, rc, err);
	return judge_page(&w->page, session->link, rc, err);
}

/* Who is gone meanwhile, or shown to nobody, has no profile afterwards. */
static int read_one(struct walk_out *w, struct row *row, struct idbc_error *err)
{
	struct call *call = w->call;
	struct rows rows;
	int rc;

	rows_init(&rows);
	call->by = IDBC_BY_USER_ID;
	call->identifier = (struct idbc_str){ row->native_id, row->native_len };
	call->deadline_ns = call_deadline_anew(call);
	rc = call_read(call, IDBC_GET_USER, &rows, err);
	if (rc == IDBC_OK) {
		struct idbc_profile *listed = row->profile;

		row->profile = rows.n == 1 ? row_take_profile(&rows.row[0]) : NULL;
		row->native_id = rows.n == 1 ? rows.row[0].native_id : NULL;
		row->deleted |= rows.n != 1;
		profile_free(listed);
	}
	rows_free(&rows);
	return rc;
}

static int read_page(struct call *call, void *ctx, struct idbc_profile **out,
		     struct idbc_error *err)
{
	struct walk_out *w = ctx;
	int rc;

	(void)out;
	w->call = call;
	rc = call_on_session(call, list_on, w, err);
	if (rc == IDBC_UNSUPPORTED && !w->flags) {
		err_clear(err);
		w->flags = IDBC_LIST_CREDENTIALS;
		rc = call_on_session(call, list_on, w, err);
	}
	w->ended = w->page.n < w->page.limit;
	if (rc == IDBC_OK && w->page.n) {
		const struct row *last = &w->page.rows[w->page.n - 1];

		free(w->after);
		w->after_len = last->native_len;
		w->after = text_dup(last->native_id, last->native_len);
		if (!w->after)
			return err_nomem(err, "bulk");
	}
	for (uint32_t i = 0; rc == IDBC_OK && w->flags && i < w->page.n; i++)
		rc = read_one(w, &w->page.rows[i], err);
	for (uint32_t i = 0; rc == IDBC_OK && i < w->page.n; i++)
		if (w->page.rows[i].profile)
			rc = row_finish(&w->page.rows[i], call, err);
	return rc;
}

/* --- telling ----------------------------------------------------------------------------------- */

static int add_hash(struct walk_out *w, const struct idbc *conn, const struct row *row,
		    struct buf *line, uint32_t *flags)
{
	struct password_subject subject;
	struct password_carried carried;

	if (!(w->export->flags & IDBC_EXPORT_HASHES) || link_caps(conn->link) & IDBC_CAP_DECIDES)
		return 0;
	call_subject(row, &subject);
	if (password_describe(conn->policy, row->parts, row->nparts, &subject, &carried))
		return 0;
	*flags |= IDBC_EXPORTED_HASH;
	return buf_add(line, ",", 1) || hashes_write(&carried, line);
}

static int tell(struct walk_out *w, const struct idbc *conn, const struct row *row,
		struct idbc_error *err)
{
	uint32_t flags = (w->export->flags & IDBC_EXPORT_IDP_TOKENS ? PROFILE_IDP_TOKENS : 0) |
		(w->export->flags & IDBC_EXPORT_MFA ? PROFILE_MFA : 0);
	struct idbc_export_row out = { sizeof(out), 0, profile_get(row->profile, "user_id"), NULL };
	const char *json = profile_json(row->profile, flags);
	struct buf line = BUF_INIT(64u * 1024 * 1024 + 4 * LIMIT_STORED_BYTES);
	int rc = IDBC_OK;

	if (!json || !out.user_id || buf_add(&line, json, strlen(json) - 1) ||
	    add_hash(w, conn, row, &line, &out.flags) || buf_add(&line, "}", 1)) {
		rc = err_nomem(err, "bulk");
	} else {
		out.json = line.ptr;
		w->told++;
		if (w->export->row(w->export->ctx, &out))
			rc = err_set(err, IDBC_CANCELLED, "bulk", "whoever takes the users stopped");
	}
	buf_wipe(&line);
	return rc;
}

static int tell_page(struct walk_out *w, const struct idbc *conn, struct idbc_error *err)
{
	int rc = IDBC_OK;

	for (uint32_t i = 0; rc == IDBC_OK && i < w->page.n; i++)
		if (!w->page.rows[i].deleted)
			rc = tell(w, conn, &w->page.rows[i], err);
	return rc;
}

static int next_page(struct walk_out *w, struct idbc *conn, struct idbc_error *err)
{
	const struct idbc_request req = { .size = sizeof(req), .kind = IDBC_GET_USER,
		.by = IDBC_BY_LOGIN, .value = "-" };    /* nobody yet */
	struct call call = { .conn = conn, .req = &req, .by = IDBC_BY_LOGIN, .uncounted = 1 };
	uint64_t left = w->export->limit ? w->export->limit - w->told : PAGE;

	w->page.limit = left < PAGE ? (uint32_t)left : PAGE;
	return call_as(&call, read_page, w, NULL, err);
}

static int begin(struct walk_out *w, const struct idbc *conn, struct idbc_error *err)
{
	struct idbc_str id, native;
	int rc;

	if (w->export->flags & ~(uint32_t)(IDBC_EXPORT_HASHES | IDBC_EXPORT_IDP_TOKENS | IDBC_EXPORT_MFA))
		return err_set(err, IDBC_INVALID, "bulk", "export flags 0x%x are not known",
			       w->export->flags);
	if (!link_has(conn->link, LINK_LIST))
		return err_set(err, IDBC_UNSUPPORTED, "bulk", "driver %s lists no users",
			       link_driver_name(conn->link));
	if (page_init(&w->page))
		return err_nomem(err, "bulk");
	if (!w->export->after)
		return IDBC_OK;
	id = (struct idbc_str){ w->export->after, strlen(w->export->after) };
	rc = profile_native_id(&conn->config->profile, &id, &native, err);
	if (rc != IDBC_OK)
		return rc;
	w->after = text_dup(native.ptr, native.len);
	w->after_len = native.len;
	return w->after ? IDBC_OK : err_nomem(err, "bulk");
}

int bulk_export(struct idbc *conn, const struct idbc_export *export, struct idbc_error *err)
{
	struct walk_out w = { .export = export };
	int rc = run_enter(conn, err);

	if (rc != IDBC_OK)
		return rc;
	rc = begin(&w, conn, err);
	while (rc == IDBC_OK && !w.ended && (!export->limit || w.told < export->limit)) {
		rc = next_page(&w, conn, err);
		if (rc == IDBC_OK)
			rc = tell_page(&w, conn, err);
	}
	if (w.page.rows)
		page_clear(&w.page);
	free(w.page.rows);
	free(w.after);
	run_leave(conn);
	return rc;
}
