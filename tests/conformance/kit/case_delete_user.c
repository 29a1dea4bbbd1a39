/* tests/conformance/kit/case_delete_user.c - gone by every road and nobody else with him; or,
 * where the host does not agree, there as before.
 * Threads: the case's, and those it starts.
 */
#include "ops.h"

struct asked {
	unsigned times;
	int answer;
};

static int agree(void *ctx)
{
	struct asked *asked = ctx;

	asked->times++;
	return asked->answer;
}

static int removal(struct kit *k, void *s, struct idbc_str id, struct asked *asked,
		   struct idbc_error *err)
{
	struct kit_delete del = {
		.phase = IDBC_DELETE_NOW, .id = id, .agree = asked ? agree : NULL, .ctx = asked
	};
	int rc = kit_delete_as(k, s, &del, err);

	ops_skip_unmapped(k, rc, err);
	return rc;
}

static void want_gone_by(struct kit *k, void *s, const struct kit_user *user)
{
	struct idbc_error err;
	int rc = removal(k, s, user->id, NULL, &err);

	kit_want(k, rc, &err, IDBC_OK);
}

static void once(struct kit *k)
{
	void *s = kit_connect(k), *other = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	kit_ask(k, "delete_user, then all he was found by");
	want_gone_by(k, s, user);
	ops_want_gone(k, s, user);
	ops_want_gone(k, other, user);
	ops_want_out(k, user, user->password);
}

static void twice(struct kit *k)
{
	struct asked asked = { 0, 0 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct idbc_error err;

	want_gone_by(k, s, user);
	for (int i = 0; i < 2; i++) {
		kit_ask(k, "delete_user again");
		kit_want(k, removal(k, s, user->id, &asked, &err), &err, IDBC_NO_USER);
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	}
	KIT_WANT(k, asked.times == 0, "agree() was called for nobody");
}

static void unknown(struct kit *k)
{
	struct asked asked = { 0, 0 };
	void *s = kit_connect(k);
	struct idbc_error err;

	kit_ask(k, "delete_user of nobody");
	kit_want(k, removal(k, s, kit_nobody(k, IDBC_BY_USER_ID), &asked, &err), &err,
		 IDBC_NO_USER);
	kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	KIT_WANT(k, asked.times == 0, "agree() was called for nobody");
}

/* None of these is anybody's id, and none deletes more than nobody. */
static void hostile(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);
	struct idbc_str own = user->id;
	const char *near[] = { kit_textf(k, "%.*s%%", (int)own.len - 1, own.ptr),
		kit_textf(k, "%.*s*", (int)own.len - 1, own.ptr),
		kit_textf(k, "%.*s ", (int)own.len, own.ptr),
		kit_textf(k, "%.*s' OR '1'='1", (int)own.len, own.ptr),
		kit_textf(k, "%.*s OR 1=1", (int)own.len, own.ptr),
		kit_textf(k, "%.*sx", (int)own.len, own.ptr), "",
		kit_textf(k, "%.*s", (int)user->email.len, user->email.ptr),
		kit_textf(k, "%.*s", (int)user->username.len, user->username.ptr) };
	struct idbc_error err;
	static const int none[] = { IDBC_NO_USER, IDBC_INVALID, -1 };

	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		if (kit_same(kit_s(near[i]), own))
			continue;       /* a store whose ids are names */
		kit_ask(k, "delete_user of %s", near[i]);
		kit_want_any(k, removal(k, s, kit_s(near[i]), NULL, &err), &err, none);
	}
	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str name = kit_identifier(user, *by);

		if (kit_same(name, user->id))
			continue;
		kit_ask(k, "delete_user of what is no id but his %s", ops_field(*by));
		kit_want_any(k, removal(k, s, name, NULL, &err), &err, none);
	}
	for (size_t i = 0; ops_hostile[i]; i++) {
		kit_ask(k, "delete_user of %s", ops_hostile[i]);
		kit_want_any(k, removal(k, s, kit_s(ops_hostile[i]), NULL, &err), &err, none);
	}
	kit_want_same_row(k, ops_row(k, s, user), before);
}

