/* tests/conformance/kit/case_login.c - what login reports, and whose word counts on the
 * password: the connector's, or the store's where the driver declares IDBC_CAP_DECIDES.
 * Threads: the case's.
 */
#include "ops.h"

/* --- what is reported -------------------------------------------------------------------- */
static int is_part(const char *name)
{
	static const char *const known[] = { "hash", "salt", "scheme", "external" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i], name))
			return 1;
	return 0;
}

static void credential(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by);
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "login by %s: the credential", ops_field(*by));
		kit_want(k, ops_login(k, s, *by, own, user->password, &rows, &err),
			 &err, IDBC_OK);
		ops_want_him(k, &rows, user);
		KIT_WANT(k, rows.row[0].credentials == 1, "%u calls of credential()",
			 rows.row[0].credentials);
		for (size_t i = 0; i < rows.row[0].nparts; i++)
			KIT_WANT(k, is_part(rows.row[0].parts[i].name), "a part named \"%s\"",
				 rows.row[0].parts[i].name);
	}
}

static const struct idbc_value *part(const struct kit_row *row, const char *name)
{
	for (size_t i = 0; i < row->nparts; i++)
		if (!strcmp(row->parts[i].name, name))
			return &row->parts[i].value;
	return NULL;
}

static int same_bytes(const struct idbc_value *a, const struct idbc_value *b)
{
	return a && b && a->kind != IDBC_KIND_NULL && kit_same(a->u.str, b->u.str);
}

/* What create was given, nothing of it cut or changed. */
static void credential_whole(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_rows rows;
	struct idbc_error err;

	kit_ask(k, "login of a new user: the credential that create was given");
	kit_want(k, ops_login(k, s, IDBC_BY_LOGIN, user->login, user->password, &rows, &err),
		 &err, IDBC_OK);
	ops_want_him(k, &rows, user);
	for (size_t i = 0; i < user->nparts; i++) {
		const struct idbc_value *given = &user->parts[i].value;
		const struct idbc_value *got = part(&rows.row[0], user->parts[i].name);

		if (given->kind == IDBC_KIND_STR || given->kind == IDBC_KIND_BYTES)
			KIT_WANT(k, same_bytes(got, given), "%s \"%s\"",
				 got ? "another" : "no part", user->parts[i].name);
	}
}

/* Of two users each has his own. */
static void own_credential(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *a = kit_user(k, s), *b = kit_user(k, s);
	struct kit_rows of_a, of_b;
	struct idbc_error err;
	int differ = 0;

	kit_ask(k, "login of two users: their credentials");
	kit_want(k, ops_login(k, s, IDBC_BY_LOGIN, a->login, a->password, &of_a, &err), &err,
		 IDBC_OK);
	kit_want(k, ops_login(k, s, IDBC_BY_LOGIN, b->login, b->password, &of_b, &err), &err,
		 IDBC_OK);
	ops_want_him(k, &of_a, a);
	ops_want_him(k, &of_b, b);
	for (size_t i = 0; i < of_a.row[0].nparts; i++)
		differ |= !same_bytes(&of_a.row[0].parts[i].value,
				      part(&of_b.row[0], of_a.row[0].parts[i].name));
	KIT_WANT(k, differ, "the same credential for both");
}

/* One whose credential is somebody else's never gets in with his own password. */
static void own_password(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *a = kit_user(k, s), *b = kit_user(k, s);

	ops_want_in(k, a, a->password);
	ops_want_in(k, b, b->password);
	ops_want_out(k, a, b->password);
	ops_want_out(k, b, a->password);
}

static void user_id(struct kit *k)
{
	void *s = kit_connect(k), *other = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	KIT_WANT(k, user->id.len <= 1024, "%zu bytes", user->id.len);
	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by);
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "login by %s on two sessions: the user id",
			ops_field(*by));
		kit_want(k, ops_login(k, s, *by, own, user->password, &rows, &err),
			 &err, IDBC_OK);
		ops_want_him(k, &rows, user);
		kit_want(k,
			 ops_login(k, other, *by, own, user->password, &rows, &err),
			 &err, IDBC_OK);
		ops_want_him(k, &rows, user);
	}
}

