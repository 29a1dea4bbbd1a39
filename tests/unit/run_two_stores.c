/* tests/unit/run_two_stores.c - two stores as one, on SQLite: what is found wrong with each, what
 * holds while one is down, from the start or later, and what a forked child may do.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <idbc/idbc.h>
#include "migrate/migrate.h"
#include "opened.h"

#define FIRST  "Quaint-heron-55"
#define SECOND "Brisk-otter-81"
#define DOWN   "{\"driver\":\"%s/drivers/mysql.so\",\"timeout_ms\":5000," \
	"\"options\":{\"socket\":\"%s/nobody.sock\",\"user\":\"u\",\"password\":\"p\",\"database\":\"d\"}}"

/* The library's own driver, out of the archive of objects. */
static const struct idbc_driver *(*const entry)(uint32_t, const struct idbc_host *) =
	migrate_driver_entry;
static char folder[] = "/tmp/run_two_stores.XXXXXX";

/* --- stores ------------------------------------------------------------------------------- */
static const char *store(const char *name, const char *more)
{
	return unit_sqlite(folder, name, more);
}

static const char *down(void)
{
	static char json[512];

	snprintf(json, sizeof(json), DOWN, TEST_BUILD, folder);
	return json;
}

static const char *both(const char *from, const char *to, const char *more)
{
	static char json[4096];

	snprintf(json, sizeof(json), "{\"idbc\":1,\"connection\":\"two\",\"driver\":\"migrate\","
		 "\"options\":{\"from\":%s,\"to\":%s}%s}", from, to, more);
	return json;
}

static const char *written(const char *json)
{
	static char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/both.json", folder);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(json, file);
	fclose(file);
	chmod(path, 0600);
	return path;
}

/* The findings, to be freed. */
static char *checked(const char *json, uint32_t flags, int wanted)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char *findings = NULL;
	int rc = idbc_check(written(json), flags, &findings, &err);

	if (rc != wanted)
		fprintf(stderr, "check: %s %s\n%s\n", idbc_status_name((uint32_t)rc), err.text,
			findings ? findings : "");
	CU_ASSERT_EQUAL(rc, wanted);
	CU_ASSERT_PTR_NOT_NULL_FATAL(findings);
	return findings;
}

static void found(const char *findings, const char *code, const char *key)
{
	char wanted[200], *at;

	snprintf(wanted, sizeof(wanted), "{\"code\":\"%s\",", code);
	at = strstr(findings, wanted);
	snprintf(wanted, sizeof(wanted), "\"key\":\"%s\"", key);
	while (at && strncmp(strstr(at, "\"key\""), wanted, strlen(wanted)) != 0)
		at = strstr(at + 1, "{\"code\"");
	if (!at)
		fprintf(stderr, "%s: not in %s\n", wanted, findings);
	CU_ASSERT_PTR_NOT_NULL(at);
}

static int login(struct idbc *conn, const char *who, const char *password)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	return idbc_login(conn, who, password, NULL, &err);
}

static int create(struct idbc *conn, const char *json)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	int rc = idbc_profile_parse(json, &user, &err);

	if (rc == IDBC_OK)
		rc = idbc_create(conn, user, FIRST, NULL, &err);
	idbc_profile_free(user);
	return rc;
}

static const char *alone(const char *name)
{
	static char json[1200];

	snprintf(json, sizeof(json), "{\"idbc\":1,\"connection\":\"%s\",%s", name, store(name, "") + 1);
	return json;
}

/* ida and ben are in the old store, may is in the new one. */
static void fill(void)
{
	struct idbc *conn;

	idbc_free(checked(alone("old"), IDBC_CHECK_CREATE, IDBC_OK));
	idbc_free(checked(both(store("old", ""), store("new", ""), ""), IDBC_CHECK_CREATE, IDBC_OK));
	conn = unit_open(alone("old"));
	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"ida@example.com\"}"), IDBC_OK);
	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"ben@example.com\"}"), IDBC_OK);
	idbc_close(conn, 0);
	conn = unit_open(alone("new"));
	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"may@example.com\"}"), IDBC_OK);
	idbc_close(conn, 0);
}

