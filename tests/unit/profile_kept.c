/* tests/unit/profile_kept.c - fields kept as they came, and the tree made of them when it is
 * asked for: the same profile as one that had its tree from the start.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "profile/internal.h"
#include "unit.h"

#define THREADS 8
#define LONG    (300u * 1024u)

static const struct profile_rules rules = { .connection = "shop", .prefix = "shop",
	.provider = "odbc", .metadata_key = "app_metadata" };

#define TEXT(kind, text) { kind, 0, { .str = { text, sizeof(text) - 1 } } }
#define NUMBER(kind, n)  { kind, 0, { .i64 = (n) } }

static const char *const names[] = {
	"user_id", "email", "email_verified", "username", "phone_number", "name", "nickname",
	"created_at", "logins_count", "blocked", "user_metadata", "app_metadata",
	"app_metadata.plan", "metadata.plan", "metadata", "mfa_factors", "identities",
	"access_token", "email.x", "blocked.x", "name.y", "zone", "zone.a.b", "user_metadata.c",
};
static const struct idbc_value values[] = {
	TEXT(IDBC_KIND_STR, "ida@example.com"), TEXT(IDBC_KIND_STR, ""),
	TEXT(IDBC_KIND_STR, "caf\xc3\xa9"), TEXT(IDBC_KIND_STR, "caf\xe9 and more"),
	TEXT(IDBC_KIND_STR, "yes"), TEXT(IDBC_KIND_STR, "a\0b"), TEXT(IDBC_KIND_STR, "{\"n\":1}"),
	TEXT(IDBC_KIND_BYTES, "plain"), TEXT(IDBC_KIND_BYTES, "\x01\xff"),
	TEXT(IDBC_KIND_JSON, "{\"plan\":\"gold\",\"deep\":{\"x\":[1,2.5]}}"),
	TEXT(IDBC_KIND_JSON, "null"), TEXT(IDBC_KIND_JSON, "no json"), TEXT(IDBC_KIND_JSON, "7"),
	TEXT(IDBC_KIND_JSON, "[{\"user_id\":5,\"provider\":\"g\",\"access_token\":\"T\"}]"),
	NUMBER(IDBC_KIND_NULL, 0), NUMBER(IDBC_KIND_BOOL, 0), NUMBER(IDBC_KIND_BOOL, 1),
	NUMBER(IDBC_KIND_I64, 0), NUMBER(IDBC_KIND_I64, -3),
	NUMBER(IDBC_KIND_I64, INT64_C(9007199254740993)),
	NUMBER(IDBC_KIND_TIME_US, INT64_C(1700000000123456)), NUMBER(IDBC_KIND_TIME_US, INT64_MIN),
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct idbc_profile *begin(int with_tree)
{
	struct idbc_profile *profile = NULL;
	struct idbc_error err;

	CU_ASSERT_FATAL(profile_new(&profile, &err) == IDBC_OK);
	if (with_tree)
		CU_ASSERT_FATAL(!profile_tree(profile));
	return profile;
}

static void finish(struct idbc_profile *profile)
{
	struct idbc_str id = { "7", 1 };
	struct idbc_error err;

	CU_ASSERT(profile_finish(profile, &rules, &id, &err) == IDBC_OK);
}

/* --- the same as with a tree from the start ---------------------------------------------- */
static void same_early(const struct idbc_profile *kept, const struct idbc_profile *tree)
{
	for (size_t i = 0; i < canon_count; i++) {
		struct idbc_str a, b;

		if (!(canon_fields[i].flags & CANON_EARLY))
			continue;
		a = profile_str(kept, canon_fields[i].name);
		b = profile_str(tree, canon_fields[i].name);
		CU_ASSERT(!a.ptr == !b.ptr && a.len == b.len &&
			  (!a.ptr || !memcmp(a.ptr, b.ptr, a.len)));
		CU_ASSERT(profile_true(kept, canon_fields[i].name) ==
			  profile_true(tree, canon_fields[i].name));
	}
}

static void same_shown(const struct idbc_profile *kept, const struct idbc_profile *tree)
{
	for (uint32_t flags = 0; flags <= PROFILE_FLAGS; flags++)
		UNIT_STR(profile_json(kept, flags), profile_json(tree, flags));
}

/* A small generator of its own: the same profiles in every run. */
static uint32_t next(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % below;
}

