/* connector/config/keys.h - every key of a configuration file but `options` and `users`,
 * with type, range, default and meaning: what is checked and what is documented are one
 * table.  Threads: constant.
 */
#ifndef CONNECTOR_CONFIG_KEYS_H
#define CONNECTOR_CONFIG_KEYS_H

#include "config/read.h"

enum key_type {
	KEY_STR, KEY_INT, KEY_BOOL, KEY_WORD, KEY_LIST, KEY_OBJECT,
	KEY_OWN,        /* of several types: `range` says which, `read` reads it */
};

struct config_key {
	const char *path;               /* "pool.max" */
	enum key_type type;
	const char *range;              /* of a WORD, or words for the reader of the page */
	int64_t min, max;               /* of an INT */
	const char *fallback;           /* as it would stand in the file; "" = none */
	size_t member;                  /* of struct config; KEY_NO_MEMBER: `read` knows */
	void (*read)(struct reader *, const struct config_key *, const struct json_t *);
	const char *meaning;
};
#define KEY_NO_MEMBER ((size_t)-1)

const struct config_key *config_keys(size_t *n);
const char *config_key_type_name(enum key_type);

/* Defaults into reader->config, then everything in `root`; all mistakes into findings. */
void keys_read(struct reader *, const struct json_t *root);

/* Readers of single keys (top.c); called also when the key is absent, with NULL. */
void top_connection(struct reader *, const struct config_key *, const struct json_t *);
void top_driver(struct reader *, const struct config_key *, const struct json_t *);
void top_options(struct reader *, const struct config_key *, const struct json_t *);
void top_operations(struct reader *, const struct config_key *, const struct json_t *);
void top_intents(struct reader *, const struct config_key *, const struct json_t *);
void top_upgrade(struct reader *, const struct config_key *, const struct json_t *);
void top_dummy_key(struct reader *, const struct config_key *, const struct json_t *);
void top_preferred(struct reader *, const struct config_key *, const struct json_t *);
void top_prefix(struct reader *, const struct config_key *, const struct json_t *);
void top_provider(struct reader *, const struct config_key *, const struct json_t *);
void top_metadata_key(struct reader *, const struct config_key *, const struct json_t *);
void top_throttle(struct reader *, const struct config_key *, const struct json_t *);
void top_unmapped(struct reader *, const struct config_key *, const struct json_t *);
void top_pattern(struct reader *, const struct config_key *, const struct json_t *);
void top_users(struct reader *, const struct config_key *, const struct json_t *);

/* settings.c: an option, asked for with all below it; NULL: absent. */
struct json_t *settings_option(const struct config *, const char *key);
/* Where no key is given, what the processes of a connection share and others do not know. */
void settings_seed(struct reader *, struct idbc_str *out);

/* A target of create, changePassword and upgrade: {"scheme" or "recipe", costs ...}. */
void target_read(struct reader *, const char *path, const struct json_t *);
/* users.password.params; absent is fine. */
void params_read(struct reader *, const struct json_t *);
/* Takes them out of the driver's copy and overwrites them in every document. */
void params_drop(struct reader *, struct json_t *copy);
/* In the order of enum idbc_op_kind. */
#define OPERATION_NAMES "login|getUser|create|verify|changePassword|deleteUser|changeEmail"

#endif
