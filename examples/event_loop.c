/* examples/event_loop.c - a login service on an event loop, libuv's: one thread, a unix socket, as
 * many clients as there are descriptors.  A client sends lines of JSON, each is answered by one:
 *
 *     {"login": "ida", "password": "correct horse"}   {"status": "OK", "user": {"user_id": ...}}
 *
 * A client has one call under way; further lines wait in its buffer.  Who hangs up, or sends more
 * than the buffer holds, takes the call along.  SIGTERM and SIGINT end the service.
 *
 *     cc event_loop.c $(pkg-config --cflags --libs libidbc libuv jansson) -o event_loop
 *     ulimit -n 10000; ./event_loop shop.json shop.sock
 */
#include <idbc/idbc.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define LINE_BYTES 8192
#define GRACE_MS   5000

struct client {
	uv_pipe_t pipe;
	uv_write_t write;
	struct idbc_op *op;             /* the call under way, or NULL */
	char *answer;                   /* the line being written, or NULL */
	int closed;
	size_t len;
	char in[LINE_BYTES];
};

static struct idbc *store;
static uv_pipe_t listener;
static uv_poll_t answers;               /* the connection's descriptor */
static uv_signal_t terminate, interrupt;

static void next_line(struct client *c);

/* The last of the two, its socket and its call, takes the client away. */
static void let_go(struct client *c)
{
	if (!c->closed || c->op)
		return;
	free(c->answer);
	explicit_bzero(c->in, sizeof(c->in));
	free(c);
}

static void on_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;

	c->closed = 1;
	let_go(c);
}

/* The cancelled call is still answered, once; answered() lets go of the client then. */
static void hang_up(struct client *c)
{
	if (!uv_is_closing((uv_handle_t *)&c->pipe))
		uv_close((uv_handle_t *)&c->pipe, on_closed);
	idbc_op_cancel(c->op);
}

static void on_written(uv_write_t *write, int failed)
{
	struct client *c = write->data;

	free(c->answer);
	c->answer = NULL;
	if (failed)
		hang_up(c);
	else
		next_line(c);
}

static void say(struct client *c, uint32_t status, const struct idbc_profile *user)
{
	const char *profile = user ? idbc_profile_json(user, 0) : NULL;
	size_t size = 64 + (profile ? strlen(profile) : 0);
	uv_buf_t buf;
	int n = 0;

	c->answer = malloc(size);
	if (c->answer)
		n = snprintf(c->answer, size, "{\"status\": \"%s\"%s%s}\n", idbc_status_name(status),
			     profile ? ", \"user\": " : "", profile ? profile : "");
	buf = uv_buf_init(c->answer, (unsigned)n);
	c->write.data = c;
	if (!c->answer || uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1, on_written))
		hang_up(c);
}

/* Runs inside idbc_dispatch() or idbc_close(), on the loop's thread: nothing here needs a lock. */
static void answered(int status, struct idbc_profile *user, const struct idbc_error *err, void *who)
{
	struct client *c = who;

	(void)err;                      /* err->detail is for logs, never for users */
	idbc_op_release(c->op);
	c->op = NULL;
	if (uv_is_closing((uv_handle_t *)&c->pipe))
		let_go(c);
	else
		say(c, (uint32_t)status, user);
	idbc_profile_free(user);
}

/* Returns at once.  What was not accepted is answered here: nobody will call answered(). */
static void log_in(struct client *c, const char *name, const char *password)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_request req = IDBC_REQUEST_INIT;

	req.kind = IDBC_LOGIN;
	req.value = name;
	req.password = password;
	if (idbc_submit(store, &req, answered, c, &c->op, &err) != IDBC_OK)
		say(c, err.status, NULL);
}

static void take(struct client *c, const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, 0, NULL), *password = json_object_get(json, "password");

	/* Of what is missing idbc_submit()'s call says INVALID. */
	log_in(c, json_string_value(json_object_get(json, "login")), json_string_value(password));
	if (json_is_string(password))   /* it was copied */
		explicit_bzero((char *)json_string_value(password), json_string_length(password));
	json_decref(json);
}

static void next_line(struct client *c)
{
	char *end = memchr(c->in, '\n', c->len);
	size_t used;

	if (!end || c->op || c->answer || uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	used = (size_t)(end - c->in) + 1;
	take(c, c->in, used);
	memmove(c->in, c->in + used, c->len - used);
	explicit_bzero(c->in + c->len - used, used);
	c->len -= used;
}

/* With no room left libuv says UV_ENOBUFS, which on_read() takes for the end. */
static void room(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
	struct client *c = handle->data;

	(void)wanted;
	*buf = uv_buf_init(c->in + c->len, (unsigned)(sizeof(c->in) - c->len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *c = stream->data;

	(void)buf;
	if (n < 0) {
		hang_up(c);
		return;
	}
	c->len += (size_t)n;
	next_line(c);
}

static void on_client(uv_stream_t *server, int failed)
{
	struct client *c = failed ? NULL : calloc(1, sizeof(*c));

	if (!c)
		return;
	uv_pipe_init(server->loop, &c->pipe, 0);
	c->pipe.data = c;
	if (uv_accept(server, (uv_stream_t *)&c->pipe) ||
	    uv_read_start((uv_stream_t *)&c->pipe, room, on_read))
		hang_up(c);
}

static void on_answers(uv_poll_t *poll, int failed, int events)
{
	(void)poll;
	(void)failed;
	(void)events;
	idbc_dispatch(store);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, handle->type == UV_NAMED_PIPE && handle->data ? on_closed : NULL);
}

/* Calls under way are answered inside idbc_close(), which holds this thread for the grace and a
 * second at most.  Then nothing is left that could happen, and uv_run() returns. */
static void on_stop(uv_signal_t *signal, int number)
{
	(void)number;
	uv_close((uv_handle_t *)&listener, NULL);       /* before it, so that nobody waits in vain */
	uv_close((uv_handle_t *)&answers, NULL);        /* before the descriptor is gone */
	idbc_close(store, GRACE_MS);
	uv_walk(signal->loop, close_handle, NULL);
}

static int serve(uv_loop_t *loop, const char *path)
{
	int fd = idbc_event_fd(store);

	signal(SIGPIPE, SIG_IGN);       /* libuv writes with write(2) */
	umask(077);
	unlink(path);
	return fd < 0 || uv_poll_init(loop, &answers, fd) ||
	       uv_poll_start(&answers, UV_READABLE, on_answers) ||
	       uv_signal_init(loop, &terminate) || uv_signal_start(&terminate, on_stop, SIGTERM) ||
	       uv_signal_init(loop, &interrupt) || uv_signal_start(&interrupt, on_stop, SIGINT) ||
	       uv_pipe_init(loop, &listener, 0) || uv_pipe_bind(&listener, path) ||
	       uv_listen((uv_stream_t *)&listener, 1024, on_client) ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	uv_loop_t *loop = uv_default_loop();

	if (argc != 3 || idbc_open(argv[1], &store, &err) != IDBC_OK) {
		fprintf(stderr, "event_loop: %s\n", argc == 3 ? err.text : "usage: event_loop CONFIG SOCKET");
		return 2;
	}
	if (serve(loop, argv[2])) {
		fprintf(stderr, "event_loop: cannot listen on %s\n", argv[2]);
		idbc_close(store, 0);
		return 2;
	}
	uv_run(loop, UV_RUN_DEFAULT);
	uv_loop_close(loop);
	unlink(argv[2]);
	return 0;
}
