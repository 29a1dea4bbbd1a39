/* tests/unit/drivers/tame.c - a driver for the tests of loader and pool: it has no store,
 * does as it is told through `tame`, and counts.  Only a test's driver may have such state.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <idbc/driver.h>
#include "tame.h"

__attribute__((visibility("default"))) struct tame tame;

struct instance { const struct idbc_host *host; };
struct session { struct instance *instance; _Atomic int busy, interrupted, ending; };

static void sleep_ms(int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

static int tame_open(const struct idbc_host *host, const struct idbc_settings *settings,
		     struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	struct instance *mine;
	struct idbc_str text;

	host->setting_str(settings, "known", NULL, &text);
	if (tame.bad_open) {
		findings->add(findings, IDBC_ERROR, "bad-value", "users.user.table", "no", "");
		findings->add(findings, IDBC_ERROR, "mine", "timeout_ms", "said already", "");
		return host->fail(host, err, IDBC_CONFIG, "bad-value", "no");
	}
	mine = calloc(1, sizeof(*mine));
	if (!mine)
		return host->fail(host, err, IDBC_NOMEM, NULL, "out of memory");
	mine->host = host;
	tame.opened++;
	*instance = mine;
	return IDBC_OK;
}

static void tame_close(void *instance)
{
	tame.closed++;
	free(instance);
}

static int tame_begin(void *instance)
{
	(void)instance;
	tame.begun++;
	return 0;
}

static void tame_end(void *instance)
{
	(void)instance;
	tame.ended++;
}

static int tame_connect(void *instance, int64_t deadline_ns, void **session,
			struct idbc_error *err)
{
	struct instance *mine = instance;
	struct session *made;
	int live;

	(void)deadline_ns;
	tame.connects++;
	live = ++tame.live;
	if (live > tame.most)
		tame.most = live;
	live = ++tame.connecting;
	if (live > tame.most_connecting)
		tame.most_connecting = live;
	if (tame.connect_ms)
		sleep_ms(tame.connect_ms);
	while (tame.hole)
		sleep_ms(1);
	tame.connecting--;
	made = tame.down ? NULL : calloc(1, sizeof(*made));
	if (!made) {
		tame.live--;
		err->native = 2002;
		memcpy(err->sqlstate, "08001", 6);
		return mine->host->fail(mine->host, err, (uint32_t)tame.down, "",
					"nobody \xff listens");
	}
	made->instance = instance;
	*session = made;
	return IDBC_OK;
}

static void tame_disconnect(void *session)
{
	((struct session *)session)->ending = 1;
	if (tame.blocks)
		sleep_ms(2);            /* for whoever comes too late */
	tame.live--;
	tame.disconnects++;
	free(session);
}

static void tame_abandon(void *session)
{
	tame.live--;
	tame.abandoned++;
	free(session);
}

static void tame_interrupt(void *session)
{
	struct session *mine = session;

	tame.interrupts++;
	if (mine->ending)
		tame.too_late++;
	mine->interrupted = 1;
}

static int tame_ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	struct session *mine = session;

	(void)deadline_ns;
	tame.pings++;
	if (!tame.ping_fails)
		return IDBC_OK;
	return mine->instance->host->fail(
		mine->instance->host, err, IDBC_UNAVAILABLE, "", "gone");
}

/* The one operation that works: it notices if another thread is in the same session. */
static int tame_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			 struct idbc_error *err)
{
	struct session *mine = self;

	(void)sink;
	(void)req;
	if (mine->busy++)
		tame.clashes++;
	do
		sleep_ms(1);
	while (tame.blocks && (tame.deaf || !mine->interrupted));
	mine->busy--;
	if (mine->interrupted && !tame.deaf)
		return mine->instance->host->fail(mine->instance->host, err, IDBC_TIMEOUT, "",
						  "interrupted");
	return mine->instance->host->fail(
		mine->instance->host, err, IDBC_NO_USER, "", "nobody");
}

static int tame_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		      struct idbc_error *err)
{
	(void)req;
	return tame_get_user(self, NULL, sink, err);
}

static int tame_check(void *self, int64_t deadline_ns, uint32_t flags,
		      struct idbc_findings *findings, struct idbc_error *err)
{
	struct session *mine = self;

	(void)deadline_ns;
	(void)flags;
	tame.checks++;
	if (tame.check_ms)
		sleep_ms(tame.check_ms);
	findings->add(findings, IDBC_WARNING, "no-email", "users.profile.email", "beware", "");
	for (int i = 0; i < tame.misfit; i++)
		findings->add(findings, IDBC_ERROR, "missing-column", "users.profile.name",
			      "no such column", "ALTER TABLE");
	if (tame.check_status)
		return mine->instance->host->fail(mine->instance->host, err,
						  (uint32_t)tame.check_status, "", "told to");
	return IDBC_OK;
}

static const struct idbc_ops ops = {
	.size = sizeof(ops), .login = tame_login, .get_user = tame_get_user,
	.check = tame_check,
};
static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "tame", .version = "1.2",
	.caps = IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT, .interrupt = tame_interrupt,
	.open = tame_open, .close = tame_close,
	.thread_begin = tame_begin, .thread_end = tame_end, .connect = tame_connect,
	.disconnect = tame_disconnect, .abandon = tame_abandon, .ping = tame_ping, .ops = &ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return &driver;
}
