/* drivers/sql/user/change.c - from a field's value to the columns that keep it.
 *
 * Several flags may share one status column.  A value that a flag already finds in its
 * column, and that says what it wants, stays; a default gives way; two things said on
 * purpose that one column cannot hold are refused.  Threads: the session's.
 */
#include "sql/user/change.h"

#include <string.h>

static struct change *find(const struct changes *c, const struct map_place *place)
{
	for (size_t i = 0; i < c->n; i++)
		if (mapping_same_member(&c->items[i].place, place))
			return &c->items[i];
	return NULL;
}

int changes_put(struct write *w, struct changes *c, const struct map_place *place,
		const struct idbc_value *value, const struct map_field *field)
{
	struct change *change = find(c, place);

	if (!change && c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 16;
		struct change *grown = arena_alloc(&w->session->arena, cap * sizeof(*grown));

		if (!grown)
			return -1;
		if (c->n)
			memcpy(grown, c->items, c->n * sizeof(*grown));
		c->items = grown;
		c->cap = cap;
	}
	if (!change)
		change = &c->items[c->n++];
	*change = (struct change){ *place, *value, field };
	return 0;
}

/* --- flags -------------------------------------------------------------------------- */

int literal_is(const struct map_field *f, const struct map_literals *list,
	       const struct idbc_value *stored)
{
	struct map_field probe = *f;
	struct idbc_value out = { .kind = IDBC_KIND_NULL };

	memset(&probe.no, 0, sizeof(probe.no));
	memset(&probe.from, 0, sizeof(probe.from));
	probe.type = MAP_FLAG;
	probe.yes = *list;
	if (!list->n || codec_read(&probe, stored, NULL, &out) != CODEC_OK)
		return 0;
	return out.kind == IDBC_KIND_BOOL && out.u.i64;
}

/* Does what stands in the column already say what the flag wants? */
static int says(const struct map_field *f, const struct idbc_value *stored, int64_t want)
{
	struct idbc_value out = { .kind = IDBC_KIND_NULL };

	return codec_read(f, stored, NULL, &out) == CODEC_OK && out.kind == IDBC_KIND_BOOL &&
	       !out.u.i64 == !want;
}

enum flag_place { FLAG_FREE, FLAG_STAYS, FLAG_REFUSED };

static enum flag_place flag_place(const struct changes *c, const struct map_field *f,
				  const struct idbc_value *wanted, const struct idbc_value *made)
{
	const struct change *there = find(c, &f->place);
	const struct idbc_value *other;

	if (!there || !there->field || there->field == f || f->type != MAP_FLAG ||
	    there->field->type != MAP_FLAG)
		return FLAG_FREE;
	if (says(f, &there->value, wanted->u.i64))
		return FLAG_STAYS;
	/* Ours may say the same for the other flag, too. */
	other = &there->value;
	if (says(there->field, other, 1) == says(there->field, made, 1) &&
	    says(there->field, other, 0) == says(there->field, made, 0))
		return FLAG_FREE;
	return FLAG_REFUSED;
}

/* --- fields -------------------------------------------------------------------------- */

static int bad_value(struct write *w, const struct map_field *f, struct idbc_error *err)
{
	struct session *s = w->session;

	return s->host->fail(s->host, err, IDBC_INVALID, "invalid_value",
			     "the store cannot hold this value of %s", f->name);
}

int folds_stored(const struct map_field *f)
{
	return f->fold == IDBC_FOLD_LOWER || f->fold == IDBC_FOLD_UPPER ||
	       f->fold == IDBC_FOLD_UCFIRST;
}

int changes_fold(struct write *w, const struct map_field *f, const struct idbc_value *value,
		 struct idbc_value *out)
{
	struct session *s = w->session;
	int folds = folds_stored(f);
	size_t cap = value->kind == IDBC_KIND_STR ? value->u.str.len * 3 + 16 : 0;
	char *folded;
	int64_t len;

	*out = *value;
	if (!folds || value->kind != IDBC_KIND_STR)
		return CODEC_OK;
	folded = arena_alloc(&s->arena, cap + 1);
	if (!folded)
		return CODEC_NOMEM;
	len = s->host->fold(s->host, f->fold, &value->u.str, folded, cap);
	if (len < 0)
		return CODEC_MALFORMED;
	out->u.str = (struct idbc_str){ folded, (size_t)len };
	return CODEC_OK;
}

