/* tests/conformance/kit/case_session.c - job: sessions: connected, alive, handed from thread to
 * thread, usable after every answer that leaves them whole, ended.
 * Threads: some cases start their own.
 */
#include <stdio.h>
#include "inside.h"
#include "world.h"

static void alive(struct kit *kit, void *session)
{
	struct idbc_error err;
	int rc = kit_ping(kit, session, &err);

	kit_want(kit, rc, &err, IDBC_OK);
}

static void connects(struct kit *kit)
{
	void *session;

	kit_ask(kit, "connect(), ping(), disconnect()");
	session = kit_connect(kit);
	alive(kit, session);
	kit_disconnect(kit, session);
}

static void pings(struct kit *kit)
{
	void *session = kit_connect(kit);

	kit_ask(kit, "ping() ten times");
	for (int i = 0; i < 10; i++)
		alive(kit, session);
	kit_disconnect(kit, session);
}

static void distinct(struct kit *kit)
{
	void *a = kit_connect(kit), *b = kit_connect(kit);

	kit_ask(kit, "two sessions at once");
	KIT_WANT(kit, a != b, "connect() gave the same session twice");
	kit_disconnect(kit, a);
	alive(kit, b);
	a = kit_connect(kit);
	kit_disconnect(kit, b);
	alive(kit, a);
	kit_disconnect(kit, a);
}

static void ends_in_any_order(struct kit *kit)
{
	static const int order[] = { 3, 0, 5, 1, 4, 2 };
	void *session[6];

	kit_ask(kit, "six sessions, ended in another order than they began");
	for (int i = 0; i < 6; i++)
		session[i] = kit_connect(kit);
	for (int i = 0; i < 6; i++) {
		alive(kit, session[order[i]]);
		kit_disconnect(kit, session[order[i]]);
	}
}

static void finds_users(struct kit *kit)
{
	void *session = kit_connect(kit), *other = kit_connect(kit);
	struct kit_user *user;

	kit_ask(kit, "a user made in one session, and found in another");
	user = kit_user(kit, session);
	kit_want_found(kit, session, IDBC_BY_LOGIN, user->login, user->id);
	kit_want_found(kit, other, IDBC_BY_LOGIN, user->login, user->id);
	kit_disconnect(kit, session);
	kit_want_found(kit, other, IDBC_BY_LOGIN, user->login, user->id);
	kit_disconnect(kit, other);
}

/* --- threads ------------------------------------------------------------------------------- */
static void use(struct kit *kit, void *session)
{
	const struct idbc_driver *table = kit_table(kit);
	void *instance = kit_instance(kit);
	struct kit_rows rows;
	struct idbc_error err;

	if (table->thread_begin && table->thread_begin(instance))
		kit_fail(kit, "a thread that may work", "thread_begin() refused");
	kit_rows_init(kit, &rows);
	kit_want(kit, kit_get_user(kit, session, IDBC_BY_LOGIN, kit_nobody(kit, 0), &rows, &err),
		 &err, IDBC_NO_USER);
	if (table->thread_end)
		table->thread_end(instance);
}

static void use_one(struct kit *kit, unsigned number, void *ctx)
{
	(void)number;
	use(kit, *(void **)ctx);
}

static void handed_on(struct kit *kit)
{
	void *session = kit_connect(kit);

	kit_ask(kit, "one session, used by eight threads one after the other");
	for (int i = 0; i < 8; i++)
		kit_threads(kit, 1, use_one, &session);
	use(kit, session);
	kit_disconnect(kit, session);
}

static void connect_one(struct kit *kit, unsigned number, void *ctx)
{
	const struct idbc_driver *table = kit_table(kit);
	void *instance = kit_instance(kit);

	if (table->thread_begin && table->thread_begin(instance))
		kit_fail(kit, "a thread that may work", "thread_begin() refused");
	((void **)ctx)[number] = kit_connect(kit);
	if (table->thread_end)
		table->thread_end(instance);
}

/* Begun in one thread, ended in another: pools do that. */
static void ended_elsewhere(struct kit *kit)
{
	void *session[4];

	kit_ask(kit, "sessions begun in four threads that end, used and ended in the first");
	kit_instance(kit);
	kit_threads(kit, 4, connect_one, session);
	for (int i = 0; i < 4; i++) {
		use(kit, session[i]);
		kit_disconnect(kit, session[i]);
	}
}

