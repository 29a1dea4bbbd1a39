/* tests/conformance/kit/case_settle.c - what became of a write whose answer was lost: settle()
 * tells it of writes that were done, that never were, and that are still going on.  UNKNOWN
 * is right wherever it cannot be told; a case that hears nothing else is skipped.
 * Threads: some cases start their own, a session each.
 */
#include <unistd.h>
#include "ops.h"

#define HOLD_MS    700
#define SOON_NS    INT64_C(2000000000)
#define LIMIT_MS   400

static const uint32_t every_kind[] = { IDBC_SETTLE_CREATE, IDBC_SETTLE_VERIFY,
	IDBC_SETTLE_CHANGE_PASSWORD, IDBC_SETTLE_DELETE_USER, IDBC_SETTLE_CHANGE_EMAIL };
#define KINDS (sizeof(every_kind) / sizeof(every_kind[0]))

static const char *name_of(uint32_t kind)
{
	static const char *const names[] = { "", "create", "verify", "change_password",
					     "delete_user", "change_email" };

	return names[kind];
}

static int does(struct kit *k, uint32_t kind)
{
	static const uint32_t needs[] = { 0, KIT_CREATE, KIT_VERIFY | KIT_EMAIL, KIT_PASSWORD,
					  KIT_DELETE, KIT_CHANGE_EMAIL | KIT_EMAIL };

	return kit_has(k, needs[kind]);
}

/* --- a write and whom it is about ---------------------------------------------------------- */
struct sent {
	struct kit_user *user;
	struct kit_write w;
	const struct kit_row *before;           /* not of create */
	struct kit_parts stored;
	unsigned agreed;                        /* how often agree() was called */
};

static int agree(void *ctx)
{
	((struct sent *)ctx)->agreed++;
	return 0;
}

static struct kit_user *somebody(struct kit *k, void *s)
{
	struct kit_user *user = ops_draft(k, NULL);
	struct kit_rows rows;
	struct idbc_error err;

	if (ops_tells_verified(k, s))
		kit_user_set(k, user, kit_field_i64("email_verified", IDBC_KIND_BOOL, 0));
	kit_rows_init(k, &rows);
	kit_want(k, kit_make_user(k, s, user, &rows, &err), &err, IDBC_OK);
	return user;
}

static struct sent *draft(struct kit *k, void *s, uint32_t kind)
{
	struct sent *sent = kit_keep(k, NULL, sizeof(*sent));
	const struct kit_user *other = ops_draft(k, NULL);
	struct kit_user *user = kind == IDBC_SETTLE_CREATE ? ops_draft(k, NULL) : somebody(k, s);

	sent->user = user;
	sent->w = (struct kit_write){ .kind = kind, .by = IDBC_BY_USER_ID, .identifier = user->id,
		.known = user->id, .agree = agree, .ctx = sent };
	if (kind == IDBC_SETTLE_CREATE) {
		sent->w.fields = user->fields;
		sent->w.nfields = user->nfields;
		sent->w.credential = (struct kit_parts){ user->parts, user->nparts };
		return sent;
	}
	sent->w.credential = (struct kit_parts){ other->parts, other->nparts };
	sent->w.email = kind == IDBC_SETTLE_VERIFY ? user->email : kit_nobody(k, IDBC_BY_EMAIL);
	sent->before = ops_row(k, s, user);
	sent->stored = ops_stored(k, s, user);
	return sent;
}

/* 0: the store does not do this. */
static int is_done(struct kit *k, void *s, struct sent *sent)
{
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_ask(k, "%s", name_of(sent->w.kind));
	kit_rows_init(k, &rows);
	rc = kit_write(k, s, &sent->w, &rows, &err);
	if (rc == IDBC_UNSUPPORTED)
		return 0;
	kit_want(k, rc, &err, IDBC_OK);
	if (sent->w.kind == IDBC_SETTLE_CREATE)
		sent->user->id = sent->w.known = rows.row[0].id;
	return 1;
}

