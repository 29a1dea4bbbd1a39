/* connector/config/params.c - users.password.params: what the application has in its settings
 * and its schemes need: texts, numbers, and keys by their id under "secrets".
 * Threads: one, while a configuration is being opened; no lock.
 */
#include <string.h>
#include "config/keys.h"

static const char *const names[] = {
	"pepper", "sitekey", "realm", "stretches", "iterations", "keylen", "digest", "memCost",
	"rounds", "saltSeparator", "signerKey", "secrets",
};
#define NAMES   (sizeof(names) / sizeof(names[0]))
#define DIGESTS "md5|sha1|sha256|sha384|sha512"

/* Those that are numbers, with the highest that a scheme takes; the others are texts. */
static const struct { const char *name; int64_t max; } numbers[] = {
	{ "stretches", 10000000 }, { "iterations", UINT32_MAX }, { "keylen", 512 },
	{ "memCost", 62 }, { "rounds", UINT32_MAX },
};

/* Where the parameters found go. */
struct list {
	struct password_param *at;
	size_t n;
};

static int is_known(const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (!strcmp(names[i], name))
			return 1;
	return 0;
}

static int64_t highest(const char *name)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(numbers[i].name, name))
			return numbers[i].max;
	return 0;
}

static int read_number(struct reader *reader, const char *path, const struct json_t *node,
		       int64_t max, uint64_t *out)
{
	int64_t number;

	if (!read_int(reader, path, node, 1, max, &number))
		return 0;
	*out = (uint64_t)number;
	return 1;
}

static int read_text(struct reader *reader, const char *path, const char *name,
		     struct json_t *node, struct password_param *out)
{
	struct idbc_str text;
	uint32_t place;

	if (!strcmp(name, "digest") && !read_word(reader, path, node, DIGESTS, &place))
		return 0;
	if (!read_key(reader, path, node, &text))
		return 0;
	out->text = text.ptr;
	out->text_len = text.len;
	return 1;
}

static void read_one(struct reader *reader, const char *path, const char *group,
		     const struct node_member *member, struct list *list)
{
	struct password_param param = { .group = group };
	int64_t max = group ? 0 : highest(member->key);

	if (max ? !read_number(reader, path, member->value, max, &param.number)
		: !read_text(reader, path, member->key, member->value, &param))
		return;
	param.name = keep_bytes(reader->store, member->key, strlen(member->key));
	if (param.name)
		list->at[list->n++] = param;
}

static void read_group(struct reader *reader, const char *path, const char *group,
		       const struct json_t *node, struct list *list)
{
	struct node_member member = { NULL, NULL, NULL };
	char key[PATH_ROOM];

	if (!read_object(reader, path, node))
		return;
	while (node_next(node, &member)) {
		path_join(key, path, member.key);
		read_one(reader, key, group, &member, list);
	}
}

static void wipe_below(const struct json_t *node)
{
	struct node_member member = { NULL, NULL, NULL };

	while (node_next(node, &member)) {
		if (node_kind(member.value) == NODE_OBJECT)
			wipe_below(member.value);
		else
			node_wipe(member.value);
	}
}

void params_drop(struct reader *reader, struct json_t *copy)
{
	const struct json_t *users = node_get(reader->store->root, "users");
	struct json_t *password = node_get(copy, "password");

	wipe_below(node_get(node_get(users, "password"), "params"));
	wipe_below(node_get(password, "params"));
	node_remove(password, "params");
}

void params_read(struct reader *reader, const struct json_t *node)
{
	static const char path[] = "users.password.params";
	struct node_member member = { NULL, NULL, NULL };
	size_t room = node_count(node) + node_count(node_get(node, "secrets")) + 1;
	struct list list = { NULL, 0 };
	char key[PATH_ROOM];

	if (!read_object(reader, path, node))
		return;
	list.at = keep_room(reader->store, room * sizeof(*list.at));
	while (list.at && node_next(node, &member)) {
		path_join(key, path, member.key);
		if (!is_known(member.key))
			read_unknown(reader, "unknown-key", key, member.key, names, NAMES);
		else if (strcmp(member.key, "secrets"))
			read_one(reader, key, NULL, &member, &list);
		else
			read_group(reader, key, "secrets", member.value, &list);
	}
	reader->config->password.params = list.at;
	reader->config->password.nparams = list.n;
}
