/* drivers/sql/user/counter.c - the next number of an id table.
 *
 * First the UPDATE, which locks the row in every store, then a look at what it holds now:
 * two creates at once get two numbers.  Some applications keep the number to be given
 * next, others the one given last, and not every mapping knows which; a number that stands
 * in the table already is not given again, the one after it is.  Threads: the session's.
 */
#include "sql/user/counter.h"

#include <string.h>

static int raise_row(struct write *w, const struct map_counter *counter,
		     const struct sets *where, struct idbc_error *err)
{
	struct session *s = w->session;
	struct set one = { counter->col, { .kind = IDBC_KIND_I64, .u.i64 = 1 }, 1 };
	struct sets set = { &one, 1, 1 };
	int64_t rows = 0;
	int rc = write_update(w, counter->table, &set, where, NULL, &rows, err);

	if (rc != IDBC_OK || rows == 1)
		return rc;
	if (rows)
		return s->host->fail(s->host, err, IDBC_CONFLICT, "counter_ambiguous",
				     "several rows of table \"%s\" count", counter->table);
	return s->host->fail(s->host, err, IDBC_CONFLICT, "counter_missing",
			     "table \"%s\" has no row that counts", counter->table);
}

/* Only a column of numbers can be compared with a number in every store. */
static int is_number(uint32_t kind)
{
	return kind == SQL_COL_INTEGER || kind == SQL_COL_REAL;
}

static void put_select(struct sql_text *text, const struct map_counter *counter,
		       const char *table, const char *col, int compares)
{
	text_put(text, "SELECT c.%I, ", counter->col);
	if (compares)
		text_put(text, "(SELECT COUNT(*) FROM %T AS t WHERE t.%I = c.%I - 1)", table, col,
			 counter->col);
	else
		text_put(text, "0");
	text_put(text, " FROM %T AS c", counter->table);
}

/* The condition as write_update() wrote it: constants of the mapping. */
static int put_where(struct write *w, struct sql_text *text, const struct sets *where,
		     struct query *q)
{
	struct idbc_value *args = arena_alloc(&w->session->arena, (where->n + 1) * sizeof(*args));

	for (size_t i = 0; args && i < where->n; i++) {
		const struct set *set = &where->items[i];
		int null = set->value.kind == IDBC_KIND_NULL;

		text_put(text, "%s c.%I%s", i ? " AND" : " WHERE", set->col,
			 null ? " IS NULL" : " = ?");
		if (!null)
			args[q->nargs++] = set->value;
	}
	q->args = args;
	q->sql = text->s;
	return !args || text->failed ? -1 : 0;
}

/* What the row holds after it was raised, and whether the number before it is taken. */
static int read_row(struct write *w, const struct query *q, int64_t *now, int *taken,
		    struct idbc_error *err)
{
	struct session *s = w->session;
	struct cursor c;
	int more = 0, rc = cursor_open(s, q, 2, &c, err);

	if (rc == IDBC_OK && (more = cursor_next(&c, err)) < 0)
		rc = (int)err->status;
	if (rc == IDBC_OK) {
		struct idbc_str text = value_str(&c.cols[0]), count = value_str(&c.cols[1]);

		if (!more || codec_i64(text.ptr, text.len, now))
			rc = s->host->fail(s->host, err, IDBC_CONFLICT, "counter_missing",
					   "what should count is no number");
		*taken = count.len && !(count.len == 1 && *count.ptr == '0');
	}
	cursor_close(&c);
	return rc;
}

static int bind_number(struct write *w, int64_t number, uint32_t kind, struct idbc_value *out,
		       struct idbc_error *err)
{
	struct session *s = w->session;
	struct map_value value = { .source = MAP_I64, .link = -1, .i64 = number };

	return codec_generate(&value, &w->ctx, kind, &s->arena, out) == CODEC_OK ?
		IDBC_OK : call_nomem(s, err);
}

int counter_next(struct write *w, const struct map_counter *counter, const char *table,
		 const char *col, struct idbc_value *out, struct idbc_error *err)
{
	struct session *s = w->session;
	uint32_t kind = plan_kind(s->plan, table, col);
	struct sql_text text = SQL_TEXT_INIT(&s->arena, s->plan->dialect);
	struct sets where = { NULL, 0, 0 };
	struct query q = { .nargs = 0 };
	int64_t now = 0;
	int taken = 0, rc = sets_generate(w, &where, counter->table, &counter->where, err);

	if (rc == IDBC_OK)
		rc = raise_row(w, counter, &where, err);
	if (rc != IDBC_OK)
		return rc;
	put_select(&text, counter, table, col, is_number(kind) && !counter->last);
	if (put_where(w, &text, &where, &q))
		return call_nomem(s, err);
	rc = read_row(w, &q, &now, &taken, err);
	if (rc != IDBC_OK)
		return rc;
	return bind_number(w, counter->last || taken || now <= 1 ? now : now - 1, kind, out, err);
}
