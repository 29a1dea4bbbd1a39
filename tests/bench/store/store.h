/* tests/bench/store/store.h - one row of the bench: a connection of ours, and for each thread a
 * caller with a session of its own by hand.
 *
 * What is measured comes as key=value from tests/bench/store.py.  By hand means: one prepared
 * statement with the columns that ours reads, bound once, its row fetched, and for a login the
 * bare library's verify.  Threads: a struct caller belongs to one.
 */
#ifndef TESTS_BENCH_STORE_H
#define TESTS_BENCH_STORE_H

#include <idbc/idbc.h>
#include "../bench.h"

#define COLUMNS     20
#define HASH_COLUMN 11          /* in the order of COLUMN_LIST */
#define WIDTH       512
#define THREADS_MAX 16
#define COLUMN_LIST \
	"SELECT id, email, email_verified, username, phone_number, phone_verified, name," \
	" given_name, family_name, nickname, picture, password_hash, blocked, created_at," \
	" updated_at, last_login, last_ip, logins_count, user_metadata, app_metadata FROM "

/* What one row is about; see read_plan() in main.c for the words. */
struct plan {
	const char *row, *baseline, *config, *against;
	const char *password;           /* of every user */
	const char *table, *where;
	const char *socket, *user, *db_password, *database;     /* by libmysqlclient */
	const char *odbc;               /* or a connection string */
	unsigned long users, users_against, threads;
	int login, submit, import;
	int (*verify)(const char *stored, const char *password);
};

/* What a new user has, by hand: a transaction is of as many as an import's. */
#define NEW_COLUMNS 11
#define NEW_BATCH   64
#define INSERT_LIST \
	"(id, email, email_verified, username, phone_verified, blocked, given_name, password_hash," \
	" created_at, updated_at, user_metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

/* The row as it came, bound once. */
struct answer {
	char bytes[COLUMNS][WIDTH];
	unsigned long len[COLUMNS];
	long left[COLUMNS];             /* SQLLEN */
	char null[COLUMNS];
};

struct caller {
	const struct plan *plan;
	struct idbc *conn;
	unsigned long asked, users;     /* asked for in an order that no cache foresees */
	char email[64];
	unsigned long len;
	long left;
	struct answer answer;
	bench_fn *bare;                 /* reads the row; what a login verifies comes after it.
					 * Or makes NEW_BATCH users, and commits */
	void *session;                  /* by_mysql.c's or by_odbc.c's */
	struct answer fresh;            /* of a new user, in the order of INSERT_LIST */
};

/* The next address, in c->email. */
const char *caller_next(struct caller *);

void by_mysql_begin(struct caller *);
void by_mysql_end(struct caller *);
void by_odbc_begin(struct caller *);
void by_odbc_end(struct caller *);

/* verify.c: the bare library of a scheme; NULL: none such. */
int (*verify_of(const char *scheme))(const char *stored, const char *password);

/* submit.c: one slice of submitted calls, many under way; how many ended. */
unsigned long submit_some(struct caller *, int64_t until_ns);

/* many.c: users made until then, by idbc_import() and by hand; how many. */
unsigned long import_some(struct caller *, int64_t until_ns);
unsigned long insert_some(struct caller *, int64_t until_ns);
void caller_new_user(struct caller *);  /* the next one, in c->fresh */

#endif
