/* connector/config/keys.c - job: the table of keys, and the walk over a file by it.
 * Threads: one, while a configuration is being opened; the table is constant.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config/keys.h"

#define NAMES_MAX 24            /* keys of one object */

#define IN(member)  offsetof(struct config, member)
#define LIMIT(name) IN(password.limits.name)
#define OWN         KEY_NO_MEMBER
#define DAY_MS      86400000

static const struct config_key keys[] = {
	{ "idbc", KEY_INT, NULL, 1, 1, "", OWN, NULL,
	  "version of this file's form; required" },
	{ "connection", KEY_STR, NULL, 0, 0, "", IN(connection), top_connection,
	  "name of the connection, at most 128 bytes; required" },
	{ "driver", KEY_STR, NULL, 0, 0, "", IN(driver), top_driver,
	  "bare name or absolute path of the driver; required" },
	{ "options", KEY_OWN, "object", 0, 0, "{}", OWN, top_options,
	  "options of the driver" },
	{ "timeout_ms", KEY_INT, NULL, 1, 3600000, "20000", IN(timeout_ms), NULL,
	  "deadline of an operation" },
	{ "startup", KEY_WORD, "check|require|trust", 0, 0, "check", IN(startup), NULL,
	  "what open does about the store: check it if it is there, require it, trust it" },
	{ "operations", KEY_LIST, OPERATION_NAMES, 0, 0, "", IN(operations), top_operations,
	  "the operations that this connection does; all if absent" },

	{ "pool", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL, "sessions to the store" },
	{ "pool.max", KEY_INT, NULL, 1, 1024, "8", IN(pool_max), NULL,
	  "sessions open at once" },
	{ "pool.idle_ms", KEY_INT, NULL, 1, DAY_MS, "300000", IN(pool_idle_ms), NULL,
	  "a session unused for so long is closed" },
	{ "pool.max_age_ms", KEY_INT, NULL, 1, DAY_MS, "1200000", IN(pool_max_age_ms), NULL,
	  "a session this old is replaced" },

	{ "async", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL, "asynchronous calls" },
	{ "async.workers", KEY_INT, NULL, 1, 1024, "4", IN(async_workers), NULL,
	  "threads that run submitted calls" },
	{ "async.queue", KEY_INT, NULL, 1, 1000000, "256", IN(async_queue), NULL,
	  "submitted calls that may wait; one more is BUSY" },

	{ "password", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL, "hashing" },
	{ "password.upgrade", KEY_OWN, "true, false or \"dry-run\"", 0, 0, "true", OWN,
	  top_upgrade, "whether a login re-hashes a weak or cheap password" },
	{ "password.preferred", KEY_OWN, "object", 0, 0, "argon2/argon2id-v19", OWN,
	  top_preferred, "what new passwords are hashed with: scheme and its costs" },
	{ "password.memory_mib", KEY_INT, NULL, 1, 1048576, "256", IN(password.memory_mib), NULL,
	  "memory that hashes hold together; one that needs more is above the ceiling" },
	{ "password.concurrency", KEY_INT, NULL, 0, 1024, "0", IN(password.concurrency), NULL,
	  "hashes that run at once; 0: as many as cores, twice as many of less than 4 ms" },
	{ "password.dummy_key", KEY_OWN, "secret text of 16 bytes or more", 0, 0, "", OWN,
	  top_dummy_key,
	  "chooses the work done for unknown users; of name and options if absent" },
	{ "password.limits", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "what a stored form may cost" },
	{ "password.limits.stored_bytes", KEY_INT, NULL, 64, 65536, "4096",
	  LIMIT(stored_bytes), NULL, "longest stored form that is read" },
	{ "password.limits.argon2", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "ceilings of argon2" },
	{ "password.limits.argon2.memory_kib", KEY_INT, NULL, 8, 4194304, "262144",
	  LIMIT(argon2_memory_kib), NULL, "memory" },
	{ "password.limits.argon2.iterations", KEY_INT, NULL, 1, 1000000, "64",
	  LIMIT(argon2_iterations), NULL, "passes" },
	{ "password.limits.argon2.parallelism", KEY_INT, NULL, 1, 1024, "64",
	  LIMIT(argon2_parallelism), NULL, "lanes" },
	{ "password.limits.argon2.work_kib", KEY_INT, NULL, 8, 4294967295, "4194304",
	  LIMIT(argon2_work_kib), NULL, "memory times passes" },
	{ "password.limits.bcrypt", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "ceiling of bcrypt" },
	{ "password.limits.bcrypt.cost", KEY_INT, NULL, 4, 31, "15",
	  LIMIT(bcrypt_cost), NULL, "the two digits of the stored form" },
	{ "password.limits.scrypt", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "ceilings of scrypt and yescrypt" },
	{ "password.limits.scrypt.memory_kib", KEY_INT, NULL, 1, 4194304, "262144",
	  LIMIT(scrypt_memory_kib), NULL, "128 times N, r and p, of yescrypt too" },
	{ "password.limits.scrypt.parallelism", KEY_INT, NULL, 1, 1024, "16",
	  LIMIT(scrypt_parallelism), NULL, "p" },
	{ "password.limits.pbkdf2", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "ceiling of PBKDF2" },
	{ "password.limits.pbkdf2.iterations", KEY_INT, NULL, 1, 2147483647, "10000000",
	  LIMIT(pbkdf2_iterations), NULL, "iterations, times the blocks derived" },
	{ "password.limits.shacrypt", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "ceiling of SHA-crypt" },
	{ "password.limits.shacrypt.rounds", KEY_INT, NULL, 1000, 999999999, "5000000",
	  LIMIT(shacrypt_rounds), NULL, "rounds of $5$, $6$ and MySQL's $A$" },
	{ "password.limits.phpass", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "ceiling of phpass" },
	{ "password.limits.phpass.log2", KEY_INT, NULL, 7, 30, "22",
	  LIMIT(phpass_log2), NULL, "binary logarithm of the rounds" },
	{ "password.limits.drupal", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "ceiling of Drupal's phpass" },
	{ "password.limits.drupal.log2", KEY_INT, NULL, 7, 30, "20",
	  LIMIT(drupal_log2), NULL, "binary logarithm of the rounds" },
	{ "password.limits.old", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL,
	  "ceiling of bsdi, sunmd5, sha1crypt and their like" },
	{ "password.limits.old.rounds", KEY_INT, NULL, 1, 4294967295, "1000000",
	  LIMIT(old_rounds), NULL, "rounds of all other slow forms" },
	{ "password.limits.est_ms", KEY_INT, NULL, 1, 3600000, "3000",
	  LIMIT(est_ms), NULL, "milliseconds of any form, by our estimate" },

	{ "delete", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL, "deleteUser" },
	{ "delete.intents", KEY_OWN, "\"off\", or a table such as \"idbc_intents\"", 0, 0, "",
	  IN(intents), top_intents,
	  "table where deletes under way stand; \"off\": a profile is removed before the commit" },
	{ "delete.lease_ms", KEY_INT, NULL, 100, DAY_MS, "30000", IN(lease_ms), NULL,
	  "a delete under way for longer is finished by others; never less than its time-out" },
	{ "delete.profile_store", KEY_WORD, "optional|required", 0, 0, "optional",
	  IN(profile_store_required), NULL,
	  "whether a delete needs a registered profile store" },
	{ "delete.reuse_ids", KEY_BOOL, NULL, 0, 0, "false", IN(reuse_ids), NULL,
	  "create may give the id of a user who was deleted to another" },
	{ "delete.allow_nontransactional", KEY_BOOL, NULL, 0, 0, "false",
	  IN(allow_nontransactional), NULL,
	  "delete from tables without transactions, where a failure leaves half a user" },

	{ "profile", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL, "profiles" },
	{ "profile.user_id_prefix", KEY_STR, NULL, 0, 0, "", IN(profile.prefix), top_prefix,
	  "what stands before the | of a user_id; the connection's name if absent" },
	{ "profile.provider", KEY_STR, NULL, 0, 0, "", IN(profile.provider), top_provider,
	  "provider of the first identity; the driver's name if absent" },
	{ "profile.metadata_key", KEY_WORD, "app_metadata|metadata", 0, 0, "app_metadata",
	  IN(profile.metadata_key), top_metadata_key, "name of app_metadata in profiles" },
	{ "profile.unmapped", KEY_WORD, "refuse|ignore", 0, 0, "refuse", OWN, top_unmapped,
	  "what create does with a field that no column is mapped for" },
	{ "profile.username", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL, "user names written" },
	{ "profile.username.pattern", KEY_STR, NULL, 0, 0, "", IN(profile.username_pattern),
	  top_pattern, "POSIX extended regular expression" },
	{ "profile.username.max", KEY_INT, NULL, 1, 1024, "128", IN(profile.username_max), NULL,
	  "characters" },

	{ "throttle", KEY_OBJECT, NULL, 0, 0, "", OWN, top_throttle,
	  "limits of failed logins; no limits if absent" },
	{ "throttle.per_identifier", KEY_INT, NULL, 0, 1000000, "20",
	  IN(throttle.per_identifier), NULL, "failures for one identifier; 0: no limit" },
	{ "throttle.per_client", KEY_INT, NULL, 0, 1000000, "100", IN(throttle.per_client), NULL,
	  "failures from one client address, IPv6 by /64; 0: no limit" },
	{ "throttle.window_s", KEY_INT, NULL, 1, 86400, "60", IN(throttle.window_s), NULL,
	  "seconds that they count for, from the first of them" },

	{ "limits", KEY_OBJECT, NULL, 0, 0, "", OWN, NULL, "lengths of what is asked" },
	{ "limits.identifier_bytes", KEY_INT, NULL, 1, 1024, "1024", IN(identifier_bytes), NULL,
	  "longest identifier" },
	{ "limits.password_bytes", KEY_INT, NULL, 1, 4096, "4096", IN(password_bytes), NULL,
	  "longest password" },

	{ "users", KEY_OWN, "object, or path of a file", 0, 0, "", OWN, top_users,
	  "the mapping; our own schema if absent" },
};
#define NKEYS (sizeof(keys) / sizeof(keys[0]))

