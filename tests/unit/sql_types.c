/* Keys of users as the store's types have them, and the casts that parameters need: what fits is
 * bound as the column's kind, what does not is nobody.
 * drivers/sql/user/key.c, the types of drivers/sql/plan/dialect*.c.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/user/key.h"
#include "dialect_store.h"

struct key_case { const char *type, *full, *width, *id; uint32_t kind; const char *bytes; };

static void test_keys(void)
{
	static const struct key_case cases[] = {
		{ "int2", "smallint", NULL, "32767", IDBC_KIND_I64, NULL },
		{ "int2", "smallint", NULL, "32768", IDBC_KIND_NULL, NULL },
		{ "int4", "integer", NULL, "-2147483648", IDBC_KIND_I64, NULL },
		{ "int4", "integer", NULL, "99999999999", IDBC_KIND_NULL, NULL },
		{ "int8", "bigint", NULL, "99999999999", IDBC_KIND_I64, NULL },
		{ "int8", "bigint", NULL, "9223372036854775808", IDBC_KIND_NULL, NULL },
		{ "int8", "bigint", NULL, "007", IDBC_KIND_NULL, NULL },
		{ "int8", "bigint", NULL, "-0", IDBC_KIND_NULL, NULL },
		{ "int8", "bigint", NULL, "7 ", IDBC_KIND_NULL, NULL },
		{ "uuid", "uuid", NULL, "7", IDBC_KIND_NULL, NULL },
		{ "uuid", "uuid", NULL, "0c0ffee0-0000-4000-8000-00000000004g", IDBC_KIND_NULL, NULL },
		{ "uuid", "uuid", NULL, "0c0ffee0-0000-4000-8000-000000000042", IDBC_KIND_STR, NULL },
		{ "varchar", "character varying(9)", "9", "7|8", IDBC_KIND_STR, NULL },
		{ "bytea", "bytea", NULL, "zo\xc3\xab", IDBC_KIND_BYTES, "zo\xc3\xab" },
		{ "bytea", "bytea", NULL, "0xff01", IDBC_KIND_BYTES, "\xff\x01" },
		{ "bytea", "bytea", NULL, "0x3078", IDBC_KIND_BYTES, "0x" },
		{ "bytea", "bytea", NULL, "0xFF01", IDBC_KIND_NULL, NULL },
		{ "bytea", "bytea", NULL, "0xf", IDBC_KIND_NULL, NULL },
		{ "bytea", "bytea", NULL, "0x", IDBC_KIND_NULL, NULL },
		{ "bytea", "bytea", "16", "41424344-4546-4748-494a-4b4c4d4e4f50", IDBC_KIND_BYTES,
		  "ABCDEFGHIJKLMNOP" },
	};

	open_store(&stores[2], people);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct key_case *c = &cases[i];
		struct plan *plan = (struct plan *)session->plan;
		struct catalogue_column col = { .name = "id", .type = c->full,
						.width = c->width ? atoi(c->width) : 0 };
		struct idbc_value key, shown;
		struct idbc_str id = str(c->id);

		CU_ASSERT_EQUAL(catalogue_type(plan->dialect, "t", c->type, &session->arena,
					       &col), 0);
		plan->key = &col;
		plan->key_kind = col.kind;
		key = key_bind(session, &id);
		if (key.kind != c->kind) {
			fprintf(stderr, "%s %s: kind %u\n", c->type, c->id, (unsigned)key.kind);
			CU_FAIL("bound in another kind");
		}
		if (!c->bytes || key.kind != IDBC_KIND_BYTES)
			continue;
		CU_ASSERT_EQUAL_FATAL(key.u.str.len, strlen(c->bytes));
		CU_ASSERT_EQUAL(memcmp(key.u.str.ptr, c->bytes, key.u.str.len), 0);
		CU_ASSERT_EQUAL(key_text(session, &key, &shown), 0);
		CU_ASSERT_EQUAL(shown.kind, IDBC_KIND_STR);
		CU_ASSERT_EQUAL_FATAL(shown.u.str.len, id.len);
		CU_ASSERT_EQUAL(memcmp(shown.u.str.ptr, id.ptr, id.len), 0);
	}
	close_store();
}

/* A cast to a type with a length would cut in silence. */
static void test_casts(void)
{
	static const struct { const char *type, *full, *open, *close; } casts[] = {
		{ "varchar", "character varying(60)", "", "" },
		{ "bpchar", "character(8)", "", "" },
		{ "int2", "smallint", "CAST(", " AS bigint)" },
		{ "bool", "boolean", "CAST(", " AS boolean)" },
		{ "timestamptz", "timestamp(0) with time zone", "CAST(", " AS timestamptz)" },
		{ "timestamp", "timestamp(0) without time zone", "CAST(", " AS timestamp)" },
		{ "bit", "bit(1)", "CAST(CAST(", " AS bigint) AS bit(1))" },
		{ "bit", "bit(8)", "CAST(", " AS varbit)" },
		{ "enum", "app.\"Mood\"", "CAST(", " AS app.\"Mood\")" },
		{ "citext", "ext.citext", "CAST(", " AS ext.citext)" },
		{ "jsonb", "jsonb", "CAST(", " AS jsonb)" },
		{ "inet", "inet", "", "" },
	};
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < sizeof(casts) / sizeof(casts[0]); i++) {
		struct catalogue_column col = { .name = "c", .type = casts[i].full };

		CU_ASSERT_EQUAL(catalogue_type(dialect_find(SQL_POSTGRESQL), "t", casts[i].type, &arena,
					       &col), 0);
		UNIT_STR(col.arg_open, casts[i].open);
		UNIT_STR(col.arg_close, casts[i].close);
	}
	arena_free(&arena);
}

static const struct unit_test tests[] = {
	{ "keys", test_keys },
	{ "casts", test_casts },
};
UNIT_MAIN("sql_types", tests)
