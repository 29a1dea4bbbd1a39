/* connector/config/settings.c - job: the settings services lent to drivers.  Which
 * options were asked for is remembered, so that the others can be reported.
 *
 * Threads: any.  Lock: store->lock round what is kept, asked and wrong; the documents
 * themselves never change.  A string given out stays where it is until config_close();
 * the same value asked for again is the same string, so asking at each connect costs
 * memory only when a secret has been changed.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "config/file.h"
#include "config/keys.h"
#include "config/read.h"

/* --- what drivers asked for ----------------------------------------------------------- */
static int was_asked(const struct config_json *store, const char *key)
{
	for (size_t i = 0; i < store->nasked; i++)
		if (!strcmp(store->asked[i], key))
			return 1;
	return 0;
}

static void note_asked(struct config_json *store, const char *key)
{
	const char **bigger;

	if (was_asked(store, key))
		return;
	if (store->nasked == store->asked_cap) {
		bigger = realloc(store->asked, (store->asked_cap + 16) * sizeof(*bigger));
		if (!bigger) {
			store->nomem = 1;
			return;
		}
		store->asked = bigger;
		store->asked_cap += 16;
	}
	store->asked[store->nasked] = keep_bytes(store, key, strlen(key));
	store->nasked += store->asked[store->nasked] != NULL;
}

/* "tls" asked for as a whole: all below it counts as asked. */
static void note_all_asked(struct config_json *store, const char *key)
{
	char all[PATH_ROOM + 2];

	snprintf(all, sizeof(all), "%s.*", key);
	note_asked(store, all);
}

static void note_mistake(struct config_json *store, const char *key, const char *code,
			 const char *text)
{
	char path[PATH_ROOM];

	path_join(path, "options", key);
	for (size_t i = 0; i < store->mistakes.n; i++)
		if (!strcmp(store->mistakes.items[i].key, path))
			return;
	findings_add(&store->mistakes.sink, IDBC_ERROR, code, path, "", "%s", text);
}

/* --- finding and giving out ----------------------------------------------------------- */
static const struct json_t *option(const struct config_json *store, const char *key)
{
	const struct json_t *node = store->options;
	char copy[PATH_ROOM], *rest = NULL;

	if (strlen(key) >= sizeof(copy))
		return NULL;
	memcpy(copy, key, strlen(key) + 1);
	for (char *name = strtok_r(copy, ".", &rest); name; name = strtok_r(NULL, ".", &rest))
		node = node_get(node, name);
	return node;
}

/* The value that was given out before if it is the same, so that nothing piles up. */
static const char *give_out(struct config_json *store, struct secret *value)
{
	for (const struct kept *kept = store->kept; kept; kept = kept->next) {
		if (!kept->secret.ptr || kept->secret.len != value->len ||
		    memcmp(kept->secret.ptr, value->ptr, value->len))
			continue;
		secret_free(value);
		return kept->secret.ptr;
	}
	return keep_secret(store, value);
}

static int give_text(struct config_json *store, const char *text, struct idbc_str *out)
{
	struct secret copy = SECRET_INIT;

	if (secret_copy(&copy, text, strlen(text)))
		return -1;
	out->len = copy.len;
	out->ptr = give_out(store, &copy);
	return out->ptr ? 1 : -1;
}

static int resolve_option(struct config_json *store, const char *key, const struct json_t *node,
			  struct idbc_str *out)
{
	struct secret value = SECRET_INIT;
	const char *code;
	char why[400];

	if (!read_resolve(store, node, &value, &code, why, sizeof(why))) {
		if (code)
			note_mistake(store, key, code, why);
		return -1;
	}
	out->len = value.len;
	out->ptr = give_out(store, &value);
	return out->ptr ? 1 : -1;
}

static int wrong_type(struct config_json *store, const char *key, const char *wanted,
		      const struct json_t *got)
{
	char text[100];

	snprintf(text, sizeof(text), "expected %s, got %s", wanted,
		 node_kind_name(node_kind(got)));
	note_mistake(store, key, "wrong-type", text);
	return -1;
}

static int string_option(struct config_json *store, const char *key, struct idbc_str *out)
{
	const struct json_t *node = option(store, key);

	note_asked(store, key);
	if (!node)
		return 0;
	if (read_is_reference(node))
		return resolve_option(store, key, node, out);
	if (!node_str(node, NULL))
		return wrong_type(store, key, "a string", node);
	out->ptr = node_str(node, &out->len);
	return 1;
}

struct json_t *settings_option(const struct config *config, const char *key)
{
	struct config_json *store = config->json;
	const struct json_t *node;

	pthread_mutex_lock(&store->lock);
	note_asked(store, key);
	note_all_asked(store, key);
	node = option(store, key);
	pthread_mutex_unlock(&store->lock);
	return (struct json_t *)node;
}