static void test_same(void)
{
	uint32_t state = 1, stayed = 0;

	for (int round = 0; round < 4000; round++) {
		struct idbc_profile *kept = begin(0), *tree = begin(1);

		for (uint32_t n = 1 + next(&state, 9); n; n--) {
			const char *name = names[next(&state, COUNT(names))];
			const struct idbc_value *value = &values[next(&state, COUNT(values))];

			CU_ASSERT(!profile_add(kept, name, value));
			CU_ASSERT(!profile_add(tree, name, value));
		}
		same_early(kept, tree);
		stayed += !kept->root;
		finish(kept);
		finish(tree);
		same_shown(kept, tree);
		profile_free(kept);
		profile_free(tree);
	}
	CU_ASSERT(stayed > 500);        /* or nothing was compared with anything */
}

static void test_every_name(void)
{
	for (size_t i = 0; i < canon_count; i++)
		CU_ASSERT(canon_find(canon_fields[i].name) == &canon_fields[i]);
	CU_ASSERT(!canon_find("") && !canon_find("emaix") && !canon_find("last_password_reset_"));
	CU_ASSERT(!canon_find_n("email_verified", 6) && canon_find_n("email.x", 5));
}

static void test_no_tree_for_plain_rows(void)
{
	struct idbc_profile *profile = begin(0);

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strchr(names[i], '.') && !(canon_find(names[i]) &&
						canon_find(names[i])->type == CANON_BOOL))
			CU_ASSERT(!profile_add(profile, names[i], &values[0]));
	CU_ASSERT(!profile_add(profile, "blocked", &values[16]));
	CU_ASSERT(profile_true(profile, "blocked") && !profile_true(profile, "email"));
	CU_ASSERT(profile_str(profile, "email").len == 15 && !profile_str(profile, "blocked").len);
	finish(profile);
	CU_ASSERT(!profile->root);
	UNIT_STR(profile_get(profile, "email"), "ida@example.com");
	CU_ASSERT(profile->root != NULL);
	profile_free(profile);
}

/* --- room -------------------------------------------------------------------------------- */
static void test_room(void)
{
	struct idbc_profile *kept = begin(0), *tree = begin(1);
	char *text = malloc(LONG), name[32];

	CU_ASSERT_FATAL(text != NULL);
	memset(text, 'a', LONG);
	for (size_t len = 0; len < LONG; len = len * 2 + 1) {
		struct idbc_value value = { IDBC_KIND_STR, 0, { .str = { text, len } } };

		snprintf(name, sizeof(name), "own_%zu", len);
		CU_ASSERT(!profile_add(kept, name, &value) && !profile_add(tree, name, &value));
	}
	for (int i = 0; i < 300; i++) {
		struct idbc_value value = { IDBC_KIND_I64, 0, { .i64 = i } };

		snprintf(name, sizeof(name), "number_%d", i);
		CU_ASSERT(!profile_add(kept, name, &value) && !profile_add(tree, name, &value));
	}
	memset(text, 'b', LONG);        /* what was given may change afterwards */
	CU_ASSERT(!kept->root);
	finish(kept);
	finish(tree);
	same_shown(kept, tree);
	profile_free(kept);
	profile_free(tree);
	free(text);
}

static void test_long_value_is_not_kept_twice(void)
{
	struct idbc_profile *profile = begin(0);
	char *text = calloc(1, LONG);
	struct idbc_value value = { IDBC_KIND_BYTES, 0, { .str = { text, LONG } } };

	CU_ASSERT(!profile_add(profile, "email", &values[0]));
	CU_ASSERT(!profile_add(profile, "blob", &value));
	CU_ASSERT(profile->root != NULL);
	CU_ASSERT(strlen(profile_get(profile, "blob")) == 2 * LONG);
	UNIT_STR(profile_get(profile, "email"), "ida@example.com");
	profile_free(profile);
	free(text);
}

static void test_kept_bytes(void)
{
	struct idbc_profile *profile = begin(0);
	struct idbc_str id = { "a\0b", 3 }, nothing = { NULL, 0 };
	const char *copy = profile_keep(profile, &id), *empty = profile_keep(profile, &nothing);

	CU_ASSERT(copy && copy != id.ptr && !memcmp(copy, "a\0b", 4));
	UNIT_STR(empty, "");
	profile_free(profile);
}

/* --- no memory --------------------------------------------------------------------------- */
static long left;

static void *scarce(size_t bytes)
{
	return left-- > 0 ? malloc(bytes) : NULL;
}

