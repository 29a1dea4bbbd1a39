/* tests/conformance/kit/case_change_email.c - another address, with the flag the caller passed,
 * never one that somebody else has.  Threads: the case's, and those it starts.
 */
#include "ops.h"

static const char *const changed[] = { "email", "email_verified", "name", "nickname", NULL };

static int change(struct kit *k, void *s, const struct kit_user *user, struct idbc_str email,
		  uint32_t verified, struct idbc_error *err)
{
	int rc = kit_change_email(k, s, IDBC_BY_USER_ID, user->id, email, verified, err);

	ops_skip_unmapped(k, rc, err);
	return rc;
}

static void want_changed(struct kit *k, void *s, struct kit_user *user, struct idbc_str email,
			 uint32_t verified)
{
	struct idbc_error err;
	int rc = change(k, s, user, email, verified, &err);

	kit_want(k, rc, &err, IDBC_OK);
	user->email = email;
	if (!user->username.len || user->login.len == 0)
		user->login = email;
}

static void once(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct idbc_str old = user->email, email = kit_nobody(k, IDBC_BY_EMAIL);

	kit_ask(k, "change_email, then the new address and the old one");
	want_changed(k, s, user, email, 0);
	kit_want_found(k, s, IDBC_BY_EMAIL, email, user->id);
	kit_want_nobody(k, s, IDBC_BY_EMAIL, old);
	kit_want_str(k, "email", kit_field_text(ops_row(k, s, user), "email"), email);
}

static void logs_in(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s), before = *user;

	if (!ops_keeps_apart(k, IDBC_BY_EMAIL))
		kit_skip(k, "nobody logs in by email here");
	before.login = user->email;
	want_changed(k, s, user, kit_nobody(k, IDBC_BY_EMAIL), kit_config(k)->require_verified);
	user->login = user->email;
	ops_want_in(k, user, user->password);
	kit_ask(k, "login with the old address");
	ops_want_no_login(k, s, IDBC_BY_LOGIN, before.login, user->password);
	ops_want_out(k, &before, user->password);
}

static void by_each_kind(struct kit *k)
{
	void *s = kit_connect(k);

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++) {
		struct kit_user *user = kit_user(k, s);
		struct idbc_str own = kit_identifier(user, *by);
		struct idbc_str email = kit_nobody(k, IDBC_BY_EMAIL);
		struct idbc_error err;
		int rc;

		if (!own.len)
			continue;
		kit_ask(k, "change_email by %s", ops_field(*by));
		rc = kit_change_email(k, s, *by, own, email, 0, &err);
		ops_skip_unmapped(k, rc, &err);
		kit_want(k, rc, &err, IDBC_OK);
		kit_want_found(k, s, IDBC_BY_EMAIL, email, user->id);
	}
}

/* The flag is what the caller passed, each time. */
static void verified_flag(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	static const uint32_t flags[] = { 1, 0, 1, 1, 0, 0 };

	if (!ops_tells_verified(k, s))
		kit_skip(k, "the store cannot tell who is verified");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		kit_ask(k, "change_email with verified %u", flags[i]);
		want_changed(k, s, user, kit_nobody(k, IDBC_BY_EMAIL), flags[i]);
		KIT_WANT(k,
			 (ops_flag(ops_row(k, s, user), "email_verified") == 1) ==
				 (flags[i] == 1),
			 "the opposite");
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		kit_ask(k, "change_email to the same address with verified %u", flags[i]);
		want_changed(k, s, user, user->email, flags[i]);
		KIT_WANT(k,
			 (ops_flag(ops_row(k, s, user), "email_verified") == 1) ==
				 (flags[i] == 1),
			 "the opposite");
	}
}

/* Without a flag in the store "verified" cannot be promised. */
static void not_mapped(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct idbc_str email = kit_nobody(k, IDBC_BY_EMAIL);
	struct idbc_error err;
	int rc;

	if (kit_accepts(k, "email_verified"))
		kit_skip(k, "the store has the flag");
	kit_ask(k, "change_email with verified 1, where nothing holds the flag");
	rc = kit_change_email(k, s, IDBC_BY_USER_ID, user->id, email, 1, &err);
	if (rc == IDBC_OK) {
		KIT_WANT(k, ops_flag(ops_row(k, s, user), "email_verified") == 1,
			 "not verified");
		return;
	}
	ops_want_refused(k, rc, &err);
	kit_want_nobody(k, s, IDBC_BY_EMAIL, email);
	kit_want_found(k, s, IDBC_BY_EMAIL, user->email, user->id);
}

