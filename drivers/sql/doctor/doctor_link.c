/* drivers/sql/doctor/doctor_link.c - how the store is reached, and by which clock it counts.
 * Threads: the session's.
 */
#include "sql/doctor/doctor.h"
#include "sql/base/ascii.h"

#include <string.h>

/* --- encryption -------------------------------------------------------------------- */

struct wire { int local, encrypted; };

static int keep_wire(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	struct wire *wire = ctx;

	(void)d;
	wire->local = catalogue_number(&cols[0]) != 0;
	wire->encrypted = catalogue_number(&cols[1]) != 0;
	return 0;
}

static const char *tls_remedy(const struct doctor *d)
{
	if (!strcmp(d->session->backend->name, "mysql"))
		return "set options.tls.mode to \"verify_identity\", and options.tls.ca to the "
		       "certificate of the authority";
	if (d->words->id == SQL_POSTGRESQL)
		return "add \"SSLmode\": \"verify-full\" to options.attributes";
	return "add \"SSLVERIFY\": \"1\" and \"SSLCA\": the certificate of the authority, to "
	       "options.attributes";
}

/* Who asks for TLS to his own machine means a tunnel, or will move the store. */
static int tell_wire(struct doctor *d, const struct sql_facts *facts)
{
	struct query q = { d->words->link, NULL, 0, NULL };
	struct wire wire = { 1, 0 };

	if (!q.sql)
		return 0;
	if (doctor_ask(d, &q, 2, keep_wire, &wire))
		return -1;
	if (wire.encrypted ? facts->verified : wire.local)
		return 0;
	return doctor_add(d, IDBC_WARNING, "tls-not-verified", "options", tls_remedy(d),
			  wire.encrypted
			  ? "the connection is encrypted, but nobody has checked whose it is: who "
			    "stands between reads and changes what is stored, passwords too"
			  : "the connection to another machine is not encrypted: who listens reads "
			    "every stored password that is asked for");
}

static int tell_threads(struct doctor *d, const struct sql_facts *facts)
{
	char *remedy;

	if (!facts->serialised)
		return 0;
	remedy = arena_printf(&d->session->arena,
			      "set Threading=0 in the section [%s] of odbcinst.ini",
			      facts->serialised);
	return doctor_add(d, IDBC_WARNING, "driver-not-thread-safe", "options", remedy,
			  "the driver manager lets one thread at a time into the ODBC driver %s: "
			  "users wait for one another", facts->serialised);
}

/* --- clocks ------------------------------------------------------------------------ */

struct zones { char *ours, *theirs, *remedy; };

static int keep_zones(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	struct zones *zones = ctx;

	zones->ours = doctor_word(d, &cols[0]);
	zones->theirs = doctor_word(d, &cols[1]);
	zones->remedy = doctor_word(d, &cols[2]);
	return zones->ours && zones->theirs && zones->remedy ? 0 : doctor_nomem(d);
}

static int is_utc(const char *zone)
{
	static const char *const names[] = { "", "UTC", "GMT", "+00:00", "-00:00", "Etc/UTC",
					     "Etc/GMT", "UCT", "Zulu", "Etc/Zulu" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ascii_same(zone, names[i]))
			return 1;
	return 0;
}

/* The first time of the mapping that stands in a column; `local`: of no zone. */
static const struct map_field *time_field(const struct doctor *d, int local)
{
	for (size_t i = 0; i < d->mapping->nfields; i++) {
		const struct map_field *f = &d->mapping->fields[i];
		const struct catalogue_column *c;

		if (f->kind != MAP_COL || f->type != MAP_TIME)
			continue;
		c = catalogue_column(&d->plan->catalogue, plan_table(d->plan, f->place.link),
				     plan_place_col(d->plan, &f->place));
		if (c && (c->kind == SQL_COL_DATETIME || c->kind == SQL_COL_DATE) &&
		    (!local || ascii_begins(c->type, d->words->local_zone)))
			return f;
	}
	return NULL;
}

static int tell_session_zone(struct doctor *d, const char *zone)
{
	const struct map_field *f = time_field(d, 0);

	if (!f || is_utc(zone))
		return 0;
	return doctor_add(d, IDBC_WARNING, "time-zone", "options",
			  "take the statement that sets it out of options.init",
			  "sessions run in time zone %s, not in UTC: %s and all other times are "
			  "wrong by its distance", zone, f->name);
}

static int tell_server_zone(struct doctor *d, const char *zone, const char *remedy)
{
	const struct map_field *f = time_field(d, 1);

	if (!f || is_utc(zone))
		return 0;
	return doctor_add(d, IDBC_WARNING, "time-zone", f->key, remedy,
			  "other applications begin in time zone %s: where they let the database "
			  "write the time, the column of %s holds local time, which is taken for "
			  "UTC here", zone, f->name);
}

static int tell_zones(struct doctor *d)
{
	struct query q = { d->words->zones, NULL, 0, NULL };
	struct zones zones = { "", "", "" };

	if (!q.sql)
		return 0;
	if (doctor_ask(d, &q, 3, keep_zones, &zones))
		return -1;
	return tell_session_zone(d, zones.ours) ||
	       tell_server_zone(d, zones.theirs, zones.remedy) ? -1 : 0;
}

static int tell_standby(struct doctor *d)
{
	const struct session *s = d->session;

	if (!s->backend->replays || !s->backend->replays(s->conn))
		return 0;
	return doctor_add(d, IDBC_WARNING, "standby-reads", "options.standby",
			  "leave \"standby\" out, and list the primary among the servers",
			  "the server replays another one's writes and may be behind: a password that "
			  "was changed may still be accepted, and who was deleted still be there");
}

int doctor_connection(struct doctor *d)
{
	const struct session *s = d->session;
	struct sql_facts facts = { 0, NULL, "" };

	if (s->backend->facts)
		s->backend->facts(s->conn, &facts);
	return tell_wire(d, &facts) || tell_threads(d, &facts) || tell_standby(d) ||
	       tell_zones(d) ? -1 : 0;
}
