/* drivers/odbc/sqlite_file.c - a SQLite file that was deleted or replaced while it is open.
 *
 * SQLite goes on with the old file: logins would be judged by users who are no more, and
 * what is written would be nowhere.  So its name is looked at before every transaction,
 * and by reads once a second.  Threads: the connection's; no lock.
 */
#include "handles.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LOOK_AGAIN_NS INT64_C(1000000000)

void od_file_note(struct od_connection *c, const char *name)
{
	struct stat st;

	od_file_forget(c);
	if (!*name || stat(name, &st))
		return;
	c->file.name = strdup(name);
	c->file.dev = st.st_dev;
	c->file.ino = st.st_ino;
	c->file.looked_ns = c->instance->host->now_ns();
}

/* A name that cannot be looked at says nothing. */
static int is_other(const struct od_file *file)
{
	struct stat st;

	if (stat(file->name, &st))
		return errno == ENOENT || errno == ENOTDIR;
	return st.st_dev != file->dev || st.st_ino != file->ino;
}

int od_file_same(struct od_connection *c, int now, struct sql_diag *diag)
{
	struct od_file *file = &c->file;
	int64_t now_ns;

	if (!file->name)
		return 0;
	now_ns = c->instance->host->now_ns();
	if (!now && now_ns - file->looked_ns < LOOK_AGAIN_NS)
		return 0;
	file->looked_ns = now_ns;
	if (!is_other(file))
		return 0;
	od_diag_own(c, "08S01", "the database file is gone or another one", diag);
	diag->lost = SQL_LOST_BEFORE;
	return -1;
}

void od_file_forget(struct od_connection *c)
{
	free(c->file.name);
	c->file.name = NULL;
}
