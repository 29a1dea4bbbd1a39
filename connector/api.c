/* connector/api.c - job: the public functions: a host's structs in, of whatever age, and
 * answers out.  Everything else is in the rooms.  Threads: the caller's; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "api.h"
#include "base/findings.h"
#include "profile/profile.h"
#include "run/run.h"

const char *idbc_version(void)
{
	return IDBC_VERSION;
}

const char *idbc_status_name(uint32_t status)
{
	return status_name(status);
}

const char *idbc_status_text(uint32_t status)
{
	return status_text(status);
}

/* --- open and close -------------------------------------------------------------------- */
static int open_either(const char *path, const char *json, const uint32_t *hurry_ms,
		       struct idbc **out, struct idbc_error *to)
{
	struct idbc_error err = fresh_error();
	struct finding_list findings;
	struct idbc *conn = NULL;
	int rc;

	if (!out || (!path && !json))
		return invalid(to, "no configuration, or nowhere to put the connection");
	findings_init(&findings);
	rc = run_open(path, json, hurry_ms, &findings, &conn, &err);
	findings_free(&findings);
	if (rc == IDBC_OK && async_attach(conn, &err) != IDBC_OK) {
		run_close(conn);
		rc = IDBC_NOMEM;
	}
	if (rc == IDBC_OK)
		*out = conn;
	return done(rc, &err, to);
}

int idbc_open(const char *config_path, struct idbc **out, struct idbc_error *err)
{
	return open_either(config_path, NULL, NULL, out, err);
}

int idbc_open_within(const char *config_path, uint32_t timeout_ms, struct idbc **out,
		     struct idbc_error *err)
{
	return open_either(config_path, NULL, &timeout_ms, out, err);
}

int idbc_open_json(const char *config_json, struct idbc **out, struct idbc_error *err)
{
	return open_either(NULL, config_json, NULL, out, err);
}

/* --- the operations --------------------------------------------------------------------- */
int idbc_call(struct idbc *conn, const struct idbc_request *req, struct idbc_profile **out,
	      struct idbc_error *to)
{
	struct idbc_request mine = IDBC_REQUEST_INIT;
	struct idbc_error err = fresh_error();
	struct idbc_profile *profile = NULL;
	int rc;

	if (!conn || !take_request(req, &mine))
		return invalid(to, "no connection, or no request");
	if (would_wait(conn, to))
		return IDBC_STATE;
	rc = run_call(conn, &mine, &profile, &err);
	if (rc == IDBC_OK && out)
		*out = profile;
	else
		profile_free(profile);
	return done(rc, &err, to);
}

static struct idbc_request request(uint32_t kind, uint32_t by, const char *value)
{
	struct idbc_request req = IDBC_REQUEST_INIT;

	req.kind = kind;
	req.by = by;
	req.value = value;
	return req;
}

int idbc_login(struct idbc *conn, const char *identifier, const char *password,
	       struct idbc_profile **out, struct idbc_error *err)
{
	struct idbc_request req = request(IDBC_LOGIN, IDBC_BY_LOGIN, identifier);

	req.password = password;
	return idbc_call(conn, &req, out, err);
}

int idbc_get_user(struct idbc *conn, uint32_t by, const char *value, struct idbc_profile **out,
		  struct idbc_error *err)
{
	struct idbc_request req = request(IDBC_GET_USER, by, value);

	return idbc_call(conn, &req, out, err);
}

int idbc_create(struct idbc *conn, const struct idbc_profile *user, const char *password,
		struct idbc_profile **out, struct idbc_error *err)
{
	struct idbc_request req = request(IDBC_CREATE, IDBC_BY_LOGIN, NULL);

	req.user = user;
	req.password = password;
	return idbc_call(conn, &req, out, err);
}

int idbc_verify(struct idbc *conn, uint32_t by, const char *value, struct idbc_error *err)
{
	struct idbc_request req = request(IDBC_VERIFY, by, value);

	return idbc_call(conn, &req, NULL, err);
}

int idbc_change_password(struct idbc *conn, uint32_t by, const char *value,
			 const char *new_password, struct idbc_error *err)
{
	struct idbc_request req = request(IDBC_CHANGE_PASSWORD, by, value);

	req.password = new_password;
	return idbc_call(conn, &req, NULL, err);
}

int idbc_change_email(struct idbc *conn, uint32_t by, const char *value, const char *new_email,
		      int verified, struct idbc_error *err)
{
	struct idbc_request req = request(IDBC_CHANGE_EMAIL, by, value);

	req.email = new_email;
	req.flags = verified ? IDBC_VERIFIED : 0;
	return idbc_call(conn, &req, NULL, err);
}

int idbc_delete_user(struct idbc *conn, const char *user_id, struct idbc_error *err)
{
	struct idbc_request req = request(IDBC_DELETE_USER, IDBC_BY_USER_ID, user_id);

	return idbc_call(conn, &req, NULL, err);
}

