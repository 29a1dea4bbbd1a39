/* connector/run/deletion.c - job: the phases of a delete by intent, and what became of one that
 * somebody else has taken over.
 * Threads: the caller's; no lock and no session is held while the host's remove() runs.
 *
 * What follows remove() has to be done whatever became of the call meanwhile: it runs as a call
 * of its own, which a close stops, and which has some time even where the deadline has passed.
 */
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/failpoint.h"
#include "password/tool/encode.h"
#include "run/deletion.h"
#include "run/settle.h"

#define MS_NS       INT64_C(1000000)
#define PATIENCE_NS (3000 * MS_NS)      /* with a store that cannot be reached, or an other's work */
#define PAUSE_NS    (50 * MS_NS)
#define GRACE_NS    (5000 * MS_NS)      /* for the end, where remove() came back late */
#define MOMENT_NS   (40 * MS_NS)        /* where nobody was asked, and the caller waits */
#define SLACK_MS    2000                /* that a lease outlasts the deadline */

int deletion_has_intents(const struct idbc *conn)
{
	uint32_t caps = link_caps(conn->link);

	return caps & IDBC_CAP_INTENTS &&
	       (conn->config->intents == INTENTS_TABLE || caps & IDBC_CAP_SESSIONLESS);
}

/* --- one phase ---------------------------------------------------------------------------- */
static int phase_on(struct session *session, void *ctx, struct idbc_error *err)
{
	const struct idbc_delete_req *req = ctx;
	int rc = session->ops->delete_user(session->driver_session, req, err);

	rc = link_believe(session->link, LINK_CALL_DELETE_USER, rc, err);
	if (rc != IDBC_CANCELLED)
		return rc;
	err_set(err, IDBC_DRIVER, "link", "driver %s says that a delete was refused which nobody "
		"refused", link_driver_name(session->link));
	err->effect = IDBC_EFFECT_UNKNOWN;
	return IDBC_DRIVER;
}

static int64_t lease_ms(const struct call *call)
{
	int64_t left_ms = (call->deadline_ns - clock_now_ns()) / MS_NS + SLACK_MS;
	int64_t lease = call->conn->config->lease_ms;

	return left_ms > lease ? left_ms : lease;
}

/* What takes a lease begins it. */
static struct idbc_delete_req request(struct deletion *d, uint32_t phase)
{
	int64_t lease = lease_ms(d->call);

	if (phase == IDBC_DELETE_HIDE || phase == IDBC_DELETE_TAKE)
		d->lease_end_ns = clock_now_ns() + lease * MS_NS;
	return (struct idbc_delete_req){ .size = sizeof(struct idbc_delete_req), .phase = phase,
		.deadline_ns = d->call->deadline_ns, .user_id = d->call->identifier,
		.token = { d->token, strlen(d->token) }, .lease_ms = lease,
		.flags = d->flags };
}

static int settled(struct call *call, const struct idbc_delete_req *req, int rc,
		   struct idbc_error *err)
{
	const struct doubt doubt = { .kind = IDBC_SETTLE_DELETE_USER, .write = req,
		.user_id = call->identifier };

	return call_settle(call, &doubt, rc, err);
}

static void pause_a_little(void)
{
	struct timespec ts = { 0, PAUSE_NS };

	nanosleep(&ts, NULL);
}

static int64_t patience(const struct call *call)
{
	int64_t until_ns = clock_now_ns() + PATIENCE_NS;

	return until_ns < call->deadline_ns ? until_ns : call->deadline_ns;
}

/* FINISH and SHOW name the token, so they may be sent again whatever became of the first. */
static int end_phase(struct deletion *d, uint32_t phase, struct idbc_error *err)
{
	struct idbc_delete_req req = request(d, phase);
	int64_t until_ns = patience(d->call);
	int rc;

	for (;;) {
		rc = settled(d->call, &req, call_on_session(d->call, phase_on, &req, err), err);
		if ((rc != IDBC_UNAVAILABLE && rc != IDBC_BUSY) || stop_why(d->call->stop) ||
		    clock_now_ns() + PAUSE_NS >= until_ns)
			return rc;
		pause_a_little();
		err_clear(err);
	}
}

static int new_token(char out[TOKEN_ROOM], struct idbc_error *err)
{
	memset(out, 0, TOKEN_ROOM);
	if (random_text("0123456789abcdef", out, 32))
		return err_set(err, IDBC_UNAVAILABLE, "run", "no random bytes");
	return IDBC_OK;
}

/* --- what is told --------------------------------------------------------------------------- */
static int is_taken(int rc, const struct idbc_error *err)
{
	return rc == IDBC_CONFLICT && !strcmp(err->code, "intent_taken");
}

