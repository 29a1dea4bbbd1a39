/* connector/run/open.c - job: one connection from its configuration, and its end.
 * Threads: open and close by one thread each; close waits for the calls of the others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/fork.h"
#include "base/errors.h"
#include "run/conn.h"
#include "base/guest.h"
#include "run/lower.h"
#include "run/prefix.h"

struct idbc *conn_new(void)
{
	struct idbc *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	if (unusable_init(&conn->unusable)) {
		free(conn);
		return NULL;
	}
	if (gate_init(conn)) {
		unusable_destroy(&conn->unusable);
		free(conn);
		return NULL;
	}
	conn->fork_generation = fork_generation();
	errors_survive_fork();
	return conn;
}

static void conn_gone(void *ctx)
{
	struct idbc *conn = ctx;

	lowers_close(conn);
	guess_close(conn->guess);
	password_close(conn->policy);
	config_close(conn->config);
	unusable_destroy(&conn->unusable);
	/* A child's may be held, or waited at, by a thread that it does not have. */
	if (conn->fork_generation == fork_generation())
		gate_destroy(conn);
	free(conn);
}

/* The host hears nothing more of it, nor of what lies below. */
void conn_hush(struct idbc *conn)
{
	hush_all(&conn->hush);
	for (struct lower *lower = conn->lowers; lower; lower = lower->next)
		conn_hush(lower->conn);
}

/* A thread that is still in a client library may log when it comes back: the host's function
 * is not for it any more. */
void conn_free(struct idbc *conn)
{
	struct link *link = conn->link;

	prefix_release(conn->prefix);
	conn->prefix = NULL;
	if (conn->fork_generation != fork_generation()) {
		link_abandon(link);
		conn_gone(conn);
		return;
	}
	if (link)
		link_hold(link);
	link_close(link, conn_gone, conn);
	if (!link)
		return;
	conn_hush(conn);
	link_release(link);
}

/* A table that the driver never looks at would hide nobody. */
static void look_at_intents(const struct idbc *conn, struct finding_list *findings)
{
	if (conn->config->intents == INTENTS_TABLE && !(link_caps(conn->link) & IDBC_CAP_INTENTS))
		findings_add(&findings->sink, IDBC_ERROR, "unsupported", "delete.intents",
			     "set it to \"off\"", "driver %s keeps no intents",
			     link_driver_name(conn->link));
}

/* Password policy and driver, and the connections below. */
int conn_equip(struct idbc *conn, struct lower_opening *opening, struct idbc_error *err)
{
	const struct link_lender lender = { lower_open, opening };
	struct finding_list *findings = opening->findings;
	int rc;

	conn->log.connection = conn->config->connection;
	conn->log.hush = &conn->hush;
	rc = password_open(&conn->config->password, &findings->sink, &conn->policy, err);
	if (rc == IDBC_NOMEM)
		return rc;
	if (rc == IDBC_OK) {
		password_width(conn->policy, &conn->config->password_width,
			       &conn->config->salt_width);
		conn->config->password_upgrade = password_may_upgrade(conn->policy);
	}
	rc = link_open_stack(conn->config, &conn->log, &lender, findings, &conn->link, err);
	if (rc != IDBC_OK && rc != IDBC_CONFIG)
		return rc;
	if (rc == IDBC_CONFIG && findings_errors(findings) == 0)
		return rc;
	if (rc == IDBC_OK)
		look_at_intents(conn, findings);
	return findings_errors(findings) ? findings_fail(findings, "config", err) : IDBC_OK;
}

/* What a stack may be given its stores say: nothing is required here but what is named. */
static void loosen(struct idbc *conn)
{
	if (link_caps(conn->link) & IDBC_CAP_SESSIONLESS && config_has_own_schema(conn->config))
		conn->config->profile.nrequired = 0;
}

/* Configuration, password policy and driver: all mistakes of all three in one go. */
static int assemble(struct idbc *conn, const char *path, const char *json, uint32_t flags,
		    uint32_t timeout_ms, struct finding_list *findings, struct idbc_error *err)
{
	struct lower_opening opening = { conn, NULL, findings, flags, timeout_ms };
	int rc = config_open(path, json, findings, &conn->config, err);

	if (rc != IDBC_OK)
		return rc;
	if (timeout_ms)         /* before the driver asks for it */
		conn->config->timeout_ms = timeout_ms;
	if ((flags & IDBC_CHECK_CREATE) && !config_allow_create(conn->config) &&
	    conn->config->intents != INTENTS_TABLE)
		findings_add(&findings->sink, IDBC_WARNING, "nothing-to-create", "users", "",
			     "this connection has a mapping: its tables are the application's");
	rc = conn_equip(conn, &opening, err);
	if (rc != IDBC_OK)
		return rc;
	loosen(conn);
	return guess_open(&conn->config->throttle, NULL, &conn->guess, err);
}

_Static_assert(IDBC_CHECK_CREATE == IDBC_WANT_CREATE && IDBC_CHECK_GRANTS == IDBC_WANT_GRANTS,
	       "hosts and drivers say the same");

