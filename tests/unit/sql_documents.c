/* Members of JSON columns: found in documents and put there with every other byte as it
 * was (drivers/sql/codec/codec_doc.c, codec_json.c), and through the operations over a scripted
 * store (change_document.c).
 */
#include <jansson.h>
#include <string.h>

#include "sql/codec/codec_part.h"
#include "sql_session.h"

static struct arena arena = ARENA_INIT;

static struct idbc_str str(const char *text)
{
	return (struct idbc_str){ text, strlen(text) };
}

static struct idbc_value text(const char *s)
{
	return (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = str(s) };
}

static struct idbc_value number(uint32_t kind, int64_t n)
{
	return (struct idbc_value){ .kind = kind, .u.i64 = n };
}

/* "a.b.#0": names with dots between, # before a place in a list; "" is the whole. */
static const struct map_path *path_of(const char *dotted)
{
	struct map_path *path = arena_alloc(&arena, sizeof(*path));
	struct map_path_item *items = arena_alloc(&arena, 40 * sizeof(*items));

	for (; *dotted; path->n++) {
		size_t len = strcspn(dotted, ".");

		items[path->n].is_index = *dotted == '#';
		items[path->n].name = arena_dup(&arena, dotted + (*dotted == '#'),
						len - (*dotted == '#'));
		dotted += len + (dotted[len] == '.');
	}
	path->items = items;
	return path;
}

/* A copy of its exact size, so that a read beyond it is seen. */
static char *exact(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);

	memcpy(copy, bytes, len);
	return copy;
}

/* What is there, in words: its kind and its text. */
static const char *seen(const char *document, const char *path)
{
	static char out[256];
	struct map_place place = { .link = -1, .col = "c", .json = path_of(path) };
	char *copy = exact(document, strlen(document));
	struct idbc_value column = { .kind = IDBC_KIND_STR, .u.str = { copy, strlen(document) } };
	struct idbc_value v = { .kind = 99 };
	int rc = codec_member(&place, &column, &arena, &v);

	free(copy);
	if (rc != CODEC_OK)
		return rc == CODEC_MALFORMED ? "malformed" : "?";
	switch (v.kind) {
	case IDBC_KIND_NULL:
		return "null";
	case IDBC_KIND_BOOL:
		return v.u.i64 ? "true" : "false";
	case IDBC_KIND_I64:
		snprintf(out, sizeof(out), "%lld", (long long)v.u.i64);
		return out;
	default:
		snprintf(out, sizeof(out), "%s%.*s", v.kind == IDBC_KIND_STR ? "=" : "json ",
			 (int)v.u.str.len, v.u.str.ptr);
		return out;
	}
}

/* --- reading --- */

