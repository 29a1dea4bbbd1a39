/* tests/unit/password_carry.c - stored passwords from one policy to another: what leaves, what
 * enters, and that whoever logged in there logs in here.
 */
#include "password/carry.h"
#include "policy.h"

#define BCRYPT "$2b$04$abcdefghijklmnopqrstuuWJL8n3p0DzyHCKoAIxrGZ1FLYQHXJYe"

static const struct password_subject nobody = { { "", 0 }, { "", 0 } };

static int described(struct setup *s, const char *hash, const char *salt,
	struct password_carried *out)
{
	struct idbc_field parts[2] = { field("hash", hash), field("salt", salt) };

	return password_describe(s->policy, parts, 2, &nobody, out);
}

static int carried(struct setup *s, const char *scheme, const char *hash, const char *salt,
	struct password_made *made)
{
	struct password_carried from = { "", str_of(hash), str_of(salt) };
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	strcpy(from.scheme, scheme);
	memset(made, 0, sizeof(*made));
	rc = password_carry(s->policy, &from, made, &err);
	if (rc) {
		CU_ASSERT_EQUAL(rc, IDBC_INVALID);
		CU_ASSERT_STRING_EQUAL(err.code, "hash_not_accepted");
		CU_ASSERT(strlen(hash) < 8 || !strstr(err.text, hash));
	}
	return rc;
}

static enum password_result login(struct setup *s, const struct password_made *made,
	const char *password)
{
	struct password_verdict v;
	struct idbc_str typed = str_of(password);

	password_check(s->policy, made->parts, made->nparts, &nobody, &typed, &any_time, &v);
	return v.result;
}

static void open_with(struct setup *s, const char *scheme)
{
	setup(s, "argon2/argon2id-v19");
	if (scheme)
		accept(s, scheme);
	s->rules.has_salt = 1;
	must_open(s);
}

static void leaves(void)
{
	struct password_carried out;
	struct setup s;

	open_with(&s, NULL);
	CU_ASSERT(!described(&s, BCRYPT, NULL, &out));
	CU_ASSERT_STRING_EQUAL(out.scheme, "bcrypt/2b");
	CU_ASSERT(out.hash.len == 60 && !out.salt.len);
	CU_ASSERT(!described(&s, BCRYPT, "left", &out));
	CU_ASSERT(!out.salt.len);
	CU_ASSERT(described(&s, "*", NULL, &out));
	CU_ASSERT(described(&s, "", NULL, &out));
	CU_ASSERT(described(&s, "5f4dcc3b5aa765d61d8327deb882cf99", NULL, &out));
	done(&s);
}

static void leaves_by_scheme(void)
{
	struct password_carried out;
	struct setup s;

	open_with(&s, "raw/md5-salt-pass");
	CU_ASSERT(!described(&s, "5f4dcc3b5aa765d61d8327deb882cf99", "ab", &out));
	CU_ASSERT_STRING_EQUAL(out.scheme, "raw/md5-salt-pass");
	CU_ASSERT(out.salt.len == 2);
	done(&s);
}

/* One of two, nobody knows which. */
static void ambiguous_stays(void)
{
	struct password_carried out;
	struct setup s;

	setup(&s, "argon2/argon2id-v19");
	accept(&s, "raw/md5-salt-pass");
	accept(&s, "raw/md5-pass-salt");
	s.rules.has_salt = 1;
	must_open(&s);
	CU_ASSERT(described(&s, "5f4dcc3b5aa765d61d8327deb882cf99", "ab", &out));
	done(&s);
}

static void recipe_stays(void)
{
	struct password_carried out;
	struct setup s;

	setup(&s, "argon2/argon2id-v19");
	accept_recipe(&s, "hex(md5(password . salt))", PASSWORD_IF_ANY);
	s.rules.has_salt = 1;
	must_open(&s);
	CU_ASSERT(described(&s, "5f4dcc3b5aa765d61d8327deb882cf99", "ab", &out));
	done(&s);
}

static void prepared_stays(void)
{
	struct password_carried out;
	struct password_made made;
	struct setup s;

	setup(&s, "argon2/argon2id-v19");
	s.input[0] = "trim";
	s.rules.ninput = 1;
	must_open(&s);
	CU_ASSERT(described(&s, BCRYPT, NULL, &out));
	CU_ASSERT(carried(&s, "", BCRYPT, "", &made));
	done(&s);
}

static void peppered_stays(void)
{
	struct password_carried out;
	struct password_made made;
	struct setup s;

	setup(&s, "argon2/argon2id-v19");
	accept(&s, "ruby/devise");
	s.rules.pepper = "site";
	s.rules.pepper_len = 4;
	must_open(&s);
	CU_ASSERT(described(&s, BCRYPT, NULL, &out));
	CU_ASSERT(carried(&s, "ruby/devise", BCRYPT, "", &made));
	done(&s);
}

