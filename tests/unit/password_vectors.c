/* tests/unit/password_vectors.c - stored forms made by independent implementations, and
 * hostile ones: the outcome by id, by family and detected, a negative from each, time and
 * memory.  The data lie in ../shared/vectors; without them the tests say so and pass.
 *
 * Each vector's hash is computed for its password, and all but the dearest for a wrong one.
 * What leads there is looked at for all, and followed to the hash by the cheap ones and each
 * format's cheapest.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/clock.h"
#include "password/scheme/scheme.h"
#include "unit.h"

#define VECTORS "../shared/vectors/vectors.tsv"
#define HOSTILE "../shared/vectors/hostile.jsonl"

enum column { ID, SET, FAMILY, FORMAT, CLEAR, HEX, HASH, SALT, USER, PARAMS, EXPECT, COLUMNS };

struct vector {
	char *column[COLUMNS];
	char  id[64];
	unsigned char password[512];
	size_t password_len;
	const struct scheme *scheme;
	uint64_t us;            /* what a hash takes by our estimate */
	int dear;               /* that is long, and another one of the format takes less */
};
#define DEAR_US 8000u
typedef void vector_fn(const struct vector *);

static int split_line(char *line, struct vector *v)
{
	for (int i = 0; i < COLUMNS; i++) {
		char *tab = strchr(line, '\t');
		if (!tab)
			return 0;
		*tab = '\0';
		v->column[i] = line;
		line = tab + 1;
	}
	snprintf(v->id, sizeof(v->id), "%s/%s", v->column[FAMILY], v->column[FORMAT]);
	return 1;
}

/* What its hash takes by our estimate; 0 where there is nothing to compute. */
static uint64_t hash_us(const struct vector *v, const char *hash)
{
	struct scheme_in in = { .hash = str_of(hash), .salt = str_of(v->column[SALT]),
		.username = str_of(v->column[USER]) };
	struct params *params = NULL;
	struct stored st;
	int rc;

	if (params_open(*v->column[PARAMS] ? v->column[PARAMS] : NULL, &params))
		return 0;
	in.params = params;
	rc = stored_parse(v->scheme, &in, &st);
	params_close(params);
	return rc == PARSED ? cost_us(&st.cost, 0) : 0;
}

/* The next one in the file; 0 at its end. */
static int next_vector(FILE *f, char *line, size_t cap, struct vector *v)
{
	while (fgets(line, (int)cap, f)) {
		struct idbc_str hex;
		if (!split_line(line, v) || !strcmp(v->column[ID], "id") ||
		    !(v->scheme = scheme_find(v->id)))
			continue;
		hex = str_of(v->column[HEX]);
		v->password_len = (size_t)hex_decode(&hex, v->password, sizeof(v->password));
		return 1;
	}
	return 0;
}

/* The cheapest vector of a format. */
struct cheapest { const struct scheme *scheme; uint64_t us; char id[16]; };
#define FORMATS 256u

static struct cheapest *of_format(struct cheapest *formats, const struct scheme *scheme)
{
	size_t i = 0;

	while (i < FORMATS - 1 && formats[i].scheme && formats[i].scheme != scheme)
		i++;
	return &formats[i];
}

static void find_cheapest(FILE *f, struct cheapest *formats)
{
	struct vector v;
	char line[16384];

	while (next_vector(f, line, sizeof(line), &v)) {
		struct cheapest *format = of_format(formats, v.scheme);
		uint64_t us = hash_us(&v, v.column[HASH]);
		if (format->scheme && format->us <= us)
			continue;
		format->scheme = v.scheme;
		format->us = us;
		snprintf(format->id, sizeof(format->id), "%s", v.column[ID]);
	}
	rewind(f);
}

static int each_vector(vector_fn *fn)
{
	FILE *f = fopen(VECTORS, "r");
	struct cheapest formats[FORMATS] = { { NULL, 0, "" } };
	struct vector v;
	char line[16384];
	int n = 0;

	if (!f) {
		fprintf(stderr, "no %s: nothing tried\n", VECTORS);
		return -1;
	}
	find_cheapest(f, formats);
	while (next_vector(f, line, sizeof(line), &v)) {
		v.us = hash_us(&v, v.column[HASH]);
		v.dear = v.us >= DEAR_US &&
			strcmp(of_format(formats, v.scheme)->id, v.column[ID]) != 0;
		fn(&v);
		n++;
	}
	fclose(f);
	return n;
}

