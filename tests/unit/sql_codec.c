/* tests/unit/sql_codec.c - drivers/sql/codec*.c: what columns hold, in every spelling
 * that stores use, and back; hostile PHP text.
 */
#include "unit.h"
#include "sql/codec/codec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* --- short ways to say things --- */

static struct arena arena = ARENA_INIT;

static struct idbc_str str(const char *text)
{
	return (struct idbc_str){ text, strlen(text) };
}

/* A copy of its exact size, so that a read beyond it is seen. */
static struct idbc_value value_bytes(uint32_t kind, const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	struct idbc_value v = { .kind = kind, .u.str = { copy, len } };

	memcpy(copy, bytes, len);
	return v;
}

static struct idbc_value text(const char *s)
{
	return (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = str(s) };
}

static struct idbc_value null_value(void)
{
	return (struct idbc_value){ .kind = IDBC_KIND_NULL };
}

static struct idbc_value boolean(int yes)
{
	return (struct idbc_value){ .kind = IDBC_KIND_BOOL, .u.i64 = yes };
}

static struct idbc_value integer(int64_t n)
{
	return (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = n };
}

#define BOOL_LITERAL(n) { .source = MAP_BOOL, .i64 = (n), .link = -1 }
#define I64_LITERAL(n) { .source = MAP_I64, .i64 = (n), .link = -1 }
#define STR_LITERAL(s) { .source = MAP_STR, .str = (s), .link = -1 }

static int is_text(const struct idbc_value *v, const char *want)
{
	int same = v->kind == IDBC_KIND_STR && v->u.str.len == strlen(want) &&
		   !memcmp(v->u.str.ptr, want, v->u.str.len);

	if (!same && v->kind == IDBC_KIND_STR)
		fprintf(stderr, "got \"%.*s\", wanted \"%s\"\n", (int)v->u.str.len,
			v->u.str.ptr, want);
	return same;
}

/* --- flags --- */

static int read_flag(struct map_field *f, const struct idbc_value *stored)
{
	struct idbc_value out = { .kind = 99 };
	int rc = codec_read(f, stored, &arena, &out);

	if (rc != CODEC_OK)
		return rc == CODEC_ABSENT ? -1 : -2;
	CU_ASSERT_EQUAL(out.kind, IDBC_KIND_BOOL);
	return (int)out.u.i64;
}

#define ABSENT -1
#define MALFORMED -2

static void plain_flags(void)
{
	struct map_value yes[] = { BOOL_LITERAL(1) }, no[] = { BOOL_LITERAL(0) };
	struct map_field f = { .type = MAP_FLAG, .yes = { yes, 1 }, .no = { no, 1 } };
	static const struct { const char *stored; int want; } cases[] = {
		{ "1", 1 }, { "0", 0 }, { "t", 1 }, { "f", 0 }, { "TRUE", 1 }, { "False", 0 },
		{ "y", 1 }, { "N", 0 }, { "yes", 1 }, { "no", 0 }, { "on", 1 }, { "off", 0 },
		{ "", 0 }, { "-1", 1 }, { "2", MALFORMED }, { "maybe", MALFORMED },
		{ "10", MALFORMED }, { "truely", MALFORMED },
	};
	struct idbc_value v;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v = text(cases[i].stored);
		CU_ASSERT_EQUAL(read_flag(&f, &v), cases[i].want);
	}
	v = value_bytes(IDBC_KIND_BYTES, "\x01", 1);
	CU_ASSERT_EQUAL(read_flag(&f, &v), 1);
	free((char *)v.u.str.ptr);
	v = value_bytes(IDBC_KIND_BYTES, "\x00", 1);
	CU_ASSERT_EQUAL(read_flag(&f, &v), 0);
	free((char *)v.u.str.ptr);
	v = value_bytes(IDBC_KIND_BYTES, "\x02", 1);
	CU_ASSERT_EQUAL(read_flag(&f, &v), MALFORMED);
	free((char *)v.u.str.ptr);
	v = null_value();
	CU_ASSERT_EQUAL(read_flag(&f, &v), ABSENT);
	v = integer(1);
	CU_ASSERT_EQUAL(read_flag(&f, &v), 1);
}

static void literal_flags(void)
{
	struct map_value zero[] = { I64_LITERAL(0) };
	struct map_value one_two[] = { I64_LITERAL(1), I64_LITERAL(2) };
	struct map_value banned[] = { STR_LITERAL("banned") };
	struct map_field inverted = { .type = MAP_FLAG, .yes = { zero, 1 },
		.no = { one_two, 2 } };
	struct map_field open_end = { .type = MAP_FLAG, .yes = { banned, 1 } };
	struct map_field shared = { .type = MAP_FLAG, .yes = { one_two, 1 },
		.no = { one_two + 1, 1 }, .from = { one_two, 2 } };
	struct idbc_value v;

	v = text("0");
	CU_ASSERT_EQUAL(read_flag(&inverted, &v), 1);
	v = text("2");
	CU_ASSERT_EQUAL(read_flag(&inverted, &v), 0);
	v = text("f");
	CU_ASSERT_EQUAL(read_flag(&inverted, &v), 1);
	v = value_bytes(IDBC_KIND_BYTES, "\x01", 1);
	CU_ASSERT_EQUAL(read_flag(&inverted, &v), 0);
	free((char *)v.u.str.ptr);
	v = text("3");
	CU_ASSERT_EQUAL(read_flag(&inverted, &v), MALFORMED);
	v = text("zero");
	CU_ASSERT_EQUAL(read_flag(&inverted, &v), MALFORMED);
	v = text("banned");
	CU_ASSERT_EQUAL(read_flag(&open_end, &v), 1);
	v = text("Banned");
	CU_ASSERT_EQUAL(read_flag(&open_end, &v), 0);
	v = null_value();
	CU_ASSERT_EQUAL(read_flag(&open_end, &v), 0);
	/* Another flag's value in a shared status column. */
	v = text("3");
	CU_ASSERT_EQUAL(read_flag(&shared, &v), ABSENT);
}

