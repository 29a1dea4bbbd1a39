/* tests/conformance/kit/watch.c - job: stand between whoever calls a driver and its slots,
 * the connector included: which slot runs, is it one that never returned before, does what
 * it says of an error keep to the contract.
 * Threads: any.  One driver in one process, so what is watched is a static.
 */
#include <stdio.h>
#include "base/text.h"
#include "inside.h"

static struct kit *the_kit;
static struct idbc_driver real;
static struct idbc_ops ops;

const char *slot_name(uint32_t slot)
{
	static const char *const names[] = {
#define SLOT_NAME(name) #name,
		SLOTS(SLOT_NAME)
#undef SLOT_NAME
	};

	return slot < SLOT_COUNT ? names[slot] : "?";
}

void watch_enter(struct kit *kit, uint32_t slot)
{
	if (kit->page->stuck[slot] >= 2)
		kit_fail(kit, "a slot that returns",
			 "%s() did not return in two cases before: not asked again",
			 slot_name(slot));
	atomic_fetch_add(&kit->page->inside[slot], 1);
}

void watch_leave(struct kit *kit, uint32_t slot)
{
	atomic_fetch_sub(&kit->page->inside[slot], 1);
}

/* --- errors ----------------------------------------------------------------------------- */
static int is_code(const char *code, size_t cap)
{
	size_t len = strnlen(code, cap);

	for (size_t i = 0; i < len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-.", code[i]))
			return 0;
	return len < cap;
}

static void judge_text(struct kit *kit, const char *slot, const struct idbc_error *err)
{
	size_t len = strnlen(err->text, sizeof(err->text));

	if (len == sizeof(err->text))
		kit_note(kit, "errors.text", "%s(): the text does not end", slot);
	else if (!text_is_utf8(err->text, len))
		kit_note(kit, "errors.text", "%s(): the text is not UTF-8", slot);
	else if (text_has_control(err->text, len))
		kit_note(kit, "errors.text", "%s(): the text is not one line: %s", slot, err->text);
	else if (!len)
		kit_note(kit, "errors.text", "%s(): there is no text", slot);
	if (page_has_secret(kit->page, err->text, len))
		kit_note(kit, "errors.no_secret", "%s(): a password or stored password: %s", slot,
			 err->text);
}

void kit_judge_error(struct kit *kit, const char *slot, int rc, const struct idbc_error *err)
{
	if (err->size != sizeof(*err))
		kit_note(kit, "errors.size", "%s() changed err->size to %u", slot, err->size);
	if (rc == IDBC_OK)
		return;
	if ((int)err->status != rc)
		kit_note(kit, "errors.status", "%s() returned %s (%d) and filled in %s (%u)", slot,
			 kit_status(rc), rc, kit_status((int)err->status), err->status);
	if (err->effect > IDBC_EFFECT_UNKNOWN)
		kit_note(kit, "errors.effect", "%s(): effect %u", slot, err->effect);
	if (!is_code(err->code, sizeof(err->code)))
		kit_note(kit, "errors.code", "%s(): code \"%.*s\"", slot,
			 (int)sizeof(err->code), err->code);
	if (strnlen(err->sqlstate, sizeof(err->sqlstate)) == sizeof(err->sqlstate) ||
	    strnlen(err->origin, sizeof(err->origin)) == sizeof(err->origin))
		kit_note(kit, "errors.text", "%s(): sqlstate or origin does not end", slot);
	judge_text(kit, slot, err);
}

void kit_log(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
	     const char *text)
{
	struct kit *kit = ctx;

	(void)op;
	(void)op_id;
	atomic_fetch_add(&kit->log_lines, 1);
	if (page_has_secret(kit->page, text, strlen(text)))
		kit_note(kit, "errors.log_no_secret",
			 "%s logged a password or stored password at level %u: %s", origin, level,
			 text);
}

/* --- the slots ---------------------------------------------------------------------------- */
static struct guard entered(uint32_t slot, struct idbc_sink *sink, struct idbc_error *err)
{
	struct guard guard = { .kit = the_kit };

	watch_enter(the_kit, slot);
	guard_begin(&guard, the_kit, sink, err);
	return guard;
}

static int left(uint32_t slot, int rc, struct guard *guard)
{
	watch_leave(the_kit, slot);
	guard_end(guard, slot_name(slot));
	kit_judge_error(the_kit, slot_name(slot), rc, guard->caller);
	return rc;
}

static int w_open(const struct idbc_host *host, const struct idbc_settings *settings,
		  struct idbc_findings *findings, void **out, struct idbc_error *err)
{
	struct guard g = entered(SLOT_open, NULL, err);

	return left(SLOT_open, real.open(host, settings, findings, out, g.err), &g);
}

static int w_thread_begin(void *instance)
{
	int rc;

	watch_enter(the_kit, SLOT_thread_begin);
	rc = real.thread_begin(instance);
	watch_leave(the_kit, SLOT_thread_begin);
	return rc;
}

static int w_connect(void *instance, int64_t deadline_ns, void **out, struct idbc_error *err)
{
	struct guard g = entered(SLOT_connect, NULL, err);
	int rc = left(SLOT_connect, real.connect(instance, deadline_ns, out, g.err), &g);

	if (rc == IDBC_OK)
		atomic_fetch_add(&the_kit->sessions, 1);
	return rc;
}

static void w_disconnect(void *session)
{
	watch_enter(the_kit, SLOT_disconnect);
	real.disconnect(session);
	watch_leave(the_kit, SLOT_disconnect);
	atomic_fetch_sub(&the_kit->sessions, 1);
}

static int w_ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	struct guard g = entered(SLOT_ping, NULL, err);

	return left(SLOT_ping, real.ping(session, deadline_ns, g.err), &g);
}

