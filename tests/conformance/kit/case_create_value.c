/* tests/conformance/kit/case_create_value.c - what becomes of values on their way into the
 * store and back: kept whole, or refused with nothing written; never cut, never changed.
 * Threads: the case's.
 */
#include <jansson.h>
#include <stdio.h>
#include <time.h>
#include "profile/profile.h"
#include "ops.h"

/* Texts that mean nothing to anybody but people. */
static const char *const texts[] = { "name", "given_name", "family_name", "nickname", "picture",
				     "app_metadata.plan", "user_metadata.colour" };
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static int create(struct kit *k, void *s, struct kit_user *user, struct kit_rows *rows,
		  struct idbc_error *err)
{
	kit_rows_init(k, rows);
	return kit_make_user(k, s, user, rows, err);
}

/* Refused: and nothing of him is there. */
static void want_refused(struct kit *k, void *s, const struct kit_user *user, int rc,
			 const struct idbc_error *err)
{
	ops_want_refused(k, rc, err);
	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++)
		if (*by != IDBC_BY_USER_ID)
			kit_want_nobody(k, s, *by, kit_identifier(user, *by));
}

/* --- one value in every text ------------------------------------------------------------- */
struct trial {
	struct kit *kit;
	void *session;
	const struct kit_user *like;    /* whose credential all have */
	const char *names[TEXTS + 1];   /* that the store takes */
	size_t n;
};

static void trial_begin(struct kit *k, struct trial *t)
{
	*t = (struct trial){ .kit = k, .session = kit_connect(k), .like = ops_draft(k, NULL) };
	for (size_t i = 0; i < TEXTS; i++)
		if (kit_accepts(k, texts[i]))
			t->names[t->n++] = texts[i];
	if (!t->n)
		kit_skip(k, "this store keeps no text but identifiers");
}

/* What is there of each is what was given. */
static void want_kept(const struct trial *t, const struct kit_user *user, const char *const *names,
		      size_t n, struct idbc_str given)
{
	struct kit *k = t->kit;
	const struct kit_row *row = ops_row(k, t->session, user);

	for (size_t i = 0; i < n; i++) {
		struct idbc_str got = kit_field_text(row, names[i]);

		KIT_WANT(k, kit_field(row, names[i]), "nothing of \"%s\"", names[i]);
		if (got.len != given.len)
			kit_fail(k, kit_textf(k, "%zu bytes", given.len), "%zu bytes of \"%s\"",
				 got.len, names[i]);
		KIT_WANT(k, kit_same(got, given), "other bytes in \"%s\"", names[i]);
	}
}

/* 1: kept in all of them; 0: refused, and he is not there. */
static int try_texts(const struct trial *t, const char *const *names, size_t n,
		     const struct idbc_value *value)
{
	struct kit_user *user = ops_draft(t->kit, t->like);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	for (size_t i = 0; i < n; i++)
		kit_user_set(t->kit, user, (struct idbc_field){ names[i], *value });
	rc = create(t->kit, t->session, user, &rows, &err);
	if (rc == IDBC_OK)
		want_kept(t, user, names, n, value->u.str);
	else
		want_refused(t->kit, t->session, user, rc, &err);
	return rc == IDBC_OK;
}

/* All at once, and where that is refused one by one. */
static void in_each_text(const struct trial *t, uint32_t kind, struct idbc_str text,
			 const char *what)
{
	struct idbc_value value = { .kind = kind, .u.str = text };

	kit_ask(t->kit, "create with %s in each text of a profile", what);
	if (t->n > 1 && try_texts(t, t->names, t->n, &value))
		return;
	for (size_t i = 0; i < t->n; i++) {
		kit_ask(t->kit, "create with %s in \"%s\"", what, t->names[i]);
		try_texts(t, &t->names[i], 1, &value);
	}
}

/* --- lengths ----------------------------------------------------------------------------- */
static struct idbc_str filled(struct kit *k, size_t len)
{
	char *text = kit_keep(k, NULL, len);

	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + (i * 7 + i / 26) % 26);
	return (struct idbc_str){ text, len };
}

