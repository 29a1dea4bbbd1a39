/* tests/conformance/kit/case_errors.c - job: promises that every call must keep: what was seen
 * in passing during the run is judged here, after a round of all operations.
 * Threads: one.
 */
#include "kit.h"

static void tour(struct kit *kit)
{
	kit_ask(kit, "every operation once");
	kit_disconnect(kit, kit_connect(kit));
}

const struct kit_case kit_errors_cases[] = {
	{ "create.works", "create() makes a user", 0, tour },
	{ "quiet.stdout", "nothing is written to standard output", 0, tour },
	{ "quiet.stderr", "nothing is written to standard error", 0, tour },
	{ NULL, NULL, 0, NULL },
};
