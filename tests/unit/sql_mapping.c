/* tests/unit/sql_mapping.c - drivers/sql/mapping*.c: the shared stores' mappings are
 * taken without a word, each mistake gives its finding, the model says what the file says.
 */
#include "unit.h"
#include "config/doc.h"
#include "sql/mapping/mapping.h"
#include "sql/base/names.h"

#include <stdlib.h>
#include <string.h>

/* --- a sink that keeps what it is told --- */

struct told { uint32_t severity; char code[32], key[96], text[256]; };
struct keeper {
	struct idbc_findings sink;
	struct told items[64];
	size_t n;
};

static int keep(struct idbc_findings *sink, uint32_t severity, const char *code,
	const char *key, const char *text, const char *remedy)
{
	struct keeper *k = (struct keeper *)sink;

	(void)remedy;
	if (k->n == 64)
		return -1;
	k->items[k->n].severity = severity;
	snprintf(k->items[k->n].code, sizeof(k->items[0].code), "%s", code);
	snprintf(k->items[k->n].key, sizeof(k->items[0].key), "%s", key);
	snprintf(k->items[k->n].text, sizeof(k->items[0].text), "%s", text);
	k->n++;
	return 0;
}

static struct keeper keeper_new(void)
{
	return (struct keeper){ .sink = { sizeof(struct idbc_findings), 0, keep } };
}

static void show(const struct keeper *k)
{
	for (size_t i = 0; i < k->n; i++)
		fprintf(stderr, "  [%s] %s: %s\n", k->items[i].code, k->items[i].key,
			k->items[i].text);
}

static struct mapping *parse(const char *json, struct keeper *k)
{
	struct idbc_str text = { json, strlen(json) };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct mapping *m = NULL;
	int rc = mapping_parse(&text, &k->sink, &m, &err);

	CU_ASSERT((rc == IDBC_OK) == (m != NULL));
	CU_ASSERT(rc == IDBC_OK || rc == IDBC_CONFIG);
	if (rc != IDBC_OK) {
		CU_ASSERT_EQUAL(err.status, (uint32_t)rc);
		CU_ASSERT(err.text[0] != '\0');
	}
	return m;
}

static struct mapping *parse_good(const char *json)
{
	struct keeper k = keeper_new();
	struct mapping *m = parse(json, &k);

	CU_ASSERT_EQUAL(k.n, 0);
	show(&k);
	return m;
}

static int has(const struct keeper *k, const char *code, const char *key, const char *part)
{
	for (size_t i = 0; i < k->n; i++) {
		if (!strcmp(k->items[i].code, code) && !strcmp(k->items[i].key, key) &&
		    strstr(k->items[i].text, part))
			return 1;
	}
	return 0;
}

/* --- a small mapping with one section replaced --- */

#define USER "\"user\":{\"table\":\"users\",\"key\":\"id\"}"
#define LINKS "\"links\":{\"addr\":{\"table\":\"addresses\",\"on\":{\"uid\":\"@id\"}}," \
	"\"meta\":{\"table\":\"meta\",\"as\":\"eav\",\"on\":{\"uid\":\"@id\"}," \
	"\"name\":\"k\",\"value\":\"v\"}," \
	"\"roles\":{\"table\":\"user_roles\",\"as\":\"many\",\"on\":{\"uid\":\"@id\"}," \
	"\"join\":{\"roles\":\"roles.id = @role_id\"}}}"
#define PROFILE "\"profile\":{\"email\":\"mail\",\"username\":\"login\"}"
#define LOGIN "\"login\":{\"by\":[\"email\"]}"
#define PASSWORD "\"password\":{\"col\":\"hash\"}"
#define BASE USER "," LINKS "," PROFILE "," LOGIN "," PASSWORD
#define WITHOUT_USER LINKS "," PROFILE "," LOGIN "," PASSWORD
#define WITHOUT_LINKS USER "," PROFILE "," LOGIN "," PASSWORD
#define WITHOUT_PROFILE USER "," LINKS "," LOGIN "," PASSWORD
#define WITHOUT_LOGIN USER "," LINKS "," PROFILE "," PASSWORD
#define WITHOUT_PASSWORD USER "," LINKS "," PROFILE "," LOGIN
/* One more key of the user. */
#define UKEY(json) "{" WITHOUT_USER ",\"user\":{\"table\":\"t\",\"key\":\"id\"," json "}}"
/* One more field beside e-mail. */
#define FIELD(json) "{" WITHOUT_PROFILE ",\"profile\":{\"email\":\"mail\"," json "}}"
#define LINK(json) "{" WITHOUT_LINKS ",\"links\":{" json "}}"
#define PLUS(json) "{" BASE "," json "}"

