/* drivers/sql/mapping/mapping_names.c - ${vars}, identifiers and references to columns.
 *
 * Nothing gets out of here that the grammar of names.h refuses.  Threads: one per
 * mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/names.h"

#include <string.h>

/* --- variables --- */

/* Variables also stand in raw SQL: no quote, blank or comment may come with one. */
static int is_var_value(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ" "0123456789" "_$.-";
	size_t len = strlen(text);

	if (len > NAME_MAX_BYTES || strstr(text, "--"))
		return 0;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x80 && !strchr(allowed, text[i]))
			return 0;
	}
	return 1;
}

/* {"env"} and {"file"} belong to the connector, which keeps secrets to itself. */
static int is_secret(const char *name, const json_t *value)
{
	return !strcmp(name, "pepper") || json_object_get(value, "env") ||
	       json_object_get(value, "file");
}

void parse_vars(struct parse *p)
{
	const char *name;
	json_t *value;

	p->vars = parse_object(p, p->root, "users", "vars");
	json_object_foreach(p->vars, name, value) {
		const char *key = parse_key(p, "users.vars", name);

		if (is_secret(name, value))
			continue;
		if (!name_is_word(name))
			parse_bad(p, "bad-identifier", key,
				"expected a name of letters, digits and _");
		else if (parse_text(p, value, key) && !is_var_value(json_string_value(value)))
			parse_bad(p, "bad-identifier", key,
				"expected letters, digits, _ $ . - (at most 64 bytes)");
	}
}

/* The value of ${name}; NULL with a finding. */
static const char *var_value(struct parse *p, const char *name, const char *key)
{
	json_t *value = json_object_get(p->vars, name);

	if (!value) {
		parse_unknown(p, "bad-reference", key, "variable", name, p->vars);
		return NULL;
	}
	if (is_secret(name, value)) {
		parse_bad(p, "bad-reference", key,
			"${%.64s} is a secret and may not stand here", name);
		return NULL;
	}
	if (!json_is_string(value) || !is_var_value(json_string_value(value)))
		return NULL;                    /* reported already, and perhaps a secret */
	return json_string_value(value);
}

const char *parse_expand(struct parse *p, const char *text, const char *key)
{
	const char *open = strstr(text, "${"), *close, *value;
	char *head, *name;

	if (!open)
		return arena_dup(p->arena, text, strlen(text));
	close = strchr(open, '}');
	if (!close) {
		parse_bad(p, "bad-reference", key, "\"${\" without \"}\"");
		return NULL;
	}
	head = arena_dup(p->arena, text, (size_t)(open - text));
	name = arena_dup(p->arena, open + 2, (size_t)(close - open - 2));
	if (!head || !name)
		return NULL;
	value = var_value(p, name, key);
	text = parse_expand(p, close + 1, key);
	return value && text ? arena_printf(p->arena, "%s%s%s", head, value, text) : NULL;
}

/* --- identifiers --- */

const char *parse_table(struct parse *p, const char *text, const char *key)
{
	const char *name = parse_expand(p, text, key);

	if (name && !name_is_table(name)) {
		parse_bad(p, "bad-identifier", key, "\"%.80s\" is no table name: expected "
			"letters, digits, _ $ - and blanks, at most 64 bytes, perhaps after a "
			"schema and a dot", name);
		return NULL;
	}
	return name;
}

const char *parse_column(struct parse *p, const char *text, const char *key)
{
	const char *name = parse_expand(p, text, key);

	if (name && !name_is_column(name)) {
		parse_bad(p, "bad-identifier", key, "\"%.80s\" is no column name: expected "
			"letters, digits, _ $ - and blanks, at most 64 bytes", name);
		return NULL;
	}
	return name;
}

const char *parse_table_of(struct parse *p, const json_t *parent, const char *base,
	const char *name)
{
	const char *text = parse_string(p, parent, base, name);

	return text ? parse_table(p, text, parse_key(p, base, name)) : NULL;
}

const char *parse_column_of(struct parse *p, const json_t *parent, const char *base,
	const char *name)
{
	const char *text = parse_string(p, parent, base, name);

	return text ? parse_column(p, text, parse_key(p, base, name)) : NULL;
}

/* --- references --- */

int32_t parse_link(struct parse *p, const char *name, const char *key)
{
	int32_t i = 0;
	const char *candidate;
	json_t *value;

	json_object_foreach(p->links, candidate, value) {
		if (!strcmp(candidate, name))
			return i;
		i++;
	}
	parse_unknown(p, "bad-reference", key, "link", name, p->links);
	return -1;
}

