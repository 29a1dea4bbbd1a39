/* connector/link/adopt.c - job: judge a driver's table, which may be older or newer than
 * this library, and copy what both know; stubs.c fills what is not there.
 * Threads: any, no lock.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "link/inside.h"

#define NAME_MAX_BYTES 64       /* of a driver's name, and of its version */

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
	if (theirs->abi >> 16 == IDBC_DRIVER_ABI_MAJOR)
		return 0;
	return driver_fault(fault, "driver-abi",
			    "built for driver ABI %u.%u, this library has %u.%u",
			    theirs->abi >> 16, theirs->abi & 0xffffu, IDBC_DRIVER_ABI_MAJOR,
			    IDBC_DRIVER_ABI_MINOR);
}

static int incomplete(uint32_t abi, struct driver_fault *fault, const char *what)
{
	return driver_fault(fault, "driver-incomplete",
		"%s; built for driver ABI %u.%u, this library has %u.%u", what, abi >> 16,
		abi & 0xffffu, IDBC_DRIVER_ABI_MAJOR, IDBC_DRIVER_ABI_MINOR);
}

static int no_slot(uint32_t abi, struct driver_fault *fault, const char *slot)
{
	char what[64];

	snprintf(what, sizeof(what), "the driver's table has no %s", slot);
	return incomplete(abi, fault, what);
}

static int is_word(const char *word)
{
	size_t len = strnlen(word, NAME_MAX_BYTES + 1);

	return len <= NAME_MAX_BYTES && text_is_utf8(word, len) && !text_has_control(word, len);
}

static int check_words(const struct idbc_driver *table, struct driver_fault *fault)
{
	if (!table->name || !table->name[0])
		return no_slot(table->abi, fault, "name");
	if (!is_word(table->name))
		return incomplete(table->abi, fault, "the driver's name is no name");
	if (table->version && !is_word(table->version))
		return incomplete(table->abi, fault, "the driver's version is no version");
	return 0;
}

/* Whoever has connections below sees passwords, since these judge and hash them. */
static int check_stacked(const struct idbc_driver *table, struct driver_fault *fault)
{
	uint32_t needed = IDBC_CAP_DECIDES | IDBC_CAP_PLAINTEXT;

	if (!(table->caps & IDBC_CAP_SESSIONLESS) || (table->caps & needed) == needed)
		return 0;
	return incomplete(table->abi, fault,
			  "a stacked driver declares DECIDES and PLAINTEXT as well");
}

/* The required slots, each by its name. */
static int check_slots(const struct idbc_driver *table, const struct idbc_ops *ops,
		       struct driver_fault *fault)
{
	int stacked = (table->caps & IDBC_CAP_SESSIONLESS) != 0;
	const struct { int there; const char *name; } slots[] = {
		{ table->open != NULL, "open" },
		{ table->close != NULL, "close" },
		{ stacked || table->connect, "connect" },
		{ stacked || table->disconnect, "disconnect" },
		{ stacked || table->abandon, "abandon" },
		{ stacked || table->ping, "ping" },
		{ !(table->caps & IDBC_CAP_INTERRUPT) || table->interrupt, "interrupt" },
		{ ops->login != NULL, "login" },
		{ ops->get_user != NULL, "get_user" },
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (!slots[i].there)
			return no_slot(table->abi, fault, slots[i].name);
	return check_stacked(table, fault);
}

static int too_short(uint32_t abi, struct driver_fault *fault, const char *table, uint32_t size)
{
	char what[64];

	snprintf(what, sizeof(what), "%s is too short: %u bytes", table, size);
	return incomplete(abi, fault, what);
}

/* What both have, up to the last whole slot: half a pointer is none. */
static size_t common(uint32_t theirs, size_t ours)
{
	return (theirs < ours ? theirs : ours) / sizeof(void *) * sizeof(void *);
}

static int copy_ops(const struct idbc_driver *table, struct idbc_ops *out,
		    struct driver_fault *fault)
{
	const struct idbc_ops *theirs = table->ops;

	if (!theirs)
		return no_slot(table->abi, fault, "ops");
	if (!IDBC_HAS(theirs, get_user))
		return too_short(table->abi, fault, "the table of operations", theirs->size);
	memcpy(out, theirs, common(theirs->size, sizeof(*out)));
	out->size = sizeof(*out);
	return 0;
}

/* What is needed to say more than that it is none. */
static int copy_table(const struct idbc_driver *theirs, struct idbc_driver *out,
		      struct driver_fault *fault)
{
	if (!IDBC_HAS(theirs, abi))
		return driver_fault(fault, "driver-incomplete",
				    "the driver's table is too short: %u bytes", theirs->size);
	if (check_abi(theirs, fault))
		return -1;
	if (!IDBC_HAS(theirs, ops))
		return too_short(theirs->abi, fault, "the driver's table", theirs->size);
	memcpy(out, theirs, common(theirs->size, sizeof(*out)));
	out->size = sizeof(*out);
	return 0;
}

int driver_adopt(const struct idbc_driver *theirs, struct driver *out,
		 struct driver_fault *fault)
{
	struct idbc_driver table;
	struct idbc_ops ops;

	memset(&table, 0, sizeof(table));
	memset(&ops, 0, sizeof(ops));
	if (copy_table(theirs, &table, fault) || check_words(&table, fault) ||
	    copy_ops(&table, &ops, fault) || check_slots(&table, &ops, fault))
		return -1;
	out->slots = stubs_ops(&ops);
	stubs_driver(&table);
	out->table = table;
	out->ops = ops;
	out->table.ops = &out->ops;
	return 0;
}