/* The intent stands, or may: recovery ends it. */
static int pending(struct deletion *d, int rc, struct idbc_error *err)
{
	struct idbc_error why = *err;
	uint32_t status = rc == IDBC_TIMEOUT ? IDBC_TIMEOUT : IDBC_UNAVAILABLE;

	atomic_fetch_add_explicit(&d->call->conn->intents.pending, 1, memory_order_relaxed);
	err_code(err, status, why.origin[0] ? why.origin : "run", "delete_pending",
		 "the delete is under way and recovery will end it: %s", why.text);
	err->native = why.native;
	memcpy(err->sqlstate, why.sqlstate, sizeof(err->sqlstate));
	err->effect = IDBC_EFFECT_UNKNOWN;
	return (int)status;
}

static int gone(struct deletion *d, struct idbc_error *err)
{
	if (d->mine)
		atomic_fetch_add_explicit(&d->call->conn->intents.finished, 1,
					  memory_order_relaxed);
	err_clear(err);
	return IDBC_OK;
}

static int back(struct deletion *d, struct idbc_error *err)
{
	if (d->mine)
		atomic_fetch_add_explicit(&d->call->conn->intents.withdrawn, 1,
					  memory_order_relaxed);
	err_clear(err);
	if (!d->agreement.asked)
		return err_set(err, d->stopped, "run",
			       "stopped before the profile store was asked");
	err_set(err, IDBC_CANCELLED, "run", "the profile store refused");
	err->native = d->agreement.answer;
	return IDBC_CANCELLED;
}

/* --- the token was another's ------------------------------------------------------------------ */
enum fate { FATE_GONE, FATE_BACK, FATE_STANDS, FATE_UNCLEAR };

static enum fate look(struct call *call, struct idbc_error *err)
{
	struct rows rows;
	enum fate fate = FATE_UNCLEAR;

	rows_init(&rows);
	err_clear(err);
	if (call_read(call, IDBC_GET_USER, &rows, err) == IDBC_OK)
		fate = rows.n ? FATE_BACK : rows.hidden ? FATE_STANDS : FATE_GONE;
	rows_free(&rows);
	return fate;
}

/* Found, but deleted all the same: his row is to stay by the mapping's rules, and only the driver
 * can tell. */
static int was_finished(struct deletion *d)
{
	struct idbc_delete_req req = request(d, IDBC_DELETE_FINISH);
	const struct doubt doubt = { .kind = IDBC_SETTLE_DELETE_USER, .write = &req,
		.user_id = d->call->identifier };

	return call_ask_settled(d->call, &doubt) == IDBC_EFFECT_APPLIED;
}

/* A recovery's profile store refused, the user was shown, and then ours removed the profile:
 * he goes as well, and nobody is asked again. */
static int hide_again(struct deletion *d, struct idbc_error *err)
{
	int rc;

	call_log(d->call, IDBC_LOG_WARNING, "the user was shown again by a recovery while his "
		 "profile was removed: he is deleted now");
	err_clear(err);
	rc = deletion_hide(d, err);
	if (rc != IDBC_OK)
		return rc == IDBC_NO_USER ? pending(d, IDBC_TIMEOUT, err) : rc;
	rc = end_phase(d, IDBC_DELETE_FINISH, err);
	d->mine = rc == IDBC_OK;
	return rc == IDBC_OK ? gone(d, err) : pending(d, rc, err);
}

/* Whoever took the intent is perhaps still at work. */
static int what_happened(struct deletion *d, struct idbc_error *err)
{
	int64_t until_ns = patience(d->call);
	enum fate fate;

	for (;;) {
		fate = look(d->call, err);
		if (fate == FATE_GONE || (fate == FATE_BACK && was_finished(d)))
			return gone(d, err);
		if (fate == FATE_BACK)
			return d->agreement.asked && !d->agreement.answer ? hide_again(d, err)
									  : back(d, err);
		if (stop_why(d->call->stop) || clock_now_ns() + PAUSE_NS >= until_ns)
			break;
		pause_a_little();
	}
	if (fate == FATE_STANDS)
		err_set(err, IDBC_TIMEOUT, "run", "another process has taken it over");
	return pending(d, IDBC_TIMEOUT, err);
}

/* --- the end -------------------------------------------------------------------------------------- */
static int finish(struct deletion *d, struct idbc_error *err)
{
	int rc = end_phase(d, IDBC_DELETE_FINISH, err);

	if (is_taken(rc, err))
		return what_happened(d, err);
	d->mine = rc == IDBC_OK || err->effect == IDBC_EFFECT_APPLIED;
	if (rc == IDBC_OK)
		return gone(d, err);
	return d->mine ? rc : pending(d, rc, err);
}

