/* connector/run/attempt.c - job: what verifies a password is counted before it asks the
 * store: who it is for, and what its answer says about the guess.
 * Threads: the caller's; no lock held while the call runs.
 */
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "run/attempt.h"
#include "run/walk.h"

#define FOLDED_MAX 4096         /* an identifier under a fold */

/* --- one spelling for one user ------------------------------------------------------------ */
/* The fold under which two spellings that find the same user are one, and no narrower one. */
static uint32_t wider(uint32_t a, uint32_t b)
{
	if (a == b || b == IDBC_FOLD_NONE || b == IDBC_FOLD_BINARY)
		return a;
	if (a == IDBC_FOLD_NONE)
		return b;
	return a == IDBC_FOLD_LETTERS || b == IDBC_FOLD_LETTERS ? IDBC_FOLD_LETTERS
								: IDBC_FOLD_LOWER_BOTH;
}

static uint32_t fold_of(const struct config_lookup *lookup, uint32_t by)
{
	uint32_t fold = lookup->fold[by];

	/* What a collation calls equal nobody knows here: as much as any of them does. */
	return fold == IDBC_FOLD_DATABASE ? IDBC_FOLD_LETTERS : fold;
}

static uint32_t fold_asked(const struct call *call)
{
	const struct config_lookup *lookup = &call->conn->config->lookup;
	uint32_t fold = IDBC_FOLD_NONE;

	if (call->by == IDBC_BY_USER_ID)
		return fold;
	if (call->by != IDBC_BY_LOGIN)
		return wider(fold, fold_of(lookup, call->by));
	for (uint32_t i = 0; i < lookup->nlogin; i++)
		fold = wider(fold, fold_of(lookup, lookup->login_by[i]));
	return fold;
}

static struct idbc_str folded(const struct call *call, char *room, size_t cap)
{
	uint32_t fold = fold_asked(call);
	struct idbc_str out = call->identifier;
	int64_t len;

	if (fold == IDBC_FOLD_LETTERS)
		len = text_alike(out.ptr, out.len, room, cap);
	else
		len = text_fold(fold, out.ptr, out.len, room, cap);
	return len > 0 ? (struct idbc_str){ room, (size_t)len } : out;
}

/* --- before and after --------------------------------------------------------------------- */
static int verifies(const struct call *call)
{
	if (call->req->kind == IDBC_LOGIN)
		return call->password.ptr != NULL;
	return call->req->kind == IDBC_CHANGE_PASSWORD && call->current.ptr;
}

int attempt_begin(struct call *call, struct guess_attempt *out, struct idbc_error *err)
{
	char room[FOLDED_MAX];
	struct guess_who who = { { NULL, 0 }, call->client_ip };

	memset(out, 0, sizeof(*out));
	if (!call->conn->guess)
		return IDBC_OK;
	who.identifier = folded(call, room, sizeof(room));
	if (call->walk) {
		walk_throttle(call, guess_count(call->conn->guess, &who.identifier));
		return IDBC_OK;
	}
	if (!verifies(call))
		return IDBC_OK;
	return guess_begin(call->conn->guess, &who, call->deadline_ns, out, err);
}

int attempt_refused(int rc, const struct idbc_error *err)
{
	return rc == IDBC_BUSY && !strcmp(err->code, "too_many_attempts");
}

/* --- in the store ------------------------------------------------------------------------- */
static int failed_on(struct session *session, void *ctx, struct idbc_error *err)
{
	int rc = session->ops->failed(session->driver_session, ctx, err);

	return link_believe(session->link, LINK_CALL_FAILED, rc, err);
}

void attempt_failed(struct call *call, const struct rows *rows)
{
	struct idbc_failed_req req = { .size = sizeof(req), .deadline_ns = call->deadline_ns,
		.client_ip = call->client_ip };
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	if (call->walk || !call->conn->config->failed ||
	    !link_has(call->conn->link, LINK_FAILED))
		return;
	if (rows->n == 1)
		req.user_id = (struct idbc_str){ rows->row[0].native_id, rows->row[0].native_len };
	rc = call_on_session(call, failed_on, &req, &err);
	if (rc != IDBC_OK)
		call_log(call, IDBC_LOG_WARNING, "a failed attempt is not counted: %s %s",
			 status_name((uint32_t)rc), err.text);
}

/* --- afterwards --------------------------------------------------------------------------- */
/* A password change says NO_USER where a login says DENIED: an unknown user is a guess. */
static enum guess_end what_it_was(int rc)
{
	switch (rc) {
	case IDBC_DENIED:
	case IDBC_NO_USER:
		return GUESS_WRONG;
	case IDBC_OK:
	case IDBC_BLOCKED:
	case IDBC_PASSWORD_EXPIRED:
		return GUESS_RIGHT;
	default:
		return GUESS_OPEN;
	}
}

void attempt_end(struct call *call, struct guess_attempt *attempt, int rc)
{
	uint32_t full = guess_end(attempt, what_it_was(rc));

	if (full & 1u << GUESS_IDENTIFIER)
		call_log(call, IDBC_LOG_WARNING, "one identifier reached throttle.per_identifier");
	if (full & 1u << GUESS_CLIENT)
		call_log(call, IDBC_LOG_WARNING, "one client reached throttle.per_client");
}
