/* tests/unit/drivers/patient.c - a driver whose calls take as long as a test likes: a store of
 * one user, alice / "secret" as raw/sha256-hex.  Only a test's driver may have such state.
 * With the option "jitter_us" calls and connects take up to so long, sometimes ten times that and
 * deaf, and the user is ada / "Zq-secret-1".
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <idbc/driver.h>
#include "patient.h"

__attribute__((visibility("default"))) struct patient patient;

struct instance {
	const struct idbc_host *host;
	int64_t jitter_us;
	_Atomic uint32_t number;
};
struct session { struct instance *instance; _Atomic int interrupted; };

static void moment(void)
{
	static const struct timespec ms = { 0, 1000000 };

	nanosleep(&ms, NULL);
}

static int fail(const struct session *session, struct idbc_error *err, uint32_t status,
		const char *text)
{
	return session->instance->host->fail(session->instance->host, err, status, NULL, "%s",
					     text);
}

/* 1: it was interrupted meanwhile. */
static int jitters(struct instance *instance, const _Atomic int *interrupted)
{
	uint32_t number = ++instance->number * UINT32_C(2654435761) >> 16;
	int64_t left_us = instance->jitter_us ? number % instance->jitter_us : 0;
	int deaf = number % 64 == 0;

	for (left_us *= deaf ? 10 : 1; left_us > 0; left_us -= 1000) {
		if (interrupted && *interrupted && !deaf)
			return 1;
		nanosleep(&(struct timespec){ 0, left_us < 1000 ? left_us * 1000 : 1000000 }, NULL);
	}
	return 0;
}

/* 1: it was interrupted meanwhile. */
static int waits(struct session *session)
{
	sigset_t mask;

	if (session->instance->jitter_us)
		return jitters(session->instance, &session->interrupted);
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	patient.unmasked += !sigismember(&mask, SIGINT);
	patient.inside++;
	while (patient.hold && (patient.deaf || !session->interrupted))
		moment();
	patient.inside--;
	return session->interrupted && !patient.deaf;
}

static int p_open(const struct idbc_host *host, const struct idbc_settings *settings,
		  struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	struct instance *mine = calloc(1, sizeof(*mine));

	(void)findings;
	if (!mine)
		return host->fail(host, err, IDBC_NOMEM, NULL, "out of memory");
	mine->host = host;
	host->setting_i64(settings, "jitter_us", 0, &mine->jitter_us);
	patient.opened++;
	*instance = mine;
	return IDBC_OK;
}

static void p_close(void *instance)
{
	patient.closed++;
	free(instance);
}

static int p_begin(void *instance)
{
	(void)instance;
	while (patient.hold_begin)
		moment();
	patient.begun++;
	return 0;
}

static void p_end(void *instance)
{
	(void)instance;
	patient.ended++;
}

static int p_connect(void *instance, int64_t deadline_ns, void **out, struct idbc_error *err)
{
	struct session *session = calloc(1, sizeof(*session));
	struct instance *mine = instance;

	(void)deadline_ns;
	if (!session)
		return mine->host->fail(mine->host, err, IDBC_NOMEM, NULL, "out of memory");
	jitters(mine, NULL);
	patient.connecting++;
	while (patient.hold_connect)
		moment();
	patient.connecting--;
	session->instance = mine;
	patient.live++;
	*out = session;
	return IDBC_OK;
}

static void p_disconnect(void *session)
{
	patient.live--;
	free(session);
}

static void p_abandon(void *session)
{
	free(session);
}

static int p_ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	(void)session;
	(void)deadline_ns;
	(void)err;
	return IDBC_OK;
}

static void p_interrupt(void *session)
{
	patient.interrupts++;
	((struct session *)session)->interrupted = 1;
}

/* --- operations ------------------------------------------------------------------------ */
/* sha256("secret") */
#define HASH "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

/* sha256("Zq-secret-1") */
#define ADA_HASH "ce58144d060c7b6f87e8e1bfaa447288b82eaee667b0a783cbd89686f6e2ce4a"

static struct idbc_str str(const char *text)
{
	return (struct idbc_str){ text, strlen(text) };
}

static void tell(struct idbc_sink *sink, const char *who, const char *stored)
{
	struct idbc_str id = str("1"), matched = str(who);
	struct idbc_value name = { IDBC_KIND_STR, 0, { .str = str(who) } };
	struct idbc_field hash = { "hash", { IDBC_KIND_STR, 0, { .str = str(stored) } } };

	sink->row(sink, &id, &matched);
	sink->field(sink, "username", &name);
	sink->credential(sink, &hash, 1);
}

static int reads(struct session *session, const struct idbc_str *who, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	patient.reads++;
	if (waits(session))
		return fail(session, err, IDBC_TIMEOUT, "interrupted");
	if (session->instance->jitter_us && who->len == 3 && !memcmp(who->ptr, "ada", 3))
		tell(sink, "ada", ADA_HASH);
	else if (who->len == 5 && !memcmp(who->ptr, "alice", 5))
		tell(sink, "alice", HASH);
	else
		return fail(session, err, IDBC_NO_USER, "none");
	return IDBC_OK;
}

static int p_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		   struct idbc_error *err)
{
	return reads(self, &req->identifier, sink, err);
}

static int p_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		      struct idbc_error *err)
{
	return reads(self, &req->identifier, sink, err);
}

static int writes(struct session *session, struct idbc_error *err)
{
	patient.writes++;
	if (!patient.late && waits(session))
		return fail(session, err, IDBC_TIMEOUT, "interrupted");
	patient.applied++;
	if (patient.late)
		waits(session);
	return IDBC_OK;
}

static int p_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
		    struct idbc_error *err)
{
	int rc = writes(self, err);

	(void)req;
	if (rc == IDBC_OK)
		tell(sink, "alice", HASH);
	return rc;
}

static int p_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	(void)req;
	return writes(self, err);
}

static int p_change_password(void *self, const struct idbc_password_req *req,
			     struct idbc_error *err)
{
	(void)req;
	return writes(self, err);
}

static int p_delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct session *session = self;
	int rc = writes(session, err), refused;

	if (rc != IDBC_OK || !req->agree)
		return rc;
	refused = req->agree(req->agree_ctx);
	if (!refused)
		return IDBC_OK;
	fail(session, err, IDBC_CANCELLED, "refused");
	err->native = refused;
	return IDBC_CANCELLED;
}

static const struct idbc_ops ops = {
	.size = sizeof(ops), .login = p_login, .get_user = p_get_user, .create = p_create,
	.verify = p_verify, .change_password = p_change_password, .delete_user = p_delete_user,
};
static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "patient", .version = "1",
	.caps = IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT, .open = p_open, .close = p_close,
	.thread_begin = p_begin, .thread_end = p_end, .connect = p_connect,
	.disconnect = p_disconnect, .abandon = p_abandon, .ping = p_ping,
	.interrupt = p_interrupt, .ops = &ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return &driver;
}