static void stamp_flags(void)
{
	struct map_value now[] = { { .source = MAP_NOW } }, null[] = { { .source = MAP_NULL } };
	struct map_field set = { .type = MAP_FLAG, .yes = { now, 1 }, .no = { null, 1 } };
	struct map_field unset = { .type = MAP_FLAG, .yes = { null, 1 }, .no = { now, 1 } };
	struct idbc_value v = null_value(), out;

	CU_ASSERT_EQUAL(read_flag(&set, &v), 0);
	CU_ASSERT_EQUAL(read_flag(&unset, &v), 1);
	v = text("2026-11-22 04:08:00");
	CU_ASSERT_EQUAL(read_flag(&set, &v), 1);
	CU_ASSERT_EQUAL(read_flag(&unset, &v), 0);
	v = text("0000-00-00 00:00:00");
	CU_ASSERT_EQUAL(read_flag(&set, &v), 0);
	CU_ASSERT_EQUAL(read_flag(&unset, &v), 1);
	v = text("0");
	CU_ASSERT_EQUAL(read_flag(&set, &v), 0);

	v = boolean(1);
	CU_ASSERT_EQUAL(codec_write(&set, &v, SQL_COL_DATETIME, 1700000000999999, &arena, &out),
		CODEC_OK);
	CU_ASSERT(is_text(&out, "2023-11-14 22:13:20"));
	v = boolean(0);
	CU_ASSERT_EQUAL(codec_write(&set, &v, SQL_COL_DATETIME, 0, &arena, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.kind, IDBC_KIND_NULL);
}

static void written_flags(void)
{
	struct map_value yes[] = { BOOL_LITERAL(1) }, no[] = { BOOL_LITERAL(0) };
	struct map_value on[] = { STR_LITERAL("on") };
	struct map_field f = { .type = MAP_FLAG, .yes = { yes, 1 }, .no = { no, 1 } };
	struct map_field word = { .type = MAP_FLAG, .yes = { on, 1 } };
	struct idbc_value v = boolean(1), out;

	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_I64 && out.u.i64 == 1);
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_BOOL, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_BOOL && out.u.i64 == 1);
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "1"));
	CU_ASSERT_EQUAL(codec_write(&word, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "on"));
	v = boolean(0);
	CU_ASSERT_EQUAL(codec_write(&word, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_MALFORMED);
	v = text("true");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_MALFORMED);
	v = null_value();
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_MALFORMED);
}

/* A column of numbers would give "7" back for "007". */
static void names_in_numbers(void)
{
	static const struct { const char *name; int fits; } names[] = {
		{ "7", 1 }, { "0", 1 }, { "-5", 1 }, { "007", 0 }, { "-05", 0 }, { "+15550100", 0 },
		{ "q7", 0 },
	};
	struct map_field f = { .type = MAP_TEXT };
	struct idbc_value v, out;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		v = text(names[i].name);
		CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out),
				names[i].fits ? CODEC_OK : CODEC_MALFORMED);
	}
	v = text("0.5");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_REAL, 0, &arena, &out), CODEC_OK);
	v = text("+15550100");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_REAL, 0, &arena, &out), CODEC_MALFORMED);
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_OK);
}

/* Bytes that are no text go into columns of bytes alone. */
static void bytes_in_texts(void)
{
	struct map_field f = { .type = MAP_TEXT };
	struct idbc_value v = text("caf\xe9"), out;

	v.kind = IDBC_KIND_BYTES;
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_MALFORMED);
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_BINARY, 0, &arena, &out), CODEC_OK);
	v.u.str = text("caf\xc3\xa9").u.str;
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_OK);
}

/* What stores write for yes and no, and what they do not. */
static void word_flags(void)
{
	struct map_value y[] = { STR_LITERAL("Y") }, n[] = { STR_LITERAL("N") };
	struct map_value t[] = { STR_LITERAL("t") }, f[] = { STR_LITERAL("f") };
	struct map_value on[] = { STR_LITERAL("on") }, empty[] = { STR_LITERAL("") };
	struct map_field yn = { .type = MAP_FLAG, .yes = { y, 1 }, .no = { n, 1 } };
	struct map_field tf = { .type = MAP_FLAG, .yes = { t, 1 }, .no = { f, 1 } };
	struct map_field box = { .type = MAP_FLAG, .yes = { on, 1 }, .no = { empty, 1 } };
	struct { struct map_field *field; const char *stored; int want; } cases[] = {
		{ &yn, "Y", 1 }, { &yn, "N", 0 }, { &yn, "7", MALFORMED }, { &yn, "1", MALFORMED },
		{ &yn, "", MALFORMED }, { &yn, "YES", MALFORMED }, { &tf, "t", 1 }, { &tf, "f", 0 },
		{ &tf, "1", MALFORMED }, { &box, "on", 1 }, { &box, "", 0 }, { &box, "off", MALFORMED },
	};
	struct idbc_value v = null_value();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v = text(cases[i].stored);
		CU_ASSERT_EQUAL(read_flag(cases[i].field, &v), cases[i].want);
	}
	v = null_value();
	CU_ASSERT_EQUAL(read_flag(&yn, &v), ABSENT);
}