static int check_store(struct idbc *conn, uint32_t flags, struct finding_list *findings,
		       struct idbc_error *err)
{
	int64_t deadline_ns = clock_deadline_ns(conn->config->timeout_ms);

	return link_check(conn->link, deadline_ns, flags, findings, err);
}

static int look_at_stores(struct idbc *, int hurry, struct finding_list *, struct idbc_error *);

static int look_at_lowers(struct idbc *conn, int hurry, struct finding_list *findings,
			  struct idbc_error *err)
{
	struct finding_list theirs;
	int rc = IDBC_OK;

	for (struct lower *lower = conn->lowers; lower && rc == IDBC_OK; lower = lower->next) {
		findings_init(&theirs);
		rc = look_at_stores(lower->conn, hurry, &theirs, err);
		if (lower_findings(lower, findings, &theirs))
			rc = err_nomem(err, "open");
		findings_free(&theirs);
	}
	return rc;
}

static int look_at_own(struct idbc *conn, int hurry, struct finding_list *findings,
		       struct idbc_error *err)
{
	int rc = check_store(conn, 0, findings, err);

	if (rc == IDBC_OK && findings_errors(findings))
		rc = findings_fail(findings, "config", err);
	if (rc == IDBC_OK && !hurry)
		rc = sample_open(conn, err);
	return rc;
}

/* What the catalogue knows beforehand no login need find out. */
static void look_at_width(struct idbc *conn, const struct finding_list *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (!strcmp(findings->items[i].code, "column-too-narrow"))
			upgrade_is_narrow(&conn->upgrades);
}

/* A store may be down at open; then its catalogue is checked on the first session. */
static int look_at_stores(struct idbc *conn, int hurry, struct finding_list *findings,
			  struct idbc_error *err)
{
	const struct config *config = conn->config;
	int rc;

	sample_later(conn);
	rc = look_at_lowers(conn, hurry, findings, err);
	if (rc != IDBC_OK)
		return rc;
	if (config->startup != STARTUP_TRUST)
		rc = look_at_own(conn, hurry, findings, err);
	if (IDBC_STATUS_CLASS(rc) == 3 && config->startup != STARTUP_REQUIRE) {
		err_clear(err);
		rc = IDBC_OK;
	}
	if (rc == IDBC_OK)
		look_at_width(conn, findings);
	return rc;
}

/* Two users with one user_id would be one to the host. */
static int claim_prefix(struct idbc *conn, struct finding_list *findings, struct idbc_error *err)
{
	const struct config *config = conn->config;
	uint32_t identity = config_identity(config);
	int taken = identity ? prefix_claim(config->profile.prefix, identity, &conn->prefix) : -1;

	if (taken < 0)
		return err_nomem(err, "open");
	if (!taken)
		return IDBC_OK;
	findings_add(&findings->sink, IDBC_ERROR, "prefix-in-use", "profile.user_id_prefix",
		     "give each connection a prefix of its own",
		     "another open connection of this process has the prefix \"%s\"",
		     config->profile.prefix);
	return findings_fail(findings, "config", err);
}

static int open_as_guest(const char *path, const char *json, const uint32_t *hurry_ms,
			 struct finding_list *findings, struct idbc **out, struct idbc_error *err)
{
	uint32_t timeout_ms = hurry_ms ? *hurry_ms : 0;
	struct idbc *conn;
	int rc;

	if (timeout_ms > RUN_TIMEOUT_MAX_MS)
		return err_set(err, IDBC_INVALID, "open", "timeout above %u ms",
			       RUN_TIMEOUT_MAX_MS);
	conn = conn_new();
	if (!conn)
		return err_nomem(err, "open");
	rc = assemble(conn, path, json, 0, timeout_ms, findings, err);
	if (rc == IDBC_OK)
		rc = claim_prefix(conn, findings, err);
	if (rc == IDBC_OK)
		rc = look_at_stores(conn, hurry_ms != NULL, findings, err);
	if (rc != IDBC_OK) {
		conn_free(conn);
		return rc;
	}
	*out = conn;
	return IDBC_OK;
}

int run_open(const char *path, const char *json, const uint32_t *hurry_ms,
	     struct finding_list *findings, struct idbc **out, struct idbc_error *err)
{
	struct guest guest;
	int rc;

	guest_enter(&guest);
	rc = open_as_guest(path, json, hurry_ms, findings, out, err);
	guest_leave(&guest);
	return rc;
}

/* Somebody may try one password after the other. */
static int lets_guess(const struct config *config)
{
	uint32_t verify = 1u << IDBC_LOGIN | 1u << IDBC_CHANGE_PASSWORD;

	return config->operations & verify && !config->throttle.per_identifier &&
	       !config->lock_out;
}

