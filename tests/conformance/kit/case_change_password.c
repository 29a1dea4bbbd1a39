/* tests/conformance/kit/case_change_password.c - a new credential, whole, for one user; with
 * `expect` only in the place of the one that was looked at.
 * Threads: the case's, and those it starts.
 */
#include "ops.h"

static const struct kit_parts none = { NULL, 0 };

/* Stores a new password; the user has it afterwards. */
static struct kit_parts change(struct kit *k, void *s, uint32_t by, struct kit_user *user)
{
	struct idbc_str password = kit_password(k);
	struct kit_parts parts = kit_credential(k, user, password);
	struct idbc_error err;
	int rc = kit_change_password(k, s, by, kit_identifier(user, by), parts, none, &err);

	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	user->password = password;
	return parts;
}

static const struct idbc_value *part(const struct kit_row *row, const char *name)
{
	for (size_t i = 0; i < row->nparts; i++)
		if (!strcmp(row->parts[i].name, name))
			return &row->parts[i].value;
	return NULL;
}

/* What login reports is what was stored; of a store that judges nothing is known. */
static void want_stored(struct kit *k, void *s, const struct kit_user *user, struct kit_parts parts)
{
	struct kit_rows rows;
	struct idbc_error err;

	if (!kit_has(k, KIT_STORED | KIT_HASHED))
		return;
	kit_want(k, ops_login(k, s, IDBC_BY_USER_ID, user->id, user->password, &rows, &err),
		 &err, IDBC_OK);
	ops_want_him(k, &rows, user);
	for (size_t i = 0; i < parts.n; i++) {
		const struct idbc_value *got = part(&rows.row[0], parts.parts[i].name);

		KIT_WANT(k, got && kit_same(got->u.str, parts.parts[i].value.u.str),
			 "%s \"%s\"", got ? "another" : "no part", parts.parts[i].name);
	}
}

static void once(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct idbc_str old = user->password;

	kit_ask(k, "change_password, then what login reports");
	want_stored(k, s, user, change(k, s, IDBC_BY_USER_ID, user));
	ops_want_in(k, user, user->password);
	ops_want_out(k, user, old);
}

static void by_each_kind(struct kit *k)
{
	void *s = kit_connect(k);

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++) {
		struct kit_user *user = kit_user(k, s);

		if (!kit_identifier(user, *by).len)
			continue;
		kit_ask(k, "change_password by %s", ops_field(*by));
		want_stored(k, s, user, change(k, s, *by, user));
	}
}

static void twice(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct kit_parts parts = kit_credential(k, user, user->password);

	for (int i = 0; i < 3; i++) {
		struct idbc_error err;
		int rc;

		kit_ask(k, "change_password to one password, three times");
		rc = kit_change_password(k, s, IDBC_BY_USER_ID, user->id, parts, none, &err);
		ops_skip_unmapped(k, rc, &err);
		kit_want(k, rc, &err, IDBC_OK);
	}
	want_stored(k, s, user, parts);
	ops_want_in(k, user, user->password);
}

static void unknown(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *draft = ops_draft(k, NULL);
	struct kit_parts parts = { draft->parts, draft->nparts };
	struct idbc_error err;
	int rc;

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++) {
		kit_ask(k, "change_password of nobody, by %s", ops_field(*by));
		rc = kit_change_password(k, s, *by, kit_nobody(k, *by), parts, none, &err);
		ops_skip_unmapped(k, rc, &err);
		kit_want(k, rc, &err, IDBC_NO_USER);
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	}
	for (size_t i = 0; ops_hostile[i]; i++) {
		kit_ask(k, "change_password by user_id of %s", ops_hostile[i]);
		rc = kit_change_password(k, s, IDBC_BY_USER_ID, kit_s(ops_hostile[i]), parts,
					 none, &err);
		kit_want(k, rc, &err, IDBC_NO_USER);
	}
}

static void nothing_else(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	const struct kit_user *other = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user), *others = ops_row(k, s, other);

	change(k, s, IDBC_BY_USER_ID, user);
	kit_ask(k, "after change_password: the fields, and another user");
	ops_want_kept(k, s, user, before, NULL);
	kit_want_same_row(k, ops_row(k, s, other), others);
	ops_want_in(k, other, other->password);
	ops_want_out(k, other, user->password);
}

