/* drivers/sql/doctor/indexes.c - what an index is good for.  An expression is recognised by its
 * letters alone: LOWER(`col`), lower((col)::text).  Threads: see the header.
 */
#include "sql/doctor/indexes.h"
#include "sql/base/ascii.h"
#include "sql/plan/catalogue.h"

#include <stdio.h>
#include <string.h>

/* --- reading ----------------------------------------------------------------------- */

/* `items` with room for one more. */
static void *grow(struct arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
	size_t wanted = *cap ? *cap * 2 : 8;
	void *grown;

	if (n < *cap)
		return items;
	grown = arena_alloc(arena, wanted * size);
	if (!grown)
		return NULL;
	if (n)
		memcpy(grown, items, n * size);
	*cap = wanted;
	return grown;
}

static struct index *find_or_new(struct indexes *ix, struct arena *arena, const char *table,
				 const char *name)
{
	struct index *items;

	for (size_t i = 0; i < ix->n; i++)
		if (!strcmp(ix->items[i].table, table) && !strcmp(ix->items[i].name, name))
			return &ix->items[i];
	items = grow(arena, ix->items, ix->n, &ix->cap, sizeof(*items));
	if (!items)
		return NULL;
	ix->items = items;
	items[ix->n] = (struct index){ .table = table, .name = name };
	return &items[ix->n++];
}

/* Parts come in any order: each says its place. */
static void put_in_place(struct index *index, struct index_part part)
{
	size_t at = index->n++;

	for (; at && index->parts[at - 1].place > part.place; at--)
		index->parts[at] = index->parts[at - 1];
	index->parts[at] = part;
}

int indexes_add(struct indexes *ix, struct arena *arena, const char *table,
		const struct idbc_value *cols)
{
	const char *name = catalogue_text(arena, &cols[1]);
	struct index *index = name ? find_or_new(ix, arena, table, name) : NULL;
	struct index_part *parts;

	if (!index)
		return -1;
	parts = grow(arena, index->parts, index->n, &index->cap, sizeof(*parts));
	if (!parts)
		return -1;
	index->parts = parts;
	index->unique = !!catalogue_number(&cols[2]);
	index->partial = !!catalogue_number(&cols[6]);
	put_in_place(index, (struct index_part){
		.col = catalogue_text(arena, &cols[4]),
		.expression = catalogue_text(arena, &cols[5]),
		.collation = catalogue_text(arena, &cols[7]),
		.place = catalogue_number(&cols[3]),
	});
	return 0;
}

/* --- looking ----------------------------------------------------------------------- */

/* Without blanks, quotes, brackets and casts, in lower case. */
static void plain(const char *from, char *out, size_t cap)
{
	size_t n = 0;

	for (; *from && n + 1 < cap; from++) {
		if (from[0] == ':' && from[1] == ':') {
			from += 2 + strspn(from + 2, "abcdefghijklmnopqrstuvwxyz ");
			from--;
			continue;
		}
		if (!strchr(" \t\n`\"[]()", *from))
			out[n++] = *from >= 'A' && *from <= 'Z' ? (char)(*from + 32) : *from;
	}
	out[n] = '\0';
}

/* SQLite tells the whole CREATE INDEX, others the one expression. */
static int is_lower_of(const char *expression, const char *col)
{
	char have[512], want[160], name[128];
	const char *at;

	plain(expression, have, sizeof(have));
	plain(col, name, sizeof(name));
	snprintf(want, sizeof(want), "lower%s", name);
	at = strstr(have, want);
	return at && (!at[strlen(want)] || strchr(",;)", at[strlen(want)]) ||
		      !strncmp(at + strlen(want), "where", 5));
}

static int folds(const struct index_part *part)
{
	size_t n = part->collation ? strlen(part->collation) : 0;

	return n && (ascii_same(part->collation, "NOCASE") ||
		     (n > 3 && ascii_same(part->collation + n - 3, "_ci")));
}

/* How a part serves a wish. */
static int is_wanted(const struct index_part *part, const struct index_wish *wish)
{
	if (wish->lower && part->expression && is_lower_of(part->expression, wish->col))
		return 1;
	return !wish->lower && part->col && ascii_same(part->col, wish->col);
}

static int is_given(const struct index_part *part, const struct index_wish *wish)
{
	if (!part->col)
		return 0;
	if (wish->given_col && ascii_same(part->col, wish->given_col))
		return 1;
	for (size_t i = 0; wish->given && i < wish->given->n; i++)
		if (ascii_same(part->col, wish->given->items[i].col))
			return 1;
	return 0;
}

static int is_of(const struct index *index, const struct index_wish *wish)
{
	return !strcmp(index->table, wish->table);
}

int indexes_find(const struct indexes *ix, const struct index_wish *wish)
{
	for (size_t i = 0; i < ix->n; i++) {
		const struct index *index = &ix->items[i];
		size_t at = 0;

		if (!is_of(index, wish) || index->partial)
			continue;
		while (at < index->n && is_given(&index->parts[at], wish))
			at++;
		if (at < index->n && is_wanted(&index->parts[at], wish))
			return 1;
	}
	return 0;
}

/* Unique in one case of letters is not unique in any, unless the collation says so. */
static int is_once(const struct index_part *part, const struct index_wish *wish)
{
	struct index_wish as_stored = *wish;

	as_stored.lower = 0;
	return is_wanted(part, wish) || (is_wanted(part, &as_stored) && (!wish->lower || folds(part)));
}

int indexes_unique(const struct indexes *ix, const struct index_wish *wish)
{
	for (size_t i = 0; i < ix->n; i++) {
		const struct index *index = &ix->items[i];
		size_t once = 0, given = 0;

		if (!is_of(index, wish) || !index->unique)
			continue;
		for (size_t j = 0; j < index->n; j++) {
			once += (size_t)is_once(&index->parts[j], wish);
			given += (size_t)is_given(&index->parts[j], wish);
		}
		if (once && once + given >= index->n)
			return 1;
	}
	return 0;
}

const char *indexes_collation(const struct indexes *ix, const char *table, const char *col)
{
	for (size_t i = 0; i < ix->n; i++)
		if (!strcmp(ix->items[i].table, table) && ix->items[i].n &&
		    ix->items[i].parts[0].col && ascii_same(ix->items[i].parts[0].col, col))
			return ix->items[i].parts[0].collation;
	return NULL;
}
