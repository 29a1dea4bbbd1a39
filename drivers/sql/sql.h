/* drivers/sql/sql.h - what one database must supply, and what drivers/sql gives back.
 *
 * A backend speaks a client library and nothing else: no mapping, no policy, no status.
 * It turns what went wrong into facts (struct sql_diag); state.c alone makes a status of
 * them.  Threads: a connection is in one thread at a time; interrupt() alone may come
 * from another.  No writable static state.
 */
#ifndef DRIVERS_SQL_SQL_H
#define DRIVERS_SQL_SQL_H

#include <idbc/driver.h>
#include "sql/base/shared.h"

/* What is done when something failed, or once for a statement: compiled apart from what every
 * call runs through. */
#define SQL_COLD __attribute__((cold))

enum sql_dialect_id { SQL_MARIADB = 1, SQL_MYSQL, SQL_SQLITE, SQL_POSTGRESQL, SQL_MSSQL };

/* Raw facts from the client library. */
enum sql_lost {
	SQL_LOST_NOT    = 0,    /* the connection is fine                              */
	SQL_LOST_BEFORE = 1,    /* it was gone before this statement was sent          */
	SQL_LOST_DURING = 2,    /* it went while we waited: the server may have done it */
};
struct sql_diag {
	char     sqlstate[6];
	char     pad[2];
	int32_t  native;
	uint32_t lost;          /* enum sql_lost */
	char     text[256];     /* the server's own words: never above DEBUG */
};

/* One column of an answer. */
enum sql_answer_kind { SQL_ANSWER_OTHER, SQL_ANSWER_INTEGER, SQL_ANSWER_BOOL };
struct sql_column {
	const char *name;       /* as the statement calls it, whole */
	uint32_t kind;          /* enum sql_answer_kind, where the database says so */
	uint32_t pad;
};

/* How a connection was made, as far as the client library knows. */
struct sql_facts {
	int verified;           /* the server's certificate was checked */
	const char *serialised; /* calls of all threads go one by one: the ODBC driver's name */
	char name[512];         /* room for it */
};

/* Where a connection's work is done, so that another connection can end it. */
struct sql_work {
	int64_t  id;            /* of the connection, at the server; 0: not known */
	int64_t  began;         /* by which it is told from another of the same id */
	uint32_t endpoint;      /* which of several servers */
	uint32_t pad;
	char     server[80];    /* what it calls itself */
};

/* Two blanks: nobody else writes so. */
#define SQL_ROW_TEXT "SELECT  pg_catalog.json_build_array("

struct sql_backend {
	const char *name;       /* "mysql", "odbc": origin of errors */

	/* The driver's options, once.  All mistakes into findings; does not connect. */
	int  (*open)(const struct idbc_host *, const struct idbc_settings *,
		     struct idbc_findings *, void **instance, struct idbc_error *err);
	void (*close)(void *instance);
	int  (*thread_begin)(void *instance);   /* may be NULL, both */
	void (*thread_end)(void *instance);

	/* A connection ready for use: UTF-8, UTC, strict, matched rows counted, foreign
	 * keys on, autocommit.  `create`: make the database file if it is not there.
	 * 0, or -1 with *diag filled (as all below). */
	int  (*connect)(void *instance, int create, int64_t deadline_ns, void **conn,
			uint32_t *dialect, struct sql_diag *);
	void (*disconnect)(void *conn);         /* frees its statements; waits for nobody */
	void (*abandon)(void *conn);            /* frees; not a byte on the wire */
	void (*interrupt)(void *conn);          /* from any thread; never blocks; at once */
	/* May be NULL, all four.  A server is asked to end what one connection left there:
	 * where it is (id 0: not known); from any thread: no more is begun on the connection,
	 * and a duplicate of its socket is the caller's, -1: none; another connection to that
	 * server, for no other purpose than end_work(): it ends the statement that is older
	 * than asked_ns, or the whole connection.  Nothing there to end is no failure. */
	const struct sql_work *(*work)(void *conn);
	int  (*give_up)(void *conn);
	int  (*reach)(void *instance, const struct sql_work *, int64_t deadline_ns, void **conn,
		      struct sql_diag *);
	int  (*end_work)(void *conn, const struct sql_work *, int whole, int64_t asked_ns,
			 struct sql_diag *);
	int  (*ping)(void *conn, int64_t deadline_ns, struct sql_diag *);

