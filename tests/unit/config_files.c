/* tests/unit/config_files.c - files of a configuration, who may read and write them, and
 * the settings that drivers ask for.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "config/config.h"
#include "unit.h"

#define HEAD "{\"idbc\":1,\"connection\":\"shop\",\"driver\":\"odbc\""
#define BY_EMAIL "{\"login\":{\"by\":[\"email\"]}}"

static struct finding_list found;
static struct idbc_error err;
static char dir[64];

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(in_dir(name), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
	chmod(in_dir(name), mode);
}

static void begin(void)
{
	strcpy(dir, "/tmp/idbc-config-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	findings_init(&found);
	err_clear(&err);
}

static void finish(struct config *config)
{
	static const char *const names[] = { "c.json", "u.json", "secret", "d.json" };

	config_close(config);
	findings_free(&found);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_dir(names[i]));
	rmdir(dir);
}

static struct config *open_file(const char *name)
{
	struct config *config = NULL;

	config_open(in_dir(name), NULL, &found, &config, &err);
	return config;
}

static int has(const char *code, const char *key)
{
	for (size_t i = 0; i < found.n; i++)
		if (!strcmp(found.items[i].code, code) && !strcmp(found.items[i].key, key))
			return 1;
	fprintf(stderr, "no finding %s at %s among %zu\n", code, key, found.n);
	for (size_t i = 0; i < found.n; i++)
		fprintf(stderr, "  %s %s: %s\n", found.items[i].code, found.items[i].key,
			found.items[i].text);
	return 0;
}

static void refused(const char *config_text, mode_t mode, const char *code, const char *key)
{
	struct config *config;

	put("c.json", config_text, mode);
	config = open_file("c.json");
	CU_ASSERT_PTR_NULL(config);
	CU_ASSERT_EQUAL(err.status, IDBC_CONFIG);
	CU_ASSERT_EQUAL(found.n, 1);
	CU_ASSERT(has(code, key));
	config_close(config);
	findings_free(&found);
	findings_init(&found);
}

static void test_permissions(void)
{
	begin();
	refused(HEAD "}", 0620, "bad-permissions", "");
	refused(HEAD "}", 0602, "bad-permissions", "");
	put("u.json", BY_EMAIL, 0660);
	refused(HEAD ",\"users\":\"u.json\"}", 0644, "bad-permissions", "users");
	put("u.json", "{\"login\":", 0644);
	refused(HEAD ",\"users\":\"u.json\"}", 0644, "syntax", "users");
	refused(HEAD ",\"users\":\"absent.json\"}", 0644, "unreadable", "users");
	refused(HEAD ",\"users\":\".\"}", 0644, "unreadable", "users");
	CU_ASSERT_PTR_NULL(open_file("absent.json"));
	CU_ASSERT(has("unreadable", ""));
	finish(NULL);
}

static void *write_late(void *name)
{
	FILE *pipe = fopen(name, "w");

	usleep(50000);
	fputs(HEAD ",\"users\":" BY_EMAIL "}", pipe);
	fclose(pipe);
	return NULL;
}

/* A pipe may be slow; one that nobody writes is not waited for for ever. */
static void test_pipe(void)
{
	struct config *config;
	pthread_t writer;
	char name[128];

	begin();
	snprintf(name, sizeof(name), "%s", in_dir("d.json"));
	CU_ASSERT_EQUAL_FATAL(mkfifo(name, 0600), 0);
	CU_ASSERT_PTR_NULL(open_file("d.json"));
	CU_ASSERT(has("unreadable", ""));
	pthread_create(&writer, NULL, write_late, name);
	config = open_file("d.json");
	pthread_join(writer, NULL);
	CU_ASSERT_PTR_NOT_NULL(config);
	finish(config);
}

static void test_users_file(void)
{
	struct config *config;
	struct idbc_str text;

	begin();
	put("u.json",
		"{\"vars\":{\"p\":{\"file\":\"secret\"},\"pepper\":{\"env\":\"IDBC_T_PEPPER\"}}"
		","
		"\"login\":{\"by\":[\"email\"]}}",
		0644);
	put("secret", "wp_\n", 0600);
	put("c.json", HEAD ",\"users\":\"u.json\"}", 0644);
	setenv("IDBC_T_PEPPER", "corn", 1);
	config = open_file("c.json");
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	CU_ASSERT_EQUAL(found.n, 0);
	UNIT_STR(config->dir, dir);
	UNIT_STR(config->password.pepper, "corn");
	CU_ASSERT_EQUAL(config_setting_json(config, "users", &text), 1);
	UNIT_STR(text.ptr, "{\"vars\":{\"p\":\"wp_\"},\"login\":{\"by\":[\"email\"]}}");
	unsetenv("IDBC_T_PEPPER");
	finish(config);
}

