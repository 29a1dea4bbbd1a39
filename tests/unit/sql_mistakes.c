/* tests/unit/sql_mistakes.c - mappings that write one column twice, name what is no name,
 * or hang in a circle: each mistake alone gives its one finding with its key, and all of
 * them in one file are told in one go.
 */
#include "unit.h"
#include "sql/mapping/mapping.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- a sink that keeps what it is told --- */

struct told { uint32_t severity; char code[32], key[128], text[256]; };
struct keeper {
	struct idbc_findings sink;
	struct told items[256];
	size_t n;
};

static int keep(struct idbc_findings *sink, uint32_t severity, const char *code,
	const char *key, const char *text, const char *remedy)
{
	struct keeper *k = (struct keeper *)sink;
	struct told *told = &k->items[k->n];

	(void)remedy;
	if (k->n == 256)
		return -1;
	told->severity = severity;
	snprintf(told->code, sizeof(told->code), "%s", code);
	snprintf(told->key, sizeof(told->key), "%s", key);
	snprintf(told->text, sizeof(told->text), "%s", text);
	k->n++;
	return 0;
}

static const struct told *find(const struct keeper *k, const char *code, const char *key,
	const char *part)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->items[i].code, code) && !strcmp(k->items[i].key, key) &&
		    strstr(k->items[i].text, part))
			return &k->items[i];
	return NULL;
}

static struct keeper judge(json_t *users)
{
	struct keeper k = { .sink = { sizeof(struct idbc_findings), 0, keep } };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct mapping *m = NULL;
	char *text = json_dumps(users, 0);
	struct idbc_str str = { text, strlen(text) };
	int rc = mapping_parse(&str, &k.sink, &m, &err);

	CU_ASSERT_EQUAL(rc == IDBC_OK, k.n == 0);
	CU_ASSERT(rc == IDBC_OK || rc == IDBC_CONFIG);
	mapping_free(m);
	free(text);
	return k;
}

/* --- a mapping without a mistake, and one thing changed in it --- */

static const char good[] =
	"{'vars':{'p':'app_','q':''},"
	"'user':{'table':'people','key':'id','where':{'kind':1},'insert':{'made':'$now','nick':''},"
	"'update':{'seen':'$now'}},"
	"'links':{'addr':{'table':'addresses','on':{'uid':'@id'},'where':{'main':1},"
	"'id':{'aid':'$uuid'},'insert':{'stamp':'$now'},'update':{'stamp':'$now'}},"
	"'zip':{'table':'zips','of':'addr','on':{'code':'@addr.zip'}},"
	"'meta':{'table':'meta','as':'eav','on':{'uid':'@id'},'name':'k','value':'v',"
	"'names':{'Phone':1}},"
	"'roles':{'table':'user_roles','as':'many','on':{'uid':'@id'},"
	"'join':{'roles':'roles.id = @role'}}},"
	"'profile':{'username':{'col':'login','also':{'login_low':'$username:lower'}},"
	"'email':{'col':'mail','mirror':['addr.mail']},'nickname':'nick',"
	"'phone_number':'meta[Phone]'},"
	"'login':{'by':['username','email'],'touch':{'last':'$now'}},"
	"'password':{'col':'hash','salt':'salt','set':{'tok':''}},"
	"'delete':{'mode':'soft','set':{'kind':2}}}";

