/* drivers/odbc/diag.c - what an ODBC driver says went wrong, as facts.
 *
 * Drivers agree on little: the first record counts, and whether the connection is gone is
 * told by SQLSTATE or by the server's own number.  Threads: the connection's; no lock.
 */
#include "handles.h"

#include <stdio.h>

#define MYSQL_UNREACHABLE 2002
#define MYSQL_UNREACHABLE_BY_TCP 2003
#define MYSQL_GONE 2006
#define MYSQL_LOST 2013
#define MYSQL_OUT_OF_STEP 2014
#define MYSQL_PACKET_TOO_LARGE 2020
#define MYSQL_TLS_BROKEN 2026
#define MYSQL_MALFORMED 2027
#define MYSQL_LOST_WHY 2055
#define MYSQL_NET_READ 5013
#define MYSQL_NET_UNCOMPRESS 5015
#define MYSQL_NOT_READY 1047
#define MYSQL_SHUTDOWN 1053
#define MYSQL_COMMIT_FAILED 1180
#define MYSQL_KILLED 1927
#define MYSQL_IDLE 4031
#define SQLITE_INTERRUPTED 9
#define LOOK_AGAIN_NS INT64_C(5000000000)       /* whether the store is still read-only */

static uint32_t lost_mariadb(int32_t native, enum od_phase phase)
{
	switch (native) {
	case MYSQL_UNREACHABLE:
	case MYSQL_UNREACHABLE_BY_TCP:
	case MYSQL_GONE:
	case MYSQL_OUT_OF_STEP:
	case MYSQL_NOT_READY:
	case MYSQL_IDLE:
		return SQL_LOST_BEFORE;
	case MYSQL_KILLED:
	case MYSQL_SHUTDOWN:
		return phase == OD_COMMIT ? SQL_LOST_DURING : SQL_LOST_BEFORE;
	case MYSQL_LOST:
	case MYSQL_PACKET_TOO_LARGE:
	case MYSQL_TLS_BROKEN:
	case MYSQL_MALFORMED:
	case MYSQL_LOST_WHY:
	case MYSQL_NET_READ:
	case MYSQL_NET_READ + 1:
	case MYSQL_NET_UNCOMPRESS:
	case MYSQL_COMMIT_FAILED:
		return phase == OD_HARMLESS ? SQL_LOST_BEFORE : SQL_LOST_DURING;
	default:
		return SQL_LOST_NOT;
	}
}

static int one_of(const char *state, const char *const *list)
{
	while (*list && strcmp(state, *list))
		list++;
	return *list != NULL;
}

/* It took writes when we came: something has put a standby in its place.  Or it took none, but
 * what a role or a database is set to holds for sessions begun since: another one may write. */
static int may_write_anew(const struct od_connection *c)
{
	return !c->read_only || c->instance->host->now_ns() - c->begun_ns > LOOK_AGAIN_NS;
}

/* A server that says that it ends the session has undone what was going on.  A statement
 * whose plan is gone is lost as a connection is: nothing was done, a new one will do it. */
static uint32_t lost_postgres(const struct od_connection *c, const struct sql_diag *diag,
			      enum od_phase phase)
{
	static const char *const ended[] = { "57P01", "57P03", "57P04", "57P05", "25P03", NULL };

	if (one_of(diag->sqlstate, ended))
		return phase == OD_COMMIT ? SQL_LOST_DURING : SQL_LOST_BEFORE;
	if (!strcmp(diag->sqlstate, "26000") ||
	    (!strcmp(diag->sqlstate, "0A000") && strstr(diag->text, "cached plan")))
		return SQL_LOST_BEFORE;
	if (!strcmp(diag->sqlstate, "25006") && may_write_anew(c))
		return SQL_LOST_BEFORE;
	return SQL_LOST_NOT;
}

/* While it prepares, psqlodbc forgets the SQLSTATE of a connection that has ended. */
static int known_dead(const struct od_connection *c)
{
	SQLUINTEGER dead = SQL_CD_FALSE;

	if (c->dialect != SQL_POSTGRESQL)
		return 0;
	return SQL_SUCCEEDED(SQLGetConnectAttr(c->dbc, SQL_ATTR_CONNECTION_DEAD, &dead, 0, NULL)) &&
	       dead == SQL_CD_TRUE;
}

static uint32_t lost(const struct od_connection *c, const struct sql_diag *diag,
		     enum od_phase phase)
{
	const char *state = diag->sqlstate;
	uint32_t known = SQL_LOST_NOT;

	if (c->dialect == SQL_MARIADB || c->dialect == SQL_MYSQL)
		known = lost_mariadb(diag->native, phase);
	else if (c->dialect == SQL_POSTGRESQL)
		known = lost_postgres(c, diag, phase);
	if (known != SQL_LOST_NOT)
		return known;
	if (!strcmp(state, "08003"))
		return SQL_LOST_BEFORE;
	if (strncmp(state, "08", 2) && strncmp(state, "57P0", 4) && strcmp(state, "HYT01") &&
	    !known_dead(c))
		return SQL_LOST_NOT;
	return phase == OD_HARMLESS ? SQL_LOST_BEFORE : SQL_LOST_DURING;
}

static void refine(struct od_connection *c, struct sql_diag *diag)
{
	int stopped = diag->lost != SQL_LOST_NOT;

	if (c->dialect == SQL_SQLITE && diag->native == SQLITE_INTERRUPTED)
		stopped = 1;
	if (c->interrupted)
		memcpy(diag->sqlstate, "HY008", 6);
	else if (stopped && c->deadline_ns && c->instance->host->now_ns() >= c->deadline_ns)
		memcpy(diag->sqlstate, "HYT00", 6);
}

/* "[ma-3.1.15][10.11.2-MariaDB]Duplicate entry": the words behind the brackets. */
static const char *words(const char *text)
{
	while (*text == '[') {
		const char *end = strchr(text, ']');

		if (!end)
			break;
		text = end + 1;
	}
	return text;
}

int od_diag(struct od_connection *c, SQLSMALLINT type, SQLHANDLE handle, enum od_phase phase,
	    struct sql_diag *diag)
{
	SQLCHAR state[6] = "HY000", text[512] = "";
	SQLINTEGER native = 0;
	SQLSMALLINT len = 0;

	c->failed = 1;
	memset(diag, 0, sizeof(*diag));
	if (!SQL_SUCCEEDED(SQLGetDiagRec(type, handle, 1, state, &native, text, sizeof(text),
					 &len)))
		snprintf((char *)text, sizeof(text), "the driver does not say why");
	memcpy(diag->sqlstate, state, sizeof(diag->sqlstate));
	diag->sqlstate[5] = '\0';
	diag->native = native;
	snprintf(diag->text, sizeof(diag->text), "%.*s", (int)sizeof(diag->text) - 1,
		 words((char *)text));
	diag->lost = lost(c, diag, phase);
	refine(c, diag);
	return -1;
}

int od_diag_own(struct od_connection *c, const char *sqlstate, const char *text,
		struct sql_diag *diag)
{
	(void)c;
	memset(diag, 0, sizeof(*diag));
	snprintf(diag->sqlstate, sizeof(diag->sqlstate), "%s", sqlstate);
	snprintf(diag->text, sizeof(diag->text), "%s", text);
	return -1;
}