/* BIT(1), as each of the client libraries gives it. */
static void bits(void)
{
	struct map_value one[] = { I64_LITERAL(1) }, zero[] = { I64_LITERAL(0) };
	struct map_field f = { .type = MAP_FLAG, .yes = { one, 1 }, .no = { zero, 1 } };
	static const struct { uint32_t kind; const char *bytes; size_t len; int want; } cases[] = {
		{ IDBC_KIND_BYTES, "\x01", 1, 1 }, { IDBC_KIND_BYTES, "\0", 1, 0 },
		{ IDBC_KIND_BYTES, "\0\0\0\0\0\0\0\x01", 8, 1 }, { IDBC_KIND_STR, "1", 1, 1 },
		{ IDBC_KIND_STR, "0", 1, 0 }, { IDBC_KIND_STR, "t", 1, 1 }, { IDBC_KIND_STR, "f", 1, 0 },
		{ IDBC_KIND_BYTES, "1", 1, 1 }, { IDBC_KIND_BYTES, "\x02", 1, MALFORMED },
		{ IDBC_KIND_BYTES, "", 0, MALFORMED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_value v = value_bytes(cases[i].kind, cases[i].bytes, cases[i].len);

		CU_ASSERT_EQUAL(read_flag(&f, &v), cases[i].want);
		free((char *)v.u.str.ptr);
	}
}

/* One status column: 0 new, 1 active, 2 banned, 3 gone. */
static void shared_status(void)
{
	struct map_value n[] = { I64_LITERAL(0), I64_LITERAL(1), I64_LITERAL(2), I64_LITERAL(3) };
	struct map_field verified = { .type = MAP_FLAG, .yes = { n + 1, 1 }, .no = { n, 1 },
		.from = { n, 2 } };
	struct map_field blocked = { .type = MAP_FLAG, .yes = { n + 2, 1 }, .no = { n + 1, 1 },
		.from = { n + 1, 2 } };
	static const int want[4][2] = { { 0, ABSENT }, { 1, 0 }, { ABSENT, 1 }, { ABSENT, ABSENT } };
	struct idbc_value v;

	for (int64_t i = 0; i < 4; i++) {
		v = integer(i);
		CU_ASSERT_EQUAL(read_flag(&verified, &v), want[i][0]);
		CU_ASSERT_EQUAL(read_flag(&blocked, &v), want[i][1]);
	}
}

/* --- times --- */

#define NOON INT64_C(1700000000000000)          /* 2023-11-14 22:13:20 UTC */

static void read_times(void)
{
	static const struct {
		uint32_t form;
		const char *stored;
		int rc;
		int64_t us;
	} cases[] = {
		{ MAP_DATETIME, "2023-11-14 22:13:20", 0, NOON },
		{ MAP_DATETIME, "2023-11-14T22:13:20Z", 0, NOON },
		{ MAP_DATETIME, "2023-11-14 22:13:20.5", 0, NOON + 500000 },
		{ MAP_DATETIME, "2023-11-14 22:13:20.1234567", 0, NOON + 123456 },
		{ MAP_DATETIME, "2023-11-15 00:13:20+02", 0, NOON },
		{ MAP_DATETIME, "2023-11-15 00:13:20+0200", 0, NOON },
		{ MAP_DATETIME, "2023-11-14 16:43:20-05:30", 0, NOON },
		{ MAP_DATETIME, "2023-11-14 22:13", 0, NOON - 20000000 },
		{ MAP_DATETIME, "2023-11-14", 0, NOON - INT64_C(80000000000) },
		{ MAP_DATE, "2023-11-14", 0, NOON - INT64_C(80000000000) },
		{ MAP_ISO, "2023-11-14T22:13:20.000Z", 0, NOON },
		{ MAP_DATETIME, "1969-12-31 23:59:59.5", 0, -500000 },
		{ MAP_DATETIME, "0001-01-01 00:00:00", 0, INT64_C(-62135596800000000) },
		{ MAP_DATETIME, "9999-12-31 23:59:59", 0, INT64_C(253402300799000000) },
		{ MAP_DATETIME, "2016-12-31 23:59:60", 0, INT64_C(1483228799000000) },
		{ MAP_DATETIME, "2024-02-29 00:00:00", 0, INT64_C(1709164800000000) },
		{ MAP_DATETIME, "0000-00-00 00:00:00", CODEC_NEVER, 0 },
		{ MAP_DATETIME, "2023-00-10 00:00:00", CODEC_NEVER, 0 },
		{ MAP_DATE, "0000-00-00", CODEC_NEVER, 0 },
		{ MAP_DATETIME, "10000-01-01 00:00:00", CODEC_NEVER, 0 },
		{ MAP_DATETIME, "infinity", CODEC_NEVER, 0 },
		{ MAP_DATETIME, "-infinity", CODEC_NEVER, 0 },
		{ MAP_DATETIME, "", CODEC_ABSENT, 0 },
		{ MAP_DATETIME, "2026-01-02 03:04:05.123456+00", 0, INT64_C(1767323045123456) },
		{ MAP_DATETIME, "2026-01-02T03:04:05.123456+00:00", 0, INT64_C(1767323045123456) },
		{ MAP_DATETIME, "2026-01-02T03:04:05+00:00", 0, INT64_C(1767323045000000) },
		{ MAP_DATETIME, "2026-01-02T05:04:05+02:00", 0, INT64_C(1767323045000000) },
		{ MAP_ISO, "2026-01-02T05:04:05+02:00", 0, INT64_C(1767323045000000) },
		{ MAP_ISO, "2026-01-02", 0, INT64_C(1767312000000000) },
		{ MAP_DATETIME, "2023-02-30 00:00:00", CODEC_MALFORMED, 0 },
		{ MAP_DATETIME, "2023-02-29", CODEC_MALFORMED, 0 },
		{ MAP_DATE, "1900-02-29", CODEC_MALFORMED, 0 },
		{ MAP_DATE, "2000-02-29", 0, INT64_C(951782400000000) },
		{ MAP_MW14, "20230229000000", CODEC_MALFORMED, 0 },
		{ MAP_MW14, "-1", CODEC_MALFORMED, 0 },
		{ MAP_DATE, "10000-01-01", CODEC_NEVER, 0 },
		{ MAP_UNIX, "1099511627776", CODEC_NEVER, 0 },
		{ MAP_UNIX_MS, "1099511627776", 0, INT64_C(1099511627776000) },
		{ MAP_UNIX_MS, "-1", CODEC_NEVER, 0 },
		{ MAP_UNIX_US, "0", CODEC_ABSENT, 0 },
		{ MAP_UNIX_US, "9223372036854775807", CODEC_NEVER, 0 },
		{ MAP_DATETIME, "2023-13-01 00:00:00", CODEC_MALFORMED, 0 },
		{ MAP_DATETIME, "2023-11-14 25:00:00", CODEC_MALFORMED, 0 },
		{ MAP_DATETIME, "2023-11-14 22:13:20x", CODEC_MALFORMED, 0 },
		{ MAP_DATETIME, "2023-11-14 22:13:20.", CODEC_MALFORMED, 0 },
		{ MAP_DATETIME, "2023-11-14 22", CODEC_MALFORMED, 0 },
		{ MAP_DATETIME, "yesterday", CODEC_MALFORMED, 0 },
		{ MAP_DATETIME, "14.11.2023", CODEC_MALFORMED, 0 },
		{ MAP_DATETIME, "-1", CODEC_MALFORMED, 0 },
		{ MAP_UNIX, "1700000000", 0, NOON },
		{ MAP_UNIX, "1700000000.25", 0, NOON + 250000 },
		{ MAP_UNIX_MS, "1700000000123", 0, NOON + 123000 },
		{ MAP_UNIX_US, "1700000000000007", 0, NOON + 7 },
		{ MAP_UNIX, "0", CODEC_ABSENT, 0 },
		{ MAP_UNIX, "-1", CODEC_NEVER, 0 },
		{ MAP_UNIX, "253402300800", CODEC_NEVER, 0 },
		{ MAP_UNIX, "9223372036854775807", CODEC_NEVER, 0 },
		{ MAP_UNIX, "9223372036854775808", CODEC_MALFORMED, 0 },
		{ MAP_UNIX, "soon", CODEC_MALFORMED, 0 },
		{ MAP_UNIX, "12a", CODEC_MALFORMED, 0 },
		{ MAP_MW14, "20231114221320", 0, NOON },
		{ MAP_MW14, "00000000000000", CODEC_NEVER, 0 },
		{ MAP_MW14, "2023111422132", CODEC_MALFORMED, 0 },
		{ MAP_MW14, "2023-11-14 22:13:20+00", 0, NOON },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct map_field f = { .type = MAP_TIME, .time = cases[i].form };
		struct idbc_value v = value_bytes(IDBC_KIND_STR, cases[i].stored,
			strlen(cases[i].stored)), out = { .kind = 99 };
		int rc = codec_read(&f, &v, &arena, &out);

		CU_ASSERT_EQUAL(rc, cases[i].rc);
		if (rc != cases[i].rc || (!rc && out.u.i64 != cases[i].us))
			fprintf(stderr, "\"%s\": %d\n", cases[i].stored, rc);
		if (!rc) {
			CU_ASSERT_EQUAL(out.kind, IDBC_KIND_TIME_US);
			CU_ASSERT_EQUAL(out.u.i64, cases[i].us);
		}
		free((char *)v.u.str.ptr);
	}
}

static void written_times(void)
{
	static const struct { uint32_t form, type; int64_t us; const char *want; } cases[] = {
		{ MAP_DATETIME, SQL_COL_DATETIME, NOON, "2023-11-14 22:13:20" },
		{ MAP_DATETIME, SQL_COL_TEXT, NOON + 500000, "2023-11-14 22:13:20.500" },
		{ MAP_DATETIME, SQL_COL_TEXT, NOON + 7, "2023-11-14 22:13:20.000007" },
		{ MAP_TIME_NONE, SQL_COL_DATE, NOON, "2023-11-14" },
		{ MAP_TIME_NONE, SQL_COL_UNKNOWN, NOON, "2023-11-14 22:13:20" },
		{ MAP_ISO, SQL_COL_TEXT, NOON, "2023-11-14T22:13:20Z" },
		{ MAP_MW14, SQL_COL_TEXT, NOON, "20231114221320" },
		{ MAP_UNIX, SQL_COL_TEXT, NOON, "1700000000" },
		{ MAP_DATETIME, SQL_COL_TEXT, -1, "1969-12-31 23:59:59.999999" },
	};
	struct idbc_value out;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(codec_time(cases[i].us, cases[i].form, cases[i].type, &arena,
			&out), CODEC_OK);
		CU_ASSERT(is_text(&out, cases[i].want));
	}
	CU_ASSERT_EQUAL(codec_time(NOON, MAP_TIME_NONE, SQL_COL_INTEGER, &arena, &out),
		CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_I64 && out.u.i64 == 1700000000);
	CU_ASSERT_EQUAL(codec_time(-1, MAP_UNIX, SQL_COL_INTEGER, &arena, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.u.i64, -1);
	CU_ASSERT_EQUAL(codec_time(NOON, MAP_UNIX_MS, SQL_COL_INTEGER, &arena, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.u.i64, INT64_C(1700000000000));
	CU_ASSERT_EQUAL(codec_time(INT64_MAX, MAP_DATETIME, SQL_COL_TEXT, &arena, &out),
		CODEC_MALFORMED);
}

static void times_from_profiles(void)
{
	struct map_field f = { .type = MAP_TIME, .time = MAP_UNIX };
	struct idbc_value v = text("2023-11-14T22:13:20.000Z"), out;

	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_I64 && out.u.i64 == 1700000000);
	v = (struct idbc_value){ .kind = IDBC_KIND_TIME_US, .u.i64 = NOON };
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.u.i64, 1700000000);
	v = text("later");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_MALFORMED);
	v = integer(5);
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_MALFORMED);
	v = null_value();
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.kind, IDBC_KIND_NULL);
}

