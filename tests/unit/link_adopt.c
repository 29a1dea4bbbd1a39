/* tests/unit/link_adopt.c - drivers' tables of other sizes and drivers' files that should
 * not be loaded.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "link/inside.h"
#include "unit.h"

#define DRIVERS TEST_BUILD "/tests/drivers"

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
	CU_ASSERT(out.ops.check != NULL);
	CU_ASSERT(out.table.thread_begin == NULL);      /* without its other half */
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
	CU_ASSERT(out.ops.get_user != NULL);
	CU_ASSERT(out.ops.create == NULL);
	CU_ASSERT(out.ops.check == NULL);
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
}

static void refused(const struct idbc_driver *table, const char *code, const char *part)
{
	struct driver out;

	CU_ASSERT_EQUAL(adopt(table, &out), -1);
	UNIT_STR(fault.code, code);
	CU_ASSERT(strstr(fault.text, part) != NULL);
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
		memset((char *)&table + slots[i].offset, 0, sizeof(void *));
		refused(&table, "driver-incomplete", slots[i].name);
	}
	whole(&table, &ops);
	ops.login = NULL;
	refused(&table, "driver-incomplete", "login");
	whole(&table, &ops);
	table.size = offsetof(struct idbc_driver, ops);
	refused(&table, "driver-incomplete", "too short");
	table.size = 0;
	refused(&table, "driver-incomplete", "too short");
	whole(&table, &ops);
	table.caps = IDBC_CAP_SESSIONLESS;
	refused(&table, "unsupported", "stacked");
	whole(&table, &ops);
	table.abi = (3u << 16) | 4u;
	refused(&table, "driver-abi", "3.4");
}

/* --- files ---------------------------------------------------------------------------- */
static void not_loaded(const char *name, const char *code, const char *part)
{
	memset(&fault, 0, sizeof(fault));
	CU_ASSERT_PTR_NULL(driver_find(name, &fault));
	UNIT_STR(fault.code, code);
	CU_ASSERT(strstr(fault.text, part) != NULL);
	if (!strstr(fault.text, part))
		fprintf(stderr, "\"%s\" is not in \"%s\"\n", part, fault.text);
}

static void test_files(void)
{
	not_loaded("absent", "driver-not-found", DRIVERS);
	not_loaded("/nowhere/absent.so", "driver-not-found", "no such file");
	not_loaded("/tmp", "driver-unsafe", "regular file");
	not_loaded("./tame", "bad-value", "absolute path");
	not_loaded("../drivers/tame", "bad-value", "absolute path");
	not_loaded("", "bad-value", "bare name");
	not_loaded("a b", "bad-value", "bare name");
	not_loaded("none", "driver-no-entry", "idbc_driver_entry");
	not_loaded("refuses", "driver-refused", "refuses");
	not_loaded("future", "driver-abi", "77.3");
	not_loaded("/etc/passwd", "driver-not-loadable", "passwd");
}

static void test_unsafe(void)
{
	const char *const path = DRIVERS "/open-to-all.so";
	FILE *file = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fclose(file);
	chmod(path, 0664);
	not_loaded("open-to-all", "driver-unsafe", "can be written");
	chmod(path, 0646);
	not_loaded(path, "driver-unsafe", "can be written");
	unlink(path);
}

static void *load(void *out)
{
	struct driver_fault mine;

	*(const struct driver **)out = driver_find("tame", &mine);
	return NULL;
}

static void test_once(void)
{
	const struct driver *got[8];
	pthread_t threads[8];

	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, load, &got[i]);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_PTR_NOT_NULL(got[0]);
	for (int i = 1; i < 8; i++)
		CU_ASSERT_PTR_EQUAL(got[i], got[0]);
}

static void count(void *ctx, const struct link_driver_info *info)
{
	int *seen = ctx;

	if (!strcmp(info->path, DRIVERS "/tame.so")) {
		UNIT_STR(info->name, "tame");
		UNIT_STR(info->version, "1.2");
		CU_ASSERT_PTR_NULL(info->why);
		CU_ASSERT_EQUAL(info->ops, 6);
		*seen |= 1;
	}
	if (!strcmp(info->path, DRIVERS "/future.so")) {
		CU_ASSERT(info->why && strstr(info->why, "77.3"));
		UNIT_STR(info->name, "");
		*seen |= 2;
	}
}

static void test_list(void)
{
	int seen = 0;

	CU_ASSERT_EQUAL(link_list_drivers(count, &seen), IDBC_OK);
	CU_ASSERT_EQUAL(seen, 3);
}

static const struct unit_test tests[] = {
	{ "a whole table is taken as it is", test_whole },
	{ "an older driver lacks optional slots", test_older },
	{ "a newer driver's further slots are ignored", test_newer },
	{ "a driver without a required slot is refused by its name", test_incomplete },
	{ "files that are no driver for us", test_files },
	{ "files that others may write", test_unsafe },
	{ "eight threads load a driver once", test_once },
	{ "the list of drivers", test_list },
};

int main(void)
{
	setenv("IDBC_DRIVER_PATH", "/nowhere:" DRIVERS, 1);
	return unit_run("link_adopt", tests, sizeof(tests) / sizeof(tests[0]));
}
