/* drivers/sql/mapping/mapping_raw.c - raw SQL of the mapping: :names become ? and are bound.
 *
 * Text in '..', "..", `..`, [..], $tag$..$tag$ and in comments is copied as it stands, so
 * is `::cast`.  What databases read differently is refused: a bare ? (PostgreSQL spells
 * its operators jsonb_exists() and the like, too), a backslash before a closing quote.
 * One statement per string.  Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/ascii.h"
#include "sql/base/names.h"

#include <string.h>

struct scan {
	struct parse *p;
	const struct raw_scope *scope;
	const char *at, *key;
	char *out;                      /* room for the whole text */
	const char **names;
	size_t n;
	int ended;                      /* a ';' was seen */
};

/* Beside the fields that are mapped.  Who asked, and by which name, no step learns. */
static const char *const step_names[] = { "id", "user_id", "password_hash", "salt", "now",
	"now_unix", "new_email", NULL };
static const struct raw_scope step_scope = { .names = step_names };

static const char *const normalised[] = { "email", "email_verified", "username",
	"phone_number", "phone_verified", "name", "given_name", "family_name", "nickname",
	"picture", "created_at", "updated_at", "last_login", "last_ip", "last_password_reset",
	"logins_count", "blocked", "user_metadata", "app_metadata", "mfa_factors", NULL };

static int bad_sql(struct scan *s, const char *text)
{
	parse_bad(s->p, "bad-sql", s->key, "%s", text);
	return 0;
}

static void copy(struct scan *s, size_t n)
{
	memcpy(s->out, s->at, n);
	s->out += n;
	s->at += n;
}

/* --- what is copied whole --- */

/* From the opening quote to the closing one; a doubled quote stays inside. */
static int quoted(struct scan *s, char close)
{
	const char *p = s->at + 1;
	size_t slashes = 0;

	for (; *p; p++) {
		if (*p == close && slashes % 2 && (close == '\'' || close == '"'))
			return bad_sql(s, "a backslash before a quote means different "
				"things to different databases: double the quote instead");
		if (*p == close && p[1] == close && close != ']') {
			p++;
		} else if (*p == close) {
			copy(s, (size_t)(p + 1 - s->at));
			return 1;
		}
		slashes = *p == '\\' ? slashes + 1 : 0;
	}
	return bad_sql(s, "a quote is not closed");
}

static int block_comment(struct scan *s)
{
	const char *end = strstr(s->at + 2, "*/");

	if (!end)
		return bad_sql(s, "a comment is not closed");
	copy(s, (size_t)(end + 2 - s->at));
	return 1;
}

/* PostgreSQL's $tag$..$tag$; a '$' inside a name is none, and $1 its parameter: what we
 * bind there is another one. */
static int dollar(struct scan *s, const char *begin)
{
	size_t len = 1;
	int in_name = s->at > begin && (ascii_is_word(s->at[-1]) || s->at[-1] == '$');
	const char *end;
	char *tag;

	while (ascii_is_word(s->at[len]))
		len++;
	if (!in_name && s->at[1] >= '0' && s->at[1] <= '9')
		return bad_sql(s, "\"$1\" is no parameter: use :name");
	if (in_name || s->at[len] != '$') {
		copy(s, 1);
		return 1;
	}
	tag = arena_dup(s->p->arena, s->at, ++len);
	end = tag ? strstr(s->at + len, tag) : NULL;
	if (!end)
		return tag ? bad_sql(s, "a dollar quote is not closed") : 0;
	copy(s, (size_t)(end + len - s->at));
	return 1;
}

static int line_comment(struct scan *s)
{
	copy(s, strcspn(s->at, "\n"));
	return 1;
}

/* --- parameters --- */

static int is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

static int is_let(const struct raw_scope *scope, const char *name)
{
	for (size_t i = 0; i < scope->nlets; i++)
		if (!strcmp(scope->lets[i], name))
			return 1;
	return 0;
}

int raw_is_normalised(const char *name)
{
	return parse_in(name, normalised) >= 0 || !strncmp(name, "app_metadata.", 13) ||
	       !strncmp(name, "user_metadata.", 14);
}

int raw_knows(const struct parse *p, const struct raw_scope *scope, const char *name)
{
	return parse_in(name, scope->names) >= 0 || is_let(scope, name) ||
	       (scope->fields >= 0 && json_object_get(p->profile, name)) ||
	       (scope->fields > 0 && raw_is_normalised(name));
}

