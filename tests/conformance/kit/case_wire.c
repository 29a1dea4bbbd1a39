/* tests/conformance/kit/case_wire.c - job: what goes over the wire when nothing may: abandoned
 * sessions, deadlines in the past; and a store that never answers.
 * Threads: some cases start one.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "inside.h"
#include "ops.h"
#include "wire.h"
#include "world.h"

static void alive(struct kit *kit, void *session)
{
	struct idbc_error err;
	int rc = kit_ping(kit, session, &err);

	kit_want(kit, rc, &err, IDBC_OK);
}

/* --- abandon --------------------------------------------------------------------------------- */
/* fn in a forked child; its exit status. */
static int in_fork(struct kit *kit, void (*fn)(struct kit *, void *), void *ctx)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		fn(kit, ctx);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		kit_fail(kit, "a process for the kit", "none");
	return status;
}

struct leaving { void *session; struct wire wire; };

static void abandon_unheard(struct kit *kit, void *ctx)
{
	struct leaving *leaving = ctx;
	size_t heard;

	wire_cut(kit, &leaving->wire);
	kit_abandon(kit, leaving->session);
	heard = wire_heard(&leaving->wire);
	if (heard)
		kit_note(kit, "abandon.silent", "%zu bytes were sent", heard);
}

static void abandon_silent(struct kit *kit)
{
	struct leaving leaving = { NULL, { .n = 0 } };
	int status;

	kit_ask(kit, "abandon() in a forked child whose sockets are listened to");
	wire_before(kit, &leaving.wire);
	leaving.session = kit_connect(kit);
	wire_after(kit, &leaving.wire);
	status = in_fork(kit, abandon_unheard, &leaving);
	KIT_WANT(kit, WIFEXITED(status) && !WEXITSTATUS(status), "the child ended with status 0x%x",
		 (unsigned)status);
	alive(kit, leaving.session);
	kit_disconnect(kit, leaving.session);
}

static void abandon_used(struct kit *kit, void *ctx)
{
	kit_abandon(kit, ((struct leaving *)ctx)->session);
}

/* The sockets are the parent's still: a farewell or a shutdown would end its session. */
static void abandon_harmless(struct kit *kit)
{
	struct leaving leaving = { NULL, { .n = 0 } };
	struct kit_rows rows;
	struct idbc_error err;
	int status;

	kit_ask(kit, "abandon() in a forked child, then go on in the parent");
	leaving.session = kit_connect(kit);
	for (int i = 0; i < 2; i++) {
		kit_rows_init(kit, &rows);
		kit_want(kit, kit_get_user(kit, leaving.session, IDBC_BY_LOGIN, kit_nobody(kit, 0),
					   &rows, &err), &err, IDBC_NO_USER);
		if (i)
			break;
		status = in_fork(kit, abandon_used, &leaving);
		KIT_WANT(kit, WIFEXITED(status) && !WEXITSTATUS(status),
			 "the child ended with status 0x%x", (unsigned)status);
	}
	alive(kit, leaving.session);
	kit_disconnect(kit, leaving.session);
}

/* The instance is left alone by abandon(): places of its sessions need not come back. */
static void give_up_one(struct kit *kit, int before)
{
	struct idbc_error err;
	void *session;
	int rc = kit_try_connect(kit, &session, &err);

	if (before && (rc == IDBC_UNAVAILABLE || rc == IDBC_BUSY))
		kit_skip(kit, "the store lets in %d sessions: %s", before, err.text);
	kit_want(kit, rc, &err, IDBC_OK);
	kit_abandon(kit, session);
}

#define ENOUGH_NS INT64_C(8000000000)   /* where connecting is slow */

static void abandon_frees(struct kit *kit)
{
	uint64_t heap = 0;
	struct world before, after;
	int64_t began_ns = kit_now_ns();
	uint64_t n = 0;

	kit_ask(kit, "connect() and abandon(), a hundred times");
	kit_instance(kit);
	for (int i = 0; i < 20 && (i < 2 || kit_now_ns() < began_ns + ENOUGH_NS / 4); i++)
		give_up_one(kit, i);
	world_look(&before);
	heap = world_heap();
	for (; n < 100 && (n < 8 || kit_now_ns() < began_ns + ENOUGH_NS); n++)
		give_up_one(kit, (int)n + 2);
	world_look(&after);
	KIT_WANT(kit, after.descriptors <= before.descriptors + 4, "%u descriptors before, %u after",
		 before.descriptors, after.descriptors);
	KIT_WANT(kit, world_heap() <= heap + n * 64, "%llu bytes more are allocated in %llu rounds",
		 (unsigned long long)(world_heap() - heap), (unsigned long long)n);
}

