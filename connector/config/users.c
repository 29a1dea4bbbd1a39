/* connector/config/users.c - job: the mapping (`users`): where it comes from, what of it
 * is the connector's own policy, and the copy that the driver gets.  What is the
 * driver's to check is left alone here.
 * Threads: one, while a configuration is being opened; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "config/doc.h"
#include "config/file.h"
#include "config/keys.h"

#define FOLDS "none|lower|upper|ucfirst|lower-both|binary|database"     /* enum idbc_fold */

static const struct {
	const char *field;
	uint32_t by;
} identifiers[] = {
	{ "email", IDBC_BY_EMAIL }, { "username", IDBC_BY_USERNAME },
	{ "phone_number", IDBC_BY_PHONE }, { "user_id", IDBC_BY_USER_ID },
};
#define IDENTIFIERS "email|username|phone_number|user_id"
#define NIDENTIFIERS (sizeof(identifiers) / sizeof(identifiers[0]))

/* --- login and lookup ----------------------------------------------------------------- */
static void read_login_by(struct reader *reader, const struct json_t *list)
{
	struct config_lookup *lookup = &reader->config->lookup;
	const char *const path = "users.login.by";
	char item[PATH_ROOM];
	uint32_t place;

	if (!list || (node_kind(list) == NODE_LIST && !node_count(list))) {
		read_mistake(reader, "missing-key", path,
			     "expected a list such as [\"email\", \"username\"]");
		return;
	}
	if (node_kind(list) != NODE_LIST) {
		read_wrong_type(reader, path, "a list of strings", list);
		return;
	}
	for (size_t i = 0; i < node_count(list); i++) {
		uint32_t have = 0;

		path_item(item, path, i);
		if (!read_word(reader, item, node_at(list, i), IDENTIFIERS, &place))
			continue;
		while (have < lookup->nlogin && lookup->login_by[have] != identifiers[place].by)
			have++;
		if (have < lookup->nlogin)
			read_mistake(reader, "bad-value", item, "named twice");
		else
			lookup->login_by[lookup->nlogin++] = identifiers[place].by;
	}
}

static void read_login(struct reader *reader, const struct json_t *login)
{
	struct config *config = reader->config;
	const struct json_t *failed;
	uint32_t word;

	if (login && !read_object(reader, "users.login", login))
		return;
	read_login_by(reader, node_get(login, "by"));
	read_bool(reader, "users.login.require_verified", node_get(login, "require_verified"),
		  &config->require_verified);
	read_bool(reader, "users.login.recheck", node_get(login, "recheck"), &config->recheck);
	read_word(
		reader, "users.login.ambiguous", node_get(login, "ambiguous"), "refuse", &word);
	config->touch = node_count(node_get(login, "touch")) > 0;
	failed = node_get(login, "failed");
	config->failed = node_count(failed) > 0;
	config->lock_out = node_get(failed, "count") && node_get(failed, "max");
}

/* lookup.F.fold; a field object of the profile may say it too. */
static void read_fold(struct reader *reader, const struct json_t *users, size_t i)
{
	const char *field = identifiers[i].field;
	const struct json_t *lookup = node_get(node_get(users, "lookup"), field);
	const struct json_t *profile = node_get(node_get(users, "profile"), field);
	uint32_t *fold = &reader->config->lookup.fold[identifiers[i].by];
	char at[PATH_ROOM], path[PATH_ROOM];

	*fold = identifiers[i].by == IDBC_BY_EMAIL ? IDBC_FOLD_LOWER_BOTH : IDBC_FOLD_NONE;
	path_join(at, "users.profile", field);
	path_join(path, at, "fold");
	read_word(reader, path, node_get(profile, "fold"), FOLDS, fold);
	path_join(at, "users.lookup", field);
	path_join(path, at, "fold");
	read_word(reader, path, node_get(lookup, "fold"), FOLDS, fold);
}

/* --- password ------------------------------------------------------------------------- */
static void read_cost(struct reader *reader, const char *path, const char *name,
		      const struct json_t *value, struct password_cost *costs, size_t *n)
{
	static const char *const names[] = { "memory_kib", "iterations", "parallelism", "cost",
		"log2", "rounds", "scheme", "recipe", "salt_len" };
	int64_t number;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name))
			continue;
		if (read_int(reader, path, value, 0, INT64_MAX, &number))
			costs[(*n)++] = (struct password_cost){ names[i], number };
		return;
	}
	read_unknown(
		reader, "unknown-key", path, name, names, sizeof(names) / sizeof(names[0]));
}