/* --- one value ------------------------------------------------------------------------ */
int config_setting_str(const struct config *config, const char *key, const char *fallback,
		       struct idbc_str *out)
{
	struct config_json *store = config->json;
	const char *text = fallback;
	int found = 0;

	if (own_setting(key)) {
		found = own_setting_str(config, key, &text);
	} else {
		pthread_mutex_lock(&store->lock);
		found = string_option(store, key, out);
		pthread_mutex_unlock(&store->lock);
		if (found == 1)
			return found;
	}
	out->ptr = text;
	out->len = text ? strlen(text) : 0;
	return found;
}

/* An option of the kind wanted: 1, *node set; 0 absent; -1 of another kind. */
static int plain_option(struct config_json *store, const char *key, enum node_kind kind,
			const char *wanted, const struct json_t **node)
{
	int found;

	pthread_mutex_lock(&store->lock);
	*node = option(store, key);
	note_asked(store, key);
	found = *node != NULL;
	if (found && node_kind(*node) != kind)
		found = wrong_type(store, key, wanted, *node);
	pthread_mutex_unlock(&store->lock);
	return found;
}

int config_setting_i64(const struct config *config, const char *key, int64_t fallback,
		       int64_t *out)
{
	const struct json_t *node;
	int found;

	*out = fallback;
	if (own_setting(key))
		return own_setting_i64(config, key, out);
	found = plain_option(config->json, key, NODE_INT, "an integer", &node);
	if (found == 1)
		*out = node_int(node);
	return found;
}

int config_setting_bool(const struct config *config, const char *key, int fallback, int *out)
{
	const struct json_t *node;
	int found;

	*out = fallback;
	if (own_setting(key))
		return own_setting_bool(config, key, out);
	found = plain_option(config->json, key, NODE_BOOL, "true or false", &node);
	if (found == 1)
		*out = node_true(node);
	return found;
}

int config_setting_path(const struct config *config, const char *key, struct idbc_str *out)
{
	struct config_json *store = config->json;
	struct idbc_str name = { NULL, 0 };
	char *path;
	int found = config_setting_str(config, key, NULL, &name);

	*out = name;
	if (found != 1 || name.ptr[0] == '/')
		return found;
	path = file_beside(store->dir, name.ptr);
	if (!path)
		return -1;
	pthread_mutex_lock(&store->lock);
	found = give_text(store, path, out);
	pthread_mutex_unlock(&store->lock);
	free(path);
	return found;
}

/* --- whole objects -------------------------------------------------------------------- */
static int settle_member(struct config_json *, const char *key, struct json_t *parent,
			 const char *name, size_t i, struct json_t *node);

/* Puts what they stand for in place of the references in `node`, a copy. */
static int settle(struct config_json *store, const char *key, struct json_t *node)
{
	struct node_member member = { NULL, NULL, NULL };
	char path[PATH_ROOM];
	int ok = 1;

	while (node_kind(node) == NODE_OBJECT && node_next(node, &member)) {
		path_join(path, key, member.key);
		ok &= settle_member(store, path, node, member.key, 0, member.value);
	}
	for (size_t i = 0; node_kind(node) == NODE_LIST && i < node_count(node); i++) {
		path_item(path, key, i);
		ok &= settle_member(store, path, node, NULL, i, node_at(node, i));
	}
	return ok;
}

static int settle_member(struct config_json *store, const char *key, struct json_t *parent,
			 const char *name, size_t i, struct json_t *node)
{
	struct idbc_str text;
	int rc;

	if (!read_is_reference(node))
		return settle(store, key, node);
	if (resolve_option(store, key, node, &text) != 1)
		return 0;
	rc = name ? node_put_str(parent, name, text.ptr, text.len)
		  : node_put_at(parent, i, text.ptr, text.len);
	return rc == 0;
}

static int json_option(struct config_json *store, const char *key, struct idbc_str *out)
{
	const struct json_t *node = option(store, key);
	struct json_t *copy;
	char *text = NULL;
	int found = -1;

	note_asked(store, key);
	note_all_asked(store, key);
	if (!node)
		return 0;
	if (read_is_reference(node))
		return resolve_option(store, key, node, out);
	copy = node_copy(node);
	if (copy && settle(store, key, copy)) {
		text = node_text(copy);
		store->nomem |= !text;
	}
	store->nomem |= !copy;
	if (text) {
		found = give_text(store, text, out);
		secret_wipe(text, strlen(text));
	}
	free(text);
	node_free(copy);
	return found;
}

int config_setting_json(const struct config *config, const char *key, struct idbc_str *out)
{
	struct config_json *store = config->json;
	const char *text = NULL;
	int found;

	out->ptr = NULL;
	out->len = 0;
	if (!strcmp(key, "users"))
		text = store->users_text;
	else if (!strcmp(key, "idbc.operations"))
		text = store->operations_text;
	if (text) {
		out->ptr = text;
		out->len = strlen(text);
	}
	if (own_setting(key))
		return text != NULL;
	pthread_mutex_lock(&store->lock);
	found = json_option(store, key, out);
	pthread_mutex_unlock(&store->lock);
	return found;
}

