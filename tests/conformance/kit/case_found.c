/* tests/conformance/kit/case_found.c - who is found, by login and by get_user alike: the one
 * who was asked for, however an identifier is spelled, and nobody else.
 * Threads: the case's.
 */
#include "base/text.h"
#include "ops.h"

enum reader { LOGIN, GET_USER };

static int read_as(struct kit *k, void *s, enum reader reader, uint32_t by,
		   struct idbc_str identifier, const struct kit_user *user,
		   struct kit_rows *rows, struct idbc_error *err)
{
	struct idbc_str password = user ? user->password : kit_s("Nobody-has-1t");

	if (reader == LOGIN)
		return ops_login(k, s, by, identifier, password, rows, err);
	kit_rows_init(k, rows);
	return kit_get_user(k, s, by, identifier, rows, err);
}

static void want_found(struct kit *k, void *s, enum reader reader, uint32_t by,
		       struct idbc_str identifier, const struct kit_user *user)
{
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_ask(k, "%s by %s", reader == LOGIN ? "login" : "get_user", ops_field(by));
	rc = read_as(k, s, reader, by, identifier, user, &rows, &err);
	kit_want(k, rc, &err, IDBC_OK);
	ops_want_him(k, &rows, user);
}

/* Nobody is there; an identifier that the store cannot even hold may be INVALID to it. */
static void want_nobody(struct kit *k, void *s, enum reader reader, uint32_t by,
			struct idbc_str identifier)
{
	static const int none[] = { IDBC_NO_USER, IDBC_INVALID, -1 };
	static const int decided[] = { IDBC_NO_USER, IDBC_INVALID, IDBC_DENIED, -1 };
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_ask(k, "%s by %s of nobody: %.100s", reader == LOGIN ? "login" : "get_user",
		ops_field(by), (const char *)kit_keep(k, identifier.ptr, identifier.len));
	rc = read_as(k, s, reader, by, identifier, NULL, &rows, &err);
	kit_want_any(k, rc, &err, reader == LOGIN && kit_has(k, KIT_DECIDES) ? decided : none);
	if (rows.n)
		kit_fail(k, "no row", "%zu rows", rows.n);
}

/* --- each kind --------------------------------------------------------------------------- */
static void by_each_kind(struct kit *k, enum reader reader)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++)
		want_found(k, s, reader, *by, kit_identifier(user, *by), user);
}
static void login_by_each_kind(struct kit *k) { by_each_kind(k, LOGIN); }
static void get_user_by_each_kind(struct kit *k) { by_each_kind(k, GET_USER); }

/* LOGIN is every field that people log in with. */
static void by_login_fields(struct kit *k, enum reader reader)
{
	const struct config_lookup *lookup = &kit_config(k)->lookup;
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (uint32_t i = 0; i < lookup->nlogin; i++) {
		struct idbc_str value = kit_identifier(user, lookup->login_by[i]);

		if (value.len)
			want_found(k, s, reader, IDBC_BY_LOGIN, value, user);
	}
}
static void login_by_login_fields(struct kit *k) { by_login_fields(k, LOGIN); }
static void get_user_by_login_fields(struct kit *k) { by_login_fields(k, GET_USER); }

static void unknown(struct kit *k, enum reader reader)
{
	void *s = kit_connect(k);

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++)
		want_nobody(k, s, reader, *by, kit_nobody(k, *by));
}
static void login_unknown(struct kit *k) { unknown(k, LOGIN); }
static void get_user_unknown(struct kit *k) { unknown(k, GET_USER); }

static void unknown_kind(struct kit *k, enum reader reader)
{
	static const int any[] = { IDBC_NO_USER, IDBC_INVALID, IDBC_UNSUPPORTED, IDBC_DENIED,
				   -1 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_rows rows;
	struct idbc_error err;

	kit_ask(k, "an identifier of kind 99");
	kit_want_any(k, read_as(k, s, reader, 99, user->login, user, &rows, &err), &err, any);
	KIT_WANT(k, rows.n == 0, "%zu rows", rows.n);
}
static void login_unknown_kind(struct kit *k) { unknown_kind(k, LOGIN); }
static void get_user_unknown_kind(struct kit *k) { unknown_kind(k, GET_USER); }

/* --- trouble ----------------------------------------------------------------------------- */
static void hostile(struct kit *k, enum reader reader)
{
	void *s = kit_connect(k);

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++)
		for (size_t i = 0; ops_hostile[i]; i++)
			want_nobody(k, s, reader, *by, kit_s(ops_hostile[i]));
}
static void login_hostile(struct kit *k) { hostile(k, LOGIN); }
static void get_user_hostile(struct kit *k) { hostile(k, GET_USER); }