static uint32_t asked(struct kit *k, void *s, const struct kit_write *w)
{
	uint32_t effect;
	struct idbc_error err;

	kit_want(k, kit_settle(k, s, w, &effect, &err), &err, IDBC_OK);
	KIT_WANT(k, effect <= IDBC_EFFECT_UNKNOWN, "effect %u", effect);
	return effect;
}

/* --- done --------------------------------------------------------------------------------- */
static void want_done(struct kit *k, void *s, const struct kit_write *w, unsigned *told)
{
	uint32_t effect = asked(k, s, w);

	if (effect == IDBC_EFFECT_NONE)
		kit_fail(k, "APPLIED, or UNKNOWN", "NONE of a write that was done");
	*told += effect == IDBC_EFFECT_APPLIED;
}

/* Also where nobody knew the user id: by what the caller had. */
static void ask_by_names(struct kit *k, void *s, const struct sent *sent, unsigned *told)
{
	struct kit_write w = sent->w;

	for (const uint32_t *by = kit_kinds(k, sent->user); *by != KIT_NO_KIND; by++) {
		w.by = *by;
		w.identifier = kit_identifier(sent->user, w.by);
		w.known = (struct idbc_str){ NULL, 0 };
		kit_ask(k, "settle() of a %s that was done, by %s", name_of(w.kind),
			ops_field(w.by));
		want_done(k, s, &w, told);
	}
}

static void done(struct kit *k, uint32_t kind)
{
	void *s = kit_connect(k), *other = kit_connect(k);
	struct sent *sent = draft(k, s, kind);
	unsigned told = 0;

	if (!is_done(k, s, sent))
		kit_skip(k, "the store does not do this");
	sent->agreed = 0;
	kit_ask(k, "settle() of a %s that was done", name_of(kind));
	want_done(k, other, &sent->w, &told);
	if (kind == IDBC_SETTLE_CREATE) {
		sent->w.known = (struct idbc_str){ NULL, 0 };
		want_done(k, other, &sent->w, &told);
	} else if (kind != IDBC_SETTLE_DELETE_USER) {
		ask_by_names(k, other, sent, &told);
	}
	KIT_WANT(k, !sent->agreed, "agree() was called %u times by settle()", sent->agreed);
	if (!told)
		kit_skip(k, "settle() says UNKNOWN");
}

static void done_create(struct kit *k) { done(k, IDBC_SETTLE_CREATE); }
static void done_verify(struct kit *k) { done(k, IDBC_SETTLE_VERIFY); }
static void done_password(struct kit *k) { done(k, IDBC_SETTLE_CHANGE_PASSWORD); }
static void done_delete(struct kit *k) { done(k, IDBC_SETTLE_DELETE_USER); }
static void done_email(struct kit *k) { done(k, IDBC_SETTLE_CHANGE_EMAIL); }

/* --- not done ------------------------------------------------------------------------------- */
static void want_not_done(struct kit *k, void *s, const struct kit_write *w, unsigned *told)
{
	uint32_t effect = asked(k, s, w);

	if (effect == IDBC_EFFECT_APPLIED)
		kit_fail(k, "NONE, or UNKNOWN", "APPLIED of a write that was not done");
	*told += effect == IDBC_EFFECT_NONE;
}

/* A store that cannot tell who is verified holds every verify for done. */
static int can_differ(struct kit *k, void *s, uint32_t kind)
{
	return does(k, kind) && (kind != IDBC_SETTLE_VERIFY || ops_tells_verified(k, s));
}

static void never_sent(struct kit *k)
{
	void *s = kit_connect(k), *other = kit_connect(k);
	unsigned told = 0;

	for (size_t i = 0; i < KINDS; i++) {
		struct sent *sent;

		if (!can_differ(k, s, every_kind[i]))
			continue;
		sent = draft(k, s, every_kind[i]);
		if (every_kind[i] == IDBC_SETTLE_CREATE)
			sent->w.known = kit_nobody(k, IDBC_BY_USER_ID);
		kit_ask(k, "settle() of a %s that was never sent", name_of(every_kind[i]));
		want_not_done(k, other, &sent->w, &told);
	}
	if (!told)
		kit_skip(k, "settle() says UNKNOWN");
}