/* --- text, enums, integers --- */

static void texts_and_numbers(void)
{
	struct map_field f = { .type = MAP_TEXT }, n = { .type = MAP_INTEGER };
	struct idbc_value v = text(""), out;

	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, ""));
	v = null_value();
	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_ABSENT);
	v = text("42");
	CU_ASSERT_EQUAL(codec_read(&n, &v, &arena, &out), CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_I64 && out.u.i64 == 42);
	v = value_bytes(IDBC_KIND_BYTES, "\xc3\xa9\n", 3);
	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "\xc3\xa9\n"));
	free((char *)v.u.str.ptr);
	v = value_bytes(IDBC_KIND_BYTES, "A\xff", 2);
	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_BYTES && out.u.str.len == 2);
	free((char *)v.u.str.ptr);
	v = text("4 2");
	CU_ASSERT_EQUAL(codec_read(&n, &v, &arena, &out), CODEC_MALFORMED);
	v = text("18446744073709551615");
	CU_ASSERT_EQUAL(codec_read(&n, &v, &arena, &out), CODEC_MALFORMED);

	v = text("17");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_I64 && out.u.i64 == 17);
	v = text("x17");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_MALFORMED);
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_BINARY, 0, &arena, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.kind, IDBC_KIND_BYTES);
	v = boolean(1);
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "true"));
	v = integer(INT64_MIN);
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "-9223372036854775808"));
	v = text("-9223372036854775808");
	CU_ASSERT_EQUAL(codec_write(&n, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.u.i64, INT64_MIN);
}

