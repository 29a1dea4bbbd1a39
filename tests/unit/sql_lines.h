/* tests/unit/sql_lines.h - a sink that writes what it is given into one line, and counts
 * rows.  Include it behind sql_fake.h.
 */
#ifndef TESTS_UNIT_SQL_LINES_H
#define TESTS_UNIT_SQL_LINES_H

#include "sql_fake.h"

static char line[4096];
static size_t nrows;

static inline void line_add(const char *fmt, const char *name, const struct idbc_value *v)
{
	char text[256] = "";
	size_t len = strlen(line);

	fake_arg(text, sizeof(text), 0, v);
	snprintf(line + len, sizeof(line) - len, fmt, name, text);
}

static inline int line_row(struct idbc_sink *sink, const struct idbc_str *id,
			   const struct idbc_str *matched)
{
	struct idbc_value m = { .kind = IDBC_KIND_STR, .u.str = *matched };
	struct idbc_value i = { .kind = IDBC_KIND_STR, .u.str = *id };

	(void)sink;
	nrows++;
	line_add("%s[%s]", "", &i);
	line_add("%s%s:", "", &m);
	return 0;
}

static inline int line_field(struct idbc_sink *sink, const char *name, const struct idbc_value *v)
{
	struct idbc_value shown = *v;

	(void)sink;
	if (v->kind == IDBC_KIND_JSON)
		shown.kind = IDBC_KIND_STR;
	line_add(v->kind == IDBC_KIND_JSON ? " %s=json%s" : " %s=%s", name, &shown);
	return 0;
}

static inline int line_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	(void)sink;
	for (size_t i = 0; i < n; i++)
		line_add(" {%s %s}", parts[i].name, &parts[i].value);
	return 0;
}

#define LINE_SINK \
	{ .size = sizeof(struct idbc_sink), .row = line_row, .field = line_field, \
	  .credential = line_credential }

#endif