#define WATCH_VOID(name) \
static void w_##name(void *self) \
{ \
	watch_enter(the_kit, SLOT_##name); \
	real.name(self); \
	watch_leave(the_kit, SLOT_##name); \
}
WATCH_VOID(close)
WATCH_VOID(thread_end)
WATCH_VOID(abandon)
WATCH_VOID(interrupt)

#define WATCH_READ(name, type) \
static int w_##name(void *self, const struct type *req, struct idbc_sink *sink, \
		    struct idbc_error *err) \
{ \
	struct guard g = entered(SLOT_##name, sink, err); \
	return left(SLOT_##name, ops.name(self, req, g.sink, g.err), &g); \
}
WATCH_READ(login, idbc_login_req)
WATCH_READ(get_user, idbc_user_req)
WATCH_READ(create, idbc_create_req)
WATCH_READ(list, idbc_list_req)

#define WATCH_WRITE(name, type) \
static int w_##name(void *self, const struct type *req, struct idbc_error *err) \
{ \
	struct guard g = entered(SLOT_##name, NULL, err); \
	return left(SLOT_##name, ops.name(self, req, g.err), &g); \
}
WATCH_WRITE(verify, idbc_verify_req)
WATCH_WRITE(change_password, idbc_password_req)
WATCH_WRITE(delete_user, idbc_delete_req)
WATCH_WRITE(change_email, idbc_email_req)
WATCH_WRITE(proven, idbc_proven_req)
WATCH_WRITE(failed, idbc_failed_req)

static int w_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
		    struct idbc_error *err)
{
	struct guard g = entered(SLOT_settle, NULL, err);

	return left(SLOT_settle, ops.settle(self, req, effect, g.err), &g);
}

static int w_moved(void *self, const struct idbc_moved_req *req, uint32_t *state,
		   struct idbc_error *err)
{
	struct guard g = entered(SLOT_moved, NULL, err);

	return left(SLOT_moved, ops.moved(self, req, state, g.err), &g);
}

static int w_migrate(void *self, const struct idbc_migrate_req *req, struct idbc_sink *sink,
		     struct idbc_error *err)
{
	struct guard g = entered(SLOT_migrate, sink, err);

	return left(SLOT_migrate, ops.migrate(self, req, g.sink, g.err), &g);
}

static int w_create_many(void *self, const struct idbc_create_many_req *req, struct idbc_sink *sink,
		     struct idbc_error *err)
{
	struct guard g = entered(SLOT_create_many, sink, err);

	return left(SLOT_create_many, ops.create_many(self, req, g.sink, g.err), &g);
}

static int w_intents(void *self, int64_t deadline_ns, struct idbc_sink *sink,
		     struct idbc_error *err)
{
	struct guard g = entered(SLOT_intents, sink, err);

	return left(SLOT_intents, ops.intents(self, deadline_ns, g.sink, g.err), &g);
}

static int w_check(void *self, int64_t deadline_ns, uint32_t flags,
		   struct idbc_findings *findings, struct idbc_error *err)
{
	struct guard g = entered(SLOT_check, NULL, err);

	return left(SLOT_check, ops.check(self, deadline_ns, flags, findings, g.err), &g);
}

/* An adopted table has no holes: what is absent is a stub. */
#define PUT(table, name) ((table).name = w_##name)

void watch(struct kit *kit, struct driver *driver)
{
	the_kit = kit;
	real = driver->table;
	ops = driver->ops;
	PUT(driver->table, open);
	PUT(driver->table, close);
	PUT(driver->table, thread_begin);
	PUT(driver->table, thread_end);
	PUT(driver->table, connect);
	PUT(driver->table, disconnect);
	PUT(driver->table, abandon);
	PUT(driver->table, ping);
	PUT(driver->table, interrupt);
	PUT(driver->ops, login);
	PUT(driver->ops, get_user);
	PUT(driver->ops, create);
	PUT(driver->ops, verify);
	PUT(driver->ops, change_password);
	PUT(driver->ops, delete_user);
	PUT(driver->ops, change_email);
	PUT(driver->ops, proven);
	PUT(driver->ops, list);
	PUT(driver->ops, intents);
	PUT(driver->ops, check);
	PUT(driver->ops, failed);
	PUT(driver->ops, settle);
	PUT(driver->ops, moved);
	PUT(driver->ops, migrate);
	PUT(driver->ops, create_many);
}
