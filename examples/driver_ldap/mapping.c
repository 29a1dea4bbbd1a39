/* mapping.c - the `users` object: which attribute holds which field, by what one logs in, and
 * what a new entry looks like.  What of it is the connector's own policy is left alone.
 * Threads: one.
 */
#include "ldap_driver.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void mistake_in(struct reader *r, const char *code, const char *key, const char *name,
		       const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s.%s", key, name);
	mistake(r, code, path, text, "");
}

static char *copy(struct reader *r, const char *text)
{
	char *made = strdup(text);

	r->nomem |= !made;
	return made;
}

/* A name that needs no escaping wherever it is put: letters, digits, "-", ";" and ".". */
static int is_attribute(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-;.");

	return len > 0 && len < 128 && !name[len];
}

/* --- folds ------------------------------------------------------------------------------- */
static const struct { const char *name; uint32_t fold; } folds[] = {
	{ "none", IDBC_FOLD_NONE }, { "lower", IDBC_FOLD_LOWER }, { "upper", IDBC_FOLD_UPPER },
	{ "ucfirst", IDBC_FOLD_UCFIRST }, { "lower-both", IDBC_FOLD_LOWER_BOTH },
	{ "binary", IDBC_FOLD_BINARY }, { "database", IDBC_FOLD_DATABASE },
};

/* The connector has judged the word. */
static void take_fold(const json_t *word, uint32_t *fold)
{
	for (size_t i = 0; json_is_string(word) && i < sizeof(folds) / sizeof(folds[0]); i++)
		if (!strcmp(folds[i].name, json_string_value(word)))
			*fold = folds[i].fold;
}

static uint32_t fold_of(const json_t *users, const char *field)
{
	const json_t *profile = json_object_get(json_object_get(users, "profile"), field);
	const json_t *lookup = json_object_get(json_object_get(users, "lookup"), field);
	uint32_t fold = strcmp(field, "email") ? IDBC_FOLD_NONE : IDBC_FOLD_LOWER_BOTH;

	take_fold(json_object_get(profile, "fold"), &fold);
	take_fold(json_object_get(lookup, "fold"), &fold);
	return fold;
}

/* --- profile ----------------------------------------------------------------------------- */
static const struct { const char *name; uint32_t as; } kinds[] = {
	{ "flag", AS_FLAG }, { "present", AS_PRESENT }, { "time", AS_TIME },
	{ "number", AS_NUMBER }, { "json", AS_JSON },
};

/* What an attribute of this name mostly is, where nothing is said. */
static uint32_t usual_kind(const char *field)
{
	static const char *const flags[] = { "email_verified", "phone_verified", "blocked" };
	static const char *const times[] = { "created_at", "updated_at", "last_login",
					     "last_password_reset" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(flags[i], field))
			return AS_FLAG;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (!strcmp(times[i], field))
			return AS_TIME;
	return AS_TEXT;
}

static void read_kind(struct reader *r, const char *field, const json_t *node, struct attr *out)
{
	const char *key;
	const json_t *value;

	json_object_foreach((json_t *)node, key, value) {
		size_t i = 0;

		while (i < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[i].name, key))
			i++;
		if (i < sizeof(kinds) / sizeof(kinds[0]))
			out->as = kinds[i].as;
		else if (strcmp(key, "attribute") && strcmp(key, "fold"))
			mistake_in(r, "unknown-key", "users.profile", field,
				   "beside \"attribute\" and \"fold\" there are flag, present, "
				   "time, number and json");
	}
}

static void read_field(struct reader *r, const json_t *users, const char *field,
		       const json_t *node)
{
	const json_t *name = json_is_object(node) ? json_object_get(node, "attribute") : node;
	struct attr *out = &r->in->map.attrs[r->in->map.nattrs];

	if (!json_is_string(name) || !is_attribute(json_string_value(name))) {
		mistake_in(r, "bad-value", "users.profile", field, "expected an attribute's name");
		return;
	}
	*out = (struct attr){ .field = copy(r, field), .name = copy(r, json_string_value(name)),
		.as = usual_kind(field), .fold = fold_of(users, field) };
	if (json_is_object(node))
		read_kind(r, field, node, out);
	r->in->map.nattrs++;
}

