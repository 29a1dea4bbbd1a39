/* tests/unit/password_policy.c - what a connection's rules make of stored credentials:
 * accept lists, markers, templates, pre-processing, upgrades, new credentials, dummies.
 */
#include <time.h>
#include "policy.h"

#define MD5_HUNTER2    "2ab96390c7dbe3439de74d0c9b0b1767"
#define SHA1_HUNTER2   "f3bbbd66a63d4bf1747940578ec3d0103530e21d"
#define BCRYPT_HUNTER2 "$2b$05$lWczTRHoxhwhnyB2Y0hBouFCKlbN0zHWQfyPHQo6c7NXSjyzVTKWy"
#define PHPASS_HUNTER2 "$P$BWMJYGIEYL1PnmnRGp613pmVmbonlX1"

/* Makes a credential and lets the same policy judge it. */
static void round_trip(struct setup *s, const char *password)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_str typed = str_of(password);
	struct password_verdict v;
	struct password_made made;
	char wrong[600];

	CU_ASSERT_FATAL(password_make(s->policy, &alice, &typed, &any_time, &made, &err) == IDBC_OK);
	password_check(s->policy, made.parts, made.nparts, &alice, &typed, &any_time, &v);
	UNIT_STR(password_result_name(v.result), "match");
	CU_ASSERT(v.upgrade == 0);
	snprintf(wrong, sizeof(wrong), "x%s", password);
	typed = str_of(wrong);
	password_check(s->policy, made.parts, made.nparts, &alice, &typed, &any_time, &v);
	UNIT_STR(password_result_name(v.result), "mismatch");
	password_made_free(&made);
}

static const char *make_code(struct setup *s, const char *password)
{
	static struct idbc_error err;
	struct idbc_str typed = str_of(password);
	struct password_made made;

	err = (struct idbc_error)IDBC_ERROR_INIT;
	if (password_make(s->policy, &alice, &typed, &any_time, &made, &err) == IDBC_OK) {
		password_made_free(&made);
		return "made";
	}
	CU_ASSERT(err.status == IDBC_INVALID);
	return err.code;
}

static void test_accept(void)
{
	struct setup s;

	setup(&s, "phpass/P");
	accept(&s, "phpass");
	accept(&s, "raw/md5-hex");
	must_open(&s);
	RESULT(&s, PHPASS_HUNTER2, NULL, "hunter2", "match");
	RESULT(&s, PHPASS_HUNTER2, NULL, "hunter3", "mismatch");
	RESULT(&s, MD5_HUNTER2, NULL, "hunter2", "match");
	RESULT(&s, MD5_HUNTER2, NULL, "hunter3", "mismatch");
	RESULT(&s, BCRYPT_HUNTER2, NULL, "hunter2", "unsupported");
	RESULT(&s, SHA1_HUNTER2, NULL, "hunter2", "unsupported");
	RESULT(&s, "$P$BWMJYGIEYL1PnmnRGp613pmVmbonlX", NULL, "hunter2", "malformed");
	RESULT(&s, "{SSHA}abcd", NULL, "hunter2", "malformed");
	RESULT(&s, "{SSHA}YG1Afy03ubul9fWDGmPE8SJX+srSWus9", NULL, "hunter2", "unsupported");
	RESULT(&s, "{NS-MTA-MD5}abcd", NULL, "hunter2", "unsupported");
	RESULT(&s, "hunter2", NULL, "hunter2", "malformed");
	RESULT(&s, PHPASS_HUNTER2, NULL, "", "mismatch");
	RESULT(&s, "$2b$05$lWczTRHoxhwhnyB2Y0hBou", NULL, "hunter2", "malformed");
	done(&s);
}

static void test_default_accept(void)
{
	struct setup s;

	setup(&s, NULL);
	must_open(&s);
	RESULT(&s, BCRYPT_HUNTER2, NULL, "hunter2", "match");
	RESULT(&s, PHPASS_HUNTER2, NULL, "hunter2", "match");
	RESULT(&s, MD5_HUNTER2, NULL, "hunter2", "unsupported");
	RESULT(&s, "$apr1$DbnIIAp0$G9qFkoKdaw/nIEfiRiCSI.", NULL, "hunter2", "unsupported");
	done(&s);
}