static void bytes(struct kit *k, size_t len)
{
	struct trial t;

	trial_begin(k, &t);
	in_each_text(&t, IDBC_KIND_STR, filled(k, len), kit_textf(k, "%zu bytes", len));
}
#define BYTES(n) static void bytes_##n(struct kit *k) { bytes(k, n); }
BYTES(0) BYTES(1) BYTES(254) BYTES(255) BYTES(256) BYTES(1023) BYTES(1024) BYTES(4095)
BYTES(4096) BYTES(8191) BYTES(65535)

/* Letters of two, three and four bytes fall across every boundary that a length is cut at. */
static void letters_across(struct kit *k)
{
	static const char *const letters[] = { "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80" };
	static const size_t lengths[] = { 255, 256, 1023, 4096 };
	struct trial t;

	trial_begin(k, &t);
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 4; j++) {
			size_t n = strlen(letters[i]), len = lengths[j] / n * n + 1;
			char *text = kit_keep(k, NULL, len);

			text[0] = 'x';
			for (size_t at = 1; at < len; at++)
				text[at] = letters[i][(at - 1) % n];
			in_each_text(&t, IDBC_KIND_STR, (struct idbc_str){ text, len },
				     kit_textf(k, "%zu bytes in letters of %zu", len, n));
		}
}

/* --- letters ----------------------------------------------------------------------------- */
static void each_of(struct kit *k, const char *const *list, uint32_t kind)
{
	struct trial t;

	trial_begin(k, &t);
	for (size_t i = 0; list[i]; i++)
		in_each_text(&t, kind, kit_s(list[i]), kit_textf(k, "text %zu of the list", i));
}

static void letters(struct kit *k)
{
	each_of(k, ops_letters, IDBC_KIND_STR);
}

static void hostile(struct kit *k)
{
	each_of(k, ops_hostile, IDBC_KIND_STR);
}

/* One letter of each stretch of Unicode, noncharacters and surrogates left out. */
static void planes(struct kit *k)
{
	static const char *const some[] = { "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xef\xbf\xbd", "\xf0\x90\x80\x80", "\xf1\x80\x80\x80",
		"\xf3\xa0\x84\x80", "\xf4\x8f\xbf\xbd", "a\xcc\x88", "\xc3\xa4", "\xe2\x84\xab",
		"\xef\xac\x81", "\xe2\x80\xae" "abc", "\xe1\x84\x80\xe1\x85\xa1", NULL };

	each_of(k, some, IDBC_KIND_STR);
}

static void nul_inside(struct kit *k)
{
	struct trial t;

	trial_begin(k, &t);
	in_each_text(&t, IDBC_KIND_STR, (struct idbc_str){ "before\0after", 12 },
		     "a NUL inside");
}

/* What is no text is BYTES, or refused: never text of other bytes. */
static void not_utf8(struct kit *k)
{
	static const char *const bad[] = { "caf\xe9 au lait", "half \xf0\x9f\x98", "\xc0\xaf",
					   "\xed\xa0\x80", "\xff\xfe", NULL };

	kit_loose(k);
	each_of(k, bad, IDBC_KIND_BYTES);
}

/* --- nothing ----------------------------------------------------------------------------- */
static int is_identifier(const char *name)
{
	return !strcmp(name, "email") || !strcmp(name, "username") ||
	       !strcmp(name, "phone_number") || !strcmp(name, "user_id");
}

/* Fields that tell of the moment or of the user, not of what create was given. */
static int is_own(const char *name)
{
	static const char *const own[] = { "name", "nickname", "created_at", "updated_at", "picture" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(own[i], name))
			return 1;
	return is_identifier(name);
}

static int reported(const struct kit_row *row, const char *name)
{
	const struct idbc_value *v = kit_field(row, name);

	return v && v->kind != IDBC_KIND_NULL;
}