static const struct {
	const char *json, *code, *key, *part;
} mistakes[] = {
	/* the file */
	{ "{", "syntax", "users", "line 1" },
	{ "[]", "wrong-type", "users", "object" },
	{ "{" BASE "," USER "}", "syntax", "users", "duplicate" },
	{ PLUS("\"usr\":{}"), "unknown-key", "users.usr", "did you mean \"user\"" },
	{ PLUS("\"xyzzy\":1"), "unknown-key", "users.xyzzy", "unknown key" },
	/* user */
	{ "{" WITHOUT_USER "}", "missing-key", "users.user.table", "table" },
	{ "{" WITHOUT_USER "}", "missing-key", "users.user.key", "key column" },
	{ "{" WITHOUT_USER ",\"user\":3}", "wrong-type", "users.user", "object" },
	{ "{" WITHOUT_USER ",\"user\":{\"table\":\"a;b\",\"key\":\"id\"}}", "bad-identifier",
		"users.user.table", "a;b" },
	{ "{" WITHOUT_USER ",\"user\":{\"table\":\"a.b.c\",\"key\":\"id\"}}", "bad-identifier",
		"users.user.table", "a.b.c" },
	{ "{" WITHOUT_USER ",\"user\":{\"table\":\"t\",\"key\":\"i`d\"}}", "bad-identifier",
		"users.user.key", "i`d" },
	{ "{" WITHOUT_USER ",\"user\":{\"table\":\"t\",\"key\":\"\"}}", "bad-identifier",
		"users.user.key", "" },
	{ "{" WITHOUT_USER ",\"user\":{\"table\":\"t\",\"key\":7}}", "wrong-type",
		"users.user.key", "string" },
	{ "{" WITHOUT_USER ",\"user\":{\"table\":\"${q}t\",\"key\":\"id\"}}", "bad-reference",
		"users.user.table", "unknown variable \"q\"" },
	{ UKEY("\"id\":{\"counter\":\"c\"}"),
		"missing-key", "users.user.id.next", "next number" },
	{ UKEY("\"id\":{\"counter\":\"c\",\"next\":\"n\",\"last\":\"l\"}"),
		"missing-key", "users.user.id.next", "\"last\"" },
	{ UKEY("\"id\":{\"counter\":\"c\",\"next\":\"n\",\"col\":\"other\"}"),
		"bad-value", "users.user.id.col", "the key (\"id\")" },
	{ UKEY("\"id\":{\"counter\":\"c\",\"next\":\"n\",\"where\":{\"N\":1}}"),
		"bad-combination", "users.user.id.where", "counts" },
	{ UKEY("\"id\":{\"counter\":\"c\",\"next\":\"n\",\"where\":{\"a\":\"$now\"}}"),
		"bad-value", "users.user.id.where.a", "a constant" },
	{ UKEY("\"id\":{\"counter\":\"c'\",\"next\":\"n\"}"),
		"bad-identifier", "users.user.id.counter", "table name" },
	{ UKEY("\"id\":{\"counter\":\"c\",\"next\":\"n;\"}"),
		"bad-identifier", "users.user.id.next", "column name" },
	{ UKEY("\"id\":{\"next\":\"n\"}"),
		"missing-key", "users.user.id.counter", "table" },
	{ UKEY("\"id\":{\"counter\":\"c\",\"next\":\"n\",\"step\":2}"),
		"unknown-key", "users.user.id.step", "unknown key" },
	{ UKEY("\"id\":\"seq\""),
		"bad-value", "users.user.id", "auto" },
	{ UKEY("\"id\":\"$token:0\""),
		"bad-value", "users.user.id", "hex digits" },
	{ UKEY("\"insert\":{\"a\":\"$emial\"}"),
		"bad-reference", "users.user.insert.a", "did you mean \"email\"" },
	{ UKEY("\"insert\":{\"a\":\"$now:epoch\"}"),
		"bad-value", "users.user.insert.a", "unix_ms" },
	{ UKEY("\"insert\":{\"a\":\"$email:rot13\"}"),
		"bad-value", "users.user.insert.a", "slug" },
	{ UKEY("\"insert\":{\"a\":\"@b\"}"),
		"bad-value", "users.user.insert.a", "expected a constant" },
	{ UKEY("\"insert\":{\"a\":\"$id\"}"),
		"bad-value", "users.user.insert.a", "no $id" },
	{ UKEY("\"insert\":{\"a\":[1]}"),
		"wrong-type", "users.user.insert.a", "constant" },
	{ UKEY("\"where\":{\"a\":\"$now\"}"),
		"bad-value", "users.user.where.a", "a constant" },
	{ UKEY("\"where\":{\"a:b\":1}"),
		"bad-identifier", "users.user.where.a:b", "column name" },
	/* vars */
	{ PLUS("\"vars\":{\"p\":\"x'y\"}"), "bad-identifier", "users.vars.p", "letters" },
	{ PLUS("\"vars\":{\"p\":\"x--\"}"), "bad-identifier", "users.vars.p", "letters" },
	{ PLUS("\"vars\":{\"p\":\"x y\"}"), "bad-identifier", "users.vars.p", "letters" },
	{ PLUS("\"vars\":{\"p\":1}"), "wrong-type", "users.vars.p", "string" },
	{ "{" WITHOUT_USER ",\"vars\":{\"pepper\":\"s\"},\"user\":{\"table\":\"${pepper}\","
		"\"key\":\"id\"}}", "bad-reference", "users.user.table", "secret" },
	{ "{" WITHOUT_USER ",\"user\":{\"table\":\"${p\",\"key\":\"id\"}}", "bad-reference",
		"users.user.table", "without" },
	/* links */
	{ LINK("\"a\":{\"on\":{\"x\":\"@id\"}}"), "missing-key", "users.links.a.table",
		"table" },
	{ LINK("\"a\":{\"table\":\"t\"}"), "missing-key", "users.links.a.on", "@key" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"id\"}}"), "bad-value",
		"users.links.a.on.x", "@column" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@b.c\"}}"), "bad-reference",
		"users.links.a.on.x", "unknown link \"b\"" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"as\":\"two\"}"), "bad-value",
		"users.links.a.as", "eav" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"as\":\"eav\",\"value\":\"v\"}"),
		"missing-key", "users.links.a.name", "names" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"join\":{\"b\":\"b.i = @x\"}}"),
		"bad-combination", "users.links.a.join", "many" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"name\":\"n\"}"),
		"bad-combination", "users.links.a.name", "eav" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"as\":\"many\","
		"\"join\":{\"b\":\"c.i = @x\"}}"), "bad-reference", "users.links.a.join.b",
		"no table of this link" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"as\":\"many\","
		"\"join\":{\"b\":\"b.i = @x OR 1=1\"}}"), "bad-sql",
		"users.links.a.join.b", "joined by AND" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"as\":\"many\","
		"\"join\":{\"b\":\"b.i\"}}"), "bad-sql", "users.links.a.join.b", "joined by AND" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"append\":1}"), "wrong-type",
		"users.links.a.append", "true or false" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@b.y\"},\"of\":\"b\"},"
		"\"b\":{\"table\":\"u\",\"on\":{\"x\":\"@a.y\"},\"of\":\"a\"},"
		"\"c\":{\"table\":\"v\",\"on\":{\"x\":\"@id\"}}"), "link-cycle",
		"users.links.a.of", "circle" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@a.y\"},\"of\":\"a\"}"), "link-cycle",
		"users.links.a.of", "circle" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@b.y\"}},"
		"\"b\":{\"table\":\"u\",\"on\":{\"x\":\"@id\"}}"), "bad-reference",
		"users.links.a.on.x", "\"of\"" },
	{ LINK("\"a\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"},\"tabel\":\"t\"}"), "unknown-key",
		"users.links.a.tabel", "did you mean \"table\"" },
	{ LINK("\"a b\":{\"table\":\"t\",\"on\":{\"x\":\"@id\"}}"), "bad-identifier",
		"users.links.a b", "letters" },
	{ LINK("\"a\":7"), "wrong-type", "users.links.a", "object" },
	/* profile */
	{ FIELD("\"name\":7"), "wrong-type", "users.profile.name", "column" },
	{ FIELD("\"name\":\"a\\\"b\""), "bad-identifier", "users.profile.name", "column name" },
	{ FIELD("\"name\":\"adr.x\""), "bad-reference", "users.profile.name",
		"did you mean \"addr\"" },
	{ FIELD("\"name\":\"meta.x\""), "bad-reference", "users.profile.name", "link[name]" },
	{ FIELD("\"name\":\"addr[x]\""), "bad-reference", "users.profile.name", "addr.column" },
	{ FIELD("\"name\":\"roles.x\""), "bad-reference", "users.profile.name", "list" },
	{ FIELD("\"name\":\"meta[x\""), "bad-reference", "users.profile.name", "meta[name]" },
	{ FIELD("\"name\":\"meta[]\""), "bad-reference", "users.profile.name", "between" },
	{ FIELD("\"na me\":\"x\""), "bad-identifier", "users.profile.na me", "words" },
	{ FIELD("\"user_id\":\"uid\""), "bad-reference", "users.profile.user_id", "\"id\"" },
	{ FIELD("\"name\":\"id\""), "two-fields-one-column", "users.profile.name", "key" },
	{ FIELD("\"name\":\"MAIL\""), "two-fields-one-column", "users.profile.name", "email" },
	{ FIELD("\"name\":{\"col\":\"x\",\"mirror\":[\"mail\"]}"), "two-fields-one-column",
		"users.profile.name", "email" },
	{ FIELD("\"name\":{\"col\":\"x\",\"mirror\":\"x\"}"), "two-fields-one-column",
		"users.profile.name", "name" },
	{ FIELD("\"blocked\":{\"col\":\"s\",\"true\":1,\"false\":2,\"from\":2,"
		"\"mirror\":\"s\"}"),
		"two-fields-one-column", "users.profile.blocked", "blocked" },
	{ FIELD("\"name\":\"meta[a]\",\"nickname\":\"meta[a]\""), "two-fields-one-column",
		"users.profile.nickname", "\"a\"" },
	{ FIELD("\"blocked\":{\"col\":\"s\",\"true\":1,\"false\":2,\"from\":[1,2]},"
		"\"email_verified\":{\"col\":\"s\",\"true\":3,\"false\":4}"),
		"two-fields-one-column", "users.profile.email_verified", "blocked" },
	{ FIELD("\"name\":\"hash\""), "credential-in-profile", "users.profile.name", "hash" },
	{ FIELD("\"name\":{\"col\":\"x\",\"mirror\":\"Hash\"}"), "credential-in-profile",
		"users.profile.name", "password" },
	{ FIELD("\"name\":{}"), "missing-key", "users.profile.name", "expected one of" },
	{ FIELD("\"name\":{\"col\":\"x\",\"colour\":1}"), "unknown-key",
		"users.profile.name.colour", "unknown key" },
	{ FIELD("\"name\":{\"col\":\"x\",\"const\":1}"), "bad-combination",
		"users.profile.name.const", "does not go with" },
	{ FIELD("\"name\":{\"expr\":\" \"}"), "bad-sql", "users.profile.name.expr", "expression" },
	{ FIELD("\"name\":{\"expr\":\"u.a) FROM x\"}"), "bad-sql", "users.profile.name.expr",
		"nothing opens" },
	{ FIELD("\"name\":{\"expr\":\"lower(u.a\"}"), "bad-sql", "users.profile.name.expr",
		"not closed" },
	{ FIELD("\"name\":{\"expr\":\"(u.a]\"}"), "bad-sql", "users.profile.name.expr",
		"nothing opens" },
	{ FIELD("\"name\":{\"expr\":\"u.a || 'x\"}"), "bad-sql", "users.profile.name.expr",
		"quote" },
	{ FIELD("\"name\":{\"expr\":\"u.a || 'x\\\\' || 'y'\"}"), "bad-sql",
		"users.profile.name.expr", "backslash" },
	{ FIELD("\"name\":{\"expr\":\"u.a -- x\"}"), "bad-sql", "users.profile.name.expr",
		"comment" },
	{ FIELD("\"name\":{\"expr\":\"u.a /* x */\"}"), "bad-sql", "users.profile.name.expr",
		"comment" },
	{ FIELD("\"name\":{\"expr\":\"u.a # x\"}"), "bad-sql", "users.profile.name.expr",
		"comment" },
	{ FIELD("\"name\":{\"expr\":\"u.a; DROP TABLE t\"}"), "bad-sql",
		"users.profile.name.expr", "one expression" },
	{ FIELD("\"name\":{\"expr\":\"u.a = :id\"}"), "bad-sql", "users.profile.name.expr",
		"parameters" },
	{ FIELD("\"name\":{\"expr\":\"u.a = ?\"}"), "bad-sql", "users.profile.name.expr",
		"parameters" },
	{ FIELD("\"name\":{\"expr\":\"$$ ) , ( $$\"}"), "bad-sql", "users.profile.name.expr",
		"parameters" },
	{ FIELD("\"name\":{\"expr\":\"`a) , (b`\"}"), "bad-sql", "users.profile.name.expr",
		"quoted name" },
	{ FIELD("\"name\":{\"expr\":\"[a'], 'b]\"}"), "bad-sql", "users.profile.name.expr",
		"between [ and ]" },
	{ FIELD("\"name\":{\"expr\":\"u.hash\"}"), "credential-in-profile",
		"users.profile.name", "password" },
	{ FIELD("\"name\":{\"expr\":\"1\",\"mirror\":\"x\"}"), "bad-combination",
		"users.profile.name.mirror", "does not go with" },
	{ FIELD("\"name\":{\"expr\":7}"), "wrong-type", "users.profile.name.expr", "string" },
	{ FIELD("\"name\":{\"col\":\"x\",\"text\":\"perl\"}"), "bad-value",
		"users.profile.name.text", "php" },
	{ FIELD("\"created_at\":{\"col\":\"x\",\"time\":\"epoch\"}"), "bad-value",
		"users.profile.created_at.time", "unix" },
	{ FIELD("\"blocked\":{\"col\":\"x\",\"time\":\"unix\"}"), "bad-value",
		"users.profile.blocked", "flag" },
	{ FIELD("\"blocked\":{\"const\":\"no\"}"), "bad-value", "users.profile.blocked",
		"flag" },
	{ FIELD("\"blocked\":{\"col\":\"x\",\"bool\":false}"), "bad-value",
		"users.profile.blocked.bool", "inverted" },
	{ FIELD("\"blocked\":{\"col\":\"x\",\"bool\":true,\"time\":\"unix\"}"),
		"bad-combination", "users.profile.blocked", "one of" },
	{ FIELD("\"blocked\":{\"col\":\"x\",\"true\":1,\"false\":[0,1]}"), "bad-value",
		"users.profile.blocked", "both" },
	{ FIELD("\"blocked\":{\"col\":\"x\",\"true\":[]}"), "wrong-type",
		"users.profile.blocked.true", "list" },
	{ FIELD("\"blocked\":{\"col\":\"x\",\"true\":1,\"from\":\"$now\"}"), "bad-value",
		"users.profile.blocked.from", "constant" },
	{ FIELD("\"name\":{\"col\":\"x\",\"map\":{\"1\":2}}"), "wrong-type",
		"users.profile.name.map.1", "string" },
	{ FIELD("\"name\":{\"col\":\"x\",\"fold\":\"down\"}"), "bad-value",
		"users.profile.name.fold", "lower" },
	{ FIELD("\"name\":{\"template\":\"{first} {email}\"}"), "bad-reference",
		"users.profile.name.template", "first" },
	{ FIELD("\"name\":{\"template\":\"{nickname}\"},"
		"\"nickname\":{\"template\":\"{email}\"}"),
		"bad-reference", "users.profile.name.template", "nickname" },
	{ FIELD("\"name\":{\"template\":\"{email\"}"), "bad-value",
		"users.profile.name.template", "without" },
	{ FIELD("\"name\":{\"template\":\"\"}"), "bad-value",
		"users.profile.name.template", "{field}" },
	{ FIELD("\"blocked\":{\"exists\":\"rolls\"}"), "bad-reference",
		"users.profile.blocked.exists", "did you mean \"roles\"" },
	{ FIELD("\"identities\":{\"list\":\"addr\",\"cols\":{\"a\":\"t.a\"}}"), "bad-reference",
		"users.profile.identities.list", "many" },
	{ FIELD("\"identities\":{\"list\":\"roles\"}"), "missing-key",
		"users.profile.identities.cols", "entry" },
	{ FIELD("\"identities\":{\"list\":\"roles\",\"cols\":{\"a\":\"other.a\"}}"),
		"bad-reference", "users.profile.identities.cols.a", "other" },
	{ FIELD("\"identities\":{\"list\":\"roles\",\"cols\":{\"a\":\"t.a'\"}}"),
		"bad-identifier", "users.profile.identities.cols.a", "column" },
	{ FIELD("\"app_metadata\":\"x\",\"app_metadata.plan\":\"y\""), "bad-combination",
		"users.profile.app_metadata.plan", "app_metadata" },
	/* lookup */
	{ PLUS("\"lookup\":{\"email\":{\"fold\":\"sideways\"}}"), "bad-value",
		"users.lookup.email.fold", "lower-both" },
	{ PLUS("\"lookup\":{\"phone_number\":{\"fold\":\"none\"}}"), "bad-reference",
		"users.lookup.phone_number", "unknown field" },
	{ PLUS("\"lookup\":{\"email\":1}"), "wrong-type", "users.lookup.email", "object" },
	/* login */
	{ "{" WITHOUT_LOGIN "}", "missing-key", "users.login.by", "email" },
	{ "{" WITHOUT_LOGIN ",\"login\":{\"by\":[]}}", "missing-key", "users.login.by",
		"email" },
	{ "{" WITHOUT_LOGIN ",\"login\":{\"by\":\"email\"}}", "wrong-type", "users.login.by",
		"list" },
	{ "{" WITHOUT_LOGIN ",\"login\":{\"by\":[\"name\"]}}", "bad-value", "users.login.by[0]",
		"phone_number" },
	{ "{" WITHOUT_LOGIN ",\"login\":{\"by\":[\"email\",\"email\"]}}", "bad-value",
		"users.login.by[1]", "twice" },
	{ "{" WITHOUT_LOGIN ",\"login\":{\"by\":[\"phone_number\"]}}", "missing-key",
		"users.profile.phone_number", "log in" },
	{ "{" WITHOUT_LOGIN ",\"login\":{\"by\":[\"email\"],\"touch\":{\"a\":\"$email\"}}}",
		"bad-value", "users.login.touch.a", "client_ip" },
	/* password */
	{ "{" WITHOUT_PASSWORD "}", "missing-key", "users.password.col", "password" },
	{ "{" WITHOUT_PASSWORD ",\"password\":{\"col\":\"hash\",\"salt\":\"hash\"}}",
		"two-fields-one-column", "users.password.salt", "column" },
	{ "{" WITHOUT_PASSWORD ",\"password\":{\"col\":\"hash\",\"salt\":\"mail\"}}",
		"credential-in-profile", "users.profile.email", "salt" },
	{ "{" WITHOUT_PASSWORD ",\"password\":{\"col\":\"hash\",\"sal\":\"x\"}}", "unknown-key",
		"users.password.sal", "did you mean \"salt\"" },
	/* create */
	{ PLUS("\"create\":{\"unique\":[\"nick\"]}"), "bad-reference", "users.create.unique[0]",
		"nick" },
	{ PLUS("\"create\":{\"defaults\":{\"nick\":1}}"), "bad-reference",
		"users.create.defaults.nick", "nick" },
	{ PLUS("\"create\":{\"links\":[\"adr\"]}"), "bad-reference", "users.create.links[0]",
		"did you mean \"addr\"" },
	{ PLUS("\"create\":{\"links\":[\"meta\"]}"), "bad-reference", "users.create.links[0]",
		"fields" },
	{ PLUS("\"create\":{\"after\":\"x\"}"), "wrong-type", "users.create.after", "list" },
	{ PLUS("\"create\":{\"after\":[1]}"), "wrong-type", "users.create.after[0]", "string" },
	/* raw SQL */
	{ PLUS("\"create\":{\"after\":[\"DELETE FROM t WHERE i = :idd\"]}"), "bad-parameter",
		"users.create.after[0]", "did you mean \":id\"" },
	{ PLUS("\"create\":{\"after\":[\"DELETE FROM t WHERE i = :phone_number\"]}"),
		"bad-parameter", "users.create.after[0]", "phone_number" },
	{ PLUS("\"create\":{\"after\":[\"UPDATE t SET a = :client_ip\"]}"), "bad-parameter",
		"users.create.after[0]", "client_ip" },
	{ PLUS("\"create\":{\"after\":[\"SELECT ?\"]}"), "bad-sql", "users.create.after[0]",
		":name" },
	{ PLUS("\"create\":{\"after\":[\"SELECT 1; DROP TABLE t\"]}"), "bad-sql",
		"users.create.after[0]", "one statement" },
	{ PLUS("\"create\":{\"after\":[\"SELECT 'a\"]}"), "bad-sql", "users.create.after[0]",
		"not closed" },
	{ PLUS("\"create\":{\"after\":[\"SELECT 'a\\\\' OR :id\"]}"), "bad-sql",
		"users.create.after[0]", "backslash" },
	{ PLUS("\"create\":{\"after\":[\"SELECT 'a\\\\'' OR :id\"]}"), "bad-sql",
		"users.create.after[0]", "backslash" },
	{ PLUS("\"create\":{\"after\":[\" ; \"]}"), "bad-sql", "users.create.after[0]",
		"statement" },
	{ PLUS("\"create\":{\"after\":[\"SELECT /* :id\"]}"), "bad-sql",
		"users.create.after[0]", "comment" },
	{ PLUS("\"after\":{\"changePassword\":[\"SELECT ${q}\"]}"), "bad-reference",
		"users.after.changePassword[0]", "variable" },
	{ PLUS("\"after\":{\"login\":[\"SELECT 1\"]}"), "unknown-key", "users.after.login",
		"key" },
	/* operations in SQL of their own */
	{ PLUS("\"sql\":{\"signin\":\"SELECT 1\"}"), "unknown-key", "users.sql.signin",
		"key \"signin\"" },
	{ PLUS("\"sql\":{\"getuser\":\"SELECT 1\"}"), "unknown-key", "users.sql.getuser",
		"did you mean \"getUser\"" },
	{ PLUS("\"sql\":{\"login\":[]}"), "missing-key", "users.sql.login", "statement" },
	{ PLUS("\"sql\":{\"login\":7}"), "wrong-type", "users.sql.login", "SQL" },
	{ PLUS("\"sql\":{\"login\":[{\"let\":\"x\"}]}"), "missing-key",
		"users.sql.login[0].sql", "statement" },
	{ PLUS("\"sql\":{\"login\":\"SELECT :emial\"}"), "bad-parameter", "users.sql.login",
		"did you mean \":email\"" },
	{ PLUS("\"sql\":{\"login\":\"SELECT :password_hash\"}"), "bad-parameter",
		"users.sql.login", "password_hash" },
	{ PLUS("\"sql\":{\"deleteUser\":[\"SELECT :later\",{\"sql\":\"SELECT 1\","
		"\"let\":\"later\"}]}"), "bad-parameter", "users.sql.deleteUser[0]", "later" },
	{ PLUS("\"sql\":{\"create\":[{\"sql\":\"SELECT 1\",\"let\":\"email\"}]}"), "bad-value",
		"users.sql.create[0].let", "has a value" },
	{ PLUS("\"sql\":{\"create\":[{\"sql\":\"SELECT 1\",\"let\":\"a b\"}]}"),
		"bad-identifier", "users.sql.create[0].let", "letters" },
	{ PLUS("\"sql\":{\"create\":[{\"sql\":\"SELECT 1\",\"let\":\"a\"},"
		"{\"sql\":\"SELECT 1\",\"let\":\"a\"}]}"), "bad-value",
		"users.sql.create[1].let", "has a value" },
	{ PLUS("\"sql\":{\"create\":[{\"sql\":\"SELECT 1\",\"expect\":\"2\"}]}"), "bad-value",
		"users.sql.create[0].expect", "0..1" },
	{ PLUS("\"sql\":{\"create\":[{\"sql\":\"SELECT 1\",\"expects\":\"1\"}]}"),
		"unknown-key", "users.sql.create[0].expects", "did you mean \"expect\"" },
	{ PLUS("\"sql\":{\"getUser\":{\"sql\":\"SELECT :id\",\"let\":\"x\"}}"),
		"bad-combination", "users.sql.getUser", "last step" },
	{ PLUS("\"sql\":{\"verify\":\"SELECT 1; SELECT 2\"}"), "bad-sql", "users.sql.verify",
		"one statement" },
	{ PLUS("\"sql\":{\"verify\":\"SELECT $a$ :id $b$\"}"), "bad-sql", "users.sql.verify",
		"dollar" },
	{ PLUS("\"sql\":{\"verify\":\"UPDATE t SET n = $1 WHERE id = :id\"}"), "bad-sql",
		"users.sql.verify", "$1" },
	{ PLUS("\"sql\":{\"verify\":[\"UPDATE t SET n = 1\",\" commit\"]}"), "bad-sql",
		"users.sql.verify[1]", "transaction" },
	{ PLUS("\"after\":{\"changePassword\":[\"ROLLBACK TO x\"]}"), "bad-sql",
		"users.after.changePassword[0]", "transaction" },
	{ PLUS("\"sql\":{\"verify\":\"SELECT a ? 'b'\"}"), "bad-sql", "users.sql.verify",
		"jsonb_exists" },
	{ PLUS("\"sql\":{\"verify\":\"SELECT E'a\\\\' OR :id\"}"), "bad-sql", "users.sql.verify",
		"backslash" },
	{ PLUS("\"email_unique\":true,\"create\":{\"email_unique\":true}"), "bad-combination",
		"users.create.email_unique", "users.email_unique" },
	{ PLUS("\"email_unique\":1"), "wrong-type", "users.email_unique", "true or false" },
	{ PLUS("\"create\":{\"email_unique\":\"no\"}"), "wrong-type",
		"users.create.email_unique", "true or false" },
	/* delete */
	{ PLUS("\"delete\":{\"mode\":\"gentle\"}"), "bad-value", "users.delete.mode", "soft" },
	{ PLUS("\"delete\":{\"mode\":\"soft\"}"), "missing-key", "users.delete.set", "mark" },
	{ PLUS("\"delete\":{\"mode\":\"soft\",\"set\":{\"d\":1}}"), "missing-key",
		"users.profile.deleted", "hides" },
	{ PLUS("\"delete\":{\"set\":{\"d\":1}}"), "bad-combination", "users.delete.set",
		"soft" },
	{ PLUS("\"delete\":{\"mode\":\"keep\"}"), "missing-key", "users.delete.steps", "none" },
	{ PLUS("\"delete\":{\"steps\":[{\"delete\":\"t\"}]}"), "missing-key",
		"users.delete.steps[0].where", "which rows" },
	{ PLUS("\"delete\":{\"steps\":[{\"delete\":\"t\",\"where\":{\"a\":1}}]}"), "bad-value",
		"users.delete.steps[0].where", "everybody" },
	{ PLUS("\"delete\":{\"steps\":[{\"update\":\"t\",\"where\":{\"a\":\"@id\"}}]}"),
		"missing-key", "users.delete.steps[0].set", "columns" },
	{ PLUS("\"delete\":{\"steps\":[{\"delete\":\"t\",\"where\":{\"a\":\"@addr.x\"}}]}"),
		"bad-value", "users.delete.steps[0].where.a", "@column" },
	{ PLUS("\"delete\":{\"steps\":[{\"where\":{\"a\":\"@id\"}}]}"), "missing-key",
		"users.delete.steps[0]", "table" },
	{ PLUS("\"delete\":{\"steps\":[{\"delete\":\"t't\",\"where\":{\"a\":\"@id\"}}]}"),
		"bad-identifier", "users.delete.steps[0].delete", "table name" },
	{ PLUS("\"delete\":{\"steps\":[7]}"), "wrong-type", "users.delete.steps[0]", "SQL" },
};

