/* tests/conformance/kit/case_interrupt.c - job: interrupt(), the one slot that another thread
 * may call.
 * Threads: each case starts its own.
 */
#include <unistd.h>
#include "inside.h"
#include "ops.h"

#define NOT_BLOCKED_NS INT64_C(500000000)       /* one thread calls it for all sessions */

static void interrupt(struct kit *kit, void *session)
{
	int64_t began_ns = kit_now_ns();

	kit_table(kit)->interrupt(session);
	KIT_WANT(kit, kit_now_ns() - began_ns < NOT_BLOCKED_NS, "interrupt() took %lld ms",
		 (long long)(kit_now_ns() - began_ns) / 1000000);
}

struct scene {
	void *session;
	struct kit_user *user;
	_Atomic int over;
};

/* --- when nothing runs ------------------------------------------------------------------------ */
static void interrupt_one(struct kit *kit, unsigned number, void *ctx)
{
	(void)number;
	for (int i = 0; i < 3; i++)
		interrupt(kit, ((struct scene *)ctx)->session);
}

static void idle(struct kit *kit)
{
	struct scene scene = { .session = kit_connect(kit) };
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_ask(kit, "interrupt() from another thread when nothing runs, then a call");
	kit_threads(kit, 1, interrupt_one, &scene);
	kit_rows_init(kit, &rows);
	rc = kit_get_user(kit, scene.session, IDBC_BY_LOGIN, kit_nobody(kit, 0), &rows, &err);
	kit_want(kit, rc, &err, IDBC_NO_USER);
	kit_threads(kit, 1, interrupt_one, &scene);
	kit_disconnect(kit, scene.session);
}

/* --- while calls run -------------------------------------------------------------------------- */
static void call_or_interrupt(struct kit *kit, unsigned number, void *ctx)
{
	static const int wanted[] = { IDBC_OK, IDBC_TIMEOUT, IDBC_UNAVAILABLE, -1 };
	struct scene *scene = ctx;
	struct kit_rows rows;
	struct idbc_error err;
	int rc = IDBC_OK;

	if (number) {
		while (!atomic_load(&scene->over)) {
			interrupt(kit, scene->session);
			usleep(200);
		}
		return;
	}
	for (int i = 0; i < 200 && rc == IDBC_OK; i++) {
		kit_rows_init(kit, &rows);
		rc = kit_get_user(kit, scene->session, IDBC_BY_LOGIN, scene->user->login, &rows,
				  &err);
		kit_want_any(kit, rc, &err, wanted);
	}
	atomic_store(&scene->over, 1);
}

static void running(struct kit *kit)
{
	struct scene *scene = kit_keep(kit, NULL, sizeof(*scene));
	void *session = kit_connect(kit);

	scene->user = kit_user(kit, session);
	kit_ask(kit, "get_user() again and again, interrupt() from another thread");
	for (int i = 0; i < 10; i++) {
		scene->session = kit_connect(kit);
		atomic_store(&scene->over, 0);
		kit_threads(kit, 2, call_or_interrupt, scene);
		kit_disconnect(kit, scene->session);
	}
	kit_want_found(kit, session, IDBC_BY_LOGIN, scene->user->login, scene->user->id);
	kit_disconnect(kit, session);
}

/* --- while a call waits for another's lock ------------------------------------------------------ */
struct blocked {
	void *holder, *waiter;
	struct kit_user *user;
	_Atomic int held, entered, answered;
	int64_t asked_ns, answered_ns;
	int rc;
	struct idbc_error err;
};

/* The deletion is done but not committed while this runs. */
static int hold(void *ctx)
{
	struct blocked *blocked = ctx;

	atomic_store(&blocked->held, 1);
	for (int i = 0; i < 400 && !atomic_load(&blocked->answered); i++)
		usleep(10000);
	return 9;
}

static void holds(struct kit *kit, struct blocked *blocked)
{
	struct kit_delete how = { .phase = IDBC_DELETE_NOW, .id = blocked->user->id, .agree = hold,
				  .ctx = blocked };
	struct idbc_error err;

	kit_delete_as(kit, blocked->holder, &how, &err);
	atomic_store(&blocked->held, 1);
}

static void waits(struct kit *kit, struct blocked *blocked)
{
	struct kit_parts made = { blocked->user->parts, blocked->user->nparts };
	struct kit_parts none = { NULL, 0 };

	while (!atomic_load(&blocked->held))
		usleep(1000);
	atomic_store(&blocked->entered, 1);
	blocked->rc = kit_change_password(kit, blocked->waiter, IDBC_BY_USER_ID,
					  blocked->user->id, made, none, &blocked->err);
	blocked->answered_ns = kit_now_ns();
	atomic_store(&blocked->answered, 1);
}

static void interrupts(struct kit *kit, struct blocked *blocked)
{
	while (!atomic_load(&blocked->entered))
		usleep(1000);
	usleep(300000);
	blocked->asked_ns = kit_now_ns();
	/* Again and again, as the connector does until the call has ended. */
	for (int i = 0; i < 3 && !atomic_load(&blocked->answered); i++) {
		interrupt(kit, blocked->waiter);
		usleep(20000);
	}
}

static void play(struct kit *kit, unsigned number, void *ctx)
{
	struct blocked *blocked = ctx;

	if (number == 0)
		holds(kit, blocked);
	else if (number == 1)
		waits(kit, blocked);
	else
		interrupts(kit, blocked);
}

static void waiting(struct kit *kit)
{
	struct blocked *blocked = kit_keep(kit, NULL, sizeof(*blocked));
	const struct kit_row *before;
	void *other;
	int64_t took_ns;

	blocked->holder = kit_connect(kit);
	blocked->waiter = kit_connect(kit);
	blocked->user = kit_user(kit, blocked->holder);
	before = ops_row(kit, blocked->holder, blocked->user);
	kit_ask(kit, "change_password() of a user whom another session is deleting, interrupted");
	kit_deadline(kit, 15000);
	kit_threads(kit, 3, play, blocked);
	took_ns = blocked->answered_ns - blocked->asked_ns;
	KIT_WANT(kit, took_ns < 2000000000, "it returned %lld ms after interrupt()",
		 (long long)took_ns / 1000000);
	if (took_ns < 0)
		kit_skip(kit, "one session does not wait for another here");
	kit_want(kit, blocked->rc, &blocked->err, IDBC_TIMEOUT);
	KIT_WANT(kit, blocked->err.effect != IDBC_EFFECT_APPLIED, "it was done, and TIMEOUT");
	kit_disconnect(kit, blocked->waiter);
	kit_deadline(kit, 0);
	other = kit_connect(kit);
	kit_ask(kit, "after a change_password() that was interrupted: the user");
	if (blocked->err.effect == IDBC_EFFECT_NONE)
		kit_want_same_row(kit, ops_row(kit, other, blocked->user), before);
}

const struct kit_case kit_interrupt_cases[] = {
	{ "interrupt.idle", "interrupt() is harmless when nothing runs", KIT_INTERRUPT, idle },
	{ "interrupt.running", "interrupt() makes a running call return TIMEOUT, or comes too late",
	  KIT_INTERRUPT | KIT_USER, running },
	{ "interrupt.waiting", "interrupt() ends a call that waits for another session with TIMEOUT",
	  KIT_INTERRUPT | KIT_CREATE | KIT_PASSWORD | KIT_DELETE, waiting },
	{ NULL, NULL, 0, NULL },
};
