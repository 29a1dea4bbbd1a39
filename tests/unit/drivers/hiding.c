/* tests/unit/drivers/hiding.c - a driver that keeps intents: a store in memory, common to all
 * connections of the process that name it, with a clock that may run faster than ours.
 * HIDING_FAILS says, at open, what happens to phases, in order: "finish:lost,finish:down*3".  `down`: nothing
 * was done; `lost`: neither, but who asked does not know; `done`: it was, and he does not know;
 * `conflict`: a foreign key refuses; `busy`; `slow`: 300 ms later; `late`: 1,200 ms.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <idbc/driver.h>

#define STORES 64
#define USERS  64

struct user {
	int there, deleting, profile_store, kept;
	char token[65];
	int64_t lease_ns;
};
struct store {
	char name[32];
	struct user user[USERS];
};
static struct store stores[STORES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct instance {
	const struct idbc_host *host;
	struct store *store;
	int64_t rate, keep;     /* keep: a row stays when its delete is done */
	char script[256], *fails;
};

/* --- the store -------------------------------------------------------------------------- */
static struct store *find_store(const char *name)
{
	struct store *store = stores;

	while (store < stores + STORES - 1 && store->name[0] && strcmp(store->name, name))
		store++;
	if (store->name[0])
		return store;
	snprintf(store->name, sizeof(store->name), "%s", name);
	for (int i = 1; i < USERS; i++)
		store->user[i].there = 1;
	return store;
}

static struct user *find_user(const struct instance *instance, const struct idbc_str *id)
{
	char text[8] = "";
	int n;

	if (id->len < sizeof(text))
		memcpy(text, id->ptr, id->len);
	n = atoi(text);
	return n > 0 && n < USERS ? &instance->store->user[n] : NULL;
}

static int64_t store_now(const struct instance *instance)
{
	return instance->host->now_ns() * instance->rate;
}

static int is_token(const struct user *user, const struct idbc_str *token)
{
	return user->deleting && strlen(user->token) == token->len &&
	       !memcmp(user->token, token->ptr, token->len);
}

/* --- what is to fail ---------------------------------------------------------------------- */
static int say(const struct instance *instance, struct idbc_error *err, uint32_t status,
	       const char *code, uint32_t effect)
{
	err->effect = effect;
	return instance->host->fail(instance->host, err, status, code, "as the test has it");
}

/* The word for this phase if it is next in the script, else "". */
static void next_fault(struct instance *instance, const char *phase, char out[16])
{
	char *at = instance->fails, *colon, *star;
	size_t len = strlen(phase);

	out[0] = '\0';
	if (!at || strncmp(at, phase, len) || at[len] != ':')
		return;
	colon = at + len + 1;
	memcpy(out, colon, strcspn(colon, "*,") < 15 ? strcspn(colon, "*,") : 15);
	out[strcspn(colon, "*,") < 15 ? strcspn(colon, "*,") : 15] = '\0';
	star = colon + strcspn(colon, "*,");
	if (*star == '*' && star[1] > '1') {
		star[1]--;
		return;
	}
	at += strcspn(at, ",");
	instance->fails = *at ? at + 1 : NULL;
}

/* --- phases --------------------------------------------------------------------------------- */
static void set_token(struct user *user, const struct idbc_str *token)
{
	memset(user->token, 0, sizeof(user->token));
	memcpy(user->token, token->ptr, token->len);
}

static int taken(const struct instance *instance, struct idbc_error *err)
{
	return say(instance, err, IDBC_CONFLICT, "intent_taken", IDBC_EFFECT_NONE);
}

static int hide(struct instance *instance, struct user *user, const struct idbc_delete_req *req,
		struct idbc_error *err)
{
	if (!user->there || user->deleting)
		return say(instance, err, IDBC_NO_USER, "", IDBC_EFFECT_NONE);
	user->deleting = 1;
	user->kept = 0;
	user->profile_store = (req->flags & IDBC_DELETE_PROFILE_STORE) != 0;
	set_token(user, &req->token);
	user->lease_ns = store_now(instance) + req->lease_ms * 1000000;
	return IDBC_OK;
}