static void found(void)
{
	static const struct { const char *document, *path, *want; } cases[] = {
		{ "{\"a\":\"x\"}", "a", "=x" }, { " { \"a\" : \"x\" } ", "a", "=x" },
		{ "{\"a\":{\"b\":[1,{\"c\":\"y\"}]}}", "a.b.#1.c", "=y" },
		{ "{\"a\":{\"b\":[1,{\"c\":\"y\"}]}}", "a.b.1.c", "=y" },
		{ "{\"a\":{\"1\":\"member\"}}", "a.1", "=member" },
		{ "{\"a\":{\"1\":\"member\"}}", "a.#1", "null" },
		{ "{\"a\":[5,6]}", "a.01", "null" }, { "{\"a\":[5,6]}", "a.#2", "null" },
		{ "[7,8]", "#0", "7" }, { "[]", "#0", "null" }, { "[]", "a", "null" },
		{ "{}", "a", "null" }, { "{\"a\":null}", "a", "null" },
		{ "{\"a\":null}", "a.b", "null" }, { "{\"a\":5}", "a.b", "null" },
		{ "{\"a\":\"{\\\"b\\\":1}\"}", "a.b", "null" },
		{ "null", "a", "null" }, { "5", "a", "null" }, { "", "a", "null" },
		{ " \n\t", "a", "null" },
		{ "{\"a\":true,\"b\":false}", "b", "false" },
		{ "{\"a\":-12}", "a", "-12" }, { "{\"a\":9223372036854775807}", "a",
			"9223372036854775807" },
		{ "{\"a\":1.50}", "a", "json 1.50" }, { "{\"a\":1e2}", "a", "json 1e2" },
		{ "{\"a\":[1, {\"b\": \"}]\"}]}", "a", "json [1, {\"b\": \"}]\"}]" },
		{ "{\"a\":{\"b\":1}}", "", "json {\"a\":{\"b\":1}}" }, { "\"t\"", "", "=t" },
		{ "{\"a\":1,\"a\":2}", "a", "2" },
		{ "{\"a\":{\"x\":1},\"a\":{\"y\":2}}", "a.x", "null" },
		{ "{\"\\u0061\":1}", "a", "1" }, { "{\"a\\\"b\":\"q\\\\\"}", "a\"b", "=q\\" },
		{ "{\"x\":\"\\\"a\\\":9\",\"a\":1}", "a", "1" },
		{ "{\"a\":\"\\u00e9\\ud83c\\udf3b\"}", "a", "=\xc3\xa9\xf0\x9f\x8c\xbb" },
		{ "{\"ab\":1,\"a\":2}", "a", "2" }, { "{\"A\":1}", "a", "null" },
		{ "{\"a\":18446744073709551615}", "a", "json 18446744073709551615" },
		{ "{\"a\":1,\"b\":9223372036854775808}", "a", "1" },
		{ "{\"b\":[-1e999,1.5E+400,0],\"a\":1}", "a", "1" },
		{ "{\"b\":\"\\udc00\\ud83c\",\"a\":\"x\"}", "a", "=x" },
		{ "{\"b\\u0000\" :\"\\u0000\",\"a\":1}", "a", "1" },
		{ "{\"a\":\"y\\ud83c\"}", "a", "=y\xef\xbf\xbd" },
		{ "{\"a\":\"\\ud83c\\udf3b\\ud83c\\n\"}", "a", "=\xf0\x9f\x8c\xbb\xef\xbf\xbd\n" },
		{ "{\"\\ud83c\":2,\"\\\\ud83c\":3,\"a\":1}", "a", "1" },
		{ "{\"b\":1e999,\"a\":\"1e999 \\\" 9\"}", "a", "=1e999 \" 9" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		UNIT_STR(seen(cases[i].document, cases[i].path), cases[i].want);
		arena_reset(&arena);
	}
}

static void no_json(void)
{
	static const char *const documents[] = {
		"{", "}", "{\"a\":1", "{\"a\":1}x", "{a:1}", "{\"a\":01}", "{'a':1}", "x", "\"", "nul",
		"{\"a\":1,\"b\":1e999 1}", "{\"a\":1,\"b\":9223372036854775808-1}",
		"{\"a\":1,\"b\":[1e999,01]}", "{\"a\":1,\"b\":[1e999,1.]}", "{\"a\":1,1e999:1}",
		"{\"a\":1,\"b\":1e999", "{\"a\":1,\"b\":[1e999,-]}", "{\"a\":1,\"b\":1e999\"}",
		"{\"a\":1,}", "{\"a\":\"\xff\"}", "a:1:{s:1:\"a\";i:1;}",
		"{\"a\":1}{\"a\":1}", "\xef\xbb\xbf{}", "{\"a\":\"\\ud80\"}", "{\"a\":\"\\ud800\\x\"}",
		"{\"a\":\"\\ud800", "{\"a\":\"\\ud800\\", "{\"a\":\"\\ud800\"", "\"\\ud800\\u", "\"\\",
	};

	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		UNIT_STR(seen(documents[i], "a"), "malformed");
}

static char *nested(size_t depth, char *out)
{
	char *at = out + sprintf(out, "{\"a\":1,\"d\":");

	memset(at, '[', depth);
	memset(at + depth, ']', depth);
	strcpy(at + 2 * depth, "}");
	return out;
}

/* What is deep is not shown; what lies beside it is. */
static void depths(void)
{
	static char deep[70000];

	CU_ASSERT(!strncmp(seen(nested(64, deep), "d"), "json ", 5));
	UNIT_STR(seen(nested(65, deep), "d"), "malformed");
	UNIT_STR(seen(nested(65, deep), "a"), "1");
	UNIT_STR(seen(nested(255, deep), "a"), "1");
	UNIT_STR(seen(nested(256, deep), "a"), "malformed");
	UNIT_STR(seen(nested(30000, deep), "a"), "malformed");
}

static const char *shown(struct map_field *f, const char *document)
{
	static char out[64];
	struct map_place place = { .link = -1, .col = "c", .json = path_of("v") };
	struct idbc_value column = text(document), member, v = { .kind = 99 };
	int rc = codec_member(&place, &column, &arena, &member);

	if (rc == CODEC_OK)
		rc = codec_read(f, &member, &arena, &v);
	if (rc != CODEC_OK)
		return rc == CODEC_ABSENT ? "absent" : "malformed";
	if (v.kind == IDBC_KIND_STR || v.kind == IDBC_KIND_JSON)
		snprintf(out, sizeof(out), "%.*s", (int)v.u.str.len, v.u.str.ptr);
	else
		snprintf(out, sizeof(out), "%s%lld", v.kind == IDBC_KIND_TIME_US ? "us " : "",
			 (long long)v.u.i64);
	return out;
}

#define LITERAL(kind, ...) { .source = (kind), .link = -1, __VA_ARGS__ }

static void meanings(void)
{
	struct map_value yes[] = { LITERAL(MAP_BOOL, .i64 = 1) }, no[] = { LITERAL(MAP_BOOL, .i64 = 0) };
	struct map_value zero[] = { LITERAL(MAP_I64, .i64 = 0) }, one[] = { LITERAL(MAP_I64, .i64 = 1) };
	struct map_value y[] = { LITERAL(MAP_STR, .str = "Y") }, n[] = { LITERAL(MAP_STR, .str = "N") };
	struct map_value now[] = { LITERAL(MAP_NOW, .time = 0) }, null[] = { LITERAL(MAP_NULL, .n = 0) };
	struct map_enum levels[] = { { LITERAL(MAP_STR, .str = "1"), "silver" },
				     { LITERAL(MAP_STR, .str = "g"), "gold" } };
	struct map_field flag = { .type = MAP_FLAG, .yes = { yes, 1 }, .no = { no, 1 } };
	struct map_field inverted = { .type = MAP_FLAG, .yes = { zero, 1 }, .no = { one, 1 } };
	struct map_field word = { .type = MAP_FLAG, .yes = { y, 1 }, .no = { n, 1 } };
	struct map_field stamp = { .type = MAP_FLAG, .yes = { now, 1 }, .no = { null, 1 } };
	struct map_field unix_time = { .type = MAP_TIME, .time = MAP_UNIX };
	struct map_field date = { .type = MAP_TIME, .time = MAP_DATETIME };
	struct map_field level = { .type = MAP_ENUM, .enums = levels, .nenums = 2 };
	struct map_field any = { .type = MAP_TEXT }, count = { .type = MAP_INTEGER };
	const struct { struct map_field *f; const char *document, *want; } cases[] = {
		{ &flag, "{\"v\":true}", "1" }, { &flag, "{\"v\":0}", "0" }, { &flag, "{\"v\":\"on\"}", "1" },
		{ &flag, "{}", "absent" }, { &flag, "{\"v\":7}", "malformed" },
		{ &flag, "{\"v\":[]}", "malformed" }, { &flag, "{\"v\":1.5}", "malformed" },
		{ &inverted, "{\"v\":false}", "1" }, { &inverted, "{\"v\":\"1\"}", "0" },
		{ &word, "{\"v\":\"Y\"}", "1" }, { &word, "{\"v\":7}", "malformed" },
		{ &word, "{\"v\":true}", "malformed" },
		{ &stamp, "{}", "0" }, { &stamp, "{\"v\":null}", "0" }, { &stamp, "", "0" },
		{ &stamp, "{\"v\":\"2026-01-01 00:00:00\"}", "1" }, { &stamp, "{\"v\":\"\"}", "0" },
		{ &unix_time, "{\"v\":5}", "us 5000000" }, { &unix_time, "{\"v\":\"5\"}", "us 5000000" },
		{ &unix_time, "{\"v\":5.5}", "us 5500000" }, { &unix_time, "{\"v\":-1}", "malformed" },
		{ &unix_time, "{\"v\":{}}", "malformed" },
		{ &date, "{\"v\":\"1970-01-01T00:00:01Z\"}", "us 1000000" },
		{ &date, "{\"v\":\"0000-00-00\"}", "malformed" },
		{ &level, "{\"v\":1}", "silver" }, { &level, "{\"v\":\"1\"}", "silver" },
		{ &level, "{\"v\":\"g\"}", "gold" }, { &level, "{\"v\":\"x\"}", "malformed" },
		{ &any, "{\"v\":\"1\"}", "1" }, { &any, "{\"v\":[1]}", "[1]" }, { &any, "{\"v\":null}", "absent" },
		{ &count, "{\"v\":12}", "12" }, { &count, "{\"v\":\"12\"}", "12" },
		{ &count, "{\"v\":\"x\"}", "malformed" }, { &count, "{\"v\":1.5}", "malformed" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		UNIT_STR(shown(cases[i].f, cases[i].document), cases[i].want);
	arena_reset(&arena);
}

/* --- writing --- */

static const char *put(const char *document, const char *path, struct idbc_value value)
{
	char *copy = exact(document, strlen(document));
	struct idbc_value column = { .kind = IDBC_KIND_STR, .u.str = { copy, strlen(document) } };
	struct idbc_str out;
	int rc = codec_document(&column, path_of(path), &value, &arena, &out);

	free(copy);
	if (rc != CODEC_OK)
		return rc == CODEC_BLOCKED ? "blocked" : rc == CODEC_MALFORMED ? "malformed" : "?";
	CU_ASSERT_EQUAL(codec_doc_check(&out), CODEC_OK);
	return arena_dup(&arena, out.ptr, out.len);
}

static void replaced(void)
{
	static const struct { const char *document, *path, *want; } cases[] = {
		{ "{\"a\":1}", "a", "{\"a\":\"x\"}" },
		{ " { \"z\" : 1.10 , \"a\" : [ ] , \"b\":1e2 }\n", "a",
			" { \"z\" : 1.10 , \"a\" : \"x\" , \"b\":1e2 }\n" },
		{ "{\"pi\":3.14159265358979323846264338,\"a\":{\"b\":1}}", "a.b",
			"{\"pi\":3.14159265358979323846264338,\"a\":{\"b\":\"x\"}}" },
		{ "{\"a\":[1,2,3]}", "a.#1", "{\"a\":[1,\"x\",3]}" },
		{ "{\"a\":[{\"b\":1}]}", "a.0.b", "{\"a\":[{\"b\":\"x\"}]}" },
		{ "{\"a\":1,\"a\":2}", "a", "{\"a\":1,\"a\":\"x\"}" },
		{ "{\"\\u0061\":1}", "a", "{\"\\u0061\":\"x\"}" },
		{ "{\"a\":{\"deep\":[{}]}}", "a", "{\"a\":\"x\"}" },
		{ "{\"a\":9223372036854775808,\"n\":[1e999, -18446744073709551616]}", "a",
			"{\"a\":\"x\",\"n\":[1e999, -18446744073709551616]}" },
		{ "{\"u\":\"\\ud83c\",\"\\u0000\":1,\"a\":1}", "a", "{\"u\":\"\\ud83c\",\"\\u0000\":1,\"a\":\"x\"}" },
		{ "{\"a\":1}", "", "\"x\"" }, { "no json at all", "", "\"x\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		UNIT_STR(put(cases[i].document, cases[i].path, text("x")), cases[i].want);
}

static void added(void)
{
	static const struct { const char *document, *path, *want; } cases[] = {
		{ "", "a", "{\"a\":\"x\"}" }, { "  ", "a.b", "{\"a\":{\"b\":\"x\"}}" },
		{ "null", "a", "{\"a\":\"x\"}" }, { "[]", "a", "{\"a\":\"x\"}" },
		{ "{ }", "a", "{\"a\":\"x\"}" },
		{ "{\"z\":1}", "a", "{\"z\":1,\"a\":\"x\"}" },
		{ "{ \"z\": 1 }", "a.b.c", "{ \"z\": 1,\"a\":{\"b\":{\"c\":\"x\"}} }" },
		{ "{\"a\":{\"z\":[]}}", "a.b", "{\"a\":{\"z\":[],\"b\":\"x\"}}" },
		{ "{\"a\":null,\"z\":1}", "a.b", "{\"a\":{\"b\":\"x\"},\"z\":1}" },
		{ "{\"a\":[],\"z\":1}", "a.b", "{\"a\":{\"b\":\"x\"},\"z\":1}" },
		{ "{\"a\":[{}]}", "a.#0.b", "{\"a\":[{\"b\":\"x\"}]}" },
		{ "{\"z\":1}", "q\"\\", "{\"z\":1,\"q\\\"\\\\\":\"x\"}" },
		{ "{\"z\":1}", "\xc3\xa9", "{\"z\":1,\"\xc3\xa9\":\"x\"}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		UNIT_STR(put(cases[i].document, cases[i].path, text("x")), cases[i].want);
}

static void refused(void)
{
	static const struct { const char *document, *path, *want; } cases[] = {
		{ "{\"a\":1}", "a.b", "blocked" }, { "{\"a\":\"t\"}", "a.b", "blocked" },
		{ "{\"a\":false}", "a.b", "blocked" }, { "5", "a", "blocked" },
		{ "{\"a\":[1]}", "a.b", "blocked" }, { "{\"a\":[1]}", "a.#1", "blocked" },
		{ "{\"a\":{\"b\":1}}", "a.#0", "blocked" }, { "{}", "a.#0", "blocked" },
		{ "", "#0", "blocked" }, { "[]", "#0", "blocked" }, { "[1]", "a", "blocked" },
		{ "{", "a", "malformed" }, { "x", "a", "malformed" },
		{ "{\"a\":1,\"n\":9223372036854775808x}", "a", "malformed" },
	};
	static char deep[1000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		UNIT_STR(put(cases[i].document, cases[i].path, text("x")), cases[i].want);
	UNIT_STR(put(nested(256, deep), "a", text("x")), "malformed");
}

static void kinds(void)
{
	struct idbc_value json = text("[1, {\"b\":0.10}]");

	json.kind = IDBC_KIND_JSON;
	UNIT_STR(put("{}", "a", json), "{\"a\":[1, {\"b\":0.10}]}");
	UNIT_STR(put("{}", "a", number(IDBC_KIND_I64, INT64_MIN)), "{\"a\":-9223372036854775808}");
	UNIT_STR(put("{}", "a", number(IDBC_KIND_BOOL, 0)), "{\"a\":false}");
	UNIT_STR(put("{}", "a", number(IDBC_KIND_NULL, 0)), "{\"a\":null}");
	UNIT_STR(put("{}", "a", text("\"\\\n\t\x01\xf0\x9f\x8c\xbb")),
		 "{\"a\":\"\\\"\\\\\\n\\t\\u0001\xf0\x9f\x8c\xbb\"}");
}

static const char *member(struct map_field *f, struct idbc_value value)
{
	struct idbc_value made = { .kind = IDBC_KIND_NULL };
	int rc = codec_write_member(f, &value, INT64_C(1700000000999999), &arena, &made);

	return rc == CODEC_OK ? put("{}", "v", made) : rc == CODEC_MALFORMED ? "malformed" : "?";
}

static void members_written(void)
{
	struct map_value yes[] = { LITERAL(MAP_BOOL, .i64 = 1) }, no[] = { LITERAL(MAP_BOOL, .i64 = 0) };
	struct map_value one[] = { LITERAL(MAP_I64, .i64 = 1) }, half[] = { LITERAL(MAP_REAL, .str = "0.5") };
	struct map_value now[] = { LITERAL(MAP_NOW, .time = MAP_UNIX) };
	struct map_value null[] = { LITERAL(MAP_NULL, .n = 0) };
	struct map_value on[] = { LITERAL(MAP_STR, .str = "1") };
	struct map_enum levels[] = { { LITERAL(MAP_STR, .str = "1"), "silver" },
				     { LITERAL(MAP_STR, .str = "01"), "gold" } };
	struct map_field flag = { .type = MAP_FLAG, .yes = { yes, 1 }, .no = { no, 1 } };
	struct map_field numbers = { .type = MAP_FLAG, .yes = { one, 1 }, .no = { half, 1 } };
	struct map_field stamp = { .type = MAP_FLAG, .yes = { now, 1 }, .no = { null, 1 } };
	struct map_field word = { .type = MAP_FLAG, .yes = { on, 1 } };
	struct map_field unix_time = { .type = MAP_TIME, .time = MAP_UNIX };
	struct map_field iso = { .type = MAP_TIME, .time = MAP_ISO };
	struct map_field level = { .type = MAP_ENUM, .enums = levels, .nenums = 2 };
	struct map_field any = { .type = MAP_TEXT }, count = { .type = MAP_INTEGER };
	struct idbc_value json = text("{\"x\":"), bad = text("\xff");
	static char deep[1000];

	UNIT_STR(member(&flag, number(IDBC_KIND_BOOL, 1)), "{\"v\":true}");
	UNIT_STR(member(&flag, number(IDBC_KIND_BOOL, 0)), "{\"v\":false}");
	UNIT_STR(member(&flag, text("true")), "malformed");
	UNIT_STR(member(&numbers, number(IDBC_KIND_BOOL, 1)), "{\"v\":1}");
	UNIT_STR(member(&numbers, number(IDBC_KIND_BOOL, 0)), "{\"v\":0.5}");
	UNIT_STR(member(&stamp, number(IDBC_KIND_BOOL, 1)), "{\"v\":1700000000}");
	UNIT_STR(member(&stamp, number(IDBC_KIND_BOOL, 0)), "{\"v\":null}");
	UNIT_STR(member(&word, number(IDBC_KIND_BOOL, 1)), "{\"v\":\"1\"}");
	UNIT_STR(member(&word, number(IDBC_KIND_BOOL, 0)), "malformed");
	UNIT_STR(member(&unix_time, text("1970-01-01T00:00:07Z")), "{\"v\":7}");
	UNIT_STR(member(&iso, number(IDBC_KIND_TIME_US, 7000000)), "{\"v\":\"1970-01-01T00:00:07Z\"}");
	UNIT_STR(member(&level, text("silver")), "{\"v\":1}");
	UNIT_STR(member(&level, text("gold")), "{\"v\":\"01\"}");
	UNIT_STR(member(&level, text("tin")), "malformed");
	UNIT_STR(member(&any, text("17")), "{\"v\":\"17\"}");
	UNIT_STR(member(&any, number(IDBC_KIND_I64, 17)), "{\"v\":17}");
	UNIT_STR(member(&any, number(IDBC_KIND_BOOL, 1)), "{\"v\":true}");
	UNIT_STR(member(&any, number(IDBC_KIND_NULL, 1)), "{\"v\":null}");
	UNIT_STR(member(&count, text("17")), "{\"v\":17}");
	UNIT_STR(member(&any, bad), "malformed");
	json.kind = IDBC_KIND_JSON;
	UNIT_STR(member(&any, json), "malformed");
	json.u.str = str(nested(63, deep));
	CU_ASSERT(strcmp(member(&any, json), "malformed") != 0);
	json.u.str = str(nested(64, deep));
	UNIT_STR(member(&any, json), "malformed");
}

/* Every change of one byte is answered; what is put is found again. */
static void bent(void)
{
	static const char whole[] = "{\"a\":{\"b\\u0063\":[1,{\"d\":\"e\\\"\"}]},\"f\":-1.5e3,\"g\":null}";
	const struct map_path *path = path_of("a.bc.#1.d");
	char *copy = malloc(sizeof(whole) - 1);
	struct idbc_value column = { .kind = IDBC_KIND_STR, .u.str = { copy, sizeof(whole) - 1 } };
	struct idbc_value value = text("new"), v;
	struct map_place place = { .link = -1, .col = "c", .json = path };
	struct arena scratch = ARENA_INIT;
	struct idbc_str out;

	for (size_t i = 0; i < sizeof(whole) - 1; i++)
		for (int c = 0; c < 256; c++) {
			memcpy(copy, whole, sizeof(whole) - 1);
			copy[i] = (char)c;
			CU_ASSERT(codec_member(&place, &column, &scratch, &v) != CODEC_NOMEM);
			if (codec_document(&column, path, &value, &scratch, &out) == CODEC_OK) {
				struct idbc_value made = { .kind = IDBC_KIND_STR, .u.str = out };

				CU_ASSERT(codec_member(&place, &made, &scratch, &v) == CODEC_OK &&
					  v.kind == IDBC_KIND_STR && v.u.str.len == 3 &&
					  !memcmp(v.u.str.ptr, "new", 3));
			}
			arena_reset(&scratch);
		}
	arena_free(&scratch);
	free(copy);
}

/* --- in the mapping --------------------------------------------------------------------- */

#define MAPPING(profile, more) "{\"user\":{\"table\":\"t\",\"key\":\"id\",\"id\":\"auto\"}," \
	"\"links\":{\"meta\":{\"table\":\"m\",\"as\":\"eav\",\"on\":{\"u\":\"@id\"},\"name\":\"k\",\"value\":\"v\"}}," \
	"\"profile\":{\"email\":\"mail\"," profile "},\"login\":{\"by\":[\"email\"]}," \
	"\"password\":{\"col\":\"hash\"}" more "}"
#define NAMES(name, nickname) \
	MAPPING("\"name\":" name ",\"nickname\":{\"col\":\"x\",\"json\":" nickname "}", "")

static struct mapping *parse(const char *users)
{
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	struct idbc_error why = IDBC_ERROR_INIT;
	struct idbc_str json = str(users);
	struct mapping *m = NULL;

	fake.log[0] = '\0';
	CU_ASSERT(mapping_parse(&json, &findings, &m, &why) == (m ? IDBC_OK : IDBC_CONFIG));
	return m;
}

static void paths_said(void)
{
	struct mapping *m = parse(MAPPING(
		"\"a\":{\"col\":\"x\",\"json\":\"profile.lang\"},"
		"\"b\":{\"col\":\"x\",\"json\":[\"a.b\",0,\"\"],\"bool\":true},"
		"\"c\":{\"col\":\"x\",\"json\":\"profile.language\"},"
		"\"d\":{\"col\":\"y\",\"json\":\"\"},\"e\":{\"col\":\"z\",\"json\":[]},"
		"\"f\":{\"col\":\"meta[prefs]\",\"json\":\"lang\",\"time\":\"unix\",\"mirror\":\"w\"}", ""));
	const struct map_path *b;

	UNIT_STR(fake.log, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(mapping_field(m, "a")->place.json->n, 2);
	UNIT_STR(mapping_field(m, "a")->place.json->items[1].name, "lang");
	b = mapping_field(m, "b")->place.json;
	CU_ASSERT_EQUAL(b->n, 3);
	UNIT_STR(b->items[0].name, "a.b");
	UNIT_STR(b->items[1].name, "0");
	CU_ASSERT(!b->items[0].is_index && b->items[1].is_index && !b->items[2].name[0]);
	CU_ASSERT_EQUAL(mapping_field(m, "d")->place.json->n, 0);
	CU_ASSERT_EQUAL(mapping_field(m, "e")->place.json->n, 0);
	UNIT_STR(mapping_field(m, "f")->place.eav, "prefs");
	CU_ASSERT_EQUAL(mapping_field(m, "f")->type, MAP_TIME);
	mapping_free(m);
}

static void paths_refused(void)
{
	static const struct { const char *users, *finding; } cases[] = {
		{ NAMES("\"n\"", "1"), "[wrong-type users.profile.nickname.json expected a path" },
		{ NAMES("\"n\"", "\"a..b\""), "[bad-value users.profile.nickname.json a name" },
		{ NAMES("\"n\"", "\"a.\""), "[bad-value users.profile.nickname.json a name" },
		{ NAMES("\"n\"", "\"$.a\""), "[bad-value users.profile.nickname.json expected names" },
		{ NAMES("\"n\"", "\"a[0]\""), "[bad-value users.profile.nickname.json expected names" },
		{ NAMES("\"n\"", "[\"a\",-1]"), "[wrong-type users.profile.nickname.json[1] " },
		{ NAMES("\"n\"", "\"a\",\"text\":\"php\""), "[bad-combination users.profile.nickname.text " },
		{ NAMES("\"n\"", "\"a\",\"mirror\":{\"col\":\"y\"}"), "[wrong-type users.profile.nickname.mirror " },
		{ NAMES("{\"col\":\"X\",\"json\":[\"a\"]}", "\"a\""),
			"[two-fields-one-column users.profile.nickname " },
		{ NAMES("{\"col\":\"x\",\"json\":\"a.b\"}", "\"a\""), "or around it]" },
		{ NAMES("{\"col\":\"x\",\"json\":\"\"}", "\"a\""), "or around it]" },
		{ NAMES("{\"col\":\"x\",\"json\":[\"l\",0]}", "\"l.0\""),
			"[two-fields-one-column users.profile.nickname " },
		{ NAMES("\"x\"", "\"a\""), "[two-fields-one-column users.profile.nickname " },
		{ NAMES("{\"col\":\"hash\",\"json\":\"a\"}", "\"a\""), "[credential-in-profile users.profile.name " },
		{ MAPPING("\"username\":{\"col\":\"x\",\"json\":\"a\"}", ",\"create\":{\"unique\":[\"username\"]}"),
			"[bad-combination users.create.unique[0] field \"username\" lives inside a document and "
			"cannot be searched]" },
		{ MAPPING("\"a\":\"b\"", ",\"create\":{\"json\":[]}"), "[wrong-type users.create.json " },
		{ MAPPING("\"a\":\"b\"", ",\"create\":{\"json\":{\"p\":1}}"), "[wrong-type users.create.json.p " },
		{ MAPPING("\"a\":\"b\"", ",\"create\":{\"json\":{\"B\":{}}}"),
			"[two-fields-one-column users.create.json.B " },
		{ MAPPING("\"a\":\"b\"", ",\"create\":{\"json\":{\"p\":{},\"P\":{}}}"),
			"[two-fields-one-column users.create.json.P " },
		{ MAPPING("\"a\":\"b\"", ",\"create\":{\"json\":{\"no.p\":{}}}"),
			"[bad-reference users.create.json.no.p " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mapping *m = parse(cases[i].users);

		CU_ASSERT_PTR_NULL(m);
		if (!strstr(fake.log, cases[i].finding))
			UNIT_STR(fake.log, cases[i].finding);
		mapping_free(m);
	}
}

/* --- through the operations ---------------------------------------------------------------- */

static const char people[] =
	"{\"user\":{\"table\":\"people\",\"key\":\"id\",\"id\":\"auto\"},"
	"\"links\":{\"m\":{\"table\":\"meta\",\"as\":\"eav\",\"on\":{\"uid\":\"@id\"},\"name\":\"k\",\"value\":\"v\"}},"
	"\"profile\":{\"username\":\"login\",\"email\":{\"col\":\"doc\",\"json\":\"mail\"},"
	"\"email_verified\":{\"col\":\"doc\",\"json\":\"state.ok\",\"bool\":true,\"mirror\":\"ok\"},"
	"\"name\":{\"col\":\"m[prefs]\",\"json\":\"n\"},"
	"\"deleted\":{\"col\":\"doc\",\"json\":\"gone\",\"bool\":true},\"old\":{\"col\":\"php\",\"text\":\"php\"}},"
	"\"login\":{\"by\":[\"username\"]},\"password\":{\"col\":\"pw\"},"
	"\"create\":{\"required\":[\"username\"],\"json\":{\"doc\":{\"v\":[1]},\"m[prefs]\":{\"t\":0.5}}}}";

#define COL(table, name, type) { table, name, type, type, "NULL", "NULL", "1", "0", "0", "0" }
static const struct fake_answer catalogue = {
	"information_schema", 0, 0, NULL, 0, {
		COL("0", "id", "int"), COL("0", "login", "varchar"), COL("0", "doc", "blob"),
		COL("0", "ok", "int"), COL("0", "pw", "varchar"), COL("0", "php", "text"),
		COL("1", "uid", "int"), COL("1", "k", "text"), COL("1", "v", "text") }
};

/* Columns of a profile read: key, which, matched, login, doc, doc, m[prefs], doc, php, pw. */
#define ROW(doc, prefs, php) { { "7", "0", "ann", "ann", doc, doc, prefs, doc, php, "$h" } }
/* Of a state: key, which, matched, login, doc, m[prefs], php, pw. */
#define STATE(doc, prefs) { { "7", "0", "7", "ann", doc, prefs, "a:0:{}", "$h" } }

static char line[2048];

static int on_row(struct idbc_sink *sink, const struct idbc_str *id, const struct idbc_str *matched)
{
	(void)sink;
	(void)id;
	(void)matched;
	line[0] = '\0';
	return 0;
}

static int on_field(struct idbc_sink *sink, const char *name, const struct idbc_value *v)
{
	size_t len = strlen(line);
	struct idbc_value shown = *v;
	char out[256] = "";

	(void)sink;
	if (shown.kind == IDBC_KIND_JSON)
		shown.kind = IDBC_KIND_STR;
	fake_arg(out, sizeof(out), 0, &shown);
	snprintf(line + len, sizeof(line) - len, "%s=%s ", name, out);
	return 0;
}

static int on_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	(void)sink;
	(void)parts;
	(void)n;
	return 0;
}

static struct idbc_sink sink = { .size = sizeof(sink), .row = on_row, .field = on_field,
				 .credential = on_credential };

static void open_store(void)
{

	memset(&fake, 0, sizeof(fake));
	fake.users = people;
	fake.dialect = SQL_MARIADB;
	open_session(&fake_host, &catalogue);
	CU_ASSERT_PTR_NULL_FATAL(session->plan->error);
}

static int get(struct fake_answer answer)
{
	struct idbc_user_req req = { sizeof(req), IDBC_BY_LOGIN, 1000000000, { "ann", 3 } };

	fake_script(&answer, 1);
	line[0] = '\0';
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.get_user(session, &req, &sink, &err);
}

#define READ(doc, prefs, php) (struct fake_answer){ "SELECT", 0, 0, NULL, 0, ROW(doc, prefs, php) }

static void op_reads(void)
{
	open_store();
	CU_ASSERT_EQUAL(get(READ("{\"mail\":\"a@x\",\"state\":{\"ok\":true}}", "{\"n\":[1]}", "i:5;")), IDBC_OK);
	UNIT_STR(line, "username=ann email=a@x email_verified=1 name=[1] old=5 ");
	CU_ASSERT_PTR_NULL(strstr(fake.log, "left out"));
	CU_ASSERT_EQUAL(get(READ("NULL", "", "NULL")), IDBC_OK);
	UNIT_STR(line, "username=ann ");
	CU_ASSERT_PTR_NULL(strstr(fake.log, "left out"));
	/* A flag that hides a row hides it from a document, too. */
	CU_ASSERT_EQUAL(get(READ("{\"gone\":true}", "", "NULL")), IDBC_NO_USER);
	CU_ASSERT_EQUAL(get(READ("{\"gone\":false}", "", "NULL")), IDBC_OK);
	/* Each that cannot be read is left out and told, without what it holds. */
	CU_ASSERT_EQUAL(get(READ("{\"mail\":\"s3cret\"", "{\"n\":1}", "s3cret")), IDBC_OK);
	UNIT_STR(line, "username=ann name=1 ");
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "email,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "email_verified,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "old,"));
	CU_ASSERT_PTR_NULL(strstr(fake.log, "s3cret"));
	close_store();
}

static struct idbc_field field(const char *name, struct idbc_value value)
{
	return (struct idbc_field){ name, value };
}

static int create(const struct idbc_field *more, size_t n)
{
	struct idbc_field fields[8], hash = field("hash", text("$h"));
	struct idbc_create_req req = { sizeof(req), 0, 1000000000, fields, n + 1, &hash, 1, 0, 0 };
	struct fake_answer script[] = {
		{ "GET_LOCK", 0, 0, NULL, 0, { { "1" } } },
		{ "SELECT u.`id` AS k", 0, 0, NULL, 0, { { NULL } } },
		{ "SELECT u.`id`, u.", 0, 0, NULL, 0,
		  { { "42", "0", "42", "ann", "{}", "{}", "{}", "{}", "NULL", "$h" } } },
	};

	fields[0] = field("username", text("ann"));
	for (size_t i = 0; i < n; i++)
		fields[i + 1] = more[i];
	fake_script(script, 3);
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.create(session, &req, &sink, &err);
}

static void op_creates(void)
{
	struct idbc_field some[] = { field("email_verified", number(IDBC_KIND_BOOL, 1)),
				     field("name", number(IDBC_KIND_I64, 3)), field("email", text("a@x")) };
	struct idbc_field php[] = { field("old", text("x")) };

	open_store();
	CU_ASSERT_EQUAL(create(NULL, 0), IDBC_OK);
	UNIT_STR(err.text, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_args("INSERT INTO `people`"), "{\"v\":[1]}"));
	UNIT_STR(fake_args("INSERT INTO `meta`"), "42|prefs|{\"t\":0.5}");
	CU_ASSERT_EQUAL(create(some, 3), IDBC_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_args("INSERT INTO `people`"),
				      "{\"v\":[1],\"state\":{\"ok\":true},\"mail\":\"a@x\"}"));
	UNIT_STR(fake_args("INSERT INTO `meta`"), "42|prefs|{\"t\":0.5,\"n\":3}");
	CU_ASSERT_EQUAL(fake_count("INSERT"), 2);
	/* PHP text is not ours to write. */
	CU_ASSERT_EQUAL(create(php, 1), IDBC_INVALID);
	UNIT_STR(err.code, "unmapped_field");
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "old"));
	CU_ASSERT_EQUAL(fake_count("INSERT"), 0);
	close_store();
}

#define LOCKED(doc, prefs) { "FOR UPDATE", 0, 0, NULL, 0, STATE(doc, prefs) }

static int verify(const char *doc, const char *email)
{
	struct idbc_verify_req req = { sizeof(req), IDBC_BY_USER_ID, 1000000000, { "7", 1 }, str(email) };
	struct fake_answer script[] = { LOCKED(doc, "{}") };

	fake_script(script, 1);
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return sql_ops.verify(session, &req, &err);
}

static void op_verifies(void)
{
	open_store();
	CU_ASSERT_EQUAL(verify("{\"keep\":1.10, \"mail\":\"a@x\"}", ""), IDBC_OK);
	UNIT_STR(fake_args("UPDATE `people`"), "1|{\"keep\":1.10, \"mail\":\"a@x\",\"state\":{\"ok\":true}}|7");
	CU_ASSERT_EQUAL(verify("{\"state\":{\"ok\":true}}", ""), IDBC_OK);
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 0);
	CU_ASSERT_EQUAL(verify("{\"gone\":true}", ""), IDBC_NO_USER);
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 0);
	/* The address proved is the one in the document. */
	CU_ASSERT_EQUAL(verify("{\"mail\":\"A@x\"}", "a@X"), IDBC_OK);
	CU_ASSERT_EQUAL(verify("{\"mail\":\"b@x\"}", "a@x"), IDBC_CONFLICT);
	UNIT_STR(err.code, "email_changed");
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 0);
	/* NULL begins with what a create begins with. */
	CU_ASSERT_EQUAL(verify("NULL", ""), IDBC_OK);
	UNIT_STR(fake_args("UPDATE `people`"), "1|{\"v\":[1],\"state\":{\"ok\":true}}|7");
	close_store();
}

