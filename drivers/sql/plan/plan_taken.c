/* drivers/sql/plan/plan_taken.c - the statement that asks who has a value which is about to be
 * written: of every row, also of those that are no users.  Threads: one.
 */
#include "sql/plan/plan_build.h"

/* Its own field first: that is the error a caller expects of two. */
static void add_pairs(const struct mapping *m, const struct map_field *f,
		      struct plan_taken *taken)
{
	if (!mapping_keeps_apart(m, f))
		return;
	taken->pairs[taken->npairs++] = (struct plan_pair){ f, f };
	for (size_t i = 0; mapping_logs_in(m, f->name) && i < m->nfields; i++) {
		const struct map_field *other = &m->fields[i];

		if (other != f && other->kind == MAP_COL && mapping_logs_in(m, other->name))
			taken->pairs[taken->npairs++] = (struct plan_pair){ f, other };
	}
}

static int compile(struct plan *plan, struct plan_taken *taken)
{
	struct plan_select made = { .sql = NULL };
	struct build b;

	if (!taken->npairs)
		return 0;
	build_init(&b, plan);
	for (uint32_t i = 0; i < taken->npairs; i++) {
		const struct plan_pair *pair = &taken->pairs[i];
		struct plan_key key = { pair->in->fold, pair->in };

		text_put(&b.text, "%s", i ? " UNION ALL " : "");
		b.of = pair->value;
		build_holders(&b, &key, (int)i, taken->npairs > 1);
	}
	if (build_finish(&b, &made))
		return -1;
	taken->sql = made.sql;
	taken->args = made.args;
	taken->nargs = made.nargs;
	return 0;
}

/* At most: every field itself, and those to log in with against each other. */
static int room(struct plan *plan, struct plan_taken *taken)
{
	size_t most = plan->mapping->nfields + PLAN_MAX_FIELDS * PLAN_MAX_FIELDS;

	taken->pairs = arena_alloc(&plan->arena, most * sizeof(*taken->pairs));
	return taken->pairs ? 0 : -1;
}

int plan_compile_taken(struct plan *plan)
{
	const struct mapping *m = plan->mapping;
	const struct map_field *email = mapping_field(m, "email");

	if (room(plan, &plan->taken) || room(plan, &plan->taken_email))
		return -1;
	for (size_t i = 0; i < m->nfields; i++)
		add_pairs(m, &m->fields[i], &plan->taken);
	if (email)
		add_pairs(m, email, &plan->taken_email);
	return compile(plan, &plan->taken) || compile(plan, &plan->taken_email) ? -1 : 0;
}