static struct password_verdict probe(const struct vector *v, const char *scheme,
	const void *password, size_t len)
{
	struct password_probe p = { str_of(v->column[HASH]), str_of(v->column[SALT]),
		str_of(v->column[USER]), { password, len }, scheme,
		*v->column[PARAMS] ? v->column[PARAMS] : NULL };
	struct password_verdict verdict;

	password_probe(&p, &verdict);
	return verdict;
}

static void expect_result(const struct vector *v, const char *how, enum password_result want,
	enum password_result got)
{
	if (want != got)
		fprintf(stderr, "%s %s %s: wanted %s, got %s\n", v->column[ID], v->id, how,
			password_result_name(want), password_result_name(got));
	CU_ASSERT(want == got);
}

static enum password_result wanted(const struct vector *v)
{
	return strcmp(v->column[EXPECT], "match") ? PASSWORD_MISMATCH : PASSWORD_MATCH;
}

static void by_id(const struct vector *v)
{
	struct password_verdict got = probe(v, v->id, v->password, v->password_len);

	expect_result(v, "by id", wanted(v), got.result);
	UNIT_STR(got.scheme, v->id);
}

static void negative(const struct vector *v)
{
	unsigned char bad[600];
	size_t len = v->password_len;

	if (wanted(v) != PASSWORD_MATCH || (v->dear && v->us > 5 * DEAR_US))
		return;
	memcpy(bad, v->password, len);
	if (len && bad[0] < 128)
		bad[0] ^= 2;
	else
		bad[len++] = 'q', memmove(bad + 1, bad, len - 1), bad[0] = 'Z';
	expect_result(v, "negative", PASSWORD_MISMATCH, probe(v, v->id, bad, len).result);
}

/* Forms that an earlier family knows as its own: how they begin, who has them, and whether
 * it computes the same. */
static const struct {
	const char *id, *begins, *seen_as;
	int same;
} shared_forms[] = {
	{ "wordpress/P", "$P$", "phpass/P", 1 },
	{ "werkzeug/hmac-legacy", "sha1$", "django/sha1", 0 },
	{ "werkzeug/hmac-legacy", "md5$", "django/md5", 0 },
	{ "cms/moodle-sha512crypt", "$6$", "crypt/sha512crypt", 0 },
};

static int seen_as_another(const struct vector *v, const struct password_verdict *got)
{
	for (size_t i = 0; i < sizeof(shared_forms) / sizeof(shared_forms[0]); i++) {
		size_t len = strlen(shared_forms[i].begins);
		if (strcmp(v->id, shared_forms[i].id) ||
		    strncmp(v->column[HASH], shared_forms[i].begins, len))
			continue;
		UNIT_STR(got->scheme, shared_forms[i].seen_as);
		expect_result(v, "detected as another", shared_forms[i].same ? wanted(v)
			: PASSWORD_MISMATCH, got->result);
		return 1;
	}
	return 0;
}

/* As in by_id(), which computed it: that is not done twice. */
static int is_identified(const struct vector *v, const struct family *family)
{
	struct scheme_in in = { .hash = str_of(v->column[HASH]), .salt = str_of(v->column[SALT]) };
	const struct scheme *scheme;
	int rc = family ? family->identify(&in, 1, &scheme) : scheme_identify(&in, &scheme);

	return rc == PARSED && !strcmp(scheme->id, v->id);
}

static void detected(const struct vector *v)
{
	const struct scheme *scheme = v->scheme;
	struct password_verdict got;

	if (scheme->flags & SCHEME_SELF && is_identified(v, NULL))
		return;
	got = probe(v, NULL, v->password, v->password_len);
	if (seen_as_another(v, &got))
		return;
	if (!(scheme->flags & SCHEME_SELF) && strncmp(v->column[HASH], "md5$$", 5)) {
		/* It may look like another's, and be taken for it. */
		if (got.scheme && strcmp(got.scheme, v->id))
			return;
		if (!(scheme->flags & SCHEME_CLEAR) && got.result != PASSWORD_MALFORMED)
			expect_result(v, "detected", PASSWORD_UNSUPPORTED, got.result);
		return;
	}
	expect_result(v, "detected", wanted(v), got.result);
	if (strcmp(v->column[FAMILY], "dovecot"))
		UNIT_STR(got.scheme, v->id);
}

