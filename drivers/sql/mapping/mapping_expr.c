/* drivers/sql/mapping/mapping_expr.c - "expr": read-only SQL of the author's own in
 * the select list.
 *
 * It stands between parentheses of ours, so nothing in it may end them, open a comment or
 * a second statement, or wait for a parameter; what databases read differently is refused.
 * The user's row is `u`, or goes by his table's name; a link's row goes by the link's name,
 * or its table's.  Those are replaced by the aliases that statements use.  Threads: one per
 * mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 64
#define ALIAS_ROOM 12

struct scan {
	struct parse *p;
	struct map_field *field;
	const char *begin, *at, *key;
	char *out;
	char open[DEPTH_MAX];           /* brackets not closed yet */
	const char *opened[DEPTH_MAX];  /* where they stand */
	size_t depth;
};

static int refuse(struct scan *s, const char *why)
{
	parse_bad(s->p, "bad-sql", s->key, "%s", why);
	return 0;
}

static void copy(struct scan *s, size_t n)
{
	memcpy(s->out, s->at, n);
	s->out += n;
	s->at += n;
}

/* --- whose row a name means --- */

/* Behind the bracket that closes the one at `at`, or the end; texts in quotes are skipped. */
static const char *past_group(const char *at)
{
	size_t depth = 0;
	char quote = 0;

	for (; *at; at++) {
		if (quote || strchr("'\"`", *at))
			quote = !quote ? *at : quote == *at ? 0 : quote;
		else if (strchr("([", *at))
			depth++;
		else if (strchr(")]", *at) && !--depth)
			return at + 1;
	}
	return at;
}

/* What follows a table's name there is a name of its own for it. */
static int has_alias(const char *at)
{
	static const char *const words[] = { "WHERE", "JOIN", "LEFT", "RIGHT", "INNER", "OUTER",
		"CROSS", "FULL", "NATURAL", "ON", "USING", "GROUP", "ORDER", "LIMIT", "HAVING",
		"UNION", "EXCEPT", "INTERSECT", "FETCH", "OFFSET", "FOR", "WINDOW", NULL };
	size_t len;

	at += *at && strchr("\"`]", *at);
	at += strspn(at, " \t\r\n");
	for (int i = 0; words[i]; i++) {
		len = strlen(words[i]);
		if (ascii_begins(at, words[i]) && !ascii_is_word(at[len]))
			return 0;
	}
	return ascii_is_word(*at) || *at == '"' || *at == '`';
}

/* The name stands in the group as a table's that has no other name there. */
static int is_from(const char *group, const char *name, size_t len)
{
	const char *end = past_group(group);

	for (const char *p = group + 1; p + len <= end; p++) {
		const char *behind = p + len + (p[len] && strchr("\"`]", p[len]));

		if (!strncmp(p, name, len) && !ascii_is_word(p[-1]) && !ascii_is_word(p[len]) &&
		    *behind != '.' && !has_alias(p + len))
			return 1;
	}
	return 0;
}

/* In a SELECT in brackets, a table that it reads itself comes first. */
static int is_of_subselect(const struct scan *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->depth; i++) {
		const char *first = s->opened[i] + 1 + strspn(s->opened[i] + 1, " \t\r\n");

		if ((ascii_begins(first, "SELECT") || ascii_begins(first, "WITH")) &&
		    is_from(s->opened[i], name, len))
			return 1;
	}
	return 0;
}

static int is_table(const char *table, const char *name, size_t len)
{
	const char *dot = table ? strchr(table, '.') : NULL;

	return table && ((strlen(table) == len && !strncmp(table, name, len)) ||
			 (dot && strlen(dot + 1) == len && !strncmp(dot + 1, name, len)));
}

enum { NO_ROW = -1, USERS_ROW = -2 };