static void read_profile(struct reader *r, const json_t *users)
{
	const json_t *profile = json_object_get(users, "profile"), *node;
	const char *field;

	if (!json_is_object(profile) || !json_object_size(profile)) {
		mistake(r, "missing-key", "users.profile", "no attribute is mapped",
			"\"profile\": {\"email\": \"mail\", \"username\": \"uid\", \"name\": \"cn\"}");
		return;
	}
	r->in->map.attrs = calloc(json_object_size(profile), sizeof(*r->in->map.attrs));
	if (!r->in->map.attrs) {
		r->nomem = 1;
		return;
	}
	json_object_foreach((json_t *)profile, field, node)
		if (strcmp(field, "user_id"))
			read_field(r, users, field, node);
		else
			mistake(r, "unknown-key", "users.profile.user_id",
				"the attribute of user ids is users.key", "");
}

/* --- key and login ----------------------------------------------------------------------- */
static void read_key(struct reader *r, const json_t *users)
{
	const json_t *node = json_object_get(users, "key");
	const char *name = json_is_string(node) ? json_string_value(node) : "entryUUID";

	if ((node && !json_is_string(node)) || !is_attribute(name))
		mistake(r, "bad-value", "users.key", "expected an attribute's name", "entryUUID");
	r->in->map.key = (struct attr){ .field = copy(r, "user_id"), .name = copy(r, name) };
}

static const struct { const char *field; uint32_t by; } identifiers[] = {
	{ "user_id", IDBC_BY_USER_ID }, { "email", IDBC_BY_EMAIL },
	{ "username", IDBC_BY_USERNAME }, { "phone_number", IDBC_BY_PHONE },
};
#define NIDENTIFIERS (sizeof(identifiers) / sizeof(identifiers[0]))

static void read_login_item(struct reader *r, const char *field)
{
	for (size_t i = 0; i < NIDENTIFIERS; i++) {
		if (strcmp(identifiers[i].field, field))
			continue;
		if (!mapping_by(&r->in->map, identifiers[i].by))
			mistake(r, "missing-key", "users.login.by",
				"a field to log in by has no attribute in users.profile", "");
		else if (r->in->map.nlogin < MAX_LOGIN)
			r->in->map.login_by[r->in->map.nlogin++] = identifiers[i].by;
		r->in->map.unique |= 1u << identifiers[i].by;
	}
}

static void read_login(struct reader *r, const json_t *users)
{
	const json_t *by = json_object_get(json_object_get(users, "login"), "by");
	const json_t *unique = json_object_get(json_object_get(users, "create"), "unique");

	for (size_t i = 0; i < json_array_size(by); i++)
		if (json_is_string(json_array_get(by, i)))
			read_login_item(r, json_string_value(json_array_get(by, i)));
	for (size_t i = 0; i < json_array_size(unique); i++)
		for (size_t j = 0; j < NIDENTIFIERS; j++)
			if (json_is_string(json_array_get(unique, i)) &&
			    !strcmp(identifiers[j].field, json_string_value(json_array_get(unique, i))))
				r->in->map.unique |= 1u << identifiers[j].by;
}

/* --- create ------------------------------------------------------------------------------ */
/* libldap says whether it is one; it goes into names of new entries as libldap writes them. */
static void read_parent(struct reader *r, const json_t *node)
{
	const char *text = json_string_value(node) ? json_string_value(node) : r->in->base;
	LDAPDN dn = NULL;

	if (!text)
		return;
	if (!*text || ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3))
		mistake(r, "bad-value", "users.create.base", "this is no distinguished name", "");
	ldap_dnfree(dn);
	r->in->map.parent = copy(r, text);
}

static char **read_words(struct reader *r, const char *path, const json_t *node)
{
	int wrong = 0;
	char **words = words_of(node, &wrong);

	r->nomem |= !words;
	if (wrong || (words && !words[0]))
		mistake(r, "wrong-type", path, "a string or a list of strings is wanted", "");
	return words;
}

static void read_set(struct reader *r, const json_t *set)
{
	const json_t *node;
	const char *name;

	r->in->map.fills = calloc(json_object_size(set) + 1, sizeof(*r->in->map.fills));
	if (!r->in->map.fills) {
		r->nomem = 1;
		return;
	}
	json_object_foreach((json_t *)set, name, node) {
		struct fill *fill = &r->in->map.fills[r->in->map.nfills];

		if (!is_attribute(name)) {
			mistake_in(r, "bad-value", "users.create.set", name, "no attribute's name");
			continue;
		}
		fill->name = copy(r, name);
		fill->from = read_words(r, "users.create.set", node);
		r->in->map.nfills++;
	}
}

