/* drivers/sql/mapping/mapping_json.c - findings with their key paths, and typed members of JSON
 * objects.  Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"
#include "sql/base/names.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void report(struct parse *p, uint32_t severity, const char *code, const char *key,
	const char *text)
{
	if (p->findings && p->findings->add(p->findings, severity, code, key, text, NULL))
		p->lost = 1;
	if (severity != IDBC_ERROR)
		return;
	if (!p->errors++)
		p->first = arena_printf(p->arena, "%s: %s", key, text);
}

void parse_bad(struct parse *p, const char *code, const char *key, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	report(p, IDBC_ERROR, code, key, text);
}

void parse_warn(struct parse *p, const char *code, const char *key, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	report(p, IDBC_WARNING, code, key, text);
}

static void unknown(struct parse *p, const char *code, const char *key, const char *what,
	const struct name_guess *guess)
{
	const char *near = name_guess_best(guess);

	if (near)
		parse_bad(p, code, key, "unknown %s \"%.64s\", did you mean \"%.64s\"", what,
			guess->wanted, near);
	else
		parse_bad(p, code, key, "unknown %s \"%.64s\"", what, guess->wanted);
}

void parse_unknown(struct parse *p, const char *code, const char *key, const char *what,
	const char *name, const json_t *names)
{
	struct name_guess guess = NAME_GUESS(name);
	const char *candidate;
	json_t *value;

	json_object_foreach((json_t *)names, candidate, value)
		name_guess_offer(&guess, candidate);
	unknown(p, code, key, what, &guess);
}

/* --- paths and memory --- */

const char *parse_key(struct parse *p, const char *base, const char *name)
{
	const char *key = arena_printf(p->arena, "%s.%s", base, name);

	return key ? key : base;
}

const char *parse_at(struct parse *p, const char *base, size_t index)
{
	const char *key = arena_printf(p->arena, "%s[%zu]", base, index);

	return key ? key : base;
}

void *parse_items(struct parse *p, size_t n, size_t size)
{
	return n ? arena_alloc(p->arena, n * size) : NULL;
}

/* --- members --- */

static json_t *member(struct parse *p, const json_t *parent, const char *base,
	const char *name, json_type type, const char *expected)
{
	json_t *value = json_object_get(parent, name);

	if (!value || json_typeof(value) == type)
		return value;
	parse_bad(p, "wrong-type", parse_key(p, base, name), "expected %s", expected);
	return NULL;
}

json_t *parse_object(struct parse *p, const json_t *parent, const char *base, const char *name)
{
	return member(p, parent, base, name, JSON_OBJECT, "an object");
}

json_t *parse_array(struct parse *p, const json_t *parent, const char *base, const char *name)
{
	return member(p, parent, base, name, JSON_ARRAY, "a list");
}

const char *parse_string(struct parse *p, const json_t *parent, const char *base,
	const char *name)
{
	return json_string_value(member(p, parent, base, name, JSON_STRING, "a string"));
}

int parse_bool(struct parse *p, const json_t *parent, const char *base, const char *name)
{
	json_t *value = json_object_get(parent, name);

	if (value && !json_is_boolean(value))
		parse_bad(p, "wrong-type", parse_key(p, base, name), "expected true or false");
	return json_is_true(value);
}

const char *parse_text(struct parse *p, const json_t *value, const char *key)
{
	if (!json_is_string(value))
		parse_bad(p, "wrong-type", key, "expected a string");
	return json_string_value(value);
}

int parse_in(const char *name, const char *const *names)
{
	for (int i = 0; names[i]; i++) {
		if (!strcmp(name, names[i]))
			return i;
	}
	return -1;
}

void parse_known(struct parse *p, const json_t *object, const char *base,
	const char *const *names)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) {
		struct name_guess guess = NAME_GUESS(name);

		if (parse_in(name, names) >= 0)
			continue;
		for (int i = 0; names[i]; i++)
			name_guess_offer(&guess, names[i]);
		unknown(p, "unknown-key", parse_key(p, base, name), "key", &guess);
	}
}
