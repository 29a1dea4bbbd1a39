/* drivers/sql/mapping/mapping_value.c - literals, generators and "@columns", each allowed only
 * where it means something.  Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"
#include "sql/base/json_text.h"
#include "sql/base/names.h"

#include <stdlib.h>
#include <string.h>

#define BIT(source) (1u << (source))
#define LITERALS (BIT(MAP_NULL) | BIT(MAP_STR) | BIT(MAP_I64) | BIT(MAP_BOOL) | BIT(MAP_REAL))
#define MADE (BIT(MAP_NOW) | BIT(MAP_UUID) | BIT(MAP_TOKEN) | BIT(MAP_ID))
#define TOKEN_MAX 255

const struct value_rule value_constant = { LITERALS, "a constant" };
const struct value_rule value_flag = { LITERALS | BIT(MAP_NOW), "a constant or \"$now\"" };
const struct value_rule value_insert = { LITERALS | MADE | BIT(MAP_FIELD) | BIT(MAP_GIVEN),
	"a constant, $now, $uuid, $token:N, $id, $null, $given or $field" };
const struct value_rule value_update = { LITERALS | MADE | BIT(MAP_FIELD),
	"a constant, $now, $uuid, $token:N, $id, $null or $field" };
const struct value_rule value_set = { LITERALS | MADE,
	"a constant, $now, $uuid, $token:N, $id or $null" };
const struct value_rule value_touch = { LITERALS | MADE | BIT(MAP_CLIENT_IP) | BIT(MAP_COUNT),
	"a constant, $now, $uuid, $token:N, $id, $null, $client_ip or $count" };
const struct value_rule value_step = { LITERALS | MADE | BIT(MAP_FIELD) | BIT(MAP_USER_COL),
	"a constant, $now, $uuid, $token:N, $id, $null, $field or @column" };
const struct value_rule value_id = { BIT(MAP_AUTO) | BIT(MAP_UUID) | BIT(MAP_TOKEN) |
	BIT(MAP_FIELD) | BIT(MAP_GIVEN) | BIT(MAP_GIVEN_OR_UUID) | BIT(MAP_COUNTER),
	"\"auto\", \"$uuid\", \"$token:N\", \"$given\", a field such as \"$username\" or "
	"{\"counter\": table, \"next\": column}" };
const struct value_rule value_on = { BIT(MAP_USER_COL) | BIT(MAP_LINK_COL),
	"\"@column\" of the user's table, or \"@link.column\"" };

/* --- words --- */

int parse_time_name(const char *name, uint32_t *out)
{
	static const char *const names[] = { "datetime", "date", "unix", "unix_ms", "unix_us",
		"mw14", "iso", NULL };
	int i = parse_in(name, names);

	*out = (uint32_t)(MAP_DATETIME + (i < 0 ? 0 : i));
	return i >= 0;
}

int parse_fold_name(const char *name, uint32_t *out)
{
	static const char *const names[] = { "none", "lower", "upper", "ucfirst", "lower-both",
		"binary", "database", NULL };
	int i = parse_in(name, names);

	*out = (uint32_t)(i < 0 ? IDBC_FOLD_NONE : i);
	return i >= 0;
}

/* --- generators --- */

static int value_now(struct parse *p, const char *form, const char *key, struct map_value *out)
{
	out->source = MAP_NOW;
	if (parse_time_name(form, &out->time))
		return 1;
	parse_bad(p, "bad-value", key,
		"unknown form of time \"%.32s\": expected datetime, date, "
		"unix, unix_ms, unix_us, mw14 or iso", form);
	return 0;
}

static int value_token(struct parse *p, const char *digits, const char *key,
	struct map_value *out)
{
	size_t len = strlen(digits);

	out->source = MAP_TOKEN;
	if (len && len <= 3 && strspn(digits, "0123456789") == len)
		out->n = (uint32_t)atoi(digits);
	if (out->n && out->n <= TOKEN_MAX)
		return 1;
	parse_bad(p, "bad-value", key, "expected \"$token:N\" with N hex digits, 1 to %d",
		TOKEN_MAX);
	return 0;
}

/* What follows the colon in "$field:lower", "$field:slug", "$field:-". */
static int value_field_fold(struct parse *p, const char *how, const char *key,
	struct map_value *out)
{
	if (!strcmp(how, "-"))
		out->or_empty = 1;
	else if (!strcmp(how, "slug"))
		out->fold = MAP_SLUG;
	else if (!parse_fold_name(how, &out->fold) || out->fold > IDBC_FOLD_UCFIRST) {
		parse_bad(p, "bad-value", key, "unknown fold \"%.32s\": expected lower, upper, "
			"ucfirst, slug or -", how);
		return 0;
	}
	return 1;
}

static int value_field(struct parse *p, const char *text, const char *key,
	struct map_value *out)
{
	const char *colon = strchr(text, ':');
	char *name = arena_dup(p->arena, text, colon ? (size_t)(colon - text) : strlen(text));

	out->source = MAP_FIELD;
	out->str = name;
	if (!name || !parse_field_name(p, name, key))
		return 0;
	return !colon || value_field_fold(p, colon + 1, key, out);
}

