/* drivers/sql/mariadb_session.h - what a session of MariaDB or MySQL is told first, whichever client
 * library carries it.
 *
 * UTF-8, which the library has asked for already, but a server may not listen, or its
 * init_connect have said otherwise since (SET NAMES is refused by MariaDB's ODBC driver);
 * UTC; a value that does not fit is an error and never cut; zero dates of old rows stay
 * writable; no mode that changes what a quoted word or an empty string is; lists are
 * never cut; a COMMIT begins no transaction, whose reads would see what was true then; a lock
 * of a row or of a table's definition is not waited for longer than the connection's own limit.
 */
#ifndef DRIVERS_SQL_MARIADB_SESSION_H
#define DRIVERS_SQL_MARIADB_SESSION_H

/* printf: unsigned seconds, twice */
#define SESSION_MARIADB \
	"SET SESSION character_set_client=utf8mb4, character_set_connection=utf8mb4, " \
	"character_set_results=utf8mb4, time_zone='+00:00', " \
	"sql_mode='STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', " \
	"autocommit=1, completion_type=0, foreign_key_checks=1, group_concat_max_len=67108864, " \
	"innodb_lock_wait_timeout=LEAST(@@SESSION.innodb_lock_wait_timeout,%u), " \
	"lock_wait_timeout=LEAST(@@SESSION.lock_wait_timeout,%u)"

/* Of a cluster's node: SELECT, BEGIN, UPDATE and DELETE see what any node has committed. */
#define SESSION_MARIADB_CURRENT ", wsrep_sync_wait=3"

/* Known to some versions only; printf: milliseconds / 1000, the rest.  And: milliseconds. */
#define SESSION_MARIADB_LIMIT "SET SESSION max_statement_time=%lld.%03lld"
#define SESSION_MYSQL_LIMIT   "SET SESSION max_execution_time=%lld"

#endif
