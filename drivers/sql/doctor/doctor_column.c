/* drivers/sql/doctor/doctor_column.c - what the catalogue's columns mean for users: passwords that
 * would be cut, names that a collation takes for one another, filters that hide people.
 * Threads: the session's.
 */
#include "sql/doctor/doctor.h"
#include "sql/base/ascii.h"

#include <string.h>

/* --- room for a password ----------------------------------------------------------- */

static int keep_default(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	*(char **)ctx = cols->kind == IDBC_KIND_NULL ? NULL : doctor_word(d, cols);
	return 0;
}

/* MODIFY says the whole column again.  MariaDB tells a default as SQL has it, MySQL bare. */
static int put_default(struct doctor *d, struct sql_text *t, const char *table,
		       const struct catalogue_column *c)
{
	const char *dot = strchr(table, '.'), *bare = dot ? dot + 1 : table;
	struct idbc_value args[3] = {
		{ .kind = IDBC_KIND_STR, .u.str = { bare, strlen(bare) } },
		{ .kind = dot ? IDBC_KIND_STR : IDBC_KIND_NULL,
		  .u.str = { table, dot ? (size_t)(dot - table) : 0 } },
		{ .kind = IDBC_KIND_STR, .u.str = { c->name, strlen(c->name) } },
	};
	struct query q = { d->words->column_default, args, 3, NULL };
	char *text = NULL;

	if (!c->has_default || !q.sql)
		return 0;
	if (doctor_ask(d, &q, 1, keep_default, &text))
		return -1;
	if (text && !strchr(text, '\\'))
		text_put(t, " DEFAULT %s", text);
	return 0;
}

static char *widen_modify(struct doctor *d, const char *table, const struct catalogue_column *c,
			  const char *type, int width)
{
	struct sql_text t = doctor_text(d);

	text_put(&t, "ALTER TABLE %T MODIFY %I %s(%d)", table, c->name, type, width);
	if (c->charset)
		text_put(&t, " CHARACTER SET %s COLLATE %s", c->charset, c->collation);
	text_put(&t, c->nullable ? " NULL" : " NOT NULL");
	if (put_default(d, &t, table, c))
		return NULL;
	return t.failed ? NULL : t.s;
}

static char *widen(struct doctor *d, const char *table, const struct catalogue_column *c,
		   int64_t wanted)
{
	int width = wanted > 255 ? (int)wanted : 255;
	struct sql_text t = doctor_text(d);

	if (d->words->column_default)
		return widen_modify(d, table, c, codec_is_bytes(c->kind) ? "varbinary" : "varchar",
				    width);
	text_put(&t, "ALTER TABLE %T ALTER COLUMN %I TYPE varchar(%d)", table, c->name, width);
	return t.failed ? NULL : t.s;
}

static int upgrades(const struct doctor *d)
{
	return d->session->instance->upgrades && d->plan->operations & OP_LOGIN;
}

static int check_width(struct doctor *d, const struct map_place *place, int64_t wanted,
		       const char *key, const char *what)
{
	int writes = (d->plan->operations & (OP_CREATE | OP_CHANGE_PASSWORD)) != 0;
	const char *table, *col;
	const struct catalogue_column *c;

	if (!mapping_has(place) || !wanted || !d->plan->dialect->widths_bind)
		return 0;
	table = plan_table(d->plan, place->link);
	col = plan_place_col(d->plan, place);
	c = catalogue_column(&d->plan->catalogue, table, col);
	if (!c || c->width <= 0 || c->width >= wanted)
		return 0;
	return doctor_add(d, writes ? IDBC_ERROR : IDBC_WARNING, "column-too-narrow", key,
			  widen(d, table, c, wanted),
			  "column \"%s\" of table \"%s\" holds %lld characters, a new %s has %lld: "
			  "%s%s%s", c->name, table, (long long)c->width, what, (long long)wanted,
			  writes ? "create and changePassword refuse every new password" : "",
			  writes && upgrades(d) ? ", and " : "",
			  upgrades(d) ? "no login stores a password anew" : "");
}