static int disagree(void *ctx)
{
	((struct sent *)ctx)->agreed++;
	return 7;
}

static void refused(struct kit *k)
{
	void *s = kit_connect(k), *other = kit_connect(k);
	struct sent *create = draft(k, s, IDBC_SETTLE_CREATE);
	struct kit_rows rows;
	struct idbc_error err;
	unsigned told = 0;
	int rc;

	if (kit_has(k, KIT_DELETE)) {
		struct sent *removal = draft(k, s, IDBC_SETTLE_DELETE_USER);

		removal->w.agree = disagree;
		kit_ask(k, "delete_user that agree() refuses, then settle()");
		rc = kit_write(k, s, &removal->w, &rows, &err);
		kit_want(k, rc, &err, IDBC_CANCELLED);
		want_not_done(k, other, &removal->w, &told);
		KIT_WANT(k, removal->agreed == 1, "agree() was called by settle()");
	}
	kit_ask(k, "create into a sink that refuses a field, then settle()");
	kit_rows_init(k, &rows);
	rows.refuse = KIT_REFUSE_FIELD;
	kit_want(k, kit_write(k, s, &create->w, &rows, &err), &err, IDBC_DRIVER);
	kit_disconnect(k, s);
	if (rows.n)
		create->w.known = rows.row[0].id;
	want_not_done(k, other, &create->w, &told);
	if (!told)
		kit_skip(k, "settle() says UNKNOWN");
}

/* --- it only looks ---------------------------------------------------------------------------- */
static void want_untouched(struct kit *k, void *s, const struct sent *sent)
{
	struct kit_parts now;

	if (!sent->before) {
		kit_want_nobody(k, s, IDBC_BY_LOGIN, sent->user->login);
		return;
	}
	kit_want_same_row(k, ops_row(k, s, sent->user), sent->before);
	now = ops_stored(k, s, sent->user);
	KIT_WANT(k, now.n == sent->stored.n, "%zu parts of a credential", now.n);
	for (size_t i = 0; i < now.n; i++)
		KIT_WANT(k, kit_value_same(&now.parts[i].value, &sent->stored.parts[i].value),
			 "another credential");
}

/* The session that asked stays; what it may have locked is asked for by another. */
static void only_looks(struct kit *k)
{
	void *s = kit_connect(k), *other = kit_connect(k);

	for (size_t i = 0; i < KINDS; i++) {
		struct sent *sent;

		if (!does(k, every_kind[i]))
			continue;
		sent = draft(k, s, every_kind[i]);
		kit_ask(k, "settle() of a %s that was never sent, twice", name_of(every_kind[i]));
		asked(k, other, &sent->w);
		asked(k, other, &sent->w);
		KIT_WANT(k, !sent->agreed, "agree() was called %u times by settle()", sent->agreed);
		kit_ask(k, "after settle(): what is stored");
		want_untouched(k, s, sent);
		kit_deadline(k, 3000);
		is_done(k, s, sent);
		kit_deadline(k, 0);
	}
}

static void unknown_kind(struct kit *k)
{
	static const uint32_t kinds[] = { 0, 6, 7, 255, UINT32_MAX };
	static const int wanted[] = { IDBC_OK, IDBC_UNSUPPORTED, -1 };
	void *s = kit_connect(k);
	struct sent *sent = draft(k, s, IDBC_SETTLE_DELETE_USER);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct kit_write w = { .kind = kinds[i], .known = sent->user->id };
		uint32_t effect;
		struct idbc_error err;
		int rc;

		kit_ask(k, "settle() of a kind that a later connector may have, %u", kinds[i]);
		rc = kit_settle(k, s, &w, &effect, &err);
		kit_want_any(k, rc, &err, wanted);
		KIT_WANT(k, effect == IDBC_EFFECT_UNKNOWN, "effect %u", effect);
	}
	want_untouched(k, s, sent);
}

