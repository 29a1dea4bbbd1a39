/* drivers/sql/user/words.c - an UPDATE of the user's row in SQL of a caller's own making: words
 * of ours, names quoted, values bound.  Threads: the session's.
 */
#include "sql/user/statement.h"

#include <string.h>

void words_init(struct write *w, struct words *words)
{
	struct session *s = w->session;

	*words = (struct words){ .text = SQL_TEXT_INIT(&s->arena, s->plan->dialect) };
}

int words_arg(struct write *w, struct words *words, const char *col,
	      const struct idbc_value *value)
{
	const struct plan *plan = w->session->plan;
	const struct catalogue_column *c =
		catalogue_column(&plan->catalogue, plan->mapping->table, col);

	if (words->nargs == words->cap) {
		size_t cap = words->cap ? 2 * words->cap : 8;
		struct idbc_value *grown = arena_alloc(&w->session->arena, cap * sizeof(*grown));

		if (!grown)
			return -1;
		if (words->nargs)
			memcpy(grown, words->args, words->nargs * sizeof(*grown));
		words->args = grown;
		words->cap = cap;
	}
	text_put(&words->text, "%s?%s", c ? c->arg_open : "", c ? c->arg_close : "");
	words->args[words->nargs++] = *value;
	return 0;
}

int words_failed(const struct words *words)
{
	return words->text.failed;
}

static void put_words(struct statement *st, const struct words *words)
{
	text_put(&st->text, "%s", words->text.s ? words->text.s : "");
	for (size_t i = 0; i < words->nargs; i++)
		st->args[st->nargs++] = words->args[i];
}

int write_words(struct write *w, const struct words *set, const struct words *still,
		struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;
	struct set key = { m->key, w->user->key, 0 };
	struct sets where = { NULL, 0, 0 };
	struct statement st;
	int rc = write_his(w, &where, err);

	if (rc != IDBC_OK)
		return rc;
	if (statement_init(&st, w, m->table, set->nargs + still->nargs + where.n))
		return call_nomem(w->session, err);
	text_put(&st.text, "UPDATE %T SET ", m->table);
	put_words(&st, set);
	if (key.value.kind == IDBC_KIND_NULL) {
		text_put(&st.text, " WHERE %I = ", m->key);     /* which is never true */
		statement_arg(&st, &key);
	} else {
		statement_where(&st, &where);
	}
	put_words(&st, still);
	return statement_counted(&st, &where, NULL, err);
}
