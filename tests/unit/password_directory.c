/* tests/unit/password_directory.c - stored forms of directories, mail servers, databases,
 * Windows and Firebase: words and their letter case, what a form carries, edges of parsing,
 * and new ones that must verify.
 */
#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include "password/scheme/scheme.h"
#include "password/tool/utf16.h"
#include "unit.h"

#define SIGNER "\"signerKey\":\"jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxU" \
	"ECKbm0QsEmYUSDzZvpjeJ9WmXA==\""
#define FIREBASE "{\"memCost\":14,\"rounds\":8,\"saltSeparator\":\"Bw==\"," SIGNER "}"

struct ask {
	const char *scheme, *hash, *password, *salt, *username, *params;
};

static struct password_verdict verdict(const struct ask *a)
{
	struct password_probe p = { str_of(a->hash), str_of(a->salt), str_of(a->username),
		str_of(a->password), a->scheme, a->params };
	struct password_verdict v;

	password_probe(&p, &v);
	return v;
}

static void expect(const struct ask *a, const char *want)
{
	struct password_verdict v = verdict(a);

	if (strcmp(password_result_name(v.result), want))
		fprintf(stderr, "%s %.40s:\n", a->scheme ? a->scheme : "", a->hash);
	UNIT_STR(password_result_name(v.result), want);
}

#define EXPECT_OF(want, scheme, hash, password, salt, user, params) \
	expect(&(struct ask){ scheme, hash, password, salt, user, params }, want)
#define EXPECT(want, scheme, hash, password) \
	EXPECT_OF(want, scheme, hash, password, NULL, NULL, NULL)

#define SSHA "YG1Afy03ubul9fWDGmPE8SJX+srSWus9"

static void test_words(void)
{
	EXPECT("match", NULL, "{SSHA}" SSHA, "hunter2");
	EXPECT("match", NULL, "{ssha}" SSHA, "hunter2");
	EXPECT("match", "ldap", "{sShA}" SSHA, "hunter2");
	EXPECT("malformed", "ldap/SSHA", "{SMD5}" SSHA, "hunter2");
	EXPECT("malformed", "ldap/SHA", "{SSHA}" SSHA, "hunter2");
	EXPECT("malformed", "ldap/SHA", "{SHA}" SSHA, "hunter2");
	EXPECT("match", "ldap/SSHA", "{SSHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=", "hunter2");
	EXPECT("malformed", NULL, "{SSHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0", "hunter2");
	EXPECT("malformed", NULL, "{SSHA}87u9ZqY9S/F0eUBXjsPQEDUw4h==", "hunter2");
	EXPECT("malformed", NULL, "{SSHA} " SSHA, "hunter2");
	EXPECT("malformed", "ldap", "{SSHA", "hunter2");
	EXPECT("malformed", "ldap", "SSHA}" SSHA, "hunter2");
	EXPECT("malformed", "ldap", "{}" SSHA, "hunter2");
	EXPECT("unsupported", "ldap", "{SASL}alice@EXAMPLE.COM", "hunter2");
	EXPECT("locked", NULL, "!{SSHA}" SSHA, "hunter2");
	EXPECT("match", NULL, "{x-issha, 1024}QoeX0CsFFjXJWHLkaFMQzYX8f8PObLBfQ7jKsnbTfPw=",
	       "hunter2");
	EXPECT("match", "ldap", "{x-issha, 1024}QoeX0CsFFjXJWHLkaFMQzYX8f8PObLBfQ7jKsnbTfPw=",
	       "hunter2");
	EXPECT("malformed", "sap", "{x-issha,1024}QoeX0CsFFjXJWHLkaFMQzYX8f8PObLBfQ7jKsnbTfPw=",
	       "hunter2");
	EXPECT("malformed", "sap", "{x-issha, 0}QoeX0CsFFjXJWHLkaFMQzYX8f8PObLBfQ7jKsnbTfPw=",
	       "hunter2");
	EXPECT("malformed", "sap", "{x-issha, 01}QoeX0CsFFjXJWHLkaFMQzYX8f8PObLBfQ7jKsnbTfPw=",
	       "hunter2");
	EXPECT("limit", "sap", "{x-issha, 1000001}QoeX0CsFFjXJWHLkaFMQzYX8f8PObLBfQ7jKsnbTfPw=",
	       "hunter2");
}

