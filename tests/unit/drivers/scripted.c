/* tests/unit/drivers/scripted.c - a driver that does what its option "mode" says: a store
 * of one user, alice / "secret" as raw/sha256-hex, and every way to break the contract.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <idbc/driver.h>

struct instance {
	const struct idbc_host *host;
	char mode[32], widths[48];
	_Atomic int sessions, died;
};
struct session {
	struct instance *instance;
	int number;
};

static int is(const struct session *session, const char *mode)
{
	return !strcmp(session->instance->mode, mode);
}

static int fail(const struct session *session, struct idbc_error *err, uint32_t status,
		const char *text)
{
	return session->instance->host->fail(session->instance->host, err, status, NULL, "%s", text);
}

static int open_(const struct idbc_host *host, const struct idbc_settings *settings,
		 struct idbc_findings *findings, void **out, struct idbc_error *err)
{
	struct instance *instance = calloc(1, sizeof(*instance));
	struct idbc_str mode;
	int64_t width = 0, salt = 0;

	(void)findings;
	if (!instance)
		return host->fail(host, err, IDBC_NOMEM, NULL, "no memory");
	instance->host = host;
	host->setting_str(settings, "mode", "", &mode);
	if (mode.len < sizeof(instance->mode))
		memcpy(instance->mode, mode.ptr, mode.len);
	host->setting_i64(settings, "idbc.password.width", 0, &width);
	host->setting_i64(settings, "idbc.password.salt_width", 0, &salt);
	snprintf(instance->widths, sizeof(instance->widths), "%lld %lld", (long long)width,
		 (long long)salt);
	*out = instance;
	return IDBC_OK;
}

static void close_(void *instance)
{
	free(instance);
}

static int connect_(void *self, int64_t deadline_ns, void **out, struct idbc_error *err)
{
	struct instance *instance = self;
	struct session *session = calloc(1, sizeof(*session));

	(void)deadline_ns;
	if (!session)
		return instance->host->fail(instance->host, err, IDBC_NOMEM, NULL, "no memory");
	session->instance = instance;
	session->number = ++instance->sessions;
	*out = session;
	return IDBC_OK;
}

static void end(void *session)
{
	free(session);
}

static int ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	(void)session;
	(void)deadline_ns;
	(void)err;
	return IDBC_OK;
}

static void interrupt(void *session)
{
	(void)session;
}

static void str(struct idbc_value *value, const char *text)
{
	value->kind = IDBC_KIND_STR;
	value->pad = 0;
	value->u.str.ptr = text;
	value->u.str.len = strlen(text);
}

static void put(struct idbc_sink *sink, const char *name, const char *text)
{
	struct idbc_value value;

	str(&value, text);
	sink->field(sink, name, &value);
}

static void put_flag(struct idbc_sink *sink, const char *name)
{
	struct idbc_value value = { IDBC_KIND_BOOL, 0, { .i64 = 1 } };

	sink->field(sink, name, &value);
}

/* sha256("secret") */
#define HASH "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

/* As a client library does that finds its server gone. */
static void write_to_nobody(void)
{
	int ends[2];

	if (pipe(ends))
		return;
	close(ends[0]);
	if (write(ends[1], "", 1) > 0)
		abort();
	close(ends[1]);
}

static int blocks_pipes(void)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	return sigismember(&mask, SIGPIPE);
}

static int quiet(void *session)
{
	return is(session, "quiet");
}

