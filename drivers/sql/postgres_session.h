/* drivers/sql/postgres_session.h - what a session of PostgreSQL is told first, whichever
 * client library carries it, in one round trip.
 *
 * UTF-8, whatever locale the process has; UTC; forms of values that codec.c reads; a
 * backslash in a literal is one.  Statement, lock and idle transaction end after the
 * connection's own limit, or the server's where that is lower.
 */
#ifndef DRIVERS_SQL_POSTGRES_SESSION_H
#define DRIVERS_SQL_POSTGRES_SESSION_H

#define SESSION_POSTGRES_SET(name, value) "pg_catalog.set_config('" name "', '" value "', false)"

/* printf: long long milliseconds */
#define SESSION_POSTGRES \
	"SELECT " SESSION_POSTGRES_SET("client_encoding", "UTF8") ", " \
	SESSION_POSTGRES_SET("TimeZone", "UTC") ", " \
	SESSION_POSTGRES_SET("DateStyle", "ISO") ", " \
	SESSION_POSTGRES_SET("standard_conforming_strings", "on") ", " \
	SESSION_POSTGRES_SET("bytea_output", "hex") ", " \
	SESSION_POSTGRES_SET("extra_float_digits", "1") ", " \
	"COUNT(pg_catalog.set_config(name, LEAST(NULLIF(setting::int8, 0), %lld)::text, false))" \
	" FROM pg_catalog.pg_settings WHERE name IN ('statement_timeout', 'lock_timeout'," \
	" 'idle_in_transaction_session_timeout')"

#endif