static void each_mistake(void)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct keeper k = keeper_new();
		struct mapping *m = parse(mistakes[i].json, &k);
		int found = has(&k, mistakes[i].code, mistakes[i].key, mistakes[i].part);

		CU_ASSERT_PTR_NULL(m);
		CU_ASSERT(found);
		if (!found || m) {
			fprintf(stderr, "mistake %zu (%s %s):\n", i, mistakes[i].code,
				mistakes[i].key);
			show(&k);
		}
		mapping_free(m);
	}
}

static void all_in_one_go(void)
{
	struct keeper k = keeper_new();
	struct mapping *m = parse("{\"user\":{\"table\":\"a'b\",\"key\":1,\"id\":\"x\"},"
		"\"profile\":{\"email\":\"l.x\",\"name\":{\"json\":1,\"col\":\"j\"}},"
		"\"login\":{\"by\":[\"username\"]},\"password\":{},\"colour\":1}", &k);

	CU_ASSERT_PTR_NULL(m);
	CU_ASSERT(has(&k, "bad-identifier", "users.user.table", ""));
	CU_ASSERT(has(&k, "wrong-type", "users.user.key", ""));
	CU_ASSERT(has(&k, "bad-value", "users.user.id", ""));
	CU_ASSERT(has(&k, "bad-reference", "users.profile.email", "unknown link"));
	CU_ASSERT(has(&k, "wrong-type", "users.profile.name.json", ""));
	CU_ASSERT(has(&k, "missing-key", "users.profile.username", ""));
	CU_ASSERT(has(&k, "missing-key", "users.password.col", ""));
	CU_ASSERT(has(&k, "unknown-key", "users.colour", ""));
	CU_ASSERT_EQUAL(k.n, 8);
	if (k.n != 8)
		show(&k);
}