/* `text` without its '$'. */
static int value_generator(struct parse *p, const char *text, const char *key,
	struct map_value *out)
{
	static const char *const words[] = { "null", "now", "uuid", "id", "given",
		"given|$uuid", "client_ip", "count", NULL };
	static const uint32_t sources[] = { MAP_NULL, MAP_NOW, MAP_UUID, MAP_ID, MAP_GIVEN,
		MAP_GIVEN_OR_UUID, MAP_CLIENT_IP, MAP_COUNT };
	int i = parse_in(text, words);

	if (i >= 0) {
		out->source = sources[i];
		return 1;
	}
	if (!strncmp(text, "now:", 4))
		return value_now(p, text + 4, key, out);
	if (!strncmp(text, "token:", 6))
		return value_token(p, text + 6, key, out);
	return value_field(p, text, key, out);
}

/* `text` without its '@': "col" of the user's row, "link.col" of a link's. */
static int value_column(struct parse *p, const char *text, const char *key,
	struct map_value *out)
{
	const char *dot = strchr(text, '.');
	char *link;

	out->source = dot ? MAP_LINK_COL : MAP_USER_COL;
	out->link = -1;
	if (dot) {
		link = arena_dup(p->arena, text, (size_t)(dot - text));
		if (!link || (out->link = parse_link(p, link, key)) < 0)
			return 0;
		text = dot + 1;
	}
	out->str = parse_column(p, text, key);
	return out->str != NULL;
}

/* --- values --- */

static int value_string(struct parse *p, const char *text, const struct value_rule *rule,
	const char *key, struct map_value *out)
{
	if (text[0] == '$')
		return value_generator(p, text + 1, key, out);
	if (text[0] == '@')
		return value_column(p, text + 1, key, out);
	if ((rule->allowed & BIT(MAP_AUTO)) && !strcmp(text, "auto")) {
		out->source = MAP_AUTO;
		return 1;
	}
	out->source = MAP_STR;
	out->str = arena_dup(p->arena, text, strlen(text));
	return out->str != NULL;
}

/* The number as jansson writes it: alike in every locale. */
static int value_real(struct parse *p, const json_t *json, struct map_value *out)
{
	char *text = json_as_text(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	out->source = MAP_REAL;
	out->str = text ? arena_dup(p->arena, text, strlen(text)) : NULL;
	p->lost |= !text;
	free(text);
	return out->str != NULL;
}

static int value_any(struct parse *p, const json_t *json, const struct value_rule *rule,
	const char *key, struct map_value *out)
{
	switch (json_typeof(json)) {
	case JSON_NULL:
		out->source = MAP_NULL;
		return 1;
	case JSON_TRUE:
	case JSON_FALSE:
		out->source = MAP_BOOL;
		out->i64 = json_is_true(json);
		return 1;
	case JSON_INTEGER:
		out->source = MAP_I64;
		out->i64 = json_integer_value(json);
		return 1;
	case JSON_REAL:
		return value_real(p, json, out);
	case JSON_STRING:
		return value_string(p, json_string_value(json), rule, key, out);
	default:
		parse_bad(p, "wrong-type", key, "expected %s", rule->expected);
		return 0;
	}
}

int parse_value(struct parse *p, const json_t *json, const struct value_rule *rule,
	const char *key, struct map_value *out)
{
	struct map_value value = { .link = -1 };

	if (!value_any(p, json, rule, key, &value))
		return 0;
	if (!(rule->allowed & BIT(value.source))) {
		parse_bad(p, "bad-value", key, "expected %s", rule->expected);
		return 0;
	}
	*out = value;
	return 1;
}

/* --- lists of them --- */

/* In another letter case, or behind a variable. */
static int is_listed(const struct map_set *items, size_t n, const char *col)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_same(items[i].col, col))
			return 1;
	return 0;
}

static void parse_sets(struct parse *p, const json_t *object, const struct value_rule *rule,
	const char *key, struct map_sets *out)
{
	struct map_set *items = parse_items(p, json_object_size(object), sizeof(*items));
	const char *col;
	size_t n = 0;
	json_t *json;

	if (!items)
		return;
	json_object_foreach((json_t *)object, col, json) {
		const char *at = parse_key(p, key, col);

		items[n].col = parse_column(p, col, at);
		if (items[n].col && is_listed(items, n, items[n].col))
			parse_bad(p, "two-fields-one-column", at, "the column stands here twice");
		if (parse_value(p, json, rule, at, &items[n].value) && items[n].col)
			n++;
	}
	out->items = items;
	out->n = n;
}

void parse_sets_of(struct parse *p, const json_t *parent, const char *base, const char *name,
	const struct value_rule *rule, struct map_sets *out)
{
	const json_t *object = parse_object(p, parent, base, name);

	if (object)
		parse_sets(p, object, rule, parse_key(p, base, name), out);
}

void parse_literals(struct parse *p, const json_t *json, const struct value_rule *rule,
	const char *key, struct map_literals *out)
{
	size_t count = json_is_array(json) ? json_array_size(json) : 1;
	struct map_value *items = parse_items(p, count, sizeof(*items));

	if (!count)
		parse_bad(p, "wrong-type", key, "expected %s, or a list of them",
			rule->expected);
	if (!items)
		return;
	out->items = items;
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_is_array(json) ? json_array_get(json, i) : json;
		const char *at = json_is_array(json) ? parse_at(p, key, i) : key;

		if (parse_value(p, item, rule, at, &items[out->n]))
			out->n++;
	}
}