static void test_locked(void)
{
	static const char *const markers[] = {
		"", "*", "!", "!!", "x", "*0", "*1", "NP", "*LK*", "!" BCRYPT_HUNTER2,
		"*" BCRYPT_HUNTER2, "!!" PHPASS_HUNTER2, "-", "disabled:1",
	};
	struct setup s;

	setup(&s, "bcrypt/2y");
	accept(&s, "bcrypt");
	accept(&s, "phpass");
	s.none[0] = "-";
	s.none[1] = "disabled*";
	s.rules.nnone = 2;
	must_open(&s);
	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
		RESULT(&s, markers[i], NULL, "hunter2", "locked");
		RESULT(&s, markers[i], NULL, "", "locked");
		RESULT(&s, markers[i], NULL, *markers[i] ? markers[i] : "x", "locked");
	}
	RESULT(&s, NULL, NULL, "hunter2", "locked");
	done(&s);
}

static void test_external(void)
{
	struct idbc_field parts[2] = { field("hash", BCRYPT_HUNTER2), field("external", "1") };
	struct idbc_str typed = str_of("hunter2");
	struct password_verdict v;
	struct setup s;

	setup(&s, "bcrypt/2y");
	accept(&s, "bcrypt");
	must_open(&s);
	password_check(s.policy, parts, 2, &alice, &typed, &any_time, &v);
	CU_ASSERT(v.result == PASSWORD_LOCKED);
	parts[1] = field("external", NULL);
	password_check(s.policy, parts, 2, &alice, &typed, &any_time, &v);
	CU_ASSERT(v.result == PASSWORD_MATCH);
	done(&s);
}

static void test_scheme_column(void)
{
	struct idbc_field parts[2] = { field("hash", MD5_HUNTER2), field("scheme", "md5-hex") };
	struct idbc_str typed = str_of("hunter2");
	struct password_verdict v;
	struct setup s;

	setup(&s, "bcrypt/2y");
	accept(&s, "bcrypt");
	accept(&s, "raw/md5-hex");
	must_open(&s);
	password_check(s.policy, parts, 2, &alice, &typed, &any_time, &v);
	CU_ASSERT(v.result == PASSWORD_MATCH);
	parts[1] = field("scheme", "bcrypt");
	password_check(s.policy, parts, 2, &alice, &typed, &any_time, &v);
	CU_ASSERT(v.result == PASSWORD_UNSUPPORTED);
	done(&s);
}

static void test_clear_text(void)
{
	struct setup s;

	setup(&s, "bcrypt/2y");
	accept(&s, "raw/plaintext");
	must_open(&s);
	RESULT(&s, "open sesame", NULL, "open sesame", "match");
	RESULT(&s, "open sesame", NULL, "open sesam", "mismatch");
	RESULT(&s, "open sesame", NULL, "Open sesame", "mismatch");
	RESULT(&s, "!secret", NULL, "!secret", "match");
	RESULT(&s, MD5_HUNTER2, NULL, MD5_HUNTER2, "unsupported");
	RESULT(&s, BCRYPT_HUNTER2, NULL, BCRYPT_HUNTER2, "unsupported");
	RESULT(&s, "{SSHA}AAAA", NULL, "{SSHA}AAAA", "malformed");
	RESULT(&s, "25XLi5u.5BWlA", NULL, "25XLi5u.5BWlA", "unsupported");
	RESULT(&s, "basketballers", NULL, "basketballers", "match");
	RESULT(&s, "iloveyou12345", NULL, "iloveyou12345", "match");
	RESULT(&s, "", NULL, "", "locked");
	done(&s);
	setup(&s, "bcrypt/2y");
	accept(&s, "raw/plaintext");
	accept(&s, "bcrypt");
	CU_ASSERT(open_it(&s) == IDBC_CONFIG);
	UNIT_STR(s.findings.items[0].code, "clear-text-not-alone");
	done(&s);
	setup(&s, "bcrypt/2y");
	accept(&s, "raw");
	must_open(&s);
	RESULT(&s, "open sesame", NULL, "open sesame", "malformed");
	RESULT(&s, MD5_HUNTER2, NULL, MD5_HUNTER2, "mismatch");
	done(&s);
}