/* --- the shared stores' own mappings --- */

static char *shared(const char *store)
{
	char path[128];
	char *text = NULL;
	FILE *file;
	size_t n = 0;

	snprintf(path, sizeof(path), "../shared/stores/%s/users.json", store);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	text = calloc(1, 65536);
	if (text)
		n = fread(text, 1, 65535, file);
	fclose(file);
	CU_ASSERT(n > 0);
	return text;
}

static const struct map_set *set_of(const struct map_sets *sets, const char *col)
{
	static const struct map_set none = { "", { .source = 999 } };

	for (size_t i = 0; i < sets->n; i++) {
		if (!strcmp(sets->items[i].col, col))
			return &sets->items[i];
	}
	return &none;
}

static void wordpress(void)
{
	char *json = shared("wordpress");
	struct mapping *m = json ? parse_good(json) : NULL;
	const struct map_field *f;

	if (!json)
		fprintf(stderr, "wordpress: no shared store beside the repository\n");
	if (m) {
		UNIT_STR(m->table, "wpx7_users");
		UNIT_STR(m->key, "ID");
		CU_ASSERT_EQUAL(m->id.source, MAP_AUTO);
		CU_ASSERT_EQUAL(set_of(&m->insert, "user_nicename")->value.fold, MAP_SLUG);
		CU_ASSERT_EQUAL(set_of(&m->insert, "display_name")->value.or_empty, 1);
		CU_ASSERT_EQUAL(set_of(&m->insert, "user_registered")->value.source, MAP_NOW);
		CU_ASSERT_EQUAL(m->nlinks, 1);
		CU_ASSERT_EQUAL(m->links[0].kind, MAP_EAV);
		UNIT_STR(m->links[0].table, "wpx7_usermeta");
		f = mapping_field(m, "app_metadata.capabilities");
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		CU_ASSERT_EQUAL(f->type, MAP_PHP);
		UNIT_STR(f->place.eav, "wpx7_capabilities");
		CU_ASSERT_EQUAL(mapping_field(m, "email")->fold, IDBC_FOLD_NONE);
		CU_ASSERT_EQUAL(m->nlogin, 2);
		CU_ASSERT_EQUAL(m->login_by[0], IDBC_BY_USERNAME);
		UNIT_STR(m->create_after.items[0].raw.sql,
			"INSERT INTO wpx7_usermeta (user_id, "
			"meta_key, meta_value) VALUES (?, 'wpx7_user_level', '0')");
		CU_ASSERT_EQUAL(m->create_after.items[0].raw.nargs, 1);
		UNIT_STR(m->create_after.items[0].raw.names[0], "id");
		CU_ASSERT_EQUAL(m->delete_steps.n, 3);
		UNIT_STR(m->delete_steps.items[1].table, "wpx7_posts");
		CU_ASSERT_PTR_NULL(mapping_field(m, "user_id"));
	}
	mapping_free(m);
	free(json);
}

