/* drivers/sql/user/user.c - the row that a write is about: found by its key, locked, compared
 * again with the identifier it was found by.  Threads: the session's.
 */
#include "sql/user/user.h"
#include "sql/user/intent.h"
#include "sql/user/key.h"

#include <string.h>

static const struct idbc_value *at(const struct session *s, const struct idbc_value *values,
				   const struct map_place *place)
{
	const struct plan_select *state = &s->plan->state;

	for (uint32_t i = 0; values && i < state->ncols; i++)
		if (mapping_same_place(&state->cols[i].place, place))
			return &values[i];
	return NULL;
}

const struct idbc_value *user_column(const struct session *s, const struct user *user,
				     const struct map_place *place)
{
	return at(s, user->values, place);
}

/* A document that is none has no members. */
const struct idbc_value *user_value(struct session *s, const struct user *user,
				    const struct map_place *place)
{
	const struct idbc_value *column = at(s, user->values, place);
	struct idbc_value *member;

	if (!column || !place->json)
		return column;
	member = arena_alloc(&s->arena, sizeof(*member));
	if (!member)
		return NULL;
	if (codec_member(place, column, &s->arena, member) != CODEC_OK)
		member->kind = IDBC_KIND_NULL;
	if (member->kind == IDBC_KIND_JSON)
		member->kind = IDBC_KIND_STR;           /* as statements bind it */
	return member;
}

int user_fields(struct session *s, const struct user *user, struct idbc_field **out, size_t *n)
{
	const struct mapping *m = s->plan->mapping;
	struct idbc_field *fields = arena_alloc(&s->arena, (m->nfields + 1) * sizeof(*fields));
	size_t found = 0;

	for (size_t i = 0; fields && i < m->nfields; i++) {
		const struct idbc_value *v = NULL;

		if (m->fields[i].kind == MAP_COL)
			v = user_value(s, user, &m->fields[i].place);
		if (v)
			fields[found++] = (struct idbc_field){ m->fields[i].name, *v };
	}
	*out = fields;
	*n = found;
	return fields ? 0 : -1;
}

static int is_flagged(const struct session *s, const struct map_field *f,
		      const struct idbc_value *values)
{
	struct idbc_value flag = { .kind = IDBC_KIND_NULL }, member;
	struct arena *arena = (struct arena *)&s->arena;
	const struct idbc_value *stored = at(s, values, &f->place);

	return stored && codec_member(&f->place, stored, arena, &member) == CODEC_OK &&
	       codec_read(f, &member, arena, &flag) == CODEC_OK &&
	       flag.kind == IDBC_KIND_BOOL && flag.u.i64;
}

/* Whoever moved is found by the driver that moved him. */
static int is_hidden(const struct session *s, const struct idbc_value *values)
{
	const struct map_field *deleted = mapping_field(s->plan->mapping, "deleted");
	const struct map_field *migrated = s->instance->lower
		? NULL : mapping_field(s->plan->mapping, "migrated");

	return (deleted && deleted->kind == MAP_COL && is_flagged(s, deleted, values)) ||
	       (migrated && migrated->kind == MAP_COL && is_flagged(s, migrated, values));
}

/* A value in an EAV row or a flag elsewhere is taken as it was found. */
static int still_answers(const struct session *s, uint32_t by, const struct idbc_str *asked,
			 const struct idbc_value *values)
{
	const struct plan_select *read = &s->plan->read[by];

	for (uint32_t i = 0; asked && i < read->nkeys; i++) {
		const struct map_field *f = read->keys[i].field;
		const struct idbc_value *v = f ? at(s, values, &f->place) : NULL;
		struct idbc_str stored;

		if (!v || f->place.eav)
			return 1;
		stored = value_str(v);
		if (s->host->same(s->host, read->keys[i].fold, &stored, asked))
			return 1;
	}
	return !asked;
}

static int take(struct session *s, const struct idbc_value *row, struct user *out)
{
	struct idbc_value id;
	uint32_t n = s->plan->state.ncols;

	out->values = arena_alloc(&s->arena, (n + 1) * sizeof(*out->values));
	if (!out->values || value_copy(s, &row[PLAN_KEY], &id))
		return -1;
	for (uint32_t i = 0; i < n; i++)
		if (value_copy(s, &row[PLAN_FIXED + i], &out->values[i]))
			return -1;
	out->id = id.u.str;
	out->key = key_bind(s, &out->id);
	return 0;
}