static void test_references(void)
{
	struct config *config;

	begin();
	put("secret", "corn", 0604);
	put("c.json",
		"{\"idbc\":1,\"connection\":{\"env\":\"IDBC_T_ABSENT\"},\"driver\":\"odbc\","
		"\"users\":{\"vars\":{\"a\":{\"file\":\"secret\"},\"b\":{\"file\":\"no\"},"
		"\"c\":{\"env\":\"X\",\"file\":\"y\"}},\"login\":{\"by\":[\"email\"]}}}",
		0644);
	config = open_file("c.json");
	CU_ASSERT_EQUAL(found.n, 4);
	CU_ASSERT(has("unset-variable", "connection"));
	CU_ASSERT(has("bad-permissions", "users.vars.a"));
	CU_ASSERT(has("unreadable", "users.vars.b"));
	CU_ASSERT(has("wrong-type", "users.vars.c"));
	for (size_t i = 0; i < found.n; i++)
		CU_ASSERT(!strstr(found.items[i].text, "corn"));
	finish(config);
}

#define OPTIONS                                                                                \
	",\"options\":{\"host\":\"db\",\"port\":3306,\"tls\":{\"mode\":\"off\",\"x\":1},"      \
	"\"attributes\":{\"PWD\":{\"file\":\"secret\"},\"n\":[{\"env\":\"HOME\"},1]},"         \
	"\"password\":{\"file\":\"secret\"},\"database\":\"shop.db\",\"flag\":true,"           \
	"\"hosst\":1,\"other\":{\"deep\":1}},\"users\":" BY_EMAIL "}"

static struct config *with_options(void)
{
	struct config *config;

	put("secret", "pass word\n\n", 0600);
	put("c.json", HEAD OPTIONS, 0644);
	setenv("HOME", "/home/x", 1);
	config = open_file("c.json");
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	CU_ASSERT_EQUAL(found.n, 0);
	return config;
}

static void test_settings(void)
{
	struct config *config;
	struct idbc_str text;
	int64_t number;
	int flag;

	begin();
	config = with_options();
	CU_ASSERT_EQUAL(config_setting_str(config, "host", "x", &text), 1);
	UNIT_STR(text.ptr, "db");
	CU_ASSERT_EQUAL(config_setting_str(config, "socket", "x", &text), 0);
	UNIT_STR(text.ptr, "x");
	CU_ASSERT_EQUAL(config_setting_str(config, "socket", NULL, &text), 0);
	CU_ASSERT_PTR_NULL(text.ptr);
	CU_ASSERT_EQUAL(config_setting_i64(config, "port", 1, &number), 1);
	CU_ASSERT_EQUAL(number, 3306);
	CU_ASSERT_EQUAL(config_setting_i64(config, "idbc.timeout_ms", 1, &number), 1);
	CU_ASSERT_EQUAL(number, 20000);
	CU_ASSERT_EQUAL(config_setting_bool(config, "flag", 0, &flag), 1);
	CU_ASSERT_EQUAL(flag, 1);
	CU_ASSERT_EQUAL(config_setting_bool(config, "flog", 1, &flag), 0);
	CU_ASSERT_EQUAL(flag, 1);
	CU_ASSERT_EQUAL(config_setting_str(config, "tls.mode", NULL, &text), 1);
	UNIT_STR(text.ptr, "off");
	CU_ASSERT_EQUAL(config_setting_path(config, "database", &text), 1);
	UNIT_STR(text.ptr, in_dir("shop.db"));
	CU_ASSERT_EQUAL(config_setting_json(config, "attributes", &text), 1);
	UNIT_STR(text.ptr, "{\"PWD\":\"pass word\\n\",\"n\":[\"/home/x\",1]}");
	CU_ASSERT_EQUAL(config_setting_json(config, "idbc.operations", &text), 1);
	UNIT_STR(text.ptr, "[\"login\",\"getUser\",\"create\",\"verify\",\"changePassword\","
			   "\"deleteUser\",\"changeEmail\"]");
	CU_ASSERT_EQUAL(config_setting_str(config, "idbc.startup", NULL, &text), 1);
	UNIT_STR(text.ptr, "check");
	CU_ASSERT_EQUAL(config_setting_bool(config, "idbc.create", 0, &flag), 1);
	CU_ASSERT_EQUAL(flag, 0);
	CU_ASSERT_EQUAL(config_setting_bool(config, "idbc.login.email", 0, &flag), 1);
	CU_ASSERT_EQUAL(flag, 1);
	CU_ASSERT_EQUAL(config_setting_bool(config, "idbc.login.username", 1, &flag), 1);
	CU_ASSERT_EQUAL(flag, 0);
	CU_ASSERT_EQUAL(config_setting_bool(config, "idbc.login.nickname", 1, &flag), 0);
	CU_ASSERT_EQUAL(config_setting_i64(config, "idbc.fold.email", 9, &number), 1);
	CU_ASSERT_EQUAL(number, IDBC_FOLD_LOWER_BOTH);
	CU_ASSERT_EQUAL(config_setting_i64(config, "idbc.fold.username", 9, &number), 1);
	CU_ASSERT_EQUAL(number, IDBC_FOLD_NONE);
	CU_ASSERT_EQUAL(config_setting_i64(config, "idbc.fold.nickname", 9, &number), 0);
	CU_ASSERT_EQUAL(number, 9);
	/* Its tables are an application's: not ours to make. */
	CU_ASSERT_EQUAL(config_allow_create(config), 0);
	config_setting_bool(config, "idbc.create", 0, &flag);
	CU_ASSERT_EQUAL(flag, 0);
	finish(config);
}