static void enums(void)
{
	struct map_enum items[] = { { STR_LITERAL("0"), "member" },
		{ STR_LITERAL("a"), "admin" } };
	struct map_field f = { .type = MAP_ENUM, .enums = items, .nenums = 2 };
	struct idbc_value v = text("a"), out;

	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "admin"));
	v = integer(0);
	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "member"));
	v = text("z");
	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_MALFORMED);
	v = text("member");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_INTEGER, 0, &arena, &out), CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_I64 && out.u.i64 == 0);
	v = text("boss");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_MALFORMED);
}

/* --- PHP --- */

static int php(const char *bytes, size_t len, struct idbc_str *json)
{
	char *copy = malloc(len ? len : 1);
	struct idbc_str in = { copy, len };
	int rc;

	memcpy(copy, bytes, len);
	rc = codec_php(&in, &arena, json);
	free(copy);
	return rc;
}

#define PHP(bytes) bytes, sizeof(bytes) - 1

static void php_good(void)
{
	static const struct { const char *in; size_t len; const char *want; } cases[] = {
		{ PHP("N;"), "null" }, { PHP("b:1;"), "true" }, { PHP("b:0;"), "false" },
		{ PHP("i:-12;"), "-12" }, { PHP("d:0.5;"), "0.5" }, { PHP("d:3;"), "3" },
		{ PHP("d:0.1;"), "0.1" }, { PHP("d:1.0E+25;"), "1e25" },
		{ PHP("s:0:\"\";"), "\"\"" }, { PHP("s:4:\"a\"b;\";"), "\"a\\\"b;\"" },
		{ PHP("s:2:\"\xc3\xa9\";"), "\"\xc3\xa9\"" },
		{ PHP("a:0:{}"), "[]" },
		{ PHP("a:2:{i:0;s:1:\"a\";i:1;i:7;}"), "[\"a\",7]" },
		{ PHP("a:1:{s:10:\"subscriber\";b:1;}"), "{\"subscriber\":true}" },
		{ PHP("a:2:{i:1;N;i:0;N;}"), "{\"1\":null,\"0\":null}" },
		{ PHP("a:1:{s:1:\"x\";a:1:{i:0;N;}}"), "{\"x\":[null]}" },
		{ PHP("O:8:\"stdClass\":2:{s:1:\"a\";i:1;s:4:\"\0*\0b\";i:2;}"), "{\"a\":1}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_str json = { "", 0 };
		int rc = php(cases[i].in, cases[i].len, &json);

		CU_ASSERT_EQUAL(rc, CODEC_OK);
		if (rc == CODEC_OK)
			UNIT_STR(json.ptr, cases[i].want);
	}
}

static void php_hostile(void)
{
	static const struct { const char *in; size_t len; } cases[] = {
		{ PHP("") }, { PHP("N") }, { PHP("N;N;") }, { PHP("x:1;") }, { PHP("b:2;") },
		{ PHP("i:;") }, { PHP("i:1") }, { PHP("i:99999999999999999999;") },
		{ PHP("d:NAN;") }, { PHP("d:INF;") }, { PHP("d:true;") }, { PHP("d:1e999;") },
		{ PHP("d:;") }, { PHP("s:5:\"abc\";") }, { PHP("s:6:\"abc\";") },
		{ PHP("s:-1:\"abc\";") },
		{ PHP("s:9223372036854775807:\"abc\";") },
		{ PHP("s:99999999999999999999:\"a\";") },
		{ PHP("s:3:\"abc;") }, { PHP("s:3:\"abc\"") }, { PHP("s:3:abc;") },
		{ PHP("s:") },
		{ PHP("s:3:\"ab\";") }, { PHP("s:1:\"\xff\";") }, { PHP("s:1:\"\0\";") },
		{ PHP("a:2:{i:0;N;}") }, { PHP("a:1:{i:0;N;") }, { PHP("a:-1:{}") },
		{ PHP("a:4294967296:{}") }, { PHP("a:9223372036854775807:{i:0;N;}") },
		{ PHP("a:1:{N;N;}") }, { PHP("a:1:{i:0;}") }, { PHP("a:1:{s:2:\"\0a\";N;}") },
		{ PHP("a:1:{s:1:\"\xff\";N;}") }, { PHP("O:3:\"a\":0:{}") },
		{ PHP("O:1:\"a\":") },
		{ PHP("C:1:\"a\":0:{}") }, { PHP("R:1;") }, { PHP("r:1;") },
		{ PHP("E:3:\"A:B\";") },
		{ PHP("a:1:{i:0;R:1;}") },
	};
	struct idbc_str json;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(php(cases[i].in, cases[i].len, &json), CODEC_MALFORMED);
		if (php(cases[i].in, cases[i].len, &json) != CODEC_MALFORMED)
			fprintf(stderr, "taken: %s\n", cases[i].in);
	}
}

