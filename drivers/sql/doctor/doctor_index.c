/* drivers/sql/doctor/doctor_index.c - by which fields users are found, and whether indexes find
 * them and keep them apart.  Threads: the session's.
 */
#include "sql/doctor/doctor.h"
#include "sql/base/ascii.h"
#include "sql/user/unique.h"

#include <stdio.h>
#include <string.h>

/* --- the fields -------------------------------------------------------------------- */

size_t doctor_identifiers(const struct doctor *d, struct identifier *out)
{
	const struct plan *plan = d->plan;
	size_t n = 0;

	for (size_t i = 0; i < d->mapping->nfields && n < DOCTOR_IDENTIFIERS; i++) {
		const struct map_field *f = &d->mapping->fields[i];
		struct identifier id = {
			.field = f, .logs_in = mapping_logs_in(d->mapping, f->name),
			.unique = mapping_keeps_apart(d->mapping, f),
		};

		if (f->kind != MAP_COL || f->place.json)
			continue;
		if (!id.logs_in && !id.unique && strcmp(f->name, "email"))
			continue;
		id.link = plan_link(plan, f->place.link);
		id.table = plan_table(plan, f->place.link);
		id.col = plan_place_col(plan, &f->place);
		id.column = catalogue_column(&plan->catalogue, id.table, id.col);
		if (id.column)
			out[n++] = id;
	}
	return n;
}

int doctor_folds(const struct identifier *id)
{
	return id->field->fold == IDBC_FOLD_LOWER_BOTH;
}

int doctor_folds_itself(const struct doctor *d, const struct identifier *id)
{
	const char *collation = indexes_collation(&d->indexes, id->table, id->col);

	return id->column->folds_case || ascii_begins(id->column->type, "citext") ||
	       (collation && ascii_same(collation, "NOCASE"));
}

/* --- remedies ---------------------------------------------------------------------- */

static int is_mysql(const struct doctor *d)
{
	return d->words->id == SQL_MARIADB || d->words->id == SQL_MYSQL;
}

/* What is too long for an index is indexed by its beginning. */
static const char *prefix(const struct doctor *d, const struct identifier *id, int unique)
{
	int text = ascii_has(id->column->type, "text") || ascii_has(id->column->type, "blob");

	if (!is_mysql(d) || (unique && d->words->id == SQL_MARIADB))
		return "";
	return text || id->column->width > 768 ? "(191)" : "";
}

static void put_name(struct sql_text *t, const char *table, const char *col, const char *end)
{
	const char *dot = strchr(table, '.');
	char name[64];

	/* PostgreSQL allows 63 bytes, MySQL 64 characters. */
	snprintf(name, sizeof(name), "%.28s_%.28s_%s", dot ? dot + 1 : table, col, end);
	text_put(t, "%I", name);
}

/* The statement; "" where no index can do it. */
static char *create_index(struct doctor *d, const struct identifier *id, int unique, int lower)
{
	struct sql_text t = doctor_text(d);

	if (lower && !d->words->lower_index)
		return arena_printf(&d->session->arena,
				    "give the column a collation that ends in _ci, or set "
				    "users.lookup.%s.fold to \"lower\" if it is stored in lower case",
				    id->field->name);
	text_put(&t, "CREATE %sINDEX ", unique ? "UNIQUE " : "");
	put_name(&t, id->table, id->col, unique ? "key" : "idx");
	text_put(&t, " ON %T (", id->table);
	if (id->link && id->link->kind == MAP_EAV)
		text_put(&t, "%I, ", id->link->eav_name);
	if (lower)
		text_put(&t, is_mysql(d) ? "(LOWER(%I))" : "LOWER(%I)", id->col);
	else
		text_put(&t, "%I%s", id->col, prefix(d, id, unique));
	text_put(&t, ")");
	return t.failed ? NULL : t.s;
}

/* --- identifiers ------------------------------------------------------------------- */

static struct index_wish wish_of(const struct doctor *d, const struct identifier *id)
{
	return (struct index_wish){
		.table = id->table, .col = id->col,
		.given = id->link ? &id->link->where : &d->mapping->where,
		.given_col = id->link && id->link->kind == MAP_EAV ? id->link->eav_name : NULL,
	};
}

static int is_the_key(const struct doctor *d, const struct identifier *id)
{
	return !id->link && ascii_same(id->col, d->mapping->key) &&
	       catalogue_tells_apart(&d->plan->catalogue, id->table, id->col);
}

