/* tests/conformance/kit/case_create.c - a new user: all of him or nothing, told as get_user
 * tells him.  Threads: the case's.
 */
#include "ops.h"

static int create(struct kit *k, void *s, struct kit_user *user, struct kit_rows *rows,
		  struct idbc_error *err)
{
	kit_rows_init(k, rows);
	return kit_make_user(k, s, user, rows, err);
}

static void want_nothing_of(struct kit *k, void *s, const struct kit_user *user)
{
	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++)
		if (*by != IDBC_BY_USER_ID)
			kit_want_nobody(k, s, *by, kit_identifier(user, *by));
}

static void found(struct kit *k)
{
	void *s = kit_connect(k), *other = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	kit_ask(k, "a new user, on this session and on another");
	ops_want_there(k, s, user);
	ops_want_there(k, other, user);
}

static void logs_in(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	ops_want_in(k, user, user->password);
	ops_want_out(k, user, kit_s("Wr0ng-password"));
}

static void as_get_user(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_draft(k);
	struct kit_rows rows;
	struct idbc_error err;

	kit_want(k, create(k, s, user, &rows, &err), &err, IDBC_OK);
	kit_ask(k, "the row that create reports, and get_user's");
	KIT_WANT(k, rows.n == 1, "%zu rows", rows.n);
	kit_want_same_row(k, &rows.row[0], ops_row(k, s, user));
}

/* Each field of its own text, so that two that change places are seen. */
static void fields(struct kit *k)
{
	static const char *const names[] = { "name", "given_name", "family_name", "nickname",
		"picture", "app_metadata.plan", "user_metadata.colour" };
	void *s = kit_connect(k);
	struct kit_user *user = kit_draft(k);
	const struct kit_row *row;
	struct kit_rows rows;
	struct idbc_error err;

	for (size_t i = 0; i < 7; i++)
		if (kit_accepts(k, names[i]))
			kit_user_set(k, user,
				     kit_field_str(names[i], kit_textf(k, "the %s", names[i])));
	kit_ask(k, "create with every field that the store takes");
	kit_want(k, create(k, s, user, &rows, &err), &err, IDBC_OK);
	row = ops_row(k, s, user);
	for (size_t i = 0; i < user->nfields; i++) {
		const struct idbc_field *f = &user->fields[i];

		if (f->value.kind != IDBC_KIND_STR)
			continue;
		for (uint32_t by = IDBC_BY_EMAIL; by <= IDBC_BY_PHONE; by++)
			if (!strcmp(f->name, ops_field(by)) &&
			    ops_equal(k, by, f->value.u.str, kit_field_text(row, f->name)))
				f = NULL, by = IDBC_BY_PHONE;
		if (f)
			kit_want_str(k, f->name, kit_field_text(row, f->name), f->value.u.str);
	}
}

static int ignores_unmapped(struct kit *k)
{
	struct idbc_str word;

	config_setting_str(kit_config(k), "idbc.profile.unmapped", "refuse", &word);
	return kit_same(word, kit_s("ignore"));
}

static void unmapped(struct kit *k)
{
	static const char *const names[] = { "kit_shoe_size", "kit_colour_of_eyes" };
	void *s = kit_connect(k);
	struct kit_user *user;
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	for (size_t i = 0; i < 2; i++) {
		user = kit_draft(k);
		kit_ask(k, "create with \"%s\", which nothing maps", names[i]);
		kit_user_set(k, user, kit_field_str(names[i], "44"));
		rc = create(k, s, user, &rows, &err);
		if (rc == IDBC_OK && kit_field(ops_row(k, s, user), names[i]))
			kit_skip(k, "this store keeps fields of any name");
		if (rc == IDBC_OK && !ignores_unmapped(k))
			kit_fail(k, "INVALID", "OK, and the field was dropped");
		if (rc == IDBC_OK)
			continue;
		kit_want(k, rc, &err, IDBC_INVALID);
		KIT_WANT(k, strstr(err.text, names[i]), "a text that does not name it: %s",
			 err.text);
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
		want_nothing_of(k, s, user);
	}
}

