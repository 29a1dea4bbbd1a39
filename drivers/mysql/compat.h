/* drivers/mysql/compat.h - where Oracle's libmysqlclient and MariaDB's Connector/C differ.
 *
 * Everything else in this room is written against what both offer.  Connector/C calls
 * itself LIBMARIADB; its TLS options say less than Oracle's one SSL_MODE, so the caller
 * looks at the cipher after connecting, whatever was asked here.
 */
#ifndef DRIVERS_MYSQL_COMPAT_H
#define DRIVERS_MYSQL_COMPAT_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mysql.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum tls_mode { TLS_OFF, TLS_REQUIRED, TLS_VERIFY_CA, TLS_VERIFY_IDENTITY };

struct compat_target {
	const char *host, *user, *password, *database, *socket;
	unsigned port;
};

#ifdef LIBMARIADB

typedef my_bool compat_bool;

static inline int compat_socket(MYSQL *mysql)
{
	return mysql_get_socket(mysql);
}

/* Never a SIGPIPE where there is no TLS? */
static inline int compat_sends_quietly(void)
{
	return 1;
}

static inline void compat_tls_mode(MYSQL *mysql, enum tls_mode mode)
{
	my_bool on = mode != TLS_OFF, verify = mode == TLS_VERIFY_IDENTITY;

	mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

/* A server that is not known to be ours must not talk us into sending the password
 * itself (mysql_clear_password, dialog). */
static inline void compat_unverified(MYSQL *mysql, int loopback)
{
	(void)loopback;
#if MARIADB_PACKAGE_VERSION_ID >= 30300
	mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH,
		      "mysql_native_password,client_ed25519,parsec,caching_sha2_password,"
		      "sha256_password,auth_gssapi_client");
#else
	(void)mysql;
#endif
}

/* The library's socket would be inherited by every program that the host starts.  Each of a
 * host's addresses is tried with another one. */
static inline void compat_keep_from_children(MYSQL *mysql)
{
	fcntl(mysql_get_socket(mysql), F_SETFD, FD_CLOEXEC);
}

/* What the library waits for, waited for by us until `deadline_ns`: -1 when that passes, 0:
 * wait again. */
