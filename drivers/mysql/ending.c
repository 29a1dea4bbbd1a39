/* drivers/mysql/ending.c - ending at the server what a connection left there.
 *
 * A connection's number means something to the server that gave it, until that is started
 * again; behind a balancer of loads another server may answer.  So name and start of the
 * server are compared before anything is killed.
 * Threads: my_give_up() any, the rest the connection's.  Lock: my_connection.guard.
 */
#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <errmsg.h>

#define NS_PER_S      INT64_C(1000000000)
#define SAME_START_NS (3 * NS_PER_S)    /* it counts seconds, and may be slow to say so */

static int deadline_passed(struct my_connection *c, struct sql_diag *diag)
{
	return my_diag(c, CR_SERVER_LOST, "HYT00", "deadline passed", MY_HARMLESS, diag);
}

/* What the server calls itself, and when it was started by our clock. */
static int who_is_there(struct my_connection *c, int64_t until_ns, struct sql_work *out,
			struct sql_diag *diag)
{
	int64_t (*now_ns)(void) = c->instance->host->now_ns;
	MYSQL_RES *result = NULL;
	const char *line;
	MYSQL_ROW row;
	int rc = compat_query(c->mysql, "SELECT CONCAT(@@hostname, ':', @@port)", &result, now_ns,
			      until_ns);

	if (rc || !result)
		return rc == -2 ? deadline_passed(c, diag) : my_diag_connection(c, MY_HARMLESS, diag);
	row = mysql_fetch_row(result);
	snprintf(out->server, sizeof(out->server), "%s", row && row[0] ? row[0] : "");
	mysql_free_result(result);
	line = compat_stat(c->mysql, now_ns, until_ns);
	if (!line)
		return mysql_errno(c->mysql) ? my_diag_connection(c, MY_HARMLESS, diag)
					     : deadline_passed(c, diag);
	line += strcspn(line, "0123456789");
	out->began = now_ns() - strtoll(line, NULL, 10) * NS_PER_S;
	return 0;
}

/* A server that does not say is not asked to end anything. */
int my_note_work(struct my_connection *c, int64_t until_ns, struct sql_diag *diag)
{
	if (!who_is_there(c, until_ns, &c->work, diag))
		c->work.id = (int64_t)mysql_thread_id(c->mysql);
	return c->work.id || diag->lost == SQL_LOST_NOT ? 0 : -1;
}

const struct sql_work *my_work(void *conn)
{
	const struct my_connection *c = conn;

	return &c->work;
}

int my_give_up(void *conn)
{
	struct my_connection *c = conn;
	int fd;

	pthread_mutex_lock(&c->guard);
	atomic_store(&c->interrupted, 1);
	fd = c->fd < 0 ? -1 : fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&c->guard);
	return fd;
}

int my_reach(void *instance, const struct sql_work *work, int64_t deadline_ns, void **out,
	     struct sql_diag *diag)
{
	const struct my_instance *in = instance;
	int64_t left_ms = (deadline_ns - in->host->now_ns()) / 1000000;
	struct my_connection *c = NULL;

	if (my_connect_host(in, work->endpoint, 1, deadline_ns, left_ms, &c, diag))
		return -1;
	*out = c;
	return 0;
}

static int is_same(const struct sql_work *now, const struct sql_work *then)
{
	int64_t apart_ns = now->began - then->began;

	return apart_ns < SAME_START_NS && apart_ns > -SAME_START_NS &&
	       !strcmp(now->server, then->server);
}

/* A server that refuses has nothing of that number any more, or does not let us. */
int my_end_work(void *conn, const struct sql_work *work, int whole, int64_t asked_ns,
		struct sql_diag *diag)
{
	struct my_connection *c = conn;
	struct sql_work now = { .id = 0 };
	char sql[48];

	(void)asked_ns;
	if (who_is_there(c, c->instance->host->now_ns() + NS_PER_S, &now, diag))
		return -1;
	if (!is_same(&now, work))
		return 0;
	snprintf(sql, sizeof(sql), whole ? "KILL CONNECTION %lld" : "KILL QUERY %lld",
		 (long long)work->id);
	if (!my_text(c, sql, MY_HARMLESS, diag))
		return 0;
	return diag->lost == SQL_LOST_NOT ? 0 : -1;
}
