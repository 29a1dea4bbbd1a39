/* drivers/sql/plan/plan.c - what statements are made of: which table, column and type a place
 * of the mapping means, and constants in the type of their column.  Threads: one while
 * compiling, then any.
 */
#include "sql/plan/plan.h"
#include "sql/base/ascii.h"

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

int plan_is_plain(const struct idbc_str *asked)
{
	for (size_t i = 0; i < asked->len; i++)
		if (asked->ptr[i] & 0x80 || asked->ptr[i] == 'I')
			return 0;
	return 1;
}

static int add_table(struct plan *plan, const char *table)
{
	return catalogue_add_table(&plan->catalogue, &plan->arena, table);
}

/* Of a new key: for the operations that make rows. */
static int add_counter(struct plan *plan, const struct map_value *id)
{
	if (id->source != MAP_COUNTER || !(plan->operations & (OP_CREATE | OP_UPDATES)))
		return 0;
	return add_table(plan, id->counter->table);
}

static int add_step_tables(struct plan *plan, const struct map_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		if (steps->items[i].kind != MAP_STEP_RAW && add_table(plan, steps->items[i].table))
			return -1;
	return 0;
}

/* Does a profile or a credential, perhaps by way of another link, come from it? */
static int is_read(const struct mapping *m, int32_t link)
{
	if (m->pw_hash.link == link || m->pw_salt.link == link || m->pw_when.link == link)
		return 1;
	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];

		if (f->place.link == link && f->kind != MAP_CONST && f->kind != MAP_TEMPLATE)
			return 1;
		for (size_t j = 0; j < f->nlinks; j++)
			if (f->links[j] == link)
				return 1;
	}
	for (size_t i = 0; i < m->nlinks; i++)
		if (m->links[i].of == link && is_read(m, (int32_t)i))
			return 1;
	return 0;
}

static int add_link_tables(struct plan *plan, int32_t index)
{
	const struct map_link *link = &plan->mapping->links[index];

	if (!(plan->operations & OP_WRITES) && !is_read(plan->mapping, index))
		return 0;
	if (add_table(plan, link->table) || add_counter(plan, &link->id))
		return -1;
	for (size_t i = 0; i < link->njoins; i++)
		if (add_table(plan, link->joins[i].table))
			return -1;
	return 0;
}

int plan_tables(struct plan *plan)
{
	const struct mapping *m = plan->mapping;

	if (plan->intents && add_table(plan, plan->intents))
		return -1;
	if (!m->table)
		return 0;
	if (add_table(plan, m->table) || add_counter(plan, &m->id))
		return -1;
	for (size_t i = 0; i < m->nlinks; i++)
		if (add_link_tables(plan, (int32_t)i))
			return -1;
	return plan->operations & OP_DELETE_USER ? add_step_tables(plan, &m->delete_steps) : 0;
}

/* For a uuid as 36 characters: a VARBINARY(36); the width of a BLOB says nothing. */
static int is_wide_enough(const struct catalogue_column *c)
{
	return c->width >= 36 && !ascii_has(c->type, "blob");
}

/* Bytes of no fixed number that are made as uuids are 16 of them, as in a BINARY(16). */
static uint32_t key_kind(const struct plan *plan)
{
	uint32_t source = plan->mapping->id.source;

	if (!plan->key)
		return SQL_COL_UNKNOWN;
	if (plan->key->kind == SQL_COL_BINARY && !is_wide_enough(plan->key) &&
	    (source == MAP_UUID || source == MAP_GIVEN_OR_UUID))
		return SQL_COL_UUID_BYTES;
	return plan->key->kind;
}

/* What each row needs of the mapping, close together. */
static int note_fields(struct plan *plan)
{
	const struct mapping *m = plan->mapping;

	plan->names = arena_alloc(&plan->arena, (m->nfields + 1) * sizeof(*plan->names));
	plan->ncomputed = 0;
	for (size_t i = 0; plan->names && i < m->nfields; i++) {
		plan->names[i] = m->fields[i].name;
		plan->ncomputed += m->fields[i].kind == MAP_CONST ||
				   m->fields[i].kind == MAP_TEMPLATE;
	}
	return plan->names ? 0 : -1;
}

int plan_compile(struct plan *plan)
{
	if (note_fields(plan) || plan_check_intents(plan))
		return -1;
	plan_find_error(plan);
	if (!plan->mapping->table)
		return 0;
	plan->key = catalogue_column(&plan->catalogue, plan->mapping->table, plan->mapping->key);
	plan->key_kind = key_kind(plan);
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
