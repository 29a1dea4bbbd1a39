/* tests/unit/base_findings.c - lists of findings.  One thread, no lock. */
#include <stdlib.h>
#include <string.h>
#include "base/findings.h"
#include "base/text.h"
#include "unit.h"

static void test_add_and_sort(void)
{
	struct finding_list list;

	findings_init(&list);
	CU_ASSERT(!findings_add(&list.sink, IDBC_NOTE, "n1", "a", NULL, "note %d", 1));
	CU_ASSERT(!findings_add(&list.sink, IDBC_ERROR, "e1", "b", "mend it", "first"));
	CU_ASSERT(!findings_add(&list.sink, IDBC_WARNING, "w1", NULL, NULL, "careful"));
	CU_ASSERT(!findings_add(&list.sink, IDBC_ERROR, "e2", "c", NULL, "line\nbreak"));
	CU_ASSERT(!list.sink.add(&list.sink, 77, NULL, NULL, NULL, NULL));
	CU_ASSERT(list.n == 5 && findings_errors(&list) == 3);
	findings_sort(&list);
	UNIT_STR(list.items[0].code, "e1");
	UNIT_STR(list.items[0].remedy, "mend it");
	UNIT_STR(list.items[1].code, "e2");
	UNIT_STR(list.items[1].text, "line\\x0abreak");
	UNIT_STR(list.items[2].code, "");
	UNIT_STR(list.items[3].code, "w1");
	UNIT_STR(list.items[3].key, "");
	UNIT_STR(list.items[4].text, "note 1");
	findings_add(&list.sink, IDBC_WARNING, "w1", NULL, NULL, "careful");
	findings_add(&list.sink, IDBC_WARNING, "w1", "k", NULL, "careful");
	findings_add(&list.sink, IDBC_ERROR, "e1", "b", "mend it", "first");
	findings_sort(&list);
	CU_ASSERT(list.n == 6);
	UNIT_STR(list.items[0].code, "e1");
	UNIT_STR(list.items[1].code, "e2");
	UNIT_STR(list.items[4].key, "k");
	findings_free(&list);
	CU_ASSERT(list.n == 0 && !list.items);
	findings_free(&list);
}

/* A statement that somebody will paste is whole; a flood is not kept. */
static void test_long(void)
{
	struct finding_list list;
	char *text = malloc(200000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, 'g', 200000);
	text[20000] = '\0';
	findings_init(&list);
	CU_ASSERT(!list.sink.add(&list.sink, IDBC_NOTE, "grant", "t", text, text));
	CU_ASSERT(strlen(list.items[0].text) == 20000 && strlen(list.items[0].remedy) == 20000);
	text[20000] = 'g';
	text[199999] = '\0';
	CU_ASSERT(!list.sink.add(&list.sink, IDBC_NOTE, "grant", "t", text, ""));
	CU_ASSERT(strlen(list.items[1].text) == 65536);
	memset(text, '\xff', 199999);
	CU_ASSERT(!list.sink.add(&list.sink, IDBC_NOTE, "grant", "t", text, ""));
	CU_ASSERT(text_is_utf8(list.items[2].text, strlen(list.items[2].text)));
	findings_free(&list);
	free(text);
}

static void test_fail(void)
{
	struct finding_list list;
	struct idbc_error err;

	findings_init(&list);
	findings_add(&list.sink, IDBC_WARNING, "w", "k", NULL, "only a warning");
	findings_add(&list.sink, IDBC_ERROR, "unknown-key", "pool.mxa", NULL, "unknown key");
	CU_ASSERT(findings_fail(&list, "config", &err) == IDBC_CONFIG);
	UNIT_STR(err.text, "pool.mxa: unknown key");
	UNIT_STR(err.code, "unknown-key");
	UNIT_STR(err.origin, "config");
	findings_add(&list.sink, IDBC_ERROR, "x", "", NULL, "second");
	findings_add(&list.sink, IDBC_ERROR, "x", "", NULL, "third");
	findings_fail(&list, "config", &err);
	UNIT_STR(err.text, "pool.mxa: unknown key (and 2 more)");
	findings_free(&list);
}

static void test_fail_long(void)
{
	struct finding_list list;
	struct idbc_error err;
	char word[500];

	memset(word, 'y', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	findings_init(&list);
	findings_add(&list.sink, IDBC_ERROR, "x", word, NULL, "%s", word);
	findings_add(&list.sink, IDBC_ERROR, "x", "k", NULL, "t");
	findings_fail(&list, "config", &err);
	CU_ASSERT(strlen(err.text) == sizeof(err.text) - 1);
	UNIT_STR(err.text + strlen(err.text) - 14, "y (and 1 more)");
	findings_free(&list);
	findings_init(&list);
	list.failed = 1;
	CU_ASSERT(findings_fail(&list, "config", &err) == IDBC_NOMEM);
}

static const struct unit_test tests[] = {
	{ "add and sort", test_add_and_sort },
	{ "long texts", test_long },
	{ "fail", test_fail },
	{ "fail cuts the text, not the count", test_fail_long },
};
UNIT_MAIN("base_findings", tests)
