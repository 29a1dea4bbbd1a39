/* tests/host/state.c - a host that has state of its own in the libraries that we use too:
 * OpenSSL, jansson, libmysqlclient, unixODBC.  Each goes on as if we were not there.
 *
 * usage: state LABEL CONFIG BROKEN CASE [...]     BROKEN: a configuration that cannot connect
 *   CASE: openssl, properties, cleanup, jansson, mysql SOCKET, odbc FILE
 */
#include <jansson.h>
#include <mysql.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <sql.h>
#include <sqlext.h>
#include "host.h"

static const char *config, *broken;

static int whole_life(struct idbc_error *err)
{
	struct idbc *store = NULL;
	int rc = idbc_open(config, &store, err);

	if (rc == IDBC_OK)
		rc = host_round(store, err);
	idbc_close(store, 0);
	return rc;
}

static int fails_to_connect(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = NULL;
	int rc = idbc_open(broken, &store, &err);

	if (rc == IDBC_OK)
		rc = host_round(store, &err);
	idbc_close(store, 0);
	return rc;
}

/* --- OpenSSL ------------------------------------------------------------------------------ */
/* The host's error queue as one text; it is as it was afterwards. */
static void queue(char *out, size_t size)
{
	const char *data[16];
	unsigned long codes[16];
	int flags[16], n = 0;

	*out = '\0';
	while (n < 16 && (codes[n] = ERR_get_error_all(NULL, NULL, NULL, &data[n], &flags[n]))) {
		snprintf(out + strlen(out), size - strlen(out), "%lx:%s ", codes[n], data[n]);
		n++;
	}
	for (int i = 0; i < n; i++)
		ERR_raise_data(ERR_GET_LIB(codes[i]), ERR_GET_REASON(codes[i]), "the host's %d", i);
}

static void test_queue(const char *name)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char before[500], after[500];
	int rc, failed;

	queue(before, sizeof(before));
	rc = whole_life(&err);
	failed = fails_to_connect();
	queue(after, sizeof(after));
	host_says(rc == IDBC_OK && failed != IDBC_OK && !strcmp(before, after), name,
		  "%d %s; %d; queue %s, then %s", rc, err.text, failed, before, after);
}

static void test_openssl(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	OSSL_LIB_CTX *own = OSSL_LIB_CTX_new(), *before = OSSL_LIB_CTX_set0_default(own);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	int rc, good;

	OSSL_LIB_CTX_set0_default(before);
	ERR_clear_error();
	test_queue("queue-stays-empty");
	ERR_raise_data(ERR_LIB_USER, 1, "the host's 0");
	ERR_raise_data(ERR_LIB_USER, 2, "the host's 1");
	test_queue("queue-stays-as-it-was");
	ERR_clear_error();
	OSSL_LIB_CTX_set0_default(own);
	OSSL_PROVIDER_load(own, "default");
	rc = whole_life(&err);
	good = OSSL_LIB_CTX_set0_default(before) == own;
	host_says(rc == IDBC_OK && good, "library-context", "%d %s", rc, err.text);
	good = EVP_Q_digest(own, "SHA256", NULL, "x", 1, digest, NULL);
	OSSL_LIB_CTX_free(own);
	host_says(good && EVP_Digest("x", 1, digest, &len, EVP_sha256(), NULL), "digests", "no digest");
}

/* As an administrator's openssl.cnf or the host may say: nothing but FIPS. */
static void test_properties(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	EVP_set_default_properties(NULL, "fips=yes");
	ERR_clear_error();
	rc = whole_life(&err);
	host_says(rc == IDBC_OK || rc == IDBC_UNAVAILABLE, "fips-properties", "%d %s", rc, err.text);
	host_says(ERR_peek_error() == 0, "fips-queue", "%lx", ERR_peek_error());
	EVP_set_default_properties(NULL, "");
	rc = whole_life(&err);
	host_says(rc == IDBC_OK, "fips-no-more", "%d %s", rc, err.text);
}

/* Who tears OpenSSL down while a connection is open gets refusals from then on, and can close. */
static void test_cleanup(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = host_open(config);
	int right, wrong, rc = host_round(store, &err);

	OPENSSL_cleanup();
	wrong = host_login(store, "wrong", &err);
	right = host_login(store, HOST_PASSWORD, &err);
	idbc_close(store, 0);
	host_says(rc == IDBC_OK && wrong != IDBC_OK, "cleaned-up", "%d, then %d and %d %s", rc, wrong,
		  right, err.text);
}

/* --- jansson ------------------------------------------------------------------------------- */
static long held, asked;

/* free() of what this gave would end the process: it lies 32 bytes into its block. */
static void *tagged_malloc(size_t size)
{
	char *block = malloc(size + 32);

	if (!block)
		return NULL;
	asked++;
	memcpy(block, "jansson's of the host", 22);
	held++;
	return block + 32;
}

static void tagged_free(void *at)
{
	char *block = at ? (char *)at - 32 : NULL;

	if (!block)
		return;
	if (memcmp(block, "jansson's of the host", 22))
		abort();
	held--;
	free(block);
}

