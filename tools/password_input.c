/* tools/password_input.c - job: one password from a file, a descriptor or the terminal,
 * into memory that is locked, left out of core files and wiped.  Never from argv.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include "tool.h"

#define ROOM (64u << 10)        /* far over what the library takes */

static int room_get(struct password_input *in)
{
	void *bytes = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		return -1;
	/* Best effort: the limit of a plain user may be small. */
	(void)mlock(bytes, ROOM);
	(void)madvise(bytes, ROOM, MADV_DONTDUMP);
	in->text = bytes;
	in->len = 0;
	in->room = ROOM;
	return 0;
}

void password_input_free(struct password_input *in)
{
	if (!in->text)
		return;
	explicit_bzero(in->text, in->room);
	munmap(in->text, in->room);
	in->text = NULL;
}

/* To the end of the input, or of the line.  0; -1: an error; -2: too long. */
static int read_all(struct password_input *in, int fd, int one_line)
{
	while (in->len < in->room - 1) {
		ssize_t n = read(fd, in->text + in->len, one_line ? 1 : in->room - 1 - in->len);

		if (n < 0 && errno == EINTR && !one_line)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		in->len += (size_t)n;
		if (one_line && in->text[in->len - 1] == '\n')
			return 0;
	}
	return -2;
}

static int finish(const struct tool *tool, struct password_input *in)
{
	if (in->len && in->text[in->len - 1] == '\n')
		in->len--;
	in->text[in->len] = '\0';
	if (memchr(in->text, '\0', in->len))
		return out_invalid(tool, "password_invalid", "the password holds a NUL byte");
	return 0;
}

static int from_fd(const struct tool *tool, int fd, struct password_input *in)
{
	int rc = read_all(in, fd, 0);

	if (rc == -2)
		return out_invalid(tool, "password_too_long", "the password is too long");
	if (rc)
		return out_usage(tool, "cannot read the password: %s", strerror(errno));
	return finish(tool, in);
}

static int from_file(const struct tool *tool, struct password_input *in)
{
	const char *path = tool->value[OPT_PASSWORD_FILE];
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return out_usage(tool, "--password-file %s: %s", path, strerror(errno));
	rc = from_fd(tool, fd, in);
	close(fd);
	return rc;
}

static int from_descriptor(const struct tool *tool, struct password_input *in)
{
	const char *text = tool->value[OPT_PASSWORD_FD];
	size_t len = strspn(text, "0123456789");

	if (!len || len > 6 || text[len])
		return out_usage(tool, "--password-fd takes the number of a descriptor");
	return from_fd(tool, atoi(text), in);
}

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

static const int fatal[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define NFATAL (sizeof(fatal) / sizeof(fatal[0]))

/* One line with the echo off.  A signal puts the echo back before it does its work. */
static int read_hidden(int tty, struct password_input *in)
{
	struct sigaction catch = { .sa_handler = on_signal }, old[NFATAL];
	struct termios shown, hidden;
	int rc;

	if (tcgetattr(tty, &shown))
		return -1;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	for (size_t i = 0; i < NFATAL; i++)
		sigaction(fatal[i], &catch, &old[i]);
	rc = tcsetattr(tty, TCSAFLUSH, &hidden) ? -1 : read_all(in, tty, 1);
	tcsetattr(tty, TCSAFLUSH, &shown);
	for (size_t i = 0; i < NFATAL; i++)
		sigaction(fatal[i], &old[i], NULL);
	if (caught)
		raise(caught);
	return rc;
}

static void say(int tty, const char *text)
{
	ssize_t ignored = write(tty, text, strlen(text));

	(void)ignored;
}

/* An end of input is no answer; an empty line is an empty password. */
static int ask(const struct tool *tool, int tty, const char *prompt, struct password_input *in)
{
	int rc;

	in->len = 0;
	say(tty, prompt);
	rc = read_hidden(tty, in);
	if (rc == -2)
		return out_invalid(tool, "password_too_long", "the password is too long");
	if (rc || in->len == 0)
		return out_usage(tool, "no password given");
	return finish(tool, in);
}

static int terminal(void)
{
	return isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
}

static int ask_again(const struct tool *tool, int tty, const struct password_input *first)
{
	struct password_input second = PASSWORD_INPUT_INIT;
	int rc = room_get(&second) ? EXIT_OTHER : ask(tool, tty, "Once more: ", &second);

	if (rc == 0 && (second.len != first->len || memcmp(second.text, first->text, first->len)))
		rc = out_usage(tool, "the two passwords differ");
	password_input_free(&second);
	return rc;
}

static int from_terminal(const struct tool *tool, int twice, struct password_input *in)
{
	int tty = terminal(), rc;

	if (tty < 0)
		return out_usage(tool, "no terminal to ask for the password: --password-file "
				 "or --password-fd");
	rc = ask(tool, tty, twice ? "New password: " : "Password: ", in);
	if (rc == 0 && twice)
		rc = ask_again(tool, tty, in);
	close(tty);
	return rc;
}

int password_input_given(const struct tool *tool)
{
	return tool->value[OPT_PASSWORD_FILE] || tool->value[OPT_PASSWORD_FD];
}

/* Nobody there to ask, or nothing typed: no password. */
int password_input_optional(struct tool *tool, struct password_input *out)
{
	int tty, rc;

	if (password_input_given(tool))
		return password_input_read(tool, 0, out);
	tty = terminal();
	if (tty < 0)
		return 0;
	rc = room_get(out) ? EXIT_OTHER
			   : ask(tool, tty, "Password (none: explained without): ", out);
	close(tty);
	if (rc == 0 && out->len == 0)
		password_input_free(out);
	return rc;
}

int password_input_read(struct tool *tool, int twice, struct password_input *out)
{
	if (tool->value[OPT_PASSWORD_FILE] && tool->value[OPT_PASSWORD_FD])
		return out_usage(tool, "--password-file or --password-fd, not both");
	if (room_get(out))
		return EXIT_OTHER;
	if (tool->value[OPT_PASSWORD_FILE])
		return from_file(tool, out);
	if (tool->value[OPT_PASSWORD_FD])
		return from_descriptor(tool, out);
	return from_terminal(tool, twice, out);
}