const struct config_key *config_keys(size_t *n)
{
	*n = NKEYS;
	return keys;
}

const char *config_key_type_name(enum key_type type)
{
	static const char *const names[] = {
		[KEY_STR] = "string", [KEY_INT] = "integer", [KEY_BOOL] = "true or false",
		[KEY_WORD] = "word", [KEY_LIST] = "list", [KEY_OBJECT] = "object",
		[KEY_OWN] = "see range",
	};

	return names[type];
}

static uint32_t *member_u32(struct reader *reader, const struct config_key *key)
{
	return (uint32_t *)((char *)reader->config + key->member);
}

static uint32_t word_place(const char *words, const char *word)
{
	uint32_t place = 0;
	size_t len = strlen(word);

	for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
		if (!strncmp(at, word, len) && (at[len] == '|' || !at[len]))
			return place;
		place++;
	}
	return 0;
}

static void set_fallbacks(struct reader *reader)
{
	for (const struct config_key *key = keys; key < keys + NKEYS; key++) {
		if (key->member == KEY_NO_MEMBER || key->read)
			continue;
		if (key->type == KEY_INT)
			*member_u32(reader, key) = (uint32_t)strtoul(key->fallback, NULL, 10);
		else if (key->type == KEY_WORD)
			*member_u32(reader, key) = word_place(key->range, key->fallback);
		else if (key->type == KEY_BOOL)
			*member_u32(reader, key) = !strcmp(key->fallback, "true");
	}
}

