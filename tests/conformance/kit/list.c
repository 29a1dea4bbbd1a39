/* tests/conformance/kit/list.c - job: the cases in the order in which they run; those that
 * judge what was seen in passing come last.
 * Threads: constant.
 */
#include "inside.h"
#include "ops.h"

const struct kit_case *kit_case_at(size_t i)
{
	static const struct kit_case *const groups[] = {
		kit_load_cases, kit_open_cases, kit_session_cases, kit_login_cases,
		kit_get_user_cases, kit_found_cases, kit_create_cases, kit_create_value_cases,
		kit_create_exists_cases, kit_create_many_cases, kit_verify_cases,
		kit_change_email_cases, kit_change_password_cases, kit_delete_user_cases, kit_proven_cases,
		kit_list_cases, kit_check_cases, kit_absent_cases, kit_settle_cases, kit_parallel_cases,
		kit_interrupt_cases, kit_abandon_cases, kit_deadline_cases, kit_sink_cases, kit_atomic_cases,
		kit_environment_cases, kit_leak_cases, kit_errors_cases,
	};

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		for (const struct kit_case *one = groups[g]; one->name; one++)
			if (i-- == 0)
				return one;
	return NULL;
}
