/* tests/unit/password_classes.c - the shares of a store's forms of passwords, which of them
 * a name falls into, and forms made nobody's.  connector/password/classes.c, scramble.c,
 * dummy.c.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/findings.h"
#include "password/policy.h"
#include "unit.h"

static const struct password_call any_time = { INT64_MAX, PASSWORD_FOR_CALLER };

struct setup {
	struct password_rules rules;
	struct password_accept accept[4];
	struct password_cost cost[2];
	struct finding_list findings;
	struct password_policy *policy;
};

static void open_with(struct setup *s, const char *accept, int has_salt)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *key = "the key of a test";

	memset(s, 0, sizeof(*s));
	s->accept[0].scheme = accept;
	s->rules.accept = s->accept;
	s->rules.naccept = accept != NULL;
	s->rules.has_salt = has_salt;
	s->cost[0] = (struct password_cost){ "cost", 4 };
	s->rules.target = (struct password_target){ .scheme = "bcrypt/2b", .costs = s->cost,
						    .ncosts = 1, .key = "users.password.write" };
	s->rules.password_bytes = 4096;
	s->rules.dummy_key = key;
	s->rules.dummy_key_len = strlen(key);
	findings_init(&s->findings);
	CU_ASSERT_FATAL(!password_open(&s->rules, &s->findings.sink, &s->policy, &err));
}

static void done(struct setup *s)
{
	password_close(s->policy);
	findings_free(&s->findings);
}

static struct idbc_field field(const char *name, const char *text)
{
	struct idbc_field f = { name, { .kind = IDBC_KIND_NULL } };

	if (text) {
		f.value.kind = IDBC_KIND_STR;
		f.value.u.str = str_of(text);
	}
	return f;
}

static const char *name_of(char out[24], const char *prefix, int i)
{
	snprintf(out, 24, "%s%d", prefix, i);
	return out;
}

static void sample(struct setup *s, int from, int n, const char *hash, const char *salt)
{
	char id[24];

	for (int i = from; i < from + n; i++) {
		struct idbc_str user = str_of(name_of(id, "", i));
		struct idbc_field parts[2] = { field("hash", hash), field("salt", salt) };

		CU_ASSERT_EQUAL(password_sample(s->policy, &user, parts, 2, 1), 0);
	}
}

static const char *chosen(const struct setup *s, const char *name)
{
	const struct idbc_field *parts = NULL;
	struct idbc_str who = str_of(name);

	return classes_choose(s->policy->classes, &who, &parts) ? parts[0].value.u.str.ptr : "";
}

#define BCRYPT5 "$2b$05$lWczTRHoxhwhnyB2Y0hBouFCKlbN0zHWQfyPHQo6c7NXSjyzVTKWy"
#define BCRYPT8 "$2b$08$lWczTRHoxhwhnyB2Y0hBouFCKlbN0zHWQfyPHQo6c7NXSjyzVTKWy"
#define PHPASS  "$P$BWMJYGIEYL1PnmnRGp613pmVmbonlX1"

static int count(const struct setup *s, const char *begins, int names)
{
	char name[24];
	int n = 0;

	for (int i = 0; i < names; i++)
		n += !strncmp(chosen(s, name_of(name, "nobody", i)), begins, strlen(begins));
	return n;
}

static void test_shares(void)
{
	struct setup s, other;

	open_with(&s, NULL, 0);
	UNIT_STR(chosen(&s, "nobody"), "");
	sample(&s, 0, 600, BCRYPT5, NULL);
	sample(&s, 600, 300, PHPASS, NULL);
	sample(&s, 900, 100, BCRYPT8, NULL);
	CU_ASSERT(abs(count(&s, "$2b$05$", 4000) - 2400) < 150);
	CU_ASSERT(abs(count(&s, "$2b$08$", 4000) - 400) < 80);
	CU_ASSERT(abs(count(&s, "$P$", 4000) - 1200) < 150);
	/* The same name always, in whatever case, and in another process as well. */
	UNIT_STR(chosen(&s, "NoBody7"), chosen(&s, "nobody7"));
	open_with(&other, NULL, 0);
	sample(&other, 0, 100, BCRYPT8, NULL);
	sample(&other, 100, 600, BCRYPT5, NULL);
	sample(&other, 700, 300, PHPASS, NULL);
	for (int i = 0; i < 1000; i++) {
		char name[24];

		name_of(name, "nobody", i);
		CU_ASSERT(!strncmp(chosen(&s, name), chosen(&other, name), 4));
	}
	done(&other);
	done(&s);
}

