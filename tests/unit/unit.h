/* tests/unit/unit.h - one CUnit program per source file: a table of tests and UNIT_MAIN.
 * Prints one "ok - name" or "not ok - name" line per test, which tests/run counts.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <stdlib.h>

struct unit_test { const char *name; void (*run)(void); };

/* Where a test compares text: says what was got when it differs. */
#define UNIT_STR(got, want) do { \
	const char *got_ = (got), *want_ = (want); \
	int same_ = got_ && want_ && !strcmp(got_, want_); \
	if (!same_) \
		fprintf(stderr, "%s:%d: got \"%s\", wanted \"%s\"\n", __FILE__, __LINE__, \
			got_ ? got_ : "(null)", want_ ? want_ : "(null)"); \
	CU_ASSERT(same_); \
} while (0)

/* How many times as long everything may take under a sanitizer or valgrind. */
static inline int unit_slower(void)
{
	const char *slower = getenv("TEST_SLOWER");

	return slower && atoi(slower) > 0 ? atoi(slower) : 1;
}

static int unit_run(const char *suite_name, const struct unit_test *tests, size_t n)
{
	CU_pSuite suite;
	int bad = 0;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite(suite_name, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		CU_add_test(suite, tests[i].name, tests[i].run);
	for (size_t i = 0; i < n; i++) {
		CU_pTest test = CU_get_test(suite, tests[i].name);
		CU_run_test(suite, test);
		int failed = CU_get_number_of_failures() != 0;
		for (CU_pFailureRecord f = CU_get_failure_list(); f; f = f->pNext)
			fprintf(stderr, "%s:%u: %s\n", f->strFileName ? f->strFileName : "?",
				f->uiLineNumber, f->strCondition ? f->strCondition : "?");
		printf("%s - %s/%s\n", failed ? "not ok" : "ok", suite_name, tests[i].name);
		bad |= failed;
	}
	CU_cleanup_registry();
	return bad;
}

#define UNIT_MAIN(suite_name, tests) \
	int main(void) { return unit_run(suite_name, tests, sizeof(tests) / sizeof(tests[0])); }

#endif
