/* tests/conformance/kit/case_load.c - job: the file and its table, before anything is opened.
 * Threads: one.
 */
#include <stdio.h>
#include "base/text.h"
#include "look.h"
#include "inside.h"

static void adopted(struct kit *kit)
{
	struct driver_fault why = { "", "" };

	kit_ask(kit, "load the file as the connector does");
	if (kit_adopt(kit, &why))
		kit_fail(kit, "a driver that the connector takes", "%s: %s", why.code, why.text);
}

/* --- the file -------------------------------------------------------------------------- */
static struct elf_look look(struct kit *kit)
{
	struct elf_look found;
	const char *why;

	kit_ask(kit, "the symbols and sections of the file");
	if (elf_look(kit_driver_path(kit), &found, &why))
		kit_fail(kit, "a shared object", "%s", why);
	return found;
}

static void one_export(struct kit *kit)
{
	struct elf_look found = look(kit);

	if (!found.entries)
		kit_fail(kit, "idbc_driver_entry", "it is not exported");
	if (found.exports != 1 && !found.sanitized)
		kit_fail(kit, "one exported symbol", "%u, among them %s", found.exports, found.other);
}

static void wants_no_symbol(struct kit *kit)
{
	struct elf_look found = look(kit);

	if (found.connector[0])
		kit_fail(kit, "no symbol of the connector wanted", "%s", found.connector);
}

/* With names, objects are counted; without, what a compiler puts there is 24 bytes at most. */
static void no_globals(struct kit *kit)
{
	struct elf_look found = look(kit);

	if (found.sanitized)
		kit_skip(kit, "built with a sanitizer, which has data of its own");
	if (found.writable)
		kit_fail(kit, "no writable global or static data", "%u objects, the first is %s",
			 found.writable, found.object);
	if (!found.has_symbols && found.unwinds && found.writable_bytes > 24)
		kit_skip(kit, "stripped, and its language's own library has data: keep the names");
	if (!found.has_symbols && found.writable_bytes > 24)
		kit_fail(kit, "no writable global or static data",
			 "%llu bytes in .data, .bss, .tdata and .tbss",
			 (unsigned long long)found.writable_bytes);
}

static void no_text_relocations(struct kit *kit)
{
	if (look(kit).text_relocations)
		kit_fail(kit, "code that is never written (-fPIC)", "text relocations");
}

static void no_executable_stack(struct kit *kit)
{
	if (look(kit).executable_stack)
		kit_fail(kit, "a stack that is not executable", "PT_GNU_STACK says it is");
}

static void no_static_tls(struct kit *kit)
{
	if (look(kit).static_tls)
		kit_fail(kit, "a library that dlopen() always has room for", "static TLS");
}

/* --- the entry --------------------------------------------------------------------------- */
static idbc_driver_entry_fn *entry(struct kit *kit)
{
	idbc_driver_entry_fn *fn;
	struct driver_fault why = { "", "" };
	void *symbol;

	if (kit_load(kit, &why))
		kit_fail(kit, "a driver that can be loaded", "%s: %s", why.code, why.text);
	symbol = kit_entry(kit);
	memcpy(&fn, &symbol, sizeof(fn));
	return fn;
}

static const struct idbc_driver *ask_with(struct kit *kit, uint32_t abi, const void *host,
					  size_t size)
{
	idbc_driver_entry_fn *fn = entry(kit);
	struct loan loan = { .kit = kit };
	const struct idbc_driver *table;

	watch_enter(kit, SLOT_entry);
	table = fn(abi, lend(&loan, host, size));
	watch_leave(kit, SLOT_entry);
	lend_end(&loan);
	return table;
}

/* A host of today's services, and `more` bytes that nobody knows. */
static const struct idbc_driver *ask(struct kit *kit, uint32_t abi, size_t more)
{
	struct { struct link_host host; char more[64]; } room;

	memset(&room, 0x5a, sizeof(room));
	link_host_init(&room.host, NULL, "driver");
	room.host.table.size += (uint32_t)more;
	room.host.table.abi = abi;
	return ask_with(kit, abi, &room, sizeof(room.host) + more);
}