static void changes_nothing(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);

	for (int i = 0; i < 3; i++) {
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "login %d times, then get_user", i + 1);
		kit_want(k,
			 ops_login(k, s, IDBC_BY_LOGIN, user->login, user->password, &rows,
				   &err),
			 &err, IDBC_OK);
	}
	kit_want_same_row(k, ops_row(k, s, user), before);
}

/* --- the password ------------------------------------------------------------------------ */
/* Where the connector judges, what is passed as a password means nothing to the driver. */
static void not_judged(struct kit *k)
{
	static const char *const any[] = { "", "wrong", "' OR '1'='1" };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (size_t i = 0; i < 3; i++) {
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "login around the connector, with a password that is not his");
		kit_rows_init(k, &rows);
		kit_want(k,
			 kit_login(k, s, IDBC_BY_LOGIN, user->login, kit_s(any[i]), &rows,
				   &err),
			 &err, IDBC_OK);
		ops_want_him(k, &rows, user);
	}
}

static void through(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	ops_want_in(k, user, user->password);
	ops_want_out(k, user, kit_s("Wr0ng-password"));
	ops_want_in(k, user, user->password);
}

/* Wrong password and unknown user are one answer. */
static void refusals_alike(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_user nobody = *user;
	struct idbc_error wrong, unknown;

	kit_ask(k, "login with a wrong password, and of nobody: the two refusals");
	nobody.login = kit_nobody(k, IDBC_BY_LOGIN);
	kit_want(k, ops_try_in(k, user, kit_s("Wr0ng-password"), &wrong), &wrong, IDBC_DENIED);
	kit_want(k, ops_try_in(k, &nobody, user->password, &unknown), &unknown, IDBC_DENIED);
	kit_want_str(k, "text", kit_s(unknown.text), kit_s(wrong.text));
	kit_want_str(k, "code", kit_s(unknown.code), kit_s(wrong.code));
	KIT_WANT(k,
		 !wrong.native && !unknown.native && !wrong.sqlstate[0] && !unknown.sqlstate[0],
		 "a native code");
}

/* The whole of the password counts, whatever its length. */
static void whole_password(struct kit *k)
{
	static const size_t lengths[] = { 72, 73, 200, 1024, 4096 };
	void *s = kit_connect(k);

	kit_store(k);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct kit_user *user = kit_user(k, s);
		char *text = kit_keep(k, NULL, lengths[i]);
		struct idbc_str password = { text, lengths[i] },
				shorter = { text, lengths[i] - 1 };
		struct idbc_error err = IDBC_ERROR_INIT;
		int rc;

		for (size_t j = 0; j < lengths[i]; j++)
			text[j] = (char)('a' + j * 7 % 26);
		kit_secret(k, text, lengths[i]);
		kit_ask(k, "a password of %zu bytes", lengths[i]);
		rc = idbc_change_password(kit_store(k), IDBC_BY_LOGIN,
					  kit_keep(k, user->login.ptr, user->login.len), text,
					  &err);
		if (rc != IDBC_OK) {
			ops_want_refused(k, rc, &err);
			continue;
		}
		ops_want_in(k, user, password);
		ops_want_out(k, user, shorter);
	}
}

/* --- stores that judge ------------------------------------------------------------------- */
static int decide(struct kit *k, void *s, const struct kit_user *user, struct idbc_str password,
		  struct kit_rows *rows, struct idbc_error *err)
{
	kit_rows_init(k, rows);
	return kit_login(k, s, IDBC_BY_LOGIN, user->login, password, rows, err);
}

static void want_denied(struct kit *k, void *s, const struct kit_user *user,
			struct idbc_str password)
{
	struct kit_rows rows;
	struct idbc_error err;
	int rc = decide(k, s, user, password, &rows, &err);

	kit_want(k, rc, &err, IDBC_DENIED);
}

static void decides_right(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by);
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "login by %s with his password", ops_field(*by));
		kit_rows_init(k, &rows);
		kit_want(k, kit_login(k, s, *by, own, user->password, &rows, &err),
			 &err, IDBC_OK);
		ops_want_him(k, &rows, user);
	}
}