/* A link by its name; the user's table, and then a link's, by theirs. */
static int32_t row_named(const struct scan *s, const char *name, size_t len)
{
	const struct mapping *m = s->p->m;

	if (is_of_subselect(s, name, len))
		return NO_ROW;
	for (size_t i = 0; i < m->nlinks; i++)
		if (strlen(m->links[i].name) == len && !strncmp(m->links[i].name, name, len))
			return (int32_t)i;
	if (is_table(m->table, name, len))
		return USERS_ROW;
	for (size_t i = 0; i < m->nlinks; i++)
		if (m->links[i].kind == MAP_ONE && is_table(m->links[i].table, name, len))
			return (int32_t)i;
	return NO_ROW;
}

static void use_link(struct scan *s, int32_t link)
{
	struct map_field *f = s->field;

	for (size_t i = 0; i < f->nlinks; i++)
		if (f->links[i] == link)
			return;
	f->links[f->nlinks++] = link;
}

/* A word or a quoted name: its bytes within, and in all; 0: neither. */
static size_t name_at(const char *at, const char **name, size_t *len)
{
	const char *close = *at == '"' || *at == '`' ? strchr(at + 1, *at) : NULL;

	*name = at + (close != NULL);
	for (*len = 0; ascii_is_word((*name)[*len]); (*len)++)
		;
	if (close)
		*len = (size_t)(close - *name);
	return close ? *len + 2 : *len;
}

/* "schema.table." in two words: the row, and how long both are. */
static int32_t row_in_schema(const struct scan *s, size_t first, size_t *total)
{
	const char *schema, *table;
	size_t slen, tlen, second;
	char *full;
	int32_t row;

	name_at(s->at, &schema, &slen);
	second = name_at(s->at + first + 1, &table, &tlen);
	if (!second || s->at[first + 1 + second] != '.')
		return NO_ROW;
	full = arena_printf(s->p->arena, "%.*s.%.*s", (int)slen, schema, (int)tlen, table);
	row = full ? row_named(s, full, slen + 1 + tlen) : NO_ROW;
	if (row != NO_ROW)
		*total = first + 1 + second;
	return row;
}

/* A word, or a quoted name, with a dot behind it: `total` bytes, the name within. */
static int qualifier(struct scan *s, const char *name, size_t len, size_t total)
{
	int whole = s->at == s->begin || s->at[-1] != '.';
	int32_t row = NO_ROW;

	if (whole && s->at[total] == '.' && !(len == 1 && *name == 'u')) {
		row = row_in_schema(s, total, &total);
		if (row == NO_ROW)
			row = row_named(s, name, len);
	}
	if (row == NO_ROW) {
		copy(s, total);
		return 1;
	}
	if (row >= 0 && s->p->m->links[row].kind != MAP_ONE)
		return refuse(s, "only a link \"as\": \"one\" has a row here: for others write "
			"a SELECT in parentheses");
	if (row >= 0)
		use_link(s, row);
	s->out += row < 0 ? snprintf(s->out, ALIAS_ROOM, "u")
			  : snprintf(s->out, ALIAS_ROOM, "l%d", (int)row);
	s->at += total;
	return 1;
}

/* --- tokens --- */

static int word(struct scan *s)
{
	size_t len = 0;

	while (ascii_is_word(s->at[len]) || (len && s->at[len] == '$'))
		len++;
	return qualifier(s, s->at, len, len);
}

/* A quoted name or text, whole.  `name`: it may hold nothing that means anything where the
 * quote is none. */
static int quoted(struct scan *s, char close, int name)
{
	const char *p = s->at + 1;
	size_t len;

	for (; *p && (*p != close || p[1] == close); p++) {
		if (*p == close)
			p++;
		if (name && strchr("()';\"?:#", *p))
			return refuse(s, "a quoted name may not hold quotes and brackets");
		if (*p == '\\' && p[1] == close)
			return refuse(s, "a backslash before a quote means different things to "
				"different databases: double the quote instead");
	}
	if (!*p)
		return refuse(s, "a quote is not closed");
	len = (size_t)(p + 1 - s->at);
	if (close == '\'') {
		copy(s, len);
		return 1;
	}
	return qualifier(s, s->at + 1, len - 2, len);
}

