/* tests/unit/password_input.c - pre-processing of passwords: each item alone against known
 * answers, chains of them, which of several forms is tried and which one writes.
 */
#include <string.h>
#include "base/err.h"
#include "base/findings.h"
#include "password/input.h"
#include "password/policy.h"
#include "unit.h"

static const struct password_call any_time = { INT64_MAX, PASSWORD_FOR_CALLER };
static const struct password_subject alice = { { "ALICE\xc3\x84", 7 }, { "a@example.com", 13 } };
static const char pepper_text[] = "146585145368132386173505678016728509634";

/* What `chain` makes of a password; "(1)" for what it refuses. */
static const char *made(const char *chain, const char *password, int fresh)
{
	static char out[512];
	struct idbc_str pepper = str_of(pepper_text), typed = str_of(password), word;
	struct secret text = SECRET_INIT;
	struct input_chain parsed;
	int rc;

	if (input_parse(chain, 1, &parsed, &word) != INPUT_OK)
		return "(unknown)";
	rc = input_apply(&parsed, &pepper, &alice, &typed, fresh, &text);
	if (rc)
		snprintf(out, sizeof(out), "(%d)", rc);
	else
		snprintf(out, sizeof(out), "%.*s", (int)text.len, text.ptr);
	secret_free(&text);
	return out;
}

