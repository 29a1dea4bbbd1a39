/* tests/conformance/kit/case_get_user.c - what get_user reports: the row that login reports,
 * without a secret among its fields, the same through the connector byte for byte.
 * Threads: the case's.
 */
#include "base/text.h"
#include "ops.h"

static struct kit_row *login_row(struct kit *k, void *s, const struct kit_user *user)
{
	struct kit_rows rows;
	struct idbc_error err;
	int rc = ops_login(k, s, IDBC_BY_LOGIN, user->login, user->password, &rows, &err);

	kit_want(k, rc, &err, IDBC_OK);
	ops_want_him(k, &rows, user);
	return &rows.row[0];
}

static void same_as_login(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *login = login_row(k, s, user);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by);
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "the fields of login, and of get_user by %s",
			ops_field(*by));
		kit_rows_init(k, &rows);
		kit_want(k, kit_get_user(k, s, *by, own, &rows, &err), &err, IDBC_OK);
		ops_want_him(k, &rows, user);
		kit_want_same_row(k, &rows.row[0], login);
	}
}

static void same_twice(struct kit *k)
{
	void *s = kit_connect(k), *other = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *first = ops_row(k, s, user);

	kit_ask(k, "get_user again, on this session and on another");
	kit_want_same_row(k, ops_row(k, s, user), first);
	kit_want_same_row(k, ops_row(k, other, user), first);
}

/* A user with everything that create takes. */
static struct kit_user *full_user(struct kit *k, void *s)
{
	static const char *const names[] = { "name", "given_name", "family_name", "nickname",
					     "picture" };
	static const char *const flags[] = { "email_verified", "phone_verified", "blocked" };
	struct kit_user *user = kit_draft(k);
	struct kit_rows rows;
	struct idbc_error err;

	for (size_t i = 0; i < 5; i++)
		if (kit_accepts(k, names[i]))
			kit_user_set(k, user, kit_field_str(names[i],
					kit_textf(k, "%s of \xc3\x89ve O'Neil", names[i])));
	for (size_t i = 0; i < 3; i++)
		if (kit_accepts(k, flags[i]))
			kit_user_set(k, user, kit_field_i64(flags[i], IDBC_KIND_BOOL, i == 0));
	kit_ask(k, "create with every field of the profile that the store takes");
	kit_rows_init(k, &rows);
	kit_want(k, kit_make_user(k, s, user, &rows, &err), &err, IDBC_OK);
	return user;
}

static void full_same_as_login(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = full_user(k, s);

	kit_ask(k, "login and get_user of a user with every field");
	kit_want_same_row(k, ops_row(k, s, user), login_row(k, s, user));
}

/* The profile, byte for byte, through the connector. */
static void same_profile(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct idbc_profile *got = NULL, *login = NULL;
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *id = kit_public_id(k, user->id);

	kit_ask(k, "the profile of get_user, then of login");
	kit_want(k, idbc_get_user(kit_store(k), IDBC_BY_USER_ID, id, &got, &err), &err,
		 IDBC_OK);
	kit_want(k,
		 idbc_login(kit_store(k), kit_keep(k, user->login.ptr, user->login.len),
			    kit_keep(k, user->password.ptr, user->password.len), &login, &err),
		 &err, IDBC_OK);
	kit_want_str(k, "profile", kit_s(idbc_profile_json(login, 0)),
		     kit_s(idbc_profile_json(got, 0)));
	idbc_profile_free(got);
	idbc_profile_free(login);
}

static int holds(struct idbc_str text, struct idbc_str part)
{
	return part.len >= 8 && text.len >= part.len &&
		memmem(text.ptr, text.len, part.ptr, part.len);
}

static int has_text(const struct idbc_value *v)
{
	return v->kind == IDBC_KIND_STR || v->kind == IDBC_KIND_BYTES ||
		v->kind == IDBC_KIND_JSON;
}

/* Neither the password nor what is stored of it stands in a field. */
static void want_no_secret(struct kit *k, const struct kit_row *row, const struct kit_row *login,
			   struct idbc_str password)
{
	for (size_t i = 0; i < row->nfields; i++) {
		const struct idbc_field *f = &row->fields[i];

		if (!has_text(&f->value))
			continue;
		KIT_WANT(k, !holds(f->value.u.str, password), "the password in \"%s\"",
			 f->name);
		for (size_t j = 0; j < login->nparts; j++)
			KIT_WANT(k, !has_text(&login->parts[j].value) ||
				    strcmp(login->parts[j].name, "hash") ||
				    !holds(f->value.u.str, login->parts[j].value.u.str),
				 "what is stored of the password in \"%s\"", f->name);
	}
}

static void no_secrets(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *login = login_row(k, s, user);

	kit_ask(k, "the fields of get_user and of login: a password in them?");
	want_no_secret(k, ops_row(k, s, user), login, user->password);
	want_no_secret(k, login, login, user->password);
}