static int end(struct instance *instance, struct user *user, const struct idbc_delete_req *req,
	       struct idbc_error *err)
{
	if (!is_token(user, &req->token))
		return taken(instance, err);
	if (req->phase == IDBC_DELETE_TAKE && store_now(instance) < user->lease_ns)
		return taken(instance, err);
	if (req->phase == IDBC_DELETE_TAKE) {
		set_token(user, &req->new_token);
		user->lease_ns = store_now(instance) + req->lease_ms * 1000000;
		return IDBC_OK;
	}
	user->deleting = 0;
	if (req->phase == IDBC_DELETE_FINISH && instance->keep)
		user->kept = 1;
	else if (req->phase == IDBC_DELETE_FINISH)
		user->there = 0;
	return IDBC_OK;
}

static int at_once(struct instance *instance, struct user *user, const struct idbc_delete_req *req,
		   struct idbc_error *err)
{
	int refused;

	if (!user->there || user->deleting)
		return say(instance, err, IDBC_NO_USER, "", IDBC_EFFECT_NONE);
	refused = req->agree ? req->agree(req->agree_ctx) : 0;
	if (refused) {
		err->native = refused;
		return say(instance, err, IDBC_CANCELLED, "", IDBC_EFFECT_NONE);
	}
	user->there = 0;
	return IDBC_OK;
}

static int phase(struct instance *instance, struct user *user, const struct idbc_delete_req *req,
		 struct idbc_error *err)
{
	if (req->phase == IDBC_DELETE_NOW)
		return at_once(instance, user, req, err);
	if (req->phase == IDBC_DELETE_HIDE)
		return hide(instance, user, req, err);
	return end(instance, user, req, err);
}

static int faulty(struct instance *instance, struct user *user, const struct idbc_delete_req *req,
		  const char *fault, struct idbc_error *err)
{
	int rc;

	if (!strcmp(fault, "down"))
		return say(instance, err, IDBC_UNAVAILABLE, "", IDBC_EFFECT_NONE);
	if (!strcmp(fault, "lost"))
		return say(instance, err, IDBC_UNAVAILABLE, "", IDBC_EFFECT_UNKNOWN);
	if (!strcmp(fault, "conflict"))
		return say(instance, err, IDBC_CONFLICT, "foreign_key", IDBC_EFFECT_NONE);
	if (!strcmp(fault, "busy"))
		return say(instance, err, IDBC_BUSY, "", IDBC_EFFECT_NONE);
	if (!strcmp(fault, "no"))
		return say(instance, err, IDBC_UNSUPPORTED, "", IDBC_EFFECT_NONE);
	rc = phase(instance, user, req, err);
	if (rc == IDBC_OK && !strcmp(fault, "done"))
		return say(instance, err, IDBC_UNAVAILABLE, "", IDBC_EFFECT_UNKNOWN);
	return rc;
}

static void wait_if_slow(const char *fault)
{
	const struct timespec moment = { 0, 300000000 }, late = { 1, 200000000 };

	if (!strcmp(fault, "slow"))
		nanosleep(&moment, NULL);
	else if (!strcmp(fault, "late"))
		nanosleep(&late, NULL);
}

static int delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	static const char *const names[] = { "now", "hide", "show", "finish", "take" };
	struct instance *instance = self;
	struct user *user = find_user(instance, &req->user_id);
	char fault[16];
	int rc;

	pthread_mutex_lock(&lock);
	next_fault(instance, names[req->phase], fault);
	pthread_mutex_unlock(&lock);
	wait_if_slow(fault);
	pthread_mutex_lock(&lock);
	rc = user ? faulty(instance, user, req, fault, err)
		  : say(instance, err, IDBC_NO_USER, "", IDBC_EFFECT_NONE);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
		  struct idbc_error *err)
{
	struct instance *instance = self;
	const struct idbc_delete_req *was = req->write;
	struct user *user = find_user(instance, &was->user_id);
	char fault[16];
	int applied = 0, rc = IDBC_OK;