static inline int compat_wait(MYSQL *mysql, int wanted, int64_t (*now_ns)(void),
			      int64_t deadline_ns)
{
	struct pollfd p = { .fd = mysql_get_socket(mysql) };
	int64_t ms = (deadline_ns - now_ns() + 999999) / 1000000;
	int n, limit = ms > INT_MAX ? INT_MAX : (int)ms;

	if (ms <= 0)
		return -1;
	if (wanted & MYSQL_WAIT_TIMEOUT && (int)mysql_get_timeout_value_ms(mysql) < limit)
		limit = (int)mysql_get_timeout_value_ms(mysql);
	p.events = (short)((wanted & MYSQL_WAIT_READ ? POLLIN : 0) |
			   (wanted & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
			   (wanted & MYSQL_WAIT_EXCEPT ? POLLPRI : 0));
	n = poll(&p, 1, limit);
	if (n < 0 && errno == EINTR)    /* a signal of the host's: nothing happened */
		return now_ns() >= deadline_ns ? -1 : 0;
	if (n <= 0)
		return now_ns() >= deadline_ns ? -1 : MYSQL_WAIT_TIMEOUT;
	return (p.revents & POLLIN ? MYSQL_WAIT_READ : 0) |
	       (p.revents & POLLOUT ? MYSQL_WAIT_WRITE : 0) |
	       (p.revents & (POLLERR | POLLHUP) ? wanted & ~MYSQL_WAIT_TIMEOUT : 0) |
	       (p.revents & POLLPRI ? MYSQL_WAIT_EXCEPT : 0);
}

/* Its own limits are whole seconds; this one keeps the deadline.  NULL and no error of
 * the library: it has passed. */
static inline MYSQL *compat_connect(MYSQL *mysql, const struct compat_target *to,
				    int64_t (*now_ns)(void), int64_t deadline_ns)
{
	MYSQL *done = NULL;
	int wanted;

	mysql_options(mysql, MYSQL_OPT_NONBLOCK, 0);
	wanted = mysql_real_connect_start(&done, mysql, to->host, to->user, to->password,
					  to->database, to->port, to->socket, CLIENT_FOUND_ROWS);
	while (wanted) {
		int got;

		compat_keep_from_children(mysql);
		got = compat_wait(mysql, wanted, now_ns, deadline_ns);
		if (got < 0)
			return NULL;
		if (got == 0)
			continue;
		wanted = mysql_real_connect_cont(&done, mysql, got);
	}
	if (done)
		compat_keep_from_children(mysql);
	return done;
}

/* 0; 1 as the library says; -2: not answered until `until_ns`, the connection is no good. */
static inline int compat_execute(MYSQL *mysql, MYSQL_STMT *stmt, int64_t (*now_ns)(void),
				 int64_t until_ns)
{
	int failed = 0, got, wanted;

	if (until_ns == INT64_MAX)
		return mysql_stmt_execute(stmt);
	wanted = mysql_stmt_execute_start(&failed, stmt);
	while (wanted) {
		got = compat_wait(mysql, wanted, now_ns, until_ns);
		if (got < 0)
			return -2;
		wanted = got ? mysql_stmt_execute_cont(&failed, stmt, got) : wanted;
	}
	return failed;
}

/* After the columns of `stmt` are known.  Where the server does not send their description again,
 * these versions copy seven names for each column whenever the statement runs, a third of what a
 * read costs the client; a name that is not there is not copied. */
static inline void compat_forget_names(MYSQL_STMT *stmt)
{
	unsigned long version = mysql_get_client_version();
	MYSQL_RES *meta = version >= 30300 && version < 30500 ? mysql_stmt_result_metadata(stmt) : NULL;

	for (unsigned i = 0; meta && i < mysql_num_fields(meta); i++) {
		MYSQL_FIELD *field = mysql_fetch_field_direct(meta, i);

		field->catalog = field->db = field->def = field->name = NULL;
		field->org_name = field->org_table = field->table = NULL;
	}
	mysql_free_result(meta);
}

static inline int compat_in_transaction(MYSQL *mysql)
{
	unsigned status = 0;

	if (mariadb_get_infov(mysql, MARIADB_CONNECTION_SERVER_STATUS, &status))
		return 1;
	return (status & SERVER_STATUS_IN_TRANS) != 0;
}

/* One statement of text and its rows, *out NULL where it has none: 0; -1 as the library says;
 * -2: the deadline has passed.  The session begins: nothing else could end a silent server. */
static inline int compat_query(MYSQL *mysql, const char *sql, MYSQL_RES **out,
			       int64_t (*now_ns)(void), int64_t deadline_ns)
{
	int failed = 0, got;
	int wanted = mysql_real_query_start(&failed, mysql, sql, (unsigned long)strlen(sql));

	while (wanted) {
		got = compat_wait(mysql, wanted, now_ns, deadline_ns);
		if (got < 0)
			return -2;
		wanted = got ? mysql_real_query_cont(&failed, mysql, got) : wanted;
	}
	if (failed)
		return -1;
	wanted = mysql_store_result_start(out, mysql);
	while (wanted) {
		got = compat_wait(mysql, wanted, now_ns, deadline_ns);
		if (got < 0)
			return -2;
		wanted = got ? mysql_store_result_cont(out, mysql, got) : wanted;
	}
	return mysql_errno(mysql) ? -1 : 0;
}

/* What the server says of itself in one line, cheaply; NULL: as above, or the deadline. */
static inline const char *compat_stat(MYSQL *mysql, int64_t (*now_ns)(void), int64_t deadline_ns)
{
	const char *line = NULL;
	int got, wanted = mysql_stat_start(&line, mysql);

	while (wanted) {
		got = compat_wait(mysql, wanted, now_ns, deadline_ns);
		if (got < 0)
			return NULL;
		wanted = got ? mysql_stat_cont(&line, mysql, got) : wanted;
	}
	return mysql_errno(mysql) ? NULL : line;
}

#else

typedef bool compat_bool;

static inline void compat_forget_names(MYSQL_STMT *stmt)
{
	(void)stmt;
}

static inline int compat_execute(MYSQL *mysql, MYSQL_STMT *stmt, int64_t (*now_ns)(void),
				 int64_t until_ns)
{
	(void)mysql;
	(void)now_ns;
	(void)until_ns;
	return mysql_stmt_execute(stmt);
}

static inline int compat_in_transaction(MYSQL *mysql)
{
	return (mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

static inline int compat_query(MYSQL *mysql, const char *sql, MYSQL_RES **out,
			       int64_t (*now_ns)(void), int64_t deadline_ns)
{
	(void)now_ns;
	(void)deadline_ns;
	if (mysql_real_query(mysql, sql, (unsigned long)strlen(sql)))
		return -1;
	*out = mysql_store_result(mysql);
	return mysql_errno(mysql) ? -1 : 0;
}

static inline const char *compat_stat(MYSQL *mysql, int64_t (*now_ns)(void), int64_t deadline_ns)
{
	const char *line = mysql_stat(mysql);

	(void)now_ns;
	(void)deadline_ns;
	return mysql_errno(mysql) ? NULL : line;
}

/* Keeps the deadline in whole seconds, by MYSQL_OPT_CONNECT_TIMEOUT. */
static inline MYSQL *compat_connect(MYSQL *mysql, const struct compat_target *to,
				    int64_t (*now_ns)(void), int64_t deadline_ns)
{
	MYSQL *done = mysql_real_connect(mysql, to->host, to->user, to->password, to->database,
					 to->port, to->socket, CLIENT_FOUND_ROWS);

	(void)now_ns;
	(void)deadline_ns;
	if (done)       /* else every program that the host starts would have it */
		fcntl((int)done->net.fd, F_SETFD, FD_CLOEXEC);
	return done;
}

static inline int compat_socket(MYSQL *mysql)
{
	return (int)mysql->net.fd;
}

static inline int compat_sends_quietly(void)
{
	return 0;
}

static inline void compat_tls_mode(MYSQL *mysql, enum tls_mode mode)
{
	static const unsigned modes[] = {
		SSL_MODE_DISABLED, SSL_MODE_REQUIRED, SSL_MODE_VERIFY_CA, SSL_MODE_VERIFY_IDENTITY,
	};

	mysql_options(mysql, MYSQL_OPT_SSL_MODE, &modes[mode]);
}

/* The clear text plugin is off unless asked for.  The server's public key is taken from
 * the server itself only where nobody can stand between. */
static inline void compat_unverified(MYSQL *mysql, int loopback)
{
	bool fetch = loopback != 0;

	mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &fetch);
}

#endif

static inline int compat_is_mariadb(MYSQL *mysql)
{
	const char *version = mysql_get_server_info(mysql);

	return version && strstr(version, "MariaDB") != NULL;
}

#endif
