/* tests/unit/docs_configuration.c - docs/configuration.md and idbc.conf(5) against the table
 * that checks configurations: a row for every key, saying the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config/keys.h"
#include "unit.h"

#ifndef TEST_SOURCE
#define TEST_SOURCE "."
#endif

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 1 << 18);

	if (in && text)
		text[fread(text, 1, (1 << 18) - 1, in)] = '\0';
	if (in)
		fclose(in);
	return text;
}

/* Copies with every '|' written as `bar`. */
static void cell(const char *text, const char *bar, char *out, size_t cap)
{
	size_t n = 0;

	for (; *text && n + 3 < cap; text++)
		n += (size_t)snprintf(out + n, cap - n, *text == '|' ? "%s" : "%.1s",
				      *text == '|' ? bar : text);
	out[n] = '\0';
}

static void range_text(const struct config_key *key, char *out, size_t cap)
{
	if (key->type == KEY_INT)
		snprintf(out, cap, "%lld to %lld", (long long)key->min, (long long)key->max);
	else
		cell(key->range ? key->range : "", ", ", out, cap);
}

static void row_of(const struct config_key *key, char *out, size_t cap)
{
	char range[160], meaning[160], fallback[64] = "";

	range_text(key, range, sizeof(range));
	cell(key->meaning, "\\|", meaning, sizeof(meaning));
	if (key->fallback[0])
		snprintf(fallback, sizeof(fallback), "`%s`", key->fallback);
	snprintf(out, cap, "| `%s` | %s | %s | %s | %s |\n", key->path,
		 config_key_type_name(key->type), fallback, range, meaning);
}

static void every_key_has_its_row(void)
{
	char *page = slurp(TEST_SOURCE "/docs/configuration.md"), row[512];
	size_t n;
	const struct config_key *keys = config_keys(&n);

	CU_ASSERT_FATAL(page != NULL);
	for (size_t i = 0; i < n; i++) {
		row_of(&keys[i], row, sizeof(row));
		if (!strstr(page, row))
			fprintf(stderr, "docs/configuration.md lacks: %s", row);
		CU_ASSERT(strstr(page, row) != NULL);
	}
	free(page);
}

static void every_row_is_a_key(void)
{
	char *page = slurp(TEST_SOURCE "/docs/configuration.md");
	const char *at = page ? strstr(page, "| key | type |") : NULL;
	const char *end = at ? strstr(at, "\n\n") : NULL;
	size_t n, rows = 0;

	config_keys(&n);
	CU_ASSERT_FATAL(end != NULL);
	for (; at && at < end; at = strchr(at, '\n'), at += at != NULL)
		rows += !strncmp(at, "| `", 3);
	CU_ASSERT_EQUAL(rows, n);
	free(page);
}

static void the_man_page_names_every_key(void)
{
	char *page = slurp(TEST_SOURCE "/docs/idbc.conf.5"), item[128];
	size_t n;
	const struct config_key *keys = config_keys(&n);

	CU_ASSERT_FATAL(page != NULL);
	for (size_t i = 0; i < n; i++) {
		snprintf(item, sizeof(item), ".It Cm %s\n", keys[i].path);
		if (!strstr(page, item))
			fprintf(stderr, "docs/idbc.conf.5 lacks: %s", item);
		CU_ASSERT(strstr(page, item) != NULL);
	}
	free(page);
}

static const struct unit_test tests[] = {
	{ "every key has its row", every_key_has_its_row },
	{ "every row is a key", every_row_is_a_key },
	{ "the man page names every key", the_man_page_names_every_key },
};
UNIT_MAIN("docs_configuration", tests)