static int show(struct deletion *d, struct idbc_error *err)
{
	int rc = end_phase(d, IDBC_DELETE_SHOW, err);

	if (is_taken(rc, err))
		return what_happened(d, err);
	d->mine = rc == IDBC_OK || err->effect == IDBC_EFFECT_APPLIED;
	return d->mine ? back(d, err) : pending(d, rc, err);
}

static int asked_end(struct deletion *d, struct idbc_error *err)
{
	const struct agreement *agreement = &d->agreement;

	if (agreement->hushed) {
		err_set(err, IDBC_UNAVAILABLE, "run", "the connection is being closed");
		return pending(d, IDBC_UNAVAILABLE, err);
	}
	/* Whom another has hidden he may have asked about: only a refusal shows him again. */
	if (d->stopped && d->taken) {
		err_set(err, d->stopped, "run", "stopped before the profile store was asked");
		return pending(d, (int)d->stopped, err);
	}
	return d->stopped || agreement->answer ? show(d, err) : finish(d, err);
}

/* Not `caller`: that one is in a list, and its neighbours come and go. */
static struct call rest_of(const struct call *call)
{
	return (struct call){ .conn = call->conn, .req = call->req, .id = call->id,
		.started_ns = call->started_ns, .deadline_ns = call->deadline_ns, .by = call->by,
		.identifier = call->identifier, .client_ip = call->client_ip, .below = call->below,
		.hosted = call->hosted, .uncounted = call->uncounted };
}

/* The rest as a call that nobody has stopped but a close. */
static int end_later(struct deletion *d, struct idbc_error *err)
{
	struct call *before = d->call, later = rest_of(before);
	int64_t now_ns = clock_now_ns();
	int rc;

	callers_enter(&later.conn->callers, &later.caller);
	later.caller.stop.begun = before->stop->begun;
	later.stop = &later.caller.stop;
	if (later.deadline_ns <= now_ns)
		later.deadline_ns = now_ns + (d->agreement.asked && !d->hurried ? GRACE_NS
										 : MOMENT_NS);
	d->call = &later;
	rc = asked_end(d, err);
	d->call = before;
	callers_leave(&later.conn->callers, &later.caller);
	return rc;
}

static uint32_t stopped(const struct call *call)
{
	uint32_t why = stop_why(call->stop);

	return !why && clock_now_ns() >= call->deadline_ns ? IDBC_TIMEOUT : why;
}

/* Whoever took it over meanwhile may have shown him while his profile went. */
static void ask(struct deletion *d)
{
	agreement_ask(&d->agreement);
	if (clock_now_ns() > d->lease_end_ns)
		call_log(d->call, IDBC_LOG_WARNING, "the profile store answered after the lease of "
			 "the delete had ended: see \"delete.lease_ms\"");
}

int deletion_conclude(struct deletion *d, struct idbc_error *err)
{
	int rc;

	d->stopped = stopped(d->call);
	FAILPOINT("delete.removing");
	if (d->agreement.user_id && !d->stopped)
		ask(d);
	FAILPOINT("delete.removed");
	rc = end_later(d, err);
	FAILPOINT("delete.finished");
	return rc;
}

/* --- the beginning ---------------------------------------------------------------------------------- */
int deletion_hide(struct deletion *d, struct idbc_error *err)
{
	struct idbc_delete_req req;
	int rc = new_token(d->token, err);

	if (rc != IDBC_OK)
		return rc;
	req = request(d, IDBC_DELETE_HIDE);
	FAILPOINT("delete.begun");
	rc = settled(d->call, &req, call_writing(d->call, phase_on, &req, err), err);
	FAILPOINT("delete.hidden");
	if (rc == IDBC_OK) {
		atomic_fetch_add_explicit(&d->call->conn->intents.begun, 1, memory_order_relaxed);
		return rc;
	}
	if (rc == IDBC_DRIVER || err->effect == IDBC_EFFECT_NONE)
		return rc;
	return pending(d, rc, err);
}

int deletion_take(struct deletion *d, struct idbc_error *err)
{
	struct idbc_delete_req req = request(d, IDBC_DELETE_TAKE);
	char token[TOKEN_ROOM];
	int rc = new_token(token, err);

	if (rc != IDBC_OK)
		return rc;
	req.new_token = (struct idbc_str){ token, strlen(token) };
	rc = settled(d->call, &req, call_on_session(d->call, phase_on, &req, err), err);
	d->taken = rc == IDBC_OK;
	if (d->taken)
		memcpy(d->token, token, sizeof(token));
	FAILPOINT("recover.taken");
	return rc;
}