static void twice(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct idbc_str email = kit_nobody(k, IDBC_BY_EMAIL);

	kit_ask(k, "change_email to one address, three times");
	for (int i = 0; i < 3; i++)
		want_changed(k, s, user, email, 0);
	kit_want_found(k, s, IDBC_BY_EMAIL, email, user->id);
}

static void unknown(struct kit *k)
{
	struct idbc_str email = kit_nobody(k, IDBC_BY_EMAIL);
	void *s = kit_connect(k);
	struct idbc_error err;
	int rc;

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++) {
		kit_ask(k, "change_email of nobody, by %s", ops_field(*by));
		rc = kit_change_email(k, s, *by, kit_nobody(k, *by), email, 0, &err);
		ops_skip_unmapped(k, rc, &err);
		kit_want(k, rc, &err, IDBC_NO_USER);
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	}
	for (size_t i = 0; ops_hostile[i]; i++) {
		kit_ask(k, "change_email by user_id of %s", ops_hostile[i]);
		rc = kit_change_email(k, s, IDBC_BY_USER_ID, kit_s(ops_hostile[i]), email, 0,
				      &err);
		kit_want(k, rc, &err, IDBC_NO_USER);
	}
	kit_want_nobody(k, s, IDBC_BY_EMAIL, email);
}

static void want_taken(struct kit *k, int in_capitals)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s), *other = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user), *others = ops_row(k, s, other);
	struct idbc_str email = in_capitals ? ops_upper(k, other->email) : other->email;
	struct idbc_error err;
	int rc;

	if (!ops_keeps_apart(k, IDBC_BY_EMAIL))
		kit_skip(k, "nobody logs in by email here");
	if (!ops_equal(k, IDBC_BY_EMAIL, email, other->email))
		kit_skip(k, "letter case counts in addresses here");
	kit_ask(k, "change_email to another user's address%s",
		in_capitals ? " in capitals" : "");
	rc = change(k, s, user, email, 1, &err);
	kit_want(k, rc, &err, IDBC_EXISTS);
	kit_want_code(k, &err, "user_exists");
	kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	kit_ask(k, "afterwards: both users");
	kit_want_same_row(k, ops_row(k, s, user), before);
	kit_want_same_row(k, ops_row(k, s, other), others);
	kit_want_found(k, s, IDBC_BY_EMAIL, user->email, user->id);
	kit_want_found(k, s, IDBC_BY_EMAIL, other->email, other->id);
}
static void taken(struct kit *k) { want_taken(k, 0); }
static void taken_case(struct kit *k) { want_taken(k, 1); }

static void own_case(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct idbc_str upper = ops_upper(k, user->email);

	kit_ask(k, "change_email to his own address in capitals");
	want_changed(k, s, user, upper, 0);
	kit_want_found(k, s, IDBC_BY_EMAIL, upper, user->id);
	KIT_WANT(k, ops_equal(k, IDBC_BY_EMAIL, upper,
			      kit_field_text(ops_row(k, s, user), "email")), "another address");
}

static void nothing_else(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	const struct kit_user *other = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user), *others = ops_row(k, s, other);

	want_changed(k, s, user, kit_nobody(k, IDBC_BY_EMAIL), 0);
	kit_ask(k, "after change_email: the other fields, and another user");
	ops_want_kept(k, s, user, before, changed);
	kit_want_same_row(k, ops_row(k, s, other), others);
}

/* Bound, not pasted; kept whole or refused. */
static void odd_addresses(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	const struct kit_user *other = kit_user(k, s);
	const struct kit_row *others = ops_row(k, s, other);
	const char *own = kit_keep(k, user->username.ptr, user->username.len);

	for (size_t i = 0; ops_letters[i]; i++) {
		struct idbc_str email = kit_s(kit_textf(k, "%s%zu%s@example.com", own, i,
							ops_letters[i]));
		struct idbc_error err;
		int rc;

		kit_ask(k, "change_email to an address that has %s", ops_letters[i]);
		rc = change(k, s, user, email, 0, &err);
		if (rc != IDBC_OK)
			ops_want_refused(k, rc, &err);
		else
			kit_want_found(k, s, IDBC_BY_EMAIL, email, user->id);
	}
	kit_want_same_row(k, ops_row(k, s, other), others);
}

