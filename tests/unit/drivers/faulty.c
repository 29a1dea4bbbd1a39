/* tests/unit/drivers/faulty.c - a driver that breaks one rule of driver.h, the one that its
 * option "fault" names, and keeps the others: a store of one user, alice / "secret" as
 * raw/sha256-hex.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <idbc/driver.h>

struct instance {
	const struct idbc_host *host;
	char fault[40];
};

static int is(const struct instance *in, const char *fault)
{
	return !strcmp(in->fault, fault);
}

static int fail(const struct instance *in, struct idbc_error *err, uint32_t status)
{
	return in->host->fail(in->host, err, status, NULL, "told to");
}

/* --- errors and statuses ---------------------------------------------------------------- */
static int wrong_status(const struct instance *in, int *out)
{
	static const struct { const char *fault; int status; } all[] = {
		{ "status-negative", -1 }, { "status-999", 999 }, { "status-max", 0x7fffffff },
		{ "status-min", -0x7fffffff - 1 }, { "status-99", 99 },
		{ "status-denied", IDBC_DENIED }, { "status-blocked", IDBC_BLOCKED },
		{ "status-expired", IDBC_PASSWORD_EXPIRED }, { "status-state", IDBC_STATE },
		{ "status-forked", IDBC_FORKED }, { "status-cancelled", IDBC_CANCELLED },
		{ "status-exists", IDBC_EXISTS }, { "status-no-user", IDBC_NO_USER },
		{ "status-ambiguous", IDBC_AMBIGUOUS }, { "status-driver", IDBC_DRIVER },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (is(in, all[i].fault)) {
			*out = all[i].status;
			return 1;
		}
	return 0;
}

static int wrong_error(const struct instance *in, struct idbc_error *err)
{
	if (strncmp(in->fault, "error-", 6) != 0)
		return 0;
	fail(in, err, IDBC_UNAVAILABLE);
	if (is(in, "error-latin1-text"))
		memcpy(err->text, "caf\xe9", 5);
	else if (is(in, "error-open-text"))
		memset(err->text, 'x', sizeof(err->text));
	else if (is(in, "error-open-code"))
		memset(err->code, 'x', sizeof(err->code));
	else if (is(in, "error-latin1-code"))
		memcpy(err->code, "\xff", 2);
	else if (is(in, "error-open-sqlstate"))
		memset(err->sqlstate, 'x', sizeof(err->sqlstate));
	else if (is(in, "error-latin1-sqlstate"))
		memcpy(err->sqlstate, "\xff", 2);
	else if (is(in, "error-open-origin"))
		memset(err->origin, 'x', sizeof(err->origin));
	else if (is(in, "error-two-lines"))
		memcpy(err->text, "a\nb", 4);
	else if (is(in, "error-effect"))
		err->effect = 77;
	else if (is(in, "error-detail"))
		err->detail = 77;
	else if (is(in, "error-size"))
		err->size = 0;
	else if (is(in, "error-empty"))
		memset(err, 0, sizeof(*err));
	return 1;
}

/* 1 where this call is to end now, with *rc. */
static int ends(const struct instance *in, int *rc, struct idbc_error *err)
{
	if (wrong_status(in, rc))
		return 1;
	*rc = IDBC_UNAVAILABLE;
	return wrong_error(in, err);
}

/* --- rows ------------------------------------------------------------------------------- */
static struct idbc_str str(const char *text)
{
	return (struct idbc_str){ text, strlen(text) };
}

static struct idbc_value value(uint32_t kind, const char *text)
{
	return (struct idbc_value){ kind, 0, { .str = str(text) } };
}

static int put(struct idbc_sink *sink, const char *name, uint32_t kind, const char *text)
{
	struct idbc_value v = value(kind, text);

	return sink->field(sink, name, &v);
}

static int begin_row(const struct instance *in, struct idbc_sink *sink)
{
	static char long_id[2000];
	struct idbc_str id = str("1"), matched = str("alice"), *m = &matched;

	memset(long_id, 'x', sizeof(long_id));
	if (is(in, "row-null"))
		return sink->row(sink, NULL, &matched);
	if (is(in, "row-null-id"))
		id = (struct idbc_str){ NULL, 3 };
	else if (is(in, "row-empty-id") || is(in, "deaf"))
		id.len = 0;
	else if (is(in, "row-long-id"))
		id = (struct idbc_str){ long_id, IDBC_ID_MAX + 1 };
	else if (is(in, "row-huge-id"))
		id.len = SIZE_MAX;
	else if (is(in, "row-nul-id"))
		id = (struct idbc_str){ "1\0002", 3 };
	else if (is(in, "row-latin1-id"))
		id = str("caf\xe9");
	else if (is(in, "row-no-matched"))
		m = NULL;
	else if (is(in, "row-null-matched"))
		matched.ptr = NULL;
	else if (is(in, "row-empty-matched"))
		matched.len = 0;
	else if (is(in, "row-huge-matched"))
		matched.len = SIZE_MAX;
	return sink->row(sink, &id, m);
}

static int wrong_field(const struct instance *in, struct idbc_sink *sink)
{
	static char long_name[4000];
	struct idbc_value v = value(IDBC_KIND_STR, "x");

	memset(long_name, 'x', sizeof(long_name) - 1);
	if (is(in, "field-null-name"))
		return sink->field(sink, NULL, &v);
	if (is(in, "field-empty-name"))
		return sink->field(sink, "", &v);
	if (is(in, "field-long-name"))
		return sink->field(sink, long_name, &v);
	if (is(in, "field-latin1-name"))
		return sink->field(sink, "caf\xe9", &v);
	if (is(in, "field-null-value"))
		return sink->field(sink, "name", NULL);
	if (is(in, "field-kind"))
		v.kind = 4711;
	else if (is(in, "field-null-ptr"))
		v.u.str.ptr = NULL;
	else if (is(in, "field-huge"))
		v.u.str.len = SIZE_MAX - 5;
	else if (is(in, "field-bool-7"))
		v = (struct idbc_value){ IDBC_KIND_BOOL, 0, { .i64 = 7 } };
	else if (is(in, "field-json"))
		v = value(IDBC_KIND_JSON, "{\"a\":");
	else if (is(in, "field-nan"))
		v = value(IDBC_KIND_JSON, "NaN");
	else if (is(in, "field-latin1"))
		v = value(IDBC_KIND_STR, "caf\xe9");
	else
		return 0;
	return sink->field(sink, "name", &v);
}

static int wrong_flag(const struct instance *in, struct idbc_sink *sink)
{
	if (is(in, "flag-text"))
		return put(sink, "deleted", IDBC_KIND_STR, "yes");
	if (is(in, "flag-json"))
		return put(sink, "locked_out", IDBC_KIND_JSON, "true");
	if (is(in, "blocked-json"))
		return put(sink, "blocked", IDBC_KIND_JSON, "tru");
	if (is(in, "blocked-object"))
		return put(sink, "blocked", IDBC_KIND_JSON, "{}");
	if (is(in, "blocked-time"))
		return put(sink, "blocked", IDBC_KIND_TIME_US, "");
	if (is(in, "field-unknown"))
		return put(sink, "nobody_knows_me", IDBC_KIND_STR, "x");
	return 0;
}

/* sha256("secret") */
#define HASH "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

static int put_credential(const struct instance *in, struct idbc_sink *sink)
{
	struct idbc_field parts[20] = { { "hash", { IDBC_KIND_NULL, 0, { .i64 = 0 } } } };
	size_t n = 1;

	parts[0].value = value(IDBC_KIND_STR, HASH);
	for (size_t i = 1; i < 20; i++)
		parts[i] = parts[0];
	if (is(in, "no-credential"))
		return 0;
	if (is(in, "parts-none"))
		return sink->credential(sink, NULL, 0);
	if (is(in, "parts-null"))
		return sink->credential(sink, NULL, 3);
	if (is(in, "parts-many"))
		return sink->credential(sink, parts, SIZE_MAX / sizeof(parts[0]));
	if (is(in, "part-null-name"))
		parts[0].name = NULL;
	else if (is(in, "part-kind"))
		parts[0].value.kind = 4711;
	else if (is(in, "part-json"))
		parts[0].value.kind = IDBC_KIND_JSON;
	else if (is(in, "part-null-ptr"))
		parts[0].value.u.str.ptr = NULL;
	else if (is(in, "part-huge"))
		parts[0].value.u.str.len = SIZE_MAX;
	else if (is(in, "part-twice"))
		n = 2;
	else if (is(in, "part-unknown"))
		parts[n++].name = "pepper";
	if (is(in, "two-credentials") && sink->credential(sink, parts, 1))
		return -1;
	return sink->credential(sink, parts, n);
}

static int put_row(const struct instance *in, struct idbc_sink *sink)
{
	if (begin_row(in, sink) || put(sink, "username", IDBC_KIND_STR, "alice"))
		return -1;
	if (wrong_field(in, sink) || wrong_flag(in, sink))
		return -1;
	return put_credential(in, sink);
}

/* Never stops for what the sink says. */
static void write_on(const struct instance *in, struct idbc_sink *sink)
{
	for (int i = 0; i < 1000; i++)
		put_row(in, sink);
}

static int answer(const struct instance *in, const struct idbc_str *who, struct idbc_sink *sink,
		  struct idbc_error *err)
{
	int rc;

	if (ends(in, &rc, err))
		return rc;
	if (is(in, "ok-nobody"))
		return IDBC_OK;
	if (who && (who->len != 5 || memcmp(who->ptr, "alice", 5) != 0))
		return fail(in, err, IDBC_NO_USER);
	if (is(in, "field-first"))
		put(sink, "username", IDBC_KIND_STR, "alice");
	if (is(in, "credential-first"))
		put_credential(in, sink);
	if (is(in, "three-rows") && (put_row(in, sink) || put_row(in, sink)))
		return fail(in, err, IDBC_DRIVER);
	if (is(in, "write-on"))
		write_on(in, sink);
	if (put_row(in, sink))
		return is(in, "deaf") ? IDBC_OK : fail(in, err, IDBC_DRIVER);
	return is(in, "row-no-user") ? fail(in, err, IDBC_NO_USER) : IDBC_OK;
}

/* --- the slots -------------------------------------------------------------------------- */
static int faulty_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	return answer(self, &req->identifier, sink, err);
}

