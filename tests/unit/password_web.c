/* tests/unit/password_web.c - stored forms of applications of the web: what is wrong with
 * them, which scheme they are, and that whatever can be written is verified, at the smallest
 * cost, for every scheme of every family.
 */
#include <stdio.h>
#include <string.h>
#include "password/scheme/scheme.h"
#include "unit.h"

#define Z32 "00000000000000000000000000000000"
#define Z64 Z32 Z32
#define A43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define A86 A43 A43
#define BCRYPT_TAIL "abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
#define SALT22 "abcdefghijklmnopqrstuu"
#define DIGEST31 "5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
#define PARAMS "{\"sitekey\":\"K\",\"pepper\":\"E\",\"realm\":\"R\"}"

static struct password_verdict ask(const char *scheme, const char *hash, const char *password,
	size_t len, const char *salt)
{
	struct password_probe p = { str_of(hash), str_of(salt), str_of("Ada"), { password, len },
		scheme, PARAMS };
	struct password_verdict verdict;

	password_probe(&p, &verdict);
	return verdict;
}

static void expect(const char *scheme, const char *hash, enum password_result want)
{
	struct password_verdict got = ask(scheme, hash, "hunter2", 7, "salt");

	if (got.result != want)
		fprintf(stderr, "%s %.60s: wanted %s, got %s\n", scheme ? scheme : "any", hash,
			password_result_name(want), password_result_name(got.result));
	CU_ASSERT(got.result == want);
}

