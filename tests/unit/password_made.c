/* tests/unit/password_made.c - new credentials of every scheme that is written, with all that
 * their hashes are of: salts, names, parameters of the site; and what each is stored as.
 */
#include "policy.h"

#define PARAMS "{\"sitekey\":\"key of the site\",\"pepper\":\"pepper\",\"realm\":\"Realm X\"," \
	"\"signerKey\":\"jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==\"," \
	"\"saltSeparator\":\"Bw==\",\"memCost\":8,\"rounds\":8,\"iterations\":1000}"

static struct password_probe line(const char *scheme, const char *password)
{
	struct password_probe p = { .hash = { "", 0 }, .salt = { "", 0 },
		.username = str_of("Alice"), .password = str_of(password), .scheme = scheme,
		.params_json = PARAMS };

	return p;
}

static enum password_result verify(struct password_probe p, const struct buf *hash,
	const char *salt, const char *password)
{
	struct password_verdict v;

	p.hash = (struct idbc_str){ hash->ptr, hash->len };
	p.salt = str_of(salt);
	p.password = str_of(password);
	password_probe(&p, &v);
	return v.result;
}

/* The cheapest that a configuration may ask for. */
static int make_cheaply(const struct scheme *scheme, const struct params *params, char *salt,
	struct buf *hash)
{
	struct secret password = SECRET_INIT;
	struct scheme_in in = { .username = str_of("Alice"), .params = params };
	int64_t costs[COST_KEYS_MAX] = { 0 };
	int rc = secret_copy(&password, "hunter2", 7) || scheme_salt(scheme, 0, salt);

	for (size_t i = 0; scheme->costs && scheme->costs[i].name; i++)
		costs[i] = scheme->costs[i].min;
	in.salt = str_of(salt);
	in.password = &password;
	if (!rc)
		rc = scheme->make(scheme, &in, costs, hash);
	secret_free(&password);
	return rc;
}

static void one_scheme(const struct scheme *scheme)
{
	struct password_probe p = line(scheme->id, "hunter2");
	struct buf hash = BUF_INIT(LIMIT_STORED_BYTES);
	struct params *params = NULL;
	char salt[SALT_ROOM] = "";

	CU_ASSERT_FATAL(!params_open(PARAMS, &params));
	CU_ASSERT_FATAL(!make_cheaply(scheme, params, salt, &hash));
	CU_ASSERT(!(scheme->flags & SCHEME_SALT) == !*salt);
	if (verify(p, &hash, salt, "hunter2") != PASSWORD_MATCH)
		fprintf(stderr, "%s: %.*s\n", scheme->id, (int)hash.len, hash.ptr);
	CU_ASSERT(verify(p, &hash, salt, "hunter2") == PASSWORD_MATCH);
	CU_ASSERT(verify(p, &hash, salt, "hunter3") == PASSWORD_MISMATCH);
	if (scheme->flags & SCHEME_USER) {
		p.username = str_of("bob");
		CU_ASSERT(verify(p, &hash, salt, "hunter2") == PASSWORD_MISMATCH);
	}
	buf_wipe(&hash);
	params_close(params);
}

static void test_every_scheme(void)
{
	size_t written = 0;

	for (size_t i = 0; scheme_family_at(i); i++)
		for (size_t k = 0; k < scheme_family_at(i)->n; k++) {
			const struct scheme *scheme = &scheme_family_at(i)->schemes[k];
			if (!scheme->make)
				continue;
			one_scheme(scheme);
			written++;
		}
	CU_ASSERT(written > 60);
}

static void test_hash(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct password_probe p = line("bcrypt/2y", "hunter2"), asked;
	struct password_made made;
	struct password_verdict v;

	CU_ASSERT_FATAL(password_hash(&p, &made, &err) == IDBC_OK);
	asked = p;
	asked.hash = made.parts[0].value.u.str;
	asked.scheme = NULL;
	password_probe(&asked, &v);
	CU_ASSERT(v.result == PASSWORD_MATCH);
	UNIT_STR(v.scheme, "bcrypt/2y");
	password_made_free(&made);
	p.scheme = "lotus/8";
	CU_ASSERT(password_hash(&p, &made, &err) == IDBC_UNSUPPORTED);
	p.scheme = "nonsense";
	CU_ASSERT(password_hash(&p, &made, &err) == IDBC_INVALID);
	p = line("ruby/restful-auth-v2", "hunter2");
	p.params_json = NULL;
	CU_ASSERT(password_hash(&p, &made, &err) == IDBC_INVALID);
	UNIT_STR(err.code, "missing_parameter");
}

/* A salt that is given is the one that is used. */
static void test_given_salt(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct password_probe p = line("forum/mybb", "hunter2");
	struct password_made made;

	p.salt = str_of("zZf6ZWP9");
	CU_ASSERT_FATAL(password_hash(&p, &made, &err) == IDBC_OK);
	CU_ASSERT(str_is(&made.parts[0].value.u.str, "db68a1b92982513ae95ee405732ade2f"));
	CU_ASSERT(str_is(&made.parts[1].value.u.str, "zZf6ZWP9"));
	password_made_free(&made);
}