static int php_nested(int depth)
{
	struct idbc_str json;
	char *deep = malloc((size_t)depth * 10 + 3);
	char *at = deep;
	int rc;

	for (int i = 0; i < depth - 1; i++)
		at += sprintf(at, "a:1:{i:0;");
	at += sprintf(at, "N;");
	for (int i = 0; i < depth - 1; i++)
		*at++ = '}';
	rc = php(deep, (size_t)(at - deep), &json);
	free(deep);
	return rc;
}

static void php_limits(void)
{
	static const char whole[] = "a:2:{s:1:\"x\";a:1:{i:0;d:0.5;}s:1:\"y\";"
		"O:1:\"Z\":1:{s:1:\"q\";b:1;}}";
	struct idbc_str json;
	char *big = malloc(2u << 20);

	CU_ASSERT_EQUAL(php_nested(64), CODEC_OK);
	CU_ASSERT_EQUAL(php_nested(65), CODEC_MALFORMED);
	CU_ASSERT_EQUAL(php_nested(100000), CODEC_MALFORMED);
	CU_ASSERT_EQUAL(php(whole, sizeof(whole) - 1, &json), CODEC_OK);
	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		CU_ASSERT_EQUAL(php(whole, len, &json), CODEC_MALFORMED);
	memset(big, 'a', 2u << 20);
	CU_ASSERT_EQUAL(php(big, 2u << 20, &json), CODEC_MALFORMED);
	free(big);
}

