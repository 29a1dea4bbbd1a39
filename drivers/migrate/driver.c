/* drivers/migrate/driver.c - job: the driver's table, its options, and the two connections that
 * it is stacked on.  It is part of the library: the entry has a name of its own.
 * Threads: as idbc/driver.h says; open() is alone.
 */
#include <stdlib.h>
#include <string.h>
#include "migrate.h"

#define VERSION IDBC_VERSION

/* --- options ------------------------------------------------------------------------------------- */
static void wrong(struct idbc_findings *findings, const char *key, const char *text)
{
	findings->add(findings, IDBC_ERROR, "wrong-value", key, text, "");
}

static int bad(const struct migrate *m, struct idbc_error *err)
{
	return m->host->fail(m->host, err, IDBC_CONFIG, "", "options of the migration are wrong");
}

static int read_marks(struct migrate *m, const struct idbc_settings *settings,
		      struct idbc_findings *findings)
{
	struct idbc_str word;

	m->host->setting_str(settings, "migrated", "keep", &word);
	m->marks = word.len == 4 && !memcmp(word.ptr, "mark", 4);
	if (m->marks || (word.len == 4 && !memcmp(word.ptr, "keep", 4)))
		return 0;
	wrong(findings, "options.migrated", "expected \"keep\" or \"mark\"");
	return -1;
}

static int read_options(struct migrate *m, const struct idbc_settings *settings,
			struct idbc_findings *findings)
{
	const struct idbc_host *host = m->host;
	struct idbc_str moved;

	host->setting_bool(settings, "fallback_on_denied", 0, &m->fallback);
	host->setting_bool(settings, "sync_profile", 0, &m->sync);
	host->setting_bool(settings, "idbc.login.email", 1, &m->email_is_login);
	host->setting_bool(settings, "idbc.login.username", 1, &m->username_is_login);
	host->setting_bool(settings, "idbc.login.phone_number", 0, &m->phone_is_login);
	host->setting_str(settings, "moved", "idbc_moved", &moved);     /* `to`'s, which reads it */
	return read_marks(m, settings, findings);
}

/* --- the two connections ---------------------------------------------------------------------------- */
/* Mistakes of both, in one go. */
static int open_lowers(struct migrate *m, const struct idbc_settings *settings,
		       struct idbc_error *err)
{
	struct idbc_error other = IDBC_ERROR_INIT;
	int to = m->host->lower(m->host, settings, "to", &m->to, err);
	int from = m->host->lower(m->host, settings, "from", &m->from, to == IDBC_OK ? err : &other);

	return to == IDBC_OK ? from : to;
}

static int same_store(const struct idbc_lower *a, const struct idbc_lower *b)
{
	return IDBC_HAS(a, store) && IDBC_HAS(b, store) && a->store && a->store == b->store;
}

static int is_whole(const struct idbc_lower *lower)
{
	return LOWER_HAS(lower, login) && LOWER_HAS(lower, get_user);
}

struct misfit {
	int found;
	const char *code, *key, *text, *remedy;
};

static int fit(const struct migrate *m, struct idbc_findings *findings)
{
	const struct misfit misfits[] = {
		{ same_store(m->to, m->from), "same-store", "options.from",
		  "this is the table that options.to names, of the same store", "" },
		{ !(m->to->caps & IDBC_CAP_TAKES_IDS), "id-not-given", "options.to.users.user.id",
		  "the new store makes ids of its own: users keep those of the old one",
		  "\"user\": {\"id\": \"$given|$uuid\"}" },
		{ !is_whole(m->to) || !LOWER_HAS(m->to, create) || !LOWER_HAS(m->to, moved),
		  "wrong-value", "options.to", "this connection cannot take users over: it needs "
		  "login, getUser, create and a table of moved ids", "" },
		{ !is_whole(m->from), "wrong-value", "options.from", "this connection cannot be read",
		  "" },
		{ m->marks && !LOWER_HAS(m->from, proven), "wrong-value", "options.migrated",
		  "the old store cannot mark users", "" },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(misfits) / sizeof(misfits[0]); i++) {
		const struct misfit *bad = &misfits[i];

		if (!bad->found)
			continue;
		findings->add(findings, IDBC_ERROR, bad->code, bad->key, bad->text, bad->remedy);
		rc = -1;
	}
	return rc;
}

/* --- the instance ------------------------------------------------------------------------------------ */
static int migrate_open(const struct idbc_host *host, const struct idbc_settings *settings,
			struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	struct migrate *m = calloc(1, sizeof(*m));
	int options, rc;

	if (!m)
		return host->fail(host, err, IDBC_NOMEM, "", "out of memory");
	m->host = host;
	options = read_options(m, settings, findings);
	rc = open_lowers(m, settings, err);
	if (rc == IDBC_OK && (options || fit(m, findings)))
		rc = bad(m, err);
	if (rc == IDBC_OK)
		dummy_key(m, settings);
	if (rc == IDBC_OK)
		*instance = m;
	else
		free(m);
	return rc;
}

static void migrate_close(void *instance)
{
	struct migrate *m = instance;

	explicit_bzero(m->key, sizeof(m->key));
	free(m);
}

/* Never called: the operations are the instance's. */
static int no_connect(void *instance, int64_t deadline_ns, void **session, struct idbc_error *err)
{
	struct migrate *m = instance;

	(void)deadline_ns;
	(void)session;
	return m->host->fail(m->host, err, IDBC_UNSUPPORTED, "", "a stacked driver has no sessions");
}

static void no_session(void *session)
{
	(void)session;
}

static int no_ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	(void)session;
	(void)deadline_ns;
	(void)err;
	return IDBC_OK;
}

static const struct idbc_ops operations = {
	.size = sizeof(struct idbc_ops),
	.login = migrate_login,
	.get_user = migrate_get_user,
	.create = migrate_create,
	.verify = migrate_verify,
	.change_password = migrate_change_password,
	.delete_user = migrate_delete_user,
	.change_email = migrate_change_email,
	.proven = migrate_proven,
	.intents = migrate_intents,
	.check = migrate_check,
	.settle = migrate_settle,
	.migrate = migrate_page,
};

static const struct idbc_driver driver = {
	.size = sizeof(struct idbc_driver),
	.abi = IDBC_DRIVER_ABI,
	.name = "migrate",
	.version = VERSION,
	.caps = IDBC_CAP_TRANSACTIONS | IDBC_CAP_DECIDES | IDBC_CAP_SESSIONLESS |
		IDBC_CAP_PLAINTEXT | IDBC_CAP_INTENTS | IDBC_CAP_EQUAL_TIME,
	.open = migrate_open,
	.close = migrate_close,
	.connect = no_connect,
	.disconnect = no_session,
	.abandon = no_session,
	.ping = no_ping,
	.ops = &operations,
};

const struct idbc_driver *migrate_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host;
	return host_abi >> 16 == IDBC_DRIVER_ABI_MAJOR ? &driver : NULL;
}