static void decides_wrong(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct idbc_str own = user->password;

	kit_ask(k, "login around the connector with a wrong password");
	want_denied(k, s, user, kit_s("Wr0ng-password"));
	want_denied(k, s, user, (struct idbc_str){ own.ptr, own.len - 1 });
	want_denied(k, s, user, kit_s(kit_textf(k, "%.*sx", (int)own.len, own.ptr)));
	if (!kit_same(ops_upper(k, own), own))
		want_denied(k, s, user, ops_upper(k, own));
	for (size_t i = 0; ops_hostile[i]; i++)
		want_denied(k, s, user, kit_s(ops_hostile[i]));
}

/* A directory takes an empty password for "I do not say who I am", and says yes. */
static void decides_empty(struct kit *k)
{
	static const int no[] = { IDBC_DENIED, IDBC_NO_USER, IDBC_INVALID, -1 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct idbc_str empty[] = { { "", 0 }, { NULL, 0 } };

	for (size_t i = 0; i < 2; i++) {
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "login around the connector with an empty password");
		kit_want_any(k, decide(k, s, user, empty[i], &rows, &err), &err, no);
	}
	ops_want_out(k, user, kit_s(""));
}

/* What ends at the NUL would be the right one. */
static void decides_nul(struct kit *k)
{
	static const int no[] = { IDBC_DENIED, IDBC_INVALID, -1 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct idbc_str own = user->password;
	char *text = kit_keep(k, NULL, own.len + 5);
	struct kit_rows rows;
	struct idbc_error err;

	memset(text, 'x', own.len + 5);
	memcpy(text, own.ptr, own.len);
	text[own.len] = '\0';
	kit_ask(k, "login with his password, a NUL and more");
	kit_want_any(k, decide(k, s, user, (struct idbc_str){ text, own.len + 5 }, &rows, &err),
		     &err, no);
	kit_ask(k, "login with a NUL alone");
	kit_want_any(k, decide(k, s, user, (struct idbc_str){ "\0", 1 }, &rows, &err), &err,
		     no);
}

static void decides_long(struct kit *k)
{
	static const int no[] = { IDBC_DENIED, IDBC_INVALID, -1 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	char *text = kit_keep(k, NULL, 4096);
	struct kit_rows rows;
	struct idbc_error err;

	memset(text, 'p', 4096);
	for (size_t len = 64; len <= 4096; len *= 2) {
		kit_ask(k, "login with a wrong password of %zu bytes", len);
		kit_want_any(k, decide(k, s, user, (struct idbc_str){ text, len }, &rows, &err),
			     &err, no);
	}
}

const struct kit_case kit_login_cases[] = {
	{ "login.credential", "login reports one credential with each row", KIT_USER | KIT_STORED,
	  credential },
	{ "login.credential_whole", "the credential is stored as it is",
	  KIT_CREATE | KIT_STORED | KIT_HASHED, credential_whole },
	{ "login.own_credential", "each user's credential is his own", KIT_CREATE | KIT_STORED,
	  own_credential },
	{ "login.own_password", "nobody logs in with another's password", KIT_CREATE, own_password },
	{ "login.user_id", "the native id is the same on every road", KIT_USER, user_id },
	{ "login.changes_nothing", "a login writes nothing before the password was right",
	  KIT_USER | KIT_STORED, changes_nothing },
	{ "login.not_judged", "without DECIDES login does not judge the password",
	  KIT_USER | KIT_STORED, not_judged },
	{ "login.through", "the right password logs in, a wrong one is DENIED", KIT_USER, through },
	{ "login.refusals_alike", "unknown user and wrong password are one answer", KIT_USER,
	  refusals_alike },
	{ "login.whole_password", "a password is never cut", KIT_CREATE | KIT_PASSWORD,
	  whole_password },
	{ "login.decides_right", "the store's yes is OK and his row", KIT_USER | KIT_DECIDES,
	  decides_right },
	{ "login.decides_wrong", "the store's no is DENIED", KIT_USER | KIT_DECIDES, decides_wrong },
	{ "login.decides_empty", "an empty password is never right", KIT_USER | KIT_DECIDES,
	  decides_empty },
	{ "login.decides_nul", "a password does not end at a NUL", KIT_USER | KIT_DECIDES,
	  decides_nul },
	{ "login.decides_long", "a long password is no other one", KIT_USER | KIT_DECIDES,
	  decides_long },
	{ NULL, NULL, 0, NULL },
};
