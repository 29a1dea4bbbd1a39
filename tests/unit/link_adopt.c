/* tests/unit/link_adopt.c - tables of drivers that are older or newer than this library, or
 * lack what they need.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <idbc/idbc.h>
#include "link/inside.h"
#include "unit.h"

static struct driver_fault fault;

static int any(void)
{
	return 0;
}

/* A slot that is there; ISO C has no pointer for both data and functions. */
static void fill(void *slot)
{
	int (*fn)(void) = any;

	memcpy(slot, &fn, sizeof(fn));
}

static int is_any(const void *slot)
{
	int (*fn)(void) = any;

	return !memcmp(slot, &fn, sizeof(fn));
}

/* Whole tables whose slots are there; none is ever called. */
static void whole(struct idbc_driver *table, struct idbc_ops *ops)
{
	memset(table, 0, sizeof(*table));
	memset(ops, 0, sizeof(*ops));
	ops->size = sizeof(*ops);
	fill(&ops->login);
	fill(&ops->get_user);
	fill(&ops->check);
	table->size = sizeof(*table);
	table->abi = IDBC_DRIVER_ABI;
	table->name = "whole";
	fill(&table->open);
	fill(&table->close);
	fill(&table->connect);
	fill(&table->disconnect);
	fill(&table->abandon);
	fill(&table->ping);
	table->ops = ops;
}

static int adopt(const struct idbc_driver *table, struct driver *out)
{
	memset(&fault, 0, sizeof(fault));
	return driver_adopt(table, out, &fault);
}

static void test_whole(void)
{
	struct idbc_driver table;
	struct idbc_ops ops;
	struct driver out;

	whole(&table, &ops);
	fill(&table.thread_begin);
	CU_ASSERT_EQUAL(adopt(&table, &out), 0);
	CU_ASSERT_PTR_EQUAL(out.table.ops, &out.ops);
	CU_ASSERT(is_any(&out.ops.check));
	CU_ASSERT(!is_any(&out.table.thread_begin));    /* without its other half */
	CU_ASSERT_EQUAL(out.table.thread_begin(NULL), 0);
	out.table.thread_end(NULL);
	out.table.interrupt(NULL);
	UNIT_STR(out.table.version, "");
	CU_ASSERT_EQUAL(out.slots, (1u << IDBC_LOGIN | 1u << IDBC_GET_USER | LINK_CHECK));
	fill(&table.thread_end);
	CU_ASSERT_EQUAL(adopt(&table, &out), 0);
	CU_ASSERT(is_any(&out.table.thread_begin) && is_any(&out.table.thread_end));
}

