/* tests/conformance/kit/case_create_many.c - users in bulk: each as create would have made him,
 * who is refused in nobody's way, or nobody at all.  Threads: the case's, and those it starts.
 */
#include "ops.h"

#define RIVALS 4

static void draft(struct kit *k, struct kit_many *many, uint32_t n)
{
	many->n = n;
	for (uint32_t i = 0; i < n; i++)
		many->user[i] = ops_draft(k, i ? many->user[0] : NULL);
}

static void want_nothing_of(struct kit *k, void *s, const struct kit_user *user)
{
	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++)
		if (*by != IDBC_BY_USER_ID)
			kit_want_nobody(k, s, *by, kit_identifier(user, *by));
}

static int make(struct kit *k, void *s, struct kit_many *many, struct kit_rows *rows,
		struct idbc_error *err)
{
	int rc;

	kit_rows_init(k, rows);
	rc = kit_make_users(k, s, many, rows, err);
	if (rc == IDBC_UNSUPPORTED)
		kit_skip(k, "the store makes users one by one: %s", err->code);
	return rc;
}

/* Any status but OK: nobody, and the session that it leaves is dropped.  Of those in `out`
 * somebody else has a part. */
static void want_none(struct kit *k, void *s, const struct kit_many *many, uint32_t out,
		      const struct idbc_error *err)
{
	void *other = kit_connect(k);

	kit_want_effect(k, err, IDBC_EFFECT_NONE);
	kit_disconnect(k, s);
	for (uint32_t i = 0; i < many->n; i++)
		if (!(out >> i & 1u))
			want_nothing_of(k, other, many->user[i]);
	kit_disconnect(k, other);
}

/* `out` says who may not be made.  0: the driver gave up as a whole, which it may, and `s` is
 * gone. */
static int make_all_but(struct kit *k, void *s, struct kit_many *many, uint32_t out)
{
	struct kit_rows rows;
	struct idbc_error err;
	uint32_t row = 0;

	if (make(k, s, many, &rows, &err) != IDBC_OK) {
		KIT_WANT(k, out, "%s: %s", kit_status((int)err.status), err.text);
		want_none(k, s, many, out, &err);
		return 0;
	}
	for (uint32_t i = 0; i < many->n; i++) {
		const struct idbc_error *his = &many->outcome[i];

		KIT_WANT(k, !his->status == !(out >> i & 1u), "of user %u: %s %s", i,
			 kit_status((int)his->status), his->text);
		if (his->status)
			kit_want_effect(k, his, IDBC_EFFECT_NONE);
		row += !his->status;
	}
	KIT_WANT(k, rows.n == row, "%zu rows of %u users who were made", rows.n, row);
	for (uint32_t i = row = 0; i < many->n; i++)
		if (!many->outcome[i].status)
			kit_want_same_row(k, &rows.row[row++], ops_row(k, s, many->user[i]));
	return 1;
}

/* Each has an identifier of his own: whose row is at his place would be seen. */
static void want_own_places(struct kit *k, void *s, const struct kit_many *many)
{
	for (uint32_t i = 0; i < many->n; i++)
		if (!many->outcome[i].status)
			ops_want_there(k, s, many->user[i]);
}

static void all(struct kit *k)
{
	void *s = kit_connect(k), *other = kit_connect(k);
	struct kit_many many;

	draft(k, &many, KIT_MANY_MAX);
	kit_ask(k, "create_many of %u users", many.n);
	make_all_but(k, s, &many, 0);
	want_own_places(k, s, &many);
	want_own_places(k, other, &many);
	kit_disconnect(k, other);
	ops_want_in(k, many.user[0], many.user[0]->password);
	ops_want_in(k, many.user[many.n - 1], many.user[0]->password);
	ops_want_out(k, many.user[1], kit_s("Wr0ng-password"));
}

static void one(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_many many;

	draft(k, &many, 1);
	kit_ask(k, "create_many of one user");
	make_all_but(k, s, &many, 0);
	want_own_places(k, s, &many);
}

/* A field that nobody else may have here. */
static uint32_t apart(struct kit *k)
{
	for (uint32_t by = IDBC_BY_EMAIL; by <= IDBC_BY_PHONE; by++)
		if (ops_keeps_apart(k, by) && kit_accepts(k, ops_field(by)))
			return by;
	kit_skip(k, "nobody logs in by a field that create takes");
}

