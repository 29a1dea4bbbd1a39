/* connector/config/own.c - job: the settings of a driver that are the connection's own, not
 * options of the driver's.  Threads: any; nothing here changes after open.
 */
#include <string.h>
#include <idbc/idbc.h>
#include "config/read.h"

static const char *const startup_words[] = { "check", "require", "trust" };

int own_setting(const char *key)
{
	return !strcmp(key, "users") || !strncmp(key, "idbc.", 5);
}

int own_setting_str(const struct config *config, const char *key, const char **text)
{
	if (!strcmp(key, "idbc.connection"))
		*text = config->connection;
	else if (!strcmp(key, "idbc.startup"))
		*text = startup_words[config->startup];
	else if (!strcmp(key, "idbc.moved") && config->moved)
		*text = config->moved;
	else if (!strcmp(key, "idbc.profile.unmapped"))
		*text = config->json->unmapped ? "ignore" : "refuse";
	else if (!strcmp(key, "idbc.delete.intents") && config->intents_table)
		*text = config->intents_table;
	else
		return 0;
	return 1;
}

/* The kind of identifier that `key` names after `prefix`; -1: none. */
static int own_identifier(const char *key, const char *prefix)
{
	static const char *const fields[] = { NULL, "user_id", "email", "username", "phone_number" };
	size_t len = strlen(prefix);

	for (int by = IDBC_BY_USER_ID; !strncmp(key, prefix, len) && by <= IDBC_BY_PHONE; by++)
		if (!strcmp(key + len, fields[by]))
			return by;
	return -1;
}

static int own_fold(const struct config *config, const char *key, int64_t *out)
{
	int by = own_identifier(key, "idbc.fold.");

	if (by >= 0)
		*out = config->lookup.fold[by];
	return by >= 0;
}

int own_setting_i64(const struct config *config, const char *key, int64_t *out)
{
	uint32_t value = 0;

	if (own_fold(config, key, out))
		return 1;
	if (!strcmp(key, "idbc.timeout_ms"))
		value = config->timeout_ms;
	else if (!strcmp(key, "idbc.password.width"))
		value = config->password_width;
	else if (!strcmp(key, "idbc.password.salt_width"))
		value = config->salt_width;
	if (value)
		*out = value;
	return value != 0;
}

static int own_login(const struct config *config, const char *key, int *out)
{
	int by = own_identifier(key, "idbc.login.");

	if (by < 0)
		return 0;
	*out = 0;
	for (uint32_t i = 0; i < config->lookup.nlogin; i++)
		*out |= config->lookup.login_by[i] == (uint32_t)by;
	return 1;
}

int own_setting_bool(const struct config *config, const char *key, int *out)
{
	if (own_login(config, key, out))
		return 1;
	if (!strcmp(key, "idbc.create"))
		*out = config->json->create;
	else if (!strcmp(key, "idbc.password.upgrade"))
		*out = config->password_upgrade;
	else if (!strcmp(key, "idbc.lower"))
		*out = config->lower;
	else if (!strcmp(key, "idbc.delete.reuse_ids"))
		*out = config->reuse_ids != 0;
	else if (!strcmp(key, "idbc.delete.allow_nontransactional"))
		*out = config->allow_nontransactional != 0;
	else
		return 0;
	return 1;
}