static void enters(void)
{
	struct password_made made;
	struct setup s;

	open_with(&s, NULL);
	CU_ASSERT(!carried(&s, "", BCRYPT, "", &made));
	CU_ASSERT(made.nparts == 1);
	password_made_free(&made);
	CU_ASSERT(!carried(&s, "bcrypt/2b", BCRYPT, "", &made));
	password_made_free(&made);
	CU_ASSERT(carried(&s, "bcrypt/2y", BCRYPT, "", &made));
	CU_ASSERT(carried(&s, "no/such", BCRYPT, "", &made));
	CU_ASSERT(carried(&s, "", "5f4dcc3b5aa765d61d8327deb882cf99", "", &made));
	CU_ASSERT(carried(&s, "raw/md5-hex", "5f4dcc3b5aa765d61d8327deb882cf99", "", &made));
	CU_ASSERT(carried(&s, "", "$2b$31$abcdefghijklmnopqrstuuWJL8n3p0DzyHCKoAIxrGZ1FLYQHXJYe",
			  "", &made));
	CU_ASSERT(carried(&s, "", "$2b$04$abcdefghijklmnopqrstuu", "", &made));
	CU_ASSERT(carried(&s, "", "*", "", &made));
	CU_ASSERT(carried(&s, "", "", "", &made));
	done(&s);
}

/* md5("ab" "secret1") and md5("secret1" "ab") look alike. */
static void enters_by_name(void)
{
	struct password_made made;
	struct setup s;

	open_with(&s, "raw/md5-salt-pass");
	CU_ASSERT(!carried(&s, "raw/md5-salt-pass", "750901128ec7d48b378109966c022680", "ab", &made));
	CU_ASSERT(made.nparts == 2);
	CU_ASSERT_EQUAL(login(&s, &made, "secret1"), PASSWORD_MATCH);
	CU_ASSERT_EQUAL(login(&s, &made, "secret2"), PASSWORD_MISMATCH);
	password_made_free(&made);
	CU_ASSERT(carried(&s, "raw/md5-pass-salt", "750901128ec7d48b378109966c022680", "ab", &made));
	done(&s);
}

static void one_column(void)
{
	struct password_made made;
	struct setup s;

	setup(&s, "argon2/argon2id-v19");
	accept(&s, "raw/md5-salt-pass");
	s.rules.parse = "{hash}:{salt}";
	s.rules.has_salt = 1;
	must_open(&s);
	CU_ASSERT(!carried(&s, "raw/md5-salt-pass", "750901128ec7d48b378109966c022680", "ab", &made));
	CU_ASSERT(made.nparts == 1 && made.parts[0].value.u.str.len == 35);
	CU_ASSERT_EQUAL(login(&s, &made, "secret1"), PASSWORD_MATCH);
	password_made_free(&made);
	done(&s);
}

static void no_place_for_salt(void)
{
	struct password_made made;
	struct setup s;

	setup(&s, "argon2/argon2id-v19");
	accept(&s, "raw/md5-hex");
	must_open(&s);
	CU_ASSERT(carried(&s, "raw/md5-salt-pass", "750901128ec7d48b378109966c022680", "ab", &made));
	CU_ASSERT(carried(&s, "raw/md5-hex", "750901128ec7d48b378109966c022680", "ab", &made));
	CU_ASSERT(!carried(&s, "raw/md5-hex", "750901128ec7d48b378109966c022680", "", &made));
	password_made_free(&made);
	done(&s);
}

static void none(void)
{
	struct password_made made;
	struct setup s;

	open_with(&s, NULL);
	CU_ASSERT(!password_none(s.policy, &made));
	CU_ASSERT(made.nparts == 1);
	CU_ASSERT_EQUAL(login(&s, &made, "*"), PASSWORD_LOCKED);
	password_made_free(&made);
	done(&s);
	open_with(&s, "raw/plaintext");
	CU_ASSERT(!password_none(s.policy, &made));
	CU_ASSERT(login(&s, &made, "*") != PASSWORD_MATCH);
	password_made_free(&made);
	done(&s);
}

static const struct unit_test tests[] = {
	{ "a form of one scheme leaves", leaves },
	{ "a form that says nothing leaves by the scheme configured", leaves_by_scheme },
	{ "a form of one of two schemes stays", ambiguous_stays },
	{ "a form of a recipe stays", recipe_stays },
	{ "where passwords are prepared none leaves or enters", prepared_stays },
	{ "where they are peppered none leaves or enters", peppered_stays },
	{ "a form enters where it is accepted and whole", enters },
	{ "a form that says nothing enters by name", enters_by_name },
	{ "hash and salt enter one column", one_column },
	{ "a salt without a place does not enter", no_place_for_salt },
	{ "no password is a mark that nothing matches", none },
};

UNIT_MAIN("password_carry", tests)
