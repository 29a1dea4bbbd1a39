/* tests/unit/drivers/stacked.c - a driver stacked on one connection, its option "below": passes
 * everything on, and keeps what proven() was given.  Option "mode": "refuse" refuses what is
 * proved, "slow" reads until the deadline, "carry" creates each new user as one carried over,
 * "moved" enters who is read by his id as moved, and reports the state as CONFLICT's native.
 */
#include <stdlib.h>
#include <string.h>
#include <idbc/driver.h>

struct instance {
	const struct idbc_host *host;
	const struct idbc_lower *below;
	char mode[32];
};

static int is(const struct instance *in, const char *mode)
{
	return !strcmp(in->mode, mode);
}

static int open_(const struct idbc_host *host, const struct idbc_settings *settings,
		 struct idbc_findings *findings, void **out, struct idbc_error *err)
{
	struct instance *in = calloc(1, sizeof(*in));
	struct idbc_str mode;
	int rc;

	(void)findings;
	if (!in)
		return host->fail(host, err, IDBC_NOMEM, "", "no memory");
	in->host = host;
	if (host->setting_str(settings, "mode", "", &mode) >= 0 && mode.len < sizeof(in->mode))
		memcpy(in->mode, mode.ptr, mode.len);
	rc = host->lower(host, settings, "below", &in->below, err);
	if (rc == IDBC_OK)
		*out = in;
	else
		free(in);
	return rc;
}

static int login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	struct instance *in = self;
	struct idbc_login_req mine = *req;

	mine.size = sizeof(mine);
	mine.flags = is(in, "judge") ? IDBC_LOGIN_JUDGE : 0;
	return in->below->ops->login(in->below->self, &mine, sink, err);
}

/* Makes the table, enters him, looks: what each says is one digit. */
static int moved(struct instance *in, const struct idbc_user_req *req, struct idbc_error *err)
{
	const uint32_t flags[] = { IDBC_MOVED_CREATE, 0, IDBC_MOVED_SET, IDBC_MOVED_SET, 0 };
	const uint32_t states[] = { 0, 0, IDBC_MOVED_CHANGED, IDBC_MOVED_MOVED, 0 };
	uint32_t state, seen = 0;

	for (int i = 0; i < 5; i++) {
		struct idbc_moved_req ask = { .size = sizeof(ask), .flags = flags[i],
			.deadline_ns = req->deadline_ns, .state = states[i] };
		int rc;

		if (i)
			ask.user_id = req->identifier;
		state = 0;
		rc = in->below->ops->moved(in->below->self, &ask, &state, err);
		if (rc != IDBC_OK)
			return rc;
		seen = seen * 10 + (i ? state & IDBC_MOVED_STATES : 0);
	}
	err->native = (int32_t)seen;
	return in->host->fail(in->host, err, IDBC_CONFLICT, "moved", "as native says");
}

static int get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		    struct idbc_error *err)
{
	struct instance *in = self;
	struct idbc_login_req read = { .size = sizeof(read), .by = req->by,
		.deadline_ns = req->deadline_ns, .identifier = req->identifier,
		.flags = IDBC_LOGIN_READ };
	int rc;

	if (is(in, "moved"))
		return moved(in, req, err);
	do {
		if (is(in, "read"))
			rc = in->below->ops->login(in->below->self, &read, sink, err);
		else
			rc = in->below->ops->get_user(in->below->self, req, sink, err);
	} while (is(in, "slow") && rc != IDBC_TIMEOUT && rc != IDBC_OK);
	return rc;
}

static int create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
		  struct idbc_error *err)
{
	struct instance *in = self;
	struct idbc_create_req mine = *req;

	mine.size = sizeof(mine);
	mine.flags = is(in, "carry") ? IDBC_CREATE_CARRIED : 0;
	return in->below->ops->create(in->below->self, &mine, sink, err);
}

static int change_password(void *self, const struct idbc_password_req *req, struct idbc_error *err)
{
	struct instance *in = self;

	return in->below->ops->change_password(in->below->self, req, err);
}

static int delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct instance *in = self;

	return in->below->ops->delete_user(in->below->self, req, err);
}

static int list(void *self, const struct idbc_list_req *req, struct idbc_sink *sink,
		struct idbc_error *err)
{
	struct instance *in = self;

	return in->below->ops->list(in->below->self, req, sink, err);
}

static int intents(void *self, int64_t deadline_ns, struct idbc_sink *sink, struct idbc_error *err)
{
	struct instance *in = self;

	return in->below->ops->intents(in->below->self, deadline_ns, sink, err);
}

static int settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
		  struct idbc_error *err)
{
	struct instance *in = self;

	return in->below->ops->settle(in->below->self, req, effect, err);
}

/* The password that was right comes here, whatever it is. */
static int proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	struct instance *in = self;

	if (req->ncredential != 1 || strcmp(req->credential[0].name, "clear") != 0 ||
	    !req->credential[0].value.u.str.len)
		return in->host->fail(in->host, err, IDBC_DATA, "", "no password to prove");
	if (is(in, "refuse"))
		return in->host->fail(in->host, err, IDBC_CONFLICT, "no_room", "no place for him");
	return IDBC_OK;
}

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	static const struct idbc_ops ops = { .size = sizeof(ops), .login = login,
		.get_user = get_user, .create = create, .change_password = change_password,
		.delete_user = delete_user, .proven = proven, .list = list, .intents = intents,
		.settle = settle };
	static const struct idbc_driver table = { .size = sizeof(table), .abi = IDBC_DRIVER_ABI,
		.name = "stacked", .version = "1", .caps = IDBC_CAP_SESSIONLESS |
		IDBC_CAP_DECIDES | IDBC_CAP_PLAINTEXT | IDBC_CAP_TRANSACTIONS |
		IDBC_CAP_INTENTS,
		.open = open_, .close = free, .ops = &ops };

	(void)host_abi;
	(void)host;
	return &table;
}
