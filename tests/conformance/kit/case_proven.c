/* tests/conformance/kit/case_proven.c - what follows a right password, and a wrong one: touch,
 * a second look, upgrade by compare-and-swap, failed attempts.  Threads: the case's.
 */
#include "ops.h"

static const char *const touched[] = { "last_login", "last_ip", "logins_count", NULL };

static int proven(struct kit *k, void *s, const struct kit_user *user, uint32_t flags,
		  struct kit_parts credential, struct kit_parts expect, struct idbc_error *err)
{
	struct kit_proven call = { .flags = flags,
				   .id = user->id,
				   .client_ip = kit_s("192.0.2.7"),
				   .credential = credential,
				   .expect = expect };
	int rc = kit_proven(k, s, &call, err);

	ops_skip_unmapped(k, rc, err);
	return rc;
}

static int same_parts(struct kit_parts a, struct kit_parts b)
{
	for (size_t i = 0; i < a.n; i++)
		if (i >= b.n || !kit_value_same(&a.parts[i].value, &b.parts[i].value))
			return 0;
	return a.n == b.n;
}

static const struct kit_parts none = { NULL, 0 };

static void touch(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s), *other = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user), *others = ops_row(k, s, other);

	for (int i = 0; i < 3; i++) {
		struct idbc_error err;

		kit_ask(k, "proven with TOUCH");
		kit_want(k, proven(k, s, user, IDBC_PROVEN_TOUCH, none, none, &err), &err,
			 IDBC_OK);
	}
	kit_ask(k, "after proven with TOUCH: the other fields, and another user");
	ops_want_kept(k, s, user, before, touched);
	kit_want_same_row(k, ops_row(k, s, other), others);
	ops_want_in(k, user, user->password);
}

static void recheck(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct kit_parts old = ops_stored(k, s, user), now;
	struct idbc_error err;
	int rc;

	kit_ask(k, "proven with RECHECK, nothing changed");
	kit_want(k, proven(k, s, user, IDBC_PROVEN_RECHECK, none, old, &err), &err, IDBC_OK);
	if (!kit_has(k, KIT_PASSWORD))
		return;
	user->password = kit_password(k);
	now = kit_credential(k, user, user->password);
	rc = kit_change_password(k, s, IDBC_BY_USER_ID, user->id, now, none, &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	kit_ask(k, "proven with RECHECK, the password changed meanwhile");
	kit_want(k, proven(k, s, user, IDBC_PROVEN_RECHECK, none, old, &err), &err,
		 IDBC_CONFLICT);
}

static void recheck_gone(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_parts old = ops_stored(k, s, user);
	struct idbc_error err;

	kit_want(k, kit_delete(k, s, user->id, &err), &err, IDBC_OK);
	kit_ask(k, "proven with RECHECK, deleted meanwhile");
	kit_want(k, proven(k, s, user, IDBC_PROVEN_RECHECK, none, old, &err), &err,
		 IDBC_NO_USER);
}

static void upgrade(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);
	struct kit_parts old = ops_stored(k, s, user);
	struct kit_parts better = kit_credential(k, user, user->password);
	struct idbc_error err;

	kit_ask(k, "proven with a new stored form, expecting the old one");
	kit_want(k, proven(k, s, user, 0, better, old, &err), &err, IDBC_OK);
	KIT_WANT(k, !same_parts(ops_stored(k, s, user), old), "the old one still");
	ops_want_in(k, user, user->password);
	ops_want_kept(k, s, user, before, touched);
}