static void test_carried(void)
{
	struct ask des = { NULL, "{CRYPT}25XLi5u.5BWlA", "correct horse", 0, 0, 0 };
	struct ask bcrypt = { NULL, "{crypt}$2y$05$nh2.TNKfqX4M7WP2SZvPQuYETlsg5ErrhPkf7U/PSHlrJ8/"
		"F1PWi.", "hunter2", 0, 0, 0 };
	struct password_verdict v = verdict(&des);

	CU_ASSERT(v.result == PASSWORD_MATCH && v.weak && !v.upgrade);
	des.password = "correct ";
	v = verdict(&des);
	CU_ASSERT(v.result == PASSWORD_MATCH && v.weak && v.upgrade);
	v = verdict(&bcrypt);
	CU_ASSERT(v.result == PASSWORD_MATCH && !v.weak);
	UNIT_STR(v.scheme, "ldap/CRYPT");
	EXPECT("limit", NULL, "{CRYPT}$2b$31$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
	       "hunter2");
	EXPECT("limit", "dovecot", "{BLF-CRYPT}$2b$31$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZII"
	       "VFJeBui", "hunter2");
	EXPECT("malformed", NULL, "{CRYPT}", "");
	EXPECT("malformed", NULL, "{CRYPT}*", "*");
	EXPECT("malformed", NULL, "{CRYPT}!", "!");
	EXPECT("malformed", NULL, "{CRYPT}hunter2", "hunter2");
	EXPECT("malformed", NULL, "{CRYPT}$2b$05$abcdefghijklmnopqrstuu", "hunter2");
	EXPECT("malformed", NULL, "{SHA512-CRYPT}$1$V/idMbkf$RhAj4YlM9O6cGqk1i5wCo1", "hunter2");
	EXPECT("malformed", NULL, "{BLF-CRYPT}$1$V/idMbkf$RhAj4YlM9O6cGqk1i5wCo1", "hunter2");
	EXPECT("malformed", NULL, "{ARGON2ID}$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2E$"
	       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "hunter2");
	EXPECT("limit", NULL, "{ARGON2ID}$argon2id$v=19$m=1048576,t=3,p=1$c29tZXNhbHRzb21lc2E$"
	       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "hunter2");
}

static void test_dovecot(void)
{
	EXPECT("match", "dovecot", "{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=", "hunter2");
	EXPECT("match", "dovecot", "{PLAIN-MD5}KrljkMfb40Od500MmwsXZw==", "hunter2");
	EXPECT("match", "dovecot", "{LDAP-MD5.hex}2ab96390c7dbe3439de74d0c9b0b1767", "hunter2");
	EXPECT("match", "dovecot", "{MD5}2ab96390c7dbe3439de74d0c9b0b1767", "hunter2");
	EXPECT("match", "dovecot", "{MD5}$1$V/idMbkf$RhAj4YlM9O6cGqk1i5wCo1", "hunter2");
	EXPECT("match", "dovecot", "{plain}hunter2", "hunter2");
	EXPECT("mismatch", "dovecot", "{plain}hunter2", "Hunter2");
	EXPECT("malformed", "dovecot", "{PLAIN}2ab96390c7dbe3439de74d0c9b0b1767",
	       "2ab96390c7dbe3439de74d0c9b0b1767");
	EXPECT("malformed", "dovecot", "{PLAIN}{SSHA}" SSHA, "{SSHA}" SSHA);
	EXPECT("malformed", "dovecot", "{PLAIN}", "");
	EXPECT("match", "dovecot/SHA256",
	       "{SHA256}f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7", "hunter2");
	EXPECT("malformed", "dovecot/SHA256.hex",
	       "{SHA256}f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7", "hunter2");
	EXPECT("malformed", "dovecot", "{PBKDF2}10000$aymu0MxneVj7xcMg2rIWrg$"
	       "HHeehLWRo.TB5/ZYrEno.rsMeaA", "hunter2");
	EXPECT("match", NULL, "{PBKDF2}$1$F3qjX3AAxQFFw.jc$1000$"
	       "a40ed3057d28e9debb68b9463487ff63c1574152", "hunter2");
	EXPECT("limit", NULL, "{PBKDF2}$1$F3qjX3AAxQFFw.jc$4294967295$"
	       "a40ed3057d28e9debb68b9463487ff63c1574152", "hunter2");
	EXPECT("limit", NULL, "{SCRAM-SHA-256}4294967295,/cjCUpoyDo5dkHznGGn0OA==,"
	       "3vbrvzQzTV2mHiC7e3YzaNfmd+32z4EJYj3XP1pZWK4=,"
	       "fIKS0djCBmZY9bp73FwJV8IkMboTiO99ZnRVxnKzdgk=", "hunter2");
	EXPECT("mismatch", "dovecot", "{DIGEST-MD5}7b3836a21615f9de19eea27a9b00ae12", "hunter2");
}

