/* drivers/sql/mapping/mapping_field.c - the forms of one profile field: a column with what its
 * values mean, a constant, a template, a row that exists, a list of rows.
 * Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/names.h"

#include <string.h>

static const char *const flag_fields[] = { "email_verified", "phone_verified", "blocked",
	"deleted", "password_expired", "locked_out", "migrated", NULL };
static const char *const time_fields[] = { "created_at", "updated_at", "last_login",
	"last_password_reset", NULL };

/* --- what a column's values mean --- */

static void field_as_bool(struct parse *p, struct map_field *field)
{
	struct map_value *items = parse_items(p, 2, sizeof(*items));

	field->type = MAP_FLAG;
	if (!items)
		return;
	items[0] = (struct map_value){ .source = MAP_BOOL, .link = -1, .i64 = 1 };
	items[1] = (struct map_value){ .source = MAP_BOOL, .link = -1, .i64 = 0 };
	field->yes = (struct map_literals){ &items[0], 1 };
	field->no = (struct map_literals){ &items[1], 1 };
}

static int same_literal(const struct map_value *a, const struct map_value *b)
{
	if (a->source != b->source || a->i64 != b->i64)
		return 0;
	return a->str == b->str || (a->str && b->str && !strcmp(a->str, b->str));
}

/* Columns and flags that mean both would read as whichever is asked first. */
static void flag_overlap(struct parse *p, const struct map_field *field)
{
	for (size_t i = 0; i < field->yes.n; i++) {
		for (size_t j = 0; j < field->no.n; j++) {
			if (same_literal(&field->yes.items[i], &field->no.items[j]))
				parse_bad(p, "bad-value", field->key,
					"one value is both true and false");
		}
	}
}

static void field_flag(struct parse *p, const json_t *json, struct map_field *field)
{
	const json_t *yes = json_object_get(json, "true"), *no = json_object_get(json, "false");
	const json_t *as_bool = json_object_get(json, "bool");

	field_as_bool(p, field);
	if (as_bool && !json_is_true(as_bool))
		parse_bad(p, "bad-value", parse_key(p, field->key, "bool"),
			"expected true; for an "
			"inverted flag say \"true\": 0, \"false\": 1");
	if (!yes && !no)
		return;
	if (!as_bool)
		field->yes.n = field->no.n = 0;
	if (yes) {
		field->yes.n = 0;
		parse_literals(p, yes, &value_flag, parse_key(p, field->key, "true"),
			&field->yes);
	}
	if (no) {
		field->no.n = 0;
		parse_literals(p, no, &value_flag, parse_key(p, field->key, "false"),
			&field->no);
	}
	flag_overlap(p, field);
}

static void field_time(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *form = parse_string(p, json, field->key, "time");

	field->type = MAP_TIME;
	if (form && !parse_time_name(form, &field->time))
		parse_bad(p, "bad-value", parse_key(p, field->key, "time"),
			"expected datetime, "
			"date, unix, unix_ms, unix_us, mw14 or iso");
}

static void field_map(struct parse *p, const json_t *json, struct map_field *field)
{
	json_t *map = parse_object(p, json, field->key, "map"), *text;
	const char *base = parse_key(p, field->key, "map"), *stored;

	field->type = MAP_ENUM;
	field->enums = parse_items(p, json_object_size(map), sizeof(*field->enums));
	if (!field->enums)
		return;
	json_object_foreach(map, stored, text) {
		struct map_enum *item = &field->enums[field->nenums];
		const char *shown = parse_text(p, text, parse_key(p, base, stored));

		if (!shown)
			continue;
		item->stored = (struct map_value){ .source = MAP_STR, .link = -1 };
		item->stored.str = arena_dup(p->arena, stored, strlen(stored));
		item->text = arena_dup(p->arena, shown, strlen(shown));
		if (item->stored.str && item->text)
			field->nenums++;
	}
}

static void field_text(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *form = parse_string(p, json, field->key, "text");

	field->type = MAP_PHP;
	if (form && strcmp(form, "php"))
		parse_bad(p, "bad-value", parse_key(p, field->key, "text"), "expected \"php\"");
}

