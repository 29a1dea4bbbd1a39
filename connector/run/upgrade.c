/* connector/run/upgrade.c - job: what became of stored passwords that a login should have put
 * anew.  A refusal of the store is told once and then remembered: a store that is
 * read-only, a right that is missing for ten minutes; a column that cannot hold what is
 * written for as long as the connection is open.
 * Threads: any; relaxed atomics, no lock.
 */
#include <jansson.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/conn.h"

#define REST_NS     (INT64_C(600) * 1000000000)
#define FOR_EVER_NS INT64_MAX

/* By enum upgrade_skip; `code`: the driver's; rest_ns 0: the next login tries again. */
static const struct {
	const char *name, *code;
	int64_t rest_ns;
} skips[UPGRADE_SKIPS] = {
	[UPGRADE_NOT_ACCEPTED] = { "not_accepted", NULL, 0 },
	[UPGRADE_INPUT] = { "other_input", NULL, 0 },
	[UPGRADE_CUT] = { "password_cut", NULL, 0 },
	[UPGRADE_NOT_NEW] = { "not_a_new_password", NULL, 0 },
	[UPGRADE_OVERLOAD] = { "overload", NULL, 0 },
	[UPGRADE_DEADLINE] = { "deadline", NULL, 0 },
	[UPGRADE_CHANGED] = { "credential_changed", "credential_changed", 0 },
	[UPGRADE_LOCKED] = { "credential_locked", "credential_locked", 0 },
	[UPGRADE_NARROW] = { "column_too_narrow", "column_too_narrow", FOR_EVER_NS },
	[UPGRADE_ALTERED] = { "credential_altered", "credential_altered", FOR_EVER_NS },
	[UPGRADE_NOT_MAPPED] = { "not_mapped", "not_mapped", FOR_EVER_NS },
	[UPGRADE_READ_ONLY] = { "read_only", "read_only", REST_NS },
	[UPGRADE_PRIVILEGE] = { "missing_privilege", "missing_privilege", REST_NS },
	[UPGRADE_REFUSED] = { "refused", NULL, REST_NS },
};

static void count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static struct upgrades *of(const struct call *call)
{
	return &call->conn->upgrades;
}

/* 1 the first time. */
static int first_told(struct upgrades *up, enum upgrade_skip why)
{
	uint32_t bit = 1u << why;

	return !(atomic_fetch_or_explicit(&up->told, bit, memory_order_relaxed) & bit);
}

/* -1: nothing that is remembered of a store. */
static int reason_of(int rc, const struct idbc_error *err)
{
	for (int i = 0; i < UPGRADE_SKIPS; i++)
		if (skips[i].code && !strcmp(err->code, skips[i].code))
			return i;
	if (rc == IDBC_NO_USER)
		return UPGRADE_CHANGED;
	if (rc == IDBC_BUSY)
		return UPGRADE_LOCKED;
	return IDBC_STATUS_CLASS(rc) == 3 || rc == IDBC_NOMEM || rc == IDBC_DRIVER ? -1
										: UPGRADE_REFUSED;
}

static enum upgrade_skip reason_of_rule(enum password_why why)
{
	switch (why) {
	case PASSWORD_WHY_NOT_READ:
		return UPGRADE_NOT_ACCEPTED;
	case PASSWORD_WHY_INPUT:
		return UPGRADE_INPUT;
	case PASSWORD_WHY_CUT:
		return UPGRADE_CUT;
	case PASSWORD_WHY_NEW:
		return UPGRADE_NOT_NEW;
	default:
		return UPGRADE_SKIPS;           /* there is nothing to upgrade */
	}
}

/* Why nobody need try; or UPGRADE_SKIPS. */
static enum upgrade_skip resting(struct upgrades *up)
{
	uint32_t why = atomic_load_explicit(&up->resting, memory_order_relaxed);

	if (!why || clock_now_ns() >= atomic_load_explicit(&up->until_ns, memory_order_relaxed))
		return UPGRADE_SKIPS;
	return (enum upgrade_skip)(why - 1);
}

static void rest(struct upgrades *up, enum upgrade_skip why)
{
	int64_t ns = skips[why].rest_ns;

	atomic_store_explicit(&up->until_ns, ns == FOR_EVER_NS ? ns : clock_now_ns() + ns,
			      memory_order_relaxed);
	atomic_store_explicit(&up->resting, (uint32_t)why + 1, memory_order_relaxed);
}

