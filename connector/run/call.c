/* connector/run/call.c - job: the one way in: is the connection ours and open, is the
 * request sound, which operation, and what is told afterwards.
 * Threads: the caller's.
 */
#include <stdarg.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "run/attempt.h"
#include "run/conn.h"
#include "base/locale.h"

void call_log(const struct call *call, uint32_t level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(&call->conn->log, level, call->req->kind, call->id,
		  link_driver_name(call->conn->link), fmt, ap);
	va_end(ap);
}

/* --- is the request sound ------------------------------------------------------------- */
static void take(struct idbc_str *out, const char *value)
{
	out->ptr = value;
	out->len = value ? strlen(value) : 0;
}

static int check_text(const struct idbc_str *value, uint32_t max, const char *what,
		      struct idbc_error *err)
{
	if (!value->ptr || !value->len)
		return err_set(err, IDBC_INVALID, "run", "%s is empty", what);
	if (value->len > max)
		return err_set(err, IDBC_INVALID, "run", "%s is longer than %u bytes", what, max);
	if (!text_is_utf8(value->ptr, value->len))
		return err_set(err, IDBC_INVALID, "run", "%s is not UTF-8", what);
	if (text_has_control(value->ptr, value->len))
		return err_set(err, IDBC_INVALID, "run", "%s has control characters", what);
	return IDBC_OK;
}

static int check_password(const struct idbc_str *value, uint32_t max, struct idbc_error *err)
{
	if (value->len > max)
		return err_code(err, IDBC_INVALID, "run", "password_too_long",
				"password is longer than %u bytes", max);
	return IDBC_OK;
}

static int take_identifier(struct call *call, struct idbc_error *err)
{
	const struct config *config = call->conn->config;
	struct idbc_str value;
	int rc;

	if (call->req->kind == IDBC_CREATE || call->uncounted)
		return IDBC_OK;
	if (call->by > IDBC_BY_PHONE)
		return err_set(err, IDBC_INVALID, "run", "no such kind of identifier: %u", call->by);
	take(&value, call->req->value);
	rc = check_text(&value, config->identifier_bytes, "identifier", err);
	if (rc != IDBC_OK)
		return rc;
	call->identifier = value;
	if (call->by == IDBC_BY_USER_ID)
		rc = profile_native_id(&config->profile, &value, &call->identifier, err);
	return rc;
}

static int take_values(struct call *call, struct idbc_error *err)
{
	const struct config *config = call->conn->config;
	const struct idbc_request *req = call->req;
	int rc = take_identifier(call, err);

	take(&call->password, req->password);
	take(&call->current, req->current_password);
	take(&call->email, req->email);
	take(&call->client_ip, req->client_ip);
	if (rc == IDBC_OK)
		rc = check_password(&call->password, config->password_bytes, err);
	if (rc == IDBC_OK)
		rc = check_password(&call->current, config->password_bytes, err);
	if (rc == IDBC_OK && call->email.ptr)
		rc = check_text(&call->email, config->identifier_bytes, "e-mail address", err);
	if (rc == IDBC_OK && call->client_ip.ptr)
		rc = check_text(&call->client_ip, 64, "client address", err);
	return rc;
}

static int check_flags(uint32_t flags, struct idbc_error *err)
{
	if (flags & ~(uint32_t)(IDBC_SELF_SERVICE | IDBC_VERIFIED))
		return err_set(err, IDBC_INVALID, "run", "request flags 0x%x are not known", flags);
	return IDBC_OK;
}

static int take_deadline(struct call *call, struct idbc_error *err)
{
	uint32_t ms = call->req->timeout_ms;

	if (ms > RUN_TIMEOUT_MAX_MS)
		return err_set(err, IDBC_INVALID, "run", "timeout above %u ms",
			       RUN_TIMEOUT_MAX_MS);
	call->deadline_ns = call->started_ns +
			    (ms ? ms : call->conn->config->timeout_ms) * INT64_C(1000000);
	return IDBC_OK;
}

int64_t call_deadline_anew(const struct call *call)
{
	uint32_t ms = call->req->timeout_ms ? call->req->timeout_ms : call->conn->config->timeout_ms;

	return clock_now_ns() + ms * INT64_C(1000000);
}

static int check_kind(const struct idbc *conn, uint32_t kind, struct idbc_error *err)
{
	if (kind < IDBC_LOGIN || kind > IDBC_CHANGE_EMAIL)
		return err_set(err, IDBC_INVALID, "run", "no such operation: %u", kind);
	if (!(conn->config->operations & (1u << kind)))
		return err_set(err, IDBC_UNSUPPORTED, "run",
			       "operation is not among \"operations\" of this connection");
	if (!link_has(conn->link, 1u << kind))
		return err_set(err, IDBC_UNSUPPORTED, "run", "driver %s does not do this",
			       link_driver_name(conn->link));
	return IDBC_OK;
}

/* --- the call -------------------------------------------------------------------------- */
static int dispatch(struct call *call, struct idbc_profile **out, struct idbc_error *err)
{
	switch (call->req->kind) {
	case IDBC_LOGIN:           return call_login(call, out, err);
	case IDBC_GET_USER:        return call->exists ? call_exists(call, err)
							       : call_get_user(call, out, err);
	case IDBC_CREATE:          return call_create(call, out, err);
	case IDBC_VERIFY:          return call_verify(call, err);
	case IDBC_CHANGE_PASSWORD: return call_change_password(call, err);
	case IDBC_DELETE_USER:     return call_delete_user(call, err);
	default:                   return call_change_email(call, err);
	}
}