/* --- while the write goes on ------------------------------------------------------------------ */
struct scene {
	struct kit_rows rows;           /* first: create's sink, which holds it open */
	int (*row)(struct idbc_sink *, const struct idbc_str *, const struct idbc_str *);
	struct kit_write w;
	void *holder, *asker;
	int ends;                       /* what agree() says at last */
	int64_t hold_ms, begun_ns, released_ns, answered_ns;
	_Atomic int held, asking, answered;
	int rc, wrote;
	uint32_t effect;
	struct idbc_error err, write_err;
};

/* What was written is not committed while this runs. */
static int hold(void *ctx)
{
	struct scene *scene = ctx;

	atomic_store(&scene->held, 1);
	while (!atomic_load(&scene->asking))
		usleep(1000);
	for (int64_t ms = 0; ms < scene->hold_ms && !atomic_load(&scene->answered); ms += 10)
		usleep(10000);
	scene->released_ns = kit_now_ns();
	return scene->ends;
}

static int hold_row(struct idbc_sink *sink, const struct idbc_str *id,
		    const struct idbc_str *matched)
{
	struct scene *scene = (struct scene *)sink;
	int rc = scene->row(sink, id, matched);

	if (!rc) {
		scene->w.known = scene->rows.row[0].id;
		hold(scene);
	}
	return rc;
}

static void ask_meanwhile(struct kit *k, struct scene *scene)
{
	while (!atomic_load(&scene->held))
		usleep(1000);
	scene->begun_ns = kit_now_ns();
	atomic_store(&scene->asking, 1);
	scene->rc = kit_settle(k, scene->asker, &scene->w, &scene->effect, &scene->err);
	scene->answered_ns = kit_now_ns();
	atomic_store(&scene->answered, 1);
}

/* As the connector does at a deadline, until the call has ended. */
static void interrupt_it(struct kit *k, struct scene *scene)
{
	while (!atomic_load(&scene->asking))
		usleep(1000);
	usleep(LIMIT_MS * 1000);
	while (kit_has(k, KIT_INTERRUPT) && !atomic_load(&scene->answered)) {
		kit_table(k)->interrupt(scene->asker);
		usleep(20000);
	}
}

static void play(struct kit *k, unsigned number, void *ctx)
{
	struct scene *scene = ctx;

	if (number == 0) {
		scene->wrote = kit_write(k, scene->holder, &scene->w, &scene->rows,
					 &scene->write_err);
		/* One that ended before anybody could hold it. */
		atomic_store(&scene->held, 1);
	} else if (number == 1) {
		ask_meanwhile(k, scene);
	} else {
		interrupt_it(k, scene);
	}
}

static struct scene *scene_of(struct kit *k, uint32_t kind, int ends)
{
	struct scene *scene = kit_keep(k, NULL, sizeof(*scene));

	scene->holder = kit_connect(k);
	scene->asker = kit_connect(k);
	scene->w = draft(k, scene->holder, kind)->w;
	scene->w.agree = hold;
	scene->w.ctx = scene;
	scene->ends = ends;
	scene->hold_ms = HOLD_MS;
	kit_rows_init(k, &scene->rows);
	scene->row = scene->rows.sink.row;
	if (kind == IDBC_SETTLE_CREATE)
		scene->rows.sink.row = hold_row;
	return scene;
}

/* What settle() may say once the write has ended as it did; `told` or not known yet. */
static void want_true(struct kit *k, const struct scene *scene)
{
	uint32_t wrong = scene->ends ? IDBC_EFFECT_APPLIED : IDBC_EFFECT_NONE;

	if (scene->rc != IDBC_OK || scene->effect == IDBC_EFFECT_UNKNOWN)
		return;
	if (scene->answered_ns < scene->released_ns)
		kit_fail(k, "settle() that waits for the write", "effect %u while it was going on",
			 scene->effect);
	KIT_WANT(k, scene->effect != wrong, "effect %u", wrong);
}