static void test_items(void)
{
	static const char *const known[][3] = {
		{ "trim", " \t\r\n\x0bhunter2 \n", "hunter2" },
		{ "trim", " h u\xc2\xa0", "h u\xc2\xa0" },
		{ "addslashes", "it's \"x\" \\", "it\\'s \\\"x\\\" \\\\" },
		{ "+pepper", "hunter2", "hunter2146585145368132386173505678016728509634" },
		{ "pepper+", "hunter2", "146585145368132386173505678016728509634hunter2" },
		{ "hmac-sha512-b64", "p\xc3\xa4ssw\xc3\xb6rd",
		  "Fn2tatS+GUt2s+hhT8V3DF1c9+rMkemAVVxabQNR6TmGuaIOPqZGsvcmkrPyc53c8kuNd9k5ynag0DWAOOzsrA==" },
		{ "hmac-sha256-b64", "hunter2", "Q8ZBGZG3NqJcM435YCa8bhqkClH4UiM+6pyxGk9zI9c=" },
		{ "hmac-sha256-hex", "hunter2",
		  "43c6411991b736a25c338df96026bc6e1aa40a51f852233eea9cb11a4f7323d7" },
		{ "lower(username)+", "hunter2", "alice\xc3\x84hunter2" },
		{ "nfkc", "\xef\xac\x81x \xe2\x85\xa8 e\xcc\x81", "fix IX \xc3\xa9" },
		{ "nfc", "\xef\xac\x81 e\xcc\x81", "\xef\xac\x81 \xc3\xa9" },
		{ "nfkc", "\xff", "(1)" }, { "nfc", "\xc3", "(1)" },
		{ "trim|addslashes", "  it's ", "it\\'s" },
		{ "addslashes|trim", " ' ", "\\'" },
		{ "trim|nfkc|+pepper", " \xef\xac\x81 ", "fi146585145368132386173505678016728509634" },
		{ "trim|lower(username)+|hmac-sha256-hex", " hunter2 ",
		  "94372fb6614f84f7755cdfa13a1fae9a13d1aa8c0b12b4eee5050c3c2bbfac4a" },
		{ "trim|+pepper", "   ", "" },
		{ "sasl", "x", "(unknown)" }, { "", " x", " x" }, { "trim|", "x", "(unknown)" },
		{ "TRIM", "x", "(unknown)" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		UNIT_STR(made(known[i][0], known[i][1], 0), known[i][2]);
	UNIT_STR(made("addslashes", "", 0), "");
}

/* RFC 4013, its examples first. */
static void test_saslprep(void)
{
	static const char *const known[][2] = {
		{ "I\xc2\xadX", "IX" }, { "user", "user" }, { "USER", "USER" },
		{ "\xc2\xaa", "a" }, { "\xe2\x85\xa8", "IX" }, { "\x07", "(2)" },
		{ "\xd8\xa7\x31", "(2)" },              /* right to left, then a digit */
		{ "a\xc2\xa0" "b\xe3\x80\x80" "c", "a b c" },   /* other spaces */
		{ "\xc2\xad", "" },                     /* nothing is left */
		{ "\xd8\xa7\xd8\xa8", "\xd8\xa7\xd8\xa8" },
		{ "\xd8\xa7" "a\xd8\xa8", "(2)" },      /* both directions */
		{ "a\xee\x80\x80", "(2)" },             /* private use */
		{ "a\xf3\xa0\x81\x81", "(2)" },         /* a tag */
		{ "a\xef\xbf\xbd", "(2)" }, { "a\xe2\x80\xae" "b", "(2)" },
		{ "\xff", "(1)" }, { "\xed\xa0\x80", "(1)" },
		/* U+FDFA is eighteen letters by its compatibility form */
		{ "\xef\xb7\xba", "\xd8\xb5\xd9\x84\xd9\x89 \xd8\xa7\xd9\x84\xd9\x84\xd9\x87 "
		  "\xd8\xb9\xd9\x84\xd9\x8a\xd9\x87 \xd9\x88\xd8\xb3\xd9\x84\xd9\x85" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		UNIT_STR(made("saslprep", known[i][0], 0), known[i][1]);
		UNIT_STR(made("saslprep", known[i][0], 1), known[i][1]);
	}
	/* U+0221 came after Unicode 3.2: it may be asked for, but not stored. */
	UNIT_STR(made("saslprep", "\xc8\xa1", 0), "\xc8\xa1");
	UNIT_STR(made("saslprep", "\xc8\xa1", 1), "(2)");
	UNIT_STR(made("trim|saslprep|+pepper", " I\xc2\xadX ", 1),
		"IX146585145368132386173505678016728509634");
}

/* The longest password, all of it growing. */
static void test_saslprep_long(void)
{
	char longest[4096];
	struct idbc_str typed = { longest, sizeof(longest) - 1 };
	struct input_chain chain;
	struct idbc_str word;
	struct secret text = SECRET_INIT;

	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = "\xef\xb7\xba"[i % 3];
	CU_ASSERT_FATAL(input_parse("saslprep", 0, &chain, &word) == INPUT_OK);
	CU_ASSERT_EQUAL(input_apply(&chain, NULL, &alice, &typed, 1, &text), 0);
	CU_ASSERT_EQUAL(text.len, 4095 / 3 * 33);
	secret_free(&text);
}

/* --- as a policy uses them --- */

struct setup {
	struct password_rules rules;
	struct password_accept accept[1];
	const char *input[4];
	struct finding_list findings;
	struct password_policy *policy;
};

static void open_policy(struct setup *s)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	s->accept[0].scheme = "raw/md5-hex";
	s->rules.accept = s->accept;
	s->rules.naccept = 1;
	s->rules.input = s->input;
	while (s->input[s->rules.ninput])
		s->rules.ninput++;
	s->rules.target.scheme = "raw/md5-hex";
	s->rules.target.key = "users.password.write";
	s->rules.password_bytes = 4096;
	s->rules.pepper = "K9";
	s->rules.pepper_len = 2;
	findings_init(&s->findings);
	CU_ASSERT_FATAL(password_open(&s->rules, &s->findings.sink, &s->policy, &err) == IDBC_OK);
}

static void close_policy(struct setup *s)
{
	password_close(s->policy);
	findings_free(&s->findings);
}

static const char *judged(const struct setup *s, const char *hash, const char *password)
{
	struct idbc_field part = { "hash", { .kind = IDBC_KIND_STR, .u.str = str_of(hash) } };
	struct idbc_str typed = str_of(password);
	struct password_verdict v;

	password_check(s->policy, &part, 1, &alice, &typed, &any_time, &v);
	return password_result_name(v.result);
}

static const char *stored(const struct setup *s, const char *password)
{
	static char out[128];
	struct idbc_str typed = str_of(password);
	struct idbc_error err = IDBC_ERROR_INIT;
	struct password_made made;

	if (password_make(s->policy, &alice, &typed, &any_time, &made, &err) != IDBC_OK) {
		snprintf(out, sizeof(out), "%s", err.code);
		return out;
	}
	snprintf(out, sizeof(out), "%.*s", (int)made.parts[0].value.u.str.len,
		made.parts[0].value.u.str.ptr);
	password_made_free(&made);
	return out;
}

#define MD5_HUNTER2 "2ab96390c7dbe3439de74d0c9b0b1767"
#define MD5_IX      "37e1bc32ce5672342a0d3f8a6d37c034"
#define MD5_EMPTY   "d41d8cd98f00b204e9800998ecf8427e"

/* All forms are tried, the first one writes. */
static void test_order(void)
{
	struct setup s = { .input = { "+pepper", "trim", "lower(username)+" } };

	open_policy(&s);
	UNIT_STR(judged(&s, MD5_HUNTER2, "hunter2"), "match");
	UNIT_STR(judged(&s, MD5_HUNTER2, " hunter2"), "match");
	UNIT_STR(judged(&s, MD5_HUNTER2, "hunter"), "mismatch");
	UNIT_STR(judged(&s, "78565aa1e9dcf070b44bbef9a03027f8", "hunter2"), "mismatch");
	UNIT_STR(stored(&s, "hunter2"), "0b3a7b5085242e522fc6038ce8e32401");
	UNIT_STR(judged(&s, stored(&s, "hunter2"), "hunter2"), "match");
	UNIT_STR(judged(&s, stored(&s, "hunter2"), "hunter2 "), "mismatch");
	close_policy(&s);
}

/* The empty chain is the password as typed, in whichever place. */
static void test_as_typed(void)
{
	struct setup s = { .input = { "+pepper", "" } };

	open_policy(&s);
	UNIT_STR(judged(&s, MD5_HUNTER2, "hunter2"), "match");
	UNIT_STR(judged(&s, MD5_HUNTER2, " hunter2"), "mismatch");
	UNIT_STR(judged(&s, stored(&s, "hunter2"), "hunter2"), "match");
	close_policy(&s);
}

static void test_saslprep_policy(void)
{
	struct setup s = { .input = { "saslprep" } }, two = { .input = { "saslprep", "trim" } };

	open_policy(&s);
	UNIT_STR(judged(&s, MD5_IX, "I\xc2\xadX"), "match");
	UNIT_STR(judged(&s, MD5_IX, "\xe2\x85\xa8"), "match");
	UNIT_STR(judged(&s, MD5_EMPTY, "\xc2\xad"), "mismatch");
	UNIT_STR(stored(&s, "\xe2\x85\xa8"), MD5_IX);
	UNIT_STR(stored(&s, "\xc2\xad"), "password_empty");
	UNIT_STR(stored(&s, "\xd8\xa7\x31"), "password_not_allowed");
	UNIT_STR(stored(&s, "\xc8\xa1"), "password_not_allowed");
	UNIT_STR(stored(&s, "a\x07"), "password_invalid");
	UNIT_STR(stored(&s, "\xff"), "password_invalid");
	/* U+0221 as a query; what is forbidden matches nothing, not even itself. */
	UNIT_STR(judged(&s, "b5b1a0968d719860a6c530e8e9794fe0", "\xc8\xa1"), "match");
	UNIT_STR(judged(&s, "4f1bb687a1ad5acce38fe89737d152d6", "\xd8\xa7\x31"), "mismatch");
	close_policy(&s);
	/* where the next form in the list can still be its */
	open_policy(&two);
	UNIT_STR(judged(&two, MD5_HUNTER2, "\thunter2"), "match");
	close_policy(&two);
}

static const struct unit_test tests[] = {
	{ "items", test_items }, { "saslprep", test_saslprep },
	{ "saslprep-long", test_saslprep_long }, { "order", test_order },
	{ "as-typed", test_as_typed },
	{ "saslprep-policy", test_saslprep_policy },
};
UNIT_MAIN("password_input", tests)
