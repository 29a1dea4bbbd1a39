/* tests/conformance/kit/case_create_exists.c - no two users share what people log in with,
 * whether the store has an index for it or not, and whoever comes at the same time.
 * Threads: the case's, and those it starts.
 */
#include "ops.h"

static int create(struct kit *k, void *s, struct kit_user *user, struct kit_rows *rows,
		  struct idbc_error *err)
{
	kit_rows_init(k, rows);
	return kit_make_user(k, s, user, rows, err);
}

static void need_apart(struct kit *k, uint32_t by)
{
	if (!ops_keeps_apart(k, by))
		kit_skip(k, "nobody logs in by %s here", ops_field(by));
}

static void need_any_apart(struct kit *k)
{
	for (uint32_t by = IDBC_BY_EMAIL; by <= IDBC_BY_PHONE; by++)
		if (ops_keeps_apart(k, by) && kit_accepts(k, ops_field(by)))
			return;
	kit_skip(k, "nobody logs in by a field that create takes");
}

/* Which field was taken, or `user_exists` where the store did not say. */
static void want_exists(struct kit *k, int rc, const struct idbc_error *err, uint32_t by)
{
	static const char *const codes[] = { "", "", "user_exists", "username_exists",
					     "phone_exists" };

	kit_want(k, rc, err, IDBC_EXISTS);
	if (strcmp(err->code, "user_exists"))
		kit_want_code(k, err, codes[by]);
	kit_want_effect(k, err, IDBC_EFFECT_NONE);
}

/* A draft who has this of `user`, spelled this way. */
static struct kit_user *rival(struct kit *k, const struct kit_user *user, uint32_t by,
			      struct idbc_str spelled)
{
	struct kit_user *other = ops_draft(k, user);

	kit_user_set(k, other, kit_field_bytes(ops_field(by), spelled));
	return other;
}

static void want_refused_rival(struct kit *k, uint32_t by, int in_capitals)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);
	struct idbc_str own = kit_identifier(user, by);
	struct kit_user *other;
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	if (in_capitals)
		own = ops_upper(k, own);
	if (in_capitals && !ops_equal(k, by, own, kit_identifier(user, by)))
		kit_skip(k, "letter case counts in %s here", ops_field(by));
	other = rival(k, user, by, own);
	kit_ask(k, "create with the %s of another user%s", ops_field(by),
		in_capitals ? " in capitals" : "");
	rc = create(k, s, other, &rows, &err);
	want_exists(k, rc, &err, by);
	KIT_WANT(k, rows.n == 0, "%zu rows", rows.n);
	kit_ask(k, "afterwards: the first user, and what the second would have had");
	kit_want_same_row(k, ops_row(k, s, user), before);
	for (const uint32_t *kind = kit_kinds(k, other); *kind != KIT_NO_KIND; kind++) {
		if (*kind >= IDBC_BY_EMAIL && *kind != by)
			kit_want_nobody(k, s, *kind, kit_identifier(other, *kind));
	}
	ops_want_there(k, s, user);
}

static void email(struct kit *k)
{
	need_apart(k, IDBC_BY_EMAIL);
	want_refused_rival(k, IDBC_BY_EMAIL, 0);
}
static void email_case(struct kit *k)
{
	need_apart(k, IDBC_BY_EMAIL);
	want_refused_rival(k, IDBC_BY_EMAIL, 1);
}
static void username(struct kit *k)
{
	need_apart(k, IDBC_BY_USERNAME);
	want_refused_rival(k, IDBC_BY_USERNAME, 0);
}
static void username_case(struct kit *k)
{
	need_apart(k, IDBC_BY_USERNAME);
	want_refused_rival(k, IDBC_BY_USERNAME, 1);
}
static void phone(struct kit *k)
{
	need_apart(k, IDBC_BY_PHONE);
	want_refused_rival(k, IDBC_BY_PHONE, 0);
}

/* A name in the form of somebody's address would make both ambiguous. */
static void across_fields(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_user *other;
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	if (!ops_keeps_apart(k, IDBC_BY_EMAIL) || !ops_keeps_apart(k, IDBC_BY_USERNAME))
		kit_skip(k, "people log in by one field alone");
	other = rival(k, user, IDBC_BY_USERNAME, user->email);
	kit_ask(k, "create with another user's address as the user name");
	rc = create(k, s, other, &rows, &err);
	ops_want_refused(k, rc, &err);
	ops_want_there(k, s, user);
}

static void twice(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_draft(k), again;
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	need_any_apart(k);
	kit_want(k, create(k, s, user, &rows, &err), &err, IDBC_OK);
	again = *user;
	kit_ask(k, "the same create again");
	rc = create(k, s, &again, &rows, &err);
	kit_want(k, rc, &err, IDBC_EXISTS);
	kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	ops_want_there(k, s, user);
}

