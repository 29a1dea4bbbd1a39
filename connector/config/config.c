/* connector/config/config.c - job: open and close a configuration.
 * Threads: one opens, one closes; what lies between is immutable but for settings.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <idbc/idbc.h>
#include "base/err.h"
#include "base/siphash.h"
#include "config/doc.h"
#include "config/file.h"
#include "config/keys.h"

#define MOVED_TABLE "idbc_moved"

static struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));
	struct config_json *store = calloc(1, sizeof(*store));

	if (!config || !store || pthread_mutex_init(&store->lock, NULL)) {
		free(config);
		free(store);
		return NULL;
	}
	findings_init(&store->mistakes);
	config->json = store;
	return config;
}

static void kept_free(struct kept *kept)
{
	while (kept) {
		struct kept *next = kept->next;

		secret_free(&kept->secret);
		free(kept);
		kept = next;
	}
}

void config_close(struct config *config)
{
	struct config_json *store;

	if (!config)
		return;
	store = config->json;
	node_free(store->root);
	node_free(store->mapping);
	node_free(store->users);
	kept_free(store->kept);
	findings_free(&store->mistakes);
	free(store->asked);
	free(store->users_text);
	free(store->operations_text);
	free(store->dir);
	free(store->file);
	pthread_mutex_destroy(&store->lock);
	free(store);
	free(config);
}

/* The operations allowed, as the JSON list that drivers get. */
static char *operations_text(uint32_t allowed)
{
	struct json_t *list = node_new_list();
	char *text = NULL;
	int ok = list != NULL;

	for (uint32_t kind = IDBC_LOGIN; ok && kind <= IDBC_CHANGE_EMAIL; kind++)
		if (allowed & (1u << kind))
			ok = node_add_str(list, config_operation_name(kind)) == 0;
	if (ok)
		text = node_text(list);
	node_free(list);
	return text;
}

/* What is put together of several keys, and the texts that drivers get. */
static void settle(struct reader *reader)
{
	struct config *config = reader->config;
	struct config_json *store = reader->store;
	struct idbc_str seed = { NULL, 0 };

	if (!config->password.dummy_key) {
		settings_seed(reader, &seed);
		config->password.dummy_key = seed.ptr;
		config->password.dummy_key_len = seed.len;
	}

	config->dir = store->dir;
	config->file = store->file;
	config->password.password_bytes = config->password_bytes;
	config->profile.identifier_bytes = config->identifier_bytes;
	store->operations_text = operations_text(config->operations);
	store->users_text = node_text(store->users);
	if (!store->operations_text || !store->users_text)
		store->nomem = 1;
}

/* Where a document lies, or itself. */
struct source {
	const char *path, *json;
	struct json_t *node;
	const char *dir;                /* NULL: that of the path, or the current one */
};

static int locate(struct config_json *store, const struct source *from)
{
	const char *slash = from->path ? strrchr(from->path, '/') : NULL;

	store->dir = from->dir ? strdup(from->dir) : file_folder(from->path);
	if (from->path && store->dir)
		store->file = file_beside(store->dir, slash ? slash + 1 : from->path);
	store->nomem |= !store->dir || (from->path && !store->file);
	return store->nomem ? -1 : 0;
}

static void load(struct reader *reader, const struct source *from)
{
	struct config_json *store = reader->store;

	if (locate(store, from))
		return;
	if (from->node)
		store->root = node_share(from->node);
	else
		store->root = from->path ? doc_load(reader, "", from->path)
			: doc_parse(reader, "", "", from->json, strlen(from->json));
	if (store->root)
		keys_read(reader, store->root);
	if (store->users)
		settle(reader);
}

static int open_from(const struct source *from, const char *below,
		     struct finding_list *findings, struct config **out, struct idbc_error *err)
{
	struct config *config = config_new();
	struct reader reader = { config, NULL, &findings->sink, below };
	int rc = IDBC_OK;

	if (!config)
		return err_nomem(err, "config");
	reader.store = config->json;
	load(&reader, from);
	if (reader.store->nomem || findings->failed)
		rc = err_nomem(err, "config");
	else if (reader.store->unusable)
		rc = findings_fail(findings, "config", err);
	if (rc == IDBC_OK)
		*out = config;
	else
		config_close(config);
	return rc;
}

int config_open(const char *path, const char *json, struct finding_list *findings,
		struct config **out, struct idbc_error *err)
{
	const struct source from = { path, json, NULL, NULL };

	return open_from(&from, NULL, findings, out, err);
}

/* --- a connection below another ------------------------------------------------------- */
static int find_below(const struct config *outer, const char *key, struct source *from,
		      struct finding_list *findings, struct idbc_error *err)
{
	struct json_t *node = settings_option(outer, key);
	struct idbc_str path;

	*from = (struct source){ .dir = NULL };
	if (node_kind(node) == NODE_OBJECT && !read_is_reference(node)) {
		from->node = node;
		from->dir = outer->dir;
		return IDBC_OK;
	}
	if (node && config_setting_path(outer, key, &path) == 1) {
		from->path = path.ptr;
		return IDBC_OK;
	}
	findings_add(&findings->sink, IDBC_ERROR, node ? "wrong-type" : "missing-key", "", "",
		     "expected a connection: an object, or the path of its file");
	return findings_fail(findings, "config", err);
}

int config_open_below(const struct config *outer, const char *key, struct finding_list *findings,
		      struct config **out, struct idbc_error *err)
{
	char name[PATH_ROOM];
	struct source from;
	struct idbc_str table;
	int rc = find_below(outer, key, &from, findings, err);

	snprintf(name, sizeof(name), "%s.%s", outer->connection, key);
	if (rc == IDBC_OK)
		rc = open_from(&from, name, findings, out, err);
	if (rc != IDBC_OK)
		return rc;
	(*out)->lower = 1;
	(*out)->moved = MOVED_TABLE;
	if (config_setting_str(outer, "moved", NULL, &table) == 1)
		(*out)->moved = keep_bytes((*out)->json, table.ptr, table.len);
	return (*out)->moved ? IDBC_OK : err_nomem(err, "config");
}

uint32_t config_identity(const struct config *config)
{
	static const unsigned char key[SIPHASH_KEY_BYTES] = "idbc connection";
	const struct config_json *store = config->json;
	char *options = store->options ? node_text(store->options) : strdup("");
	const char *parts[] = { config->connection, config->driver, config->dir,
		store->users_text, options };
	uint64_t id = 0;

	for (size_t i = 0; options && i < sizeof(parts) / sizeof(parts[0]); i++)
		id = id * 31 + siphash(key, parts[i], strlen(parts[i]));
	if (options)
		secret_wipe(options, strlen(options));
	free(options);
	return options ? (uint32_t)(id ^ id >> 32) | 1u : 0;
}
