/* tests/faults/failpoint.c - job: what happens at a failpoint, in the build of the tests alone.
 * IDBC_FAILPOINT="NAME[#N]=ACTION", at the N-th passage (the first), where ACTION is
 *     kill         the process is gone, as by SIGKILL from outside
 *     hold:FILE    writes FILE and waits until somebody takes it away
 * IDBC_FAILPOINT_TRACE=FILE notes the name of each one passed.
 * Threads: any; passages are counted together.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/failpoint.h"

static _Atomic long passed;

static void trace(const char *name)
{
	const char *path = getenv("IDBC_FAILPOINT_TRACE");
	char line[128];
	size_t len = strlen(name);
	int fd;

	if (!path || len >= sizeof(line))
		return;
	memcpy(line, name, len);
	line[len] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, len + 1) != (ssize_t)(len + 1))
		_exit(99);
	close(fd);
}

static void hold(const char *path)
{
	const struct timespec moment = { 0, 5000000 };
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		_exit(99);
	close(fd);
	while (access(path, F_OK) == 0)
		nanosleep(&moment, NULL);
}

static void act(const char *action)
{
	if (!strcmp(action, "kill"))
		kill(getpid(), SIGKILL);
	else if (!strncmp(action, "hold:", 5))
		hold(action + 5);
	else
		_exit(99);
}

void failpoint(const char *name)
{
	const char *armed = getenv("IDBC_FAILPOINT");
	size_t len = strlen(name);
	char *end;
	long at = 1;

	trace(name);
	if (!armed || strncmp(armed, name, len) || !strchr("#=", armed[len]))
		return;
	end = strchr(armed + len, '=');
	if (armed[len] == '#')
		at = strtol(armed + len + 1, &end, 10);
	if (end && *end == '=' && atomic_fetch_add(&passed, 1) + 1 == at)
		act(end + 1);
}
