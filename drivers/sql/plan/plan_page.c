/* drivers/sql/plan/plan_page.c - the statements that list users, page by page, in the order of
 * their keys.  The page is cut before anything is joined, so that it is never more than so
 * many rows of the table, and never fewer users than there are.  Threads: one.
 */
#include "sql/plan/plan_build.h"

#include <string.h>

static void put_cut(struct build *b, uint32_t page)
{
	const struct mapping *m = b->plan->mapping;
	const struct dialect *d = b->plan->dialect;

	text_put(&b->text, "SELECT u.%I AS k FROM %T AS u WHERE ", m->key, m->table);
	if (page & PAGE_AFTER) {
		text_put(&b->text, "u.%I > ", m->key);
		build_arg(b, m->table, m->key);
		build_asked(b, PLAN_ASKED_KEY, IDBC_FOLD_NONE, b->plan->key_kind);
	} else {
		text_put(&b->text, "u.%I IS NOT NULL", m->key);
	}
	build_constants(b, "u", m->table, &m->where);
	text_put(&b->text, " ORDER BY u.%I%s%s?%s", m->key, page & PAGE_LAST ? " DESC" : "",
		 d->rows_open, d->rows_close);
	build_asked(b, PLAN_ROWS, IDBC_FOLD_NONE, SQL_COL_INTEGER);
}

static int compile_page(struct plan *plan, uint32_t page, const struct plan_select *columns)
{
	const struct mapping *m = plan->mapping;
	struct plan_select *s = &plan->list[page];
	struct build b;

	s->cols = columns->cols;
	s->ncols = columns->ncols;
	s->credential = columns->credential;
	build_init(&b, plan);
	b.joined = build_mark_all(plan, &plan->arena, s->cols, s->ncols);
	if (!b.joined)
		return -1;
	text_put(&b.text, "SELECT ");
	build_read(&b, "u", m->table, m->key);
	text_put(&b.text, ", 0, NULL");
	build_cols(&b, s);
	text_put(&b.text, " FROM (");
	put_cut(&b, page);
	text_put(&b.text, ") AS c JOIN %T AS u ON u.%I = c.k", m->table, m->key);
	build_left_joins(&b);
	text_put(&b.text, " WHERE u.%I IS NOT NULL", m->key);
	build_constants(&b, "u", m->table, &m->where);
	text_put(&b.text, " ORDER BY u.%I%s", m->key, page & PAGE_LAST ? " DESC" : "");
	build_rows_order(&b, s, ", ");
	return build_finish(&b, s);
}

/* Of a profile's columns: the credential's, and the one that hides a user. */
static int is_kept(const struct mapping *m, const struct plan_col *col)
{
	return col->kind != PLAN_FIELD || !strcmp(m->fields[col->field].name, "deleted");
}

static int credential_columns(struct plan *plan, const struct plan_select *all,
			      struct plan_select *out)
{
	out->cols = arena_alloc(&plan->arena, (all->ncols + 1) * sizeof(*out->cols));
	for (uint32_t i = 0; out->cols && i < all->ncols; i++)
		if (is_kept(plan->mapping, &all->cols[i]))
			out->cols[out->ncols++] = all->cols[i];
	return out->cols ? 0 : -1;
}

int plan_compile_pages(struct plan *plan)
{
	struct plan_select all = { .sql = NULL }, credentials = { .sql = NULL };

	if (build_profile_columns(plan, &all) || credential_columns(plan, &all, &credentials))
		return -1;
	for (uint32_t page = 0; page < PLAN_LISTS; page++) {
		if ((page & PAGE_AFTER) && (page & PAGE_LAST))
			continue;
		if (compile_page(plan, page, page & PAGE_CREDENTIALS ? &credentials : &all))
			return -1;
	}
	return 0;
}