/* --- profiles ----------------------------------------------------------------------------- */
int idbc_profile_parse(const char *json, struct idbc_profile **out, struct idbc_error *to)
{
	struct idbc_error err = fresh_error();

	if (!json || !out)
		return invalid(to, "no profile text, or nowhere to put the profile");
	return done(profile_parse(json, out, &err), &err, to);
}

int idbc_profile_new(struct idbc_profile **out, struct idbc_error *to)
{
	struct idbc_error err = fresh_error();

	if (!out)
		return invalid(to, "nowhere to put the profile");
	return done(profile_new(out, &err), &err, to);
}

int idbc_profile_set(struct idbc_profile *profile, const char *field, const char *json_value,
		     struct idbc_error *to)
{
	struct idbc_error err = fresh_error();

	if (!profile || !field || !json_value)
		return invalid(to, "no profile, field or value");
	return done(profile_set(profile, field, json_value, &err), &err, to);
}

const char *idbc_profile_get(const struct idbc_profile *profile, const char *field)
{
	return profile && field ? profile_get(profile, field) : NULL;
}

const char *idbc_profile_json(const struct idbc_profile *profile, uint32_t flags)
{
	return profile ? profile_json(profile, flags) : NULL;
}

void idbc_profile_free(struct idbc_profile *profile)
{
	profile_free(profile);
}

/* --- the host's profile store --------------------------------------------------------------- */
int idbc_set_profile_store(struct idbc *conn, const struct idbc_profile_store *store,
			   struct idbc_error *to)
{
	struct idbc_error err = fresh_error();

	int rc;

	if (!conn)
		return invalid(to, "no connection");
	rc = run_set_profile_store(conn, store, &err);
	if (rc == IDBC_OK && !async_inside(conn))
		run_recover_some(conn);
	return done(rc, &err, to);
}

int idbc_recover(struct idbc *conn, uint32_t *finished, struct idbc_error *to)
{
	struct idbc_error err = fresh_error();
	uint32_t n = 0;
	int rc;

	if (finished)
		*finished = 0;
	if (!conn)
		return invalid(to, "no connection");
	if (would_wait(conn, to))
		return IDBC_STATE;
	rc = run_recover(conn, &n, &err);
	if (finished)
		*finished = n;
	return done(rc, &err, to);
}

int idbc_interrupted(struct idbc *conn, char **deletes_json, struct idbc_error *to)
{
	struct idbc_error err = fresh_error();

	if (!conn || !deletes_json)
		return invalid(to, "no connection, or nowhere to put the answer");
	if (would_wait(conn, to))
		return IDBC_STATE;
	return done(run_interrupted(conn, deletes_json, &err), &err, to);
}

int idbc_user_exists(struct idbc *conn, const char *user_id, int *exists, struct idbc_error *to)
{
	struct idbc_error err = fresh_error();
	int answer = 1, rc;

	if (!conn || !exists)
		return invalid(to, "no connection, or nowhere to put the answer");
	if (would_wait(conn, to))
		return IDBC_STATE;
	rc = run_user_exists(conn, user_id, &answer, &err);
	if (rc == IDBC_OK)
		*exists = answer;
	return done(rc, &err, to);
}

/* --- checking ------------------------------------------------------------------------------- */
int idbc_check(const char *config_path, uint32_t flags, char **findings_json,
	       struct idbc_error *to)
{
	struct idbc_error err = fresh_error();
	struct finding_list findings;
	char *json;
	int rc;

	if (!config_path || !findings_json)
		return invalid(to, "no configuration, or nowhere to put the findings");
	findings_init(&findings);
	rc = run_check(config_path, flags, &findings, &err);
	json = run_findings_json(&findings);
	findings_free(&findings);
	if (!json)
		return done(err_nomem(&err, "check"), &err, to);
	*findings_json = json;
	return done(rc, &err, to);
}

int idbc_explain_login(struct idbc *conn, const struct idbc_request *req, char **explained_json,
		       struct idbc_error *to)
{
	struct idbc_request mine = IDBC_REQUEST_INIT;
	struct idbc_error err = fresh_error();

	if (!conn || !explained_json || !take_request(req, &mine))
		return invalid(to, "no connection, no request, or nowhere to put the answer");
	if (would_wait(conn, to))
		return IDBC_STATE;
	return done(run_explain(conn, &mine, explained_json, &err), &err, to);
}

/* --- watching ------------------------------------------------------------------------------- */
void idbc_set_log(struct idbc *conn, idbc_log_fn *fn, void *ctx)
{
	if (conn)
		run_set_log(conn, fn, ctx);
}

void idbc_set_log_level(struct idbc *conn, uint32_t level)
{
	if (conn)
		run_set_log_level(conn, level);
}

char *idbc_stats_json(struct idbc *conn)
{
	return conn ? run_stats_json(conn) : NULL;
}

void idbc_free(void *memory)
{
	free(memory);
}
