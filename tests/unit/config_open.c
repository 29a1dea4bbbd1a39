/* tests/unit/config_open.c - configurations: defaults, every kind of mistake, all in one
 * go, and what the connector reads of the mapping.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <idbc/idbc.h>
#include "base/err.h"
#include "config/doc.h"
#include "config/keys.h"
#include "password/gate/limits.h"
#include "unit.h"

#define HEAD "{\"idbc\":1,\"connection\":\"my shop\",\"driver\":\"odbc\""
#define USERS ",\"users\":{\"login\":{\"by\":[\"email\"]}}"

static struct finding_list found;
static struct idbc_error err;

static struct config *open_text(const char *json)
{
	struct config *config = NULL;
	int rc;

	err_clear(&err);
	findings_init(&found);
	rc = config_open(NULL, json, &found, &config, &err);
	CU_ASSERT(rc == IDBC_OK || rc == IDBC_CONFIG);
	CU_ASSERT((rc == IDBC_OK) == (config != NULL));
	return config;
}

static void done(struct config *config)
{
	config_close(config);
	findings_free(&found);
}

static const struct finding *has(const char *code, const char *key)
{
	for (size_t i = 0; i < found.n; i++)
		if (!strcmp(found.items[i].code, code) && !strcmp(found.items[i].key, key))
			return &found.items[i];
	fprintf(stderr, "no finding %s at %s among %zu:\n", code, key, found.n);
	for (size_t i = 0; i < found.n; i++)
		fprintf(stderr, "  %s %s: %s\n", found.items[i].code, found.items[i].key,
			found.items[i].text);
	return NULL;
}

/* One mistake, and it alone. */
static void wrong(const char *json, const char *code, const char *key)
{
	struct config *config = open_text(json);

	CU_ASSERT_EQUAL(found.n, 1);
	CU_ASSERT_PTR_NOT_NULL(has(code, key));
	CU_ASSERT_EQUAL(findings_errors(&found), found.n);
	done(config);
}

static void wrong_text(const char *json, const char *code, const char *key, const char *part)
{
	struct config *config = open_text(json);
	const struct finding *f = has(code, key);

	CU_ASSERT(f && strstr(f->text, part));
	if (f && !strstr(f->text, part))
		fprintf(stderr, "\"%s\" is not in \"%s\"\n", part, f->text);
	done(config);
}