int config_maps_field(const struct config *config, const char *field)
{
	const struct json_t *users = config->json->users, *sql = node_get(users, "sql");
	enum node_kind kind = node_kind(node_get(node_get(users, "profile"), field));

	if (kind != NODE_ABSENT && kind != NODE_NULL)
		return 1;
	return node_get(sql, "login") || node_get(sql, "getUser") ? -1 : 0;
}

int config_has_own_schema(const struct config *config)
{
	return config->json->own_schema;
}

int config_allow_create(struct config *config)
{
	config->json->create = config->json->own_schema;
	return config->json->create;
}

/* --- a secret of the connection --------------------------------------------------------- */
#define SEED_ROOM 2048

static void seed_add(struct secret *seed, const char *bytes, size_t len)
{
	size_t room = SEED_ROOM - seed->len;

	if (len > room)
		len = room;
	if (len)
		memcpy(seed->ptr + seed->len, bytes, len);
	seed->len += len;
}

/* What cannot be had is reported to whoever asks for that option. */
static void seed_value(const struct config_json *store, struct secret *seed,
		       const struct json_t *node)
{
	struct node_member member = { NULL, NULL, NULL };
	struct secret text = SECRET_INIT;
	const char *code;
	char why[400];

	if (node_str(node, NULL) || read_is_reference(node)) {
		if (read_resolve(store, node, &text, &code, why, sizeof(why)))
			seed_add(seed, text.ptr, text.len);
		secret_free(&text);
		return;
	}
	while (node_kind(node) == NODE_OBJECT && node_next(node, &member)) {
		seed_add(seed, member.key, strlen(member.key) + 1);
		seed_value(store, seed, member.value);
	}
	for (size_t i = 0; node_kind(node) == NODE_LIST && i < node_count(node); i++)
		seed_value(store, seed, node_at(node, i));
}

void settings_seed(struct reader *reader, struct idbc_str *out)
{
	struct config_json *store = reader->store;
	const char *name = reader->config->connection;
	struct secret seed = SECRET_INIT;

	if (secret_alloc(&seed, SEED_ROOM)) {
		store->nomem = 1;
		return;
	}
	seed.len = 0;
	seed_add(&seed, name, strlen(name) + 1);
	seed_value(store, &seed, store->options);
	out->len = seed.len;
	out->ptr = keep_secret(store, &seed);
}

/* --- what nobody asked for ------------------------------------------------------------ */
/* Something below `path` was asked for, so `path` is an object that the driver knows. */
static int asked_below(const struct config_json *store, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < store->nasked; i++)
		if (!strncmp(store->asked[i], path, len) && store->asked[i][len] == '.')
			return 1;
	return 0;
}

static const char *nearest_asked(const struct config_json *store, const char *path)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < store->nasked && n < 64; i++)
		if (!strchr(store->asked[i], '*'))
			names[n++] = store->asked[i];
	return text_nearest(path, names, n);
}

static void report(const struct config_json *store, const char *path,
		   struct idbc_findings *findings)
{
	const char *near = nearest_asked(store, path);
	char key[PATH_ROOM];

	path_join(key, "options", path);
	if (near)
		findings_add(findings, IDBC_ERROR, "unknown-key", key, "",
			     "the driver has no such option, did you mean \"%s\"", near);
	else
		findings_add(findings, IDBC_ERROR, "unknown-key", key, "",
			     "the driver has no such option");
}

static void report_unknown(struct config_json *store, const char *parent,
			   const struct json_t *object, struct idbc_findings *findings)
{
	struct node_member member = { NULL, NULL, NULL };
	char path[PATH_ROOM], all[PATH_ROOM + 2];

	while (node_next(object, &member)) {
		path_join(path, parent, member.key);
		snprintf(all, sizeof(all), "%s.*", path);
		if (was_asked(store, path) || was_asked(store, all))
			continue;
		if (node_kind(member.value) == NODE_OBJECT && asked_below(store, path))
			report_unknown(store, path, member.value, findings);
		else
			report(store, path, findings);
	}
}

void config_unknown_options(const struct config *config, struct idbc_findings *findings)
{
	struct config_json *store = config->json;

	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < store->mistakes.n; i++) {
		const struct finding *f = &store->mistakes.items[i];

		findings_add(findings, f->severity, f->code, f->key, f->remedy, "%s", f->text);
	}
	report_unknown(store, "", store->options, findings);
	pthread_mutex_unlock(&store->lock);
}

int config_lacked_memory(const struct config *config)
{
	struct config_json *store = config->json;
	int nomem;

	pthread_mutex_lock(&store->lock);
	nomem = store->nomem;
	pthread_mutex_unlock(&store->lock);
	return nomem;
}