static void given_id(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user = kit_draft(k), *again = kit_draft(k);
	const char *id = kit_textf(k, "%.*s-id", (int)kit_nobody(k, IDBC_BY_USERNAME).len,
				   kit_nobody(k, IDBC_BY_USERNAME).ptr);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_ask(k, "create with a user_id wanted");
	kit_user_set(k, user, kit_field_str("user_id", id));
	rc = create(k, s, user, &rows, &err);
	if (rc != IDBC_OK) {
		ops_want_refused(k, rc, &err);
		want_nothing_of(k, s, user);
		return;
	}
	kit_want_str(k, "user id", user->id, kit_s(id));
	ops_want_there(k, s, user);
	kit_ask(k, "create with the user_id of another user");
	kit_user_set(k, again, kit_field_str("user_id", id));
	rc = create(k, s, again, &rows, &err);
	ops_want_refused(k, rc, &err);
	want_nothing_of(k, s, again);
	ops_want_there(k, s, user);
}

/* Ids are new ones, and never the empty text. */
static void own_ids(struct kit *k)
{
	void *s = kit_connect(k);
	struct kit_user *user[6];

	for (size_t i = 0; i < 6; i++)
		user[i] = kit_user(k, s);
	kit_ask(k, "the ids of six new users");
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < i; j++)
			KIT_WANT(k, !kit_same(user[i]->id, user[j]->id), "two with one id");
}

static void others_untouched(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);

	kit_ask(k, "a user, after others were made");
	for (int i = 0; i < 3; i++)
		kit_user(k, s);
	kit_want_same_row(k, ops_row(k, s, user), before);
}

/* What is needed, and not there. */
static void required(struct kit *k)
{
	static const int any[] = { IDBC_INVALID, IDBC_CONFLICT, IDBC_OK, -1 };
	void *s = kit_connect(k);
	struct kit_user *user = ops_draft(k, NULL);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_ask(k, "create without one field");
	kit_rows_init(k, &rows);
	rc = kit_create(k, s, NULL, 0, user->parts, user->nparts, &rows, &err);
	kit_want_any(k, rc, &err, any);
	if (rc != IDBC_OK)
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
	KIT_WANT(k, (rc == IDBC_OK) == (rows.n == 1), "%zu rows", rows.n);
}

/* Without the connector's checks in front: an address that is none, a name that is empty. */
static void odd_identifiers(struct kit *k)
{
	static const char *const odd[] = { "", " ", "no-at-sign", "@", "a@b@c", "x y@example.com" };
	void *s = kit_connect(k);
	const struct kit_user *like = ops_draft(k, NULL);

	for (uint32_t by = IDBC_BY_EMAIL; by <= IDBC_BY_PHONE; by++)
		for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
			struct kit_user *user = ops_draft(k, like);
			struct kit_rows rows;
			struct idbc_error err;
			int rc;

			if (!kit_accepts(k, ops_field(by)))
				continue;
			kit_ask(k, "create with \"%s\" as %s", odd[i], ops_field(by));
			kit_user_set(k, user, kit_field_str(ops_field(by), odd[i]));
			rc = create(k, s, user, &rows, &err);
			if (rc != IDBC_OK)
				ops_want_refused(k, rc, &err);
			else
				kit_want_same_row(k, &rows.row[0], ops_row(k, s, user));
		}
}

/* An address of 254 bytes is an address. */
static void long_identifiers(struct kit *k)
{
	static const size_t lengths[] = { 64,  100, 128, 129, 191, 192,
					  250, 254, 255, 256, 320, 1024 };
	void *s = kit_connect(k);
	const struct kit_user *like = ops_draft(k, NULL);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (uint32_t by = IDBC_BY_EMAIL; by <= IDBC_BY_USERNAME; by++) {
			struct kit_user *user = ops_draft(k, like);
			struct idbc_str own = kit_identifier(user, by);
			char *text = kit_keep(k, NULL, lengths[i]);
			struct kit_rows rows;
			struct idbc_error err;

			if (!own.len || own.len >= lengths[i])
				continue;
			memset(text, 'l', lengths[i]);
			memcpy(text + lengths[i] - own.len, own.ptr, own.len);
			kit_ask(k, "create with a %s of %zu bytes", ops_field(by), lengths[i]);
			kit_user_set(k, user, kit_field_bytes(ops_field(by),
					(struct idbc_str){ text, lengths[i] }));
			if (create(k, s, user, &rows, &err) != IDBC_OK)
				ops_want_refused(k, (int)err.status, &err);
			else
				ops_want_there(k, s, user);
			own.ptr = text;
			own.len = lengths[i] - 1;
			kit_want_nobody(k, s, by, own);
		}
}

