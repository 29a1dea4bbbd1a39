/* drivers/sql/op/op_delete.c - the identity and every row that the mapping names, in one
 * transaction; the host's agreement last before the commit.  Threads: the session's; the
 * host's code runs on it.
 */
#include "sql/user/change.h"
#include "sql/override/override.h"

#include <stdio.h>
#include <string.h>

#include "sql/base/ascii.h"
#include "sql/plan/text.h"
#include "sql/user/tie.h"

struct removal {
	const struct idbc_delete_req *req;
	int asked;                      /* agree() is called once, also if all is tried again */
	int answer;
};

/* --- rows ---------------------------------------------------------------------------- */

static int all_there(const struct sets *where)
{
	for (size_t i = 0; i < where->n; i++)
		if (where->items[i].value.kind == IDBC_KIND_NULL)
			return 0;
	return where->n > 0;
}

static int delete_link(struct write *w, const struct map_link *link, struct idbc_error *err)
{
	struct sets where = { NULL, 0, 0 };
	int rc = sets_generate(w, &where, link->table, &link->on, err);

	/* Without his value the condition would be about everybody. */
	if (rc != IDBC_OK || !all_there(&where))
		return rc;
	rc = sets_generate(w, &where, link->table, &link->where, err);
	return rc == IDBC_OK ? write_delete(w, link->table, &where, NULL, err) : rc;
}

/* Those that hang on another link's row go first. */
static int delete_links(struct write *w, struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	int rc = IDBC_OK;

	for (size_t i = m->nlinks; rc == IDBC_OK && i-- > 0;) {
		const struct map_link *link = &m->links[m->parents_first[i]];

		if (tie_is_his(w->session, link))
			rc = delete_link(w, link, err);
	}
	return rc;
}

static int delete_row(struct write *w, struct idbc_error *err)
{
	struct session *s = w->session;
	struct sets where = { NULL, 0, 0 };
	int64_t rows = 0;
	int rc = write_his(w, &where, err);

	if (rc != IDBC_OK)
		return rc;
	rc = write_delete(w, s->plan->mapping->table, &where, &rows, err);
	/* His row was there, and locked: a step that took it with others did the work. */
	if (rc != IDBC_OK || rows == 1 || (!rows && s->plan->mapping->has_delete_steps))
		return rc;
	return rows ? call_ambiguous(s, err) : call_no_user(s, err);
}

/* delete.set; without one, the flag that hides a row. */
static int hide_row(struct write *w, struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	const struct map_field *f = mapping_field(m, "deleted");
	struct idbc_value yes = { .kind = IDBC_KIND_BOOL, .u.i64 = 1 };
	struct changes changes = { NULL, 0, 0 };
	struct sets set = { NULL, 0, 0 };
	int rc = sets_generate(w, &set, m->table, &m->delete_set, err);

	if (rc == IDBC_OK && !set.n && f && f->kind == MAP_COL)
		rc = changes_field(w, &changes, f, &yes, 0, err);
	return rc == IDBC_OK ? changes_update(w, &changes, &set, err) : rc;
}

static int remove_rows(struct write *w, struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	int rc;

	if (m->has_delete_steps)
		rc = write_steps(w, &m->delete_steps, err);
	else
		rc = m->delete_mode == MAP_DELETE_HARD ? delete_links(w, err) : IDBC_OK;
	if (rc == IDBC_OK && m->delete_mode == MAP_DELETE_HARD)
		rc = delete_row(w, err);
	else if (rc == IDBC_OK && m->delete_mode == MAP_DELETE_SOFT)
		rc = hide_row(w, err);
	return rc;
}

/* --- the whole ------------------------------------------------------------------------ */

static int is_name(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ" "0123456789" "_$-";

	return *s && !s[strspn(s, allowed)];
}

static void add_table(struct idbc_error *err, const char *table)
{
	size_t len = strlen(err->text);

	snprintf(err->text + len, sizeof(err->text) - len, ", held by table \"%s\"", table);
}