/* What has no password to compare is no class; who is sampled twice counts once. */
static void test_not_counted(void)
{
	static const char *const locked[] = { NULL, "", "*", "!", "$2b$05$short",
		"$2b$31$lWczTRHoxhwhnyB2Y0hBouFCKlbN0zHWQfyPHQo6c7NXSjyzVTKWy",
		"2ab96390c7dbe3439de74d0c9b0b1767", "anything" };
	struct idbc_str who = str_of("nobody"), typed = str_of("x");
	struct setup s;

	open_with(&s, NULL, 0);
	for (size_t i = 0; i < sizeof(locked) / sizeof(locked[0]); i++)
		sample(&s, (int)i, 1, locked[i], NULL);
	UNIT_STR(chosen(&s, "nobody"), "");
	CU_ASSERT_EQUAL(password_dummy(s.policy, &who, &typed, &any_time), PASSWORD_MISMATCH);
	sample(&s, 100, 1, BCRYPT5, NULL);
	for (int i = 0; i < 9; i++)
		sample(&s, 101, 1, PHPASS, NULL);
	CU_ASSERT(abs(count(&s, "$P$", 1000) - 500) < 80);
	done(&s);
}

/* Shares that move by one in a hundred move one name in a hundred. */
static void test_drift(void)
{
	static const char *before[4000];
	char id[24], name[24];
	struct setup s;
	int moved = 0;

	open_with(&s, NULL, 0);
	sample(&s, 0, 600, BCRYPT5, NULL);
	sample(&s, 600, 400, PHPASS, NULL);
	for (int i = 0; i < 4000; i++)
		before[i] = chosen(&s, name_of(name, "nobody", i));
	for (int i = 0; i < 40; i++) {
		struct idbc_str user = str_of(name_of(id, "new", i % 20));
		struct idbc_field hash = field("hash", PHPASS);

		password_learn(s.policy, &user, 1, &hash, 1);
	}
	for (int i = 0; i < 4000; i++)
		moved += before[i] != chosen(&s, name_of(name, "nobody", i));
	/* Twenty users of a thousand, 60 % of whom took a place of the others: 1.2 %. */
	CU_ASSERT(moved > 0 && moved < 100);
	done(&s);
}

/* Many kinds are kept apart as far as there is room, and none is lost on the way. */
static void test_many(void)
{
	struct setup s;
	char hash[100];

	open_with(&s, NULL, 0);
	for (int i = 0; i < 100; i++) {
		snprintf(hash, sizeof(hash), "pbkdf2_sha256$%d$salt$%s", 10 + i,
			 "p6gcWB3Fp4vtcmzbzJQUAoMPYDtdCQA7sX0p0o2G5sY=");
		sample(&s, i, 1, hash, NULL);
	}
	CU_ASSERT_EQUAL(count(&s, "pbkdf2_sha256$", 300), 300);
	done(&s);
}

/* --- forms made nobody's ------------------------------------------------------------------ */

static int same_at(const char *a, const char *b)
{
	int n = 0;

	for (; *a && *b; a++, b++)
		n += *a == *b;
	return n;
}

static void nobodys(const struct scheme *scheme)
{
	int64_t costs[COST_KEYS_MAX] = { 0 };
	struct secret password = SECRET_INIT;
	struct buf hash = BUF_INIT(LIMIT_STORED_BYTES);
	struct idbc_str who = str_of("alice"), typed = str_of("hunter2");
	char salt[SALT_ROOM];
	struct scheme_in in = { .username = who, .password = &password };
	struct password_subject alice = { { "alice", 5 }, { "", 0 } };
	struct password_verdict v;
	struct setup s;

	for (size_t i = 0; scheme->costs && scheme->costs[i].name; i++)
		costs[i] = scheme->costs[i].min;
	CU_ASSERT_FATAL(!secret_copy(&password, "hunter2", 7) && !scheme_salt(scheme, 0, salt));
	in.salt = str_of(salt);
	if (scheme->make(scheme, &in, costs, &hash)) {
		CU_FAIL("not made");
		fprintf(stderr, "%s\n", scheme->id);
	} else {
		struct idbc_field parts[2] = { field("hash", hash.ptr), field("salt", salt) };

		open_with(&s, scheme->id, *salt != 0);
		password_check(s.policy, parts, 2, &alice, &typed, &any_time, &v);
		sample(&s, 1, 1, hash.ptr, salt);
		if (v.result != PASSWORD_MATCH || strlen(chosen(&s, "alice")) != hash.len ||
		    (int)hash.len - same_at(chosen(&s, "alice"), hash.ptr) < 6) {
			CU_FAIL("not nobody's");
			fprintf(stderr, "%s: %d %s, of %s\n", scheme->id, v.result,
				chosen(&s, "alice"), hash.ptr);
		}
		CU_ASSERT_EQUAL(password_dummy(s.policy, &who, &typed, &any_time),
				PASSWORD_MISMATCH);
		done(&s);
	}
	buf_wipe(&hash);
	secret_free(&password);
}