/* A value of `f` as one of its places stores it. */
static int make(struct write *w, const struct map_place *place, const struct map_field *f,
		const struct idbc_value *value, struct idbc_value *made)
{
	struct session *s = w->session;

	*made = (struct idbc_value){ .kind = IDBC_KIND_NULL };
	if (place->json)
		return codec_write_member(f, value, call_now_us(s), &s->arena, made);
	return codec_write(f, value, plan_place_kind(s->plan, place), call_now_us(s), &s->arena, made);
}

static int put_at(struct write *w, struct changes *c, const struct map_place *place,
		  const struct map_field *f, const struct idbc_value *value,
		  const struct map_field *owner)
{
	struct idbc_value made;
	int rc = make(w, place, f, value, &made);

	if (rc == CODEC_OK && changes_put(w, c, place, &made, owner))
		rc = CODEC_NOMEM;
	return rc;
}

static int put_mirrors(struct write *w, struct changes *c, const struct map_field *f,
		       const struct idbc_value *value)
{
	for (size_t i = 0; i < f->nmirror; i++) {
		int rc = put_at(w, c, &f->mirror[i], f, value, NULL);

		if (rc != CODEC_OK)
			return rc;
	}
	return CODEC_OK;
}

/* Further columns of the field's row, computed from the request. */
static int put_also(struct write *w, struct changes *c, const struct map_field *f,
		    struct idbc_error *err)
{
	struct map_sets also = { f->also, f->nalso };
	struct sets made = { NULL, 0, 0 };
	const char *table = plan_table(w->session->plan, f->place.link);
	int rc = sets_generate(w, &made, table, &also, err);

	for (size_t i = 0; rc == IDBC_OK && i < made.n; i++) {
		struct map_place place = { .link = f->place.link, .col = made.items[i].col };

		if (changes_put(w, c, &place, &made.items[i].value, NULL))
			rc = call_nomem(w->session, err);
	}
	return rc;
}

static int put_field(struct write *w, struct changes *c, const struct map_field *f,
		     const struct idbc_value *value, int weak, int *conflict)
{
	struct idbc_value made;
	int rc = make(w, &f->place, f, value, &made);

	if (rc != CODEC_OK)
		return rc;
	switch (flag_place(c, f, value, &made)) {
	case FLAG_STAYS:
		return CODEC_OK;
	case FLAG_REFUSED:
		*conflict = !weak;
		return CODEC_OK;
	case FLAG_FREE:
		break;
	}
	return changes_put(w, c, &f->place, &made, f) ? CODEC_NOMEM : CODEC_OK;
}

int changes_field(struct write *w, struct changes *c, const struct map_field *f,
		  const struct idbc_value *value, int weak, struct idbc_error *err)
{
	struct session *s = w->session;
	struct idbc_value folded;
	int conflict = 0;
	int rc = changes_fold(w, f, value, &folded);

	if (rc == CODEC_OK)
		rc = put_field(w, c, f, &folded, weak, &conflict);
	if (rc == CODEC_OK)
		rc = put_mirrors(w, c, f, &folded);
	if (rc == CODEC_MALFORMED)
		return bad_value(w, f, err);
	if (rc != CODEC_OK)
		return call_nomem(s, err);
	if (conflict)
		return s->host->fail(s->host, err, IDBC_INVALID, "fields_conflict",
				     "%s cannot be stored beside another field of the request",
				     f->name);
	return put_also(w, c, f, err);
}

int changes_credential(struct write *w, struct changes *c, const struct idbc_field *parts,
		       size_t nparts)
{
	const struct mapping *m = w->session->plan->mapping;

	for (size_t i = 0; i < nparts; i++) {
		const struct map_place *place = !strcmp(parts[i].name, "hash") ? &m->pw_hash
						: !strcmp(parts[i].name, "salt") ? &m->pw_salt : NULL;
		struct idbc_value value = parts[i].value;

		if (!place || !mapping_has(place))
			continue;
		if (value.kind == IDBC_KIND_STR &&
		    codec_is_bytes(plan_place_kind(w->session->plan, place)))
			value.kind = IDBC_KIND_BYTES;
		if (changes_put(w, c, place, &value, NULL))
			return -1;
	}
	return 0;
}