/* NULL is as good as a field not given. */
static void null_fields(struct kit *k)
{
	static const char *const more[] = { "email_verified", "phone_verified", "blocked" };
	void *s = kit_connect(k);
	const struct kit_user *like = kit_user(k, s);
	const struct kit_row *plain = ops_row(k, s, like);

	for (size_t i = 0; i < TEXTS + 3; i++) {
		const char *name = i < TEXTS ? texts[i] : more[i - TEXTS];
		struct kit_user *user = ops_draft(k, like);
		const struct kit_row *row;
		struct kit_rows rows;
		struct idbc_error err;

		if (!kit_accepts(k, name))
			continue;
		kit_ask(k, "create with NULL in \"%s\"", name);
		kit_user_set(k, user, kit_field_null(name));
		if (create(k, s, user, &rows, &err) != IDBC_OK) {
			want_refused(k, s, user, (int)err.status, &err);
			continue;
		}
		row = ops_row(k, s, user);
		for (size_t j = 0; j < plain->nfields; j++)
			KIT_WANT(k, is_own(plain->fields[j].name) ||
				    reported(row, plain->fields[j].name) ==
				    reported(plain, plain->fields[j].name),
				 "another \"%s\"", plain->fields[j].name);
		KIT_WANT(k, reported(row, name) == reported(plain, name), "a value in \"%s\"",
			 name);
	}
}

/* --- kinds ------------------------------------------------------------------------------- */
static void want_flag_kind(struct kit *k, const struct idbc_value *value)
{
	if (value && value->kind != IDBC_KIND_BOOL && value->kind != IDBC_KIND_I64 &&
	    value->kind != IDBC_KIND_NULL)
		kit_fail(k, "a flag as IDBC_KIND_BOOL", "kind %u", value->kind);
}

static void flags(struct kit *k)
{
	static const char *const names[] = { "email_verified", "phone_verified", "blocked" };
	void *s = kit_connect(k);
	int looked = 0;

	for (size_t i = 0; i < 6; i++) {
		struct kit_user *user = kit_draft(k);
		const char *name = names[i / 2];
		int yes = i % 2 == 0;
		struct kit_rows rows;
		struct idbc_error err;

		if (!kit_accepts(k, name))
			continue;
		looked = 1;
		kit_ask(k, "create with %s %s", name, yes ? "true" : "false");
		kit_user_set(k, user, kit_field_i64(name, IDBC_KIND_BOOL, yes));
		if (create(k, s, user, &rows, &err) != IDBC_OK) {
			want_refused(k, s, user, (int)err.status, &err);
			continue;
		}
		want_flag_kind(k, kit_field(ops_row(k, s, user), name));
		KIT_WANT(k, (ops_flag(ops_row(k, s, user), name) == 1) == yes, "the opposite");
		KIT_WANT(k, !kit_field(ops_row(k, s, user), name) ||
			    kit_field(ops_row(k, s, user), name)->kind == IDBC_KIND_BOOL ||
			    kit_field(ops_row(k, s, user), name)->kind == IDBC_KIND_NULL,
			 "a value that is no IDBC_KIND_BOOL");
	}
	if (!looked)
		kit_skip(k, "this store keeps no flags");
}

/* As IDBC_KIND_I64, which a driver may tell as text. */
static void whole_numbers(struct kit *k)
{
	static const int64_t values[] = { 0, -1, 2147483648, 9007199254740993, INT64_MIN, INT64_MAX };
	static const char name[] = "app_metadata.plan";
	void *s = kit_connect(k);

	if (!kit_accepts(k, name))
		kit_skip(k, "this store keeps no members of app_metadata");
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct kit_user *user = kit_draft(k);
		const struct idbc_value *got;
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "create with %s %lld", name, (long long)values[i]);
		kit_user_set(k, user, kit_field_i64(name, IDBC_KIND_I64, values[i]));
		if (create(k, s, user, &rows, &err) != IDBC_OK) {
			want_refused(k, s, user, (int)err.status, &err);
			continue;
		}
		got = kit_field(ops_row(k, s, user), name);
		if (got && got->kind == IDBC_KIND_I64)
			KIT_WANT(k, got->u.i64 == values[i], "%lld", (long long)got->u.i64);
	}
}

/* Made now: neither an hour ahead in a time zone nor in 1970. */
static void times(struct kit *k)
{
	void *s = kit_connect(k);
	const struct kit_row *row = ops_row(k, s, kit_user(k, s));
	int64_t now = (int64_t)time(NULL) * 1000000, slack = INT64_C(600) * 1000000;
	int looked = 0;

	for (size_t i = 0; i < row->nfields; i++) {
		const struct idbc_field *f = &row->fields[i];

		if (f->value.kind != IDBC_KIND_TIME_US ||
		    (strcmp(f->name, "created_at") && strcmp(f->name, "updated_at")))
			continue;
		looked = 1;
		kit_ask(k, "%s of a new user, in UTC", f->name);
		KIT_WANT(k, f->value.u.i64 > now - slack && f->value.u.i64 < now + slack,
			 "%lld s away from now", (long long)((f->value.u.i64 - now) / 1000000));
	}
	if (!looked)
		kit_skip(k, "this store tells no time of a new user");
}

