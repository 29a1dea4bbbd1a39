/* drivers/sql/plan/text.c - statement text: growing, quoting.  A quote character inside a
 * name is doubled, although the mapping's grammar lets none through.  No session.
 * Threads: one for each text; no lock.
 */
#include "sql/plan/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int reserve(struct sql_text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 256;
	char *s;

	if (t->failed)
		return 0;
	if (t->len + more < t->cap)
		return 1;
	while (cap <= t->len + more)
		cap *= 2;
	s = arena_alloc(t->arena, cap);
	if (!s) {
		t->failed = 1;
		return 0;
	}
	if (t->len)
		memcpy(s, t->s, t->len);
	t->s = s;
	t->cap = cap;
	return 1;
}

static void put_bytes(struct sql_text *t, const char *bytes, size_t len)
{
	if (!reserve(t, len + 1))
		return;
	memcpy(t->s + t->len, bytes, len);
	t->len += len;
	t->s[t->len] = '\0';
}

static void put_quoted(struct sql_text *t, const char *name, size_t len)
{
	const char open = t->dialect->quote, close = open == '[' ? ']' : open;

	put_bytes(t, &open, 1);
	for (size_t i = 0; i < len; i++) {
		if (name[i] == close)
			put_bytes(t, &close, 1);
		put_bytes(t, name + i, 1);
	}
	put_bytes(t, &close, 1);
}

static void put_table(struct sql_text *t, const char *name)
{
	const char *dot = strchr(name, '.');

	if (dot) {
		put_quoted(t, name, (size_t)(dot - name));
		put_bytes(t, ".", 1);
		name = dot + 1;
	}
	put_quoted(t, name, strlen(name));
}

static void put_int(struct sql_text *t, int n)
{
	char digits[16];
	int len = snprintf(digits, sizeof(digits), "%d", n);

	put_bytes(t, digits, (size_t)len);
}

static void put_argument(struct sql_text *t, char what, va_list *args)
{
	const char *s;

	switch (what) {
	case 'I':
		s = va_arg(*args, const char *);
		put_quoted(t, s, strlen(s));
		break;
	case 'T':
		put_table(t, va_arg(*args, const char *));
		break;
	case 's':
		s = va_arg(*args, const char *);
		put_bytes(t, s, strlen(s));
		break;
	case 'd':
		put_int(t, va_arg(*args, int));
		break;
	default:
		put_bytes(t, &what, 1);
	}
}

void text_put(struct sql_text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	for (const char *p = fmt; *p;) {
		size_t plain = strcspn(p, "%");

		put_bytes(t, p, plain);
		p += plain;
		if (*p != '%' || !p[1])
			continue;
		put_argument(t, p[1], &args);
		p += 2;
	}
	va_end(args);
}