/* --- compare and swap -------------------------------------------------------------------- */
static void expect_right(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct idbc_str password = kit_password(k);
	struct kit_parts parts = kit_credential(k, user, password);
	struct idbc_error err;
	int rc;

	kit_ask(k, "change_password, expecting what is stored");
	rc = kit_change_password(k, s, IDBC_BY_USER_ID, user->id, parts, ops_stored(k, s, user),
				 &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	user->password = password;
	ops_want_in(k, user, password);
}

static void expect_wrong(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct kit_parts old = ops_stored(k, s, user), now = change(k, s, IDBC_BY_USER_ID, user);
	const struct kit_row *before = ops_row(k, s, user);
	struct kit_parts parts = kit_credential(k, user, kit_password(k));
	struct idbc_error err;
	int rc;

	kit_ask(k, "change_password, expecting what was stored before");
	rc = kit_change_password(k, s, IDBC_BY_USER_ID, user->id, parts, old, &err);
	kit_want(k, rc, &err, IDBC_CONFLICT);
	kit_want_code(k, &err, "credential_changed");
	kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	want_stored(k, s, user, now);
	kit_want_same_row(k, ops_row(k, s, user), before);
	ops_want_in(k, user, user->password);
}

/* One byte of it in another letter case is another credential: no collation decides. */
static void expect_exact(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct kit_parts old = ops_stored(k, s, user);
	struct idbc_field *other = kit_keep(k, old.parts, old.n * sizeof(*other));
	struct kit_parts parts = kit_credential(k, user, kit_password(k));
	struct idbc_error err;
	int changed = 0, rc;

	for (size_t i = 0; i < old.n; i++)
		if (!strcmp(other[i].name, "hash") && !changed) {
			other[i].value.u.str = ops_upper(k, other[i].value.u.str);
			changed = !kit_same(other[i].value.u.str, old.parts[i].value.u.str);
		}
	if (!changed)
		kit_skip(k, "the stored form has no small letters");
	kit_ask(k, "change_password, expecting what is stored but in capitals");
	rc = kit_change_password(k, s, IDBC_BY_USER_ID, user->id, parts,
				 (struct kit_parts){ other, old.n }, &err);
	kit_want(k, rc, &err, IDBC_CONFLICT);
	kit_want_code(k, &err, "credential_changed");
	kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	ops_want_in(k, user, user->password);
}

#define RIVALS 4
struct race {
	void *session[RIVALS];
	unsigned n;                     /* of them */
	struct idbc_str id, password[RIVALS];
	struct kit_parts parts[RIVALS], expect;
	int rc[RIVALS];
	struct idbc_error err[RIVALS];
};

static void race_one(struct kit *k, unsigned number, void *ctx)
{
	struct race *race = ctx;

	race->rc[number] = kit_change_password(k, race->session[number], IDBC_BY_USER_ID,
					       race->id, race->parts[number], race->expect,
					       &race->err[number]);
	ops_renew(k, &race->session[number], race->rc[number]);
}

static void at_once(struct kit *k)
{
	static const int lost[] = { IDBC_CONFLICT, IDBC_BUSY, -1 };
	struct race race;
	struct kit_user *user;

	memset(&race, 0, sizeof(race));
	race.n = kit_connect_up_to(k, RIVALS, race.session);
	user = kit_user(k, race.session[0]);
	race.id = user->id;
	for (int round = 0; round < 6; round++) {
		size_t winners = 0;

		for (size_t i = 0; i < race.n; i++) {
			race.password[i] = kit_password(k);
			race.parts[i] = kit_credential(k, user, race.password[i]);
		}
		race.expect = ops_stored(k, race.session[0], user);
		kit_ask(k, "%u changes at once, expecting one credential", race.n);
		kit_threads(k, race.n, race_one, &race);
		for (size_t i = 0; i < race.n; i++) {
			ops_skip_unmapped(k, race.rc[i], &race.err[i]);
			if (race.rc[i] == IDBC_OK) {
				want_stored(k, race.session[0], user, race.parts[i]);
				user->password = race.password[i];
				winners++;
			} else {
				kit_want_any(k, race.rc[i], &race.err[i], lost);
			}
		}
		KIT_WANT(k, winners == 1, "%zu were told OK", winners);
	}
}

/* --- through the connector --------------------------------------------------------------- */
static int call(struct kit *k, const struct kit_user *user, struct idbc_str current,
		struct idbc_str password, struct idbc_error *err)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error clear = IDBC_ERROR_INIT;

	*err = clear;
	req.kind = IDBC_CHANGE_PASSWORD;
	req.by = IDBC_BY_LOGIN;
	req.value = kit_keep(k, user->login.ptr, user->login.len);
	req.password = kit_keep(k, password.ptr, password.len);
	req.current_password = current.ptr ? kit_keep(k, current.ptr, current.len) : NULL;
	return idbc_call(kit_store(k), &req, NULL, err);
}

static void through(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct idbc_str old = user->password, none_given = { NULL, 0 };
	struct idbc_error err;
	int rc;

	user->password = kit_password(k);
	kit_ask(k, "change_password through the connector");
	rc = call(k, user, none_given, user->password, &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_OK);
	ops_want_in(k, user, user->password);
	ops_want_out(k, user, old);
}

static void current_password(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_user(k, s);
	struct idbc_str old = user->password, password = kit_password(k);
	struct idbc_error err;
	int rc;

	kit_ask(k, "change_password through the connector with a wrong current password");
	rc = call(k, user, kit_s("Wr0ng-password"), password, &err);
	ops_skip_unmapped(k, rc, &err);
	kit_want(k, rc, &err, IDBC_DENIED);
	ops_want_in(k, user, old);
	kit_ask(k, "change_password through the connector with the right current password");
	kit_want(k, call(k, user, old, password, &err), &err, IDBC_OK);
	ops_want_in(k, user, password);
	ops_want_out(k, user, old);
}

#define NEEDS (KIT_CREATE | KIT_PASSWORD)
#define SWAPS (NEEDS | KIT_STORED | KIT_HASHED)
const struct kit_case kit_change_password_cases[] = {
	{ "change_password.once", "the new credential is there whole, the old one gone", NEEDS, once },
	{ "change_password.by_each_kind", "by each kind of identifier", NEEDS, by_each_kind },
	{ "change_password.twice", "twice is as good as once", NEEDS, twice },
	{ "change_password.unknown", "nobody is NO_USER, and nothing is written", KIT_PASSWORD,
	  unknown },
	{ "change_password.nothing_else", "changes the credential of one user", NEEDS, nothing_else },
	{ "change_password.expect_right", "with expect: where it is still stored", SWAPS,
	  expect_right },
	{ "change_password.expect_wrong", "with expect: CONFLICT where another one is stored", SWAPS,
	  expect_wrong },
	{ "change_password.expect_exact", "with expect: compared byte for byte", SWAPS, expect_exact },
	{ "change_password.at_once", "of several with one expect exactly one succeeds", SWAPS,
	  at_once },
	{ "change_password.through", "through the connector", NEEDS, through },
	{ "change_password.current", "only who knows the current password", NEEDS, current_password },
	{ NULL, NULL, 0, NULL },
};