/* Every single-byte change of a good text is answered, not crashed on. */
static void php_bent(void)
{
	static const char whole[] =
		"a:2:{i:0;s:3:\"abc\";s:1:\"k\";O:1:\"C\":1:{s:1:\"m\";i:5;}}";
	char bent[sizeof(whole)];
	struct idbc_str json;

	for (size_t i = 0; i < sizeof(whole) - 1; i++) {
		for (int c = 0; c < 256; c++) {
			memcpy(bent, whole, sizeof(whole));
			bent[i] = (char)c;
			CU_ASSERT(php(bent, sizeof(whole) - 1, &json) != CODEC_NOMEM);
		}
		arena_reset(&arena);
	}
}

static void php_fields(void)
{
	struct map_field f = { .type = MAP_PHP };
	struct idbc_value v = text("a:1:{s:5:\"admin\";b:1;}"), out;

	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.kind, IDBC_KIND_JSON);
	UNIT_STR(out.u.str.ptr, "{\"admin\":true}");
	CU_ASSERT_EQUAL(codec_write(&f, &v, SQL_COL_TEXT, 0, &arena, &out), CODEC_MALFORMED);
	v = text("");
	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_ABSENT);
	v = text("broken");
	CU_ASSERT_EQUAL(codec_read(&f, &v, &arena, &out), CODEC_MALFORMED);
}

/* --- generators --- */

static int64_t fold(const struct idbc_host *host, uint32_t how, const struct idbc_str *in,
	char *out, size_t cap)
{
	(void)host;
	if (in->len > cap || memchr(in->ptr, 0xff, in->len))
		return -1;
	for (size_t i = 0; i < in->len; i++)
		out[i] = (char)(how == IDBC_FOLD_UPPER ? toupper((unsigned char)in->ptr[i]) :
			tolower((unsigned char)in->ptr[i]));
	return (int64_t)in->len;
}

static int user_col(void *ctx, int32_t link, const char *col, struct idbc_value *out)
{
	(void)ctx;
	if (!strcmp(col, "id"))
		*out = text(link < 0 ? "17" : "18");
	return 0;
}

static struct idbc_host host = { .size = sizeof(struct idbc_host), .fold = fold };

static int make(struct map_value value, uint32_t type, struct idbc_value *out)
{
	static struct idbc_field fields[] = {
		{ "email", { .kind = IDBC_KIND_STR, .u.str = { "A.B@Example.com", 15 } } },
		{ "nickname", { .kind = IDBC_KIND_NULL } },
		{ "app_metadata.n", { .kind = IDBC_KIND_I64, .u.i64 = 5 } },
		{ "bad", { .kind = IDBC_KIND_STR, .u.str = { "\xff", 1 } } },
	};
	struct codec_context ctx = {
		.now_us = NOON + 123456, .fields = fields, .nfields = 4, .id = { "42", 2 },
		.client_ip = { "192.0.2.1", 9 }, .user_col = user_col, .host = &host,
	};

	return codec_generate(&value, &ctx, type, &arena, out);
}

#define MAKE(...) (struct map_value){ __VA_ARGS__ }

static void made_values(void)
{
	struct idbc_value out;

	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_NULL), SQL_COL_TEXT, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.kind, IDBC_KIND_NULL);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_NOW), SQL_COL_DATETIME, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "2023-11-14 22:13:20"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_NOW), SQL_COL_INTEGER, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.u.i64, 1700000000);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_NOW, .time = MAP_UNIX_MS), SQL_COL_INTEGER,
		&out), CODEC_OK);
	CU_ASSERT_EQUAL(out.u.i64, INT64_C(1700000000123));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_ID), SQL_COL_INTEGER, &out), CODEC_OK);
	CU_ASSERT(out.kind == IDBC_KIND_I64 && out.u.i64 == 42);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_ID), SQL_COL_TEXT, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "42"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_CLIENT_IP), SQL_COL_TEXT, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "192.0.2.1"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_GIVEN), SQL_COL_TEXT, &out), CODEC_ABSENT);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_AUTO), SQL_COL_INTEGER, &out), CODEC_ABSENT);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_USER_COL, .str = "id"), SQL_COL_INTEGER, &out),
		CODEC_OK);
	CU_ASSERT_EQUAL(out.u.i64, 17);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_LINK_COL, .str = "id"), SQL_COL_TEXT, &out),
		CODEC_OK);
	CU_ASSERT(is_text(&out, "18"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_USER_COL, .str = "x"), SQL_COL_TEXT, &out),
		CODEC_OK);
	CU_ASSERT_EQUAL(out.kind, IDBC_KIND_NULL);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_I64, .i64 = 1), SQL_COL_TEXT, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "1"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_I64, .i64 = 1), SQL_COL_BOOL, &out), CODEC_OK);
	CU_ASSERT_EQUAL(out.kind, IDBC_KIND_BOOL);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_REAL, .str = "1.5"), SQL_COL_REAL, &out),
		CODEC_OK);
	CU_ASSERT(is_text(&out, "1.5"));
}