/* The first one's password stays his. */
static void keeps_password(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_user *other = kit_draft(k);
	struct kit_rows rows;
	struct idbc_error err;

	need_any_apart(k);
	for (size_t i = 0; i < user->nfields; i++)
		kit_user_set(k, other, user->fields[i]);
	kit_ask(k, "create over somebody else, with another password");
	kit_want(k, create(k, s, other, &rows, &err), &err, IDBC_EXISTS);
	ops_want_in(k, user, user->password);
	ops_want_out(k, user, other->password);
}

/* Refused once, then made under a name that is free. */
static void free_after_refusal(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	uint32_t by = ops_keeps_apart(k, IDBC_BY_EMAIL) ? IDBC_BY_EMAIL : IDBC_BY_USERNAME;
	struct idbc_str other_name = kit_identifier(ops_draft(k, user), by);
	struct kit_user *other;
	struct kit_rows rows;
	struct idbc_error err;

	need_apart(k, by);
	other = rival(k, user, by, kit_identifier(user, by));
	kit_want(k, create(k, s, other, &rows, &err), &err, IDBC_EXISTS);
	kit_user_set(k, other, kit_field_bytes(ops_field(by), other_name));
	kit_ask(k, "create again with a %s that is free", ops_field(by));
	kit_want(k, create(k, s, other, &rows, &err), &err, IDBC_OK);
	ops_want_there(k, s, other);
}

/* --- at once ----------------------------------------------------------------------------- */
#define RIVALS 4
#define ROUNDS 8

struct race {
	struct kit_user *user[RIVALS];
	int rc[RIVALS];
	struct idbc_error err[RIVALS];
	void *session[RIVALS];
	unsigned n;                     /* of them */
	_Atomic unsigned ready;
};

static void race_one(struct kit *k, unsigned number, void *ctx)
{
	struct race *race = ctx;
	struct kit_rows rows;

	atomic_fetch_add(&race->ready, 1);
	while (atomic_load(&race->ready) < race->n)
		;
	race->rc[number] = create(k, race->session[number], race->user[number], &rows,
				  &race->err[number]);
	ops_renew(k, &race->session[number], race->rc[number]);
}

static void race_round(struct kit *k, struct race *race, const struct kit_user *like)
{
	static const int lost[] = { IDBC_EXISTS, IDBC_BUSY, -1 };
	struct kit_user *winner = NULL;

	for (size_t i = 0; i < race->n; i++) {
		race->user[i] = ops_draft(k, like);
		for (size_t j = 0; j < race->user[0]->nfields; j++)
			kit_user_set(k, race->user[i], race->user[0]->fields[j]);
	}
	atomic_store(&race->ready, 0);
	kit_ask(k, "%u creates at once of one user", race->n);
	kit_threads(k, race->n, race_one, race);
	for (size_t i = 0; i < race->n; i++) {
		if (race->rc[i] != IDBC_OK) {
			kit_want_any(k, race->rc[i], &race->err[i], lost);
			kit_want_effect(k, &race->err[i], IDBC_EFFECT_NONE);
			continue;
		}
		KIT_WANT(k, !winner, "two were told OK");
		winner = race->user[i];
	}
	KIT_WANT(k, winner, "nobody was told OK");
	ops_want_there(k, race->session[0], winner);
}

static void at_once(struct kit *k)
{
	const struct kit_user *like = ops_draft(k, NULL);
	struct race race;

	need_any_apart(k);
	memset(&race, 0, sizeof(race));
	race.n = kit_connect_up_to(k, RIVALS, race.session);
	for (int round = 0; round < ROUNDS; round++)
		race_round(k, &race, like);
}

const struct kit_case kit_create_exists_cases[] = {
	{ "create.exists_email", "EXISTS user_exists for an address that is taken",
	  KIT_CREATE | KIT_EMAIL, email },
	{ "create.exists_email_case", "an address is taken in any letter case of its fold",
	  KIT_CREATE | KIT_EMAIL, email_case },
	{ "create.exists_username", "EXISTS username_exists for a user name that is taken",
	  KIT_CREATE | KIT_USERNAME, username },
	{ "create.exists_username_case", "a user name is taken as its fold compares it",
	  KIT_CREATE | KIT_USERNAME, username_case },
	{ "create.exists_phone", "EXISTS phone_exists for a number that is taken",
	  KIT_CREATE | KIT_PHONE, phone },
	{ "create.exists_across", "no user name in the form of somebody's address",
	  KIT_CREATE | KIT_EMAIL | KIT_USERNAME, across_fields },
	{ "create.exists_twice", "the same create twice is EXISTS", KIT_CREATE, twice },
	{ "create.exists_keeps_password", "a refused create changes nobody's password", KIT_CREATE,
	  keeps_password },
	{ "create.free_after_refusal", "a refused create holds nothing", KIT_CREATE, free_after_refusal },
	{ "create.at_once", "of several creates at once exactly one succeeds", KIT_CREATE, at_once },
	{ NULL, NULL, 0, NULL },
};
