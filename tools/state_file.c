/* tools/state_file.c - job: a small file that remembers something, replaced as a whole.  Whatever
 * dies and when, the process or the machine, what is read afterwards is the last text or this one.
 * Threads: one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tool.h"

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd);
}

/* An error stays the one that is told. */
static int close_after(int fd, int rc)
{
	int why = errno;

	if (close(fd) && !rc)
		return -1;
	errno = why;
	return rc;
}

static int write_beside(const char *name, const char *text, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close_after(fd, write_all(fd, text, len));
}

/* A name is the folder's, and lasts only when that was written.  One that cannot be read, or
 * synced, keeps the name as well as it keeps any. */
static void sync_folder(char *name)
{
	char *slash = strrchr(name, '/');
	int fd;

	if (slash)
		slash[slash == name] = '\0';
	fd = open(slash ? name : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!fsync(fd);
	close(fd);
}

int state_file_replace(const char *path, const char *text, size_t len)
{
	size_t bytes = strlen(path) + sizeof(".new");
	char *name = malloc(bytes);
	int rc;

	if (!name)
		return -1;
	memcpy(name, path, bytes - sizeof(".new"));
	memcpy(name + bytes - sizeof(".new"), ".new", sizeof(".new"));
	rc = write_beside(name, text, len);
	if (!rc)
		rc = rename(name, path);
	if (!rc)
		sync_folder(name);
	free(name);
	return rc;
}
