/* examples/event_loop.c - a host with an event loop, libuv's: one thread, many logins under way.
 * Each line of standard input is a name, a blank and a password; each answer is a line, in the
 * order in which the answers come.
 *
 *     cc event_loop.c $(pkg-config --cflags --libs libidbc libuv) -o event_loop
 *     printf 'ida correct horse\nbob 1234\n' | ./event_loop shop.json
 */
#include <idbc/idbc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define LINE_BYTES 8192

static struct idbc *store;
static uv_poll_t answers;               /* the connection's descriptor */
static uv_stream_t *input;
static uv_pipe_t pipe_in;
static uv_tty_t tty_in;
static char line[LINE_BYTES];
static size_t line_len;
static unsigned under_way;
static int at_end;

/* The loop ends when nothing is left that could happen. */
static void stop_if_done(void)
{
	if (at_end && !under_way)
		uv_close((uv_handle_t *)&answers, NULL);
}

/* Runs inside idbc_dispatch(), on the loop's thread: no lock is needed for anything here. */
static void answered(int status, struct idbc_profile *user, const struct idbc_error *err, void *who)
{
	(void)err;                      /* err->detail is for logs, never for users */
	printf("%s: %s\n", (char *)who, idbc_status_name((uint32_t)status));
	idbc_profile_free(user);
	free(who);
	under_way--;
}

static void on_answers(uv_poll_t *poll, int failed, int events)
{
	(void)poll;
	(void)failed;
	(void)events;
	idbc_dispatch(store);
	stop_if_done();
}

/* Returns at once.  Where it was not accepted nobody will call answered(). */
static void log_in(char *text)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_request req = IDBC_REQUEST_INIT;
	char *password = strchr(text, ' '), *who;

	if (!password)
		return;
	*password++ = '\0';
	req.kind = IDBC_LOGIN;
	req.value = text;
	req.password = password;
	who = strdup(text);
	if (who && idbc_submit(store, &req, answered, who, NULL, &err) == IDBC_OK) {
		under_way++;
		return;
	}
	printf("%s: %s\n", text, idbc_status_name(who ? err.status : IDBC_NOMEM));
	free(who);
}

static void take(char c)
{
	if (c != '\n') {
		line_len += line_len < LINE_BYTES - 1;
		line[line_len - 1] = c;
		return;
	}
	line[line_len] = '\0';
	log_in(line);
	memset(line, 0, sizeof(line));  /* it was copied */
	line_len = 0;
}

static void on_input(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	for (ssize_t i = 0; i < n; i++)
		take(buf->base[i]);
	if (n >= 0)
		return;
	at_end = 1;
	uv_close((uv_handle_t *)stream, NULL);
	stop_if_done();
}

static void room(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
	static char bytes[LINE_BYTES];

	(void)handle;
	(void)wanted;
	*buf = uv_buf_init(bytes, sizeof(bytes));
}

static int watch(uv_loop_t *loop)
{
	int fd = idbc_event_fd(store), terminal = uv_guess_handle(0) == UV_TTY;

	if (terminal ? uv_tty_init(loop, &tty_in, 0, 0) : uv_pipe_init(loop, &pipe_in, 0))
		return -1;
	input = terminal ? (uv_stream_t *)&tty_in : (uv_stream_t *)&pipe_in;
	if (!terminal && uv_pipe_open(&pipe_in, 0))
		return -1;
	return fd < 0 || uv_poll_init(loop, &answers, fd) ||
	       uv_poll_start(&answers, UV_READABLE, on_answers) ||
	       uv_read_start(input, room, on_input) ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	uv_loop_t *loop = uv_default_loop();

	if (argc != 2 || idbc_open(argv[1], &store, &err) != IDBC_OK) {
		fprintf(stderr, "event_loop: %s\n", argc == 2 ? err.text : "usage: event_loop CONFIG");
		return 2;
	}
	if (watch(loop)) {
		fputs("event_loop: standard input is neither a pipe nor a terminal\n", stderr);
		idbc_close(store, 0);
		return 2;
	}
	uv_run(loop, UV_RUN_DEFAULT);
	uv_loop_close(loop);
	idbc_close(store, 5000);
	return 0;
}