/* His own identifier with one character that stands for any other somewhere. */
static void wildcards(struct kit *k, enum reader reader)
{
	static const char wild[] = "%_*?.";
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by);

		if (own.len < 3)
			continue;
		for (const char *w = wild; *w; w++) {
			char *other = kit_keep(k, own.ptr, own.len);

			other[1] = *w;
			want_nobody(k, s, reader, *by, kit_s(other));
			want_nobody(k, s, reader, *by,
				    kit_s(kit_textf(k, "%.*s%c", 2, own.ptr, *w)));
		}
	}
}
static void login_wildcards(struct kit *k) { wildcards(k, LOGIN); }
static void get_user_wildcards(struct kit *k) { wildcards(k, GET_USER); }

/* Asked in words that the configuration leaves to the store's collation. */
static int trusts_collation(struct kit *k, uint32_t by)
{
	const struct config_lookup *lookup = &kit_config(k)->lookup;

	for (uint32_t i = 0; by == IDBC_BY_LOGIN && i < lookup->nlogin; i++)
		if (lookup->fold[lookup->login_by[i]] == IDBC_FOLD_DATABASE)
			return 1;
	return by != IDBC_BY_LOGIN && lookup->fold[by] == IDBC_FOLD_DATABASE;
}

/* A blank more, a character less, a letter with an accent: another identifier. */
static void neighbours(struct kit *k, enum reader reader)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by);
		uint32_t kind = *by;
		int len = (int)own.len;
		const char *other[] = {
			kit_textf(k, "%.*s", len - 1, own.ptr),
			kit_textf(k, "%.*s ", len, own.ptr),
			kit_textf(k, " %.*s", len, own.ptr),
			kit_textf(k, "%.*sx", len, own.ptr),
			kit_textf(k, "%.*s\xcc\x81", len, own.ptr),
			kit_textf(k, "%.*s\xe2\x80\x8b", len, own.ptr),
			kit_textf(k, "\xef\xbb\xbf%.*s", len, own.ptr),
		};

		/* A number with a digit less may be another user's. */
		for (size_t i = kind == IDBC_BY_USER_ID; i < sizeof(other) / sizeof(other[0]);
		     i++)
			if (len > 1 && !trusts_collation(k, kind))
				want_nobody(k, s, reader, kind, kit_s(other[i]));
	}
}
static void login_neighbours(struct kit *k) { neighbours(k, LOGIN); }
static void get_user_neighbours(struct kit *k) { neighbours(k, GET_USER); }

static struct idbc_str repeated(struct kit *k, const char *piece, size_t len)
{
	size_t n = strlen(piece);
	char *text = kit_keep(k, NULL, len);

	for (size_t i = 0; i < len; i++)
		text[i] = i / n * n + n <= len ? piece[i % n] : 'x';
	return (struct idbc_str){ text, len };
}

static void longest(struct kit *k, enum reader reader)
{
	static const size_t lengths[] = { 63,  64,  65,	 127, 128, 129, 254,  255,
					  256, 257, 320, 511, 512, 513, 1023, 1024 };
	static const char *const pieces[] = { "a", "'", "\xf0\x9f\x98\x80", "\xc3\xa9", "\\", "*" };
	void *s = kit_connect(k);

	for (const uint32_t *by = kit_kinds(k, NULL); *by != KIT_NO_KIND; by++)
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
			want_nobody(k, s, reader, *by, repeated(k, pieces[i % 6], lengths[i]));
	for (size_t i = 0; i < 6; i++)
		want_nobody(k, s, reader, IDBC_BY_LOGIN, repeated(k, pieces[i], 1024));
}
static void login_longest(struct kit *k) { longest(k, LOGIN); }
static void get_user_longest(struct kit *k) { longest(k, GET_USER); }

/* His identifier and 1,000 bytes more is not his: nothing is cut on the way to the store. */
static void not_cut(struct kit *k, enum reader reader)
{
	static const size_t lengths[] = { 64, 128, 255, 256, 512, 1024 };
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by);

		for (size_t i = 0; i < 6; i++) {
			struct idbc_str text = repeated(k, i % 2 ? " " : "z", lengths[i]);

			if (own.len >= lengths[i] || (i % 2 && trusts_collation(k, *by)))
				continue;
			memcpy((char *)text.ptr, own.ptr, own.len);
			want_nobody(k, s, reader, *by, text);
		}
	}
}
static void login_not_cut(struct kit *k) { not_cut(k, LOGIN); }
static void get_user_not_cut(struct kit *k) { not_cut(k, GET_USER); }

