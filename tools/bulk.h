/* tools/bulk.h - what export and import share: a bar for people who wait, records out of a file,
 * and the memory of how far an import came.  Threads: one.
 */
#ifndef TOOLS_BULK_H
#define TOOLS_BULK_H

#include <stdio.h>
#include "tool.h"

/* --- progress.c: on standard error, if that is a terminal ------------------------------- */
struct progress {
	const char *what;               /* "users" */
	int shown, wanted;
	int64_t started_ms, last_ms;
};
void progress_begin(struct progress *, const struct tool *, const char *what);
void progress_show(struct progress *, uint64_t done, int percent);      /* percent 0: unknown */
void progress_end(struct progress *);
int64_t progress_now_ms(void);

/* --- import_read.c: one JSON value after another, of an array or line by line -------------- */
struct reader {
	FILE *file;
	char *text;
	size_t len, room;
	uint64_t line, bytes;           /* where the last one began; how far it was read */
	uint64_t now;                   /* the line that is read */
	int begun, is_array, ended;
	int again;                      /* something stood behind the array */
	uint64_t digest;                /* of all records so far */
};
#define RECORD_ROOM (1024u * 1024u + 2u)        /* longer ones are told as too long */
int  reader_init(struct reader *, FILE *);      /* 0, or -1: no memory */
void reader_free(struct reader *);
int  reader_next(struct reader *);              /* 1, 0 at the end, -1: cannot be read */

/* --- import_state.c ------------------------------------------------------------------------ */
struct state {
	const char *path;               /* NULL: nothing is remembered */
	uint64_t records, digest;
	uint64_t created, updated, exists, refused;
};
/* 1: there is one; 0: there is none; else an exit status after saying what is wrong. */
#define STATE_NONE  0
#define STATE_THERE (-1)
int  state_load(const struct tool *, struct state *);
int  state_save(const struct state *);          /* 0, or -1 with errno */

#endif