static void op_refuses(void)
{
	static const struct { const char *doc, *code; } cases[] = {
		{ "{\"mail\":", "malformed_document" }, { "s3cret", "malformed_document" },
		{ "{\"state\":\"s3cret\"}", "path_blocked" }, { "[5]", "path_blocked" },
	};

	open_store();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(verify(cases[i].doc, ""), IDBC_CONFLICT);
		UNIT_STR(err.code, cases[i].code);
		CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
		CU_ASSERT_PTR_NULL(strstr(err.text, "s3cret"));
		CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 0);
		CU_ASSERT_EQUAL(fake_count("COMMIT"), 0);
		CU_ASSERT_EQUAL(fake_count("ROLLBACK"), 1);
	}
	close_store();
}

static void op_changes_email(void)
{
	struct idbc_email_req req = { sizeof(req), IDBC_BY_USER_ID, 1000000000, { "7", 1 },
				      { "new@x", 5 }, 0, 0 };
	struct fake_answer script[] = { LOCKED("{\"mail\":\"a@x\",\"state\":{\"ok\":true,\"z\":0}}", "{}") };

	open_store();
	fake_script(script, 1);
	CU_ASSERT_EQUAL(sql_ops.change_email(session, &req, &err), IDBC_OK);
	UNIT_STR(fake_args("UPDATE `people`"), "0|{\"mail\":\"new@x\",\"state\":{\"ok\":false,\"z\":0}}|7");
	CU_ASSERT_EQUAL(fake_count("UPDATE `people`"), 1);
	/* It cannot be looked for. */
	req.by = IDBC_BY_EMAIL;
	CU_ASSERT_EQUAL(sql_ops.change_email(session, &req, &err), IDBC_UNSUPPORTED);
	close_store();
}

