/* tools/remove_command.c - job: a shell command in the part of the host's profile store:
 * the user_id on its standard input, exit status 0 means gone.  What it prints goes to our
 * standard error, since our standard output is the answer.
 */
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tool.h"

extern char **environ;

#define NOT_RUN 127     /* as the shell says it */

/* A user_id is shorter than the smallest pipe: it fits before anybody reads. */
static int pipe_with_line(const char *text, int ends[2])
{
	size_t len = strlen(text);

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	if (write(ends[1], text, len) == (ssize_t)len && write(ends[1], "\n", 1) == 1)
		return close(ends[1]);
	close(ends[0]);
	close(ends[1]);
	return -1;
}

static int start(const char *command, int input, pid_t *pid)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t actions;
	int rc;

	if (posix_spawn_file_actions_init(&actions))
		return -1;
	rc = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn(pid, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		return NOT_RUN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int remove_command_run(void *command, const char *user_id)
{
	int ends[2], rc;
	pid_t pid = 0;

	if (pipe_with_line(user_id, ends))
		return NOT_RUN;
	if (fcntl(ends[0], F_SETFL, 0) || start(command, ends[0], &pid))
		rc = NOT_RUN;
	else
		rc = wait_for(pid);
	close(ends[0]);
	return rc;
}
