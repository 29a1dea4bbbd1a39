/* tests/conformance/kit/case_verify.c - the address was proved: this one, of this user, and
 * saying it twice is as good as once.  Threads: the case's.
 */
#include "ops.h"

static const char *const flag[] = { "email_verified", NULL };

/* A user whose address is not verified, where the store can tell. */
static struct kit_user *unverified(struct kit *k, void *s)
{
	struct kit_user *user = kit_draft(k);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	if (ops_tells_verified(k, s))
		kit_user_set(k, user, kit_field_i64("email_verified", IDBC_KIND_BOOL, 0));
	kit_rows_init(k, &rows);
	rc = kit_make_user(k, s, user, &rows, &err);
	kit_want(k, rc, &err, IDBC_OK);
	return user;
}

static void verify(struct kit *k, void *s, uint32_t by, const struct kit_user *user,
		   struct idbc_str email)
{
	struct idbc_error err;
	int rc = kit_verify(k, s, by, kit_identifier(user, by), email, &err);

	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
}

/* Where the flag can be read it must be set; a store may know no flag but "always". */
static void want_flag(struct kit *k, void *s, const struct kit_user *user, int wanted)
{
	int is = ops_flag(ops_row(k, s, user), "email_verified");

	KIT_WANT(k, is == wanted || (is < 0 && !wanted), "email_verified is %d", is);
}

static void once(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = unverified(k, s);

	kit_ask(k, "verify, then get_user");
	verify(k, s, IDBC_BY_EMAIL, user, user->email);
	want_flag(k, s, user, 1);
}

static void twice(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = unverified(k, s);

	kit_ask(k, "verify, three times");
	for (int i = 0; i < 3; i++)
		verify(k, s, IDBC_BY_EMAIL, user, user->email);
	want_flag(k, s, user, 1);
}

static void by_each_kind(struct kit *k)
{
	void *s = kit_connect(k);

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++) {
		const struct kit_user *user = unverified(k, s);

		if (!kit_identifier(user, *by).len)
			continue;
		kit_ask(k, "verify by %s", ops_field(*by));
		verify(k, s, *by, user, user->email);
		want_flag(k, s, user, 1);
	}
}

static void want_no_user(struct kit *k, void *s, uint32_t by, struct idbc_str identifier,
			 struct idbc_str email)
{
	struct idbc_error err;
	int rc = kit_verify(k, s, by, identifier, email, &err);

	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_NO_USER);
	kit_want_effect(k, &err, IDBC_EFFECT_NONE);
}

static void unknown(struct kit *k)
{
	struct idbc_str none = { NULL, 0 };
	void *s = kit_connect(k);

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++) {
		kit_ask(k, "verify of nobody, by %s", ops_field(*by));
		want_no_user(k, s, *by, kit_nobody(k, *by), none);
	}
	for (size_t i = 0; ops_hostile[i]; i++) {
		kit_ask(k, "verify by user_id of %s", ops_hostile[i]);
		want_no_user(k, s, IDBC_BY_USER_ID, kit_s(ops_hostile[i]), none);
	}
}

/* The address that was proved is not his any more. */
static void other_address(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = unverified(k, s), *other = unverified(k, s);
	const struct kit_row *before = ops_row(k, s, user);
	struct idbc_str asked[] = { other->email, kit_nobody(k, IDBC_BY_EMAIL), kit_s("%"),
		{ user->email.ptr, user->email.len - 1 } };

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct idbc_error err;
		int rc;

		kit_ask(k, "verify by user_id, with an address that is not his");
		rc = kit_verify(k, s, IDBC_BY_USER_ID, user->id, asked[i], &err);
		ops_skip_unmapped(k, rc, &err);
		kit_want(k, rc, &err, IDBC_CONFLICT);
		kit_want_code(k, &err, "email_changed");
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
		kit_want_same_row(k, ops_row(k, s, user), before);
	}
}

static void letter_case(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = unverified(k, s);
	struct idbc_str upper = ops_upper(k, user->email);

	if (!ops_equal(k, IDBC_BY_EMAIL, upper, user->email))
		kit_skip(k, "letter case counts in addresses here");
	kit_ask(k, "verify by user_id, with his address in capitals");
	verify(k, s, IDBC_BY_USER_ID, user, upper);
	want_flag(k, s, user, 1);
	kit_ask(k, "verify by email in capitals");
	user = unverified(k, s);
	kit_verify(k, s, IDBC_BY_EMAIL, ops_upper(k, user->email), ops_upper(k, user->email),
		   &(struct idbc_error)IDBC_ERROR_INIT);
	want_flag(k, s, user, 1);
}

static void nothing_else(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = unverified(k, s), *other = unverified(k, s);
	const struct kit_row *before = ops_row(k, s, user), *others = ops_row(k, s, other);

	verify(k, s, IDBC_BY_USER_ID, user, user->email);
	kit_ask(k, "after verify: the other fields, and another user");
	ops_want_kept(k, s, user, before, flag);
	kit_want_same_row(k, ops_row(k, s, other), others);
	ops_want_in(k, user, user->password);
}

static void through(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = unverified(k, s);
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *email = kit_keep(k, user->email.ptr, user->email.len);
	int rc;

	kit_ask(k, "verify through the connector");
	for (int i = 0; i < 2; i++) {
		rc = idbc_verify(kit_store(k), IDBC_BY_EMAIL, email, &err);
		ops_skip_unmapped(k, rc, &err);
		kit_want(k, rc, &err, IDBC_OK);
	}
	want_flag(k, s, user, 1);
}

#define NEEDS (KIT_CREATE | KIT_VERIFY | KIT_EMAIL)
const struct kit_case kit_verify_cases[] = {
	{ "verify.once", "sets the flag", NEEDS, once },
	{ "verify.twice", "twice is as good as once", NEEDS, twice },
	{ "verify.by_each_kind", "by each kind of identifier", NEEDS, by_each_kind },
	{ "verify.unknown", "nobody is NO_USER, and nothing is written", KIT_VERIFY, unknown },
	{ "verify.other_address", "CONFLICT email_changed for an address that is not his", NEEDS,
	  other_address },
	{ "verify.letter_case", "the address proved is compared under its fold", NEEDS, letter_case },
	{ "verify.nothing_else", "changes one flag of one user", NEEDS, nothing_else },
	{ "verify.through", "through the connector, twice", NEEDS, through },
	{ NULL, NULL, 0, NULL },
};