/* --- findings ----------------------------------------------------------------------------- */
#define MAPPING(email) ",\"users\":{\"user\":{\"table\":\"idbc_users\",\"key\":\"id\",\"id\":" \
	"\"$given|$uuid\"},\"profile\":{\"user_id\":\"id\",\"email\":\"" email "\"},\"login\":{\"by\":" \
	"[\"email\"]},\"password\":{\"col\":\"password_hash\"}}"

/* Of both, in one go, each under its own key. */
static void mistakes_of_both(void)
{
	char *findings = checked(both(store("old", MAPPING("emial")), store("new", MAPPING("e_mail")), ""),
				 0, IDBC_OK);

	found(findings, "missing-column", "options.from.users.profile.email");
	found(findings, "missing-column", "options.to.users.profile.email");
	CU_ASSERT_PTR_NULL(strstr(findings, "moved-table-missing"));
	idbc_free(findings);
	findings = checked(both(store("old", ",\"pool\":{\"max\":0}"), store("new", ",\"tiemout_ms\":7"),
				",\"delete\":7"), 0, IDBC_CONFIG);
	found(findings, "out-of-range", "options.from.pool.max");
	found(findings, "unknown-key", "options.to.tiemout_ms");
	found(findings, "wrong-type", "delete");
	idbc_free(findings);
}

#define BCRYPT ",\"users\":{\"user\":{\"table\":\"idbc_users\",\"key\":\"id\",\"id\":" \
	"\"$given|$uuid\"},\"profile\":{\"user_id\":\"id\",\"email\":\"email\",\"email_verified\":" \
	"{\"col\":\"email_verified\",\"bool\":true}},\"login\":{\"by\":[\"email\"]},\"password\":" \
	"{\"col\":\"password_hash\",\"accept\":[\"bcrypt\"],\"write\":{\"scheme\":\"bcrypt/2b\"}}}"

static void what_would_not_fit(void)
{
	char *findings = checked(both(store("old", ""), store("new", BCRYPT), ""), 0, IDBC_OK);

	found(findings, "passwords-move-at-login", "options.to.users.password.accept");
	idbc_free(findings);
	findings = checked(both(store("old", ""), down(), ""), 0, IDBC_UNAVAILABLE);
	idbc_free(findings);
}

/* --- one of them down ----------------------------------------------------------------------- */
static void old_is_down(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = unit_open(both(down(), store("new", ""), ""));
	struct idbc_profile *profile = NULL;

	CU_ASSERT_EQUAL(login(conn, "may@example.com", FIRST), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, "may@example.com", SECOND), IDBC_DENIED);
	CU_ASSERT_EQUAL(login(conn, "ida@example.com", FIRST), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_EMAIL, "ida@example.com", &profile, &err),
			IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(idbc_get_user(conn, IDBC_BY_EMAIL, "may@example.com", &profile, &err), IDBC_OK);
	idbc_profile_free(profile);
	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"new@example.com\"}"), IDBC_UNAVAILABLE);
	idbc_close(conn, 0);
}