static void quiet_log(const struct idbc_host *host, uint32_t level, const char *fmt, ...)
{
	(void)host;
	(void)level;
	(void)fmt;
}

static int quiet_fail(const struct idbc_host *host, struct idbc_error *err, uint32_t status,
		      const char *code, const char *fmt, ...)
{
	(void)host;
	(void)code;
	(void)fmt;
	if (err)
		err->status = status;
	return (int)status;
}

static void again(struct kit *kit)
{
	const struct idbc_driver *table = kit_raw(kit);

	kit_ask(kit, "call the entry three times more");
	for (int i = 0; i < 3; i++)
		KIT_WANT(kit, ask(kit, IDBC_DRIVER_ABI, 0) == table,
			 "another table the next time");
}

static void newer_host(struct kit *kit)
{
	kit_ask(kit, "the entry, by a connector of a later minor with a longer struct idbc_host");
	KIT_WANT(kit, ask(kit, IDBC_DRIVER_ABI + 5, 64) == kit_raw(kit),
		 "another answer than to one of its own age");
}

/* An old connector has a short table of services: a driver may refuse, not read past it. */
static void older_host(struct kit *kit)
{
	const size_t size = offsetof(struct idbc_host, now_ns);
	struct idbc_host host = { .size = (uint32_t)size, .abi = IDBC_DRIVER_ABI_MAJOR << 16,
				  .log = quiet_log, .fail = quiet_fail };
	const struct idbc_driver *table;

	kit_ask(kit, "the entry, by a connector of minor 0 with a short struct idbc_host");
	table = ask_with(kit, host.abi, &host, size);
	KIT_WANT(kit, !table || table == kit_raw(kit), "another table");
}

static void other_major(struct kit *kit)
{
	struct idbc_host host = { .size = 2 * sizeof(uint32_t),
				  .abi = (IDBC_DRIVER_ABI_MAJOR + 7) << 16 };
	const struct idbc_driver *table;

	kit_ask(kit, "the entry, by a connector of another major");
	table = ask_with(kit, host.abi, &host, host.size);
	KIT_WANT(kit, !table || table == kit_raw(kit), "another table");
}

/* --- the table ----------------------------------------------------------------------------- */
static void sizes(struct kit *kit)
{
	const struct idbc_driver *table = kit_raw(kit);

	kit_ask(kit, "size and abi of the table");
	KIT_WANT(kit, table->abi >> 16 == IDBC_DRIVER_ABI_MAJOR, "ABI %u.%u", table->abi >> 16,
		 table->abi & 0xffff);
	KIT_WANT(kit, table->size >= offsetof(struct idbc_driver, ops) + sizeof(table->ops),
		 "a table of %u bytes", table->size);
	KIT_WANT(kit, table->size % sizeof(void *) == 0 && table->size < 4096, "a table of %u bytes",
		 table->size);
	KIT_WANT(kit, table->ops != NULL, "no table of operations");
	KIT_WANT(kit, table->ops->size >= offsetof(struct idbc_ops, create), "%u bytes of operations",
		 table->ops->size);
	KIT_WANT(kit, table->ops->size % sizeof(void *) == 0 && table->ops->size < 4096,
		 "%u bytes of operations", table->ops->size);
}

static void judge_word(struct kit *kit, const char *what, const char *word, size_t max)
{
	size_t len;

	if (!word || !word[0])
		kit_fail(kit, what, "nothing");
	len = strnlen(word, max + 1);
	if (len > max || !text_is_utf8(word, len) || text_has_control(word, len))
		kit_fail(kit, what, "no plain text of at most %zu bytes", max);
}

static void words(struct kit *kit)
{
	const struct idbc_driver *table = kit_raw(kit);

	kit_ask(kit, "name and version");
	judge_word(kit, "a name", table->name, 64);
	if (table->version)
		judge_word(kit, "a version", table->version, 64);
}