static void test_salt_and_recipes(void)
{
	/* sha1("salty" . hex(sha1("hunter2"))) and so on come from the policy itself */
	static const char salted[] = "hex(sha1(salt . hex(sha1(password))))";
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_str typed = str_of("hunter2");
	struct password_made made;
	struct password_verdict v;
	struct setup s;

	setup(&s, NULL);
	accept_recipe(&s, salted, PASSWORD_IF_SALT);
	accept_recipe(&s, "hex(sha1(password))", PASSWORD_IF_NO_SALT);
	s.rules.target.recipe = salted;
	s.rules.target.salt_len = 32;
	s.rules.has_salt = 1;
	must_open(&s);
	RESULT(&s, SHA1_HUNTER2, NULL, "hunter2", "match");
	RESULT(&s, SHA1_HUNTER2, "", "hunter2", "match");
	RESULT(&s, SHA1_HUNTER2, "abc", "hunter2", "mismatch");
	RESULT(&s, "F3BBBD66A63D4BF1747940578EC3D0103530E21D", NULL, "hunter2", "match");
	RESULT(&s, "f3bbbd66a63d4bf1747940578ec3d0103530e2", NULL, "hunter2", "malformed");
	RESULT(&s, SHA1_HUNTER2 "00", NULL, "hunter2", "malformed");
	CU_ASSERT(judge(&s, SHA1_HUNTER2, NULL, "hunter2").upgrade == 1);
	round_trip(&s, "pässwörd");
	CU_ASSERT_FATAL(!password_make(s.policy, &alice, &typed, &any_time, &made, &err));
	CU_ASSERT(made.nparts == 2 && made.parts[1].value.u.str.len == 32);
	password_check(s.policy, made.parts, 1, &alice, &typed, &any_time, &v);
	CU_ASSERT(v.result == PASSWORD_MISMATCH);
	password_made_free(&made);
	done(&s);
}

/* CHAR(80) and BINARY(80) give more than was stored in them. */
static void test_padding(void)
{
	struct idbc_str typed = str_of("hunter2");
	struct idbc_field part = field("hash", "");
	struct password_verdict v;
	char column[80] = BCRYPT_HUNTER2;
	struct setup s;

	setup(&s, "bcrypt/2y");
	accept(&s, "bcrypt");
	must_open(&s);
	RESULT(&s, BCRYPT_HUNTER2 "   ", NULL, "hunter2", "match");
	RESULT(&s, BCRYPT_HUNTER2 " x", NULL, "hunter2", "malformed");
	RESULT(&s, "   ", NULL, "hunter2", "locked");
	part.value.kind = IDBC_KIND_BYTES;
	part.value.u.str = (struct idbc_str){ column, sizeof(column) };
	password_check(s.policy, &part, 1, &alice, &typed, &any_time, &v);
	UNIT_STR(password_result_name(v.result), "match");
	done(&s);
}

static void test_parse(void)
{
	struct setup s;

	setup(&s, "raw/md5-salt-pass");
	accept(&s, "raw/md5-salt-pass");
	accept(&s, "phpass");
	s.rules.parse = "{hash}:{salt}";
	s.rules.has_salt = 1;
	s.rules.target.salt_len = 8;
	must_open(&s);
	RESULT(&s, "7a8c149edf9c2e345b2dbc06f992ae50:0joWPJD0", NULL, "hunter2", "match");
	RESULT(&s, "7a8c149edf9c2e345b2dbc06f992ae50:0joWPJD1", NULL, "hunter2", "mismatch");
	RESULT(&s, "7a8c149edf9c2e345b2dbc06f992ae50", NULL, "hunter2", "unsupported");
	RESULT(&s, PHPASS_HUNTER2, NULL, "hunter2", "match");
	RESULT(&s, "*:0joWPJD0", NULL, "hunter2", "locked");
	round_trip(&s, "hunter2");
	done(&s);
}