#define MANY 64
struct many {
	void *session[MANY];
	_Atomic unsigned next;
	pthread_mutex_t lock[MANY];
};

/* Each thread takes every session in turn, begun elsewhere; the lock is the pool's. */
static void use_many(struct kit *kit, unsigned number, void *ctx)
{
	struct many *many = ctx;

	for (unsigned i = 0; i < MANY; i++) {
		unsigned at = (i * 7 + number * 11) % MANY;

		pthread_mutex_lock(&many->lock[at]);
		use(kit, many->session[at]);
		pthread_mutex_unlock(&many->lock[at]);
	}
}

static void connect_many(struct kit *kit, unsigned number, void *ctx)
{
	struct many *many = ctx;

	for (unsigned i = number; i < MANY; i += 8)
		connect_one(kit, i, many->session);
}

/* A store may let in fewer: the contract does not promise it 64 places. */
static void enough_places(struct kit *kit)
{
	void *session[MANY];
	struct idbc_error err;
	unsigned n = 0;

	while (n < MANY && kit_try_connect(kit, &session[n], &err) == IDBC_OK)
		n++;
	for (unsigned i = 0; i < n; i++)
		kit_disconnect(kit, session[i]);
	if (n < MANY)
		kit_skip(kit, "the store lets in %u sessions at once: %s", n, err.text);
}

static void many(struct kit *kit)
{
	struct many *all = kit_keep(kit, NULL, sizeof(*all));

	kit_ask(kit, "64 sessions in 8 threads, each used by all");
	enough_places(kit);
	for (unsigned i = 0; i < MANY; i++)
		pthread_mutex_init(&all->lock[i], NULL);
	kit_threads(kit, 8, connect_many, all);
	for (unsigned i = 0; i < MANY; i++)
		for (unsigned j = 0; j < i; j++)
			KIT_WANT(kit, all->session[i] != all->session[j],
				 "sessions %u and %u are one", i, j);
	kit_threads(kit, 8, use_many, all);
	for (unsigned i = 0; i < MANY; i++)
		kit_disconnect(kit, all->session[i]);
}

/* --- threads with little, requests with more --------------------------------------------------- */
#define LITTLE_STACK (160u << 10)       /* docs/hosts.md: 128 KiB, and what the kit needs */

struct little { struct kit *kit; void *session; };

static void *use_and_end(void *ctx)
{
	struct little *little = ctx;

	use(little->kit, little->session);
	return NULL;
}

static void little_stack(struct kit *kit)
{
	struct little little = { kit, NULL };
	pthread_attr_t attr;
	pthread_t thread;

	if (world_sanitized())
		kit_skip(kit, "built with a sanitizer, whose frames are larger");
	kit_ask(kit, "get_user() in a thread with a stack of %u KiB", LITTLE_STACK >> 10);
	little.session = kit_connect(kit);
	use(kit, little.session);
	if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, LITTLE_STACK) ||
	    pthread_create(&thread, &attr, use_and_end, &little))
		kit_fail(kit, "a thread", "none to be had");
	pthread_join(thread, NULL);
	kit_disconnect(kit, little.session);
}

#define LONG_LIFE 300

/* A pool keeps a session for thousands of calls: none of them is the last. */
static void long_life(struct kit *kit)
{
	void *session = kit_connect(kit);
	const struct kit_user *user = kit_user(kit, session);

	kit_ask(kit, "one session, asked %d times for a user and for nobody", LONG_LIFE);
	for (int i = 0; i < LONG_LIFE; i++) {
		kit_want_found(kit, session, IDBC_BY_LOGIN, user->login, user->id);
		kit_want_nobody(kit, session, IDBC_BY_LOGIN, kit_nobody(kit, IDBC_BY_LOGIN));
	}
	alive(kit, session);
	kit_disconnect(kit, session);
}

