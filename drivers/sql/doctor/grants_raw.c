/* drivers/sql/doctor/grants_raw.c - which tables a statement of the mapping's author touches, as
 * far as its words tell.  What is called, or named by WITH, does not stand in the text.
 * Threads: one.
 */
#include "sql/doctor/grants.h"
#include "sql/base/ascii.h"

#include <string.h>

struct reader {
	struct needs *needs;
	const char *key;
	uint32_t ops;
	const char *at;
	uint32_t expects;               /* verb of the table whose name comes next, or 0 */
	uint32_t verb;                  /* of the statement */
	int depth;                      /* of brackets */
	uint64_t queries, lists;        /* by depth: this one holds a SELECT; is at its FROM */
	int distinct;                   /* IS DISTINCT FROM names no table */
};

static int is_word(char c)
{
	return ascii_is_word(c) || c == '$';
}

static void skip_to(struct reader *r, const char *end)
{
	const char *found = strstr(r->at, end);

	r->at = found ? found + strlen(end) : r->at + strlen(r->at);
}

/* Blanks and comments. */
static void skip(struct reader *r)
{
	for (;;) {
		r->at += strspn(r->at, " \t\r\n\v\f");
		if (!strncmp(r->at, "--", 2))
			r->at += strcspn(r->at, "\n");
		else if (!strncmp(r->at, "/*", 2))
			skip_to(r, "*/");
		else
			return;
	}
}

/* A name, quoted or not, into out; its length in the text, 0: none. */
static size_t name_at(const char *at, char *out, size_t cap)
{
	static const char open[] = "`\"[", close[] = "`\"]";
	const char *q = *at ? strchr(open, *at) : NULL;
	size_t len = 0;

	if (q) {
		while (at[1 + len] && at[1 + len] != close[q - open])
			len++;
		if (!at[1 + len] || len >= cap)
			return 0;
		memcpy(out, at + 1, len);
		out[len] = '\0';
		return len + 2;
	}
	while (is_word(at[len]))
		len++;
	if (!len || len >= cap)
		return 0;
	memcpy(out, at, len);
	out[len] = '\0';
	return len;
}

static void unsure(struct reader *r)
{
	r->needs->unread = r->key;
	if (r->ops & OP_WRITES)
		r->needs->unsure = r->key;
}

/* "t" or "s.t", from here. */
static void take_table(struct reader *r, uint32_t verb)
{
	char name[140], rest[70];
	size_t len = name_at(r->at, name, 70);
	struct need_col col = { NULL, verb, r->ops };
	char *kept;

	if (!len) {
		unsure(r);
		return;
	}
	r->at += len;
	if (*r->at == '.' && (len = name_at(r->at + 1, rest, sizeof(rest)))) {
		strcat(strcat(name, "."), rest);
		r->at += 1 + len;
	}
	skip(r);
	if (*r->at == '(' && verb != NEED_INSERT) {     /* a function */
		unsure(r);
		return;
	}
	kept = arena_dup(r->needs->arena, name, strlen(name));
	if (!kept)
		r->needs->failed = 1;
	else
		needs_put(r->needs, kept, r->key, col);
	if (kept && (verb == NEED_UPDATE || verb == NEED_DELETE)) {
		col.verb = NEED_SELECT;
		needs_put(r->needs, kept, r->key, col);
	}
}

static int is(const char *word, const char *keyword)
{
	return ascii_same(word, keyword);
}

/* Words that do more than the names after them tell. */
static const char *const opaque[] = { "with", "call", "exec", "execute", "merge", "do",
				      "duplicate", "replace", NULL };

static const char *const after_tables[] = { "where", "set", "select", "group", "order",
					    "having", "values", NULL };

static int is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (ascii_same(word, *list))
			return 1;
	return 0;
}

static uint64_t here(const struct reader *r)
{
	return r->depth >= 0 && r->depth < 64 ? UINT64_C(1) << r->depth : 0;
}

static int may_list_tables(const struct reader *r)
{
	if (r->distinct)
		return 0;
	return !r->depth || r->queries & here(r);
}

/* What a word makes of the next name. */
static void keyword(struct reader *r, const char *word)
{
	if (is(word, "from") && !may_list_tables(r))
		return;
	if (is(word, "select"))
		r->queries |= here(r);
	if (is(word, "from")) {
		r->expects = r->verb == NEED_DELETE && !r->depth ? NEED_DELETE : NEED_SELECT;
		r->lists |= here(r);
	} else if (is(word, "join") || is(word, "using")) {
		r->expects = NEED_SELECT;
	} else if (is(word, "into")) {
		r->expects = NEED_INSERT;
	} else if (is(word, "update") && r->verb == NEED_UPDATE && !r->depth) {
		r->expects = NEED_UPDATE;
	} else if (is_one_of(word, after_tables)) {
		r->lists &= ~here(r);
	} else if (is_one_of(word, opaque) || is(word, "update")) {
		unsure(r);
	}
}

static void first_word(struct reader *r)
{
	char word[70] = "";

	skip(r);
	name_at(r->at, word, sizeof(word));
	r->verb = is(word, "delete") ? NEED_DELETE : is(word, "update") ? NEED_UPDATE
		  : is(word, "insert") || is(word, "replace") ? NEED_INSERT : NEED_SELECT;
}

/* Words between a keyword and its table. */
static int passes(const char *word)
{
	return is(word, "only") || is(word, "lateral") || is(word, "ignore") ||
	       is(word, "low_priority");
}

static void take_word(struct reader *r)
{
	char word[70] = "";
	size_t len = name_at(r->at, word, sizeof(word));
	uint32_t verb = r->expects;

	if (verb && !passes(word)) {
		r->expects = 0;
		take_table(r, verb);
		return;
	}
	if (is_word(*r->at))
		keyword(r, word);
	r->distinct = is_word(*r->at) && is(word, "distinct");
	r->at += len ? len : 1;
}

static void take_mark(struct reader *r)
{
	char c = *r->at++;

	if (c == '\'') {
		skip_to(r, "'");
	} else if (c == '(') {
		r->depth++;
		if (r->expects)         /* a subquery: its own FROM follows */
			r->expects = 0;
	} else if (c == ')') {
		r->queries &= ~here(r);
		r->lists &= ~here(r);
		r->depth--;
	} else if (c == ',' && r->lists & here(r)) {
		r->expects = NEED_SELECT;
	}
}

void needs_of_text(struct needs *needs, const char *sql, const char *key, uint32_t ops)
{
	struct reader r = { .needs = needs, .key = key, .ops = ops, .at = sql };

	first_word(&r);
	for (skip(&r); *r.at; skip(&r)) {
		if (is_word(*r.at) || strchr("`\"[", *r.at))
			take_word(&r);
		else
			take_mark(&r);
	}
}