static void read_create(struct reader *r, const json_t *users)
{
	const json_t *create = json_object_get(users, "create");
	const json_t *rdn = json_object_get(create, "rdn");
	const json_t *classes = json_object_get(create, "object_class");

	if (rdn && (!json_is_string(rdn) || !is_attribute(json_string_value(rdn))))
		mistake(r, "bad-value", "users.create.rdn", "expected an attribute's name", "uid");
	else if (rdn)
		r->in->map.rdn = copy(r, json_string_value(rdn));
	if (classes)
		r->in->map.classes = read_words(r, "users.create.object_class", classes);
	if (!rdn != !classes)
		mistake(r, "missing-key", rdn ? "users.create.object_class" : "users.create.rdn",
			"a new entry needs both rdn and object_class", "");
	read_parent(r, json_object_get(create, "base"));
	read_set(r, json_object_get(create, "set"));
}

/* --- all of it --------------------------------------------------------------------------- */
static void refuse_unknown(struct reader *r, const json_t *users)
{
	static const char *const known[] = { "key", "profile", "lookup", "login", "create",
					     "password", "vars" };
	static const char *const ours[] = { "rdn", "object_class", "base", "set", "unique",
					    "required", "self_service" };
	const char *name;
	const json_t *node;

	json_object_foreach((json_t *)users, name, node) {
		size_t i = 0;

		while (i < sizeof(known) / sizeof(known[0]) && strcmp(known[i], name))
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			mistake_in(r, "unknown-key", "users", name, "a directory has no such thing");
	}
	json_object_foreach(json_object_get(users, "create"), name, node) {
		size_t i = 0;

		while (i < sizeof(ours) / sizeof(ours[0]) && strcmp(ours[i], name))
			i++;
		if (i == sizeof(ours) / sizeof(ours[0]))
			mistake_in(r, "unknown-key", "users.create", name,
				   "a directory has no such thing");
	}
}

static void list_wanted(struct reader *r)
{
	struct instance *in = r->in;
	size_t n = 0;

	in->wanted = calloc(in->map.nattrs + 3, sizeof(*in->wanted));
	if (!in->wanted) {
		r->nomem = 1;
		return;
	}
	in->wanted[n++] = in->map.key.name;
	for (size_t i = 0; i < in->map.nattrs; i++)
		in->wanted[n++] = in->map.attrs[i].name;
}

void mapping_read(struct reader *r)
{
	struct instance *in = r->in;
	struct idbc_str text = { NULL, 0 };
	json_t *users = NULL;

	if (in->host->setting_json(in->settings, "users", &text) == 1)
		users = json_loadb(text.ptr, text.len, 0, NULL);
	if (!json_is_object(users)) {
		mistake(r, "missing-key", "users", "attributes of a directory must be mapped", "");
	} else {
		refuse_unknown(r, users);
		read_key(r, users);
		read_profile(r, users);
		if (!r->nomem)          /* every attribute has its names */
			read_login(r, users);
		read_create(r, users);
		list_wanted(r);
	}
	json_decref(users);
	if (in->host->setting_str(in->settings, "idbc.profile.unmapped", "refuse", &text) >= 0)
		in->map.ignore_unmapped = text.len == 6 && !memcmp(text.ptr, "ignore", 6);
}

void mapping_free(struct mapping *map)
{
	for (size_t i = 0; i < map->nattrs; i++) {
		free(map->attrs[i].field);
		free(map->attrs[i].name);
	}
	for (size_t i = 0; i < map->nfills; i++) {
		free(map->fills[i].name);
		words_free(map->fills[i].from);
	}
	free(map->attrs);
	free(map->fills);
	free(map->key.field);
	free(map->key.name);
	free(map->rdn);
	free(map->parent);
	words_free(map->classes);
}

/* --- asking ------------------------------------------------------------------------------ */
const struct attr *mapping_field(const struct mapping *map, const char *field)
{
	for (size_t i = 0; i < map->nattrs; i++)
		if (!strcmp(map->attrs[i].field, field))
			return &map->attrs[i];
	return NULL;
}

const struct attr *mapping_by(const struct mapping *map, uint32_t by)
{
	for (size_t i = 0; i < NIDENTIFIERS; i++)
		if (identifiers[i].by == by)
			return by == IDBC_BY_USER_ID ? &map->key
						     : mapping_field(map, identifiers[i].field);
	return NULL;
}