/* Fields whose meaning is known without a word. */
static void field_default_type(struct parse *p, struct map_field *field)
{
	if (parse_in(field->name, flag_fields) >= 0) {
		field_as_bool(p, field);
	} else if (parse_in(field->name, time_fields) >= 0) {
		field->type = MAP_TIME;
		field->time = MAP_DATETIME;
	} else if (!strcmp(field->name, "logins_count")) {
		field->type = MAP_INTEGER;
	}
}

static void field_type(struct parse *p, const json_t *json, struct map_field *field)
{
	int flag = json_object_get(json, "bool") || json_object_get(json, "true") ||
		   json_object_get(json, "false");
	int time = json_object_get(json, "time") != NULL;
	int map = json_object_get(json, "map") != NULL;
	int text = json_object_get(json, "text") != NULL;

	if (flag + time + map + text > 1)
		parse_bad(p, "bad-combination", field->key,
			"expected one of: a flag, \"time\", \"map\", \"text\"");
	if (flag)
		field_flag(p, json, field);
	else if (time)
		field_time(p, json, field);
	else if (map)
		field_map(p, json, field);
	else if (text)
		field_text(p, json, field);
	else
		field_default_type(p, field);
}

/* --- a column --- */

static void field_mirror(struct parse *p, const json_t *json, struct map_field *field)
{
	const json_t *mirror = json_object_get(json, "mirror");
	const char *key = parse_key(p, field->key, "mirror");
	size_t count = json_is_array(mirror) ? json_array_size(mirror) : mirror != NULL;

	field->mirror = parse_items(p, count, sizeof(*field->mirror));
	for (size_t i = 0; field->mirror && i < count; i++) {
		const json_t *item = json_is_array(mirror) ? json_array_get(mirror, i) : mirror;
		const char *at = json_is_array(mirror) ? parse_at(p, key, i) : key;
		const char *text = parse_text(p, item, at);

		if (text && *text == '$')
			parse_bad(p, "bad-value", at, "a mirror is a place of the same value: "
				"for a computed one write \"also\": {column: \"%.64s\"}", text);
		else if (text && parse_place(p, text, at, &field->mirror[field->nmirror]))
			field->nmirror++;
	}
}

static void field_also(struct parse *p, const json_t *json, struct map_field *field)
{
	struct map_sets also = { NULL, 0 };

	parse_sets_of(p, json, field->key, "also", &value_update, &also);
	field->also = also.items;
	field->nalso = also.n;
	if (also.n && field->place.eav)
		parse_bad(p, "bad-combination", parse_key(p, field->key, "also"),
			"a row of names and values has no further columns");
}

static void field_fold(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *text = parse_string(p, json, field->key, "fold");

	if (text && !parse_fold_name(text, &field->fold))
		parse_bad(p, "bad-value", parse_key(p, field->key, "fold"),
			"expected none, lower, "
			"upper, ucfirst, lower-both, binary or database");
}

static void field_from(struct parse *p, const json_t *json, struct map_field *field)
{
	const json_t *from = json_object_get(json, "from");

	if (from)
		parse_literals(p, from, &value_constant, parse_key(p, field->key, "from"),
			&field->from);
}

static void field_column(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *text = parse_string(p, json, field->key, "col");

	field->kind = MAP_COL;
	if (text)
		parse_place(p, text, parse_key(p, field->key, "col"), &field->place);
	parse_path(p, json, field);
	field_type(p, json, field);
	if (field->place.json && field->type == MAP_PHP)
		parse_bad(p, "bad-combination", parse_key(p, field->key, "text"),
			"\"text\" does not go with \"json\"");
	field_from(p, json, field);
	field_mirror(p, json, field);
	field_also(p, json, field);
	field_fold(p, json, field);
}

/* --- fields without a column --- */