static void test_not_canonical(void)
{
	static const char *const bad[][2] = {
		{ "wordpress", "$wp$2y$5$" BCRYPT_TAIL }, { "wordpress", "$wp$2y$05$" SALT22 },
		{ "wordpress", "$wp$$2y$05$" BCRYPT_TAIL }, { "wordpress", "$wp" },
		{ "wordpress", "$wp$P$BabcdefghAAAAAAAAAAAAAAAAAAAAAA" },
		{ "wordpress", "$wp$2y$05$" BCRYPT_TAIL "A" }, { "wordpress", Z32 "0" },
		{ "drupal", "$S$DabcdefghAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ "drupal", "$S$.abcdefghAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ "drupal", "$S$zabcdefghAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ "drupal", "U$P$zabcdefghAAAAAAAAAAAAAAAAAAAAAA" }, { "drupal", "U$S$" },
		{ "drupal", "U$2y$10$" BCRYPT_TAIL },
		{ "mediawiki", ":A:" "0000000000000000000000000000000" },
		{ "mediawiki", ":B::" Z32 }, { "mediawiki", ":B:" Z32 }, { "mediawiki", ":A:" },
		{ "mediawiki", ":pbkdf2:sha512:0:64:c2FsdA==:" A86 "==" },
		{ "mediawiki", ":pbkdf2:sha512:1000:63:c2FsdA==:" A86 "==" },
		{ "mediawiki", ":pbkdf2:sha512:01000:64:c2FsdA==:" A86 "==" },
		{ "mediawiki", ":pbkdf2:sha512:1000:8:c2FsdA==:AAAAAAAAAAA=" },
		{ "mediawiki", ":pbkdf2:sha512:1000:0:c2FsdA==:" },
		{ "mediawiki", ":pbkdf2:sha512:1000:64:c2FsdA==" },
		{ "mediawiki", ":pbkdf2:sha512:1000:64:c2FsdA==:" A86 "==:" },
		{ "mediawiki", ":pbkdf2-legacyA:!sha512:1000:64!x!c2FsdA==!" A86 "==" },
		{ "mediawiki", ":pbkdf2-legacyB:!sha512:1000:64!!c2FsdA==!" A86 "==" },
		{ "mediawiki", ":pbkdf2-legacyA:" }, { "mediawiki", ":bcrypt:05$" SALT22 "$" DIGEST31 },
		{ "mediawiki", ":bcrypt:32$" SALT22 "$" DIGEST31 }, { "mediawiki", ":argon2:" },
		{ "crypt", "$y$j75$zzz$" A43 }, { "crypt", "$y$j75$zzzzz$" A43 },
		{ "crypt", "$gy$j75$z2$" A43 },
		{ "werkzeug", "pbkdf2:sha256:0$salt$" Z64 }, { "werkzeug", "pbkdf2:sha256$salt$" Z64 },
		{ "werkzeug", "pbkdf2:sha256:1000$$" Z64 }, { "werkzeug", "pbkdf2:sha256:1000$s$" Z32 },
		{ "werkzeug", "scrypt:32769:8:1$salt$" Z64 Z64 },
		{ "werkzeug", "scrypt:0:8:1$salt$" Z64 Z64 },
		{ "werkzeug", "scrypt:32768:0:1$salt$" Z64 Z64 },
		{ "werkzeug", "scrypt:32768:8:1$salt$" Z64 }, { "werkzeug", "md5$$" Z32 },
		{ "werkzeug", "sha1$salt$" Z32 },
		{ "passlib", "$bcrypt-sha256$v=3,t=2b,r=5$" SALT22 "$" DIGEST31 },
		{ "passlib", "$bcrypt-sha256$v=2,t=2b,r=05$" SALT22 "$" DIGEST31 },
		{ "passlib", "$bcrypt-sha256$v=2,t=2b,r=5$" SALT22 },
		{ "passlib", "$scrypt$ln=0,r=8,p=1$c2FsdA$" A43 },
		{ "passlib", "$scrypt$ln=64,r=8,p=1$c2FsdA$" A43 },
		{ "passlib", "$scrypt$ln=8,r=8,p=1$c2FsdA$AAAAAA" },
		{ "passlib", "$pbkdf2-sha256$1000$c2FsdA$" A86 }, { "passlib", "$p5k2$" },
		{ "passlib", "$p5k2$0$c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
		{ "passlib", "$p5k2$3E8$c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
		{ "passlib", "$p5k2$190$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ "passlib", "{FSHP4|4|1000}c2FsdAAA" }, { "passlib", "{FSHP1|16|0}" A43 "=" },
		{ "passlib", "{FSHP1|4294967295|1000}" A43 "=" }, { "passlib", "{FSHP1|16|1000}" },
		{ "passlib", "grub.pbkdf2.sha512.1000.00." Z64 }, { "passlib", "grub.pbkdf2." },
		{ "cms/joomla-md5", Z32 ":" }, { "cms/joomla-md5", Z32 ":a:b" },
		{ "cms/magento1", Z32 }, { "cms/magento1", Z64 ":salt" },
		{ "cms", Z64 ":salt:3_32_0_67108864" }, { "cms", Z64 ":salt:3_32_2_8191" },
		{ "cms", Z64 ":salt:3_16_2_67108864" }, { "cms", Z64 ":salt:3_32_2" },
		{ "cms", Z64 ":salt:2:1" }, { "cms", Z64 ":salt:0:1:0:1:0" }, { "cms", Z64 ":salt:4" },
		{ "cms", Z64 ":salt:" }, { "cms", Z64 "::1" }, { "cms", Z32 ":salt:1" },
		{ "cms", "1|$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$" A43 }, { "cms", "3|" },
		{ "cms", "4|$2y$05$" BCRYPT_TAIL }, { "cms", "M$P$B" }, { "cms", "M$2y$05$" BCRYPT_TAIL },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(bad[i][0], bad[i][1], PASSWORD_MALFORMED);
}

/* Half words, words of others, and keys that a column cut at a place where base64 ends. */
static void test_not_whole(void)
{
	static const char *const bad[][2] = {
		{ NULL, "$argon2id" }, { "argon2", "$argon2d" },
		{ "werkzeug", "pbkdf2::1000$salt$" Z64 }, { "java", "{ldap}" }, { "java", "{ldap}x" },
		{ "dovecot", "{SHA256.foo}" Z64 }, { "sap", "{x-issha 1024}" A43 "=" },
		{ NULL, "{x-issha, 1024}" A43 }, { NULL, "{\"secretData\":\"{}\"}" },
		{ NULL, "${jndi:ldap://x}" }, { "ldap", "$2b$05$" BCRYPT_TAIL "\n" },
		{ "aspnet", "AQAAAAEAAAPoAAAAEAAAAAAAAAAAAAAAAAAAAAAAAA"
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ "java", "{scrypt}$40801$c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(bad[i][0], bad[i][1], PASSWORD_MALFORMED);
	expect("sap", "{x-isSHA512, 1024}" A86 "==", PASSWORD_UNSUPPORTED);
	/* Not whole, and yet no clear text. */
	expect("raw/plaintext", "{SASL}\xc3\xa4@EXAMPLE.COM", PASSWORD_MALFORMED);
	expect("raw/plaintext", "{\"secretData\":\"x\"}}", PASSWORD_MALFORMED);
}

/* From other implementations (noble-hashes, Python's hashlib). */
static void test_known(void)
{
	static const struct { const char *scheme, *hash, *password; } known[] = {
		{ "argon2/argon2-data", "$argon2i$v=16$m=64,t=1,p=1,data=5XK9GyS36zown80b"
		  "$qVb681q5lOcG4fKY7kcF7A$r7mp7JAIP7BrRFh/fDIHO8vFQtDQI5/adg//JFHDAEI", "x" },
		{ NULL, "$argon2i$m=64,t=1,p=1,data=5XK9GyS36zown80b"
		  "$qVb681q5lOcG4fKY7kcF7A$r7mp7JAIP7BrRFh/fDIHO8vFQtDQI5/adg//JFHDAEI", "x" },
		{ "werkzeug/pbkdf2", "pbkdf2:sha224:2$uZzBxJYj$"
		  "b8c838dd66d94757e4c961ca938fd93cbc09b9ccee6d6fb84755afb9", "x" },
		{ "werkzeug/hmac-legacy", "sha224$3_IGQ7cgTZlX$"
		  "595b636f879b67f670038ebbf3c40e1814f5ceef25d2de1f1781eb7b", "correct horse" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i].password);
		struct password_verdict got =
			ask(known[i].scheme, known[i].hash, known[i].password, len, NULL);
		CU_ASSERT(got.result == PASSWORD_MATCH);
		got = ask(known[i].scheme, known[i].hash, "another", 7, NULL);
		CU_ASSERT(got.result == PASSWORD_MISMATCH);
	}
}

static void test_over_the_ceiling(void)
{
	static const char *const over[][2] = {
		{ NULL, "$wp$2y$31$" BCRYPT_TAIL },
		{ NULL, "$S$JabcdefghAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ NULL, "U$S$SabcdefghAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ NULL, ":pbkdf2:sha512:10000001:64:c2FsdA==:" A86 "==" },
		{ NULL, ":pbkdf2-legacyB:!sha512:4294967295:64!s!c2FsdA==!" A86 "==" },
		{ NULL, ":bcrypt:31$" SALT22 "$" DIGEST31 },
		{ NULL, ":argon2:$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$" A43 },
		{ NULL, "pbkdf2:sha256:4294967295$salt$" Z64 },
		{ NULL, "scrypt:9223372036854775808:8:1$salt$" Z64 Z64 },
		{ NULL, "scrypt:2:4294967295:4294967295$salt$" Z64 Z64 },
		{ NULL, "$bcrypt-sha256$v=2,t=2b,r=31$" SALT22 "$" DIGEST31 },
		{ NULL, "$scrypt$ln=8,r=8,p=4294967295$c2FsdA$" A43 },
		{ NULL, "$p5k2$ffffffff$c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
		{ NULL, "{FSHP1|0|4294967295}" A43 "=" },
		{ NULL, "grub.pbkdf2.sha512.4294967295.00." Z64 Z64 },
		{ NULL, "1|$2y$31$" BCRYPT_TAIL }, { NULL, "M$P$SabcdefghAAAAAAAAAAAAAAAAAAAAAA" },
		{ NULL, "3|$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$" A43 },
		{ "cms", Z64 ":salt:3_32_2_18446744073709551615" },
		{ "cms", Z64 ":salt:0:3_32_18446744073709551615_67108864" },
		{ "cms", "$6$rounds=999999999$salt$" A86 },
	};

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		expect(over[i][0], over[i][1], PASSWORD_LIMIT);
}

static void test_not_ours(void)
{
	expect("mediawiki", ":pbkdf2:whirlpool:1000:64:c2FsdA==:" A86 "==", PASSWORD_UNSUPPORTED);
	expect("werkzeug", "pbkdf2:blake2b:1000$salt$" Z64, PASSWORD_UNSUPPORTED);
	expect(NULL, "sha256$salt$" Z64, PASSWORD_UNSUPPORTED);
	expect(NULL, Z32 ":salt", PASSWORD_UNSUPPORTED);
	expect(NULL, Z64 ":salt:1", PASSWORD_UNSUPPORTED);
	expect("cms", Z32 ":salt", PASSWORD_UNSUPPORTED);
	expect("cms", Z32, PASSWORD_UNSUPPORTED);
}

/* By looks, and by what stands beside the hash. */
static void test_inside_the_family(void)
{
	static const char *const forms[][3] = {
		{ "wordpress", Z32, "wordpress/wp-md5" }, { "drupal", Z32, "drupal/md5-d6" },
		{ "werkzeug", "sha1$salt$" Z32 "00000000", "werkzeug/hmac-legacy" },
		{ "cms", Z64 ":salt", "cms/magento1-sha256" }, { "cms", Z32 ":salt:0", "cms/magento2-v0" },
		{ "cms", Z64 ":salt:0:1", "cms/magento2-chain" },
		{ "cms", Z32 "00000000", "cms/opencart" }, { "cms", A86 "==", "cms/symfony-sha512" },
		{ "cms", "$6$salt$" A86, "cms/moodle-sha512crypt" },
		{ "cms", "$2y$04$" BCRYPT_TAIL, "cms/nextcloud" },
		{ NULL, "$P$5abcdefghAAAAAAAAAAAAAAAAAAAAAA", "phpass/P" },
		{ "wordpress", "$P$5abcdefghAAAAAAAAAAAAAAAAAAAAAA", "wordpress/P" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct password_verdict got = ask(forms[i][0], forms[i][1], "hunter2", 7, "salt");
		CU_ASSERT(got.result == PASSWORD_MISMATCH);
		UNIT_STR(got.scheme, forms[i][2]);
	}
}

/* --- whatever can be written ---------------------------------------------------------- */
struct trial {
	const struct scheme *scheme;
	struct scheme_in in;
	int64_t costs[COST_KEYS_MAX];
	char salt[SALT_ROOM];
	struct buf hash;
};

static int trial_make(struct trial *t, const struct scheme *scheme, struct params *params,
	const struct secret *password)
{
	*t = (struct trial){ .scheme = scheme, .hash = BUF_INIT(4096) };
	for (size_t i = 0; scheme->costs && scheme->costs[i].name; i++)
		t->costs[i] = scheme->costs[i].min;
	if (scheme_salt(scheme, 0, t->salt))
		return -1;
	t->in = (struct scheme_in){ .salt = str_of(t->salt), .username = str_of("Ada"),
		.password = password, .params = params };
	if (scheme->make(scheme, &t->in, t->costs, &t->hash))
		return -1;
	t->in.hash = (struct idbc_str){ t->hash.ptr, t->hash.len };
	return 0;
}

static int trial_verify(struct trial *t, const struct secret *password)
{
	struct stored st;
	int rc = stored_parse(t->scheme, &t->in, &st);

	t->in.password = password;
	return rc == PARSED ? stored_verify(&st, &t->in) : rc;
}

/* A dummy is as long as what is made, parses, costs the same and never matches. */
static void try_dummy(const struct trial *real, struct params *params,
	const struct secret *password)
{
	struct trial t;
	struct stored a, b;

	CU_ASSERT(!trial_make(&t, real->scheme, params, NULL));
	CU_ASSERT(t.hash.len == real->hash.len);
	CU_ASSERT(stored_parse(real->scheme, &real->in, &a) == PARSED);
	CU_ASSERT(stored_parse(t.scheme, &t.in, &b) == PARSED);
	CU_ASSERT(!memcmp(&a.cost, &b.cost, sizeof(a.cost)));
	CU_ASSERT(trial_verify(&t, password) == PASSWORD_MISMATCH);
	buf_free(&t.hash);
}

static void try_scheme(const struct scheme *scheme, struct params *params,
	const struct secret *right, const struct secret *wrong)
{
	const struct scheme *seen = NULL;
	struct trial t;
	int made = trial_make(&t, scheme, params, right);
	int matches = made ? -1 : trial_verify(&t, right);

	if (matches != PASSWORD_MATCH)
		fprintf(stderr, "%s: made %d, verified %d\n", scheme->id, made, matches);
	CU_ASSERT(matches == PASSWORD_MATCH);
	if (matches == PASSWORD_MATCH) {
		CU_ASSERT(trial_verify(&t, wrong) == PASSWORD_MISMATCH);
		try_dummy(&t, params, right);
		if (scheme->flags & SCHEME_SELF)
			CU_ASSERT(scheme_family(scheme)->identify(&t.in, 1, &seen) == PARSED &&
				seen == scheme);
	}
	buf_free(&t.hash);
}

static void test_written_is_verified(void)
{
	static const char text[] = "P\xc3\xa4ssw\xc3\xb6rd $1 \\x \"'";
	struct secret right = SECRET_INIT, wrong = SECRET_INIT;
	struct params *params = NULL;
	const struct family *family;
	size_t n = 0;

	CU_ASSERT_FATAL(!params_open(PARAMS, &params));
	CU_ASSERT_FATAL(!secret_copy(&right, text, sizeof(text) - 1));
	CU_ASSERT_FATAL(!secret_copy(&wrong, "p" "\xc3\xa4", 3));
	for (size_t i = 0; (family = scheme_family_at(i)) != NULL; i++)
		for (size_t k = 0; k < family->n; k++)
			if (family->schemes[k].make &&
			    !scheme_missing(&family->schemes[k], params)) {
				try_scheme(&family->schemes[k], params, &right, &wrong);
				n++;
			}
	CU_ASSERT(n > 60);
	secret_free(&right);
	secret_free(&wrong);
	params_close(params);
}

/* What a row sees is what its form sees, not its family. */
static void test_nextcloud_sees(void)
{
	static const char *const rows[] = {
		"1|$2y$04$" BCRYPT_TAIL, "$2y$04$" BCRYPT_TAIL,
		"3|$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
	};
	const struct scheme *scheme = scheme_find("cms/nextcloud");
	struct stored st;

	for (int i = 0; i < 3; i++) {
		struct scheme_in in = { .hash = str_of(rows[i]) };

		CU_ASSERT_EQUAL(stored_parse(scheme, &in, &st), PARSED);
		CU_ASSERT(!stored_cuts(&st, 72) && stored_cuts(&st, 73) == (i < 2));
	}
}

/* --- what WordPress cuts off ----------------------------------------------------------- */
static void test_trimmed(void)
{
	static const char md5[] = "5f4dcc3b5aa765d61d8327deb882cf99";    /* "password" */

	CU_ASSERT(ask("wordpress/wp-md5", md5, "\0 \t\n\r\vpassword\v \0", 17, "").result ==
		PASSWORD_MATCH);
	CU_ASSERT(ask("wordpress/wp-md5", md5, "pass word", 9, "").result == PASSWORD_MISMATCH);
	CU_ASSERT(ask("wordpress/wp-md5", md5, " \t ", 3, "").result == PASSWORD_MISMATCH);
	CU_ASSERT(ask("drupal/md5-d6", md5, " password", 9, "").result == PASSWORD_MISMATCH);
}

/* NUL is a byte like others where the hash takes it, and never ends a password early. */
static void test_nul(void)
{
	static const char joomla[] = "b305cadbb3bce54f3aa59c64fec00dea:salt"; /* "password" */

	CU_ASSERT(ask("cms/joomla-md5", joomla, "password", 8, "").result == PASSWORD_MATCH);
	CU_ASSERT(ask("cms/joomla-md5", joomla, "password\0x", 10, "").result ==
		PASSWORD_MISMATCH);
	CU_ASSERT(ask("cms/joomla-md5", joomla, "", 0, "").result == PASSWORD_MISMATCH);
}

/* Identity keeps its salt inside: a salt beside it is the one of older rows. */
static void test_salt_of_others(void)
{
	static const char identity[] = "AQAAAAIAAzRQAAAAEFFHdxcL7bAHlBcXNGXMAEZXMgVNgAVfqQk3XT9CkOr3T"
		"mkW+zKxFvch3bd0v4G+lw==";

	CU_ASSERT(ask("aspnet", identity, "abc", 3, "salt").result == PASSWORD_MATCH);
	CU_ASSERT(ask("aspnet", "ldCeJRn3Up+VcyqLAdvz5YcAXD0=", "abc", 3, "n490WlTA3FsKWBAQ4UhqNw==")
		.result == PASSWORD_UNSUPPORTED);
}

static const struct unit_test tests[] = {
	{ "nextcloud sees", test_nextcloud_sees },
	{ "not canonical", test_not_canonical }, { "over the ceiling", test_over_the_ceiling },
	{ "not ours", test_not_ours }, { "inside the family", test_inside_the_family },
	{ "written is verified", test_written_is_verified }, { "trimmed", test_trimmed },
	{ "NUL", test_nul }, { "salt of others", test_salt_of_others },
	{ "not whole", test_not_whole }, { "known", test_known },
};
UNIT_MAIN("password_web", tests)