static void take_from(struct kit *k, struct kit_user *user, const struct kit_user *from, uint32_t by)
{
	kit_user_set(k, user, kit_field_bytes(ops_field(by), kit_identifier(from, by)));
}

/* What else the refused would have had, nobody has. */
static void want_no_trace(struct kit *k, void *s, const struct kit_user *user, uint32_t but)
{
	for (uint32_t by = IDBC_BY_EMAIL; by <= IDBC_BY_PHONE; by++)
		if (by != but && ops_keeps_apart(k, by) && kit_identifier(user, by).len)
			kit_want_nobody(k, s, by, kit_identifier(user, by));
}

static void exists(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *there = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, there);
	uint32_t by = apart(k);
	struct kit_many many;

	draft(k, &many, 5);
	take_from(k, many.user[2], there, by);
	kit_ask(k, "create_many with the %s of somebody who is there, third of five", ops_field(by));
	if (!make_all_but(k, s, &many, 1u << 2)) {
		s = kit_connect(k);
	} else {
		kit_want(k, (int)many.outcome[2].status, &many.outcome[2], IDBC_EXISTS);
		want_own_places(k, s, &many);
		want_no_trace(k, s, many.user[2], by);
	}
	kit_want_same_row(k, ops_row(k, s, there), before);
}

static void twins(struct kit *k)
{
	void *s = kit_connect(k);
	uint32_t by = apart(k);
	struct kit_many many;

	draft(k, &many, 5);
	take_from(k, many.user[3], many.user[1], by);
	kit_ask(k, "create_many of two with one %s, the second and the fourth", ops_field(by));
	if (!make_all_but(k, s, &many, 1u << 3))
		return;
	kit_want(k, (int)many.outcome[3].status, &many.outcome[3], IDBC_EXISTS);
	want_own_places(k, s, &many);
	want_no_trace(k, s, many.user[3], by);
}

static void unmapped(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_many many;
	struct kit_rows rows;
	struct idbc_error err;
	struct kit_user *odd = ops_draft(k, NULL);

	kit_user_set(k, odd, kit_field_str("kit_shoe_size", "44"));
	kit_rows_init(k, &rows);
	if (kit_make_user(k, s, odd, &rows, &err) == IDBC_OK)
		kit_skip(k, "this store takes fields of any name");
	draft(k, &many, 4);
	kit_user_set(k, many.user[0], kit_field_str("kit_shoe_size", "44"));
	kit_ask(k, "create_many with a field of the first that nothing maps");
	if (!make_all_but(k, s, &many, 1u << 0))
		return;
	kit_want(k, (int)many.outcome[0].status, &many.outcome[0], IDBC_INVALID);
	KIT_WANT(k, strstr(many.outcome[0].text, "kit_shoe_size"), "a text that does not name it: %s",
		 many.outcome[0].text);
	want_own_places(k, s, &many);
	want_nothing_of(k, s, many.user[0]);
}

static void again(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_many many, twice;

	apart(k);
	draft(k, &many, 4);
	make_all_but(k, s, &many, 0);
	twice = many;
	for (uint32_t i = 0; i < many.n; i++) {
		twice.user[i] = kit_keep(k, many.user[i], sizeof(*many.user[i]));
		twice.user[i]->id = (struct idbc_str){ NULL, 0 };
	}
	kit_ask(k, "create_many of users who are all there");
	if (!make_all_but(k, s, &twice, (1u << many.n) - 1))
		s = kit_connect(k);
	want_own_places(k, s, &many);
}

static void sink_refuses(struct kit *k, uint32_t what)
{
	void *s = kit_connect(k);
	struct kit_many many;
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	draft(k, &many, 3);
	kit_ask(k, "create_many into a sink that refuses");
	kit_rows_init(k, &rows);
	rows.refuse = what;
	rc = kit_make_users(k, s, &many, &rows, &err);
	if (rc == IDBC_UNSUPPORTED)
		kit_skip(k, "the store makes users one by one: %s", err.code);
	kit_want(k, rc, &err, IDBC_DRIVER);
	KIT_WANT(k, rows.after_refusal == 0, "%u calls of the sink after it refused",
		 rows.after_refusal);
	want_none(k, s, &many, 0, &err);
}

static void sink_row(struct kit *k) { sink_refuses(k, KIT_REFUSE_ROW); }
static void sink_field(struct kit *k) { sink_refuses(k, KIT_REFUSE_FIELD); }

