/* drivers/mysql/connect.c - reaching a server: which, how, and what it is told first.
 *
 * Of several hosts each gets a short try, then those that were merely slow a longer one, so
 * that a host which swallows what is sent to it does not eat the time of the others.  A
 * cluster's node is asked what it is before it is used.  Threads: any, a connection each.
 */
#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <errmsg.h>

#include "sql/mariadb_session.h"

#define NS_PER_MS    INT64_C(1000000)
#define FIRST_TRY_MS 1000
#define PACKET_MAX   (64ul << 20)       /* bytes; a server may send what never ends */
#define BLAMED_MS    250        /* who was given less time may be quicker next time */

static unsigned seconds(int64_t ms)
{
	return ms <= 0 ? 1 : (unsigned)((ms + 999) / 1000);
}

static int is_by_socket(const struct my_host *host)
{
	return !host->name || (!host->port && !strcmp(host->name, "localhost"));
}

/* The server's own limit of a statement is for where nobody may end it by its number, as behind
 * a balancer of loads.  Each statement pays half a microsecond of some forty for it, and as
 * much for the client library's limits: over a unix socket there are neither. */
static int needs_limits(const struct my_connection *c, const struct my_host *host)
{
	return !is_by_socket(host) || !c->work.id;
}

static void set_waits(struct my_connection *c, int64_t wait_ms)
{
	unsigned wait_s = seconds(wait_ms);

	mysql_options(c->mysql, MYSQL_OPT_READ_TIMEOUT, &wait_s);
	mysql_options(c->mysql, MYSQL_OPT_WRITE_TIMEOUT, &wait_s);
}

static void set_options(struct my_connection *c, const struct my_host *host,
			enum tls_mode mode, int64_t connect_ms)
{
	const struct my_tls *tls = &c->instance->tls;
	unsigned connect_s = seconds(connect_ms);
	unsigned infile = 0;
	unsigned long most = PACKET_MAX;
	unsigned protocol = is_by_socket(host) ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;

