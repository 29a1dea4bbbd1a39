/* drivers/sql/plan/plan_search.c - the condition that an identifier puts on a column, per fold:
 * what an index can find, and beside it a comparison of bytes, so that rows equal only by
 * the collation stay out, however many there are.  Threads: one.
 */
#include "sql/plan/plan_build.h"

#include <string.h>

/* A column (or link's column) in which to look. */
struct target {
	const char *alias, *table, *col;
	const char *charset, *collation;        /* of a text not in the connection's own */
	uint32_t kind;
	int folds_case, mixed;
	int unique;             /* a text of which no two are equal by its collation */
};

/* At most one neighbour by the collation is left then, and code tells him apart. */
static int is_judged(const struct build *b, const struct target *at)
{
	return b->judged && at->unique;
}

static int is_bytes(const struct target *at)
{
	return codec_is_bytes(at->kind);
}

/* Types that a store compares with text only as its own type would be spelled. */
static int is_typed(const struct build *b, const struct target *at)
{
	return b->plan->dialect->types_differ &&
	       (at->kind == SQL_COL_INTEGER || at->kind == SQL_COL_UUID);
}

/* Types whose spelling is not worth knowing: what is compared is the column's text. */
static int is_foreign(const struct build *b, const struct target *at)
{
	return b->plan->dialect->types_differ && at->kind != SQL_COL_TEXT &&
	       at->kind != SQL_COL_UNKNOWN && !is_typed(b, at) && !is_bytes(at);
}

static void put_utf8(struct build *b, const struct target *at)
{
	const struct dialect *d = b->plan->dialect;

	text_put(&b->text, "%s%s.%I%s", is_bytes(at) ? d->binary_open : d->utf8_open, at->alias,
		 at->col, is_bytes(at) ? d->binary_close : d->utf8_close);
}

/* The identifier, of a type that nothing beside it gives. */
static void put_asked(struct build *b, uint32_t fold)
{
	const struct dialect *d = b->plan->dialect;

	text_put(&b->text, "%s?%s", d->text_open, d->text_close);
	build_asked(b, PLAN_ASKED, fold, SQL_COL_UNKNOWN);
}

/* The bytes of `wrap`(column) against those of `wrap`(?): collations have no say. */
static void put_same_bytes(struct build *b, const struct target *at, const char *wrap,
			   const char *wrap_arg, uint32_t fold)
{
	const struct dialect *d = b->plan->dialect;

	text_put(&b->text, "%s%s", d->bytes_open, wrap ? wrap : "");
	put_utf8(b, at);
	text_put(&b->text, "%s%s = %s%s", wrap ? ")" : "", d->bytes_close, d->bytes_open,
		 wrap_arg ? wrap_arg : "");
	put_asked(b, fold);
	text_put(&b->text, "%s%s", wrap_arg ? ")" : "", d->bytes_close);
}

/* The identifier as text, as bytes and as a number, of which each is another value. */
static void put_any(struct build *b, const struct target *at, uint32_t kind, uint32_t fold)
{
	text_put(&b->text, "%s.%I IN (?, ?, ?)", at->alias, at->col);
	build_asked(b, kind, fold, at->kind);
	build_asked(b, kind == PLAN_ASKED_BYTES || is_bytes(at) ? PLAN_ASKED : PLAN_ASKED_BYTES,
		    fold, SQL_COL_UNKNOWN);
	build_asked(b, PLAN_ASKED, fold, SQL_COL_INTEGER);
}

/* What an index can find.  An identifier that the column's character set cannot spell must
 * not be an error; what becomes of it there, the bytes beside it refuse. */
static void put_equal(struct build *b, const struct target *at, uint32_t fold)
{
	if (at->mixed) {
		put_any(b, at, PLAN_ASKED, fold);
		return;
	}
	text_put(&b->text, "%s.%I = ", at->alias, at->col);
	if (at->charset)
		text_put(&b->text, "CONVERT(? USING %s) COLLATE %s", at->charset, at->collation);
	else
		build_arg(b, at->table, at->col);
	build_asked(b, PLAN_ASKED, fold, is_typed(b, at) ? at->kind : SQL_COL_UNKNOWN);
}

