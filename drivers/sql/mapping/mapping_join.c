/* drivers/sql/mapping/mapping_join.c - "join" of a link "as": "many": which further tables its
 * rows are shown with, and how they hang together.
 *
 * A condition is comparisons joined by AND.  Nothing of its text reaches SQL: columns are
 * names, constants are bound.  Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"

#include <stdlib.h>
#include <string.h>

#define ALLOWED "expected comparisons joined by AND, such as \"groups.id = @group_id AND " \
	"groups.active = 1\": columns, numbers and 'text', with =, <>, <, <=, >, >=, IS NULL, " \
	"IS NOT NULL"

struct condition {
	struct parse *p;
	struct map_link *link;
	int32_t of;                     /* the join that it was written for */
	const char *key;
};

struct operand {
	int is_value;
	struct map_join_side side;
	struct map_value value;
};

static int refuse(struct condition *c, const char *code, const char *text)
{
	parse_bad(c->p, code, c->key, "%s", text);
	return 0;
}

static char *trimmed(struct parse *p, const char *from, const char *to)
{
	while (from < to && ascii_is_blank(*from))
		from++;
	while (from < to && ascii_is_blank(to[-1]))
		to--;
	return arena_dup(p->arena, from, (size_t)(to - from));
}

/* The word stands at `at`, between blanks, brackets or ends. */
static int is_word(const char *begin, const char *at, const char *word)
{
	size_t len = strlen(word);

	return (at == begin || ascii_is_blank(at[-1])) && ascii_begins(at, word) &&
	       (!at[len] || ascii_is_blank(at[len]) || strchr("(='@", at[len]));
}

/* Behind the quote that opens at `at`; NULL: it is not closed. */
static const char *past_quote(const char *at)
{
	for (const char *p = at + 1; *p; p++) {
		if (*p != *at)
			continue;
		if (p[1] != *at)
			return p + 1;
		p++;
	}
	return NULL;
}

/* --- tables and columns --- */

/* "table" or, of "schema.table", either. */
static int is_table(const char *name, const char *table)
{
	const char *bare = table ? strchr(table, '.') : NULL;

	return table && (!strcmp(name, table) || (bare && !strcmp(name, bare + 1)));
}

/* The join's own table first: a table may be joined with itself. */
static int find_table(const struct condition *c, const char *name, int32_t *at)
{
	const struct mapping *m = c->p->m;

	*at = c->of;
	if (is_table(name, c->link->joins[c->of].table))
		return 1;
	for (size_t i = 0; i < c->link->njoins; i++)
		if (is_table(name, c->link->joins[i].table)) {
			*at = (int32_t)i;
			return 1;
		}
	*at = MAP_JOIN_LINK;
	if (!strcmp(name, "t") || is_table(name, c->link->table))
		return 1;
	*at = MAP_JOIN_USER;
	return !strcmp(name, "u") || is_table(name, m->table);
}

/* Quotes around whole names fall away; the grammar of names keeps the others out. */
static void unquote(char *text)
{
	char *out = text;

	for (; *text; text++)
		if (*text != '"' && *text != '`')
			*out++ = *text;
	*out = '\0';
}

static int column(struct condition *c, char *text, struct map_join_side *out)
{
	char *dot;

	unquote(text);
	dot = strrchr(text, '.');
	out->at = *text == '@' ? MAP_JOIN_LINK : c->of;
	if (dot && *text != '@') {
		*dot = '\0';
		if (!find_table(c, text, &out->at)) {
			parse_bad(c->p, "bad-reference", c->key, "\"%.64s\" is no table of this "
				"link: expected one that it joins, \"t\" for its own or \"u\" "
				"for the user's", text);
			return 0;
		}
	}
	text += *text == '@';
	out->col = parse_column(c->p, dot ? dot + 1 : text, c->key);
	return out->col != NULL;
}

/* --- constants --- */

static char *text_constant(struct parse *p, const char *quoted, size_t len)
{
	char *text = arena_alloc(p->arena, len), *out = text;

	for (size_t i = 1; text && i + 1 < len; i++) {
		*out++ = quoted[i];
		i += quoted[i] == '\'';
	}
	if (text)
		*out = '\0';
	return text;
}