static int refers(struct write *w, const char *table, const char *col)
{
	struct session *s = w->session;
	struct sql_text text = SQL_TEXT_INIT(&s->arena, s->plan->dialect);
	struct idbc_error ignored = IDBC_ERROR_INIT;
	struct query q = { .args = &w->user->key, .nargs = 1 };
	struct cursor c;
	int found;

	text_put(&text, "SELECT %s1 FROM %T WHERE %I = ?%s", text.dialect->top, table, col,
		 text.dialect->limit);
	q.sql = text.s;
	if (text.failed || cursor_open(s, &q, 1, &c, &ignored) != IDBC_OK)
		return 0;
	found = cursor_next(&c, &ignored) > 0;
	cursor_close(&c);
	return found;
}

/* A store that does not say which table it was is asked which ones refer to the user's. */
static void look_for_child(struct write *w, struct idbc_error *err)
{
	struct session *s = w->session;
	const char *users = s->plan->mapping->table;
	struct idbc_value name = { .kind = IDBC_KIND_STR, .u.str = { users, strlen(users) } };
	struct idbc_error ignored = IDBC_ERROR_INIT;
	struct query q = { s->plan->dialect->children, &name, 1, NULL };
	struct cursor c;
	int found = 0;

	if (!q.sql || cursor_open(s, &q, 2, &c, &ignored) != IDBC_OK)
		return;
	while (!found && cursor_next(&c, &ignored) > 0) {
		struct idbc_str table = value_str(&c.cols[0]), col = value_str(&c.cols[1]);
		char *t = arena_dup(&s->arena, table.ptr, table.len);
		char *k = arena_dup(&s->arena, col.ptr, col.len);

		found = t && k && refers(w, t, k);
		if (found)
			add_table(err, t);
	}
	cursor_close(&c);
}

/* Which table still holds on to him. */
static void name_table(struct write *w, struct idbc_error *err)
{
	struct session *s = w->session;
	char table[72];

	state_constraint(s->plan->dialect->id, &s->diag, table, sizeof(table));
	if (is_name(table))
		add_table(err, table);
	else
		look_for_child(w, err);
}

static int ask(struct session *s, struct removal *r, struct idbc_error *err)
{
	if (!r->req->agree)
		return IDBC_OK;
	if (!r->asked)
		r->answer = r->req->agree(r->req->agree_ctx);
	r->asked = 1;
	if (!r->answer)
		return IDBC_OK;
	s->host->fail(s->host, err, IDBC_CANCELLED, "", "the profile store refused");
	err->native = r->answer;
	return IDBC_CANCELLED;
}

static int delete_rows(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	struct idbc_field *fields;
	struct user user;
	struct write w;
	size_t nfields;
	int rc = user_lock(s, id, IDBC_BY_USER_ID, NULL, &user, err);

	if (rc != IDBC_OK)
		return rc;
	if (user_fields(s, &user, &fields, &nfields))
		return call_nomem(s, err);
	write_init(&w, s, &user, fields, nfields);
	rc = remove_rows(&w, err);
	if (rc == IDBC_CONFLICT && !strcmp(err->code, "foreign_key"))
		name_table(&w, err);
	return rc;
}

static int delete_user(struct session *s, void *ctx, struct idbc_error *err)
{
	struct removal *r = ctx;
	int rc = mapping_has_sql(s->plan->mapping, MAP_DELETE_USER)
			 ? override_delete(s, &r->req->user_id, err)
			 : delete_rows(s, &r->req->user_id, err);

	return rc == IDBC_OK ? ask(s, r, err) : rc;
}

int op_delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct removal r = { .req = req };
	int rc = call_begin(s, req->deadline_ns, OP_DELETE_USER, err);

	if (rc != IDBC_OK)
		return rc;
	if (req->phase != IDBC_DELETE_NOW)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "intents",
				     "delete intents are not supported in this version");
	return call_transaction(s, 0, delete_user, &r, err);
}
