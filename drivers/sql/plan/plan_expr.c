/* drivers/sql/plan/plan_expr.c - an expression of the mapping in a select list: a column without
 * a table's name is the user's, also where a row joined to his has one of that name.
 *
 * The text was checked when it was parsed (mapping_expr.c): brackets and quotes match.
 * Within a SELECT of its own the database's rules hold.  Threads: one.
 */
#include "sql/plan/plan_build.h"
#include "sql/base/ascii.h"

#include <string.h>

static int is_word_char(char c)
{
	return ascii_is_word(c) || c == '$';
}

static int is_keyword(const char *word)
{
	static const char *const words[] = { "case", "when", "then", "else", "end", "and", "or",
		"not", "is", "in", "like", "between", "exists", "select", "from", "where", "as",
		"cast", "distinct", "true", "false", "null", "interval", "date", "time",
		"timestamp", "year", "month", "day", "hour", "minute", "second", NULL };

	for (int i = 0; words[i]; i++)
		if (ascii_same(word, words[i]))
			return 1;
	return 0;
}

/* Without quotes PostgreSQL reads small letters. */
static void lower(char *word)
{
	for (; *word; word++)
		if (*word >= 'A' && *word <= 'Z')
			*word = (char)(*word + ('a' - 'A'));
}

static int is_elsewhere(const struct build *b, const char *col)
{
	const struct mapping *m = b->plan->mapping;
	static const char *const ours[] = { "k", "f", "m", NULL };     /* of the candidates */

	for (int i = 0; ours[i]; i++)
		if (ascii_same(col, ours[i]))
			return 1;
	if (plan_joins_intents(b->plan) &&
	    catalogue_column(&b->plan->catalogue, b->plan->intents, col))
		return 1;
	for (size_t i = 0; i < m->nlinks; i++)
		if (b->joined && b->joined[i] &&
		    catalogue_column(&b->plan->catalogue, m->links[i].table, col))
			return 1;
	return 0;
}

/* A word at `at`, or a name in the dialect's quotes, whole. */
static int is_users(struct build *b, const char *begin, const char *at, size_t len)
{
	int quoted = !is_word_char(*at);
	char *col = arena_dup(&b->plan->arena, at + quoted, len - 2 * (size_t)quoted);
	const char *behind = at + len, *before = at;

	behind += strspn(behind, " \t\r\n");
	while (before > begin && strchr(" \t\r\n", before[-1]))
		before--;
	if (!col || strchr(".(", *behind ? *behind : ' ') ||
	    (at > begin && strchr(".:[", at[-1])) || (!quoted && is_keyword(col)) ||
	    (before - begin >= 3 && ascii_begins(before - 2, "AS") && !is_word_char(before[-3])))
		return 0;
	if (!quoted && b->plan->catalogue.names_differ)
		lower(col);
	return catalogue_column(&b->plan->catalogue, b->plan->mapping->table, col) &&
	       is_elsewhere(b, col);
}

/* To the end of what stands in quotes, of a SELECT in brackets, of a word, or one byte. */
static size_t token(const char *at)
{
	size_t len = 1, depth = 0;
	char quote = 0;

	if (is_word_char(*at)) {
		for (; is_word_char(at[len]); len++)
			;
		return len;
	}
	if (strchr("'\"`", *at)) {
		for (; at[len] && (at[len] != *at || at[len + 1] == *at); len++)
			len += at[len] == *at;
		return len + (at[len] != '\0');
	}
	if (*at != '(' || !ascii_begins(at + 1 + strspn(at + 1, " \t\r\n("), "SELECT"))
		return 1;
	for (len = 0; at[len]; len++) {
		if (quote || strchr("'\"`", at[len]))
			quote = !quote ? at[len] : quote == at[len] ? 0 : quote;
		else if (at[len] == '(')
			depth++;
		else if (at[len] == ')' && !--depth)
			return len + 1;
	}
	return len;
}

void build_expr(struct build *b, const char *expr)
{
	char quote = b->plan->dialect->quote;

	text_put(&b->text, "(");
	for (const char *at = expr; *at;) {
		size_t len = token(at);
		char *text = arena_dup(&b->plan->arena, at, len);
		int name = is_word_char(*at) || (*at == quote && quote != '[' && len > 2);

		if (!text) {
			b->failed = 1;
			return;
		}
		text_put(&b->text, "%s%s", name && is_users(b, expr, at, len) ? "u." : "", text);
		at += len;
	}
	text_put(&b->text, ")");
}
