/* drivers/mysql/client.h - this room's own words: the options, a connection, a statement.
 *
 * Threads: an instance is read-only once open, but for `memory`.  A connection is in one thread at a time,
 * but for `guard`, which lets my_interrupt() see whether there is a socket to shut down.
 */
#ifndef DRIVERS_MYSQL_CLIENT_H
#define DRIVERS_MYSQL_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>
#include "compat.h"
#include "sql/sql.h"

struct my_host {
	char *name;             /* NULL: `socket` */
	unsigned port;
};
struct my_tls {
	uint32_t mode;          /* enum tls_mode */
	uint32_t chosen;        /* the configuration named it, or gave certificates */
	char *ca, *cert, *key;
};
/* Where reads of a cluster's node stand. */
enum my_reads {
	MY_READS_LOCAL,         /* what the node has applied */
	MY_READS_CURRENT,       /* what any node has committed before the read began */
};
struct my_memory;
struct my_instance {
	const struct idbc_host *host;
	const struct idbc_settings *settings;
	struct my_host *hosts;
	size_t nhosts;
	struct my_memory *memory;       /* of hosts that failed */
	uint32_t reads;         /* enum my_reads */
	int reads_chosen;       /* the configuration named it */
	char *socket, *user, *database;
	struct my_tls tls;
	int64_t timeout_ms;
};

struct my_statement;
struct my_connection {
	MYSQL *mysql;
	const struct my_instance *instance;
	struct my_statement *statements;
	int64_t deadline_ns;    /* of the statement that runs, for the diagnosis */
	size_t at;              /* which of the hosts */
	int clustered;          /* it is a node of a cluster */
	int in_transaction;     /* as far as we know */
	int read_only, second_choice;   /* as it said when we came */
	struct sql_work work;
	_Atomic int interrupted;
	pthread_mutex_t guard;  /* fd, as others see it */
	int fd;                 /* our own duplicate of the socket: never reused under us */
};

/* What a lost connection means for the statement that was being sent. */
enum my_phase {
	MY_HARMLESS,            /* nothing is written by it, or it can be repeated */
	MY_STATEMENT,
	MY_COMMIT,
};

extern const struct sql_backend my_backend;

int  my_options_read(const struct idbc_host *, const struct idbc_settings *,
		     struct idbc_findings *, struct my_instance **out, struct idbc_error *err);
void my_options_free(struct my_instance *);
int  my_host_is_local(const struct my_host *);

/* --- hosts.c: at most 64 hosts ----------------------------------------------------------- */
enum hosts_outcome { HOSTS_GOOD, HOSTS_FAILED, HOSTS_UNKNOWN };

struct my_memory *hosts_memory(size_t n);
void hosts_forget(struct my_memory *);
/* The best of those not tried, or -1; each must be followed by hosts_ended(). */
int  hosts_next(struct my_memory *, uint64_t tried, int64_t now_ns);
/* 1: it was good and is not, or the other way round. */
int  hosts_ended(struct my_memory *, size_t host, enum hosts_outcome, int64_t now_ns);
/* A session of it was lost in a way that lets one think the others better.  1: it was good. */
int  hosts_suspect(struct my_memory *, size_t host, int64_t now_ns);

/* A connection to one host, within `connect_ms`; `bare`: for my_end_work() alone. */
int  my_connect_host(const struct my_instance *, size_t host, int bare, int64_t deadline_ns,
		     int64_t connect_ms, struct my_connection **out, struct sql_diag *);
int  my_connect(void *instance, int create, int64_t deadline_ns, void **out,
		uint32_t *dialect, struct sql_diag *diag);
void my_disconnect(void *conn);
void my_abandon(void *conn);
void my_interrupt(void *conn);

/* ending.c */
const struct sql_work *my_work(void *conn);
int  my_give_up(void *conn);
int  my_reach(void *instance, const struct sql_work *, int64_t deadline_ns, void **out,
	      struct sql_diag *);
int  my_end_work(void *conn, const struct sql_work *, int whole, int64_t asked_ns,
		 struct sql_diag *);
/* What is needed to end this connection's work from another one.  0, or -1. */
int  my_note_work(struct my_connection *, int64_t until_ns, struct sql_diag *diag);

void my_facts(void *conn, struct sql_facts *out);
int  my_quiet(void *conn);
int  my_ping(void *conn, int64_t deadline_ns, struct sql_diag *);
int  my_text(struct my_connection *, const char *sql, enum my_phase, struct sql_diag *);
int  my_exec(void *conn, const char *sql, int64_t deadline_ns, struct sql_diag *);
int  my_begin(void *conn, int64_t deadline_ns, struct sql_diag *);
int  my_commit(void *conn, struct sql_diag *);
int  my_rollback(void *conn, struct sql_diag *);

int  my_prepare(void *conn, const char *sql, void **out, struct sql_diag *);
int  my_execute(void *stmt, const struct idbc_value *args, uint32_t nargs,
		int64_t deadline_ns, int64_t *rows, struct sql_diag *);
int  my_fetch(void *stmt, struct idbc_value *cols, uint32_t ncols, struct sql_diag *);
int  my_columns(void *stmt, const struct sql_column **cols, uint32_t *n, struct sql_diag *);
void my_reset(void *stmt);
void my_finish(void *stmt);
int  my_last_id(void *conn, void *stmt, int64_t *id, struct sql_diag *);
void my_finish_all(struct my_connection *);

/* 0, or -1 and a diagnosis: the server hung up while nothing was asked of it. */
int  my_still_there(struct my_connection *, struct sql_diag *);
#define MY_NOT_READY 1047       /* a cluster's node without its cluster */
/* Of a node's answer, 0; -1 and a diagnosis: its transaction is gone, although nobody said so. */
int  my_gave_way(struct my_connection *, struct sql_diag *);
/* Until when a node's answer is waited for; INT64_MAX: as long as the client library does. */
int64_t my_patience(const struct my_connection *);
int  my_diag_connection(struct my_connection *, enum my_phase, struct sql_diag *) SQL_COLD;
int  my_diag(struct my_connection *, unsigned native, const char *sqlstate,
	     const char *text, enum my_phase, struct sql_diag *) SQL_COLD;

#endif
