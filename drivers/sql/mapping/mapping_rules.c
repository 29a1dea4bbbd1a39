/* drivers/sql/mapping/mapping_rules.c - users.user, login, password and create.
 *
 * Keys that are the connector's (policy) are known here and left alone.
 * Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"

#include <string.h>

/* --- user --- */

static void user_id(struct parse *p, const json_t *user)
{
	const json_t *id = json_object_get(user, "id");
	const char *key = "users.user.id";

	p->m->id = (struct map_value){ .source = MAP_AUTO, .link = -1 };
	if (!id)
		return;
	if (json_is_object(id))
		parse_counter(p, id, key, p->m->key, &p->m->id);
	else
		parse_value(p, id, &value_id, key, &p->m->id);
}

void parse_user(struct parse *p)
{
	static const char *const known[] = { "table", "key", "id", "where", "insert", "update",
		NULL };
	const json_t *user = parse_object(p, p->root, "users", "user");
	struct mapping *m = p->m;

	parse_known(p, user, "users.user", known);
	m->table = parse_table_of(p, user, "users.user", "table");
	m->key = parse_column_of(p, user, "users.user", "key");
	if (!json_object_get(user, "table") && parse_needs_table(p))
		parse_bad(p, "missing-key", "users.user.table",
			"expected the table of the users");
	if (!json_object_get(user, "key") && parse_needs_table(p))
		parse_bad(p, "missing-key", "users.user.key",
			"expected the table's key column");
	user_id(p, user);
	parse_sets_of(p, user, "users.user", "where", &value_constant, &m->where);
	parse_sets_of(p, user, "users.user", "insert", &value_insert, &m->insert);
	parse_sets_of(p, user, "users.user", "update", &value_update, &m->update);
}

/* --- lists of names --- */

/* Strings of a list, each accepted by `check`. */
static size_t string_list(struct parse *p, const json_t *parent, const char *base,
	const char *name, int (*check)(struct parse *, const char *, const char *),
	const char ***out)
{
	const json_t *list = parse_array(p, parent, base, name);
	const char *key = parse_key(p, base, name), **items;
	size_t n = 0;

	items = parse_items(p, json_array_size(list), sizeof(*items));
	if (!items)
		return 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *at = parse_at(p, key, i);
		const char *text = parse_text(p, json_array_get(list, i), at);

		if (!text || !check(p, text, at))
			continue;
		items[n] = arena_dup(p->arena, text, strlen(text));
		n += items[n] != NULL;
	}
	*out = items;
	return n;
}

/* A field that lives in a column, and so can be searched or written. */
static int column_field(struct parse *p, const char *name, const char *key)
{
	const struct map_field *field = mapping_field(p->m, name);

	if (!parse_field_name(p, name, key))
		return 0;
	if (!field || field->kind == MAP_COL)
		return 1;
	parse_bad(p, "bad-reference", key, "field \"%.64s\" lives in no column", name);
	return 0;
}

/* --- login --- */

static void login_by(struct parse *p, const char *name, const char *key)
{
	static const uint32_t kinds[] = { IDBC_BY_EMAIL, IDBC_BY_USERNAME, IDBC_BY_PHONE };
	struct mapping *m = p->m;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(name, mapping_by_field(kinds[i])))
			continue;
		for (uint32_t j = 0; j < m->nlogin; j++) {
			if (m->login_by[j] == kinds[i]) {
				parse_bad(p, "bad-value", key, "\"%s\" stands here twice",
					name);
				return;
			}
		}
		if (!json_object_get(p->profile, name) && !parse_has_sql(p, "login"))
			parse_bad(p, "missing-key", parse_key(p, "users.profile", name),
				"people log in with it (users.login.by), but nothing maps it");
		else if (column_field(p, name, key))
			m->login_by[m->nlogin++] = kinds[i];
		return;
	}
	parse_bad(p, "bad-value", key, "expected \"email\", \"username\" or \"phone_number\"");
}

void parse_login(struct parse *p)
{
	static const char *const known[] = { "by", "require_verified", "touch", "recheck",
		"failed", "ambiguous", NULL };
	const json_t *login = parse_object(p, p->root, "users", "login");
	const json_t *by = parse_array(p, login, "users.login", "by");

	parse_known(p, login, "users.login", known);
	if (!json_object_get(login, "by") || (by && !json_array_size(by)))
		parse_bad(p, "missing-key", "users.login.by",
			"expected a list of email, username, phone_number");
	for (size_t i = 0; i < json_array_size(by); i++) {
		const char *key = parse_at(p, "users.login.by", i);
		const char *name = parse_text(p, json_array_get(by, i), key);

		if (name)
			login_by(p, name, key);
	}
	parse_sets_of(p, login, "users.login", "touch", &value_touch, &p->m->touch);
	p->m->recheck = parse_bool(p, login, "users.login", "recheck");
	if (json_is_true(json_object_get(login, "require_verified")) &&
	    !json_object_get(p->profile, "email_verified") && !parse_has_sql(p, "login"))
		parse_warn(p, "missing-key", "users.profile.email_verified",
			"login.require_verified blocks everybody while nothing maps it");
	parse_failed(p, login);
}

/* --- password --- */

static void password_place(struct parse *p, const json_t *password, const char *name,
	struct map_place *out)
{
	const char *text = parse_string(p, password, "users.password", name);