/* Ids that begin alike, where the caller may choose them. */
static void prefix(struct kit *k)
{
	static const char *const tails[] = { "", "0", "00", "x", "|x", "-1", " 2" };
	struct kit_user *user[sizeof(tails) / sizeof(tails[0])];
	const char *id = kit_keep(k, kit_nobody(k, IDBC_BY_USERNAME).ptr,
				  kit_nobody(k, IDBC_BY_USERNAME).len);
	void *s = kit_connect(k);
	size_t n = 0;

	if (!kit_accepts(k, "user_id"))
		kit_skip(k, "the store makes its ids itself");
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct kit_rows rows;
		struct idbc_error err;

		user[n] = ops_draft(k, n ? user[0] : NULL);
		kit_user_set(k, user[n],
			     kit_field_str("user_id", kit_textf(k, "%s%s", id, tails[i])));
		kit_rows_init(k, &rows);
		if (kit_make_user(k, s, user[n], &rows, &err) == IDBC_OK)
			n++;
	}
	kit_ask(k, "delete_user of one whose id other ids begin with");
	want_gone_by(k, s, user[0]);
	ops_want_gone(k, s, user[0]);
	for (size_t i = 1; i < n; i++)
		ops_want_there(k, s, user[i]);
}

static void others_untouched(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *before = kit_user(k, s), *user = kit_user(k, s),
			      *after = kit_user(k, s);
	const struct kit_row *row_before = ops_row(k, s, before),
			     *row_after = ops_row(k, s, after);

	kit_ask(k, "delete_user of the second of three");
	want_gone_by(k, s, user);
	kit_want_same_row(k, ops_row(k, s, before), row_before);
	kit_want_same_row(k, ops_row(k, s, after), row_after);
	ops_want_in(k, before, before->password);
	ops_want_in(k, after, after->password);
}

