/* tests/abi/recorded/driver.c - a driver as its author wrote it when the headers beside it were
 * recorded, which is compiled from those and never changed with ours: a store in memory.  Here
 * it is a driver with IDBC_CAP_DECIDES, so the store keeps and compares clear text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <idbc/driver.h>

#define USERS 8

struct user {
	char id[24], username[64], email[64], password[64];
	int there, verified;
};
struct store {
	const struct idbc_host *host;
	struct user users[USERS];
	int last;
};

static int fail(struct store *store, struct idbc_error *err, uint32_t status, const char *code)
{
	return store->host->fail(store->host, err, status, code, "no");
}

static int is(const char *text, const struct idbc_str *str)
{
	return strlen(text) == str->len && !memcmp(text, str->ptr, str->len);
}

static struct user *find(struct store *store, uint32_t by, const struct idbc_str *who)
{
	for (struct user *u = store->users; u < store->users + USERS; u++)
		if (u->there && ((by == IDBC_BY_USER_ID && is(u->id, who)) ||
				 (by == IDBC_BY_EMAIL && is(u->email, who)) ||
				 (by == IDBC_BY_USERNAME && is(u->username, who)) ||
				 (by == IDBC_BY_LOGIN && (is(u->username, who) || is(u->email, who)))))
			return u;
	return NULL;
}

static struct idbc_str str(const char *text)
{
	return (struct idbc_str){ text, strlen(text) };
}

static int put(struct idbc_sink *sink, const char *name, const char *text)
{
	struct idbc_value value = { IDBC_KIND_STR, 0, { .str = str(text) } };

	return text[0] ? sink->field(sink, name, &value) : 0;
}

static int show(struct store *store, const struct user *u, const struct idbc_str *who,
		struct idbc_sink *sink, struct idbc_error *err)
{
	struct idbc_value verified = { IDBC_KIND_BOOL, 0, { .i64 = u->verified } };
	struct idbc_str id = str(u->id);

	if (sink->row(sink, &id, who) || put(sink, "username", u->username) ||
	    put(sink, "email", u->email) || sink->field(sink, "email_verified", &verified))
		return fail(store, err, IDBC_DRIVER, NULL);
	return IDBC_OK;
}

static int login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	struct user *u = find(self, req->by, &req->identifier);

	if (!u || !is(u->password, &req->password))
		return fail(self, err, IDBC_DENIED, NULL);
	return show(self, u, &req->identifier, sink, err);
}

static int get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		    struct idbc_error *err)
{
	struct user *u = find(self, req->by, &req->identifier);

	return u ? show(self, u, &req->identifier, sink, err) : fail(self, err, IDBC_NO_USER, NULL);
}

static void take(char *out, const struct idbc_field *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(fields[i].name, name) && fields[i].value.u.str.len < 64)
			memcpy(out, fields[i].value.u.str.ptr, fields[i].value.u.str.len);
}

static int create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
		  struct idbc_error *err)
{
	struct store *store = self;
	struct user made = { .there = 1 }, *u = store->users;
	struct idbc_str name;

	take(made.username, req->fields, req->nfields, "username");
	take(made.email, req->fields, req->nfields, "email");
	take(made.password, req->credential, req->ncredential, "clear");
	name = str(made.username);
	if (find(store, IDBC_BY_USERNAME, &name))
		return fail(store, err, IDBC_EXISTS, "username_exists");
	while (u < store->users + USERS && u->there)
		u++;
	if (u == store->users + USERS)
		return fail(store, err, IDBC_CONFLICT, NULL);
	snprintf(made.id, sizeof(made.id), "%d", ++store->last);
	*u = made;
	return show(store, u, &name, sink, err);
}

static int verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct user *u = find(self, req->by, &req->identifier);

	if (!u)
		return fail(self, err, IDBC_NO_USER, NULL);
	if (req->email.len && !is(u->email, &req->email))
		return fail(self, err, IDBC_CONFLICT, "email_changed");
	u->verified = 1;
	return IDBC_OK;
}

static int change_password(void *self, const struct idbc_password_req *req,
			   struct idbc_error *err)
{
	struct user *u = find(self, req->by, &req->identifier);

	if (!u)
		return fail(self, err, IDBC_NO_USER, NULL);
	memset(u->password, 0, sizeof(u->password));
	take(u->password, req->credential, req->ncredential, "clear");
	return IDBC_OK;
}

static int change_email(void *self, const struct idbc_email_req *req, struct idbc_error *err)
{
	struct user *u = find(self, req->by, &req->identifier);

	if (!u || req->email.len >= sizeof(u->email))
		return fail(self, err, IDBC_NO_USER, NULL);
	memset(u->email, 0, sizeof(u->email));
	memcpy(u->email, req->email.ptr, req->email.len);
	u->verified = (int)req->verified;
	return IDBC_OK;
}

static int delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct user *u = find(self, IDBC_BY_USER_ID, &req->user_id);

	if (!u)
		return fail(self, err, IDBC_NO_USER, NULL);
	err->native = req->agree ? req->agree(req->agree_ctx) : 0;
	if (err->native)
		return fail(self, err, IDBC_CANCELLED, NULL);
	memset(u, 0, sizeof(*u));
	return IDBC_OK;
}

static int open_store(const struct idbc_host *host, const struct idbc_settings *settings,
		      struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	struct store *store = calloc(1, sizeof(*store));

	(void)settings;
	(void)findings;
	if (!store)
		return host->fail(host, err, IDBC_NOMEM, NULL, "out of memory");
	store->host = host;
	*instance = store;
	return IDBC_OK;
}

static int connect_store(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	(void)deadline_ns;
	(void)err;
	*session = instance;
	return IDBC_OK;
}

static void end(void *session)
{
	(void)session;
}

static int ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	(void)session;
	(void)deadline_ns;
	(void)err;
	return IDBC_OK;
}

static const struct idbc_ops ops = {
	.size = sizeof(ops), .login = login, .get_user = get_user, .create = create,
	.verify = verify, .change_password = change_password, .delete_user = delete_user,
	.change_email = change_email,
};
static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "recorded", .version = "1",
	.caps = IDBC_CAP_TRANSACTIONS | IDBC_CAP_DECIDES | IDBC_CAP_PLAINTEXT,
	.open = open_store, .close = free, .connect = connect_store, .disconnect = end,
	.abandon = end, .ping = ping, .ops = &ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host;
	return host_abi >> 16 == IDBC_DRIVER_ABI_MAJOR ? &driver : NULL;
}