/* A whole number, or one with a fraction, which is bound as its text. */
static int number(struct parse *p, const char *text, struct map_value *out)
{
	const char *digits = text + (*text == '-');
	size_t whole = strspn(digits, "0123456789");
	size_t part = digits[whole] == '.' ? strspn(digits + whole + 1, "0123456789") : 0;
	int real = digits[whole] == '.';

	if (!whole || whole > 18 || (real && !part) || digits[whole + (real ? part + 1 : 0)])
		return 0;
	out->source = real ? MAP_REAL : MAP_I64;
	out->i64 = real ? 0 : strtoll(text, NULL, 10);
	out->str = real ? arena_dup(p->arena, text, strlen(text)) : NULL;
	return 1;
}

static int is_joined_otherwise(const char *text)
{
	static const char *const words[] = { "OR", "NOT", "IN", "LIKE", "BETWEEN", "XOR", NULL };

	for (const char *at = text; *at; at++)
		for (int i = 0; words[i]; i++)
			if (at > text && is_word(text, at, words[i]))
				return 1;
	return strpbrk(text, "()=<>!;'?:#*/+|%") || strstr(text, "--");
}

static int operand(struct condition *c, char *text, struct operand *out)
{
	const char *end = *text == '\'' ? past_quote(text) : NULL;

	*out = (struct operand){ .is_value = 1, .value = { .link = -1 } };
	if (end && !*end) {
		out->value.source = MAP_STR;
		out->value.str = text_constant(c->p, text, strlen(text));
		return out->value.str != NULL;
	}
	if (number(c->p, text, &out->value))
		return 1;
	if (ascii_same(text, "true") || ascii_same(text, "false")) {
		out->value.source = MAP_BOOL;
		out->value.i64 = ascii_same(text, "true");
		return 1;
	}
	if (ascii_same(text, "null"))
		return refuse(c, "bad-sql", "nothing equals NULL: expected \"IS NULL\" or "
			"\"IS NOT NULL\"");
	out->is_value = 0;
	if (!*text || is_joined_otherwise(text))
		return refuse(c, "bad-sql", ALLOWED);
	return column(c, text, &out->side);
}

/* --- one comparison --- */

static const struct comparison { const char *text, *op, *turned; } comparisons[] = {
	{ "<>", "<>", "<>" }, { "!=", "<>", "<>" }, { "<=", "<=", ">=" }, { ">=", ">=", "<=" },
	{ "=", "=", "=" }, { "<", "<", ">" }, { ">", ">", "<" },
};

/* The first comparison outside quotes, or "IS"; NULL: there is none. */
static const char *find_comparison(const char *text, const struct comparison **how)
{
	*how = NULL;
	for (const char *at = text; at && *at; at++) {
		while (at && *at && strchr("'\"`", *at))
			at = past_quote(at);
		if (!at || !*at || is_word(text, at, "IS"))
			return at && *at ? at : NULL;
		for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
			if (!strncmp(at, comparisons[i].text, strlen(comparisons[i].text))) {
				*how = &comparisons[i];
				return at;
			}
	}
	return NULL;
}

static int null_test(struct condition *c, const char *left, const char *at,
	struct map_join_test *test)
{
	char *rest = trimmed(c->p, at + 2, at + strlen(at)), *text = trimmed(c->p, left, at);
	struct operand one;
	int negated;

	if (!rest || !text)
		return 0;
	negated = is_word(rest, rest, "NOT");
	for (rest += negated ? 3 : 0; ascii_is_blank(*rest); rest++)
		;
	if (!ascii_same(rest, "null"))
		return refuse(c, "bad-sql", ALLOWED);
	if (!operand(c, text, &one))
		return 0;
	if (one.is_value)
		return refuse(c, "bad-sql", ALLOWED);
	*test = (struct map_join_test){ .left = one.side, .value = { .source = MAP_NULL },
					.op = negated ? " IS NOT NULL" : " IS NULL" };
	return 1;
}

static int comparison(struct condition *c, const char *text, struct map_join_test *test)
{
	const struct comparison *how;
	const char *at = find_comparison(text, &how);
	char *left = at ? trimmed(c->p, text, at) : NULL, *right;
	struct operand one, two;

	if (!at)
		return refuse(c, "bad-sql", ALLOWED);
	if (!how)
		return null_test(c, text, at, test);
	right = trimmed(c->p, at + strlen(how->text), at + strlen(at));
	if (!left || !right || !operand(c, left, &one) || !operand(c, right, &two))
		return 0;
	if (one.is_value && two.is_value)
		return refuse(c, "bad-sql", ALLOWED);
	*test = (struct map_join_test){ .left = one.is_value ? two.side : one.side,
					.right = two.side,
					.op = one.is_value ? how->turned : how->op,
					.sides = !one.is_value && !two.is_value,
					.value = one.is_value ? one.value : two.value };
	return 1;
}