/* LOWER() that knows A to Z only also meets the identifier in its full lower case. */
static void put_lower_both(struct build *b, const struct target *at)
{
	const struct dialect *d = b->plan->dialect;
	int as_text = d->types_differ && (at->folds_case || at->kind != SQL_COL_TEXT) &&
		      at->kind != SQL_COL_UNKNOWN;

	if (at->folds_case && !is_foreign(b, at)) {
		put_equal(b, at, IDBC_FOLD_NONE);
		if (is_judged(b, at))
			return;
		text_put(&b->text, " AND ");
	}
	if (!d->ascii_lower) {
		put_same_bytes(b, at, "LOWER(", "LOWER(", IDBC_FOLD_NONE);
		return;
	}
	b->folds = 1;
	text_put(&b->text, "LOWER(");
	if (as_text)
		put_utf8(b, at);
	else
		text_put(&b->text, "%s.%I", at->alias, at->col);
	if (b->plain) {
		text_put(&b->text, ")%s = ", as_text ? d->bytes_close : "");
		put_asked(b, IDBC_FOLD_LOWER);
		return;
	}
	text_put(&b->text, ")%s IN (LOWER(", as_text ? d->bytes_close : "");
	put_asked(b, IDBC_FOLD_NONE);
	text_put(&b->text, "), ");
	put_asked(b, IDBC_FOLD_LOWER);
	text_put(&b->text, ")");
}

/* A fold that is put on what is stored, too. */
static const char *stored_fold(uint32_t fold)
{
	return fold == IDBC_FOLD_LOWER ? "LOWER(" : fold == IDBC_FOLD_UPPER ? "UPPER(" : NULL;
}

static void put_match(struct build *b, const struct target *at, uint32_t fold)
{
	if (fold == IDBC_FOLD_LOWER_BOTH) {
		put_lower_both(b, at);
		return;
	}
	if (is_bytes(at) && at->mixed) {
		put_any(b, at, PLAN_ASKED_BYTES, fold);
		return;
	}
	if (is_bytes(at)) {
		text_put(&b->text, "%s.%I = ", at->alias, at->col);
		build_arg(b, at->table, at->col);
		build_asked(b, PLAN_ASKED_BYTES, fold, at->kind);
		return;
	}
	if (fold == IDBC_FOLD_DATABASE && !is_foreign(b, at)) {
		text_put(&b->text, "%s.%I = ", at->alias, at->col);
		build_arg(b, at->table, at->col);
		build_asked(b, PLAN_ASKED, IDBC_FOLD_NONE,
			    is_typed(b, at) ? at->kind : SQL_COL_UNKNOWN);
		return;
	}
	if (!is_foreign(b, at)) {
		put_equal(b, at, fold);
		if (is_judged(b, at))
			return;
		text_put(&b->text, " AND ");
	}
	put_same_bytes(b, at, stored_fold(fold), NULL, fold);
}

/* Where a key looks: on the user's row `u`, or on a link's row `t`. */
static struct target target_of(const struct plan *plan, const struct plan_key *key)
{
	struct target at = { .alias = "u", .table = plan->mapping->table,
			     .col = plan->mapping->key, .kind = plan->key_kind };
	const struct catalogue_column *column;

	if (!key->field) {
		column = catalogue_column(&plan->catalogue, at.table, at.col);
		at.mixed = column && column->mixed;
		return at;
	}
	at.table = plan_table(plan, key->field->place.link);
	at.col = plan_place_col(plan, &key->field->place);
	at.alias = key->field->place.link < 0 ? "u" : "t";
	column = catalogue_column(&plan->catalogue, at.table, at.col);
	at.kind = column ? column->kind : SQL_COL_UNKNOWN;
	at.folds_case = column && column->folds_case;
	at.mixed = column && column->mixed;
	at.unique = at.kind == SQL_COL_TEXT && column->unique;
	if (column && column->charset && strcmp(column->charset, "utf8mb4")) {
		at.charset = column->charset;
		at.collation = column->collation;
	}
	return at;
}