static void django(void)
{
	char *json = shared("django");
	struct mapping *m = json ? parse_good(json) : NULL;
	const struct map_field *f;

	if (m) {
		f = mapping_field(m, "email");
		CU_ASSERT_EQUAL(f->nmirror, 1);
		CU_ASSERT_EQUAL(f->mirror[0].link, 0);
		UNIT_STR(f->mirror[0].col, "email");
		CU_ASSERT_EQUAL(f->fold, IDBC_FOLD_LOWER_BOTH);
		f = mapping_field(m, "name");
		CU_ASSERT_EQUAL(f->kind, MAP_TEMPLATE);
		CU_ASSERT_EQUAL_FATAL(f->npieces, 3);
		UNIT_STR(f->pieces[0].field, "given_name");
		UNIT_STR(f->pieces[1].text, " ");
		UNIT_STR(f->pieces[2].field, "family_name");
		f = mapping_field(m, "blocked");
		CU_ASSERT_EQUAL(f->type, MAP_FLAG);
		CU_ASSERT_EQUAL(f->yes.items[0].i64, 0);
		CU_ASSERT_EQUAL(f->no.items[0].i64, 1);
		f = mapping_field(m, "app_metadata.roles");
		CU_ASSERT_EQUAL(f->kind, MAP_LIST);
		UNIT_STR(f->cols[0].table, "auth_group");
		UNIT_STR(f->cols[0].place.col, "name");
		f = mapping_field(m, "identities");
		CU_ASSERT_PTR_NULL(f->cols[0].table);
		UNIT_STR(m->links[1].tests[0].left.col, "id");
		UNIT_STR(m->links[1].tests[0].right.col, "group_id");
		CU_ASSERT_EQUAL(m->links[1].tests[0].left.at, 0);
		CU_ASSERT_EQUAL(m->links[1].tests[0].right.at, MAP_JOIN_LINK);
		CU_ASSERT_EQUAL(m->delete_steps.items[0].kind, MAP_STEP_RAW);
		CU_ASSERT_EQUAL(m->delete_steps.items[1].kind, MAP_STEP_DELETE);
		CU_ASSERT_EQUAL(set_of(&m->touch, "last_login")->value.source, MAP_NOW);
		CU_ASSERT_EQUAL(m->ndefaults, 2);
	}
	mapping_free(m);
	free(json);
}