static json_t *parsed(const char *text)
{
	char *copy = strdup(text);
	json_t *json;

	for (char *at = copy; *at; at++)
		if (*at == '\'')
			*at = '"';
	json = json_loads(copy, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	free(copy);
	return json;
}

/* "links/addr/on": members are made on the way; steps apart by '/'. */
static void put(json_t *root, const char *path, json_t *value)
{
	char *copy = strdup(path), *rest = NULL, *step = strtok_r(copy, "/", &rest), *next;

	for (; (next = strtok_r(NULL, "/", &rest)); step = next) {
		if (!json_is_object(json_object_get(root, step)))
			json_object_set_new(root, step, json_object());
		root = json_object_get(root, step);
	}
	json_object_set_new(root, step, value);
	free(copy);
}

static const struct mistake {
	const char *path, *value, *code, *key, *part;
} mistakes[] = {
	/* the key has a maker of its own */
	{ "user/insert/id", "'$uuid'", "two-fields-one-column", "users.user.insert.id", "the key" },
	{ "user/update/ID", "7", "two-fields-one-column", "users.user.update.ID", "the key" },
	{ "user/where/id", "7", "two-fields-one-column", "users.user.where.id", "the key" },
	{ "login/touch/id", "7", "two-fields-one-column", "users.login.touch.id", "the key" },
	{ "password/set/id", "7", "two-fields-one-column", "users.password.set.id", "the key" },
	{ "delete/set/id", "7", "two-fields-one-column", "users.delete.set.id", "the key" },
	{ "profile/username/also/id", "7", "two-fields-one-column",
		"users.profile.username.also.id", "the key" },
	{ "profile/email/mirror", "['id']", "two-fields-one-column", "users.profile.email", "key" },
	/* so has the credential */
	{ "user/update/hash", "''", "two-fields-one-column", "users.user.update.hash", "password" },
	{ "user/update/Salt", "''", "two-fields-one-column", "users.user.update.Salt", "salt" },
	{ "login/touch/hash", "''", "two-fields-one-column", "users.login.touch.hash", "password" },
	{ "password/set/hash", "''", "two-fields-one-column", "users.password.set.hash",
		"password" },
	{ "profile/username/also/hash", "''", "two-fields-one-column",
		"users.profile.username.also.hash", "password" },
	{ "password/salt", "'HASH'", "two-fields-one-column", "users.password.salt", "itself" },
	/* and who logs in */
	{ "user/update/login", "'$token:9'", "two-fields-one-column", "users.user.update.login",
		"log in with" },
	{ "login/touch/mail", "''", "two-fields-one-column", "users.login.touch.mail",
		"log in with" },
	{ "password/set/LOGIN", "''", "two-fields-one-column", "users.password.set.LOGIN",
		"log in with" },
	/* failed attempts */
	{ "login/failed", "{'counts':'n'}", "unknown-key",
		"users.login.failed.counts", "count" },
	{ "login/failed", "{'count':'addr.n'}", "unsupported",
		"users.login.failed.count", "own table" },
	{ "login/failed", "{'count':7}", "wrong-type", "users.login.failed.count", "string" },
	{ "login/failed", "{'count':{'time':'unix'}}", "unknown-key",
		"users.login.failed.count.time", "time" },
	{ "login/failed", "{'last':{'time':'unix'}}", "missing-key",
		"users.login.failed.last.col", "column" },
	{ "login/failed", "{'last':{'col':'t','time':'date'}}", "bad-value",
		"users.login.failed.last.time", "unix" },
	{ "login/failed", "{'max':5}", "missing-key", "users.login.failed.count", "maximum" },
	{ "login/failed", "{'count':'n','max':0}", "out-of-range",
		"users.login.failed.max", "1 to" },
	{ "login/failed", "{'count':'n','max':'5'}", "wrong-type",
		"users.login.failed.max", "integer" },
	{ "login/failed", "{'count':'n','window_s':5}", "missing-key",
		"users.login.failed.last", "counts from" },
	{ "login/failed", "{'count':'n','max':5,'lock_s':5}", "missing-key",
		"users.login.failed.locked_until", "ends or began" },
	{ "login/failed", "{'locked_until':'a','locked_at':'b'}", "bad-combination",
		"users.login.failed.locked_at", "end or its beginning" },
	{ "login/failed", "{'count':'ID'}", "two-fields-one-column",
		"users.login.failed.ID", "key" },
	{ "login/failed", "{'count':'salt'}", "two-fields-one-column",
		"users.login.failed.salt", "salt" },
	{ "login/failed", "{'count':'n','locked_until':'N'}", "two-fields-one-column",
		"users.login.failed.n", "twice" },
	{ "login/failed", "{'last':'last'}", "two-fields-one-column",
		"users.login.touch.last", "sets back" },
	/* constants */
	{ "user/insert/kind", "3", "two-fields-one-column", "users.user.insert.kind",
		"users.user.where" },
	{ "user/insert/MADE", "1", "two-fields-one-column", "users.user.insert.MADE", "twice" },
	{ "user/insert/${q}made", "1", "two-fields-one-column", "users.user.insert.${q}made",
		"twice" },
	/* two fields */
	{ "profile/name", "'Nick'", "two-fields-one-column", "users.profile.name", "nickname" },
	{ "profile/name", "{'col':'x','mirror':'nick'}", "two-fields-one-column",
		"users.profile.name", "nickname" },
	{ "profile/name", "'addr.mail'", "two-fields-one-column", "users.profile.name", "email" },
	{ "profile/name", "'meta[1]'", "two-fields-one-column", "users.profile.name",
		"phone_number" },
	{ "profile/name", "'login_low'", "two-fields-one-column",
		"users.profile.username.also.login_low", "by a field" },
	{ "profile/username/also/login", "'x'", "two-fields-one-column",
		"users.profile.username.also.login", "by a field" },
	{ "profile/name", "{'col':'x','also':{'Login_Low':'y'}}", "two-fields-one-column",
		"users.profile.name.also.Login_Low", "another field" },
	/* links */
	{ "links/addr/insert/uid", "1", "two-fields-one-column", "users.links.addr.insert.uid",
		"\"on\"" },
	{ "links/addr/update/uid", "1", "two-fields-one-column", "users.links.addr.update.uid",
		"\"on\"" },
	{ "links/addr/where/uid", "1", "two-fields-one-column", "users.links.addr.where.uid",
		"\"on\"" },
	{ "links/addr/insert/main", "1", "two-fields-one-column", "users.links.addr.insert.main",
		"\"where\"" },
	{ "links/addr/update/Main", "0", "two-fields-one-column", "users.links.addr.update.Main",
		"\"where\"" },
	{ "links/addr/insert/aid", "1", "two-fields-one-column", "users.links.addr.insert.aid",
		"\"id\"" },
	{ "links/addr/on/aid", "'@ref'", "two-fields-one-column", "users.links.addr.on.aid",
		"\"id\"" },
	{ "links/meta/insert/k", "1", "two-fields-one-column", "users.links.meta.insert.k",
		"names" },
	{ "links/meta/update/v", "1", "two-fields-one-column", "users.links.meta.update.v",
		"values" },
	{ "profile/name", "'addr.uid'", "two-fields-one-column", "users.profile.name", "whose row" },
	{ "profile/name", "'addr.main'", "two-fields-one-column", "users.profile.name",
		"whose row" },
	{ "profile/name", "'addr.aid'", "two-fields-one-column", "users.profile.name", "\"id\"" },
	{ "profile/email/mirror", "['addr.UID']", "two-fields-one-column",
		"users.profile.email.mirror", "whose row" },
	{ "profile/name", "{'col':'addr.n','also':{'main':0}}", "two-fields-one-column",
		"users.profile.name.also", "whose row" },
	{ "links/addr2", "{'table':'addresses','on':{'UID':'@id'},'where':{'main':1}}",
		"two-fields-one-column", "users.links.addr2", "\"addr\"" },
	{ "links/self", "{'table':'people','on':{'id':'@id'}}", "two-fields-one-column",
		"users.links.self", "users' own" },
	/* circles */
	{ "links/addr/of", "'zip'", "link-cycle", "users.links.addr.of", "circle" },
	{ "links/zip/of", "'zip'", "link-cycle", "users.links.zip.of", "circle" },
	/* names */
	{ "user/table", "'peo\\\"ple'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'peo\\u0027ple'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'peo`ple'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'peo[ple]'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'peo\\nple'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'peo\\u0085ple'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'a.b.c'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'.people'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'people.'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "''", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "' people'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'people;'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'people/*'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'people AS u, passwords'", "bad-identifier", "users.user.table",
		"table name" },
	{ "user/table", "'${p}people\\\"'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'${q}'", "bad-identifier", "users.user.table", "table name" },
	{ "user/table", "'${}people'", "bad-reference", "users.user.table", "variable" },
	{ "user/table", "'${P}people'", "bad-reference", "users.user.table", "did you mean \"p\"" },
	{ "user/table", "'${p'", "bad-reference", "users.user.table", "without" },
	{ "user/table", "'${${p}}people'", "bad-reference", "users.user.table", "variable" },
	{ "user/key", "'a.id'", "bad-identifier", "users.user.key", "column name" },
	{ "user/key", "'id\\u0000'", "syntax", "users", "NUL" },
	{ "user/key", "'i\\u200d\\u0007d'", "bad-identifier", "users.user.key", "column name" },
	{ "user/key", "'a1234567890123456789012345678901234567890123456789012345678901234'",
		"bad-identifier", "users.user.key", "64 bytes" },
	{ "user/key", "'a123456789012345678901234567890123456789012345678901234567890${p}'",
		"bad-identifier", "users.user.key", "64 bytes" },
	{ "vars/r", "'a;b'", "bad-identifier", "users.vars.r", "letters" },
	{ "vars/r", "'a\\nb'", "bad-identifier", "users.vars.r", "letters" },
	{ "vars/r", "'${p}'", "bad-identifier", "users.vars.r", "letters" },
	{ "vars/r", "'${r}'", "bad-identifier", "users.vars.r", "letters" },
	{ "vars/r s", "'x'", "bad-identifier", "users.vars.r s", "letters" },
	{ "vars/r", "['x']", "wrong-type", "users.vars.r", "string" },
	{ "profile/name", "'a\\\"; DROP TABLE people; --'", "bad-identifier", "users.profile.name",
		"column name" },
	{ "profile/name", "'meta[a\\u0001]'", "bad-reference", "users.profile.name", "between" },
	{ "profile/name", "'meta[a'", "bad-reference", "users.profile.name", "meta[name]" },
	{ "profile/name", "'addr.a.b'", "bad-identifier", "users.profile.name", "column name" },
	{ "links/roles/join/roles", "'roles.id = @role OR 1=1'", "bad-sql",
		"users.links.roles.join.roles", "joined by AND" },
	{ "links/roles/join/roles", "'roles.id = 1'", "bad-reference", "users.links.roles.join.roles",
		"nothing ties" },
	{ "links/roles/join/roles", "'roles.id = @role AND 1 = 1'", "bad-sql", "users.links.roles.join.roles",
		"joined by AND" },
	{ "links/roles/join/roles", "'roles.id = @role AND roles.on = NULL'", "bad-sql", "users.links.roles.join.roles",
		"IS NULL" },
	{ "links/roles/join/roles", "'roles.id = @role AND roles.n LIKE 1'", "bad-sql", "users.links.roles.join.roles",
		"joined by AND" },
	{ "links/roles/join/roles", "'roles.id = @role AND roles.n = 1; DROP TABLE x'", "bad-sql",
	  "users.links.roles.join.roles",
		"joined by AND" },
	{ "links/roles/join/roles", "'roles.id = @role AND'", "bad-sql", "users.links.roles.join.roles",
		"joined by AND" },
	{ "links/roles/join/roles", "'roles.id = @role AND roles.n = \\u0027a'", "bad-sql",
	  "users.links.roles.join.roles",
		"joined by AND" },
	{ "links/roles/join/roles", "'roles.id = @role -- x'", "bad-sql", "users.links.roles.join.roles",
		"joined by AND" },
	{ "links/roles/join/roles", "'roles.id <> @role'", "bad-reference", "users.links.roles.join.roles",
		"nothing ties" },
	{ "links/roles/join/roles", "'@role = t.id'", "bad-reference", "users.links.roles.join.roles",
		"one side" },
	{ "links/roles/join/roles", "'roles.id = (SELECT 1)'", "bad-sql", "users.links.roles.join.roles",
		"joined by AND" },
	{ "links/addr/order", "'n DESC, (SELECT 1)'", "bad-identifier", "users.links.addr.order",
		"column name" },
	/* references to nothing */
	{ "links/addr/on/uid", "'@none.id'", "bad-reference", "users.links.addr.on.uid", "none" },
	{ "user/insert/a", "'$nickname:shout'", "bad-value", "users.user.insert.a", "fold" },
	{ "user/insert/a", "'$nobody'", "bad-reference", "users.user.insert.a", "nobody" },
	{ "create/required", "['emial']", "bad-reference", "users.create.required[0]",
		"did you mean \"email\"" },
	{ "create/unique", "['emial']", "bad-reference", "users.create.unique[0]", "email" },
	{ "create/links", "['adr']", "bad-reference", "users.create.links[0]", "addr" },
	{ "create/after", "['DELETE FROM x WHERE id = :idd']", "bad-parameter",
		"users.create.after[0]", "idd" },
	{ "delete/steps", "[{'delete':'x','where':{'a':'@b.c'}}]", "bad-reference",
		"users.delete.steps[0].where.a", "unknown link" },
};
#define NMISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

static void show(const char *what, const struct keeper *k)
{
	fprintf(stderr, "%s:\n", what);
	for (size_t i = 0; i < k->n; i++)
		fprintf(stderr, "  [%s] %s: %s\n", k->items[i].code, k->items[i].key,
			k->items[i].text);
}

static void test_good(void)
{
	json_t *users = parsed(good);
	struct keeper k = judge(users);

	CU_ASSERT_EQUAL(k.n, 0);
	if (k.n)
		show("the mapping without a mistake", &k);
	json_decref(users);
}

/* Others may follow from a mistake, but it is told, and nothing opens. */
static void test_each(void)
{
	for (size_t i = 0; i < NMISTAKES; i++) {
		const struct mistake *m = &mistakes[i];
		json_t *users = parsed(good);
		struct keeper k;
		const struct told *told;

		put(users, m->path, parsed(m->value));
		k = judge(users);
		told = find(&k, m->code, m->key, m->part);
		CU_ASSERT_PTR_NOT_NULL(told);
		CU_ASSERT(!told || told->severity == IDBC_ERROR);
		if (!told) {
			fprintf(stderr, "%s = %s, wanted [%s] %s: %s\n", m->path, m->value, m->code,
				m->key, m->part);
			show("got", &k);
		}
		json_decref(users);
	}
}

/* What others are told by: with these wrong, they are not known to be mistakes. */
static int hides_others(const struct mistake *m)
{
	static const char *const paths[] = { "user/key", "password/salt", "links/zip/of",
		"links/addr/of", "links/addr/on/uid", "links/addr/on/aid", "links/addr/where/uid",
		"links/self" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!strcmp(m->path, paths[i]))
			return 1;
	return !strcmp(m->code, "syntax");
}

/* Every mistake that can stand beside the ones before it, in one file. */
static void test_all_at_once(void)
{
	json_t *users = parsed(good);
	size_t taken[NMISTAKES], n = 0;
	struct keeper k;

	for (size_t i = 0; i < NMISTAKES; i++) {
		const struct mistake *m = &mistakes[i];
		int clear = !hides_others(m);

		for (size_t j = 0; clear && j < n; j++)
			clear = strcmp(mistakes[taken[j]].path, m->path) != 0;
		if (!clear)
			continue;
		put(users, m->path, parsed(m->value));
		taken[n++] = i;
	}
	k = judge(users);
	CU_ASSERT(n > 30);
	for (size_t j = 0; j < n; j++) {
		const struct mistake *m = &mistakes[taken[j]];

		CU_ASSERT_PTR_NOT_NULL(find(&k, m->code, m->key, m->part));
		if (!find(&k, m->code, m->key, m->part))
			fprintf(stderr, "not told: [%s] %s: %s\n", m->code, m->key, m->part);
	}
	json_decref(users);
}

/* `names` may name some keys only; what is near one of them, or no number among numbers, is
 * a slip. */
static void partial_names(void)
{
	static const struct { const char *names, *place, *stored; } rows[] = {
		{ "{\"first\":\"first_name\"}", "m[first]", "first_name" },
		{ "{\"first\":\"first_name\"}", "m[last_login]", "last_login" },
		{ "{\"first\":\"first_name\"}", "m[frist]", NULL },
		{ "{\"first\":10}", "m[last_login]", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct keeper k = { .sink = { sizeof(struct idbc_findings), 0, keep } };
		struct idbc_error err = IDBC_ERROR_INIT;
		struct mapping *m = NULL;
		struct idbc_str str;
		char json[512];

		snprintf(json, sizeof(json),
			 "{\"user\":{\"table\":\"t\",\"key\":\"id\"},\"links\":{\"m\":{\"table\":\"e\","
			 "\"as\":\"eav\",\"on\":{\"u\":\"@id\"},\"name\":\"n\",\"value\":\"v\",\"names\":%s}},"
			 "\"profile\":{\"email\":\"mail\",\"nick\":\"%s\"},\"login\":{\"by\":[\"email\"]},"
			 "\"password\":{\"col\":\"pw\"}}", rows[i].names, rows[i].place);
		str = (struct idbc_str){ json, strlen(json) };
		mapping_parse(&str, &k.sink, &m, &err);
		CU_ASSERT_EQUAL(m != NULL, rows[i].stored != NULL);
		if (m && rows[i].stored)
			UNIT_STR(mapping_field(m, "nick")->place.eav, rows[i].stored);
		mapping_free(m);
	}
}

static const struct unit_test tests[] = {
	{ "good", test_good },
	{ "each-mistake", test_each },
	{ "all-at-once", test_all_at_once },
	{ "names-of-some-keys", partial_names },
};
UNIT_MAIN("sql_mistakes", tests)