/* --- deadlines in the past --------------------------------------------------------------------- */
struct late {
	struct kit *kit;
	void *session;
	struct kit_user *user;
	struct wire wire;
	struct kit_rows rows;
	struct idbc_error err;
};
typedef int late_fn(struct late *);

static int late_login(struct late *l)
{
	return kit_login(l->kit, l->session, IDBC_BY_LOGIN, l->user->login,
			 kit_caps(l->kit) & IDBC_CAP_DECIDES ? l->user->password : kit_s(NULL),
			 &l->rows, &l->err);
}

static int late_get_user(struct late *l)
{
	return kit_get_user(l->kit, l->session, IDBC_BY_LOGIN, l->user->login, &l->rows, &l->err);
}

static int late_create(struct late *l)
{
	struct kit_user *draft = kit_draft(l->kit);

	draft->nparts = l->user->nparts;
	memcpy(draft->parts, l->user->parts, sizeof(draft->parts));
	return kit_make_user(l->kit, l->session, draft, &l->rows, &l->err);
}

static int late_verify(struct late *l)
{
	return kit_verify(l->kit, l->session, IDBC_BY_USER_ID, l->user->id, l->user->email, &l->err);
}

static int late_password(struct late *l)
{
	struct kit_parts made = { l->user->parts, l->user->nparts }, none = { NULL, 0 };

	return kit_change_password(l->kit, l->session, IDBC_BY_USER_ID, l->user->id, made, none,
				   &l->err);
}

static int late_delete(struct late *l)
{
	return kit_delete(l->kit, l->session, l->user->id, &l->err);
}

static int late_email(struct late *l)
{
	return kit_change_email(l->kit, l->session, IDBC_BY_USER_ID, l->user->id,
				kit_nobody(l->kit, IDBC_BY_EMAIL), 0, &l->err);
}

static int late_settle(struct late *l)
{
	struct kit_write w = { .kind = IDBC_SETTLE_VERIFY, .by = IDBC_BY_USER_ID,
			       .identifier = l->user->id, .known = l->user->id,
			       .email = l->user->email };
	uint32_t effect;

	return kit_settle(l->kit, l->session, &w, &effect, &l->err);
}

static void past(struct kit *kit, late_fn *fn)
{
	struct late late = { .kit = kit };
	void *other = kit_connect(kit);
	const struct kit_row *stored;

	kit_rows_init(kit, &late.rows);
	late.user = kit_user(kit, other);
	stored = ops_row(kit, other, late.user);
	wire_before(kit, &late.wire);
	late.session = kit_connect(kit);
	wire_after(kit, &late.wire);
	wire_cut(kit, &late.wire);
	kit_ask(kit, "a request whose deadline is past by a second");
	kit_deadline(kit, -1000);
	kit_want(kit, fn(&late), &late.err, IDBC_TIMEOUT);
	kit_want_effect(kit, &late.err, IDBC_EFFECT_NONE);
	KIT_WANT(kit, wire_heard(&late.wire) == 0, "something was sent");
	KIT_WANT(kit, late.rows.n == 0, "a row was reported");
	kit_deadline(kit, 0);
	kit_want_found(kit, other, IDBC_BY_LOGIN, late.user->login, late.user->id);
	kit_want_same_row(kit, ops_row(kit, other, late.user), stored);
	kit_abandon(kit, late.session);
	kit_disconnect(kit, other);
}

static void past_login(struct kit *kit) { past(kit, late_login); }
static void past_get_user(struct kit *kit) { past(kit, late_get_user); }
static void past_create(struct kit *kit) { past(kit, late_create); }
static void past_verify(struct kit *kit) { past(kit, late_verify); }
static void past_password(struct kit *kit) { past(kit, late_password); }
static void past_delete(struct kit *kit) { past(kit, late_delete); }
static void past_email(struct kit *kit) { past(kit, late_email); }
static void past_settle(struct kit *kit) { past(kit, late_settle); }

/* Where a session is no more than memory there is nothing to send. */
static void past_connect(struct kit *kit)
{
	struct idbc_error err;
	void *session = NULL;
	struct wire wire;
	int rc;

	kit_ask(kit, "connect() with a deadline that is past by a second");
	wire_before(kit, &wire);
	kit_deadline(kit, -1000);
	rc = kit_try_connect(kit, &session, &err);
	if (rc == IDBC_OK && session && !wire_after(kit, &wire)) {
		kit_disconnect(kit, session);
		return;
	}
	kit_want(kit, rc, &err, IDBC_TIMEOUT);
}