static void new_is_down(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = unit_open(both(store("old", ""), down(), ""));

	CU_ASSERT_EQUAL(login(conn, "ida@example.com", FIRST), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(login(conn, "may@example.com", FIRST), IDBC_UNAVAILABLE);
	CU_ASSERT_EQUAL(create(conn, "{\"email\":\"new@example.com\"}"), IDBC_UNAVAILABLE);
	idbc_close(conn, 0);
	conn = NULL;
	CU_ASSERT_EQUAL(idbc_open_json(both(store("old", ""), down(), ",\"startup\":\"require\""), &conn,
				       &err), IDBC_UNAVAILABLE);
	CU_ASSERT_PTR_NULL(conn);
}

/* Who was down at the open is used once it is there. */
static void old_comes_back(void)
{
	char there[128], away[128];
	struct idbc *conn;
	int rc, tries = 0;

	snprintf(there, sizeof(there), "%s/old.db", folder);
	snprintf(away, sizeof(away), "%s/away.db", folder);
	CU_ASSERT_EQUAL_FATAL(rename(there, away), 0);
	CU_ASSERT_EQUAL_FATAL(mkdir(there, 0700), 0);
	conn = unit_open(both(store("old", ""), store("new", ""), ""));
	CU_ASSERT_EQUAL(login(conn, "may@example.com", FIRST), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, "ben@example.com", FIRST), IDBC_UNAVAILABLE);
	rmdir(there);
	rename(away, there);
	while ((rc = login(conn, "ben@example.com", FIRST)) == IDBC_UNAVAILABLE && tries++ < 200)
		usleep(50000);
	CU_ASSERT_EQUAL(rc, IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, "ben@example.com", SECOND), IDBC_DENIED);
	idbc_close(conn, 0);
}

/* --- a forked child --------------------------------------------------------------------------- */
#if defined(__SANITIZE_THREAD__)
# define NO_THREADS_AFTER_FORK 1         /* ThreadSanitizer knows none there */
#elif defined(__has_feature)
# if __has_feature(thread_sanitizer)
#  define NO_THREADS_AFTER_FORK 1
# endif
#endif
#ifndef NO_THREADS_AFTER_FORK
# define NO_THREADS_AFTER_FORK 0
#endif

static int child_does(struct idbc *conn, const char *json)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *mine = NULL;
	int rc;

	if (login(conn, "ida@example.com", FIRST) != IDBC_FORKED)
		return 1;
	idbc_close(conn, 0);
	if (NO_THREADS_AFTER_FORK)
		return 0;
	if (idbc_open_json(json, &mine, &err) != IDBC_OK)
		return 2;
	rc = login(mine, "ida@example.com", FIRST);
	idbc_close(mine, 0);
	return rc == IDBC_OK ? 0 : 3;
}

static int forked(struct idbc *conn, const char *json)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60 * (unsigned)unit_slower());
		_exit(child_does(conn, json));
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return status;
}

static void after_fork(void)
{
	char json[4096];
	struct idbc *conn;

	if (NO_THREADS_AFTER_FORK)
		printf("skip - run_two_stores/a connection of the child's own "
		       "(ThreadSanitizer knows no threads there)\n");
	snprintf(json, sizeof(json), "%s", both(store("old", ""), store("new", ""), ""));
	conn = unit_open(json);
	CU_ASSERT_EQUAL(login(conn, "ida@example.com", FIRST), IDBC_OK);
	CU_ASSERT_EQUAL(forked(conn, json), 0);
	CU_ASSERT_EQUAL(login(conn, "ida@example.com", FIRST), IDBC_OK);
	CU_ASSERT_EQUAL(login(conn, "nobody@example.com", FIRST), IDBC_DENIED);
	idbc_close(conn, 0);
}

static void clean(void)
{
	static const char *const names[] = { "old.db", "new.db", "away.db", "both.json" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void stores_made(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(entry(IDBC_DRIVER_ABI, NULL));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	fill();
}

static void cleaned(void)
{
	clean();
	CU_ASSERT_NOT_EQUAL(access(folder, F_OK), 0);
}

static const struct unit_test tests[] = {
	{ "stores_made", stores_made },
	{ "mistakes_of_both", mistakes_of_both },
	{ "what_would_not_fit", what_would_not_fit },
	{ "old_is_down", old_is_down },
	{ "new_is_down", new_is_down },
	{ "after_fork", after_fork },
	{ "old_comes_back", old_comes_back },
	{ "cleaned", cleaned },
};
UNIT_MAIN("run_two_stores", tests)
