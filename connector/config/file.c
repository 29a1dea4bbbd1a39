/* connector/config/file.c - job: read the files of a configuration, after looking at who
 * may write or read them.  The permissions are those of the file opened, not of the name.
 * Threads: any, no lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "config/file.h"

#define CONFIG_MAX (4u << 20)
#define SECRET_MAX (64u << 10)
#define PIPE_MS    5000         /* what a pipe's writer may take for its next byte */

static const char *errno_text(int code)
{
	const char *text = strerrordesc_np(code);

	return text ? text : "unknown error";
}

static const char *too_open(enum file_kind kind, mode_t mode)
{
	if (mode & (S_IWGRP | S_IWOTH))
		return "it can be written by its group or by others (chmod go-w)";
	if (kind == FILE_SECRET && (mode & S_IROTH))
		return "it holds a secret and can be read by others (chmod o-r)";
	return NULL;
}

static enum file_result look(int fd, enum file_kind kind, const char **why)
{
	struct stat st;

	if (fstat(fd, &st)) {
		*why = errno_text(errno);
		return FILE_UNREADABLE;
	}
	if (S_ISDIR(st.st_mode)) {
		*why = errno_text(EISDIR);
		return FILE_UNREADABLE;
	}
	*why = too_open(kind, st.st_mode);
	return *why ? FILE_UNSAFE : FILE_OK;
}

/* A pipe that nobody writes would keep an open waiting for ever. */
static ssize_t read_some(int fd, char *to, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int ready = poll(&p, 1, PIPE_MS);

	if (ready == 0)
		errno = ETIME;
	return ready > 0 ? read(fd, to, size) : -1;
}

/* Fills at most `size` bytes; the count, or -1 with errno. */
static ssize_t read_all(int fd, char *to, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read_some(fd, to + have, size - have);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* A pipe has no size, so the room doubles until the end is seen. */
static enum file_result slurp(int fd, size_t max, struct secret *out, const char **why)
{
	for (size_t size = 8192;; size *= 2) {
		struct secret bigger = SECRET_INIT;
		ssize_t n;

		if (out->len > max) {
			*why = "it is too long";
			return FILE_TOO_LONG;
		}
		if (secret_alloc(&bigger, size))
			return FILE_NOMEM;
		if (out->len)
			memcpy(bigger.ptr, out->ptr, out->len);
		n = read_all(fd, bigger.ptr + out->len, size - out->len);
		bigger.len = out->len;
		secret_free(out);
		*out = bigger;
		if (n < 0) {
			*why = errno == ETIME ? "nothing comes out of it" : errno_text(errno);
			return FILE_UNREADABLE;
		}
		out->len += (size_t)n;
		if (out->len < size)
			break;
	}
	return FILE_OK;
}

enum file_result file_read(const char *path, enum file_kind kind, struct secret *out,
			   const char **why)
{
	struct secret got = SECRET_INIT;
	enum file_result rc;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0) {
		*why = errno_text(errno);
		return FILE_UNREADABLE;
	}
	rc = look(fd, kind, why);
	if (rc == FILE_OK)
		rc = slurp(fd, kind == FILE_SECRET ? SECRET_MAX : CONFIG_MAX, &got, why);
	close(fd);
	if (rc == FILE_OK)
		*out = got;
	else
		secret_free(&got);
	return rc;
}

static char *join(const char *dir, size_t dir_len, const char *name)
{
	size_t name_len = strlen(name);
	char *out = malloc(dir_len + name_len + 2);

	if (!out)
		return NULL;
	memcpy(out, dir, dir_len);
	out[dir_len] = '/';
	memcpy(out + dir_len + 1, name, name_len + 1);
	return out;
}

char *file_beside(const char *dir, const char *path)
{
	if (path[0] == '/')
		return strdup(path);
	return join(dir, strlen(dir), path);
}

char *file_folder(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	char here[PATH_MAX], *name, *out;

	if (slash && path[0] == '/')
		return strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!getcwd(here, sizeof(here)))
		return strdup(".");
	if (!slash)
		return strdup(here);
	name = strndup(path, (size_t)(slash - path));
	out = name ? join(here, strlen(here), name) : NULL;
	free(name);
	return out;
}
