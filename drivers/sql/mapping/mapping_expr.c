/* drivers/sql/mapping/mapping_expr.c - "expr": read-only SQL of the author's own in the select list.
 *
 * It stands between parentheses of ours, so nothing in it may end them, open a comment or
 * a second statement, or wait for a parameter; what databases read differently is refused.
 * The user's row is `u`; a link's row goes by the link's name, which is replaced by the
 * alias that statements use.  Threads: one per mapping_parse(); no lock.
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
	size_t depth;
};

static int refuse(struct scan *s, const char *why)
{
	parse_bad(s->p, "bad-sql", s->key, "%s", why);
	return 0;
}

static int is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

static void copy(struct scan *s, size_t n)
{
	memcpy(s->out, s->at, n);
	s->out += n;
	s->at += n;
}

/* --- links --- */

/* The name as a word of its own that no dot follows: then it is a table's, too. */
static int is_bare(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; (p = strstr(p, name)) != NULL; p += len)
		if ((p == text || !is_word_char(p[-1])) && !is_word_char(p[len]) &&
		    p[len] != '.' && !(strchr("\"`]", p[len]) && p[len] && p[len + 1] == '.'))
			return 1;
	return 0;
}

static int32_t link_named(const struct scan *s, const char *name, size_t len)
{
	const struct mapping *m = s->p->m;

	for (size_t i = 0; i < m->nlinks; i++)
		if (strlen(m->links[i].name) == len && !strncmp(m->links[i].name, name, len) &&
		    !is_bare(s->begin, m->links[i].name))
			return (int32_t)i;
	return -1;
}

static void use_link(struct scan *s, int32_t link)
{
	struct map_field *f = s->field;

	for (size_t i = 0; i < f->nlinks; i++)
		if (f->links[i] == link)
			return;
	f->links[f->nlinks++] = link;
}

/* A word, or a quoted name, with a dot behind it: `total` bytes, the name within. */
static int qualifier(struct scan *s, const char *name, size_t len, size_t total)
{
	int32_t link = s->at[total] == '.' ? link_named(s, name, len) : -1;

	if (link < 0 || (s->at > s->begin && s->at[-1] == '.') || (len == 1 && *name == 'u')) {
		copy(s, total);
		return 1;
	}
	if (s->p->m->links[link].kind != MAP_ONE)
		return refuse(s, "only a link \"as\": \"one\" has a row here: for others write "
			"a SELECT in parentheses");
	use_link(s, link);
	s->out += snprintf(s->out, ALIAS_ROOM, "l%d", (int)link);
	s->at += total;
	return 1;
}

/* --- tokens --- */

static int word(struct scan *s)
{
	size_t len = 0;

	while (is_word_char(s->at[len]) || (len && s->at[len] == '$'))
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
	if (is_word_char(*s->at))
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
		if ((p == text || !is_word_char(p[-1])) && ascii_begins(p, name) &&
		    !is_word_char(p[len]))
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
