/* connector/base/err.c - filling the error value.  Texts are made safe for a terminal
 * and a log: one line, valid UTF-8, cut between characters.
 * Threads: values only, any thread; no lock.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"

/* Copies a short word; what does not fit is cut. */
static void put_word(char *out, size_t cap, const char *word)
{
	text_line(word, word ? strlen(word) : 0, out, cap);
}

static void put_text(struct idbc_error *err, const char *fmt, va_list ap)
{
	char line[1024];
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= sizeof(line))
		len = text_cut(line, sizeof(line) - 1, sizeof(line) - 4);
	text_line(line, len, err->text, sizeof(err->text));
}

void err_clear(struct idbc_error *err)
{
	memset(err, 0, sizeof(*err));
	err->size = sizeof(*err);
}

static int err_fill(struct idbc_error *err, uint32_t status, const char *origin,
		    const char *code, const char *fmt, va_list ap)
{
	struct idbc_error fresh;

	err_clear(&fresh);
	fresh.status = status;
	put_word(fresh.origin, sizeof(fresh.origin), origin);
	put_word(fresh.code, sizeof(fresh.code), code);
	put_text(&fresh, fmt, ap);      /* arguments may point into *err */
	*err = fresh;
	return (int)status;
}

int err_set(struct idbc_error *err, uint32_t status, const char *origin, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_fill(err, status, origin, NULL, fmt, ap);
	va_end(ap);
	return (int)status;
}

int err_code(struct idbc_error *err, uint32_t status, const char *origin, const char *code,
	     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_fill(err, status, origin, code, fmt, ap);
	va_end(ap);
	return (int)status;
}

int err_nomem(struct idbc_error *err, const char *origin)
{
	return err_set(err, IDBC_NOMEM, origin, "out of memory");
}

void err_copy_out(struct idbc_error *to, const struct idbc_error *from)
{
	const size_t text_at = offsetof(struct idbc_error, text);
	size_t n;

	if (!to || to->size <= sizeof(to->size))
		return;
	n = to->size < sizeof(*from) ? to->size : sizeof(*from);
	if (!from->text[0] && n > text_at)
		n = text_at + 1;
	memcpy((char *)to + sizeof(to->size), (const char *)from + sizeof(to->size),
	       n - sizeof(to->size));
	if (n > text_at && n < sizeof(*from)) {
		size_t room = n - text_at - 1;

		((char *)to)[text_at + text_cut(from->text, strlen(from->text), room)] = '\0';
	}
}

const char *status_name(uint32_t status)
{
	switch (status) {
#define STATUS_NAME(name, value, text) case value: return #name;
	IDBC_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
	}
	return "UNKNOWN";
}

const char *status_text(uint32_t status)
{
	switch (status) {
#define STATUS_TEXT(name, value, text) case value: return text;
	IDBC_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
	}
	return "unknown status";
}

const char *effect_name(uint32_t effect)
{
	static const char *const names[] = { "NONE", "APPLIED", "UNKNOWN" };

	return effect <= IDBC_EFFECT_UNKNOWN ? names[effect] : "UNKNOWN";
}

const char *detail_name(uint32_t detail)
{
	static const char *const names[] = { "NONE", "UNKNOWN_USER", "WRONG_PASSWORD",
		"NO_PASSWORD", "BAD_CREDENTIAL", "AMBIGUOUS", "LOCKED_OUT" };

	return detail < sizeof(names) / sizeof(names[0]) ? names[detail] : "UNKNOWN";
}