static void field_const(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *key = parse_key(p, field->key, "const");

	field->kind = MAP_CONST;
	if (!parse_value(p, json_object_get(json, "const"), &value_constant, key,
		&field->constant))
		return;
	if (field->constant.source == MAP_BOOL)
		field->type = MAP_FLAG;
	else if (field->constant.source == MAP_I64)
		field->type = MAP_INTEGER;
	else if (field->constant.source == MAP_NULL)
		parse_bad(p, "bad-value", key, "expected a string, a number, true or false");
}

/* The text up to `{`, or the name up to `}`; what follows it. */
static const char *template_piece(struct parse *p, const char *at, const char *key,
	struct map_piece *piece)
{
	size_t len = strcspn(at + 1, "{") + 1;
	const char *close = strchr(at, '}');
	char *name;

	if (*at != '{') {
		piece->text = arena_dup(p->arena, at, len);
		return at + len;
	}
	if (!close) {
		parse_bad(p, "bad-value", key, "\"{\" without \"}\"");
		return NULL;
	}
	name = arena_dup(p->arena, at + 1, (size_t)(close - at - 1));
	if (name && parse_field_name(p, name, key))
		piece->field = name;
	return close + 1;
}

static void field_template(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *key = parse_key(p, field->key, "template");
	const char *at = parse_string(p, json, field->key, "template");

	field->kind = MAP_TEMPLATE;
	if (!at)
		return;
	field->pieces = parse_items(p, strlen(at), sizeof(*field->pieces));
	if (!field->pieces) {
		if (!*at)
			parse_bad(p, "bad-value", key, "expected text with {field} in it");
		return;
	}
	while (at && *at) {
		struct map_piece *piece = &field->pieces[field->npieces];

		at = template_piece(p, at, key, piece);
		if (piece->text || piece->field)
			field->npieces++;
	}
}

static void field_exists(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *name = parse_string(p, json, field->key, "exists");

	field_as_bool(p, field);
	field->kind = MAP_EXISTS;
	if (name)
		field->place.link = parse_link(p, name, parse_key(p, field->key, "exists"));
	parse_sets_of(p, json, field->key, "where", &value_constant, &field->where);
}

/* "t.col" and "col" are the link's own table; else one of its joins, with or without
 * its schema. */
static int list_table(struct parse *p, const struct map_link *link, const char *prefix,
	const char *key, struct map_list_col *col)
{
	if (!strcmp(prefix, "t") || (link->table && !strcmp(prefix, link->table)))
		return 1;
	for (size_t i = 0; i < link->njoins; i++) {
		const char *table = link->joins[i].table;       /* NULL: reported already */
		const char *bare = table ? strchr(table, '.') : NULL;

		if (!table || (strcmp(prefix, table) && (!bare || strcmp(prefix, bare + 1))))
			continue;
		col->table = table;
		return 1;
	}
	parse_bad(p, "bad-reference", key, "\"%.64s\" is neither \"t\" nor a table that link "
		"\"%.64s\" joins", prefix, link->name);
	return 0;
}

static int list_col(struct parse *p, const struct map_link *link, const char *text,
	const char *key, struct map_list_col *col)
{
	const char *full = parse_expand(p, text, key);
	char *prefix = full ? arena_dup(p->arena, full, strlen(full)) : NULL;
	char *dot = prefix ? strrchr(prefix, '.') : NULL;

	if (!prefix)
		return 0;
	if (dot) {
		*dot = '\0';
		if (!list_table(p, link, prefix, key, col))
			return 0;
	}
	col->place.col = parse_column(p, dot ? dot + 1 : prefix, key);
	return col->place.col != NULL;
}