static void free_again(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s), *other = kit_user(k, s);
	struct idbc_str old = user->email;

	want_changed(k, s, user, kit_nobody(k, IDBC_BY_EMAIL), 0);
	kit_ask(k, "change_email of another user to the address that is free now");
	want_changed(k, s, other, old, 0);
	kit_want_found(k, s, IDBC_BY_EMAIL, old, other->id);
}

/* --- at once ----------------------------------------------------------------------------- */
#define RIVALS 4
struct race {
	void *session[RIVALS];
	unsigned n;                     /* of them */
	const struct kit_user *user[RIVALS];
	struct idbc_str email;
	int rc[RIVALS];
	struct idbc_error err[RIVALS];
};

static void race_one(struct kit *k, unsigned number, void *ctx)
{
	struct race *race = ctx;

	race->rc[number] = kit_change_email(k, race->session[number], IDBC_BY_USER_ID,
					    race->user[number]->id, race->email, 0,
					    &race->err[number]);
	ops_renew(k, &race->session[number], race->rc[number]);
}

static void at_once(struct kit *k)
{
	static const int lost[] = { IDBC_EXISTS, IDBC_BUSY, -1 };
	struct race race;

	if (!ops_keeps_apart(k, IDBC_BY_EMAIL))
		kit_skip(k, "nobody logs in by email here");
	memset(&race, 0, sizeof(race));
	race.n = kit_connect_up_to(k, RIVALS, race.session);
	for (size_t i = 0; i < race.n; i++)
		race.user[i] = kit_user(k, race.session[i]);
	for (int round = 0; round < 6; round++) {
		const struct kit_user *winner = NULL;

		race.email = kit_nobody(k, IDBC_BY_EMAIL);
		kit_ask(k, "%u users change to one address at once", race.n);
		kit_threads(k, race.n, race_one, &race);
		for (size_t i = 0; i < race.n; i++) {
			ops_skip_unmapped(k, race.rc[i], &race.err[i]);
			if (race.rc[i] != IDBC_OK) {
				kit_want_any(k, race.rc[i], &race.err[i], lost);
				continue;
			}
			KIT_WANT(k, !winner, "two were told OK");
			winner = race.user[i];
		}
		KIT_WANT(k, winner, "nobody was told OK");
		kit_want_found(k, race.session[0], IDBC_BY_EMAIL, race.email, winner->id);
	}
}

#define NEEDS (KIT_CREATE | KIT_CHANGE_EMAIL | KIT_EMAIL)
const struct kit_case kit_change_email_cases[] = {
	{ "change_email.once", "the new address is his, the old one nobody's", NEEDS, once },
	{ "change_email.logs_in", "the new address logs in, the old one does not", NEEDS, logs_in },
	{ "change_email.by_each_kind", "by each kind of identifier", NEEDS, by_each_kind },
	{ "change_email.verified_flag", "the flag is what the caller passed", NEEDS, verified_flag },
	{ "change_email.not_mapped", "verified is not promised where nothing holds it", NEEDS,
	  not_mapped },
	{ "change_email.twice", "twice is as good as once", NEEDS, twice },
	{ "change_email.unknown", "nobody is NO_USER, and nothing is written", KIT_CHANGE_EMAIL,
	  unknown },
	{ "change_email.taken", "EXISTS user_exists for another user's address", NEEDS, taken },
	{ "change_email.taken_case", "an address is taken in any letter case of its fold", NEEDS,
	  taken_case },
	{ "change_email.own_case", "the letter case of one's own address may change", NEEDS, own_case },
	{ "change_email.nothing_else", "changes address and flag of one user", NEEDS, nothing_else },
	{ "change_email.odd_addresses", "an odd address is kept whole, or refused", NEEDS,
	  odd_addresses },
	{ "change_email.free_again", "an address given up is free", NEEDS, free_again },
	{ "change_email.at_once", "of several at once exactly one gets an address", NEEDS, at_once },
	{ NULL, NULL, 0, NULL },
};