/* --- spelling ---------------------------------------------------------------------------- */
/* In capitals he is found exactly where the fold of the configuration says it is the same. */
static void folded(struct kit *k, enum reader reader)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by), upper;

		if (*by == IDBC_BY_LOGIN || *by == IDBC_BY_USER_ID || trusts_collation(k, *by))
			continue;
		upper = ops_upper(k, own);
		if (ops_equal(k, *by, upper, own))
			want_found(k, s, reader, *by, upper, user);
		else if (!kit_same(upper, own))
			want_nobody(k, s, reader, *by, upper);
	}
}
static void login_folded(struct kit *k) { folded(k, LOGIN); }
static void get_user_folded(struct kit *k) { folded(k, GET_USER); }

/* What matched is what is stored, not what was typed. */
static void matched(struct kit *k, enum reader reader)
{
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	struct kit_row *row = ops_row(k, s, user);

	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str own = kit_identifier(user, *by), asked, stored;
		struct kit_rows rows;
		struct idbc_error err;

		if (*by == IDBC_BY_LOGIN || *by == IDBC_BY_USER_ID)
			continue;
		stored = kit_field_text(row, ops_field(*by));
		asked = ops_upper(k, own);
		if (!stored.len || trusts_collation(k, *by))
			continue;
		kit_ask(k, "by %s in capitals: what matched", ops_field(*by));
		if (!ops_equal(k, *by, asked, own))
			asked = own;
		kit_want(k, read_as(k, s, reader, *by, asked, user, &rows, &err),
			 &err, IDBC_OK);
		ops_want_him(k, &rows, user);
		kit_want_str(k, "matched", rows.row[0].matched, stored);
	}
}
static void login_matched(struct kit *k) { matched(k, LOGIN); }
static void get_user_matched(struct kit *k) { matched(k, GET_USER); }

/* --- the exact one among neighbours ------------------------------------------------------ */
static struct idbc_str local_part(struct idbc_str email)
{
	const char *at = email.len ? memchr(email.ptr, '@', email.len) : NULL;

	return (struct idbc_str){ email.ptr, at ? (size_t)(at - email.ptr) : email.len };
}

/* A draft whose name, or address, begins with `form`. */
static struct kit_user *formed(struct kit *k, uint32_t by, const char *form,
			       struct idbc_str tail)
{
	struct kit_user *user = kit_draft(k);
	const char *name = kit_textf(k, "%s%.*s", form, (int)tail.len, tail.ptr);

	if (by == IDBC_BY_EMAIL)
		name = kit_textf(k, "%s@example.com", name);
	kit_user_set(k, user, kit_field_str(ops_field(by), name));
	return user;
}

/* Names that some collation calls equal: each that the store takes is found, and alone. */
static void exact(struct kit *k, enum reader reader)
{
	static const char *const forms[] = { "zoe", "zo\xc3\xa9", "zoe\xcc\x81", "Zoe", "\xc5\xbcoe",
		"z\303\266e", "\xef\xbd\x9aoe", "zoe\xc3\x9f", "zoess", "zo\xc4\xb1", "zoi", "z0e" };
	uint32_t by = kit_has(k, KIT_USERNAME) ? IDBC_BY_USERNAME : IDBC_BY_EMAIL;
	struct kit_user *made[sizeof(forms) / sizeof(forms[0])], *first = kit_draft(k);
	struct idbc_str tail = local_part(first->username.len ? first->username : first->email);
	void *s = kit_connect(k);
	size_t n = 0;

	if (!kit_has(k, KIT_USERNAME) && !kit_has(k, KIT_EMAIL))
		kit_skip(k, "users have neither a name nor an address here");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct kit_user *user = formed(k, by, forms[i], tail);
		struct kit_rows rows;
		struct idbc_error err;

		kit_rows_init(k, &rows);
		if (kit_make_user(k, s, user, &rows, &err) == IDBC_OK)
			made[n++] = user;
	}
	KIT_WANT(k, n > 0, "not one of %zu names", sizeof(forms) / sizeof(forms[0]));
	for (size_t i = 0; i < n; i++)
		want_found(k, s, reader, by, kit_identifier(made[i], by), made[i]);
}
static void login_exact(struct kit *k) { exact(k, LOGIN); }
static void get_user_exact(struct kit *k) { exact(k, GET_USER); }