/* The keys of SCRAM agree, or nothing does. */
static void test_scram(void)
{
#define SALT_OF "SCRAM-SHA-256$4096:LZ+Wn3RpMXrCGFyTYwz+aQ==$"
#define STORED  "YEpcgs9YpSdIGzbNS+mQ8O9hcoAudsOI+e6V8mY1f7w="
#define SERVER  "h1EokzudQhodv+XtCgF1mhKVBvCfdUhLWNSsf3Ia3ss="
	EXPECT("match", NULL, SALT_OF STORED ":" SERVER, "hunter2");
	EXPECT("mismatch", NULL, SALT_OF STORED ":" STORED, "hunter2");
	EXPECT("mismatch", NULL, SALT_OF SERVER ":" SERVER, "hunter2");
	EXPECT("malformed", NULL, SALT_OF STORED ":", "hunter2");
	EXPECT("malformed", NULL, SALT_OF STORED, "hunter2");
	EXPECT("malformed", NULL, "SCRAM-SHA-256$4096:$" STORED ":" SERVER, "hunter2");
	EXPECT("malformed", NULL, "SCRAM-SHA-256$04096:LZ+Wn3RpMXrCGFyTYwz+aQ==$" STORED ":" SERVER,
	       "hunter2");
	EXPECT("malformed", NULL, "SCRAM-SHA-256$-1:LZ+Wn3RpMXrCGFyTYwz+aQ==$" STORED ":" SERVER,
	       "hunter2");
	EXPECT_OF("match", NULL, "md5f1d6e2da5767fddc60c941cf0fa924cf", "hunter2", NULL,
		  "alice", NULL);
	EXPECT_OF("mismatch", NULL, "md5f1d6e2da5767fddc60c941cf0fa924cf", "hunter2", NULL,
		  "bob", NULL);
	EXPECT("mismatch", NULL, "md5f1d6e2da5767fddc60c941cf0fa924cf", "hunter2");
	EXPECT_OF("malformed", "postgres", "md5f1d6e2da5767fddc60c941cf0fa924c", "hunter2", NULL,
		  "alice", NULL);
}