void target_read(struct reader *reader, const char *path, const struct json_t *node)
{
	struct password_target *target = &reader->config->password.target;
	struct password_cost *costs = keep_room(reader->store, (node_count(node) + 1) *
						sizeof(*costs));
	struct node_member member = { NULL, NULL, NULL };
	char key[PATH_ROOM];
	int64_t salt_len = 0;
	size_t n = 0;

	if (!costs)
		return;
	memset(target, 0, sizeof(*target));
	while (node_next(node, &member)) {
		path_join(key, path, member.key);
		if (!strcmp(member.key, "scheme"))
			read_cstr(reader, key, member.value, &target->scheme);
		else if (!strcmp(member.key, "recipe"))
			read_cstr(reader, key, member.value, &target->recipe);
		else if (!strcmp(member.key, "salt_len"))
			read_int(reader, key, member.value, 0, 1024, &salt_len);
		else
			read_cost(reader, key, member.key, member.value, costs, &n);
	}
	if (!node_get(node, "scheme") == !node_get(node, "recipe"))
		read_mistake(reader, "missing-key", path, "expected either scheme or recipe");
	target->costs = costs;
	target->ncosts = n;
	target->salt_len = (uint32_t)salt_len;
	target->key = keep_bytes(reader->store, path, strlen(path));
}

static void read_accept_members(struct reader *reader, const char *path,
				const struct json_t *node, struct password_accept *accept)
{
	static const char *const names[] = { "scheme", "recipe", "if" };
	struct node_member member = { NULL, NULL, NULL };
	char key[PATH_ROOM];

	while (node_next(node, &member)) {
		path_join(key, path, member.key);
		if (!strcmp(member.key, "scheme"))
			read_cstr(reader, key, member.value, &accept->scheme);
		else if (!strcmp(member.key, "recipe"))
			read_cstr(reader, key, member.value, &accept->recipe);
		else if (!strcmp(member.key, "if"))
			accept->when = read_word(reader, key, member.value, "salt|no salt",
						 &accept->when) ? accept->when + 1 : 0;
		else
			read_unknown(reader, "unknown-key", key, member.key, names, 3);
	}
	if (!node_get(node, "scheme") == !node_get(node, "recipe"))
		read_mistake(reader, "missing-key", path, "expected either scheme or recipe");
}

static int read_accept_item(struct reader *reader, const char *path, const struct json_t *node,
			    struct password_accept *accept)
{
	if (node_kind(node) == NODE_STR || read_is_reference(node))
		return read_cstr(reader, path, node, &accept->scheme);
	if (node_kind(node) != NODE_OBJECT) {
		read_wrong_type(reader, path, "a scheme or an object", node);
		return 0;
	}
	read_accept_members(reader, path, node, accept);
	return accept->scheme || accept->recipe;
}

static void read_accept(struct reader *reader, const struct json_t *list)
{
	static const char path[] = "users.password.accept";
	struct password_rules *rules = &reader->config->password;
	struct password_accept *accept;
	char item[PATH_ROOM];
	size_t n = 0;

	if (!list)
		return;
	if (node_kind(list) != NODE_LIST) {
		read_wrong_type(reader, path, "a list of schemes", list);
		return;
	}
	accept = keep_room(reader->store, (node_count(list) + 1) * sizeof(*accept));
	for (size_t i = 0; accept && i < node_count(list); i++) {
		path_item(item, path, i);
		n += (size_t)read_accept_item(reader, item, node_at(list, i), &accept[n]);
	}
	if (!node_count(list))
		read_mistake(reader, "bad-value", path, "names no scheme");
	rules->accept = accept;
	rules->naccept = accept ? n : 0;
}

static void read_password(struct reader *reader, const struct json_t *password)
{
	static const char write[] = "users.password.write";
	struct password_rules *rules = &reader->config->password;
	uint32_t upgrade = 1;

	if (!read_object(reader, "users.password", password))
		return;
	read_accept(reader, node_get(password, "accept"));
	read_strings(reader, "users.password.input", node_get(password, "input"), 0,
		     &rules->input, &rules->ninput);
	read_strings(reader, "users.password.none", node_get(password, "none"), 1, &rules->none,
		     &rules->nnone);
	read_cstr(reader, "users.password.parse", node_get(password, "parse"), &rules->parse);
	params_read(reader, node_get(password, "params"));
	if (read_object(reader, write, node_get(password, "write")))
		target_read(reader, write, node_get(password, "write"));
	read_bool(reader, "users.password.upgrade", node_get(password, "upgrade"), &upgrade);
	if (!upgrade)
		rules->upgrade = 0;
	rules->has_salt = node_get(password, "salt") != NULL ||
			  (rules->parse && strstr(rules->parse, "{salt}"));
}

/* --- create --------------------------------------------------------------------------- */
/* create.required, if absent every field that one can log in with. */
static void default_required(struct reader *reader)
{
	const struct config_lookup *lookup = &reader->config->lookup;
	const char **required = keep_room(reader->store, NIDENTIFIERS * sizeof(*required));
	size_t n = 0;

	if (!required)
		return;
	for (uint32_t i = 0; i < lookup->nlogin; i++)
		for (size_t j = 0; j < NIDENTIFIERS; j++)
			if (identifiers[j].by == lookup->login_by[i] &&
			    identifiers[j].by != IDBC_BY_USER_ID)
				required[n++] = identifiers[j].field;
	reader->config->profile.required = required;
	reader->config->profile.nrequired = n;
}

