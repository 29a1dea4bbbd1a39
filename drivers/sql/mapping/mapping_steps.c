/* drivers/sql/mapping/mapping_steps.c - users.delete and users.after: what else is done in the
 * same transaction.  Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"

#include <string.h>

/* --- lists of raw SQL --- */

static int raw_step(struct parse *p, const char *text, const char *key, struct map_step *step)
{
	memset(step, 0, sizeof(*step));
	step->kind = MAP_STEP_RAW;
	step->key = key;
	return parse_raw(p, text, key, &step->raw);
}

void parse_raws(struct parse *p, const json_t *parent, const char *base, const char *name,
	struct map_steps *out)
{
	const json_t *list = parse_array(p, parent, base, name);
	const char *key = parse_key(p, base, name);

	out->items = parse_items(p, json_array_size(list), sizeof(*out->items));
	for (size_t i = 0; out->items && i < json_array_size(list); i++) {
		const char *at = parse_at(p, key, i);
		const char *text = parse_text(p, json_array_get(list, i), at);

		if (text && raw_step(p, text, at, &out->items[out->n]))
			out->n++;
	}
}

void parse_after(struct parse *p)
{
	static const char *const known[] = { "changePassword", "changeEmail", NULL };
	const json_t *after = parse_object(p, p->root, "users", "after");

	parse_known(p, after, "users.after", known);
	parse_raws(p, after, "users.after", "changePassword", &p->m->after_password);
	parse_raws(p, after, "users.after", "changeEmail", &p->m->after_email);
}

/* --- delete --- */

static int is_about_user(const struct map_sets *where)
{
	for (size_t i = 0; i < where->n; i++) {
		uint32_t source = where->items[i].value.source;

		if (source == MAP_USER_COL || source == MAP_ID || source == MAP_FIELD)
			return 1;
	}
	return 0;
}

/* A step without a condition would empty the table. */
static void step_where(struct parse *p, const json_t *json, struct map_step *step)
{
	const char *key = parse_key(p, step->key, "where");

	parse_sets_of(p, json, step->key, "where", &value_step, &step->where);
	if (!json_object_size(json_object_get(json, "where")))
		parse_bad(p, "missing-key", key, "expected which rows: {\"column\": \"@key\"}");
	else if (step->where.n == json_object_size(json_object_get(json, "where")) &&
		 !is_about_user(&step->where))
		parse_bad(p, "bad-value", key, "no condition names the user (@column, $id, "
			"$email ...): the step would touch everybody's rows");
}

static int table_step(struct parse *p, const json_t *json, struct map_step *step)
{
	static const char *const known[] = { "delete", "update", "set", "where", NULL };
	const char *verb = json_object_get(json, "delete") ? "delete" : "update";

	parse_known(p, json, step->key, known);
	step->kind = *verb == 'd' ? MAP_STEP_DELETE : MAP_STEP_UPDATE;
	step->table = parse_table_of(p, json, step->key, verb);
	parse_sets_of(p, json, step->key, "set", &value_step, &step->set);
	step_where(p, json, step);
	if (!json_object_get(json, verb))
		parse_bad(p, "missing-key", step->key,
			"expected \"delete\": table, or \"update\": "
			"table");
	else if (*verb == 'd' &&
		 (json_object_get(json, "set") || json_object_get(json, "update")))
		parse_bad(p, "bad-combination", step->key,
			"\"delete\" goes with \"where\" alone");
	else if (*verb == 'u' && !json_object_size(json_object_get(json, "set")))
		parse_bad(p, "missing-key", parse_key(p, step->key, "set"),
			"expected which columns to set");
	return step->table != NULL;
}

static int delete_step(struct parse *p, const json_t *json, const char *key,
	struct map_step *step)
{
	if (json_is_string(json))
		return raw_step(p, json_string_value(json), key, step);
	memset(step, 0, sizeof(*step));
	step->key = key;
	if (json_is_object(json))
		return table_step(p, json, step);
	parse_bad(p, "wrong-type", key, "expected SQL, or an object");
	return 0;
}

static void delete_steps(struct parse *p, const json_t *object)
{
	const json_t *list = parse_array(p, object, "users.delete", "steps");
	struct map_steps *out = &p->m->delete_steps;

	p->m->has_delete_steps = list != NULL;
	out->items = parse_items(p, json_array_size(list), sizeof(*out->items));
	for (size_t i = 0; out->items && i < json_array_size(list); i++) {
		const char *key = parse_at(p, "users.delete.steps", i);

		if (delete_step(p, json_array_get(list, i), key, &out->items[out->n]))
			out->n++;
	}
}

/* Soft: either a flag that is never shown hides the row, or users.user.where does. */
static int hides_row(const struct mapping *m)
{
	if (mapping_field(m, "deleted"))
		return 1;
	for (size_t i = 0; i < m->where.n; i++) {
		for (size_t j = 0; j < m->delete_set.n; j++) {
			if (!strcmp(m->where.items[i].col, m->delete_set.items[j].col))
				return 1;
		}
	}
	return 0;
}

static void delete_soft(struct parse *p, const json_t *object)
{
	int has_set = json_object_size(json_object_get(object, "set")) != 0;
	int soft = p->m->delete_mode == MAP_DELETE_SOFT;

	if (!soft && json_object_get(object, "set"))
		parse_bad(p, "bad-combination", "users.delete.set",
			"only \"mode\": \"soft\" has \"set\"");
	if (soft && !has_set)
		parse_bad(p, "missing-key", "users.delete.set",
			"expected the columns that mark a deleted row");
	if (soft && has_set && !hides_row(p->m))
		parse_bad(p, "missing-key", "users.profile.deleted",
			"a soft delete needs the flag that hides the row");
}

void parse_delete(struct parse *p)
{
	static const char *const known[] = { "mode", "set", "steps", NULL };
	static const char *const modes[] = { "hard", "soft", "keep", NULL };
	const json_t *object = parse_object(p, p->root, "users", "delete");
	const char *mode = parse_string(p, object, "users.delete", "mode");
	int i = mode ? parse_in(mode, modes) : MAP_DELETE_HARD;

	parse_known(p, object, "users.delete", known);
	if (i < 0)
		parse_bad(p, "bad-value", "users.delete.mode",
			"expected \"hard\", \"soft\" or \"keep\"");
	p->m->delete_mode = (uint32_t)(i < 0 ? MAP_DELETE_HARD : i);
	parse_sets_of(p, object, "users.delete", "set", &value_step, &p->m->delete_set);
	delete_steps(p, object);
	delete_soft(p, object);
	if (p->m->delete_mode == MAP_DELETE_KEEP && !p->m->delete_steps.n)
		parse_bad(p, "missing-key", "users.delete.steps",
			"\"mode\": \"keep\" does what the steps say, and there are none");
}