/* Made by PostgreSQL 15, of passwords that RFC 4013 alone would treat otherwise. */
static void test_prepared(void)
{
	static const char *const rows[][2] = {
		{ "\xc2\xad",
		  "SCRAM-SHA-256$4096:pK+4AJdGuRf+ugIZZihbDg==$"
		  "ysFSDburXaVfS/aZOWakCxhbErVjIR/+MHNMnPM4rTk=:AgtwmK8jCM3Cy8gTTISRpk3+iBtFF8Kij2qU7jUuVhs=" },
		{ "\xcd\x80" "x",
		  "SCRAM-SHA-256$4096:xZECXOY3HFJR6H8lEL2obQ==$"
		  "uWsrtl7JXCiLRfjso7T38nZ8FnZRozy+fXjs0xGYqIQ=:IOYPd4tPeUgN1cVvzFMZC+rXIcYWoK7IxL8NcLfsGA8=" },
		{ "\xef\xac\x9d",
		  "SCRAM-SHA-256$4096:+QzeqrcC2rR3c0Jzkmmbxw==$"
		  "FTQnalI+X0KfAAqce5CDHmvcWg0IYIkVcAQV2zRKc/w=:1kF3m2zsPeb1Ixj+TPtZMZnS/UzVKeXRpW2psHfq5Fw=" },
		{ "\xf0\xaf\xa1\xa8",
		  "SCRAM-SHA-256$4096:hhLKGInT6iyKEy2piG5Ovw==$"
		  "C7EnHTOCSYLoN9NXXyZNYvC+x42k0JhuPEjOREy+c3g=:RCJmVEKuQCX8m78KH/NkrcgayC7IZre9+D5y7dCIvu0=" },
		{ "emoji \xf0\x9f\x94\x91" " \xc2\xaa",
		  "SCRAM-SHA-256$4096:QIlBP5Px40JNcuj/fgSehg==$"
		  "eupB2xKQI7H8fCQYKKz++QbnoHHyWPKdgfrR0nd+fSw=:VVQ4r0fOiDdz+gzm9zLykO/wUuK7ePsBrG/69CH2qag=" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT("match", "postgres", rows[i][1], rows[i][0]);
}

#define A43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define S20 "ssssssssssssssssssss"
#define S19 "sssssssssssssssssss"

static void test_mysql(void)
{
	char longer[300], odd[] = "$A$005$NSMCZwSG.X1zKMlLed\xff\x01" A43;

	memset(longer, 'a', 257);
	longer[257] = '\0';
	EXPECT("mismatch", "mysql", odd, "hunter2");
	EXPECT("mismatch", NULL, "$A$FFF$" S20 A43, longer);
	EXPECT("malformed", NULL, "$A$000$" S20 A43, "hunter2");
	EXPECT("malformed", NULL, "$A$00a$" S20 A43, "hunter2");
	EXPECT("malformed", NULL, "$A$005$" S19 A43, "hunter2");
	EXPECT("match", NULL, "*58815970BE77B3720276F63DB198B1FA42E5CC02", "hunter2");
	EXPECT("match", NULL, "*58815970be77b3720276f63db198b1fa42e5cc02", "hunter2");
	EXPECT("malformed", "mysql", "*58815970BE77B3720276F63DB198B1FA42E5CC0", "hunter2");
	EXPECT("unsupported", NULL, "17687fae14ce0509", "hunter2");
	EXPECT("match", "mysql", "17687fae14ce0509", " hunter\t2");
}

/* Where libxcrypt takes the salt too, both must agree. */
static void test_sha256crypt(void)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char password[257], setting[64], ours[44];

	CU_ASSERT_FATAL(data != NULL);
	for (size_t len = 0; len <= 256; len += len < 70 ? 1 : 31) {
		struct idbc_str p = { password, len }, salt = { "saltstring.16/ab", 1 + len % 16 };

		memset(password, 'a' + (int)(len % 26), len);
		password[len] = '\0';
		snprintf(setting, sizeof(setting), "$5$rounds=1000$%.*s$", (int)salt.len, salt.ptr);
		CU_ASSERT(!sha256crypt(&p, &salt, 1000, ours));
		UNIT_STR(strrchr(crypt_r(password, setting, data), '$') + 1, ours);
	}
	free(data);
}

#define MSSQL "0x0100D5BA97B2A08B00F385C3C77FDAAAF7F23D0F0E58A3C4AB2F"

static void test_database(void)
{
	unsigned char bytes[26];
	struct idbc_str hex = str_of(&MSSQL[2]);
	struct password_probe p = { { (char *)bytes, sizeof(bytes) }, { "", 0 }, { "", 0 },
		str_of("hunter2"), "database", NULL };
	struct password_verdict v;

	CU_ASSERT(hex_decode(&hex, bytes, sizeof(bytes)) == 26);
	password_probe(&p, &v);
	CU_ASSERT(v.result == PASSWORD_MATCH);
	UNIT_STR(v.scheme, "database/mssql2005");
	EXPECT("match", "database", MSSQL, "hunter2");
	EXPECT("malformed", "database/mssql2012", MSSQL, "hunter2");
	EXPECT("malformed", "database", "0x0300D5BA97B2A08B00F385C3C77FDAAAF7F23D0F0E58A3C4AB2F",
	       "hunter2");
	EXPECT("mismatch", "database", MSSQL, "hunter\xff");
	EXPECT_OF("match", "database", "4BA8D17F52054D47", "HUNTER2", NULL, "alice", NULL);
	EXPECT_OF("mismatch", "database", "4BA8D17F52054D47", "hunter2", NULL, "bob", NULL);
	EXPECT("mismatch", "database", "4BA8D17F52054D47", "hunter2");
	EXPECT("mismatch", "database", "4BA8D17F52054D47", "");
	EXPECT_OF("malformed", "database", "4BA8D17F52054D4", "hunter2", NULL, "alice", NULL);
	EXPECT("malformed", "database", "T:4BA8", "hunter2");
}

static void test_windows(void)
{
	struct ask lm = { "windows/lmhash-hex", "93d1f9ea182df34baad3b435b51404ee", "HUNTER2",
		NULL, NULL, NULL };
	struct password_verdict v = verdict(&lm);

	CU_ASSERT(v.result == PASSWORD_MATCH && v.weak && !v.upgrade);
	EXPECT("match", "windows/lmhash-hex", "30b152d318ad78a10115ade0cda51b1f", "correct horse ");
	EXPECT("match", "windows/lmhash-hex", "30b152d318ad78a10115ade0cda51b1f", "CORRECT HORSE BAT");
	EXPECT("mismatch", "windows/lmhash-hex", "aad3b435b51404eeaad3b435b51404ee", "\xd0\x9f");
	EXPECT("match", "windows/lmhash-hex", "aad3b435b51404eeaad3b435b51404ee", "");
	EXPECT("match", "windows", "6608E4BC7B2B7A5F77CE3573570775AF", "hunter2");
	EXPECT("mismatch", "windows", "6608e4bc7b2b7a5f77ce3573570775af", "hunter2\xff");
	EXPECT("mismatch", "windows", "6608e4bc7b2b7a5f77ce3573570775af", "\xed\xa0\x80");
	EXPECT("malformed", "windows", "6608e4bc7b2b7a5f77ce3573570775a", "hunter2");
	EXPECT("unsupported", NULL, "6608e4bc7b2b7a5f77ce3573570775af", "hunter2");
	EXPECT_OF("match", "windows/dcc", "bc67631f687cabe19420699229fe1f17", "hunter2", NULL,
		  "ALICE", NULL);
	EXPECT("mismatch", "windows/dcc", "bc67631f687cabe19420699229fe1f17", "hunter2");
}

static void test_utf16(void)
{
	struct idbc_str text = str_of("a\xc3\x9f\xf0\x9f\x94\x91");
	struct secret wide = SECRET_INIT;

	CU_ASSERT(!utf16_of(&text, UTF16_BIG | UTF16_UPPER, &wide));
	CU_ASSERT(wide.len == 8 && !memcmp(wide.ptr, "\0A\0\xdf\xd8\x3d\xdd\x11", 8));
	secret_free(&wide);
	text.len = 0;
	CU_ASSERT(!utf16_of(&text, UTF16_LITTLE, &wide) && !wide.len);
	secret_free(&wide);
	text = (struct idbc_str){ "\xc3", 1 };
	CU_ASSERT(utf16_of(&text, UTF16_LITTLE, &wide) == 1);
}

#define FIREHASH "6RzdJCF80XNOoTFKhMktXSVi17avSlrVXqdvQf/sJ7DInkp7G0+Fwwiot7MwBiQ0S798Gvuy" \
	"Etx4b7ddY7LouA"

static void test_firebase(void)
{
	EXPECT_OF("match", "firebase", FIREHASH "==", "hunter2", "C9C2HKYnLFY=", NULL, FIREBASE);
	EXPECT_OF("match", "firebase", FIREHASH, "hunter2", "C9C2HKYnLFY", NULL, FIREBASE);
	EXPECT_OF("mismatch", "firebase", FIREHASH, "hunter3", "C9C2HKYnLFY", NULL, FIREBASE);
	EXPECT_OF("malformed", "firebase", FIREHASH "==", "hunter2", "", NULL, FIREBASE);
	EXPECT_OF("unsupported", "firebase", FIREHASH "==", "hunter2", "C9C2HKYnLFY=", NULL, NULL);
	EXPECT_OF("unsupported", "firebase", FIREHASH "==", "hunter2", "C9C2HKYnLFY=", NULL,
	       "{\"memCost\":14,\"rounds\":8,\"saltSeparator\":\"Bw==\"}");
	EXPECT_OF("unsupported", "firebase", FIREHASH "==", "hunter2", "C9C2HKYnLFY=", NULL,
	       "{\"memCost\":-1,\"rounds\":8,\"saltSeparator\":\"Bw==\"," SIGNER "}");
	EXPECT_OF("limit", "firebase", FIREHASH "==", "hunter2", "C9C2HKYnLFY=", NULL,
	       "{\"memCost\":62,\"rounds\":8,\"saltSeparator\":\"Bw==\"," SIGNER "}");
	EXPECT_OF("limit", "firebase", FIREHASH "==", "hunter2", "C9C2HKYnLFY=", NULL,
	       "{\"memCost\":14,\"rounds\":4294967295,\"saltSeparator\":\"Bw==\"," SIGNER "}");
}

/* Each that can be written verifies, and a dummy of it is well formed and does not. */
static void round_trip(const struct scheme *scheme)
{
	int64_t costs[COST_KEYS_MAX] = { 0 };
	struct secret password = SECRET_INIT;
	struct scheme_in in = { .username = str_of("alice") };

	CU_ASSERT_FATAL(!secret_copy(&password, "p\xc3\xa4ss", 5));
	for (size_t i = 0; scheme->costs && scheme->costs[i].name; i++)
		costs[i] = scheme->costs[i].min;
	for (int dummy = 0; dummy < 2; dummy++) {
		struct buf text = BUF_INIT(LIMIT_STORED_BYTES);
		struct stored st;

		in.password = dummy ? NULL : &password;
		CU_ASSERT(!scheme->make(scheme, &in, costs, &text));
		in.hash = (struct idbc_str){ text.ptr, text.len };
		in.password = &password;
		if (stored_parse(scheme, &in, &st) != PARSED)
			fprintf(stderr, "%s: %s\n", scheme->id, text.ptr);
		CU_ASSERT(stored_parse(scheme, &in, &st) == PARSED);
		CU_ASSERT(stored_verify(&st, &in) == (dummy ? PASSWORD_MISMATCH : PASSWORD_MATCH));
		buf_free(&text);
	}
	secret_free(&password);
}

static void test_made(void)
{
	static const struct family *const made[] = { &family_ldap, &family_dovecot,
		&family_postgres, &family_mysql, &family_database, &family_windows, &family_sap };
	int n = 0;

	for (size_t f = 0; f < sizeof(made) / sizeof(made[0]); f++)
		for (size_t i = 0; i < made[f]->n; i++)
			if (made[f]->schemes[i].make) {
				round_trip(&made[f]->schemes[i]);
				n++;
			}
	CU_ASSERT(n > 40);
}

static const struct unit_test tests[] = {
	{ "words", test_words }, { "carried", test_carried }, { "dovecot", test_dovecot },
	{ "scram", test_scram }, { "prepared", test_prepared }, { "mysql", test_mysql },
	{ "sha256crypt", test_sha256crypt },
	{ "database", test_database }, { "windows", test_windows }, { "utf16", test_utf16 },
	{ "firebase", test_firebase }, { "made", test_made },
};
UNIT_MAIN("password_directory", tests)