static void put_parents(struct build *b, int32_t link)
{
	if (link < 0)
		return;
	put_parents(b, plan_link(b->plan, link)->of);
	build_join(b, link, "JOIN");
}

static void put_name(struct build *b, const struct map_field *field, const char *alias)
{
	const struct map_link *link = plan_link(b->plan, field->place.link);

	if (link->kind != MAP_EAV)
		return;
	text_put(&b->text, " AND %s.%I = ", alias, link->eav_name);
	build_arg(b, link->table, link->eav_name);
	build_text(b, field->place.eav, plan_kind(b->plan, link->table, link->eav_name));
}

static void put_link(struct build *b, const struct map_field *field)
{
	const struct map_link *link = plan_link(b->plan, field->place.link);

	put_parents(b, link->of);
	text_put(&b->text, " JOIN %T AS t ON ", link->table);
	build_on(b, link, "t");
	put_name(b, field, "t");
}

/* Of several rows only the one that is shown answers: an old address does not. */
static void put_counts(struct build *b, const struct map_field *field)
{
	const struct map_link *link = plan_link(b->plan, field->place.link);
	const char *col = plan_place_col(b->plan, &field->place);

	if (build_is_unique(b->plan, link) ||
	    (link->kind != MAP_EAV && !build_order_col(b->plan, link)))
		return;
	text_put(&b->text, " AND t.%I = (SELECT %sx.%I FROM %T AS x WHERE ", col,
		 b->plan->dialect->top, col, link->table);
	build_on(b, link, "x");
	put_name(b, field, "x");
	if (!build_link_order(b, link, "x", " ORDER BY "))
		text_put(&b->text, " ORDER BY x.%I", col);
	text_put(&b->text, "%s)", b->plan->dialect->limit);
}

int build_is_direct(const struct plan_key *key)
{
	return !key->field || key->field->place.link < 0;
}

void build_condition(struct build *b, const struct plan_key *key)
{
	struct target at = target_of(b->plan, key);

	if (key->field) {
		put_match(b, &at, key->fold);
		return;
	}
	if (at.mixed) {
		put_any(b, &at, PLAN_ASKED_KEY, IDBC_FOLD_NONE);
		return;
	}
	text_put(&b->text, "u.%I = ", at.col);
	build_arg(b, at.table, at.col);
	build_asked(b, PLAN_ASKED_KEY, IDBC_FOLD_NONE, at.kind);
}

static void put_rows(struct build *b, const struct plan_key *key)
{
	text_put(&b->text, " FROM %T AS u", b->plan->mapping->table);
	if (!build_is_direct(key))
		put_link(b, key->field);
	text_put(&b->text, " WHERE ");
	build_condition(b, key);
	if (!build_is_direct(key))
		put_counts(b, key->field);
}

void build_matched(struct build *b, const struct plan_key *key, int mixed)
{
	struct target at = target_of(b->plan, key);

	if (mixed) {
		put_utf8(b, &at);
		text_put(&b->text, "%s", b->plan->dialect->folded);
	} else {
		build_read(b, at.alias, at.table, at.col);
	}
}

/* "SELECT key, which, stored value". */
void build_candidate(struct build *b, const struct plan_key *key, int which, int mixed)
{
	const struct mapping *m = b->plan->mapping;

	text_put(&b->text, "SELECT u.%I AS k, %d AS f, ", m->key, which);
	build_matched(b, key, mixed);
	text_put(&b->text, " AS m");
	put_rows(b, key);
	/* Another's row of the same key must not answer in his name. */
	if (!catalogue_tells_apart(&b->plan->catalogue, m->table, m->key))
		build_constants(b, "u", m->table, &m->where);
}

void build_holders(struct build *b, const struct plan_key *key, int which, int mixed)
{
	text_put(&b->text, "SELECT ");
	build_read(b, "u", b->plan->mapping->table, b->plan->mapping->key);
	text_put(&b->text, " AS k, %d AS f, ", which);
	build_matched(b, key, mixed);
	text_put(&b->text, " AS m");
	put_rows(b, key);
}