/* --- documents --------------------------------------------------------------------------- */
/* The profile of a user made through the connector with this metadata; NULL: refused. */
static struct idbc_profile *with_metadata(struct kit *k, const char *field, const char *json)
{
	struct kit_user *user = kit_draft(k);
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL, *made = NULL;
	struct idbc_str id;
	int rc = idbc_profile_new(&profile, &err);

	for (size_t i = 0; rc == IDBC_OK && i < user->nfields; i++)
		if (user->fields[i].value.kind == IDBC_KIND_STR)
			rc = idbc_profile_set(profile, user->fields[i].name,
					      kit_textf(k, "\"%.*s\"",
							(int)user->fields[i].value.u.str.len,
							user->fields[i].value.u.str.ptr), &err);
	if (rc == IDBC_OK)
		rc = idbc_profile_set(profile, field, json, &err);
	kit_want(k, rc, &err, IDBC_OK);
	rc = idbc_create(kit_store(k), profile, kit_keep(k, user->password.ptr,
							 user->password.len), &made, &err);
	idbc_profile_free(profile);
	if (rc != IDBC_OK) {
		ops_want_refused(k, rc, &err);
		return NULL;
	}
	id = kit_s(idbc_profile_get(made, "user_id"));
	kit_want(k, profile_native_id(&kit_config(k)->profile, &id, &id, &err), &err, IDBC_OK);
	kit_remember(k, id);
	return made;
}

static void want_document(struct kit *k, const char *field, const char *json)
{
	struct idbc_profile *made = with_metadata(k, field, json), *got = NULL;
	struct idbc_error err = IDBC_ERROR_INIT;
	json_t *is, *want = json_loads(json, JSON_DECODE_ANY, NULL);
	const char *text;

	if (!made)
		return;
	kit_want(k,
		 idbc_get_user(kit_store(k), IDBC_BY_USER_ID, idbc_profile_get(made, "user_id"),
			       &got, &err),
		 &err, IDBC_OK);
	text = idbc_profile_get(got, field);
	KIT_WANT(k, text, "nothing of it");
	is = json_loads(text, JSON_DECODE_ANY, NULL);
	KIT_WANT(k, is && json_equal(is, want), "%s", text);
	json_decref(is);
	json_decref(want);
	idbc_profile_free(made);
	idbc_profile_free(got);
}

static void documents(struct kit *k)
{
	static const char *const json[] = { "{\"a\":1}", "{\"plan\":\"gold\",\"tier\":{\"level\":3}}",
		"{\"list\":[1,\"two\",true,null,{\"x\":[]}]}", "{\"t\":true,\"f\":false}",
		"{\"s\":\"\\\"quoted\\\" \\\\ back / \\u00e9 \\ud83d\\ude00 \\n\"}",
		"{\"empty\":\"\",\"zero\":0,\"minus\":-1,\"real\":0.5}",
		"{\"' OR 1=1\":\"'; --\"}", "{\"deep\":{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":1}}}}}}" };
	static const char *const fields[] = { "user_metadata", "app_metadata" };
	int looked = 0;

	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
			if (!kit_accepts(k, fields[f]))
				continue;
			looked = 1;
			kit_ask(k, "create with %s %s", fields[f], json[i]);
			want_document(k, fields[f], json[i]);
		}
	if (!looked)
		kit_skip(k, "this store keeps no metadata");
}