/* Every slot, those kept free as well: nothing in an adopted table is NULL. */
static void test_stubs(void)
{
	struct idbc_driver table;
	struct idbc_ops ops;
	struct driver out;
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *at = (const char *)&out.ops, *end = at + sizeof(out.ops);
	static const char zero[sizeof(void *)];

	whole(&table, &ops);
	ops.check = NULL;
	CU_ASSERT_EQUAL(adopt(&table, &out), 0);
	for (at += offsetof(struct idbc_ops, login); at < end; at += sizeof(void *))
		CU_ASSERT(memcmp(at, zero, sizeof(zero)) != 0);
	CU_ASSERT_EQUAL(out.ops.create(NULL, NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.verify(NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.change_password(NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.delete_user(NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.change_email(NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.proven(NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.list(NULL, NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.intents(NULL, 0, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.check(NULL, 0, 0, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.failed(NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.change_username(NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.change_phone(NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.settle(NULL, NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.moved(NULL, NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.migrate(NULL, NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.ops.create_many(NULL, NULL, NULL, &err), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(err.status, IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(err.effect, IDBC_EFFECT_NONE);
}

/* A driver built against an older header: what it does not have is absent. */
static void test_older(void)
{
	struct idbc_driver table;
	struct idbc_ops ops;
	struct driver out;

	whole(&table, &ops);
	ops.size = offsetof(struct idbc_ops, create);
	fill(&ops.create);
	CU_ASSERT_EQUAL(adopt(&table, &out), 0);
	CU_ASSERT(is_any(&out.ops.get_user));
	CU_ASSERT(!is_any(&out.ops.create));
	CU_ASSERT(!is_any(&out.ops.check));
	CU_ASSERT_EQUAL(out.slots, (1u << IDBC_LOGIN | 1u << IDBC_GET_USER));
	CU_ASSERT_EQUAL(out.ops.size, sizeof(struct idbc_ops));
	ops.size = offsetof(struct idbc_ops, get_user);
	CU_ASSERT_EQUAL(adopt(&table, &out), -1);
	UNIT_STR(fault.code, "driver-incomplete");
}

static void test_newer(void)
{
	struct { struct idbc_driver table; void *more[4]; } big;
	struct { struct idbc_ops ops; void *more[4]; } big_ops;
	struct driver out;

	memset(&big, 0xee, sizeof(big));
	memset(&big_ops, 0xee, sizeof(big_ops));
	whole(&big.table, &big_ops.ops);
	big.table.size = sizeof(big);
	big.table.abi = IDBC_DRIVER_ABI + 5;
	big_ops.ops.size = sizeof(big_ops);
	CU_ASSERT_EQUAL(adopt(&big.table, &out), 0);
	CU_ASSERT_EQUAL(out.table.size, sizeof(struct idbc_driver));
	CU_ASSERT_EQUAL(out.table.abi, IDBC_DRIVER_ABI + 5);
	CU_ASSERT_EQUAL(out.ops.size, sizeof(struct idbc_ops));
}

static void refused(const struct idbc_driver *table, const char *code, const char *part)
{
	struct driver out;

	CU_ASSERT_EQUAL(adopt(table, &out), -1);
	UNIT_STR(fault.code, code);
	CU_ASSERT(strstr(fault.text, part) != NULL);
}

/* Theirs and ours. */
static int names_both(uint32_t abi)
{
	char theirs[24], ours[24];

	snprintf(theirs, sizeof(theirs), "%u.%u", abi >> 16, abi & 0xffffu);
	snprintf(ours, sizeof(ours), "%u.%u", IDBC_DRIVER_ABI_MAJOR, IDBC_DRIVER_ABI_MINOR);
	return strstr(fault.text, theirs) && strstr(fault.text, ours);
}

static void test_incomplete(void)
{
	struct idbc_driver table;
	struct idbc_ops ops;
	struct { size_t offset; const char *name; } slots[] = {
		{ offsetof(struct idbc_driver, open), "open" },
		{ offsetof(struct idbc_driver, close), "close" },
		{ offsetof(struct idbc_driver, connect), "connect" },
		{ offsetof(struct idbc_driver, disconnect), "disconnect" },
		{ offsetof(struct idbc_driver, abandon), "abandon" },
		{ offsetof(struct idbc_driver, ping), "ping" },
		{ offsetof(struct idbc_driver, ops), "ops" },
		{ offsetof(struct idbc_driver, name), "name" },
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		whole(&table, &ops);
		table.abi = 345;
		memset((char *)&table + slots[i].offset, 0, sizeof(void *));
		refused(&table, "driver-incomplete", slots[i].name);
		CU_ASSERT(names_both(345));
	}
	whole(&table, &ops);
	ops.login = NULL;
	refused(&table, "driver-incomplete", "login");
	CU_ASSERT(names_both(IDBC_DRIVER_ABI));
	whole(&table, &ops);
	table.caps = IDBC_CAP_INTERRUPT;
	refused(&table, "driver-incomplete", "interrupt");
	whole(&table, &ops);
	table.size = offsetof(struct idbc_driver, ops);
	refused(&table, "driver-incomplete", "too short");
	table.size = 0;
	refused(&table, "driver-incomplete", "too short");
	whole(&table, &ops);
	table.caps = IDBC_CAP_SESSIONLESS;
	refused(&table, "driver-incomplete", "DECIDES and PLAINTEXT");
	whole(&table, &ops);
	table.abi = (3u << 16) | 4u;
	refused(&table, "driver-abi", "3.4");
	CU_ASSERT(names_both(table.abi));
}

static void test_words(void)
{
	static const char long_word[] =
		"a-name-that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on";
	static const char *const words[] = { "\xff\xfe", "two\nlines", long_word };
	struct idbc_driver table;
	struct idbc_ops ops;

	for (size_t i = 0; i < 3; i++) {
		whole(&table, &ops);
		table.name = words[i];
		refused(&table, "driver-incomplete", "name");
		whole(&table, &ops);
		table.version = words[i];
		refused(&table, "driver-incomplete", "version");
	}
}

/* Our own drivers with a host that is older than they are. */
static void test_older_host(void)
{
	static const char *const paths[] = { TEST_BUILD "/drivers/odbc.so",
					     TEST_BUILD "/drivers/mysql.so" };
	struct link_host host;

	for (size_t i = 0; i < 2; i++) {
		void *handle = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
		void *symbol = handle ? dlsym(handle, IDBC_DRIVER_ENTRY_SYMBOL) : NULL;
		idbc_driver_entry_fn *entry;

		if (!symbol) {
			printf("skip - link_adopt/%s is not built\n", paths[i]);
			continue;
		}
		memcpy(&entry, &symbol, sizeof(entry));
		link_host_init(&host, NULL, "test");
		CU_ASSERT_PTR_NOT_NULL(entry(IDBC_DRIVER_ABI, &host.table));
		CU_ASSERT_PTR_NOT_NULL(entry(IDBC_DRIVER_ABI + 7, &host.table));
		CU_ASSERT_PTR_NULL(entry(IDBC_DRIVER_ABI + (1u << 16), &host.table));
		host.table.size = offsetof(struct idbc_host, same);
		CU_ASSERT_PTR_NULL(entry(IDBC_DRIVER_ABI - 5, &host.table));
	}
}

static const struct unit_test tests[] = {
	{ "a whole table is taken as it is", test_whole },
	{ "an older driver lacks optional slots", test_older },
	{ "a newer driver's further slots are ignored", test_newer },
	{ "a driver without a required slot is refused by its name", test_incomplete },
	{ "words that are none are refused", test_words },
	{ "what is absent says so", test_stubs },
	{ "our drivers refuse a host that lacks what they need", test_older_host },
};

UNIT_MAIN("link_adopt", tests)