static void tell(struct call *call, enum upgrade_skip why, const char *text)
{
	char name[40];
	size_t i;

	for (i = 0; i < sizeof(name) - 1 && skips[why].name[i]; i++)
		name[i] = skips[why].name[i] == '_' ? '-' : skips[why].name[i];
	name[i] = '\0';
	call_log(call, IDBC_LOG_WARNING, "finding %s: no login stores a password anew%s: %s", name,
		 skips[why].rest_ns == FOR_EVER_NS ? "" : " for ten minutes", text);
}

static void skip(struct call *call, enum upgrade_skip why, const char *text)
{
	struct upgrades *up = of(call);

	count(&up->skipped[why]);
	if (skips[why].rest_ns && first_told(up, why))
		tell(call, why, text);
}

int upgrade_wanted(struct call *call, const struct password_verdict *verdict)
{
	struct upgrades *up = of(call);
	enum upgrade_skip why = verdict->upgrade ? resting(up) : reason_of_rule(verdict->why);

	if (call->walk)
		return verdict->upgrade && call->conn->config->password.upgrade == 1;
	if (verdict->result != PASSWORD_MATCH)
		return 0;
	if (verdict->upgrade && call->conn->config->password.upgrade != 1) {
		count(&up->dry_run);
		return 0;
	}
	if (why != UPGRADE_SKIPS)
		skip(call, why, "the catalogue says so, and idbc check how to mend it");
	if (!verdict->upgrade || why != UPGRADE_SKIPS)
		return 0;
	if (password_has_room(call->conn->policy, call->deadline_ns))
		return 1;
	count(&up->skipped[UPGRADE_OVERLOAD]);
	return 0;
}

void upgrade_not_made(struct call *call, int rc, const struct idbc_error *err)
{
	if (call->walk)
		return;
	if (rc == IDBC_BUSY || rc == IDBC_TIMEOUT) {
		count(&of(call)->skipped[rc == IDBC_BUSY ? UPGRADE_OVERLOAD : UPGRADE_DEADLINE]);
		return;
	}
	count(&of(call)->failed);
	call_log(call, IDBC_LOG_WARNING, "upgrade of the stored password: %s", err->text);
}

void upgrade_ended(struct call *call, int rc, const struct idbc_error *err)
{
	int why = rc == IDBC_OK ? -1 : reason_of(rc, err);

	if (rc == IDBC_OK) {
		count(&of(call)->done);
	} else if (why < 0) {
		count(&of(call)->failed);
		call_log(call, IDBC_LOG_WARNING, "upgrade of the stored password: %s %s",
			 status_name((uint32_t)rc), err->text);
	} else {
		if (skips[why].rest_ns)
			rest(of(call), (enum upgrade_skip)why);
		skip(call, (enum upgrade_skip)why, err->text);
	}
}

/* A store that takes no writes says so at every login: once is enough. */
void upgrade_touch_failed(struct call *call, int rc, const struct idbc_error *err)
{
	int why = reason_of(rc, err);
	int again = why >= 0 && skips[why].rest_ns && !first_told(of(call), (enum upgrade_skip)why);

	call_log(call, again ? IDBC_LOG_DEBUG : IDBC_LOG_WARNING, "after the login: %s %s",
		 status_name((uint32_t)rc), err->text);
}

void upgrade_is_narrow(struct upgrades *up)
{
	rest(up, UPGRADE_NARROW);
}

/* --- told ------------------------------------------------------------------------------ */

static json_t *number(_Atomic uint64_t *counter)
{
	return json_integer((json_int_t)atomic_load_explicit(counter, memory_order_relaxed));
}

struct json_t *upgrade_json(struct upgrades *up)
{
	json_t *skipped = json_object();

	for (size_t i = 0; i < UPGRADE_SKIPS; i++)
		if (atomic_load_explicit(&up->skipped[i], memory_order_relaxed))
			json_object_set_new(skipped, skips[i].name, number(&up->skipped[i]));
	return json_pack("{so so so so}", "done", number(&up->done), "dry_run",
			 number(&up->dry_run), "failed", number(&up->failed), "skipped", skipped);
}