/* Beyond 2^53 a number is told as a string: not one digit of it is lost. */
static void numbers(struct kit *k)
{
	static const char *const digits[] = { "9007199254740991", "9007199254740993",
		"-9007199254740993", "9223372036854775807", "4294967296" };
	static const char *const fields[] = { "user_metadata", "app_metadata" };
	int looked = 0;

	for (size_t i = 0; i < 10; i++) {
		const char *field = fields[i / 5], *n = digits[i % 5], *text;
		struct idbc_profile *made;

		if (!kit_accepts(k, field))
			continue;
		looked = 1;
		kit_ask(k, "create with the number %s in %s", n, field);
		made = with_metadata(k, field, kit_textf(k, "{\"n\":%s}", n));
		if (!made)
			continue;
		text = idbc_profile_get(made, kit_textf(k, "%s.n", field));
		kit_want_str(k, "number", kit_s(text ? text : ""), kit_s(n));
		idbc_profile_free(made);
	}
	if (!looked)
		kit_skip(k, "this store keeps no metadata");
}

static int is_number(const struct idbc_value *v, int64_t n)
{
	char digits[24];

	if (v->kind == IDBC_KIND_I64 || v->kind == IDBC_KIND_BOOL)
		return v->u.i64 == n;
	snprintf(digits, sizeof(digits), "%lld", (long long)n);
	return v->kind != IDBC_KIND_NULL && v->kind != IDBC_KIND_TIME_US &&
	       kit_same(v->u.str, kit_s(digits));
}

/* The same around the connector, in fields that a store may keep under any name. */
static void integers(struct kit *k)
{
	static const int64_t some[] = { 0,	   1,	     -1, INT32_MAX, INT64_C(4294967297),
					INT64_MAX, INT64_MIN };
	static const char *const names[] = { "kit_number", "app_metadata.plan", "user_metadata.colour" };
	void *s = kit_connect(k);
	const struct kit_user *like = ops_draft(k, NULL);
	int looked = 0;

	for (size_t i = 0; i < 21; i++) {
		struct kit_user *user = ops_draft(k, like);
		const struct idbc_value *value;
		struct kit_rows rows;
		struct idbc_error err;

		kit_ask(k, "create with the integer %lld in \"%s\"", (long long)some[i % 7],
			names[i / 7]);
		kit_user_set(k, user, kit_field_i64(names[i / 7], IDBC_KIND_I64, some[i % 7]));
		if (create(k, s, user, &rows, &err) != IDBC_OK) {
			want_refused(k, s, user, (int)err.status, &err);
			continue;
		}
		value = kit_field(ops_row(k, s, user), names[i / 7]);
		KIT_WANT(k, !value || is_number(value, some[i % 7]), "another number");
		looked |= value != NULL;
	}
	if (!looked)
		kit_skip(k, "this store keeps integers in no field of their own");
}

#define BYTES_CASE(n) \
	{ \
		"create.bytes_" #n, "a value of " #n " bytes is kept whole or refused", \
			KIT_CREATE, bytes_##n \
	}
const struct kit_case kit_create_value_cases[] = {
	BYTES_CASE(0),
	BYTES_CASE(1),
	BYTES_CASE(254),
	BYTES_CASE(255),
	BYTES_CASE(256),
	BYTES_CASE(1023),
	BYTES_CASE(1024),
	BYTES_CASE(4095),
	BYTES_CASE(4096),
	BYTES_CASE(8191),
	BYTES_CASE(65535),
	{ "create.letters_across", "no letter is cut in two", KIT_CREATE, letters_across },
	{ "create.letters", "letters of any kind come back byte for byte", KIT_CREATE,
	  letters },
	{ "create.hostile", "values are bound, never part of a statement", KIT_CREATE,
	  hostile },
	{ "create.planes", "every plane of Unicode, normalised by nobody", KIT_CREATE, planes },
	{ "create.nul_inside", "a value does not end at a NUL", KIT_CREATE, nul_inside },
	{ "create.not_utf8", "bytes that are no text are not changed in silence", KIT_CREATE,
	  not_utf8 },
	{ "create.null_fields", "NULL is a field not given, and no empty string", KIT_CREATE,
	  null_fields },
	{ "create.whole_numbers", "a number of 64 bits comes back as it is", KIT_CREATE,
	  whole_numbers },
	{ "create.flags", "true and false come back as they are", KIT_CREATE, flags },
	{ "create.times", "times are in UTC", KIT_CREATE, times },
	{ "create.documents", "metadata come back as they were given", KIT_CREATE, documents },
	{ "create.integers", "integers have 64 bits", KIT_CREATE, integers },
	{ "create.numbers", "no digit of a number is lost", KIT_CREATE, numbers },
	{ NULL, NULL, 0, NULL },
};
