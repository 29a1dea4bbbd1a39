/* drivers/sql/op/op_list.c - users page by page: one statement for a page, and another only
 * where deleted users left it short.  A row is passed on before the next one is fetched, so
 * that nothing is kept of a page but its last key.  Threads: the session's.
 */
#include "sql/ops.h"
#include "sql/user/key.h"

struct listing {
	struct session *session;
	const struct plan_select *select;
	struct idbc_sink *sink;
	struct idbc_str last;           /* the key of the row before, "" at first */
	uint32_t page;                  /* enum plan_page */
	uint32_t left;                  /* users still wanted */
	uint32_t keys;                  /* in this page */
};

/* A column that holds numbers and texts side by side has the texts behind all numbers. */
static struct idbc_value key_after(const struct listing *l)
{
	const struct catalogue_column *key = l->session->plan->key;
	struct idbc_value value = key_bind(l->session, &l->last);

	if (value.kind == IDBC_KIND_NULL && key && key->mixed)
		value = (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = l->last };
	return value;
}

static int bind(const struct listing *l, struct idbc_value **out, struct idbc_error *err)
{
	struct session *s = l->session;
	struct idbc_value *args = arena_alloc(&s->arena, (l->select->nargs + 1) * sizeof(*args));

	if (!args)
		return call_nomem(s, err);
	for (uint32_t i = 0; i < l->select->nargs; i++) {
		const struct plan_arg *arg = &l->select->args[i];

		args[i] = arg->value;
		if (arg->kind == PLAN_ROWS)
			args[i] = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = l->left };
		else if (arg->kind == PLAN_ASKED_KEY)
			args[i] = key_after(l);
		if (arg->kind == PLAN_ASKED_KEY && args[i].kind == IDBC_KIND_NULL)
			return s->host->fail(s->host, err, IDBC_INVALID, "",
					     "no user of this store can have the id given");
	}
	*out = args;
	return IDBC_OK;
}

static int take_row(struct listing *l, struct cursor *c, uint32_t wanted, struct idbc_error *err)
{
	struct session *s = l->session;
	struct idbc_str key = value_str(&c->cols[PLAN_KEY]);
	struct found user = { .matched = { "", 0 }, .cols = c->cols + PLAN_FIXED };
	int rc;

	/* Several rows of a 1:0..1 link: the first is the one that counts. */
	if (!key.len || str_equal(&key, &l->last) || l->keys == wanted)
		return IDBC_OK;
	user.id = (struct idbc_str){ arena_dup(&s->arena, key.ptr, key.len), key.len };
	if (!user.id.ptr)
		return call_nomem(s, err);
	l->last = user.id;
	l->keys++;
	if (lookup_is_deleted(s, lookup_deleted_col(l->select, user.cols)) ||
	    lookup_is_hidden(s, l->select, user.cols))
		return IDBC_OK;
	rc = l->page & PAGE_CREDENTIALS
		? row_emit_credential(s, l->select, &user, l->sink, err)
		: row_emit(s, l->select, &user, l->sink, err);
	l->left -= rc == IDBC_OK;
	return rc;
}

static int read_page(struct listing *l, struct idbc_error *err)
{
	struct session *s = l->session;
	struct query q = { NULL, NULL, 0, NULL };
	struct idbc_value *args = NULL;
	uint32_t wanted = l->left;
	struct cursor c;
	int rc, more = 0;

	l->select = &s->plan->list[l->page];
	l->keys = 0;
	rc = bind(l, &args, err);
	if (rc != IDBC_OK)
		return rc;
	q = (struct query){ l->select->sql, args, l->select->nargs, NULL };
	rc = cursor_open(s, &q, PLAN_FIXED + l->select->ncols, &c, err);
	while (rc == IDBC_OK && (more = lookup_next(&c, 0, err)) > 0)
		rc = lookup_types(s, l->select, &c) ? call_failed(s, STATE_READING, NULL, err)
						    : take_row(l, &c, wanted, err);
	if (more < 0)
		rc = (int)err->status;
	cursor_close(&c);
	return rc;
}

/* Whether the mapping alone finds what is asked for. */
static int is_mapped(const struct session *s, uint32_t flags)
{
	const struct mapping *m = s->plan->mapping;

	if (!s->plan->list[0].sql)
		return 0;
	return flags & IDBC_LIST_CREDENTIALS ? mapping_has(&m->pw_hash)
					     : !m->sql[MAP_GET_USER].n;
}

static uint32_t flags_of(const struct idbc_list_req *req)
{
	return IDBC_HAS(req, flags) ? req->flags : 0;
}

/* Backwards there is no next page: what deleted users leave short stays so. */
static int read_pages(struct listing *l, struct idbc_error *err)
{
	uint32_t wanted = l->left;
	int rc = l->left ? read_page(l, err) : IDBC_OK;

	while (rc == IDBC_OK && l->left && l->keys == wanted && !(l->page & PAGE_LAST)) {
		l->page |= PAGE_AFTER;
		wanted = l->left;
		rc = call_late(l->session, err) ? IDBC_TIMEOUT : read_page(l, err);
	}
	return rc;
}

int op_list(void *self, const struct idbc_list_req *req, struct idbc_sink *sink,
	    struct idbc_error *err)
{
	struct session *s = self;
	uint32_t flags = flags_of(req);
	struct listing l = { .session = s, .sink = sink, .last = req->after,
			     .left = req->limit };
	int rc = call_begin(s, req->deadline_ns, 0, err);

	if (rc != IDBC_OK)
		return rc;
	if (!is_mapped(s, flags))
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "the mapping names no columns to list users by");
	if (flags & IDBC_LIST_CREDENTIALS)
		l.page |= PAGE_CREDENTIALS;
	if (flags & IDBC_LIST_LAST)
		l.page |= PAGE_LAST;
	else if (req->after.len)
		l.page |= PAGE_AFTER;
	if (l.page & PAGE_LAST)
		l.last = (struct idbc_str){ "", 0 };
	return read_pages(&l, err);
}