/* A later connector's requests are longer; what is in them beyond is none of a driver's. */
static void longer_requests(struct kit *kit)
{
	void *session = kit_connect(kit);
	struct kit_rows rows;
	struct kit_user *user;
	struct idbc_error err;

	kit->longer = 64;
	kit_ask(kit, "requests that are longer by 64 bytes, as of a later connector");
	user = kit_user(kit, session);
	kit_want_found(kit, session, IDBC_BY_LOGIN, user->login, user->id);
	kit_rows_init(kit, &rows);
	kit_want(kit, kit_login(kit, session, IDBC_BY_LOGIN, user->login,
				kit_caps(kit) & IDBC_CAP_DECIDES ? user->password : kit_s(NULL),
				&rows, &err), &err, IDBC_OK);
	session = kit_tour(kit, session);
	kit->longer = 0;
	kit_disconnect(kit, session);
}

/* --- after an answer ------------------------------------------------------------------------- */
struct answered {
	struct kit *kit;
	void *session, *other;
	struct kit_user *user;
	struct kit_rows rows;
	struct idbc_error err;
};

static void begin(struct kit *kit, struct answered *a)
{
	memset(a, 0, sizeof(*a));
	a->kit = kit;
	a->session = kit_connect(kit);
	a->other = kit_connect(kit);
	a->user = kit_user(kit, a->session);
	kit_rows_init(kit, &a->rows);
}

/* The session works, has no rows pending, and another one is kept from nothing. */
static void still_whole(struct answered *a)
{
	struct kit *kit = a->kit;
	struct kit_parts made = { a->user->parts, a->user->nparts }, none = { NULL, 0 };
	int rc;

	kit_want_found(kit, a->session, IDBC_BY_LOGIN, a->user->login, a->user->id);
	kit_want_found(kit, a->other, IDBC_BY_LOGIN, a->user->login, a->user->id);
	if (kit_has(kit, KIT_PASSWORD) && !a->user->existing) {
		kit_ask(kit, "change the password in another session, which a lock would keep out");
		rc = kit_change_password(kit, a->other, IDBC_BY_USER_ID, a->user->id, made, none,
					 &a->err);
		kit_want(kit, rc, &a->err, IDBC_OK);
	}
	kit_disconnect(kit, a->session);
	kit_disconnect(kit, a->other);
}

static void after_no_user(struct kit *kit)
{
	struct answered a;

	begin(kit, &a);
	kit_ask(kit, "go on after NO_USER");
	for (const uint32_t *by = kit_kinds(kit, NULL); *by != KIT_NO_KIND; by++)
		kit_want_nobody(kit, a.session, *by, kit_nobody(kit, *by));
	still_whole(&a);
}

static void after_exists(struct kit *kit)
{
	struct answered a;
	int rc;

	begin(kit, &a);
	kit_ask(kit, "go on after EXISTS");
	rc = kit_create(kit, a.session, a.user->fields, a.user->nfields, a.user->parts,
			a.user->nparts, &a.rows, &a.err);
	kit_want(kit, rc, &a.err, IDBC_EXISTS);
	still_whole(&a);
}

static int disagree(void *ctx)
{
	(void)ctx;
	return 5;
}

static void after_cancelled(struct kit *kit)
{
	struct kit_delete how = { .phase = IDBC_DELETE_NOW, .agree = disagree };
	struct answered a;
	int rc;

	begin(kit, &a);
	how.id = a.user->id;
	kit_ask(kit, "go on after CANCELLED");
	rc = kit_delete_as(kit, a.session, &how, &a.err);
	kit_want(kit, rc, &a.err, IDBC_CANCELLED);
	still_whole(&a);
}

static void after_refusal_of_class_2(struct kit *kit)
{
	static const int wanted[] = { IDBC_INVALID, IDBC_UNSUPPORTED, -1 };
	struct kit_user *draft;
	struct answered a;
	int rc;

	begin(kit, &a);
	kit_ask(kit, "go on after INVALID or UNSUPPORTED: create with a field that nobody maps");
	draft = kit_draft(kit);
	kit_user_set(kit, draft, kit_field_str("zz_kit_no_such_field", "x"));
	rc = kit_make_user(kit, a.session, draft, &a.rows, &a.err);
	if (rc == IDBC_OK)
		kit_skip(kit, "the store takes any field");
	kit_want_any(kit, rc, &a.err, wanted);
	still_whole(&a);
}

