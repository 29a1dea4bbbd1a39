/* drivers/odbc/hosts.c - which of several servers a connection is made to.
 *
 * They are tried one by one, first the one that took us last.  A PostgreSQL that replays what
 * another one writes is used only if the configuration says so, and one that was overtaken by
 * the promotion of its standby never again: each promotion counts the timeline up.
 * Threads: any.  Lock: od_hosts.lock, around all of it; who only looks at the timeline takes none.
 */
#include "handles.h"
#include "sql/base/ascii.h"

#include <stdio.h>
#include <stdlib.h>

/* --- lists ----------------------------------------------------------------------------- */

/* A list with ports in it is for MariaDB's own library. */
static uint32_t count(const struct od_instance *in, struct idbc_str list)
{
	uint32_t n = list.len != 0;

	if (n && in->flavour == OD_MARIADB && memchr(list.ptr, ':', list.len))
		return 1;
	for (size_t i = 0; i < list.len; i++)
		n += list.ptr[i] == ',';
	return n;
}

struct idbc_str od_hosts_item(const struct od_instance *in, struct idbc_str list, uint32_t index)
{
	const char *at = list.ptr, *end, *comma;

	if (count(in, list) < 2)
		return list;
	end = at + list.len;
	while (index-- && (comma = memchr(at, ',', (size_t)(end - at))))
		at = comma + 1;
	comma = memchr(at, ',', (size_t)(end - at));
	return (struct idbc_str){ at, (size_t)((comma ? comma : end) - at) };
}

int od_hosts_key(const struct od_instance *in, const char *name)
{
	if (in->flavour != OD_POSTGRESQL && in->flavour != OD_MARIADB)
		return 0;
	return ascii_same(name, "Servername") || ascii_same(name, "Server") || ascii_same(name, "Port");
}

static uint32_t listed(const struct od_instance *in, int ports)
{
	struct idbc_str value = { NULL, 0 };
	char key[160];

	for (size_t i = 0; i < in->attributes.n; i++) {
		const char *name = in->attributes.items[i];

		if (!od_hosts_key(in, name) || ascii_same(name, "Port") != ports)
			continue;
		snprintf(key, sizeof(key), "attributes.%s", name);
		in->host->setting_str(in->settings, key, "", &value);
		return count(in, value);
	}
	return 0;
}

uint32_t od_hosts_count(const struct od_instance *in)
{
	uint32_t n = listed(in, 0);

	return n ? n : 1;
}

/* As many ports as servers, or one for all. */
int od_hosts_fit(const struct od_instance *in)
{
	uint32_t ports = listed(in, 1);

	return ports < 2 || ports == od_hosts_count(in);
}

/* --- which next ------------------------------------------------------------------------- */

struct od_hosts *od_hosts_new(void)
{
	struct od_hosts *h = calloc(1, sizeof(*h));

	if (h && pthread_mutex_init(&h->lock, NULL)) {
		free(h);
		return NULL;
	}
	return h;
}

void od_hosts_free(struct od_hosts *h)
{
	if (h)
		pthread_mutex_destroy(&h->lock);
	free(h);
}

uint32_t od_hosts_first(struct od_hosts *h)
{
	uint32_t first;

	pthread_mutex_lock(&h->lock);
	first = h->first;
	pthread_mutex_unlock(&h->lock);
	return first;
}

/* After a failure the next caller begins behind it: his deadline may allow one try only. */
void od_hosts_tried(struct od_hosts *h, uint32_t n, uint32_t index, int failed)
{
	pthread_mutex_lock(&h->lock);
	if (!failed)
		h->first = index;
	else if (h->first == index)
		h->first = (index + 1) % n;
	pthread_mutex_unlock(&h->lock);
}

/* --- what a PostgreSQL is ------------------------------------------------------------------ */

#define SELECT_READ_ONLY "SELECT pg_catalog.left(pg_catalog.current_setting('transaction_read_only'), 2)" \
	" || "
#define STANDBY SELECT_READ_ONLY "pg_catalog.pg_is_in_recovery()::text"
/* "of000000017711": takes writes, timeline 1, system 7711; the first eight digits of a file's
 * name are the timeline. */
#define TIMELINE SELECT_READ_ONLY \
	"CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'true' ELSE pg_catalog.concat(" \
	"pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8), " \
	"(SELECT system_identifier FROM pg_catalog.pg_control_system())) END"

static int overtaken(struct od_connection *c, const char *said)
{
	struct od_hosts *h = c->instance->hosts;
	char digits[9] = "";
	uint32_t timeline;
	int behind;

	memcpy(digits, said, 8);
	timeline = (uint32_t)strtoul(digits, NULL, 16);
	pthread_mutex_lock(&h->lock);
	if (strcmp(h->system, said + 8)) {
		snprintf(h->system, sizeof(h->system), "%s", said + 8);
		h->timeline = timeline;
	}
	behind = timeline < h->timeline;
	if (!behind)
		h->timeline = timeline;
	pthread_mutex_unlock(&h->lock);
	c->timeline = timeline;
	return behind;
}

static int turn_down(struct od_connection *c, const char *sqlstate, const char *text,
		  struct sql_diag *diag)
{
	const struct idbc_host *host = c->instance->host;

	host->log(host, IDBC_LOG_WARNING, "server %u is not used: %s", (unsigned)c->work.endpoint + 1, text);
	return od_diag_own(c, sqlstate, text, diag);
}

/* Kin of PostgreSQL may know neither function, or not tell: then it is no standby. */
int od_hosts_judge(struct od_connection *c, struct sql_diag *diag)
{
	char said[40];

	if (od_read_text(c, TIMELINE, 1, said, sizeof(said), diag)) {
		if (diag->lost != SQL_LOST_NOT)
			return -1;
		if (od_read_text(c, STANDBY, 1, said, sizeof(said), diag))
			return diag->lost != SQL_LOST_NOT ? -1 : 0;
	}
	c->read_only = !strncmp(said, "on", 2);
	c->begun_ns = c->instance->host->now_ns();
	c->standby = !strcmp(said, "ontrue");
	if (c->standby)
		return c->instance->standby ? 0 : turn_down(c, "25006", "it is a standby", diag);
	if (strlen(said) > 10 && overtaken(c, said + 2))
		return turn_down(c, "08004", "another server was promoted in its place", diag);
	return 0;
}

int od_replays(void *conn)
{
	const struct od_connection *c = conn;

	return c->standby;
}

/* Others have met the server that was promoted in the place of ours. */
int od_hosts_left_behind(struct od_connection *c, struct sql_diag *diag)
{
	if (!c->timeline || c->timeline >= c->instance->hosts->timeline)
		return 0;
	turn_down(c, "08003", "another server was promoted in its place", diag);
	diag->lost = SQL_LOST_BEFORE;
	return -1;
}