static int tell_unique(struct doctor *d, const struct identifier *id)
{
	struct index_wish wish = wish_of(d, id);
	int64_t shared = 0;
	char *remedy, now[80] = "";

	wish.lower = doctor_folds(id) && !id->column->folds_case &&
		     !ascii_begins(id->column->type, "citext");
	if (!id->unique || (id->link && id->link->kind == MAP_EAV) ||
	    (is_the_key(d, id) && !wish.lower) || indexes_unique(&d->indexes, &wish))
		return 0;
	if (doctor_shared(d, id, &shared))
		return -1;
	if (shared)
		snprintf(now, sizeof(now), " (it does for %lld of them today: mend these first)",
			 (long long)shared);
	remedy = create_index(d, id, 1, wish.lower);
	return doctor_add(d, IDBC_WARNING, "no-unique-index", id->field->key, remedy,
			  "no unique index on \"%s\" of table \"%s\"%s: another application may "
			  "give one %s to two users, and then neither can log in by it%s", id->col,
			  id->table, wish.lower ? " in any case of letters" : "", id->field->name,
			  now);
}

static int tell_slow(struct doctor *d, const struct identifier *id)
{
	struct index_wish wish = wish_of(d, id);

	wish.lower = doctor_folds(id) && !id->column->folds_case &&
		     !ascii_begins(id->column->type, "citext");
	if ((is_the_key(d, id) && !wish.lower) || indexes_find(&d->indexes, &wish))
		return 0;
	return doctor_add(d, id->logs_in ? IDBC_WARNING : IDBC_NOTE, "no-index-on-identifier",
			  id->field->key, create_index(d, id, 0, wish.lower),
			  "no index finds \"%s\" in table \"%s\"%s: every %s reads the whole table",
			  id->col, id->table, wish.lower ? " in any case of letters" : "",
			  id->logs_in ? "login" : "search by e-mail address");
}

/* --- links ------------------------------------------------------------------------- */

static int finds_link(const struct doctor *d, const struct map_link *link)
{
	for (size_t i = 0; i < link->on.n; i++) {
		struct index_wish wish = { .table = link->table, .col = link->on.items[i].col,
					   .given = &link->where, .given_col = link->eav_name };
		const struct catalogue_column *c =
			catalogue_column(&d->plan->catalogue, link->table, wish.col);

		if (!c || c->unique || indexes_find(&d->indexes, &wish))
			return 1;
		/* SQLite's rowid under a name of its own. */
		if (c->primary && d->words->id == SQL_SQLITE && c->kind == SQL_COL_INTEGER)
			return 1;
	}
	return !link->on.n;
}

static int tell_link(struct doctor *d, const struct map_link *link)
{
	struct sql_text t = doctor_text(d);

	if (finds_link(d, link))
		return 0;
	text_put(&t, "CREATE INDEX ");
	put_name(&t, link->table, link->on.items[0].col, "idx");
	text_put(&t, " ON %T (%I)", link->table, link->on.items[0].col);
	return doctor_add(d, IDBC_WARNING, "no-index-on-identifier", link->key,
			  t.failed ? NULL : t.s,
			  "no index finds a user's rows in table \"%s\": every login reads the "
			  "whole table", link->table);
}

static int keep_index(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	int64_t at = catalogue_number(&cols[0]);

	(void)ctx;
	if (at < 0 || (size_t)at >= d->plan->catalogue.n)
		return 0;
	d->indexes.known = 1;
	if (indexes_add(&d->indexes, &d->session->arena, d->plan->catalogue.tables[at].name, cols))
		return doctor_nomem(d);
	return 0;
}

int doctor_read_indexes(struct doctor *d)
{
	if (doctor_ask_tables(d, d->words->indexes, INDEX_COLS, keep_index, NULL))
		return -1;
	if (d->declined && d->words->indexes_before &&
	    doctor_ask_tables(d, d->words->indexes_before, INDEX_COLS, keep_index, NULL))
		return -1;
	d->indexes.known = !d->declined;
	return 0;
}

int doctor_indexes(struct doctor *d)
{
	struct identifier ids[DOCTOR_IDENTIFIERS];
	size_t n = doctor_identifiers(d, ids);

	if (!d->indexes.known)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (tell_unique(d, &ids[i]) || tell_slow(d, &ids[i]))
			return -1;
	for (size_t i = 0; i < d->mapping->nlinks; i++)
		if (tell_link(d, &d->mapping->links[i]))
			return -1;
	return 0;
}