static int faulty_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			   struct idbc_error *err)
{
	return answer(self, &req->identifier, sink, err);
}

/* "lost-...": each write loses its answer; what settle() says of it is the rest of the word. */
static int is_lost(const struct instance *in, struct idbc_error *err)
{
	if (strncmp(in->fault, "lost-", 5) != 0)
		return 0;
	fail(in, err, IDBC_UNAVAILABLE);
	err->effect = IDBC_EFFECT_UNKNOWN;
	return 1;
}

/* Whom it is asked about: a create's own user, or the one of the request. */
static int is_about(const struct idbc_settle_req *req)
{
	const struct idbc_email_req *email = req->write;

	if (req->kind == IDBC_SETTLE_CREATE || req->kind == IDBC_SETTLE_DELETE_USER)
		return req->user_id.len == 1;
	return !req->user_id.len && email->by == IDBC_BY_USERNAME && email->identifier.len == 5;
}

static int faulty_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			 struct idbc_error *err)
{
	const struct instance *in = self;

	if (!is_about(req))
		return fail(in, err, IDBC_CONFIG);
	if (is(in, "lost-away"))
		return fail(in, err, IDBC_UNAVAILABLE);
	*effect = is(in, "lost-applied") ? IDBC_EFFECT_APPLIED : is(in, "lost-none")
		  ? IDBC_EFFECT_NONE : is(in, "lost-garbage") ? 77 : IDBC_EFFECT_UNKNOWN;
	return is(in, "lost-status") ? 999 : IDBC_OK;
}

