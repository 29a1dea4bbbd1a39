/* drivers/sql/mapping/mapping_writes.c - mistakes of a mapping that writes one column from two
 * places: the key, the credential, the names that people log in with, what ties a link's
 * row to its user.  A default of users.user.insert under a field is none.
 * Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"

#include <string.h>

#define CODE "two-fields-one-column"

/* No item of `sets` may be column `col`. */
static void forbid(struct parse *p, const struct map_sets *sets, const char *base,
	const char *col, const char *why)
{
	for (size_t i = 0; col && i < sets->n; i++)
		if (ascii_same(sets->items[i].col, col))
			parse_bad(p, CODE, parse_key(p, base, sets->items[i].col),
				"\"%.64s\" is %s", col, why);
}

static void forbid_all(struct parse *p, const struct map_sets *sets, const char *base,
	const struct map_sets *cols, const char *why)
{
	for (size_t i = 0; i < cols->n; i++)
		forbid(p, sets, base, cols->items[i].col, why);
}

/* --- the user's row --- */

/* Names and credential: what only the operations of their own may change. */
static void check_kept(struct parse *p, const struct map_sets *sets, const char *base)
{
	const struct mapping *m = p->m;
	const struct map_place *secret[] = { &m->pw_hash, &m->pw_salt };

	for (size_t i = 0; i < 2; i++)
		if (secret[i]->link < 0)
			forbid(p, sets, base, secret[i]->col, "the stored password or its salt");
	for (uint32_t i = 0; i < m->nlogin; i++) {
		const struct map_field *f = mapping_field(m, mapping_by_field(m->login_by[i]));

		if (f && f->kind == MAP_COL && f->place.link < 0)
			forbid(p, sets, base, f->place.col, "what people log in with");
	}
}

/* Columns of login.failed are written, and by nothing else of a login. */
static void check_failed(struct parse *p)
{
	const struct map_failed *f = &p->m->failed;
	const char *const cols[] = { f->count, f->first.place.col, f->last.place.col,
		f->until.place.col, f->at.place.col };
	struct map_set items[5];
	struct map_sets sets = { items, 0 };

	for (size_t i = 0; i < sizeof(cols) / sizeof(cols[0]); i++) {
		forbid(p, &sets, "users.login.failed", cols[i], "named twice");
		if (cols[i])
			items[sets.n++] = (struct map_set){ .col = cols[i] };
	}
	forbid(p, &sets, "users.login.failed", p->m->key, "the key (users.user.id)");
	check_kept(p, &sets, "users.login.failed");
	forbid_all(p, &p->m->touch, "users.login.touch", &sets,
		"one of users.login.failed, which a login sets back");
}

static void check_user(struct parse *p)
{
	const struct mapping *m = p->m;
	const struct { const struct map_sets *sets; const char *base; int keeps; } rooms[] = {
		{ &m->insert, "users.user.insert", 0 }, { &m->where, "users.user.where", 0 },
		{ &m->update, "users.user.update", 1 }, { &m->touch, "users.login.touch", 1 },
		{ &m->pw_set, "users.password.set", 1 },
		{ &m->delete_set, "users.delete.set", 0 },
	};

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		forbid(p, rooms[i].sets, rooms[i].base, m->key, "the key (users.user.id)");
		if (rooms[i].keeps)
			check_kept(p, rooms[i].sets, rooms[i].base);
	}
	forbid_all(p, &m->insert, "users.user.insert", &m->where,
		"set by users.user.where already");
	check_failed(p);
}

/* --- links --- */

static void check_link_sets(struct parse *p, const struct map_link *link,
	const struct map_sets *sets, const char *name)
{
	const char *base = parse_key(p, link->key, name);

	forbid_all(p, sets, base, &link->on, "what ties the row to its user (\"on\")");
	forbid(p, sets, base, link->eav_name, "the column of the names");
	forbid(p, sets, base, link->eav_value, "the column of the values");
	if (link->has_id)
		forbid(p, sets, base, link->id_col, "made by \"id\"");
}

static void check_link(struct parse *p, const struct map_link *link)
{
	check_link_sets(p, link, &link->insert, "insert");
	check_link_sets(p, link, &link->update, "update");
	check_link_sets(p, link, &link->where, "where");
	forbid_all(p, &link->insert, parse_key(p, link->key, "insert"), &link->where,
		"set by \"where\" already");
	forbid_all(p, &link->update, parse_key(p, link->key, "update"), &link->where,
		"set by \"where\" already");
	if (link->has_id)
		forbid(p, &link->on, parse_key(p, link->key, "on"), link->id_col,
			"made by \"id\"");
}

/* --- fields --- */

static int in_sets(const struct map_sets *sets, const char *col)
{
	for (size_t i = 0; i < sets->n; i++)
		if (ascii_same(sets->items[i].col, col))
			return 1;
	return 0;
}