static void test_secret_again(void)
{
	struct config *config;
	struct idbc_str first, again;

	begin();
	config = with_options();
	CU_ASSERT_EQUAL(config_setting_str(config, "password", NULL, &first), 1);
	UNIT_STR(first.ptr, "pass word\n");
	CU_ASSERT_EQUAL(config_setting_str(config, "password", NULL, &again), 1);
	CU_ASSERT_PTR_EQUAL(first.ptr, again.ptr);
	put("secret", "changed", 0600);
	CU_ASSERT_EQUAL(config_setting_str(config, "password", NULL, &again), 1);
	UNIT_STR(again.ptr, "changed");
	UNIT_STR(first.ptr, "pass word\n");
	chmod(in_dir("secret"), 0666);
	CU_ASSERT_EQUAL(config_setting_str(config, "password", "x", &again), -1);
	UNIT_STR(again.ptr, "x");
	finish(config);
}

static void test_unknown_options(void)
{
	struct config *config;
	struct idbc_str text;
	int64_t number;

	begin();
	config = with_options();
	config_setting_str(config, "host", NULL, &text);
	CU_ASSERT_EQUAL(config_setting_str(config, "port", NULL, &text), -1);
	config_setting_str(config, "tls.mode", NULL, &text);
	config_setting_json(config, "attributes", &text);
	config_setting_i64(config, "password", 0, &number);
	config_setting_path(config, "database", &text);
	config_setting_i64(config, "flag", 0, &number);
	config_unknown_options(config, &found.sink);
	CU_ASSERT_EQUAL(found.n, 6);
	CU_ASSERT(has("wrong-type", "options.port"));
	CU_ASSERT(has("wrong-type", "options.password"));
	CU_ASSERT(has("wrong-type", "options.flag"));
	CU_ASSERT(has("unknown-key", "options.hosst"));
	CU_ASSERT(has("unknown-key", "options.tls.x"));
	CU_ASSERT(has("unknown-key", "options.other"));
	for (size_t i = 0; i < found.n; i++)
		if (!strcmp(found.items[i].key, "options.hosst"))
			CU_ASSERT(strstr(found.items[i].text, "\"host\"") != NULL);
	finish(config);
}

static void *ask_often(void *arg)
{
	struct idbc_str text;

	for (int i = 0; i < 300; i++) {
		config_setting_str(arg, i % 2 ? "password" : "host", NULL, &text);
		config_setting_json(arg, "attributes", &text);
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[4];
	struct config *config;

	begin();
	config = with_options();
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, ask_often, config);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	finish(config);
}

static void test_relative(void)
{
	struct config *config = NULL;
	char here[256];

	begin();
	put("d.json", HEAD ",\"users\":\"u.json\"}", 0600);
	put("u.json", BY_EMAIL, 0600);
	CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(here, sizeof(here)));
	CU_ASSERT_EQUAL_FATAL(chdir(dir), 0);
	CU_ASSERT_EQUAL(config_open("d.json", NULL, &found, &config, &err), IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(chdir(here), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	UNIT_STR(config->dir, dir);
	finish(config);
}

static const struct unit_test tests[] = {
	{ "files that others may write are refused", test_permissions },
	{ "pipes", test_pipe },
	{ "the mapping from a file, its secrets resolved", test_users_file },
	{ "references that lead nowhere", test_references },
	{ "settings of each kind", test_settings },
	{ "a secret in a file is read again", test_secret_again },
	{ "unknown and mistyped options", test_unknown_options },
	{ "settings from four threads", test_threads },
	{ "relative paths are the file's", test_relative },
};
UNIT_MAIN("config_files", tests)