/* What is called plain the parser takes too, whatever byte of it is another, or is missing. */
static int is_right(const char *bytes, size_t len)
{
	char *copy = exact(bytes, len);
	struct idbc_str doc = { copy, len };
	json_t *json = json_loadb(copy, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	int right = !codec_doc_is_plain(&doc) || json;

	json_decref(json);
	free(copy);
	return right;
}

static void plain(void)
{
	static const char doc[] = " {\"a\" : [ 1,-20, true,null ],\"b\":{ \"c\":false} , \"d\":\"e\"}\n";
	static const char bytes[] = "{}[]\",: \n\\01-.+eEtfnu\x7f\x80\xff";
	static const char *const taken[] = { doc, "{}", "[]", "7", "\"\"", "-0", " null " };
	static const char *const left[] = { "", " ", "01", "1.5", "[1,]", "{\"a\"}", "[1 2]", "\"\\n\"",
		"1234567890123456", "{} {}", "tru", "\"\xc3\xa4\"" };
	char bent[sizeof(doc)];

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct idbc_str one = str(taken[i]);

		CU_ASSERT(codec_doc_is_plain(&one));
	}
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		struct idbc_str one = str(left[i]);

		CU_ASSERT(!codec_doc_is_plain(&one));
	}
	for (size_t i = 0; i < sizeof(doc) - 1; i++) {
		CU_ASSERT(is_right(doc, i));
		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(bent, doc, sizeof(doc));
			bent[i] = bytes[b];
			CU_ASSERT(is_right(bent, sizeof(doc) - 1));
		}
	}
}

static void done(void)
{
	arena_free(&arena);
	CU_ASSERT_PTR_NULL(arena.blocks);
}

static const struct unit_test tests[] = {
	{ "members found", found },
	{ "what is no JSON", no_json },
	{ "deep documents", depths },
	{ "what members mean", meanings },
	{ "members replaced", replaced },
	{ "members added", added },
	{ "members refused", refused },
	{ "kinds of values", kinds },
	{ "members written", members_written },
	{ "documents with one byte changed", bent },
	{ "plain documents", plain },
	{ "paths in mappings", paths_said },
	{ "paths refused", paths_refused },
	{ "read by the operations", op_reads },
	{ "created", op_creates },
	{ "verified", op_verifies },
	{ "changes refused", op_refuses },
	{ "addresses changed", op_changes_email },
	{ "the last arena is freed", done },
};
UNIT_MAIN("sql_documents", tests)
