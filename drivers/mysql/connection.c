/* drivers/mysql/connection.c - the conversation with a server, and its end.
 *
 * A connection carries its own duplicate of the socket, so that an interrupt from another
 * thread can shut it down whatever the client library has done with its own.
 * Threads: one at a time, my_interrupt() any.
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

#ifndef ER_CONNECTION_KILLED
#define ER_CONNECTION_KILLED 1927
#endif
#define IDLE_DISCONNECTED 4031  /* ER_CLIENT_INTERACTION_TIMEOUT, MySQL 8.0.24 */
#ifndef CR_SERVER_LOST_EXTENDED
#define CR_SERVER_LOST_EXTENDED 2055
#endif

#define PATIENCE_PART   4       /* of the time left */
#define PATIENCE_MIN_NS INT64_C(1000000000)
#define READ_ONLY_MODE 1836     /* ER_READ_ONLY_MODE */

static uint32_t lost(unsigned native, enum my_phase phase)
{
	switch (native) {
	case CR_SERVER_GONE_ERROR:
	case CR_COMMANDS_OUT_OF_SYNC:
	case IDLE_DISCONNECTED:
	case MY_NOT_READY:
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
	return atomic_load_explicit(&c->interrupted, memory_order_acquire);
}

/* A server that fell silent, and a node that lost its cluster, are not the first to ask now. */
static void suspect(const struct my_connection *c, unsigned native)
{
	const struct my_instance *in = c->instance;
	int64_t now = in->host->now_ns();

	if (in->memory && (native == MY_NOT_READY || native == ER_LOCK_WAIT_TIMEOUT ||
			   (c->deadline_ns && now >= c->deadline_ns)))
		hosts_suspect(in->memory, c->at, now);
}

/* A node that is not in step within its own time says that a lock was waited for.  Outside a
 * transaction no read waits for one. */
static int out_of_step(const struct my_connection *c, unsigned native, enum my_phase phase)
{
	return native == ER_LOCK_WAIT_TIMEOUT && phase == MY_HARMLESS && c->clustered &&
	       !c->in_transaction;
}

/* The store's writes went elsewhere while we were here. */
static int moved_away(const struct my_connection *c, unsigned native)
{
	return c->instance->memory && !c->read_only &&
	       (native == ER_OPTION_PREVENTS_STATEMENT || native == READ_ONLY_MODE);
}

int my_diag(struct my_connection *c, unsigned native, const char *sqlstate,
	    const char *text, enum my_phase phase, struct sql_diag *diag)
{
	memset(diag, 0, sizeof(*diag));
	diag->native = (int32_t)native;
	diag->lost = moved_away(c, native) || out_of_step(c, native, phase) ? SQL_LOST_BEFORE
									    : lost(native, phase);
	if (diag->lost != SQL_LOST_NOT)
		suspect(c, native);
	if (diag->lost != SQL_LOST_NOT && was_interrupted(c))
		sqlstate = "HY008";
	else if (diag->lost != SQL_LOST_NOT && c->deadline_ns &&
		 c->instance->host->now_ns() >= c->deadline_ns)
		sqlstate = "HYT00";
	snprintf(diag->sqlstate, sizeof(diag->sqlstate), "%s", sqlstate);
	snprintf(diag->text, sizeof(diag->text), "%s", text);
	return -1;
}

int my_diag_connection(struct my_connection *c, enum my_phase phase, struct sql_diag *diag)
{
	return my_diag(c, mysql_errno(c->mysql), mysql_sqlstate(c->mysql),
		       mysql_error(c->mysql), phase, diag);
}

int my_gave_way(struct my_connection *c, struct sql_diag *diag)
{
	if (!c->clustered || !c->in_transaction || compat_in_transaction(c->mysql))
		return 0;
	return my_diag(c, ER_LOCK_DEADLOCK, "40001", "the transaction is gone", MY_HARMLESS, diag);
}

/* A transaction that gives way to what another node committed may get no answer at all. */
int64_t my_patience(const struct my_connection *c)
{
	int64_t now, part;

	if (!c->clustered || !c->in_transaction)
		return INT64_MAX;
	now = c->instance->host->now_ns();
	part = (c->deadline_ns - now) / PATIENCE_PART;
	return now + (part > PATIENCE_MIN_NS ? part : PATIENCE_MIN_NS);
}

/* Between two statements a server says nothing: a byte to read, or the end, means that it
 * has hung up, and what we are about to send will not be done. */
int my_still_there(struct my_connection *c, struct sql_diag *diag)
{
	char byte;
	ssize_t n = was_interrupted(c) ? 0 : recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

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

int my_text(struct my_connection *c, const char *sql, enum my_phase phase,
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
	return my_text(c, sql, MY_STATEMENT, diag);
}

int my_begin(void *conn, int64_t deadline_ns, struct sql_diag *diag)
{
	struct my_connection *c = conn;

	c->deadline_ns = deadline_ns;
	c->in_transaction = 0;
	if (my_text(c, "START TRANSACTION", MY_HARMLESS, diag))
		return -1;
	c->in_transaction = 1;
	return 0;
}

/* After the server's own end of a transaction a COMMIT of nothing would be OK. */
int my_commit(void *conn, struct sql_diag *diag)
{
	struct my_connection *c = conn;

	if (my_gave_way(c, diag))
		return -1;
	c->in_transaction = 0;
	return my_text(c, "COMMIT", MY_COMMIT, diag);
}

int my_rollback(void *conn, struct sql_diag *diag)
{
	struct my_connection *c = conn;

	c->in_transaction = 0;
	return my_text(c, "ROLLBACK", MY_HARMLESS, diag);
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

/* --- what is known --------------------------------------------------------------------- */

/* Asked for means made sure of: without it there is no connection. */
void my_facts(void *conn, struct sql_facts *out)
{
	const struct my_connection *c = conn;
	const struct my_tls *tls = &c->instance->tls;

	out->verified = mysql_get_ssl_cipher(c->mysql) && tls->mode >= TLS_VERIFY_CA;
}

/* Without TLS all that is sent goes by send(), with MSG_NOSIGNAL. */
int my_quiet(void *conn)
{
	const struct my_connection *c = conn;

	return compat_sends_quietly() && !mysql_get_ssl_cipher(c->mysql);
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
 * is closed, so they go first.  It says goodbye, and over TLS waits for a goodbye: what is
 * no longer read cannot be waited for. */
void my_disconnect(void *conn)
{
	struct my_connection *c = conn;

	if (c->fd >= 0)
		shutdown(c->fd, SHUT_RD);
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
	atomic_store(&c->interrupted, 1);
	if (c->fd >= 0)
		shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&c->guard);
}