	mysql_options(c->mysql, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(c->mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(c->mysql, MYSQL_OPT_LOCAL_INFILE, &infile);
	mysql_options(c->mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &most);
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

/* 0, or -1: the server had until `until_ns`. */
static int ask(struct my_connection *c, const char *sql, MYSQL_RES **out, int64_t until_ns,
	       struct sql_diag *diag)
{
	int rc = compat_query(c->mysql, sql, out, c->instance->host->now_ns, until_ns);

	if (rc == -2)
		return my_diag(c, CR_SERVER_LOST, "HYT00", "deadline passed while connecting",
			       MY_HARMLESS, diag);
	return rc ? my_diag_connection(c, MY_HARMLESS, diag) : 0;
}

/* Its absence is no failure: only some versions know it. */
static int limit_time(struct my_connection *c, int64_t until_ns, struct sql_diag *diag)
{
	char sql[96];
	long long ms = c->instance->timeout_ms;
	MYSQL_RES *none = NULL;

	if (compat_is_mariadb(c->mysql))
		snprintf(sql, sizeof(sql), SESSION_MARIADB_LIMIT, ms / 1000, ms % 1000);
	else
		snprintf(sql, sizeof(sql), SESSION_MYSQL_LIMIT, ms);
	return ask(c, sql, &none, until_ns, diag) && diag->lost != SQL_LOST_NOT ? -1 : 0;
}

static int prepare_session(struct my_connection *c, const struct my_host *host, int64_t until_ns,
			   struct sql_diag *diag)
{
	char sql[sizeof(SESSION_MARIADB) + sizeof(SESSION_MARIADB_CURRENT) + 32];
	MYSQL_RES *none = NULL;
	unsigned wait_s = seconds(c->instance->timeout_ms);
	int n = snprintf(sql, sizeof(sql), SESSION_MARIADB, wait_s, wait_s);

	if (c->clustered && c->instance->reads == MY_READS_CURRENT)
		snprintf(sql + n, sizeof(sql) - (size_t)n, SESSION_MARIADB_CURRENT);
	if (ask(c, sql, &none, until_ns, diag) || my_note_work(c, until_ns, diag))
		return -1;
	return needs_limits(c, host) ? limit_time(c, until_ns, diag) : 0;
}

/* --- what a node is -------------------------------------------------------------------- */

/* Reading this schema a node answers without its cluster, too. */
#define ASK_MARIADB \
	"SELECT UPPER(variable_name), variable_value FROM information_schema.global_status " \
	"WHERE variable_name IN ('WSREP_LOCAL_STATE', 'WSREP_READY') " \
	"UNION ALL SELECT 'READ_ONLY', @@GLOBAL.read_only"
#define ASK_MYSQL "SELECT 'READ_ONLY', @@GLOBAL.read_only"
#define SYNCED "4"

struct node {
	int ready, synced, read_only;
};

static void take_word(struct node *node, struct my_connection *c, const char *name,
		      const char *value)
{
	if (!strcmp(name, "WSREP_LOCAL_STATE")) {
		c->clustered = 1;
		node->synced = !strcmp(value, SYNCED);
	} else if (!strcmp(name, "WSREP_READY")) {
		node->ready = !strcmp(value, "ON");
	} else {
		node->read_only = strcmp(value, "0") != 0;
	}
}

/* A node that has lost its cluster accepts connections and refuses every statement: -1.
 * One that gives its data to another, or has not caught up yet, and one that refuses writes
 * are taken where there is none better. */
static int judge_node(struct my_connection *c, int64_t until_ns, struct sql_diag *diag)
{
	struct node node = { 1, 1, 0 };
	MYSQL_RES *result = NULL;
	MYSQL_ROW row;

	if (ask(c, compat_is_mariadb(c->mysql) ? ASK_MARIADB : ASK_MYSQL, &result, until_ns, diag))
		return -1;
	while (result && (row = mysql_fetch_row(result)) != NULL)
		if (row[0] && row[1])
			take_word(&node, c, row[0], row[1]);
	mysql_free_result(result);
	if (c->clustered && !node.ready)
		return my_diag(c, MY_NOT_READY, "08S01", "this node is not ready", MY_HARMLESS,
			       diag);
	c->read_only = node.read_only;
	c->second_choice = node.read_only || (c->clustered && !node.synced);
	return 0;
}

/* --- one host ---------------------------------------------------------------------------- */

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

/* A connection whose server is known to be who it must be, if that was asked for. */
static int reach(struct my_connection *c, const struct my_host *host, int bare,
		 int64_t until_ns, int64_t connect_ms, struct sql_diag *diag)
{
	const struct my_instance *in = c->instance;
	enum tls_mode mode = mode_for(&in->tls, host);

	set_options(c, host, mode, connect_ms);
	if (bare || !is_by_socket(host))
		set_waits(c, bare ? connect_ms : in->timeout_ms);
	if (open_socket(c, host, until_ns, diag))
		return -1;
	if (mode != TLS_OFF && !mysql_get_ssl_cipher(c->mysql))
		return my_diag(c, CR_SSL_CONNECTION_ERROR, "08001", "the server offers no TLS",
			       MY_HARMLESS, diag);
	if (bare)
		return 0;
	if ((in->nhosts > 1 || in->reads_chosen) && judge_node(c, until_ns, diag))
		return -1;
	return prepare_session(c, host, until_ns, diag);
}

int my_connect_host(const struct my_instance *in, size_t host, int bare, int64_t deadline_ns,
		    int64_t connect_ms, struct my_connection **out, struct sql_diag *diag)
{
	int64_t until_ns = in->host->now_ns() + connect_ms * NS_PER_MS;
	struct my_connection *c = connection_new(in);

	if (!c) {
		snprintf(diag->text, sizeof(diag->text), "out of memory");
		snprintf(diag->sqlstate, sizeof(diag->sqlstate), "HY001");
		return -1;
	}
	c->deadline_ns = deadline_ns;
	c->at = host;
	c->work.endpoint = (uint32_t)host;
	if (reach(c, &in->hosts[host], bare, until_ns, connect_ms, diag)) {
		my_disconnect(c);
		return -1;
	}
	*out = c;
	return 0;
}

/* --- several hosts ----------------------------------------------------------------------- */

struct search {
	const struct my_instance *in;
	int64_t deadline_ns;
	uint64_t tried, slow;           /* hosts, by bit */
	int again;                      /* the slow ones' second round */
	struct my_connection *found, *spare;
};

static int64_t ms_for_next(const struct search *s)
{
	int64_t left_ms = (s->deadline_ns - s->in->host->now_ns()) / NS_PER_MS;
	int64_t n = 0, share;

	for (size_t i = 0; i < s->in->nhosts; i++)
		n += !(s->tried & UINT64_C(1) << i);
	share = left_ms / (n ? n : 1);
	return s->again || share < FIRST_TRY_MS ? share : FIRST_TRY_MS;
}

static void say_changed(const struct search *s, size_t host, const char *what)
{
	const struct my_host *h = &s->in->hosts[host];

	s->in->host->log(s->in->host, IDBC_LOG_WARNING, "host %s:%u %s", h->name, h->port, what);
}

static void note_outcome(const struct search *s, size_t host, const struct my_connection *c,
			 int64_t given_ms, int slow, const struct sql_diag *diag)
{
	enum hosts_outcome outcome = c && !c->second_choice ? HOSTS_GOOD : HOSTS_FAILED;
	char why[64];

	if (!c && slow && given_ms < BLAMED_MS)
		outcome = HOSTS_UNKNOWN;
	if (!hosts_ended(s->in->memory, host, outcome, s->in->host->now_ns()))
		return;
	if (outcome == HOSTS_GOOD) {
		say_changed(s, host, "is used again");
	} else if (c) {
		say_changed(s, host, c->read_only ? "is read-only; others go first"
						  : "is not in step; others go first");
	} else {
		snprintf(why, sizeof(why), "cannot be used (%d); others go first", (int)diag->native);
		say_changed(s, host, why);
	}
}

static void keep_spare(struct search *s, struct my_connection *c)
{
	if (s->spare)
		my_disconnect(c);
	else
		s->spare = c;
}

static void try_host(struct search *s, size_t host, int64_t ms, struct sql_diag *diag)
{
	uint64_t bit = UINT64_C(1) << host;
	struct my_connection *c = NULL;
	int slow;

	s->tried |= bit;
	s->slow &= ~bit;
	my_connect_host(s->in, host, 0, s->deadline_ns, ms, &c, diag);
	slow = !c && !strcmp(diag->sqlstate, "HYT00");
	if (slow && !s->again)
		s->slow |= bit;
	note_outcome(s, host, c, ms, slow, diag);
	if (c && c->second_choice)
		keep_spare(s, c);
	else
		s->found = c;
}

static void try_all(struct search *s, struct sql_diag *diag)
{
	int host;

	while (!s->found && (s->in->host->now_ns() < s->deadline_ns || !s->tried)) {
		host = hosts_next(s->in->memory, s->tried, s->in->host->now_ns());
		if (host >= 0) {
			try_host(s, (size_t)host, ms_for_next(s), diag);
		} else if (s->slow && !s->again && !s->spare) {
			s->tried = ~s->slow;
			s->again = 1;
		} else {
			break;
		}
	}
	if (!s->found)
		s->found = s->spare;
	else if (s->spare)
		my_disconnect(s->spare);
}

int my_connect(void *instance, int create, int64_t deadline_ns, void **out,
	       uint32_t *dialect, struct sql_diag *diag)
{
	const struct my_instance *in = instance;
	struct search s = { .in = in, .deadline_ns = deadline_ns };

	(void)create;
	memset(diag, 0, sizeof(*diag));
	if (in->nhosts > 1)
		try_all(&s, diag);
	else
		my_connect_host(in, 0, 0, deadline_ns,
				(deadline_ns - in->host->now_ns()) / NS_PER_MS, &s.found, diag);
	if (!s.found) {
		diag->lost = SQL_LOST_BEFORE;
		return -1;
	}
	*dialect = compat_is_mariadb(s.found->mysql) ? SQL_MARIADB : SQL_MYSQL;
	*out = s.found;
	return 0;
}