/* As a PHP application keeps it: braces of its own stand round the hash. */
static void test_parse_braces(void)
{
	struct setup s;

	setup(&s, "bcrypt/2y");
	accept(&s, "bcrypt");
	s.rules.parse = "a:1:{s:4:\"hash\";s:60:\"{hash}\";}";
	must_open(&s);
	RESULT(&s, "a:1:{s:4:\"hash\";s:60:\"" BCRYPT_HUNTER2 "\";}", NULL, "hunter2", "match");
	RESULT(&s, "a:1:{s:4:\"hash\";s:60:\"" BCRYPT_HUNTER2 "\";}", NULL, "hunter3", "mismatch");
	RESULT(&s, "a:0:{}", NULL, "hunter2", "unsupported");
	round_trip(&s, "hunter2");
	done(&s);
	/* What the template begins with is no marker; before the hash it is one. */
	setup(&s, "raw/md5-salt-pass");
	accept(&s, "raw/md5-salt-pass");
	s.rules.parse = "!md5!{salt}!{hash}";
	s.rules.has_salt = 1;
	s.rules.target.salt_len = 8;
	must_open(&s);
	RESULT(&s, "!md5!0joWPJD0!7a8c149edf9c2e345b2dbc06f992ae50", NULL, "hunter2", "match");
	RESULT(&s, "!!md5!0joWPJD0!7a8c149edf9c2e345b2dbc06f992ae50", NULL, "hunter2", "locked");
	round_trip(&s, "hunter2");
	done(&s);
}

static void test_input(void)
{
	struct setup s;

	setup(&s, "phpass/P");
	accept(&s, "phpass");
	accept(&s, "raw/md5-hex");
	s.input[0] = "trim";
	s.input[1] = "trim|addslashes";
	s.rules.ninput = 2;
	must_open(&s);
	RESULT(&s, MD5_HUNTER2, NULL, " \thunter2\n", "match");
	RESULT(&s, MD5_HUNTER2, NULL, "   ", "mismatch");
	/* md5 of it\'s, as a form that is slashed on its way would have hashed it */
	RESULT(&s, "df8c6fa71f648115ea03cb499348df07", NULL, "it's", "match");
	CU_ASSERT(judge(&s, "df8c6fa71f648115ea03cb499348df07", NULL, "it's").upgrade == 0);
	CU_ASSERT(judge(&s, MD5_HUNTER2, NULL, "hunter2").upgrade == 1);
	round_trip(&s, "  it's a \"test\"  ");
	UNIT_STR(make_code(&s, "   "), "password_empty");
	done(&s);
}

static void test_pepper(void)
{
	struct setup s;

	setup(&s, "bcrypt/2b");
	s.cost[0] = (struct password_cost){ "cost", 4 };
	s.rules.target.ncosts = 1;
	accept(&s, "bcrypt");
	s.input[0] = "hmac-sha512-b64";
	s.rules.ninput = 1;
	CU_ASSERT(open_it(&s) == IDBC_CONFIG);
	UNIT_STR(s.findings.items[0].code, "no-pepper");
	findings_free(&s.findings);
	s.rules.pepper = "146585145368132386173505678016728509634";
	s.rules.pepper_len = strlen(s.rules.pepper);
	must_open(&s);
	round_trip(&s, "a password of more than seventy-two bytes, which an HMAC makes short enough");
	done(&s);
}

