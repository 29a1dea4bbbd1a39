/* connector/run/walk.c - job: the steps of one login in words, and the answer at their end.
 * What is decided is decided in login.c, for a walk as for a login.
 * Threads: the caller's; no lock.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "config/node.h"
#include "run/walk.h"

struct walk {
	json_t *steps;
	int failed;             /* no memory for one of them */
};

static void add_step(struct walk *walk, enum walk_result result, const char *step,
		     const char *text)
{
	static const char *const results[] = { "ok", "stop", "note" };
	json_t *item = json_pack("{ss ss ss}", "step", step, "result", results[result], "text",
				 text);

	if (!item || json_array_append_new(walk->steps, item))
		walk->failed = 1;
}

void walk_step(const struct call *call, enum walk_result result, const char *step,
	       const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (!call->walk)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add_step(call->walk, result, step, text);
}

/* --- who is asked for -------------------------------------------------------------------- */
static const char *const by_names[] = { "login", "user_id", "email", "username",
					"phone_number" };

static void put(struct buf *to, const char *between, const char *word)
{
	buf_addf(to, "%s%s", to->len ? between : "", word);
}

static void put_field(struct buf *to, const struct call *call, uint32_t by)
{
	static const char *const folds[] = {
		"bytes equal", "in lower case", "in upper case", "first letter upper",
		"letter case aside", "bytes equal", "as the collation compares",
	};

	put(to, " or ", by_names[by]);
	if (by != IDBC_BY_USER_ID)
		buf_addf(to, " (%s)", folds[call->conn->config->lookup.fold[by]]);
}

void walk_asked(const struct call *call)
{
	const struct config_lookup *lookup = &call->conn->config->lookup;
	struct buf fields = BUF_INIT(1024);

	if (!call->walk)
		return;
	walk_step(call, WALK_OK, "identifier", "%zu bytes of UTF-8, no control characters",
		  call->identifier.len);
	if (call->by != IDBC_BY_LOGIN)
		put_field(&fields, call, call->by);
	for (uint32_t i = 0; call->by == IDBC_BY_LOGIN && i < lookup->nlogin; i++)
		put_field(&fields, call, lookup->login_by[i]);
	walk_step(call, WALK_OK, "statement", "one statement looks for it in %s",
		  fields.ptr ? fields.ptr : "");
	call->walk->failed |= fields.failed;
	buf_free(&fields);
}

void walk_throttle(const struct call *call, uint32_t failures)
{
	const struct guess_rules *rules = &call->conn->config->throttle;
	char client[64] = "no limit for a client";

	if (rules->per_client)
		snprintf(client, sizeof(client), "a client after %u", rules->per_client);
	if (rules->per_identifier)
		walk_step(call, failures < rules->per_identifier ? WALK_OK : WALK_STOP, "throttle",
			  "this process counts %u failures for it and refuses after %u in %u s, %s",
			  failures, rules->per_identifier, rules->window_s, client);
	else
		walk_step(call, WALK_OK, "throttle", "no limit for an identifier, %s in %u s",
			  client, rules->window_s);
}

/* The login fields that hold the value which matched. */
static void put_places(struct buf *to, const struct call *call, const struct row *row)
{
	const struct config_lookup *lookup = &call->conn->config->lookup;
	struct buf places = BUF_INIT(256);

	for (uint32_t i = 0; i < lookup->nlogin; i++)
		if (row_matched_in(row, lookup->login_by[i]))
			put(&places, " and ", by_names[lookup->login_by[i]]);
	put(to, ", another by ", places.len ? places.ptr : by_names[call->by]);
	to->failed |= places.failed;
	buf_free(&places);
}

void walk_rows(const struct call *call, const struct rows *rows)
{
	struct buf places = BUF_INIT(1024);

	if (!call->walk)
		return;
	if (rows->deleted)
		walk_step(call, WALK_NOTE, "deleted", "profile.deleted hides %u row%s that match%s",
			  rows->deleted, rows->deleted == 1 ? "" : "s",
			  rows->deleted == 1 ? "es" : "");
	if (rows->hidden)
		walk_step(call, WALK_NOTE, "hidden", "a delete under way hides %u row%s that match%s",
			  rows->hidden, rows->hidden == 1 ? "" : "s", rows->hidden == 1 ? "es" : "");
	if (rows->migrated)
		walk_step(call, WALK_NOTE, "migrated", "profile.migrated hides %u row%s",
			  rows->migrated, rows->migrated == 1 ? "" : "s");
	if (rows->unequal)
		walk_step(call, WALK_NOTE, "compared", "%u row%s equal by the collation alone",
			  rows->unequal, rows->unequal == 1 ? " is" : "s are");
	for (size_t i = 0; i < rows->n; i++)
		put_places(&places, call, &rows->row[i]);
	if (rows->n == 0)
		walk_step(call, WALK_STOP, "rows",
			  "no user to be seen: nobody has it, or user.where leaves him out");
	else if (rows->n == 1)
		walk_step(call, WALK_OK, "rows", "one user, found by %s", places.ptr);
	else
		walk_step(call, WALK_STOP, "rows", "more than one user: one by %s", places.ptr);
	call->walk->failed |= places.failed;
	buf_free(&places);
}