static void redmine(void)
{
	char *json = shared("redmine");
	struct mapping *m = json ? parse_good(json) : NULL;

	if (m) {
		UNIT_STR(mapping_field(m, "phone_number")->place.eav, "1");
		UNIT_STR(m->pw_when.col, "auth_source_id");
		UNIT_STR(m->pw_salt.col, "salt");
		CU_ASSERT_EQUAL(mapping_field(m, "blocked")->from.n, 2);
		CU_ASSERT_EQUAL(mapping_field(m, "blocked")->no.n, 2);
		CU_ASSERT_EQUAL(set_of(&m->where, "type")->value.source, MAP_STR);
		CU_ASSERT_EQUAL(set_of(&m->pw_set, "passwd_changed_on")->value.source, MAP_NOW);
		CU_ASSERT_EQUAL(mapping_field(m, "username")->fold, IDBC_FOLD_LOWER_BOTH);
		CU_ASSERT_EQUAL(m->after_password.n, 1);
		UNIT_STR(m->after_password.items[0].raw.sql,
			"DELETE FROM tokens WHERE user_id = ? "
			"AND action IN ('recovery','autologin','session')");
	}
	mapping_free(m);
	free(json);
}

static void laravel(void)
{
	char *json = shared("laravel");
	struct mapping *m = json ? parse_good(json) : NULL;

	if (m) {
		const struct map_path *path = mapping_field(m, "user_metadata.lang")->place.json;

		CU_ASSERT_EQUAL_FATAL(path != NULL && path->n == 1, 1);
		UNIT_STR(path->items[0].name, "lang");
		CU_ASSERT_EQUAL(m->ndocuments, 1);
		UNIT_STR(m->documents[0].place.col, "settings");
		UNIT_STR(m->documents[0].text, "{\"lang\":\"en\"}");
	}
	mapping_free(m);
	free(json);
}