static void late(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_many many;
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	draft(k, &many, 3);
	kit_ask(k, "create_many whose deadline is over");
	kit_rows_init(k, &rows);
	kit_deadline(k, -1);
	rc = kit_make_users(k, s, &many, &rows, &err);
	kit_deadline(k, 0);
	kit_want(k, rc, &err, IDBC_TIMEOUT);
	want_none(k, s, &many, 0, &err);
}

/* A failure of the store's in the middle undoes what came before it. */
static void broken(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_many many;
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	draft(k, &many, 3);
	if (!kit_break(k))
		kit_skip(k, "the quirks have no \"break\"");
	kit_ask(k, "create_many whose second statement fails");
	kit_rows_init(k, &rows);
	rc = kit_make_users(k, s, &many, &rows, &err);
	kit_mend(k);
	KIT_WANT(k, rc != IDBC_OK || (many.outcome[0].status && many.outcome[2].status),
		 "that somebody was made: \"break\" breaks nothing");
	if (rc == IDBC_OK)
		err = many.outcome[0];
	want_none(k, s, &many, 0, &err);
	s = kit_connect(k);
	kit_ask(k, "the same when it is mended");
	make_all_but(k, s, &many, 0);
}

/* --- at the same time ------------------------------------------------------------------------- */
struct race {
	const struct kit_many *model;
	void *session[RIVALS];
	_Atomic uint32_t made[KIT_MANY_MAX];
};

static void rival(struct kit *k, unsigned number, void *ctx)
{
	struct race *race = ctx;
	struct kit_many many = *race->model;
	struct kit_rows rows;
	struct idbc_error err;

	for (uint32_t i = 0; i < many.n; i++)
		many.user[i] = kit_keep(k, many.user[i], sizeof(*many.user[i]));
	kit_rows_init(k, &rows);
	if (kit_make_users(k, race->session[number], &many, &rows, &err) != IDBC_OK) {
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
		return;
	}
	for (uint32_t i = 0; i < many.n; i++)
		if (!many.outcome[i].status)
			race->made[i]++;
}

static void rivals(struct kit *k)
{
	struct kit_many many;
	struct race race = { .model = &many };
	unsigned n;
	void *s;

	apart(k);
	draft(k, &many, 5);
	n = kit_connect_up_to(k, RIVALS, race.session);
	kit_ask(k, "create_many of the same five users from %u sessions at once", n);
	kit_threads(k, n, rival, &race);
	for (unsigned i = 0; i < n; i++)
		kit_disconnect(k, race.session[i]);
	s = kit_connect(k);
	for (uint32_t i = 0; i < many.n; i++) {
		struct kit_rows rows;
		struct idbc_error err;

		KIT_WANT(k, race.made[i] <= 1, "one of them made %u times", race.made[i]);
		kit_rows_init(k, &rows);
		(void)kit_get_user(k, s, apart(k), kit_identifier(many.user[i], apart(k)), &rows,
				   &err);
		KIT_WANT(k, rows.n == race.made[i], "%zu of one who was made %u times", rows.n,
			 race.made[i]);
	}
}

const struct kit_case kit_create_many_cases[] = {
	{ "create_many.all", "users in bulk are made and told as create does it, in their order",
	  KIT_MANY | KIT_CREATE, all },
	{ "create_many.one", "one user is users in bulk as well", KIT_MANY | KIT_CREATE, one },
	{ "create_many.exists", "who is there already stands in nobody's way",
	  KIT_MANY | KIT_CREATE, exists },
	{ "create_many.twins", "of two who exclude each other the first is made",
	  KIT_MANY | KIT_CREATE, twins },
	{ "create_many.unmapped", "a field that nothing maps is its user's mistake alone",
	  KIT_MANY | KIT_CREATE, unmapped },
	{ "create_many.again", "users who are all there: OK, each with EXISTS",
	  KIT_MANY | KIT_CREATE, again },
	{ "create_many.sink_row", "a row that is refused: nobody is made", KIT_MANY | KIT_CREATE,
	  sink_row },
	{ "create_many.sink_field", "a field that is refused: nobody is made",
	  KIT_MANY | KIT_CREATE, sink_field },
	{ "create_many.late", "after the deadline nobody is made", KIT_MANY | KIT_CREATE, late },
	{ "create_many.broken", "a failure in the middle leaves nobody",
	  KIT_MANY | KIT_CREATE | KIT_TRANSACTIONS, broken },
	{ "create_many.rivals", "the same users at once from several sessions: each once",
	  KIT_MANY | KIT_CREATE, rivals },
	{ NULL, NULL, 0, NULL },
};
