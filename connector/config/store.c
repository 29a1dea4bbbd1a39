/* connector/config/store.c - job: what a configuration says of the store itself, for whoever has
 * two of them: is it one and the same table, and may its users keep ids that are given?
 * Threads: any; the documents never change.
 */
#include <string.h>
#include "base/siphash.h"
#include "config/config.h"
#include "config/read.h"

static const unsigned char key[SIPHASH_KEY_BYTES] = "idbc one store?";

static uint64_t mix(uint64_t id, const char *bytes, size_t len)
{
	return (id ^ siphash(key, bytes, len)) * UINT64_C(0x100000001b3);
}

/* Whoever is let in, and how he is sure of it, it is the same store. */
static int tells_the_store(const char *name)
{
	static const char *const others[] = { "user", "password", "tls", "connect_timeout_ms" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i], name))
			return 0;
	return 1;
}

static uint64_t mix_text(const struct config_json *store, uint64_t id, const struct json_t *node,
			 int *ok)
{
	struct secret text = SECRET_INIT;
	const char *code;
	char why[400];

	if (read_resolve(store, node, &text, &code, why, sizeof(why)))
		id = mix(id, text.ptr, text.len);
	else
		*ok = 0;
	secret_free(&text);
	return id;
}

/* The order of members says nothing. */
static uint64_t mix_node(const struct config_json *store, uint64_t id, const struct json_t *node,
			 int *ok)
{
	struct node_member member = { NULL, NULL, NULL };
	uint64_t sum = 0;
	int64_t number;

	if (node_str(node, NULL) || read_is_reference(node))
		return mix_text(store, id, node, ok);
	while (node_kind(node) == NODE_OBJECT && node_next(node, &member))
		if (tells_the_store(member.key))
			sum += mix_node(store, mix(1, member.key, strlen(member.key)), member.value, ok);
	for (size_t i = 0; node_kind(node) == NODE_LIST && i < node_count(node); i++)
		sum = mix_node(store, sum + i, node_at(node, i), ok);
	number = node_kind(node) == NODE_INT ? node_int(node) : node_true(node);
	return mix(id ^ sum, (const char *)&number, sizeof(number));
}

uint64_t config_store(const struct config *config)
{
	const struct config_json *store = config->json;
	const char *table = node_str(node_get(node_get(store->users, "user"), "table"), NULL);
	const char *parts[] = { config->driver, config->dir, table };
	uint64_t id = 0;
	int ok = table && node_count(store->options) > 0;

	for (size_t i = 0; ok && i < sizeof(parts) / sizeof(parts[0]); i++)
		id = mix(id, parts[i], strlen(parts[i]));
	id = mix_node(store, id, store->options, &ok);
	return ok ? id | 1u : 0;
}

int config_takes_ids(const struct config *config)
{
	const struct json_t *users = config->json->users, *user = node_get(users, "user");
	const char *id = node_str(node_get(user, "id"), NULL);

	if (!node_get(user, "table") || node_get(node_get(users, "sql"), "create"))
		return 1;
	return id && !strncmp(id, "$given", 6);
}