static void own_schema(void)
{
	struct mapping *m = parse_good(own_schema_users);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->id.source, MAP_GIVEN_OR_UUID);
	CU_ASSERT_EQUAL(m->nlogin, 2);
	CU_ASSERT_EQUAL(mapping_field(m, "logins_count")->type, MAP_INTEGER);
	CU_ASSERT_EQUAL(mapping_field(m, "username")->fold, IDBC_FOLD_LOWER_BOTH);
	mapping_free(m);
}

/* --- forms that the stores do not use --- */

static void forms(void)
{
	struct mapping *m = parse_good("{\"vars\":{\"s\":\"app\"},"
		"\"user\":{\"table\":\"${s}.people\",\"key\":\"uid\",\"id\":\"$given|$uuid\"},"
		"\"links\":{\"addr\":{\"table\":\"${s}.addr\",\"on\":{\"pid\":\"@uid\"},"
		"\"order\":\"made\",\"append\":true,\"id\":\"$uuid\"},"
		"\"far\":{\"table\":\"far\",\"of\":\"addr\",\"on\":{\"aid\":\"@addr.id\"},"
		"\"id\":{\"fid\":\"$token:8\"}},"
		"\"bans\":{\"table\":\"bans\",\"as\":\"many\",\"on\":{\"pid\":\"@uid\"},"
		"\"join\":{\"${s}.why\":\"@why = why.id\"}}},"
		"\"profile\":{\"user_id\":\"uid\",\"email\":{\"col\":\"E Mail\","
		"\"fold\":\"lower\","
		"\"also\":{\"email_lc\":\"$email:lower\"}},\"username\":\"far.name\","
		"\"blocked\":{\"exists\":\"bans\",\"where\":{\"active\":true}},"
		"\"email_verified\":{\"const\":true},\"deleted\":{\"col\":\"gone\","
		"\"true\":\"$now:unix\","
		"\"false\":null},\"app_metadata.level\":{\"col\":\"lvl\","
		"\"map\":{\"0\":\"member\"}},"
		"\"app_metadata.bans\":{\"list\":\"bans\",\"cols\":{\"a\":\"t.a\",\"b\":\"b\","
		"\"c\":\"${s}.why.c\",\"d\":\"why.d\"}},\"created_at\":\"made\","
		"\"logins_count\":\"n\","
		"\"last_login\":{\"col\":\"seen\",\"time\":\"unix_ms\"},\"app_metadata.rate\":"
		"{\"const\":1.5}},"
		"\"login\":{\"by\":[\"username\",\"email\"],\"recheck\":true,"
		"\"touch\":{\"ip\":\"$client_ip\"}},"
		"\"password\":{\"col\":\"far.hash\",\"when\":\"ext\"},"
		"\"create\":{\"unique\":[\"email\"],\"email_unique\":false,"
		"\"links\":[\"addr\"]},"
		"\"delete\":{\"mode\":\"soft\",\"set\":{\"gone\":\"$now:unix\"},\"steps\":["
		"{\"update\":\"log\",\"set\":{\"who\":null},"
		"\"where\":{\"who\":\"$email\"}}]}}");
	const struct map_field *f;

	if (!m)
		return;
	UNIT_STR(m->table, "app.people");
	CU_ASSERT_EQUAL(m->id.source, MAP_GIVEN_OR_UUID);
	CU_ASSERT(m->links[0].has_id && m->links[0].append);
	UNIT_STR(m->links[0].id_col, "id");
	UNIT_STR(m->links[0].order, "made");
	UNIT_STR(m->links[1].id_col, "fid");
	CU_ASSERT_EQUAL(m->links[1].of, 0);
	CU_ASSERT_EQUAL(m->links[1].on.items[0].value.source, MAP_LINK_COL);
	CU_ASSERT_EQUAL(m->links[1].on.items[0].value.link, 0);
	UNIT_STR(m->links[2].joins[0].table, "app.why");
	UNIT_STR(m->links[2].tests[0].left.col, "why");
	CU_ASSERT_EQUAL(m->links[2].tests[0].left.at, MAP_JOIN_LINK);
	f = mapping_field(m, "email");
	UNIT_STR(f->place.col, "E Mail");
	CU_ASSERT_EQUAL(f->fold, IDBC_FOLD_LOWER);
	CU_ASSERT_EQUAL(f->also[0].value.fold, IDBC_FOLD_LOWER);
	CU_ASSERT_EQUAL(mapping_field(m, "blocked")->kind, MAP_EXISTS);
	CU_ASSERT_EQUAL(mapping_field(m, "blocked")->where.items[0].value.source, MAP_BOOL);
	CU_ASSERT_EQUAL(mapping_field(m, "email_verified")->type, MAP_FLAG);
	CU_ASSERT_EQUAL(mapping_field(m, "deleted")->sensitive, 1);
	CU_ASSERT_EQUAL(mapping_field(m, "deleted")->yes.items[0].time, MAP_UNIX);
	CU_ASSERT_EQUAL(mapping_field(m, "deleted")->no.items[0].source, MAP_NULL);
	CU_ASSERT_EQUAL(mapping_field(m, "app_metadata.level")->type, MAP_ENUM);
	CU_ASSERT_EQUAL(mapping_field(m, "created_at")->time, MAP_DATETIME);
	CU_ASSERT_EQUAL(mapping_field(m, "last_login")->time, MAP_UNIX_MS);
	CU_ASSERT_EQUAL(mapping_field(m, "logins_count")->type, MAP_INTEGER);
	UNIT_STR(mapping_field(m, "app_metadata.rate")->constant.str, "1.5");
	f = mapping_field(m, "app_metadata.bans");
	CU_ASSERT_EQUAL_FATAL(f->ncols, 4);
	CU_ASSERT(!f->cols[0].table && !f->cols[1].table);
	UNIT_STR(f->cols[2].table, "app.why");
	UNIT_STR(f->cols[3].table, "app.why");
	CU_ASSERT(m->recheck && m->email_shared);
	CU_ASSERT_EQUAL(m->pw_hash.link, 1);
	CU_ASSERT_EQUAL(m->pw_when.link, -1);
	CU_ASSERT_PTR_NULL(m->pw_salt.col);
	CU_ASSERT_EQUAL(m->delete_mode, MAP_DELETE_SOFT);
	CU_ASSERT_EQUAL(m->delete_steps.items[0].where.items[0].value.source, MAP_FIELD);
	mapping_free(m);
}

static void natural_key(void)
{
	struct mapping *m = parse_good("{\"user\":{\"table\":\"u\",\"key\":\"login\","
		"\"id\":\"$username\"},\"profile\":{\"username\":\"login\"},"
		"\"login\":{\"by\":[\"username\"]},\"password\":{\"col\":\"pw\"}}");

	CU_ASSERT_PTR_NOT_NULL(m);
	if (m)
		CU_ASSERT_EQUAL(m->id.source, MAP_FIELD);
	mapping_free(m);
}