static int tell_widths(struct doctor *d)
{
	if (!(d->plan->operations & (OP_CREATE | OP_CHANGE_PASSWORD)) && !upgrades(d))
		return 0;
	return check_width(d, &d->mapping->pw_hash, d->hash_width, "users.password.col",
			   "stored password") ||
	       check_width(d, &d->mapping->pw_salt, d->salt_width, "users.password.salt",
			   "salt") ? -1 : 0;
}

/* --- collations -------------------------------------------------------------------- */

/* Where the fold is ours to set, the column's collation must not know better. */
static int tell_collations(struct doctor *d)
{
	struct identifier ids[DOCTOR_IDENTIFIERS];
	size_t n = doctor_identifiers(d, ids);

	for (size_t i = 0; i < n; i++) {
		const struct identifier *id = &ids[i];
		uint32_t fold = id->field->fold;
		char *remedy;

		if ((!id->logs_in && !id->unique) || !doctor_folds_itself(d, id) ||
		    (fold != IDBC_FOLD_NONE && fold != IDBC_FOLD_BINARY))
			continue;
		remedy = arena_printf(&d->session->arena, "set users.lookup.%s.fold to "
				      "\"lower-both\"", id->field->name);
		if (doctor_add(d, IDBC_WARNING, "collation-folds-identifiers", id->field->key, remedy,
			       "the database takes values of \"%s\" for equal that differ in letter "
			       "case or accents%s%s: somebody who types his %s in another case is let "
			       "in by an application that trusts it and refused here, and of two such "
			       "names only one can be created", id->col,
			       id->column->collation ? ", by " : "",
			       id->column->collation ? id->column->collation : "", id->field->name))
			return -1;
	}
	return 0;
}

/* --- filters ----------------------------------------------------------------------- */

static const struct map_field *flag_of(const struct mapping *m, const char *col)
{
	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];

		if (f->kind == MAP_COL && f->type == MAP_FLAG && f->place.link < 0 &&
		    ascii_same(f->place.col, col))
			return f;
	}
	return NULL;
}

static int is_set_by_delete(const struct mapping *m, const char *col)
{
	for (size_t i = 0; m->delete_mode == MAP_DELETE_SOFT && i < m->delete_set.n; i++)
		if (ascii_same(m->delete_set.items[i].col, col))
			return 1;
	return 0;
}

static int sounds_like_status(const char *col)
{
	static const char *const words[] = {
		"active", "enabled", "disabled", "blocked", "banned", "locked", "suspended",
		"status", "verified", "confirmed", "approved",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ascii_has(col, words[i]))
			return 1;
	return 0;
}

static int tell_filter(struct doctor *d, const char *col)
{
	const struct map_field *flag = flag_of(d->mapping, col);

	if (flag && strcmp(flag->name, "deleted"))
		return doctor_add(d, IDBC_WARNING, "status-in-where", "users.user.where",
				  "take the column out of users.user.where",
				  "the filter and %s use one column, \"%s\": whoever the flag is "
				  "about is an unknown user, instead of being told why he may not "
				  "log in", flag->name, col);
	if (flag || is_set_by_delete(d->mapping, col))
		return doctor_add(d, IDBC_NOTE, "status-in-where", "users.user.where",
				  "map the column as users.profile.deleted alone",
				  "the filter names \"%s\", which also marks deleted users", col);
	if (!sounds_like_status(col))
		return 0;
	return doctor_add(d, IDBC_WARNING, "status-in-where", "users.user.where",
			  "map the column as a flag, for instance users.profile.blocked, and take "
			  "it out of users.user.where",
			  "the filter names \"%s\": if that is where users are blocked, a blocked "
			  "user is an unknown one, instead of being told so", col);
}

static int tell_filters(struct doctor *d)
{
	const struct map_sets *where = &d->mapping->where;

	for (size_t i = 0; i < where->n; i++)
		if (tell_filter(d, where->items[i].col))
			return -1;
	return 0;
}

int doctor_columns(struct doctor *d)
{
	return tell_widths(d) || tell_collations(d) || tell_filters(d) ? -1 : 0;
}
