/* connector/link/inside.h - what the files of this room share: a driver as adopted, the
 * pool, and the link that holds both.  Private to connector/link.
 *
 * Locks: the loader's list has one (loader.c), each pool has one (pool.c); neither is
 * held while a driver or dlopen runs.
 */
#ifndef CONNECTOR_LINK_INSIDE_H
#define CONNECTOR_LINK_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include "link/link.h"

/* --- drivers -------------------------------------------------------------------------- */
/* Loaded once per process, never unloaded, constant once it is in the list. */
struct driver {
	struct driver *next;
	char *path;
	struct idbc_driver table;       /* full size; what is absent is a stub */
	struct idbc_ops ops;
	uint32_t slots;                 /* those of `ops` that are no stubs */
};

/* What is wrong with a driver: a code for findings and a text. */
struct driver_fault {
	char code[32];
	char text[400];
};
int driver_fault(struct driver_fault *, const char *code, const char *fmt, ...)
	IDBC_PRINTF(3, 4);              /* -1 */

/* The driver that a configuration names; NULL with *fault filled. */
const struct driver *driver_find(const char *name, struct driver_fault *fault);
/* The one in this file. */
const struct driver *driver_load(const char *path, struct driver_fault *fault);
/* Each folder that bare names are looked for in; stops when fn returns not 0. */
int driver_each_folder(int (*fn)(void *ctx, const char *folder), void *ctx);

/* --- file.c, elf.c: a file judged before anything of it runs ---------------------------- */
struct driver_file {
	int fd;
	char *path;                     /* absolute, without links */
	struct stat st;
};
/* 0 and *out open, for driver_file_close(); or -1 with *fault filled. */
int  driver_file_open(const char *path, struct driver_file *out, struct driver_fault *fault);
void driver_file_close(struct driver_file *);
int  driver_same_file(const struct driver_file *);      /* what its path names now */
int  driver_check_object(int fd, uint64_t file_size, const char *path,
			 struct driver_fault *fault);

/* Copies a driver's own table into full-size ones.  0, or -1 with *fault filled. */
int driver_adopt(const struct idbc_driver *theirs, struct driver *out,
		 struct driver_fault *fault);
/* Puts a stub where there is nothing; what there was, as enum link_slot. */
uint32_t stubs_ops(struct idbc_ops *ops);
void stubs_driver(struct idbc_driver *table);

/* --- services ------------------------------------------------------------------------- */
struct link_host {
	struct idbc_host table;         /* first: what the driver sees */
	const struct log *log;          /* NULL: none */
	const char *origin;             /* the driver's name */
};
void link_host_init(struct link_host *, const struct log *, const char *origin);
const struct idbc_settings *link_settings(const struct config *);

/* --- the pool ------------------------------------------------------------------------- */
struct idle {
	void *driver_session;
	int64_t born_ns, used_ns;
};
enum pool_fit { FIT_UNKNOWN, FIT_LOOKING, FIT_YES, FIT_NO };

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t changed;         /* a place or a session came free: wakes one */
	pthread_cond_t judged;          /* `fit` changed: wakes all */
	struct idle *idle;              /* the newest last: last in, first out */
	uint32_t nidle;
	uint32_t nopen;                 /* idle, in hands, or being connected */

	uint32_t backoff_ms;            /* 0: the store answered when last asked */
	int64_t next_try_ns;
	int probing;                    /* somebody is trying whether it is back */
	uint64_t failures;
	struct idbc_error down;         /* what the last connect said */

	_Atomic(enum pool_fit) fit;     /* do store and mapping go together; FIT_YES
					 * is read without the lock */
	struct idbc_error misfit;       /* FIT_NO: for every later checkout */
};

struct link {
	struct link *next;              /* of those abandoned in a forked child */
	const struct config *config;
	const struct log *log;
	const struct driver *driver;
	struct link_host host;
	void *instance;
	int opened;                     /* the driver's open() said yes */
	struct pool pool;
};

int  pool_init(struct link *);          /* 0, or -1: no memory */
void pool_empty(struct link *);         /* disconnects what is idle */
void pool_abandon(struct link *);
void pool_fini(struct link *);
/* As link_checkout, but without asking whether store and mapping fit. */
int  pool_checkout(struct link *, struct stop *, int64_t deadline_ns, int fresh, struct session *out,
		   struct idbc_error *err);
void pool_give_back(struct session *);
void pool_drop(struct session *);
/* Waits for `cond`; 0 once the deadline is past or the call stopped.  Called with the lock
 * held. */
int  pool_wait(struct link *, struct stop *, pthread_cond_t *cond, int64_t deadline_ns);

#endif