/* His name is free, unless the store holds it: then it says so. */
static void name_free(struct kit *k)
{
	static const int any[] = { IDBC_OK, IDBC_EXISTS, IDBC_CONFLICT, -1 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_user *again = ops_draft(k, user);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	want_gone_by(k, s, user);
	for (size_t i = 0; i < user->nfields; i++)
		kit_user_set(k, again, user->fields[i]);
	kit_ask(k, "create of one who was deleted");
	kit_rows_init(k, &rows);
	rc = kit_make_user(k, s, again, &rows, &err);
	kit_want_any(k, rc, &err, any);
	if (rc == IDBC_OK) {
		ops_want_there(k, s, again);
		ops_want_in(k, again, again->password);
	} else {
		ops_want_gone(k, s, user);
	}
}

/* --- the host's word --------------------------------------------------------------------- */
static void agreed(struct kit *k)
{
	struct asked asked = { 0, 0 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct idbc_error err;

	kit_ask(k, "delete_user with an agree() that says yes");
	kit_want(k, removal(k, s, user->id, &asked, &err), &err, IDBC_OK);
	KIT_WANT(k, asked.times == 1, "agree() was called %u times", asked.times);
	ops_want_gone(k, s, user);
}

static void refused(struct kit *k)
{
	static const int answers[] = { 1, -1, 77, 32000 };
	void *s = kit_connect(k), *other = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);

	for (size_t i = 0; i < 4; i++) {
		struct asked asked = { 0, answers[i] };
		struct idbc_error err;
		int rc;

		kit_ask(k, "delete_user with an agree() that returns %d", answers[i]);
		rc = removal(k, s, user->id, &asked, &err);
		kit_want(k, rc, &err, IDBC_CANCELLED);
		KIT_WANT(k, asked.times == 1, "agree() was called %u times", asked.times);
		KIT_WANT(k, err.native == answers[i], "err->native %d", err.native);
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
		kit_ask(k, "the user, after a delete that was refused");
		kit_want_same_row(k, ops_row(k, s, user), before);
		kit_want_same_row(k, ops_row(k, other, user), before);
		ops_want_there(k, s, user);
	}
	ops_want_in(k, user, user->password);
}

static void through(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *id = kit_public_id(k, user->id);
	int rc;

	kit_ask(k, "delete_user through the connector, twice");
	rc = idbc_delete_user(kit_store(k), id, &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	ops_want_gone(k, s, user);
	kit_want(k, idbc_delete_user(kit_store(k), id, &err), &err, IDBC_NO_USER);
}

static void phases(struct kit *k)
{
	static const uint32_t others[] = { IDBC_DELETE_HIDE, IDBC_DELETE_SHOW,
					   IDBC_DELETE_FINISH, IDBC_DELETE_TAKE, 99 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);

	if (kit_caps(k) & IDBC_CAP_INTENTS)
		kit_skip(k, "the driver knows intents");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct kit_delete del = { .phase = others[i], .id = user->id,
			.token = kit_s("token-of-the-kit"), .new_token = kit_s("another-token"),
			.lease_ms = 1000 };
		struct idbc_error err;
		int rc;

		kit_ask(k, "delete_user, phase %u, without IDBC_CAP_INTENTS", others[i]);
		rc = kit_delete_as(k, s, &del, &err);
		if (others[i] != 99)
			kit_want(k, rc, &err, IDBC_UNSUPPORTED);
		else
			ops_want_refused(k, rc, &err);
		kit_want_same_row(k, ops_row(k, s, user), before);
	}
}

static int phase(struct kit *k, void *s, const struct kit_user *user, uint32_t which,
		 const char *token, struct idbc_error *err)
{
	struct kit_delete del = { .phase = which, .id = user->id, .token = kit_s(token),
				  .lease_ms = 60000 };

	return kit_delete_as(k, s, &del, err);
}

static void want_taken(struct kit *k, int rc, const struct idbc_error *err)
{
	kit_want(k, rc, err, IDBC_CONFLICT);
	kit_want_effect(k, err, IDBC_EFFECT_NONE);
}

/* A configuration may name no table of intents, and then has none. */
static void hide_first(struct kit *k, void *s, const struct kit_user *user, const char *token)
{
	struct idbc_error err;
	int rc;

	if (!(kit_caps(k) & IDBC_CAP_INTENTS))
		kit_skip(k, "the driver does not declare IDBC_CAP_INTENTS");
	kit_ask(k, "delete_user, phase HIDE: is he hidden?");
	rc = phase(k, s, user, IDBC_DELETE_HIDE, token, &err);
	if (rc == IDBC_UNSUPPORTED)
		kit_skip(k, "the configuration names no table of intents");
	kit_want(k, rc, &err, IDBC_OK);
	ops_want_gone(k, s, user);
}

/* Hidden, shown again as he was, and gone in the end; by the token of the intent alone. */
static void intents(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);
	struct idbc_error err;

	hide_first(k, s, user, "kit-token-1");
	kit_ask(k, "phase HIDE, phase NOW: somebody hid him already");
	kit_want(k, phase(k, s, user, IDBC_DELETE_HIDE, "kit-token-2", &err), &err, IDBC_NO_USER);
	kit_want(k, phase(k, s, user, IDBC_DELETE_NOW, "", &err), &err, IDBC_NO_USER);
	kit_ask(k, "phases SHOW and FINISH with another token");
	want_taken(k, phase(k, s, user, IDBC_DELETE_SHOW, "kit-token-2", &err), &err);
	want_taken(k, phase(k, s, user, IDBC_DELETE_FINISH, "kit-token-2", &err), &err);
	ops_want_gone(k, s, user);
	kit_ask(k, "phase SHOW: is he there as before?");
	kit_want(k, phase(k, s, user, IDBC_DELETE_SHOW, "kit-token-1", &err), &err, IDBC_OK);
	kit_want_same_row(k, ops_row(k, s, user), before);
	ops_want_in(k, user, user->password);
	want_taken(k, phase(k, s, user, IDBC_DELETE_SHOW, "kit-token-1", &err), &err);
	kit_ask(k, "phases HIDE and FINISH");
	kit_want(k, phase(k, s, user, IDBC_DELETE_HIDE, "kit-token-3", &err), &err, IDBC_OK);
	kit_want(k, phase(k, s, user, IDBC_DELETE_FINISH, "kit-token-3", &err), &err, IDBC_OK);
	ops_want_gone(k, s, user);
	want_taken(k, phase(k, s, user, IDBC_DELETE_FINISH, "kit-token-3", &err), &err);
}

