/* connector/link/file.c - job: open a driver's file and judge it, before any of it runs: that
 * it is root's or this process's user's, that no stranger could have changed it, and that it is
 * a driver.
 *
 * The file judged is the file loaded because of whom that leaves: root and this user, who need
 * no driver for what they want here, and whose the folders above it are, by owner or by group,
 * which is the administrator's word.  Loading
 * /proc/self/fd/N instead would cost $ORIGIN, need /proc, and meet the dynamic linker's habit
 * of knowing a library again by its name.  The loader compares afterwards all the same.
 * Threads: any, no lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "link/inside.h"

static int unsafe(struct driver_fault *fault, const char *path, const char *why)
{
	return driver_fault(fault, "driver-unsafe", "%.280s %s", path, why);
}

static int not_found(struct driver_fault *fault, const char *path)
{
	return driver_fault(fault, "driver-not-found", "%.300s: %s", path,
			    errno == ENOENT ? "no such file" : "cannot be looked at");
}

static int check_stat(const struct stat *st, const char *path, struct driver_fault *fault)
{
	if (!S_ISREG(st->st_mode))
		return unsafe(fault, path, "is not a regular file");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return unsafe(fault, path,
			      "can be written by its group or by others (chmod go-w)");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return unsafe(fault, path,
			      "belongs neither to root nor to the user of this process");
	return 0;
}

/* Who may write to a folder may put another file there, unless it is sticky. */
static int check_folder(const char *folder, struct driver_fault *fault)
{
	struct stat st;

	if (stat(folder, &st))
		return not_found(fault, folder);
	if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
		return unsafe(fault, folder,
			      "is a folder that others can write to (chmod o-w)");
	return 0;
}

/* Every folder above `path`, which has no links in it. */
static int check_folders(const char *path, struct driver_fault *fault)
{
	char *folder = strdup(path), *slash;
	int rc = 0;

	if (!folder)
		return driver_fault(fault, "no-memory", "out of memory");
	while (!rc && (slash = strrchr(folder, '/'))) {
		*slash = '\0';
		rc = check_folder(folder[0] ? folder : "/", fault);
	}
	free(folder);
	return rc;
}

int driver_same_file(const struct driver_file *file)
{
	struct stat now;

	return stat(file->path, &now) == 0 && now.st_dev == file->st.st_dev &&
	       now.st_ino == file->st.st_ino && now.st_size == file->st.st_size &&
	       now.st_mtim.tv_sec == file->st.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == file->st.st_mtim.tv_nsec;
}

/* Opening what is no regular file can wait for ever or do something: it is not opened. */
static int open_file(struct driver_file *file, struct driver_fault *fault)
{
	if (stat(file->path, &file->st))
		return not_found(fault, file->path);
	if (check_stat(&file->st, file->path, fault))
		return -1;
	file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file->fd < 0 || fstat(file->fd, &file->st))
		return driver_fault(fault, "driver-not-loadable", "%.300s cannot be read",
				    file->path);
	return check_stat(&file->st, file->path, fault);
}

int driver_file_open(const char *path, struct driver_file *out, struct driver_fault *fault)
{
	struct driver_file file = { .fd = -1, .path = realpath(path, NULL) };

	if (!file.path)
		return not_found(fault, path);
	if (open_file(&file, fault) || check_folders(file.path, fault) ||
	    driver_check_object(file.fd, (uint64_t)file.st.st_size, file.path, fault)) {
		driver_file_close(&file);
		return -1;
	}
	*out = file;
	return 0;
}

void driver_file_close(struct driver_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	file->fd = -1;
	file->path = NULL;
}
