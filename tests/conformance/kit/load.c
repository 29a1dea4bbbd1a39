/* tests/conformance/kit/load.c - job: the driver as it is and as the connector takes it, the
 * connection, instances beside it.
 * Threads: the case's first, before it starts others.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/err.h"
#include "inside.h"
#include "run/conn.h"

/* --- the driver ---------------------------------------------------------------------------- */
void *kit_entry(struct kit *kit)
{
	return dlsym(kit->handle, IDBC_DRIVER_ENTRY_SYMBOL);
}

/* By the connector first: it looks at the file before anything of it runs. */
int kit_load(struct kit *kit, struct driver_fault *why)
{
	struct loan loan = { .kit = kit };
	struct link_host host;
	idbc_driver_entry_fn *entry;
	void *symbol;

	if (kit->raw)
		return 0;
	watch_enter(kit, SLOT_entry);           /* its constructors run */
	kit->handle = dlopen(kit->run->driver, RTLD_NOW | RTLD_LOCAL);
	watch_leave(kit, SLOT_entry);
	if (!kit->handle)
		return driver_fault(why, "driver-not-loadable", "%.300s", dlerror());
	symbol = kit_entry(kit);
	if (!symbol)
		return driver_fault(why, "driver-no-entry", "it has no %s",
				    IDBC_DRIVER_ENTRY_SYMBOL);
	memcpy(&entry, &symbol, sizeof(entry));
	link_host_init(&host, NULL, "driver");
	watch_enter(kit, SLOT_entry);
	kit->raw = entry(IDBC_DRIVER_ABI, lend(&loan, &host, sizeof(host)));
	watch_leave(kit, SLOT_entry);
	lend_end(&loan);
	return kit->raw ? 0 : driver_fault(why, "driver-refused", "its entry returned NULL");
}

int kit_adopt(struct kit *kit, struct driver_fault *why)
{
	const struct driver *driver;

	if (kit->driver)
		return 0;
	watch_enter(kit, SLOT_entry);
	driver = driver_load(kit->run->driver, why);
	watch_leave(kit, SLOT_entry);
	if (!driver || kit_load(kit, why))
		return -1;
	watch(kit, (struct driver *)(uintptr_t)driver);
	kit->driver = driver;
	return 0;
}

static void must_adopt(struct kit *kit)
{
	struct driver_fault why = { "", "" };

	if (kit_adopt(kit, &why))
		kit_fail(kit, "a driver that the connector takes", "%s: %s", why.code, why.text);
}

const char *kit_driver_path(const struct kit *kit)
{
	return kit->run->driver;
}

const struct idbc_driver *kit_raw(struct kit *kit)
{
	struct driver_fault why = { "", "" };

	if (kit_load(kit, &why))
		kit_fail(kit, "a driver that can be loaded", "%s: %s", why.code, why.text);
	return kit->raw;
}

const struct idbc_driver *kit_table(struct kit *kit)
{
	must_adopt(kit);
	return &kit->driver->table;
}

uint32_t kit_caps(const struct kit *kit)
{
	return kit->page->facts.caps;
}

int kit_has(const struct kit *kit, uint32_t need)
{
	return (kit->page->facts.needs & need) == need;
}

/* --- the connection -------------------------------------------------------------------------- */
const char *kit_config_json(const struct kit *kit)
{
	return kit->run->json;
}

static _Noreturn void cannot_open(struct kit *kit, const char *what, struct finding_list *findings,
				  const struct idbc_error *err)
{
	const char *key = "", *text = "";

	findings_sort(findings);
	if (findings->n) {
		key = findings->items[0].key;
		text = findings->items[0].text;
	}
	kit_fail(kit, what, "%s: %s; first of %zu findings: %s: %s", kit_status((int)err->status),
		 err->text, findings->n, key, text);
}

struct idbc *kit_store(struct kit *kit)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct finding_list findings;
	const uint32_t hurry_ms = 0;
	int rc;

	if (kit->store)
		return kit->store;
	must_adopt(kit);
	findings_init(&findings);
	rc = run_open(NULL, kit->run->json, &hurry_ms, &findings, &kit->store, &err);
	if (rc != IDBC_OK)
		cannot_open(kit, "a connection that opens", &findings, &err);
	findings_free(&findings);
	run_set_log(kit->store, kit_log, kit);
	return kit->store;
}

const struct config *kit_config(struct kit *kit)
{
	return kit_store(kit)->config;
}

void *kit_instance(struct kit *kit)
{
	return kit_store(kit)->link->instance;
}

/* --- other instances --------------------------------------------------------------------------- */
struct kit_instance {
	struct config *config;
	struct link_host host;
	struct log log;
	void *instance;
};

static int open_config(struct kit_instance *mine, const char *json, struct finding_list *findings,
		       struct idbc_error *err)
{
	int rc = config_open(NULL, json, findings, &mine->config, err);

	if (rc == IDBC_OK && findings_errors(findings))
		rc = findings_fail(findings, "config", err);
	return rc;
}

int kit_instance_open(struct kit *kit, const char *json, struct finding_list *findings,
		      struct kit_instance **out, struct idbc_error *err)
{
	struct kit_instance *mine = kit_keep(kit, NULL, sizeof(*mine));
	const struct idbc_driver *table = kit_table(kit);
	int rc;

	*err = (struct idbc_error)IDBC_ERROR_INIT;
	if (open_config(mine, json, findings, err) != IDBC_OK)
		kit_fail(kit, "settings that the connector takes", "%s", err->text);
	mine->log = (struct log){ .fn = kit_log, .ctx = kit, .connection = "kit" };
	link_host_init(&mine->host, &mine->log, table->name);
	rc = table->open(&mine->host.table, link_settings(mine->config), &findings->sink,
			 &mine->instance, err);
	if (rc == IDBC_OK || rc == IDBC_CONFIG)         /* as the connector does */
		config_unknown_options(mine->config, &findings->sink);
	if (rc == IDBC_OK)
		*out = mine;
	else
		config_close(mine->config);
	return rc;
}

void *kit_instance_of(struct kit_instance *mine)
{
	return mine->instance;
}

void kit_instance_close(struct kit *kit, struct kit_instance *mine)
{
	kit_table(kit)->close(mine->instance);
	config_close(mine->config);
}
