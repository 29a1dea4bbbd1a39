/* drivers/mysql/connection.c - reaching a server and keeping the conversation sane.
 *
 * Hosts are tried in order until one answers.  A connection carries its own duplicate of
 * the socket, so that an interrupt from another thread can shut it down whatever the
 * client library has done with its own.  Threads: one at a time, my_interrupt() any.
 * Lock: my_connection.guard, held for a few instructions.
 */
#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "sql/mariadb_session.h"

#ifndef ER_CONNECTION_KILLED
#define ER_CONNECTION_KILLED 1927
#endif
#define IDLE_DISCONNECTED 4031  /* ER_CLIENT_INTERACTION_TIMEOUT, MySQL 8.0.24 */
#ifndef CR_SERVER_LOST_EXTENDED
#define CR_SERVER_LOST_EXTENDED 2055
#endif
#define NOT_READY ER_UNKNOWN_COM_ERROR  /* 1047: a cluster node without its cluster */

static uint32_t lost(unsigned native, enum my_phase phase)
{
	switch (native) {
	case CR_SERVER_GONE_ERROR:
	case CR_COMMANDS_OUT_OF_SYNC:
	case IDLE_DISCONNECTED:
	case NOT_READY:
		return SQL_LOST_BEFORE;
	case ER_CONNECTION_KILLED:
	case ER_SERVER_SHUTDOWN:
		return phase == MY_COMMIT ? SQL_LOST_DURING : SQL_LOST_BEFORE;
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case CR_SSL_CONNECTION_ERROR:
	case CR_MALFORMED_PACKET:
	case CR_NET_PACKET_TOO_LARGE:
	case ER_ERROR_DURING_COMMIT:
		return phase == MY_HARMLESS ? SQL_LOST_BEFORE : SQL_LOST_DURING;
	default:
		return SQL_LOST_NOT;
	}
}

static int was_interrupted(struct my_connection *c)
{
	int interrupted;

	pthread_mutex_lock(&c->guard);
	interrupted = c->interrupted;
	pthread_mutex_unlock(&c->guard);
	return interrupted;
}

int my_diag(struct my_connection *c, unsigned native, const char *sqlstate,
	    const char *text, enum my_phase phase, struct sql_diag *diag)
{
	memset(diag, 0, sizeof(*diag));
	diag->native = (int32_t)native;
	diag->lost = lost(native, phase);
	if (diag->lost != SQL_LOST_NOT && was_interrupted(c))
		sqlstate = "HY008";
	else if (diag->lost != SQL_LOST_NOT && c->deadline_ns &&
		 c->instance->host->now_ns() >= c->deadline_ns)
		sqlstate = "HYT00";
	snprintf(diag->sqlstate, sizeof(diag->sqlstate), "%s", sqlstate);
	snprintf(diag->text, sizeof(diag->text), "%s", text);
	return -1;
}

static int my_diag_connection(struct my_connection *c, enum my_phase phase, struct sql_diag *diag)
{
	return my_diag(c, mysql_errno(c->mysql), mysql_sqlstate(c->mysql),
		       mysql_error(c->mysql), phase, diag);
}

/* Between two statements a server says nothing: a byte to read, or the end, means that it
 * has hung up, and what we are about to send will not be done. */
int my_still_there(struct my_connection *c, struct sql_diag *diag)
{
	char byte;
	ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return 0;
	return my_diag(c, CR_SERVER_GONE_ERROR, "08S01", "the server has closed the connection",
		       MY_HARMLESS, diag);
}

static int drain(struct my_connection *c)
{
	int more;

	do {
		MYSQL_RES *result = mysql_store_result(c->mysql);

		mysql_free_result(result);
		if (mysql_errno(c->mysql))
			return -1;
		more = mysql_next_result(c->mysql);
	} while (more == 0);
	return more > 0 ? -1 : 0;
}

static int run_text(struct my_connection *c, const char *sql, enum my_phase phase,
		    struct sql_diag *diag)
{
	if (my_still_there(c, diag))
		return -1;
	if (mysql_real_query(c->mysql, sql, (unsigned long)strlen(sql)) || drain(c))
		return my_diag_connection(c, phase, diag);
	return 0;
}

int my_exec(void *conn, const char *sql, int64_t deadline_ns, struct sql_diag *diag)
{
	struct my_connection *c = conn;

	c->deadline_ns = deadline_ns;
	return run_text(c, sql, MY_STATEMENT, diag);
}

int my_begin(void *conn, int64_t deadline_ns, struct sql_diag *diag)
{
	struct my_connection *c = conn;

	c->deadline_ns = deadline_ns;
	return run_text(c, "START TRANSACTION", MY_HARMLESS, diag);
}

int my_commit(void *conn, struct sql_diag *diag)
{
	return run_text(conn, "COMMIT", MY_COMMIT, diag);
}

int my_rollback(void *conn, struct sql_diag *diag)
{
	return run_text(conn, "ROLLBACK", MY_HARMLESS, diag);
}