/* --- the credential ------------------------------------------------------------------------ */
static const char *locked_text(enum password_why why)
{
	switch (why) {
	case PASSWORD_WHY_EXTERNAL:
		return "the password is kept elsewhere";
	case PASSWORD_WHY_ABSENT:
		return "no password is stored";
	default:
		return "what is stored is a marker that means \"no password\"";
	}
}

/* Of a form that says what it is, and of one that users.password.accept says it for. */
static void recognised(const struct call *call, const struct password_verdict *v,
		       enum walk_result result, const char *tail)
{
	char cost[128] = "";

	if (v->cost.kind != COST_NONE)
		cost_text(&v->cost, cost, sizeof(cost));
	walk_step(call, result, "credential", "%s%s%s%s%s", v->fits > 1 ?
		  "several entries of users.password.accept fit; the last one tried is " :
		  "recognised as ", v->scheme, cost[0] ? " with " : "", cost, tail);
}

static void refused(const struct call *call, const struct password_verdict *v)
{
	if (v->result == PASSWORD_LOCKED)
		walk_step(call, WALK_STOP, "credential", "%s", locked_text(v->why));
	else if (!v->scheme)
		walk_step(call, WALK_STOP, "credential", "%s", v->result == PASSWORD_UNSUPPORTED ?
			  "a form that users.password.accept does not name, or that is not done here"
			  : "malformed: of no scheme, or not whole");
	else if (v->result == PASSWORD_MALFORMED)
		walk_step(call, WALK_STOP, "credential", "begins as %s and is malformed",
			  v->scheme);
	else if (v->result == PASSWORD_LIMIT)
		recognised(call, v, WALK_STOP, ", which is above the ceiling");
	else
		recognised(call, v, WALK_STOP, v->fits ? ", which cannot be computed here" :
			   ", which users.password.accept does not allow");
}

static void tried(const struct call *call, const struct password_verdict *v)
{
	if (!call->password.ptr)
		walk_step(call, WALK_NOTE, "password", "not tried: none was given");
	else if (!call->password.len)
		walk_step(call, WALK_STOP, "password", "an empty password is never right");
	else if (v->result == PASSWORD_MATCH)
		walk_step(call, WALK_OK, "password", "right, taken %s%s",
			  v->input ? "as input " : "as typed", v->input ? v->input : "");
	else
		walk_step(call, WALK_STOP, "password", "wrong, in %zu form%s of users.password.input",
			  v->inputs, v->inputs == 1 ? "" : "s");
}

void walk_verdict(const struct call *call, const struct password_verdict *v)
{
	if (!call->walk)
		return;
	if (v->result == PASSWORD_BUSY || v->result == PASSWORD_LATE)
		walk_step(call, WALK_STOP, "credential", "not computed: %s", v->result ==
			  PASSWORD_BUSY ? "too many others wait" : "no time left before the deadline");
	else if (v->result == PASSWORD_FAILED)
		walk_step(call, WALK_STOP, "credential", "could not be computed: out of memory");
	else if (v->result != PASSWORD_MATCH && v->result != PASSWORD_MISMATCH)
		refused(call, v);
	else {
		recognised(call, v, WALK_OK, v->weak ? ", accepted though weak" : ", accepted");
		tried(call, v);
	}
}

void walk_locked_out(const struct call *call)
{
	walk_step(call, WALK_STOP, "locked_out",
		  "by failed attempts: the right password is refused like a wrong one");
}

/* --- what follows a right password ------------------------------------------------------------ */
/* As long as nothing stops, each flag; the order is that of the decision. */
void walk_flags(const struct call *call, const struct row *row)
{
	int required = call->conn->config->require_verified != 0;
	int verified = profile_true(row->profile, "email_verified");

	if (profile_true(row->profile, "blocked")) {
		walk_step(call, WALK_STOP, "blocked", "the account is blocked");
		return;
	}
	walk_step(call, WALK_OK, "blocked", "no");
	if (required && !verified) {
		walk_step(call, WALK_STOP, "email_verified",
			  "no, and login.require_verified asks for it");
		return;
	}
	walk_step(call, verified ? WALK_OK : WALK_NOTE, "email_verified", "%s",
		  verified ? "yes" : "no, and login.require_verified does not ask for it");
	if (row->password_expired)
		walk_step(call, WALK_STOP, "password_expired", "yes: it must be changed first");
	else
		walk_step(call, WALK_OK, "password_expired", "no");
}

