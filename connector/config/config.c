/* connector/config/config.c - job: open and close a configuration.
 * Threads: one opens, one closes; what lies between is immutable but for settings.c.
 */
#include <stdlib.h>
#include <string.h>
#include <idbc/idbc.h>
#include "base/err.h"
#include "config/doc.h"
#include "config/file.h"
#include "config/keys.h"

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
	config->password.password_bytes = config->password_bytes;
	config->profile.identifier_bytes = config->identifier_bytes;
	store->operations_text = operations_text(config->operations);
	store->users_text = node_text(store->users);
	if (!store->operations_text || !store->users_text)
		store->nomem = 1;
}

static void load(struct reader *reader, const char *path, const char *json)
{
	struct config_json *store = reader->store;

	store->dir = file_folder(path);
	if (!store->dir) {
		store->nomem = 1;
		return;
	}
	store->root = path ? doc_load(reader, "", path)
			   : doc_parse(reader, "", "", json, strlen(json));
	if (store->root)
		keys_read(reader, store->root);
	if (store->users)
		settle(reader);
}

int config_open(const char *path, const char *json, struct finding_list *findings,
		struct config **out, struct idbc_error *err)
{
	struct config *config = config_new();
	struct reader reader = { config, NULL, &findings->sink };
	int rc = IDBC_OK;

	if (!config)
		return err_nomem(err, "config");
	reader.store = config->json;
	load(&reader, path, json);
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