int my_ping(void *conn, int64_t deadline_ns, struct sql_diag *diag)
{
	struct my_connection *c = conn;

	c->deadline_ns = deadline_ns;
	if (my_still_there(c, diag))
		return -1;
	if (mysql_ping(c->mysql))
		return my_diag_connection(c, MY_HARMLESS, diag);
	return 0;
}

/* --- connecting -------------------------------------------------------------------- */

static unsigned seconds(int64_t ms)
{
	return ms <= 0 ? 1 : (unsigned)((ms + 999) / 1000);
}

static void set_options(struct my_connection *c, const struct my_host *host,
			enum tls_mode mode, int64_t connect_ms)
{
	const struct my_tls *tls = &c->instance->tls;
	unsigned connect_s = seconds(connect_ms), wait_s = seconds(c->instance->timeout_ms);
	unsigned infile = 0;
	unsigned protocol = host->name && (host->port || strcmp(host->name, "localhost"))
		? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;

	mysql_options(c->mysql, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(c->mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(c->mysql, MYSQL_OPT_READ_TIMEOUT, &wait_s);
	mysql_options(c->mysql, MYSQL_OPT_WRITE_TIMEOUT, &wait_s);
	mysql_options(c->mysql, MYSQL_OPT_LOCAL_INFILE, &infile);
	mysql_options(c->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	compat_tls_mode(c->mysql, mode);
	if (mode < TLS_VERIFY_CA)
		compat_unverified(c->mysql, my_host_is_local(host));
	if (mode == TLS_OFF)
		return;
	if (tls->ca)
		mysql_options(c->mysql, MYSQL_OPT_SSL_CA, tls->ca);
	if (tls->cert) {
		mysql_options(c->mysql, MYSQL_OPT_SSL_CERT, tls->cert);
		mysql_options(c->mysql, MYSQL_OPT_SSL_KEY, tls->key);
	}
}

static enum tls_mode mode_for(const struct my_tls *tls, const struct my_host *host)
{
	if (!tls->chosen && my_host_is_local(host))
		return TLS_OFF;
	return (enum tls_mode)tls->mode;
}

/* Its absence is no failure: only some versions know it. */
static void limit_time(struct my_connection *c)
{
	char sql[96];
	long long ms = c->instance->timeout_ms;

	if (compat_is_mariadb(c->mysql))
		snprintf(sql, sizeof(sql), SESSION_MARIADB_LIMIT, ms / 1000, ms % 1000);
	else
		snprintf(sql, sizeof(sql), SESSION_MYSQL_LIMIT, ms);
	(void)mysql_real_query(c->mysql, sql, (unsigned long)strlen(sql));
}

static int prepare_session(struct my_connection *c, struct sql_diag *diag)
{
	char sql[sizeof(SESSION_MARIADB) + 16];

	snprintf(sql, sizeof(sql), SESSION_MARIADB, seconds(c->instance->timeout_ms));
	if (run_text(c, sql, MY_HARMLESS, diag))
		return -1;
	limit_time(c);
	return 0;
}

/* What SHOW says of one name: 1 if it is `value`, 0 if not or unknown, -1. */
static int shows(struct my_connection *c, const char *sql, const char *value,
		 struct sql_diag *diag)
{
	MYSQL_RES *result;
	MYSQL_ROW row;
	int same;

	if (mysql_query(c->mysql, sql))
		return my_diag_connection(c, MY_HARMLESS, diag);
	result = mysql_store_result(c->mysql);
	if (!result)
		return my_diag_connection(c, MY_HARMLESS, diag);
	row = mysql_fetch_row(result);
	same = row && row[1] && !strcmp(row[1], value);
	mysql_free_result(result);
	return same;
}

/* A node that has lost its cluster accepts connections and refuses every statement. */
static int answers(struct my_connection *c, struct sql_diag *diag)
{
	int cluster = shows(c, "SHOW SESSION VARIABLES LIKE 'wsrep_on'", "ON", diag);
	int off;

	if (cluster <= 0)
		return cluster;
	off = shows(c, "SHOW SESSION STATUS LIKE 'wsrep_ready'", "OFF", diag);
	return off <= 0 ? off : my_diag(c, NOT_READY, "08S01", "this node is not ready",
					MY_HARMLESS, diag);
}

/* The password, a copy for one connect; NULL where there is none. */
static int read_password(const struct my_instance *in, char **out)
{
	struct idbc_str secret = { NULL, 0 };

	*out = NULL;
	if (in->host->setting_str(in->settings, "password", NULL, &secret) != 1 || !secret.ptr)
		return 0;
	*out = strndup(secret.ptr, secret.len);
	return *out ? 0 : -1;
}

static int open_socket(struct my_connection *c, const struct my_host *host,
		       int64_t deadline_ns, struct sql_diag *diag)
{
	const struct my_instance *in = c->instance;
	struct compat_target to = {
		host->name, in->user, NULL, in->database, in->socket, host->port,
	};
	char *password;
	MYSQL *done;

	if (read_password(in, &password))
		return my_diag(c, CR_OUT_OF_MEMORY, "HY001", "out of memory", MY_HARMLESS, diag);
	to.password = password;
	done = compat_connect(c->mysql, &to, in->host->now_ns, deadline_ns);
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	if (!done && !mysql_errno(c->mysql))
		return my_diag(c, CR_SERVER_LOST, "HYT00", "deadline passed while connecting",
			       MY_HARMLESS, diag);
	if (!done)
		return my_diag_connection(c, MY_HARMLESS, diag);
	c->fd = fcntl(compat_socket(c->mysql), F_DUPFD_CLOEXEC, 0);
	if (c->fd < 0)
		return my_diag(c, CR_SOCKET_CREATE_ERROR, "HY000", "no file descriptor left",
			       MY_HARMLESS, diag);
	return 0;
}

static struct my_connection *connection_new(const struct my_instance *in)
{
	struct my_connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->instance = in;
	c->fd = -1;
	c->mysql = mysql_init(NULL);
	if (!c->mysql || pthread_mutex_init(&c->guard, NULL)) {
		if (c->mysql)
			mysql_close(c->mysql);
		free(c);
		return NULL;
	}
	return c;
}

static int connect_host(const struct my_instance *in, const struct my_host *host,
			int64_t deadline_ns, int64_t connect_ms, struct my_connection **out,
			struct sql_diag *diag)
{
	int64_t until_ns = in->host->now_ns() + connect_ms * 1000000;
	struct my_connection *c = connection_new(in);
	enum tls_mode mode = mode_for(&in->tls, host);
	int failed = -1;

	if (!c) {
		snprintf(diag->text, sizeof(diag->text), "out of memory");
		snprintf(diag->sqlstate, sizeof(diag->sqlstate), "HY001");
		return -1;
	}
	c->deadline_ns = deadline_ns;
	set_options(c, host, mode, connect_ms);
	if (open_socket(c, host, until_ns, diag))
		goto out;
	if (mode != TLS_OFF && !mysql_get_ssl_cipher(c->mysql)) {
		my_diag(c, CR_SSL_CONNECTION_ERROR, "08001", "the server offers no TLS",
			MY_HARMLESS, diag);
		goto out;
	}
	if (in->nhosts > 1 && answers(c, diag))
		goto out;
	failed = prepare_session(c, diag);
out:
	if (failed)
		my_disconnect(c);
	else
		*out = c;
	return failed;
}

int my_connect(void *instance, int create, int64_t deadline_ns, void **out,
	       uint32_t *dialect, struct sql_diag *diag)
{
	const struct my_instance *in = instance;
	struct my_connection *c = NULL;

	(void)create;
	memset(diag, 0, sizeof(*diag));
	for (size_t i = 0; i < in->nhosts && !c; i++) {
		int64_t left_ms = (deadline_ns - in->host->now_ns()) / 1000000;

		if (i && left_ms <= 0)
			break;
		connect_host(in, &in->hosts[i], deadline_ns,
			     left_ms / (int64_t)(in->nhosts - i), &c, diag);
	}
	if (!c) {
		diag->lost = SQL_LOST_BEFORE;
		return -1;
	}
	*dialect = compat_is_mariadb(c->mysql) ? SQL_MARIADB : SQL_MYSQL;
	*out = c;
	return 0;
}

/* Asked for means made sure of: without it there is no connection. */
void my_facts(void *conn, struct sql_facts *out)
{
	const struct my_connection *c = conn;
	const struct my_tls *tls = &c->instance->tls;

	out->verified = mysql_get_ssl_cipher(c->mysql) && tls->mode >= TLS_VERIFY_CA;
}

/* --- ending -------------------------------------------------------------------------- */

static void connection_free(struct my_connection *c)
{
	int fd;

	pthread_mutex_lock(&c->guard);
	fd = c->fd;
	c->fd = -1;
	pthread_mutex_unlock(&c->guard);
	if (fd >= 0)
		close(fd);
	pthread_mutex_destroy(&c->guard);
	free(c);
}

/* The client library frees a connection's statements' memory badly once the connection
 * is closed, so they go first. */
void my_disconnect(void *conn)
{
	struct my_connection *c = conn;

	my_finish_all(c);
	mysql_close(c->mysql);
	connection_free(c);
}

/* In a forked child the socket is the parent's too.  /dev/null takes its place in this
 * process, so that whatever the library says in farewell goes nowhere. */
void my_abandon(void *conn)
{
	struct my_connection *c = conn;
	int socket = compat_socket(c->mysql);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (socket < 0 || (null >= 0 && dup3(null, socket, O_CLOEXEC) == socket)) {
		my_finish_all(c);
		mysql_close(c->mysql);
	}
	if (null >= 0)
		close(null);
	connection_free(c);
}

void my_interrupt(void *conn)
{
	struct my_connection *c = conn;

	pthread_mutex_lock(&c->guard);
	c->interrupted = 1;
	if (c->fd >= 0)
		shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&c->guard);
}
