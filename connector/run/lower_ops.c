/* connector/run/lower_ops.c - job: the table of operations that a stacked driver has of a
 * connection below it: the same calls as a host's, with native ids and stored passwords.  What
 * no host asks is in lower_driver.c.
 * Threads: any, several at once; each on that of a call of the outer connection.  No lock.
 */
#include <string.h>
#include "base/err.h"
#include "base/failpoint.h"
#include "run/asked.h"
#include "run/carry.h"
#include "run/settle.h"

static void tell_passed_over(const struct rows *rows, struct idbc_sink *sink)
{
	if (!IDBC_HAS(sink, passed_over) || !sink->passed_over)
		return;
	for (uint32_t i = 0; i < rows->deleted; i++)
		sink->passed_over(sink, IDBC_PASSED_DELETED);
	for (uint32_t i = 0; i < rows->unequal; i++)
		sink->passed_over(sink, IDBC_PASSED_UNEQUAL);
	for (uint32_t i = 0; i < rows->hidden; i++)
		sink->passed_over(sink, IDBC_PASSED_HIDDEN);
}

static int read_and_tell(struct asked *asked, uint32_t kind, struct idbc_sink *sink)
{
	struct call *call = &asked->call;
	struct rows rows;
	int rc;

	rows_init(&rows);
	rc = call_read(call, kind, &rows, &asked->err);
	if (rc == IDBC_OK) {
		tell_passed_over(&rows, sink);
		rc = rows_one(&rows, &asked->err);
	}
	if (rc == IDBC_OK)
		rc = lower_tell(call, &rows.row[0], kind == IDBC_LOGIN, sink, &asked->err);
	if (rc == IDBC_OK && asked->below.flags & IDBC_LOGIN_ADMIT)
		rc = call_admits(call, &rows.row[0], &asked->err);
	rows_free(&rows);
	return rc;
}

/* --- logins and reads ------------------------------------------------------------------- */
/* Where passwords are judged by the store itself, or by a stack, nobody reads them. */
static uint32_t kind_of_read(const struct idbc *conn)
{
	return link_caps(conn->link) & IDBC_CAP_DECIDES ? IDBC_GET_USER : IDBC_LOGIN;
}

static int lower_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	struct asked asked;
	int rc = asked_begin(&asked, self, IDBC_LOGIN, req->deadline_ns);

	asked.below = (struct below){ IDBC_HAS(req, flags) ? req->flags : 0, sink };
	asked_name(&asked, req->by, &req->identifier);
	asked.call.password = req->password;
	if (rc == IDBC_OK && (asked.below.flags & IDBC_LOGIN_READ))
		rc = read_and_tell(&asked, kind_of_read(asked.call.conn), sink);
	else if (rc == IDBC_OK)
		rc = call_login(&asked.call, NULL, &asked.err);
	return asked_end(&asked, rc, err);
}

static int lower_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct asked asked;
	int rc = asked_begin(&asked, self, IDBC_GET_USER, req->deadline_ns);

	asked_name(&asked, req->by, &req->identifier);
	if (rc == IDBC_OK)
		rc = read_and_tell(&asked, IDBC_GET_USER, sink);
	return asked_end(&asked, rc, err);
}

/* --- create ------------------------------------------------------------------------------ */
/* A create that a host asked for: by the rules of this connection. */
static int create_new(struct asked *asked, const struct idbc_create_req *req, uint32_t flags,
		      struct rows *rows)
{
	struct profile_fields fields = { NULL, 0, NULL };
	struct idbc_profile *profile = NULL;
	int rc = profile_new(&profile, &asked->err);

	for (size_t i = 0; rc == IDBC_OK && i < req->nfields; i++)
		if (profile_add(profile, req->fields[i].name, &req->fields[i].value))
			rc = err_nomem(&asked->err, "run");
	if (rc == IDBC_OK)
		rc = profile_for_create(profile, &asked->call.conn->config->profile, 0, &fields,
					&asked->err);
	if (rc == IDBC_OK)
		rc = call_create_fields(&asked->call, &fields, flags, rows, &asked->err);
	profile_fields_free(&fields);
	profile_free(profile);
	return rc;
}

static const struct idbc_str *clear_of(const struct idbc_field *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(parts[i].name, "clear") && parts[i].value.kind == IDBC_KIND_STR)
			return &parts[i].value.u.str;
	return NULL;
}

static int take_clear(const struct idbc_field *parts, size_t n, struct idbc_str *out,
		      struct idbc_error *err)
{
	const struct idbc_str *clear = clear_of(parts, n);

	if (!clear)
		return err_code(err, IDBC_INVALID, "run", "password_required", "no password given");
	*out = *clear;
	return IDBC_OK;
}

static int create(struct asked *asked, const struct idbc_create_req *req, struct rows *rows)
{
	uint32_t flags = IDBC_HAS(req, flags) ? req->flags : 0;
	struct carry carry = { req->fields, req->nfields, req->credential, req->ncredential, flags };
	int rc;

	if (flags & IDBC_CREATE_CARRIED)
		return call_carry(&asked->call, &carry, rows, &asked->err);
	rc = take_clear(req->credential, req->ncredential, &asked->call.password, &asked->err);
	return rc == IDBC_OK ? create_new(asked, req, flags, rows) : rc;
}

