/* drivers/odbc/handles.h - this room's own words: the options, a connection, a statement.
 *
 * Threads: an instance is read-only once open, but for what finds sockets; its environment
 * handle is shared, which ODBC allows.  A connection is in one thread at a time, but for `guard`, which lets
 * od_interrupt() see what runs.
 */
#ifndef DRIVERS_ODBC_HANDLES_H
#define DRIVERS_ODBC_HANDLES_H

#include <pthread.h>
#include <stdatomic.h>
#include <sql.h>
#include <sqlext.h>
#include <string.h>
#include <sys/types.h>

#include "sql/base/option.h"
#include "sql/base/pipe.h"
#include "sql/sql.h"

/* Which ODBC driver it is, as far as the connection string tells. */
enum od_flavour { OD_OTHER, OD_SQLITE, OD_MARIADB, OD_POSTGRESQL, OD_MSSQL };

/* Where several servers are named: which is tried first; and of a PostgreSQL, which history
 * of the data is the newest that any connection has met. */
struct od_hosts {
	pthread_mutex_t lock;
	uint32_t first;
	_Atomic uint32_t timeline;
	char system[32];                /* whose timeline */
};

/* What drivers change of the process while connects are under way: see restore.c. */
struct od_restore {
	pthread_mutex_t lock;
	uint32_t inside;
	char *locale;
	struct pipe_before pipe;
};

/* Whose turn it is to connect: see socket.c. */
struct od_finding {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int taken;
};

struct od_instance {
	const struct idbc_host *host;
	const struct idbc_settings *settings;
	SQLHENV env;
	uint32_t flavour;               /* enum od_flavour */
	char *driver;                   /* of "attributes": name or path */
	char *dsn, *string;
	struct option_list attributes;  /* their names */
	struct option_list init;
	int64_t timeout_ms;
	struct od_finding finding;
	struct od_restore restore;
	_Atomic int remote;             /* its sockets are TCP's, and told apart by their ports */
	int standby;                    /* a server that replays another's writes will do */
	struct od_hosts *hosts;
};

/* The file that a SQLite connection has open; name NULL: none, or none that has a name. */
struct od_file {
	char *name;
	dev_t dev;
	ino_t ino;
	int64_t looked_ns;
};
struct od_statement;
struct od_connection {
	struct od_instance *instance;
	SQLHDBC dbc;
	uint32_t dialect;
	uint32_t timeline;              /* PostgreSQL's; 0: not known */
	int standby;                    /* it replays what another server writes */
	int read_only;                  /* it took no writes from the beginning, */
	int64_t begun_ns;               /* which was then */
	struct od_statement *statements;
	SQLHSTMT canceller;             /* never runs; SQL_NULL_HSTMT: cancel what runs */
	int in_transaction;
	int failed;                     /* something, since the transaction began */
	int64_t deadline_ns;
	struct od_file file;
	struct sql_work work;
	pthread_mutex_t guard;          /* all below */
	SQLHSTMT running;
	int fd;                         /* our own duplicate of the socket, or -1 */
	_Atomic int interrupted;        /* changed under the lock, read by anybody */
};

/* Descriptors that a program started by the host would inherit. */
struct od_inherit {
	int fds[256];
	size_t n;
};

/* The sockets that a process has. */
struct od_sockets {
	unsigned long inodes[1024];
	size_t n;
	int too_many, turn, doubt;      /* doubt: several were new, and no port tells them apart */
};

enum od_phase { OD_HARMLESS, OD_STATEMENT, OD_COMMIT };

/* options.c */
int  od_open(const struct idbc_host *, const struct idbc_settings *, struct idbc_findings *,
	     void **instance, struct idbc_error *err);
void od_close(void *instance);
/* find.c: which file a well-known driver lives in; NULL: leave the name */
char *od_driver_find(SQLHENV env, const char *name);
/* 1 if the driver manager knows the name, or it is the path of a file. */
int  od_driver_there(SQLHENV env, const char *name);
uint32_t od_driver_flavour(const char *name);

/* string.c: the connection string, malloc'ed; wiped by od_string_free() */
struct od_text { char *ptr; size_t len, cap; int failed; };
int  od_string_build(const struct od_instance *, int create, uint32_t server,
		     unsigned connect_s, int64_t wait_ms, struct od_text *out);
void od_string_free(struct od_text *);
int  od_string_has(const char *string, const char *key, char *value, size_t cap);
int  od_given(const struct od_instance *, const char *key);

/* diag.c */
int  od_diag(struct od_connection *, SQLSMALLINT type, SQLHANDLE, enum od_phase,
	     struct sql_diag *) SQL_COLD;
int  od_diag_own(struct od_connection *, const char *sqlstate, const char *text,
		 struct sql_diag *) SQL_COLD;

/* connection.c */
int  od_connect(void *instance, int create, int64_t deadline_ns, void **out,
		uint32_t *dialect, struct sql_diag *);
/* A connection for od_end_work() alone. */
int  od_reach(void *instance, const struct sql_work *, int64_t deadline_ns, void **out,
	      struct sql_diag *);