static void row(const struct session *session, struct idbc_sink *sink, const char *native,
		const char *name)
{
	struct idbc_str id = { native, strlen(native) }, matched = { name, strlen(name) };
	struct idbc_field part = { "hash", { IDBC_KIND_NULL, 0, { .i64 = 0 } } };

	if (is(session, "no-id"))
		id.len = 0;
	sink->row(sink, &id, &matched);
	put(sink, "username", name);
	put(sink, "email", "alice@example.com");
	if (is(session, "widths"))
		put(sink, "nickname", session->instance->widths);
	if (is(session, "pipe"))
		write_to_nobody();
	if (is(session, "pipe") || is(session, "quiet"))
		put(sink, "nickname", blocks_pipes() ? "kept from pipes" : "as it is");
	if (is(session, "blocked"))
		put_flag(sink, "blocked");
	if (is(session, "deleted"))
		put_flag(sink, "deleted");
	if (is(session, "migrated"))
		put_flag(sink, "migrated");
	if (is(session, "expired"))
		put_flag(sink, "password_expired");
	if (is(session, "no-credential"))
		return;
	if (!is(session, "null-credential"))
		str(&part.value, HASH);
	sink->credential(sink, &part, 1);
}

static int read_(const struct session *session, const struct idbc_str *who,
		 struct idbc_sink *sink, struct idbc_error *err)
{
	if (is(session, "status"))
		return 12345;
	if (is(session, "not-utf8")) {
		memcpy(err->text, "\xff\xfe", 3);
		return IDBC_UNAVAILABLE;
	}
	if (is(session, "down"))
		return fail(session, err, IDBC_UNAVAILABLE, "gone");
	/* The first session dies at its second statement, as after an idle kill. */
	if (is(session, "stale") && session->number == 1 && ++session->instance->died > 1)
		return fail(session, err, IDBC_UNAVAILABLE, "lost before it was sent");
	if (is(session, "field-first"))
		put(sink, "username", "alice");
	if (is(session, "neighbour")) {
		row(session, sink, "1", "\xc3\xa1lice");
		return IDBC_OK;
	}
	if (who->len != 5 || memcmp(who->ptr, "alice", 5))
		return fail(session, err, IDBC_NO_USER, "none");
	row(session, sink, "1", "alice");
	if (is(session, "two"))
		row(session, sink, "2", "alice");
	if (is(session, "many"))
		for (int i = 0; i < 50; i++)
			row(session, sink, "3", "alice");
	return IDBC_OK;
}

static int login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	return read_(self, &req->identifier, sink, err);
}

static int get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		    struct idbc_error *err)
{
	return read_(self, &req->identifier, sink, err);
}

static int verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	const struct session *session = self;

	(void)req;
	if (is(session, "stale") && session->number == 1)
		return fail(session, err, IDBC_UNAVAILABLE, "lost before it was sent");
	if (is(session, "full")) {
		fail(session, err, IDBC_UNAVAILABLE, session->instance->died++ ? "asked again" : "no room");
		snprintf(err->code, sizeof(err->code), "store_full");
		return IDBC_UNAVAILABLE;
	}
	if (!is(session, "doubt"))
		return IDBC_OK;
	/* A write in doubt: tried once, whatever session it was on. */
	session->instance->died++;
	fail(session, err, IDBC_UNAVAILABLE, "lost on the way");
	err->effect = IDBC_EFFECT_UNKNOWN;
	return session->instance->died > 1 ? fail(session, err, IDBC_DATA, "tried twice")
					   : IDBC_UNAVAILABLE;
}

static int change_password(void *self, const struct idbc_password_req *req,
			   struct idbc_error *err)
{
	(void)self;
	(void)req;
	(void)err;
	return IDBC_OK;
}

static int delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	const struct session *session = self;
	int refused = req->agree ? req->agree(req->agree_ctx) : 0;

	if (!refused)
		return IDBC_OK;
	fail(session, err, IDBC_CANCELLED, "refused");
	err->native = refused;
	return IDBC_CANCELLED;
}

static int proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	(void)req;
	return fail(self, err, IDBC_UNAVAILABLE, "read only");
}

static const struct idbc_ops ops = {
	.size = sizeof(ops), .login = login, .get_user = get_user, .verify = verify,
	.change_password = change_password, .delete_user = delete_user, .proven = proven,
};
static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "scripted", .version = "1",
	.open = open_, .close = close_, .connect = connect_, .disconnect = end, .abandon = end,
	.ping = ping, .interrupt = interrupt, .ops = &ops, .quiet = quiet,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return &driver;
}
