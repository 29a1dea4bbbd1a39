/* drivers/sql/call/ending.h - what it takes to end a connection's work from without: its socket, and
 * of MariaDB and MySQL whether the server is still the one that gave the connection its number.
 *
 * A number means something to the server that gave it, until that is started again; behind a
 * balancer of loads another server may answer.  So name and start are compared first.
 */
#ifndef DRIVERS_SQL_ENDING_H
#define DRIVERS_SQL_ENDING_H

#include <pthread.h>
#include <stdatomic.h>

#include "sql/sql.h"

#define ENDING_NAME "SELECT CONCAT(@@hostname, ':', @@port)"

/* From any thread: no more is begun on the connection.  A duplicate of its socket, the caller's;
 * -1: none.  `guard` is the lock of `fd`. */
int ending_give_up(pthread_mutex_t *guard, _Atomic int *interrupted, const int *fd)
	SQL_SHARED(ending_give_up);
/* When a server was started by our clock, which says for how many seconds it is up: the first
 * number in `line`. */
int64_t ending_began(const char *line, int64_t now_ns) SQL_SHARED(ending_began);
/* 0: not the server that it was; 1: `sql` ends the statement, or the whole connection. */
int ending_words(const struct sql_work *now, const struct sql_work *then, int whole, char *sql,
		 size_t cap) SQL_SHARED(ending_words);

#endif
