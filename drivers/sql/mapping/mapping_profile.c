/* drivers/sql/mapping/mapping_profile.c - users.profile and users.lookup: which fields there are,
 * and how each is searched.  The forms of one field are in mapping_field.c.
 * Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"
#include "sql/base/names.h"

#include <string.h>

/* An extra attribute that is nearly a normalised field is perhaps a slip. */
static void warn_near(struct parse *p, const char *name, const char *key)
{
	static const char *const fields[] = { "user_id", "email", "email_verified", "username",
		"phone_number", "phone_verified", "given_name", "family_name", "nickname",
		"picture", "created_at", "updated_at", "last_login", "last_ip",
		"last_password_reset", "logins_count", "blocked", "user_metadata",
		"app_metadata", "mfa_factors", "identities", "password_expired",
		"locked_out", "migrated", NULL };
	struct name_guess guess = NAME_GUESS(name);

	if (strchr(name, '.') || parse_in(name, fields) >= 0)
		return;
	for (int i = 0; fields[i]; i++)
		name_guess_offer(&guess, fields[i]);
	if (name_guess_best(&guess) && guess.distance <= 2)
		parse_warn(p, "unknown-field", key, "\"%.64s\" is a field of its own, did you "
			"mean \"%s\"", name, guess.best);
}

static void profile_user_id(struct parse *p, const json_t *json)
{
	static const char *const known[] = { "col", NULL };
	const char *key = "users.profile.user_id", *text, *col;

	if (json_is_object(json)) {
		parse_known(p, json, key, known);
		json = json_object_get(json, "col");
	}
	text = parse_text(p, json, key);
	col = text ? parse_column(p, text, key) : NULL;
	if (col && p->m->key && !ascii_same(col, p->m->key))
		parse_bad(p, "bad-reference", key, "expected the key column \"%.64s\": a user_id "
			"is the key.  Make \"%.64s\" users.user.key, or map it to a field of "
			"another name", p->m->key, col);
}

static void profile_field(struct parse *p, const char *name, const json_t *json)
{
	struct map_field *field = &p->m->fields[p->m->nfields];
	static const char *const hidden[] = { "deleted", "password_expired", "locked_out",
		"migrated", NULL };

	memset(field, 0, sizeof(*field));
	field->key = parse_key(p, "users.profile", name);
	if (!name_is_field(name)) {
		parse_bad(p, "bad-identifier", field->key,
			"expected words of letters, digits, _ and -, with dots between");
		return;
	}
	warn_near(p, name, field->key);
	field->name = arena_dup(p->arena, name, strlen(name));
	if (!field->name)
		return;
	field->place.link = -1;
	field->fold = strcmp(name, "email") ? IDBC_FOLD_NONE : IDBC_FOLD_LOWER_BOTH;
	field->sensitive = parse_in(name, hidden) >= 0;
	parse_field(p, json, field);
	if (!strcmp(name, "migrated") && (field->kind != MAP_COL || field->type != MAP_FLAG))
		parse_bad(p, "bad-value", field->key,
			"expected a flag in a column: it is written when a user moves");
	p->m->nfields++;
}

/* --- lookup --- */

static struct map_field *field_named(struct parse *p, const char *name)
{
	for (size_t i = 0; i < p->m->nfields; i++) {
		if (!strcmp(p->m->fields[i].name, name))
			return &p->m->fields[i];
	}
	return NULL;
}

static void lookup_field(struct parse *p, const char *name, const json_t *json,
	const char *key)
{
	static const char *const known[] = { "fold", NULL };
	struct map_field *field = field_named(p, name);
	const char *text;
	uint32_t fold;

	parse_known(p, json, key, known);
	text = parse_string(p, json, key, "fold");
	if (!text || !parse_field_name(p, name, key))
		return;
	if (!parse_fold_name(text, &fold))
		parse_bad(p, "bad-value", parse_key(p, key, "fold"),
			"expected none, lower, upper, "
			"ucfirst, lower-both, binary or database");
	else if (field && json_object_get(json_object_get(p->profile, name), "fold") &&
		 field->fold != fold)
		parse_bad(p, "bad-combination", parse_key(p, key, "fold"),
			"%s says otherwise", parse_key(p, field->key, "fold"));
	else if (field)
		field->fold = fold;
}

static void parse_lookup(struct parse *p)
{
	json_t *lookup = parse_object(p, p->root, "users", "lookup"), *json;
	const char *name;

	json_object_foreach(lookup, name, json) {
		const char *key = parse_key(p, "users.lookup", name);

		if (json_is_object(json))
			lookup_field(p, name, json, key);
		else
			parse_bad(p, "wrong-type", key, "expected an object");
	}
}

void parse_profile(struct parse *p)
{
	const char *name;
	json_t *json;

	p->m->fields = parse_items(p, json_object_size(p->profile), sizeof(*p->m->fields));
	if (!p->m->fields)
		return;
	json_object_foreach(p->profile, name, json) {
		if (!strcmp(name, "user_id"))
			profile_user_id(p, json);
		else
			profile_field(p, name, json);
	}
	parse_lookup(p);
}