/* A trial moves nobody. */
static void count_move(void *self, const struct idbc_create_req *req, int rc)
{
	const uint32_t flags = IDBC_HAS(req, flags) ? req->flags : 0;
	struct lower *lower = self;
	struct moves_tally *tally = &lower->outer->moves;
	_Atomic uint64_t *count = rc == IDBC_OK ? &tally->moved : &tally->failed;

	if ((flags & (IDBC_CREATE_MOVED | IDBC_CREATE_TRIAL)) != IDBC_CREATE_MOVED)
		return;
	if (rc == IDBC_EXISTS || rc == IDBC_CONFLICT || rc == IDBC_INVALID)
		count = &tally->refused;
	atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static int lower_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	struct asked asked;
	struct rows rows;
	int rc = asked_begin(&asked, self, IDBC_CREATE, req->deadline_ns);

	rows_init(&rows);
	FAILPOINT("move.creating");
	if (rc == IDBC_OK)
		rc = create(&asked, req, &rows);
	FAILPOINT("move.created");
	count_move(self, req, rc);
	if (rc == IDBC_OK && !rows.trial) {
		rc = lower_tell(&asked.call, &rows.row[0], 0, sink, &asked.err);
		asked.err.effect = rc == IDBC_OK ? IDBC_EFFECT_NONE : IDBC_EFFECT_APPLIED;
	}
	rows_free(&rows);
	return asked_end(&asked, rc, err);
}

/* --- changes ----------------------------------------------------------------------------- */
static int lower_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct asked asked;
	int rc = asked_begin(&asked, self, IDBC_VERIFY, req->deadline_ns);

	asked_name(&asked, req->by, &req->identifier);
	asked.call.email = req->email;
	if (!req->email.len)
		asked.call.email.ptr = NULL;
	return asked_end(&asked, rc == IDBC_OK ? call_verify(&asked.call, &asked.err) : rc, err);
}

static int lower_change_password(void *self, const struct idbc_password_req *req,
				 struct idbc_error *err)
{
	struct asked asked;
	int rc = asked_begin(&asked, self, IDBC_CHANGE_PASSWORD, req->deadline_ns);

	asked_name(&asked, req->by, &req->identifier);
	if (rc == IDBC_OK)
		rc = take_clear(req->credential, req->ncredential, &asked.call.password, &asked.err);
	if (rc == IDBC_OK && req->nexpect)
		rc = take_clear(req->expect, req->nexpect, &asked.call.current, &asked.err);
	return asked_end(&asked, rc == IDBC_OK ? call_change_password(&asked.call, &asked.err) : rc, err);
}

static int lower_change_email(void *self, const struct idbc_email_req *req, struct idbc_error *err)
{
	struct asked asked;
	int rc = asked_begin(&asked, self, IDBC_CHANGE_EMAIL, req->deadline_ns);

	asked_name(&asked, req->by, &req->identifier);
	asked.call.email = req->email;
	asked.req.flags = req->verified ? IDBC_VERIFIED : 0;
	return asked_end(&asked, rc == IDBC_OK ? call_change_email(&asked.call, &asked.err) : rc, err);
}

static int delete_on(struct session *session, void *ctx, struct idbc_error *err)
{
	int rc = session->ops->delete_user(session->driver_session, ctx, err);

	return link_believe(session->link, LINK_CALL_DELETE_USER, rc, err);
}

/* Phases, tokens and the host's agreement are the outermost connection's. */
static int lower_delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	const struct doubt doubt = { .kind = IDBC_SETTLE_DELETE_USER, .write = req,
		.user_id = req->user_id };
	struct asked asked;
	int rc = asked_begin(&asked, self, IDBC_DELETE_USER, req->deadline_ns);

	asked_name(&asked, IDBC_BY_USER_ID, &req->user_id);
	FAILPOINT("move.deleting");
	if (rc == IDBC_OK) {
		rc = call_writing(&asked.call, delete_on, (void *)req, &asked.err);
		rc = call_settle(&asked.call, &doubt, rc, &asked.err);
	}
	FAILPOINT("move.deleted");
	return asked_end(&asked, rc, err);
}

/* --- the table ----------------------------------------------------------------------------- */
/* What is not here the connector does itself: checks, failed attempts. */
const struct idbc_ops *lower_ops(void)
{
	static const struct idbc_ops ops = { .size = sizeof(ops), .login = lower_login,
		.get_user = lower_get_user, .create = lower_create, .verify = lower_verify,
		.change_password = lower_change_password, .delete_user = lower_delete_user,
		.change_email = lower_change_email, .proven = lower_proven,
		.list = lower_list_users, .intents = lower_intents, .settle = lower_settle,
		.moved = lower_moved };

	return &ops;
}

uint32_t lower_caps(const struct idbc *conn)
{
	uint32_t kept = IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT | IDBC_CAP_INTENTS;
	uint32_t caps = link_caps(conn->link) & kept;

	if (conn->config->intents != INTENTS_TABLE)
		caps &= ~(uint32_t)IDBC_CAP_INTENTS;
	if (config_takes_ids(conn->config))
		caps |= IDBC_CAP_TAKES_IDS;
	return caps | IDBC_CAP_DECIDES | IDBC_CAP_PLAINTEXT;
}
