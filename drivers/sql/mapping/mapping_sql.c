/* drivers/sql/mapping/mapping_sql.c - users.sql: operations in SQL of the author's own.
 *
 * Each operation has its own parameters: one that could never hold a value is a mistake.
 * What a mapping may leave out where every operation is written here is decided here, too.
 * Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"
#include "sql/base/names.h"

#include <stdio.h>
#include <string.h>

/* One that an operation never has a value for is NULL there; but none without a new
 * password may write one. */
#define KNOWN "login", "id", "user_id", "new_email", "now", "now_unix"
#define ASKED KNOWN, "email", "username", "phone_number"

static const char *const read_names[] = { ASKED, NULL };
static const char *const create_names[] = { KNOWN, "password_hash", "salt", NULL };
static const char *const user_names[] = { KNOWN, NULL };
static const char *const verify_names[] = { KNOWN, "verified", NULL };
static const char *const password_names[] = { KNOWN, "password_hash", "salt", NULL };
static const char *const email_names[] = { KNOWN, "verified", NULL };

static const struct operation {
	const char *name;
	const char *const *names;
	int fields;                     /* as raw_scope has it */
} operations[MAP_OPERATIONS + 1] = {
	[MAP_LOGIN] = { "login", read_names, -1 },
	[MAP_GET_USER] = { "getUser", read_names, -1 },
	[MAP_CREATE] = { "create", create_names, 1 },
	[MAP_VERIFY] = { "verify", verify_names, 1 },
	[MAP_CHANGE_PASSWORD] = { "changePassword", password_names, 1 },
	[MAP_DELETE_USER] = { "deleteUser", user_names, 1 },
	[MAP_CHANGE_EMAIL] = { "changeEmail", email_names, 1 },
};

/* --- what there is ------------------------------------------------------------------- */

int parse_has_sql(const struct parse *p, const char *operation)
{
	const json_t *sql = json_object_get(p->root, "sql");

	return operation ? json_object_get(sql, operation) != NULL : json_object_size(sql) != 0;
}

int mapping_has_sql(const struct mapping *m, uint32_t operation)
{
	return m->sql[operation].n != 0;
}

int mapping_sql_names(const struct map_sql *sql, const char *parameter)
{
	for (size_t i = 0; i < sql->n; i++)
		for (size_t j = 0; j < sql->steps[i].raw.nargs; j++)
			if (!strcmp(sql->steps[i].raw.names[j], parameter))
				return 1;
	return 0;
}

static int has_any(const json_t *object, const char *const *keys)
{
	for (; *keys; keys++)
		if (json_object_get(object, *keys))
			return 1;
	return 0;
}

int parse_needs_table(const struct parse *p)
{
	static const char *const user[] = { "table", "key", "where", "insert", "update", NULL };
	static const char *const password[] = { "col", "salt", "when", "set", NULL };
	static const char *const parts[] = { "links", "after", "delete", NULL };
	const char *name;
	json_t *field;

	if (!parse_has_sql(p, "login") || !parse_has_sql(p, "getUser") ||
	    has_any(p->root, parts) || has_any(json_object_get(p->root, "user"), user) ||
	    has_any(json_object_get(p->root, "password"), password) ||
	    json_object_get(json_object_get(p->root, "login"), "touch") ||
	    json_object_get(json_object_get(p->root, "login"), "failed") ||
	    json_is_object(json_object_get(json_object_get(p->root, "user"), "id")))
		return 1;
	json_object_foreach(p->profile, name, field)
		if (!json_object_get(field, "const") && !json_object_get(field, "template"))
			return 1;
	return 0;
}

/* --- steps --------------------------------------------------------------------------- */

struct steps {
	struct parse *p;
	const struct operation *operation;
	struct map_sql *out;
	const char **lets;
	size_t nlets;
};

/* A name of its own: not a parameter's, not a field's; "id" is what create is to say. */
static int let_is_free(struct steps *s, const char *name)
{
	const struct raw_scope scope = { s->operation->names, s->operation->fields, s->lets,
					 s->nlets };

	if (s->operation == &operations[MAP_CREATE] && !strcmp(name, "id"))
		return parse_in(name, s->lets) < 0;
	return !raw_knows(s->p, &scope, name);
}

