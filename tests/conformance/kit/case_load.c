/* tests/conformance/kit/case_load.c - job: the file and its table, before anything is opened.
 * Threads: one.
 */
#include "inside.h"

static void adopted(struct kit *kit)
{
	struct driver_fault why = { "", "" };

	kit_ask(kit, "load the file as the connector does");
	if (kit_adopt(kit, &why))
		kit_fail(kit, "a driver that the connector takes", "%s: %s", why.code, why.text);
}

const struct kit_case kit_load_cases[] = {
	{ "load.adopted", "the connector takes the driver", KIT_NO_DRIVER, adopted },
	{ NULL, NULL, 0, NULL },
};