static void made_from_fields(void)
{
	struct idbc_value out;

	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_FIELD, .str = "email"), SQL_COL_TEXT, &out),
		CODEC_OK);
	CU_ASSERT(is_text(&out, "A.B@Example.com"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_FIELD, .str = "email", .fold = IDBC_FOLD_LOWER),
		SQL_COL_TEXT, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "a.b@example.com"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_FIELD, .str = "email", .fold = MAP_SLUG),
		SQL_COL_TEXT, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, "a-b-example-com"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_FIELD, .str = "nickname"), SQL_COL_TEXT, &out),
		CODEC_ABSENT);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_FIELD, .str = "name", .or_empty = 1),
		SQL_COL_TEXT, &out), CODEC_OK);
	CU_ASSERT(is_text(&out, ""));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_FIELD, .str = "app_metadata.n"), SQL_COL_TEXT,
		&out), CODEC_OK);
	CU_ASSERT(is_text(&out, "5"));
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_FIELD, .str = "bad", .fold = IDBC_FOLD_LOWER),
		SQL_COL_TEXT, &out), CODEC_MALFORMED);
}

static void made_at_random(void)
{
	struct idbc_value a, b;

	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_UUID), SQL_COL_TEXT, &a), CODEC_OK);
	CU_ASSERT_EQUAL(make(MAKE(.source = MAP_GIVEN_OR_UUID), SQL_COL_TEXT, &b), CODEC_OK);
	CU_ASSERT_EQUAL_FATAL(a.u.str.len, 36);
	CU_ASSERT_EQUAL_FATAL(b.u.str.len, 36);
	CU_ASSERT(memcmp(a.u.str.ptr, b.u.str.ptr, 36) != 0);
	CU_ASSERT_EQUAL(a.u.str.ptr[14], '4');
	CU_ASSERT(strchr("89ab", a.u.str.ptr[19]) != NULL);
	for (int i = 0; i < 36; i++) {
		int dash = i == 8 || i == 13 || i == 18 || i == 23;

		CU_ASSERT(strchr(dash ? "-" : "0123456789abcdef", a.u.str.ptr[i]) != NULL);
	}
	for (uint32_t n = 1; n < 40; n++) {
		CU_ASSERT_EQUAL(make(MAKE(.source = MAP_TOKEN, .n = n), SQL_COL_TEXT, &a),
			CODEC_OK);
		CU_ASSERT_EQUAL(a.u.str.len, n);
		CU_ASSERT_EQUAL(strspn(a.u.str.ptr, "0123456789abcdef"), n);
	}
}

static void slugs(void)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "Alice", "alice" }, { "alice smith", "alice-smith" },
		{ "  a..b__c  ", "a-b-c" },
		{ "zo\xc3\xa9", "zo" }, { "", "" }, { "\xe6\x9d\x8e", "e69d8e" },
		{ "---", "2d2d2d" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct idbc_str in = str(cases[i].in), out;

		CU_ASSERT_EQUAL(codec_slug(&in, &arena, &out), CODEC_OK);
		UNIT_STR(out.ptr, cases[i].want);
		CU_ASSERT_EQUAL(out.len, strlen(cases[i].want));
	}
}

/* --- the arena --- */

static void arenas(void)
{
	struct arena a = ARENA_INIT;
	char *first = arena_dup(&a, "secret", 6), *big;

	UNIT_STR(first, "secret");
	UNIT_STR(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	big = arena_alloc(&a, 3u << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(big);
	memset(big, 'z', 3u << 20);
	arena_reset(&a);
	CU_ASSERT_EQUAL(first[0], '\0');        /* wiped, the block is kept */
	CU_ASSERT_PTR_EQUAL(arena_alloc(&a, 1), first);
	big = arena_alloc(&a, 3u << 20);
	CU_ASSERT(big[0] == '\0' && big[(3u << 20) - 1] == '\0');
	CU_ASSERT_PTR_NULL(arena_alloc(&a, (size_t)-1));
	CU_ASSERT_EQUAL(a.failed, 1);
	arena_reset(&a);
	CU_ASSERT_EQUAL(a.failed, 0);
	for (size_t n = 1; n < 2000; n++) {
		unsigned char *p = arena_alloc(&a, n);

		CU_ASSERT((uintptr_t)p % _Alignof(max_align_t) == 0);
		memset(p, 0xee, n);
	}
	arena_free(&a);
	CU_ASSERT_PTR_NULL(a.blocks);
}

static void done(void)
{
	arena_free(&arena);
	CU_ASSERT_PTR_NULL(arena.blocks);
}

static const struct unit_test tests[] = {
	{ "plain flags", plain_flags },
	{ "flags by literals", literal_flags },
	{ "NULL-or-timestamp flags", stamp_flags },
	{ "flags written", written_flags },
	{ "names-in-numbers", names_in_numbers },
	{ "bytes in a column of text", bytes_in_texts },
	{ "flags in words", word_flags },
	{ "flags in bits", bits },
	{ "flags that share a status", shared_status },
	{ "times read", read_times },
	{ "times written", written_times },
	{ "times from profiles", times_from_profiles },
	{ "texts and numbers", texts_and_numbers },
	{ "enums", enums },
	{ "PHP text", php_good },
	{ "hostile PHP text", php_hostile },
	{ "PHP text too deep or too long", php_limits },
	{ "PHP text with one byte changed", php_bent },
	{ "PHP fields", php_fields },
	{ "generators", made_values },
	{ "generators from fields", made_from_fields },
	{ "random generators", made_at_random },
	{ "slugs", slugs },
	{ "arenas", arenas },
	{ "the last arena is freed", done },
};
UNIT_MAIN("sql_codec", tests)