/* The store is given the clear text, and judges by it. */
static void plaintext(struct kit *k)
{
	static const char *const odd[] = { "p'; --", "with \"quotes\" and \\", "  blanks  ",
		"Pa\xc3\x9fwort \xf0\x9f\x98\x80", "{SSHA}abcdef", "$2y$10$abcdefghijklmnopqrstuv", "*",
		"{CRYPT}x", "-----long-----long-----long-----long-----long-----long-----long-----" };
	void *s = kit_connect(k);

	if (!(kit_caps(k) & IDBC_CAP_PLAINTEXT))
		kit_skip(k, "the driver stores what the connector made of the password");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct kit_user *user = kit_draft(k);
		struct kit_rows rows;
		struct idbc_error err;

		user->password = kit_s(odd[i]);
		kit_ask(k, "create with clear text, form %zu", i);
		if (create(k, s, user, &rows, &err) != IDBC_OK) {
			ops_want_refused(k, (int)err.status, &err);
			continue;
		}
		ops_want_in(k, user, user->password);
		ops_want_out(k, user, kit_s("Wr0ng-password"));
	}
}

static void through(struct kit *k)
{
	struct kit_user *user = kit_draft(k);
	struct idbc_profile *profile = NULL, *made = NULL, *got = NULL;
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = idbc_profile_new(&profile, &err);

	for (size_t i = 0; i < user->nfields && rc == IDBC_OK; i++)
		if (user->fields[i].value.kind == IDBC_KIND_STR)
			rc = idbc_profile_set(profile, user->fields[i].name,
					      kit_textf(k, "\"%.*s\"",
							(int)user->fields[i].value.u.str.len,
							user->fields[i].value.u.str.ptr),
					      &err);
	kit_ask(k, "create through the connector, then getUser: the profile");
	kit_want(k, rc, &err, IDBC_OK);
	rc = idbc_create(kit_store(k), profile,
			 kit_keep(k, user->password.ptr, user->password.len), &made, &err);
	kit_want(k, rc, &err, IDBC_OK);
	kit_want(k, idbc_get_user(kit_store(k), IDBC_BY_LOGIN,
				  kit_keep(k, user->login.ptr, user->login.len), &got, &err),
		 &err, IDBC_OK);
	kit_want_str(k, "profile", kit_s(idbc_profile_json(made, 0)),
		     kit_s(idbc_profile_json(got, 0)));
	ops_want_in(k, user, user->password);
	kit_want(k, idbc_delete_user(kit_store(k), idbc_profile_get(made, "user_id"), &err),
		 &err, IDBC_OK);
}

const struct kit_case kit_create_cases[] = {
	{ "create.found", "a new user is found by all he has, on every session", KIT_CREATE, found },
	{ "create.logs_in", "a new user logs in with his password", KIT_CREATE, logs_in },
	{ "create.as_get_user", "the new profile as get_user gives it", KIT_CREATE, as_get_user },
	{ "create.through", "create and getUser give the same profile", KIT_CREATE | KIT_DELETE,
	  through },
	{ "create.fields", "every field comes back, each under its own name", KIT_CREATE, fields },
	{ "create.unmapped", "INVALID naming a field that nothing maps", KIT_CREATE, unmapped },
	{ "create.given_id", "a user_id wanted is taken, or UNSUPPORTED", KIT_CREATE, given_id },
	{ "create.own_ids", "every user has an id of his own", KIT_CREATE, own_ids },
	{ "create.others_untouched", "a new user changes nobody else", KIT_CREATE, others_untouched },
	{ "create.required", "what a row needs is asked for, nothing half is written", KIT_CREATE,
	  required },
	{ "create.odd_identifiers", "an odd identifier is stored as it is, or refused", KIT_CREATE,
	  odd_identifiers },
	{ "create.long_identifiers", "a long identifier is kept whole, or refused", KIT_CREATE,
	  long_identifiers },
	{ "create.plaintext", "with PLAINTEXT the clear text is what logs in", KIT_CREATE, plaintext },
	{ NULL, NULL, 0, NULL },
};