static const struct idbc_str none_str = { NULL, 0 };

/* Nobody to change: each write is tried, and another session is not kept from its own. */
static void after_no_write(struct kit *kit)
{
	struct kit_parts none = { NULL, 0 };
	struct answered a;

	begin(kit, &a);
	kit_ask(kit, "go on after writes that found nobody");
	if (kit_has(kit, KIT_VERIFY))
		kit_verify(kit, a.session, IDBC_BY_USER_ID, kit_s("zz.kit.nobody"), none_str, &a.err);
	if (kit_has(kit, KIT_PASSWORD))
		kit_change_password(kit, a.session, IDBC_BY_USER_ID, kit_s("zz.kit.nobody"),
				    (struct kit_parts){ a.user->parts, a.user->nparts }, none,
				    &a.err);
	if (kit_has(kit, KIT_CHANGE_EMAIL) && a.user->email.len) {
		kit_change_email(kit, a.session, IDBC_BY_USER_ID, kit_s("zz.kit.nobody"),
				 kit_nobody(kit, IDBC_BY_EMAIL), 0, &a.err);
	}
	if (kit_has(kit, KIT_DELETE))
		kit_delete(kit, a.session, kit_s("zz.kit.nobody"), &a.err);
	still_whole(&a);
}

/* An address that is taken, and the same question: is another session kept out? */
static void after_taken(struct kit *kit)
{
	struct kit_user *other;
	struct answered a;

	begin(kit, &a);
	other = kit_user(kit, a.session);
	kit_ask(kit, "go on after change_email to an address that another one has");
	kit_change_email(kit, a.session, IDBC_BY_USER_ID, other->id, a.user->email, 0, &a.err);
	still_whole(&a);
}

/* A write that went well leaves no transaction open: others see it at once. */
static void after_ok(struct kit *kit)
{
	struct answered a;

	begin(kit, &a);
	kit_ask(kit, "go on after OK: in the other session at once");
	kit_want_found(kit, a.other, IDBC_BY_USER_ID, a.user->id, a.user->id);
	still_whole(&a);
}

const struct kit_case kit_session_cases[] = {
	{ "session.connects", "connect() gives a session that is alive", 0, connects },
	{ "session.pings", "ping() says OK as long as the session is there", 0, pings },
	{ "session.distinct", "each connect() gives a session of its own", 0, distinct },
	{ "session.any_order", "sessions end in any order", 0, ends_in_any_order },
	{ "session.sees", "what one session wrote another one sees", KIT_USER, finds_users },
	{ "session.handed_on", "a session may be used by one thread after the other", 0, handed_on },
	{ "session.ended_elsewhere", "a session outlives the thread that connected it", 0,
	  ended_elsewhere },
	{ "session.64_in_8_threads", "64 sessions work in 8 threads", 0, many },
	{ "session.little_stack", "a thread with 128 KiB of stack has enough of it", 0,
	  little_stack },
	{ "session.long_life", "the hundredth answer is as right as the first", KIT_USER,
	  long_life },
	{ "session.longer_requests", "what a later connector appends to a request changes nothing",
	  KIT_USER, longer_requests },
	{ "session.after_ok", "after OK no transaction is open", KIT_USER, after_ok },
	{ "session.after_no_user", "after NO_USER a session is used again", KIT_USER,
	  after_no_user },
	{ "session.after_no_write", "after a write that found nobody no transaction is open",
	  KIT_CREATE | KIT_WRITES, after_no_write },
	{ "session.after_taken", "after an address that is taken no transaction is open",
	  KIT_CREATE | KIT_CHANGE_EMAIL | KIT_EMAIL, after_taken },
	{ "session.after_exists", "after EXISTS a session is used again", KIT_CREATE,
	  after_exists },
	{ "session.after_invalid", "after a status of class 2 a session is used again", KIT_CREATE,
	  after_refusal_of_class_2 },
	{ "session.after_cancelled", "after CANCELLED a session is used again",
	  KIT_CREATE | KIT_DELETE, after_cancelled },
	{ NULL, NULL, 0, NULL },
};