/* A field that is written would take the row away from its user. */
static void check_tie(struct parse *p, const struct map_place *place, const char *key)
{
	const struct map_link *link = place->link < 0 ? NULL : &p->m->links[place->link];

	if (!link || !place->col || place->eav)
		return;
	if (in_sets(&link->on, place->col) || in_sets(&link->where, place->col))
		parse_bad(p, CODE, key, "\"%.64s\" tells whose row of link \"%.64s\" it is",
			place->col, link->name);
	else if (link->has_id && link->id_col && ascii_same(link->id_col, place->col))
		parse_bad(p, CODE, key, "\"%.64s\" is made by the \"id\" of link \"%.64s\"",
			place->col, link->name);
}

/* A computed column that a field, perhaps its own, writes too. */
static void check_also(struct parse *p, const struct map_field *field)
{
	const struct mapping *m = p->m;
	struct map_sets also = { field->also, field->nalso };
	const char *base = parse_key(p, field->key, "also");
	int32_t link = field->place.link;

	if (link < 0)
		forbid(p, &also, base, m->key, "the key (users.user.id)");
	if (m->pw_hash.link == link)
		forbid(p, &also, base, m->pw_hash.col, "the stored password");
	for (size_t i = 0; also.n && i < m->nfields; i++) {
		const struct map_field *other = &m->fields[i];
		struct map_sets others = { other->also, other->nalso };

		if (other->kind != MAP_COL)
			continue;
		for (size_t j = 0; j <= other->nmirror; j++) {
			const struct map_place *at = j ? &other->mirror[j - 1] : &other->place;

			if (at->link == link)
				forbid(p, &also, base, at->col, "written by a field too");
		}
		if (other < field && other->place.link == link)
			forbid_all(p, &also, base, &others, "computed by another field too");
	}
}

static void check_field(struct parse *p, const struct map_field *field)
{
	if (field->kind != MAP_COL)
		return;
	check_tie(p, &field->place, field->key);
	for (size_t i = 0; i < field->nmirror; i++)
		check_tie(p, &field->mirror[i], parse_key(p, field->key, "mirror"));
	for (size_t i = 0; i < field->nalso; i++) {
		struct map_place at = { .link = field->place.link, .col = field->also[i].col };

		check_tie(p, &at, parse_key(p, field->key, "also"));
	}
	check_also(p, field);
}

/* --- two links that are one row --- */

static int same_value(const struct map_value *a, const struct map_value *b)
{
	if (a->source != b->source || a->i64 != b->i64 || a->link != b->link)
		return 0;
	return a->str == b->str || (a->str && b->str && !strcmp(a->str, b->str));
}

static int same_sets(const struct map_sets *a, const struct map_sets *b)
{
	for (size_t i = 0; i < a->n; i++) {
		size_t j = 0;

		while (j < b->n && !(ascii_same(a->items[i].col, b->items[j].col) &&
				     same_value(&a->items[i].value, &b->items[j].value)))
			j++;
		if (j == b->n)
			return 0;
	}
	return a->n == b->n;
}

static int same_rows(const struct map_link *a, const struct map_link *b)
{
	return a->kind == MAP_ONE && b->kind == MAP_ONE && a->table && b->table &&
	       !strcmp(a->table, b->table) && same_sets(&a->on, &b->on) &&
	       same_sets(&a->where, &b->where);
}

/* A link back to the user's own row, by its key. */
static int is_own_row(const struct mapping *m, const struct map_link *link)
{
	const struct map_set *on = link->on.n == 1 ? link->on.items : NULL;

	return on && m->table && m->key && link->table && !strcmp(link->table, m->table) &&
	       on->value.source == MAP_USER_COL && ascii_same(on->col, m->key) &&
	       ascii_same(on->value.str, m->key);
}

static void check_twins(struct parse *p)
{
	const struct mapping *m = p->m;

	for (size_t i = 0; i < m->nlinks; i++) {
		const struct map_link *link = &m->links[i];
		size_t j = 0;

		if (link->kind == MAP_ONE && is_own_row(m, link))
			parse_bad(p, CODE, link->key, "the rows of this link are the users' own");
		while (j < i && !same_rows(&m->links[j], link))
			j++;
		if (j < i)
			parse_bad(p, CODE, link->key, "the rows of this link are those of link "
				"\"%.64s\"", m->links[j].name);
	}
}

void parse_check_writes(struct parse *p)
{
	check_user(p);
	for (size_t i = 0; i < p->m->nlinks; i++)
		check_link(p, &p->m->links[i]);
	for (size_t i = 0; i < p->m->nfields; i++)
		check_field(p, &p->m->fields[i]);
	check_twins(p);
}
