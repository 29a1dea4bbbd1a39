/* drivers/sql/op/op_delete.c - the identity and every row that the mapping names go, inside a
 * transaction of op_phase.c's.  Threads: the session's.
 */
#include "sql/op/removal.h"
#include "sql/override/override.h"
#include "sql/user/change.h"

#include <stdio.h>
#include <string.h>

#include "sql/base/ascii.h"
#include "sql/user/key.h"
#include "sql/user/statement.h"
#include "sql/user/tie.h"

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

/* The row by its key, whatever it says of itself. */
static int row_stands(struct write *w, int *stands, struct idbc_error *err)
{
	struct session *s = w->session;
	const char *table = s->plan->mapping->table;
	struct sets where = { NULL, 0, 0 };
	struct statement st;
	struct cursor c;
	int rc = write_his(w, &where, err), more = 0;

	if (rc != IDBC_OK)
		return rc;
	if (statement_init(&st, w, table, where.n))
		return call_nomem(s, err);
	text_put(&st.text, "SELECT 1 FROM %T", table);
	statement_where(&st, &where);
	if (st.text.failed)
		return call_nomem(s, err);
	rc = cursor_open(s, &(struct query){ st.text.s, st.args, st.nargs, NULL }, 1, &c, err);
	if (rc == IDBC_OK)
		more = cursor_next(&c, err);
	cursor_close(&c);
	*stands = more > 0;
	return more < 0 ? (int)err->status : rc;
}

int removal_stands(struct session *s, const struct idbc_str *id, int *stands,
		   struct idbc_error *err)
{
	struct user user = { .id = *id, .values = NULL };
	struct write w;

	*stands = 0;
	if (!s->plan->mapping->table)
		return IDBC_OK;
	user.key = key_bind(s, id);
	if (user.key.kind == IDBC_KIND_NULL)
		return IDBC_OK;
	write_init(&w, s, &user, NULL, 0);
	return row_stands(&w, stands, err);
}

/* Words that no commit hides behind, whatever triggers there are. */
static int is_plain_write(const char *sql)
{
	static const char *const words[] = { "DELETE", "UPDATE", "INSERT", "REPLACE", "MERGE", "WITH",
					     "SELECT" };

	while (ascii_is_blank(*sql))
		sql++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ascii_begins(sql, words[i]) && !ascii_is_word(sql[strlen(words[i])]))
			return 1;
	return 0;
}

static int all_plain(const struct mapping *m)
{
	const struct map_sql *own = &m->sql[MAP_DELETE_USER];

	for (size_t i = 0; i < own->n; i++)
		if (!is_plain_write(own->steps[i].raw.sql))
			return 0;
	for (size_t i = 0; i < m->delete_steps.n; i++)
		if (m->delete_steps.items[i].kind == MAP_STEP_RAW &&
		    !is_plain_write(m->delete_steps.items[i].raw.sql))
			return 0;
	return 1;
}

int removal_can_be_tried(const struct session *s)
{
	return !s->plan->no_way_back && all_plain(s->plan->mapping);
}

int removal_lock(struct session *s, const struct idbc_str *id, struct user *user,
		 struct idbc_error *err)
{
	struct subject subject;

	if (!mapping_has_sql(s->plan->mapping, MAP_DELETE_USER))
		return user_lock(s, id, IDBC_BY_USER_ID, NULL, user, err);
	return subject_read(s, IDBC_BY_USER_ID, id, &subject, err);
}

int removal_run(struct session *s, const struct idbc_str *id, struct user *user,
		struct idbc_error *err)
{
	struct idbc_field *fields;
	struct write w;
	size_t nfields;
	int rc;

	if (mapping_has_sql(s->plan->mapping, MAP_DELETE_USER))
		return override_delete(s, id, err);
	if (user_fields(s, user, &fields, &nfields))
		return call_nomem(s, err);
	write_init(&w, s, user, fields, nfields);
	rc = remove_rows(&w, err);
	if (rc == IDBC_CONFLICT && !strcmp(err->code, "foreign_key"))
		name_table(&w, err);
	return rc;
}
