/* drivers/mysql/ending.c - ending at the server what a connection left there.
 *
 * Threads: my_give_up() any, the rest the connection's.  Lock: my_connection.guard.
 */
#include "client.h"

#include <stdio.h>

#include <errmsg.h>

#include "sql/call/ending.h"

#define NS_PER_S INT64_C(1000000000)

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
	int rc = compat_query(c->mysql, ENDING_NAME, &result, now_ns, until_ns);

	if (rc || !result)
		return rc == -2 ? deadline_passed(c, diag) : my_diag_connection(c, MY_HARMLESS, diag);
	row = mysql_fetch_row(result);
	snprintf(out->server, sizeof(out->server), "%s", row && row[0] ? row[0] : "");
	mysql_free_result(result);
	line = compat_stat(c->mysql, now_ns, until_ns);
	if (!line)
		return mysql_errno(c->mysql) ? my_diag_connection(c, MY_HARMLESS, diag)
					     : deadline_passed(c, diag);
	out->began = ending_began(line, now_ns());
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

	return ending_give_up(&c->guard, &c->interrupted, &c->fd);
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
	if (!ending_words(&now, work, whole, sql, sizeof(sql)) ||
	    !my_text(c, sql, MY_HARMLESS, diag))
		return 0;
	return diag->lost == SQL_LOST_NOT ? 0 : -1;
}