static void test_nobodys(void)
{
	int n = 0;

	for (size_t i = 0; scheme_family_at(i); i++)
		for (size_t k = 0; k < scheme_family_at(i)->n; k++) {
			const struct scheme *scheme = &scheme_family_at(i)->schemes[k];

			if (!scheme->make || scheme_missing(scheme, NULL))
				continue;
			nobodys(scheme);
			n++;
		}
	CU_ASSERT(n > 20);
}

/* --- time --------------------------------------------------------------------------------- */

static int64_t work_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t dummy_ns(const struct setup *s, const char *name, const char *password)
{
	struct idbc_str who = str_of(name), typed = str_of(password);
	int64_t best = INT64_MAX;

	for (int i = 0; i < 3; i++) {
		int64_t start = work_ns(), took;

		password_dummy(s->policy, &who, &typed, &any_time);
		took = work_ns() - start;
		best = took < best ? took : best;
	}
	return best;
}

static int64_t wrong_ns(const struct setup *s, const char *hash, const char *password)
{
	struct password_subject who = { { "alice", 5 }, { "", 0 } };
	struct idbc_field part = field("hash", hash);
	struct idbc_str typed = str_of(password);
	struct password_verdict v;
	int64_t best = INT64_MAX;

	for (int i = 0; i < 3; i++) {
		int64_t start = work_ns(), took;

		password_check(s->policy, &part, 1, &who, &typed, &any_time, &v);
		CU_ASSERT_EQUAL(v.result, PASSWORD_MISMATCH);
		took = work_ns() - start;
		best = took < best ? took : best;
	}
	return best;
}

#define NEAR(a, b) CU_ASSERT((a) > (b) * 7 / 10 && (a) < (b) * 14 / 10)

static void test_time(void)
{
	static const char *const inputs[] = { "nfc", "hmac-sha256-hex" };
	int64_t wrong;
	struct setup s;

	open_with(&s, NULL, 0);
	sample(&s, 0, 5, BCRYPT8, NULL);
	wrong = wrong_ns(&s, BCRYPT8, "wrong");
	NEAR(dummy_ns(&s, "nobody", "wrong"), wrong);
	NEAR(dummy_ns(&s, "nobody", ""), wrong);
	NEAR(wrong_ns(&s, BCRYPT8, ""), wrong);
	done(&s);
	/* Two forms of a password are two hashes, of a dummy as well. */
	open_with(&s, NULL, 0);
	sample(&s, 0, 5, BCRYPT8, NULL);
	CU_ASSERT_FATAL(s.policy->ninputs == 1);
	for (size_t i = 0; i < 2; i++) {
		struct idbc_str word;

		CU_ASSERT(!input_parse(inputs[i], 1, &s.policy->inputs[i], &word));
	}
	s.policy->ninputs = 2;
	NEAR(wrong_ns(&s, BCRYPT8, "wrong"), 2 * wrong);
	NEAR(dummy_ns(&s, "nobody", "wrong"), 2 * wrong);
	NEAR(dummy_ns(&s, "nobody", ""), 2 * wrong);
	NEAR(wrong_ns(&s, BCRYPT8, ""), 2 * wrong);
	done(&s);
}

/* --- several threads ---------------------------------------------------------------------- */

static void *ask(void *ctx)
{
	struct setup *s = ctx;
	char name[24];
	int n = 0;

	for (int i = 0; i < 3000; i++)
		n += *chosen(s, name_of(name, "nobody", i)) == '$';
	return n == 3000 ? s : NULL;
}

static void test_threads(void)
{
	pthread_t threads[2];
	struct setup s;
	void *same;

	open_with(&s, NULL, 0);
	sample(&s, 0, 1, BCRYPT5, NULL);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_FATAL(!pthread_create(&threads[i], NULL, ask, &s));
	for (int i = 1; i < 500; i++)
		sample(&s, i, 1, i % 2 ? PHPASS : BCRYPT5, NULL);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &same);
		CU_ASSERT_PTR_EQUAL(same, &s);
	}
	done(&s);
}

static const struct unit_test tests[] = {
	{ "shares", test_shares }, { "not counted", test_not_counted }, { "drift", test_drift },
	{ "many kinds", test_many }, { "nobody's", test_nobodys }, { "time", test_time },
	{ "threads", test_threads },
};

UNIT_MAIN("password_classes", tests)
