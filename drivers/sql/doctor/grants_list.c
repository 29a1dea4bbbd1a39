/* drivers/sql/doctor/grants_list.c - needs by table, each column and verb once.  Threads: one.
 */
#include "sql/doctor/grants.h"
#include "sql/base/ascii.h"

#include <string.h>

static void *grow(struct needs *n, void *items, size_t used, size_t *cap, size_t size)
{
	size_t wanted = *cap ? *cap * 2 : 16;
	void *grown = items;

	if (used < *cap)
		return items;
	grown = arena_alloc(n->arena, wanted * size);
	if (!grown) {
		n->failed = 1;
		return NULL;
	}
	if (used)
		memcpy(grown, items, used * size);
	*cap = wanted;
	return grown;
}

static struct need *need_of(struct needs *n, const char *table, const char *key)
{
	struct need *items;

	for (size_t i = 0; i < n->n; i++)
		if (!strcmp(n->items[i].table, table))
			return &n->items[i];
	items = grow(n, n->items, n->n, &n->cap, sizeof(*items));
	if (!items)
		return NULL;
	n->items = items;
	items[n->n] = (struct need){ .table = table, .key = key };
	return &items[n->n++];
}

static int same_col(const char *a, const char *b)
{
	return a && b ? ascii_same(a, b) : a == b;
}

void needs_put(struct needs *n, const char *table, const char *key, struct need_col col)
{
	struct need *need = need_of(n, table, key);
	struct need_col *cols;

	for (size_t i = 0; need && i < need->n; i++) {
		if (need->cols[i].verb != col.verb || !same_col(need->cols[i].col, col.col))
			continue;
		need->cols[i].ops |= col.ops;
		return;
	}
	cols = need ? grow(n, need->cols, need->n, &need->cap, sizeof(*cols)) : NULL;
	if (!cols)
		return;
	need->cols = cols;
	cols[need->n++] = col;
}

uint32_t need_ops(const struct need *need, uint32_t verb)
{
	uint32_t ops = 0;

	for (size_t i = 0; i < need->n; i++)
		if (need->cols[i].verb == verb)
			ops |= need->cols[i].ops;
	return ops;
}
