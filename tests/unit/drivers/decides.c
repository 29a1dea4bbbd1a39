/* tests/unit/drivers/decides.c - a driver whose store judges passwords itself: one user,
 * alice / "secret", until a change, which takes the clear text.  Its option "mode" says what
 * it answers instead.
 */
#include <stdlib.h>
#include <string.h>
#include <idbc/driver.h>

struct instance {
	const struct idbc_host *host;
	char mode[32], password[64];
};

static int is(const struct instance *in, const char *mode)
{
	return !strcmp(in->mode, mode);
}

static int same(const struct idbc_str *s, const char *text)
{
	return s->len == strlen(text) && !memcmp(s->ptr, text, s->len);
}

static int fail(const struct instance *in, struct idbc_error *err, uint32_t status)
{
	return in->host->fail(in->host, err, status, "", "as told");
}

static int open_(const struct idbc_host *host, const struct idbc_settings *settings,
		 struct idbc_findings *findings, void **out, struct idbc_error *err)
{
	struct instance *in = calloc(1, sizeof(*in));
	struct idbc_str mode;

	(void)findings;
	if (!in)
		return host->fail(host, err, IDBC_NOMEM, "", "no memory");
	in->host = host;
	memcpy(in->password, "secret", 7);
	if (host->setting_str(settings, "mode", "", &mode) >= 0 && mode.len < sizeof(in->mode))
		memcpy(in->mode, mode.ptr, mode.len);
	*out = in;
	return IDBC_OK;
}

static int connect_(void *instance, int64_t deadline_ns, void **session, struct idbc_error *err)
{
	(void)deadline_ns;
	(void)err;
	*session = instance;
	return IDBC_OK;
}

static int ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	(void)session;
	(void)deadline_ns;
	(void)err;
	return IDBC_OK;
}

static void end(void *session)
{
	(void)session;
}

static void row(struct idbc_sink *sink, const char *native, const char *name)
{
	struct idbc_str id = { native, strlen(native) }, matched = { name, strlen(name) };
	struct idbc_value value = { IDBC_KIND_STR, 0, { .str = matched } };

	sink->row(sink, &id, &matched);
	sink->field(sink, "username", &value);
}

/* Whatever it answers, an empty password is "right" here, as with an unauthenticated bind. */
static int login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	struct instance *in = self;

	if (!same(&req->identifier, "alice"))
		return fail(in, err, IDBC_NO_USER);
	if (req->password.len && !same(&req->password, in->password)) {
		fail(in, err, IDBC_DENIED);
		err->detail = is(in, "locked") ? IDBC_DETAIL_LOCKED_OUT : 0;
		return IDBC_DENIED;
	}
	row(sink, "1", "alice");
	if (is(in, "neighbour"))        /* judged or not, nobody knows */
		row(sink, "2", "Alice");
	if (is(in, "expired"))
		return fail(in, err, IDBC_PASSWORD_EXPIRED);
	return is(in, "blocked") ? fail(in, err, IDBC_BLOCKED) : IDBC_OK;
}

static int get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		    struct idbc_error *err)
{
	if (!same(&req->identifier, "alice") && !same(&req->identifier, "1"))
		return fail(self, err, IDBC_NO_USER);
	row(sink, "1", "alice");
	return IDBC_OK;
}

static int is_clear(const struct idbc_field *parts, size_t n)
{
	return n == 1 && !strcmp(parts->name, "clear");
}

static int change_password(void *self, const struct idbc_password_req *req,
			   struct idbc_error *err)
{
	struct instance *in = self;
	const struct idbc_str *made = &req->credential->value.u.str;

	if (!is_clear(req->credential, req->ncredential) || made->len >= sizeof(in->password))
		return fail(in, err, IDBC_DATA);
	if (req->nexpect && (!is_clear(req->expect, req->nexpect) ||
			     !same(&req->expect->value.u.str, in->password)))
		return fail(in, err, IDBC_CONFLICT);
	memset(in->password, 0, sizeof(in->password));
	memcpy(in->password, made->ptr, made->len);
	return IDBC_OK;
}

static int create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
		  struct idbc_error *err)
{
	if (!is_clear(req->credential, req->ncredential))
		return fail(self, err, IDBC_DATA);
	row(sink, "3", "carol");
	return IDBC_OK;
}

static const struct idbc_ops ops = {
	.size = sizeof(ops), .login = login, .get_user = get_user, .create = create,
	.change_password = change_password,
};
static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "decides", .version = "1",
	.caps = IDBC_CAP_DECIDES | IDBC_CAP_PLAINTEXT | IDBC_CAP_EQUAL_TIME, .open = open_,
	.close = free, .connect = connect_, .disconnect = end, .abandon = end, .ping = ping,
	.ops = &ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return &driver;
}
