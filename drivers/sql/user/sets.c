/* drivers/sql/user/sets.c - columns and the values that they get; what their generators may
 * look at.  A column named twice keeps the later value.  Threads: the session's.
 */
#include "sql/user/write.h"

#include <string.h>

#include "sql/base/ascii.h"

/* --- what generators may look at -------------------------------------------------------- */

static int user_col(void *ctx, int32_t link, const char *col, struct idbc_value *out)
{
	struct write *w = ctx;
	struct map_place place = { .link = link, .col = col };
	const struct idbc_value *v;

	if (link < 0 && ascii_same(col, w->session->plan->mapping->key)) {
		*out = w->user->key;
		return 0;
	}
	v = user_value(w->session, w->user, &place);
	if (v)
		*out = *v;
	return 0;
}

void write_init(struct write *w, struct session *s, struct user *user,
		const struct idbc_field *fields, size_t nfields)
{
	memset(w, 0, sizeof(*w));
	w->session = s;
	w->user = user;
	w->ctx.now_us = call_now_us(s);
	w->ctx.fields = fields;
	w->ctx.nfields = nfields;
	w->ctx.id = user->id;
	w->ctx.key = user->key;
	w->ctx.user_col = user_col;
	w->ctx.user_col_ctx = w;
	w->ctx.host = s->host;
}

void write_credential(struct write *w, const struct idbc_field *parts, size_t nparts)
{
	for (size_t i = 0; i < nparts; i++) {
		if (!strcmp(parts[i].name, "hash"))
			w->hash = value_str(&parts[i].value);
		else if (!strcmp(parts[i].name, "salt"))
			w->salt = value_str(&parts[i].value);
	}
}

/* --- columns and values ------------------------------------------------------------------ */

int sets_put(struct write *w, struct sets *sets, const char *col, const struct idbc_value *value)
{
	for (size_t i = 0; i < sets->n; i++) {
		if (!ascii_same(sets->items[i].col, col))
			continue;
		sets->items[i].value = *value;
		return 0;
	}
	if (sets->n == sets->cap) {
		size_t cap = sets->cap ? sets->cap * 2 : 16;
		struct set *grown = arena_alloc(&w->session->arena, cap * sizeof(*grown));

		if (!grown)
			return -1;
		if (sets->n)
			memcpy(grown, sets->items, sets->n * sizeof(*grown));
		sets->items = grown;
		sets->cap = cap;
	}
	sets->items[sets->n++] = (struct set){ col, *value, 0 };
	return 0;
}

int sets_add(struct write *w, struct sets *sets, const struct set *set)
{
	if (sets_put(w, sets, set->col, &set->value))
		return -1;
	for (size_t i = 0; i < sets->n; i++)
		if (ascii_same(sets->items[i].col, set->col))
			sets->items[i].added = set->added;
	return 0;
}

int sets_generate(struct write *w, struct sets *sets, const char *table,
		  const struct map_sets *from, struct idbc_error *err)
{
	struct session *s = w->session;

	for (size_t i = 0; i < from->n; i++) {
		const struct map_set *set = &from->items[i];
		struct idbc_value value = { .kind = IDBC_KIND_NULL };
		int rc = codec_generate(&set->value, &w->ctx, plan_kind(s->plan, table, set->col),
					&s->arena, &value);

		if (rc == CODEC_MALFORMED)
			return s->host->fail(s->host, err, IDBC_INVALID, "invalid_value",
					     "no value can be made for column \"%s\"", set->col);
		if (rc == CODEC_NOMEM || (rc == CODEC_OK && sets_put(w, sets, set->col, &value)))
			return call_nomem(s, err);
		if (set->value.source == MAP_COUNT)
			sets->items[sets->n - 1].added = 1;
	}
	return IDBC_OK;
}

const struct idbc_value *sets_get(const struct sets *sets, const char *col)
{
	for (size_t i = 0; i < sets->n; i++)
		if (ascii_same(sets->items[i].col, col))
			return &sets->items[i].value;
	return NULL;
}