/* No stored key by itself: near one that has a name, or a word where stored keys are numbers. */
static int is_slip(const json_t *names, const char *name)
{
	struct name_guess guess = NAME_GUESS(name);
	const char *readable;
	json_t *stored;

	json_object_foreach((json_t *)names, readable, stored) {
		if (!json_is_string(stored))
			return 1;
		name_guess_offer(&guess, readable);
		name_guess_offer(&guess, json_string_value(stored));
	}
	return name_guess_best(&guess) != NULL;
}

/* The stored key of an EAV row: as it stands, or by the link's own `names`. */
static const char *eav_key(struct parse *p, int32_t link, const char *name, const char *key)
{
	json_t *links = json_object_get(p->links, p->m->links[link].name);
	json_t *names = json_object_get(links, "names"), *stored = json_object_get(names, name);
	const char *candidate, *text;
	json_t *value;

	if (json_is_integer(stored))
		return arena_printf(p->arena, "%lld", (long long)json_integer_value(stored));
	if (stored)
		return json_is_string(stored) ?
			parse_expand(p, json_string_value(stored), key) :
			NULL;           /* of another type: reported with the link */
	if (!json_is_object(names))
		return name;
	json_object_foreach(names, candidate, value) {
		if (strstr(candidate, "${")) {
			text = parse_expand(p, candidate, key);
			if (!text || strcmp(text, name))
				continue;
			return eav_key(p, link, candidate, key);
		}
		text = eav_key(p, link, candidate, key);
		if (text && !strcmp(text, name))
			return name;
	}
	if (!is_slip(names, name))
		return name;
	parse_unknown(p, "bad-reference", key, "name", name, names);
	return NULL;
}

static int is_eav_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return 0;
	}
	return len && len <= 255;
}

/* "link[name]", cut in two at `open`. */
static int place_eav(struct parse *p, char *text, char *open, const char *key,
	struct map_place *out)
{
	size_t len = strlen(open);
	int32_t link;

	*open = '\0';
	link = parse_link(p, text, key);
	if (link < 0)
		return 0;
	if (open[len - 1] != ']') {
		parse_bad(p, "bad-reference", key, "expected \"%.64s[name]\"", text);
		return 0;
	}
	open[len - 1] = '\0';
	if (p->m->links[link].kind != MAP_EAV) {
		parse_bad(p, "bad-reference", key, "link \"%.64s\" holds columns: expected "
			"\"%.64s.column\"", text, text);
		return 0;
	}
	if (!is_eav_name(open + 1)) {
		parse_bad(p, "bad-reference", key, "expected a name between [ and ]");
		return 0;
	}
	out->link = link;
	out->col = NULL;
	out->eav = eav_key(p, link, open + 1, key);
	return out->eav != NULL;
}

/* "link.col", cut in two at `dot`. */
static int place_link(struct parse *p, char *text, char *dot, const char *key,
	struct map_place *out)
{
	static const char *const instead[] = {
		[MAP_EAV] = "is eav: expected \"link[name]\"",
		[MAP_MANY] = "is many: only list and exists may use it",
	};
	int32_t link;

	*dot = '\0';
	link = parse_link(p, text, key);
	if (link < 0)
		return 0;
	if (p->m->links[link].kind != MAP_ONE) {
		parse_bad(p, "bad-reference", key, "link \"%.64s\" %s", text,
			instead[p->m->links[link].kind]);
		return 0;
	}
	out->link = link;
	out->col = parse_column(p, dot + 1, key);
	return out->col != NULL;
}

int parse_place(struct parse *p, const char *text, const char *key, struct map_place *out)
{
	const char *full = parse_expand(p, text, key);
	char *copy = full ? arena_dup(p->arena, full, strlen(full)) : NULL;
	struct map_place place = { .link = -1 };
	char *cut;
	int ok;

	if (!copy)
		return 0;
	if ((cut = strchr(copy, '[')))
		ok = place_eav(p, copy, cut, key, &place);
	else if ((cut = strchr(copy, '.')))
		ok = place_link(p, copy, cut, key, &place);
	else
		ok = (place.col = parse_column(p, copy, key)) != NULL;
	if (ok)
		*out = place;
	return ok;
}

int parse_field_name(struct parse *p, const char *name, const char *key)
{
	static const char *const identifiers[] = { "email", "username", "phone_number", NULL };

	/* What sql.create can take needs no column. */
	if (parse_has_sql(p, "create") && raw_is_normalised(name))
		return 1;
	if (json_object_get(p->profile, name) && strcmp(name, "user_id"))
		return 1;
	if (parse_has_sql(p, NULL) && parse_in(name, identifiers) >= 0)
		return 1;
	parse_unknown(p, "bad-reference", key, "field", name, p->profile);
	return 0;
}