	if (text)
		parse_place(p, text, parse_key(p, "users.password", name), out);
}

void parse_password(struct parse *p)
{
	static const char *const known[] = { "col", "salt", "when", "set", "accept", "input",
		"parse", "none", "write", "upgrade", "params", NULL };
	const json_t *password = parse_object(p, p->root, "users", "password");
	struct mapping *m = p->m;

	m->pw_hash.link = m->pw_salt.link = m->pw_when.link = -1;
	parse_known(p, password, "users.password", known);
	if (!json_object_get(password, "col") && !parse_has_sql(p, "login"))
		parse_bad(p, "missing-key", "users.password.col",
			"expected the column of the stored password");
	password_place(p, password, "col", &m->pw_hash);
	password_place(p, password, "salt", &m->pw_salt);
	password_place(p, password, "when", &m->pw_when);
	parse_sets_of(p, password, "users.password", "set", &value_set, &m->pw_set);
}

/* --- create --- */

/* A default is what a profile would say, not what the column holds. */
static int default_fits(struct parse *p, const struct map_field *field,
	const struct map_value *value, const char *key)
{
	if (field && field->type == MAP_FLAG && value->source != MAP_BOOL) {
		parse_bad(p, "bad-value", key, "expected true or false: the field is a flag");
		return 0;
	}
	if (!field || field->type != MAP_ENUM || value->source > MAP_REAL ||
	    value->source == MAP_NULL)
		return 1;
	for (size_t i = 0; value->str && i < field->nenums; i++)
		if (!strcmp(field->enums[i].text, value->str))
			return 1;
	parse_bad(p, "bad-value", key, "expected one of the words of the field's map%s%.64s%s",
		field->nenums ? ", such as \"" : "", field->nenums ? field->enums[0].text : "",
		field->nenums ? "\"" : "");
	return 0;
}

static void create_default(struct parse *p, const char *name, const json_t *json)
{
	const char *key = parse_key(p, "users.create.defaults", name);
	struct map_default *item = &p->m->defaults[p->m->ndefaults];
	const struct map_field *field = mapping_field(p->m, name);

	if (!column_field(p, name, key) ||
	    !parse_value(p, json, &value_update, key, &item->value) ||
	    !default_fits(p, field, &item->value, key))
		return;
	item->field = arena_dup(p->arena, name, strlen(name));
	p->m->ndefaults += item->field != NULL;
}

static void create_defaults(struct parse *p, const json_t *create)
{
	json_t *defaults = parse_object(p, create, "users.create", "defaults"), *json;
	const char *name;

	p->m->defaults = parse_items(p, json_object_size(defaults), sizeof(*p->m->defaults));
	if (!p->m->defaults)
		return;
	json_object_foreach(defaults, name, json)
		create_default(p, name, json);
}

/* A row of a link to be made from its constants: pairs of name and value have none. */
static int create_link(struct parse *p, const char *name, const char *key)
{
	int32_t link = parse_link(p, name, key);

	if (link < 0 || p->m->links[link].kind != MAP_EAV)
		return link >= 0;
	parse_bad(p, "bad-reference", key, "rows of link \"%.64s\" are made by its fields",
		name);
	return 0;
}

/* "user_metadata.lang" where "user_metadata" is mapped; "user_id" where it may be given. */
static int required_field(struct parse *p, const char *name, const char *key)
{
	uint32_t id = p->m->id.source;
	char *bag = arena_dup(p->arena, name, strlen(name)), *dot;

	if (!strcmp(name, "user_id") && (id == MAP_GIVEN || id == MAP_GIVEN_OR_UUID))
		return 1;
	while (bag && !json_object_get(p->profile, bag) && (dot = strrchr(bag, '.')))
		*dot = '\0';
	return bag && column_field(p, json_object_get(p->profile, bag) ? bag : name, key);
}

/* What cannot be read as a list of names is the connector's to say; what a create in SQL
 * of its own does with a field, nobody's. */
static void create_required(struct parse *p, const json_t *create)
{
	const json_t *list = json_object_get(create, "required");
	struct mapping *m = p->m;
	size_t n = json_is_array(list) ? json_array_size(list) : m->nlogin;

	if (json_object_get(json_object_get(p->root, "sql"), "create"))
		return;
	m->required = parse_items(p, n, sizeof(*m->required));
	if (!m->required)
		return;
	for (size_t i = 0; !list && i < m->nlogin; i++)
		m->required[m->nrequired++] = mapping_by_field(m->login_by[i]);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name && required_field(p, name, parse_at(p, "users.create.required", i)))
			m->required[m->nrequired++] = arena_dup(p->arena, name, strlen(name));
	}
}

void parse_create(struct parse *p)
{
	static const char *const known[] = { "unique", "defaults", "json", "links", "required",
		"self_service", "after", "email_unique", NULL };
	const json_t *create = parse_object(p, p->root, "users", "create");
	struct mapping *m = p->m;

	parse_known(p, create, "users.create", known);
	m->nunique = string_list(p, create, "users.create", "unique", column_field, &m->unique);
	create_defaults(p, create);
	create_required(p, create);
	m->ncreate_links = string_list(p, create, "users.create", "links", create_link,
		&m->create_links);
	parse_documents(p, create);
	parse_raws(p, create, "users.create", "after", &m->create_after);
}
