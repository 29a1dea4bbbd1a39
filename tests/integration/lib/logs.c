/* tests/integration/lib/logs.c - preloaded into tests: every connection that a program opens
 * gets a log, at every level, whose lines also go into the file $IDBC_LOGS.
 *
 * A host that sets a log of its own still gets its lines.  Lock: `lock`, for the list of
 * connections.  Threads: any.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <idbc/idbc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

struct watched {
	struct watched *next;
	struct idbc *conn;
	idbc_log_fn *fn;                /* the host's, or NULL */
	void *ctx;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watched *all;

/* The library's own function of that name, into the pointer at `fn`. */
static void real(const char *name, void *fn)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found) {
		fprintf(stderr, "logs: no %s\n", name);
		_exit(99);
	}
	memcpy(fn, &found, sizeof(found));
}

static void write_line(uint32_t level, const char *origin, const char *text)
{
	const char *path = getenv("IDBC_LOGS");
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	char *line = NULL;

	if (fd < 0)
		return;
	if (asprintf(&line, "log %u %s: %s\n", level, origin, text) > 0 &&
	    write(fd, line, strlen(line)) < 0)
		_exit(99);
	free(line);
	close(fd);
}

static void pass_on(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
		    const char *text)
{
	struct watched *w = ctx;

	write_line(level, origin, text);
	if (w->fn)
		w->fn(w->ctx, level, op, op_id, origin, text);
}

static struct watched *watch_of(struct idbc *conn)
{
	struct watched *w;

	pthread_mutex_lock(&lock);
	for (w = all; w && w->conn != conn; w = w->next)
		;
	if (!w && (w = calloc(1, sizeof(*w))) != NULL) {
		w->conn = conn;
		w->next = all;
		all = w;
	}
	pthread_mutex_unlock(&lock);
	return w;
}

EXPORT void idbc_set_log(struct idbc *conn, idbc_log_fn *fn, void *ctx)
{
	struct watched *w = conn ? watch_of(conn) : NULL;
	__typeof__(&idbc_set_log) set;

	real("idbc_set_log", &set);
	if (!w || !getenv("IDBC_LOGS")) {
		set(conn, fn, ctx);
		return;
	}
	w->fn = fn;
	w->ctx = ctx;
	set(conn, pass_on, w);
}

EXPORT int idbc_open(const char *path, struct idbc **out, struct idbc_error *err)
{
	__typeof__(&idbc_open) open_it;
	int rc;

	real("idbc_open", &open_it);
	rc = open_it(path, out, err);

	if (rc == IDBC_OK)
		idbc_set_log(*out, NULL, NULL);
	return rc;
}

EXPORT int idbc_open_json(const char *json, struct idbc **out, struct idbc_error *err)
{
	__typeof__(&idbc_open_json) open_it;
	int rc;

	real("idbc_open_json", &open_it);
	rc = open_it(json, out, err);

	if (rc == IDBC_OK)
		idbc_set_log(*out, NULL, NULL);
	return rc;
}

EXPORT int idbc_open_within(const char *path, uint32_t timeout_ms, struct idbc **out,
			    struct idbc_error *err)
{
	__typeof__(&idbc_open_within) open_it;
	int rc;

	real("idbc_open_within", &open_it);
	rc = open_it(path, timeout_ms, out, err);
	if (rc == IDBC_OK)
		idbc_set_log(*out, NULL, NULL);
	return rc;
}