/* A new password that is stored as nobody reads it. */
static void look_at_target(const struct idbc *conn, struct finding_list *findings)
{
	uint32_t store = 1u << IDBC_CREATE | 1u << IDBC_CHANGE_PASSWORD;
	const char *name = password_target_name(conn->policy);
	char remedy[256];

	if (!(conn->config->operations & store) || password_reads_target(conn->policy) ||
	    link_caps(conn->link) & (IDBC_CAP_DECIDES | IDBC_CAP_PLAINTEXT))
		return;
	snprintf(remedy, sizeof(remedy), "set users.password.write to a scheme of "
		 "users.password.accept, or name \"%.80s\" there", name);
	findings_add(&findings->sink, IDBC_WARNING, "write-not-accepted", "users.password.accept",
		     remedy, "create and changePassword store %s, which is not accepted here: "
		     "who gets a new password cannot log in with it", name);
}

/* What the configuration alone shows, and no mistake of it. */
static void look_at_config(const struct config *config, struct finding_list *findings)
{
	if (config_maps_field(config, "email") == 0)
		findings_add(&findings->sink, IDBC_WARNING, "no-email", "users.profile.email",
			     "map users.profile.email if the store has addresses",
			     "no e-mail address: nobody can be found by it, and verify and "
			     "changeEmail are not offered");
	if (config->lower && config->throttle.throttled)
		findings_add(&findings->sink, IDBC_WARNING, "throttle-below", "throttle",
			     "give \"throttle\" to the outermost connection",
			     "nothing is counted here: failed logins are the outermost connection's");
	if (lets_guess(config) && !config->lower)
		findings_add(&findings->sink, IDBC_WARNING, "no-throttle", "throttle",
			     "\"throttle\": {}",
			     "nothing here limits guesses of a password: neither \"throttle\" nor "
			     "users.login.failed with \"count\" and \"max\"");
}

static int check_conn(struct idbc *, uint32_t flags, struct finding_list *, struct idbc_error *);

/* All of them, whatever is wrong with one; the first failure is told. */
static int check_lowers(struct idbc *conn, uint32_t flags, struct finding_list *findings,
			struct idbc_error *err)
{
	struct idbc_error why = IDBC_ERROR_INIT;
	struct finding_list theirs;
	int first = IDBC_OK, rc;

	for (struct lower *lower = conn->lowers; lower; lower = lower->next) {
		findings_init(&theirs);
		rc = check_conn(lower->conn, flags, &theirs, &why);
		if (lower_findings(lower, findings, &theirs))
			rc = err_nomem(&why, "check");
		findings_free(&theirs);
		if (rc != IDBC_OK && first == IDBC_OK) {
			first = rc;
			err_code(err, why.status, why.origin, why.code, "options.%s: %s",
				 lower->key, why.text);
		}
	}
	return first;
}

static int check_conn(struct idbc *conn, uint32_t flags, struct finding_list *findings,
		      struct idbc_error *err)
{
	int rc = check_lowers(conn, flags, findings, err);
	/* Of stores that are wrong by themselves a stack could say nothing but that again. */
	int sound = findings_errors(findings) == 0;

	look_at_config(conn->config, findings);
	look_at_target(conn, findings);
	if (rc == IDBC_OK && sound)
		rc = check_store(conn, flags | IDBC_WANT_SURVEY, findings, err);
	if (rc == IDBC_OK && !findings_errors(findings))
		survey_passwords(conn, &findings->sink);
	return rc;
}

static int check_as_guest(const char *path, uint32_t flags, struct finding_list *findings,
			  struct idbc_error *err)
{
	struct idbc *conn;
	int rc;

	if (flags & ~(uint32_t)(IDBC_CHECK_CREATE | IDBC_CHECK_GRANTS))
		return err_set(err, IDBC_INVALID, "check", "check flags 0x%x are not known", flags);
	conn = conn_new();
	if (!conn)
		return err_nomem(err, "check");
	rc = assemble(conn, path, NULL, flags, 0, findings, err);
	if (rc == IDBC_OK)
		rc = check_conn(conn, flags, findings, err);
	conn_free(conn);
	return rc;
}

int run_check(const char *path, uint32_t flags, struct finding_list *findings,
	      struct idbc_error *err)
{
	struct guest guest;
	int rc;

	guest_enter(&guest);
	rc = check_as_guest(path, flags, findings, err);
	guest_leave(&guest);
	return rc;
}

void run_set_log(struct idbc *conn, idbc_log_fn *fn, void *ctx)
{
	conn->log.ctx = ctx;
	conn->log.fn = fn;
	for (struct lower *lower = conn->lowers; lower; lower = lower->next)
		run_set_log(lower->conn, fn, ctx);
}

void run_set_log_level(struct idbc *conn, uint32_t level)
{
	uint32_t hushed = level < IDBC_LOG_DEBUG ? IDBC_LOG_DEBUG - level : 0;

	atomic_store_explicit(&conn->log.hushed, hushed, memory_order_relaxed);
	for (struct lower *lower = conn->lowers; lower; lower = lower->next)
		run_set_log_level(lower->conn, level);
}