/* Every scheme that can be written, at its least cost. */
static void test_round_trips(void)
{
	static const char *const ids[] = {
		"argon2/argon2id-v19", "argon2/argon2i-v19", "argon2/argon2d-v19", "bcrypt/2y",
		"bcrypt/2b", "bcrypt/2a", "crypt/yescrypt", "crypt/gost-yescrypt", "crypt/scrypt7",
		"crypt/sha512crypt", "crypt/sha256crypt", "crypt/sha1crypt", "crypt/md5crypt",
		"crypt/apr1", "phpass/P", "phpass/H", "django/pbkdf2_sha256", "django/pbkdf2_sha1",
		"django/argon2", "django/bcrypt_sha256", "django/bcrypt", "django/scrypt",
		"django/sha1", "django/md5", "passlib/pbkdf2_sha1", "passlib/pbkdf2_sha256",
		"passlib/pbkdf2_sha512", "raw/md5-hex", "raw/sha1-b64", "raw/sha256-salt-pass",
		"raw/sha512-pass-salt", "raw/sha1-hmac-keysalt", "crypt/des",
	};
	struct setup s;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const struct scheme *scheme = scheme_find(ids[i]);
		setup(&s, ids[i]);
		accept(&s, ids[i]);
		s.rules.has_salt = 1;
		for (size_t k = 0; scheme->costs && scheme->costs[k].name && k < 2; k++)
			s.cost[s.rules.target.ncosts++] = (struct password_cost){
				scheme->costs[k].name, scheme->costs[k].min };
		if (s.rules.target.ncosts == 2 && !strcmp(s.cost[0].name, "memory_kib"))
			s.cost[0].value = 64;
		must_open(&s);
		round_trip(&s, "pä$$:1");
		done(&s);
	}
}

static void test_refused_new(void)
{
	struct setup s;
	char text[600];

	setup(&s, "bcrypt/2y");
	accept(&s, "bcrypt");
	s.cost[0] = (struct password_cost){ "cost", 4 };
	s.rules.target.ncosts = 1;
	s.rules.password_bytes = 500;
	must_open(&s);
	memset(text, 'a', sizeof(text));
	text[72] = '\0';
	UNIT_STR(make_code(&s, text), "made");
	text[72] = 'a';
	text[73] = '\0';
	UNIT_STR(make_code(&s, text), "password_too_long");
	UNIT_STR(make_code(&s, ""), "password_empty");
	UNIT_STR(make_code(&s, "tab\there"), "password_invalid");
	UNIT_STR(make_code(&s, "\xc3("), "password_invalid");
	done(&s);
	setup(&s, "crypt/sha512crypt");
	accept(&s, "crypt");
	s.cost[0] = (struct password_cost){ "rounds", 1000 };
	s.rules.target.ncosts = 1;
	must_open(&s);
	memset(text, 'a', sizeof(text));
	text[511] = '\0';
	UNIT_STR(make_code(&s, text), "made");
	text[511] = 'a';
	text[512] = '\0';
	UNIT_STR(make_code(&s, text), "password_too_long");
	done(&s);
}

static void test_upgrade(void)
{
	char longer[80];
	struct setup s;

	setup(&s, "bcrypt/2b");
	accept(&s, "bcrypt");
	accept(&s, "raw/md5-hex");
	s.cost[0] = (struct password_cost){ "cost", 6 };
	s.rules.target.ncosts = 1;
	must_open(&s);
	CU_ASSERT(judge(&s, BCRYPT_HUNTER2, NULL, "hunter2").upgrade == 1);
	CU_ASSERT(judge(&s, BCRYPT_HUNTER2, NULL, "hunter3").upgrade == 0);
	CU_ASSERT(judge(&s, MD5_HUNTER2, NULL, "hunter2").upgrade == 1);
	CU_ASSERT(judge(&s, "$2b$06$hJBbllJu7o8OEda0m9BtAubBx6TFHWS2xhaXDh7/o6kKuBtEt4MQG", NULL,
		"correct horse battery staple").upgrade == 0);
	CU_ASSERT(judge(&s, "$2a$05$ZesgbtSPAaXoQ3XibD9uy.g7Y2oZBrJWFUw/Llt0bQy.0vpcRExiC", NULL,
		"hunter2").upgrade == 0);
	done(&s);
	/* not to a scheme that the list does not name; not where the rules say no */
	setup(&s, "argon2/argon2id-v19");
	accept(&s, "raw/md5-hex");
	must_open(&s);
	CU_ASSERT(judge(&s, MD5_HUNTER2, NULL, "hunter2").upgrade == 0);
	done(&s);
	setup(&s, "bcrypt/2b");
	accept(&s, "bcrypt");
	accept(&s, "crypt/des");
	s.rules.upgrade = 0;
	must_open(&s);
	CU_ASSERT(judge(&s, BCRYPT_HUNTER2, NULL, "hunter2").upgrade == 0);
	s.rules.upgrade = 1;
	CU_ASSERT(judge(&s, "25XLi5u.5BWlA", NULL, "correct ").upgrade == 1);
	CU_ASSERT(judge(&s, "25XLi5u.5BWlA", NULL, "correct horse").result == PASSWORD_MATCH);
	CU_ASSERT(judge(&s, "25XLi5u.5BWlA", NULL, "correct horse").upgrade == 0);
	done(&s);
	memset(longer, 'a', 73);
	longer[73] = '\0';
	setup(&s, "bcrypt/2b");
	accept(&s, "raw/md5-hex");
	accept(&s, "bcrypt");
	must_open(&s);
	CU_ASSERT(judge(&s, "f1fc0b14ff8fa674b02344577e23eeb1", NULL, longer).upgrade == 0);
	done(&s);
}