static int faulty_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			 struct idbc_error *err)
{
	const struct instance *in = self;

	(void)req;
	if (is(in, "create-nobody"))
		return IDBC_OK;
	if (is(in, "create-two") && put_row(in, sink))
		return fail(in, err, IDBC_DRIVER);
	if (is_lost(in, err)) {
		struct idbc_error ignored = *err;

		return answer(in, NULL, sink, &ignored) == IDBC_OK ? IDBC_UNAVAILABLE
								   : fail(in, err, IDBC_DRIVER);
	}
	return answer(in, NULL, sink, err);
}

static int written(void *self, struct idbc_error *err)
{
	int rc;

	if (is_lost(self, err))
		return IDBC_UNAVAILABLE;
	return ends(self, &rc, err) ? rc : IDBC_OK;
}

static int faulty_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	(void)req;
	return written(self, err);
}

static int faulty_change_password(void *self, const struct idbc_password_req *req,
				  struct idbc_error *err)
{
	(void)req;
	return written(self, err);
}

static int faulty_change_email(void *self, const struct idbc_email_req *req,
			       struct idbc_error *err)
{
	(void)req;
	return written(self, err);
}

static int faulty_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	const struct instance *in = self;
	int refused;

	if (is(in, "delete-unasked"))
		return IDBC_OK;
	if (is(in, "delete-cancels"))
		return fail(in, err, IDBC_CANCELLED);
	refused = req->agree ? req->agree(req->agree_ctx) : 0;
	if (is(in, "delete-twice"))
		refused = req->agree(req->agree_ctx);
	if (refused && !is(in, "delete-against"))
		return fail(in, err, IDBC_CANCELLED);
	return written(self, err);
}

