/* skeleton.c - a driver to start from: users in memory, and every slot of the table.
 *
 * Read it from the bottom: entry, table, instance, session; then reads.c and writes.c.
 * users.c is the store, and the part to throw away.  <idbc/driver.h> is the contract,
 * idbc-driver(7) and docs/drivers.md the guide.
 * Threads: what begins with an instance is any thread's.  Lock: see skeleton.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "skeleton.h"

/* --- session: required -----------------------------------------------------------------------
 * What one thread needs to talk to the store: a socket, a handle.  The connector keeps a pool
 * of them, so no driver pools.  A store that is down or refuses us is IDBC_UNAVAILABLE.
 */
static int skeleton_connect(void *instance, int64_t deadline_ns, void **session,
			    struct idbc_error *err)
{
	struct instance *in = instance;
	struct session *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return in->host->fail(in->host, err, IDBC_NOMEM, "", "out of memory");
	s->instance = in;
	rc = in_time(s, deadline_ns, err);      /* and while it connects, where it has to wait */
	if (rc == IDBC_OK)
		*session = s;
	else
		free(s);
	return rc;
}

static void skeleton_disconnect(void *session)
{
	free(session);
}

/* After fork(), in the child: frees what is ours and sends no byte on what is the parent's. */
static void skeleton_abandon(void *session)
{
	free(session);
}

/* Is the store still at the other end?  Asked before a session that lay idle is used again. */
static int skeleton_ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	atomic_store(&((struct session *)session)->stop, 0);
	return in_time(session, deadline_ns, err);
}

/* The one slot that another thread may call, while an operation runs or while none does.  It
 * makes that operation return IDBC_TIMEOUT soon, and must not wait for anything itself. */
static void skeleton_interrupt(void *session)
{
	atomic_store(&((struct session *)session)->stop, 1);
}

/* --- instance: required ----------------------------------------------------------------------
 * open() reads the settings and reports every mistake it sees, not the first alone.  It does
 * not connect: a store that is down is no mistake of the configuration.
 */
static void read_rules(struct instance *in, const struct idbc_settings *settings)
{
	char key[64];

	for (uint32_t f = IDBC_BY_EMAIL; f < NFIELDS; f++) {
		snprintf(key, sizeof(key), "idbc.fold.%s", field_of[f]);
		in->host->setting_i64(settings, key, IDBC_FOLD_NONE, &in->fold[f]);
		snprintf(key, sizeof(key), "idbc.login.%s", field_of[f]);
		in->host->setting_bool(settings, key, f == IDBC_BY_EMAIL, &in->logs_in[f]);
		in->unique[f] = in->logs_in[f] || f == IDBC_BY_EMAIL;
	}
}

/* Users to begin with: "people": {"1": {"email": ..., "hash": ...}, "2": ...}.  1: one more
 * was there; 0: no more; -1: out of memory. */
static int read_person(struct instance *in, const struct idbc_settings *settings, int number)
{
	static const char *const names[] = { "email", "username", "name", "hash" };
	struct idbc_str id, text;
	struct user *user;
	char key[64];
	int given = 0, bad;

	snprintf(key, sizeof(key), "%d", number);
	id = (struct idbc_str){ key, strlen(key) };
	user = user_new(&id);
	bad = !user || users_make_room(&in->users);
	for (size_t i = 0; !bad && i < 4; i++) {
		struct idbc_value value = { .kind = IDBC_KIND_STR };

		snprintf(key, sizeof(key), "people.%d.%s", number, names[i]);
		if (in->host->setting_str(settings, key, NULL, &text) != 1)
			continue;
		given = 1;
		value.u.str = text;
		bad = fields_set(i < 3 ? &user->profile : &user->credential, names[i], &value);
	}
	if (!bad && given)
		users_insert(&in->users, user);
	else
		user_free(user);
	return bad ? -1 : given;
}

static int read_settings(struct instance *in, const struct idbc_settings *settings,
			 struct idbc_findings *findings, struct idbc_error *err)
{
	int more = 1;

	read_rules(in, settings);
	for (int number = 1; more == 1; number++)
		more = read_person(in, settings, number);
	if (more < 0)
		return in->host->fail(in->host, err, IDBC_NOMEM, "", "out of memory");
	/* An option that nobody asks for is reported by the connector, as is a wrong type. */
	in->host->setting_i64(settings, "max_users", 100000, &in->max_users);
	if (in->max_users >= 1 && in->max_users <= 1000000)
		return IDBC_OK;
	findings->add(findings, IDBC_ERROR, "bad-value", "options.max_users",
		      "expected a number from 1 to 1000000", "");
	return in->host->fail(in->host, err, IDBC_CONFIG, "bad-value", "max_users is out of range");
}

static void skeleton_close(void *instance)
{
	struct instance *in = instance;

	users_free(&in->users);
	pthread_cond_destroy(&in->turn);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

static struct instance *instance_new(const struct idbc_host *host)
{
	struct instance *in = calloc(1, sizeof(*in));
	pthread_condattr_t monotonic;

	if (!in)
		return NULL;
	in->host = host;
	pthread_mutex_init(&in->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);         /* as deadlines are */
	pthread_cond_init(&in->turn, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return in;
}

static int skeleton_open(const struct idbc_host *host, const struct idbc_settings *settings,
			 struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	struct instance *in = instance_new(host);
	int rc = in ? read_settings(in, settings, findings, err)
		    : host->fail(host, err, IDBC_NOMEM, "", "out of memory");

	if (rc == IDBC_OK)
		*instance = in;
	else if (in)
		skeleton_close(in);
	return rc;
}

/* --- the table -------------------------------------------------------------------------------
 * Constant, and all the state there is: two instances in one process know nothing of each
 * other.  `size` and `abi` say what this was compiled with; the connector takes what both have.
 */
/* Left out, and so NULL in the table: intents (deletes that survive a crash, with
 * IDBC_CAP_INTENTS), failed (a store that counts wrong passwords itself), check (a store
 * whose tables can disagree with the configuration) and settle (a store at the other end of a
 * wire, where the answer to a write can be lost: in memory there is no UNKNOWN to be asked of). */
static const struct idbc_ops ops = {
	.size = sizeof(ops),
	.login = skeleton_login, .get_user = skeleton_get_user, .create = skeleton_create,
	.verify = skeleton_verify, .change_password = skeleton_change_password,
	.delete_user = skeleton_delete_user, .change_email = skeleton_change_email,
	.proven = skeleton_proven, .list = skeleton_list,
};

static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "skeleton", .version = "1",
	.caps = IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT,
	.open = skeleton_open, .close = skeleton_close,
	.connect = skeleton_connect, .disconnect = skeleton_disconnect,
	.abandon = skeleton_abandon, .ping = skeleton_ping, .interrupt = skeleton_interrupt,
	.ops = &ops,
};

/* The one symbol.  NULL would refuse a host that is too old for us. */
const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host_abi;
	(void)host;
	return &driver;
}