/* The name counts among the 72 bytes. */
static void test_name_counts(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char text[72];
	struct password_probe p;
	struct password_made made;

	memset(text, 'a', sizeof(text));
	text[68] = '\0';
	p = line("forum/smf2-bcrypt", text);
	CU_ASSERT(password_hash(&p, &made, &err) == IDBC_INVALID);
	UNIT_STR(err.code, "password_too_long");
	p.password.len = 67;
	CU_ASSERT_FATAL(password_hash(&p, &made, &err) == IDBC_OK);
	password_made_free(&made);
}

/* --- through a connection's rules ----------------------------------------------------- */
static void make(struct setup *s, const char *password, struct password_made *made)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_str typed = str_of(password);
	int rc = password_make(s->policy, &alice, &typed, &any_time, made, &err);

	if (rc)
		fprintf(stderr, "%s\n", err.text);
	CU_ASSERT_FATAL(rc == IDBC_OK);
}

static void expect(struct setup *s, const struct password_made *made, const char *password,
	const char *want)
{
	struct idbc_str typed = str_of(password);
	struct password_verdict v;

	password_check(s->policy, made->parts, made->nparts, &alice, &typed, &any_time, &v);
	UNIT_STR(password_result_name(v.result), want);
}

static void round_trip(struct setup *s, size_t nparts)
{
	struct password_made made;

	must_open(s);
	make(s, "hunter2", &made);
	CU_ASSERT(made.nparts == nparts);
	expect(s, &made, "hunter2", "match");
	expect(s, &made, "hunter3", "mismatch");
	password_made_free(&made);
}

static void test_by_name(void)
{
	struct setup s;

	setup(&s, "forum/smf1");
	accept(&s, "forum/smf1");
	round_trip(&s, 1);
	CU_ASSERT(password_needs_subject(s.policy) == 1);
	done(&s);
	setup(&s, "bcrypt/2y");
	accept(&s, "bcrypt");
	must_open(&s);
	CU_ASSERT(password_needs_subject(s.policy) == 0);
	done(&s);
}

static void test_keycloak(void)
{
	struct password_made made;
	struct setup s;
	uint32_t hash, salt;

	setup(&s, "java/keycloak-argon2");
	accept(&s, "java");
	s.rules.has_salt = 1;
	must_open(&s);
	make(&s, "hunter2", &made);
	CU_ASSERT_FATAL(made.nparts == 2);
	CU_ASSERT(str_begins(&made.parts[0].value.u.str, "{\"value\":\""));
	UNIT_STR(made.parts[1].value.u.str.ptr, "{\"hashIterations\":5,\"algorithm\":\"argon2\","
		"\"additionalParameters\":{\"hashLength\":[\"32\"],\"memory\":[\"7168\"],"
		"\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}");
	expect(&s, &made, "hunter2", "match");
	expect(&s, &made, "hunter3", "mismatch");
	password_width(s.policy, &hash, &salt);
	CU_ASSERT(hash == made.parts[0].value.u.str.len);
	CU_ASSERT(salt == made.parts[1].value.u.str.len);
	password_made_free(&made);
	done(&s);
	setup(&s, "java/keycloak-pbkdf2-sha512");
	accept(&s, "java");
	s.cost[0] = (struct password_cost){ "iterations", 1000 };
	s.rules.target.ncosts = 1;
	round_trip(&s, 1);
	done(&s);
}

static void test_keycloak_hostile(void)
{
	static const struct { const char *hash, *salt, *want; } rows[] = {
		{ "{\"value\":\"AAAA\",\"salt\":\"AAAA\"}", "", "malformed" },
		{ "{\"value\":\"AAAA\",\"salt\":\"AAAA\"}", "{}", "malformed" },
		{ "{\"value\":\"AAAA\",\"salt\":\"AAAA\"}",
		  "{\"hashIterations\":1,\"algorithm\":\"pbkdf2\"}", "malformed" },
		{ "{\"value\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"salt\":\"AAAA\"}",
		  "{\"hashIterations\":1,\"algorithm\":\"md5\"}", "unsupported" },
		{ "{\"value\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"salt\":\"AAAA\"}",
		  "{\"hashIterations\":2147483647,\"algorithm\":\"pbkdf2\"}", "limit" },
		{ "{\"value\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"salt\":\"AAAA\"}",
		  "{\"hashIterations\":0,\"algorithm\":\"pbkdf2\"}", "malformed" },
		{ "{\"value\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"salt\":\"AAAA\"}",
		  "{\"hashIterations\":1e3,\"algorithm\":\"pbkdf2\"}", "malformed" },
		{ "{\"value\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"salt\":\"AAAAAAAAAAA=\"}",
		  "{\"hashIterations\":1,\"algorithm\":\"argon2\",\"additionalParameters\":{"
		  "\"hashLength\":[\"16\"],\"memory\":[\"4194304\"],\"type\":[\"id\"],"
		  "\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}", "limit" },
		{ "{\"value\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"salt\":\"AAAAAAAAAAA=\"}",
		  "{\"hashIterations\":1,\"algorithm\":\"argon2\",\"additionalParameters\":{"
		  "\"hashLength\":[\"16\"],\"memory\":[\"7\"],\"type\":[\"id\"],"
		  "\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}", "malformed" },
		{ "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}", "{}", "malformed" },
	};
	struct password_probe p = line("java", "hunter2");
	struct password_verdict v;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p.hash = str_of(rows[i].hash);
		p.salt = str_of(rows[i].salt);
		password_probe(&p, &v);
		UNIT_STR(password_result_name(v.result), rows[i].want);
	}
}