static int unknown_parameter(struct scan *s, const char *name)
{
	struct name_guess guess = NAME_GUESS(name);
	const char *field, *near;
	json_t *value;

	for (int i = 0; s->scope->names[i]; i++)
		name_guess_offer(&guess, s->scope->names[i]);
	for (size_t i = 0; i < s->scope->nlets; i++)
		name_guess_offer(&guess, s->scope->lets[i]);
	for (int i = 0; s->scope->fields > 0 && normalised[i]; i++)
		name_guess_offer(&guess, normalised[i]);
	json_object_foreach(s->p->profile, field, value)
		if (s->scope->fields >= 0)
			name_guess_offer(&guess, field);
	near = name_guess_best(&guess);
	if (near)
		parse_bad(s->p, "bad-parameter", s->key,
			"unknown parameter \":%.64s\", did you mean \":%.64s\"", name, near);
	else
		parse_bad(s->p, "bad-parameter", s->key, "unknown parameter \":%.64s\"", name);
	return 0;
}

/* ":name" becomes "?"; "::" and a ':' before anything else stay. */
static int colon(struct scan *s)
{
	size_t len = 0;
	char *name;

	if (s->at[1] == ':') {
		copy(s, 2);
		return 1;
	}
	while (is_name_char(s->at[1 + len]))
		len++;
	while (len && s->at[len] == '.')
		len--;
	if (!len) {
		copy(s, 1);
		return 1;
	}
	name = arena_dup(s->p->arena, s->at + 1, len);
	if (!name)
		return 0;
	if (!raw_knows(s->p, s->scope, name))
		return unknown_parameter(s, name);
	s->names[s->n++] = name;
	s->at += 1 + len;
	*s->out++ = '?';
	return 1;
}

/* --- the text --- */

/* All steps are one transaction, which begins and ends with them. */
static int ends_transaction(const char *sql)
{
	static const char *const words[] = { "begin", "start", "commit", "end", "rollback",
		"abort", "savepoint", "release", NULL };
	size_t len = 0;

	sql += strspn(sql, " \t\r\n\v\f");
	while (ascii_is_word(sql[len]))
		len++;
	for (int i = 0; words[i]; i++)
		if (len == strlen(words[i]) && ascii_same_n(sql, words[i], len))
			return 1;
	return 0;
}

static int plain(struct scan *s)
{
	if (*s->at == ';') {
		s->ended = 1;
		s->at++;
		return 1;
	}
	if ((unsigned char)*s->at < 0x20 && !ascii_is_blank(*s->at))
		return bad_sql(s, "a control character");
	copy(s, 1);
	return 1;
}

static int token(struct scan *s, const char *begin)
{
	if (s->ended && !ascii_is_blank(*s->at))
		return bad_sql(s, "expected one statement per string");
	switch (*s->at) {
	case '\'':
	case '"':
	case '`':
		return quoted(s, *s->at);
	case '[':
		return quoted(s, ']');
	case ':':
		return colon(s);
	case '?':
		return bad_sql(s, "\"?\" is no parameter: use :name; for operators of jsonb "
			"write jsonb_exists() and the like");
	case '$':
		return dollar(s, begin);
	case '-':
		return s->at[1] == '-' ? line_comment(s) : plain(s);
	case '/':
		return s->at[1] == '*' ? block_comment(s) : plain(s);
	default:
		return plain(s);
	}
}

int parse_raw_in(struct parse *p, const struct raw_scope *scope, const char *text,
	const char *key, struct map_raw *out)
{
	const char *full = parse_expand(p, text, key);
	struct scan s = { .p = p, .scope = scope, .at = full, .key = key };
	size_t len = full ? strlen(full) : 0;
	char *sql = full ? arena_alloc(p->arena, len + 1) : NULL;

	s.out = sql;
	s.names = full ? arena_alloc(p->arena, (len / 2 + 1) * sizeof(*s.names)) : NULL;
	if (!sql || !s.names)
		return 0;
	while (*s.at) {
		if (!token(&s, full))
			return 0;
	}
	*s.out = '\0';
	if (!sql[strspn(sql, " \t\r\n\v\f")])
		return bad_sql(&s, "expected a statement");
	if (ends_transaction(sql))
		return bad_sql(&s, "a statement that begins or ends a transaction: all "
			"steps are in one");
	*out = (struct map_raw){ sql, s.names, s.n, key };
	return 1;
}

int parse_raw(struct parse *p, const char *text, const char *key, struct map_raw *out)
{
	return parse_raw_in(p, &step_scope, text, key, out);
}