/* A 1:0..1 link with several rows gives several; the first is the one that counts. */
static int read_state(struct session *s, struct cursor *c, const struct idbc_str *id,
		      uint32_t by, const struct idbc_str *asked, struct user *out,
		      struct idbc_error *err)
{
	int more, found = 0, answers = 0;

	while ((more = lookup_next(c, 1, err)) > 0) {
		struct idbc_str key = value_str(&c->cols[PLAN_KEY]);

		if (!str_equal(&key, id))
			continue;
		if (!found++ && take(s, c->cols, out))
			return call_nomem(s, err);
		answers |= still_answers(s, by, asked, c->cols + PLAN_FIXED);
	}
	if (more < 0)
		return (int)err->status;
	if (!found || !answers || is_hidden(s, out->values))
		return call_no_user(s, err);
	return IDBC_OK;
}

/* A flag that is no column of his (an expression, rows elsewhere) is the read's to judge. */
static int is_seen(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	const struct map_field *f = mapping_field(s->plan->mapping, "deleted");
	struct lookup found;
	int rc;

	if (!f || (f->kind != MAP_EXPR && f->kind != MAP_EXISTS))
		return IDBC_OK;
	rc = lookup_users(s, IDBC_BY_USER_ID, id, &found, err);
	return rc != IDBC_OK || found.n ? rc : call_no_user(s, err);
}

int user_lock(struct session *s, const struct idbc_str *id, uint32_t by,
	      const struct idbc_str *asked, struct user *out, struct idbc_error *err)
{
	const struct plan_select *state = &s->plan->state;
	struct query q = { state->sql, NULL, state->nargs, NULL };
	struct idbc_value *args;
	struct cursor c;
	int rc = lookup_lock(s, id, err);

	if (rc != IDBC_OK)
		return rc;
	rc = lookup_bind(s, state, id, &args);
	if (rc)
		return rc < 0 ? call_nomem(s, err) : call_no_user(s, err);
	q.args = args;
	rc = cursor_open(s, &q, PLAN_FIXED + state->ncols, &c, err);
	if (rc == IDBC_OK)
		rc = read_state(s, &c, id, by, asked, out, err);
	cursor_close(&c);
	rc = lookup_spelled(s, rc, err);
	if (rc == IDBC_OK)
		rc = is_seen(s, id, err);
	return rc == IDBC_OK ? intent_seen(s, id, err) : rc;
}

static void drop_padding(struct idbc_str *text)
{
	while (text->len && (text->ptr[text->len - 1] == ' ' || !text->ptr[text->len - 1]))
		text->len--;
}

/* A missing part, an empty one and NULL are alike. */
static int part_is(struct session *s, const struct user *user,
		   const struct map_place *place, const struct idbc_field *parts,
		   size_t nparts, const char *name, int padded)
{
	const struct idbc_value *stored = user_value(s, user, place);
	const struct idbc_value *wanted = fields_get(parts, nparts, name);
	struct idbc_str want = { "", 0 }, have = { "", 0 };

	if (!stored)
		return 1;
	have = value_str(stored);
	if (wanted)
		want = value_str(wanted);
	if (padded) {
		drop_padding(&have);
		drop_padding(&want);
	}
	return str_equal(&want, &have);
}

int user_has_credential(struct session *s, const struct user *user,
			const struct idbc_field *parts, size_t nparts)
{
	const struct mapping *m = s->plan->mapping;

	return part_is(s, user, &m->pw_hash, parts, nparts, "hash", 0) &&
	       part_is(s, user, &m->pw_salt, parts, nparts, "salt", 0);
}

int user_has_padded(struct session *s, const struct user *user,
		    const struct idbc_field *parts, size_t nparts)
{
	const struct mapping *m = s->plan->mapping;

	return part_is(s, user, &m->pw_hash, parts, nparts, "hash", 1) &&
	       part_is(s, user, &m->pw_salt, parts, nparts, "salt", 1);
}