static const char *kept_text(enum password_why why)
{
	switch (why) {
	case PASSWORD_WHY_OFF:
		return "password.upgrade or users.password.upgrade is off";
	case PASSWORD_WHY_CURRENT:
		return "what is stored is neither weak nor cheaper";
	case PASSWORD_WHY_NOT_READ:
		return "users.password.accept does not name it";
	case PASSWORD_WHY_INPUT:
		return "the password matched in another form than new ones are stored in";
	case PASSWORD_WHY_CUT:
		return "the stored form saw less of the password than this would";
	default:
		return "the password could not be a new one";
	}
}

static void upgrade_step(const struct call *call, const struct password_verdict *v,
			 const struct idbc_proven_req *req)
{
	const char *target = password_target_name(call->conn->policy);

	if (v->why)
		walk_step(call, WALK_OK, "upgrade", "not stored anew as %s: %s", target,
			  kept_text(v->why));
	else if (call->conn->config->password.upgrade == 2)
		walk_step(call, WALK_NOTE, "upgrade",
			  "would be stored anew as %s, were this not a dry run", target);
	else if (req->ncredential)
		walk_step(call, WALK_NOTE, "upgrade", "would be stored anew as %s, %u bytes", target,
			  call->conn->config->password_width);
	else if (!call->password.ptr)
		walk_step(call, WALK_NOTE, "upgrade",
			  "would be stored anew as %s, if the password can be", target);
}

/* The columns of users.login.touch, by the names that the mapping gives them. */
static void touch_step(const struct call *call)
{
	struct buf names = BUF_INIT(1024);
	struct idbc_str users;
	const char *column;
	json_t *value, *mapping = NULL;

	if (config_setting_json(call->conn->config, "users", &users) == 1)
		mapping = json_loadb(users.ptr, users.len, 0, NULL);
	json_object_foreach(json_object_get(json_object_get(mapping, "login"), "touch"), column,
			    value)
		put(&names, ", ", column);
	walk_step(call, WALK_NOTE, "touch", "the login would be recorded in %s",
		  names.ptr ? names.ptr : "the store");
	buf_free(&names);
	json_decref(mapping);
}

void walk_proven(const struct call *call, const struct password_verdict *v,
		 const struct idbc_proven_req *req)
{
	if (!call->walk)
		return;
	upgrade_step(call, v, req);
	if (req->flags & IDBC_PROVEN_TOUCH)
		touch_step(call);
	if (req->flags & IDBC_PROVEN_FORGIVE)
		walk_step(call, WALK_NOTE, "failed", "the failed attempts counted would be forgotten");
	if (req->flags & IDBC_PROVEN_RECHECK)
		walk_step(call, WALK_NOTE, "recheck",
			  "the row would be read once more, and has to be the same");
}

/* --- the answer -------------------------------------------------------------------------------- */
/* NULL where there is nothing to tell. */
static const char *detail_word(const struct idbc_error *err)
{
	return err->detail ? detail_name(err->detail) : NULL;
}

static void answer_step(const struct call *call, int rc, const struct idbc_error *err)
{
	const char *detail = rc == IDBC_OK ? NULL : detail_word(err);
	int stopped = IDBC_STATUS_CLASS(rc) > 1;

	if (stopped)
		walk_step(call, WALK_STOP, IDBC_STATUS_CLASS(rc) == 2 ? "request" : "store", "%s",
			  err->text[0] ? err->text : status_text((uint32_t)rc));
	walk_step(call, rc == IDBC_OK ? WALK_OK : WALK_STOP, "answer", "%s%s%s%s%s%s",
		  status_name((uint32_t)rc), rc != IDBC_OK && err->code[0] ? " " : "",
		  rc != IDBC_OK ? err->code : "", detail ? ", for logs alone " : "",
		  detail ? detail : "",
		  rc == IDBC_OK && !call->password.ptr ? ", if the password is right" : "");
}

static char *answer_json(struct walk *walk, int rc, const struct idbc_error *err)
{
	int ok = rc == IDBC_OK;
	json_t *all = json_pack("{ss ss* ss* ss* sO}", "status", status_name((uint32_t)rc),
				"code", !ok && err->code[0] ? err->code : NULL, "detail",
				ok ? NULL : detail_word(err), "message",
				ok ? NULL : err->text, "steps", walk->steps);
	char *text = walk->failed || !all ? NULL : node_text(all);

	json_decref(all);
	return text;
}

int run_explain(struct idbc *conn, const struct idbc_request *req, char **json,
		struct idbc_error *err)
{
	struct walk walk = { json_array(), 0 };
	struct call call = { .conn = conn, .req = req, .by = req->by, .walk = &walk };
	struct idbc_profile *profile = NULL;
	char *text;
	int rc;

	if (req->kind != IDBC_LOGIN)
		rc = err_set(err, IDBC_INVALID, "run", "only a login can be explained");
	else
		rc = call_run(&call, &profile, err);
	profile_free(profile);
	answer_step(&call, rc, err);
	text = answer_json(&walk, rc, err);
	json_decref(walk.steps);
	if (!text)
		return err_nomem(err, "run");
	*json = text;
	return IDBC_STATUS_CLASS(rc) <= 1 ? IDBC_OK : rc;
}