static void step_let(struct steps *s, const json_t *json, const char *key,
	struct map_sql_step *step)
{
	const char *at = parse_key(s->p, key, "let");
	const char *name = parse_string(s->p, json, key, "let");

	if (!name)
		return;
	if (!name_is_word(name))
		parse_bad(s->p, "bad-identifier", at, "expected a name of letters, digits and _");
	else if (!let_is_free(s, name))
		parse_bad(s->p, "bad-value", at, "\":%.64s\" has a value already", name);
	else
		step->let = arena_dup(s->p->arena, name, strlen(name));
}

static void step_expect(struct parse *p, const json_t *json, const char *key,
	struct map_sql_step *step)
{
	static const char *const words[] = { "1", "0..1", NULL };
	int one = json_is_integer(json_object_get(json, "expect")) &&
		  json_integer_value(json_object_get(json, "expect")) == 1;
	const char *text = one ? "1" : parse_string(p, json, key, "expect");
	int i = text ? parse_in(text, words) : -1;

	step->expect = i < 0 ? MAP_EXPECT_ANY : i ? MAP_EXPECT_NONE_OR_ONE : MAP_EXPECT_ONE;
	if (text && i < 0)
		parse_bad(p, "bad-value", parse_key(p, key, "expect"),
			"expected \"1\" or \"0..1\"");
}

/* A name with a dot is one word to the database between quotes only. */
static void check_aliases(struct parse *p, const char *text, const char *key)
{
	static const char *const bags[] = { " AS app_metadata.", " AS user_metadata." };

	for (; *text; text++)
		for (int i = 0; i < 2; i++)
			if (ascii_begins(text, bags[i])) {
				parse_bad(p, "bad-sql", key, "a name with a dot needs quotes: AS "
					"\"%s...\"", bags[i] + 4);
				return;
			}
}

/* A string, or an object with what is to be kept and how many rows there must be. */
static int one_step(struct steps *s, const json_t *json, const char *key,
	struct map_sql_step *step)
{
	static const char *const known[] = { "sql", "let", "expect", NULL };
	const struct raw_scope scope = { s->operation->names, s->operation->fields, s->lets,
					 s->nlets };
	const char *text = json_string_value(json);

	memset(step, 0, sizeof(*step));
	if (json_is_object(json)) {
		parse_known(s->p, json, key, known);
		text = parse_string(s->p, json, key, "sql");
		if (!json_object_get(json, "sql"))
			parse_bad(s->p, "missing-key", parse_key(s->p, key, "sql"),
				"expected a statement");
		step_let(s, json, key, step);
		step_expect(s->p, json, key, step);
	} else if (!text) {
		parse_bad(s->p, "wrong-type", key, "expected SQL, or an object with \"sql\"");
	}
	if (text)
		check_aliases(s->p, text, key);
	return text && parse_raw_in(s->p, &scope, text, key, &step->raw);
}

/* The last step of a read is the one that answers. */
static void check_read(struct parse *p, const struct map_sql *sql)
{
	if (sql->n && sql->steps[sql->n - 1].let)
		parse_bad(p, "bad-combination", sql->steps[sql->n - 1].raw.key,
			"the last step of a read answers with the user and keeps no value");
}

static void parse_steps(struct parse *p, uint32_t index, const json_t *json)
{
	struct steps s = { .p = p, .operation = &operations[index], .out = &p->m->sql[index] };
	int list = json_is_array(json);
	size_t count = list ? json_array_size(json) : 1;

	s.out->key = parse_key(p, "users.sql", s.operation->name);
	s.out->steps = parse_items(p, count, sizeof(*s.out->steps));
	s.lets = parse_items(p, count + 1, sizeof(*s.lets));
	if (!count)
		parse_bad(p, "missing-key", s.out->key, "expected at least one statement");
	for (size_t i = 0; s.out->steps && s.lets && i < count; i++) {
		struct map_sql_step *step = &s.out->steps[s.out->n];
		const char *key = list ? parse_at(p, s.out->key, i) : s.out->key;

		if (!one_step(&s, list ? json_array_get(json, i) : json, key, step))
			continue;
		if (step->let)
			s.lets[s.nlets++] = step->let;
		s.out->n++;
	}
	if (index == MAP_LOGIN || index == MAP_GET_USER)
		check_read(p, s.out);
}

/* --- beside the steps ---------------------------------------------------------------- */

