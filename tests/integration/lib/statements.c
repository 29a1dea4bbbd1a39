/* tests/integration/lib/statements.c - preloaded into tests: writes down every statement
 * that our drivers hand to a client library, one line each, into the file $IDBC_STATEMENTS:
 * driver, verb (prepare, execute, direct), text; tab, newline and backslash escaped.
 *
 * Calls that do not come out of a driver's .so pass untouched.  Lock: `lock`, for the table
 * of prepared handles.  Threads: any.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HANDLES 4096
#define LINE_MAX_BYTES 262144
#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Room that is there from the start: who looks for growth of the heap must not find ours. */
#define TEXT_MAX_BYTES 8192
static char room[HANDLES][TEXT_MAX_BYTES];
static struct { const void *handle; char *text; } known[HANDLES];

/* The client library's own function, also where it was loaded privately. */
static void *real(const char *library, const char *name)
{
	void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
	void *found = handle ? dlsym(handle, name) : dlsym(RTLD_NEXT, name);

	if (!found) {
		fprintf(stderr, "statements: no %s in %s\n", name, library);
		_exit(99);
	}
	return found;
}

/* "mysql" or "odbc" where the caller is one of our drivers; else NULL. */
static const char *driver_of(void *caller)
{
	static const char *const names[] = { "mysql", "odbc" };
	char end[32];
	Dl_info info;

	if (!getenv("IDBC_STATEMENTS") || !dladdr(caller, &info) || !info.dli_fname)
		return NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(info.dli_fname), n;

		snprintf(end, sizeof(end), "drivers/%s.so", names[i]);
		n = strlen(end);
		if (len > n && !strcmp(info.dli_fname + len - n, end))
			return names[i];
	}
	return NULL;
}

static size_t escape(char *out, size_t cap, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 2 < cap; i++) {
		const char *special = strchr("\n\t\\", text[i]);

		if (special && text[i]) {
			out[n++] = '\\';
			out[n++] = "nt\\"[special - "\n\t\\"];
			special = NULL;
		} else {
			out[n++] = text[i];
		}
	}
	return n;
}

static void note(const char *driver, const char *verb, const char *text, size_t len)
{
	char *line = malloc(LINE_MAX_BYTES);
	int fd = open(getenv("IDBC_STATEMENTS"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	int head = line ? snprintf(line, LINE_MAX_BYTES, "%s\t%s\t", driver, verb) : 0;
	size_t n = line ? (size_t)head + escape(line + head, LINE_MAX_BYTES - (size_t)head - 1, text, len) : 0;

	if (line && fd >= 0) {
		line[n++] = '\n';
		if (write(fd, line, n) < 0)
			fprintf(stderr, "statements: cannot write\n");
	}
	if (fd >= 0)
		close(fd);
	free(line);
}

static char *keep(size_t at, const char *text, size_t len)
{
	if (len >= TEXT_MAX_BYTES)
		return strndup(text, len);
	memcpy(room[at], text, len);
	room[at][len] = '\0';
	return room[at];
}

static void remember(const void *handle, const char *text, size_t len)
{
	size_t at = HANDLES;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < HANDLES && (at == HANDLES || known[at].handle != handle); i++)
		if (known[i].handle == handle || (at == HANDLES && !known[i].handle))
			at = i;
	if (at < HANDLES) {
		if (known[at].text != room[at])
			free(known[at].text);
		known[at].handle = handle;
		known[at].text = keep(at, text, len);
	}
	pthread_mutex_unlock(&lock);
}

static void note_execute(const char *driver, const void *handle)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < HANDLES; i++)
		if (known[i].handle == handle && known[i].text) {
			note(driver, "execute", known[i].text, strlen(known[i].text));
			break;
		}
	pthread_mutex_unlock(&lock);
}

/* --- libmariadb --- */
#define MARIADB "libmariadb.so.3"

EXPORT int mysql_stmt_prepare(void *stmt, const char *text, unsigned long len)
{
	int (*next)(void *, const char *, unsigned long);
	const char *driver = driver_of(CALLER);

	*(void **)&next = real(MARIADB, "mysql_stmt_prepare");
	if (driver) {
		note(driver, "prepare", text, len);
		remember(stmt, text, len);
	}
	return next(stmt, text, len);
}

EXPORT int mysql_stmt_execute(void *stmt)
{
	int (*next)(void *);
	const char *driver = driver_of(CALLER);

	*(void **)&next = real(MARIADB, "mysql_stmt_execute");
	if (driver)
		note_execute(driver, stmt);
	return next(stmt);
}

EXPORT int mysql_real_query(void *mysql, const char *text, unsigned long len)
{
	int (*next)(void *, const char *, unsigned long);
	const char *driver = driver_of(CALLER);

	*(void **)&next = real(MARIADB, "mysql_real_query");
	if (driver)
		note(driver, "direct", text, len);
	return next(mysql, text, len);
}

EXPORT int mysql_query(void *mysql, const char *text)
{
	int (*next)(void *, const char *);
	const char *driver = driver_of(CALLER);

	*(void **)&next = real(MARIADB, "mysql_query");
	if (driver)
		note(driver, "direct", text, strlen(text));
	return next(mysql, text);
}

/* --- unixODBC; lengths are SQL_NTS (-3) or bytes --- */
#define ODBC "libodbc.so.2"

static size_t text_len(const unsigned char *text, int len)
{
	return len < 0 ? strlen((const char *)text) : (size_t)len;
}

EXPORT short SQLPrepare(void *stmt, unsigned char *text, int len)
{
	short (*next)(void *, unsigned char *, int);
	const char *driver = driver_of(CALLER);

	*(void **)&next = real(ODBC, "SQLPrepare");
	if (driver) {
		note(driver, "prepare", (const char *)text, text_len(text, len));
		remember(stmt, (const char *)text, text_len(text, len));
	}
	return next(stmt, text, len);
}

EXPORT short SQLExecute(void *stmt)
{
	short (*next)(void *);
	const char *driver = driver_of(CALLER);

	*(void **)&next = real(ODBC, "SQLExecute");
	if (driver)
		note_execute(driver, stmt);
	return next(stmt);
}

EXPORT short SQLExecDirect(void *stmt, unsigned char *text, int len)
{
	short (*next)(void *, unsigned char *, int);
	const char *driver = driver_of(CALLER);

	*(void **)&next = real(ODBC, "SQLExecDirect");
	if (driver)
		note(driver, "direct", (const char *)text, text_len(text, len));
	return next(stmt, text, len);
}