/* Names full of syntax, where the store takes them, name exactly their users. */
static void spelled(struct kit *k, enum reader reader)
{
	void *s = kit_connect(k);

	for (size_t i = 0; ops_letters[i]; i++) {
		struct kit_user *user = kit_draft(k);
		struct idbc_str own = user->username;
		struct kit_rows rows;
		struct idbc_error err;

		if (text_has_control(ops_letters[i], strlen(ops_letters[i])))
			continue;
		kit_user_set(k, user,
			     kit_field_str("username",
					   kit_textf(k, "%.*s%sx", (int)own.len, own.ptr,
						     ops_letters[i])));
		kit_rows_init(k, &rows);
		kit_ask(k, "create with a user name that has %s", ops_letters[i]);
		if (kit_make_user(k, s, user, &rows, &err) != IDBC_OK) {
			ops_want_refused(k, (int)err.status, &err);
			continue;
		}
		want_found(k, s, reader, IDBC_BY_USERNAME,
			   kit_identifier(user, IDBC_BY_USERNAME), user);
	}
}
static void login_spelled(struct kit *k) { spelled(k, LOGIN); }
static void get_user_spelled(struct kit *k) { spelled(k, GET_USER); }

/* Three who share a number, an address or a name, where the store lets them: never one of
 * them alone, and never three. */
static void shared(struct kit *k, enum reader reader)
{
	static const uint32_t kinds[] = { IDBC_BY_EMAIL, IDBC_BY_PHONE, IDBC_BY_USERNAME };
	static const int refusals[] = { IDBC_DENIED, IDBC_AMBIGUOUS, IDBC_NO_USER, -1 };
	static const int answers[] = { IDBC_OK, IDBC_AMBIGUOUS, -1 };
	void *s = kit_connect(k);
	int looked = 0, rc;

	for (size_t i = 0; i < 3; i++) {
		struct kit_user *first = kit_user(k, s);
		struct idbc_str value = kit_identifier(first, kinds[i]);
		struct kit_rows rows;
		struct idbc_error err;
		size_t n = 1;

		for (int more = 0; value.len && more < 2; more++) {
			struct kit_user *other = kit_draft(k);

			kit_user_set(k, other, kit_field_bytes(ops_field(kinds[i]), value));
			kit_rows_init(k, &rows);
			n += kit_make_user(k, s, other, &rows, &err) == IDBC_OK;
		}
		if (n < 2)
			continue;
		looked = 1;
		kit_ask(k, "%zu users with one %s", n, ops_field(kinds[i]));
		rc = read_as(k, s, reader, kinds[i], value, first, &rows, &err);
		if (reader == LOGIN && kit_has(k, KIT_DECIDES)) {
			/* Which of them is meant the store cannot know: it says no. */
			kit_want_any(k, rc, &err, refusals);
			continue;
		}
		kit_want_any(k, rc, &err, answers);
		KIT_WANT(k, rows.n == (rc == IDBC_OK ? 2 : 0), "%zu rows", rows.n);
	}
	if (!looked)
		kit_skip(k, "this store lets no two users share anything");
}
static void login_shared(struct kit *k) { shared(k, LOGIN); }
static void get_user_shared(struct kit *k) { shared(k, GET_USER); }

#define BOTH(name, fn, promise, needs) \
	{ "login." name, promise, needs, login_##fn }, \
	{ "get_user." name, promise, needs, get_user_##fn }

const struct kit_case kit_found_cases[] = {
	BOTH("by_each_kind", by_each_kind, "a user is found by each kind of identifier", KIT_USER),
	BOTH("by_login_fields", by_login_fields,
	     "LOGIN is every field that people log in with", KIT_USER),
	BOTH("unknown", unknown, "an identifier that nobody has is NO_USER and no row", 0),
	BOTH("unknown_kind", unknown_kind, "a kind that is none finds nobody", KIT_USER),
	BOTH("hostile", hostile, "syntax of a store's language is an identifier nobody has", KIT_USER),
	BOTH("wildcards", wildcards, "a wildcard in an identifier stands for itself", KIT_USER),
	BOTH("neighbours", neighbours, "nearly somebody's identifier is nobody's", KIT_USER),
	BOTH("longest", longest, "identifiers may have 1,024 bytes of any letters", 0),
	BOTH("not_cut", not_cut, "a long identifier is not cut to somebody's", KIT_USER),
	BOTH("folded", folded, "letter case counts as the fold of the mapping says", KIT_USER),
	BOTH("matched", matched, "what matched is told as it is stored", KIT_USER),
	BOTH("exact", exact, "the exact one alone, whoever a collation puts beside him",
	     KIT_CREATE),
	BOTH("spelled", spelled, "a name with quotes, signs or rare letters names its user",
	     KIT_CREATE | KIT_USERNAME),
	{ "login.shared", "two rows at most, and two where several users match",
	  KIT_CREATE | KIT_STORED, login_shared },
	{ "get_user.shared", "two rows at most, and two where several users match", KIT_CREATE,
	  get_user_shared },
	{ NULL, NULL, 0, NULL },
};