static int take(struct kit *k, void *s, const struct kit_user *user, const char *from,
		const char *to, struct idbc_error *err)
{
	struct kit_delete del = { .phase = IDBC_DELETE_TAKE, .id = user->id, .token = kit_s(from),
				  .new_token = kit_s(to), .lease_ms = 60000 };

	return kit_delete_as(k, s, &del, err);
}

/* An intent is another's once its lease has ended, and nobody's but his from then on. */
static void leases(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_delete ended = { .phase = IDBC_DELETE_HIDE, .id = user->id,
				    .token = kit_s("kit-token-2"), .lease_ms = -1000 };
	struct idbc_error err;

	hide_first(k, s, user, "kit-token-1");
	kit_ask(k, "phase TAKE while the lease lasts");
	want_taken(k, take(k, s, user, "kit-token-1", "kit-token-9", &err), &err);
	kit_want(k, phase(k, s, user, IDBC_DELETE_SHOW, "kit-token-1", &err), &err, IDBC_OK);
	kit_ask(k, "phase HIDE with a lease that has ended, then TAKE");
	kit_want(k, kit_delete_as(k, s, &ended, &err), &err, IDBC_OK);
	want_taken(k, take(k, s, user, "kit-token-1", "kit-token-9", &err), &err);
	kit_want(k, take(k, s, user, "kit-token-2", "kit-token-3", &err), &err, IDBC_OK);
	kit_ask(k, "what names an intent by the token that it had");
	want_taken(k, phase(k, s, user, IDBC_DELETE_SHOW, "kit-token-2", &err), &err);
	want_taken(k, phase(k, s, user, IDBC_DELETE_FINISH, "kit-token-2", &err), &err);
	want_taken(k, take(k, s, user, "kit-token-2", "kit-token-4", &err), &err);
	ops_want_gone(k, s, user);
	kit_want(k, phase(k, s, user, IDBC_DELETE_FINISH, "kit-token-3", &err), &err, IDBC_OK);
	ops_want_gone(k, s, user);
}

/* --- at once ----------------------------------------------------------------------------- */
#define READERS 3
struct scene {
	void *session[READERS + 1];
	unsigned n;                     /* of them; the last one deletes */
	const struct kit_user *user;
	const struct kit_row *whole;
	_Atomic int done;
};

static void watch_him(struct kit *k, struct scene *scene, void **session)
{
	static const int any[] = { IDBC_OK, IDBC_NO_USER, IDBC_BUSY, IDBC_DENIED, -1 };
	struct kit_rows rows;
	struct idbc_error err;
	int last = 0;

	while (!last) {
		int rc;

		last = atomic_load(&scene->done);
		rc = ops_login(k, *session, IDBC_BY_LOGIN, scene->user->login,
			       scene->user->password, &rows, &err);
		kit_want_any(k, rc, &err, any);
		ops_renew(k, session, rc);
		if (rc != IDBC_OK)
			continue;
		ops_want_him(k, &rows, scene->user);
		kit_want_same_row(k, &rows.row[0], scene->whole);
		KIT_WANT(k, !kit_has(k, KIT_STORED) || rows.row[0].credentials == 1,
			 "a row without its credential");
	}
}

static void act(struct kit *k, unsigned number, void *ctx)
{
	struct scene *scene = ctx;
	struct idbc_error err;
	int rc;

	if (number < scene->n - 1) {
		watch_him(k, scene, &scene->session[number]);
		return;
	}
	do {
		rc = removal(k, scene->session[number], scene->user->id, NULL, &err);
		ops_renew(k, &scene->session[number], rc);
	} while (rc == IDBC_BUSY);
	atomic_store(&scene->done, 1);
	kit_want(k, rc, &err, IDBC_OK);
}

