/* drivers/sql/mssql_session.h - what a session of SQL Server is told first, whichever client
 * library carries it.
 *
 * Dates are read as year, month, day; an error ends the whole transaction; rows are
 * counted; no value is cut in silence; a lock is not waited for longer than the
 * connection's own limit.
 */
#ifndef DRIVERS_SQL_MSSQL_SESSION_H
#define DRIVERS_SQL_MSSQL_SESSION_H

/* printf: long long milliseconds */
#define SESSION_MSSQL \
	"SET LANGUAGE us_english; SET DATEFORMAT ymd; SET NOCOUNT OFF; SET XACT_ABORT ON; " \
	"SET IMPLICIT_TRANSACTIONS OFF; SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, " \
	"CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON; SET LOCK_TIMEOUT %lld"

#endif
