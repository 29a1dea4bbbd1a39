/* tests/conformance/kit/case_open.c - job: opening a connection: mistakes, options, ends.
 * Threads: one.
 */
#include "base/findings.h"
#include "kit.h"

static void opens(struct kit *kit)
{
	kit_ask(kit, "open the connection of the configuration");
	kit_instance(kit);
}

const struct kit_case kit_open_cases[] = {
	{ "open.opens", "open() says OK to a right configuration", 0, opens },
	{ NULL, NULL, 0, NULL },
};