static void read_create(struct reader *reader, const struct json_t *create)
{
	struct profile_rules *rules = &reader->config->profile;

	default_required(reader);
	if (create && !read_object(reader, "users.create", create))
		return;
	read_strings(reader, "users.create.required", node_get(create, "required"), 0,
		     &rules->required, &rules->nrequired);
	read_strings(reader, "users.create.self_service", node_get(create, "self_service"), 0,
		     &rules->self_service, &rules->nself_service);
}

/* Fields in JSON columns: their objects are documents. */
static void read_whole(struct reader *reader, const struct json_t *profile)
{
	struct node_member member = { NULL, NULL, NULL };
	const char **names = keep_room(reader->store, (node_count(profile) + 1) *
				       sizeof(*names));
	size_t n = 0;

	if (!names || node_kind(profile) != NODE_OBJECT)
		return;
	while (node_next(profile, &member))
		if (node_kind(member.value) == NODE_OBJECT && node_get(member.value, "json"))
			names[n++] = keep_bytes(reader->store, member.key, strlen(member.key));
	reader->config->profile.whole = names;
	reader->config->profile.nwhole = reader->store->nomem ? 0 : n;
}

/* --- vars ----------------------------------------------------------------------------- */
/* Every document that holds it is overwritten there. */
static void take_pepper(struct reader *reader, struct json_t *node)
{
	const struct json_t *users = node_get(reader->store->root, "users");
	struct idbc_str pepper;

	if (!read_key(reader, "users.vars.pepper", node, &pepper))
		return;
	node_wipe(node_get(node_get(users, "vars"), "pepper"));
	reader->config->password.pepper = pepper.ptr;
	reader->config->password.pepper_len = pepper.len;
}

/* Puts what references stand for into the driver's copy and takes the pepper out of it. */
static void settle_vars(struct reader *reader, const struct json_t *vars, struct json_t *copy)
{
	struct node_member member = { NULL, NULL, NULL };
	struct json_t *copied = node_get(copy, "vars");
	char path[PATH_ROOM];
	struct idbc_str text;

	if (!read_object(reader, "users.vars", vars))
		return;
	take_pepper(reader, node_get(vars, "pepper"));
	node_wipe(node_get(copied, "pepper"));
	node_remove(copied, "pepper");
	while (node_next(vars, &member)) {
		path_join(path, "users.vars", member.key);
		if (!strcmp(member.key, "pepper") ||
			!read_string(reader, path, member.value, &text))
			continue;
		if (node_put_str(copied, member.key, text.ptr, text.len))
			reader->store->nomem = 1;
	}
}

/* --- the document --------------------------------------------------------------------- */
static struct json_t *load(struct reader *reader, const char *key, const struct json_t *node)
{
	const char *name;
	struct json_t *doc;
	char *path;

	if (!node) {
		reader->store->own_schema = 1;
		return doc_parse(reader, key, "our own schema", own_schema_users,
				 strlen(own_schema_users));
	}
	if (node_kind(node) == NODE_OBJECT && !read_is_reference(node)) {
		doc = node_copy(node);
		reader->store->nomem |= doc == NULL;
		return doc;
	}
	if (node_kind(node) != NODE_STR && !read_is_reference(node))
		read_wrong_type(reader, key, "an object or the path of a file", node);
	else if (read_cstr(reader, key, node, &name)) {
		path = file_beside(reader->store->dir, name);
		doc = path ? doc_load(reader, key, path) : NULL;
		free(path);
		return doc;
	}
	reader->store->unusable = 1;
	return NULL;
}

/* A login in SQL of the author's own may show a salt (AS pw_salt). */
static void read_own_login(struct reader *reader, const struct json_t *sql)
{
	if (node_get(sql, "login"))
		reader->config->password.has_salt = 1;
}

static void read_policy(struct reader *reader, const struct json_t *users)
{
	read_login(reader, node_get(users, "login"));
	for (size_t i = 0; i < NIDENTIFIERS; i++)
		read_fold(reader, users, i);
	read_password(reader, node_get(users, "password"));
	read_own_login(reader, node_get(users, "sql"));
	read_create(reader, node_get(users, "create"));
	read_whole(reader, node_get(users, "profile"));
}

void top_users(struct reader *reader, const struct config_key *key, const struct json_t *node)
{
	struct config_json *store = reader->store;

	store->mapping = load(reader, key->path, node);
	if (!store->mapping)
		return;
	store->users = node_copy(store->mapping);
	if (!store->users) {
		store->nomem = 1;
		return;
	}
	read_policy(reader, store->mapping);
	settle_vars(reader, node_get(store->mapping, "vars"), store->users);
	params_drop(reader, store->users);
}