static void list_cols(struct parse *p, const json_t *json, struct map_field *field)
{
	json_t *cols = parse_object(p, json, field->key, "cols"), *ref;
	const char *base = parse_key(p, field->key, "cols"), *name, *text;

	if (!json_object_size(cols))
		parse_bad(p, "missing-key", base, "expected what each entry shows: "
			"{\"name\": \"table.column\"}");
	field->cols = parse_items(p, json_object_size(cols), sizeof(*field->cols));
	if (!field->cols || field->place.link < 0)
		return;
	json_object_foreach(cols, name, ref) {
		struct map_list_col *col = &field->cols[field->ncols];
		const char *key = parse_key(p, base, name);

		if (!name_is_field(name) || strchr(name, '.'))
			parse_bad(p, "bad-identifier", key,
				"expected a word of letters, digits, "
				"_ and -");
		text = parse_text(p, ref, key);
		col->name = arena_dup(p->arena, name, strlen(name));
		col->place.link = field->place.link;
		if (text && list_col(p, &p->m->links[field->place.link], text, key, col) &&
		    col->name)
			field->ncols++;
	}
}

static void field_list(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *name = parse_string(p, json, field->key, "list");
	const char *key = parse_key(p, field->key, "list");

	field->kind = MAP_LIST;
	if (name)
		field->place.link = parse_link(p, name, key);
	if (field->place.link >= 0 && p->m->links[field->place.link].kind != MAP_MANY)
		parse_bad(p, "bad-reference", key, "expected a link \"as\": \"many\"");
	list_cols(p, json, field);
}

/* --- all forms --- */

static void field_expr(struct parse *p, const json_t *json, struct map_field *field)
{
	const char *text = parse_string(p, json, field->key, "expr");

	field->kind = MAP_EXPR;
	if (text)
		field->expr = parse_expr(p, text, parse_key(p, field->key, "expr"), field);
	field_type(p, json, field);
}

static const struct form {
	const char *name;
	void (*parse)(struct parse *, const json_t *, struct map_field *);
	const char *keys[12];           /* that go with it */
} forms[] = {
	{ "col", field_column, { "col", "json", "bool", "true", "false", "from", "map", "text",
		"time", "mirror", "also", "fold" } },
	{ "const", field_const, { "const" } },
	{ "template", field_template, { "template" } },
	{ "exists", field_exists, { "exists", "where" } },
	{ "list", field_list, { "list", "cols" } },
	{ "expr", field_expr, { "expr", "bool", "true", "false", "map", "time" } },
};
#define NFORMS (sizeof(forms) / sizeof(forms[0]))

/* A known key that belongs to another form. */
static void form_misplaced(struct parse *p, const json_t *json, const struct form *form,
	const char *base)
{
	static const char *const known[] = { "col", "json", "bool", "true", "false", "from",
		"map", "text", "time", "mirror", "also", "fold", "const", "template", "exists",
		"where", "list", "cols", "expr", NULL };
	const char *name;
	json_t *value;

	parse_known(p, json, base, known);
	json_object_foreach((json_t *)json, name, value) {
		int own = 0;

		for (size_t i = 0; i < 12 && form->keys[i]; i++)
			own |= !strcmp(name, form->keys[i]);
		if (!own && parse_in(name, known) >= 0)
			parse_bad(p, "bad-combination", parse_key(p, base, name),
				"\"%s\" does not go with \"%s\"", name, form->name);
	}
}

static void field_object(struct parse *p, const json_t *json, struct map_field *field)
{
	for (size_t i = 0; i < NFORMS; i++) {
		if (!json_object_get(json, forms[i].name))
			continue;
		form_misplaced(p, json, &forms[i], field->key);
		forms[i].parse(p, json, field);
		return;
	}
	parse_bad(p, "missing-key", field->key,
		"expected one of \"col\", \"const\", \"template\", \"exists\", \"list\"");
}

void parse_field(struct parse *p, const json_t *json, struct map_field *field)
{
	if (json_is_string(json)) {
		field->kind = MAP_COL;
		parse_place(p, json_string_value(json), field->key, &field->place);
		field_default_type(p, field);
	} else if (json_is_object(json)) {
		field_object(p, json, field);
	} else {
		parse_bad(p, "wrong-type", field->key, "expected a column, or an object");
	}
	if (parse_in(field->name, flag_fields) >= 0 && field->type != MAP_FLAG)
		parse_bad(p, "bad-value", field->key,
			"expected a flag: \"bool\": true, or its \"true\" and \"false\"");
}
