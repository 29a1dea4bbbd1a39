/* connector/base/findings.c - the list behind a findings sink.  Texts come from drivers
 * and files: they are kept as one line of valid UTF-8.  Threads: one at a time; no lock.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/findings.h"
#include "base/text.h"

#define FINDING_TEXT 2048       /* composed here */
#define FINDINGS_MAX 2000       /* telling which stand there twice takes their square */
#define FINDING_MAX  65536      /* a statement is never cut, a flood is */

/* Whole: what cannot be shown takes four characters for a byte. */
static char *copy_line(const char *text)
{
	size_t len = text ? strlen(text) : 0, cap;
	char *line;

	if (len > FINDING_MAX)
		len = text_cut(text, len, FINDING_MAX);
	cap = 4 * len + 1;
	line = malloc(cap);
	if (line)
		text_line(text, len, line, cap);
	return line;
}

static void finding_free(struct finding *finding)
{
	free(finding->code);
	free(finding->key);
	free(finding->text);
	free(finding->remedy);
}

static int grow(struct finding_list *list)
{
	size_t cap = list->cap ? list->cap * 2 : 8;
	struct finding *items;

	if (list->n < list->cap)
		return 0;
	items = realloc(list->items, cap * sizeof(*items));
	if (!items)
		return -1;
	list->items = items;
	list->cap = cap;
	return 0;
}

/* Of a flood the first ones are kept, but an error is never lost. */
static int is_full(struct finding_list *list, uint32_t severity)
{
	if (list->n < FINDINGS_MAX)
		return 0;
	if (severity < IDBC_ERROR)
		return 1;
	finding_free(&list->items[--list->n]);
	return 0;
}

static int sink_add(struct idbc_findings *sink, uint32_t severity, const char *code,
		    const char *key, const char *text, const char *remedy)
{
	struct finding_list *list = (struct finding_list *)sink;
	struct finding finding = { .severity = severity < IDBC_ERROR ? severity : IDBC_ERROR };

	if (is_full(list, finding.severity))
		return -1;
	finding.code = copy_line(code);
	finding.key = copy_line(key);
	finding.text = copy_line(text);
	finding.remedy = copy_line(remedy);
	if (!finding.code || !finding.key || !finding.text || !finding.remedy || grow(list)) {
		finding_free(&finding);
		list->failed = 1;
		return -1;
	}
	list->items[list->n++] = finding;
	return 0;
}

void findings_init(struct finding_list *list)
{
	memset(list, 0, sizeof(*list));
	list->sink.size = sizeof(list->sink);
	list->sink.add = sink_add;
}

void findings_free(struct finding_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		finding_free(&list->items[i]);
	free(list->items);
	findings_init(list);
}

int findings_add(struct idbc_findings *sink, uint32_t severity, const char *code,
		 const char *key, const char *remedy, const char *fmt, ...)
{
	char text[FINDING_TEXT];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		text[0] = '\0';
	else if ((size_t)n >= sizeof(text))
		text[text_cut(text, sizeof(text) - 1, sizeof(text) - 4)] = '\0';
	return sink->add(sink, severity, code, key, text, remedy);
}

int findings_move(struct finding_list *to, const struct finding_list *from, const char *path)
{
	char key[FINDING_TEXT];

	for (size_t i = 0; i < from->n; i++) {
		const struct finding *f = &from->items[i];

		snprintf(key, sizeof(key), "%s%s%s", path, f->key[0] ? "." : "", f->key);
		to->sink.add(&to->sink, f->severity, f->code, key, f->text, f->remedy);
	}
	to->failed |= from->failed;
	return to->failed ? -1 : 0;
}

size_t findings_errors(const struct finding_list *list)
{
	size_t errors = 0;

	for (size_t i = 0; i < list->n; i++)
		errors += list->items[i].severity == IDBC_ERROR;
	return errors;
}

static int same_finding(const struct finding *a, const struct finding *b)
{
	return a->severity == b->severity && !strcmp(a->code, b->code) &&
	       !strcmp(a->key, b->key) && !strcmp(a->text, b->text) &&
	       !strcmp(a->remedy, b->remedy);
}

static void drop_repeated(struct finding_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		size_t at = 0;

		while (at < kept && !same_finding(&list->items[at], &list->items[i]))
			at++;
		if (at < kept)
			finding_free(&list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->n = kept;
}

void findings_sort(struct finding_list *list)
{
	drop_repeated(list);
	for (size_t i = 1; i < list->n; i++) {
		struct finding moved = list->items[i];
		size_t at = i;

		for (; at && list->items[at - 1].severity < moved.severity; at--)
			list->items[at] = list->items[at - 1];
		list->items[at] = moved;
	}
}

static const struct finding *first_error(const struct finding_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].severity == IDBC_ERROR)
			return &list->items[i];
	return NULL;
}

int findings_fail(const struct finding_list *list, const char *origin, struct idbc_error *err)
{
	const struct finding *first = first_error(list);
	size_t errors = findings_errors(list);
	char more[40] = "", text[sizeof(err->text)], head[FINDING_TEXT * 2 + 4];
	size_t len;

	if (!first && list->failed)
		return err_nomem(err, origin);
	if (!first)
		return err_set(err, IDBC_CONFIG, origin, "configuration is wrong");
	if (errors > 1)
		snprintf(more, sizeof(more), " (and %zu more)", errors - 1);
	snprintf(head, sizeof(head), "%s%s%s", first->key, first->key[0] ? ": " : "",
		 first->text);
	len = text_line(head, strlen(head), text, sizeof(text) - strlen(more));
	return err_code(err, IDBC_CONFIG, origin, first->code, "%.*s%s", (int)len, text, more);
}