static int opening(struct scan *s)
{
	if (s->depth == DEPTH_MAX)
		return refuse(s, "nested too deeply");
	s->opened[s->depth] = s->at;
	s->open[s->depth++] = *s->at == '(' ? ')' : ']';
	copy(s, 1);
	return 1;
}

static int closing(struct scan *s)
{
	if (!s->depth || s->open[s->depth - 1] != *s->at)
		return refuse(s, "a parenthesis that nothing opens");
	s->depth--;
	copy(s, 1);
	return 1;
}

static int colon(struct scan *s)
{
	if (s->at[1] != ':')
		return refuse(s, "an expression takes no parameters");
	copy(s, 2);
	return 1;
}

static int is_comment(const char *at)
{
	return !strncmp(at, "--", 2) || !strncmp(at, "/*", 2) || !strncmp(at, "*/", 2) || *at == '#';
}

static int in_brackets(const struct scan *s)
{
	return s->depth && s->open[s->depth - 1] == ']';
}

static int token(struct scan *s)
{
	if (is_comment(s->at))
		return refuse(s, "a comment could hide the rest of the statement");
	if (strchr("'\"`", *s->at) && in_brackets(s))
		return refuse(s, "a quote between [ and ]");
	if (ascii_is_word(*s->at))
		return word(s);
	switch (*s->at) {
	case '\'':
	case '"':
		return quoted(s, *s->at, 0);
	case '`':
		return quoted(s, '`', 1);
	case '(':
	case '[':
		return opening(s);
	case ')':
	case ']':
		return closing(s);
	case ':':
		return colon(s);
	case ';':
		return refuse(s, "expected one expression, without \";\"");
	case '?':
	case '$':
		return refuse(s, "an expression takes no parameters");
	case '\\':
	case '{':
	case '}':
		return refuse(s, "a character that expressions do without");
	default:
		if ((unsigned char)*s->at < 0x20 && !strchr("\t\r\n", *s->at))
			return refuse(s, "a control character");
		copy(s, 1);
		return 1;
	}
}

const char *parse_expr(struct parse *p, const char *text, const char *key,
	struct map_field *field)
{
	const char *full = parse_expand(p, text, key);
	size_t len = full ? strlen(full) : 0;
	struct scan s = { .p = p, .field = field, .begin = full, .at = full, .key = key };
	char *out = full ? arena_alloc(p->arena, len * ALIAS_ROOM + 16) : NULL;

	s.out = out;
	field->links = parse_items(p, p->m->nlinks + 1, sizeof(*field->links));
	if (!out || !field->links)
		return NULL;
	while (*s.at)
		if (!token(&s))
			return NULL;
	*s.out = '\0';
	if (s.depth)
		refuse(&s, "a parenthesis is not closed");
	else if (!out[strspn(out, " \t\r\n")])
		refuse(&s, "expected an expression");
	return out;
}

/* --- what it must not show --- */

static int has_word(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; *p; p++)
		if ((p == text || !ascii_is_word(p[-1])) && ascii_begins(p, name) &&
		    !ascii_is_word(p[len]))
			return 1;
	return 0;
}

/* A flag may say that there is a password; anything else could be the password. */
void parse_exprs_shown(struct parse *p)
{
	const struct mapping *m = p->m;
	const char *secret[] = { m->pw_hash.col, m->pw_salt.col };

	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];

		for (int j = 0; f->expr && f->type != MAP_FLAG && j < 2; j++)
			if (secret[j] && has_word(f->expr, secret[j]))
				parse_bad(p, "credential-in-profile", f->key,
					"\"%.64s\" holds the stored password or its salt",
					secret[j]);
	}
}