/* Is `path` a key of the object `parent` itself; returns its own name, or NULL. */
static const char *own_name(const char *path, const char *parent)
{
	size_t len = strlen(parent);

	if (len && (strncmp(path, parent, len) || path[len] != '.'))
		return NULL;
	path += len ? len + 1 : 0;
	return strchr(path, '.') ? NULL : path;
}

static void unknown_key(struct reader *reader, const char *parent, const char *path,
			const char *name)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < NKEYS && n < NAMES_MAX; i++) {
		names[n] = own_name(keys[i].path, parent);
		n += names[n] != NULL;
	}
	read_unknown(reader, "unknown-key", path, name, names, n);
}

static const struct config_key *find_key(const char *path)
{
	for (size_t i = 0; i < NKEYS; i++)
		if (!strcmp(keys[i].path, path))
			return &keys[i];
	return NULL;
}

/* A key that holds a plain value goes straight into its member. */
static void read_plain(struct reader *reader, const struct config_key *key,
		       const struct json_t *node)
{
	int64_t number;
	uint32_t word;

	switch (key->type) {
	case KEY_INT:
		if (read_int(reader, key->path, node, key->min, key->max, &number) &&
		    key->member != KEY_NO_MEMBER)
			*member_u32(reader, key) = (uint32_t)number;
		break;
	case KEY_WORD:
		if (read_word(reader, key->path, node, key->range, &word))
			*member_u32(reader, key) = word;
		break;
	case KEY_BOOL:
		read_bool(reader, key->path, node, member_u32(reader, key));
		break;
	default:
		break;
	}
}

/* What stands in an object: known, or a mistake; objects are gone into. */
static void walk(struct reader *reader, const char *parent, const struct json_t *object)
{
	struct node_member member = { NULL, NULL, NULL };
	char path[PATH_ROOM];

	while (node_next(object, &member)) {
		const struct config_key *key;

		path_join(path, parent, member.key);
		key = strchr(member.key, '.') ? NULL : find_key(path);
		if (!key)
			unknown_key(reader, parent, path, member.key);
		else if (key->type != KEY_OBJECT)
			read_plain(reader, key, key->read ? NULL : member.value);
		else if (read_object(reader, path, member.value))
			walk(reader, path, member.value);
	}
}

/* The value at a dotted path of known keys, or NULL. */
static const struct json_t *value_at(const struct json_t *root, const char *path)
{
	const struct json_t *node = root;
	char copy[PATH_ROOM], *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = strtok_r(copy, ".", &rest); name; name = strtok_r(NULL, ".", &rest))
		node = node_get(node, name);
	return node;
}

static void missing_version(struct reader *reader, const struct json_t *root)
{
	if (!node_get(root, "idbc") && !(reader->below && !reader->store->file))
		read_mistake(reader, "missing-key", "idbc", "expected 1");
}

/* Keys with readers of their own come in the order of the table: each may look at what
 * the ones before it have left in the struct config. */
void keys_read(struct reader *reader, const struct json_t *root)
{
	set_fallbacks(reader);
	missing_version(reader, root);
	walk(reader, "", root);
	for (const struct config_key *key = keys; key < keys + NKEYS; key++)
		if (key->read)
			key->read(reader, key, value_at(root, key->path));
}