void od_disconnect(void *conn);
void od_abandon(void *conn);
void od_interrupt(void *conn);
int  od_ping(void *conn, int64_t deadline_ns, struct sql_diag *);
int  od_exec(void *conn, const char *sql, int64_t deadline_ns, struct sql_diag *);
int  od_begin(void *conn, int64_t deadline_ns, struct sql_diag *);
int  od_commit(void *conn, struct sql_diag *);
int  od_rollback(void *conn, struct sql_diag *);
int  od_last_id(void *conn, void *stmt, int64_t *id, struct sql_diag *);
/* Runs SQLExecute, or SQLExecDirect where `sql` is given, so that it can be interrupted;
 * a SQLite that is busy is asked again until the deadline. */
int  od_run(struct od_connection *, SQLHSTMT, const char *sql, enum od_phase,
	    struct sql_diag *);
int  od_run_text(struct od_connection *, const char *sql, enum od_phase, struct sql_diag *);
/* One column of the first row; "" where there is none. */
int  od_read_text(struct od_connection *, const char *sql, SQLUSMALLINT column, char *out,
		  size_t cap, struct sql_diag *);
/* Is it worth asking again?  Waits a moment if so. */
int  od_busy(const struct od_connection *, const struct sql_diag *);
/* Is the store still the one that we connected to?  0, or -1: lost, nothing was sent. */
int  od_store_same(struct od_connection *, int now, struct sql_diag *);
/* For slots without a deadline: the connection's own limit, from now. */
void od_wait_from_now(struct od_connection *);
unsigned od_seconds(int64_t ms);        /* rounded up; at least one */

/* socket.c: around a connect, then once more by the port that the server sees. */
int od_finding_init(struct od_finding *);
void od_finding_wipe(struct od_finding *);
void od_sockets_before(struct od_connection *, struct od_sockets *);
void od_sockets_after(struct od_connection *, struct od_sockets *, int connected_now);
void od_sockets_by_port(struct od_connection *, struct od_sockets *, unsigned port);

/* ending.c */
int  od_note_work(struct od_connection *, unsigned *port, struct sql_diag *);
const struct sql_work *od_work(void *conn);
int  od_give_up(void *conn);
int  od_end_work(void *conn, const struct sql_work *, int whole, int64_t asked_ns,
		 struct sql_diag *);

/* session.c */
uint32_t od_dialect(SQLHDBC);
int  od_session_begin(struct od_connection *, struct sql_diag *);

/* hosts.c */
struct od_hosts *od_hosts_new(void);
void od_hosts_free(struct od_hosts *);
uint32_t od_hosts_count(const struct od_instance *);    /* at least 1 */
int  od_hosts_fit(const struct od_instance *);
/* Is that an attribute with an item for each server?  Which item, or the only one. */
int  od_hosts_key(const struct od_instance *, const char *name);
struct idbc_str od_hosts_item(const struct od_instance *, struct idbc_str list, uint32_t index);
uint32_t od_hosts_first(struct od_hosts *);
void od_hosts_tried(struct od_hosts *, uint32_t n, uint32_t index, int failed);
/* What kind of PostgreSQL is it?  0, or -1: not one to be used. */
int  od_hosts_judge(struct od_connection *, struct sql_diag *);
int  od_replays(void *conn);
/* 0, or -1: its data are no longer the newest; the connection is lost, nothing was sent. */
int  od_hosts_left_behind(struct od_connection *, struct sql_diag *);

/* sqlite_file.c: is the file still the one of that name?  0, or -1: the connection is lost,
 * nothing was sent.  `now`: look again however recent the last look. */
void od_file_note(struct od_connection *, const char *name);
int  od_file_same(struct od_connection *, int now, struct sql_diag *);
void od_file_forget(struct od_connection *);

/* restore.c: around a connect */
void od_restore_init(struct od_restore *);
void od_restore_wipe(struct od_restore *);
void od_restore_before(struct od_restore *);
void od_restore_after(struct od_restore *);

/* inherit.c: around a connect of MariaDB's driver */
void od_inherit_before(struct od_inherit *);
void od_inherit_after(struct od_connection *, const struct od_inherit *before);

/* facts.c: was the server's certificate checked, does the driver manager serialise, may
 * SIGPIPE come of it, is a row as text what PostgreSQL makes of it */
void od_facts(void *conn, struct sql_facts *out);
int  od_quiet(void *conn);
int  od_unpacks(void *conn);

/* statement.c */
int  od_prepare(void *conn, const char *sql, void **out, struct sql_diag *);
int  od_execute(void *stmt, const struct idbc_value *args, uint32_t nargs,
		int64_t deadline_ns, int64_t *rows, struct sql_diag *);
int  od_fetch(void *stmt, struct idbc_value *cols, uint32_t ncols, struct sql_diag *);
int  od_columns(void *stmt, const struct sql_column **cols, uint32_t *n, struct sql_diag *);
void od_reset(void *stmt);
void od_finish(void *stmt);
void od_finish_all(struct od_connection *, int leave_handles);

extern const struct sql_backend od_backend;

#endif