/* --- all of it --- */

/* Up to the next AND that stands by itself, or the end. */
static const char *one_part(const char *text)
{
	const char *at = text;

	while (*at) {
		if (strchr("'\"`", *at)) {
			const char *past = past_quote(at);

			at = past ? past : at + strlen(at);
			continue;
		}
		if (at > text && (is_word(text, at, "AND") ||
				  (at[-1] == '\'' && ascii_begins(at, "AND") && ascii_is_blank(at[3]))))
			return at;
		at++;
	}
	return at;
}

/* A test stands with the last of the tables that it names. */
static void add_test(struct map_link *link, struct map_join_test *test)
{
	test->last = test->left.at;
	if (test->sides && test->right.at > test->last)
		test->last = test->right.at;
	if (test->last < 0)
		test->last = 0;
	link->tests[link->ntests++] = *test;
}

static void condition(struct condition *c, const char *text)
{
	const char *end;
	int own = 0, more = 1;

	for (; more; text = end + 3) {
		struct map_join_test test;
		char *part;

		end = one_part(text);
		more = *end != '\0';
		part = trimmed(c->p, text, end);
		if (!part || !comparison(c, part, &test))
			return;
		own |= test.left.at == c->of || (test.sides && test.right.at == c->of);
		add_test(c->link, &test);
	}
	if (!own)
		parse_bad(c->p, "bad-reference", c->key, "expected a column of \"%.80s\" on one "
			"side: \"%.80s.column = @column\"", c->link->joins[c->of].table,
			c->link->joins[c->of].table);
}

/* Each AND can bring one test more. */
static size_t most_tests(const json_t *joins)
{
	const char *table;
	json_t *text;
	size_t n = 0;

	json_object_foreach((json_t *)joins, table, text)
		n += 1 + (json_is_string(text) ? json_string_length(text) / 3 : 0);
	return n;
}

/* A table that nothing ties to the link's row would be shown whole to everybody. */
static void check_tied(struct parse *p, const struct map_link *link, size_t errors)
{
	char *tied = arena_alloc(p->arena, link->njoins + 1);

	for (size_t round = 0; tied && round < link->njoins; round++)
		for (size_t i = 0; i < link->ntests; i++) {
			const struct map_join_test *test = &link->tests[i];
			int32_t a = test->left.at, b = test->right.at;

			if (!test->sides || strcmp(test->op, "="))
				continue;
			if (a >= 0 && (b < 0 || tied[b]))
				tied[a] = 1;
			if (b >= 0 && (a < 0 || tied[a]))
				tied[b] = 1;
		}
	for (size_t i = 0; tied && p->errors == errors && i < link->njoins; i++)
		if (!tied[i])
			parse_bad(p, "bad-reference", link->joins[i].key, "nothing ties \"%.64s\" to "
				"the link's row: expected \"%.64s.column = @column\"",
				link->joins[i].table, link->joins[i].table);
}

void parse_joins(struct parse *p, const json_t *json, struct map_link *link)
{
	json_t *joins = parse_object(p, json, link->key, "join"), *text;
	const char *base = parse_key(p, link->key, "join"), *table;
	size_t errors = p->errors, i = 0;

	link->joins = parse_items(p, json_object_size(joins), sizeof(*link->joins));
	link->tests = parse_items(p, most_tests(joins), sizeof(*link->tests));
	if (!link->joins || !link->tests)
		return;
	json_object_foreach(joins, table, text) {
		struct map_join *join = &link->joins[link->njoins++];

		join->key = parse_key(p, base, table);
		join->table = parse_table(p, table, join->key);
		parse_text(p, text, join->key);
	}
	json_object_foreach(joins, table, text) {
		struct condition c = { p, link, (int32_t)i, link->joins[i].key };
		const char *full = p->errors == errors ? json_string_value(text) : NULL;

		full = full ? parse_expand(p, full, c.key) : NULL;
		if (full)
			condition(&c, full);
		i++;
	}
	check_tied(p, link, errors);
}