/* With its family named a text is that family's, even where another one has it first. */
static void by_family(const struct vector *v)
{
	const struct scheme *scheme = v->scheme;
	struct password_verdict got;

	if (!(scheme->flags & SCHEME_SELF) || is_identified(v, scheme_family(scheme)))
		return;
	got = probe(v, v->column[FAMILY], v->password, v->password_len);
	expect_result(v, "by family", wanted(v), got.result);
	UNIT_STR(got.scheme, v->id);
}

/* Of what is left of a form, or grew; a dear one that is still whole is not computed. */
static enum password_result cut_result(const struct vector *cut)
{
	if (hash_us(cut, cut->column[HASH]) >= DEAR_US)
		return PASSWORD_MISMATCH;
	return probe(cut, cut->id, cut->password, cut->password_len).result;
}

/* Cut anywhere, or with a byte more: never a match, whatever the password.  A shorter tag of
 * argon2 is still one, and costs as much. */
static void not_whole(const struct vector *v)
{
	size_t len = strlen(v->column[HASH]);
	struct vector cut = *v;
	char text[1024];

	if (v->scheme->flags & SCHEME_CLEAR || len > sizeof(text) - 2)
		return;
	cut.column[HASH] = text;
	snprintf(text, sizeof(text), "%s", v->column[HASH]);
	for (size_t keep = len; keep-- > 0; keep -= keep > 40 ? 7 : 0) {
		text[keep] = '\0';
		CU_ASSERT(cut_result(&cut) != PASSWORD_MATCH);
	}
	snprintf(text, sizeof(text), "%s ", v->column[HASH]);
	CU_ASSERT(probe(&cut, v->id, v->password, v->password_len).result == PASSWORD_MALFORMED);
	snprintf(text, sizeof(text), "%sA", v->column[HASH]);
	CU_ASSERT(cut_result(&cut) != PASSWORD_MATCH);
}

/* A stored form sent as the password never gets in. */
static void hash_as_password(const struct vector *v)
{
	const struct family *family = scheme_family(v->scheme);
	size_t len = strlen(v->column[HASH]);

	if (v->scheme->flags & SCHEME_CLEAR)
		return;
	if (!v->dear)
		CU_ASSERT(probe(v, v->id, v->column[HASH], len).result == PASSWORD_MISMATCH);
	/* Taken for the same, it is the same hash. */
	if (!is_identified(v, family))
		CU_ASSERT(probe(v, family->name, v->column[HASH], len).result != PASSWORD_MATCH);
	if (!is_identified(v, NULL)) {
		CU_ASSERT(probe(v, "any", v->column[HASH], len).result != PASSWORD_MATCH);
		CU_ASSERT(probe(v, NULL, v->column[HASH], len).result != PASSWORD_MATCH);
	}
	expect_result(v, "as clear text", PASSWORD_MALFORMED,
		      probe(v, "raw/plaintext", v->column[HASH], len).result);
}

/* scheme_identify_self() need not ask everyone; it says what it would if it did. */
static int asked_each(const struct scheme_in *in, const struct scheme **out)
{
	const struct family *family;
	int rc = NOT_MINE;

	for (size_t i = 0; rc == NOT_MINE && (family = scheme_family_at(i)) != NULL; i++)
		rc = family->identify(in, 0, out);
	return rc;
}

static void seen_alike(const char *text, size_t len, const char *salt)
{
	struct scheme_in in = { .hash = { text, len }, .salt = str_of(salt) };
	const struct scheme *quick = NULL, *slow = NULL;
	int rc = scheme_identify_self(&in, &quick), each = asked_each(&in, &slow);

	if (rc == each && (rc != PARSED || quick == slow))
		return;
	if (rc != PASSWORD_UNSUPPORTED || each != NOT_MINE)     /* known, and not built */
		CU_FAIL("a form is seen otherwise where not everyone is asked");
}

static void identified(const struct vector *v)
{
	size_t len = strlen(v->column[HASH]);
	char text[1024];

	if (len >= sizeof(text))
		return;
	for (size_t keep = 0; keep <= len; keep++)
		seen_alike(v->column[HASH], keep, v->column[SALT]);
	memcpy(text, v->column[HASH], len + 1);
	for (size_t i = 0; i < len; i++)
		for (const char *c = "a$:{|*0 "; *c; c++) {
			text[i] = *c;
			seen_alike(text, len, "");
			text[i] = v->column[HASH][i];
		}
}

