/* connector/config/top.c - job: keys of the file itself that are more than a number or a
 * word: names, operations, the preferred scheme, rules for profiles.
 * Threads: one, while a configuration is being opened; no lock.
 */
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <idbc/idbc.h>
#include "base/text.h"
#include "config/keys.h"

#define NAME_MAX_BYTES 128
#define DUMMY_KEY_MIN  16
#define TABLE_MAX_BYTES 64

/* 1 if `node` is a name: not empty, not long, no control characters. */
static int read_name(struct reader *reader, const char *path, const struct json_t *node,
		     const char **out)
{
	const char *name;

	if (!read_cstr(reader, path, node, &name))
		return 0;
	if (!name[0] || strlen(name) > NAME_MAX_BYTES) {
		read_mistake(reader, "out-of-range", path, "expected 1 to %d bytes, got %zu",
			     NAME_MAX_BYTES, strlen(name));
		return 0;
	}
	if (text_has_control(name, strlen(name))) {
		read_mistake(reader, "bad-value", path, "has control characters");
		return 0;
	}
	*out = name;
	return 1;
}

void top_connection(struct reader *reader, const struct config_key *key,
		    const struct json_t *node)
{
	const char *below = reader->below;

	if (!node && below)
		below = keep_bytes(reader->store, below, strlen(below));
	reader->config->connection = !node && below ? below : "";
	if (!node && !reader->below)
		read_mistake(reader, "missing-key", key->path, "expected a name");
	read_name(reader, key->path, node, &reader->config->connection);
}

void top_driver(struct reader *reader, const struct config_key *key, const struct json_t *node)
{
	const char *name;

	reader->config->driver = "";
	if (!node)
		read_mistake(reader, "missing-key", key->path,
			     "expected a driver's name or absolute path");
	if (!read_cstr(reader, key->path, node, &name))
		reader->store->unusable = 1;
	else if (!*name)
		read_mistake(reader, "bad-value", key->path,
			     "expected a driver's name or absolute path, got nothing");
	else
		reader->config->driver = name;
	if (!reader->config->driver[0])
		reader->store->unusable = 1;
}

void top_options(struct reader *reader, const struct config_key *key,
		 const struct json_t *node)
{
	if (read_object(reader, key->path, node))
		reader->store->options = node_get(reader->store->root, "options");
}

/* --- operations ----------------------------------------------------------------------- */
const char *config_operation_name(uint32_t kind)
{
	static const char *const names[] = { [IDBC_LOGIN] = "login", [IDBC_GET_USER] = "getUser",
		[IDBC_CREATE] = "create", [IDBC_VERIFY] = "verify",
		[IDBC_CHANGE_PASSWORD] = "changePassword", [IDBC_DELETE_USER] = "deleteUser",
		[IDBC_CHANGE_EMAIL] = "changeEmail" };

	return names[kind];
}

void top_operations(struct reader *reader, const struct config_key *key,
		    const struct json_t *node)
{
	uint32_t all = (2u << IDBC_CHANGE_EMAIL) - (1u << IDBC_LOGIN), some = 0, place;
	char path[PATH_ROOM];

	reader->config->operations = all;
	if (!node)
		return;
	if (node_kind(node) != NODE_LIST) {
		read_wrong_type(reader, key->path, "a list of operations", node);
		return;
	}
	for (size_t i = 0; i < node_count(node); i++) {
		path_item(path, key->path, i);
		if (read_word(reader, path, node_at(node, i), OPERATION_NAMES, &place))
			some |= 1u << (IDBC_LOGIN + place);
	}
	if (!node_count(node))
		read_mistake(reader, "bad-value", key->path, "names no operation");
	if (some)
		reader->config->operations = some;
}

/* What a driver may quote: letters, digits, '_', '$', '-', blanks inside, bytes beyond ASCII. */
static int is_table_part(const char *part, size_t len)
{
	if (!len || len > TABLE_MAX_BYTES || part[0] == ' ' || part[len - 1] == ' ')
		return 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)part[i];

		if (c < 0x80 && !isalnum(c) && !strchr("_$- ", c))
			return 0;
	}
	return !text_has_control(part, len);
}

static int is_table(const char *name)
{
	const char *dot = strchr(name, '.');

	if (!dot)
		return is_table_part(name, strlen(name));
	return is_table_part(name, (size_t)(dot - name)) &&
	       is_table_part(dot + 1, strlen(dot + 1));
}

void top_intents(struct reader *reader, const struct config_key *key,
		 const struct json_t *node)
{
	const char *name;

	reader->config->intents = INTENTS_NONE;
	if (!read_cstr(reader, key->path, node, &name))
		return;
	if (!strcmp(name, "off")) {
		reader->config->intents = INTENTS_OFF;
	} else if (is_table(name)) {
		reader->config->intents = INTENTS_TABLE;
		reader->config->intents_table = name;
	} else {
		read_mistake(reader, "bad-identifier", key->path,
			     "expected \"off\" or the name of a table");
	}
}