	pthread_mutex_lock(&lock);
	next_fault(instance, "settle", fault);
	if (fault[0])
		rc = say(instance, err, IDBC_DATA, "", IDBC_EFFECT_NONE);
	if (was->phase == IDBC_DELETE_HIDE)
		applied = is_token(user, &was->token);
	else if (was->phase == IDBC_DELETE_TAKE)
		applied = is_token(user, &was->new_token);
	else if (was->phase == IDBC_DELETE_SHOW)
		applied = !user->deleting;
	else
		applied = (!user->there || user->kept) && !user->deleting;
	pthread_mutex_unlock(&lock);
	*effect = applied ? IDBC_EFFECT_APPLIED : IDBC_EFFECT_NONE;
	return rc;
}

/* --- reads ------------------------------------------------------------------------------------- */
static int intents(void *self, int64_t deadline_ns, struct idbc_sink *sink, struct idbc_error *err)
{
	struct instance *instance = self;
	int rc = 0;

	(void)deadline_ns;
	pthread_mutex_lock(&lock);
	for (int i = 1; !rc && i < USERS; i++) {
		const struct user *user = &instance->store->user[i];
		struct idbc_value flag = { IDBC_KIND_BOOL, 0, { .i64 = user->profile_store } };
		struct idbc_str token = { user->token, strlen(user->token) }, id;
		char text[16];

		if (!user->deleting || store_now(instance) < user->lease_ns)
			continue;
		id = (struct idbc_str){ text, (size_t)snprintf(text, sizeof(text), "%d", i) };
		rc = sink->row(sink, &id, &token) || sink->field(sink, "profile_store", &flag);
	}
	pthread_mutex_unlock(&lock);
	return rc ? say(instance, err, IDBC_DRIVER, "", IDBC_EFFECT_NONE) : IDBC_OK;
}

static int get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		    struct idbc_error *err)
{
	struct instance *instance = self;
	struct user *user = find_user(instance, &req->identifier);
	int there, hidden;

	pthread_mutex_lock(&lock);
	there = user && user->there;
	hidden = user && user->deleting;
	pthread_mutex_unlock(&lock);
	if (there && !hidden) {
		sink->row(sink, &req->identifier, &req->identifier);
		return IDBC_OK;
	}
	if (hidden)
		sink->passed_over(sink, IDBC_PASSED_HIDDEN);
	return say(instance, err, IDBC_NO_USER, "", IDBC_EFFECT_NONE);
}

static int login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	(void)req;
	(void)sink;
	return say(self, err, IDBC_NO_USER, "", IDBC_EFFECT_NONE);
}

/* --- the rest ------------------------------------------------------------------------------------ */
static int open_(const struct idbc_host *host, const struct idbc_settings *settings,
		 struct idbc_findings *findings, void **out, struct idbc_error *err)
{
	struct instance *instance = calloc(1, sizeof(*instance));
	const char *fails = getenv("HIDING_FAILS");
	struct idbc_str store;

	(void)findings;
	if (!instance)
		return host->fail(host, err, IDBC_NOMEM, NULL, "no memory");
	instance->host = host;
	host->setting_str(settings, "store", "one", &store);
	host->setting_i64(settings, "rate", 1, &instance->rate);
	host->setting_i64(settings, "keep", 0, &instance->keep);
	snprintf(instance->script, sizeof(instance->script), "%s", fails ? fails : "");
	instance->fails = instance->script;
	pthread_mutex_lock(&lock);
	instance->store = find_store(store.ptr);
	pthread_mutex_unlock(&lock);
	*out = instance;
	return IDBC_OK;
}

static int connect_(void *self, int64_t deadline_ns, void **out, struct idbc_error *err)
{
	(void)deadline_ns;
	(void)err;
	*out = self;
	return IDBC_OK;
}

static void nothing(void *session)
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
	.size = sizeof(ops), .login = login, .get_user = get_user, .delete_user = delete_user,
	.settle = settle, .intents = intents,
};
static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "hiding", .version = "1",
	.caps = IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTENTS,
	.open = open_, .close = free, .connect = connect_, .disconnect = nothing,
	.abandon = nothing, .ping = ping, .interrupt = nothing, .ops = &ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return &driver;
}