/* Policy is the connector's: known here, and left alone. */
static void policy_keys(void)
{
	mapping_free(parse_good("{" WITHOUT_LOGIN ",\"login\":{\"by\":[\"email\"],"
		"\"ambiguous\":\"refuse\",\"require_verified\":false},\"email_unique\":true,"
		"\"create\":{\"required\":[\"email\"],\"self_service\":[\"x\"]}}"));
	mapping_free(parse_good("{" WITHOUT_PASSWORD ",\"password\":{\"col\":\"hash\","
		"\"accept\":[],\"input\":[],\"parse\":\"{hash}\",\"none\":[null],\"write\":{},"
		"\"upgrade\":false}}"));
}

static void nobody_verified(void)
{
	struct keeper k = keeper_new();
	struct mapping *m = parse("{" WITHOUT_LOGIN ",\"login\":{\"by\":[\"email\"],"
		"\"require_verified\":true}}", &k);

	CU_ASSERT_PTR_NOT_NULL(m);
	CU_ASSERT_EQUAL(k.n, 1);
	CU_ASSERT_EQUAL(k.items[0].severity, IDBC_WARNING);
	CU_ASSERT(has(&k, "missing-key", "users.profile.email_verified", "blocks everybody"));
	mapping_free(m);
}

static void near_miss(void)
{
	struct keeper k = keeper_new();
	struct mapping *m = parse(FIELD("\"given_nam\":\"x\""), &k);

	CU_ASSERT_PTR_NOT_NULL(m);
	CU_ASSERT_EQUAL(k.n, 1);
	CU_ASSERT_EQUAL(k.items[0].severity, IDBC_WARNING);
	CU_ASSERT(has(&k, "unknown-field", "users.profile.given_nam", "given_name"));
	mapping_free(m);
}

/* --- raw SQL --- */

static void raw_case(const char *sql, const char *want, const char *names)
{
	char json[2048], got[256] = "";
	struct mapping *m;
	const struct map_raw *raw;

	snprintf(json, sizeof(json), "{" BASE ",\"create\":{\"after\":[\"%s\"]}}", sql);
	m = parse_good(json);
	CU_ASSERT_PTR_NOT_NULL(m);
	if (!m)
		return;
	CU_ASSERT_EQUAL_FATAL(m->create_after.n, 1);
	raw = &m->create_after.items[0].raw;
	UNIT_STR(raw->sql, want);
	for (size_t i = 0; i < raw->nargs; i++) {
		strcat(got, raw->names[i]);
		strcat(got, " ");
	}
	UNIT_STR(got, names);
	mapping_free(m);
}

static void raw_sql(void)
{
	raw_case("SELECT :id,:email", "SELECT ?,?", "id email ");
	raw_case("SELECT :id;", "SELECT ?", "id ");
	raw_case("SELECT :id ; \\n", "SELECT ?  \n", "id ");
	raw_case("SELECT :id::text", "SELECT ?::text", "id ");
	raw_case("SELECT ':id', :id", "SELECT ':id', ?", "id ");
	raw_case("SELECT 'it''s :id?;', :id", "SELECT 'it''s :id?;', ?", "id ");
	raw_case("SELECT 'App\\\\\\\\Models', :id", "SELECT 'App\\\\Models', ?", "id ");
	raw_case("SELECT \\\":id\\\", `:id?`, [:id], :id", "SELECT \":id\", `:id?`, [:id], ?",
		"id ");
	raw_case("SELECT 1 -- :id ?\\n, :id", "SELECT 1 -- :id ?\n, ?", "id ");
	raw_case("SELECT /* :id ; ? */ :username", "SELECT /* :id ; ? */ ?", "username ");
	raw_case("SELECT :id.", "SELECT ?.", "id ");
	raw_case("SET x := :now_unix", "SET x := ?", "now_unix ");
	raw_case("SELECT 4-2/2", "SELECT 4-2/2", "");
}

/* --- names --- */

static void names(void)
{
	char longest[NAME_MAX_BYTES + 2];

	memset(longest, 'a', sizeof(longest));
	longest[NAME_MAX_BYTES + 1] = '\0';
	CU_ASSERT(!name_is_column(longest) && !name_is_table(longest));
	longest[NAME_MAX_BYTES] = '\0';
	CU_ASSERT(name_is_column(longest) && name_is_table(longest));
	CU_ASSERT(name_is_table("a.b") && name_is_table("Kürzel_$1"));
	CU_ASSERT(!name_is_table("a.") && !name_is_table(".b") && !name_is_table("a;b"));
	CU_ASSERT(name_is_table("my-shop.order lines") && !name_is_table("a. b"));
	CU_ASSERT(name_is_column("E Mail") && name_is_column("e-mail"));
	CU_ASSERT(!name_is_column(" a") && !name_is_column("a ") && !name_is_column("a.b"));
	CU_ASSERT(!name_is_column("a\"b") && !name_is_column("a\\b") && !name_is_column("a:b"));
	CU_ASSERT(!name_is_column("a\nb") && !name_is_column("a\xc2\x85" "b"));
	CU_ASSERT(!name_is_column("a]b") && !name_is_column("a`b") && !name_is_column("a;b"));
	CU_ASSERT(name_is_field("app_metadata.a-b") && !name_is_field("a..b"));
	CU_ASSERT(!name_is_field("") && !name_is_field("a.") && !name_is_field("1a"));
}

/* Every text cut short is refused, never read beyond its end. */
static void cut_short(void)
{
	static const char whole[] = "{" BASE ",\"create\":{\"after\":[\"SELECT :id\"]}}";

	for (size_t len = 0; len + 1 < sizeof(whole) - 1; len++) {
		char *copy = malloc(len ? len : 1);
		struct idbc_str text = { copy, len };
		struct idbc_error err = IDBC_ERROR_INIT;
		struct keeper k = keeper_new();
		struct mapping *m = NULL;

		memcpy(copy, whole, len);
		CU_ASSERT_EQUAL(mapping_parse(&text, &k.sink, &m, &err), IDBC_CONFIG);
		CU_ASSERT_PTR_NULL(m);
		free(copy);
	}
}

static const struct unit_test tests[] = {
	{ "each mistake gives its finding", each_mistake },
	{ "all mistakes in one go", all_in_one_go },
	{ "the wordpress mapping", wordpress },
	{ "the django mapping", django },
	{ "the redmine mapping", redmine },
	{ "the laravel mapping", laravel },
	{ "the mapping of our own schema", own_schema },
	{ "all other forms", forms },
	{ "a natural key", natural_key },
	{ "policy keys are left alone", policy_keys },
	{ "nobody verified", nobody_verified }, { "an extra field near a normalised one", near_miss },
	{ "raw SQL", raw_sql },
	{ "names", names },
	{ "a mapping cut short", cut_short },
};
UNIT_MAIN("sql_mapping", tests)