static void each_once(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_row *row = ops_row(k, s, kit_user(k, s));

	kit_ask(k, "get_user: is a field told twice?");
	for (size_t i = 0; i < row->nfields; i++)
		for (size_t j = 0; j < i; j++)
			KIT_WANT(k, strcmp(row->fields[i].name, row->fields[j].name),
				 "\"%s\" twice", row->fields[i].name);
}

static const char *value_fault(const struct idbc_value *v)
{
	if (v->kind > IDBC_KIND_JSON)
		return "a kind that is none";
	if (v->kind == IDBC_KIND_BOOL && v->u.i64 != 0 && v->u.i64 != 1)
		return "a BOOL that is neither 0 nor 1";
	if (v->kind == IDBC_KIND_STR && v->u.str.len &&
	    !text_is_utf8(v->u.str.ptr, v->u.str.len))
		return "a STR that is not UTF-8";
	return NULL;
}

/* What the profile knows as flags and times comes as such, not as a store's text. */
static const char *kind_fault(const struct idbc_field *field)
{
	static const char *const flags[] = { "email_verified", "phone_verified", "blocked", "deleted",
		"password_expired", "locked_out", "login.failed" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(field->name, flags[i]) && field->value.kind != IDBC_KIND_BOOL &&
		    field->value.kind != IDBC_KIND_NULL)
			return "a flag of another kind";
	return NULL;
}

static void well_formed(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_row *row = ops_row(k, s, kit_user(k, s));

	kit_ask(k, "get_user: are the values what their kinds say?");
	KIT_WANT(k,
		 text_is_utf8(row->id.ptr, row->id.len) &&
			 !text_has_control(row->id.ptr, row->id.len),
		 "a user id that is no line of text");
	for (size_t i = 0; i < row->nfields; i++) {
		KIT_WANT(k, !value_fault(&row->fields[i].value), "%s in \"%s\"",
			 value_fault(&row->fields[i].value), row->fields[i].name);
		KIT_WANT(k, !kind_fault(&row->fields[i]), "%s in \"%s\"", kind_fault(&row->fields[i]),
			 row->fields[i].name);
	}
}

/* Each of two users has his own fields, in whatever order they are asked for. */
static void not_mixed(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *a = kit_user(k, s), *b = kit_user(k, s);
	const struct kit_row *row_a = ops_row(k, s, a), *row_b = ops_row(k, s, b);

	kit_ask(k, "two users in turn: whose fields are whose");
	for (int i = 0; i < 3; i++) {
		kit_want_same_row(k, ops_row(k, s, a), row_a);
		kit_want_same_row(k, ops_row(k, s, b), row_b);
	}
	for (const uint32_t *by = kit_kinds(k, a); *by != KIT_NO_KIND; by++)
		if (*by >= IDBC_BY_EMAIL)
			KIT_WANT(k,
				 ops_equal(k, *by, kit_identifier(a, *by),
					   kit_field_text(row_a, ops_field(*by))) ||
					 !kit_field(row_a, ops_field(*by)),
				 "another's %s", ops_field(*by));
}

static void blocked(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_draft(k);
	struct kit_rows rows;
	struct idbc_error err;

	if (!kit_accepts(k, "blocked"))
		kit_skip(k, "nothing in this store is mapped to blocked");
	kit_user_set(k, user, kit_field_i64("blocked", IDBC_KIND_BOOL, 1));
	kit_rows_init(k, &rows);
	kit_want(k, kit_make_user(k, s, user, &rows, &err), &err, IDBC_OK);
	kit_ask(k, "get_user of a blocked user");
	KIT_WANT(k, ops_flag(ops_row(k, s, user), "blocked") == 1, "blocked is not true");
	kit_ask(k, "login of a blocked user with his password");
	kit_want(k, ops_try_in(k, user, user->password, &err), &err, IDBC_BLOCKED);
	kit_ask(k, "login of a blocked user with another password");
	kit_want(k, ops_try_in(k, user, kit_s("Wr0ng-password"), &err), &err, IDBC_DENIED);
}

const struct kit_case kit_get_user_cases[] = {
	{ "get_user.same_as_login", "the same fields as login for the same state of the row",
	  KIT_USER, same_as_login },
	{ "get_user.full_same_as_login", "the same fields as login, whatever a user has",
	  KIT_CREATE, full_same_as_login },
	{ "get_user.same_twice", "the same row again and on every session", KIT_USER, same_twice },
	{ "get_user.same_profile", "login and getUser give the same profile byte for byte",
	  KIT_USER, same_profile },
	{ "get_user.no_secrets", "no field holds a password or what is stored of it", KIT_USER,
	  no_secrets },
	{ "get_user.each_once", "a field is told once", KIT_USER, each_once },
	{ "get_user.well_formed", "values are what their kinds say", KIT_USER, well_formed },
	{ "get_user.not_mixed", "each user's fields are his own", KIT_CREATE, not_mixed },
	{ "get_user.blocked", "a blocked user is found, and told only after a right password",
	  KIT_CREATE, blocked },
	{ NULL, NULL, 0, NULL },
};
