/* drivers/sql/mapping/mapping_check.c - mistakes that only the whole mapping shows: two fields in
 * one column, a credential shown as a field, links in a circle, templates of templates.
 * Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"

#include <string.h>

static const char *table_of(const struct mapping *m, const struct map_place *place)
{
	const char *table = place->link < 0 ? m->table : m->links[place->link].table;

	return table ? table : "";
}

/* As mapping_same_place, also through another link on the same table. */
static int same_cell(const struct mapping *m, const struct map_place *a,
	const struct map_place *b)
{
	if (a->eav || b->eav)
		return mapping_same_place(a, b);
	return a->col && b->col && ascii_same(a->col, b->col) &&
	       ascii_same(table_of(m, a), table_of(m, b));
}

/* --- two fields, one column --- */

static size_t nplaces(const struct map_field *field)
{
	return field->kind == MAP_COL ? 1 + field->nmirror : 0;
}

static const struct map_place *place_at(const struct map_field *field, size_t i)
{
	return i ? &field->mirror[i - 1] : &field->place;
}

static int are_flags(const struct map_field *a, const struct map_field *b)
{
	return a != b && a->type == MAP_FLAG && b->type == MAP_FLAG;
}

/* Several flags in one status column, each guarded by what it may replace. */
static int may_share(const struct map_field *a, const struct map_field *b)
{
	return are_flags(a, b) && a->from.n && b->from.n;
}

/* One column; of documents in it, members that are not apart. */
static int collide(const struct map_place *a, const struct map_place *b)
{
	if (!mapping_same_place(a, b))
		return 0;
	return !a->json || !b->json || mapping_paths_meet(a->json, b->json);
}

static const char *how_shared(const struct map_field *a, const struct map_field *b)
{
	if (a->place.json && b->place.json && a != b)
		return are_flags(a, b) ? " under the same path; flags that share it each need "
					 "\"from\"" : " under the same path, or around it";
	return are_flags(a, b) ? "; flags that share a column each need \"from\"" : "";
}

/* 1: they write one column, and that has been said. */
static int compare_fields(struct parse *p, const struct map_field *a,
	const struct map_field *b)
{
	for (size_t i = 0; i < nplaces(a); i++) {
		for (size_t j = a == b ? i + 1 : 0; j < nplaces(b); j++) {
			const struct map_place *place = place_at(a, i);

			if (!collide(place, place_at(b, j)) ||
			    (may_share(a, b) && mapping_same_member(place, place_at(b, j))))
				continue;
			parse_bad(p, "two-fields-one-column", b->key,
				"\"%.64s\" is written by \"%.64s\" too%s",
				place->eav ? place->eav : place->col, a->name,
				how_shared(a, b));
			return 1;
		}
	}
	return 0;
}

/* Once for each field: of a hundred in one column not every pair is told. */
static void check_columns(struct parse *p)
{
	const struct mapping *m = p->m;

	for (size_t j = 0; j < m->nfields; j++) {
		size_t i = 0;

		while (i <= j && !compare_fields(p, &m->fields[i], &m->fields[j]))
			i++;
	}
}

/* --- documents --- */

/* A document and a field that is no part of it, or two documents, in one column. */
static void check_document(struct parse *p, const struct map_document *document)
{
	const struct mapping *m = p->m;
	struct map_place key = { .link = -1, .col = m->key };
	int taken = mapping_same_place(&document->place, &key) ||
		    mapping_same_place(&document->place, &m->pw_hash) ||
		    mapping_same_place(&document->place, &m->pw_salt);

	for (size_t i = 0; i < m->nfields; i++) {
		for (size_t j = 0; j < nplaces(&m->fields[i]); j++) {
			const struct map_place *place = place_at(&m->fields[i], j);

			taken |= !place->json && mapping_same_place(place, &document->place);
		}
	}
	for (const struct map_document *other = m->documents; other < document; other++)
		taken |= mapping_same_place(&other->place, &document->place);
	if (taken)
		parse_bad(p, "two-fields-one-column", document->key,
			"the column is written by something else too");
}

static void check_documents(struct parse *p)
{
	for (size_t i = 0; i < p->m->ndocuments; i++)
		check_document(p, &p->m->documents[i]);
}

/* What lives inside a document has no column of its own to be searched. */
static void check_searched(struct parse *p, const char *name, const char *key)
{
	const struct map_field *field = name ? mapping_field(p->m, name) : NULL;

	if (field && field->place.json)
		parse_bad(p, "bad-combination", key, "field \"%.64s\" lives inside a document "
			"and cannot be searched", field->name);
}

static void check_searches(struct parse *p)
{
	const struct mapping *m = p->m;

	for (uint32_t i = 0; i < m->nlogin; i++)
		check_searched(p, mapping_by_field(m->login_by[i]),
			parse_at(p, "users.login.by", i));
	for (size_t i = 0; i < m->nunique; i++)
		check_searched(p, m->unique[i], parse_at(p, "users.create.unique", i));
}

/* --- the key --- */