static int faulty_list(void *self, const struct idbc_list_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	const struct instance *in = self;

	if (is(in, "list-floods"))
		for (uint32_t i = 0; i < req->limit + 1000; i++)
			put_row(in, sink);
	return put_row(in, sink) ? fail(in, err, IDBC_DRIVER) : IDBC_OK;
}

static int faulty_open(const struct idbc_host *host, const struct idbc_settings *settings,
		       struct idbc_findings *findings, void **out, struct idbc_error *err)
{
	struct instance *in = calloc(1, sizeof(*in));
	struct idbc_str fault;
	int status;

	if (!in)
		return host->fail(host, err, IDBC_NOMEM, NULL, "no memory");
	in->host = host;
	host->setting_str(settings, "fault", "", &fault);
	if (fault.len < sizeof(in->fault))
		memcpy(in->fault, fault.ptr, fault.len);
	if (is(in, "open-finding"))
		findings->add(findings, 4711, NULL, "\xff", "two\nlines \xff", NULL);
	if (strncmp(in->fault, "open-", 5) != 0) {
		*out = in;
		return IDBC_OK;
	}
	if (is(in, "open-latin1"))
		memcpy(err->text, "\xff", 2);
	status = is(in, "open-status") ? 999 : IDBC_CONFIG;
	free(in);
	return status;
}

static int faulty_connect(void *instance, int64_t deadline_ns, void **session,
			  struct idbc_error *err)
{
	const struct instance *in = instance;

	(void)deadline_ns;
	if (is(in, "connect-null"))
		return IDBC_OK;
	if (is(in, "connect-denied"))
		return fail(in, err, IDBC_DENIED);
	if (is(in, "connect-status"))
		return 999;
	if (is(in, "connect-latin1")) {
		memcpy(err->text, "\xff", 2);
		return IDBC_UNAVAILABLE;
	}
	*session = instance;
	return IDBC_OK;
}

static void faulty_end(void *session)
{
	(void)session;
}

static int faulty_ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	(void)session;
	(void)deadline_ns;
	(void)err;
	return IDBC_OK;
}

static const struct idbc_ops ops = {
	.size = sizeof(ops), .login = faulty_login, .get_user = faulty_get_user,
	.create = faulty_create, .verify = faulty_verify,
	.change_password = faulty_change_password, .delete_user = faulty_delete,
	.change_email = faulty_change_email, .list = faulty_list, .settle = faulty_settle,
};
static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "faulty", .open = faulty_open,
	.close = free, .connect = faulty_connect, .disconnect = faulty_end,
	.abandon = faulty_end, .ping = faulty_ping, .ops = &ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return &driver;
}