/* --- a store that does not answer ----------------------------------------------------------------- */
#define PATIENCE_MS 300
#define SOON_NS     INT64_C(1500000000)         /* on a machine that is busy */

struct waiting { struct late late; _Atomic int over; };

/* As the connector's own timer would: interrupt at the deadline. */
static void interrupt_late(struct kit *kit, unsigned number, void *ctx)
{
	struct waiting *waiting = ctx;

	if (number == 0) {
		int rc = late_get_user(&waiting->late);
		static const int wanted[] = { IDBC_TIMEOUT, IDBC_UNAVAILABLE, -1 };

		atomic_store(&waiting->over, 1);
		kit_want_any(kit, rc, &waiting->late.err, wanted);
		return;
	}
	usleep(PATIENCE_MS * 1000);
	while (!atomic_load(&waiting->over)) {
		kit_table(kit)->interrupt(waiting->late.session);
		usleep(20000);
	}
}

/* A farewell may be sent, and nobody waits for an answer to it. */
static void want_quick_end(struct kit *kit, void *session)
{
	int64_t began_ns = kit_now_ns();

	kit_ask(kit, "disconnect() from a store that does not answer");
	kit_disconnect(kit, session);
	KIT_WANT(kit, kit_now_ns() - began_ns < SOON_NS, "it took %lld ms",
		 (long long)(kit_now_ns() - began_ns) / 1000000);
}

static void silent_store(struct kit *kit)
{
	struct waiting waiting = { .late = { .kit = kit } };
	struct late *late = &waiting.late;
	void *other = kit_connect(kit);
	int64_t began_ns;

	kit_rows_init(kit, &late->rows);
	late->user = kit_user(kit, other);
	wire_before(kit, &late->wire);
	late->session = kit_connect(kit);
	if (!wire_after(kit, &late->wire))
		kit_skip(kit, "a session has no socket here");
	wire_cut(kit, &late->wire);
	kit_ask(kit, "get_user() with %d ms, of a store that does not answer",
		PATIENCE_MS);
	kit_deadline(kit, PATIENCE_MS);
	began_ns = kit_now_ns();
	kit_threads(kit, 2, interrupt_late, &waiting);
	KIT_WANT(kit, kit_now_ns() - began_ns < PATIENCE_MS * INT64_C(1000000) + SOON_NS,
		 "it took %lld ms", (long long)(kit_now_ns() - began_ns) / 1000000);
	kit_deadline(kit, 0);
	want_quick_end(kit, late->session);
	kit_disconnect(kit, other);
}

const struct kit_case kit_abandon_cases[] = {
	{ "abandon.harmless", "abandon() in a child leaves the parent's session alone", 0,
	  abandon_harmless },
	{ "abandon.silent", "abandon() sends nothing on the wire", 0, abandon_silent },
	{ "abandon.frees", "abandon() frees the session", 0, abandon_frees },
	{ NULL, NULL, 0, NULL },
};

const struct kit_case kit_deadline_cases[] = {
	{ "deadline.connect", "nothing is sent after a deadline: connect", 0, past_connect },
	{ "deadline.login", "nothing is sent after a deadline: login", KIT_USER, past_login },
	{ "deadline.get_user", "nothing is sent after a deadline: get_user", KIT_USER,
	  past_get_user },
	{ "deadline.create", "nothing is sent after a deadline: create", KIT_CREATE, past_create },
	{ "deadline.verify", "nothing is sent after a deadline: verify",
	  KIT_CREATE | KIT_VERIFY | KIT_EMAIL, past_verify },
	{ "deadline.change_password", "nothing is sent after a deadline: change_password",
	  KIT_CREATE | KIT_PASSWORD, past_password },
	{ "deadline.delete_user", "nothing is sent after a deadline: delete_user",
	  KIT_CREATE | KIT_DELETE, past_delete },
	{ "deadline.change_email", "nothing is sent after a deadline: change_email",
	  KIT_CREATE | KIT_CHANGE_EMAIL | KIT_EMAIL, past_email },
	{ "deadline.settle", "nothing is sent after a deadline: settle", KIT_USER | KIT_SETTLE | KIT_VERIFY,
	  past_settle },
	{ "deadline.silent_store", "a call ends soon after its deadline, or at interrupt(), whatever "
	  "the store does", KIT_USER | KIT_INTERRUPT, silent_store },
	{ NULL, NULL, 0, NULL },
};