static void finding_of(const char *scheme, const char *code, const char *write)
{
	struct setup s;

	setup(&s, write);
	if (scheme)
		accept(&s, scheme);
	CU_ASSERT(open_it(&s) == IDBC_CONFIG);
	CU_ASSERT_FATAL(s.findings.n > 0);
	UNIT_STR(s.findings.items[0].code, code);
	CU_ASSERT(s.policy == NULL);
	done(&s);
}

static void test_findings(void)
{
	struct setup s;

	finding_of("lotus", "unsupported", "bcrypt/2y");
	finding_of("lotus/8", "unsupported", "bcrypt/2y");
	finding_of("bcript", "unknown-scheme", "bcrypt/2y");
	finding_of("ldap/SSHAX", "unknown-scheme", "bcrypt/2y");
	finding_of("raw/md5-salt-pass", "no-salt-column", "bcrypt/2y");
	finding_of("raw/htdigest", "missing-parameter", "bcrypt/2y");
	finding_of(NULL, "unsupported", "bcrypt/2x");
	finding_of(NULL, "unknown-scheme", "bcrypt/2z");
	finding_of(NULL, "no-salt-column", "raw/sha1-salt-pass");
	setup(&s, "bcrypt/2y");
	accept(&s, "phpas");
	accept_recipe(&s, "hex(md5(passwort))", 0);
	s.input[0] = "stringprep";
	s.input[1] = "trim|upside-down";
	s.rules.ninput = 2;
	s.rules.parse = "{salt}{hash}";
	s.cost[0] = (struct password_cost){ "cost", 40 };
	s.cost[1] = (struct password_cost){ "rounds", 40 };
	s.rules.target.ncosts = 2;
	CU_ASSERT(open_it(&s) == IDBC_CONFIG);
	CU_ASSERT(s.findings.n == 7);
	CU_ASSERT(strstr(s.findings.items[0].text, "\"phpass\"") != NULL);
	done(&s);
}

/* Work done, not time passed: what else the machine does must not matter. */
static int64_t work_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void time_one(struct setup *s, const char *hash, const char *password, int64_t *best)
{
	struct idbc_str name = str_of("nobody"), typed = str_of(password);
	int64_t start = work_ns(), took;

	if (hash)
		judge(s, hash, NULL, password);
	else
		password_dummy(s->policy, &name, &typed, &any_time);
	took = work_ns() - start;
	if (!*best || took < *best)
		*best = took;
}

static int like(int64_t a, int64_t b)
{
	return a > b * 7 / 10 && a < b * 14 / 10;
}

static int all_like(int64_t wrong, int64_t dummy, int64_t empty, int64_t empty_dummy)
{
	return like(dummy, wrong) && like(empty, wrong) && like(empty_dummy, wrong);
}

/* A dummy costs what a wrong password costs, and so does an empty one; also where the work
 * grows with the length of what was typed. */
