/* drivers/sql/mapping/mapping.c - the `users` object as a checked model: the way through it.
 *
 * Links come first, since fields refer to them; then fields, to which the rest refers.
 * Threads: mapping_parse() one at a time for each mapping; the model is read only.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/json_text.h"
#include "sql/base/ascii.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct map_field *mapping_field(const struct mapping *m, const char *name)
{
	for (size_t i = 0; i < m->nfields; i++) {
		if (!strcmp(m->fields[i].name, name))
			return &m->fields[i];
	}
	return NULL;
}

int mapping_logs_in(const struct mapping *m, const char *field)
{
	for (uint32_t i = 0; i < m->nlogin; i++) {
		const char *name = mapping_by_field(m->login_by[i]);

		if (name && !strcmp(name, field))
			return 1;
	}
	return 0;
}

int mapping_is_unique(const struct mapping *m, const char *field)
{
	if (m->email_shared && !strcmp(field, "email"))
		return 0;
	if (mapping_logs_in(m, field))
		return 1;
	for (size_t i = 0; i < m->nunique; i++) {
		if (!strcmp(m->unique[i], field))
			return 1;
	}
	return 0;
}

int mapping_keeps_apart(const struct mapping *m, const struct map_field *f)
{
	return f->kind == MAP_COL && !f->place.json && mapping_is_unique(m, f->name);
}

int mapping_has(const struct map_place *place)
{
	return place->col || place->eav;
}

int mapping_same_place(const struct map_place *a, const struct map_place *b)
{
	if (a->link != b->link)
		return 0;
	if (a->eav || b->eav)
		return a->eav && b->eav && !strcmp(a->eav, b->eav);
	return a->col && b->col && ascii_same(a->col, b->col);
}

int mapping_paths_meet(const struct map_path *a, const struct map_path *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->items[i].name, b->items[i].name))
			return 0;
	return 1;
}

int mapping_same_member(const struct map_place *a, const struct map_place *b)
{
	if (!mapping_same_place(a, b) || !a->json != !b->json)
		return 0;
	return !a->json || (a->json->n == b->json->n && mapping_paths_meet(a->json, b->json));
}

const char *mapping_by_field(uint32_t by)
{
	switch (by) {
	case IDBC_BY_USER_ID:
		return "user_id";
	case IDBC_BY_EMAIL:
		return "email";
	case IDBC_BY_USERNAME:
		return "username";
	case IDBC_BY_PHONE:
		return "phone_number";
	default:
		return NULL;
	}
}

static int fail(struct idbc_error *err, uint32_t status, const char *code, const char *text)
{
	if (!err)
		return (int)status;
	err->status = status;
	err->effect = IDBC_EFFECT_NONE;
	err->native = 0;
	snprintf(err->code, sizeof(err->code), "%s", code);
	snprintf(err->origin, sizeof(err->origin), "mapping");
	snprintf(err->text, sizeof(err->text), "%s", text);
	return (int)status;
}

/* "email_unique": false for stores whose users share addresses; also in "create". */
static void parse_email_unique(struct parse *p)
{
	const json_t *create = json_object_get(p->root, "create");
	int top = json_object_get(p->root, "email_unique") != NULL;
	int inner = json_object_get(create, "email_unique") != NULL;

	if (top && inner)
		parse_bad(p, "bad-combination", "users.create.email_unique",
			"users.email_unique says it already");
	else if (top)
		p->m->email_shared = !parse_bool(p, p->root, "users", "email_unique");
	else if (inner)
		p->m->email_shared = !parse_bool(p, create, "users.create", "email_unique");
}

/* "about" is for people: what this mapping is of, and its traps. */
static void parse_about(struct parse *p)
{
	const json_t *about = json_object_get(p->root, "about"), *line;
	int text = !about || json_is_string(about) || json_is_array(about);
	size_t i;

	json_array_foreach(about, i, line)
		text &= json_is_string(line);
	if (!text)
		parse_bad(p, "wrong-type", "users.about", "expected a string or a list of "
			"strings");
}

static void parse_all(struct parse *p)
{
	static const char *const known[] = { "about", "vars", "user", "links", "profile",
		"lookup", "login", "password", "create", "delete", "after", "sql",
		"email_unique", NULL };

	parse_known(p, p->root, "users", known);
	parse_about(p);
	p->profile = parse_object(p, p->root, "users", "profile");
	parse_vars(p);
	parse_user(p);
	parse_links(p);
	parse_profile(p);
	parse_login(p);
	parse_password(p);
	parse_create(p);
	parse_delete(p);
	parse_after(p);
	parse_sql(p);
	parse_exprs_shown(p);
	parse_email_unique(p);
	parse_check(p);
}

static json_t *load(struct parse *p, const struct idbc_str *text)
{
	json_error_t where;
	int nomem = 0;
	json_t *root = json_read(text->ptr, text->len, JSON_REJECT_DUPLICATES, &where, &nomem);

	if (nomem)
		p->lost = 1;
	else if (!root)
		parse_bad(p, "syntax", "users", "line %d, column %d: %.120s", where.line,
			where.column, where.text);
	else if (!json_is_object(root))
		parse_bad(p, "wrong-type", "users", "expected an object");
	return root;
}

static int outcome(const struct parse *p, struct idbc_error *err)
{
	if (p->lost || p->arena->failed)
		return fail(err, IDBC_NOMEM, "", "out of memory while reading the mapping");
	if (p->errors)
		return fail(err, IDBC_CONFIG, "", p->first);
	return IDBC_OK;
}

int mapping_parse(const struct idbc_str *users_json, struct idbc_findings *findings,
	struct mapping **out, struct idbc_error *err)
{
	struct arena *arena = calloc(1, sizeof(*arena));
	struct parse p = { .findings = findings, .arena = arena };
	int rc;

	if (!arena)
		return fail(err, IDBC_NOMEM, "", "out of memory while reading the mapping");
	p.m = arena_alloc(arena, sizeof(*p.m));
	p.root = p.m ? load(&p, users_json) : NULL;
	if (json_is_object(p.root))
		parse_all(&p);
	rc = outcome(&p, err);
	json_decref(p.root);
	if (rc == IDBC_OK) {
		p.m->arena = arena;
		*out = p.m;
		return IDBC_OK;
	}
	arena_free(arena);
	free(arena);
	return rc;
}

void mapping_free(struct mapping *m)
{
	struct arena *arena = m ? m->arena : NULL;

	if (!arena)
		return;
	arena_free(arena);
	free(arena);
}