static void test_identified(void)
{
	each_vector(identified);
}

static void test_by_id(void)
{
	int n = each_vector(by_id);

	CU_ASSERT(n < 0 || n > 290);
}

static void test_negative(void)
{
	each_vector(negative);
}

static void test_detected(void)
{
	each_vector(detected);
}

static void test_by_family(void)
{
	each_vector(by_family);
}

static void test_not_whole(void)
{
	each_vector(not_whole);
}

static void test_hash_as_password(void)
{
	each_vector(hash_as_password);
}

static struct idbc_str member(json_t *row, const char *key)
{
	json_t *value = json_object_get(row, key);
	struct idbc_str s = { "", 0 };

	if (json_is_string(value)) {
		s.ptr = json_string_value(value);
		s.len = json_string_length(value);
	}
	return s;
}

static int outcome_is(const char *want, enum password_result got)
{
	if (!strcmp(want, "invalid"))
		return got == PASSWORD_MALFORMED;
	if (!strcmp(want, "nomatch"))
		return got == PASSWORD_MISMATCH;
	return !strcmp(want, password_result_name(got));
}

static void hostile_row(json_t *row)
{
	const char *family = json_string_value(json_object_get(row, "family"));
	struct password_probe p = { member(row, "hash"), member(row, "salt"),
		member(row, "username"), member(row, "password"), family, NULL };
	double max_ms = json_number_value(json_object_get(row, "max_ms"));
	const char *want = json_string_value(json_object_get(row, "outcome"));
	struct password_verdict got;
	int64_t start = clock_now_ns();

	password_probe(&p, &got);
	if (!outcome_is(want, got.result)) {
		fprintf(stderr, "%s: wanted %s, got %s\n",
			json_string_value(json_object_get(row, "id")), want,
			password_result_name(got.result));
		CU_FAIL("hostile outcome");
	}
	CU_ASSERT((double)(clock_now_ns() - start) / 1e6 < max_ms * 10 * unit_slower());
}

static void test_hostile(void)
{
	FILE *f = fopen(HOSTILE, "r");
	char *line = NULL;
	size_t cap = 0;
	int n = 0;

	if (!f) {
		fprintf(stderr, "no %s: nothing tried\n", HOSTILE);
		return;
	}
	while (getline(&line, &cap, f) > 0) {
		json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
		const char *family = json_string_value(json_object_get(row, "family"));
		if (!strcmp(family, "any") || family_find(family, strlen(family))) {
			hostile_row(row);
			n++;
		}
		json_decref(row);
	}
	free(line);
	fclose(f);
	CU_ASSERT(n > 50);
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* Costs over the ceiling are refused before anything is allocated for them. */
static void test_ceilings(void)
{
	static const char *const over[] = {
		"$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2E$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=65536,t=65,p=1$c29tZXNhbHRzb21lc2E$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=262144,t=17,p=1$c29tZXNhbHRzb21lc2E$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$2b$16$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
		"$y$jHT$LdJMENpBABJJ3hIHjB1Bi.$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6",
		"$P$LabcdefghAAAAAAAAAAAAAAAAAAAAA.",
		"$sha1$1000001$abcdefgh$AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"pbkdf2_sha256$10000001$abcdefghijkl$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};
	long before = peak_kib();

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		struct password_probe p = { str_of(over[i]), { "", 0 }, { "", 0 },
			{ "hunter2", 7 }, NULL, NULL };
		struct password_verdict got;
		int64_t start = clock_now_ns();

		password_probe(&p, &got);
		CU_ASSERT(got.result == PASSWORD_LIMIT);
		CU_ASSERT(clock_now_ns() - start < INT64_C(50000000) * unit_slower());
	}
	CU_ASSERT(peak_kib() - before < 4096);
}

static const struct unit_test tests[] = {
	{ "by id", test_by_id }, { "negative", test_negative }, { "detected", test_detected },
	{ "by family", test_by_family }, { "identified", test_identified },
	{ "ceilings", test_ceilings }, { "hostile", test_hostile },
	{ "not whole", test_not_whole }, { "hash as password", test_hash_as_password },
};
UNIT_MAIN("password_vectors", tests)