static void during_login(struct kit *k)
{
	struct scene scene;

	memset(&scene, 0, sizeof(scene));
	scene.n = kit_connect_up_to(k, READERS + 1, scene.session);
	for (int round = 0; round < 8; round++) {
		scene.user = kit_user(k, scene.session[0]);
		scene.whole = ops_row(k, scene.session[0], scene.user);
		atomic_store(&scene.done, 0);
		kit_ask(k, "logins while the user is deleted: all of him or nothing");
		kit_threads(k, scene.n, act, &scene);
		ops_want_gone(k, scene.session[0], scene.user);
	}
}

#define RIVALS 4
struct race {
	void *session[RIVALS];
	unsigned n;                     /* of them */
	struct idbc_str id;
	struct asked asked[RIVALS];
	int rc[RIVALS];
	struct idbc_error err[RIVALS];
};

static void race_one(struct kit *k, unsigned number, void *ctx)
{
	struct race *race = ctx;

	race->rc[number] = removal(k, race->session[number], race->id, &race->asked[number],
				   &race->err[number]);
	ops_renew(k, &race->session[number], race->rc[number]);
}

static void at_once(struct kit *k)
{
	static const int lost[] = { IDBC_NO_USER, IDBC_BUSY, -1 };
	struct race race;

	memset(&race, 0, sizeof(race));
	race.n = kit_connect_up_to(k, RIVALS, race.session);
	for (int round = 0; round < 6; round++) {
		const struct kit_user *user = kit_user(k, race.session[0]);
		unsigned winners = 0;

		race.id = user->id;
		memset(race.asked, 0, sizeof(race.asked));
		kit_ask(k, "%u deletes at once of one user", race.n);
		kit_threads(k, race.n, race_one, &race);
		for (size_t i = 0; i < race.n; i++) {
			if (race.rc[i] != IDBC_OK)
				kit_want_any(k, race.rc[i], &race.err[i], lost);
			KIT_WANT(k, race.rc[i] != IDBC_OK || race.asked[i].times == 1,
				 "agree() was called %u times", race.asked[i].times);
			winners += race.rc[i] == IDBC_OK;
		}
		KIT_WANT(k, winners == 1, "%u were told OK", winners);
		ops_want_gone(k, race.session[0], user);
	}
}

#define NEEDS (KIT_CREATE | KIT_DELETE)
const struct kit_case kit_delete_user_cases[] = {
	{ "delete_user.once", "gone by every identifier, on every session", NEEDS, once },
	{ "delete_user.twice", "a second delete is NO_USER, and agree() is not called", NEEDS, twice },
	{ "delete_user.unknown", "nobody is NO_USER, and agree() is not called", KIT_DELETE, unknown },
	{ "delete_user.hostile", "syntax, patterns and other names are ids that nobody has", NEEDS, hostile },
	{ "delete_user.prefix", "an id is compared whole", NEEDS, prefix },
	{ "delete_user.others_untouched", "takes nobody else along", NEEDS, others_untouched },
	{ "delete_user.name_free", "the name is free again, or said to be held", NEEDS, name_free },
	{ "delete_user.agreed", "agree() is called exactly once", NEEDS, agreed },
	{ "delete_user.refused", "agree() refuses: CANCELLED, and he is there as before", NEEDS,
	  refused },
	{ "delete_user.through", "through the connector, twice", NEEDS, through },
	{ "delete_user.phases", "other phases are UNSUPPORTED without intents", NEEDS, phases },
	{ "delete_user.intents", "with intents: hidden, shown as he was, or gone", NEEDS, intents },
	{ "delete_user.leases", "an intent is taken once its lease has ended", NEEDS, leases },
	{ "delete_user.during_login", "a login at the same time sees all of him or nothing", NEEDS,
	  during_login },
	{ "delete_user.at_once", "of several deletes at once exactly one is OK", NEEDS, at_once },
	{ NULL, NULL, 0, NULL },
};
