/* drivers/sql/plan.c - what statements are made of: which table, column and type a place
 * of the mapping means, and constants in the type of their column.  Threads: one while
 * compiling, then any.
 */
#include "sql/plan.h"

#include <stdlib.h>

const struct map_link *plan_link(const struct plan *plan, int32_t link)
{
	return link < 0 ? NULL : &plan->mapping->links[link];
}

const char *plan_table(const struct plan *plan, int32_t link)
{
	return link < 0 ? plan->mapping->table : plan->mapping->links[link].table;
}

const char *plan_place_col(const struct plan *plan, const struct map_place *place)
{
	const struct map_link *link = plan_link(plan, place->link);

	return link && link->kind == MAP_EAV && place->eav ? link->eav_value : place->col;
}

uint32_t plan_kind(const struct plan *plan, const char *table, const char *col)
{
	return catalogue_kind(&plan->catalogue, table, col);
}

uint32_t plan_place_kind(const struct plan *plan, const struct map_place *place)
{
	return plan_kind(plan, plan_table(plan, place->link), plan_place_col(plan, place));
}

int plan_constant(const struct plan *plan, const struct map_value *value, uint32_t kind,
		  struct arena *arena, struct idbc_value *out)
{
	struct codec_context ctx = { .host = plan->host };
	struct idbc_value made = { .kind = IDBC_KIND_NULL };

	if (codec_generate(value, &ctx, kind, arena, &made) == CODEC_NOMEM)
		return -1;
	*out = made;
	return 0;
}

static int add_tables(const struct map_steps *steps, struct catalogue *c, struct arena *arena)
{
	for (size_t i = 0; i < steps->n; i++)
		if (steps->items[i].kind != MAP_STEP_RAW &&
		    catalogue_add_table(c, arena, steps->items[i].table))
			return -1;
	return 0;
}

int plan_tables(const struct mapping *m, struct catalogue *c, struct arena *arena)
{
	if (catalogue_add_table(c, arena, m->table))
		return -1;
	for (size_t i = 0; i < m->nlinks; i++) {
		if (catalogue_add_table(c, arena, m->links[i].table))
			return -1;
		for (size_t j = 0; j < m->links[i].njoins; j++)
			if (catalogue_add_table(c, arena, m->links[i].joins[j].table))
				return -1;
	}
	return add_tables(&m->delete_steps, c, arena);
}

int plan_compile(struct plan *plan)
{
	plan->key_kind = plan_kind(plan, plan->mapping->table, plan->mapping->key);
	if (plan_check(plan))
		return -1;
	return plan_compile_reads(plan);
}

void plan_free(struct plan *plan)
{
	while (plan) {
		struct plan *older = plan->older;

		arena_free(&plan->arena);
		free(plan);
		plan = older;
	}
}