static void test_smallest(void)
{
	struct config *config = open_text(HEAD "}");

	CU_ASSERT_EQUAL(found.n, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	UNIT_STR(config->connection, "my shop");
	UNIT_STR(config->driver, "odbc");
	CU_ASSERT_EQUAL(config->timeout_ms, 20000);
	CU_ASSERT_EQUAL(config->pool_max, 8);
	CU_ASSERT_EQUAL(config->pool_idle_ms, 300000);
	CU_ASSERT_EQUAL(config->pool_max_age_ms, 1200000);
	CU_ASSERT_EQUAL(config->identifier_bytes, 1024);
	CU_ASSERT_EQUAL(config->password_bytes, 4096);
	CU_ASSERT_EQUAL(config->password.password_bytes, 4096);
	CU_ASSERT_EQUAL(config->profile.identifier_bytes, 1024);
	CU_ASSERT_EQUAL(config->startup, STARTUP_CHECK);
	CU_ASSERT_EQUAL(config->intents, INTENTS_NONE);
	CU_ASSERT_EQUAL(config->operations, 0xfe);
	UNIT_STR(config->profile.prefix, "myshop");
	UNIT_STR(config->profile.provider, "odbc");
	UNIT_STR(config->profile.metadata_key, "app_metadata");
	CU_ASSERT_EQUAL(config->profile.username_max, 128);
	CU_ASSERT_PTR_NULL(config->profile.username_pattern);
	UNIT_STR(config->password.target.scheme, "argon2/argon2id-v19");
	CU_ASSERT_EQUAL(config->password.target.ncosts, 3);
	CU_ASSERT_EQUAL(config->password.upgrade, 1);
	CU_ASSERT_EQUAL(config->dir[0], '/');
	done(config);
}

/* Without `users` it is our own schema. */
static void test_own_schema(void)
{
	struct config *config = open_text(HEAD "}");

	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	CU_ASSERT_EQUAL(config->lookup.nlogin, 2);
	CU_ASSERT_EQUAL(config->lookup.login_by[0], IDBC_BY_EMAIL);
	CU_ASSERT_EQUAL(config->lookup.fold[IDBC_BY_USERNAME], IDBC_FOLD_LOWER_BOTH);
	CU_ASSERT_EQUAL(config->profile.nrequired, 1);
	CU_ASSERT(config->touch);
	CU_ASSERT_EQUAL(config_allow_create(config), 1);
	done(config);
}

static void test_own_schema_file(void)
{
	struct node_error why;
	struct json_t *mine = node_parse(own_schema_users, strlen(own_schema_users), 0, &why);
	char text[8192], *a, *b;
	FILE *file = fopen(TEST_SOURCE "/examples/schema/users.json", "r");
	struct json_t *theirs;
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	n = fread(text, 1, sizeof(text), file);
	fclose(file);
	theirs = node_parse(text, n, 0, &why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mine);
	CU_ASSERT_PTR_NOT_NULL_FATAL(theirs);
	a = node_text(mine);
	b = node_text(theirs);
	UNIT_STR(a, b);
	free(a);
	free(b);
	node_free(mine);
	node_free(theirs);
}

static void test_syntax(void)
{
	struct config *config = open_text("{\n  \"idbc\": 1,\n  \"a\": \"topsecret\" \"x\"\n}");
	const struct finding *f = has("syntax", "");

	CU_ASSERT_PTR_NULL(config);
	CU_ASSERT(f && strstr(f->text, "line 3, column"));
	CU_ASSERT(f && !strstr(f->text, "secret"));
	CU_ASSERT_EQUAL(err.status, IDBC_CONFIG);
	done(config);
	wrong("[1]", "wrong-type", "");
	wrong("", "syntax", "");
	wrong("{\"idbc\":1", "syntax", "");
	wrong("{\"idbc\":1,\"connection\":\"\xff\"}", "syntax", "");
	wrong("{} x", "syntax", "");
}

static void test_duplicate(void)
{
	struct config *config = open_text(HEAD ",\"idbc\":1,\"tmeout_ms\":1}");
	const struct finding *f = has("duplicate-key", "");

	CU_ASSERT(f && strstr(f->text, "the key \"idbc\" stands") && strstr(f->text, "line 1"));
	CU_ASSERT_PTR_NOT_NULL(has("unknown-key", "tmeout_ms"));
	CU_ASSERT_EQUAL(found.n, 2);
	done(config);
}

static void test_missing(void)
{
	struct config *config = open_text("{}");

	CU_ASSERT_PTR_NULL(config);
	CU_ASSERT_PTR_NOT_NULL(has("missing-key", "idbc"));
	CU_ASSERT_PTR_NOT_NULL(has("missing-key", "connection"));
	CU_ASSERT_PTR_NOT_NULL(has("missing-key", "driver"));
	CU_ASSERT_EQUAL(found.n, 3);
	CU_ASSERT_EQUAL(err.status, IDBC_CONFIG);
	CU_ASSERT(strstr(err.text, "and 2 more") != NULL);
	done(config);
}

static void test_types(void)
{
	wrong(HEAD ",\"timeout_ms\":\"1\"}", "wrong-type", "timeout_ms");
	wrong(HEAD ",\"timeout_ms\":1.5}", "wrong-type", "timeout_ms");
	wrong(HEAD ",\"timeout_ms\":null}", "wrong-type", "timeout_ms");
	wrong(HEAD ",\"timeout_ms\":0}", "out-of-range", "timeout_ms");
	wrong(HEAD ",\"timeout_ms\":3600001}", "out-of-range", "timeout_ms");
	wrong(HEAD ",\"pool\":[]}", "wrong-type", "pool");
	wrong(HEAD ",\"pool\":{\"max\":0}}", "out-of-range", "pool.max");
	wrong(HEAD ",\"pool\":{\"max\":-1}}", "out-of-range", "pool.max");
	wrong(HEAD ",\"startup\":\"chek\"}", "bad-value", "startup");
	wrong(HEAD ",\"startup\":1}", "wrong-type", "startup");
	wrong(HEAD ",\"options\":[]}", "wrong-type", "options");
	wrong(HEAD ",\"operations\":\"login\"}", "wrong-type", "operations");
	wrong(HEAD ",\"operations\":[]}", "bad-value", "operations");
	wrong(HEAD ",\"operations\":[\"login\",\"getuser\"]}", "bad-value", "operations[1]");
	wrong(HEAD ",\"password\":{\"upgrade\":\"dry\"}}", "wrong-type", "password.upgrade");
	wrong(HEAD ",\"profile\":{\"unmapped\":\"drop\"}}", "bad-value", "profile.unmapped");
	wrong(HEAD ",\"profile\":{\"metadata_key\":\"m\"}}", "bad-value",
		"profile.metadata_key");
	wrong(HEAD ",\"profile\":{\"username\":{\"pattern\":\"(\"}}}", "bad-value",
	      "profile.username.pattern");
	wrong(HEAD ",\"profile\":{\"user_id_prefix\":\"a\\u0007\"}}", "bad-value",
	      "profile.user_id_prefix");
	wrong("{\"idbc\":2,\"connection\":\"x\",\"driver\":\"odbc\"}", "out-of-range", "idbc");
	wrong("{\"idbc\":1,\"connection\":\"\",\"driver\":\"odbc\"}", "out-of-range",
		"connection");
	wrong("{\"idbc\":1,\"connection\":\"a\\nb\",\"driver\":\"odbc\"}", "bad-value",
		"connection");
	wrong("{\"idbc\":1,\"connection\":\"x\",\"driver\":7}", "wrong-type", "driver");
}

static void test_unknown(void)
{
	wrong_text(HEAD ",\"timeout\":1}", "unknown-key", "timeout", "\"timeout_ms\"");
	wrong_text(HEAD ",\"pool\":{\"maks\":1}}", "unknown-key", "pool.maks", "\"max\"");
	wrong_text(HEAD ",\"pool.max\":1}", "unknown-key", "pool.max", "no such name");
	wrong(HEAD ",\"profile\":{\"username\":{\"min\":1}}}", "unknown-key",
		"profile.username.min");
	wrong(HEAD ",\"async\":{\"wrokers\":1}}", "unknown-key", "async.wrokers");
}

/* What is in the table and what a policy without a configuration takes are the same. */
static void test_limits(void)
{
	struct config *config = open_text(HEAD USERS "}");

	CU_ASSERT_FATAL(config != NULL);
	CU_ASSERT(!memcmp(&config->password.limits, &limits_default, sizeof(limits_default)));
	CU_ASSERT_EQUAL(config->password.memory_mib, 256);
	CU_ASSERT_EQUAL(config->password.concurrency, 0);
	done(config);
	config = open_text(HEAD USERS ",\"password\":{\"memory_mib\":64,\"concurrency\":3,"
			   "\"limits\":{\"argon2\":{\"memory_kib\":1048576},"
			   "\"drupal\":{\"log2\":21},\"stored_bytes\":65536}}}");
	CU_ASSERT_FATAL(config != NULL);
	CU_ASSERT_EQUAL(config->password.memory_mib, 64);
	CU_ASSERT_EQUAL(config->password.concurrency, 3);
	CU_ASSERT_EQUAL(config->password.limits.argon2_memory_kib, 1048576);
	CU_ASSERT_EQUAL(config->password.limits.argon2_iterations, 64);
	CU_ASSERT_EQUAL(config->password.limits.drupal_log2, 21);
	CU_ASSERT_EQUAL(config->password.limits.stored_bytes, 65536);
	done(config);
	wrong(HEAD ",\"password\":{\"limits\":{\"bcrypt\":{\"cost\":32}}}}", "out-of-range",
		"password.limits.bcrypt.cost");
	wrong_text(HEAD ",\"password\":{\"limits\":{\"argon2\":{\"memory_kb\":1}}}}", "unknown-key",
		"password.limits.argon2.memory_kb", "\"memory_kib\"");
}

static void test_delete(void)
{
	static const char *const tables[] = { "a\"b", "", " a", "a.b.c", "a;b", "a`b", ".a", "a\t" };
	struct config *config = open_text(HEAD ",\"delete\":{}}");
	struct idbc_str name;
	char json[300];
	int on = -1;

	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	CU_ASSERT_EQUAL(config->intents, INTENTS_NONE);
	CU_ASSERT_EQUAL(config->lease_ms, 30000);
	CU_ASSERT_EQUAL(config_setting_str(config, "idbc.delete.intents", NULL, &name), 0);
	CU_ASSERT_EQUAL(config_setting_bool(config, "idbc.delete.reuse_ids", 1, &on), 1);
	CU_ASSERT_EQUAL(on, 0);
	done(config);
	config = open_text(HEAD ",\"delete\":{\"intents\":\"auth.my intents\",\"lease_ms\":100,"
			   "\"reuse_ids\":true,\"allow_nontransactional\":true}}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	CU_ASSERT_EQUAL(found.n, 0);
	CU_ASSERT_EQUAL(config->intents, INTENTS_TABLE);
	CU_ASSERT_EQUAL(config->lease_ms, 100);
	CU_ASSERT_EQUAL(config_setting_str(config, "idbc.delete.intents", NULL, &name), 1);
	UNIT_STR(name.ptr, "auth.my intents");
	config_setting_bool(config, "idbc.delete.reuse_ids", 0, &on);
	CU_ASSERT_EQUAL(on, 1);
	on = -1;
	CU_ASSERT_EQUAL(config_setting_bool(config, "idbc.delete.allow_nontransactional", 0, &on), 1);
	CU_ASSERT_EQUAL(on, 1);
	done(config);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char written[40], *to = written;

		for (const char *c = tables[i]; *c; c++)
			to += sprintf(to, *c == '"' ? "\\\"" : *c == '\t' ? "\\t" : "%c", *c);
		*to = '\0';
		snprintf(json, sizeof(json), "%s,\"delete\":{\"intents\":\"%s\"}}", HEAD, written);
		wrong(json, "bad-identifier", "delete.intents");
	}
	wrong(HEAD ",\"delete\":{\"lease_ms\":99}}", "out-of-range", "delete.lease_ms");
	wrong(HEAD ",\"delete\":{\"reuse_ids\":1}}", "wrong-type", "delete.reuse_ids");
}

static void test_all_in_one_go(void)
{
	struct config *config = open_text(
		HEAD ",\"timeout_ms\":\"x\",\"pool\":{\"maxx\":1},\"async\":{\"queue\":0},"
		"\"startup\":\"no\",\"users\":{\"login\":{\"by\":[\"mail\"],\"recheck\":1},"
		"\"password\":{\"accept\":\"md5\",\"write\":{\"cots\":1}},"
		"\"lookup\":{\"email\":{\"fold\":\"upp\"}}}}");

	CU_ASSERT_PTR_NOT_NULL(config); /* the driver may still add its own */
	CU_ASSERT_EQUAL(found.n, 10);
	CU_ASSERT_PTR_NOT_NULL(has("wrong-type", "timeout_ms"));
	CU_ASSERT_PTR_NOT_NULL(has("unknown-key", "pool.maxx"));
	CU_ASSERT_PTR_NOT_NULL(has("out-of-range", "async.queue"));
	CU_ASSERT_PTR_NOT_NULL(has("bad-value", "startup"));
	CU_ASSERT_PTR_NOT_NULL(has("bad-value", "users.login.by[0]"));
	CU_ASSERT_PTR_NOT_NULL(has("wrong-type", "users.login.recheck"));
	CU_ASSERT_PTR_NOT_NULL(has("wrong-type", "users.password.accept"));
	CU_ASSERT_PTR_NOT_NULL(has("unknown-key", "users.password.write.cots"));
	CU_ASSERT_PTR_NOT_NULL(has("missing-key", "users.password.write"));
	CU_ASSERT_PTR_NOT_NULL(has("bad-value", "users.lookup.email.fold"));
	done(config);
}

static void test_values(void)
{
	struct config *config = open_text(HEAD
		",\"timeout_ms\":5,\"pool\":{\"max\":2,\"idle_ms\":3,\"max_age_ms\":4},"
		"\"startup\":\"trust\",\"operations\":[\"login\",\"getUser\"],"
		"\"password\":{\"upgrade\":\"dry-run\",\"preferred\":{\"scheme\":\"bcrypt\","
		"\"cost\":11}},"
		"\"delete\":{\"intents\":\"off\",\"profile_store\":\"required\"},"
		"\"profile\":{\"user_id_prefix\":\"\",\"provider\":\"p\",\"metadata_key\":"
		"\"metadata\","
		"\"unmapped\":\"ignore\",\"username\":{\"pattern\":\"^[a-z]+$\",\"max\":9}},"
		"\"limits\":{\"identifier_bytes\":10,\"password_bytes\":20}" USERS "}");
	struct idbc_str text;

	CU_ASSERT_EQUAL(found.n, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	CU_ASSERT_EQUAL(config->timeout_ms, 5);
	CU_ASSERT_EQUAL(config->pool_max, 2);
	CU_ASSERT_EQUAL(config->pool_idle_ms, 3);
	CU_ASSERT_EQUAL(config->pool_max_age_ms, 4);
	CU_ASSERT_EQUAL(config->startup, STARTUP_TRUST);
	CU_ASSERT_EQUAL(config->operations, (1u << IDBC_LOGIN) | (1u << IDBC_GET_USER));
	CU_ASSERT_EQUAL(config->password.upgrade, 2);
	UNIT_STR(config->password.target.scheme, "bcrypt");
	CU_ASSERT_EQUAL(config->password.target.ncosts, 1);
	UNIT_STR(config->password.target.key, "password.preferred");
	CU_ASSERT_EQUAL(config->intents, INTENTS_OFF);
	CU_ASSERT(config->profile_store_required);
	UNIT_STR(config->profile.prefix, "");
	UNIT_STR(config->profile.provider, "p");
	UNIT_STR(config->profile.metadata_key, "metadata");
	UNIT_STR(config->profile.username_pattern, "^[a-z]+$");
	CU_ASSERT_EQUAL(config->profile.username_max, 9);
	CU_ASSERT_EQUAL(config->profile.identifier_bytes, 10);
	CU_ASSERT_EQUAL(config->password.password_bytes, 20);
	CU_ASSERT_EQUAL(config_setting_str(config, "idbc.profile.unmapped", NULL, &text), 1);
	UNIT_STR(text.ptr, "ignore");
	done(config);
}

static void test_users(void)
{
	struct config *config = open_text(HEAD
		",\"users\":{\"vars\":{\"p\":\"wp_\",\"pepper\":\"peppercorn\"},"
		"\"whatever\":{\"is\":\"the driver's\"},"
		"\"lookup\":{\"email\":{\"fold\":\"none\"},\"username\":{\"fold\":\"lower\"}},"
		"\"profile\":{\"phone_number\":{\"col\":\"p\",\"fold\":\"upper\"}},"
		"\"login\":{\"by\":[\"username\",\"phone_number\"],\"require_verified\":true,"
		"\"recheck\":true,\"ambiguous\":\"refuse\",\"touch\":{\"last\":\"$now\"}},"
		"\"password\":{\"col\":\"pw\",\"accept\":[\"phpass\",{\"scheme\":\"raw/"
		"md5-hex\","
		"\"if\":\"no salt\"},{\"recipe\":\"hex(md5(password))\",\"if\":\"salt\"}],"
		"\"input\":[\"trim\",\"trim|addslashes\"],\"none\":[\"\",null,\"!*\"],"
		"\"parse\":\"{hash}:{salt}\",\"upgrade\":false,"
		"\"write\":{\"recipe\":\"hex(md5(salt . password))\",\"salt_len\":8}},"
		"\"create\":{\"required\":[\"username\"],\"self_service\":[\"user_metadata\"],"
		"\"unique\":[\"username\",\"email\"]}}}");
	const struct password_rules *rules;

	CU_ASSERT_EQUAL(found.n, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	rules = &config->password;
	CU_ASSERT_EQUAL(config->lookup.nlogin, 2);
	CU_ASSERT_EQUAL(config->lookup.login_by[0], IDBC_BY_USERNAME);
	CU_ASSERT_EQUAL(config->lookup.login_by[1], IDBC_BY_PHONE);
	CU_ASSERT_EQUAL(config->lookup.fold[IDBC_BY_EMAIL], IDBC_FOLD_NONE);
	CU_ASSERT_EQUAL(config->lookup.fold[IDBC_BY_USERNAME], IDBC_FOLD_LOWER);
	CU_ASSERT_EQUAL(config->lookup.fold[IDBC_BY_PHONE], IDBC_FOLD_UPPER);
	CU_ASSERT(config->require_verified && config->recheck && config->touch);
	CU_ASSERT_EQUAL_FATAL(rules->naccept, 3);
	UNIT_STR(rules->accept[0].scheme, "phpass");
	CU_ASSERT_EQUAL(rules->accept[1].when, PASSWORD_IF_NO_SALT);
	CU_ASSERT_PTR_NULL(rules->accept[2].scheme);
	CU_ASSERT_EQUAL(rules->accept[2].when, PASSWORD_IF_SALT);
	CU_ASSERT_EQUAL(rules->ninput, 2);
	UNIT_STR(rules->input[1], "trim|addslashes");
	CU_ASSERT_EQUAL(rules->nnone, 2);
	UNIT_STR(rules->none[1], "!*");
	CU_ASSERT(rules->has_salt);
	CU_ASSERT_EQUAL(rules->upgrade, 0);
	CU_ASSERT_EQUAL(rules->target.salt_len, 8);
	CU_ASSERT_PTR_NULL(rules->target.scheme);
	UNIT_STR(rules->target.key, "users.password.write");
	UNIT_STR(rules->pepper, "peppercorn");
	CU_ASSERT_EQUAL(rules->pepper_len, 10);
	CU_ASSERT_EQUAL(config->profile.nrequired, 1);
	UNIT_STR(config->profile.self_service[0], "user_metadata");
	done(config);
}

#define PARAMS(text) HEAD ",\"users\":{\"login\":{\"by\":[\"email\"]},\"password\":{" \
	"\"col\":\"pw\",\"params\":" text "}}}"

static void test_params(void)
{
	struct config *config;
	const struct password_param *p;
	struct idbc_str users;

	setenv("CONFIG_OPEN_REALM", "Realm X", 1);
	config = open_text(PARAMS("{\"sitekey\":\"key 123\",\"stretches\":10,"
		"\"realm\":{\"env\":\"CONFIG_OPEN_REALM\"},\"secrets\":{\"4d5v\":\"08d1\"}}"));
	unsetenv("CONFIG_OPEN_REALM");
	CU_ASSERT_EQUAL(found.n, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	CU_ASSERT_EQUAL_FATAL(config->password.nparams, 4);
	p = config->password.params;
	UNIT_STR(p[0].name, "sitekey");
	UNIT_STR(p[0].text, "key 123");
	CU_ASSERT(!p[1].text && p[1].number == 10);
	UNIT_STR(p[2].text, "Realm X");
	UNIT_STR(p[3].group, "secrets");
	UNIT_STR(p[3].name, "4d5v");
	CU_ASSERT(config_setting_json(config, "users", &users) == 1);
	CU_ASSERT(!strstr(users.ptr, "key 123") && !strstr(users.ptr, "params"));
	done(config);
	wrong(PARAMS("[]"), "wrong-type", "users.password.params");
	wrong(PARAMS("{\"sitekee\":\"x\"}"), "unknown-key", "users.password.params.sitekee");
	wrong(PARAMS("{\"realm\":true}"), "wrong-type", "users.password.params.realm");
	wrong(PARAMS("{\"stretches\":-1}"), "out-of-range", "users.password.params.stretches");
	wrong(PARAMS("{\"secrets\":{\"a\":1}}"), "wrong-type", "users.password.params.secrets.a");
	wrong(PARAMS("{\"pepper\":7}"), "wrong-type", "users.password.params.pepper");
	wrong(PARAMS("{\"stretches\":\"10\"}"), "wrong-type", "users.password.params.stretches");
	wrong(PARAMS("{\"keylen\":513}"), "out-of-range", "users.password.params.keylen");
	wrong(PARAMS("{\"digest\":\"sha3\"}"), "bad-value", "users.password.params.digest");
	setenv("CONFIG_OPEN_REALM", "", 1);
	wrong(PARAMS("{\"pepper\":{\"env\":\"CONFIG_OPEN_REALM\"}}"), "bad-value",
	      "users.password.params.pepper");
	unsetenv("CONFIG_OPEN_REALM");
}

static void test_users_wrong(void)
{
	static const char *const cases[][3] = {
		{"{}", "missing-key", "users.login.by"},
		{"{\"login\":{\"by\":[]}}", "missing-key", "users.login.by"},
		{"{\"login\":{\"by\":\"email\"}}", "wrong-type", "users.login.by"},
		{"{\"login\":{\"by\":[\"email\",\"email\"]}}", "bad-value",
			"users.login.by[1]"},
		{"{\"login\":{\"by\":[\"email\"],\"ambiguous\":\"first\"}}", "bad-value",
			"users.login.ambiguous"},
		{"{\"login\":{\"by\":[\"email\"]},\"password\":{\"accept\":[]}}", "bad-value",
			"users.password.accept"},
		{"{\"login\":{\"by\":[\"email\"]},\"password\":{\"accept\":[1]}}", "wrong-type",
			"users.password.accept[0]"},
		{"{\"login\":{\"by\":[\"email\"]},\"password\":{\"accept\":[{\"if\":\"salt\"}]}"
		 "}",
			"missing-key", "users.password.accept[0]"},
		{"{\"login\":{\"by\":[\"email\"]},\"password\":{\"none\":[1]}}", "wrong-type",
			"users.password.none[0]"},
		{"{\"login\":{\"by\":[\"email\"]},\"password\":{\"input\":[null]}}",
			"wrong-type", "users.password.input[0]"},
		{"{\"login\":{\"by\":[\"email\"]},\"password\":{\"write\":\"bcrypt\"}}",
			"wrong-type", "users.password.write"},
		{"{\"login\":{\"by\":[\"email\"]},\"vars\":{\"p\":1}}", "wrong-type",
			"users.vars.p"},
		{"{\"login\":{\"by\":[\"email\"]},\"create\":{\"required\":true}}",
			"wrong-type", "users.create.required"},
		{"7", "wrong-type", "users"},
	};
	char json[400];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(json, sizeof(json), "%s,\"users\":%s}", HEAD, cases[i][0]);
		wrong(json, cases[i][1], cases[i][2]);
	}
}

static void test_key_table(void)
{
	size_t n;
	const struct config_key *keys = config_keys(&n);

	for (size_t i = 0; i < n; i++) {
		CU_ASSERT(keys[i].meaning && keys[i].meaning[0]);
		CU_ASSERT(keys[i].type != KEY_WORD || keys[i].range);
		CU_ASSERT(keys[i].type != KEY_INT || keys[i].min <= keys[i].max);
		for (size_t j = 0; j < i; j++)
			CU_ASSERT(strcmp(keys[i].path, keys[j].path));
	}
}

static const struct unit_test tests[] = {
	{ "the smallest file has all defaults", test_smallest },
	{ "without users it is our own schema", test_own_schema },
	{ "our own schema's mapping equals the example", test_own_schema_file },
	{ "syntax errors have line and column and quote nothing", test_syntax },
	{ "a key that stands twice is a mistake among others", test_duplicate },
	{ "required keys", test_missing },
	{ "wrong types and ranges", test_types },
	{ "unknown keys and the nearest name", test_unknown },
	{ "the keys of delete", test_delete },
	{ "delete", test_delete },
	{ "limits of passwords", test_limits },
	{ "all mistakes in one go", test_all_in_one_go },
	{ "every key has its effect", test_values },
	{ "what the connector reads of the mapping", test_users },
	{ "parameters of schemes", test_params },
	{ "mistakes in the connector's part of the mapping", test_users_wrong },
	{ "the table of keys is whole", test_key_table },
};
UNIT_MAIN("config_open", tests)