static void waits(struct kit *k, uint32_t kind, int ends)
{
	struct scene *scene = scene_of(k, kind, ends);
	void *s;
	unsigned told = 0;

	kit_ask(k, "settle() while another session is in the midst of the %s, which then %s",
		name_of(kind), ends ? "is refused" : "is done");
	kit_threads(k, 2, play, scene);
	if (scene->wrote == IDBC_UNSUPPORTED)
		kit_skip(k, "the store does not do this");
	kit_want(k, scene->wrote, &scene->write_err, ends ? IDBC_CANCELLED : IDBC_OK);
	want_true(k, scene);
	ops_renew(k, &scene->asker, scene->rc);
	s = kit_connect(k);
	kit_ask(k, "settle() after that");
	(ends ? want_not_done : want_done)(k, s, &scene->w, &told);
}

static void waits_delete(struct kit *k) { waits(k, IDBC_SETTLE_DELETE_USER, 0); }
static void waits_refused(struct kit *k) { waits(k, IDBC_SETTLE_DELETE_USER, 7); }
static void waits_create(struct kit *k) { waits(k, IDBC_SETTLE_CREATE, 0); }

static void in_time(struct kit *k)
{
	struct scene *scene = scene_of(k, IDBC_SETTLE_DELETE_USER, 7);
	int64_t took_ns;

	scene->hold_ms = 6000;
	kit_ask(k, "settle() with %d ms, while another session is in the midst of the delete_user",
		LIMIT_MS);
	kit_deadline(k, LIMIT_MS);
	kit_threads(k, 3, play, scene);
	kit_deadline(k, 0);
	took_ns = scene->answered_ns - scene->begun_ns;
	KIT_WANT(k, took_ns < LIMIT_MS * INT64_C(1000000) + SOON_NS, "it took %lld ms",
		 (long long)took_ns / 1000000);
	want_true(k, scene);
	kit_disconnect(k, scene->asker);
}

#define NEEDS (KIT_SETTLE | KIT_CREATE)
const struct kit_case kit_settle_cases[] = {
	{ "settle.create", "of a create that was done: APPLIED, never NONE", NEEDS, done_create },
	{ "settle.verify", "of a verify that was done: APPLIED, never NONE",
	  NEEDS | KIT_VERIFY | KIT_EMAIL, done_verify },
	{ "settle.change_password", "of a change_password that was done: APPLIED, never NONE",
	  NEEDS | KIT_PASSWORD, done_password },
	{ "settle.delete_user", "of a delete_user that was done: APPLIED, never NONE",
	  NEEDS | KIT_DELETE, done_delete },
	{ "settle.change_email", "of a change_email that was done: APPLIED, never NONE",
	  NEEDS | KIT_CHANGE_EMAIL | KIT_EMAIL, done_email },
	{ "settle.never_sent", "of what was never sent: NONE, never APPLIED", NEEDS, never_sent },
	{ "settle.refused", "of what was refused: NONE, never APPLIED", NEEDS, refused },
	{ "settle.only_looks", "changes nothing, calls no agree(), leaves no lock", NEEDS, only_looks },
	{ "settle.unknown_kind", "of a kind that it does not know: UNKNOWN or UNSUPPORTED",
	  NEEDS | KIT_DELETE, unknown_kind },
	{ "settle.waits", "says nothing of a write that is going on until it is over",
	  NEEDS | KIT_DELETE | KIT_TRANSACTIONS, waits_delete },
	{ "settle.waits_refused", "the same of one that is refused at last",
	  NEEDS | KIT_DELETE | KIT_TRANSACTIONS, waits_refused },
	{ "settle.waits_create", "the same of a create that its sink keeps open",
	  NEEDS | KIT_TRANSACTIONS, waits_create },
	{ "settle.in_time", "ends at its deadline, or at interrupt(), while it waits",
	  NEEDS | KIT_DELETE | KIT_TRANSACTIONS, in_time },
	{ NULL, NULL, 0, NULL },
};