/* The key is written by its generator; a field may live there only if it makes the key. */
static void check_key_column(struct parse *p)
{
	const struct mapping *m = p->m;
	struct map_place key = { .link = -1, .col = m->key };

	if (m->id.source == MAP_GIVEN || m->id.source == MAP_GIVEN_OR_UUID)
		return;
	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *field = &m->fields[i];

		if (m->id.source == MAP_FIELD && m->id.str && !strcmp(m->id.str, field->name))
			continue;
		for (size_t j = 0; j < nplaces(field); j++) {
			if (mapping_same_place(place_at(field, j), &key))
				parse_bad(p, "two-fields-one-column", field->key,
					"\"%.64s\" is the key (users.user.id)", m->key);
		}
	}
}

/* --- credentials --- */

static void check_shown(struct parse *p, const struct map_place *place, const char *key)
{
	const struct mapping *m = p->m;

	if (same_cell(m, place, &m->pw_hash) || same_cell(m, place, &m->pw_salt))
		parse_bad(p, "credential-in-profile", key,
			"\"%.64s\" holds the stored password or its salt",
			place->eav ? place->eav : place->col);
}

/* A column of a list may come from a joined table. */
static void check_list_shown(struct parse *p, const struct map_field *field)
{
	const struct mapping *m = p->m;
	const struct map_place *secret[] = { &m->pw_hash, &m->pw_salt };

	for (size_t i = 0; i < field->ncols; i++) {
		const struct map_list_col *col = &field->cols[i];
		const char *table = col->table ? col->table : table_of(m, &col->place);

		for (size_t j = 0; j < 2; j++) {
			if (secret[j]->col && ascii_same(col->place.col, secret[j]->col) &&
			    ascii_same(table, table_of(m, secret[j])))
				parse_bad(p, "credential-in-profile", field->key,
					"\"%.64s\" holds the stored password or its salt",
					col->place.col);
		}
	}
}

static void check_credentials(struct parse *p)
{
	const struct mapping *m = p->m;

	for (size_t i = 0; i < m->nfields; i++) {
		for (size_t j = 0; j < nplaces(&m->fields[i]); j++)
			check_shown(p, place_at(&m->fields[i], j), m->fields[i].key);
		check_list_shown(p, &m->fields[i]);
	}
	if (mapping_same_place(&m->pw_hash, &m->pw_salt))
		parse_bad(p, "two-fields-one-column", "users.password.salt",
			"the column of the password itself");
}

/* --- links --- */

static void check_cycles(struct parse *p)
{
	const struct mapping *m = p->m;

	for (size_t i = 0; i < m->nlinks; i++) {
		int32_t at = m->links[i].of;

		for (size_t steps = 0; at >= 0 && steps <= m->nlinks; steps++) {
			if ((size_t)at == i)
				break;
			at = m->links[at].of;
		}
		if (at >= 0 && (size_t)at == i)
			parse_bad(p, "link-cycle", parse_key(p, m->links[i].key, "of"),
				"the links hang on each other in a circle");
	}
}

/* --- templates and nesting --- */

static void check_templates(struct parse *p)
{
	const struct mapping *m = p->m;

	for (size_t i = 0; i < m->nfields; i++) {
		for (size_t j = 0; j < m->fields[i].npieces; j++) {
			const char *name = m->fields[i].pieces[j].field;
			const struct map_field *field = name ? mapping_field(m, name) : NULL;

			if (!field || (field->kind != MAP_TEMPLATE && field->kind != MAP_LIST &&
				       field->type != MAP_PHP))
				continue;
			parse_bad(p, "bad-reference",
				parse_key(p, m->fields[i].key, "template"),
				"\"%.64s\" is a template or a list itself", name);
		}
	}
}

/* "app_metadata" and "app_metadata.plan" cannot both be values. */
static void check_nesting(struct parse *p)
{
	const struct mapping *m = p->m;

	for (size_t i = 0; i < m->nfields; i++) {
		size_t len = strlen(m->fields[i].name);

		for (size_t j = 0; j < m->nfields; j++) {
			const char *name = m->fields[j].name;

			if (!strncmp(name, m->fields[i].name, len) && name[len] == '.')
				parse_bad(p, "bad-combination", m->fields[j].key,
					"\"%.64s\" is a field itself and cannot hold others",
					m->fields[i].name);
		}
	}
}

/* --- what a database-made key cannot do --- */

static void check_insert_id(struct parse *p)
{
	const struct mapping *m = p->m;

	for (size_t i = 0; m->id.source == MAP_AUTO && i < m->insert.n; i++) {
		if (m->insert.items[i].value.source == MAP_ID)
			parse_bad(p, "bad-value",
				parse_key(p, "users.user.insert", m->insert.items[i].col),
				"the database makes the key: there is no $id before the row");
	}
}

void parse_check(struct parse *p)
{
	check_columns(p);
	check_documents(p);
	check_searches(p);
	if (p->m->key)
		check_key_column(p);
	check_credentials(p);
	check_cycles(p);
	check_templates(p);
	check_nesting(p);
	check_insert_id(p);
	parse_check_writes(p);
}