static struct idbc_profile *some_profile(void)
{
	struct idbc_profile *profile = begin(0);

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strchr(names[i], '.'))
			CU_ASSERT(!profile_add(profile, names[i], &values[i % COUNT(values)]));
	return profile;
}

/* Without memory there is no text, and with it there is the whole one. */
static void test_starved(void)
{
	struct idbc_profile *whole = begin(0);
	const char *text;
	long steps = 0;
	int done = 0;

	CU_ASSERT(!profile_add(whole, "email", &values[0]));
	CU_ASSERT(!profile_add(whole, "app_metadata", &values[9]));
	CU_ASSERT(!profile_add(whole, "identities", &values[13]));
	finish(whole);
	for (; !done && steps < 5000; steps++) {
		left = steps;
		json_set_alloc_funcs(scarce, free);
		done = profile_get(whole, "email") != NULL;
		json_set_alloc_funcs(malloc, free);
		CU_ASSERT(done || !whole->root);
	}
	CU_ASSERT(done && steps > 20);
	text = profile_json(whole, 0);
	CU_ASSERT(text && strstr(text, "\"plan\":\"gold\"") && strstr(text, "\"nickname\":\"ida\""));
	profile_free(whole);
}

static void test_starved_add(void)
{
	struct idbc_profile *profile = begin(0);

	CU_ASSERT(!profile_add(profile, "email", &values[0]));
	left = 0;
	json_set_alloc_funcs(scarce, free);
	CU_ASSERT(profile_add(profile, "blocked", &values[4]) == -1);
	json_set_alloc_funcs(malloc, free);
	CU_ASSERT(!profile->root && profile_str(profile, "email").len == 15);
	CU_ASSERT(!profile_add(profile, "blocked", &values[4]));
	CU_ASSERT(profile_true(profile, "blocked"));
	profile_free(profile);
}

/* --- a host that goes on with what it got ------------------------------------------------- */
static void test_set_and_create(void)
{
	struct idbc_profile *profile = begin(0);
	struct profile_fields fields;
	struct idbc_error err = IDBC_ERROR_INIT;

	CU_ASSERT(!profile_add(profile, "email", &values[0]));
	CU_ASSERT(profile_for_create(profile, &rules, 0, &fields, &err) == IDBC_OK);
	CU_ASSERT(fields.n == 1);
	profile_fields_free(&fields);
	CU_ASSERT(profile_set(profile, "name", "\"Ida\"", &err) == IDBC_OK);
	UNIT_STR(profile_json(profile, 0), "{\"email\":\"ida@example.com\",\"name\":\"Ida\"}");
	profile_free(profile);
	profile = begin(0);
	UNIT_STR(profile_json(profile, 0), "{}");
	profile_free(profile);
}

static pthread_barrier_t together;

static void *reader(void *arg)
{
	struct idbc_profile *profile = arg;

	pthread_barrier_wait(&together);
	return (void *)profile_json(profile, 0);
}

static void test_first_time_from_eight(void)
{
	for (int round = 0; round < 50; round++) {
		struct idbc_profile *profile = some_profile();
		pthread_t threads[THREADS];
		void *first = NULL, *text;

		finish(profile);
		CU_ASSERT_FATAL(!pthread_barrier_init(&together, NULL, THREADS));
		for (size_t i = 0; i < THREADS; i++)
			CU_ASSERT_FATAL(!pthread_create(&threads[i], NULL, reader, profile));
		for (size_t i = 0; i < THREADS; i++) {
			pthread_join(threads[i], &text);
			first = first ? first : text;
			CU_ASSERT(text && text == first);
		}
		pthread_barrier_destroy(&together);
		profile_free(profile);
	}
}

static const struct unit_test tests[] = {
	{ "the same profile as with a tree from the start", test_same },
	{ "every canonical name is found", test_every_name },
	{ "a plain row makes no tree", test_no_tree_for_plain_rows },
	{ "room for any number of fields of any length", test_room },
	{ "a long value is not kept twice", test_long_value_is_not_kept_twice },
	{ "bytes kept beside the fields", test_kept_bytes },
	{ "no memory for the tree: no text, and one later", test_starved },
	{ "no memory for the tree while fields come", test_starved_add },
	{ "set and create on a profile that came from a store", test_set_and_create },
	{ "read for the first time from eight threads", test_first_time_from_eight },
};
UNIT_MAIN("profile_kept", tests)
