/* connector/link/adopt.c - job: judge a driver's table, which may be older or newer than
 * this library, and copy what both know.  Threads: any, no lock.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "link/inside.h"

#define HAS(table, slot) (offsetof(struct idbc_driver, slot) + sizeof((table)->slot))

int driver_fault(struct driver_fault *fault, const char *code, const char *fmt, ...)
{
	va_list ap;

	snprintf(fault->code, sizeof(fault->code), "%s", code);
	va_start(ap, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, ap);
	va_end(ap);
	return -1;
}

static int check_abi(const struct idbc_driver *theirs, struct driver_fault *fault)
{
	uint32_t major = theirs->abi >> 16, minor = theirs->abi & 0xffffu;

	if (major == IDBC_DRIVER_ABI_MAJOR)
		return 0;
	return driver_fault(fault, "driver-abi",
			    "built for driver ABI %u.%u, this library has %u.%u", major, minor,
			    IDBC_DRIVER_ABI_MAJOR, IDBC_DRIVER_ABI_MINOR);
}

static int incomplete(struct driver_fault *fault, const char *what)
{
	return driver_fault(fault, "driver-incomplete", "the driver's table has no %s", what);
}

static int check_words(const struct idbc_driver *table, struct driver_fault *fault)
{
	if (!table->name || !table->name[0])
		return incomplete(fault, "name");
	if (!text_is_utf8(table->name, strlen(table->name)) || strlen(table->name) > 64)
		return driver_fault(fault, "driver-incomplete", "the driver's name is no name");
	return 0;
}

/* The required slots, each by its name. */
static int check_slots(const struct idbc_driver *table, const struct idbc_ops *ops,
		       struct driver_fault *fault)
{
	const struct { int there; const char *name; } slots[] = {
		{ table->open != NULL, "open" },
		{ table->close != NULL, "close" },
		{ table->connect != NULL, "connect" },
		{ table->disconnect != NULL, "disconnect" },
		{ table->abandon != NULL, "abandon" },
		{ table->ping != NULL, "ping" },
		{ ops->login != NULL, "login" },
		{ ops->get_user != NULL, "get_user" },
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (!slots[i].there)
			return incomplete(fault, slots[i].name);
	if (table->caps & IDBC_CAP_SESSIONLESS)
		return driver_fault(fault, "unsupported",
				    "stacked drivers are not supported in this version");
	return 0;
}

static int copy_ops(const struct idbc_ops *theirs, struct idbc_ops *out,
		    struct driver_fault *fault)
{
	size_t size;

	if (!theirs)
		return incomplete(fault, "ops");
	size = theirs->size < sizeof(*out) ? theirs->size : sizeof(*out);
	if (size < offsetof(struct idbc_ops, get_user) + sizeof(theirs->get_user))
		return driver_fault(fault, "driver-incomplete",
			"the table of operations is too short: %u bytes", theirs->size);
	memcpy(out, theirs, size);
	out->size = sizeof(*out);
	return 0;
}

int driver_adopt(const struct idbc_driver *theirs, struct driver *out,
		 struct driver_fault *fault)
{
	struct idbc_driver table;
	struct idbc_ops ops;
	size_t size = theirs->size < sizeof(table) ? theirs->size : sizeof(table);

	memset(&table, 0, sizeof(table));
	memset(&ops, 0, sizeof(ops));
	if (theirs->size < HAS(theirs, abi))
		return driver_fault(fault, "driver-incomplete",
				    "the driver's table is too short: %u bytes", theirs->size);
	if (check_abi(theirs, fault))
		return -1;
	if (theirs->size < HAS(theirs, ops))
		return driver_fault(fault, "driver-incomplete",
				    "the driver's table is too short: %u bytes", theirs->size);
	memcpy(&table, theirs, size);
	if (check_words(&table, fault) || copy_ops(table.ops, &ops, fault) ||
	    check_slots(&table, &ops, fault))
		return -1;
	if (!table.thread_begin || !table.thread_end) {
		table.thread_begin = NULL;
		table.thread_end = NULL;
	}
	table.size = sizeof(table);
	out->table = table;
	out->ops = ops;
	out->table.ops = &out->ops;
	return 0;
}