/* The change of a password wins over an upgrade that began before it. */
static void upgrade_late(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct kit_parts old = ops_stored(k, s, user), now;
	struct kit_parts better = kit_credential(k, user, user->password);
	struct idbc_str before = user->password;
	struct idbc_error err;
	int rc;

	user->password = kit_password(k);
	rc = kit_change_password(k, s, IDBC_BY_USER_ID, user->id,
				 kit_credential(k, user, user->password), none, &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	now = ops_stored(k, s, user);
	kit_ask(k, "proven with a new stored form, expecting one that is gone");
	rc = proven(k, s, user, 0, better, old, &err);
	KIT_WANT(k, rc != IDBC_OK || same_parts(ops_stored(k, s, user), now), "OK, and written");
	KIT_WANT(k, same_parts(ops_stored(k, s, user), now), "%s, and written", kit_status(rc));
	ops_want_in(k, user, user->password);
	ops_want_out(k, user, before);
}

static void forgive(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);
	struct idbc_error err;

	kit_ask(k, "proven with FORGIVE of one who has nothing to be forgiven");
	kit_want(k, proven(k, s, user, IDBC_PROVEN_FORGIVE, none, none, &err), &err, IDBC_OK);
	kit_want_same_row(k, ops_row(k, s, user), before);
}

/* Nobody is touched where nobody is there. */
static void unknown(struct kit *k)
{
	static const int any[] = { IDBC_OK, IDBC_NO_USER, -1 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);
	struct kit_user nobody = *user;
	struct idbc_error err;

	nobody.id = kit_nobody(k, IDBC_BY_USER_ID);
	kit_ask(k, "proven with TOUCH of nobody");
	kit_want_any(k, proven(k, s, &nobody, IDBC_PROVEN_TOUCH, none, none, &err), &err, any);
	for (size_t i = 0; ops_hostile[i]; i++) {
		nobody.id = kit_s(ops_hostile[i]);
		kit_ask(k, "proven with TOUCH of %s", ops_hostile[i]);
		kit_want_any(k, proven(k, s, &nobody, IDBC_PROVEN_TOUCH, none, none, &err),
			     &err, any);
	}
	kit_want_same_row(k, ops_row(k, s, user), before);
}

/* --- failed attempts --------------------------------------------------------------------- */
static void failed(struct kit *k)
{
	struct idbc_str nobody = { NULL, 0 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);
	struct idbc_error err;
	static const char *const counted[] = { "locked_out", "login.failed", NULL };
	int rc;

	kit_ask(k, "failed, of a user and of nobody");
	rc = kit_failed(k, s, user->id, kit_s("192.0.2.7"), &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	kit_want(k, kit_failed(k, s, nobody, kit_s("192.0.2.7"), &err), &err, IDBC_OK);
	kit_want(k, kit_failed(k, s, kit_nobody(k, IDBC_BY_USER_ID), nobody, &err), &err,
		 IDBC_OK);
	ops_want_kept(k, s, user, before, counted);
}

static void failed_others(struct kit *k)
{
	struct idbc_str none_given = { NULL, 0 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s), *other = kit_user(k, s);
	const struct kit_row *others = ops_row(k, s, other);
	struct idbc_error err;
	int rc = IDBC_OK;

	kit_ask(k, "failed, twelve times of one user: another one");
	for (int i = 0; i < 12 && rc == IDBC_OK; i++)
		rc = kit_failed(k, s, user->id, none_given, &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	kit_want_same_row(k, ops_row(k, s, other), others);
	ops_want_in(k, other, other->password);
}

#define NEEDS (KIT_CREATE | KIT_PROVEN)
#define SWAPS (NEEDS | KIT_STORED | KIT_HASHED)
const struct kit_case kit_proven_cases[] = {
	{ "proven.touch", "touches a login's own fields of one user", NEEDS, touch },
	{ "proven.recheck", "OK, or CONFLICT where the credential changed", SWAPS, recheck },
	{ "proven.recheck_gone", "NO_USER where he is gone", SWAPS | KIT_DELETE, recheck_gone },
	{ "proven.upgrade", "a new stored form in the place of the old one", SWAPS, upgrade },
	{ "proven.upgrade_late", "a password change wins over an upgrade", SWAPS | KIT_PASSWORD,
	  upgrade_late },
	{ "proven.forgive", "forgives also who needs it not", NEEDS, forgive },
	{ "proven.unknown", "of nobody it writes nothing", NEEDS, unknown },
	{ "failed.counts", "OK, also of nobody, and the profile stays", KIT_CREATE | KIT_FAILED,
	  failed },
	{ "failed.others", "counts one user's attempts alone", KIT_CREATE | KIT_FAILED,
	  failed_others },
	{ NULL, NULL, 0, NULL },
};