static void test_params(void)
{
	static const struct password_param params[] = {
		{ NULL, "sitekey", "a0d1e2f3site_key", 16, 0 }, { NULL, "stretches", "10", 2, 0 },
		{ NULL, "realm", "Realm X", 7, 0 },
	};
	struct setup s;

	setup(&s, "ruby/restful-auth-v2");
	accept(&s, "ruby/restful-auth-v2");
	accept(&s, "raw/htdigest");
	s.rules.has_salt = 1;
	s.rules.params = params;
	s.rules.nparams = 3;
	round_trip(&s, 2);
	RESULT(&s, "35b278f5f00ff731c537adb4d44105139f285e68",
	       "9212beae9f61200db4f10771dc572950f4ab5482", "hunter2", "match");
	done(&s);
}

static void test_params_missing(void)
{
	struct setup s;

	setup(&s, "ruby/restful-auth-v2");
	accept(&s, "ruby/restful-auth-v2");
	s.rules.has_salt = 1;
	CU_ASSERT(open_it(&s) == IDBC_CONFIG);
	CU_ASSERT_FATAL(s.findings.n == 2);
	UNIT_STR(s.findings.items[0].code, "missing-parameter");
	UNIT_STR(s.findings.items[0].text, "ruby/restful-auth-v2 needs the parameter sitekey");
	UNIT_STR(s.findings.items[1].code, "missing-parameter");
	done(&s);
}

/* The pepper of the mapping is pepper and key, where the parameters have none. */
static void test_pepper_as_param(void)
{
	struct setup s;

	setup(&s, "ruby/devise");
	accept(&s, "ruby/devise");
	s.rules.pepper = "devisePepper0123456789";
	s.rules.pepper_len = 22;
	s.cost[0] = (struct password_cost){ "cost", 4 };
	s.rules.target.ncosts = 1;
	round_trip(&s, 1);
	RESULT(&s, "$2a$06$5HjkaWk3QmKefd4Ti97Whu/s74Y3b.GfjMIVrphYxAJNNALr6VR.O", NULL,
	       "correct horse battery staple", "match");
	done(&s);
	setup(&s, "ruby/restful-auth-v2");
	accept(&s, "ruby/restful-auth-v2");
	s.rules.has_salt = 1;
	s.rules.pepper = "a0d1e2f3site_key";
	s.rules.pepper_len = 16;
	round_trip(&s, 2);
	done(&s);
}

/* A template of the hash alone: the salt stays in a column of its own. */
static void test_template_without_salt(void)
{
	struct password_made made;
	struct setup s;
	uint32_t hash, salt;

	setup(&s, NULL);
	s.rules.target.recipe = "hex(sha1(salt . password))";
	s.rules.target.salt_len = 12;
	s.rules.parse = "SHA:{hash}";
	s.rules.has_salt = 1;
	accept_recipe(&s, "hex(sha1(salt . password))", PASSWORD_IF_ANY);
	must_open(&s);
	make(&s, "hunter2", &made);
	CU_ASSERT_FATAL(made.nparts == 2);
	CU_ASSERT(str_begins(&made.parts[0].value.u.str, "SHA:"));
	CU_ASSERT(made.parts[0].value.u.str.len == 44);
	CU_ASSERT(made.parts[1].value.u.str.len == 12);
	password_width(s.policy, &hash, &salt);
	CU_ASSERT(hash == 44 && salt == 12);
	expect(&s, &made, "hunter2", "match");
	expect(&s, &made, "hunter3", "mismatch");
	password_made_free(&made);
	done(&s);
}

static const struct unit_test tests[] = {
	{ "every scheme", test_every_scheme }, { "hash", test_hash },
	{ "given salt", test_given_salt }, { "the name counts", test_name_counts },
	{ "by name", test_by_name }, { "keycloak", test_keycloak },
	{ "keycloak, hostile", test_keycloak_hostile }, { "parameters", test_params },
	{ "parameters missing", test_params_missing },
	{ "pepper as parameter", test_pepper_as_param },
	{ "template without salt", test_template_without_salt },
};
UNIT_MAIN("password_made", tests)
