/* tests/conformance/kit/list.c - job: the cases in the order in which they run; those that
 * judge what was seen in passing come last.
 * Threads: constant.
 */
#include "inside.h"

const struct kit_case *kit_case_at(size_t i)
{
	static const struct kit_case *const groups[] = {
		kit_load_cases, kit_open_cases, kit_session_cases, kit_errors_cases,
	};

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		for (const struct kit_case *one = groups[g]; one->name; one++)
			if (i-- == 0)
				return one;
	return NULL;
}