/* --- password ------------------------------------------------------------------------- */
void top_upgrade(struct reader *reader, const struct config_key *key,
		 const struct json_t *node)
{
	int *upgrade = &reader->config->password.upgrade;
	const char *word = node_str(node, NULL);

	*upgrade = 1;
	if (node_kind(node) == NODE_BOOL)
		*upgrade = node_true(node);
	else if (word && !strcmp(word, "dry-run"))
		*upgrade = 2;
	else if (node)
		read_mistake(reader, "wrong-type", key->path, "expected %s", key->range);
}

void top_dummy_key(struct reader *reader, const struct config_key *key,
		   const struct json_t *node)
{
	struct password_rules *rules = &reader->config->password;
	struct idbc_str text;

	if (!read_string(reader, key->path, node, &text))
		return;
	if (text.len < DUMMY_KEY_MIN)
		read_mistake(reader, "out-of-range", key->path, "expected at least %d bytes",
			     DUMMY_KEY_MIN);
	rules->dummy_key = text.ptr;
	rules->dummy_key_len = text.len;
}

void top_preferred(struct reader *reader, const struct config_key *key,
		   const struct json_t *node)
{
	static const struct password_cost costs[] = {
		{ "memory_kib", 19456 }, { "iterations", 2 }, { "parallelism", 1 },
	};
	struct password_target *target = &reader->config->password.target;

	target->key = key->path;
	target->scheme = key->fallback;
	target->costs = costs;
	target->ncosts = sizeof(costs) / sizeof(costs[0]);
	if (read_object(reader, key->path, node))
		target_read(reader, key->path, node);
}

/* --- profile -------------------------------------------------------------------------- */
static const char *without_blanks(struct reader *reader, const char *name)
{
	char *out = keep_room(reader->store, strlen(name) + 1);
	size_t n = 0;

	for (; out && *name; name++)
		if (!strchr(" \t\n\r\v\f", *name))
			out[n++] = *name;
	return out;
}

void top_prefix(struct reader *reader, const struct config_key *key, const struct json_t *node)
{
	const char *prefix = reader->config->connection;
	const char *given;

	if (read_cstr(reader, key->path, node, &given)) {
		prefix = given;
		if (strlen(given) > NAME_MAX_BYTES || text_has_control(given, strlen(given)))
			read_mistake(reader, "bad-value", key->path,
				     "expected at most %d bytes without control characters",
				     NAME_MAX_BYTES);
	}
	reader->config->profile.connection = reader->config->connection;
	/* A stack has one prefix, the outermost's. */
	reader->config->profile.prefix = reader->below ? "" : without_blanks(reader, prefix);
}

/* "mysql" of "mysql" and of "/usr/lib/idbc/drivers/mysql.so". */
static const char *driver_base(struct reader *reader, const char *driver)
{
	const char *slash = strrchr(driver, '/');
	const char *base = slash ? slash + 1 : driver;
	const char *dot = strstr(base, ".so");

	return keep_bytes(reader->store, base, dot ? (size_t)(dot - base) : strlen(base));
}

void top_provider(struct reader *reader, const struct config_key *key,
		  const struct json_t *node)
{
	reader->config->profile.provider = driver_base(reader, reader->config->driver);
	read_name(reader, key->path, node, &reader->config->profile.provider);
}

void top_metadata_key(struct reader *reader, const struct config_key *key,
		      const struct json_t *node)
{
	uint32_t place = 0;

	read_word(reader, key->path, node, key->range, &place);
	reader->config->profile.metadata_key = place ? "metadata" : "app_metadata";
}

void top_throttle(struct reader *reader, const struct config_key *key,
		  const struct json_t *node)
{
	struct guess_rules *rules = &reader->config->throttle;

	(void)key;
	rules->throttled = node_kind(node) == NODE_OBJECT;
	if (!rules->throttled)
		rules->per_identifier = rules->per_client = 0;
}

void top_unmapped(struct reader *reader, const struct config_key *key,
		  const struct json_t *node)
{
	read_word(reader, key->path, node, key->range, &reader->store->unmapped);
}

void top_pattern(struct reader *reader, const struct config_key *key,
		 const struct json_t *node)
{
	const char *pattern;
	regex_t compiled;
	int rc;

	if (!read_cstr(reader, key->path, node, &pattern))
		return;
	rc = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
	if (rc) {
		read_mistake(reader, "bad-value", key->path,
			     "not a POSIX extended regular expression");
		return;
	}
	regfree(&compiled);
	reader->config->profile.username_pattern = pattern;
}