static int dispatch_counted(struct call *call, void *ctx, struct idbc_profile **out,
			    struct idbc_error *err)
{
	struct guess_attempt attempt;
	int rc = attempt_begin(call, &attempt, err);

	(void)ctx;
	if (rc != IDBC_OK)
		return rc;
	rc = dispatch(call, out, err);
	attempt_end(call, &attempt, rc);
	return rc;
}

static int sound(struct call *call, struct idbc_error *err)
{
	int rc = check_kind(call->conn, call->req->kind, err);

	if (rc == IDBC_OK)
		rc = check_flags(call->req->flags, err);
	if (rc == IDBC_OK)
		rc = take_deadline(call, err);
	if (rc == IDBC_OK)
		rc = take_values(call, err);
	return rc;
}

static int is_write(uint32_t kind)
{
	return kind != IDBC_LOGIN && kind != IDBC_GET_USER;
}

static void count(const struct call *call, int rc)
{
	if (!call->walk && !call->uncounted)
		run_count(call->conn, call->req->kind, rc, call->started_ns);
}

void call_tell(struct call *call, int rc, struct idbc_error *err)
{
	uint32_t kind = call->req->kind;
	uint32_t level = IDBC_STATUS_CLASS(rc) >= 3 && !attempt_refused(rc, err) ?
			 IDBC_LOG_ERROR : IDBC_LOG_DEBUG;

	err->op = kind;
	if (rc == IDBC_OK && is_write(kind))
		err->effect = IDBC_EFFECT_APPLIED;
	if (rc != IDBC_OK)
		call_log(call, level, "%s%s%s: %s", status_name((uint32_t)rc),
			 err->code[0] ? " " : "", err->code, err->text);
}

/* What an operation does not use stays 0: a delete knows one kind of identifier. */
static uint32_t kind_of_value(const struct idbc_request *req)
{
	return req->kind == IDBC_DELETE_USER && !req->by ? IDBC_BY_USER_ID : req->by;
}

uint64_t call_next_id(struct idbc *conn)
{
	return atomic_fetch_add_explicit(&conn->calls, 1, memory_order_relaxed) + 1;
}

int call_as(struct call *call, call_body *body, void *ctx, struct idbc_profile **out,
	    struct idbc_error *err)
{
	struct idbc *conn = call->conn;
	locale_t before;
	int rc = run_enter(conn, err);

	if (rc != IDBC_OK)
		return rc;
	callers_enter(&conn->callers, &call->caller);
	call->stop = &call->caller.stop;
	call->started_ns = clock_now_ns();
	call->id = call_next_id(conn);
	rc = sound(call, err);
	if (rc == IDBC_OK) {
		call->hosted = 1;
		before = locale_plain();
		rc = body(call, ctx, out, err);
		locale_back(before);
	}
	count(call, rc);
	call_tell(call, rc, err);
	callers_leave(&conn->callers, &call->caller);
	run_leave(conn);
	return rc;
}

int call_run(struct call *call, struct idbc_profile **out, struct idbc_error *err)
{
	return call_as(call, dispatch_counted, NULL, out, err);
}

int run_call(struct idbc *conn, const struct idbc_request *req, struct idbc_profile **out,
	     struct idbc_error *err)
{
	struct call call = { .conn = conn, .req = req, .by = kind_of_value(req) };

	return call_run(&call, out, err);
}

int run_user_exists(struct idbc *conn, const char *user_id, int *exists, struct idbc_error *err)
{
	struct idbc_request req = { .size = sizeof(req), .kind = IDBC_GET_USER,
		.by = IDBC_BY_USER_ID, .value = user_id };
	struct call call = { .conn = conn, .req = &req, .by = req.by, .exists = exists };

	return call_run(&call, NULL, err);
}

/* --- submitted ------------------------------------------------------------------------------ */
int run_judge(struct idbc *conn, const struct idbc_request *req, int64_t started_ns,
	      int64_t *deadline_ns, struct idbc_error *err)
{
	struct call call = { .conn = conn, .req = req, .started_ns = started_ns };
	int rc = check_kind(conn, req->kind, err);

	if (rc == IDBC_OK)
		rc = check_flags(req->flags, err);
	if (rc == IDBC_OK)
		rc = take_deadline(&call, err);
	if (rc == IDBC_OK)
		*deadline_ns = call.deadline_ns;
	return rc;
}

/* Of what a host's thread is kept from, our own thread knows nothing. */
int run_accepted(struct idbc *conn, const struct idbc_request *req, int64_t started_ns,
		 struct stop *stop, struct idbc_profile **out, struct idbc_error *err)
{
	struct call call = { .conn = conn, .req = req, .by = kind_of_value(req), .stop = stop,
		.started_ns = started_ns, .id = call_next_id(conn) };
	int rc = sound(&call, err);

	if (rc == IDBC_OK)
		rc = dispatch_counted(&call, NULL, out, err);
	call_tell(&call, rc, err);
	return rc;
}

void run_count(struct idbc *conn, uint32_t kind, int status, int64_t started_ns)
{
	tally_call(&conn->tally, kind, status, clock_now_ns() - started_ns);
}

void run_tell(struct idbc *conn, uint32_t kind, const struct idbc_error *err)
{
	struct idbc_request req = { .size = sizeof(req), .kind = kind };
	struct call call = { .conn = conn, .req = &req, .id = call_next_id(conn) };

	call_log(&call, err->status == IDBC_CANCELLED ? IDBC_LOG_DEBUG : IDBC_LOG_ERROR, "%s: %s",
		 status_name(err->status), err->text);
}