static void dummy_of(const char *write, const char *cost_name, int64_t cost)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_str typed = str_of("hunter2");
	struct password_made made;
	int64_t wrong = 0, dummy = 0, empty = 0, empty_dummy = 0;
	struct setup s;

	setup(&s, write);
	accept(&s, write);
	s.cost[0] = (struct password_cost){ cost_name, cost };
	s.rules.target.ncosts = 1;
	must_open(&s);
	CU_ASSERT_FATAL(!password_make(s.policy, &alice, &typed, &any_time, &made, &err));
	/* In turn: a core that others share is slower for a while. */
	for (int i = 0; i < 7 || (i < 60 && !all_like(wrong, dummy, empty, empty_dummy)); i++) {
		time_one(&s, made.parts[0].value.u.str.ptr, "wrong-one", &wrong);
		time_one(&s, NULL, "wrong-one", &dummy);
		time_one(&s, made.parts[0].value.u.str.ptr, "", &empty);
		time_one(&s, NULL, "", &empty_dummy);
	}
	CU_ASSERT(all_like(wrong, dummy, empty, empty_dummy));
	password_made_free(&made);
	done(&s);
}

static void test_dummy(void)
{
	dummy_of("bcrypt/2b", "cost", 8);
	dummy_of("crypt/sha512crypt", "rounds", 20000);
}

static int opens_with_cost(const char *scheme, int64_t cost, const struct limits *limits,
	uint32_t memory_mib)
{
	struct setup s;
	int rc;

	setup(&s, scheme);
	s.cost[0] = (struct password_cost){ strchr(scheme, 'b') == scheme ? "cost" : "memory_kib",
		cost };
	s.rules.target.ncosts = 1;
	s.rules.memory_mib = memory_mib;
	if (limits)
		s.rules.limits = *limits;
	rc = open_it(&s);
	if (rc)
		UNIT_STR(s.findings.items[0].code, "cost-above-ceiling");
	done(&s);
	return rc == IDBC_OK;
}

/* What is written must be within what is read; a ceiling lowered or raised holds for both. */
static void test_ceilings(void)
{
	struct limits limits = limits_default;
	struct setup s;

	CU_ASSERT(!opens_with_cost("bcrypt/2b", 16, NULL, 0));
	CU_ASSERT(!opens_with_cost("argon2/argon2id-v19", 300000, NULL, 1024));
	CU_ASSERT(!opens_with_cost("argon2/argon2id-v19", 19456, NULL, 16));
	CU_ASSERT(opens_with_cost("argon2/argon2id-v19", 19456, NULL, 20));
	limits.bcrypt_cost = 4;
	CU_ASSERT(opens_with_cost("bcrypt/2b", 4, &limits, 0));
	CU_ASSERT(!opens_with_cost("bcrypt/2b", 5, &limits, 0));
	setup(&s, "argon2/argon2id-v19");
	accept(&s, "bcrypt");
	s.rules.limits = limits;
	must_open(&s);
	RESULT(&s, BCRYPT_HUNTER2, NULL, "hunter2", "limit");
	done(&s);
	s.rules.limits.bcrypt_cost = 5;
	findings_init(&s.findings);
	must_open(&s);
	RESULT(&s, BCRYPT_HUNTER2, NULL, "hunter2", "match");
	done(&s);
}

static const struct unit_test tests[] = {
	{ "accept", test_accept }, { "default accept", test_default_accept },
	{ "locked", test_locked }, { "external", test_external },
	{ "scheme column", test_scheme_column }, { "clear text", test_clear_text },
	{ "salt and recipes", test_salt_and_recipes }, { "parse", test_parse },
	{ "a template with braces of its own", test_parse_braces },
	{ "padding", test_padding },
	{ "input", test_input }, { "pepper", test_pepper }, { "round trips", test_round_trips },
	{ "refused new", test_refused_new }, { "upgrade", test_upgrade },
	{ "findings", test_findings }, { "dummy", test_dummy },
	{ "ceilings", test_ceilings },
};
UNIT_MAIN("password_policy", tests)