/* Folds of identifiers: of the mapped field, else of users.lookup, else the default. */
static void parse_folds(struct parse *p)
{
	const json_t *lookup = json_object_get(p->root, "lookup");
	struct mapping *m = p->m;

	for (uint32_t by = IDBC_BY_EMAIL; by <= IDBC_BY_PHONE; by++) {
		const char *name = mapping_by_field(by);
		const struct map_field *f = mapping_field(m, name);
		const char *text = json_string_value(
			json_object_get(json_object_get(lookup, name), "fold"));

		m->fold[by] = f ? f->fold : by == IDBC_BY_EMAIL ? IDBC_FOLD_LOWER_BOTH : IDBC_FOLD_NONE;
		if (!f && text)
			parse_fold_name(text, &m->fold[by]);
	}
}

static void warn_replaced(struct parse *p, uint32_t index, const char *section,
	const char *name)
{
	const json_t *parent = json_object_get(p->root, section);

	if (mapping_has_sql(p->m, index) && (name ? json_object_get(parent, name) : parent))
		parse_warn(p, "bad-combination", p->m->sql[index].key,
			"it is the whole operation: users.%s%s%s is not done", section,
			name ? "." : "", name ? name : "");
}

static void parse_warnings(struct parse *p)
{
	const struct mapping *m = p->m;
	int login = mapping_has_sql(m, MAP_LOGIN), get = mapping_has_sql(m, MAP_GET_USER);

	if (login != get)
		parse_warn(p, "bad-combination", m->sql[login ? MAP_LOGIN : MAP_GET_USER].key,
			"%s reads by the mapping: a user's profile may differ between the two",
			login ? "getUser" : "login");
	if (get && !m->table && !mapping_sql_names(&m->sql[MAP_GET_USER], "id") &&
	    !mapping_sql_names(&m->sql[MAP_GET_USER], "user_id"))
		parse_warn(p, "bad-parameter", m->sql[MAP_GET_USER].key,
			"no step names :id: nobody is found by his user_id");
	warn_replaced(p, MAP_CREATE, "create", "after");
	warn_replaced(p, MAP_CHANGE_PASSWORD, "after", "changePassword");
	warn_replaced(p, MAP_CHANGE_EMAIL, "after", "changeEmail");
	warn_replaced(p, MAP_DELETE_USER, "delete", NULL);
}

void parse_sql(struct parse *p)
{
	json_t *sql = parse_object(p, p->root, "users", "sql");
	const char *names[MAP_OPERATIONS + 1] = { NULL };

	for (uint32_t i = 0; i < MAP_OPERATIONS; i++)
		names[i] = operations[i].name;
	parse_known(p, sql, "users.sql", names);
	for (uint32_t i = 0; i < MAP_OPERATIONS; i++)
		if (json_object_get(sql, names[i]))
			parse_steps(p, i, json_object_get(sql, names[i]));
	parse_folds(p);
	parse_warnings(p);
}

/* --- what a connection's operations need ----------------------------------------------- */

static int missing(struct idbc_findings *findings, struct idbc_error *err, uint32_t operation,
	const char *key, const char *what)
{
	char text[160];

	snprintf(text, sizeof(text), "expected %s: %s is not in SQL of its own", what,
		operations[operation].name);
	if (findings)
		findings->add(findings, IDBC_ERROR, "missing-key", key, text, "");
	err->status = IDBC_CONFIG;
	snprintf(err->code, sizeof(err->code), "missing-key");
	snprintf(err->text, sizeof(err->text), "%s: %s", key, text);
	return IDBC_CONFIG;
}

int mapping_suits(const struct mapping *m, uint32_t enabled, struct idbc_findings *findings,
	struct idbc_error *err)
{
	static const uint32_t hashing[] = { MAP_LOGIN, MAP_CREATE, MAP_CHANGE_PASSWORD };

	for (uint32_t i = 0; !m->table && i < MAP_OPERATIONS; i++)
		if ((enabled & 1u << i) && !mapping_has_sql(m, i))
			return missing(findings, err, i, "users.user.table",
				"the table of the users");
	for (uint32_t i = 0; !mapping_has(&m->pw_hash) && i < 3; i++)
		if ((enabled & 1u << hashing[i]) && !mapping_has_sql(m, hashing[i]))
			return missing(findings, err, hashing[i], "users.password.col",
				"the column of the stored password");
	return IDBC_OK;
}