	/* One statement with ? for each argument. */
	int  (*prepare)(void *conn, const char *sql, void **stmt, struct sql_diag *);
	/* Binds nargs values (NULL, STR, BYTES, BOOL, I64), runs; *rows is the number of
	 * rows matched by a write.  Text is UTF-8.  nargs is the statement's own count. */
	int  (*execute)(void *stmt, const struct idbc_value *args, uint32_t nargs,
			int64_t deadline_ns, int64_t *rows, struct sql_diag *);
	/* 1: a row; 2: certainly the last one; 0: no more; -1.  Every column arrives whole, as
	 * STR (numbers and times in their text form), BYTES (binary columns, BIT) or NULL; it
	 * lives until the next fetch or reset of this statement, of a last row until it is run
	 * again. */
	int  (*fetch)(void *stmt, struct idbc_value *cols, uint32_t ncols, struct sql_diag *);
	/* The columns of the answer, none of a write; a procedure's are known after execute()
	 * only.  They live until the next execute() or finish(). */
	int  (*columns)(void *stmt, const struct sql_column **cols, uint32_t *n,
			struct sql_diag *);
	void (*reset)(void *stmt);              /* ready for the next execute */
	void (*finish)(void *stmt);

	/* Text statements without arguments or rows: BEGIN, COMMIT, DDL. */
	int  (*exec)(void *conn, const char *sql, int64_t deadline_ns, struct sql_diag *);
	/* Ready to write (SQLite: IMMEDIATE). */
	int  (*begin)(void *conn, int64_t deadline_ns, struct sql_diag *);
	int  (*commit)(void *conn, struct sql_diag *);
	int  (*rollback)(void *conn, struct sql_diag *);
	/* The key that the last INSERT on this connection generated. */
	int  (*last_id)(void *conn, void *stmt, int64_t *id, struct sql_diag *);
	void (*facts)(void *conn, struct sql_facts *);          /* may be NULL */
	/* May be NULL, or not 0: nothing on this connection raises SIGPIPE or touches OpenSSL's
	 * queue of errors, see idbc_driver. */
	int  (*quiet)(void *conn);
	/* It replays what another server writes, and may be behind.  May be NULL. */
	int  (*replays)(void *conn);
	/* May be NULL.  Does it pay to ask for a row as one text, and does the store write arrays
	 * of JSON as PostgreSQL does?  Then what begins with SQL_ROW_TEXT, and no other statement,
	 * is answered by such texts, of which fetch() makes columns of STR and NULL; a boolean is
	 * "t" or "f". */
	int  (*unpacks)(void *conn);
};

/* Slots of a driver's table that do not depend on the backend; open() alone does. */
/* For idbc_driver_entry(): does this host lend all that we use? */
int  sql_host_suits(uint32_t host_abi, const struct idbc_host *host)
	SQL_SHARED(host_suits);
int  sql_open(const struct sql_backend *, const struct idbc_host *,
	      const struct idbc_settings *, struct idbc_findings *, void **instance,
	      struct idbc_error *err) SQL_SHARED(open);
void sql_close(void *instance) SQL_SHARED(close);
int  sql_thread_begin(void *instance) SQL_SHARED(thread_begin);
void sql_thread_end(void *instance) SQL_SHARED(thread_end);
int  sql_connect(void *instance, int64_t deadline_ns, void **session,
		 struct idbc_error *err) SQL_SHARED(connect);
void sql_disconnect(void *session) SQL_SHARED(disconnect);
void sql_abandon(void *session) SQL_SHARED(abandon);
int  sql_ping(void *session, int64_t deadline_ns, struct idbc_error *err) SQL_SHARED(ping);
void sql_interrupt(void *session) SQL_SHARED(interrupt);
int  sql_quiet(void *session) SQL_SHARED(quiet);
extern const struct idbc_ops sql_ops SQL_SHARED(ops);

#endif