static void required(struct kit *kit)
{
	const struct idbc_driver *table = kit_raw(kit);

	kit_ask(kit, "the slots that every driver has");
	KIT_WANT(kit, table->open && table->close, "no open, or no close");
	KIT_WANT(kit, table->connect && table->disconnect, "no connect, or no disconnect");
	KIT_WANT(kit, table->abandon && table->ping, "no abandon, or no ping");
	KIT_WANT(kit, table->ops && table->ops->login && table->ops->get_user,
		 "no login, or no get_user");
	KIT_WANT(kit, !table->thread_begin == !table->thread_end,
		 "one of thread_begin and thread_end");
}

#define ALL_CAPS ((IDBC_CAP_EQUAL_TIME << 1) - 1)

static const char *cap_words(struct kit *kit, uint32_t caps)
{
	static const char *const names[] = { "transactions", "interrupt", "decides", "sessionless",
					     "plaintext", "intents", "equal_time" };
	const char *text = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (caps >> i & 1)
			text = kit_textf(kit, "%s%s%s", text, *text ? ", " : "", names[i]);
	return *text ? text : "none";
}

static void capabilities(struct kit *kit)
{
	uint32_t caps = kit_raw(kit)->caps;
	const struct quirks *quirks = &kit->run->quirks;

	kit_ask(kit, "the capabilities declared");
	KIT_WANT(kit, !(caps & ~(uint32_t)ALL_CAPS), "unknown bits, 0x%x", caps);
	if (caps & IDBC_CAP_EQUAL_TIME)
		KIT_WANT(kit, caps & IDBC_CAP_DECIDES, "EQUAL_TIME without DECIDES");
	if (caps & IDBC_CAP_SESSIONLESS)
		KIT_WANT(kit, (caps & IDBC_CAP_DECIDES) && (caps & IDBC_CAP_PLAINTEXT),
			 "SESSIONLESS without DECIDES and PLAINTEXT");
	if (caps & IDBC_CAP_INTERRUPT)
		KIT_WANT(kit, kit_raw(kit)->interrupt, "INTERRUPT without the slot");
	if (quirks->has_capabilities)
		KIT_WANT(kit, caps == quirks->capabilities, "%s, the quirks want %s",
			 cap_words(kit, caps), cap_words(kit, quirks->capabilities));
}

#define FILE_CASE (KIT_NO_DRIVER)
const struct kit_case kit_load_cases[] = {
	{ "load.adopted", "the connector takes the driver", FILE_CASE, adopted },
	{ "load.one_export", "a driver exports idbc_driver_entry and nothing else", FILE_CASE,
	  one_export },
	{ "load.no_symbol_of_ours", "a driver links no symbol of the connector", FILE_CASE,
	  wants_no_symbol },
	{ "load.no_globals", "a driver keeps no writable global state", FILE_CASE, no_globals },
	{ "load.no_text_relocations", "its code is never written", FILE_CASE, no_text_relocations },
	{ "load.no_executable_stack", "it asks for no executable stack", FILE_CASE,
	  no_executable_stack },
	{ "load.no_static_tls", "it can be loaded at any time", FILE_CASE, no_static_tls },
	{ "load.again", "the entry always returns the same table", FILE_CASE, again },
	{ "load.newer_host", "a longer struct idbc_host changes nothing", FILE_CASE, newer_host },
	{ "load.older_host", "a shorter struct idbc_host is not read past its end", FILE_CASE,
	  older_host },
	{ "load.other_major", "a connector of another major may be refused, no more", FILE_CASE,
	  other_major },
	{ "load.sizes", "the table says its size and the ABI that it was built for", FILE_CASE,
	  sizes },
	{ "load.words", "the table has a short name and a version", FILE_CASE, words },
	{ "load.required", "the required slots are there", FILE_CASE, required },
	{ "load.capabilities", "the capabilities go together", FILE_CASE, capabilities },
	{ NULL, NULL, 0, NULL },
};