/* Every text that is made of JSON on the way to the host. */
static int texts(struct idbc_error *err)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_profile *user = NULL;
	struct idbc *store = NULL;
	char *text[5] = { NULL };
	int rc = idbc_open(config, &store, err);

	req.kind = IDBC_LOGIN;
	req.value = HOST_USER;
	if (rc == IDBC_OK)
		rc = idbc_explain_login(store, &req, &text[0], err);
	if (rc == IDBC_OK)
		rc = idbc_check(config, 0, &text[1], err);
	if (rc == IDBC_OK)
		rc = idbc_drivers(&text[2], err);
	if (rc == IDBC_OK)
		rc = idbc_password_verify("{\"hash\":\"x\",\"password\":\"y\",\"params\":{}}", &text[3], err);
	if (rc == IDBC_OK && !(text[4] = idbc_stats_json(store)))
		rc = IDBC_NOMEM;
	if (rc == IDBC_OK)
		rc = idbc_get_user(store, IDBC_BY_USERNAME, HOST_USER, &user, err);
	if (rc == IDBC_OK && !idbc_profile_json(user, 0))
		rc = IDBC_NOMEM;
	idbc_profile_free(user);
	for (int i = 0; i < 5; i++)
		idbc_free(text[i]);
	idbc_close(store, 0);
	return rc;
}

static void test_jansson(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	json_set_alloc_funcs(tagged_malloc, tagged_free);
	json_object_seed(4711);
	rc = whole_life(&err);
	rc = rc ? rc : texts(&err);
	host_says(rc == IDBC_OK && asked > 50 && held == 0, "allocator", "%d %s; %ld held of %ld", rc,
		  err.text, held, asked);
}

/* --- libmysqlclient -------------------------------------------------------------------------- */
static int answers(MYSQL *mysql, const char *sql, const char *want)
{
	MYSQL_RES *rows = mysql_query(mysql, sql) ? NULL : mysql_store_result(mysql);
	MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
	int good = row && !strcmp(row[0], want);

	mysql_free_result(rows);
	return good;
}

static void test_mysql(const char *socket)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	MYSQL *first, *second;
	MYSQL_RES *rows;
	int rc, good;

	mysql_library_init(0, NULL, NULL);
	first = mysql_real_connect(mysql_init(NULL), NULL, "root", NULL, NULL, 0, socket, 0);
	good = first && !mysql_query(first, "SELECT 1 UNION SELECT 2 UNION SELECT 3");
	rows = good ? mysql_use_result(first) : NULL;
	good = rows && mysql_fetch_row(rows);           /* half read, while we come and go */
	rc = whole_life(&err);
	while (good && mysql_fetch_row(rows))
		;
	mysql_free_result(rows);
	good = good && answers(first, "SELECT 'still there'", "still there");
	second = mysql_real_connect(mysql_init(NULL), NULL, "root", NULL, NULL, 0, socket, 0);
	good = good && second && answers(second, "SELECT 'new'", "new");
	host_says(rc == IDBC_OK && good, "connections-of-the-host", "%d %s; %s", rc, err.text,
		  first ? mysql_error(first) : "no connection");
	mysql_close(first);
	mysql_close(second);
	mysql_library_end();
	rc = whole_life(&err);
	host_says(rc == IDBC_OK, "after-the-host-ended-it", "%d %s", rc, err.text);
}

/* --- unixODBC -------------------------------------------------------------------------------- */
static int one_row(SQLHDBC dbc)
{
	SQLHSTMT stmt;
	int good;

	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt)))
		return 0;
	good = SQL_SUCCEEDED(SQLExecDirect(stmt, (SQLCHAR *)"SELECT 1", SQL_NTS)) &&
		SQL_SUCCEEDED(SQLFetch(stmt));
	SQLFreeHandle(SQL_HANDLE_STMT, stmt);
	return good;
}

static void test_odbc(const char *file)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	SQLINTEGER version = 0, len;
	char string[400];
	SQLHENV env;
	SQLHDBC dbc;
	int rc, good;

	snprintf(string, sizeof(string), "Driver=SQLite3;Database=%s", file);
	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (void *)SQL_OV_ODBC2, 0);
	SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
	good = SQL_SUCCEEDED(SQLDriverConnect(dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL,
					      SQL_DRIVER_NOPROMPT)) && one_row(dbc);
	rc = whole_life(&err);
	SQLGetEnvAttr(env, SQL_ATTR_ODBC_VERSION, &version, sizeof(version), &len);
	good = good && one_row(dbc) && version == (SQLINTEGER)SQL_OV_ODBC2;
	SQLDisconnect(dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	SQLFreeHandle(SQL_HANDLE_ENV, env);
	host_says(rc == IDBC_OK && good, "environment-of-the-host", "%d %s; host %d", rc, err.text, good);
	rc = whole_life(&err);
	host_says(rc == IDBC_OK, "after-the-host-ended-it", "%d %s", rc, err.text);
}

int main(int argc, char **argv)
{
	const char *what = argc > 4 ? argv[4] : "";

	if (argc < 5)
		return 2;
	host_label = argv[1];
	config = argv[2];
	broken = argv[3];
	if (!strcmp(what, "openssl"))
		test_openssl();
	else if (!strcmp(what, "properties"))
		test_properties();
	else if (!strcmp(what, "cleanup"))
		test_cleanup();
	else if (!strcmp(what, "jansson"))
		test_jansson();
	else if (!strcmp(what, "mysql") && argc > 5)
		test_mysql(argv[5]);
	else if (!strcmp(what, "odbc") && argc > 5)
		test_odbc(argv[5]);
	else
		return 2;
	return host_failed;
}
